#ifndef SVCTOP_CORE_DESCRIPTOR_H
#define SVCTOP_CORE_DESCRIPTOR_H

/*
 * Reads the files in which teams describe their services: service.yml (Services DB
 * and ours), Backstage catalog-info.yaml, opslevel.yml, cortex.yaml, Datadog
 * service.datadog.yaml and entity.datadog.yaml (v2, v2.1, v2.2, v3), compass.yml,
 * and runbooks with a "Service Tier" heading as the last resort. Lenient: an
 * unknown field is ignored, a wrong one is a warning with its line.
 */

#include <stddef.h>

#include "core/checkout.h"

/* The globs of descriptors, from a service's folder. */
extern const char *const descriptor_globs[];
extern const size_t descriptor_glob_count;

struct descriptor_list {
	struct arena *arena; /* the caller's */
	struct descriptor *descriptors;
	size_t count, cap;
	struct warning *warnings;
	size_t warning_count, warning_cap;
};

/*
 * Reads one file, path from the checkout's root. A file may give several
 * descriptors (YAML documents, environment blocks) or none: a Kubernetes object
 * named service.yml is no descriptor and no warning.
 */
void descriptor_read(const char *path, const char *bytes, size_t len, struct descriptor_list *out);

/* 1..4 of "tier_1", "Tier2", "1", "one", "High", "Platinum", ...; 0: not understood. */
int tier_normalise(const char *text);

/* A link's type as normalised (checkout.h) from a catalog's word for it: "runbook" is "playbook".
 */
const char *link_type_normalise(const char *text);

#endif
