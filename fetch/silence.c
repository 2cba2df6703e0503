#include "fetch/silence.h"

#include <stdlib.h>
#include <string.h>

#include "core/json_write.h"
#include "core/mem.h"
#include "core/regex.h"
#include "fetch/json_get.h"
#include "fetch/source.h"

#define MATCHERS_MAX 100

/* ---- matchers ---- */

const char *silence_operator(bool regex, bool equal)
{
	if (regex)
		return equal ? "=~" : "!~";
	return equal ? "=" : "!=";
}

/* Which copy of a thing, not which thing; or who told of it. */
static bool names_copy(const char *label)
{
	static const char *const labels[] = {
	    "instance",
	    "pod",
	    "pod_name",
	    "pod_ip",
	    "container_id",
	    "uid",
	    "node",
	    "host",
	    "hostname",
	    "endpoint",
	    "prometheus",
	    "replica",
	    "prometheus_replica",
	    "ip",
	    "pid",
	    "__replica__",
	    "receive",
	    "kubernetes_pod_name",
	    SIGNAL_RECEIVERS,
	};

	for (size_t i = 0; i < ARRAY_LEN(labels); i++)
		if (!strcmp(label, labels[i]))
			return true;
	return false;
}

struct silence_matcher *silence_matchers(const struct signal_label *labels, size_t count,
					 struct arena *arena, size_t *matcher_count)
{
	struct silence_matcher *matchers = arena_alloc(arena, (count + 1) * sizeof(*matchers));

	*matcher_count = 0;
	for (int all = 0; all < 2 && !*matcher_count; all++)
		for (size_t i = 0; i < count; i++)
			if (strcmp(labels[i].name, SIGNAL_RECEIVERS) != 0 && *labels[i].value &&
			    (all || !names_copy(labels[i].name)))
				matchers[(*matcher_count)++] = (struct silence_matcher){
				    labels[i].name, labels[i].value, false, true};
	return matchers;
}

/* 1, 0; -1: the regex is none. */
static int matcher_fits(const struct silence_matcher *matcher, const char *value)
{
	struct regex *regex;
	char *anchored;
	bool fits;

	if (!matcher->regex)
		return !strcmp(matcher->value, value) == matcher->equal;
	anchored = xasprintf("^(?:%s)\\z", matcher->value);
	regex = regex_new(anchored, REGEX_ONCE, NULL);
	free(anchored);
	if (!regex)
		return -1;
	fits = regex_test(regex, value);
	regex_free(regex);
	return fits == matcher->equal;
}

bool silence_matches(const struct silence *silence, const struct signal_label *labels, size_t count)
{
	for (size_t i = 0; i < silence->matcher_count; i++) {
		const struct silence_matcher *matcher = &silence->matchers[i];
		const char *value = "";

		for (size_t j = 0; j < count; j++)
			if (!strcmp(labels[j].name, matcher->name))
				value = labels[j].value;
		if (matcher_fits(matcher, value) != 1)
			return false;
	}
	return silence->matcher_count > 0;
}

/* ---- matchers as text ---- */

void silence_write_matchers(const struct silence_matcher *matchers, size_t count, struct buf *out)
{
	for (size_t i = 0; i < count; i++) {
		buf_addf(out, "%s%s%s\"", i ? ", " : "", matchers[i].name,
			 silence_operator(matchers[i].regex, matchers[i].equal));
		for (const char *c = matchers[i].value; *c; c++) {
			if (*c == '"' || *c == '\\')
				buf_addc(out, '\\');
			if (*c == '\n')
				buf_adds(out, "\\n");
			else
				buf_addc(out, *c);
		}
		buf_addc(out, '"');
	}
}

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

static bool read_operator(const char **at, struct silence_matcher *matcher)
{
	const char *p = *at;

	matcher->equal = *p != '!';
	if (*p != '=' && *p != '!')
		return false;
	p++;
	matcher->regex = *p == '~';
	if (matcher->regex)
		p++;
	else if (!matcher->equal && *p++ != '=')
		return false;
	*at = p;
	return true;
}

/* A value in quotes with escapes, or a bare one up to the next comma; NULL: quotes stay open. */
static const char *read_value(const char **at, struct arena *arena)
{
	const char *p = *at;
	char *value, *out;
	size_t len;

	if (*p != '"') {
		len = strcspn(p, ",}");
		*at = p + len;
		while (len && (p[len - 1] == ' ' || p[len - 1] == '\t'))
			len--;
		return arena_memdup0(arena, p, len);
	}
	out = value = arena_alloc(arena, strlen(p) + 1);
	for (p++; *p && *p != '"'; p++) {
		if (*p == '\\' && p[1])
			p++;
		else {
			*out++ = *p;
			continue;
		}
		*out++ = *p == 'n' ? '\n' : *p;
	}
	if (!*p)
		return NULL;
	*at = p + 1;
	return value;
}

static bool is_name(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
	       (!first && c >= '0' && c <= '9') || c == '.' || c == '-' || c == '/';
}

static int read_matcher(const char **at, struct arena *arena, struct silence_matcher *matcher,
			struct err *err)
{
	static const char fix[] = "write service=\"checkout\", or !=, =~, !~";
	const char *name = *at, *p = name;

