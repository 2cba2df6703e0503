#include "tests/support/monitoring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/mem.h"
#include "tests/support/gitfix.h"

static const char alertmanager_config[] =
    "route: {receiver: pager, group_by: [service, alertname], group_wait: 1s, group_interval: 1s,\n"
    "        repeat_interval: 1h}\n"
    "receivers: [{name: pager}]\n"
    "inhibit_rules:\n"
    "  - source_matchers: [severity=\"critical\"]\n"
    "    target_matchers: [severity=\"warning\"]\n"
    "    equal: [service]\n";

static const char blackbox_config[] =
    "modules:\n"
    "  http: {prober: http, timeout: 2s, http: {preferred_ip_protocol: ip4}}\n";

static const char prometheus_config[] =
    "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\n"
    "rule_files: [rules.yml]\n"
    "alerting: {alertmanagers: [{static_configs: [{targets: [\"127.0.0.1:%d\"]}]}]}\n"
    "scrape_configs:\n"
    "- job_name: prometheus\n"
    "  static_configs: [{targets: [\"127.0.0.1:%d\"]}]\n"
    "- job_name: gone\n"
    "  static_configs: [{targets: [\"127.0.0.1:1\"], labels: {service: ghost}}]\n"
    "- job_name: blackbox\n"
    "  metrics_path: /probe\n"
    "  params: {module: [http]}\n"
    "  static_configs:\n"
    "%s"
    "  relabel_configs:\n"
    "  - {source_labels: [__address__], target_label: __param_target}\n"
    "  - {source_labels: [__param_target], target_label: instance}\n"
    "  - {target_label: __address__, replacement: \"127.0.0.1:%d\"}\n";

bool monitoring_available(void)
{
	return servers_program("prometheus") && servers_program("prometheus-alertmanager") &&
	       servers_program("prometheus-blackbox-exporter");
}

void monitoring_probe(struct buf *probes, const char *url, const char *service)
{
	buf_addf(probes, "  - {targets: [\"%s\"], labels: {service: %s}}\n", url, service);
}

struct monitoring *monitoring_start(const char *rules, const char *probes)
{
	struct monitoring *monitoring = xcalloc(1, sizeof(*monitoring));
	struct servers *servers = servers_new();
	int port = servers_port();

	monitoring->servers = servers;
	servers_file(servers, "alertmanager.yml", "%s", alertmanager_config);
	/* Where one that was unpacked, not installed, looks for them (scripts/unpack.sh). */
	gitfix_write(servers_folder(servers), "am-templates/default.tmpl", "");
	gitfix_write(servers_folder(servers), "am-templates/email.tmpl", "");
	servers_file(servers, "blackbox.yml", "%s", blackbox_config);
	servers_file(servers, "rules.yml", "%s", rules);
	/* An empty address of the cluster, or it listens on all of the machine's. */
	monitoring->alertmanager =
	    servers_start(servers, servers_port(), "/-/ready",
			  (const char *const[]){
			      "prometheus-alertmanager", "--config.file=alertmanager.yml",
			      "--storage.path=alertmanager", "--web.listen-address=127.0.0.1:%PORT",
			      "--cluster.listen-address=", NULL});
	monitoring->blackbox = servers_start(
	    servers, servers_port(), "/-/healthy",
	    (const char *const[]){"prometheus-blackbox-exporter", "--config.file=blackbox.yml",
				  "--web.listen-address=127.0.0.1:%PORT", NULL});
	servers_file(servers, "prometheus.yml", prometheus_config,
		     server_port(monitoring->alertmanager), port, probes,
		     server_port(monitoring->blackbox));
	/* By default an alert that finds no Alertmanager yet is sent again after a minute only. */
	monitoring->prometheus = servers_start(
	    servers, port, "/-/ready",
	    (const char *const[]){"prometheus", "--config.file=prometheus.yml",
				  "--storage.tsdb.path=prometheus",
				  "--web.listen-address=127.0.0.1:%PORT", "--web.enable-lifecycle",
				  "--rules.alert.resend-delay=1s", NULL});
	return monitoring;
}

void monitoring_free(struct monitoring *monitoring)
{
	if (!monitoring)
		return;
	servers_free(monitoring->servers);
	free(monitoring);
}

void monitoring_rules(struct monitoring *monitoring, const char *rules)
{
	servers_file(monitoring->servers, "rules.yml", "%s", rules);
	assert_int_equal(servers_ask(server_port(monitoring->prometheus), "POST", "/-/reload",
				     "text/plain", "", NULL),
			 200);
}
