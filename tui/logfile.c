#include "tui/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/file.h"

enum { MAX_SIZE = 1 << 20, SHOWN_BYTES = 4000 };

/* $XDG_STATE_HOME/svctop, ~/.local/state/svctop; NULL without a home. */
static char *state_dir(void)
{
	const char *base = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (base && *base == '/')
		return xasprintf("%s/svctop", base);
	return home && *home == '/' ? xasprintf("%s/.local/state/svctop", home) : NULL;
}

void logfile_open(struct logfile *log)
{
	char *dir = state_dir();
	struct stat st;
	int fd = -1;

	*log = (struct logfile){0};
	if (dir && file_make_folders(dir, 0700) == 0) {
		log->path = xasprintf("%s/svctop.log", dir);
		fd = open(log->path,
			  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY |
			      O_NONBLOCK,
			  0600);
	}
	free(dir);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		if (st.st_size > MAX_SIZE && ftruncate(fd, 0) == 0)
			st.st_size = 0;
		log->at = st.st_size;
	} else {
		free(log->path);
		log->path = NULL;
	}
	if (fd >= 0)
		close(fd);
}

/* Its last whole lines, made safe for a terminal. */
static void print_tail(const struct logfile *log, int fd, int64_t size)
{
	char bytes[SHOWN_BYTES];
	int64_t from = size - log->at > SHOWN_BYTES ? size - SHOWN_BYTES : log->at;
	ssize_t n = pread(fd, bytes, sizeof(bytes), (off_t)from);
	const char *start = bytes;
	struct buf clean = {0};

	if (n <= 0)
		return;
	if (from > log->at) {
		const char *nl = memchr(bytes, '\n', (size_t)n);

		start = nl ? nl + 1 : bytes;
		fprintf(stderr, "svctop: more of this is in %s\n", log->path);
	}
	text_sanitise(&clean, start, (size_t)(bytes + n - start), TEXT_LINES);
	fputs(buf_str(&clean), stderr);
	if (clean.len && clean.data[clean.len - 1] != '\n')
		fputc('\n', stderr);
	buf_free(&clean);
}

void logfile_close(struct logfile *log)
{
	int fd = log->path ? open(log->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0) {
		if (st.st_size > log->at)
			print_tail(log, fd, st.st_size);
		if (st.st_size > MAX_SIZE && ftruncate(fd, 0) < 0)
			fprintf(stderr, "svctop: %s: %s\n", log->path, strerror(errno));
	}
	if (fd >= 0)
		close(fd);
	free(log->path);
	log->path = NULL;
}