	while (is_name(*p, p == name))
		p++;
	if (p == name)
		return err_set(err, NULL, fix, "a label's name is missing at \"%.20s\"", name);
	matcher->name = arena_memdup0(arena, name, (size_t)(p - name));
	p = skip_blanks(p);
	if (!read_operator(&p, matcher))
		return err_set(err, NULL, fix, "no = behind %s", matcher->name);
	p = skip_blanks(p);
	matcher->value = read_value(&p, arena);
	if (!matcher->value)
		return err_set(err, NULL, "close it", "the quotes of %s stay open", matcher->name);
	*at = skip_blanks(p);
	return 0;
}

int silence_read_matchers(const char *text, struct arena *arena, struct silence_matcher **matchers,
			  size_t *count, struct err *err)
{
	const char *p = skip_blanks(text);
	bool braces = *p == '{';

	*matchers = arena_alloc(arena, MATCHERS_MAX * sizeof(**matchers));
	*count = 0;
	p = skip_blanks(p + braces);
	while (*p && *p != '}') {
		if (*count == MATCHERS_MAX)
			return err_set(err, NULL, NULL, "more than %d matchers", MATCHERS_MAX);
		if (read_matcher(&p, arena, &(*matchers)[(*count)++], err) < 0)
			return -1;
		if (*p == ',')
			p = skip_blanks(p + 1);
		else if (*p && *p != '}')
			return err_set(err, NULL, "put a comma between matchers",
				       "no comma before \"%.20s\"", p);
	}
	if (*p == '}' && (!braces || *skip_blanks(p + 1)))
		return err_set(err, NULL, NULL, "a brace too many");
	if (braces && *p != '}')
		return err_set(err, NULL, NULL, "the brace stays open");
	return 0;
}

/* ---- sending ---- */

int silence_check(const struct silence *silence, int64_t now, struct err *err)
{
	bool some = false;

	for (size_t i = 0; i < silence->matcher_count; i++) {
		const struct silence_matcher *matcher = &silence->matchers[i];
		int fits = matcher_fits(matcher, "");

		if (fits < 0)
			return err_set(err, NULL, NULL, "the value of %s is no regex",
				       matcher->name);
		some |= !fits;
	}
	if (!silence->matcher_count)
		return err_set(
		    err, NULL, "write service=\"checkout\"",
		    "a silence needs a matcher: without one it would silence everything");
	if (!some)
		return err_set(
		    err, NULL, "name a label's value",
		    "every matcher fits what has no such label: it would silence too much");
	if (silence->ends <= silence->starts)
		return err_set(err, NULL, NULL, "the silence ends before it starts");
	if (silence->ends <= now)
		return err_set(err, NULL, NULL, "the silence ends in the past");
	if (!silence->author || !*silence->author)
		return err_set(err, NULL, NULL, "a silence needs an author");
	if (!silence->comment || !*silence->comment)
		return err_set(err, NULL, "say why, for who comes after you",
			       "a silence needs a comment");
	return 0;
}

void silence_body(const struct silence *silence, struct buf *out)
{
	struct json_writer json = {.out = out};
	char time[TIME_TEXT_MAX];

	json_open(&json, NULL, '{');
	if (silence->id)
		json_str(&json, "id", silence->id);
	json_open(&json, "matchers", '[');
	for (size_t i = 0; i < silence->matcher_count; i++) {
		json_open(&json, NULL, '{');
		json_str(&json, "name", silence->matchers[i].name);
		json_str(&json, "value", silence->matchers[i].value);
		json_bool(&json, "isRegex", silence->matchers[i].regex);
		json_bool(&json, "isEqual", silence->matchers[i].equal);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_str(&json, "startsAt", time_text(silence->starts, time));
	json_str(&json, "endsAt", time_text(silence->ends, time));
	json_str(&json, "createdBy", silence->author);
	json_str(&json, "comment", silence->comment);
	json_close(&json, '}');
}

const char *silence_path(const char *id, struct arena *arena)
{
	return arena_printf(arena, "/api/v2/silence/%s", source_escape(arena, id));
}

/* ---- answers ---- */

/* Alertmanager's words: a bare text, {"code", "message"}, or {"error"} of a proxy before it. */
static void read_refusal(long status, const char *body, size_t len, struct err *err)
{
	json_t *json = json_get_parse(body, len, NULL);
	const char *words = json_string_value(json);

	if (!words)
		words = json_get_text(json, "message");
	if (!words)
		words = json_get_text(json, "error");
	if (words)
		err_set(err, NULL, NULL, "Alertmanager refuses: %s", words);
	else if (status == 401 || status == 403)
		err_set(err, NULL, "the source's auth needs the right to write",
			"Alertmanager refuses (status %ld)", status);
	else if (status == 404)
		err_set(err, NULL, NULL, "Alertmanager knows no such silence (status 404)");
	else
		err_set(err, NULL, NULL, "Alertmanager answers with status %ld", status);
	json_decref(json);
}

const char *silence_answer(long status, const char *body, size_t len, struct arena *arena,
			   struct err *err)
{
	const char *id = "";
	json_t *json;

	if (status < 200 || status > 299) {
		read_refusal(status, body, len, err);
		return NULL;
	}
	if (!len)
		return id;
	json = json_get_parse(body, len, err);
	if (!json)
		return NULL;
	id = json_get_copy(json, "silenceID", arena);
	json_decref(json);
	if (!id)
		json_get_lacks(err, "silenceID", "text");
	return id;
}
