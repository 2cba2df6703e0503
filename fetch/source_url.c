#include "fetch/source_url.h"

#include <string.h>
#include <strings.h>

#include "core/mem.h"

#define MAX_URL 2048

const char *source_authority(const char *url, size_t *len)
{
	const char *start;

	if (!strncasecmp(url, "https://", 8))
		start = url + 8;
	else if (!strncasecmp(url, "http://", 7))
		start = url + 7;
	else
		return NULL;
	*len = strcspn(start, "/?#");
	return *len ? start : NULL;
}

bool source_is_https(const char *url)
{
	return !strncasecmp(url, "https://", 8);
}

bool source_is_http(const char *url)
{
	return !strncasecmp(url, "http://", 7);
}

/* Without user and port. */
static const char *host_in(const char *url, size_t *len)
{
	const char *start = source_authority(url, len), *at, *colon;

	if (!start)
		return NULL;
	at = memrchr(start, '@', *len);
	if (at) {
		*len -= (size_t)(at + 1 - start);
		start = at + 1;
	}
	colon = memrchr(start, ':', *len);
	if (colon && !memchr(colon, ']', *len - (size_t)(colon - start)))
		*len = (size_t)(colon - start);
	return start;
}

const char *source_host(struct arena *arena, const char *url)
{
	size_t len;
	const char *start = host_in(url, &len);
	char *host;

	if (!start)
		return NULL;
	while (len && start[len - 1] == '.')
		len--;
	host = arena_memdup0(arena, start, len);
	for (char *c = host; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return host;
}

bool source_askable(const char *url)
{
	size_t len;
	const char *authority = source_authority(url, &len);

	if (!authority || memchr(authority, '@', len) || strlen(url) > MAX_URL)
		return false;
	for (const unsigned char *c = (const unsigned char *)url; *c; c++)
		if (*c <= ' ' || *c == 0x7f || strchr("{}<>\"\\^`|$", *c))
			return false;
	return true;
}

bool source_is_local(const char *host)
{
	static const char *const names[] = {"", "localhost", "0", "[::1]", "[::]"};
	static const char *const starts[] = {"127.", "169.254.", "0.", "0x", "[fe80:", "[::ffff:"};
	size_t len = strlen(host);

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(host, names[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(starts); i++)
		if (!strncmp(host, starts[i], strlen(starts[i])))
			return true;
	/* One number alone is an address as well: 2130706433 is 127.0.0.1. */
	if (strspn(host, "0123456789") == len)
		return true;
	return len > 10 && !strcmp(host + len - 10, ".localhost");
}

/* The last count labels of a host; the whole host where it has fewer. */
static const char *last_labels(const char *host, size_t count)
{
	const char *at = host + strlen(host);

	while (at > host) {
		if (at[-1] == '.' && !--count)
			break;
		at--;
	}
	return at;
}

/* "co.uk", "com.au": names are registered below these. */
static bool is_public_suffix(const char *two)
{
	static const char *const second[] = {"co.",  "com.", "net.", "org.", "gov.", "ac.",
					     "edu.", "ne.",  "or.",  "go.",  "gob.", "gouv."};

	for (size_t i = 0; i < ARRAY_LEN(second); i++) {
		size_t len = strlen(second[i]);

		if (!strncmp(two, second[i], len) && strlen(two + len) == 2)
			return true;
	}
	return false;
}

static const char *site_of(const char *host)
{
	const char *two = last_labels(host, 2);

	return is_public_suffix(two) ? last_labels(host, 3) : two;
}

static bool is_address(const char *host)
{
	return *host == '[' || strspn(host, "0123456789.") == strlen(host);
}

bool source_same_site(const char *a, const char *b)
{
	if (!strcmp(a, b))
		return true;
	return !is_address(a) && !is_address(b) && !strcmp(site_of(a), site_of(b));
}

/* Behind the host and its colon; the scheme's own where none is written. */
static bool same_port(const char *a, const char *b)
{
	const char *own = source_is_https(a) ? "443" : "80", *ports[2], *urls[2] = {a, b};
	size_t lens[2];

	for (size_t i = 0; i < 2; i++) {
		size_t all, host_len;
		const char *start = source_authority(urls[i], &all);
		const char *host = host_in(urls[i], &host_len);
		const char *colon = host + host_len;

		ports[i] = colon + 1 < start + all ? colon + 1 : own;
		lens[i] = colon + 1 < start + all ? (size_t)(start + all - colon - 1) : strlen(own);
	}
	return lens[0] == lens[1] && !memcmp(ports[0], ports[1], lens[0]);
}

bool source_same_origin(const char *a, const char *b)
{
	size_t a_len, b_len;
	const char *a_host = host_in(a, &a_len), *b_host = host_in(b, &b_len);

	return a_host && b_host && source_is_https(a) == source_is_https(b) && a_len == b_len &&
	       !strncasecmp(a_host, b_host, a_len) && same_port(a, b);
}
