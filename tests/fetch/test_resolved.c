/* Whether a checkout must be read again, from the files that said what its head is. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "fetch/git.h"
#include "fetch/resolved.h"
#include "tests/support/gitfix.h"

#define NOW INT64_C(1767225600)

struct place {
	char *dir;
	struct gitfix *fix; /* "app" */
};

static int setup(void **state)
{
	struct place *place = xcalloc(1, sizeof(*place));

	place->dir = gitfix_tmp();
	place->fix = gitfix_new(place->dir, "app");
	gitfix_file(place->fix, "README.md", "# One\n");
	gitfix_commit(place->fix, "First");
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;

	gitfix_free(place->fix);
	gitfix_rmtree(place->dir);
	free(place->dir);
	free(place);
	return 0;
}

/*
 * What is noted of the checkout at path; the caller frees it. Old: as if its files had been
 * written long before, so that their stamps count; else what stands in them counts.
 */
static char *noted(const char *path, bool old)
{
	struct resolved_notes notes = {.clock = old ? INT64_C(4102444800) : 0};
	struct repo *repo = repo_open_noting(path, &notes, NULL);
	struct repo_head head;

	if (repo)
		repo_head(repo, NULL, &head, NULL);
	repo_close(repo);
	return buf_detach(&notes.text);
}

/* Both ways of noting, and what looking says of both. */
struct watched {
	char *path;
	char *young, *old;
};

static struct watched watch(const char *path)
{
	struct watched watched = {xstrdup(path), noted(path, false), noted(path, true)};

	if (!resolved_same(path, watched.young, NOW))
		fail_msg("%s: not even looked at\n%s", path, watched.young);
	assert_true(resolved_same(path, watched.old, NOW));
	return watched;
}

static void expect(struct watched *watched, bool same)
{
	if (resolved_same(watched->path, watched->young, NOW) != same)
		fail_msg("by content, %s:\n%s", same ? "changed" : "the same", watched->young);
	if (resolved_same(watched->path, watched->old, NOW) != same)
		fail_msg("by stamps, %s:\n%s", same ? "changed" : "the same", watched->old);
}

static void forget(struct watched *watched)
{
	free(watched->path);
	free(watched->young);
	free(watched->old);
}

/* After the change; and what is noted now is the same again. */
static void done(struct watched *watched, bool same)
{
	char *now;

	expect(watched, same);
	now = noted(watched->path, true);
	assert_true(resolved_same(watched->path, now, NOW) == !strchr(now, '?'));
	free(now);
	forget(watched);
}

static struct watched watch_app(const struct place *place)
{
	return watch(gitfix_path(place->fix));
}

/* A file of the git directory. */
static void put(const struct place *place, const char *path, const char *text)
{
	gitfix_write(gitfix_git_dir(place->fix), path, text);
}

static char *in_git_dir(const struct place *place, const char *path)
{
	return xasprintf("%s%s", gitfix_git_dir(place->fix), path);
}

static void drop(const struct place *place, const char *path)
{
	char *full = in_git_dir(place, path);

	assert_int_equal(unlink(full), 0);
	free(full);
}

static void put_id(const struct place *place, const char *path, const char *hex)
{
	char *text = xasprintf("%s\n", hex);

	put(place, path, text);
	free(text);
}

/* As a fetch leaves it: origin/HEAD leads to origin/main, which is at HEAD's commit. */
static void clone_like(struct place *place)
{
	put(place, "refs/remotes/origin/HEAD", "ref: refs/remotes/origin/main\n");
	put_id(place, "refs/remotes/origin/main", gitfix_head(place->fix));
}

static void touch(const struct place *place, const char *path)
{
	char *full = in_git_dir(place, path);

	assert_int_equal(utimensat(AT_FDCWD, full, NULL, 0), 0);
	free(full);
}

