/*
 * Names, texts and files as nobody should write them, and a fleet that changes while
 * somebody looks at it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/dashboard.h"
#include "tests/support/gitfix.h"

/* Each would do harm or mislead if it came through; all carry a word to look for. */
#define TITLE	 "\033]0;pwned\007"
#define COLOUR	 "\033[31;5mpwned"
#define C1	 "\302\23331mpwned"
#define CLIP	 "\033]52;c;cHduZWQ=\007"
#define OVERRIDE "\xe2\x80\xae"
#define BELL	 "\007"

static struct gitfix *make(const char *root, const char *name, const char *descriptor)
{
	struct gitfix *fix = gitfix_new(root, name);

	gitfix_file(fix, "service.yml", descriptor);
	return fix;
}

static void done(struct gitfix *fix)
{
	gitfix_commit(fix, "Start");
	gitfix_free(fix);
}

static void removed(char *root)
{
	gitfix_rmtree(root);
	free(root);
}

/*
 * What svctop itself writes: CSI sequences with numbers, the character set, the
 * keypad; never an OSC unless it copies, never a bell, C1 or bidi control.
 */
static void assert_tame(struct term *term)
{
	size_t len;
	const char *raw = term_raw(term, &len);

	assert_true(len > 100);
	assert_null(strstr(raw, "\033]"));
	assert_null(strstr(raw, "\033P"));
	assert_null(strstr(raw, "\033_"));
	assert_null(strstr(raw, "\xc2\x9b"));
	assert_null(strstr(raw, "\xc2\x9d"));
	assert_null(strstr(raw, "\xe2\x80\xae"));
	assert_null(strstr(raw, "\xe2\x81\xa6"));
	assert_null(strchr(raw, '\007'));
	assert_null(strstr(raw, "\033[31;5m"));
}

static void make_hostile(const char *root)
{
	struct gitfix *fix =
	    make(root, "evil",
		 "name: \"evil\\e]0;pwned\\a\"\n"
		 "description: \"one\\ntwo\\e[31;5mpwned\\u202Egnp\\u009b31m\\a\"\n"
		 "tier: 3\n"
		 "owners: [\"acme/\\e[2Jteam\\u2066x\"]\n"
		 "depends_on: [\"dep\\e]52;c;cHduZWQ=\\a\"]\n"
		 "links:\n"
		 "- {type: playbook, name: \"Play\\e[31;5mbook\", url: "
		 "\"https://x.example/\\e]0;p\\a\"}\n");

	gitfix_file(fix, "Makefile",
		    "x:\n\techo " TITLE COLOUR C1 CLIP OVERRIDE "\nsetup:\n\t" BELL "go\r\n");
	gitfix_file(
	    fix, "docs/runbooks/bad" COLOUR "\nname.md",
	    "# Steps " TITLE "\n\n## Symptoms" COLOUR "\n\n" CLIP OVERRIDE C1 BELL
	    "A text that is long enough to be taken for a playbook, since the checklist asks "
	    "for at least four hundred bytes, and this one says nothing at all for rather a "
	    "long while, which is what one does when one has to fill a file in a test. It goes "
	    "on for another line or two, and then, once it has gone on for long enough, it "
	    "ends, not with a bang but with a full stop. Not yet, though: here.\n\n"
	    "```\n" COLOUR TITLE "\n```\n\n[a" COLOUR "](https://x/" TITLE ")\n");
	gitfix_author(fix, "Eve" COLOUR, "eve@example.com");
	gitfix_commit(fix, "Subject " COLOUR OVERRIDE TITLE C1 "\n\nbody");
	gitfix_free(fix);
}

static void nothing_comes_through(void **state)
{
	char *root = gitfix_tmp();
	struct term *term;

	(void)state;
	make_hostile(root);
	term = dashboard_start(root, 60, 200);
	dashboard_shows(term, "evil");
	dashboard_keys(term, "\r");
	assert_true(term_expect(term, "Subject "));
	dashboard_keys(term, "\006\006gG");
	dashboard_keys(term, "gp");
	dashboard_shows(term, "Steps");
	dashboard_keys(term, "p");
	dashboard_shows(term, "https://x.example/");
	dashboard_keys(term, "q");
	dashboard_cursor_to(term, "dev-setup", "j");
	dashboard_keys(term, "\r");
	dashboard_shows(term, "    3 setup:");
	dashboard_keys(term, "qsavvt");
	dashboard_keys(term, "a:svctop " COLOUR "\033");
	assert_tame(term);
	dashboard_stop(term);
	removed(root);
}

