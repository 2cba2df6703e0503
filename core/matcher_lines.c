/* Searching files by line, without a call of the regex engine for each line. */

#include <string.h>

#include "core/matcher_internal.h"

/*
 * A match that leaves its line is looked for again in that line alone. After so many
 * of them the rest goes line by line, or a pattern like [^#]* would cost the square
 * of the file.
 */
#define MAX_RETRIES 32

#define MAX_LINE 16384

static size_t line_end(const char *text, size_t len, size_t at)
{
	const char *end = at < len ? memchr(text + at, '\n', len - at) : NULL;

	return end ? (size_t)(end - text) : len;
}

struct regex_span line_around(const char *text, size_t len, size_t at)
{
	struct regex_span line = {at < len ? at : len, line_end(text, len, at)};

	while (line.start > 0 && text[line.start - 1] != '\n')
		line.start--;
	if (line.end > line.start && text[line.end - 1] == '\r')
		line.end--;
	return line;
}

bool line_too_long(const char *text, size_t len)
{
	for (size_t at = 0; len - at > MAX_LINE;) {
		size_t end = line_end(text, len, at);

		if (end - at > MAX_LINE)
			return true;
		if (end == len)
			break;
		at = end + 1;
	}
	return false;
}

static enum regex_result search_each_line(const struct line_regex *regex, const char *text,
					  size_t len, size_t from, struct regex_span spans[2])
{
	while (from < len) {
		size_t end = line_end(text, len, from);
		enum regex_result result = regex_match(regex->regex, text, end, from, spans, 2);

		if (result != REGEX_NO)
			return result;
		from = end + 1;
	}
	return REGEX_NO;
}

enum regex_result line_search(const struct line_regex *regex, const char *text, size_t len,
			      size_t from, struct regex_span spans[2])
{
	for (unsigned retries = 0; from <= len; retries++) {
		enum regex_result result;
		size_t end;

		if (retries > MAX_RETRIES)
			return search_each_line(regex, text, len, from, spans);
		result = regex_match(regex->regex, text, len, from, spans, 2);
		if (result != REGEX_YES || regex->spans)
			return result;
		end = line_end(text, len, spans[0].start);
		if (spans[0].end <= end)
			return REGEX_YES;
		result = regex_match(regex->regex, text, end, spans[0].start, spans, 2);
		if (result != REGEX_NO)
			return result;
		from = end + 1;
	}
	return REGEX_NO;
}