static void nothing_changed_is_the_same(void **state)
{
	struct place *place = *state;
	struct watched app = watch_app(place);

	assert_non_null(strchr(app.young, '~'));
	assert_null(strchr(app.old, '~'));
	assert_null(strchr(app.old, '?'));
	/* Times alone are no change. */
	touch(place, "HEAD");
	touch(place, "config");
	touch(place, "refs/heads/main");
	/* What is in the work tree is not looked at, nor what git keeps beside the refs. */
	gitfix_write(gitfix_path(place->fix), "README.md", "another\n");
	put(place, "index", "another");
	put(place, "FETCH_HEAD", "");
	done(&app, true);
}

static void a_commit_on_the_branch_is_a_change(void **state)
{
	struct place *place = *state;
	struct watched app = watch_app(place);

	gitfix_file(place->fix, "README.md", "# Two\n");
	gitfix_commit(place->fix, "Second");
	done(&app, false);
}

static void another_branch_is_a_change(void **state)
{
	struct place *place = *state;
	struct watched app;

	/* The branch may be at the same commit: another name is another answer. */
	put_id(place, "refs/heads/other", gitfix_head(place->fix));
	app = watch_app(place);
	put(place, "HEAD", "ref: refs/heads/other\n");
	done(&app, false);
}

static void a_branch_that_is_not_read_may_move(void **state)
{
	struct place *place = *state;
	struct watched app;

	clone_like(place);
	app = watch_app(place);
	gitfix_file(place->fix, "README.md", "# Two\n");
	gitfix_commit(place->fix, "On main, not pushed");
	put(place, "HEAD", "ref: refs/heads/other\n");
	done(&app, true);
}

static void a_fetch_that_moves_origin_is_a_change(void **state)
{
	struct place *place = *state;
	struct watched app;

	clone_like(place);
	app = watch_app(place);
	gitfix_file(place->fix, "README.md", "# Two\n");
	put_id(place, "refs/remotes/origin/main", gitfix_commit(place->fix, "Second"));
	done(&app, false);
}

static void a_new_default_branch_is_a_change(void **state)
{
	struct place *place = *state;
	struct watched app = watch_app(place);

	clone_like(place);
	expect(&app, false);
	forget(&app);
	app = watch_app(place);
	put(place, "refs/remotes/origin/HEAD", "ref: refs/remotes/origin/trunk\n");
	expect(&app, false);
	drop(place, "refs/remotes/origin/HEAD");
	done(&app, false);
}

static void refs_that_are_packed_say_the_same(void **state)
{
	struct place *place = *state;
	struct watched loose = watch_app(place), packed;

	gitfix_pack_refs(place->fix);
	expect(&loose, true);
	packed = watch_app(place);
	/* Written anew, by a branch that comes and one that goes. */
	put_id(place, "refs/heads/other", gitfix_head(place->fix));
	gitfix_pack_refs(place->fix);
	expect(&packed, true);
	/* A loose one wins, also with what packed-refs says already. */
	put_id(place, "refs/heads/main", gitfix_head(place->fix));
	expect(&packed, true);
	gitfix_file(place->fix, "README.md", "# Two\n");
	gitfix_commit(place->fix, "Second");
	expect(&packed, false);
	gitfix_pack_refs(place->fix);
	done(&loose, false);
	done(&packed, false);
}

/* The same size, the same second, the same inode: what stands in it tells. */
static void packed_refs_written_at_once_are_a_change(void **state)
{
	struct place *place = *state;
	char *path = in_git_dir(place, "packed-refs"), hex[41];
	struct watched app;
	struct stat before, after;
	int fd;

	gitfix_pack_refs(place->fix);
	snprintf(hex, sizeof(hex), "%s", gitfix_head(place->fix));
	hex[0] = hex[0] == '0' ? '1' : '0';
	app = watch_app(place);
	assert_int_equal(stat(path, &before), 0);
	fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(
	    pwrite(fd, hex, 1, before.st_size - 41 - (off_t)strlen("refs/heads/main\n")), 1);
	close(fd);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_false(resolved_same(app.path, app.young, NOW));
	forget(&app);
	free(path);
}

