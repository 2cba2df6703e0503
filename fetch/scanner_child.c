#include "fetch/scanner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "fetch/channel.h"
#include "fetch/child_process.h"
#include "fetch/discover.h"
#include "fetch/git.h"
#include "fetch/history.h"
#include "fetch/past_make.h"
#include "fetch/resolved.h"
#include "fetch/sandbox.h"
#include "fetch/scan.h"
#include "fetch/scanner_messages.h"
#include "fetch/scanner_pool.h"

#define LOG_MAX	 1000
#define ALIVE_MS 1000
#define FOUND_MS 20

struct child {
	struct channel channel;
	struct arena *arena;
	struct scanner_settings settings;
	struct checklist *checklist;
	struct scan_engine *engine;
	int64_t told_ms; /* when the face last heard of a walk that goes on */
};

static void reply(struct child *child, enum scanner_message type, struct buf *body)
{
	channel_send(&child->channel, type, body);
	channel_flush(&child->channel);
	buf_free(body);
}

static void reply_texts(struct child *child, enum scanner_message type, const char *first,
			const char *second)
{
	struct buf body = {0};

	texts_encode(first, second, &body);
	reply(child, type, &body);
}

static const char *what(const struct err *err)
{
	return err->what ? err->what : "unknown error";
}

/* ---- jobs ---- */

/* Not each at once: a face that wakes for each of ten thousand costs as much as the walk. */
static void send_found(struct child *child)
{
	int64_t now = scanner_now_ms();

	if (!channel_pending(&child->channel) || now - child->told_ms < FOUND_MS)
		return;
	channel_flush(&child->channel);
	child->told_ms = now;
}

static void on_found(void *data, const char *path, enum discover_kind kind)
{
	struct child *child = data;
	struct buf body = {0};

	(void)kind;
	texts_encode(path, NULL, &body);
	channel_send(&child->channel, MSG_FOUND, &body);
	buf_free(&body);
	send_found(child);
}

static void on_problem(void *data, const char *path, const char *reason)
{
	reply_texts(data, MSG_PROBLEM, path, reason);
}

/* What was found is a sign of life as well. */
static void on_alive(void *data)
{
	struct child *child = data;
	struct buf nothing = {0};

	send_found(child);
	if (channel_pending(&child->channel) || scanner_now_ms() - child->told_ms < ALIVE_MS)
		return;
	reply(child, MSG_ALIVE, &nothing);
	child->told_ms = scanner_now_ms();
}

static void do_discover(struct child *child)
{
	const struct discover_options options = {
	    .roots = child->settings.roots,
	    .root_count = child->settings.root_count,
	    .exclude = child->settings.exclude,
	    .exclude_count = child->settings.exclude_count,
	};
	const struct discover_sink sink = {
	    .data = child, .found = on_found, .problem = on_problem, .alive = on_alive};
	struct err err = {0};
	struct buf nothing = {0};

	if (discover(&options, &sink, &err))
		reply_texts(child, MSG_PROBLEM, err.where ? err.where : child->settings.roots[0],
			    what(&err));
	err_clear(&err);
	reply(child, MSG_DONE, &nothing);
}

static void on_head(void *data, const char *hex, const char *resolved)
{
	reply_texts(data, MSG_HEAD, hex, resolved);
}

/* Millions of files that checks ask about: nothing of it is told rather than a part. */
static void encode_too_large(const char *path, struct buf *body)
{
	struct checkout *checkout = checkout_new(path);

	checkout->state = CHECKOUT_UNREADABLE;
	checkout->problem = "checks find more in it than can be handled";
	buf_free(body);
	checkout_encode(checkout, body);
	checkout_free(checkout);
}

/* Looking and finding needs no checklist, and is done before it would be compiled. */
static int compile(struct child *child, struct err *err)
{
	const struct scanner_settings *settings = &child->settings;

	if (child->engine)
		return 0;
	child->checklist = settings->checklist
			       ? checklist_parse(settings->checklist_path, settings->checklist,
						 settings->checklist_len, err)
			       : checklist_builtin();
	if (!child->checklist)
		return -1;
	child->engine = scan_engine_new(child->checklist, err);
	return child->engine ? 0 : -1;
}

/* False: there is nothing to scan with. */
static bool is_compiled(struct child *child)
{
	struct err err = {0};
	char *line;

	if (!compile(child, &err))
		return true;
	line = err_line(&err);
	reply_texts(child, MSG_REFUSED, line, NULL);
	free(line);
	err_clear(&err);
	return false;
}

static void do_scan(struct child *child, const struct scanner_job *job)
{
	const struct scan_options options = {
	    .rev = child->settings.rev,
	    .at = child->settings.at,
	    .at_rev = child->settings.at_rev,
	    .now = job->now,
	    .dependencies = child->settings.dependencies,
	    .crashed_head = job->crashed_head,
	    .on_head = on_head,
	    .data = child,
	};
	struct checkout *checkout = scan_checkout(child->engine, job->checkout, &options);
	struct buf body = {0};

	checkout_encode(checkout, &body);
	checkout_free(checkout);
	if (body.len >= CHANNEL_MAX)
		encode_too_large(job->checkout, &body);
	reply(child, MSG_CHECKOUT, &body);
}

/* A long walk through a past is no hang as long as it gets from commit to commit. */
static void on_past_alive(void *data)
{
	struct child *child = data;
	struct buf nothing = {0};

	if (scanner_now_ms() - child->told_ms < ALIVE_MS)
		return;
	reply(child, MSG_ALIVE, &nothing);
	child->told_ms = scanner_now_ms();
}

