/* Probes that the service's own descriptors answer. */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/regex.h"
#include "core/rule_internal.h"

static bool is_one_of(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; word && i < count; i++) {
		if (strcasecmp(list[i], word) == 0)
			return true;
	}
	return false;
}

/* Values that say there is none. */
static bool says_nothing(const char *value)
{
	static const char *const nothing[] = {"",   "false", "no",  "off", "none", "null", "n/a",
					      "na", "todo",  "tbd", "-",   "~",	   "fixme"};

	while (isspace((unsigned char)*value))
		value++;
	return is_one_of(value, nothing, ARRAY_LEN(nothing));
}

static bool matches(const struct probe *probe, const char *value)
{
	if (!value)
		return false;
	return probe->matching ? regex_test(probe->matching, value) : !says_nothing(value);
}

static enum answer ask_field(struct rule_run *run, const struct probe *probe)
{
	const struct rule_facts *facts = run->facts;
	enum answer answer = ANSWER_NO;

	for (size_t i = 0; i < facts->field_count; i++) {
		const struct named_fact *field = &facts->fields[i];
		struct evidence evidence;

		if (!is_one_of(field->name, probe->names, probe->name_count) || !field->fact.value)
			continue;
		evidence = rule_place(run, &field->fact.at);
		evidence.value = field->fact.value;
		evidence.text =
		    arena_printf(run->arena, "%.80s: %.160s", field->name, field->fact.value);
		if (matches(probe, field->fact.value)) {
			rule_add_found(run, probe, evidence);
			answer = ANSWER_YES;
		} else {
			rule_add_near(run, evidence);
		}
	}
	return answer;
}

static enum answer ask_link(struct rule_run *run, const struct probe *probe)
{
	const struct rule_facts *facts = run->facts;
	enum answer answer = ANSWER_NO;

	for (size_t i = 0; i < facts->link_count; i++) {
		const struct link *link = &facts->links[i];
		struct evidence evidence;

		if (!is_one_of(link->type, probe->names, probe->name_count) ||
		    !matches(probe, link->url))
			continue;
		evidence = rule_place(run, &link->at);
		evidence.url = link->url;
		evidence.text = link->name;
		rule_add_found(run, probe, evidence);
		answer = ANSWER_YES;
	}
	return answer;
}

bool rule_owner_is_placeholder(const char *name)
{
	static const char *const placeholders[] = {
	    "",		"-",	       "?",	     "...",	  "changeme", "default", "example",
	    "fixme",	"group",       "guest",	     "guests",	  "me",	      "my-team", "n/a",
	    "na",	"nobody",      "no-one",     "none",	  "noone",    "null",	 "org",
	    "owner",	"placeholder", "replace-me", "replaceme", "somebody", "someone", "tbd",
	    "team",	"team-name",   "todo",	     "undefined", "unknown",  "unowned", "user",
	    "username", "xxx",	       "your-team",  "your-name", "yourteam",
	};
	const char *slash, *colon, *at;

	while (*name == '@' || isspace((unsigned char)*name))
		name++;
	if ((slash = strrchr(name, '/')) && strcasecmp(name, "n/a") != 0)
		name = slash + 1;
	if ((colon = strrchr(name, ':')))
		name = colon + 1;
	at = strchr(name, '@');
	if (at && (strcasecmp(at, "@example.com") == 0 || strcasecmp(at, "@example.org") == 0))
		return true;
	return is_one_of(name, placeholders, ARRAY_LEN(placeholders));
}

/* "@acme/pay", "group:acme/pay" and "Acme/Pay" are one owner. */
static const char *bare_owner(const char *name)
{
	const char *colon = strchr(name, ':');

	if (colon)
		name = colon + 1;
	while (*name == '@')
		name++;
	return strncasecmp(name, "default/", 8) == 0 ? name + 8 : name;
}

static bool counts_as_owner(const struct rule_facts *facts, const struct probe *probe, size_t i)
{
	const struct rule_owner *owner = &facts->owners[i];

	if (!owner->name || rule_owner_is_placeholder(owner->name) ||
	    !(owner->team ? probe->teams : probe->people))
		return false;
	for (size_t j = 0; j < i; j++) {
		if (facts->owners[j].name &&
		    strcasecmp(bare_owner(facts->owners[j].name), bare_owner(owner->name)) == 0)
			return false;
	}
	return true;
}

static enum answer ask_owners(struct rule_run *run, const struct probe *probe)
{
	const struct rule_facts *facts = run->facts;
	uint32_t count = 0;
	bool holds;

