#include "fetch/certificate.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/buf.h"
#include "core/text.h"

enum {
	DER_INTEGER = 0x02,
	DER_OCTETS = 0x04,
	DER_OID = 0x06,
	DER_UTC_TIME = 0x17,
	DER_LONG_TIME = 0x18,
	DER_BMP_STRING = 0x1e,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_VERSION = 0xa0,
	DER_EXTENSIONS = 0xa3,
	SAN_DNS = 0x82,
	SAN_ADDRESS = 0x87,
};

struct der {
	const unsigned char *next, *end;
};

/* The next element's tag, its content in *in; -1: there is none that is whole. */
static int take(struct der *from, struct der *in)
{
	const unsigned char *at = from->next;
	size_t len, left = (size_t)(from->end - at);
	int tag, bytes;

	if (left < 2)
		return -1;
	tag = at[0];
	len = at[1];
	at += 2;
	left -= 2;
	if (len & 0x80) {
		bytes = (int)(len & 0x7f);
		if (bytes < 1 || bytes > 3 || left < (size_t)bytes)
			return -1;
		for (len = 0; bytes; bytes--, left--)
			len = len << 8 | *at++;
	}
	if (len > left)
		return -1;
	in->next = at;
	in->end = from->next = at + len;
	return tag;
}

static bool expect(struct der *from, int tag, struct der *in)
{
	return take(from, in) == tag;
}

static bool is(const struct der *oid, const char *bytes, size_t len)
{
	return (size_t)(oid->end - oid->next) == len && memcmp(oid->next, bytes, len) == 0;
}

static const char *filtered(struct arena *arena, const char *bytes, size_t len)
{
	struct buf out = {0};
	const char *copy;

	text_sanitise(&out, bytes, len, 0);
	copy = arena_memdup0(arena, buf_str(&out), out.len);
	buf_free(&out);
	return copy;
}

static const char *string(struct arena *arena, int tag, const struct der *value)
{
	struct buf wide = {0};
	const char *text;

	if (tag != DER_BMP_STRING)
		return filtered(arena, (const char *)value->next,
				(size_t)(value->end - value->next));
	for (const unsigned char *at = value->next; value->end - at >= 2; at += 2)
		text_encode(&wide, (uint32_t)(at[0] << 8 | at[1]));
	text = filtered(arena, buf_str(&wide), wide.len);
	buf_free(&wide);
	return text;
}

/* "CN, O", what there is of it; the organisation only where the name does not begin with it. */
static const char *read_name(struct arena *arena, struct der name)
{
	const char *common = NULL, *organisation = NULL;
	struct der set, pair, oid, value;

	while (expect(&name, DER_SET, &set)) {
		int tag;

		if (!expect(&set, DER_SEQUENCE, &pair) || !expect(&pair, DER_OID, &oid))
			continue;
		tag = take(&pair, &value);
		if (tag >= 0 && is(&oid, "\x55\x04\x03", 3))
			common = string(arena, tag, &value);
		else if (tag >= 0 && is(&oid, "\x55\x04\x0a", 3))
			organisation = string(arena, tag, &value);
	}
	if (!common || !organisation)
		return common ? common : organisation ? organisation : "";
	if (strncmp(common, organisation, strcspn(organisation, " ,")) == 0)
		return common;
	return arena_printf(arena, "%s, %s", common, organisation);
}

static bool digits(const unsigned char **at, int count, int *value)
{
	*value = 0;
	for (; count; count--, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		*value = *value * 10 + (**at - '0');
	}
	return true;
}

/* UTCTime YYMMDDhhmmssZ, or GeneralizedTime with four digits of year. */
static bool read_time(struct der *from, int64_t *out)
{
	struct der value;
	int tag = take(from, &value), year_digits = tag == DER_LONG_TIME ? 4 : 2;
	const unsigned char *at = value.next;
	struct tm tm = {0};

	if ((tag != DER_UTC_TIME && tag != DER_LONG_TIME) ||
	    value.end - value.next != year_digits + 11 || value.end[-1] != 'Z')
		return false;
	if (!digits(&at, year_digits, &tm.tm_year) || !digits(&at, 2, &tm.tm_mon) ||
	    !digits(&at, 2, &tm.tm_mday) || !digits(&at, 2, &tm.tm_hour) ||
	    !digits(&at, 2, &tm.tm_min) || !digits(&at, 2, &tm.tm_sec))
		return false;
	if (tag == DER_UTC_TIME)
		tm.tm_year += tm.tm_year < 50 ? 100 : 0;
	else
		tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*out = timegm(&tm);
	return true;
}

