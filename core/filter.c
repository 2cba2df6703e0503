#include "core/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/filter_internal.h"
#include "core/mem.h"
#include "core/text.h"

enum { MAX_TERMS = 32, MAX_VALUES = 16 };

enum term_kind {
	TERM_OWNER,
	TERM_TIER,
	TERM_STATUS,
	TERM_CHECK,
	TERM_LANG,
	TERM_TYPE,
	TERM_LIFECYCLE,
	TERM_DEP,
	TERM_STATE,
	TERM_LIVE,
	TERM_WORD
};

static const char *const keys[] = {"owner", "tier",	 "status", "check", "lang",
				   "type",  "lifecycle", "dep",	   "state", "live"};

struct term {
	enum term_kind kind;
	bool negated;
	const char *values[MAX_VALUES]; /* in lower case */
	size_t value_count;
	uint64_t mask; /* WORD: its letters */
	unsigned set;  /* TIER: bits 1 << tier; STATUS: bits 1 << status; STATE: likewise; LIVE */

	/* for one build of an index */
	bool *ids;	    /* OWNER, TYPE, LIFECYCLE, WORD (owners): which texts match */
	uint64_t languages; /* LANG, WORD: which languages match */
	uint64_t checks;    /* CHECK, WORD: which checks match */
	bool *rows;	    /* DEP */
};

struct filter {
	struct arena *arena;
	struct term terms[MAX_TERMS];
	size_t term_count;
	unsigned tiers;
	bool broken;
	const char **mine;
	size_t mine_count;
	bool *mine_ids;

	const struct filter_index *index; /* what it was prepared for */
	uint64_t build;
	unsigned statuses;   /* of all status: terms, else the gap's */
	bool any_check;	     /* has a check: term, to which status: belongs then */
	uint64_t row_checks; /* in lists of gaps: what check: terms leave */
};

const char *filter_key(size_t index)
{
	return index < ARRAY_LEN(keys) ? keys[index] : NULL;
}

/* Parsing */

static int bad_value(struct err *err, const char *word, const char *fix)
{
	return err_set(err, word, fix, "'%s' means nothing here", word);
}

static int parse_tier(struct term *term, const char *value, const char *word, struct err *err)
{
	if (strcmp(value, "none") == 0 || strcmp(value, "unset") == 0) {
		term->set |= 1;
		return 0;
	}
	char from = value[0], to = value[0];
	if (from && value[1] == '-' && value[2] && !value[3])
		to = value[2];
	else if (from && value[1])
		from = 0;
	if (from < '1' || from > '4' || to < from || to > '4')
		return bad_value(err, word, "write tier:1, tier:1-2, tier:2,3 or tier:none");
	for (char tier = from; tier <= to; tier++)
		term->set |= 1u << (tier - '0');
	return 0;
}

static int parse_status(struct term *term, const char *value, const char *word, struct err *err)
{
	for (int i = 0; i < 5; i++)
		if (strcmp(status_name((enum status)i), value) == 0) {
			term->set |= 1u << i;
			return 0;
		}
	return bad_value(err, word, "write status:pass, gap, unknown, waived or n/a");
}

static int parse_state(struct term *term, const char *value, const char *word, struct err *err)
{
	if (strcmp(value, "broken") == 0)
		term->set |= 1u << STATE_BROKEN;
	else if (strcmp(value, "empty") == 0)
		term->set |= 1u << STATE_EMPTY;
	else if (strcmp(value, "ok") == 0)
		term->set |= 1u << STATE_SERVICE;
	else
		return bad_value(err, word, "write state:broken, state:empty or state:ok");
	return 0;
}

static const struct {
	const char *word;
	unsigned bits;
} live_words[] = {
    {"burning", LIVE_WARNING | LIVE_CRITICAL},
    {"critical", LIVE_CRITICAL},
    {"warning", LIVE_WARNING},
    {"down", LIVE_DOWN},
    {"silenced", LIVE_SILENCED},
    {"ok", LIVE_OK},
    {"unknown", LIVE_UNKNOWN},
    {"red", LIVE_RED},
};

const char *filter_live_word(size_t index)
{
	return index < ARRAY_LEN(live_words) ? live_words[index].word : NULL;
}