	for (size_t i = 0; i < facts->owner_count && i < 1000; i++)
		count += counts_as_owner(facts, probe, i);
	holds = count >= probe->count_min && count <= probe->count_max;
	for (size_t i = 0; i < facts->owner_count && i < 1000; i++) {
		struct evidence evidence = rule_place(run, &facts->owners[i].at);

		evidence.value = facts->owners[i].name;
		if (!evidence.value)
			continue;
		if (!counts_as_owner(facts, probe, i)) {
			if (!holds && rule_owner_is_placeholder(evidence.value))
				rule_note(run, &run->trail.near_note,
					  "the owner is a placeholder: %s", evidence.value);
		} else if (holds) {
			rule_add_found(run, probe, evidence);
		} else {
			rule_add_near(run, evidence);
			if (probe->count_min > 1 && count < probe->count_min)
				rule_note(run, &run->trail.near_note, "%u of %u owners: %s", count,
					  probe->count_min, evidence.value);
		}
	}
	return holds ? ANSWER_YES : ANSWER_NO;
}

/* Attestations */

/* The last second at which a statement counts. */
static int64_t end_of(const struct probe *probe, const struct statement *statement)
{
	return statement->until ? statement->until : statement->date + probe->max_age;
}

static bool attests(const struct rule_run *run, const struct probe *probe,
		    const struct statement *statement)
{
	if (!statement->check)
		return false;
	if (probe->name_count)
		return is_one_of(statement->check, probe->names, probe->name_count);
	return run->check && strcasecmp(run->check->id, statement->check) == 0;
}

static struct evidence of_attestation(struct rule_run *run, const struct statement *statement)
{
	struct evidence evidence = rule_place(run, &statement->at);

	evidence.url = statement->link;
	evidence.value = rule_date(run->arena, statement->date);
	evidence.text =
	    arena_printf(run->arena, "attested on %s%s%.80s%s%.120s", evidence.value,
			 statement->by ? " by " : "", statement->by ? statement->by : "",
			 statement->reason ? ": " : "", statement->reason ? statement->reason : "");
	return evidence;
}

static enum answer ask_attestation(struct rule_run *run, const struct probe *probe)
{
	const struct rule_facts *facts = run->facts;
	enum answer answer = ANSWER_NO;

	for (size_t i = 0; i < facts->attestation_count; i++) {
		const struct statement *statement = &facts->attestations[i];

		if (!attests(run, probe, statement) || !statement->date)
			continue;
		rule_turns(run, statement->date, 0);
		rule_turns(run, end_of(probe, statement), 1);
		if (statement->date > run->now) {
			rule_add_near(run, of_attestation(run, statement));
			rule_note(run, &run->trail.near_note,
				  "the attestation is of the future: %s",
				  rule_date(run->arena, statement->date));
		} else if (run->now <= end_of(probe, statement)) {
			rule_add_found(run, probe, of_attestation(run, statement));
			answer = ANSWER_YES;
		} else {
			rule_add_near(run, of_attestation(run, statement));
			rule_note(run, &run->trail.expired,
				  "the attestation of %s%s%s expired on %s",
				  rule_date(run->arena, statement->date),
				  statement->by ? " by " : "", statement->by ? statement->by : "",
				  rule_date(run->arena, end_of(probe, statement)));
		}
	}
	return answer;
}

/* The service itself */

static enum answer ask_kind(const struct rule_facts *facts, const struct probe *probe)
{
	const char *type = facts->type && *facts->type ? facts->type : "service";
	bool speaks = !probe->language_count;

	if (probe->type_count && !is_one_of(type, probe->types, probe->type_count))
		return ANSWER_NO;
	if (probe->lifecycle_count &&
	    !is_one_of(facts->lifecycle, probe->lifecycles, probe->lifecycle_count))
		return ANSWER_NO;
	for (size_t i = 0; i < facts->language_count && !speaks; i++)
		speaks = is_one_of(facts->languages[i], probe->languages, probe->language_count);
	if (!speaks)
		return ANSWER_NO;
	if (probe->tier_min &&
	    (facts->tier < (int)probe->tier_min || facts->tier > (int)probe->tier_max))
		return ANSWER_NO;
	return ANSWER_YES;
}

enum answer rule_ask_service(struct rule_run *run, const struct probe *probe)
{
	switch (probe->kind) {
	case PROBE_FIELD:
		return ask_field(run, probe);
	case PROBE_LINK:
		return ask_link(run, probe);
	case PROBE_OWNERS:
		return ask_owners(run, probe);
	case PROBE_ATTESTATION:
		return ask_attestation(run, probe);
	case PROBE_SERVICE:
		return ask_kind(run->facts, probe);
	case PROBE_DEPLOYED:
		return run->facts->deployed;
	default:
		return ANSWER_NO;
	}
}
