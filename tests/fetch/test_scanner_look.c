/*
 * Checkouts that a pool knows already: found and looked at, but not scanned again. This test
 * is its own scanner: started with SCANNER_ARGUMENT it is the child.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "fetch/child_process.h"
#include "fetch/scanner.h"
#include "tests/support/gitfix.h"
#include "tests/support/process.h"

#define NOW	    INT64_C(1767225600) /* 2026-01-01 */
#define PATIENCE_MS 30000
#define SERVICES    7

struct seen {
	size_t found, scanned, unchanged, gone, problems;
	char last[256]; /* path of what was scanned, or is gone */
	enum checkout_state state;
	char *resolved[SERVICES]; /* by the number in the path's end */
	bool idle;
};

struct place {
	char *dir;
	struct scanner_pool *pool;
	struct seen seen;
};

static void note_checkout(struct seen *seen, struct checkout *checkout)
{
	size_t number = (size_t)(checkout->path[strlen(checkout->path) - 1] - '0');

	seen->scanned++;
	seen->state = checkout->state;
	if (number < SERVICES) {
		free(seen->resolved[number]);
		seen->resolved[number] = xstrdup(checkout->resolved);
	}
	checkout_free(checkout);
}

static void note(struct seen *seen, const struct scanner_event *event)
{
	switch (event->kind) {
	case SCANNER_FOUND:
		seen->found++;
		break;
	case SCANNER_CHECKOUT:
		snprintf(seen->last, sizeof(seen->last), "%s", event->path);
		note_checkout(seen, event->checkout);
		break;
	case SCANNER_UNCHANGED:
		assert_non_null(strstr(event->path, "/svc-"));
		seen->unchanged++;
		break;
	case SCANNER_GONE:
		snprintf(seen->last, sizeof(seen->last), "%s", event->path);
		seen->gone++;
		break;
	case SCANNER_PROBLEM:
		seen->problems++;
		break;
	case SCANNER_IDLE:
		seen->idle = true;
		break;
	default:
		fail_msg("%s", "not asked for");
	}
}

/* Until all is done that was asked for. */
static void run(struct place *place)
{
	struct scanner_event event;
	struct pollfd fds[16];
	struct seen *seen = &place->seen;

	seen->found = seen->scanned = seen->unchanged = seen->gone = seen->problems = 0;
	seen->idle = false;
	while (!seen->idle) {
		int timeout = PATIENCE_MS;
		size_t count;

		while (!seen->idle && scanner_next(place->pool, &event))
			note(seen, &event);
		if (seen->idle)
			break;
		count = scanner_pollfds(place->pool, fds, ARRAY_LEN(fds), &timeout);
		if (poll(fds, count, count ? timeout : 0) == 0 && timeout == PATIENCE_MS && count)
			fail_msg("the scanners said nothing for %d ms", PATIENCE_MS);
		scanner_service(place->pool);
	}
}

static char *path_of(const struct place *place, int number)
{
	return xasprintf("%s/svc-%d", place->dir, number);
}

static void make_service(const char *dir, int number)
{
	char *name = xasprintf("svc-%d", number);
	struct gitfix *fix = gitfix_new(dir, name);

	gitfix_file(fix, "service.yml", "tier: 2\n");
	gitfix_commit(fix, "Describe the service");
	gitfix_free(fix);
	free(name);
}

/* Moves its branch back to nothing: a commit would need the fixture to be opened again. */
static void change(const struct place *place, int number)
{
	char *path = path_of(place, number);

	gitfix_write(path, ".git/HEAD", "ref: refs/heads/another\n");
	free(path);
}

static struct scanner_pool *pool_over(const char *dir, const char *rev, unsigned seconds)
{
	const struct scanner_options options = {.roots = &dir,
						.root_count = 1,
						.now = NOW,
						.jobs = 1,
						.rev = rev,
						.job_seconds = seconds};
	struct scanner_pool *pool = scanner_pool_new(&options, NULL);

	assert_non_null(pool);
	return pool;
}

static int setup(void **state)
{
	struct place *place = xcalloc(1, sizeof(*place));

	place->dir = gitfix_tmp();
	for (int i = 0; i < SERVICES; i++)
		make_service(place->dir, i);
	place->pool = pool_over(place->dir, NULL, 0);
	scanner_discover(place->pool);
	run(place);
	assert_int_equal(place->seen.found, SERVICES);
	assert_int_equal(place->seen.scanned, SERVICES);
	assert_int_equal(place->seen.unchanged, 0);
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;

	scanner_pool_free(place->pool);
	assert_int_equal(process_children((pid_t[8]){0}, 8), 0);
	for (size_t i = 0; i < SERVICES; i++)
		free(place->seen.resolved[i]);
	gitfix_rmtree(place->dir);
	free(place->dir);
	free(place);
	return 0;
}

