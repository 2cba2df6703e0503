#include <stdlib.h>
#include <string.h>

#include "core/filter_internal.h"
#include "core/fleet_recall.h"
#include "core/hash.h"
#include "core/incident.h"
#include "core/mem.h"
#include "core/text.h"

enum { SHORT = 256 };

/* The usual case: short and ASCII. False when it is not; out has SHORT bytes. */
static bool fold_short(const char *s, char *out, size_t *len)
{
	size_t i = 0;
	for (; s[i] && i < SHORT - 1; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c >= 0x80)
			return false;
		out[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	}
	out[i] = '\0';
	*len = i;
	return s[i] == '\0';
}

static char *fold_any(struct arena *arena, const char *s)
{
	struct buf out = {0};
	size_t len = strlen(s);
	for (size_t at = 0, n; at < len; at += n) {
		uint32_t c;
		n = text_decode(s + at, len - at, &c);
		if (n == 0) {
			buf_addc(&out, s[at]);
			n = 1;
		} else {
			text_encode(&out, text_fold(c));
		}
	}
	char *folded = arena_memdup0(arena, buf_str(&out), out.len);
	buf_free(&out);
	return folded;
}

char *filter_fold(struct arena *arena, const char *s)
{
	char folded[SHORT];
	size_t len;
	if (fold_short(s ? s : "", folded, &len))
		return arena_memdup0(arena, folded, len);
	return fold_any(arena, s);
}

/* Distinct texts */

static size_t slot_of(const struct intern *intern, const char *text)
{
	size_t slot = hash_text(HASH_START, text) & (intern->slot_count - 1);
	while (intern->slots[slot] != 0 &&
	       strcmp(intern->texts[intern->slots[slot] - 1], text) != 0)
		slot = (slot + 1) & (intern->slot_count - 1);
	return slot;
}

static void intern_grow(struct intern *intern)
{
	size_t size = intern->slot_count ? intern->slot_count * 2 : 64;
	free(intern->slots);
	intern->slots = xcalloc(size, sizeof(*intern->slots));
	intern->slot_count = size;
	for (size_t i = 0; i < intern->count; i++)
		intern->slots[slot_of(intern, intern->texts[i])] = (uint32_t)i + 1;
}

static uint32_t intern_id(struct intern *intern, struct arena *arena, const char *text)
{
	char folded[SHORT];
	size_t len;
	if (!text || !*text)
		return INTERN_NONE;
	if ((intern->count + 1) * 2 > intern->slot_count)
		intern_grow(intern);
	bool is_short = fold_short(text, folded, &len);
	const char *key = is_short ? folded : fold_any(arena, text);
	size_t slot = slot_of(intern, key);
	if (intern->slots[slot] == 0) {
		GROW(intern->texts, intern->count, intern->cap);
		intern->texts[intern->count++] = is_short ? arena_memdup0(arena, folded, len) : key;
		intern->slots[slot] = (uint32_t)intern->count;
	}
	return intern->slots[slot] - 1;
}

static void intern_free(struct intern *intern)
{
	free(intern->texts);
	free(intern->slots);
	*intern = (struct intern){0};
}

/* Building */

struct filter_index *filter_index_new(void)
{
	struct filter_index *index = xcalloc(1, sizeof(*index));
	index->arena = arena_new();
	return index;
}

static void empty(struct filter_index *index)
{
	arena_free(index->arena);
	intern_free(&index->owners);
	intern_free(&index->langs);
	intern_free(&index->types);
	intern_free(&index->lifecycles);
	for (int i = 0; i < ORDER_COUNT; i++)
		free(index->orders[i]);
	free(index->owner_ids);
}

void filter_index_free(struct filter_index *index)
{
	if (index)
		empty(index);
	free(index);
}

static void allocate(struct filter_index *index)
{
	struct arena *arena = index->arena;
	size_t n = index->count + 1;
	index->mask = arena_alloc(arena, n * sizeof(*index->mask));
	index->name = arena_alloc(arena, n * sizeof(*index->name));
	index->tier = arena_alloc(arena, n);
	index->reached = arena_alloc(arena, n);
	index->state = arena_alloc(arena, n);
	index->gaps = arena_alloc(arena, n * sizeof(*index->gaps));
	index->live = arena_alloc(arena, n);
	index->commit = arena_alloc(arena, n * sizeof(*index->commit));
	index->type = arena_alloc(arena, n * sizeof(*index->type));
	index->lifecycle = arena_alloc(arena, n * sizeof(*index->lifecycle));
	index->languages = arena_alloc(arena, n * sizeof(*index->languages));
	index->first_language = arena_alloc(arena, n * sizeof(*index->first_language));
	index->passes = arena_alloc(arena, n * sizeof(*index->passes));
	index->owner_at = arena_alloc(arena, n * sizeof(*index->owner_at));
}

static void set_name(struct filter_index *index, size_t row, const char *name)
{
	index->name[row] = filter_fold(index->arena, name);
	index->mask[row] = text_mask(index->name[row]);
}

