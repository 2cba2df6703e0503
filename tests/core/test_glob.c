#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/glob.h"
#include "core/mem.h"

struct example {
	const char *pattern;
	const char *path;
	bool matches;
	unsigned flags;
};

/*
 * Without flags the answers are those of `git check-ignore` 2.39 about the path
 * itself; braces are ours.
 */
static const struct example examples[] = {
    {"a", "a", true, 0},
    {"a", "b/a", true, 0},
    {"a", "a/b", false, 0},
    {"/a", "a", true, 0},
    {"/a", "b/a", false, 0},
    {"a/b", "a/b", true, 0},
    {"a/b", "c/a/b", false, 0},
    {"a/", "a/", true, 0},
    {"a/", "a", false, 0},
    {"a/", "b/a/", true, 0},
    {"a/", "b/a", false, 0},
    {"a/b/", "a/b/", true, 0},
    {"a", "a/", true, 0},
    {"*", "x/y", true, 0},
    {"*.md", "docs/a.md", true, 0},
    {"*.md", ".md", true, 0},
    {"*.md", "a.md/b", false, 0},
    {"docs/*.md", "docs/a.md", true, 0},
    {"docs/*.md", "docs/x/a.md", false, 0},
    {"docs/*", "docs/.hidden", true, 0},
    {"a*b", "ab", true, 0},
    {"a*b", "aXXb", true, 0},
    {"a*b", "aXXbc", false, 0},
    {"ab*ba", "aba", false, 0},
    {"a?b", "a/b", false, 0},
    {"a?b", "axb", true, 0},
    {"**/a", "a", true, 0},
    {"**/a", "x/y/a", true, 0},
    {"**/a/b", "x/a/b", true, 0},
    {"a/**", "a/b", true, 0},
    {"a/**", "a/b/c", true, 0},
    {"a/**", "a", false, 0},
    {"a/**", "a/", false, 0},
    {"a/**/b", "a/b", true, 0},
    {"a/**/b", "a/x/b", true, 0},
    {"a/**/b", "a/x/y/b", true, 0},
    {"a/**/b", "ab", false, 0},
    {"a/**/b/**/c", "a/b/x/b/c", true, 0},
    {"a/**/b/**/c", "a/x/c", false, 0},
    {"**", "x", true, 0},
    {"**/**/a", "a", true, 0},
    {"a**", "axx", true, 0},
    {"[ab]", "b", true, 0},
    {"[!ab]", "b", false, 0},
    {"[^ab]", "c", true, 0},
    {"[a-c]x", "bx", true, 0},
    {"[]a]", "]", true, 0},
    {"[!]]", "]", false, 0},
    {"[[:digit:]]", "7", true, 0},
    {"[[:digit:]a]", "b", false, 0},
    {"\\*", "*", true, 0},
    {"\\*", "a", false, 0},
    {"[\\]]", "]", true, 0},
    {"a\\b*", "abx", true, 0},
    /* several escapes before a star and behind it: found by fuzzing */
    {"\\a\\b\\c\\d*", "abcdx", true, 0},
    {"\\a\\b\\c\\d*", "abc", false, 0},
    {"\\a\\b*\\c\\d", "abxcd", true, 0},
    {"*\\c\\d", "xcd", true, 0},
    /* ours */
    {"*.{yml,yaml}", "a.yaml", true, 0},
    {"*.{yml,yaml}", "a.yam", false, 0},
    {"{a,b/{c,d}}/e", "b/d/e", true, 0},
    {"{a,b/{c,d}}/e", "b/e", false, 0},
    {"x{,.bak}", "x", true, 0},
    {"\\{a\\}", "{a}", true, 0},
    {"[{]", "{", true, 0},
    {"a", "b/a", false, GLOB_ANCHORED},
    {"a", "a", true, GLOB_ANCHORED},
    {"**/a", "b/a", true, GLOB_ANCHORED},
    {"*/", "b/", true, GLOB_ANCHORED},
    {"README*", "readme.md", true, GLOB_ICASE},
    {"README*", "readme.md", false, 0},
    {"[A-C]x", "bX", true, GLOB_ICASE},
    {"[!A-C]x", "bx", false, GLOB_ICASE},
    {"Docs/**", "dOCS/a", true, GLOB_ICASE},
    {"a", "a/", false, GLOB_FILES},
    {"a/", "a/", true, GLOB_FILES},
};

static void test_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
		const struct example *e = &examples[i];

		if (glob_match(e->pattern, e->path, e->flags) != e->matches)
			fail_msg("%s against %s is not %d", e->pattern, e->path, e->matches);
	}
}

