#include "core/report_table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/mem.h"
#include "core/report_internal.h"
#include "core/text.h"

#define GAP	    2  /* cells between columns */
#define NARROWEST   6  /* of a column that was cut */
#define COMFORTABLE 16 /* cut so far before a spare column is left out */

struct report_table {
	const struct report *report;
	const struct report_column *columns;
	size_t column_count;
	struct arena *arena;
	const char **cells;
	size_t cell_count, cell_cap;
};

struct report_table *report_table_new(const struct report *report,
				      const struct report_column *columns, size_t count)
{
	struct report_table *table = xcalloc(1, sizeof(*table));

	table->report = report;
	table->columns = columns;
	table->column_count = count;
	table->arena = arena_new();
	return table;
}

void report_table_free(struct report_table *table)
{
	arena_free(table->arena);
	free(table->cells);
	free(table);
}

void report_table_add(struct report_table *table, const char *const *cells)
{
	enum report_format format = table->report->format;
	bool raw = format == REPORT_JSON || format == REPORT_JSONL; /* escaped there */
	unsigned flags = format == REPORT_TEXT && table->report->ascii ? TEXT_ASCII : 0;

	for (size_t i = 0; i < table->column_count; i++) {
		const char *text = cells[i];

		GROW(table->cells, table->cell_count, table->cell_cap);
		table->cells[table->cell_count++] = text && !raw
							? text_clean(table->arena, text, flags)
							: arena_strdup(table->arena, text);
	}
}

size_t report_table_rows(const struct report_table *table)
{
	return table->column_count ? table->cell_count / table->column_count : 0;
}

static const char *cell(const struct report_table *table, size_t row, size_t column)
{
	return table->cells[row * table->column_count + column];
}

static bool is_printed(const struct report_table *table, size_t column)
{
	if (table->columns[column].data_only)
		return false;
	if (!table->columns[column].optional)
		return true;
	for (size_t r = 0; r < report_table_rows(table); r++)
		if (cell(table, r, column))
			return true;
	return false;
}

static size_t widest_cell(const struct report_table *table, size_t column)
{
	size_t widest = text_width(table->columns[column].title);

	for (size_t r = 0; r < report_table_rows(table); r++) {
		const char *text = cell(table, r, column);
		size_t cells = text ? text_width(text) : 0;

		if (cells > widest)
			widest = cells;
	}
	return widest;
}

/* Takes from the widest flexible columns until all fit or none is wider than least. */
static size_t squeeze(const struct report_table *table, size_t *widths, size_t total, size_t limit,
		      size_t least)
{
	while (total > limit) {
		size_t widest = table->column_count;

		for (size_t c = 0; c < table->column_count; c++)
			if (table->columns[c].flexible && widths[c] > least &&
			    (widest == table->column_count || widths[c] > widths[widest]))
				widest = c;
		if (widest == table->column_count)
			break;
		widths[widest]--;
		total--;
	}
	return total;
}

static size_t leave_out(const struct report_table *table, size_t *widths, size_t total)
{
	size_t least = table->column_count;

	for (size_t c = 0; c < table->column_count; c++)
		if (widths[c] && table->columns[c].spare &&
		    (least == table->column_count ||
		     table->columns[c].spare > table->columns[least].spare))
			least = c;
	if (least == table->column_count)
		return total;
	total -= widths[least] + GAP;
	widths[least] = 0;
	return total;
}

/* What the cells ask for; then flexible columns give way, spare ones go, flexible ones again. */
static void fit_columns(const struct report_table *table, unsigned width, size_t *widths)
{
	size_t limit = width ? width + GAP : SIZE_MAX, total = 0, before;

	for (size_t c = 0; c < table->column_count; c++) {
		widths[c] = is_printed(table, c) ? widest_cell(table, c) : 0;
		total += widths[c] ? widths[c] + GAP : 0;
	}
	do {
		before = squeeze(table, widths, total, limit, COMFORTABLE);
		total = before > limit ? leave_out(table, widths, before) : before;
	} while (total < before && total > limit);
	for (size_t c = 0; c < table->column_count && total < limit && width; c++)
		if (table->columns[c].flexible && widths[c]) {
			size_t more = widest_cell(table, c) - widths[c];

			more = more < limit - total ? more : limit - total;
			widths[c] += more;
			total += more;
		}
	squeeze(table, widths, total, limit, NARROWEST);
}

