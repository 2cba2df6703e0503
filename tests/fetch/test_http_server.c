/* The HTTP server against clients of the worst kind, with a clock of the test's own. */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <libdeflate.h>

#include "core/buf.h"
#include "core/mem.h"
#include "fetch/http_server_internal.h"
#include "tests/support/gitfix.h"

enum { LARGE = 4 * 1024 * 1024 };

struct fixture {
	struct http_server *server;
	uint16_t port;
	int64_t now;
	size_t bodies; /* bytes of bodies that came */
};

static void answer(void *ctx, const struct http_server_request *request,
		   struct http_server_reply *reply)
{
	struct fixture *fix = ctx;

	fix->bodies += request->body_len;
	if (!strcmp(request->path, "/large")) {
		reply->gzip = true;
		for (size_t i = 0; i < LARGE / 16; i++)
			buf_addf(&reply->body, "line %010zu\n", i);
	} else if (!strcmp(request->path, "/tagged")) {
		reply->etag = true;
		buf_adds(&reply->body, "tagged");
	} else if (!strcmp(request->path, "/small")) {
		buf_addf(&reply->body, "%s %s", request->method, request->query);
	} else {
		reply->status = 404;
		buf_adds(&reply->body, "nothing here");
	}
}

static int set_up(void **state)
{
	struct fixture *fix = xcalloc(1, sizeof(*fix));

	*state = fix;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fix = *state;

	http_server_free(fix->server);
	free(fix);
	return 0;
}

/* The answers' ctx is the fixture where it stays. */
static struct fixture *begin(void **state, const char *address, size_t max_body)
{
	struct fixture *fix = *state;
	struct http_listeners listeners;
	struct err err = {0};

	if (http_listen(address, &listeners, &err) < 0)
		fail_msg("%s: %s", err.where, err.what);
	fix->now = 1000;
	fix->port = listeners.port;
	fix->server = http_server_new(
	    &listeners,
	    &(struct http_server_options){.answer = answer, .ctx = fix, .max_body = max_body});
	return fix;
}

/* What is ready now. */
static void step(struct fixture *fix)
{
	struct pollfd fds[HTTP_SERVER_FDS];
	int timeout = -1;
	size_t count = http_server_pollfds(fix->server, fix->now, fds, &timeout);

	poll(fds, count, 1);
	http_server_service(fix->server, fix->now, fds, count);
}

static int connect_to(uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	assert_true(fd >= 0);
	/* Pieces are sent as they are said. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	assert_return_code(connect(fd, (struct sockaddr *)&at, sizeof(at)), errno);
	return fd;
}

static void say(int fd, const char *text, size_t len)
{
	assert_int_equal(send(fd, text, len, MSG_NOSIGNAL), len);
}

/* What has come, up to now; false: the end of the connection. */
static bool hear(struct fixture *fix, int fd, struct buf *out)
{
	char chunk[65536];
	ssize_t got;

	step(fix);
	while ((got = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT)) > 0)
		buf_add(out, chunk, (size_t)got);
	return got < 0 && errno == EAGAIN;
}

/* Everything that comes until nothing does any more; false: the connection ended. */
static bool hear_all(struct fixture *fix, int fd, struct buf *out)
{
	for (int silent = 0; silent < 5;) {
		size_t before = out->len;

		if (!hear(fix, fd, out))
			return false;
		silent = out->len == before ? silent + 1 : 0;
	}
	return true;
}

/* One request on a connection of its own; what the status line says. */
static int ask(struct fixture *fix, const char *text, size_t len, struct buf *out)
{
	int fd = connect_to(fix->port);

	buf_reset(out);
	say(fd, text, len);
	hear_all(fix, fd, out);
	close(fd);
	step(fix);
	return out->len > 12 && !strncmp(out->data, "HTTP/1.1 ", 9)
		   ? (int)strtol(out->data + 9, NULL, 10)
		   : 0;
}

static int ask_text(struct fixture *fix, const char *text, struct buf *out)
{
	return ask(fix, text, strlen(text), out);
}

