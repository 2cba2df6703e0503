#include <string.h>

#include "core/fleet_internal.h"

static void add_service(struct fleet_summary *summary, const struct checklist *checklist,
			const struct service *service)
{
	struct tier_summary *tier = &summary->tiers[service->tier];
	int own = service->tier ? service->tier : 4;

	tier->services++;
	tier->reached += service->reached && service->reached <= own;
	tier->reached_unknown += service->reached_unknown && service->reached_unknown <= own;
	summary->gaps += service->gaps;
	for (size_t s = 0; s < 5; s++)
		tier->counts[s] += service->counts[s];
	for (size_t i = 0; i < checklist->check_count && i < CHECKLIST_MAX_CHECKS; i++) {
		const struct finding *finding = &service->findings[i];

		if (!finding->required)
			continue;
		summary->checks[i].services++;
		summary->checks[i].counts[finding->status]++;
	}
}

void fleet_summarise(struct fleet *fleet)
{
	struct fleet_summary *summary = &fleet->summary;

	memset(summary, 0, sizeof(*summary));
	summary->services = fleet->order_count;
	summary->checkouts = fleet->listed_count;
	for (size_t i = 0; i < fleet->order_count; i++)
		add_service(summary, fleet->checklist, &fleet->order[i]->pub);
	for (size_t i = 0; i < fleet->listed_count; i++) {
		enum checkout_state state = fleet->listed[i]->checkout->state;

		summary->unreadable += state == CHECKOUT_UNREADABLE || state == CHECKOUT_CRASHED;
	}
	for (size_t i = 0; i < fleet->checklist->check_count && i < CHECKLIST_MAX_CHECKS; i++)
		summary->checks_measured += summary->checks[i].counts[STATUS_PASS] ||
					    summary->checks[i].counts[STATUS_GAP] ||
					    summary->checks[i].counts[STATUS_WAIVED];
}
