/*
 * GitHub's GraphQL: the default branch of each repository of a batch, and its deployments.
 * What is green at its head is told at once; of what is red, still being built or was not
 * built at all the last commits are asked for, to say since when and whose commit it was.
 */

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "fetch/json_get.h"
#include "fetch/source_github.h"

/*
 * How far back the history of what is not green is read. Each commit has two connections, its
 * contexts and its parents, so the more repositories of a batch are red, the fewer commits of
 * each: it stays one query, of one point.
 */
#define MOST_COMMITS 20

#define DEPLOYMENTS_TOLD (7 * 86400) /* seconds; of older ones the last in an environment */

#define ROLLUP(contexts)                                                                           \
	" fragment C on StatusCheckRollup{state contexts(first:" contexts "){totalCount nodes{"    \
	"__typename ...on CheckRun{name status conclusion startedAt completedAt detailsUrl"        \
	" checkSuite{app{slug} workflowRun{event workflow{name}}}}"                                \
	" ...on StatusContext{context state targetUrl createdAt}}}}"

#define HEAD                                                                                       \
	"fragment R on Repository{nameWithOwner url isArchived isDisabled"                         \
	" defaultBranchRef{name target{...on Commit{url statusCheckRollup{...C}"                   \
	" history(first:5){nodes{statusCheckRollup{state}}}}}}"

static const char heads_query[] = HEAD
    " deployments(first:20,orderBy:{field:CREATED_AT,direction:DESC}){nodes{databaseId environment"
    " commitOid createdAt creator{login} latestStatus{state createdAt logUrl"
    " environmentUrl}}}}" ROLLUP("100");

static const char checks_query[] = HEAD "}" ROLLUP("100");

static const char history_query[] =
    "fragment R on Repository{nameWithOwner defaultBranchRef{name target{...on Commit{"
    "history(first:%zu){nodes{oid url committedDate messageHeadline author{name user{login}}"
    " parents(first:1){nodes{oid}} statusCheckRollup{...C}}}}}}}" ROLLUP("50");

const char *github_query(enum github_step step, size_t count, struct arena *arena)
{
	size_t each = GITHUB_HISTORY_CONNECTIONS / (count ? count : 1);
	size_t commits = each > 4 ? (each - 1) / 2 : 1;

	if (step != GITHUB_HISTORY)
		return step == GITHUB_HEADS ? heads_query : checks_query;
	return arena_printf(arena, history_query, commits < MOST_COMMITS ? commits : MOST_COMMITS);
}

/* ---- errors ---- */

/* What is said of one repository beside its data: an error of all of it, or of a part. */
struct trouble {
	bool absent;
	const char *whole, *ci, *deployments; /* the messages; NULL: none */
};

/* "r12" as the repository's place; -1: it is no such alias. */
static long alias_index(const json_t *value, size_t count)
{
	const char *alias = json_string_value(value);
	char *end;
	long index;

	if (!alias || alias[0] != 'r')
		return -1;
	index = strtol(alias + 1, &end, 10);
	return end != alias + 1 && !*end && index >= 0 && (size_t)index < count ? index : -1;
}

static void add_error(struct trouble *trouble, const json_t *error, const json_t *path)
{
	const char *type = json_get_text(error, "type"), *message = json_get_text(error, "message");
	const char *part = json_string_value(json_array_get(path, 1));

	if (!message)
		message = "GitHub says no more than that there was an error";
	if (!part && type && !strcmp(type, "NOT_FOUND"))
		trouble->absent = true;
	else if (!part)
		trouble->whole = message;
	else if (!strcmp(part, "deployments"))
		trouble->deployments = message;
	else
		trouble->ci = message;
}

/* The errors by repository; *general: one that concerns no single one, NULL. */
static struct trouble *read_errors(const json_t *root, size_t count, struct arena *arena,
				   const json_t **general)
{
	struct trouble *troubles = arena_alloc(arena, (count + 1) * sizeof(*troubles));
	const json_t *errors = json_get_list(root, "errors");

	*general = NULL;
	for (size_t i = 0; i < json_array_size(errors); i++) {
		const json_t *error = json_array_get(errors, i);
		const json_t *path = json_get_list(error, "path");
		long index = alias_index(json_array_get(path, 0), count);

		if (index >= 0)
			add_error(&troubles[index], error, path);
		else if (!*general)
			*general = error;
	}
	return troubles;
}