/* What is copied goes to the terminal as base64 alone, and is shown without its controls. */
static void what_is_copied_is_shown_clean(void **state)
{
	char *root = gitfix_tmp();
	struct term *term;
	const char *raw;

	(void)state;
	make_hostile(root);
	term = dashboard_start(root, 24, 80);
	term_mark(term);
	dashboard_keys(term, "y");
	dashboard_shows(term, "copied: evil");
	raw = term_raw(term, NULL);
	assert_non_null(strstr(raw, "\033]52;c;"));
	assert_null(strstr(raw, "\033]0;"));
	dashboard_stop(term);
	removed(root);
}

/* ---- width ---- */

static void wide_names_line_up(void **state)
{
	char *root = gitfix_tmp();
	struct term *term;
	int row, narrow, wide;

	(void)state;
	done(make(root, "a", "name: ascii-name\ntier: 3\nowners: [acme/web]\n"));
	done(make(root, "b",
		  "name: 決済サービス\ntier: 3\nowners: [acme/決済チーム]\n"
		  "description: お金を受け取る 🚀\n"));
	done(make(root, "c", "name: combi\xcc\x81ned-n\xcc\x83\ntier: 3\nowners: [acme/web]\n"));
	term = dashboard_start(root, 24, 80);
	dashboard_shows(term, "決済サービス");
	assert_true(term_find(term, "ascii-name", &row, NULL));
	/* HOLDS says none in one column, whatever stands before it. */
	for (narrow = 0; narrow < 80 && term_cell(term, row, narrow).text[0] != 'n'; narrow++)
		if (narrow < 25)
			narrow = 25;
	assert_true(term_find(term, "決済サービス", &row, NULL));
	for (wide = 0; wide < 80 && term_cell(term, row, wide).text[0] != 'n'; wide++)
		if (wide < 25)
			wide = 25;
	assert_int_equal(narrow, wide);
	dashboard_keys(term, "/決済\r");
	dashboard_hides(term, "ascii-name");
	dashboard_keys(term, "\r");
	dashboard_shows(term, "svctop › services › 決済サービス");
	dashboard_shows(term, "お金を受け取る");
	dashboard_keys(term, "a");
	dashboard_shows(term, "決済サービス  決済チーム");
	dashboard_stop(term);
	removed(root);
}

static void long_names_end_in_an_ellipsis(void **state)
{
	char *root = gitfix_tmp(), name[300], text[700];
	struct term *term;
	int row;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(text, sizeof(text), "name: %s\ntier: 3\nowners: [acme/%s]\ndepends_on: [%s]\n",
		 name, name, "other");
	done(make(root, "long", text));
	term = dashboard_start(root, 24, 80);
	assert_true(term_find(term, "nnnn…", &row, NULL));
	assert_non_null(strstr(term_row(term, row), "none")); /* the columns after it stand */
	dashboard_keys(term, "\r");
	dashboard_shows(term, "T3 Useful");
	dashboard_keys(term, "a");
	dashboard_shows(term, "nnnn…");
	dashboard_shows(term, "gaps");
	term_resize(term, 12, 40);
	dashboard_keys(term, "vv\014");
	dashboard_shows(term, "nnnn…");
	dashboard_stop(term);
	removed(root);
}

/* ---- change ---- */

static void a_service_that_vanishes(void **state)
{
	char *root = gitfix_tmp();
	struct gitfix *fix = make(root, "one", "name: first\ntier: 3\nowners: [acme/web]\n");
	struct term *term;

	(void)state;
	gitfix_commit(fix, "Start");
	done(make(root, "two", "name: other\ntier: 3\nowners: [acme/web]\n"));
	term = dashboard_start(root, 24, 80);
	dashboard_keys(term, "/first\r");
	dashboard_keys(term, "\r");
	dashboard_shows(term, "services › first");
	gitfix_file(fix, "service.yml", "name: renamed\ntier: 3\nowners: [acme/web]\n");
	gitfix_commit(fix, "Rename");
	gitfix_free(fix);
	term_send(term, "r");
	assert_true(term_expect(term, "This service is no longer in the fleet."));
	/* No key does harm now. */
	dashboard_keys(term, "jkGgfp/x\rn*\ry?q");
	dashboard_keys(term, "q*");
	dashboard_shows(term, "renamed");
	dashboard_hides(term, "first");
	dashboard_stop(term);
	removed(root);
}