static void set_owners(struct filter_index *index, size_t row, const struct service *service,
		       size_t *cap)
{
	size_t count = index->owner_at[row];
	for (size_t i = 0; i < service->owner_count; i++) {
		uint32_t id = intern_id(&index->owners, index->arena, service->owners[i].value);
		if (id == INTERN_NONE)
			continue;
		GROW(index->owner_ids, count, *cap);
		index->owner_ids[count++] = id;
	}
	index->owner_at[row + 1] = (uint32_t)count;
}

static uint8_t live_of(const struct service *service)
{
	struct health health = service_health(service);
	uint8_t bits = LIVE_UNKNOWN;
	if (health.worst)
		bits = health.state == SIGNAL_CRITICAL ? LIVE_CRITICAL : LIVE_WARNING;
	else if (health.quiet)
		bits = LIVE_SILENCED;
	else if (health.state == SIGNAL_OK)
		bits = LIVE_OK;
	if (health.uptime_known && health.uptime == SIGNAL_CRITICAL)
		bits |= LIVE_DOWN;
	if (health.ci_known && health.ci == SIGNAL_CRITICAL)
		bits |= LIVE_RED;
	return bits;
}

static void set_service(struct filter_index *index, size_t row, size_t *owner_cap)
{
	const struct service *service = fleet_outline(index->fleet, row);
	set_name(index, row, service->name);
	index->tier[row] = (uint8_t)service->tier;
	index->reached[row] = (uint8_t)service->reached;
	index->gaps[row] = service->gaps;
	index->live[row] = service->signal_count ? live_of(service) : LIVE_UNKNOWN;
	index->commit[row] = service->history ? service->history->last_commit : 0;
	index->type[row] = intern_id(&index->types, index->arena, service->type.value);
	index->lifecycle[row] =
	    intern_id(&index->lifecycles, index->arena, service->lifecycle.value);
	index->first_language[row] = INTERN_NONE;
	for (size_t i = 0; i < service->language_count; i++) {
		uint32_t id = intern_id(&index->langs, index->arena, service->languages[i]);
		if (id < 64)
			index->languages[row] |= 1ull << id;
		if (i == 0)
			index->first_language[row] = id;
	}
	set_owners(index, row, service, owner_cap);
}

static void set_broken(struct filter_index *index, size_t row, const struct checkout *checkout)
{
	const char *name = strrchr(checkout->path, '/');
	set_name(index, row, name && name[1] ? name + 1 : checkout->path);
	index->state[row] = checkout->state == CHECKOUT_EMPTY ? STATE_EMPTY : STATE_BROKEN;
	index->broken[row - index->services] = checkout;
	index->type[row] = index->lifecycle[row] = index->first_language[row] = INTERN_NONE;
	index->owner_at[row + 1] = index->owner_at[row];
}

void filter_index_build(struct filter_index *index, const struct fleet *fleet)
{
	uint64_t build = index->build + 1;
	/* What is recalled is services alone. */
	size_t checkouts = fleet_is_recalled(fleet) ? 0 : fleet_checkout_count(fleet);
	size_t broken = 0, owner_cap = 0;
	empty(index);
	*index = (struct filter_index){.fleet = fleet,
				       .build = build,
				       .checklist = fleet_checklist(fleet),
				       .arena = arena_new()};
	index->services = fleet_count(fleet);
	for (size_t i = 0; i < checkouts; i++)
		broken += fleet_checkout_at(fleet, i)->state != CHECKOUT_OK;
	index->count = index->services + broken;
	allocate(index);
	index->broken = arena_alloc(index->arena, (broken + 1) * sizeof(*index->broken));
	for (size_t i = 0; i < index->services; i++)
		set_service(index, i, &owner_cap);
	size_t row = index->services;
	for (size_t i = 0; i < checkouts; i++)
		if (fleet_checkout_at(fleet, i)->state != CHECKOUT_OK)
			set_broken(index, row++, fleet_checkout_at(fleet, i));
}

/* Reads all findings, so it is left until a filter asks for a status. */
void filter_index_statuses(struct filter_index *index)
{
	size_t checks = index->checklist->check_count;
	if (index->bits[0])
		return;
	for (int i = 0; i < 5; i++)
		index->bits[i] =
		    arena_alloc(index->arena, (index->count + 1) * sizeof(*index->bits[i]));
	for (size_t row = 0; row < index->services; row++) {
		const struct finding *findings = fleet_at(index->fleet, row)->findings;
		for (size_t i = 0; i < checks && findings; i++)
			if (findings[i].required)
				index->bits[findings[i].status][row] |= 1ull << i;
	}
}

size_t filter_index_count(const struct filter_index *index)
{
	return index->count;
}

size_t filter_index_services(const struct filter_index *index)
{
	return index->services;
}

const struct checkout *filter_index_checkout(const struct filter_index *index, uint32_t row)
{
	return row >= index->services && row < index->count ? index->broken[row - index->services]
							    : NULL;
}

/* Orders */

