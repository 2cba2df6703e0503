#ifndef SVCTOP_CORE_SUBJECT_H
#define SVCTOP_CORE_SUBJECT_H

/*
 * What the senses that ask live systems need to know of a service: how it may be
 * called elsewhere. The face makes subjects of the fleet and sends them to the courier
 * whenever they changed.
 */

#include "core/fleet.h"

struct subject {
	const char *name;      /* as the fleet has it */
	int tier;	       /* 0 unset */
	const char *type;      /* NULL: unset */
	const char *repo_host; /* of the remote: "github.com"; NULL */
	const char *repo;      /* "owner/name" of the remote or of github.com/project-slug; NULL */
	const char *branch;    /* the default branch: "main"; NULL */
	const char *head;      /* hex; NULL */
	const char *subdir;    /* "" for the whole repository */
	const char **urls;     /* what an uptime probe asks */
	size_t url_count;
	const struct named_fact *fields; /* of descriptors: annotations and the rest */
	size_t field_count;
	const char **aliases;
	size_t alias_count;
};

struct subject_list {
	struct subject *subjects; /* by name */
	size_t count;
};

/* Of all services, into arena; what they point to is the fleet's, until the next settle. */
void subjects_of(const struct fleet *fleet, struct arena *arena, struct subject_list *out);
void subjects_encode(const struct subject_list *list, struct buf *out);
bool subjects_decode(struct subject_list *list, const void *bytes, size_t len, struct arena *arena);

/* The value of a field; NULL. */
const char *subject_field(const struct subject *subject, const char *name);
/* "github.com" and "owner/name" of a remote's URL (https, ssh, scp-like); false: not understood. */
bool subject_parse_remote(const char *remote, struct arena *arena, const char **host,
			  const char **repo);

#endif
