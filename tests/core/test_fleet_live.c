/* Whose signals are whose, and what findings make of them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/fleet_live.h"
#include "core/mem.h"
#include "tests/support/fakefleet.h"

#define NOW	   INT64_C(1800000000)
#define KIND(kind) (UINT64_C(1) << (kind))

static const char list_text[] =
    "schema: 1\n"
    "name: test\n"
    "checks:\n"
    "  - {id: readme, tier: 4, title: R, why: w, close: c, pass: {files: [README.md]}}\n"
    "  - {id: watched, tier: 3, title: W, why: w, close: c, absent: unwatched, source: Blackbox,\n"
    "     reason: nothing watches it,\n"
    "     gap: [{if: {signal: uptime, state: critical, label: {probe: '^(?!own$)'}},\n"
    "            reason: it is down}],\n"
    "     pass: {any: [{files: [probe.yml]},\n"
    "                  {signal: uptime, state: ok, label: {probe: '^(?!own$)'}}]}}\n"
    "  - {id: built, tier: 2, title: B, why: w, close: c,\n"
    "     pass: {signal: ci, state: [ok], within: 30d}}\n"
    "  - {id: quiet, tier: 1, title: Q, why: w, close: c,\n"
    "     pass: {all: [{signal: rule, state: ok},\n"
    "                  {not: {signal: alert, not_flagged: [silenced]}}]}}\n";

struct state {
	struct checklist *checklist;
	struct fleet *fleet;
	struct live *live;
};

static int set_up(void **out)
{
	static const struct live_config sources[] = {
	    {.name = "prod",
	     .type = "prometheus",
	     .url = "https://prom.example",
	     .kinds = KIND(SIGNAL_ALERT) | KIND(SIGNAL_UPTIME) | KIND(SIGNAL_RULE)},
	    {.name = "hub", .type = "github", .kinds = KIND(SIGNAL_CI)},
	};
	struct state *state = xcalloc(1, sizeof(*state));
	struct err err = {0};

	state->checklist = checklist_parse("list.yml", list_text, strlen(list_text), &err);
	if (!state->checklist)
		fail_msg("%s: %s", err.where, err.what);
	state->fleet = fleet_new(state->checklist);
	state->live = live_new();
	live_configure(state->live, sources, ARRAY_LEN(sources));
	fleet_set_live(state->fleet, state->live);
	*out = state;
	return 0;
}

static int tear_down(void **in)
{
	struct state *state = *in;

	fleet_free(state->fleet);
	live_free(state->live);
	checklist_free(state->checklist);
	free(state);
	return 0;
}

/* ---- the git side ---- */

struct service_at {
	const char *path, *subdir, *name, *remote, *url, *alias;
	const char *field, *value, *field2, *value2;
	bool probe; /* a probe.yml */
};

static struct fact fact(const char *value)
{
	return (struct fact){value, {"service.yml", 2}};
}

static struct fact *one_fact(struct arena *arena, const char *value)
{
	struct fact *out = arena_alloc(arena, sizeof(*out));

	*out = fact(value);
	return out;
}

static void describe(struct checkout *co, struct descriptor *d, const struct service_at *at)
{
	struct named_fact *fields = arena_alloc(co->arena, 2 * sizeof(*fields));

	*d = (struct descriptor){.format = "service.yml",
				 .at = {arena_printf(co->arena, "%sservice.yml", at->subdir), 1},
				 .subdir = at->subdir,
				 .name = fact(at->name),
				 .tier = 2,
				 .tier_text = fact("2"),
				 .fields = fields};
	if (at->url) {
		d->urls = one_fact(co->arena, at->url);
		d->url_count = 1;
	}
	if (at->alias) {
		d->aliases = one_fact(co->arena, at->alias);
		d->alias_count = 1;
	}
	if (at->field)
		fields[d->field_count++] = (struct named_fact){at->field, fact(at->value)};
	if (at->field2)
		fields[d->field_count++] = (struct named_fact){at->field2, fact(at->value2)};
}

/* A checkout with the services that are in a row under one path. */
static size_t apply_checkout(struct state *state, const struct service_at *services, size_t count)
{
	struct checkout *co = checkout_new(services[0].path);
	size_t here = 1;

	while (here < count && !strcmp(services[here].path, services[0].path))
		here++;
	co->state = CHECKOUT_OK;
	co->remote = services[0].remote;
	co->descriptors = arena_alloc(co->arena, here * sizeof(*co->descriptors));
	co->descriptor_count = here;
	for (size_t i = 0; i < here; i++)
		describe(co, &co->descriptors[i], &services[i]);
	if (services[0].probe) {
		co->hits = arena_alloc(co->arena, sizeof(*co->hits));
		co->hits[0] = (struct hit){.probe = 2, .at = {"probe.yml", 1}};
		co->hit_count = 1;
		for (uint32_t p = 0; p < state->checklist->probe_count; p++)
			if (state->checklist->probes[p].kind == PROBE_FILES &&
			    !strcmp(state->checklist->probes[p].files[0], "probe.yml"))
				co->hits[0].probe = p;
	}
	fleet_apply(state->fleet, co);
	return here;
}

