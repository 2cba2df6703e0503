#ifndef SVCTOP_TUI_DEMO_FEED_INTERNAL_H
#define SVCTOP_TUI_DEMO_FEED_INTERNAL_H

/* What the files of the feed share. Nobody else includes this. */

#include <stdbool.h>

#include "core/arena.h"
#include "core/json_write.h"
#include "tui/demo_feed.h"
#include "tui/demo_story.h"

struct feed_matcher {
	const char *name, *value;
	bool is_regex, is_equal;
};

/* Strings are in feed->arena. */
struct feed_silence {
	const char *id, *author, *comment;
	struct feed_matcher *matchers;
	size_t matcher_count;
	int64_t starts, ends;
};

/* What a builder builds: the last commit of its repository. */
struct feed_head {
	const char *hash, *author, *subject; /* "" where it could not be read */
	int64_t time;
};

struct demo_feed {
	struct arena *arena;
	int64_t start;
	struct feed_silence *silences;
	size_t silence_count, silence_cap;
	unsigned made;		 /* silences that people made */
	struct feed_head *heads; /* by story_builders */
};

/* A request while it is answered. */
struct feed_call {
	struct demo_feed *feed;
	const struct http_server_request *request;
	struct http_server_reply *reply;
	struct json_writer json; /* of the reply's body */
	int64_t now;
	struct arena *arena;
};

enum feed_alert_state { FEED_INACTIVE, FEED_PENDING, FEED_FIRING };
enum feed_alert_state feed_alert_state(const struct feed_call *call,
				       const struct story_alert *alert);
/* The labels as an object under key. */
void feed_alert_labels(struct feed_call *call, const char *key, const struct story_alert *alert);
void feed_alert_annotations(struct feed_call *call, const char *key,
			    const struct story_alert *alert);
/* Seconds since the story's start. */
int32_t feed_clock(const struct feed_call *call);

/* Each answers what lies below its own path; false: there is no such thing. */
bool feed_prometheus(struct feed_call *call, const char *path);
bool feed_alertmanager(struct feed_call *call, const char *path);
bool feed_buildbot(struct feed_call *call, const char *path);
/* What a home-made deployment log might answer: a list, for a source of type json. */
bool feed_deploys(struct feed_call *call, const char *path);

/* The parameter of a query or a form, unescaped into the call's arena; NULL. */
const char *feed_parameter(struct feed_call *call, const char *name);

#endif
