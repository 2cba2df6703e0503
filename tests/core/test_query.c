#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/query.h"

static const char deployment[] = "apiVersion: apps/v1\n"
				 "kind: Deployment\n"
				 "metadata:\n"
				 "  name: shop\n"
				 "  labels:\n"
				 "    app.kubernetes.io/name: shop\n"
				 "spec:\n"
				 "  replicas: 3\n"
				 "  paused: no\n"
				 "  strategy:\n"
				 "  template:\n"
				 "    spec:\n"
				 "      containers:\n"
				 "        - name: web\n"
				 "          readinessProbe: {path: /ping}\n"
				 "        - name: job\n"
				 "          image: 'shop:v2'\n";

static struct doc_file *parse(const char *text)
{
	struct doc_file *file;
	struct err err = {0};

	if (doc_parse(&file, DOC_YAML, "f", text, strlen(text), &err) != DOC_OK)
		fail_msg("%s: %s", err.where, err.what);
	return file;
}

static bool add_line(void *arg, const struct doc *node)
{
	buf_addf(arg, "%u ", node->line);
	return true;
}

/* The lines of what a path chooses. */
static void assert_path(const char *yaml, const char *text, const char *want)
{
	struct doc_file *file = parse(yaml);
	struct err err = {0};
	struct query_path *path = query_path_new(text, &err);
	struct buf lines = {0};

	if (!path)
		fail_msg("%s: %s", text, err.what);
	assert_int_equal(query_select(path, doc_at(file, 0), add_line, &lines),
			 *want ? QUERY_YES : QUERY_NO);
	assert_string_equal(buf_str(&lines), want);
	buf_free(&lines);
	query_path_free(path);
	doc_free(file);
}

static void test_paths(void **state)
{
	(void)state;
	assert_path(deployment, "kind", "2 ");
	assert_path(deployment, "Kind", "");
	assert_path(deployment, ".", "1 ");
	assert_path(deployment, "spec.template.spec.containers.*.name", "14 16 ");
	assert_path(deployment, "spec.template.spec.containers.1.name", "16 ");
	assert_path(deployment, "spec.template.spec.containers.2.name", "");
	assert_path(deployment, "spec.template.spec.containers.name", "");
	assert_path(deployment, "metadata.labels.\"app.kubernetes.io/name\"", "6 ");
	assert_path(deployment, "metadata.labels.app.kubernetes.io/name", "");
	assert_path(deployment, "**.name", "4 14 16 ");
	assert_path(deployment, "spec.**.readinessProbe.path", "15 ");
	assert_path(deployment, "metadata.*", "4 5 ");
	assert_path(deployment, "kind.*", "");
	assert_path("a: {b: 1}\n", "a.**", "1 1 ");
	assert_path("base: &b {x: 1}\nuse:\n  <<: *b\n  y: 2\n", "use.*", "1 4 ");
	assert_path("base: &b {x: 1}\nuse:\n  <<: [*b]\n", "use.x", "1 ");
}

static void test_bad_paths(void **state)
{
	static const char *const bad[] = {"", "a..b", ".a", "a.", "\"a", "\"a\"b"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err err = {0};

		assert_null(query_path_new(bad[i], &err));
		assert_non_null(err.what);
		err_clear(&err);
	}
}

static void test_first(void **state)
{
	struct doc_file *file = parse("a:\n  - ~\n  - x\n");
	struct query_path *path = query_path_new("a.*", NULL);

	(void)state;
	assert_string_equal(doc_str(query_first(path, doc_at(file, 0))), "x");
	assert_null(query_first(path, NULL));
	query_path_free(path);
	doc_free(file);
}

static void assert_term(const char *text, const char *path, enum query_op op, const char *value)
{
	struct arena *arena = arena_new();
	struct query_term term;
	struct err err = {0};

	if (query_term_parse(arena, text, &term, &err) < 0)
		fail_msg("%s: %s", text, err.what);
	assert_string_equal(term.path, path);
	assert_int_equal(term.op, op);
	if (value)
		assert_string_equal(term.value, value);
	else
		assert_null(term.value);
	arena_free(arena);
}