static const char *said_of(const struct trouble *trouble)
{
	if (trouble->whole)
		return trouble->whole;
	return trouble->ci ? trouble->ci : "GitHub left it out of its answer";
}

/* ---- what is told of builds ---- */

/* A commit and what its checks say. */
struct built {
	const json_t *commit;
	struct github_verdict verdict;
};

/*
 * What a branch was at each of its own commits, newest first. Commits that came in by a merge
 * stand in the history as well, and what was red on their branch never was on this one.
 */
struct streak {
	struct built now;   /* the newest with a verdict; commit NULL: none has */
	struct built first; /* bad: the oldest of those in a row */
	bool building;	    /* a newer one has no verdict yet */
	bool ended;	    /* the one before first was good */
	size_t commits;	    /* looked at */
};

static struct signal *ci_signal(struct signal_list *list, const struct github_repo *repo,
				enum signal_state state, const char *branch)
{
	return github_signal(list, repo, SIGNAL_CI, state,
			     arena_printf(list->arena, "ci/%s", repo->name),
			     branch ? arena_strdup(list->arena, branch) : "default branch");
}

static void tell_unknown(struct signal_list *list, const struct github_repo *repo,
			 const char *branch, const char *url, const char *text)
{
	struct signal *signal = ci_signal(list, repo, SIGNAL_UNKNOWN, branch);

	if (!signal)
		return;
	signal->text = arena_strdup(list->arena, text);
	signal->url = arena_strdup(list->arena, url);
}

static void tell_good(struct signal_list *list, const struct github_repo *repo, const char *branch,
		      const struct built *built)
{
	struct signal *signal = ci_signal(list, repo, SIGNAL_OK, branch);

	if (!signal)
		return;
	signal->since = built->verdict.finished_at;
	signal->url = json_get_copy(built->commit, "url", list->arena);
	if (!built->verdict.cut)
		signal->value = arena_printf(list->arena, "%zu check%s", built->verdict.good,
					     built->verdict.good == 1 ? "" : "s");
}

/* "CI / test failed, and 2 more; no good commit among the last 20" */
static const char *bad_text(struct arena *arena, const struct streak *streak)
{
	const struct github_verdict *verdict = &streak->now.verdict;
	const char *name = verdict->failed ? github_context_name(verdict->failed, arena) : NULL;
	const char *what =
	    name ? arena_printf(arena, "%s failed", name) : "a check beyond the first ones failed";

	if (verdict->bad > 1)
		what = arena_printf(arena, "%s, and %zu more", what, verdict->bad - 1);
	if (!streak->ended)
		what = arena_printf(arena, "%s; no good commit among the last %zu", what,
				    streak->commits);
	return streak->building ? arena_printf(arena, "%s; a newer commit is being built", what)
				: what;
}

static const char *author_of(const json_t *commit, struct arena *arena)
{
	const char *name = json_get_text(commit, "author.name");

	return arena_strdup(arena, name ? name : json_get_text(commit, "author.user.login"));
}

static void tell_bad(struct signal_list *list, const struct github_repo *repo, const char *branch,
		     const struct streak *streak)
{
	struct arena *arena = list->arena;
	struct signal *signal = ci_signal(list, repo, SIGNAL_CRITICAL, branch);
	const struct built *now = &streak->now, *first = &streak->first;
	const char *url = github_context_url(now->verdict.failed);

	if (!signal)
		return;
	signal->text = bad_text(arena, streak);
	signal->url = arena_strdup(arena, url ? url : json_get_text(now->commit, "url"));
	signal->commit = json_get_copy(first->commit, "oid", arena);
	signal->author = author_of(first->commit, arena);
	signal->since = first->verdict.failed_at ? first->verdict.failed_at
						 : json_get_time(first->commit, "committedDate");
	if (now->verdict.failed)
		signal->value = github_context_name(now->verdict.failed, arena);
	if (json_get_text(first->commit, "messageHeadline"))
		signal_add_label(list, signal, "change",
				 json_get_text(first->commit, "messageHeadline"));
	if (json_get_text(first->commit, "author.user.login"))
		signal_add_label(list, signal, "login",
				 json_get_text(first->commit, "author.user.login"));
}

/* ---- what is told of deployments ---- */

static enum signal_state deployment_state(const char *state)
{
	static const char *const good[] = {"SUCCESS", "INACTIVE"}, *const bad[] = {"FAILURE",
										   "ERROR"};

