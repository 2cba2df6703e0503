#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/buf.h"
#include "core/matcher.h"
#include "core/mem.h"

/* A checklist whose only probe is the given one, and what it said about files. */
struct fixture {
	struct checklist *list;
	struct matcher *matcher;
	struct matcher_answers answers;
};

static void open_probe(struct fixture *f, const char *probe)
{
	char *text = xasprintf("schema: 1\n"
			       "excluded: [vendor/, '*_gen/']\n"
			       "checks:\n"
			       "- {id: a, tier: 4, title: T, why: W, close: C, pass: {%s}}\n",
			       probe);
	struct err err = {0};

	*f = (struct fixture){0};
	f->list = checklist_parse("t.yml", text, strlen(text), &err);
	if (!f->list)
		fail_msg("%s: %s", err.where, err.what);
	f->matcher = matcher_new(f->list, &err);
	if (!f->matcher)
		fail_msg("%s", err.what);
	f->answers.arena = arena_new();
	free(text);
}

static void close_probe(struct fixture *f)
{
	matcher_free(f->matcher);
	checklist_free(f->list);
	arena_free(f->answers.arena);
	free(f->answers.hits);
	free(f->answers.misses);
}

static void ask_bytes(struct fixture *f, const char *path, const char *bytes, size_t len)
{
	const uint32_t probe = 0;

	matcher_file(f->matcher, &probe, 1, path, bytes, len, &f->answers);
}

static void ask(struct fixture *f, const char *path, const char *text)
{
	ask_bytes(f, path, text, strlen(text));
}

static void ask_path(struct fixture *f, const char *path)
{
	ask_bytes(f, path, NULL, 0);
}

static void assert_hits(const char *probe, const char *path, const char *text, size_t count)
{
	struct fixture f;

	open_probe(&f, probe);
	ask(&f, path, text);
	if (f.answers.hit_count != count)
		fail_msg("%s: %zu hits in %s", probe, f.answers.hit_count, text);
	assert_int_equal(f.answers.miss_count, 0);
	close_probe(&f);
}

static bool has_name(const struct hit *hit, const char *name)
{
	for (size_t i = 0; i < hit->name_count; i++)
		if (strcmp(hit->names[i], name) == 0)
			return true;
	return false;
}

static void test_path_alone(void **state)
{
	struct fixture f;

	(void)state;
	open_probe(&f, "files: a");
	assert_false(matcher_needs_content(f.matcher, 0));
	ask_path(&f, "x/a");
	assert_int_equal(f.answers.hit_count, 1);
	assert_string_equal(f.answers.hits[0].at.path, "x/a");
	assert_int_equal(f.answers.hits[0].at.line, 0);
	assert_null(f.answers.hits[0].text);
	assert_int_equal(f.answers.hits[0].name_count, 0);
	close_probe(&f);
}

static void test_lines(void **state)
{
	struct fixture f;

	(void)state;
	open_probe(&f, "files: a, lines: ['^\\s*run: (\\S+)', 'x$']");
	assert_true(matcher_needs_content(f.matcher, 0));
	ask(&f, "a", "one\r\n  run: make test\r\nx\r\n");
	assert_int_equal(f.answers.hit_count, 1);
	assert_int_equal(f.answers.hits[0].at.line, 2);
	assert_string_equal(f.answers.hits[0].text, "run: make test");
	assert_string_equal(f.answers.hits[0].value, "make");
	close_probe(&f);
	assert_hits("files: a, lines: [a, b]", "a", "a\nb\n", 1);
	assert_hits("files: a, lines: [a, b]", "a", "a\n", 0);
	assert_hits("files: a, lines: A", "a", "a\n", 0);
	assert_hits("files: a, lines: A, ignore_case: true", "a", "a\n", 1);
	assert_hits("files: a, lines: a, without: b", "a", "a\n", 1);
	assert_hits("files: a, lines: a, without: b", "a", "a\nb\n", 0);
	assert_hits("files: a, without: [c, b]", "a", "a\nb\n", 0);
	assert_hits("files: a, without: b", "a", "a\n", 1);
	assert_hits("files: a, lines: a", "a", "", 0);
	assert_hits("files: a, lines: '^$'", "a", "x\n\ny\n", 1);
}

