#include "fetch/source_github.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/text.h"

/*
 * Budgets. A token has 5,000 points of GraphQL and 5,000 requests of REST an hour. A query
 * costs a point for each hundred connections, rounded, at least one; a repository has three
 * (contexts, history, deployments), so a batch costs one, and looking closer at what of it is
 * red one more. Less than half of each budget is planned with: the rest is for that, and for
 * whoever shares the token.
 */
#define POINTS_AN_HOUR	 2000
#define REQUESTS_AN_HOUR 1500
#define WORKFLOWS_EVERY	 1800 /* seconds at least; two requests a repository */

#define DEFAULT_URL "https://api.github.com"

const char *github_headers[] = {"Accept: application/vnd.github+json",
				"X-GitHub-Api-Version: 2022-11-28", NULL};

static const char *base_url(const struct config_source *config)
{
	return config->url ? config->url : DEFAULT_URL;
}

/* ---- which repositories ---- */

/* The host that remotes of this instance name: github.com for api.github.com. */
static const char *instance_host(const struct config_source *config, struct arena *arena)
{
	const char *chosen = config_option(config, "host"), *url = base_url(config), *host;

	if (chosen)
		return chosen;
	host = strstr(url, "://");
	host = host ? host + 3 : url;
	if (!strncasecmp(host, "api.", 4) && !strstr(host, "/api/v3"))
		host += 4;
	return arena_memdup0(arena, host, strcspn(host, "/?#"));
}

/* What GitHub allows in names; nothing else gets into a query or a path. */
static bool is_repo_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";
	size_t owner = strspn(name, allowed), repo;

	if (!owner || name[owner] != '/')
		return false;
	repo = strspn(name + owner + 1, allowed);
	return repo && !name[owner + 1 + repo] && owner + repo < 200 &&
	       strcmp(name + owner, "/.") && strcmp(name + owner, "/..");
}

static bool is_wanted_owner(const struct config_source *config, const char *name)
{
	size_t len = strcspn(name, "/");
	bool chosen = false;

	for (size_t i = 0; i < config->option_count; i++) {
		const char *owner = config->options[i].value;

		if (strcmp(config->options[i].name, "organisation") != 0)
			continue;
		if (strlen(owner) == len && !strncasecmp(owner, name, len))
			return true;
		chosen = true;
	}
	return !chosen;
}

static int compare_repos(const void *a, const void *b)
{
	return strcasecmp(((const struct github_repo *)a)->name,
			  ((const struct github_repo *)b)->name);
}

/* A service whose name is no UTF-8 is known by its repository alone: JSON can't say the name. */
static const char *utf8(const char *name)
{
	size_t len = strlen(name);

	return text_utf8_bad(name, len) == len ? name : NULL;
}

/* The repositories of all subjects that live here, by name, each once. */
static struct github_repo *repos_of(const struct source_context *context, struct arena *arena,
				    size_t *count)
{
	const struct subject_list *subjects = context->subjects;
	struct github_repo *repos = arena_alloc(arena, (subjects->count + 1) * sizeof(*repos));
	const char *host = instance_host(context->config, arena);
	size_t all = 0, kept = 0;

	for (size_t i = 0; i < subjects->count; i++) {
		const struct subject *subject = &subjects->subjects[i];

		if (subject->repo && subject->repo_host && !strcasecmp(subject->repo_host, host) &&
		    is_repo_name(subject->repo) && is_wanted_owner(context->config, subject->repo))
			repos[all++] = (struct github_repo){subject->repo, utf8(subject->name)};
	}
	qsort(repos, all, sizeof(*repos), compare_repos);
	for (size_t i = 0; i < all; i++) {
		if (kept && !compare_repos(&repos[kept - 1], &repos[i]))
			repos[kept - 1].subject = NULL;
		else
			repos[kept++] = repos[i];
	}
	*count = kept;
	return repos;
}

/* FNV-1a: a repository stays in its batch whatever comes and goes beside it. */
static uint32_t hash_name(const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name; name++)
		hash = (hash ^ (uint32_t)(*name | 0x20)) * 16777619u;
	return hash ^ hash >> 15;
}

/* ---- asking ---- */

static json_t *repos_as_json(const struct github_repo *repos, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_pack("[s,s*]", repos[i].name, repos[i].subject));
	return list;
}

static const char *dumped(struct arena *arena, json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT);
	const char *copy = arena_strdup(arena, text ? text : "null");

	free(text);
	json_decref(value);
	return copy;
}

/* The names were checked by is_repo_name(), so none can end its string. */
static const char *query_body(struct arena *arena, enum github_step step,
			      const struct github_repo *repos, size_t count)
{
	struct buf query = {0};
	const char *body;

	buf_adds(&query, "query{rateLimit{cost limit remaining resetAt}");
	for (size_t i = 0; i < count; i++) {
		size_t owner = strcspn(repos[i].name, "/");

		buf_addf(&query, " r%zu:repository(owner:\"%.*s\",name:\"%s\"){...R}", i,
			 (int)owner, repos[i].name, repos[i].name + owner + 1);
	}
	buf_addf(&query, "} %s", github_query(step, count, arena));
	body = dumped(arena, json_pack("{s:s}", "query", buf_str(&query)));
	buf_free(&query);
	return body;
}

