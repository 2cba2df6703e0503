/*
 * Scanner processes as the face sees them. This test is its own scanner: started
 * with SCANNER_ARGUMENT it is the child.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
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
#define CANARY	    "s3cr3t-canary-of-the-face"

/* What a run of the pool said. */
struct seen {
	struct checkout *checkouts[64];
	size_t checkout_count;
	size_t found, problems, unchanged, gone;
	char problem[512];
	bool idle;
	char *blob;
	char *blob_problem;
	uint32_t answered;
	size_t commits;
	char subject[128];
	struct past *pasts[8];
	size_t past_count;
};

static void note(struct seen *seen, const struct scanner_event *event)
{
	switch (event->kind) {
	case SCANNER_UNCHANGED:
		seen->unchanged++;
		break;
	case SCANNER_GONE:
	case SCANNER_ABSENT:
		fail_msg("%s", "not asked for");
		break;
	case SCANNER_PAST:
		assert_true(seen->past_count < ARRAY_LEN(seen->pasts));
		seen->pasts[seen->past_count++] = event->past;
		if (!event->past)
			snprintf(seen->problem, sizeof(seen->problem), "%s: %s", event->path,
				 event->text);
		seen->answered = event->request;
		break;
	case SCANNER_FOUND:
		seen->found++;
		break;
	case SCANNER_CHECKOUT:
		assert_true(seen->checkout_count < ARRAY_LEN(seen->checkouts));
		seen->checkouts[seen->checkout_count++] = event->checkout;
		break;
	case SCANNER_PROBLEM:
		seen->problems++;
		snprintf(seen->problem, sizeof(seen->problem), "%s: %s", event->path, event->text);
		break;
	case SCANNER_BLOB:
		seen->blob = event->bytes ? xmemdup0(event->bytes, event->len) : NULL;
		seen->blob_problem = xstrdup(event->text);
		seen->answered = event->request;
		break;
	case SCANNER_LOG:
		seen->commits = event->commit_count;
		if (event->commit_count)
			snprintf(seen->subject, sizeof(seen->subject), "%s",
				 event->commits[0].subject);
		seen->answered = event->request;
		break;
	case SCANNER_IDLE:
		seen->idle = true;
		break;
	}
}

/* One round of a face's loop. */
static void turn(struct scanner_pool *pool, struct seen *seen)
{
	struct pollfd fds[16];
	struct scanner_event event;
	int timeout = PATIENCE_MS;
	size_t count;

	while (scanner_next(pool, &event))
		note(seen, &event);
	if (seen->idle)
		return;
	count = scanner_pollfds(pool, fds, ARRAY_LEN(fds), &timeout);
	if (poll(fds, count, count ? timeout : 0) == 0 && timeout == PATIENCE_MS && count)
		fail_msg("the scanners said nothing for %d ms", PATIENCE_MS);
	scanner_service(pool);
	while (scanner_next(pool, &event))
		note(seen, &event);
}

static void until_idle(struct scanner_pool *pool, struct seen *seen)
{
	seen->idle = false;
	while (!seen->idle)
		turn(pool, seen);
}

static void until_answered(struct scanner_pool *pool, struct seen *seen, uint32_t request)
{
	while (seen->answered != request) {
		seen->idle = false;
		turn(pool, seen);
	}
}

static void forget(struct seen *seen)
{
	for (size_t i = 0; i < seen->checkout_count; i++)
		checkout_free(seen->checkouts[i]);
	for (size_t i = 0; i < seen->past_count; i++)
		past_free(seen->pasts[i]);
	free(seen->blob);
	free(seen->blob_problem);
	*seen = (struct seen){0};
}

static const struct checkout *checkout_named(const struct seen *seen, const char *name)
{
	for (size_t i = 0; i < seen->checkout_count; i++) {
		const char *slash = strrchr(seen->checkouts[i]->path, '/');

		if (slash && !strcmp(slash + 1, name))
			return seen->checkouts[i];
	}
	fail_msg("no checkout %s", name);
	return NULL;
}

static struct scanner_pool *pool_over(const char *dir, unsigned jobs, unsigned seconds)
{
	const struct scanner_options options = {
	    .roots = &dir, .root_count = 1, .now = NOW, .jobs = jobs, .job_seconds = seconds};
	struct scanner_pool *pool = scanner_pool_new(&options, NULL);

	assert_non_null(pool);
	return pool;
}

static void make_service(const char *dir, const char *name)
{
	struct gitfix *fix = gitfix_new(dir, name);

	gitfix_file(fix, "service.yml", "tier: 2\nowners: [acme/web]\n");
	gitfix_file(fix, "README.md", "# A service\n");
	gitfix_commit(fix, "Describe the service");
	gitfix_free(fix);
}

