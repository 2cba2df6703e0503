#include "core/checklist.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/checklist_build.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/regex.h"

#define MAX_TEXT     (1 << 20)
#define MAX_ID	     40
#define MAX_EXCLUDED 256

extern const unsigned char data_core_checklist_yml[];
extern const size_t data_core_checklist_yml_len;

/* An item: what the file says, over what the checklist that it extends says. */
struct entry {
	const char *id;
	struct checklist_place own; /* node NULL: the base alone */
	struct checklist_place base;
	bool removed;
};

struct loader {
	struct checklist_build build;
	struct checklist_source file;
	struct checklist_source base; /* root NULL: extends nothing */
	struct entry *entries;
	size_t count, cap;
	struct checklist *list;
};

const char *status_name(enum status status)
{
	static const char *const names[] = {"pass", "gap", "unknown", "waived", "n/a"};

	return names[status];
}

const char *unknown_code_name(enum unknown_code code)
{
	static const char *const names[] = {NULL, "no-source", "failed", "not-visible"};

	return names[code];
}

const char *strength_name(enum strength strength)
{
	static const char *const names[] = {NULL, "declared", "configured", "observed"};

	return names[strength];
}

const char *checklist_builtin_text(size_t *len)
{
	*len = data_core_checklist_yml_len;
	return (const char *)data_core_checklist_yml;
}

/* Opening a file */

static int open_source(struct checklist_build *build, struct checklist_source *source)
{
	struct err err = {0};
	struct doc at = {.column = 0};
	const char *colon;
	enum doc_state state;

	build->source = source;
	if (source->len > MAX_TEXT)
		return checklist_bad(build, NULL, NULL, "larger than 1 MiB");
	state = doc_parse(&source->file, DOC_YAML, source->path, source->text, source->len, &err);
	if (state == DOC_OK) {
		err_clear(&err);
		source->root = doc_at(source->file, 0);
		if (doc_count(source->file) == 1)
			return 0;
		return checklist_bad(build, doc_at(source->file, 1), NULL,
				     "expected one YAML document");
	}
	colon = err.where ? strrchr(err.where, ':') : NULL;
	at.line = colon ? (uint32_t)strtoul(colon + 1, NULL, 10) : 0;
	checklist_bad(build, at.line ? &at : NULL, err.fix, "%s",
		      err.what ? err.what : "a template, not YAML");
	err_clear(&err);
	return -1;
}

static int check_root(struct checklist_build *build, const struct doc *root)
{
	static const char *const known[] = {"schema",	"name",	    "extends",	   "remove",
					    "excluded", "deployed", "definitions", "checks"};
	const struct doc *schema = doc_get(root, "schema");
	int64_t version;

	if (checklist_keys(build, root, "key", known, ARRAY_LEN(known)) < 0)
		return -1;
	if (!doc_int(schema, &version) || version != 1)
		return checklist_bad(build, schema ? schema : root, "write schema: 1",
				     schema ? "this svctop reads checklists of schema 1"
					    : "schema is missing");
	return 0;
}

static int open_files(struct loader *load)
{
	static const char *const known[] = {"default"};
	struct checklist_build *build = &load->build;
	const struct doc *extends;
	unsigned which;

	if (open_source(build, &load->file) < 0 || check_root(build, load->file.root) < 0)
		return -1;
	extends = doc_get(load->file.root, "extends");
	if (!extends)
		return 0;
	if (checklist_word(build, load->file.root, "extends", known, 1, &which) < 0)
		return -1;
	load->base.path = "built-in";
	load->base.trusted = true;
	load->base.text = checklist_builtin_text(&load->base.len);
	if (open_source(build, &load->base) < 0 || check_root(build, load->base.root) < 0)
		return -1;
	if (doc_get(load->base.root, "extends"))
		return checklist_bad(build, load->base.root, NULL, "extends itself");
	return 0;
}

/* Which items there are */

static struct entry *find_entry(struct loader *load, const char *id)
{
	for (size_t i = 0; i < load->count; i++) {
		if (strcmp(load->entries[i].id, id) == 0)
			return &load->entries[i];
	}
	return NULL;
}

