#include "tui/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/fleet_recall.h"
#include "core/hash.h"
#include "core/mem.h"
#include "tui/file.h"
#include "tui/keeper_internal.h"

/* What checkout_encode() makes; another number, and what older versions kept is scanned anew. */
#define FACTS_FORMAT 1

int64_t keeper_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 * MS + now.tv_nsec;
}

char *keeper_scanned_with(const struct checklist *checklist)
{
	return xasprintf("%s facts %d, svctop %s", checklist->digest, FACTS_FORMAT, VERSION);
}

/* How we scan on the first line, then the roots: what a follower of ours may rely on. */
static char *covers_of(const struct cli *cli, const char *scanned_with)
{
	struct buf out = {0};
	uint64_t hash = HASH_START;

	for (size_t i = 0; i < cli->config->exclude_count; i++)
		hash = hash_text(hash, cli->config->exclude[i]);
	buf_addf(&out, "%s, without %016llx\n", scanned_with, (unsigned long long)hash);
	for (size_t i = 0; i < cli->root_count; i++)
		buf_addf(&out, "%s\n", cli->roots[i]);
	return buf_detach(&out);
}

/* Whether path is one of roots, a line each, or below one. */
static bool is_below(const char *roots, const char *path)
{
	for (const char *root = roots; *root; root += strcspn(root, "\n") + 1) {
		size_t len = strcspn(root, "\n");

		if (len && !strncmp(path, root, len) &&
		    (path[len] == '/' || !path[len] || root[len - 1] == '/'))
			return true;
		if (!root[len])
			break;
	}
	return false;
}

/* Whether who covers theirs scans all that we would, as we would. */
static bool covered(const struct keeper *keeper, const char *theirs)
{
	size_t first = strcspn(keeper->covers, "\n") + 1;

	if (!theirs || strncmp(theirs, keeper->covers, first) != 0)
		return false;
	for (size_t i = 0; i < keeper->cli->root_count; i++)
		if (!is_below(theirs + first, keeper->cli->roots[i]))
			return false;
	return true;
}

void keeper_say(struct keeper *keeper, const char *fmt, ...)
{
	va_list ap;

	buf_reset(&keeper->notice);
	va_start(ap, fmt);
	buf_vaddf(&keeper->notice, fmt, ap);
	va_end(ap);
}

static void make_folder(const char *url, struct err *err)
{
	const char *path = strncmp(url, "sqlite:", 7) ? url : url + 7, *slash = strrchr(path, '/');
	char *folder;

	if (!slash || slash == path)
		return;
	folder = xmemdup0(path, (size_t)(slash - path));
	if (file_make_folders(folder, 0700) < 0)
		err_set(err, folder, "make it, or name another place with --store",
			"the folder of the store cannot be made: %s", strerror(errno));
	free(folder);
}

/*
 * A file that was named by mistake is not to be taken for a damaged store, which is moved aside:
 * nobody ever opened it as one, and it is no database.
 */
static bool is_something_else(const char *url)
{
	static const char magic[] = "SQLite format 3";
	const char *path = strncmp(url, "sqlite:", 7) ? url : url + 7;
	char *lock = xasprintf("%s-lock", path), head[sizeof(magic)] = "";
	/* Not to wait for whoever writes into a pipe. */
	int fd = access(lock, F_OK) ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	ssize_t len = fd < 0 ? 0 : read(fd, head, sizeof(head));

	if (fd >= 0)
		close(fd);
	free(lock);
	return len > 0 && memcmp(head, magic, sizeof(magic)) != 0;
}

/* Who writes, if it is not us. */
static void look_at_writer(struct keeper *keeper)
{
	struct store_writer writer = {0};

	keeper->follows = keeper->foreign = false;
	store_writer(keeper->store, &writer);
	if (writer.self || !writer.pid)
		return;
	keeper->follows = covered(keeper, writer.covers);
	keeper->foreign = !keeper->follows;
	if (keeper->foreign)
		keeper_say(keeper,
			   "%s (process %lld) keeps %s for other folders or another checklist: "
			   "nothing of this run is kept (--store FILE for one of its own)",
			   writer.command ? writer.command : "another svctop",
			   (long long)writer.pid, store_path(keeper->store));
}

