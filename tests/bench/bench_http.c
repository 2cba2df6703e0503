/*
 * Many small GETs through fetch/http, as the courier makes them: no cache, no credentials.
 *
 *	bench_http URL COUNT [CONNECTIONS]
 *	bench_http --free-port          a port of 127.0.0.1 that nobody listens on
 *
 * Prints what COUNT answers cost: user+sys microseconds of the transfer alone (the engine's start
 *and a first round of connections are not in it), and microseconds of the clock.
 */

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "fetch/http.h"

static void done(void *ctx, const struct http_answer *answer)
{
	size_t *good = ctx;

	if (answer->status == 200 && answer->len)
		++*good;
	else
		fprintf(stderr, "bench_http: status %ld %s\n", answer->status, answer->cause);
}

static int64_t cpu_us(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * INT64_C(1000000) +
	       use.ru_utime.tv_usec + use.ru_stime.tv_usec;
}

static int64_t clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static size_t get(struct http *http, const char *url, long count)
{
	const char *const headers[] = {"Accept: application/json", NULL};
	size_t good = 0;

	for (long i = 0; i < count; i++)
		http_start(http, &(struct http_request){.url = url, .headers = headers}, done,
			   &good, NULL);
	while (http_running(http))
		http_wait(http, -1, false, -1);
	return good;
}

static int free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		return 1;
	printf("%d\n", ntohs(address.sin_port));
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	long count = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
	struct http_options options = {0};
	struct err err = {0};
	struct http *http;
	int64_t cpu, clock;

	if (argc > 1 && strcmp(argv[1], "--free-port") == 0)
		return free_port();
	if (count < 1) {
		fprintf(stderr, "usage: bench_http URL COUNT [CONNECTIONS]\n");
		return 2;
	}
	options.host_connections = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
	http = http_new(&options, &err);
	if (!http || get(http, argv[1], 16) != 16)
		return 1;
	cpu = cpu_us();
	clock = clock_us();
	if (get(http, argv[1], count) != (size_t)count)
		return 1;
	printf("%lld %lld\n", (long long)(cpu_us() - cpu), (long long)(clock_us() - clock));
	http_free(http);
	return 0;
}
