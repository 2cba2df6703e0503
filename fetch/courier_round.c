#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/wire.h"
#include "fetch/courier_internal.h"
#include "fetch/source_url.h"

#define FOLLOWED_MAX   200		   /* further pages and steps of a round */
#define BYTES_MAX      ((size_t)256 << 20) /* of a round's bodies */
#define REPORT_MAX     (CHANNEL_MAX - 4096)
#define TIMEOUT	       10
#define WINDOW_MAX     32
#define SECRET_REST_MS 60000
#define ONLINE_MS      300000
#define ONCE_RETRY_MS  1000

/* ---- telling ---- */

static uint64_t digest_of(const struct topic_report *report)
{
	struct buf body = {0};
	uint64_t hash;

	wire_put_str(&body, report->note);
	signals_encode(report->signals.signals, report->signals.count, &body);
	hash = hash_bytes(HASH_START, body.data, body.len);
	buf_free(&body);
	return hash;
}

/* What the face knows already need not travel: most answers are those of half a minute ago. */
static void leave_out_known(struct topic *topic, struct topic_report *report)
{
	uint64_t said = digest_of(report);

	report->unchanged = topic->has_said && topic->said == said;
	topic->has_said = true;
	topic->said = said;
	if (report->unchanged) {
		report->signals.count = 0;
		report->note = NULL;
	}
}

/*
 * A password that is a word of these names hides nothing, and overwritten in them the face would
 * not know whose report it is.
 */
static bool is_name(const struct courier_source *source, const struct topic_report *report)
{
	struct arena *scratch = arena_new();
	char *names = arena_printf(scratch, "%s\n%s\n%s", report->source, report->topic,
				   report->subject ? report->subject : "");
	const char *before = arena_strdup(scratch, names);
	bool found;

	secret_scrub(source->secret, names, strlen(names));
	found = strcmp(names, before) != 0;
	arena_free(scratch);
	return found;
}

void topic_tell(struct topic *topic, struct topic_report *report)
{
	struct courier_source *source = topic->source;
	struct buf body = {0};

	report->source = source->config->name;
	report->topic = topic->name;
	report->subject = topic->subject;
	report->kinds = topic->kinds;
	topic_report_encode(report, &body);
	if (body.len > REPORT_MAX) {
		struct topic_report large = {.source = report->source,
					     .topic = report->topic,
					     .subject = report->subject,
					     .kinds = report->kinds,
					     .failure = FAILURE_ANSWER,
					     .cause = "more signals than can be told",
					     .at = report->at};

		topic->has_said = false;
		buf_reset(&body);
		topic_report_encode(&large, &body);
	}
	if (!is_name(source, report))
		secret_scrub(source->secret, body.data, body.len);
	if (report->at)
		topic->told = true;
	courier_tell(source->child, COURIER_MSG_REPORT, &body);
}

static void tell_round(const struct round *round)
{
	struct topic *topic = round->topic;
	struct topic_report report = {.failure = round->failure,
				      .cause = round->cause,
				      .fix = round->fix,
				      .at = round->source->child->now};

	if (!round->failure) {
		if (round->absent && round->absent == round->answered)
			report.failure = FAILURE_ABSENT;
		report.signals = round->signals;
		report.note = round->note;
		if (round->signals.dropped)
			report.note =
			    arena_printf(round->arena, "the first %zu only", round->signals.count);
		leave_out_known(topic, &report);
	}
	topic_tell(topic, &report);
}

/* ---- the end of a round ---- */

void round_fail(struct round *round, enum failure failure, const char *cause, const char *fix)
{
	if (round->failure)
		return;
	round->failure = failure;
	round->cause = courier_line(round->arena, cause);
	round->fix = courier_line(round->arena, fix);
}

/* A command asks once; what may have been a moment's trouble gets a second chance. */
static bool may_retry(const struct topic *topic, enum failure failure)
{
	return !topic->retried && !courier_source_left_until(topic->source) &&
	       (failure == FAILURE_RESOLVE || failure == FAILURE_CONNECT ||
		failure == FAILURE_SERVER);
}

static void reschedule(struct round *round)
{
	struct courier_source *source = round->source;
	struct topic *topic = round->topic;
	int64_t now = source->child->now_ms;
	bool opened = schedule_done(source->schedule, &topic->entry, round->failure, now);

	if (opened)
		courier_source_excuse(source, round->failure, round->cause, round->fix);
	if (source->child->settings.once) {
		schedule_remove(source->schedule, &topic->entry);
		if (may_retry(topic, round->failure)) {
			topic->retried = true;
			schedule_again(source->schedule, &topic->entry, now + ONCE_RETRY_MS);
		}
	}
	if (source->type->reads_subjects && round->plan->subjects != topic->plan->subjects)
		courier_source_again(topic);
}

