#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/json_write.h"
#include "core/mem.h"
#include "core/strmap.h"
#include "fetch/source.h"
#include "fetch/source_url.h"

/*
 * svctop's own probe: one GET a URL, judged as a visitor would. docs/sources.md has
 * the rules in words.
 *
 * A probe that could not leave this machine says nothing about the service: a name
 * that is not found and a network that is unreachable make the topic fail, unless
 * other servers answered a moment ago. A refusal, a timeout or a 5xx is an answer.
 */

#define MAX_URLS       20	  /* of one service: a descriptor may list what it likes */
#define MAX_OWNERS     (8 * 1024) /* bytes of names of the services with one URL */
#define MAX_NAMES      1024	  /* bytes of a certificate's names */
#define BODY_CAP       (256 * 1024)
#define SLOW_SECONDS   3
#define CERT_DAYS      20
#define CERT_LAST_DAYS 3
#define DAY	       86400

#define LABEL_PROBE "svctop_probe" /* which prober it was: the blackbox exporter's have its job */

/* ---- options ---- */

/* `urls:` of the source has entries "https://..." and "service=https://...". */
static const char *option_url(const char *entry)
{
	const char *equals = strchr(entry, '=');
	size_t len;

	if (source_authority(entry, &len))
		return entry;
	return equals && equals != entry ? equals + 1 : "";
}

static double option_number(const struct config_source *config, const char *name, double fallback)
{
	const char *text = config_option(config, name);

	return text ? strtod(text, NULL) : fallback;
}

static bool expects(const struct config_source *config, long status)
{
	for (size_t i = 0; i < config->option_count; i++)
		if (!strcmp(config->options[i].name, "expect") &&
		    strtol(config->options[i].value, NULL, 10) == status)
			return true;
	return false;
}

static int check_options(const struct config_source *config, struct err *err)
{
	for (size_t i = 0; i < config->option_count; i++) {
		const struct config_pair *option = &config->options[i];
		char *end;
		long status;

		if (!strcmp(option->name, "urls") && !source_askable(option_url(option->value)))
			return err_set(err, NULL,
				       "write https://HOST/PATH or SERVICE=https://HOST/PATH",
				       "\"%s\" is no URL that can be probed", option->value);
		if (!strcmp(option->name, "expect")) {
			status = strtol(option->value, &end, 10);
			if (*end || status < 200 || status > 599)
				return err_set(err, NULL, "expect: [404]",
					       "\"%s\" is no status of HTTP", option->value);
		}
	}
	return 0;
}

/* ---- plan ---- */

/*
 * Several services may name one URL: it is asked once, each gets signals of its own. Their
 * names travel in the request's arg, one a line, behind what each is.
 */
#define OWNER_SUBJECT '='
#define OWNER_SERVICE '~' /* the user's word, which may be an alias */

struct planning {
	struct source_requests *out;
	struct strmap *topics; /* URL: index + 1 into owners, and requests from first on */
	struct buf *owners;
	size_t first, count, cap;
};

static size_t ask(struct planning *planning, const char *url, bool foreign)
{
	struct source_requests *out = planning->out;
	const char *topic = arena_strdup(out->arena, url);
	struct source_request *request = source_ask(out, topic, topic);

	request->transfer = TRANSFER_PROBE;
	request->cap = BODY_CAP;
	request->uncached = true;
	request->every_status = true;
	request->foreign = foreign;
	request->kinds = 1u << SIGNAL_UPTIME;
	if (source_is_https(url))
		request->kinds |= 1u << SIGNAL_CERT;
	GROW(planning->owners, planning->count, planning->cap);
	planning->owners[planning->count++] = (struct buf){0};
	strmap_put(planning->topics, topic, (void *)(uintptr_t)planning->count);
	return planning->count;
}

static bool owns(const struct buf *owners, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = buf_str(owners); *at; at += strcspn(at, "\n") + 1)
		if (!strncmp(at + 1, name, len) && at[1 + len] == '\n')
			return true;
	return false;
}

/* name: NULL: no service that is known. */
static void ask_for(struct planning *planning, const char *url, char kind, const char *name,
		    bool foreign)
{
	size_t index = (uintptr_t)strmap_get(planning->topics, url);
	struct buf *owners;

	if (!source_askable(url))
		return;
	if (!index)
		index = ask(planning, url, foreign);
	/* What the configuration names as well is meant. */
	planning->out->requests[planning->first + index - 1].foreign &= foreign;
	owners = &planning->owners[index - 1];
	if (name && owners->len < MAX_OWNERS && !strchr(name, '\n') && !owns(owners, name))
		buf_addf(owners, "%c%s\n", kind, name);
}

