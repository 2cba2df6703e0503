#ifndef SVCTOP_TESTS_SUPPORT_NGINX_H
#define SVCTOP_TESTS_SUPPORT_NGINX_H

/*
 * A real nginx on loopback, for what the small server of httpd.h has not: TLS and HTTP/2; and
 * certificates in every state, made by the openssl command.
 *
 *	char *dir = gitfix_tmp();
 *	certs_make(dir);
 *	int port = nginx_free_port();
 *	char *conf = xasprintf("server { listen 127.0.0.1:%d ssl http2; ssl_certificate "
 *			       "%s/good.crt; ... }", port, dir);
 *	struct nginx *nginx = nginx_start(dir, conf);
 *	if (!nginx) skip();
 */

#include <stdbool.h>

struct nginx;

/* A port of 127.0.0.1 that nobody listens on for now. */
int nginx_free_port(void);

/*
 * Starts it with these blocks inside of http { }, files below dir, and waits until it answers.
 * NULL: there is no nginx on this machine. Ends the test program when it does not start. It ends
 * with the test.
 */
struct nginx *nginx_start(const char *dir, const char *http);
void nginx_stop(struct nginx *nginx); /* NULL is allowed */
int nginx_pid(const struct nginx *nginx);

/*
 * Makes dir/NAME.crt and dir/NAME.key for NAME in good, soon (ends in 6 days), expired (3 days
 * ago), notyet (begins in 5 days), wronghost (other.example.com), selfsigned; all but
 * wronghost are for localhost and 127.0.0.1, and all but selfsigned are signed by dir/ca.crt
 * ("Example Test CA"), which no machine knows. False: there is no openssl on this machine.
 */
bool certs_make(const char *dir);

#endif
