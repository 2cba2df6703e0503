#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "fetch/child_process.h"
#include "fetch/courier_internal.h"

#define FILL_LIMIT (4 * 1024 * 1024)
#define LATEST_MS  (24 * 3600 * 1000)
#define DATA_LIMIT (2ul << 30)

void courier_clock(struct courier_child *child)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	child->now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	child->now = time(NULL);
}

void courier_tell(struct courier_child *child, enum courier_message type, struct buf *body)
{
	channel_send(&child->channel, type, body);
	buf_free(body);
}

/*
 * The face is gone. Nothing is worth waiting for: not a hung server, not libcurl's thread that
 * hangs in a resolver, which exit() would wait for.
 */
static _Noreturn void leave(struct courier_child *child, int code)
{
	for (size_t i = 0; i < child->source_count; i++)
		secret_free(child->sources[i].secret); /* ends commands that still run */
	_exit(code);
}

/* ---- messages ---- */

static bool take_subjects(struct courier_child *child, const struct message *message)
{
	struct subjects_held *subjects = xcalloc(1, sizeof(*subjects));

	subjects->holders = 1;
	subjects->arena = arena_new();
	if (!subjects_decode(&subjects->list, message->body, message->len, subjects->arena)) {
		subjects_release(subjects);
		return false;
	}
	subjects_release(child->subjects);
	child->subjects = subjects;
	for (size_t i = 0; i < child->source_count; i++)
		courier_source_plan(&child->sources[i]);
	return true;
}

static bool take_order(struct courier_child *child, const struct message *message)
{
	struct arena *arena = arena_new();
	struct courier_order order;
	bool good = courier_order_decode(&order, message->body, message->len, arena);
	struct courier_source *source = NULL;

	for (size_t i = 0; good && i < child->source_count; i++)
		if (!strcmp(child->sources[i].config->name, order.source))
			source = &child->sources[i];
	if (source) {
		courier_source_order(source, &order);
	} else if (good) {
		const struct courier_receipt receipt = {.request = order.request,
							.text = "there is no such source"};
		struct buf body = {0};

		courier_receipt_encode(&receipt, &body);
		courier_tell(child, COURIER_MSG_SENT, &body);
	}
	arena_free(arena);
	return good;
}

static bool take(struct courier_child *child, const struct message *message)
{
	switch (message->type) {
	case COURIER_MSG_SUBJECTS:
		child->asked++;
		child->idle_told = false;
		return take_subjects(child, message);
	case COURIER_MSG_REFRESH:
		child->asked++;
		child->idle_told = false;
		for (size_t i = 0; i < child->source_count; i++)
			courier_source_refresh(&child->sources[i]);
		return true;
	case COURIER_MSG_SEND:
		return take_order(child, message);
	default:
		return false;
	}
}

/* ---- what is told when ---- */

static void tell_ready(struct courier_child *child)
{
	struct buf warnings = {0}, body = {0};

	if (child->ready_told)
		return;
	for (size_t i = 0; i < child->source_count; i++)
		if (!secret_done(child->sources[i].secret))
			return;
	for (size_t i = 0; i < child->source_count; i++) {
		const char *warning = secret_warning(child->sources[i].secret);

		if (warning)
			buf_addf(&warnings, "%s%s", warnings.len ? "\n" : "", warning);
	}
	child->ready_told = true;
	courier_text_encode(warnings.len ? buf_str(&warnings) : NULL, &body);
	courier_tell(child, COURIER_MSG_READY, &body);
	buf_free(&warnings);
}

/* Once for each time that the face asked something. */
static void tell_idle(struct courier_child *child)
{
	struct buf body = {0};

	if (child->idle_told || !child->subjects || child->programs)
		return;
	for (size_t i = 0; i < child->source_count; i++)
		if (!courier_source_idle(&child->sources[i]))
			return;
	child->idle_told = true;
	courier_count_encode(child->asked, &body);
	courier_tell(child, COURIER_MSG_IDLE, &body);
}

static void work(struct courier_child *child)
{
	courier_clock(child);
	program_results(child);
	for (size_t i = 0; i < child->source_count; i++)
		courier_source_pump(&child->sources[i]);
	tell_ready(child);
	for (size_t i = 0; i < child->source_count; i++)
		courier_source_status(&child->sources[i]);
	tell_idle(child);
}

/* ---- waiting ---- */

