/*
 * The Prometheus and Alertmanager adapters and silences against the real servers: alerts that
 * fire, are inhibited, silenced, and resolve; what else they tell. Takes half a minute, most
 * of it Prometheus finding its Alertmanager.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/mem.h"
#include "fetch/json_get.h"
#include "fetch/silence.h"
#include "tests/support/gitfix.h"
#include "tests/support/httpd.h"
#include "tests/support/monitoring.h"
#include "tests/support/play.h"
#include "tests/support/run.h"

#define PATIENCE 30 /* seconds */

#define ALERT(name, expr, rest)	  "  - alert: " name "\n    expr: '" expr "'\n" rest
#define LABELS(service, severity) "    labels: {service: " service ", severity: " severity "}\n"

static const char quiet_rules[] = "groups:\n- name: shop\n  interval: 1s\n  rules:\n" ALERT(
    "CheckoutLatency", "vector(1) > 0", LABELS("checkout", "warning"))
    ALERT("SearchDown", "probe_success{service=\"search\"} == 0", "    labels: {severity: page}\n")
	ALERT("Watchdog", "vector(1)", "    labels: {severity: none}\n")
	    ALERT("PendingForever", "vector(1)", "    for: 1h\n" LABELS("billing", "warning"))
		ALERT("Broken", "up * on(nothing) up", "");

static const char loud_rule[] =
    ALERT("CheckoutHighErrorRate", "vector(0.42) > 0.05",
	  LABELS("checkout",
		 "critical") "    annotations: {summary: \"5xx ratio {{ $value }}\", runbook_url: "
			     "\"https://runbooks.example/checkout\"}\n");

#define SLOTH "    labels: {sloth_id: shop-up, sloth_service: shop, sloth_slo: up, owner: me}\n"
static const char slo_rules[] =
    "- name: slo\n  interval: 1s\n  rules:\n"
    "  - record: slo:objective:ratio\n    expr: vector(0.999)\n" SLOTH
    "  - record: slo:time_period:days\n    expr: vector(30)\n" SLOTH
    "  - record: slo:current_burn_rate:ratio\n    expr: vector(20)\n" SLOTH
    "  - record: slo:period_error_budget_remaining:ratio\n    expr: vector(0.41)\n" SLOTH
    "  - record: pyrra_objective\n    expr: vector(0.99)\n    labels: {slo: cart}\n"
    "  - record: pyrra_window\n    expr: vector(2419200)\n    labels: {slo: cart}\n"
    "  - record: pyrra_availability\n    expr: vector(0.999)\n    labels: {slo: cart}\n";

struct world {
	struct monitoring *monitoring;
	struct httpd *site;
	struct play *play; /* of the last look */
};

static int set_up(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));
	char *rules = xasprintf("%s%s%s", quiet_rules, loud_rule, slo_rules);
	struct buf probes = {0};

	*state = world;
	if (monitoring_available()) {
		world->site = httpd_start();
		httpd_reply(world->site, "/shop", &(struct httpd_reply){.body = "ok"});
		httpd_reply(world->site, "/search", &(struct httpd_reply){.status = 503});
		monitoring_probe(&probes, httpd_url(world->site, "/shop"), "shop");
		monitoring_probe(&probes, httpd_url(world->site, "/search"), "search");
		world->monitoring = monitoring_start(rules, buf_str(&probes));
	}
	buf_free(&probes);
	free(rules);
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	if (world->play)
		play_free(world->play);
	monitoring_free(world->monitoring);
	httpd_stop(world->site);
	free(world);
	return 0;
}

/* ---- looking ---- */

static void look(struct world *world, const struct source_type *type, struct server *server)
{
	static struct config_pair checks[] = {
	    {"reachable", "max by (service) (up) > bool 0", 0},
	    {"typo", "max by (service (up)", 0},
	    {"long", NULL, 0},
	};
	struct buf query = {0};

	if (world->play)
		play_free(world->play);
	world->play = play_new("");
	world->play->config.url = arena_strdup(world->play->arena, server_url(server, ""));
	world->play->context.now = time(NULL);
	if (type == &source_prometheus) {
		buf_adds(&query, "max by (service) (up{service=\"ghost\"}");
		for (int i = 0; i < 300; i++)
			buf_addf(&query, " or up{service=\"none-%d\"}", i);
		buf_adds(&query, ")");
		checks[2].value = arena_strdup(world->play->arena, buf_str(&query));
		buf_free(&query);
		world->play->config.checks = checks;
		world->play->config.check_count = ARRAY_LEN(checks);
	}
	play_run(world->play, type, play_http, world->play, 20);
}

