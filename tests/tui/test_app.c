/*
 * The dashboard in a terminal: this program starts itself in a pty, with --app, and
 * looks at the screen, the bytes and what is left behind.
 */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "core/mem.h"
#include "tests/support/fakefleet.h"
#include "tests/support/term.h"
#include "tui/app.h"

/* The program under test: --app COUNT [theme|-] [ascii] [script] */
static int run_app(int argc, char **argv)
{
	struct checklist *checklist = checklist_builtin();
	struct fleet *fleet = fake_fleet(checklist, (size_t)strtoul(argv[2], NULL, 10));
	static const char *const roots[] = {"~/src"};
	struct err err = {0};
	struct app_options options = {
	    .fleet = fleet,
	    .roots = roots,
	    .root_count = 1,
	    .now = getenv("FAKE_CLOCK") ? FAKE_NOW : 0,
	    .config_dir = getenv("FAKE_CONFIG"),
	    .theme = argc > 3 && strcmp(argv[3], "-") != 0 ? argv[3] : NULL,
	    .ascii = argc > 4 && strcmp(argv[4], "ascii") == 0,
	    .script = argc > 5 ? argv[5] : NULL,
	};
	int code = app_run(&options, &err);
	if (err.what) {
		char *line = err_line(&err);
		fprintf(stderr, "%s\n", line);
		free(line);
	}
	err_clear(&err);
	fleet_free(fleet);
	checklist_free(checklist);
	return code;
}

/* Starting it */

static char self[4096];

static struct term *start(const char *count, const char *theme, const char *const env[], int rows,
			  int cols)
{
	const char *argv[] = {self, "--app", count, theme, NULL};
	const char *clock[] = {"FAKE_CLOCK=1", NULL};
	return term_start((char *const *)argv, (char *const *)(env ? env : clock), rows, cols);
}

static struct term *started(int rows, int cols)
{
	struct term *term = start("200", "-", NULL, rows, cols);
	assert_true(term_expect(term, "svctop"));
	assert_true(term_expect(term, "q quit"));
	assert_true(term_wait_quiet(term, 60, TERM_PATIENCE));
	return term;
}

static void stop(struct term *term)
{
	term_send(term, "Q");
	assert_int_equal(term_wait_exit(term, TERM_PATIENCE), 0);
	assert_null(term_unrestored(term));
	term_free(term);
}

/* The text of the row that the cursor is on. */
static const char *cursor_row(struct term *term)
{
	int row;
	assert_true(term_find(term, "▌", &row, NULL));
	return term_row(term, row);
}

static bool wrote(struct term *term, void *arg)
{
	(void)arg;
	return term_bytes(term) > 0;
}

/* Types keys that change something, and waits for all of the answer. */
static void type(struct term *term, const char *keys)
{
	term_mark(term);
	term_send(term, keys);
	assert_true(term_wait(term, wrote, NULL, TERM_PATIENCE));
	assert_true(term_wait_quiet(term, 60, TERM_PATIENCE));
}

/* What is on the screen */

static void first_screen(void **state)
{
	(void)state;
	struct term *term = started(24, 80);
	/* the palette is the person's: no OSC 4, no OSC 104 */
	assert_null(strstr(term_raw(term, NULL), "\033]"));
	assert_true(term_find(term, "svctop › services", NULL, NULL));
	assert_true(term_find(term, "195 services, 5 not readable", NULL, NULL));
	assert_true(term_find(term, "reach their tier", NULL, NULL));
	assert_true(term_find(term, "GAPS", NULL, NULL));
	assert_non_null(strstr(term_row(term, 23), "? help"));
	stop(term);
}

static void nothing_to_show(void **state)
{
	(void)state;
	struct term *term = start("0", "-", NULL, 24, 80);
	assert_true(term_expect(term, "No checkouts under ~/src"));
	assert_true(term_expect(term, "svctop demo"));
	stop(term);
}

