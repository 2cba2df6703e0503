#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/scanner_pool.h"

#define START_FAILURES_MAX 3

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
	struct crash *crash = scanner_find_crash(pool, path);

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
	case MSG_PAST:
		event->kind = SCANNER_PAST;
		break;
	default:
		event->kind = SCANNER_PROBLEM;
		event->path = pool->settings.roots[0];
		pool->discovering = false;
		scanner_look_at_found(pool);
		break;
	}
}

/* Whether the job of a scanner that is gone was given to another one. */
static bool try_again(struct scanner_pool *pool, struct job *job, bool was_ready, bool timed_out)
{
	if (job->kind == MSG_LOOK && (was_ready || timed_out || pool->broken)) {
		/* Whichever of them it was: scanning each tells, and nothing is lost. */
		scanner_scan_looks(pool, job);
		scanner_job_free(job);
		return true;
	}
	if (!was_ready && !timed_out && !pool->broken) {
		/* Nothing was read yet, so the checkout is not to blame. */
		scanner_queue_push(scanner_queue_of(pool, job->kind), job);
		return true;
	}
	if (job->kind == MSG_DISCOVER && was_ready && !job->again) {
		/* What lies behind it must not be lost; what was found already is known. */
		job->again = true;
		scanner_queue_push(&pool->scans, job);
		return true;
	}
	return false;
}

/* The scanner is gone: its job failed with it. True when there is an event to tell. */
static bool bury(struct scanner_pool *pool, struct scanner *scanner, struct scanner_event *event)
{
	struct job *job = scanner->job;
	bool was_ready = scanner->ready && !scanner->refused, timed_out = scanner->timed_out;
	enum checkout_state state;
	char head[sizeof(scanner->head)], *resolved = scanner->resolved, *why, *problem;

	memcpy(head, scanner->head, sizeof(head));
	scanner->job = NULL;
	scanner->resolved = NULL;
	scanner_end(scanner, &why);
	if (!was_ready && !timed_out && ++pool->start_failures >= START_FAILURES_MAX &&
	    !pool->broken)
		pool->broken = xasprintf("scanner processes end at their start: %s", why);
	if (!job || try_again(pool, job, was_ready, timed_out)) {
		free(resolved);
		free(why);
		return false;
	}
	state = CHECKOUT_CRASHED;
	if (timed_out) {
		problem =
		    xasprintf("took longer than %u s and was ended",
			      job->kind == MSG_DISCOVER ? DISCOVERY_SECONDS : pool->job_seconds);
	} else if (!was_ready) {
		state = CHECKOUT_UNREADABLE;
		problem = xstrdup(pool->broken);
	} else {
		problem = xasprintf("crashed the scanner: %s", why);
	}
	if (job->kind == MSG_SCAN && state == CHECKOUT_CRASHED) {
		remember_crash(pool, job->checkout, head);
		scanner_know(pool, job->checkout, resolved);
	}
	fail_job(pool, job, state, head, problem, event);
	scanner_job_free(job);
	free(problem);
	free(resolved);
	free(why);
	return true;
}

/* The scanner has answered its job. */
static void finish_job(struct scanner *scanner)
{
	scanner_job_free(scanner->job);
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
	pool->done++;
	if (checkout->state == CHECKOUT_ABSENT) {
		event->kind = SCANNER_ABSENT;
		event->path = arena_strdup(pool->event_arena, checkout->path);
		checkout_free(checkout);
		finish_job(scanner);
		return true;
	}
	event->kind = SCANNER_CHECKOUT;
	event->checkout = checkout;
	event->path = checkout->path;
	scanner_know(pool, checkout->path, checkout->resolved);
	if (checkout->state == CHECKOUT_CRASHED)
		checkout->resolved = NULL; /* the next svctop tries it once more */
	finish_job(scanner);
	return true;
}

static bool on_found(struct scanner_pool *pool, struct scanner *scanner,
		     const struct message *message, struct scanner_event *event, bool *told)
{
	char *path;

	if (!scanner->job || scanner->job->kind != MSG_DISCOVER ||
	    !texts_decode(&event->path, NULL, message->body, message->len, pool->event_arena))
		return false;
	scanner->since_ms = scanner_now_ms();
	if (strmap_get(pool->found_paths, event->path)) {
		*told = false;
		return true;
	}
	path = arena_strdup(pool->found_arena, event->path);
	strmap_put(pool->found_paths, path, path);
	if (pool->find_only || scanner_will_look(pool, event->path))
		pool->found++;
	else
		scanner_scan(pool, event->path);
	event->kind = SCANNER_FOUND;
	return true;
}

