/* How the history pane is laid out: sentences, chart, table, what the row at hand is about. */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/chart.h"
#include "tui/pane_history_internal.h"

enum {
	WIDE = 140, /* from here on, what is worst and the details stand at the right */
	TALL = 16,  /* rows from which a chart has room; below, one row of bars */
	MIN_CHART = 5,
	MAX_CHART = 16,
	DETAIL = 2, /* rows */
	MOST = 3    /* owners and items that are named in a line */
};

/* How the rows of the body are shared. */
struct layout {
	struct canvas words, chart, rule, table, detail, side; /* rows 0: there is none */
};

static struct layout lay_out(const struct canvas *canvas)
{
	struct layout at = {0};
	struct canvas body = *canvas;
	int row = 2, chart = canvas->rows * 2 / 5;

	if (canvas->cols >= WIDE) {
		int left = canvas->cols * 13 / 20;

		body = canvas_part(canvas, 0, 0, canvas->rows, left - 1);
		at.side = canvas_part(canvas, 0, left + 1, canvas->rows, canvas->cols - left - 1);
	}
	if (canvas->rows < TALL) {
		row = chart = 1;
	} else {
		chart = chart < MIN_CHART ? MIN_CHART : chart > MAX_CHART ? MAX_CHART : chart;
		at.detail = canvas_part(&body, body.rows - DETAIL, 0, DETAIL, body.cols);
	}
	if (at.side.rows > 0)
		at.detail.rows = 0;
	at.words = canvas_part(&body, 0, 0, row, body.cols);
	at.chart = canvas_part(&body, row, 1, chart, body.cols - 2);
	row += chart;
	at.rule = canvas_part(&body, row++, 0, 1, body.cols);
	at.table = canvas_part(&body, row, 0, body.rows - row - at.detail.rows, body.cols);
	return at;
}

/* ---- sentences ---- */

typedef void say(const struct history_data *data, bool brief, struct buf *out);

static void join(const struct canvas *canvas, struct buf *out, const char *text)
{
	if (*text && out->len > 0)
		buf_addf(out, " %s ", canvas->glyphs->dot);
	buf_adds(out, text);
}

/* Owners or items with the most important gaps: "web 12, payments 7". */
static void add_most(const struct history_data *data, enum history_table table, struct buf *out)
{
	size_t named = 0;

	for (size_t i = 0; i < data->counts[table] && named < MOST; i++) {
		const struct history_group *group = &data->groups[table][i];

		if (group->group.open > 0)
			buf_addf(out, "%s%.30s %u", named++ ? ", " : "", history_group_name(group),
				 group->group.open);
	}
}

/* "worst: web 12, payments 7 - ci 8, slo 6": where the effort should go; brief: owners alone. */
static void say_worst(const struct history_data *data, bool brief, struct buf *out)
{
	struct buf owners = {0}, items = {0};

	add_most(data, HISTORY_OWNERS, &owners);
	add_most(data, HISTORY_CHECKS, &items);
	if (owners.len > 0)
		buf_addf(out, "worst: %s", buf_str(&owners));
	if (owners.len > 0 && !brief)
		buf_addf(out, "; %s", buf_str(&items));
	buf_free(&owners);
	buf_free(&items);
}

/* Two sentences in a row, each as brief as it must be; the second one only where it fits. */
static void draw_sentences(const struct history_view *state, const struct canvas *canvas, int row,
			   say *first, say *second)
{
	static const struct {
		bool brief_first, second, brief_second;
	} ways[] = {{false, true, false}, {true, true, false},	{false, true, true},
		    {true, true, true},	  {false, false, true}, {true, false, true}};

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		struct buf head = {0}, tail = {0}, text = {0};
		bool last = i + 1 == ARRAY_LEN(ways);

		first(&state->data, ways[i].brief_first, &head);
		if (ways[i].second)
			second(&state->data, ways[i].brief_second, &tail);
		join(canvas, &text, buf_str(&head));
		join(canvas, &text, buf_str(&tail));
		if (last || (int)text_width(buf_str(&text)) < canvas->cols - 1) {
			draw_text(canvas, row, 1, canvas->cols - 1, ROLE_TEXT, buf_str(&text));
			if (row == 0)
				draw_text(canvas, row, 1, canvas->cols - 1, ROLE_HEADING,
					  buf_str(&head));
			i = ARRAY_LEN(ways);
		}
		buf_free(&head);
		buf_free(&tail);
		buf_free(&text);
	}
}

static void draw_words(const struct history_view *state, const struct canvas *canvas)
{
	draw_sentences(state, canvas, 0, history_words, history_words_tier);
	if (canvas->rows > 1)
		draw_sentences(state, canvas, 1, history_words_change, say_worst);
}

