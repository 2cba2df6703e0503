/* The store: what is put in comes out, in this process and in the next. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/mem.h"
#include "tests/support/storedir.h"

#define NOW INT64_C(1763890000)

/* ---- checkouts and services ---- */

static void put_checkout(struct store *store, const char *path, const char *facts)
{
	struct store_checkout checkout = {.path = path,
					  .resolved = "HEAD ref: refs/heads/main",
					  .scanned_with = "digest",
					  .scanned_at = NOW,
					  .facts = facts,
					  .facts_len = facts ? strlen(facts) : 0};

	assert_int_equal(store_put_checkout(store, &checkout, NULL), 0);
}

/* Paths, each with a space behind it; "-" before those that were dropped. */
static char *walked(struct store *store, const char *root, int64_t after, bool facts)
{
	struct err err = {0};
	struct store_walk *walk = store_checkouts(store, &root, root ? 1 : 0, after, facts, &err);
	struct store_checkout row;
	struct buf out = {0};

	assert_non_null(walk);
	while (store_next_checkout(walk, &row)) {
		buf_addf(&out, "%s%s", row.scanned_with ? "" : "-", row.path);
		if (row.facts)
			buf_addf(&out, "=%.*s", (int)row.facts_len, (const char *)row.facts);
		buf_addc(&out, ' ');
	}
	assert_int_equal(store_walk_end(walk, &err), 0);
	return buf_detach(&out);
}

static void assert_walk(struct store *store, const char *root, int64_t after, bool facts,
			const char *expected)
{
	char *got = walked(store, root, after, facts);

	assert_string_equal(got, expected);
	free(got);
}

static void checkouts_come_back(void **state)
{
	struct storedir *dir = *state;
	struct store *store = storedir_open(dir, STORE_WRITE);
	int64_t before;

	assert_int_equal(store_begin(store, NULL), 0);
	put_checkout(store, "/src/b", "facts of b");
	put_checkout(store, "/src/a", "facts of a");
	put_checkout(store, "/src-other/c", "facts of c");
	assert_int_equal(store_commit(store, NULL), 0);
	assert_walk(store, NULL, 0, true,
		    "/src-other/c=facts of c /src/a=facts of a /src/b=facts of b ");
	assert_walk(store, "/src", 0, false, "/src/a /src/b ");
	assert_walk(store, "/src/", 0, false, "/src/a /src/b ");
	assert_walk(store, "/src/a", 0, false, "/src/a ");
	assert_walk(store, "/", 0, false, "/src-other/c /src/a /src/b ");
	assert_walk(store, "/sr", 0, false, "");
	store = storedir_again(dir, STORE_WRITE);
	before = store_sequence(store);
	assert_true(before > 0);
	assert_walk(store, NULL, before, true, "");
	put_checkout(store, "/src/a", "new facts");
	assert_int_equal(store_drop_checkout(store, "/src/b", NULL), 0);
	assert_int_equal(store_drop_checkout(store, "/not/there", NULL), 0);
	assert_walk(store, NULL, before, true, "/src/a=new facts -/src/b ");
	assert_walk(store, NULL, 0, false, "/src-other/c /src/a ");
	assert_true(store_sequence(store) > before);
	/* It comes back. */
	before = store_sequence(store);
	put_checkout(store, "/src/b", "b again");
	assert_walk(store, NULL, before, true, "/src/b=b again ");
}

static void facts_stay_where_none_are_given(void **state)
{
	struct store *store = storedir_open(*state, STORE_WRITE);
	struct store_walk *walk;
	struct store_checkout row;

	put_checkout(store, "/a", "what was found");
	put_checkout(store, "/a", NULL);
	walk = store_checkout(store, "/a", NULL);
	assert_non_null(walk);
	assert_true(store_next_checkout(walk, &row));
	assert_string_equal(row.path, "/a");
	assert_string_equal(row.resolved, "HEAD ref: refs/heads/main");
	assert_string_equal(row.scanned_with, "digest");
	assert_int_equal(row.scanned_at, NOW);
	assert_int_equal(row.facts_len, strlen("what was found"));
	assert_memory_equal(row.facts, "what was found", row.facts_len);
	assert_false(store_next_checkout(walk, &row));
	assert_int_equal(store_walk_end(walk, NULL), 0);
	assert_null(store_checkout(store, "/b", NULL));
}

