#ifndef SVCTOP_TESTS_SUPPORT_SERVERS_H
#define SVCTOP_TESTS_SUPPORT_SERVERS_H

/*
 * Real servers for tests: started on free ports of 127.0.0.1 in a temporary folder, and ended
 * with all of their processes however the test ends (a keeper process sees the test go).
 *
 *	struct servers *servers = servers_new();
 *	if (!servers_program("prometheus"))
 *		skip();
 *	servers_file(servers, "p.yml", "global: {scrape_interval: %s}\n", "1s");
 *	server = servers_start(servers, servers_port(), "/-/ready",
 *			       (const char *const[]){"prometheus", "--config.file=p.yml",
 *						     "--web.listen-address=127.0.0.1:%PORT", NULL});
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"

struct servers;
struct server;

/* Where a program is: in PATH, /usr/sbin, or unpacked below build/unpacked (scripts/unpack.sh).
 * NULL: nowhere, the test is to be skipped. Valid until the next call. */
const char *servers_program(const char *name);

/* A port of 127.0.0.1 that nobody listens on at this moment. */
int servers_port(void);

struct servers *servers_new(void);
void servers_free(struct servers *servers); /* ends all, removes the folder; NULL is allowed */

const char *servers_folder(const struct servers *servers);
/* Writes a file in the folder; fails the test when it cannot. */
void servers_file(struct servers *servers, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Starts a program in the folder, its output in the file PROGRAM-PORT.log there, and waits until
 * GET path answers with 200, or, where path is NULL, something listens at the port. argv: its name
 * and arguments up to NULL; "%PORT" in them becomes the port. Ends the test, with the end of the
 * log, when that takes more than 30 seconds or the program ends.
 */
struct server *servers_start(struct servers *servers, int port, const char *path,
			     const char *const argv[]);
int server_port(const struct server *server);
/* "http://127.0.0.1:PORT" and path; valid until the next call. */
const char *server_url(struct server *server, const char *path);

void server_freeze(struct server *server); /* SIGSTOP: connections are taken, nothing is said */
void server_thaw(struct server *server);
void server_hangup(struct server *server); /* SIGHUP: most read their configuration again */
void server_stop(struct server *server);   /* as if the machine had lost power */
void server_again(struct server *server);  /* with the same arguments, and waits as at first */

/*
 * One request by the simplest of clients. Gives the status, 0 where there was no answer; the body
 * into out (NULL: not wanted).
 */
int servers_ask(int port, const char *method, const char *path, const char *content_type,
		const char *body, struct buf *out);

/* Calls done until it gives true, for at most so many seconds; false: it never did. */
bool servers_wait(bool (*done)(void *ctx), void *ctx, int seconds);

#endif