static void test_terms(void **state)
{
	(void)state;
	assert_term("spec.replicas >= 2", "spec.replicas", QUERY_GE, "2");
	assert_term("spec.replicas>=2", "spec.replicas", QUERY_GE, "2");
	assert_term("kind = Deployment", "kind", QUERY_EQ, "Deployment");
	assert_term("kind == Deployment", "kind", QUERY_EQ, "Deployment");
	assert_term("spec.strategy.type absent", "spec.strategy.type", QUERY_ABSENT, NULL);
	assert_term("metadata.name exists", "metadata.name", QUERY_EXISTS, NULL);
	assert_term("  metadata.name ", "metadata.name", QUERY_EXISTS, NULL);
	assert_term("kind ~ ^(Deployment|StatefulSet)$", "kind", QUERY_MATCH,
		    "^(Deployment|StatefulSet)$");
	assert_term("a !~ x", "a", QUERY_NO_MATCH, "x");
	assert_term("a != \" x \"", "a", QUERY_NE, " x ");
	assert_term("a = \"\"", "a", QUERY_EQ, "");
	assert_term("a < -1.5", "a", QUERY_LT, "-1.5");
	assert_term("\"a = b\".c = d e", "\"a = b\".c", QUERY_EQ, "d e");
}

static void assert_bad_term(const char *text, const char *what, const char *fix)
{
	struct arena *arena = arena_new();
	struct query_term term;
	struct err err = {0};

	assert_int_equal(query_term_parse(arena, text, &term, &err), -1);
	assert_string_equal(err.what, what);
	if (fix)
		assert_string_equal(err.fix, fix);
	err_clear(&err);
	arena_free(arena);
}

static void test_bad_terms(void **state)
{
	(void)state;
	assert_bad_term("", "a condition without a path", NULL);
	assert_bad_term("= 1", "a condition without a path", NULL);
	assert_bad_term("a =", "no value after '='", "write \"\" for an empty text");
	assert_bad_term("a abesnt", "'abesnt' is no operator", "did you mean 'absent'?");
	assert_bad_term("a is b", "'is' is no operator", NULL);
	assert_bad_term("a absent b", "'absent' is no operator", NULL);
}

/* The lines of the hits of terms (one a line) over elements. */
static void assert_query(const char *yaml, const char *each, const char *terms, unsigned flags,
			 const char *want)
{
	struct doc_file *file = parse(yaml);
	struct arena *arena = arena_new();
	struct query_term parsed[8];
	struct query_hit hits[8];
	struct query *query;
	struct buf lines = {0};
	size_t n = 0, count;

	while (*terms) {
		size_t len = strcspn(terms, ";");

		assert_int_equal(
		    query_term_parse(arena, arena_memdup0(arena, terms, len), &parsed[n++], NULL),
		    0);
		terms += len + (terms[len] == ';');
	}
	query = query_new(each, parsed, n, flags, NULL);
	assert_non_null(query);
	assert_int_equal(query_run(query, doc_at(file, 0), hits, 8, &count),
			 *want ? QUERY_YES : QUERY_NO);
	for (size_t i = 0; i < count; i++)
		buf_addf(&lines, "%u:%u ", hits[i].element->line, hits[i].at->line);
	assert_string_equal(buf_str(&lines), want);
	buf_free(&lines);
	query_free(query);
	arena_free(arena);
	doc_free(file);
}

