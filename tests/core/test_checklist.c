#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/checklist.h"
#include "core/mem.h"
#include "core/signal.h"

/* An item without its pass rule, to which a test adds one. */
#define HEAD	       "schema: 1\nchecks:\n"
#define ITEM(id, tier) "- id: " id "\n  tier: " tier "\n  title: T\n  why: W\n  close: C\n"
#define ONE	       HEAD ITEM("a", "3")

static struct checklist *parse(const char *text)
{
	struct err err = {0};
	struct checklist *list = checklist_parse("my.yml", text, strlen(text), &err);

	if (!list)
		fail_msg("%s: %s", err.where, err.what);
	return list;
}

static void assert_refused(const char *text, const char *where, const char *what)
{
	struct err err = {0};
	struct checklist *list = checklist_parse("my.yml", text, strlen(text), &err);

	if (list)
		fail_msg("accepted:\n%s", text);
	if (strcmp(err.where, where) != 0 || !strstr(err.what, what))
		fail_msg("expected %s: %s\ngot %s: %s\nof:\n%s", where, what, err.where, err.what,
			 text);
	err_clear(&err);
}

/* checklist_builtin() leaves globs and regexes unchecked: here is where they are. */
static void test_builtin_is_valid(void **state)
{
	struct err err = {0};
	size_t len;
	const char *text = checklist_builtin_text(&len);
	struct checklist *list = checklist_parse("built-in", text, len, &err);

	(void)state;
	if (!list)
		fail_msg("%s: %s", err.where, err.what);
	assert_true(list->check_count > 0);
	assert_non_null(list->deployed);
	assert_true(list->excluded_count > 0);
	checklist_free(list);
	list = checklist_builtin();
	assert_non_null(list);
	assert_string_equal(list->path, "built-in");
	checklist_free(list);
}

static void test_a_files_probe(void **state)
{
	struct checklist *list =
	    parse(ONE "  pass:\n"
		      "    files: [a.yml, 'b/**']\n"
		      "    except: x.yml\n"
		      "    scope: fleet\n"
		      "    strength: declared\n"
		      "    ignore_case: true\n"
		      "    lines: ['^a', b]\n"
		      "    without: c\n"
		      "    each: spec.*\n"
		      "    where: [kind = Job, 'x.\"y.z\" absent', n >= 2, 'm ~ ^x y$']\n"
		      "    value: metadata.name\n"
		      "    min_bytes: 200\n"
		      "    touched_within: 180d\n"
		      "    stale: passes\n"
		      "    dated_within: 1y\n"
		      "    at_least: 2\n"
		      "  least: declared\n");
	const struct probe *probe = &list->probes[0];

	(void)state;
	assert_int_equal(list->probe_count, 1);
	assert_int_equal(probe->kind, PROBE_FILES);
	assert_int_equal(probe->line, 9);
	assert_int_equal(probe->file_count, 2);
	assert_string_equal(probe->files[1], "b/**");
	assert_string_equal(probe->except[0], "x.yml");
	assert_int_equal(probe->scope, SCOPE_FLEET);
	assert_int_equal(probe->strength, STRENGTH_DECLARED);
	assert_true(probe->ignore_case);
	assert_int_equal(probe->line_count, 2);
	assert_string_equal(probe->without[0], "c");
	assert_string_equal(probe->each, "spec.*");
	assert_int_equal(probe->where_count, 4);
	assert_string_equal(probe->where[0].path, "kind");
	assert_int_equal(probe->where[0].op, QUERY_EQ);
	assert_string_equal(probe->where[0].value, "Job");
	assert_string_equal(probe->where[1].path, "x.\"y.z\"");
	assert_int_equal(probe->where[1].op, QUERY_ABSENT);
	assert_null(probe->where[1].value);
	assert_int_equal(probe->where[2].op, QUERY_GE);
	assert_string_equal(probe->where[3].value, "^x y$");
	assert_string_equal(probe->value, "metadata.name");
	assert_int_equal(probe->min_bytes, 200);
	assert_int_equal(probe->touched_within, 180 * 86400);
	assert_true(probe->stale_passes);
	assert_int_equal(probe->dated_within, 365 * 86400);
	assert_int_equal(probe->at_least, 2);
	checklist_free(list);
}

