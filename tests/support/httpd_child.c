#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "core/arena.h"
#include "core/mem.h"
#include "tests/support/httpd_private.h"

#define CONNECTIONS 500
#define RECORDED    20000

/* The replies of a path: each is given once, the last for ever. */
struct route {
	char *path;
	struct arena *arena;
	struct httpd_reply *replies;
	size_t count, cap, next;
	size_t asked;
};

struct connection {
	int fd; /* -1: none */
	int number;
	struct buf in;
	struct buf out;
	size_t sent;
	int64_t from_ms; /* nothing is sent before */
	const struct httpd_reply *drip, *endless;
	size_t dripped;
	bool mute;  /* says and hears nothing any more */
	bool close; /* after what is in out */
};

struct server {
	struct route *routes;
	size_t route_count, route_cap;
	struct arena *arena; /* of the requests */
	struct httpd_request *requests;
	size_t request_count, request_cap, counted;
	struct connection connections[CONNECTIONS];
	int numbers;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What the test asks for. */

static struct route *find_route(struct server *server, const char *path)
{
	for (size_t i = 0; i < server->route_count; i++) {
		if (strcmp(server->routes[i].path, path) == 0)
			return &server->routes[i];
	}
	return NULL;
}

static void read_reply(struct wire_reader *in, struct arena *arena, struct httpd_reply *reply)
{
	const void *body;
	size_t len;

	reply->status = (int)wire_get_uint(in);
	reply->headers = wire_get_str(in, arena);
	body = wire_get_bytes(in, &len);
	reply->body = arena_memdup0(arena, body, len);
	reply->len = (size_t)wire_get_uint(in);
	reply->etag = wire_get_str(in, arena);
	reply->modified = wire_get_str(in, arena);
	reply->user = wire_get_str(in, arena);
	reply->way = (enum httpd_way)wire_get_uint(in);
	reply->pause_ms = (unsigned)wire_get_uint(in);
	reply->gzip = wire_get_uint(in);
	reply->close = wire_get_uint(in);
}

/* Replies that are being sent may be in use: what is replaced stays in memory. */
static void set_reply(struct server *server, struct wire_reader *in, bool then)
{
	struct arena *arena = arena_new();
	char *path = wire_get_str(in, arena);
	struct route *route = find_route(server, path);

	if (!route) {
		GROW(server->routes, server->route_count, server->route_cap);
		route = &server->routes[server->route_count++];
		memset(route, 0, sizeof(*route));
		route->path = path;
	}
	if (!then) {
		route->replies = NULL;
		route->count = route->cap = route->next = 0;
	}
	if (route->count == route->cap) {
		struct httpd_reply *more;

		route->cap = route->cap ? route->cap * 2 : 4;
		more = xcalloc(route->cap, sizeof(*more));
		if (route->count)
			memcpy(more, route->replies, route->count * sizeof(*more));
		route->replies = more;
	}
	read_reply(in, arena, &route->replies[route->count++]);
}

static void put_request(struct server *server, size_t index, struct buf *out)
{
	const struct httpd_request *request = &server->requests[index];

	wire_put_uint(out, index < server->request_count);
	if (index >= server->request_count)
		return;
	wire_put_str(out, request->method);
	wire_put_str(out, request->target);
	wire_put_str(out, request->headers);
	wire_put_bytes(out, request->body, request->len);
	wire_put_uint(out, (uint64_t)request->connection);
}

static size_t open_connections(const struct server *server)
{
	size_t count = 0;

	for (size_t i = 0; i < CONNECTIONS; i++)
		count += server->connections[i].fd >= 0;
	return count;
}

static void forget(struct server *server)
{
	arena_free(server->arena);
	server->arena = arena_new();
	server->request_count = server->counted = 0;
	for (size_t i = 0; i < server->route_count; i++)
		server->routes[i].asked = 0;
}

static void serve_control(struct server *server, int control)
{
	struct buf message = {0}, answer = {0};
	struct arena *arena = arena_new();
	struct wire_reader in;
	const struct route *route;

	if (!httpd_message_read(control, &message) || !message.len)
		_exit(0);
	wire_reader_init(&in, message.data + 1, message.len - 1);
	switch ((enum httpd_command)message.data[0]) {
	case HTTPD_SET:
	case HTTPD_THEN:
		set_reply(server, &in, message.data[0] == HTTPD_THEN);
		break;
	case HTTPD_COUNT:
		wire_put_uint(&answer, server->counted);
		wire_put_uint(&answer, (uint64_t)server->numbers);
		wire_put_uint(&answer, open_connections(server));
		break;
	case HTTPD_COUNT_OF:
		route = find_route(server, wire_get_str(&in, arena));
		wire_put_uint(&answer, route ? route->asked : 0);
		break;
	case HTTPD_GET:
		put_request(server, (size_t)wire_get_uint(&in), &answer);
		break;
	case HTTPD_FORGET:
		forget(server);
		break;
	}
	if (!answer.len)
		buf_addc(&answer, 0);
	if (!httpd_message_send(control, &answer))
		_exit(0);
	arena_free(arena);
	buf_free(&message);
	buf_free(&answer);
}

/* What clients ask for. */

static struct route *route_of(struct server *server, const char *target)
{
	const char *path = target;
	struct route *best;
	size_t best_len = 0;
	char *bare;