/* A pattern that could run over the end of its line must not. */
static void test_lines_do_not_span(void **state)
{
	struct fixture f;
	struct buf many = {0};

	(void)state;
	assert_hits("files: a, lines: 'retention:\\s*30'", "a", "retention:\n  30\n", 0);
	assert_hits("files: a, lines: '(?s)retention:\\s*30'", "a", "retention:\n  30\n", 1);
	assert_hits("files: a, lines: '^[^#]*k6'", "a", "a\n# k6\n", 0);
	assert_hits("files: a, lines: '^[^#]*k6'", "a", "# k6\nrun k6\n", 1);
	open_probe(&f, "files: a, lines: '^[^#]*(k6)'");
	for (int i = 0; i < 300; i++)
		buf_adds(&many, "a\n# k6\n");
	buf_adds(&many, "run k6\n");
	ask(&f, "a", buf_str(&many));
	assert_int_equal(f.answers.hit_count, 1);
	assert_int_equal(f.answers.hits[0].at.line, 601);
	assert_string_equal(f.answers.hits[0].value, "k6");
	buf_free(&many);
	close_probe(&f);
}

static void test_binary_and_size(void **state)
{
	struct fixture f;
	char *large = xcalloc(1, 2 << 20);

	(void)state;
	open_probe(&f, "files: a, lines: b");
	ask_bytes(&f, "a", "b\n\0b\n", 5);
	assert_int_equal(f.answers.hit_count + f.answers.miss_count, 0);
	memset(large, '\n', 2 << 20);
	ask_bytes(&f, "a", large, 2 << 20);
	assert_int_equal(f.answers.miss_count, 1);
	assert_non_null(strstr(f.answers.misses[0].reason, "1 MiB"));
	memset(large, 'b', 30000);
	ask_bytes(&f, "a", large, 40000);
	assert_int_equal(f.answers.hit_count, 0);
	assert_int_equal(f.answers.miss_count, 2);
	assert_non_null(strstr(f.answers.misses[1].reason, "too long"));
	ask_bytes(&f, "sub/yarn.lock", large + 29999, (1 << 20) + 100);
	assert_int_equal(f.answers.hit_count, 1);
	close_probe(&f);
	assert_hits("files: a, min_bytes: 3", "a", "ab", 0);
	assert_hits("files: a, min_bytes: 3", "a", "abc", 1);
	free(large);
}

static void test_a_regex_that_gives_up(void **state)
{
	struct fixture f;
	char text[60];

	(void)state;
	open_probe(&f, "files: a, lines: '^(a+)+$'");
	memset(text, 'a', 50);
	text[50] = 'b';
	ask_bytes(&f, "a", text, 51);
	assert_int_equal(f.answers.hit_count, 0);
	assert_int_equal(f.answers.miss_count, 1);
	close_probe(&f);
}

#define DEPLOYMENT                                                                                 \
	"apiVersion: apps/v1\n"                                                                    \
	"kind: Deployment\n"                                                                       \
	"metadata:\n"                                                                              \
	"  name: checkout\n"                                                                       \
	"spec:\n"                                                                                  \
	"  replicas: 3\n"

