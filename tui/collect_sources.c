#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "tui/collect_internal.h"

/* What commands do with the configured sources: each is asked once, beside the scan. */

#define MAX_LOST	1  /* how often the courier may end and be started again */
#define SILENCE_SECONDS 60 /* so long nothing may be heard of any source */

void collect_waiting(const struct collection *in, struct buf *line)
{
	const struct live *live = in->feed.live;
	size_t named = 0;

	buf_adds(line, "svctop: waiting for ");
	for (size_t i = 0; i < live_count(live); i++) {
		const struct live_source *source = live_at(live, i);

		if (!source->answered)
			buf_addf(line, "%s%s", named++ ? ", " : "", source->name);
	}
	if (!named)
		buf_adds(line, "sources");
}

/* Takes in what sources said; true when all have answered, or the courier is lost for good. */
bool collect_answers(struct collection *in)
{
	struct courier_event event;

	while (courier_next(in->feed.courier, &event)) {
		feed_apply(in->feed.live, &event, in->now);
		in->heard = time(NULL);
		if (event.kind == COURIER_READY && event.text)
			cli_errorf(NULL, NULL, "%s", event.text);
		in->lost += event.kind == COURIER_LOST;
		in->answered = in->asking && event.kind == COURIER_IDLE;
	}
	return in->answered || in->lost > MAX_LOST || time(NULL) - in->heard > SILENCE_SECONDS;
}

static const struct config_source *configured(const struct config *config, const char *name)
{
	const struct config_source *source = config->sources;

	while (strcmp(source->name, name) != 0)
		source++;
	return source;
}

/* Of a secret the cause names its own line: "config.yml:4: the variable X is not set". */
static const char *split_cause(const struct config *config, const char *cause, char **where)
{
	size_t len = strlen(config->path);
	const char *colon;

	if (strncmp(cause, config->path, len) != 0 || cause[len] != ':')
		return cause;
	colon = strstr(cause + len, ": ");
	if (!colon)
		return cause;
	free(*where);
	*where = xmemdup0(cause, (size_t)(colon - cause));
	return colon + 2;
}

static void note_source(struct collection *in, const struct live_source *source)
{
	const struct config *config = in->cli->config;
	const struct config_source *from = configured(config, source->name);
	const char *cause = source->cause ? source->cause : "did not answer in time";
	char *where = xasprintf("%s:%u", config->path,
				(unsigned)(from->url_line ? from->url_line : from->line));
	struct err err = {0};

	cause = split_cause(config, cause, &where);
	if (source->failing < source->topic_count)
		err_set(&err, where, source->fix, "source %s: %s (%zu of %zu questions)",
			source->name, cause, source->failing, source->topic_count);
	else
		err_set(&err, where, source->fix, "source %s: %s", source->name, cause);
	collect_error(in, &err);
	free(where);
}

/* What did not answer makes the whole incomplete. Without topics there was nothing to ask. */
static void note_sources(struct collection *in)
{
	for (size_t i = 0; i < live_count(in->feed.live); i++) {
		const struct live_source *source = live_at(in->feed.live, i);

		if (source->failing_since || (!source->answered && !in->answered))
			note_source(in, source);
	}
}

/* Secrets are got and what is no service's own is asked while the scan goes on. */
void collect_start_asking(struct collection *in)
{
	const struct subject_list none = {0};

	courier_subjects(in->feed.courier, &none);
	courier_service(in->feed.courier);
}

/* Of the fleet that was scanned: what is asked depends on which services there are. */
void collect_sources(struct collection *in)
{
	bool going = true;

	fleet_settle(in->fleet, in->now);
	in->asking = true;
	in->heard = time(NULL);
	feed_subjects(in->feed.courier, in->fleet);
	courier_service(in->feed.courier);
	while (going && !collect_answers(in)) {
		going = collect_wait(in);
		collect_progress(in);
	}
	in->asking = false;
	collect_clear_progress(in);
	if (going)
		note_sources(in);
	feed_close_courier(&in->feed);
}

int collection_ask(struct collection *in)
{
	if (feed_open(&in->feed, in->cli, true) < 0)
		return -1;
	if (in->feed.live)
		fleet_set_live(in->fleet, in->feed.live);
	return 0;
}
