#include "core/codeowners.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/span.h"

#define MAX_BYTES    (3u << 20) /* GitHub ignores larger files */
#define MAX_RULES    50000
#define MAX_SECTIONS 500
#define MAX_OWNERS   200 /* of a rule, and of an answer */
#define MAX_WARNINGS 50
#define MAX_PATTERN  1024
#define MAX_STEPS    30000000 /* of matching one folder: what only hostile files need */

struct rule {
	/* Segments to match the whole path: ** any number of them, * and ? inside of one. */
	const char *pattern;
	unsigned section;
	bool excludes; /* GitLab's !pattern */
	const struct fact *owners;
	size_t owner_count;
};

struct codeowners {
	struct rule *rules;
	size_t rule_count;
	unsigned section_count; /* at least one, that without a name */
};

struct parser {
	struct arena *arena;
	const char *path;
	bool gitlab;
	uint32_t line;
	struct rule *rules;
	size_t rule_count, rule_cap;
	const char *sections[MAX_SECTIONS];
	unsigned section_count, section; /* the one at hand */
	struct fact *defaults;
	size_t default_count;
	struct warning *warnings;
	size_t warning_count, warning_cap;
};

static void warn(struct parser *parser, const char *text)
{
	if (parser->warning_count >= MAX_WARNINGS)
		return;
	GROW(parser->warnings, parser->warning_count, parser->warning_cap);
	parser->warnings[parser->warning_count++] =
	    (struct warning){.at = {parser->path, parser->line}, .text = text};
}

/* Takes the word at the start of *rest; a backslash keeps the space behind it in the word. */
static struct span take_word(struct span *rest)
{
	struct span word = {rest->at, 0};

	while (word.len < rest->len && !isspace((unsigned char)word.at[word.len]))
		word.len += word.at[word.len] == '\\' && word.len + 1 < rest->len ? 2 : 1;
	*rest = span_trim(span_skip(*rest, word.len));
	return word;
}

/* @login, @org/team, GitLab's @@role, or an e-mail address. */
static bool is_owner(struct span word)
{
	const char *at = memchr(word.at, '@', word.len);

	if (!at || word.len < 2 || word.len > 256)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		if (iscntrl((unsigned char)word.at[i]) || strchr("<>()[]\"',;", word.at[i]))
			return false;
	}
	return at == word.at || at < word.at + word.len - 1;
}

/* The owners that text names; *wrong is set when another word stands among them. */
static size_t parse_owners(struct parser *parser, struct span text, struct fact **out, bool *wrong)
{
	struct fact found[MAX_OWNERS];
	size_t count = 0;

	*wrong = false;
	while (text.len && count < MAX_OWNERS) {
		struct span word;

		if (*text.at == '#' && !parser->gitlab)
			break;
		word = take_word(&text);
		if (!is_owner(word)) {
			*wrong = true;
			continue;
		}
		if (*word.at == '@')
			word = span_skip(word, 1);
		found[count++] = (struct fact){arena_memdup0(parser->arena, word.at, word.len),
					       {parser->path, parser->line}};
	}
	*out = arena_alloc(parser->arena, (count + 1) * sizeof(**out));
	if (count)
		memcpy(*out, found, count * sizeof(**out));
	return count;
}

static bool ends_in(const struct buf *text, const char *tail)
{
	size_t len = strlen(tail);

	return text->len >= len && !memcmp(text->data + text->len - len, tail, len);
}

/*
 * The pattern as segments that match whole paths of files: "docs/" of GitHub becomes
 * all files below any docs, written with ** before and * and ** behind.
 */
static const char *whole_pattern(const struct parser *parser, struct span text)
{
	struct buf out = {0};
	bool slash_inside = text.len > 1 && memchr(text.at, '/', text.len - 1);
	const char *pattern;

	if (!(parser->gitlab ? *text.at == '/' : slash_inside || *text.at == '/'))
		buf_adds(&out, "**/");
	if (*text.at == '/')
		text = span_skip(text, 1);
	buf_add(&out, text.at, text.len);
	if (!text.len || ends_in(&out, "/"))
		buf_adds(&out, "*/**");
	else if (ends_in(&out, "/**"))
		buf_adds(&out, "/*");
	else if (!parser->gitlab && strcmp(out.data, "*") && !ends_in(&out, "/*") &&
		 !ends_in(&out, "**"))
		buf_adds(&out, "/**");
	pattern = arena_memdup0(parser->arena, out.data, out.len);
	buf_free(&out);
	return pattern;
}

