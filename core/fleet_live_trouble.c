/* Sources that cannot say what rules would ask them. */

#include <stdlib.h>
#include <string.h>

#include "core/fleet_internal.h"
#include "core/fleet_live_internal.h"
#include "core/mem.h"

#define MAX_TROUBLES 64
#define MAX_OWN	     16 /* of one service */

struct trouble_list {
	struct rule_trouble *troubles;
	size_t count, cap;
};

/* Of the same source and cause once. What is too much is told in one. */
static void add_trouble(struct trouble_list *list, const struct live_source *source, uint64_t kinds,
			const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->troubles[i].text, text)) {
			list->troubles[i].kinds |= kinds;
			return;
		}
	if (list->count == MAX_TROUBLES) {
		list->troubles[MAX_TROUBLES - 1] =
		    (struct rule_trouble){list->troubles[MAX_TROUBLES - 1].kinds | kinds, NULL,
					  "many sources do not answer"};
		return;
	}
	GROW(list->troubles, list->count, list->cap);
	list->troubles[list->count++] = (struct rule_trouble){kinds, source, text};
}

static const char *trouble_text(struct arena *arena, const struct live_source *source,
				const struct live_topic *topic)
{
	const char *cause = topic ? topic->cause : source->cause;
	enum failure failure = topic ? topic->failure : source->failure;

	if (!topic && !source->topic_count && !source->failing_since)
		return arena_printf(arena,
				    "%s was asked nothing so far: no service of the fleet "
				    "is known to be there",
				    source->name);
	if (topic ? !topic->failing_since : !source->failing_since)
		return arena_printf(arena, "%s has not answered yet", source->name);
	return arena_printf(arena, "%s: %s", source->name, cause ? cause : failure_name(failure));
}

/* One that is about one service is a trouble of that service alone. */
static void own_trouble(struct fleet *fleet, struct fleet_mapping *mapping,
			const struct live_source *source, const struct live_topic *topic)
{
	int32_t service = live_index_subject(mapping->index, topic->subject);
	struct fleet_node *node = service >= 0 ? fleet->order[service] : NULL;
	struct rule_trouble *grown;

	if (!node || node->trouble_count >= MAX_OWN)
		return;
	grown = arena_alloc(mapping->arena, (node->trouble_count + 1) * sizeof(*grown));
	if (node->trouble_count)
		memcpy(grown, node->troubles, node->trouble_count * sizeof(*grown));
	grown[node->trouble_count] = (struct rule_trouble){
	    topic->kinds, source, trouble_text(mapping->arena, source, topic)};
	node->troubles = grown;
	node->trouble_count++;
}

static void find_troubles(struct fleet *fleet, struct fleet_mapping *mapping,
			  const struct live_source *source, struct trouble_list *list)
{
	struct arena *arena = mapping->arena;
	uint64_t told = 0;

	for (size_t t = 0; t < source->topic_count; t++) {
		const struct live_topic *topic = source->topics[t];

		told |= topic->kinds;
		if (topic->observed_at && !topic->failing_since)
			continue;
		if (topic->subject)
			own_trouble(fleet, mapping, source, topic);
		else
			add_trouble(list, source, topic->kinds, trouble_text(arena, source, topic));
	}
	mapping->configured |= told;
	/* Kinds that it may still come to speak of. */
	if (!source->answered) {
		mapping->configured |= source->kinds;
		if (source->kinds & ~told)
			add_trouble(list, source, source->kinds & ~told,
				    trouble_text(arena, source, NULL));
	}
}

void live_troubles(struct fleet *fleet, struct fleet_mapping *mapping)
{
	struct trouble_list list = {0};

	for (size_t i = 0; i < fleet->order_count; i++) {
		fleet->order[i]->troubles = NULL;
		fleet->order[i]->trouble_count = 0;
	}
	for (size_t i = 0; i < mapping->source_count; i++)
		find_troubles(fleet, mapping, mapping->sources[i].source, &list);
	if (list.count) {
		mapping->troubles =
		    arena_alloc(mapping->arena, list.count * sizeof(*list.troubles));
		memcpy(mapping->troubles, list.troubles, list.count * sizeof(*list.troubles));
	}
	mapping->trouble_count = list.count;
	free(list.troubles);
}
