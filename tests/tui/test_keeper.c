/* The keeper without a screen: who keeps the store, what of it may be used, what is written. */

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/fleet_recall.h"
#include "core/mem.h"
#include "tests/support/fakefleet.h"
#include "tests/support/gitfix.h"
#include "tui/file.h"
#include "tui/keeper.h"

enum { SERVICES = 8, HOUR = 3600, DAY = 24 * HOUR };

struct memory {
	struct cli cli;
	struct fleet *fleet;
	struct keeper *keeper;
};

static void memory_open(struct memory *memory, const char *root, const char *store, int64_t now)
{
	struct keeper_options options = {.cli = &memory->cli, .access = STORE_WRITE, .now = now};

	*memory = (struct memory){.cli = {.program = "svctop", .options.store = store}};
	memory->cli.config = config_default();
	memory->cli.checklist = checklist_builtin();
	memory->cli.roots = xcalloc(1, sizeof(*memory->cli.roots));
	memory->cli.roots[0] = xstrdup(root);
	memory->cli.root_count = 1;
	memory->fleet = fleet_new(memory->cli.checklist);
	memory->keeper = keeper_new(&options);
}

static void memory_close(struct memory *memory)
{
	keeper_free(memory->keeper);
	fleet_free(memory->fleet);
	cli_forget_files(&memory->cli);
}

static size_t recall(struct memory *memory)
{
	size_t shown = keeper_recall(memory->keeper, memory->fleet);

	while (!keeper_load(memory->keeper, NULL, 100))
		;
	return shown;
}

static void settle(struct memory *memory, int64_t now)
{
	fleet_settle(memory->fleet, now);
	keeper_settled(memory->keeper, now);
}

static void write_all(struct memory *memory)
{
	while (!keeper_write(memory->keeper, 100))
		;
}

static void scan(struct memory *memory, size_t number)
{
	struct checkout *checkout = fake_checkout(memory->cli.checklist, number);

	keeper_cause(memory->keeper, checkout);
	fleet_apply(memory->fleet, checkout);
	keeper_scanned(memory->keeper, checkout);
}

/* A store of SERVICES services below /src. */
static void fill(const char *store)
{
	struct memory memory;

	memory_open(&memory, "/src", store, FAKE_NOW);
	recall(&memory);
	for (size_t i = 0; i < SERVICES; i++)
		scan(&memory, i);
	keeper_whole(memory.keeper);
	settle(&memory, FAKE_NOW);
	write_all(&memory);
	assert_null(keeper_problem(memory.keeper));
	memory_close(&memory);
}

struct fix {
	char *dir, *store;
};

static int set_up(void **state)
{
	struct fix *fix = xcalloc(1, sizeof(*fix));

	fix->dir = gitfix_tmp();
	fix->store = xasprintf("%s/svctop.db", fix->dir);
	*state = fix;
	return 0;
}

static int tear_down(void **state)
{
	struct fix *fix = *state;

	gitfix_rmtree(fix->dir);
	free(fix->dir);
	free(fix->store);
	free(fix);
	return 0;
}

/* What of it may be used */

static void test_all_of_it_is_there_again(void **state)
{
	struct fix *fix = *state;
	struct memory memory;

	fill(fix->store);
	memory_open(&memory, "/src", fix->store, FAKE_NOW + HOUR);
	assert_int_equal(recall(&memory), SERVICES);
	settle(&memory, FAKE_NOW + HOUR); /* facts were there of all: it is whole */
	assert_false(fleet_is_recalled(memory.fleet));
	assert_int_equal(fleet_count(memory.fleet), SERVICES);
	/* nothing changed: ages are those of then, and nothing has to be written */
	assert_int_equal(fleet_at(memory.fleet, 0)->findings[0].since, FAKE_NOW);
	write_all(&memory);
	assert_int_equal(keeper_past_generation(memory.keeper), 0);
	memory_close(&memory);
}

