/* What a fleet tells its record, and who keeps a copy of its services. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/fleet.h"
#include "core/mem.h"
#include "core/record.h"

#define NOW 1800000000
#define DAY 86400

static const char list_text[] =
    "schema: 1\n"
    "name: test\n"
    "checks:\n"
    "  - {id: readme, tier: 4, title: R, why: w, close: c, pass: {files: [README.md]}}\n"
    "  - {id: alerts, tier: 2, title: A, why: w, close: c,\n"
    "     pass: {files: [\"rules/**\"], scope: fleet}}\n"
    "  - {id: up, tier: 1, title: U, why: w, close: c, absent: no-source,\n"
    "     gap: [{if: {signal: uptime, state: critical}, reason: it is down}],\n"
    "     pass: {signal: uptime, state: ok}}\n";

struct fixture {
	struct checklist *list;
	struct fleet *fleet;
	struct record *record;
	struct live *live;
	struct buf told;    /* by the record, a line each */
	struct buf changes; /* by the fleet: names, "-" before one that left */
	int64_t now;
};

static void put_side(struct buf *out, const struct interval *in, const struct cause *cause)
{
	static const char *const kinds[] = {"", " commit", " live", " time", " appeared", " gone"};

	buf_addf(out, "%s %s%s%s%s", in->check, status_name(in->status), in->at_least ? "+" : "",
		 kinds[cause->kind], cause->hash ? cause->hash : "");
}

/* "pay: readme pass gone | readme gap commit": closed, opened. */
static void interval_changed(void *ctx, const struct interval *closed,
			     const struct interval *opened)
{
	struct fixture *fix = ctx;
	struct buf *out = &fix->told;

	if (closed) {
		buf_addf(out, "%s: ", closed->service);
		put_side(out, closed, &closed->closed);
		buf_adds(out, opened ? " | " : " |");
	} else {
		buf_addf(out, "%s: | ", opened->service);
	}
	if (opened)
		put_side(out, opened, &opened->opened);
	buf_addc(out, '\n');
}

static void renamed(void *ctx, const char *before, const char *now)
{
	struct fixture *fix = ctx;

	buf_addf(&fix->told, "%s -> %s\n", before, now);
}

static void service_changed(void *ctx, const char *name, const struct service *service)
{
	struct fixture *fix = ctx;

	buf_addf(&fix->changes, "%s%s%s", fix->changes.len ? " " : "", service ? "" : "-", name);
	if (service)
		assert_string_equal(service->name, name);
}

static int set_up(void **state)
{
	static const struct live_config source = {
	    .name = "probes", .type = "uptime", .kinds = UINT64_C(1) << SIGNAL_UPTIME, .every = 60};
	struct fixture *fix = xcalloc(1, sizeof(*fix));
	struct err err = {0};

	fix->list = checklist_parse("list.yml", list_text, strlen(list_text), &err);
	if (!fix->list)
		fail_msg("%s: %s", err.where, err.what);
	fix->fleet = fleet_new(fix->list);
	fix->record = record_new(fix->list, interval_changed, fix);
	record_on_rename(fix->record, renamed);
	fleet_set_record(fix->fleet, fix->record);
	fix->live = live_new();
	live_configure(fix->live, &source, 1);
	fix->now = NOW;
	*state = fix;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fix = *state;

	fleet_free(fix->fleet);
	record_free(fix->record);
	live_free(fix->live);
	checklist_free(fix->list);
	buf_free(&fix->told);
	buf_free(&fix->changes);
	free(fix);
	return 0;
}

static struct descriptor *describe(struct checkout *co, const char *name)
{
	struct descriptor *d = arena_alloc(co->arena, sizeof(*d));

	*d = (struct descriptor){.format = "service.yml", .subdir = "", .at = {"service.yml", 1}};
	d->name.value = name;
	d->tier = 2;
	co->descriptors = d;
	co->descriptor_count = 1;
	return d;
}

