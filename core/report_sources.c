#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/report_internal.h"
#include "core/report_sources.h"
#include "core/report_table.h"
#include "core/text.h"

/* The sources: for people to mend them, for programs to watch them. */

static const char *glyph(const struct report *report, enum source_state state)
{
	bool ascii = report->ascii || report->plain;

	switch (state) {
	case SOURCE_FAILING:
		return ascii ? "x" : "\u2717";
	case SOURCE_PARTLY:
		return "!";
	case SOURCE_OK:
		return ascii ? "+" : "\u2713";
	default:
		return "?";
	}
}

struct text {
	const struct report *report;
	struct buf *out;
};

static void add_text_line(void *ctx, enum source_tone tone, unsigned depth, const char *line)
{
	const struct text *in = ctx;
	char prefix[16];

	(void)tone;
	snprintf(prefix, sizeof(prefix), "%*s", 4 + 2 * (int)depth, "");
	report_hang(in->out, in->report, prefix, strlen(prefix) + 2, line);
}

static void add_markdown_line(void *ctx, enum source_tone tone, unsigned depth, const char *line)
{
	const struct text *in = ctx;
	struct buf clean = {0};

	(void)tone;
	text_sanitise(&clean, line, strlen(line), 0);
	buf_addf(in->out, "%*s- ", 2 * (int)depth, "");
	report_markdown_text(in->out, buf_str(&clean));
	buf_addc(in->out, '\n');
	buf_free(&clean);
}

static void put_heading(const struct text *in, const struct source_view *view)
{
	bool markdown = in->report->format == REPORT_MARKDOWN;
	struct buf line = {0}, clean = {0};

	buf_addf(&line, "%s %s  %s  %s", glyph(in->report, view->state),
		 source_state_name(view->state), view->name, view->type);
	if (view->url)
		buf_addf(&line, "  %s", view->url);
	if (view->environment)
		buf_addf(&line, "  (%s)", view->environment);
	if (!markdown) {
		report_hang(in->out, in->report, "", 2, line.data);
	} else {
		text_sanitise(&clean, line.data, line.len, 0);
		buf_adds(in->out, "## ");
		report_markdown_text(in->out, buf_str(&clean));
		buf_adds(in->out, "\n\n");
	}
	buf_free(&line);
	buf_free(&clean);
}

static void print_text(const struct report *report, const struct source_view *views, size_t count,
		       struct report_out *out)
{
	struct text in = {report, &out->text};

	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_addc(in.out, '\n');
		put_heading(&in, &views[i]);
		source_view_lines(
		    &views[i], report->now,
		    report->format == REPORT_MARKDOWN ? add_markdown_line : add_text_line, &in);
		report_flush(out);
	}
}

/* ---- JSON ---- */

