#ifndef SVCTOP_CORE_FLEET_LIVE_INTERNAL_H
#define SVCTOP_CORE_FLEET_LIVE_INTERNAL_H

/* Inside of core/fleet_live.h: how signals find their services. */

#include "core/fleet_live.h"
#include "core/rule.h"
#include "core/strmap.h"

/* fleet_live_match.c: the `match:` of one source, compiled. */
struct live_match;

/* NULL: it has none. config must outlive it. */
struct live_match *live_match_new(const struct live_config *config);
void live_match_free(struct live_match *match); /* NULL is allowed */
/* The service that the source calls so; NULL: none. match may be NULL. */
const char *live_match_find(const struct live_match *match, const char *name);

/* fleet_live_index.c: valid until the services change. */
struct live_index;

struct live_index *live_index_new(const struct fleet *fleet);
void live_index_free(struct live_index *index); /* NULL is allowed */
/* Indexes of the services that a signal is about, each once; at most max. */
size_t live_index_find(struct live_index *index, const struct live_match *match,
		       const struct signal *signal, int32_t *services, size_t max);
int32_t live_index_subject(const struct live_index *index, const char *name); /* -1: none */

/* What was mapped at the last settle. */
struct fleet_mapping {
	struct arena *arena; /* owns what follows, but for the index */
	struct live_index *index;
	const struct live *live;
	uint64_t live_generation;
	uint32_t checklist;
	uint64_t digest; /* of what concerns every service */
	const struct observed *unmapped;
	size_t unmapped_count;
	struct fleet_source *sources;
	size_t source_count;
	uint64_t configured;
	bool *seen;
	struct rule_trouble *troubles;
	size_t trouble_count;
};

/* fleet_live_source.c: names that are no service's, of one source. known is made by the caller. */
struct stranger_list {
	struct strmap *known; /* "key=name" to struct fleet_stranger */
	struct fleet_stranger **all;
	size_t count, cap;
	struct buf text;
};

void stranger_list_add(struct stranger_list *list, struct arena *arena,
		       const struct signal_label *key);
/* Keeps the most frequent in source and ends the list. */
void stranger_list_keep(struct stranger_list *list, struct arena *arena,
			struct fleet_source *source);

/* fleet_live_trouble.c: of each service and of all; also which kinds are configured. */
void live_troubles(struct fleet *fleet, struct fleet_mapping *mapping);

#endif