static int parse_live(struct term *term, const char *value, const char *word, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(live_words); i++)
		if (strcmp(live_words[i].word, value) == 0) {
			term->set |= live_words[i].bits;
			return 0;
		}
	return bad_value(err, word,
			 "write live:burning, critical, warning, down, silenced, ok, unknown or "
			 "red");
}

static int parse_values(struct filter *filter, struct term *term, const char *list,
			const char *word, struct err *err)
{
	while (*list && term->value_count < MAX_VALUES) {
		size_t len = strcspn(list, ",");
		char *value = arena_memdup0(filter->arena, list, len);
		int result = 0;
		if (len > 0)
			term->values[term->value_count++] = value;
		if (len > 0 && term->kind == TERM_TIER)
			result = parse_tier(term, value, word, err);
		else if (len > 0 && term->kind == TERM_STATUS)
			result = parse_status(term, value, word, err);
		else if (len > 0 && term->kind == TERM_STATE)
			result = parse_state(term, value, word, err);
		else if (len > 0 && term->kind == TERM_LIVE)
			result = parse_live(term, value, word, err);
		if (result < 0)
			return -1;
		list += len + (list[len] == ',');
	}
	return 0;
}

static int find_key(const char *word, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (strlen(keys[i]) == len && strncmp(keys[i], word, len) == 0)
			return (int)i;
	return -1;
}

static int unknown_key(const char *word, size_t len, struct err *err)
{
	char key[40];
	snprintf(key, sizeof(key), "%.*s", (int)(len < 39 ? len : 39), word);
	const char *near = text_suggest(key, keys, ARRAY_LEN(keys));
	char fix[128];
	snprintf(fix, sizeof(fix), "did you mean %s: ?", near ? near : "owner");
	return err_set(err, word,
		       near ? fix : "owner tier status check lang type lifecycle dep state live",
		       "there is no '%s:'", key);
}

static int parse_word(struct filter *filter, const char *raw, struct err *err)
{
	struct term *term = &filter->terms[filter->term_count];
	const char *word = filter_fold(filter->arena, raw);
	*term = (struct term){.kind = TERM_WORD};
	if (*word == '-' && word[1]) {
		term->negated = true;
		word++;
	}
	const char *colon = strchr(word, ':');
	if (!colon) {
		term->values[term->value_count++] = word;
		term->mask = text_mask(word);
	} else {
		int key = find_key(word, (size_t)(colon - word));
		if (key < 0)
			return unknown_key(word, (size_t)(colon - word), err);
		term->kind = (enum term_kind)key;
		if (parse_values(filter, term, colon + 1, raw, err) < 0)
			return -1;
		if (term->value_count == 0) /* being typed: not yet a condition */
			return 0;
	}
	filter->term_count++;
	return 0;
}

struct filter *filter_parse(const char *text, struct err *err)
{
	struct filter *filter = xcalloc(1, sizeof(*filter));
	filter->arena = arena_new();
	while (*text) {
		size_t len = strcspn(text, " \t\n");
		char *word = len > 0 ? xmemdup0(text, len) : NULL;
		int result = 0;
		if (word && filter->term_count == MAX_TERMS)
			result = err_set(err, word, NULL, "more than %d words", MAX_TERMS);
		else if (word)
			result = parse_word(filter, word, err);
		free(word);
		if (result < 0) {
			filter_free(filter);
			return NULL;
		}
		text += len;
		text += strspn(text, " \t\n");
	}
	return filter;
}

static void unprepare(struct filter *filter)
{
	for (size_t i = 0; i < filter->term_count; i++) {
		free(filter->terms[i].ids);
		free(filter->terms[i].rows);
		filter->terms[i].ids = filter->terms[i].rows = NULL;
	}
	free(filter->mine_ids);
	filter->mine_ids = NULL;
	filter->index = NULL;
}

void filter_free(struct filter *filter)
{
	if (!filter)
		return;
	unprepare(filter);
	arena_free(filter->arena);
	free(filter);
}

void filter_set_tiers(struct filter *filter, unsigned tiers)
{
	filter->tiers = tiers;
}

void filter_set_broken(struct filter *filter, bool broken)
{
	filter->broken = broken;
}