static void too_small(void **state)
{
	(void)state;
	struct term *term = start("10", "-", NULL, 11, 80);
	assert_true(term_expect(term, "svctop needs 40x12"));
	assert_string_equal(term_row(term, 1), "");
	term_resize(term, 12, 40);
	assert_true(term_expect(term, "services"));
	stop(term);
}

static void resizing(void **state)
{
	(void)state;
	struct term *term = started(24, 80);
	assert_false(term_find(term, "LANGUAGES", NULL, NULL));
	term_resize(term, 40, 130);
	assert_true(term_expect(term, "LANGUAGES"));
	term_resize(term, 12, 40);
	assert_true(term_wait_gone(term, "LAST", TERM_PATIENCE));
	assert_true(term_find(term, "SERVICE", NULL, NULL));
	stop(term);
}

static void detail_beside(void **state)
{
	(void)state;
	struct term *term = started(50, 200);
	assert_true(term_find(term, "TIER 1", NULL, NULL));
	assert_true(term_find(term, "│", NULL, NULL));
	stop(term);
}

/* Keys */

static void cursor_keeps_its_place(void **state)
{
	(void)state;
	struct term *term = started(24, 80);
	type(term, "jjjj");
	char *before = xstrdup(cursor_row(term));
	term_send(term, "\r");
	assert_true(term_expect(term, "TIER 1"));
	type(term, "q");
	assert_true(term_expect(term, "GAPS"));
	assert_string_equal(cursor_row(term), before);
	/* By name the rows stand elsewhere; the cursor is on the same service. */
	char name[20];
	snprintf(name, sizeof(name), "%.15s", before + strlen("▌") + 2);
	name[strcspn(name, " ")] = '\0';
	type(term, "S");
	assert_true(term_expect(term, "by name"));
	assert_non_null(strstr(cursor_row(term), name));
	free(before);
	stop(term);
}

static void filtering(void **state)
{
	(void)state;
	struct term *term = started(24, 80);
	term_send(term, "/bill");
	assert_true(term_expect(term, "/bill"));
	assert_true(term_wait_gone(term, "ledger", TERM_PATIENCE));
	assert_true(term_find(term, "billing", NULL, NULL));
	term_send(term, "zzz");
	assert_true(term_expect(term, "No service is like that"));
	assert_true(term_find(term, "press * to see all of them", NULL, NULL));
	term_send(term, "\r*");
	assert_true(term_expect(term, "ledger"));
	term_send(term, "/onwer:x");
	assert_true(term_expect(term, "did you mean owner:"));
	term_send(term, "\033");
	assert_true(term_wait_gone(term, "onwer", TERM_PATIENCE));
	stop(term);
}

/* A paste of keys must not act as keys. */
static void pasting(void **state)
{
	(void)state;
	struct term *term = started(24, 80);
	type(term, "\033[200~Q\r\033[201~j");
	assert_int_equal(term_wait_exit(term, 0), -1);
	term_send(term, "/\033[200~bill\ning\033[201~");
	assert_true(term_expect(term, "/bill ing"));
	term_send(term, "\033");
	stop(term);
}

static void help_and_command_line(void **state)
{
	(void)state;
	struct term *term = started(30, 80);
	term_send(term, "?");
	assert_true(term_expect(term, "open what the cursor is on"));
	term_send(term, "q:the\t");
	assert_true(term_expect(term, ":theme"));
	term_send(term, "mono\r:nonsense\r");
	assert_true(term_expect(term, "there is no command 'nonsense'"));
	term_send(term, ":quit\r");
	assert_int_equal(term_wait_exit(term, TERM_PATIENCE), 0);
	term_free(term);
}

static void esc_alone_is_prompt(void **state)
{
	(void)state;
	struct term *term = started(24, 80);
	term_send(term, "?");
	assert_true(term_expect(term, "open what"));
	term_send(term, "\033");
	assert_true(term_wait_gone(term, "open what", TERM_PATIENCE));
	/* At the top it does not quit. */
	term_send(term, "\033");
	type(term, "j");
	assert_int_equal(term_wait_exit(term, 0), -1);
	stop(term);
}

