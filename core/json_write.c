#include "core/json_write.h"

#include <string.h>
#include <time.h>

#include "core/text.h"

/* What a terminal or an editor might act on when the JSON is looked at. */
static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/* How many bytes from s on stand for themselves. */
static size_t plain_len(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] >= ' ' && s[n] < 0x7f && s[n] != '"' && s[n] != '\\')
		n++;
	return n;
}

static void quote(struct buf *out, const char *s)
{
	size_t len = strlen(s);

	buf_addc(out, '"');
	while (len) {
		uint32_t c;
		size_t plain = plain_len(s, len), used;

		buf_add(out, s, plain);
		s += plain;
		len -= plain;
		if (!len)
			break;
		used = text_decode(s, len, &c);
		if (!used)
			buf_adds(out, "\xef\xbf\xbd");
		else if (c == '"' || c == '\\')
			buf_addf(out, "\\%c", (char)c);
		else if (c == '\n')
			buf_adds(out, "\\n");
		else if (is_control(c))
			buf_addf(out, "\\u%04x", (unsigned)c);
		else
			buf_add(out, s, used);
		used += !used;
		s += used;
		len -= used;
	}
	buf_addc(out, '"');
}

static void new_line(struct json_writer *json)
{
	if (!json->pretty)
		return;
	buf_addc(json->out, '\n');
	for (unsigned left = json->depth * 2; left;) {
		static const char blanks[] = "                                ";
		unsigned some = left < sizeof(blanks) - 1 ? left : sizeof(blanks) - 1;

		buf_add(json->out, blanks, some);
		left -= some;
	}
}

static void begin(struct json_writer *json, const char *key)
{
	if (json->depth) {
		if (json->some[json->depth - 1])
			buf_addc(json->out, ',');
		json->some[json->depth - 1] = true;
		new_line(json);
	}
	if (!key)
		return;
	quote(json->out, key);
	buf_adds(json->out, json->pretty ? ": " : ":");
}

void json_open(struct json_writer *json, const char *key, char bracket)
{
	begin(json, key);
	buf_addc(json->out, bracket);
	if (json->depth < JSON_MAX_DEPTH)
		json->some[json->depth++] = false;
}

void json_close(struct json_writer *json, char bracket)
{
	bool some = json->some[--json->depth];

	if (some)
		new_line(json);
	buf_addc(json->out, bracket);
}

void json_str(struct json_writer *json, const char *key, const char *value)
{
	begin(json, key);
	if (value)
		quote(json->out, value);
	else
		buf_adds(json->out, "null");
}

void json_int(struct json_writer *json, const char *key, int64_t value)
{
	begin(json, key);
	buf_addf(json->out, "%lld", (long long)value);
}

void json_float(struct json_writer *json, const char *key, double value)
{
	begin(json, key);
	buf_addf(json->out, "%.3f", value);
}

void json_bool(struct json_writer *json, const char *key, bool value)
{
	begin(json, key);
	buf_adds(json->out, value ? "true" : "false");
}

void json_none(struct json_writer *json, const char *key)
{
	json_str(json, key, NULL);
}

const char *time_text(int64_t seconds, char out[TIME_TEXT_MAX])
{
	time_t time = (time_t)seconds;
	struct tm tm;

	out[0] = '\0';
	if (seconds < 0 || seconds > INT64_C(253402300799) || !gmtime_r(&time, &tm))
		return out;
	strftime(out, TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return out;
}

void json_time(struct json_writer *json, const char *key, int64_t time)
{
	char text[TIME_TEXT_MAX];

	json_str(json, key, time > 0 && *time_text(time, text) ? text : NULL);
}