static void add_name(struct arena *arena, int tag, const struct der *value, struct certificate *out)
{
	char address[INET6_ADDRSTRLEN];
	size_t len = (size_t)(value->end - value->next);
	const char *name = NULL;

	if (tag == SAN_DNS && len < 256)
		name = filtered(arena, (const char *)value->next, len);
	else if (tag == SAN_ADDRESS && (len == 4 || len == 16) &&
		 inet_ntop(len == 4 ? AF_INET : AF_INET6, value->next, address, sizeof(address)))
		name = arena_strdup(arena, address);
	if (name && out->name_count < CERTIFICATE_NAMES)
		out->names[out->name_count++] = name;
}

static void read_names(struct arena *arena, struct der extension, struct certificate *out)
{
	struct der value, list, name;
	int tag = take(&extension, &value);

	if (tag == 0x01) /* critical or not */
		tag = take(&extension, &value);
	if (tag != DER_OCTETS || !expect(&value, DER_SEQUENCE, &list))
		return;
	while ((tag = take(&list, &name)) >= 0)
		add_name(arena, tag, &name, out);
}

static void read_extensions(struct arena *arena, struct der tbs, struct certificate *out)
{
	struct der skipped, list, extension, oid;
	int tag;

	do
		tag = take(&tbs, &skipped);
	while (tag >= 0 && tag != DER_EXTENSIONS);
	if (tag < 0 || !expect(&skipped, DER_SEQUENCE, &list))
		return;
	while (expect(&list, DER_SEQUENCE, &extension)) {
		if (expect(&extension, DER_OID, &oid) && is(&oid, "\x55\x1d\x11", 3))
			read_names(arena, extension, out);
	}
}

static bool read_der(struct arena *arena, struct der all, struct certificate *out)
{
	struct der certificate, tbs, part, issuer, subject, validity;
	int tag;

	if (!expect(&all, DER_SEQUENCE, &certificate) || !expect(&certificate, DER_SEQUENCE, &tbs))
		return false;
	tag = take(&tbs, &part);
	if (tag == DER_VERSION)
		tag = take(&tbs, &part);
	if (tag != DER_INTEGER || !expect(&tbs, DER_SEQUENCE, &part) ||
	    !expect(&tbs, DER_SEQUENCE, &issuer) || !expect(&tbs, DER_SEQUENCE, &validity) ||
	    !expect(&tbs, DER_SEQUENCE, &subject) || !expect(&tbs, DER_SEQUENCE, &part) ||
	    !read_time(&validity, &out->from) || !read_time(&validity, &out->until))
		return false;
	out->issuer = read_name(arena, issuer);
	out->subject = read_name(arena, subject);
	out->self_issued =
	    is(&subject, (const char *)issuer.next, (size_t)(issuer.end - issuer.next));
	read_extensions(arena, tbs, out);
	return true;
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* The bytes of the first PEM block. */
static struct der from_pem(struct arena *arena, const char *pem, size_t len)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	const char *end = pem + len, *at = memmem(pem, len, begin, sizeof(begin) - 1);
	unsigned char *bytes, *next;
	uint32_t bits = 0;
	int have = 0;

	if (!at)
		return (struct der){0};
	at += sizeof(begin) - 1;
	next = bytes = arena_alloc(arena, (size_t)(end - at) / 4 * 3 + 3);
	for (; at < end && *at != '-' && *at != '='; at++) {
		int value = base64_value(*at);

		if (value < 0)
			continue;
		bits = bits << 6 | (uint32_t)value;
		have += 6;
		if (have >= 8) {
			have -= 8;
			*next++ = (unsigned char)(bits >> have);
		}
	}
	return (struct der){bytes, next};
}

bool certificate_read_der(struct arena *arena, const void *bytes, size_t len,
			  struct certificate *out)
{
	const unsigned char *at = len ? bytes : (const unsigned char *)"";

	memset(out, 0, sizeof(*out));
	out->subject = out->issuer = "";
	out->names = arena_alloc(arena, CERTIFICATE_NAMES * sizeof(*out->names));
	return read_der(arena, (struct der){at, at + len}, out);
}

bool certificate_read(struct arena *arena, const char *pem, size_t len, struct certificate *out)
{
	struct der der = from_pem(arena, pem, len);
	size_t size = der.next ? (size_t)(der.end - der.next) : 0;

	return certificate_read_der(arena, der.next, size, out);
}

bool certificate_covers(const struct certificate *certificate, const char *host)
{
	const char *dot = strchr(host, '.');

	for (size_t i = 0; i < certificate->name_count; i++) {
		const char *name = certificate->names[i];

		if (strcasecmp(name, host) == 0)
			return true;
		/* "*.example.com" stands for exactly one label more. */
		if (strncmp(name, "*.", 2) == 0 && dot && dot != host &&
		    strcasecmp(name + 1, dot) == 0)
			return true;
	}
	return false;
}
