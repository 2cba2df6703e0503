/*
 * What it costs to keep a fleet's live state fresh, with a courier that asks a server on loopback:
 *
 *	bench_refresh [REFRESHES]
 *
 * How many requests a refresh of a Prometheus and an Alertmanager takes for 10, 100 and 1,000
 * services, each of which has an alert, and the CPU time of the courier and of the face. Then the
 * memory of both after a tenth of the refreshes (10,000), and after all. This program is its own
 * courier.
 */

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/json_write.h"
#include "fetch/child_process.h"
#include "fetch/courier.h"
#include "fetch/http_server.h"
#include "tests/support/fakefleet.c"
#include "tui/feed.h"

enum { ROUNDS = 11, MEMORY_SERVICES = 100 };

/* Shared with the process that answers. */
struct counter {
	unsigned requests;
};

struct world {
	struct counter *counter;
	const struct fleet *fleet;
};

struct setup {
	struct world world;
	struct checklist *checklist;
	struct fleet *fleet;
	struct live *live;
	struct courier *courier;
	pid_t server;
	int server_end;
	unsigned idle;
	char *config;
};

/* ---- the server ---- */

static void alert(struct buf *out, const char *name, bool alertmanager)
{
	buf_addf(out,
		 "{\"labels\":{\"alertname\":\"ErrorsHigh\",\"service\":\"%s\","
		 "\"severity\":\"page\"},\"annotations\":{\"summary\":\"5 %% of requests fail\"},",
		 name);
	if (alertmanager)
		buf_addf(out,
			 "\"fingerprint\":\"%s\",\"startsAt\":\"2026-11-18T10:00:00.000Z\","
			 "\"endsAt\":\"2036-11-18T10:00:00.000Z\","
			 "\"updatedAt\":\"2026-11-18T10:00:00.000Z\",\"generatorURL\":\"\","
			 "\"receivers\":[{\"name\":\"sre\"}],\"status\":{\"state\":\"active\","
			 "\"silencedBy\":[],\"inhibitedBy\":[]}}",
			 name);
	else
		buf_adds(out, "\"state\":\"firing\",\"activeAt\":\"2026-11-18T10:00:00Z\","
			      "\"value\":\"5\"}");
}

static void target(struct buf *out, const char *name)
{
	buf_addf(
	    out,
	    "{\"discoveredLabels\":{},\"labels\":{\"job\":\"app\",\"service\":\"%s\","
	    "\"instance\":\"%s:80\"},\"scrapePool\":\"app\",\"scrapeUrl\":\"http://%s/metrics\","
	    "\"lastError\":\"\",\"lastScrape\":\"2026-11-18T10:00:00Z\",\"health\":\"up\"}",
	    name, name, name);
}

static void answer(void *ctx, const struct http_server_request *request,
		   struct http_server_reply *reply)
{
	const struct world *world = ctx;
	struct buf *out = &reply->body;
	bool alerts = strstr(request->path, "/alerts"), targets = strstr(request->path, "/targets");
	bool alertmanager = strstr(request->path, "/api/v2/");

	reply->type = "application/json";
	reply->etag = true;
	__atomic_add_fetch(&world->counter->requests, 1, __ATOMIC_RELAXED);
	if (!alertmanager)
		buf_addf(out, "{\"status\":\"success\",\"data\":%s",
			 alerts	   ? "{\"alerts\":["
			 : targets ? "{\"activeTargets\":["
				   : "{\"groups\":[],\"resultType\":\"vector\",\"result\":[");
	else
		buf_adds(out, strstr(request->path, "/status") ? "{\"x\":[" : "[");
	for (size_t i = 0; i < fleet_count(world->fleet) && (alerts || targets); i++) {
		if (i)
			buf_addc(out, ',');
		if (alerts)
			alert(out, fleet_at(world->fleet, i)->name, alertmanager);
		else
			target(out, fleet_at(world->fleet, i)->name);
	}
	if (!alertmanager)
		buf_adds(out, "]}}");
	else
		buf_adds(out, strstr(request->path, "/status") ? "]}" : "]");
}

static void start_server(struct setup *setup)
{
	const struct http_server_options options = {
	    .answer = answer, .ctx = &setup->world, .max_body = 4096};
	struct http_listeners listeners;
	unsigned port;
	int ends[2];

	if (http_listen("127.0.0.1:0", &listeners, NULL) < 0 || pipe(ends) < 0)
		exit(1);
	port = listeners.port;
	setup->server = fork();
	if (!setup->server) {
		close(ends[1]);
		http_server_run(&listeners, &options, ends[0]);
		_exit(0);
	}
	close(ends[0]);
	http_listen_end(&listeners);
	setup->server_end = ends[1];
	setup->config = xasprintf("sources:\n- type: prometheus\n  url: http://127.0.0.1:%u\n"
				  "  every: 1h\n- type: alertmanager\n"
				  "  url: http://127.0.0.1:%u\n  every: 1h\n",
				  port, port);
}

/* ---- the face ---- */

