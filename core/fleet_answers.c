#include <stdlib.h>
#include <string.h>

#include "core/fleet_internal.h"
#include "core/mem.h"

struct reasons {
	struct strmap *known;
	struct arena *arena;
};

struct reasons *fleet_reasons_new(void)
{
	struct reasons *reasons = xcalloc(1, sizeof(*reasons));

	reasons->known = strmap_new();
	reasons->arena = arena_new();
	return reasons;
}

void fleet_reasons_free(struct reasons *reasons)
{
	if (!reasons)
		return;
	strmap_free(reasons->known);
	arena_free(reasons->arena);
	free(reasons);
}

static const char *share(struct reasons *reasons, const char *reason)
{
	char *known = strmap_get(reasons->known, reason);

	if (!known) {
		known = arena_strdup(reasons->arena, reason);
		strmap_put(reasons->known, known, known);
	}
	return known;
}

/*
 * Findings on their way out of the scratch arena: one walk measures, a second one, over the same
 * strings, writes.
 */
struct keeper {
	struct reasons *reasons;
	const struct arena *scratch;
	struct evidence *evidence; /* where the next goes; NULL while measuring */
	char *text;
	size_t evidence_count, text_size;
};

static void keep_text(struct keeper *k, const char **text)
{
	size_t size;

	if (!*text || !arena_holds(k->scratch, *text))
		return;
	size = strlen(*text) + 1;
	if (k->evidence) {
		memcpy(k->text, *text, size);
		*text = k->text;
		k->text += size;
	}
	k->text_size += size;
}

/*
 * What a passed item says quotes its evidence and is of that service alone; what a live source
 * shows may say something else each time.
 */
static void keep_reason(struct keeper *k, struct finding *finding)
{
	if (finding->status == STATUS_PASS || finding->strength == STRENGTH_OBSERVED)
		keep_text(k, &finding->reason);
	else if (k->evidence && arena_holds(k->scratch, finding->reason))
		finding->reason = share(k->reasons, finding->reason);
}

static void keep_evidence(struct keeper *k, struct evidence evidence)
{
	keep_text(k, &evidence.path);
	keep_text(k, &evidence.url);
	keep_text(k, &evidence.value);
	keep_text(k, &evidence.text);
	if (k->evidence)
		*k->evidence++ = evidence;
	k->evidence_count++;
}

static void keep_finding(struct keeper *k, struct finding finding, struct finding *out)
{
	const struct evidence *from = finding.evidence;

	if (k->evidence)
		finding.evidence = finding.evidence_count ? k->evidence : NULL;
	for (size_t i = 0; i < finding.evidence_count; i++)
		keep_evidence(k, from[i]);
	keep_reason(k, &finding);
	if (out)
		*out = finding;
}

struct finding *fleet_keep_findings(struct reasons *reasons, const struct arena *scratch,
				    const struct finding *findings, size_t count)
{
	struct keeper k = {.reasons = reasons, .scratch = scratch};
	struct finding *out;

	for (size_t i = 0; i < count; i++)
		keep_finding(&k, findings[i], NULL);
	out = xmalloc(count * sizeof(*out) + k.evidence_count * sizeof(*k.evidence) + k.text_size);
	k.evidence = (struct evidence *)(out + count);
	k.text = (char *)(k.evidence + k.evidence_count);
	for (size_t i = 0; i < count; i++)
		keep_finding(&k, findings[i], &out[i]);
	return out;
}
