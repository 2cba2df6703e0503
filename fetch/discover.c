#include "fetch/discover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/glob.h"
#include "core/mem.h"
#include "fetch/discover_repo.h"

#define ALIVE_MS  20
#define MAX_DEPTH 128 /* directories below a root: each is a descriptor held open */

/* A directory that is being walked: its subdirectories in name order, and which is next. */
struct level {
	DIR *dir; /* its descriptor is where children are opened from */
	size_t path_len;
	bool in_checkout;
	char *names; /* terminated, one after the other */
	size_t names_len, names_cap;
	size_t *offsets;
	size_t count, cap, next;
};

struct walker {
	const struct discover_options *options;
	const struct discover_sink *sink;
	struct found_set *found;
	char **exclude;
	const char *root;
	size_t root_len;
	struct buf path;
	struct level levels[MAX_DEPTH];
	size_t depth;
	int64_t told_alive_ms;
};

static void report_problem(struct walker *w, const char *reason)
{
	w->sink->problem(w->sink->data, buf_str(&w->path), reason);
}

static void tell_alive(struct walker *w)
{
	struct timespec now;
	int64_t now_ms;

	if (!w->sink->alive)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	if (now_ms - w->told_alive_ms < ALIVE_MS)
		return;
	w->sink->alive(w->sink->data);
	w->told_alive_ms = now_ms;
}

/* Directories of installed packages and caches: whatever repositories they hold are copies. */
static bool is_skipped(const char *name, bool in_checkout)
{
	static const char *const everywhere[] = {".git",       "node_modules", "bower_components",
						 ".terraform", ".cache",       ".cargo",
						 ".npm",       ".gradle",      ".m2",
						 ".venv",      ".tox",	       "__pycache__",
						 ".repo",      ".direnv"};
	static const char *const in_checkouts[] = {"vendor", "third_party", "target", "venv",
						   "deps",   "_build",	    "Pods"};

	for (size_t i = 0; i < ARRAY_LEN(everywhere); i++)
		if (!strcmp(name, everywhere[i]))
			return true;
	for (size_t i = 0; in_checkout && i < ARRAY_LEN(in_checkouts); i++)
		if (!strcmp(name, in_checkouts[i]))
			return true;
	return false;
}

static bool is_excluded(const struct walker *w)
{
	const char *path = buf_str(&w->path);
	const char *relative = path + w->root_len;

	while (*relative == '/')
		relative++;
	for (size_t i = 0; i < w->options->exclude_count; i++) {
		if (glob_match(w->exclude[i], relative, 0))
			return true;
		if (path[0] == '/' && w->exclude[i][0] == '/' &&
		    glob_match(w->exclude[i], path + 1, 0))
			return true;
	}
	return false;
}

/* What a look at one directory's entries shows. */
struct listing {
	bool dot_git, head, objects, refs;
};

static bool is_directory(int fd, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return !fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) && S_ISDIR(st.st_mode);
}

static void add_name(struct level *level, const char *name)
{
	size_t len = strlen(name) + 1;

	if (level->names_len + len > level->names_cap) {
		level->names_cap = mem_grown(level->names_cap, level->names_len + len);
		level->names = xrealloc(level->names, level->names_cap);
	}
	GROW(level->offsets, level->count, level->cap);
	level->offsets[level->count++] = level->names_len;
	memcpy(level->names + level->names_len, name, len);
	level->names_len += len;
}

static int compare_offsets(const void *a, const void *b, void *names)
{
	const char *base = names;

	return strcmp(base + *(const size_t *)a, base + *(const size_t *)b);
}

/* 0, or what went wrong on the way. */
static int list(struct level *level, struct listing *listing)
{
	struct dirent *entry;
	int failed;

	for (errno = 0; (entry = readdir(level->dir)); errno = 0) {
		const char *name = entry->d_name;
		bool directory;

		if (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2])))
			continue;
		directory = is_directory(dirfd(level->dir), entry);
		listing->dot_git |= !strcmp(name, ".git");
		listing->head |= !directory && !strcmp(name, "HEAD");
		listing->objects |= directory && !strcmp(name, "objects");
		listing->refs |= directory && !strcmp(name, "refs");
		if (directory && !is_skipped(name, false))
			add_name(level, name);
	}
	failed = errno;
	if (level->count)
		qsort_r(level->offsets, level->count, sizeof(*level->offsets), compare_offsets,
			level->names);
	return failed;
}

