#ifndef SVCTOP_TESTS_SUPPORT_HTTPD_H
#define SVCTOP_TESTS_SUPPORT_HTTPD_H

/*
 * An HTTP/1.1 server for tests, on a free port of 127.0.0.1, in a child process, that can be made
 * to misbehave, and that tells what it was asked:
 *
 *	struct httpd *server = httpd_start();
 *	httpd_reply(server, "/api/v1/alerts", &(struct httpd_reply){.body = "{}"});
 *	httpd_then(server, "/api/v1/alerts", &(struct httpd_reply){.status = 503});
 *	... ask httpd_url(server, "/api/v1/alerts") ...
 *	assert_string_equal(httpd_header(httpd_request(server, 0), "Authorization"), "Bearer x");
 *	httpd_stop(server);
 *
 * A function returns when the server has taken it in, so there is nothing to wait for. The child
 * ends with the test, however that ends. Two servers are two origins. It also serves as a proxy
 * that answers itself: "GET http://shop.example/x" is answered as /x.
 */

#include <stdbool.h>
#include <stddef.h>

struct httpd;

enum httpd_way {
	HTTPD_PLAIN,	    /* with a Content-Length */
	HTTPD_CHUNKED,	    /* in chunks of 1,000 bytes */
	HTTPD_DRIP,	    /* the body one byte at a time, pause_ms before each */
	HTTPD_HANG,	    /* takes the request and says nothing, ever */
	HTTPD_HANG_BODY,    /* says nothing any more after half of the body */
	HTTPD_CLOSE,	    /* takes the request and closes the connection */
	HTTPD_CLOSE_BODY,   /* closes it after half of the body */
	HTTPD_ENDLESS,	    /* the body over and over, without end */
	HTTPD_HUGE_HEADERS, /* headers without end */
	HTTPD_BOMB,	    /* len zero bytes (body is not looked at), compressed */
	HTTPD_GARBAGE,	    /* the body's bytes instead of HTTP, then closes */
};

/* Zeroed: 200 with an empty body. */
struct httpd_reply {
	int status;
	const char *headers;  /* "Name: value\r\n" for each */
	const char *body;     /* application/json where headers have no Content-Type */
	size_t len;	      /* 0: strlen(body) */
	const char *etag;     /* with its quotes: sent; who has it already is told 304 */
	const char *modified; /* as Last-Modified likewise */
	const char *user;     /* the Authorization header to ask for; others are told 401 */
	enum httpd_way way;
	unsigned pause_ms; /* before the answer begins */
	bool gzip;	   /* for who accepts it */
	bool close;	   /* afterwards */
};

/* Ends the test program when it cannot be had. */
struct httpd *httpd_start(void);
void httpd_stop(struct httpd *server); /* NULL is allowed */

int httpd_port(const struct httpd *server);
/* "http://127.0.0.1:PORT" and path; valid for the next 15 calls. */
const char *httpd_url(struct httpd *server, const char *path);

/*
 * What is said from now on to whoever asks for path, whatever the method. A path with a query is
 * for that query alone; one that ends in '*' for all that begin so and have no reply of their own.
 * Other paths are 404.
 */
void httpd_reply(struct httpd *server, const char *path, const struct httpd_reply *reply);
/* What is said after what was given for path before was said once. */
void httpd_then(struct httpd *server, const char *path, const struct httpd_reply *reply);
void httpd_redirect(struct httpd *server, const char *path, int status, const char *location);

/* SIGSTOP and SIGCONT: connections are accepted by the kernel, and nothing is said. */
void httpd_freeze(struct httpd *server);
void httpd_thaw(struct httpd *server);

struct httpd_request {
	const char *method;
	const char *target;  /* as it stood: with the query */
	const char *headers; /* all lines with their \r\n, without the request line */
	const char *body;
	size_t len;
	int connection; /* counted from 1 */
};

/* Requests since the start or httpd_forget(); the first 20,000 of them can be looked at. */
size_t httpd_count(struct httpd *server);
/* Valid until the next call; NULL: there were not as many. */
const struct httpd_request *httpd_request(struct httpd *server, size_t index);
/* How often path was asked for (as httpd_reply() has paths). */
size_t httpd_count_of(struct httpd *server, const char *path);
void httpd_forget(struct httpd *server);
/* Connections that were ever made, and those that are open. */
size_t httpd_connections(struct httpd *server);
size_t httpd_open(struct httpd *server);

/* A header's value, in any case; NULL: has none. Valid for the next 15 calls. */
const char *httpd_header(const struct httpd_request *request, const char *name);

#endif
