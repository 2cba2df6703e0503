/* Opening a repository: where its parts are, and what it is. */

#include <errno.h>
#include <git2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "fetch/git_private.h"

const char *repo_git_reason(void)
{
	const git_error *error = git_error_last();

	return error && error->message ? error->message : "no reason given";
}

/* Starts libgit2, which takes milliseconds, without any configuration of the user's. */
static bool start_libgit2(void)
{
	static const int levels[] = {GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_GLOBAL,
				     GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_PROGRAMDATA};

	if (git_libgit2_init() < 0)
		return false;
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "");
	return true;
}

static bool is_dir(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* What a file with a path in it leads to, seen from dir. */
static char *path_from(struct arena *arena, const char *dir, const char *path)
{
	return path[0] == '/' ? arena_strdup(arena, path) : arena_printf(arena, "%s/%s", dir, path);
}

/* .git is a file: of a linked worktree, of a submodule, or of a repository kept elsewhere. */
static int follow_gitfile(struct repo *repo, const char *dot_git, struct err *err)
{
	struct buf text = {0};
	enum repo_code code = repo_file_read(dot_git, REPO_POINTER_MAX, &text, NULL, err);
	char *target = code ? NULL : repo_gitfile_parse(repo->arena, buf_str(&text), text.len);

	if (target)
		resolved_note_gitfile(repo->notes, &text, target);
	else
		resolved_note_odd(repo->notes);
	buf_free(&text);
	if (code)
		return -1;
	if (!target)
		return err_set(err, dot_git, NULL, "does not say where the repository is");
	repo->facts.linked = true;
	repo->facts.git_dir = path_from(repo->arena, repo->facts.path, target);
	if (!is_dir(repo->facts.git_dir))
		return err_set(err, dot_git, "git worktree repair, or git submodule update --init",
			       "leads to %s, which is not there", target);
	return 0;
}

static void note_owner(struct repo *repo, const struct stat *st)
{
	repo->facts.foreign_owned = st->st_uid != geteuid() && st->st_uid != 0;
}

static int find_git_dir(struct repo *repo, struct err *err)
{
	const char *path = repo->facts.path;
	char *dot_git = arena_printf(repo->arena, "%s/.git", path);
	struct stat st;

	if (stat(dot_git, &st) == 0) {
		note_owner(repo, &st);
		repo->facts.git_dir = dot_git;
		if (S_ISDIR(st.st_mode)) {
			resolved_note_dir(repo->notes, false);
			return 0;
		}
		if (S_ISREG(st.st_mode))
			return follow_gitfile(repo, dot_git, err);
		resolved_note_odd(repo->notes);
		return err_set(err, dot_git, NULL, "is neither a directory nor a file");
	}
	if (errno != ENOENT && errno != ENOTDIR) {
		resolved_note_odd(repo->notes);
		return err_set(err, dot_git, NULL, "cannot be entered: %s", strerror(errno));
	}
	repo->facts.git_dir = path;
	repo->facts.bare = true;
	resolved_note_dir(repo->notes, true);
	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return err_set(err, path, NULL, "is not a directory");
	note_owner(repo, &st);
	if (!is_dir(arena_printf(repo->arena, "%s/objects", path))) {
		resolved_note_odd(repo->notes);
		return err_set(err, path, NULL, "is not a git repository");
	}
	return 0;
}

/* A linked worktree has its own HEAD, but objects and refs of the main repository. */
static int find_common_dir(struct repo *repo, struct err *err)
{
	const char *git_dir = repo->facts.git_dir;
	struct buf text = {0};
	enum repo_code code;
	const char *common;
	char *file;
	size_t len;

	repo->facts.common_dir = git_dir;
	if (!repo->facts.linked)
		return 0;
	file = arena_printf(repo->arena, "%s/commondir", git_dir);
	code = repo_file_read(file, REPO_POINTER_MAX, &text, NULL, err);
	for (len = text.len; len && (text.data[len - 1] == '\n' || text.data[len - 1] == '\r');)
		len--;
	common = len ? arena_memdup0(repo->arena, text.data, len) : ".";
	if (len)
		repo->facts.common_dir = path_from(repo->arena, git_dir, common);
	if (code && code != REPO_NO_ENTRY)
		resolved_note_odd(repo->notes);
	else
		resolved_note_common(repo->notes, code ? NULL : &text, common);
	buf_free(&text);
	if (code && code != REPO_NO_ENTRY)
		return -1;
	if (!is_dir(repo->facts.common_dir))
		return err_set(err, file, "git worktree repair", "leads to %s, which is not there",
			       repo->facts.common_dir);
	return 0;
}

static void note_read(struct repo *repo, enum resolved_file file, enum repo_code code,
		      const struct stat *st, const struct buf *text)
{
	if (code == REPO_OK || code == REPO_NO_ENTRY)
		resolved_note_file(repo->notes, file, code ? NULL : st, text);
	else
		resolved_note_odd(repo->notes);
}

static int read_config(struct repo *repo, struct repo_config *config, struct err *err)
{
	char *path = arena_printf(repo->arena, "%s/config", repo->facts.common_dir);
	struct buf text = {0};
	struct stat st;
	enum repo_code code = repo_file_read(path, REPO_CONFIG_MAX, &text, &st, err);
	int ret = 0;

	note_read(repo, RESOLVED_CONFIG, code, &st, &text);
	if (code == REPO_OK || code == REPO_NO_ENTRY) {
		ret = repo_config_read(buf_str(&text), text.len, repo->arena, config);
		if (ret)
			err_set(err, path, "git config --list shows the line",
				"is not a git configuration");
	}
	buf_free(&text);
	return code == REPO_OK || code == REPO_NO_ENTRY ? ret : -1;
}

static bool libgit2_knows(const char *extension)
{
	git_strarray known = {0};
	bool found = false;

	if (git_libgit2_opts(GIT_OPT_GET_EXTENSIONS, &known))
		return false;
	for (size_t i = 0; i < known.count; i++)
		found |= !strcmp(known.strings[i], extension);
	git_strarray_dispose(&known);
	return found;
}

/* Where libgit2 finds refs in reftable's files. */
static void note_tables(struct repo *repo)
{
	resolved_note_read(repo->notes, RESOLVED_TABLES, repo->facts.git_dir,
			   repo->facts.common_dir);
	if (repo->facts.git_dir != repo->facts.common_dir)
		resolved_note_read(repo->notes, RESOLVED_OWN_TABLES, repo->facts.git_dir,
				   repo->facts.common_dir);
}

/* libgit2 may know an extension that we don't. */
static int open_fallback(struct repo *repo, const struct repo_config *config, struct err *err)
{
	char *where = arena_printf(repo->arena, "%s/config", repo->facts.common_dir);

	if (config->extension)
		repo->libgit2_started = start_libgit2();
	if (!repo->libgit2_started || !libgit2_knows(config->extension) ||
	    git_repository_open_ext(&repo->fallback, repo->facts.path,
				    GIT_REPOSITORY_OPEN_NO_SEARCH, NULL))
		return err_set(err, where, "a clone in git's usual format can be read",
			       "this repository cannot be read: %s", config->unsupported);
	note_tables(repo);
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct repo_id));
}