static bool on_problem(struct scanner_pool *pool, struct scanner *scanner,
		       const struct message *message, struct scanner_event *event)
{
	scanner->since_ms = scanner_now_ms();
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

static bool on_past(struct scanner_pool *pool, struct scanner *scanner,
		    const struct message *message, struct scanner_event *event)
{
	const struct job *job = scanner->job;
	struct wire_reader in;

	if (!job || job->kind != MSG_PAST)
		return false;
	if (message->type == MSG_NO_PAST) {
		if (!texts_decode(&event->text, NULL, message->body, message->len,
				  pool->event_arena))
			return false;
	} else {
		wire_reader_init(&in, message->body, message->len);
		event->past = past_decode(&in);
		if (!event->past || strcmp(past_path(event->past), job->checkout) != 0) {
			past_free(event->past);
			event->past = NULL;
			return false;
		}
	}
	event->kind = SCANNER_PAST;
	event->path = arena_strdup(pool->event_arena, job->checkout);
	event->request = job->request;
	finish_job(scanner);
	return true;
}

static bool on_alive(struct scanner *scanner)
{
	scanner->since_ms = scanner_now_ms();
	return scanner->job &&
	       (scanner->job->kind == MSG_DISCOVER || scanner->job->kind == MSG_PAST);
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
	const char *head, *resolved;

	if (!texts_decode(&head, &resolved, message->body, message->len, pool->event_arena) ||
	    strlen(head) >= sizeof(scanner->head))
		return false;
	memcpy(scanner->head, head, strlen(head) + 1);
	free(scanner->resolved);
	scanner->resolved = xstrdup(resolved);
	return true;
}

static bool on_looked(struct scanner_pool *pool, struct scanner *scanner,
		      const struct message *message)
{
	struct job *job = scanner->job;

	if (!job || job->kind != MSG_LOOK)
		return false;
	job->verdicts = xcalloc(job->look_count, 1);
	if (!looked_decode(job->verdicts, job->look_count, message->body, message->len)) {
		free(job->verdicts);
		job->verdicts = NULL;
		return false;
	}
	scanner->job = NULL;
	scanner_queue_push(&pool->looked, job);
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
		return on_found(pool, scanner, message, event, told);
	case MSG_PROBLEM:
		return on_problem(pool, scanner, message, event);
	case MSG_CONTENT:
		return on_content(pool, scanner, message, event);
	case MSG_COMMITS:
		return on_commits(pool, scanner, message, event);
	case MSG_VERSIONS:
	case MSG_NO_PAST:
		return on_past(pool, scanner, message, event);
	}
	*told = false;
	switch (message->type) {
	case MSG_READY:
		return on_ready(pool, scanner, message);
	case MSG_ALIVE:
		return on_alive(scanner);
	case MSG_HEAD:
		return on_head(pool, scanner, message);
	case MSG_DONE:
		if (!scanner->job || scanner->job->kind != MSG_DISCOVER)
			return false;
		pool->discovering = false;
		scanner_look_at_found(pool);
		finish_job(scanner);
		return true;
	case MSG_LOOKED:
		return on_looked(pool, scanner, message);
	case MSG_REFUSED:
		scanner->refused = true;
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
		if (told || scanner_next_look(pool, event))
			return true;
	}
	return scanner->pid && scanner->channel.broken && bury(pool, scanner, event);
}

static bool fail_next(struct scanner_pool *pool, struct scanner_event *event)
{
	struct job *job = scanner_queue_pop(&pool->scans);
	while (job && job->kind == MSG_LOOK) {
		scanner_scan_looks(pool, job);
		scanner_job_free(job);
		job = scanner_queue_pop(&pool->scans);
	}
	if (!job)
		job = scanner_queue_pop(&pool->pasts);
	if (!job)
		job = scanner_queue_pop(&pool->questions);
	if (!job)
		return false;
	fail_job(pool, job, CHECKOUT_UNREADABLE, NULL, pool->broken, event);
	scanner_job_free(job);
	return true;
}

static bool all_idle(const struct scanner_pool *pool)
{
	for (size_t i = 0; i + 1 < pool->count; i++)
		if (pool->scanners[i].job)
			return false;
	return !pool->scans.first && !pool->pasts.first;
}

bool scanner_next(struct scanner_pool *pool, struct scanner_event *event)
{
	arena_free(pool->event_arena);
	pool->event_arena = arena_new();
	*event = (struct scanner_event){0};
	if (scanner_next_look(pool, event))
		return true;
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
	scanner_assign_jobs(pool);
	return false;
}
