#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/json_write.h"
#include "core/mem.h"
#include "tui/collector_internal.h"

/* What the collector serves: /metrics, /healthz, and a line that names them. */

enum { OVERDUE_PERIODS = 3 };

static char *overdue(const struct collector *in)
{
	int64_t silent = (collector_clock_ms() - in->progress_ms) / 1000;

	/* Whoever is followed has a rhythm of its own. */
	if (in->following || silent <= in->options->every * OVERDUE_PERIODS)
		return NULL;
	return xasprintf("nothing was refreshed for %lld seconds", (long long)silent);
}

int64_t collector_refreshed_at(const struct collector *in)
{
	return in->following ? keeper_seen_at(in->keeper) : in->refreshed_at;
}

char *collector_sick(const struct collector *in)
{
	const struct err *problem = keeper_problem(in->keeper);

	if (in->failed)
		return xasprintf("the last refresh failed: %s", in->cause);
	if (in->waiting)
		return xstrdup("another svctop keeps the store, for other folders");
	if (problem && problem->what)
		return xasprintf("nothing can be kept: %s", problem->what);
	return overdue(in);
}

static void healthz(struct collector *in, struct http_server_reply *reply)
{
	char *sick = collector_sick(in);
	const struct fleet_summary *summary = fleet_summary(in->fleet);
	struct store *store = keeper_store(in->keeper);
	struct json_writer json = {.out = &reply->body, .pretty = true};

	reply->status = sick ? 503 : 200;
	reply->type = "application/json";
	json_open(&json, NULL, '{');
	json_str(&json, "status",
		 sick				     ? "failing"
		 : in->refreshed_at || in->following ? "ok"
						     : "starting");
	json_str(&json, "reason", sick);
	json_time(&json, "started_at", in->started);
	json_time(&json, "refreshed_at", collector_refreshed_at(in));
	json_bool(&json, "refreshing", in->refreshing);
	json_bool(&json, "follows", in->following);
	json_int(&json, "services", (int64_t)summary->services);
	json_int(&json, "checkouts", (int64_t)summary->checkouts);
	json_int(&json, "unreadable", (int64_t)summary->unreadable);
	json_int(&json, "gaps", (int64_t)summary->gaps);
	json_str(&json, "store", store ? store_path(store) : NULL);
	json_str(&json, "version", VERSION);
	json_close(&json, '}');
	buf_addc(&reply->body, '\n');
	free(sick);
}

void collector_answer(void *ctx, const struct http_server_request *request,
		      struct http_server_reply *reply)
{
	struct collector *in = ctx;
	bool openmetrics = http_server_accepts(request, "Accept", "application/openmetrics-text");

	if (!strcmp(request->path, "/metrics")) {
		reply->type = openmetrics
				  ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
				  : "text/plain; version=0.0.4; charset=utf-8";
		reply->gzip = true;
		collector_metrics(in, &reply->body, openmetrics);
	} else if (!strcmp(request->path, "/healthz")) {
		healthz(in, reply);
	} else if (!strcmp(request->path, "/")) {
		reply->type = "text/html; charset=utf-8";
		buf_adds(&reply->body, "<!DOCTYPE html><title>svctop</title>svctop " VERSION
				       " collects here: <a href=\"metrics\">metrics</a>, "
				       "<a href=\"healthz\">healthz</a>\n");
	} else {
		reply->status = 404;
		buf_adds(&reply->body, "not found; there are / /metrics /healthz\n");
	}
}
