#include "tui/collect_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/loop.h"

#define MAX_FDS	       64
#define PROGRESS_MS    100
#define SHOWN_NAMES    5
#define PROGRESS_CELLS 78

static int open_with(struct collection *in, struct cli *cli, size_t words,
		     struct scanner_options options)
{
	struct err err = {0};

	*in = (struct collection){.cli = cli, .now = (int64_t)time(NULL)};
	if (cli_load_config(cli) < 0 || cli_load_at(cli, in->now) < 0 ||
	    cli_load_checklist(cli) < 0 || cli_load_roots(cli, words) < 0)
		return -1;
	if (cli->at)
		in->now = cli->at;
	options.rev = cli->at_rev ? cli->at_rev : cli->options.rev;
	options.at = cli->at;
	options.at_rev = cli->at_rev != NULL;
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
	if (cli->options.at)
		fleet_set_past(in->fleet, NULL, NULL);
	return 0;
}

int collection_open(struct collection *in, struct cli *cli, size_t words,
		    enum dependency_detail dependencies)
{
	return open_with(in, cli, words, (struct scanner_options){.dependencies = dependencies});
}

int collection_open_to_find(struct collection *in, struct cli *cli, size_t words)
{
	return open_with(in, cli, words, (struct scanner_options){.find_only = true});
}

void collection_close(struct collection *in)
{
	scanner_pool_free(in->pool);
	loop_free(in->loop);
	fleet_free(in->fleet);
	record_free(in->record);
	collect_then_free(in->then);
	feed_close(&in->feed);
}

void collect_clear_progress(struct collection *in)
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

void collect_tell(struct collection *in, const char *line)
{
	struct buf clean = {0}, clipped = {0};

	if (!in->cli->err_tty)
		return;
	text_sanitise(&clean, line, strlen(line), 0);
	text_clip(&clipped, buf_str(&clean), PROGRESS_CELLS, 0);
	fprintf(stderr, "\r%s\033[K", buf_str(&clipped));
	in->progress = true;
	buf_free(&clean);
	buf_free(&clipped);
}

void collect_progress(struct collection *in)
{
	struct buf line = {0};

	if (in->asking)
		collect_waiting(in, &line);
	else
		add_scanning(in, &line);
	collect_tell(in, buf_str(&line));
	buf_free(&line);
}

/* The answer is incomplete without it. */
void collect_error(struct collection *in, struct err *err)
{
	collect_clear_progress(in);
	cli_error(err);
	cli_note(in->cli, err);
	in->problems++;
}

static void note_checkout(struct collection *in, const struct checkout *checkout)
{
	struct err err = {0};

	if (checkout->state == CHECKOUT_OK)
		return;
	collect_clear_progress(in);
	err_set(&err, checkout->path, checkout->fix, "%s",
		checkout->problem ? checkout->problem : "could not be read");
	if (checkout->state != CHECKOUT_EMPTY) {
		collect_error(in, &err);
		return;
	}
	if (!in->cli->options.quiet)
		cli_error(&err);
	err_clear(&err);
}

void collect_problem(struct collection *in, const struct scanner_event *event)
{
	struct err err = {0};

	err_set(&err, event->path, NULL, "%s", event->text ? event->text : "could not be read");
	collect_error(in, &err);
}

/* Waits for the pool once; false when a signal asks to end. */
bool collect_wait(struct collection *in)
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

int collect_nothing_found(struct collection *in)
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
bool collect_start_waiting(struct collection *in)
{
	struct err err = {0};

	in->loop = loop_new(-1, &err);
	if (in->loop)
		return true;
	cli_error(&err);
	err_clear(&err);
	return false;
}

void collect_stop_waiting(struct collection *in)
{
	collect_clear_progress(in);
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
			collect_problem(in, &event);
		} else if (event.kind == SCANNER_ABSENT) {
			in->absent++;
		}
		idle |= event.kind == SCANNER_IDLE;
	}
	return idle;
}

/* What --at leaves out; an error where it leaves nothing. */
static void say_absent(const struct collection *in)
{
	const struct cli *cli = in->cli;
	bool none = !fleet_checkout_count(in->fleet);
	const char *many = in->absent == 1 ? "" : "s";
	struct buf then = {0};

	cli_at_text(cli->at, &then);
	if (none && cli->at_rev)
		cli_errorf(NULL, "a date is written as 2026-05-01 or 2w",
			   "no checkout has a branch, tag or commit %s", cli->at_rev);
	else if (none)
		cli_errorf(NULL, NULL, "no checkout existed at %s", buf_str(&then));
	else if (!cli->options.quiet && cli->at_rev)
		cli_errorf(NULL, NULL, "%zu checkout%s left out: no branch, tag or commit %s there",
			   in->absent, many, cli->at_rev);
	else if (!cli->options.quiet)
		cli_errorf(NULL, NULL, "%zu checkout%s did not exist at %s", in->absent, many,
			   buf_str(&then));
	buf_free(&then);
}

/* A fleet of the past gets its ages from the store's intervals of then. */
static void settle(struct collection *in)
{
	if (!in->cli->options.at) {
		collect_ages(in);
		fleet_settle(in->fleet, in->now);
		return;
	}
	in->record = record_new(in->cli->checklist, NULL, NULL);
	if (in->cli->at_rev) {
		fleet_settle(in->fleet, in->now);
		in->now = fleet_newest_commit(in->fleet);
	}
	collect_then(in, in->record, in->now);
	fleet_hold_record(in->fleet, true);
	fleet_set_record(in->fleet, in->record);
	fleet_settle(in->fleet, in->now);
}

int collection_scan(struct collection *in)
{
	bool going = true;

	if (!collect_start_waiting(in))
		return EXIT_INCOMPLETE;
	scanner_discover(in->pool);
	scanner_service(in->pool);
	if (in->feed.courier)
		collect_start_asking(in);
	while (going && !take_events(in)) {
		if (in->feed.courier)
			collect_answers(in);
		going = collect_wait(in);
		collect_progress(in);
	}
	if (going && in->feed.courier)
		collect_sources(in);
	collect_stop_waiting(in);
	if (in->signal)
		return EXIT_SIGNAL + in->signal;
	settle(in);
	if (in->absent)
		say_absent(in);
	if (!fleet_checkout_count(in->fleet) && in->absent)
		return EXIT_USAGE;
	if (!fleet_checkout_count(in->fleet) && !in->problems && !in->may_be_empty)
		return collect_nothing_found(in);
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
	return collection_service_of(in->fleet, name);
}

const struct service *collection_service_of(const struct fleet *fleet, const char *name)
{
	int32_t index = fleet_find(fleet, name);
	char *fix;

	if (index >= 0)
		return fleet_at(fleet, (size_t)index);
	fix = similar_names(fleet, name);
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

	if (!collect_start_waiting(in))
		return false;
	scanner_service(in->pool);
	do {
		while (!found && scanner_next(in->pool, event))
			found = is_answer(event, request);
	} while (!found && collect_wait(in));
	collect_stop_waiting(in);
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
