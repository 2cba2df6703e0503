#ifndef SVCTOP_TESTS_SUPPORT_HTTPD_PRIVATE_H
#define SVCTOP_TESTS_SUPPORT_HTTPD_PRIVATE_H

/* Between the test's side of the server (httpd.c) and its process (httpd_child.c). */

#include <stdint.h>

#include "core/buf.h"
#include "core/wire.h"
#include "tests/support/httpd.h"

/* Messages: four bytes of length, then a byte of these and what belongs to it. */
enum httpd_command {
	HTTPD_SET,	/* path, reply */
	HTTPD_THEN,	/* path, reply */
	HTTPD_COUNT,	/* -> requests, connections, open ones */
	HTTPD_COUNT_OF, /* path -> requests */
	HTTPD_GET,	/* index -> whether there is one, and the request */
	HTTPD_FORGET,
};

/* Sends, or reads into out, one whole message. False at the end. */
bool httpd_message_send(int fd, const struct buf *message);
bool httpd_message_read(int fd, struct buf *out);

/* Serves until control is closed. */
void httpd_child(int listener, int control) __attribute__((noreturn));

#endif
