#include "fetch/scanner.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "fetch/channel.h"
#include "fetch/scanner_messages.h"
#include "fetch/scanner_process.h"

#define DEFAULT_JOB_SECONDS 60
#define DISCOVERY_SECONDS   600 /* between two signs of life */
#define SLOW_SECONDS	    2
#define START_FAILURES_MAX  3
#define MAX_JOBS	    64
#define FILL_LIMIT	    (1024 * 1024) /* unread bytes a scanner may be ahead of the face */

struct job {
	struct job *next;
	enum scanner_message kind;
	char *checkout; /* NULL for DISCOVER */
	char *commit;
	char *path;
	uint64_t most;
	uint32_t request;
};

struct queue {
	struct job *first;
	struct job **last;
};

struct scanner {
	pid_t pid; /* 0: not running */
	struct channel channel;
	struct job *job;  /* NULL: idle */
	int64_t since_ms; /* when it took the job, or last said something while discovering */
	bool ready;
	bool timed_out;
	char head[72]; /* the commit being scanned */
};

/* A checkout that ended a scanner, and at which commit. */
struct crash {
	char *path;
	char *head;
};

struct scanner_pool {
	struct arena *arena; /* of the settings */
	struct scanner_settings settings;
	char *program;
	unsigned job_seconds;
	struct scanner *scanners; /* the last one serves the person at the keyboard */
	size_t count;
	struct queue scans;
	struct queue questions;
	struct crash *crashes;
	size_t crash_count, crash_cap;
	struct arena *event_arena;
	char *level;
	char *broken; /* why no scanner can be started */
	unsigned start_failures;
	uint32_t last_request;
	size_t found, done;
	bool discovering;
	bool working; /* IDLE is still to be said */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- queues ---- */

static void queue_init(struct queue *queue)
{
	queue->first = NULL;
	queue->last = &queue->first;
}

static void queue_push(struct queue *queue, struct job *job)
{
	job->next = NULL;
	*queue->last = job;
	queue->last = &job->next;
}

static struct job *queue_pop(struct queue *queue)
{
	struct job *job = queue->first;

	if (job) {
		queue->first = job->next;
		if (!queue->first)
			queue->last = &queue->first;
	}
	return job;
}

static struct job *job_new(enum scanner_message kind, const char *checkout)
{
	struct job *job = xcalloc(1, sizeof(*job));

	job->kind = kind;
	job->checkout = xstrdup(checkout);
	return job;
}

static void job_free(struct job *job)
{
	if (!job)
		return;
	free(job->checkout);
	free(job->commit);
	free(job->path);
	free(job);
}

/* ---- the pool ---- */

static const char **copy_list(struct arena *arena, const char *const *list, size_t count)
{
	const char **copy = arena_alloc(arena, (count + 1) * sizeof(*copy));

	for (size_t i = 0; i < count; i++)
		copy[i] = arena_strdup(arena, list[i]);
	return copy;
}

static unsigned job_count(unsigned asked)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned jobs = asked ? asked : cores > 0 ? (unsigned)cores : 1;

	return jobs > MAX_JOBS ? MAX_JOBS : jobs;
}

struct scanner_pool *scanner_pool_new(const struct scanner_options *options, struct err *err)
{
	struct scanner_pool *pool;

	if (!options->root_count) {
		err_set(err, NULL, "name a folder, or set `roots:` in the configuration",
			"no folder to look for checkouts in");
		return NULL;
	}
	pool = xcalloc(1, sizeof(*pool));
	pool->arena = arena_new();
	pool->event_arena = arena_new();
	pool->settings = (struct scanner_settings){
	    .roots = copy_list(pool->arena, options->roots, options->root_count),
	    .root_count = options->root_count,
	    .exclude = copy_list(pool->arena, options->exclude, options->exclude_count),
	    .exclude_count = options->exclude_count,
	    .checklist_path = arena_strdup(pool->arena, options->checklist_path),
	    .checklist = options->checklist ? arena_memdup0(pool->arena, options->checklist,
							    options->checklist_len)
					    : NULL,
	    .checklist_len = options->checklist ? options->checklist_len : 0,
	    .rev = arena_strdup(pool->arena, options->rev),
	    .now = options->now,
	    .dependencies = options->dependencies,
	};
	pool->program = xstrdup(options->program);
	pool->job_seconds = options->job_seconds ? options->job_seconds : DEFAULT_JOB_SECONDS;
	pool->count = job_count(options->jobs) + 1;
	pool->scanners = xcalloc(pool->count, sizeof(*pool->scanners));
	for (size_t i = 0; i < pool->count; i++)
		channel_init(&pool->scanners[i].channel, -1);
	queue_init(&pool->scans);
	queue_init(&pool->questions);
	return pool;
}

