#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/report_internal.h"
#include "core/text.h"

/* One service whole, for people: as text and as Markdown. */

#define MAX_EVIDENCE 4 /* places shown of one item unless verbose */

static bool markdown(const struct report *report)
{
	return report->format == REPORT_MARKDOWN;
}

static void heading(struct buf *out, const struct report *report, const char *text)
{
	if (markdown(report)) {
		buf_adds(out, "\n## ");
		report_markdown_text(out, text);
		buf_adds(out, "\n\n");
		return;
	}
	buf_addc(out, '\n');
	report_hang(out, report, "", 0, text);
	if (report->plain)
		return;
	for (size_t i = text_width(text); i; i--)
		buf_adds(out, report->ascii ? "-" : "\u2500");
	buf_addc(out, '\n');
}

/* A line of the text at a depth of the list; in Markdown an item of it. */
static void item(struct buf *out, const struct report *report, size_t depth, const char *text)
{
	struct buf clean = {0};

	if (!markdown(report)) {
		report_hang(out, report, depth ? "      " : "  ", depth ? 8 : 4, text);
		return;
	}
	for (size_t i = 0; i < depth; i++)
		buf_adds(out, "  ");
	buf_adds(out, "- ");
	text_sanitise(&clean, text, strlen(text), 0);
	report_markdown_text(out, buf_str(&clean));
	buf_addc(out, '\n');
	buf_free(&clean);
}

__attribute__((format(printf, 4, 5))) static void itemf(struct buf *out,
							const struct report *report, size_t depth,
							const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	item(out, report, depth, text);
	free(text);
}

/* " (service.yml:3)" behind what it says; freed by the caller. */
static char *origin_text(const char *format, const struct origin *at)
{
	if (at->path && at->line)
		return xasprintf(" (%s:%u)", at->path, (unsigned)at->line);
	if (at->path || format)
		return xasprintf(" (%s)", at->path ? at->path : format);
	return xstrdup("");
}

static void said(struct buf *out, const struct report *report, const char *name,
		 const struct sourced *value)
{
	char *origin;

	if (!value->value)
		return;
	origin = origin_text(value->format, &value->at);
	itemf(out, report, 0, "%s: %s%s", name, value->value, origin);
	free(origin);
}

static void put_checkout(struct buf *out, const struct report *report,
			 const struct service *service)
{
	const struct checkout *co = service->checkout;
	char read[TIME_TEXT_MAX], age[TEXT_AGE_MAX];

	itemf(out, report, 0, "checkout: %s%s%s", co->path, *service->subdir ? ", folder " : "",
	      service->subdir);
	if (co->remote)
		itemf(out, report, 0, "remote: %s", co->remote);
	if (co->head)
		itemf(out, report, 0, "read: %.12s of %s, committed %s", co->head,
		      co->ref ? co->ref : "HEAD", time_text(co->head_time, read));
	if (co->fetched_at) {
		text_age(report->now - co->fetched_at, age);
		itemf(out, report, 0, "fetched: %s%s", age, strcmp(age, "now") ? " ago" : "");
	}
	if (co->shallow || co->partial)
		itemf(out, report, 0, "%s: history and some files are not here",
		      co->shallow ? "shallow clone" : "partial clone");
}

static void put_facts(struct buf *out, const struct report *report, const struct service *service)
{
	char held[8];

	itemf(out, report, 0, "tier: %s, holds %s%s%s",
	      service->tier ? report_tier_name(service->tier) : "not set",
	      report_held(service, held), service->tier_at.at.path ? ", set in " : "",
	      service->tier_at.at.path ? service->tier_at.at.path : "");
	for (size_t i = 0; i < service->owner_count; i++)
		said(out, report, "owner", &service->owners[i]);
	if (!service->owner_count)
		item(out, report, 0, "owner: none found");
	said(out, report, "type", &service->type);
	said(out, report, "lifecycle", &service->lifecycle);
	if (service->language_count) {
		struct buf list = {0};

		for (size_t i = 0; i < service->language_count; i++)
			buf_addf(&list, "%s%s", i ? ", " : "", service->languages[i]);
		itemf(out, report, 0, "languages: %s", list.data);
		buf_free(&list);
	}
	put_checkout(out, report, service);
}

