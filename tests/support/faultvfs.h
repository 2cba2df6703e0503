#ifndef SVCTOP_TESTS_SUPPORT_FAULTVFS_H
#define SVCTOP_TESTS_SUPPORT_FAULTVFS_H

/* SQLite's file system layer, with faults: what is written is counted, and fails when asked. */

#include <stdint.h>

enum fault_kind {
	FAULT_FULL, /* no room: ENOSPC */
	FAULT_IO,   /* the disk is broken: EIO */
	FAULT_END,  /* half of that write is done, and SIGKILL ends the process */
};

struct fault {
	uint64_t changes; /* writes, truncations and syncs so far */
	uint64_t bytes;	  /* written to any file */
	uint64_t wal;	  /* of them to a write-ahead log */
	uint64_t at;	  /* the change that fails, and all later ones; 0: none */
	enum fault_kind kind;
	uint64_t reads, read_at; /* likewise for reads, which fail with EIO */
};

/* Its name, for store_setup.vfs; registered once. Counters and faults are the process's. */
const char *faultvfs(void);
extern struct fault fault;

#endif
