/* Scripts, and with them the app without a terminal: the same script gives the same bytes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/mem.h"
#include "tests/support/fakefleet.h"
#include "tui/app.h"
#include "tui/file.h"
#include "tui/script.h"

static struct checklist *checklist;
static struct fleet *fleet;
static char dir[] = "/tmp/svctop-script-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	checklist = checklist_builtin();
	fleet = fake_fleet(checklist, 60);
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	fleet_free(fleet);
	checklist_free(checklist);
	return rmdir(dir);
}

static char *path_of(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

static char *contents(const char *name)
{
	struct buf text = {0};
	char *path = path_of(name);
	assert_int_equal(file_read(path, 4 << 20, &text, NULL), 0);
	unlink(path);
	free(path);
	return buf_detach(&text);
}

/* Plays a script whose saves go to dir (%s). */
static int play(const char *script, struct err *err)
{
	char *path = path_of("script"), *old = getcwd(NULL, 0);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	fputs(script, file);
	fclose(file);
	struct app_options options = {.fleet = fleet, .script = path, .now = FAKE_NOW, .utc = true};
	assert_int_equal(chdir(dir), 0);
	int code = app_run(&options, err);
	assert_int_equal(chdir(old), 0);
	unlink(path);
	free(path);
	free(old);
	return code;
}

static void must_play(const char *script)
{
	struct err err = {0};
	int code = play(script, &err);
	if (code != 0)
		fail_msg("%d %s: %s", code, err.where ? err.where : "", err.what ? err.what : "");
}

static void saves_text_and_picture(void **state)
{
	(void)state;
	must_play("# a comment\n"
		  "resize 30x100\n"
		  "keys j j\n"
		  "save a.txt\n"
		  "save-svg a.svg\n");
	char *text = contents("a.txt"), *svg = contents("a.svg");
	assert_non_null(strstr(text, "svctop › services"));
	size_t lines = 0;
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 30);
	assert_int_equal(strncmp(svg, "<svg ", 5), 0);
	assert_non_null(strstr(svg, "services"));
	assert_non_null(strstr(svg, "</svg>\n"));
	free(text);
	free(svg);
}

static void same_bytes_each_time(void **state)
{
	(void)state;
	static const char script[] = "theme dusk\nkeys S S f\nsave-svg a.svg\nkeys a\nsave a.txt\n";
	must_play(script);
	char *svg = contents("a.svg"), *text = contents("a.txt");
	must_play(script);
	char *svg_again = contents("a.svg"), *text_again = contents("a.txt");
	assert_string_equal(svg, svg_again);
	assert_string_equal(text, text_again);
	free(svg);
	free(text);
	free(svg_again);
	free(text_again);
}

static void every_pane_opens(void **state)
{
	(void)state;
	must_play("wait services\nkeys enter\nwait TIER\nkeys esc a\nwait gaps\nkeys v v\n"
		  "keys t\nwait COVERAGE\nkeys ? esc -\nkeys tab tab s-tab\n"
		  "type :show billing-1\nkeys enter\nwait billing-1\nexpect svctop\n"
		  "resize 12x40\nkeys s\nexpect services\nresize 5x20\nexpect svctop needs\nquit\n"
		  "expect never asked\n");
}

/* Any keys at any size: nothing crashes, and it can be left. */
static void all_keys_at_all_sizes(void **state)
{
	(void)state;
	struct buf script = {0};
	static const char *const sizes[] = {"12x40", "24x80", "60x200", "1x1", "13x41"};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		buf_addf(&script, "resize %s\n", sizes[i]);
		for (const char *pane = "sat"; *pane; pane++) {
			buf_addf(&script, "keys %c\n", *pane);
			for (int key = '!'; key <= '~'; key++)
				if (!strchr("qQ:/oye#", key))
					buf_addf(&script, "keys %c\n", key);
			buf_adds(&script, "keys enter enter esc pgdn pgup home end up down left "
					  "right tab s-tab ^d ^u ^l space\n");
			buf_adds(&script, "keys /\ntype x:1 é\nkeys esc *\n");
		}
	}
	must_play(buf_str(&script));
	buf_free(&script);
}

static void mistakes_name_their_line(void **state)
{
	(void)state;
	static const struct {
		const char *text, *what;
	} cases[] = {
	    {"keys j\npress k\n", "there is no command 'press'"},
	    {"\nkeys j hyper-k\n", "there is no key 'hyper-k'"},
	    {"# x\nresize 24\n", "this is no size: '24'"},
	    {"quit\nresize 0x0\n", "this is no size"},
	    {"quit\nsave\n", "something must follow 'save'"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = {0};
		assert_null(script_parse("s", cases[i].text, strlen(cases[i].text), &err));
		assert_string_equal(err.where, "s:2");
		assert_non_null(strstr(err.what, cases[i].what));
		err_clear(&err);
	}
	struct err err = {0};
	assert_int_equal(play("expect no such words\n", &err), 2);
	assert_non_null(strstr(err.what, "the screen has not"));
	err_clear(&err);
	assert_int_equal(play("save /no/such/dir/x\n", &err), 2);
	err_clear(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(saves_text_and_picture),	cmocka_unit_test(same_bytes_each_time),
	    cmocka_unit_test(every_pane_opens),		cmocka_unit_test(all_keys_at_all_sizes),
	    cmocka_unit_test(mistakes_name_their_line),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
