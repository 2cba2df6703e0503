#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/version.h"
#include "fetch/courier_internal.h"

#define EVERY	     60 /* seconds, where nobody says */
#define WINDOW_FIRST 4
#define STATUS_MS    1000
#define AGAIN_MS     5000		/* subjects come in batches while checkouts are scanned */
#define BEHIND_MAX   (8u * 1024 * 1024) /* bytes that the face has not taken yet */

/* What was ordered by a person, once. */
struct dispatch {
	struct dispatch *next;
	struct courier_source *source;
	struct arena *arena;
	struct courier_order order;
};

/* ---- start and end ---- */

static void find_secret(struct courier_source *source)
{
	const struct courier_child *child = source->child;

	source->secret_ms = child->now_ms;
	source->secret_again = false;
	secret_free(source->secret);
	source->secret =
	    secret_new(source->config, source->config->url, child->settings.config_path,
		       child->settings.home, child->now_ms);
}

void courier_source_init(struct courier_source *source, struct courier_child *child,
			 struct config_source *config, const struct source_type *type)
{
	*source =
	    (struct courier_source){.child = child,
				    .config = config,
				    .type = type,
				    .window = WINDOW_FIRST,
				    .status = {.source = config->name, .limit = -1, .left = -1}};
	source->last = &source->first;
	if (!config->url)
		config->url = type->default_url;
	source->schedule =
	    schedule_new((uint64_t)child->now_ms ^ (uint64_t)(source - child->sources) << 32);
	find_secret(source);
}

void subjects_release(struct subjects_held *subjects)
{
	if (!subjects || --subjects->holders)
		return;
	arena_free(subjects->arena);
	free(subjects);
}

void plan_release(struct plan *plan)
{
	if (!plan || --plan->holders)
		return;
	subjects_release(plan->subjects);
	arena_free(plan->arena);
	free(plan);
}

static void topic_free(struct topic *topic)
{
	if (topic->round)
		topic->round->topic = NULL;
	schedule_remove(topic->source->schedule, &topic->entry);
	plan_release(topic->plan);
	free(topic->name);
	free(topic);
}

void courier_source_free(struct courier_source *source)
{
	for (size_t i = 0; i < source->topic_count; i++)
		topic_free(source->topics[i]);
	free(source->topics);
	plan_release(source->plan);
	schedule_free(source->schedule);
	http_credentials_free(source->credentials);
	secret_free(source->secret);
	free(source->version);
	free(source->excuse_cause);
	free(source->excuse_fix);
}

/* ---- failures of the whole source ---- */

int64_t courier_source_left_until(const struct courier_source *source)
{
	int64_t held = schedule_held_until(source->schedule),
		open = schedule_open_until(source->schedule), until = held > open ? held : open;

	return until > source->child->now_ms ? until : 0;
}

static void excuse_topics(struct courier_source *source)
{
	bool once = source->child->settings.once;
	int64_t until = courier_source_left_until(source);

	for (size_t i = 0; i < source->topic_count; i++) {
		struct topic *topic = source->topics[i];
		struct topic_report report = {.failure = source->excuse,
					      .cause = source->excuse_cause,
					      .fix = source->excuse_fix,
					      .at = source->child->now};

		if (!topic->entry.place)
			continue;
		if (once)
			schedule_remove(source->schedule, &topic->entry);
		if (!topic->told || (!once && topic->entry.due <= until))
			topic_tell(topic, &report);
	}
}

void courier_source_excuse(struct courier_source *source, enum failure failure, const char *cause,
			   const char *fix)
{
	free(source->excuse_cause);
	free(source->excuse_fix);
	source->excuse = failure;
	source->excuse_cause = xstrdup(cause);
	source->excuse_fix = xstrdup(fix);
	excuse_topics(source);
}

/* ---- the plan ---- */

static uint64_t digest_of(const struct topic *topic)
{
	uint64_t hash = HASH_START;

	for (size_t i = 0; i < topic->request_count; i++) {
		const struct source_request *request = topic->requests[i];

		hash = hash_text(hash, request->method);
		hash = hash_text(hash, request->url);
		hash = hash_text(hash, request->body);
		hash = hash_text(hash, request->arg);
		hash = hash_text(hash, request->subject);
		hash = hash_bytes(hash, &request->kinds, sizeof(request->kinds));
		hash = hash_bytes(hash, &request->step, sizeof(request->step));
		for (const char **header = request->headers; header && *header; header++)
			hash = hash_text(hash, *header);
	}
	return hash;
}

