#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/strmap.h"
#include "fetch/json_get.h"
#include "fetch/source_json.h"

#define MAX_LABELS   64
#define MILLISECONDS 100000000000.0 /* a number beyond is no time in seconds: the year 5138 */

/* What one output is read with. */
struct reading {
	const struct source_context *context;
	const struct source_request *request;
	struct signal_list *list;
	struct arena *arena;
	struct strmap *ids; /* how many signals wanted one: size_t */
	int kind;	    /* of `kind:`; -1 */
	size_t output;	    /* which one, from 1 */
	struct err *err;
};

/* ---- words ---- */

int json_kind(const char *name)
{
	int kind = signal_kind_find(name);

	return kind < SIGNAL_CONTRACT_KINDS || kind == SIGNAL_SCHEDULE ? kind : -1;
}

const char *json_kinds(struct arena *arena)
{
	const char *text = signal_kind_name(SIGNAL_SCHEDULE);

	for (int kind = SIGNAL_CONTRACT_KINDS - 1; kind >= 0; kind--)
		text =
		    arena_printf(arena, "%s, %s", signal_kind_name((enum signal_kind)kind), text);
	return text;
}

static int find_state(const char *name)
{
	for (int state = SIGNAL_OK; state <= SIGNAL_UNKNOWN; state++)
		if (!strcasecmp(name, signal_state_name((enum signal_state)state)))
			return state;
	return -1;
}

static int fail(const struct reading *in, const char *fix, const char *what, const char *value)
{
	return err_set(in->err, NULL, fix, "output %zu of the expression: %s%s%s%.100s%s",
		       in->output, what, value ? " " : "", value ? "\"" : "", value ? value : "",
		       value ? "\"" : "");
}

/* What was told without a state is there: an alert fires, a deployment is done. */
static enum signal_state default_state(int kind)
{
	switch (kind) {
	case SIGNAL_ALERT:
	case SIGNAL_INCIDENT:
		return SIGNAL_CRITICAL;
	case SIGNAL_ONCALL:
	case SIGNAL_DEPLOY:
		return SIGNAL_OK;
	default:
		return SIGNAL_UNKNOWN;
	}
}

/* A number alone: of things that should not be there, or a value that was seen. */
static enum signal_state state_of_number(int kind, double number)
{
	switch (kind) {
	case SIGNAL_ALERT:
	case SIGNAL_INCIDENT:
		return number == 0 ? SIGNAL_OK : SIGNAL_CRITICAL;
	case SIGNAL_ERRORS:
	case SIGNAL_VULNERABILITY:
		return number == 0 ? SIGNAL_OK : SIGNAL_WARNING;
	default:
		return SIGNAL_OK;
	}
}

/* ---- signals ---- */

/* Things of one name are told apart by their order. */
static const char *unique_id(struct reading *in, const char *id)
{
	size_t *count = strmap_get(in->ids, id);

	if (!count) {
		count = arena_alloc(in->arena, sizeof(*count));
		strmap_put(in->ids, id, count);
	}
	return ++*count == 1 ? id : arena_printf(in->arena, "%s#%zu", id, *count);
}

/* What all services that a signal is for have alike. */
struct draft {
	enum signal_kind kind;
	enum signal_state state;
	const char *id, *title; /* id: NULL: made of the rest */
	const char *service;	/* as the output names it; NULL */
	const char *repo;
	const char *text, *value;
	double number;
	const json_t *object; /* the other members; NULL */
};

static const char *text_member(struct reading *in, const json_t *object, const char *name)
{
	return json_get_copy(object, name, in->arena);
}

static bool is_web(const char *url)
{
	return url && (!strncasecmp(url, "https://", 8) || !strncasecmp(url, "http://", 7));
}

static int read_time(struct reading *in, const json_t *object, const char *name, int64_t *out)
{
	const json_t *value = json_get(object, name);
	double number;

	*out = 0;
	if (!value)
		return 0;
	if (json_is_number(value)) {
		number = json_number_value(value);
		if (fabs(number) >= MILLISECONDS)
			number /= 1000;
		*out = number > 0 && number < MILLISECONDS ? (int64_t)number : 0;
		return 0;
	}
	if (json_is_string(value) && !*json_string_value(value))
		return 0;
	if (json_is_string(value) && json_get_parse_time(json_string_value(value), out))
		return 0;
	return fail(in,
		    "write RFC 3339 (\"2026-11-23T02:00:00Z\") or seconds since 1970, as fromdate "
		    "and now give",
		    name, json_is_string(value) ? json_string_value(value) : "...");
}

