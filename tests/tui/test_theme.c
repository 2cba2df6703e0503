/* Themes: the formats, the shipped ones' contrast, few colours. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tui/theme.h"

static void parse(struct theme *theme, const char *path, const char *text)
{
	struct err err = {0};
	if (theme_parse(theme, path, text, strlen(text), &err) < 0)
		fail_msg("%s: %s", err.where, err.what);
}

static void assert_fg(const struct theme *theme, enum role role, unsigned rgb)
{
	assert_int_equal(theme->roles[role].fg, (int32_t)(COLOR_RGB | rgb));
}

static void base16(void **state)
{
	(void)state;
	struct theme theme;
	parse(&theme, "x.yaml",
	      "system: \"base16\"\nname: \"Made Up\"\nvariant: \"light\"\npalette:\n"
	      "  base00: \"#ffffff\"\n  base02: \"dddddd\"\n  base05: \"#101010\" # text\n"
	      "  base08: '#a00000'\n  base0B: \"#005000\"\n");
	assert_string_equal(theme.name, "Made Up");
	assert_false(theme.dark);
	assert_fg(&theme, ROLE_TEXT, 0x101010);
	assert_int_equal(theme.roles[ROLE_TEXT].bg, COLOR_RGB | 0xffffff);
	assert_fg(&theme, ROLE_GAP, 0xa00000);
	assert_fg(&theme, ROLE_PASS, 0x005000);
	assert_int_equal(theme.on_cursor[ROLE_GAP].bg, COLOR_RGB | 0xdddddd);
	/* the old way, keys at the top, no '#' */
	parse(&theme, "dir/old.yaml", "scheme: \"Old\"\nbase00: \"000000\"\nbase05: \"eeeeee\"\n");
	assert_string_equal(theme.name, "old");
	assert_fg(&theme, ROLE_TEXT, 0xeeeeee);
}

static void btop(void **state)
{
	(void)state;
	struct theme theme;
	parse(&theme, "b.theme",
	      "# a comment\ntheme[main_bg]=\"\"\ntheme[main_fg]=\"#cc\"\n"
	      "theme[selected_bg]=\"10 20 30\"\ntheme[selected_fg]=\"#ffffff\"\n"
	      "theme[cpu_end]=\"#ff0000\"\ntheme[never_heard]=\"#123456\"\n");
	assert_string_equal(theme.name, "b");
	assert_fg(&theme, ROLE_TEXT, 0xcccccc);
	assert_int_equal(theme.roles[ROLE_TEXT].bg, COLOR_OWN);
	assert_int_equal(theme.roles[ROLE_CURSOR].bg, COLOR_RGB | 0x0a141e);
	assert_fg(&theme, ROLE_CURSOR, 0xffffff);
	assert_fg(&theme, ROLE_GAP, 0xff0000);
}

static void own_roles(void **state)
{
	(void)state;
	struct theme theme;
	parse(&theme, "own.yaml",
	      "palette:\n  base00: \"#000000\"\n  base05: \"#ffffff\"\n  base08: \"#ff0000\"\n"
	      "roles:\n  gap: \"base08 on base05 bold underline\"\n  link: bright-cyan\n"
	      "  unheard-of: red\n");
	assert_fg(&theme, ROLE_GAP, 0xff0000);
	assert_int_equal(theme.roles[ROLE_GAP].bg, COLOR_RGB | 0xffffff);
	assert_int_equal(theme.roles[ROLE_GAP].flags, STYLE_BOLD | STYLE_UNDERLINE);
	assert_int_equal(theme.roles[ROLE_LINK].fg, 14);
}

static void expect_error(const char *text, const char *where)
{
	struct theme theme;
	struct err err = {0};
	assert_int_equal(theme_parse(&theme, "t.yaml", text, strlen(text), &err), -1);
	assert_string_equal(err.where, where);
	assert_non_null(err.fix);
	err_clear(&err);
}

static void mistakes(void **state)
{
	(void)state;
	expect_error("base00: \"#00000\"\n", "t.yaml:1");
	expect_error("palette:\n  base00: \"#000000\"\n  base05: \"white\"\n", "t.yaml:3");
	expect_error("roles:\n  gap: \"reddish\"\n", "t.yaml:2");
	expect_error("roles:\n  gap: \"base08\"\n", "t.yaml:2"); /* no palette gives it */
	expect_error("theme[main_fg]=\"#zz\"\n", "t.yaml:1");
	expect_error("just: words\n", "t.yaml");
	expect_error("", "t.yaml");
}

/* A scheme whose red cannot be read on its background: text takes over. */
static void unreadable_is_lifted(void **state)
{
	(void)state;
	struct theme theme;
	parse(&theme, "x.yaml",
	      "base00: \"000000\"\nbase05: \"ffffff\"\nbase08: \"200000\"\nbase0B: \"00ff00\"\n");
	assert_fg(&theme, ROLE_GAP, 0xffffff);
	assert_fg(&theme, ROLE_PASS, 0x00ff00);
}