static struct plan *plan_new(struct courier_source *source)
{
	struct courier_child *child = source->child;
	const struct source_context context = {
	    .config = source->config, .subjects = &child->subjects->list, .now = child->now};
	struct plan *plan = xcalloc(1, sizeof(*plan));

	plan->holders = 1;
	plan->arena = arena_new();
	plan->subjects = child->subjects;
	plan->subjects->holders++;
	plan->requests.arena = plan->arena;
	source->type->plan(&context, &plan->requests);
	return plan;
}

static struct topic *topic_new(struct courier_source *source, const char *name)
{
	struct topic *topic = xcalloc(1, sizeof(*topic));

	topic->source = source;
	topic->name = xstrdup(name);
	return topic;
}

/* The topics of the requests, one a request; new ones go behind the source's others. */
static struct topic **sort_requests(struct courier_source *source, const struct plan *plan)
{
	const struct source_requests *requests = &plan->requests;
	struct topic **of =
	    arena_alloc(plan->arena, (requests->count + 1) * sizeof(struct topic *));
	struct strmap *known = strmap_new();
	size_t cap = source->topic_count;

	for (size_t i = 0; i < source->topic_count; i++) {
		source->topics[i]->planned = false;
		source->topics[i]->request_count = 0;
		strmap_put(known, source->topics[i]->name, source->topics[i]);
	}
	for (size_t i = 0; i < requests->count; i++) {
		struct topic *topic = strmap_get(known, requests->requests[i].topic);

		if (!topic && source->topic_count == LIVE_MAX_TOPICS)
			continue;
		if (!topic) {
			topic = topic_new(source, requests->requests[i].topic);
			GROW(source->topics, source->topic_count, cap);
			source->topics[source->topic_count++] = topic;
			strmap_put(known, topic->name, topic);
		}
		topic->planned = true;
		topic->request_count++;
		of[i] = topic;
	}
	strmap_free(known);
	return of;
}

static int64_t every_of(const struct courier_source *source, const struct source_request *request)
{
	if (request->every > 0)
		return request->every;
	if (source->config->every > 0)
		return source->config->every;
	return source->type->every > 0 ? source->type->every : EVERY;
}

static void take_requests(struct courier_source *source, struct plan *plan, struct topic **of)
{
	for (size_t i = 0; i < source->topic_count; i++) {
		struct topic *topic = source->topics[i];

		if (!topic->planned)
			continue;
		topic->requests = arena_alloc(plan->arena, topic->request_count *
							       sizeof(struct source_request *));
		topic->request_count = 0;
		topic->every = 0;
		topic->kinds = 0;
		topic->subject = NULL;
		plan->holders++;
		plan_release(topic->plan);
		topic->plan = plan;
	}
	for (size_t i = 0; i < plan->requests.count; i++) {
		const struct source_request *request = &plan->requests.requests[i];
		struct topic *topic = of[i];
		int64_t every = every_of(source, request);

		if (!topic)
			continue;
		topic->requests[topic->request_count++] = request;
		topic->kinds |= request->kinds;
		topic->subject = request->subject;
		if (!topic->every || every < topic->every)
			topic->every = every;
	}
}

static void tell_gone(struct topic *topic)
{
	struct topic_report report = {.gone = true};

	topic_tell(topic, &report);
}

void courier_source_again(struct topic *topic)
{
	struct courier_source *source = topic->source;
	const struct courier_child *child = source->child;
	int64_t due = child->now_ms;

	if (!child->settings.once && topic->asked_ms + AGAIN_MS > due)
		due = topic->asked_ms + AGAIN_MS;
	if (!topic->entry.place || topic->entry.due > due)
		schedule_again(source->schedule, &topic->entry, due);
}

