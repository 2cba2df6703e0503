/* Repositories of every kind, as they lie on disk. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/mem.h"
#include "fetch/git.h"
#include "tests/support/gitfix.h"

static char *dir;

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
	return 0;
}

static struct repo *must_open(const char *path)
{
	struct err err = {0};
	struct repo *repo = repo_open(path, &err);

	if (!repo)
		fail_msg("%s: %s", err.where, err.what);
	return repo;
}

static void must_head(struct repo *repo, const char *rev, struct repo_head *head)
{
	struct err err = {0};

	if (repo_head(repo, rev, head, &err))
		fail_msg("%s", err.what);
}

static void assert_id(const struct repo_id *id, const char *hex)
{
	char got[REPO_HEX + 1];

	repo_id_hex(id, got);
	assert_string_equal(got, hex);
}

/* Opening, or else asking for the head, fails with a message that holds what. */
static void assert_unreadable(const char *path, const char *what)
{
	struct err err = {0};
	struct repo *repo = repo_open(path, &err);
	struct repo_head head;
	char *line;

	if (repo && repo_head(repo, NULL, &head, &err) == REPO_OK)
		fail_msg("%s was read", path);
	line = err_line(&err);
	if (!strstr(line, what))
		fail_msg("'%s' does not say '%s'", line, what);
	free(line);
	err_clear(&err);
	repo_close(repo);
}

static char *read_path(struct repo *repo, const struct repo_id *tree, const char *path)
{
	struct repo_entry entry;
	struct repo_bytes bytes;
	char *text;

	if (repo_find(repo, tree, path, &entry, NULL) || entry.kind == REPO_DIR ||
	    repo_blob(repo, &entry.id, 1000, &bytes, NULL))
		return NULL;
	text = xmemdup0(bytes.bytes, bytes.len);
	repo_bytes_free(&bytes);
	return text;
}

static void assert_content(struct repo *repo, const struct repo_id *tree, const char *path,
			   const char *text)
{
	char *got = read_path(repo, tree, path);

	assert_non_null(got);
	assert_string_equal(got, text);
	free(got);
}

static void work_tree(void **state)
{
	struct gitfix *fix = gitfix_new(dir, "app");
	struct repo *repo;
	struct repo_head head;
	struct repo_entry entry;
	char *first;

	(void)state;
	gitfix_file(fix, "a/b/c.txt", "deep\n");
	gitfix_file(fix, "README.md", "hello\n");
	gitfix_commit(fix, "First");
	gitfix_file(fix, "README.md", "bye\n");
	first = xstrdup(gitfix_commit(fix, "Second"));
	repo = must_open(gitfix_path(fix));
	assert_false(repo_facts(repo)->bare);
	assert_false(repo_facts(repo)->linked);
	assert_false(repo_facts(repo)->shallow);
	assert_false(repo_facts(repo)->partial);
	assert_null(repo_facts(repo)->remote);
	must_head(repo, NULL, &head);
	assert_id(&head.id, first);
	assert_string_equal(head.ref, "refs/heads/main");
	assert_false(head.detached);
	assert_int_equal(head.time, 1767225600 + 3600);
	assert_int_equal(head.fetched_at, 0);
	assert_content(repo, &head.tree, "a/b/c.txt", "deep\n");
	assert_content(repo, &head.tree, "README.md", "bye\n");
	assert_int_equal(repo_find(repo, &head.tree, "", &entry, NULL), REPO_OK);
	assert_int_equal(entry.kind, REPO_DIR);
	assert_int_equal(repo_find(repo, &head.tree, "a/x", &entry, NULL), REPO_NO_ENTRY);
	assert_int_equal(repo_find(repo, &head.tree, "README.md/x", &entry, NULL), REPO_NO_ENTRY);
	assert_int_equal(repo_find(repo, &head.tree, "../app", &entry, NULL), REPO_NO_ENTRY);
	repo_close(repo);
	free(first);
	gitfix_free(fix);
}