/* Whether the reason is what the place says, or ends with it. */
static bool is_reason(const struct finding *finding, const struct evidence *e)
{
	size_t text = e->text ? strlen(e->text) : 0;
	size_t reason = finding->reason ? strlen(finding->reason) : 0;

	return text && text <= reason && !strcmp(finding->reason + reason - text, e->text);
}

/* Whether the reason already says it, or an earlier place is the same. */
static bool told_before(const struct finding *finding, size_t index)
{
	const struct evidence *e = &finding->evidence[index];

	if (!e->path)
		return !e->url;
	for (size_t i = 0; i < index; i++) {
		const struct evidence *other = &finding->evidence[i];

		if (other->path && other->line == e->line && !strcmp(other->path, e->path) &&
		    !strcmp(other->checkout, e->checkout))
			return true;
	}
	return false;
}

static void put_place(struct buf *out, const struct report *report, const struct service *service,
		      const struct finding *finding, const struct evidence *e)
{
	bool elsewhere = e->checkout && strcmp(e->checkout, service->checkout->path) != 0;
	char *place = report_place(e);
	struct buf line = {0};

	buf_adds(&line, place);
	if (elsewhere)
		buf_addf(&line, " in %s", e->checkout);
	if (e->text && *e->text && !is_reason(finding, e))
		buf_addf(&line, "  %s", e->text);
	else if (!is_reason(finding, e) && e->value && *e->value && strcmp(e->value, place) != 0)
		buf_addf(&line, "  %s", e->value);
	item(out, report, 1, buf_str(&line));
	buf_free(&line);
	free(place);
}

static void put_evidence(struct buf *out, const struct report *report,
			 const struct service *service, const struct finding *finding)
{
	size_t shown = 0, left = 0;

	for (size_t i = 0; i < finding->evidence_count; i++) {
		if (told_before(finding, i))
			continue;
		if (shown < MAX_EVIDENCE || report->verbose) {
			put_place(out, report, service, finding, &finding->evidence[i]);
			shown++;
		} else {
			left++;
		}
	}
	if (left)
		itemf(out, report, 1, "and %zu more", left);
}

/* A reason that only repeats the first place is left to it. */
static bool has_own_reason(const struct finding *finding)
{
	char *place;
	bool own;

	if (!finding->reason || !*finding->reason)
		return false;
	if (!finding->evidence_count || !finding->evidence[0].path)
		return true;
	place = report_place(&finding->evidence[0]);
	own = strncmp(finding->reason, place, strlen(place)) != 0;
	free(place);
	return own;
}

/* What live sources say, with where a person looks at it. */
static void put_signals(struct buf *out, const struct report *report, const struct service *service)
{
	const struct observed *observed;
	size_t at = 0, count = 0;

	while (report_next_signal(service, &at, &observed)) {
		struct buf line = {0};

		if (!count++)
			heading(out, report, "Signals");
		report_signal_line(&line, report, observed);
		item(out, report, 0, buf_str(&line));
		if (observed->signal->text && *observed->signal->text)
			item(out, report, 1, observed->signal->text);
		if (observed->signal->url)
			item(out, report, 1, observed->signal->url);
		buf_free(&line);
	}
}

static void put_finding(struct buf *out, const struct report *report, const struct service *service,
			const struct finding *finding)
{
	const struct check *check = report_check_of(report, finding);
	const char *strength = strength_name(finding->strength);
	char age[TEXT_GAP_AGE_MAX];
	struct buf line = {0};

	buf_addf(&line, "%s %s: %s", report_glyph(report, finding), check->id,
		 report_status_word(finding));
	if (strength && finding->status == STATUS_PASS)
		buf_addf(&line, ", %s", strength);
	if (report_gap_age(report, finding, age))
		buf_addf(&line, ", open %s", age);
	if (has_own_reason(finding))
		buf_addf(&line, ": %s", finding->reason);
	item(out, report, 0, buf_str(&line));
	put_evidence(out, report, service, finding);
	if (finding->status == STATUS_GAP)
		itemf(out, report, 1, "to close it: %s", check->close);
	buf_free(&line);
}

static void put_tier(struct buf *out, const struct report *report, const struct service *service,
		     int tier)
{
	const struct checklist *checklist = fleet_checklist(report->fleet);
	bool asked = tier >= (service->tier ? service->tier : 4), any = false;

	for (size_t i = 0; i < checklist->check_count; i++) {
		const struct finding *finding = &service->findings[i];

		if (checklist->checks[i].tier != tier ||
		    !report_has_finding(report->scope, finding))
			continue;
		if (!any) {
			char *title = xasprintf("Tier %d%s", tier, asked ? "" : " (not asked for)");

			heading(out, report, title);
			free(title);
		}
		any = true;
		put_finding(out, report, service, finding);
	}
}

