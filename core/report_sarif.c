#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/report_internal.h"
#include "core/strmap.h"

/* SARIF 2.1.0 (OASIS): a result for each gap, at the descriptor or what contradicts the item. */

static void put_text(struct json_writer *json, const char *key, const char *text)
{
	json_open(json, key, '{');
	json_str(json, "text", text && *text ? text : "-");
	json_close(json, '}');
}

/* A path as a URI reference (RFC 3986). */
static char *uri_of(const char *path, const char *prefix, const char *suffix)
{
	struct buf out = {0};

	buf_adds(&out, prefix);
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    strchr("/-._~", c))
			buf_addc(&out, (char)c);
		else
			buf_addf(&out, "%%%02X", c);
	}
	buf_adds(&out, suffix);
	return buf_detach(&out);
}

/* How bad a gap is follows from the service: "error" for tiers 1 and 2. */
static const char *level_of(const struct service *service)
{
	switch (service->tier) {
	case 1:
	case 2:
		return "error";
	case 3:
		return "warning";
	default:
		return "note";
	}
}

static void put_rules(struct json_writer *json, const struct checklist *checklist)
{
	json_open(json, "rules", '[');
	for (size_t i = 0; i < checklist->check_count; i++) {
		const struct check *check = &checklist->checks[i];

		json_open(json, NULL, '{');
		json_str(json, "id", check->id);
		put_text(json, "shortDescription", check->title);
		put_text(json, "fullDescription", check->why);
		put_text(json, "help", check->close);
		json_open(json, "properties", '{');
		json_int(json, "tier", check->tier);
		json_close(json, '}');
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_location(struct json_writer *json, const struct service *service,
			 const struct finding *finding, const char *base)
{
	const struct evidence *e = finding->evidence_count ? &finding->evidence[0] : NULL;
	bool evident = e && e->path && !strcmp(e->checkout, service->checkout->path);
	const char *path = evident		 ? e->path
			   : service->descriptor ? service->descriptor->at.path
						 : service->subdir;
	uint32_t line = evident ? e->line : 0;
	char *uri = uri_of(path && *path ? path : ".", "", "");

	json_open(json, "locations", '[');
	json_open(json, NULL, '{');
	json_open(json, "physicalLocation", '{');
	json_open(json, "artifactLocation", '{');
	json_str(json, "uri", uri);
	json_str(json, "uriBaseId", base);
	json_close(json, '}');
	json_open(json, "region", '{');
	json_int(json, "startLine", line ? line : 1);
	json_close(json, '}');
	json_close(json, '}');
	json_open(json, "logicalLocations", '[');
	json_open(json, NULL, '{');
	json_str(json, "name", service->name);
	json_str(json, "kind", "module");
	json_close(json, '}');
	json_close(json, ']');
	json_close(json, '}');
	json_close(json, ']');
	free(uri);
}

struct sarif {
	struct json_writer json;
	struct report_out *out;
	struct arena *arena;
	struct strmap *bases; /* path of a checkout to its uriBaseId */
	const char **paths;   /* in the order of the ids */
	size_t path_count;
};

static const char *base_of(struct sarif *in, const struct service *service)
{
	const char *path = service->checkout->path;
	char *base = strmap_get(in->bases, path);

	if (base)
		return base;
	base = arena_printf(in->arena, "CHECKOUT%zu", in->path_count);
	in->paths[in->path_count++] = path;
	strmap_put(in->bases, path, base);
	return base;
}

static void put_suppression(struct json_writer *json, const struct finding *finding)
{
	if (finding->status != STATUS_WAIVED)
		return;
	json_open(json, "suppressions", '[');
	json_open(json, NULL, '{');
	json_str(json, "kind", "inSource");
	json_str(json, "justification", finding->reason ? finding->reason : "waived");
	json_close(json, '}');
	json_close(json, ']');
}

static void put_result(struct sarif *in, const struct report *report, const struct service *service,
		       const struct finding *finding)
{
	struct json_writer *json = &in->json;
	const struct check *check = report_check_of(report, finding);
	struct buf text = {0}, print = {0};

	buf_addf(&text, "%s: %s: %s. %s", service->name, check->title,
		 finding->reason ? finding->reason : "", check->close);
	buf_addf(&print, "%s/%s", service->name, check->id);
	json_open(json, NULL, '{');
	json_str(json, "ruleId", check->id);
	json_int(json, "ruleIndex", finding->check);
	json_str(json, "level", level_of(service));
	put_text(json, "message", buf_str(&text));
	put_location(json, service, finding, base_of(in, service));
	json_open(json, "partialFingerprints", '{');
	json_str(json, "serviceAndCheck/v1", buf_str(&print));
	json_close(json, '}');
	put_suppression(json, finding);
	json_close(json, '}');
	buf_free(&text);
	buf_free(&print);
}

static void add_service(const struct report *report, const struct service *service, void *ctx)
{
	struct sarif *in = ctx;
	size_t count = fleet_checklist(report->fleet)->check_count;

	for (size_t i = 0; i < count; i++) {
		const struct finding *finding = &service->findings[i];

		if (finding->required && report_has_finding(report->scope, finding) &&
		    (finding->status == STATUS_GAP || finding->status == STATUS_WAIVED))
			put_result(in, report, service, finding);
	}
	report_flush(in->out);
}

static void put_tool(struct json_writer *json, const struct report *report)
{
	json_open(json, "tool", '{');
	json_open(json, "driver", '{');
	json_str(json, "name", "svctop");
	json_str(json, "version", report->version);
	put_rules(json, fleet_checklist(report->fleet));
	json_close(json, '}');
	json_close(json, '}');
}

static void put_bases(struct sarif *in)
{
	json_open(&in->json, "originalUriBaseIds", '{');
	for (size_t i = 0; i < in->path_count; i++) {
		char *uri = uri_of(in->paths[i], "file://", "/");

		json_open(&in->json, strmap_get(in->bases, in->paths[i]), '{');
		json_str(&in->json, "uri", uri);
		json_close(&in->json, '}');
		free(uri);
	}
	json_close(&in->json, '}');
}

static void put_invocation(struct json_writer *json, const struct report *report)
{
	json_open(json, "invocations", '[');
	json_open(json, NULL, '{');
	json_bool(json, "executionSuccessful", !report->error_count);
	json_time(json, "endTimeUtc", report->now);
	json_open(json, "toolExecutionNotifications", '[');
	for (size_t i = 0; i < report->error_count; i++) {
		char *line = err_line(&report->errors[i]);

		json_open(json, NULL, '{');
		json_str(json, "level", "error");
		put_text(json, "message", line);
		json_close(json, '}');
		free(line);
	}
	json_close(json, ']');
	json_close(json, '}');
	json_close(json, ']');
}

void report_sarif(const struct report *report, struct report_out *out)
{
	struct sarif in = {.json = {.out = &out->text, .pretty = true}, .out = out};
	struct json_writer *json = &in.json;

	in.arena = arena_new();
	in.bases = strmap_new();
	in.paths = arena_alloc(in.arena, fleet_count(report->fleet) * sizeof(*in.paths));
	json_open(json, NULL, '{');
	json_str(json, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	json_str(json, "version", "2.1.0");
	json_open(json, "runs", '[');
	json_open(json, NULL, '{');
	put_tool(json, report);
	put_invocation(json, report);
	json_open(json, "results", '[');
	report_each(report, add_service, &in);
	json_close(json, ']');
	put_bases(&in);
	json_close(json, '}');
	json_close(json, ']');
	json_close(json, '}');
	buf_addc(&out->text, '\n');
	arena_free(in.arena);
	strmap_free(in.bases);
}