static void test_defaults_of_probes(void **state)
{
	struct checklist *list =
	    parse(ONE "  least: declared\n  pass:\n    any:\n"
		      "    - {files: a}\n"
		      "    - {dependency: [x, 'y*'], ecosystem: go, dev: true}\n"
		      "    - {field: slo}\n"
		      "    - {link: docs, matches: ^https}\n"
		      "    - {owners: {at_least: 2}}\n"
		      "    - {owners: {at_least: 1, teams: true}}\n"
		      "    - {authors: {at_least: 2, commits: 3}}\n"
		      "    - {commits: {at_most: 5}}\n"
		      "    - {attestation: {}}\n"
		      "    - {service: {type: [a, b], tier: [3, 1]}}\n"
		      "    - {attestation: {check: a, max_age: 90d}}\n");
	const struct probe *p = list->probes;

	(void)state;
	assert_int_equal(list->probe_count, 11);
	assert_int_equal(p[0].scope, SCOPE_SERVICE);
	assert_int_equal(p[0].strength, STRENGTH_CONFIGURED);
	assert_int_equal(p[0].at_least, 1);
	assert_string_equal(p[1].ecosystem, "go");
	assert_true(p[1].dev_too && !p[1].indirect_too);
	assert_int_equal(p[2].strength, STRENGTH_DECLARED);
	assert_string_equal(p[3].matches, "^https");
	assert_true(p[4].people && p[4].teams);
	assert_int_equal(p[4].count_min, 2);
	assert_int_equal(p[4].count_max, UINT32_MAX);
	assert_true(!p[5].people && p[5].teams);
	assert_int_equal(p[6].each_min, 3);
	assert_int_equal(p[7].count_min, 0);
	assert_int_equal(p[7].count_max, 5);
	assert_int_equal(p[8].name_count, 0);
	assert_int_equal(p[8].max_age, 365 * 86400);
	assert_int_equal(p[9].tier_min, 1);
	assert_int_equal(p[9].tier_max, 3);
	assert_int_equal(p[9].strength, STRENGTH_NONE);
	assert_int_equal(p[10].max_age, 90 * 86400);
	for (uint32_t i = 0; i < 11; i++)
		assert_int_equal(p[i].index, i);
	checklist_free(list);
}

static void test_probes_of_signals(void **state)
{
	struct checklist *list =
	    parse(ONE "  absent: unwatched\n  pass:\n    any:\n"
		      "    - signal: uptime\n"
		      "    - {signal: [alert, incident], state: critical, title: Down$,\n"
		      "       not_flagged: [silenced], older: 1h, environment: any}\n"
		      "    - {signal: schedule, flagged: [disabled], within: 30d, matches: off,\n"
		      "       label: {path: '^load/', team: ''}, strength: declared}\n");
	const struct probe *p = list->probes;

	(void)state;
	assert_int_equal(list->checks[0].absent, ABSENT_UNWATCHED);
	assert_int_equal(list->probe_count, 3);
	assert_int_equal(p[0].kind, PROBE_SIGNAL);
	assert_int_equal(p[0].strength, STRENGTH_OBSERVED);
	assert_int_equal(p[0].signals, 1 << SIGNAL_UPTIME);
	assert_int_equal(p[0].states, 1 << SIGNAL_OK | 1 << SIGNAL_WARNING | 1 << SIGNAL_CRITICAL);
	assert_int_equal(p[0].no_flags, SIGNAL_PENDING | SIGNAL_WATCHDOG | SIGNAL_DISABLED);
	assert_null(p[0].environment);
	assert_int_equal(p[1].signals, 1 << SIGNAL_ALERT | 1 << SIGNAL_INCIDENT);
	assert_int_equal(p[1].states, 1 << SIGNAL_CRITICAL);
	assert_int_equal(p[1].no_flags, SIGNAL_SILENCED);
	assert_int_equal(p[1].older, 3600);
	assert_non_null(p[1].title);
	assert_string_equal(p[1].environment, "any");
	assert_int_equal(p[2].flags, SIGNAL_DISABLED);
	assert_int_equal(p[2].no_flags, SIGNAL_PENDING | SIGNAL_WATCHDOG);
	assert_int_equal(p[2].within, 30 * 86400);
	assert_int_equal(p[2].label_count, 2);
	assert_string_equal(p[2].labels[1].name, "team");
	assert_int_equal(p[2].strength, STRENGTH_DECLARED);
	checklist_free(list);
}

