#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/codeowners.h"
#include "core/mem.h"

#define GITHUB ".github/CODEOWNERS"
#define GITLAB ".gitlab/CODEOWNERS"

struct read {
	struct arena *arena;
	struct codeowners *owners;
	struct warning *warnings;
	size_t warning_count;
};

static struct read read_text(const char *path, const char *text)
{
	struct read out = {.arena = arena_new()};

	out.owners = codeowners_parse(path, text, strlen(text), out.arena, &out.warnings,
				      &out.warning_count);
	return out;
}

/* "owner:line owner:line" of a folder. */
static void expect(const char *path, const char *text, const char *folder, const char *wanted)
{
	struct read in = read_text(path, text);
	struct buf got = {0};
	struct fact *owners;
	size_t count = codeowners_of(in.owners, folder, in.arena, &owners);

	for (size_t i = 0; i < count; i++)
		buf_addf(&got, "%s%s:%u", i ? " " : "", owners[i].value, owners[i].at.line);
	if (strcmp(buf_str(&got), wanted))
		fail_msg("\"%s\" of:\n%s\nis \"%s\", not \"%s\"", folder, text, buf_str(&got),
			 wanted);
	buf_free(&got);
	arena_free(in.arena);
}

static void ranks(void **state)
{
	(void)state;
	assert_true(codeowners_rank(".github/CODEOWNERS") < codeowners_rank("CODEOWNERS"));
	assert_true(codeowners_rank("CODEOWNERS") < codeowners_rank("docs/CODEOWNERS"));
	assert_true(codeowners_rank("docs/CODEOWNERS") < codeowners_rank(".gitlab/CODEOWNERS"));
	assert_int_equal(codeowners_rank("src/CODEOWNERS"), -1);
	assert_int_equal(codeowners_rank("codeowners"), -1);
}

static void last_match_wins(void **state)
{
	(void)state;
	expect(GITHUB, "* @org/a\n* @org/b\n", "", "org/b:2");
	expect(GITHUB, "# * @no\n\n*\t@org/a jane@example.com\t@b # @c\r\n", "",
	       "org/a:3 jane@example.com:3 b:3");
	expect(GITHUB, "* @a @a @shop/dev_experience\n", "", "a:1 shop/dev_experience:1");
	expect(GITHUB, "", "", "");
	expect(GITHUB, "\xef\xbb\xbf* @bom\n", "", "bom:1");
	expect(GITHUB, "* @no-newline-at-end", "", "no-newline-at-end:1");
}

static void no_owner_clears(void **state)
{
	(void)state;
	expect(GITHUB, "* @a\n*\n", "", "");
	expect(GITHUB, "* @a\n/services/free/\n", "services/free", "");
	expect(GITHUB, "* @a\n/services/free/\n", "services/paid", "a:1");
}

static void github_paths(void **state)
{
	(void)state;
	expect(GITHUB, "* @a\n*.js @js\n", "", "a:1");
	expect(GITHUB, "* @a\n/src @b\n", "src", "b:2");
	expect(GITHUB, "* @a\n/src @b\n", "src/deep/er", "b:2");
	expect(GITHUB, "* @a\n/src @b\n", "lib/src", "a:1");
	expect(GITHUB, "* @a\nsrc/ @b\n", "lib/src", "b:2");
	expect(GITHUB, "* @a\nlib/src @b\n", "x/lib/src", "a:1");
	expect(GITHUB, "* @a\n/lib/* @b\n", "lib", "b:2");
	expect(GITHUB, "* @a\n/lib/* @b\n", "lib/deeper", "a:1");
	expect(GITHUB, "* @a\n/lib/** @b\n", "lib/deeper", "b:2");
	expect(GITHUB, "* @a\n**/api @b\n", "x/y/api", "b:2");
	expect(GITHUB, "* @a\n/services/*/api @b\n", "services/x/api", "b:2");
	expect(GITHUB, "* @a\n/services/*/api @b\n", "services/x/y/api", "a:1");
	expect(GITHUB, "* @a\n/services/**/api @b\n", "services/x/y/api", "b:2");
	expect(GITHUB, "* @a\n/pay-* @b\n", "pay-out", "b:2");
	expect(GITHUB, "* @a\n/SRC @b\n", "src", "a:1");
	expect(GITHUB, "* @a\n/with\\ space/ @b\n", "with space", "b:2");
	expect(GITHUB, "/src @b\n", "", "");
	expect(GITHUB, "** @all\n", "", "all:1");
	expect(GITHUB, "/** @all\n", "", "all:1");
	expect(GITHUB, "* @a\n/* @top-files\n", "", "a:1");
}

