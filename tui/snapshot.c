#include "tui/snapshot.h"

#include <string.h>

#include "core/text.h"

enum { CELL_W = 8, CELL_H = 17, BASELINE = 13, MARGIN = 8 };

/* What the terminal's own colours are in pictures. */
#define OWN_TEXT 0xd8dee9u
#define OWN_BACK 0x14171cu

static void add_chars(struct buf *out, const struct screen_cell *cell)
{
	if (cell->chars[0] == 0)
		buf_addc(out, ' ');
	for (size_t i = 0; i < 6 && cell->chars[i]; i++)
		text_encode(out, (uint32_t)cell->chars[i]);
}

static int cell_width(const struct screen_cell *cell)
{
	int width = text_char_width((uint32_t)cell->chars[0]);
	return width == 2 ? 2 : 1;
}

void snapshot_text(struct screen *screen, struct buf *out)
{
	struct canvas canvas = screen_canvas(screen);
	struct screen_cell cell;
	for (int row = 0; row < canvas.rows; row++) {
		size_t start = out->len;
		for (int col = 0; col < canvas.cols; col += cell_width(&cell)) {
			screen_cell(screen, row, col, &cell);
			add_chars(out, &cell);
		}
		while (out->len > start && out->data[out->len - 1] == ' ')
			out->len--;
		buf_addc(out, '\n');
	}
}

struct look {
	uint32_t fg, bg;
	unsigned flags;
};

/* The sixteen colours are the terminal's; these are ours, readable on OWN_BACK. */
static const uint32_t ansi[16] = {
    0x14171c, 0xe8716b, 0x86bf74, 0xdcb862, 0x78a6ee, 0xc792ea, 0x66c5c5, 0xd8dee9,
    0x78818f, 0xff8a84, 0x9ed98c, 0xf0cf7f, 0x95bbf7, 0xdab0f5, 0x86dcdc, 0xffffff,
};

static uint32_t rgb(int32_t colour, uint32_t own)
{
	if (colour == COLOR_OWN)
		return own;
	return COLOR_IS_RGB(colour) ? (uint32_t)colour & 0xffffff : ansi[colour & 15];
}

static struct look look_of(const struct screen_cell *cell)
{
	struct look look = {rgb(cell->fg, OWN_TEXT), rgb(cell->bg, OWN_BACK), cell->flags};
	if (cell->flags & STYLE_REVERSE) {
		uint32_t swap = look.fg;
		look.fg = look.bg;
		look.bg = swap;
	}
	return look;
}

static void add_escaped(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '<')
			buf_adds(out, "&lt;");
		else if (text[i] == '&')
			buf_adds(out, "&amp;");
		else
			buf_addc(out, text[i]);
}

/* The length of what stands before two blanks or the end: viewers squeeze longer blanks. */
static size_t piece_len(const char *text)
{
	size_t len = 0;
	while (text[len] && !(text[len] == ' ' && (text[len + 1] == ' ' || !text[len + 1])))
		len++;
	return len;
}

static void add_run(struct buf *out, int row, int col, int cells, const struct look *look,
		    uint32_t back, const char *text)
{
	int x = MARGIN + col * CELL_W, y = MARGIN + row * CELL_H;
	if (look->bg != back)
		buf_addf(out,
			 "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n", x,
			 y, cells * CELL_W, CELL_H, (unsigned)look->bg);
	while (*text) {
		size_t blanks = strspn(text, " "), len = piece_len(text + blanks);
		int width = (int)text_width_n(text + blanks, len) * CELL_W;
		x += (int)blanks * CELL_W;
		text += blanks;
		if (len == 0)
			break;
		buf_addf(out, "<text x=\"%d\" y=\"%d\" textLength=\"%d\" fill=\"#%06x\"%s%s>", x,
			 y + BASELINE, width, (unsigned)look->fg,
			 look->flags & STYLE_BOLD ? " font-weight=\"bold\"" : "",
			 look->flags & STYLE_UNDERLINE ? " text-decoration=\"underline\"" : "");
		add_escaped(out, text, len);
		buf_adds(out, "</text>\n");
		x += width;
		text += len;
	}
}

static bool same(const struct look *a, const struct look *b)
{
	return a->fg == b->fg && a->bg == b->bg && a->flags == b->flags;
}

static void add_row(struct buf *out, struct screen *screen, int row, int cols, uint32_t back)
{
	struct buf text = {0};
	struct look look = {0}, next;
	int start = 0, col = 0;
	while (col < cols) {
		struct screen_cell cell;
		screen_cell(screen, row, col, &cell);
		next = look_of(&cell);
		if (col > start && !same(&look, &next)) {
			add_run(out, row, start, col - start, &look, back, buf_str(&text));
			buf_reset(&text);
			start = col;
		}
		look = next;
		add_chars(&text, &cell);
		col += cell_width(&cell);
	}
	add_run(out, row, start, col - start, &look, back, buf_str(&text));
	buf_free(&text);
}

void snapshot_svg(struct screen *screen, struct buf *out)
{
	struct canvas canvas = screen_canvas(screen);
	uint32_t back = rgb(screen_theme(screen)->roles[ROLE_TEXT].bg, OWN_BACK);
	int width = canvas.cols * CELL_W + 2 * MARGIN, height = canvas.rows * CELL_H + 2 * MARGIN;
	buf_addf(out,
		 "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		 "viewBox=\"0 0 %d %d\" font-family=\"DejaVu Sans Mono, Menlo, Consolas, "
		 "monospace\" font-size=\"13\" xml:space=\"preserve\">\n"
		 "<rect width=\"100%%\" height=\"100%%\" rx=\"6\" fill=\"#%06x\"/>\n",
		 width, height, width, height, (unsigned)back);
	for (int row = 0; row < canvas.rows; row++)
		add_row(out, screen, row, canvas.cols, back);
	buf_adds(out, "</svg>\n");
}
