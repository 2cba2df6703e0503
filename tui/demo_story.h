#ifndef SVCTOP_TUI_DEMO_STORY_H
#define SVCTOP_TUI_DEMO_STORY_H

/*
 * The story that the demo's feed plays. Times are seconds from its start on; what lies
 * before has gone on since yesterday. Its services are those of tui/demo_fleet.txt.
 */

#include <stddef.h>
#include <stdint.h>

#define STORY_NEVER INT32_MAX

struct story_alert {
	const char *name;
	const char *service; /* NULL: the alert names none */
	const char *severity;
	const char *environment;
	const char *instance; /* NULL */
	const char *summary;
	const char *expression;
	int32_t pending, fires, ends;
	const char *inhibited_by; /* the name of the alert that does; NULL */
};

struct story_silence {
	const char *id;
	const char *matcher, *value; /* a label's name and what it is */
	const char *author, *comment;
	int32_t starts, ends;
};

/* A page asked from outside by the blackbox exporter. */
struct story_probe {
	const char *service;
	const char *url;
	int32_t fails, works; /* down in between; STORY_NEVER: never */
	int32_t cert_days;
};

struct story_slo {
	const char *service;
	const char *name;
	double objective;
	double left, left_in_fire; /* of the error budget: in quiet times, while checkout burns */
	double burn, burn_in_fire; /* how fast it is used up */
};

/* A builder: its default branch is red between two times, else green. */
struct story_builder {
	const char *service;
	const char *repository; /* below the demo's folder */
	int number;		/* of the last build before the story */
	int32_t red, green;	/* STORY_NEVER: never */
};

extern const struct story_alert story_alerts[];
extern const size_t story_alert_count;
extern const struct story_silence story_silences[];
extern const size_t story_silence_count;
extern const struct story_probe story_probes[];
extern const size_t story_probe_count;
extern const struct story_slo story_slos[];
extern const size_t story_slo_count;
extern const struct story_builder story_builders[];
extern const size_t story_builder_count;
/* Services whose metrics are scraped. */
extern const char *const story_targets[];
extern const size_t story_target_count;

/* When checkout burns. */
enum { STORY_FIRE = 15, STORY_CLEAR = 210 };

#endif
