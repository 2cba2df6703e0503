#include "fetch/discover_repo.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/mem.h"
#include "fetch/git_private.h"

/* What makes two paths the same repository: its common directory. */
struct key {
	dev_t dev;
	ino_t ino;
};

struct waiting {
	const char *path;
	const char *git_dir;
	enum discover_kind kind;
	struct key key;
};

struct found_set {
	const struct discover_sink *sink;
	struct arena *arena;
	struct key *keys; /* open addressing; ino 0 is free */
	size_t key_count, key_size;
	const char **git_dirs; /* of what was reported, for their remotes */
	size_t count, cap;
	struct waiting *waiting;
	size_t waiting_count, waiting_cap;
};

struct found_set *found_new(const struct discover_sink *sink)
{
	struct found_set *set = xcalloc(1, sizeof(*set));

	set->sink = sink;
	set->arena = arena_new();
	return set;
}

static struct key *place(const struct found_set *set, struct key key)
{
	size_t at = (size_t)(key.ino * UINT64_C(0x9e3779b97f4a7c15) >> 24) ^ (size_t)key.dev;

	for (at &= set->key_size - 1; set->keys[at].ino; at = (at + 1) & (set->key_size - 1))
		if (set->keys[at].ino == key.ino && set->keys[at].dev == key.dev)
			break;
	return &set->keys[at];
}

static void grow_keys(struct found_set *set)
{
	struct key *old = set->keys;
	size_t old_size = set->key_size;

	set->key_size = old_size ? old_size * 2 : 256;
	set->keys = xcalloc(set->key_size, sizeof(*set->keys));
	for (size_t i = 0; i < old_size; i++)
		if (old[i].ino)
			*place(set, old[i]) = old[i];
	free(old);
}

/* Notes the repository; false: it was seen before. */
static bool is_new(struct found_set *set, struct key key)
{
	struct key *slot;

	if (set->key_count * 2 >= set->key_size)
		grow_keys(set);
	slot = place(set, key);
	if (slot->ino)
		return false;
	*slot = key;
	set->key_count++;
	return true;
}

static void report(struct found_set *set, const char *path, const char *git_dir,
		   enum discover_kind kind)
{
	if (git_dir) {
		GROW(set->git_dirs, set->count, set->cap);
		set->git_dirs[set->count++] = git_dir;
	}
	set->sink->found(set->sink->data, path, kind);
}

static void wait_for_end(struct found_set *set, const char *path, const char *git_dir,
			 enum discover_kind kind, struct key key)
{
	GROW(set->waiting, set->waiting_count, set->waiting_cap);
	set->waiting[set->waiting_count++] =
	    (struct waiting){arena_strdup(set->arena, path), git_dir, kind, key};
}

/* dir/path, or path when that is absolute. */
static char *join(struct arena *arena, const char *dir, const char *path)
{
	return path[0] == '/' ? arena_strdup(arena, path) : arena_printf(arena, "%s/%s", dir, path);
}

