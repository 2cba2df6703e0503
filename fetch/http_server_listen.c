#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/mem.h"
#include "fetch/http_server.h"

enum { BACKLOG = 64, LOOPBACKS = 2 };

static int fail(struct err *err, const char *address, int cause)
{
	const char *fix = NULL;

	if (cause == EADDRINUSE)
		fix = "another process listens there; end it, or choose another port";
	else if (cause == EACCES)
		fix = "ports below 1024 are for root; choose another one";
	else if (cause == EADDRNOTAVAIL)
		fix = "no network interface of this machine has that address";
	return err_set(err, address, fix, "cannot listen: %s", strerror(cause));
}

static int bad_address(struct err *err, const char *address)
{
	return err_set(err, address, "write :9469, host:9469, [::1]:9469 or unix:/path",
		       "is no address to listen at");
}

void http_listen_end(struct http_listeners *listeners)
{
	for (size_t i = 0; i < listeners->count; i++)
		close(listeners->fds[i]);
	if (listeners->path)
		unlink(listeners->path);
	free(listeners->path);
	*listeners = (struct http_listeners){0};
}

/* ---- a socket in the file system ---- */

/* What a process left that was killed: nobody listens there. */
static void remove_stale(const struct sockaddr_un *at)
{
	struct stat st;
	int fd;

	if (lstat(at->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)at, sizeof(*at)) < 0 &&
	    errno == ECONNREFUSED)
		unlink(at->sun_path);
	if (fd >= 0)
		close(fd);
}

static int listen_unix(const char *address, const char *path, struct http_listeners *out,
		       struct err *err)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd, failure = 0;
	mode_t mask;

	if (*path != '/')
		return bad_address(err, address);
	if (strlen(path) >= sizeof(at.sun_path))
		return fail(err, address, ENAMETOOLONG);
	memcpy(at.sun_path, path, strlen(path) + 1);
	remove_stale(&at);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mask = umask(S_IXUSR | S_IRWXG | S_IRWXO);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		failure = errno;
	umask(mask);
	if (!failure && listen(fd, BACKLOG) < 0)
		failure = errno;
	if (failure) {
		if (fd >= 0)
			close(fd);
		return fail(err, address, failure);
	}
	out->fds[out->count++] = fd;
	out->path = xstrdup(path);
	return 0;
}

/* ---- TCP ---- */

static void set_port(struct sockaddr *at, uint16_t port)
{
	if (at->sa_family == AF_INET6)
		((struct sockaddr_in6 *)at)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)at)->sin_port = htons(port);
}

static uint16_t bound_port(int fd)
{
	struct sockaddr_storage at = {0};
	socklen_t len = sizeof(at);

	if (getsockname(fd, (struct sockaddr *)&at, &len) < 0)
		return 0;
	return ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port
					      : ((struct sockaddr_in *)&at)->sin_port);
}

/* 0 or errno. [::] takes IPv4 as well, as everywhere. */
static int listen_one(const struct addrinfo *info, struct http_listeners *out)
{
	struct sockaddr_storage at = {0};
	int fd, on = 1, failure = 0;

	memcpy(&at, info->ai_addr, info->ai_addrlen);
	if (out->port)
		set_port((struct sockaddr *)&at, out->port);
	fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, info->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
		failure = errno;
		close(fd);
		return failure;
	}
	out->fds[out->count++] = fd;
	out->port = bound_port(fd);
	return 0;
}

/*
 * All addresses that a name has, or loopback's two. Of several it is enough that one is there
 * (a machine without IPv6), but none may be somebody else's.
 */
static int listen_host(const char *address, const char *host, const char *port,
		       struct http_listeners *out, struct err *err)
{
	static const char *const loopback[LOOPBACKS] = {"127.0.0.1", "::1"};
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				       .ai_flags = AI_NUMERICSERV | (*host ? 0 : AI_NUMERICHOST)};
	int failure = 0, code = 0;

	for (int i = 0; i < (*host ? 1 : LOOPBACKS) && failure != EADDRINUSE; i++) {
		struct addrinfo *list = NULL;

		code = getaddrinfo(*host ? host : loopback[i], port, &hints, &list);
		for (const struct addrinfo *at = code ? NULL : list;
		     at && out->count < HTTP_SERVER_LISTENERS && failure != EADDRINUSE;
		     at = at->ai_next)
			failure = listen_one(at, out);
		if (!code)
			freeaddrinfo(list);
	}
	if (out->count && failure != EADDRINUSE)
		return 0;
	http_listen_end(out);
	return failure ? fail(err, address, failure)
		       : err_set(err, address, "is the host's name right?", "cannot listen: %s",
				 gai_strerror(code));
}

/* "host", "[host]" or nothing before the last colon, digits behind it. */
static int split(const char *address, char **host, const char **port)
{
	const char *colon = strrchr(address, ':'), *end;

	*port = colon ? colon + 1 : address;
	end = colon ? colon : address;
	if (end > address && *address == '[') {
		address++;
		if (*--end != ']')
			return -1;
	} else if (memchr(address, ':', (size_t)(end - address))) {
		return -1; /* an IPv6 address without brackets: which colon is the port's? */
	}
	if (!**port || strlen(*port) > 5 || (*port)[strspn(*port, "0123456789")] ||
	    strtol(*port, NULL, 10) > UINT16_MAX)
		return -1;
	*host = xmemdup0(address, (size_t)(end - address));
	return 0;
}

int http_listen(const char *address, struct http_listeners *out, struct err *err)
{
	const char *port;
	char *host;
	int result;

	*out = (struct http_listeners){0};
	if (!strncmp(address, "unix:", 5))
		return listen_unix(address, address + 5, out, err);
	if (split(address, &host, &port) < 0)
		return bad_address(err, address);
	result = listen_host(address, host, port, out, err);
	free(host);
	return result;
}
