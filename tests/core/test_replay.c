/* Which commit opened and closed which gap: made-up pasts with a known story. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/replay.h"

#define DAY   INT64_C(86400)
#define START INT64_C(1700000000)
#define AT(d) (START + (int64_t)(d)*DAY)

static const char list_text[] =
    "schema: 1\n"
    "name: test\n"
    "checks:\n"
    "  - {id: readme, tier: 4, title: R, why: w, close: c, pass: {files: [README.md]}}\n"
    "  - {id: review, least: declared, tier: 4, title: V, why: w, close: c,\n"
    "     pass: {attestation: {max_age: 90d}}}\n"
    "  - {id: ci, tier: 3, title: C, why: w, close: c, pass: {files: [ci.yml]}}\n"
    "  - {id: alerts, tier: 2, title: A, why: w, close: c,\n"
    "     pass: {files: [\"rules/**\"], scope: fleet}}\n"
    "  - {id: pager, tier: 4, title: P, why: w, close: c, absent: no-source,\n"
    "     pass: {files: [pager.yml]}}\n";

static int set_up(void **state)
{
	struct err err = {0};

	*state = checklist_parse("list.yml", list_text, strlen(list_text), &err);
	if (!*state)
		fail_msg("%s: %s", err.where, err.what);
	return 0;
}

static int tear_down(void **state)
{
	checklist_free(*state);
	return 0;
}

/* What stands in a checkout. */
struct facts {
	const char *name; /* of the service; NULL: the folder's */
	const char *owner;
	int tier;
	bool readme, ci, pager;
	const char *alerts_for; /* a rule names this service */
	int waived_until;	/* readme; in days, 0: no waiver */
	int reviewed;		/* in days; 0: not */
	bool unreadable;
};

static uint32_t probe_of(const struct checklist *list, const char *id)
{
	return list->checks[checklist_find(list, id)].pass->probe;
}

static struct hit *add_hit(struct checkout *co, const struct checklist *list, const char *check,
			   const char *path)
{
	struct hit *hit = &co->hits[co->hit_count++];

	hit->probe = probe_of(list, check);
	hit->at = (struct origin){path, 0};
	return hit;
}

static void add_hits(struct checkout *co, const struct checklist *list, const struct facts *facts)
{
	co->hits = arena_alloc(co->arena, 8 * sizeof(*co->hits));
	if (facts->readme)
		add_hit(co, list, "readme", "README.md");
	if (facts->ci)
		add_hit(co, list, "ci", "ci.yml");
	if (facts->alerts_for) {
		struct hit *hit = add_hit(co, list, "alerts", "rules/all.yml");

		hit->names = arena_alloc(co->arena, sizeof(*hit->names));
		hit->names[0] = facts->alerts_for;
		hit->name_count = 1;
	}
	if (facts->pager)
		add_hit(co, list, "pager", "pager.yml");
}

static struct statement *statement(struct checkout *co, const char *check, int64_t date,
				   int64_t until)
{
	struct statement *made = arena_alloc(co->arena, sizeof(*made));

	*made = (struct statement){.check = check, .date = date, .until = until};
	return made;
}

static struct checkout *scanned(const struct checklist *list, const char *path,
				const struct facts *facts)
{
	struct checkout *co = checkout_new(path);
	struct descriptor *d = arena_alloc(co->arena, sizeof(*d));

	if (facts->unreadable) {
		co->state = CHECKOUT_UNREADABLE;
		return co;
	}
	*d = (struct descriptor){.format = "service.yml",
				 .subdir = "",
				 .at = {"service.yml", 1},
				 .name = {facts->name},
				 .tier_text = {facts->tier ? "some" : NULL},
				 .tier = facts->tier};
	if (facts->owner) {
		d->owners = arena_alloc(co->arena, sizeof(*d->owners));
		d->owners[0].value = facts->owner;
		d->owner_count = 1;
	}
	if (facts->waived_until) {
		d->waivers = statement(co, "readme", START, AT(facts->waived_until));
		d->waiver_count = 1;
	}
	if (facts->reviewed) {
		d->attestations = statement(co, "review", AT(facts->reviewed), 0);
		d->attestation_count = 1;
	}
	co->descriptors = d;
	co->descriptor_count = 1;
	co->head = "0123";
	add_hits(co, list, facts);
	return co;
}

