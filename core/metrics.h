#ifndef SVCTOP_CORE_METRICS_H
#define SVCTOP_CORE_METRICS_H

/*
 * Metrics as text: Prometheus' format 0.0.4, or OpenMetrics 1.0, which names counters and infos
 * without what their samples end in, and has an end. A family is begun, then come its samples:
 *
 *	metrics_family(&metrics, "svctop_services", METRIC_GAUGE, "Services, by tier.");
 *	metrics_sample(&metrics);
 *	metrics_label(&metrics, "tier", "1");
 *	metrics_int(&metrics, 12);
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

enum metric_type {
	METRIC_GAUGE,
	METRIC_COUNTER, /* name without _total */
	METRIC_INFO,	/* name without _info */
};

struct metrics {
	struct buf *out;
	bool open; /* OpenMetrics */
	const char *name;
	enum metric_type type;
	bool labels; /* of this sample there are some */
};

/* name lives until the next family; help is one line. */
void metrics_family(struct metrics *metrics, const char *name, enum metric_type type,
		    const char *help);

/* A sample: its labels, then its value. */
void metrics_sample(struct metrics *metrics);
/* Any bytes; what would show as something else than it is becomes U+FFFD. */
void metrics_label(struct metrics *metrics, const char *name, const char *value);
void metrics_int(struct metrics *metrics, int64_t value);
void metrics_float(struct metrics *metrics, double value); /* with up to six decimals */

/* A family of one sample without labels. */
void metrics_one(struct metrics *metrics, const char *name, enum metric_type type, const char *help,
		 int64_t value);

/* "1" to "4", "unset" for 0. */
const char *metrics_tier(int tier);

/* OpenMetrics' end; nothing else. */
void metrics_end(struct metrics *metrics);

#endif