void keeper_open(struct keeper *keeper)
{
	struct store_options options = {.url = keeper->url,
					.access = keeper->access,
					.command = keeper->command,
					.version = VERSION,
					.covers = keeper->covers,
					.now = keeper->now,
					.roots = keeper->cli->roots,
					.root_count = keeper->cli->root_count};

	err_clear(&keeper->problem);
	if (keeper->access == STORE_WRITE)
		make_folder(keeper->url, &keeper->problem);
	if (!keeper->problem.what && keeper->access == STORE_WRITE &&
	    is_something_else(keeper->url))
		err_set(&keeper->problem, keeper->url, "name another file with --store",
			"this file is no store of svctop's, and is left as it is");
	if (keeper->problem.what)
		return;
	keeper->store = store_open(&options, &keeper->problem);
	if (!keeper->store)
		return;
	if (store_notice(keeper->store))
		keeper_say(keeper, "%s", store_notice(keeper->store));
	look_at_writer(keeper);
	if (keeper->follows)
		keeper_watch(keeper);
}

void keeper_close(struct keeper *keeper)
{
	keeper_unwatch(keeper);
	if (keeper->walk)
		store_walk_end(keeper->walk, NULL);
	keeper->walk = NULL;
	store_close(keeper->store);
	keeper->store = NULL;
}

struct keeper *keeper_new(const struct keeper_options *options)
{
	struct keeper *keeper = xcalloc(1, sizeof(*keeper));
	struct cli *cli = options->cli;

	keeper->cli = cli;
	keeper->access = options->access;
	keeper->changed = options->changed;
	keeper->ctx = options->ctx;
	keeper->now = options->now;
	keeper->watch = -1;
	keeper->command = xasprintf("svctop%s%s", cli->options.command ? " " : "",
				    cli->options.command ? cli->options.command : "");
	keeper->scanned_with = keeper_scanned_with(cli->checklist);
	keeper->covers = covers_of(cli, keeper->scanned_with);
	keeper->services = strmap_new();
	keeper->loaded = strmap_new();
	keeper->loaded_arena = arena_new();
	keeper->change_arena = arena_new();
	keeper->record = record_new(cli->checklist, keeper_note_change, keeper);
	record_on_rename(keeper->record, keeper_note_rename);
	keeper->url = cli_store(cli, &keeper->problem);
	if (keeper->url)
		keeper_open(keeper);
	else
		keeper->none = !keeper->problem.what;
	return keeper;
}

void keeper_free(struct keeper *keeper)
{
	if (!keeper)
		return;
	keeper_history_end(keeper);
	keeper_write_rest(keeper);
	keeper_close(keeper);
	if (keeper->fleet)
		fleet_set_record(keeper->fleet, NULL);
	keeper_load_free(keeper);
	keeper_queue_free(keeper);
	record_free(keeper->record);
	err_clear(&keeper->problem);
	buf_free(&keeper->notice);
	free(keeper->url);
	free(keeper->command);
	free(keeper->scanned_with);
	free(keeper->covers);
	free(keeper);
}

const struct err *keeper_problem(const struct keeper *keeper)
{
	return keeper->none || keeper->problem.what ? &keeper->problem : NULL;
}

const char *keeper_notice(const struct keeper *keeper)
{
	return keeper->notice.len ? buf_str(&keeper->notice) : NULL;
}

void keeper_heard(struct keeper *keeper)
{
	buf_reset(&keeper->notice);
}

struct store *keeper_store(struct keeper *keeper)
{
	return keeper->store;
}

struct record *keeper_record(struct keeper *keeper)
{
	return keeper->record;
}

bool keeper_follows(const struct keeper *keeper)
{
	return keeper->follows;
}