static void test_of_other_roots_nothing_is_recalled(void **state)
{
	struct fix *fix = *state;
	struct memory memory;

	fill(fix->store);
	memory_open(&memory, "/elsewhere", fix->store, FAKE_NOW);
	assert_int_equal(recall(&memory), 0);
	memory_close(&memory);
	memory_open(&memory, "/src", fix->store, FAKE_NOW);
	assert_int_equal(recall(&memory), SERVICES);
	memory_close(&memory);
}

static void put_checkout(const char *store, const struct store_checkout *checkout)
{
	struct store_options options = {
	    .url = store, .access = STORE_WRITE, .version = VERSION, .now = FAKE_NOW};
	struct store *out = store_open(&options, NULL);

	assert_non_null(out);
	assert_int_equal(store_begin(out, NULL), 0);
	assert_int_equal(store_put_checkout(out, checkout, NULL), 0);
	assert_int_equal(store_commit(out, NULL), 0);
	store_close(out);
}

/* Rows are shown; facts that cannot be relied on are not, and until all is scanned rows stay. */
static void expect_scan(const char *store)
{
	struct memory memory;

	memory_open(&memory, "/src", store, FAKE_NOW);
	assert_int_equal(recall(&memory), SERVICES);
	settle(&memory, FAKE_NOW);
	assert_true(fleet_is_recalled(memory.fleet));
	assert_null(fleet_checkout(memory.fleet, "/src/checkout"));
	assert_non_null(fleet_checkout(memory.fleet, "/src/ledger"));
	scan(&memory, 0);
	keeper_whole(memory.keeper);
	settle(&memory, FAKE_NOW);
	assert_false(fleet_is_recalled(memory.fleet));
	assert_int_equal(fleet_count(memory.fleet), SERVICES);
	memory_close(&memory);
}

static void test_facts_of_another_checklist_are_not_used(void **state)
{
	struct fix *fix = *state;

	fill(fix->store);
	put_checkout(fix->store, &(struct store_checkout){.path = "/src/checkout",
							  .resolved = "x",
							  .scanned_with = "another",
							  .scanned_at = FAKE_NOW,
							  .facts = "x",
							  .facts_len = 1});
	expect_scan(fix->store);
}

static void put_facts(const char *store, const void *bytes, size_t len)
{
	struct checklist *checklist = checklist_builtin();
	char *scanned_with = keeper_scanned_with(checklist);

	put_checkout(store, &(struct store_checkout){.path = "/src/checkout",
						     .resolved = "x",
						     .scanned_with = scanned_with,
						     .scanned_at = FAKE_NOW,
						     .facts = bytes,
						     .facts_len = len});
	free(scanned_with);
	checklist_free(checklist);
}

static void test_facts_that_are_none_are_not_used(void **state)
{
	struct fix *fix = *state;

	fill(fix->store);
	put_facts(fix->store, "no checkout", 11);
	expect_scan(fix->store);
}

/* Whoever wrote the file may say of one checkout what holds for another one. */
static void test_facts_of_another_path_are_not_used(void **state)
{
	struct fix *fix = *state;
	struct checklist *checklist = checklist_builtin();
	struct checkout *other = fake_checkout(checklist, 1);
	struct buf facts = {0};

	fill(fix->store);
	checkout_encode(other, &facts);
	put_facts(fix->store, facts.data, facts.len);
	expect_scan(fix->store);
	buf_free(&facts);
	checkout_free(other);
	checklist_free(checklist);
}

/* A file that is named by mistake stays what it is. */
static void test_other_files_are_left_alone(void **state)
{
	struct fix *fix = *state;
	char *notes = xasprintf("%s/notes.txt", fix->dir);
	struct memory memory;
	struct buf text = {0};

	gitfix_write(fix->dir, "notes.txt", "buy milk\n");
	memory_open(&memory, "/src", notes, FAKE_NOW);
	assert_non_null(keeper_problem(memory.keeper));
	assert_non_null(strstr(keeper_problem(memory.keeper)->what, "no store of svctop's"));
	assert_null(keeper_store(memory.keeper));
	recall(&memory);
	scan(&memory, 1);
	keeper_whole(memory.keeper);
	settle(&memory, FAKE_NOW);
	write_all(&memory);
	memory_close(&memory);
	assert_int_equal(file_read(notes, 100, &text, NULL), 0);
	assert_string_equal(buf_str(&text), "buy milk\n");
	/* Nor is there any waiting for whoever would write into a pipe. */
	assert_int_equal(remove(notes), 0);
	assert_int_equal(mkfifo(notes, 0600), 0);
	memory_open(&memory, "/src", notes, FAKE_NOW);
	assert_non_null(keeper_problem(memory.keeper));
	memory_close(&memory);
	buf_free(&text);
	free(notes);
}

