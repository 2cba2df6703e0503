/*
 * Buildbot 0.9 and later, REST API version 2: the last build of the default branch of
 * each builder, since when it has been red and the first bad commit. Builders and the
 * master's last builds are one request each; a builder that has none among those, or
 * whose last good build lies further back, is asked on its own. The shapes are those of
 * https://docs.buildbot.net/3.7.0/developer/raml/index.html, seen on a 3.7.0.
 *
 * An unknown filter is ignored with a 200, so what comes is checked, not believed.
 */

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "fetch/json_get.h"
#include "fetch/source.h"

/* Steps of the one topic. What a step needs of those before it travels in arg, as JSON. */
enum {
	STEP_VERSION,
	STEP_BUILDERS,
	STEP_LAST,    /* the last builds of all builders; arg: the builders */
	STEP_HISTORY, /* one builder's, a page at a time; arg: a walk */
	STEP_CHANGES, /* of the first bad build; arg: a walk */
};

enum {
	MAX_BUILDERS = 1000,
	PAGE = 25,
	MAX_PAGES = 8,	      /* of builds that are read to find where red began */
	MAX_BRANCH_PAGES = 2, /* to find any build of the default branch */
	MIN_LAST = 50,
	MAX_LAST = 400,
};

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

/*
 * A walk back through one builder's builds, newest first. last is the newest that counts,
 * edge the oldest in a row with the same colour; ended: the build before edge had the other
 * colour, so that edge is where the colour began. The JSON belongs to whoever made the walk.
 */
struct walk {
	const json_t *builder;
	json_t *last, *edge;
	bool ended;
	int64_t pages;
};

static const char properties[] = "&property=branch&property=got_revision&property=revision"
				 "&property=repository&property=project";

static int validate(const struct config_source *config, struct err *err)
{
	for (size_t i = 0; i < config->option_count; i++)
		if (!strcmp(config->options[i].name, "builder") &&
		    !strstr(config->options[i].value, "{service}"))
			return err_set(err, NULL,
				       "write builder: \"{service}\" or \"ci-{service}\"",
				       "builder has no {service} in it");
	return 0;
}

static void plan(const struct source_context *context, struct source_requests *out)
{
	struct source_request *request;

	request =
	    source_ask(out, "builds", source_url(out->arena, context->config, "/api/v2/builders"));
	request->step = STEP_BUILDERS;
	request->kinds = UINT64_C(1) << SIGNAL_CI;
	request->uncached = true; /* Buildbot tells no ETag */
	/* The page that a browser would get names the version, and nothing else does. */
	request = source_ask(out, "version", source_url(out->arena, context->config, "/"));
	request->step = STEP_VERSION;
	request->every = 3600;
	request->cap = 1 << 20;
	request->every_status = true;
}

/* ---- what is known of a builder and a build ---- */

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

static bool is_good(const json_t *build)
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

/* Goes on with a walk over builds, newest first; -1: they are in another order. */
static int walk_builds(const struct source_context *context, struct walk *walk,
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
		if (is_good(build) != is_good(walk->last))
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
		     struct signal *signal, const struct walk *walk)
{
	const char *name = json_get_text(walk->builder, "name");
	const char *service = service_named(context, walk->builder, list->arena);

	signal_add_key(list, signal, "service", service);
	signal_add_key(list, signal, "buildbot", name);
	if (walk->last)
		signal_add_key(list, signal, "repo", repo_of(walk->last, list->arena));
	signal_add_label(list, signal, "builder", name);
}

