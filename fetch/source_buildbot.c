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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/json_get.h"
#include "fetch/source_buildbot.h"

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

static json_t *walk_as_json(const struct buildbot_walk *walk)
{
	return json_pack("{s:O,s:O*,s:O*,s:b,s:I}", "builder", walk->builder, "last", walk->last,
			 "edge", walk->edge, "ended", walk->ended, "pages", walk->pages);
}

static void walk_of_json(const json_t *root, struct buildbot_walk *walk)
{
	*walk = (struct buildbot_walk){
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
		     const struct buildbot_walk *walk, bool all, bool any,
		     struct source_result *out)
{
	struct arena *arena = out->more.arena;
	int64_t most = walk->last ? MAX_PAGES : MAX_BRANCH_PAGES;
	int64_t id = json_get_int(walk->builder, "builderid", 0);
	json_t *arg;

	if (walk->last && buildbot_is_good(walk->last)) {
		buildbot_tell(context, walk, NULL, &out->signals);
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
			buildbot_tell_never_built(context, walk, &out->signals);
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
		return json_get_lacks(err, "builders", "list");
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
		return json_get_lacks(err, "builds", "list");
	groups = by_builder(builds);
	for (size_t i = 0; i < json_array_size(builders); i++) {
		struct buildbot_walk walk = {.builder = json_array_get(builders, i)};
		const json_t *group;
		char key[32];

		snprintf(key, sizeof(key), "%" PRId64, json_get_int(walk.builder, "builderid", 0));
		group = json_object_get(groups, key);
		result = buildbot_walk(context, &walk, group, out->signals.arena, err);
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
	struct buildbot_walk walk;

	if (!json_is_array(builds))
		return json_get_lacks(err, "builds", "list");
	walk_of_json(arg, &walk);
	if (buildbot_walk(context, &walk, builds, out->signals.arena, err) < 0)
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
	struct buildbot_walk walk;
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
			buildbot_tell(context, &walk, json_object_get(root, "changes"),
				      &out->signals);
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