static void round_end(struct round *round)
{
	struct topic *topic = round->topic;

	courier_clock(round->source->child);
	if (topic) {
		topic->round = NULL;
		tell_round(round);
		reschedule(round);
	}
	plan_release(round->plan);
	arena_free(round->arena);
	free(round);
}

void round_question_done(struct round *round)
{
	if (!--round->pending)
		round_end(round);
}

/* ---- questions ---- */

static void enqueue(struct round *round, const struct source_request *request)
{
	struct courier_source *source = round->source;
	struct question *question = arena_alloc(round->arena, sizeof(*question));

	*question = (struct question){.round = round, .request = request};
	*source->last = question;
	source->last = &question->next;
	round->pending++;
}

void round_start(struct topic *topic)
{
	struct round *round = xcalloc(1, sizeof(*round));

	round->topic = topic;
	round->source = topic->source;
	round->plan = topic->plan;
	round->plan->holders++;
	round->arena = arena_new_sized(2048);
	round->signals.arena = round->arena;
	topic->round = round;
	topic->asked_ms = topic->source->child->now_ms;
	for (size_t i = 0; i < topic->request_count; i++)
		enqueue(round, topic->requests[i]);
}

static void follow(struct round *round, const struct source_requests *more)
{
	for (size_t i = 0; i < more->count; i++) {
		if (round->followed == FOLLOWED_MAX) {
			round->note =
			    arena_printf(round->arena, "the first %d pages only", FOLLOWED_MAX);
			return;
		}
		round->followed++;
		enqueue(round, &more->requests[i]);
	}
}

static void merge(struct round *round, const struct source_result *result)
{
	struct courier_source *source = round->source;

	for (size_t i = 0; i < result->signals.count; i++) {
		const struct signal *from = &result->signals.signals[i];
		struct signal *to =
		    signal_add(&round->signals, from->kind, from->state, from->id, from->title);

		if (!to)
			break;
		*to = *from;
	}
	round->signals.dropped += result->signals.dropped;
	if (result->note && !round->note)
		round->note = courier_line(round->arena, result->note);
	if (result->version &&
	    (!source->version || strcmp(source->version, result->version) != 0)) {
		struct arena *scratch = arena_new();

		free(source->version);
		source->version = xstrdup(courier_line(scratch, result->version));
		source->status.version = source->version;
		source->status_changed = true;
		arena_free(scratch);
	}
	follow(round, &result->more);
}

static void note_limits(struct courier_source *source, const struct ratelimit *limits,
			struct arena *arena)
{
	struct courier_child *child = source->child;
	int64_t pause = ratelimit_pause(limits);
	bool held = schedule_held_until(source->schedule) > child->now_ms;

	if (limits->left >= 0) {
		source->status.limit = limits->limit;
		source->status.left = limits->left;
		source->status.resets_at =
		    limits->reset_in >= 0 ? child->now + limits->reset_in : 0;
	}
	if (!pause)
		return;
	schedule_hold(source->schedule, child->now_ms + pause * 1000);
	if (!held)
		courier_source_excuse(source, FAILURE_RATE, courier_rate_words(limits, arena),
				      NULL);
}

void round_result_init(struct source_result *result, struct round *round)
{
	*result = (struct source_result){.limit = -1, .left = -1};
	result->signals.arena = round->arena;
	result->more.arena = round->arena;
}

void round_take_result(struct round *round, const struct source_result *result)
{
	struct ratelimit limits = {
	    .limit = result->limit, .left = result->left, .reset_in = -1, .retry_after = -1};

	if (limits.left >= 0) {
		if (result->resets_at > 0)
			limits.reset_in = result->resets_at > round->source->child->now
					      ? result->resets_at - round->source->child->now
					      : 0;
		note_limits(round->source, &limits, round->arena);
	}
	merge(round, result);
}

struct source_context round_context(const struct round *round)
{
	return (struct source_context){.config = round->source->config,
				       .subjects = &round->plan->subjects->list,
				       .now = round->source->child->now};
}

static const char *find_header(const void *ctx, const char *name)
{
	return http_header(ctx, name);
}

/* Some server answered a moment ago: what cannot be reached is not this machine's fault. */
static bool is_online(const struct courier_child *child)
{
	return child->online_ms && child->now_ms - child->online_ms < ONLINE_MS;
}

static void note_online(struct round *round, const struct http_answer *answer)
{
	const char *host = answer->url ? source_host(round->arena, answer->url) : NULL;

	if (answer->status && host && !source_is_local(host))
		round->source->child->online_ms = round->source->child->now_ms;
}

