#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

/* Every setting that the example offers is one that is understood. */
static void the_example_uncommented_is_valid(void **state)
{
	char *text = xstrdup(config_example);
	struct config *config;

	(void)state;
	for (char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (line[0] == '#' && line[1] == ' ' && line[2] >= 'a' && line[2] <= 'z')
			line[0] = line[1] = ' ';
		if (!*line)
			break;
	}
	for (char *line = strstr(text, "\n  "); line; line = strstr(line, "\n  "))
		memmove(line + 1, line + 3, strlen(line + 3) + 1);
	config = accepted(text);
	for (size_t key = 0; key < CONFIG_KEYS; key++)
		if (key != CONFIG_SOURCES && !config->lines[key])
			fail_msg("%s is not in the example", config_key_name(key));
	config_free(config);
	free(text);
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
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_key_is_read),
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
