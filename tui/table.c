#include "tui/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/text.h"

enum { MAX_COLUMNS = 32, GAP = 1 };

struct place {
	int column; /* index */
	int col, width;
};

struct table {
	const struct table_source *source;
	void *ctx;
	size_t cursor, top;
	uint64_t cursor_id;
	bool moved; /* by a person: until then the cursor is on the first row, whatever it is */
	uint64_t *marks; /* ascending */
	size_t mark_count, mark_cap;
	uint32_t hidden;
	int sort;
	bool descending;
	int rows; /* lines of rows in the last draw */
	struct place places[MAX_COLUMNS];
	size_t place_count;
};

static size_t row_count(const struct table *table)
{
	return table->source->count(table->ctx);
}

struct table *table_new(const struct table_source *source, void *ctx)
{
	struct table *table = xcalloc(1, sizeof(*table));
	table->source = source;
	table->ctx = ctx;
	table->sort = -1;
	table->rows = 1;
	for (size_t i = 0; i < source->column_count && i < MAX_COLUMNS; i++)
		if (source->columns[i].hidden)
			table->hidden |= 1u << i;
	return table;
}

void table_free(struct table *table)
{
	if (table)
		free(table->marks);
	free(table);
}

static ptrdiff_t find_row(const struct table *table, uint64_t id)
{
	if (id == 0)
		return -1;
	if (table->source->find)
		return table->source->find(table->ctx, id);
	size_t count = row_count(table);
	for (size_t row = 0; row < count; row++)
		if (table->source->id(table->ctx, row) == id)
			return (ptrdiff_t)row;
	return -1;
}

static void set_cursor(struct table *table, size_t row)
{
	size_t count = row_count(table);
	if (count == 0) {
		table->cursor = 0;
		return;
	}
	table->cursor = row < count ? row : count - 1;
	table->cursor_id = table->source->id(table->ctx, table->cursor);
}

void table_changed(struct table *table)
{
	ptrdiff_t row = table->moved ? find_row(table, table->cursor_id) : -1;
	/* The object keeps its line on the screen where it can. */
	size_t line = table->cursor >= table->top ? table->cursor - table->top : 0;
	if (row >= 0) {
		table->cursor = (size_t)row;
		table->top = table->cursor > line ? table->cursor - line : 0;
	} else {
		set_cursor(table, table->cursor);
	}
}

ptrdiff_t table_cursor(const struct table *table)
{
	size_t count = row_count(table);
	if (count == 0)
		return -1;
	return (ptrdiff_t)(table->cursor < count ? table->cursor : count - 1);
}

bool table_seek(struct table *table, uint64_t id)
{
	ptrdiff_t row = find_row(table, id);
	if (row < 0)
		return false;
	table->moved = true;
	set_cursor(table, (size_t)row);
	return true;
}

void table_move(struct table *table, size_t row)
{
	table->moved = true;
	set_cursor(table, row);
}

ptrdiff_t table_row_at(const struct table *table, int line)
{
	size_t row = table->top + (size_t)(line > 0 ? line - 1 : 0);
	return line >= 1 && row < row_count(table) ? (ptrdiff_t)row : -1;
}

bool table_click(struct table *table, int line)
{
	ptrdiff_t row = table_row_at(table, line);

	if (row >= 0)
		table_move(table, (size_t)row);
	return row >= 0;
}

int table_column_at(const struct table *table, int col)
{
	for (size_t i = 0; i < table->place_count; i++) {
		const struct place *place = &table->places[i];
		if (col >= place->col && col < place->col + place->width)
			return place->column;
	}
	return -1;
}

/* Columns */

static int wanted(const struct table *table, uint32_t columns)
{
	int width = 0;
	for (size_t i = 0; i < table->source->column_count; i++)
		if (columns & 1u << i)
			width += table->source->columns[i].width + GAP;
	return width;
}

/* The column that folds away next, -1 when all that is left must stay. */
static int least_needed(const struct table *table, uint32_t columns)
{
	int found = -1, priority = 0;
	for (size_t i = 0; i < table->source->column_count; i++)
		if ((columns & 1u << i) && table->source->columns[i].priority > priority) {
			priority = table->source->columns[i].priority;
			found = (int)i;
		}
	return found;
}

/* Gives cells that are left to the columns that can use them, evenly, in several rounds. */
static void widen(struct table *table, int left)
{
	const struct table_column *columns = table->source->columns;
	for (bool grew = true; left > 0 && grew;) {
		grew = false;
		for (size_t i = 0; i < table->place_count && left > 0; i++) {
			struct place *place = &table->places[i];
			int max = columns[place->column].max;
			if (max == 0 || place->width < max) {
				place->width++;
				left--;
				grew = true;
			}
		}
	}
}

static void lay_out(struct table *table, int cols)
{
	const struct table_source *source = table->source;
	uint32_t shown = ~table->hidden;
	int left = cols - 1; /* the cursor's sign */
	for (int fold;
	     wanted(table, shown) - GAP > left && (fold = least_needed(table, shown)) >= 0;)
		shown &= ~(1u << fold);
	table->place_count = 0;
	for (size_t i = 0; i < source->column_count; i++)
		if (shown & 1u << i)
			table->places[table->place_count++] =
			    (struct place){.column = (int)i, .width = source->columns[i].width};
	widen(table, left - (wanted(table, shown) - GAP));
	int col = 1;
	for (size_t i = 0; i < table->place_count; i++) {
		table->places[i].col = col;
		col += table->places[i].width + GAP;
	}
}

