/* A fleet of the past: what only live sources tell is known as far as somebody remembers it. */

#include "core/fleet_internal.h"
#include "core/json_write.h"

void fleet_set_past(struct fleet *fleet, fleet_seen_then *seen, void *ctx)
{
	fleet->past = true;
	fleet->reevaluate = true;
	fleet->seen = seen;
	fleet->seen_ctx = ctx;
}

int64_t fleet_newest_commit(const struct fleet *fleet)
{
	int64_t newest = 0;

	for (size_t i = 0; i < fleet_checkout_count(fleet); i++) {
		const struct checkout *checkout = fleet_checkout_at(fleet, i);

		if (checkout && checkout->head_time > newest)
			newest = checkout->head_time;
	}
	return newest;
}

void fleet_ask_past(const struct fleet *fleet, const struct fleet_node *node, int64_t now,
		    struct arena *scratch, struct finding *finding)
{
	struct interval interval = {0};
	const char *check = fleet->checklist->checks[finding->check].id;
	char text[TIME_TEXT_MAX];

	if (!fleet->past || finding->status != STATUS_UNKNOWN || finding->code != UNKNOWN_NO_SOURCE)
		return;
	finding->reason = "not known of the past: only a live source tells it";
	if (!fleet->seen || !fleet->seen(fleet->seen_ctx, node->pub.name, check, now, &interval) ||
	    interval.status == STATUS_UNKNOWN)
		return;
	finding->status = interval.status;
	finding->code = interval.code;
	finding->strength = STRENGTH_OBSERVED;
	finding->reason =
	    arena_printf(scratch, "svctop saw it then, since %s%s%s%.200s",
			 interval.at_least ? "before " : "", time_text(interval.from, text),
			 interval.evidence ? ": " : "", interval.evidence ? interval.evidence : "");
}