static void test_queries(void **state)
{
	struct fixture f;

	(void)state;
	open_probe(&f, "files: a, where: [kind = Deployment, spec.replicas >= 2],"
		       " value: spec.replicas");
	ask(&f, "a.yml", "kind: Service\n---\n" DEPLOYMENT);
	assert_int_equal(f.answers.hit_count, 1);
	assert_int_equal(f.answers.hits[0].at.line, 8);
	assert_string_equal(f.answers.hits[0].text, "replicas: 3");
	assert_string_equal(f.answers.hits[0].value, "3");
	close_probe(&f);
	assert_hits("files: a, where: [kind = Job]", "a.yml", DEPLOYMENT, 0);
	assert_hits("files: a, where: [x.y = 1]", "a.json", "{\"x\": {\"y\": 1}}", 1);
	assert_hits("files: a, where: [x.y = 1]", "a.toml", "[x]\ny = 1\n", 1);
	assert_hits("files: a, where: [x = 1]", "a.txt", "x: 1\n", 0);
	assert_hits("files: a, each: jobs.*.steps.*, where: [uses ~ ^k6, 'with.x = 1']", "a.yml",
		    "jobs:\n  a:\n    steps:\n    - uses: k6\n    - with: {x: 1}\n", 0);
	assert_hits("files: a, each: jobs.*.steps.*, where: [uses ~ ^k6, 'with.x = 1']", "a.yml",
		    "jobs:\n  a:\n    steps:\n    - uses: k6\n      with: {x: 1}\n", 1);
	assert_hits("files: a, where: [kind = Deployment], lines: checkout", "a.yml", DEPLOYMENT,
		    1);
	assert_hits("files: a, where: [kind = Deployment], lines: basket", "a.yml", DEPLOYMENT, 0);
}

static void test_templates_say_nothing(void **state)
{
	const char *text = "kind: Deployment\nspec:\n  {{- if .Values.x }}\n  a: {{ .x }}\n  "
			   "{{- end }}\n";

	(void)state;
	assert_hits("files: a, where: [kind = Deployment]", "t.yaml", text, 0);
	assert_hits("files: a, lines: 'kind: Deployment'", "t.yaml", text, 1);
}

static void test_broken_documents_are_missed(void **state)
{
	struct fixture f;

	(void)state;
	open_probe(&f, "files: a, where: [kind = Deployment]");
	ask(&f, "a.yml", "kind: Job\n---\nkind: Deployment\nx: [\n");
	assert_int_equal(f.answers.hit_count, 0);
	assert_int_equal(f.answers.miss_count, 1);
	assert_string_equal(f.answers.misses[0].at.path, "a.yml");
	assert_true(f.answers.misses[0].at.line >= 3);
	assert_non_null(strstr(f.answers.misses[0].reason, "could not be read"));
	ask(&f, "b.yml", "kind: Deployment\n---\nx: [\n");
	assert_int_equal(f.answers.hit_count, 1);
	assert_int_equal(f.answers.miss_count, 1);
	close_probe(&f);
}

/* How often a broken text is missed by a probe: once where its lines leave it possible. */
static void assert_missed(const char *probe, const char *text, size_t count)
{
	struct fixture f;

	open_probe(&f, probe);
	ask(&f, "a.yml", text);
	assert_int_equal(f.answers.hit_count, 0);
	assert_int_equal(f.answers.miss_count, count);
	close_probe(&f);
}

static void test_broken_documents_that_could_not_matter(void **state)
{
	static const char *const kind = "files: a, where: [kind = Deployment, 'spec.n > 1']";

	(void)state;
	assert_missed(kind, "kind: ConfigMap\nspec: {n: 2}\nx: [\n", 0);
	assert_missed(kind, "kind: Deployment\nx: [\n", 0);
	assert_missed(kind, "kind: Deployment\nspec: {n: 2}\nx: [\n", 1);
	assert_missed(kind, "\"kind\": \"Deployment\" # it\nspec: {n: 2}\nx: [\n", 1);
	assert_missed(kind, "[{kind: Deployment, n: 2}\nx: [\n", 1);
	assert_missed(kind, "subkind: Deployment\nn: 2\nx: [\n", 0);
	assert_missed("files: a, where: ['kind ~ ^(A|B)$']", "kind: C\nx: [\n", 0);
	assert_missed("files: a, where: ['kind ~ ^(A|B)$']", "kind: B\nx: [\n", 1);
	assert_missed("files: a, where: ['a.* ~ x', 'b != y', 'c absent']", "x: [\n", 1);
	assert_missed("files: a, where: ['a.\"k.e\" = x']", "k.e: y\nx: [\n", 0);
}