static void plan_subject(struct planning *planning, const struct subject *subject, bool loopback)
{
	struct arena *arena = planning->out->arena;

	for (size_t i = 0; i < subject->url_count && i < MAX_URLS; i++) {
		const char *url = subject->urls[i];

		if (source_askable(url) && (loopback || !source_is_local(source_host(arena, url))))
			ask_for(planning, url, OWNER_SUBJECT, subject->name, !loopback);
	}
}

/* A probe that fails is the trouble of the one service that it is for, or of nobody known. */
static void name_owners(struct source_request *request, const struct buf *owners,
			struct arena *arena)
{
	const char *text = arena_memdup0(arena, buf_str(owners), owners->len);
	size_t len = strcspn(text, "\n");

	request->arg = text;
	if (!*text)
		request->subject = request->url;
	else if (len + 1 == owners->len)
		request->subject = arena_memdup0(arena, text + 1, len - 1);
}

static void plan_probes(const struct source_context *context, struct source_requests *out)
{
	const struct config_source *config = context->config;
	const char *loopback = config_option(config, "loopback");
	struct planning planning = {.out = out, .topics = strmap_new(), .first = out->count};

	for (size_t i = 0; i < context->subjects->count; i++)
		plan_subject(&planning, &context->subjects->subjects[i],
			     loopback && !strcmp(loopback, "true"));
	for (size_t i = 0; i < config->option_count; i++) {
		const char *entry = config->options[i].value, *url = option_url(entry);

		if (strcmp(config->options[i].name, "urls") != 0)
			continue;
		ask_for(&planning, url, OWNER_SERVICE,
			url == entry ? NULL
				     : arena_memdup0(out->arena, entry, (size_t)(url - 1 - entry)),
			false);
	}
	for (size_t i = 0; i < planning.count; i++) {
		name_owners(&out->requests[planning.first + i], &planning.owners[i], out->arena);
		buf_free(&planning.owners[i]);
	}
	free(planning.owners);
	strmap_free(planning.topics);
}

/* ---- what an answer means ---- */

struct judgement {
	enum signal_state state;
	const char *text;
	const char *value;
};

static const char *latency(struct arena *arena, double seconds)
{
	if (seconds < 1)
		return arena_printf(arena, "%.0f ms", seconds * 1000);
	return arena_printf(arena, "%.1f s", seconds);
}

static struct judgement judged(enum signal_state state, const char *value, const char *text)
{
	return (struct judgement){.state = state, .value = value, .text = text};
}

/* The host where the visitor ended up, when that is of somebody else; NULL: it is not. */
static const char *other_site(struct arena *arena, const char *url,
			      const struct source_answer *answer)
{
	const char *from = source_host(arena, url);
	const char *to = answer->url ? source_host(arena, answer->url) : NULL;

	return from && to && !source_same_site(from, to) ? to : NULL;
}

/* The server answered as asked: where the visitor ended up, and how soon. */
static struct judgement judge_good(const struct source_context *context, const char *url,
				   const struct source_answer *answer, struct arena *arena)
{
	double slow = option_number(context->config, "slow", SLOW_SECONDS);
	const char *took = latency(arena, answer->seconds);
	const char *last = answer->url ? answer->url : url;
	const char *to = other_site(arena, url, answer);

	if (to)
		return judged(
		    SIGNAL_WARNING, took,
		    arena_printf(arena, "sends visitors to %s: what is here was not seen", to));
	if (source_is_https(url) && !source_is_https(last))
		return judged(SIGNAL_WARNING, took, "sends visitors on without encryption (http)");
	if (answer->seconds >= slow)
		return judged(
		    SIGNAL_WARNING, took,
		    arena_printf(arena, "slow: answers %ld after %s", answer->status, took));
	return judged(SIGNAL_OK, took, arena_printf(arena, "answers %ld", answer->status));
}

/* Where it leads was not followed: without encryption, in a circle, to no address. */
static struct judgement judge_redirect(const char *url, const struct source_answer *answer,
				       const char *value, struct arena *arena)
{
	const char *to = answer->header ? answer->header(answer->header_ctx, "location") : NULL;

	if (source_is_https(url) && to && source_is_http(to))
		return judged(SIGNAL_WARNING, value, "sends visitors on without encryption (http)");
	return judged(SIGNAL_CRITICAL, value,
		      arena_strdup(arena, answer->cause ? answer->cause : "redirected to nowhere"));
}

