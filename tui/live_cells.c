#include "tui/live_cells.h"

#include <stdio.h>
#include <string.h>

enum role signal_role(const struct signal *signal)
{
	if (signal->flags & (SIGNAL_SILENCED | SIGNAL_INHIBITED | SIGNAL_PENDING))
		return ROLE_WAIVED;
	switch (signal->state) {
	case SIGNAL_OK:
		return ROLE_PASS;
	case SIGNAL_WARNING:
		return ROLE_WARN;
	case SIGNAL_CRITICAL:
		return signal->kind == SIGNAL_CI ? ROLE_GAP : ROLE_BURN;
	default:
		return ROLE_UNKNOWN;
	}
}

const char *signal_glyph(const struct signal *signal, const struct glyphs *glyphs)
{
	if (signal->flags & (SIGNAL_SILENCED | SIGNAL_INHIBITED | SIGNAL_PENDING))
		return glyphs->word_mark[STATUS_WAIVED];
	switch (signal->state) {
	case SIGNAL_OK:
		return glyphs->word_mark[STATUS_PASS];
	case SIGNAL_WARNING:
		return "!";
	case SIGNAL_CRITICAL:
		return signal->kind == SIGNAL_CI ? glyphs->word_mark[STATUS_GAP] : "!";
	default:
		return glyphs->word_mark[STATUS_UNKNOWN];
	}
}

void signal_stale_words(const struct observed *seen, int64_t now, struct buf *out)
{
	const char *cause = seen->topic->cause;
	char age[TEXT_AGE_MAX];

	draw_age(seen->topic->observed_at, now, age);
	if (strcmp(age, "now") != 0)
		buf_addf(out, "as last heard %s ago", age);
	else
		buf_adds(out, "as just heard");
	buf_addf(out, "; now: %.200s", cause && *cause ? cause : "no answer");
}

void cell_health(const struct health *health, bool fails, const struct canvas *canvas)
{
	static const char *const brief[][2] = {
	    {"critical", "crit"}, {"warning", "warn"}, {"silenced", "quiet"}};
	const struct glyphs *glyphs = canvas->glyphs;
	const char *word = health_word(health), *sign = "!";
	enum role role = health->state == SIGNAL_CRITICAL ? ROLE_BURN : ROLE_WARN;

	for (size_t i = 0; i < sizeof(brief) / sizeof(*brief); i++)
		if (!strcmp(word, brief[i][0]))
			word = brief[i][1];
	if (!health->worst && health->quiet) {
		sign = glyphs->word_mark[STATUS_WAIVED];
		role = ROLE_WAIVED;
	} else if (!health->worst && health->state == SIGNAL_OK) {
		sign = health->stale ? glyphs->word_mark[STATUS_UNKNOWN]
				     : glyphs->word_mark[STATUS_PASS];
		role = health->stale ? ROLE_UNKNOWN : ROLE_PASS;
	} else if (!health->worst && fails) {
		sign = glyphs->word_mark[STATUS_UNKNOWN];
		word = "unkn";
		role = ROLE_UNKNOWN;
	} else if (!health->worst) {
		draw_text(canvas, 0, 0, canvas->cols, ROLE_TEXT, "-");
		return;
	}
	draw_textf(canvas, 0, 0, canvas->cols, role, "%s %s%s", sign, word,
		   health->stale && !strchr(word, '?') ? "?" : "");
}

static void draw_signal(const struct observed *seen, const char *word, int64_t now,
			const struct canvas *canvas)
{
	const struct signal *signal = seen->signal;
	char age[TEXT_AGE_MAX] = "";

	if (signal->state != SIGNAL_OK && signal->since)
		draw_age(signal->since, now, age);
	draw_textf(canvas, 0, 0, canvas->cols, signal_role(signal), "%s %s%s%s%s",
		   signal_glyph(signal, canvas->glyphs), word, *age ? " " : "", age,
		   seen->topic->failing_since ? "?" : "");
}

void cell_uptime(const struct health *health, int64_t now, const struct canvas *canvas)
{
	const struct observed *seen = health->uptime_at;

	if (!health->uptime_known)
		draw_text(canvas, 0, 0, canvas->cols, ROLE_TEXT, "-");
	else if (seen->signal->state == SIGNAL_OK)
		draw_signal(seen, seen->signal->value ? seen->signal->value : "up", now, canvas);
	else if (seen->signal->state == SIGNAL_UNKNOWN)
		draw_signal(seen, "unknown", now, canvas);
	else
		draw_signal(seen, seen->signal->state == SIGNAL_CRITICAL ? "down" : "slow", now,
			    canvas);
}

void cell_ci(const struct health *health, int64_t now, const struct canvas *canvas)
{
	static const char *const words[] = {"ok", "unstable", "red", "unknown"};

	if (!health->ci_known)
		draw_text(canvas, 0, 0, canvas->cols, ROLE_TEXT, "-");
	else
		draw_signal(health->ci_at, words[health->ci], now, canvas);
}
