#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

#include "core/mem.h"
#include "fetch/http_private.h"
#include "fetch/source_url.h"

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Not a header of ours that a server could break out of, nor one without a name. */
static bool header_ok(const char *line)
{
	const char *colon = strchr(line, ':');

	if (!colon || colon == line)
		return false;
	for (; *line; line++) {
		if (((unsigned char)*line < ' ' && *line != '\t') || *line == 0x7f)
			return false;
	}
	return true;
}

struct http_credentials *http_credentials_new(const char *origin_url, const char *header)
{
	struct arena *arena = arena_new();
	const char *origin = http_url_origin(arena, origin_url, NULL);
	struct http_credentials *credentials = NULL;

	if (origin && header_ok(header)) {
		credentials = xcalloc(1, sizeof(*credentials));
		credentials->origin = xstrdup(origin);
		credentials->header = xstrdup(header);
		if (strrchr(header, ' '))
			http_secret_add(credentials, strrchr(header, ' ') + 1);
	}
	arena_free(arena);
	return credentials;
}

void http_credentials_free(struct http_credentials *credentials)
{
	if (!credentials)
		return;
	explicit_bzero(credentials->header, strlen(credentials->header));
	http_secret_forget(credentials);
	free(credentials->header);
	free(credentials->origin);
	free(credentials);
}

void http_credentials_guard(struct http_credentials *credentials, const char *secret)
{
	http_secret_add(credentials, secret);
}

/* What curl calls while an answer comes. */

static size_t take_body(char *bytes, size_t size, size_t count, void *ctx)
{
	struct http_io *io = ctx;
	size_t len = size * count, room = io->owner->cap - io->content.len;

	if (len <= room) {
		buf_add(&io->content, bytes, len);
		return len;
	}
	/* A probe wants to know whether there is an answer, not what is in it. */
	if (io->owner->probe)
		buf_add(&io->content, bytes, room);
	io->too_large = true;
	return CURL_WRITEFUNC_ERROR;
}

static void take_field(struct http_io *io, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len), *value, *end = line + len;
	struct http_field *field;

	/* Continued lines (obsolete) are left out, and so are lines that are no header. */
	if (!colon || colon == line || *line == ' ' || *line == '\t')
		return;
	for (value = colon + 1; value < end && (*value == ' ' || *value == '\t'); value++)
		;
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	GROW(io->fields, io->got_count, io->field_cap);
	field = &io->fields[io->got_count++];
	field->name = io->head.len;
	buf_add(&io->head, line, (size_t)(colon - line));
	buf_addc(&io->head, '\0');
	field->value = io->head.len;
	buf_add(&io->head, value, (size_t)(end - value));
	buf_addc(&io->head, '\0');
}

static size_t take_header(char *line, size_t size, size_t count, void *ctx)
{
	struct http_io *io = ctx;
	size_t len = size * count, kept = len;

	io->got_bytes += len;
	if (io->got_bytes > HTTP_HEADER_BYTES || io->got_count >= HTTP_HEADERS) {
		io->too_many = true;
		return CURL_WRITEFUNC_ERROR;
	}
	while (kept && (line[kept - 1] == '\n' || line[kept - 1] == '\r'))
		kept--;
	if (kept >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		/* The first line, once more after 100 Continue and a proxy's answer. */
		io->got_count = 0;
		io->got_all = false;
		buf_reset(&io->head);
	} else if (!kept) {
		io->got_all = true;
	} else if (!io->got_all) {
		take_field(io, line, kept);
	}
	return len;
}

/* Makes the headers that came ready to be looked at. */
static void settle_headers(struct http_io *io)
{
	while (io->got_cap < io->got_count)
		io->got = xreallocarray(
		    io->got, io->got_cap = mem_grown(io->got_cap, io->got_count), sizeof(*io->got));
	for (size_t i = 0; i < io->got_count; i++)
		io->got[i] = (struct http_header){io->head.data + io->fields[i].name,
						  io->head.data + io->fields[i].value};
}

/* The content and all headers: what names who sent it leads nowhere else either. */
static void mask_secret(struct transfer *t)
{
	t->repeats = t->credentials &&
		     (http_secret_mask(t->credentials, t->io->content.data, t->io->content.len) |
		      http_secret_mask(t->credentials, t->io->head.data, t->io->head.len));
}

/*
 * A kept connection whose other end is gone without a word (a laptop that slept, a VPN that came
 * back) must not swallow every request to come: what is not even acknowledged ends it.
 */