/* One version; subject NULL: a date went by. */
static void add(struct past *past, const struct checklist *list, double day, const char *subject,
		struct facts facts)
{
	char hash[41];
	struct past_version version = {.at = START + (int64_t)(day * (double)DAY),
				       .author = "Ada",
				       .subject = subject ? subject : "",
				       .among = 1};
	struct checkout *co = scanned(list, past_path(past), &facts);

	snprintf(hash, sizeof(hash), "%040zx", past_count(past) + 1);
	version.hash = subject ? hash : NULL;
	past_add(past, &version, co);
	checkout_free(co);
}

static void put_cause(struct buf *out, const struct cause *cause)
{
	static const char *const kinds[] = {"?", "commit", "live", "time", "appeared", "gone"};

	buf_adds(out, kinds[cause->kind]);
	if (cause->subject)
		buf_addf(out, " \"%s\"", cause->subject);
}

static void put_day(struct buf *out, int64_t time)
{
	buf_addf(out, "%g", (double)(time - START) / (double)DAY);
}

/* "shop readme gap 0..3: ? | commit "adds it"" for each interval of one service. */
static void put_intervals(struct buf *out, const struct replay *replay, const char *service,
			  const char *check)
{
	size_t count;
	const struct interval *intervals = replay_intervals(replay, &count);

	for (size_t i = 0; i < count; i++) {
		const struct interval *one = &intervals[i];

		if (strcmp(one->service, service) != 0 || strcmp(one->check, check) != 0)
			continue;
		buf_addf(out, "%s%s%s%s ", one->required ? "" : "(", status_name(one->status),
			 one->required ? " " : ")", one->at_least ? ">=" : "");
		put_day(out, one->from);
		if (one->until) {
			buf_adds(out, "..");
			put_day(out, one->until);
		}
		buf_adds(out, " ");
		put_cause(out, &one->opened);
		if (one->until) {
			buf_adds(out, " | ");
			put_cause(out, &one->closed);
		}
		buf_addc(out, '\n');
	}
}

static void expect(const struct replay *replay, const char *service, const char *check,
		   const char *story)
{
	struct buf out = {0};

	put_intervals(&out, replay, service, check);
	if (strcmp(buf_str(&out), story) != 0)
		fail_msg("%s %s:\n%swanted:\n%s", service, check, buf_str(&out), story);
	buf_free(&out);
}

static struct replay *replayed(const struct checklist *list, struct past **pasts, size_t count)
{
	struct replay *replay = replay_new(list, AT(0), AT(100));

	for (size_t i = 0; i < count; i++)
		replay_add(replay, pasts[i]);
	while (!replay_step(replay, 1))
		;
	assert_int_equal(replay_done(replay), replay_total(replay));
	return replay;
}

static void commits_open_and_close(void **state)
{
	struct past *shop = past_new("/src/shop");
	struct replay *replay;

	add(shop, *state, -10, "before", (struct facts){.tier = 3});
	add(shop, *state, 3, "adds a README", (struct facts){.tier = 3, .readme = true});
	add(shop, *state, 4.5, "adds CI", (struct facts){.tier = 3, .readme = true, .ci = true});
	add(shop, *state, 7, "loses it", (struct facts){.tier = 3, .ci = true});
	add(shop, *state, 8, "Revert \"loses it\"",
	    (struct facts){.tier = 3, .ci = true, .readme = true});
	replay = replayed(*state, &shop, 1);
	expect(replay, "shop", "readme",
	       "gap >= 0..3 ? | commit \"adds a README\"\n"
	       "pass  3..7 commit \"adds a README\" | commit \"loses it\"\n"
	       "gap  7..8 commit \"loses it\" | commit \"Revert \"loses it\"\"\n"
	       "pass  8 commit \"Revert \"loses it\"\"\n");
	expect(replay, "shop", "ci",
	       "gap >= 0..4.5 ? | commit \"adds CI\"\n"
	       "pass  4.5 commit \"adds CI\"\n");
	expect(replay, "shop", "pager", "");
	replay_free(replay);
}

static void what_only_a_source_knows_begins_with_its_commit(void **state)
{
	struct past *shop = past_new("/src/shop");
	struct replay *replay;

	add(shop, *state, -10, "before", (struct facts){.tier = 4});
	add(shop, *state, 3, "a pager", (struct facts){.tier = 4, .pager = true});
	replay = replayed(*state, &shop, 1);
	expect(replay, "shop", "pager", "pass  3 commit \"a pager\"\n");
	replay_free(replay);
}

