/* Keys: the one table, their names, and keys.yml. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tui/keymap.h"

/* Every key of the table is one, and no two actions of a pane have the same. */
static void table_is_sound(void **state)
{
	(void)state;
	struct keymap *keymap = keymap_new();
	for (int i = 0; i < ACTION_COUNT; i++) {
		uint32_t keys[8];
		size_t count = keymap_keys(keymap, (enum action)i, keys, 8);
		assert_true(count > 0);
		assert_non_null(action_info((enum action)i)->help);
		assert_int_equal(action_by_name(action_info((enum action)i)->name), i);
		for (size_t k = 0; k < count; k++) {
			assert_int_not_equal(keys[k], KEYC_NONE);
			for (int pane = 0; pane < PANE_COUNT; pane++)
				if (action_info((enum action)i)->panes & IN(pane))
					assert_int_equal(
					    keymap_action(keymap, (enum pane)pane, keys[k]), i);
		}
	}
	keymap_free(keymap);
}

/* No key needs a function key or a bracket. */
static void keys_are_on_every_keyboard(void **state)
{
	(void)state;
	struct keymap *keymap = keymap_new();
	for (int i = 0; i < ACTION_COUNT; i++) {
		uint32_t keys[8];
		size_t count = keymap_keys(keymap, (enum action)i, keys, 8);
		bool reachable = false;
		for (size_t k = 0; k < count; k++)
			reachable = reachable || keys[k] == KEYC_BACKTAB ||
				    (keys[k] < 0x7f && !strchr("[]{}\\|~", (int)keys[k]));
		assert_true(reachable);
	}
	keymap_free(keymap);
}

static void names_go_both_ways(void **state)
{
	(void)state;
	static const char *const names[] = {"j",  "^d",	    "enter", "esc", "tab", "s-tab", "space",
					    "up", "pgdn",   "home",  "f1",  "f12", "?",	    "é",
					    ":",  "insert", "-",     "G",   "^z",  "日"};
	char out[16];
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		uint32_t key = keymap_parse_key(names[i]);
		assert_int_not_equal(key, KEYC_NONE);
		assert_string_equal(keymap_key_name(key, out, sizeof(out)), names[i]);
	}
	assert_int_equal(keymap_parse_key("ctrl-d"), 4);
	static const char *const wrong[] = {"", "jj", "f13", "f0", "^1", "hyper-x", "\xff", "\xc3"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(keymap_parse_key(wrong[i]), KEYC_NONE);
}

static int load(struct keymap *keymap, const char *text, struct err *err)
{
	return keymap_load(keymap, "keys.yml", text, strlen(text), err);
}

static void remapping(void **state)
{
	(void)state;
	struct keymap *keymap = keymap_new();
	struct err err = {0};
	assert_int_equal(load(keymap, "open: [l, enter]\nright: []\nyank: Y\n", &err), 0);
	assert_int_equal(keymap_action(keymap, PANE_SERVICES, 'l'), ACTION_OPEN);
	assert_int_equal(keymap_action(keymap, PANE_SERVICES, KEYC_ENTER), ACTION_OPEN);
	assert_int_equal(keymap_action(keymap, PANE_SERVICES, KEYC_RIGHT), ACTION_NONE);
	assert_int_equal(keymap_action(keymap, PANE_SERVICES, 'Y'), ACTION_YANK);
	assert_int_equal(keymap_action(keymap, PANE_SERVICES, 'y'), ACTION_NONE);
	/* A key of another action's defaults moves, and only there. */
	assert_int_equal(load(keymap, "refresh: s\n", &err), 0);
	assert_int_equal(keymap_action(keymap, PANE_GAPS, 's'), ACTION_REFRESH);
	assert_int_equal(load(keymap, "", &err), 0);
	keymap_free(keymap);
}

static void expect_error(const char *text, const char *where, const char *what)
{
	struct keymap *keymap = keymap_new();
	struct err err = {0};
	assert_int_equal(load(keymap, text, &err), -1);
	assert_non_null(err.what);
	assert_non_null(strstr(err.what, what));
	if (where)
		assert_string_equal(err.where, where);
	/* as it was */
	assert_int_equal(keymap_action(keymap, PANE_SERVICES, KEYC_ENTER), ACTION_OPEN);
	err_clear(&err);
	keymap_free(keymap);
}

static void mistakes(void **state)
{
	(void)state;
	expect_error("\nopne: l\n", "keys.yml:2", "there is no action 'opne'");
	expect_error("open: [enter, hyper-l]\n", "keys.yml:1", "'hyper-l' is not a key");
	expect_error("open: x\nyank: x\n", "keys.yml:2", "'x' is already 'open' (line 1)");
	expect_error("open: [x, x]\n", "keys.yml:1", "listed twice");
	expect_error("- open\n", NULL, "must be a map");
	expect_error("open: {a: b}\n", "keys.yml:1", "is not a key");
	expect_error("open: [\n", NULL, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(table_is_sound),	  cmocka_unit_test(keys_are_on_every_keyboard),
	    cmocka_unit_test(names_go_both_ways), cmocka_unit_test(remapping),
	    cmocka_unit_test(mistakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
