#include <string.h>

#include "core/buf.h"
#include "fetch/history_private.h"

#define MAILMAP_BYTES (1u << 20)

char *history_utf8(struct arena *arena, const char *text, size_t len)
{
	struct buf out = {0};
	bool valid = true;
	char *copy;
	size_t i = 0;

	while (i < len && valid) {
		unsigned char c = (unsigned char)text[i];
		size_t more = c < 0x80 ? 0 : c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;

		valid = c < 0x80 || (c >= 0xc2 && c <= 0xf4 && len - i > more);
		for (size_t k = 1; valid && k <= more; k++)
			valid = ((unsigned char)text[i + k] & 0xc0) == 0x80;
		if (valid && i + more >= HISTORY_TEXT_MAX)
			break;
		i += more + 1;
	}
	if (valid)
		return arena_memdup0(arena, text, i < len ? i : len);
	for (i = 0; i < len && out.len < HISTORY_TEXT_MAX - 1; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x80)
			buf_addc(&out, (char)(0xc0 | c >> 6));
		buf_addc(&out, (char)(c < 0x80 ? c : 0x80 | (c & 0x3f)));
	}
	copy = arena_memdup0(arena, buf_str(&out), out.len);
	buf_free(&out);
	return copy;
}

char *history_subject(struct arena *arena, const struct repo_commit *commit)
{
	const char *text = commit->message;
	size_t len = commit->message_len;
	const char *newline;

	while (len && (*text == '\n' || *text == ' ')) {
		text++;
		len--;
	}
	newline = memchr(text, '\n', len);
	return history_utf8(arena, text, newline ? (size_t)(newline - text) : len);
}

struct mailmap *history_mailmap(struct repo *repo, const struct repo_id *head)
{
	struct repo_commit commit;
	struct repo_entry entry;
	struct repo_bytes bytes;
	struct mailmap *map = NULL;

	if (repo_commit(repo, head, &commit, NULL))
		return NULL;
	if (!repo_find(repo, &commit.tree, ".mailmap", &entry, NULL) &&
	    (entry.kind == REPO_FILE || entry.kind == REPO_EXEC) &&
	    !repo_blob(repo, &entry.id, MAILMAP_BYTES, &bytes, NULL)) {
		map = mailmap_parse(bytes.bytes, bytes.len);
		repo_bytes_free(&bytes);
	}
	repo_commit_free(&commit);
	return map;
}
