#include "tests/support/gitfix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <git2.h>
#include <git2/sys/repository.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"

struct gitfix {
	git_repository *repo;
	git_index *index; /* in memory: what the next commit holds */
	char *path;
	char *name, *email, *committer_name, *committer_email;
	int64_t time;
	char hex[GIT_OID_HEXSZ + 1];
};

__attribute__((noreturn)) static void die(const char *what)
{
	const git_error *error = git_error_last();

	fprintf(stderr, "gitfix: %s: %s\n", what, error ? error->message : strerror(errno));
	abort();
}

#define MUST(call)                                                                                 \
	do {                                                                                       \
		if ((call) < 0)                                                                    \
			die(#call);                                                                \
	} while (0)

char *gitfix_tmp(void)
{
	const char *base = getenv("TMPDIR");
	char *path = xasprintf("%s/svctop-test-XXXXXX", base && *base ? base : "/tmp");
	char *real;

	if (!mkdtemp(path))
		die(path);
	real = realpath(path, NULL);
	if (!real)
		die(path);
	free(path);
	return real;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int unlock_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	return type == FTW_DNR ? chmod(path, 0700) : 0;
}

void gitfix_rmtree(const char *path)
{
	nftw(path, unlock_one, 16, FTW_PHYS);
	nftw(path, remove_one, 16, FTW_PHYS | FTW_DEPTH);
}

static void make_parents(const char *path)
{
	char *copy = xstrdup(path);

	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0755) && errno != EEXIST)
			die(copy);
		*slash = '/';
	}
	free(copy);
}

void gitfix_write_bytes(const char *dir, const char *path, const void *bytes, size_t len)
{
	char *full = xasprintf("%s/%s", dir, path);
	FILE *file;

	make_parents(full);
	file = fopen(full, "wb");
	if (!file || fwrite(bytes, 1, len, file) != len || fclose(file))
		die(full);
	free(full);
}

void gitfix_write(const char *dir, const char *path, const char *text)
{
	gitfix_write_bytes(dir, path, text, strlen(text));
}

static struct gitfix *fix_init(const char *dir, const char *name, unsigned flags)
{
	struct gitfix *fix = xcalloc(1, sizeof(*fix));
	git_repository_init_options options;

	MUST(git_libgit2_init());
	MUST(git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION));
	fix->path = xasprintf("%s/%s", dir, name);
	options.flags = GIT_REPOSITORY_INIT_MKPATH | flags;
	options.initial_head = "main";
	MUST(git_repository_init_ext(&fix->repo, fix->path, &options));
	MUST(git_index_new(&fix->index));
	fix->time = INT64_C(1767225600);
	gitfix_author(fix, "Ann", "ann@example.com");
	gitfix_committer(fix, "Ann", "ann@example.com");
	return fix;
}

struct gitfix *gitfix_new(const char *dir, const char *name)
{
	return fix_init(dir, name, 0);
}

struct gitfix *gitfix_bare(const char *dir, const char *name)
{
	return fix_init(dir, name, GIT_REPOSITORY_INIT_BARE);
}

void gitfix_free(struct gitfix *fix)
{
	if (!fix)
		return;
	git_index_free(fix->index);
	git_repository_free(fix->repo);
	git_libgit2_shutdown();
	free(fix->path);
	free(fix->name);
	free(fix->email);
	free(fix->committer_name);
	free(fix->committer_email);
	free(fix);
}

const char *gitfix_path(const struct gitfix *fix)
{
	return fix->path;
}

const char *gitfix_git_dir(const struct gitfix *fix)
{
	return git_repository_path(fix->repo);
}

static void put(struct gitfix *fix, const char *path, const void *bytes, size_t len, uint32_t mode)
{
	git_index_entry entry = {.mode = mode, .path = path};

	MUST(git_blob_create_from_buffer(&entry.id, fix->repo, bytes, len));
	MUST(git_index_add(fix->index, &entry));
}

void gitfix_file(struct gitfix *fix, const char *path, const char *text)
{
	put(fix, path, text, strlen(text), GIT_FILEMODE_BLOB);
}

