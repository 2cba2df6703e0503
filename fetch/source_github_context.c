/*
 * What the checks of one commit say together: a status check rollup has everything that
 * anybody attached to the commit, and only what builds or tests the code counts.
 */

#include <ctype.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/json_get.h"
#include "fetch/source_github.h"

/*
 * Who reports on commits without having built or tested them: agreements, coverage, style of
 * titles, dependencies' licences, previews, robots that tidy up. `*` stands for anything;
 * case does not matter. docs/config.md names this table: `ignore` adds to it, `contexts`
 * replaces the judgement altogether.
 */
static const char *const other_apps[] = {
    "allcontributors",
    "cla-*",
    "*-cla",
    "codacy*",
    "codeclimate*",
    "codecov*",
    "coderabbit*",
    "coveralls*",
    "dco*",
    "deepsource*",
    "dependabot*",
    "fossa*",
    "gitguardian*",
    "github-advanced-security",
    "github-pages",
    "imgbot",
    "mend-*",
    "mergify",
    "netlify",
    "pre-commit-ci",
    "pull-request-size",
    "release-drafter",
    "renovate*",
    "semantic-*",
    "snyk*",
    "socket-security*",
    "sonar*",
    "stale",
    "vercel",
    "whitesource*",
    "wip",
};

static const char *const other_names[] = {
    "*codecov*",
    "*license*",
    "*licence*",
    "*pull request*title*",
    "add*label*",
    "assign*",
    "auto-merge*",
    "automerge*",
    "cla",
    "cla/*",
    "*cla-bot*",
    "*cla check*",
    "cla assistant*",
    "close stale*",
    "codacy*",
    "codeclimate*",
    "coverage*",
    "coveralls*",
    "dco",
    "dco/*",
    "dependabot*",
    "dependency-review*",
    "deploy/netlify",
    "deploy/vercel",
    "easycla",
    "first interaction*",
    "greet*",
    "label*",
    "lock*threads*",
    "netlify/*",
    "pr title*",
    "release drafter*",
    "renovate/*",
    "security/snyk*",
    "semantic*pull*",
    "semantic-pr*",
    "size-label*",
    "snyk*",
    "sonarcloud*",
    "sonarqube*",
    "stale",
    "stale *",
    "triage*",
    "update_release_draft",
    "vercel*",
    "welcome*",
    "whitesource*",
    "wip",
};

/* Workflows that were started by the code itself; a nightly run is a schedule's. */
static const char *const own_events[] = {"push", "pull_request", "merge_group",
					 "workflow_dispatch"};

/* `*` matches any run of characters; linear but for the last star. */
static bool matches(const char *pattern, const char *text)
{
	const char *star = NULL, *from = text;

	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			from = text;
		} else if (tolower((unsigned char)*pattern) == tolower((unsigned char)*text)) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static bool matches_any(const char *const *patterns, size_t count, const char *text)
{
	for (size_t i = 0; text && i < count; i++)
		if (matches(patterns[i], text))
			return true;
	return false;
}

/* Whether an option's globs match one of the names; has: whether it is there at all. */
static bool option_matches(const struct config_source *config, const char *option, const char *name,
			   const char *workflow, bool *has)
{
	bool found = false;

	*has = false;
	for (size_t i = 0; i < config->option_count; i++) {
		if (strcmp(config->options[i].name, option) != 0)
			continue;
		*has = true;
		found |= (name && matches(config->options[i].value, name)) ||
			 (workflow && matches(config->options[i].value, workflow));
	}
	return found;
}

static bool is_check_run(const json_t *context)
{
	const char *type = json_get_text(context, "__typename");

	return type && !strcmp(type, "CheckRun");
}

static const char *plain_name(const json_t *context)
{
	return json_get_text(context, is_check_run(context) ? "name" : "context");
}

static bool is_own_event(const char *event)
{
	for (size_t i = 0; event && i < ARRAY_LEN(own_events); i++)
		if (!strcmp(own_events[i], event))
			return true;
	return !event;
}

bool github_context_counts(const struct config_source *config, const json_t *context)
{
	const char *name = plain_name(context);
	const char *workflow = json_get_text(context, "checkSuite.workflowRun.workflow.name");
	bool chosen, found = option_matches(config, "contexts", name, workflow, &chosen), has;

	if (chosen)
		return found;
	if (option_matches(config, "ignore", name, workflow, &has))
		return false;
	return is_own_event(json_get_text(context, "checkSuite.workflowRun.event")) &&
	       !matches_any(other_apps, ARRAY_LEN(other_apps),
			    json_get_text(context, "checkSuite.app.slug")) &&
	       !matches_any(other_names, ARRAY_LEN(other_names), name) &&
	       !matches_any(other_names, ARRAY_LEN(other_names), workflow);
}

