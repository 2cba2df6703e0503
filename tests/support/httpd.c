#include "tests/support/httpd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/mem.h"
#include "tests/support/httpd_private.h"

#define KEPT 16

struct httpd {
	pid_t pid;
	int control;
	int port;
	char *urls[KEPT];
	unsigned next_url;
	struct arena *arena; /* of request */
	struct httpd_request request;
};

static void die(const char *what)
{
	perror(what);
	abort();
}

static int listen_somewhere(int *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) < 0 || listen(fd, 512) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		die("httpd: listen");
	*port = ntohs(address.sin_port);
	return fd;
}

struct httpd *httpd_start(void)
{
	struct httpd *server = xcalloc(1, sizeof(*server));
	int pair[2], listener = listen_somewhere(&server->port);
	pid_t parent = getpid();

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		die("httpd: socketpair");
	server->pid = fork();
	if (server->pid < 0)
		die("httpd: fork");
	if (server->pid == 0) {
		close(pair[0]);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(0);
		httpd_child(listener, pair[1]);
	}
	close(listener);
	close(pair[1]);
	server->control = pair[0];
	return server;
}

void httpd_stop(struct httpd *server)
{
	if (!server)
		return;
	kill(server->pid, SIGKILL);
	while (waitpid(server->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(server->control);
	for (unsigned i = 0; i < KEPT; i++)
		free(server->urls[i]);
	arena_free(server->arena);
	free(server);
}

int httpd_port(const struct httpd *server)
{
	return server->port;
}

const char *httpd_url(struct httpd *server, const char *path)
{
	char **url = &server->urls[server->next_url++ % KEPT];

	free(*url);
	*url = xasprintf("http://127.0.0.1:%d%s", server->port, path);
	return *url;
}

static bool all(ssize_t (*io)(int, void *, size_t), int fd, char *bytes, size_t len)
{
	while (len) {
		ssize_t n = io(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static ssize_t put(int fd, void *bytes, size_t len)
{
	return send(fd, bytes, len, MSG_NOSIGNAL);
}

bool httpd_message_send(int fd, const struct buf *message)
{
	uint32_t len = (uint32_t)message->len;

	return all(put, fd, (char *)&len, sizeof(len)) && all(put, fd, message->data, message->len);
}

bool httpd_message_read(int fd, struct buf *out)
{
	uint32_t len;
	char *bytes;
	bool whole;

	buf_reset(out);
	if (!all(read, fd, (char *)&len, sizeof(len)))
		return false;
	bytes = xmalloc(len + 1);
	whole = all(read, fd, bytes, len);
	buf_add(out, bytes, len);
	free(bytes);
	return whole;
}

/* Sends a command and waits for its answer. */
static void ask(struct httpd *server, const struct buf *message, struct buf *answer)
{
	if (!httpd_message_send(server->control, message) ||
	    !httpd_message_read(server->control, answer))
		die("httpd: the server has ended");
}

static void set(struct httpd *server, enum httpd_command command, const char *path,
		const struct httpd_reply *reply)
{
	struct buf message = {0}, answer = {0};
	size_t len = reply->len || !reply->body ? reply->len : strlen(reply->body);

	buf_addc(&message, (char)command);
	wire_put_str(&message, path);
	wire_put_uint(&message, (uint64_t)(reply->status ? reply->status : 200));
	wire_put_str(&message, reply->headers);
	wire_put_bytes(&message, reply->body ? reply->body : "", reply->body ? len : 0);
	wire_put_uint(&message, len);
	wire_put_str(&message, reply->etag);
	wire_put_str(&message, reply->modified);
	wire_put_str(&message, reply->user);
	wire_put_uint(&message, reply->way);
	wire_put_uint(&message, reply->pause_ms);
	wire_put_uint(&message, reply->gzip);
	wire_put_uint(&message, reply->close);
	ask(server, &message, &answer);
	buf_free(&message);
	buf_free(&answer);
}

void httpd_reply(struct httpd *server, const char *path, const struct httpd_reply *reply)
{
	set(server, HTTPD_SET, path, reply);
}

void httpd_then(struct httpd *server, const char *path, const struct httpd_reply *reply)
{
	set(server, HTTPD_THEN, path, reply);
}

void httpd_redirect(struct httpd *server, const char *path, int status, const char *location)
{
	char *header = xasprintf("Location: %s\r\n", location);

	httpd_reply(server, path, &(struct httpd_reply){.status = status, .headers = header});
	free(header);
}

void httpd_freeze(struct httpd *server)
{
	int status;

	if (kill(server->pid, SIGSTOP) < 0 || waitpid(server->pid, &status, WUNTRACED) < 0)
		die("httpd: SIGSTOP");
}

void httpd_thaw(struct httpd *server)
{
	kill(server->pid, SIGCONT);
}

/* One of the numbers that COUNT and COUNT_OF give. */
static size_t count(struct httpd *server, enum httpd_command command, const char *path, int index)
{
	struct buf message = {0}, answer = {0};
	struct wire_reader in;
	uint64_t value = 0;

	buf_addc(&message, (char)command);
	if (path)
		wire_put_str(&message, path);
	ask(server, &message, &answer);
	wire_reader_init(&in, answer.data, answer.len);
	for (int i = 0; i <= index; i++)
		value = wire_get_uint(&in);
	buf_free(&message);
	buf_free(&answer);
	return (size_t)value;
}

size_t httpd_count(struct httpd *server)
{
	return count(server, HTTPD_COUNT, NULL, 0);
}

size_t httpd_connections(struct httpd *server)
{
	return count(server, HTTPD_COUNT, NULL, 1);
}

size_t httpd_open(struct httpd *server)
{
	return count(server, HTTPD_COUNT, NULL, 2);
}

size_t httpd_count_of(struct httpd *server, const char *path)
{
	return count(server, HTTPD_COUNT_OF, path, 0);
}

void httpd_forget(struct httpd *server)
{
	count(server, HTTPD_FORGET, NULL, 0);
}

const struct httpd_request *httpd_request(struct httpd *server, size_t index)
{
	struct httpd_request *request = &server->request;
	struct buf message = {0}, answer = {0};
	struct wire_reader in;
	const void *body;
	bool there;

	buf_addc(&message, HTTPD_GET);
	wire_put_uint(&message, index);
	ask(server, &message, &answer);
	wire_reader_init(&in, answer.data, answer.len);
	there = wire_get_uint(&in);
	if (there) {
		arena_free(server->arena);
		server->arena = arena_new();
		request->method = wire_get_str(&in, server->arena);
		request->target = wire_get_str(&in, server->arena);
		request->headers = wire_get_str(&in, server->arena);
		body = wire_get_bytes(&in, &request->len);
		request->body = arena_memdup0(server->arena, body, request->len);
		request->connection = (int)wire_get_uint(&in);
	}
	buf_free(&message);
	buf_free(&answer);
	return there ? request : NULL;
}

const char *httpd_header(const struct httpd_request *request, const char *name)
{
	static char values[KEPT][1024];
	static unsigned next;
	size_t len = strlen(name);

	for (const char *line = request->headers; *line;) {
		const char *end = strstr(line, "\r\n");

		if (!end)
			break;
		if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
			char *value = values[next++ % KEPT];

			line += len + 1;
			line += strspn(line, " \t");
			snprintf(value, sizeof(values[0]), "%.*s", (int)(end - line), line);
			return value;
		}
		line = end + 2;
	}
	return NULL;
}
