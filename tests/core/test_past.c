#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/difference.h"
#include "core/mem.h"
#include "core/past.h"

/* ---- differences ---- */

static void check_difference(const char *old, size_t old_len, const char *new, size_t new_len,
			     size_t at_most)
{
	struct buf difference = {0}, made = {0};
	size_t size = 0;

	difference_make(old, old_len, new, new_len, &difference);
	assert_true(difference.len <= at_most);
	assert_true(difference_size(old_len, difference.data, difference.len, new_len, &size));
	assert_int_equal(size, new_len);
	assert_true(
	    difference_apply(old, old_len, buf_str(&difference), difference.len, new_len, &made));
	assert_int_equal(made.len, new_len);
	assert_memory_equal(buf_str(&made), new, new_len);
	/* one byte less room is not enough */
	if (new_len)
		assert_false(
		    difference_size(old_len, difference.data, difference.len, new_len - 1, &size));
	buf_free(&difference);
	buf_free(&made);
}

/* Text of lines that all differ. */
static struct buf lines(unsigned from, unsigned to)
{
	struct buf text = {0};

	for (unsigned i = from; i < to; i++)
		buf_addf(&text, "line %u says %u\n", i, i * 2654435761u);
	return text;
}

static void differences_are_small(void **state)
{
	struct buf old = lines(0, 500), same = lines(0, 500), longer = lines(0, 510),
		   later = lines(5, 500), put_in = lines(0, 250), rest = lines(250, 500);

	(void)state;
	check_difference(old.data, old.len, same.data, same.len, 4);
	same.data[3000] ^= 1;
	same.data[6000] ^= 1;
	check_difference(old.data, old.len, same.data, same.len, 16);
	check_difference(old.data, old.len, longer.data, longer.len, longer.len - old.len + 8);
	check_difference(old.data, old.len, later.data, later.len, 8);
	buf_adds(&put_in, "something else that nobody has said before\n");
	buf_add(&put_in, rest.data, rest.len);
	check_difference(old.data, old.len, put_in.data, put_in.len, 60);
	buf_free(&old);
	buf_free(&same);
	buf_free(&longer);
	buf_free(&later);
	buf_free(&put_in);
	buf_free(&rest);
}

static void differences_of_nothing(void **state)
{
	(void)state;
	check_difference("", 0, "", 0, 0);
	check_difference(NULL, 0, "abc", 3, 4);
	check_difference("abc", 3, "", 0, 0);
	check_difference("abc", 3, "abc", 3, 4);
	check_difference("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 32, "aaaaaaaaaaaaaaaaaaaa", 20, 3);
}

/* Bytes of few kinds, so that copies of all lengths and distances come up. */
static void differences_of_anything(void **state)
{
	uint32_t seed = 7;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		char old[200], new[200];
		size_t old_len, new_len;

		seed = seed * 1664525u + 1013904223u;
		old_len = (seed >> 8) % sizeof(old);
		new_len = (seed >> 16) % sizeof(new);
		for (size_t i = 0; i < old_len; i++) {
			seed = seed * 1664525u + 1013904223u;
			old[i] = (char)('a' + (seed >> 24) % 3);
		}
		for (size_t i = 0; i < new_len; i++) {
			seed = seed * 1664525u + 1013904223u;
			new[i] = old_len &&seed >> 30 ? old[i % old_len] : (char)(seed >> 8);
		}
		check_difference(old, old_len, new, new_len, new_len + 4);
	}
}

static void broken_differences(void **state)
{
	/* nothing; a copy from before the start; from behind the end; more than there is; more
	 * than is left; a number without an end */
	static const unsigned char broken[][3] = {{0x00, 'x', 'x'},   {0x07, 0x01, 0x00},
						  {0x07, 0x10, 0x00}, {0x0b, 0x00, 0x00},
						  {0x08, 'a', 'b'},   {0xff, 0xff, 0xff}};
	struct buf out = {0};
	size_t size;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		assert_false(difference_size(4, broken[i], 3, 100, &size));
		assert_false(difference_apply("abcd", 4, broken[i], 3, 100, &out));
	}
	buf_free(&out);
}