static void bare_packed(void **state)
{
	struct gitfix *fix = gitfix_bare(dir, "app.git");
	struct repo *repo;
	struct repo_head head;
	char name[32];
	char *id;

	(void)state;
	gitfix_file(fix, "README.md", "hello\n");
	id = xstrdup(gitfix_commit(fix, "First"));
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "v%d", i);
		gitfix_tag(fix, name, i % 7 ? NULL : "annotated");
	}
	gitfix_pack(fix);
	gitfix_pack_refs(fix);
	repo = must_open(gitfix_path(fix));
	assert_true(repo_facts(repo)->bare);
	must_head(repo, NULL, &head);
	assert_id(&head.id, id);
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "v%d", i);
		must_head(repo, name, &head);
		assert_id(&head.id, id);
		assert_int_equal(strncmp(head.ref, "refs/tags/v", 11), 0);
	}
	assert_int_equal(repo_head(repo, "v2000", &head, NULL), REPO_NO_ENTRY);
	assert_int_equal(repo_head(repo, "v", &head, NULL), REPO_NO_ENTRY);
	repo_close(repo);
	free(id);
	gitfix_free(fix);
}

static void entry_kinds(void **state)
{
	static const enum repo_kind kinds[] = {REPO_DIR, REPO_FILE, REPO_LINK, REPO_EXEC,
					       REPO_GITLINK};
	static const char *const names[] = {"dir", "file", "link", "run", "sub"};
	struct gitfix *fix = gitfix_new(dir, "app");
	struct repo *repo;
	struct repo_head head;
	struct repo_tree tree;
	struct repo_entry entry;

	(void)state;
	gitfix_file(fix, "dir/x", "");
	gitfix_file(fix, "file", "");
	gitfix_link(fix, "link", "file");
	gitfix_exec(fix, "run", "#!/bin/sh\n");
	gitfix_gitlink(fix, "sub", "1234567890123456789012345678901234567890");
	gitfix_commit(fix, "All kinds");
	repo = must_open(gitfix_path(fix));
	must_head(repo, NULL, &head);
	assert_int_equal(repo_tree(repo, &head.tree, &tree, NULL), REPO_OK);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
			assert_true(repo_tree_next(&tree, &entry));
			assert_string_equal(entry.name, names[i]);
			assert_int_equal(entry.kind, kinds[i]);
		}
		assert_false(repo_tree_next(&tree, &entry));
		assert_false(tree.corrupt);
		repo_tree_rewind(&tree);
	}
	repo_tree_free(&tree);
	repo_close(repo);
	gitfix_free(fix);
}

static void unborn(void **state)
{
	struct gitfix *fix = gitfix_new(dir, "app");
	struct repo *repo = must_open(gitfix_path(fix));
	struct repo_head head;

	(void)state;
	must_head(repo, NULL, &head);
	assert_true(head.unborn);
	assert_string_equal(head.ref, "refs/heads/main");
	assert_null(head.note);
	repo_close(repo);
	gitfix_free(fix);
}

/* A mirror whose HEAD was never set to the branch that exists. */
static void unborn_beside_others(void **state)
{
	struct gitfix *fix = gitfix_bare(dir, "app.git");
	struct repo *repo;
	struct repo_head head;

	(void)state;
	gitfix_file(fix, "a", "b");
	gitfix_commit(fix, "First");
	gitfix_pack_refs(fix);
	gitfix_write(gitfix_git_dir(fix), "HEAD", "ref: refs/heads/master\n");
	repo = must_open(gitfix_path(fix));
	must_head(repo, NULL, &head);
	assert_true(head.unborn);
	assert_non_null(strstr(head.note, "refs/heads/master"));
	repo_close(repo);
	gitfix_free(fix);
}

static void detached(void **state)
{
	struct gitfix *fix = gitfix_new(dir, "app");
	struct repo *repo;
	struct repo_head head;
	char *id;

	(void)state;
	gitfix_file(fix, "a", "b");
	id = xstrdup(gitfix_commit(fix, "First"));
	gitfix_write(gitfix_git_dir(fix), "HEAD", id);
	repo = must_open(gitfix_path(fix));
	must_head(repo, NULL, &head);
	assert_true(head.detached);
	assert_string_equal(head.ref, "HEAD");
	assert_id(&head.id, id);
	repo_close(repo);
	free(id);
	gitfix_free(fix);
}