/* What a walk over a set says of a path. */
static size_t walk(const struct glob_set *set, const char *path, unsigned *ids, size_t max)
{
	struct glob_state at, next;
	size_t count = 0;

	glob_start(set, &at);
	for (const char *s = path;;) {
		size_t len = strcspn(s, "/");
		bool last = !s[len] || !s[len + 1];
		bool inside;

		if (last) {
			count = glob_entry(set, &at, s, len, s[len] == '/', ids, max);
			break;
		}
		inside = glob_enter(set, &at, s, len, &next);
		glob_state_free(&at);
		at = next;
		if (!inside)
			break;
		s += len + 1;
	}
	glob_state_free(&at);
	return count;
}

static void test_walk_agrees_with_match(void **state)
{
	struct glob_set *set = glob_set_new();
	unsigned ids[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(examples); i++)
		assert_int_equal(
		    glob_set_add(set, examples[i].pattern, examples[i].flags, (unsigned)i, NULL),
		    0);
	glob_set_compile(set);
	for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
		size_t count = walk(set, examples[i].path, ids, ARRAY_LEN(ids)), next = 0;

		for (size_t j = 0; j < ARRAY_LEN(examples); j++) {
			bool found = next < count && ids[next] == j;

			next += found;
			if (found !=
			    glob_match(examples[j].pattern, examples[i].path, examples[j].flags))
				fail_msg("walk and match differ: %s against %s",
					 examples[j].pattern, examples[i].path);
		}
		assert_int_equal(next, count);
	}
	glob_set_free(set);
}

/* Up to max parts of the list with slashes between; owned by the caller. */
static char *random_path(const char *const *parts, size_t count, int max)
{
	struct buf path = {0};

	for (int i = rand() % max; i >= 0; i--) {
		buf_adds(&path, parts[(size_t)rand() % count]);
		if (i)
			buf_addc(&path, '/');
	}
	return buf_detach(&path);
}

/* Many made-up patterns over made-up paths: the trie against the plain matcher. */
static void test_walk_agrees_on_random_patterns(void **state)
{
	static const char *const atoms[] = {"a",   "b",	   "a*", "*b", "*",   "**",  "?",
					    "a?b", "[ab]", "AB", "/",  "*/*", "a*b*"};
	static const char *const names[] = {"a", "b", "ab", "aab", "Ab", "abb", "c"};
	struct glob_set *set = glob_set_new();
	char *patterns[60], *path;
	unsigned flags[60], ids[60];

	(void)state;
	srand(42);
	for (unsigned i = 0; i < 60; i++) {
		patterns[i] = random_path(atoms, ARRAY_LEN(atoms), 3);
		flags[i] = (unsigned)rand() % 4;
		if (glob_set_add(set, patterns[i], flags[i], i, NULL) < 0)
			patterns[i][0] = '\0';
	}
	glob_set_compile(set);
	for (int round = 0; round < 400; round++) {
		size_t count, next = 0;

		path = random_path(names, ARRAY_LEN(names), 4);
		count = walk(set, path, ids, 60);
		for (unsigned i = 0; i < 60; i++) {
			bool found = next < count && ids[next] == i;

			next += found;
			if (found != glob_match(patterns[i], path, flags[i]))
				fail_msg("walk and match differ: %s (%u) against %s", patterns[i],
					 flags[i], path);
		}
		free(path);
	}
	for (unsigned i = 0; i < 60; i++)
		free(patterns[i]);
	glob_set_free(set);
}

static bool enters(const struct glob_set *set, const char *name, struct glob_state *to)
{
	struct glob_state top;
	bool inside;

	glob_start(set, &top);
	inside = glob_enter(set, &top, name, strlen(name), to);
	glob_state_free(&top);
	return inside;
}

static void test_prunes(void **state)
{
	struct glob_set *set = glob_set_new();
	struct glob_state docs, below;

	(void)state;
	glob_set_add(set, "Makefile", GLOB_ANCHORED, 1, NULL);
	glob_set_add(set, "docs/*.md", GLOB_ANCHORED, 2, NULL);
	glob_set_compile(set);
	assert_false(enters(set, "src", &below));
	assert_int_equal(below.len, 0);
	assert_false(enters(set, "Makefile", &below));
	assert_true(enters(set, "docs", &docs));
	assert_false(glob_enter(set, &docs, "x", 1, &below));
	glob_state_free(&docs);
	glob_set_free(set);
}

static void test_restart_adds_the_top(void **state)
{
	struct glob_set *set = glob_set_new();
	struct glob_state inner;
	unsigned ids[4];

	(void)state;
	glob_set_add(set, "Makefile", GLOB_ANCHORED, 1, NULL);
	glob_set_add(set, "svc/a/*", GLOB_ANCHORED, 2, NULL);
	glob_set_compile(set);
	assert_true(enters(set, "svc", &inner));
	assert_int_equal(glob_entry(set, &inner, "Makefile", 8, false, ids, 4), 0);
	glob_restart(set, &inner);
	assert_int_equal(glob_entry(set, &inner, "Makefile", 8, false, ids, 4), 1);
	assert_int_equal(ids[0], 1);
	glob_state_free(&inner);
	glob_set_free(set);
}