/* Topics that are no longer asked end; new ones are announced, changed ones asked anew. */
static void compare_topics(struct courier_source *source)
{
	int64_t now = source->child->now_ms;
	size_t kept = 0;

	for (size_t i = 0; i < source->topic_count; i++) {
		struct topic *topic = source->topics[i];
		uint64_t wanted;

		if (!topic->planned) {
			tell_gone(topic);
			topic_free(topic);
			continue;
		}
		source->topics[kept++] = topic;
		wanted = digest_of(topic);
		if (wanted != topic->wanted) {
			struct topic_report report = {0};

			topic->wanted = wanted;
			topic->retried = topic->told = topic->has_said = false;
			topic_tell(topic, &report);
			if (topic->round)
				topic->round->topic = NULL;
			topic->round = NULL;
			schedule_add(source->schedule, &topic->entry, topic->every * 1000, now);
		} else if (source->type->reads_subjects && !topic->round) {
			courier_source_again(topic);
		}
	}
	source->topic_count = kept;
}

void courier_source_plan(struct courier_source *source)
{
	struct plan *plan = plan_new(source);
	struct topic **of = sort_requests(source, plan);

	take_requests(source, plan, of);
	plan_release(source->plan);
	source->plan = plan;
	compare_topics(source);
	if (courier_source_left_until(source))
		excuse_topics(source);
	source->status_changed = true;
}

/* ---- the secret ---- */

static void take_secret(struct courier_source *source)
{
	const char *header = secret_header(source->secret);

	http_credentials_free(source->credentials);
	source->credentials = NULL;
	source->ready = !secret_error(source->secret);
	if (source->ready && header && source->config->url)
		source->credentials = http_credentials_new(source->config->url, header);
	if (source->credentials)
		http_credentials_guard(source->credentials, secret_value(source->secret));
}

/* Nothing is sent without it: the server would refuse, or answer with less than it has. */
static void tell_secret_missing(struct courier_source *source)
{
	const struct err *err = secret_error(source->secret);
	struct arena *scratch = arena_new();
	const char *cause =
	    err->where ? arena_printf(scratch, "%s: %s", err->where, err->what) : err->what;

	for (size_t i = 0; i < source->topic_count; i++) {
		struct topic_report report = {.failure = FAILURE_SECRET,
					      .cause = courier_line(scratch, cause),
					      .fix = courier_line(scratch, err->fix),
					      .at = source->child->now};

		if (!source->topics[i]->told)
			topic_tell(source->topics[i], &report);
	}
	arena_free(scratch);
}

static bool secret_known(struct courier_source *source)
{
	if (!secret_done(source->secret)) {
		secret_service(source->secret, source->child->now_ms);
		if (!secret_done(source->secret))
			return false;
		take_secret(source);
	} else if (source->secret_again && !source->running) {
		/* Credentials must outlive the transfers that use them. */
		source->ready = false;
		find_secret(source);
		if (secret_done(source->secret))
			take_secret(source);
	} else if (!source->ready && !secret_error(source->secret)) {
		take_secret(source);
	}
	return secret_done(source->secret);
}

/* ---- orders ---- */

static void dispatch_end(struct dispatch *dispatch, const struct courier_receipt *receipt)
{
	struct buf body = {0};

	courier_receipt_encode(receipt, &body);
	secret_scrub(dispatch->source->secret, body.data, body.len);
	courier_tell(dispatch->source->child, COURIER_MSG_SENT, &body);
	arena_free(dispatch->arena);
	free(dispatch);
}

static void dispatch_fail(struct dispatch *dispatch, const char *text)
{
	const struct courier_receipt receipt = {.request = dispatch->order.request,
						.text = courier_line(dispatch->arena, text)};

	dispatch_end(dispatch, &receipt);
}

static void on_sent(void *ctx, const struct http_answer *answer)
{
	struct dispatch *dispatch = ctx;
	const struct courier_receipt receipt = {
	    .request = dispatch->order.request,
	    .status = answer->status,
	    .text = answer->status ? NULL : courier_line(dispatch->arena, answer->cause),
	    .body = answer->body,
	    .len = answer->len,
	};

	courier_clock(dispatch->source->child);
	dispatch->source->running--;
	dispatch_end(dispatch, &receipt);
}

