/* Who refreshes, who follows, who writes beside them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "tests/support/storedir.h"

#define WITH(test) cmocka_unit_test_setup_teardown(test, storedir_set_up, storedir_tear_down)

static int put(struct store *store, const char *name, struct err *err)
{
	return store_put_service(store, name, "/r", "row", 3, err);
}

static void count_row(void *ctx, const char *name, const void *row, size_t len)
{
	(void)name;
	(void)row;
	(void)len;
	++*(int *)ctx;
}

static int services(struct store *store)
{
	int count = 0;

	assert_int_equal(store_services(store, NULL, 0, count_row, &count, NULL), 0);
	return count;
}

static void one_writer(void **state)
{
	struct storedir *dir = *state;
	struct store *first = storedir_open(dir, STORE_WRITE);
	struct store *second = storedir_try(dir, STORE_WRITE);
	struct store_writer who;
	struct err err = {0};

	assert_non_null(second);
	store_writer(first, &who);
	assert_true(who.self);
	assert_int_equal(who.pid, getpid());
	store_writer(second, &who);
	assert_false(who.self);
	assert_int_equal(who.pid, getpid());
	assert_string_equal(who.command, "svctop of the test");
	assert_string_equal(who.covers, "roots: /r\nchecklist: d");
	assert_true(who.since > 0);
	/* It follows: what the first one commits, no sooner. */
	assert_int_equal(put(second, "web", &err), -1);
	assert_string_equal(err.what, "another svctop refreshes the store");
	assert_false(store_moved(second));
	assert_int_equal(store_begin(first, NULL), 0);
	assert_int_equal(put(first, "web", NULL), 0);
	assert_false(store_moved(second));
	assert_int_equal(services(second), 0);
	assert_int_equal(store_commit(first, NULL), 0);
	assert_true(store_moved(second));
	assert_false(store_moved(second));
	assert_false(store_moved(first));
	assert_int_equal(services(second), 1);
	assert_true(store_sequence(second) > 0);
	assert_int_equal(store_sequence(second), store_sequence(first));
	/* And takes over when the first one ends. */
	assert_false(store_take_over(second));
	store_close(first);
	dir->store = NULL;
	store_writer(second, &who);
	assert_int_equal(who.pid, 0);
	assert_true(store_take_over(second));
	assert_true(store_take_over(second));
	assert_int_equal(put(second, "api", NULL), 0);
	store_close(second);
	err_clear(&err);
}

/* ---- two fleets, each with a service of the same name ---- */

struct seen {
	int count;
	int64_t from;
};

static void see(void *ctx, const struct interval *interval, enum interval_origin origin)
{
	struct seen *seen = ctx;

	(void)origin;
	assert_string_equal(interval->service, "payments");
	seen->count++;
	seen->from = interval->from;
}

static int put_fleet(struct store *store, const char *root, int64_t from)
{
	const struct interval opened = {.service = "payments",
					.check = "ci",
					.status = STATUS_GAP,
					.required = true,
					.from = from};
	const struct store_history history = {
	    .since = 1, .until = from, .scanned_with = "d", .roots = root};
	struct interval git = opened;

	git.from = from + 1;
	if (store_put_service(store, "payments", root, root, strlen(root), NULL) ||
	    store_put_change(store, NULL, &opened, NULL))
		return -1;
	return store_put_history(store, &history, &git, 1, NULL);
}

static struct seen ages(struct storedir *dir, const char *root, const char *service)
{
	const struct store_scope scope = {.service = service, .open = true};
	struct seen seen = {0};

	dir->root = root;
	storedir_again(dir, STORE_READ);
	assert_int_equal(store_intervals(dir->store, &scope, see, &seen, NULL), 0);
	return seen;
}

static void fleets(void **state)
{
	struct storedir *dir = *state;

	for (int i = 0; i < 2; i++) {
		dir->root = i ? "/b" : "/a";
		assert_int_equal(
		    put_fleet(storedir_again(dir, STORE_WRITE), dir->root, i ? 2000 : 1000), 0);
	}
	for (int i = 0; i < 2; i++) {
		const char *service = i ? "payments" : NULL;

		assert_int_equal(ages(dir, "/a", service).from, 1000);
		assert_int_equal(ages(dir, "/a", service).count, 2);
		assert_int_equal(ages(dir, "/b", service).from, 2000);
		assert_int_equal(ages(dir, "/c", service).count, 0);
		/* Who sees a part of them, or more, sees the same ones. */
		assert_int_equal(ages(dir, "/a/team", service).from, 1000);
		assert_int_equal(ages(dir, "/", service).count, service ? 2 : 4);
	}
	/* Each has its row, and what one drops the other keeps. */
	dir->root = "/b/team";
	assert_int_equal(services(storedir_again(dir, STORE_WRITE)), 1);
	assert_int_equal(store_drop_service(dir->store, "payments", NULL), 0);
	assert_int_equal(services(dir->store), 0);
	dir->root = "/a";
	assert_int_equal(services(storedir_again(dir, STORE_WRITE)), 1);
	/* Nor does history of one replace the other's, or expiry forget whose it is. */
	assert_int_equal(put_fleet(dir->store, "/a", 1000), 0);
	assert_int_equal(store_expire(dir->store, 1, NULL), 0);
	assert_int_equal(ages(dir, "/b", NULL).count, 2);
	/* What a rolled back one began is nobody's. */
	dir->root = "/d";
	storedir_again(dir, STORE_WRITE);
	assert_int_equal(store_begin(dir->store, NULL), 0);
	assert_int_equal(put(dir->store, "web", NULL), 0);
	store_rollback(dir->store);
	assert_int_equal(put(dir->store, "web", NULL), 0);
	assert_int_equal(services(dir->store), 1);
	assert_int_equal(storedir_number(dir, "SELECT count(*) FROM fleet"), 3);
}