static void read_answer(struct question *question, const struct courier_verdict *verdict,
			const struct http_answer *http)
{
	struct round *round = question->round;
	const struct source_context context = round_context(round);
	const struct source_answer answer = {
	    .status = http->status,
	    .failure = verdict->failure,
	    .cause = verdict->cause,
	    .body = http->body ? http->body : "",
	    .len = http->len,
	    .url = http->url ? http->url : question->request->url,
	    .header = find_header,
	    .header_ctx = http,
	    .seconds = http->seconds,
	    .at = round->source->child->now,
	    .tls = http->certificate.tls,
	    .cert_issuer = http->certificate.issuer,
	    .cert_subject = http->certificate.subject,
	    .cert_names = (const char **)http->certificate.names,
	    .cert_name_count = http->certificate.name_count,
	    .cert_from = http->certificate.from,
	    .cert_until = http->certificate.until,
	    .cert_problem = http->certificate.problem,
	    .local = http->local,
	    .online = is_online(round->source->child),
	};
	enum failure failure = verdict->failure	     ? verdict->failure
			       : http->status >= 500 ? FAILURE_SERVER
						     : FAILURE_ANSWER;
	struct source_result result;
	struct err err = {0};
	int failed;

	round_result_init(&result, round);
	alarm(COURIER_READ_SECONDS);
	failed = round->source->type->read(&context, question->request, &answer, &result, &err);
	alarm(0);
	round->answered++;
	round->absent += verdict->failure == FAILURE_ABSENT;
	if (failed) {
		round_fail(round, failure,
			   err.what ? err.what : "the answer is not what it should be", err.fix);
	} else {
		round_take_result(round, &result);
		if (result.program)
			program_start(question, result.program, http);
	}
	err_clear(&err);
}

static void adapt_window(struct courier_source *source, enum failure failure)
{
	if (failure == FAILURE_TIMEOUT || failure == FAILURE_CONNECT || failure == FAILURE_SERVER)
		source->window = source->window > 1 ? source->window / 2 : 1;
	else if (source->window < WINDOW_MAX)
		source->window++;
}

static void count_answer(struct courier_source *source, const struct http_answer *answer,
			 bool failed)
{
	struct source_status *status = &source->status;

	status->requests++;
	status->not_modified += answer->not_modified;
	status->failures += failed;
	status->bytes += answer->received;
	status->latency_ms = (uint32_t)(answer->seconds * 1000);
	source->status_changed = true;
}

static void on_answer(void *ctx, const struct http_answer *answer)
{
	struct question *question = ctx;
	struct round *round = question->round;
	struct courier_source *source = round->source;
	bool probe = question->request->transfer == TRANSFER_PROBE;
	struct ratelimit limits = {-1, -1, -1, -1};
	struct courier_verdict verdict;

	courier_clock(source->child);
	source->running--;
	note_online(round, answer);
	if (!probe)
		ratelimit_read(&limits, find_header, answer, source->child->now);
	courier_verdict(&verdict, source, question->request, answer, &limits, round->arena);
	count_answer(source, answer, !verdict.read);
	/* Each probe has a server of its own: a bad one says nothing about the others. */
	adapt_window(source, probe ? FAILURE_NONE : verdict.failure);
	if (!probe)
		note_limits(source, &limits, round->arena);
	if (answer->status == 401 && secret_changes(source->secret) &&
	    source->child->now_ms - source->secret_ms > SECRET_REST_MS)
		source->secret_again = true;
	round->bytes += answer->len;
	if (!verdict.read)
		round_fail(round, verdict.failure, verdict.cause, verdict.fix);
	else if (round->bytes > BYTES_MAX)
		round_fail(round, FAILURE_ANSWER, "the answers are larger than 256 MiB together",
			   NULL);
	else if (!round->failure && round->topic)
		read_answer(question, &verdict, answer);
	round_question_done(round);
}

static unsigned timeout_of(const struct courier_source *source,
			   const struct source_request *request)
{
	unsigned seconds = request->timeout_seconds  ? request->timeout_seconds
			   : source->config->timeout ? source->config->timeout
						     : TIMEOUT;

	return seconds * 1000;
}

void round_ask(struct question *question)
{
	struct round *round = question->round;
	struct courier_source *source = round->source;
	const struct source_request *request = question->request;
	bool probe = request->transfer == TRANSFER_PROBE;
	const struct http_request http = {
	    .method = request->method,
	    .url = request->url,
	    .headers = (const char *const *)request->headers,
	    .body = request->body,
	    .body_len = request->body ? strlen(request->body) : 0,
	    .content_type = request->content_type,
	    .credentials = probe ? NULL : source->credentials,
	    .ca = source->config->ca,
	    .cap = request->cap,
	    .timeout_ms = timeout_of(source, request),
	    .cached = !request->uncached && !probe,
	    .probe = probe,
	    .foreign = request->foreign,
	};
	struct err err = {0};

	if (round->failure || !round->topic) {
		round_question_done(round);
		return;
	}
	if (http_start(source->child->http, &http, on_answer, question, &err) == 0) {
		source->running++;
		return;
	}
	round_fail(round, FAILURE_ANSWER, err.what ? err.what : "this cannot be asked", err.fix);
	err_clear(&err);
	round_question_done(round);
}
