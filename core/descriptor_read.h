#ifndef SVCTOP_CORE_DESCRIPTOR_READ_H
#define SVCTOP_CORE_DESCRIPTOR_READ_H

/* What the readers of single descriptor formats share; for core/descriptor*.c alone. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/descriptor.h"
#include "core/doc.h"

struct descriptor_reader {
	struct descriptor_list *out;
	const char *path;   /* in the arena, as all strings here */
	const char *name;   /* the last part of path */
	const char *subdir; /* the folder that the file speaks for */
	const char *format;
	unsigned trust;
	const char *bytes;
	size_t len;
	struct descriptor *now; /* the one begun last; moves when another begins */
	unsigned steps;		/* values visited, see DESCRIPTOR_MAX_STEPS */
};

enum {
	DESCRIPTOR_MAX_LIST = 500,     /* items of one list of a descriptor */
	DESCRIPTOR_MAX_COUNT = 500,    /* descriptors of one file */
	DESCRIPTOR_MAX_WARNINGS = 100, /* of one file */
	DESCRIPTOR_MAX_STEPS = 20000,  /* YAML aliases let a small file look large */
	DESCRIPTOR_MAX_TEXT = 2000,    /* bytes of a value; longer ones are cut */
};

/* Begins a descriptor that stands at line; NULL when there are too many. */
struct descriptor *descriptor_begin(struct descriptor_reader *in, uint32_t line);

void descriptor_warn(struct descriptor_reader *in, uint32_t line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets *fact to a scalar that is not empty; else leaves it and answers false. */
bool descriptor_fact(struct descriptor_reader *in, const struct doc *value, struct fact *fact);

/* Adds a scalar, or each of a list of scalars, to a list of facts. */
void descriptor_facts(struct descriptor_reader *in, const struct doc *value, struct fact **list,
		      size_t *count);
void descriptor_add_fact(struct descriptor_reader *in, const char *text, uint32_t line,
			 struct fact **list, size_t *count);

/* Owners: without their @, "group:" and the like; a list, or one. */
void descriptor_owners(struct descriptor_reader *in, const struct doc *value);

/* Names of other services in references such as "component:default/x"; other kinds left out. */
void descriptor_references(struct descriptor_reader *in, const struct doc *value,
			   const char *wanted_kind, struct fact **list, size_t *count);

/* type and name may be NULL; both tell what the link is for. */
void descriptor_link(struct descriptor_reader *in, const char *type, const char *name,
		     const struct doc *url);
/* A list of maps with a url, of which each key may go by the names given. */
void descriptor_links(struct descriptor_reader *in, const struct doc *list, const char *type_key,
		      const char *name_key);

/* A scalar, each scalar of a list, or (dotted) of a map, as fields. */
void descriptor_fields(struct descriptor_reader *in, const char *name, const struct doc *value);
void descriptor_add_field(struct descriptor_reader *in, const char *name, const char *text,
			  uint32_t line);

/* The tier as written and as understood; warns about what is neither a tier nor empty. */
void descriptor_tier(struct descriptor_reader *in, const struct doc *value);

/* attestations, waivers and not_applicable of service.yml. */
void descriptor_statements(struct descriptor_reader *in, const struct doc *attestations,
			   const struct doc *waivers, const struct doc *not_applicable);

/* Readers of one document each, but the last, which reads a whole file. */
void descriptor_service(struct descriptor_reader *in, const struct doc *root, bool only);
void descriptor_backstage(struct descriptor_reader *in, const struct doc *root);
void descriptor_opslevel(struct descriptor_reader *in, const struct doc *root);
void descriptor_cortex(struct descriptor_reader *in, const struct doc *root);
void descriptor_datadog(struct descriptor_reader *in, const struct doc *root);
void descriptor_compass(struct descriptor_reader *in, const struct doc *root);
void descriptor_runbook(struct descriptor_reader *in);

#endif
