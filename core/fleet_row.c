#include "core/fleet_row.h"

#include <string.h>

#include "core/fleet_internal.h"
#include "core/fleet_recall.h"
#include "core/hash.h"
#include "core/mem.h"

#define ROW_FORMAT    1
#define MAX_ROW	      (1 << 20)
#define MAX_OWNERS    64
#define MAX_LANGUAGES 16
#define MAX_LINKS     128
#define MAX_NAMES     256 /* of what it depends on, and of what depends on it */
#define MAX_WARNINGS  16
#define MAX_LISTS     64 /* that differ, among the rows of one fleet; more of them are not read */
#define ID_SIZE	      4
#define FLAG_SIZE     2

/* Bits of a row. */
enum { FIRST_OF_CHECKOUT = 1, BARE = 2, SHALLOW = 4, PARTIAL = 8, DETACHED = 16 };

/* A finding's flags: status, code, strength, then single bits. */
enum { CODE_AT = 3, STRENGTH_AT = 5, REQUIRED = 1 << 7, AT_LEAST = 1 << 8 };

/* ---- writing ---- */

static void put_str(struct buf *out, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	wire_put_uint(out, text ? (uint64_t)len + 1 : 0);
	if (text)
		buf_add(out, text, len + 1);
}

static size_t put_count(struct buf *out, size_t count, size_t max)
{
	count = count < max ? count : max;
	wire_put_uint(out, count);
	return count;
}

static uint32_t id_hash(const char *id)
{
	uint64_t hash = hash_text(HASH_START, id);

	return (uint32_t)(hash ^ hash >> 32);
}

static void put_findings(struct buf *out, const struct checklist *checklist,
			 const struct finding *findings)
{
	size_t count = put_count(out, checklist->check_count, CHECKLIST_MAX_CHECKS);

	for (size_t i = 0; i < count; i++) {
		uint32_t id = id_hash(checklist->checks[i].id);
		unsigned char bytes[ID_SIZE] = {(unsigned char)id, (unsigned char)(id >> 8),
						(unsigned char)(id >> 16),
						(unsigned char)(id >> 24)};

		buf_add(out, bytes, sizeof(bytes));
	}
	for (size_t i = 0; i < count; i++) {
		const struct finding *finding = &findings[i];
		unsigned flags = (unsigned)finding->status | (unsigned)finding->code << CODE_AT |
				 (unsigned)finding->strength << STRENGTH_AT |
				 (finding->required ? REQUIRED : 0) |
				 (finding->since_at_least ? AT_LEAST : 0);

		buf_addc(out, (char)(flags & 0xff));
		buf_addc(out, (char)(flags >> 8));
	}
}

/* The first service of its checkout counts for it. */
static bool is_first(const struct service *service)
{
	const struct fleet_node *node = (const struct fleet_node *)service;

	return service->recalled ? ((const struct recalled_service *)service)->first
				 : node->home->nodes == node;
}

static void put_outline(struct buf *out, const struct fleet *fleet, const struct service *service)
{
	const struct checkout *co = service->checkout;
	size_t count;

	buf_addc(out, ROW_FORMAT);
	buf_addc(out, (char)((is_first(service) ? FIRST_OF_CHECKOUT : 0) | (co->bare ? BARE : 0) |
			     (co->shallow ? SHALLOW : 0) | (co->partial ? PARTIAL : 0) |
			     (co->detached ? DETACHED : 0)));
	buf_addc(out, (char)service->tier);
	buf_addc(out, (char)service->reached);
	buf_addc(out, (char)service->reached_unknown);
	put_str(out, service->name);
	put_str(out, service->type.value);
	put_str(out, service->lifecycle.value);
	wire_put_int(out, service->history ? service->history->last_commit : 0);
	count = put_count(out, service->language_count, MAX_LANGUAGES);
	for (size_t i = 0; i < count; i++)
		put_str(out, service->languages[i]);
	count = put_count(out, service->owner_count, MAX_OWNERS);
	for (size_t i = 0; i < count; i++)
		put_str(out, service->owners[i].value);
	put_findings(out, fleet_checklist(fleet), service->findings);
}

/* What most values of a service have in common: the file in which they stand, and its format. */
struct common {
	const char *path, *format;
};