static void dispatch_send(struct dispatch *dispatch)
{
	struct courier_source *source = dispatch->source;
	const struct courier_order *order = &dispatch->order;
	const struct err *missing = secret_error(source->secret);
	struct http_request request = {
	    .method = order->method,
	    .body = order->len ? order->body : NULL,
	    .body_len = order->len,
	    .content_type = order->content_type,
	    .credentials = source->credentials,
	    .ca = source->config->ca,
	    .timeout_ms = source->config->timeout * 1000,
	};
	struct err err = {0};

	if (missing) {
		dispatch_fail(dispatch, missing->what);
		return;
	}
	if (!source->config->url) {
		dispatch_fail(dispatch, "the source has no URL");
		return;
	}
	request.url = source_url(dispatch->arena, source->config, order->path);
	if (http_start(source->child->http, &request, on_sent, dispatch, &err) == 0)
		source->running++;
	else
		dispatch_fail(dispatch, err.what);
	err_clear(&err);
}

void courier_source_order(struct courier_source *source, const struct courier_order *order)
{
	struct dispatch *dispatch = xcalloc(1, sizeof(*dispatch)), **last = &source->orders;
	struct arena *arena = arena_new();

	*dispatch = (struct dispatch){
	    .source = source,
	    .arena = arena,
	    .order = {.request = order->request,
		      .method = arena_strdup(arena, order->method),
		      .path = arena_strdup(arena, order->path),
		      .content_type = arena_strdup(arena, order->content_type),
		      .body = arena_memdup0(arena, order->len ? order->body : "", order->len),
		      .len = order->len},
	};
	while (*last)
		last = &(*last)->next;
	*last = dispatch;
}

static void send_orders(struct courier_source *source)
{
	struct dispatch *dispatch;

	while ((dispatch = source->orders)) {
		source->orders = dispatch->next;
		dispatch_send(dispatch);
	}
}

/* ---- asking ---- */

static struct question *next_question(struct courier_source *source)
{
	struct question *question = source->first;
	struct schedule_entry *entry;

	if (!question) {
		entry = schedule_take(source->schedule, source->child->now_ms);
		if (!entry)
			return NULL;
		round_start((struct topic *)entry);
		question = source->first;
	}
	source->first = question->next;
	if (!source->first)
		source->last = &source->first;
	question->next = NULL;
	return question;
}

void courier_source_pump(struct courier_source *source)
{
	const struct channel *channel = &source->child->channel;

	if (!secret_known(source))
		return;
	send_orders(source);
	if (!source->ready) {
		tell_secret_missing(source);
		return;
	}
	if (source->type->read_outputs && program_busy(source->child))
		return;
	while (source->running < source->window && !source->secret_again &&
	       channel->out.len - channel->out_sent < BEHIND_MAX) {
		struct question *question = next_question(source);

		if (!question)
			break;
		round_ask(question);
	}
}

void courier_source_refresh(struct courier_source *source)
{
	if (secret_done(source->secret) && secret_error(source->secret) &&
	    secret_changes(source->secret)) {
		for (size_t i = 0; i < source->topic_count; i++)
			source->topics[i]->told = false;
		source->secret_again = true;
	}
	schedule_refresh(source->schedule, source->child->now_ms);
}

bool courier_source_idle(const struct courier_source *source)
{
	const struct courier_child *child = source->child;
	int64_t next = schedule_next(source->schedule);

	if (!secret_done(source->secret) || source->secret_again || source->orders ||
	    source->running || source->first)
		return false;
	if (!source->ready)
		return true;
	return child->settings.once ? next == INT64_MAX : next > child->now_ms;
}

int64_t courier_source_next(const struct courier_source *source)
{
	/* What is due but has no room is asked when an answer makes room. */
	if (!source->ready || source->running >= source->window || source->secret_again)
		return INT64_MAX;
	return schedule_next(source->schedule);
}

/* ---- status ---- */

static int64_t wall_time(const struct courier_child *child, int64_t ms)
{
	return ms == INT64_MAX || !ms ? 0 : child->now + (ms - child->now_ms) / 1000;
}

void courier_source_status(struct courier_source *source)
{
	struct courier_child *child = source->child;
	struct buf body = {0};

	if (!source->status_changed ||
	    (source->running && child->now_ms - source->status_ms < STATUS_MS))
		return;
	source->status_changed = false;
	source->status_ms = child->now_ms;
	source->status.next_at =
	    source->ready ? wall_time(child, schedule_next(source->schedule)) : 0;
	source->status.open_until = wall_time(child, schedule_open_until(source->schedule));
	source_status_encode(&source->status, &body);
	courier_tell(child, COURIER_MSG_STATUS, &body);
}
