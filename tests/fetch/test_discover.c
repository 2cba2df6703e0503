#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/mem.h"
#include "fetch/discover.h"
#include "tests/support/gitfix.h"

static char *dir;
static struct buf got; /* one line a call: "kind path" or "! path reason", dir left out */

static int setup(void **state)
{
	(void)state;
	dir = gitfix_tmp();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	gitfix_rmtree(dir);
	free(dir);
	buf_free(&got);
	return 0;
}

static const char *relative(const char *path)
{
	size_t len = strlen(dir);

	assert_int_equal(strncmp(path, dir, len), 0);
	return path[len] == '/' ? path + len + 1 : ".";
}

static void found(void *data, const char *path, enum discover_kind kind)
{
	static const char *const names[] = {"work", "bare", "linked", "submodule", "broken"};

	(void)data;
	buf_addf(&got, "%s %s\n", names[kind], relative(path));
}

static void problem(void *data, const char *path, const char *reason)
{
	(void)data;
	buf_addf(&got, "! %s %s\n", relative(path), reason);
}

static const struct discover_sink sink = {NULL, found, problem, NULL};

static const char *run(const char *exclude)
{
	const char *roots[] = {dir};
	struct discover_options options = {roots, 1, &exclude, exclude ? 1 : 0};

	buf_reset(&got);
	assert_int_equal(discover(&options, &sink, NULL), 0);
	return buf_str(&got);
}

static void make(const char *name)
{
	gitfix_free(gitfix_new(dir, name));
}

static void make_bare(const char *name)
{
	gitfix_free(gitfix_bare(dir, name));
}

static void any_depth(void **state)
{
	(void)state;
	make("b");
	make("a/very/deep/down");
	make_bare("c.git");
	gitfix_write(dir, "d/HEAD", "not alone a repository");
	gitfix_write(dir, "file", "");
	assert_string_equal(run(NULL), "work a/very/deep/down\nwork b\nbare c.git\n");
}

static void the_root_itself(void **state)
{
	(void)state;
	make(".");
	assert_string_equal(run(NULL), "work .\n");
}

static void nested(void **state)
{
	(void)state;
	make("meta");
	make("meta/services/one");
	make("meta/node_modules/two");
	make("meta/vendor/three");
	make("vendor/four");
	make_bare("bare.git");
	make("bare.git/hooks/five");
	assert_string_equal(run(NULL),
			    "bare bare.git\nwork meta\nwork meta/services/one\nwork vendor/four\n");
}

static void excluded(void **state)
{
	char *absolute = xasprintf("%s/old", dir);

	(void)state;
	make("new/app");
	make("old/archive/app");
	make("old/app");
	assert_string_equal(run("**/archive/**"), "work new/app\nwork old/app\n");
	assert_string_equal(run("archive"), "work new/app\nwork old/app\n");
	assert_string_equal(run("old/"), "work new/app\n");
	assert_string_equal(run("*/app"), "work old/archive/app\n");
	assert_string_equal(run(absolute), "work new/app\n");
	free(absolute);
}

static void worktrees(void **state)
{
	struct gitfix *fix = gitfix_new(dir, "main/app");
	const char *roots[1];
	struct discover_options options = {roots, 1, NULL, 0};
	char *sides = xasprintf("%s/a-sides", dir);

	(void)state;
	gitfix_file(fix, "a", "b");
	gitfix_commit(fix, "First");
	gitfix_worktree(fix, dir, "a-sides/one");
	assert_string_equal(run(NULL), "work main/app\n");
	gitfix_worktree(fix, dir, "a-sides/two");
	roots[0] = sides;
	buf_reset(&got);
	assert_int_equal(discover(&options, &sink, NULL), 0);
	assert_string_equal(buf_str(&got), "linked a-sides/one\n");
	free(sides);
	gitfix_free(fix);
}

static void submodule_of(const char *parent, const char *path, const char *url)
{
	struct gitfix *fix = gitfix_new(dir, parent);
	struct gitfix *sub = gitfix_new(dir, "making");

	gitfix_file(sub, "a", "b");
	gitfix_commit(sub, "First");
	if (url)
		gitfix_remote(sub, url);
	gitfix_submodule(fix, sub, path);
	gitfix_free(sub);
	gitfix_free(fix);
}

