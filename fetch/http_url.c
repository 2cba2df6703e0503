#include <string.h>
#include <strings.h>

#include "fetch/http_private.h"

static const char fix_url[] = "a URL looks like https://prometheus.example.com:9090";

static bool known_scheme(const char *scheme)
{
	return strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0;
}

/* A part of a parsed URL in arena; NULL: it has none. */
static char *part(struct arena *arena, CURLU *parsed, CURLUPart what, unsigned flags)
{
	char *text = NULL, *copy;

	if (curl_url_get(parsed, what, &text, flags) != CURLUE_OK)
		return NULL;
	copy = arena_strdup(arena, text);
	curl_free(text);
	return copy;
}

static char *lower(char *text)
{
	for (char *c = text; c && *c; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
	return text;
}

static char *origin_of(struct arena *arena, CURLU *parsed)
{
	const char *scheme = part(arena, parsed, CURLUPART_SCHEME, 0);
	const char *host = lower(part(arena, parsed, CURLUPART_HOST, 0));
	const char *port = part(arena, parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT);

	if (!scheme || !known_scheme(scheme) || !host || !*host || !port)
		return NULL;
	return arena_printf(arena, "%s://%s:%s", scheme, host, port);
}

static bool has_control(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
			return true;
	}
	return false;
}

/* Of "http://" or "https://" with something behind it, else 0: curl guesses more than we do. */
static size_t scheme_len(const char *url)
{
	size_t len = strncasecmp(url, "http://", 7) == 0    ? 7
		     : strncasecmp(url, "https://", 8) == 0 ? 8
							    : 0;

	return len && url[len] && !strchr("/?#", url[len]) ? len : 0;
}

char *http_url_origin(struct arena *arena, const char *url, struct err *err)
{
	CURLU *parsed;
	char *origin = NULL, *user = NULL;

	if (strlen(url) > HTTP_URL_MAX || has_control(url)) {
		err_set(err, NULL, fix_url, "the URL is too long or has blanks in it");
		return NULL;
	}
	if (!scheme_len(url)) {
		err_set(err, NULL, fix_url, "the URL is not one of http:// or https://");
		return NULL;
	}
	parsed = curl_url();
	if (!parsed || curl_url_set(parsed, CURLUPART_URL, url, 0)) {
		err_set(err, NULL, fix_url, "the URL cannot be read");
	} else if (curl_url_get(parsed, CURLUPART_USER, &user, 0) == CURLUE_OK) {
		curl_free(user);
		err_set(err, NULL, "give them as `auth:`", "the URL has credentials in it");
	} else {
		origin = origin_of(arena, parsed);
		if (!origin)
			err_set(err, NULL, fix_url, "the URL has no host");
	}
	curl_url_cleanup(parsed);
	return origin;
}

size_t http_url_origin_len(const char *url)
{
	size_t len = scheme_len(url);

	return len ? len + strcspn(url + len, "/?#") : 0;
}

bool http_url_path_ok(const char *path)
{
	return strlen(path) < HTTP_URL_MAX / 2 && !has_control(path);
}

const char *http_url_host(struct arena *arena, const char *url)
{
	CURLU *parsed = curl_url();
	const char *host = NULL;

	if (parsed && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK)
		host = part(arena, parsed, CURLUPART_HOST, 0);
	curl_url_cleanup(parsed);
	return host ? host : "?";
}

const char *http_url_port(struct arena *arena, const char *url)
{
	CURLU *parsed = curl_url();
	const char *port = NULL;

	if (parsed && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK)
		port = part(arena, parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	curl_url_cleanup(parsed);
	return port ? port : "?";
}

static enum http_redirect redirect_from(struct arena *arena, CURLU *parsed, const char *location,
					const char **target)
{
	const char *before, *after;

	before = part(arena, parsed, CURLUPART_SCHEME, 0);
	if (curl_url_set(parsed, CURLUPART_URL, location, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
		return REDIRECT_BROKEN;
	after = part(arena, parsed, CURLUPART_SCHEME, 0);
	if (!before || !after || !known_scheme(after))
		return REDIRECT_SCHEME;
	if (strcmp(before, "https") == 0 && strcmp(after, "https") != 0)
		return REDIRECT_INSECURE;
	/* A server does not get to choose whom we are. */
	curl_url_set(parsed, CURLUPART_USER, NULL, 0);
	curl_url_set(parsed, CURLUPART_PASSWORD, NULL, 0);
	curl_url_set(parsed, CURLUPART_FRAGMENT, NULL, 0);
	*target = part(arena, parsed, CURLUPART_URL, 0);
	return *target && http_url_origin(arena, *target, NULL) ? REDIRECT_FOLLOW : REDIRECT_BROKEN;
}

enum http_redirect http_url_redirect(struct arena *arena, const char *url, const char *location,
				     const char **target)
{
	CURLU *parsed;
	enum http_redirect result = REDIRECT_BROKEN;

	*target = NULL;
	if (!*location || strlen(location) > HTTP_URL_MAX || has_control(location))
		return REDIRECT_BROKEN;
	parsed = curl_url();
	if (parsed && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK)
		result = redirect_from(arena, parsed, location, target);
	curl_url_cleanup(parsed);
	return result;
}
