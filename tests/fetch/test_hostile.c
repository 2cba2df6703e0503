/*
 * Repositories and circumstances made to harm the reader. Each trouble must be named
 * with its file, and nothing else may suffer from it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "fetch/child_process.h"
#include "fetch/scanner.h"
#include "tests/support/gitfix.h"

#define NOW	    INT64_C(1767225600) /* 2026-01-01 */
#define PATIENCE_MS 30000
#define MAX_SEEN    64

struct seen {
	struct checkout *checkouts[MAX_SEEN];
	size_t count, problems;
	bool idle;
};

static void take(struct scanner_pool *pool, struct seen *seen)
{
	struct scanner_event event;

	while (scanner_next(pool, &event)) {
		if (event.kind == SCANNER_CHECKOUT) {
			assert_true(seen->count < MAX_SEEN);
			seen->checkouts[seen->count++] = event.checkout;
		}
		seen->problems += event.kind == SCANNER_PROBLEM;
		seen->idle |= event.kind == SCANNER_IDLE;
	}
}

static void until_idle(struct scanner_pool *pool, struct seen *seen)
{
	for (take(pool, seen); !seen->idle; take(pool, seen)) {
		struct pollfd fds[MAX_SEEN];
		int timeout = PATIENCE_MS;
		size_t count = scanner_pollfds(pool, fds, MAX_SEEN, &timeout);

		poll(fds, count, count ? timeout : 0);
		scanner_service(pool);
	}
}

static struct scanner_pool *pool_over(const char *dir, unsigned jobs, unsigned seconds)
{
	const struct scanner_options options = {
	    .roots = &dir, .root_count = 1, .now = NOW, .jobs = jobs, .job_seconds = seconds};
	struct scanner_pool *pool = scanner_pool_new(&options, NULL);

	assert_non_null(pool);
	return pool;
}

static void scan_all(const char *dir, unsigned jobs, struct seen *seen)
{
	struct scanner_pool *pool = pool_over(dir, jobs, 30);

	scanner_discover(pool);
	until_idle(pool, seen);
	scanner_pool_free(pool);
}

static void forget(struct seen *seen)
{
	for (size_t i = 0; i < seen->count; i++)
		checkout_free(seen->checkouts[i]);
	*seen = (struct seen){0};
}

static const struct checkout *named(const struct seen *seen, const char *name)
{
	for (size_t i = 0; i < seen->count; i++)
		if (!strcmp(strrchr(seen->checkouts[i]->path, '/') + 1, name))
			return seen->checkouts[i];
	fail_msg("no checkout %s", name);
	return NULL;
}

static struct gitfix *make_service(const char *dir, const char *name)
{
	struct gitfix *fix = gitfix_new(dir, name);

	gitfix_file(fix, "service.yml", "tier: 2\nowners: [acme/web]\n");
	gitfix_file(fix, "README.md", "# A service\n");
	gitfix_commit(fix, "Describe the service");
	return fix;
}

/* Puts a FIFO or a socket where the file was. */
static void replace(struct gitfix *fix, const char *file, mode_t kind)
{
	char *path = xasprintf("%s%s", gitfix_git_dir(fix), file);

	unlink(path);
	assert_int_equal(mknod(path, kind | 0600, 0), 0);
	free(path);
}

static void assert_says(const struct checkout *checkout, const char *words)
{
	assert_int_equal(checkout->state, CHECKOUT_UNREADABLE);
	assert_non_null(checkout->problem);
	if (!strstr(checkout->problem, words))
		fail_msg("\"%s\" says nothing of \"%s\"", checkout->problem, words);
}

