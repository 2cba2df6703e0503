/* The command line over small repositories: what it prints, and the exit codes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/config.h"
#include "core/mem.h"
#include "tests/support/gitfix.h"
#include "tests/support/run.h"

static const char list_text[] = "schema: 1\n"
				"name: test\n"
				"checks:\n"
				"  - {id: readme, tier: 4, title: R, why: w, close: add one,\n"
				"     pass: {files: [README.md]}}\n"
				"  - {id: playbooks, tier: 2, title: P, why: w, close: write one,\n"
				"     pass: {files: [\"docs/playbooks/*.md\"]}}\n";

struct fixture {
	char *dir;  /* of the repositories */
	char *home; /* of the configuration, empty at first */
	char *list;
};

static void repository(const char *dir, const char *name, const char *descriptor, bool readme)
{
	struct gitfix *fix = gitfix_new(dir, name);

	gitfix_file(fix, "service.yml", descriptor);
	if (readme)
		gitfix_file(fix, "README.md", "# Read me\n");
	if (!strcmp(name, "pay"))
		gitfix_file(fix, "docs/playbooks/down.md", "# It is down\n\nStart **it**.\n");
	if (!strcmp(name, "pay"))
		gitfix_file(fix, "Gemfile.lock",
			    "GEM\n  remote: https://rubygems.org/\n  specs:\n"
			    "    rails (7.1.2)\n\nDEPENDENCIES\n  rails\n");
	gitfix_commit(fix, "First");
	gitfix_free(fix);
}

/* pay (tier 2) has all; web (tier 3) lacks its README; lab has no tier and no gap. */
static int set_up(void **state)
{
	struct fixture *fix = xcalloc(1, sizeof(*fix));

	fix->dir = gitfix_tmp();
	fix->home = gitfix_tmp();
	fix->list = xasprintf("%s/list.yml", fix->home);
	gitfix_write(fix->home, "list.yml", list_text);
	repository(fix->dir, "pay", "name: pay\ntier: 2\nowners: [acme/pay]\ndepends_on: [lab]\n",
		   true);
	repository(fix->dir, "web", "name: web\ntier: 3\nowners: [acme/web]\n", false);
	repository(fix->dir, "lab", "name: lab\n", true);
	setenv("XDG_CONFIG_HOME", fix->home, 1);
	setenv("HOME", fix->home, 1);
	unsetenv("SVCTOP_CONFIG");
	setenv("LC_ALL", "C.UTF-8", 1);
	*state = fix;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fix = *state;

	gitfix_rmtree(fix->dir);
	gitfix_rmtree(fix->home);
	free(fix->dir);
	free(fix->home);
	free(fix->list);
	free(fix);
	return 0;
}

/* Runs svctop with the words, apart by blanks; %D is the repositories' folder, %L the list. */
static struct run svctop(const struct fixture *fix, const char *line)
{
	char *words = xstrdup(line), *save = NULL;
	char *made[16] = {NULL};
	const char *argv[20] = {"svctop"};
	size_t count = 1, makings = 0;
	struct run run;

	for (char *word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		char *mark = strstr(word, "%D"), *list = strstr(word, "%L");

		assert_true(count < ARRAY_LEN(argv) - 1 && makings < ARRAY_LEN(made));
		if (mark)
			made[makings] =
			    xasprintf("%.*s%s%s", (int)(mark - word), word, fix->dir, mark + 2);
		else if (list)
			made[makings] = xstrdup(fix->list);
		else
			made[makings] = xstrdup(word);
		argv[count++] = made[makings++];
	}
	run = run_program(argv);
	for (size_t i = 0; i < makings; i++)
		free(made[i]);
	free(words);
	return run;
}

/* Checks the exit code and that a text is on stdout (or on stderr, when it starts with '!'). */
static void expect(const struct fixture *fix, const char *line, int status, const char *text)
{
	struct run run = svctop(fix, line);
	const char *where = text && *text == '!' ? run.err : run.out;

	if (run.status != status)
		fail_msg("svctop %s: exit code %d, not %d\n%s%s", line, run.status, status, run.out,
			 run.err);
	if (text && !strstr(where, *text == '!' ? text + 1 : text))
		fail_msg("svctop %s: no \"%s\" in\n%s\n%s", line, text, run.out, run.err);
	run_free(&run);
}