static void mouse(void **state)
{
	(void)state;
	struct term *term = started(24, 80);
	assert_null(strstr(term_raw(term, NULL), "1000h"));
	term_send(term, "m");
	assert_true(term_expect(term, "mouse on"));
	assert_non_null(strstr(term_raw(term, NULL), "1000h"));
	type(term, "\033[<0;10;6M\033[<0;10;6m");
	int row;
	assert_true(term_find(term, "▌", &row, NULL));
	assert_int_equal(row, 5);
	stop(term);
}

static void yanking(void **state)
{
	(void)state;
	struct term *term = started(24, 80);
	term_mark(term);
	type(term, "y");
	assert_true(term_expect(term, "copied: "));
	assert_non_null(strstr(term_raw(term, NULL), "\033]52;c;"));
	stop(term);
}

/* Terminals */

static bool any_colour(struct term *term)
{
	for (int row = 0; row < term_rows(term); row++)
		for (int col = 0; col < term_cols(term); col++) {
			struct term_cell cell = term_cell(term, row, col);
			if (cell.fg.kind != TERM_COLOR_DEFAULT ||
			    cell.bg.kind != TERM_COLOR_DEFAULT)
				return true;
		}
	return false;
}

static void colours(void **state)
{
	(void)state;
	const char *none[] = {"NO_COLOR=1", "FAKE_CLOCK=1", NULL};
	const char *vt100[] = {"TERM=vt100", "FAKE_CLOCK=1", NULL};
	struct term *term = started(24, 80);
	assert_true(any_colour(term));
	stop(term);
	term = start("50", "dusk", none, 24, 80);
	assert_true(term_expect(term, "q quit"));
	assert_false(any_colour(term));
	stop(term);
	term = start("50", "dusk", vt100, 24, 80);
	assert_true(term_expect(term, "q quit"));
	assert_false(any_colour(term));
	term_send(term, "Q");
	assert_int_equal(term_wait_exit(term, TERM_PATIENCE), 0);
	term_free(term);
}

static void unknown_terminal(void **state)
{
	(void)state;
	const char *env[] = {"TERM=never-heard-of", "FAKE_CLOCK=1", NULL};
	struct term *term = start("10", "-", env, 24, 80);
	assert_true(term_expect(term, "q quit"));
	stop(term);
}

static void plain_locale(void **state)
{
	(void)state;
	const char *env[] = {"LC_ALL=C", "FAKE_CLOCK=1", NULL};
	struct term *term = start("20", "-", env, 24, 80);
	assert_true(term_expect(term, "svctop > services"));
	size_t len;
	const char *raw = term_raw(term, &len);
	assert_true(len > 500);
	for (size_t i = 0; i < len; i++)
		assert_true((unsigned char)raw[i] < 0x80);
	stop(term);
}

/* The person's own files */

static void write_file(const char *dir, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	free(path);
}

static void remove_file(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	assert_int_equal(remove(path), 0);
	free(path);
}

static bool red_title(struct term *term, void *arg)
{
	(void)arg;
	struct term_cell cell = term_cell(term, 0, 1);
	return cell.fg.kind == TERM_COLOR_INDEXED && cell.fg.index == 9;
}

static bool file_taken_up(struct term *term, void *arg)
{
	term_send(term, "\014"); /* files are looked at with a key */
	return red_title(term, arg);
}

