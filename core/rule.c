#include "core/rule.h"

#include <string.h>
#include <strings.h>

#include "core/rule_internal.h"

/* Rules */

/* Where the trail was: a group that does not hold takes back what its members found. */
struct mark {
	size_t found, near;
	const char *near_note, *none_note, *stale, *expired;
};

static struct mark mark(const struct rule_run *run)
{
	const struct rule_trail *trail = &run->trail;

	return (struct mark){trail->found_count, trail->near_count, trail->near_note,
			     trail->none_note,	 trail->stale,	    trail->expired};
}

/* What was found since becomes what was near. */
static void demote(struct rule_run *run, const struct mark *since)
{
	for (size_t i = since->found; i < run->trail.found_count; i++)
		rule_add_near(run, run->trail.found[i].evidence);
	run->trail.found_count = since->found;
	run->trail.stale = since->stale;
}

/* What came up since is of no account: the inside of a `not`. */
static void forget(struct rule_run *run, const struct mark *since)
{
	run->trail.found_count = since->found;
	run->trail.near_count = since->near;
	run->trail.near_note = since->near_note;
	run->trail.none_note = since->none_note;
	run->trail.stale = since->stale;
	run->trail.expired = since->expired;
}

static struct rule_result run_rule(struct rule_run *run, const struct rule *rule);

static struct rule_result run_not(struct rule_run *run, const struct rule *rule)
{
	struct mark before = mark(run);
	struct rule_result result = run_rule(run, rule->of[0]);

	forget(run, &before);
	result.strength = STRENGTH_NONE;
	if (result.answer != ANSWER_UNKNOWN)
		result.answer = result.answer == ANSWER_YES ? ANSWER_NO : ANSWER_YES;
	return result;
}

/* `all`, `any` and `at_least` differ in how many of their members must hold. */
static struct rule_result run_group(struct rule_run *run, const struct rule *rule)
{
	size_t need = rule->kind == RULE_ALL	    ? rule->of_count
		      : rule->kind == RULE_AT_LEAST ? rule->need
						    : 1;
	struct rule_result result = {ANSWER_NO, STRENGTH_NONE};
	struct mark before = mark(run);
	size_t yes = 0, unknown = 0;

	for (size_t i = 0; i < rule->of_count; i++) {
		struct rule_result one = run_rule(run, rule->of[i]);

		yes += one.answer == ANSWER_YES;
		unknown += one.answer == ANSWER_UNKNOWN;
		if (one.answer == ANSWER_YES && one.strength > result.strength)
			result.strength = one.strength;
	}
	if (yes >= need)
		result.answer = ANSWER_YES;
	else if (yes + unknown >= need)
		result.answer = ANSWER_UNKNOWN;
	if (result.answer != ANSWER_YES) {
		demote(run, &before);
		result.strength = STRENGTH_NONE;
	}
	return result;
}

static struct rule_result run_probe(struct rule_run *run, const struct rule *rule)
{
	const struct probe *probe = &run->list->probes[rule->probe];
	struct rule_result result = {rule_ask(run, probe), STRENGTH_NONE};

	if (result.answer == ANSWER_YES)
		result.strength = probe->strength;
	return result;
}

static struct rule_result run_rule(struct rule_run *run, const struct rule *rule)
{
	if (rule->kind == RULE_PROBE)
		return run_probe(run, rule);
	return rule->kind == RULE_NOT ? run_not(run, rule) : run_group(run, rule);
}

/* Starts anew with a rule of the check. */
static struct rule_result start(struct rule_run *run, const struct rule *rule)
{
	run->trail.found_count = run->trail.near_count = 0;
	run->trail.near_note = run->trail.none_note = run->trail.stale = NULL;
	run->trail.expired = run->trail.failed = NULL;
	return run_rule(run, rule);
}

