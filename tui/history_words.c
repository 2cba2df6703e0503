/* Are things getting better or worse? In words. */

#include <string.h>

#include "core/text.h"
#include "tui/history_data.h"

/* "4 weeks", or the days that are known. */
static void add_span(const struct history_data *data, struct buf *out)
{
	int64_t days = data->point_count > 0
			   ? (data->until - data->points[data->compare].at + 43200) / 86400
			   : 0;

	if (days >= 27)
		buf_adds(out, "4 weeks");
	else
		buf_addf(out, "%d day%s", (int)days, days == 1 ? "" : "s");
}

/* Gaps of the tiers that matter most; of all when none of those has any. */
static int64_t change_of(const struct trend_point *now, const struct trend_point *then, bool top)
{
	int64_t before = then->open, after = now->open;

	if (top) {
		before = (int64_t)then->open_by_tier[1] + then->open_by_tier[2];
		after = (int64_t)now->open_by_tier[1] + now->open_by_tier[2];
	}
	return after - before;
}

/* More gaps at tier 1 or 2 are not better, however many went elsewhere. */
static const char *verdict(int64_t all, int64_t top)
{
	if (all == 0 && top == 0)
		return "Steady";
	if (all <= 0 && top <= 0)
		return "Better";
	if (all >= 0 && top >= 0)
		return "Worse";
	return "Mixed";
}

void history_words(const struct history_data *data, bool brief, struct buf *out)
{
	const struct trend_point *now, *then;
	int64_t all, top;
	unsigned amount;

	if (data->point_count == 0)
		return;
	now = &data->points[data->point_count - 1];
	then = &data->points[data->compare];
	all = change_of(now, then, false) - data->first_seen;
	top = change_of(now, then, true) - data->first_seen_top;
	amount = (unsigned)(all < 0 ? -all : all);
	buf_addf(out, "%s: %u gap%s%s, ", verdict(all, top), now->open, now->open == 1 ? "" : "s",
		 brief ? "" : " open");
	if (all == 0)
		buf_adds(out, brief ? "as " : "as many as ");
	else
		buf_addf(out, "%u %s %s ", amount, all < 0 ? "fewer" : "more",
			 brief ? "in" : "than");
	add_span(data, out);
	if (!brief || all == 0)
		buf_adds(out, " ago");
	if (!brief && all < 0 && top > 0)
		buf_addf(out, ", but %u more in tiers 1 and 2", (unsigned)top);
	if (!brief && all > 0 && top < 0)
		buf_addf(out, ", but %u fewer in tiers 1 and 2", (unsigned)-top);
}

void history_words_tier(const struct history_data *data, bool brief, struct buf *out)
{
	const struct trend_point *now;
	const struct interval *oldest = data->oldest;
	char age[TEXT_GAP_AGE_MAX];

	if (!oldest || data->point_count == 0)
		return;
	now = &data->points[data->point_count - 1];
	if (data->worst_tier)
		buf_addf(out, "tier %d: %u, ", data->worst_tier,
			 now->open_by_tier[data->worst_tier]);
	buf_addf(out, "oldest %s", text_gap_age(oldest->from, oldest->at_least, data->until, age));
	if (!brief)
		buf_addf(out, " (%.60s %.40s)", oldest->service, oldest->check);
}

void history_words_change(const struct history_data *data, bool brief, struct buf *out)
{
	add_span(data, out);
	buf_addf(out, ": %u closed, %u opened", data->closed, data->opened);
	if (data->regressed && !brief)
		buf_addf(out, " (%u met before)", data->regressed);
	if (data->first_seen)
		buf_addf(out, ", %u first seen%s", data->first_seen,
			 brief ? "" : " (not counted above)");
}