static void assert_progress(const struct place *place, size_t found)
{
	struct scanner_progress progress = scanner_progress(place->pool);

	assert_int_equal(progress.found, found);
	assert_int_equal(progress.done, found);
	assert_false(progress.discovering);
}

static void what_is_known_is_found_and_not_scanned(void **state)
{
	struct place *place = *state;

	scanner_discover(place->pool);
	run(place);
	assert_int_equal(place->seen.found, SERVICES);
	assert_int_equal(place->seen.unchanged, SERVICES);
	assert_int_equal(place->seen.scanned, 0);
	assert_progress(place, SERVICES);
}

static void what_changed_is_scanned(void **state)
{
	struct place *place = *state;

	change(place, 3);
	scanner_discover(place->pool);
	run(place);
	assert_int_equal(place->seen.unchanged, SERVICES - 1);
	assert_int_equal(place->seen.scanned, 1);
	assert_non_null(strstr(place->seen.last, "/svc-3"));
	assert_int_equal(place->seen.state, CHECKOUT_EMPTY);
	assert_progress(place, SERVICES);
	/* Once: what was scanned is known. */
	scanner_discover(place->pool);
	run(place);
	assert_int_equal(place->seen.unchanged, SERVICES);
	assert_int_equal(place->seen.scanned, 0);
}

static void a_look_tells_only_what_changed(void **state)
{
	struct place *place = *state;
	char *gone = path_of(place, 5);

	scanner_look(place->pool);
	run(place);
	assert_int_equal(place->seen.found + place->seen.unchanged + place->seen.scanned, 0);
	change(place, 2);
	gitfix_rmtree(gone);
	scanner_look(place->pool);
	run(place);
	assert_int_equal(place->seen.unchanged, 0);
	assert_int_equal(place->seen.scanned, 1);
	assert_int_equal(place->seen.gone, 1);
	assert_progress(place, 1);
	/* It is not known any more; and what comes back is found as new. */
	scanner_look(place->pool);
	run(place);
	assert_int_equal(place->seen.gone + place->seen.scanned, 0);
	make_service(place->dir, 5);
	scanner_discover(place->pool);
	run(place);
	assert_int_equal(place->seen.unchanged, SERVICES - 1);
	assert_int_equal(place->seen.scanned, 1);
	assert_string_equal(place->seen.last, gone);
	free(gone);
}

/* Who polls has no other reason to wake up when nothing else happens. */
static void a_look_does_not_wait_for_another_event(void **state)
{
	struct place *place = *state;
	struct pollfd fds[8];
	int timeout = -1;

	scanner_pollfds(place->pool, fds, ARRAY_LEN(fds), &timeout);
	assert_int_equal(timeout, -1);
	scanner_look(place->pool);
	scanner_pollfds(place->pool, fds, ARRAY_LEN(fds), &timeout);
	assert_int_equal(timeout, 0);
	run(place);
	timeout = -1;
	scanner_pollfds(place->pool, fds, ARRAY_LEN(fds), &timeout);
	assert_int_equal(timeout, -1);
}

static void a_look_at_nothing_ends(void **state)
{
	struct place *place = *state;
	struct scanner_pool *known = place->pool;

	place->pool = pool_over(place->dir, NULL, 0);
	scanner_look(place->pool);
	run(place);
	assert_int_equal(place->seen.scanned, 0);
	scanner_pool_free(place->pool);
	place->pool = known;
}

/* What a store kept is told to a pool that never scanned. */
static void a_pool_is_told_what_is_known(void **state)
{
	struct place *place = *state;

	scanner_pool_free(place->pool);
	place->pool = pool_over(place->dir, NULL, 0);
	for (int i = 0; i < SERVICES; i++) {
		char *path = path_of(place, i);

		assert_non_null(place->seen.resolved[i]);
		scanner_know(place->pool, path,
			     i == 1 ? "of an older version" : place->seen.resolved[i]);
		if (i == 4)
			scanner_know(place->pool, path, NULL);
		free(path);
	}
	scanner_discover(place->pool);
	run(place);
	assert_int_equal(place->seen.unchanged, SERVICES - 2);
	assert_int_equal(place->seen.scanned, 2);
	assert_progress(place, SERVICES);
}

