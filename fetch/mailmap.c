#include "fetch/mailmap.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/mem.h"

#define MAILMAP_MAX (1u << 20)

struct text {
	const char *s; /* NULL: not given */
	size_t len;
};

/* old_name of length 0: any name. */
struct mapping {
	struct text old_email, old_name;
	struct text email, name;
	size_t line;
};

struct mailmap {
	struct arena *arena;
	struct mapping *entries; /* by old_email, old_name */
	size_t count, cap;
};

static int compare_text(struct text a, struct text b)
{
	size_t n = a.len < b.len ? a.len : b.len;

	for (size_t i = 0; i < n; i++) {
		int order = tolower((unsigned char)a.s[i]) - tolower((unsigned char)b.s[i]);

		if (order)
			return order;
	}
	return a.len < b.len ? -1 : a.len > b.len;
}

static int compare_keys(const struct mapping *a, const struct mapping *b)
{
	int order = compare_text(a->old_email, b->old_email);

	return order ? order : compare_text(a->old_name, b->old_name);
}

static int compare_entries(const void *a, const void *b)
{
	const struct mapping *x = a, *y = b;
	int order = compare_keys(x, y);

	return order ? order : x->line < y->line ? -1 : x->line > y->line;
}

static struct text trimmed(const char *s, const char *end)
{
	while (s < end && isspace((unsigned char)*s))
		s++;
	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	return (struct text){s, (size_t)(end - s)};
}

/* "name <email>" at *p, which moves behind it; false: there is none. */
static bool take(const char **p, const char *end, struct text *name, struct text *email)
{
	const char *open = memchr(*p, '<', (size_t)(end - *p));
	const char *close = open ? memchr(open, '>', (size_t)(end - open)) : NULL;

	if (!close)
		return false;
	*name = trimmed(*p, open);
	*email = (struct text){open + 1, (size_t)(close - open - 1)};
	*p = close + 1;
	return true;
}

static struct text keep(struct mailmap *map, struct text text)
{
	if (text.len)
		text.s = arena_memdup0(map->arena, text.s, text.len);
	return text;
}

static void add_line(struct mailmap *map, const char *p, const char *end, size_t line)
{
	struct mapping new = {.line = line};
	struct text name, email;

	if (p < end && *p == '#')
		return;
	if (!take(&p, end, &new.name, &new.email) || !new.email.len)
		return;
	if (take(&p, end, &name, &email)) {
		new.old_name = name;
		new.old_email = email;
	} else {
		new.old_email = new.email;
		new.email = (struct text){NULL, 0};
	}
	new.name = keep(map, new.name);
	new.email = keep(map, new.email);
	new.old_name = keep(map, new.old_name);
	new.old_email = keep(map, new.old_email);
	GROW(map->entries, map->count, map->cap);
	map->entries[map->count++] = new;
}

/* Makes one entry of those with the same key: what a later line gives, wins. */
static void merge_entries(struct mailmap *map)
{
	size_t kept = 0;

	if (!map->count)
		return;
	qsort(map->entries, map->count, sizeof(*map->entries), compare_entries);
	for (size_t i = 1; i < map->count; i++) {
		struct mapping *last = &map->entries[kept], *next = &map->entries[i];

		if (compare_keys(last, next) != 0) {
			map->entries[++kept] = *next;
			continue;
		}
		if (next->name.len)
			last->name = next->name;
		if (next->email.len)
			last->email = next->email;
	}
	map->count = kept + 1;
}

struct mailmap *mailmap_parse(const char *text, size_t len)
{
	struct mailmap *map = xcalloc(1, sizeof(*map));
	const char *p = text, *end;
	size_t line = 0;

	map->arena = arena_new();
	end = text + (len < MAILMAP_MAX ? len : MAILMAP_MAX);
	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));

		add_line(map, p, newline ? newline : end, line++);
		p = newline ? newline + 1 : end;
	}
	merge_entries(map);
	return map;
}

void mailmap_free(struct mailmap *map)
{
	if (!map)
		return;
	arena_free(map->arena);
	free(map->entries);
	free(map);
}

static const struct mapping *find(const struct mailmap *map, struct text email, struct text name)
{
	struct mapping key = {.old_email = email, .old_name = name};
	size_t low = 0, high = map->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = compare_keys(&key, &map->entries[mid]);

		if (!order)
			return &map->entries[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

void mailmap_apply(const struct mailmap *map, const char **name, size_t *name_len,
		   const char **email, size_t *email_len)
{
	const struct mapping *found;

	if (!map || !map->count)
		return;
	found = find(map, (struct text){*email, *email_len}, (struct text){*name, *name_len});
	if (!found && *name_len)
		found = find(map, (struct text){*email, *email_len}, (struct text){"", 0});
	if (!found)
		return;
	if (found->name.len) {
		*name = found->name.s;
		*name_len = found->name.len;
	}
	if (found->email.len) {
		*email = found->email.s;
		*email_len = found->email.len;
	}
}
