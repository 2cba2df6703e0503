#include "core/interval_merge.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/strmap.h"

struct added {
	struct interval interval;
	bool seen;
};

struct list {
	struct interval *items;
	size_t count, cap;
};

struct interval_merge {
	struct arena *arena;
	struct strmap *texts; /* each string once */
	struct added *added;
	size_t added_count, added_cap;
	struct list lines; /* of each service and check, one after the other */
	struct list now;
	struct strmap *services; /* name: where its lines begin */
};

struct interval_merge *interval_merge_new(void)
{
	struct interval_merge *merge = xcalloc(1, sizeof(*merge));

	merge->arena = arena_new();
	merge->texts = strmap_new();
	merge->services = strmap_new();
	return merge;
}

void interval_merge_free(struct interval_merge *merge)
{
	if (!merge)
		return;
	strmap_free(merge->texts);
	strmap_free(merge->services);
	arena_free(merge->arena);
	free(merge->added);
	free(merge->lines.items);
	free(merge->now.items);
	free(merge);
}

/* ---- adding ---- */

static const char *keep(struct interval_merge *merge, const char *text)
{
	char *kept;

	if (!text)
		return NULL;
	kept = strmap_get(merge->texts, text);
	if (!kept) {
		kept = arena_strdup(merge->arena, text);
		strmap_put(merge->texts, kept, kept);
	}
	return kept;
}

static void keep_cause(struct interval_merge *merge, struct cause *cause)
{
	cause->checkout = keep(merge, cause->checkout);
	cause->hash = keep(merge, cause->hash);
	cause->author = keep(merge, cause->author);
	cause->subject = keep(merge, cause->subject);
}

void interval_merge_add(struct interval_merge *merge, const struct interval *interval, bool seen)
{
	struct added *added;

	if (!interval->service || !interval->check)
		return;
	GROW(merge->added, merge->added_count, merge->added_cap);
	added = &merge->added[merge->added_count++];
	*added = (struct added){.interval = *interval, .seen = seen};
	added->interval.service = keep(merge, interval->service);
	added->interval.check = keep(merge, interval->check);
	added->interval.owner = keep(merge, interval->owner);
	added->interval.evidence = NULL;
	/* An end at 0 would be none. */
	added->interval.from = interval->from > 0 ? interval->from : 1;
	keep_cause(merge, &added->interval.opened);
	keep_cause(merge, &added->interval.closed);
}

/* ---- one line of time ---- */

static int compare_added(const void *a, const void *b)
{
	const struct interval *left = &((const struct added *)a)->interval;
	const struct interval *right = &((const struct added *)b)->interval;
	int order;

	/* A string that is kept once is the same pointer. */
	if (left->service != right->service && (order = strcmp(left->service, right->service)))
		return order;
	if (left->check != right->check && (order = strcmp(left->check, right->check)))
		return order;
	if (left->from != right->from)
		return left->from < right->from ? -1 : 1;
	return ((const struct added *)a)->seen - ((const struct added *)b)->seen;
}

static bool same_line(const struct interval *a, const struct interval *b)
{
	return a->service == b->service && a->check == b->check;
}

static bool same_answer(const struct interval *a, const struct interval *b)
{
	return a->status == b->status && a->required == b->required;
}

static bool covers(const struct interval *interval, int64_t at)
{
	return interval->from <= at && (interval->until == 0 || interval->until > at);
}

static struct interval *last_of(struct list *list, size_t from)
{
	return list->count > from ? &list->items[list->count - 1] : NULL;
}

/* Puts a piece behind what there is of its line, which begins at from. */
static void append(struct list *list, size_t from, struct interval piece)
{
	struct interval *last = last_of(list, from);

	if (piece.until != 0 && piece.until <= piece.from)
		return;
	if (last && last->from >= piece.from) {
		/* Two at once, which only a damaged store has: the later one counts. */
		list->count--;
		last = last_of(list, from);
	}
	if (last && (last->until == 0 || last->until > piece.from)) {
		last->until = piece.from;
		last->closed = piece.opened;
	}
	if (last && last->until == piece.from && same_answer(last, &piece)) {
		last->until = piece.until;
		last->closed = piece.closed;
		last->owner = piece.owner;
		last->tier = piece.tier;
		return;
	}
	GROW(list->items, list->count, list->cap);
	list->items[list->count++] = piece;
}