static void test_all_checkouts_are_found_and_scanned(void **state)
{
	char *dir = gitfix_tmp();
	struct seen seen = {0};
	struct scanner_pool *pool;
	struct scanner_progress progress;

	(void)state;
	for (int i = 0; i < 9; i++) {
		char name[16];

		snprintf(name, sizeof(name), "svc-%d", i);
		make_service(dir, name);
	}
	pool = pool_over(dir, 3, 0);
	scanner_discover(pool);
	until_idle(pool, &seen);
	progress = scanner_progress(pool);
	assert_int_equal(seen.found, 9);
	assert_int_equal(seen.checkout_count, 9);
	assert_int_equal(seen.problems, 0);
	assert_int_equal(progress.found, 9);
	assert_int_equal(progress.done, 9);
	assert_false(progress.discovering);
	assert_int_equal(checkout_named(&seen, "svc-4")->state, CHECKOUT_OK);
	assert_int_equal(checkout_named(&seen, "svc-4")->descriptors[0].tier, 2);
	/* Nothing is left running when there is nothing to do. */
	assert_int_equal(process_children((pid_t[8]){0}, 8), 0);
	forget(&seen);
	scanner_pool_free(pool);
	gitfix_rmtree(dir);
	free(dir);
}

static void test_blobs_and_logs_are_answered(void **state)
{
	char *dir = gitfix_tmp(), *path = xasprintf("%s/svc", dir);
	struct scanner_pool *pool;
	struct seen seen = {0};

	(void)state;
	make_service(dir, "svc");
	pool = pool_over(dir, 1, 0);
	until_answered(pool, &seen, scanner_blob(pool, path, "HEAD", "service.yml", 1000));
	assert_string_equal(seen.blob, "tier: 2\nowners: [acme/web]\n");
	forget(&seen);
	until_answered(pool, &seen, scanner_blob(pool, path, "HEAD", "service.yml", 5));
	assert_null(seen.blob);
	assert_non_null(seen.blob_problem);
	forget(&seen);
	until_answered(pool, &seen, scanner_blob(pool, path, "HEAD", "../outside", 1000));
	assert_null(seen.blob);
	forget(&seen);
	until_answered(pool, &seen, scanner_log(pool, path, "HEAD", "", 10));
	assert_int_equal(seen.commits, 1);
	assert_string_equal(seen.subject, "Describe the service");
	forget(&seen);
	scanner_pool_free(pool);
	gitfix_rmtree(dir);
	free(path);
	free(dir);
}

/* Stops the scanner that works on name until the pool has lost patience with it, or kills it. */
static void harm_scanner(struct scanner_pool *pool, struct seen *seen, int signal)
{
	pid_t pids[8];
	size_t count = 0;
	struct scanner_event event;
	struct pollfd fds[16];
	int timeout = 100;

	while (!count) {
		while (scanner_next(pool, &event))
			note(seen, &event);
		poll(fds, scanner_pollfds(pool, fds, ARRAY_LEN(fds), &timeout), 1);
		count = process_children(pids, ARRAY_LEN(pids));
	}
	for (size_t i = 0; i < count; i++)
		kill(pids[i], signal);
}

static void test_a_scanner_killed_in_its_job_harms_no_other(void **state)
{
	char *dir = gitfix_tmp(), *victim = xasprintf("%s/a-victim", dir);
	char *other = xasprintf("%s/b-other", dir);
	struct scanner_pool *pool;
	struct seen seen = {0};

	(void)state;
	make_service(dir, "a-victim");
	make_service(dir, "b-other");
	pool = pool_over(dir, 1, 0);
	/* Warm it up, so that the next job is one that it has begun. */
	scanner_scan(pool, other);
	until_idle(pool, &seen);
	forget(&seen);
	scanner_scan(pool, victim);
	scanner_scan(pool, other);
	harm_scanner(pool, &seen, SIGSTOP);
	scanner_service(pool);
	harm_scanner(pool, &seen, SIGKILL);
	until_idle(pool, &seen);
	assert_int_equal(seen.checkout_count, 2);
	assert_int_equal(checkout_named(&seen, "b-other")->state, CHECKOUT_OK);
	forget(&seen);
	scanner_pool_free(pool);
	gitfix_rmtree(dir);
	free(victim);
	free(other);
	free(dir);
}