static void a_detached_head_that_moves_is_a_change(void **state)
{
	struct place *place = *state;
	char first[41];
	struct watched app;

	snprintf(first, sizeof(first), "%s", gitfix_head(place->fix));
	gitfix_file(place->fix, "README.md", "# Two\n");
	put_id(place, "HEAD", gitfix_commit(place->fix, "Second"));
	app = watch_app(place);
	put_id(place, "HEAD", first);
	done(&app, false);
}

static void a_first_commit_is_a_change(void **state)
{
	struct place *place = *state;
	struct gitfix *fix = gitfix_new(place->dir, "empty");
	struct watched empty = watch(gitfix_path(fix));

	gitfix_write(gitfix_git_dir(fix), "packed-refs",
		     "# pack-refs with: peeled fully-peeled sorted \n");
	expect(&empty, true);
	gitfix_file(fix, "README.md", "# One\n");
	gitfix_commit(fix, "First");
	done(&empty, false);
	gitfix_free(fix);
}

static void a_bare_repository_is_looked_at(void **state)
{
	struct place *place = *state;
	struct gitfix *fix = gitfix_bare(place->dir, "bare.git");
	struct watched bare;

	gitfix_file(fix, "README.md", "# One\n");
	gitfix_commit(fix, "First");
	bare = watch(gitfix_path(fix));
	expect(&bare, true);
	gitfix_file(fix, "README.md", "# Two\n");
	gitfix_commit(fix, "Second");
	expect(&bare, false);
	forget(&bare);
	/* Somebody makes a work tree of it. */
	bare = watch(gitfix_path(fix));
	gitfix_write(gitfix_path(fix), ".git/HEAD", "ref: refs/heads/main\n");
	done(&bare, false);
	gitfix_free(fix);
}

static void a_worktree_has_a_head_of_its_own(void **state)
{
	struct place *place = *state;
	char *path = xasprintf("%s/side", place->dir);
	struct watched side, app;

	gitfix_worktree(place->fix, place->dir, "side");
	side = watch(path);
	app = watch_app(place);
	gitfix_file(place->fix, "README.md", "# Two\n");
	gitfix_commit(place->fix, "On main");
	expect(&app, false);
	expect(&side, true);
	put_id(place, "refs/heads/side", gitfix_head(place->fix));
	expect(&side, false);
	forget(&side);
	side = watch(path);
	put(place, "worktrees/side/HEAD", "ref: refs/heads/main\n");
	expect(&side, false);
	forget(&side);
	side = watch(path);
	put(place, "worktrees/side/commondir", "../../../other/.git\n");
	expect(&side, false);
	forget(&side);
	forget(&app);
	free(path);
}

static void a_submodule_is_looked_at_through_its_file(void **state)
{
	struct place *place = *state;
	struct gitfix *sub = gitfix_new(place->dir, "sub");
	char *path = xasprintf("%s/app/lib/sub", place->dir), first[41];
	struct watched watched;

	gitfix_file(sub, "README.md", "# Sub\n");
	gitfix_commit(sub, "First");
	snprintf(first, sizeof(first), "%s", gitfix_head(sub));
	gitfix_submodule(place->fix, sub, "lib/sub");
	watched = watch(path);
	put(place, "modules/lib/sub/HEAD", "ref: refs/heads/other\n");
	expect(&watched, false);
	forget(&watched);
	put_id(place, "modules/lib/sub/HEAD", first);
	watched = watch(path);
	put(place, "modules/lib/sub/HEAD", "ref: refs/heads/main\n");
	expect(&watched, false);
	forget(&watched);
	watched = watch(path);
	gitfix_write(path, ".git", "gitdir: ../../.git\n");
	done(&watched, false);
	free(path);
	gitfix_free(sub);
}

static void what_replaces_a_repository_is_a_change(void **state)
{
	struct place *place = *state;
	char *git = xasprintf("%s/.git", gitfix_path(place->fix));
	char *aside = xasprintf("%s/aside", place->dir);
	char *line = xasprintf("gitdir: %s\n", aside);
	struct watched app = watch_app(place);

	assert_int_equal(rename(git, aside), 0);
	expect(&app, false);
	gitfix_write(gitfix_path(place->fix), ".git", line);
	expect(&app, false);
	forget(&app);
	app = watch_app(place);
	assert_int_equal(unlink(git), 0);
	assert_int_equal(rename(aside, git), 0);
	done(&app, false);
	free(line);
	free(aside);
	free(git);
}

