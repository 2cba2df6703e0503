/*
 * What the face and the courier tell each other: either may have been taken over by what it
 * read. The first byte chooses the message.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/live.h"
#include "core/subject.h"
#include "fetch/courier_messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decode(uint8_t which, const char *body, size_t len, struct arena *arena)
{
	struct courier_settings settings;
	struct courier_order order;
	struct courier_receipt receipt;
	struct topic_report report;
	struct source_status status;
	struct subject_list subjects;
	struct buf again = {0};
	const char *text;
	uint64_t count;

	switch (which % 8) {
	case 0:
		if (courier_settings_decode(&settings, body, len, arena))
			courier_settings_encode(&settings, &again);
		break;
	case 1:
		if (courier_order_decode(&order, body, len, arena))
			courier_order_encode(&order, &again);
		break;
	case 2:
		if (courier_receipt_decode(&receipt, body, len, arena))
			courier_receipt_encode(&receipt, &again);
		break;
	case 3:
		if (courier_text_decode(&text, body, len, arena))
			courier_text_encode(text, &again);
		break;
	case 4:
		if (courier_count_decode(&count, body, len))
			courier_count_encode(count, &again);
		break;
	case 5:
		if (topic_report_decode(&report, body, len, arena))
			topic_report_encode(&report, &again);
		break;
	case 6:
		if (source_status_decode(&status, body, len, arena))
			source_status_encode(&status, &again);
		break;
	case 7:
		if (subjects_decode(&subjects, body, len, arena))
			subjects_encode(&subjects, &again);
		break;
	}
	buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();

	if (size)
		decode(data[0], (const char *)data + 1, size - 1, arena);
	arena_free(arena);
	return 0;
}