/* Ends a line without the blanks that padding left. */
static void end_line(struct buf *out)
{
	while (out->len && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
	buf_addc(out, '\n');
}

static void print_line(const struct report_table *table, const size_t *widths, size_t row,
		       bool header, struct buf *out)
{
	unsigned flags = table->report->ascii ? TEXT_ASCII : 0;
	bool first = true;

	for (size_t c = 0; c < table->column_count; c++) {
		const struct report_column *column = &table->columns[c];
		const char *text = header ? column->title : cell(table, row, c);

		if (!widths[c])
			continue;
		if (!first)
			buf_adds(out, "  ");
		first = false;
		text_pad(out, text ? text : "-", widths[c], column->number ? TEXT_RIGHT : TEXT_LEFT,
			 flags);
	}
	end_line(out);
}

static void print_rule(const struct report_table *table, const size_t *widths, struct buf *out)
{
	size_t total = 0;

	for (size_t c = 0; c < table->column_count; c++)
		if (widths[c])
			total += widths[c] + (total ? GAP : 0);
	for (size_t i = 0; i < total; i++)
		buf_adds(out, table->report->ascii ? "-" : "\u2500");
	buf_addc(out, '\n');
}

static void print_text(const struct report_table *table, struct report_out *out)
{
	size_t *widths = xcalloc(table->column_count, sizeof(*widths));

	fit_columns(table, table->report->width, widths);
	print_line(table, widths, 0, true, &out->text);
	if (!table->report->plain)
		print_rule(table, widths, &out->text);
	for (size_t r = 0; r < report_table_rows(table); r++) {
		print_line(table, widths, r, false, &out->text);
		report_flush(out);
	}
	free(widths);
}

static void print_csv_cell(struct buf *out, const char *text)
{
	if (!text)
		return;
	if (!strpbrk(text, ",\"\r\n") && !strchr("=+-@\t", *text)) {
		buf_adds(out, text);
		return;
	}
	buf_addc(out, '"');
	/* A spreadsheet takes it for a formula otherwise. */
	if (*text && strchr("=+-@\t", *text))
		buf_addc(out, '\'');
	for (; *text; text++) {
		if (*text == '"')
			buf_addc(out, '"');
		buf_addc(out, *text);
	}
	buf_addc(out, '"');
}

/* RFC 4180, with plain newlines. */
static void print_csv(const struct report_table *table, struct report_out *out)
{
	for (size_t c = 0, n = 0; c < table->column_count; c++)
		if (table->columns[c].key)
			buf_addf(&out->text, "%s%s", n++ ? "," : "", table->columns[c].key);
	buf_addc(&out->text, '\n');
	for (size_t r = 0; r < report_table_rows(table); r++) {
		for (size_t c = 0, n = 0; c < table->column_count; c++) {
			if (!table->columns[c].key)
				continue;
			if (n++)
				buf_addc(&out->text, ',');
			print_csv_cell(&out->text, cell(table, r, c));
		}
		buf_addc(&out->text, '\n');
		report_flush(out);
	}
}

/* "&amp;", "&#64;" */
static bool is_entity(const char *text)
{
	size_t len = 1 + (text[1] == '#');

	while (isalnum((unsigned char)text[len]))
		len++;
	return len > 1 && text[len] == ';';
}

void report_markdown_text(struct buf *out, const char *text)
{
	for (const char *c = text; *c; c++) {
		if (strchr("\\`*_[]<>|#~", *c) || (*c == '&' && is_entity(c)))
			buf_addc(out, '\\');
		buf_addc(out, *c);
		/* Forges and chats look for names in the text itself, where no backslash helps. */
		if (*c == '@' && (c == text || !isalnum((unsigned char)c[-1])))
			buf_adds(out, "\u200b");
	}
}

static void print_markdown_head(const struct report_table *table, const bool *printed,
				struct buf *out)
{
	buf_addc(out, '|');
	for (size_t c = 0; c < table->column_count; c++)
		if (printed[c])
			buf_addf(out, " %s |", table->columns[c].title);
	buf_adds(out, "\n|");
	for (size_t c = 0; c < table->column_count; c++)
		if (printed[c])
			buf_adds(out, table->columns[c].number ? " ---: |" : " --- |");
	buf_addc(out, '\n');
}

static void print_markdown(const struct report_table *table, struct report_out *out)
{
	bool *printed = xcalloc(table->column_count + 1, sizeof(*printed));

	for (size_t c = 0; c < table->column_count; c++)
		printed[c] = is_printed(table, c);
	print_markdown_head(table, printed, &out->text);
	for (size_t r = 0; r < report_table_rows(table); r++) {
		buf_addc(&out->text, '|');
		for (size_t c = 0; c < table->column_count; c++) {
			if (!printed[c])
				continue;
			buf_addc(&out->text, ' ');
			report_markdown_text(&out->text,
					     cell(table, r, c) ? cell(table, r, c) : "");
			buf_adds(&out->text, " |");
		}
		buf_addc(&out->text, '\n');
		report_flush(out);
	}
	free(printed);
}

static void json_row(struct json_writer *json, const struct report_table *table, size_t row)
{
	json_open(json, NULL, '{');
	for (size_t c = 0; c < table->column_count; c++) {
		const char *text = cell(table, row, c);

		if (!table->columns[c].key)
			continue;
		if (text && table->columns[c].number)
			json_int(json, table->columns[c].key, strtoll(text, NULL, 10));
		else
			json_str(json, table->columns[c].key, text);
	}
	json_close(json, '}');
}

static void print_json(const struct report_table *table, const char *key, struct report_out *out)
{
	struct json_writer json = {.out = &out->text, .pretty = true};

	json_open(&json, NULL, '{');
	json_int(&json, "schema", 1);
	report_json_times(&json, table->report);
	json_open(&json, key, '[');
	for (size_t r = 0; r < report_table_rows(table); r++) {
		json_row(&json, table, r);
		report_flush(out);
	}
	json_close(&json, ']');
	report_json_errors(&json, table->report);
	json_close(&json, '}');
	buf_addc(&out->text, '\n');
}

static void print_jsonl(const struct report_table *table, struct report_out *out)
{
	for (size_t r = 0; r < report_table_rows(table); r++) {
		struct json_writer json = {.out = &out->text};

		json_row(&json, table, r);
		buf_addc(&out->text, '\n');
		report_flush(out);
	}
}

void report_table_print(const struct report_table *table, const char *key, struct report_out *out)
{
	switch (table->report->format) {
	case REPORT_CSV:
		print_csv(table, out);
		break;
	case REPORT_MARKDOWN:
		print_markdown(table, out);
		break;
	case REPORT_JSON:
		print_json(table, key, out);
		break;
	case REPORT_JSONL:
		print_jsonl(table, out);
		break;
	default:
		print_text(table, out);
		break;
	}
}
