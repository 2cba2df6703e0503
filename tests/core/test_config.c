#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/config.h"
#include "core/mem.h"

static struct config *parse(const char *text, struct err *err)
{
	return config_parse("/etc/svctop/config.yml", "/home/jo", text, strlen(text), err);
}

static void refused(const char *text, const char *where, const char *what, const char *fix)
{
	struct err err = {0};
	struct config *config = parse(text, &err);

	if (config)
		fail_msg("accepted: %s", text);
	if (strcmp(err.where, where) != 0)
		fail_msg("%s is not %s for: %s", err.where, where, text);
	if (!strstr(err.what, what))
		fail_msg("\"%s\" does not say \"%s\"", err.what, what);
	if (fix && (!err.fix || !strstr(err.fix, fix)))
		fail_msg("\"%s\" does not say \"%s\"", err.fix ? err.fix : "-", fix);
	err_clear(&err);
}

static struct config *accepted(const char *text)
{
	struct err err = {0};
	struct config *config = parse(text, &err);

	if (!config)
		fail_msg("refused: %s: %s: %s", text, err.where, err.what);
	return config;
}

static void every_key_is_read(void **state)
{
	struct config *config = accepted("roots: [~/src, work, /abs]\n"
					 "exclude: [\"**/archive/**\"]\n"
					 "checklist: list.yml\n"
					 "theme: mono\n"
					 "me: {owner: [acme/payments, jo]}\n"
					 "read_only: true\n"
					 "ascii: yes\n"
					 "color: never\n"
					 "jobs: 3\n");

	(void)state;
	assert_int_equal(config->root_count, 3);
	assert_string_equal(config->roots[0], "/home/jo/src");
	assert_string_equal(config->roots[1], "/etc/svctop/work");
	assert_string_equal(config->roots[2], "/abs");
	assert_string_equal(config->exclude[0], "**/archive/**");
	assert_string_equal(config->checklist, "/etc/svctop/list.yml");
	assert_string_equal(config->theme, "mono");
	assert_int_equal(config->owner_count, 2);
	assert_string_equal(config->owners[1], "jo");
	assert_true(config->read_only && config->ascii);
	assert_int_equal(config->color, CONFIG_COLOR_NEVER);
	assert_int_equal(config->jobs, 3);
	assert_int_equal(config->lines[CONFIG_JOBS], 9);
	config_free(config);
}

static void expect_store(const char *text, const char *store)
{
	struct config *config = accepted(text);

	if (store)
		assert_string_equal(config->store, store);
	else
		assert_null(config->store);
	config_free(config);
}

static void where_the_store_is(void **state)
{
	(void)state;
	expect_store("jobs: 3\n", NULL);
	expect_store("store: none\n", "none");
	expect_store("store: ~/svctop.db\n", "/home/jo/svctop.db");
	expect_store("store: memory/svctop.db\n", "/etc/svctop/memory/svctop.db");
	expect_store("store: sqlite:/var/lib/svctop.db\n", "sqlite:/var/lib/svctop.db");
	refused("store: postgres://db/svctop\n", "/etc/svctop/config.yml:1",
		"there is no store of this kind", "sqlite:PATH");
	refused("store: [a, b]\n", "/etc/svctop/config.yml:1", "store", NULL);
}

static void one_word_is_a_list_of_one(void **state)
{
	struct config *config = accepted("roots: ~\nexclude: build/\nme: {owner: jo}\n");

	(void)state;
	assert_int_equal(config->root_count, 0); /* a plain ~ is YAML's null */
	assert_int_equal(config->exclude_count, 1);
	assert_int_equal(config->owner_count, 1);
	config_free(config);
}

static void nothing_and_the_example_change_nothing(void **state)
{
	static const char *const texts[] = {"", "# a comment\n", "---\n", config_example};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct config *config = accepted(texts[i]);

		assert_int_equal(config->root_count + config->exclude_count + config->jobs, 0);
		assert_null(config->theme);
		assert_false(config->read_only);
		config_free(config);
	}
}

