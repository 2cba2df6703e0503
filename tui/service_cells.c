#include "tui/service_cells.h"

#include <stdio.h>
#include <string.h>

#include "core/buf.h"

void cell_owner(const struct service *service, const struct canvas *canvas)
{
	char text[128];
	if (service->owner_count == 0) {
		draw_text(canvas, 0, 0, canvas->cols, ROLE_WARN, "nobody");
		return;
	}
	const char *owner = service->owners[0].value;
	const char *team = strrchr(owner, '/');
	snprintf(text, sizeof(text), "%s", team && team[1] ? team + 1 : owner);
	char more[32] = "";
	if (service->owner_count > 1)
		snprintf(more, sizeof(more), " +%zu", service->owner_count - 1);
	int room = canvas->cols - (int)strlen(more);
	int col = draw_text(canvas, 0, 0, room, ROLE_OWNER, text);
	draw_text(canvas, 0, col, canvas->cols - col, ROLE_TEXT, more);
}

void cell_holds(const struct service *service, const struct canvas *canvas)
{
	if (service->reached_unknown != service->reached)
		draw_textf(canvas, 0, 0, canvas->cols, ROLE_TEXT, "T%d?", service->reached_unknown);
	else if (service->reached == 0)
		draw_text(canvas, 0, 0, canvas->cols, ROLE_TEXT, "none");
	else
		draw_textf(canvas, 0, 0, canvas->cols, ROLE_TEXT, "T%d", service->reached);
}

static const char *item_glyph(const struct finding *finding, const struct glyphs *glyphs)
{
	bool failed = finding->status == STATUS_UNKNOWN && finding->code == UNKNOWN_FAILED;
	if (!finding->required)
		return " ";
	return failed ? glyphs->failed : glyphs->status[finding->status];
}

/*
 * In one colour, since what an item is shows in its sign, and never in reverse, which
 * would make gaps of blocks.
 */
void cell_items(const struct service *service, const struct checklist *checklist,
		const struct canvas *canvas)
{
	struct buf bar = {0};
	struct canvas plain = *canvas;
	plain.on_cursor = false;
	for (size_t i = 0; i < checklist->check_count && service->findings; i++) {
		if (i > 0 && checklist->checks[i].tier != checklist->checks[i - 1].tier)
			buf_addc(&bar, ' ');
		buf_adds(&bar, item_glyph(&service->findings[i], canvas->glyphs));
	}
	draw_text(&plain, 0, 0, canvas->cols, ROLE_BAR, buf_str(&bar));
	buf_free(&bar);
}

void cell_languages(const struct service *service, const struct canvas *canvas)
{
	int col = 0;
	for (size_t i = 0; i < service->language_count && col < canvas->cols; i++) {
		if (i > 0)
			col = draw_text(canvas, 0, col, canvas->cols - col, ROLE_TEXT, ", ");
		col =
		    draw_text(canvas, 0, col, canvas->cols - col, ROLE_TEXT, service->languages[i]);
	}
}

const char *checkout_state_word(const struct checkout *checkout)
{
	switch (checkout->state) {
	case CHECKOUT_EMPTY:
		return "empty";
	case CHECKOUT_CRASHED:
		return "crashed";
	default:
		return "unreadable";
	}
}

const char *checkout_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash && slash[1] ? slash + 1 : path;
}

void cell_broken(const struct checkout *checkout, const struct canvas *canvas)
{
	enum role role = checkout->state == CHECKOUT_EMPTY ? ROLE_TEXT : ROLE_ERROR;
	draw_text(canvas, 0, 0, 1, role, checkout->state == CHECKOUT_EMPTY ? "-" : "!");
	int col = draw_text(canvas, 0, 2, canvas->cols / 3, ROLE_TEXT,
			    checkout_base_name(checkout->path));
	col =
	    draw_text(canvas, 0, col < 19 ? 19 : col + 1, 10, role, checkout_state_word(checkout));
	col = draw_text(canvas, 0, col, canvas->cols - col, ROLE_TEXT, ": ");
	draw_text(canvas, 0, col, canvas->cols - col, ROLE_TEXT, checkout->problem);
}