/* ---- a past ---- */

static struct checkout *checkout_at(unsigned n)
{
	struct checkout *co = checkout_new("/src/pay");

	co->head = arena_printf(co->arena, "%040u", n);
	co->head_time = 1700000000 + n * 3600;
	co->hit_count = 40 + n % 3;
	co->hits = arena_alloc(co->arena, co->hit_count * sizeof(*co->hits));
	for (size_t i = 0; i < co->hit_count; i++)
		co->hits[i] =
		    (struct hit){.probe = (uint32_t)i,
				 .at = {arena_printf(co->arena, "k8s/part-%zu.yml", i), 3},
				 .text = "replicas: 2"};
	co->histories = arena_alloc(co->arena, sizeof(*co->histories));
	co->history_count = 1;
	co->histories[0] = (struct history){.subdir = "",
					    .complete = true,
					    .commits = n,
					    .last_commit = co->head_time,
					    .last_hash = co->head,
					    .last_author = "Ann Lee",
					    .last_subject = "Do it"};
	return co;
}

static void add_at(struct past *past, unsigned n)
{
	struct checkout *co = checkout_at(n);
	const struct past_version version = {.at = co->head_time,
					     .hash = n % 5 ? co->head : NULL,
					     .author = "Ann Lee",
					     .subject = "Do it",
					     .among = 1 + n % 2};

	past_add(past, &version, co);
	checkout_free(co);
}

static void check_version(struct past *past, unsigned n)
{
	struct checkout *expected = checkout_at(n), *got = past_checkout(past, n);
	const struct past_version *version = past_at(past, n);
	struct buf a = {0}, b = {0};

	assert_non_null(got);
	checkout_encode(expected, &a);
	checkout_encode(got, &b);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	assert_int_equal(version->at, expected->head_time);
	if (n % 5)
		assert_string_equal(version->hash, expected->head);
	else
		assert_null(version->hash);
	assert_string_equal(version->author, "Ann Lee");
	assert_string_equal(version->subject, "Do it");
	assert_int_equal(version->among, 1 + n % 2);
	buf_free(&a);
	buf_free(&b);
	checkout_free(expected);
	checkout_free(got);
}

static struct past *travelled(const struct past *past)
{
	struct buf bytes = {0};
	struct wire_reader in;
	struct past *got;

	past_encode(past, &bytes);
	wire_reader_init(&in, bytes.data, bytes.len);
	got = past_decode(&in);
	assert_non_null(got);
	assert_ptr_equal(in.next, in.end);
	buf_free(&bytes);
	return got;
}

static struct past *sample(unsigned count)
{
	struct past *past = past_new("/src/pay");

	for (unsigned n = 0; n < count; n++)
		add_at(past, n);
	return past;
}

static void versions_come_back(void **state)
{
	struct past *past = sample(60), *got = travelled(past);

	(void)state;
	assert_string_equal(past_path(got), "/src/pay");
	assert_null(past_cut_reason(got));
	assert_int_equal(past_count(got), 60);
	for (unsigned n = 0; n < 60; n++)
		check_version(got, n);
	/* in any order */
	check_version(got, 3);
	check_version(got, 59);
	check_version(got, 0);
	assert_null(past_checkout(got, 60));
	check_version(past, 7);
	past_free(past);
	past_free(got);
}

static void more_is_added_behind(void **state)
{
	struct past *past = sample(5), *got = travelled(past);

	(void)state;
	check_version(got, 1);
	add_at(got, 5);
	add_at(got, 6);
	for (unsigned n = 0; n < 7; n++)
		check_version(got, n);
	past_free(past);
	past_free(got);
}

