/* Probes: the smallest questions of a checklist, read and checked. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/checklist_build.h"
#include "core/glob.h"
#include "core/mem.h"
#include "core/query.h"
#include "core/signal.h"

#define DAY 86400

typedef int probe_reader(struct checklist_build *build, const struct doc *map, struct probe *probe);

/* Words that the format knows; docs/checklist.md explains them. */
static const char *const scopes[] = {"service", "repository", "fleet"};
static const char *const strengths[] = {"none", "declared", "configured", "observed"};
static const char *const ecosystems[] = {"gem",	 "npm",	  "go",	      "cargo",
					 "pypi", "maven", "composer", "hex"};

int checklist_globs(struct checklist_build *build, const struct doc *map, const char *key,
		    const char **globs, size_t count)
{
	for (size_t i = 0; i < count && !build->source->trusted; i++) {
		const struct doc *at = checklist_nth(map, key, i);
		struct glob_set *set;
		struct err err = {0};
		int rc;

		if (globs[i][0] == '!')
			return checklist_bad(
			    build, at, "name them under except:", "a glob cannot begin with !");
		set = glob_set_new();
		rc = glob_set_add(set, globs[i], GLOB_ANCHORED, 0, &err);
		glob_set_free(set);
		if (rc < 0) {
			checklist_bad(build, at, err.fix, "bad glob: %s", err.what);
			err_clear(&err);
			return -1;
		}
	}
	return 0;
}

static int check_regexes(struct checklist_build *build, const struct doc *map, const char *key,
			 const char **regexes, size_t count, bool ignore_case)
{
	for (size_t i = 0; i < count; i++) {
		if (checklist_regex(build, checklist_nth(map, key, i), regexes[i], ignore_case) < 0)
			return -1;
	}
	return 0;
}

/* Terms of a query */

static int check_path(struct checklist_build *build, const struct doc *at, const char *text)
{
	struct err err = {0};
	struct query_path *path = query_path_new(text, &err);

	query_path_free(path);
	if (path)
		return 0;
	checklist_bad(build, at, err.fix, "bad path: %s", err.what);
	err_clear(&err);
	return -1;
}

static int check_value(struct checklist_build *build, const struct doc *at,
		       const struct query_term *term, bool ignore_case)
{
	char *end;

	switch (term->op) {
	case QUERY_LT:
	case QUERY_LE:
	case QUERY_GT:
	case QUERY_GE:
		if (isfinite(strtod(term->value, &end)) && end != term->value && !*end)
			return 0;
		return checklist_bad(build, at, NULL, "\"%.60s\" is no number to compare with",
				     term->value);
	case QUERY_MATCH:
	case QUERY_NO_MATCH:
		return checklist_regex(build, at, term->value, ignore_case);
	default:
		return 0;
	}
}

static int read_term(struct checklist_build *build, const struct doc *at, const char *text,
		     bool ignore_case, struct query_term *out)
{
	struct err err = {0};

	if (query_term_parse(build->arena, text, out, &err) < 0) {
		checklist_bad(build, at, err.fix, "bad term: %s", err.what);
		err_clear(&err);
		return -1;
	}
	if (check_path(build, at, out->path) < 0)
		return -1;
	return check_value(build, at, out, ignore_case);
}

static int read_where(struct checklist_build *build, const struct doc *map, struct probe *probe)
{
	const char **terms = NULL;
	size_t count = 0;

	if (checklist_texts(build, map, "where", &terms, &count) < 0)
		return -1;
	probe->where = arena_alloc(build->arena, count * sizeof(*probe->where));
	probe->where_count = count;
	for (size_t i = 0; i < count; i++) {
		const struct doc *at = checklist_nth(map, "where", i);

		if (read_term(build, at, terms[i], probe->ignore_case, &probe->where[i]) < 0)
			return -1;
	}
	if (checklist_text(build, map, "each", &probe->each) < 0 ||
	    checklist_text(build, map, "value", &probe->value) < 0)
		return -1;
	if (probe->each && check_path(build, doc_get(map, "each"), probe->each) < 0)
		return -1;
	if (probe->value && check_path(build, doc_get(map, "value"), probe->value) < 0)
		return -1;
	if ((probe->each || probe->value) && !count)
		return checklist_bad(build, doc_get(map, probe->each ? "each" : "value"),
				     "add where: [TERM, ...]", "%s says nothing without where",
				     probe->each ? "each" : "value");
	return 0;
}

/* One reader a kind */