/* Somebody's feature branch is checked out: the default branch of origin is what counts. */
static void origin_head(void **state)
{
	struct gitfix *fix = gitfix_new(dir, "app");
	struct timeval times[2] = {{1700000000, 0}, {1700000000, 0}};
	struct repo *repo;
	struct repo_head head;
	char *published, *fetch_head;

	(void)state;
	gitfix_file(fix, "a", "b");
	published = xstrdup(gitfix_commit(fix, "First"));
	gitfix_write(gitfix_git_dir(fix), "refs/remotes/origin/trunk", published);
	gitfix_write(gitfix_git_dir(fix), "refs/remotes/origin/HEAD",
		     "ref: refs/remotes/origin/trunk\n");
	gitfix_file(fix, "a", "local");
	gitfix_commit(fix, "Not pushed");
	gitfix_remote(fix, "https://me:secret@example.com/acme/app.git");
	gitfix_write(gitfix_git_dir(fix), "FETCH_HEAD", "");
	fetch_head = xasprintf("%sFETCH_HEAD", gitfix_git_dir(fix));
	assert_int_equal(utimes(fetch_head, times), 0);
	repo = must_open(gitfix_path(fix));
	assert_string_equal(repo_facts(repo)->remote, "https://example.com/acme/app.git");
	must_head(repo, NULL, &head);
	assert_id(&head.id, published);
	assert_string_equal(head.ref, "refs/remotes/origin/trunk");
	assert_null(head.note);
	assert_int_equal(head.fetched_at, 1700000000);
	must_head(repo, "trunk", &head);
	assert_string_equal(head.ref, "refs/remotes/origin/trunk");
	must_head(repo, "origin", &head);
	assert_string_equal(head.ref, "refs/remotes/origin/trunk");
	must_head(repo, "main", &head);
	assert_string_equal(head.ref, "refs/heads/main");
	repo_close(repo);
	free(fetch_head);
	free(published);
	gitfix_free(fix);
}

static void dangling_origin_head(void **state)
{
	struct gitfix *fix = gitfix_new(dir, "app");
	struct repo *repo;
	struct repo_head head;

	(void)state;
	gitfix_file(fix, "a", "b");
	gitfix_commit(fix, "First");
	gitfix_write(gitfix_git_dir(fix), "refs/remotes/origin/HEAD",
		     "ref: refs/remotes/origin/gone\n");
	repo = must_open(gitfix_path(fix));
	must_head(repo, NULL, &head);
	assert_string_equal(head.ref, "refs/heads/main");
	assert_non_null(strstr(head.note, "refs/remotes/origin/gone"));
	repo_close(repo);
	gitfix_free(fix);
}

static void revisions(void **state)
{
	struct gitfix *fix = gitfix_new(dir, "app");
	struct repo *repo;
	struct repo_head head;
	char *first, *abbreviated;

	(void)state;
	gitfix_file(fix, "a", "b");
	first = xstrdup(gitfix_commit(fix, "First"));
	gitfix_tag(fix, "v1", "annotated");
	gitfix_file(fix, "a", "c");
	gitfix_commit(fix, "Second");
	abbreviated = xmemdup0(first, 9);
	repo = must_open(gitfix_path(fix));
	must_head(repo, "v1", &head);
	assert_id(&head.id, first);
	must_head(repo, first, &head);
	assert_id(&head.id, first);
	must_head(repo, abbreviated, &head);
	assert_id(&head.id, first);
	assert_string_equal(head.ref, first);
	assert_int_equal(repo_head(repo, "nope", &head, NULL), REPO_NO_ENTRY);
	assert_int_equal(repo_head(repo, "../../HEAD", &head, NULL), REPO_NO_ENTRY);
	assert_int_equal(repo_head(repo, "", &head, NULL), REPO_NO_ENTRY);
	assert_int_equal(repo_head(repo, "0000000000000000000000000000000000000001", &head, NULL),
			 REPO_NO_ENTRY);
	repo_close(repo);
	free(abbreviated);
	free(first);
	gitfix_free(fix);
}