static void test_groups(void **state)
{
	struct checklist *list =
	    parse(ONE "  pass: {all: [{any: [{files: a}, {files: b}]}, {not: {files: c}},"
		      " {at_least: {n: 2, of: [{files: d}, {files: e}, {files: f}]}}]}\n");
	const struct rule *rule = list->checks[0].pass;

	(void)state;
	assert_int_equal(rule->kind, RULE_ALL);
	assert_int_equal(rule->of_count, 3);
	assert_int_equal(rule->of[0]->kind, RULE_ANY);
	assert_int_equal(rule->of[0]->of[1]->kind, RULE_PROBE);
	assert_int_equal(rule->of[0]->of[1]->probe, 1);
	assert_int_equal(rule->of[1]->kind, RULE_NOT);
	assert_int_equal(rule->of[1]->of_count, 1);
	assert_int_equal(rule->of[2]->kind, RULE_AT_LEAST);
	assert_int_equal(rule->of[2]->need, 2);
	assert_true(rule_uses_probe(rule, 5));
	assert_false(rule_uses_probe(rule, 6));
	checklist_free(list);
}

static void test_verdicts_and_words(void **state)
{
	struct checklist *list =
	    parse(ONE "  absent: not-visible\n"
		      "  reason: nothing was found\n"
		      "  source: Prometheus\n"
		      "  not_applicable: [{if: {service: {type: library}}, reason: a library}]\n"
		      "  gap: [{if: {files: x}, reason: there is x}]\n"
		      "  unknown: [{if: {files: y}, code: not-visible, reason: only y}]\n"
		      "  pass: {files: z}\n");
	const struct check *check = &list->checks[0];

	(void)state;
	assert_int_equal(check->absent, ABSENT_NOT_VISIBLE);
	assert_string_equal(check->absent_reason, "nothing was found");
	assert_string_equal(check->source, "Prometheus");
	assert_int_equal(check->least, STRENGTH_CONFIGURED);
	assert_int_equal(check->not_applicable_count, 1);
	assert_string_equal(check->contradicted[0].reason, "there is x");
	assert_int_equal(check->unknown[0].code, UNKNOWN_NOT_VISIBLE);
	assert_int_equal(check->line, 3);
	checklist_free(list);
}

static void test_items_come_by_tier(void **state)
{
	struct checklist *list = parse(
	    HEAD ITEM("a", "1") "  pass: {files: a}\n" ITEM("b", "4") "  pass: {files: a}\n" ITEM(
		"c", "1") "  pass: {files: a}\n" ITEM("d", "4") "  pass: {files: a}\n");
	char order[8] = "";

	(void)state;
	for (size_t i = 0; i < list->check_count; i++)
		order[i] = list->checks[i].id[0];
	assert_string_equal(order, "bdac");
	assert_int_equal(checklist_find(list, "c"), 3);
	assert_int_equal(checklist_find(list, "x"), -1);
	checklist_free(list);
}

static void test_aliases_share_rules(void **state)
{
	struct checklist *list = parse("schema: 1\n"
				       "definitions: {php: &php {files: composer.json}}\n"
				       "checks:\n" ITEM("a", "3") "  pass: *php\n" ITEM(
					   "b", "3") "  pass: {any: [*php, {files: x}]}\n");

	(void)state;
	assert_int_equal(list->probe_count, 2);
	assert_ptr_equal(list->checks[0].pass, list->checks[1].pass->of[0]);
	checklist_free(list);
}

/* Each line doubles the rule: 2047 rules when followed. */
static void test_alias_bombs_are_refused(void **state)
{
	struct buf text = {0};

	(void)state;
	buf_adds(&text, "schema: 1\ndefinitions:\n  r0: &r0 {files: a}\n");
	for (int i = 1; i <= 11; i++)
		buf_addf(&text, "  r%d: &r%d {all: [*r%d, *r%d]}\n", i, i, i - 1, i - 1);
	buf_adds(&text, "checks:\n" ITEM("a", "3") "  pass: *r11\n");
	assert_refused(buf_str(&text), "my.yml:12", "too large");
	buf_free(&text);
}

