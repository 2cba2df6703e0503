#include "tui/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "core/mem.h"
#include "core/text.h"
#include "fetch/source.h"
#include "tui/loop.h"

enum {
	MAX_FDS = 16,
	READY_MS = 11000 /* auth commands have 10 s */
};

/* $XDG_CACHE_HOME/svctop, ~/.cache/svctop; NULL without a home. */
static char *cache_dir(void)
{
	const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (base && *base == '/')
		return xasprintf("%s/svctop", base);
	return home && *home ? xasprintf("%s/.cache/svctop", home) : NULL;
}

static void configure(struct live *live, const struct config *config)
{
	struct live_config *sources = xcalloc(config->source_count, sizeof(*sources));
	struct arena *arena = arena_new();
	size_t count = 0;

	for (size_t i = 0; i < config->source_count; i++) {
		const struct config_source *from = &config->sources[i];
		const struct source_type *type = source_type_find(from->type);
		struct live_config *to = &sources[count];
		struct signal_label *match = arena_alloc(arena, from->match_count * sizeof(*match));

		if (!type)
			continue;
		for (size_t m = 0; m < from->match_count; m++)
			match[m] = (struct signal_label){from->match[m].name, from->match[m].value};
		*to = (struct live_config){.name = from->name,
					   .type = from->type,
					   .url = from->url ? from->url : type->default_url,
					   .environment = from->environment,
					   .service_label = from->service_label,
					   .kinds = source_kinds(from),
					   .every = from->every ? from->every : type->every,
					   .match = match,
					   .match_count = from->match_count};
		count++;
	}
	live_configure(live, sources, count);
	arena_free(arena);
	free(sources);
}

void feed_guard_secrets(const struct config *config)
{
	for (size_t i = 0; i < config->source_count; i++) {
		const struct config_auth *auth = &config->sources[i].auth;

		if (auth->kind == AUTH_TOOL || auth->secret.kind == SECRET_ENV)
			prctl(PR_SET_DUMPABLE, 0);
	}
}

int feed_open(struct feed *feed, struct cli *cli, bool once)
{
	const struct config *config = cli->config;
	struct courier_options options = {.config_path = cli->config_path,
					  .config_text = cli->config_text,
					  .config_len = cli->config_len,
					  .home = getenv("HOME"),
					  .once = once};
	struct err err = {0};
	char *cache;

	/* Sources tell what is now. */
	if (!config->source_count || cli->options.offline || cli->options.at) {
		feed_close(feed);
		return 0;
	}
	feed_guard_secrets(config);
	if (!feed->live)
		feed->live = live_new();
	configure(feed->live, config);
	cache = cache_dir();
	options.cache_dir = cache;
	feed->courier = courier_new(&options, &err);
	free(cache);
	if (feed->courier)
		return 0;
	cli_error(&err);
	err_clear(&err);
	feed_close(feed);
	return -1;
}

void feed_close_courier(struct feed *feed)
{
	courier_free(feed->courier);
	feed->courier = NULL;
}

void feed_close(struct feed *feed)
{
	feed_close_courier(feed);
	live_free(feed->live);
	feed->live = NULL;
}

bool feed_runs_commands(const struct config *config)
{
	for (size_t i = 0; i < config->source_count; i++) {
		const struct config_auth *auth = &config->sources[i].auth;

		if (auth->kind == AUTH_TOOL || auth->secret.kind == SECRET_COMMAND)
			return true;
	}
	return false;
}

bool feed_apply(struct live *live, const struct courier_event *event, int64_t now)
{
	uint64_t before = live_generation(live);

	if (event->kind == COURIER_REPORT)
		live_apply(live, event->report);
	else if (event->kind == COURIER_STATUS)
		live_apply_status(live, event->status);
	else if (event->kind == COURIER_LOST)
		live_lost(live, event->text ? event->text : "the courier ended", now);
	return live_generation(live) != before;
}

void feed_subjects(struct courier *courier, const struct fleet *fleet)
{
	struct arena *arena = arena_new();
	struct subject_list list = {0};

	subjects_of(fleet, arena, &list);
	courier_subjects(courier, &list);
	arena_free(arena);
}

static int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* "svctop: waiting for the secrets of prod, github": the names are the user's own. */
static void say_waiting(const struct config *config)
{
	struct buf names = {0}, clean = {0};

	for (size_t i = 0; i < config->source_count; i++) {
		const struct config_auth *auth = &config->sources[i].auth;

		if (auth->kind == AUTH_TOOL)
			buf_addf(&names, "%s%s (%s)", names.len ? ", " : "",
				 config->sources[i].name, auth->name);
		else if (auth->secret.kind == SECRET_COMMAND)
			buf_addf(&names, "%s%s (%s)", names.len ? ", " : "",
				 config->sources[i].name, auth->secret.words[0]);
	}
	text_sanitise(&clean, buf_str(&names), names.len, 0);
	fprintf(stderr, "svctop: waiting for the secrets of %s\n", buf_str(&clean));
	buf_free(&names);
	buf_free(&clean);
}

/* Takes what came; true when the secrets are there or known to be missing. */
static bool take_until_ready(struct feed *feed)
{
	struct courier_event event;
	bool ready = false;

	while (!ready && courier_next(feed->courier, &event)) {
		feed_apply(feed->live, &event, (int64_t)time(NULL));
		ready = event.kind == COURIER_READY || event.kind == COURIER_LOST;
		if (ready && event.text) {
			struct err err = {0};

			err_set(&err, NULL, NULL, "%s", event.text);
			cli_error(&err);
			err_clear(&err);
		}
	}
	return ready;
}

bool feed_wait_ready(struct feed *feed, struct cli *cli, int *signal)
{
	struct err err = {0};
	struct loop *loop = loop_new(-1, &err);
	int64_t end = clock_ms() + READY_MS;
	struct subject_list none = {0};

	err_clear(&err);
	*signal = 0;
	if (!loop)
		return true;
	if (!cli->options.quiet)
		say_waiting(cli->config);
	courier_subjects(feed->courier, &none);
	courier_service(feed->courier);
	while (!*signal && !take_until_ready(feed) && clock_ms() < end) {
		struct pollfd fds[MAX_FDS];
		int timeout = -1, left = (int)(end - clock_ms());
		size_t count = courier_pollfds(feed->courier, fds, MAX_FDS, &timeout);

		if (timeout < 0 || timeout > left)
			timeout = left > 0 ? left : 0;
		if (loop_wait(loop, fds, count, timeout) & LOOP_END)
			*signal = loop_signal(loop);
		courier_service(feed->courier);
	}
	loop_free(loop);
	return !*signal;
}