/* Who keeps it */

/* Another process that keeps the store of these roots until it is killed. */
static pid_t other_keeper(const char *root, const char *store)
{
	int ready[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		struct memory memory;

		memory_open(&memory, root, store, FAKE_NOW);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_whoever_follows_takes_over(void **state)
{
	struct fix *fix = *state;
	struct memory memory;
	pid_t other;

	fill(fix->store);
	other = other_keeper("/src", fix->store);
	memory_open(&memory, "/src", fix->store, FAKE_NOW);
	assert_true(keeper_follows(memory.keeper));
	assert_null(keeper_problem(memory.keeper));
	assert_false(keeper_is_shut_out(memory.keeper));
	assert_int_equal(recall(&memory), SERVICES);
	assert_false(keeper_tick(memory.keeper, FAKE_NOW + 60));
	assert_true(keeper_follows(memory.keeper));
	end(other);
	assert_true(keeper_tick(memory.keeper, FAKE_NOW + 120));
	assert_false(keeper_follows(memory.keeper));
	assert_non_null(keeper_notice(memory.keeper));
	keeper_heard(memory.keeper);
	assert_null(keeper_notice(memory.keeper));
	memory_close(&memory);
}

static void test_nothing_is_written_into_another_ones(void **state)
{
	struct fix *fix = *state;
	struct memory memory;
	pid_t other;

	fill(fix->store);
	other = other_keeper("/elsewhere", fix->store);
	memory_open(&memory, "/src", fix->store, FAKE_NOW);
	assert_false(keeper_follows(memory.keeper));
	assert_true(keeper_is_shut_out(memory.keeper));
	assert_non_null(strstr(keeper_notice(memory.keeper), "nothing of this run is kept"));
	assert_int_equal(recall(&memory), SERVICES); /* what is known of ours may be shown */
	settle(&memory, FAKE_NOW);
	scan(&memory, SERVICES);
	settle(&memory, FAKE_NOW);
	write_all(&memory);
	memory_close(&memory);
	end(other);
	memory_open(&memory, "/src", fix->store, FAKE_NOW);
	assert_int_equal(recall(&memory), SERVICES);
	memory_close(&memory);
}

/* Faults while it runs */

static void test_a_store_that_was_replaced_is_filled_anew(void **state)
{
	struct fix *fix = *state;
	struct memory memory;

	fill(fix->store);
	memory_open(&memory, "/src", fix->store, FAKE_NOW);
	recall(&memory);
	settle(&memory, FAKE_NOW);
	write_all(&memory);
	assert_int_equal(unlink(fix->store), 0);
	scan(&memory, SERVICES);
	settle(&memory, FAKE_NOW);
	for (int i = 0; i < 3; i++)
		write_all(&memory);
	assert_null(keeper_problem(memory.keeper));
	memory_close(&memory);
	memory_open(&memory, "/src", fix->store, FAKE_NOW);
	assert_int_equal(recall(&memory), SERVICES + 1);
	memory_close(&memory);
}

/* git's history in the background: this program, which says nothing and ends */

static void wait_for_past(struct memory *memory, int64_t now)
{
	for (int i = 0; keeper_works_past(memory->keeper) && i < 2000; i++) {
		usleep(10000);
		keeper_tick(memory->keeper, now);
	}
	assert_false(keeper_works_past(memory->keeper));
}

static bool starts_past(const char *store, int64_t now)
{
	struct memory memory;
	bool started;

	memory_open(&memory, "/src", store, now);
	recall(&memory);
	settle(&memory, now);
	write_all(&memory);
	keeper_tick(memory.keeper, now);
	started = keeper_works_past(memory.keeper);
	wait_for_past(&memory, now);
	memory_close(&memory);
	return started;
}

static void put_history(const char *store, const char *roots, int64_t until)
{
	struct store_options options = {
	    .url = store, .access = STORE_WRITE, .version = VERSION, .now = until};
	struct checklist *checklist = checklist_builtin();
	char *scanned_with = keeper_scanned_with(checklist);
	struct store_history history = {.since = until - 365 * DAY,
					.until = until,
					.scanned_with = scanned_with,
					.roots = roots};
	struct store *out = store_open(&options, NULL);

	assert_non_null(out);
	assert_int_equal(store_begin(out, NULL), 0);
	assert_int_equal(store_put_history(out, &history, NULL, 0, NULL), 0);
	assert_int_equal(store_commit(out, NULL), 0);
	store_close(out);
	free(scanned_with);
	checklist_free(checklist);
}

static void test_the_past_is_worked_out_when_it_is_missing_or_old(void **state)
{
	struct fix *fix = *state;

	fill(fix->store);
	assert_true(starts_past(fix->store, FAKE_NOW)); /* never done */
	put_history(fix->store, "/src", FAKE_NOW);
	assert_false(starts_past(fix->store, FAKE_NOW + 2 * HOUR));
	assert_true(starts_past(fix->store, FAKE_NOW + DAY + HOUR));
	put_history(fix->store, "/elsewhere", FAKE_NOW);
	assert_true(starts_past(fix->store, FAKE_NOW));
}

/* Names */

struct seen {
	int64_t from;
	size_t count;
};

static void see(void *ctx, const struct interval *interval, enum interval_origin origin)
{
	struct seen *seen = ctx;

	(void)origin;
	seen->from = interval->from;
	seen->count++;
}

static struct seen open_of(struct memory *memory, const char *service)
{
	const struct store_scope scope = {.service = service, .check = "owner", .open = true};
	struct seen seen = {0};

	store_intervals(keeper_store(memory->keeper), &scope, see, &seen, NULL);
	return seen;
}

/* A scan says that the service of /src/one is called so. */
static void name_it(struct memory *memory, const char *name, int64_t now)
{
	struct checkout *checkout = checkout_new("/src/one");
	struct descriptor *d = arena_alloc(checkout->arena, sizeof(*d));

	*d = (struct descriptor){.format = "service.yml", .subdir = "", .at = {"service.yml", 1}};
	d->name.value = name;
	checkout->descriptors = d;
	checkout->descriptor_count = 1;
	fleet_apply(memory->fleet, checkout);
	keeper_scanned(memory->keeper, checkout);
	keeper_whole(memory->keeper);
	settle(memory, now);
	write_all(memory);
}

static void test_a_new_name_keeps_its_age(void **state)
{
	struct fix *fix = *state;
	struct memory memory;
	struct seen seen;

	memory_open(&memory, "/src", fix->store, FAKE_NOW);
	recall(&memory);
	name_it(&memory, "pay", FAKE_NOW);
	name_it(&memory, "payments", FAKE_NOW + 10 * DAY);
	memory_close(&memory);
	memory_open(&memory, "/src", fix->store, FAKE_NOW + 20 * DAY);
	recall(&memory);
	assert_int_equal(open_of(&memory, "pay").count, 0);
	seen = open_of(&memory, "payments");
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.from, FAKE_NOW);
	memory_close(&memory);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_all_of_it_is_there_again, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_of_other_roots_nothing_is_recalled, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(test_facts_of_another_checklist_are_not_used, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(test_facts_that_are_none_are_not_used, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(test_facts_of_another_path_are_not_used, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(test_other_files_are_left_alone, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_whoever_follows_takes_over, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_nothing_is_written_into_another_ones, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(test_a_store_that_was_replaced_is_filled_anew, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(test_the_past_is_worked_out_when_it_is_missing_or_old,
					    set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_a_new_name_keeps_its_age, set_up, tear_down),
	};

	if (argc > 1 && !strcmp(argv[1], "history"))
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