/* Enterprise has REST at /api/v3 and GraphQL at /api/graphql beside it. */
static const char *graph_url(const struct config_source *config, struct arena *arena)
{
	const char *url = base_url(config);
	size_t len = strlen(url);

	while (len && url[len - 1] == '/')
		len--;
	if (len > 3 && !strncmp(url + len - 3, "/v3", 3))
		len -= 3;
	return arena_printf(arena, "%.*s/graphql", (int)len, url);
}

struct source_request *github_ask(const struct source_context *context,
				  struct source_requests *list, const char *topic,
				  enum github_step step, const struct github_repo *repos,
				  size_t count)
{
	struct source_request *request =
	    source_ask(list, topic, graph_url(context->config, list->arena));

	request->step = (int)step;
	request->method = "POST";
	request->headers = github_headers;
	request->content_type = "application/json";
	request->body = query_body(list->arena, step, repos, count);
	request->arg = dumped(list->arena, repos_as_json(repos, count));
	request->uncached = true; /* a POST has no conditional form */
	request->timeout_seconds = 30;
	request->kinds = UINT64_C(1) << SIGNAL_CI | UINT64_C(1) << SIGNAL_DEPLOY;
	return request;
}

/* A power of two, so that a fleet that grows moves few repositories to other batches. */
static uint32_t batch_count(size_t repos)
{
	uint32_t count = 1;

	while (count < 1u << 20 && repos > (size_t)count * GITHUB_BATCH)
		count *= 2;
	return count;
}

static int64_t at_least(const struct source_context *context, int64_t least)
{
	int64_t every = context->config->every ? context->config->every : source_github.every;

	return every > least ? every : least;
}

static void plan_heads(const struct source_context *context, struct source_requests *out,
		       const struct github_repo *repos, size_t count)
{
	uint32_t batches = batch_count(count);
	size_t *sizes = arena_alloc(out->arena, batches * sizeof(*sizes));
	struct github_repo **members = arena_alloc(out->arena, batches * sizeof(*members));
	int64_t least = (int64_t)batches * 3600 / POINTS_AN_HOUR;

	for (size_t i = 0; i < count; i++)
		sizes[hash_name(repos[i].name) % batches]++;
	for (uint32_t i = 0; i < batches; i++) {
		members[i] = arena_alloc(out->arena, (sizes[i] + 1) * sizeof(**members));
		sizes[i] = 0;
	}
	for (size_t i = 0; i < count; i++) {
		uint32_t batch = hash_name(repos[i].name) % batches;

		members[batch][sizes[batch]++] = repos[i];
	}
	for (uint32_t i = 0; i < batches; i++) {
		if (!sizes[i])
			continue;
		github_ask(context, out,
			   arena_printf(out->arena, "repositories %u of %u", i + 1, batches),
			   GITHUB_HEADS, members[i], sizes[i])
		    ->every = at_least(context, least);
	}
}

static void plan(const struct source_context *context, struct source_requests *out)
{
	size_t count;
	struct github_repo *repos = repos_of(context, out->arena, &count);
	int64_t least = (int64_t)count * 2 * 3600 / REQUESTS_AN_HOUR;

	plan_heads(context, out, repos, count);
	/* Without a token GraphQL says so, and sixty questions an hour are soon used up. */
	if (context->config->auth.kind == AUTH_NONE)
		return;
	for (size_t i = 0; i < count; i++)
		github_plan_workflows(
		    context, out, &repos[i],
		    at_least(context, least > WORKFLOWS_EVERY ? least : WORKFLOWS_EVERY));
}

/* ---- what is told ---- */

struct signal *github_signal(struct signal_list *list, const struct github_repo *repo,
			     enum signal_kind kind, enum signal_state state, const char *id,
			     const char *title)
{
	struct signal *signal = signal_add(list, kind, state, id, title);

	if (!signal)
		return NULL;
	signal_add_key(list, signal, "subject", repo->subject);
	signal_add_key(list, signal, "repo", repo->name);
	return signal;
}

static int read_answer(const struct source_context *context, const struct source_request *request,
		       const struct source_answer *answer, struct source_result *out,
		       struct err *err)
{
	const char *version = answer->header(answer->header_ctx, "X-GitHub-Enterprise-Version");

	if (version && strlen(version) < 40)
		out->version = arena_printf(out->signals.arena, "GitHub Enterprise %s", version);
	if (request->step <= GITHUB_HISTORY)
		return github_read_graph(context, request, answer, out, err);
	return github_read_actions(context, request, answer, out, err);
}

const struct source_type source_github = {
    .name = "github",
    .title = "GitHub",
    .kinds =
	UINT64_C(1) << SIGNAL_CI | UINT64_C(1) << SIGNAL_DEPLOY | UINT64_C(1) << SIGNAL_SCHEDULE,
    .every = 60,
    .default_url = DEFAULT_URL,
    .plan = plan,
    .read = read_answer,
};
