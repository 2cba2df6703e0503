/*
 * GitHub Actions: what runs by a schedule, how it went last, and what was switched off.
 * Two requests a repository, conditional, rarely: nothing here is urgent, and one that has
 * not changed costs nothing.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/json_get.h"
#include "fetch/source_github.h"

#define MAX_PAGES 3 /* of scheduled runs; a busy one hides those that run once a week */

static struct source_request *ask(const struct source_context *context,
				  struct source_requests *list, const char *topic,
				  enum github_step step, const char *path)
{
	const char *url = context->config->url
			      ? source_url(list->arena, context->config, path)
			      : arena_printf(list->arena, "%s%s", source_github.default_url, path);
	struct source_request *request = source_ask(list, topic, url);

	request->step = (int)step;
	request->headers = github_headers;
	request->kinds = UINT64_C(1) << SIGNAL_SCHEDULE;
	request->absent_ok = true;
	return request;
}

/* What later steps need: the repository, the page, the workflows without a run so far. */
static void set_arg(struct source_request *request, struct arena *arena, json_t *state)
{
	char *text = json_dumps(state, JSON_COMPACT);

	request->arg = arena_strdup(arena, text);
	free(text);
	json_decref(state);
}

void github_plan_workflows(const struct source_context *context, struct source_requests *list,
			   const struct github_repo *repo, int64_t every)
{
	struct source_request *request =
	    ask(context, list, arena_printf(list->arena, "workflows of %s", repo->name),
		GITHUB_WORKFLOWS,
		arena_printf(list->arena, "/repos/%s/actions/workflows?per_page=100", repo->name));

	request->every = every;
	request->subject = repo->subject;
	set_arg(request, list->arena,
		json_pack("{s:s,s:s*}", "repo", repo->name, "subject", repo->subject));
}

static struct signal *tell(struct signal_list *list, const struct github_repo *repo,
			   const json_t *workflow, enum signal_state state)
{
	const char *name = json_get_text(workflow, "name"), *path = json_get_text(workflow, "path");
	struct signal *signal =
	    github_signal(list, repo, SIGNAL_SCHEDULE, state,
			  arena_printf(list->arena, "schedule/%s/%" PRId64, repo->name,
				       json_get_int(workflow, "id", 0)),
			  arena_strdup(list->arena, name   ? name
						    : path ? path
							   : "workflow"));

	if (!signal)
		return NULL;
	signal->url = json_get_copy(workflow, "html_url", list->arena);
	if (path)
		signal_add_label(list, signal, "path", path);
	return signal;
}

static bool has_state(const json_t *workflow, const char *state)
{
	const char *has = json_get_text(workflow, "state");

	return has && !strcmp(has, state);
}

/* Only what had a schedule is switched off for want of activity. */
static void tell_disabled(struct signal_list *list, const struct github_repo *repo,
			  const json_t *workflow)
{
	struct signal *signal = tell(list, repo, workflow, SIGNAL_WARNING);

	if (!signal)
		return;
	signal->flags |= SIGNAL_DISABLED;
	signal->value = "disabled";
	signal->text = has_state(workflow, "disabled_inactivity")
			   ? "switched off by GitHub: no commit for 60 days; enable it again"
			   : "switched off by hand";
	signal->since = json_get_time(workflow, "updated_at");
}

/* ---- workflows ---- */

static void ask_runs(const struct source_context *context, const struct source_request *request,
		     const struct github_repo *repo, json_t *workflows, int64_t page,
		     struct source_result *out)
{
	struct arena *arena = out->more.arena;

	set_arg(ask(context, &out->more, request->topic, GITHUB_RUNS,
		    arena_printf(arena,
				 "/repos/%s/actions/runs?event=schedule&exclude_pull_requests=true"
				 "&per_page=100&page=%" PRId64,
				 repo->name, page)),
		arena,
		json_pack("{s:s,s:s*,s:I,s:o}", "repo", repo->name, "subject", repo->subject,
			  "page", (json_int_t)page, "workflows", workflows));
}

static int read_workflows(const struct source_context *context,
			  const struct source_request *request, const json_t *root,
			  const struct github_repo *repo, struct source_result *out,
			  struct err *err)
{
	const json_t *workflows = json_get_list(root, "workflows");
	json_t *wanted;

	if (!workflows)
		return json_get_lacks(err, "workflows", "list");
	wanted = json_array();
	for (size_t i = 0; i < json_array_size(workflows); i++) {
		const json_t *workflow = json_array_get(workflows, i);

		if (has_state(workflow, "disabled_inactivity"))
			tell_disabled(&out->signals, repo, workflow);
		else if (has_state(workflow, "active") || has_state(workflow, "disabled_manually"))
			json_array_append_new(
			    wanted, json_pack("{s:I,s:s*,s:s*,s:s*,s:s*,s:s*}", "id",
					      (json_int_t)json_get_int(workflow, "id", 0), "name",
					      json_get_text(workflow, "name"), "path",
					      json_get_text(workflow, "path"), "state",
					      json_get_text(workflow, "state"), "html_url",
					      json_get_text(workflow, "html_url"), "updated_at",
					      json_get_text(workflow, "updated_at")));
	}
	if (json_array_size(wanted))
		ask_runs(context, request, repo, wanted, 1, out);
	else
		json_decref(wanted);
	return 0;
}