static void contrast(void **state)
{
	(void)state;
	assert_true(theme_contrast(COLOR_RGB, COLOR_RGB | 0xffffff) > 20.9);
	assert_true(theme_contrast(COLOR_RGB | 0x777777, COLOR_RGB | 0xffffff) > 4.47);
	assert_true(theme_contrast(COLOR_RGB | 0x777777, COLOR_RGB | 0xffffff) < 4.49);
	assert_true(theme_contrast(COLOR_RGB | 0x123456, COLOR_RGB | 0x123456) < 1.01);
}

static void lint(const struct theme *theme, const struct style *styles, double least)
{
	for (int i = 0; i < ROLE_COUNT; i++) {
		const struct style *style = &styles[i];
		if (i == ROLE_BAR_REST || !COLOR_IS_RGB(style->fg) || !COLOR_IS_RGB(style->bg))
			continue;
		if (theme_contrast(style->fg, style->bg) < least)
			fail_msg("theme %s, role %s: contrast %.2f", theme->name,
				 role_name((enum role)i), theme_contrast(style->fg, style->bg));
	}
}

static void shipped_themes_are_readable(void **state)
{
	(void)state;
	size_t count = 0;
	const char *name;
	for (; (name = theme_builtin_name(count)); count++) {
		struct theme theme;
		struct err err = {0};
		if (theme_find(&theme, NULL, name, &err) < 0)
			fail_msg("%s: %s", name, err.what);
		assert_string_equal(theme.name, name);
		double least = strcmp(name, "high-contrast") == 0 ? 7.0 : 4.5;
		lint(&theme, theme.roles, least);
		lint(&theme, theme.on_cursor, least);
	}
	assert_int_equal(count, 6);
	assert_string_equal(theme_builtin_name(0), "terminal");
}

/* Deuteranopia: met and gap of the theme made for it stay apart, in lightness too. */
static void blue_orange_stays_apart(void **state)
{
	(void)state;
	struct theme theme;
	assert_int_equal(theme_find(&theme, NULL, "blue-orange", NULL), 0);
	int32_t pass = theme.roles[ROLE_PASS].fg, gap = theme.roles[ROLE_GAP].fg;
	assert_true((pass & 0xff) > 0xc0 && (gap & 0xff) < 0x60); /* the blue part differs most */
	assert_true(theme_contrast(pass, gap) > 1.15);
}

static void few_colours(void **state)
{
	(void)state;
	assert_int_equal(theme_nearest(COLOR_RGB | 0xf58a8a, 16),
			 9); /* a pale red is red, not grey */
	assert_int_equal(theme_nearest(COLOR_RGB | 0xf58a8a, 8), 1);
	assert_int_equal(theme_nearest(COLOR_RGB | 0x9fd08a, 8), 2);
	assert_int_equal(theme_nearest(COLOR_RGB | 0x1b1f2b, 8), 0);
	assert_int_equal(theme_nearest(COLOR_RGB | 0xfaf8f3, 16), 15);
	assert_int_equal(theme_nearest(COLOR_RGB | 0xff0000, 256), 196);
	assert_int_equal(theme_nearest(COLOR_RGB | 0x808080, 256), 244);
}

static void write_theme(const char *dir, const char *name, const char *text)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/themes/%s", dir, name);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void persons_own_themes(void **state)
{
	(void)state;
	char dir[] = "/tmp/svctop-theme-XXXXXX", path[256];
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/themes", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	write_theme(dir, "mine.yaml", "base00: \"000000\"\nbase05: \"abcdef\"\n");
	write_theme(dir, "dusk.theme", "theme[main_fg]=\"#111111\"\n");
	write_theme(dir, "notes.txt", "nothing");
	struct theme theme;
	struct err err = {0};
	assert_int_equal(theme_find(&theme, dir, "mine", &err), 0);
	assert_fg(&theme, ROLE_TEXT, 0xabcdef);
	assert_int_equal(theme_find(&theme, dir, "dusk", &err), 0); /* before the shipped one */
	assert_fg(&theme, ROLE_TEXT, 0x111111);
	assert_int_equal(theme_find(&theme, dir, "none-such", &err), -1);
	err_clear(&err);
	size_t count;
	char **names = theme_list(dir, &count);
	assert_int_equal(count, 7);
	assert_string_equal(names[6], "mine");
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
	const char *files[] = {"mine.yaml", "dusk.theme", "notes.txt", ""};
	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/themes/%s", dir, files[i]);
		remove(path);
	}
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(base16),
	    cmocka_unit_test(btop),
	    cmocka_unit_test(own_roles),
	    cmocka_unit_test(mistakes),
	    cmocka_unit_test(unreadable_is_lifted),
	    cmocka_unit_test(contrast),
	    cmocka_unit_test(shipped_themes_are_readable),
	    cmocka_unit_test(blue_orange_stays_apart),
	    cmocka_unit_test(few_colours),
	    cmocka_unit_test(persons_own_themes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