static void little_change_takes_little(void **state)
{
	struct past *past = sample(2), *longer = sample(102);
	struct buf few = {0}, many = {0};

	(void)state;
	past_encode(past, &few);
	past_encode(longer, &many);
	/* of those, the hash and the words are 60 */
	assert_true((many.len - few.len) / 100 < 150);
	assert_true(past_size(longer) > many.len);
	buf_free(&few);
	buf_free(&many);
	past_free(past);
	past_free(longer);
}

static void time_does_not_go_back(void **state)
{
	struct past *past = past_new("/src/pay"), *got;
	struct checkout *co = checkout_at(1);
	struct past_version version = {.at = -500, .hash = "a"};

	(void)state;
	past_add(past, &version, co);
	version.at = -700;
	past_add(past, &version, co);
	version.at = -400;
	past_add(past, &version, co);
	got = travelled(past);
	assert_int_equal(past_at(got, 0)->at, -500);
	assert_int_equal(past_at(got, 1)->at, -500);
	assert_int_equal(past_at(got, 2)->at, -400);
	assert_string_equal(past_at(got, 0)->author, "");
	assert_string_equal(past_at(got, 0)->subject, "");
	past_free(past);
	past_free(got);
	checkout_free(co);
}

static void a_cut_is_told(void **state)
{
	struct past *past = sample(1), *got;

	(void)state;
	past_cut(past, "a shallow clone");
	past_cut(past, "something else");
	got = travelled(past);
	assert_string_equal(past_cut_reason(got), "a shallow clone");
	past_free(past);
	past_free(got);
}

static void an_empty_one_travels(void **state)
{
	struct past *past = past_new("/src/pay"), *got = travelled(past);

	(void)state;
	assert_int_equal(past_count(got), 0);
	assert_null(past_checkout(got, 0));
	past_free(past);
	past_free(got);
}

/* A version whose difference makes nothing is no checkout; found by fuzzing. */
static void a_version_of_no_bytes(void **state)
{
	static const unsigned char bytes[] = {1, 0, 1, 0, 0, 0, 0, 0, 0, 0};
	struct wire_reader in;
	struct past *past;

	(void)state;
	wire_reader_init(&in, bytes, sizeof(bytes));
	past = past_decode(&in);
	assert_non_null(past);
	assert_int_equal(past_count(past), 1);
	assert_null(past_checkout(past, 0));
	past_free(past);
}

/* Whatever byte is wrong: no past, or one whose versions can be asked for. */
static void damaged_bytes(void **state)
{
	struct past *past = sample(4);
	struct buf bytes = {0};
	size_t refused = 0;

	(void)state;
	past_encode(past, &bytes);
	for (size_t i = 0; i < bytes.len; i++) {
		for (unsigned flip = 1; flip < 256; flip <<= 1) {
			struct wire_reader in;
			struct past *got;

			bytes.data[i] = (char)(bytes.data[i] ^ flip);
			wire_reader_init(&in, bytes.data, bytes.len);
			got = past_decode(&in);
			for (size_t k = 0; got && k < past_count(got); k++)
				checkout_free(past_checkout(got, k));
			refused += got == NULL;
			past_free(got);
			bytes.data[i] = (char)(bytes.data[i] ^ flip);
		}
	}
	assert_true(refused > bytes.len / 8);
	for (size_t len = 0; len < bytes.len; len++) {
		struct wire_reader in;

		wire_reader_init(&in, bytes.data, len);
		assert_null(past_decode(&in));
	}
	buf_free(&bytes);
	past_free(past);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(differences_are_small),
	    cmocka_unit_test(differences_of_nothing),
	    cmocka_unit_test(differences_of_anything),
	    cmocka_unit_test(broken_differences),
	    cmocka_unit_test(versions_come_back),
	    cmocka_unit_test(more_is_added_behind),
	    cmocka_unit_test(little_change_takes_little),
	    cmocka_unit_test(time_does_not_go_back),
	    cmocka_unit_test(a_cut_is_told),
	    cmocka_unit_test(an_empty_one_travels),
	    cmocka_unit_test(a_version_of_no_bytes),
	    cmocka_unit_test(damaged_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