/* Also when it is lost again: then nobody knows. */
static void what_only_a_source_knows_ends_what_was(void **state)
{
	struct past *shop = past_new("/src/shop");
	struct replay *replay;

	add(shop, *state, -10, "before", (struct facts){.tier = 4, .pager = true});
	add(shop, *state, 3, "no pager", (struct facts){.tier = 4});
	add(shop, *state, 9, "a pager", (struct facts){.tier = 4, .pager = true});
	replay = replayed(*state, &shop, 1);
	expect(replay, "shop", "pager",
	       "pass >= 0..3 ? | commit \"no pager\"\n"
	       "unknown  3..9 commit \"no pager\" | commit \"a pager\"\n"
	       "pass  9 commit \"a pager\"\n");
	replay_free(replay);
}

static void cause_says_which_commit(void **state)
{
	struct past *shop = past_new("/src/shop");
	struct replay *replay;
	const struct interval *intervals;
	size_t count, seen = 0;

	add(shop, *state, -10, "before", (struct facts){.tier = 4, .owner = "acme/web"});
	add(shop, *state, 3, "adds it",
	    (struct facts){.tier = 4, .owner = "acme/web", .readme = true});
	replay = replayed(*state, &shop, 1);
	intervals = replay_intervals(replay, &count);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(intervals[i].check, "readme") != 0 || !intervals[i].until)
			continue;
		assert_string_equal(intervals[i].closed.checkout, "/src/shop");
		assert_string_equal(intervals[i].closed.hash,
				    "0000000000000000000000000000000000000002");
		assert_string_equal(intervals[i].closed.author, "Ada");
		assert_int_equal(intervals[i].closed.time, AT(3));
		assert_int_equal(intervals[i].closed.among, 1);
		assert_string_equal(intervals[i].owner, "acme/web");
		assert_int_equal(intervals[i].tier, 4);
		assert_null(intervals[i].opened.hash);
		seen++;
	}
	assert_int_equal(seen, 1);
	replay_free(replay);
}

/* A more important tier asks for more: that opened the gap, not who wrote the code. */
static void tier_opens_what_it_asks_for(void **state)
{
	struct past *shop = past_new("/src/shop");
	struct replay *replay;
	const struct interval *intervals;
	size_t count;

	add(shop, *state, -10, "before", (struct facts){.tier = 4});
	add(shop, *state, 2, "it matters", (struct facts){.tier = 3});
	add(shop, *state, 5, "it matters less", (struct facts){.tier = 4});
	add(shop, *state, 6, "it matters most", (struct facts){.tier = 1});
	replay = replayed(*state, &shop, 1);
	expect(replay, "shop", "ci",
	       "(gap)>= 0..2 ? | commit \"it matters\"\n"
	       "gap  2..5 commit \"it matters\" | commit \"it matters less\"\n"
	       "(gap) 5..6 commit \"it matters less\" | commit \"it matters most\"\n"
	       "gap  6 commit \"it matters most\"\n");
	expect(replay, "shop", "readme", "gap >= 0 ?\n");
	intervals = replay_intervals(replay, &count);
	for (size_t i = 0; i < count; i++)
		if (!intervals[i].until)
			assert_int_equal(intervals[i].tier, 1);
	replay_free(replay);
}

/* Rules of all services lie in a repository of their own. */
static void evidence_elsewhere_counts_in_the_past(void **state)
{
	struct past *pasts[] = {past_new("/src/shop"), past_new("/src/rules")};
	struct replay *replay;
	const struct interval *intervals;
	size_t count;

	add(pasts[0], *state, -10, "before", (struct facts){.tier = 2});
	add(pasts[0], *state, 4, "its own rules", (struct facts){.tier = 2, .alerts_for = "shop"});
	add(pasts[0], *state, 6, "moved", (struct facts){.tier = 2});
	add(pasts[1], *state, -20, "rules", (struct facts){.tier = 4});
	add(pasts[1], *state, 5, "rules of shop", (struct facts){.tier = 4, .alerts_for = "shop"});
	add(pasts[1], *state, 9, "cleans up", (struct facts){.tier = 4});
	replay = replayed(*state, pasts, 2);
	expect(replay, "shop", "alerts",
	       "gap >= 0..4 ? | commit \"its own rules\"\n"
	       "pass  4..9 commit \"its own rules\" | commit \"cleans up\"\n"
	       "gap  9 commit \"cleans up\"\n");
	intervals = replay_intervals(replay, &count);
	for (size_t i = 0; i < count; i++)
		if (intervals[i].opened.subject &&
		    !strcmp(intervals[i].opened.subject, "cleans up"))
			assert_string_equal(intervals[i].opened.checkout, "/src/rules");
	replay_free(replay);
}

