/* Buildbot 3.7 as the demo plays it: each builder with its last builds; and who deployed what. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tui/demo_feed_internal.h"

enum { BUILDS = 4, BUILD_SECONDS = 210 };

/* One build of a builder; back: how many builds before the last one. */
struct feed_build {
	const struct story_builder *builder;
	const struct feed_head *head;
	int id, number;
	int64_t at;
	bool good, first_bad;
};

static bool is_red(const struct story_builder *builder, int32_t clock)
{
	return clock >= builder->red && clock < builder->green;
}

/* Builds end when the branch turns red, when it turns green, and between as days go by. */
static struct feed_build build_at(const struct feed_call *call, size_t index, int back)
{
	const struct story_builder *builder = &story_builders[index];
	int32_t clock = feed_clock(call);
	bool mended = builder->red != STORY_NEVER && clock >= builder->green;
	struct feed_build build = {.builder = builder, .head = &call->feed->heads[index]};
	int before = back - mended; /* the builds of before the story */
	int64_t start = call->feed->start;

	build.number = builder->number + mended - back;
	build.id = (int)index * 100000 + build.number;
	if (mended && !back)
		build.at = start + builder->green;
	else if (builder->red != STORY_NEVER && before < 2)
		build.at = start + builder->red + (before ? 0 : 7200);
	else
		build.at = (build.head->time ? build.head->time : start - 86400) + BUILD_SECONDS -
			   (int64_t)back * 86400;
	build.good = !is_red(builder, (int32_t)(build.at - start));
	build.first_bad = !build.good && before == 1;
	return build;
}

static void property(struct feed_call *call, const char *name, const char *value)
{
	json_open(&call->json, name, '[');
	json_str(&call->json, NULL, value);
	json_str(&call->json, NULL, "Git");
	json_close(&call->json, ']');
}

static void put_build(struct feed_call *call, size_t index, int back)
{
	struct feed_build build = build_at(call, index, back);

	json_open(&call->json, NULL, '{');
	json_int(&call->json, "builderid", (int64_t)index + 1);
	json_int(&call->json, "buildid", build.id);
	json_int(&call->json, "number", build.number);
	json_bool(&call->json, "complete", true);
	json_int(&call->json, "started_at", build.at - BUILD_SECONDS);
	json_int(&call->json, "complete_at", build.at);
	json_int(&call->json, "results", build.good ? 0 : 2);
	json_str(&call->json, "state_string",
		 build.good ? "build successful" : "failed 'make check-links' (failure)");
	json_open(&call->json, "properties", '{');
	property(call, "branch", "main");
	property(call, "got_revision", build.head->hash);
	json_close(&call->json, '}');
	json_close(&call->json, '}');
}

static void put_meta(struct feed_call *call, size_t total)
{
	json_open(&call->json, "meta", '{');
	json_int(&call->json, "total", (int64_t)total);
	json_close(&call->json, '}');
}

static void put_builders(struct feed_call *call)
{
	json_open(&call->json, NULL, '{');
	json_open(&call->json, "builders", '[');
	for (size_t i = 0; i < story_builder_count; i++) {
		json_open(&call->json, NULL, '{');
		json_int(&call->json, "builderid", (int64_t)i + 1);
		json_str(&call->json, "name", story_builders[i].service);
		json_open(&call->json, "masterids", '[');
		json_int(&call->json, NULL, 1);
		json_close(&call->json, ']');
		json_open(&call->json, "tags", '[');
		json_close(&call->json, ']');
		json_close(&call->json, '}');
	}
	json_close(&call->json, ']');
	put_meta(call, story_builder_count);
	json_close(&call->json, '}');
}

/* Of one builder, or of all where it is story_builder_count. Last ids first. */
static void put_builds(struct feed_call *call, size_t of)
{
	json_open(&call->json, NULL, '{');
	json_open(&call->json, "builds", '[');
	for (size_t i = story_builder_count; i-- > 0;)
		for (int back = 0; back < BUILDS && (of == story_builder_count || of == i); back++)
			put_build(call, i, back);
	json_close(&call->json, ']');
	put_meta(call, (of == story_builder_count ? story_builder_count : 1) * BUILDS);
	json_close(&call->json, '}');
}

static void put_changes(struct feed_call *call, int id)
{
	size_t index = (size_t)id / 100000;
	const struct feed_head *head = &call->feed->heads[index];

	json_open(&call->json, NULL, '{');
	json_open(&call->json, "changes", '[');
	json_open(&call->json, NULL, '{');
	json_int(&call->json, "changeid", id);
	json_str(&call->json, "author", head->author);
	json_str(&call->json, "comments", head->subject);
	json_str(&call->json, "revision", head->hash);
	json_str(&call->json, "branch", "main");
	json_close(&call->json, '}');
	json_close(&call->json, ']');
	put_meta(call, 1);
	json_close(&call->json, '}');
}

static void put_page(struct feed_call *call)
{
	call->reply->type = "text/html";
	buf_adds(&call->reply->body, "<!DOCTYPE html><title>Buildbot</title><script>var config = "
				     "{\"versions\": [[\"Buildbot\", \"3.7.0\"]]}</script>\n");
}

bool feed_buildbot(struct feed_call *call, const char *path)
{
	static const char api[] = "/api/v2";
	long id = 0;
	char *end;

	if (!strcmp(path, "/")) {
		put_page(call);
		return true;
	}
	if (strncmp(path, api, strlen(api)) != 0)
		return false;
	path += strlen(api);
	if (!strncmp(path, "/builders/", 10) || !strncmp(path, "/builds/", 8)) {
		id = strtol(strchr(path + 1, '/') + 1, &end, 10);
		if (id < 0 || id / 100000 >= (long)story_builder_count)
			return false;
		if (!strcmp(end, "/changes") && path[7] == '/')
			put_changes(call, (int)id);
		else if (!strcmp(end, "/builds") && id > 0 && id <= (long)story_builder_count)
			put_builds(call, (size_t)id - 1);
		else
			return false;
		return true;
	}
	if (!strcmp(path, "/builders"))
		put_builders(call);
	else if (!strcmp(path, "/builds"))
		put_builds(call, story_builder_count);
	else
		return false;
	return true;
}

bool feed_deploys(struct feed_call *call, const char *path)
{
	if (*path)
		return false;
	json_open(&call->json, NULL, '[');
	for (size_t i = 0; i < story_builder_count; i++) {
		const struct feed_head *head = &call->feed->heads[i];

		if (!*head->hash)
			continue;
		json_open(&call->json, NULL, '{');
		json_str(&call->json, "app", story_builders[i].service);
		json_time(&call->json, "at", head->time + 2 * BUILD_SECONDS);
		json_str(&call->json, "sha", head->hash);
		json_str(&call->json, "by", head->author);
		json_str(&call->json, "env", "production");
		json_close(&call->json, '}');
	}
	json_close(&call->json, ']');
	return true;
}