static int read_scope(struct checklist_build *build, const struct doc *map, struct probe *probe)
{
	unsigned scope = probe->scope;

	if (checklist_word(build, map, "scope", scopes, ARRAY_LEN(scopes), &scope) < 0)
		return -1;
	probe->scope = (enum probe_scope)scope;
	return 0;
}

static int read_content(struct checklist_build *build, const struct doc *map, struct probe *probe)
{
	if (checklist_texts(build, map, "lines", &probe->lines, &probe->line_count) < 0 ||
	    checklist_texts(build, map, "without", &probe->without, &probe->without_count) < 0 ||
	    check_regexes(build, map, "lines", probe->lines, probe->line_count,
			  probe->ignore_case) < 0 ||
	    check_regexes(build, map, "without", probe->without, probe->without_count,
			  probe->ignore_case) < 0)
		return -1;
	return read_where(build, map, probe);
}

static int read_ages(struct checklist_build *build, const struct doc *map, struct probe *probe)
{
	static const char *const stale[] = {"fails", "passes"};
	unsigned passes = 0;

	if (checklist_duration(build, map, "touched_within", &probe->touched_within) < 0 ||
	    checklist_duration(build, map, "dated_within", &probe->dated_within) < 0 ||
	    checklist_word(build, map, "stale", stale, ARRAY_LEN(stale), &passes) < 0)
		return -1;
	if (doc_get(map, "stale") && !probe->touched_within && !probe->dated_within)
		return checklist_bad(build, doc_get(map, "stale"), "add touched_within: 180d",
				     "stale says nothing without touched_within or dated_within");
	probe->stale_passes = passes;
	return 0;
}

static int read_files(struct checklist_build *build, const struct doc *map, struct probe *probe)
{
	static const char *const known[] = {
	    "files",	      "except", "scope",	"ignore_case", "lines",
	    "without",	      "where",	"each",		"value",       "min_bytes",
	    "touched_within", "stale",	"dated_within", "at_least",    "strength"};

	probe->strength = STRENGTH_CONFIGURED;
	probe->at_least = 1;
	if (checklist_keys(build, map, "key of a files probe", known, ARRAY_LEN(known)) < 0 ||
	    checklist_texts(build, map, "files", &probe->files, &probe->file_count) < 0 ||
	    checklist_globs(build, map, "files", probe->files, probe->file_count) < 0 ||
	    checklist_texts(build, map, "except", &probe->except, &probe->except_count) < 0 ||
	    checklist_globs(build, map, "except", probe->except, probe->except_count) < 0 ||
	    read_scope(build, map, probe) < 0 ||
	    checklist_bool(build, map, "ignore_case", &probe->ignore_case) < 0 ||
	    read_content(build, map, probe) < 0 || read_ages(build, map, probe) < 0 ||
	    checklist_number(build, map, "min_bytes", 1, 1 << 20, &probe->min_bytes) < 0)
		return -1;
	return checklist_count(build, map, "at_least", 1, &probe->at_least);
}

static int read_dependency(struct checklist_build *build, const struct doc *map,
			   struct probe *probe)
{
	static const char *const known[] = {"dependency", "ecosystem", "version", "dev",
					    "indirect",	  "scope",     "strength"};
	unsigned ecosystem = ARRAY_LEN(ecosystems);

	probe->strength = STRENGTH_CONFIGURED;
	if (checklist_keys(build, map, "key of a dependency probe", known, ARRAY_LEN(known)) < 0 ||
	    checklist_texts(build, map, "dependency", &probe->packages, &probe->package_count) <
		0 ||
	    checklist_word(build, map, "ecosystem", ecosystems, ARRAY_LEN(ecosystems), &ecosystem) <
		0 ||
	    checklist_text(build, map, "version", &probe->version) < 0 ||
	    checklist_bool(build, map, "dev", &probe->dev_too) < 0 ||
	    checklist_bool(build, map, "indirect", &probe->indirect_too) < 0 ||
	    read_scope(build, map, probe) < 0)
		return -1;
	if (probe->scope == SCOPE_FLEET)
		return checklist_bad(build, doc_get(map, "scope"), "service or repository",
				     "dependencies of other checkouts say nothing of a service");
	if (ecosystem < ARRAY_LEN(ecosystems))
		probe->ecosystem = ecosystems[ecosystem];
	return 0;
}

/* FIELD and LINK: names under key and what their value matches. */
static int read_named(struct checklist_build *build, const struct doc *map, const char *key,
		      struct probe *probe)
{
	const char *const known[] = {key, "matches", "ignore_case", "strength"};

