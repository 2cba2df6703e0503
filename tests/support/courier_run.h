#ifndef SVCTOP_TESTS_SUPPORT_COURIER_RUN_H
#define SVCTOP_TESTS_SUPPORT_COURIER_RUN_H

/*
 * A courier of the test's own and what it told. The test program must be its own courier: its
 * main() hands COURIER_ARGUMENT over.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "fetch/courier.h"
#include "tests/support/httpd.h"

#define PATIENCE_MS 30000

/* What was told of one topic. */
struct seen {
	char source[64], topic[64];
	unsigned reports;
	enum failure failure;
	char cause[512], fix[512];
	size_t signals;
	char title[64];
	bool gone, announced, unchanged;
};

struct courier_run {
	struct courier *courier;
	struct seen topics[256];
	size_t topic_count;
	unsigned ready, idle, lost, sent, statuses;
	char ready_text[512], lost_text[512], sent_text[512], body[256];
	uint32_t sent_request;
	long sent_status;
	struct source_status status;
};

/* A courier over a configuration's text. cache: its folder, NULL: none. */
struct courier_run *courier_run_new(const char *config, const char *cache, bool once);
void courier_run_free(struct courier_run *run); /* ends it */

/* The only service from now on. */
void ask_about(struct courier_run *run, const char *name);

/* What was told of a topic of a source (the second one: of any); zeroed when it is new. */
struct seen *topic_of(struct courier_run *run, const char *source, const char *name);
struct seen *topic(struct courier_run *run, const char *name);

/* Its process; fails the test when there is none. */
pid_t courier_pid(void);

/* Takes in what the courier told. */
void note(struct courier_run *run, const struct courier_event *event);

/* One round of a face's loop; what comes later than PATIENCE_MS is a failure. */
void turn(struct courier_run *run);
#define UNTIL(run, condition)                                                                      \
	do {                                                                                       \
		while (!(condition))                                                               \
			turn(run);                                                                 \
	} while (0)

/* Until the server was asked; server NULL: until a process runs with this word. */
void turn_until_asked(struct courier_run *run, struct httpd *server, const char *word);

#endif
