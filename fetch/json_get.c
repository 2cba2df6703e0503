#include "fetch/json_get.h"

#include <math.h>
#include <string.h>

#include "core/mem.h"

#define TIME_LAST INT64_C(253402300799) /* the last second of the year 9999 */

/* ---- parsing ---- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* jansson's own limit of depth is deep for a stack, and it has none of count. */
static int check_shape(const char *body, size_t len, struct err *err)
{
	size_t depth = 0, values = 1;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		char c = body[i];

		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			depth++;
			values++;
		} else if (c == '}' || c == ']') {
			depth -= depth > 0;
		} else if (c == ',') {
			values++;
		}
		if (depth > JSON_GET_DEPTH)
			return err_set(err, NULL, NULL, "the answer is nested more than %d deep",
				       JSON_GET_DEPTH);
		if (values > JSON_GET_VALUES)
			return err_set(err, NULL, NULL, "the answer has more than %d values",
				       JSON_GET_VALUES);
	}
	return 0;
}

/* The first words of a body that is a text for people, "" where it is none. */
static const char *first_words(const char *body, size_t len, char out[64])
{
	size_t n = 0;

	while (n < len && n < 60 && body[n] != '\n' && body[n] >= ' ' && body[n] < 127) {
		out[n] = body[n];
		n++;
	}
	out[n] = '\0';
	return out;
}

static json_t *not_json(const char *body, size_t len, const json_error_t *error, struct err *err)
{
	char words[64];

	switch (json_error_code(error)) {
	case json_error_premature_end_of_input:
		err_set(err, NULL, NULL, "the answer ends in the middle, after %zu bytes", len);
		break;
	case json_error_invalid_utf8:
		err_set(err, NULL, NULL, "the answer is not in UTF-8 (line %d)", error->line);
		break;
	default:
		if (*body != '{' && *body != '[' && *first_words(body, len, words))
			err_set(err, NULL, "check the source's url", "no JSON, but a text: \"%s\"",
				words);
		else
			err_set(err, NULL, NULL, "the answer is broken JSON (line %d)",
				error->line);
	}
	return NULL;
}

json_t *json_get_parse(const char *body, size_t len, struct err *err)
{
	const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
	json_error_t error;
	json_t *json;

	if (len >= 3 && !memcmp(body, "\xef\xbb\xbf", 3)) {
		body += 3;
		len -= 3;
	}
	while (len && is_space(*body)) {
		body++;
		len--;
	}
	if (!len) {
		err_set(err, NULL, "check the source's url", "the answer is empty");
		return NULL;
	}
	if (*body == '<') {
		err_set(err, NULL, "check the source's url and auth",
			"HTML instead of JSON: a login page or a wrong URL?");
		return NULL;
	}
	if (check_shape(body, len, err) < 0)
		return NULL;
	json = json_loadb(body, len, flags, &error);
	if (!json && json_error_code(&error) == json_error_numeric_overflow)
		json = json_loadb(body, len, flags | JSON_DECODE_INT_AS_REAL, &error);
	return json ? json : not_json(body, len, &error, err);
}

/* ---- members ---- */

json_t *json_get(const json_t *in, const char *path)
{
	const char *dot;

	for (; in && (dot = strchr(path, '.')); path = dot + 1)
		in = json_object_getn(in, path, (size_t)(dot - path));
	in = json_object_get(in, path);
	return json_is_null(in) ? NULL : (json_t *)in;
}

json_t *json_get_list(const json_t *in, const char *path)
{
	json_t *value = json_get(in, path);

	return json_is_array(value) ? value : NULL;
}

json_t *json_get_object(const json_t *in, const char *path)
{
	json_t *value = json_get(in, path);

	return json_is_object(value) ? value : NULL;
}

int json_get_lacks(struct err *err, const char *path, const char *what)
{
	return err_set(err, NULL, "check the source's type and url",
		       "the answer is JSON, but has no %s \"%s\": is it another program's?", what,
		       path);
}

const char *json_get_text(const json_t *in, const char *path)
{
	const char *text = json_string_value(json_get(in, path));

	return text && *text ? text : NULL;
}

char *json_get_copy(const json_t *in, const char *path, struct arena *arena)
{
	return arena_strdup(arena, json_get_text(in, path));
}

bool json_get_bool(const json_t *in, const char *path, bool fallback)
{
	const json_t *value = json_get(in, path);

	return json_is_boolean(value) ? json_is_true(value) : fallback;
}

