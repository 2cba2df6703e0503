#include "fetch/jq.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "fetch/channel.h"
#include "fetch/child_process.h"
#include "fetch/jq_messages.h"

#define READ_AT_ONCE (1024 * 1024)

struct job {
	struct job *next;
	uint32_t number;
	struct buf order; /* encoded */
};

struct result {
	struct result *next;
	struct arena *arena;
	struct jq_result result;
};

struct jq_pool {
	char *program;
	pid_t pid; /* 0: no child */
	struct channel channel;
	struct job *first, **last; /* waiting */
	size_t waiting;
	struct job *running; /* NULL: the child has nothing to do */
	int64_t deadline_ms; /* of running */
	struct result *results, **results_end;
	struct result *shown; /* what jq_pool_next() gave last */
	uint32_t jobs;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct jq_pool *jq_pool_new(const char *program)
{
	struct jq_pool *pool = xcalloc(1, sizeof(*pool));

	pool->program = xstrdup(program);
	pool->last = &pool->first;
	pool->results_end = &pool->results;
	return pool;
}

static void job_free(struct job *job)
{
	if (!job)
		return;
	buf_free(&job->order);
	free(job);
}

static void result_free(struct result *result)
{
	if (result)
		arena_free(result->arena);
}

/* why as child_reap() has it. */
static void end_child(struct jq_pool *pool, bool kill_now, char **why)
{
	channel_close(&pool->channel);
	child_reap(pool->pid, kill_now, why);
	pool->pid = 0;
}

void jq_pool_free(struct jq_pool *pool)
{
	if (!pool)
		return;
	if (pool->pid)
		end_child(pool, true, NULL);
	job_free(pool->running);
	while (pool->first) {
		struct job *job = pool->first;

		pool->first = job->next;
		job_free(job);
	}
	while (pool->results) {
		struct result *result = pool->results;

		pool->results = result->next;
		result_free(result);
	}
	result_free(pool->shown);
	free(pool->program);
	free(pool);
}

uint32_t jq_submit(struct jq_pool *pool, const char *expression, const char *body, size_t len)
{
	struct job *job = xcalloc(1, sizeof(*job));
	const struct jq_order order = {
	    .expression = expression, .run = body != NULL, .body = body, .len = len};

	jq_order_encode(&order, &job->order);
	job->number = ++pool->jobs;
	*pool->last = job;
	pool->last = &job->next;
	pool->waiting++;
	return job->number;
}

size_t jq_waiting(const struct jq_pool *pool)
{
	return pool->waiting;
}

/* ---- results ---- */

/* The running job is done; the reply is copied. */
static void finish(struct jq_pool *pool, const struct jq_reply *reply)
{
	struct arena *arena = arena_new_sized(reply->len + 1024);
	struct result *result = arena_alloc(arena, sizeof(*result));

	result->arena = arena;
	result->result = (struct jq_result){
	    .job = pool->running->number,
	    .lines = arena_memdup0(arena, reply->len ? reply->lines : "", reply->len),
	    .len = reply->len,
	    .cut = reply->cut,
	    .compiled = reply->compiled,
	    .error = arena_strdup(arena, reply->error),
	};
	*pool->results_end = result;
	pool->results_end = &result->next;
	job_free(pool->running);
	pool->running = NULL;
	pool->waiting--;
}

static void finish_error(struct jq_pool *pool, const char *error)
{
	finish(pool, &(struct jq_reply){.error = error});
}

bool jq_pool_next(struct jq_pool *pool, struct jq_result *result)
{
	result_free(pool->shown);
	pool->shown = pool->results;
	if (!pool->shown)
		return false;
	pool->results = pool->shown->next;
	if (!pool->results)
		pool->results_end = &pool->results;
	*result = pool->shown->result;
	return true;
}

/* ---- the child ---- */

static int start_child(struct jq_pool *pool, struct err *err)
{
	const struct child_options options = {.program = pool->program,
					      .argument = JQ_ARGUMENT,
					      .stderr_name = "SVCTOP_JQ_STDERR",
					      .what = "the process for jq expressions"};
	int fd;

	if (child_spawn(&options, &pool->pid, &fd, err)) {
		pool->pid = 0;
		return -1;
	}
	channel_init(&pool->channel, fd);
	return 0;
}

static void start_job(struct jq_pool *pool)
{
	struct err err = {0};

	pool->running = pool->first;
	pool->first = pool->running->next;
	if (!pool->first)
		pool->last = &pool->first;
	pool->deadline_ms = now_ms() + JQ_JOB_MS;
	if (!pool->pid && start_child(pool, &err)) {
		char *line = err_line(&err);

		finish_error(pool, line);
		free(line);
		err_clear(&err);
		return;
	}
	channel_send(&pool->channel, JQ_RUN, &pool->running->order);
	buf_free(&pool->running->order);
	channel_flush(&pool->channel);
}

/* The one answer there may be; anything else means that the child is ours no more. */
static void take_reply(struct jq_pool *pool)
{
	struct arena *arena;
	struct message message;
	struct jq_reply reply;

	if (!channel_next(&pool->channel, &message))
		return;
	arena = arena_new();
	if (pool->running && message.type == JQ_DONE &&
	    jq_reply_decode(&reply, message.body, message.len, arena) &&
	    reply.len <= JQ_OUTPUT_MAX + JQ_OUTPUTS)
		finish(pool, &reply);
	else
		pool->channel.broken = true;
	arena_free(arena);
}

static void take_end(struct jq_pool *pool)
{
	char *why, *text;

	end_child(pool, false, &why);
	if (pool->running) {
		/* 1.6 tells neither apart: without memory it jumps to where nothing is. */
		text = xasprintf("jq: took more than %u MB or hit a fault of libjq: stopped (%s)",
				 JQ_MEMORY >> 20, why);
		finish_error(pool, text);
		free(text);
	}
	free(why);
}

void jq_service(struct jq_pool *pool)
{
	if (pool->pid) {
		channel_flush(&pool->channel);
		channel_fill(&pool->channel, READ_AT_ONCE);
		take_reply(pool);
		if (pool->channel.broken)
			take_end(pool);
	}
	if (pool->running && now_ms() >= pool->deadline_ms) {
		end_child(pool, true, NULL);
		finish_error(pool, "jq: the expression ran for over 5 s: stopped");
	}
	while (!pool->running && pool->first)
		start_job(pool);
}

size_t jq_pollfds(const struct jq_pool *pool, struct pollfd *fds, size_t max, int *timeout_ms)
{
	int64_t left = pool->deadline_ms - now_ms();

	*timeout_ms = -1;
	if (pool->running)
		*timeout_ms = left > 0 ? (int)left : 0;
	else if (pool->first)
		*timeout_ms = 0;
	if (!pool->pid || !max)
		return 0;
	fds[0] = (struct pollfd){.fd = pool->channel.fd, .events = POLLIN};
	if (channel_pending(&pool->channel))
		fds[0].events |= POLLOUT;
	return 1;
}

/* ---- checking a configuration ---- */

static void wait_for(struct jq_pool *pool, struct jq_result *result)
{
	struct pollfd fd;
	int timeout;

	jq_service(pool);
	while (!jq_pool_next(pool, result)) {
		size_t count = jq_pollfds(pool, &fd, 1, &timeout);

		poll(&fd, count, timeout);
		jq_service(pool);
	}
}

static int check_expression(struct jq_pool *pool, const struct config *config, uint32_t line,
			    const char *expression, struct err *err)
{
	struct jq_result result;
	char *where;

	jq_submit(pool, expression, NULL, 0);
	wait_for(pool, &result);
	if (!result.error)
		return 0;
	where = xasprintf("%s:%u", config->path, line);
	err_set(err, where, NULL, "%s", result.error);
	free(where);
	return -1;
}

static int check_source(struct jq_pool *pool, const struct config *config,
			const struct config_source *source, struct err *err)
{
	for (size_t i = 0; i < source->option_count; i++)
		if (!strcmp(source->options[i].name, "expression") &&
		    check_expression(pool, config, source->options[i].line,
				     source->options[i].value, err))
			return -1;
	for (size_t i = 0; i < source->check_count; i++)
		if (check_expression(pool, config, source->checks[i].line, source->checks[i].value,
				     err))
			return -1;
	return 0;
}

int jq_check(const char *program, const struct config *config, struct err *err)
{
	struct jq_pool *pool = jq_pool_new(program);
	int result = 0;

	for (size_t i = 0; i < config->source_count && !result; i++)
		if (!strcmp(config->sources[i].type, "json"))
			result = check_source(pool, config, &config->sources[i], err);
	jq_pool_free(pool);
	return result;
}
