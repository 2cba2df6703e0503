/* The fleet's services as those see them who ask live systems. */

#include <string.h>

#include "core/fleet_internal.h"
#include "core/subject.h"

#define MAX_FIELDS  256
#define MAX_URLS    64
#define MAX_ALIASES 64

static bool has_text(const char **texts, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(texts[i], text))
			return true;
	return false;
}

static const char **kept_texts(struct arena *arena, const char **texts, size_t count)
{
	return count ? memcpy(arena_alloc(arena, count * sizeof(*texts)), texts,
			      count * sizeof(*texts))
		     : NULL;
}

static void find_urls(struct subject *subject, const struct fleet_node *node, struct arena *arena)
{
	const char *urls[MAX_URLS];
	size_t count = 0;

	for (size_t i = 0; i < node->descriptor_count; i++) {
		const struct descriptor *d = node->descriptors[i];

		for (size_t u = 0; u < d->url_count && count < MAX_URLS; u++)
			if (d->urls[u].value && !has_text(urls, count, d->urls[u].value))
				urls[count++] = d->urls[u].value;
	}
	subject->urls = kept_texts(arena, urls, count);
	subject->url_count = count;
}

static size_t add_alias(const char **aliases, size_t count, const char *own, const char *alias)
{
	if (alias && *alias && count < MAX_ALIASES && strcmp(alias, own) != 0 &&
	    !has_text(aliases, count, alias))
		aliases[count++] = alias;
	return count;
}

static void find_aliases(struct subject *subject, const struct fleet_node *node,
			 struct arena *arena)
{
	const char *aliases[MAX_ALIASES];
	size_t count = add_alias(aliases, 0, subject->name, node->short_name);

	for (size_t i = 0; i < node->descriptor_count; i++) {
		const struct descriptor *d = node->descriptors[i];

		if (strcmp(d->format, "runbook") != 0)
			count = add_alias(aliases, count, subject->name, d->name.value);
		for (size_t a = 0; a < d->alias_count && count < MAX_ALIASES; a++)
			count = add_alias(aliases, count, subject->name, d->aliases[a].value);
	}
	subject->aliases = kept_texts(arena, aliases, count);
	subject->alias_count = count;
}

static bool has_field(const struct named_fact *fields, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(fields[i].name, name))
			return true;
	return false;
}

size_t fleet_fields(const struct fleet_node *node, struct named_fact *fields, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < node->descriptor_count; i++) {
		const struct descriptor *d = node->descriptors[i];
		size_t before = count;

		/* A list repeats its name: only what a more trusted one said shuts it out. */
		for (size_t f = 0; f < d->field_count && count < max; f++)
			if (!has_field(fields, before, d->fields[f].name))
				fields[count++] = d->fields[f];
	}
	return count;
}

static void find_fields(struct subject *subject, const struct fleet_node *node, struct arena *arena)
{
	struct named_fact fields[MAX_FIELDS];
	size_t count = fleet_fields(node, fields, MAX_FIELDS);

	subject->fields = count ? memcpy(arena_alloc(arena, count * sizeof(*fields)), fields,
					 count * sizeof(*fields))
				: NULL;
	subject->field_count = count;
}

/* A slug of GitHub is one of the remote's own GitHub, wherever that runs, or of github.com. */
static void find_repo(struct subject *subject, const struct fleet_node *node, struct arena *arena)
{
	const char *slug = subject_field(subject, "github.com/project-slug");
	const char *host = NULL, *repo = NULL;

	subject_parse_remote(node->home->checkout->remote, arena, &host, &repo);
	if (slug && strchr(slug, '/')) {
		if (!host || (strcmp(repo, slug) != 0 && !strstr(host, "github")))
			host = "github.com";
		repo = slug;
	}
	subject->repo_host = host;
	subject->repo = repo;
}

/* "main" of refs/remotes/origin/main and refs/heads/main. */
static const char *branch_of(const char *ref)
{
	static const char remotes[] = "refs/remotes/", heads[] = "refs/heads/";
	const char *slash;

	if (!ref)
		return NULL;
	if (!strncmp(ref, heads, sizeof(heads) - 1))
		return ref + sizeof(heads) - 1;
	if (strncmp(ref, remotes, sizeof(remotes) - 1) != 0)
		return NULL;
	slash = strchr(ref + sizeof(remotes) - 1, '/');
	return slash ? slash + 1 : NULL;
}

void fleet_subject(const struct fleet_node *node, struct arena *arena, struct subject *subject)
{
	const struct checkout *co = node->home->checkout;

	*subject = (struct subject){
	    .name = node->pub.name,
	    .tier = node->pub.tier,
	    .type = node->pub.type.value,
	    .branch = branch_of(co->ref),
	    .head = co->head,
	    .subdir = node->pub.subdir,
	};
	find_urls(subject, node, arena);
	find_aliases(subject, node, arena);
	find_fields(subject, node, arena);
	find_repo(subject, node, arena);
}

void subjects_of(const struct fleet *fleet, struct arena *arena, struct subject_list *out)
{
	out->count = fleet->order_count;
	out->subjects = out->count ? arena_alloc(arena, out->count * sizeof(*out->subjects)) : NULL;
	for (size_t i = 0; i < out->count; i++)
		fleet_subject(fleet->order[i], arena, &out->subjects[i]);
}