/* Facts that were spoiled, or that say they are larger than they are, are not there: a scan. */
static void facts_that_lie(void **state)
{
	struct storedir *dir = *state;
	struct store *store = storedir_open(dir, STORE_WRITE);
	struct buf lie = {0}, out = {0};
	char facts[1000];

	memset(facts, 'f', sizeof(facts) - 1);
	facts[sizeof(facts) - 1] = '\0';
	put_checkout(store, "/a", "facts of a");
	put_checkout(store, "/b", facts);
	put_checkout(store, "/c", facts);
	store_pack(store, facts, sizeof(facts), &lie);
	assert_non_null(store_unpack(store, lie.data, lie.len, &out));
	for (size_t len = 0; len < lie.len; len++)
		assert_null(store_unpack(store, lie.data, len, &out));
	buf_reset(&lie);
	wire_put_str(&lie, "0.1.0");
	wire_put_uint(&lie, STORE_MAX_BYTES);
	buf_adds(&lie, "a few bytes");
	buf_free(&out);
	assert_null(store_unpack(store, lie.data, lie.len, &out));
	assert_int_equal(out.cap, 0); /* and took no memory */
	store_close(store);
	dir->store = NULL;
	storedir_sql(dir, "UPDATE facts SET packed = CAST(substr(packed, 1, length(packed) - 1) || "
			  "x'00' AS BLOB) WHERE checkout = 2;"
			  "UPDATE facts SET packed = x'' WHERE checkout = 3");
	assert_walk(storedir_open(dir, STORE_READ), NULL, 0, true, "/a=facts of a ");
	buf_free(&lie);
	buf_free(&out);
}

static void many_checkouts_come_in_pages(void **state)
{
	struct store *store = storedir_open(*state, STORE_WRITE);
	struct store_walk *walk;
	struct store_checkout row;
	char path[32], last[32] = "";
	unsigned count = 0;

	assert_int_equal(store_begin(store, NULL), 0);
	for (int i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), "/r/%d", i);
		put_checkout(store, path, path);
	}
	assert_int_equal(store_commit(store, NULL), 0);
	walk = store_checkouts(store, NULL, 0, 0, true, NULL);
	while (store_next_checkout(walk, &row)) {
		assert_true(strcmp(row.path, last) > 0);
		snprintf(last, sizeof(last), "%s", row.path);
		assert_int_equal(row.facts_len, strlen(row.path));
		assert_memory_equal(row.facts, row.path, row.facts_len);
		/* A change in between holds nothing up. */
		if (++count == 40)
			put_checkout(store, "/r/1", "changed");
	}
	assert_int_equal(store_walk_end(walk, NULL), 0);
	assert_int_equal(count, 200);
}

static void add_service(void *ctx, const char *name, const void *row, size_t len)
{
	buf_addf(ctx, "%s=%.*s ", name, (int)len, (const char *)row);
}

static void assert_services(struct store *store, const char *root, const char *expected)
{
	struct buf out = {0};

	assert_int_equal(store_services(store, &root, root ? 1 : 0, add_service, &out, NULL), 0);
	assert_string_equal(buf_str(&out), expected);
	buf_free(&out);
}

static void services_come_back(void **state)
{
	struct storedir *dir = *state;
	struct store *store = storedir_open(dir, STORE_WRITE);

	put_checkout(store, "/src/a", NULL);
	assert_int_equal(store_put_service(store, "web", "/src/a", "row1", 4, NULL), 0);
	assert_int_equal(store_put_service(store, "api", "/src/b", "row2", 4, NULL), 0);
	assert_int_equal(store_put_service(store, "empty", "/x", NULL, 0, NULL), 0);
	store = storedir_again(dir, STORE_WRITE);
	assert_services(store, NULL, "api=row2 empty= web=row1 ");
	assert_services(store, "/src", "api=row2 web=row1 ");
	assert_int_equal(store_put_service(store, "web", "/src/c", "moved", 5, NULL), 0);
	assert_int_equal(store_put_service(store, "api", "/src/b", "row3", 4, NULL), 0);
	assert_services(store, "/src/c", "web=moved ");
	/* Its services go with a checkout, also with one that was not known. */
	assert_int_equal(store_drop_checkout(store, "/src/b", NULL), 0);
	assert_int_equal(store_drop_service(store, "empty", NULL), 0);
	assert_services(store, NULL, "web=moved ");
}

