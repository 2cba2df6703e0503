/* Which services a signal is about: an index of all that they may be called. */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/fleet_internal.h"
#include "core/fleet_live_internal.h"
#include "core/mem.h"
#include "core/span.h"
#include "core/subject.h"

#define MAX_FIELDS   256
#define MAX_PAIRS    16
#define LONGEST_NAME 2048
#define MAX_TRIED    4096 /* selectors of one pair that one signal is held against */
#define MAX_INDEXED  64	  /* names of keys that are looked up among the fields */

/* A service in a list of those that are called the same, by index. */
struct place {
	int32_t service;
	struct place *next;
};

struct selector;

/* What a map has under a key. */
struct entry {
	struct place *places;
	struct selector *selectors;
	size_t count; /* of selectors that have the pair */
};

/* `prometheus.io/labels` of a service. */
struct selector {
	int32_t service;
	struct signal_label *pairs;
	size_t pair_count;
	const char *alerts; /* `prometheus.io/alert`; NULL: any */
	struct selector *next;
};

struct live_index {
	const struct fleet *fleet;
	struct arena *arena;
	struct strmap *subjects, *repos, *urls, *alerts; /* to struct entry */
	struct strmap *fields; /* name to a map of values, made when a signal has such a key */
	struct strmap *pairs;  /* "name=value" to struct entry */
	struct strmap *pair_names;
	size_t selector_count;
	uint32_t *stamps; /* by service: the search that found it last */
	uint32_t stamp;
	struct buf text;
};

static struct entry *entry_of(struct live_index *index, struct strmap *map, const char *key)
{
	struct entry *entry = strmap_get(map, key);

	if (!entry) {
		entry = arena_alloc(index->arena, sizeof(*entry));
		strmap_put(map, arena_strdup(index->arena, key), entry);
	}
	return entry;
}

static void add_place(struct live_index *index, struct strmap *map, const char *key,
		      int32_t service)
{
	struct entry *entry = entry_of(index, map, key);
	struct place *place;

	if (entry->places && entry->places->service == service)
		return;
	place = arena_alloc(index->arena, sizeof(*place));
	*place = (struct place){service, entry->places};
	entry->places = place;
}

static const char *lowered(struct buf *out, const char *text)
{
	buf_reset(out);
	for (; *text && out->len < LONGEST_NAME; text++)
		buf_addc(out, (char)tolower((unsigned char)*text));
	return buf_str(out);
}

/* "Shop.example" and "https://shop.example:443/" are one URL. */
static const char *url_key(struct buf *out, const char *url)
{
	struct span rest = span_of(url), host;
	ptrdiff_t scheme = span_find(rest, "://");

	if (scheme >= 0 && scheme < 10)
		rest = span_skip(rest, (size_t)scheme + 3);
	for (size_t i = 0; i < rest.len; i++)
		if (rest.at[i] == '#' || i == LONGEST_NAME)
			rest.len = i;
	while (span_ends(rest, "/"))
		rest.len--;
	host = rest;
	for (size_t i = 0; i < host.len; i++)
		if (host.at[i] == '/' || host.at[i] == '?')
			host.len = i;
	rest = span_skip(rest, host.len);
	if (span_ends(host, ":443"))
		host.len -= 4;
	else if (span_ends(host, ":80"))
		host.len -= 3;
	buf_reset(out);
	for (size_t i = 0; i < host.len; i++)
		buf_addc(out, (char)tolower((unsigned char)host.at[i]));
	buf_add(out, rest.at, rest.len);
	return buf_str(out);
}

/* The next word of a list with commas or blanks; false after the last. */
static bool next_word(const char **list, struct span *word)
{
	const char *at = *list + strspn(*list, ", \t\r\n");
	size_t len = strcspn(at, ", \t\r\n");

	*word = (struct span){at, len};
	*list = at + len;
	return len > 0;
}

static void add_words(struct live_index *index, struct strmap *map, const char *list,
		      int32_t service)
{
	struct span word;

	while (next_word(&list, &word)) {
		buf_reset(&index->text);
		buf_add(&index->text, word.at, word.len);
		add_place(index, map, buf_str(&index->text), service);
	}
}

static bool has_word(const char *list, const char *word)
{
	struct span one;

	while (next_word(&list, &one))
		if (span_is(one, word))
			return true;
	return false;
}

/* ---- prometheus.io/labels ---- */

static const char *pair_key(struct buf *out, const char *name, const char *value)
{
	buf_reset(out);
	buf_adds(out, name);
	buf_addc(out, '=');
	buf_adds(out, value);
	return buf_str(out);
}

