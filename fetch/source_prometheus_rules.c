#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/strmap.h"
#include "fetch/json_get.h"
#include "fetch/source_prometheus_internal.h"

/* Which alerting rules are loaded, and which targets are scraped. */

/* ---- the services that a query names ---- */

#define SERVICES_MAX	 8 /* of one rule: each gets a copy of what the rule says */
#define KEYS_MAX	 8
#define NAME_LEN	 300
#define ERROR_LEN	 2000
#define MATCHERS_MAX	 64
#define ALTERNATIVES_MAX 16	    /* of one regex that is a list of words */
#define QUERY_MAX	 (64 << 10) /* bytes of a query that are looked at */

struct matcher {
	const char *name;
	const char *value; /* of a regex: as it stands */
	bool regex;
};

struct matchers {
	struct arena *arena;
	struct matcher list[MATCHERS_MAX];
	size_t count;
};

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* Behind the quote at *at: the text up to its end, with simple escapes undone. */
static const char *read_quoted(struct arena *arena, const char **at, const char *end)
{
	char quote = *(*at)++, *text, *out;
	const char *p = *at;

	while (p < end && *p != quote)
		p += *p == '\\' && quote != '`' && p + 1 < end ? 2 : 1;
	out = text = arena_alloc(arena, (size_t)(p - *at) + 1);
	for (; *at < p && *at < end; (*at)++) {
		if (**at == '\\' && quote != '`' && *at + 1 < p)
			(*at)++;
		*out++ = **at;
	}
	*at = p < end ? p + 1 : end;
	return text;
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && strchr(" \t\r\n,", *p))
		p++;
	return p;
}

/* What stands between braces: name="value", name=~"value"; others are skipped. */
static const char *read_braces(struct matchers *out, const char *p, const char *end)
{
	while ((p = skip_blanks(p, end)) < end && *p != '}') {
		const char *name = p, *op;
		size_t name_len, op_len;
		const char *text;

		while (p < end && is_word(*p))
			p++;
		name_len = (size_t)(p - name);
		op = p = skip_blanks(p, end);
		while (p < end && strchr("=~!", *p))
			p++;
		op_len = (size_t)(p - op);
		p = skip_blanks(p, end);
		if (p >= end || !strchr("\"'`", *p)) {
			p += p == name;
			continue;
		}
		text = read_quoted(out->arena, &p, end);
		if (!name_len || !op_len || *op != '=' || !*text || out->count == MATCHERS_MAX)
			continue;
		out->list[out->count++] = (struct matcher){
		    arena_memdup0(out->arena, name, name_len), text, op_len == 2 && op[1] == '~'};
	}
	return p;
}

/* All matchers of a PromQL expression that say what a label is, not what it is not. */
static void read_matchers(struct matchers *out, const char *query)
{
	const char *p = query, *end = query + strnlen(query, QUERY_MAX);

	while (p < end) {
		if (*p == '{')
			p = read_braces(out, p + 1, end);
		else if (strchr("\"'`", *p))
			read_quoted(out->arena, &p, end);
		else
			p++;
	}
}

/* The words of "a|b" or "(a|b)"; 0 where the regex is more than that. */
static size_t alternatives(struct arena *arena, const char *regex,
			   const char *words[ALTERNATIVES_MAX])
{
	size_t len = strlen(regex), count = 0, n;

	if (len > 2 && regex[0] == '(' && regex[len - 1] == ')') {
		regex++;
		len -= 2;
	}
	for (const char *end = regex + len; regex < end; regex += n + 1) {
		n = 0;
		while (regex + n < end && (is_word(regex[n]) || strchr("-/: ", regex[n])))
			n++;
		if (!n || (regex + n < end && regex[n] != '|') || count == ALTERNATIVES_MAX)
			return 0;
		words[count++] = arena_memdup0(arena, regex, n);
	}
	return count;
}

struct values {
	const char *list[MATCHERS_MAX];
	size_t count;
};

static void add_value(struct values *values, const char *value)
{
	for (size_t i = 0; i < values->count; i++)
		if (!strcmp(values->list[i], value))
			return;
	if (values->count < ARRAY_LEN(values->list))
		values->list[values->count++] = value;
}

