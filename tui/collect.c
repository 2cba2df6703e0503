#include "tui/collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/loop.h"

#define MAX_FDS		64
#define PROGRESS_MS	100
#define SHOWN_NAMES	5
#define PROGRESS_CELLS	78
#define MAX_LOST	1  /* how often the courier may end and be started again */
#define SILENCE_SECONDS 60 /* so long nothing may be heard of any source */

int collection_open(struct collection *in, struct cli *cli, size_t words,
		    enum dependency_detail dependencies)
{
	struct scanner_options options = {.rev = cli->options.rev, .dependencies = dependencies};
	struct err err = {0};

	*in = (struct collection){.cli = cli, .now = (int64_t)time(NULL)};
	if (cli_load_config(cli) < 0 || cli_load_checklist(cli) < 0 ||
	    cli_load_roots(cli, words) < 0)
		return -1;
	options.roots = cli->roots;
	options.root_count = cli->root_count;
	options.exclude = cli->config->exclude;
	options.exclude_count = cli->config->exclude_count;
	options.checklist = cli->checklist->text;
	options.checklist_len = cli->checklist->text_len;
	options.checklist_path = cli->checklist->path;
	options.now = in->now;
	options.jobs = cli->options.jobs ? cli->options.jobs : cli->config->jobs;
	in->pool = scanner_pool_new(&options, &err);
	if (!in->pool) {
		cli_error(&err);
		err_clear(&err);
		return -1;
	}
	in->fleet = fleet_new(cli->checklist);
	return 0;
}

int collection_ask(struct collection *in)
{
	if (feed_open(&in->feed, in->cli, true) < 0)
		return -1;
	if (in->feed.live)
		fleet_set_live(in->fleet, in->feed.live);
	return 0;
}

void collection_close(struct collection *in)
{
	scanner_pool_free(in->pool);
	loop_free(in->loop);
	fleet_free(in->fleet);
	feed_close(&in->feed);
}

static void clear_progress(struct collection *in)
{
	if (in->progress)
		fputs("\r\033[K", stderr);
	in->progress = false;
}

static void add_scanning(const struct collection *in, struct buf *line)
{
	struct scanner_progress progress = scanner_progress(in->pool);

	buf_addf(line, "svctop: %zu of %zu%s checkouts read", progress.done, progress.found,
		 progress.discovering ? "+" : "");
	if (progress.slow)
		buf_addf(line, ", %s takes %us", progress.slow, progress.slow_seconds);
}

static void add_waiting(const struct collection *in, struct buf *line)
{
	const struct live *live = in->feed.live;
	size_t named = 0;

	buf_adds(line, "svctop: waiting for ");
	for (size_t i = 0; i < live_count(live); i++) {
		const struct live_source *source = live_at(live, i);

		if (!source->answered)
			buf_addf(line, "%s%s", named++ ? ", " : "", source->name);
	}
	if (!named)
		buf_adds(line, "sources");
}

static void show_progress(struct collection *in)
{
	struct buf line = {0}, clean = {0}, clipped = {0};

	if (!in->cli->err_tty)
		return;
	if (in->asking)
		add_waiting(in, &line);
	else
		add_scanning(in, &line);
	text_sanitise(&clean, buf_str(&line), line.len, 0);
	text_clip(&clipped, buf_str(&clean), PROGRESS_CELLS, 0);
	fprintf(stderr, "\r%s\033[K", buf_str(&clipped));
	in->progress = true;
	buf_free(&line);
	buf_free(&clean);
	buf_free(&clipped);
}

/* The answer is incomplete without it. */
static void take_error(struct collection *in, struct err *err)
{
	clear_progress(in);
	cli_error(err);
	cli_note(in->cli, err);
	in->problems++;
}

static void note_checkout(struct collection *in, const struct checkout *checkout)
{
	struct err err = {0};

	if (checkout->state == CHECKOUT_OK)
		return;
	clear_progress(in);
	err_set(&err, checkout->path, checkout->fix, "%s",
		checkout->problem ? checkout->problem : "could not be read");
	if (checkout->state != CHECKOUT_EMPTY) {
		take_error(in, &err);
		return;
	}
	if (!in->cli->options.quiet)
		cli_error(&err);
	err_clear(&err);
}

static void take_problem(struct collection *in, const struct scanner_event *event)
{
	struct err err = {0};

	err_set(&err, event->path, NULL, "%s", event->text ? event->text : "could not be read");
	take_error(in, &err);
}