static void test_a_discovery_that_is_killed_is_done_again(void **state)
{
	char *dir = gitfix_tmp();
	struct scanner_pool *pool;
	struct seen seen = {0};

	(void)state;
	for (int i = 0; i < 5; i++) {
		char name[16];

		snprintf(name, sizeof(name), "svc-%d", i);
		make_service(dir, name);
	}
	pool = pool_over(dir, 1, 0);
	scanner_discover(pool);
	/* Its first word comes once it is ready; then it is stopped, and killed. */
	scanner_service(pool);
	harm_scanner(pool, &seen, SIGSTOP);
	scanner_service(pool);
	harm_scanner(pool, &seen, SIGKILL);
	until_idle(pool, &seen);
	assert_int_equal(seen.problems, 0);
	assert_int_equal(seen.found, 5);
	assert_int_equal(seen.checkout_count, 5);
	forget(&seen);
	scanner_pool_free(pool);
	gitfix_rmtree(dir);
	free(dir);
}

static void test_one_that_hangs_is_ended_at_its_deadline(void **state)
{
	char *dir = gitfix_tmp(), *victim = xasprintf("%s/a-victim", dir);
	struct scanner_pool *pool;
	struct seen seen = {0};

	(void)state;
	make_service(dir, "a-victim");
	pool = pool_over(dir, 1, 1);
	scanner_scan(pool, victim);
	harm_scanner(pool, &seen, SIGSTOP);
	until_idle(pool, &seen);
	assert_int_equal(seen.checkout_count, 1);
	assert_int_equal(seen.checkouts[0]->state, CHECKOUT_CRASHED);
	assert_non_null(strstr(seen.checkouts[0]->problem, "took longer than 1 s"));
	assert_non_null(seen.checkouts[0]->fix);
	forget(&seen);
	scanner_pool_free(pool);
	assert_int_equal(process_children((pid_t[8]){0}, 8), 0);
	gitfix_rmtree(dir);
	free(victim);
	free(dir);
}

static void test_pasts_come_behind_scans(void **state)
{
	char *dir = gitfix_tmp(), *path = xasprintf("%s/svc", dir), *none = xasprintf("%s/no", dir);
	struct scanner_pool *pool;
	struct seen seen = {0};

	(void)state;
	make_service(dir, "svc");
	pool = pool_over(dir, 1, 0);
	scanner_past(pool, path, NOW - 86400, 3600);
	scanner_past(pool, none, NOW - 86400, 3600);
	scanner_discover(pool);
	until_idle(pool, &seen);
	assert_int_equal(seen.checkout_count, 1);
	assert_int_equal(seen.past_count, 2);
	assert_string_equal(past_path(seen.pasts[0]), path);
	assert_string_equal(past_at(seen.pasts[0], 0)->subject, "Describe the service");
	assert_int_equal(past_at(seen.pasts[0], past_count(seen.pasts[0]) - 1)->at, NOW);
	assert_null(seen.pasts[1]);
	assert_non_null(strstr(seen.problem, none));
	assert_int_equal(process_children((pid_t[8]){0}, 8), 0);
	forget(&seen);
	scanner_pool_free(pool);
	gitfix_rmtree(dir);
	free(path);
	free(none);
	free(dir);
}

static void test_a_past_that_hangs_is_ended_at_its_deadline(void **state)
{
	char *dir = gitfix_tmp(), *victim = xasprintf("%s/a-victim", dir);
	char *other = xasprintf("%s/b-other", dir);
	struct scanner_pool *pool;
	struct seen seen = {0};

	(void)state;
	make_service(dir, "a-victim");
	make_service(dir, "b-other");
	pool = pool_over(dir, 1, 1);
	scanner_past(pool, victim, NOW - 86400, 3600);
	scanner_past(pool, other, NOW - 86400, 3600);
	harm_scanner(pool, &seen, SIGSTOP);
	until_idle(pool, &seen);
	assert_int_equal(seen.past_count, 2);
	assert_null(seen.pasts[0]);
	assert_non_null(strstr(seen.problem, "took longer than 1 s"));
	assert_non_null(seen.pasts[1]);
	forget(&seen);
	scanner_pool_free(pool);
	gitfix_rmtree(dir);
	free(victim);
	free(other);
	free(dir);
}

static void test_a_root_that_is_not_there_is_a_problem(void **state)
{
	struct scanner_pool *pool = pool_over("/nonexistent/svctop", 1, 0);
	struct seen seen = {0};

	(void)state;
	scanner_discover(pool);
	until_idle(pool, &seen);
	assert_int_equal(seen.problems, 1);
	assert_non_null(strstr(seen.problem, "/nonexistent/svctop"));
	forget(&seen);
	scanner_pool_free(pool);
}

static void test_a_program_that_is_no_scanner_is_said(void **state)
{
	static const char *const programs[] = {"/nonexistent/program", "/bin/false"};
	char *dir = gitfix_tmp(), *path = xasprintf("%s/svc", dir);
	const char *root = dir;

	(void)state;
	make_service(dir, "svc");
	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		const struct scanner_options options = {
		    .roots = &root, .root_count = 1, .now = NOW, .jobs = 1, .program = programs[i]};
		struct scanner_pool *pool = scanner_pool_new(&options, NULL);
		struct seen seen = {0};

		scanner_scan(pool, path);
		until_idle(pool, &seen);
		assert_int_equal(seen.checkout_count, 1);
		assert_int_equal(seen.checkouts[0]->state, CHECKOUT_UNREADABLE);
		assert_non_null(strstr(seen.checkouts[0]->problem, "scanner process"));
		forget(&seen);
		scanner_pool_free(pool);
	}
	gitfix_rmtree(dir);
	free(path);
	free(dir);
}