static const struct signal *find(const struct world *world, enum signal_kind kind,
				 const char *title)
{
	for (size_t i = 0; i < world->play->signals.count; i++)
		if (world->play->signals.signals[i].kind == kind &&
		    !strcmp(world->play->signals.signals[i].title, title))
			return &world->play->signals.signals[i];
	return NULL;
}

static const struct signal *alert(const struct world *world, const char *title)
{
	return find(world, SIGNAL_ALERT, title);
}

static void look_at_prometheus(struct world *world)
{
	look(world, &source_prometheus, world->monitoring->prometheus);
}

static void look_at_alertmanager(struct world *world)
{
	look(world, &source_alertmanager, world->monitoring->alertmanager);
}

/* Until something is to be seen, or fails the test. */
static void await(struct world *world, bool (*seen)(void *ctx), const char *what)
{
	if (!servers_wait(seen, world, PATIENCE))
		fail_msg("not seen: %s", what);
}

/* ---- Prometheus ---- */

/* Everything that is looked at below is there: rules and scrapes do not begin all at once. */
static bool all_there(struct world *world)
{
	const struct {
		enum signal_kind kind;
		const char *title;
	} wanted[] = {
	    {SIGNAL_ALERT, "CheckoutHighErrorRate"},
	    {SIGNAL_ALERT, "PendingForever"},
	    {SIGNAL_ALERT, "Watchdog"},
	    {SIGNAL_ALERT, "SearchDown"},
	    {SIGNAL_RULE, "CheckoutHighErrorRate"},
	    {SIGNAL_RULE, "SearchDown"},
	    {SIGNAL_RULE, "Broken"},
	    {SIGNAL_TARGET, "prometheus"},
	    {SIGNAL_TARGET, "gone"},
	    {SIGNAL_UPTIME, httpd_url(world->site, "/shop")},
	    {SIGNAL_UPTIME, httpd_url(world->site, "/search")},
	    {SIGNAL_SLO, "up"},
	    {SIGNAL_SLO, "cart"},
	};

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		if (!find(world, wanted[i].kind, wanted[i].title))
			return false;
	return true;
}

static bool scraped(void *ctx)
{
	struct world *world = ctx;

	look_at_prometheus(world);
	/* On a busy machine a scrape takes longer than it may. */
	return all_there(world) && find(world, SIGNAL_RULE, "Broken")->state == SIGNAL_CRITICAL &&
	       find(world, SIGNAL_TARGET, "prometheus")->state == SIGNAL_OK &&
	       find(world, SIGNAL_TARGET, "gone")->state == SIGNAL_CRITICAL &&
	       find(world, SIGNAL_UPTIME, httpd_url(world->site, "/shop"))->state == SIGNAL_OK;
}

static void prometheus(void **state)
{
	struct world *world = *state;
	const struct signal *signal;
	const char *shop;

	if (!world->monitoring)
		skip();
	await(world, scraped, "the rules' and scrapes' first results");
	assert_memory_equal(world->play->version, "Prometheus ", 11);
	signal = alert(world, "CheckoutHighErrorRate");
	assert_int_equal(signal->state, SIGNAL_CRITICAL);
	assert_string_equal(signal->text, "5xx ratio 0.42");
	assert_string_equal(signal->value, "0.42");
	assert_true(signal->since > world->play->context.now - 120);
	assert_true(signal->since <= world->play->context.now);
	assert_int_equal(alert(world, "PendingForever")->flags, SIGNAL_PENDING);
	assert_int_equal(alert(world, "Watchdog")->flags, SIGNAL_WATCHDOG);
	assert_string_equal(play_key(alert(world, "SearchDown"), "service"), "search");

	signal = find(world, SIGNAL_RULE, "CheckoutHighErrorRate");
	assert_int_equal(signal->state, SIGNAL_OK);
	assert_string_equal(signal->runbook, "https://runbooks.example/checkout");
	assert_string_equal(play_key(find(world, SIGNAL_RULE, "SearchDown"), "service"), "search");
	assert_non_null(strstr(find(world, SIGNAL_RULE, "Broken")->text, "many-to-many"));
	assert_string_equal(find(world, SIGNAL_TARGET, "prometheus")->value, "1 of 1 up");
	assert_non_null(strstr(find(world, SIGNAL_TARGET, "gone")->text, "refused"));
	assert_null(find(world, SIGNAL_TARGET, "blackbox"));

	shop = httpd_url(world->site, "/shop");
	assert_int_equal(find(world, SIGNAL_UPTIME, shop)->state, SIGNAL_OK);
	assert_string_equal(play_key(find(world, SIGNAL_UPTIME, shop), "service"), "shop");
	signal = find(world, SIGNAL_UPTIME, httpd_url(world->site, "/search"));
	assert_int_equal(signal->state, SIGNAL_CRITICAL);
	assert_string_equal(signal->text, "the probe fails with status 503");

	signal = find(world, SIGNAL_SLO, "up");
	assert_int_equal(signal->state, SIGNAL_CRITICAL);
	assert_string_equal(signal->value, "41 % of the budget left, burning 20x");
	assert_string_equal(play_key(signal, "service"), "shop");
	assert_string_equal(find(world, SIGNAL_SLO, "cart")->value, "90 % of the budget left");
}

