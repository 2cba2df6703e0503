/* Streams that are whole, and streams that lie about their size or end too early. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "core/buf.h"
#include "core/mem.h"
#include "fetch/git_objects.h"

#define BOMB (8u << 20) /* bytes, all the same */

/* Exactly as large as the stream, so that reading behind it shows. */
struct stream {
	unsigned char *bytes;
	size_t len;
};

static struct stream deflated(const char *text, size_t len)
{
	uLongf size = compressBound(len);
	struct stream stream = {.bytes = xmalloc(size)};

	assert_int_equal(compress(stream.bytes, &size, (const unsigned char *)text, len), Z_OK);
	stream.len = size;
	stream.bytes = xrealloc(stream.bytes, size);
	return stream;
}

static char *some_text(size_t *len)
{
	struct buf text = {0};

	for (int i = 0; i < 500; i++)
		buf_addf(&text, "line %d of %d\n", i, i * i);
	*len = text.len;
	return buf_detach(&text);
}

/* Inflates into memory of exactly len bytes. */
static bool inflates_to(const struct stream *stream, const char *text, size_t len)
{
	struct inflater *inflater = inflater_new();
	char *out = xmalloc(len);
	bool whole = inflate_all(inflater, stream->bytes, stream->len, out, len);

	if (whole)
		assert_memory_equal(out, text, len);
	free(out);
	inflater_free(inflater);
	return whole;
}

static void only_the_exact_size(void **state)
{
	size_t len;
	char *text = some_text(&len);
	struct stream stream = deflated(text, len);

	(void)state;
	assert_true(inflates_to(&stream, text, len));
	assert_false(inflates_to(&stream, text, len - 1));
	assert_false(inflates_to(&stream, text, len + 1));
	assert_false(inflates_to(&stream, text, 1));
	assert_false(inflates_to(&stream, text, 3 * len));
	free(stream.bytes);
	free(text);
}

static void nothing(void **state)
{
	struct stream stream = deflated("", 0);
	struct inflater *inflater = inflater_new();

	(void)state;
	assert_true(inflate_all(inflater, stream.bytes, stream.len, NULL, 0));
	free(stream.bytes);
	stream = deflated("x", 1);
	assert_false(inflate_all(inflater, stream.bytes, stream.len, NULL, 0));
	free(stream.bytes);
	inflater_free(inflater);
}

static void cut_off(void **state)
{
	size_t len;
	char *text = some_text(&len);
	struct stream stream = deflated(text, len);

	(void)state;
	for (size_t cut = 0; cut < stream.len; cut += cut < 16 ? 1 : 31) {
		struct stream part = {.bytes = xmalloc(cut + !cut), .len = cut};

		memcpy(part.bytes, stream.bytes, cut);
		assert_false(inflates_to(&part, text, len));
		free(part.bytes);
	}
	free(stream.bytes);
	free(text);
}

/* In a pack the next object follows at once. */
static void more_behind(void **state)
{
	size_t len;
	char *text = some_text(&len);
	struct stream stream = deflated(text, len);

	(void)state;
	stream.bytes = xrealloc(stream.bytes, stream.len + 100);
	memset(stream.bytes + stream.len, 0xa5, 100);
	stream.len += 100;
	assert_true(inflates_to(&stream, text, len));
	free(stream.bytes);
	free(text);
}

static void another_checksum(void **state)
{
	size_t len;
	char *text = some_text(&len);
	struct stream stream = deflated(text, len);

	(void)state;
	stream.bytes[stream.len - 1] ^= 1;
	assert_false(inflates_to(&stream, text, len));
	free(stream.bytes);
	free(text);
}

static void bomb(void **state)
{
	char *zeros = xcalloc(1, BOMB), head[64];
	struct stream stream = deflated(zeros, BOMB);
	struct inflater *inflater = inflater_new();

	(void)state;
	assert_false(inflates_to(&stream, zeros, 1000));
	memset(head, 1, sizeof(head));
	assert_int_equal(inflate_head(inflater, stream.bytes, stream.len, head, sizeof(head)),
			 sizeof(head));
	assert_memory_equal(head, zeros, sizeof(head));
	inflater_free(inflater);
	free(stream.bytes);
	free(zeros);
}

/* Head and whole by turns: each starts anew. */
static void heads(void **state)
{
	size_t len;
	char *text = some_text(&len), head[64], *out = xmalloc(len);
	struct stream stream = deflated(text, len), small = deflated("abc", 3);
	struct inflater *inflater = inflater_new();

	(void)state;
	for (int round = 0; round < 3; round++) {
		assert_int_equal(
		    inflate_head(inflater, stream.bytes, stream.len, head, sizeof(head)),
		    sizeof(head));
		assert_memory_equal(head, text, sizeof(head));
		assert_true(inflate_all(inflater, stream.bytes, stream.len, out, len));
		assert_int_equal(inflate_head(inflater, small.bytes, small.len, head, sizeof(head)),
				 3);
		assert_int_equal(inflate_head(inflater, stream.bytes, 1, head, sizeof(head)), 0);
		assert_int_equal(
		    inflate_head(inflater, (const unsigned char *)"junk", 4, head, sizeof(head)),
		    0);
	}
	inflater_free(inflater);
	free(stream.bytes);
	free(small.bytes);
	free(out);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_the_exact_size),
	    cmocka_unit_test(nothing),
	    cmocka_unit_test(cut_off),
	    cmocka_unit_test(more_behind),
	    cmocka_unit_test(another_checksum),
	    cmocka_unit_test(bomb),
	    cmocka_unit_test(heads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