/* What a label is according to the rule: its own label, else what its query asks for. */
static void values_of(const struct matchers *matchers, const json_t *labels, const char *name,
		      struct values *out)
{
	const char *own = alert_label(labels, name), *words[ALTERNATIVES_MAX];

	out->count = 0;
	if (own && !strstr(own, "{{")) {
		add_value(out, own);
		return;
	}
	for (size_t i = 0; i < matchers->count; i++) {
		const struct matcher *matcher = &matchers->list[i];
		size_t count = 1;

		if (strcmp(matcher->name, name) != 0)
			continue;
		words[0] = matcher->value;
		if (matcher->regex)
			count = alternatives(matchers->arena, matcher->value, words);
		for (size_t j = 0; j < count; j++)
			add_value(out, words[j]);
	}
}

/* ---- rules ---- */

struct loaded {
	const json_t *json, *labels;
	const char *name, *query, *id;
	struct matchers matchers;
	size_t first; /* of alert_service_label(): the first that says something */
};

/* One signal of a rule, for the service that the first label names so; NULL: for none. */
static void add_rule(struct prometheus_reading *in, struct loaded *rule, const char *service)
{
	struct signal_list *list = &in->out->signals;
	const char *health = json_get_text(rule->json, "health"), *label;
	const char *error = json_get_text(rule->json, "lastError");
	const json_t *notes = json_get_object(rule->json, "annotations");
	enum signal_state state = SIGNAL_UNKNOWN;
	struct signal *signal;
	struct values values;

	if (health && !strcmp(health, "ok"))
		state = SIGNAL_OK;
	else if (health && !strcmp(health, "err"))
		state = SIGNAL_CRITICAL;
	signal = signal_add(
	    list, SIGNAL_RULE, state,
	    service ? arena_printf(list->arena, "%s %s", rule->id, service) : rule->id, rule->name);
	if (!signal)
		return;
	signal->severity = arena_strdup(list->arena, alert_label(rule->labels, "severity"));
	if (error)
		signal->text = arena_memdup0(list->arena, error, strnlen(error, ERROR_LEN));
	signal->runbook = arena_strdup(list->arena, alert_label(notes, "runbook_url"));
	if (!signal->runbook)
		signal->runbook = arena_strdup(list->arena, alert_label(notes, "runbook"));
	signal->url = prometheus_link(in, "/alerts?search=", rule->name);
	signal_add_key(list, signal, "service", service);
	for (size_t i = rule->first + 1;
	     service && (label = alert_service_label(in->context->config, i)); i++) {
		values_of(&rule->matchers, rule->labels, label, &values);
		for (size_t j = 0; j < values.count && signal->key_count < KEYS_MAX; j++)
			signal_add_key(list, signal, "service", values.list[j]);
	}
	alert_labels(list, signal, rule->labels);
}

/* A rule says something about each service that it names. */
static void read_rule(struct prometheus_reading *in, const json_t *json, const char *group)
{
	struct arena *arena = in->out->signals.arena;
	struct loaded rule = {.json = json, .labels = json_get_object(json, "labels")};
	const char *type = json_get_text(json, "type"), *label;
	const char *name = json_get_text(json, "name");
	struct values values = {.count = 0};

	rule.query = json_get_text(json, "query");
	if (!name || (type && strcmp(type, "alerting") != 0))
		return;
	rule.name = arena_memdup0(arena, name, strnlen(name, NAME_LEN));
	rule.id = arena_printf(arena, "%s/%s", group, rule.name);
	rule.matchers.arena = arena;
	if (rule.query)
		read_matchers(&rule.matchers, rule.query);
	for (; (label = alert_service_label(in->context->config, rule.first)); rule.first++) {
		values_of(&rule.matchers, rule.labels, label, &values);
		if (values.count)
			break;
	}
	for (size_t i = 0; i < values.count && i < SERVICES_MAX; i++)
		add_rule(in, &rule, values.list[i]);
	if (!values.count)
		add_rule(in, &rule, NULL);
}

int prometheus_rules(struct prometheus_reading *in, struct err *err)
{
	const json_t *groups = json_get_list(in->data, "groups");
	struct arena *arena = in->out->signals.arena;
	json_t *group, *rule;
	size_t i, j;

	if (!groups)
		return json_get_lacks(err, "data.groups", "list");
	json_array_foreach(groups, i, group)
	{
		const char *name = json_get_text(group, "name");
		const char *file = json_get_text(group, "file");
		const json_t *rules = json_get_list(group, "rules");

		json_array_foreach(rules, j, rule)
		{
			read_rule(in, rule,
				  arena_printf(arena, "%.300s/%.300s/%zu", file ? file : "",
					       name ? name : "", j));
		}
	}
	return 0;
}

