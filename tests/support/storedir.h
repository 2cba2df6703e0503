#ifndef SVCTOP_TESTS_SUPPORT_STOREDIR_H
#define SVCTOP_TESTS_SUPPORT_STOREDIR_H

/* A store in a temporary folder of its own. */

#include "core/store.h"
#include "core/store_internal.h"

#define STOREDIR_NOW INT64_C(1763890000) /* 2025-11-23 */

struct storedir {
	char *dir, *path; /* of the store: in dir/state, which is not there at first */
	struct store *store;
	struct store_setup setup; /* of the next open */
	const char *version;	  /* likewise; NULL: 0.1.0 */
	const char *root;	  /* likewise; NULL: none */
	struct err err;		  /* of the last one */
};

/* cmocka's set up and tear down; *state is the storedir. */
int storedir_set_up(void **state);
int storedir_tear_down(void **state);

/* Opens it beside whatever is open; the caller closes it. NULL: dir->err. */
struct store *storedir_try(struct storedir *dir, enum store_access access);
/* Opens it as dir->store, which the tear down closes; fails the test when that fails. */
struct store *storedir_open(struct storedir *dir, enum store_access access);
/* Closes it and opens it again. */
struct store *storedir_again(struct storedir *dir, enum store_access access);

/* Fails the test where integrity_check finds something, or where there is none. */
void storedir_check(const struct storedir *dir);
/* Runs SQL on the file, past the store; fails the test on an error. */
void storedir_sql(const struct storedir *dir, const char *sql);
/* The first column of the first row. */
int64_t storedir_number(const struct storedir *dir, const char *sql);

#endif