static void test_dates(void **state)
{
	struct fixture f;

	(void)state;
	open_probe(&f, "files: a, dated_within: 365d");
	ask(&f, "docs/2026-03-01-drill.md", "2025-01-01\n");
	ask(&f, "docs/drill.md", "# Drill\n\nDate: 2026-02-30, then 2026-05-06\n");
	ask(&f, "docs/other.md", "version 12026-01-011, 2026-13-01\n");
	assert_int_equal(f.answers.hit_count, 3);
	assert_string_equal(f.answers.hits[0].value, "2026-03-01");
	assert_string_equal(f.answers.hits[1].value, "2026-02-30");
	assert_null(f.answers.hits[2].value);
	close_probe(&f);
}

static void test_excluded_and_excepted(void **state)
{
	struct fixture f;

	(void)state;
	open_probe(&f,
		   "files: '**/*.yml', except: ['ci/*.yml', test/, '**/*.gen.yml', '**/dev/**']");
	assert_true(matcher_excluded(f.matcher, "vendor", 6));
	assert_true(matcher_excluded(f.matcher, "api_gen", 7));
	assert_false(matcher_excluded(f.matcher, "vendors", 7));
	assert_true(matcher_excepted(f.matcher, 0, "ci/a.yml"));
	assert_false(matcher_excepted(f.matcher, 0, "x/ci/a.yml"));
	assert_true(matcher_excepted(f.matcher, 0, "test/a/b.yml"));
	assert_false(matcher_excepted(f.matcher, 0, "tests/b.yml"));
	assert_true(matcher_excepted(f.matcher, 0, "a/x/b.gen.yml"));
	assert_true(matcher_excepted(f.matcher, 0, "a/dev/x/b.yml"));
	close_probe(&f);
}

static size_t ids_of(struct fixture *f, const char *name, unsigned ids[8])
{
	struct glob_state top;
	size_t count;

	glob_start(matcher_globs(f->matcher), &top);
	count = glob_entry(matcher_globs(f->matcher), &top, name, strlen(name), false, ids, 8);
	glob_state_free(&top);
	return count;
}

static void test_globs_have_probes_and_readers(void **state)
{
	struct fixture f;
	unsigned ids[8];

	(void)state;
	open_probe(&f, "files: [go.mod, 'go.*']");
	assert_int_equal(ids_of(&f, "go.mod", ids), 2);
	assert_int_equal(ids[0], 0);
	assert_int_equal(ids[1], MATCHER_READERS + READER_MANIFEST);
	assert_int_equal(ids_of(&f, "CODEOWNERS", ids), 1);
	assert_int_equal(ids[0], MATCHER_READERS + READER_CODEOWNERS);
	assert_int_equal(ids_of(&f, "service.yml", ids), 1);
	assert_int_equal(ids[0], MATCHER_READERS + READER_DESCRIPTOR);
	assert_int_equal(ids_of(&f, ".mailmap", ids), 1);
	assert_int_equal(ids_of(&f, "README.md", ids), 0);
	close_probe(&f);
}

/* The built-in checklist and the readers must leave most folders unread. */
static void test_source_folders_are_passed_over(void **state)
{
	struct checklist *list = checklist_builtin();
	struct matcher *matcher = matcher_new(list, NULL);
	struct glob_state top, src, below;

	(void)state;
	glob_start(matcher_globs(matcher), &top);
	if (glob_enter(matcher_globs(matcher), &top, "zzz", 3, &src)) {
		assert_false(glob_enter(matcher_globs(matcher), &src, "zzz", 3, &below));
		glob_state_free(&src);
	}
	glob_state_free(&top);
	matcher_free(matcher);
	checklist_free(list);
}

/* Names */

