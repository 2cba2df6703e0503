#ifndef SVCTOP_FETCH_SCAN_MEMO_H
#define SVCTOP_FETCH_SCAN_MEMO_H

/*
 * The same scan over many trees of one repository, one after the other: what a file or a
 * folder answered is kept by its path, its id and the services' folders around it, so that a
 * tree costs what is other in it than in those before. Where links lead is looked at each time.
 */

#include <stdbool.h>

#include "core/checkout.h"
#include "fetch/git.h"
#include "fetch/scan.h"

struct scan_memo;

/* All of it must outlive the memo; of options, `dependencies` counts. */
struct scan_memo *scan_memo_new(struct scan_engine *engine, struct repo *repo,
				const struct repo_head *head, const struct scan_options *options);
void scan_memo_free(struct scan_memo *memo); /* NULL is allowed */

struct scan_memo_look {
	bool same;    /* nothing that counts differs from the tree before; false may be wrong */
	bool missing; /* an object was not there, or not to be read */
};

/* Looks at a tree. */
struct scan_memo_look scan_memo_look(struct scan_memo *memo, const struct repo_id *tree);

/*
 * What the tree looked at last says, as scan_checkout() would find it, but for warnings, costs,
 * touched, and histories: they have subdirs alone. The head is that of the memo. Its strings
 * live until the next look.
 */
struct checkout *scan_memo_checkout(struct scan_memo *memo);

/* Bytes that it takes. */
size_t scan_memo_size(const struct scan_memo *memo);

#endif
