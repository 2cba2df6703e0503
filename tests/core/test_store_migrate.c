/* From one layout to the next, with steps that are made up: all or nothing, and a copy first. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "tests/support/faultvfs.h"
#include "tests/support/storedir.h"

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, storedir_tear_down)

/* Ours, and three more. */
static struct store_step steps[] = {
    {NULL},
    {"ALTER TABLE service ADD COLUMN colour TEXT; UPDATE service SET colour = 'green'"},
    {"CREATE TABLE extra(id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;"
     "INSERT INTO extra(text) SELECT name || ifnull(colour, '') FROM service"},
    {"CREATE INDEX extra_text ON extra(text); UPDATE service SET row = CAST('new' AS BLOB)"},
};
/* Fails at its second statement. */
static struct store_step broken_steps[] = {
    {NULL},
    {"CREATE TABLE extra(id INTEGER PRIMARY KEY) STRICT; INSERT INTO nowhere VALUES(1)"},
};

static int set_up(void **state)
{
	fault = (struct fault){0};
	steps[0] = broken_steps[0] = store_steps[0];
	return storedir_set_up(state);
}

static void use(struct storedir *dir, const struct store_step *some, size_t count)
{
	dir->setup.steps = some;
	dir->setup.step_count = count;
}

/* A store of a version, with three services. */
static void make(struct storedir *dir, size_t version)
{
	use(dir, steps, version);
	storedir_open(dir, STORE_WRITE);
	for (int i = 0; i < 3; i++) {
		char name[8];

		snprintf(name, sizeof(name), "s%d", i);
		assert_int_equal(store_put_service(dir->store, name, "/r", "row", 3, NULL), 0);
	}
	store_close(dir->store);
	dir->store = NULL;
}

/* Version of the file; fails where what is in it is not that version's, or half one's. */
static int64_t whole_version(const struct storedir *dir)
{
	int64_t version = storedir_number(dir, "PRAGMA user_version");

	storedir_check(dir);
	assert_int_equal(storedir_number(dir, "SELECT count(*) FROM service"), 3);
	assert_int_equal(storedir_number(dir, "SELECT count(*) FROM pragma_table_info('service') "
					      "WHERE name = 'colour'"),
			 version >= 2);
	assert_int_equal(
	    storedir_number(dir, "SELECT count(*) FROM sqlite_schema WHERE name = 'extra'"),
	    version >= 3);
	assert_int_equal(
	    storedir_number(dir, "SELECT count(*) FROM sqlite_schema WHERE name = 'extra_text'"),
	    version >= 4);
	assert_int_equal(storedir_number(dir, "SELECT count(*) FROM service WHERE row = x'6e6577'"),
			 version >= 4 ? 3 : 0);
	return version;
}

static unsigned files_beside(const struct storedir *dir)
{
	char *folder = xasprintf("%s/state", dir->dir);
	DIR *stream = opendir(folder);
	unsigned count = 0;

	assert_non_null(stream);
	for (struct dirent *entry; (entry = readdir(stream));)
		count += strstr(entry->d_name, "migrating") != NULL;
	closedir(stream);
	free(folder);
	return count;
}

static void from_every_older_version(void **state)
{
	struct storedir *dir = *state;

	for (size_t version = 1; version < ARRAY_LEN(steps); version++) {
		make(dir, version);
		assert_int_equal(whole_version(dir), version);
		use(dir, steps, ARRAY_LEN(steps));
		/* Who only reads changes nothing. */
		assert_null(storedir_try(dir, STORE_READ));
		assert_string_equal(dir->err.what, "the store is of an older svctop, and is not "
						   "read");
		assert_int_equal(whole_version(dir), version);
		storedir_open(dir, STORE_WRITE);
		assert_non_null(store_notice(dir->store));
		assert_non_null(strstr(store_notice(dir->store), "was brought from layout"));
		storedir_again(dir, STORE_WRITE);
		assert_null(store_notice(dir->store));
		store_close(dir->store);
		dir->store = NULL;
		assert_int_equal(whole_version(dir), ARRAY_LEN(steps));
		assert_int_equal(files_beside(dir), 0);
		assert_int_equal(unlink(dir->path), 0);
	}
}

static void step_that_fails(void **state)
{
	struct storedir *dir = *state;

	make(dir, 1);
	use(dir, broken_steps, ARRAY_LEN(broken_steps));
	assert_null(storedir_try(dir, STORE_WRITE));
	assert_non_null(strstr(dir->err.what, "cannot be brought to this svctop's layout, and was "
					      "left as it is"));
	assert_non_null(strstr(dir->err.fix, "move it to another name"));
	assert_int_equal(whole_version(dir), 1);
	assert_int_equal(files_beside(dir), 0);
	/* The svctop of before goes on with it. */
	use(dir, steps, 1);
	storedir_open(dir, STORE_WRITE);
	assert_null(store_notice(dir->store));
}

static void not_under_one_that_runs(void **state)
{
	struct storedir *dir = *state;
	struct store *old;

	make(dir, 1);
	old = storedir_open(dir, STORE_WRITE);
	dir->store = NULL;
	use(dir, steps, ARRAY_LEN(steps));
	assert_null(storedir_try(dir, STORE_WRITE));
	assert_non_null(strstr(dir->err.what, "is of an older svctop, and is in use by process "));
	assert_non_null(strstr(dir->err.what, ", svctop of the test"));
	store_close(old);
	storedir_open(dir, STORE_WRITE);
	assert_non_null(store_notice(dir->store));
}