void gitfix_bytes(struct gitfix *fix, const char *path, const void *bytes, size_t len)
{
	put(fix, path, bytes, len, GIT_FILEMODE_BLOB);
}

void gitfix_exec(struct gitfix *fix, const char *path, const char *text)
{
	put(fix, path, text, strlen(text), GIT_FILEMODE_BLOB_EXECUTABLE);
}

void gitfix_link(struct gitfix *fix, const char *path, const char *target)
{
	put(fix, path, target, strlen(target), GIT_FILEMODE_LINK);
}

void gitfix_gitlink(struct gitfix *fix, const char *path, const char *hex)
{
	git_index_entry entry = {.mode = GIT_FILEMODE_COMMIT, .path = path};

	MUST(git_oid_fromstr(&entry.id, hex));
	MUST(git_index_add(fix->index, &entry));
}

void gitfix_drop_file(struct gitfix *fix, const char *path)
{
	MUST(git_index_remove(fix->index, path, 0));
}

static void replace(char **slot, const char *value)
{
	if (!value)
		return;
	free(*slot);
	*slot = xstrdup(value);
}

void gitfix_author(struct gitfix *fix, const char *name, const char *email)
{
	replace(&fix->name, name);
	replace(&fix->email, email);
}

void gitfix_committer(struct gitfix *fix, const char *name, const char *email)
{
	replace(&fix->committer_name, name);
	replace(&fix->committer_email, email);
}

void gitfix_time(struct gitfix *fix, int64_t time)
{
	fix->time = time;
}

/* HEAD's commit; NULL while unborn. */
static git_commit *head_commit(const struct gitfix *fix)
{
	git_oid id;
	git_commit *commit;

	if (git_reference_name_to_id(&id, fix->repo, "HEAD") < 0)
		return NULL;
	MUST(git_commit_lookup(&commit, fix->repo, &id));
	return commit;
}

static const char *hex_of(struct gitfix *fix, const git_oid *id)
{
	return git_oid_tostr(fix->hex, sizeof(fix->hex), id);
}

static const char *commit_on(struct gitfix *fix, const char *second, const char *message)
{
	const git_commit *parents[2];
	size_t count = 0;
	git_commit *first = head_commit(fix), *other = NULL;
	git_signature *author, *committer;
	git_tree *tree;
	git_oid id;

	if (first)
		parents[count++] = first;
	if (second) {
		MUST(git_oid_fromstr(&id, second));
		MUST(git_commit_lookup(&other, fix->repo, &id));
		parents[count++] = other;
	}
	MUST(git_index_write_tree_to(&id, fix->index, fix->repo));
	MUST(git_tree_lookup(&tree, fix->repo, &id));
	MUST(git_signature_new(&author, fix->name, fix->email, fix->time, 0));
	MUST(
	    git_signature_new(&committer, fix->committer_name, fix->committer_email, fix->time, 0));
	MUST(git_commit_create(&id, fix->repo, "HEAD", author, committer, NULL, message, tree,
			       count, parents));
	fix->time += 3600;
	git_signature_free(author);
	git_signature_free(committer);
	git_tree_free(tree);
	git_commit_free(first);
	git_commit_free(other);
	return hex_of(fix, &id);
}

const char *gitfix_commit(struct gitfix *fix, const char *message)
{
	return commit_on(fix, NULL, message);
}

const char *gitfix_merge(struct gitfix *fix, const char *hex, const char *message)
{
	return commit_on(fix, hex, message);
}

const char *gitfix_head(struct gitfix *fix)
{
	git_oid id;

	MUST(git_reference_name_to_id(&id, fix->repo, "HEAD"));
	return hex_of(fix, &id);
}

void gitfix_branch(struct gitfix *fix, const char *name)
{
	git_commit *commit = head_commit(fix);
	git_reference *ref;

	MUST(git_branch_create(&ref, fix->repo, name, commit, 0));
	git_reference_free(ref);
	git_commit_free(commit);
	gitfix_checkout(fix, name);
}

