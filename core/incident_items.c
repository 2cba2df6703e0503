#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/hash.h"
#include "core/incident_internal.h"
#include "core/mem.h"

/* Which signals burn, and which of them are the same. */

#define CERT_CRITICAL 3 /* days left */
#define DAY	      INT64_C(86400)

bool burn_in_environment(const struct observed *seen, const char *environment)
{
	if (!environment)
		return true;
	if (!strcasecmp(environment, "production") || !strcasecmp(environment, "prod"))
		return observed_production(seen);
	return !strcasecmp(environment, observed_environment(seen));
}

/* ---- what burns ---- */

static bool classify_alert(const struct signal *signal, struct burn_item *out)
{
	out->kind = BURN_ALERT;
	out->state = signal->state;
	/* One without a severity is firing all the same. */
	if (signal->state == SIGNAL_UNKNOWN)
		out->state = SIGNAL_WARNING;
	out->quiet = signal->state == SIGNAL_OK ||
		     signal->flags & (SIGNAL_PENDING | SIGNAL_SILENCED | SIGNAL_INHIBITED);
	return true;
}

static bool classify_bad(const struct signal *signal, enum burn_kind kind, struct burn_item *out)
{
	out->kind = kind;
	out->state = signal->state;
	return signal->state == SIGNAL_WARNING || signal->state == SIGNAL_CRITICAL;
}

static bool classify_cert(const struct signal *signal, int64_t cert_days, int64_t now,
			  struct burn_item *out)
{
	int64_t left = signal->until - now;

	out->kind = BURN_CERT;
	out->state = SIGNAL_WARNING;
	/* Not verified for another reason than its end: the wrong host, an unknown issuer. */
	if (signal->state == SIGNAL_CRITICAL || (signal->until && left < CERT_CRITICAL * DAY))
		out->state = SIGNAL_CRITICAL;
	return out->state == SIGNAL_CRITICAL || (signal->until && left < cert_days * DAY) ||
	       (!signal->until && signal->state == SIGNAL_WARNING);
}

static bool classify_slo(const struct signal *signal, struct burn_item *out)
{
	out->kind = BURN_SLO;
	out->state = SIGNAL_WARNING;
	return signal->state == SIGNAL_WARNING || signal->state == SIGNAL_CRITICAL ||
	       (signal->state == SIGNAL_OK && signal->number < 0);
}

static bool classify_ci(const struct signal *signal, struct burn_item *out)
{
	out->kind = BURN_CI;
	out->state = SIGNAL_WARNING;
	return signal->state == SIGNAL_CRITICAL;
}

bool burn_classify(const struct observed *seen, int64_t cert_days, int64_t now,
		   struct burn_item *out)
{
	const struct signal *signal = seen->signal;

	out->seen = *seen;
	out->quiet = false;
	out->production = observed_production(seen);
	if (signal->flags & SIGNAL_WATCHDOG) {
		out->kind = BURN_WATCHDOG;
		out->state = signal->state;
		return signal->state == SIGNAL_CRITICAL;
	}
	switch (signal->kind) {
	case SIGNAL_ALERT:
		return classify_alert(signal, out);
	case SIGNAL_INCIDENT:
		return classify_bad(signal, BURN_INCIDENT, out);
	case SIGNAL_UPTIME:
		return classify_bad(signal, BURN_UPTIME, out);
	case SIGNAL_SLO:
		return classify_slo(signal, out);
	case SIGNAL_CI:
		return classify_ci(signal, out);
	case SIGNAL_CERT:
		return classify_cert(signal, cert_days, now, out);
	default:
		return false;
	}
}

const char *burn_name(const struct observed *seen)
{
	static const char *const labels[] = {"service", "app",	     "job",
					     "cluster", "namespace", "instance"};
	const struct signal *signal = seen->signal;

	for (size_t i = 0; i < signal->key_count; i++)
		if (signal->keys[i].value && *signal->keys[i].value)
			return signal->keys[i].value;
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		const char *value = signal_label(signal, labels[i]);

		if (value && *value)
			return value;
	}
	return seen->source->name;
}

/* ---- the same alert from several sources ---- */

static bool knows_silences(const struct observed *seen)
{
	return seen->source->kinds >> SIGNAL_SILENCE & 1;
}

/* Two environments may have an alert with the same labels; who says none may mean either. */
static bool same_alert(const struct burn_item *a, const struct burn_item *b)
{
	const char *left = observed_environment(&a->seen), *right = observed_environment(&b->seen);

	return a->seen.source != b->seen.source &&
	       (a->service == b->service || a->service < 0 || b->service < 0) &&
	       (!*left || !*right || !strcasecmp(left, right));
}

static bool failing(const struct burn_item *item)
{
	return item->seen.topic->failing_since != 0;
}

/* Which of two is believed: who answers, then who knows silences. */
static bool better(const struct burn_item *a, const struct burn_item *b)
{
	if (failing(a) != failing(b))
		return !failing(a);
	return knows_silences(&a->seen) && !knows_silences(&b->seen);
}

static const char *either(const char *a, const char *b)
{
	return a ? a : b;
}

