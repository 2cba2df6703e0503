#include "tui/collector.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "tui/collector_internal.h"

enum {
	SCANNER_FDS = 64,
	COURIER_FDS = 16,
	LOOKS_A_WALK = 10,
	TICK = 60,	  /* seconds, at most */
	SETTLE_MS = 1000, /* while a scan goes on */
	WRITE_MS = 20,
	LOAD_MS = 50,
	PAST_MS = 100,
	FOLLOW_MS = 5000, /* where nothing can be watched */
};

int64_t collector_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void collector_problem(struct collector *in, const char *where, const char *what, const char *fix)
{
	struct err err = {0};
	char *line;

	err_set(&err, where, fix, "%s", what);
	line = err_line(&err);
	in->problem_count++;
	if (!strmap_get(in->problems, line)) {
		char *kept = arena_strdup(in->problem_arena, line);

		strmap_put(in->problems, kept, kept);
		if (!in->problems_before || !strmap_get(in->problems_before, line))
			journal_err(&in->journal, &err);
	}
	free(line);
	err_clear(&err);
}

/* ---- what a reload builds anew ---- */

static struct scanner_pool *open_pool(const struct cli *cli, struct err *err)
{
	const struct scanner_options options = {
	    .roots = cli->roots,
	    .root_count = cli->root_count,
	    .exclude = cli->config->exclude,
	    .exclude_count = cli->config->exclude_count,
	    .checklist = cli->checklist->text,
	    .checklist_len = cli->checklist->text_len,
	    .checklist_path = cli->checklist->path,
	    .now = (int64_t)time(NULL),
	    .jobs = cli->options.jobs ? cli->options.jobs : cli->config->jobs,
	    /* As the dashboard, which takes up what is kept here. */
	    .dependencies = DEPENDENCIES_DIRECT,
	};

	return scanner_pool_new(&options, err);
}