static void add_labels(struct reading *in, const json_t *object, struct signal *signal)
{
	json_t *labels = json_get_object(object, "labels"), *value;
	const char *name;

	json_object_foreach(labels, name, value)
	{
		if (signal->label_count >= MAX_LABELS)
			return;
		if (json_is_string(value)) {
			signal_add_label(in->list, signal, name, json_string_value(value));
		} else if (json_is_number(value) || json_is_boolean(value)) {
			char text[32];

			if (json_is_number(value))
				snprintf(text, sizeof(text), "%.15g", json_number_value(value));
			signal_add_label(in->list, signal, name,
					 json_is_number(value) ? text
					 : json_is_true(value) ? "true"
							       : "false");
		}
	}
}

static int fill(struct reading *in, struct signal *signal, const struct draft *draft)
{
	const json_t *object = draft->object;
	const char *url = text_member(in, object, "url");

	signal->text = draft->text;
	signal->value = draft->value;
	signal->number = draft->number;
	if (!object)
		return 0;
	signal->severity = text_member(in, object, "severity");
	signal->url = is_web(url) ? url : NULL;
	signal->runbook = text_member(in, object, "runbook");
	signal->environment = text_member(in, object, "environment");
	signal->commit = text_member(in, object, "commit");
	signal->author = text_member(in, object, "author");
	add_labels(in, object, signal);
	if (read_time(in, object, "since", &signal->since))
		return -1;
	return read_time(in, object, "until", &signal->until);
}

/* owner: the service that was asked about; NULL: the output says itself whom it means. */
static int add_one(struct reading *in, const struct draft *draft, const char *owner)
{
	const char *who = owner ? owner : draft->service ? draft->service : draft->repo;
	const char *id = draft->id ? draft->id : draft->title;
	struct signal *signal;

	id = arena_printf(in->arena, "%s/%s/%s", signal_kind_name(draft->kind), who ? who : "", id);
	signal = signal_add(in->list, draft->kind, draft->state, unique_id(in, id), draft->title);
	if (!signal)
		return 0;
	signal_add_key(in->list, signal, "subject", owner);
	if (!owner) {
		signal_add_key(in->list, signal, "service", draft->service);
		signal_add_key(in->list, signal, "repo", draft->repo);
	}
	return fill(in, signal, draft);
}

static int add(struct reading *in, const struct draft *draft)
{
	const char *owners = in->request->arg, *owner;

	if (draft->service || draft->repo || !owners) {
		if (draft->kind == SIGNAL_CHECK && !draft->service && !draft->repo)
			return fail(in,
				    "give {service: ..., state: ...}, or put {service} into url: "
				    "each is asked for then",
				    "it does not say which service answers the check",
				    draft->title);
		return add_one(in, draft, NULL);
	}
	while ((owner = json_owner(in->arena, &owners)))
		if (add_one(in, draft, owner))
			return -1;
	return 0;
}

/* ---- outputs ---- */

static const char *number_text(struct reading *in, double number)
{
	return arena_printf(in->arena, "%.15g", number);
}

/* true, false, null, a number, a text. */
static int read_scalar(struct reading *in, const json_t *value, const char *check)
{
	struct draft draft = {.title = check ? check : in->context->config->name,
			      .state = SIGNAL_UNKNOWN};

	if (!check && in->kind < 0)
		return fail(in, "add kind: to the source, or give an object with kind",
			    "it says no kind", NULL);
	draft.kind = check ? SIGNAL_CHECK : (enum signal_kind)in->kind;
	if (json_is_boolean(value)) {
		draft.state = json_is_true(value) ? SIGNAL_OK : SIGNAL_CRITICAL;
	} else if (json_is_number(value)) {
		draft.number = json_number_value(value);
		draft.value = number_text(in, draft.number);
		draft.state = state_of_number((int)draft.kind, draft.number);
	} else if (json_is_string(value) && *json_string_value(value)) {
		draft.value = arena_strdup(in->arena, json_string_value(value));
		draft.state = check ? SIGNAL_OK : default_state((int)draft.kind);
	}
	return add(in, &draft);
}

static int read_state(struct reading *in, const json_t *object, struct draft *draft)
{
	const json_t *state = json_object_get(object, "state");
	int found;

	if (!state) {
		draft->state = default_state((int)draft->kind);
		return 0;
	}
	if (json_is_null(state)) {
		draft->state = SIGNAL_UNKNOWN;
		return 0;
	}
	if (json_is_boolean(state)) {
		draft->state = json_is_true(state) ? SIGNAL_OK : SIGNAL_CRITICAL;
		return 0;
	}
	found = json_is_string(state) ? find_state(json_string_value(state)) : -1;
	if (found < 0)
		return fail(
		    in, "map it: {state: (if .status == \"up\" then \"ok\" else \"critical\" end)}",
		    "state is none of ok, warning, critical, unknown, true, false:",
		    json_is_string(state) ? json_string_value(state) : "...");
	draft->state = (enum signal_state)found;
	return 0;
}