static size_t count_checks(const struct world *world, const char *title)
{
	size_t count = 0;

	for (size_t i = 0; i < world->play->signals.count; i++)
		count += world->play->signals.signals[i].kind == SIGNAL_CHECK &&
			 !strcmp(world->play->signals.signals[i].title, title);
	return count;
}

/* All are up but the one where nobody listens. */
static bool right_answers(void *ctx)
{
	struct world *world = ctx;

	look_at_prometheus(world);
	for (size_t i = 0; i < world->play->signals.count; i++) {
		const struct signal *signal = &world->play->signals.signals[i];
		bool ghost = signal->key_count && !strcmp(signal->keys[0].value, "ghost");

		if (signal->kind == SIGNAL_CHECK &&
		    signal->state != (ghost ? SIGNAL_CRITICAL : SIGNAL_OK))
			return false;
	}
	return count_checks(world, "reachable") == 4;
}

static void check_queries(void **state)
{
	struct world *world = *state;

	if (!world->monitoring)
		skip();
	await(world, right_answers, "an answer of each of the four services");
	assert_int_equal(count_checks(world, "long"), 1); /* by POST */
	assert_non_null(strstr(world->play->error, "the query is not understood"));
}

/* ---- Alertmanager ---- */

static bool arrived(void *ctx)
{
	struct world *world = ctx;
	const struct signal *latency;

	look_at_alertmanager(world);
	latency = alert(world, "CheckoutLatency");
	return latency && (latency->flags & SIGNAL_INHIBITED) && alert(world, "SearchDown") &&
	       alert(world, "Watchdog");
}

static void alertmanager(void **state)
{
	struct world *world = *state;
	const struct signal *loud, *quiet;
	char *id;

	if (!world->monitoring)
		skip();
	await(world, arrived, "alerts in Alertmanager");
	assert_memory_equal(world->play->version, "Alertmanager ", 13);
	loud = alert(world, "CheckoutHighErrorRate");
	quiet = alert(world, "CheckoutLatency");
	assert_int_equal(loud->flags, 0);
	assert_int_equal(quiet->flags, SIGNAL_INHIBITED);
	assert_int_equal(quiet->ref_count, 1);
	assert_string_equal(quiet->refs[0], loud->id);
	assert_string_equal(signal_label(loud, SIGNAL_RECEIVERS), "pager");
	assert_null(alert(world, "PendingForever"));
	/* Prometheus' alert is known by the same id */
	id = xstrdup(loud->id);
	look_at_prometheus(world);
	assert_string_equal(alert(world, "CheckoutHighErrorRate")->id, id);
	free(id);
}

/* Sends a silence; the id is world's, NULL and *refusal where there is none. */
static const char *send_silence(struct world *world, const struct silence *silence, char **refusal)
{
	struct buf body = {0}, answer = {0};
	struct err err = {0};
	const char *id;
	int status;

	silence_body(silence, &body);
	status = servers_ask(server_port(world->monitoring->alertmanager), "POST", SILENCES_PATH,
			     SILENCE_CONTENT_TYPE, buf_str(&body), &answer);
	id = silence_answer(status, buf_str(&answer), answer.len, world->play->arena, &err);
	if (refusal)
		*refusal = err.what;
	else if (!id)
		fail_msg("%s", err.what);
	buf_free(&body);
	buf_free(&answer);
	return id;
}

