/* Checkouts of which something is known: whether that still holds, many in one job. */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/scanner_pool.h"

#define LOOKS_A_JOB 512 /* one that hangs takes so many others with it into a scan */

static bool nothing_is_known(const struct scanner_pool *pool)
{
	return pool->settings.rev || pool->settings.at;
}

void scanner_know(struct scanner_pool *pool, const char *path, const char *resolved)
{
	struct known *known = strmap_get(pool->known_paths, path);
	size_t size;

	if (nothing_is_known(pool) || (!known && !resolved))
		return;
	if (!known) {
		size = strlen(path) + 1;
		known = xcalloc(1, sizeof(*known) + size);
		memcpy(known->path, path, size);
		GROW(pool->known, pool->known_count, pool->known_cap);
		pool->known[pool->known_count++] = known;
		strmap_put(pool->known_paths, known->path, known);
	}
	if (known->resolved && resolved && !strcmp(known->resolved, resolved))
		return;
	free(known->resolved);
	known->resolved = xstrdup(resolved);
}

void scanner_forget_known(struct scanner_pool *pool)
{
	for (size_t i = 0; i < pool->known_count; i++) {
		free(pool->known[i]->resolved);
		free(pool->known[i]);
	}
	free(pool->known);
	free(pool->found_known);
	strmap_free(pool->known_paths);
}

static void push_looks(struct scanner_pool *pool, struct known *const *list, size_t count,
		       bool found)
{
	for (size_t at = 0; at < count;) {
		struct job *job = scanner_job_new(MSG_LOOK, NULL);

		job->looks = xcalloc(LOOKS_A_JOB, sizeof(struct known *));
		for (; at < count && job->look_count < LOOKS_A_JOB; at++)
			if (list[at]->resolved)
				job->looks[job->look_count++] = list[at];
		if (!job->look_count) {
			scanner_job_free(job);
			continue;
		}
		job->found = found;
		scanner_queue_push(&pool->scans, job);
	}
}

bool scanner_will_look(struct scanner_pool *pool, const char *path)
{
	struct known *known = strmap_get(pool->known_paths, path);

	if (!known || !known->resolved)
		return false;
	GROW(pool->found_known, pool->found_known_count, pool->found_known_cap);
	pool->found_known[pool->found_known_count++] = known;
	if (pool->found_known_count == LOOKS_A_JOB)
		scanner_look_at_found(pool);
	return true;
}

/* One that is no longer known since it was found is scanned. */
static void scan_forgotten(struct scanner_pool *pool)
{
	for (size_t i = 0; i < pool->found_known_count; i++)
		if (!pool->found_known[i]->resolved)
			scanner_queue_push(&pool->scans,
					   scanner_job_new(MSG_SCAN, pool->found_known[i]->path));
}

void scanner_look_at_found(struct scanner_pool *pool)
{
	scan_forgotten(pool);
	push_looks(pool, pool->found_known, pool->found_known_count, true);
	pool->found_known_count = 0;
}

void scanner_look(struct scanner_pool *pool)
{
	if (!pool->working)
		pool->found = pool->done = 0;
	pool->working = true;
	push_looks(pool, pool->known, pool->known_count, false);
}

static void scan_one(struct scanner_pool *pool, const struct job *job, size_t i)
{
	if (!job->found)
		pool->found++;
	scanner_queue_push(&pool->scans, scanner_job_new(MSG_SCAN, job->looks[i]->path));
}

void scanner_scan_looks(struct scanner_pool *pool, const struct job *job)
{
	for (size_t i = 0; i < job->look_count; i++)
		scan_one(pool, job, i);
}

/* What becomes of one that was looked at; true: there is an event. */
static bool settle_look(struct scanner_pool *pool, const struct job *job, size_t i,
			struct scanner_event *event)
{
	switch (job->verdicts[i]) {
	case LOOK_CHANGED:
		scan_one(pool, job, i);
		return false;
	case LOOK_GONE:
		scanner_know(pool, job->looks[i]->path, NULL);
		event->kind = SCANNER_GONE;
		break;
	default:
		if (!job->found)
			return false;
		event->kind = SCANNER_UNCHANGED;
	}
	pool->done += job->found;
	event->path = job->looks[i]->path;
	return true;
}

bool scanner_next_look(struct scanner_pool *pool, struct scanner_event *event)
{
	struct job *job;

	while ((job = pool->looked.first)) {
		while (job->looks_told < job->look_count)
			if (settle_look(pool, job, job->looks_told++, event))
				return true;
		scanner_job_free(scanner_queue_pop(&pool->looked));
	}
	return false;
}