static void scanner_end(struct scanner *scanner, char **why)
{
	if (!scanner->pid)
		return;
	channel_close(&scanner->channel);
	scanner_reap(scanner->pid, !why || scanner->timed_out, why);
	job_free(scanner->job);
	*scanner = (struct scanner){0};
	channel_init(&scanner->channel, -1);
}

static void queue_free(struct queue *queue)
{
	for (struct job *job; (job = queue_pop(queue));)
		job_free(job);
}

void scanner_pool_free(struct scanner_pool *pool)
{
	if (!pool)
		return;
	for (size_t i = 0; i < pool->count; i++)
		scanner_end(&pool->scanners[i], NULL);
	queue_free(&pool->scans);
	queue_free(&pool->questions);
	for (size_t i = 0; i < pool->crash_count; i++) {
		free(pool->crashes[i].path);
		free(pool->crashes[i].head);
	}
	free(pool->crashes);
	free(pool->scanners);
	free(pool->program);
	free(pool->level);
	free(pool->broken);
	arena_free(pool->arena);
	arena_free(pool->event_arena);
	free(pool);
}

/* ---- asking ---- */

void scanner_discover(struct scanner_pool *pool)
{
	if (pool->discovering)
		return;
	pool->discovering = true;
	pool->working = true;
	pool->found = pool->done = 0;
	queue_push(&pool->scans, job_new(MSG_DISCOVER, NULL));
}

void scanner_scan(struct scanner_pool *pool, const char *path)
{
	pool->working = true;
	pool->found++;
	queue_push(&pool->scans, job_new(MSG_SCAN, path));
}

static uint32_t ask(struct scanner_pool *pool, enum scanner_message kind, const char *checkout,
		    const char *commit, const char *path, uint64_t most)
{
	struct job *job = job_new(kind, checkout);

	job->commit = xstrdup(commit);
	job->path = xstrdup(path);
	job->most = most;
	job->request = ++pool->last_request;
	queue_push(&pool->questions, job);
	return job->request;
}

uint32_t scanner_blob(struct scanner_pool *pool, const char *checkout, const char *commit,
		      const char *path, size_t cap)
{
	return ask(pool, MSG_BLOB, checkout, commit, path, cap);
}

uint32_t scanner_log(struct scanner_pool *pool, const char *checkout, const char *commit,
		     const char *subdir, size_t max)
{
	return ask(pool, MSG_LOG, checkout, commit, subdir, max);
}

/* ---- giving jobs to scanners ---- */

static bool scanner_start(struct scanner_pool *pool, struct scanner *scanner)
{
	struct err err = {0};
	struct buf body = {0};
	int fd;

	if (scanner_spawn(pool->program, &scanner->pid, &fd, &err)) {
		scanner->pid = 0;
		free(pool->broken);
		pool->broken = err_line(&err);
		err_clear(&err);
		return false;
	}
	channel_init(&scanner->channel, fd);
	settings_encode(&pool->settings, &body);
	channel_send(&scanner->channel, MSG_SETTINGS, &body);
	buf_free(&body);
	return true;
}

static struct crash *find_crash(struct scanner_pool *pool, const char *path)
{
	for (size_t i = 0; i < pool->crash_count; i++)
		if (!strcmp(pool->crashes[i].path, path))
			return &pool->crashes[i];
	return NULL;
}

static void scanner_take(struct scanner_pool *pool, struct scanner *scanner, struct job *job)
{
	const struct crash *crash = job->kind == MSG_SCAN ? find_crash(pool, job->checkout) : NULL;
	struct scanner_job body = {.checkout = job->checkout ? job->checkout : "",
				   .crashed_head = crash ? crash->head : NULL,
				   .commit = job->commit,
				   .path = job->path,
				   .most = job->most};
	struct buf encoded = {0};

	job_encode(&body, &encoded);
	channel_send(&scanner->channel, job->kind, &encoded);
	buf_free(&encoded);
	scanner->job = job;
	scanner->since_ms = now_ms();
	scanner->head[0] = '\0';
}

static bool is_keyboard(const struct scanner_pool *pool, const struct scanner *scanner)
{
	return scanner == &pool->scanners[pool->count - 1];
}

