#ifndef SVCTOP_TESTS_SUPPORT_MONITORING_H
#define SVCTOP_TESTS_SUPPORT_MONITORING_H

/*
 * A real Prometheus that scrapes and evaluates every second, the Alertmanager that it sends to,
 * and a blackbox exporter that it probes through.
 */

#include <stdbool.h>

#include "tests/support/servers.h"

struct monitoring {
	struct servers *servers;
	struct server *prometheus, *alertmanager, *blackbox;
};

/* Whether all three programs are to be had; if not, the test is to be skipped. */
bool monitoring_available(void);

/*
 * Starts them. rules: the text of a rules file, "groups:" and below. scrapes: further lines of
 * scrape_configs, "" for none, with probes as monitoring_probe() writes them. Alertmanager routes
 * all to the receiver "pager"; critical alerts inhibit warnings with the same label service.
 * The first alert arrives there about 6 seconds after this.
 */
struct monitoring *monitoring_start(const char *rules, const char *probes);
void monitoring_free(struct monitoring *monitoring); /* NULL is allowed */

/* One target of the job "blackbox", a line of probes: url, with the label service. */
void monitoring_probe(struct buf *probes, const char *url, const char *service);

/* Other rules from now on; they are loaded when this returns. */
void monitoring_rules(struct monitoring *monitoring, const char *rules);

#endif