static void worktree(void **state)
{
	struct gitfix *fix = gitfix_new(dir, "app");
	struct repo *repo;
	struct repo_head head;
	char *path = xasprintf("%s/side", dir);

	(void)state;
	gitfix_file(fix, "a", "b");
	gitfix_commit(fix, "First");
	gitfix_worktree(fix, dir, "side");
	repo = must_open(path);
	assert_true(repo_facts(repo)->linked);
	assert_false(repo_facts(repo)->bare);
	must_head(repo, NULL, &head);
	assert_string_equal(head.ref, "refs/heads/side");
	assert_content(repo, &head.tree, "a", "b");
	repo_close(repo);
	/* the main repository moved away: said, not dropped */
	gitfix_rmtree(gitfix_path(fix));
	assert_unreadable(path, "is not there");
	free(path);
	gitfix_free(fix);
}

static void submodule(void **state)
{
	struct gitfix *fix = gitfix_new(dir, "app");
	struct gitfix *sub = gitfix_new(dir, "lib");
	struct repo *repo;
	struct repo_head head;
	char *path = xasprintf("%s/app/vendor/lib", dir);

	(void)state;
	gitfix_file(sub, "a", "of the library");
	gitfix_commit(sub, "First");
	gitfix_submodule(fix, sub, "vendor/lib");
	gitfix_commit(fix, "Add it");
	repo = must_open(path);
	assert_true(repo_facts(repo)->linked);
	must_head(repo, NULL, &head);
	assert_content(repo, &head.tree, "a", "of the library");
	repo_close(repo);
	gitfix_free(sub);
	gitfix_free(fix);
	free(path);
}

static void alternates(void **state)
{
	struct gitfix *store = gitfix_bare(dir, "store.git");
	struct gitfix *fix = gitfix_new(dir, "app");
	struct repo *repo;
	struct repo_head head;
	char *line = xasprintf("%s/store.git/objects\n", dir);

	(void)state;
	gitfix_file(store, "a", "borrowed");
	gitfix_write(gitfix_git_dir(fix), "refs/heads/main", gitfix_commit(store, "First"));
	gitfix_write(gitfix_git_dir(fix), "objects/info/alternates", line);
	repo = must_open(gitfix_path(fix));
	must_head(repo, NULL, &head);
	assert_content(repo, &head.tree, "a", "borrowed");
	repo_close(repo);
	free(line);
	gitfix_free(fix);
	gitfix_free(store);
}

static void partial_clone(void **state)
{
	struct gitfix *fix = gitfix_new(dir, "app");
	struct repo *repo;
	struct repo_head head;
	struct repo_entry entry;
	struct repo_bytes bytes;
	struct err err = {0};

	(void)state;
	gitfix_file(fix, "here", "1");
	gitfix_file(fix, "missing", "2");
	gitfix_commit(fix, "First");
	gitfix_drop_object(fix, gitfix_id(fix, "missing"));
	gitfix_write(gitfix_git_dir(fix), "config",
		     "[core]\n\trepositoryformatversion = 1\n"
		     "[extensions]\n\tpartialClone = origin\n"
		     "[remote \"origin\"]\n\turl = git@example.com:acme/app.git\n"
		     "\tpromisor = true\n\tpartialclonefilter = blob:none\n");
	repo = must_open(gitfix_path(fix));
	assert_true(repo_facts(repo)->partial);
	assert_string_equal(repo_facts(repo)->remote, "git@example.com:acme/app.git");
	must_head(repo, NULL, &head);
	assert_content(repo, &head.tree, "here", "1");
	assert_int_equal(repo_find(repo, &head.tree, "missing", &entry, NULL), REPO_OK);
	assert_int_equal(repo_blob(repo, &entry.id, 100, &bytes, &err), REPO_MISSING);
	assert_non_null(strstr(err.what, "partial"));
	err_clear(&err);
	repo_close(repo);
	gitfix_free(fix);
}

