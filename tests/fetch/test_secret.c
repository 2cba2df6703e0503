/* Where secrets come from, and what is said when they don't. The secrets here are made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "fetch/secret.h"
#include "tests/support/gitfix.h"

#define CANARY "canary-4f9a"

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct config *parse(const char *auth)
{
	char *text = xasprintf("sources:\n  - type: json\n    url: https://api.example.com/v1\n"
			       "    auth: %s\n",
			       auth);
	struct err err = {0};
	struct config *config =
	    config_parse("/etc/svctop/config.yml", "/root", text, strlen(text), &err);

	if (!config)
		fail_msg("%s", err_line(&err));
	free(text);
	return config;
}

/* Waits for it as the courier does. later: how long after now it is said to be. */
static struct secret *resolve(const struct config *config, const char *url, int64_t later)
{
	struct secret *secret = secret_new(&config->sources[0], url, config->path, NULL, now_ms());

	while (!secret_done(secret)) {
		struct pollfd fds[SECRET_FDS];
		int timeout = -1;
		size_t count = secret_pollfds(secret, fds, SECRET_FDS, now_ms() + later, &timeout);

		assert_in_range(timeout, 0, 10000);
		poll(fds, count, timeout);
		secret_service(secret, now_ms() + later);
	}
	return secret;
}

static void check_header(const char *auth, const char *header)
{
	struct config *config = parse(auth);
	struct secret *secret = resolve(config, config->sources[0].url, 0);

	if (secret_error(secret))
		fail_msg("%s", err_line(secret_error(secret)));
	if (header)
		assert_string_equal(secret_header(secret), header);
	else
		assert_null(secret_header(secret));
	secret_free(secret);
	config_free(config);
}

static void check_error(const char *auth, const char *what, const char *fix)
{
	struct config *config = parse(auth);
	struct secret *secret = resolve(config, config->sources[0].url, 0);
	const struct err *err = secret_error(secret);

	assert_non_null(err);
	assert_null(secret_header(secret));
	if (!strstr(err->what, what))
		fail_msg("\"%s\" is not in \"%s\"", what, err->what);
	if (!strstr(err->fix ? err->fix : "", fix))
		fail_msg("\"%s\" is not in \"%s\"", fix, err->fix ? err->fix : "");
	assert_string_equal(err->where, "/etc/svctop/config.yml:4");
	/* Whatever is wrong with it, it is not shown. */
	assert_null(strstr(err->what, CANARY));
	assert_true(!err->fix || !strstr(err->fix, CANARY));
	secret_free(secret);
	config_free(config);
}

/* ---- variables ---- */