/* What one tells and the other does not; what silences it comes from who knows. */
static void merge(struct arena *arena, struct burn_item *kept, const struct burn_item *other)
{
	struct signal *signal = arena_alloc(arena, sizeof(*signal));
	const struct signal *more = other->seen.signal;

	*signal = *kept->seen.signal;
	signal->text = either(signal->text, more->text);
	signal->severity = either(signal->severity, more->severity);
	signal->value = either(signal->value, more->value);
	signal->url = either(signal->url, more->url);
	signal->runbook = either(signal->runbook, more->runbook);
	signal->environment = either(signal->environment, more->environment);
	if (!signal->since)
		signal->since = more->since;
	if (!knows_silences(&kept->seen) && knows_silences(&other->seen)) {
		signal->flags |= more->flags & (SIGNAL_SILENCED | SIGNAL_INHIBITED);
		signal->refs = more->refs;
		signal->ref_count = more->ref_count;
	}
	kept->seen.signal = signal;
	if (kept->service < 0)
		kept->service = other->service;
	kept->production = observed_production(&kept->seen);
	classify_alert(signal, kept);
}

#define SAME_MAX 16 /* of one key: with more it tells nothing, and looking at all takes long */

/* Items that have a key in common hang together; the places in the lists are index + 1, 0 ends. */
struct alike {
	struct strmap *heads; /* to a place in next */
	size_t *next;
	unsigned char *lengths;
};

static struct alike alike_new(size_t count)
{
	return (struct alike){strmap_new(), xcalloc(count + 1, sizeof(size_t)),
			      xcalloc(count + 1, 1)};
}

static void alike_free(struct alike *alike)
{
	strmap_free(alike->heads);
	free(alike->next);
	free(alike->lengths);
}

static size_t alike_first(const struct alike *alike, const char *key)
{
	size_t *head = key ? strmap_get(alike->heads, key) : NULL;

	return head ? (size_t)(head - alike->next) + 1 : 0;
}

static void alike_add(struct alike *alike, const char *key, size_t index)
{
	size_t head = alike_first(alike, key);

	if (!key)
		return;
	if (!head) {
		strmap_put(alike->heads, key, &alike->next[index]);
	} else if (alike->lengths[head - 1] < SAME_MAX) {
		alike->next[index] = alike->next[head - 1];
		alike->next[head - 1] = index + 1;
		alike->lengths[head - 1]++;
	}
}

static bool merged_into(struct burn_items *items, const struct alike *alike, const char *key,
			size_t index)
{
	struct burn_item *item = &items->items[index];

	for (size_t at = alike_first(alike, key); at; at = alike->next[at - 1]) {
		struct burn_item *known = &items->items[at - 1];

		if (!same_alert(known, item))
			continue;
		if (better(item, known)) {
			struct burn_item before = *known;

			*known = *item;
			merge(items->arena, known, &before);
		} else {
			merge(items->arena, known, item);
		}
		return true;
	}
	return false;
}

/*
 * Names of the labels that alerts have where they are made. What Alertmanager is sent may have
 * more: Prometheus adds its external labels (cluster, replica) on the way, and so the same alert
 * has another fingerprint there.
 */
static struct strmap *label_names(const struct burn_items *items)
{
	struct strmap *names = strmap_new();

	for (size_t i = 0; i < items->count; i++) {
		const struct burn_item *item = &items->items[i];

		if (item->kind != BURN_ALERT || knows_silences(&item->seen))
			continue;
		for (size_t l = 0; l < item->seen.signal->label_count; l++)
			strmap_put(names, item->seen.signal->labels[l].name, names);
	}
	return names;
}

/* The same for alerts of the same name and labels, in any order; NULL: it has none to go by. */
static const char *labels_key(struct arena *arena, const struct strmap *names,
			      const struct signal *signal)
{
	uint64_t sum = hash_text(HASH_START, signal->title);
	bool any = false;

	for (size_t i = 0; i < signal->label_count; i++) {
		const struct signal_label *label = &signal->labels[i];

		if (!strmap_get(names, label->name))
			continue;
		any = true;
		sum += hash_text(hash_text(0x9e3779b97f4a7c15u, label->name), label->value);
	}
	return any ? arena_printf(arena, "%016llx", (unsigned long long)sum) : NULL;
}

void burn_merge(struct burn_items *items)
{
	struct alike ids = alike_new(items->count), labels = alike_new(items->count);
	struct strmap *names = label_names(items);
	size_t kept = 0;

	for (size_t i = 0; i < items->count; i++) {
		const struct signal *signal = items->items[i].seen.signal;
		bool alert = items->items[i].kind == BURN_ALERT;
		const char *id = alert && signal->id && *signal->id ? signal->id : NULL;
		const char *key = alert ? labels_key(items->arena, names, signal) : NULL;

		if (merged_into(items, &ids, id, i) || merged_into(items, &labels, key, i))
			continue;
		items->items[kept] = items->items[i];
		alike_add(&ids, id, kept);
		alike_add(&labels, key, kept);
		kept++;
	}
	items->count = kept;
	strmap_free(names);
	alike_free(&ids);
	alike_free(&labels);
}