static void shallow(void **state)
{
	struct gitfix *fix = gitfix_new(dir, "app");
	struct repo *repo;
	struct repo_head head;
	struct repo_commit commit;
	struct repo_id parent;
	char *second;

	(void)state;
	gitfix_file(fix, "a", "1");
	gitfix_commit(fix, "First");
	gitfix_file(fix, "a", "2");
	second = xstrdup(gitfix_commit(fix, "Second"));
	gitfix_shallow(fix, second);
	repo = must_open(gitfix_path(fix));
	assert_true(repo_facts(repo)->shallow);
	must_head(repo, NULL, &head);
	assert_true(repo_is_boundary(repo, &head.id));
	assert_int_equal(repo_commit(repo, &head.id, &commit, NULL), REPO_OK);
	assert_int_equal(commit.parent_count, 1);
	assert_int_equal(commit.message_len, 6);
	parent = repo_commit_parent(&commit, 0);
	repo_commit_free(&commit);
	assert_false(repo_is_boundary(repo, &parent));
	assert_int_equal(repo_commit(repo, &parent, &commit, NULL), REPO_MISSING);
	repo_close(repo);
	free(second);
	gitfix_free(fix);
}

static void foreign_owned(void **state)
{
	struct gitfix *fix = gitfix_new(dir, "app");
	struct repo *repo;

	(void)state;
	if (geteuid() != 0)
		skip();
	repo = must_open(gitfix_path(fix));
	assert_false(repo_facts(repo)->foreign_owned);
	repo_close(repo);
	assert_int_equal(chown(gitfix_git_dir(fix), 12345, 12345), 0);
	repo = must_open(gitfix_path(fix));
	assert_true(repo_facts(repo)->foreign_owned);
	repo_close(repo);
	gitfix_free(fix);
}

static void unsupported_formats(void **state)
{
	struct gitfix *fix = gitfix_new(dir, "app");

	(void)state;
	gitfix_file(fix, "a", "b");
	gitfix_commit(fix, "First");
	gitfix_write(gitfix_git_dir(fix), "config",
		     "[core]\nrepositoryformatversion = 1\n[extensions]\nrefStorage = reftable\n");
	assert_unreadable(gitfix_path(fix), "extensions.refstorage = reftable");
	gitfix_write(gitfix_git_dir(fix), "config",
		     "[core]\nrepositoryformatversion = 1\n[extensions]\nobjectFormat = sha256\n");
	assert_unreadable(gitfix_path(fix), "extensions.objectformat = sha256");
	gitfix_write(gitfix_git_dir(fix), "config",
		     "[core]\nrepositoryformatversion = 1\n[extensions]\nmoonphase = full\n");
	assert_unreadable(gitfix_path(fix), "extensions.moonphase = full");
	gitfix_write(gitfix_git_dir(fix), "config", "[core]\nrepositoryformatversion = 7\n");
	assert_unreadable(gitfix_path(fix), "repositoryformatversion = 7");
	gitfix_write(gitfix_git_dir(fix), "config", "[core\n");
	assert_unreadable(gitfix_path(fix), "is not a git configuration");
	gitfix_free(fix);
}

/*
 * libgit2 1.5 leaks PCRE2's match data whenever it opens a repository of format 1, which
 * only this test makes it do.
 */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libpcre2-8\n";
}

