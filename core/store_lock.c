/* Who refreshes the store: an advisory lock that ends with its holder. */

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/store_internal.h"

enum { WRITER_BYTE, GATE_BYTE, PATIENCE_MS = 2000, STEP_MS = 5, MAX_SIGN = 64 << 10 };

static struct flock range(short type, off_t byte)
{
	return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
}

/* The file's time is when its holder looked last: nothing has to be written for that. */
static void set_looked(const struct store_lock *lock, int64_t at)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = at}};

	if (lock->fd >= 0)
		(void)futimens(lock->fd, times);
}

int64_t store_lock_looked(const struct store_lock *lock)
{
	struct stat st;

	return lock->fd >= 0 && !fstat(lock->fd, &st) && st.st_mtime > 0 ? st.st_mtime : 0;
}

void store_lock_look(const struct store_lock *lock, int64_t now)
{
	if (lock->writer)
		set_looked(lock, now);
}

int store_lock_open(struct store_lock *lock, const char *path, bool readonly, struct err *err)
{
	char *name = xasprintf("%s-lock", path);
	int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (readonly ? O_RDONLY : O_RDWR | O_CREAT);
	struct stat st;
	int result = 0;

	lock->fd = open(name, flags & ~O_CREAT, 0600);
	if (lock->fd < 0 && !readonly) {
		lock->fd = open(name, flags, 0600);
		set_looked(lock, 0);
	}
	if (lock->fd < 0 && !readonly)
		result = err_set(err, name,
				 "make its folder writable, or choose another place with --store "
				 "PATH",
				 "nothing is kept in this run: the store's lock cannot be opened: "
				 "%s",
				 strerror(errno));
	if (lock->fd >= 0 && (fstat(lock->fd, &st) || !S_ISREG(st.st_mode)))
		result = err_set(err, name, "remove it",
				 "nothing is kept in this run: the store's lock is no file");
	free(name);
	return result;
}

void store_lock_close(struct store_lock *lock)
{
	store_lock_give_up(lock);
	if (lock->fd >= 0)
		close(lock->fd);
	lock->fd = -1;
	free(lock->command);
	free(lock->covers);
	free(lock->text);
}

bool store_lock_enter(struct store_lock *lock, bool readonly)
{
	const struct timespec step = {.tv_nsec = STEP_MS * 1000000L};
	struct flock gate = range(readonly ? F_RDLCK : F_WRLCK, GATE_BYTE);

	if (lock->fd < 0)
		return true;
	for (int waited = 0; fcntl(lock->fd, F_OFD_SETLK, &gate); waited += STEP_MS) {
		if ((errno != EAGAIN && errno != EACCES && errno != EINTR) || waited >= PATIENCE_MS)
			return false;
		nanosleep(&step, NULL);
	}
	return true;
}

void store_lock_leave(struct store_lock *lock)
{
	struct flock gate = range(F_UNLCK, GATE_BYTE);

	if (lock->fd >= 0)
		(void)fcntl(lock->fd, F_OFD_SETLK, &gate);
}

/*
 * Who holds it, for the others: process, machine, since when, command, a line each; the rest is
 * what it covers.
 */
static void sign(struct store_lock *lock, int64_t now)
{
	int64_t looked = store_lock_looked(lock);
	char host[65] = "";
	char *text;
	size_t len;

	(void)gethostname(host, sizeof(host) - 1);
	text = xasprintf("%ld\n%s\n%lld\n%s\n%s", (long)getpid(), host, (long long)now,
			 lock->command ? lock->command : "", lock->covers ? lock->covers : "");
	len = strlen(text);
	/* It is a courtesy: the lock counts, not its text. */
	if (ftruncate(lock->fd, 0) || pwrite(lock->fd, text, len, 0) < 0)
		errno = 0;
	set_looked(lock, looked);
	free(text);
}

bool store_lock_take(struct store_lock *lock, int64_t now)
{
	struct flock writer = range(F_WRLCK, WRITER_BYTE);

	if (lock->fd < 0 || fcntl(lock->fd, F_OFD_SETLK, &writer))
		return false;
	lock->writer = true;
	sign(lock, now);
	return true;
}

void store_lock_give_up(struct store_lock *lock)
{
	struct flock writer = range(F_UNLCK, WRITER_BYTE);
	int64_t looked = store_lock_looked(lock);

	if (!lock->writer)
		return;
	if (ftruncate(lock->fd, 0))
		errno = 0; /* what it says counts only as long as the lock is held */
	set_looked(lock, looked);
	(void)fcntl(lock->fd, F_OFD_SETLK, &writer);
	lock->writer = false;
}

/* The next line of text, ended; NULL: there is none. */
static char *next_line(char **text)
{
	char *line = *text, *end = line ? strchr(line, '\n') : NULL;

	if (!end)
		return NULL;
	*end = '\0';
	*text = end + 1;
	return line;
}

static const char *or_null(const char *text)
{
	return text && *text ? text : NULL;
}

static void read_sign(struct store_lock *lock)
{
	char host[65] = "", *bytes = xmalloc(MAX_SIGN + 1), *text = bytes;
	ssize_t n = pread(lock->fd, bytes, MAX_SIGN, 0);
	char *pid, *machine, *since, *command, *end;

	bytes[n > 0 ? n : 0] = '\0';
	pid = next_line(&text);
	machine = next_line(&text);
	since = next_line(&text);
	command = next_line(&text);
	if (command) {
		size_t len;

		(void)gethostname(host, sizeof(host) - 1);
		lock->who.pid = strtol(pid, &end, 10);
		if (*end || lock->who.pid <= 0)
			lock->who.pid = -1;
		lock->who.since = strtoll(since, NULL, 10);
		free(lock->text);
		lock->text = *machine && strcmp(machine, host) != 0
				 ? xasprintf("%s on %.64s%c%s", command, machine, '\0', text)
				 : xasprintf("%s%c%s", command, '\0', text);
		len = strlen(lock->text);
		for (char *c = lock->text; *c; c++)
			if (iscntrl((unsigned char)*c))
				*c = ' ';
		lock->who.command = or_null(lock->text);
		lock->who.covers = or_null(lock->text + len + 1);
	}
	free(bytes);
}

void store_lock_ask(struct store_lock *lock)
{
	struct flock writer = range(F_WRLCK, WRITER_BYTE);

	lock->who = (struct store_writer){.self = lock->writer};
	if (lock->fd < 0)
		return;
	if (!lock->writer && (fcntl(lock->fd, F_OFD_GETLK, &writer) || writer.l_type == F_UNLCK))
		return;
	lock->who.pid = lock->writer ? getpid() : -1; /* somebody */
	read_sign(lock);
}
