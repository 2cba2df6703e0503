/* What svctop collect --listen serves: to the strictest of readers, and to a real Prometheus. */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/mem.h"
#include "tests/support/daemon.h"
#include "tests/support/gitfix.h"
#include "tests/support/httpd.h"
#include "tests/support/run.h"
#include "tests/support/servers.h"

#define PATIENCE 30 /* seconds */
#define ROUNDS	 24

struct fixture {
	char *dir;  /* of the repositories */
	char *home; /* of configuration, store and log */
	struct gitfix *pay;
	struct daemon *daemon;
	struct servers *servers;
	int port;
	struct buf got;
};

static int set_up(void **state)
{
	struct fixture *fix = xcalloc(1, sizeof(*fix));
	struct gitfix *web;

	fix->dir = gitfix_tmp();
	fix->home = gitfix_tmp();
	fix->pay = gitfix_new(fix->dir, "pay");
	gitfix_file(fix->pay, "service.yml", "name: pay\ntier: 1\nowners: [acme/pay]\n");
	gitfix_file(fix->pay, "dev.yml", "name: pay\nup:\n  - ruby\ncommands:\n  test: rake\n");
	gitfix_commit(fix->pay, "First");
	web = gitfix_new(fix->dir, "web");
	gitfix_file(web, "service.yml", "name: \"we\\\\\\\"b\\u202e\"\ntier: 3\n");
	gitfix_commit(web, "First");
	gitfix_free(web);
	setenv("HOME", fix->home, 1);
	setenv("XDG_CONFIG_HOME", fix->home, 1);
	setenv("XDG_STATE_HOME", fix->home, 1);
	setenv("XDG_CACHE_HOME", fix->home, 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	unsetenv("SVCTOP_CONFIG");
	fix->port = servers_port();
	*state = fix;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fix = *state;

	daemon_free(fix->daemon);
	servers_free(fix->servers);
	gitfix_free(fix->pay);
	gitfix_rmtree(fix->dir);
	gitfix_rmtree(fix->home);
	buf_free(&fix->got);
	free(fix->dir);
	free(fix->home);
	free(fix);
	return 0;
}

static void start(struct fixture *fix, const char *option)
{
	char *address = xasprintf("127.0.0.1:%d", fix->port);

	fix->daemon = daemon_start(fix->home, (const char *const[]){"svctop", "collect", "--every",
								    "1s", "--listen", address,
								    option, fix->dir, NULL});
	assert_true(daemon_says(fix->daemon, "2 services", 1, PATIENCE));
	free(address);
}

static const char *get(struct fixture *fix, const char *path, int status)
{
	int got;

	buf_reset(&fix->got);
	got = servers_ask(fix->port, "GET", path, NULL, NULL, &fix->got);
	if (got != status)
		fail_msg("%s: %d instead of %d: %s\n%s", path, got, status, buf_str(&fix->got),
			 daemon_said(fix->daemon));
	return buf_str(&fix->got);
}

static void has(const char *text, const char *line)
{
	if (!strstr(text, line))
		fail_msg("no %s in:\n%s", line, text);
}

/* The value of the one sample that begins so; -1: none. */
static double sample(const char *text, const char *begins)
{
	size_t len = strlen(begins);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, begins, len) && line[len] == ' ')
			return strtod(line + len, NULL);
	}
	return -1;
}