/* ---- the chart ---- */

static void draw_layers(const struct history_data *data, const struct canvas *canvas)
{
	static const char *const names[CHART_LAYERS] = {"T1", "T2", "T3", "T4", "T-"};
	uint32_t values[CHART_LAYERS][TREND_MAX_POINTS];
	struct chart_layer layers[CHART_LAYERS];
	struct chart chart = {.layers = layers, .count = data->point_count};

	for (int i = 0; i < CHART_LAYERS; i++) {
		int tier = (i + 1) % CHART_LAYERS;
		uint32_t any = 0;

		for (size_t p = 0; p < data->point_count; p++)
			any |= values[i][p] = data->points[p].open_by_tier[tier];
		/* A service without a tier is rare; the four are always told of. */
		if (tier != 0 || any)
			layers[chart.layer_count++] = (struct chart_layer){
			    .values = values[i], .name = names[i], .role = TIER_ROLE(tier)};
	}
	chart.since = data->points[0].at;
	chart.until = data->points[data->point_count - 1].at;
	chart_draw(canvas, &chart);
}

/* One row: all open gaps, and between which numbers they were. */
static void draw_bars(const struct history_view *state, const struct canvas *canvas)
{
	const struct history_data *data = &state->data;
	uint32_t values[TREND_MAX_POINTS], max = 0;
	int col = draw_textf(canvas, 0, 0, canvas->cols, ROLE_TEXT, "%s ",
			     history_range_name(state->range));

	for (size_t i = 0; i < data->point_count; i++) {
		values[i] = data->points[i].open;
		max = values[i] > max ? values[i] : max;
	}
	chart_spark(canvas, 0, col, canvas->cols - col, ROLE_BAR, values, data->point_count, max);
}

/* ---- the table ---- */

static void draw_tabs(const struct history_view *state, const struct canvas *canvas)
{
	enum history_table next = (state->shown + 1) % HISTORY_TABLES;
	char title[96], right[64] = "", range[32] = "";
	const char *key = app_key(state->app, ACTION_RANGE);

	if (*key && canvas->cols >= 70)
		snprintf(range, sizeof(range), "%s %s %s ", key,
			 history_range_name((state->range + 1) % RANGE_COUNT), canvas->glyphs->dot);
	key = app_key(state->app, ACTION_GROUP);

	snprintf(title, sizeof(title), "%s%s%s: %zu",
		 state->open_only && state->shown == HISTORY_REGRESSIONS ? "open " : "",
		 history_table_title(state->shown),
		 state->shown == HISTORY_REGRESSIONS && canvas->cols >= 70
		     ? ", met before and lost since"
		     : "",
		 state->data.counts[state->shown]);
	if (*key)
		snprintf(right, sizeof(right), "%s%s %s", range, key, history_table_title(next));
	draw_rule(canvas, 0, title, right);
}

static void draw_table(struct history_view *state, const struct canvas *canvas)
{
	static const char *const nothing[HISTORY_TABLES] = {
	    [HISTORY_REGRESSIONS] = "Nothing that was met was lost in this time.",
	    [HISTORY_OWNERS] = "Nobody had a gap in this time.",
	    [HISTORY_CHECKS] = "No item was a gap in this time.",
	    [HISTORY_SERVICES] = "No service had a gap in this time.",
	    [HISTORY_CLOSED] = "No gap was closed in this time.",
	};

	if (state->data.counts[state->shown] > 0)
		table_draw(state->tabs[state->shown].table, canvas);
	else
		draw_text(canvas, canvas->rows > 2 ? 1 : 0, 1, canvas->cols - 1, ROLE_TEXT,
			  nothing[state->shown]);
}

/* ---- details ---- */