/* A setting that is commented out, as against a line of prose. */
static bool offers_setting(const char *line)
{
	for (size_t key = 0; key < CONFIG_KEYS; key++) {
		const char *name = config_key_name((enum config_key)key);
		size_t len = strlen(name);

		if (!strncmp(line, "# ", 2) && !strncmp(line + 2, name, len) &&
		    line[2 + len] == ':')
			return true;
	}
	return !strncmp(line, "#   ", 4); /* a source's */
}

/* Every setting that the example offers is one that is understood. */
static void the_example_uncommented_is_valid(void **state)
{
	struct buf text = {0};
	struct config *config;

	(void)state;
	for (const char *line = config_example; *line; line += strcspn(line, "\n") + 1)
		if (offers_setting(line))
			buf_add(&text, line + 2, strcspn(line, "\n") - 1);
	config = accepted(buf_str(&text));
	for (size_t key = 0; key < CONFIG_KEYS; key++)
		if (!config->lines[key])
			fail_msg("%s is not in the example", config_key_name((enum config_key)key));
	assert_int_equal(config->source_count, 6);
	config_free(config);
	buf_free(&text);
}

static void mistakes_have_their_line(void **state)
{
	(void)state;
	refused("roots: [a]\nexcludes: [b]\n", "/etc/svctop/config.yml:2", "\"excludes\"",
		"exclude");
	refused("colour: never\n", "/etc/svctop/config.yml:1", "\"colour\"", "color");
	refused("color: sometimes\n", "/etc/svctop/config.yml:1", "\"sometimes\"", "auto");
	refused("jobs: 0\n", "/etc/svctop/config.yml:1", "jobs", NULL);
	refused("jobs: many\n", "/etc/svctop/config.yml:1", "jobs", NULL);
	refused("ascii: 3\n", "/etc/svctop/config.yml:1", "ascii", "true");
	refused("- roots\n", "/etc/svctop/config.yml:1", "mapping", NULL);
	refused("roots:\n- a\n- {b: c}\n", "/etc/svctop/config.yml:3", "roots", NULL);
	refused("roots: [~other/src]\n", "/etc/svctop/config.yml:1", "~other", "whole path");
	refused("me: jo\n", "/etc/svctop/config.yml:1", "me", "owner");
	refused("me: {team: x}\n", "/etc/svctop/config.yml:1", "team", "owner");
	refused("jobs: 1\njobs: 2\n", "/etc/svctop/config.yml:2", "twice", NULL);
}

static void broken_yaml_is_an_error(void **state)
{
	struct err err = {0};

	(void)state;
	assert_null(parse("roots: [a\ncolor: x", &err));
	assert_non_null(strstr(err.where, "config.yml"));
	err_clear(&err);
}

static void no_home_is_said(void **state)
{
	static const char text[] = "roots: [~/src]\n";
	struct err err = {0};

	(void)state;
	assert_null(config_parse("c.yml", NULL, text, strlen(text), &err));
	assert_non_null(strstr(err.what, "home"));
	err_clear(&err);
}

static void sources_are_checked(void **state)
{
	struct config *config =
	    accepted("sources:\n"
		     "  - type: prometheus\n"
		     "    name: prod\n"
		     "    url: https://prometheus.example.com\n"
		     "    auth: {bearer: {env: PROM_TOKEN}}\n"
		     "    service_label: service\n"
		     "    environment: production\n"
		     "    every: 30s\n"
		     "  - type: github\n"
		     "    auth: {header: {name: X, value: {file: /run/x}}}\n"
		     "  - type: gitlab\n"
		     "    auth: {basic: {user: me, password: {command: [a]}}}\n");

	(void)state;
	assert_int_equal(config->source_count, 3);
	assert_string_equal(config->sources[0].name, "prod");
	assert_int_equal(config->sources[1].line, 9);
	config_free(config);
}