/* ---- intervals ---- */

static const struct cause commit_a = {
    .kind = CAUSE_COMMIT,
    .checkout = "/src/a",
    .hash = "0123456789abcdef0123456789abcdef01234567",
    .author = "Ada",
    .subject = "Remove the runbook",
    .time = NOW - 5000,
    .among = 3,
};

static struct interval gap_of(const char *service, const char *check, int64_t from)
{
	return (struct interval){.service = service,
				 .check = check,
				 .status = STATUS_GAP,
				 .required = true,
				 .tier = 2,
				 .from = from,
				 .opened = commit_a,
				 .owner = "acme/web",
				 .evidence = "README.md:12"};
}

static void add_interval(void *ctx, const struct interval *interval, enum interval_origin origin)
{
	buf_addf(ctx, "%s %s/%s %s%s%s t%u %lld-%lld", origin == INTERVAL_GIT ? "git" : "seen",
		 interval->service, interval->check, status_name(interval->status),
		 interval->required ? " required" : "", interval->at_least ? " at least" : "",
		 interval->tier, (long long)interval->from, (long long)interval->until);
	if (interval->opened.kind == CAUSE_COMMIT)
		buf_addf(ctx, " by %s %s %s %s %lld/%u", interval->opened.checkout,
			 interval->opened.hash, interval->opened.author, interval->opened.subject,
			 (long long)interval->opened.time, interval->opened.among);
	else
		buf_addf(ctx, " by %d", (int)interval->opened.kind);
	buf_addf(ctx, " then %d; %s %s\n", (int)interval->closed.kind,
		 interval->owner ? interval->owner : "-",
		 interval->evidence ? interval->evidence : "-");
}

static void assert_intervals(struct store *store, const struct store_scope *scope,
			     const char *expected)
{
	struct buf out = {0};

	assert_int_equal(store_intervals(store, scope, add_interval, &out, NULL), 0);
	assert_string_equal(buf_str(&out), expected);
	buf_free(&out);
}

static void a_change_ends_one_and_begins_another(void **state)
{
	struct storedir *dir = *state;
	struct store *store = storedir_open(dir, STORE_WRITE);
	struct interval closed = gap_of("web", "runbook", 1000), opened = closed;

	assert_int_equal(store_begin(store, NULL), 0);
	opened.at_least = true;
	assert_int_equal(store_put_change(store, NULL, &opened, NULL), 0);
	opened = gap_of("web", "ci", 1500);
	opened.opened = (struct cause){.kind = CAUSE_LIVE};
	opened.evidence = opened.owner = NULL;
	assert_int_equal(store_put_change(store, NULL, &opened, NULL), 0);
	/* What was put in the same transaction is there already. */
	assert_intervals(store, &(struct store_scope){.check = "ci"},
			 "seen web/ci gap required t2 1500-0 by 2 then 0; - -\n");
	assert_int_equal(store_commit(store, NULL), 0);
	store = storedir_again(dir, STORE_WRITE);
	closed.until = 2000;
	closed.closed = (struct cause){.kind = CAUSE_TIME};
	opened = closed;
	opened.status = STATUS_PASS;
	opened.from = 2000;
	opened.until = 0;
	opened.closed = (struct cause){0};
	assert_int_equal(store_put_change(store, &closed, &opened, NULL), 0);
	store = storedir_again(dir, STORE_READ);
	assert_intervals(
	    store, &(struct store_scope){.check = "runbook"},
	    "seen web/runbook gap required t2 1000-2000 by /src/a "
	    "0123456789abcdef0123456789abcdef01234567 Ada Remove the runbook 1763885000/3 then 3; "
	    "acme/web README.md:12\n"
	    "seen web/runbook pass required t2 2000-0 by /src/a "
	    "0123456789abcdef0123456789abcdef01234567 Ada Remove the runbook 1763885000/3 then 0; "
	    "acme/web README.md:12\n");
}

