/*
 * What live sources cost an open dashboard, each in a terminal of its own over the demo's fleet:
 *
 *	bench_terminal [SVCTOP]
 *
 * How often it wakes up between polls, all processes together; and from a key to its frame with
 * ten sources that take connections and never answer, as a ratio to none, in turns.
 */

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "fetch/http_server.h"
#include "tests/bench/libtime.h"

enum { PRESSES = 201, HUNG = 10, SETTLE_MS = 8000, IDLE_MS = 10000, QUIET_MS = 15 };

struct dashboard {
	pid_t pid;
	int fd;
	double wall[PRESSES];
	double cpu; /* when the presses began */
};

static double clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* A number of a file below /proc/PID: the one behind name, or the first. */
static double number_of(long pid, const char *file, const char *name)
{
	char path[64], line[256];
	double number = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%ld/%s", pid, file);
	in = fopen(path, "re");
	while (in && fgets(line, sizeof(line), in))
		if (!strncmp(line, name, strlen(name)))
			number = strtod(line + strlen(name), NULL);
	if (in)
		fclose(in);
	return number;
}

/* ---- the other end ---- */

/* Prometheus, without anything to say. */
static void answer(void *ctx, const struct http_server_request *request,
		   struct http_server_reply *reply)
{
	(void)ctx;
	(void)request;
	reply->type = "application/json";
	reply->etag = true;
	buf_adds(&reply->body, "{\"status\":\"success\",\"data\":{\"alerts\":[],\"groups\":[],"
			       "\"activeTargets\":[],\"resultType\":\"vector\",\"result\":[]}}");
}

static uint16_t listen_on(struct http_listeners *listeners)
{
	if (http_listen("127.0.0.1:0", listeners, NULL) < 0)
		exit(1);
	return listeners->port;
}

static uint16_t start_server(int *end)
{
	static const struct http_server_options options = {.answer = answer, .max_body = 4096};
	struct http_listeners listeners;
	uint16_t port = listen_on(&listeners);
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		exit(1);
	if (!fork()) {
		close(ends[1]);
		http_server_run(&listeners, &options, ends[0]);
		_exit(0);
	}
	http_listen_end(&listeners);
	close(ends[0]);
	*end = ends[1];
	return port;
}

/* ---- dashboards ---- */

static void start(struct dashboard *dashboard, const char *program, unsigned port, size_t sources)
{
	char path[] = "/tmp/svctop-bench-XXXXXX";
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	FILE *config;
	int fd = mkstemp(path);

	config = fd < 0 ? NULL : fdopen(fd, "w");
	if (!config)
		exit(1);
	fprintf(config, sources ? "sources:\n" : "ascii: false\n");
	for (size_t i = 0; i < sources; i++)
		fprintf(config,
			"- type: prometheus\n  name: p%zu\n  url: http://127.0.0.1:%u\n"
			"  every: %s\n",
			i, port, sources == 1 ? "1h" : "5s");
	fclose(config);
	dashboard->pid = forkpty(&dashboard->fd, NULL, NULL, &size);
	if (!dashboard->pid) {
		setenv("TERM", "xterm-256color", 1);
		setenv("no_proxy", "*", 1);
		execl(program, program, "demo", "--config", path, (char *)NULL);
		_exit(127);
	}
	for (double end = clock_ms() + SETTLE_MS; clock_ms() < end;) {
		struct pollfd out = {.fd = dashboard->fd, .events = POLLIN};
		char bytes[65536];

		if (poll(&out, 1, 100) > 0 && read(dashboard->fd, bytes, sizeof(bytes)) <= 0) {
			fprintf(stderr, "the dashboard ended\n");
			exit(1);
		}
	}
	unlink(path);
}

static void end(struct dashboard *dashboard)
{
	kill(dashboard->pid, SIGTERM);
	waitpid(dashboard->pid, NULL, 0);
	close(dashboard->fd);
}

static double wakeups(pid_t pid)
{
	char path[64], line[4096] = "", *next = line, *stop;
	double sum = number_of(pid, "status", "voluntary_ctxt_switches:");
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	in = fopen(path, "re");
	if (in && fgets(line, sizeof(line), in))
		for (long child; (child = strtol(next, &stop, 10)) && stop != next; next = stop)
			sum += number_of(child, "status", "voluntary_ctxt_switches:");
	if (in)
		fclose(in);
	return sum;
}

/* From the key to the first bytes of its frame; then all is read. */
static double press(const struct dashboard *dashboard, char key)
{
	struct pollfd out = {.fd = dashboard->fd, .events = POLLIN};
	double start = clock_ms(), took;
	char bytes[65536];

	if (write(dashboard->fd, &key, 1) != 1 || poll(&out, 1, 5000) <= 0) {
		fprintf(stderr, "a key without a frame\n");
		exit(1);
	}
	took = clock_ms() - start;
	do
		if (read(dashboard->fd, bytes, sizeof(bytes)) <= 0)
			exit(1);
	while (poll(&out, 1, QUIET_MS) > 0);
	return took;
}

/* ---- parts ---- */

static void bench_idle(const char *program)
{
	const struct timespec pause = {.tv_sec = IDLE_MS / 1000};
	struct dashboard dashboard;
	int server;
	double before;

	start(&dashboard, program, start_server(&server), 1);
	before = wakeups(dashboard.pid);
	nanosleep(&pause, NULL);
	printf("%-58s %10.0f   aim 0\n", "wakeups in ten seconds between polls, all processes",
	       wakeups(dashboard.pid) - before);
	end(&dashboard);
	close(server);
	wait(NULL);
}

static void bench_hung(const char *program)
{
	struct dashboard none, hung;
	double cpu_none, cpu_hung;
	struct http_listeners listener;

	start(&none, program, 0, 0);
	start(&hung, program, listen_on(&listener), HUNG);
	none.cpu = number_of(none.pid, "schedstat", "");
	hung.cpu = number_of(hung.pid, "schedstat", "");
	for (int i = 0; i < PRESSES; i++) {
		none.wall[i] = press(&none, i % 2 ? 'k' : 'j');
		hung.wall[i] = press(&hung, i % 2 ? 'k' : 'j');
	}
	cpu_none = (number_of(none.pid, "schedstat", "") - none.cpu) / PRESSES / 1e6;
	cpu_hung = (number_of(hung.pid, "schedstat", "") - hung.cpu) / PRESSES / 1e6;
	printf("%-58s %10.2f   aim 1.00\n", "key to frame, ten hung sources : none",
	       bench_median(hung.wall, PRESSES) / bench_median(none.wall, PRESSES));
	printf("%-58s %10.2f   aim 1.00\n", "  CPU of the face", cpu_hung / cpu_none);
	printf("  (%.2f : %.2f ms, CPU %.2f : %.2f ms)\n", hung.wall[PRESSES / 2],
	       none.wall[PRESSES / 2], cpu_hung, cpu_none);
	end(&none);
	end(&hung);
	http_listen_end(&listener);
}

int main(int argc, char **argv)
{
	const char *program = argc > 1 ? argv[1] : "./svctop";

	bench_idle(program);
	bench_hung(program);
	return 0;
}