	probe->strength = STRENGTH_DECLARED;
	if (checklist_keys(build, map, "key of this probe", known, ARRAY_LEN(known)) < 0 ||
	    checklist_texts(build, map, key, &probe->names, &probe->name_count) < 0 ||
	    checklist_bool(build, map, "ignore_case", &probe->ignore_case) < 0 ||
	    checklist_text(build, map, "matches", &probe->matches) < 0)
		return -1;
	if (!probe->matches)
		return 0;
	/* The one regex that is not a scan's but the rules' own. */
	probe->matching =
	    checklist_compile(build, doc_get(map, "matches"), probe->matches, probe->ignore_case);
	return probe->matching ? 0 : -1;
}

static int read_field(struct checklist_build *build, const struct doc *map, struct probe *probe)
{
	return read_named(build, map, "field", probe);
}

static int read_link(struct checklist_build *build, const struct doc *map, struct probe *probe)
{
	return read_named(build, map, "link", probe);
}

/* That beside key there is nothing but strength. */
static int keys_beside(struct checklist_build *build, const struct doc *map, const char *key)
{
	const char *const known[] = {key, "strength"};

	return checklist_keys(build, map, "key of this probe", known, ARRAY_LEN(known));
}

/* The bounds that OWNERS, AUTHORS and COMMITS share; one of them is needed. */
static int read_bounds(struct checklist_build *build, const struct doc *options,
		       struct probe *probe)
{
	probe->count_max = UINT32_MAX;
	if (checklist_count(build, options, "at_least", 1, &probe->count_min) < 0 ||
	    checklist_count(build, options, "at_most", 0, &probe->count_max) < 0)
		return -1;
	if (!doc_get(options, "at_least") && !doc_get(options, "at_most"))
		return checklist_bad(build, options, NULL, "at_least or at_most is missing");
	if (probe->count_min > probe->count_max)
		return checklist_bad(build, options, NULL, "at_least is above at_most");
	return 0;
}

static int read_owners(struct checklist_build *build, const struct doc *map, struct probe *probe)
{
	static const char *const known[] = {"at_least", "at_most", "people", "teams"};
	const struct doc *options = doc_get(map, "owners");

	probe->strength = STRENGTH_DECLARED;
	if (keys_beside(build, map, "owners") < 0 ||
	    checklist_keys(build, options, "key of owners", known, ARRAY_LEN(known)) < 0 ||
	    read_bounds(build, options, probe) < 0 ||
	    checklist_bool(build, options, "people", &probe->people) < 0 ||
	    checklist_bool(build, options, "teams", &probe->teams) < 0)
		return -1;
	if (!probe->people && !probe->teams)
		probe->people = probe->teams = true;
	return 0;
}

static int read_authors(struct checklist_build *build, const struct doc *map, struct probe *probe)
{
	static const char *const known[] = {"at_least", "at_most", "commits"};
	const struct doc *options = doc_get(map, "authors");

	probe->strength = STRENGTH_CONFIGURED;
	probe->each_min = 1;
	if (keys_beside(build, map, "authors") < 0 ||
	    checklist_keys(build, options, "key of authors", known, ARRAY_LEN(known)) < 0 ||
	    read_bounds(build, options, probe) < 0)
		return -1;
	return checklist_count(build, options, "commits", 1, &probe->each_min);
}

static int read_commits(struct checklist_build *build, const struct doc *map, struct probe *probe)
{
	static const char *const known[] = {"at_least", "at_most", "by_bots"};
	const struct doc *options = doc_get(map, "commits");

	probe->strength = STRENGTH_CONFIGURED;
	if (keys_beside(build, map, "commits") < 0 ||
	    checklist_keys(build, options, "key of commits", known, ARRAY_LEN(known)) < 0 ||
	    read_bounds(build, options, probe) < 0)
		return -1;
	return checklist_bool(build, options, "by_bots", &probe->by_bots);
}

static int read_attestation(struct checklist_build *build, const struct doc *map,
			    struct probe *probe)
{
	static const char *const known[] = {"check", "max_age"};
	const struct doc *options = doc_get(map, "attestation");

	probe->strength = STRENGTH_DECLARED;
	probe->max_age = 365 * DAY;
	if (keys_beside(build, map, "attestation") < 0 ||
	    checklist_keys(build, options, "key of attestation", known, ARRAY_LEN(known)) < 0 ||
	    checklist_texts(build, options, "check", &probe->names, &probe->name_count) < 0)
		return -1;
	return checklist_duration(build, options, "max_age", &probe->max_age);
}

