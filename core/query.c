#include "core/query.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/query_path.h"
#include "core/regex.h"
#include "core/text.h"

#define REGEX_STEPS	    8	  /* that a regex costs at least, and one for 4 bytes */
#define REGEX_GAVE_UP_STEPS 20000 /* and where it backtracks to its limit */

struct term {
	struct query_path *path;
	enum query_op op;
	char *value;
	double number;
	bool is_bool, yes; /* the value is true or false */
	struct regex *regex;
};

struct query {
	struct query_path *each; /* NULL: the document */
	struct term *terms;
	size_t count;
	bool icase;
};

static const struct {
	const char *text;
	enum query_op op;
	bool word; /* without a value */
} operators[] = {
    {"!=", QUERY_NE, false},	    {"<=", QUERY_LE, false},	    {">=", QUERY_GE, false},
    {"==", QUERY_EQ, false},	    {"!~", QUERY_NO_MATCH, false},  {"=", QUERY_EQ, false},
    {"<", QUERY_LT, false},	    {">", QUERY_GT, false},	    {"~", QUERY_MATCH, false},
    {"absent", QUERY_ABSENT, true}, {"exists", QUERY_EXISTS, true},
};

/* The bytes of the path at the start of a term: quoted keys may have anything. */
static size_t path_len(const char *text)
{
	size_t len = 0;
	bool quoted = false;

	for (; text[len]; len++) {
		if (text[len] == '"')
			quoted = !quoted;
		else if (!quoted && strchr(" \t=!<>~", text[len]))
			break;
	}
	return len;
}

static const char *skip_space(const char *p)
{
	return p + strspn(p, " \t");
}

static int unknown_operator(const char *text, struct err *err)
{
	static const char *const words[] = {"absent", "exists"};
	char *word = xmemdup0(text, strcspn(text, " \t"));
	const char *meant = text_suggest(word, words, ARRAY_LEN(words));
	char *fix = meant ? xasprintf("did you mean '%s'?", meant) : NULL;

	err_set(err, NULL, fix ? fix : "use = != < <= > >= ~ !~ absent or exists",
		"'%.40s' is no operator", word);
	free(fix);
	free(word);
	return -1;
}

static char *read_value(struct arena *arena, const char *text)
{
	size_t len;

	text = skip_space(text);
	len = strlen(text);
	while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	if (len >= 2 && (*text == '"' || *text == '\'') && text[len - 1] == *text) {
		text++;
		len -= 2;
	}
	return arena_memdup0(arena, text, len);
}

int query_term_parse(struct arena *arena, const char *text, struct query_term *term,
		     struct err *err)
{
	size_t len;

	text = skip_space(text);
	len = path_len(text);
	*term = (struct query_term){.path = arena_memdup0(arena, text, len), .op = QUERY_EXISTS};
	if (!len)
		return err_set(err, NULL, NULL, "a condition without a path");
	text = skip_space(text + len);
	if (!*text)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
		size_t n = strlen(operators[i].text);

		if (strncmp(text, operators[i].text, n) != 0)
			continue;
		if (operators[i].word && *skip_space(text + n))
			break;
		term->op = operators[i].op;
		if (operators[i].word)
			return 0;
		term->value = read_value(arena, text + n);
		if (!*term->value && !skip_space(text + n)[0])
			return err_set(err, NULL, "write \"\" for an empty text",
				       "no value after '%s'", operators[i].text);
		return 0;
	}
	return unknown_operator(text, err);
}

static bool to_number(const char *text, double *number)
{
	char *end;

	/* No hexadecimal, no infinity: strtod() takes more than people mean. */
	if (!*text || strspn(text, "0123456789.+-eE") != strlen(text))
		return false;
	errno = 0;
	*number = strtod(text, &end);
	return !*end && !errno && isfinite(*number);
}

static int compile_term(struct term *term, const struct query_term *from, bool icase,
			struct err *err)
{
	term->path = query_path_new(from->path, err);
	if (!term->path)
		return -1;
	term->op = from->op;
	term->value = xstrdup(from->value ? from->value : "");
	term->yes = !strcasecmp(term->value, "true");
	term->is_bool = term->yes || !strcasecmp(term->value, "false");
	switch (term->op) {
	case QUERY_LT:
	case QUERY_LE:
	case QUERY_GT:
	case QUERY_GE:
		if (!to_number(term->value, &term->number))
			return err_set(err, NULL, NULL, "'%.40s' is no number", term->value);
		return 0;
	case QUERY_MATCH:
	case QUERY_NO_MATCH:
		term->regex = regex_new(term->value, icase ? REGEX_ICASE : 0, err);
		return term->regex ? 0 : -1;
	default:
		return 0;
	}
}