static void test_query(void **state)
{
	const char *each = "spec.template.spec.containers.*";

	(void)state;
	assert_query(deployment, NULL, "kind = Deployment", 0, "1:2 ");
	assert_query(deployment, NULL, "kind = deployment", 0, "");
	assert_query(deployment, NULL, "kind = deployment", QUERY_ICASE, "1:2 ");
	assert_query(deployment, NULL, "kind = Deployment;spec.replicas >= 2", 0, "1:8 ");
	assert_query(deployment, NULL, "kind = Deployment;spec.replicas > 3", 0, "");
	assert_query(deployment, NULL, "spec.replicas < 3.5", 0, "1:8 ");
	assert_query(deployment, NULL, "kind > 1", 0, "");
	assert_query(deployment, NULL, "kind ~ ^(Deployment|StatefulSet)$", 0, "1:2 ");
	assert_query(deployment, NULL, "kind !~ ^Deployment", 0, "");
	assert_query(deployment, NULL, "spec.nothing != Recreate", 0, "1:1 ");
	assert_query(deployment, NULL, "kind != Deployment", 0, "");
	assert_query(deployment, NULL, "spec.strategy absent", 0, "1:1 ");
	assert_query(deployment, NULL, "spec.strategy", 0, "");
	assert_query(deployment, NULL, "spec.paused = false", 0, "1:9 ");
	assert_query(deployment, NULL, "spec.paused = true", 0, "");
	assert_query(deployment, NULL, "", 0, "1:1 ");
	assert_query(deployment, each, "name = job", 0, "16:16 ");
	assert_query(deployment, each, "name;image absent", 0, "14:14 ");
	assert_query(deployment, each, "readinessProbe", 0, "14:15 ");
	assert_query(deployment, each, "name ~ x", 0, "");
	assert_query(deployment, each, "", 0, "14:14 16:16 ");
	assert_query(deployment, "nothing.*", "name", 0, "");
}

static void test_query_errors(void **state)
{
	struct query_term number = {"a", QUERY_GT, "many"};
	struct query_term regex = {"a", QUERY_MATCH, "("};
	struct err err = {0};

	(void)state;
	assert_null(query_new(NULL, &number, 1, 0, &err));
	assert_string_equal(err.what, "'many' is no number");
	assert_null(query_new(NULL, &regex, 1, 0, &err));
	assert_null(query_new("a..b", NULL, 0, 0, &err));
	err_clear(&err);
}

static char *alias_bomb(void)
{
	struct buf text = {0};

	buf_adds(&text, "a0: &a0 {x: 1}\n");
	for (int i = 1; i <= 20; i++) {
		buf_addf(&text, "a%d: &a%d [", i, i);
		for (int k = 0; k < 10; k++)
			buf_addf(&text, "%s*a%d", k ? "," : "", i - 1);
		buf_adds(&text, "]\n");
	}
	return buf_detach(&text);
}

static void test_gives_up(void **state)
{
	struct query_term term = {"**.nothing", QUERY_EXISTS, NULL};
	char *text = alias_bomb();
	struct doc_file *file = parse(text);
	struct query *query = query_new(NULL, &term, 1, 0, NULL);
	struct query_hit hit;
	size_t count;

	(void)state;
	assert_int_equal(query_run(query, doc_at(file, 0), &hit, 1, &count), QUERY_GAVE_UP);
	assert_int_equal(count, 0);
	query_free(query);

	/* What is found before the steps run out is still an answer. */
	term.path = "**.x";
	query = query_new(NULL, &term, 1, 0, NULL);
	assert_int_equal(query_run(query, doc_at(file, 0), &hit, 1, &count), QUERY_YES);
	assert_int_equal(hit.at->line, 1);
	query_free(query);
	doc_free(file);
	free(text);
}

static void test_regex_gives_up(void **state)
{
	struct query_term term = {"a", QUERY_MATCH, "(a+)+$"};
	struct doc_file *file =
	    parse("a: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\n");
	struct query *query = query_new(NULL, &term, 1, 0, NULL);
	struct query_hit hit;
	size_t count;

	(void)state;
	assert_int_equal(query_run(query, doc_at(file, 0), &hit, 1, &count), QUERY_GAVE_UP);
	query_free(query);
	doc_free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_paths),	   cmocka_unit_test(test_bad_paths),
	    cmocka_unit_test(test_first),	   cmocka_unit_test(test_terms),
	    cmocka_unit_test(test_bad_terms),	   cmocka_unit_test(test_query),
	    cmocka_unit_test(test_query_errors),   cmocka_unit_test(test_gives_up),
	    cmocka_unit_test(test_regex_gives_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