static void put_topics(struct json_writer *json, const struct live_source *live)
{
	json_open(json, "topics", '[');
	for (size_t i = 0; live && i < live->topic_count; i++) {
		const struct live_topic *topic = live->topics[i];

		json_open(json, NULL, '{');
		json_str(json, "topic", topic->name);
		json_str(json, "failure",
			 topic->failing_since ? failure_name(topic->failure) : NULL);
		json_str(json, "cause", topic->failing_since ? topic->cause : NULL);
		json_str(json, "fix", topic->failing_since ? topic->fix : NULL);
		json_str(json, "note", topic->note);
		json_int(json, "signals", (int64_t)topic->signal_count);
		json_time(json, "observed_at", topic->observed_at);
		json_time(json, "failing_since", topic->failing_since);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_budget(struct json_writer *json, const struct source_status *status)
{
	if (!status || status->limit < 0) {
		json_none(json, "budget");
		return;
	}
	json_open(json, "budget", '{');
	json_int(json, "limit", status->limit);
	json_int(json, "left", status->left);
	json_time(json, "resets_at", status->resets_at);
	json_close(json, '}');
}

static void put_unmatched(struct json_writer *json, const struct source_view *view)
{
	json_open(json, "unmapped", '[');
	for (size_t i = 0; i < view->unmapped_count; i++) {
		json_open(json, NULL, '{');
		json_str(json, "title", view->unmapped[i].title);
		json_str(json, "called", view->unmapped[i].called);
		json_int(json, "count", (int64_t)view->unmapped[i].count);
		json_str(json, "suggestion", view->unmapped[i].suggestion);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_int(json, "unmapped_signals", (int64_t)view->unmapped_signals);
	json_open(json, "missing", '[');
	for (size_t i = 0; i < view->missing_count; i++)
		json_str(json, NULL, view->missing[i]);
	json_close(json, ']');
	json_int(json, "missing_others", (int64_t)view->missing_others);
}

static void put_source(struct json_writer *json, const struct source_view *view)
{
	const struct live_source *live = view->live;
	const struct source_status *status = live ? &live->status : NULL;

	json_open(json, NULL, '{');
	json_str(json, "name", view->name);
	json_str(json, "type", view->type);
	json_str(json, "url", view->url);
	json_str(json, "environment", view->environment);
	json_str(json, "state", source_state_name(view->state));
	json_str(json, "version", status ? status->version : NULL);
	json_int(json, "latency_ms", status ? (int64_t)status->latency_ms : 0);
	json_int(json, "requests", status ? (int64_t)status->requests : 0);
	json_int(json, "not_modified", status ? (int64_t)status->not_modified : 0);
	json_int(json, "failures", status ? (int64_t)status->failures : 0);
	json_int(json, "bytes", status ? (int64_t)status->bytes : 0);
	put_budget(json, status);
	json_time(json, "observed_at", live ? live->observed_at : 0);
	json_time(json, "failing_since", live ? live->failing_since : 0);
	json_str(json, "cause", live ? live->cause : NULL);
	json_str(json, "fix", live ? live->fix : NULL);
	json_int(json, "signals", (int64_t)view->signals);
	json_int(json, "services", (int64_t)view->services);
	put_topics(json, live);
	put_unmatched(json, view);
	json_close(json, '}');
}

static void print_json(const struct report *report, const struct source_view *views, size_t count,
		       struct report_out *out)
{
	struct json_writer json = {.out = &out->text, .pretty = true};

	json_open(&json, NULL, '{');
	json_int(&json, "schema", 1);
	json_time(&json, "generated_at", report->now);
	json_open(&json, "sources", '[');
	for (size_t i = 0; i < count; i++) {
		put_source(&json, &views[i]);
		report_flush(out);
	}
	json_close(&json, ']');
	report_json_errors(&json, report);
	json_close(&json, '}');
	buf_addc(&out->text, '\n');
}

static void print_jsonl(const struct source_view *views, size_t count, struct report_out *out)
{
	for (size_t i = 0; i < count; i++) {
		struct json_writer json = {.out = &out->text};

		put_source(&json, &views[i]);
		buf_addc(&out->text, '\n');
		report_flush(out);
	}
}

/* ---- CSV ---- */

static void print_csv(const struct report *report, const struct source_view *views, size_t count,
		      struct report_out *out)
{
	static const struct report_column columns[] = {
	    {.key = "name"},
	    {.key = "type"},
	    {.key = "url"},
	    {.key = "environment"},
	    {.key = "state"},
	    {.key = "version"},
	    {.key = "latency_ms", .number = true},
	    {.key = "requests", .number = true},
	    {.key = "failures", .number = true},
	    {.key = "signals", .number = true},
	    {.key = "services", .number = true},
	    {.key = "unmapped_signals", .number = true},
	    {.key = "cause"},
	    {.key = "fix"},
	};
	struct report_table *table = report_table_new(report, columns, ARRAY_LEN(columns));
	struct arena *arena = arena_new();

	for (size_t i = 0; i < count; i++) {
		const struct source_view *view = &views[i];
		const struct live_source *live = view->live;
		const uint64_t numbers[] = {live ? live->status.latency_ms : 0,
					    live ? live->status.requests : 0,
					    live ? live->status.failures : 0,
					    view->signals,
					    view->services,
					    view->unmapped_signals};
		const char *cells[ARRAY_LEN(columns)] = {view->name,
							 view->type,
							 view->url,
							 view->environment,
							 source_state_name(view->state),
							 live ? live->status.version : NULL};

		for (size_t n = 0; n < ARRAY_LEN(numbers); n++)
			cells[6 + n] = arena_printf(arena, "%llu", (unsigned long long)numbers[n]);
		cells[12] = live ? live->cause : NULL;
		cells[13] = live ? live->fix : NULL;
		report_table_add(table, cells);
	}
	report_table_print(table, "sources", out);
	report_table_free(table);
	arena_free(arena);
}

void report_sources(const struct report *report, const struct source_view *views, size_t count,
		    struct report_out *out)
{
	if (report->format == REPORT_JSON)
		print_json(report, views, count, out);
	else if (report->format == REPORT_JSONL)
		print_jsonl(views, count, out);
	else if (report->format == REPORT_CSV)
		print_csv(report, views, count, out);
	else
		print_text(report, views, count, out);
}