/* "app=pay, team=\"x\""; NULL when a part is no pair. */
static struct selector *read_selector(struct arena *arena, const char *text)
{
	struct signal_label pairs[MAX_PAIRS];
	struct selector *selector;
	struct span rest = span_of(text), part, name, value;
	size_t count = 0;

	while (rest.len && count < MAX_PAIRS) {
		part = rest;
		if (!span_cut(rest, ',', &part, &rest))
			rest.len = 0;
		part = span_trim(part);
		if (!part.len)
			continue;
		if (!span_cut(part, '=', &name, &value))
			return NULL;
		name = span_trim(name);
		value = span_unquote(value);
		pairs[count++] = (struct signal_label){arena_memdup0(arena, name.at, name.len),
						       arena_memdup0(arena, value.at, value.len)};
	}
	if (!count || rest.len)
		return NULL;
	selector = arena_alloc(arena, sizeof(*selector));
	selector->pairs = arena_alloc(arena, count * sizeof(*pairs));
	memcpy(selector->pairs, pairs, count * sizeof(*pairs));
	selector->pair_count = count;
	return selector;
}

static struct entry *entry_of_pair(struct live_index *index, const struct signal_label *pair)
{
	return entry_of(index, index->pairs, pair_key(&index->text, pair->name, pair->value));
}

static void count_pairs(struct live_index *index, const struct selector *selector)
{
	for (size_t i = 0; i < selector->pair_count; i++)
		entry_of_pair(index, &selector->pairs[i])->count++;
}

/* Under the pair that the fewest others have, so that a signal is held against few. */
static void add_selector(struct live_index *index, struct selector *selector)
{
	const struct signal_label *rarest = &selector->pairs[0];
	struct entry *home = entry_of_pair(index, rarest);

	for (size_t i = 1; i < selector->pair_count; i++) {
		struct entry *entry = entry_of_pair(index, &selector->pairs[i]);

		if (entry->count < home->count) {
			home = entry;
			rarest = &selector->pairs[i];
		}
	}
	selector->next = home->selectors;
	home->selectors = selector;
	strmap_put(index->pair_names, rarest->name, selector);
}

/* ---- making it ---- */

static struct selector *add_service(struct live_index *index, const struct fleet_node *node,
				    struct arena *scratch)
{
	struct subject subject;
	const char *labels, *alerts;
	struct selector *selector;

	fleet_subject(node, scratch, &subject);
	add_place(index, index->subjects, subject.name, node->index);
	if (subject.repo)
		add_place(index, index->repos, lowered(&index->text, subject.repo), node->index);
	for (size_t i = 0; i < subject.url_count; i++)
		add_place(index, index->urls, url_key(&index->text, subject.urls[i]), node->index);
	labels = subject_field(&subject, "prometheus.io/labels");
	alerts = subject_field(&subject, "prometheus.io/alert");
	if (alerts && has_word(alerts, "all"))
		alerts = NULL;
	selector = labels ? read_selector(index->arena, labels) : NULL;
	if (selector) {
		selector->service = node->index;
		selector->alerts = alerts;
		index->selector_count++;
	} else if (alerts) {
		add_words(index, index->alerts, alerts, node->index);
	}
	return selector;
}

/* Lists are built from their ends, so services go in from the last to the first. */
static void add_services(struct live_index *index)
{
	const struct fleet *fleet = index->fleet;
	struct selector **selectors = xcalloc(fleet->order_count, sizeof(*selectors));

	for (size_t i = fleet->order_count; i-- > 0;) {
		struct arena *scratch = arena_new();

		selectors[i] = add_service(index, fleet->order[i], scratch);
		if (selectors[i])
			count_pairs(index, selectors[i]);
		arena_free(scratch);
	}
	for (size_t i = fleet->order_count; i-- > 0;)
		if (selectors[i])
			add_selector(index, selectors[i]);
	free(selectors);
}

struct live_index *live_index_new(const struct fleet *fleet)
{
	struct live_index *index = xcalloc(1, sizeof(*index));

	index->fleet = fleet;
	index->arena = arena_new();
	index->subjects = strmap_new();
	index->repos = strmap_new();
	index->urls = strmap_new();
	index->alerts = strmap_new();
	index->fields = strmap_new();
	index->pairs = strmap_new();
	index->pair_names = strmap_new();
	index->stamps = xcalloc(fleet->order_count + 1, sizeof(*index->stamps));
	add_services(index);
	return index;
}

static void free_values(const char *key, void *value, void *ctx)
{
	(void)key;
	(void)ctx;
	strmap_free(value);
}

