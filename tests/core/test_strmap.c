#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/strmap.h"

static void what_was_put_is_found_whatever_the_size(void **state)
{
	struct strmap *map = strmap_new();
	struct arena *arena = arena_new();

	(void)state;
	for (uintptr_t i = 1; i <= 5000; i++)
		strmap_put(map, arena_printf(arena, "key %zu of any length", (size_t)i), (void *)i);
	assert_int_equal(strmap_count(map), 5000);
	for (uintptr_t i = 1; i <= 5000; i++) {
		char key[64];

		snprintf(key, sizeof(key), "key %zu of any length", (size_t)i);
		assert_ptr_equal(strmap_get(map, key), (void *)i);
	}
	assert_null(strmap_get(map, "key 5001 of any length"));
	assert_null(strmap_get(map, "key 1 of any lengt"));
	arena_free(arena);
	strmap_free(map);
}

static void a_key_has_one_value(void **state)
{
	struct strmap *map = strmap_new();
	int one, two;

	(void)state;
	assert_null(strmap_get(map, ""));
	strmap_put(map, "", &one);
	strmap_put(map, "", &two);
	assert_ptr_equal(strmap_get(map, ""), &two);
	assert_int_equal(strmap_count(map), 1);
	strmap_free(map);
	strmap_free(NULL);
}

static void add_length(const char *key, void *value, void *ctx)
{
	(void)value;
	*(size_t *)ctx += strlen(key);
}

static void each_key_is_visited_once(void **state)
{
	struct strmap *map = strmap_new();
	size_t total = 0;
	int value;

	(void)state;
	strmap_put(map, "a", &value);
	strmap_put(map, "bb", &value);
	strmap_put(map, "cccc", &value);
	strmap_each(map, add_length, &total);
	assert_int_equal(total, 7);
	strmap_free(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_put_is_found_whatever_the_size),
	    cmocka_unit_test(a_key_has_one_value),
	    cmocka_unit_test(each_key_is_visited_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