const char *github_context_name(const json_t *context, struct arena *arena)
{
	const char *name = plain_name(context);
	const char *workflow = json_get_text(context, "checkSuite.workflowRun.workflow.name");

	if (!name || !workflow)
		return arena_strdup(arena, name);
	return arena_printf(arena, "%s / %s", workflow, name);
}

const char *github_context_url(const json_t *context)
{
	return json_get_text(context, is_check_run(context) ? "detailsUrl" : "targetUrl");
}

/* What one context says. Cancelled, skipped, neutral and stale ones say nothing. */
static enum github_outcome outcome_of(const json_t *context)
{
	static const struct {
		const char *word;
		enum github_outcome outcome;
	} words[] = {
	    {"SUCCESS", GITHUB_GOOD},	     {"FAILURE", GITHUB_BAD},
	    {"ERROR", GITHUB_BAD},	     {"TIMED_OUT", GITHUB_BAD},
	    {"STARTUP_FAILURE", GITHUB_BAD}, {"PENDING", GITHUB_RUNNING},
	    {"EXPECTED", GITHUB_RUNNING},    {"ACTION_REQUIRED", GITHUB_RUNNING},
	};
	const char *word = json_get_text(context, "state"), *status;

	if (is_check_run(context)) {
		status = json_get_text(context, "status");
		if (!status || strcmp(status, "COMPLETED") != 0)
			return GITHUB_RUNNING;
		word = json_get_text(context, "conclusion");
	}
	for (size_t i = 0; word && i < ARRAY_LEN(words); i++)
		if (!strcmp(words[i].word, word))
			return words[i].outcome;
	return GITHUB_NONE;
}

static int64_t started_at(const json_t *context)
{
	return json_get_time(context, is_check_run(context) ? "startedAt" : "createdAt");
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_check(const json_t *a, const json_t *b)
{
	static const char *const parts[] = {"name",
					    "context",
					    "__typename",
					    "checkSuite.app.slug",
					    "checkSuite.workflowRun.event",
					    "checkSuite.workflowRun.workflow.name"};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (!same_text(json_get_text(a, parts[i]), json_get_text(b, parts[i])))
			return false;
	return true;
}

/* A check that was run again stands there twice; the later one counts. */
static bool is_superseded(const json_t *contexts, size_t index)
{
	const json_t *context = json_array_get(contexts, index);
	int64_t when = started_at(context);

	for (size_t i = 0; i < json_array_size(contexts); i++) {
		const json_t *other = json_array_get(contexts, i);
		int64_t at;

		if (i == index || !same_check(context, other))
			continue;
		at = started_at(other);
		if (at > when || (at == when && i > index))
			return true;
	}
	return false;
}

static void add_context(struct github_verdict *verdict, const json_t *context)
{
	enum github_outcome outcome = outcome_of(context);
	int64_t at = json_get_time(context, is_check_run(context) ? "completedAt" : "createdAt");

	if (outcome == GITHUB_RUNNING)
		verdict->running++;
	if (outcome != GITHUB_GOOD && outcome != GITHUB_BAD)
		return;
	if (at > verdict->finished_at)
		verdict->finished_at = at;
	if (outcome == GITHUB_GOOD) {
		verdict->good++;
		return;
	}
	verdict->bad++;
	if (!verdict->failed || (at && at < verdict->failed_at)) {
		verdict->failed = context;
		verdict->failed_at = at;
	}
}

/* For what is beyond the contexts that were read there is GitHub's own sum of all. */
static enum github_outcome outcome_of_rest(const json_t *rollup)
{
	const char *state = json_get_text(rollup, "state");

	if (!state)
		return GITHUB_NONE;
	if (!strcmp(state, "FAILURE") || !strcmp(state, "ERROR"))
		return GITHUB_BAD;
	return strcmp(state, "SUCCESS") != 0 ? GITHUB_RUNNING : GITHUB_GOOD;
}

void github_judge(const struct config_source *config, const json_t *rollup,
		  struct github_verdict *verdict)
{
	const json_t *contexts = json_get_list(rollup, "contexts.nodes");
	size_t count = json_array_size(contexts);

	*verdict = (struct github_verdict){.outcome = GITHUB_NONE};
	/* More are never asked for. */
	for (size_t i = 0; i < count && i < 100; i++)
		if (github_context_counts(config, json_array_get(contexts, i)) &&
		    !is_superseded(contexts, i))
			add_context(verdict, json_array_get(contexts, i));
	verdict->cut = json_get_int(rollup, "contexts.totalCount", 0) > (int64_t)count;
	if (verdict->bad)
		verdict->outcome = GITHUB_BAD;
	else if (verdict->cut)
		verdict->outcome = outcome_of_rest(rollup);
	else if (verdict->running)
		verdict->outcome = GITHUB_RUNNING;
	else if (verdict->good)
		verdict->outcome = GITHUB_GOOD;
}