static struct judgement judge_status(const struct source_context *context, const char *url,
				     const struct source_answer *answer, struct arena *arena)
{
	long status = answer->status;
	const char *value = arena_printf(arena, "%ld", status);
	const char *later =
	    answer->header ? answer->header(answer->header_ctx, "retry-after") : NULL;

	if (status >= 300 && status < 400 && answer->failure)
		return judge_redirect(url, answer, value, arena);
	if (status < 400 || expects(context->config, status))
		return judge_good(context, url, answer, arena);
	if (status == 401 || status == 403)
		return judged(
		    SIGNAL_OK, latency(arena, answer->seconds),
		    arena_printf(arena, "answers %ld: it runs, and wants a login", status));
	if (status == 404 || status == 410)
		return judged(SIGNAL_CRITICAL, value,
			      arena_printf(arena, "answers %ld: there is no such page", status));
	if (status == 429)
		return judged(SIGNAL_WARNING, value, "answers 429: too many requests");
	if (status == 503 && later)
		return judged(SIGNAL_CRITICAL, value,
			      "answers 503: not available, it says for a while");
	if (status >= 500)
		return judged(SIGNAL_CRITICAL, value,
			      arena_printf(arena, "answers %ld: an error of the server", status));
	return judged(
	    SIGNAL_WARNING, value,
	    arena_printf(arena, "answers %ld: it runs, and does not take a plain GET", status));
}

/* Visitors turn back, but at an authority that others than this machine may well know. */
static enum signal_state judge_problem(const char *problem)
{
	return strcmp(problem, "unknown authority") ? SIGNAL_CRITICAL : SIGNAL_WARNING;
}

static struct judgement judge_failure(const struct source_answer *answer, struct arena *arena)
{
	const char *value = failure_name(answer->failure);
	const char *cause = answer->cause ? arena_strdup(arena, answer->cause) : NULL;

	if (answer->failure == FAILURE_TLS && answer->cert_problem)
		return judged(judge_problem(answer->cert_problem), "certificate",
			      arena_printf(arena, "visitors are turned back: %s",
					   cause ? cause : answer->cert_problem));
	if (answer->status)
		return judged(SIGNAL_CRITICAL, value,
			      arena_printf(arena, "began to answer (%ld), then: %s", answer->status,
					   cause ? cause : value));
	return judged(SIGNAL_CRITICAL, value, cause ? cause : value);
}

/* A page of any size is an answer; only what the transfer broke off is none. */
static bool answered(const struct source_answer *answer)
{
	return answer->status && answer->failure != FAILURE_TIMEOUT &&
	       answer->failure != FAILURE_CONNECT && answer->failure != FAILURE_TLS;
}

/*
 * Whether the probe never left this machine, as far as can be told: where no name at all is
 * found it is this machine that has no DNS.
 */
static bool says_nothing(const struct source_answer *answer)
{
	if (answer->failure == FAILURE_RESOLVE)
		return answer->local || !answer->online;
	return answer->local || answer->failure == FAILURE_SECRET ||
	       answer->failure == FAILURE_COURIER;
}

/* ---- certificates ---- */

static const char *day_of(struct arena *arena, int64_t time)
{
	char text[TIME_TEXT_MAX];

	return arena_printf(arena, "%.10s", time_text(time, text));
}

/*
 * Those that renew themselves do so when a third of their life is left: a short-lived one
 * with less than 20 days to go is none that was forgotten.
 */
static struct judgement judge_days(const struct source_context *context,
				   const struct source_answer *answer, double days,
				   struct arena *arena)
{
	double life =
	    answer->cert_from ? (double)(answer->cert_until - answer->cert_from) / DAY : 0;
	double soon = option_number(context->config, "days", -1), last = CERT_LAST_DAYS;
	const char *value = arena_printf(arena, "%.0f day%s", days, days == 1 ? "" : "s");
	const char *end = day_of(arena, answer->cert_until);

	if (soon < 0)
		soon = life > 0 && life / 4 < CERT_DAYS ? life / 4 : CERT_DAYS;
	if (life > 0 && life / 8 < last)
		last = life / 8;
	if (days < last)
		return judged(SIGNAL_CRITICAL, value, arena_printf(arena, "ends on %s", end));
	if (days < soon)
		return judged(SIGNAL_WARNING, value, arena_printf(arena, "ends on %s", end));
	return judged(SIGNAL_OK, value, arena_printf(arena, "good until %s", end));
}

static struct judgement judge_certificate(const struct source_context *context,
					  const struct source_answer *answer, int64_t at,
					  double days, struct arena *arena)
{
	const char *problem = answer->cert_problem;

	if (answer->cert_until && answer->cert_until <= at)
		return judged(
		    SIGNAL_CRITICAL, "expired",
		    arena_printf(arena, "expired on %s", day_of(arena, answer->cert_until)));
	if (answer->cert_from > at)
		return judged(
		    SIGNAL_CRITICAL, "not yet valid",
		    arena_printf(arena, "not valid before %s", day_of(arena, answer->cert_from)));
	if (problem)
		return judged(judge_problem(problem), arena_strdup(arena, problem),
			      arena_strdup(arena, answer->cause ? answer->cause : problem));
	return judge_days(context, answer, days, arena);
}

