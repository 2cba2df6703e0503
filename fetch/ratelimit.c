#include "fetch/ratelimit.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"

#define PAUSE_MOST   3600
#define PAUSE_LEAST  60			 /* a budget is used up, but nobody says until when */
#define EPOCH_LEAST  INT64_C(1000000000) /* below, a reset is in seconds from now */
#define NUMBER_MOST  INT64_C(100000000000)
#define RESERVE_PART 50 /* of the limit: what is left to others */

/* The number that text begins with, whatever follows; -1: none. */
static int64_t number(const char *text)
{
	int64_t value = 0;

	if (!text)
		return -1;
	text += strspn(text, " \t");
	if (!isdigit((unsigned char)*text))
		return -1;
	for (; isdigit((unsigned char)*text) && value < NUMBER_MOST; text++)
		value = value * 10 + (*text - '0');
	return value < NUMBER_MOST ? value : NUMBER_MOST;
}

int64_t http_date_parse(const char *text)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char weekday[4], month[4], zone[4];
	const char *found;
	struct tm tm = {0};
	time_t at;
	int end = 0;

	if (sscanf(text, "%3s, %2d %3s %4d %2d:%2d:%2d %3s%n", weekday, &tm.tm_mday, month,
		   &tm.tm_year, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, zone, &end) != 8 ||
	    text[end] || strcmp(zone, "GMT") != 0 || strlen(month) != 3)
		return -1;
	found = strstr(months, month);
	if (!found || (found - months) % 3 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
	    tm.tm_year < 1970 || tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 ||
	    tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60)
		return -1;
	tm.tm_mon = (int)(found - months) / 3;
	tm.tm_year -= 1900;
	at = timegm(&tm);
	return at < 0 ? -1 : (int64_t)at;
}

/* Seconds until a reset that is told as a time or as seconds. */
static int64_t until_reset(int64_t value, int64_t now)
{
	if (value < EPOCH_LEAST)
		return value;
	return value > now ? value - now : 0;
}

/* The value of a parameter: "r=50" in `"default";r=50;t=30`, "reset=5" in "limit=1, reset=5". */
static int64_t parameter(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = text; (at = strstr(at, name)); at += len)
		if ((at == text || strchr(" ,;\t", at[-1])) && at[len] == '=')
			return number(at + len + 1);
	return -1;
}

static void read_single_field(struct ratelimit *limits, const char *field, const char *policy)
{
	limits->left = parameter(field, "remaining");
	limits->limit = parameter(field, "limit");
	limits->reset_in = parameter(field, "reset");
	if (limits->left < 0) {
		limits->left = parameter(field, "r");
		limits->reset_in = parameter(field, "t");
	}
	if (limits->limit < 0 && policy)
		limits->limit = parameter(policy, "q");
}

void ratelimit_read(struct ratelimit *limits,
		    const char *(*header)(const void *ctx, const char *name), const void *ctx,
		    int64_t now)
{
	static const struct {
		const char *limit, *left, *reset;
	} names[] = {
	    {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"},
	    {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"},
	    {"X-Sentry-Rate-Limit-Limit", "X-Sentry-Rate-Limit-Remaining",
	     "X-Sentry-Rate-Limit-Reset"},
	};
	const char *date = header(ctx, "Date"), *retry = header(ctx, "Retry-After"),
		   *field = header(ctx, "RateLimit");
	int64_t theirs = date ? http_date_parse(date) : -1, when;

	if (theirs >= 0)
		now = theirs;
	*limits = (struct ratelimit){-1, -1, -1, -1};
	if (field)
		read_single_field(limits, field, header(ctx, "RateLimit-Policy"));
	for (size_t i = 0; i < ARRAY_LEN(names) && limits->left < 0; i++) {
		int64_t reset = number(header(ctx, names[i].reset));

		limits->limit = number(header(ctx, names[i].limit));
		limits->left = number(header(ctx, names[i].left));
		limits->reset_in = reset < 0 ? -1 : until_reset(reset, now);
	}
	if (!retry)
		return;
	limits->retry_after = number(retry);
	when = http_date_parse(retry);
	if (when >= 0)
		limits->retry_after = when > now ? when - now : 0;
}

bool ratelimit_used_up(const struct ratelimit *limits)
{
	return limits->left >= 0 &&
	       limits->left <= (limits->limit > 0 ? limits->limit / RESERVE_PART : 0);
}

int64_t ratelimit_pause(const struct ratelimit *limits)
{
	int64_t pause = limits->retry_after > 0 ? limits->retry_after : 0;

	if (ratelimit_used_up(limits)) {
		int64_t reset = limits->reset_in >= 0 ? limits->reset_in : PAUSE_LEAST;

		/* The second in which it is reset may not be over yet. */
		if (reset + 1 > pause)
			pause = reset + 1;
	}
	return pause < PAUSE_MOST ? pause : PAUSE_MOST;
}