static void test_names_of_paths(void **state)
{
	struct fixture f;

	(void)state;
	open_probe(&f, "files: a, scope: fleet");
	ask_path(&f, "apps/Checkout/overlays/prod/basket-values.yaml");
	assert_true(has_name(&f.answers.hits[0], "checkout"));
	assert_true(has_name(&f.answers.hits[0], "basket-values"));
	assert_true(has_name(&f.answers.hits[0], "basket"));
	assert_int_equal(f.answers.hits[0].name_count, 3);
	ask_path(&f, "k8s/values.yaml");
	assert_int_equal(f.answers.hits[1].name_count, 0);
	close_probe(&f);
}

static void test_names_of_elements(void **state)
{
	struct fixture f;

	(void)state;
	open_probe(&f, "files: a, scope: fleet, where: [kind = Deployment]");
	ask(&f, "k8s/all.yaml",
	    "kind: Deployment\n"
	    "metadata: {name: checkout, labels: {app.kubernetes.io/part-of: shop}}\n"
	    "spec: {template: {spec: {containers: [{name: nginx, env: [{name: DB_HOST}]}]}}}\n"
	    "---\n"
	    "kind: Deployment\n"
	    "metadata: {name: basket}\n");
	assert_int_equal(f.answers.hit_count, 2);
	assert_true(has_name(&f.answers.hits[0], "checkout"));
	assert_true(has_name(&f.answers.hits[0], "shop"));
	assert_false(has_name(&f.answers.hits[0], "nginx"));
	assert_false(has_name(&f.answers.hits[0], "db_host"));
	assert_false(has_name(&f.answers.hits[0], "basket"));
	assert_true(has_name(&f.answers.hits[1], "basket"));
	assert_int_equal(f.answers.hits[1].name_count, 1);
	close_probe(&f);
}

#define RULES                                                                                      \
	"groups:\n"                                                                                \
	"- name: shop.rules\n"                                                                     \
	"  rules:\n"                                                                               \
	"  - alert: CheckoutDown\n"                                                                \
	"    expr: up{job=\"checkout\"} == 0\n"                                                    \
	"    labels: {severity: page}\n"                                                           \
	"  - alert: OthersDown\n"                                                                  \
	"    expr: |\n"                                                                            \
	"      sum(up{service=~\"basket|search-.*\", env!=\"dev\"})\n"

static void assert_alert_names(const struct hit *hits)
{
	assert_true(has_name(&hits[0], "checkout"));
	assert_false(has_name(&hits[0], "basket"));
	assert_true(has_name(&hits[1], "basket"));
	assert_true(has_name(&hits[1], "search"));
	assert_false(has_name(&hits[1], "checkout"));
	assert_false(has_name(&hits[1], "dev"));
	assert_true(has_name(&hits[0], "shop"));
	assert_true(has_name(&hits[1], "shop"));
}

static void test_names_in_one_file_for_many(void **state)
{
	struct fixture f;

	(void)state;
	open_probe(&f, "files: a, scope: fleet, each: groups.*.rules.*, where: [alert]");
	ask(&f, "rules/rules.yml", RULES);
	assert_int_equal(f.answers.hit_count, 2);
	assert_true(has_name(&f.answers.hits[0], "checkout"));
	assert_false(has_name(&f.answers.hits[0], "basket"));
	assert_true(has_name(&f.answers.hits[1], "basket"));
	assert_false(has_name(&f.answers.hits[1], "checkout"));
	close_probe(&f);
	open_probe(&f, "files: a, scope: fleet, lines: '- alert:'");
	ask(&f, "rules/rules.yml", RULES);
	assert_int_equal(f.answers.hit_count, 2);
	assert_alert_names(f.answers.hits);
	close_probe(&f);
}