static void add_hit(struct checkout *co, uint32_t probe, const char *path, const char *names)
{
	struct hit *hits = arena_alloc(co->arena, (co->hit_count + 1) * sizeof(*hits));

	if (co->hit_count)
		memcpy(hits, co->hits, co->hit_count * sizeof(*hits));
	co->hits = hits;
	hits[co->hit_count] = (struct hit){.probe = probe, .at = {path, 1}, .touched = NOW};
	if (names) {
		hits[co->hit_count].names = arena_alloc(co->arena, sizeof(char *));
		hits[co->hit_count].names[0] = names;
		hits[co->hit_count].name_count = 1;
	}
	co->hit_count++;
}

static uint32_t probe_of(const struct fixture *fix, const char *id)
{
	return fix->list->checks[checklist_find(fix->list, id)].pass->probe;
}

/* A checkout of one service, with a README or without. */
static struct checkout *service(const struct fixture *fix, const char *path, const char *name,
				bool readme)
{
	struct checkout *co = checkout_new(path);

	describe(co, name);
	if (readme)
		add_hit(co, probe_of(fix, "readme"), "README.md", NULL);
	return co;
}

/* A checkout that is no service's, with rules that name one; NULL: none. */
static struct checkout *rules(const struct fixture *fix, const char *path, const char *name)
{
	struct checkout *co = checkout_new(path);

	describe(co, strrchr(path, '/') + 1);
	add_hit(co, probe_of(fix, "readme"), "README.md", NULL);
	add_hit(co, probe_of(fix, "alerts"), "rules/own.yml", strrchr(path, '/') + 1);
	if (name)
		add_hit(co, probe_of(fix, "alerts"), "rules/all.yml", name);
	return co;
}

static void because(const struct fixture *fix, const char *path, const char *hash)
{
	struct cause cause = {.kind = CAUSE_COMMIT, .checkout = path, .hash = hash, .among = 1};

	record_cause(fix->record, hash ? &cause : NULL);
}

/* Applies a checkout, because of a commit; NULL: not known. */
static void apply(const struct fixture *fix, struct checkout *co, const char *hash)
{
	because(fix, co->path, hash);
	fleet_apply(fix->fleet, co);
	record_cause(fix->record, NULL);
}

static void settle(struct fixture *fix)
{
	buf_reset(&fix->told);
	buf_reset(&fix->changes);
	fleet_settle(fix->fleet, ++fix->now);
	fleet_changes(fix->fleet, service_changed, fix);
}

static void assert_told(const struct fixture *fix, const char *told, const char *changes)
{
	assert_string_equal(buf_str(&fix->told), told);
	assert_string_equal(buf_str(&fix->changes), changes);
}

/* "pay" without a README, known since NOW + 1. */
static void begin(struct fixture *fix)
{
	apply(fix, service(fix, "/src/pay", "pay", false), NULL);
	settle(fix);
	assert_told(fix, "pay: | readme gap+\npay: | alerts gap+\n", "pay");
}

static const struct finding *finding(const struct fixture *fix, const char *name, const char *check)
{
	int32_t index = fleet_find(fix->fleet, name);

	assert_true(index >= 0);
	return &fleet_at(fix->fleet, (size_t)index)->findings[checklist_find(fix->list, check)];
}

static void each_change_is_told_once(void **state)
{
	struct fixture *fix = *state;

	begin(fix);
	assert_int_equal(finding(fix, "pay", "readme")->since, NOW + 1);
	assert_true(finding(fix, "pay", "readme")->since_at_least);
	assert_int_equal(finding(fix, "pay", "up")->since, 0);
	settle(fix);
	assert_told(fix, "", "");
	apply(fix, service(fix, "/src/pay", "pay", false), "same");
	settle(fix);
	assert_told(fix, "", "pay");
	assert_int_equal(finding(fix, "pay", "readme")->since, NOW + 1);
	apply(fix, service(fix, "/src/pay", "pay", true), " c1");
	settle(fix);
	assert_told(fix, "pay: readme gap+ commit c1 | readme pass commit c1\n", "pay");
	assert_int_equal(finding(fix, "pay", "readme")->since, fix->now);
	assert_false(finding(fix, "pay", "readme")->since_at_least);
	fleet_settle(fix->fleet, fix->now += DAY); /* everything is worked out anew */
	assert_int_equal(finding(fix, "pay", "readme")->since, fix->now - DAY);
}

