#ifndef SVCTOP_FETCH_COURIER_INTERNAL_H
#define SVCTOP_FETCH_COURIER_INTERNAL_H

/* What the files of the courier's own process share. */

#define COURIER_READ_SECONDS 30 /* an adapter that needs longer hangs: SIGALRM ends the process */

#include "core/strmap.h"
#include "fetch/channel.h"
#include "fetch/courier.h"
#include "fetch/courier_messages.h"
#include "fetch/http.h"
#include "fetch/jq.h"
#include "fetch/ratelimit.h"
#include "fetch/schedule.h"
#include "fetch/secret.h"
#include "fetch/source.h"

struct courier_source;
struct question;
struct round;

struct courier_child {
	struct channel channel;
	struct arena *arena; /* of settings */
	struct courier_settings settings;
	struct config *config;
	struct http *http;
	struct jq_pool *jq;	   /* NULL: nobody needed one yet */
	struct question *programs; /* their jobs, oldest first */
	struct courier_source *sources;
	size_t source_count;
	struct subjects_held *subjects; /* NULL: none came yet */
	uint64_t asked;			/* SUBJECTS and REFRESH messages that came */
	bool ready_told, idle_told;
	int64_t now_ms;	   /* of a clock that does not jump, and runs while the machine sleeps */
	int64_t now;	   /* seconds since 1970 */
	int64_t online_ms; /* when a server that is not this machine answered last; 0: none did */
};

/* The subjects of one message, as long as somebody looks at them. */
struct subjects_held {
	unsigned holders;
	struct arena *arena;
	struct subject_list list;
};

/* What a source's plan() gave for them. */
struct plan {
	unsigned holders;
	struct arena *arena;
	struct subjects_held *subjects;
	struct source_requests requests;
};

struct topic {
	struct schedule_entry entry; /* first */
	struct courier_source *source;
	struct plan *plan;
	const struct source_request **requests; /* in the plan's arena */
	size_t request_count;
	char *name;
	uint64_t kinds;
	const char *subject; /* the plan's */
	int64_t every;	     /* seconds */
	uint64_t wanted;     /* digest of requests */
	uint64_t said;	     /* of the last answer that was told */
	bool has_said;
	struct round *round; /* NULL: is not being asked */
	int64_t asked_ms;
	bool planned; /* while a new plan is compared */
	bool retried; /* once: had its second chance */
	bool told;    /* an answer, or why there is none */
};

struct courier_source {
	struct courier_child *child;
	struct config_source *config; /* url filled in where the type has one by default */
	const struct source_type *type;
	struct secret *secret;
	int64_t secret_ms; /* when it was begun to be looked for */
	bool secret_again; /* it was refused: look for it anew before asking again */
	struct http_credentials *credentials;
	bool ready; /* its secret is there, or none is needed */
	struct schedule *schedule;
	/* Why it is left alone. */
	enum failure excuse;
	char *excuse_cause, *excuse_fix;
	struct topic **topics;
	size_t topic_count;
	struct plan *plan;
	struct question *first, **last; /* questions that wait to be asked */
	struct dispatch *orders;	/* wait for the secret */
	size_t running, window;
	struct source_status status;
	bool status_changed;
	int64_t status_ms; /* when it was last told */
	char *version;	   /* status.version */
};

/* One question of a topic's round; in the round's arena. */
struct question {
	struct question *next;
	struct round *round;
	const struct source_request *request;
	uint32_t job; /* of its jq program */
};

/* One time of asking a topic: its requests, and what their answers ask for besides. */
struct round {
	struct topic *topic; /* NULL: was forgotten meanwhile */
	struct courier_source *source;
	struct plan *plan;
	struct arena *arena;
	struct signal_list signals;
	size_t pending;	 /* questions that wait or run */
	size_t followed; /* further questions so far */
	size_t bytes;
	size_t answered, absent;
	enum failure failure;
	const char *cause, *fix, *note;
};

/* ---- courier_child.c ---- */

void courier_clock(struct courier_child *child);
void courier_tell(struct courier_child *child, enum courier_message type, struct buf *body);

/* ---- courier_source.c: what is asked, and when ---- */

void courier_source_init(struct courier_source *source, struct courier_child *child,
			 struct config_source *config, const struct source_type *type);
void courier_source_free(struct courier_source *source);
/* Asks a topic whose subjects are others now, as soon as that is polite. */
void courier_source_again(struct topic *topic);
/* Makes topics of the child's subjects. */
void courier_source_plan(struct courier_source *source);
/* Asks what is due and looks after the secret. */
void courier_source_pump(struct courier_source *source);
void courier_source_refresh(struct courier_source *source);
void courier_source_order(struct courier_source *source, const struct courier_order *order);
/* Whether nothing is asked and nothing due at once. */
bool courier_source_idle(const struct courier_source *source);
void courier_source_status(struct courier_source *source);
/* When it has to be looked at again, in the child's now_ms; INT64_MAX. */
int64_t courier_source_next(const struct courier_source *source);
/*
 * The source is left alone from now on: every topic that would be asked before has failed
 * with this cause. In a command, every topic that was not asked yet.
 */
void courier_source_excuse(struct courier_source *source, enum failure failure, const char *cause,
			   const char *fix);

/* Until when it is left alone; 0: it is not. */
int64_t courier_source_left_until(const struct courier_source *source);

void plan_release(struct plan *plan);		       /* NULL is allowed */
void subjects_release(struct subjects_held *subjects); /* NULL is allowed */

/* ---- courier_round.c: one time of asking ---- */

void round_start(struct topic *topic);
/* Puts a question to the network. */
void round_ask(struct question *question);
void round_fail(struct round *round, enum failure failure, const char *cause, const char *fix);
struct source_context round_context(const struct round *round);
void round_result_init(struct source_result *result, struct round *round);
void round_take_result(struct round *round, const struct source_result *result);
/* One of its questions has its answer; the last one ends the round. */
void round_question_done(struct round *round);
/* A topic's report; signals may be NULL. Sends it. */
void topic_tell(struct topic *topic, struct topic_report *report);

/* ---- courier_program.c: jq ---- */

void program_start(struct question *question, const char *program,
		   const struct http_answer *answer);
void program_results(struct courier_child *child);
/* Whether so many bodies wait for it that no more should be asked for. */
bool program_busy(const struct courier_child *child);
size_t program_pollfds(const struct courier_child *child, struct pollfd *fds, size_t max,
		       int *timeout_ms);

/* ---- courier_verdict.c: what a status means ---- */

struct courier_verdict {
	enum failure failure;
	bool read;		 /* read() gets the answer */
	const char *cause, *fix; /* in the arena that was given */
};

void courier_verdict(struct courier_verdict *verdict, const struct courier_source *source,
		     const struct source_request *request, const struct http_answer *answer,
		     const struct ratelimit *limits, struct arena *arena);
/* "the budget of 5000 questions is used up, asked again in 12m" */
const char *courier_rate_words(const struct ratelimit *limits, struct arena *arena);
/* "config.yml:12" */
const char *courier_place(const struct courier_source *source, uint32_t line, struct arena *arena);
/* One line that can be shown, of at most 300 bytes; NULL for NULL. */
const char *courier_line(struct arena *arena, const char *text);

#endif
