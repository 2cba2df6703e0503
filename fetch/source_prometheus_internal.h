#ifndef SVCTOP_FETCH_SOURCE_PROMETHEUS_INTERNAL_H
#define SVCTOP_FETCH_SOURCE_PROMETHEUS_INTERNAL_H

/*
 * What the files of the Prometheus source share. An answer's "data" has been taken out
 * of its envelope and is what the readers get.
 */

#include <jansson.h>

#include "fetch/alert.h"
#include "fetch/source.h"

/* Everything that a reader of one answer needs. */
struct prometheus_reading {
	const struct source_context *context;
	const struct source_request *request;
	const struct source_answer *answer;
	struct source_result *out;
	const json_t *data;
};

/* Each reads one kind of answer; -1 and err: it is not what it should be. */
typedef int prometheus_reader(struct prometheus_reading *in, struct err *err);
prometheus_reader prometheus_alerts, prometheus_rules, prometheus_targets, prometheus_probes,
    prometheus_slo, prometheus_check;

/* What is asked in one query for all services. */
extern const char prometheus_probe_query[], prometheus_slo_query[];

/* One series of an instant query's answer. */
struct prometheus_sample {
	const json_t *labels; /* with __name__ */
	const char *name;     /* "" where it has none */
	double value;	      /* NaN as well */
	int64_t at;
};

/* The list of series; NULL and err where the answer is no vector. */
const json_t *prometheus_vector(const struct prometheus_reading *in, struct err *err);
/* false: it is not what a series should be; skip it. */
bool prometheus_sample(const json_t *item, struct prometheus_sample *sample);

/* "0.42", "1.5e+09", "NaN"; in arena. */
const char *prometheus_number(struct arena *arena, double number);

/* A page of the server itself: path begins with '/', argument is escaped. In the result's arena. */
const char *prometheus_link(const struct prometheus_reading *in, const char *path,
			    const char *argument);

#endif