static void a_deleted_checkout_is_a_change(void **state)
{
	struct place *place = *state;
	struct watched app = watch_app(place);

	gitfix_rmtree(gitfix_path(place->fix));
	expect(&app, false);
	forget(&app);
}

static void symbolic_refs_are_followed(void **state)
{
	struct place *place = *state;
	struct watched app;

	put(place, "HEAD", "ref: refs/heads/a\n");
	put(place, "refs/heads/a", "ref: refs/heads/b\n");
	put(place, "refs/heads/b", "ref: refs/heads/main\n");
	app = watch_app(place);
	put(place, "refs/heads/b", "ref: refs/heads/nowhere\n");
	expect(&app, false);
	forget(&app);
	/* A circle is read as broken, until somebody breaks it. */
	put(place, "refs/heads/b", "ref: refs/heads/a\n");
	app = watch_app(place);
	put(place, "refs/heads/b", "ref: refs/heads/main\n");
	done(&app, false);
}

static void nobody_waits_at_a_fifo(void **state)
{
	struct place *place = *state;
	char *head = in_git_dir(place, "HEAD");
	struct watched app = watch_app(place);

	assert_int_equal(unlink(head), 0);
	assert_int_equal(mkfifo(head, 0600), 0);
	expect(&app, false);
	assert_int_equal(unlink(head), 0);
	assert_int_equal(symlink("/dev/zero", head), 0);
	expect(&app, false);
	assert_int_equal(unlink(head), 0);
	assert_int_equal(mkdir(head, 0700), 0);
	expect(&app, false);
	forget(&app);
	free(head);
}

static void a_link_as_head_is_always_read_again(void **state)
{
	struct place *place = *state;
	char *head = in_git_dir(place, "HEAD"), *text;

	assert_int_equal(unlink(head), 0);
	assert_int_equal(symlink("refs/heads/main", head), 0);
	text = noted(gitfix_path(place->fix), true);
	assert_false(resolved_same(gitfix_path(place->fix), text, NOW));
	free(text);
	free(head);
}

static void the_config_and_the_end_of_history_count(void **state)
{
	struct place *place = *state;
	struct watched app = watch_app(place);
	char first[41];

	gitfix_remote(place->fix, "https://git.example/app.git");
	expect(&app, false);
	forget(&app);
	gitfix_file(place->fix, "README.md", "# Two\n");
	gitfix_commit(place->fix, "Second");
	snprintf(first, sizeof(first), "%s", gitfix_head(place->fix));
	app = watch_app(place);
	gitfix_shallow(place->fix, first);
	expect(&app, false);
	forget(&app);
	app = watch_app(place);
	drop(place, "shallow");
	done(&app, false);
}

/* Objects that are elsewhere: what they say is in their names. */
static void alternates_may_move(void **state)
{
	struct place *place = *state;
	char *other = xasprintf("%s/other", place->dir), *objects = in_git_dir(place, "objects");
	char *line;
	struct watched app;

	assert_int_equal(rename(objects, other), 0);
	assert_int_equal(mkdir(objects, 0700), 0);
	line = xasprintf("%s\n", other);
	put(place, "objects/info/alternates", line);
	app = watch_app(place);
	put(place, "objects/info/alternates", "");
	expect(&app, true);
	forget(&app);
	free(line);
	/* Without them the commit is missing, which may end at any time. */
	line = noted(gitfix_path(place->fix), true);
	assert_false(resolved_same(gitfix_path(place->fix), line, NOW));
	free(line);
	free(objects);
	free(other);
}