void live_index_free(struct live_index *index)
{
	if (!index)
		return;
	strmap_each(index->fields, free_values, NULL);
	strmap_free(index->fields);
	strmap_free(index->subjects);
	strmap_free(index->repos);
	strmap_free(index->urls);
	strmap_free(index->alerts);
	strmap_free(index->pairs);
	strmap_free(index->pair_names);
	arena_free(index->arena);
	free(index->stamps);
	buf_free(&index->text);
	free(index);
}

/* The services by the values of one field; NULL: too many fields were asked for. */
static struct strmap *values_of(struct live_index *index, const char *name)
{
	struct strmap *values = strmap_get(index->fields, name);
	struct named_fact fields[MAX_FIELDS];

	if (values || strmap_count(index->fields) >= MAX_INDEXED)
		return values;
	values = strmap_new();
	strmap_put(index->fields, arena_strdup(index->arena, name), values);
	for (size_t i = index->fleet->order_count; i-- > 0;) {
		size_t count = fleet_fields(index->fleet->order[i], fields, MAX_FIELDS);

		for (size_t f = 0; f < count; f++)
			if (!strcmp(fields[f].name, name) && fields[f].fact.value)
				add_words(index, values, fields[f].fact.value, (int32_t)i);
	}
	return values;
}

/* ---- asking it ---- */

/* Services found so far, each once. */
struct search {
	struct live_index *index;
	int32_t *services;
	size_t count, max;
};

static void found(struct search *search, int32_t service)
{
	struct live_index *index = search->index;

	if (service < 0 || search->count == search->max || index->stamps[service] == index->stamp)
		return;
	index->stamps[service] = index->stamp;
	search->services[search->count++] = service;
}

static void found_places(struct search *search, const struct strmap *map, const char *key)
{
	const struct entry *entry = map ? strmap_get(map, key) : NULL;

	for (const struct place *place = entry ? entry->places : NULL;
	     place && search->count < search->max; place = place->next)
		found(search, place->service);
}

static bool selects(const struct selector *selector, const struct signal *signal)
{
	for (size_t i = 0; i < selector->pair_count; i++) {
		const char *value = signal_label(signal, selector->pairs[i].name);

		if (!value || strcmp(value, selector->pairs[i].value) != 0)
			return false;
	}
	return !selector->alerts || has_word(selector->alerts, signal->title);
}

static void by_labels(struct search *search, const struct signal *signal)
{
	struct live_index *index = search->index;

	for (size_t i = 0; index->selector_count && i < signal->label_count; i++) {
		const struct signal_label *label = &signal->labels[i];
		const struct selector *selector;
		const struct entry *entry;
		size_t tried = 0;

		if (!strmap_get(index->pair_names, label->name))
			continue;
		entry = strmap_get(index->pairs, pair_key(&index->text, label->name, label->value));
		selector = entry ? entry->selectors : NULL;
		for (; selector && tried < MAX_TRIED; selector = selector->next, tried++)
			if (selects(selector, signal))
				found(search, selector->service);
	}
}

static void by_key(struct search *search, const struct live_match *match,
		   const struct signal_label *key)
{
	struct live_index *index = search->index;

	if (!key->value || !*key->value || strlen(key->value) > LONGEST_NAME)
		return;
	if (!strcmp(key->name, "subject")) {
		found_places(search, index->subjects, key->value);
	} else if (!strcmp(key->name, "service")) {
		const char *ours = live_match_find(match, key->value);

		found(search, fleet_find(index->fleet, ours ? ours : key->value));
	} else if (!strcmp(key->name, "repo")) {
		found_places(search, index->repos, lowered(&index->text, key->value));
	} else if (!strcmp(key->name, "url")) {
		found_places(search, index->urls, url_key(&index->text, key->value));
	} else {
		found_places(search, values_of(index, key->name), key->value);
	}
}

size_t live_index_find(struct live_index *index, const struct live_match *match,
		       const struct signal *signal, int32_t *services, size_t max)
{
	struct search search = {index, services, 0, max};

	index->stamp++;
	by_labels(&search, signal);
	for (size_t i = 0; !search.count && i < signal->key_count; i++)
		by_key(&search, match, &signal->keys[i]);
	if (!search.count && (signal->kind == SIGNAL_ALERT || signal->kind == SIGNAL_RULE))
		found_places(&search, index->alerts, signal->title);
	return search.count;
}

int32_t live_index_subject(const struct live_index *index, const char *name)
{
	const struct entry *entry = strmap_get(index->subjects, name);

	return entry ? entry->places->service : -1;
}