static char *read_pointer(struct found_set *set, const char *path)
{
	struct buf text = {0};
	char *copy = NULL;

	if (repo_file_read(path, REPO_POINTER_MAX, &text, NULL, NULL) == REPO_OK) {
		while (text.len &&
		       (text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r'))
			text.len--;
		copy = arena_memdup0(set->arena, buf_str(&text), text.len);
	}
	buf_free(&text);
	return copy;
}

/* .git is a file. */
static void found_gitfile(struct found_set *set, const char *path)
{
	char *text = read_pointer(set, arena_printf(set->arena, "%s/.git", path));
	char *target = text ? repo_gitfile_parse(set->arena, text, strlen(text)) : NULL;
	char *git_dir, *common;
	struct stat st;

	if (!target) {
		report(set, path, NULL, DISCOVER_BROKEN);
		return;
	}
	git_dir = join(set->arena, path, target);
	common = read_pointer(set, arena_printf(set->arena, "%s/commondir", git_dir));
	if (common)
		common = join(set->arena, git_dir, common);
	if (stat(common ? common : git_dir, &st) || !S_ISDIR(st.st_mode))
		report(set, path, NULL, DISCOVER_BROKEN);
	else if (common)
		wait_for_end(set, path, common, DISCOVER_LINKED,
			     (struct key){st.st_dev, st.st_ino});
	else if (strstr(git_dir, "/modules/"))
		wait_for_end(set, path, git_dir, DISCOVER_SUBMODULE,
			     (struct key){st.st_dev, st.st_ino});
	else if (is_new(set, (struct key){st.st_dev, st.st_ino}))
		report(set, path, git_dir, DISCOVER_WORKTREE);
}

void found_work_tree(struct found_set *set, int fd, const char *path)
{
	struct stat st, head;

	if (fstatat(fd, ".git", &st, 0)) {
		report(set, path, NULL, DISCOVER_BROKEN);
	} else if (S_ISREG(st.st_mode)) {
		found_gitfile(set, path);
	} else if (!S_ISDIR(st.st_mode) || fstatat(fd, ".git/HEAD", &head, AT_SYMLINK_NOFOLLOW)) {
		report(set, path, NULL, DISCOVER_BROKEN);
	} else if (is_new(set, (struct key){st.st_dev, st.st_ino})) {
		report(set, path, arena_printf(set->arena, "%s/.git", path), DISCOVER_WORKTREE);
	}
}

void found_bare(struct found_set *set, int fd, const char *path)
{
	struct stat st;

	if (!fstat(fd, &st) && is_new(set, (struct key){st.st_dev, st.st_ino}))
		report(set, path, arena_strdup(set->arena, path), DISCOVER_BARE);
}

/*
 * The remote as "host/path", without what differs between two ways of naming one
 * repository: scheme, user, port, ".git", case of the host. NULL: there is none.
 */
static char *remote_of(struct found_set *set, const char *git_dir)
{
	struct buf text = {0};
	struct repo_config config;
	char *url, *p, *slash;
	size_t len;

	repo_file_read(arena_printf(set->arena, "%s/config", git_dir), REPO_CONFIG_MAX, &text, NULL,
		       NULL);
	repo_config_read(buf_str(&text), text.len, set->arena, &config);
	buf_free(&text);
	if (!config.remote)
		return NULL;
	url = arena_strdup(set->arena, config.remote);
	if ((p = strstr(url, "://"))) {
		url = p + 3;
		slash = strchr(url, '/');
		if ((p = memrchr(url, '@', slash ? (size_t)(slash - url) : strlen(url))))
			url = p + 1;
	} else {
		if ((p = strchr(url, '@')))
			url = p + 1;
		if ((p = strchr(url, ':')) && p[1] != '/')
			*p = '/'; /* host:path */
	}
	len = strlen(url);
	while (len && url[len - 1] == '/')
		url[--len] = '\0';
	if (len > 4 && !strcmp(url + len - 4, ".git"))
		url[len - 4] = '\0';
	for (p = url; *p && *p != '/'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return url;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Submodules whose repository is here in full, or in another checkout, are not reported. */
static void finish_submodules(struct found_set *set)
{
	char **remotes = NULL;
	size_t count = 0, cap = 0, known;

	for (size_t i = 0; i < set->count; i++) {
		char *remote = remote_of(set, set->git_dirs[i]);

		if (!remote)
			continue;
		GROW(remotes, count, cap);
		remotes[count++] = remote;
	}
	known = count;
	if (known)
		qsort(remotes, known, sizeof(*remotes), compare_strings);
	for (size_t i = 0; i < set->waiting_count; i++) {
		struct waiting *w = &set->waiting[i];
		char *remote;
		bool seen;

		if (w->kind != DISCOVER_SUBMODULE || !is_new(set, w->key))
			continue;
		remote = remote_of(set, w->git_dir);
		seen = remote && known &&
		       bsearch(&remote, remotes, known, sizeof(*remotes), compare_strings);
		for (size_t k = known; remote && k < count && !seen; k++)
			seen = !strcmp(remotes[k], remote);
		if (seen)
			continue;
		if (remote) {
			GROW(remotes, count, cap);
			remotes[count++] = remote;
		}
		report(set, w->path, NULL, DISCOVER_SUBMODULE);
	}
	free(remotes);
}

void found_finish(struct found_set *set)
{
	bool submodules = false;

	for (size_t i = 0; i < set->waiting_count; i++) {
		struct waiting *w = &set->waiting[i];

		submodules |= w->kind == DISCOVER_SUBMODULE;
		if (w->kind == DISCOVER_LINKED && is_new(set, w->key))
			report(set, w->path, w->git_dir, DISCOVER_LINKED);
	}
	if (submodules)
		finish_submodules(set);
	free(set->waiting);
	free(set->git_dirs);
	free(set->keys);
	arena_free(set->arena);
	free(set);
}