static int timeout_of(const struct courier_child *child)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < child->source_count; i++) {
		int64_t one = courier_source_next(&child->sources[i]);

		if (one < next)
			next = one;
	}
	if (next == INT64_MAX)
		return -1;
	if (next <= child->now_ms)
		return 0;
	return next - child->now_ms < LATEST_MS ? (int)(next - child->now_ms) : LATEST_MS;
}

static int watch(int epoll, const struct pollfd *fd)
{
	struct epoll_event event = {.events = (fd->events & POLLIN ? EPOLLIN : 0) |
					      (fd->events & POLLOUT ? EPOLLOUT : 0)};

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd->fd, &event);
}

/*
 * Descriptors of secrets' commands and of jq come and go, so what is waited for is put
 * together anew each time; most of the time it is the socket alone.
 */
static int watch_all(struct courier_child *child, int *timeout)
{
	struct pollfd fds[1 + SECRET_FDS] = {{.fd = child->channel.fd, .events = POLLIN}};
	int epoll = -1;
	size_t count;

	if (channel_pending(&child->channel)) {
		fds[0].events |= POLLOUT;
		epoll = epoll_create1(EPOLL_CLOEXEC);
	}
	for (size_t i = 0; i <= child->source_count; i++) {
		count = i < child->source_count
			    ? secret_pollfds(child->sources[i].secret, fds + 1, SECRET_FDS,
					     child->now_ms, timeout)
			    : program_pollfds(child, fds + 1, SECRET_FDS, timeout);
		if (count && epoll < 0)
			epoll = epoll_create1(EPOLL_CLOEXEC);
		for (size_t j = 0; j < count; j++)
			watch(epoll, &fds[1 + j]);
	}
	if (epoll >= 0)
		watch(epoll, &fds[0]);
	return epoll;
}

static void serve(struct courier_child *child)
{
	struct message message;

	for (;;) {
		int timeout, epoll;

		while (channel_next(&child->channel, &message))
			if (!take(child, &message))
				leave(child, 1);
		work(child);
		channel_flush(&child->channel);
		if (child->channel.broken)
			leave(child, 0);
		timeout = timeout_of(child);
		epoll = watch_all(child, &timeout);
		http_wait(child->http, epoll < 0 ? child->channel.fd : epoll, false, timeout);
		if (epoll >= 0)
			close(epoll);
		channel_fill(&child->channel, FILL_LIMIT);
	}
}

/* ---- start ---- */

static bool take_settings(struct courier_child *child)
{
	struct message message;

	return channel_wait(&child->channel, &message) && message.type == COURIER_MSG_SETTINGS &&
	       courier_settings_decode(&child->settings, message.body, message.len, child->arena);
}

static void make_sources(struct courier_child *child)
{
	struct config *config = child->config;

	child->sources = xcalloc(config->source_count + 1, sizeof(*child->sources));
	for (size_t i = 0; i < config->source_count; i++) {
		const struct source_type *type = source_type_find(config->sources[i].type);

		if (type)
			courier_source_init(&child->sources[child->source_count++], child,
					    &config->sources[i], type);
	}
}

static int prepare(struct courier_child *child, struct err *err)
{
	const struct http_options options = {.cache_dir = child->settings.cache_dir,
					     .user_agent = "svctop/" VERSION};

	child->config = config_parse(child->settings.config_path, child->settings.home,
				     child->settings.config, child->settings.config_len, err);
	if (!child->config)
		return -1;
	child->http = http_new(&options, err);
	if (!child->http)
		return -1;
	courier_clock(child);
	make_sources(child);
	return 0;
}

/*
 * Nobody but root reads its memory: no debugger, no core dump, no /proc/PID/mem or environ. And
 * an answer that unfolds to more than a machine should give ends the courier, not the machine.
 */
static void limit_itself(void)
{
	const struct rlimit none = {0};
#ifndef __SANITIZE_ADDRESS__
	const struct rlimit data = {.rlim_cur = DATA_LIMIT, .rlim_max = DATA_LIMIT};

	setrlimit(RLIMIT_DATA, &data);
#endif
	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &none);
}

int courier_main(int socket)
{
	struct courier_child child = {.arena = arena_new()};
	struct err err = {0};

	limit_itself();
	child_enter("svctop-courier");
	channel_init(&child.channel, socket);
	if (!take_settings(&child))
		return 1;
	if (prepare(&child, &err)) {
		char *line = err_line(&err);
		struct buf body = {0};

		courier_text_encode(line, &body);
		courier_tell(&child, COURIER_MSG_REFUSED, &body);
		channel_flush(&child.channel);
		_exit(1);
	}
	fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK);
	serve(&child);
	return 0;
}