static void add_rule(struct parser *parser, struct span line)
{
	struct rule rule = {.section = parser->section};
	struct fact *owners;
	struct span pattern;
	bool wrong;

	if (parser->gitlab && *line.at == '!') {
		rule.excludes = true;
		line = span_trim(span_skip(line, 1));
	}
	pattern = take_word(&line);
	if (!pattern.len || pattern.len > MAX_PATTERN) {
		warn(parser, "the pattern is empty or too long");
		return;
	}
	rule.owner_count = parse_owners(parser, line, &owners, &wrong);
	rule.owners = owners;
	if (wrong && !parser->gitlab)
		warn(parser,
		     "names an owner that is neither @user, @org/team nor an e-mail address");
	if (wrong && !rule.owner_count && !parser->gitlab)
		return;
	if (!rule.owner_count) {
		rule.owners = parser->defaults;
		rule.owner_count = parser->default_count;
	}
	if (parser->rule_count >= MAX_RULES) {
		warn(parser, "too many rules, the rest is not read");
		return;
	}
	rule.pattern = whole_pattern(parser, pattern);
	GROW(parser->rules, parser->rule_count, parser->rule_cap);
	parser->rules[parser->rule_count++] = rule;
}

/* "[Name]", "^[Name]", "[Name][2]", each with default owners behind it or none. */
static bool section_header(struct span line, struct span *name, struct span *rest)
{
	struct span approvals;

	if (span_starts(line, "^"))
		line = span_skip(line, 1);
	if (!span_starts(line, "[") || !span_cut(span_skip(line, 1), ']', name, rest) || !name->len)
		return false;
	if (span_starts(*rest, "[") && !span_cut(span_skip(*rest, 1), ']', &approvals, rest))
		return false;
	*rest = span_trim(*rest);
	return true;
}

/* Sections of one name, whatever its case, are one. */
static void open_section(struct parser *parser, struct span name, struct span rest)
{
	bool wrong;

	name = span_trim(name);
	parser->default_count = parse_owners(parser, rest, &parser->defaults, &wrong);
	for (unsigned i = 1; i < parser->section_count; i++) {
		if (span_is_icase(name, parser->sections[i])) {
			parser->section = i;
			return;
		}
	}
	if (parser->section_count >= MAX_SECTIONS) {
		warn(parser, "too many sections, this one is joined to the last");
		return;
	}
	parser->section = parser->section_count++;
	parser->sections[parser->section] = arena_memdup0(parser->arena, name.at, name.len);
}

/* What GitHub does not understand makes it skip the line. */
static bool invalid_on_github(struct parser *parser, struct span line)
{
	struct span rest = line, pattern = take_word(&rest);

	if (*pattern.at == '!')
		warn(parser, "GitHub knows no !exclusions, it skips this line");
	else if (memchr(pattern.at, '[', pattern.len))
		warn(parser, "GitHub knows no [ ] in patterns, it skips this line");
	else if (pattern.len > 1 && pattern.at[0] == '\\' && pattern.at[1] == '#')
		warn(parser, "GitHub does not let a pattern begin with \\#, it skips this line");
	else
		return false;
	return true;
}

static void parse_line(struct parser *parser, struct span line)
{
	struct span name, rest;

	line = span_trim(line);
	if (!line.len || *line.at == '#')
		return;
	if (parser->gitlab && section_header(line, &name, &rest))
		open_section(parser, name, rest);
	else if (parser->gitlab || !invalid_on_github(parser, line))
		add_rule(parser, line);
}

static bool is_gitlab(const char *path, struct lines lines)
{
	struct span line, name, rest;

	if (!strcmp(path, ".gitlab/CODEOWNERS"))
		return true;
	if (!strcmp(path, ".github/CODEOWNERS"))
		return false;
	while (lines_next(&lines, &line)) {
		if (section_header(span_trim(line), &name, &rest))
			return true;
	}
	return false;
}

static void *to_arena(struct arena *arena, void *list, size_t bytes)
{
	void *copy = arena_alloc(arena, bytes + 1);

	if (bytes)
		memcpy(copy, list, bytes);
	free(list);
	return copy;
}

