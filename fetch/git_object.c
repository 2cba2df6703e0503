/* Raw git objects: ids, trees and commits, parsed where they lie. */

#include <ctype.h>
#include <string.h>

#include "fetch/git_private.h"

/* The value of each hex digit plus one. */
static const unsigned char hex_values[256] = {
    ['0'] = 1,	['1'] = 2,  ['2'] = 3,	['3'] = 4,  ['4'] = 5,	['5'] = 6,  ['6'] = 7,	['7'] = 8,
    ['8'] = 9,	['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16};

bool repo_id_parse(const char *hex, struct repo_id *id)
{
	for (size_t i = 0; i < sizeof(id->bytes); i++) {
		unsigned high = hex_values[(unsigned char)hex[2 * i]];
		unsigned low = high ? hex_values[(unsigned char)hex[2 * i + 1]] : 0;

		if (!low)
			return false;
		id->bytes[i] = (unsigned char)((high - 1) << 4 | (low - 1));
	}
	return true;
}

void repo_id_hex(const struct repo_id *id, char hex[REPO_HEX + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < sizeof(id->bytes); i++) {
		hex[2 * i] = digits[id->bytes[i] >> 4];
		hex[2 * i + 1] = digits[id->bytes[i] & 15];
	}
	hex[REPO_HEX] = '\0';
}

bool repo_id_equal(const struct repo_id *a, const struct repo_id *b)
{
	return !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

/* Mode, entry names: fsck's idea of what no tree may hold. */
static bool is_entry_name(const char *name, size_t len)
{
	if (!len || memchr(name, '/', len))
		return false;
	return name[0] != '.' || (len > 1 && (name[1] != '.' || len > 2));
}

static bool kind_of_mode(unsigned mode, enum repo_kind *kind)
{
	switch (mode & 0170000) {
	case 0040000:
		*kind = REPO_DIR;
		return true;
	case 0100000:
		*kind = mode & 0100 ? REPO_EXEC : REPO_FILE;
		return true;
	case 0120000:
		*kind = REPO_LINK;
		return true;
	case 0160000:
		*kind = REPO_GITLINK;
		return true;
	default:
		return false;
	}
}

bool repo_tree_next(struct repo_tree *tree, struct repo_entry *entry)
{
	const char *p = tree->bytes + tree->pos, *end = tree->bytes + tree->len, *nul;
	unsigned mode = 0;

	if (tree->corrupt || p == end)
		return false;
	tree->corrupt = true; /* until all of the entry has been seen */
	for (; p < end && *p >= '0' && *p <= '7' && mode < 01000000; p++)
		mode = mode << 3 | (unsigned)(*p - '0');
	if (p == end || *p++ != ' ' || !kind_of_mode(mode, &entry->kind))
		return false;
	nul = memchr(p, '\0', (size_t)(end - p));
	if (!nul || (size_t)(end - nul) <= sizeof(entry->id.bytes))
		return false;
	entry->name = p;
	entry->name_len = (size_t)(nul - p);
	if (!is_entry_name(entry->name, entry->name_len))
		return false;
	memcpy(entry->id.bytes, nul + 1, sizeof(entry->id.bytes));
	tree->pos = (size_t)(nul + 1 - tree->bytes) + sizeof(entry->id.bytes);
	tree->corrupt = false;
	return true;
}

void repo_tree_rewind(struct repo_tree *tree)
{
	tree->pos = 0;
	tree->corrupt = false;
}

/* Seconds since 1970, up to the year 9999; 0 for what is no such number. */
static int64_t parse_time(const char *p, const char *end)
{
	int64_t time = 0;

	while (p < end && *p == ' ')
		p++;
	for (; p < end && isdigit((unsigned char)*p); p++) {
		time = time * 10 + (*p - '0');
		if (time > INT64_C(253402300799))
			return 0;
	}
	return time;
}

static void trim(const char **text, size_t *len)
{
	while (*len && isspace((unsigned char)**text)) {
		(*text)++;
		(*len)--;
	}
	while (*len && isspace((unsigned char)(*text)[*len - 1]))
		(*len)--;
}

/* "Name <email> 1700000000 +0100", leniently: history has every mistake in it. */
static void parse_person(const char *p, const char *end, struct repo_person *person)
{
	const char *open = memchr(p, '<', (size_t)(end - p));
	const char *close = memrchr(p, '>', (size_t)(end - p));

	*person = (struct repo_person){.name = p, .email = end};
	if (!open || !close || close < open) {
		person->name_len = (size_t)((open ? open : end) - p);
		trim(&person->name, &person->name_len);
		return;
	}
	person->name_len = (size_t)(open - p);
	person->email = open + 1;
	person->email_len = (size_t)(close - open - 1);
	trim(&person->name, &person->name_len);
	trim(&person->email, &person->email_len);
	person->time = parse_time(close + 1, end);
}

/* The rest of the line at *p after key, or NULL; *p moves to the next line. */
static const char *take_header(const char **p, const char *end, const char *key,
			       const char **value_end)
{
	size_t len = strlen(key);
	const char *newline, *value;

	if ((size_t)(end - *p) < len || memcmp(*p, key, len) != 0)
		return NULL;
	newline = memchr(*p, '\n', (size_t)(end - *p));
	if (!newline)
		return NULL;
	value = *p + len;
	*value_end = newline;
	*p = newline + 1;
	return value;
}

#define PARENT_LINE 48 /* "parent ", the id, a newline */

int repo_commit_parse(const char *text, size_t len, struct repo_commit *commit)
{
	const char *p = text, *end = text + len, *value, *value_end;
	struct repo_id id;

	value = take_header(&p, end, "tree ", &value_end);
	if (!value || value_end - value != REPO_HEX || !repo_id_parse(value, &commit->tree))
		return -1;
	commit->parents = p;
	commit->parent_count = 0;
	while ((value = take_header(&p, end, "parent ", &value_end))) {
		if (value_end - value != REPO_HEX || !repo_id_parse(value, &id))
			return -1;
		commit->parent_count++;
	}
	commit->author = commit->committer = (struct repo_person){.name = p, .email = p};
	if ((value = take_header(&p, end, "author ", &value_end)))
		parse_person(value, value_end, &commit->author);
	if ((value = take_header(&p, end, "committer ", &value_end)))
		parse_person(value, value_end, &commit->committer);
	value = memmem(p > text ? p - 1 : p, (size_t)(end - p) + (p > text), "\n\n", 2);
	commit->message = value ? value + 2 : end;
	commit->message_len = (size_t)(end - commit->message);
	return 0;
}

struct repo_id repo_commit_parent(const struct repo_commit *commit, size_t i)
{
	struct repo_id id = {0};

	repo_id_parse(commit->parents + i * PARENT_LINE + 7, &id);
	return id;
}
