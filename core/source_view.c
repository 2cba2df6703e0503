#include "core/source_view.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/strmap.h"
#include "core/text.h"

enum {
	MAX_UNMAPPED = 50,    /* listed of one source */
	MAX_SUGGESTIONS = 20, /* looked for, of one source: each goes over all services */
	MAX_MISSING = 20,
	MAX_CALLED = 5, /* labels of one signal */
	MIN_PART = 3	/* bytes of a name that may be found inside another */
};

/* Kinds of which a source that has any has one of each service, so that absence says something. */
#define EVERY_SERVICE                                                                              \
	(UINT64_C(1) << SIGNAL_CI | UINT64_C(1) << SIGNAL_UPTIME | UINT64_C(1) << SIGNAL_CERT |    \
	 UINT64_C(1) << SIGNAL_RULE | UINT64_C(1) << SIGNAL_TARGET | UINT64_C(1) << SIGNAL_CHECK | \
	 UINT64_C(1) << SIGNAL_ONCALL | UINT64_C(1) << SIGNAL_ERRORS |                             \
	 UINT64_C(1) << SIGNAL_DEPLOY | UINT64_C(1) << SIGNAL_SLO)

const char *source_state_name(enum source_state state)
{
	static const char *const names[SOURCE_STATES] = {
	    "failing", "partly", "not built", "not asked", "asking", "nothing to ask", "ok"};

	return names[state];
}

/* ---- what matched nothing ---- */

/* Labels that usually say whose something is, where the source has no keys for it. */
static bool says_whose(const char *label, const char *service_label)
{
	static const char *const known[] = {"service",	 "app",	     "job",
					    "namespace", "instance", "component"};

	if (service_label && !strcmp(label, service_label))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (!strcmp(label, known[i]))
			return true;
	return false;
}

static void add_called(struct buf *out, size_t *count, const char *name, const char *value)
{
	if (*count < MAX_CALLED)
		buf_addf(out, "%s%s=%s", *count ? ", " : "", name, value);
	*count += 1;
}

static bool has_key(const struct signal *signal, const struct signal_label *label)
{
	for (size_t i = 0; i < signal->key_count; i++)
		if (!strcmp(signal->keys[i].name, label->name) &&
		    !strcmp(signal->keys[i].value, label->value))
			return true;
	return false;
}

static const char *called(const struct signal *signal, const char *service_label,
			  struct arena *arena)
{
	struct buf text = {0};
	size_t count = 0;
	const char *result;

	for (size_t i = 0; i < signal->key_count; i++)
		add_called(&text, &count, signal->keys[i].name, signal->keys[i].value);
	for (size_t i = 0; i < signal->label_count; i++)
		if (says_whose(signal->labels[i].name, service_label) &&
		    !has_key(signal, &signal->labels[i]))
			add_called(&text, &count, signal->labels[i].name, signal->labels[i].value);
	result = arena_strdup(arena, buf_str(&text));
	buf_free(&text);
	return result;
}

/* Whether a part of word between its marks is name: "shop-checkout-api" has "checkout". */
static bool has_part(const char *word, const char *name)
{
	size_t len = strlen(name);

	if (len < MIN_PART)
		return false;
	for (const char *at = word; *at; at++)
		if (!strncasecmp(at, name, len) &&
		    (at == word || !isalnum((unsigned char)at[-1])) &&
		    !isalnum((unsigned char)at[len]))
			return true;
	return false;
}

/* The service that a word of theirs probably means. */
static const char *nearest(const struct fleet *fleet, const char *const *names, const char *word)
{
	const char *best = NULL;

	for (size_t i = 0; i < fleet_count(fleet); i++)
		if (has_part(word, names[i]) && (!best || strlen(names[i]) > strlen(best)))
			best = names[i];
	return best ? best : text_suggest(word, names, fleet_count(fleet));
}

