#include <ctype.h>
#include <string.h>

#include "core/incident.h"
#include "core/mem.h"

/* How well a heading fits an alert's name: words in common, the telling ones more. */

#define MAX_WORDS 24
#define MAX_BYTES 24

struct fit_word {
	char text[MAX_BYTES];
	unsigned weight;
};

struct fit_words {
	struct fit_word words[MAX_WORDS];
	size_t count;
	unsigned weight; /* of all */
};

/* Words that any alert has: they decide only between headings that are alike. */
static const char *const weak[] = {
    "high",    "low",  "too",	   "many",    "is",    "are",	"the",	"a",   "an", "of",
    "on",      "in",   "for",	   "to",      "and",   "or",	"has",	"not", "no", "when",
    "with",    "by",   "alert",	   "alerts",  "what",  "do",	"how",	"why", "if", "it",
    "service", "rate", "critical", "warning", "above", "below", "from", "at",
};

/* Words for the same trouble: each line's first stands for all. */
static const char *const same[][6] = {
    {"error", "5xx", "failure", "fail", "exception", "500"},
    {"slow", "latency", "duration", "lag", "delay"},
    {"down", "unavailable", "outage", "unreachable", "absent", "missing"},
    {"memory", "oom", "ram", "heap"},
    {"disk", "storage", "volume", "space", "filesystem"},
    {"certificate", "cert", "tls", "ssl"},
    {"database", "db", "postgres", "mysql"},
    {"queue", "backlog", "consumer"},
    {"crash", "crashloop", "restart", "crashlooping"},
};

static bool is_weak(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(weak); i++)
		if (!strcmp(weak[i], word))
			return true;
	return false;
}

/* "errors" and "failing" as "error" and "fail"; short words stay. */
static void stem(char *word)
{
	static const char *const endings[] = {"ings", "ing", "ies", "ed", "es", "s"};
	size_t len = strlen(word);

	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		size_t end = strlen(endings[i]);

		if (len < end + 4 - (end == 1) || strcmp(word + len - end, endings[i]) != 0)
			continue;
		if (end == 1 && word[len - 2] == 's')
			return;
		word[len - end] = '\0';
		if (!strcmp(endings[i], "ies"))
			memcpy(word + len - end, "y", 2);
		return;
	}
}

static const char *canonical(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(same); i++)
		for (size_t j = 0; j < ARRAY_LEN(same[i]) && same[i][j]; j++)
			if (!strcmp(same[i][j], word))
				return same[i][0];
	return word;
}

static void add_word(struct fit_words *out, const char *bytes, size_t len)
{
	struct fit_word *word = &out->words[out->count];
	bool common;

	if (!len || len >= MAX_BYTES || out->count == MAX_WORDS)
		return;
	for (size_t i = 0; i < len; i++)
		word->text[i] = (char)tolower((unsigned char)bytes[i]);
	word->text[len] = '\0';
	common = is_weak(word->text);
	stem(word->text);
	if (canonical(word->text) != word->text) {
		const char *text = canonical(word->text);

		memcpy(word->text, text, strlen(text) + 1);
	}
	for (size_t i = 0; i < out->count; i++)
		if (!strcmp(out->words[i].text, word->text))
			return;
	word->weight = common ? 1 : 4;
	out->weight += word->weight;
	out->count++;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Whether a word ends before text[i]: "errorsHigh", "HTTPErrors" before the E. */
static bool camel_break(const char *text, size_t i)
{
	bool upper = isupper((unsigned char)text[i]);

	if (upper && (islower((unsigned char)text[i - 1]) || isdigit((unsigned char)text[i - 1])))
		return true;
	return upper && isupper((unsigned char)text[i - 1]) && islower((unsigned char)text[i + 1]);
}

static void split(const char *text, struct fit_words *out)
{
	size_t start = 0, i;

	for (i = 0; i < 512 && text[i]; i++) {
		if (!is_word(text[i])) {
			add_word(out, text + start, i - start);
			start = i + 1;
		} else if (i > start && camel_break(text, i)) {
			add_word(out, text + start, i - start);
			start = i;
		}
	}
	add_word(out, text + start, i - start);
}

/* Whether the heading is, or has in it, the alert's name itself, case and signs apart. */
static bool names_it(const char *heading, const char *alert)
{
	size_t h = 0;

	for (; heading[h]; h++) {
		size_t a = 0, at = h;

		if (h && is_word(heading[h - 1]))
			continue;
		while (alert[a] && heading[at] &&
		       tolower((unsigned char)alert[a]) == tolower((unsigned char)heading[at])) {
			a++;
			at++;
		}
		if (a >= 4 && !alert[a] && !is_word(heading[at]))
			return true;
	}
	return false;
}

unsigned incident_fit(const char *alert, const char *heading)
{
	struct fit_words left = {0}, right = {0};
	unsigned common = 0;

	if (!alert || !heading || !*alert || !*heading)
		return 0;
	if (names_it(heading, alert))
		return 1000;
	split(alert, &left);
	split(heading, &right);
	for (size_t i = 0; i < left.count; i++)
		for (size_t j = 0; j < right.count; j++)
			if (!strcmp(left.words[i].text, right.words[j].text))
				common += left.words[i].weight < right.words[j].weight
					      ? left.words[i].weight
					      : right.words[j].weight;
	/* Words like "high" alone fit nothing. */
	if (common < 4)
		return 0;
	return 900 * common * common / (left.weight * right.weight);
}
