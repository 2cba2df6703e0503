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

struct origin {
	const char *host, *port;
	size_t host_len, port_len;
	bool https;
};

static bool read_origin(const char *url, struct origin *out)
{
	size_t len = 0;
	const char *start = source_authority(url, &len);

	if (!start)
		return false;
	out->https = source_is_https(url);
	out->host_len = 0;
	out->host = host_in(url, &out->host_len);
	out->port = out->host + out->host_len;
	if (out->port + 1 < start + len) {
		out->port++;
		out->port_len = (size_t)(start + len - out->port);
	} else {
		out->port = out->https ? "443" : "80";
		out->port_len = strlen(out->port);
	}
	return true;
}

bool source_same_origin(const char *a, const char *b)
{
	struct origin one, two;

	return read_origin(a, &one) && read_origin(b, &two) && one.https == two.https &&
	       one.host_len == two.host_len && !strncasecmp(one.host, two.host, one.host_len) &&
	       one.port_len == two.port_len && !memcmp(one.port, two.port, one.port_len);
}
