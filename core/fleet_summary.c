#include <string.h>

#include "core/fleet_internal.h"

/* Unsigned numbers come out right in the end. */
void fleet_summary_count(struct fleet_summary *summary, const struct service *service, size_t times)
{
	struct tier_summary *tier = &summary->tiers[service->tier];
	int own = service->tier ? service->tier : 4;

	tier->services += times;
	if (service->reached && service->reached <= own)
		tier->reached += times;
	if (service->reached_unknown && service->reached_unknown <= own)
		tier->reached_unknown += times;
	summary->gaps += times * service->gaps;
	for (size_t s = 0; s < 5; s++)
		tier->counts[s] += times * service->counts[s];
}

static void count_service(struct fleet_summary *summary, const struct checklist *checklist,
			  const struct service *service, size_t times)
{
	fleet_summary_count(summary, service, times);
	for (size_t i = 0; i < checklist->check_count && i < CHECKLIST_MAX_CHECKS; i++) {
		const struct finding *finding = &service->findings[i];

		if (!finding->required)
			continue;
		summary->checks[i].services += times;
		summary->checks[i].counts[finding->status] += times;
	}
}

void fleet_summary_add(struct fleet *fleet, struct fleet_node *node)
{
	count_service(&fleet->summary, fleet->checklist, &node->pub, 1);
	node->counted = true;
}

void fleet_summary_remove(struct fleet *fleet, struct fleet_node *node)
{
	if (node->counted)
		count_service(&fleet->summary, fleet->checklist, &node->pub, (size_t)-1);
	node->counted = false;
}

void fleet_summarise(struct fleet *fleet)
{
	struct fleet_summary *summary = &fleet->summary;
	size_t unreadable = summary->unreadable;

	memset(summary, 0, sizeof(*summary));
	summary->unreadable = unreadable;
	for (size_t i = 0; i < fleet->order_count; i++)
		fleet_summary_add(fleet, fleet->order[i]);
}

static void count_unreadable(struct fleet_summary *summary, struct fleet_checkout *home)
{
	const struct checkout *co = home->checkout;
	bool now = co && (co->state == CHECKOUT_UNREADABLE || co->state == CHECKOUT_CRASHED);

	summary->unreadable += (size_t)now - home->counted_unreadable;
	home->counted_unreadable = now;
}

void fleet_summary_measure(struct fleet_summary *summary, const struct checklist *checklist)
{
	summary->checks_measured = 0;
	for (size_t i = 0; i < checklist->check_count && i < CHECKLIST_MAX_CHECKS; i++)
		summary->checks_measured += summary->checks[i].counts[STATUS_PASS] ||
					    summary->checks[i].counts[STATUS_GAP] ||
					    summary->checks[i].counts[STATUS_WAIVED];
}

void fleet_summary_finish(struct fleet *fleet)
{
	struct fleet_summary *summary = &fleet->summary;

	summary->services = fleet->order_count;
	summary->checkouts = fleet->listed_count;
	for (size_t i = 0; i < fleet->dirty_count; i++)
		count_unreadable(summary, fleet->checkouts[fleet->dirty[i]]);
	fleet_summary_measure(summary, fleet->checklist);
}