static const struct service_at shop[] = {
    {.path = "/src/cart",
     .subdir = "",
     .name = "cart",
     .remote = "git@github.com:Acme/cart.git",
     .url = "https://cart.example/",
     .alias = "basket",
     .field = "pagerduty.com/service-id",
     .value = "PCART, POLD"},
    {.path = "/src/mono",
     .subdir = "pay",
     .name = "pay",
     .remote = "https://github.com/acme/mono.git",
     .field = "prometheus.io/labels",
     .value = "app=pay, team=\"money\"",
     .field2 = "prometheus.io/alert",
     .value2 = "PayDown,PaySlow"},
    {.path = "/src/mono",
     .subdir = "refund",
     .name = "Refund_Service",
     .remote = "https://github.com/acme/mono.git",
     .field = "prometheus.io/labels",
     .value = "app=refund"},
    {.path = "/src/search",
     .subdir = "",
     .name = "search",
     .url = "http://search.example",
     .field = "prometheus.io/alert",
     .value = "SearchIndexOld",
     .probe = true},
};

static void apply_shop(struct state *state)
{
	for (size_t i = 0; i < ARRAY_LEN(shop);)
		i += apply_checkout(state, shop + i, ARRAY_LEN(shop) - i);
}

/* ---- the live side ---- */

struct said {
	enum signal_kind kind;
	enum signal_state state;
	const char *id, *title;
	const char *key, *name;
	const char *label, *value, *label2, *value2;
	unsigned flags;
	int64_t since;
};

static void report(struct state *state, const char *source, const char *topic,
		   const struct said *said, size_t count, int64_t at)
{
	struct arena *arena = arena_new();
	struct topic_report out = {
	    .source = source, .topic = topic, .at = at, .signals = {.arena = arena}};

	for (size_t i = 0; i < count; i++) {
		struct signal *signal = signal_add(&out.signals, said[i].kind, said[i].state,
						   said[i].id, said[i].title);

		signal->flags = said[i].flags;
		signal->since = said[i].since;
		signal->url = "https://prom.example/alerts";
		signal->value = "7 %";
		if (said[i].key)
			signal_add_key(&out.signals, signal, said[i].key, said[i].name);
		if (said[i].label)
			signal_add_label(&out.signals, signal, said[i].label, said[i].value);
		if (said[i].label2)
			signal_add_label(&out.signals, signal, said[i].label2, said[i].value2);
		out.kinds |= KIND(said[i].kind);
	}
	live_apply(state->live, &out);
	arena_free(arena);
}

static void report_kinds(struct state *state, const char *source, const char *topic, uint64_t kinds,
			 enum failure failure, const char *cause, const char *subject)
{
	struct topic_report out = {.source = source,
				   .topic = topic,
				   .subject = subject,
				   .at = NOW,
				   .kinds = kinds,
				   .failure = failure,
				   .cause = cause};

	live_apply(state->live, &out);
}

static const struct service *find(const struct state *state, const char *name)
{
	int32_t index = fleet_find(state->fleet, name);

	if (index < 0)
		fail_msg("no service %s", name);
	return fleet_at(state->fleet, (size_t)index);
}

/* Titles of a service's signals, in order, with blanks between. */
static void expect_signals(const struct state *state, const char *name, const char *titles)
{
	const struct service *service = find(state, name);
	char text[512] = "";
	size_t len = 0;

	for (size_t i = 0; i < service->signal_count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? " " : "",
					service->signals[i].signal->title);
	assert_string_equal(text, titles);
}

static const struct finding *finding(const struct state *state, const char *name, const char *check)
{
	return &find(state, name)->findings[checklist_find(state->checklist, check)];
}

static void expect(const struct state *state, const char *name, const char *check,
		   enum status status, const char *reason)
{
	const struct finding *got = finding(state, name, check);

	if (got->status != status || !strstr(got->reason, reason))
		fail_msg("%s %s: %s: %s", name, check, status_name(got->status), got->reason);
}

#define SAYS(k, s, i, t, key_, name_, ...)                                                         \
	{                                                                                          \
		SIGNAL_##k, SIGNAL_##s, i, t, .key = key_, .name = name_, __VA_ARGS__              \
	}