static const char *joined_names(const struct source_answer *answer, struct arena *arena)
{
	struct buf names = {0};
	const char *text;

	for (size_t i = 0; i < answer->cert_name_count && names.len < MAX_NAMES; i++)
		buf_addf(&names, "%s%s", i ? ", " : "", answer->cert_names[i]);
	text = arena_memdup0(arena, buf_str(&names), names.len < MAX_NAMES ? names.len : MAX_NAMES);
	buf_free(&names);
	return text;
}

/* ---- signals ---- */

/* Who a signal is about. */
struct owner {
	const char *key, *name;
};

static struct signal *add(struct signal_list *list, enum signal_kind kind,
			  const struct judgement *verdict, const struct owner *owner,
			  const char *url)
{
	struct signal *signal = signal_add(
	    list, kind, verdict->state,
	    arena_printf(list->arena, "%s %s", signal_kind_name(kind), owner->name), url);

	if (!signal)
		return NULL;
	signal->text = verdict->text;
	signal->value = verdict->value;
	signal->url = url;
	signal_add_key(list, signal, owner->key, owner->name);
	signal_add_label(list, signal, LABEL_PROBE, "own");
	return signal;
}

static void add_uptime(const struct source_context *context, const struct source_request *request,
		       const struct source_answer *answer, const struct owner *owner,
		       struct signal_list *list)
{
	const char *url = arena_strdup(list->arena, request->url);
	struct judgement verdict = answered(answer)
				       ? judge_status(context, url, answer, list->arena)
				       : judge_failure(answer, list->arena);
	struct signal *signal = add(list, SIGNAL_UPTIME, &verdict, owner, url);

	if (signal)
		signal->number = answer->seconds;
}

static void add_certificate(const struct source_context *context,
			    const struct source_request *request,
			    const struct source_answer *answer, const struct owner *owner,
			    struct signal_list *list)
{
	int64_t at = answer->at ? answer->at : context->now;
	double days = floor((double)(answer->cert_until - at) / DAY);
	struct judgement verdict = judge_certificate(context, answer, at, days, list->arena);
	struct signal *signal =
	    add(list, SIGNAL_CERT, &verdict, owner, arena_strdup(list->arena, request->url));

	if (!signal)
		return;
	signal->title = source_host(list->arena, answer->url ? answer->url : request->url);
	signal->until = answer->cert_until;
	signal->number = answer->cert_until ? days : 0;
	signal_add_label(list, signal, "issuer", answer->cert_issuer);
	signal_add_label(list, signal, "subject", answer->cert_subject);
	signal_add_label(list, signal, "names", joined_names(answer, list->arena));
}

static void add_signals(const struct source_context *context, const struct source_request *request,
			const struct source_answer *answer, const struct owner *owner,
			struct signal_list *list)
{
	add_uptime(context, request, answer, owner, list);
	if (answer->tls && (answer->cert_until || answer->cert_problem) &&
	    !other_site(list->arena, request->url, answer))
		add_certificate(context, request, answer, owner, list);
}

static int read_probe(const struct source_context *context, const struct source_request *request,
		      const struct source_answer *answer, struct source_result *out,
		      struct err *err)
{
	struct signal_list *list = &out->signals;
	const char *at = request->arg ? request->arg : "";

	if (answer->status == 407)
		return err_set(err, NULL, "write user and password into the proxy's URL",
			       "407: the proxy asks for a login");
	if (!answered(answer) && says_nothing(answer))
		return err_set(err, NULL, "see whether this machine is online", "%s",
			       answer->cause ? answer->cause : failure_name(answer->failure));
	if (!*at)
		add_signals(context, request, answer, &(struct owner){"url", request->url}, list);
	while (*at) {
		size_t len = strcspn(at, "\n");
		struct owner owner = {*at == OWNER_SUBJECT ? "subject" : "service",
				      arena_memdup0(list->arena, at + 1, len - 1)};

		add_signals(context, request, answer, &owner, list);
		at += len + (at[len] == '\n');
	}
	return 0;
}

const struct source_type source_uptime = {
    .name = "uptime",
    .title = "Uptime",
    .kinds = 1u << SIGNAL_UPTIME | 1u << SIGNAL_CERT,
    .every = 60,
    .validate = check_options,
    .plan = plan_probes,
    .read = read_probe,
};
