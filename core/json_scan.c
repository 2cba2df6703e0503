#include "core/json_scan.h"

#include <string.h>

#include "core/text.h"

enum state {
	WANT_VALUE, /* at the top or after a colon */
	WANT_FIRST, /* after an opening bracket */
	WANT_COMMA, /* after a value */
	WANT_NEXT   /* after a comma */
};

void json_scan_init(struct json_scan *scan, const char *bytes, size_t len, unsigned flags)
{
	*scan = (struct json_scan){.base = bytes,
				   .next = bytes,
				   .end = bytes + len,
				   .text = bytes,
				   .flags = flags,
				   .state = WANT_VALUE,
				   .line_start = bytes,
				   .counted = bytes,
				   .line = 1};
	if (len >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3))
		scan->next += 3;
}

static enum json_token give(struct json_scan *scan, enum json_token token)
{
	scan->token = token;
	return token;
}

static enum json_token stop(struct json_scan *scan, const char *at, const char *error)
{
	scan->text = at;
	scan->len = 0;
	scan->error = error;
	return give(scan, JSON_ERROR);
}

/* After the comment that starts at p; NULL when it is none or does not end. */
static const char *skip_comment(const char *p, const char *end)
{
	if (end - p < 2 || (p[1] != '/' && p[1] != '*'))
		return NULL;
	if (p[1] == '/') {
		p = memchr(p, '\n', (size_t)(end - p));
		return p ? p : end;
	}
	p = memmem(p + 2, (size_t)(end - p - 2), "*/", 2);
	return p ? p + 2 : NULL;
}

static bool skip_space(struct json_scan *scan)
{
	const char *p = scan->next;
	const char *end = scan->end;

	for (;;) {
		while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
			p++;
		if (p == end || *p != '/')
			break;
		scan->next = p;
		p = skip_comment(p, end);
		if (!p)
			return false;
	}
	scan->next = p;
	return true;
}

static bool in_object(const struct json_scan *scan)
{
	unsigned top = scan->depth - 1;

	return scan->depth && (scan->objects[top / 64] >> top % 64 & 1);
}

static enum json_token open_container(struct json_scan *scan, bool object)
{
	unsigned top = scan->depth;
	uint64_t bit = (uint64_t)1 << top % 64;

	if (top == JSON_MAX_DEPTH)
		return stop(scan, scan->next, "nested too deep");
	if (object)
		scan->objects[top / 64] |= bit;
	else
		scan->objects[top / 64] &= ~bit;
	scan->depth++;
	scan->state = WANT_FIRST;
	scan->text = scan->next++;
	scan->len = 1;
	return give(scan, object ? JSON_OBJECT : JSON_ARRAY);
}

static enum json_token close_container(struct json_scan *scan)
{
	bool object = *scan->next == '}';

	if (!scan->depth || scan->state == WANT_VALUE)
		return stop(scan, scan->next, "a closing bracket where a value should be");
	if (object != in_object(scan))
		return stop(scan, scan->next, "the wrong closing bracket");
	scan->depth--;
	scan->state = WANT_COMMA;
	scan->text = scan->next++;
	scan->len = 1;
	return give(scan, object ? JSON_OBJECT_END : JSON_ARRAY_END);
}

/* Leaves the text in scan and next behind the closing quote; false after setting the error. */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (unsigned char)(byte))

/* Whether none of eight bytes ends a string's plain run: a quote, a backslash, a control. */
static bool is_plain(const char *p, char quote)
{
	uint64_t word, quotes, slashes;

	memcpy(&word, p, sizeof(word));
	quotes = word ^ EACH(quote);
	slashes = word ^ EACH('\\');
	return !((((quotes - EACH(1)) & ~quotes) | ((slashes - EACH(1)) & ~slashes) |
		  ((word - EACH(' ')) & ~word)) &
		 EACH(0x80));
}

