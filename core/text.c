#include "core/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "core/mem.h"

#define REPLACEMENT   0xfffd
#define MAX_COMBINING 4 /* that ncurses keeps in a cell */

/* No overlong forms, no surrogates, nothing beyond U+10FFFF. */
size_t text_decode(const char *bytes, size_t len, uint32_t *c)
{
	const unsigned char *p = (const unsigned char *)bytes;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n;
	uint32_t value;

	*c = *p;
	if (*p < 0x80)
		return 1;
	if (*p < 0xc2 || *p > 0xf4)
		return 0;
	n = *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	if (len < n)
		return 0;
	value = *p & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (p[i] & 0x3f);
	}
	if (value < least[n] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return 0;
	*c = value;
	return n;
}

void text_encode(struct buf *out, uint32_t c)
{
	char bytes[4];
	size_t n = 0;

	if (!c || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		c = REPLACEMENT;
	if (c < 0x80) {
		bytes[n++] = (char)c;
	} else if (c < 0x800) {
		bytes[n++] = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		bytes[n++] = (char)(0xe0 | c >> 12);
		bytes[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	} else {
		bytes[n++] = (char)(0xf0 | c >> 18);
		bytes[n++] = (char)(0x80 | (c >> 12 & 0x3f));
		bytes[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	}
	if (c >= 0x80)
		bytes[n++] = (char)(0x80 | (c & 0x3f));
	buf_add(out, bytes, n);
}

size_t text_utf8_bad(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint32_t c;
		size_t n = text_decode(bytes + i, len - i, &c);

		if (!n)
			return i;
		i += n;
	}
	return len;
}

int text_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct range {
	uint32_t first, last;
};

static bool in_ranges(uint32_t c, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	}
	return false;
}

/* For locales whose wcwidth() knows ASCII alone. */
static int coarse_width(uint32_t c)
{
	static const struct range zero[] = {{0x300, 0x36f},   {0x483, 0x489},	{0x591, 0x5bd},
					    {0x610, 0x61a},   {0x64b, 0x65f},	{0x1160, 0x11ff},
					    {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff},
					    {0xfe20, 0xfe2f}};
	static const struct range wide[] = {
	    {0x1100, 0x115f},	{0x2e80, 0x303e},   {0x3041, 0xa4cf},	{0xac00, 0xd7a3},
	    {0xf900, 0xfaff},	{0xfe30, 0xfe6f},   {0xff01, 0xff60},	{0xffe0, 0xffe6},
	    {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1faff}, {0x20000, 0x3fffd}};

	if (in_ranges(c, zero, ARRAY_LEN(zero)))
		return 0;
	return in_ranges(c, wide, ARRAY_LEN(wide)) ? 2 : 1;
}

int text_char_width(uint32_t c)
{
	if (c < 0x80)
		return c >= 0x20 && c != 0x7f ? 1 : -1;
	if (c < 0xa0)
		return -1;
	return MB_CUR_MAX > 1 ? wcwidth((wchar_t)c) : coarse_width(c);
}

/* Controls of the writing direction: text could show in another order than it has. */
bool text_is_bidi(uint32_t c)
{
	return c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

static bool is_invisible(uint32_t c)
{
	static const struct range ranges[] = {{0xad, 0xad},	 {0x34f, 0x34f},   {0x180b, 0x180e},
					      {0x200b, 0x200d},	 {0x2060, 0x2065}, {0x206a, 0x206f},
					      {0xfe00, 0xfe0f},	 {0xfeff, 0xfeff}, {0xfff9, 0xfffb},
					      {0xe0000, 0xe0fff}};

	return in_ranges(c, ranges, ARRAY_LEN(ranges));
}

static const char *ascii_of(uint32_t c)
{
	static const struct {
		uint32_t c;
		const char *ascii;
	} table[] = {
	    {0xa0, " "},     {0xab, "\""},    {0xb7, "*"},     {0xbb, "\""},	{0xd7, "x"},
	    {0x2010, "-"},   {0x2011, "-"},   {0x2012, "-"},   {0x2013, "-"},	{0x2014, "-"},
	    {0x2018, "'"},   {0x2019, "'"},   {0x201c, "\""},  {0x201d, "\""},	{0x2022, "*"},
	    {0x2026, "..."}, {0x2190, "<-"},  {0x2192, "->"},  {0x21d2, "=>"},	{0x2212, "-"},
	    {0x2260, "!="},  {0x2264, "<="},  {0x2265, ">="},  {0x2705, "[x]"}, {0x2713, "[x]"},
	    {0x2714, "[x]"}, {0x274c, "[ ]"}, {0x2717, "[ ]"},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (table[i].c == c)
			return table[i].ascii;
	}
	return "?";
}

static void add_char(struct buf *out, uint32_t c, unsigned *marks, unsigned flags)
{
	int width;

	if (c == '\n' && flags & TEXT_LINES) {
		buf_addc(out, '\n');
		return;
	}
	if (c == '\n' || c == '\t' || c == 0x2028 || c == 0x2029)
		c = ' ';
	else if (c == '\r' && flags & TEXT_LINES)
		return;
	else if (c == '\r')
		c = ' ';
	if (is_invisible(c))
		return;
	width = text_is_bidi(c) ? -1 : text_char_width(c);
	if (width < 0) {
		c = REPLACEMENT;
		width = 1;
	}
	/* A mark without a letter would sit on whatever stands before the text. */
	if (width == 0 && (!out->len || *marks == MAX_COMBINING || flags & TEXT_ASCII))
		return;
	*marks = width ? 0 : *marks + 1;
	if (flags & TEXT_ASCII && c >= 0x80)
		buf_adds(out, ascii_of(c));
	else
		text_encode(out, c);
}

void text_sanitise(struct buf *out, const char *bytes, size_t len, unsigned flags)
{
	unsigned marks = MAX_COMBINING; /* none before the first letter */

	for (size_t i = 0; i < len;) {
		size_t run = i;
		uint32_t c;
		size_t n;

		while (run < len && bytes[run] >= ' ' && bytes[run] < 0x7f)
			run++;
		if (run > i) {
			buf_add(out, bytes + i, run - i);
			marks = 0;
			i = run;
			continue;
		}
		n = text_decode(bytes + i, len - i, &c);
		add_char(out, n ? c : REPLACEMENT, &marks, flags);
		i += n ? n : 1;
	}
}

char *text_clean(struct arena *arena, const char *s, unsigned flags)
{
	struct buf out = {0};
	char *clean;

	if (s)
		text_sanitise(&out, s, strlen(s), flags);
	clean = arena_memdup0(arena, buf_str(&out), out.len);
	buf_free(&out);
	return clean;
}

/* The cells and bytes of the character at p. */
static size_t char_at(const char *p, size_t len, size_t *cells)
{
	uint32_t c;
	size_t n = text_decode(p, len, &c);
	int width = n ? text_char_width(c) : 1;

	*cells = width < 0 ? 1 : (size_t)width;
	return n ? n : 1;
}

size_t text_width_n(const char *s, size_t len)
{
	size_t total = 0;

	for (size_t i = 0; i < len;) {
		size_t cells;

		if (s[i] >= ' ' && s[i] < 0x7f) {
			total++;
			i++;
			continue;
		}
		i += char_at(s + i, len - i, &cells);
		total += cells;
	}
	return total;
}

size_t text_width(const char *s)
{
	return text_width_n(s, strlen(s));
}

size_t text_fit(const char *s, size_t len, size_t cells, size_t *used)
{
	size_t total = 0;
	size_t i = 0;

	while (i < len) {
		size_t width = 1;
		size_t n = s[i] >= ' ' && s[i] < 0x7f ? 1 : char_at(s + i, len - i, &width);

		if (total + width > cells)
			break;
		total += width;
		i += n;
	}
	if (used)
		*used = total;
	return i;
}

size_t text_clip(struct buf *out, const char *s, size_t cells, unsigned flags)
{
	size_t len = strlen(s);
	size_t used;
	size_t fit = text_fit(s, len, cells, &used);

	if (fit == len) {
		buf_add(out, s, len);
		return used;
	}
	if (!cells)
		return 0;
	fit = text_fit(s, len, cells - 1, &used);
	buf_add(out, s, fit);
	buf_adds(out, flags & TEXT_ASCII ? "~" : "\xe2\x80\xa6");
	return used + 1;
}

static void add_spaces(struct buf *out, size_t count)
{
	while (count--)
		buf_addc(out, ' ');
}

void text_pad(struct buf *out, const char *s, size_t cells, enum text_align align, unsigned flags)
{
	size_t start = out->len;
	struct buf clipped = {0};
	size_t space = cells - text_clip(out, s, cells, flags);
	size_t before = align == TEXT_RIGHT ? space : align == TEXT_CENTRE ? space / 2 : 0;

	if (before) {
		buf_add(&clipped, out->data + start, out->len - start);
		out->len = start;
		add_spaces(out, before);
		buf_add(out, buf_str(&clipped), clipped.len);
		buf_free(&clipped);
	}
	add_spaces(out, space - before);
}

/* Where the line that starts at `from` ends and, in *next, where the one after it starts. */
static size_t line_end(const char *s, size_t len, size_t from, size_t cells, size_t *next)
{
	size_t total = 0;
	size_t end = 0; /* of the last place to break at, 0: none */
	size_t i = from;

	while (i < len && s[i] != '\n') {
		size_t width;
		size_t n = char_at(s + i, len - i, &width);
		bool space = s[i] == ' ';

		if (i > from && (space || width == 2) && total <= cells &&
		    (i == from || s[i - 1] != ' '))
			end = i;
		if (total + width > cells && !space && i > from) {
			*next = end ? end : i;
			return end ? end : i;
		}
		total += width;
		i += n;
	}
	*next = i < len ? i + 1 : i;
	return i;
}

bool text_wrap(const char *s, size_t len, size_t cells, size_t *at, size_t *start, size_t *n)
{
	size_t from = *at;
	size_t end;

	if (from && s[from - 1] != '\n') {
		while (from < len && s[from] == ' ')
			from++;
		if (from < len && s[from] == '\n')
			from++;
	}
	if (from >= len)
		return false;
	end = line_end(s, len, from, cells ? cells : 1, at);
	while (end > from && s[end - 1] == ' ')
		end--;
	*start = from;
	*n = end - from;
	return true;
}

const char *text_age(int64_t seconds, char out[TEXT_AGE_MAX])
{
	static const struct {
		int64_t below, unit;
		const char *name;
	} units[] = {
	    {3600, 60, "m"},
	    {86400, 3600, "h"},
	    {60 * 86400, 86400, "d"},
	    {365 * 86400, 30 * 86400, "mo"},
	    {INT64_MAX, 365 * 86400, "y"},
	};
	size_t i = 0;

	if (seconds < 60) {
		snprintf(out, TEXT_AGE_MAX, "now");
		return out;
	}
	while (i + 1 < ARRAY_LEN(units) && seconds >= units[i].below)
		i++;
	snprintf(out, TEXT_AGE_MAX, "%" PRId64 "%s", seconds / units[i].unit, units[i].name);
	return out;
}

const char *text_gap_age(int64_t since, bool at_least, int64_t now, char out[TEXT_GAP_AGE_MAX])
{
	int64_t age = now > since ? now - since : 0, days = age / 86400;
	const char *plus = at_least ? "+" : "";

	if (since <= 0 || (at_least && days == 0))
		snprintf(out, TEXT_GAP_AGE_MAX, "-");
	else if (age < 3600)
		snprintf(out, TEXT_GAP_AGE_MAX, "now");
	else if (days == 0)
		snprintf(out, TEXT_GAP_AGE_MAX, "%dh", (int)(age / 3600));
	else if (days < 1000)
		snprintf(out, TEXT_GAP_AGE_MAX, "%dd%s", (int)days, plus);
	else
		snprintf(out, TEXT_GAP_AGE_MAX, "%ldy%s", (long)(days / 365), plus);
	return out;
}
