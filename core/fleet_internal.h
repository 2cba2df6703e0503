#ifndef SVCTOP_CORE_FLEET_INTERNAL_H
#define SVCTOP_CORE_FLEET_INTERNAL_H

/* What the files of the fleet share. Nobody else includes this. */

#include "core/arena.h"
#include "core/fleet.h"
#include "core/fleet_recall.h"
#include "core/record.h"
#include "core/rule.h"
#include "core/strmap.h"

/* What one service takes from places that name it; a name that is everywhere proves nothing. */
#define FLEET_MAX_NAMED_HITS 4096
/* Services of one name that are looked at before it counts as ambiguous. */
#define FLEET_MAX_NAMESAKES 64

struct fleet_node;

/* A place inside a checkout's arrays; it is stale once the checkout has another generation. */
struct name_ref {
	uint32_t slot;
	uint32_t generation;
	uint32_t item; /* of hits: the hit; of services: the node */
};

/* As they came; those beyond what is looked at make all of them stand by path. */
struct name_refs {
	struct name_ref *refs;
	size_t count, cap;
	size_t stale; /* about how many of them are */
};

/* All that the fleet knows under one folded name. */
struct name_entry {
	const char *name;
	struct name_refs services; /* that are called so, by name or alias */
	struct name_refs hits;	   /* that name it, of fleet-scope probes */
	bool services_changed, hits_changed;
};

/* Things that lie in a checkout, by the service's folder that they lie in. */
struct buckets {
	uint32_t *starts; /* by folder, and one more for the end */
	uint32_t *items;  /* indexes; NULL: each stands where it is, for there is one folder */
};

/* A service and what it is made of. */
struct fleet_node {
	struct service pub; /* first: a service's address is its node's */
	struct fleet_checkout *home;
	uint32_t generation; /* of the checkout when the node was made */
	uint32_t folder;     /* in home->folders */
	const char *short_name;
	const char **keys; /* folded names by which others call it, its own first */
	size_t key_count;
	const struct descriptor **descriptors; /* most trusted first */
	size_t descriptor_count;
	const struct code_owners *file_owners; /* of CODEOWNERS; NULL */
	struct dependency_ref *needs;	       /* depends_on as the descriptors have it */
	size_t need_count;
	char *qualified; /* the name made unique; NULL: short_name is */
	void *answers;	 /* findings, then their evidence and what it says */
	int32_t index;	 /* in fleet->order */
	bool dirty;	 /* findings must be worked out anew: it stands in fleet->due */
	bool counted;	 /* in fleet->summary */
	int64_t turns;	 /* when a date alone may change its findings; 0: never */
	bool renamed;	 /* not yet at its place in fleet->order */
	bool turned;	 /* a date changed something; while it is worked out */
	bool has_former; /* in fleet->telling */
	bool heard;	 /* live sources said something else of it since it was worked out */
	uint64_t
	    live_digest; /* of what live sources said when its findings were made; 0: nothing */
	const struct rule_trouble *troubles; /* of sources, that concern it alone */
	size_t trouble_count;
};

struct fleet_checkout {
	struct checkout *checkout; /* NULL: dropped */
	char *path;
	uint32_t slot;
	uint32_t generation;
	struct arena *arena; /* of nodes and their facts */
	struct fleet_node *nodes;
	size_t node_count;
	const char **folders; /* that services own, sorted; the first is "" in any case */
	size_t folder_count;
	struct buckets hits, misses, dependencies;
	uint32_t checklist; /* fleet->checklist_serial when it was applied: its probes are numbered
			       by it */
	struct fleet_node *before; /* those of the last settle, while they wait in the remains */
	size_t before_count;
	bool dirty;
	const struct cause *cause; /* why it was applied, of what was not told yet; NULL */
	struct arena *cause_in;
	char **lost; /* names of its services, while it cannot be read: they may come back */
	size_t lost_count, lost_cap;
	uint32_t rank; /* in fleet->listed */
	bool in_listed;
	bool counted_unreadable; /* in fleet->summary */
};

/* What was replaced; screens may still show it until the next settle. */
struct fleet_remains {
	struct checkout *checkout;
	struct arena *arena;
	struct fleet_node *nodes;
	size_t node_count;
};

/* A service that had another name at the last settle. */
struct former_name {
	struct fleet_node *node;
	char *name;
};

