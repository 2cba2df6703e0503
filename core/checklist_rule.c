/* Rules: how a checklist combines probes. */

#include <stdlib.h>
#include <string.h>

#include "core/checklist_build.h"
#include "core/mem.h"

#define MAX_RULE_DEPTH 24
#define MAX_RULE_SIZE  2000 /* rules inside one, aliases counted each time they are used */
#define MAX_PROBES     4096

static const char *const group_keys[] = {"all", "any", "not", "at_least"};

static const struct rule *read_rule(struct checklist_build *build, const struct doc *node,
				    unsigned depth, size_t *size);

static const struct rule *bad(struct checklist_build *build, const struct doc *at, const char *fix,
			      const char *what)
{
	checklist_bad(build, at, fix, "%s", what);
	return NULL;
}

/* Reads the members of a group into rule. */
static const struct rule *read_members(struct checklist_build *build, const struct doc *list,
				       struct rule *rule, unsigned depth, size_t *size)
{
	const struct rule **members;

	if (!list || list->kind != DOC_SEQ)
		return bad(build, list, NULL, "expected a list of rules");
	if (list->len == 0)
		return bad(build, list, NULL,
			   "an empty list of rules: it would hold, or not, for nothing");
	members = arena_alloc(build->arena, list->len * sizeof(*members));
	for (size_t i = 0; i < list->len; i++) {
		size_t inner;

		members[i] = read_rule(build, &list->items[i], depth + 1, &inner);
		if (!members[i])
			return NULL;
		*size += inner;
		if (*size > MAX_RULE_SIZE)
			return bad(build, list, NULL, "the rule is too large");
	}
	rule->of = members;
	rule->of_count = list->len;
	return rule;
}

static const struct rule *read_at_least(struct checklist_build *build, const struct doc *node,
					struct rule *rule, unsigned depth, size_t *size)
{
	static const char *const known[] = {"n", "of"};

	rule->kind = RULE_AT_LEAST;
	if (checklist_keys(build, node, "key of at_least", known, ARRAY_LEN(known)) < 0 ||
	    checklist_count(build, node, "n", 1, &rule->need) < 0)
		return NULL;
	if (!rule->need || !doc_get(node, "of"))
		return bad(build, node, "at_least: {n: 2, of: [RULE, ...]}",
			   "at_least needs n and of");
	if (!read_members(build, doc_get(node, "of"), rule, depth, size))
		return NULL;
	if (rule->need > rule->of_count)
		return bad(build, doc_get(node, "n"), NULL, "n is more than there are rules");
	return rule;
}

static const struct rule *read_not(struct checklist_build *build, const struct doc *node,
				   struct rule *rule, unsigned depth, size_t *size)
{
	const struct rule **members = arena_alloc(build->arena, sizeof(*members));
	size_t inner;

	rule->kind = RULE_NOT;
	members[0] = read_rule(build, node, depth + 1, &inner);
	if (!members[0])
		return NULL;
	*size += inner;
	rule->of = members;
	rule->of_count = 1;
	return rule;
}

static const struct rule *read_group(struct checklist_build *build, const struct doc *map,
				     struct rule *rule, unsigned depth, size_t *size)
{
	const char *key = doc_str(&map->pairs[0].key);
	const struct doc *value = &map->pairs[0].value;

	if (map->len != 1)
		return bad(build, &map->pairs[1].key,
			   "put them under one all: or any:", "one rule cannot say two things");
	if (strcmp(key, "not") == 0)
		return read_not(build, value, rule, depth, size);
	if (strcmp(key, "at_least") == 0)
		return read_at_least(build, value, rule, depth, size);
	rule->kind = strcmp(key, "all") == 0 ? RULE_ALL : RULE_ANY;
	return read_members(build, value, rule, depth, size);
}

static bool is_group_key(const char *key)
{
	for (size_t i = 0; key && i < ARRAY_LEN(group_keys); i++) {
		if (strcmp(group_keys[i], key) == 0)
			return true;
	}
	return false;
}

static const struct rule *read_map(struct checklist_build *build, const struct doc *map,
				   struct rule *rule, unsigned depth, size_t *size)
{
	static const char *const known[] = {
	    "all",    "any",	 "not",	    "at_least",	   "files",   "dependency", "field", "link",
	    "owners", "authors", "commits", "attestation", "service", "deployed",   "signal"};
	const char *probe = checklist_probe_key(map);
	const char *first = doc_str(&map->pairs[0].key);
	int index;

	if (!probe) {
		if (is_group_key(first))
			return read_group(build, map, rule, depth, size);
		checklist_unknown(build, &map->pairs[0].key, "rule", first ? first : "", known,
				  ARRAY_LEN(known));
		return NULL;
	}
	if (build->probe_count >= MAX_PROBES)
		return bad(build, map, NULL, "too many probes");
	index = checklist_probe(build, map, probe);
	if (index < 0)
		return NULL;
	rule->kind = RULE_PROBE;
	rule->probe = (uint32_t)index;
	return rule;
}

static const struct checklist_seen *find_seen(const struct checklist_build *build,
					      const struct doc *node)
{
	for (size_t i = 0; i < build->seen_count; i++) {
		if (build->seen[i].pairs == node->pairs)
			return &build->seen[i];
	}
	return NULL;
}

/* How deep a rule goes below itself. */
static unsigned depth_of(const struct rule *rule)
{
	unsigned deepest = 0;

	for (size_t i = 0; i < rule->of_count; i++) {
		unsigned depth = 1 + depth_of(rule->of[i]);

		if (depth > deepest)
			deepest = depth;
	}
	return deepest;
}

static const struct rule *read_rule(struct checklist_build *build, const struct doc *node,
				    unsigned depth, size_t *size)
{
	const struct checklist_seen *seen;
	struct rule *rule;

	*size = 1;
	if (!node || node->kind != DOC_MAP || node->len == 0)
		return bad(build, node, "files: [...], dependency: [...], any: [...], ...",
			   "expected a rule");
	seen = find_seen(build, node);
	if (depth + (seen ? seen->depth : 0) > MAX_RULE_DEPTH)
		return bad(build, node, NULL, "rules are nested too deeply");
	if (seen) {
		*size = seen->size;
		return seen->rule;
	}
	rule = arena_alloc(build->arena, sizeof(*rule));
	rule->line = node->pairs[0].key.line;
	if (!read_map(build, node, rule, depth, size))
		return NULL;
	GROW(build->seen, build->seen_count, build->seen_cap);
	build->seen[build->seen_count++] =
	    (struct checklist_seen){node->pairs, rule, *size, depth_of(rule)};
	return rule;
}

const struct rule *checklist_rule(struct checklist_build *build, const struct doc *node)
{
	size_t size;

	return read_rule(build, node, 0, &size);
}

enum strength checklist_reach(const struct rule *rule, const struct probe *probes)
{
	enum strength best = STRENGTH_NONE;

	if (rule->kind == RULE_PROBE)
		return probes[rule->probe].strength;
	for (size_t i = 0; rule->kind != RULE_NOT && i < rule->of_count; i++) {
		enum strength inner = checklist_reach(rule->of[i], probes);

		if (inner > best)
			best = inner;
	}
	return best;
}

bool rule_uses_probe(const struct rule *rule, uint32_t probe)
{
	if (!rule)
		return false;
	if (rule->kind == RULE_PROBE)
		return rule->probe == probe;
	for (size_t i = 0; i < rule->of_count; i++) {
		if (rule_uses_probe(rule->of[i], probe))
			return true;
	}
	return false;
}