bool keeper_is_shut_out(const struct keeper *keeper)
{
	return keeper->foreign;
}

const char *keeper_writer_word(const struct keeper *keeper)
{
	struct store_writer writer = {0};

	if (keeper->store)
		store_writer(keeper->store, &writer);
	return writer.command && strstr(writer.command, "collect") ? "collector" : "other svctop";
}

/* The last fleet */

/* Where a row begins is an offset until all are there: the bytes move as they grow. */
static void add_row(void *ctx, const char *name, const void *row, size_t len)
{
	struct keeper *keeper = ctx;

	GROW(keeper->row_places, keeper->row_count, keeper->row_cap);
	keeper->row_places[keeper->row_count++] =
	    (struct fleet_row){(void *)(uintptr_t)keeper->rows.len, len};
	buf_add(&keeper->rows, row, len);
	buf_add(&keeper->names, name, strlen(name) + 1);
}

size_t keeper_recall(struct keeper *keeper, struct fleet *fleet)
{
	int failed;

	keeper->fleet = fleet;
	fleet_set_record(fleet, keeper->record);
	fleet_hold_record(fleet, true);
	if (!keeper->store)
		return 0;
	failed = store_services(keeper->store, keeper->cli->roots, keeper->cli->root_count, add_row,
				keeper, NULL);
	for (size_t i = 0; i < keeper->row_count; i++)
		keeper->row_places[i].bytes =
		    keeper->rows.data + (uintptr_t)keeper->row_places[i].bytes;
	if (failed < 0 || !keeper->row_count)
		return 0;
	return fleet_recall(fleet, keeper->row_places, keeper->row_count);
}

/* What sources said */

struct recalling {
	struct live *live;
	int64_t now;
};

static void recall_topic(void *ctx, const struct topic_report *report)
{
	struct recalling *in = ctx;

	live_recall(in->live, report, in->now);
}

static void recall_status(void *ctx, const struct source_status *status)
{
	struct recalling *in = ctx;
	const struct source_status kept = {
	    .source = status->source, .version = status->version, .limit = -1, .left = -1};

	live_apply_status(in->live, &kept);
}

void keeper_recall_live(struct keeper *keeper, struct live *live, int64_t now)
{
	struct recalling in = {live, now};

	if (!keeper->store)
		return;
	store_topics(keeper->store, recall_topic, &in, NULL);
	store_statuses(keeper->store, recall_status, &in, NULL);
}

/* While it runs */

/* A store that cannot be opened for now may be one later: what changes until then waits for it. */
bool keeper_keeps(const struct keeper *keeper)
{
	return keeper->store && keeper->access == STORE_WRITE && !keeper->follows &&
	       !keeper->foreign;
}

void keeper_whole(struct keeper *keeper)
{
	if (keeper->whole || !keeper->fleet)
		return;
	keeper->whole = true;
	fleet_recall_end(keeper->fleet);
	fleet_hold_record(keeper->fleet, false);
}

/* Commits of people and bots to the whole checkout within the window; -1: not all are known. */
static int64_t commits_of(const struct checkout *checkout, const struct history **whole)
{
	for (size_t i = 0; i < checkout->history_count; i++) {
		const struct history *history = &checkout->histories[i];

		if (*history->subdir)
			continue;
		*whole = history;
		return history->complete ? (int64_t)history->commits + history->bot_commits : -1;
	}
	return -1;
}

/* How many commits lie between; where nobody counted, several: nobody is to be blamed for them. */
static uint32_t among(int64_t before, int64_t now)
{
	return before >= 0 && now > before && now - before < UINT32_MAX ? (uint32_t)(now - before)
									: 2;
}