	/* As proxies are asked. */
	if (strncmp(path, "http://", 7) == 0) {
		path += 7;
		path += strcspn(path, "/");
	}
	bare = xmemdup0(path, strcspn(path, "?"));
	best = find_route(server, path);
	if (!best)
		best = find_route(server, bare);
	free(bare);
	if (best)
		return best;
	for (size_t i = 0; i < server->route_count; i++) {
		struct route *route = &server->routes[i];
		size_t len = strlen(route->path);

		if (len > best_len && route->path[len - 1] == '*' &&
		    strncmp(route->path, path, len - 1) == 0) {
			best = route;
			best_len = len;
		}
	}
	return best;
}

static const struct httpd_reply *next_reply(struct server *server, const char *target)
{
	static const struct httpd_reply absent = {.status = 404,
						  .headers = "Content-Type: text/plain\r\n",
						  .body = "404 page not found\n",
						  .len = 19};
	struct route *route = route_of(server, target);

	if (!route)
		return &absent;
	route->asked++;
	if (route->next + 1 < route->count)
		return &route->replies[route->next++];
	return &route->replies[route->next];
}

static struct buf compressed(const char *body, size_t len)
{
	static char zeros[1 << 20];
	struct buf out = {0};
	char bytes[65536];
	z_stream z = {0};
	int rc = Z_OK;