enum answer rule_deployed(const struct checklist *checklist, const struct rule_facts *facts,
			  int64_t now)
{
	struct rule_run run = {.list = checklist, .facts = facts, .now = now};
	enum answer answer;

	if (!checklist->deployed)
		return ANSWER_NO;
	run.arena = arena_new();
	answer = start(&run, checklist->deployed).answer;
	arena_free(run.arena);
	return answer;
}

/* Findings */

void rule_turns(const struct rule_run *run, int64_t base, int64_t later)
{
	int64_t *turns = run->facts->turns, at;

	if (turns && !__builtin_add_overflow(base, later, &at) && at > run->now &&
	    (!*turns || at < *turns))
		*turns = at;
}

static void set(struct finding *out, enum status status, enum unknown_code code, const char *reason)
{
	out->status = status;
	out->code = code;
	out->reason = reason;
}

static size_t add_of_strength(const struct rule_trail *trail, enum strength strength,
			      struct evidence *list, size_t count)
{
	for (size_t i = 0; i < trail->found_count && count < RULE_MAX_EVIDENCE; i++) {
		if (trail->found[i].strength == strength)
			list[count++] = trail->found[i].evidence;
	}
	return count;
}

/* What was found, the strongest first, or else what was near. */
static void set_evidence(struct rule_run *run, struct finding *out)
{
	const struct rule_trail *trail = &run->trail;
	size_t all = trail->found_count ? trail->found_count : trail->near_count;
	struct evidence *list;
	size_t count = 0;

	if (all == 0)
		return;
	list = arena_alloc(run->arena,
			   (all < RULE_MAX_EVIDENCE ? all : RULE_MAX_EVIDENCE) * sizeof(*list));
	if (trail->found_count) {
		for (int strength = STRENGTH_OBSERVED; strength >= STRENGTH_NONE; strength--)
			count = add_of_strength(trail, (enum strength)strength, list, count);
		out->strength = trail->found[0].strength;
		for (size_t i = 1; i < trail->found_count; i++) {
			if (trail->found[i].strength > out->strength)
				out->strength = trail->found[i].strength;
		}
	} else {
		memcpy(list, trail->near, all * sizeof(*list));
		count = all;
	}
	out->evidence = list;
	out->evidence_count = (uint8_t)count;
}

static bool by_owner(struct rule_run *run, struct finding *out)
{
	const struct rule_facts *facts = run->facts;

	for (size_t i = 0; i < facts->not_applicable_count; i++) {
		const struct statement *statement = &facts->not_applicable[i];

		if (!statement->check || strcasecmp(statement->check, run->check->id) != 0)
			continue;
		run->trail.found_count = run->trail.near_count = 0;
		rule_add_near(run, rule_place(run, &statement->at));
		set_evidence(run, out);
		set(out, STATUS_NA, UNKNOWN_NONE,
		    rule_one_line(run->arena, arena_printf(run->arena, "the owner says: %s",
							   statement->reason ? statement->reason
									     : "not applicable")));
		return true;
	}
	return false;
}

static bool is_among(const struct evidence *list, size_t count, const struct evidence *one)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].path && list[i].line == one->line && !strcmp(list[i].path, one->path) &&
		    list[i].checkout == one->checkout)
			return true;
	return false;
}

/* Live state wins over git, and what git says is shown behind it. */
static void add_behind(struct rule_run *run, struct finding *out)
{
	struct finding live = *out;
	struct evidence *list;

	start(run, run->check->pass);
	out->evidence_count = 0;
	set_evidence(run, out);
	list = arena_alloc(run->arena, RULE_MAX_EVIDENCE * sizeof(*list));
	memcpy(list, live.evidence, live.evidence_count * sizeof(*list));
	for (size_t i = 0; i < out->evidence_count && live.evidence_count < RULE_MAX_EVIDENCE; i++)
		if (out->evidence[i].path &&
		    !is_among(list, live.evidence_count, &out->evidence[i]))
			list[live.evidence_count++] = out->evidence[i];
	live.evidence = list;
	*out = live;
}