	for (size_t i = 0; state && i < ARRAY_LEN(good); i++) {
		if (!strcmp(state, good[i]))
			return SIGNAL_OK;
		if (!strcmp(state, bad[i]))
			return SIGNAL_CRITICAL;
	}
	return SIGNAL_UNKNOWN;
}

/* Whether a newer one of the list went to the same environment. */
static bool is_replaced(const json_t *nodes, size_t index, const char *environment)
{
	for (size_t i = 0; i < index; i++) {
		const char *other = json_get_text(json_array_get(nodes, i), "environment");

		if (other && !strcmp(other, environment))
			return true;
	}
	return false;
}

/* "in progress" of IN_PROGRESS. */
static const char *in_words(struct arena *arena, const char *state)
{
	char *words = arena_strdup(arena, state);

	for (char *c = words; *c; c++)
		*c = *c == '_' ? ' ' : (char)tolower((unsigned char)*c);
	return words;
}

static void tell_deployment(struct signal_list *list, const struct github_repo *repo,
			    const json_t *deployment, const char *repo_url)
{
	struct arena *arena = list->arena;
	const char *environment = json_get_text(deployment, "environment");
	const char *state = json_get_text(deployment, "latestStatus.state");
	const char *url = json_get_text(deployment, "latestStatus.logUrl");
	const char *commit = json_get_text(deployment, "commitOid");
	int64_t since = json_get_time(deployment, "latestStatus.createdAt");
	/* That it was replaced later says nothing about when it happened. */
	bool replaced = state && !strcmp(state, "INACTIVE");
	struct signal *signal =
	    github_signal(list, repo, SIGNAL_DEPLOY, deployment_state(state),
			  arena_printf(arena, "deploy/%s/%" PRId64, repo->name,
				       json_get_int(deployment, "databaseId", 0)),
			  arena_strdup(arena, environment));

	if (!signal)
		return;
	signal->environment = arena_strdup(arena, environment);
	signal->commit = arena_strdup(arena, commit);
	signal->value = commit ? arena_printf(arena, "%.7s", commit) : NULL;
	signal->author = json_get_copy(deployment, "creator.login", arena);
	signal->since = since && !replaced ? since : json_get_time(deployment, "createdAt");
	signal->text = state ? arena_printf(arena, "deployment %s", in_words(arena, state))
			     : "deployment not begun";
	if (!url && repo_url)
		url = arena_printf(arena, "%s/deployments", repo_url);
	signal->url = arena_strdup(arena, url);
}

static void tell_deployments(const struct source_context *context, const struct github_repo *repo,
			     const json_t *data, struct signal_list *list)
{
	const json_t *nodes = json_get_list(data, "deployments.nodes");

	/* More are never asked for. */
	for (size_t i = 0; i < json_array_size(nodes) && i < 20; i++) {
		const json_t *deployment = json_array_get(nodes, i);
		const char *environment = json_get_text(deployment, "environment");
		int64_t at = json_get_time(deployment, "createdAt");

		if (environment && at &&
		    (!is_replaced(nodes, i, environment) || context->now - at < DEPLOYMENTS_TOLD))
			tell_deployment(list, repo, deployment, json_get_text(data, "url"));
	}
}

/* ---- an answer about heads ---- */

struct batch {
	const struct source_context *context;
	const struct source_request *request;
	struct source_result *out;
	struct github_repo *repos; /* what was asked */
	size_t count;
	struct github_repo *unclear; /* whose history is to be asked */
	size_t unclear_count;
	struct github_repo *refused; /* whose deployments may not be read */
	size_t refused_count;
	struct buf notes;
};

static void add_note(struct batch *batch, const char *repo, const char *what, const char *name)
{
	/* One line; the first few say what it is about. */
	if (batch->notes.len > 300)
		return;
	buf_addf(&batch->notes, "%s%s %s%s", batch->notes.len ? "; " : "", repo, what,
		 name ? name : "");
}

static bool was_built(const json_t *target)
{
	const json_t *nodes = json_get_list(target, "history.nodes");

	for (size_t i = 0; i < json_array_size(nodes); i++)
		if (json_get(json_array_get(nodes, i), "statusCheckRollup"))
			return true;
	return false;
}