static const char *suggestion_for(const struct fleet *fleet, const char *const *names,
				  const char *word, struct arena *arena)
{
	const char *name = nearest(fleet, names, word);

	return name ? arena_printf(arena, "match: {%s: \"%s\"}", name, word) : NULL;
}

static const char *suggest(const struct fleet *fleet, const char *const *names,
			   const struct signal *signal, const char *service_label,
			   struct arena *arena)
{
	const char *found = NULL;

	for (size_t i = 0; i < signal->key_count && !found; i++)
		found = suggestion_for(fleet, names, signal->keys[i].value, arena);
	for (size_t i = 0; i < signal->label_count && !found; i++)
		if (says_whose(signal->labels[i].name, service_label))
			found = suggestion_for(fleet, names, signal->labels[i].value, arena);
	return found;
}

struct looking {
	const struct fleet *fleet;
	const struct live *live;
	struct arena *arena;
	bool asking;
};

static const char *label_of(const struct live *live, const struct live_source *source)
{
	for (size_t i = 0; i < live_count(live); i++)
		if (live_at(live, i) == source)
			return live_config_at(live, i)->service_label;
	return NULL;
}

static void add_unmapped(struct looking *in, struct source_view *view, struct strmap *known,
			 const struct signal *signal, const char *service_label)
{
	const char *whose = called(signal, service_label, in->arena);
	const char *key = arena_printf(in->arena, "%s\n%s", signal->title, whose);
	struct source_unmapped *item = strmap_get(known, key);

	view->unmapped_signals++;
	if (item) {
		item->count++;
		return;
	}
	if (view->unmapped_count == MAX_UNMAPPED)
		return;
	item = &view->unmapped[view->unmapped_count++];
	*item = (struct source_unmapped){
	    .title = signal->title, .called = whose, .count = 1, .signal = signal};
	strmap_put(known, key, item);
}

static void find_unmapped(struct looking *in, struct source_view *view)
{
	const char *service_label = label_of(in->live, view->live);
	struct strmap *known = strmap_new();
	size_t count;
	const struct observed *unmapped = fleet_unmapped(in->fleet, &count);

	view->unmapped = arena_alloc(in->arena, MAX_UNMAPPED * sizeof(*view->unmapped));
	for (size_t i = 0; i < count; i++)
		if (unmapped[i].source == view->live &&
		    !(unmapped[i].signal->flags & SIGNAL_WATCHDOG))
			add_unmapped(in, view, known, unmapped[i].signal, service_label);
	strmap_free(known);
}

void source_view_suggest(struct source_view *view, const struct fleet *fleet,
			 const struct live *live, struct arena *arena)
{
	const char **names = arena_alloc(arena, fleet_count(fleet) * sizeof(*names));
	const char *service_label = live ? label_of(live, view->live) : NULL;

	for (size_t i = 0; i < fleet_count(fleet); i++)
		names[i] = fleet_at(fleet, i)->name;
	for (size_t i = 0; i < view->unmapped_count && i < MAX_SUGGESTIONS; i++)
		view->unmapped[i].suggestion =
		    suggest(fleet, names, view->unmapped[i].signal, service_label, arena);
}

/* ---- services ---- */

static size_t signals_of(const struct service *service, const struct live_source *source)
{
	size_t count = 0;

	for (size_t i = 0; i < service->signal_count; i++)
		count += service->signals[i].source == source;
	return count;
}

static void note_missing(struct source_view *view, const struct service *service)
{
	if ((service->tier == 1 || service->tier == 2) && view->missing_count < MAX_MISSING) {
		view->missing[view->missing_count] = service->name;
		view->missing_tiers[view->missing_count++] = service->tier;
	} else {
		view->missing_others++;
	}
}