static void test_extending_the_default(void **state)
{
	struct checklist *base = checklist_builtin();
	struct checklist *list = parse("schema: 1\nname: mine\nextends: default\n"
				       "remove: [owner]\n"
				       "checks:\n- id: ci\n  tier: 2\n  title: Builds\n" ITEM(
					   "new", "4") "  pass: {files: a}\n");
	int ci = checklist_find(list, "ci"), was = checklist_find(base, "ci");

	(void)state;
	assert_int_equal(list->check_count, base->check_count);
	assert_int_equal(checklist_find(list, "owner"), -1);
	assert_int_not_equal(checklist_find(list, "new"), -1);
	assert_int_equal(list->checks[ci].tier, 2);
	assert_string_equal(list->checks[ci].title, "Builds");
	assert_string_equal(list->checks[ci].why, base->checks[was].why);
	assert_int_equal(list->checks[ci].pass->kind, base->checks[was].pass->kind);
	assert_string_equal(list->name, "mine");
	assert_int_equal(list->excluded_count, base->excluded_count);
	assert_non_null(list->deployed);
	assert_string_not_equal(list->digest, base->digest);
	checklist_free(list);
	checklist_free(base);
}

static void test_digest_follows_the_text(void **state)
{
	struct checklist *a = parse(ONE "  pass: {files: a}\n");
	struct checklist *b = parse(ONE "  pass: {files: a}\n");
	struct checklist *c = parse(ONE "  pass: {files: b}\n");

	(void)state;
	assert_int_equal(strlen(a->digest), 16);
	assert_string_equal(a->digest, b->digest);
	assert_string_not_equal(a->digest, c->digest);
	checklist_free(a);
	checklist_free(b);
	checklist_free(c);
}

static void test_errors_show_the_place(void **state)
{
	struct err err = {0};
	const char *text = ONE "  pass:\n    fiels: [a]\n";

	(void)state;
	assert_null(checklist_parse("my.yml", text, strlen(text), &err));
	assert_string_equal(err.where, "my.yml:9");
	assert_string_equal(err.what, "unknown rule \"fiels\": did you mean \"files\"?\n"
				      "    9 |     fiels: [a]\n"
				      "      |     ^");
	err_clear(&err);
}