static void test_a_variable_becomes_a_header(void **state)
{
	(void)state;
	setenv("SECRET_TEST", CANARY, 1);
	check_header("{bearer: {env: SECRET_TEST}}", "Authorization: Bearer " CANARY);
	check_header("{header: {name: X-Key, value: {env: SECRET_TEST}}}", "X-Key: " CANARY);
	check_header("{basic: {user: me, password: {env: SECRET_TEST}}}",
		     "Authorization: Basic bWU6Y2FuYXJ5LTRmOWE=");
	/* RFC 7617's own example, with a character beyond ASCII. */
	setenv("SECRET_TEST", "123\xc2\xa3", 1);
	check_header("{basic: {user: test, password: {env: SECRET_TEST}}}",
		     "Authorization: Basic dGVzdDoxMjPCow==");
	/* RFC 9110 */
	setenv("SECRET_TEST", "open sesame", 1);
	check_header("{basic: {user: Aladdin, password: {env: SECRET_TEST}}}",
		     "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
	unsetenv("SECRET_TEST");
}

static void test_what_is_no_secret_is_said(void **state)
{
	static const struct {
		const char *value, *what;
	} cases[] = {
	    {CANARY "\nX-Other: header", "has a line break in it"},
	    {CANARY "\r", "has a carriage return in it"},
	    {"\t" CANARY, "has a tab in it"},
	    {CANARY "\033[2J", "has a control character in it"},
	    {CANARY "\x7f", "has a control character in it"},
	    {CANARY "\xc3\xa9", "has a character that is not ASCII in it"},
	    {CANARY " ", "begins or ends with a blank"},
	    {"", "the variable SECRET_TEST is empty"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		setenv("SECRET_TEST", cases[i].value, 1);
		check_error("{bearer: {env: SECRET_TEST}}", cases[i].what, "");
	}
	unsetenv("SECRET_TEST");
	check_error("{bearer: {env: SECRET_TEST}}", "the variable SECRET_TEST is not set",
		    "export SECRET_TEST=... before svctop starts");
}

static void test_no_auth_needs_nothing(void **state)
{
	static const char text[] = "sources:\n  - type: json\n    url: https://example.com/\n";
	struct config *config = config_parse("c.yml", NULL, text, strlen(text), NULL);
	struct secret *secret = resolve(config, config->sources[0].url, 0);

	(void)state;
	assert_null(secret_header(secret));
	assert_null(secret_error(secret));
	assert_false(secret_changes(secret));
	secret_free(secret);
	config_free(config);
}

/* ---- files ---- */

static void test_a_file_s_first_line_is_the_secret(void **state)
{
	char *dir = gitfix_tmp(), *auth = xasprintf("{bearer: {file: %s/token}}", dir),
	     *path = xasprintf("%s/token", dir);
	struct config *config = parse(auth);
	struct secret *secret;

	(void)state;
	gitfix_write(dir, "token", CANARY "\n");
	chmod(path, 0600);
	check_header(auth, "Authorization: Bearer " CANARY);
	gitfix_write(dir, "token", CANARY);
	check_header(auth, "Authorization: Bearer " CANARY);
	gitfix_write(dir, "token", CANARY "\r\nuser: me\r\n");
	check_header(auth, "Authorization: Bearer " CANARY);
	secret = resolve(config, config->sources[0].url, 0);
	assert_null(secret_warning(secret));
	assert_true(secret_changes(secret));
	secret_free(secret);
	chmod(path, 0644);
	secret = resolve(config, config->sources[0].url, 0);
	assert_non_null(strstr(secret_warning(secret), "everybody on this machine can read"));
	assert_non_null(strstr(secret_warning(secret), path));
	secret_free(secret);
	config_free(config);
	gitfix_rmtree(dir);
	free(path);
	free(auth);
	free(dir);
}

static void test_files_that_are_no_secrets(void **state)
{
	char *dir = gitfix_tmp(), *auth = xasprintf("{bearer: {file: %s/token}}", dir),
	     *path = xasprintf("%s/token", dir);
	char *large = xmalloc(100000);

	(void)state;
	check_error(auth, "No such file", "write the secret into it");
	gitfix_write(dir, "token", "");
	check_error(auth, "is empty", "first line");
	gitfix_write(dir, "token", "\n" CANARY "\n");
	check_error(auth, "is empty", "first line");
	memset(large, 'x', 99999);
	large[99999] = '\0';
	gitfix_write(dir, "token", large);
	check_error(auth, "is no secret", "first line");
	unlink(path);
	/* One that nobody writes into would be waited for. */
	assert_int_equal(mkfifo(path, 0600), 0);
	check_error(auth, "it is no file", "");
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	check_error(auth, "it is no file", "");
	gitfix_rmtree(dir);
	free(large);
	free(path);
	free(auth);
	free(dir);
}

/* ---- commands ---- */

/* What is said of a program that is not there; valgrind's posix_spawn() learns it too late. */
static const char *missing(const char *said)
{
	return getenv("SVCTOP_VALGRIND") ? "exit code 127" : said;
}

static void test_a_command_s_first_line_is_the_secret(void **state)
{
	(void)state;
	check_header("{bearer: {command: [env, printf, '" CANARY "']}}",
		     "Authorization: Bearer " CANARY);
	check_header("{bearer: {command: [env, printf, '" CANARY "\\nuser: me\\n']}}",
		     "Authorization: Bearer " CANARY);
	/* No shell: words are words. */
	check_header("{bearer: {command: [env, echo, '$HOME;', '`id`']}}",
		     "Authorization: Bearer $HOME; `id`");
	/* An agent that it starts, and that keeps its output, is not waited for. */
	check_header("{bearer: {command: [sh, -c, 'sleep 30 & echo " CANARY "']}}",
		     "Authorization: Bearer " CANARY);
}

static void test_a_command_has_no_terminal(void **state)
{
	(void)state;
	check_header("{bearer: {command: [sh, -c, 'test -t 0 || (exec 2>/dev/null; : </dev/tty) "
		     "|| echo none; cat']}}",
		     "Authorization: Bearer none");
}

static void test_commands_that_fail(void **state)
{
	(void)state;
	check_error("{bearer: {command: ['false']}}", "`false` gave no secret: exit code 1",
		    "try it in a terminal: false");
	check_error("{bearer: {command: [/no/such/program, x]}}",
		    missing("there is no /no/such/program"), "try it in a terminal");
	check_error("{bearer: {command: ['true']}}", "it printed nothing", "");
	check_error("{bearer: {command: [sh, -c, 'kill -11 $$']}}", "signal 11", "");
	check_error("{bearer: {command: [yes, x]}}", "it printed more than a secret", "");
	check_error("{bearer: {command: [sh, -c, 'tr \"\\\\0\" x </dev/zero']}}",
		    "it printed more than a secret", "");
	check_error("{bearer: {command: [sh, -c, 'printf \"a\\\\tb\"']}}", "has a tab in it", "");
	check_error("{bearer: {command: [sh, -c, 'printf \"a\\\\0b\\\\n\"']}}", "is no secret", "");
}

/* What a failing command says last is the best hint there is; its output is not for showing. */
static void test_a_command_s_complaint_is_shown_without_the_secret(void **state)
{
	char *dir = gitfix_tmp(), *auth;

	(void)state;
	gitfix_write(dir, "fails",
		     "echo first >&2; printf 'gpg: \\033[31mno key\\n\\n' >&2; exit 2");
	auth = xasprintf("{bearer: {command: [sh, %s/fails]}}", dir);
	check_error(auth, "exit code 2: gpg: \xef\xbf\xbd[31mno key", "");
	gitfix_write(dir, "fails",
		     "printf canary-; echo 4f9a; echo \"token was canary-4f9a\" >&2; exit 2");
	check_error(auth, "exit code 2", "");
	/* pass prints the secret and other lines behind it. */
	gitfix_write(
	    dir, "fails",
	    "printf canary-; printf '4f9a\nuser: me\n'; echo \"token was canary-4f9a\" >&2;"
	    "exit 2");
	check_error(auth, "exit code 2", "");
	gitfix_rmtree(dir);
	free(auth);
	free(dir);
}

static void test_a_command_that_hangs_is_ended(void **state)
{
	struct config *config = parse("{bearer: {command: [sh, -c, 'sleep 1000; echo x']}}");
	struct secret *secret = resolve(config, config->sources[0].url, 11000);

	(void)state;
	assert_non_null(strstr(secret_error(secret)->what, "took longer than 10 s"));
	secret_free(secret);
	config_free(config);
}

/* ---- gh and glab ---- */

static void check_says(const struct err *err, const char *text)
{
	char *line = err_line(err);

	if (!strstr(line, text))
		fail_msg("\"%s\" is not in \"%s\"", text, line);
	free(line);
}

static void check_tool(const char *tool, const char *url, const char *header, const char *error)
{
	char *text = xasprintf("sources:\n  - type: json\n    url: https://example.com/\n"
			       "    auth: %s\n",
			       tool);
	struct config *config = config_parse("c.yml", NULL, text, strlen(text), NULL);
	struct secret *secret = resolve(config, url, 0);

	if (header && secret_error(secret))
		fail_msg("%s", err_line(secret_error(secret)));
	if (header)
		assert_string_equal(secret_header(secret), header);
	else
		check_says(secret_error(secret), error ? error : "");
	secret_free(secret);
	config_free(config);
	free(text);
}

static void forget_logins(void)
{
	static const char *const names[] = {"GH_TOKEN",
					    "GITHUB_TOKEN",
					    "GH_ENTERPRISE_TOKEN",
					    "GITHUB_ENTERPRISE_TOKEN",
					    "GITLAB_TOKEN",
					    "GITLAB_ACCESS_TOKEN",
					    "OAUTH_TOKEN",
					    "GH_CONFIG_DIR",
					    "GLAB_CONFIG_DIR"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		unsetenv(names[i]);
}

static void test_logins_of_gh_and_glab(void **state)
{
	char *dir = gitfix_tmp(), *path = xstrdup(getenv("PATH")), *bin, *gh;

	(void)state;
	forget_logins();
	setenv("XDG_CONFIG_HOME", dir, 1);
	bin = xasprintf("%s/bin", dir);
	setenv("PATH", bin, 1);
	check_tool("gh", NULL, NULL, "gh has no login for github.com: ");
	check_tool("gh", NULL, NULL, missing("there is no gh"));
	check_tool("gh", NULL, NULL, "gh auth login --hostname github.com");
	/* hosts.yml as gh 2 writes it, before and since it knows several users. */
	gitfix_write(dir, "gh/hosts.yml",
		     "github.com:\n    user: me\n    oauth_token: gho_old\n    git_protocol: ssh\n"
		     "ghe.example.com:\n    users:\n        me:\n            oauth_token: gho_new\n"
		     "        other:\n            oauth_token: gho_other\n    user: me\n"
		     "keyring.example.com:\n    users:\n        me:\n    user: me\n");
	check_tool("gh", NULL, "Authorization: Bearer gho_old", NULL);
	check_tool("gh", "https://api.github.com/", "Authorization: Bearer gho_old", NULL);
	check_tool("gh", "https://ghe.example.com:8443/api/v3", "Authorization: Bearer gho_new",
		   NULL);
	check_tool("gh", "https://keyring.example.com/api/v3", NULL, missing("there is no gh"));
	/* Others' hosts get nothing. */
	check_tool("gh", "https://example.org/", NULL, "gh has no login for example.org");
	setenv("GH_ENTERPRISE_TOKEN", "ghp_enterprise", 1);
	check_tool("gh", "https://ghe.example.com/api/v3", "Authorization: Bearer ghp_enterprise",
		   NULL);
	check_tool("gh", NULL, "Authorization: Bearer gho_old", NULL);
	setenv("GITHUB_TOKEN", "ghp_github", 1);
	check_tool("gh", NULL, "Authorization: Bearer ghp_github", NULL);
	setenv("GH_TOKEN", "ghp_gh", 1);
	check_tool("gh", "https://api.acme.ghe.com/", "Authorization: Bearer ghp_gh", NULL);
	forget_logins();
	/* In a keyring: gh itself is asked. */
	gh = xasprintf("%s/gh", bin);
	gitfix_write(bin, "gh", "#!/bin/sh\necho \"$1-$2-$3-$4\"\n");
	chmod(gh, 0700);
	check_tool("gh", "https://keyring.example.com/api/v3",
		   "Authorization: Bearer auth-token---hostname-keyring.example.com", NULL);
	gitfix_write(dir, "glab-cli/config.yml",
		     "git_protocol: ssh\nhosts:\n    gitlab.com:\n        token: !!null glpat-x\n"
		     "    git.example.com:\n        token: glpat-y\n");
	check_tool("glab", "https://git.example.com/api/v4", "Authorization: Bearer glpat-y", NULL);
	check_tool("glab", "https://gitlab.com/", "Authorization: Bearer glpat-x", NULL);
	setenv("GITLAB_TOKEN", "glpat-env", 1);
	check_tool("glab", NULL, "Authorization: Bearer glpat-env", NULL);
	forget_logins();
	unsetenv("XDG_CONFIG_HOME");
	setenv("PATH", path, 1);
	gitfix_rmtree(dir);
	free(bin);
	free(gh);
	free(path);
	free(dir);
}

/* ---- what a server says back ---- */

static void test_a_secret_that_comes_back_is_overwritten(void **state)
{
	struct config *config = parse("{basic: {user: me, password: {env: SECRET_TEST}}}");
	struct secret *secret;
	char bytes[] = "no\0Basic bWU6Y2FuYXJ5LTRmOWE= " CANARY CANARY " canary-4f9";

	(void)state;
	setenv("SECRET_TEST", CANARY, 1);
	secret = resolve(config, config->sources[0].url, 0);
	secret_scrub(secret, bytes, sizeof(bytes) - 1);
	assert_memory_equal(bytes,
			    "no\0Basic ******************** ********************** canary-4f9",
			    sizeof(bytes) - 1);
	secret_scrub(secret, bytes, 0);
	secret_free(secret);
	config_free(config);
	unsetenv("SECRET_TEST");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_variable_becomes_a_header),
	    cmocka_unit_test(test_what_is_no_secret_is_said),
	    cmocka_unit_test(test_no_auth_needs_nothing),
	    cmocka_unit_test(test_a_file_s_first_line_is_the_secret),
	    cmocka_unit_test(test_files_that_are_no_secrets),
	    cmocka_unit_test(test_a_command_s_first_line_is_the_secret),
	    cmocka_unit_test(test_a_command_has_no_terminal),
	    cmocka_unit_test(test_commands_that_fail),
	    cmocka_unit_test(test_a_command_s_complaint_is_shown_without_the_secret),
	    cmocka_unit_test(test_a_command_that_hangs_is_ended),
	    cmocka_unit_test(test_logins_of_gh_and_glab),
	    cmocka_unit_test(test_a_secret_that_comes_back_is_overwritten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