static void test_get_and_head(void **state)
{
	struct fixture *fix = begin(state, "127.0.0.1:0", 0);
	struct buf out = {0};

	assert_int_equal(ask_text(fix, "GET /small?a=1&b HTTP/1.1\r\nHost: x\r\n\r\n", &out), 200);
	assert_non_null(strstr(out.data, "Content-Length: 9\r\n"));
	assert_non_null(strstr(out.data, "\r\n\r\nGET a=1&b"));
	assert_int_equal(ask_text(fix, "HEAD /small HTTP/1.1\r\nHost: x\r\n\r\n", &out), 200);
	assert_non_null(strstr(out.data, "Content-Length: 5\r\n"));
	assert_string_equal(out.data + out.len - 4, "\r\n\r\n");
	/* Lines that end in LF alone, and what a proxy is asked. */
	assert_int_equal(ask_text(fix, "GET /small HTTP/1.0\n\n", &out), 200);
	assert_non_null(strstr(out.data, "Connection: close\r\n"));
	assert_int_equal(ask_text(fix, "GET http://x:1/small HTTP/1.1\nHost: x\nA: b\r\n\n", &out),
			 200);
	assert_int_equal(http_server_requests(fix->server), 4);
	buf_free(&out);
}

static void test_kept_connection(void **state)
{
	struct fixture *fix = begin(state, ":0", 0);
	static const char two[] = "GET /small?1 HTTP/1.1\r\nHost: x\r\n\r\n"
				  "GET /small?2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
	struct buf out = {0};
	int fd = connect_to(fix->port);

	/* In three pieces, one of which has the end of a request and the beginning of the next. */
	say(fd, two, 10);
	assert_true(hear_all(fix, fd, &out));
	assert_int_equal(out.len, 0);
	say(fd, two + 10, 40);
	assert_true(hear_all(fix, fd, &out));
	assert_non_null(strstr(buf_str(&out), "GET 1"));
	assert_null(strstr(buf_str(&out), "GET 2"));
	say(fd, two + 50, sizeof(two) - 51);
	assert_false(hear_all(fix, fd, &out));
	assert_non_null(strstr(buf_str(&out), "GET 2"));
	close(fd);
	step(fix);
	assert_int_equal(http_server_clients(fix->server), 0);
	buf_free(&out);
}

static void test_refused(void **state)
{
	static const struct {
		int status;
		const char *text;
	} cases[] = {
	    {400, "\r\n\r\n"},
	    {400, "GET\r\n\r\n"},
	    {400, "GET /\r\n\r\n"},
	    {400, " / HTTP/1.1\r\nHost: x\r\n\r\n"},
	    {400, "get / HTTP/1.1\r\nHost: x\r\n\r\n"},
	    {400, "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"},
	    {400, "GET small HTTP/1.1\r\nHost: x\r\n\r\n"},
	    {400, "GET /sm\033all HTTP/1.1\r\nHost: x\r\n\r\n"},
	    {400, "GET /small HTTP/1.1\r\n\r\n"},
	    {400, "GET /small HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n"},
	    {400, "GET /small HTTP/1.1\r\nHost : x\r\n\r\n"},
	    {400, "GET /small HTTP/1.1\r\nHost: x\r\n\rA: y\r\n\r\n"},
	    {400, "GET /small HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"},
	    {400, "GET /small HTTP/1.1\r\nHost: x\r\nContent-Length: 0x1\r\n\r\n"},
	    {400, "GET /small HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
		  "Content-Length: 5\r\n\r\nhello"},
	    {413, "GET /small HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"},
	    {413, "GET /small HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n"},
	    {405, "POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"},
	    {405, "OPTIONS /small HTTP/1.1\r\nHost: x\r\n\r\n"},
	    {501, "GET /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
	    {505, "GET /small HTTP/2.0\r\nHost: x\r\n\r\n"},
	    {404, "GET /<script>alert(1)</script> HTTP/1.1\r\nHost: <b>x</b>\r\n\r\n"},
	};
	static const char with_nul[] = "GET /small\0 HTTP/1.1\r\nHost: x\r\n\r\n";
	struct fixture *fix = begin(state, "127.0.0.1:0", 0);
	struct buf out = {0};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int status = ask_text(fix, cases[i].text, &out);

		if (status != cases[i].status)
			fail_msg("%d instead of %d: %s", status, cases[i].status, cases[i].text);
		assert_null(strstr(buf_str(&out), "script"));
		assert_null(strstr(buf_str(&out), "<b>"));
	}
	assert_int_equal(ask(fix, with_nul, sizeof(with_nul) - 1, &out), 400);
	assert_int_equal(http_server_clients(fix->server), 0);
	buf_free(&out);
}

