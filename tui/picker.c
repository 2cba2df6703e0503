#include "tui/picker.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"

struct picker {
	char *title;
	char **names;
	bool *on; /* NULL: nothing to toggle */
	size_t count, cursor, top;
	int rows;
	const struct picker_ops *ops;
	void *ctx;
};

struct picker *picker_new(const char *title, char *const *names, const bool *on, size_t count,
			  size_t cursor, const struct picker_ops *ops, void *ctx)
{
	struct picker *picker = xcalloc(1, sizeof(*picker));
	picker->title = xstrdup(title);
	picker->names = xcalloc(count + 1, sizeof(*picker->names));
	for (size_t i = 0; i < count; i++)
		picker->names[i] = xstrdup(names[i]);
	if (on) {
		picker->on = xcalloc(count + 1, sizeof(*picker->on));
		memcpy(picker->on, on, count * sizeof(*on));
	}
	picker->count = count;
	picker->cursor = cursor < count ? cursor : 0;
	picker->rows = 1;
	picker->ops = ops;
	picker->ctx = ctx;
	return picker;
}

void picker_free(struct picker *picker)
{
	if (!picker)
		return;
	if (picker->ops->freed)
		picker->ops->freed(picker->ctx);
	for (size_t i = 0; i < picker->count; i++)
		free(picker->names[i]);
	free(picker->names);
	free(picker->on);
	free(picker->title);
	free(picker);
}

static void move_to(struct picker *picker, size_t index)
{
	if (picker->count == 0)
		return;
	picker->cursor = index < picker->count ? index : picker->count - 1;
	if (picker->ops->moved)
		picker->ops->moved(picker->ctx, picker->cursor);
}

bool picker_action(struct picker *picker, enum action action)
{
	size_t page = (size_t)picker->rows, at = picker->cursor;
	switch (action) {
	case ACTION_DOWN:
		move_to(picker, at + 1);
		break;
	case ACTION_UP:
		move_to(picker, at > 0 ? at - 1 : 0);
		break;
	case ACTION_PAGE_DOWN:
		move_to(picker, at + page);
		break;
	case ACTION_PAGE_UP:
		move_to(picker, at > page ? at - page : 0);
		break;
	case ACTION_TOP:
		move_to(picker, 0);
		break;
	case ACTION_BOTTOM:
		move_to(picker, picker->count);
		break;
	case ACTION_MARK:
		if (picker->on && picker->ops->toggled && picker->count > 0) {
			picker->on[at] = !picker->on[at];
			picker->ops->toggled(picker->ctx, at, picker->on[at]);
		}
		break;
	case ACTION_OPEN:
		picker->ops->done(picker->ctx, at, picker->count > 0);
		return false;
	case ACTION_BACK:
		picker->ops->done(picker->ctx, at, false);
		return false;
	default:
		break;
	}
	return true;
}

static int widest(const struct picker *picker)
{
	size_t width = 24; /* for the keys below */
	for (size_t i = 0; i < picker->count; i++) {
		size_t cells = text_width(picker->names[i]) + (picker->on ? 7 : 3);
		width = cells > width ? cells : width;
	}
	return width > 60 ? 60 : (int)width;
}

static void draw_entry(const struct picker *picker, const struct canvas *box, int row, size_t index)
{
	struct canvas line = canvas_part(box, row, 0, 1, box->cols);
	line.on_cursor = index == picker->cursor;
	draw_rest(&line, 0, 0, ROLE_TEXT);
	draw_text(&line, 0, 0, 1, ROLE_LINE, box->glyphs->vertical);
	draw_text(&line, 0, box->cols - 1, 1, ROLE_LINE, box->glyphs->vertical);
	if (line.on_cursor)
		draw_text(&line, 0, 1, 1, ROLE_CURSOR, box->glyphs->cursor);
	int col = 2;
	if (picker->on)
		col = draw_text(&line, 0, col, 4, ROLE_TEXT, picker->on[index] ? "[x] " : "[ ] ");
	draw_text(&line, 0, col, box->cols - col - 1, ROLE_TEXT, picker->names[index]);
}

void picker_draw(struct picker *picker, const struct canvas *canvas)
{
	int height = (int)(picker->count < 200 ? picker->count : 200) + 2;
	int rows = height < canvas->rows ? height : canvas->rows;
	int cols = widest(picker);
	struct canvas box =
	    canvas_part(canvas, (canvas->rows - rows) / 2,
			canvas->cols > cols ? (canvas->cols - cols) / 2 : 0, rows, cols);
	picker->rows = rows > 2 ? rows - 2 : 1;
	size_t shown = (size_t)picker->rows;
	if (picker->cursor < picker->top)
		picker->top = picker->cursor;
	if (picker->cursor >= picker->top + shown)
		picker->top = picker->cursor - shown + 1;
	draw_rule(&box, 0, picker->title, NULL);
	draw_rule(&box, rows - 1, NULL, picker->on ? "space enter esc" : "enter esc");
	for (size_t i = 0; i < shown && picker->top + i < picker->count; i++)
		draw_entry(picker, &box, (int)i + 1, picker->top + i);
}
