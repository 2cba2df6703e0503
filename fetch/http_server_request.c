#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libdeflate.h>

#include "core/hash.h"
#include "core/mem.h"
#include "fetch/http_server_internal.h"

enum { MAX_METHOD = 16, MAX_HEADERS = 100, GZIP_FROM = 1400, GZIP_LEVEL = 1, ETAG_MAX = 24 };

/* The length of the head with its empty line; 0: it has no end yet. Lines may end in LF alone. */
static size_t head_length(const char *bytes, size_t len)
{
	for (const char *at = bytes, *end = bytes + len; (at = memchr(at, '\n', end - at)); at++) {
		const char *next = at + 1;

		next += next < end && *next == '\r';
		if (next < end && *next == '\n')
			return next + 1 - bytes;
	}
	return 0;
}

static bool is_token(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* Ends the line at *at as a text and steps behind it. */
static char *take_line(char **at)
{
	char *line = *at, *end = strchr(line, '\n');

	*at = end + 1;
	if (end > line && end[-1] == '\r')
		end--;
	*end = '\0';
	return line;
}

/* Of "http://host/path", which a proxy is asked, the path. */
static char *strip_origin(char *target)
{
	char *path;

	if (strncasecmp(target, "http://", 7) != 0)
		return target;
	path = strchr(target + 7, '/');
	return path ? path : target;
}

static int take_request_line(char *line, struct http_taken *out)
{
	char *target = strchr(line, ' '), *version = target ? strchr(target + 1, ' ') : NULL;
	char *query;

	if (!version || target == line || target - line > MAX_METHOD)
		return 400;
	*target++ = '\0';
	*version++ = '\0';
	for (const char *c = line; *c; c++)
		if (*c < 'A' || *c > 'Z')
			return 400;
	for (const char *c = target; *c; c++)
		if (*c < 0x21 || *c > 0x7e)
			return 400;
	target = strip_origin(target);
	if (*target != '/' || strncmp(version, "HTTP/", 5) != 0)
		return 400;
	if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
		return 505;
	query = strchr(target, '?');
	if (query)
		*query++ = '\0';
	out->keep = version[7] == '1';
	out->head = !strcmp(line, "HEAD");
	out->request.method = line;
	out->request.path = target;
	out->request.query = query ? query : "";
	return 0;
}

/* Headers stay as lines "Name: value", one NUL each, an empty one behind the last. */
static int take_headers(char *at)
{
	for (size_t count = 0; *at != '\n' && strncmp(at, "\r\n", 2) != 0; count++) {
		const char *line = take_line(&at), *c = line;

		while (is_token(*c))
			c++;
		if (c == line || *c != ':')
			return 400;
		for (; *c; c++)
			if ((unsigned char)*c < ' ' && *c != '\t')
				return 400;
		if (count >= MAX_HEADERS)
			return 431;
	}
	*at = '\0';
	return 0;
}

/* From line on; *next is the line behind the one that was found. */
static const char *find_header(const char *line, const char *name, size_t *len, const char **next)
{
	size_t name_len = strlen(name);

	for (; *line; line = *next) {
		const char *value;

		*next = line + strlen(line) + 1;
		/* take_line() ended it in the place of CR or of LF: the LF behind CR is skipped. */
		*next += **next == '\n';
		if (strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
			continue;
		value = line + name_len + 1;
		value += strspn(value, " \t");
		*len = strlen(value);
		while (*len && (value[*len - 1] == ' ' || value[*len - 1] == '\t'))
			(*len)--;
		return value;
	}
	return NULL;
}

const char *http_server_header(const struct http_server_request *request, const char *name,
			       size_t *len)
{
	const char *next;

	return find_header(request->headers, name, len, &next);
}

/* Whether an element of a list, "gzip;q=0.5", has no weight. */
static bool is_refused(const char *element, size_t len)
{
	const char *q = memmem(element, len, "q=", 2);

	return q && q[2] == '0' && !strchr("123456789", q[2 + strspn(q + 2, "0.")]);
}

bool http_server_accepts(const struct http_server_request *request, const char *name,
			 const char *word)
{
	size_t len = 0, word_len = strlen(word);
	const char *value = http_server_header(request, name, &len);

	for (const char *end = value ? value + len : NULL; value && value < end;) {
		const char *comma;

		value += strspn(value, ", \t");
		comma = memchr(value, ',', value < end ? (size_t)(end - value) : 0);
		len = (size_t)((comma ? comma : end) - value);
		if (value < end && len >= word_len && !strncasecmp(value, word, word_len) &&
		    (len == word_len || strchr("; \t", value[word_len])))
			return !is_refused(value, len);
		value += len;
	}
	return false;
}

/* How long the body is; what two headers say differently is no length. 0 or a status. */
static int body_length(const struct http_server_request *request, size_t *length)
{
	const char *value, *next = request->headers;
	size_t len, count = 0;

	*length = 0;
	if (http_server_header(request, "Transfer-Encoding", &len))
		return 501;
	while ((value = find_header(next, "Content-Length", &len, &next))) {
		char *end;
		unsigned long number = len && len < 10 ? strtoul(value, &end, 10) : 0;

		if (!len || len >= 10 || *value < '0' || *value > '9' || end != value + len ||
		    (count++ && number != *length))
			return len >= 10 ? 413 : 400;
		*length = number;
	}
	return 0;
}

static int take_head(char *bytes, size_t max_body, struct http_taken *out, size_t *body)
{
	char *at = bytes;
	size_t len;
	int status = take_request_line(take_line(&at), out);

	out->request.headers = at;
	if (!status)
		status = take_headers(at);
	if (!status)
		status = body_length(&out->request, body);
	if (status)
		return status;
	if (out->keep && !http_server_header(&out->request, "Host", &len))
		return 400;
	out->keep = out->keep ? !http_server_accepts(&out->request, "Connection", "close")
			      : http_server_accepts(&out->request, "Connection", "keep-alive");
	if (!max_body && !out->head && strcmp(out->request.method, "GET") != 0)
		return 405;
	return *body > max_body ? 413 : 0;
}

enum http_take http_server_take(char *bytes, size_t len, size_t max_body, struct http_taken *out)
{
	size_t head = head_length(bytes, len), body = 0;
	char *copy;

	*out = (struct http_taken){.status = 400};
	if (!head && len <= HTTP_SERVER_HEAD)
		return HTTP_TAKE_MORE;
	out->status = 431;
	if (!head || head > HTTP_SERVER_HEAD)
		return HTTP_TAKE_BAD;
	out->status = 400;
	if (memchr(bytes, '\0', head))
		return HTTP_TAKE_BAD;
	/* As long as the body is not there, the head is cut into texts in vain, and put back. */
	copy = xmemdup0(bytes, head);
	out->status = take_head(bytes, max_body, out, &body);
	out->used = head + body;
	if (!out->status && out->used > len) {
		memcpy(bytes, copy, head);
		free(copy);
		return HTTP_TAKE_MORE;
	}
	free(copy);
	if (out->status)
		return HTTP_TAKE_BAD;
	out->request.body = body ? bytes + head : "";
	out->request.body_len = body;
	return HTTP_TAKE_WHOLE;
}

/* ---- answers ---- */

static const char *reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} reasons[] = {
	    {200, "OK"},
	    {304, "Not Modified"},
	    {400, "Bad Request"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {413, "Content Too Large"},
	    {431, "Request Header Fields Too Large"},
	    {500, "Internal Server Error"},
	    {501, "Not Implemented"},
	    {503, "Service Unavailable"},
	    {505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return status < 400 ? "OK" : status < 500 ? "Bad Request" : "Server Error";
}

static bool pack(struct buf *body)
{
	struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(GZIP_LEVEL);
	size_t room = compressor ? libdeflate_gzip_compress_bound(compressor, body->len) : 0;
	struct buf packed = {.data = room ? xmalloc(room + 1) : NULL, .cap = room + 1};

	if (room)
		packed.len =
		    libdeflate_gzip_compress(compressor, body->data, body->len, packed.data, room);
	libdeflate_free_compressor(compressor);
	if (!packed.len) {
		buf_free(&packed);
		return false;
	}
	packed.data[packed.len] = '\0';
	buf_free(body);
	*body = packed;
	return true;
}

/* The ETag of the body; who has it already is told no more than that. */
static void put_etag(struct buf *headers, const struct http_taken *taken,
		     struct http_server_reply *reply)
{
	char etag[ETAG_MAX];
	size_t len;
	const char *known = http_server_header(&taken->request, "If-None-Match", &len);

	snprintf(etag, sizeof(etag), "\"%016llx\"",
		 (unsigned long long)hash_bytes(HASH_START, reply->body.data, reply->body.len));
	buf_addf(headers, "ETag: %s\r\n", etag);
	if (known && len == strlen(etag) && !strncmp(known, etag, len)) {
		reply->status = 304;
		buf_reset(&reply->body);
	}
}

void http_server_put(struct buf *out, const struct http_taken *taken,
		     struct http_server_reply *reply)
{
	struct buf headers = {0};

	if (reply->etag && reply->status == 200)
		put_etag(&headers, taken, reply);
	if (reply->gzip)
		buf_adds(&headers, "Vary: Accept-Encoding\r\n");
	if (reply->gzip && reply->body.len >= GZIP_FROM &&
	    http_server_accepts(&taken->request, "Accept-Encoding", "gzip") && pack(&reply->body))
		buf_adds(&headers, "Content-Encoding: gzip\r\n");
	buf_addf(out,
		 "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n%sX-Content-Type-Options: nosniff\r\n"
		 "Content-Length: %zu\r\n%s\r\n",
		 reply->status, reason(reply->status), reply->type, buf_str(&headers),
		 reply->body.len, taken->keep ? "" : "Connection: close\r\n");
	if (!taken->head)
		buf_add(out, reply->body.data, reply->body.len);
	buf_free(&headers);
}

void http_server_put_bad(struct buf *out, int status)
{
	const char *text = reason(status);

	buf_addf(out,
		 "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\n%s"
		 "Content-Length: %zu\r\nConnection: close\r\n\r\n%d %s\n",
		 status, text, status == 405 ? "Allow: GET, HEAD\r\n" : "", strlen(text) + 5,
		 status, text);
}