/* What is put in comes out the same, whatever the fields. */
static void every_field_comes_back(void **state)
{
	struct storedir *dir = *state;
	struct store *store = storedir_open(dir, STORE_WRITE);
	static const struct cause causes[] = {
	    {.kind = CAUSE_NONE},
	    {.kind = CAUSE_LIVE},
	    {.kind = CAUSE_TIME},
	    {.kind = CAUSE_APPEARED},
	    {.kind = CAUSE_GONE},
	    {.kind = CAUSE_COMMIT,
	     .checkout = "/a",
	     .hash = "0123456789abcdef0123456789abcdef01234567",
	     .author = "Ada \xc3\xa9",
	     .time = 7},
	    {.kind = CAUSE_COMMIT,
	     .checkout = "/b",
	     .hash = "0123456789abcdef0123456789abcdef01234567",
	     .subject = "s",
	     .among = 70000},
	};
	struct interval all[ARRAY_LEN(causes) * 5];
	struct buf expected = {0};
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(causes); i++) {
		for (int status = 0; status <= STATUS_NA; status++) {
			struct interval *interval = &all[count++];

			*interval = (struct interval){
			    .service = "web",
			    .check = count % 2 ? "ci" : "runbook",
			    .status = (enum status)status,
			    .code = (enum unknown_code)(count % 4),
			    .required = count % 3 == 0,
			    .at_least = count % 2,
			    .tier = (uint8_t)(count % 5),
			    .from = NOW - (int64_t)count * 1000,
			    .until = count % 7 ? NOW + 5 : 0,
			    .opened = causes[i],
			    .closed =
				count % 7 ? causes[(i + 1) % ARRAY_LEN(causes)] : (struct cause){0},
			    .owner = count % 3 ? "acme" : NULL,
			    .evidence = count % 4 ? "a/b.yml:7" : NULL,
			};
			add_interval(&expected, interval, INTERVAL_GIT);
		}
	}
	assert_int_equal(
	    store_put_history(store, &(struct store_history){.until = 1}, all, count, NULL), 0);
	storedir_again(dir, STORE_READ);
	assert_intervals(dir->store, &(struct store_scope){0}, buf_str(&expected));
	buf_free(&expected);
}

/* Service and check of those that are given, with G where it is git's. */
static void add_short(void *ctx, const struct interval *interval, enum interval_origin origin)
{
	buf_addf(ctx, "%s%s/%s ", origin == INTERVAL_GIT ? "G:" : "", interval->service,
		 interval->check);
}

static void assert_short(struct store *store, const struct store_scope *scope, const char *expected)
{
	struct buf out = {0};

	assert_int_equal(store_intervals(store, scope, add_short, &out, NULL), 0);
	assert_string_equal(buf_str(&out), expected);
	buf_free(&out);
}

static void scopes(void **state)
{
	struct store *store = storedir_open(*state, STORE_WRITE);
	struct interval some[4] = {gap_of("web", "old", 100), gap_of("web", "open", 300),
				   gap_of("api", "pass", 100), gap_of("api", "optional", 100)};
	struct interval ended;

	some[0].until = 200;
	some[2].status = STATUS_PASS;
	some[3].required = false;
	assert_int_equal(
	    store_put_history(store, &(struct store_history){.until = 1}, some, 4, NULL), 0);
	ended = gap_of("web", "seen", 250);
	assert_int_equal(store_put_change(store, NULL, &ended, NULL), 0);
	ended.until = 280;
	assert_int_equal(store_put_change(store, &ended, NULL, NULL), 0);
	ended = gap_of("web", "now", 290);
	assert_int_equal(store_put_change(store, NULL, &ended, NULL), 0);
	assert_short(store, &(struct store_scope){0},
		     "G:web/old G:web/open G:api/pass G:api/optional web/seen web/now ");
	assert_short(store, &(struct store_scope){.service = "web"},
		     "G:web/old G:web/open web/seen web/now ");
	assert_short(store, &(struct store_scope){.service = "nobody"}, "");
	assert_short(store, &(struct store_scope){.check = "pass"}, "G:api/pass ");
	assert_short(store, &(struct store_scope){.check = "web"}, "");
	assert_short(store, &(struct store_scope){.open = true},
		     "G:web/open G:api/pass G:api/optional web/now ");
	assert_short(store, &(struct store_scope){.gaps = true},
		     "G:web/old G:web/open web/seen web/now ");
	assert_short(store, &(struct store_scope){.from = 201, .until = 260},
		     "G:api/pass G:api/optional web/seen ");
	assert_short(store, &(struct store_scope){.from = 200, .until = 249},
		     "G:web/old G:api/pass G:api/optional ");
	assert_short(store, &(struct store_scope){.from = 281, .open = false},
		     "G:web/open G:api/pass G:api/optional web/now ");
}

