#include "tui/chart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/text.h"

enum {
	DOT_COLS = 2, /* dots of a braille cell */
	DOT_ROWS = 4,
	LEGEND = 10,	/* cells: "# T1 12345" */
	MIN_PLOT = 24,	/* cells of a plot that leaves room for a legend */
	DATE = 10,	/* cells of a date */
	DATE_ROOM = 18, /* at which dates stand apart */
	MAX_DATES = 9,
	MAX_POINTS_SIDE = 4096,
};

/* A plot's cells, and how finely it is drawn. */
struct plot {
	struct canvas canvas;
	const struct chart *chart;
	uint32_t top;
	int dot_cols, dot_rows; /* of a cell */
};

uint32_t chart_top(uint32_t max)
{
	static const uint32_t steps[] = {2, 4, 6, 8, 10, 12, 16, 20};

	if (max > 2000000000)
		return UINT32_MAX - 1;
	for (uint32_t unit = 1;; unit *= 10)
		for (size_t i = 0; i < ARRAY_LEN(steps); i++)
			if (steps[i] * unit >= max)
				return steps[i] * unit;
}

void chart_heights(const uint32_t *values, size_t count, uint32_t top, int steps, int *ends)
{
	uint64_t sum = 0;
	int before = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t end;

		sum += values[i];
		end = top > 0 ? (sum * (uint64_t)steps + top / 2) / top : 0;
		if (values[i] > 0 && end <= (uint64_t)before)
			end = (uint64_t)before + 1;
		if (end < (uint64_t)before)
			end = (uint64_t)before;
		ends[i] = before = end < (uint64_t)steps ? (int)end : steps;
	}
}

static uint32_t largest(const struct chart *chart)
{
	uint64_t max = 0;

	for (size_t p = 0; p < chart->count; p++) {
		uint64_t sum = 0;

		for (size_t i = 0; i < chart->layer_count; i++)
			sum += chart->layers[i].values[p];
		max = sum > max ? sum : max;
	}
	return max < UINT32_MAX ? (uint32_t)max : UINT32_MAX;
}

/* ---- the plot ---- */

/* Whether a dot of a layer is lit: full, checkered, upright, level, loose. */
static bool is_lit(size_t layer, int x, int y)
{
	switch (layer) {
	case 0:
		return true;
	case 1:
		return (x + y) % 2 == 0;
	case 2:
		return x % 2 == 0;
	case 3:
		return y % 4 == 1;
	default:
		return x % 2 == 0 && y % 4 == 3;
	}
}

/* The heights at a column of dots. */
static void heights_at(const struct plot *plot, int x, int *ends)
{
	const struct chart *chart = plot->chart;
	int cols = plot->canvas.cols * plot->dot_cols;
	size_t point = cols > 1 ? ((size_t)x * (chart->count - 1) + (size_t)(cols - 1) / 2) /
				      (size_t)(cols - 1)
				: chart->count - 1;
	uint32_t values[CHART_LAYERS];

	for (size_t i = 0; i < chart->layer_count; i++)
		values[i] = chart->layers[i].values[point];
	chart_heights(values, chart->layer_count, plot->top, plot->canvas.rows * plot->dot_rows,
		      ends);
}

/* The layer of a dot, y counted from the bottom; layer_count: above all of them. */
static size_t layer_at(const struct plot *plot, const int *ends, int y)
{
	size_t layer = 0;

	while (layer < plot->chart->layer_count && y >= ends[layer])
		layer++;
	return layer;
}

/* The one with most dots in a cell; of two the more important. */
static size_t most_of(const int *dots, size_t count)
{
	size_t most = 0;

	for (size_t i = 1; i < count; i++)
		if (dots[i] > dots[most])
			most = i;
	return dots[most] > 0 ? most : count;
}

static void put_braille(struct buf *out, unsigned bits)
{
	text_encode(out, 0x2800 + bits);
}

