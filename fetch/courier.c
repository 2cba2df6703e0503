#include "fetch/courier.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/text.h"
#include "fetch/channel.h"
#include "fetch/child_process.h"
#include "fetch/courier_messages.h"

#define FILL_LIMIT   (1024 * 1024) /* unread bytes that the courier may be ahead of the face */
#define RESTART_MS   1000
#define RESTART_MOST 60000
#define LIVED_MS     60000 /* one that worked for so long ended by another cause than the last */
#define STDERR_NAME  "SVCTOP_COURIER_STDERR"

extern char **environ;

/* An order that has no receipt yet. */
struct order {
	uint32_t request;
	bool sent;
	struct order *next;
};

struct courier {
	char *program;
	struct buf settings; /* encoded */
	struct buf subjects; /* the last ones, encoded */
	bool has_subjects;
	bool once;
	pid_t pid; /* 0: none runs */
	struct channel channel;
	int64_t started_ms, restart_ms; /* restart_ms 0: nothing to restart */
	int64_t delay_ms;		/* before the next restart */
	uint64_t asked;			/* SUBJECTS and REFRESH messages to this process */
	uint32_t last_request;
	struct order *orders; /* sent, oldest first */
	struct order *unsent; /* failed: the courier ended; told as events */
	char *refused;	      /* what the process said it cannot work for */
	char *lost;	      /* why it ended; to be told */
	struct arena *arena;  /* of the last event */
	struct topic_report report;
	struct source_status status;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct courier *courier_new(const struct courier_options *options, struct err *err)
{
	struct courier *courier;
	const struct courier_settings settings = {.config_path = options->config_path,
						  .home = options->home,
						  .cache_dir = options->cache_dir,
						  .once = options->once,
						  .config = options->config_text,
						  .config_len = options->config_len};

