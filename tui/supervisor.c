#include "tui/supervisor.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/mem.h"

/* "/path", or "@name" in the abstract space. */
static int connect_to(const char *name)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	size_t len = name ? strlen(name) : 0;
	int fd;

	if (len < 2 || len >= sizeof(at.sun_path) || (*name != '/' && *name != '@'))
		return -1;
	memcpy(at.sun_path, name, len);
	if (*name == '@')
		at.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&at,
			       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int64_t watchdog(void)
{
	const char *pid = getenv("WATCHDOG_PID"), *usec = getenv("WATCHDOG_USEC");
	long long every = usec ? strtoll(usec, NULL, 10) : 0;

	if (every <= 0 || (pid && strtoll(pid, NULL, 10) != getpid()))
		return 0;
	/* Twice in its time, as sd_watchdog_enabled(3) recommends. */
	return every / 2000 > 0 ? every / 2000 : 1;
}

void supervisor_open(struct supervisor *supervisor)
{
	*supervisor = (struct supervisor){.fd = connect_to(getenv("NOTIFY_SOCKET"))};
	if (supervisor->fd >= 0)
		supervisor->watchdog_ms = watchdog();
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
}

void supervisor_close(struct supervisor *supervisor)
{
	if (supervisor->fd >= 0)
		close(supervisor->fd);
	supervisor->fd = -1;
}

void supervisor_say(const struct supervisor *supervisor, const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (supervisor->fd < 0)
		return;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	/* Whether it hears us is its business. */
	send(supervisor->fd, text, strlen(text), MSG_NOSIGNAL);
	free(text);
}

int supervisor_ping(struct supervisor *supervisor, int64_t now_ms)
{
	if (!supervisor->watchdog_ms)
		return -1;
	if (now_ms >= supervisor->due_ms) {
		supervisor_say(supervisor, "WATCHDOG=1");
		supervisor->due_ms = now_ms + supervisor->watchdog_ms;
	}
	return (int)(supervisor->due_ms - now_ms);
}
