#include <stdlib.h>
#include <string.h>

#include "core/incident_internal.h"
#include "core/mem.h"
#include "core/text.h"

/* What burns, in one line. Texts from outside stay as they are: whoever shows them filters. */

#define TITLE_MAX 200 /* bytes of a title or cause in a row */
#define DAY	  INT64_C(86400)

static const char *const kind_names[BURN_KINDS] = {
    [BURN_INCIDENT] = "incident", [BURN_ALERT] = "alert",   [BURN_UPTIME] = "uptime",
    [BURN_SLO] = "slo",		  [BURN_CI] = "ci",	    [BURN_CERT] = "cert",
    [BURN_WATCHDOG] = "watchdog", [BURN_SOURCE] = "source",
};

const char *burn_kind_name(enum burn_kind kind)
{
	return kind_names[kind];
}

const char *burn_clip(struct arena *arena, const char *text, size_t max)
{
	size_t len = strnlen(text, max + 1);

	if (len <= max)
		return text;
	while (max && ((unsigned char)text[max] & 0xc0) == 0x80)
		max--;
	return arena_memdup0(arena, text, max);
}

/* "shop.example/health" of a URL. */
static const char *bare_url(struct arena *arena, const char *url)
{
	const char *scheme = strstr(url, "://");
	const char *bare = scheme ? scheme + 3 : url;
	size_t len = strlen(bare);

	if (len > 1 && bare[len - 1] == '/' && strchr(bare, '/') == bare + len - 1)
		return arena_memdup0(arena, bare, len - 1);
	return bare;
}

static void add_text(struct buf *out, struct arena *arena, const char *lead, const char *text)
{
	if (text && *text)
		buf_addf(out, "%s%s", lead, burn_clip(arena, text, TITLE_MAX));
}

static const char *quiet_word(const struct burn *burn)
{
	unsigned flags = 0;

	for (size_t i = 0; i < burn->signal_count; i++)
		flags |= burn->signals[i].signal->flags;
	if (flags & SIGNAL_SILENCED)
		return "silenced";
	if (flags & SIGNAL_INHIBITED)
		return "inhibited";
	return flags & SIGNAL_PENDING ? "pending" : "for information";
}

/* "CheckoutErrorsHigh critical x3 +2": its like, and what else. */
static void say_alerts(const struct burn *burn, const char *title, struct buf *out,
		       struct arena *arena)
{
	const struct signal *first = burn->signals[0].signal;
	size_t same = 0;

	for (size_t i = 0; i < burn->signal_count; i++)
		same += !strcmp(burn->signals[i].signal->title, first->title);
	buf_adds(out, title);
	if (first->severity && *first->severity)
		add_text(out, arena, " ", first->severity);
	else if (first->state != SIGNAL_UNKNOWN && first->state != SIGNAL_OK)
		buf_addf(out, " %s", signal_state_name(first->state));
	if (same > 1)
		buf_addf(out, " x%zu", same);
	if (burn->signal_count > same)
		buf_addf(out, " +%zu", burn->signal_count - same);
	if (burn->quiet)
		buf_addf(out, ", %s", quiet_word(burn));
}

static void say_ci(const struct signal *first, const char *title, struct buf *out,
		   struct arena *arena)
{
	buf_addf(out, "%s red", title);
	if (first->commit && *first->commit)
		buf_addf(out, " since %.7s", first->commit);
	if (first->value && *first->value)
		buf_addf(out, " (%s)", burn_clip(arena, first->value, TITLE_MAX));
}

static void say_cert(const struct signal *first, const char *title, int64_t now, struct buf *out,
		     struct arena *arena)
{
	int64_t left = first->until - now;

	const char *host = bare_url(arena, title);
	int host_len = (int)strcspn(host, "/");

	/* What is wrong comes before a name that may be long. */
	if (!first->until || left > 60 * DAY) {
		buf_addf(out, "certificate of %.*s", host_len, host);
		add_text(out, arena, ": ", first->text ? first->text : "does not verify");
		return;
	}
	if (left <= 0)
		buf_adds(out, "certificate has ended");
	else if (left < DAY)
		buf_adds(out, "certificate ends within a day");
	else
		buf_addf(out, "certificate ends in %d d", (int)(left / DAY));
	buf_addf(out, ": %.*s", host_len, host);
}

static void say_slo(const struct signal *first, const char *title, struct buf *out,
		    struct arena *arena)
{
	const char *how = first->value ? first->value : first->text;

	buf_addf(out, "%s: ", title);
	buf_adds(out, how && *how ? burn_clip(arena, how, TITLE_MAX) : "its budget is burning");
}

static void say_first(const struct burn *burn, int64_t now, struct buf *out, struct arena *arena)
{
	const struct signal *first = burn->signals[0].signal;
	const char *title = burn_clip(arena, first->title, TITLE_MAX);

	switch (burn->kind) {
	case BURN_UPTIME:
		buf_addf(out, "probe %s", bare_url(arena, title));
		add_text(out, arena, " ", first->text ? first->text : first->value);
		break;
	case BURN_CI:
		say_ci(first, title, out, arena);
		break;
	case BURN_CERT:
		say_cert(first, title, now, out, arena);
		break;
	case BURN_SLO:
		say_slo(first, title, out, arena);
		break;
	case BURN_WATCHDOG:
		buf_addf(out, "%s %s: alerting may be broken", title,
			 first->since ? "no longer fires" : "does not fire");
		break;
	default:
		buf_adds(out, title);
		add_text(out, arena, " ", first->severity);
		break;
	}
	if (burn->signal_count > 1)
		buf_addf(out, " +%zu", burn->signal_count - 1);
}

const char *burn_what(const struct burn *burn, int64_t now, struct arena *arena)
{
	struct buf out = {0};
	const char *what;

	if (burn->kind == BURN_ALERT)
		say_alerts(burn, burn_clip(arena, burn->signals[0].signal->title, TITLE_MAX), &out,
			   arena);
	else
		say_first(burn, now, &out, arena);
	what = arena_strdup(arena, buf_str(&out));
	buf_free(&out);
	return what;
}
