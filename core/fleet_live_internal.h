#ifndef SVCTOP_CORE_FLEET_LIVE_INTERNAL_H
#define SVCTOP_CORE_FLEET_LIVE_INTERNAL_H

/* Inside of core/fleet_live.h: how signals find their services. */

#include "core/fleet_live.h"
#include "core/rule.h"

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

#endif