static int check_id(struct checklist_build *build, const struct doc *at, const char *id)
{
	size_t len = strlen(id);

	if (len > MAX_ID || strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != len ||
	    id[0] == '-')
		return checklist_bad(build, at, NULL,
				     "an id is lower-case letters, digits and dashes, at most %d",
				     MAX_ID);
	return 0;
}

static int add_entry(struct loader *load, const struct checklist_source *source,
		     const struct doc *node)
{
	static const char *const known[] = {"id",     "tier",	 "title",	  "why",   "close",
					    "source", "absent",	 "reason",	  "least", "gap",
					    "pass",   "unknown", "not_applicable"};
	struct checklist_build *build = &load->build;
	struct checklist_place place = {source, node};
	struct entry *entry;
	const char *id = NULL;

	if (checklist_keys(build, node, "key of an item", known, ARRAY_LEN(known)) < 0 ||
	    checklist_text(build, node, "id", &id) < 0)
		return -1;
	if (!id)
		return checklist_bad(build, node, NULL, "the item has no id");
	if (check_id(build, doc_get(node, "id"), id) < 0)
		return -1;
	entry = find_entry(load, id);
	if (entry && (entry->own.node || source == &load->base))
		return checklist_bad(build, doc_get(node, "id"), "ids must differ",
				     "there is another item \"%s\"", id);
	if (entry) {
		entry->own = place;
		return 0;
	}
	if (load->count >= CHECKLIST_MAX_CHECKS)
		return checklist_bad(build, node, NULL, "more than %d items", CHECKLIST_MAX_CHECKS);
	GROW(load->entries, load->count, load->cap);
	load->entries[load->count++] = source == &load->base
					   ? (struct entry){.id = id, .base = place}
					   : (struct entry){.id = id, .own = place};
	return 0;
}

static int add_entries(struct loader *load, const struct checklist_source *source)
{
	const struct doc *checks = doc_get(source->root, "checks");

	load->build.source = source;
	if (!checks)
		return 0;
	if (checks->kind != DOC_SEQ || checks->len == 0)
		return checklist_bad(&load->build, checks, NULL, "expected a list of items");
	for (size_t i = 0; i < checks->len; i++) {
		if (add_entry(load, source, &checks->items[i]) < 0)
			return -1;
	}
	return 0;
}

static int suggest_id(struct loader *load, const struct doc *at, const char *id)
{
	const char *ids[CHECKLIST_MAX_CHECKS];

	for (size_t i = 0; i < load->count; i++)
		ids[i] = load->entries[i].id;
	return checklist_unknown(&load->build, at, "item", id, ids, load->count);
}

static int remove_entries(struct loader *load)
{
	const struct doc *root = load->file.root;
	const char **ids = NULL;
	size_t count = 0;

	load->build.source = &load->file;
	if (checklist_texts(&load->build, root, "remove", &ids, &count) < 0)
		return -1;
	if (count && !load->base.root)
		return checklist_bad(&load->build, doc_get(root, "remove"), "add extends: default",
				     "there is nothing to remove from");
	for (size_t i = 0; i < count; i++) {
		const struct doc *at = checklist_nth(root, "remove", i);
		struct entry *entry = find_entry(load, ids[i]);

		if (!entry)
			return suggest_id(load, at, ids[i]);
		if (entry->own.node)
			return checklist_bad(&load->build, at, "drop one of the two",
					     "\"%s\" is removed and given", ids[i]);
		entry->removed = true;
	}
	return 0;
}

/* Reading one item */

/* The mapping that says key: the file's own, else the base's. */
static const struct doc *pick(struct checklist_build *build, const struct entry *entry,
			      const char *key)
{
	const struct checklist_place *place = &entry->own;

	if (!place->node || (entry->base.node && !doc_get(place->node, key)))
		place = &entry->base;
	build->source = place->source;
	return place->node;
}