static void history_is_replaced_as_a_whole(void **state)
{
	struct storedir *dir = *state;
	struct store *store = storedir_open(dir, STORE_WRITE);
	struct store_history history = {
	    .since = 10, .until = 20, .scanned_with = "d1", .roots = "/src/a\n/src/b"};
	struct interval some[3] = {gap_of("a1", "ci", 1), gap_of("a2", "ci", 1),
				   gap_of("b1", "ci", 1)};
	struct store_history got;

	assert_false(store_get_history(store, &got));
	assert_int_equal(store_put_history(store, &history, some, 3, NULL), 0);
	storedir_again(dir, STORE_WRITE);
	store = dir->store;
	assert_true(store_get_history(store, &got));
	assert_int_equal(got.since, 10);
	assert_int_equal(got.until, 20);
	assert_string_equal(got.scanned_with, "d1");
	assert_string_equal(got.roots, "/src/a\n/src/b");
	/* Of other roots: it stands beside. */
	history.roots = "/other";
	some[0] = gap_of("o1", "ci", 1);
	assert_int_equal(store_put_history(store, &history, some, 1, NULL), 0);
	assert_short(store, &(struct store_scope){0}, "G:a1/ci G:a2/ci G:b1/ci G:o1/ci ");
	/* Of the same ones, or of what is above them: the old one goes, also of a service that is
	 * no longer there. */
	history.roots = "/src";
	some[0] = gap_of("a1", "runbook", 1);
	assert_int_equal(store_put_history(store, &history, some, 1, NULL), 0);
	assert_short(store, &(struct store_scope){0}, "G:a1/runbook G:o1/ci ");
	/* Of one root of several: the services that are below it. */
	history.roots = "/x\n/y";
	some[0] = gap_of("x1", "ci", 1);
	some[1] = gap_of("y1", "ci", 1);
	assert_int_equal(store_put_history(store, &history, some, 2, NULL), 0);
	assert_int_equal(store_put_service(store, "x1", "/x/1", "", 0, NULL), 0);
	assert_int_equal(store_put_service(store, "y1", "/y/1", "", 0, NULL), 0);
	history.roots = "/x";
	assert_int_equal(store_put_history(store, &history, NULL, 0, NULL), 0);
	assert_short(store, &(struct store_scope){0}, "G:a1/runbook G:o1/ci G:y1/ci ");
}

static void authors_are_those_of_the_last_mailmap(void **state)
{
	struct store *store = storedir_open(*state, STORE_WRITE);
	struct interval gap = gap_of("web", "ci", 1);
	struct buf out = {0};

	assert_int_equal(
	    store_put_history(store, &(struct store_history){.until = 1}, &gap, 1, NULL), 0);
	gap.opened.author = "Ada Lovelace";
	assert_int_equal(
	    store_put_history(store, &(struct store_history){.until = 1}, &gap, 1, NULL), 0);
	add_interval(&out, &gap, INTERVAL_GIT);
	assert_intervals(store, &(struct store_scope){0}, buf_str(&out));
	buf_free(&out);
}

static void odd_words(void **state)
{
	struct store *store = storedir_open(*state, STORE_WRITE);
	struct interval gap = gap_of("web", "ci", 1);
	char long_text[2000];
	struct buf out = {0}, expected = {0};

	/* A commit without an id that git could have given is no cause. */
	gap.opened.hash = "HEAD";
	memset(long_text, 'x', sizeof(long_text));
	memcpy(long_text + STORE_MAX_EVIDENCE - 1, "\xc3\xa9", 2);
	long_text[sizeof(long_text) - 1] = '\0';
	gap.evidence = long_text;
	gap.owner = "\xff\xfe not UTF-8";
	assert_int_equal(store_put_change(store, NULL, &gap, NULL), 0);
	gap.opened = (struct cause){0};
	long_text[STORE_MAX_EVIDENCE - 1] = '\0'; /* not half a letter */
	add_interval(&expected, &gap, INTERVAL_SEEN);
	assert_intervals(store, &(struct store_scope){0}, buf_str(&expected));
	buf_free(&out);
	buf_free(&expected);
}