static void rights(void **state)
{
	struct storedir *dir = *state;
	struct store *store, *follower;
	struct store_writer who;
	struct err err = {0};

	/* The first one makes the file, whatever it is for. */
	follower = storedir_try(dir, STORE_FOLLOW);
	assert_non_null(follower);
	store_writer(follower, &who);
	assert_int_equal(who.pid, 0);
	assert_int_equal(put(follower, "web", NULL), -1);
	assert_int_equal(store_begin(follower, NULL), -1);
	assert_true(store_take_over(follower));
	assert_int_equal(put(follower, "web", NULL), 0);
	store_close(follower);
	store = storedir_open(dir, STORE_READ);
	assert_int_equal(put(store, "web", &err), -1);
	assert_string_equal(err.what, "the store was opened for reading only");
	assert_false(store_take_over(store));
	store = storedir_again(dir, STORE_SHARED);
	assert_int_equal(put(store, "web", &err), -1);
	assert_false(store_take_over(store));
	assert_int_equal(store_put_day(store, &(struct store_day){.scope = ""}, NULL), 0);
	err_clear(&err);
}

/* A child that is the writer until it is killed. */
static pid_t other_writer(struct storedir *dir)
{
	int pipes[2];
	pid_t pid;
	char ready;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		struct store *store = storedir_try(dir, STORE_WRITE);
		struct store_writer who;

		store_writer(store, &who);
		if (!who.self || put(store, "web", NULL) || store_begin(store, NULL) ||
		    put(store, "half", NULL) || write(pipes[1], "!", 1) != 1)
			_exit(1);
		pause();
		_exit(1);
	}
	close(pipes[1]);
	assert_int_equal(read(pipes[0], &ready, 1), 1);
	close(pipes[0]);
	return pid;
}

static void end(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static void writer_that_is_killed(void **state)
{
	struct storedir *dir = *state;
	pid_t pid = other_writer(dir);
	struct store *store = storedir_open(dir, STORE_WRITE);
	struct store_writer who;

	store_writer(store, &who);
	assert_false(who.self);
	assert_int_equal(who.pid, pid);
	assert_false(store_take_over(store));
	end(pid);
	store_writer(store, &who);
	assert_int_equal(who.pid, 0);
	assert_null(who.command);
	assert_true(store_take_over(store));
	/* What it had not committed is not there. */
	assert_int_equal(services(store), 1);
	assert_int_equal(put(store, "api", NULL), 0);
}

/* Opens it as soon as all are there, and stays until the others have. 'w': it is the writer. */
static _Noreturn void open_at_once(struct storedir *dir, int start, int told, int stop)
{
	struct store_writer who;
	struct store *store;
	char word;

	if (read(start, &word, 1) != 0)
		_exit(1);
	store = storedir_try(dir, STORE_WRITE);
	word = 'x';
	if (store) {
		store_writer(store, &who);
		word = who.self ? 'w' : 'f';
		if (store_notice(store) || services(store) != 0)
			word = 'n';
	}
	if (write(told, &word, 1) != 1 || read(stop, &word, 1) != 0)
		_exit(1);
	store_close(store);
	_exit(0);
}

static void many_start_at_once(void **state)
{
	struct storedir *dir = *state;
	int start[2], told[2], stop[2], writers = 0, status;
	pid_t pids[6];
	char word;

	assert_int_equal(pipe(start) | pipe(told) | pipe(stop), 0);
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (!pids[i]) {
			close(start[1]);
			close(stop[1]);
			open_at_once(dir, start[0], told[1], stop[0]);
		}
	}
	close(start[1]);
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		assert_int_equal(read(told[0], &word, 1), 1);
		assert_true(word == 'w' || word == 'f');
		writers += word == 'w';
	}
	close(stop[1]);
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(writers, 1);
	close(start[0]);
	close(stop[0]);
	close(told[0]);
	close(told[1]);
	storedir_check(dir);
}