static void a_time_ends_what_depends_on_dates(void **state)
{
	struct place *place = *state;
	struct resolved_notes notes = {0};
	struct repo *repo = repo_open_noting(gitfix_path(place->fix), &notes, NULL);

	resolved_note_until(&notes, NOW + 10);
	repo_close(repo);
	assert_true(resolved_same(gitfix_path(place->fix), buf_str(&notes.text), NOW + 9));
	assert_false(resolved_same(gitfix_path(place->fix), buf_str(&notes.text), NOW + 10));
	buf_free(&notes.text);
}

/* What a partial clone lacks comes in a pack. */
static void a_pack_that_comes_may_bring_what_was_missing(void **state)
{
	struct place *place = *state;
	struct resolved_notes notes = {.clock = INT64_C(4102444800)};
	struct repo *repo = repo_open_noting(gitfix_path(place->fix), &notes, NULL);
	char *common;

	assert_non_null(repo);
	common = xstrdup(repo_facts(repo)->common_dir);
	repo_close(repo);
	put(place, "objects/pack/pack-1.idx", "");
	resolved_note_packs(&notes, common);
	assert_true(resolved_same(gitfix_path(place->fix), buf_str(&notes.text), NOW));
	put(place, "objects/pack/pack-2.idx", "");
	assert_false(resolved_same(gitfix_path(place->fix), buf_str(&notes.text), NOW));
	buf_free(&notes.text);
	free(common);
}

static void what_is_no_such_text_is_a_change(void **state)
{
	static const char *const texts[] = {"",
					    "1",
					    "1\n",
					    "2\nD\n",
					    "1\nD",
					    "1\nD\nD\n",
					    "1\nD\nX\n",
					    "1\nr - - HEAD\n",
					    "1\nB\n",
					    "1\nD\nr - - ../../../etc/passwd\n",
					    "1\nD\nr - -\n",
					    "1\nD\nr\n",
					    "1\nD\n\n",
					    "1\nD\nc\n",
					    "1\nD\nc \n",
					    "1\nD\nd\n",
					    "1\nG\n",
					    "1\nG x\n",
					    "1\nD\nu\n",
					    "1\nD\nu x\n",
					    "1\nD\nu 99999999999999999999999999\n",
					    "1\nD\nr - - HEAD\n",
					    "1\nD\n?\n",
					    "1\nd - .\n"};
	struct place *place = *state;
	char *text = noted(gitfix_path(place->fix), true);

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (resolved_same(gitfix_path(place->fix), texts[i], NOW))
			fail_msg("%s", texts[i]);
	assert_false(resolved_same(gitfix_path(place->fix), NULL, NOW));
	/* Cut anywhere it is none, or says less. */
	for (size_t len = strlen(text); len-- > 0;) {
		text[len] = '\0';
		if (len && text[len - 1] != '\n')
			assert_false(resolved_same(gitfix_path(place->fix), text, NOW));
	}
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(nothing_changed_is_the_same),
	    TEST(a_commit_on_the_branch_is_a_change),
	    TEST(another_branch_is_a_change),
	    TEST(a_branch_that_is_not_read_may_move),
	    TEST(a_fetch_that_moves_origin_is_a_change),
	    TEST(a_new_default_branch_is_a_change),
	    TEST(refs_that_are_packed_say_the_same),
	    TEST(packed_refs_written_at_once_are_a_change),
	    TEST(a_detached_head_that_moves_is_a_change),
	    TEST(a_first_commit_is_a_change),
	    TEST(a_bare_repository_is_looked_at),
	    TEST(a_worktree_has_a_head_of_its_own),
	    TEST(a_submodule_is_looked_at_through_its_file),
	    TEST(what_replaces_a_repository_is_a_change),
	    TEST(a_deleted_checkout_is_a_change),
	    TEST(symbolic_refs_are_followed),
	    TEST(nobody_waits_at_a_fifo),
	    TEST(a_link_as_head_is_always_read_again),
	    TEST(the_config_and_the_end_of_history_count),
	    TEST(alternates_may_move),
	    TEST(a_time_ends_what_depends_on_dates),
	    TEST(a_pack_that_comes_may_bring_what_was_missing),
	    TEST(what_is_no_such_text_is_a_change),
	};

	return cmocka_run_group_tests_name("resolved", tests, NULL, NULL);
}