static void test_metrics(void **state)
{
	struct fixture *fix = *state;
	const char *text;

	start(fix, "--offline");
	text = get(fix, "/metrics", 200);
	has(text, "svctop_services{tier=\"1\"} 1\n");
	has(text, "svctop_check_services{check=\"dev-setup\",tier=\"1\",status=\"pass\"} 1\n");
	has(text, "svctop_service_gaps{service=\"pay\",tier=\"1\",owner=\"acme/pay\"} ");
	has(text,
	    "svctop_service_gaps{service=\"we\\\\\\\"b\xef\xbf\xbd\",tier=\"3\",owner=\"\"} ");
	has(text, "svctop_checkouts{state=\"ok\"} 2\n");
	has(text, "# TYPE svctop_refreshes_total counter\n");
	has(text, "svctop_store_writable 1\n");
	assert_true(sample(text, "svctop_store_size_bytes") > 4096);
	assert_true(sample(text, "svctop_open_gap_age_oldest_seconds{tier=\"1\"}") >= 0);
	assert_true(sample(text, "svctop_last_refresh_timestamp_seconds") > 1e9);
	assert_true(sample(text, "svctop_scan_seconds_total") > 0);
	assert_int_equal(sample(text, "svctop_scans_total"), 2);
	assert_int_equal(sample(text, "svctop_regressions_total{tier=\"1\"}"), 0);
	/* One findings' sum, told twice. */
	assert_int_equal(sample(text, "svctop_open_gaps{tier=\"1\"}"),
			 sample(text, "svctop_findings{tier=\"1\",status=\"gap\"}"));
	gitfix_drop_file(fix->pay, "dev.yml");
	gitfix_commit(fix->pay, "Drop it");
	assert_true(daemon_says(fix->daemon, "gap opened: dev-setup", 1, PATIENCE));
	text = get(fix, "/metrics", 200);
	assert_int_equal(sample(text, "svctop_gaps_opened_total{tier=\"1\"}"), 1);
	assert_int_equal(sample(text, "svctop_regressions_total{tier=\"1\"}"), 1);
	assert_int_equal(sample(text, "svctop_gaps_closed_total{tier=\"1\"}"), 0);
	assert_int_equal(sample(text, "svctop_scans_total"), 3);
	has(text, "svctop_check_services{check=\"dev-setup\",tier=\"1\",status=\"gap\"} 1\n");
}

static void test_other_pages(void **state)
{
	struct fixture *fix = *state;

	start(fix, "--offline");
	has(get(fix, "/", 200), "href=\"metrics\"");
	has(get(fix, "/healthz", 200), "\"status\": \"ok\"");
	has(get(fix, "/healthz", 200), "\"reason\": null");
	has(get(fix, "/<script>", 404), "/metrics");
	assert_null(strstr(buf_str(&fix->got), "script"));
	assert_int_equal(servers_ask(fix->port, "POST", "/metrics", "text/plain", "x", NULL), 405);
}

static bool ok_again(void *ctx)
{
	struct fixture *fix = ctx;

	return servers_ask(fix->port, "GET", "/healthz", NULL, NULL, NULL) == 200;
}

static bool ill(void *ctx)
{
	struct fixture *fix = ctx;

	buf_reset(&fix->got);
	return servers_ask(fix->port, "GET", "/healthz", NULL, NULL, &fix->got) == 503;
}

static void test_healthz(void **state)
{
	struct fixture *fix = *state;
	char *away = xasprintf("%s-away", fix->dir);

	start(fix, "--offline");
	/* A root that cannot be read: what was known of it stays. */
	assert_return_code(rename(fix->dir, away), 0);
	assert_true(servers_wait(ill, fix, PATIENCE));
	has(buf_str(&fix->got), "the last refresh failed");
	has(buf_str(&fix->got), fix->dir);
	has(get(fix, "/metrics", 200), "svctop_services{tier=\"1\"} 1\n");
	assert_return_code(rename(away, fix->dir), 0);
	assert_true(servers_wait(ok_again, fix, PATIENCE));
	free(away);
}

static void test_taken_port(void **state)
{
	struct fixture *fix = *state;
	char *address = xasprintf("127.0.0.1:%d", fix->port);
	struct run run;

	start(fix, "--offline");
	run = run_program((const char *const[]){"svctop", "collect", "--listen", address,
						"--store=none", fix->dir, NULL});
	assert_int_equal(run.status, 2);
	has(run.err, "Address already in use");
	has(run.err, address);
	run_free(&run);
	free(address);
}

