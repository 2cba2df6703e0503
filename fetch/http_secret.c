#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/http_private.h"

/*
 * Servers and proxies repeat what they were sent: in errors, in texts for debugging, in links.
 * It is overwritten before anybody reads the answer, as nobody could tell later: a text that was
 * cut in the middle of a secret still has the half of it.
 */

#define FORM_GROWS 6 /* bytes that one becomes at most */

struct escape {
	char c;
	const char *text;
};

/* The ways in which texts are written inside JSON (also PHP's and Go's), HTML and URLs. */
static const struct escape json[] = {{'"', "\\\""}, {'\\', "\\\\"}, {0}};
static const struct escape json_php[] = {{'"', "\\\""}, {'\\', "\\\\"}, {'/', "\\/"}, {0}};
static const struct escape json_go[] = {{'"', "\\\""},	  {'\\', "\\\\"},   {'<', "\\u003c"},
					{'>', "\\u003e"}, {'&', "\\u0026"}, {0}};
static const struct escape html[] = {{'&', "&amp;"},  {'<', "&lt;"},   {'>', "&gt;"},
				     {'"', "&quot;"}, {'\'', "&#39;"}, {0}};
static const struct escape html_go[] = {{'&', "&amp;"}, {'<', "&lt;"},	 {'>', "&gt;"},
					{'"', "&#34;"}, {'\'', "&#39;"}, {0}};
static const struct escape url[] = {{0}};
static const struct escape *const ways[] = {json, json_php, json_go, html, html_go, url};

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       strchr("-._~", c);
}

/* The end of what c becomes. */
static char *put(char *out, const struct escape *way, char c)
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char byte = (unsigned char)c;

	if (way == url && !is_unreserved(c)) {
		*out++ = '%';
		*out++ = digits[byte >> 4];
		*out++ = digits[byte & 15];
		return out;
	}
	for (; way->c; way++)
		if (way->c == c) {
			memcpy(out, way->text, strlen(way->text));
			return out + strlen(way->text);
		}
	*out++ = c;
	return out;
}

static void forget(char *text)
{
	explicit_bzero(text, strlen(text));
	free(text);
}

/* Keeps the text, which is ours from now on, where it is not there yet. */
static void add_form(struct http_credentials *credentials, char *text)
{
	for (size_t i = 0; i < credentials->form_count; i++)
		if (strcmp(credentials->forms[i], text) == 0) {
			forget(text);
			return;
		}
	credentials->forms[credentials->form_count++] = text;
}

void http_secret_add(struct http_credentials *credentials, const char *secret)
{
	size_t len = strlen(secret);

	_Static_assert(HTTP_SECRET_FORMS >= 2 * (1 + ARRAY_LEN(ways)), "room for two secrets");
	if (len < HTTP_SECRET_LEAST ||
	    credentials->form_count + 1 + ARRAY_LEN(ways) > HTTP_SECRET_FORMS)
		return;
	add_form(credentials, xstrdup(secret));
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		char *text = xmalloc(FORM_GROWS * len + 1), *end = text;

		for (const char *c = secret; *c; c++)
			end = put(end, ways[i], *c);
		*end = '\0';
		add_form(credentials, text);
	}
}

void http_secret_forget(struct http_credentials *credentials)
{
	while (credentials->form_count)
		forget(credentials->forms[--credentials->form_count]);
}

bool http_secret_mask(const struct http_credentials *credentials, char *bytes, size_t len)
{
	bool found = false;

	for (size_t i = 0; len && i < credentials->form_count; i++) {
		const char *form = credentials->forms[i];
		size_t size = strlen(form);
		char *at = bytes, *end = bytes + len;

		while ((at = memmem(at, (size_t)(end - at), form, size))) {
			found = true;
			/* A word as short as this may be the name of a field. */
			if (size >= HTTP_SECRET_MASKED)
				memset(at, '*', size);
			at += size;
		}
	}
	return found;
}