static void github_skips_invalid_lines(void **state)
{
	static const char text[] = "* @a\n!/src @b\n/sr[ac] @c\n\\#x @d\n/src not-an-owner\n"
				   "/src @e bogus\n";
	struct read in = read_text(GITHUB, text);

	(void)state;
	assert_int_equal(in.warning_count, 5);
	for (uint32_t i = 0; i < 5; i++) {
		assert_int_equal(in.warnings[i].at.line, i + 2);
		assert_string_equal(in.warnings[i].at.path, GITHUB);
	}
	arena_free(in.arena);
	expect(GITHUB, text, "src", "e:6");
	expect(GITHUB, "* @a\n/src not-an-owner\n", "src", "a:1");
	expect(GITHUB, "[Section]\n* @a\n", "", "a:2");
}

static void gitlab_sections_add_up(void **state)
{
	static const char text[] = "* @all\n[Docs] @docs-team\n*\n/lib/ @lib\n"
				   "^[Database][2] @dba @dba2\n*\n[docs]\n/lib/ @later\n";

	(void)state;
	expect(GITLAB, text, "", "all:1 docs-team:2 dba:5 dba2:5");
	expect(GITLAB, text, "lib", "all:1 later:8 dba:5 dba2:5");
	expect("CODEOWNERS", text, "", "all:1 docs-team:2 dba:5 dba2:5");
}

static void gitlab_exclusions(void **state)
{
	(void)state;
	expect(GITLAB, "* @a\n!/lib/\n/lib/ @b\n", "lib", "");
	expect(GITLAB, "* @a\n[X]\n* @x\n!/lib/\n", "lib", "a:1");
	expect(GITLAB, "* @a\n!/lib/\n", "", "a:1");
}

static void gitlab_details(void **state)
{
	(void)state;
	/* no inline comments: what looks like one names owners */
	expect(GITLAB, "* @a # @b\n", "", "a:1 b:1");
	expect(GITLAB, "# * @no\n* @@maintainer @c\n", "", "@maintainer:2 c:2");
	/* without a leading slash: any depth; without one at the end: a file */
	expect(GITLAB, "* @a\nlib/src/ @b\n", "x/lib/src", "b:2");
	expect(GITLAB, "* @a\n/lib @b\n", "lib", "a:1");
	expect(GITLAB, "* @a\n/lib/ @b\n", "lib/deep", "b:2");
	expect(GITLAB, "* @a\n/lib/*\n", "lib", "");
	expect(GITLAB, "[Not closed\n* @a\n", "", "a:2");
}

static void no_bytes(void **state)
{
	struct arena *arena = arena_new();
	struct fact *out;

	(void)state;
	assert_int_equal(
	    codeowners_of(codeowners_parse(GITHUB, NULL, 0, arena, NULL, NULL), "", arena, &out),
	    0);
	arena_free(arena);
}

static void hostile(void **state)
{
	struct buf text = {0};
	struct read in;
	struct fact *owners;

	(void)state;
	for (int i = 0; i < 2000; i++)
		buf_addf(&text, "[s%d]\n* @o%d\n", i, i);
	for (int i = 0; i < 300; i++)
		buf_adds(&text, "**/");
	buf_adds(&text, "x @y\n/");
	for (int i = 0; i < 300; i++)
		buf_adds(&text, "*a");
	buf_adds(&text, " @z\n");
	in = read_text(GITLAB, text.data);
	assert_int_equal(in.warning_count, 50);
	assert_int_equal(codeowners_of(in.owners, "", in.arena, &owners), 200);
	assert_int_equal(codeowners_of(in.owners, "aaaa/aaaa", in.arena, &owners), 200);
	arena_free(in.arena);

	/* 3,000 patterns that backtrack over a long path */
	buf_reset(&text);
	for (int i = 0; i < 3000; i++) {
		for (int j = 0; j < 300; j++)
			buf_adds(&text, "*a");
		buf_adds(&text, "b @z\n");
	}
	in = read_text(GITHUB, text.data);
	buf_reset(&text);
	for (int i = 0; i < 4000; i++)
		buf_addc(&text, 'a');
	assert_int_equal(codeowners_of(in.owners, text.data, in.arena, &owners), 0);
	arena_free(in.arena);

	buf_reset(&text);
	while (text.len <= 3 << 20)
		buf_adds(&text, "* @a\n");
	in = read_text(GITHUB, text.data);
	assert_int_equal(in.warning_count, 1);
	assert_int_equal(codeowners_of(in.owners, "", in.arena, &owners), 0);
	arena_free(in.arena);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ranks),
	    cmocka_unit_test(last_match_wins),
	    cmocka_unit_test(no_owner_clears),
	    cmocka_unit_test(github_paths),
	    cmocka_unit_test(github_skips_invalid_lines),
	    cmocka_unit_test(gitlab_sections_add_up),
	    cmocka_unit_test(gitlab_exclusions),
	    cmocka_unit_test(gitlab_details),
	    cmocka_unit_test(no_bytes),
	    cmocka_unit_test(hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