/* ---- targets ---- */

/* All targets of one service and job. */
struct pool {
	const json_t *first; /* labels */
	const char *job;
	const char *error; /* of the first that is down */
	int64_t down_since;
	size_t targets, down, unknown;
	struct pool *next;
};

struct pools {
	struct arena *arena;
	struct strmap *by_name;
	struct pool *first, **last;
};

/* What a prober answers says how the probed is, not whether its own scrape works. */
static bool is_probe(const json_t *target)
{
	const json_t *discovered = json_get_object(target, "discoveredLabels");
	const char *url = json_get_text(target, "scrapeUrl");

	return alert_label(discovered, "__param_target") || (url && strstr(url, "/probe?"));
}

static struct pool *pool_of(struct prometheus_reading *in, struct pools *pools,
			    const json_t *labels)
{
	struct buf key = {0};
	const char *name, *value;
	struct pool *pool;

	for (size_t i = 0; (name = alert_service_label(in->context->config, i)); i++) {
		value = alert_label(labels, name);
		if (value)
			buf_addf(&key, "%s=%s\n", name, value);
	}
	value = alert_label(labels, "job");
	buf_addf(&key, "%s", value ? value : "");
	pool = strmap_get(pools->by_name, buf_str(&key));
	if (!pool) {
		pool = arena_alloc(pools->arena, sizeof(*pool));
		*pool = (struct pool){.first = labels, .job = value};
		strmap_put(pools->by_name, arena_strdup(pools->arena, buf_str(&key)), pool);
		*pools->last = pool;
		pools->last = &pool->next;
	}
	buf_free(&key);
	return pool;
}

static void count_target(struct pool *pool, const json_t *target)
{
	const char *health = json_get_text(target, "health");

	pool->targets++;
	if (health && !strcmp(health, "down")) {
		pool->down++;
		if (!pool->error)
			pool->error = json_get_text(target, "lastError");
	} else if (!health || strcmp(health, "up") != 0) {
		pool->unknown++;
	}
}

static void add_pool(struct prometheus_reading *in, const struct pool *pool)
{
	struct signal_list *list = &in->out->signals;
	enum signal_state state = SIGNAL_OK;
	struct signal *signal;

	if (pool->down)
		state = pool->down == pool->targets ? SIGNAL_CRITICAL : SIGNAL_WARNING;
	else if (pool->unknown == pool->targets)
		state = SIGNAL_UNKNOWN;
	signal = signal_add(list, SIGNAL_TARGET, state, "",
			    pool->job ? arena_strdup(list->arena, pool->job) : "targets");
	if (!signal)
		return;
	alert_keys(in->context->config, list, signal, pool->first);
	alert_labels(list, signal, pool->first);
	signal->id = alert_fingerprint(list->arena, pool->first);
	signal->text = arena_strdup(list->arena, pool->error);
	signal->value = arena_printf(list->arena, "%zu of %zu up",
				     pool->targets - pool->down - pool->unknown, pool->targets);
	signal->number =
	    (double)(pool->targets - pool->down - pool->unknown) / (double)pool->targets;
	signal->url = pool->job ? prometheus_link(in, "/targets?pool=", pool->job) : NULL;
}

int prometheus_targets(struct prometheus_reading *in, struct err *err)
{
	const json_t *targets = json_get_list(in->data, "activeTargets");
	struct pools pools = {.arena = in->out->signals.arena};
	json_t *target;
	size_t i;

	if (!targets)
		return json_get_lacks(err, "data.activeTargets", "list");
	pools.by_name = strmap_new();
	pools.last = &pools.first;
	json_array_foreach(targets, i, target)
	{
		const json_t *labels = json_get_object(target, "labels");

		if (labels && !is_probe(target))
			count_target(pool_of(in, &pools, labels), target);
	}
	for (const struct pool *pool = pools.first; pool; pool = pool->next)
		add_pool(in, pool);
	strmap_free(pools.by_name);
	return 0;
}