static void one_that_nobody_ended(void **state)
{
	struct storedir *dir = *state;
	struct store *store = storedir_open(dir, STORE_WRITE);
	struct interval gap = gap_of("web", "ci", 100);

	gap.opened = (struct cause){.kind = CAUSE_LIVE};
	assert_int_equal(store_put_change(store, NULL, &gap, NULL), 0);
	gap.status = STATUS_PASS;
	gap.from = 200;
	assert_int_equal(store_put_change(store, NULL, &gap, NULL), 0);
	assert_intervals(store, &(struct store_scope){0},
			 "seen web/ci gap required t2 100-200 by 2 then 2; acme/web README.md:12\n"
			 "seen web/ci pass required t2 200-0 by 2 then 0; acme/web README.md:12\n");
}

/* ---- days ---- */

static void add_day(void *ctx, const struct store_day *day)
{
	buf_addf(ctx, "%s %lld: %u %u (%u %u %u %u %u) %u %u\n", day->scope, (long long)day->day,
		 day->services, day->open, day->open_by_tier[0], day->open_by_tier[1],
		 day->open_by_tier[2], day->open_by_tier[3], day->open_by_tier[4], day->opened,
		 day->closed);
}

static void days(void **state)
{
	struct store *store = storedir_open(*state, STORE_WRITE);
	struct store_day day = {.day = 86400 * 3 + 17,
				.scope = "",
				.services = 1,
				.open = UINT32_MAX,
				.open_by_tier = {3, 4, 5, 6, 7},
				.opened = 8,
				.closed = 9};
	struct buf out = {0};

	assert_int_equal(store_put_day(store, &day, NULL), 0);
	day.day = 86400 * 2;
	assert_int_equal(store_put_day(store, &day, NULL), 0);
	day.services = 2;
	assert_int_equal(store_put_day(store, &day, NULL), 0);
	day.scope = "owner:acme";
	assert_int_equal(store_put_day(store, &day, NULL), 0);
	assert_int_equal(store_days(store, "", 0, 0, add_day, &out, NULL), 0);
	assert_string_equal(buf_str(&out), " 172800: 2 4294967295 (3 4 5 6 7) 8 9\n"
					   " 259200: 1 4294967295 (3 4 5 6 7) 8 9\n");
	buf_reset(&out);
	assert_int_equal(store_days(store, "", 172801, 259200, add_day, &out, NULL), 0);
	assert_string_equal(buf_str(&out), " 259200: 1 4294967295 (3 4 5 6 7) 8 9\n");
	buf_free(&out);
}

/* ---- live state ---- */

static struct topic_report report_of(struct arena *arena, const char *topic, int64_t at)
{
	struct topic_report report = {.source = "prod",
				      .topic = topic,
				      .at = at,
				      .kinds = 1,
				      .note = "whole",
				      .signals = {.arena = arena}};

	signal_add(&report.signals, SIGNAL_ALERT, SIGNAL_CRITICAL, "a1", "HighErrorRate");
	return report;
}

static void add_topic(void *ctx, const struct topic_report *report)
{
	buf_addf(ctx, "%s/%s %lld %zu %s\n", report->source, report->topic, (long long)report->at,
		 report->signals.count,
		 report->signals.count ? report->signals.signals[0].title : "");
}

static void assert_topics(struct store *store, const char *expected)
{
	struct buf out = {0};

	assert_int_equal(store_topics(store, add_topic, &out, NULL), 0);
	assert_string_equal(buf_str(&out), expected);
	buf_free(&out);
}

