/* Files of refs that somebody wrote by hand, or not to their end. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "fetch/git.h"
#include "tests/support/gitfix.h"

/* The head of a repository whose packed-refs lost so many bytes at its end. */
static enum repo_code head_after_cut(off_t bytes, struct repo_head *head, char *expected)
{
	char *dir = gitfix_tmp(), *path;
	struct gitfix *fix = gitfix_bare(dir, "cut.git");
	enum repo_code code;
	struct repo *repo;
	struct stat st;

	gitfix_file(fix, "README.md", "hello\n");
	snprintf(expected, REPO_HEX + 1, "%s", gitfix_commit(fix, "First"));
	gitfix_pack_refs(fix);
	path = xasprintf("%s/packed-refs", gitfix_path(fix));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - bytes), 0);
	repo = repo_open(gitfix_path(fix), NULL);
	assert_non_null(repo);
	code = repo_head(repo, NULL, head, NULL);
	repo_close(repo);
	gitfix_free(fix);
	gitfix_rmtree(dir);
	free(path);
	free(dir);
	return code;
}

static void a_last_line_without_its_end_is_a_line(void **state)
{
	char expected[REPO_HEX + 1], hex[REPO_HEX + 1];
	struct repo_head head;

	(void)state;
	assert_int_equal(head_after_cut(1, &head, expected), REPO_OK);
	assert_false(head.unborn);
	repo_id_hex(&head.id, hex);
	assert_string_equal(hex, expected);
}

static void a_name_that_is_cut_is_another_name(void **state)
{
	char expected[REPO_HEX + 1];
	struct repo_head head;

	(void)state;
	/* refs/heads/ma: HEAD's branch is not there, so it has no commit yet. */
	assert_int_equal(head_after_cut(3, &head, expected), REPO_OK);
	assert_true(head.unborn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_last_line_without_its_end_is_a_line),
	    cmocka_unit_test(a_name_that_is_cut_is_another_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
