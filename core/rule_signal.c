/* Probes that live sources answer. */

#include <string.h>
#include <strings.h>

#include "core/json_write.h"
#include "core/regex.h"
#include "core/rule_internal.h"

#define MAX_SHOWN 3 /* signals of one probe that are shown as evidence */

static bool environment_fits(const struct probe *probe, const struct observed *observed)
{
	if (!probe->environment)
		return observed_production(observed);
	return !strcmp(probe->environment, "any") ||
	       !strcasecmp(probe->environment, observed_environment(observed));
}

static bool labels_fit(const struct probe *probe, const struct signal *signal)
{
	for (size_t i = 0; i < probe->label_count; i++) {
		const char *value = signal_label(signal, probe->labels[i].name);

		if (!regex_test(probe->labels[i].value, value ? value : ""))
			return false;
	}
	return true;
}

static bool says(const struct probe *probe, const struct signal *signal)
{
	return !probe->matching || (signal->value && regex_test(probe->matching, signal->value)) ||
	       (signal->text && regex_test(probe->matching, signal->text));
}

bool rule_signal_fits(const struct probe *probe, const struct observed *observed)
{
	const struct signal *signal = observed->signal;

	return probe->signals >> signal->kind & 1 &&
	       (!probe->title || regex_test(probe->title, signal->title)) &&
	       labels_fit(probe, signal) && says(probe, signal) &&
	       environment_fits(probe, observed);
}

static bool holds(const struct rule_run *run, const struct probe *probe,
		  const struct signal *signal)
{
	int64_t age = run->now - signal->since;

	if (probe->within)
		rule_turns(run, signal->since, probe->within + 1);
	if (probe->older)
		rule_turns(run, signal->since, probe->older);
	if (!(probe->states >> signal->state & 1) ||
	    (signal->flags & probe->flags) != probe->flags || signal->flags & probe->no_flags)
		return false;
	if (probe->within && (!signal->since || age > probe->within))
		return false;
	return !probe->older || (signal->since && age >= probe->older);
}

struct evidence rule_observed(struct rule_run *run, const struct observed *observed)
{
	const struct signal *signal = observed->signal;
	const struct live_topic *topic = observed->topic;
	char since[TIME_TEXT_MAX], known[TIME_TEXT_MAX];
	struct arena *arena = run->arena;
	struct evidence evidence = {.url = arena_strdup(arena, signal->url),
				    .value = arena_strdup(arena, signal->value)};
	const char *stale = "";

	if (topic->failing_since)
		stale =
		    arena_printf(arena, "; as of %s: %.120s", time_text(topic->observed_at, known),
				 topic->cause ? topic->cause : failure_name(topic->failure));
	evidence.text = rule_one_line(
	    arena,
	    arena_printf(arena, "%.60s: %s %.120s is %s%s%.80s%s%s%s%s", observed->source->name,
			 signal_kind_name(signal->kind), signal->title,
			 signal->flags & SIGNAL_DISABLED ? "disabled"
							 : signal_state_name(signal->state),
			 signal->value ? " (" : "", signal->value ? signal->value : "",
			 signal->value ? ")" : "", signal->since ? " since " : "",
			 signal->since ? time_text(signal->since, since) : "", stale));
	return evidence;
}

/* What a source of another environment would say is not asked for. */
static bool concerns(const struct probe *probe, const struct rule_trouble *trouble)
{
	static const struct signal nothing;
	const struct observed observed = {&nothing, trouble->source, NULL};

	return probe->signals & trouble->kinds &&
	       (!trouble->source || environment_fits(probe, &observed));
}

/* Whether the source has said anything of the kind: that counts until it says something else. */
static bool has_said(const struct rule_live *live, const struct probe *probe,
		     const struct live_source *source)
{
	for (size_t i = 0; i < live->signal_count; i++)
		if (live->signals[i].source == source && rule_signal_fits(probe, &live->signals[i]))
			return true;
	return false;
}

/* Whether the answer might be with a source that does not give it; notes which. */
static bool is_troubled(struct rule_run *run, const struct probe *probe,
			const struct rule_trouble *troubles, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (concerns(probe, &troubles[i]) &&
		    !has_said(run->facts->live, probe, troubles[i].source)) {
			rule_note(run, &run->trail.failed, "%s", troubles[i].text);
			return true;
		}
	return false;
}

enum answer rule_ask_signal(struct rule_run *run, const struct probe *probe)
{
	const struct rule_live *live = run->facts->live;
	size_t shown = 0, near = 0;

	if (!live)
		return ANSWER_NO;
	for (size_t i = 0; i < live->signal_count && shown < MAX_SHOWN; i++) {
		const struct observed *observed = &live->signals[i];
		bool yes = holds(run, probe, observed->signal);

		if ((!yes && near == MAX_SHOWN) || !rule_signal_fits(probe, observed) ||
		    observed_told_better(live->signals, live->signal_count, i))
			continue;
		if (yes)
			rule_add_found(run, probe, rule_observed(run, observed));
		else
			rule_add_near(run, rule_observed(run, observed));
		shown += yes;
		near += !yes;
	}
	if (shown)
		return ANSWER_YES;
	if (is_troubled(run, probe, live->own, live->own_count) ||
	    is_troubled(run, probe, live->troubles, live->trouble_count))
		return ANSWER_UNKNOWN;
	return ANSWER_NO;
}

const struct observed *rule_own_check(const struct rule_run *run)
{
	const struct rule_live *live = run->facts->live;
	const struct observed *own = NULL;

	for (size_t i = 0; live && i < live->signal_count; i++) {
		const struct observed *observed = &live->signals[i];
		const struct signal *signal = observed->signal;

		if (signal->kind != SIGNAL_CHECK || signal->state == SIGNAL_UNKNOWN ||
		    strcasecmp(signal->title, run->check->id) != 0)
			continue;
		if (!own || (own->signal->state == SIGNAL_OK && signal->state != SIGNAL_OK))
			own = observed;
	}
	return own;
}

enum rule_view rule_view(const struct rule_run *run, const struct rule *rule)
{
	const struct rule_live *live = run->facts->live;
	enum rule_view best = VIEW_NONE;

	if (!live)
		return VIEW_NONE;
	if (rule->kind == RULE_PROBE) {
		const struct probe *probe = &run->list->probes[rule->probe];

		if (probe->kind != PROBE_SIGNAL || !(probe->signals & live->configured))
			return VIEW_NONE;
		return live->seen[probe->index] ? VIEW_SEEN : VIEW_CONFIGURED;
	}
	for (size_t i = 0; i < rule->of_count; i++) {
		enum rule_view inner = rule_view(run, rule->of[i]);

		if (inner > best)
			best = inner;
	}
	return best;
}