static void topics_keep_the_last_good_answer(void **state)
{
	struct storedir *dir = *state;
	struct store *store = storedir_open(dir, STORE_WRITE);
	struct arena *arena = arena_new();
	struct topic_report report = report_of(arena, "alerts", 100), other;

	assert_int_equal(store_put_topic(store, &report, NULL), 0);
	other = report_of(arena, "rules", 100);
	assert_int_equal(store_put_topic(store, &other, NULL), 0);
	other = (struct topic_report){.source = "prod", .topic = "announced"};
	assert_int_equal(store_put_topic(store, &other, NULL), 0);
	storedir_again(dir, STORE_WRITE);
	store = dir->store;
	assert_topics(store, "prod/alerts 100 1 HighErrorRate\nprod/rules 100 1 HighErrorRate\n");
	other = (struct topic_report){
	    .source = "prod", .topic = "alerts", .failure = FAILURE_TIMEOUT, .at = 150};
	assert_int_equal(store_put_topic(store, &other, NULL), 0);
	other = (struct topic_report){
	    .source = "prod", .topic = "alerts", .unchanged = true, .at = 200};
	assert_int_equal(store_put_topic(store, &other, NULL), 0);
	other = (struct topic_report){.source = "prod", .topic = "rules", .gone = true};
	assert_int_equal(store_put_topic(store, &other, NULL), 0);
	assert_topics(store, "prod/alerts 200 1 HighErrorRate\n");
	assert_int_equal(store_drop_source(store, "prod", NULL), 0);
	assert_topics(store, "");
	arena_free(arena);
}

static void add_status(void *ctx, const struct source_status *status)
{
	buf_addf(ctx, "%s %s %llu %lld\n", status->source, status->version,
		 (unsigned long long)status->requests, (long long)status->left);
}

static void statuses(void **state)
{
	struct storedir *dir = *state;
	struct source_status status = {
	    .source = "prod", .version = "Prometheus 2.42.0", .requests = 7, .left = -1};
	struct buf out = {0};

	storedir_open(dir, STORE_WRITE);
	assert_int_equal(store_put_status(dir->store, &status, NULL), 0);
	status.requests = 8;
	assert_int_equal(store_put_status(dir->store, &status, NULL), 0);
	storedir_again(dir, STORE_READ);
	assert_int_equal(store_statuses(dir->store, add_status, &out, NULL), 0);
	assert_string_equal(buf_str(&out), "prod Prometheus 2.42.0 8 -1\n");
	buf_free(&out);
}

/* Encodings carry no version: what another svctop wrote is asked for, and scanned, anew. */
static void what_another_version_wrote(void **state)
{
	struct storedir *dir = *state;
	struct store *store = storedir_open(dir, STORE_WRITE);
	struct arena *arena = arena_new();
	struct topic_report report = report_of(arena, "alerts", 100);

	assert_int_equal(store_put_topic(store, &report, NULL), 0);
	put_checkout(store, "/src/a", "facts");
	dir->version = "0.2.0";
	storedir_again(dir, STORE_WRITE);
	store = dir->store;
	assert_topics(store, "");
	assert_walk(store, NULL, 0, true, "");
	assert_walk(store, NULL, 0, false, "/src/a ");
	put_checkout(store, "/src/a", "facts");
	assert_walk(store, NULL, 0, true, "/src/a=facts ");
	arena_free(arena);
}

/* ---- statements ---- */

static void add_statement(void *ctx, const char *service, enum statement_kind kind,
			  const struct statement *statement)
{
	buf_addf(ctx, "%s %d %s %s %s %s %lld %lld %s:%u\n", service, (int)kind, statement->check,
		 statement->by ? statement->by : "-", statement->reason ? statement->reason : "-",
		 statement->link ? statement->link : "-", (long long)statement->date,
		 (long long)statement->until, statement->at.path ? statement->at.path : "-",
		 statement->at.line);
}

static void statements(void **state)
{
	struct storedir *dir = *state;
	const struct statement whole = {"ci", "ada", "r", "https://x", 1, 2, {"p", 3}};
	const struct statement bare = {.check = "slo"};
	struct buf out = {0};

	storedir_open(dir, STORE_WRITE);
	assert_int_equal(store_put_statement(dir->store, "web", STATEMENT_ATTESTATION, &bare, NULL),
			 0);
	assert_int_equal(store_put_statement(dir->store, "web", STATEMENT_WAIVER, &whole, NULL), 0);
	assert_int_equal(
	    store_put_statement(dir->store, "web", STATEMENT_NOT_APPLICABLE, &whole, NULL), 0);
	assert_int_equal(
	    store_drop_statement(dir->store, "web", STATEMENT_NOT_APPLICABLE, "ci", NULL), 0);
	storedir_again(dir, STORE_READ);
	assert_int_equal(store_statements(dir->store, add_statement, &out, NULL), 0);
	assert_string_equal(buf_str(&out), "web 0 ci ada r https://x 1 2 p:3\n"
					   "web 1 slo - - - 0 0 -:0\n");
	buf_free(&out);
}

