#ifndef SVCTOP_CORE_PLAYBOOKS_H
#define SVCTOP_CORE_PLAYBOOKS_H

/*
 * Which playbooks a service has: files that the checklist's `playbooks` item found,
 * and links of descriptors. A link to a file in the service's own repository (a
 * forge's /blob/ page, or a relative path) is that file, so that it can be read from
 * the checkout when the forge is down.
 */

#include <stddef.h>

#include "core/fleet.h"

struct playbook {
	const char *name;     /* the link's name, or the file's without its folder and ending */
	const char *checkout; /* of a file; NULL for a link */
	const char *commit;
	const char *path;
	const char *url; /* of a link; NULL for a file without one */
};

struct playbook_list {
	struct arena *arena;
	struct playbook *playbooks; /* files first, each once */
	size_t count, cap;
};

/* Fills list, which the caller zeroed; what it points to is valid until fleet_settle(). */
void playbooks_of(const struct fleet *fleet, const struct service *service,
		  struct playbook_list *list);
void playbooks_free(struct playbook_list *list);

/* The playbook whose name or path is meant by word: exactly, else as a part; NULL: none. */
const struct playbook *playbooks_find(const struct playbook_list *list, const char *word);

#endif