static void assign_jobs(struct scanner_pool *pool)
{
	for (size_t i = 0; i < pool->count && !pool->broken; i++) {
		struct scanner *scanner = &pool->scanners[i];
		struct queue *queue = is_keyboard(pool, scanner) ? &pool->questions : &pool->scans;

		if (scanner->job || scanner->channel.broken || !queue->first)
			continue;
		if (!scanner->pid && !scanner_start(pool, scanner))
			return;
		scanner_take(pool, scanner, queue_pop(queue));
	}
}

/* ---- polling ---- */

static int64_t deadline_of(const struct scanner_pool *pool, const struct scanner *scanner)
{
	unsigned seconds =
	    scanner->job->kind == MSG_DISCOVER ? DISCOVERY_SECONDS : pool->job_seconds;

	return scanner->since_ms + (int64_t)seconds * 1000;
}

size_t scanner_pollfds(const struct scanner_pool *pool, struct pollfd *fds, size_t max,
		       int *timeout_ms)
{
	int64_t now = now_ms(), nearest = -1;
	size_t count = 0;

	for (size_t i = 0; i < pool->count; i++) {
		const struct scanner *scanner = &pool->scanners[i];

		if (!scanner->pid || scanner->channel.broken)
			continue;
		if (count < max)
			fds[count++] = (struct pollfd){
			    .fd = scanner->channel.fd,
			    .events = POLLIN | (channel_pending(&scanner->channel) ? POLLOUT : 0)};
		if (scanner->job) {
			int64_t left = deadline_of(pool, scanner) - now;

			if (nearest < 0 || left < nearest)
				nearest = left < 0 ? 0 : left;
		}
	}
	if (nearest >= 0 && (*timeout_ms < 0 || *timeout_ms > nearest))
		*timeout_ms = (int)nearest;
	return count;
}

void scanner_service(struct scanner_pool *pool)
{
	assign_jobs(pool);
	for (size_t i = 0; i < pool->count; i++) {
		struct scanner *scanner = &pool->scanners[i];

		if (!scanner->pid || scanner->channel.broken)
			continue;
		if (scanner->job && now_ms() >= deadline_of(pool, scanner)) {
			scanner->timed_out = true;
			scanner->channel.broken = true;
			continue;
		}
		channel_flush(&scanner->channel);
		if (!scanner->channel.broken)
			channel_fill(&scanner->channel, FILL_LIMIT);
	}
}

/* ---- events ---- */

/* A checkout that no scanner returned, with the reason. */
static struct checkout *checkout_lost(const char *path, enum checkout_state state, const char *head,
				      const char *problem, const char *fix)
{
	struct checkout *checkout = checkout_new(path);

	checkout->state = state;
	checkout->head = head && *head ? arena_strdup(checkout->arena, head) : NULL;
	checkout->problem = arena_strdup(checkout->arena, problem);
	checkout->fix = arena_strdup(checkout->arena, fix);
	return checkout;
}

static void remember_crash(struct scanner_pool *pool, const char *path, const char *head)
{
	struct crash *crash = find_crash(pool, path);

	if (!*head)
		return;
	if (!crash) {
		GROW(pool->crashes, pool->crash_count, pool->crash_cap);
		crash = &pool->crashes[pool->crash_count++];
		*crash = (struct crash){.path = xstrdup(path)};
	}
	free(crash->head);
	crash->head = xstrdup(head);
}

/* An event that says that job will have no answer, and why. */
static void fail_job(struct scanner_pool *pool, const struct job *job, enum checkout_state state,
		     const char *head, const char *problem, struct scanner_event *event)
{
	event->path = arena_strdup(pool->event_arena, job->checkout);
	event->text = arena_strdup(pool->event_arena, problem);
	event->request = job->request;
	switch (job->kind) {
	case MSG_SCAN:
		event->kind = SCANNER_CHECKOUT;
		event->checkout = checkout_lost(job->checkout, state, head, problem,
						state == CHECKOUT_CRASHED
						    ? "check it with `git fsck`; it is read "
						      "again when its tip changes"
						    : NULL);
		pool->done++;
		break;
	case MSG_BLOB:
		event->kind = SCANNER_BLOB;
		break;
	case MSG_LOG:
		event->kind = SCANNER_LOG;
		break;
	default:
		event->kind = SCANNER_PROBLEM;
		event->path = pool->settings.roots[0];
		pool->discovering = false;
		break;
	}
}