static int read_kind(struct reading *in, const json_t *object, const char *check,
		     struct draft *draft)
{
	const char *name = json_get_text(object, "kind");
	int kind = check ? SIGNAL_CHECK : name ? json_kind(name) : in->kind;

	if (kind < 0 && name)
		return fail(in, arena_printf(in->arena, "one of %s", json_kinds(in->arena)),
			    "kind is none that an expression can give:", name);
	if (kind < 0)
		return fail(in, "add kind: to the source or to the object", "it says no kind",
			    NULL);
	draft->kind = (enum signal_kind)kind;
	return 0;
}

static void read_value(struct reading *in, const json_t *object, struct draft *draft)
{
	const json_t *value = json_get(object, "value");

	if (!json_get_number(object, "value", &draft->number) || !isfinite(draft->number))
		draft->number = 0;
	if (json_is_number(value))
		draft->value = number_text(in, draft->number);
	else if (value)
		draft->value = text_member(in, object, "value");
}

static int read_object(struct reading *in, const json_t *object, const char *check)
{
	struct draft draft = {.object = object, .id = text_member(in, object, "id")};
	const char *title = text_member(in, object, "title");

	if (read_kind(in, object, check, &draft) || read_state(in, object, &draft))
		return -1;
	if (!title && !json_object_get(object, "state"))
		return fail(in, "give it {state: ..., title: ...}",
			    "it has neither state nor title", NULL);
	draft.service = text_member(in, object, "service");
	draft.repo = text_member(in, object, "repo");
	draft.text = text_member(in, object, "text");
	draft.title = check ? check : title ? title : in->context->config->name;
	if (check && !draft.text)
		draft.text = title;
	read_value(in, object, &draft);
	return add(in, &draft);
}

static int read_output(struct reading *in, const json_t *value, const char *check)
{
	size_t index;
	json_t *item;

	if (json_is_object(value))
		return read_object(in, value, check);
	if (!json_is_array(value))
		return read_scalar(in, value, check);
	/* Who forgot the [] behind a list meant its items. */
	json_array_foreach(value, index, item)
	{
		if (json_is_array(item))
			return fail(in, "give objects: .items[] | {...}", "a list of lists", NULL);
		if (json_is_object(item) ? read_object(in, item, check)
					 : read_scalar(in, item, check))
			return -1;
	}
	return 0;
}

/* A check whose expression failed is not answered; the others are. */
static int add_failed(struct reading *in, const char *check, const json_t *part)
{
	const struct draft draft = {
	    .kind = SIGNAL_CHECK,
	    .title = check,
	    .text = arena_printf(in->arena, "jq: %.300s",
				 json_get_text(part, "e") ? json_get_text(part, "e") : "an error"),
	    .state = SIGNAL_UNKNOWN,
	};

	return in->request->arg ? add(in, &draft) : fail(in, NULL, draft.text, NULL);
}

/* With `checks:` each output says whose it is: see json_program(). */
static int read_part(struct reading *in, const json_t *value)
{
	const char *check = text_member(in, value, "c");

	if (!in->context->config->check_count)
		return read_output(in, value, NULL);
	if (check && json_object_get(value, "e"))
		return add_failed(in, check, value);
	return read_output(in, json_object_get(value, "o"), check);
}

static int read_line(struct reading *in, const char *line, size_t len)
{
	json_t *value = json_get_parse(line, len, in->err);
	int result;

	if (!value)
		return -1;
	result = read_part(in, value);
	json_decref(value);
	return result;
}

int json_read_outputs(const struct source_context *context, const struct source_request *request,
		      const char *lines, size_t len, struct source_result *out, struct err *err)
{
	const char *kind = config_option(context->config, "kind");
	struct reading in = {
	    .context = context,
	    .request = request,
	    .list = &out->signals,
	    .arena = out->signals.arena,
	    .ids = strmap_new(),
	    .kind = kind ? json_kind(kind) : -1,
	    .err = err,
	};
	int result = 0;

	for (size_t at = 0; at < len && !result;) {
		const char *end = memchr(lines + at, '\n', len - at);
		size_t n = end ? (size_t)(end - lines) - at : len - at;

		in.output++;
		if (n)
			result = read_line(&in, lines + at, n);
		at += n + 1;
	}
	strmap_free(in.ids);
	return result;
}