static void exit_codes_of_check(void **state)
{
	const struct fixture *fix = *state;

	expect(fix, "check --checklist %L %D/pay", 0, "0 gaps");
	expect(fix, "check --checklist %L %D", 1, "readme");
	expect(fix, "check --checklist %L --fail-on 2 %D", 0, "readme");
	expect(fix, "check --checklist %L --fail-on 3 %D", 1, NULL);
	expect(fix, "check --checklist %L --service pay %D", 0, NULL);
	expect(fix, "check --checklist %L --tier 2 --tier unset %D", 0, NULL);
	expect(fix, "check --checklist %L --owner web %D", 1, NULL);
	expect(fix, "check --checklist %L --owner @acme/web %D", 1, NULL);
	expect(fix, "check --checklist %L --check playbooks %D", 0, NULL);
	expect(fix, "check --checklist %L --status pass %D", 0, "README.md");
	expect(fix, "gaps --checklist %L %D", 0, "readme"); /* only check fails for gaps */
	expect(fix, "--checklist %L %D", 1, "readme");	    /* no terminal: as check */
	expect(fix, "--offline --store none --checklist %L check %D/pay", 0, NULL);
}

static void wrong_usage_is_2(void **state)
{
	const struct fixture *fix = *state;

	expect(fix, "chekc %D", 2, "!did you mean `svctop check`?");
	expect(fix, "check --fromat json %D", 2, "!did you mean --format?");
	expect(fix, "check --format yml %D", 2, "!yml");
	expect(fix, "gaps --format sarif %D", 2, "!sarif");
	expect(fix, "check --tier 5 %D", 2, "!5");
	expect(fix, "check --fail-on unset %D", 2, "!fail-on");
	expect(fix, "check --jobs 0 %D", 2, "!jobs");
	expect(fix, "check --checklist %L --check radme %D", 2, "!did you mean readme?");
	expect(fix, "check --service nobody %D", 2, "!nobody");
	expect(fix, "check --format", 2, "!needs FORMAT");
	expect(fix, "check --plain=yes %D", 2, "!takes no value");
	expect(fix, "check %D/nowhere", 2, "!nowhere");
	expect(fix, "check %D/pay/.git/HEAD", 2, "!folder");
	expect(fix, "check -x %D", 2, "!-x");
	expect(fix, "show", 2, "!usage");
	expect(fix, "themes extra", 2, "!extra");
	expect(fix, "check --config /nowhere/c.yml %D", 2, "!/nowhere/c.yml");
	expect(fix, "check --checklist /nowhere/l.yml %D", 2, "!/nowhere/l.yml");
	expect(fix, "deps rails --version newest %D", 2, "!no range");
}

/* Nothing was looked at, so nothing may look fine. */
static void nothing_found_is_2(void **state)
{
	const struct fixture *fix = *state;
	char *empty = gitfix_tmp();
	struct run run = run_program((const char *const[]){"svctop", "check", empty, NULL});

	(void)fix;
	assert_int_equal(run.status, 2);
	assert_non_null(strstr(run.err, "no checkout found"));
	run_free(&run);
	gitfix_rmtree(empty);
	free(empty);
}

static void what_cannot_be_read_is_3(void **state)
{
	const struct fixture *fix = *state;
	struct gitfix *broken = gitfix_new(fix->dir, "broken");
	struct run run;

	gitfix_file(broken, "README.md", "x\n");
	gitfix_drop_object(broken, gitfix_commit(broken, "First"));
	gitfix_free(broken);
	run = svctop(fix, "check --checklist %L --format json %D");
	assert_int_equal(run.status, 3); /* before the 1 of the gaps */
	assert_non_null(strstr(run.out, "\"errors\": [\n    {"));
	assert_non_null(strstr(run.out, "\"name\": \"pay\""));
	assert_non_null(strstr(run.err, "broken"));
	run_free(&run);
}

static void an_empty_repository_is_mentioned(void **state)
{
	const struct fixture *fix = *state;
	struct gitfix *empty = gitfix_new(fix->dir, "empty");

	gitfix_free(empty);
	expect(fix, "check --checklist %L --service pay %D", 0, "!empty");
}