struct query *query_new(const char *each, const struct query_term *terms, size_t count,
			unsigned flags, struct err *err)
{
	struct query *query = xcalloc(1, sizeof(*query));
	int rc = 0;

	query->icase = flags & QUERY_ICASE;
	query->terms = xcalloc(count, sizeof(*query->terms));
	query->count = count;
	if (each) {
		query->each = query_path_new(each, err);
		rc = query->each ? 0 : -1;
	}
	for (size_t i = 0; !rc && i < count; i++)
		rc = compile_term(&query->terms[i], &terms[i], query->icase, err);
	if (!rc)
		return query;
	query_free(query);
	return NULL;
}

void query_free(struct query *query)
{
	if (!query)
		return;
	for (size_t i = 0; i < query->count; i++) {
		query_path_free(query->terms[i].path);
		free(query->terms[i].value);
		regex_free(query->terms[i].regex);
	}
	query_path_free(query->each);
	free(query->terms);
	free(query);
}

/* One run of a query over a document, and the term it is at. */
struct run {
	const struct query *query;
	const struct term *term;
	const struct doc *found; /* by the current term */
	size_t steps;
	bool unsure; /* a regex gave up */
	struct query_hit *hits;
	size_t count, max;
	bool any;
};

static bool equal(const struct run *run, const struct doc *node)
{
	const struct term *term = run->term;
	bool value;

	if (term->is_bool && doc_bool(node, &value))
		return value == term->yes;
	if (run->query->icase)
		return !strcasecmp(node->text, term->value);
	return !strcmp(node->text, term->value);
}

static bool matches(struct run *run, const struct doc *node)
{
	size_t len = strlen(node->text);
	enum regex_result result;

	if (!query_spend(&run->steps, REGEX_STEPS + len / 4))
		return false;
	result = regex_match(run->term->regex, node->text, len, 0, NULL, 0);
	if (result == REGEX_GAVE_UP) {
		run->unsure = true;
		query_spend(&run->steps, REGEX_GAVE_UP_STEPS);
	}
	return result == REGEX_YES;
}

static bool compare(const struct term *term, const struct doc *node)
{
	double number;

	if (!to_number(node->text, &number))
		return false;
	switch (term->op) {
	case QUERY_LT:
		return number < term->number;
	case QUERY_LE:
		return number <= term->number;
	case QUERY_GT:
		return number > term->number;
	default:
		return number >= term->number;
	}
}

/* Whether one node is what the term looks for; of != and !~ that is their opposite. */
static bool fits(struct run *run, const struct doc *node)
{
	if (run->term->op == QUERY_EXISTS || run->term->op == QUERY_ABSENT)
		return node->kind != DOC_NULL;
	if (node->kind != DOC_SCALAR)
		return false;
	if (run->term->op == QUERY_EQ || run->term->op == QUERY_NE)
		return equal(run, node);
	if (run->term->regex)
		return matches(run, node);
	return compare(run->term, node);
}

static bool on_chosen(void *arg, const struct doc *node)
{
	struct run *run = arg;

	if (fits(run, node))
		run->found = node;
	return !run->found && run->steps;
}

static bool holds(struct run *run, const struct term *term, const struct doc *element)
{
	struct query_walk walk = {term->path, on_chosen, run, &run->steps, false};
	bool none = term->op == QUERY_ABSENT || term->op == QUERY_NE || term->op == QUERY_NO_MATCH;

	run->term = term;
	run->found = NULL;
	query_walk(&walk, element);
	if (!run->steps)
		return false;
	return none ? !run->found : run->found != NULL;
}

static bool on_element(void *arg, const struct doc *element)
{
	struct run *run = arg;
	struct query_hit hit = {element, element};

	for (size_t i = 0; i < run->query->count; i++) {
		if (!holds(run, &run->query->terms[i], element))
			return run->steps != 0;
		if (run->found)
			hit.at = run->found;
	}
	run->any = true;
	if (run->count < run->max)
		run->hits[run->count++] = hit;
	return run->steps && run->count < run->max;
}

enum query_result query_run(const struct query *query, const struct doc *root,
			    struct query_hit *hits, size_t max, size_t *count)
{
	struct run run = {.query = query, .steps = QUERY_MAX_STEPS, .hits = hits, .max = max};
	struct query_walk walk = {query->each, on_element, &run, &run.steps, false};

	if (!query->each && root)
		on_element(&run, root);
	else
		query_walk(&walk, root);
	*count = run.count;
	if (!run.steps || (run.unsure && !run.any))
		return QUERY_GAVE_UP;
	return run.any ? QUERY_YES : QUERY_NO;
}
