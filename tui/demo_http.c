#include "tui/demo_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/hash.h"
#include "core/mem.h"

enum { MAX_CLIENTS = 64, MAX_REQUEST = 256 * 1024 };

struct client {
	int fd;
	struct buf in, out;
	size_t sent;
	bool ends; /* after what is to be sent */
};

struct server {
	struct client clients[MAX_CLIENTS];
	size_t count;
	demo_answer *answer;
	void *ctx;
};

int demo_http_listen(uint16_t *port, struct err *err)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 64) < 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) < 0) {
		err_set(err, "127.0.0.1", NULL, "the demo's live feed cannot listen: %s",
			strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	*port = ntohs(at.sin_port);
	return fd;
}

static void drop(struct server *server, size_t index)
{
	struct client *client = &server->clients[index];

	close(client->fd);
	buf_free(&client->in);
	buf_free(&client->out);
	*client = server->clients[--server->count];
}

static void welcome(struct server *server, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (server->count == MAX_CLIENTS)
		close(fd);
	else
		server->clients[server->count++] = (struct client){.fd = fd};
}

/* ---- one request ---- */

/* The value of a header in a head of lines that end in CR LF; NULL. Not terminated. */
static const char *header(const char *head, const char *name, size_t *len)
{
	size_t name_len = strlen(name);

	for (const char *line = strstr(head, "\r\n"); line; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
			continue;
		line += name_len + 1;
		line += strspn(line, " \t");
		*len = strcspn(line, "\r");
		return line;
	}
	return NULL;
}

/* -1: none, or none that we take. */
static long body_length(const char *head)
{
	size_t len;
	const char *value = header(head, "Content-Length", &len);
	long length = value ? strtol(value, NULL, 10) : 0;

	return header(head, "Transfer-Encoding", &len) || length < 0 || length > MAX_REQUEST
		   ? -1
		   : length;
}

static const char *reason(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 304:
		return "Not Modified";
	case 404:
		return "Not Found";
	default:
		return status < 500 ? "Bad Request" : "Server Error";
	}
}

static void reply_to(struct client *client, const char *head, const struct demo_request *request,
		     struct demo_reply *reply)
{
	char etag[24];
	size_t len;
	const char *known = header(head, "If-None-Match", &len);

	snprintf(etag, sizeof(etag), "\"%016llx\"",
		 (unsigned long long)hash_bytes(HASH_START, reply->body.data, reply->body.len));
	if (reply->status == 200 && known && len == strlen(etag) && !strncmp(known, etag, len)) {
		reply->status = 304;
		buf_reset(&reply->body);
	}
	buf_addf(&client->out,
		 "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nETag: %s\r\nContent-Length: %zu\r\n\r\n",
		 reply->status, reason(reply->status), reply->type, etag, reply->body.len);
	if (strcmp(request->method, "HEAD") != 0)
		buf_add(&client->out, reply->body.data, reply->body.len);
}

/* head is NUL-terminated and may be written to. */
static void answer_request(struct server *server, struct client *client, char *head,
			   const char *body, size_t body_len)
{
	struct demo_reply reply = {.status = 200, .type = "application/json"};
	struct demo_request request = {.query = "", .body = body, .body_len = body_len};
	char *line = xmemdup0(head, strcspn(head, "\r")), *rest = NULL, *query;

	request.method = strtok_r(line, " ", &rest);
	request.path = strtok_r(NULL, " ", &rest);
	if (request.method && request.path) {
		query = strchr(request.path, '?');
		if (query) {
			*query = '\0';
			request.query = query + 1;
		}
		server->answer(server->ctx, &request, &reply);
		reply_to(client, head, &request, &reply);
	} else {
		client->ends = true;
	}
	buf_free(&reply.body);
	free(line);
}

/* True when a whole request was there. */
static bool take_request(struct server *server, struct client *client)
{
	char *end = client->in.data ? strstr(client->in.data, "\r\n\r\n") : NULL;
	size_t head_len, whole, left;
	long length;

	if (!end) {
		client->ends |= client->in.len > MAX_REQUEST;
		return false;
	}
	end[2] = '\0';
	head_len = (size_t)(end - client->in.data) + 4;
	length = body_length(client->in.data);
	whole = head_len + (size_t)(length > 0 ? length : 0);
	if (length < 0)
		client->ends = true;
	if (length < 0 || client->in.len < whole) {
		end[2] = '\r';
		return false;
	}
	answer_request(server, client, client->in.data, client->in.data + head_len, (size_t)length);
	left = client->in.len - whole;
	memmove(client->in.data, client->in.data + whole, left);
	client->in.len = left;
	client->in.data[left] = '\0';
	return true;
}

/* False: the client is gone. */
static bool read_client(struct server *server, struct client *client)
{
	char chunk[16 * 1024];
	ssize_t got = read(client->fd, chunk, sizeof(chunk));

	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		return false;
	if (got > 0)
		buf_add(&client->in, chunk, (size_t)got);
	while (take_request(server, client))
		;
	return true;
}

static bool write_client(struct client *client)
{
	ssize_t put = send(client->fd, client->out.data + client->sent,
			   client->out.len - client->sent, MSG_NOSIGNAL);

	if (put < 0)
		return errno == EAGAIN || errno == EINTR;
	client->sent += (size_t)put;
	if (client->sent == client->out.len) {
		buf_reset(&client->out);
		client->sent = 0;
	}
	return true;
}

static void serve_client(struct server *server, size_t index, short ready)
{
	struct client *client = &server->clients[index];
	bool alive = true;

	if (ready & (POLLIN | POLLHUP | POLLERR))
		alive = read_client(server, client);
	if (alive && client->out.len)
		alive = write_client(client);
	if (!alive || (client->ends && !client->out.len))
		drop(server, index);
}

void demo_http_serve(int listener, int until_fd, demo_answer *answer, void *ctx)
{
	struct server *server = xcalloc(1, sizeof(*server));
	struct pollfd fds[MAX_CLIENTS + 2];

	server->answer = answer;
	server->ctx = ctx;
	for (;;) {
		size_t count = server->count;

		fds[0] = (struct pollfd){.fd = until_fd, .events = POLLIN};
		fds[1] = (struct pollfd){.fd = listener, .events = POLLIN};
		for (size_t i = 0; i < count; i++)
			fds[i + 2] = (struct pollfd){
			    .fd = server->clients[i].fd,
			    .events = server->clients[i].out.len ? POLLIN | POLLOUT : POLLIN};
		if (poll(fds, count + 2, -1) < 0 && errno != EINTR)
			break;
		if (fds[0].revents)
			break;
		/* From behind, since the last one takes the place of one that is dropped. */
		for (size_t i = count; i-- > 0;)
			if (fds[i + 2].revents)
				serve_client(server, i, fds[i + 2].revents);
		if (fds[1].revents)
			welcome(server, listener);
	}
	while (server->count)
		drop(server, server->count - 1);
	free(server);
	close(listener);
	close(until_fd);
}