static void test_what_is_no_file_is_named(void **state)
{
	static const struct {
		const char *name, *file;
		mode_t kind;
	} cases[] = {
	    {"fifo-head", "HEAD", S_IFIFO},
	    {"fifo-ref", "refs/heads/main", S_IFIFO},
	    {"fifo-shallow", "shallow", S_IFIFO},
	    {"fifo-alternates", "objects/info/alternates", S_IFIFO},
	    {"socket-config", "config", S_IFSOCK},
	};
	char *dir = gitfix_tmp();
	struct seen seen = {0};

	(void)state;
	gitfix_free(make_service(dir, "good"));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct gitfix *fix = make_service(dir, cases[i].name);

		gitfix_write(gitfix_git_dir(fix), "objects/info/there", "");
		replace(fix, cases[i].file, cases[i].kind);
		gitfix_free(fix);
	}
	scan_all(dir, 2, &seen);
	assert_int_equal(named(&seen, "good")->state, CHECKOUT_OK);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_says(named(&seen, cases[i].name), cases[i].file);
	forget(&seen);
	gitfix_rmtree(dir);
	free(dir);
}

/* Objects and worktrees may be kept elsewhere, where a scanner must not read. */
static void test_what_leads_out_of_the_roots_is_said(void **state)
{
	char *dir = gitfix_tmp(), *outside = gitfix_tmp();
	struct gitfix *away = make_service(outside, "away");
	struct gitfix *borrower = gitfix_new(dir, "borrower");
	char *text = xasprintf("%sobjects\n", gitfix_git_dir(away));
	const struct checkout *linked;
	struct seen seen = {0};

	(void)state;
	gitfix_write(gitfix_git_dir(borrower), "objects/info/alternates", text);
	free(text);
	text = xasprintf("%s\n", gitfix_head(away));
	gitfix_write(gitfix_git_dir(borrower), "refs/heads/main", text);
	free(text);
	gitfix_worktree(away, dir, "linked");
	scan_all(dir, 1, &seen);
	linked = named(&seen, "linked");
	if (linked->state == CHECKOUT_OK) {
		print_message("no Landlock here: reading outside was not tried\n");
	} else {
		assert_says(named(&seen, "borrower"), outside);
		assert_says(named(&seen, "borrower"), "not below the folders");
		assert_says(linked, outside);
		assert_non_null(strstr(linked->fix, "reads only below"));
	}
	forget(&seen);
	gitfix_free(borrower);
	gitfix_free(away);
	gitfix_rmtree(dir);
	gitfix_rmtree(outside);
	free(dir);
	free(outside);
}

static void test_alternates_that_are_gone_are_named(void **state)
{
	char *dir = gitfix_tmp();
	struct gitfix *fix = gitfix_new(dir, "borrower");
	struct seen seen = {0};

	(void)state;
	gitfix_write(gitfix_git_dir(fix), "objects/info/alternates", "/nonexistent/objects\n");
	gitfix_write(gitfix_git_dir(fix), "refs/heads/main",
		     "1234567812345678123456781234567812345678\n");
	scan_all(dir, 1, &seen);
	assert_says(named(&seen, "borrower"), "/nonexistent/objects");
	forget(&seen);
	gitfix_free(fix);
	gitfix_rmtree(dir);
	free(dir);
}

/* People may be counted twice without it. */
static void test_a_mailmap_too_large_is_named(void **state)
{
	char *dir = gitfix_tmp();
	struct gitfix *fix = make_service(dir, "people");
	struct buf text = {0};
	struct seen seen = {0};
	const struct checkout *checkout;
	bool warned = false;

	(void)state;
	for (int i = 0; i < 60000; i++)
		buf_addf(&text, "New %d <n%d@example.com> <o%d@example.com>\n", i, i, i);
	gitfix_bytes(fix, ".mailmap", text.data, text.len);
	gitfix_commit(fix, "Who is who");
	scan_all(dir, 1, &seen);
	checkout = named(&seen, "people");
	assert_int_equal(checkout->state, CHECKOUT_OK);
	for (size_t i = 0; i < checkout->warning_count; i++)
		warned |= checkout->warnings[i].at.path &&
			  !strcmp(checkout->warnings[i].at.path, ".mailmap");
	assert_true(warned);
	forget(&seen);
	buf_free(&text);
	gitfix_free(fix);
	gitfix_rmtree(dir);
	free(dir);
}