static void secrets_are_not_written_out(void **state)
{
	(void)state;
	refused("sources:\n- type: github\n  auth: {bearer: ghp_abc}\n", "/etc/svctop/config.yml:3",
		"secret itself", "env");
	refused("sources:\n- type: github\n  auth: ghp_abc\n", "/etc/svctop/config.yml:3",
		"secret itself", "env");
	refused("sources:\n- type: github\n  token: ghp_abc\n", "/etc/svctop/config.yml:3",
		"secret itself", "auth");
	refused("sources:\n- type: json\n  auth: {basic: {user: a, password: b}}\n",
		"/etc/svctop/config.yml:3", "secret itself", "env");
	refused("sources:\n- type: json\n  auth: {header: {name: a, value: b}}\n",
		"/etc/svctop/config.yml:3", "secret itself", "env");
	refused("sources:\n- type: json\n  url: https://me:pw@example.com/x\n",
		"/etc/svctop/config.yml:3", "password", "basic");
	refused("sources:\n- type: json\n  url: https://token@example.com\n",
		"/etc/svctop/config.yml:3", "password", "basic");
}

static void a_source_is_read(void **state)
{
	struct config *config = accepted("sources:\n"
					 "- type: prometheus\n"
					 "  name: prod\n"
					 "  url: https://prometheus.example.com/p\n"
					 "  auth: {basic: {user: me, password: {file: ~/.pw}}}\n"
					 "  service_label: app\n"
					 "  match: {checkout: [shop-*, cart], ledger: books}\n"
					 "  environment: production\n"
					 "  every: 30s\n"
					 "  timeout: 2m\n"
					 "  ca: certs/ca.pem\n"
					 "  rules: no\n"
					 "  checks:\n"
					 "    backups: time() - x < 9\n");
	const struct config_source *source = &config->sources[0];

	(void)state;
	assert_string_equal(source->type, "prometheus");
	assert_string_equal(source->url, "https://prometheus.example.com/p");
	assert_int_equal(source->url_line, 4);
	assert_int_equal(source->auth.kind, AUTH_BASIC);
	assert_string_equal(source->auth.name, "me");
	assert_int_equal(source->auth.secret.kind, SECRET_FILE);
	assert_string_equal(source->auth.secret.text, "/home/jo/.pw");
	assert_int_equal(source->auth.secret.line, 5);
	assert_string_equal(source->service_label, "app");
	assert_int_equal(source->match_count, 3);
	assert_string_equal(source->match[1].name, "checkout");
	assert_string_equal(source->match[1].value, "cart");
	assert_string_equal(source->match[2].name, "ledger");
	assert_string_equal(source->environment, "production");
	assert_int_equal(source->every, 30);
	assert_int_equal(source->timeout, 120);
	assert_string_equal(source->ca, "/etc/svctop/certs/ca.pem");
	assert_string_equal(config_option(source, "rules"), "false");
	assert_null(config_option(source, "alerts"));
	assert_int_equal(source->check_count, 1);
	assert_string_equal(source->checks[0].name, "backups");
	assert_string_equal(source->checks[0].value, "time() - x < 9");
	assert_int_equal(source->checks[0].line, 14);
	config_free(config);
}

static void places_of_secrets_are_read(void **state)
{
	struct config *config =
	    accepted("sources:\n"
		     "- {type: github, auth: gh}\n"
		     "- {type: gitlab, auth: glab}\n"
		     "- {type: json, auth: {bearer: {command: [~/bin/pass, show, x]}}}\n"
		     "- {type: json, auth: {header: {name: X-Key, value: {env: A_1}}}}\n");
	const struct config_auth *auth = &config->sources[0].auth;

	(void)state;
	assert_int_equal(auth->kind, AUTH_TOOL);
	assert_string_equal(auth->name, "gh");
	assert_string_equal(config->sources[1].auth.name, "glab");
	auth = &config->sources[2].auth;
	assert_int_equal(auth->kind, AUTH_BEARER);
	assert_int_equal(auth->secret.kind, SECRET_COMMAND);
	assert_int_equal(auth->secret.word_count, 3);
	assert_string_equal(auth->secret.words[0], "/home/jo/bin/pass");
	assert_string_equal(auth->secret.words[2], "x");
	assert_null(auth->secret.words[3]);
	auth = &config->sources[3].auth;
	assert_int_equal(auth->kind, AUTH_HEADER);
	assert_string_equal(auth->name, "X-Key");
	assert_string_equal(auth->secret.text, "A_1");
	config_free(config);
}