static void a_commit_elsewhere_is_the_cause(void **state)
{
	struct fixture *fix = *state;

	begin(fix);
	apply(fix, rules(fix, "/src/rules", NULL), NULL);
	apply(fix, service(fix, "/src/mail", "mail", true), NULL);
	settle(fix);
	apply(fix, rules(fix, "/src/rules", "pay"), " r1");
	apply(fix, service(fix, "/src/mail", "mail", false), " m1");
	settle(fix);
	/* In no order that means something. */
	assert_non_null(
	    strstr(buf_str(&fix->told), "pay: alerts gap+ commit r1 | alerts pass commit r1\n"));
	assert_non_null(
	    strstr(buf_str(&fix->told), "mail: readme pass+ commit m1 | readme gap commit m1\n"));
	apply(fix, rules(fix, "/src/rules", NULL), " r2");
	apply(fix, service(fix, "/src/mail", "mail", true), " m2");
	settle(fix);
	assert_non_null(
	    strstr(buf_str(&fix->told), "pay: alerts pass commit r1 | alerts gap commit r2\n") ||
		    strstr(buf_str(&fix->told),
			   "pay: alerts pass commit r2 | alerts gap commit r2\n")
		? ""
		: NULL);
	assert_non_null(
	    strstr(buf_str(&fix->told), "mail: readme gap commit m2 | readme pass commit m2\n"));
	/* A cause is of what was applied with it, not of what comes later. */
	apply(fix, service(fix, "/src/mail", "mail", false), NULL);
	settle(fix);
	assert_told(fix, "mail: readme pass | readme gap\n", "mail");
}

static void dropped_and_moved(void **state)
{
	struct fixture *fix = *state;

	begin(fix);
	/* The checkout is elsewhere now; the service is what it was. */
	fleet_drop(fix->fleet, "/src/pay");
	apply(fix, service(fix, "/src/pay", "pay", false), NULL);
	settle(fix);
	assert_told(fix, "", "pay");
	assert_int_equal(finding(fix, "pay", "readme")->since, NOW + 1);
	fleet_drop(fix->fleet, "/src/pay");
	settle(fix);
	assert_told(fix, "pay: readme gap+ gone |\npay: alerts gap+ gone |\n", "-pay");
	assert_false(record_knows(fix->record, "pay"));
	settle(fix);
	assert_told(fix, "", "");
}

static struct checkout *broken(const char *path)
{
	struct checkout *co = checkout_new(path);

	co->state = CHECKOUT_UNREADABLE;
	co->problem = "no access";
	return co;
}

static void what_cannot_be_read_for_now_is_not_gone(void **state)
{
	struct fixture *fix = *state;

	begin(fix);
	apply(fix, broken("/src/pay"), NULL);
	settle(fix);
	assert_told(fix, "", "-pay");
	apply(fix, broken("/src/pay"), NULL);
	settle(fix);
	apply(fix, service(fix, "/src/pay", "pay", false), NULL);
	settle(fix);
	assert_told(fix, "", "pay");
	assert_int_equal(finding(fix, "pay", "readme")->since, NOW + 1);
	apply(fix, broken("/src/pay"), NULL);
	settle(fix);
	fleet_drop(fix->fleet, "/src/pay");
	settle(fix);
	assert_told(fix, "pay: readme gap+ gone |\npay: alerts gap+ gone |\n", "");
	/* It can be read, and that service is not in it any more. */
	apply(fix, service(fix, "/src/mail", "mail", true), NULL);
	settle(fix);
	apply(fix, broken("/src/mail"), NULL);
	settle(fix);
	apply(fix, checkout_new("/src/mail"), NULL);
	settle(fix);
	assert_true(record_knows(fix->record, "mail"));
	apply(fix, broken("/src/mail"), NULL);
	settle(fix);
	apply(fix, service(fix, "/src/mail", "post", true), NULL);
	settle(fix);
	assert_false(record_knows(fix->record, "mail"));
	assert_true(record_knows(fix->record, "post"));
}

static void a_new_name_is_no_new_service(void **state)
{
	struct fixture *fix = *state;

	begin(fix);
	apply(fix, service(fix, "/src/pay", "payments", false), NULL);
	settle(fix);
	assert_told(fix, "pay -> payments\n", "-pay payments");
	assert_int_equal(finding(fix, "payments", "readme")->since, NOW + 1);
}