/* The builder's signal. changes: of the first bad build; NULL. */
static void tell(const struct source_context *context, const struct walk *walk,
		 const json_t *changes, struct signal_list *list)
{
	struct arena *arena = list->arena;
	int64_t id = json_get_int(walk->builder, "builderid", 0);
	int64_t number = json_get_int(walk->last, "number", 0);
	const char *branch = text_property(walk->last, "branch");
	const json_t *change = json_array_get(changes, json_array_size(changes) - 1);
	const char *state = json_get_text(walk->last, "state_string");
	struct signal *signal;

	signal = signal_add(list, SIGNAL_CI, is_good(walk->last) ? SIGNAL_OK : SIGNAL_CRITICAL,
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
				    state		  ? state
				    : is_good(walk->last) ? "succeeded"
							  : "failed",
				    is_good(walk->last) || walk->ended
					? ""
					: " (no good build among those that were read)");
	if (is_good(walk->last))
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

static void tell_never_built(const struct source_context *context, const struct walk *walk,
			     struct signal_list *list)
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

/* ---- steps ---- */

/* A request of the next step; arg: value as JSON text. */
static struct source_request *ask(const struct source_context *context,
				  const struct source_request *before, struct source_result *out,
				  int step, const char *path, json_t *arg)
{
	struct source_request *request = source_ask(
	    &out->more, before->topic, source_url(out->more.arena, context->config, path));
	char *text = json_dumps(arg, JSON_COMPACT);

	request->step = step;
	request->kinds = before->kinds;
	request->uncached = true;
	request->arg = arena_strdup(out->more.arena, text);
	free(text);
	return request;
}

static json_t *walk_as_json(const struct walk *walk)
{
	return json_pack("{s:O,s:O*,s:O*,s:b,s:I}", "builder", walk->builder, "last", walk->last,
			 "edge", walk->edge, "ended", walk->ended, "pages", walk->pages);
}

static void walk_of_json(const json_t *root, struct walk *walk)
{
	*walk = (struct walk){
	    .builder = json_object_get(root, "builder"),
	    .last = json_object_get(root, "last"),
	    .edge = json_object_get(root, "edge"),
	    .ended = json_is_true(json_object_get(root, "ended")),
	    .pages = json_get_int(root, "pages", 0),
	};
}

/*
 * Tells a walk's outcome, or asks what is still needed for it. all: no older builds are left
 * that were not walked over; any: the builder has builds at all.
 */
static void conclude(const struct source_context *context, const struct source_request *request,
		     const struct walk *walk, bool all, bool any, struct source_result *out)
{
	struct arena *arena = out->more.arena;
	int64_t most = walk->last ? MAX_PAGES : MAX_BRANCH_PAGES;
	int64_t id = json_get_int(walk->builder, "builderid", 0);
	json_t *arg;

	if (walk->last && is_good(walk->last)) {
		tell(context, walk, NULL, &out->signals);
		return;
	}
	if (!walk->ended && !all && walk->pages < most) {
		arg = walk_as_json(walk);
		ask(context, request, out, STEP_HISTORY,
		    arena_printf(arena,
				 "/api/v2/builders/%" PRId64
				 "/builds?complete=true&order=-number&limit=%d"
				 "&offset=%" PRId64 "%s",
				 id, PAGE, walk->pages * PAGE, properties),
		    arg);
		json_decref(arg);
		return;
	}
	if (!walk->last) {
		/* A builder of pull requests alone says nothing about the default branch. */
		if (!any)
			tell_never_built(context, walk, &out->signals);
		return;
	}
	arg = walk_as_json(walk);
	ask(context, request, out, STEP_CHANGES,
	    arena_printf(arena, "/api/v2/builds/%" PRId64 "/changes",
			 json_get_int(walk->edge, "buildid", 0)),
	    arg)
	    ->every_status = true;
	json_decref(arg);
}

static bool is_builder(const json_t *builder)
{
	/* A builder that was taken out of the configuration stays in the list, without master. */
	return json_is_integer(json_object_get(builder, "builderid")) &&
	       json_get_text(builder, "name") &&
	       json_array_size(json_object_get(builder, "masterids"));
}

/* How many builds of all builders are asked for: enough for most of them. */
static size_t last_builds(const json_t *builders)
{
	size_t count = 5 * json_array_size(builders);

	return count < MIN_LAST ? MIN_LAST : count > MAX_LAST ? MAX_LAST : count;
}

static int read_builders(const struct source_context *context, const struct source_request *request,
			 const json_t *root, struct source_result *out, struct err *err)
{
	const json_t *builders = json_object_get(root, "builders");
	json_t *known;

	if (!json_is_array(builders))
		return json_get_lacks(err, "builders", "a list");
	known = json_array();
	for (size_t i = 0; i < json_array_size(builders); i++) {
		json_t *builder = json_array_get(builders, i);

		if (!is_builder(builder))
			continue;
		if (json_array_size(known) == MAX_BUILDERS) {
			out->note = arena_printf(out->signals.arena, "only the first %d builders",
						 MAX_BUILDERS);
			break;
		}
		json_array_append_new(known, json_pack("{s:O,s:O,s:O*}", "builderid",
						       json_object_get(builder, "builderid"),
						       "name", json_object_get(builder, "name"),
						       "tags", json_object_get(builder, "tags")));
	}
	if (json_array_size(known))
		ask(context, request, out, STEP_LAST,
		    arena_printf(out->more.arena,
				 "/api/v2/builds?complete=true&order=-buildid&limit=%zu%s",
				 last_builds(known), properties),
		    known);
	json_decref(known);
	return 0;
}

/* The builds of a list by builder: positions in an array of arrays; freed by json_decref(). */
static json_t *by_builder(const json_t *builds)
{
	json_t *groups = json_object();
	char key[32];

	for (size_t i = 0; i < json_array_size(builds); i++) {
		json_t *build = json_array_get(builds, i), *group;

		if (!json_is_object(build))
			continue;
		snprintf(key, sizeof(key), "%" PRId64, json_get_int(build, "builderid", 0));
		group = json_object_get(groups, key);
		if (!group) {
			group = json_array();
			json_object_set_new(groups, key, group);
		}
		json_array_append(group, build);
	}
	return groups;
}

static int read_last(const struct source_context *context, const struct source_request *request,
		     const json_t *root, const json_t *builders, struct source_result *out,
		     struct err *err)
{
	const json_t *builds = json_object_get(root, "builds");
	/* meta.total counts what is in the answer, not what there is. */
	bool all = json_array_size(builds) < last_builds(builders);
	json_t *groups;
	int result = 0;

	if (!json_is_array(builds))
		return json_get_lacks(err, "builds", "a list");
	groups = by_builder(builds);
	for (size_t i = 0; i < json_array_size(builders); i++) {
		struct walk walk = {.builder = json_array_get(builders, i)};
		const json_t *group;
		char key[32];

		snprintf(key, sizeof(key), "%" PRId64, json_get_int(walk.builder, "builderid", 0));
		group = json_object_get(groups, key);
		result = walk_builds(context, &walk, group, out->signals.arena, err);
		if (result < 0)
			break;
		conclude(context, request, &walk, all, group, out);
	}
	json_decref(groups);
	return result;
}

static int read_history(const struct source_context *context, const struct source_request *request,
			const json_t *root, const json_t *arg, struct source_result *out,
			struct err *err)
{
	const json_t *builds = json_object_get(root, "builds");
	struct walk walk;

	if (!json_is_array(builds))
		return json_get_lacks(err, "builds", "a list");
	walk_of_json(arg, &walk);
	if (walk_builds(context, &walk, builds, out->signals.arena, err) < 0)
		return -1;
	walk.pages++;
	conclude(context, request, &walk, json_array_size(builds) < PAGE,
		 walk.pages > 1 || json_array_size(builds), out);
	return 0;
}

/* The page has "versions": [["Python", "3.11.2"], ["Buildbot", "3.7.0"], ...] somewhere in it. */
static void read_version(const struct source_answer *answer, struct source_result *out)
{
	static const char mark[] = "[\"Buildbot\", \"";
	const char *at = answer->len ? memmem(answer->body, answer->len, mark, strlen(mark)) : NULL;
	const char *end;

	if (!at)
		return;
	at += strlen(mark);
	end = memchr(at, '"', answer->len - (size_t)(at - answer->body));
	if (end && end - at < 40)
		out->version =
		    arena_printf(out->signals.arena, "Buildbot %.*s", (int)(end - at), at);
}

static int read_step(const struct source_context *context, const struct source_request *request,
		     const json_t *root, struct source_result *out, struct err *err)
{
	json_t *arg = NULL;
	struct walk walk;
	int result = 0;

	if (request->step == STEP_BUILDERS)
		return read_builders(context, request, root, out, err);
	arg = request->arg ? json_loads(request->arg, JSON_ALLOW_NUL, NULL) : NULL;
	if (request->step == STEP_LAST) {
		result = read_last(context, request, root, arg, out, err);
	} else if (request->step == STEP_HISTORY) {
		result = read_history(context, request, root, arg, out, err);
	} else {
		/* Without its changes the build is told all the same. */
		walk_of_json(arg, &walk);
		if (walk.builder && walk.last && walk.edge)
			tell(context, &walk, json_object_get(root, "changes"), &out->signals);
	}
	json_decref(arg);
	return result;
}

static int read_answer(const struct source_context *context, const struct source_request *request,
		       const struct source_answer *answer, struct source_result *out,
		       struct err *err)
{
	json_t *root;
	int result;

	if (request->step == STEP_VERSION) {
		read_version(answer, out);
		return 0;
	}
	root =
	    json_get_parse(answer->body, answer->len, request->step == STEP_CHANGES ? NULL : err);
	if (!root && request->step != STEP_CHANGES)
		return -1;
	result = read_step(context, request, root, out, err);
	json_decref(root);
	return result;
}

const struct source_type source_buildbot = {
    .name = "buildbot",
    .title = "Buildbot",
    .kinds = UINT64_C(1) << SIGNAL_CI,
    .every = 60,
    .needs_url = true,
    .reads_subjects = true,
    .validate = validate,
    .plan = plan,
    .read = read_answer,
};