static const char *const order_names[ORDER_COUNT] = {
    [ORDER_TIER] = "tier",	   [ORDER_NAME] = "name", [ORDER_OWNER] = "owner",
    [ORDER_HOLDS] = "holds",	   [ORDER_GAPS] = "gaps", [ORDER_COMMIT] = "commit",
    [ORDER_LANGUAGE] = "language", [ORDER_LIVE] = "live",
};

const char *filter_order_name(enum filter_order order)
{
	return order < ORDER_COUNT ? order_names[order] : "";
}

int filter_order_find(const char *name)
{
	for (int i = 0; i < ORDER_COUNT; i++)
		if (strcmp(order_names[i], name) == 0)
			return i;
	return -1;
}

struct ranked {
	const char *text;
	uint32_t id;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct ranked *)a)->text, ((const struct ranked *)b)->text);
}

/* The place of each id in the alphabet. */
static uint32_t *ranks(const struct intern *intern)
{
	struct ranked *sorted = xcalloc(intern->count + 1, sizeof(*sorted));
	uint32_t *rank = xcalloc(intern->count + 1, sizeof(*rank));
	for (size_t i = 0; i < intern->count; i++)
		sorted[i] = (struct ranked){intern->texts[i], (uint32_t)i};
	if (intern->count > 1)
		qsort(sorted, intern->count, sizeof(*sorted), by_text);
	for (size_t i = 0; i < intern->count; i++)
		rank[sorted[i].id] = (uint32_t)i;
	free(sorted);
	return rank;
}

static uint64_t tier_key(const struct filter_index *index, size_t row)
{
	uint64_t tier = index->state[row] != STATE_SERVICE ? 6
			: index->tier[row]		   ? index->tier[row]
							   : 5;
	return tier << 16 | (0xffffu - index->gaps[row]);
}

/* Those that burn, then silenced, those whose build is red, well, not measured. */
static uint64_t live_key(uint8_t live)
{
	static const uint8_t order[] = {LIVE_CRITICAL, LIVE_WARNING, LIVE_SILENCED, LIVE_RED,
					LIVE_OK};
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if (live & order[i])
			return i;
	return ARRAY_LEN(order);
}

static uint64_t key_of(const struct filter_index *index, enum filter_order order, size_t row,
		       const uint32_t *rank)
{
	uint32_t id;
	switch (order) {
	case ORDER_TIER:
		return tier_key(index, row);
	case ORDER_OWNER:
		if (index->owner_at[row] == index->owner_at[row + 1])
			return UINT32_MAX;
		return rank[index->owner_ids[index->owner_at[row]]];
	case ORDER_LANGUAGE:
		id = index->first_language[row];
		return id == INTERN_NONE ? UINT32_MAX : rank[id];
	case ORDER_HOLDS:
		if (index->state[row] != STATE_SERVICE)
			return 9;
		return index->reached[row] ? 5u - index->reached[row] : 0;
	case ORDER_LIVE:
		return live_key(index->live[row]);
	case ORDER_GAPS:
		return 0xffffu - index->gaps[row];
	case ORDER_COMMIT:
		return index->commit[row] > 0 ? (uint64_t)index->commit[row] : UINT64_MAX >> 1;
	default:
		return row < index->services ? 0 : 1;
	}
}

struct keyed {
	uint64_t key;
	uint32_t row;
};

/* One stable pass over 11 bits; false (and nothing done) when they are the same in all. */
static bool radix_pass(const struct keyed *from, struct keyed *to, size_t count, unsigned shift)
{
	size_t places[2049] = {0};
	for (size_t i = 0; i < count; i++)
		places[(from[i].key >> shift & 2047) + 1]++;
	if (places[(from[0].key >> shift & 2047) + 1] == count)
		return false;
	for (size_t i = 1; i < 2049; i++)
		places[i] += places[i - 1];
	for (size_t i = 0; i < count; i++)
		to[places[from[i].key >> shift & 2047]++] = from[i];
	return true;
}

static uint32_t *sorted_rows(const struct filter_index *index, enum filter_order order,
			     const uint32_t *rank)
{
	size_t count = index->count;
	struct keyed *a = xcalloc(count + 1, sizeof(*a)), *b = xcalloc(count + 1, sizeof(*b));
	for (size_t i = 0; i < count; i++)
		a[i] = (struct keyed){key_of(index, order, i, rank), (uint32_t)i};
	for (unsigned shift = 0; shift < 64 && count > 1; shift += 11)
		if (radix_pass(a, b, count, shift)) {
			struct keyed *swap = a;
			a = b;
			b = swap;
		}
	uint32_t *rows = xcalloc(count + 1, sizeof(*rows));
	for (size_t i = 0; i < count; i++)
		rows[i] = a[i].row;
	free(a);
	free(b);
	return rows;
}

const uint32_t *filter_index_order(struct filter_index *index, enum filter_order order)
{
	if (index->orders[order])
		return index->orders[order];
	uint32_t *rank = order == ORDER_OWNER	   ? ranks(&index->owners)
			 : order == ORDER_LANGUAGE ? ranks(&index->langs)
						   : NULL;
	index->orders[order] = sorted_rows(index, order, rank);
	free(rank);
	return index->orders[order];
}