void gitfix_checkout(struct gitfix *fix, const char *name)
{
	char *ref = xasprintf("refs/heads/%s", name);
	git_commit *commit;
	git_tree *tree;

	MUST(git_repository_set_head(fix->repo, ref));
	commit = head_commit(fix);
	MUST(git_commit_tree(&tree, commit));
	MUST(git_index_read_tree(fix->index, tree));
	git_tree_free(tree);
	git_commit_free(commit);
	free(ref);
}

void gitfix_tag(struct gitfix *fix, const char *name, const char *message)
{
	git_commit *commit = head_commit(fix);
	git_signature *tagger;
	git_oid id;

	MUST(git_signature_new(&tagger, fix->name, fix->email, fix->time, 0));
	if (message)
		MUST(
		    git_tag_create(&id, fix->repo, name, (git_object *)commit, tagger, message, 0));
	else
		MUST(git_tag_create_lightweight(&id, fix->repo, name, (git_object *)commit, 0));
	git_signature_free(tagger);
	git_commit_free(commit);
}

void gitfix_remote(struct gitfix *fix, const char *url)
{
	git_config *config;

	MUST(git_repository_config(&config, fix->repo));
	MUST(git_config_set_string(config, "remote.origin.url", url));
	git_config_free(config);
}

static int pack_object(const git_oid *id, void *builder)
{
	return git_packbuilder_insert(builder, id, NULL);
}

void gitfix_pack(struct gitfix *fix)
{
	const char *dir = gitfix_git_dir(fix);
	git_packbuilder *builder;
	git_odb *odb;

	MUST(git_repository_odb(&odb, fix->repo));
	MUST(git_packbuilder_new(&builder, fix->repo));
	MUST(git_odb_foreach(odb, pack_object, builder));
	MUST(git_packbuilder_write(builder, NULL, 0, NULL, NULL));
	git_packbuilder_free(builder);
	for (int i = 0; i < 256; i++) {
		char *loose = xasprintf("%sobjects/%02x", dir, i);

		gitfix_rmtree(loose);
		free(loose);
	}
	git_odb_refresh(odb);
	git_odb_free(odb);
}

void gitfix_pack_refs(struct gitfix *fix)
{
	git_refdb *refdb;

	MUST(git_repository_refdb(&refdb, fix->repo));
	MUST(git_refdb_compress(refdb));
	git_refdb_free(refdb);
}

char *gitfix_pack_path(struct gitfix *fix, const char *extension)
{
	char *dir = xasprintf("%sobjects/pack", gitfix_git_dir(fix)), *path = NULL;
	DIR *packs = opendir(dir);
	struct dirent *entry;

	while (packs && (entry = readdir(packs))) {
		const char *dot = strrchr(entry->d_name, '.');

		if (!path && dot && !strcmp(dot + 1, extension))
			path = xasprintf("%s/%s", dir, entry->d_name);
	}
	if (!packs || closedir(packs) || !path || chmod(path, 0600))
		die(dir);
	free(dir);
	return path;
}

void gitfix_truncate_packs(struct gitfix *fix, int64_t len)
{
	char *path = gitfix_pack_path(fix, "pack");

	MUST(truncate(path, len));
	free(path);
}

void gitfix_know_extension(const char *name)
{
	MUST(git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, &name, (size_t)1));
}

void gitfix_drop_object(struct gitfix *fix, const char *hex)
{
	char *path = xasprintf("%sobjects/%.2s/%s", gitfix_git_dir(fix), hex, hex + 2);

	MUST(unlink(path));
	free(path);
}

const char *gitfix_id(struct gitfix *fix, const char *path)
{
	git_commit *commit = head_commit(fix);
	git_tree *tree;
	git_tree_entry *entry;

	MUST(git_commit_tree(&tree, commit));
	MUST(git_tree_entry_bypath(&entry, tree, path));
	hex_of(fix, git_tree_entry_id(entry));
	git_tree_entry_free(entry);
	git_tree_free(tree);
	git_commit_free(commit);
	return fix->hex;
}

