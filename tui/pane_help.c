/* The keys of a pane, from the one table of them; and PANE_TEXT, the output of a command. */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tui/app.h"
#include "tui/lines.h"
#include "tui/panes.h"

struct text_view {
	struct lines *lines;
	char *title;
	char *search;
	char place[32];
};

static void add_key(struct view *view, struct lines *lines, enum action action)
{
	struct buf keys = {0};
	keymap_describe(app_keymap(view->app), action, &keys);
	lines_begin(lines, 0, 24);
	lines_span(lines, ROLE_TEXT, " ");
	lines_span(lines, ROLE_KEY, buf_str(&keys));
	lines_tab(lines, 18);
	lines_span(lines, ROLE_TEXT, action_info(action)->help);
	buf_free(&keys);
}

static void add_signs(struct lines *lines)
{
	static const char *const signs[][2] = {
	    {"1 2 3 4", "tier: Critical, Important, Useful, Experiment"},
	    {"T2", "the tier whose items, and those of all tiers below, are met"},
	    {"T2?", "would be that tier if what could not be measured were met"},
	    {"bar", "one cell an item, grouped tier 4, 3, 2, 1: met, gap, waived (~), n/a (-), "
		    "failed to measure (?), blank: not measured"},
	};
	lines_blank(lines);
	lines_rule(lines, "signs", NULL);
	for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
		lines_begin(lines, 0, 18);
		lines_span(lines, ROLE_TEXT, " ");
		lines_span(lines, ROLE_EMPH, signs[i][0]);
		lines_tab(lines, 18);
		lines_span(lines, ROLE_TEXT, signs[i][1]);
	}
}

static void add_filters(struct lines *lines)
{
	lines_blank(lines);
	lines_rule(lines, "filter words", NULL);
	lines_add(lines, 0, 1, ROLE_TEXT,
		  " pay  owner:x  tier:1,2  status:gap  check:ci  lang:go  type:library  "
		  "lifecycle:production  dep:rails  state:broken  live:burning  -word");
}

static struct text_view *text_new(struct view *view, const char *title)
{
	struct text_view *text = xcalloc(1, sizeof(*text));
	text->lines = lines_new();
	text->title = xstrdup(title);
	text->search = xstrdup("");
	view->state = text;
	return text;
}

static bool help_open(struct view *view, const struct target *target)
{
	const char *word = target->text ? target->text : "services";
	struct text_view *text = text_new(view, "help");
	enum pane pane = PANE_SERVICES;
	for (int i = 0; i < PANE_COUNT; i++)
		if (strcmp(pane_word((enum pane)i), word) == 0)
			pane = (enum pane)i;
	lines_rule(text->lines, word, "keys");
	for (int i = 0; i < ACTION_COUNT; i++)
		if (action_info((enum action)i)->panes & IN(pane))
			add_key(view, text->lines, (enum action)i);
	if (IN(pane) & IN_TABLES)
		add_filters(text->lines);
	add_signs(text->lines);
	return true;
}

#define HANG_MAX 12

/* Where a line goes on: below what follows its first word, as in "why     the load at". */
static int hang_of(const char *line)
{
	size_t blank = strspn(line, " "), word = blank;
	while (word < HANG_MAX && line[word] && strncmp(line + word, "  ", 2) != 0)
		word++;
	size_t next = word + strspn(line + word, " ");
	return line[word] == ' ' && line[next] && next <= HANG_MAX ? (int)next : (int)blank + 2;
}

/* One line a newline. */
static bool text_open(struct view *view, const struct target *target)
{
	struct text_view *text = text_new(view, target->title ? target->title : "text");
	for (const char *s = target->text ? target->text : ""; *s;) {
		size_t len = strcspn(s, "\n");
		char *line = xmemdup0(s, len);
		lines_add(text->lines, 0, target->wrap ? hang_of(line) : -1, ROLE_TEXT, line);
		free(line);
		s += len + (s[len] == '\n');
	}
	return true;
}

static void text_close(struct view *view)
{
	struct text_view *text = view->state;
	lines_free(text->lines);
	free(text->title);
	free(text->search);
	free(text);
}

static void text_title(struct view *view, struct buf *out)
{
	struct text_view *text = view->state;
	buf_adds(out, text->title);
}

static void text_place(struct view *view, struct buf *out)
{
	struct text_view *text = view->state;
	buf_adds(out, lines_place(text->lines, text->place, sizeof(text->place)));
}

static void text_draw(struct view *view, const struct canvas *canvas)
{
	struct text_view *text = view->state;
	struct canvas body = canvas_part(canvas, 0, 1, canvas->rows, canvas->cols - 1);
	lines_draw(text->lines, &body);
}

static bool text_action(struct view *view, enum action action)
{
	struct text_view *text = view->state;
	return lines_action(text->lines, action);
}

static void text_set_filter(struct view *view, const char *filter)
{
	struct text_view *text = view->state;
	free(text->search);
	text->search = xstrdup(filter);
	lines_search(text->lines, filter);
}

static const char *text_filter(struct view *view)
{
	struct text_view *text = view->state;
	return text->search;
}

const struct view_ops pane_help_ops = {
    .pane = PANE_HELP,
    .open = help_open,
    .close = text_close,
    .title = text_title,
    .place = text_place,
    .draw = text_draw,
    .action = text_action,
    .set_filter = text_set_filter,
    .filter = text_filter,
};

const struct view_ops pane_text_ops = {
    .pane = PANE_TEXT,
    .open = text_open,
    .close = text_close,
    .title = text_title,
    .place = text_place,
    .draw = text_draw,
    .action = text_action,
    .set_filter = text_set_filter,
    .filter = text_filter,
};
