/* Where the store is: its folder, whose file it is, on which file system. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/store_internal.h"

#define FIX_ELSEWHERE "choose another place with --store PATH, or none with --store none"

/* f_type of statfs() where a file may be written by another machine, or is mapped by no kernel of
 * ours. */
static bool is_network(const char *folder)
{
	static const uint32_t types[] = {
	    NFS_SUPER_MAGIC,	     SMB_SUPER_MAGIC,
	    SMB2_SUPER_MAGIC,	     CIFS_SUPER_MAGIC,
	    FUSE_SUPER_MAGIC,	     V9FS_MAGIC,
	    AFS_SUPER_MAGIC,	     AFS_FS_MAGIC,
	    CODA_SUPER_MAGIC,	     NCP_SUPER_MAGIC,
	    CEPH_SUPER_MAGIC,	     OCFS2_SUPER_MAGIC,
	    0x01161970 /* GFS2 */,   0x0bd00bd0 /* Lustre */,
	    0x786f4256 /* vboxsf */, 0x61756673 /* aufs */,
	};
	struct statfs fs;

	if (statfs(folder, &fs))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if ((uint32_t)fs.f_type == types[i])
			return true;
	return false;
}

/* Makes the folder and those above it, for the user alone. 0, or an errno. */
static int make_folder(const char *folder)
{
	char *path = xstrdup(folder);
	int error = 0;

	for (char *slash = path + 1; !error; slash++) {
		bool last = !*slash;

		if (!last && *slash != '/')
			continue;
		*slash = '\0';
		if (mkdir(path, 0700) && errno != EEXIST)
			error = errno;
		/* Above a folder that is there, others need not be writable for us. */
		if (error && !last) {
			struct stat st;

			if (!stat(path, &st) && S_ISDIR(st.st_mode))
				error = 0;
		}
		if (last)
			break;
		*slash = '/';
	}
	free(path);
	return error;
}

static int no_folder(const char *folder, int error, struct err *err)
{
	return err_set(err, folder, FIX_ELSEWHERE,
		       "nothing is kept in this run: the folder cannot be used: %s",
		       strerror(error));
}

/* The folder without links, so that a link which somebody puts there later is not followed. */
static int find_folder(struct store *store, const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char *folder = !slash	       ? xstrdup(".")
		       : slash == path ? xstrdup("/")
				       : xmemdup0(path, (size_t)(slash - path));
	struct stat st;
	int error = store->access == STORE_READ ? 0 : make_folder(folder);

	store->folder = error ? NULL : realpath(folder, NULL);
	if (!error && !store->folder)
		error = errno;
	if (!error && (stat(store->folder, &st) || !S_ISDIR(st.st_mode)))
		error = ENOTDIR;
	if (error == ENOENT && store->access == STORE_READ) {
		free(folder);
		return -1; /* nothing there yet is no error */
	}
	if (error)
		no_folder(folder, error, err);
	free(folder);
	return error ? -1 : 0;
}

/* A link of the user's own is followed to where the file is. */
static int follow_link(struct store *store, struct err *err)
{
	struct stat st;
	char *target, *slash;

	if (lstat(store->path, &st) || !S_ISLNK(st.st_mode))
		return 0;
	if (st.st_uid != geteuid())
		return err_set(err, store->path, FIX_ELSEWHERE,
			       "nothing is kept in this run: the store is a symbolic link that "
			       "another user made");
	target = realpath(store->path, NULL);
	if (!target)
		return err_set(err, store->path, "remove the link, or make what it points to",
			       "nothing is kept in this run: the store is a symbolic link that "
			       "leads nowhere");
	free(store->path);
	free(store->folder);
	store->path = target;
	slash = strrchr(target, '/');
	store->folder = slash == target ? xstrdup("/") : xmemdup0(target, (size_t)(slash - target));
	return 0;
}

int store_place(struct store *store, const char *url, struct err *err)
{
	const char *path = url, *base;

	if (!strncmp(path, "sqlite:", 7))
		path += 7;
	else if (strstr(path, "://"))
		return err_set(err, url, "give a path: --store PATH",
			       "nothing is kept in this run: this kind of store is not known");
	base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	if (!*base || strlen(path) > PATH_MAX - 64 || strlen(base) > NAME_MAX - 64)
		return err_set(err, url, "give the path of a file: --store PATH",
			       "nothing is kept in this run: the store's path is not a file's");
	if (find_folder(store, path, err) < 0)
		return -1;
	store->path =
	    xasprintf("%s/%s", strcmp(store->folder, "/") != 0 ? store->folder : "", base);
	if (follow_link(store, err) < 0)
		return -1;
	store->network = store->setup.network == NETWORK_ASK ? is_network(store->folder)
							     : store->setup.network == NETWORK_YES;
	return 0;
}

int store_place_look(struct store *store, struct err *err)
{
	struct stat st;

	if (lstat(store->path, &st)) {
		if (errno == ENOENT)
			return 0;
		return err_set(err, store->path, FIX_ELSEWHERE,
			       "nothing is kept in this run: the store cannot be looked at: %s",
			       strerror(errno));
	}
	if (!S_ISREG(st.st_mode))
		return err_set(err, store->path, FIX_ELSEWHERE,
			       "nothing is kept in this run: what should be the store is %s",
			       S_ISDIR(st.st_mode) ? "a folder" : "no file");
	/* Owners are made up where files are another machine's. */
	if (!store->network && st.st_uid != geteuid())
		return err_set(err, store->path, FIX_ELSEWHERE,
			       "nothing is kept in this run: the store belongs to another user "
			       "(number %lu)",
			       (unsigned long)st.st_uid);
	store->device = st.st_dev;
	store->inode = st.st_ino;
	return st.st_size > 0;
}

bool store_same_file(const struct store *store)
{
	struct stat st;

	return !lstat(store->path, &st) && st.st_dev == store->device && st.st_ino == store->inode;
}