static const struct {
	const char *text, *where, *what;
} mistakes[] = {
    {ONE "  pass: {signal: [alert, pager]}\n", "my.yml:8", "pager"},
    {ONE "  pass: {signal: []}\n", "my.yml:8", "empty list"},
    {ONE "  pass: {signal: alert, state: [red]}\n", "my.yml:8", "red"},
    {ONE "  pass: {signal: alert, lable: {a: b}}\n", "my.yml:8", "lable"},
    {ONE "  pass: {signal: alert, label: severity}\n", "my.yml:8", "no mapping"},
    {ONE "  pass: {signal: alert, label: {severity: '('}}\n", "my.yml:8", "regex"},
    {ONE "  pass: {signal: alert, title: '['}\n", "my.yml:8", "regex"},
    {ONE "  pass: {signal: alert, within: soon}\n", "my.yml:8", "soon"},
    {ONE "  pass: {signal: alert, flagged: [silent]}\n", "my.yml:8", "silent"},
    {ONE "  pass: {signal: alert, flagged: [pending], not_flagged: [pending]}\n", "my.yml:8",
     "the same word"},
    {ONE "  pass: {files: a, strength: observed}\n", "my.yml:8", "only a live source"},
    {"", "my.yml", "expected"},
    {"- a\n", "my.yml:1", "expected a mapping"},
    {"checks: []\n", "my.yml:1", "schema is missing"},
    {"schema: 2\n", "my.yml:1", "schema 1"},
    {"schema: 1\n", "my.yml:1", "without items"},
    {"schema: 1\nchecks: []\n", "my.yml:2", "list of items"},
    {"schema: 1\nchekcs: []\n", "my.yml:2", "did you mean \"checks\""},
    {"schema: 1\nschema: 1\n", "my.yml:2", "twice"},
    {"schema: 1\nextends: defualt\n", "my.yml:2", "did you mean \"default\""},
    {"schema: 1\nchecks: [\n", "my.yml:3", ""},
    {"schema: 1\n---\nschema: 1\n", "my.yml:3", "one YAML document"},
    {HEAD "- tier: 3\n", "my.yml:3", "no id"},
    {HEAD "- id: A b\n", "my.yml:3", "lower-case"},
    {HEAD "- id: a\n  tier: 3\n", "my.yml:3", "no title"},
    {HEAD ITEM("a", "5") "  pass: {files: a}\n", "my.yml:4", "from 1 to 4"},
    {HEAD ITEM("a", "two") "  pass: {files: a}\n", "my.yml:4", "from 1 to 4"},
    {ONE "  pass: {files: a}\n" ITEM("a", "3"), "my.yml:9", "another item \"a\""},
    {ONE, "my.yml:3", "no pass rule"},
    {ONE "  pass: {all: []}\n", "my.yml:8", "empty list"},
    {ONE "  pass: {any: []}\n", "my.yml:8", "empty list"},
    {ONE "  pass: {any: {files: a}}\n", "my.yml:8", "list of rules"},
    {ONE "  pass: {}\n", "my.yml:8", "expected a rule"},
    {ONE "  pass: Makefile\n", "my.yml:8", "expected a rule"},
    {ONE "  pass: {at_least: {n: 3, of: [{files: a}]}}\n", "my.yml:8", "more than"},
    {ONE "  pass: {at_least: {of: [{files: a}]}}\n", "my.yml:8", "needs n and of"},
    {ONE "  pass: {all: [{files: a}], any: [{files: b}]}\n", "my.yml:8", "two things"},
    {ONE "  pass: {files: a, dependency: b}\n", "my.yml:8", "unknown key"},
    {ONE "  pass: {files: []}\n", "my.yml:8", "empty list"},
    {ONE "  pass: {files: ['']}\n", "my.yml:8", "empty text"},
    {ONE "  pass: {files: ['[a']}\n", "my.yml:8", "bad glob"},
    {ONE "  pass: {files: ['!a']}\n", "my.yml:8", "begin with !"},
    {ONE "  pass: {files: a, lines: '(a'}\n", "my.yml:8", "bad regex"},
    {ONE "  pass:\n    files: a\n    lines:\n    - a\n    - '['\n", "my.yml:12", "bad regex"},
    {ONE "  pass: {files: a, without: '*'}\n", "my.yml:8", "bad regex"},
    {ONE "  pass: {files: a, scope: flet}\n", "my.yml:8", "did you mean \"fleet\""},
    {ONE "  pass: {files: a, strength: observed}\n", "my.yml:8", "only a live source"},
    {ONE "  pass: {files: a, touched_within: 6}\n", "my.yml:8", "duration"},
    {ONE "  pass: {files: a, touched_within: 6 months}\n", "my.yml:8", "duration"},
    {ONE "  pass: {files: a, stale: passes}\n", "my.yml:8", "touched_within"},
    {ONE "  pass: {files: a, at_least: 0}\n", "my.yml:8", "at_least"},
    {ONE "  pass: {files: a, each: x}\n", "my.yml:8", "without where"},
    {ONE "  pass: {files: a, where: [a = ]}\n", "my.yml:8", "no value"},
    {ONE "  pass: {files: a, where: [a is b]}\n", "my.yml:8", "bad term"},
    {ONE "  pass: {files: a, where: [a > b]}\n", "my.yml:8", "no number"},
    {ONE "  pass: {files: a, where: ['a ~ (']}\n", "my.yml:8", "bad regex"},
    {ONE "  pass: {files: a, where: [a..b]}\n", "my.yml:8", "bad path"},
    {ONE "  pass: {files: a, where: ['.a']}\n", "my.yml:8", "bad path"},
    {ONE "  pass: {files: a, where: ['a.']}\n", "my.yml:8", "bad path"},
    {ONE "  pass: {files: a, where: ['a.\"b']}\n", "my.yml:8", "bad"},
    {ONE "  pass: {files: a, where: ['a.\"b\"c']}\n", "my.yml:8", "bad path"},
    {ONE "  pass: {dependency: a, ecosystem: gems}\n", "my.yml:8", "mean \"gem\""},
    {ONE "  pass: {dependency: a, scope: fleet}\n", "my.yml:8", "other checkouts"},
    {ONE "  pass: {authors: {commits: 3}}\n", "my.yml:8", "at_least or at_most"},
    {ONE "  pass: {authors: {at_least: 3, at_most: 1}}\n", "my.yml:8", "above at_most"},
    {ONE "  pass: {owners: 2}\n", "my.yml:8", "expected a mapping"},
    {ONE "  pass: {deployed: false}\n", "my.yml:8", "only true"},
    {ONE "  pass: {any: [{files: a}, {deployed: true}]}\n", "my.yml:8", "what deploys"},
    {ONE "  pass: {any: [{files: a}, {service: {}}]}\n", "my.yml:8", "asks for nothing"},
    {ONE "  pass: {field: slo}\n", "my.yml:8", "can never pass"},
    {ONE "  pass: {not: {files: a}}\n", "my.yml:8", "can never pass"},
    {ONE "  least: declared\n  pass: {attestation: {check: b}}\n", "my.yml:9",
     "unknown item \"b\""},
    {ONE "  unknown: [{if: {files: a}, reason: r}]\n  pass: {files: a}\n", "my.yml:8",
     "code and reason"},
    {ONE "  gap: [{if: {files: a}, reason: r, code: failed}]\n  pass: {files: a}\n", "my.yml:8",
     "unknown key \"code\""},
    {ONE "  gap: {files: a}\n  pass: {files: a}\n", "my.yml:8", "expected a list"},
    {ONE "  reason: \"a\\nb\"\n  pass: {files: a}\n", "my.yml:8", "one line"},
    {"schema: 1\nremove: [ci]\n", "my.yml:2", "nothing to remove"},
    {"schema: 1\nextends: default\nremove: [cii]\n", "my.yml:3", "mean \"ci\""},
    {"schema: 1\nextends: default\nremove: [ci]\nchecks: [{id: ci, tier: 1}]\n", "my.yml:3",
     "removed and given"},
    {"schema: 1\ndeployed: {deployed: true}\nchecks:\n" ITEM("a", "3") "  pass: {files: a}\n",
     "my.yml:2", "asks for itself"},
    {"schema: 1\nexcluded: ['[']\nchecks:\n" ITEM("a", "3") "  pass: {files: a}\n", "my.yml:2",
     "bad glob"},
};

