#include "fetch/scanner.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/checklist.h"
#include "core/mem.h"
#include "fetch/child_process.h"
#include "fetch/scanner_pool.h"

#define DEFAULT_JOB_SECONDS 60
#define SLOW_SECONDS	    2
#define MAX_JOBS	    64
#define WORTH_A_PROCESS	    16	 /* jobs that wait */
#define PATIENCE_MS	    50	 /* with a job, until another process takes those that wait */
#define LATE_MS		    1000 /* nobody polls so late after a deadline but who was stopped */
#define FILL_LIMIT	    (1024 * 1024) /* unread bytes a scanner may be ahead of the face */

int64_t scanner_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- queues ---- */

void scanner_queue_init(struct job_queue *queue)
{
	queue->first = NULL;
	queue->count = 0;
	queue->last = &queue->first;
}

void scanner_queue_push(struct job_queue *queue, struct job *job)
{
	job->next = NULL;
	*queue->last = job;
	queue->last = &job->next;
	queue->count++;
}

struct job *scanner_queue_pop(struct job_queue *queue)
{
	struct job *job = queue->first;

	if (job) {
		queue->count--;
		queue->first = job->next;
		if (!queue->first)
			queue->last = &queue->first;
	}
	return job;
}

struct job_queue *scanner_queue_of(struct scanner_pool *pool, enum scanner_message kind)
{
	switch (kind) {
	case MSG_BLOB:
	case MSG_LOG:
		return &pool->questions;
	case MSG_PAST:
		return &pool->pasts;
	default:
		return &pool->scans;
	}
}

struct job *scanner_job_new(enum scanner_message kind, const char *checkout)
{
	struct job *job = xcalloc(1, sizeof(*job));

	job->kind = kind;
	job->checkout = xstrdup(checkout);
	return job;
}