static void read_head(struct batch *batch, const struct github_repo *repo, const json_t *data,
		      const struct trouble *trouble)
{
	struct signal_list *list = &batch->out->signals;
	const json_t *target = json_get_object(data, "defaultBranchRef.target");
	const char *branch = json_get_text(data, "defaultBranchRef.name");
	struct built head = {.commit = target};

	github_judge(batch->context->config, json_get_object(target, "statusCheckRollup"),
		     &head.verdict);
	if (head.verdict.outcome == GITHUB_GOOD)
		tell_good(list, repo, branch, &head);
	else if (head.verdict.outcome != GITHUB_NONE || was_built(target))
		batch->unclear[batch->unclear_count++] = *repo;
	else if (trouble->ci)
		tell_unknown(list, repo, branch, json_get_text(data, "url"), trouble->ci);
}

static void read_repo(struct batch *batch, const struct github_repo *repo, const json_t *data,
		      const struct trouble *trouble)
{
	const char *name = json_get_text(data, "nameWithOwner");

	if (trouble->absent) {
		add_note(batch, repo->name, "is not there, or not for this token", NULL);
		return;
	}
	if (trouble->deployments)
		add_note(batch, repo->name, "deployments: ", trouble->deployments);
	/* A list that may not be null takes the repository with it. */
	if (!data && trouble->deployments && batch->request->step == GITHUB_HEADS) {
		batch->refused[batch->refused_count++] = *repo;
		return;
	}
	if (!data) {
		tell_unknown(&batch->out->signals, repo, NULL, NULL, said_of(trouble));
		return;
	}
	if (name && strcasecmp(name, repo->name) != 0)
		add_note(batch, repo->name, "is called now ", name);
	if (json_get_bool(data, "isArchived", false) || json_get_bool(data, "isDisabled", false)) {
		add_note(batch, repo->name,
			 json_get_bool(data, "isArchived", false) ? "is archived" : "is disabled",
			 NULL);
		return;
	}
	read_head(batch, repo, data, trouble);
	tell_deployments(batch->context, repo, data, &batch->out->signals);
}

/* ---- an answer about commits ---- */

static const char *first_parent(const json_t *commit)
{
	return json_get_text(json_array_get(json_get_list(commit, "parents.nodes"), 0), "oid");
}

static void read_streak(const struct config_source *config, const json_t *nodes,
			struct streak *streak)
{
	const char *next = NULL;

	for (size_t i = 0; i < json_array_size(nodes) && i < MOST_COMMITS; i++) {
		struct built built = {.commit = json_array_get(nodes, i)};
		const char *oid = json_get_text(built.commit, "oid");

		if (next && (!oid || strcmp(oid, next) != 0))
			continue;
		next = first_parent(built.commit);
		streak->commits++;
		github_judge(config, json_get_object(built.commit, "statusCheckRollup"),
			     &built.verdict);
		if (!streak->now.commit && built.verdict.outcome == GITHUB_RUNNING)
			streak->building = true;
		streak->ended = streak->now.commit && built.verdict.outcome == GITHUB_GOOD;
		if (streak->ended)
			return;
		if (built.verdict.outcome != GITHUB_GOOD && built.verdict.outcome != GITHUB_BAD)
			continue;
		if (!streak->now.commit)
			streak->now = built;
		streak->first = built;
		if (built.verdict.outcome == GITHUB_GOOD)
			return;
	}
}

/* The newest commit with a verdict is what the branch is; of what is being built, or was not
 * built at all, the one before says it. */
static void read_commits(struct batch *batch, const struct github_repo *repo, const json_t *data,
			 const struct trouble *trouble)
{
	struct signal_list *list = &batch->out->signals;
	const char *branch = json_get_text(data, "defaultBranchRef.name");
	struct streak streak = {0};

	read_streak(batch->context->config,
		    json_get_list(data, "defaultBranchRef.target.history.nodes"), &streak);
	if (streak.now.commit && streak.now.verdict.outcome == GITHUB_GOOD)
		tell_good(list, repo, branch, &streak.now);
	else if (streak.now.commit)
		tell_bad(list, repo, branch, &streak);
	else if (streak.building)
		tell_unknown(list, repo, branch, NULL,
			     "being built, and nothing before it was built to the end");
	else if (trouble->absent || trouble->whole || trouble->ci || !data)
		tell_unknown(list, repo, branch, NULL, said_of(trouble));
}

/* ---- the whole answer ---- */

/* Why all of them are refused, as when a token's login at the organisation ends: then the
 * question has no answer, and what was known stays. NULL: some are there, or really absent. */
static const char *refused_all(const struct batch *batch, const json_t *data,
			       const struct trouble *troubles)
{
	char alias[32];

	for (size_t i = 0; i < batch->count; i++) {
		snprintf(alias, sizeof(alias), "r%zu", i);
		if (json_get_object(data, alias) || !troubles[i].whole)
			return NULL;
	}
	return batch->count ? troubles[0].whole : NULL;
}

