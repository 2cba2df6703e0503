#include "core/when.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"

#define DAY	 INT64_C(86400)
#define MOST	 100000 /* of a unit */
#define LONGEST	 40
#define LAST_DAY INT64_C(253402214400) /* 9999-12-31 */

bool when_span(const char *text, int64_t *seconds)
{
	static const struct {
		const char *unit;
		int64_t seconds;
	} units[] = {{"s", 1},	     {"m", 60},	       {"h", 3600},	{"d", DAY},
		     {"w", 7 * DAY}, {"mo", 30 * DAY}, {"y", 365 * DAY}};
	char *end = NULL;
	long long n = text && isdigit((unsigned char)*text) ? strtoll(text, &end, 10) : 0;

	for (size_t i = 0; n > 0 && n <= MOST && i < ARRAY_LEN(units); i++)
		if (!strcmp(end, units[i].unit)) {
			*seconds = n * units[i].seconds;
			return true;
		}
	return false;
}

/* Exactly four digits, so that a revision such as 2026 or 1234567 is none. */
static bool parse_date(const char *text, int64_t *time, bool *day)
{
	static const char *const formats[] = {
	    "%Y-%m-%d",		  "%Y-%m-%dT%H:%M",   "%Y-%m-%dT%H:%M:%S",   "%Y-%m-%d %H:%M",
	    "%Y-%m-%d %H:%M:%S",  "%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M%z",
	    "%Y-%m-%d %H:%M:%S%z"};

	if (strspn(text, "0123456789") != 4)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		struct tm tm = {0};
		const char *end = strptime(text, formats[i], &tm);
		int given = tm.tm_mday;
		long zone = tm.tm_gmtoff;

		if (!end || *end)
			continue;
		*time = (int64_t)timegm(&tm) - zone;
		*day = i == 0;
		/* The 31st of February is a slip, not a day of March. */
		return tm.tm_mday == given && *time <= LAST_DAY + DAY;
	}
	return false;
}

static bool parse_word(const char *text, int64_t now, int64_t *time, bool *day)
{
	int64_t midnight = now - now % DAY;

	*day = strcmp(text, "now") != 0;
	if (!*day)
		*time = now;
	else if (!strcmp(text, "today"))
		*time = midnight;
	else if (!strcmp(text, "yesterday"))
		*time = midnight - DAY;
	else
		return false;
	return true;
}

bool when_parse(const char *text, int64_t now, int64_t *time, bool *day)
{
	bool is_day = false, parsed = false;
	int64_t span, made = 0;

	if (strlen(text) > LONGEST)
		return false;
	if (when_span(text, &span)) {
		made = now - span;
		parsed = true;
	} else {
		parsed = parse_date(text, &made, &is_day) || parse_word(text, now, &made, &is_day);
	}
	if (!parsed)
		return false;
	*time = made;
	if (day)
		*day = is_day;
	return true;
}