static void dates_are_met_to_the_second(void **state)
{
	struct past *shop = past_new("/src/shop");
	struct replay *replay;
	const struct interval *intervals;
	size_t count;

	add(shop, *state, -10, "before", (struct facts){.tier = 4, .reviewed = -60});
	add(shop, *state, 2, "waives", (struct facts){.tier = 4, .waived_until = 20});
	add(shop, *state, 40, "reviewed",
	    (struct facts){.tier = 4, .waived_until = 20, .reviewed = 39});
	replay = replayed(*state, &shop, 1);
	intervals = replay_intervals(replay, &count);
	for (size_t i = 0; i < count; i++)
		if (intervals[i].opened.kind == CAUSE_TIME)
			assert_int_equal(intervals[i].from, AT(20) + 1);
	assert_true(count > 4);
	expect(replay, "shop", "review",
	       "pass >= 0..2 ? | commit \"waives\"\n"
	       "gap  2..40 commit \"waives\" | commit \"reviewed\"\n"
	       "pass  40 commit \"reviewed\"\n");
	replay_free(replay);
}

static void what_ends_soon_is_known_ahead(void **state)
{
	struct past *shop = past_new("/src/shop");
	struct replay *replay;
	const struct replay_due *due;
	size_t count, before, after;

	add(shop, *state, -10, "before",
	    (struct facts){.tier = 4, .owner = "web", .reviewed = 20, .waived_until = 105});
	replay = replay_new(*state, AT(0), AT(100));
	assert_null(replay_ahead(replay, AT(128), &count));
	replay_add(replay, shop);
	while (!replay_step(replay, 100))
		;
	replay_intervals(replay, &before);
	due = replay_ahead(replay, AT(128), &count);
	assert_int_equal(count, 2);
	assert_string_equal(due[0].check, "readme");
	assert_string_equal(due[0].service, "shop");
	assert_string_equal(due[0].owner, "web");
	assert_int_equal(due[0].at, AT(105) + 1);
	assert_non_null(strstr(due[0].reason, "its waiver expired on"));
	assert_string_equal(due[1].check, "review");
	assert_int_equal(due[1].at, AT(110) + 1);
	replay_intervals(replay, &after);
	assert_int_equal(before, after);
	replay_free(replay);
}

static void services_come_and_go(void **state)
{
	struct past *pasts[] = {past_new("/src/new"), past_new("/src/old")};
	struct replay *replay;

	/* The root commit is the first version. */
	add(pasts[0], *state, 5, "begins", (struct facts){.tier = 4});
	add(pasts[0], *state, 6, "adds a README", (struct facts){.tier = 4, .readme = true});
	add(pasts[1], *state, -5, "before", (struct facts){.tier = 4, .name = "one"});
	add(pasts[1], *state, 8, "another service", (struct facts){.tier = 4, .name = "two"});
	replay = replayed(*state, pasts, 2);
	expect(replay, "new", "readme",
	       "gap  5..6 appeared \"begins\" | commit \"adds a README\"\n"
	       "pass  6 commit \"adds a README\"\n");
	/* The folder's only service under another name is the same one: its gap goes on. */
	expect(replay, "one", "readme", "");
	expect(replay, "two", "readme", "gap >= 0 ?\n");
	replay_free(replay);
}

/* A shallow clone knows from a commit on: that one did not make all that is there. */
static void where_the_line_is_cut_nobody_is_to_blame(void **state)
{
	struct past *shop = past_new("/src/shop");
	struct replay *replay;

	add(shop, *state, 5, "as far as it goes", (struct facts){.tier = 4});
	add(shop, *state, 6, "adds it", (struct facts){.tier = 4, .readme = true});
	past_cut(shop, "shallow");
	replay = replayed(*state, &shop, 1);
	expect(replay, "shop", "readme",
	       "gap >= 5..6 ? | commit \"adds it\"\n"
	       "pass  6 commit \"adds it\"\n");
	replay_free(replay);
}

