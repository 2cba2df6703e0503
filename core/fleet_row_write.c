#include <string.h>

#include "core/fleet_internal.h"
#include "core/fleet_recall.h"
#include "core/fleet_row.h"
#include "core/fleet_row_format.h"

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

static void put_findings(struct buf *out, const struct checklist *checklist,
			 const struct finding *findings)
{
	size_t count = put_count(out, checklist->check_count, CHECKLIST_MAX_CHECKS);

	for (size_t i = 0; i < count; i++) {
		uint32_t id = fleet_row_id(checklist->checks[i].id);
		unsigned char bytes[ROW_ID_SIZE] = {(unsigned char)id, (unsigned char)(id >> 8),
						    (unsigned char)(id >> 16),
						    (unsigned char)(id >> 24)};

		buf_add(out, bytes, sizeof(bytes));
	}
	for (size_t i = 0; i < count; i++) {
		const struct finding *finding = &findings[i];
		unsigned flags = (unsigned)finding->status |
				 (unsigned)finding->code << ROW_CODE_AT |
				 (unsigned)finding->strength << ROW_STRENGTH_AT |
				 (finding->required ? ROW_REQUIRED : 0) |
				 (finding->since_at_least ? ROW_AT_LEAST : 0);

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
	buf_addc(out, (char)((is_first(service) ? ROW_FIRST : 0) | (co->bare ? ROW_BARE : 0) |
			     (co->shallow ? ROW_SHALLOW : 0) | (co->partial ? ROW_PARTIAL : 0) |
			     (co->detached ? ROW_DETACHED : 0)));
	buf_addc(out, (char)service->tier);
	buf_addc(out, (char)service->reached);
	buf_addc(out, (char)service->reached_unknown);
	put_str(out, service->name);
	put_str(out, service->type.value);
	put_str(out, service->lifecycle.value);
	wire_put_int(out, service->history ? service->history->last_commit : 0);
	count = put_count(out, service->language_count, ROW_MAX_LANGUAGES);
	for (size_t i = 0; i < count; i++)
		put_str(out, service->languages[i]);
	count = put_count(out, service->owner_count, ROW_MAX_OWNERS);
	for (size_t i = 0; i < count; i++)
		put_str(out, service->owners[i].value);
	put_findings(out, fleet_checklist(fleet), service->findings);
}

static void put_common(struct buf *out, const char **last, const char *text)
{
	bool same = *last && text ? !strcmp(*last, text) : *last == text;

	buf_addc(out, !same);
	if (!same)
		put_str(out, text);
	*last = text;
}

static void put_origin(struct buf *out, struct row_common *last, const struct origin *at)
{
	put_common(out, &last->path, at->path);
	wire_put_uint(out, at->line);
}

/* Where a value stands; the value itself where it is in no outline. */
static void put_sourced(struct buf *out, struct row_common *last, const struct sourced *sourced,
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

static void put_links(struct buf *out, struct row_common *last, const struct service *service)
{
	size_t count = put_count(out, service->link_count, ROW_MAX_LINKS);

	for (size_t i = 0; i < count; i++) {
		put_str(out, service->links[i].type);
		put_str(out, service->links[i].name);
		put_str(out, service->links[i].url);
		put_origin(out, last, &service->links[i].at);
	}
}

static void put_names(struct buf *out, struct row_common *last, const struct fleet *fleet,
		      const struct service *service)
{
	size_t count = put_count(out, service->depends_count, ROW_MAX_NAMES);

	for (size_t i = 0; i < count; i++) {
		const struct dependency_ref *ref = &service->depends_on[i];

		put_str(out, ref->service >= 0 ? fleet_at(fleet, (size_t)ref->service)->name
					       : ref->name);
		wire_put_uint(out, ref->service >= 0);
		put_origin(out, last, &ref->at);
	}
	count = put_count(out, service->dependent_count, ROW_MAX_NAMES);
	for (size_t i = 0; i < count; i++)
		put_str(out, fleet_at(fleet, (size_t)service->dependents[i])->name);
}

static void put_warnings(struct buf *out, struct row_common *last, const struct service *service)
{
	size_t count = put_count(out, service->warning_count, ROW_MAX_WARNINGS);

	for (size_t i = 0; i < count; i++) {
		put_str(out, service->warnings[i].text);
		put_origin(out, last, &service->warnings[i].at);
	}
}

void fleet_row_encode(const struct fleet *fleet, const struct service *service, struct buf *out)
{
	struct row_common last = {0};

	put_outline(out, fleet, service);
	put_ages(out, fleet_checklist(fleet), service->findings);
	put_checkout(out, service->checkout);
	put_str(out, service->subdir);
	put_str(out, service->title);
	put_sourced(out, &last, &service->description, true);
	put_sourced(out, &last, &service->tier_at, true);
	put_sourced(out, &last, &service->type, false);
	put_sourced(out, &last, &service->lifecycle, false);
	for (size_t i = 0; i < service->owner_count && i < ROW_MAX_OWNERS; i++)
		put_sourced(out, &last, &service->owners[i], false);
	wire_put_uint(out, service->history != NULL);
	if (service->history)
		put_history(out, service->history);
	put_links(out, &last, service);
	put_names(out, &last, fleet, service);
	put_warnings(out, &last, service);
}