static bool silenced(void *ctx)
{
	struct world *world = ctx;

	look_at_alertmanager(world);
	return alert(world, "SearchDown") && (alert(world, "SearchDown")->flags & SIGNAL_SILENCED);
}

static bool loud_again(void *ctx)
{
	return !silenced(ctx);
}

static void silence_and_expire(void **state)
{
	struct world *world = *state;
	struct arena *arena = arena_new();
	struct silence silence = {.author = "ann", .comment = "deploying \"the fix\""};
	const struct signal *signal;
	const char *id;

	if (!world->monitoring)
		skip();
	await(world, loud_again, "SearchDown without a silence");
	signal = alert(world, "SearchDown");
	silence.starts = time(NULL);
	silence.ends = silence.starts + 3600;
	silence.matchers =
	    silence_matchers(signal->labels, signal->label_count, arena, &silence.matcher_count);
	assert_int_equal(silence_check(&silence, silence.starts, NULL), 0);
	id = arena_strdup(arena, send_silence(world, &silence, NULL));

	await(world, silenced, "the silence in the alert");
	signal = alert(world, "SearchDown");
	assert_int_equal(signal->ref_count, 1);
	assert_string_equal(signal->refs[0], id);
	assert_int_equal(alert(world, "CheckoutHighErrorRate")->flags, 0);
	signal = play_signal(world->play, id);
	assert_int_equal(signal->kind, SIGNAL_SILENCE);
	assert_string_equal(signal->author, "ann");
	assert_string_equal(signal->text, "deploying \"the fix\"");
	assert_string_equal(signal_label(signal, "alertname"), "=SearchDown");
	assert_int_equal(signal->until, silence.ends);

	assert_int_equal(servers_ask(server_port(world->monitoring->alertmanager), "DELETE",
				     silence_path(id, arena), NULL, NULL, NULL),
			 200);
	await(world, loud_again, "the end of the silence");
	assert_null(find(world, SIGNAL_SILENCE, "silence"));
	arena_free(arena);
}

/* Matchers mean to us what they mean to Alertmanager. */
static void matchers_mean_the_same(void **state)
{
	static const char *const texts[] = {
	    "service=~\"check|sea.*\"", "alertname!~\"Search.*\", severity!=\"none\"",
	    "severity=~\"crit\"",	"service=\"\", alertname=\"Watchdog\"",
	    "instance=~\"http://.+\"",
	};
	struct world *world = *state;

	if (!world->monitoring)
		skip();
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct silence silence = {.author = "ann", .comment = "c"};
		struct arena *arena = arena_new();
		const char *id;
		size_t count = 0;

		silence.starts = time(NULL);
		silence.ends = silence.starts + 600;
		assert_int_equal(silence_read_matchers(texts[i], arena, &silence.matchers,
						       &silence.matcher_count, NULL),
				 0);
		id = arena_strdup(arena, send_silence(world, &silence, NULL));
		look_at_alertmanager(world);
		for (size_t j = 0; j < world->play->signals.count; j++) {
			const struct signal *signal = &world->play->signals.signals[j];
			bool fits = silence_matches(&silence, signal->labels, signal->label_count);

			if (signal->kind != SIGNAL_ALERT)
				continue;
			count++;
			if (fits != !!(signal->flags & SIGNAL_SILENCED))
				fail_msg("%s: %s", texts[i], signal->title);
		}
		assert_true(count >= 4);
		servers_ask(server_port(world->monitoring->alertmanager), "DELETE",
			    silence_path(id, arena), NULL, NULL, NULL);
		arena_free(arena);
	}
}

static void refusals(void **state)
{
	struct world *world = *state;
	struct silence_matcher matcher = {"service", "(", true, true};
	struct silence silence = {.matchers = &matcher, .matcher_count = 1, .comment = "c"};
	char *words = NULL;

	if (!world->monitoring)
		skip();
	silence.starts = time(NULL);
	silence.ends = silence.starts + 600;
	assert_null(send_silence(world, &silence, &words));
	assert_string_equal(words, "Alertmanager refuses: createdBy in body is required");
	free(words);
	silence.author = "ann";
	assert_null(send_silence(world, &silence, &words));
	assert_non_null(strstr(words, "error parsing regexp"));
	free(words);
}