static int read_tiers(struct checklist_build *build, const struct doc *options, struct probe *probe)
{
	const struct doc *node = doc_get(options, "tier");
	size_t n = node && node->kind == DOC_SEQ ? node->len : node ? 1 : 0;

	for (size_t i = 0; i < n; i++) {
		const struct doc *at = checklist_nth(options, "tier", i);
		int64_t tier;

		if (!doc_int(at, &tier) || tier < 1 || tier > 4)
			return checklist_bad(build, at, NULL, "a tier is a number from 1 to 4");
		if (!probe->tier_min || tier < probe->tier_min)
			probe->tier_min = (uint32_t)tier;
		if (tier > probe->tier_max)
			probe->tier_max = (uint32_t)tier;
	}
	if (node && n == 0)
		return checklist_bad(build, node, NULL, "an empty list");
	return 0;
}

static int read_service(struct checklist_build *build, const struct doc *map, struct probe *probe)
{
	static const char *const known[] = {"type", "lifecycle", "language", "tier"};
	const struct doc *options = doc_get(map, "service");

	if (keys_beside(build, map, "service") < 0 ||
	    checklist_keys(build, options, "key of service", known, ARRAY_LEN(known)) < 0 ||
	    checklist_texts(build, options, "type", &probe->types, &probe->type_count) < 0 ||
	    checklist_texts(build, options, "lifecycle", &probe->lifecycles,
			    &probe->lifecycle_count) < 0 ||
	    checklist_texts(build, options, "language", &probe->languages, &probe->language_count) <
		0 ||
	    read_tiers(build, options, probe) < 0)
		return -1;
	if (options->len == 0)
		return checklist_bad(build, options, NULL,
				     "service asks for nothing: type, lifecycle, language or tier");
	return 0;
}

static int read_deployed(struct checklist_build *build, const struct doc *map, struct probe *probe)
{
	bool wanted = false;

	(void)probe;
	if (keys_beside(build, map, "deployed") < 0 ||
	    checklist_bool(build, map, "deployed", &wanted) < 0)
		return -1;
	return wanted ? 0
		      : checklist_bad(build, doc_get(map, "deployed"), "not: {deployed: true}",
				      "deployed takes only true");
}

/* Kinds and states: the bits of the words under key, a list or one text. */
static int read_words(struct checklist_build *build, const struct doc *map, const char *key,
		      const char *what, const char *const *words, size_t count, uint64_t *bits)
{
	const char **given = NULL;
	size_t given_count = 0;

	if (checklist_texts(build, map, key, &given, &given_count) < 0)
		return -1;
	if (given_count)
		*bits = 0;
	for (size_t i = 0; i < given_count; i++) {
		size_t w = 0;

		while (w < count && strcmp(words[w], given[i]) != 0)
			w++;
		if (w == count)
			return checklist_unknown(build, checklist_nth(map, key, i), what, given[i],
						 words, count);
		*bits |= UINT64_C(1) << w;
	}
	return 0;
}

static int read_labels(struct checklist_build *build, const struct doc *map, struct probe *probe)
{
	const struct doc *labels = doc_get(map, "label");

	if (!labels)
		return 0;
	if (labels->kind != DOC_MAP || !labels->len)
		return checklist_bad(build, labels, "label: {severity: '^page$'}",
				     "label is no mapping of names and regexes");
	probe->labels = arena_alloc(build->arena, labels->len * sizeof(*probe->labels));
	for (size_t i = 0; i < labels->len; i++) {
		const char *name = doc_str(&labels->pairs[i].key);
		const char *regex = doc_str(&labels->pairs[i].value);
		struct probe_label *label = &probe->labels[i];

		if (!name || !*name || !regex)
			return checklist_bad(build, &labels->pairs[i].key, NULL,
					     "a label is a name and a regex");
		label->name = arena_strdup(build->arena, name);
		label->value =
		    checklist_compile(build, &labels->pairs[i].value, regex, probe->ignore_case);
		if (!label->value)
			return -1;
		probe->label_count++;
	}
	return 0;
}

static int read_regex(struct checklist_build *build, const struct doc *map, const char *key,
		      bool ignore_case, struct regex **out)
{
	const char *pattern = NULL;

	if (checklist_text(build, map, key, &pattern) < 0)
		return -1;
	if (pattern)
		*out = checklist_compile(build, doc_get(map, key), pattern, ignore_case);
	return pattern && !*out ? -1 : 0;
}

/* In the order of the flags' bits. */
static const char *const flag_words[] = {"pending", "silenced", "inhibited", "watchdog",
					 "disabled"};

static int read_signal_words(struct checklist_build *build, const struct doc *map,
			     struct probe *probe)
{
	const char *kind_words[SIGNAL_KINDS], *state_words[SIGNAL_UNKNOWN + 1];
	uint64_t states = 1 << SIGNAL_OK | 1 << SIGNAL_WARNING | 1 << SIGNAL_CRITICAL;
	uint64_t flags = 0, no_flags = SIGNAL_PENDING | SIGNAL_WATCHDOG | SIGNAL_DISABLED;