static int read_text(struct checklist_build *build, const struct entry *entry, const char *key,
		     bool required, const char **out)
{
	const struct doc *map = pick(build, entry, key);

	if (checklist_text(build, map, key, out) < 0)
		return -1;
	if (*out && strchr(*out, '\n') && strcmp(key, "reason") == 0)
		return checklist_bad(build, doc_get(map, key), NULL, "a reason is one line");
	if (required && !*out)
		return checklist_bad(build, map, NULL, "item \"%s\" has no %s", entry->id, key);
	return 0;
}

static int read_verdict(struct checklist_build *build, const struct doc *node, bool with_code,
			struct verdict *out)
{
	static const char *const known[] = {"if", "reason", "code"};
	static const char *const codes[] = {"no-source", "failed", "not-visible"};
	unsigned code = 0;

	if (checklist_keys(build, node, "key", known, with_code ? 3 : 2) < 0 ||
	    checklist_text(build, node, "reason", &out->reason) < 0 ||
	    checklist_word(build, node, "code", codes, ARRAY_LEN(codes), &code) < 0)
		return -1;
	if (!out->reason || !doc_get(node, "if") || (with_code && !doc_get(node, "code")))
		return checklist_bad(build, node,
				     with_code ? "{if: RULE, code: not-visible, reason: ...}"
					       : "{if: RULE, reason: ...}",
				     with_code ? "if, code and reason are needed"
					       : "if and reason are needed");
	if (strchr(out->reason, '\n'))
		return checklist_bad(build, doc_get(node, "reason"), NULL, "a reason is one line");
	out->code = with_code ? (enum unknown_code)(code + UNKNOWN_NO_SOURCE) : UNKNOWN_NONE;
	out->rule = checklist_rule(build, doc_get(node, "if"));
	return out->rule ? 0 : -1;
}

static int read_verdicts(struct checklist_build *build, const struct entry *entry, const char *key,
			 struct verdict **out, size_t *count)
{
	const struct doc *list = doc_get(pick(build, entry, key), key);
	bool with_code = strcmp(key, "unknown") == 0;

	if (!list)
		return 0;
	if (list->kind != DOC_SEQ)
		return checklist_bad(build, list, NULL,
				     "expected a list of {if: RULE, reason: ...}");
	*out = arena_alloc(build->arena, (list->len ? list->len : 1) * sizeof(**out));
	for (size_t i = 0; i < list->len; i++) {
		if (read_verdict(build, &list->items[i], with_code, &(*out)[i]) < 0)
			return -1;
	}
	*count = list->len;
	return 0;
}

static int read_pass(struct checklist_build *build, const struct entry *entry, struct check *check)
{
	static const char *const names[] = {"none", "declared", "configured", "observed"};
	const struct doc *map = pick(build, entry, "pass");
	enum strength reach;

	if (!doc_get(map, "pass"))
		return checklist_bad(build, map, NULL, "item \"%s\" has no pass rule", entry->id);
	check->pass = checklist_rule(build, doc_get(map, "pass"));
	if (!check->pass)
		return -1;
	reach = checklist_reach(check->pass, build->probes);
	if (check->least != STRENGTH_OBSERVED && reach < check->least)
		return checklist_bad(build, doc_get(map, "pass"),
				     "lower least, or add a probe that shows more",
				     "\"%s\" can never pass: it needs \"%s\", and the strongest of "
				     "this rule is \"%s\"",
				     entry->id, names[check->least], names[reach]);
	return 0;
}

static int read_enums(struct checklist_build *build, const struct entry *entry, struct check *check)
{
	static const char *const absences[] = {"gap", "not-visible", "no-source", "unwatched"};
	static const char *const strengths[] = {"declared", "configured", "observed"};
	unsigned absent = ABSENT_GAP, least = 1;
	int64_t tier = 0;

	if (checklist_word(build, pick(build, entry, "absent"), "absent", absences,
			   ARRAY_LEN(absences), &absent) < 0 ||
	    checklist_word(build, pick(build, entry, "least"), "least", strengths,
			   ARRAY_LEN(strengths), &least) < 0 ||
	    checklist_number(build, pick(build, entry, "tier"), "tier", 1, 4, &tier) < 0)
		return -1;
	if (!tier)
		return checklist_bad(build, pick(build, entry, "tier"), NULL,
				     "item \"%s\" has no tier", entry->id);
	check->absent = (enum absence)absent;
	check->least = (enum strength)(least + STRENGTH_DECLARED);
	check->tier = (int)tier;
	return 0;
}

