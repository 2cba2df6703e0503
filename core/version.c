#include "core/version.h"

#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/span.h"

#define MAX_NUMBERS 8
#define MAX_RANGE   1024

enum stage { STAGE_PRE, STAGE_RELEASE, STAGE_POST };

struct version {
	uint64_t epoch; /* of Python: 1!2.0 */
	uint64_t numbers[MAX_NUMBERS];
	unsigned count;
	bool wild; /* of a range: ends in .x or .* */
	enum stage stage;
	const char *rest; /* what follows the numbers, without build metadata */
	size_t rest_len;
};

static uint64_t number(const char **at, const char *end)
{
	uint64_t value = 0;

	for (; *at < end && isdigit((unsigned char)**at); (*at)++) {
		uint64_t digit = (uint64_t)(**at - '0');
		value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
	}
	return value;
}

static bool word_is(struct span word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (span_is_icase(word, list[i]))
			return true;
	}
	return false;
}

/* What the text behind the numbers makes of a version. */
static enum stage stage_of(const char *rest, size_t len)
{
	static const char *const release[] = {"final", "ga", "release", "jre", "android", "stable"};
	static const char *const post[] = {"post", "sp", "p", "patch", "pl", "rev", "r"};
	struct span word = {rest, 0};

	while (len && strchr(".-_", *word.at)) {
		word.at++;
		len--;
	}
	if (!len)
		return STAGE_RELEASE;
	while (word.len < len && isalpha((unsigned char)word.at[word.len]))
		word.len++;
	if (word_is(word, release, ARRAY_LEN(release)))
		return STAGE_RELEASE;
	return word_is(word, post, ARRAY_LEN(post)) ? STAGE_POST : STAGE_PRE;
}

static bool is_wildcard(const char *at, const char *end)
{
	return at < end && strchr("xX*", *at) && *at &&
	       (at + 1 == end || !isalnum((unsigned char)at[1]));
}

static bool parse(struct span text, struct version *out)
{
	const char *at = text.at, *end = text.at + text.len, *plus;

	*out = (struct version){0};
	if (at < end && (*at == 'v' || *at == 'V'))
		at++;
	if (is_wildcard(at, end)) {
		out->wild = true;
		return true;
	}
	while (at < end && isdigit((unsigned char)*at)) {
		uint64_t value = number(&at, end);

		if (at < end && *at == '!' && !out->count && !out->epoch) {
			out->epoch = value;
			at++;
			continue;
		}
		if (out->count < MAX_NUMBERS)
			out->numbers[out->count++] = value;
		if (at + 1 < end && *at == '.' && is_wildcard(at + 1, end)) {
			out->wild = true;
			return true;
		}
		if (at + 1 >= end || *at != '.' || !isdigit((unsigned char)at[1]))
			break;
		at++;
	}
	plus = memchr(at, '+', (size_t)(end - at));
	out->rest = at;
	out->rest_len = (size_t)((plus ? plus : end) - at);
	out->stage = stage_of(out->rest, out->rest_len);
	return out->count > 0;
}

static int compare_numbers(const struct version *a, const struct version *b)
{
	if (a->epoch != b->epoch)
		return a->epoch < b->epoch ? -1 : 1;
	for (unsigned i = 0; i < MAX_NUMBERS; i++) {
		if (a->numbers[i] != b->numbers[i])
			return a->numbers[i] < b->numbers[i] ? -1 : 1;
	}
	return 0;
}

/* The next run of digits or letters; false at the end. */
static bool next_run(const char **at, const char *end, struct span *run)
{
	bool digits;

	while (*at < end && !isalnum((unsigned char)**at))
		(*at)++;
	if (*at == end)
		return false;
	run->at = *at;
	digits = isdigit((unsigned char)**at);
	while (*at < end && isalnum((unsigned char)**at) &&
	       digits == (isdigit((unsigned char)**at) != 0))
		(*at)++;
	run->len = (size_t)(*at - run->at);
	return true;
}

static int compare_runs(struct span a, struct span b)
{
	bool digits_a = isdigit((unsigned char)*a.at), digits_b = isdigit((unsigned char)*b.at);
	const char *at_a = a.at, *at_b = b.at;
	int order;

	if (digits_a != digits_b)
		return digits_a ? -1 : 1;
	if (digits_a) {
		uint64_t value_a = number(&at_a, a.at + a.len);
		uint64_t value_b = number(&at_b, b.at + b.len);
		return value_a < value_b ? -1 : value_a > value_b;
	}
	order = strncasecmp(a.at, b.at, a.len < b.len ? a.len : b.len);
	if (order)
		return order < 0 ? -1 : 1;
	return a.len < b.len ? -1 : a.len > b.len;
}