/* What is said of the moment at, by one side; NULL: nothing. */
static const struct interval *said_at(const struct added *added, size_t count, bool seen,
				      int64_t at)
{
	for (size_t i = 0; i < count; i++)
		if (added[i].seen == seen && covers(&added[i].interval, at))
			return &added[i].interval;
	return NULL;
}

static const struct interval *first_seen_after(const struct added *added, size_t count,
					       int64_t after)
{
	for (size_t i = 0; i < count; i++)
		if (added[i].seen &&
		    (added[i].interval.until == 0 || added[i].interval.until > after))
			return &added[i].interval;
	return NULL;
}

/* The line of one service and check: git up to some moment, what was seen from there on. */
static void make_line(struct list *list, const struct added *added, size_t count, int64_t git_until)
{
	const struct interval *git = said_at(added, count, false, git_until);
	const struct interval *seen = said_at(added, count, true, git_until);
	bool agree = !seen || (git && same_answer(git, seen));
	int64_t turn = agree ? git_until : INT64_MIN;
	const struct interval *first = first_seen_after(added, count, turn);
	size_t from = list->count;

	if (first && first->from > turn)
		turn = first->from;
	for (size_t i = 0; i < count; i++) {
		struct interval piece = added[i].interval;

		if (added[i].seen || (first && piece.from >= turn))
			continue;
		if (first && (piece.until == 0 || piece.until > turn)) {
			piece.until = turn;
			piece.closed = first->opened;
		}
		append(list, from, piece);
	}
	for (size_t i = 0; i < count; i++) {
		struct interval piece = added[i].interval;

		if (!added[i].seen || (piece.until != 0 && piece.until <= turn))
			continue;
		if (piece.from < turn)
			piece.from = turn;
		append(list, from, piece);
	}
}

void interval_merge_end(struct interval_merge *merge, int64_t git_until)
{
	size_t end;

	if (merge->added_count > 0)
		qsort(merge->added, merge->added_count, sizeof(*merge->added), compare_added);
	for (size_t i = 0; i < merge->added_count; i = end) {
		const struct interval *first = &merge->added[i].interval;

		for (end = i + 1; end < merge->added_count; end++)
			if (!same_line(first, &merge->added[end].interval))
				break;
		make_line(&merge->lines, &merge->added[i], end - i, git_until);
	}
	free(merge->added);
	merge->added = NULL;
	merge->added_count = merge->added_cap = 0;
	for (size_t i = merge->lines.count; i-- > 0;)
		strmap_put(merge->services, merge->lines.items[i].service, (void *)(i + 1));
}

/* ---- as it is now ---- */

/* Copies a line into out, without what is neither a gap nor beside one. */
static void copy_line(struct list *out, const struct interval *line, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!interval_is_gap(&line[i]) && (i == 0 || !interval_is_gap(&line[i - 1])) &&
		    (i + 1 == count || !interval_is_gap(&line[i + 1])))
			continue;
		GROW(out->items, out->count, out->cap);
		out->items[out->count++] = line[i];
	}
}

/* Strings are the fleet's. */
static struct interval now_of(const struct service *service, const struct check *check,
			      const struct finding *finding, int64_t now)
{
	return (struct interval){
	    .service = service->name,
	    .check = check->id,
	    .status = finding->status,
	    .code = finding->code,
	    .required = finding->required,
	    .at_least = finding->since_at_least || finding->since == 0,
	    .tier = (uint8_t)service->tier,
	    .from = finding->since > 0 ? finding->since : now,
	    .owner = service->owner_count > 0 ? service->owners[0].value : NULL,
	};
}