static int read_check(struct checklist_build *build, const struct entry *entry, struct check *check)
{
	check->id = entry->id;
	check->line = entry->own.node ? entry->own.node->line : entry->base.node->line;
	if (read_text(build, entry, "title", true, &check->title) < 0 ||
	    read_text(build, entry, "why", true, &check->why) < 0 ||
	    read_text(build, entry, "close", true, &check->close) < 0 ||
	    read_text(build, entry, "source", false, &check->source) < 0 ||
	    read_text(build, entry, "reason", false, &check->absent_reason) < 0 ||
	    read_enums(build, entry, check) < 0 ||
	    read_verdicts(build, entry, "not_applicable", &check->not_applicable,
			  &check->not_applicable_count) < 0 ||
	    read_verdicts(build, entry, "gap", &check->contradicted, &check->contradicted_count) <
		0 ||
	    read_verdicts(build, entry, "unknown", &check->unknown, &check->unknown_count) < 0)
		return -1;
	return read_pass(build, entry, check);
}

/* Reading the whole */

/* As pick(), for keys of the file itself. */
static const struct doc *pick_root(struct loader *load, const char *key)
{
	bool own = !load->base.root || doc_get(load->file.root, key);

	load->build.source = own ? &load->file : &load->base;
	return load->build.source->root;
}

static int read_head(struct loader *load)
{
	struct checklist_build *build = &load->build;
	struct checklist *list = load->list;
	const struct doc *root = pick_root(load, "excluded");
	const struct doc *deployed;

	if (checklist_texts(build, root, "excluded", &list->excluded, &list->excluded_count) < 0)
		return -1;
	if (list->excluded_count > MAX_EXCLUDED)
		return checklist_bad(build, doc_get(root, "excluded"), NULL, "more than %d folders",
				     MAX_EXCLUDED);
	if (checklist_globs(build, root, "excluded", list->excluded, list->excluded_count) < 0)
		return -1;
	for (size_t i = 0; i < list->excluded_count; i++) {
		const char *slash = strchr(list->excluded[i], '/');

		if (slash && slash[1])
			return checklist_bad(build, checklist_nth(root, "excluded", i),
					     "vendor/ stands for such a folder at any depth",
					     "excluded takes names of folders, not paths");
	}
	deployed = doc_get(pick_root(load, "deployed"), "deployed");
	if (deployed) {
		list->deployed = checklist_rule(build, deployed);
		if (!list->deployed)
			return -1;
	}
	list->name = "unnamed";
	build->source = &load->file;
	return checklist_text(build, load->file.root, "name", &list->name);
}

/* Items by tier, 4 first, else in the order of the file. */
static int read_checks(struct loader *load)
{
	struct checklist *list = load->list;

	list->checks = arena_alloc(load->build.arena, (load->count + 1) * sizeof(*list->checks));
	for (size_t i = 0; i < load->count; i++) {
		struct check check = {0};
		size_t at = list->check_count;

		if (load->entries[i].removed)
			continue;
		if (read_check(&load->build, &load->entries[i], &check) < 0)
			return -1;
		while (at > 0 && list->checks[at - 1].tier < check.tier)
			at--;
		memmove(&list->checks[at + 1], &list->checks[at],
			(list->check_count - at) * sizeof(check));
		list->checks[at] = check;
		list->check_count++;
	}
	load->build.source = &load->file;
	return list->check_count ? 0
				 : checklist_bad(&load->build, load->file.root, NULL,
						 "a checklist without items");
}

