/*
 * The manual page's keys are those of the key table. `make man` runs this with
 * SVCTOP_UPDATE=1, which writes the section instead of comparing it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "tui/keymap.h"

static const char page_path[] = "docs/svctop.1";
static const char begin[] = ".\\\" keys begin\n";
static const char end[] = ".\\\" keys end\n";

static void read_page(struct buf *page)
{
	char bytes[4096];
	size_t n;
	FILE *in = fopen(page_path, "r");

	assert_non_null(in);
	while ((n = fread(bytes, 1, sizeof(bytes), in)) > 0)
		buf_add(page, bytes, n);
	fclose(in);
}

/* A text for roff: no escapes, hyphens that stay hyphens, no control line. */
static void put_roff(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\')
			buf_adds(out, "\\e");
		else if (*text == '-')
			buf_adds(out, "\\-");
		else
			buf_addc(out, *text);
	}
}

static void put_keys(struct buf *out)
{
	struct keymap *keymap = keymap_new();
	struct buf keys = {0};

	for (int action = 0; action < ACTION_COUNT; action++) {
		const struct action_info *info = action_info(action);

		buf_reset(&keys);
		keymap_describe(keymap, action, &keys);
		buf_adds(out, ".TP\n\\fB");
		put_roff(out, buf_str(&keys));
		buf_adds(out, "\\fR\n");
		put_roff(out, info->help);
		buf_adds(out, " [");
		put_roff(out, info->name);
		buf_adds(out, "]\n");
	}
	buf_free(&keys);
	keymap_free(keymap);
}

static void test_keys(void **state)
{
	struct buf page = {0}, keys = {0};
	const char *from, *to;

	(void)state;
	read_page(&page);
	put_keys(&keys);
	from = strstr(buf_str(&page), begin);
	assert_non_null(from);
	from += strlen(begin);
	to = strstr(from, end);
	assert_non_null(to);
	if (getenv("SVCTOP_UPDATE")) {
		FILE *out = fopen(page_path, "w");

		assert_non_null(out);
		fwrite(page.data, 1, (size_t)(from - page.data), out);
		fwrite(keys.data, 1, keys.len, out);
		fwrite(to, 1, strlen(to), out);
		assert_int_equal(fclose(out), 0);
	} else if ((size_t)(to - from) != keys.len || memcmp(from, keys.data, keys.len) != 0) {
		fail_msg("%s has other keys than tui/keymap.h: run `make man`", page_path);
	}
	buf_free(&keys);
	buf_free(&page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_keys)};

	return cmocka_run_group_tests_name("manpage", tests, NULL, NULL);
}