static void put_links(struct buf *out, const struct report *report, const struct service *service)
{
	if (service->link_count)
		heading(out, report, "Links");
	for (size_t i = 0; i < service->link_count; i++) {
		const struct link *link = &service->links[i];

		itemf(out, report, 0, "%s: %s%s%s", link->type, link->name ? link->name : "",
		      link->name ? " " : "", link->url);
	}
}

static void put_dependencies(struct buf *out, const struct report *report,
			     const struct service *service)
{
	if (service->depends_count)
		heading(out, report, "Needs");
	for (size_t i = 0; i < service->depends_count; i++) {
		const struct dependency_ref *ref = &service->depends_on[i];
		const struct service *known =
		    ref->service >= 0 ? fleet_at(report->fleet, (size_t)ref->service) : NULL;

		itemf(out, report, 0, "%s (%s)", known ? known->name : ref->name,
		      known ? report_tier_name(known->tier) : "not in this fleet");
	}
	if (service->dependent_count)
		heading(out, report, "Needed by");
	for (size_t i = 0; i < service->dependent_count; i++) {
		const struct service *by = fleet_at(report->fleet, (size_t)service->dependents[i]);

		itemf(out, report, 0, "%s (%s)", by->name, report_tier_name(by->tier));
	}
}

static void put_commits(struct buf *out, const struct report *report,
			const struct report_commit *commits, size_t count)
{
	if (count)
		heading(out, report, "Recent commits");
	for (size_t i = 0; i < count; i++) {
		char age[TEXT_AGE_MAX];

		itemf(out, report, 0, "%.8s %s %s: %s", commits[i].hash,
		      text_age(report->now - commits[i].time, age), commits[i].author,
		      commits[i].subject);
	}
}

static void put_warnings(struct buf *out, const struct report *report,
			 const struct service *service)
{
	if (service->warning_count + service->conflict_count)
		heading(out, report, "Warnings");
	for (size_t i = 0; i < service->warning_count; i++) {
		char *origin = origin_text(NULL, &service->warnings[i].at);

		itemf(out, report, 0, "%s%s", service->warnings[i].text, origin);
		free(origin);
	}
	for (size_t i = 0; i < service->conflict_count; i++) {
		char *text = report_conflict(&service->conflicts[i]);

		item(out, report, 0, text);
		free(text);
	}
}

static void put_title(struct buf *out, const struct report *report, const struct service *service)
{
	struct buf title = {0};

	report_clean(&title, report, service->name);
	if (service->title && strcmp(service->title, service->name) != 0) {
		buf_adds(&title, ", ");
		report_clean(&title, report, service->title);
	}
	if (markdown(report)) {
		buf_adds(out, "# ");
		report_markdown_text(out, buf_str(&title));
		buf_adds(out, "\n\n");
	} else {
		report_hang(out, report, "", 0, buf_str(&title));
	}
	buf_free(&title);
	if (service->description.value)
		item(out, report, 0, service->description.value);
}

static void show(const struct report *report, const struct service *service,
		 const struct report_commit *commits, size_t commit_count, struct buf *out)
{
	put_title(out, report, service);
	put_facts(out, report, service);
	put_signals(out, report, service);
	for (int tier = 1; tier <= 4; tier++)
		put_tier(out, report, service, tier);
	put_links(out, report, service);
	put_dependencies(out, report, service);
	put_commits(out, report, commits, commit_count);
	put_warnings(out, report, service);
}

void report_show(const struct report *report, const struct service *service,
		 const struct report_commit *commits, size_t commit_count, struct report_out *out)
{
	const char *names[] = {service->name};
	struct report_scope scope = *report->scope;
	struct report one = *report;

	scope.services = names;
	scope.service_count = 1;
	scope.tiers = 0;
	scope.owner_count = 0;
	one.scope = &scope;
	switch (report->format) {
	case REPORT_JSON:
		report_json(&one, out);
		break;
	case REPORT_CSV:
	case REPORT_JSONL:
		report_findings(&one, out);
		break;
	default:
		show(&one, service, commits, commit_count, &out->text);
		break;
	}
}