static void a_checkout_that_vanishes(void **state)
{
	char *root = gitfix_tmp(), path[4096];
	struct term *term;

	(void)state;
	done(make(root, "goes", "name: goes\ntier: 1\nowners: [acme/web]\n"));
	done(make(root, "stays", "name: stays\ntier: 3\nowners: [acme/web]\n"));
	term = dashboard_start(root, 24, 80);
	dashboard_shows(term, "1 goes");
	snprintf(path, sizeof(path), "%s/goes", root);
	gitfix_rmtree(path);
	term_send(term, "r");
	assert_true(term_wait_gone(term, "goes", TERM_PATIENCE));
	assert_true(term_expect(term, "git 0"));
	dashboard_shows(term, "stays");
	dashboard_stop(term);
	removed(root);
}

static void the_cursor_stays_with_its_service(void **state)
{
	char *root = gitfix_tmp();
	struct term *term;

	(void)state;
	done(make(root, "m", "name: middle\ntier: 2\nowners: [acme/web]\n"));
	done(make(root, "z", "name: last\ntier: 3\nowners: [acme/web]\n"));
	term = dashboard_start(root, 24, 80);
	dashboard_keys(term, "j");
	dashboard_cursor_on(term, "last");
	done(make(root, "a", "name: new-one\ntier: 1\nowners: [acme/web]\n"));
	done(make(root, "b", "name: new-two\ntier: 1\nowners: [acme/web]\n"));
	term_send(term, "r");
	assert_true(term_expect(term, "new-two"));
	assert_true(term_expect(term, "git 0"));
	dashboard_cursor_on(term, "last");
	dashboard_stop(term);
	removed(root);
}

static void the_cursor_stays_with_its_item(void **state)
{
	char *root = gitfix_tmp();
	struct gitfix *fix = make(root, "one", "name: first\ntier: 1\nowners: [acme/web]\n");
	struct term *term;
	int before, after;

	(void)state;
	gitfix_commit(fix, "Start");
	term = dashboard_start(root, 24, 80);
	dashboard_keys(term, "\r");
	dashboard_cursor_to(term, "metrics", "j");
	assert_true(term_find(term, "▌", &before, NULL));
	/* What was a gap of many lines above becomes one line. */
	gitfix_file(
	    fix, "docs/playbooks/x.md",
	    "# Down\n\n## Symptoms\n\nA text that is long enough to be taken for a playbook, "
	    "since the checklist asks for four hundred bytes, and this one says nothing at all "
	    "for rather a long while, which is what one does when one has to fill a file in a "
	    "test. It goes on for another line or two, and then, once it has gone on for long "
	    "enough, it ends, not with a bang but with a full stop. Not yet, though: here. "
	    "Or rather here, to be on the safe side.\n");
	gitfix_file(fix, "service.yml",
		    "name: first\ndescription: something new\ntier: 1\nowners: [acme/web]\n");
	gitfix_commit(fix, "Add a playbook");
	gitfix_free(fix);
	dashboard_keys(term, "r");
	assert_true(term_expect(term, "git 0"));
	dashboard_cursor_on(term, "metrics");
	assert_true(term_find(term, "▌", &after, NULL));
	assert_int_equal(before, after);
	dashboard_keys(term, "g\002");
	dashboard_shows(term, "something new");
	dashboard_shows(term, "✓ playbooks");
	dashboard_stop(term);
	removed(root);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_comes_through),
	    cmocka_unit_test(what_is_copied_is_shown_clean),
	    cmocka_unit_test(wide_names_line_up),
	    cmocka_unit_test(long_names_end_in_an_ellipsis),
	    cmocka_unit_test(a_service_that_vanishes),
	    cmocka_unit_test(a_checkout_that_vanishes),
	    cmocka_unit_test(the_cursor_stays_with_its_service),
	    cmocka_unit_test(the_cursor_stays_with_its_item),
	};
	int code = dashboard_child(argc, argv);

	return code >= 0 ? code : cmocka_run_group_tests(tests, NULL, NULL);
}
