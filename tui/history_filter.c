#include "tui/history_filter.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/owner.h"
#include "core/text.h"

enum { MAX_WORDS = 16, MAX_VALUES = 16 };

enum key { KEY_ANY, KEY_OWNER, KEY_CHECK, KEY_SERVICE, KEY_TIER, KEY_COUNT };

static const char *const key_names[KEY_COUNT] = {
    [KEY_ANY] = "",	 [KEY_OWNER] = "owner", [KEY_CHECK] = "check", [KEY_SERVICE] = "service",
    [KEY_TIER] = "tier",
};

struct word {
	enum key key;
	bool negated;
	char *values[MAX_VALUES];
	size_t count;
};

struct history_filter {
	char *text; /* the words' values point into it */
	struct word words[MAX_WORDS];
	size_t count;
	unsigned tiers;
	const char *const *owners;
	size_t owner_count;
};

/* ---- reading ---- */

static int find_key(const char *name, size_t len)
{
	for (int key = KEY_OWNER; key < KEY_COUNT; key++)
		if (strlen(key_names[key]) == len && strncasecmp(key_names[key], name, len) == 0)
			return key;
	return -1;
}

static int check_tier(const char *value, const char *word, struct err *err)
{
	if (strcasecmp(value, "none") == 0 || (value[0] >= '1' && value[0] <= '4' && !value[1]))
		return 0;
	return err_set(err, word, "write tier:1 to tier:4, or tier:none", "'%.20s' is not a tier",
		       value);
}

static int read_word(struct word *word, char *text, struct err *err)
{
	char *colon = strchr(text, ':'), *value = text;
	int key = KEY_ANY;

	if (colon) {
		key = find_key(text, (size_t)(colon - text));
		value = colon + 1;
	}
	if (key < 0)
		return err_set(err, text, "the history knows owner: check: service: and tier:",
			       "'%.*s:' is not known here",
			       colon - text > 20 ? 20 : (int)(colon - text), text);
	word->key = (enum key)key;
	for (char *next = value; next && word->count < MAX_VALUES;) {
		value = strsep(&next, ",");
		if (!*value)
			continue;
		if (key == KEY_TIER && check_tier(value, text, err) < 0)
			return -1;
		word->values[word->count++] = value;
	}
	return 0;
}

struct history_filter *history_filter_parse(const char *text, struct err *err)
{
	struct history_filter *filter = xcalloc(1, sizeof(*filter));
	char *next;

	filter->text = xstrdup(text ? text : "");
	next = filter->text;
	while (next && filter->count < MAX_WORDS) {
		struct word *word = &filter->words[filter->count];
		char *at = strsep(&next, " ");

		word->negated = at[0] == '-' && at[1];
		at += word->negated;
		if (!*at)
			continue;
		if (read_word(word, at, err) < 0) {
			history_filter_free(filter);
			return NULL;
		}
		/* "owner:" while it is typed asks for nothing yet. */
		if (word->count > 0)
			filter->count++;
	}
	return filter;
}

void history_filter_free(struct history_filter *filter)
{
	if (filter)
		free(filter->text);
	free(filter);
}

void history_filter_narrow(struct history_filter *filter, unsigned tiers, const char *const *owners,
			   size_t owner_count)
{
	filter->tiers = tiers;
	filter->owners = owners;
	filter->owner_count = owner_count;
}

/* ---- asking ---- */

static bool is_check(const char *check, const char *value)
{
	size_t len = strlen(value);

	if (value[len - 1] == '*')
		return strncasecmp(check, value, len - 1) == 0;
	return strcasecmp(check, value) == 0;
}

static bool value_holds(const struct interval *interval, enum key key, const char *value)
{
	switch (key) {
	case KEY_OWNER:
		return interval->owner ? text_contains(interval->owner, value)
				       : strcasecmp(value, "none") == 0;
	case KEY_CHECK:
		return is_check(interval->check, value);
	case KEY_SERVICE:
		return text_contains(interval->service, value);
	case KEY_TIER:
		return strcasecmp(value, "none") == 0 ? interval->tier == 0
						      : interval->tier == value[0] - '0';
	default:
		return text_contains(interval->service, value) ||
		       text_contains(interval->check, value) ||
		       (interval->owner && text_contains(interval->owner, value));
	}
}

static bool word_holds(const struct interval *interval, const struct word *word)
{
	for (size_t i = 0; i < word->count; i++)
		if (value_holds(interval, word->key, word->values[i]))
			return true;
	return false;
}

static bool is_mine(const struct history_filter *filter, const struct interval *interval)
{
	for (size_t i = 0; i < filter->owner_count; i++) {
		const char *owner = filter->owners[i];

		if (interval->owner && owner_is(owner + (owner[0] == '@'), interval->owner))
			return true;
	}
	return filter->owner_count == 0;
}

bool history_filter_has(const struct history_filter *filter, const struct interval *interval)
{
	unsigned tier = interval->tier < 5 ? interval->tier : 0;

	if ((filter->tiers && !(filter->tiers >> tier & 1)) || !is_mine(filter, interval))
		return false;
	for (size_t i = 0; i < filter->count; i++)
		if (word_holds(interval, &filter->words[i]) == filter->words[i].negated)
			return false;
	return true;
}