static bool same_path(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* What is watched already stays so: it may have changed since it was read. */
static void watch_files(struct collector *in, const struct cli *cli)
{
	char *checklist = cli_checklist_path(cli);

	if (!same_path(in->watched[0].path, cli->config_path))
		file_watch(&in->watched[0], cli->config_path);
	if (!same_path(in->watched[1].path, checklist))
		file_watch(&in->watched[1], checklist);
	free(checklist);
}

static bool files_changed(struct collector *in)
{
	bool changed = false;

	for (size_t i = 0; i < ARRAY_LEN(in->watched); i++)
		changed |= file_changed(&in->watched[i]);
	return changed;
}

static int load_files(struct collector *in, struct cli *cli)
{
	if (cli_load_config(cli) < 0)
		return -1;
	watch_files(in, cli);
	return cli_load_checklist(cli) < 0 || cli_load_roots(cli, 0) < 0 ? -1 : 0;
}

static void tell_keeper(struct collector *in)
{
	struct store_writer writer = {0};
	const struct err *problem = keeper_problem(in->keeper);
	struct store *store = keeper_store(in->keeper);

	if (keeper_notice(in->keeper)) {
		journal_say(&in->journal, JOURNAL_PROBLEM, "%s", keeper_notice(in->keeper));
		keeper_heard(in->keeper);
	}
	if (problem && problem->what && !in->keeper_failed) {
		journal_err(&in->journal, problem);
		in->counts.write_failures += store != NULL;
	} else if (!problem && in->keeper_failed) {
		journal_say(&in->journal, JOURNAL_CHANGE, "the store can be written again");
	}
	in->keeper_failed = problem && problem->what;
	if (store)
		store_writer(store, &writer);
	in->waiting = store && !writer.self && writer.pid && !keeper_follows(in->keeper);
	if (keeper_follows(in->keeper) && !in->following)
		journal_say(&in->journal, JOURNAL_CHANGE,
			    "process %lld (%s) refreshes this store; waiting until it ends",
			    (long long)writer.pid, writer.command ? writer.command : "svctop");
	in->following = keeper_follows(in->keeper);
}

/* 0 or an exit code. */
static int open_all(struct collector *in)
{
	struct cli *cli = in->cli;
	const struct keeper_options options = {.cli = cli,
					       .access = STORE_WRITE,
					       .now = (int64_t)time(NULL),
					       .changed = collector_changed,
					       .ctx = in};
	struct err err = {0};

	in->pool = open_pool(cli, &err);
	if (!in->pool) {
		cli_error(&err);
		err_clear(&err);
		return EXIT_USAGE;
	}
	in->fleet = fleet_new(cli->checklist);
	in->keeper = keeper_new(&options);
	in->recalled = keeper_recall(in->keeper, in->fleet) > 0;
	in->keeper_failed = in->following = false;
	tell_keeper(in);
	in->unsettled = true;
	return collector_open_sources(in) < 0 ? EXIT_USAGE : EXIT_OK;
}

static void close_all(struct collector *in)
{
	collector_tell_arrival(in);
	keeper_free(in->keeper);
	scanner_pool_free(in->pool);
	feed_close_courier(&in->feed);
	if (in->fleet)
		fleet_set_live(in->fleet, NULL);
	fleet_free(in->fleet);
	gone_free(in->gone);
	in->keeper = NULL;
	in->pool = NULL;
	in->fleet = NULL;
	in->gone = NULL;
	in->refreshing = false;
}

static void say_status(struct collector *in)
{
	const struct fleet_summary *summary = fleet_summary(in->fleet);
	char *sick = collector_sick(in);

	supervisor_say(&in->supervisor, "STATUS=%zu services, %zu gaps%s%s%s", summary->services,
		       summary->gaps, in->following ? ", following another process" : "",
		       sick ? "; " : "", sick ? sick : "");
	free(sick);
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static void say_first(const struct collector *in)
{
	const struct fleet_summary *summary = fleet_summary(in->fleet);

	journal_say(&in->journal, JOURNAL_CHANGE,
		    "%zu service%s in %zu checkout%s, %zu gap%s; refreshed in %.1f s",
		    summary->services, plural(summary->services), summary->checkouts,
		    plural(summary->checkouts), summary->gaps, plural(summary->gaps),
		    in->refresh_seconds);
}

static void settle(struct collector *in)
{
	int64_t now = (int64_t)time(NULL);
	bool first = !in->refreshed && in->refreshed_at;

	fleet_settle(in->fleet, now);
	keeper_settled(in->keeper, now);
	collector_tell_arrival(in);
	in->unsettled = false;
	in->settled_ms = collector_clock_ms();
	if (first) {
		in->refreshed = true;
		say_first(in);
	}
	say_status(in);
}

/* All that is kept is read before the roots are looked at, so that little is scanned. */
static void start_refreshing(struct collector *in)
{
	while (!keeper_load(in->keeper, in->pool, LOAD_MS)) {
		supervisor_ping(&in->supervisor, collector_clock_ms());
		if (loop_wait(in->loop, NULL, 0, 0) & LOOP_END)
			in->signal = loop_signal(in->loop);
		if (in->signal)
			return;
	}
	/* What was there the last time can be missed only once it is there. */
	settle(in);
	if (in->following)
		keeper_whole(in->keeper);
	else
		collector_begin(in, true);
}

static void take_over(struct cli *cli, const struct cli *fresh)
{
	cli_forget_files(cli);
	cli->config = fresh->config;
	cli->config_dir = fresh->config_dir;
	cli->config_path = fresh->config_path;
	cli->config_text = fresh->config_text;
	cli->config_len = fresh->config_len;
	cli->checklist = fresh->checklist;
	cli->roots = fresh->roots;
	cli->root_count = fresh->root_count;
}

/* Where the files are wrong, it goes on as it was. */
static int reload(struct collector *in)
{
	struct cli fresh = {.program = in->cli->program, .options = in->cli->options};
	int code;

	files_changed(in); /* what did until now is read now */
	if (load_files(in, &fresh) < 0) {
		cli_forget_files(&fresh);
		journal_say(&in->journal, JOURNAL_PROBLEM, "goes on with what was read before");
		return EXIT_OK;
	}
	journal_say(&in->journal, JOURNAL_CHANGE, "configuration and checklist are read anew");
	supervisor_say(&in->supervisor, "RELOADING=1\nMONOTONIC_USEC=%lld",
		       (long long)collector_clock_ms() * 1000);
	close_all(in);
	take_over(in->cli, &fresh);
	code = open_all(in);
	if (!code) {
		start_refreshing(in);
		supervisor_say(&in->supervisor, "READY=1");
	}
	return code;
}

/* ---- the loop ---- */

static void lower(int *timeout, int64_t ms)
{
	int capped = ms < 0 ? 0 : ms > INT_MAX ? INT_MAX : (int)ms;

	if (*timeout < 0 || *timeout > capped)
		*timeout = capped;
}

struct waiting {
	struct pollfd fds[SCANNER_FDS + COURIER_FDS + HTTP_SERVER_FDS + 1];
	size_t count, served_at, served; /* where the server's are */
};

static int timeout_of(struct collector *in, int64_t now_ms)
{
	int timeout = -1, ping = supervisor_ping(&in->supervisor, now_ms);

	if (ping >= 0)
		lower(&timeout, ping);
	if (keeper_timeout(in->keeper) >= 0)
		lower(&timeout, keeper_timeout(in->keeper));
	if (in->following && keeper_fd(in->keeper) < 0)
		lower(&timeout, FOLLOW_MS);
	if (in->unsettled)
		lower(&timeout, in->settled_ms + SETTLE_MS - now_ms);
	if (!in->options->once)
		lower(&timeout, in->tick_ms - now_ms);
	else if (in->asked)
		lower(&timeout, SETTLE_MS);
	return timeout;
}

static void add_fds(struct collector *in, struct waiting *at, int64_t now_ms, int *timeout)
{
	int other = -1;

	at->count = scanner_pollfds(in->pool, at->fds, SCANNER_FDS, &other);
	if (other >= 0)
		lower(timeout, other);
	if (in->feed.courier) {
		other = -1;
		at->count +=
		    courier_pollfds(in->feed.courier, at->fds + at->count, COURIER_FDS, &other);
		if (other >= 0)
			lower(timeout, other);
	}
	if (keeper_fd(in->keeper) >= 0)
		at->fds[at->count++] =
		    (struct pollfd){.fd = keeper_fd(in->keeper), .events = POLLIN};
	at->served_at = at->count;
	if (in->server)
		at->count += http_server_pollfds(in->server, now_ms, at->fds + at->count, timeout);
	at->served = at->count - at->served_at;
}

/* Waits for anything, and lets everybody read and write. */
static void wait_once(struct collector *in)
{
	struct waiting at;
	int64_t now_ms = collector_clock_ms();
	int timeout = timeout_of(in, now_ms);

	add_fds(in, &at, now_ms, &timeout);
	if (loop_wait(in->loop, at.fds, at.count, timeout) & LOOP_END)
		in->signal = loop_signal(in->loop);
	scanner_service(in->pool);
	if (in->feed.courier)
		courier_service(in->feed.courier);
	if (in->server)
		http_server_service(in->server, collector_clock_ms(), at.fds + at.served_at,
				    at.served);
}

/* Takes in what came. */
static void take_all(struct collector *in)
{
	collector_take_scans(in);
	collector_take_answers(in);
	in->unsettled |= keeper_follow(in->keeper);
	/* While many are scanned, all at a time. */
	if (in->unsettled &&
	    (!in->refreshing || collector_clock_ms() - in->settled_ms >= SETTLE_MS))
		settle(in);
	if (!in->refreshing)
		collector_send_subjects(in);
	keeper_write(in->keeper, WRITE_MS);
	tell_keeper(in);
}

/* Once a minute, or as often as is looked: everybody who does something now and then. */
static void tick(struct collector *in, int64_t now_ms)
{
	int64_t seconds = in->options->every < TICK ? in->options->every : TICK;
	bool ours = keeper_tick(in->keeper, (int64_t)time(NULL));
	bool walk = ours || in->looks + 1 >= LOOKS_A_WALK || !in->refreshed || in->failed;

	in->tick_ms = now_ms + seconds * 1000;
	tell_keeper(in);
	in->unsettled = true; /* dates go by */
	if (!in->following && !in->refreshing && (ours || now_ms >= in->next_ms))
		collector_begin(in, walk);
}

static int run(struct collector *in)
{
	int code = EXIT_OK;

	while (!code) {
		bool changed = false;

		wait_once(in);
		if (in->signal && in->signal != SIGHUP)
			break;
		take_all(in);
		if (collector_clock_ms() >= in->tick_ms) {
			changed = files_changed(in);
			tick(in, collector_clock_ms());
		}
		if (changed || in->signal == SIGHUP) {
			in->signal = 0;
			code = reload(in);
		}
	}
	return in->signal ? EXIT_SIGNAL + in->signal : code;
}

/* ---- once ---- */

/* Git's history, where it is a day old: a child of the keeper's; and what is learnt from it. */
static void work_past(struct collector *in)
{
	keeper_tick(in->keeper, (int64_t)time(NULL));
	while (!in->signal && keeper_works_past(in->keeper)) {
		if (loop_wait(in->loop, NULL, 0, PAST_MS) & LOOP_END)
			in->signal = loop_signal(in->loop);
		keeper_tick(in->keeper, (int64_t)time(NULL));
	}
	while (!in->signal && keeper_follow(in->keeper))
		in->unsettled = true;
	if (in->unsettled)
		settle(in);
	while (!keeper_write(in->keeper, LOAD_MS))
		;
}

/* Also those that were so the last time, and are not read again before they change. */
static void note_unreadable(struct collector *in)
{
	for (size_t i = 0; i < fleet_checkout_count(in->fleet); i++)
		if (fleet_checkout_at(in->fleet, i))
			collector_note_checkout(in, fleet_checkout_at(in->fleet, i));
}

static int run_once(struct collector *in)
{
	if (in->following) {
		journal_say(&in->journal, JOURNAL_MORE, "nothing to do: it is fresh");
		return EXIT_OK;
	}
	while (!in->signal && (in->refreshing || in->unsettled || !collector_sources_done(in))) {
		wait_once(in);
		take_all(in);
	}
	if (in->signal)
		return EXIT_SIGNAL + in->signal;
	while (!keeper_write(in->keeper, LOAD_MS))
		;
	tell_keeper(in);
	note_unreadable(in);
	work_past(in);
	if (in->signal)
		return EXIT_SIGNAL + in->signal;
	return in->problem_count || in->keeper_failed || in->waiting ? EXIT_INCOMPLETE : EXIT_OK;
}

/* ---- */

static int serve(struct collector *in)
{
	const struct http_server_options options = {.answer = collector_answer, .ctx = in};
	struct http_listeners listeners;
	struct err err = {0};

	if (!in->options->listen)
		return EXIT_OK;
	if (http_listen(in->options->listen, &listeners, &err) < 0) {
		cli_error(&err);
		err_clear(&err);
		return EXIT_USAGE;
	}
	if (listeners.path)
		journal_say(&in->journal, JOURNAL_CHANGE, "listening at %s", listeners.path);
	else
		journal_say(&in->journal, JOURNAL_CHANGE, "listening at %s, port %u",
			    in->options->listen, listeners.port);
	in->server = http_server_new(&listeners, &options);
	return EXIT_OK;
}

/* Without a store there is nothing to collect into; who scrapes has use for it nevertheless. */
static int need_store(struct collector *in)
{
	const struct err *problem = keeper_problem(in->keeper);

	if (!problem)
		return EXIT_OK;
	if (!problem->what)
		journal_say(&in->journal, JOURNAL_PROBLEM, "--store none: nothing is kept");
	if (in->options->listen)
		return EXIT_OK;
	cli_errorf(NULL, "name another place with --store FILE, or serve metrics with --listen",
		   "without a store there is nothing to collect into");
	return EXIT_INCOMPLETE;
}

static int start(struct collector *in)
{
	struct err err = {0};
	int code = load_files(in, in->cli) < 0 ? EXIT_USAGE : open_all(in);

	if (!code)
		code = need_store(in);
	if (!code)
		code = serve(in);
	if (code)
		return code;
	in->loop = loop_new(-1, &err);
	if (!in->loop) {
		cli_error(&err);
		err_clear(&err);
		return EXIT_INCOMPLETE;
	}
	supervisor_say(&in->supervisor, "READY=1");
	start_refreshing(in);
	return in->options->once ? run_once(in) : run(in);
}

static void free_problems(struct collector *in)
{
	strmap_free(in->problems);
	strmap_free(in->problems_before);
	arena_free(in->problem_arena);
	arena_free(in->problem_arena_before);
}

int collector_run(struct cli *cli, const struct collector_options *options)
{
	struct collector in = {.cli = cli,
			       .options = options,
			       .started = (int64_t)time(NULL),
			       .problems = strmap_new(),
			       .problem_arena = arena_new()};
	bool quiet = cli->options.quiet || (options->once && !cli->options.verbose);
	int code;

	journal_open(&in.journal,
		     quiet		    ? JOURNAL_PROBLEM
		     : cli->options.verbose ? JOURNAL_MORE
					    : JOURNAL_CHANGE,
		     options->once);
	supervisor_open(&in.supervisor);
	code = start(&in);
	supervisor_say(&in.supervisor, "STOPPING=1");
	if (in.loop && !options->once)
		journal_say(&in.journal, JOURNAL_CHANGE, "ends");
	http_server_free(in.server);
	close_all(&in);
	collector_free_sources(&in);
	loop_free(in.loop);
	supervisor_close(&in.supervisor);
	for (size_t i = 0; i < ARRAY_LEN(in.watched); i++)
		file_watch_free(&in.watched[i]);
	free_problems(&in);
	free(in.cause);
	return code;
}
