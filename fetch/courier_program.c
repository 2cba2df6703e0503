#include <unistd.h>

#include "fetch/courier_internal.h"

#define WAITING_MAX 32

/* jq programs of the user's configuration, which run in a process of their own (fetch/jq.h). */

void program_start(struct question *question, const char *program, const struct http_answer *answer)
{
	struct courier_child *child = question->round->source->child;
	struct question **last = &child->programs;

	if (!child->jq)
		child->jq = jq_pool_new(NULL);
	question->job = jq_submit(child->jq, program, answer->body, answer->len);
	question->next = NULL;
	while (*last)
		last = &(*last)->next;
	*last = question;
	question->round->pending++;
}

static struct question *find_asker(struct courier_child *child, uint32_t job)
{
	for (struct question **at = &child->programs; *at; at = &(*at)->next) {
		struct question *question = *at;

		if (question->job == job) {
			*at = question->next;
			return question;
		}
	}
	return NULL;
}

static void read_outputs(struct question *question, const struct jq_result *outputs)
{
	struct round *round = question->round;
	const struct source_context context = round_context(round);
	struct source_result result;
	struct err err = {0};

	round_result_init(&result, round);
	alarm(COURIER_READ_SECONDS);
	if (round->source->type->read_outputs(&context, question->request, outputs->lines,
					      outputs->len, &result, &err))
		round_fail(round, FAILURE_ANSWER,
			   err.what ? err.what : "the expression gives something else", err.fix);
	else
		round_take_result(round, &result);
	alarm(0);
	if (outputs->cut && !round->note)
		round->note = "the first outputs of the expression only";
	err_clear(&err);
}

static void fail(struct round *round, const char *error)
{
	const struct courier_source *source = round->source;
	const char *place = courier_place(source, source->config->line, round->arena);

	round_fail(
	    round, FAILURE_ANSWER, error,
	    arena_printf(round->arena, "look at the expressions of the source at %s", place));
}

void program_results(struct courier_child *child)
{
	struct jq_result result;

	if (!child->jq)
		return;
	jq_service(child->jq);
	while (jq_pool_next(child->jq, &result)) {
		struct question *question = find_asker(child, result.job);

		if (!question)
			continue;
		courier_clock(child);
		if (result.error)
			fail(question->round, result.error);
		else if (!question->round->failure && question->round->topic)
			read_outputs(question, &result);
		round_question_done(question->round);
	}
}

bool program_busy(const struct courier_child *child)
{
	return child->jq && jq_waiting(child->jq) >= WAITING_MAX;
}

size_t program_pollfds(const struct courier_child *child, struct pollfd *fds, size_t max,
		       int *timeout_ms)
{
	int timeout;
	size_t count;

	if (!child->jq)
		return 0;
	count = jq_pollfds(child->jq, fds, max, &timeout);
	if (timeout >= 0 && (*timeout_ms < 0 || timeout < *timeout_ms))
		*timeout_ms = timeout;
	return count;
}
