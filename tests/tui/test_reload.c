/* Configuration and checklist that change while the dashboard runs. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "core/mem.h"
#include "tests/support/gitfix.h"
#include "tests/support/term.h"

#define ITEM(id)                                                                                   \
	"  - {id: " id ", tier: 4, title: T, why: w, close: c, pass: {files: [" id ".md]}}\n"

static const char one_item[] = "schema: 1\nname: test\nchecks:\n" ITEM("first");
static const char two_items[] = "schema: 1\nname: test\nchecks:\n" ITEM("first") ITEM("second");
static const char broken[] = "schema: 1\nname: test\nchekcs:\n";

struct fixture {
	char *dir, *config;
	struct term *term;
};

/* A file's size or time must differ from before for the change to be seen at all. */
static void change(struct fixture *fix, const char *name, const char *text)
{
	gitfix_write(fix->dir, name, text);
}

static int set_up(void **state)
{
	struct fixture *fix = xcalloc(1, sizeof(*fix));
	struct gitfix *repo;
	char *src;

	fix->dir = gitfix_tmp();
	fix->config = xasprintf("%s/config.yml", fix->dir);
	gitfix_write(fix->dir, "config.yml", "# nothing yet\n");
	gitfix_write(fix->dir, "checklist.yml", one_item);
	gitfix_write(fix->dir, "src/readme.txt", "checkouts\n");
	src = xasprintf("%s/src", fix->dir);
	repo = gitfix_new(src, "shop");
	gitfix_file(repo, "service.yml", "name: shop\ntier: 4\n");
	gitfix_commit(repo, "First");
	gitfix_free(repo);
	char program[] = "svctop", option[] = "--config";
	char *const argv[] = {program, option, fix->config, src, NULL};

	fix->term = term_start(argv, NULL, 24, 80);
	free(src);
	*state = fix;
	return term_expect(fix->term, "1 of 1 measured") ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *fix = *state;

	term_free(fix->term);
	gitfix_rmtree(fix->dir);
	free(fix->dir);
	free(fix->config);
	free(fix);
	return 0;
}

/* Files are looked at with a key press, at most once a second: press until it is there. */
static bool press_until(struct term *term, const char *text)
{
	for (int i = 0; i < 40; i++) {
		term_send(term, "j");
		if (term_wait_text(term, text, 500))
			return true;
	}
	return false;
}

static void a_changed_checklist_is_taken_up(void **state)
{
	struct fixture *fix = *state;

	change(fix, "checklist.yml", two_items);
	assert_true(press_until(fix->term, "2 of 2 measured"));
	assert_true(term_alternate(fix->term));
	term_send(fix->term, "q");
	assert_int_equal(term_wait_exit(fix->term, TERM_PATIENCE), 0);
}

static void a_broken_one_is_shown_and_changes_nothing(void **state)
{
	struct fixture *fix = *state;

	change(fix, "checklist.yml", broken);
	assert_true(press_until(fix->term, "checklist.yml:3"));
	assert_true(term_find(fix->term, "1 of 1 measured", NULL, NULL));
	change(fix, "checklist.yml", two_items);
	assert_true(press_until(fix->term, "2 of 2 measured"));
}

static void a_changed_configuration_is_taken_up(void **state)
{
	struct fixture *fix = *state;

	assert_true(term_find(fix->term, "\xe2\x80\xba", NULL, NULL));
	change(fix, "config.yml", "ascii: true\n");
	assert_true(press_until(fix->term, "svctop > services"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_changed_checklist_is_taken_up, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_broken_one_is_shown_and_changes_nothing, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(a_changed_configuration_is_taken_up, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