static void every_source_has_its_own_name(void **state)
{
	struct config *config = accepted("sources:\n"
					 "- {type: json}\n"
					 "- {type: json, name: json-2}\n"
					 "- {type: uptime}\n"
					 "- {type: json}\n"
					 "- {type: json}\n");
	static const char *const names[] = {"json", "json-2", "uptime", "json-3", "json-4"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_string_equal(config->sources[i].name, names[i]);
	config_free(config);
	refused("sources:\n- {type: json, name: a}\n- {type: uptime, name: a}\n",
		"/etc/svctop/config.yml:3", "this name already", "of its own");
}

static void keys_of_a_type_are_read(void **state)
{
	struct config *config = accepted("sources:\n"
					 "- type: uptime\n"
					 "  urls: [https://a.example, shop=http://b.example/x]\n"
					 "  days: 20\n"
					 "  expect: 204\n"
					 "- type: json\n"
					 "  kind: deploy\n"
					 "  expression: |\n"
					 "    {state: .s}\n");
	const struct config_source *source = &config->sources[0];

	(void)state;
	assert_int_equal(source->option_count, 4);
	assert_string_equal(source->options[1].name, "urls");
	assert_string_equal(source->options[1].value, "shop=http://b.example/x");
	assert_int_equal(source->options[1].line, 3);
	assert_string_equal(config_option(source, "days"), "20");
	assert_string_equal(config_option(source, "expect"), "204");
	assert_string_equal(config_option(&config->sources[1], "expression"), "{state: .s}\n");
	config_free(config);
	config = accepted("sources:\n- type: uptime\n  urls: {shop: https://shop.example}\n");
	assert_string_equal(config_option(&config->sources[0], "urls"),
			    "shop=https://shop.example");
	config_free(config);
	refused("sources:\n- type: uptime\n  urls: {shop: ftp://shop.example}\n",
		"/etc/svctop/config.yml:3", "https://", NULL);
	refused("sources:\n- type: uptime\n  urls: [https://me:pw@a.example]\n",
		"/etc/svctop/config.yml:3", "password", "basic");
	refused("sources:\n- type: uptime\n  urls: [shop=https://me:pw@a.example]\n",
		"/etc/svctop/config.yml:3", "password", "basic");
	refused("sources:\n- type: uptime\n  urls: [{a: b}]\n", "/etc/svctop/config.yml:3", "urls",
		NULL);
	refused("sources:\n- type: uptime\n  days: soon\n", "/etc/svctop/config.yml:3", "days",
		NULL);
	refused("sources:\n- type: prometheus\n  rules: maybe\n", "/etc/svctop/config.yml:3",
		"neither true", "true or false");
	refused("sources:\n- type: json\n  kind: [a]\n", "/etc/svctop/config.yml:3", "not a list",
		NULL);
	refused("sources:\n- type: json\n  urls: [https://a]\n", "/etc/svctop/config.yml:3",
		"is a key of sources of type uptime, this one is json", "expression");
	refused("sources:\n- type: uptime\n  url_s: x\n", "/etc/svctop/config.yml:3", "url_s",
		"url");
}

/* What was refused must not be repeated where logs and screens show it. */
static void a_refused_secret_is_not_in_the_error(void **state)
{
	struct err err = {0};
	char *line;

	(void)state;
	assert_null(parse("sources:\n- type: github\n  auth: {bearer: ghp_abc}\n", &err));
	line = err_line(&err);
	assert_null(strstr(line, "ghp_abc"));
	free(line);
	err_clear(&err);
}

static void other_source_mistakes(void **state)
{
	(void)state;
	refused("sources: {type: x}\n", "/etc/svctop/config.yml:1", "list", NULL);
	refused("sources:\n- type: promethues\n", "/etc/svctop/config.yml:2", "promethues",
		"prometheus");
	refused("sources:\n- type: json\n  envronment: x\n", "/etc/svctop/config.yml:3",
		"envronment", "environment");
	refused("sources:\n- name: x\n", "/etc/svctop/config.yml:2", "type", NULL);
	refused("sources:\n- type: json\n  url: ftp://x\n", "/etc/svctop/config.yml:3", "https",
		NULL);
	refused("sources:\n- type: json\n  auth: {bearer: {envy: X}}\n", "/etc/svctop/config.yml:3",
		"envy", "env");
	refused("sources:\n- type: json\n  every: 0s\n", "/etc/svctop/config.yml:3", "duration",
		"number");
	refused("sources:\n- type: json\n  every: often\n", "/etc/svctop/config.yml:3", "duration",
		"number");
	refused("sources:\n- type: json\n  timeout: 1d\n", "/etc/svctop/config.yml:3",
		"600 seconds", NULL);
	refused("sources:\n- type: json\n  name: a\n  name: b\n", "/etc/svctop/config.yml:4",
		"twice, first on line 3", "keep one");
	refused("sources:\n- type: uptime\n  checks: {ci: x}\n", "/etc/svctop/config.yml:3",
		"takes no checks", "json");
	refused("sources:\n- type: json\n  match: {a: {b: c}}\n", "/etc/svctop/config.yml:3",
		"match", NULL);
	refused("sources:\n- type: json\n  match: [a]\n", "/etc/svctop/config.yml:3", "match",
		"SERVICE");
	refused("sources:\n- type: json\n  name: \"a\\tb\"\n", "/etc/svctop/config.yml:3",
		"control", NULL);
	refused("sources:\n- type: json\n  url: https://\n", "/etc/svctop/config.yml:3", "no host",
		NULL);
	refused("sources:\n- type: json\n  url: example.com\n", "/etc/svctop/config.yml:3", "https",
		"whole address");
	refused("sources:\n- type: json\n  url: \"https://a b\"\n", "/etc/svctop/config.yml:3",
		"space", NULL);
}

static void auth_mistakes(void **state)
{
	(void)state;
	refused("sources:\n- type: prometheus\n  auth: gh\n", "/etc/svctop/config.yml:3",
		"sources of type github", "bearer");
	refused("sources:\n- type: json\n  auth: {}\n", "/etc/svctop/config.yml:3", "needs one of",
		NULL);
	refused("sources:\n- type: json\n  auth: {basic: {password: {env: A}}}\n",
		"/etc/svctop/config.yml:3", "basic needs user", NULL);
	refused("sources:\n- type: json\n  auth: {basic: {user: a}}\n", "/etc/svctop/config.yml:3",
		"basic needs password", "env");
	refused("sources:\n- type: json\n  auth: {basic: {user: \"a:b\", password: {env: A}}}\n",
		"/etc/svctop/config.yml:3", "\":\" in it", NULL);
	refused("sources:\n- type: json\n"
		"  auth: {header: {name: \"X\\r\\nY\", value: {env: A}}}\n",
		"/etc/svctop/config.yml:3", "none that HTTP knows", "X-Api-Key");
	refused("sources:\n- type: json\n  auth: {bearer: {command: pass}}\n",
		"/etc/svctop/config.yml:3", "list of words", "[pass");
	refused("sources:\n- type: json\n  auth: {bearer: {env: A, file: b}}\n",
		"/etc/svctop/config.yml:3", "needs one of", NULL);
}

/* Names that have words of secrets in them and are none. */
static void what_is_no_secret_is_not_refused(void **state)
{
	struct config *config = accepted(
	    "sources:\n"
	    "- type: json\n"
	    "  url: https://a/?project_key=PAY&sort=key_asc&tokens=3&monkey=1#token=x\n"
	    "  auth: {bearer: {env: TOKEN_FOR_2_years_of_use}}\n"
	    "- {type: json, url: https://b, auth: {bearer: {command: [sh, -c, echo $X]}}}\n");

	(void)state;
	assert_int_equal(config->source_count, 2);
	config_free(config);
}

/* Where people put tokens by mistake, errors keep them to themselves. */
static void no_error_repeats_a_secret(void **state)
{
	static const char *const texts[] = {
	    "sources:\n- type: json\n  auth: {bearer: {env: \"s3cr-et\"}}\n",
	    "sources:\n- type: json\n  auth: s3cr-et\n",
	    "sources:\n- type: json\n  auth: {basic: s3cr-et}\n",
	    "sources:\n- type: json\n  auth: {header: {name: s3cr-et, value: s3cr-et}}\n",
	    "sources:\n- type: json\n  password: s3cr-et\n",
	    "sources:\n- type: json\n  url: https://a:s3cr-et@b/\n",
	    "sources:\n- type: json\n  url: https://b/?x=1&api_key=s3cr-et\n",
	    "sources:\n- type: json\n  url: https://b/?X-Api-Key=s3cr-et\n",
	    "sources:\n- type: json\n  url: https://b/?x=1;privateToken=s3cr-et#y\n",
	    "sources:\n- type: json\n  url: https://b/?sig=s3cr-et\n",
	    "sources:\n- type: uptime\n  urls: [\"https://b/?Access_Token=s3cr-et\"]\n",
	    "sources:\n- type: json\n  Client-Secret: s3cr-et\n",
	    "sources:\n- type: json\n  auth: {bearer: {command: [/bin/echo, s3cr-et]}}\n",
	    "sources:\n- type: json\n  auth: {bearer: {env: ghp_s3cret}}\n",
	    "sources:\n- type: json\n  auth: {bearer: {env: s3cret5f4dcc3b5aa765d61d83}}\n",
	    "sources:\n- type: json\n  auth: {bearer: {token: s3cr-et}}\n",
	    "sources:\n- type: json\n  auth: {bearer: s3cr-et\n  url: x\n",
	    "sources:\n- type: json\n  auth: {bearer: [s3cr-et]}\n",
	    "sources:\n- type: json\n  auth: [s3cr-et]\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct err err = {0};
		char *line;

		assert_null(parse(texts[i], &err));
		line = err_line(&err);
		if (strstr(line, "s3cr"))
			fail_msg("told: %s", line);
		free(line);
		err_clear(&err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_key_is_read),
	    cmocka_unit_test(where_the_store_is),
	    cmocka_unit_test(one_word_is_a_list_of_one),
	    cmocka_unit_test(nothing_and_the_example_change_nothing),
	    cmocka_unit_test(the_example_uncommented_is_valid),
	    cmocka_unit_test(mistakes_have_their_line),
	    cmocka_unit_test(broken_yaml_is_an_error),
	    cmocka_unit_test(no_home_is_said),
	    cmocka_unit_test(sources_are_checked),
	    cmocka_unit_test(secrets_are_not_written_out),
	    cmocka_unit_test(a_refused_secret_is_not_in_the_error),
	    cmocka_unit_test(other_source_mistakes),
	    cmocka_unit_test(what_is_no_secret_is_not_refused),
	    cmocka_unit_test(no_error_repeats_a_secret),
	    cmocka_unit_test(auth_mistakes),
	    cmocka_unit_test(keys_of_a_type_are_read),
	    cmocka_unit_test(every_source_has_its_own_name),
	    cmocka_unit_test(places_of_secrets_are_read),
	    cmocka_unit_test(a_source_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