static void test_too_large(void **state)
{
	struct fixture *fix = begin(state, "127.0.0.1:0", 0);
	struct buf text = {0}, out = {0};

	buf_adds(&text, "GET /small HTTP/1.1\r\nHost: x\r\nA: ");
	while (text.len < HTTP_SERVER_HEAD + 1000)
		buf_addc(&text, 'a');
	assert_int_equal(ask(fix, text.data, text.len, &out), 431);
	buf_adds(&text, "\r\n\r\n");
	assert_int_equal(ask(fix, text.data, text.len, &out), 431);
	buf_reset(&text);
	buf_adds(&text, "GET /small HTTP/1.1\r\nHost: x\r\n");
	for (int i = 0; i < 200; i++)
		buf_addf(&text, "A%d: b\r\n", i);
	buf_adds(&text, "\r\n");
	assert_int_equal(ask(fix, text.data, text.len, &out), 431);
	buf_free(&text);
	buf_free(&out);
}

static void test_bodies(void **state)
{
	struct fixture *fix = begin(state, "127.0.0.1:0", 1000);
	static const char head[] = "POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 600\r\n\r\n";
	char body[600];
	struct buf out = {0};
	int fd = connect_to(fix->port);

	memset(body, 'b', sizeof(body));
	for (int i = 0; i < 2; i++) { /* on one connection, and in pieces */
		say(fd, head, sizeof(head) - 1);
		say(fd, body, 300);
		hear_all(fix, fd, &out);
		assert_int_equal(fix->bodies, i * 600);
		say(fd, body, 300);
		assert_true(hear_all(fix, fd, &out));
		assert_int_equal(fix->bodies, (i + 1) * 600);
	}
	close(fd);
	assert_int_equal(
	    ask_text(fix, "POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n", &out),
	    413);
	buf_free(&out);
}

/* It is written as its reader takes it, and others are answered meanwhile. */
static void test_large_answer(void **state)
{
	struct fixture *fix = begin(state, "127.0.0.1:0", 0);
	static const char request[] = "GET /large HTTP/1.1\r\nHost: x\r\n\r\n";
	struct buf out = {0}, other = {0};
	int fd = connect_to(fix->port);
	const char *body;

	say(fd, request, sizeof(request) - 1);
	for (int i = 0; i < 5; i++)
		step(fix);
	assert_int_equal(ask_text(fix, "GET /small HTTP/1.0\r\n\r\n", &other), 200);
	assert_true(hear_all(fix, fd, &out));
	body = strstr(buf_str(&out), "\r\n\r\n") + 4;
	assert_int_equal(out.len - (size_t)(body - out.data), LARGE);
	assert_true(!strncmp(body + LARGE - 16, "line 0000262143\n", 16));
	close(fd);
	buf_free(&out);
	buf_free(&other);
}

static void test_gzip(void **state)
{
	struct fixture *fix = begin(state, "127.0.0.1:0", 0);
	struct libdeflate_decompressor *unpacker = libdeflate_alloc_decompressor();
	char *plain = xmalloc(LARGE);
	struct buf out = {0};
	const char *body;
	size_t len;

	ask_text(fix, "GET /large HTTP/1.0\r\nAccept-Encoding: br, gzip;q=0.5\r\n\r\n", &out);
	assert_non_null(strstr(out.data, "Content-Encoding: gzip\r\n"));
	body = strstr(out.data, "\r\n\r\n") + 4;
	assert_int_equal(libdeflate_gzip_decompress(unpacker, body,
						    out.len - (size_t)(body - out.data), plain,
						    LARGE, &len),
			 LIBDEFLATE_SUCCESS);
	assert_int_equal(len, LARGE);
	ask_text(fix, "GET /large HTTP/1.0\r\nAccept-Encoding: gzip;q=0, br;q=1\r\n\r\n", &out);
	assert_null(strstr(out.data, "Content-Encoding"));
	ask_text(fix, "GET /large HTTP/1.0\r\nAccept-Encoding: gzipped\r\n\r\n", &out);
	assert_null(strstr(out.data, "Content-Encoding"));
	ask_text(fix, "GET /small HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n", &out);
	assert_null(strstr(out.data, "Content-Encoding"));
	libdeflate_free_decompressor(unpacker);
	free(plain);
	buf_free(&out);
}

static void test_etag(void **state)
{
	struct fixture *fix = begin(state, "127.0.0.1:0", 0);
	struct buf out = {0};
	char *etag, *request;

	assert_int_equal(ask_text(fix, "GET /tagged HTTP/1.0\r\n\r\n", &out), 200);
	etag = xmemdup0(strstr(out.data, "ETag: ") + 6, 18);
	request = xasprintf("GET /tagged HTTP/1.0\r\nIf-None-Match:  %s \r\n\r\n", etag);
	assert_int_equal(ask_text(fix, request, &out), 304);
	assert_null(strstr(out.data, "tagged"));
	free(etag);
	free(request);
	buf_free(&out);
}