/* An extension that libgit2 was told of: refs and objects come from it. */
static void fallback(void **state)
{
	struct gitfix *fix = gitfix_new(dir, "app");
	struct repo *repo;
	struct repo_head head;
	char *id;

	(void)state;
	gitfix_file(fix, "a", "b");
	id = xstrdup(gitfix_commit(fix, "First"));
	gitfix_tag(fix, "v1", "annotated");
	/* version 0 with a plain name is ignored by git, and needs no fallback */
	gitfix_write(gitfix_git_dir(fix), "config",
		     "[core]\nrepositoryformatversion = 0\n[extensions]\nmoonphase = full\n");
	repo = must_open(gitfix_path(fix));
	must_head(repo, NULL, &head);
	assert_id(&head.id, id);
	repo_close(repo);
	gitfix_know_extension("moonphase");
	gitfix_write(gitfix_git_dir(fix), "config",
		     "[core]\nrepositoryformatversion = 1\n[extensions]\nmoonphase = full\n");
	repo = must_open(gitfix_path(fix));
	must_head(repo, NULL, &head);
	assert_id(&head.id, id);
	assert_string_equal(head.ref, "refs/heads/main");
	must_head(repo, "v1", &head);
	assert_id(&head.id, id);
	assert_content(repo, &head.tree, "a", "b");
	assert_int_equal(repo_head(repo, "v2", &head, NULL), REPO_NO_ENTRY);
	repo_close(repo);
	free(id);
	gitfix_free(fix);
}

static void corrupt_refs(void **state)
{
	struct gitfix *fix = gitfix_new(dir, "app");
	const char *git = gitfix_git_dir(fix);
	const char *path = gitfix_path(fix);
	char *head;

	(void)state;
	gitfix_file(fix, "a", "b");
	gitfix_commit(fix, "First");
	gitfix_write(git, "refs/heads/main", "");
	assert_unreadable(path, "is empty");
	gitfix_write(git, "refs/heads/main", "hello\n");
	assert_unreadable(path, "is no ref");
	gitfix_write(git, "refs/heads/main", "ref: refs/heads/../../config\n");
	assert_unreadable(path, "is no ref");
	gitfix_write(git, "refs/heads/main", "ref: refs/heads/other\n");
	gitfix_write(git, "refs/heads/other", "ref: refs/heads/main\n");
	assert_unreadable(path, "circle");
	gitfix_write(git, "refs/heads/main", "1111111111111111111111111111111111111111\n");
	assert_unreadable(path, "is not here");
	gitfix_write(git, "HEAD", "ref: ../../../etc/passwd\n");
	assert_unreadable(path, "is no ref");
	head = xasprintf("%sHEAD", git);
	assert_int_equal(unlink(head), 0);
	assert_unreadable(path, "has no HEAD");
	free(head);
	gitfix_free(fix);
}

static void replace_with_fifo(const char *git_dir, const char *name)
{
	char *path = xasprintf("%s%s", git_dir, name);

	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	free(path);
}

/* Whatever is a FIFO, nothing waits for it: the test would hang. */
static void fifos(void **state)
{
	static const char *const names[] = {
	    "HEAD",    "config",	  "packed-refs",
	    "shallow", "refs/heads/main", "objects/info/alternates"};
	char name[16];

	(void)state;
	alarm(20);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct gitfix *fix;

		snprintf(name, sizeof(name), "app%zu", i);
		fix = gitfix_new(dir, name);
		gitfix_file(fix, "a", "b");
		gitfix_commit(fix, "First");
		/* packed-refs is only asked when there is no loose ref */
		gitfix_pack_refs(fix);
		gitfix_write(gitfix_git_dir(fix), "objects/pack/x", "");
		replace_with_fifo(gitfix_git_dir(fix), names[i]);
		assert_unreadable(gitfix_path(fix), "not a");
		gitfix_free(fix);
	}
	alarm(0);
}

static void symlinks(void **state)
{
	struct gitfix *fix = gitfix_new(dir, "app");
	struct repo *repo;
	struct repo_head head;
	char *path = xasprintf("%sHEAD", gitfix_git_dir(fix));
	char *branch = xasprintf("%srefs/heads/main", gitfix_git_dir(fix));

	(void)state;
	gitfix_file(fix, "a", "b");
	gitfix_commit(fix, "First");
	/* a link in place of "ref:" */
	unlink(path);
	assert_int_equal(symlink("refs/heads/main", path), 0);
	repo = must_open(gitfix_path(fix));
	must_head(repo, NULL, &head);
	assert_string_equal(head.ref, "refs/heads/main");
	repo_close(repo);
	gitfix_pack_refs(fix); /* it leads to no file then */
	repo = must_open(gitfix_path(fix));
	must_head(repo, NULL, &head);
	assert_string_equal(head.ref, "refs/heads/main");
	repo_close(repo);
	/* a loop of links */
	unlink(branch);
	assert_int_equal(symlink("main", branch), 0);
	assert_unreadable(gitfix_path(fix), "cannot be read");
	free(branch);
	free(path);
	gitfix_free(fix);
}