static int on_new_socket(void *ctx, curl_socket_t fd, curlsocktype purpose)
{
	unsigned ms = HTTP_UNHEARD_MS;

	(void)ctx;
	(void)purpose;
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
	return CURL_SOCKOPT_OK;
}

/* Options that every request has; they stay when a handle is used again. */
void transfer_set_common(struct http *http, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* A resolver that hangs is left behind, not waited for. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
	/* Turns decoding on; the header itself is among ours. */
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_new_socket);
	/* What is for the server is not for the proxy that we ask to connect to it. */
	curl_easy_setopt(easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	/* Else curl looks through the environment for each request. */
	if (http->direct)
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
	if (http->ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, http->ca_file);
	if (http->ca_dir)
		curl_easy_setopt(easy, CURLOPT_CAPATH, http->ca_dir);
}

static void set_up(struct http *http, struct http_io *io)
{
	transfer_set_common(http, io->easy);
	curl_easy_setopt(io->easy, CURLOPT_ERRORBUFFER, io->error);
	curl_easy_setopt(io->easy, CURLOPT_PRIVATE, io);
	curl_easy_setopt(io->easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(io->easy, CURLOPT_WRITEDATA, io);
	curl_easy_setopt(io->easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(io->easy, CURLOPT_HEADERDATA, io);
	io->timeout_ms = 0;
	io->tls = false;
	io->soiled = false;
}

static struct http_io *io_new(struct http *http)
{
	struct http_io *io = http->resting;

	if (io) {
		http->resting = io->next;
		return io;
	}
	io = xcalloc(1, sizeof(*io));
	io->easy = curl_easy_init();
	if (!io->easy) {
		free(io);
		return NULL;
	}
	set_up(http, io);
	return io;
}

void http_io_free(struct http_io *io)
{
	curl_easy_cleanup(io->easy);
	buf_free(&io->content);
	buf_free(&io->head);
	free(io->fields);
	free(io->got);
	free(io->lines);
	free(io);
}

static void io_rest(struct http *http, struct http_io *io)
{
	if (io->content.cap > HTTP_BODY_KEPT)
		buf_free(&io->content);
	if (io->soiled) {
		curl_easy_reset(io->easy);
		set_up(http, io);
	}
	io->next = http->resting;
	http->resting = io;
}

void transfer_free(struct transfer *t)
{
	curl_easy_cleanup(t->handshake);
	if (t->io)
		io_rest(t->http, t->io);
	arena_free(t->arena);
	free(t);
}

static int copy_headers(struct transfer *t, const char *const *headers, struct err *err)
{
	size_t count = 0;

	while (headers && headers[count]) {
		if (!header_ok(headers[count]))
			return err_set(err, NULL, "write it as `Name: value`",
				       "a request header is not one line of name and value");
		count++;
	}
	t->header_count = count;
	t->headers = arena_alloc(t->arena, (count + 1) * sizeof(*t->headers));
	for (size_t i = 0; i < count; i++)
		t->headers[i] = arena_strdup(t->arena, headers[i]);
	return 0;
}

static int copy_request(struct transfer *t, const struct http_request *request, struct err *err)
{
	t->method = request->method ? arena_strdup(t->arena, request->method) : "GET";
	t->url = arena_strdup(t->arena, request->url);
	if (copy_headers(t, request->headers, err) < 0)
		return -1;
	t->body = request->body ? arena_memdup0(t->arena, request->body, request->body_len) : NULL;
	t->body_len = request->body_len;
	if (request->content_type) {
		t->content_type = arena_printf(t->arena, "Content-Type: %s", request->content_type);
		if (!header_ok(t->content_type))
			return err_set(err, NULL, NULL, "the content type is not one line");
	}
	t->ca = arena_strdup(t->arena, request->ca);
	t->credentials = request->credentials;
	t->cap = request->cap ? request->cap : HTTP_CAP;
	t->timeout_ms = request->timeout_ms ? request->timeout_ms : HTTP_TIMEOUT_MS;
	t->probe = request->probe;
	t->foreign = request->foreign;
	t->cached = request->cached && !request->probe && strcmp(t->method, "GET") == 0;
	return 0;
}

struct transfer *transfer_new(struct http *http, const struct http_request *request,
			      struct err *err)
{
	struct transfer *t = xcalloc(1, sizeof(*t));

	t->http = http;
	t->arena = arena_new_sized(strlen(request->url) + 256);
	if (copy_request(t, request, err) < 0) {
		transfer_free(t);
		return NULL;
	}
	return t;
}

static void add_line(struct transfer *t, size_t *count, const char *line)
{
	GROW(t->io->lines, *count, t->io->lines_cap);
	/* curl reads these only; so no copy of a secret is made. */
	t->io->lines[(*count)++].data = (char *)(uintptr_t)line;
}

/* The secret that this hop may know; NULL: none. */
static const char *secret_of(const struct transfer *t)
{
	if (!t->credentials || t->left_origin ||
	    strcmp(t->credentials->origin, t->host->origin) != 0)
		return NULL;
	return t->credentials->header;
}

/* What the cache has of this URL decides which condition is asked with. */
static void set_condition(struct transfer *t)
{
	t->conditional = false;
	if (!t->cached || !t->http->cache)
		return;
	http_cache_name(t->http->cache, t->url, t->headers, secret_of(t), t->name);
	t->conditional = !t->unconditional &&
			 http_cache_look(t->http->cache, t->name, t->arena, &t->entry) &&
			 t->entry.len <= t->cap;
}

static void set_headers(struct transfer *t)
{
	const char *secret = secret_of(t);
	size_t count = 0;

	add_line(t, &count, t->http->agent_line);
	add_line(t, &count, t->http->encoding_line);
	for (size_t i = 0; i < t->header_count; i++)
		add_line(t, &count, t->headers[i]);
	if (secret)
		add_line(t, &count, secret);
	if (t->conditional)
		add_line(t, &count,
			 t->entry.etag
			     ? arena_printf(t->arena, "If-None-Match: %s", t->entry.etag)
			     : arena_printf(t->arena, "If-Modified-Since: %s", t->entry.modified));
	if (t->body) {
		add_line(t, &count, t->content_type ? t->content_type : "Content-Type:");
		add_line(t, &count, "Expect:");
	}
	for (size_t i = 0; i < count; i++)
		t->io->lines[i].next = i + 1 < count ? &t->io->lines[i + 1] : NULL;
	curl_easy_setopt(t->io->easy, CURLOPT_HTTPHEADER, t->io->lines);
}

static void set_method(struct transfer *t)
{
	if (strcmp(t->method, "GET") == 0 && !t->body)
		return;
	t->io->soiled = true;
	if (strcmp(t->method, "HEAD") == 0) {
		curl_easy_setopt(t->io->easy, CURLOPT_NOBODY, 1L);
		return;
	}
	/* On a kept connection curl would send it again where the server closed it meanwhile. */
	curl_easy_setopt(t->io->easy, CURLOPT_FRESH_CONNECT, 1L);
	if (t->body) {
		curl_easy_setopt(t->io->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body_len);
		curl_easy_setopt(t->io->easy, CURLOPT_POSTFIELDS, t->body);
	}
	curl_easy_setopt(t->io->easy, CURLOPT_CUSTOMREQUEST, t->method);
}

static void set_probe(struct transfer *t)
{
	if (!t->probe)
		return;
	/* A kept connection or session would answer for a certificate of the past. */
	t->io->soiled = true;
	curl_easy_setopt(t->io->easy, CURLOPT_CERTINFO, 1L);
	curl_easy_setopt(t->io->easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(t->io->easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(t->io->easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
}

static bool is_own(const struct sockaddr *address)
{
	const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
	in_addr_t v4 = 0;

	if (address->sa_family == AF_INET6) {
		if (IN6_IS_ADDR_LOOPBACK(&six->sin6_addr) ||
		    IN6_IS_ADDR_UNSPECIFIED(&six->sin6_addr) ||
		    IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr))
			return true;
		if (!IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
			return false;
		memcpy(&v4, six->sin6_addr.s6_addr + 12, sizeof(v4));
	} else if (address->sa_family == AF_INET) {
		v4 = four->sin_addr.s_addr;
	} else {
		return true;
	}
	v4 = ntohl(v4);
	return v4 >> 24 == 127 || v4 >> 24 == 0 || v4 >> 16 == 0xa9fe;
}

static curl_socket_t open_foreign(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct http_io *io = ctx;

	(void)purpose;
	if (is_own(&address->addr)) {
		io->kept_away = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void set_foreign(struct transfer *t)
{
	if (!t->foreign || !t->http->direct)
		return;
	t->io->soiled = true;
	curl_easy_setopt(t->io->easy, CURLOPT_OPENSOCKETFUNCTION, open_foreign);
	curl_easy_setopt(t->io->easy, CURLOPT_OPENSOCKETDATA, t->io);
	curl_easy_setopt(t->io->easy, CURLOPT_FRESH_CONNECT, 1L);
}

/* Milliseconds that are left for the request. */
static long time_left(const struct transfer *t)
{
	int64_t left = (int64_t)t->timeout_ms - (now_us() - t->started_us) / 1000;

	return left > 1 ? (long)left : 1;
}

static void fill_answer(struct transfer *t)
{
	struct http_answer *answer = &t->answer;
	struct http_io *io = t->io;

	answer->body = io ? buf_str(&io->content) : "";
	answer->len = io ? io->content.len : 0;
	answer->headers = io ? io->got : NULL;
	answer->header_count = io ? io->got_count : 0;
	answer->url = t->url;
	answer->withheld = t->credentials && t->left_origin;
	answer->received = t->received;
	answer->seconds = (double)(now_us() - t->started_us) / 1e6;
}

static void set_time(struct transfer *t)
{
	long left = (long)t->timeout_ms;

	if (t->started_us)
		left = time_left(t);
	else
		t->started_us = now_us();
	if (t->io->timeout_ms == left)
		return;
	t->io->timeout_ms = left;
	curl_easy_setopt(t->io->easy, CURLOPT_TIMEOUT_MS, left);
	curl_easy_setopt(t->io->easy, CURLOPT_CONNECTTIMEOUT_MS,
			 left < HTTP_CONNECT_MS ? left : HTTP_CONNECT_MS);
}

/* An empty handle that belongs to the transfer. */
static void set_owner(struct transfer *t)
{
	struct http_io *io = t->io;

	io->got_count = io->got_bytes = 0;
	io->got_all = io->too_large = io->too_many = io->kept_away = false;
	*io->error = '\0';
	io->owner = t;
	buf_reset(&io->content);
	buf_reset(&io->head);
}

static void set_url(struct transfer *t)
{
	bool tls = strncasecmp(t->url, "https:", 6) == 0;

	curl_easy_setopt(t->io->easy, CURLOPT_URL, t->url);
	/*
	 * The handshake tells whether one connection will do for all, which is worth waiting for.
	 * Without TLS only the first answer would tell.
	 */
	if (t->io->tls != tls)
		curl_easy_setopt(t->io->easy, CURLOPT_PIPEWAIT, (long)tls);
	t->io->tls = tls;
}

int transfer_begin(struct transfer *t)
{
	t->code = CURLE_OK;
	if (!t->io)
		t->io = io_new(t->http);
	if (t->io) {
		set_owner(t);
		set_time(t);
		set_url(t);
		if (t->ca) {
			t->io->soiled = true;
			curl_easy_setopt(t->io->easy, CURLOPT_CAINFO, t->ca);
		}
		set_method(t);
		set_probe(t);
		set_foreign(t);
		set_condition(t);
		set_headers(t);
		if (curl_multi_add_handle(t->http->multi, t->io->easy) == CURLM_OK)
			return 0;
	}
	http_fail(t, FAILURE_ANSWER, NULL, "the transfer could not be started");
	fill_answer(t);
	return -1;
}

static const char *got_header(const struct transfer *t, const char *name)
{
	for (size_t i = t->io->got_count; i--;) {
		if (strcasecmp(t->io->got[i].name, name) == 0)
			return t->io->got[i].value;
	}
	return NULL;
}

/* Whether there is another place to ask; else the answer says why not. */
static bool follow(struct transfer *t, const char *location)
{
	static const char fix[] = "give `url:` the address that answers itself";
	const char *target;

	if (strcmp(t->method, "GET") != 0 && strcmp(t->method, "HEAD") != 0) {
		http_fail(t, FAILURE_ANSWER, fix, "redirected elsewhere: a %s is not repeated",
			  t->method);
		return false;
	}
	switch (http_url_redirect(t->arena, t->url, location, &target)) {
	case REDIRECT_FOLLOW:
		break;
	case REDIRECT_SCHEME:
		http_fail(t, FAILURE_ANSWER, fix,
			  "redirected to what is neither http nor https: not followed");
		return false;
	case REDIRECT_INSECURE:
		http_fail(t, FAILURE_ANSWER, fix,
			  "redirected from https to unencrypted http: not followed");
		return false;
	default:
		http_fail(t, FAILURE_ANSWER, fix, "redirected to an address that is none");
		return false;
	}
	if (t->foreign && source_is_local(source_host(t->arena, target))) {
		t->answer.local = true;
		http_fail(t, FAILURE_ANSWER, NULL,
			  "redirected to an address of this machine: not followed");
		return false;
	}
	if (t->redirects == HTTP_REDIRECTS) {
		http_fail(t, FAILURE_ANSWER, fix, "redirected more than %d times", HTTP_REDIRECTS);
		return false;
	}
	t->redirects++;
	if (strcmp(http_url_origin(t->arena, target, NULL), t->host->origin) != 0)
		t->left_origin = true;
	t->url = target;
	t->unconditional = false;
	return true;
}

static bool redirects(long status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Headers of the kept answer, then those of the one that confirmed it: the last ones count. */
static void join_headers(struct transfer *t)
{
	size_t kept = t->entry.header_count, count = t->io->got_count + kept;

	while (t->io->got_cap < count)
		t->io->got =
		    xreallocarray(t->io->got, t->io->got_cap = mem_grown(t->io->got_cap, count),
				  sizeof(*t->io->got));
	if (t->io->got_count)
		memmove(t->io->got + kept, t->io->got, t->io->got_count * sizeof(*t->io->got));
	if (kept)
		memcpy(t->io->got, t->entry.headers, kept * sizeof(*t->io->got));
	t->io->got_count = count;
}

static bool not_to_be_kept(const struct transfer *t)
{
	if (t->repeats)
		return true;
	for (size_t i = 0; i < t->io->got_count; i++) {
		const char *name = t->io->got[i].name, *value = t->io->got[i].value;

		if (strcasecmp(name, "Cache-Control") == 0 && strcasestr(value, "no-store"))
			return true;
		if (strcasecmp(name, "Vary") == 0 && strchr(value, '*'))
			return true;
	}
	return false;
}

static const char *validator(const struct transfer *t, const char *name)
{
	const char *value = got_header(t, name);

	return value && *value && strlen(value) <= HTTP_VALIDATOR_MAX ? value : NULL;
}

static void keep(struct transfer *t)
{
	struct http_entry entry = {.etag = validator(t, "ETag"),
				   .modified = validator(t, "Last-Modified"),
				   .headers = t->io->got,
				   .header_count = t->io->got_count,
				   .body = buf_str(&t->io->content),
				   .len = t->io->content.len};

	if (not_to_be_kept(t))
		http_cache_drop(t->http->cache, t->name);
	else if (entry.etag || entry.modified)
		http_cache_write(t->http->cache, t->name, &entry);
}

/* What the cache has to do with an answer; false: it must be asked for once more. */
static bool settle_cache(struct transfer *t)
{
	struct http_answer *answer = &t->answer;

	if (!t->cached || !t->http->cache)
		return true;
	if (answer->status == 200)
		keep(t);
	if (answer->status != 304 || !t->conditional)
		return true;
	if (!http_cache_read(t->http->cache, t->name, &t->entry, t->cap, &t->io->content)) {
		t->unconditional = true;
		return false;
	}
	join_headers(t);
	answer->status = 200;
	answer->not_modified = true;
	return true;
}

/* The transfer went well: whether it is the answer, or there is another one to be had. */
static bool settle(struct transfer *t)
{
	struct http_answer *answer = &t->answer;
	const char *location;

	curl_easy_getinfo(t->io->easy, CURLINFO_RESPONSE_CODE, &answer->status);
	location = redirects(answer->status) ? got_header(t, "Location") : NULL;
	if ((location && follow(t, location)) || !settle_cache(t)) {
		answer->status = 0;
		return false;
	}
	return true;
}

static bool refused_certificate(const struct transfer *t, CURLcode code)
{
	return code == CURLE_PEER_FAILED_VERIFICATION && t->io->tls;
}

enum transfer_next transfer_ended(struct transfer *t, CURL *easy, CURLcode code)
{
	curl_off_t received = 0;

	if (easy == t->handshake) {
		http_handshake_end(t, code);
		fill_answer(t);
		return TRANSFER_DONE;
	}
	settle_headers(t->io);
	mask_secret(t);
	curl_easy_getinfo(t->io->easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
	t->received += (size_t)received;
	if (t->probe && t->io->too_large && code == CURLE_WRITE_ERROR)
		code = CURLE_OK;
	if (code != CURLE_OK) {
		http_explain(t, code);
		if (refused_certificate(t, code) && http_handshake_begin(t, time_left(t)) == 0)
			return TRANSFER_GOES_ON;
	} else {
		http_certificate_seen(t);
		if (!settle(t)) {
			io_rest(t->http, t->io);
			t->io = NULL;
			return TRANSFER_AGAIN;
		}
	}
	fill_answer(t);
	return TRANSFER_DONE;
}

const char *http_header(const struct http_answer *answer, const char *name)
{
	for (size_t i = answer->header_count; i--;) {
		if (strcasecmp(answer->headers[i].name, name) == 0)
			return answer->headers[i].value;
	}
	return NULL;
}
