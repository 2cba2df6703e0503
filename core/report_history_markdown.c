#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/report_history_internal.h"
#include "core/text.h"
#include "core/tier.h"

/*
 * A mail that a lead reads on Monday: where it goes, who should look at what, what was closed
 * and by whom, what was lost, what ends soon. Few numbers, nothing that is not to be acted upon.
 */

#define SHOWN_OWNERS 8
#define SHOWN_GAPS   8
#define SHOWN_ITEMS  4 /* of a service, in a line */
#define SHOWN_PEOPLE 12
#define TREND_STEPS  12

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

/* Text from outside: one line, nothing of it Markdown. */
static void add(struct buf *out, const char *text)
{
	struct buf clean = {0};

	text_sanitise(&clean, text ? text : "", text ? strlen(text) : 0, 0);
	report_markdown_text(out, buf_str(&clean));
	buf_free(&clean);
}

static void add_commit(struct buf *out, const struct cause *cause)
{
	if (cause->kind == CAUSE_TIME)
		buf_adds(out, "a date went by");
	if (!cause->hash)
		return;
	if (cause->among > 1)
		buf_addf(out, "one of %u commits up to ", (unsigned)cause->among);
	buf_addf(out, "`%.8s` ", cause->hash);
	add(out, cause->subject);
}

/* " (tier 1, acme/payments)" */
static void add_whose(struct buf *out, int tier, const char *owner)
{
	if (tier)
		buf_addf(out, " (tier %d, ", tier);
	else
		buf_adds(out, " (no tier, ");
	add(out, owner ? owner : "no owner");
	buf_addc(out, ')');
}

/* ---- the trend ---- */

static const struct trend_point *point_back(const struct history_view *view, size_t steps)
{
	return &view->points[view->point_count > steps ? view->point_count - 1 - steps : 0];
}

static void add_sparkline(const struct history_view *view, size_t steps, struct buf *out)
{
	static const char *const marks[] = {"\u2581", "\u2582", "\u2583", "\u2584",
					    "\u2585", "\u2586", "\u2587", "\u2588"};
	const struct trend_point *first = point_back(view, steps),
				 *end = view->points + view->point_count;
	uint32_t least = UINT32_MAX, most = 0;

	for (const struct trend_point *point = first; point < end; point++) {
		least = point->open < least ? point->open : least;
		most = point->open > most ? point->open : most;
	}
	for (const struct trend_point *point = first; point < end && most > least; point++)
		buf_adds(out, marks[(uint64_t)(point->open - least) * 7 / (most - least)]);
}

