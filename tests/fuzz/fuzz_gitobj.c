/* Trees, commits, refs, packed-refs, config and .git files: the first byte says which. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/mem.h"
#include "fetch/git_private.h"

static void tree(const char *text, size_t len)
{
	struct repo_tree tree = {.bytes = text, .len = len};
	struct repo_entry entry;

	while (repo_tree_next(&tree, &entry))
		if (strlen(entry.name) != entry.name_len || !entry.name_len ||
		    strchr(entry.name, '/') || tree.pos > len)
			abort();
}

static void commit(const char *text, size_t len)
{
	struct repo_commit commit;

	if (repo_commit_parse(text, len, &commit))
		return;
	for (size_t i = 0; i < commit.parent_count; i++)
		repo_commit_parent(&commit, i);
	if (commit.message + commit.message_len != text + len)
		abort();
	if (commit.author.name + commit.author.name_len > text + len ||
	    commit.committer.email + commit.committer.email_len > text + len)
		abort();
}

static void ref(const char *text, size_t len)
{
	struct ref_value value;

	if (repo_ref_parse(text, len, &value) == REPO_OK && value.kind == REF_SYMBOLIC &&
	    (strstr(value.target, "..") == value.target || strstr(value.target, "/../")))
		abort();
}

static void packed(const char *text, size_t len)
{
	int fd = memfd_create("packed-refs", MFD_CLOEXEC);
	struct repo_id id;

	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		abort();
	repo_packed_find(fd, (off_t)len, "refs/heads/main", &id);
	repo_packed_find(fd, (off_t)len, "refs/tags/v1", &id);
	close(fd);
}

static void config(const char *text, size_t len)
{
	struct arena *arena = arena_new();
	struct repo_config config;

	repo_config_read(text, len, arena, &config);
	if (config.remote) {
		const char *url = repo_url_public(arena, config.remote);

		/* no password: what stands between the scheme and the @ has no colon */
		if (url && !strncmp(url, "https://", 8) &&
		    memchr(url + 8, '@', strcspn(url + 8, "/?#")))
			abort();
	}
	arena_free(arena);
}

static void gitfile(const char *text, size_t len)
{
	struct arena *arena = arena_new();

	repo_gitfile_parse(arena, text, len);
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const parsers[])(const char *, size_t) = {tree,	commit, ref,
								packed, config, gitfile};
	char *text;

	if (!size)
		return 0;
	text = xmemdup0(data + 1, size - 1);
	parsers[data[0] % ARRAY_LEN(parsers)](text, size - 1);
	free(text);
	return 0;
}