static bool read_string(struct json_scan *scan)
{
	char quote = *scan->next;
	const char *start = scan->next + 1;
	const char *p = start;
	const char *end = scan->end;

	scan->escaped = false;
	for (;;) {
		while (end - p >= 8 && is_plain(p, quote))
			p += 8;
		while (p < end && *p != quote && *p != '\\' && (unsigned char)*p >= ' ')
			p++;
		if (p == end || *p == '\n' || *p == '\r') {
			stop(scan, start - 1, "a quote is not closed");
			return false;
		}
		if (*p == quote)
			break;
		if (*p != '\\' && *p != '\t') {
			stop(scan, p, "a control character in a string");
			return false;
		}
		scan->escaped |= *p == '\\';
		p += *p == '\\' && end - p > 1 ? 2 : 1;
	}
	scan->text = start;
	scan->len = (size_t)(p - start);
	scan->next = p + 1;
	return true;
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' ||
	       c == '$' || c == '+' || c == '-' || c == '.' || (unsigned char)c >= 0x80;
}

static void read_word(struct json_scan *scan)
{
	const char *p = scan->next;

	while (p < scan->end && is_word(*p))
		p++;
	scan->text = scan->next;
	scan->len = (size_t)(p - scan->next);
	scan->escaped = false;
	scan->next = p;
}

static bool word_is(const struct json_scan *scan, const char *word)
{
	return scan->len == strlen(word) && !memcmp(scan->text, word, scan->len);
}

static const char *skip_digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

static bool is_number(const char *p, const char *end)
{
	const char *digits;

	if (p < end && *p == '-')
		p++;
	digits = p;
	p = skip_digits(p, end);
	if (p == digits || (*digits == '0' && p - digits > 1))
		return false;
	if (p < end && *p == '.') {
		digits = ++p;
		p = skip_digits(p, end);
		if (p == digits)
			return false;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		digits = p;
		p = skip_digits(p, end);
		if (p == digits)
			return false;
	}
	return p == end;
}

static bool is_number_five(const char *p, size_t len)
{
	const char *end = p + len;

	if (*p == '+' || *p == '-')
		p++;
	if (p < end && *p >= '0' && *p <= '9')
		return true;
	len = (size_t)(end - p);
	return (len > 1 && *p == '.') || (len == 8 && !memcmp(p, "Infinity", 8)) ||
	       (len == 3 && !memcmp(p, "NaN", 3));
}

static enum json_token read_bare(struct json_scan *scan)
{
	const char *start = scan->next;

	read_word(scan);
	if (!scan->len)
		return stop(scan, start, "a value is missing or not JSON");
	if (word_is(scan, "true"))
		return give(scan, JSON_TRUE);
	if (word_is(scan, "false"))
		return give(scan, JSON_FALSE);
	if (word_is(scan, "null"))
		return give(scan, JSON_NULL);
	if (is_number(start, start + scan->len))
		return give(scan, JSON_NUMBER);
	if (scan->flags & JSON_FIVE && is_number_five(start, scan->len))
		return give(scan, JSON_NUMBER);
	return stop(scan, start, "a word that is neither quoted nor JSON");
}

static enum json_token read_key(struct json_scan *scan)
{
	const char *start = scan->next;
	const char *text;
	size_t len;

	if (*start == '"' || (*start == '\'' && scan->flags & JSON_FIVE)) {
		if (!read_string(scan))
			return JSON_ERROR;
	} else if (scan->flags & JSON_FIVE && is_word(*start)) {
		read_word(scan);
	} else {
		return stop(scan, start, "a key in double quotes is missing");
	}
	text = scan->text;
	len = scan->len;
	if (!skip_space(scan))
		return stop(scan, scan->next, "a comment does not end");
	if (scan->next == scan->end || *scan->next != ':')
		return stop(scan, text, "a key without ':'");
	scan->next++;
	scan->text = text;
	scan->len = len;
	scan->state = WANT_VALUE;
	return give(scan, JSON_KEY);
}

static enum json_token read_value(struct json_scan *scan)
{
	char c = *scan->next;

	if (c == '{' || c == '[')
		return open_container(scan, c == '{');
	scan->state = WANT_COMMA;
	if (c == '"' || (c == '\'' && scan->flags & JSON_FIVE))
		return read_string(scan) ? give(scan, JSON_STRING) : JSON_ERROR;
	return read_bare(scan);
}