/* Waits for the pool once; false when a signal asks to end. */
static bool wait_once(struct collection *in)
{
	struct pollfd fds[MAX_FDS];
	int timeout = -1, other = -1;
	size_t count = scanner_pollfds(in->pool, fds, MAX_FDS, &timeout);

	if (in->feed.courier)
		count += courier_pollfds(in->feed.courier, fds + count, MAX_FDS - count, &other);
	if (other >= 0 && (timeout < 0 || timeout > other))
		timeout = other;
	if (in->asking && (timeout < 0 || timeout > 1000))
		timeout = 1000;
	if (in->cli->err_tty && (timeout < 0 || timeout > PROGRESS_MS))
		timeout = PROGRESS_MS;
	if (loop_wait(in->loop, fds, count, timeout) & LOOP_END)
		in->signal = loop_signal(in->loop);
	scanner_service(in->pool);
	if (in->feed.courier)
		courier_service(in->feed.courier);
	return !in->signal;
}

static int nothing_found(struct collection *in)
{
	struct buf where = {0};

	for (size_t i = 0; i < in->cli->root_count; i++)
		buf_addf(&where, "%s%s", i ? ", " : "", in->cli->roots[i]);
	cli_errorf(buf_str(&where),
		   "name a folder that holds git repositories, or try `svctop demo`",
		   "no checkout found");
	buf_free(&where);
	return EXIT_USAGE;
}

/*
 * Signals are ours only while we wait, so that Ctrl-C does what it always does when the output goes
 * to a pager that nobody reads on.
 */
static bool start_waiting(struct collection *in)
{
	struct err err = {0};

	in->loop = loop_new(-1, &err);
	if (in->loop)
		return true;
	cli_error(&err);
	err_clear(&err);
	return false;
}

static void stop_waiting(struct collection *in)
{
	clear_progress(in);
	loop_free(in->loop);
	in->loop = NULL;
}

/* Takes in what has arrived; true when all is scanned. */
static bool take_events(struct collection *in)
{
	struct scanner_event event;
	bool idle = false;

	while (scanner_next(in->pool, &event)) {
		if (event.kind == SCANNER_CHECKOUT) {
			note_checkout(in, event.checkout);
			fleet_apply(in->fleet, event.checkout);
		} else if (event.kind == SCANNER_PROBLEM) {
			take_problem(in, &event);
		}
		idle |= event.kind == SCANNER_IDLE;
	}
	return idle;
}

/* Takes in what sources said; true when all have answered, or the courier is lost for good. */
static bool take_answers(struct collection *in)
{
	struct courier_event event;

	while (courier_next(in->feed.courier, &event)) {
		feed_apply(in->feed.live, &event, in->now);
		in->heard = time(NULL);
		if (event.kind == COURIER_READY && event.text)
			cli_errorf(NULL, NULL, "%s", event.text);
		in->lost += event.kind == COURIER_LOST;
		in->answered = in->asking && event.kind == COURIER_IDLE;
	}
	return in->answered || in->lost > MAX_LOST || time(NULL) - in->heard > SILENCE_SECONDS;
}

/* What did not answer makes the whole incomplete. */
static void note_sources(struct collection *in)
{
	const struct config *config = in->cli->config;

	for (size_t i = 0; i < live_count(in->feed.live); i++) {
		const struct live_source *source = live_at(in->feed.live, i);
		const struct config_source *from = config->sources;
		struct err err = {0};
		char *where;

		/* Without topics there was nothing to ask about. */
		if (!source->failing_since && (source->answered || in->answered))
			continue;
		while (strcmp(from->name, source->name) != 0)
			from++;
		where = xasprintf("%s:%u", config->path,
				  (unsigned)(from->url_line ? from->url_line : from->line));
		if (source->failing > 1)
			err_set(&err, where, source->fix, "source %s: %s (%zu of %zu questions)",
				source->name, source->cause ? source->cause : "does not answer",
				source->failing, source->topic_count);
		else
			err_set(&err, where, source->fix, "source %s: %s", source->name,
				source->cause ? source->cause : "did not answer in time");
		take_error(in, &err);
		free(where);
	}
}

/* Secrets are got and what is no service's own is asked while the scan goes on. */
static void start_asking(struct collection *in)
{
	const struct subject_list none = {0};

	courier_subjects(in->feed.courier, &none);
	courier_service(in->feed.courier);
}

/* Of the fleet that was scanned: what is asked depends on which services there are. */
static void ask_sources(struct collection *in)
{
	bool going = true;

	fleet_settle(in->fleet, in->now);
	in->asking = true;
	in->heard = time(NULL);
	feed_subjects(in->feed.courier, in->fleet);
	courier_service(in->feed.courier);
	while (going && !take_answers(in)) {
		going = wait_once(in);
		show_progress(in);
	}
	in->asking = false;
	clear_progress(in);
	if (going)
		note_sources(in);
	feed_close_courier(&in->feed);
}

