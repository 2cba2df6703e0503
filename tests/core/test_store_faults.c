/* What can happen to a store: it is never lost, never half written, and says what happens next. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "tests/support/faultvfs.h"
#include "tests/support/storedir.h"

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, storedir_tear_down)

static int set_up(void **state)
{
	fault = (struct fault){0};
	return storedir_set_up(state);
}

/* ---- what is written: rounds, each of many rows that must agree ---- */

enum { ROWS = 20 };

/* One transaction; what it says is in every row of it. */
static int write_round(struct store *store, unsigned round, struct err *err)
{
	char facts[400], path[32];

	if (store_begin(store, err) < 0)
		return -1;
	for (int i = 0; i < ROWS; i++) {
		struct store_checkout checkout = {
		    .path = path, .scanned_with = "d", .scanned_at = round, .facts = facts};

		snprintf(path, sizeof(path), "/r/%d", i);
		for (size_t j = 0; j < sizeof(facts); j++)
			facts[j] = (char)((j * 7919 + round * 104729 + (unsigned)i) >> 3);
		memcpy(facts, &round, sizeof(round));
		checkout.facts_len = sizeof(facts);
		if (store_put_checkout(store, &checkout, err) < 0 ||
		    store_put_service(store, path, path, &round, sizeof(round), err) < 0) {
			store_rollback(store);
			return -1;
		}
	}
	return store_commit(store, err);
}

struct rows {
	unsigned round, count;
	bool mixed;
};

static void take_round(struct rows *rows, const void *bytes, size_t len)
{
	unsigned round;

	assert_true(len >= sizeof(round));
	memcpy(&round, bytes, sizeof(round));
	rows->mixed |= rows->count++ && round != rows->round;
	rows->round = round;
}

static void take_service(void *ctx, const char *name, const void *row, size_t len)
{
	(void)name;
	take_round(ctx, row, len);
}

/* The round that is whole in the store, 0: none; fails where there are rows of several. */
static unsigned whole_round(struct store *store)
{
	struct rows rows = {0};
	struct store_walk *walk;
	struct store_checkout checkout;

	assert_int_equal(store_services(store, NULL, 0, take_service, &rows, NULL), 0);
	assert_true(rows.count == 0 || rows.count == ROWS);
	walk = store_checkouts(store, NULL, 0, 0, true, NULL);
	assert_non_null(walk);
	while (store_next_checkout(walk, &checkout)) {
		take_round(&rows, checkout.facts, checkout.facts_len);
		assert_int_equal(checkout.scanned_at, rows.round);
	}
	assert_int_equal(store_walk_end(walk, NULL), 0);
	assert_true(rows.count == 0 || rows.count == 2 * ROWS);
	assert_false(rows.mixed);
	return rows.round;
}

/* ---- killed ---- */

/* Writes rounds for ever, telling each through the pipe once it is committed. */
static _Noreturn void write_for_ever(struct storedir *dir, int told)
{
	struct store *store = storedir_try(dir, STORE_WRITE);
	unsigned round = store ? whole_round(store) : 0;

	while (store && !write_round(store, ++round, NULL))
		if (write(told, &round, sizeof(round)) != sizeof(round))
			break;
	_exit(1);
}

static void sleep_us(long us)
{
	nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
}