/* A gap that a live source shows: which of its signals does. */
static void seen_live(struct rule_run *run, struct finding *out)
{
	if (out->evidence_count && out->evidence[0].text)
		out->reason =
		    rule_one_line(run->arena, arena_printf(run->arena, "%s: %s", out->reason,
							   out->evidence[0].text));
	add_behind(run, out);
}

/* The first of the verdicts whose rule holds. */
static bool by_verdict(struct rule_run *run, const struct verdict *verdicts, size_t count,
		       enum status status, struct finding *out)
{
	for (size_t i = 0; i < count; i++) {
		if (start(run, verdicts[i].rule).answer != ANSWER_YES)
			continue;
		set_evidence(run, out);
		set(out, status, verdicts[i].code, verdicts[i].reason);
		if (status == STATUS_GAP && out->strength == STRENGTH_OBSERVED)
			seen_live(run, out);
		return true;
	}
	return false;
}

static const char *default_reason(struct rule_run *run)
{
	return run->check->absent_reason ? run->check->absent_reason
					 : rule_looked_for(run->arena, run->list, run->check->pass);
}

/* What only a live system knows, and none told. */
static void no_source(struct rule_run *run, const char *reason, struct finding *out)
{
	const char *source = run->check->source ? run->check->source : "live";

	enum rule_view view = rule_view(run, run->check->pass);

	/* The system that tells it of others was asked, and says nothing of this one. */
	if (view == VIEW_SEEN && run->check->absent == ABSENT_UNWATCHED)
		set(out, STATUS_GAP, UNKNOWN_NONE, reason);
	else if (view != VIEW_NONE)
		set(out, STATUS_UNKNOWN, UNKNOWN_NO_SOURCE,
		    arena_printf(run->arena, "nothing of it in the configured sources: %s",
				 reason));
	else
		set(out, STATUS_UNKNOWN, UNKNOWN_NO_SOURCE,
		    arena_printf(run->arena, "no %s source configured", source));
}

/* Nothing was found, or nothing that suffices. */
static void absent(struct rule_run *run, struct finding *out)
{
	const struct check *check = run->check;
	const char *reason = run->trail.near_note ? run->trail.near_note : default_reason(run);

	set_evidence(run, out);
	if (check->absent == ABSENT_NO_SOURCE || check->absent == ABSENT_UNWATCHED)
		no_source(run, reason, out);
	else if (check->absent == ABSENT_NOT_VISIBLE && run->facts->deployed != ANSWER_YES)
		set(out, STATUS_UNKNOWN, UNKNOWN_NOT_VISIBLE,
		    arena_printf(run->arena,
				 "%s; nothing in the fleet deploys the service: add the repository "
				 "that does to the roots",
				 reason));
	else
		set(out, STATUS_GAP, UNKNOWN_NONE, reason);
}

static void passed(struct rule_run *run, struct finding *out)
{
	const char *reason;

	set_evidence(run, out);
	if (run->trail.stale)
		reason = run->trail.stale;
	else
		reason = out->evidence_count ? rule_show(run->arena, &out->evidence[0]) : "holds";
	set(out, STATUS_PASS, UNKNOWN_NONE, *reason ? reason : "holds");
}

static void too_weak(struct rule_run *run, struct finding *out)
{
	const char *needs =
	    run->check->least == STRENGTH_OBSERVED ? "observed by a live source" : "configured";
	const char *note = run->trail.near_note ? run->trail.near_note : run->trail.none_note;
	const char *strength, *shown;

	set_evidence(run, out);
	strength = strength_name(out->strength);
	shown = out->evidence_count ? rule_show(run->arena, &out->evidence[0]) : "nothing to show";
	set(out, STATUS_GAP, UNKNOWN_NONE,
	    rule_one_line(run->arena, arena_printf(run->arena, "only %s, not %s: %.120s%s%s",
						   strength ? strength : "stated", needs, shown,
						   note ? "; " : "", note ? note : "")));
}