	for (int i = 0; i < SIGNAL_KINDS; i++)
		kind_words[i] = signal_kind_name((enum signal_kind)i);
	for (int i = 0; i <= SIGNAL_UNKNOWN; i++)
		state_words[i] = signal_state_name((enum signal_state)i);
	if (read_words(build, map, "signal", "kind of signal", kind_words, SIGNAL_KINDS,
		       &probe->signals) < 0 ||
	    read_words(build, map, "state", "state", state_words, ARRAY_LEN(state_words), &states) <
		0 ||
	    read_words(build, map, "flagged", "flag", flag_words, ARRAY_LEN(flag_words), &flags) <
		0 ||
	    read_words(build, map, "not_flagged", "flag", flag_words, ARRAY_LEN(flag_words),
		       &no_flags) < 0)
		return -1;
	if (flags & no_flags && doc_get(map, "not_flagged"))
		return checklist_bad(build, doc_get(map, "not_flagged"), NULL,
				     "the same word stands under flagged and not_flagged");
	probe->states = (unsigned)states;
	probe->flags = (unsigned)flags;
	probe->no_flags = (unsigned)(no_flags & ~flags);
	return 0;
}

static int read_signal(struct checklist_build *build, const struct doc *map, struct probe *probe)
{
	static const char *const known[] = {"signal", "state",	 "flagged",	"not_flagged",
					    "title",  "matches", "ignore_case", "label",
					    "within", "older",	 "environment", "strength"};

	probe->strength = STRENGTH_OBSERVED;
	if (checklist_keys(build, map, "key of a signal probe", known, ARRAY_LEN(known)) < 0 ||
	    checklist_bool(build, map, "ignore_case", &probe->ignore_case) < 0 ||
	    read_signal_words(build, map, probe) < 0 ||
	    read_regex(build, map, "title", probe->ignore_case, &probe->title) < 0 ||
	    read_regex(build, map, "matches", probe->ignore_case, &probe->matching) < 0 ||
	    read_labels(build, map, probe) < 0 ||
	    checklist_duration(build, map, "within", &probe->within) < 0 ||
	    checklist_duration(build, map, "older", &probe->older) < 0)
		return -1;
	return checklist_text(build, map, "environment", &probe->environment);
}

static const struct {
	const char *key;
	enum probe_kind kind;
	probe_reader *read;
} kinds[] = {
    {"files", PROBE_FILES, read_files},	      {"dependency", PROBE_DEPENDENCY, read_dependency},
    {"field", PROBE_FIELD, read_field},	      {"link", PROBE_LINK, read_link},
    {"owners", PROBE_OWNERS, read_owners},    {"authors", PROBE_AUTHORS, read_authors},
    {"commits", PROBE_COMMITS, read_commits}, {"attestation", PROBE_ATTESTATION, read_attestation},
    {"service", PROBE_SERVICE, read_service}, {"deployed", PROBE_DEPLOYED, read_deployed},
    {"signal", PROBE_SIGNAL, read_signal},
};

const char *checklist_probe_key(const struct doc *map)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (doc_get(map, kinds[i].key))
			return kinds[i].key;
	}
	return NULL;
}

static int read_strength(struct checklist_build *build, const struct doc *map, struct probe *probe)
{
	unsigned strength = probe->strength;

	if (checklist_word(build, map, "strength", strengths, ARRAY_LEN(strengths), &strength) < 0)
		return -1;
	if (strength == STRENGTH_OBSERVED && probe->kind != PROBE_SIGNAL)
		return checklist_bad(build, doc_get(map, "strength"), "declared or configured",
				     "only a live source can observe something");
	probe->strength = (enum strength)strength;
	return 0;
}

int checklist_probe(struct checklist_build *build, const struct doc *map, const char *key)
{
	struct probe probe = {.line = map->pairs[0].key.line};
	size_t i = 0;

	while (strcmp(kinds[i].key, key) != 0)
		i++;
	probe.kind = kinds[i].kind;
	if (kinds[i].read(build, map, &probe) < 0 || read_strength(build, map, &probe) < 0)
		return -1;
	GROW(build->places, build->probe_count, build->place_cap);
	GROW(build->probes, build->probe_count, build->probe_cap);
	probe.index = (uint32_t)build->probe_count;
	build->places[probe.index] = (struct checklist_place){build->source, map};
	build->probes[build->probe_count++] = probe;
	return (int)probe.index;
}
