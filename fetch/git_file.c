#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fetch/git_private.h"

/*
 * O_NONBLOCK: opening a FIFO returns at once, and is refused by its type. Symbolic links
 * are followed: tools lay out .git directories made of them; the sandbox says where they
 * may lead.
 */
enum repo_code repo_file_open(const char *path, size_t cap, int *fd, struct stat *st,
			      struct err *err)
{
	int file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (file < 0) {
		/* ENXIO is a socket */
		if (errno == ENOENT || errno == ENOTDIR)
			return REPO_NO_ENTRY;
		err_set(err, path, NULL, "cannot be read: %s", strerror(errno));
		return REPO_FAILED;
	}
	if (fstat(file, st) || !S_ISREG(st->st_mode)) {
		bool directory = S_ISDIR(st->st_mode);

		close(file);
		if (directory)
			return REPO_NO_ENTRY;
		err_set(err, path, NULL, "is not a regular file");
		return REPO_CORRUPT;
	}
	if ((uint64_t)st->st_size > cap) {
		close(file);
		err_set(err, path, NULL, "has %lld bytes, more than the %zu that are read",
			(long long)st->st_size, cap);
		return REPO_TOO_LARGE;
	}
	*fd = file;
	return REPO_OK;
}

enum repo_code repo_file_read(const char *path, size_t cap, struct buf *out, struct stat *st,
			      struct err *err)
{
	struct stat own;
	char chunk[16384];
	ssize_t n;
	int fd;
	bool fits = true;
	enum repo_code code = repo_file_open(path, cap, &fd, st ? st : &own, err);
	off_t size = code ? 0 : (st ? st : &own)->st_size;

	buf_reset(out);
	if (code)
		return code;
	/* the file may have grown or shrunk meanwhile: the cap holds for what is read */
	do {
		n = read(fd, chunk, sizeof(chunk));
		fits = n <= 0 || out->len + (size_t)n <= cap;
		if (n > 0 && fits)
			buf_add(out, chunk, (size_t)n);
	} while (n > 0 && fits && out->len < (size_t)size);
	if (n < 0) {
		err_set(err, path, NULL, "cannot be read: %s", strerror(errno));
		code = REPO_FAILED;
	} else if (!fits) {
		err_set(err, path, NULL, "has more than the %zu bytes that are read", cap);
		code = REPO_TOO_LARGE;
	}
	close(fd);
	return code;
}