static void set_up(struct setup *setup, size_t services)
{
	static const struct live_config sources[] = {
	    {.name = "prometheus", .type = "prometheus", .kinds = UINT64_C(1) << SIGNAL_ALERT},
	    {.name = "alertmanager", .type = "alertmanager", .kinds = UINT64_C(1) << SIGNAL_ALERT},
	};
	struct courier_options options = {.config_path = "bench.yml", .home = "/"};

	*setup = (struct setup){.checklist = checklist_builtin(), .live = live_new()};
	setup->fleet = fake_fleet(setup->checklist, services);
	setup->world.fleet = setup->fleet;
	setup->world.counter = mmap(NULL, sizeof(struct counter), PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (setup->world.counter == MAP_FAILED)
		exit(1);
	start_server(setup);
	live_configure(setup->live, sources, 2);
	fleet_set_live(setup->fleet, setup->live);
	options.config_text = setup->config;
	options.config_len = strlen(setup->config);
	setup->courier = courier_new(&options, NULL);
	feed_subjects(setup->courier, setup->fleet);
}

static void tear_down(struct setup *setup)
{
	courier_free(setup->courier);
	close(setup->server_end);
	waitpid(setup->server, NULL, 0);
	fleet_set_live(setup->fleet, NULL);
	fleet_free(setup->fleet);
	live_free(setup->live);
	checklist_free(setup->checklist);
	munmap(setup->world.counter, sizeof(struct counter));
	free(setup->config);
}

/* As the dashboard does: what comes is taken in, then the fleet settles. */
static void until_idle(struct setup *setup)
{
	unsigned before = setup->idle;

	while (setup->idle == before) {
		struct pollfd fds[4];
		struct courier_event event;
		int timeout = 30000;
		size_t count = courier_pollfds(setup->courier, fds, 4, &timeout);
		bool changed = false;

		if (poll(fds, count, timeout) == 0) {
			fprintf(stderr, "the courier says nothing\n");
			exit(1);
		}
		courier_service(setup->courier);
		while (courier_next(setup->courier, &event)) {
			changed |= feed_apply(setup->live, &event, FAKE_NOW);
			setup->idle += event.kind == COURIER_IDLE;
		}
		if (changed)
			fleet_settle(setup->fleet, FAKE_NOW);
	}
}

static void refresh(struct setup *setup)
{
	courier_refresh(setup->courier);
	until_idle(setup);
}

/* ---- what is known of a process ---- */

/* The child that is not the server. */
static pid_t courier_of(const struct setup *setup)
{
	char path[64], line[256] = "", *next = line, *end;
	pid_t pid = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)getpid(), (int)getpid());
	in = fopen(path, "re");
	if (in && fgets(line, sizeof(line), in))
		while ((pid = (pid_t)strtol(next, &end, 10)) == setup->server && end != next)
			next = end;
	if (in)
		fclose(in);
	return pid;
}

static long rss_kb(pid_t pid)
{
	char path[64], line[256];
	long kb = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	in = fopen(path, "re");
	while (in && fgets(line, sizeof(line), in))
		if (!strncmp(line, "VmRSS:", 6))
			kb = strtol(line + 6, NULL, 10);
	if (in)
		fclose(in);
	return kb;
}

/* CPU time, from the scheduler: nanoseconds. */
static double cpu_ms(pid_t pid)
{
	char path[64];
	unsigned long long ns = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	in = fopen(path, "re");
	if (in) {
		if (fscanf(in, "%llu", &ns) != 1)
			ns = 0;
		fclose(in);
	}
	return (double)ns / 1e6;
}

/* ---- parts ---- */

static void bench_requests(size_t services)
{
	struct setup setup;
	unsigned requests;
	double face, courier;
	pid_t pid;

	set_up(&setup, services);
	until_idle(&setup);
	pid = courier_of(&setup);
	requests = setup.world.counter->requests;
	face = cpu_ms(getpid());
	courier = cpu_ms(pid);
	for (int i = 0; i < ROUNDS; i++)
		refresh(&setup);
	printf("%5zu services: %u requests a refresh; courier %.2f ms, face %.2f ms\n", services,
	       (setup.world.counter->requests - requests) / ROUNDS,
	       (cpu_ms(pid) - courier) / ROUNDS, (cpu_ms(getpid()) - face) / ROUNDS);
	tear_down(&setup);
}

static void bench_memory(size_t refreshes)
{
	struct setup setup;
	long face = 0, courier = 0;
	pid_t pid;

	set_up(&setup, MEMORY_SERVICES);
	until_idle(&setup);
	pid = courier_of(&setup);
	for (size_t i = 0; i < refreshes; i++) {
		refresh(&setup);
		if (i + 1 == refreshes / 10) {
			face = rss_kb(getpid());
			courier = rss_kb(pid);
		}
	}
	printf("memory after %zu refreshes : after %zu\n", refreshes, refreshes / 10);
	printf("  face    %6ld KB : %6ld KB  %16.2f   aim 1.00\n", rss_kb(getpid()), face,
	       (double)rss_kb(getpid()) / (double)face);
	printf("  courier %6ld KB : %6ld KB  %16.2f   aim 1.00\n", rss_kb(pid), courier,
	       (double)rss_kb(pid) / (double)courier);
	tear_down(&setup);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], COURIER_ARGUMENT))
		return courier_main(CHILD_FD);
	setenv("no_proxy", "*", 1);
	bench_requests(10);
	bench_requests(100);
	bench_requests(1000);
	bench_memory(argc > 1 ? strtoul(argv[1], NULL, 10) : 10000);
	return 0;
}
