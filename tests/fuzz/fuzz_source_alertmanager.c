/*
 * An answer of an Alertmanager; the first byte says to which question. Then the same bytes
 * as matchers that a person types, which read back as they were written, and as an answer to
 * a silence.
 */

#include <stdint.h>
#include <stdlib.h>

#include "fetch/silence.h"
#include "tests/fuzz/fuzz_source.h"

static void matchers(const char *text)
{
	static const struct signal_label labels[] = {{"service", "checkout"}, {"code", "503"}};
	struct arena *arena = arena_new();
	struct silence silence = {.ends = 2, .author = "a", .comment = "c"}, again = silence;
	struct buf first = {0}, second = {0};

	if (!silence_read_matchers(text, arena, &silence.matchers, &silence.matcher_count, NULL)) {
		silence_write_matchers(silence.matchers, silence.matcher_count, &first);
		if (silence_read_matchers(buf_str(&first), arena, &again.matchers,
					  &again.matcher_count, NULL))
			__builtin_trap();
		silence_write_matchers(again.matchers, again.matcher_count, &second);
		if (strcmp(buf_str(&first), buf_str(&second)) != 0)
			__builtin_trap();
		silence_matches(&silence, labels, ARRAY_LEN(labels));
		silence_check(&silence, 1, NULL);
		silence_body(&silence, &first);
	}
	buf_free(&first);
	buf_free(&second);
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	char *text = xmemdup0(data, size);

	if (size)
		fuzz_source(&source_alertmanager, data[0] % 3, NULL, data + 1, size - 1);
	matchers(text);
	silence_answer(size % 2 ? 200 : 422, text, size, arena, NULL);
	free(text);
	arena_free(arena);
	return 0;
}