void keeper_cause(struct keeper *keeper, const struct checkout *checkout)
{
	const struct checkout *old =
	    keeper->fleet ? fleet_checkout(keeper->fleet, checkout->path) : NULL;
	const struct history *before = NULL, *after = NULL;
	struct cause cause = {.kind = CAUSE_COMMIT,
			      .checkout = checkout->path,
			      .hash = checkout->head,
			      .time = checkout->head_time};
	int64_t count;

	record_cause(keeper->record, NULL);
	if (!old || !old->head || !checkout->head || !strcmp(old->head, checkout->head))
		return;
	count = commits_of(checkout, &after);
	cause.among = among(commits_of(old, &before), count);
	if (after && after->last_hash && !strcmp(after->last_hash, checkout->head)) {
		cause.author = after->last_author;
		cause.subject = after->last_subject;
	}
	keeper->heads_moved = true;
	record_cause(keeper->record, &cause);
}

void keeper_scanned(struct keeper *keeper, const struct checkout *checkout)
{
	record_cause(keeper->record, NULL);
	if (keeper_keeps(keeper))
		keeper_names_add(&keeper->checkouts, checkout->path);
}

void keeper_dropped(struct keeper *keeper, const char *path)
{
	if (keeper_keeps(keeper))
		keeper_names_add(&keeper->dropped, path);
}

void keeper_looked(struct keeper *keeper, int64_t now)
{
	keeper->now = now;
	if (keeper_keeps(keeper))
		store_looked(keeper->store, now);
}

void keeper_topic(struct keeper *keeper, const struct topic_report *report)
{
	char *key;

	/* What was said again is written with what is new, at the end at the latest. */
	if (!keeper_keeps(keeper) || report->unchanged)
		return;
	key = xasprintf("%s\n%s", report->source, report->topic);
	keeper_names_add(&keeper->topics, key);
	free(key);
}

static void service_due(void *ctx, const char *name, const struct service *service)
{
	struct keeper *keeper = ctx;

	(void)service;
	keeper_service_due(keeper, keeper_service(keeper, name));
}

static void known_due(const char *name, void *value, void *ctx)
{
	(void)name;
	keeper_service_due(ctx, value);
}

/* Whoever writes knows better since when. */
static void learn_later(void *ctx, const char *name, const struct service *service)
{
	struct keeper *keeper = ctx;

	if (service && keeper->store)
		buf_add(&keeper->names, name, strlen(name) + 1);
}

void keeper_settled(struct keeper *keeper, int64_t now)
{
	keeper->now = now;
	if (!keeper->whole)
		return;
	if (keeper->follows && keeper->took_in)
		fleet_changes(keeper->fleet, learn_later, keeper);
	keeper->took_in = false;
	if (!keeper_keeps(keeper))
		return;
	if (!keeper->compared) {
		/* Those of the last run that are gone, too. */
		strmap_each(keeper->services, known_due, keeper);
		for (size_t i = 0; i < fleet_count(keeper->fleet); i++)
			service_due(keeper, fleet_at(keeper->fleet, i)->name, NULL);
		keeper->compared = true;
		return;
	}
	fleet_changes(keeper->fleet, service_due, keeper);
}

static bool reopen(struct keeper *keeper)
{
	if (keeper->store || !keeper->url)
		return false;
	keeper_open(keeper);
	if (keeper->store && keeper->compared && keeper_keeps(keeper))
		keeper_all_due(keeper);
	return keeper->store != NULL;
}

bool keeper_tick(struct keeper *keeper, int64_t now)
{
	bool ours = false, waited = keeper->follows || keeper->foreign;

	keeper->now = now;
	if (!keeper->store && !reopen(keeper))
		return false;
	if (waited && store_take_over(keeper->store)) {
		ours = keeper->follows;
		keeper->follows = keeper->foreign = false;
		keeper_say(keeper, "the process that kept the store ended: this one keeps it now");
	}
	keeper->look_at = keeper_clock_ns();
	keeper_expire(keeper);
	keeper_history_tick(keeper);
	return ours;
}

int64_t keeper_seen_at(const struct keeper *keeper)
{
	return keeper->store ? store_looked_at(keeper->store) : 0;
}