/* ---- what goes ---- */

static void old_things_go(void **state)
{
	struct storedir *dir = *state;
	struct store *store = storedir_open(dir, STORE_WRITE);
	struct interval some[3] = {gap_of("web", "old", 100), gap_of("web", "new", 100),
				   gap_of("web", "open", 100)};
	struct interval seen = gap_of("api", "seen", 100);
	int64_t sequence;

	some[0].until = 900;
	some[0].owner = "gone owner";
	some[0].opened.hash = "ffffffffffffffffffffffffffffffffffffffff";
	some[0].opened.author = "gone author";
	some[1].until = 1100;
	assert_int_equal(
	    store_put_history(store, &(struct store_history){.until = 1}, some, 3, NULL), 0);
	assert_int_equal(store_put_change(store, NULL, &seen, NULL), 0);
	seen.until = 999;
	assert_int_equal(store_put_change(store, &seen, NULL, NULL), 0);
	assert_int_equal(store_put_day(store, &(struct store_day){.scope = ""}, NULL), 0);
	put_checkout(store, "/dropped", "facts");
	sequence = store_sequence(store);
	assert_int_equal(store_drop_checkout(store, "/dropped", NULL), 0);
	assert_int_equal(store_expire(store, 1000, NULL), 0);
	assert_short(store, &(struct store_scope){0}, "G:web/new G:web/open ");
	/* Followers still hear of what was dropped in this run. */
	assert_walk(store, NULL, sequence, true, "-/dropped ");
	assert_int_equal(store_expire(store, NOW + 1, NULL), 0);
	assert_walk(store, NULL, sequence, true, "");
	/* What goes on is there still, with its names. */
	seen = gap_of("web", "again", 100);
	assert_int_equal(store_put_change(store, NULL, &seen, NULL), 0);
	assert_short(store, &(struct store_scope){0}, "G:web/open web/again ");
	store_close(store);
	dir->store = NULL;
	assert_int_equal(storedir_number(dir, "SELECT count(*) FROM day"), 0);
	assert_int_equal(storedir_number(dir, "SELECT count(*) FROM facts"), 0);
	assert_int_equal(storedir_number(dir, "SELECT count(*) FROM revision"), 1);
	assert_int_equal(storedir_number(dir, "SELECT count(*) FROM name WHERE text IN ('old', "
					      "'gone owner', 'gone author', 'seen', 'api')"),
			 0);
	storedir_check(dir);
}

/* Room that is no longer needed goes back to the file system. */
static void file_gets_smaller(void **state)
{
	struct storedir *dir = *state;
	struct store *store = storedir_open(dir, STORE_WRITE);
	char row[4000], name[32];
	struct stat before, after;

	memset(row, 'x', sizeof(row));
	assert_int_equal(store_begin(store, NULL), 0);
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		assert_int_equal(store_put_service(store, name, "/r", row, sizeof(row), NULL), 0);
	}
	assert_int_equal(store_commit(store, NULL), 0);
	store = storedir_again(dir, STORE_WRITE);
	assert_int_equal(stat(dir->path, &before), 0);
	assert_int_equal(store_drop_checkout(store, "/r", NULL), 0);
	assert_int_equal(store_expire(store, NOW, NULL), 0);
	store_close(store);
	dir->store = NULL;
	assert_int_equal(stat(dir->path, &after), 0);
	assert_true(before.st_size > 1000000);
	assert_true(after.st_size < 200000);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, storedir_set_up, storedir_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(checkouts_come_back),
	    WITH(facts_stay_where_none_are_given),
	    WITH(facts_that_lie),
	    WITH(many_checkouts_come_in_pages),
	    WITH(services_come_back),
	    WITH(a_change_ends_one_and_begins_another),
	    WITH(every_field_comes_back),
	    WITH(scopes),
	    WITH(history_is_replaced_as_a_whole),
	    WITH(authors_are_those_of_the_last_mailmap),
	    WITH(odd_words),
	    WITH(one_that_nobody_ended),
	    WITH(days),
	    WITH(topics_keep_the_last_good_answer),
	    WITH(statuses),
	    WITH(what_another_version_wrote),
	    WITH(statements),
	    WITH(old_things_go),
	    WITH(file_gets_smaller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
