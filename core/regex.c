#define PCRE2_CODE_UNIT_WIDTH 8

#include "core/regex.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define REGEX_MAX_PATTERN 4096
#define REGEX_MATCH_LIMIT 100000
#define REGEX_DEPTH_LIMIT 1000
#define REGEX_HEAP_KIB	  1024
#define REGEX_STACK_START (32 * 1024)
#define REGEX_STACK_MAX	  (512 * 1024)

struct regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;
	pcre2_jit_stack *stack;
};

static pcre2_code *compile(const char *pattern, unsigned flags, struct err *err)
{
	uint32_t options = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C;
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	char message[160];
	PCRE2_SIZE at = 0;
	pcre2_code *code;
	int error = 0;

	if (!context)
		abort();
	if (flags & REGEX_ICASE)
		options |= PCRE2_CASELESS;
	if (flags & REGEX_MULTILINE)
		options |= PCRE2_MULTILINE;
	pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
	pcre2_set_max_pattern_length(context, REGEX_MAX_PATTERN);
	pcre2_set_parens_nest_limit(context, 50);
	code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options, &error, &at,
			     context);
	pcre2_compile_context_free(context);
	if (code)
		return code;
	pcre2_get_error_message(error, (PCRE2_UCHAR *)message, sizeof(message));
	err_set(err, NULL, NULL, "bad regex: %s at character %zu of \"%.80s\"", message,
		(size_t)at + 1, pattern);
	return NULL;
}

struct regex *regex_new(const char *pattern, unsigned flags, struct err *err)
{
	pcre2_code *code = compile(pattern, flags, err);
	struct regex *regex;

	if (!code)
		return NULL;
	regex = xcalloc(1, sizeof(*regex));
	regex->code = code;
	regex->data = pcre2_match_data_create_from_pattern(code, NULL);
	regex->limits = pcre2_match_context_create(NULL);
	if (!regex->data || !regex->limits)
		abort();
	pcre2_set_match_limit(regex->limits, REGEX_MATCH_LIMIT);
	pcre2_set_depth_limit(regex->limits, REGEX_DEPTH_LIMIT);
	pcre2_set_heap_limit(regex->limits, REGEX_HEAP_KIB);
	/* Without JIT (an unusual processor, a hardened kernel) the interpreter does the work. */
	if (!(flags & REGEX_ONCE) && pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0) {
		regex->stack = pcre2_jit_stack_create(REGEX_STACK_START, REGEX_STACK_MAX, NULL);
		if (regex->stack)
			pcre2_jit_stack_assign(regex->limits, NULL, regex->stack);
	}
	return regex;
}

void regex_free(struct regex *regex)
{
	if (!regex)
		return;
	pcre2_match_context_free(regex->limits);
	pcre2_jit_stack_free(regex->stack);
	pcre2_match_data_free(regex->data);
	pcre2_code_free(regex->code);
	free(regex);
}

static void copy_spans(const struct regex *regex, int count, struct regex_span *spans, size_t max)
{
	const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(regex->data);

	for (size_t i = 0; i < max; i++) {
		spans[i] = (struct regex_span){0, 0};
		if ((int)i < count && offsets[2 * i] != PCRE2_UNSET)
			spans[i] = (struct regex_span){offsets[2 * i], offsets[2 * i + 1]};
	}
	/* \K can put a match's start behind its end. */
	if (max && spans[0].start > spans[0].end)
		spans[0].start = spans[0].end;
}

enum regex_result regex_match(const struct regex *regex, const char *text, size_t len, size_t from,
			      struct regex_span *spans, size_t max)
{
	int count;

	if (from > len)
		return REGEX_NO;
	count = pcre2_match(regex->code, (PCRE2_SPTR)(text ? text : ""), len, from, 0, regex->data,
			    regex->limits);
	if (count == PCRE2_ERROR_NOMATCH)
		return REGEX_NO;
	if (count < 0)
		return REGEX_GAVE_UP;
	copy_spans(regex, count, spans, max);
	return REGEX_YES;
}

bool regex_test(const struct regex *regex, const char *text)
{
	return regex_match(regex, text, strlen(text), 0, NULL, 0) == REGEX_YES;
}
