#include "tui/input.h"

#include <curses.h>
#include <string.h>

#include "core/mem.h"
#include "tui/keymap.h"
#include "tui/screen.h"

/* Key codes of our own for the marks around a paste; curses has none beyond KEY_MAX. */
enum { PASTE_BEGIN = KEY_MAX + 1, PASTE_END };

static const struct {
	int curses;
	uint32_t key;
} special[] = {
    {KEY_UP, KEYC_UP},
    {KEY_DOWN, KEYC_DOWN},
    {KEY_LEFT, KEYC_LEFT},
    {KEY_RIGHT, KEYC_RIGHT},
    {KEY_HOME, KEYC_HOME},
    {KEY_END, KEYC_END},
    {KEY_PPAGE, KEYC_PGUP},
    {KEY_NPAGE, KEYC_PGDN},
    {KEY_BTAB, KEYC_BACKTAB},
    {KEY_IC, KEYC_INSERT},
    {KEY_DC, KEYC_DELETE},
    {KEY_ENTER, KEYC_ENTER},
    {KEY_BACKSPACE, KEYC_BACKSPACE},
};

void input_start(struct screen *screen)
{
	static const char on[] = "\033[?2004h";
	/* Terminals that ignore the application mode of the cursor keys send these. */
	static const struct {
		const char *bytes;
		int key;
	} cursor[] = {{"\033[A", KEY_UP},   {"\033[B", KEY_DOWN}, {"\033[C", KEY_RIGHT},
		      {"\033[D", KEY_LEFT}, {"\033[H", KEY_HOME}, {"\033[F", KEY_END},
		      {"\033OA", KEY_UP},   {"\033OB", KEY_DOWN}, {"\033OC", KEY_RIGHT},
		      {"\033OD", KEY_LEFT}};
	for (size_t i = 0; i < ARRAY_LEN(cursor); i++)
		define_key(cursor[i].bytes, cursor[i].key);
	define_key("\033[200~", PASTE_BEGIN);
	define_key("\033[201~", PASTE_END);
	screen_raw(screen, on, sizeof(on) - 1);
}

void input_stop(struct screen *screen)
{
	static const char off[] = "\033[?2004l";
	screen_raw(screen, off, sizeof(off) - 1);
}

static struct input mouse(void)
{
	MEVENT event;
	if (getmouse(&event) != OK)
		return (struct input){.kind = INPUT_KEY, .code = KEYC_NONE};
	if (event.bstate & BUTTON4_PRESSED)
		return (struct input){.kind = INPUT_WHEEL, .code = KEYC_UP};
	if (event.bstate & BUTTON5_PRESSED)
		return (struct input){.kind = INPUT_WHEEL, .code = KEYC_DOWN};
	if (event.bstate & BUTTON1_PRESSED)
		return (struct input){.kind = INPUT_CLICK, .row = event.y, .col = event.x};
	return (struct input){.kind = INPUT_KEY, .code = KEYC_NONE};
}

static uint32_t special_key(wint_t code)
{
	for (size_t i = 0; i < ARRAY_LEN(special); i++)
		if ((wint_t)special[i].curses == code)
			return special[i].key;
	if (code >= (wint_t)KEY_F(1) && code <= (wint_t)KEY_F(12))
		return KEYC_F1 + (uint32_t)(code - (wint_t)KEY_F(1));
	return KEYC_NONE;
}

static uint32_t plain_key(wint_t code)
{
	if (code == '\n')
		return KEYC_ENTER;
	return code == '\b' ? KEYC_BACKSPACE : (uint32_t)code;
}

struct input input_next(struct input_state *state, struct screen *screen)
{
	wint_t code;
	for (;;) {
		int kind = screen_key(screen, &code);
		if (kind == ERR)
			return (struct input){.kind = INPUT_NONE};
		if (kind == KEY_CODE_YES && code == PASTE_BEGIN) {
			state->pasting = true;
			continue;
		}
		if (kind == KEY_CODE_YES && code == PASTE_END) {
			state->pasting = false;
			continue;
		}
		if (kind == KEY_CODE_YES && code == KEY_MOUSE)
			return mouse();
		return (struct input){
		    .kind = INPUT_KEY,
		    .code = kind == KEY_CODE_YES ? special_key(code) : plain_key(code),
		    .pasted = state->pasting,
		};
	}
}