#define SAY(k, s, i, t, key_, name_) SAYS(k, s, i, t, key_, name_, .since = 0)
#define ALERT(i, t, key_, name_)     SAY(ALERT, CRITICAL, i, t, key_, name_)

static void test_keys(void **in)
{
	static const struct said said[] = {
	    ALERT("1", "Exact", "subject", "cart"),
	    ALERT("2", "NotExact", "subject", "CART"),
	    ALERT("3", "Folded", "service", "refund-service"),
	    ALERT("4", "Alias", "service", "Basket"),
	    ALERT("5", "Url", "url", "https://CART.example:443"),
	    ALERT("6", "UrlWithoutScheme", "url", "search.example/"),
	    ALERT("7", "UrlElsewhere", "url", "https://cart.example/other"),
	    ALERT("8", "Pager", "pagerduty.com/service-id", "POLD"),
	    ALERT("9", "Repo", "repo", "ACME/mono"),
	    ALERT("a", "Stranger", "service", "ledger"),
	    ALERT("b", "NoKey", NULL, NULL),
	};
	struct state *state = *in;
	const struct observed *unmapped;
	size_t count;

	apply_shop(state);
	report(state, "prod", "alerts", said, ARRAY_LEN(said), NOW);
	fleet_settle(state->fleet, NOW);
	expect_signals(state, "cart", "Exact Alias Url Pager");
	expect_signals(state, "pay", "Repo");
	expect_signals(state, "refund-service", "Folded Repo");
	expect_signals(state, "search", "UrlWithoutScheme");
	unmapped = fleet_unmapped(state->fleet, &count);
	assert_int_equal(count, 4);
	assert_string_equal(unmapped[0].signal->title, "NotExact");
	assert_string_equal(unmapped[1].signal->title, "UrlElsewhere");
	assert_string_equal(unmapped[2].signal->title, "Stranger");
	assert_string_equal(unmapped[3].signal->title, "NoKey");
	assert_string_equal(unmapped[3].source->name, "prod");
}

static void test_annotations_of_prometheus(void **in)
{
	static const struct said said[] = {
	    /* The labels win over a key; the alerts beside them narrow them. */
	    SAYS(ALERT, CRITICAL, "1", "PayDown", "service", "cart", .label = "app", .value = "pay",
		 .label2 = "team", .value2 = "money"),
	    SAYS(ALERT, CRITICAL, "2", "Other", "service", "cart", .label = "app", .value = "pay",
		 .label2 = "team", .value2 = "money"),
	    SAYS(ALERT, CRITICAL, "3", "PaySlow", NULL, NULL, .label = "app", .value = "pay"),
	    SAYS(ALERT, CRITICAL, "4", "Any", NULL, NULL, .label = "app", .value = "refund"),
	    SAYS(ALERT, CRITICAL, "5", "SearchIndexOld", NULL, NULL, .label = "app", .value = "x"),
	    SAY(ALERT, CRITICAL, "6", "SearchIndexOld", "service", "cart"),
	};
	struct state *state = *in;
	size_t count;

	apply_shop(state);
	report(state, "prod", "alerts", said, ARRAY_LEN(said), NOW);
	fleet_settle(state->fleet, NOW);
	expect_signals(state, "pay", "PayDown");
	expect_signals(state, "cart", "Other SearchIndexOld");
	expect_signals(state, "refund-service", "Any");
	expect_signals(state, "search", "SearchIndexOld");
	fleet_unmapped(state->fleet, &count);
	assert_int_equal(count, 1);
}

static void test_match_of_the_source(void **in)
{
	static const struct signal_label match[] = {
	    {"cart", "shop-*"}, {"search", "acme/{find,seek}*"}, {"pay", "cart"}};
	static const struct live_config source = {.name = "prod",
						  .type = "prometheus",
						  .url = "https://prom.example",
						  .kinds = KIND(SIGNAL_ALERT),
						  .match = match,
						  .match_count = 3};
	static const struct said said[] = {
	    ALERT("1", "Shop", "service", "Shop-Front"),
	    ALERT("2", "Seek", "service", "acme/seek-v2"),
	    ALERT("3", "Deeper", "service", "acme/seek/x"),
	    ALERT("4", "Renamed", "service", "cart"),
	    ALERT("5", "ByItself", "service", "refund_service"),
	};
	struct state *state = *in;

	apply_shop(state);
	live_configure(state->live, &source, 1);
	report(state, "prod", "alerts", said, ARRAY_LEN(said), NOW);
	fleet_settle(state->fleet, NOW);
	expect_signals(state, "cart", "Shop");
	expect_signals(state, "search", "Seek");
	expect_signals(state, "pay", "Renamed");
	expect_signals(state, "refund-service", "ByItself");
}

