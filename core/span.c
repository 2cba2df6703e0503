#include "core/span.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

bool lines_next(struct lines *lines, struct span *line)
{
	const char *end;

	if (lines->next >= lines->end)
		return false;
	end = memchr(lines->next, '\n', (size_t)(lines->end - lines->next));
	line->at = lines->next;
	line->len = (size_t)((end ? end : lines->end) - lines->next);
	if (line->len && line->at[line->len - 1] == '\r')
		line->len--;
	lines->next = end ? end + 1 : lines->end;
	lines->number++;
	return true;
}

struct span span_of(const char *text)
{
	return (struct span){text ? text : "", text ? strlen(text) : 0};
}

struct span span_trim(struct span span)
{
	while (span.len && isspace((unsigned char)*span.at))
		span = span_skip(span, 1);
	while (span.len && isspace((unsigned char)span.at[span.len - 1]))
		span.len--;
	return span;
}

struct span span_skip(struct span span, size_t count)
{
	if (count > span.len)
		count = span.len;
	return (struct span){span.at + count, span.len - count};
}

bool span_is(struct span span, const char *text)
{
	return span.len == strlen(text) && !memcmp(span.at, text, span.len);
}

bool span_is_icase(struct span span, const char *text)
{
	return span.len == strlen(text) && !strncasecmp(span.at, text, span.len);
}

bool span_starts(struct span span, const char *prefix)
{
	size_t len = strlen(prefix);

	return span.len >= len && !memcmp(span.at, prefix, len);
}

bool span_ends(struct span span, const char *suffix)
{
	size_t len = strlen(suffix);

	return span.len >= len && !memcmp(span.at + span.len - len, suffix, len);
}

ptrdiff_t span_find(struct span span, const char *text)
{
	const char *hit = memmem(span.at, span.len, text, strlen(text));

	return hit ? hit - span.at : -1;
}

size_t span_indent(struct span span)
{
	size_t indent = 0;

	while (indent < span.len && span.at[indent] == ' ')
		indent++;
	return indent;
}

bool span_cut(struct span span, char c, struct span *before, struct span *after)
{
	const char *hit = span.len ? memchr(span.at, c, span.len) : NULL;

	if (!hit)
		return false;
	*before = (struct span){span.at, (size_t)(hit - span.at)};
	*after = span_skip(span, before->len + 1);
	return true;
}

bool span_quoted(struct span *rest, struct span *text)
{
	for (size_t i = 0; i < rest->len; i++) {
		const char *close;

		if (rest->at[i] != '"' && rest->at[i] != '\'')
			continue;
		close = memchr(rest->at + i + 1, rest->at[i], rest->len - i - 1);
		if (!close)
			return false;
		text->at = rest->at + i + 1;
		text->len = (size_t)(close - text->at);
		*rest = span_skip(*rest, i + text->len + 2);
		return true;
	}
	return false;
}

struct span span_unquote(struct span span)
{
	span = span_trim(span);
	if (span.len >= 2 && (*span.at == '"' || *span.at == '\'') &&
	    span.at[span.len - 1] == *span.at)
		return (struct span){span.at + 1, span.len - 2};
	return span;
}

struct span span_word(struct span span, const char *more)
{
	struct span word = {span.at, 0};

	while (word.len < span.len) {
		char c = span.at[word.len];

		if (!isalnum((unsigned char)c) && c != '_' && !(c && strchr(more, c)))
			break;
		word.len++;
	}
	return word;
}