void gitfix_shallow(struct gitfix *fix, const char *hex)
{
	git_commit *commit;
	git_oid id;
	char *line = xasprintf("%s\n", hex);

	MUST(git_oid_fromstr(&id, hex));
	MUST(git_commit_lookup(&commit, fix->repo, &id));
	for (unsigned i = 0; i < git_commit_parentcount(commit); i++) {
		char parent[GIT_OID_HEXSZ + 1];

		gitfix_drop_object(
		    fix, git_oid_tostr(parent, sizeof(parent), git_commit_parent_id(commit, i)));
	}
	git_commit_free(commit);
	gitfix_write(gitfix_git_dir(fix), "shallow", line);
	free(line);
}

const char *gitfix_object(struct gitfix *fix, const char *type, const void *bytes, size_t len)
{
	git_odb *odb;
	git_oid id;

	MUST(git_repository_odb(&odb, fix->repo));
	MUST(git_odb_write(&id, odb, bytes, len, git_object_string2type(type)));
	git_odb_free(odb);
	return hex_of(fix, &id);
}

/* A zlib stream of stored blocks: nothing is compressed, but everything inflates. */
static void deflate_stored(struct buf *out, const unsigned char *bytes, size_t len)
{
	uint32_t a = 1, b = 0;
	size_t at = 0;

	buf_add(out, "\x78\x01", 2);
	do {
		size_t n = len - at < 65535 ? len - at : 65535;
		unsigned char head[5] = {at + n == len, (unsigned char)n, (unsigned char)(n >> 8),
					 (unsigned char)~n, (unsigned char)(~n >> 8)};

		buf_add(out, head, sizeof(head));
		buf_add(out, bytes + at, n);
		at += n;
	} while (at < len);
	for (size_t i = 0; i < len; i++) {
		a = (a + bytes[i]) % 65521;
		b = (b + a) % 65521;
	}
	for (int shift = 8; shift >= 0; shift -= 8)
		buf_addc(out, (char)(b >> shift));
	for (int shift = 8; shift >= 0; shift -= 8)
		buf_addc(out, (char)(a >> shift));
}

const char *gitfix_liar(struct gitfix *fix, const char *type, const char *size, const void *bytes,
			size_t len, int seed)
{
	struct buf raw = {0}, packed = {0};
	char path[64];

	buf_addf(&raw, "%s %s", type, size);
	buf_addc(&raw, '\0');
	buf_add(&raw, bytes, len);
	deflate_stored(&packed, (const unsigned char *)raw.data, raw.len);
	snprintf(fix->hex, sizeof(fix->hex), "%040x", (unsigned)seed);
	snprintf(path, sizeof(path), "objects/%.2s/%s", fix->hex, fix->hex + 2);
	gitfix_write_bytes(gitfix_git_dir(fix), path, packed.data, packed.len);
	buf_free(&packed);
	buf_free(&raw);
	return fix->hex;
}

void gitfix_worktree(struct gitfix *fix, const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	const char *slash = strrchr(name, '/');
	git_worktree *worktree;

	make_parents(path);
	MUST(git_worktree_add(&worktree, fix->repo, slash ? slash + 1 : name, path, NULL));
	git_worktree_free(worktree);
	free(path);
}

void gitfix_submodule(struct gitfix *fix, struct gitfix *sub, const char *path)
{
	char *modules = xasprintf("%smodules/%s", gitfix_git_dir(fix), path);
	char *work = xasprintf("%s/%s", fix->path, path);
	char *line = xasprintf("gitdir: %s\n", modules);
	char *git_dir = xstrdup(gitfix_git_dir(sub));

	git_dir[strlen(git_dir) - 1] = '\0';
	gitfix_gitlink(fix, path, gitfix_head(sub));
	make_parents(modules);
	make_parents(work);
	MUST(rename(git_dir, modules));
	MUST(rename(sub->path, work));
	gitfix_write(work, ".git", line);
	free(git_dir);
	free(line);
	free(work);
	free(modules);
}