static void draw_headings(const struct table *table, const struct canvas *canvas)
{
	draw_rest(canvas, 0, 0, ROLE_COLUMN);
	for (size_t i = 0; i < table->place_count; i++) {
		const struct place *place = &table->places[i];
		const struct table_column *column = &table->source->columns[place->column];
		char name[64];
		bool sorted =
		    place->column == table->sort && text_width(column->name) < (size_t)place->width;
		snprintf(name, sizeof(name), "%s%s", column->name,
			 !sorted	     ? ""
			 : table->descending ? canvas->glyphs->up
					     : canvas->glyphs->down);
		draw_field(canvas, 0, place->col, place->width, column->align, ROLE_COLUMN, name);
	}
}

static void draw_row(struct table *table, const struct canvas *canvas, int line, size_t row)
{
	const struct table_source *source = table->source;
	struct canvas whole = canvas_part(canvas, line, 0, 1, canvas->cols);
	whole.on_cursor = row == table->cursor;
	if (whole.on_cursor)
		draw_rest(&whole, 0, 0, ROLE_TEXT);
	if (table_marked(table, source->id(table->ctx, row)))
		draw_text(&whole, 0, 0, 1, ROLE_MARK, canvas->glyphs->mark);
	else if (whole.on_cursor)
		draw_text(&whole, 0, 0, 1, ROLE_CURSOR, canvas->glyphs->cursor);
	if (source->heading) {
		struct canvas body = canvas_part(&whole, 0, 1, 1, whole.cols - 1);
		if (source->heading(table->ctx, row, &body))
			return;
	}
	for (size_t i = 0; i < table->place_count; i++) {
		const struct place *place = &table->places[i];
		struct canvas cell = canvas_part(&whole, 0, place->col, 1, place->width);
		source->cell(table->ctx, row, (size_t)place->column, &cell);
	}
}

static void scroll_to_cursor(struct table *table, size_t count)
{
	size_t rows = (size_t)table->rows;
	if (table->cursor < table->top)
		table->top = table->cursor;
	if (table->cursor >= table->top + rows)
		table->top = table->cursor - rows + 1;
	if (table->top + rows > count)
		table->top = count > rows ? count - rows : 0;
}

void table_draw(struct table *table, const struct canvas *canvas)
{
	size_t count = row_count(table);
	table->rows = canvas->rows > 2 ? canvas->rows - 1 : 1;
	set_cursor(table, table->cursor);
	scroll_to_cursor(table, count);
	lay_out(table, canvas->cols);
	draw_headings(table, canvas);
	for (int line = 0; line < table->rows && table->top + (size_t)line < count; line++)
		draw_row(table, canvas, line + 1, table->top + (size_t)line);
}

/* Moving */

static void move_by(struct table *table, long rows)
{
	size_t count = row_count(table);
	if (count == 0)
		return;
	long to = (long)table->cursor + rows;
	if (to < 0)
		to = 0;
	table->moved = true;
	set_cursor(table, (size_t)to);
}

bool table_action(struct table *table, enum action action)
{
	switch (action) {
	case ACTION_DOWN:
		move_by(table, 1);
		return true;
	case ACTION_UP:
		move_by(table, -1);
		return true;
	case ACTION_HALF_DOWN:
		move_by(table, (table->rows + 1) / 2);
		return true;
	case ACTION_HALF_UP:
		move_by(table, -(table->rows + 1) / 2);
		return true;
	case ACTION_PAGE_DOWN:
		move_by(table, table->rows);
		return true;
	case ACTION_PAGE_UP:
		move_by(table, -table->rows);
		return true;
	case ACTION_TOP:
		table_move(table, 0);
		return true;
	case ACTION_BOTTOM:
		table_move(table, SIZE_MAX);
		return true;
	default:
		return false;
	}
}

/* Marks */

static size_t mark_place(const struct table *table, uint64_t id)
{
	size_t low = 0, high = table->mark_count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (table->marks[mid] < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool table_marked(const struct table *table, uint64_t id)
{
	size_t at = mark_place(table, id);
	return at < table->mark_count && table->marks[at] == id;
}

void table_mark(struct table *table)
{
	if (row_count(table) == 0)
		return;
	uint64_t id = table->cursor_id;
	size_t at = mark_place(table, id);
	if (table_marked(table, id)) {
		table->mark_count--;
		memmove(&table->marks[at], &table->marks[at + 1],
			(table->mark_count - at) * sizeof(*table->marks));
		return;
	}
	GROW(table->marks, table->mark_count, table->mark_cap);
	memmove(&table->marks[at + 1], &table->marks[at],
		(table->mark_count - at) * sizeof(*table->marks));
	table->marks[at] = id;
	table->mark_count++;
}

size_t table_mark_count(const struct table *table)
{
	return table->mark_count;
}

void table_unmark(struct table *table)
{
	table->mark_count = 0;
}

void table_set_sort(struct table *table, int column, bool descending)
{
	table->sort = column;
	table->descending = descending;
}

uint32_t table_hidden(const struct table *table)
{
	return table->hidden;
}

void table_set_hidden(struct table *table, uint32_t columns)
{
	table->hidden = columns;
}

const struct table_column *table_columns(const struct table *table, size_t *count)
{
	*count = table->source->column_count;
	return table->source->columns;
}

uint64_t table_id(const char *a, const char *b)
{
	uint64_t hash = hash_text(hash_text(HASH_START, a), b);
	return hash ? hash : 1;
}
