#include "core/fleet_row.h"

#include <string.h>

#include "core/fleet_recall.h"
#include "core/fleet_row_format.h"

#define MAX_ROW	  (1 << 20)
#define MAX_LISTS 64 /* that differ, among the rows of one fleet; more of them are not read */

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
		places->ids[i] = fleet_row_id(checklist->checks[i].id);
	return places;
}

static uint32_t id_at(const unsigned char *ids, size_t index)
{
	const unsigned char *at = ids + index * ROW_ID_SIZE;

	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

/* Where each check of the list is among count ids; NULL: too many rows have ids of their own. */
static const int16_t *find_places(struct row_places *places, const unsigned char *ids, size_t count,
				  struct arena *arena)
{
	size_t len = count * ROW_ID_SIZE, checks = places->checklist->check_count;
	int16_t *found;

	if (places->places && len == places->last_len && !memcmp(ids, places->last, len))
		return places->places;
	if (places->made == MAX_LISTS)
		return NULL;
	places->made++;
	found = arena_alloc(arena, (checks + 1) * sizeof(*found));
	for (size_t i = 0; i < checks; i++) {
		found[i] = -1;
		for (size_t k = 0; k < count && found[i] < 0; k++)
			if (id_at(ids, k) == places->ids[i])
				found[i] = (int16_t)k;
	}
	places->last = ids;
	places->last_len = len;
	places->places = found;
	return found;
}

static void get_lists(struct wire_reader *in, struct arena *arena, struct service *service)
{
	service->language_count = get_count(in, ROW_MAX_LANGUAGES);
	if (service->language_count)
		service->languages =
		    arena_alloc(arena, service->language_count * sizeof(*service->languages));
	for (size_t i = 0; i < service->language_count; i++) {
		service->languages[i] = get_str(in);
		in->failed |= !service->languages[i];
	}
	service->owner_count = get_count(in, ROW_MAX_OWNERS);
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
	out->first = bits & ROW_FIRST;
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
	    (size_t)(in.end - in.next) < out->finding_count * (size_t)(ROW_ID_SIZE + ROW_FLAG_SIZE))
		return false;
	out->places = find_places(places, in.next, out->finding_count, arena);
	out->flags = in.next + out->finding_count * (size_t)ROW_ID_SIZE;
	out->rest = out->flags + out->finding_count * (size_t)ROW_FLAG_SIZE;
	out->end = in.end;
	return out->places;
}

bool fleet_row_replace(struct recalled_service *service, struct row_places *places,
		       struct arena *arena)
{
	size_t count = service->finding_count;

	service->whole = false;
	service->places = find_places(places, service->flags - count * ROW_ID_SIZE, count, arena);
	return service->places;
}

/* The flags of a check, made up where the row has none that make sense. */
static unsigned flags_of(const struct checklist *checklist, const struct recalled_service *service,
			 size_t check, bool *there)
{
	int place = service->places[check], tier = service->pub.tier ? service->pub.tier : 4;
	const unsigned char *at = service->flags + place * ROW_FLAG_SIZE;

	*there = place >= 0 && (at[0] & 7) <= STATUS_NA;
	if (*there)
		return at[0] | (unsigned)at[1] << 8;
	return (unsigned)STATUS_UNKNOWN | (unsigned)UNKNOWN_FAILED << ROW_CODE_AT |
	       (checklist->checks[check].tier >= tier ? ROW_REQUIRED : 0);
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
	    .code = (enum unknown_code)(flags >> ROW_CODE_AT & 3),
	    .strength = (enum strength)(flags >> ROW_STRENGTH_AT & 3),
	    .required = flags & ROW_REQUIRED,
	    .since_at_least = flags & ROW_AT_LEAST,
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
		if (!(flags & ROW_REQUIRED))
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

static void get_origin(struct wire_reader *in, struct row_common *last, struct origin *at)
{
	at->path = get_common(in, &last->path);
	at->line = (uint32_t)get_uint(in);
}

static void get_sourced(struct wire_reader *in, struct row_common *last, struct sourced *sourced,
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

static void get_links(struct wire_reader *in, struct row_common *last, struct arena *arena,
		      struct service *service)
{
	size_t count = get_count(in, ROW_MAX_LINKS);
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

static void get_names(struct wire_reader *in, struct row_common *last, struct arena *arena,
		      struct service *service, row_find *find, void *ctx)
{
	size_t count = get_count(in, ROW_MAX_NAMES);

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
	count = get_count(in, ROW_MAX_NAMES);
	if (count)
		service->dependents = arena_alloc(arena, count * sizeof(*service->dependents));
	for (size_t i = 0; i < count; i++) {
		const char *name = get_str(in);
		int32_t index = name ? find(ctx, name) : -1;

		if (index >= 0)
			service->dependents[service->dependent_count++] = index;
	}
}

static void get_warnings(struct wire_reader *in, struct row_common *last, struct arena *arena,
			 struct service *service)
{
	size_t count = get_count(in, ROW_MAX_WARNINGS);

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

static void get_facts(struct wire_reader *in, struct row_common *last, struct recalled_service *out)
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
	struct row_common last = {0};
	struct wire_reader in;

	wire_reader_init(&in, out->rest, (size_t)(out->end - out->rest));
	out->whole = true;
	for (size_t i = 0; i < checks; i++)
		findings[i] = fleet_row_finding(checklist, out, i);
	get_ages(&in, out, findings, checks);
	service->findings = findings;
	out->history.subdir = "";
	get_checkout(&in, co);
	co->bare = out->bits & ROW_BARE;
	co->shallow = out->bits & ROW_SHALLOW;
	co->partial = out->bits & ROW_PARTIAL;
	co->detached = out->bits & ROW_DETACHED;
	service->checkout = co;
	get_facts(&in, &last, out);
	get_links(&in, &last, arena, service);
	get_names(&in, &last, arena, service, find, ctx);
	get_warnings(&in, &last, arena, service);
}