static void who_asks_for_a_scan_gets_one(void **state)
{
	struct place *place = *state;
	char *path = path_of(place, 6);

	scanner_scan(place->pool, path);
	run(place);
	assert_int_equal(place->seen.scanned, 1);
	assert_string_equal(place->seen.last, path);
	free(path);
}

static void with_a_revision_nothing_is_known(void **state)
{
	struct place *place = *state;

	scanner_pool_free(place->pool);
	place->pool = pool_over(place->dir, "main", 0);
	for (int i = 0; i < SERVICES; i++) {
		char *path = path_of(place, i);

		scanner_know(place->pool, path, place->seen.resolved[i]);
		free(path);
	}
	for (int round = 0; round < 2; round++) {
		scanner_discover(place->pool);
		run(place);
		assert_int_equal(place->seen.scanned, SERVICES);
		assert_null(place->seen.resolved[0]);
	}
}

/* Ends the only scanner while it works; before it has begun where signal is SIGSTOP. */
static void harm_scanner(struct place *place, int signal)
{
	pid_t pids[8];
	size_t count = 0;
	struct scanner_event event;

	while (!count) {
		while (scanner_next(place->pool, &event))
			note(&place->seen, &event);
		scanner_service(place->pool);
		count = process_children(pids, ARRAY_LEN(pids));
	}
	for (size_t i = 0; i < count; i++)
		kill(pids[i], signal);
}

static void a_scanner_that_hangs_while_it_looks_is_ended_and_all_are_scanned(void **state)
{
	struct place *place = *state;

	scanner_pool_free(place->pool);
	place->pool = pool_over(place->dir, NULL, 1);
	for (int i = 0; i < SERVICES; i++) {
		char *path = path_of(place, i);

		scanner_know(place->pool, path, place->seen.resolved[i]);
		free(path);
	}
	scanner_look(place->pool);
	harm_scanner(place, SIGSTOP);
	run(place);
	assert_int_equal(place->seen.scanned, SERVICES);
	assert_int_equal(place->seen.state, CHECKOUT_OK);
	assert_progress(place, SERVICES);
}

/* No file changes when the last commit is no longer of this year, but who counts as an author. */
static void what_dates_change_is_scanned(void **state)
{
	struct place *place = *state;

	scanner_set_now(place->pool, NOW + INT64_C(364) * 86400);
	scanner_look(place->pool);
	run(place);
	assert_int_equal(place->seen.scanned, 0);
	scanner_set_now(place->pool, NOW + INT64_C(366) * 86400);
	scanner_look(place->pool);
	run(place);
	assert_int_equal(place->seen.scanned, SERVICES);
	/* From then on nothing is left that could go out of date. */
	scanner_set_now(place->pool, NOW + INT64_C(3660) * 86400);
	scanner_look(place->pool);
	run(place);
	assert_int_equal(place->seen.scanned, 0);
}

/* A damaged one is told once, not with every look. */
static void one_that_cannot_be_read_is_known_as_such(void **state)
{
	struct place *place = *state;
	char *path = path_of(place, 0);

	gitfix_write(path, ".git/config",
		     "[core]\n\trepositoryformatversion = 1\n"
		     "[extensions]\n\tobjectformat = sha256\n");
	scanner_look(place->pool);
	run(place);
	assert_int_equal(place->seen.scanned, 1);
	assert_int_equal(place->seen.state, CHECKOUT_UNREADABLE);
	scanner_look(place->pool);
	run(place);
	assert_int_equal(place->seen.scanned, 0);
	free(path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_is_known_is_found_and_not_scanned),
	    TEST(what_changed_is_scanned),
	    TEST(a_look_tells_only_what_changed),
	    TEST(a_look_does_not_wait_for_another_event),
	    TEST(a_look_at_nothing_ends),
	    TEST(a_pool_is_told_what_is_known),
	    TEST(who_asks_for_a_scan_gets_one),
	    TEST(with_a_revision_nothing_is_known),
	    TEST(a_scanner_that_hangs_while_it_looks_is_ended_and_all_are_scanned),
	    TEST(what_dates_change_is_scanned),
	    TEST(one_that_cannot_be_read_is_known_as_such),
	};

	if (argc > 1 && !strcmp(argv[1], SCANNER_ARGUMENT))
		return scanner_main(CHILD_FD);
	return cmocka_run_group_tests_name("scanner: look", tests, NULL, NULL);
}