/* An element does not say whose it is, but the object around it does. */
static void test_names_of_the_head(void **state)
{
	struct fixture f;

	(void)state;
	open_probe(&f, "files: a, scope: fleet, each: spec.groups.*.rules.*, where: [alert]");
	ask(&f, "k8s/rules.yml",
	    "kind: PrometheusRule\n"
	    "metadata: {name: checkout-rules, labels: {release: stack}}\n"
	    "spec: {groups: [{name: x, rules: [{alert: A}]}, {name: basket}]}\n");
	assert_int_equal(f.answers.hit_count, 1);
	assert_true(has_name(&f.answers.hits[0], "checkout"));
	assert_false(has_name(&f.answers.hits[0], "basket"));
	close_probe(&f);
}

static void test_names_in_terraform(void **state)
{
	struct fixture f;

	(void)state;
	open_probe(&f, "files: a, scope: fleet, lines: 'backup_retention_period\\s*=\\s*(\\d+)'");
	ask(&f, "main.tf",
	    "resource \"aws_db_instance\" \"checkout\" {\n"
	    "  engine = \"postgres\"\n"
	    "  backup_retention_period = 7\n"
	    "  tags = { Service = \"shop\" }\n"
	    "}\n"
	    "\n"
	    "resource \"aws_db_instance\" \"basket\" {\n"
	    "  identifier = \"basket-prod\"\n"
	    "  backup_retention_period = 14\n"
	    "}\n");
	assert_int_equal(f.answers.hit_count, 2);
	assert_true(has_name(&f.answers.hits[0], "checkout"));
	assert_false(has_name(&f.answers.hits[0], "basket"));
	assert_true(has_name(&f.answers.hits[1], "basket"));
	assert_true(has_name(&f.answers.hits[1], "basket-prod"));
	assert_false(has_name(&f.answers.hits[1], "checkout"));
	assert_string_equal(f.answers.hits[1].value, "14");
	close_probe(&f);
}

static void test_names_in_a_template(void **state)
{
	struct fixture f;

	(void)state;
	open_probe(&f, "files: a, scope: fleet, lines: 'kind: PodDisruptionBudget'");
	ask(&f, "templates/pdb.yaml",
	    "kind: Other\nmetadata:\n  name: basket\n---\n"
	    "{{- if .Values.pdb }}\nkind: PodDisruptionBudget\nmetadata:\n  labels:\n"
	    "    app: checkout\n    release: {{ .Release.Name }}\n{{- end }}\n");
	assert_int_equal(f.answers.hit_count, 1);
	assert_int_equal(f.answers.hits[0].at.line, 6);
	assert_true(has_name(&f.answers.hits[0], "checkout"));
	assert_int_equal(f.answers.hits[0].name_count, 1);
	close_probe(&f);
}

static void test_names_are_capped(void **state)
{
	struct fixture f;
	struct buf text = {0};

	(void)state;
	open_probe(&f, "files: a, scope: fleet, lines: '^kind: X'");
	buf_adds(&text, "kind: X\nlist:\n");
	for (int i = 0; i < 200; i++)
		buf_addf(&text, "- app: service-number-%dx\n", i);
	ask(&f, "a.yml", buf_str(&text));
	assert_int_equal(f.answers.hits[0].name_count, 32);
	buf_reset(&text);
	for (int i = 0; i < 600; i++)
		buf_adds(&text, "kind: X\n");
	ask(&f, "b.yml", buf_str(&text));
	assert_int_equal(f.answers.hit_count, 1 + 512);
	buf_free(&text);
	close_probe(&f);
}

/* Dependencies */

static void assert_dependency(const char *probe, struct dependency dependency, bool counts)
{
	struct fixture f;

	dependency.at.path = "Gemfile.lock";
	open_probe(&f, probe);
	matcher_dependencies(f.matcher, &dependency, 1, &f.answers);
	if (f.answers.hit_count != counts)
		fail_msg("%s: %s %s", probe, dependency.name, counts ? "counts not" : "counts");
	close_probe(&f);
}

