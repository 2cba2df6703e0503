#ifndef SVCTOP_FETCH_COURIER_H
#define SVCTOP_FETCH_COURIER_H

/*
 * The courier, seen from the face: one process that asks the configured sources over
 * HTTP and tells what they said. It is this same binary re-executed with the user's
 * environment (proxies, secrets) and one socket; it alone holds secrets, is not dumpable, and
 * opens no repository. When it ends, whatever was the cause, the face says so,
 * keeps what it has and starts another one, later and later if that one ends as well.
 */

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config.h"
#include "core/live.h"
#include "core/subject.h"

struct courier;

struct courier_options {
	const char *config_path; /* the courier reads the configuration itself, from this text */
	const char *config_text;
	size_t config_len;
	const char *home;
	const char *cache_dir; /* NULL: none */
	bool once;	       /* each topic once; COURIER_IDLE when all have answered or failed */
	const char *program;   /* NULL: this program itself */
};

enum courier_event_kind {
	COURIER_READY,	/* secrets are there (or known to be missing); text: warnings, NULL */
	COURIER_REPORT, /* report */
	COURIER_STATUS, /* status */
	COURIER_IDLE,	/* nothing is asked and nothing due at once */
	COURIER_SENT,	/* the answer to courier_send() */
	COURIER_LOST,	/* it ended: text says how; it is started again by itself */
};

struct courier_event {
	enum courier_event_kind kind;
	const char *text;		    /* valid until the next call */
	const struct topic_report *report;  /* likewise */
	const struct source_status *status; /* likewise */
	uint32_t request;		    /* SENT: what courier_send() returned */
	long http_status;		    /* SENT: 0: nothing came; text says why */
	const char *body;
	size_t len;
};

/* Starts no process yet: that happens with the first courier_subjects(). */
struct courier *courier_new(const struct courier_options *options, struct err *err);
void courier_free(struct courier *courier); /* at once; NULL is allowed */

/* What there is to ask about; also later, whenever it changed. */
void courier_subjects(struct courier *courier, const struct subject_list *subjects);

/* Asks everything now (the `r` key), but what a server asked to leave alone. */
void courier_refresh(struct courier *courier);

/*
 * Sends something that changes the world outside, after a person said yes: to a source, at a
 * path of its URL, with its credentials. Never repeated by itself. Returns the request's number.
 */
uint32_t courier_send(struct courier *courier, const char *source, const char *method,
		      const char *path, const char *content_type, const char *body, size_t len);

/* As scanner_pollfds() and so on. */
size_t courier_pollfds(const struct courier *courier, struct pollfd *fds, size_t max,
		       int *timeout_ms);
void courier_service(struct courier *courier);
bool courier_next(struct courier *courier, struct courier_event *event);

/* The child's side. */
#define COURIER_ARGUMENT "--courier-child"
int courier_main(int socket);

#endif