static void two_services_of_one_name_are_told_apart(void **state)
{
	struct past *pasts[] = {past_new("/src/a/pay"), past_new("/src/b/pay")};
	struct replay *replay;

	add(pasts[0], *state, -5, "a", (struct facts){.tier = 4});
	add(pasts[1], *state, 10, "b", (struct facts){.tier = 4, .readme = true});
	replay = replayed(*state, pasts, 2);
	expect(replay, "pay", "readme", "");
	expect(replay, "a/pay", "readme", "gap >= 0 ?\n");
	expect(replay, "b/pay", "readme", "pass  10 appeared \"b\"\n");
	replay_free(replay);
}

/* A clock was ahead when it was committed: it is there today all the same. */
static void commits_of_the_future_are_of_now(void **state)
{
	struct past *shop = past_new("/src/shop");
	struct replay *replay;

	add(shop, *state, -5, "a", (struct facts){.tier = 4});
	add(shop, *state, 500, "b", (struct facts){.tier = 4, .readme = true});
	replay = replayed(*state, &shop, 1);
	expect(replay, "shop", "readme",
	       "gap >= 0..100 ? | commit \"b\"\n"
	       "pass  100 commit \"b\"\n");
	replay_free(replay);
}

static void date_that_went_by_in_a_checkout_is_no_commit(void **state)
{
	struct past *shop = past_new("/src/shop");
	struct replay *replay;

	add(shop, *state, -5, "a", (struct facts){.tier = 4, .readme = true});
	add(shop, *state, 50, NULL, (struct facts){.tier = 4});
	replay = replayed(*state, &shop, 1);
	expect(replay, "shop", "readme", "pass >= 0..50 ? | time\ngap  50 time\n");
	replay_free(replay);
}

/* What could not be read for a time neither closed nor opened anything. */
static void unreadable_for_a_time_changes_nothing(void **state)
{
	struct past *shop = past_new("/src/shop");
	struct replay *replay;

	add(shop, *state, -5, "a", (struct facts){.tier = 4});
	add(shop, *state, 10, "broken", (struct facts){.unreadable = true});
	add(shop, *state, 12, "mended", (struct facts){.tier = 4});
	replay = replayed(*state, &shop, 1);
	expect(replay, "shop", "readme", "gap >= 0 ?\n");
	replay_free(replay);
}

static void nothing_to_replay(void **state)
{
	struct replay *replay = replay_new(*state, AT(0), AT(100));
	size_t count;

	assert_true(replay_step(replay, 1));
	replay_intervals(replay, &count);
	assert_int_equal(count, 0);
	assert_int_equal(fleet_count(replay_fleet(replay)), 0);
	replay_free(replay);
}

/* ---- at any time it is what a scan of then would find ---- */

#define PLACES	 5
#define VERSIONS 12

static uint32_t draw(uint32_t *random, uint32_t below)
{
	*random = *random * 1664525u + 1013904223u;
	return (*random >> 8) % below;
}

static struct facts some_facts(int place, uint32_t *random)
{
	/* Two that are called the same have other names while both are there. */
	static const char *const names[PLACES] = {NULL, NULL, NULL, "pay", "pay"};
	static const char *const alerts[] = {NULL, "p0", "p1", "pay", "p2"};

	return (struct facts){.name = names[place],
			      .tier = (int)draw(random, 5),
			      .readme = draw(random, 2),
			      .ci = draw(random, 2),
			      .pager = draw(random, 2),
			      .alerts_for = alerts[draw(random, ARRAY_LEN(alerts))],
			      .waived_until = draw(random, 3) ? 0 : 1 + (int)draw(random, 120),
			      .reviewed = draw(random, 2) ? 0 : (int)draw(random, 200) - 100};
}

struct world {
	double day[PLACES][VERSIONS];
	struct facts facts[PLACES][VERSIONS];
};

static void make_world(struct world *world, uint32_t *random)
{
	for (int p = 0; p < PLACES; p++) {
		double day = (double)draw(random, 40) - 20;

		for (int v = 0; v < VERSIONS; v++) {
			world->day[p][v] = day;
			world->facts[p][v] = some_facts(p, random);
			day += (double)draw(random, 2000) / 100;
		}
	}
}

