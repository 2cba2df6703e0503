#include "core/metrics.h"

#include <string.h>

#include "core/text.h"

static const char *suffix(enum metric_type type)
{
	return type == METRIC_COUNTER ? "_total" : type == METRIC_INFO ? "_info" : "";
}

void metrics_family(struct metrics *metrics, const char *name, enum metric_type type,
		    const char *help)
{
	const char *end = metrics->open ? "" : suffix(type), *word = "gauge";

	if (type == METRIC_COUNTER)
		word = "counter";
	else if (type == METRIC_INFO && metrics->open)
		word = "info";
	metrics->name = name;
	metrics->type = type;
	buf_addf(metrics->out, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, end, help, name, end,
		 word);
}

void metrics_sample(struct metrics *metrics)
{
	buf_addf(metrics->out, "%s%s", metrics->name, suffix(metrics->type));
	metrics->labels = false;
}

static void put_value(struct buf *out, const char *value)
{
	for (size_t len = strlen(value), used; len; value += used, len -= used) {
		uint32_t c;

		used = text_decode(value, len, &c);
		if (!used)
			buf_adds(out, "\xef\xbf\xbd");
		else if (c == '\\' || c == '"')
			buf_addf(out, "\\%c", (char)c);
		else if (c == '\n')
			buf_adds(out, "\\n");
		else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || text_is_bidi(c))
			buf_adds(out, "\xef\xbf\xbd");
		else
			buf_add(out, value, used);
		used += !used;
	}
}

void metrics_label(struct metrics *metrics, const char *name, const char *value)
{
	buf_addf(metrics->out, "%c%s=\"", metrics->labels ? ',' : '{', name);
	put_value(metrics->out, value);
	buf_addc(metrics->out, '"');
	metrics->labels = true;
}

void metrics_int(struct metrics *metrics, int64_t value)
{
	buf_addf(metrics->out, "%s %lld\n", metrics->labels ? "}" : "", (long long)value);
}

void metrics_float(struct metrics *metrics, double value)
{
	/* By hand: in some locales the library's way gives a comma. */
	int64_t millionths = (int64_t)(value * 1e6 + (value < 0 ? -0.5 : 0.5));
	uint64_t size = (uint64_t)(millionths < 0 ? -millionths : millionths);

	buf_addf(metrics->out, "%s %s%llu.%06llu\n", metrics->labels ? "}" : "",
		 millionths < 0 ? "-" : "", (unsigned long long)(size / 1000000),
		 (unsigned long long)(size % 1000000));
}

void metrics_one(struct metrics *metrics, const char *name, enum metric_type type, const char *help,
		 int64_t value)
{
	metrics_family(metrics, name, type, help);
	metrics_sample(metrics);
	metrics_int(metrics, value);
}

const char *metrics_tier(int tier)
{
	static const char *const names[] = {"unset", "1", "2", "3", "4"};

	return names[tier];
}

void metrics_end(struct metrics *metrics)
{
	if (metrics->open)
		buf_adds(metrics->out, "# EOF\n");
}