/* The `pass` rule and what follows from it. */
static void by_pass(struct rule_run *run, struct finding *out)
{
	const struct check *check = run->check;
	struct rule_result result = start(run, check->pass);
	bool failed;

	if (result.answer == ANSWER_YES && result.strength >= check->least) {
		passed(run, out);
		return;
	}
	/* Something stronger might stand in what could not be read. */
	failed =
	    result.answer == ANSWER_UNKNOWN || (result.answer == ANSWER_YES && run->trail.failed);
	if (result.answer == ANSWER_YES && !failed) {
		too_weak(run, out);
		return;
	}
	if (by_verdict(run, check->unknown, check->unknown_count, STATUS_UNKNOWN, out))
		return;
	if (check->unknown_count)
		start(run, check->pass);
	if (failed) {
		set_evidence(run, out);
		set(out, STATUS_UNKNOWN, UNKNOWN_FAILED,
		    run->trail.failed ? run->trail.failed : "something could not be read");
	} else if (run->trail.expired) {
		set_evidence(run, out);
		set(out, STATUS_GAP, UNKNOWN_NONE, run->trail.expired);
	} else {
		absent(run, out);
	}
}

/* The user's own question to a live system decides. */
static bool by_own_check(struct rule_run *run, struct finding *out)
{
	const struct observed *own = rule_own_check(run);
	struct evidence *evidence;
	bool ok;

	if (!own)
		return false;
	ok = own->signal->state == SIGNAL_OK;
	evidence = arena_alloc(run->arena, sizeof(*evidence));
	*evidence = rule_observed(run, own);
	out->evidence = evidence;
	out->evidence_count = 1;
	out->strength = STRENGTH_OBSERVED;
	set(out, ok ? STATUS_PASS : STATUS_GAP, UNKNOWN_NONE, rule_show(run->arena, evidence));
	add_behind(run, out);
	return true;
}

/* A gap that somebody accepted for a time. */
static void apply_waiver(struct rule_run *run, struct finding *out)
{
	const struct rule_facts *facts = run->facts;
	const struct statement *last = NULL;

	for (size_t i = 0; i < facts->waiver_count; i++) {
		const struct statement *waiver = &facts->waivers[i];

		if (waiver->check && waiver->until &&
		    strcasecmp(waiver->check, run->check->id) == 0 &&
		    (!last || waiver->until > last->until))
			last = waiver;
	}
	if (!last)
		return;
	rule_turns(run, last->until, 1);
	if (run->now > last->until) {
		out->reason = rule_one_line(
		    run->arena, arena_printf(run->arena, "%s; its waiver expired on %s",
					     out->reason, rule_date(run->arena, last->until)));
		return;
	}
	out->status = STATUS_WAIVED;
	out->reason = rule_one_line(
	    run->arena, arena_printf(run->arena, "waived until %s%s%.60s%s%.140s",
				     rule_date(run->arena, last->until), last->by ? " by " : "",
				     last->by ? last->by : "", last->reason ? ": " : "",
				     last->reason ? last->reason : ""));
}

void rule_evaluate(const struct checklist *checklist, size_t check, const struct rule_facts *facts,
		   int64_t now, struct arena *arena, struct finding *out)
{
	struct rule_run run = {.list = checklist,
			       .check = &checklist->checks[check],
			       .facts = facts,
			       .now = now,
			       .arena = arena};

	*out = (struct finding){.check = (uint16_t)check, .reason = ""};
	if (!by_owner(&run, out) &&
	    !by_verdict(&run, run.check->not_applicable, run.check->not_applicable_count, STATUS_NA,
			out) &&
	    !by_own_check(&run, out) &&
	    !by_verdict(&run, run.check->contradicted, run.check->contradicted_count, STATUS_GAP,
			out))
		by_pass(&run, out);
	if (out->status == STATUS_GAP)
		apply_waiver(&run, out);
}