static void submodules(void **state)
{
	struct gitfix *full;

	(void)state;
	submodule_of("one", "libs/common", "https://example.com/acme/common.git");
	submodule_of("three", "libs/local", NULL);
	submodule_of("two", "shared", "git@EXAMPLE.com:acme/common");
	assert_string_equal(run(NULL), "work one\nwork three\nwork two\n"
				       "submodule one/libs/common\nsubmodule three/libs/local\n");
	/* the same repository as a checkout of its own */
	full = gitfix_new(dir, "zz");
	gitfix_remote(full, "ssh://git@example.com/acme/common.git");
	gitfix_free(full);
	assert_string_equal(
	    run(NULL), "work one\nwork three\nwork two\nwork zz\nsubmodule three/libs/local\n");
}

static void broken(void **state)
{
	char *fifo = xasprintf("%s/fifo/.git", dir);

	(void)state;
	alarm(20);
	gitfix_write(dir, "empty/.git/x", "");
	gitfix_write(dir, "file/.git", "hello");
	gitfix_write(dir, "lost/.git", "gitdir: /nonexistent/modules/x\n");
	gitfix_write(dir, "fifo/a", "");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_string_equal(run(NULL), "broken empty\nbroken fifo\nbroken file\nbroken lost\n");
	alarm(0);
	free(fifo);
}

static void links_are_not_followed(void **state)
{
	const char *roots[1];
	struct discover_options options = {roots, 1, NULL, 0};
	char *outside = gitfix_tmp();
	char *link = xasprintf("%s/link", dir), *loop = xasprintf("%s/loop", dir);

	(void)state;
	gitfix_free(gitfix_new(outside, "app"));
	make("here/app");
	assert_int_equal(symlink(outside, link), 0);
	assert_int_equal(symlink(".", loop), 0);
	assert_string_equal(run(NULL), "work here/app\n");
	/* a root is what its user says it is */
	roots[0] = link;
	buf_reset(&got);
	assert_int_equal(discover(&options, &sink, NULL), 0);
	assert_string_equal(buf_str(&got), "work link/app\n");
	gitfix_rmtree(outside);
	free(outside);
	free(link);
	free(loop);
}

static void separate_git_dir(void **state)
{
	(void)state;
	make_bare("project/.bare");
	gitfix_write(dir, "project/.git", "gitdir: ./.bare\n");
	assert_string_equal(run(NULL), "work project\n");
}

static void cannot_be_entered(void **state)
{
	char *closed = xasprintf("%s/closed", dir);

	(void)state;
	if (geteuid() == 0) {
		/* root enters everything: what can't be entered is what is too deep */
		struct buf path = {0};

		for (int i = 0; i < 200; i++)
			buf_adds(&path, "d/");
		buf_adds(&path, "x");
		gitfix_write(dir, buf_str(&path), "");
		buf_free(&path);
		assert_non_null(strstr(run(NULL), "too deep"));
	} else {
		make("closed/app");
		assert_int_equal(chmod(closed, 0), 0);
		assert_string_equal(run(NULL), "! closed Permission denied\n");
		assert_int_equal(chmod(closed, 0700), 0);
	}
	free(closed);
}

static void roots(void **state)
{
	char *file = xasprintf("%s/file", dir), *none = xasprintf("%s/none", dir);
	char *again = xasprintf("%s/a/", dir);
	const char *paths[] = {none, dir, again, file};
	struct discover_options options = {paths, 4, NULL, 0};
	struct err err = {0};

	(void)state;
	make("a/app");
	gitfix_write(dir, "file", "");
	assert_int_equal(discover(&options, &sink, &err), -1);
	assert_string_equal(err.where, none);
	assert_string_equal(buf_str(&got), "work a/app\n");
	err_clear(&err);
	free(file);
	free(none);
	free(again);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(any_depth),
	    TEST(the_root_itself),
	    TEST(nested),
	    TEST(excluded),
	    TEST(worktrees),
	    TEST(submodules),
	    TEST(broken),
	    TEST(links_are_not_followed),
	    TEST(separate_git_dir),
	    TEST(cannot_be_entered),
	    TEST(roots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