static void test_ambiguous_names_are_nobodys(void **in)
{
	static const struct service_at two[] = {
	    {.path = "/a/api", .subdir = "", .name = "api", .remote = "git@github.com:acme/api"},
	    {.path = "/b/api", .subdir = "", .name = "api", .remote = "git@github.com:beta/api"},
	};
	static const struct said said[] = {ALERT("1", "Which", "service", "api"),
					   ALERT("2", "Acme", "service", "acme/api")};
	struct state *state = *in;
	size_t count;

	apply_checkout(state, &two[0], 1);
	apply_checkout(state, &two[1], 1);
	report(state, "prod", "alerts", said, 2, NOW);
	fleet_settle(state->fleet, NOW);
	expect_signals(state, "acme/api", "Acme");
	expect_signals(state, "beta/api", "");
	fleet_unmapped(state->fleet, &count);
	assert_int_equal(count, 1);
}

static void test_order_of_signals(void **in)
{
	static const struct said said[] = {
	    SAY(UPTIME, OK, "1", "up", "subject", "cart"),
	    SAY(ALERT, OK, "2", "fine", "subject", "cart"),
	    SAY(ALERT, WARNING, "3", "warns", "subject", "cart"),
	    SAYS(ALERT, CRITICAL, "4", "later", "subject", "cart", .since = 900),
	    SAY(ALERT, UNKNOWN, "5", "unknown", "subject", "cart"),
	    SAY(ALERT, CRITICAL, "6", "sometime", "subject", "cart"),
	    SAYS(ALERT, CRITICAL, "7", "earlier", "subject", "cart", .since = 800),
	};
	struct state *state = *in;

	apply_shop(state);
	report(state, "prod", "all", said, ARRAY_LEN(said), NOW);
	fleet_settle(state->fleet, NOW);
	expect_signals(state, "cart", "earlier later sometime warns unknown fine up");
}

static void test_findings_follow(void **in)
{
	static const struct said up[] = {SAY(UPTIME, OK, "1", "u", "subject", "cart")};
	static const struct said down[] = {
	    SAYS(UPTIME, CRITICAL, "1", "u", "subject", "cart", .since = NOW - 60)};
	struct state *state = *in;

	apply_shop(state);
	fleet_settle(state->fleet, NOW);
	expect(state, "cart", "watched", STATUS_UNKNOWN, "prod was asked nothing so far");
	assert_int_equal(finding(state, "cart", "watched")->code, UNKNOWN_FAILED);
	/* git answers by itself. */
	expect(state, "search", "watched", STATUS_PASS, "probe.yml");

	report_kinds(state, "prod", "uptime", KIND(SIGNAL_UPTIME), FAILURE_NONE, NULL, NULL);
	fleet_settle(state->fleet, NOW);
	expect(state, "cart", "watched", STATUS_UNKNOWN, "nothing of it in the configured");
	assert_int_equal(finding(state, "cart", "watched")->code, UNKNOWN_NO_SOURCE);

	report(state, "prod", "uptime", up, 1, NOW);
	fleet_settle(state->fleet, NOW);
	expect(state, "cart", "watched", STATUS_PASS, "prod: uptime u is ok (7 %)");
	assert_int_equal(finding(state, "cart", "watched")->strength, STRENGTH_OBSERVED);
	assert_string_equal(finding(state, "cart", "watched")->evidence[0].url,
			    "https://prom.example/alerts");
	/* The same source watches others, but not this one. */
	expect(state, "pay", "watched", STATUS_GAP, "nothing watches it");

	report(state, "prod", "uptime", down, 1, NOW);
	fleet_settle(state->fleet, NOW);
	expect(state, "cart", "watched", STATUS_GAP, "it is down");
}

static void test_live_wins_over_git(void **in)
{
	static const struct said down[] = {SAY(UPTIME, CRITICAL, "1", "u", "subject", "search")};
	struct state *state = *in;
	const struct finding *got;

	apply_shop(state);
	report(state, "prod", "uptime", down, 1, NOW);
	fleet_settle(state->fleet, NOW);
	expect(state, "search", "watched", STATUS_GAP, "it is down");
	got = finding(state, "search", "watched");
	assert_int_equal(got->evidence_count, 2);
	assert_non_null(strstr(got->evidence[0].text, "prod: uptime u is critical"));
	assert_string_equal(got->evidence[1].path, "probe.yml");
}