/* What can only be checked once everything is read. */
static int check_probes(struct loader *load)
{
	struct checklist_build *build = &load->build;

	for (size_t i = 0; i < build->probe_count; i++) {
		const struct probe *probe = &build->probes[i];
		const struct doc *node = build->places[i].node;

		build->source = build->places[i].source;
		if (probe->kind == PROBE_DEPLOYED) {
			if (!load->list->deployed)
				return checklist_bad(build, node, "add deployed: RULE at the top",
						     "the checklist does not say what deploys");
			if (rule_uses_probe(load->list->deployed, probe->index))
				return checklist_bad(build, node, NULL,
						     "the deployed rule asks for itself");
		}
		if (probe->kind != PROBE_ATTESTATION)
			continue;
		for (size_t j = 0; j < probe->name_count; j++) {
			if (!find_entry(load, probe->names[j]))
				return suggest_id(load, node, probe->names[j]);
		}
	}
	return 0;
}

/* Over the checklist that is extended as well: it can change with the program. */
static void set_digest(struct loader *load)
{
	const struct checklist_source *sources[] = {&load->base, &load->file};
	uint64_t hash = HASH_START;
	struct buf text = {0};

	for (size_t i = 0; i < ARRAY_LEN(sources); i++)
		hash = hash_bytes(hash, sources[i]->text, sources[i]->len);
	buf_addf(&text, "%016" PRIx64, hash);
	memcpy(load->list->digest, buf_str(&text), sizeof(load->list->digest));
	buf_free(&text);
}

static int load_all(struct loader *load)
{
	struct checklist_build *build = &load->build;
	struct checklist *list = load->list;

	if (open_files(load) < 0)
		return -1;
	if ((load->base.root && add_entries(load, &load->base) < 0) ||
	    add_entries(load, &load->file) < 0 || remove_entries(load) < 0 || read_head(load) < 0 ||
	    read_checks(load) < 0 || check_probes(load) < 0)
		return -1;
	list->path = arena_strdup(build->arena, load->file.path);
	list->text = arena_memdup0(build->arena, load->file.text, load->file.len);
	list->text_len = load->file.len;
	list->probe_count = build->probe_count;
	list->probes = arena_alloc(build->arena, (build->probe_count + 1) * sizeof(*list->probes));
	if (build->probe_count)
		memcpy(list->probes, build->probes, build->probe_count * sizeof(*list->probes));
	set_digest(load);
	return 0;
}

static struct checklist *parse(const struct checklist_source *file, struct err *err)
{
	struct arena *arena = arena_new();
	struct loader load = {.build = {.arena = arena, .err = err}, .file = *file};
	int rc;

	load.list = arena_alloc(arena, sizeof(*load.list));
	load.list->arena = arena;
	rc = load_all(&load);
	doc_free(load.file.file);
	doc_free(load.base.file);
	free(load.entries);
	free(load.build.probes);
	free(load.build.places);
	free(load.build.seen);
	load.list->regexes = load.build.regexes;
	load.list->regex_count = load.build.regex_count;
	if (rc == 0)
		return load.list;
	checklist_free(load.list);
	return NULL;
}

struct checklist *checklist_parse(const char *path, const char *text, size_t len, struct err *err)
{
	return parse(&(struct checklist_source){.path = path, .text = text, .len = len}, err);
}

struct checklist *checklist_builtin(void)
{
	struct checklist_source source = {.path = "built-in", .trusted = true};

	source.text = checklist_builtin_text(&source.len);
	return parse(&source, NULL);
}

void checklist_free(struct checklist *checklist)
{
	if (!checklist)
		return;
	for (size_t i = 0; i < checklist->regex_count; i++)
		regex_free(checklist->regexes[i]);
	free(checklist->regexes);
	arena_free(checklist->arena);
}

int checklist_find(const struct checklist *checklist, const char *id)
{
	for (size_t i = 0; i < checklist->check_count; i++) {
		if (strcmp(checklist->checks[i].id, id) == 0)
			return (int)i;
	}
	return -1;
}
