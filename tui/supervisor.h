#ifndef SVCTOP_TUI_SUPERVISOR_H
#define SVCTOP_TUI_SUPERVISOR_H

/*
 * What a service manager wants to hear of a daemon: systemd's protocol (sd_notify(3)), datagrams
 * to the socket that $NOTIFY_SOCKET names. Without one nothing happens.
 */

#include <stdint.h>

struct supervisor {
	int fd;		     /* -1: nobody listens */
	int64_t watchdog_ms; /* it wants to hear of us this often; 0: it does not */
	int64_t due_ms;
};

/* Reads the environment and takes its variables away, since children are not meant. */
void supervisor_open(struct supervisor *supervisor);
void supervisor_close(struct supervisor *supervisor);

/* "READY=1", "STATUS=..."; lines. */
void supervisor_say(const struct supervisor *supervisor, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Says that we live when it is time to; returns after how many ms it is again, -1: never. */
int supervisor_ping(struct supervisor *supervisor, int64_t now_ms);

#endif