static void do_past(struct child *child, const struct scanner_job *job)
{
	const struct past_options options = {
	    .rev = child->settings.rev,
	    .since = job->since,
	    .until = job->now,
	    .every = job->every,
	    .dependencies = child->settings.dependencies,
	    .alive = on_past_alive,
	    .data = child,
	};
	struct buf body = {0};
	struct err err = {0};
	struct past *past;

	child->told_ms = scanner_now_ms();
	past = past_make(child->engine, job->checkout, &options, &err);
	if (past)
		past_encode(past, &body);
	past_free(past);
	if (body.len && body.len < CHANNEL_MAX)
		reply(child, MSG_VERSIONS, &body);
	else
		reply_texts(child, MSG_NO_PAST,
			    body.len ? "it changed into more than can be handled" : what(&err),
			    NULL);
	err_clear(&err);
	buf_free(&body);
}

static void do_blob(struct child *child, const struct scanner_job *job)
{
	struct err err = {0};
	struct buf body = {0};
	size_t len = 0;
	char *bytes = scan_blob(job->checkout, job->commit, job->path ? job->path : "",
				(size_t)job->most, &len, &err);

	content_encode(bytes, len, what(&err), &body);
	err_clear(&err);
	free(bytes);
	reply(child, MSG_CONTENT, &body);
}

static void do_log(struct child *child, const struct scanner_job *job)
{
	struct repo *repo = repo_open(job->checkout, NULL);
	struct history_commit *commits = NULL;
	struct scanner_commit *answer;
	struct repo_head head = {0};
	struct arena *arena = arena_new();
	struct buf body = {0};
	size_t count = 0;

	if (repo && repo_head(repo, job->commit, &head, NULL) == REPO_OK && !head.unborn)
		history_log(repo, &head.id, job->path ? job->path : "",
			    job->most > LOG_MAX ? LOG_MAX : (size_t)job->most, arena, &commits,
			    &count, NULL);
	answer = arena_alloc(arena, (count + 1) * sizeof(*answer));
	for (size_t i = 0; i < count; i++)
		answer[i] = (struct scanner_commit){.hash = commits[i].hash,
						    .time = commits[i].time,
						    .author = commits[i].author,
						    .subject = commits[i].subject};
	commits_encode(answer, count, &body);
	arena_free(arena);
	repo_close(repo);
	reply(child, MSG_COMMITS, &body);
}

static enum scanner_verdict look_at(const struct scanner_looking *looking, int64_t now)
{
	struct stat st;

	if (resolved_same(looking->path, looking->resolved, now))
		return LOOK_SAME;
	return lstat(looking->path, &st) && errno == ENOENT ? LOOK_GONE : LOOK_CHANGED;
}

/* False: the message is none. */
static bool do_look(struct child *child, const struct message *message)
{
	struct arena *arena = arena_new();
	struct scanner_looking *list;
	struct buf body = {0};
	uint8_t *verdicts;
	size_t count;
	int64_t now;
	bool understood = look_decode(&list, &count, &now, message->body, message->len, arena);

	if (understood) {
		verdicts = xcalloc(count + 1, 1);
		for (size_t i = 0; i < count; i++)
			verdicts[i] = (uint8_t)look_at(&list[i], now);
		looked_encode(verdicts, count, &body);
		free(verdicts);
		reply(child, MSG_LOOKED, &body);
	}
	arena_free(arena);
	return understood;
}

/* False: the face asked for something that is no job, so this is not our face. */
static bool do_job(struct child *child, const struct message *message)
{
	struct arena *arena;
	struct scanner_job job = {0};
	bool understood;

	if (message->type == MSG_LOOK)
		return do_look(child, message);
	arena = arena_new();
	understood = job_decode(&job, message->body, message->len, arena);
	if (understood) {
		switch (message->type) {
		case MSG_DISCOVER:
			do_discover(child);
			break;
		case MSG_SCAN:
			understood = is_compiled(child);
			if (understood)
				do_scan(child, &job);
			break;
		case MSG_BLOB:
			do_blob(child, &job);
			break;
		case MSG_LOG:
			do_log(child, &job);
			break;
		case MSG_PAST:
			understood = is_compiled(child);
			if (understood)
				do_past(child, &job);
			break;
		default:
			understood = false;
		}
	}
	arena_free(arena);
	return understood;
}

/* ---- start and end ---- */

static bool take_settings(struct child *child)
{
	struct message message;

	return channel_wait(&child->channel, &message) && message.type == MSG_SETTINGS &&
	       settings_decode(&child->settings, message.body, message.len, child->arena);
}

int scanner_main(int socket)
{
	struct child child = {.arena = arena_new()};
	struct message message;
	char level[128] = "";
	int code = 1;

	child_enter("svctop-scanner");
	channel_init(&child.channel, socket);
	if (take_settings(&child)) {
		sandbox_enter(child.settings.roots, child.settings.root_count, level,
			      sizeof(level));
		reply_texts(&child, MSG_READY, level, NULL);
		while (channel_wait(&child.channel, &message) && do_job(&child, &message))
			continue;
		code = 0;
	}
	scan_engine_free(child.engine);
	checklist_free(child.checklist);
	channel_close(&child.channel);
	arena_free(child.arena);
	return code;
}
