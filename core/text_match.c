#include <string.h>

#include "core/mem.h"
#include "core/text.h"

#define SUGGEST_MAX 48 /* bytes of a word that is looked for */

uint32_t text_fold(uint32_t c)
{
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c + 32 : c;
	if ((c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9 && c != 0x3a2) ||
	    (c >= 0x410 && c <= 0x42f))
		return c + 32;
	if (c >= 0x400 && c <= 0x40f)
		return c + 80;
	if ((c >= 0x100 && c <= 0x12f) || (c >= 0x132 && c <= 0x137) || (c >= 0x14a && c <= 0x177))
		return c | 1;
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
		return c + (c & 1);
	return c;
}

/* The folded character at *p, which moves behind it; 0 at the end. */
static uint32_t next_folded(const char **p)
{
	unsigned char byte = (unsigned char)**p;
	uint32_t c;
	size_t n;

	if (byte < 0x80) {
		*p += byte != 0;
		return byte >= 'A' && byte <= 'Z' ? byte + 32u : byte;
	}
	n = text_decode(*p, strlen(*p) < 4 ? strlen(*p) : 4, &c);
	*p += n ? n : 1;
	return n ? text_fold(c) : 0x110000u + byte;
}

static bool starts_with(const char *hay, const char *needle)
{
	while (*needle) {
		if (!*hay || next_folded(&hay) != next_folded(&needle))
			return false;
	}
	return true;
}

bool text_contains(const char *hay, const char *needle)
{
	const char *rest = needle;
	uint32_t first = next_folded(&rest);

	if (!first)
		return true;
	while (*hay) {
		if (next_folded(&hay) == first && starts_with(hay, rest))
			return true;
	}
	return false;
}

static unsigned mask_bit(uint32_t c)
{
	static const char signs[] = "-_/.@ ";
	const char *sign;

	if (c >= 'a' && c <= 'z')
		return c - 'a';
	if (c >= '0' && c <= '9')
		return 26 + c - '0';
	sign = c < 0x80 ? strchr(signs, (int)c) : NULL;
	return sign ? 36 + (unsigned)(sign - signs) : 42 + c % 22;
}

uint64_t text_mask(const char *s)
{
	uint64_t mask = 0;

	while (*s)
		mask |= (uint64_t)1 << mask_bit(next_folded(&s));
	return mask;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/* Edits (a letter more, less, another, two swapped) between words of at most SUGGEST_MAX. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][SUGGEST_MAX + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t k = 0; k <= b_len; k++)
		above[k] = (unsigned)k;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned *spare = before;

		row[0] = (unsigned)i;
		for (size_t k = 1; k <= b_len; k++) {
			uint32_t x = text_fold((unsigned char)a[i - 1]);
			uint32_t y = text_fold((unsigned char)b[k - 1]);

			row[k] = min3(above[k] + 1, row[k - 1] + 1, above[k - 1] + (x != y));
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
			    before[k - 2] + 1 < row[k])
				row[k] = before[k - 2] + 1;
		}
		before = above;
		above = row;
		row = spare;
	}
	return above[b_len];
}

const char *text_suggest(const char *word, const char *const *candidates, size_t count)
{
	const char *best = NULL;
	size_t len = strlen(word);
	unsigned least = len < 3 ? 1 : len < 6 ? 2 : 3;

	if (!len || len > SUGGEST_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(candidates[i]);
		unsigned edits;

		if (n > SUGGEST_MAX)
			continue;
		edits = distance(word, len, candidates[i], n);
		/* All letters changed is another word, not a slip. */
		if (edits < n && (edits < least || (edits == least && !best))) {
			best = candidates[i];
			least = edits;
		}
	}
	return best;
}