static void push_now(struct interval_merge *merge, struct interval piece)
{
	struct list *out = &merge->now;

	piece.service = keep(merge, piece.service);
	piece.check = keep(merge, piece.check);
	piece.owner = keep(merge, piece.owner);
	GROW(out->items, out->count, out->cap);
	out->items[out->count++] = piece;
}

/* The line of one finding, and behind it what the fleet says now. */
static void add_now(struct interval_merge *merge, const struct interval *line, size_t count,
		    struct interval is, int64_t now)
{
	const struct interval *last = count > 0 ? &line[count - 1] : NULL;
	bool open = last && last->until == 0;

	copy_line(&merge->now, line, count);
	if (open && same_answer(last, &is))
		return;
	if (!interval_is_gap(&is) && !(open && interval_is_gap(last)))
		return;
	if (open) {
		/* When that was is known where the record says so. */
		int64_t turn = is.from > last->from ? is.from : now;

		if (!interval_is_gap(last) && (count < 2 || !interval_is_gap(last - 1)))
			push_now(merge, *last);
		merge->now.items[merge->now.count - 1].until = turn;
		is.from = turn;
	} else if (last && is.from < last->until) {
		is.from = last->until;
	}
	push_now(merge, is);
}

static size_t line_length(const struct interval_merge *merge, size_t at)
{
	const struct interval *items = merge->lines.items;
	size_t end = at;

	while (end < merge->lines.count && same_line(&items[at], &items[end]))
		end++;
	return end - at;
}

static void add_service(struct interval_merge *merge, const struct service *service,
			const struct checklist *checklist, int64_t now)
{
	size_t at = (size_t)strmap_get(merge->services, service->name);
	size_t begins[CHECKLIST_MAX_CHECKS] = {0}; /* of each check's line, and 1 */

	for (size_t i = at - 1; at > 0 && i < merge->lines.count; i += line_length(merge, i)) {
		const struct interval *first = &merge->lines.items[i];
		int check;

		if (strcmp(first->service, service->name) != 0)
			break;
		check = checklist_find(checklist, first->check);
		if (check >= 0)
			begins[check] = i + 1;
	}
	for (size_t c = 0; c < checklist->check_count; c++) {
		size_t begin = begins[c];

		add_now(merge, begin ? &merge->lines.items[begin - 1] : NULL,
			begin ? line_length(merge, begin - 1) : 0,
			now_of(service, &checklist->checks[c], &service->findings[c], now), now);
	}
}

static void copy_lines(struct interval_merge *merge, size_t at, size_t end)
{
	for (size_t len; at < end; at += len) {
		len = line_length(merge, at);
		copy_line(&merge->now, &merge->lines.items[at], len);
	}
}

/* Lines of a service that is not there: all of them, when all have ended. */
static void add_gone(struct interval_merge *merge, size_t at, size_t end)
{
	for (size_t i = at; i < end; i++)
		if (merge->lines.items[i].until == 0)
			return;
	copy_lines(merge, at, end);
}

static bool has_service(const struct fleet *fleet, const char *name)
{
	int32_t index = fleet_find(fleet, name);

	return index >= 0 && strcmp(fleet_at(fleet, (size_t)index)->name, name) == 0;
}

const struct interval *interval_merge_now(struct interval_merge *merge, const struct fleet *fleet,
					  int64_t now, size_t *count)
{
	const struct interval *items = merge->lines.items;
	size_t services = fleet ? fleet_count(fleet) : 0, end;

	merge->now.count = 0;
	for (size_t i = 0; i < services; i++)
		add_service(merge, fleet_at(fleet, i), fleet_checklist(fleet), now);
	for (size_t i = 0; i < merge->lines.count; i = end) {
		for (end = i + 1; end < merge->lines.count; end++)
			if (items[end].service != items[i].service)
				break;
		if (!fleet)
			copy_lines(merge, i, end);
		else if (!has_service(fleet, items[i].service))
			add_gone(merge, i, end);
	}
	*count = merge->now.count;
	return merge->now.items;
}
