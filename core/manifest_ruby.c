/* Bundler's Gemfile and Gemfile.lock, and gemspecs. */

#include <ctype.h>
#include <string.h>

#include "core/manifest_read.h"

#define MAX_BLOCKS 64

/* The open blocks of a Gemfile; a set bit is a group of development or tests. */
struct blocks {
	bool dev[MAX_BLOCKS];
	unsigned depth; /* may exceed MAX_BLOCKS, what lies deeper is not told apart */
};

static bool in_dev(const struct blocks *blocks)
{
	for (unsigned i = 0; i < blocks->depth && i < MAX_BLOCKS; i++) {
		if (blocks->dev[i])
			return true;
	}
	return false;
}

static void open_block(struct blocks *blocks, bool dev)
{
	if (blocks->depth < MAX_BLOCKS)
		blocks->dev[blocks->depth] = dev;
	blocks->depth++;
}

/* The same of the words of %i[test development]. */
static bool all_dev_words(struct span words)
{
	bool any = false;

	for (;;) {
		struct span word;

		words = span_trim(words);
		word = span_word(words, "-");
		if (!word.len)
			return any;
		if (!manifest_dev_group(word))
			return false;
		any = true;
		words = span_skip(words, word.len);
	}
}

/* Whether all of the symbols (or strings) in text name dev groups; false when there is none. */
static bool all_dev(struct span text)
{
	ptrdiff_t percent = span_find(text, "%");
	bool any = false;

	if (percent >= 0)
		return all_dev_words(span_skip(text, (size_t)percent + strlen("%i[")));
	for (size_t i = 0; i < text.len; i++) {
		struct span word;

		if (!strchr(":\"'", text.at[i]) || !text.at[i])
			continue;
		word = span_word(span_skip(text, i + 1), "-");
		if (!word.len)
			continue;
		if (!manifest_dev_group(word))
			return false;
		any = true;
		i += word.len;
		if (i + 1 < text.len && strchr("\"'", text.at[i + 1]))
			i++;
	}
	return any;
}

/* `group: :test`, `groups: [:test]`, `:group => :test` among a gem's arguments. */
static bool option_dev(struct span arguments)
{
	ptrdiff_t at = span_find(arguments, "group");
	struct span value, end;

	if (at < 0)
		return false;
	value = span_skip(arguments, (size_t)at + strlen("group"));
	if (span_starts(value, "s"))
		value = span_skip(value, 1);
	while (value.len && (isspace((unsigned char)*value.at) || strchr("=>", *value.at) ||
			     (*value.at == ':' && value.len > 1 && value.at[1] == ' ')))
		value = span_skip(value, 1);
	if (value.len && strchr("[%", *value.at))
		return span_cut(value, ']', &end, &value) && all_dev(end);
	span_cut(value, ',', &value, &end);
	return all_dev(value);
}

static bool is_requirement(struct span text)
{
	return text.len && (isdigit((unsigned char)*text.at) || strchr("<>=~!", *text.at));
}

/* The requirements that follow a gem's name, joined: "~> 1.2, >= 1.2.3". */
static struct span requirements(struct manifest_file *file, struct span rest)
{
	char joined[MANIFEST_MAX_NAME];
	size_t len = 0;
	struct span text;

	for (;;) {
		rest = span_trim(rest);
		if (!rest.len || !strchr(",[", *rest.at))
			break;
		rest = span_trim(span_skip(rest, 1));
		if (rest.len && *rest.at == '[')
			rest = span_trim(span_skip(rest, 1));
		if (!rest.len || !strchr("\"'", *rest.at) || !span_quoted(&rest, &text) ||
		    !is_requirement(text) || len + text.len + 2 > sizeof(joined))
			break;
		if (len) {
			memcpy(joined + len, ", ", 2);
			len += 2;
		}
		memcpy(joined + len, text.at, text.len);
		len += text.len;
	}
	return (struct span){len ? arena_memdup0(file->out->arena, joined, len) : "", len};
}

static void add_gem(struct manifest_file *file, struct span arguments, bool dev, uint32_t line)
{
	struct found found = {
	    .ecosystem = "gem", .scope = dev ? DEP_DEV : DEP_RUNTIME, .direct = true, .line = line};

	if (!span_quoted(&arguments, &found.name))
		return;
	found.version = requirements(file, arguments);
	manifest_add(file, &found);
}