void scanner_job_free(struct job *job)
{
	if (!job)
		return;
	free(job->checkout);
	free(job->commit);
	free(job->path);
	free(job->looks);
	free(job->verdicts);
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

/* The built-in checklist is not sent: a scanner has it, and knows that it needs no checking. */
static bool has_own_checklist(const struct scanner_options *options)
{
	size_t len;
	const char *builtin = checklist_builtin_text(&len);

	return options->checklist &&
	       (options->checklist_len != len || memcmp(options->checklist, builtin, len) != 0);
}

struct scanner_pool *scanner_pool_new(const struct scanner_options *options, struct err *err)
{
	struct scanner_pool *pool;
	bool own;

	if (!options->root_count) {
		err_set(err, NULL, "name a folder, or set `roots:` in the configuration",
			"no folder to look for checkouts in");
		return NULL;
	}
	own = has_own_checklist(options);
	pool = xcalloc(1, sizeof(*pool));
	pool->arena = arena_new();
	pool->event_arena = arena_new();
	pool->settings = (struct scanner_settings){
	    .roots = copy_list(pool->arena, options->roots, options->root_count),
	    .root_count = options->root_count,
	    .exclude = copy_list(pool->arena, options->exclude, options->exclude_count),
	    .exclude_count = options->exclude_count,
	    .checklist_path = arena_strdup(pool->arena, options->checklist_path),
	    .checklist =
		own ? arena_memdup0(pool->arena, options->checklist, options->checklist_len) : NULL,
	    .checklist_len = own ? options->checklist_len : 0,
	    .rev = arena_strdup(pool->arena, options->rev),
	    .at = options->at,
	    .at_rev = options->at_rev,
	    .now = options->now,
	    .dependencies = options->dependencies,
	};
	pool->program = xstrdup(options->program);
	pool->job_seconds = options->job_seconds ? options->job_seconds : DEFAULT_JOB_SECONDS;
	pool->find_only = options->find_only;
	pool->count = job_count(options->jobs) + 1;
	pool->scanners = xcalloc(pool->count, sizeof(*pool->scanners));
	for (size_t i = 0; i < pool->count; i++)
		channel_init(&pool->scanners[i].channel, -1);
	scanner_queue_init(&pool->scans);
	scanner_queue_init(&pool->pasts);
	scanner_queue_init(&pool->questions);
	scanner_queue_init(&pool->looked);
	pool->known_paths = strmap_new();
	return pool;
}

void scanner_end(struct scanner *scanner, char **why)
{
	if (!scanner->pid)
		return;
	channel_close(&scanner->channel);
	child_reap(scanner->pid, !why || scanner->timed_out, why);
	scanner_job_free(scanner->job);
	free(scanner->resolved);
	*scanner = (struct scanner){0};
	channel_init(&scanner->channel, -1);
}

static void queue_free(struct job_queue *queue)
{
	for (struct job *job; (job = scanner_queue_pop(queue));)
		scanner_job_free(job);
}

static void forget_found(struct scanner_pool *pool)
{
	strmap_free(pool->found_paths);
	arena_free(pool->found_arena);
}

void scanner_pool_free(struct scanner_pool *pool)
{
	if (!pool)
		return;
	for (size_t i = 0; i < pool->count; i++)
		scanner_end(&pool->scanners[i], NULL);
	queue_free(&pool->scans);
	queue_free(&pool->pasts);
	queue_free(&pool->questions);
	queue_free(&pool->looked);
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
	forget_found(pool);
	scanner_forget_known(pool);
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
	forget_found(pool);
	pool->found_arena = arena_new();
	pool->found_paths = strmap_new();
	scanner_queue_push(&pool->scans, scanner_job_new(MSG_DISCOVER, NULL));
}

void scanner_scan(struct scanner_pool *pool, const char *path)
{
	pool->working = true;
	pool->found++;
	scanner_queue_push(&pool->scans, scanner_job_new(MSG_SCAN, path));
}

static uint32_t ask(struct scanner_pool *pool, enum scanner_message kind, const char *checkout,
		    const char *commit, const char *path, uint64_t most)
{
	struct job *job = scanner_job_new(kind, checkout);

	job->commit = xstrdup(commit);
	job->path = xstrdup(path);
	job->most = most;
	job->request = ++pool->last_request;
	scanner_queue_push(&pool->questions, job);
	return job->request;
}

uint32_t scanner_blob(struct scanner_pool *pool, const char *checkout, const char *commit,
		      const char *path, size_t cap)
{
	return ask(pool, MSG_BLOB, checkout, commit, path, cap);
}

void scanner_set_now(struct scanner_pool *pool, int64_t now)
{
	pool->settings.now = now;
}

uint32_t scanner_log(struct scanner_pool *pool, const char *checkout, const char *commit,
		     const char *subdir, size_t max)
{
	return ask(pool, MSG_LOG, checkout, commit, subdir, max);
}

uint32_t scanner_past(struct scanner_pool *pool, const char *path, int64_t since, int64_t every)
{
	struct job *job = scanner_job_new(MSG_PAST, path);

	job->since = since;
	job->every = every;
	job->request = ++pool->last_request;
	pool->working = true;
	scanner_queue_push(&pool->pasts, job);
	return job->request;
}

/* ---- giving jobs to scanners ---- */

static bool scanner_start(struct scanner_pool *pool, struct scanner *scanner)
{
	struct err err = {0};
	struct buf body = {0};
	int fd;
	const struct child_options options = {.program = pool->program,
					      .argument = SCANNER_ARGUMENT,
					      .stderr_name = "SVCTOP_SCANNER_STDERR",
					      .what = "a scanner process"};

	if (child_spawn(&options, &scanner->pid, &fd, &err)) {
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

struct crash *scanner_find_crash(struct scanner_pool *pool, const char *path)
{
	for (size_t i = 0; i < pool->crash_count; i++)
		if (!strcmp(pool->crashes[i].path, path))
			return &pool->crashes[i];
	return NULL;
}

static void scanner_take(struct scanner_pool *pool, struct scanner *scanner, struct job *job)
{
	const struct crash *crash = job->kind == MSG_SCAN || job->kind == MSG_PAST
					? scanner_find_crash(pool, job->checkout)
					: NULL;
	struct scanner_looking *list;
	struct scanner_job body = {.checkout = job->checkout ? job->checkout : "",
				   .crashed_head = crash ? crash->head : NULL,
				   .commit = job->commit,
				   .path = job->path,
				   .most = job->most,
				   .now = pool->settings.now,
				   .since = job->since,
				   .every = job->every};
	struct buf encoded = {0};

	if (job->kind == MSG_LOOK) {
		list = xcalloc(job->look_count + 1, sizeof(*list));
		for (size_t i = 0; i < job->look_count; i++)
			list[i] =
			    (struct scanner_looking){job->looks[i]->path, job->looks[i]->resolved};
		look_encode(list, job->look_count, pool->settings.now, &encoded);
		free(list);
	} else {
		job_encode(&body, &encoded);
	}
	channel_send(&scanner->channel, job->kind, &encoded);
	channel_flush(&scanner->channel);
	buf_free(&encoded);
	scanner->job = job;
	scanner->since_ms = scanner_now_ms();
	scanner->head[0] = '\0';
	free(scanner->resolved);
	scanner->resolved = NULL;
}

static bool is_keyboard(const struct scanner_pool *pool, const struct scanner *scanner)
{
	return scanner == &pool->scanners[pool->count - 1];
}

/* One that cannot be started is no harm while others work: descriptors or processes are short. */
static bool has_worker(const struct scanner_pool *pool, const struct scanner *wanted)
{
	for (size_t i = 0; i + 1 < pool->count; i++)
		if (pool->scanners[i].job && !is_keyboard(pool, wanted))
			return true;
	return false;
}

/* How long the job that runs the longest has been running, -1: no scanner runs. */
static int64_t busy_ms(const struct scanner_pool *pool)
{
	int64_t now = scanner_now_ms(), longest = -1;

	for (size_t i = 0; i + 1 < pool->count; i++) {
		const struct scanner *scanner = &pool->scanners[i];

		if (!scanner->pid || scanner->channel.broken)
			continue;
		if (longest < 0)
			longest = 0;
		if (scanner->job && now - scanner->since_ms > longest)
			longest = now - scanner->since_ms;
	}
	return longest;
}

/* A process more costs as much as some dozens of scans: a few jobs wait for those that run. */
static bool is_worth_a_process(const struct scanner_pool *pool, const struct job_queue *queue)
{
	int64_t busy = busy_ms(pool);

	return queue == &pool->questions || queue->count >= WORTH_A_PROCESS || busy < 0 ||
	       busy >= PATIENCE_MS;
}

void scanner_assign_jobs(struct scanner_pool *pool)
{
	for (size_t i = 0; i < pool->count && !pool->broken; i++) {
		struct scanner *scanner = &pool->scanners[i];
		struct job_queue *queue = is_keyboard(pool, scanner) ? &pool->questions
					  : pool->scans.first	     ? &pool->scans
								     : &pool->pasts;

		if (scanner->job || scanner->channel.broken || !queue->first)
			continue;
		if (!scanner->pid && !is_worth_a_process(pool, queue))
			continue;
		if (!scanner->pid && !scanner_start(pool, scanner)) {
			if (has_worker(pool, scanner)) {
				free(pool->broken);
				pool->broken = NULL;
			}
			return;
		}
		scanner_take(pool, scanner, scanner_queue_pop(queue));
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
	int64_t now = scanner_now_ms(), nearest = -1;
	size_t count = 0;
	bool more = false; /* another process could be started */

	for (size_t i = 0; i < pool->count; i++) {
		const struct scanner *scanner = &pool->scanners[i];

		more |= !scanner->pid && !is_keyboard(pool, scanner);
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
	if (nearest > PATIENCE_MS && more && (pool->scans.first || pool->pasts.first))
		nearest = PATIENCE_MS;
	if (nearest < 0 && (pool->working || pool->questions.first))
		nearest = 0; /* for scanner_next(): it hands out what waits, or tells the end */
	if (nearest >= 0 && (*timeout_ms < 0 || *timeout_ms > nearest))
		*timeout_ms = (int)nearest;
	return count;
}

/* The face may have been stopped (^Z) meanwhile, and the scanner with it when it answered. */
static bool is_overdue(const struct scanner_pool *pool, struct scanner *scanner)
{
	int64_t now = scanner_now_ms(), late = now - deadline_of(pool, scanner);

	if (late >= LATE_MS)
		scanner->since_ms = now;
	return late >= 0 && late < LATE_MS;
}

void scanner_service(struct scanner_pool *pool)
{
	scanner_assign_jobs(pool);
	for (size_t i = 0; i < pool->count; i++) {
		struct scanner *scanner = &pool->scanners[i];

		if (!scanner->pid || scanner->channel.broken)
			continue;
		if (scanner->job && is_overdue(pool, scanner)) {
			scanner->timed_out = true;
			scanner->channel.broken = true;
			continue;
		}
		channel_flush(&scanner->channel);
		if (!scanner->channel.broken)
			channel_fill(&scanner->channel, FILL_LIMIT);
	}
}

struct scanner_progress scanner_progress(const struct scanner_pool *pool)
{
	struct scanner_progress progress = {
	    .found = pool->found, .done = pool->done, .discovering = pool->discovering};
	int64_t now = scanner_now_ms(), longest = SLOW_SECONDS * 1000;

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