static void own_files_are_taken_up(void **state)
{
	(void)state;
	char dir[] = "/tmp/svctop-app-XXXXXX", env0[64], themes[64];
	assert_non_null(mkdtemp(dir));
	snprintf(env0, sizeof(env0), "FAKE_CONFIG=%s", dir);
	snprintf(themes, sizeof(themes), "%s/themes", dir);
	assert_int_equal(mkdir(themes, 0700), 0);
	write_file(dir, "keys.yml", "help: H\nopen: nonsense-key\n");
	write_file(dir, "themes/mine.yaml", "roles:\n  title: \"green\"\n");
	const char *env[] = {env0, "FAKE_CLOCK=1", NULL};
	struct term *term = start("20", "mine", env, 24, 80);
	/* a mistake is shown with its place, and locks nobody out */
	assert_true(term_expect(term, "keys.yml:2"));
	term_send(term, "?");
	assert_true(term_expect(term, "open what the cursor is on"));
	term_send(term, "q");
	write_file(dir, "themes/mine.yaml", "roles:\n  title: \"bright-red bold\"\n");
	write_file(dir, "keys.yml", "help: H\n");
	assert_true(term_wait(term, file_taken_up, NULL, TERM_PATIENCE));
	term_send(term, "H");
	assert_true(term_expect(term, "open what the cursor is on"));
	stop(term);
	remove_file(dir, "themes/mine.yaml");
	remove_file(dir, "keys.yml");
	remove_file(dir, "themes");
	remove_file(dir, "");
}

/* Budgets at 40x120: docs/performance.md */

/*
 * At most two writes. The kernel hands a terminal's output on in pieces of 2 KB, so a
 * large frame may arrive in more pieces than it was writes.
 */
static void assert_few_writes(struct term *term)
{
	assert_in_range(term_bursts(term), 1, 2 + (int)(term_bytes(term) / 2048));
}

static void budgets(void **state)
{
	(void)state;
	struct term *term = started(40, 120);
	for (int i = 0; i < 5; i++) {
		type(term, "j");
		assert_in_range(term_bytes(term), 1, 400);
		assert_few_writes(term);
	}
	type(term, "G");
	type(term, "g");
	assert_few_writes(term);
	type(term, "\014");
	assert_in_range(term_bytes(term), 2000, 6144);
	stop(term);
}

/* The same in the other panes, full ones. */
static void budgets_of_panes(void **state)
{
	(void)state;
	static const char *const panes[] = {"a", "v", "v", "t", "s\r"};
	struct term *term = started(40, 120);
	for (size_t i = 0; i < ARRAY_LEN(panes); i++) {
		type(term, panes[i]);
		type(term, "j");
		for (int key = 0; key < 3; key++) {
			type(term, "j");
			assert_in_range(term_bytes(term), 1, 400);
			assert_few_writes(term);
		}
		type(term, "\014");
		assert_in_range(term_bytes(term), 1500, 6144);
		assert_few_writes(term);
	}
	stop(term);
}

/* Cursor keys of terminals that know no application mode are no Esc. */
static void cursor_keys_either_way(void **state)
{
	(void)state;
	struct term *term = started(24, 80);
	char *first = xstrdup(cursor_row(term));
	type(term, "\033[B");
	char *second = xstrdup(cursor_row(term));
	assert_string_not_equal(first, second);
	type(term, "\033OA");
	assert_string_equal(cursor_row(term), first);
	type(term, "\033OB");
	assert_string_equal(cursor_row(term), second);
	free(first);
	free(second);
	stop(term);
}

static long context_switches(int pid)
{
	char path[64], line[256];
	long count = -1;
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "voluntary_ctxt_switches: %ld", &count) == 1)
			break;
	if (file)
		fclose(file);
	return count;
}

static void idle(void **state)
{
	(void)state;
	struct term *term = started(40, 120);
	assert_true(term_wait_quiet(term, 300, TERM_PATIENCE));
	long before = context_switches(term_pid(term));
	term_mark(term);
	assert_false(term_wait_text(term, "never there", 1500));
	assert_int_equal(term_bytes(term), 0);
	if (before >= 0)
		assert_int_equal(context_switches(term_pid(term)), before);
	stop(term);
}

/* The terminal comes back */

static void ends_with(int number, int code)
{
	struct term *term = started(24, 80);
	term_send(term, "m");
	assert_true(term_expect(term, "mouse on"));
	term_signal(term, number);
	assert_int_equal(term_wait_exit(term, TERM_PATIENCE), code);
	assert_null(term_unrestored(term));
	term_free(term);
}

