#include "tui/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"

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

static void look(const char *path, int64_t *changed_ns, int64_t *size)
{
	struct stat st;
	*changed_ns = *size = -1;
	if (path && stat(path, &st) == 0) {
		*changed_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
		*size = (int64_t)st.st_size;
	}
}

int file_make_folders(const char *path, unsigned mode)
{
	char *copy = xstrdup(path);
	int result = 0;

	for (char *slash = strchr(copy + 1, '/'); slash && !result;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, mode) < 0 && errno != EEXIST)
			result = -1;
		*slash = '/';
	}
	if (!result && mkdir(copy, mode) < 0 && errno != EEXIST)
		result = -1;
	free(copy);
	return result;
}

void file_watch(struct file_watch *watch, const char *path)
{
	char *copy = xstrdup(path);
	free(watch->path);
	watch->path = copy;
	look(path, &watch->changed_ns, &watch->size);
}

bool file_changed(struct file_watch *watch)
{
	int64_t changed_ns, size;
	look(watch->path, &changed_ns, &size);
	bool changed = changed_ns != watch->changed_ns || size != watch->size;
	watch->changed_ns = changed_ns;
	watch->size = size;
	return changed;
}

void file_watch_free(struct file_watch *watch)
{
	free(watch->path);
	*watch = (struct file_watch){0};
}