/* The scanner is gone: its job failed with it. True when there is an event to tell. */
static bool bury(struct scanner_pool *pool, struct scanner *scanner, struct scanner_event *event)
{
	struct job *job = scanner->job;
	bool was_ready = scanner->ready, timed_out = scanner->timed_out;
	char head[sizeof(scanner->head)], *why, *problem;

	memcpy(head, scanner->head, sizeof(head));
	scanner->job = NULL;
	scanner_end(scanner, &why);
	if (!was_ready && !timed_out && ++pool->start_failures >= START_FAILURES_MAX &&
	    !pool->broken)
		pool->broken = xasprintf("scanner processes end at their start: %s", why);
	if (!job) {
		free(why);
		return false;
	}
	if (!was_ready && !timed_out && !pool->broken) {
		/* Nothing was read yet, so the checkout is not to blame. */
		queue_push(job->kind == MSG_BLOB || job->kind == MSG_LOG ? &pool->questions
									 : &pool->scans,
			   job);
		free(why);
		return false;
	}
	if (timed_out)
		problem =
		    xasprintf("took longer than %u s and was ended",
			      job->kind == MSG_DISCOVER ? DISCOVERY_SECONDS : pool->job_seconds);
	else
		problem = xasprintf("crashed the scanner: %s", why);
	if (job->kind == MSG_SCAN)
		remember_crash(pool, job->checkout, head);
	fail_job(pool, job, CHECKOUT_CRASHED, head, problem, event);
	job_free(job);
	free(problem);
	free(why);
	return true;
}

/* The scanner has answered its job. */
static void finish_job(struct scanner *scanner)
{
	job_free(scanner->job);
	scanner->job = NULL;
}

static bool on_checkout(struct scanner_pool *pool, struct scanner *scanner,
			const struct message *message, struct scanner_event *event)
{
	struct wire_reader in;
	struct checkout *checkout;

	if (!scanner->job || scanner->job->kind != MSG_SCAN)
		return false;
	wire_reader_init(&in, message->body, message->len);
	checkout = checkout_decode(&in);
	/* A scanner may have been taken over: it speaks for the checkout it was given alone. */
	if (!checkout || !checkout->path || strcmp(checkout->path, scanner->job->checkout) != 0) {
		checkout_free(checkout);
		return false;
	}
	event->kind = SCANNER_CHECKOUT;
	event->checkout = checkout;
	event->path = checkout->path;
	pool->done++;
	finish_job(scanner);
	return true;
}

static bool on_found(struct scanner_pool *pool, struct scanner *scanner,
		     const struct message *message, struct scanner_event *event)
{
	if (!scanner->job || scanner->job->kind != MSG_DISCOVER ||
	    !texts_decode(&event->path, NULL, message->body, message->len, pool->event_arena))
		return false;
	scanner->since_ms = now_ms();
	scanner_scan(pool, event->path);
	event->kind = SCANNER_FOUND;
	return true;
}

static bool on_problem(struct scanner_pool *pool, struct scanner *scanner,
		       const struct message *message, struct scanner_event *event)
{
	scanner->since_ms = now_ms();
	event->kind = SCANNER_PROBLEM;
	return texts_decode(&event->path, &event->text, message->body, message->len,
			    pool->event_arena);
}

static bool on_content(struct scanner_pool *pool, struct scanner *scanner,
		       const struct message *message, struct scanner_event *event)
{
	if (!scanner->job || scanner->job->kind != MSG_BLOB ||
	    !content_decode(&event->bytes, &event->len, &event->text, message->body, message->len,
			    pool->event_arena))
		return false;
	event->kind = SCANNER_BLOB;
	event->path = arena_strdup(pool->event_arena, scanner->job->path);
	event->request = scanner->job->request;
	finish_job(scanner);
	return true;
}

static bool on_commits(struct scanner_pool *pool, struct scanner *scanner,
		       const struct message *message, struct scanner_event *event)
{
	if (!scanner->job || scanner->job->kind != MSG_LOG ||
	    !commits_decode(&event->commits, &event->commit_count, message->body, message->len,
			    pool->event_arena))
		return false;
	event->kind = SCANNER_LOG;
	event->path = arena_strdup(pool->event_arena, scanner->job->checkout);
	event->request = scanner->job->request;
	finish_job(scanner);
	return true;
}