static void restored_after_signals(void **state)
{
	(void)state;
	ends_with(SIGTERM, 143);
	ends_with(SIGHUP, 129);
	ends_with(SIGINT, 130);
	ends_with(SIGQUIT, 131);
}

static void restored_after_crashes(void **state)
{
	(void)state;
	ends_with(SIGABRT, 128 + SIGABRT);
	ends_with(SIGSEGV, 128 + SIGSEGV);
	ends_with(SIGBUS, 128 + SIGBUS);
	ends_with(SIGFPE, 128 + SIGFPE);
	ends_with(SIGILL, 128 + SIGILL);
}

static void control_c(void **state)
{
	(void)state;
	struct term *term = started(24, 80);
	term_send(term, "\003");
	assert_int_equal(term_wait_exit(term, TERM_PATIENCE), 130);
	assert_null(term_unrestored(term));
	term_free(term);
}

static void continued(void **state)
{
	(void)state;
	struct term *term = started(24, 80);
	term_signal(term, SIGSTOP);
	term_mark(term);
	term_signal(term, SIGCONT);
	assert_true(term_wait(term, wrote, NULL, TERM_PATIENCE));
	assert_true(term_wait_quiet(term, 100, TERM_PATIENCE));
	assert_true(term_bytes(term) > 1000); /* drawn anew */
	type(term, "j");
	stop(term);
}

/* Under a shell with job control, as ^Z is used. */
static void suspended(void **state)
{
	(void)state;
	const char *argv[] = {"bash", "--norc", "--noprofile", "-i", NULL};
	const char *env[] = {"PS1=ready> ", "FAKE_CLOCK=1", NULL};
	char *command = xasprintf("'%s' --app 20 -\r", self);
	struct term *term = term_start((char *const *)argv, (char *const *)env, 24, 80);
	assert_true(term_expect(term, "ready>"));
	term_send(term, command);
	assert_true(term_expect(term, "q quit"));
	term_send(term, "\032");
	assert_true(term_expect(term, "Stopped"));
	assert_true(term_wait_gone(term, "q quit", TERM_PATIENCE));
	assert_false(term_alternate(term));
	term_send(term, "fg\r");
	assert_true(term_expect(term, "q quit"));
	type(term, "j");
	term_send(term, "Q");
	assert_true(term_expect(term, "ready> fg"));
	term_send(term, "exit\r");
	assert_int_equal(term_wait_exit(term, TERM_PATIENCE), 0);
	term_free(term);
	free(command);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(first_screen),
	    cmocka_unit_test(nothing_to_show),
	    cmocka_unit_test(too_small),
	    cmocka_unit_test(resizing),
	    cmocka_unit_test(detail_beside),
	    cmocka_unit_test(cursor_keeps_its_place),
	    cmocka_unit_test(filtering),
	    cmocka_unit_test(pasting),
	    cmocka_unit_test(help_and_command_line),
	    cmocka_unit_test(esc_alone_is_prompt),
	    cmocka_unit_test(mouse),
	    cmocka_unit_test(yanking),
	    cmocka_unit_test(colours),
	    cmocka_unit_test(unknown_terminal),
	    cmocka_unit_test(plain_locale),
	    cmocka_unit_test(own_files_are_taken_up),
	    cmocka_unit_test(budgets),
	    cmocka_unit_test(budgets_of_panes),
	    cmocka_unit_test(cursor_keys_either_way),
	    cmocka_unit_test(idle),
	    cmocka_unit_test(restored_after_signals),
	    cmocka_unit_test(restored_after_crashes),
	    cmocka_unit_test(control_c),
	    cmocka_unit_test(continued),
	    cmocka_unit_test(suspended),
	};
	if (argc > 2 && strcmp(argv[1], "--app") == 0)
		return run_app(argc, argv);
	if (!realpath(argv[0], self))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