/* ---- runs ---- */

/* What a run ended with; UNKNOWN: nothing that says how it goes. */
static enum signal_state run_state(const json_t *run)
{
	static const char *const bad[] = {"failure", "timed_out", "startup_failure"};
	const char *conclusion = json_get_text(run, "conclusion");

	if (conclusion && !strcmp(conclusion, "success"))
		return SIGNAL_OK;
	for (size_t i = 0; conclusion && i < ARRAY_LEN(bad); i++)
		if (!strcmp(conclusion, bad[i]))
			return SIGNAL_CRITICAL;
	return SIGNAL_UNKNOWN;
}

/* A workflow's runs among those of the answer, newest first; false: it has none there. */
static bool tell_runs(struct signal_list *list, const struct github_repo *repo,
		      const json_t *workflow, const json_t *runs)
{
	const json_t *last = NULL, *edge = NULL, *good = NULL;
	int64_t id = json_get_int(workflow, "id", 0);
	bool any = false;
	struct signal *signal;

	for (size_t i = 0; i < json_array_size(runs) && !good; i++) {
		const json_t *run = json_array_get(runs, i);
		enum signal_state state = run_state(run);

		if (json_get_int(run, "workflow_id", 0) != id)
			continue;
		any = true;
		if (state == SIGNAL_UNKNOWN)
			continue;
		if (!last)
			last = run;
		if (state == SIGNAL_OK)
			good = run;
		else
			edge = run;
	}
	if (!any)
		return false;
	if (has_state(workflow, "disabled_manually")) {
		tell_disabled(list, repo, workflow);
		return true;
	}
	signal = tell(list, repo, workflow, last ? run_state(last) : SIGNAL_UNKNOWN);
	if (!signal || !last)
		return true;
	signal->since = json_get_time(good == last ? good : edge, "run_started_at");
	signal->url = json_get_copy(last, "html_url", list->arena);
	signal->value = json_get_copy(last, "conclusion", list->arena);
	if (good)
		signal_add_label(list, signal, "last_success",
				 json_get_text(good, "run_started_at"));
	return true;
}

/* Whether the answer's Link header names a next page. */
static bool has_next(const struct source_answer *answer)
{
	const char *link = answer->header(answer->header_ctx, "Link");

	return link && strstr(link, "rel=\"next\"");
}

static int read_runs(const struct source_context *context, const struct source_request *request,
		     const struct source_answer *answer, const json_t *root, const json_t *arg,
		     const struct github_repo *repo, struct source_result *out, struct err *err)
{
	const json_t *runs = json_get_list(root, "workflow_runs");
	const json_t *workflows = json_get_list(arg, "workflows");
	int64_t page = json_get_int(arg, "page", 1);
	json_t *unseen;

	if (!runs)
		return json_get_lacks(err, "workflow_runs", "list");
	unseen = json_array();
	/* Neither list is longer than its page. */
	for (size_t i = 0; i < json_array_size(workflows) && i < 100; i++) {
		json_t *workflow = json_array_get(workflows, i);

		if (!tell_runs(&out->signals, repo, workflow, runs))
			json_array_append(unseen, workflow);
	}
	if (json_array_size(unseen) && has_next(answer) && page < MAX_PAGES)
		ask_runs(context, request, repo, unseen, page + 1, out);
	else
		json_decref(unseen);
	return 0;
}

int github_read_actions(const struct source_context *context, const struct source_request *request,
			const struct source_answer *answer, struct source_result *out,
			struct err *err)
{
	json_t *root, *arg;
	struct github_repo repo;
	int result;

	/* No such repository, or one without Actions: nothing runs there by a schedule. */
	if (answer->status == 404)
		return 0;
	root = json_get_parse(answer->body, answer->len, err);
	if (!root)
		return -1;
	arg = json_loads(request->arg ? request->arg : "{}", 0, NULL);
	repo = (struct github_repo){json_get_copy(arg, "repo", out->signals.arena),
				    json_get_copy(arg, "subject", out->signals.arena)};
	if (!repo.name)
		result = err_set(err, NULL, NULL, "an answer without a repository");
	else if (request->step == GITHUB_RUNS)
		result = read_runs(context, request, answer, root, arg, &repo, out, err);
	else
		result = read_workflows(context, request, root, &repo, out, err);
	json_decref(arg);
	json_decref(root);
	return result;
}