static void huge_files(void **state)
{
	static const char *const names[] = {"HEAD", "config", "packed-refs", "shallow"};
	char name[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct gitfix *fix;
		char *path;

		snprintf(name, sizeof(name), "app%zu", i);
		fix = gitfix_new(dir, name);
		gitfix_file(fix, "a", "b");
		gitfix_commit(fix, "First");
		gitfix_pack_refs(fix);
		path = xasprintf("%s%s", gitfix_git_dir(fix), names[i]);
		if (truncate(path, INT64_C(8) << 30)) {
			gitfix_write(gitfix_git_dir(fix), names[i], "");
			assert_int_equal(truncate(path, INT64_C(8) << 30), 0);
		}
		assert_unreadable(gitfix_path(fix), "more than");
		free(path);
		gitfix_free(fix);
	}
}

static void corrupt_objects(void **state)
{
	struct gitfix *fix = gitfix_new(dir, "app");
	struct repo *repo;
	struct repo_head head;
	struct repo_entry entry;
	struct repo_bytes bytes;
	struct repo_tree tree;
	char *file;

	(void)state;
	gitfix_file(fix, "a", "some text");
	gitfix_file(fix, "d/x", "1");
	gitfix_commit(fix, "First");
	file = xasprintf("objects/%.2s/%s", gitfix_id(fix, "a"), gitfix_id(fix, "a") + 2);
	repo = must_open(gitfix_path(fix));
	must_head(repo, NULL, &head);
	assert_int_equal(repo_find(repo, &head.tree, "a", &entry, NULL), REPO_OK);
	assert_int_equal(repo_tree(repo, &entry.id, &tree, NULL), REPO_CORRUPT);
	assert_int_equal(repo_blob(repo, &entry.id, 8, &bytes, NULL), REPO_TOO_LARGE);
	assert_int_equal(repo_blob(repo, &entry.id, 9, &bytes, NULL), REPO_OK);
	assert_int_equal(bytes.len, 9);
	repo_bytes_free(&bytes);
	repo_close(repo);
	/* emptied by a crash of the machine */
	free(file);
	file = xasprintf("%sobjects/%.2s/%s", gitfix_git_dir(fix), gitfix_id(fix, "a"),
			 gitfix_id(fix, "a") + 2);
	assert_int_equal(chmod(file, 0600), 0);
	assert_int_equal(truncate(file, 0), 0);
	repo = must_open(gitfix_path(fix));
	assert_int_equal(repo_blob(repo, &entry.id, 100, &bytes, NULL), REPO_CORRUPT);
	repo_close(repo);
	free(file);
	gitfix_free(fix);
}

/* Objects that claim other sizes than they have; five gigabytes are not even asked for. */
static void lying_sizes(void **state)
{
	static const struct {
		const char *type, *size;
		enum repo_code code;
	} cases[] = {{"blob", "5368709120", REPO_TOO_LARGE},
		     {"blob", "99999999999999999999999999", REPO_CORRUPT},
		     {"blob", "3", REPO_CORRUPT},
		     {"blob", "900", REPO_CORRUPT},
		     {"blob", "-1", REPO_CORRUPT},
		     {"blob", "7", REPO_OK},
		     {"tree", "7", REPO_CORRUPT},
		     {"frog", "7", REPO_CORRUPT}};
	struct gitfix *fix = gitfix_new(dir, "app");
	struct repo *repo;

	(void)state;
	gitfix_file(fix, "a", "b");
	gitfix_commit(fix, "First");
	repo = must_open(gitfix_path(fix));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct repo_bytes bytes;
		struct repo_id id;
		const char *hex =
		    gitfix_liar(fix, cases[i].type, cases[i].size, "content", 7, (int)i + 1);

		assert_true(repo_id_parse(hex, &id));
		if (repo_blob(repo, &id, 1000, &bytes, NULL) != cases[i].code)
			fail_msg("%s %s", cases[i].type, cases[i].size);
		repo_bytes_free(&bytes);
	}
	repo_close(repo);
	gitfix_free(fix);
}