enum json_token json_next(struct json_scan *scan)
{
	if (scan->token == JSON_ERROR || scan->token == JSON_END)
		return scan->token;
	if (!skip_space(scan))
		return stop(scan, scan->next, "a '/' that begins no whole comment");
	if (scan->state == WANT_COMMA && scan->depth && scan->next < scan->end &&
	    *scan->next == ',') {
		scan->next++;
		scan->state = WANT_NEXT;
		if (!skip_space(scan))
			return stop(scan, scan->next, "a '/' that begins no whole comment");
	}
	if (scan->next == scan->end) {
		if (!scan->depth && scan->state == WANT_COMMA)
			return give(scan, JSON_END);
		return stop(scan, scan->end, "it ends too early");
	}
	if (*scan->next == '}' || *scan->next == ']')
		return close_container(scan);
	if (scan->state == WANT_COMMA)
		return stop(scan, scan->next,
			    scan->depth ? "a ',' is missing" : "text after the end of the value");
	if (scan->state != WANT_VALUE && in_object(scan))
		return read_key(scan);
	return read_value(scan);
}

bool json_skip(struct json_scan *scan)
{
	unsigned depth;

	if (scan->token == JSON_KEY)
		json_next(scan);
	if (scan->token == JSON_OBJECT || scan->token == JSON_ARRAY) {
		depth = scan->depth;
		while (scan->depth >= depth && json_next(scan) != JSON_ERROR)
			;
	}
	return scan->token != JSON_ERROR;
}

bool json_text_is(const struct json_scan *scan, const char *s)
{
	struct buf text = {0};
	bool same;

	if (!scan->escaped)
		return word_is(scan, s);
	json_unescape(scan->text, scan->len, &text);
	same = !strcmp(buf_str(&text), s);
	buf_free(&text);
	return same;
}

char *json_strdup(const struct json_scan *scan, struct arena *arena)
{
	struct buf text = {0};
	char *copy;

	if (!scan->escaped)
		return arena_memdup0(arena, scan->text, scan->len);
	json_unescape(scan->text, scan->len, &text);
	copy = arena_memdup0(arena, buf_str(&text), text.len);
	buf_free(&text);
	return copy;
}

uint32_t json_line(struct json_scan *scan)
{
	const char *newline;

	if (scan->text < scan->counted) {
		scan->counted = scan->line_start = scan->base;
		scan->line = 1;
	}
	while ((newline = memchr(scan->counted, '\n', (size_t)(scan->text - scan->counted)))) {
		scan->counted = scan->line_start = newline + 1;
		scan->line++;
	}
	/* all may be one line: what was looked through is not looked through again */
	scan->counted = scan->text;
	return scan->line;
}

uint32_t json_column(struct json_scan *scan)
{
	bool quoted = scan->text > scan->base &&
		      (scan->token == JSON_STRING || scan->token == JSON_KEY) &&
		      (scan->text[-1] == '"' || scan->text[-1] == '\'');

	json_line(scan);
	return (uint32_t)(scan->text - scan->line_start) + !quoted;
}

static int hex4(const char *p, const char *end)
{
	int value = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = text_hex_digit(p[i]);

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

/* p is behind `\u`; gives where the escape ends, NULL when it is none. */
static const char *unescape_unicode(const char *p, const char *end, struct buf *out)
{
	int high = hex4(p, end);
	int low;

	if (high < 0)
		return NULL;
	p += 4;
	if (high >= 0xd800 && high < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
		low = hex4(p + 2, end);
		if (low >= 0xdc00 && low < 0xe000) {
			text_encode(out, 0x10000u + (uint32_t)((high - 0xd800) << 10) +
					     (uint32_t)(low - 0xdc00));
			return p + 6;
		}
	}
	text_encode(out, (uint32_t)high);
	return p;
}

bool json_unescape(const char *raw, size_t len, struct buf *out)
{
	static const char from[] = "\"\\/bfnrt'";
	static const char to[] = "\"\\/\b\f\n\r\t'";
	const char *end = raw + len;
	bool good = true;

	for (const char *p = raw; p < end;) {
		const char *slash = memchr(p, '\\', (size_t)(end - p));
		const char *known;

		buf_add(out, p, (size_t)((slash ? slash : end) - p));
		if (!slash)
			break;
		p = slash + 1;
		known = p < end && *p ? strchr(from, *p) : NULL;
		if (known) {
			buf_addc(out, to[known - from]);
			p++;
			continue;
		}
		slash = p < end && *p == 'u' ? unescape_unicode(p + 1, end, out) : NULL;
		if (slash) {
			p = slash;
			continue;
		}
		buf_addc(out, '\\');
		good = false;
	}
	return good;
}