static void a_configuration_mistake_is_2_with_its_line(void **state)
{
	const struct fixture *fix = *state;

	gitfix_write(fix->home, "svctop/config.yml", "jobs: 1\nrots: [x]\n");
	expect(fix, "check %D", 2, "!config.yml:2");
	expect(fix, "config", 2, "!roots");
	gitfix_write(fix->home, "svctop/config.yml", "jobs: 1\n");
	gitfix_write(fix->home, "svctop/checklist.yml", "schema: 1\nchekcs: []\n");
	expect(fix, "check %D", 2, "!checklist.yml:2");
}

static void roots_come_from_the_configuration(void **state)
{
	const struct fixture *fix = *state;
	char *text = xasprintf("roots: [%s/pay, %s/lab]\nchecklist: %s\nexclude: [lab]\n", fix->dir,
			       fix->dir, fix->list);

	gitfix_write(fix->home, "svctop/config.yml", text);
	expect(fix, "services", 0, "pay");
	expect(fix, "config", 0, "config.yml:1");
	free(text);
}

static void beside_the_configuration_lies_the_checklist(void **state)
{
	const struct fixture *fix = *state;

	gitfix_write(fix->home, "svctop/checklist.yml", list_text);
	expect(fix, "checklist", 0, "readme");
	expect(fix, "check --service pay %D", 0, NULL);
	expect(fix, "checklist --validate %L", 0, "2 items");
	expect(fix, "checklist --format yaml", 0, "schema: 1");
}

static void init_writes_once(void **state)
{
	const struct fixture *fix = *state;
	char *path = xasprintf("%s/svctop/config.yml", fix->home), *line;
	struct stat first, second;

	expect(fix, "init", 0, "wrote");
	assert_int_equal(stat(path, &first), 0);
	expect(fix, "init", 2, "!left as it is");
	assert_int_equal(stat(path, &second), 0);
	assert_int_equal(first.st_mtim.tv_nsec, second.st_mtim.tv_nsec);
	line = xasprintf("config --validate %s", path);
	expect(fix, line, 0, "is valid");
	free(line);
	free(path);
}

/* A source of the example as it is when its # are taken away, those of its options as well. */
static const char *uncomment_source(const char *line, struct buf *out)
{
	static const char option[] = "#     # ";

	buf_reset(out);
	buf_adds(out, "sources:\n");
	do {
		size_t len = strcspn(line, "\n") + 1;
		const char *rest = line + (len > strlen(option) ? strlen(option) : 0);

		if (!strncmp(line, option, strlen(option)) &&
		    rest[strspn(rest, "abcdefghijklmnopqrstuvwxyz_")] == ':')
			buf_addf(out, "    %.*s", (int)(len - strlen(option)), rest);
		else
			buf_add(out, line + 2, len - 2);
		line += len;
	} while (!strncmp(line, "#   ", 4) && strncmp(line, "#   - ", 6) &&
		 strncmp(line, "#   # ", 6));
	return line;
}

static void each_source_of_the_example_is_valid_alone(void **state)
{
	const struct fixture *fix = *state;
	char *command = xasprintf("config --validate %s/one.yml", fix->home);
	struct buf text = {0};
	size_t count = 0;

	for (const char *line = config_example; *line;) {
		if (strncmp(line, "#   - type: ", 12)) {
			line += strcspn(line, "\n") + 1;
			continue;
		}
		line = uncomment_source(line, &text);
		gitfix_write(fix->home, "one.yml", buf_str(&text));
		expect(fix, command, 0, "is valid");
		count++;
	}
	assert_int_equal(count, 6);
	buf_free(&text);
	free(command);
}

static void an_expression_that_does_not_compile_has_its_line(void **state)
{
	const struct fixture *fix = *state;
	char *line = xasprintf("config --validate %s/json.yml", fix->home);

	gitfix_write(fix->home, "json.yml",
		     "sources:\n- type: json\n  url: https://a.example\n"
		     "  expression: '{state: .s'\n");
	expect(fix, line, 2, "!json.yml:4: jq: syntax error");
	gitfix_write(fix->home, "json.yml",
		     "sources:\n- type: json\n  url: https://a.example\n"
		     "  expression: '{state: .s}'\n");
	expect(fix, line, 0, "is valid");
	free(line);
}