/* 0: as the last one; else a string after a 1. */
static void put_common(struct buf *out, const char **last, const char *text)
{
	bool same = *last && text ? !strcmp(*last, text) : *last == text;

	buf_addc(out, !same);
	if (!same)
		put_str(out, text);
	*last = text;
}

static void put_origin(struct buf *out, struct common *last, const struct origin *at)
{
	put_common(out, &last->path, at->path);
	wire_put_uint(out, at->line);
}

/* Where a value stands; the value itself where it is in no outline. */
static void put_sourced(struct buf *out, struct common *last, const struct sourced *sourced,
			bool value)
{
	if (value)
		put_str(out, sourced->value);
	put_common(out, &last->format, sourced->format);
	put_origin(out, last, &sourced->at);
}

/* Most are as old as the one before. */
static void put_ages(struct buf *out, const struct checklist *checklist,
		     const struct finding *findings)
{
	int64_t last = 0;

	for (size_t i = 0; i < checklist->check_count && i < CHECKLIST_MAX_CHECKS; i++) {
		wire_put_int(out, findings[i].since - last);
		last = findings[i].since;
	}
}

static void put_checkout(struct buf *out, const struct checkout *co)
{
	put_str(out, co->path);
	put_str(out, co->remote);
	put_str(out, co->head);
	put_str(out, co->ref);
	wire_put_int(out, co->head_time);
	wire_put_int(out, co->fetched_at);
}

static void put_history(struct buf *out, const struct history *history)
{
	wire_put_uint(out, history->commits);
	wire_put_uint(out, history->bot_commits);
	wire_put_uint(out, history->complete);
	put_str(out, history->last_hash);
	put_str(out, history->last_author);
	put_str(out, history->last_subject);
}

static void put_links(struct buf *out, struct common *last, const struct service *service)
{
	size_t count = put_count(out, service->link_count, MAX_LINKS);

	for (size_t i = 0; i < count; i++) {
		put_str(out, service->links[i].type);
		put_str(out, service->links[i].name);
		put_str(out, service->links[i].url);
		put_origin(out, last, &service->links[i].at);
	}
}

static void put_names(struct buf *out, struct common *last, const struct fleet *fleet,
		      const struct service *service)
{
	size_t count = put_count(out, service->depends_count, MAX_NAMES);

	for (size_t i = 0; i < count; i++) {
		const struct dependency_ref *ref = &service->depends_on[i];

		put_str(out, ref->service >= 0 ? fleet_at(fleet, (size_t)ref->service)->name
					       : ref->name);
		wire_put_uint(out, ref->service >= 0);
		put_origin(out, last, &ref->at);
	}
	count = put_count(out, service->dependent_count, MAX_NAMES);
	for (size_t i = 0; i < count; i++)
		put_str(out, fleet_at(fleet, (size_t)service->dependents[i])->name);
}

static void put_warnings(struct buf *out, struct common *last, const struct service *service)
{
	size_t count = put_count(out, service->warning_count, MAX_WARNINGS);

	for (size_t i = 0; i < count; i++) {
		put_str(out, service->warnings[i].text);
		put_origin(out, last, &service->warnings[i].at);
	}
}

void fleet_row_encode(const struct fleet *fleet, const struct service *service, struct buf *out)
{
	struct common last = {0};

	put_outline(out, fleet, service);
	put_ages(out, fleet_checklist(fleet), service->findings);
	put_checkout(out, service->checkout);
	put_str(out, service->subdir);
	put_str(out, service->title);
	put_sourced(out, &last, &service->description, true);
	put_sourced(out, &last, &service->tier_at, true);
	put_sourced(out, &last, &service->type, false);
	put_sourced(out, &last, &service->lifecycle, false);
	for (size_t i = 0; i < service->owner_count && i < MAX_OWNERS; i++)
		put_sourced(out, &last, &service->owners[i], false);
	wire_put_uint(out, service->history != NULL);
	if (service->history)
		put_history(out, service->history);
	put_links(out, &last, service);
	put_names(out, &last, fleet, service);
	put_warnings(out, &last, service);
}

/* ---- reading ---- */

static uint64_t get_uint(struct wire_reader *in)
{
	if (!in->failed && in->next < in->end && *in->next < 0x80)
		return *in->next++;
	return wire_get_uint(in);
}