static int read_shallow(struct repo *repo, struct err *err)
{
	char *path = arena_printf(repo->arena, "%s/shallow", repo->facts.common_dir);
	struct buf text = {0};
	struct stat st;
	size_t cap = 0;
	enum repo_code code = repo_file_read(path, REPO_SHALLOW_MAX, &text, &st, err);

	note_read(repo, RESOLVED_SHALLOW, code, &st, &text);
	for (size_t at = 0; code == REPO_OK && at + REPO_HEX <= text.len;) {
		char *newline = memchr(text.data + at, '\n', text.len - at);
		size_t end = newline ? (size_t)(newline - text.data) : text.len;

		GROW(repo->boundary, repo->boundary_count, cap);
		if (end - at >= REPO_HEX &&
		    repo_id_parse(text.data + at, &repo->boundary[repo->boundary_count]))
			repo->boundary_count++;
		at = end + 1;
	}
	if (repo->boundary_count)
		qsort(repo->boundary, repo->boundary_count, sizeof(*repo->boundary), compare_ids);
	repo->facts.shallow = repo->boundary_count > 0;
	buf_free(&text);
	return code == REPO_OK || code == REPO_NO_ENTRY ? 0 : -1;
}

bool repo_is_boundary(const struct repo *repo, const struct repo_id *id)
{
	return repo->boundary_count && bsearch(id, repo->boundary, repo->boundary_count,
					       sizeof(*repo->boundary), compare_ids);
}

static int open_parts(struct repo *repo, struct err *err)
{
	struct repo_config config = {0};

	if (find_git_dir(repo, err) || find_common_dir(repo, err) ||
	    read_config(repo, &config, err))
		return -1;
	if (config.remote)
		repo->facts.remote = repo_url_public(repo->arena, config.remote);
	repo->facts.partial = config.partial;
	repo->facts.bare |= config.bare && !repo->facts.linked;
	if (read_shallow(repo, err) || (config.unsupported && open_fallback(repo, &config, err)))
		return -1;
	repo->odb =
	    objects_open(arena_printf(repo->arena, "%s/objects", repo->facts.common_dir), err);
	if (!repo->odb)
		resolved_note_odd(repo->notes);
	return repo->odb ? 0 : -1;
}

struct repo *repo_open(const char *path, struct err *err)
{
	return repo_open_noting(path, NULL, err);
}

struct repo *repo_open_noting(const char *path, struct resolved_notes *notes, struct err *err)
{
	struct repo *repo = xcalloc(1, sizeof(*repo));

	repo->notes = notes;
	repo->arena = arena_new();
	repo->facts.path = arena_strdup(repo->arena, path);
	if (open_parts(repo, err)) {
		repo_close(repo);
		return NULL;
	}
	return repo;
}

void repo_close(struct repo *repo)
{
	if (!repo)
		return;
	objects_close(repo->odb);
	git_repository_free(repo->fallback);
	if (repo->libgit2_started)
		git_libgit2_shutdown();
	arena_free(repo->arena);
	free(repo->boundary);
	free(repo);
}

const struct repo_facts *repo_facts(const struct repo *repo)
{
	return &repo->facts;
}

void repo_library_version(char *out, size_t size)
{
	int major = 0, minor = 0, patch = 0;

	git_libgit2_version(&major, &minor, &patch);
	snprintf(out, size, "%d.%d.%d", major, minor, patch);
}
