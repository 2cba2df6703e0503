#ifndef SVCTOP_TUI_INPUT_H
#define SVCTOP_TUI_INPUT_H

/* Keys, clicks and pastes as one kind of event. */

#include <stdbool.h>
#include <stdint.h>

struct screen;

enum input_kind {
	INPUT_NONE,  /* nothing more for now */
	INPUT_KEY,   /* code: as in tui/keymap.h */
	INPUT_CLICK, /* row, col */
	INPUT_WHEEL, /* code: KEYC_UP or KEYC_DOWN */
};

struct input {
	enum input_kind kind;
	uint32_t code;
	int row, col;
	bool pasted; /* came with more in one piece: text for a prompt, never a command */
};

/* State of decoding: whether a paste is under way. Zero-initialised. */
struct input_state {
	bool pasting;
};

/* Asks the terminal to mark pastes (mode 2004), so that they cannot act as keys. */
void input_start(struct screen *screen);
void input_stop(struct screen *screen);

/* The next event; .kind INPUT_NONE when there is none. */
struct input input_next(struct input_state *state, struct screen *screen);

#endif