/* One byte now and then does not buy more time. */
static void test_slow_client(void **state)
{
	struct fixture *fix = begin(state, "127.0.0.1:0", 0);
	struct buf out = {0};
	int fd = connect_to(fix->port), timeout = -1;
	struct pollfd fds[HTTP_SERVER_FDS];
	bool open = true;

	step(fix);
	assert_int_equal(http_server_clients(fix->server), 1);
	http_server_pollfds(fix->server, fix->now, fds, &timeout);
	assert_int_equal(timeout, HTTP_SERVER_REQUEST_MS);
	for (int i = 0; i < 9; i++) {
		say(fd, "G", 1);
		open = hear_all(fix, fd, &out);
		assert_true(open);
		fix->now += 1100;
	}
	fix->now += 200;
	step(fix);
	assert_int_equal(http_server_clients(fix->server), 0);
	assert_false(hear_all(fix, fd, &out));
	close(fd);
	buf_free(&out);
}

/* Who takes an answer slowly or idles is not kept for ever either. */
static void test_slow_reader(void **state)
{
	struct fixture *fix = begin(state, "127.0.0.1:0", 0);
	static const char large[] = "GET /large HTTP/1.1\r\nHost: x\r\n\r\n";
	static const char small[] = "GET /small HTTP/1.1\r\nHost: x\r\n\r\n";
	struct buf out = {0};
	int reader = connect_to(fix->port), idler = connect_to(fix->port);

	say(reader, large, sizeof(large) - 1);
	say(idler, small, sizeof(small) - 1);
	hear_all(fix, idler, &out);
	assert_int_equal(http_server_clients(fix->server), 2);
	fix->now += HTTP_SERVER_ANSWER_MS - 1;
	step(fix);
	assert_int_equal(http_server_clients(fix->server), 2);
	fix->now += 1;
	step(fix);
	assert_int_equal(http_server_clients(fix->server), 1);
	say(idler, small, sizeof(small) - 1);
	assert_true(hear_all(fix, idler, &out));
	fix->now += HTTP_SERVER_IDLE_MS;
	step(fix);
	assert_int_equal(http_server_clients(fix->server), 0);
	close(reader);
	close(idler);
	buf_free(&out);
}

/* However many hold a connection, one that asks is answered. */
static void test_many_clients(void **state)
{
	struct fixture *fix = begin(state, "127.0.0.1:0", 0);
	int fds[HTTP_SERVER_CLIENTS + 20];
	struct buf out = {0};

	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		fds[i] = connect_to(fix->port);
		say(fds[i], "GET /", 5);
		fix->now++;
		step(fix);
	}
	assert_int_equal(http_server_clients(fix->server), HTTP_SERVER_CLIENTS);
	assert_int_equal(ask_text(fix, "GET /small HTTP/1.0\r\n\r\n", &out), 200);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		close(fds[i]);
	while (http_server_clients(fix->server))
		step(fix);
	buf_free(&out);
}

/* Without a descriptor for who wants to come in, it rests instead of spinning. */
static void test_no_descriptors(void **state)
{
	struct fixture *fix = begin(state, "127.0.0.1:0", 0);
	int fd, timeout = -1;
	struct rlimit before, none;
	struct pollfd fds[HTTP_SERVER_FDS];
	struct buf out = {0};
	size_t count;

	if (getenv("SVCTOP_VALGRIND"))
		skip(); /* it keeps a limit of its own */
	fd = connect_to(fix->port);
	getrlimit(RLIMIT_NOFILE, &before);
	none = (struct rlimit){3, before.rlim_max};
	assert_return_code(setrlimit(RLIMIT_NOFILE, &none), errno);
	count = http_server_pollfds(fix->server, fix->now, fds, &timeout);
	fds[0].revents = POLLIN; /* poll() itself would take no more than 3 */
	http_server_service(fix->server, fix->now, fds, count);
	setrlimit(RLIMIT_NOFILE, &before);
	timeout = -1;
	assert_int_equal(http_server_pollfds(fix->server, fix->now, fds, &timeout), 0);
	assert_int_equal(timeout, 1000);
	fix->now += 1000;
	say(fd, "GET /small HTTP/1.0\r\n\r\n", 23);
	hear_all(fix, fd, &out);
	assert_non_null(strstr(buf_str(&out), "200 OK"));
	close(fd);
	buf_free(&out);
}