int collection_scan(struct collection *in)
{
	bool going = true;

	if (!start_waiting(in))
		return EXIT_INCOMPLETE;
	scanner_discover(in->pool);
	scanner_service(in->pool);
	if (in->feed.courier)
		start_asking(in);
	while (going && !take_events(in)) {
		if (in->feed.courier)
			take_answers(in);
		going = wait_once(in);
		show_progress(in);
	}
	if (going && in->feed.courier)
		ask_sources(in);
	stop_waiting(in);
	if (in->signal)
		return EXIT_SIGNAL + in->signal;
	fleet_settle(in->fleet, in->now);
	if (!fleet_checkout_count(in->fleet) && !in->problems)
		return nothing_found(in);
	return 0;
}

/* The names that were perhaps meant, for an error's `fix`. */
static char *similar_names(const struct fleet *fleet, const char *name)
{
	const char **names = xcalloc(fleet_count(fleet), sizeof(*names));
	struct buf fix = {0};
	const char *near;
	size_t shown = 0;

	for (size_t i = 0; i < fleet_count(fleet); i++) {
		const char *known = fleet_at(fleet, i)->name;

		names[i] = known;
		if (shown < SHOWN_NAMES && text_contains(known, name))
			buf_addf(&fix, "%s%s", shown++ ? ", " : "there are: ", known);
	}
	near = text_suggest(name, names, fleet_count(fleet));
	if (!shown && near)
		buf_addf(&fix, "did you mean %s?", near);
	else if (!shown)
		buf_adds(&fix, "`svctop services` lists them");
	free(names);
	return buf_detach(&fix);
}

const struct service *collection_service(struct collection *in, const char *name)
{
	int32_t index = fleet_find(in->fleet, name);
	char *fix;

	if (index >= 0)
		return fleet_at(in->fleet, (size_t)index);
	fix = similar_names(in->fleet, name);
	cli_errorf(NULL, fix, "there is no service \"%s\"", name);
	free(fix);
	return NULL;
}

static bool is_answer(const struct scanner_event *event, uint32_t request)
{
	if (event->kind == SCANNER_CHECKOUT)
		checkout_free(event->checkout);
	return (event->kind == SCANNER_BLOB || event->kind == SCANNER_LOG) &&
	       event->request == request;
}

/* Waits for the answer to a request; false when none comes. */
static bool await(struct collection *in, uint32_t request, struct scanner_event *event)
{
	bool found = false;

	if (!start_waiting(in))
		return false;
	scanner_service(in->pool);
	do {
		while (!found && scanner_next(in->pool, event))
			found = is_answer(event, request);
	} while (!found && wait_once(in));
	stop_waiting(in);
	return found;
}

char *collection_blob(struct collection *in, const char *checkout, const char *commit,
		      const char *path, size_t cap, size_t *len, struct err *err)
{
	struct scanner_event event;
	uint32_t request = scanner_blob(in->pool, checkout, commit, path, cap);

	if (!await(in, request, &event)) {
		err_set(err, path, NULL, "interrupted");
		return NULL;
	}
	if (!event.bytes) {
		err_set(err, path, NULL, "%s", event.text ? event.text : "could not be read");
		return NULL;
	}
	*len = event.len;
	return xmemdup0(event.bytes, event.len);
}

size_t collection_log(struct collection *in, const struct service *service, size_t max,
		      struct arena *arena, struct report_commit **commits)
{
	struct scanner_event event;
	const struct checkout *checkout = service->checkout;
	uint32_t request;

	*commits = NULL;
	if (!checkout->head)
		return 0;
	request = scanner_log(in->pool, checkout->path, checkout->head, service->subdir, max);
	if (!await(in, request, &event))
		return 0;
	*commits = arena_alloc(arena, event.commit_count * sizeof(**commits));
	for (size_t i = 0; i < event.commit_count; i++) {
		const struct scanner_commit *from = &event.commits[i];

		(*commits)[i] = (struct report_commit){arena_strdup(arena, from->hash), from->time,
						       arena_strdup(arena, from->author),
						       arena_strdup(arena, from->subject)};
	}
	return event.commit_count;
}

int collection_finish(struct collection *in)
{
	int code = cli_finish(in->cli);

	if (in->signal)
		return EXIT_SIGNAL + in->signal;
	if (code)
		return code;
	return in->problems ? EXIT_INCOMPLETE : EXIT_OK;
}
