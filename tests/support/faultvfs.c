#include "tests/support/faultvfs.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

struct fault fault;

struct file {
	sqlite3_file base;
	int is_wal;
	sqlite3_file *real; /* behind it in memory */
};

static sqlite3_vfs vfs, *real_vfs;

static sqlite3_file *real_of(sqlite3_file *file)
{
	return ((struct file *)file)->real;
}

/* Whether this change fails. */
static int fails(void)
{
	fault.changes++;
	return fault.at && fault.changes >= fault.at;
}

static int failure(int io)
{
	if (fault.kind == FAULT_END)
		raise(SIGKILL);
	errno = fault.kind == FAULT_FULL ? ENOSPC : EIO;
	return fault.kind == FAULT_FULL ? SQLITE_FULL : io;
}

static int x_close(sqlite3_file *file)
{
	return real_of(file)->pMethods->xClose(real_of(file));
}

static int x_read(sqlite3_file *file, void *out, int len, sqlite3_int64 offset)
{
	fault.reads++;
	if (fault.read_at && fault.reads >= fault.read_at)
		return SQLITE_IOERR_READ;
	return real_of(file)->pMethods->xRead(real_of(file), out, len, offset);
}

static int x_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 offset)
{
	if (fails()) {
		if (fault.kind == FAULT_END)
			real_of(file)->pMethods->xWrite(real_of(file), bytes, len / 2, offset);
		return failure(SQLITE_IOERR_WRITE);
	}
	fault.bytes += (uint64_t)len;
	if (((struct file *)file)->is_wal)
		fault.wal += (uint64_t)len;
	return real_of(file)->pMethods->xWrite(real_of(file), bytes, len, offset);
}

static int x_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	return fails() ? failure(SQLITE_IOERR_TRUNCATE)
		       : real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int x_sync(sqlite3_file *file, int flags)
{
	return fails() ? failure(SQLITE_IOERR_FSYNC)
		       : real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int x_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int x_lock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int x_unlock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int x_reserved(sqlite3_file *file, int *out)
{
	return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}

static int x_control(sqlite3_file *file, int op, void *arg)
{
	return real_of(file)->pMethods->xFileControl(real_of(file), op, arg);
}

static int x_sector(sqlite3_file *file)
{
	return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int x_traits(sqlite3_file *file)
{
	return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int x_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
	return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, out);
}

static int x_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}

static void x_shm_barrier(sqlite3_file *file)
{
	real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int x_shm_unmap(sqlite3_file *file, int delete)
{
	return real_of(file)->pMethods->xShmUnmap(real_of(file), delete);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = x_close,
    .xRead = x_read,
    .xWrite = x_write,
    .xTruncate = x_truncate,
    .xSync = x_sync,
    .xFileSize = x_size,
    .xLock = x_lock,
    .xUnlock = x_unlock,
    .xCheckReservedLock = x_reserved,
    .xFileControl = x_control,
    .xSectorSize = x_sector,
    .xDeviceCharacteristics = x_traits,
    .xShmMap = x_shm_map,
    .xShmLock = x_shm_lock,
    .xShmBarrier = x_shm_barrier,
    .xShmUnmap = x_shm_unmap,
};

static int x_open(sqlite3_vfs *self, const char *name, sqlite3_file *base, int flags, int *out)
{
	struct file *file = (struct file *)base;
	int code;

	(void)self;
	*file = (struct file){.real = (sqlite3_file *)(file + 1)};
	file->is_wal = (flags & SQLITE_OPEN_WAL) != 0;
	code = real_vfs->xOpen(real_vfs, name, file->real, flags, out);
	if (file->real->pMethods)
		file->base.pMethods = &methods;
	return code;
}

const char *faultvfs(void)
{
	if (!real_vfs) {
		real_vfs = sqlite3_vfs_find(NULL);
		vfs = *real_vfs;
		vfs.zName = "fault";
		vfs.szOsFile = (int)sizeof(struct file) + real_vfs->szOsFile;
		vfs.xOpen = x_open;
		if (sqlite3_vfs_register(&vfs, 0))
			abort();
	}
	return vfs.zName;
}
