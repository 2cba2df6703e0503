#include "fetch/git_make.h"

#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"

struct git_make {
	char *path;
	git_repository *repo;
	git_odb *odb;
	git_odb_backend *memory; /* objects until git_make_finish(); freed with the odb */
	git_index *index;
	git_oid head;
	bool has_head;
	bool has_remote;
	bool bare;
	unsigned flags;
};

/* The parent of a shallow repository's oldest commit: an object that nobody has. */
static const char absent_parent[] = "5ba110000000000000000000000000000000c10e";

static int git_failed(const struct git_make *make, const char *what, struct err *err)
{
	const git_error *error = git_error_last();

	return err_set(err, make->path, NULL, "cannot %s: %s", what,
		       error && error->message ? error->message : "libgit2 does not say why");
}

/* Writes (or with O_APPEND adds to) a file of the repository's own, such as `shallow`. */
static int write_git_file(struct git_make *make, const char *name, int mode, const char *text,
			  struct err *err)
{
	char *path = xasprintf("%s%s", git_repository_path(make->repo), name);
	size_t len = strlen(text);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | mode, 0644);
	int rc = 0;

	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		rc = err_set(err, path, NULL, "cannot write: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	free(path);
	return rc;
}

/* By hand: libgit2 1.5 leaks 20 KB for each setting that its pattern does not match. */
static int add_remote(struct git_make *make, const char *url, struct err *err)
{
	char *text = xasprintf("[remote \"origin\"]\n\turl = %s\n"
			       "\tfetch = +refs/heads/*:refs/remotes/origin/*\n",
			       url);
	int rc = write_git_file(make, "config", O_APPEND, text, err);

	free(text);
	return rc;
}

void git_make_init(void)
{
	git_libgit2_init();
}

void git_make_shutdown(void)
{
	git_libgit2_shutdown();
}

struct git_make *git_make_new(const char *path, bool bare, const char *remote, struct err *err)
{
	git_repository_init_options options;
	struct git_make *make = xcalloc(1, sizeof(*make));

	make->path = xstrdup(path);
	make->bare = bare;
	make->has_remote = remote != NULL;
	git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
	options.flags = GIT_REPOSITORY_INIT_MKPATH | GIT_REPOSITORY_INIT_NO_REINIT |
			(bare ? GIT_REPOSITORY_INIT_BARE : 0);
	options.initial_head = "main";
	if (git_repository_init_ext(&make->repo, path, &options) < 0 ||
	    git_repository_odb(&make->odb, make->repo) < 0 || git_mempack_new(&make->memory) < 0 ||
	    git_odb_add_backend(make->odb, make->memory, 999) < 0 ||
	    git_repository_index(&make->index, make->repo) < 0) {
		git_failed(make, "make a repository", err);
		git_make_free(make);
		return NULL;
	}
	if (remote && add_remote(make, remote, err)) {
		git_make_free(make);
		return NULL;
	}
	return make;
}

void git_make_free(struct git_make *make)
{
	if (!make)
		return;
	git_index_free(make->index);
	git_odb_free(make->odb);
	git_repository_free(make->repo);
	free(make->path);
	free(make);
}

void git_make_flag(struct git_make *make, enum git_make_flags flags)
{
	make->flags |= flags;
}

int git_make_file(struct git_make *make, const char *path, const char *bytes, size_t len,
		  struct err *err)
{
	git_index_entry entry = {.mode = GIT_FILEMODE_BLOB, .path = path};

	if (len > 2 && memcmp(bytes, "#!", 2) == 0)
		entry.mode = GIT_FILEMODE_BLOB_EXECUTABLE;
	if (git_index_add_from_buffer(make->index, &entry, bytes, len) < 0)
		return git_failed(make, "add a file", err);
	return 0;
}

int git_make_remove(struct git_make *make, const char *path, struct err *err)
{
	if (git_index_remove(make->index, path, 0) < 0)
		return git_failed(make, "remove a file", err);
	return 0;
}

static void put_commit_text(struct git_make *make, const git_oid *tree, const char *message,
			    const struct git_signature_text *who, struct buf *out)
{
	char hex[GIT_OID_HEXSZ + 1];

	buf_addf(out, "tree %s\n", git_oid_tostr(hex, sizeof(hex), tree));
	if (make->has_head)
		buf_addf(out, "parent %s\n", git_oid_tostr(hex, sizeof(hex), &make->head));
	else if (make->flags & GIT_MAKE_SHALLOW)
		buf_addf(out, "parent %s\n", absent_parent);
	for (int i = 0; i < 2; i++)
		buf_addf(out, "%s %s <%s> %lld +0000\n", i ? "committer" : "author", who->name,
			 who->email, (long long)who->time);
	buf_addf(out, "\n%s\n", message);
}