/* fleet_record.c: what others keep of the fleet is told from this. */
struct telling {
	struct record *record; /* NULL: none */
	bool held;
	bool all;	    /* it has heard nothing of what was worked out while it was held */
	uint64_t learnt;    /* record_generation() when ages were asked for last */
	bool by_live;	    /* sources said what concerns all: this settle works out all */
	size_t cause_count; /* of checkouts that have one */
	struct cause saved; /* the record's own, while this settle tells it others */
	struct arena *saved_in;
	struct former_name *formers;
	size_t former_count, former_cap;
	char **left; /* names, of the last settle; as well what changed by it */
	size_t left_count, left_cap;
	struct fleet_node **changed; /* NULL and changed_all: every service */
	size_t changed_count, changed_cap;
	bool changed_all;
};

struct fleet {
	const struct checklist *checklist;
	uint32_t checklist_serial;
	struct fleet_checkout **checkouts; /* by slot */
	size_t checkout_count, checkout_cap;
	uint32_t *dirty; /* slots */
	size_t dirty_count, dirty_cap;
	struct strmap *by_path;
	struct fleet_checkout **listed; /* those that are there, by path */
	size_t listed_count;
	struct strmap *names; /* folded name to struct name_entry */
	struct arena *name_arena;
	struct name_entry **changed_names;
	size_t changed_count, changed_cap;
	struct fleet_node **due; /* whose findings must be worked out anew */
	size_t due_count, due_cap;
	bool renamed;		   /* a service that was there before this settle has a new name */
	struct fleet_node **order; /* by name */
	size_t order_count;
	size_t scratch_size;	   /* what it takes to evaluate one service, as far as was seen */
	struct reasons *reasons;   /* what findings point to */
	struct gathered *gathered; /* room for the facts of one service, used again for the next */
	struct arena *links;	   /* dependencies and dependents of all services */
	struct fleet_remains *remains;
	size_t remains_count, remains_cap;
	struct fleet_summary summary;
	uint64_t generation;
	int64_t evaluated_at;
	int64_t turns;	   /* the first of its nodes', perhaps of one that is gone; 0: never */
	bool reevaluate;   /* every finding is out of date */
	struct live *live; /* NULL: none */
	bool past;	   /* fleet_set_past() */
	fleet_seen_then *seen;
	void *seen_ctx;
	struct fleet_mapping *mapping; /* NULL: none yet, or nothing to map */
	struct telling telling;
	struct recalled *recalled; /* what is shown instead; NULL */
};

/* fleet_recall.c: services of the last run. */
void recalled_free(struct recalled *recalled); /* NULL is allowed */
bool recalled_ended(const struct recalled *recalled);
void recalled_set_checklist(struct recalled *recalled, const struct checklist *checklist);
size_t recalled_count(const struct recalled *recalled);
const struct service *recalled_outline(const struct recalled *recalled, size_t index);
const struct service *recalled_at(struct recalled *recalled, size_t index);
size_t recalled_checkout_count(struct recalled *recalled);
/* After recalled_checkout_count(). */
const struct checkout *recalled_checkout_at(struct recalled *recalled, size_t index);
const struct fleet_summary *recalled_summary(const struct recalled *recalled);

/* fleet_names.c: who is called what. */
char *fleet_fold(struct arena *arena, const char *name); /* lower case, '_' as '-' */
struct name_entry *fleet_name(const struct fleet *fleet, const char *name); /* NULL: unknown */
void fleet_names_add(struct fleet *fleet, struct fleet_checkout *home);
void fleet_names_remove(struct fleet *fleet, struct fleet_checkout *home);
void fleet_names_settle(struct fleet *fleet);
/* Names of which not all are looked at change, since checkouts have their places by now. */
void fleet_names_crowded(struct fleet *fleet);
bool fleet_ref_live(const struct fleet *fleet, const struct name_ref *ref);
struct fleet_node *fleet_ref_node(const struct fleet *fleet, const struct name_ref *ref);
bool fleet_name_same(const char *a, const char *b); /* but for case, '-' and '_' */

/* fleet_find.c: whether one of the fleet's own services has exactly that name. */
bool fleet_has_name(const struct fleet *fleet, const char *name);

/* fleet_service.c: descriptors merged into services. */
void fleet_build_services(struct fleet_checkout *home);

/* Notes that the node's findings are out of date. */
void fleet_make_due(struct fleet *fleet, struct fleet_node *node);

/* The earlier of two times of which 0 is never. */
static inline int64_t fleet_earlier(int64_t a, int64_t b)
{
	return !a || (b && b < a) ? b : a;
}

/*
 * fleet_swap.c: most checkouts come again with the services they had. False when the names, or
 * what depends on what, might differ from before; else the new services stand in the places of the
 * old ones, and order and dependencies are up to date.
 */
