#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/json_get.h"
#include "fetch/source_buildbot.h"

/* What a build ended with: `results`. */
enum {
	RESULT_SUCCESS,
	RESULT_WARNINGS,
	RESULT_FAILURE,
	RESULT_SKIPPED,
	RESULT_EXCEPTION,
	RESULT_RETRY,
	RESULT_CANCELLED
};

/* A property of a build is a list of its value and of who set it. */
static const json_t *property(const json_t *build, const char *name)
{
	return json_array_get(json_object_get(json_object_get(build, "properties"), name), 0);
}

static const char *text_property(const json_t *build, const char *name)
{
	const char *text = json_string_value(property(build, name));

	return text && *text ? text : NULL;
}

/* With several codebases got_revision is a mapping; the first one stands for all. */
static const char *revision_of(const json_t *build)
{
	const json_t *got = property(build, "got_revision");
	const char *text;

	if (json_is_object(got))
		got = json_object_iter_value(json_object_iter((json_t *)got));
	text = json_string_value(got);
	return text && *text ? text : text_property(build, "revision");
}

bool buildbot_is_good(const json_t *build)
{
	return json_get_int(build, "results", 0) <= RESULT_WARNINGS;
}

/* What stands for {service} in a builder's name; NULL: the name is no such one. */
static const char *templated(struct arena *arena, const char *template, const char *name)
{
	const char *at = strstr(template, "{service}"), *rest;
	size_t before, after, len = strlen(name);

	if (!at)
		return NULL;
	rest = at + strlen("{service}");
	before = (size_t)(at - template);
	after = strlen(rest);
	if (len <= before + after || strncmp(name, template, before) != 0 ||
	    strcmp(name + len - after, rest) != 0)
		return NULL;
	return arena_memdup0(arena, name + before, len - before - after);
}

/* The service that a tag "service:checkout" names; NULL. */
static const char *tagged(const json_t *builder)
{
	const json_t *tags = json_object_get(builder, "tags");

	for (size_t i = 0; i < json_array_size(tags); i++) {
		const char *tag = json_string_value(json_array_get(tags, i));

		if (tag && !strncmp(tag, "service:", 8) && tag[8])
			return tag + 8;
	}
	return NULL;
}

/* The name that a builder has for a service by its own tag or the user's templates; NULL. */
static const char *service_named(const struct source_context *context, const json_t *builder,
				 struct arena *arena)
{
	const struct config_source *config = context->config;
	const char *name = json_get_text(builder, "name"), *service = tagged(builder);
	bool templates = false;

	for (size_t i = 0; i < config->option_count && !service; i++) {
		if (strcmp(config->options[i].name, "builder") != 0)
			continue;
		service = templated(arena, config->options[i].value, name);
		templates = true;
	}
	return service || templates ? service : name;
}

/* "owner/name" of the repository that was built; NULL. */
static const char *repo_of(const json_t *build, struct arena *arena)
{
	const char *host, *repo, *project = text_property(build, "project");
	const char *remote = text_property(build, "repository");
	const char *slash = project ? strchr(project, '/') : NULL;

	if (remote && subject_parse_remote(remote, arena, &host, &repo))
		return repo;
	/* Hooks of forges set project to "owner/name". */
	return slash && slash != project && slash[1] && !strchr(slash + 1, '/') &&
		       !strchr(project, ' ')
		   ? arena_strdup(arena, project)
		   : NULL;
}

static int compare_subject(const void *name, const void *subject)
{
	return strcmp(name, ((const struct subject *)subject)->name);
}

static const struct subject *subject_of(const struct source_context *context, const char *service,
					const char *repo)
{
	const struct subject_list *list = context->subjects;
	const struct subject *found = NULL;

	if (service && list->count)
		found =
		    bsearch(service, list->subjects, list->count, sizeof(*found), compare_subject);
	if (found)
		return found;
	for (size_t i = 0; repo && i < list->count; i++)
		if (list->subjects[i].repo && !strcmp(list->subjects[i].repo, repo))
			return &list->subjects[i];
	return NULL;
}

static bool is_default_branch(const struct source_context *context, const json_t *builder,
			      const json_t *build, struct arena *arena)
{
	static const char *const usual[] = {"main", "master", "trunk"};
	const char *branch = text_property(build, "branch");
	const struct config_source *config = context->config;
	const struct subject *subject;
	bool chosen = false;

	/* None is what Buildbot calls the repository's own default branch. */
	if (!branch)
		return true;
	for (size_t i = 0; i < config->option_count; i++) {
		if (strcmp(config->options[i].name, "branch") != 0)
			continue;
		if (!strcmp(config->options[i].value, branch))
			return true;
		chosen = true;
	}
	if (chosen)
		return false;
	subject =
	    subject_of(context, service_named(context, builder, arena), repo_of(build, arena));
	if (subject && subject->branch)
		return !strcmp(subject->branch, branch);
	for (size_t i = 0; i < ARRAY_LEN(usual); i++)
		if (!strcmp(usual[i], branch))
			return true;
	return false;
}

/* Skipped, retried and cancelled builds say nothing about the code. */
static bool counts(const struct source_context *context, const json_t *builder, const json_t *build,
		   struct arena *arena)
{
	const json_t *results = json_object_get(build, "results");
	int64_t result = json_integer_value(results);