static void test_addresses(void **state)
{
	static const char *const good[] = {"0", ":0", "127.0.0.1:0", "localhost:0", "0.0.0.0:0"};
	static const char *const bad[] = {"",	    ":",     "x",	"127.0.0.1",   ":99999",
					  "::1:80", ":80a",  "[::1:80", "unix:socket", "host:-1",
					  ":+80",   "a:b:1", "[::1]"};
	struct http_listeners listeners, second;
	struct err err = {0};
	char *address;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		if (http_listen(good[i], &listeners, &err) < 0)
			fail_msg("%s: %s", good[i], err.what);
		assert_true(listeners.port > 0 && listeners.count > 0);
		http_listen_end(&listeners);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (http_listen(bad[i], &listeners, &err) == 0)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_int_equal(listeners.count, 0);
	}
	assert_int_equal(http_listen("127.0.0.1:0", &listeners, &err), 0);
	address = xasprintf(":%u", listeners.port);
	assert_int_equal(http_listen(address, &second, &err), -1);
	assert_string_equal(err.where, address);
	assert_string_equal(err.what, "cannot listen: Address already in use");
	assert_int_equal(second.count, 0);
	http_listen_end(&listeners);
	free(address);
	err_clear(&err);
}

/* Loopback alone, where no host is named; on both of its addresses where there are two. */
static void test_loopback(void **state)
{
	struct http_listeners listeners;
	struct err err = {0};

	(void)state;
	assert_int_equal(http_listen(":0", &listeners, &err), 0);
	for (size_t i = 0; i < listeners.count; i++) {
		struct sockaddr_storage at;
		socklen_t len = sizeof(at);

		assert_return_code(getsockname(listeners.fds[i], (struct sockaddr *)&at, &len),
				   errno);
		if (at.ss_family == AF_INET)
			assert_int_equal(((struct sockaddr_in *)&at)->sin_addr.s_addr,
					 htonl(INADDR_LOOPBACK));
		else
			assert_true(IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)&at)->sin6_addr));
	}
	http_listen_end(&listeners);
}

static int connect_unix(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(at.sun_path, path, strlen(path) + 1);
	assert_return_code(connect(fd, (struct sockaddr *)&at, sizeof(at)), errno);
	return fd;
}

static void test_unix_socket(void **state)
{
	char *dir = gitfix_tmp(), *path = xasprintf("%s/s", dir),
	     *address = xasprintf("unix:%s", path);
	struct fixture *fix = begin(state, address, 0);
	struct http_listeners second;
	struct buf out = {0};
	struct err err = {0};
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct stat st;
	int fd = connect_unix(path), abandoned;

	assert_return_code(stat(path, &st), errno);
	assert_int_equal(st.st_mode & 0777, 0600);
	say(fd, "GET /small HTTP/1.0\r\n\r\n", 23);
	hear_all(fix, fd, &out);
	assert_non_null(strstr(buf_str(&out), "200 OK"));
	close(fd);
	/* One that is in use is somebody's; one that nobody listens at is taken; else hands off. */
	assert_int_equal(http_listen(address, &second, &err), -1);
	http_server_free(fix->server);
	fix->server = NULL;
	assert_int_equal(stat(path, &st), -1);
	abandoned = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	memcpy(at.sun_path, path, strlen(path) + 1);
	assert_return_code(bind(abandoned, (struct sockaddr *)&at, sizeof(at)), errno);
	close(abandoned);
	assert_int_equal(http_listen(address, &second, &err), 0);
	http_listen_end(&second);
	gitfix_write(dir, "s", "a file");
	assert_int_equal(http_listen(address, &second, &err), -1);
	assert_return_code(stat(path, &st), errno);
	err_clear(&err);
	buf_free(&out);
	gitfix_rmtree(dir);
	free(dir);
	free(path);
	free(address);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	    TEST(test_get_and_head), TEST(test_kept_connection),
	    TEST(test_refused),	     TEST(test_too_large),
	    TEST(test_bodies),	     TEST(test_large_answer),
	    TEST(test_gzip),	     TEST(test_etag),
	    TEST(test_slow_client),  TEST(test_slow_reader),
	    TEST(test_many_clients), TEST(test_no_descriptors),
	    TEST(test_addresses),    TEST(test_loopback),
	    TEST(test_unix_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