static void killed_while_it_writes(void **state)
{
	struct storedir *dir = *state;
	unsigned last = 0, seed = 4711;

	for (int i = 0; i < 25; i++) {
		int pipes[2], status;
		unsigned told, round;
		pid_t pid;

		assert_int_equal(pipe(pipes), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (!pid)
			write_for_ever(dir, pipes[1]);
		close(pipes[1]);
		assert_int_equal(read(pipes[0], &told, sizeof(told)), sizeof(told));
		sleep_us(rand_r(&seed) % 30000);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		while (read(pipes[0], &round, sizeof(round)) == sizeof(round))
			told = round;
		close(pipes[0]);
		/* What was committed is there; the one after it may be, whole. */
		storedir_open(dir, STORE_WRITE);
		assert_null(store_notice(dir->store));
		round = whole_round(dir->store);
		assert_in_range(round, told, told + 1);
		assert_true(round > last);
		last = round;
		store_close(dir->store);
		dir->store = NULL;
		storedir_check(dir);
	}
}

/* ---- no room ---- */

static void assert_goes_on(struct store *store, unsigned round)
{
	assert_false(store_broken(store));
	assert_int_equal(whole_round(store), round);
}

static void disk_is_full(void **state)
{
	struct storedir *dir = *state;
	struct store *store;
	struct err err = {0};
	unsigned round = 1;

	dir->setup.vfs = faultvfs();
	store = storedir_open(dir, STORE_WRITE);
	assert_int_equal(write_round(store, 1, NULL), 0);
	/* At every place where a round writes. */
	for (uint64_t after = 1; after < 60; after += 3) {
		fault = (struct fault){.kind = FAULT_FULL, .at = after};
		if (!write_round(store, round + 1, &err)) {
			round++;
			continue;
		}
		assert_string_equal(err.what, "nothing more is kept: the disk is full");
		assert_string_equal(err.fix,
				    "make room; svctop goes on, and tries again by itself");
		assert_string_equal(err.where, store->folder);
		fault = (struct fault){0};
		assert_goes_on(store, round);
	}
	assert_true(round < 20);
	/* There is room again. */
	fault = (struct fault){0};
	assert_int_equal(write_round(store, 100, &err), 0);
	assert_goes_on(store, 100);
	assert_goes_on(storedir_again(dir, STORE_WRITE), 100);
	storedir_check(dir);
	err_clear(&err);
}

static void disk_fails(void **state)
{
	struct storedir *dir = *state;
	struct store *store;
	struct err err = {0};

	dir->setup.vfs = faultvfs();
	store = storedir_open(dir, STORE_WRITE);
	assert_int_equal(write_round(store, 1, NULL), 0);
	fault = (struct fault){.kind = FAULT_IO, .at = 1};
	assert_int_equal(write_round(store, 2, &err), -1);
	assert_non_null(strstr(err.what, "the store cannot be read or written: "));
	assert_non_null(strstr(err.fix, "look at the disk"));
	fault = (struct fault){0};
	assert_goes_on(store, 1);
	err_clear(&err);
}

static void file_may_not_grow(void **state)
{
	struct storedir *dir = *state;
	struct statement statement = {.check = "ci"};
	char reason[3000], service[16];
	struct store *store;
	unsigned count = 0;

	dir->setup.max_pages = 60;
	store = storedir_open(dir, STORE_WRITE);
	assert_int_equal(write_round(store, 1, NULL), 0);
	memset(reason, 'r', sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = '\0';
	statement.reason = reason;
	do
		snprintf(service, sizeof(service), "s%u", ++count);
	while (count < 100 &&
	       !store_put_statement(store, service, STATEMENT_WAIVER, &statement, &dir->err));
	assert_in_range(count, 5, 99);
	assert_string_equal(dir->err.what, "nothing more is kept: the disk is full");
	assert_goes_on(store, 1);
	store_close(store);
	dir->store = NULL;
	assert_int_equal(storedir_number(dir, "SELECT count(*) FROM statement"), count - 1);
}

static int write_up_to_a_limit(struct storedir *dir)
{
	const struct rlimit limit = {300 << 10, 300 << 10};
	struct store *store = storedir_try(dir, STORE_WRITE);
	struct err err = {0};
	unsigned round = 1;

	bool told;
	int result;

	signal(SIGXFSZ, SIG_IGN);
	if (!store || write_round(store, 1, NULL) || setrlimit(RLIMIT_FSIZE, &limit))
		return 2;
	while (round < 1000 && !write_round(store, round + 1, &err))
		round++;
	told = err.what && strstr(err.what, "the file may not grow any more") && err.fix &&
	       strstr(err.fix, "ulimit -f");
	result = !told ? 3 : store_broken(store) || whole_round(store) != round ? 4 : 0;
	store_close(store);
	err_clear(&err);
	return result;
}

static void limit_on_the_size_of_files(void **state)
{
	struct storedir *dir = *state;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		_exit(write_up_to_a_limit(dir));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(whole_round(storedir_open(dir, STORE_WRITE)) > 1);
	storedir_check(dir);
}

/* ---- where nothing can be kept ---- */

static void assert_refused(struct storedir *dir, enum store_access access, const char *what,
			   const char *fix)
{
	assert_null(storedir_try(dir, access));
	assert_non_null(dir->err.what);
	if (!strstr(dir->err.what, what))
		fail_msg("\"%s\" lacks \"%s\"", dir->err.what, what);
	assert_non_null(dir->err.fix);
	if (!strstr(dir->err.fix, fix))
		fail_msg("\"%s\" lacks \"%s\"", dir->err.fix, fix);
}

static void set_path(struct storedir *dir, char *path)
{
	free(dir->path);
	dir->path = path;
}

static void put_file(const char *path, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

static void folder_that_cannot_be_made(void **state)
{
	struct storedir *dir = *state;
	char *file = xasprintf("%s/file", dir->dir);

	put_file(file, "x", 1);
	set_path(dir, xasprintf("%s/state/svctop.db", file));
	assert_refused(dir, STORE_WRITE, "the folder cannot be used: Not a directory", "--store");
	assert_refused(dir, STORE_SHARED, "the folder cannot be used: Not a directory", "--store");
	set_path(dir, xstrdup("/proc/svctop/svctop.db"));
	assert_refused(dir, STORE_WRITE, "the folder cannot be used: No such file", "--store");
	set_path(dir, xstrdup("/proc/svctop.db"));
	assert_refused(dir, STORE_WRITE, "the store's lock cannot be opened", "--store PATH");
	set_path(dir, xstrdup(dir->dir));
	assert_refused(dir, STORE_WRITE, "what should be the store is a folder", "--store none");
	set_path(dir, xstrdup("/dev/null"));
	assert_refused(dir, STORE_READ, "what should be the store is no file", "--store none");
	set_path(dir, xstrdup("postgresql://db/svctop"));
	assert_refused(dir, STORE_WRITE, "this kind of store is not known", "--store PATH");
	set_path(dir, xstrdup(""));
	assert_refused(dir, STORE_WRITE, "not a file's", "--store PATH");
	free(file);
}

/* What another user finds in a folder that it owns and cannot write to; 0: what it should. */
static int in_a_folder_for_reading(struct storedir *dir)
{
	struct store *store;
	struct rows rows = {0};
	int result;

	if (setgid(12345) || setuid(12345) || storedir_try(dir, STORE_WRITE))
		return 1;
	if (!dir->err.what || !strstr(dir->err.what, "the store's lock cannot be opened: Perm") ||
	    !strstr(dir->err.fix, "make its folder writable"))
		return 2;
	store = storedir_try(dir, STORE_READ);
	if (!store)
		return 3;
	result = store_services(store, NULL, 0, take_service, &rows, NULL) || rows.count != ROWS ||
		 store_put_service(store, "x", "/r", "", 0, NULL) != -1;
	store_close(store);
	return result;
}

static void folder_for_reading_only(void **state)
{
	struct storedir *dir = *state;
	char *folder = xasprintf("%s/state", dir->dir);
	int status;
	pid_t pid;

	if (geteuid() != 0) {
		/* Any other user: it is our own folder that cannot be written. */
		assert_int_equal(mkdir(folder, 0500), 0);
		assert_refused(dir, STORE_WRITE, "the store's lock cannot be opened", "--store");
		free(folder);
		return;
	}
	assert_int_equal(write_round(storedir_open(dir, STORE_WRITE), 1, NULL), 0);
	store_close(dir->store);
	dir->store = NULL;
	for (int i = 0; i < 3; i++) {
		static const char *const ends[] = {"-wal", "-shm", "-lock"};
		char *name = xasprintf("%s%s", dir->path, ends[i]);

		assert_int_equal(unlink(name), 0);
		free(name);
	}
	assert_int_equal(chmod(dir->dir, 0755) | chown(dir->path, 12345, 12345) |
			     chown(folder, 12345, 12345) | chmod(folder, 0500),
			 0);
	free(folder);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		_exit(in_a_folder_for_reading(dir));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void reading_where_there_is_nothing(void **state)
{
	struct storedir *dir = *state;
	struct stat st;

	assert_null(storedir_try(dir, STORE_READ));
	assert_null(dir->err.what);
	/* And it makes nothing. */
	set_path(dir, xasprintf("%s/svctop.db", dir->dir));
	assert_null(storedir_try(dir, STORE_READ));
	assert_null(dir->err.what);
	assert_int_equal(stat(dir->path, &st), -1);
	put_file(dir->path, "", 0);
	assert_null(storedir_try(dir, STORE_READ));
	assert_null(dir->err.what);
}

static void links_and_owners(void **state)
{
	struct storedir *dir = *state;
	char *real = xasprintf("%s/elsewhere.db", dir->dir);
	char *link = xasprintf("%s/link.db", dir->dir);

	assert_int_equal(symlink(real, link), 0);
	set_path(dir, xstrdup(link));
	assert_refused(dir, STORE_WRITE, "a symbolic link that leads nowhere", "remove the link");
	/* One's own link is followed, and what lies beside the store is where the file is. */
	put_file(real, "", 0);
	storedir_open(dir, STORE_WRITE);
	assert_string_equal(store_path(dir->store), real);
	assert_int_equal(write_round(dir->store, 1, NULL), 0);
	store_close(dir->store);
	dir->store = NULL;
	if (geteuid() == 0) {
		/* Nobody else's file, nobody else's link. */
		assert_int_equal(lchown(link, 12345, 12345), 0);
		assert_refused(dir, STORE_WRITE, "a symbolic link that another user made",
			       "--store");
		set_path(dir, xstrdup(real));
		assert_int_equal(chown(real, 12345, 12345), 0);
		assert_refused(dir, STORE_WRITE, "belongs to another user (number 12345)",
			       "--store");
		assert_refused(dir, STORE_READ, "belongs to another user (number 12345)",
			       "--store");
	}
	free(real);
	free(link);
}

static mode_t mode_of(const char *path, const char *end)
{
	char *name = xasprintf("%s%s", path, end);
	struct stat st;

	if (stat(name, &st))
		fail_msg("%s is not there", name);
	free(name);
	return st.st_mode & 07777;
}

static void nobody_else_reads_it(void **state)
{
	struct storedir *dir = *state;
	char *folder = xasprintf("%s/state", dir->dir);
	mode_t before = umask(0);

	assert_int_equal(write_round(storedir_open(dir, STORE_WRITE), 1, NULL), 0);
	umask(before);
	assert_int_equal(mode_of(folder, ""), 0700);
	assert_int_equal(mode_of(dir->path, ""), 0600);
	assert_int_equal(mode_of(dir->path, "-wal"), 0600);
	assert_int_equal(mode_of(dir->path, "-shm"), 0600);
	assert_int_equal(mode_of(dir->path, "-lock"), 0600);
	free(folder);
}

/* ---- another version's, another program's ---- */

static char *bytes_of(const char *path, size_t *len)
{
	FILE *file = fopen(path, "re");
	struct buf all = {0};
	char block[4096];
	size_t n;

	assert_non_null(file);
	while ((n = fread(block, 1, sizeof(block), file)) > 0)
		buf_add(&all, block, n);
	fclose(file);
	*len = all.len;
	return buf_detach(&all);
}

static void newer_store_is_left_alone(void **state)
{
	struct storedir *dir = *state;
	size_t before_len, after_len;
	char *before, *after;

	assert_int_equal(write_round(storedir_open(dir, STORE_WRITE), 1, NULL), 0);
	store_close(dir->store);
	dir->store = NULL;
	storedir_sql(dir, "PRAGMA user_version = 99");
	before = bytes_of(dir->path, &before_len);
	assert_refused(dir, STORE_WRITE,
		       "of a newer svctop (layout 99, this one knows 1), and was left alone",
		       "use the newer svctop");
	assert_refused(dir, STORE_READ, "of a newer svctop", "use the newer svctop");
	after = bytes_of(dir->path, &after_len);
	assert_int_equal(before_len, after_len);
	assert_memory_equal(before, after, before_len);
	free(before);
	free(after);
}

static void other_programs_databases_are_left_alone(void **state)
{
	struct storedir *dir = *state;

	set_path(dir, xasprintf("%s/mine.db", dir->dir));
	put_file(dir->path, "", 0);
	storedir_sql(dir, "CREATE TABLE photos(id INTEGER)");
	assert_refused(dir, STORE_WRITE, "another program's database", "--store PATH");
	assert_int_equal(storedir_number(dir, "SELECT count(*) FROM photos"), 0);
}

/* ---- damaged ---- */

static const struct statement waiver = {.check = "ci",
					.by = "ada",
					.reason = "migrates in June",
					.link = "https://tracker.example/7",
					.date = 1000,
					.until = 2000,
					.at = {"service.yml", 12}};

static void count_statement(void *ctx, const char *service, enum statement_kind kind,
			    const struct statement *statement)
{
	assert_string_equal(service, "web");
	assert_int_equal(kind, STATEMENT_WAIVER);
	assert_string_equal(statement->check, "ci");
	assert_string_equal(statement->reason, "migrates in June");
	assert_int_equal(statement->at.line, 12);
	++*(int *)ctx;
}

static int statements_of(struct store *store)
{
	int count = 0;

	assert_int_equal(store_statements(store, count_statement, &count, NULL), 0);
	return count;
}

static void fill(struct storedir *dir)
{
	struct store *store = storedir_open(dir, STORE_WRITE);

	for (unsigned round = 1; round <= 5; round++)
		assert_int_equal(write_round(store, round, NULL), 0);
	assert_int_equal(store_put_statement(store, "web", STATEMENT_WAIVER, &waiver, NULL), 0);
	store_close(store);
	dir->store = NULL;
}

static void assert_begun_anew(struct storedir *dir, const char *aside)
{
	char *name = xasprintf("%s%s", dir->path, aside);
	struct stat st;

	storedir_open(dir, STORE_WRITE);
	assert_non_null(store_notice(dir->store));
	if (!strstr(store_notice(dir->store), "and a new one was begun.") ||
	    !strstr(store_notice(dir->store), strrchr(name, '/') + 1))
		fail_msg("%s", store_notice(dir->store));
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(whole_round(dir->store), 0);
	assert_int_equal(write_round(dir->store, 7, NULL), 0);
	assert_int_equal(whole_round(dir->store), 7);
	free(name);
}

static void garbage_is_moved_aside(void **state)
{
	struct storedir *dir = *state;
	char garbage[10000];
	size_t len;
	char *kept;

	fill(dir);
	memset(garbage, 'x', sizeof(garbage));
	put_file(dir->path, garbage, sizeof(garbage));
	assert_refused(dir, STORE_READ, "the store is damaged: file is not a database",
		       "the dashboard moves it aside");
	assert_begun_anew(dir, ".damaged-2025-11-23");
	/* Not the least of it was changed. */
	set_path(dir, xasprintf("%s.damaged-2025-11-23", dir->path));
	kept = bytes_of(dir->path, &len);
	assert_int_equal(len, sizeof(garbage));
	assert_memory_equal(kept, garbage, len);
	free(kept);
}

static void moved_aside_twice_on_a_day(void **state)
{
	struct storedir *dir = *state;

	fill(dir);
	for (int i = 0; i < 3; i++) {
		static const char *const names[] = {".damaged-2025-11-23", ".damaged-2025-11-23-2",
						    ".damaged-2025-11-23-3"};
		char word[8] = "first..";

		word[0] = (char)('a' + i);
		put_file(dir->path, word, sizeof(word));
		assert_begun_anew(dir, names[i]);
		store_close(dir->store);
		dir->store = NULL;
	}
}

static void cut_short(struct storedir *dir, off_t len)
{
	assert_int_equal(truncate(dir->path, len), 0);
}

static void truncated_file_is_moved_aside(void **state)
{
	struct storedir *dir = *state;
	struct stat st;

	fill(dir);
	assert_int_equal(stat(dir->path, &st), 0);
	cut_short(dir, st.st_size - 2 * storedir_number(dir, "PRAGMA page_size"));
	assert_refused(dir, STORE_READ, "the store is damaged", "the dashboard moves it aside");
	assert_begun_anew(dir, ".damaged-2025-11-23");
}

static void truncated_within_a_page(void **state)
{
	struct storedir *dir = *state;
	struct stat st;

	fill(dir);
	assert_int_equal(stat(dir->path, &st), 0);
	/* Cells are at the end of a page. */
	cut_short(dir, st.st_size - 100);
	assert_begun_anew(dir, ".damaged-2025-11-23");
}

static void truncated_to_less_than_a_page(void **state)
{
	struct storedir *dir = *state;

	fill(dir);
	cut_short(dir, 50);
	assert_begun_anew(dir, ".damaged-2025-11-23");
}

/* Overwrites the root page of a table. */
static void spoil_table(struct storedir *dir, const char *table)
{
	char *sql = xasprintf("SELECT rootpage FROM sqlite_schema WHERE name = '%s'", table);
	int64_t page = storedir_number(dir, sql), size = storedir_number(dir, "PRAGMA page_size");
	int fd = open(dir->path, O_WRONLY | O_CLOEXEC);
	char *noise = xmalloc((size_t)size);

	memset(noise, 0xa5, (size_t)size);
	assert_true(fd >= 0 && page > 1);
	assert_int_equal(pwrite(fd, noise, (size_t)size, (page - 1) * size), size);
	close(fd);
	free(noise);
	free(sql);
}

static void damage_that_is_met_while_it_runs(void **state)
{
	struct storedir *dir = *state;
	struct err err = {0};
	struct store *store;

	fill(dir);
	spoil_table(dir, "service");
	/* Nothing is noticed before it is asked for. */
	store = storedir_open(dir, STORE_WRITE);
	assert_null(store_notice(store));
	assert_false(store_broken(store));
	assert_int_equal(write_round(store, 8, &err), -1);
	assert_true(store_broken(store));
	assert_non_null(strstr(err.what, "the store is damaged"));
	assert_string_equal(err.fix, "it is moved aside, and begun anew, when it is opened next");
	err_clear(&err);
	store_close(store);
	dir->store = NULL;
	assert_begun_anew(dir, ".damaged-2025-11-23");
	assert_int_equal(statements_of(dir->store), 1);
	assert_non_null(strstr(store_notice(dir->store), "1 waiver"));
	/* It is not looked at again. */
	storedir_again(dir, STORE_WRITE);
	assert_null(store_notice(dir->store));
	assert_int_equal(whole_round(dir->store), 7);
}

static void damage_that_a_reader_meets(void **state)
{
	struct storedir *dir = *state;
	struct err err = {0};
	struct rows rows = {0};
	struct store *store;

	fill(dir);
	spoil_table(dir, "service");
	store = storedir_open(dir, STORE_READ);
	assert_int_equal(store_services(store, NULL, 0, take_service, &rows, &err), -1);
	assert_true(store_broken(store));
	assert_non_null(strstr(err.fix, "the dashboard moves it aside"));
	err_clear(&err);
}

static void tables_that_are_not_ours(void **state)
{
	struct storedir *dir = *state;

	fill(dir);
	storedir_sql(dir, "DROP TABLE service; CREATE VIEW service AS SELECT 1 AS name, 2 AS "
			  "checkout, 3 AS row");
	assert_refused(dir, STORE_READ, "the store is damaged", "the dashboard moves it aside");
	assert_begun_anew(dir, ".damaged-2025-11-23");
	assert_int_equal(statements_of(dir->store), 1);
}

static void column_that_is_not_there(void **state)
{
	struct storedir *dir = *state;

	fill(dir);
	storedir_sql(dir, "ALTER TABLE service RENAME COLUMN row TO other");
	storedir_open(dir, STORE_WRITE);
	assert_int_equal(write_round(dir->store, 8, NULL), -1);
	assert_true(store_broken(dir->store));
	store_close(dir->store);
	dir->store = NULL;
	assert_begun_anew(dir, ".damaged-2025-11-23");
}

/* ---- the clock, the network ---- */

static void add_times(void *ctx, const struct interval *interval, enum interval_origin origin)
{
	(void)origin;
	assert_true(!interval->until || interval->until >= interval->from);
	buf_addf(ctx, "%lld-%lld ", (long long)interval->from, (long long)interval->until);
}

static void clock_that_jumps_back(void **state)
{
	struct storedir *dir = *state;
	struct store *store = storedir_open(dir, STORE_WRITE);
	struct interval open = {
	    .service = "web", .check = "ci", .status = STATUS_GAP, .from = 5000};
	struct interval closed = open;
	struct buf out = {0};

	assert_int_equal(store_put_change(store, NULL, &open, NULL), 0);
	closed.until = 1000;
	open.status = STATUS_PASS;
	open.from = 1000;
	assert_int_equal(store_put_change(store, &closed, &open, NULL), 0);
	/* Nor does one that nobody ended end before it began. */
	open.status = STATUS_UNKNOWN;
	open.from = -70;
	assert_int_equal(store_put_change(store, NULL, &open, NULL), 0);
	closed = open;
	closed.from = INT64_MAX;
	closed.until = INT64_MIN;
	assert_int_equal(store_put_change(store, &closed, NULL, NULL), 0);
	assert_int_equal(store_intervals(store, &(struct store_scope){0}, add_times, &out, NULL),
			 0);
	assert_string_equal(buf_str(&out), "5000-5000 1099511627776-1099511627776 ");
	buf_free(&out);
}

static void network_file_system(void **state)
{
	struct storedir *dir = *state;
	char *wal = xasprintf("%s-wal", dir->path), *shm = xasprintf("%s-shm", dir->path);
	struct store *other;

	dir->setup.network = NETWORK_YES;
	storedir_open(dir, STORE_WRITE);
	assert_non_null(strstr(store_notice(dir->store), "is on a network's file system"));
	assert_int_equal(write_round(dir->store, 1, NULL), 0);
	assert_int_equal(access(wal, F_OK), -1);
	assert_int_equal(access(shm, F_OK), -1);
	other = storedir_try(dir, STORE_READ);
	assert_non_null(other);
	assert_int_equal(whole_round(other), 1);
	assert_int_equal(write_round(dir->store, 2, NULL), 0);
	assert_true(store_moved(other));
	assert_int_equal(whole_round(other), 2);
	store_close(other);
	/* Told once. */
	storedir_again(dir, STORE_WRITE);
	assert_null(store_notice(dir->store));
	/* A home that moves: to local disks, and back. */
	dir->setup.network = NETWORK_NO;
	storedir_again(dir, STORE_WRITE);
	assert_int_equal(write_round(dir->store, 3, NULL), 0);
	assert_int_equal(access(wal, F_OK), 0);
	dir->setup.network = NETWORK_YES;
	storedir_again(dir, STORE_WRITE);
	assert_int_equal(whole_round(dir->store), 3);
	assert_int_equal(write_round(dir->store, 4, NULL), 0);
	assert_int_equal(access(wal, F_OK), -1);
	storedir_again(dir, STORE_READ);
	assert_int_equal(whole_round(dir->store), 4);
	free(wal);
	free(shm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(killed_while_it_writes),
	    WITH(disk_is_full),
	    WITH(disk_fails),
	    WITH(file_may_not_grow),
	    WITH(limit_on_the_size_of_files),
	    WITH(folder_that_cannot_be_made),
	    WITH(folder_for_reading_only),
	    WITH(reading_where_there_is_nothing),
	    WITH(links_and_owners),
	    WITH(nobody_else_reads_it),
	    WITH(newer_store_is_left_alone),
	    WITH(other_programs_databases_are_left_alone),
	    WITH(garbage_is_moved_aside),
	    WITH(moved_aside_twice_on_a_day),
	    WITH(truncated_file_is_moved_aside),
	    WITH(truncated_within_a_page),
	    WITH(truncated_to_less_than_a_page),
	    WITH(damage_that_is_met_while_it_runs),
	    WITH(damage_that_a_reader_meets),
	    WITH(tables_that_are_not_ours),
	    WITH(column_that_is_not_there),
	    WITH(clock_that_jumps_back),
	    WITH(network_file_system),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