static void test_own_probe_does_not_count(void **in)
{
	static const struct said own[] = {
	    SAYS(UPTIME, OK, "1", "u", "subject", "cart", .label = "probe", .value = "own")};
	struct state *state = *in;

	apply_shop(state);
	report(state, "prod", "uptime", own, 1, NOW);
	fleet_settle(state->fleet, NOW);
	expect_signals(state, "cart", "u");
	expect(state, "cart", "watched", STATUS_UNKNOWN, "nothing of it in the configured");
}

static void test_failure_keeps_the_answer(void **in)
{
	static const struct said up[] = {SAY(UPTIME, OK, "1", "u", "subject", "cart")};
	struct state *state = *in;

	apply_shop(state);
	report(state, "prod", "uptime", up, 1, NOW);
	fleet_settle(state->fleet, NOW);
	report_kinds(state, "prod", "uptime", KIND(SIGNAL_UPTIME), FAILURE_TIMEOUT,
		     "no answer within 10 s", NULL);
	fleet_settle(state->fleet, NOW);
	expect(state, "cart", "watched", STATUS_PASS,
	       "as of 2027-01-15T08:00:00Z: no answer within 10 s");
	expect(state, "pay", "watched", STATUS_UNKNOWN, "prod: no answer within 10 s");
	report(state, "prod", "uptime", up, 1, NOW + 5);
	fleet_settle(state->fleet, NOW + 5);
	expect(state, "pay", "watched", STATUS_GAP, "nothing watches it");
}

static void test_trouble_of_one_service(void **in)
{
	struct state *state = *in;

	apply_shop(state);
	report_kinds(state, "hub", "acme/cart", KIND(SIGNAL_CI), FAILURE_REFUSED,
		     "403: the token may not read acme/cart", "cart");
	report_kinds(state, "hub", "acme/mono", KIND(SIGNAL_CI), FAILURE_NONE, NULL, "pay");
	fleet_settle(state->fleet, NOW);
	expect(state, "cart", "built", STATUS_UNKNOWN, "hub: 403: the token may not read");
	expect(state, "pay", "built", STATUS_GAP, "nothing found");
}

/* More causes than are kept apart: none of the kinds is lost. */
static void test_many_troubles(void **in)
{
	struct state *state = *in;

	apply_shop(state);
	for (int i = 0; i < 80; i++) {
		char topic[16], cause[32];

		snprintf(topic, sizeof(topic), "t%02d", i);
		snprintf(cause, sizeof(cause), "50%d of question %02d", i % 4, i);
		report_kinds(state, "prod", topic,
			     i == 79 ? KIND(SIGNAL_UPTIME) : KIND(SIGNAL_ALERT), FAILURE_SERVER,
			     cause, NULL);
	}
	fleet_settle(state->fleet, NOW);
	expect(state, "cart", "watched", STATUS_UNKNOWN, "many sources do not answer");
}

static void test_age_of_a_state(void **in)
{
	static const struct said old[] = {
	    SAYS(CI, OK, "1", "main", "repo", "acme/cart", .since = NOW - 31 * 86400)};
	static const struct said fresh[] = {
	    SAYS(CI, OK, "1", "main", "repo", "acme/cart", .since = NOW - 29 * 86400)};
	struct state *state = *in;

	apply_shop(state);
	report(state, "hub", "ci", old, 1, NOW);
	fleet_settle(state->fleet, NOW);
	expect(state, "cart", "built", STATUS_GAP, "nothing found");
	assert_int_equal(finding(state, "cart", "built")->evidence_count, 1);
	report(state, "hub", "ci", fresh, 1, NOW);
	fleet_settle(state->fleet, NOW);
	expect(state, "cart", "built", STATUS_PASS, "hub: ci main is ok");
	/* It grows older without another word. */
	fleet_settle(state->fleet, NOW + 2 * 86400);
	expect(state, "cart", "built", STATUS_GAP, "nothing found");
}

