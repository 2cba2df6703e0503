/* Parts with several wildcards or classes, taken apart once and matched often. */

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "core/glob_pattern.h"
#include "core/mem.h"

enum token_kind { TOKEN_CHAR, TOKEN_ONE, TOKEN_STAR, TOKEN_CLASS };

struct token {
	unsigned char kind;
	unsigned char c;   /* CHAR: lower case where case does not matter */
	uint16_t class_at; /* CLASS: index */
};

/* Which bytes a class has. */
struct byte_set {
	uint64_t bits[4];
};

struct glob_program {
	bool icase;
	size_t count;
	size_t needs_at, needs; /* the longest run of characters: tokens from, how many */
	struct byte_set *classes;
	char *needed; /* their text */
	struct token tokens[];
};

const char *glob_class_end(const char *s)
{
	s++;
	if (*s == '!' || *s == '^')
		s++;
	for (bool first = true; *s; first = false) {
		if (*s == ']' && !first)
			return s + 1;
		if (s[0] == '[' && s[1] == ':') {
			const char *end = strstr(s + 2, ":]");

			if (end) {
				s = end + 2;
				continue;
			}
		}
		if (*s == '\\' && s[1])
			s++;
		s++;
	}
	return NULL;
}

const char *glob_next_token(const char *s)
{
	const char *end;

	if (*s == '\\' && s[1])
		return s + 2;
	if (*s == '[' && (end = glob_class_end(s)))
		return end;
	return s + 1;
}

/* Classes */

static void set_byte(struct byte_set *set, unsigned char c)
{
	set->bits[c >> 6] |= UINT64_C(1) << (c & 63);
}

static bool has_byte(const struct byte_set *set, unsigned char c)
{
	return set->bits[c >> 6] >> (c & 63) & 1;
}

static void set_named(struct byte_set *set, const char *name, size_t len)
{
	static const struct {
		const char *name;
		int (*test)(int);
	} classes[] = {
	    {"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl},
	    {"digit", isdigit}, {"graph", isgraph}, {"lower", islower}, {"print", isprint},
	    {"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit},
	};

	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		if (strlen(classes[i].name) != len || memcmp(classes[i].name, name, len) != 0)
			continue;
		for (int c = 0; c < 0x80; c++) {
			if (classes[i].test(c))
				set_byte(set, (unsigned char)c);
		}
	}
}

/* Adds one member of a class, or a range, at s; returns what is behind it. */
static const char *set_member(struct byte_set *set, const char *s, const char *end)
{
	unsigned low, high;

	if (s[0] == '[' && s[1] == ':') {
		const char *close = strstr(s + 2, ":]");

		if (close && close < end) {
			set_named(set, s + 2, (size_t)(close - s - 2));
			return close + 2;
		}
	}
	if (*s == '\\' && s + 1 < end)
		s++;
	low = high = (unsigned char)*s++;
	if (s + 1 < end && *s == '-') {
		s += s[1] == '\\' && s + 2 < end ? 2 : 1;
		high = (unsigned char)*s++;
	}
	for (unsigned c = low; c <= high; c++)
		set_byte(set, (unsigned char)c);
	return s;
}

/* The class "[...]" between s and end. */
static struct byte_set read_class(const char *s, const char *end, bool icase)
{
	bool negated = s[1] == '!' || s[1] == '^';
	struct byte_set set = {{0}};

	end--;
	for (s += negated ? 2 : 1; s < end;)
		s = set_member(&set, s, end);
	for (unsigned char c = 'a'; icase && c <= 'z'; c++) {
		unsigned char upper = (unsigned char)(c - 0x20);

		if (has_byte(&set, c) || has_byte(&set, upper)) {
			set_byte(&set, c);
			set_byte(&set, upper);
		}
	}
	for (size_t i = 0; negated && i < ARRAY_LEN(set.bits); i++)
		set.bits[i] = ~set.bits[i];
	return set;
}

/* Programs */

static void find_needed(struct glob_program *program)
{
	size_t run = 0;

	for (size_t i = 0; i < program->count; i++) {
		run = program->tokens[i].kind == TOKEN_CHAR ? run + 1 : 0;
		if (run > program->needs) {
			program->needs = run;
			program->needs_at = i + 1 - run;
		}
	}
	for (size_t i = 0; i < program->needs; i++)
		program->needed[i] = (char)program->tokens[program->needs_at + i].c;
}

static void read_token(struct glob_program *program, const char *s, const char *next,
		       uint16_t *classes)
{
	struct token *token = &program->tokens[program->count++];

	if (*s == '*') {
		token->kind = TOKEN_STAR;
	} else if (*s == '?') {
		token->kind = TOKEN_ONE;
	} else if (*s == '[') {
		token->kind = TOKEN_CLASS;
		token->class_at = *classes;
		program->classes[(*classes)++] = read_class(s, next, program->icase);
	} else {
		token->kind = TOKEN_CHAR;
		token->c = (unsigned char)next[-1];
		if (program->icase)
			token->c = glob_lower(next[-1]);
	}
}

struct glob_program *glob_program_new(const char *pattern, bool icase)
{
	size_t count = 0, classes = 0, head;
	uint16_t class_at = 0;
	struct glob_program *program;
	char *memory;

	for (const char *s = pattern; *s; s = glob_next_token(s)) {
		classes += *s == '[';
		count++;
	}
	head = sizeof(*program) + count * sizeof(struct token);
	head = (head + _Alignof(struct byte_set) - 1) & ~(_Alignof(struct byte_set) - 1);
	memory = xcalloc(1, head + classes * sizeof(struct byte_set) + count + 1);
	program = (struct glob_program *)(void *)memory;
	program->icase = icase;
	program->classes = (struct byte_set *)(void *)(memory + head);
	program->needed = memory + head + classes * sizeof(struct byte_set);
	for (const char *s = pattern; *s;) {
		const char *next = glob_next_token(s);

		read_token(program, s, next, &class_at);
		s = next;
	}
	find_needed(program);
	return program;
}

static bool token_matches(const struct glob_program *program, const struct token *token, char c)
{
	switch (token->kind) {
	case TOKEN_CHAR:
		return token->c == (program->icase ? glob_lower(c) : (unsigned char)c);
	case TOKEN_CLASS:
		return has_byte(&program->classes[token->class_at], (unsigned char)c);
	default:
		return true;
	}
}

/* Only the last star is ever taken back, so the cost is at most pattern times name. */
bool glob_program_match(const struct glob_program *program, const char *name, size_t len)
{
	size_t p = 0, at = 0, star = SIZE_MAX, star_at = 0;

	if (!program->icase && program->needs > 1 &&
	    !memmem(name, len, program->needed, program->needs))
		return false;
	while (at < len) {
		if (p < program->count && program->tokens[p].kind == TOKEN_STAR) {
			star = ++p;
			star_at = at;
		} else if (p < program->count &&
			   token_matches(program, &program->tokens[p], name[at])) {
			p++;
			at++;
		} else if (star != SIZE_MAX) {
			p = star;
			at = ++star_at;
		} else {
			return false;
		}
	}
	while (p < program->count && program->tokens[p].kind == TOKEN_STAR)
		p++;
	return p == program->count;
}
