#include "tui/prompt.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/keymap.h"

enum { MAX_TEXT = 1000, MAX_HISTORY = 100 };

#define CTRL(c) ((uint32_t)(c)&0x1f)

struct prompt {
	const char *sign;
	prompt_complete *complete;
	void *ctx;
	struct buf text;
	size_t cursor; /* byte offset, between characters */
	char *history[MAX_HISTORY];
	size_t history_count;
	size_t history_at; /* history_count: the line being typed */
	struct buf typed;  /* kept while the history is shown */
	struct buf choices;
	size_t choice; /* number of the one shown, when choices is not empty */
};

struct prompt *prompt_new(const char *sign, prompt_complete *complete, void *ctx)
{
	struct prompt *prompt = xcalloc(1, sizeof(*prompt));
	prompt->sign = sign;
	prompt->complete = complete;
	prompt->ctx = ctx;
	return prompt;
}

void prompt_free(struct prompt *prompt)
{
	if (!prompt)
		return;
	for (size_t i = 0; i < prompt->history_count; i++)
		free(prompt->history[i]);
	buf_free(&prompt->text);
	buf_free(&prompt->typed);
	buf_free(&prompt->choices);
	free(prompt);
}

static void replace(struct prompt *prompt, const char *text, size_t len)
{
	buf_reset(&prompt->text);
	buf_add(&prompt->text, text, len);
	prompt->cursor = prompt->text.len;
}

void prompt_set(struct prompt *prompt, const char *text)
{
	replace(prompt, text, strlen(text));
	prompt->history_at = prompt->history_count;
	buf_reset(&prompt->choices);
}

const char *prompt_text(const struct prompt *prompt)
{
	return buf_str(&prompt->text);
}

/* Offsets of the characters around at. */
static size_t before(const struct prompt *prompt, size_t at)
{
	while (at > 0 && (prompt->text.data[--at] & 0xc0) == 0x80)
		;
	return at;
}

static size_t after(const struct prompt *prompt, size_t at)
{
	if (at < prompt->text.len)
		at++;
	while (at < prompt->text.len && (prompt->text.data[at] & 0xc0) == 0x80)
		at++;
	return at;
}

static void cut(struct prompt *prompt, size_t from, size_t to)
{
	struct buf *text = &prompt->text;
	if (from >= to)
		return;
	memmove(text->data + from, text->data + to, text->len - to + 1);
	text->len -= to - from;
	prompt->cursor = from;
}

static void insert(struct prompt *prompt, uint32_t key)
{
	struct buf one = {0}, tail = {0};
	text_encode(&one, key);
	if (prompt->text.len + one.len <= MAX_TEXT) {
		buf_adds(&tail, buf_str(&prompt->text) + prompt->cursor);
		prompt->text.len = prompt->cursor;
		buf_add(&prompt->text, one.data, one.len);
		prompt->cursor = prompt->text.len;
		buf_adds(&prompt->text, buf_str(&tail));
	}
	buf_free(&one);
	buf_free(&tail);
}

static size_t word_start(const struct prompt *prompt)
{
	const char *s = buf_str(&prompt->text);
	size_t at = prompt->cursor;
	while (at > 0 && s[at - 1] == ' ')
		at--;
	while (at > 0 && s[at - 1] != ' ')
		at--;
	return at;
}

/* History */

static void remember(struct prompt *prompt)
{
	const char *text = buf_str(&prompt->text);
	size_t count = prompt->history_count;
	if (!*text || (count > 0 && strcmp(prompt->history[count - 1], text) == 0))
		return;
	if (count == MAX_HISTORY) {
		free(prompt->history[0]);
		memmove(prompt->history, prompt->history + 1,
			(MAX_HISTORY - 1) * sizeof(*prompt->history));
		count--;
	}
	prompt->history[count] = xstrdup(text);
	prompt->history_count = count + 1;
}

static bool go_in_history(struct prompt *prompt, bool back)
{
	if (back ? prompt->history_at == 0 : prompt->history_at == prompt->history_count)
		return false;
	if (prompt->history_at == prompt->history_count) {
		buf_reset(&prompt->typed);
		buf_adds(&prompt->typed, buf_str(&prompt->text));
	}
	prompt->history_at += back ? (size_t)-1 : 1;
	const char *line = prompt->history_at == prompt->history_count
			       ? buf_str(&prompt->typed)
			       : prompt->history[prompt->history_at];
	replace(prompt, line, strlen(line));
	return true;
}

/* Completion */

static size_t choice_count(const struct buf *choices)
{
	size_t count = 0;
	for (const char *s = buf_str(choices); *s; s++)
		count += *s == '\n';
	return count;
}

static const char *choice_at(const struct buf *choices, size_t index, size_t *len)
{
	const char *s = buf_str(choices);
	while (index-- > 0)
		s = strchr(s, '\n') + 1;
	*len = strcspn(s, "\n");
	return s;
}

/* What all choices begin with. */
static size_t common(const struct buf *choices, size_t count)
{
	size_t len, shared;
	const char *first = choice_at(choices, 0, &shared);
	for (size_t i = 1; i < count; i++) {
		const char *other = choice_at(choices, i, &len);
		size_t same = 0;
		while (same < shared && same < len && other[same] == first[same])
			same++;
		shared = same;
	}
	while (shared > 0 && (first[shared] & 0xc0) == 0x80)
		shared--;
	return shared;
}