/* Sources, and what burns. */
static void test_sources(void **state)
{
	static const struct httpd_reply down = {.status = 503};
	struct fixture *fix = *state;
	struct httpd *am = httpd_start();
	char *config = xasprintf("sources:\n- type: alertmanager\n  name: am\n  url: %s\n"
				 "  service_label: service\n  every: 1s\n",
				 httpd_url(am, ""));

	httpd_reply(
	    am, "/api/v2/alerts*",
	    &(struct httpd_reply){
		.body = "[{\"labels\":{\"alertname\":\"Down\",\"service\":\"pay\",\"severity\":"
			"\"critical\"},\"annotations\":{},\"fingerprint\":\"a\",\"startsAt\":"
			"\"2026-11-18T10:00:00.000Z\",\"endsAt\":\"2036-11-18T10:00:00.000Z\","
			"\"updatedAt\":\"2026-11-18T10:00:00.000Z\",\"generatorURL\":\"\","
			"\"receivers\":"
			"[{\"name\":\"sre\"}],\"status\":{\"state\":\"active\",\"silencedBy\":[],"
			"\"inhibitedBy\":[]}}]"});
	httpd_reply(am, "/api/v2/silences*", &(struct httpd_reply){.body = "[]"});
	httpd_reply(am, "/api/v2/status",
		    &(struct httpd_reply){.body = "{\"versionInfo\":{\"version\":\"1\"}}"});
	gitfix_write(fix->home, "svctop/config.yml", config);
	start(fix, "-v");
	for (int i = 0; i < PATIENCE * 10 &&
			sample(get(fix, "/metrics", 200), "svctop_burning{tier=\"1\"}") != 1;
	     i++)
		usleep(100000);
	has(buf_str(&fix->got), "svctop_burning{tier=\"1\"} 1\n");
	has(buf_str(&fix->got), "svctop_source_up{source=\"am\",type=\"alertmanager\"} 1\n");
	httpd_reply(am, "/api/v2/alerts*", &down);
	assert_true(daemon_says(fix->daemon, "source am: fails", 1, PATIENCE));
	get(fix, "/metrics", 200);
	has(buf_str(&fix->got), "svctop_source_up{source=\"am\",type=\"alertmanager\"} 0\n");
	has(buf_str(&fix->got),
	    "svctop_source_failing_topics{source=\"am\",type=\"alertmanager\"} 1\n");
	assert_true(sample(buf_str(&fix->got),
			   "svctop_source_last_answer_timestamp_seconds{source=\"am\","
			   "type=\"alertmanager\"}") > 1e9);
	httpd_stop(am);
	free(config);
}

/* ---- who reads it ---- */

static void test_promtool(void **state)
{
	struct fixture *fix = *state;
	char *command;
	struct run run;

	if (!servers_program("promtool"))
		skip();
	start(fix, "--offline");
	gitfix_write(fix->home, "metrics.txt", get(fix, "/metrics", 200));
	command =
	    xasprintf("%s check metrics < %s/metrics.txt", servers_program("promtool"), fix->home);
	run = run_program((const char *const[]){"sh", "-c", command, NULL});
	if (run.status || *run.err || *run.out)
		fail_msg("%d: %s%s", run.status, run.out, run.err);
	run_free(&run);
	free(command);
}

struct asking {
	struct server *prometheus;
	const char *query, *wanted;
	struct buf got;
};

static bool answers(void *ctx)
{
	struct asking *asking = ctx;
	char *path = xasprintf("/api/v1/query?query=%s", asking->query);
	int status;

	buf_reset(&asking->got);
	status =
	    servers_ask(server_port(asking->prometheus), "GET", path, NULL, NULL, &asking->got);
	free(path);
	return status == 200 && strstr(buf_str(&asking->got), asking->wanted);
}