static void test_dependencies(void **state)
{
	struct dependency d = {.ecosystem = "gem",
			       .name = "sentry-ruby",
			       .version = "5.1.0",
			       .scope = DEP_RUNTIME,
			       .direct = true,
			       .resolved = true};

	(void)state;
	assert_dependency("dependency: sentry-ruby", d, true);
	assert_dependency("dependency: [a, Sentry-Ruby]", d, true);
	assert_dependency("dependency: sentry", d, false);
	assert_dependency("dependency: 'sentry-*'", d, true);
	assert_dependency("dependency: '*-ruby'", d, true);
	assert_dependency("dependency: '*ruby*x'", d, false);
	assert_dependency("dependency: sentry-ruby, ecosystem: npm", d, false);
	assert_dependency("dependency: sentry-ruby, ecosystem: gem", d, true);
	assert_dependency("dependency: sentry-ruby, version: '>= 5'", d, true);
	assert_dependency("dependency: sentry-ruby, version: '< 5'", d, false);
	d.version = NULL;
	assert_dependency("dependency: sentry-ruby, version: '>= 5'", d, false);
	d.direct = false;
	assert_dependency("dependency: sentry-ruby", d, false);
	assert_dependency("dependency: sentry-ruby, indirect: true", d, true);
	d.direct = true;
	d.scope = DEP_DEV;
	assert_dependency("dependency: sentry-ruby", d, false);
	assert_dependency("dependency: sentry-ruby, dev: true", d, true);
	d.scope = DEP_UNKNOWN;
	assert_dependency("dependency: sentry-ruby", d, true);
}

static void test_dependency_evidence(void **state)
{
	struct dependency d = {.ecosystem = "npm",
			       .name = "@sentry/node",
			       .version = "7.0.1",
			       .direct = true,
			       .at = {"package.json", 9}};
	struct fixture f;

	(void)state;
	open_probe(&f, "dependency: '@sentry/*'");
	matcher_dependencies(f.matcher, &d, 1, &f.answers);
	assert_string_equal(f.answers.hits[0].text, "@sentry/node 7.0.1");
	assert_string_equal(f.answers.hits[0].value, "7.0.1");
	assert_int_equal(f.answers.hits[0].at.line, 9);
	close_probe(&f);
}

/* Long lines, deep indentation, many blocks: time must stay in proportion. */
static void test_hostile_files_end(void **state)
{
	struct fixture f;
	struct buf text = {0};
	struct timespec from, to;

	(void)state;
	open_probe(&f, "files: a, scope: fleet, lines: '(x+x+)+y|- a'");
	for (int i = 0; i < 20000; i++)
		buf_addf(&text, "%*s- a: xxxxxxxxxxxxxxxxxxxxxxx\n", i % 20, "");
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	ask(&f, "a.yml", buf_str(&text));
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	assert_true(to.tv_sec - from.tv_sec < 3);
	buf_free(&text);
	close_probe(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_path_alone),
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_lines_do_not_span),
	    cmocka_unit_test(test_binary_and_size),
	    cmocka_unit_test(test_a_regex_that_gives_up),
	    cmocka_unit_test(test_queries),
	    cmocka_unit_test(test_templates_say_nothing),
	    cmocka_unit_test(test_broken_documents_are_missed),
	    cmocka_unit_test(test_broken_documents_that_could_not_matter),
	    cmocka_unit_test(test_dates),
	    cmocka_unit_test(test_excluded_and_excepted),
	    cmocka_unit_test(test_globs_have_probes_and_readers),
	    cmocka_unit_test(test_source_folders_are_passed_over),
	    cmocka_unit_test(test_names_of_paths),
	    cmocka_unit_test(test_names_of_elements),
	    cmocka_unit_test(test_names_in_one_file_for_many),
	    cmocka_unit_test(test_names_of_the_head),
	    cmocka_unit_test(test_names_in_terraform),
	    cmocka_unit_test(test_names_in_a_template),
	    cmocka_unit_test(test_names_are_capped),
	    cmocka_unit_test(test_dependencies),
	    cmocka_unit_test(test_dependency_evidence),
	    cmocka_unit_test(test_hostile_files_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