void filter_set_mine(struct filter *filter, const char *const *owners, size_t count)
{
	unprepare(filter);
	filter->mine = arena_alloc(filter->arena, (count + 1) * sizeof(*filter->mine));
	filter->mine_count = count;
	for (size_t i = 0; i < count; i++) {
		const char *name = owners[i][0] == '@' ? owners[i] + 1 : owners[i];
		filter->mine[i] = filter_fold(filter->arena, name);
	}
}

/* What a filter asks of texts that many services share is worked out once a build. */

static bool has_value(const struct term *term, const char *text)
{
	for (size_t i = 0; i < term->value_count; i++)
		if (strcmp(term->values[i], text) == 0)
			return true;
	return false;
}

static bool contains_value(const struct term *term, const char *text)
{
	for (size_t i = 0; i < term->value_count; i++)
		if (strstr(text, term->values[i]))
			return true;
	return false;
}

static bool *matching_ids(const struct term *term, const struct intern *intern, bool whole)
{
	bool *ids = xcalloc(intern->count + 1, sizeof(*ids));
	for (size_t i = 0; i < intern->count; i++)
		ids[i] = whole ? has_value(term, intern->texts[i])
			       : contains_value(term, intern->texts[i]);
	return ids;
}

static uint64_t matching_languages(const struct term *term, const struct intern *intern, bool whole)
{
	uint64_t bits = 0;
	for (size_t i = 0; i < intern->count && i < 64; i++)
		if (whole ? has_value(term, intern->texts[i])
			  : contains_value(term, intern->texts[i]))
			bits |= 1ull << i;
	return bits;
}

/* Ids that a term names; where it names none, those that contain it. */
static uint64_t matching_checks(struct filter *filter, const struct term *term,
				const struct checklist *checklist)
{
	uint64_t exact = 0, part = 0;
	for (size_t i = 0; i < checklist->check_count && i < 64; i++) {
		const struct check *check = &checklist->checks[i];
		const char *id = filter_fold(filter->arena, check->id);
		if (has_value(term, id))
			exact |= 1ull << i;
		if (contains_value(term, id) ||
		    (term->kind == TERM_WORD &&
		     contains_value(term, filter_fold(filter->arena, check->title))))
			part |= 1ull << i;
	}
	return exact && term->kind == TERM_CHECK ? exact : part;
}

static bool same_name(const char *value, const char *name)
{
	size_t len = strlen(value);
	if (len > 1 && value[len - 1] == '*')
		return strncasecmp(value, name, len - 1) == 0;
	return strcasecmp(value, name) == 0;
}

static bool names_any(const struct term *term, const char *name)
{
	for (size_t i = 0; i < term->value_count; i++)
		if (same_name(term->values[i], name))
			return true;
	return false;
}

/* Whether a path lies in the service's folder. */
static bool in_subdir(const char *path, const char *subdir)
{
	size_t len = subdir ? strlen(subdir) : 0;
	return len == 0 || (strncmp(path, subdir, len) == 0 && path[len] == '/');
}

static bool depends(const struct term *term, const struct service *service)
{
	for (size_t i = 0; i < service->depends_count; i++)
		if (names_any(term, service->depends_on[i].name))
			return true;
	const struct checkout *checkout = service->checkout;
	for (size_t i = 0; checkout && i < checkout->dependency_count; i++) {
		const struct dependency *dependency = &checkout->dependencies[i];
		if (names_any(term, dependency->name) &&
		    in_subdir(dependency->at.path ? dependency->at.path : "", service->subdir))
			return true;
	}
	return false;
}

static bool *matching_rows(const struct term *term, const struct filter_index *index)
{
	bool *rows = xcalloc(index->count + 1, sizeof(*rows));
	for (size_t i = 0; i < index->services; i++)
		rows[i] = depends(term, fleet_at(index->fleet, i));
	return rows;
}