	if (options->config_len >= CHANNEL_MAX / 2) {
		err_set(err, options->config_path, NULL, "the configuration is too large");
		return NULL;
	}
	courier = xcalloc(1, sizeof(*courier));
	courier->program = xstrdup(options->program);
	courier->once = options->once;
	courier->delay_ms = RESTART_MS;
	courier->arena = arena_new();
	courier_settings_encode(&settings, &courier->settings);
	channel_init(&courier->channel, -1);
	return courier;
}

static void orders_free(struct order *order)
{
	while (order) {
		struct order *next = order->next;

		free(order);
		order = next;
	}
}

/* It exits by itself as soon as its socket closes, whatever hangs; SIGKILL if it is too busy. */
static void end_now(struct courier *courier)
{
	channel_close(&courier->channel);
	if (courier->pid)
		child_quit(courier->pid);
	courier->pid = 0;
}

void courier_free(struct courier *courier)
{
	if (!courier)
		return;
	end_now(courier);
	orders_free(courier->orders);
	orders_free(courier->unsent);
	buf_free(&courier->settings);
	buf_free(&courier->subjects);
	free(courier->program);
	free(courier->refused);
	free(courier->lost);
	arena_free(courier->arena);
	free(courier);
}

/* ---- start and end ---- */

/*
 * The user's environment: proxies, authorities and secrets are named there, and commands that
 * give secrets need their own. But for what would ask on the terminal, which is the face's,
 * and what would write the keys of our connections into a file.
 */
static char **courier_environment(void)
{
	static const char *const left_out[] = {"GPG_TTY=", "SSLKEYLOGFILE="};
	size_t count = 0, used = 0;
	char **copy;

	while (environ[count])
		count++;
	copy = xcalloc(count + 1, sizeof(*copy));
	for (size_t i = 0; i < count; i++) {
		bool keep = true;

		for (size_t j = 0; j < ARRAY_LEN(left_out); j++)
			keep &= strncmp(environ[i], left_out[j], strlen(left_out[j])) != 0;
		if (keep)
			copy[used++] = environ[i];
	}
	return copy;
}

static void plan_restart(struct courier *courier, char *why)
{
	free(courier->lost);
	courier->lost = why;
	courier->restart_ms = now_ms() + courier->delay_ms;
	courier->delay_ms *= 2;
	if (courier->delay_ms > RESTART_MOST)
		courier->delay_ms = RESTART_MOST;
}

static void send_subjects(struct courier *courier)
{
	channel_send(&courier->channel, COURIER_MSG_SUBJECTS, &courier->subjects);
	courier->asked++;
}

static void start(struct courier *courier)
{
	char **environment = courier_environment();
	const struct child_options options = {.program = courier->program,
					      .argument = COURIER_ARGUMENT,
					      .environment = environment,
					      .stderr_name = STDERR_NAME,
					      .what = "the courier process"};
	struct err err = {0};
	int fd;

	courier->restart_ms = 0;
	courier->asked = 0;
	if (child_spawn(&options, &courier->pid, &fd, &err)) {
		courier->pid = 0;
		plan_restart(courier, err_line(&err));
		err_clear(&err);
	} else {
		courier->started_ms = now_ms();
		channel_init(&courier->channel, fd);
		channel_send(&courier->channel, COURIER_MSG_SETTINGS, &courier->settings);
		if (courier->has_subjects)
			send_subjects(courier);
	}
	free(environment);
}

/* The process is gone, or is no longer listened to: nonsense says what it sent; NULL: nothing. */
static void bury(struct courier *courier, const char *nonsense)
{
	char *why = NULL, *text;
	struct order **last = &courier->unsent;

	channel_close(&courier->channel);
	child_reap(courier->pid, nonsense != NULL, &why);
	courier->pid = 0;
	if (now_ms() - courier->started_ms > LIVED_MS)
		courier->delay_ms = RESTART_MS;
	if (courier->refused)
		text = xasprintf("the courier, which asks the sources, cannot work: %s",
				 courier->refused);
	else if (nonsense)
		text = xasprintf("the courier, which asks the sources, was ended: %s", nonsense);
	else
		text = xasprintf("the courier, which asks the sources, crashed: %s", why);
	free(why);
	free(courier->refused);
	courier->refused = NULL;
	while (*last)
		last = &(*last)->next;
	*last = courier->orders;
	courier->orders = NULL;
	plan_restart(courier, text);
}

static bool runs(const struct courier *courier)
{
	return courier->pid && !courier->channel.broken;
}

/* ---- asking ---- */

void courier_subjects(struct courier *courier, const struct subject_list *subjects)
{
	struct buf encoded = {0};

	subjects_encode(subjects, &encoded);
	/* A command waits for COURIER_IDLE after each. */
	if (!courier->once && courier->has_subjects && encoded.len == courier->subjects.len &&
	    !memcmp(buf_str(&encoded), buf_str(&courier->subjects), encoded.len)) {
		buf_free(&encoded);
		return;
	}
	buf_free(&courier->subjects);
	courier->subjects = encoded;
	courier->has_subjects = true;
	if (runs(courier))
		send_subjects(courier);
	else if (!courier->pid && !courier->restart_ms)
		start(courier);
}

void courier_refresh(struct courier *courier)
{
	if (runs(courier)) {
		channel_send(&courier->channel, COURIER_MSG_REFRESH, NULL);
		courier->asked++;
	} else if (courier->restart_ms) {
		courier->restart_ms = now_ms(); /* whoever asks need not wait */
	}
}

uint32_t courier_send(struct courier *courier, const char *source, const char *method,
		      const char *path, const char *content_type, const char *body, size_t len)
{
	struct order *order = xcalloc(1, sizeof(*order)), **last;
	struct courier_order message = {.source = source,
					.method = method,
					.path = path,
					.content_type = content_type,
					.body = body,
					.len = len};
	struct buf encoded = {0};

	if (!++courier->last_request)
		courier->last_request = 1;
	order->request = message.request = courier->last_request;
	if (!courier->pid)
		start(courier);
	order->sent = runs(courier);
	last = order->sent ? &courier->orders : &courier->unsent;
	while (*last)
		last = &(*last)->next;
	*last = order;
	if (order->sent) {
		courier_order_encode(&message, &encoded);
		channel_send(&courier->channel, COURIER_MSG_SEND, &encoded);
		buf_free(&encoded);
	}
	return order->request;
}

/* ---- polling ---- */

size_t courier_pollfds(const struct courier *courier, struct pollfd *fds, size_t max,
		       int *timeout_ms)
{
	int64_t left;

	if (courier->lost || courier->unsent || (courier->pid && courier->channel.broken)) {
		*timeout_ms = 0;
		return 0;
	}
	if (courier->restart_ms) {
		left = courier->restart_ms - now_ms();
		left = left < 0 ? 0 : left;
		if (*timeout_ms < 0 || left < *timeout_ms)
			*timeout_ms = (int)left;
	}
	if (!courier->pid || !max)
		return 0;
	fds[0] =
	    (struct pollfd){.fd = courier->channel.fd,
			    .events = POLLIN | (channel_pending(&courier->channel) ? POLLOUT : 0)};
	return 1;
}

void courier_service(struct courier *courier)
{
	if (courier->restart_ms && !courier->pid && now_ms() >= courier->restart_ms)
		start(courier);
	if (!runs(courier))
		return;
	channel_flush(&courier->channel);
	if (!courier->channel.broken)
		channel_fill(&courier->channel, FILL_LIMIT);
}

/* ---- events ---- */

static bool take_receipt(struct courier *courier, const struct message *message,
			 struct courier_event *event)
{
	struct courier_receipt receipt;
	struct order *order, **at = &courier->orders;