static void leave(struct walker *w)
{
	struct level *level = &w->levels[--w->depth];

	closedir(level->dir);
	free(level->names);
	free(level->offsets);
}

/*
 * Lists the directory at w->path, open at fd, reports a repository there, and makes it
 * the level at which the walk goes on.
 */
static void enter(struct walker *w, int fd, bool in_checkout)
{
	struct level *level = &w->levels[w->depth];
	struct listing listing = {0};
	int failed;

	*level = (struct level){
	    .dir = fdopendir(fd), .path_len = w->path.len, .in_checkout = in_checkout};
	if (!level->dir) {
		report_problem(w, strerror(errno));
		close(fd);
		return;
	}
	w->depth++;
	tell_alive(w);
	failed = list(level, &listing);
	if (failed)
		report_problem(w, strerror(failed));
	if (listing.dot_git) {
		found_work_tree(w->found, fd, buf_str(&w->path));
		level->in_checkout = true;
	} else if (listing.head && listing.objects && listing.refs) {
		found_bare(w->found, fd, buf_str(&w->path));
		level->count = 0; /* nothing else lives in there */
	}
}

static void enter_child(struct walker *w, const struct level *level, const char *name)
{
	int fd;

	if (is_skipped(name, level->in_checkout) || is_excluded(w))
		return;
	if (w->depth == MAX_DEPTH) {
		report_problem(w, "too deep: not entered");
		return;
	}
	fd = openat(dirfd(level->dir), name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0)
		enter(w, fd, level->in_checkout);
	else if (errno != ENOENT && errno != ELOOP && errno != ENOTDIR) /* gone meanwhile */
		report_problem(w, strerror(errno));
}

static void walk(struct walker *w)
{
	while (w->depth) {
		struct level *level = &w->levels[w->depth - 1];
		const char *name;

		if (level->next == level->count) {
			leave(w);
			continue;
		}
		name = level->names + level->offsets[level->next++];
		w->path.len = level->path_len;
		w->path.data[w->path.len] = '\0';
		if (w->path.data[w->path.len - 1] != '/')
			buf_addc(&w->path, '/');
		buf_adds(&w->path, name);
		enter_child(w, level, name);
	}
}

/* A root may be a symbolic link; nothing below it is followed. */
static int walk_root(struct walker *w, const char *root, struct err *err)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return err_set(err, root, errno == ENOENT ? "check the path" : NULL,
			       "cannot be searched for checkouts: %s", strerror(errno));
	buf_reset(&w->path);
	buf_adds(&w->path, root);
	while (w->path.len > 1 && w->path.data[w->path.len - 1] == '/')
		w->path.data[--w->path.len] = '\0';
	w->root = root;
	w->root_len = w->path.len;
	enter(w, fd, false);
	walk(w);
	return 0;
}

/* A pattern for what is in a directory, or for directories alone, is one for the directory. */
static char *clean_pattern(const char *pattern)
{
	size_t len = strlen(pattern);

	for (;;) {
		if (len > 3 && !memcmp(pattern + len - 3, "/**", 3))
			len -= 3;
		else if (len > 1 && pattern[len - 1] == '/')
			len--;
		else
			return xmemdup0(pattern, len);
	}
}

int discover(const struct discover_options *options, const struct discover_sink *sink,
	     struct err *err)
{
	struct walker *w = xcalloc(1, sizeof(*w));
	int ret = 0;

	w->options = options;
	w->sink = sink;
	w->found = found_new(sink);
	w->exclude = xcalloc(options->exclude_count + 1, sizeof(*w->exclude));
	for (size_t i = 0; i < options->exclude_count; i++)
		w->exclude[i] = clean_pattern(options->exclude[i]);
	for (size_t i = 0; i < options->root_count; i++)
		if (walk_root(w, options->roots[i], ret ? NULL : err))
			ret = -1;
	found_finish(w->found);
	for (size_t i = 0; i < options->exclude_count; i++)
		free(w->exclude[i]);
	free(w->exclude);
	buf_free(&w->path);
	free(w);
	return ret;
}