static void test_a_scanner_holds_nothing_of_the_face_s_secrets(void **state)
{
	char *dir = gitfix_tmp(), *path = xasprintf("%s/svc", dir);
	struct scanner_pool *pool;
	struct seen seen = {0};
	pid_t pids[8];
	char *secret = xstrdup(CANARY);

	(void)state;
	setenv("PROM_TOKEN", secret, 1);
	make_service(dir, "svc");
	pool = pool_over(dir, 1, 0);
	until_answered(pool, &seen, scanner_blob(pool, path, "HEAD", "service.yml", 1000));
	assert_int_equal(process_children(pids, ARRAY_LEN(pids)), 1);
	/* The search finds what is there: our own memory holds it. */
	assert_true(process_holds(getpid(), CANARY));
	/* The constant in this program's text is mapped read-only, and not looked at. */
	assert_false(process_holds(pids[0], CANARY));
	forget(&seen);
	scanner_pool_free(pool);
	unsetenv("PROM_TOKEN");
	gitfix_rmtree(dir);
	free(secret);
	free(path);
	free(dir);
}

/* Repositories made to harm whoever reads them: each is named, the good one is read. */
static void test_hostile_repositories_harm_no_other(void **state)
{
	char *dir = gitfix_tmp();
	struct scanner_pool *pool;
	struct seen seen = {0};
	struct gitfix *fix;
	char *path;

	(void)state;
	make_service(dir, "good");
	fix = gitfix_new(dir, "fifo-refs");
	gitfix_file(fix, "a", "a");
	gitfix_commit(fix, "One");
	gitfix_pack_refs(fix);
	path = xasprintf("%s/packed-refs", gitfix_git_dir(fix));
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	free(path);
	gitfix_free(fix);
	fix = gitfix_new(dir, "fifo-config");
	gitfix_file(fix, "a", "a");
	gitfix_commit(fix, "One");
	path = xasprintf("%s/config", gitfix_git_dir(fix));
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	free(path);
	gitfix_free(fix);
	fix = gitfix_new(dir, "garbage-head");
	gitfix_write(gitfix_git_dir(fix), "HEAD", "\033[2Jnonsense\n");
	gitfix_free(fix);
	gitfix_write(dir, "no-git/.git/config", "[core]\n");
	pool = pool_over(dir, 2, 10);
	scanner_discover(pool);
	until_idle(pool, &seen);
	assert_int_equal(checkout_named(&seen, "good")->state, CHECKOUT_OK);
	assert_int_equal(checkout_named(&seen, "fifo-refs")->state, CHECKOUT_UNREADABLE);
	assert_int_not_equal(checkout_named(&seen, "fifo-config")->state, CHECKOUT_CRASHED);
	assert_int_equal(checkout_named(&seen, "garbage-head")->state, CHECKOUT_UNREADABLE);
	assert_int_equal(checkout_named(&seen, "no-git")->state, CHECKOUT_UNREADABLE);
	for (size_t i = 0; i < seen.checkout_count; i++)
		if (seen.checkouts[i]->state != CHECKOUT_OK)
			assert_non_null(seen.checkouts[i]->problem);
	forget(&seen);
	scanner_pool_free(pool);
	gitfix_rmtree(dir);
	free(dir);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_checkouts_are_found_and_scanned),
	    cmocka_unit_test(test_blobs_and_logs_are_answered),
	    cmocka_unit_test(test_a_scanner_killed_in_its_job_harms_no_other),
	    cmocka_unit_test(test_a_discovery_that_is_killed_is_done_again),
	    cmocka_unit_test(test_one_that_hangs_is_ended_at_its_deadline),
	    cmocka_unit_test(test_pasts_come_behind_scans),
	    cmocka_unit_test(test_a_past_that_hangs_is_ended_at_its_deadline),
	    cmocka_unit_test(test_a_root_that_is_not_there_is_a_problem),
	    cmocka_unit_test(test_a_program_that_is_no_scanner_is_said),
	    cmocka_unit_test(test_a_scanner_holds_nothing_of_the_face_s_secrets),
	    cmocka_unit_test(test_hostile_repositories_harm_no_other),
	};

	if (argc == 2 && !strcmp(argv[1], SCANNER_ARGUMENT))
		return scanner_main(CHILD_FD);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
