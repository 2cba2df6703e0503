#ifndef SVCTOP_TESTS_SUPPORT_GOT_H
#define SVCTOP_TESTS_SUPPORT_GOT_H

/* Asking fetch/http and keeping what came, for tests. */

#include "fetch/http.h"

/* An answer, kept beyond its callback. */
struct got {
	unsigned calls;
	long status;
	enum failure failure;
	char cause[256];
	char fix[256];
	char *body;
	size_t len;
	char *url;
	char header[256]; /* of X-Say */
	bool not_modified, withheld;
	size_t received;
	double seconds;
};

/* The callback that fills a struct got. */
void keep(void *ctx, const struct http_answer *answer);
void got_free(struct got *got);

/* An engine with defaults. cache: its folder, NULL: none. */
struct http *new_http(const char *cache);

/* One request, to its end. */
struct got ask(struct http *http, const struct http_request *request);

/* It failed so, with a cause that has these words; frees it. */
void fails(struct got got, enum failure failure, const char *cause);

#endif