	if (deflateInit2(&z, body ? 6 : 1, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	while (rc == Z_OK) {
		if (!z.avail_in && len) {
			z.avail_in = (unsigned)(body || len < sizeof(zeros) ? len : sizeof(zeros));
			z.next_in = (unsigned char *)(body ? (char *)(uintptr_t)body : zeros);
			len -= z.avail_in;
		}
		z.next_out = (unsigned char *)bytes;
		z.avail_out = sizeof(bytes);
		rc = deflate(&z, len ? Z_NO_FLUSH : Z_FINISH);
		buf_add(&out, bytes, sizeof(bytes) - z.avail_out);
	}
	deflateEnd(&z);
	return out;
}

static void add_chunks(struct buf *out, const char *body, size_t len)
{
	for (size_t at = 0; at < len; at += 1000) {
		size_t n = len - at < 1000 ? len - at : 1000;

		buf_addf(out, "%zx\r\n", n);
		buf_add(out, body + at, n);
		buf_adds(out, "\r\n");
	}
	buf_adds(out, "0\r\n\r\n");
}

static void add_headers(struct buf *out, const struct httpd_reply *reply, int status, size_t length,
			bool gzip)
{
	buf_addf(out, "HTTP/1.1 %d Status\r\n", status);
	if (reply->headers)
		buf_adds(out, reply->headers);
	if (reply->etag)
		buf_addf(out, "ETag: %s\r\n", reply->etag);
	if (reply->modified)
		buf_addf(out, "Last-Modified: %s\r\n", reply->modified);
	if (status == 401)
		buf_adds(out, "WWW-Authenticate: Bearer\r\n");
	if (gzip)
		buf_adds(out, "Content-Encoding: gzip\r\n");
	if (status == 304)
		return;
	if (!reply->headers || !strcasestr(reply->headers, "content-type:"))
		buf_adds(out, "Content-Type: application/json\r\n");
	if (reply->way == HTTPD_CHUNKED)
		buf_adds(out, "Transfer-Encoding: chunked\r\n");
	else if (reply->way != HTTPD_ENDLESS && reply->way != HTTPD_HUGE_HEADERS)
		buf_addf(out, "Content-Length: %zu\r\n", length);
}

static bool same(const char *got, const char *wanted)
{
	return got && wanted && strcmp(got, wanted) == 0;
}

/* What the reply is for this request: not everybody may see it, not everybody needs to. */
static int status_for(const struct httpd_reply *reply, const struct httpd_request *request)
{
	if (reply->user && !same(httpd_header(request, "Authorization"), reply->user))
		return 401;
	if (same(httpd_header(request, "If-None-Match"), reply->etag) ||
	    same(httpd_header(request, "If-Modified-Since"), reply->modified))
		return 304;
	return reply->status;
}

static void add_body(struct connection *c, const struct httpd_reply *reply, const char *body,
		     size_t len)
{
	switch (reply->way) {
	case HTTPD_CHUNKED:
		add_chunks(&c->out, body, len);
		break;
	case HTTPD_DRIP:
		c->drip = reply;
		c->dripped = 0;
		break;
	case HTTPD_ENDLESS:
		c->endless = reply;
		c->close = true;
		break;
	case HTTPD_HANG_BODY:
		buf_add(&c->out, body, len / 2);
		c->mute = true;
		break;
	case HTTPD_CLOSE_BODY:
		buf_add(&c->out, body, len / 2);
		c->close = true;
		break;
	default:
		buf_add(&c->out, body, len);
	}
}

static void respond(struct server *server, struct connection *c,
		    const struct httpd_request *request)
{
	const struct httpd_reply *reply = next_reply(server, request->target);
	const char *accepted = httpd_header(request, "Accept-Encoding"), *body = reply->body;
	int status = status_for(reply, request);
	bool whole = status == reply->status, gzip;
	size_t len = whole ? reply->len : 0;
	struct buf small = {0};

	c->from_ms = reply->pause_ms && reply->way != HTTPD_DRIP ? now_ms() + reply->pause_ms : 0;
	c->close = reply->close || strcasecmp(request->method, "CONNECT") == 0;
	if (reply->way == HTTPD_HANG || reply->way == HTTPD_CLOSE) {
		c->mute = reply->way == HTTPD_HANG;
		c->close = !c->mute;
		return;
	}
	if (reply->way == HTTPD_GARBAGE) {
		buf_add(&c->out, body, len);
		c->close = true;
		return;
	}
	gzip = whole &&
	       (reply->way == HTTPD_BOMB || (reply->gzip && accepted && strstr(accepted, "gzip")));
	if (gzip) {
		small = compressed(reply->way == HTTPD_BOMB ? NULL : body, len);
		body = small.data;
		len = small.len;
	}
	add_headers(&c->out, reply, status, len, gzip);
	if (reply->way == HTTPD_HUGE_HEADERS) {
		c->endless = reply;
	} else {
		buf_adds(&c->out, "\r\n");
		if (strcmp(request->method, "HEAD") != 0 && status != 304)
			add_body(c, reply, body, len);
	}
	buf_free(&small);
}

static void record(struct server *server, const struct httpd_request *request)
{
	struct httpd_request *kept;

	server->counted++;
	if (server->request_count == RECORDED)
		return;
	GROW(server->requests, server->request_count, server->request_cap);
	kept = &server->requests[server->request_count++];
	kept->method = arena_strdup(server->arena, request->method);
	kept->target = arena_strdup(server->arena, request->target);
	kept->headers = arena_strdup(server->arena, request->headers);
	kept->body = arena_memdup0(server->arena, request->body, request->len);
	kept->len = request->len;
	kept->connection = request->connection;
}

/* Takes one request from what came; false: it is not all there. */
static bool take_request(struct server *server, struct connection *c)
{
	const char *end = c->in.len ? strstr(c->in.data, "\r\n\r\n") : NULL, *line, *length;
	struct httpd_request request = {.connection = c->number};
	struct arena *arena;
	size_t head, len;

	/* No request begins like this, but TLS does. */
	if (c->in.len && (unsigned char)c->in.data[0] < ' ') {
		buf_adds(&c->out, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
		c->close = true;
	}
	if (!end || c->close)
		return c->close;
	arena = arena_new();
	head = (size_t)(end - c->in.data) + 4;
	line = strstr(c->in.data, "\r\n") + 2;
	request.headers = arena_memdup0(arena, line, head - 2 - (size_t)(line - c->in.data));
	length = httpd_header(&request, "Content-Length");
	len = length ? (size_t)strtoul(length, NULL, 10) : 0;
	if (c->in.len - head < len) {
		arena_free(arena);
		return false;
	}
	request.method = arena_memdup0(arena, c->in.data, strcspn(c->in.data, " \r\n"));
	line = c->in.data + strlen(request.method);
	line += *line == ' ';
	request.target = arena_memdup0(arena, line, strcspn(line, " \r\n"));
	request.body = arena_memdup0(arena, c->in.data + head, len);
	request.len = len;
	memmove(c->in.data, c->in.data + head + len, c->in.len - head - len + 1);
	c->in.len -= head + len;
	record(server, &request);
	respond(server, c, &request);
	arena_free(arena);
	return true;
}

static void drop(struct connection *c)
{
	close(c->fd);
	buf_free(&c->in);
	buf_free(&c->out);
	*c = (struct connection){.fd = -1};
}

static bool busy(const struct connection *c)
{
	return c->out.len || c->drip || c->endless || c->mute || c->close;
}

/* Puts more into out where a reply has more to say. */
static void refill(struct connection *c)
{
	if (c->out.len > c->sent)
		return;
	buf_reset(&c->out);
	c->sent = 0;
	if (c->drip) {
		buf_addc(&c->out, c->drip->body[c->dripped++]);
		if (c->dripped >= c->drip->len)
			c->drip = NULL;
	} else if (c->endless && c->endless->way == HTTPD_HUGE_HEADERS) {
		for (int i = 0; i < 20; i++)
			buf_adds(&c->out, "X-Filler: 0123456789012345678901234567890123456789\r\n");
	} else if (c->endless) {
		for (int i = 0; i < 1000; i++)
			buf_add(&c->out, c->endless->body, c->endless->len);
	}
}

static void write_some(struct connection *c)
{
	ssize_t n;

	refill(c);
	if (c->out.len > c->sent) {
		n = send(c->fd, c->out.data + c->sent, c->out.len - c->sent, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			drop(c);
			return;
		}
		c->sent += n > 0 ? (size_t)n : 0;
	}
	if (c->drip && c->sent == c->out.len)
		c->from_ms = now_ms() + c->drip->pause_ms;
	if (c->sent < c->out.len || c->drip || c->endless)
		return;
	buf_reset(&c->out);
	c->sent = 0;
	c->from_ms = 0;
	if (c->close)
		drop(c);
}

static void read_some(struct server *server, struct connection *c)
{
	char bytes[65536];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), 0);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		drop(c);
		return;
	}
	if (n > 0)
		buf_add(&c->in, bytes, (size_t)n);
	if (!busy(c) && take_request(server, c) && c->from_ms <= now_ms())
		write_some(c);
}

static void take_connection(struct server *server, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	for (size_t i = 0; fd >= 0 && i < CONNECTIONS; i++) {
		struct connection *c = &server->connections[i];

		if (c->fd >= 0)
			continue;
		c->fd = fd;
		c->number = ++server->numbers;
		return;
	}
	if (fd >= 0)
		close(fd);
}

/* What a connection waits for, and until when at most. */
static short wants(const struct connection *c, int64_t now, int *timeout)
{
	int64_t left = c->from_ms - now;

	if (c->fd < 0 || !busy(c) || (c->mute && !c->out.len))
		return POLLIN;
	if (left <= 0)
		return POLLOUT | POLLRDHUP;
	if (*timeout < 0 || left < *timeout)
		*timeout = (int)left;
	return POLLRDHUP;
}

/* One round for a connection, revents being what poll() said. */
static void serve(struct server *server, struct connection *c, short revents)
{
	if (revents & (POLLERR | POLLHUP | POLLRDHUP))
		drop(c);
	else if (revents & POLLOUT)
		write_some(c);
	else if (revents)
		read_some(server, c);
	/* What came meanwhile: pipelined, or before the answer had gone. */
	while (c->fd >= 0 && !busy(c) && take_request(server, c))
		;
}

/* Copies of the test's descriptors would keep its sockets and pipes open. */
static void close_others(int *listener, int *control)
{
	int low = fcntl(*listener, F_DUPFD, 100), high = fcntl(*control, F_DUPFD, 100);

	*listener = dup2(low, 3);
	*control = dup2(high, 4);
	close_range(5, ~0u, 0);
}

void httpd_child(int listener, int control)
{
	struct server *server = xcalloc(1, sizeof(*server));
	struct pollfd fds[CONNECTIONS + 2];

	signal(SIGINT, SIG_IGN); /* it ends with the test */
	signal(SIGPIPE, SIG_IGN);
	close_others(&listener, &control);
	server->arena = arena_new();
	for (size_t i = 0; i < CONNECTIONS; i++)
		server->connections[i].fd = -1;
	for (;;) {
		int64_t now = now_ms();
		int timeout = -1;

		fds[0] = (struct pollfd){.fd = control, .events = POLLIN};
		fds[1] = (struct pollfd){.fd = listener, .events = POLLIN};
		for (size_t i = 0; i < CONNECTIONS; i++) {
			struct connection *c = &server->connections[i];

			fds[i + 2].fd = c->fd;
			fds[i + 2].events = wants(c, now, &timeout);
			fds[i + 2].revents = 0;
		}
		if (poll(fds, CONNECTIONS + 2, timeout) < 0 && errno != EINTR)
			_exit(1);
		if (fds[0].revents)
			serve_control(server, control);
		for (size_t i = 0; i < CONNECTIONS; i++) {
			struct connection *c = &server->connections[i];

			if (c->fd >= 0)
				serve(server, c, fds[i + 2].revents);
		}
		if (fds[1].revents)
			take_connection(server, listener);
	}
}