static size_t get_count(struct wire_reader *in, size_t max)
{
	uint64_t count = get_uint(in);

	if (count > max || count > (uint64_t)(in->end - in->next))
		in->failed = true;
	return in->failed ? 0 : (size_t)count;
}

static const char *get_str(struct wire_reader *in)
{
	uint64_t size = get_uint(in);
	const char *text = (const char *)in->next;

	if (in->failed || !size)
		return NULL;
	if (size > (uint64_t)(in->end - in->next) || text[size - 1]) {
		in->failed = true;
		return NULL;
	}
	in->next += size;
	return text;
}

static unsigned get_byte(struct wire_reader *in, unsigned max)
{
	unsigned value = in->failed || in->next == in->end ? max + 1 : *in->next++;

	in->failed |= value > max;
	return in->failed ? 0 : value;
}

struct row_places *row_places_new(const struct checklist *checklist, struct arena *arena)
{
	struct row_places *places = arena_alloc(arena, sizeof(*places));

	places->checklist = checklist;
	places->ids = arena_alloc(arena, (checklist->check_count + 1) * sizeof(*places->ids));
	for (size_t i = 0; i < checklist->check_count; i++)
		places->ids[i] = id_hash(checklist->checks[i].id);
	return places;
}

static uint32_t id_at(const unsigned char *ids, size_t index)
{
	const unsigned char *at = ids + index * ID_SIZE;

	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

/* Where each check of the list is among count ids; NULL: too many rows have ids of their own. */
static const signed char *find_places(struct row_places *places, const unsigned char *ids,
				      size_t count, struct arena *arena)
{
	size_t len = count * ID_SIZE, checks = places->checklist->check_count;
	signed char *found;

	if (places->places && len == places->last_len && !memcmp(ids, places->last, len))
		return places->places;
	if (places->made == MAX_LISTS)
		return NULL;
	places->made++;
	found = arena_alloc(arena, checks + 1);
	for (size_t i = 0; i < checks; i++) {
		found[i] = -1;
		for (size_t k = 0; k < count && found[i] < 0; k++)
			if (id_at(ids, k) == places->ids[i])
				found[i] = (signed char)k;
	}
	places->last = ids;
	places->last_len = len;
	places->places = found;
	return found;
}

static void get_lists(struct wire_reader *in, struct arena *arena, struct service *service)
{
	service->language_count = get_count(in, MAX_LANGUAGES);
	if (service->language_count)
		service->languages =
		    arena_alloc(arena, service->language_count * sizeof(*service->languages));
	for (size_t i = 0; i < service->language_count; i++) {
		service->languages[i] = get_str(in);
		in->failed |= !service->languages[i];
	}
	service->owner_count = get_count(in, MAX_OWNERS);
	if (service->owner_count)
		service->owners =
		    arena_alloc(arena, service->owner_count * sizeof(*service->owners));
	for (size_t i = 0; i < service->owner_count; i++) {
		service->owners[i].value = get_str(in);
		in->failed |= !service->owners[i].value;
	}
}

bool fleet_row_outline(const unsigned char *bytes, size_t len, struct row_places *places,
		       struct arena *arena, struct recalled_service *out)
{
	struct wire_reader in;
	struct service *service = &out->pub;
	unsigned bits;

	*out = (struct recalled_service){.pub = {.recalled = true}};
	wire_reader_init(&in, bytes, len);
	if (len > MAX_ROW || get_byte(&in, 0xff) != ROW_FORMAT)
		return false;
	bits = get_byte(&in, 0xff);
	out->bits = (unsigned char)bits;
	out->first = bits & FIRST_OF_CHECKOUT;
	service->tier = (int)get_byte(&in, 4);
	service->reached = (int)get_byte(&in, 4);
	service->reached_unknown = (int)get_byte(&in, 4);
	service->name = get_str(&in);
	service->type.value = get_str(&in);
	service->lifecycle.value = get_str(&in);
	out->history.last_commit = wire_get_int(&in);
	if (out->history.last_commit)
		service->history = &out->history;
	get_lists(&in, arena, service);
	out->finding_count = (unsigned char)get_count(&in, CHECKLIST_MAX_CHECKS);
	if (in.failed || !service->name || !*service->name ||
	    (size_t)(in.end - in.next) < out->finding_count * (size_t)(ID_SIZE + FLAG_SIZE))
		return false;
	out->places = find_places(places, in.next, out->finding_count, arena);
	out->flags = in.next + out->finding_count * (size_t)ID_SIZE;
	out->rest = out->flags + out->finding_count * (size_t)FLAG_SIZE;
	out->end = in.end;
	return out->places;
}

bool fleet_row_replace(struct recalled_service *service, struct row_places *places,
		       struct arena *arena)
{
	size_t count = service->finding_count;

	service->whole = false;
	service->places = find_places(places, service->flags - count * ID_SIZE, count, arena);
	return service->places;
}

/* The flags of a check, made up where the row has none that make sense. */
static unsigned flags_of(const struct checklist *checklist, const struct recalled_service *service,
			 size_t check, bool *there)
{
	int place = service->places[check], tier = service->pub.tier ? service->pub.tier : 4;
	const unsigned char *at = service->flags + place * FLAG_SIZE;

	*there = place >= 0 && (at[0] & 7) <= STATUS_NA;
	if (*there)
		return at[0] | (unsigned)at[1] << 8;
	return (unsigned)STATUS_UNKNOWN | (unsigned)UNKNOWN_FAILED << CODE_AT |
	       (checklist->checks[check].tier >= tier ? REQUIRED : 0);
}

struct finding fleet_row_finding(const struct checklist *checklist,
				 const struct recalled_service *service, size_t check)
{
	bool there;
	unsigned flags = flags_of(checklist, service, check, &there);

	return (struct finding){
	    .check = (uint16_t)check,
	    .reason = there ? RECALLED_REASON : "not scanned with this checklist yet",
	    .status = (enum status)(flags & 7),
	    .code = (enum unknown_code)(flags >> CODE_AT & 3),
	    .strength = (enum strength)(flags >> STRENGTH_AT & 3),
	    .required = flags & REQUIRED,
	    .since_at_least = flags & AT_LEAST,
	};
}

void fleet_row_count(struct recalled_service *service, const struct checklist *checklist,
		     struct check_summary *checks)
{
	struct service *pub = &service->pub;
	size_t count = checklist->check_count, known = 0;

	memset(pub->counts, 0, sizeof(pub->counts));
	for (size_t i = 0; i < count && i < CHECKLIST_MAX_CHECKS; i++) {
		bool there;
		unsigned flags = flags_of(checklist, service, i, &there), status = flags & 7;

		known += status != STATUS_UNKNOWN;
		if (!(flags & REQUIRED))
			continue;
		pub->counts[status]++;
		checks[i].services++;
		checks[i].counts[status]++;
	}
	pub->measured = (uint16_t)known;
	pub->gaps = pub->counts[STATUS_GAP];
}

static const char *get_common(struct wire_reader *in, const char **last)
{
	if (get_byte(in, 1))
		*last = get_str(in);
	return *last;
}

static void get_origin(struct wire_reader *in, struct common *last, struct origin *at)
{
	at->path = get_common(in, &last->path);
	at->line = (uint32_t)get_uint(in);
}

static void get_sourced(struct wire_reader *in, struct common *last, struct sourced *sourced,
			bool value)
{
	if (value)
		sourced->value = get_str(in);
	sourced->format = get_common(in, &last->format);
	get_origin(in, last, &sourced->at);
}

static void get_ages(struct wire_reader *in, const struct recalled_service *service,
		     struct finding *findings, size_t checks)
{
	int64_t ages[CHECKLIST_MAX_CHECKS], last = 0;

	for (size_t i = 0; i < service->finding_count; i++) {
		last = (int64_t)((uint64_t)last + (uint64_t)wire_get_int(in));
		ages[i] = last;
	}
	for (size_t i = 0; i < checks; i++)
		if (service->places[i] >= 0 && !in->failed)
			findings[i].since = ages[service->places[i]];
}

/* path is there in any case. */
static void get_checkout(struct wire_reader *in, struct checkout *co)
{
	const char *path = get_str(in);

	co->path = path ? path : "";
	co->remote = get_str(in);
	co->head = get_str(in);
	co->ref = get_str(in);
	co->head_time = wire_get_int(in);
	co->fetched_at = wire_get_int(in);
}

static void get_history(struct wire_reader *in, struct history *history)
{
	history->commits = (uint32_t)get_uint(in);
	history->bot_commits = (uint32_t)get_uint(in);
	history->complete = get_uint(in);
	history->last_hash = get_str(in);
	history->last_author = get_str(in);
	history->last_subject = get_str(in);
}

static void get_links(struct wire_reader *in, struct common *last, struct arena *arena,
		      struct service *service)
{
	size_t count = get_count(in, MAX_LINKS);
	struct link *links = count ? arena_alloc(arena, count * sizeof(*links)) : NULL;

	service->links = links;
	service->link_count = 0;
	for (size_t i = 0; i < count; i++) {
		links[i].type = get_str(in);
		links[i].name = get_str(in);
		links[i].url = get_str(in);
		get_origin(in, last, &links[i].at);
		if (in->failed || !links[i].type || !links[i].url) {
			in->failed = true;
			return;
		}
		service->link_count = i + 1;
	}
}

static void get_names(struct wire_reader *in, struct common *last, struct arena *arena,
		      struct service *service, row_find *find, void *ctx)
{
	size_t count = get_count(in, MAX_NAMES);

	service->depends_count = service->dependent_count = 0;
	if (count)
		service->depends_on = arena_alloc(arena, count * sizeof(*service->depends_on));
	for (size_t i = 0; i < count; i++) {
		struct dependency_ref *ref = &service->depends_on[i];
		bool known;

		ref->name = get_str(in);
		known = get_uint(in);
		get_origin(in, last, &ref->at);
		if (in->failed || !ref->name)
			return;
		ref->service = known ? find(ctx, ref->name) : -1;
		service->depends_count = i + 1;
	}
	count = get_count(in, MAX_NAMES);
	if (count)
		service->dependents = arena_alloc(arena, count * sizeof(*service->dependents));
	for (size_t i = 0; i < count; i++) {
		const char *name = get_str(in);
		int32_t index = name ? find(ctx, name) : -1;

		if (index >= 0)
			service->dependents[service->dependent_count++] = index;
	}
}

static void get_warnings(struct wire_reader *in, struct common *last, struct arena *arena,
			 struct service *service)
{
	size_t count = get_count(in, MAX_WARNINGS);

	service->warning_count = 0;
	if (count)
		service->warnings = arena_alloc(arena, count * sizeof(*service->warnings));
	for (size_t i = 0; i < count; i++) {
		struct warning *warning = &service->warnings[i];

		warning->text = get_str(in);
		get_origin(in, last, &warning->at);
		if (in->failed || !warning->text)
			return;
		service->warning_count = i + 1;
	}
}

static void get_facts(struct wire_reader *in, struct common *last, struct recalled_service *out)
{
	struct service *service = &out->pub;
	const char *subdir = get_str(in);

	service->subdir = subdir ? subdir : "";
	service->title = get_str(in);
	get_sourced(in, last, &service->description, true);
	get_sourced(in, last, &service->tier_at, true);
	get_sourced(in, last, &service->type, false);
	get_sourced(in, last, &service->lifecycle, false);
	for (size_t i = 0; i < service->owner_count; i++)
		get_sourced(in, last, &service->owners[i], false);
	if (get_uint(in))
		get_history(in, &out->history);
}

void fleet_row_rest(struct recalled_service *out, const struct checklist *checklist,
		    struct arena *arena, row_find *find, void *ctx)
{
	struct service *service = &out->pub;
	size_t checks = checklist->check_count;
	struct finding *findings = arena_alloc(arena, (checks + 1) * sizeof(*findings));
	struct checkout *co = arena_alloc(arena, sizeof(*co));
	struct common last = {0};
	struct wire_reader in;

	wire_reader_init(&in, out->rest, (size_t)(out->end - out->rest));
	out->whole = true;
	for (size_t i = 0; i < checks; i++)
		findings[i] = fleet_row_finding(checklist, out, i);
	get_ages(&in, out, findings, checks);
	service->findings = findings;
	out->history.subdir = "";
	get_checkout(&in, co);
	co->bare = out->bits & BARE;
	co->shallow = out->bits & SHALLOW;
	co->partial = out->bits & PARTIAL;
	co->detached = out->bits & DETACHED;
	service->checkout = co;
	get_facts(&in, &last, out);
	get_links(&in, &last, arena, service);
	get_names(&in, &last, arena, service, find, ctx);
	get_warnings(&in, &last, arena, service);
}