static void test_flags(void **in)
{
	static const struct said alerts[] = {
	    SAYS(ALERT, CRITICAL, "1", "A", "subject", "cart", .flags = SIGNAL_SILENCED),
	    SAYS(ALERT, CRITICAL, "2", "B", "subject", "pay", .flags = SIGNAL_INHIBITED),
	    SAYS(ALERT, CRITICAL, "3", "C", "subject", "search", .flags = SIGNAL_PENDING),
	};
	static const struct said rules[] = {SAY(RULE, OK, "1", "R", "subject", "cart"),
					    SAY(RULE, OK, "2", "R", "subject", "pay"),
					    SAY(RULE, WARNING, "3", "R", "subject", "search")};
	struct state *state = *in;

	apply_shop(state);
	report(state, "prod", "alerts", alerts, ARRAY_LEN(alerts), NOW);
	report(state, "prod", "rules", rules, ARRAY_LEN(rules), NOW);
	fleet_settle(state->fleet, NOW);
	expect(state, "cart", "quiet", STATUS_PASS, "prod: rule R is ok");
	/* A flag that was not named changes nothing. */
	expect(state, "pay", "quiet", STATUS_GAP, "nothing found");
	/* A pending alert does not fire yet; its rule is broken, though. */
	expect(state, "search", "quiet", STATUS_GAP, "nothing found");
	report_kinds(state, "prod", "alerts", KIND(SIGNAL_ALERT), FAILURE_SERVER, "503", NULL);
	fleet_settle(state->fleet, NOW);
	expect(state, "cart", "quiet", STATUS_PASS, "prod: rule R is ok");
}

static void test_own_question_decides(void **in)
{
	struct said said = SAY(CHECK, OK, "1", "readme", "subject", "cart");
	static const struct live_config source = {
	    .name = "ask", .type = "json", .kinds = KIND(SIGNAL_CHECK)};
	struct state *state = *in;

	apply_shop(state);
	live_configure(state->live, &source, 1);
	report(state, "ask", "checks", &said, 1, NOW);
	fleet_settle(state->fleet, NOW);
	expect(state, "cart", "readme", STATUS_PASS, "ask: check readme is ok");
	assert_int_equal(finding(state, "cart", "readme")->strength, STRENGTH_OBSERVED);
	expect(state, "pay", "readme", STATUS_GAP, "nothing found");

	said.state = SIGNAL_UNKNOWN;
	report(state, "ask", "checks", &said, 1, NOW);
	fleet_settle(state->fleet, NOW);
	expect(state, "cart", "readme", STATUS_GAP, "nothing found");

	said.state = SIGNAL_CRITICAL;
	said.title = "watched";
	said.name = "search";
	report(state, "ask", "checks", &said, 1, NOW);
	fleet_settle(state->fleet, NOW);
	expect(state, "search", "watched", STATUS_GAP, "ask: check watched is critical");
	assert_int_equal(finding(state, "search", "watched")->evidence_count, 2);
	assert_string_equal(finding(state, "search", "watched")->evidence[1].path, "probe.yml");
}

static void test_environments_apart(void **in)
{
	static const struct said said[] = {SAY(UPTIME, OK, "1", "u", "subject", "cart")};
	static const struct live_config source = {.name = "stage",
						  .type = "prometheus",
						  .environment = "staging",
						  .kinds = KIND(SIGNAL_UPTIME)};
	struct state *state = *in;

	apply_shop(state);
	live_configure(state->live, &source, 1);
	report(state, "stage", "uptime", said, 1, NOW);
	fleet_settle(state->fleet, NOW);
	expect_signals(state, "cart", "u");
	expect(state, "cart", "watched", STATUS_UNKNOWN, "nothing of it in the configured");
}

static void test_without_live_as_before(void **in)
{
	static const struct said up[] = {SAY(UPTIME, OK, "1", "u", "subject", "cart")};
	struct state *state = *in;
	uint64_t generation;
	size_t count;

	apply_shop(state);
	report(state, "prod", "uptime", up, 1, NOW);
	fleet_settle(state->fleet, NOW);
	generation = fleet_generation(state->fleet);
	fleet_settle(state->fleet, NOW);
	assert_int_equal(fleet_generation(state->fleet), generation);
	report(state, "prod", "uptime", up, 1, NOW + 30);
	fleet_settle(state->fleet, NOW + 30);
	assert_int_equal(fleet_generation(state->fleet), generation);

	fleet_set_live(state->fleet, NULL);
	fleet_settle(state->fleet, NOW);
	expect(state, "cart", "watched", STATUS_UNKNOWN, "no Blackbox source configured");
	expect_signals(state, "cart", "");
	fleet_unmapped(state->fleet, &count);
	assert_int_equal(count, 0);
	assert_null(fleet_source_at(state->fleet, 0));

	/* No source is as good as no live state. */
	live_configure(state->live, NULL, 0);
	fleet_set_live(state->fleet, state->live);
	fleet_settle(state->fleet, NOW);
	expect(state, "cart", "watched", STATUS_UNKNOWN, "no Blackbox source configured");
}

