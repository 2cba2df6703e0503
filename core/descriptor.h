#ifndef SVCTOP_CORE_DESCRIPTOR_H
#define SVCTOP_CORE_DESCRIPTOR_H

/*
 * Reads the files in which teams describe their services: service.yml (Services DB
 * and ours), Backstage catalog-info.yaml, opslevel.yml, cortex.yaml, Datadog
 * service.datadog.yaml and entity.datadog.yaml (v2, v2.1, v2.2, v3), compass.yml,
 * and runbooks with a "Service Tier" heading as the last resort. Lenient: an
 * unknown field is ignored, a wrong one is a warning with its line.
 *
 * What is not obvious:
 * - Only a Component of Backstage, a service of Datadog and what is neither team nor
 *   domain of Cortex give a descriptor (so does a repository of OpsLevel, without a name); a
 * service.yml below the root does only when it has keys of a service description.
 * - Several environment blocks in one service.yml give one descriptor each: that of
 *   production has no name of its own, the others are called "/<environment>", to be
 *   put behind the name of the checkout (or of the file's `name` key, which is done
 *   here). A single block gives one descriptor without a name.
 * - The classification "library" is a type, not a tier: the tier stays unset without
 *   a warning.
 * - Every scalar that has no place of its own is a field, by its dotted name
 *   ("security.data_management.contains_pii"); annotations and labels of Backstage by
 *   their own name, "sources" of service.yml without that prefix. Lists repeat a name.
 *   What names a secret ("pagerduty.com/integration-key") has the value "(secret)".
 * - An attestation without a date, a waiver without an until, and a not_applicable
 *   without a reason do not count and are warnings. until and expires mean the end of
 *   that day (UTC), date its start.
 */

#include <stddef.h>

#include "core/checkout.h"

/* The globs of descriptors, from a service's folder. */
extern const char *const descriptor_globs[];
extern const size_t descriptor_glob_count;

struct descriptor_list {
	struct arena *arena; /* the caller's; also all strings and lists of descriptors */
	struct descriptor *descriptors; /* malloc'ed, the caller frees it */
	size_t count, cap;
	struct warning *warnings; /* malloc'ed as well */
	size_t warning_count, warning_cap;
};

/*
 * Reads one file, path from the checkout's root. A file may give several
 * descriptors (YAML documents, environment blocks) or none: a Kubernetes object
 * named service.yml is no descriptor and no warning.
 */
void descriptor_read(const char *path, const char *bytes, size_t len, struct descriptor_list *out);

/*
 * 1..4 of "tier_1", "Tier2", "1", "one", "High", "Platinum", ...; 0: not understood.
 * Tier 0, of catalogs that begin there, is 1. NULL is allowed.
 */
int tier_normalise(const char *text);

/*
 * A link's type as normalised (checkout.h) from a catalog's word for it: "runbook" is
 * "playbook". One of playbook, dashboard, docs, repo, slo, chat, oncall, uptime,
 * status, ci, errors, logs, issues, deploy, service, other. NULL is allowed.
 */
const char *link_type_normalise(const char *text);

#endif
