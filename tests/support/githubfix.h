#ifndef SVCTOP_TESTS_GITHUBFIX_H
#define SVCTOP_TESTS_GITHUBFIX_H

/*
 * GitHub's answers about made-up repositories of the organisation acme, one file each:
 * tests/replay/github/NAME.json (README there). The Python server beside them gives the same
 * over HTTP.
 */

#include "tests/support/play.h"

struct githubfix {
	struct play *play;
	size_t graph, rest; /* questions so far */
	const char *fail;   /* answers GraphQL with this body and no data; NULL */
	bool fail_once;
};

/* A play_server over a struct githubfix. Where SVCTOP_EXCHANGES names a file, every question
 * and answer is added to it, a line of JSON each, for tests/replay/test_contract.sh. */
void githubfix_server(void *ctx, const struct source_request *request, struct play_answer *answer);

#endif