	return json_is_integer(results) && json_is_true(json_object_get(build, "complete")) &&
	       json_get_int(build, "builderid", 0) == json_get_int(builder, "builderid", 0) &&
	       (result == RESULT_SUCCESS || result == RESULT_WARNINGS || result == RESULT_FAILURE ||
		result == RESULT_EXCEPTION) &&
	       is_default_branch(context, builder, build, arena);
}

int buildbot_walk(const struct source_context *context, struct buildbot_walk *walk,
		  const json_t *builds, struct arena *arena, struct err *err)
{
	int64_t before = INT64_MAX;

	for (size_t i = 0; i < json_array_size(builds) && !walk->ended; i++) {
		json_t *build = json_array_get(builds, i);

		if (json_get_int(build, "number", 0) >= before)
			return err_set(err, NULL, "is that a Buildbot of 0.9 or later?",
				       "builds came in another order than asked for");
		before = json_get_int(build, "number", 0);
		if (!counts(context, walk->builder, build, arena))
			continue;
		/* Two pages overlap where builds ended between them. */
		if (walk->edge &&
		    json_get_int(build, "number", 0) >= json_get_int(walk->edge, "number", 0))
			continue;
		if (!walk->last)
			walk->last = build;
		if (buildbot_is_good(build) != buildbot_is_good(walk->last))
			walk->ended = true;
		else
			walk->edge = build;
	}
	return 0;
}

/* ---- what is told ---- */

static const char *first_line(struct arena *arena, const char *text)
{
	return text ? arena_memdup0(arena, text, strcspn(text, "\r\n")) : NULL;
}

/* "Ann Bee" of "Ann Bee <ann@example.com>". */
static const char *person(struct arena *arena, const char *author)
{
	size_t len;

	if (!author)
		return NULL;
	len = strcspn(author, "<");
	while (len && author[len - 1] == ' ')
		len--;
	return len ? arena_memdup0(arena, author, len) : arena_strdup(arena, author);
}

static void add_keys(const struct source_context *context, struct signal_list *list,
		     struct signal *signal, const struct buildbot_walk *walk)
{
	const char *name = json_get_text(walk->builder, "name");
	const char *service = service_named(context, walk->builder, list->arena);

	signal_add_key(list, signal, "service", service);
	signal_add_key(list, signal, "buildbot", name);
	if (walk->last)
		signal_add_key(list, signal, "repo", repo_of(walk->last, list->arena));
	signal_add_label(list, signal, "builder", name);
}

void buildbot_tell(const struct source_context *context, const struct buildbot_walk *walk,
		   const json_t *changes, struct signal_list *list)
{
	struct arena *arena = list->arena;
	int64_t id = json_get_int(walk->builder, "builderid", 0);
	int64_t number = json_get_int(walk->last, "number", 0);
	const char *branch = text_property(walk->last, "branch");
	const json_t *change = json_array_get(changes, json_array_size(changes) - 1);
	const char *state = json_get_text(walk->last, "state_string");
	struct signal *signal;

	signal =
	    signal_add(list, SIGNAL_CI, buildbot_is_good(walk->last) ? SIGNAL_OK : SIGNAL_CRITICAL,
		       arena_printf(arena, "builder/%" PRId64, id),
		       branch ? arena_strdup(arena, branch) : "default branch");
	if (!signal)
		return;
	add_keys(context, list, signal, walk);
	signal->url =
	    source_url(arena, context->config,
		       arena_printf(arena, "/#/builders/%" PRId64 "/builds/%" PRId64, id, number));
	signal->value = arena_printf(arena, "build %" PRId64, number);
	signal->since = json_get_int(walk->edge, "complete_at", 0);
	signal->text = arena_printf(arena, "%s: %s%s", json_get_text(walk->builder, "name"),
				    state			   ? state
				    : buildbot_is_good(walk->last) ? "succeeded"
								   : "failed",
				    buildbot_is_good(walk->last) || walk->ended
					? ""
					: " (no good build among those that were read)");
	if (buildbot_is_good(walk->last))
		return;
	signal->commit = arena_strdup(arena, revision_of(walk->edge));
	/* Of several changes in that build the last one is the revision that was built. */
	for (size_t i = 0; i < json_array_size(changes) && signal->commit; i++) {
		const char *revision = json_get_text(json_array_get(changes, i), "revision");

		if (revision && !strcmp(revision, signal->commit))
			change = json_array_get(changes, i);
	}
	signal->author = person(arena, json_get_text(change, "author"));
	if (json_get_text(change, "comments"))
		signal_add_label(list, signal, "change",
				 first_line(arena, json_get_text(change, "comments")));
	if (json_array_size(changes) > 1)
		signal_add_label(list, signal, "changes",
				 arena_printf(arena, "%zu", json_array_size(changes)));
}

void buildbot_tell_never_built(const struct source_context *context,
			       const struct buildbot_walk *walk, struct signal_list *list)
{
	struct signal *signal =
	    signal_add(list, SIGNAL_CI, SIGNAL_UNKNOWN,
		       arena_printf(list->arena, "builder/%" PRId64,
				    json_get_int(walk->builder, "builderid", 0)),
		       "default branch");

	if (!signal)
		return;
	add_keys(context, list, signal, walk);
	signal->text =
	    arena_printf(list->arena, "%s: no build yet", json_get_text(walk->builder, "name"));
	signal->url = source_url(list->arena, context->config,
				 arena_printf(list->arena, "/#/builders/%" PRId64,
					      json_get_int(walk->builder, "builderid", 0)));
}
