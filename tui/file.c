#include "tui/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, const char *path, size_t max, struct buf *out, struct err *err)
{
	char chunk[8192];
	size_t start = out->len;
	for (;;) {
		ssize_t got = read(fd, chunk, sizeof(chunk));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(err, path, NULL, "cannot be read: %s", strerror(errno));
		if (got == 0)
			return 0;
		if (out->len - start + (size_t)got > max)
			return err_set(err, path, NULL, "is larger than %zu bytes", max);
		buf_add(out, chunk, (size_t)got);
	}
}

int file_read(const char *path, size_t max, struct buf *out, struct err *err)
{
	/* Not blocking, so that a FIFO in the place of a file does not hold us up. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return err_set(err, path, NULL, "cannot be opened: %s", strerror(errno));
	struct stat st;
	int result;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		result = err_set(err, path, NULL, "is not a regular file");
	else
		result = read_all(fd, path, max, out, err);
	close(fd);
	return result;
}