static unsigned braille_bit(int x, int y_from_top)
{
	static const unsigned bits[DOT_ROWS][DOT_COLS] = {
	    {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

	return bits[y_from_top][x];
}

static void draw_braille_cell(const struct plot *plot, int row, int col,
			      const int ends[DOT_COLS][CHART_LAYERS])
{
	int dots[CHART_LAYERS] = {0};
	size_t count = plot->chart->layer_count, layer;
	unsigned bits = 0;
	struct buf text = {0};

	for (int dx = 0; dx < DOT_COLS; dx++)
		for (int dy = 0; dy < DOT_ROWS; dy++) {
			int x = col * DOT_COLS + dx;
			int y = (plot->canvas.rows - row) * DOT_ROWS - 1 - dy;

			layer = layer_at(plot, ends[dx], y);
			if (layer == count)
				continue;
			dots[layer]++;
			/* Its upper edge is always drawn. */
			if (is_lit(layer, x, y) || y + 1 == ends[dx][layer])
				bits |= braille_bit(dx, dy);
		}
	layer = most_of(dots, count);
	if (layer < count && bits) {
		put_braille(&text, bits);
		draw_text(&plot->canvas, row, col, 1, plot->chart->layers[layer].role,
			  buf_str(&text));
	}
	buf_free(&text);
}

static void draw_column(const struct plot *plot, int col)
{
	int ends[DOT_COLS][CHART_LAYERS] = {{0}};
	const struct glyphs *glyphs = plot->canvas.glyphs;

	for (int dx = 0; dx < plot->dot_cols; dx++)
		heights_at(plot, col * plot->dot_cols + dx, ends[dx]);
	for (int row = 0; row < plot->canvas.rows; row++) {
		size_t layer;

		if (glyphs->braille) {
			draw_braille_cell(plot, row, col, (const int(*)[CHART_LAYERS])ends);
			continue;
		}
		layer = layer_at(plot, ends[0], plot->canvas.rows - 1 - row);
		if (layer < plot->chart->layer_count)
			draw_text(&plot->canvas, row, col, 1, plot->chart->layers[layer].role,
				  glyphs->shade[layer]);
	}
}

/* ---- around it ---- */

static void draw_date(const struct canvas *canvas, int row, int col, int64_t when)
{
	char text[DATE + 1] = "";
	time_t at = (time_t)when;
	struct tm tm;

	if (gmtime_r(&at, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d", &tm);
	draw_text(canvas, row, col, DATE, ROLE_TEXT, text);
}

/* The first and the last day, and some between them. */
static void draw_dates(const struct canvas *canvas, int row, int left, int width,
		       const struct chart *chart)
{
	int count = width / DATE_ROOM;

	count = count < 1 ? 1 : count;
	count = count > MAX_DATES ? MAX_DATES : count;
	if (width < 2 * DATE + 1) {
		draw_date(canvas, row, left, chart->since);
		return;
	}
	for (int i = 0; i <= count; i++) {
		int at = (width - DATE) * i / count;
		/* A date stands below its middle, the outer ones within the plot. */
		double part = i == 0 ? 0 : i == count ? 1 : (at + DATE / 2.0) / width;
		int64_t span = chart->until - chart->since;

		draw_date(canvas, row, left + at, chart->since + (int64_t)((double)span * part));
	}
}

static const char *texture_of(const struct glyphs *glyphs, size_t layer, struct buf *out)
{
	unsigned bits = 0;

	if (!glyphs->braille)
		return glyphs->shade[layer];
	for (int x = 0; x < DOT_COLS; x++)
		for (int y = 0; y < DOT_ROWS; y++)
			if (is_lit(layer, x, DOT_ROWS - 1 - y))
				bits |= braille_bit(x, y);
	put_braille(out, bits);
	return buf_str(out);
}

/* Beside the plot, in the order in which the layers stand. */
static void draw_legend(const struct canvas *canvas, const struct chart *chart)
{
	int row = 0;

	for (size_t i = chart->layer_count; i-- > 0 && row < canvas->rows;) {
		const struct chart_layer *layer = &chart->layers[i];
		struct buf text = {0};

		draw_text(canvas, row, 0, 1, layer->role, texture_of(canvas->glyphs, i, &text));
		draw_textf(canvas, row, 2, LEGEND - 2, layer->role, "%s %u", layer->name,
			   layer->values[chart->count - 1]);
		buf_free(&text);
		row++;
	}
}

static void draw_axis(const struct canvas *canvas, int rows, int width, uint32_t top)
{
	char text[16];

	for (int row = 0; row < rows; row++)
		draw_text(canvas, row, width, 1, ROLE_LINE, canvas->glyphs->vertical);
	snprintf(text, sizeof(text), "%u", top);
	draw_field(canvas, 0, 0, width, ALIGN_RIGHT, ROLE_TEXT, text);
	if (rows >= 5) {
		snprintf(text, sizeof(text), "%u", top / 2);
		draw_field(canvas, rows / 2, 0, width, ALIGN_RIGHT, ROLE_TEXT, text);
	}
	draw_field(canvas, rows, 0, width, ALIGN_RIGHT, ROLE_TEXT, "0");
}

void chart_draw(const struct canvas *canvas, const struct chart *chart)
{
	char number[16];
	uint32_t top = chart_top(largest(chart));
	int axis = snprintf(number, sizeof(number), "%u", top), rows = canvas->rows - 1;
	int width = canvas->cols - axis - 1;
	bool legend = width - LEGEND - 1 >= MIN_PLOT && rows >= (int)chart->layer_count;
	struct plot plot = {.chart = chart, .top = top, .dot_cols = 1, .dot_rows = 1};

	if (chart->count == 0 || rows < 1 || width < 1 || canvas->cols > MAX_POINTS_SIDE)
		return;
	if (legend)
		width -= LEGEND + 1;
	plot.canvas = canvas_part(canvas, 0, axis + 1, rows, width);
	if (canvas->glyphs->braille) {
		plot.dot_cols = DOT_COLS;
		plot.dot_rows = DOT_ROWS;
	}
	draw_axis(canvas, rows, axis, top);
	for (int col = 0; col < width; col++)
		draw_column(&plot, col);
	draw_dates(canvas, rows, axis + 1, width, chart);
	if (legend) {
		struct canvas part = canvas_part(canvas, 0, axis + 1 + width + 1, rows, LEGEND);

		draw_legend(&part, chart);
	}
}

/* ---- in one row ---- */

void chart_spark(const struct canvas *canvas, int row, int col, int width, enum role role,
		 const uint32_t *values, size_t count, uint32_t max)
{
	struct buf text = {0};

	for (int i = 0; i < width && count > 0; i++) {
		/* Each cell has the last value of its share of the time. */
		size_t end = (((size_t)i + 1) * count + (size_t)width - 1) / (size_t)width;
		uint32_t value = values[end - 1];
		uint64_t level = max > 0 ? ((uint64_t)value * 7 + max - 1) / max : 0;

		buf_adds(&text, canvas->glyphs->spark[level < 7 ? level : 7]);
	}
	draw_text(canvas, row, col, width, role, buf_str(&text));
	buf_free(&text);
}