/* `word` or `word(`, as a method call at the start of a line. */
static bool is_call(struct span line, const char *word)
{
	struct span rest = span_skip(line, strlen(word));

	return span_starts(line, word) && rest.len && strchr(" (\t", *rest.at);
}

static bool opens_block(struct span line)
{
	ptrdiff_t at;

	if (span_is(line, "begin") || is_call(line, "if") || is_call(line, "unless") ||
	    is_call(line, "case") || is_call(line, "def"))
		return true;
	if (span_ends(line, " do") || span_ends(line, ")do"))
		return true;
	at = span_find(line, " do |");
	return at >= 0;
}

/* Without the comment; a '#' inside quotes begins none. */
static struct span strip_comment(struct span line)
{
	char quote = 0;

	for (size_t i = 0; i < line.len; i++) {
		char c = line.at[i];

		if (quote)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '#')
			return (struct span){line.at, i};
	}
	return line;
}

/* A call whose arguments go on after a comma at the line's end. */
static struct span whole_call(struct manifest_file *file, struct span line)
{
	struct span call = line;

	while (span_ends(line, ",") && lines_next(&file->lines, &line)) {
		line = span_trim(strip_comment(line));
		call.len = (size_t)(line.at + line.len - call.at);
	}
	return call;
}

static void gem_call(struct manifest_file *file, struct span line, bool dev)
{
	uint32_t number = file->lines.number;
	struct span call = whole_call(file, line);

	add_gem(file, span_skip(call, strlen("gem")), dev || option_dev(call), number);
}

void manifest_gemfile(struct manifest_file *file)
{
	struct blocks blocks = {0};
	struct span line;

	while (lines_next(&file->lines, &line)) {
		line = span_trim(strip_comment(line));
		if (is_call(line, "gem"))
			gem_call(file, line, in_dev(&blocks));
		else if (opens_block(line))
			open_block(&blocks, is_call(line, "group") && all_dev(span_skip(line, 5)));
		else if ((span_is(line, "end") || span_starts(line, "end ")) && blocks.depth)
			blocks.depth--;
	}
}

void manifest_gemspec(struct manifest_file *file)
{
	static const struct {
		const char *call;
		enum dependency_scope scope;
	} calls[] = {
	    {".add_dependency", DEP_RUNTIME},
	    {".add_runtime_dependency", DEP_RUNTIME},
	    {".add_development_dependency", DEP_DEV},
	};
	struct span line;

	while (lines_next(&file->lines, &line)) {
		line = span_trim(strip_comment(line));
		for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
			ptrdiff_t at = span_find(line, calls[i].call);

			if (at < 0)
				continue;
			add_gem(file, span_skip(line, (size_t)at + strlen(calls[i].call)),
				calls[i].scope == DEP_DEV, file->lines.number);
			break;
		}
	}
}

/*
 * "1.2.3" of "1.2.3-x86_64-linux": a gem version has no '-', what follows is the platform
 * that it was built for.
 */
static struct span without_platform(struct span version)
{
	struct span before, after;

	return span_cut(version, '-', &before, &after) ? before : version;
}

/* "name (version)" or "name (requirements)!" or "name". */
static void split_spec(struct span text, struct span *name, struct span *version)
{
	struct span rest;

	*version = span_of(NULL);
	if (!span_cut(text, '(', name, &rest)) {
		*name = text;
		if (span_ends(*name, "!"))
			name->len--;
	} else if (!span_cut(rest, ')', version, &rest)) {
		*version = span_of(NULL);
	}
	*name = span_trim(*name);
}

/*
 * Sections stand at the margin. In GEM and GIT the gems are at four spaces under
 * "specs:", what each of them needs at six; PATH holds the project's own gems.
 */
void manifest_gemfile_lock(struct manifest_file *file)
{
	bool specs = false, direct = false;
	struct span line;

	while (lines_next(&file->lines, &line)) {
		size_t indent = span_indent(line);
		struct found found = {
		    .ecosystem = "gem", .scope = DEP_UNKNOWN, .line = file->lines.number};

		if (!indent && line.len) {
			specs = span_is(line, "GEM") || span_is(line, "GIT");
			direct = span_is(line, "DEPENDENCIES");
		} else if (specs && indent == 4) {
			split_spec(span_skip(line, 4), &found.name, &found.version);
			found.version = without_platform(found.version);
			found.resolved = true;
			manifest_add(file, &found);
		} else if (direct && indent == 2) {
			split_spec(span_skip(line, 2), &found.name, &found.version);
			found.direct = true;
			manifest_add(file, &found);
		}
	}
}