	if (!courier_receipt_decode(&receipt, message->body, message->len, courier->arena))
		return false;
	while (*at && (*at)->request != receipt.request)
		at = &(*at)->next;
	if (!*at)
		return false;
	order = *at;
	*at = order->next;
	free(order);
	event->kind = COURIER_SENT;
	event->request = receipt.request;
	event->http_status = (long)receipt.status;
	event->text = receipt.text;
	event->body = arena_memdup0(courier->arena, receipt.body, receipt.len);
	event->len = receipt.len;
	return true;
}

enum taken { TAKEN_EVENT, TAKEN_NOTHING, TAKEN_NONSENSE };

static enum taken take_idle(const struct courier *courier, const struct message *message,
			    struct courier_event *event)
{
	uint64_t count;

	if (!courier_count_decode(&count, message->body, message->len) || count > courier->asked)
		return TAKEN_NONSENSE;
	event->kind = COURIER_IDLE;
	/* It had not heard of the last question yet. */
	return count == courier->asked ? TAKEN_EVENT : TAKEN_NOTHING;
}

static enum taken take(struct courier *courier, const struct message *message,
		       struct courier_event *event)
{
	bool good = false;

	switch (message->type) {
	case COURIER_MSG_REFUSED:
		if (!courier_text_decode(&event->text, message->body, message->len, courier->arena))
			break;
		free(courier->refused);
		courier->refused = xstrdup(event->text);
		return TAKEN_NOTHING;
	case COURIER_MSG_READY:
		event->kind = COURIER_READY;
		good =
		    courier_text_decode(&event->text, message->body, message->len, courier->arena);
		break;
	case COURIER_MSG_REPORT:
		event->kind = COURIER_REPORT;
		event->report = &courier->report;
		good = topic_report_decode(&courier->report, message->body, message->len,
					   courier->arena);
		break;
	case COURIER_MSG_STATUS:
		event->kind = COURIER_STATUS;
		event->status = &courier->status;
		good = source_status_decode(&courier->status, message->body, message->len,
					    courier->arena);
		break;
	case COURIER_MSG_IDLE:
		return take_idle(courier, message, event);
	case COURIER_MSG_SENT:
		good = take_receipt(courier, message, event);
		break;
	default:
		break;
	}
	return good ? TAKEN_EVENT : TAKEN_NONSENSE;
}

/* What happened to this side of the socket alone. */
static bool next_own(struct courier *courier, struct courier_event *event)
{
	struct order *order = courier->unsent;

	if (courier->lost) {
		event->kind = COURIER_LOST;
		event->text = arena_strdup(courier->arena, courier->lost);
		free(courier->lost);
		courier->lost = NULL;
		return true;
	}
	if (!order)
		return false;
	courier->unsent = order->next;
	event->kind = COURIER_SENT;
	event->request = order->request;
	event->text = order->sent ? "the courier ended before an answer came: look whether it was "
				    "done before you do it again"
				  : "nothing was sent: the courier does not run";
	free(order);
	return true;
}

bool courier_next(struct courier *courier, struct courier_event *event)
{
	struct message message;

	arena_free(courier->arena);
	courier->arena = arena_new();
	*event = (struct courier_event){0};
	while (courier->pid && channel_next(&courier->channel, &message)) {
		switch (take(courier, &message, event)) {
		case TAKEN_EVENT:
			return true;
		case TAKEN_NOTHING:
			continue;
		case TAKEN_NONSENSE:
			bury(courier, "it sent something that is no message");
			break;
		}
	}
	if (courier->pid && courier->channel.broken)
		bury(courier, NULL);
	return next_own(courier, event);
}