static struct github_repo *repos_of_arg(const char *arg, struct arena *arena, size_t *count)
{
	json_t *list = json_loads(arg ? arg : "[]", 0, NULL);
	struct github_repo *repos =
	    arena_alloc(arena, (json_array_size(list) + 1) * sizeof(*repos));

	*count = json_array_size(list);
	for (size_t i = 0; i < *count; i++) {
		const json_t *pair = json_array_get(list, i);
		const char *name = json_string_value(json_array_get(pair, 0));

		repos[i].name = arena_strdup(arena, name ? name : "");
		repos[i].subject = arena_strdup(arena, json_string_value(json_array_get(pair, 1)));
	}
	json_decref(list);
	return repos;
}

static void read_budget(const json_t *root, struct source_result *out)
{
	const json_t *limit = json_get_object(root, "data.rateLimit");

	if (!limit)
		return;
	out->limit = json_get_int(limit, "limit", -1);
	out->left = json_get_int(limit, "remaining", -1);
	out->resets_at = json_get_time(limit, "resetAt");
}

/* GitHub gives a query ten seconds; one that took longer is asked again in smaller parts. */
static bool ask_in_parts(struct batch *batch, const json_t *error)
{
	const char *message = json_get_text(error, "message");
	size_t part = (batch->count + 3) / 4;

	if (!message || !strstr(message, "timeout") || batch->count < 8)
		return false;
	for (size_t i = 0; i < batch->count; i += part)
		github_ask(batch->context, &batch->out->more, batch->request->topic,
			   (enum github_step)batch->request->step, batch->repos + i,
			   batch->count - i < part ? batch->count - i : part);
	return true;
}

static int fail(const json_t *error, struct err *err)
{
	const char *type = json_get_text(error, "type"), *message = json_get_text(error, "message");

	if (type && !strcmp(type, "RATE_LIMITED"))
		return err_set(err, NULL, "it goes on by itself when the hour is over",
			       "GitHub's hourly budget of this token is used up");
	return err_set(err, NULL, NULL, "GitHub: %s", message ? message : "no data");
}

static void read_repos(struct batch *batch, const json_t *data, const struct trouble *troubles)
{
	char alias[32];

	for (size_t i = 0; i < batch->count; i++) {
		const json_t *repo;

		snprintf(alias, sizeof(alias), "r%zu", i);
		repo = json_get_object(data, alias);
		if (batch->request->step != GITHUB_HISTORY)
			read_repo(batch, &batch->repos[i], repo, &troubles[i]);
		else
			read_commits(batch, &batch->repos[i], repo, &troubles[i]);
	}
	if (batch->unclear_count)
		github_ask(batch->context, &batch->out->more, batch->request->topic, GITHUB_HISTORY,
			   batch->unclear, batch->unclear_count);
	if (batch->refused_count)
		github_ask(batch->context, &batch->out->more, batch->request->topic, GITHUB_CHECKS,
			   batch->refused, batch->refused_count);
}

int github_read_graph(const struct source_context *context, const struct source_request *request,
		      const struct source_answer *answer, struct source_result *out,
		      struct err *err)
{
	struct batch batch = {.context = context, .request = request, .out = out};
	json_t *root = json_get_parse(answer->body, answer->len, err);
	struct trouble *troubles;
	const json_t *general, *data;
	int result = 0;

	if (!root)
		return -1;
	batch.repos = repos_of_arg(request->arg, out->more.arena, &batch.count);
	batch.unclear = arena_alloc(out->more.arena, (batch.count + 1) * sizeof(*batch.unclear));
	batch.refused = arena_alloc(out->more.arena, (batch.count + 1) * sizeof(*batch.refused));
	troubles = read_errors(root, batch.count, out->more.arena, &general);
	read_budget(root, out);
	data = json_get_object(root, "data");
	if (data && refused_all(&batch, data, troubles))
		result = err_set(err, NULL, "give the token access to the organisation",
				 "GitHub: %s", refused_all(&batch, data, troubles));
	else if (data)
		read_repos(&batch, data, troubles);
	else if (!ask_in_parts(&batch, general))
		result = general ? fail(general, err) : json_get_lacks(err, "data", "object");
	if (batch.notes.len)
		out->note = arena_strdup(out->signals.arena, buf_str(&batch.notes));
	buf_free(&batch.notes);
	json_decref(root);
	return result;
}
