#include <stdlib.h>
#include <string.h>

#include "core/checklist.h"
#include "core/mem.h"
#include "tui/collector_internal.h"

/* What changed, a line each: "checkout (tier 1): gap opened: ci, by 4f2c9ab A. Lima "Drop CI"". */

enum { SHORT_HASH = 7 };

static void add_service(struct buf *line, const char *name, int tier)
{
	buf_adds(line, name);
	if (tier)
		buf_addf(line, " (tier %d)", tier);
}

static void add_cause(struct buf *line, const struct cause *cause)
{
	if (cause->kind == CAUSE_LIVE)
		buf_adds(line, ", as a source says");
	else if (cause->kind == CAUSE_TIME)
		buf_adds(line, ", as time went by");
	if (cause->kind != CAUSE_COMMIT || !cause->hash)
		return;
	if (cause->among > 1)
		buf_addf(line, ", by one of %u commits up to %.*s", (unsigned)cause->among,
			 SHORT_HASH, cause->hash);
	else
		buf_addf(line, ", by %.*s", SHORT_HASH, cause->hash);
	if (cause->author)
		buf_addf(line, " %s", cause->author);
	if (cause->subject)
		buf_addf(line, " \"%s\"", cause->subject);
}

void collector_tell_arrival(struct collector *in)
{
	struct collector_arrival *arrival = &in->arrival;
	enum journal_level level = in->refreshed || in->recalled ? JOURNAL_CHANGE : JOURNAL_MORE;
	struct buf line = {0};

	if (!arrival->service)
		return;
	add_service(&line, arrival->service, arrival->tier);
	if (arrival->gone)
		buf_adds(&line, ": is gone");
	else
		buf_addf(&line, ": seen for the first time: %u item%s, %u gap%s", arrival->items,
			 arrival->items == 1 ? "" : "s", arrival->gaps,
			 arrival->gaps == 1 ? "" : "s");
	journal_say(&in->journal, level, "%s", buf_str(&line));
	free(arrival->service);
	*arrival = (struct collector_arrival){0};
	buf_free(&line);
}

/* Its items come one after the other. */
static void note_arrival(struct collector *in, const struct interval *of, bool gone)
{
	struct collector_arrival *arrival = &in->arrival;

	if (arrival->service &&
	    (arrival->gone != gone || strcmp(arrival->service, of->service) != 0))
		collector_tell_arrival(in);
	if (!arrival->service)
		*arrival = (struct collector_arrival){
		    .service = xstrdup(of->service), .gone = gone, .tier = of->tier};
	arrival->items++;
	arrival->gaps += interval_is_gap(of);
}

/* What became of a gap. */
static const char *ending(const struct interval *now)
{
	if (!now->required)
		return "no longer asked for";
	switch (now->status) {
	case STATUS_WAIVED:
		return "waived";
	case STATUS_NA:
		return "not applicable";
	case STATUS_UNKNOWN:
		return "cannot be told any more";
	default:
		return "met";
	}
}

static void tell_change(struct collector *in, const struct interval *closed,
			const struct interval *opened)
{
	bool was = interval_is_gap(closed), is = interval_is_gap(opened);
	enum journal_level level = was == is ? JOURNAL_MORE : JOURNAL_CHANGE;
	struct buf line = {0};

	add_service(&line, opened->service, opened->tier);
	if (was == is)
		buf_addf(&line, ": %s: %s, was %s", opened->check, status_name(opened->status),
			 status_name(closed->status));
	else if (is)
		buf_addf(&line, ": gap opened: %s", opened->check);
	else
		buf_addf(&line, ": gap closed: %s (%s)", opened->check, ending(opened));
	add_cause(&line, &opened->opened);
	journal_say(&in->journal, level, "%s", buf_str(&line));
	buf_free(&line);
}

static void count_change(struct collector *in, const struct interval *closed,
			 const struct interval *opened)
{
	struct collector_counts *counts = &in->counts;
	bool was = closed && interval_is_gap(closed), is = interval_is_gap(opened);

	if (is && !was && !opened->at_least)
		counts->opened[opened->tier]++;
	if (is && closed && closed->status == STATUS_PASS)
		counts->regressed[opened->tier]++;
	if (was && !is && opened->status != STATUS_UNKNOWN)
		counts->closed[closed->tier]++;
}

void collector_changed(void *ctx, const struct interval *closed, const struct interval *opened)
{
	struct collector *in = ctx;

	if (!opened || !closed)
		note_arrival(in, opened ? opened : closed, !opened);
	if (opened)
		count_change(in, closed, opened);
	if (!opened || !closed)
		return;
	collector_tell_arrival(in);
	tell_change(in, closed, opened);
}