static void one_service(void **state)
{
	const struct fixture *fix = *state;

	expect(fix, "show pay --checklist %L %D", 0, "acme/pay (service.yml:3)");
	expect(fix, "show pay --checklist %L %D", 0, "README.md");
	expect(fix, "show pay --checklist %L %D", 0, "First"); /* its last commit */
	expect(fix, "show PAY --checklist %L %D", 0, "lab");
	expect(fix, "show lab --checklist %L %D", 0, "Needed by");
	expect(fix, "show web --checklist %L %D", 0, "to close it: add one");
	expect(fix, "show pay --checklist %L --format json %D", 0, "\"schema\": 1");
	expect(fix, "show pay --checklist %L --format markdown %D", 0, "# pay");
	expect(fix, "show pya %D", 2, "!pay");
}

static void a_playbook_is_rendered(void **state)
{
	const struct fixture *fix = *state;

	expect(fix, "playbook pay --checklist %L %D", 0, "Start it.");
	expect(fix, "playbook pay --checklist %L --name down %D", 0, "Start it.");
	expect(fix, "playbook pay --checklist %L --format markdown %D", 0, "Start **it**.");
	expect(fix, "playbook pay --checklist %L --name other %D", 2, "!other");
	expect(fix, "playbook web --checklist %L %D", 2, "!no playbook");
	expect(fix, "playbook pay --format csv %D", 2, "!csv");
}

static void who_uses_a_package(void **state)
{
	const struct fixture *fix = *state;

	expect(fix, "deps rails %D", 0, "7.1.2");
	expect(fix, "deps rails %D", 0, "Gemfile.lock:4");
	expect(fix, "deps rails --version <7 %D", 0, "!no service uses rails");
	expect(fix, "deps rails --format csv %D", 0, "2,pay,gem,rails,7.1.2");
	expect(fix, "deps --drift %D", 0, "!two versions");
	expect(fix, "deps --drift rails %D", 0, "7.1.2");
}

static void help_is_there_for_every_command(void **state)
{
	static const char *const names[] = {"check",	"services", "tiers",	 "gaps",   "show",
					    "playbook", "deps",	    "checklist", "config", "init",
					    "themes",	"demo",	    "bug-report"};
	const struct fixture *fix = *state;

	expect(fix, "--help", 0, "Commands:");
	expect(fix, "--version", 0, "svctop ");
	expect(fix, "help deps", 0, "svctop deps PACKAGE");
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char *line = xasprintf("%s --help", names[i]),
		     *usage = xasprintf("Usage: svctop %s", names[i]);

		expect(fix, line, 0, usage);
		expect(fix, line, 0, "Example");
		expect(fix, "--help", 0, names[i]);
		free(line);
		free(usage);
	}
}

static void outside_text_is_harmless(void **state)
{
	static const char *const formats[] = {"text", "csv", "markdown", "json", "junit", "jsonl"};
	const struct fixture *fix = *state;
	struct gitfix *evil = gitfix_new(fix->dir, "evil");

	gitfix_file(evil, "service.yml",
		    "name: \"e\\x1b[31mvil\"\nowners: [\"a\\x07b/\\u202ec\"]\ntier: 3\n");
	gitfix_commit(evil, "First \x1b]0;title\x07");
	gitfix_free(evil);
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		char *line = xasprintf("check --checklist %%L --format %s %%D", formats[i]);
		struct run run = svctop(fix, line);

		if (strchr(run.out, 0x1b) || strchr(run.out, 7) || strstr(run.out, "\u202e"))
			fail_msg("%s lets control characters through", formats[i]);
		run_free(&run);
		free(line);
	}
	expect(fix, "services --checklist %L %D", 0, "vil");
}

static void lines_fit_the_width(void **state)
{
	static const char *const commands[] = {"services", "gaps", "tiers", "check"};
	const struct fixture *fix = *state;

	setenv("COLUMNS", "60", 1);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		char *line = xasprintf("%s --ascii %%D", commands[i]), *save = NULL;
		struct run run = svctop(fix, line);

		for (char *at = strtok_r(run.out, "\n", &save); at;
		     at = strtok_r(NULL, "\n", &save))
			if (strlen(at) > 60)
				fail_msg("svctop %s: %zu columns: %s", line, strlen(at), at);
		run_free(&run);
		free(line);
	}
	unsetenv("COLUMNS");
}

/* What is printed does not arrive: that is no success. */
static void a_full_disk_is_an_error(void **state)
{
	const struct fixture *fix = *state;
	const char *program = getenv("SVCTOP") ? getenv("SVCTOP") : "./svctop";
	pid_t pid = fork();
	int status;

	if (!pid) {
		dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		execl(program, "svctop", "check", fix->dir, (char *)NULL);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3);
}

