#include "fetch/courier_internal.h"

void program_start(struct question *question, const char *program, const struct http_answer *answer)
{
	(void)program;
	(void)answer;
	round_fail(question->round, FAILURE_ANSWER, "jq expressions cannot be run yet", NULL);
}

void program_results(struct courier_child *child)
{
	(void)child;
}

size_t program_pollfds(const struct courier_child *child, struct pollfd *fds, size_t max,
		       int *timeout_ms)
{
	(void)child;
	(void)fds;
	(void)max;
	(void)timeout_ms;
	return 0;
}