static void prepare_term(struct filter *filter, struct term *term, const struct filter_index *index)
{
	switch (term->kind) {
	case TERM_WORD:
		term->ids = matching_ids(term, &index->owners, false);
		term->languages = matching_languages(term, &index->langs, false);
		term->checks = matching_checks(filter, term, index->checklist);
		break;
	case TERM_OWNER:
		term->ids = matching_ids(term, &index->owners, false);
		break;
	case TERM_LANG:
		term->languages = matching_languages(term, &index->langs, true);
		break;
	case TERM_TYPE:
		term->ids = matching_ids(term, &index->types, true);
		break;
	case TERM_LIFECYCLE:
		term->ids = matching_ids(term, &index->lifecycles, true);
		break;
	case TERM_CHECK:
		term->checks = matching_checks(filter, term, index->checklist);
		break;
	case TERM_DEP:
		term->rows = matching_rows(term, index);
		break;
	default:
		break;
	}
}

static void prepare(struct filter *filter, struct filter_index *index)
{
	if (filter->index == index && filter->build == index->build)
		return;
	unprepare(filter);
	filter->index = index;
	filter->build = index->build;
	filter->statuses = 0;
	filter->any_check = false;
	uint64_t wanted = 0, unwanted = 0;
	for (size_t i = 0; i < filter->term_count; i++) {
		struct term *term = &filter->terms[i];
		prepare_term(filter, term, index);
		if (term->kind == TERM_STATUS || term->kind == TERM_CHECK)
			filter_index_statuses(index);
		if (term->kind == TERM_STATUS && !term->negated)
			filter->statuses |= term->set;
		if (term->kind == TERM_CHECK) {
			filter->any_check = filter->any_check || !term->negated;
			*(term->negated ? &unwanted : &wanted) |= term->checks;
		}
	}
	if (filter->statuses == 0)
		filter->statuses = 1u << STATUS_GAP;
	filter->row_checks = (filter->any_check ? wanted : UINT64_MAX) & ~unwanted;
	if (filter->mine_count > 0) {
		filter->mine_ids = xcalloc(index->owners.count + 1, sizeof(bool));
		for (size_t i = 0; i < index->owners.count; i++)
			for (size_t m = 0; m < filter->mine_count; m++)
				if (strcmp(filter->mine[m], index->owners.texts[i]) == 0)
					filter->mine_ids[i] = true;
	}
}

/* Asking a row */

/* needle's characters stand in hay in this order. Both are in lower case. */
static bool in_order(const char *needle, const char *hay)
{
	while (*needle) {
		size_t len = 1;
		while ((needle[len] & 0xc0) == 0x80)
			len++;
		while (*hay && (*hay != *needle || (len > 1 && strncmp(hay, needle, len) != 0)))
			hay++;
		if (!*hay)
			return false;
		hay += len;
		needle += len;
	}
	return true;
}

static bool owned_by(const struct filter_index *index, uint32_t row, const bool *ids)
{
	for (uint32_t i = index->owner_at[row]; i < index->owner_at[row + 1]; i++)
		if (ids[index->owner_ids[i]])
			return true;
	return false;
}

static bool owner_holds(const struct filter_index *index, const struct term *term, uint32_t row)
{
	bool nobody = index->owner_at[row] == index->owner_at[row + 1];
	return nobody ? has_value(term, "none") : owned_by(index, row, term->ids);
}

static uint64_t status_bits(const struct filter_index *index, unsigned statuses, uint32_t row)
{
	uint64_t bits = 0;
	for (int i = 0; i < 5; i++)
		if (statuses & 1u << i)
			bits |= index->bits[i][row];
	return bits;
}

static bool word_holds(const struct filter_index *index, const struct term *term, uint32_t row)
{
	if ((index->mask[row] & term->mask) == term->mask &&
	    in_order(term->values[0], index->name[row]))
		return true;
	return (index->languages[row] & term->languages) || owned_by(index, row, term->ids);
}

static bool id_holds(const struct term *term, uint32_t id)
{
	return id != INTERN_NONE && term->ids[id];
}