static bool complete(struct prompt *prompt)
{
	if (!prompt->complete)
		return false;
	size_t len;
	if (prompt->choices.len > 0) { /* Tab again: the next one */
		size_t count = choice_count(&prompt->choices);
		const char *next = choice_at(&prompt->choices, prompt->choice++ % count, &len);
		replace(prompt, next, len);
		return true;
	}
	struct buf typed = {0};
	buf_add(&typed, buf_str(&prompt->text), prompt->cursor);
	prompt->complete(prompt->ctx, buf_str(&typed), &prompt->choices);
	size_t count = choice_count(&prompt->choices);
	bool changed = false;
	prompt->choice = 0;
	if (count > 0) {
		size_t shared = common(&prompt->choices, count);
		changed = shared > typed.len;
		const char *first = choice_at(&prompt->choices, 0, &len);
		if (changed)
			replace(prompt, first, count == 1 ? len : shared);
	}
	if (count < 2)
		buf_reset(&prompt->choices);
	buf_free(&typed);
	return changed;
}

/* Keys */

static enum prompt_result changed_if(bool changed)
{
	return changed ? PROMPT_CHANGED : PROMPT_SAME;
}

static enum prompt_result cut_key(struct prompt *prompt, uint32_t key)
{
	size_t len = prompt->text.len, at = prompt->cursor;
	switch (key) {
	case KEYC_BACKSPACE:
		if (len == 0)
			return PROMPT_CANCELLED;
		cut(prompt, before(prompt, at), at);
		break;
	case KEYC_DELETE:
	case CTRL('d'):
		cut(prompt, at, after(prompt, at));
		break;
	case CTRL('u'):
		cut(prompt, 0, at);
		break;
	case CTRL('k'):
		cut(prompt, at, len);
		break;
	case CTRL('w'):
		cut(prompt, word_start(prompt), at);
		break;
	}
	return changed_if(prompt->text.len != len);
}

static bool move_key(struct prompt *prompt, uint32_t key)
{
	switch (key) {
	case KEYC_LEFT:
	case CTRL('b'):
		prompt->cursor = before(prompt, prompt->cursor);
		return true;
	case KEYC_RIGHT:
	case CTRL('f'):
		prompt->cursor = after(prompt, prompt->cursor);
		return true;
	case KEYC_HOME:
	case CTRL('a'):
		prompt->cursor = 0;
		return true;
	case KEYC_END:
	case CTRL('e'):
		prompt->cursor = prompt->text.len;
		return true;
	}
	return false;
}

enum prompt_result prompt_key(struct prompt *prompt, uint32_t key, bool pasted)
{
	if (key == KEYC_TAB && !pasted)
		return changed_if(complete(prompt));
	buf_reset(&prompt->choices);
	if (pasted && (key == KEYC_ENTER || key == KEYC_TAB))
		key = ' ';
	if (key == KEYC_ENTER) {
		remember(prompt);
		return PROMPT_DONE;
	}
	if (key == KEYC_ESC && !pasted)
		return PROMPT_CANCELLED;
	if (key == KEYC_UP || key == CTRL('p'))
		return changed_if(go_in_history(prompt, true));
	if (key == KEYC_DOWN || key == CTRL('n'))
		return changed_if(go_in_history(prompt, false));
	if (move_key(prompt, key))
		return PROMPT_SAME;
	if (key >= 0x110000 || key < 0x20 || key == KEYC_BACKSPACE)
		return cut_key(prompt, key);
	if (text_char_width(key) < 0)
		return PROMPT_SAME;
	insert(prompt, key);
	return PROMPT_CHANGED;
}

/* Drawing */

void prompt_draw(struct prompt *prompt, const struct canvas *canvas, int *col)
{
	int row = canvas->rows - 1;
	const char *text = buf_str(&prompt->text);
	int start = draw_text(canvas, row, 0, canvas->cols, ROLE_PROMPT, prompt->sign);
	size_t room = canvas->cols - start > 2 ? (size_t)(canvas->cols - start - 1) : 1;
	size_t from = 0; /* scrolls so that the cursor is in sight */
	while (text_width_n(text + from, prompt->cursor - from) > room)
		from = after(prompt, from);
	draw_field(canvas, row, start, canvas->cols - start, ALIGN_LEFT, ROLE_PROMPT, text + from);
	*col = start + (int)text_width_n(text + from, prompt->cursor - from);
	size_t count = choice_count(&prompt->choices), len;
	if (count == 0 || canvas->rows < 2)
		return;
	draw_rest(canvas, row - 1, 0, ROLE_FOOTER);
	for (size_t i = 0, at = 1; i < count && at < (size_t)canvas->cols; i++) {
		const char *choice = choice_at(&prompt->choices, i, &len);
		bool on = prompt->choice > 0 && (prompt->choice - 1) % count == i;
		at = (size_t)draw_textf(canvas, row - 1, (int)at, canvas->cols - (int)at,
					on ? ROLE_MATCH : ROLE_FOOTER, "%.*s", (int)len, choice) +
		     2;
	}
}
