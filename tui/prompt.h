#ifndef SVCTOP_TUI_PROMPT_H
#define SVCTOP_TUI_PROMPT_H

/*
 * One line of typed text: the command line and the filter. Editing keys are those of
 * readline: ^A ^E ^B ^F home end left right, ^U ^K ^W, backspace and delete, up and down
 * for the history, Tab for completion. Enter and Esc end it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "tui/draw.h"

struct prompt;

/* Gives the completions of text[0..cursor) in out: whole lines, apart by newlines. */
typedef void prompt_complete(void *ctx, const char *text, struct buf *out);

/* sign: what stands before the text ("/"). complete: NULL for none. */
struct prompt *prompt_new(const char *sign, prompt_complete *complete, void *ctx);
void prompt_free(struct prompt *prompt); /* NULL is allowed */

/* Starts with a text, the cursor at its end. */
void prompt_set(struct prompt *prompt, const char *text);
const char *prompt_text(const struct prompt *prompt);

enum prompt_result { PROMPT_SAME, PROMPT_CHANGED, PROMPT_DONE, PROMPT_CANCELLED };

/*
 * A key (tui/keymap.h). Done: the text is kept in the history. Cancelled: Esc, or
 * backspace in an empty line. pasted text is inserted as it is, newlines as blanks.
 */
enum prompt_result prompt_key(struct prompt *prompt, uint32_t key, bool pasted);

/* Draws it in the last row of the canvas; *col gets the column of the cursor. */
void prompt_draw(struct prompt *prompt, const struct canvas *canvas, int *col);

#endif