static void find_services(struct looking *in, struct source_view *view)
{
	bool every = (view->live->kinds & EVERY_SERVICE) && view->answering;

	view->missing = arena_alloc(in->arena, MAX_MISSING * sizeof(*view->missing));
	view->missing_tiers = arena_alloc(in->arena, MAX_MISSING * sizeof(*view->missing_tiers));
	for (int tier = 1; tier <= 5; tier++)
		for (size_t i = 0; i < fleet_count(in->fleet); i++) {
			const struct service *service = fleet_at(in->fleet, i);

			if ((service->tier ? service->tier : 5) != tier)
				continue;
			if (signals_of(service, view->live))
				view->services++;
			else if (every)
				note_missing(view, service);
		}
}

/* ---- the view ---- */

static enum source_state state_of(const struct source_view *view, bool asking)
{
	const struct live_source *live = view->live;

	if (live->failing_since)
		return view->answering ? SOURCE_PARTLY : SOURCE_FAILING;
	if (!live->topic_count)
		return asking ? SOURCE_WAITING : SOURCE_NOTHING;
	return live->answered ? SOURCE_OK : SOURCE_WAITING;
}

static void look(struct looking *in, struct source_view *view)
{
	const struct live_source *live = view->live;

	for (size_t i = 0; i < live->topic_count; i++) {
		view->answering += live->topics[i]->observed_at && !live->topics[i]->failing_since;
		view->signals += live->topics[i]->signal_count;
	}
	view->state = state_of(view, in->asking);
	find_services(in, view);
	find_unmapped(in, view);
}

/* Whether a secret goes over a network that others may read. */
static bool in_the_clear(const struct config_source *source)
{
	static const char *const own[] = {"127.0.0.1", "localhost", "[::1]"};
	const char *url = source->url, *rest;

	if (!url || source->auth.kind == AUTH_NONE || strncasecmp(url, "http://", 7) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(own); i++) {
		if (strncasecmp(url + 7, own[i], strlen(own[i])) != 0)
			continue;
		rest = url + 7 + strlen(own[i]);
		if (!*rest || *rest == ':' || *rest == '/')
			return false;
	}
	return true;
}

static struct source_view view_of_config(const struct config_source *source,
					 const struct live *live)
{
	const struct live_source *found = live ? live_find(live, source->name) : NULL;

	return (struct source_view){.name = source->name,
				    .type = source->type,
				    .url = found ? found->url : source->url,
				    .environment = source->environment,
				    .line = source->line,
				    .in_the_clear = in_the_clear(source),
				    .state = live ? SOURCE_UNBUILT : SOURCE_UNASKED,
				    .live = found};
}

static struct source_view view_of_live(const struct live_source *source)
{
	return (struct source_view){.name = source->name,
				    .type = source->type,
				    .url = source->url,
				    .environment = source->environment,
				    .live = source};
}

struct source_view *source_views(const struct fleet *fleet, const struct live *live,
				 const struct config *config, bool asking, struct arena *arena,
				 size_t *count)
{
	struct looking in = {.fleet = fleet, .live = live, .arena = arena, .asking = asking};
	struct source_view *views;

	*count = config ? config->source_count : live ? live_count(live) : 0;
	views = arena_alloc(arena, *count * sizeof(*views));
	for (size_t i = 0; i < *count; i++) {
		views[i] = config ? view_of_config(&config->sources[i], live)
				  : view_of_live(live_at(live, i));
		if (views[i].live)
			look(&in, &views[i]);
	}
	return views;
}

int64_t source_heard_at(const struct live_source *source)
{
	int64_t newest = 0;

	for (size_t i = 0; i < source->topic_count; i++)
		if (source->topics[i]->observed_at > newest)
			newest = source->topics[i]->observed_at;
	return newest;
}

static int compare(const void *a, const void *b)
{
	const struct source_view *left = a, *right = b;

	if (left->state != right->state)
		return left->state < right->state ? -1 : 1;
	return strcmp(left->name, right->name);
}

void source_views_sort(struct source_view *views, size_t count)
{
	if (count)
		qsort(views, count, sizeof(*views), compare);
}