static int compare_rest(const struct version *a, const struct version *b)
{
	const char *at_a = a->rest, *at_b = b->rest;
	struct span run_a, run_b;

	if (a->stage != b->stage)
		return a->stage < b->stage ? -1 : 1;
	if (a->stage == STAGE_RELEASE)
		return 0;
	for (;;) {
		bool more_a = next_run(&at_a, a->rest + a->rest_len, &run_a);
		bool more_b = next_run(&at_b, b->rest + b->rest_len, &run_b);
		int order;

		if (!more_a || !more_b)
			return (int)more_a - (int)more_b;
		order = compare_runs(run_a, run_b);
		if (order)
			return order;
	}
}

static int compare(const struct version *a, const struct version *b)
{
	int order = compare_numbers(a, b);

	return order ? order : compare_rest(a, b);
}

int version_compare(const char *a, const char *b)
{
	struct version va, vb;
	bool ok_a = parse(span_of(a), &va) && !va.wild;
	bool ok_b = parse(span_of(b), &vb) && !vb.wild;

	if (ok_a && ok_b)
		return compare(&va, &vb);
	if (ok_a != ok_b)
		return ok_a ? 1 : -1;
	return strcmp(a, b);
}

/* Below the release bound, its pre-releases not among them unless bound is one itself. */
static bool below(const struct version *version, const struct version *bound)
{
	if (bound->stage == STAGE_RELEASE && compare_numbers(version, bound) == 0)
		return false;
	return compare(version, bound) < 0;
}

/* The release that follows all versions which agree with version in numbers 0..index. */
static struct version bumped(const struct version *version, unsigned index)
{
	struct version next = {.epoch = version->epoch, .stage = STAGE_RELEASE, .rest = ""};

	memcpy(next.numbers, version->numbers, sizeof(next.numbers));
	for (unsigned i = index + 1; i < MAX_NUMBERS; i++)
		next.numbers[i] = 0;
	if (next.numbers[index] < UINT64_MAX)
		next.numbers[index]++;
	next.count = index + 1;
	return next;
}

static bool between(const struct version *version, const struct version *low, unsigned index)
{
	struct version high = bumped(low, index);

	return compare(version, low) >= 0 && below(version, &high);
}

static bool has_prefix(const struct version *version, const struct version *prefix)
{
	if (version->epoch != prefix->epoch)
		return false;
	return !memcmp(version->numbers, prefix->numbers, prefix->count * sizeof(uint64_t));
}

/* The index of the number that "^" lets nobody change. */
static unsigned caret_index(const struct version *bound)
{
	for (unsigned i = 0; i < bound->count; i++) {
		if (bound->numbers[i])
			return i;
	}
	return bound->count - 1;
}

enum op { OP_EQ, OP_NE, OP_GE, OP_GT, OP_LE, OP_LT, OP_CARET, OP_TILDE, OP_PESSIMISTIC };

/* The longer ones first. */
static const struct {
	const char *text;
	enum op op;
} operators[] = {
    {"===", OP_EQ}, {"==", OP_EQ},	    {"!=", OP_NE},	    {">=", OP_GE},
    {"<=", OP_LE},  {"~>", OP_PESSIMISTIC}, {"~=", OP_PESSIMISTIC}, {"=", OP_EQ},
    {">", OP_GT},   {"<", OP_LT},	    {"^", OP_CARET},	    {"~", OP_TILDE},
};

/* A comparator whose bound ends in a wildcard, or is one. */
static bool holds_wild(enum op op, const struct version *version, const struct version *bound)
{
	bool equal = has_prefix(version, bound);

	switch (op) {
	case OP_NE:
		return !equal;
	case OP_GT:
		return !equal && compare(version, bound) > 0;
	case OP_LT:
		return !equal && compare(version, bound) < 0;
	case OP_GE:
		return equal || compare(version, bound) > 0;
	case OP_LE:
		return equal || compare(version, bound) < 0;
	default:
		return equal;
	}
}

static bool holds(enum op op, const struct version *version, const struct version *bound)
{
	if (bound->wild)
		return holds_wild(op, version, bound);
	switch (op) {
	case OP_EQ:
		return compare(version, bound) == 0;
	case OP_NE:
		return compare(version, bound) != 0;
	case OP_GE:
		return compare(version, bound) >= 0;
	case OP_GT:
		return compare(version, bound) > 0;
	case OP_LE:
		return compare(version, bound) <= 0;
	case OP_LT:
		return below(version, bound);
	case OP_CARET:
		return between(version, bound, caret_index(bound));
	case OP_TILDE:
		return between(version, bound, bound->count > 1 ? 1 : 0);
	case OP_PESSIMISTIC:
		return between(version, bound, bound->count > 1 ? bound->count - 2 : 0);
	}
	return false;
}

static bool is_gap(char c)
{
	return c == ',' || isspace((unsigned char)c);
}

static void skip_gaps(const char **at, const char *end)
{
	while (*at < end && is_gap(**at))
		(*at)++;
}