/* A reader that had enough, as head has, is none. */
static void a_closed_pipe_is_no_error(void **state)
{
	const struct fixture *fix = *state;
	const char *program = getenv("SVCTOP") ? getenv("SVCTOP") : "./svctop";
	int ends[2], status;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	pid = fork();
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		execl(program, "svctop", "services", fix->dir, (char *)NULL);
		_exit(99);
	}
	close(ends[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Whoever shares the pipe may have made it one that does not wait. */
static void a_pipe_that_does_not_wait_gets_all(void **state)
{
	const char *program = getenv("SVCTOP") ? getenv("SVCTOP") : "./svctop";
	char bytes[65536], last = 0;
	size_t total = 0;
	int ends[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	/* a small pipe, which the checklist alone fills */
	assert_true(fcntl(ends[1], F_SETPIPE_SZ, 4096) > 0);
	pid = fork();
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		execl(program, "svctop", "checklist", "--format", "json", (char *)NULL);
		_exit(99);
	}
	close(ends[1]);
	(void)state;
	sleep(1);
	while ((n = read(ends[0], bytes, sizeof(bytes))) > 0) {
		last = bytes[n - 1];
		total += (size_t)n;
	}
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(total > 4096);
	assert_int_equal(last, '\n');
}

/* Whether the child is a scanner by now: one that is stopped before its exec holds its parent up.
 */
static bool is_scanner(int pid)
{
	char *path = xasprintf("/proc/%d/cmdline", pid), words[256] = "";
	FILE *in = fopen(path, "r");
	size_t len = in ? fread(words, 1, sizeof(words) - 1, in) : 0;

	if (in)
		fclose(in);
	free(path);
	return memmem(words, len, "--scanner-child", 15) != NULL;
}

/* Stops a scanner of the run; false when the run ended without one being seen. */
static bool stop_scanners(pid_t pid)
{
	char *path = xasprintf("/proc/%d/task/%d/children", (int)pid, (int)pid);
	bool stopped = false, gone = false;

	while (!stopped && !gone) {
		FILE *in = fopen(path, "r");
		siginfo_t info = {0};
		int child;

		gone = !in;
		while (in && fscanf(in, "%d", &child) == 1)
			if (is_scanner(child))
				stopped |= kill(child, SIGSTOP) == 0;
		if (in)
			fclose(in);
		waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT);
		gone |= info.si_pid == pid;
	}
	free(path);
	return stopped;
}

/* The exit code of a run whose scanners hang when the signal comes. */
static int interrupted(const struct fixture *fix, int number)
{
	const char *program = getenv("SVCTOP") ? getenv("SVCTOP") : "./svctop";
	pid_t pid = fork();
	int status;

	if (!pid) {
		dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
		execl(program, "svctop", "check", fix->dir, (char *)NULL);
		_exit(99);
	}
	if (stop_scanners(pid))
		kill(pid, number);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Ctrl-C while it scans. A run that was faster than we are says nothing: try again. */
static void a_signal_ends_it(void **state)
{
	static const int signals[] = {SIGINT, SIGTERM};
	const struct fixture *fix = *state;

	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		int code = 1;

		for (int attempt = 0; code == 1 && attempt < 20; attempt++)
			code = interrupted(fix, signals[i]);
		assert_int_equal(code, 128 + signals[i]);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(exit_codes_of_check),
	    TEST(wrong_usage_is_2),
	    TEST(nothing_found_is_2),
	    TEST(what_cannot_be_read_is_3),
	    TEST(an_empty_repository_is_mentioned),
	    TEST(a_configuration_mistake_is_2_with_its_line),
	    TEST(roots_come_from_the_configuration),
	    TEST(beside_the_configuration_lies_the_checklist),
	    TEST(init_writes_once),
	    TEST(each_source_of_the_example_is_valid_alone),
	    TEST(an_expression_that_does_not_compile_has_its_line),
	    TEST(one_service),
	    TEST(a_playbook_is_rendered),
	    TEST(who_uses_a_package),
	    TEST(help_is_there_for_every_command),
	    TEST(outside_text_is_harmless),
	    TEST(lines_fit_the_width),
	    TEST(a_full_disk_is_an_error),
	    TEST(a_closed_pipe_is_no_error),
	    TEST(a_pipe_that_does_not_wait_gets_all),
	    TEST(a_signal_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