static bool on_ready(struct scanner_pool *pool, struct scanner *scanner,
		     const struct message *message)
{
	const char *level;

	if (!texts_decode(&level, NULL, message->body, message->len, pool->event_arena))
		return false;
	free(pool->level);
	pool->level = xstrdup(level);
	scanner->ready = true;
	pool->start_failures = 0;
	return true;
}

static bool on_head(struct scanner_pool *pool, struct scanner *scanner,
		    const struct message *message)
{
	const char *head;

	if (!texts_decode(&head, NULL, message->body, message->len, pool->event_arena) ||
	    strlen(head) >= sizeof(scanner->head))
		return false;
	memcpy(scanner->head, head, strlen(head) + 1);
	return true;
}

/* What the scanner said; *told: event is set. False: it is not what a scanner says. */
static bool on_message(struct scanner_pool *pool, struct scanner *scanner,
		       const struct message *message, struct scanner_event *event, bool *told)
{
	const char *why;

	*told = true;
	switch (message->type) {
	case MSG_CHECKOUT:
		return on_checkout(pool, scanner, message, event);
	case MSG_FOUND:
		return on_found(pool, scanner, message, event);
	case MSG_PROBLEM:
		return on_problem(pool, scanner, message, event);
	case MSG_CONTENT:
		return on_content(pool, scanner, message, event);
	case MSG_COMMITS:
		return on_commits(pool, scanner, message, event);
	}
	*told = false;
	switch (message->type) {
	case MSG_READY:
		return on_ready(pool, scanner, message);
	case MSG_HEAD:
		return on_head(pool, scanner, message);
	case MSG_DONE:
		if (!scanner->job || scanner->job->kind != MSG_DISCOVER)
			return false;
		pool->discovering = false;
		finish_job(scanner);
		return true;
	case MSG_REFUSED:
		if (!pool->broken &&
		    texts_decode(&why, NULL, message->body, message->len, pool->event_arena))
			pool->broken = xstrdup(why);
		return false;
	}
	return false;
}

static bool next_of(struct scanner_pool *pool, struct scanner *scanner, struct scanner_event *event)
{
	struct message message;
	bool told;

	while (scanner->pid && channel_next(&scanner->channel, &message)) {
		if (!on_message(pool, scanner, &message, event, &told)) {
			scanner->channel.broken = true;
			break;
		}
		if (told)
			return true;
	}
	return scanner->pid && scanner->channel.broken && bury(pool, scanner, event);
}

static bool fail_next(struct scanner_pool *pool, struct scanner_event *event)
{
	struct job *job = queue_pop(&pool->scans);

	if (!job)
		job = queue_pop(&pool->questions);
	if (!job)
		return false;
	fail_job(pool, job, CHECKOUT_UNREADABLE, NULL, pool->broken, event);
	job_free(job);
	return true;
}

static bool all_idle(const struct scanner_pool *pool)
{
	for (size_t i = 0; i + 1 < pool->count; i++)
		if (pool->scanners[i].job)
			return false;
	return !pool->scans.first;
}

bool scanner_next(struct scanner_pool *pool, struct scanner_event *event)
{
	arena_free(pool->event_arena);
	pool->event_arena = arena_new();
	*event = (struct scanner_event){0};
	for (size_t i = 0; i < pool->count; i++)
		if (next_of(pool, &pool->scanners[i], event))
			return true;
	if (pool->broken && fail_next(pool, event))
		return true;
	if (pool->working && all_idle(pool)) {
		pool->working = false;
		/* An open dashboard keeps no memory for scans that are done. */
		for (size_t i = 0; i + 1 < pool->count; i++)
			scanner_end(&pool->scanners[i], NULL);
		event->kind = SCANNER_IDLE;
		return true;
	}
	assign_jobs(pool);
	return false;
}

struct scanner_progress scanner_progress(const struct scanner_pool *pool)
{
	struct scanner_progress progress = {
	    .found = pool->found, .done = pool->done, .discovering = pool->discovering};
	int64_t now = now_ms(), longest = SLOW_SECONDS * 1000;

	for (size_t i = 0; i + 1 < pool->count; i++) {
		const struct scanner *scanner = &pool->scanners[i];

		if (scanner->job && scanner->job->kind == MSG_SCAN &&
		    now - scanner->since_ms >= longest) {
			longest = now - scanner->since_ms;
			progress.slow = scanner->job->checkout;
			progress.slow_seconds = (unsigned)(longest / 1000);
		}
	}
	return progress;
}

const char *scanner_sandbox_level(const struct scanner_pool *pool)
{
	return pool->level;
}