static pid_t only_child(pid_t of)
{
	char path[64], line[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)of, (int)of);
	file = fopen(path, "r");
	assert_non_null(file);
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	return (pid_t)strtol(line, NULL, 10);
}

/* Busy, it does not look at its socket: here it is stopped, which is as deaf. */
static void test_a_busy_scanner_ends_with_its_face(void **state)
{
	char *dir = gitfix_tmp();
	pid_t face, scanner, ended;
	int status, ready[2];
	char byte;

	(void)state;
	gitfix_free(make_service(dir, "good"));
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	face = fork();
	assert_true(face >= 0);
	if (face == 0) {
		struct scanner_pool *pool = pool_over(dir, 1, 0);
		char *path = xasprintf("%s/good", dir);

		/* The one for questions: it stays when it has answered. */
		scanner_blob(pool, path, NULL, "README.md", 100);
		scanner_service(pool);
		_exit(write(ready[1], "", 1) == 1 && pause());
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	/* Time to begin: before, its socket's end is all it has. */
	sleep(1);
	scanner = only_child(face);
	assert_true(scanner > 0);
	assert_int_equal(kill(scanner, SIGSTOP), 0);
	assert_int_equal(kill(face, SIGKILL), 0);
	assert_int_equal(waitpid(face, &status, 0), face);
	for (int i = 0; (ended = waitpid(scanner, &status, WNOHANG)) == 0 && i < 100; i++)
		poll(NULL, 0, 10);
	kill(scanner, SIGKILL);
	assert_int_equal(ended, scanner);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	gitfix_rmtree(dir);
	free(dir);
}

/* ^Z for longer than a scan may take: what was answered meanwhile counts. */
static void test_a_face_that_was_stopped_blames_nobody(void **state)
{
	char *dir = gitfix_tmp(), *path = xasprintf("%s/good", dir);
	struct scanner_pool *pool;
	struct seen seen = {0};

	(void)state;
	gitfix_free(make_service(dir, "good"));
	pool = pool_over(dir, 1, 1);
	scanner_scan(pool, path);
	scanner_service(pool);
	sleep(3);
	until_idle(pool, &seen);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.checkouts[0]->state, CHECKOUT_OK);
	forget(&seen);
	scanner_pool_free(pool);
	gitfix_rmtree(dir);
	free(path);
	free(dir);
}

/* Fewer scanners than asked for do the work. */
static void test_few_descriptors_are_enough(void **state)
{
	char *dir = gitfix_tmp();
	struct rlimit before, few;
	struct seen seen = {0};
	int next = open("/dev/null", O_RDONLY);

	(void)state;
	close(next);
	for (int i = 0; i < 20; i++) {
		char name[16];

		snprintf(name, sizeof(name), "s%d", i);
		gitfix_free(make_service(dir, name));
	}
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = (rlim_t)next + 8;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	scan_all(dir, 16, &seen);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(seen.problems, 0);
	assert_int_equal(seen.count, 20);
	for (size_t i = 0; i < seen.count; i++)
		assert_int_equal(seen.checkouts[i]->state, CHECKOUT_OK);
	forget(&seen);
	gitfix_rmtree(dir);
	free(dir);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_is_no_file_is_named),
	    cmocka_unit_test(test_what_leads_out_of_the_roots_is_said),
	    cmocka_unit_test(test_alternates_that_are_gone_are_named),
	    cmocka_unit_test(test_a_mailmap_too_large_is_named),
	    cmocka_unit_test(test_a_busy_scanner_ends_with_its_face),
	    cmocka_unit_test(test_a_face_that_was_stopped_blames_nobody),
	    cmocka_unit_test(test_few_descriptors_are_enough),
	};

	if (argc == 2 && !strcmp(argv[1], SCANNER_ARGUMENT))
		return scanner_main(CHILD_FD);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
