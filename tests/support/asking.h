#ifndef SVCTOP_TESTS_SUPPORT_ASKING_H
#define SVCTOP_TESTS_SUPPORT_ASKING_H

/*
 * A real courier that asks everything once. The test program is its own courier and jq child:
 * main() calls asking_child() first.
 */

#include "core/live.h"
#include "core/subject.h"

/* Whether this process is a child; then it did its work, and *code is what main() returns. */
bool asking_child(int argc, char **argv, int *code);

/* What the sources of a configuration say of these services, NULL: of none. */
struct live *asking_once(const char *config_text, const struct subject_list *subjects);

/* A topic of a source; fails the test where there is none. */
const struct live_topic *asking_topic(const struct live *live, const char *source,
				      const char *topic);

#endif