static void hostile_trees(void **state)
{
	static const char dots[] = "100644 ..\0aaaaaaaaaaaaaaaaaaaa";
	static const char slash[] = "100644 a/b\0aaaaaaaaaaaaaaaaaaaa";
	static const char cut[] = "100644 a\0aaaa";
	static const char mode[] = "777777777777 a\0aaaaaaaaaaaaaaaaaaaa";
	const struct {
		const char *bytes;
		size_t len;
	} cases[] = {{dots, sizeof(dots) - 1},
		     {slash, sizeof(slash) - 1},
		     {cut, sizeof(cut) - 1},
		     {mode, sizeof(mode) - 1},
		     {"", 0}};
	struct gitfix *fix = gitfix_new(dir, "app");
	struct repo *repo;

	(void)state;
	gitfix_file(fix, "a", "b");
	gitfix_commit(fix, "First");
	repo = must_open(gitfix_path(fix));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct repo_id id;
		struct repo_tree tree;
		struct repo_entry entry;

		assert_true(
		    repo_id_parse(gitfix_object(fix, "tree", cases[i].bytes, cases[i].len), &id));
		assert_int_equal(repo_tree(repo, &id, &tree, NULL), REPO_OK);
		assert_false(repo_tree_next(&tree, &entry));
		assert_int_equal(tree.corrupt, cases[i].len > 0);
		assert_int_equal(repo_find(repo, &id, "a", &entry, NULL),
				 cases[i].len ? REPO_CORRUPT : REPO_NO_ENTRY);
		repo_tree_free(&tree);
	}
	repo_close(repo);
	gitfix_free(fix);
}

static void truncated_pack(void **state)
{
	struct gitfix *fix = gitfix_bare(dir, "app.git");
	struct repo *repo;
	struct repo_head head;
	struct err err = {0};

	(void)state;
	for (int i = 0; i < 50; i++) {
		char name[16];

		snprintf(name, sizeof(name), "f%d", i);
		gitfix_file(fix, name, name);
	}
	gitfix_commit(fix, "First");
	gitfix_pack(fix);
	gitfix_truncate_packs(fix, 100);
	repo = repo_open(gitfix_path(fix), &err);
	assert_non_null(repo);
	assert_true(repo_head(repo, NULL, &head, &err) < 0);
	assert_non_null(err.what);
	err_clear(&err);
	repo_close(repo);
	gitfix_free(fix);
}

static void no_repository(void **state)
{
	struct err err = {0};
	char *path = xasprintf("%s/plain", dir);

	(void)state;
	gitfix_write(dir, "plain/file", "x");
	assert_unreadable(path, "is not a git repository");
	gitfix_write(dir, "plain/.git", "gitdir: /nonexistent/there\n");
	assert_unreadable(path, "is not there");
	gitfix_write(dir, "plain/.git", "hello");
	assert_unreadable(path, "does not say");
	assert_null(repo_open("/nonexistent", &err));
	assert_non_null(err.what);
	err_clear(&err);
	free(path);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(work_tree),	   TEST(bare_packed),
	    TEST(entry_kinds),	   TEST(unborn),
	    TEST(detached),	   TEST(unborn_beside_others),
	    TEST(origin_head),	   TEST(dangling_origin_head),
	    TEST(revisions),	   TEST(worktree),
	    TEST(submodule),	   TEST(alternates),
	    TEST(partial_clone),   TEST(shallow),
	    TEST(foreign_owned),   TEST(unsupported_formats),
	    TEST(corrupt_refs),	   TEST(fifos),
	    TEST(symlinks),	   TEST(huge_files),
	    TEST(corrupt_objects), TEST(hostile_trees),
	    TEST(truncated_pack),  TEST(no_repository),
	    TEST(fallback),	   TEST(lying_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