struct codeowners *codeowners_parse(const char *path, const char *bytes, size_t len,
				    struct arena *arena, struct warning **warnings,
				    size_t *warning_count)
{
	struct parser *parser = xcalloc(1, sizeof(*parser));
	struct codeowners *owners = arena_alloc(arena, sizeof(*owners));
	struct span text = {len ? bytes : "", len}, line;
	struct lines lines = {text.at, text.at + len, 0};

	parser->arena = arena;
	parser->path = arena_strdup(arena, path);
	parser->section_count = 1;
	if (len >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3))
		lines.next += 3;
	if (len > MAX_BYTES) {
		warn(parser, "larger than 3 MB, which GitHub ignores as a whole");
		lines.next = lines.end;
	}
	parser->gitlab = is_gitlab(path, lines);
	while (lines_next(&lines, &line)) {
		parser->line = lines.number;
		parse_line(parser, line);
	}
	owners->rule_count = parser->rule_count;
	owners->rules = to_arena(arena, parser->rules, parser->rule_count * sizeof(*parser->rules));
	owners->section_count = parser->section_count;
	if (warnings) {
		*warnings = to_arena(arena, parser->warnings,
				     parser->warning_count * sizeof(*parser->warnings));
		*warning_count = parser->warning_count;
	} else {
		free(parser->warnings);
	}
	free(parser);
	return owners;
}

/* The length of the segment at text, up to a slash that no backslash precedes. */
static size_t segment_len(const char *text)
{
	size_t len = 0;

	while (text[len] && text[len] != '/')
		len += text[len] == '\\' && text[len + 1] ? 2 : 1;
	return len;
}

static bool segment_matches(const char *pattern, size_t pattern_len, const char *text,
			    size_t text_len, size_t *steps)
{
	size_t p = 0, t = 0, star = SIZE_MAX, retry = 0;

	while (t < text_len && ++*steps < MAX_STEPS) {
		bool escaped = p + 1 < pattern_len && pattern[p] == '\\';

		if (p < pattern_len && pattern[p] == '*') {
			star = p++;
			retry = t;
		} else if (p < pattern_len &&
			   ((pattern[p] == '?' && !escaped) || pattern[p + escaped] == text[t])) {
			p += 1 + escaped;
			t++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			t = ++retry;
		} else {
			return false;
		}
	}
	while (p < pattern_len && pattern[p] == '*')
		p++;
	return t == text_len && p == pattern_len;
}

static const char *next_segment(const char *text, size_t len)
{
	return text[len] ? text + len + 1 : text + len;
}

/* Segments as characters: ** is the star that takes any number of them. */
static bool path_matches(const char *pattern, const char *path, size_t *steps)
{
	const char *star = NULL, *retry = NULL;

	while (*path && ++*steps < MAX_STEPS) {
		size_t pattern_len = segment_len(pattern), path_len = strcspn(path, "/");

		if (pattern_len == 2 && pattern[0] == '*' && pattern[1] == '*') {
			pattern = next_segment(pattern, pattern_len);
			star = pattern;
			retry = path;
		} else if (*pattern &&
			   segment_matches(pattern, pattern_len, path, path_len, steps)) {
			pattern = next_segment(pattern, pattern_len);
			path = next_segment(path, path_len);
		} else if (star) {
			pattern = star;
			retry = next_segment(retry, strcspn(retry, "/"));
			path = retry;
		} else {
			return false;
		}
	}
	while (!strncmp(pattern, "**", 2) && (!pattern[2] || pattern[2] == '/'))
		pattern = next_segment(pattern, 2);
	return !*path && !*pattern;
}

static void add_owners(const struct rule *rule, struct fact *out, size_t *count)
{
	for (size_t i = 0; i < rule->owner_count; i++) {
		bool known = false;

		for (size_t j = 0; j < *count && !known; j++)
			known = !strcmp(out[j].value, rule->owners[i].value);
		if (!known && *count < MAX_OWNERS)
			out[(*count)++] = rule->owners[i];
	}
}

size_t codeowners_of(const struct codeowners *owners, const char *path, struct arena *arena,
		     struct fact **out)
{
	/* A file that no rule knows by its name; at the top one level down, where a slash and a
	 * star do not reach. */
	const char *file = *path ? arena_printf(arena, "%s/\x01", path) : "\x01/\x01";
	const struct rule *deciding[MAX_SECTIONS] = {NULL};
	struct fact found[MAX_OWNERS];
	size_t count = 0, steps = 0;

	for (size_t i = 0; i < owners->rule_count; i++) {
		const struct rule *rule = &owners->rules[i], *before = deciding[rule->section];

		if ((!before || !before->excludes) && path_matches(rule->pattern, file, &steps))
			deciding[rule->section] = rule;
	}
	for (unsigned i = 0; i < owners->section_count; i++) {
		if (deciding[i] && !deciding[i]->excludes)
			add_owners(deciding[i], found, &count);
	}
	*out = arena_alloc(arena, (count + 1) * sizeof(**out));
	if (count)
		memcpy(*out, found, count * sizeof(**out));
	return count;
}

int codeowners_rank(const char *path)
{
	static const char *const places[] = {".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS",
					     ".gitlab/CODEOWNERS"};

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (!strcmp(path, places[i]))
			return (int)i;
	}
	return -1;
}