/* Another service of that name came: both are called by their organisation from now on. */
static void told_apart_by_another_name(void **state)
{
	struct fixture *fix = *state;
	struct checkout *co = service(fix, "/src/pay", "pay", false);

	co->remote = "https://x/acme/pay";
	apply(fix, co, NULL);
	settle(fix);
	co = service(fix, "/other/pay", "pay", false);
	co->remote = "https://x/umbrella/pay";
	apply(fix, co, NULL);
	settle(fix);
	assert_told(fix,
		    "pay -> acme/pay\n"
		    "umbrella/pay: | readme gap+\numbrella/pay: | alerts gap+\n",
		    "-pay umbrella/pay acme/pay");
	assert_int_equal(finding(fix, "acme/pay", "readme")->since, NOW + 1);
	fleet_drop(fix->fleet, "/other/pay");
	settle(fix);
	assert_non_null(strstr(buf_str(&fix->told), "acme/pay -> pay\n"));
	assert_non_null(strstr(buf_str(&fix->told), "umbrella/pay: readme gap+ gone |\n"));
	assert_int_equal(finding(fix, "pay", "readme")->since, NOW + 1);
}

static void a_date_that_goes_by_is_a_cause(void **state)
{
	struct fixture *fix = *state;
	struct checkout *co = service(fix, "/src/pay", "pay", false);
	struct statement *waiver = arena_alloc(co->arena, sizeof(*waiver));

	*waiver = (struct statement){
	    .check = "readme", .by = "m", .reason = "later", .date = NOW - DAY, .until = NOW + DAY};
	co->descriptors[0].waivers = waiver;
	co->descriptors[0].waiver_count = 1;
	apply(fix, co, NULL);
	settle(fix);
	assert_told(fix, "pay: | readme waived+\npay: | alerts gap+\n", "pay");
	fix->now += 3 * DAY;
	settle(fix);
	assert_told(fix, "pay: readme waived+ time | readme gap time\n", "pay");
}

static void say(struct fixture *fix, enum signal_state up)
{
	struct arena *arena = arena_new();
	struct topic_report report = {.source = "probes",
				      .topic = "all",
				      .kinds = UINT64_C(1) << SIGNAL_UPTIME,
				      .at = fix->now,
				      .signals = {.arena = arena}};
	struct signal *signal = signal_add(&report.signals, SIGNAL_UPTIME, up, "1", "https://pay");

	signal_add_key(&report.signals, signal, "service", "pay");
	live_apply(fix->live, &report);
	arena_free(arena);
}

static void sources_are_a_cause_and_their_silence_is_none(void **state)
{
	struct fixture *fix = *state;
	struct topic_report failed = {.source = "probes",
				      .topic = "all",
				      .kinds = UINT64_C(1) << SIGNAL_UPTIME,
				      .failure = FAILURE_CONNECT,
				      .cause = "no route to host"};
	int64_t since;

	begin(fix);
	fleet_set_live(fix->fleet, fix->live);
	settle(fix);
	assert_string_equal(buf_str(&fix->told), "");
	say(fix, SIGNAL_OK);
	settle(fix);
	assert_told(fix, "pay: | up pass+\n", "pay");
	since = fix->now;
	say(fix, SIGNAL_CRITICAL);
	settle(fix);
	assert_int_equal(finding(fix, "pay", "up")->status, STATUS_GAP);
	assert_told(fix, "pay: up pass+ live | up gap live\n", "pay");
	assert_true(finding(fix, "pay", "up")->since > since);
	since = fix->now;
	/* Nobody is asked any more, then somebody again. */
	fleet_set_live(fix->fleet, NULL);
	settle(fix);
	assert_int_equal(finding(fix, "pay", "up")->status, STATUS_UNKNOWN);
	assert_string_equal(buf_str(&fix->told), "");
	fleet_set_live(fix->fleet, fix->live);
	failed.at = fix->now;
	live_apply(fix->live, &failed);
	settle(fix);
	assert_string_equal(buf_str(&fix->told), "");
	say(fix, SIGNAL_CRITICAL);
	settle(fix);
	assert_string_equal(buf_str(&fix->told), "");
	assert_int_equal(finding(fix, "pay", "up")->since, since);
}