/* ---- through the program ---- */

static const json_t *burn(const json_t *incident, const char *what)
{
	const json_t *found = NULL;
	json_t *item;
	size_t i;

	json_array_foreach(json_get_list(incident, "burns"), i, item)
	{
		const char *text = json_get_text(item, "what");

		if (!text || strncmp(text, what, strlen(what)) != 0)
			continue;
		assert_null(found); /* one row, however many sources tell of it */
		found = item;
	}
	if (!found)
		fail_msg("nothing burns that is called %s", what);
	return found;
}

static json_t *run_incident(struct world *world, const char *roots)
{
	char *config = xasprintf("%s/svctop.yml", servers_folder(world->monitoring->servers));
	struct run run = run_program((const char *const[]){"svctop", "incident", "--format", "json",
							   "--config", config, roots, NULL});
	json_t *json = json_get_parse(run.out, run.out_len, NULL);

	if (run.status || !json)
		fail_msg("svctop incident ends with %d: %s", run.status, run.err);
	run_free(&run);
	free(config);
	return json;
}

/* What burns, with both sources configured: told once, and whose it is. */
static void incident(void **state)
{
	struct world *world = *state;
	char *roots = gitfix_tmp();
	struct gitfix *fix = gitfix_new(roots, "checkout");
	json_t *json;

	if (!world->monitoring)
		skip();
	gitfix_file(fix, "service.yml", "name: checkout\ntier: 1\n");
	gitfix_commit(fix, "First");
	gitfix_free(fix);
	servers_file(
	    world->monitoring->servers, "svctop.yml",
	    "sources:\n"
	    "- {type: prometheus, url: \"http://127.0.0.1:%d\", watchdog: [Watchdog, Gone]}\n"
	    "- {type: alertmanager, url: \"http://127.0.0.1:%d\"}\n",
	    server_port(world->monitoring->prometheus),
	    server_port(world->monitoring->alertmanager));
	json = run_incident(world, roots);
	assert_string_equal(json_get_text(burn(json, "CheckoutHighErrorRate"), "service"),
			    "checkout");
	assert_false(json_get_bool(burn(json, "CheckoutHighErrorRate"), "quiet", true));
	assert_int_equal(json_get_int(burn(json, "CheckoutHighErrorRate"), "tier", 0), 1);
	assert_true(json_get_bool(burn(json, "CheckoutLatency"), "quiet", false));
	assert_null(json_get_text(burn(json, "SearchDown"), "service"));
	assert_string_equal(json_get_text(burn(json, "Gone"), "kind"), "watchdog");
	json_decref(json);
	gitfix_rmtree(roots);
	free(roots);
}

/* ---- the end of it ---- */

static bool resolved(void *ctx)
{
	struct world *world = ctx;
	const struct signal *latency;

	look_at_prometheus(world);
	if (alert(world, "CheckoutHighErrorRate") || alert(world, "SearchDown"))
		return false;
	look_at_alertmanager(world);
	latency = alert(world, "CheckoutLatency");
	return !alert(world, "CheckoutHighErrorRate") && !alert(world, "SearchDown") && latency &&
	       !(latency->flags & SIGNAL_INHIBITED);
}

static void resolve(void **state)
{
	struct world *world = *state;

	if (!world->monitoring)
		skip();
	httpd_reply(world->site, "/search", &(struct httpd_reply){.body = "ok"});
	monitoring_rules(world->monitoring, quiet_rules);
	await(world, resolved, "the end of both alerts");
	look_at_prometheus(world);
	assert_int_equal(find(world, SIGNAL_UPTIME, httpd_url(world->site, "/search"))->state,
			 SIGNAL_OK);
	assert_null(find(world, SIGNAL_RULE, "CheckoutHighErrorRate"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(prometheus),
	    cmocka_unit_test(check_queries),
	    cmocka_unit_test(alertmanager),
	    cmocka_unit_test(silence_and_expire),
	    cmocka_unit_test(matchers_mean_the_same),
	    cmocka_unit_test(refusals),
	    cmocka_unit_test(incident),
	    cmocka_unit_test(resolve),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
