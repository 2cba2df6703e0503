#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "fetch/git_private.h"

bool repo_ref_per_worktree(const char *name)
{
	return !strcmp(name, "HEAD") || !strncmp(name, "refs/bisect/", 12) ||
	       !strncmp(name, "refs/worktree/", 14) || !strncmp(name, "refs/rewritten/", 15);
}

/* packed-refs holds no symbolic ref, as origin/HEAD is */
bool repo_ref_packs(const char *name)
{
	return strcmp(name, "HEAD") != 0 && strcmp(name, "refs/remotes/origin/HEAD") != 0;
}

bool repo_ref_name_ok(const char *name)
{
	if (!strcmp(name, "HEAD"))
		return true;
	if (strncmp(name, "refs/", 5) != 0 || strlen(name) >= REPO_REF_NAME_MAX)
		return false;
	for (const char *p = name + 4; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
		/* no empty component, none that begins with a dot */
		if (*p == '/' && (p[1] == '/' || p[1] == '.' || p[1] == '\0'))
			return false;
	}
	return true;
}

enum repo_code repo_ref_parse(const char *text, size_t len, struct ref_value *out)
{
	size_t name_len;

	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	if (len > 4 && !memcmp(text, "ref:", 4)) {
		for (text += 4, len -= 4; len && isspace((unsigned char)*text); len--)
			text++;
		name_len = strnlen(text, len);
		if (name_len != len || len >= sizeof(out->target))
			return REPO_CORRUPT;
		memcpy(out->target, text, len);
		out->target[len] = '\0';
		out->kind = REF_SYMBOLIC;
		return repo_ref_name_ok(out->target) ? REPO_OK : REPO_CORRUPT;
	}
	if (len < REPO_HEX || !repo_id_parse(text, &out->id) ||
	    (len > REPO_HEX && !isspace((unsigned char)text[REPO_HEX])))
		return REPO_CORRUPT;
	out->kind = REF_ID;
	return REPO_OK;
}

/* packed-refs may hold 100,000 names: it is searched where it lies, a window at a time. */
#define WINDOW	 8192
#define MAX_LINE (WINDOW / 2)

struct packed {
	int fd;
	const char *name;
	size_t name_len;
	char data[WINDOW];
	off_t at;
	size_t len;
};

static void fill(struct packed *packed, off_t at)
{
	ssize_t n;

	if (packed->len && packed->at == at)
		return;
	n = pread(packed->fd, packed->data, sizeof(packed->data), at);
	packed->at = at;
	packed->len = n > 0 ? (size_t)n : 0;
}

/*
 * Compares the line at p with the name looked for; a line that is no ref (a comment, a
 * peeled tag) comes before everything, so that a search goes on behind it.
 */
static int compare(const struct packed *packed, const char *line, size_t len)
{
	size_t n;
	int order;

	while (len && line[len - 1] == '\r')
		len--;
	if (len <= REPO_HEX + 1 || line[REPO_HEX] != ' ')
		return -1;
	line += REPO_HEX + 1;
	len -= REPO_HEX + 1;
	n = len < packed->name_len ? len : packed->name_len;
	order = memcmp(line, packed->name, n);
	if (order)
		return order;
	return len < packed->name_len ? -1 : len > packed->name_len;
}

/* Looks at every line that begins in [from, to). */
static enum repo_code scan(struct packed *packed, off_t from, off_t to, struct repo_id *id)
{
	while (from < to) {
		const char *p, *end, *newline;

		fill(packed, from);
		if (!packed->len)
			break;
		p = packed->data;
		end = p + packed->len;
		while ((newline = memchr(p, '\n', (size_t)(end - p)))) {
			if (!compare(packed, p, (size_t)(newline - p)))
				return repo_id_parse(p, id) ? REPO_OK : REPO_CORRUPT;
			p = newline + 1;
		}
		/* An editor may have left the last line without its end. */
		if (p < end && from + (off_t)packed->len >= to &&
		    packed->len < sizeof(packed->data) && !compare(packed, p, (size_t)(end - p)))
			return repo_id_parse(p, id) ? REPO_OK : REPO_CORRUPT;
		/* the rest is part of a line, or one too long to be a ref */
		from += p > packed->data ? p - packed->data : (ptrdiff_t)packed->len;
	}
	return REPO_NO_ENTRY;
}

/* Narrows [*from, *to) down to a part of the sorted file where the name's line must begin. */
static void narrow(struct packed *packed, off_t *from, off_t *to)
{
	while (*to - *from > MAX_LINE) {
		off_t mid = *from + (*to - *from) / 2;
		const char *line, *end;

		fill(packed, mid);
		line = memchr(packed->data, '\n', packed->len);
		line = line ? line + 1 : NULL;
		/* a peeled line belongs to the one before */
		if (line && line < packed->data + packed->len && *line == '^') {
			line = memchr(line, '\n', packed->len - (size_t)(line - packed->data));
			line = line ? line + 1 : NULL;
		}
		end = line ? memchr(line, '\n', packed->len - (size_t)(line - packed->data)) : NULL;
		if (!end || packed->at + (line - packed->data) >= *to)
			return;
		if (compare(packed, line, (size_t)(end - line)) <= 0)
			*from = packed->at + (line - packed->data);
		else
			*to = packed->at + (line - packed->data);
	}
}

enum repo_code repo_packed_find(int fd, off_t size, const char *name, struct repo_id *id)
{
	struct packed packed = {.fd = fd, .name = name, .name_len = strlen(name)};
	off_t from = 0, to = size;
	const char *newline;

	fill(&packed, 0);
	newline = memchr(packed.data, '\n', packed.len);
	if (newline && packed.data[0] == '#' &&
	    memmem(packed.data, (size_t)(newline - packed.data), " sorted", 7))
		narrow(&packed, &from, &to);
	return scan(&packed, from, to, id);
}