static void put_trend(const struct history_view *view, struct buf *out)
{
	size_t steps = view->point_count - 1 < TREND_STEPS ? view->point_count - 1 : TREND_STEPS;
	const struct trend_point *now = point_back(view, 0), *then = point_back(view, steps);
	char step[HISTORY_STEP_MAX], date[HISTORY_DATE_MAX];
	const char *word = now->open < then->open   ? "Things get better"
			   : now->open > then->open ? "Things get worse"
						    : "Nothing moves";

	if (!steps)
		return;
	buf_addf(out, "%s: ", word);
	if (!strcmp(history_step(view, step), "week"))
		buf_addf(out, "%zu week%s ago", steps, plural(steps));
	else
		buf_addf(out, "on %s", history_date(then->at, date));
	buf_addf(out, " %u gap%s %s open", then->open, plural(then->open),
		 then->open == 1 ? "was" : "were");
	if (now->services > then->services)
		buf_addf(out, ", in %u fewer service%s", now->services - then->services,
			 plural(now->services - then->services));
	else if (now->services < then->services)
		buf_addf(out, ", in %u more service%s", then->services - now->services,
			 plural(then->services - now->services));
	buf_adds(out, " ");
	add_sparkline(view, steps, out);
	while (out->len && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
	buf_adds(out, ".\n\n");
}

static void put_head(const struct history_view *view, struct buf *out)
{
	const struct trend_point *now = point_back(view, 0), *before = point_back(view, 1);
	char date[HISTORY_DATE_MAX], step[HISTORY_STEP_MAX];
	int64_t more = (int64_t)now->open - before->open;

	buf_addf(out, "# Gaps, the %s to %s\n\n", history_step(view, step),
		 history_date(now->at, date));
	buf_addf(out, "**%u gap%s open in %u service%s", now->open,
		 now->open == 1 ? " is" : "s are", now->services, plural(now->services));
	if (more)
		buf_addf(out, ", %lld %s than a %s ago", (long long)llabs(more),
			 more > 0 ? "more" : "fewer", history_step(view, step));
	buf_addf(out, "**: %u opened, %u closed. ", now->opened, now->closed);
	put_trend(view, out);
}

static void add_span_row(struct buf *out, const char *title, int64_t now, int64_t before)
{
	char age[TEXT_GAP_AGE_MAX];

	buf_addf(out, "| %s | %s |", title, now < 0 ? "-" : history_age(now, "now", age));
	buf_addf(out, " %s |\n", before < 0 ? "-" : history_age(before, "now", age));
}

static void put_table(const struct history_view *view, struct buf *out)
{
	const struct trend_point *now = point_back(view, 0), *before = point_back(view, 1);
	char room[HISTORY_STEP_MAX];
	const char *step = history_step(view, room);

	if (view->point_count < 3)
		return;
	buf_addf(out, "| | this %s | the %s before |\n| --- | ---: | ---: |\n", step, step);
	buf_addf(out, "| open | %u | %u |\n", now->open, before->open);
	buf_addf(out, "| of these in tiers 1 and 2 | %u | %u |\n",
		 now->open_by_tier[1] + now->open_by_tier[2],
		 before->open_by_tier[1] + before->open_by_tier[2]);
	buf_addf(out, "| opened | %u | %u |\n", now->opened, before->opened);
	buf_addf(out, "| closed | %u | %u |\n", now->closed, before->closed);
	add_span_row(out, "median age", now->median_age, before->median_age);
	buf_addc(out, '\n');
}

/* ---- owners ---- */

static void add_open_by_tier(struct buf *out, const struct trend_group *group)
{
	size_t named = 0;

	for (int tier = 1; tier <= 2; tier++)
		if (group->open_by_tier[tier])
			buf_addf(out, "%s%u in tier %d", named++ ? ", " : " (",
				 group->open_by_tier[tier], tier);
	if (named)
		buf_addc(out, ')');
}

static void put_owners(const struct history_view *view, struct buf *out)
{
	size_t count, left = 0, gaps = 0;
	struct trend_group *groups = history_groups(view, TREND_BY_OWNER, &count);
	char age[TEXT_GAP_AGE_MAX];

	if (count && groups[0].open)
		buf_adds(out, "## Where effort helps most\n\n");
	for (size_t i = 0; i < count; i++) {
		if (groups[i].open && i >= SHOWN_OWNERS) {
			left++;
			gaps += groups[i].open;
		}
		if (!groups[i].open || i >= SHOWN_OWNERS)
			continue;
		buf_adds(out, "- **");
		add(out, groups[i].name ? groups[i].name : "services without an owner");
		buf_addf(out, "**: %u open", groups[i].open);
		add_open_by_tier(out, &groups[i]);
		buf_addf(out, ", the oldest for %s%s\n",
			 history_age(groups[i].total.oldest, "under 1h", age),
			 groups[i].total.at_least ? " or more" : "");
	}
	if (left)
		buf_addf(out, "- and %zu more with %zu gap%s\n", left, gaps, plural(gaps));
	if (count && groups[0].open)
		buf_addc(out, '\n');
	free(groups);
}

/* ---- what changed in the last step ---- */

static bool is_new(const struct history_view *view, const struct history_change *change)
{
	return change->at > point_back(view, 1)->at;
}

static void put_regressed(const struct history_view *view, struct buf *out)
{
	size_t shown = 0, left = 0;

	for (size_t i = 0; i < view->change_count && is_new(view, &view->changes[i]); i++) {
		const struct history_change *change = &view->changes[i];
		char date[HISTORY_DATE_MAX];

		if (!change->regressed)
			continue;
		if (shown >= SHOWN_GAPS) {
			left++;
			continue;
		}
		if (!shown++)
			buf_adds(out, "## Regressed: were met, and are not any more\n\n");
		buf_addf(out, "- **");
		add(out, change->gap->service);
		buf_addf(out, "** lost *%s* on %s", change->gap->check,
			 history_date(change->at, date));
		add_whose(out, change->gap->tier, change->gap->owner);
		if (change->cause->hash || change->cause->kind == CAUSE_TIME)
			buf_adds(out, ": ");
		add_commit(out, change->cause);
		if (change->cause->author) {
			buf_adds(out, ", ");
			add(out, change->cause->author);
		}
		buf_addc(out, '\n');
	}
	if (left)
		buf_addf(out, "- and %zu more\n", left);
	if (shown)
		buf_addc(out, '\n');
}

/* A closure that somebody worked for. */
static bool is_earned(const struct history_change *change)
{
	return !change->opened && change->cause->kind == CAUSE_COMMIT && change->cause->author &&
	       change->other && change->other->status == STATUS_PASS &&
	       change->other->from == change->at;
}

static int compare_authors(const void *a, const void *b)
{
	const struct history_change *x = *(const struct history_change *const *)a,
				    *y = *(const struct history_change *const *)b;
	int order = strcmp(x->cause->author, y->cause->author);

	return order ? order : (x > y) - (x < y);
}

static void put_person(const struct history_change **changes, size_t count, struct buf *out)
{
	buf_adds(out, "- **");
	add(out, changes[0]->cause->author);
	buf_adds(out, "**: ");
	for (size_t i = 0; i < count && i < SHOWN_GAPS; i++) {
		buf_addf(out, "%s*%s* of ", i ? ", " : "", changes[i]->gap->check);
		add(out, changes[i]->gap->service);
		if (!i || strcmp(changes[i]->cause->hash, changes[i - 1]->cause->hash) != 0)
			buf_addf(out, " (`%.8s`)", changes[i]->cause->hash);
	}
	if (count > SHOWN_GAPS)
		buf_addf(out, " and %zu more", count - SHOWN_GAPS);
	buf_addc(out, '\n');
}

static void put_closed(const struct history_view *view, struct buf *out)
{
	const struct history_change **earned = xcalloc(view->change_count, sizeof(*earned));
	size_t count = 0, people = 0, others = 0;

	for (size_t i = 0; i < view->change_count && is_new(view, &view->changes[i]); i++) {
		if (is_earned(&view->changes[i]))
			earned[count++] = &view->changes[i];
		else
			others += !view->changes[i].opened;
	}
	if (count) {
		qsort(earned, count, sizeof(struct history_change *), compare_authors);
		buf_adds(out, "## Closed, with thanks to\n\n");
	}
	for (size_t i = 0, run; i < count; i += run) {
		for (run = 1; i + run < count &&
			      !strcmp(earned[i]->cause->author, earned[i + run]->cause->author);
		     run++)
			;
		if (people++ < SHOWN_PEOPLE)
			put_person(earned + i, run, out);
	}
	if (people > SHOWN_PEOPLE)
		buf_addf(out, "- and %zu more\n", people - SHOWN_PEOPLE);
	if (others)
		buf_addf(out,
			 "%s%zu more went without being met: waived, no longer asked for, or "
			 "with their service.\n",
			 count ? "\n" : "", others);
	if (count || others)
		buf_addc(out, '\n');
	free(earned);
}

/* ---- what is due ---- */

static void put_due(const struct history_view *view, struct buf *out)
{
	const struct report_history *history = view->history;
	size_t shown = 0, left = 0;

	for (size_t i = 0; i < history->due_count; i++) {
		const struct replay_due *due = &history->due[i];
		char date[HISTORY_DATE_MAX];

		if (!history_has_due(view, due))
			continue;
		if (shown >= SHOWN_GAPS) {
			left++;
			continue;
		}
		if (!shown++)
			buf_addf(out, "## Due: gaps again unless somebody acts before\n\n");
		buf_addf(out, "- **%s** ", history_date(due->at, date));
		add(out, due->service);
		buf_addf(out, ", *%s*", due->check);
		add_whose(out, due->tier, due->owner);
		buf_adds(out, ": ");
		add(out, due->reason);
		buf_addc(out, '\n');
	}
	if (left)
		buf_addf(out, "- and %zu more\n", left);
	if (shown)
		buf_addc(out, '\n');
}

static int compare_oldest(const void *a, const void *b)
{
	const struct interval *x = *(const struct interval *const *)a,
			      *y = *(const struct interval *const *)b;

	if (x->tier != y->tier)
		return x->tier < y->tier ? -1 : 1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return strcmp(x->service, y->service);
}

/* How many from the first one on are of the same service and equally old. */
static size_t same_age(const struct interval **open, size_t count)
{
	size_t run = 1;

	while (run < count && !strcmp(open[run]->service, open[0]->service) &&
	       open[run]->tier == open[0]->tier && open[run]->from == open[0]->from &&
	       open[run]->at_least == open[0]->at_least)
		run++;
	return run;
}

static void put_old(const struct history_view *view, const struct interval **open, size_t count,
		    struct buf *out)
{
	int64_t from = trend_gap_from(view->trend, (uint32_t)(open[0] - view->intervals));
	char age[TEXT_GAP_AGE_MAX];

	buf_adds(out, "- **");
	add(out, open[0]->service);
	buf_adds(out, "**");
	add_whose(out, open[0]->tier, open[0]->owner);
	buf_adds(out, ": ");
	for (size_t i = 0; i < count && i < SHOWN_ITEMS; i++)
		buf_addf(out, "%s*%s*", i ? ", " : "", open[i]->check);
	if (count > SHOWN_ITEMS)
		buf_addf(out, " and %zu more", count - SHOWN_ITEMS);
	buf_addf(out, ", %s%s\n", history_age(view->history->until - from, "under 1h", age),
		 open[0]->at_least ? " or more" : "");
}

static void put_oldest(const struct history_view *view, struct buf *out)
{
	const struct interval **open = xcalloc(view->count, sizeof(*open));
	size_t count = 0, at = 0;

	for (size_t i = 0; i < view->count; i++) {
		const struct interval *one = &view->intervals[i];

		if (interval_is_gap(one) && !one->until && (one->tier == 1 || one->tier == 2))
			open[count++] = one;
	}
	if (count) {
		qsort(open, count, sizeof(struct interval *), compare_oldest);
		buf_adds(out, "## Open the longest in tiers 1 and 2\n\n");
	}
	for (size_t shown = 0; at < count && shown < SHOWN_GAPS; shown++) {
		size_t run = same_age(open + at, count - at);

		put_old(view, open + at, run, out);
		at += run;
	}
	if (count > at)
		buf_addf(out, "- and %zu gap%s more\n", count - at, plural(count - at));
	if (count)
		buf_addc(out, '\n');
	free(open);
}

void history_markdown(const struct history_view *view, struct report_out *out)
{
	struct buf *text = &out->text;

	put_head(view, text);
	put_table(view, text);
	put_owners(view, text);
	put_regressed(view, text);
	put_closed(view, text);
	put_due(view, text);
	put_oldest(view, text);
	if (view->report->error_count)
		buf_addf(text, "%zu thing%s could not be read; `svctop history` says which.\n",
			 view->report->error_count, plural(view->report->error_count));
	while (text->len > 1 && text->data[text->len - 1] == '\n' &&
	       text->data[text->len - 2] == '\n')
		text->data[--text->len] = '\0';
}