bool fleet_swap(struct fleet *fleet);

/* fleet_record.c: the record, and what changed. */
bool fleet_record_moved(const struct fleet *fleet);
void fleet_record_begin(struct fleet *fleet); /* a settle */
void fleet_record_forget(struct fleet_checkout *home);
/* Keeps why a checkout was applied or dropped. */
void fleet_record_cause(struct fleet *fleet, struct fleet_checkout *home);
/* Before a service that stands in the order gets another name. */
void fleet_record_former(struct fleet *fleet, struct fleet_node *node);
/* Once names are settled: who left, who has another name (and is due by that). */
void fleet_record_names(struct fleet *fleet, int64_t now);
/* A service was worked out; before: its findings until now, NULL none. */
void fleet_record_note(struct fleet *fleet, struct fleet_node *node, const struct finding *before,
		       int64_t now);
/* All is worked out: what was held back is told, ages are filled in; all: of every service. */
void fleet_record_finish(struct fleet *fleet, bool all, int64_t now);
void fleet_record_free(struct fleet *fleet);

/* fleet_links.c: dependencies both ways. */
void fleet_link(struct fleet *fleet);

/*
 * fleet_subject.c: how live systems may call a service; what it points to is the node's. Fields:
 * each as the most trusted descriptor that has it says; returns how many, at most max.
 */
struct subject;
void fleet_subject(const struct fleet_node *node, struct arena *arena, struct subject *subject);
size_t fleet_fields(const struct fleet_node *node, struct named_fact *fields, size_t max);

/*
 * fleet_live.c: which signals are whose. moved: whether they must be mapped anew. map: does it,
 * and makes due whom it concerns; true: that is every service.
 */
bool fleet_live_moved(const struct fleet *fleet);
bool fleet_live_map(struct fleet *fleet);
void fleet_live_free(struct fleet *fleet);
/* fleet_past.c: what is remembered of a finding that no source tells any more. */
void fleet_ask_past(const struct fleet *fleet, const struct fleet_node *node, int64_t now,
		    struct arena *scratch, struct finding *finding);

/* What rules ask of the node; NULL: there is no live state. */
const struct rule_live *fleet_live_facts(const struct fleet *fleet, const struct fleet_node *node,
					 struct rule_live *room);

/* fleet_folders.c: what lies in whose folder. */
typedef const char *path_of(const struct checkout *checkout, size_t index);
void fleet_build_folders(struct fleet_checkout *home);
/* Index of the deepest service's folder that holds path or is it. */
uint32_t fleet_folder_of(const struct fleet_checkout *home, const char *path);
struct buckets fleet_sort_in(const struct fleet_checkout *home, struct arena *arena, size_t count,
			     path_of *path_at);
static inline size_t bucket_item(const struct buckets *buckets, uint32_t position)
{
	return buckets->items ? buckets->items[position] : position;
}

/* fleet_evidence.c: which hits speak of which service, and what follows from them. */
struct gathered *fleet_gathered_new(void);
void fleet_gathered_free(struct gathered *gathered);
void fleet_evaluate(struct fleet *fleet, struct fleet_node *node, int64_t now);

/*
 * fleet_answers.c: findings as they are kept. Most services lack the same things, so a reason is
 * there once for all of them; the pool begins anew whenever every finding does.
 */
struct reasons *fleet_reasons_new(void);
void fleet_reasons_free(struct reasons *reasons); /* NULL is allowed */

/*
 * Copies the findings and all that they have in scratch into one piece of memory, which begins
 * with them; the caller frees it. What they have elsewhere stays where it is.
 */
struct finding *fleet_keep_findings(struct reasons *reasons, const struct arena *scratch,
				    const struct finding *findings, size_t count);

/* fleet_summary.c: kept up to date by what is added and taken away, or made anew of all. */
void fleet_summarise(struct fleet *fleet);
void fleet_summary_add(struct fleet *fleet, struct fleet_node *node);
void fleet_summary_remove(struct fleet *fleet, struct fleet_node *node); /* nothing if not in it */
/* Adds a service by times, 1 or -1, but for its findings; and what is summed up at last. */
void fleet_summary_count(struct fleet_summary *summary, const struct service *service,
			 size_t times);
void fleet_summary_measure(struct fleet_summary *summary, const struct checklist *checklist);
/* After changes: takes in the checkouts that changed, and sums up. */
void fleet_summary_finish(struct fleet *fleet);

#endif
