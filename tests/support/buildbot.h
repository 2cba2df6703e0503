#ifndef SVCTOP_TESTS_SUPPORT_BUILDBOT_H
#define SVCTOP_TESTS_SUPPORT_BUILDBOT_H

/*
 * A real Buildbot with one worker and one builder, "ci-checkout", that runs test.sh of a work
 * tree's branch main; and that work tree.
 */

#include <stdbool.h>

#include "tests/support/servers.h"

struct buildbot {
	struct server *master;
	char *repo;    /* a work tree on main, in the servers' folder */
	char head[64]; /* hex, of the last commit */
};

/* Whether all programs are to be had; if not, the test is to be skipped. */
bool buildbot_available(void);

/*
 * Makes the repository "checkout" with service.yml of this text and a first commit, and starts
 * Buildbot over it. Sets HOME to the servers' folder.
 */
struct buildbot *buildbot_start(struct servers *servers, const char *service_yml);
void buildbot_free(struct buildbot *buildbot); /* the servers end with theirs; NULL is allowed */

/* Commits test.sh of this content, and whatever else changed in the work tree. */
void buildbot_commit(struct buildbot *buildbot, const char *author, const char *message,
		     const char *script);

#endif
