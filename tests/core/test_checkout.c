#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/checkout.h"
#include "core/mem.h"

static struct fact fact_of(const char *value, const char *path, uint32_t line)
{
	return (struct fact){value, {path, line}};
}

static void fill_descriptor(struct arena *arena, struct descriptor *d)
{
	d->format = "service.yml";
	d->trust = 1;
	d->at = (struct origin){"pay/service.yml", 1};
	d->subdir = "pay";
	d->name = fact_of("payments", "pay/service.yml", 2);
	d->tier_text = fact_of("tier2", "pay/service.yml", 3);
	d->tier = 2;
	d->owners = arena_alloc(arena, 2 * sizeof(*d->owners));
	d->owner_count = 2;
	d->owners[0] = fact_of("acme/pay", "pay/service.yml", 5);
	d->owners[1] = fact_of("jo", "pay/service.yml", 6);
	d->links = arena_alloc(arena, sizeof(*d->links));
	d->link_count = 1;
	d->links[0] =
	    (struct link){"playbook", NULL, "https://example.com", {"pay/service.yml", 9}};
	d->fields = arena_alloc(arena, sizeof(*d->fields));
	d->field_count = 1;
	d->fields[0] = (struct named_fact){"slo", fact_of("99.9", "pay/service.yml", 11)};
	d->waivers = arena_alloc(arena, sizeof(*d->waivers));
	d->waiver_count = 1;
	d->waivers[0] =
	    (struct statement){"ci", "jo", "later", NULL, -5, 1800000000, {"pay/service.yml", 13}};
}

static void fill_lists(struct checkout *co)
{
	static const char *names[] = {"payments", ""};
	struct arena *arena = co->arena;

	co->hits = arena_alloc(arena, 2 * sizeof(*co->hits));
	co->hit_count = 2;
	co->hits[0] = (struct hit){7, 2, {"a/b.yml", 3}, "replicas: 2", "2", -1, names};
	co->hits[1] = (struct hit){UINT32_MAX, 0, {"a/b.yml", 4}, NULL, NULL, 0, NULL};
	co->misses = arena_alloc(arena, sizeof(*co->misses));
	co->miss_count = 1;
	co->misses[0] = (struct miss){3, {NULL, 0}, "too large"};
	co->dependencies = arena_alloc(arena, sizeof(*co->dependencies));
	co->dependency_count = 1;
	co->dependencies[0] =
	    (struct dependency){"gem", "rails", "7.1.0", DEP_DEV, true, true, {"Gemfile.lock", 12}};
	co->histories = arena_alloc(arena, sizeof(*co->histories));
	co->history_count = 1;
	co->histories[0] = (struct history){.subdir = "", .complete = true, .commits = 4};
	co->histories[0].authors = arena_alloc(arena, sizeof(struct author));
	co->histories[0].author_count = 1;
	co->histories[0].authors[0] = (struct author){"Jo", "jo@example.com", 4, 1700000000, false};
	co->languages = arena_alloc(arena, sizeof(*co->languages));
	co->language_count = 1;
	co->languages[0] = (struct language){"", "go", {"go.mod", 1}};
	co->warnings = arena_alloc(arena, sizeof(*co->warnings));
	co->warning_count = 1;
	co->warnings[0] = (struct warning){{"x.yml", 3}, "odd \x1b[31m bytes"};
	co->code_owners = arena_alloc(arena, sizeof(*co->code_owners));
	co->code_owners_count = 1;
	co->code_owners[0].subdir = "pay";
}

static struct checkout *sample(void)
{
	struct checkout *co = checkout_new("/src/pay");

	co->bare = true;
	co->partial = true;
	co->state = CHECKOUT_UNREADABLE;
	co->problem = "corrupt";
	co->remote = "https://example.com/acme/pay";
	co->head = "0123456789012345678901234567890123456789";
	co->ref = "refs/remotes/origin/main";
	co->head_time = 1700000000;
	co->fetched_at = 1700000100;
	co->scan_us = 412;
	co->descriptors = arena_alloc(co->arena, sizeof(*co->descriptors));
	co->descriptor_count = 1;
	fill_descriptor(co->arena, co->descriptors);
	fill_lists(co);
	return co;
}

static struct checkout *decode(const struct buf *bytes)
{
	struct wire_reader in;

	wire_reader_init(&in, bytes->data, bytes->len);
	return checkout_decode(&in);
}