static void history_beside_the_writer(void **state)
{
	struct storedir *dir = *state;
	struct store *store = storedir_open(dir, STORE_WRITE);
	struct store *shared = storedir_try(dir, STORE_SHARED);
	const struct store_history history = {
	    .since = 1, .until = 2, .scanned_with = "d", .roots = "/r"};
	const struct interval gap = {.service = "web", .check = "ci", .from = 5};
	struct err err = {0};

	assert_non_null(shared);
	assert_int_equal(put(store, "web", NULL), 0);
	assert_int_equal(store_put_history(shared, &history, &gap, 1, NULL), 0);
	assert_true(store_moved(store));
	/* In the middle of it the writer waits, but not for long, and says why. */
	assert_int_equal(store_begin(shared, NULL), 0);
	assert_int_equal(store_put_history(shared, &history, &gap, 1, NULL), 0);
	assert_int_equal(store_begin(store, &err), -1);
	assert_true(store_busy(store));
	assert_false(store_broken(store));
	assert_string_equal(err.what, "another svctop is writing to the store just now");
	assert_int_equal(services(store), 1);
	assert_int_equal(store_commit(shared, NULL), 0);
	assert_int_equal(store_begin(store, NULL), 0);
	assert_false(store_busy(store));
	assert_int_equal(put(store, "api", NULL), 0);
	assert_int_equal(store_commit(store, NULL), 0);
	store_close(shared);
	err_clear(&err);
}

static void add_pair(void *ctx, const struct interval *interval, enum interval_origin origin)
{
	(void)origin;
	buf_addf(ctx, "%s/%s ", interval->service, interval->check);
}

static void names_that_another_one_gave(void **state)
{
	struct storedir *dir = *state;
	struct store *store = storedir_open(dir, STORE_WRITE);
	struct store *shared = storedir_try(dir, STORE_SHARED);
	struct interval gap = {.service = "web", .check = "ci", .from = 5};
	struct buf out = {0};

	/* Both give ids to names that the other one does not know yet. */
	assert_int_equal(store_put_change(store, NULL, &gap, NULL), 0);
	gap.check = "runbook";
	assert_int_equal(
	    store_put_history(shared, &(struct store_history){.until = 1}, &gap, 1, NULL), 0);
	gap.check = "slo";
	assert_int_equal(store_put_change(store, NULL, &gap, NULL), 0);
	/* A name of a transaction that was undone is given anew. */
	assert_int_equal(store_begin(store, NULL), 0);
	gap.check = "undone";
	assert_int_equal(store_put_change(store, NULL, &gap, NULL), 0);
	store_rollback(store);
	gap.check = "backups";
	assert_int_equal(store_put_change(store, NULL, &gap, NULL), 0);
	gap.check = "undone";
	assert_int_equal(store_put_change(store, NULL, &gap, NULL), 0);
	assert_int_equal(store_intervals(shared, &(struct store_scope){0}, add_pair, &out, NULL),
			 0);
	assert_string_equal(buf_str(&out), "web/runbook web/ci web/slo web/backups web/undone ");
	store_close(shared);
	buf_free(&out);
}

static void store_that_is_moved_away(void **state)
{
	struct storedir *dir = *state;
	struct store *store = storedir_open(dir, STORE_WRITE);
	char *away = xasprintf("%s.away", dir->path);
	struct err err = {0};

	assert_int_equal(put(store, "web", NULL), 0);
	assert_int_equal(rename(dir->path, away), 0);
	assert_true(store_moved(store));
	assert_true(store_broken(store));
	assert_int_equal(put(store, "api", &err), -1);
	assert_string_equal(err.what, "the store was moved away or replaced");
	store = storedir_again(dir, STORE_WRITE);
	assert_null(store_notice(store));
	assert_int_equal(services(store), 0);
	assert_int_equal(put(store, "api", NULL), 0);
	err_clear(&err);
	free(away);
}

static void failed_call_undoes_all(void **state)
{
	struct storedir *dir = *state;
	struct store *store = storedir_open(dir, STORE_WRITE);
	struct err err = {0};
	char *much = xcalloc(1, STORE_MAX_BYTES + (2 << 20));

	assert_int_equal(store_begin(store, NULL), 0);
	assert_int_equal(put(store, "web", NULL), 0);
	/* More than fits in a row. */
	assert_int_equal(
	    store_put_service(store, "big", "/r", much, STORE_MAX_BYTES + (2 << 20), &err), -1);
	assert_non_null(err.what);
	assert_int_equal(put(store, "api", &err), -1);
	assert_int_equal(store_commit(store, &err), -1);
	assert_int_equal(services(store), 0);
	assert_int_equal(store_begin(store, NULL), 0);
	assert_int_equal(put(store, "api", NULL), 0);
	assert_int_equal(store_commit(store, NULL), 0);
	assert_int_equal(services(store), 1);
	err_clear(&err);
	free(much);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(one_writer),
	    WITH(fleets),
	    WITH(rights),
	    WITH(writer_that_is_killed),
	    WITH(many_start_at_once),
	    WITH(history_beside_the_writer),
	    WITH(names_that_another_one_gave),
	    WITH(store_that_is_moved_away),
	    WITH(failed_call_undoes_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