static void test_services_change_under_signals(void **in)
{
	static const struct said said[] = {SAY(UPTIME, OK, "1", "u", "subject", "cart"),
					   SAY(UPTIME, OK, "2", "v", "subject", "search")};
	struct state *state = *in;
	size_t count;

	apply_shop(state);
	report(state, "prod", "uptime", said, 2, NOW);
	fleet_settle(state->fleet, NOW);
	/* The same again. */
	apply_checkout(state, &shop[0], 1);
	fleet_settle(state->fleet, NOW);
	expect_signals(state, "cart", "u");
	expect(state, "cart", "watched", STATUS_PASS, "prod: uptime u");
	fleet_drop(state->fleet, "/src/cart");
	fleet_settle(state->fleet, NOW);
	expect_signals(state, "search", "v");
	fleet_unmapped(state->fleet, &count);
	assert_int_equal(count, 1);
}

static void test_for_those_who_mend(void **in)
{
	static const struct said said[] = {
	    ALERT("1", "A", "service", "cart"),
	    ALERT("2", "B", "service", "ledger"),
	    ALERT("3", "C", "service", "ledger"),
	    ALERT("4", "D", "repo", "acme/none"),
	    ALERT("5", "E", "repo", "acme/mono"),
	    SAY(SILENCE, OK, "6", "S", NULL, NULL),
	    SAYS(ALERT, OK, "7", "Watchdog", NULL, NULL, .flags = SIGNAL_WATCHDOG),
	};
	const struct service *missing[2];
	const struct fleet_source *source;
	struct state *state = *in;

	apply_shop(state);
	report(state, "prod", "alerts", said, ARRAY_LEN(said), NOW);
	fleet_settle(state->fleet, NOW);
	source = fleet_source_at(state->fleet, 0);
	assert_string_equal(source->source->name, "prod");
	assert_int_equal(source->signals, 7);
	assert_int_equal(source->services, 3);
	assert_int_equal(source->unmapped, 3);
	assert_int_equal(source->stranger_count, 2);
	assert_string_equal(source->strangers[0].name, "ledger");
	assert_int_equal(source->strangers[0].signals, 2);
	assert_string_equal(source->strangers[1].key, "repo");
	assert_int_equal(fleet_source_missing(state->fleet, 0, 0, missing, 2), 1);
	assert_string_equal(missing[0]->name, "search");
	assert_int_equal(fleet_source_missing(state->fleet, 0, 1 << 1, missing, 2), 0);
	assert_int_equal(fleet_source_missing(state->fleet, 1, 1 << 2, missing, 2), 4);
}

/* Pointers that screens hold from one settle to the next stay good while reports come in. */
static void test_signals_stay_until_the_next_settle(void **in)
{
	struct said said = SAY(ALERT, CRITICAL, "1", "First", "subject", "cart");
	struct state *state = *in;
	const struct observed *held;

	apply_shop(state);
	report(state, "prod", "alerts", &said, 1, NOW);
	fleet_settle(state->fleet, NOW);
	held = find(state, "cart")->signals;
	for (int i = 0; i < 3; i++) {
		said.title = i == 1 ? "Third" : "Second";
		report(state, "prod", "alerts", &said, 1, NOW + i);
	}
	live_configure(state->live, NULL, 0);
	assert_string_equal(held->signal->title, "First");
	assert_string_equal(held->source->name, "prod");
	assert_string_equal(held->topic->name, "alerts");
	fleet_settle(state->fleet, NOW);
	expect_signals(state, "cart", "");
}

/* Signals of a made-up fleet: however they came, the same state gives the same answers. */
static void test_many(void **in)
{
	struct checklist *builtin = checklist_builtin();
	struct fleet *fleet = fake_fleet(builtin, 300);
	struct state *state = *in;

	for (int round = 0; round < 4; round++) {
		struct said said[64];
		size_t mapped = 0, count;

		for (size_t i = 0; i < ARRAY_LEN(said); i++)
			said[i] = (struct said)ALERT(
			    "x", "A", "subject",
			    fleet_at(fleet, (i * 5 + (size_t)round) % fleet_count(fleet))->name);
		report(state, "prod", "alerts", said, ARRAY_LEN(said), NOW);
		fleet_set_live(fleet, state->live);
		fleet_settle(fleet, NOW);
		for (size_t i = 0; i < fleet_count(fleet); i++)
			mapped += fleet_at(fleet, i)->signal_count;
		fleet_unmapped(fleet, &count);
		assert_int_equal(mapped, ARRAY_LEN(said));
		assert_int_equal(count, 0);
	}
	fleet_free(fleet);
	checklist_free(builtin);
}

static uint32_t draw(uint32_t *random, uint32_t below)
{
	*random = *random * 1664525u + 1013904223u;
	return (*random >> 16) % below;
}