static void add_date(int64_t when, struct buf *out)
{
	char text[16] = "";
	time_t at = (time_t)when;
	struct tm tm;

	if (gmtime_r(&at, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d", &tm);
	buf_adds(out, text);
}

/* "4f2c9ab Ana Lima 2026-11-11: checkout load-tests". */
static void add_who(const struct interval *gap, const struct cause *cause, bool closed,
		    struct buf *out)
{
	if (cause->hash)
		buf_addf(out, "%.10s %s ", cause->hash, cause->author ? cause->author : "");
	if (cause->among > 1)
		buf_addf(out, "or one of %u before it, ", cause->among - 1);
	add_date(cause->time ? cause->time : closed ? gap->until : gap->from, out);
	buf_addf(out, ": %s %s", gap->service, gap->check);
}

static int draw_wrapped(const struct canvas *canvas, int row, enum role role, const char *text)
{
	struct buf clean = {0};
	size_t at = 0, start, len;

	if (canvas->cols < 3)
		return row;
	text_sanitise(&clean, text, strlen(text),
		      canvas->glyphs == glyphs_ascii() ? TEXT_ASCII : 0);
	while (row < canvas->rows &&
	       text_wrap(buf_str(&clean), clean.len, (size_t)canvas->cols - 2, &at, &start, &len)) {
		draw_textf(canvas, row, 1, canvas->cols - 2, role, "%.*s", (int)len,
			   buf_str(&clean) + start);
		row++;
	}
	buf_free(&clean);
	return row;
}

/* All of what the row at hand is about; in a few rows at the bottom each part has one. */
static void draw_detail(const struct history_view *state, const struct canvas *canvas)
{
	const struct interval *gap = history_gap_at_cursor(state);
	const struct cause *cause;
	struct buf who = {0};
	int row;

	if (!gap || canvas->rows < 2)
		return;
	cause = history_cause(state, gap);
	add_who(gap, cause, state->shown == HISTORY_CLOSED, &who);
	if (canvas->rows <= DETAIL) {
		draw_text(canvas, 0, 1, canvas->cols - 2, ROLE_ORIGIN, buf_str(&who));
		draw_text(canvas, 1, 1, canvas->cols - 2, ROLE_TEXT, history_cause_text(cause));
	} else {
		row = draw_wrapped(canvas, 0, ROLE_ORIGIN, buf_str(&who));
		row = draw_wrapped(canvas, row, ROLE_TEXT, history_cause_text(cause));
		if (cause->checkout)
			draw_wrapped(canvas, row, ROLE_ORIGIN, cause->checkout);
	}
	buf_free(&who);
}

/* The worst owners or items, as many as there is room for; returns the row after them. */
static int draw_worst(const struct history_view *state, const struct canvas *canvas, int row,
		      int rows, enum history_table table)
{
	const struct history_data *data = &state->data;
	struct canvas rule = canvas_part(canvas, row, 0, 1, canvas->cols);
	int name = canvas->cols - HISTORY_SPARK - 16;

	draw_rule(&rule, 0, table == HISTORY_OWNERS ? "worst owners" : "worst items",
		  "gaps, change");
	for (size_t i = 0; i < data->counts[table] && (int)i + 1 < rows; i++) {
		const struct history_group *group = &data->groups[table][i];
		uint32_t max = 0;
		char text[24];
		int at = row + 1 + (int)i;

		for (int s = 0; s < HISTORY_SPARK; s++)
			max = group->spark[s] > max ? group->spark[s] : max;
		draw_text(canvas, at, 1, name, ROLE_TEXT, history_group_name(group));
		chart_spark(canvas, at, name + 2, HISTORY_SPARK, ROLE_BAR, group->spark,
			    HISTORY_SPARK, max);
		snprintf(text, sizeof(text), group->group.change ? "%5u %+6d" : "%5u %6d",
			 group->group.open, group->group.change);
		draw_text(canvas, at, name + HISTORY_SPARK + 3, 12, ROLE_TEXT, text);
	}
	return row + rows;
}

static void draw_side(const struct history_view *state, const struct canvas *canvas)
{
	int rows = canvas->rows / 3, row = 0;
	struct canvas detail;

	row = draw_worst(state, canvas, row, rows, HISTORY_OWNERS);
	row = draw_worst(state, canvas, row, rows, HISTORY_CHECKS);
	detail = canvas_part(canvas, row, 0, 1, canvas->cols);
	draw_rule(&detail, 0, "at the cursor", NULL);
	detail = canvas_part(canvas, row + 1, 0, canvas->rows - row - 1, canvas->cols);
	draw_detail(state, &detail);
}

/* ---- all of it ---- */

void history_draw(struct history_view *state, const struct canvas *canvas)
{
	struct layout at = lay_out(canvas);

	state->table_row = at.table.y - canvas->y;
	draw_words(state, &at.words);
	if (at.chart.rows > 1)
		draw_layers(&state->data, &at.chart);
	else
		draw_bars(state, &at.chart);
	draw_tabs(state, &at.rule);
	draw_table(state, &at.table);
	draw_detail(state, &at.detail);
	if (at.side.rows > 0) {
		for (int row = 0; row < canvas->rows; row++)
			draw_text(canvas, row, canvas->cols - at.side.cols - 2, 1, ROLE_LINE,
				  canvas->glyphs->vertical);
		draw_side(state, &at.side);
	}
}