static struct fleet *fleet_of(const struct world *world, const struct checklist *list, int64_t at)
{
	struct fleet *fleet = fleet_new(list);

	for (int p = 0; p < PLACES; p++)
		for (int v = VERSIONS; v-- > 0;) {
			char path[16];

			if (START + (int64_t)(world->day[p][v] * (double)DAY) > at)
				continue;
			snprintf(path, sizeof(path), "/src/p%d", p);
			fleet_apply(fleet, scanned(list, path, &world->facts[p][v]));
			break;
		}
	fleet_settle(fleet, at);
	return fleet;
}

/* What a service of then is called at the end. */
static const char *last_name(const struct replay *replay, const struct service *service)
{
	const struct fleet *fleet = replay_fleet(replay);

	for (size_t i = 0; i < fleet_count(fleet); i++)
		if (!strcmp(fleet_at(fleet, i)->checkout->path, service->checkout->path))
			return fleet_at(fleet, i)->name;
	fail_msg("%s is not there at the end", service->name);
	return NULL;
}

/* The interval of then; by service and check there is at most one. */
static const struct interval *interval_at(const struct interval *intervals, size_t count,
					  const char *service, const char *check, int64_t at)
{
	const struct interval *found = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct interval *one = &intervals[i];

		if (strcmp(one->service, service) != 0 || strcmp(one->check, check) != 0 ||
		    one->from > at || (one->until && one->until <= at))
			continue;
		assert_null(found);
		found = one;
	}
	return found;
}

static void check_moment(const struct world *world, const struct checklist *list,
			 const struct replay *replay, int64_t at)
{
	struct fleet *fleet = fleet_of(world, list, at);
	size_t count;
	const struct interval *intervals = replay_intervals(replay, &count);

	for (size_t i = 0; i < fleet_count(fleet); i++) {
		const struct service *service = fleet_at(fleet, i);

		for (size_t c = 0; c < list->check_count; c++) {
			const struct finding *finding = &service->findings[c];
			const struct interval *one = interval_at(
			    intervals, count, last_name(replay, service), list->checks[c].id, at);

			if (finding->code == UNKNOWN_FAILED)
				continue; /* ends nothing */
			if (!one && finding->code == UNKNOWN_NO_SOURCE)
				continue; /* it never was more */
			if (!one || one->status != finding->status ||
			    one->required != finding->required)
				fail_msg("%s %s on day %g: %s, not %s", service->name,
					 list->checks[c].id, (double)(at - START) / DAY,
					 one ? status_name(one->status) : "nothing",
					 status_name(finding->status));
		}
	}
	fleet_free(fleet);
}

static void it_is_what_a_scan_of_then_finds(void **state)
{
	uint32_t random = 5;

	for (int round = 0; round < 40; round++) {
		struct replay *replay = replay_new(*state, AT(0), AT(100));
		struct world world;

		make_world(&world, &random);
		for (int p = 0; p < PLACES; p++) {
			char path[16];
			struct past *past;

			snprintf(path, sizeof(path), "/src/p%d", p);
			past = past_new(path);
			for (int v = 0; v < VERSIONS; v++)
				add(past, *state, world.day[p][v], "c", world.facts[p][v]);
			replay_add(replay, past);
		}
		while (!replay_step(replay, 3))
			;
		for (int i = 0; i < 30; i++)
			check_moment(&world, *state, replay, AT(0) + draw(&random, 100 * 86400));
		replay_free(replay);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(commits_open_and_close, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(what_only_a_source_knows_begins_with_its_commit, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(what_only_a_source_knows_ends_what_was, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(cause_says_which_commit, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(tier_opens_what_it_asks_for, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(evidence_elsewhere_counts_in_the_past, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(dates_are_met_to_the_second, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(what_ends_soon_is_known_ahead, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(services_come_and_go, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(where_the_line_is_cut_nobody_is_to_blame, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(two_services_of_one_name_are_told_apart, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(commits_of_the_future_are_of_now, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(date_that_went_by_in_a_checkout_is_no_commit, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(unreadable_for_a_time_changes_nothing, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(nothing_to_replay, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(it_is_what_a_scan_of_then_finds, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
