/* Times and spans as people type them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/when.h"

#define DAY INT64_C(86400)
#define NOW INT64_C(1795400000) /* 2026-11-23 02:13:20 */

static void spans(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds; /* 0: none */
	} cases[] = {
	    {"90s", 90},
	    {"5m", 300},
	    {"12h", 12 * 3600},
	    {"30d", 30 * DAY},
	    {"2w", 14 * DAY},
	    {"6mo", 180 * DAY},
	    {"1y", 365 * DAY},
	    {"100000d", 100000 * DAY},
	    {"100001d", 0},
	    {"0d", 0},
	    {"-1d", 0},
	    {"", 0},
	    {"d", 0},
	    {"1", 0},
	    {"1 d", 0},
	    {"1days", 0},
	    {"1.5d", 0},
	    {NULL, 0},
	    {"99999999999999999999999d", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t seconds = 0;

		if (when_span(cases[i].text, &seconds) != (cases[i].seconds != 0) ||
		    seconds != cases[i].seconds)
			fail_msg("%s", cases[i].text);
	}
}

static void points_in_time(void **state)
{
	static const struct {
		const char *text;
		int64_t time;
		bool day;
	} cases[] = {
	    {"2026-11-01", 1793491200, true},
	    {"2026-11-01T10:30", 1793529000, false},
	    {"2026-11-01 10:30:07", 1793529007, false},
	    {"2026-11-01T10:30:07Z", 1793529007, false},
	    {"2026-11-01T10:30:07+02:00", 1793529007 - 7200, false},
	    {"2026-11-01 10:30-0130", 1793529000 + 5400, false},
	    {"now", NOW, false},
	    {"today", NOW - NOW % DAY, true},
	    {"yesterday", NOW - NOW % DAY - DAY, true},
	    {"2w", NOW - 14 * DAY, false},
	};
	static const char *const none[] = {
	    "",
	    "main",
	    "2026",
	    "2026-11",
	    "2026-02-31",
	    "2026-13-01",
	    "26-11-01",
	    "v1.2",
	    "1234567",
	    "4d2c9ab",
	    "HEAD~3",
	    "2026-11-01T",
	    "2026-11-01x",
	    "20261-11-01",
	    "2026-11-01T25:00",
	    "2026-11-01                                           ",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t time = 0;
		bool day = false;

		if (!when_parse(cases[i].text, NOW, &time, &day) || time != cases[i].time ||
		    day != cases[i].day)
			fail_msg("%s: %lld", cases[i].text, (long long)time);
	}
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		int64_t time;

		if (when_parse(none[i], NOW, &time, NULL))
			fail_msg("%s", none[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(spans),
	    cmocka_unit_test(points_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