static void ask(struct server *prometheus, const char *query, const char *wanted)
{
	struct asking asking = {.prometheus = prometheus, .query = query, .wanted = wanted};

	if (!servers_wait(answers, &asking, PATIENCE))
		fail_msg("%s: %s", query, buf_str(&asking.got));
	buf_free(&asking.got);
}

static void test_prometheus(void **state)
{
	struct fixture *fix = *state;
	struct server *prometheus;

	if (!servers_program("prometheus"))
		skip();
	start(fix, "--offline");
	fix->servers = servers_new();
	servers_file(fix->servers, "prometheus.yml",
		     "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
		     "scrape_configs:\n"
		     "- job_name: svctop\n"
		     "  static_configs: [{targets: [\"127.0.0.1:%d\"]}]\n",
		     fix->port);
	prometheus =
	    servers_start(fix->servers, servers_port(), "/-/ready",
			  (const char *const[]){"prometheus", "--config.file=prometheus.yml",
						"--storage.tsdb.path=data",
						"--web.listen-address=127.0.0.1:%PORT", NULL});
	ask(prometheus, "up%7Bjob=%22svctop%22%7D", ",\"1\"]");
	ask(prometheus, "svctop_services%7Btier=%221%22%7D", ",\"1\"]");
	ask(prometheus, "svctop_service_gaps", "\"service\":\"we\\\\\\\"b");
	ask(prometheus, "sum(svctop_checkouts)", ",\"2\"]");
	ask(prometheus, "svctop_refreshes_total%20%3E%202", "\"job\":\"svctop\"");
	/* A gap that opens is to be seen there. */
	gitfix_drop_file(fix->pay, "dev.yml");
	gitfix_commit(fix->pay, "Drop it");
	ask(prometheus, "svctop_regressions_total%7Btier=%221%22%7D", ",\"1\"]");
	ask(prometheus,
	    "svctop_check_services%7Bcheck=%22dev-setup%22,tier=%221%22,status=%22gap%22%7D",
	    ",\"1\"]");
}

/* ---- for a long time ---- */

static long resident(pid_t pid)
{
	char *path = xasprintf("/proc/%d/statm", (int)pid), text[256];
	FILE *in = fopen(path, "re");
	char *end;
	long pages = 0;

	assert_non_null(in);
	if (fgets(text, sizeof(text), in)) {
		strtol(text, &end, 10);
		pages = strtol(end, NULL, 10);
	}
	fclose(in);
	free(path);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Commits, looks, scrapes and reloads, over and over, leave nothing behind. */
static void test_memory(void **state)
{
	struct fixture *fix = *state;
	long before = 0, after;

#ifdef __SANITIZE_ADDRESS__ /* which keeps for long what was freed */
	skip();
#endif
	start(fix, "--store=none");
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t refreshes;

		if (i == ROUNDS / 3)
			before = resident(daemon_pid(fix->daemon));
		gitfix_file(fix->pay, "NOTES", i % 2 ? "a" : "b");
		gitfix_commit(fix->pay, "Notes");
		for (int scrape = 0; scrape < 50; scrape++)
			get(fix, "/metrics", 200);
		if (i % 4 == 0)
			kill(daemon_pid(fix->daemon), SIGHUP);
		refreshes = (uint64_t)sample(get(fix, "/metrics", 200), "svctop_refreshes_total");
		for (int t = 0; t < 300 && sample(get(fix, "/metrics", 200),
						  "svctop_refreshes_total") <= (double)refreshes;
		     t++)
			usleep(20000);
	}
	after = resident(daemon_pid(fix->daemon));
	if (after > before + 1024)
		fail_msg("%ld KB at the end, %ld KB after a third", after, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	    TEST(test_metrics),	   TEST(test_other_pages), TEST(test_healthz),
	    TEST(test_taken_port), TEST(test_sources),	   TEST(test_promtool),
	    TEST(test_prometheus), TEST(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
