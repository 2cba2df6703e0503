#include "core/markdown_source.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"

/* How long the front matter is: from a line of --- (or +++) at the top to the next one. */
static size_t front_matter(const char *bytes, size_t len)
{
	const char *end = bytes + len;
	const char *p = bytes;
	char sign = len ? *bytes : '\0';

	if (sign != '-' && sign != '+')
		return 0;
	for (unsigned line = 0; p < end; line++) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((stop ? stop : end) - p);

		if (n && p[n - 1] == '\r')
			n--;
		if (n == 3 && p[0] == sign && p[1] == sign && p[2] == sign) {
			if (line)
				return (size_t)((stop ? stop + 1 : end) - bytes);
		} else if (!line) {
			return 0;
		}
		p = stop ? stop + 1 : end;
	}
	return 0;
}

/* Whether a line is the one below a table's head: nothing but |, -, : and spaces. */
static bool is_table_line(const char *line, size_t len)
{
	bool bar = false, dash = false;

	if (len && (*line == '\t' || (len > 3 && !memcmp(line, "    ", 4))))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!strchr("|-: \r", line[i]) || !line[i])
			return false;
		bar |= line[i] == '|';
		dash |= line[i] == '-';
	}
	return bar && dash;
}

static void add_long_dashes(struct buf *out, const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		size_t run = i;

		buf_addc(out, line[i]);
		while (run < len && line[run] == '-')
			run++;
		if (run == i)
			continue;
		for (size_t n = 1; n < run - i || n < 3; n++)
			buf_addc(out, '-');
		i = run - 1;
	}
}

/* GitHub takes one dash a column below a table's head, md4c wants three. */
static void lengthen_dashes(struct buf *out, const char *bytes, size_t len)
{
	const char *end = bytes + len;
	bool fenced = false;

	for (const char *p = bytes; p < end;) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((stop ? stop : end) - p);

		if (n > 2 && (!memcmp(p, "```", 3) || !memcmp(p, "~~~", 3)))
			fenced = !fenced;
		if (!fenced && is_table_line(p, n))
			add_long_dashes(out, p, n);
		else
			buf_add(out, p, n);
		if (stop)
			buf_addc(out, '\n');
		p = stop ? stop + 1 : end;
	}
}

void markdown_source(struct buf *out, const char *bytes, size_t len)
{
	size_t skip = len >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3) ? 3 : 0;

	skip += front_matter(bytes + skip, len - skip);
	lengthen_dashes(out, bytes + skip, len - skip);
}

void markdown_entity(struct buf *out, const char *text, size_t len)
{
	static const struct {
		const char *name, *text;
	} names[] = {
	    {"&amp;", "&"},
	    {"&lt;", "<"},
	    {"&gt;", ">"},
	    {"&quot;", "\""},
	    {"&apos;", "'"},
	    {"&nbsp;", " "},
	    {"&copy;", "(c)"},
	    {"&mdash;", "\xe2\x80\x94"},
	    {"&ndash;", "\xe2\x80\x93"},
	    {"&hellip;", "\xe2\x80\xa6"},
	    {"&rarr;", "\xe2\x86\x92"},
	    {"&larr;", "\xe2\x86\x90"},
	};

	if (len > 3 && text[1] == '#') {
		bool hex = (text[2] | 32) == 'x';

		text_encode(out, (uint32_t)strtoul(text + 2 + hex, NULL, hex ? 16 : 10));
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (len == strlen(names[i].name) && !memcmp(text, names[i].name, len)) {
			buf_adds(out, names[i].text);
			return;
		}
	}
	buf_add(out, text, len);
}