static void what_is_held_back_is_told_in_the_end(void **state)
{
	struct fixture *fix = *state;

	begin(fix);
	apply(fix, rules(fix, "/src/rules", "pay"), NULL);
	settle(fix);
	fleet_hold_record(fix->fleet, true);
	/* All of it anew: the rules come last, and something did change meanwhile. */
	fleet_drop(fix->fleet, "/src/rules");
	apply(fix, service(fix, "/src/pay", "pay", true), " c1");
	settle(fix);
	assert_null(strstr(buf_str(&fix->told), "pay"));
	assert_int_equal(finding(fix, "pay", "alerts")->status, STATUS_GAP);
	assert_int_equal(finding(fix, "pay", "alerts")->since, 0);
	apply(fix, rules(fix, "/src/rules", "pay"), NULL);
	settle(fix);
	assert_string_equal(buf_str(&fix->told), "");
	settle(fix);
	assert_told(fix, "", "");
	fleet_hold_record(fix->fleet, false);
	settle(fix);
	assert_non_null(
	    strstr(buf_str(&fix->told), "pay: readme gap+ commit c1 | readme pass commit c1\n"));
	assert_null(strstr(buf_str(&fix->told), "pay: alerts"));
	assert_string_equal(buf_str(&fix->changes), "pay rules");
	assert_true(finding(fix, "pay", "alerts")->since > 0);
	settle(fix);
	assert_told(fix, "", "");
}

static void what_is_learnt_later_is_shown(void **state)
{
	struct fixture *fix = *state;
	struct interval open = {.service = "pay",
				.check = "readme",
				.status = STATUS_GAP,
				.required = true,
				.from = NOW - 200 * DAY};
	uint64_t generation;

	begin(fix);
	generation = fleet_generation(fix->fleet);
	record_learn(fix->record, &open);
	settle(fix);
	assert_int_equal(finding(fix, "pay", "readme")->since, NOW - 200 * DAY);
	assert_false(finding(fix, "pay", "readme")->since_at_least);
	assert_true(fleet_generation(fix->fleet) > generation);
	assert_told(fix, "", "pay");
	generation = fleet_generation(fix->fleet);
	settle(fix);
	assert_int_equal(fleet_generation(fix->fleet), generation);
}

static void a_reload_ends_nothing(void **state)
{
	struct fixture *fix = *state;
	struct checklist *again;
	struct err err = {0};

	begin(fix);
	again = checklist_parse("list.yml", list_text, strlen(list_text), &err);
	fleet_set_checklist(fix->fleet, again);
	checklist_free(fix->list);
	fix->list = again;
	settle(fix);
	assert_string_equal(buf_str(&fix->told), "");
	assert_int_equal(finding(fix, "pay", "readme")->status, STATUS_UNKNOWN);
	apply(fix, service(fix, "/src/pay", "pay", false), NULL);
	settle(fix);
	assert_string_equal(buf_str(&fix->told), "");
	assert_int_equal(finding(fix, "pay", "readme")->since, NOW + 1);
}

static void a_record_that_comes_later_hears_all(void **state)
{
	struct fixture *fix = *state;

	fleet_set_record(fix->fleet, NULL);
	fleet_apply(fix->fleet, service(fix, "/src/pay", "pay", true));
	settle(fix);
	assert_told(fix, "", "pay");
	assert_int_equal(finding(fix, "pay", "readme")->since, 0);
	fleet_set_record(fix->fleet, fix->record);
	settle(fix);
	assert_told(fix, "pay: | readme pass+\npay: | alerts gap+\n", "pay");
	assert_int_equal(finding(fix, "pay", "readme")->since, fix->now);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(each_change_is_told_once),
	    TEST(a_commit_elsewhere_is_the_cause),
	    TEST(dropped_and_moved),
	    TEST(what_cannot_be_read_for_now_is_not_gone),
	    TEST(a_new_name_is_no_new_service),
	    TEST(told_apart_by_another_name),
	    TEST(a_date_that_goes_by_is_a_cause),
	    TEST(sources_are_a_cause_and_their_silence_is_none),
	    TEST(what_is_held_back_is_told_in_the_end),
	    TEST(what_is_learnt_later_is_shown),
	    TEST(a_reload_ends_nothing),
	    TEST(a_record_that_comes_later_hears_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