static bool term_holds(const struct filter *filter, const struct filter_index *index,
		       const struct term *term, uint32_t row)
{
	switch (term->kind) {
	case TERM_OWNER:
		return owner_holds(index, term, row);
	case TERM_TIER:
		return index->state[row] == STATE_SERVICE && (term->set & 1u << index->tier[row]);
	case TERM_STATUS:
		/* beside check: it says in which status that item is */
		return (filter->any_check && !term->negated) ||
		       status_bits(index, term->set, row) != 0;
	case TERM_CHECK:
		return (status_bits(index, filter->statuses, row) & term->checks) != 0;
	case TERM_LANG:
		return (index->languages[row] & term->languages) != 0;
	case TERM_TYPE:
		return id_holds(term, index->type[row]);
	case TERM_LIFECYCLE:
		return id_holds(term, index->lifecycle[row]);
	case TERM_DEP:
		return term->rows[row];
	case TERM_STATE:
		return (term->set & 1u << index->state[row]) != 0;
	case TERM_LIVE:
		return (term->set & index->live[row]) != 0;
	case TERM_WORD:
		break;
	}
	return word_holds(index, term, row);
}

static bool narrowed(const struct filter *filter, const struct filter_index *index, uint32_t row)
{
	if (filter->tiers != 0 &&
	    (index->state[row] != STATE_SERVICE || !(filter->tiers & 1u << index->tier[row])))
		return false;
	if (filter->broken && index->gaps[row] == 0 && index->state[row] != STATE_BROKEN &&
	    !(index->live[row] & (LIVE_WARNING | LIVE_CRITICAL | LIVE_DOWN)))
		return false;
	return !filter->mine_ids || owned_by(index, row, filter->mine_ids);
}

/*
 * Which rows pass, asked term by term in the rows' own order, which is that of their
 * fields in memory; orders jump about in it.
 */
static void mark_rows(const struct filter *filter, const struct filter_index *index, bool *passes)
{
	for (uint32_t row = 0; row < index->count; row++)
		passes[row] = narrowed(filter, index, row);
	for (size_t i = 0; i < filter->term_count; i++) {
		const struct term *term = &filter->terms[i];
		for (uint32_t row = 0; row < index->count; row++)
			if (passes[row])
				passes[row] = term_holds(filter, index, term, row) != term->negated;
	}
}

size_t filter_rows(struct filter_index *index, struct filter *filter, enum filter_order order,
		   bool descending, uint32_t *rows)
{
	const uint32_t *sorted = filter_index_order(index, order);
	size_t count = 0, last = index->count - 1;
	prepare(filter, index);
	mark_rows(filter, index, index->passes);
	for (size_t i = 0; i < index->count; i++) {
		uint32_t row = sorted[descending ? last - i : i];
		rows[count] = row; /* without a branch: rows has room for all */
		count += index->passes[row];
	}
	return count;
}

/* The checks of a row that a list of gaps shows. */
static uint64_t gap_checks(const struct filter *filter, const struct filter_index *index,
			   uint32_t row)
{
	uint64_t checks = status_bits(index, filter->statuses, row) & filter->row_checks;
	if (checks == 0 || !narrowed(filter, index, row))
		return 0;
	for (size_t i = 0; i < filter->term_count; i++) {
		const struct term *term = &filter->terms[i];
		if (term->kind == TERM_CHECK || (term->kind == TERM_STATUS && !term->negated))
			continue;
		if (term->kind == TERM_STATUS) {
			checks &= ~status_bits(index, term->set, row);
			continue;
		}
		bool holds = term_holds(filter, index, term, row);
		if (term->kind != TERM_WORD && holds == term->negated)
			return 0;
		if (term->kind == TERM_WORD && holds == term->negated)
			checks &= term->negated ? 0 : term->checks;
		else if (term->kind == TERM_WORD && term->negated)
			checks &= ~term->checks;
	}
	return checks;
}

struct filter_gap *filter_gaps(struct filter_index *index, struct filter *filter,
			       enum filter_order order, size_t *count)
{
	const uint32_t *sorted = filter_index_order(index, order);
	struct filter_gap *gaps = NULL;
	size_t len = 0, cap = 0;
	filter_index_statuses(index);
	prepare(filter, index);
	for (size_t i = 0; i < index->count; i++) {
		uint64_t checks = gap_checks(filter, index, sorted[i]);
		for (; checks; checks &= checks - 1) {
			GROW(gaps, len, cap);
			gaps[len++] =
			    (struct filter_gap){sorted[i], (uint16_t)__builtin_ctzll(checks)};
		}
	}
	*count = len;
	return gaps;
}