static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++)
		assert_refused(mistakes[i].text, mistakes[i].where, mistakes[i].what);
}

static void test_deep_rules_are_refused(void **state)
{
	struct buf text = {0};

	(void)state;
	buf_adds(&text, ONE "  pass: ");
	for (int i = 0; i < 30; i++)
		buf_adds(&text, "{not: ");
	buf_adds(&text, "{files: a}");
	for (int i = 0; i < 30; i++)
		buf_addc(&text, '}');
	assert_refused(buf_str(&text), "my.yml:8", "nested too deeply");
	buf_free(&text);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(status_name(STATUS_NA), "n/a");
	assert_string_equal(unknown_code_name(UNKNOWN_NOT_VISIBLE), "not-visible");
	assert_null(unknown_code_name(UNKNOWN_NONE));
	assert_string_equal(strength_name(STRENGTH_OBSERVED), "observed");
	assert_null(strength_name(STRENGTH_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_builtin_is_valid),
	    cmocka_unit_test(test_a_files_probe),
	    cmocka_unit_test(test_defaults_of_probes),
	    cmocka_unit_test(test_probes_of_signals),
	    cmocka_unit_test(test_groups),
	    cmocka_unit_test(test_verdicts_and_words),
	    cmocka_unit_test(test_items_come_by_tier),
	    cmocka_unit_test(test_aliases_share_rules),
	    cmocka_unit_test(test_alias_bombs_are_refused),
	    cmocka_unit_test(test_extending_the_default),
	    cmocka_unit_test(test_digest_follows_the_text),
	    cmocka_unit_test(test_errors_show_the_place),
	    cmocka_unit_test(test_mistakes),
	    cmocka_unit_test(test_deep_rules_are_refused),
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