/* The whole part of a real; what does not fit, the fallback. */
static int64_t whole(double real, int64_t fallback)
{
	return real > -9e18 && real < 9e18 ? (int64_t)real : fallback;
}

int64_t json_get_int(const json_t *in, const char *path, int64_t fallback)
{
	const json_t *value = json_get(in, path);

	if (json_is_integer(value))
		return json_integer_value(value);
	return json_is_real(value) ? whole(json_real_value(value), fallback) : fallback;
}

/* A text as Prometheus writes numbers; strtod() would ask the locale for its decimal point. */
static bool number_of_text(const char *text, double *number)
{
	static const struct {
		const char *text;
		double number;
	} words[] = {{"NaN", NAN}, {"+Inf", INFINITY}, {"Inf", INFINITY}, {"-Inf", -INFINITY}};
	json_t *value;
	bool known;

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!strcmp(text, words[i].text)) {
			*number = words[i].number;
			return true;
		}
	}
	value = strlen(text) < 400 ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
	known = json_is_number(value);
	if (known)
		*number = json_number_value(value);
	json_decref(value);
	return known;
}

bool json_get_as_number(const json_t *value, double *number)
{
	if (json_is_string(value))
		return number_of_text(json_string_value(value), number);
	if (!json_is_number(value))
		return false;
	*number = json_number_value(value);
	return true;
}

bool json_get_number(const json_t *in, const char *path, double *number)
{
	return json_get_as_number(json_get(in, path), number);
}

/* ---- times ---- */

/* Exactly so many digits; -1 for others. */
static int digits(const char **at, int count)
{
	int value = 0;

	for (int i = 0; i < count; i++, (*at)++) {
		if (**at < '0' || **at > '9')
			return -1;
		value = 10 * value + (**at - '0');
	}
	return value;
}

static bool eat(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

/* "01:54:52.822949855"; seconds of the day, -1 for others. 23:59:60 is a leap second. */
static int read_clock(const char **at)
{
	int hour = digits(at, 2), minute, second;

	if (hour < 0 || hour > 23 || !eat(at, ':'))
		return -1;
	minute = digits(at, 2);
	if (minute < 0 || minute > 59 || !eat(at, ':'))
		return -1;
	second = digits(at, 2);
	if (second < 0 || second > 60)
		return -1;
	if (eat(at, '.') && digits(at, 1) < 0)
		return -1;
	while (**at >= '0' && **at <= '9')
		(*at)++;
	return (60 * hour + minute) * 60 + second;
}

/* "Z", "+01:00", "+0100" or nothing; seconds east of UTC. */
static bool read_offset(const char **at, int *seconds)
{
	int sign = **at == '-' ? -1 : 1, hours, minutes;

	*seconds = 0;
	if (!**at || eat(at, 'Z') || eat(at, 'z'))
		return true;
	if (!eat(at, '+') && !eat(at, '-'))
		return false;
	hours = digits(at, 2);
	eat(at, ':');
	minutes = digits(at, 2);
	if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
		return false;
	*seconds = sign * (60 * hours + minutes) * 60;
	return true;
}

/* Days since 1970-01-01 (Howard Hinnant's days_from_civil). */
static int64_t days_of(int year, int month, int day)
{
	int y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
	int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return (int64_t)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

bool json_get_parse_time(const char *text, int64_t *seconds)
{
	int year = digits(&text, 4), month, day, clock = 0, offset = 0;
	int64_t time;

	*seconds = 0;
	if (year < 0 || !eat(&text, '-'))
		return false;
	month = digits(&text, 2);
	if (month < 1 || month > 12 || !eat(&text, '-'))
		return false;
	day = digits(&text, 2);
	if (day < 1 || day > 31)
		return false;
	if (*text) {
		if (!eat(&text, 'T') && !eat(&text, 't') && !eat(&text, ' '))
			return false;
		clock = read_clock(&text);
		if (clock < 0 || !read_offset(&text, &offset) || *text)
			return false;
	}
	time = days_of(year, month, day) * 86400 + clock - offset;
	*seconds = time > 0 ? time : 0;
	return true;
}

int64_t json_get_time(const json_t *in, const char *path)
{
	const json_t *value = json_get(in, path);
	int64_t seconds = 0;

	if (json_is_string(value))
		json_get_parse_time(json_string_value(value), &seconds);
	else
		seconds = json_get_int(in, path, 0);
	return seconds > 0 && seconds <= TIME_LAST ? seconds : 0;
}