static void encoding_keeps_every_field(void **state)
{
	struct checkout *co = sample(), *back;
	struct buf first = {0}, second = {0};

	(void)state;
	checkout_encode(co, &first);
	back = decode(&first);
	assert_non_null(back);
	assert_string_equal(back->path, "/src/pay");
	assert_true(back->bare && back->partial && !back->shallow);
	assert_int_equal(back->state, CHECKOUT_UNREADABLE);
	assert_null(back->fix);
	assert_string_equal(back->descriptors[0].owners[1].value, "jo");
	assert_int_equal(back->descriptors[0].owners[1].at.line, 6);
	assert_null(back->descriptors[0].description.value);
	assert_null(back->descriptors[0].links[0].name);
	assert_int_equal(back->descriptors[0].waivers[0].date, -5);
	assert_string_equal(back->hits[1].at.path, "a/b.yml");
	assert_string_equal(back->hits[0].names[1], "");
	assert_int_equal(back->hits[0].touched, -1);
	assert_null(back->misses[0].at.path);
	assert_int_equal(back->dependencies[0].scope, DEP_DEV);
	assert_string_equal(back->histories[0].authors[0].email, "jo@example.com");
	assert_string_equal(back->warnings[0].text, "odd \x1b[31m bytes");
	checkout_encode(back, &second);
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.data, second.data, first.len);
	checkout_free(co);
	checkout_free(back);
	buf_free(&first);
	buf_free(&second);
}

static void paths_that_repeat_are_shared(void **state)
{
	struct checkout *co = sample(), *back;
	struct buf bytes = {0};

	(void)state;
	checkout_encode(co, &bytes);
	back = decode(&bytes);
	assert_ptr_equal(back->hits[0].at.path, back->hits[1].at.path);
	checkout_free(co);
	checkout_free(back);
	buf_free(&bytes);
}

static void every_shortened_message_is_refused(void **state)
{
	struct checkout *co = sample();
	struct buf bytes = {0};

	(void)state;
	checkout_encode(co, &bytes);
	for (size_t len = 0; len < bytes.len; len++) {
		char *part = xmemdup0(bytes.data, len);
		struct wire_reader in;

		wire_reader_init(&in, part, len);
		assert_null(checkout_decode(&in));
		free(part);
	}
	checkout_free(co);
	buf_free(&bytes);
}

/* A message may be wrong in any byte; it must be refused or give a checkout that can be written. */
static void every_flipped_byte_is_survived(void **state)
{
	struct checkout *co = sample();
	struct buf bytes = {0};

	(void)state;
	checkout_encode(co, &bytes);
	for (size_t i = 0; i < bytes.len * 8; i++) {
		struct buf again = {0};
		struct checkout *back;

		bytes.data[i / 8] ^= (char)(1 << i % 8);
		back = decode(&bytes);
		if (back)
			checkout_encode(back, &again);
		checkout_free(back);
		buf_free(&again);
		bytes.data[i / 8] ^= (char)(1 << i % 8);
	}
	checkout_free(co);
	buf_free(&bytes);
}

/* The counts of a small message cannot make the reader take much memory. */
static void huge_counts_are_refused(void **state)
{
	struct checkout *co = checkout_new("/p");
	struct buf bytes = {0};
	struct wire_reader in;

	(void)state;
	checkout_encode(co, &bytes);
	bytes.len -= 8; /* the eight empty arrays */
	wire_put_uint(&bytes, UINT64_C(1) << 40);
	wire_put_bytes(&bytes, "padding", 7);
	wire_reader_init(&in, bytes.data, bytes.len);
	assert_null(checkout_decode(&in));
	assert_true(in.failed);
	checkout_free(co);
	buf_free(&bytes);
}

static void missing_texts_become_empty(void **state)
{
	struct checkout *co = checkout_new(NULL), *back;
	struct buf bytes = {0};
	struct hit hit = {.probe = 1};
	struct language language = {0};

	(void)state;
	co->hits = &hit;
	co->hit_count = 1;
	co->languages = &language;
	co->language_count = 1;
	checkout_encode(co, &bytes);
	back = decode(&bytes);
	assert_non_null(back);
	assert_string_equal(back->path, "");
	assert_string_equal(back->languages[0].name, "");
	assert_null(back->hits[0].at.path);
	checkout_free(co);
	checkout_free(back);
	buf_free(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(encoding_keeps_every_field),
	    cmocka_unit_test(paths_that_repeat_are_shared),
	    cmocka_unit_test(every_shortened_message_is_refused),
	    cmocka_unit_test(every_flipped_byte_is_survived),
	    cmocka_unit_test(huge_counts_are_refused),
	    cmocka_unit_test(missing_texts_become_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