static int mark_shallow(struct git_make *make, struct err *err)
{
	char line[GIT_OID_HEXSZ + 2];

	git_oid_tostr(line, GIT_OID_HEXSZ + 1, &make->head);
	line[GIT_OID_HEXSZ] = '\n';
	line[GIT_OID_HEXSZ + 1] = '\0';
	return write_git_file(make, "shallow", O_TRUNC, line, err);
}

int git_make_commit(struct git_make *make, const char *message,
		    const struct git_signature_text *who, struct err *err)
{
	struct buf text = {0};
	git_oid tree;
	bool first = !make->has_head;
	int rc;

	if (git_index_write_tree(&tree, make->index) < 0)
		return git_failed(make, "write a tree", err);
	/* By hand, since libgit2 makes no commit whose parent is missing. */
	put_commit_text(make, &tree, message, who, &text);
	rc = git_odb_write(&make->head, make->odb, text.data, text.len, GIT_OBJECT_COMMIT);
	buf_free(&text);
	if (rc < 0)
		return git_failed(make, "write a commit", err);
	make->has_head = true;
	return first && (make->flags & GIT_MAKE_SHALLOW) ? mark_shallow(make, err) : 0;
}

static int write_pack(struct git_make *make, struct err *err)
{
	git_buf pack = GIT_BUF_INIT;
	git_odb_writepack *writer = NULL;
	git_indexer_progress progress = {0};
	int rc = 0;

	if (git_mempack_dump(&pack, make->repo, make->memory) < 0 ||
	    git_odb_write_pack(&writer, make->odb, NULL, NULL) < 0 ||
	    writer->append(writer, pack.ptr, pack.size, &progress) < 0 ||
	    writer->commit(writer, &progress) < 0)
		rc = git_failed(make, "write a pack", err);
	if (writer)
		writer->free(writer);
	git_buf_dispose(&pack);
	return rc;
}

static int write_refs(struct git_make *make, int64_t fetched_at, struct err *err)
{
	static const char remote_main[] = "refs/remotes/origin/main";
	git_reference *ref = NULL, *remote_head = NULL;
	git_signature *who = NULL;
	git_reflog *log = NULL;
	int rc = 0;

	if (git_reference_create(&ref, make->repo, "refs/heads/main", &make->head, 1, NULL) < 0)
		return git_failed(make, "write a ref", err);
	git_reference_free(ref);
	ref = NULL;
	if (make->has_remote &&
	    (git_reference_create(&ref, make->repo, remote_main, &make->head, 1, NULL) < 0 ||
	     git_reference_symbolic_create(&remote_head, make->repo, "refs/remotes/origin/HEAD",
					   remote_main, 1, NULL) < 0 ||
	     git_signature_new(&who, "Demo", "demo@kestrel.example", fetched_at, 0) < 0 ||
	     git_reflog_delete(make->repo, remote_main) < 0 ||
	     git_reflog_read(&log, make->repo, remote_main) < 0 ||
	     git_reflog_append(log, &make->head, who, "fetch: fast-forward") < 0 ||
	     git_reflog_write(log) < 0))
		rc = git_failed(make, "write a remote's refs", err);
	git_reflog_free(log);
	git_signature_free(who);
	git_reference_free(remote_head);
	git_reference_free(ref);
	return rc;
}

static int write_work_tree(struct git_make *make, struct err *err)
{
	git_checkout_options options;

	git_checkout_options_init(&options, GIT_CHECKOUT_OPTIONS_VERSION);
	options.checkout_strategy = GIT_CHECKOUT_FORCE;
	if (git_checkout_index(make->repo, make->index, &options) < 0 ||
	    git_index_write(make->index) < 0)
		return git_failed(make, "write the work tree", err);
	return 0;
}

/* Both branches name a commit that was never written, as after a full disk. */
static int break_refs(struct git_make *make, struct err *err)
{
	static const char absent[] = "0bad0bad0bad0bad0bad0bad0bad0bad0bad0bad\n";

	if (make->has_remote &&
	    write_git_file(make, "refs/remotes/origin/main", O_TRUNC, absent, err))
		return -1;
	return write_git_file(make, "refs/heads/main", O_TRUNC, absent, err);
}

int git_make_finish(struct git_make *make, int64_t fetched_at, struct err *err)
{
	if (!make->has_head)
		return 0;
	if (write_pack(make, err) || write_refs(make, fetched_at, err) ||
	    (!make->bare && write_work_tree(make, err)))
		return -1;
	if (make->flags & GIT_MAKE_BROKEN)
		return break_refs(make, err);
	return 0;
}