static struct span take_word(const char **at, const char *end)
{
	struct span word = {*at, 0};

	while (*at < end && !is_gap(**at) && !strchr("<>=~^", **at) &&
	       !(**at == '!' && *at + 1 < end && (*at)[1] == '='))
		(*at)++;
	word.len = (size_t)(*at - word.at);
	return word;
}

static enum op take_operator(const char **at, const char *end)
{
	for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
		size_t len = strlen(operators[i].text);

		if ((size_t)(end - *at) >= len && !memcmp(*at, operators[i].text, len)) {
			*at += len;
			return operators[i].op;
		}
	}
	return OP_EQ;
}

/* Takes "- 2.3" of the hyphen range "1.2 - 2.3"; a partial upper end means all of it. */
static bool take_hyphen(const char **at, const char *end, struct version *high)
{
	const char *next = *at;

	skip_gaps(&next, end);
	if (end - next < 3 || next[0] != '-' || !isspace((unsigned char)next[1]))
		return false;
	next++;
	skip_gaps(&next, end);
	if (!parse(take_word(&next, end), high))
		return false;
	if (!high->wild && high->count < 3 && !high->rest_len)
		high->wild = true;
	*at = next;
	return true;
}

/* All comparators of text hold; false too when there is something else in it. */
static bool holds_all(const struct version *version, struct span text)
{
	const char *at = text.at, *end = text.at + text.len;

	for (;;) {
		struct version bound, high;
		struct span word;
		enum op op;

		skip_gaps(&at, end);
		if (at == end)
			return true;
		op = take_operator(&at, end);
		while (at < end && isspace((unsigned char)*at))
			at++;
		word = take_word(&at, end);
		if (op == OP_EQ && (span_is(word, "and") || span_is(word, "&&")))
			continue;
		if (!parse(word, &bound))
			return false;
		if (op == OP_EQ && take_hyphen(&at, end, &high)) {
			if (!holds(OP_GE, version, &bound) || !holds(OP_LE, version, &high))
				return false;
		} else if (!holds(op, version, &bound)) {
			return false;
		}
	}
}

/* One interval of Maven, brackets included: "[1.0,2.0)", "(,1]", "[1.5]". */
static bool in_interval(const struct version *version, struct span text)
{
	bool from = text.at[0] == '[', to = text.at[text.len - 1] == ']';
	struct span inner = {text.at + 1, text.len - 2}, low, high;
	const char *comma = memchr(inner.at, ',', inner.len);
	struct version bound;

	if (!comma)
		return parse(span_trim(inner), &bound) && compare(version, &bound) == 0;
	low = span_trim((struct span){inner.at, (size_t)(comma - inner.at)});
	high = span_trim((struct span){comma + 1, (size_t)(inner.at + inner.len - comma - 1)});
	if (low.len && (!parse(low, &bound) || !holds(from ? OP_GE : OP_GT, version, &bound)))
		return false;
	return !high.len || (parse(high, &bound) && holds(to ? OP_LE : OP_LT, version, &bound));
}

/* Maven's list of intervals, of which one must hold. */
static bool in_intervals(const struct version *version, struct span text)
{
	const char *at = text.at, *end = text.at + text.len;

	while (at < end) {
		const char *close = at;

		if (*at != '[' && *at != '(') {
			at++;
			continue;
		}
		while (close < end && *close != ']' && *close != ')')
			close++;
		if (close == end)
			return false;
		if (in_interval(version, (struct span){at, (size_t)(close + 1 - at)}))
			return true;
		at = close + 1;
	}
	return false;
}

/* Where an alternative ends: at '|', "||" or the word "or". *next is what follows it. */
static const char *alternative_end(const char *at, const char *end, const char **next)
{
	for (const char *p = at; p < end; p++) {
		if (*p == '|') {
			*next = p + 1 < end && p[1] == '|' ? p + 2 : p + 1;
			return p;
		}
		if (end - p > 3 && isspace((unsigned char)p[0]) && p[1] == 'o' && p[2] == 'r' &&
		    isspace((unsigned char)p[3])) {
			*next = p + 3;
			return p;
		}
	}
	*next = end + 1;
	return end;
}

bool version_satisfies(const char *version, const char *range)
{
	struct version parsed;
	const char *at = range, *next;
	size_t len = strlen(range);

	if (len > MAX_RANGE || !parse(span_of(version), &parsed) || parsed.wild)
		return false;
	while (at <= range + len) {
		const char *stop = alternative_end(at, range + len, &next);
		struct span text = span_trim((struct span){at, (size_t)(stop - at)});

		if (text.len && (*text.at == '[' || *text.at == '(') ? in_intervals(&parsed, text)
								     : holds_all(&parsed, text))
			return true;
		at = next;
	}
	return false;
}