static void test_ids_ascend_once(void **state)
{
	struct glob_set *set = glob_set_new();
	unsigned ids[8];

	(void)state;
	glob_set_add(set, "*.c", 0, 9, NULL);
	glob_set_add(set, "a*", 0, 3, NULL);
	glob_set_add(set, "a.c", 0, 9, NULL);
	glob_set_add(set, "A.C", GLOB_ICASE, 5, NULL);
	glob_set_add(set, "/a.?", 0, 3, NULL);
	glob_set_compile(set);
	assert_int_equal(walk(set, "a.c", ids, 8), 3);
	assert_int_equal(ids[0], 3);
	assert_int_equal(ids[1], 5);
	assert_int_equal(ids[2], 9);
	ids[1] = 77;
	assert_true(walk(set, "a.c", ids, 1) >= 3);
	assert_int_equal(ids[0], 3);
	assert_int_equal(ids[1], 77);
	glob_set_free(set);
}

static void test_empty_set_enters_nothing(void **state)
{
	struct glob_set *set = glob_set_new();
	struct glob_state to;
	unsigned ids[1];

	(void)state;
	glob_set_compile(set);
	assert_false(enters(set, "a", &to));
	assert_int_equal(walk(set, "a", ids, 1), 0);
	glob_set_free(set);
}

static void test_bad_patterns(void **state)
{
	static const char *const bad[] = {
	    "",	   "/",	  "{a",	    "a}",     "[a",
	    "a\\", "./a", "a/../b", "{a,[b}", "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"};
	struct err err = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct glob_set *set = glob_set_new();

		if (glob_set_add(set, bad[i], 0, 1, &err) == 0)
			fail_msg("accepted: %s", bad[i]);
		assert_non_null(err.what);
		assert_false(glob_match(bad[i], bad[i], 0));
		glob_set_free(set);
	}
	err_clear(&err);
}

/* One bad alternative spoils the pattern: found by fuzzing. */
static void test_bad_alternatives_leave_nothing_behind(void **state)
{
	struct glob_set *set = glob_set_new();
	unsigned ids[4];

	(void)state;
	assert_false(glob_match("{a,,b}", "a", 0));
	assert_false(glob_match("{a,[}", "a", 0));
	assert_int_equal(glob_set_add(set, "a", 0, 1, NULL), 0);
	assert_int_equal(glob_set_add(set, "{a,a,b,}", 0, 2, NULL), -1);
	glob_set_compile(set);
	assert_int_equal(walk(set, "a", ids, 4), 1);
	assert_int_equal(ids[0], 1);
	assert_int_equal(walk(set, "b", ids, 4), 0);
	glob_set_free(set);
}

static void test_long_patterns_are_refused(void **state)
{
	char *text = xcalloc(1, 4000);

	(void)state;
	memset(text, 'a', 3000);
	assert_false(glob_match(text, text, 0));
	for (size_t i = 1; i < 1000; i += 2)
		text[i] = '/';
	text[1000] = '\0';
	assert_false(glob_match(text, text, GLOB_ANCHORED));
	free(text);
}

/* Patterns that take a naive matcher years. */
static void test_hostile_patterns_end(void **state)
{
	char name[4001], path[4001];
	struct timespec from, to;

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (size_t i = 0; i + 1 < sizeof(path); i++)
		path[i] = i % 2 ? '/' : 'a';
	path[sizeof(path) - 2] = 'a';
	path[sizeof(path) - 1] = '\0';
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	assert_false(glob_match("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", name, 0));
	assert_false(glob_match("**/a/**/a/**/a/**/a/**/a/**/a/**/a/**/b", path, 0));
	assert_false(glob_match("**/*a*/**/*a*/**/*a*/**/*a*/**/x", path, 0));
	assert_false(glob_match("{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{", "a", 0));
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	assert_true(to.tv_sec - from.tv_sec < 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_examples),
	    cmocka_unit_test(test_walk_agrees_with_match),
	    cmocka_unit_test(test_walk_agrees_on_random_patterns),
	    cmocka_unit_test(test_prunes),
	    cmocka_unit_test(test_restart_adds_the_top),
	    cmocka_unit_test(test_ids_ascend_once),
	    cmocka_unit_test(test_empty_set_enters_nothing),
	    cmocka_unit_test(test_bad_patterns),
	    cmocka_unit_test(test_bad_alternatives_leave_nothing_behind),
	    cmocka_unit_test(test_long_patterns_are_refused),
	    cmocka_unit_test(test_hostile_patterns_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
