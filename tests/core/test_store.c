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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(checkouts_come_back, storedir_set_up,
					    storedir_tear_down),
	    cmocka_unit_test_setup_teardown(facts_stay_where_none_are_given, storedir_set_up,
					    storedir_tear_down),
	    cmocka_unit_test_setup_teardown(many_checkouts_come_in_pages, storedir_set_up,
					    storedir_tear_down),
	    cmocka_unit_test_setup_teardown(services_come_back, storedir_set_up,
					    storedir_tear_down),
	    cmocka_unit_test_setup_teardown(a_change_ends_one_and_begins_another, storedir_set_up,
					    storedir_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