static void followers_hear_of_it(void **state)
{
	struct storedir *dir = *state;
	struct store *old;
	struct err err = {0};

	make(dir, 1);
	old = storedir_open(dir, STORE_FOLLOW);
	dir->store = NULL;
	use(dir, steps, ARRAY_LEN(steps));
	storedir_open(dir, STORE_WRITE);
	assert_true(store_moved(old));
	assert_true(store_broken(old));
	store_close(dir->store);
	dir->store = NULL;
	/* It must not write into what it does not know. */
	assert_false(store_take_over(old));
	assert_int_equal(store_put_service(old, "web", "/r", "", 0, &err), -1);
	store_close(old);
	err_clear(&err);
	assert_int_equal(whole_version(dir), ARRAY_LEN(steps));
}

/* ---- interrupted ---- */

struct ending {
	unsigned at, reached;
};

static void end_at(void *ctx, const char *name)
{
	struct ending *ending = ctx;

	(void)name;
	if (++ending->reached == ending->at)
		raise(SIGKILL);
}

/* Opens it in a child, which may end in between: its exit code, or minus the signal. */
static int open_in_child(struct storedir *dir)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		struct store *store = storedir_try(dir, STORE_WRITE);
		bool opened = store;

		store_close(store);
		_exit(opened ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void recovers(struct storedir *dir)
{
	int64_t version;

	dir->setup.point = NULL;
	dir->setup.vfs = NULL;
	fault = (struct fault){0};
	version = whole_version(dir);
	assert_true(version == 1 || version == ARRAY_LEN(steps));
	storedir_open(dir, STORE_WRITE);
	store_close(dir->store);
	dir->store = NULL;
	assert_int_equal(whole_version(dir), ARRAY_LEN(steps));
	assert_int_equal(files_beside(dir), 0);
	assert_int_equal(unlink(dir->path), 0);
}

static void interrupted_between_any_two_things(void **state)
{
	struct storedir *dir = *state;
	int code = -SIGKILL;
	unsigned at;

	for (at = 1; code == -SIGKILL; at++) {
		struct ending ending = {.at = at};

		make(dir, 1);
		use(dir, steps, ARRAY_LEN(steps));
		dir->setup.point = end_at;
		dir->setup.ctx = &ending;
		code = open_in_child(dir);
		recovers(dir);
	}
	assert_int_equal(code, 0);
	assert_true(at > 10); /* copied, two times three steps and their ends */
}

static void interrupted_at_any_write(void **state)
{
	struct storedir *dir = *state;
	int code = -SIGKILL;
	uint64_t at;

	for (at = 1; code == -SIGKILL; at += 1 + at / 8) {
		make(dir, 1);
		use(dir, steps, ARRAY_LEN(steps));
		dir->setup.vfs = faultvfs();
		fault = (struct fault){.kind = FAULT_END, .at = at};
		code = open_in_child(dir);
		recovers(dir);
	}
	assert_int_equal(code, 0);
	assert_true(at > 30);
}

static void no_room_at_any_write(void **state)
{
	struct storedir *dir = *state;
	struct store *store = NULL;
	uint64_t at;

	for (at = 1; !store; at += 1 + at / 8) {
		make(dir, 1);
		use(dir, steps, ARRAY_LEN(steps));
		dir->setup.vfs = faultvfs();
		fault = (struct fault){.kind = FAULT_FULL, .at = at};
		store = storedir_try(dir, STORE_WRITE);
		if (!store)
			assert_non_null(dir->err.what);
		store_close(store);
		recovers(dir);
	}
	assert_true(at > 30);
}

/* The file's beginning as well: nothing half made is taken for a store. */
static void creation_interrupted_at_any_write(void **state)
{
	struct storedir *dir = *state;
	int code = -SIGKILL;
	uint64_t at;

	use(dir, steps, 1);
	for (at = 1; code == -SIGKILL; at += 1 + at / 8) {
		dir->setup.vfs = faultvfs();
		fault = (struct fault){.kind = FAULT_END, .at = at};
		code = open_in_child(dir);
		fault = (struct fault){0};
		dir->setup.vfs = NULL;
		storedir_open(dir, STORE_WRITE);
		assert_null(store_notice(dir->store));
		assert_int_equal(store_put_service(dir->store, "s", "/r", "row", 3, NULL), 0);
		store_close(dir->store);
		dir->store = NULL;
		storedir_check(dir);
		assert_int_equal(storedir_number(dir, "PRAGMA user_version"), 1);
		assert_int_equal(unlink(dir->path), 0);
	}
	assert_int_equal(code, 0);
	assert_true(at > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(from_every_older_version),
	    WITH(step_that_fails),
	    WITH(not_under_one_that_runs),
	    WITH(followers_hear_of_it),
	    WITH(interrupted_between_any_two_things),
	    WITH(interrupted_at_any_write),
	    WITH(no_room_at_any_write),
	    WITH(creation_interrupted_at_any_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