/* Something happens: to a checkout, to a topic, to what is configured. */
static void stir(struct state *state, uint32_t *random, int64_t now)
{
	static const char *const names[] = {"cart", "basket", "pay", "search", "nobody"};
	static const char *const topics[] = {"alerts", "uptime", "more"};
	static const struct service_at places[] = {
	    {.path = "/src/cart", .subdir = "", .name = "cart", .alias = "basket"},
	    {.path = "/src/cart", .subdir = "", .name = "cart"},
	    {.path = "/src/pay", .subdir = "", .name = "pay", .alias = "basket"},
	    {.path = "/src/search", .subdir = "", .name = "search", .probe = true},
	    {.path = "/else/cart", .subdir = "", .name = "cart"},
	};
	const char *topic = topics[draw(random, 3)];
	struct said said[4];

	switch (draw(random, 8)) {
	case 0:
	case 1:
		apply_checkout(state, &places[draw(random, 5)], 1);
		break;
	case 2:
		fleet_drop(state->fleet, places[draw(random, 5)].path);
		break;
	case 3:
		report_kinds(state, "prod", topic, KIND(SIGNAL_ALERT) | KIND(SIGNAL_UPTIME),
			     FAILURE_SERVER, draw(random, 2) ? "500" : "503",
			     draw(random, 2) ? "cart" : NULL);
		break;
	default:
		for (size_t i = 0; i < ARRAY_LEN(said); i++) {
			said[i] = (struct said)ALERT(topic, "A", "service", names[draw(random, 5)]);
			said[i].kind = draw(random, 2) ? SIGNAL_ALERT : SIGNAL_UPTIME;
			said[i].state = (enum signal_state)draw(random, 4);
			said[i].since = 1 + draw(random, 3);
		}
		report(state, "prod", topic, said, draw(random, 5), now);
	}
}

static void assert_same_service(const struct checklist *checklist, const struct service *a,
				const struct service *b)
{
	assert_string_equal(a->name, b->name);
	assert_int_equal(a->signal_count, b->signal_count);
	for (size_t i = 0; i < a->signal_count; i++)
		assert_ptr_equal(a->signals[i].signal, b->signals[i].signal);
	for (size_t i = 0; i < checklist->check_count; i++) {
		const struct finding *x = &a->findings[i], *y = &b->findings[i];

		assert_string_equal(x->reason, y->reason);
		assert_int_equal(x->status, y->status);
		assert_int_equal(x->evidence_count, y->evidence_count);
	}
}

/* However it came about: what is worked out step by step is what a new fleet works out. */
static void test_step_by_step_or_at_once(void **in)
{
	struct state *state = *in;
	uint32_t random = 7;

	for (int step = 0; step < 600; step++) {
		struct fleet *fresh;
		size_t x, y;

		for (uint32_t i = draw(&random, 3) + 1; i; i--)
			stir(state, &random, NOW + step);
		fleet_settle(state->fleet, NOW);
		if (step % 5)
			continue;
		fresh = fleet_new(state->checklist);
		fleet_set_live(fresh, state->live);
		for (size_t i = 0; i < fleet_checkout_count(state->fleet); i++) {
			struct buf bytes = {0};
			struct wire_reader reader;

			checkout_encode(fleet_checkout_at(state->fleet, i), &bytes);
			wire_reader_init(&reader, bytes.data, bytes.len);
			fleet_apply(fresh, checkout_decode(&reader));
			buf_free(&bytes);
		}
		fleet_settle(fresh, NOW);
		assert_int_equal(fleet_count(state->fleet), fleet_count(fresh));
		for (size_t i = 0; i < fleet_count(fresh); i++)
			assert_same_service(state->checklist, fleet_at(state->fleet, i),
					    fleet_at(fresh, i));
		fleet_unmapped(state->fleet, &x);
		fleet_unmapped(fresh, &y);
		assert_int_equal(x, y);
		fleet_free(fresh);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_keys),
	    TEST(test_annotations_of_prometheus),
	    TEST(test_match_of_the_source),
	    TEST(test_ambiguous_names_are_nobodys),
	    TEST(test_order_of_signals),
	    TEST(test_findings_follow),
	    TEST(test_live_wins_over_git),
	    TEST(test_own_probe_does_not_count),
	    TEST(test_failure_keeps_the_answer),
	    TEST(test_trouble_of_one_service),
	    TEST(test_many_troubles),
	    TEST(test_age_of_a_state),
	    TEST(test_flags),
	    TEST(test_own_question_decides),
	    TEST(test_environments_apart),
	    TEST(test_without_live_as_before),
	    TEST(test_services_change_under_signals),
	    TEST(test_for_those_who_mend),
	    TEST(test_signals_stay_until_the_next_settle),
	    TEST(test_many),
	    TEST(test_step_by_step_or_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
