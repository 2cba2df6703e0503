#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <time.h>

#include "core/mem.h"
#include "fetch/http_private.h"

/*
 * One poll() over the caller's descriptor and curl's sockets. curl_multi_poll() and
 * curl_multi_perform() would do, but they ask the kernel about every transfer's socket again at
 * each step, so that those that hang make the answers of all others dearer.
 */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct pollfd *find(struct http *http, int fd)
{
	for (size_t i = 1; i < http->watched_count; i++) {
		if (http->watched[i].fd == fd)
			return &http->watched[i];
	}
	return NULL;
}

static void unwatch(struct http *http, struct pollfd *one)
{
	*one = http->watched[--http->watched_count];
}

/* curl tells which of its sockets it waits for. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *unused)
{
	struct http *http = ctx;
	struct pollfd *one = find(http, fd);

	(void)easy;
	(void)unused;
	if (what == CURL_POLL_REMOVE) {
		if (one)
			unwatch(http, one);
		return 0;
	}
	if (!one) {
		GROW(http->watched, http->watched_count, http->watched_cap);
		one = &http->watched[http->watched_count++];
		one->fd = fd;
	}
	one->events =
	    (short)((what & CURL_POLL_IN ? POLLIN : 0) | (what & CURL_POLL_OUT ? POLLOUT : 0));
	one->revents = 0;
	return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *ctx)
{
	struct http *http = ctx;

	(void)multi;
	http->timer_ms = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
	return 0;
}

void http_poll_init(struct http *http)
{
	http->timer_ms = -1;
	GROW(http->watched, http->watched_count, http->watched_cap);
	http->watched[http->watched_count++] = (struct pollfd){.fd = -1};
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
}

void http_poll_free(struct http *http)
{
	free(http->watched);
}

void http_poll_timer(struct http *http)
{
	int running;

	if (http->timer_ms < 0 || http->timer_ms > now_ms())
		return;
	http->timer_ms = -1;
	curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

/* What poll() said, as curl wants to be told. */
static int ready_bits(const struct pollfd *one)
{
	short revents = one->revents;

	/* Reading and writing say what is wrong. */
	if (revents & (POLLERR | POLLHUP))
		revents |= one->events;
	return (revents & POLLIN ? CURL_CSELECT_IN : 0) |
	       (revents & POLLOUT ? CURL_CSELECT_OUT : 0);
}

/* Lets curl go on at the sockets that are ready; the list changes meanwhile. */
static void serve(struct http *http)
{
	for (size_t i = http->watched_count; i-- > 1;) {
		struct pollfd *one;
		int running, fd;

		if (i >= http->watched_count || !http->watched[i].revents)
			continue;
		one = &http->watched[i];
		fd = one->fd;
		if (one->revents & POLLNVAL) {
			unwatch(http, one);
			continue;
		}
		running = ready_bits(one);
		one->revents = 0;
		curl_multi_socket_action(http->multi, fd, running, &running);
	}
}

/* The time to wait, which curl's timer may cut short. */
static int time_to_wait(const struct http *http, int timeout_ms)
{
	int64_t left;

	if (http->timer_ms < 0)
		return timeout_ms;
	left = http->timer_ms - now_ms();
	if (left < 0)
		left = 0;
	if (left > INT_MAX)
		left = INT_MAX;
	return timeout_ms < 0 || left < timeout_ms ? (int)left : timeout_ms;
}

bool http_poll_wait(struct http *http, int fd, bool want_write, int timeout_ms)
{
	bool ready;

	http->watched[0] = (struct pollfd){.fd = fd, .events = want_write ? POLLOUT : POLLIN};
	if (poll(http->watched, http->watched_count, time_to_wait(http, timeout_ms)) < 0)
		return false;
	ready = http->watched[0].revents != 0;
	serve(http);
	return ready;
}
