#ifndef SVCTOP_FETCH_ALERT_H
#define SVCTOP_FETCH_ALERT_H

/*
 * What Prometheus and Alertmanager say of an alert in the same words: labels and
 * annotations. Labels give the keys that find the service, the severity, the environment and
 * the id; annotations the text and the runbook.
 */

#include <jansson.h>
#include <stdbool.h>

#include "core/signal.h"
#include "fetch/source.h"

/* Labels of one alert, target or series that are looked at; the rest is not. */
#define ALERT_LABELS_MAX 100

/* The value of a label, whatever characters its name has; NULL where it is none. */
const char *alert_label(const json_t *labels, const char *name);

/*
 * Adds the keys that labels give, best first: the source's service_label, then labels that usually
 * name a service ("service", "app", "app_kubernetes_io_name", ..., "job", "namespace"), and a URL
 * in "instance".
 */
void alert_keys(const struct config_source *config, struct signal_list *list, struct signal *signal,
		const json_t *labels);

/* Names of labels that may name a service, best first; NULL behind the last. */
const char *alert_service_label(const struct config_source *config, size_t index);

/* All labels as the signal's, and its environment where a label says it. */
void alert_labels(struct signal_list *list, struct signal *signal, const json_t *labels);

/*
 * Whether it is an alert that always fires to show that alerting works: one that the source's
 * option "watchdog" names; where there is none, Watchdog, DeadMansSwitch, DeadMansSnitch.
 */
bool alert_is_watchdog(const struct config_source *config, const json_t *labels);

/*
 * Whether what ought to be a list of alerts is one: -1 and err where none of its entries has
 * labels; a note, in arena, where some have none.
 */
int alert_check_list(const json_t *alerts, struct arena *arena, const char **note, struct err *err);

/*
 * A firing or pending alert with all that labels and annotations say. How bad it is comes
 * from the label "severity": critical, page, error, high, p1 and the like are critical; none is
 * ok, since whoever wrote the rule says that it is not for people; all others (warning, info,
 * none of these, no such label) are a warning. A watchdog is ok and flagged.
 * NULL: the list is full, or the labels are none.
 */
struct signal *alert_add(const struct config_source *config, struct signal_list *list,
			 const json_t *labels, const json_t *annotations, const char *fingerprint);

/*
 * For each name in the source's option "watchdog" that none of the list's alerts has: a
 * critical signal with SIGNAL_WATCHDOG that says that it is missing.
 */
void alert_expect_watchdog(const struct config_source *config, struct signal_list *list);

/* The fingerprint that Alertmanager gives these labels (16 hex digits), in arena. */
const char *alert_fingerprint(struct arena *arena, const json_t *labels);

#endif
