/* What a file's bytes say to the probes that ask about it. */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/manifest.h"
#include "core/matcher_internal.h"
#include "core/mem.h"

#define MAX_BYTES   (1 << 20) /* of a file that is no lockfile */
#define BINARY_HEAD 8192
#define DATE_LINES  20

/* One file while its probes are answered. */
struct subject {
	struct matcher *matcher;
	const char *path; /* in the answers' arena */
	const char *bytes;
	size_t len;
	struct matcher_answers *answers;
	const char *unsearchable; /* why regexes cannot be asked; NULL: they can */
	struct doc_file *doc;
	bool parsed;
	enum doc_state state;
	struct err err; /* of a broken document */
};

static struct hit *add_hit(struct subject *subject, const struct probe *probe, uint32_t line)
{
	struct matcher_answers *answers = subject->answers;

	GROW(answers->hits, answers->hit_count, answers->hit_cap);
	answers->hits[answers->hit_count] =
	    (struct hit){.probe = probe->index, .at = {subject->path, line}};
	return &answers->hits[answers->hit_count++];
}

static void add_miss(struct subject *subject, const struct probe *probe, uint32_t line,
		     const char *reason)
{
	struct matcher_answers *answers = subject->answers;

	GROW(answers->misses, answers->miss_count, answers->miss_cap);
	answers->misses[answers->miss_count++] =
	    (struct miss){.probe = probe->index, .at = {subject->path, line}, .reason = reason};
}

/* A piece of evidence: without white space at its ends and not too long. */
static const char *piece(struct subject *subject, const char *text, size_t len)
{
	while (len && isspace((unsigned char)*text)) {
		text++;
		len--;
	}
	if (len > MATCHER_MAX_TEXT)
		len = MATCHER_MAX_TEXT;
	/* Not in the middle of a character. */
	while (len == MATCHER_MAX_TEXT && ((unsigned char)text[len - 1] & 0xC0) == 0x80)
		len--;
	if (len == MATCHER_MAX_TEXT - 1 || len == MATCHER_MAX_TEXT)
		len -= (unsigned char)text[len - 1] >= 0xC0;
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	return arena_memdup0(subject->answers->arena, text, len);
}

static void set_names(struct subject *subject, const struct probe *probe, struct hit *hit,
		      struct place_names *names)
{
	const char **copy;

	if (probe->scope != SCOPE_FLEET || names->count == 0)
		return;
	copy = arena_alloc(subject->answers->arena, names->count * sizeof(*copy));
	memcpy(copy, names->names, names->count * sizeof(*copy));
	hit->names = copy;
	hit->name_count = names->count;
}

static struct place_names start_names(struct subject *subject, const struct probe *probe)
{
	struct place_names names = {.arena = subject->answers->arena};

	if (probe->scope == SCOPE_FLEET)
		names_of_path(&names, subject->path);
	return names;
}

/* Dates */

static bool all_digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!isdigit((unsigned char)s[i]))
			return false;
	}
	return true;
}

/* The first YYYY-MM-DD in text, or NULL. */
static const char *find_date(const char *text, size_t len)
{
	for (size_t i = 0; i + 10 <= len; i++) {
		const char *s = text + i;
		int month, day;

		if (s[4] != '-' || s[7] != '-' || !all_digits(s, 4) || !all_digits(s + 5, 2) ||
		    !all_digits(s + 8, 2))
			continue;
		if ((i && isdigit((unsigned char)s[-1])) ||
		    (i + 10 < len && isdigit((unsigned char)s[10])))
			continue;
		month = (s[5] - '0') * 10 + s[6] - '0';
		day = (s[8] - '0') * 10 + s[9] - '0';
		if (month >= 1 && month <= 12 && day >= 1 && day <= 31)
			return s;
	}
	return NULL;
}

static const char *date_of(struct subject *subject)
{
	const char *name = strrchr(subject->path, '/');
	const char *date;
	size_t len = 0;

	name = name ? name + 1 : subject->path;
	date = find_date(name, strlen(name));
	for (int i = 0; !date && i < DATE_LINES && len < subject->len; i++) {
		const char *end = memchr(subject->bytes + len, '\n', subject->len - len);

		len = end ? (size_t)(end - subject->bytes) + 1 : subject->len;
	}
	if (!date && len)
		date = find_date(subject->bytes, len);
	return date ? arena_memdup0(subject->answers->arena, date, 10) : NULL;
}

/* Lines */

/* Whether one of the regexes matches on some line; GAVE_UP when that is not sure. */
static enum regex_result any_line(const struct subject *subject, const struct line_regex *regexes,
				  size_t count)
{
	enum regex_result result = REGEX_NO;
	struct regex_span spans[2];

	for (size_t i = 0; i < count; i++) {
		enum regex_result one =
		    line_search(&regexes[i], subject->bytes, subject->len, 0, spans);

		if (one == REGEX_YES)
			return REGEX_YES;
		if (one == REGEX_GAVE_UP)
			result = REGEX_GAVE_UP;
	}
	return result;
}

/* Whether the content fits all of `lines` and none of `without`. */
static enum regex_result fits(const struct subject *subject, const struct matcher_probe *made)
{
	const struct probe *probe = made->probe;
	enum regex_result worst = REGEX_YES;

	for (size_t i = 0; i < probe->line_count; i++) {
		enum regex_result one = any_line(subject, &made->lines[i], 1);

		if (one == REGEX_NO)
			return REGEX_NO;
		if (one == REGEX_GAVE_UP)
			worst = REGEX_GAVE_UP;
	}
	switch (any_line(subject, made->without, probe->without_count)) {
	case REGEX_YES:
		return REGEX_NO;
	case REGEX_GAVE_UP:
		return REGEX_GAVE_UP;
	case REGEX_NO:
		break;
	}
	return worst;
}

/* A walk over the lines of a file that match. */
struct line_walk {
	struct text_head head;
	size_t counted; /* offset up to which lines were counted */
	uint32_t lines; /* line breaks up to there */
};

static uint32_t line_number(struct subject *subject, struct line_walk *walk, size_t at)
{
	if (at < walk->counted)
		return walk->lines + 1;
	walk->lines +=
	    doc_line_of(subject->bytes + walk->counted, at - walk->counted, at - walk->counted) - 1;
	walk->counted = at;
	return walk->lines + 1;
}

static void line_hit(struct subject *subject, const struct probe *probe, struct line_walk *walk,
		     const struct regex_span spans[2], const char *date)
{
	struct regex_span line = line_around(subject->bytes, subject->len, spans[0].start);
	struct hit *hit = add_hit(subject, probe, line_number(subject, walk, spans[0].start));
	struct place_names names = start_names(subject, probe);

	hit->text = piece(subject, subject->bytes + line.start, line.end - line.start);
	if (date)
		hit->value = date;
	else if (spans[1].end > spans[1].start)
		hit->value =
		    piece(subject, subject->bytes + spans[1].start, spans[1].end - spans[1].start);
	if (probe->scope != SCOPE_FLEET)
		return;
	names_of_text(&names, &walk->head, subject->path, subject->bytes, subject->len,
		      spans[0].start);
	set_names(subject, probe, hit, &names);
}

/* One hit for the file, or one for each line where lines may speak of different services. */
static void line_hits(struct subject *subject, const struct matcher_probe *made, const char *date)
{
	size_t max = made->probe->scope == SCOPE_FLEET ? MATCHER_MAX_HITS : 1;
	struct line_walk walk = {0};
	struct regex_span spans[2];
	size_t from = 0;

	for (size_t i = 0; i < max; i++) {
		struct regex_span line;

		if (line_search(&made->lines[0], subject->bytes, subject->len, from, spans) !=
		    REGEX_YES)
			return;
		line_hit(subject, made->probe, &walk, spans, date);
		line = line_around(subject->bytes, subject->len, spans[0].start);
		from = line.end + 1;
		if (from < spans[0].end)
			from = spans[0].end;
	}
}

/* Queries */

static void parse(struct subject *subject)
{
	int format = doc_format_of(subject->path);

	if (subject->parsed)
		return;
	subject->parsed = true;
	subject->state = DOC_TEMPLATE;
	if (format >= 0)
		subject->state = doc_parse(&subject->doc, (enum doc_format)format, subject->path,
					   subject->bytes, subject->len, &subject->err);
}

/* The text of a line by its number. */
static const char *nth_line(struct subject *subject, uint32_t number)
{
	const char *s = subject->bytes, *end = s + subject->len;
	struct regex_span line;

	for (uint32_t i = 1; i < number && s; i++) {
		s = memchr(s, '\n', (size_t)(end - s));
		s = s ? s + 1 : NULL;
	}
	if (!s || s >= end)
		return NULL;
	line = line_around(subject->bytes, subject->len, (size_t)(s - subject->bytes));
	return piece(subject, subject->bytes + line.start, line.end - line.start);
}

static void query_hit(struct subject *subject, const struct matcher_probe *made,
		      const struct doc *root, const struct query_hit *found, const char *date)
{
	const struct doc *at = found->at ? found->at : found->element;
	struct hit *hit = add_hit(subject, made->probe, at->line);
	struct place_names names = start_names(subject, made->probe);
	const char *value = date;

	hit->text = nth_line(subject, at->line);
	if (!value && made->value)
		value = doc_str(query_first(made->value, found->element));
	if (value)
		hit->value = piece(subject, value, strlen(value));
	if (made->probe->scope != SCOPE_FLEET)
		return;
	names_of_element(&names, root, found->element);
	set_names(subject, made->probe, hit, &names);
}

/* Runs the query over all documents; *gave_up when it was cut short. Returns the hits. */
static size_t query_hits(struct subject *subject, const struct matcher_probe *made,
			 const char *date, bool *gave_up)
{
	size_t max = made->probe->scope == SCOPE_FLEET || made->value ? MATCHER_MAX_HITS : 1;
	struct query_hit found[MATCHER_MAX_HITS];
	size_t total = 0;

	for (size_t i = 0; i < doc_count(subject->doc) && total < max; i++) {
		const struct doc *root = doc_at(subject->doc, i);
		size_t count = 0;

		if (query_run(made->query, root, found, max - total, &count) == QUERY_GAVE_UP)
			*gave_up = true;
		if (count > max - total)
			count = max - total;
		for (size_t j = 0; j < count; j++)
			query_hit(subject, made, root, &found[j], date);
		total += count;
	}
	return total;
}

static void ask_document(struct subject *subject, const struct matcher_probe *made,
			 const char *date)
{
	bool gave_up = false;
	const char *colon;
	uint32_t line;

	parse(subject);
	if (query_hits(subject, made, date, &gave_up) || subject->state == DOC_TEMPLATE)
		return;
	if (gave_up) {
		add_miss(subject, made->probe, 0, "too large to be searched");
	} else if (subject->state == DOC_BROKEN &&
		   matcher_broken_may_hold(made->probe, subject->bytes, subject->len)) {
		colon = subject->err.where ? strrchr(subject->err.where, ':') : NULL;
		line = colon ? (uint32_t)strtoul(colon + 1, NULL, 10) : 0;
		add_miss(subject, made->probe, line,
			 arena_printf(subject->answers->arena, "could not be read: %.120s",
				      subject->err.what ? subject->err.what : "broken"));
	}
}

/* The file */

static bool is_lockfile(const char *path)
{
	const char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	for (size_t i = 0; i < manifest_name_count; i++) {
		if (glob_match(manifest_names[i], name, 0))
			return true;
	}
	return false;
}

/* Asks one probe that needs the content of a text file. */
static void ask_content(struct subject *subject, struct matcher_probe *made)
{
	const struct probe *probe = made->probe;
	const char *date = probe->dated_within ? date_of(subject) : NULL;
	bool searches = probe->line_count || probe->without_count;

	if ((int64_t)subject->len < probe->min_bytes)
		return;
	if (!matcher_compile_content(subject->matcher, made)) {
		add_miss(subject, probe, 0, "the probe's regex or query is broken");
		return;
	}
	if (searches && subject->unsearchable) {
		add_miss(subject, probe, 0, subject->unsearchable);
		return;
	}
	switch (searches ? fits(subject, made) : REGEX_YES) {
	case REGEX_NO:
		return;
	case REGEX_GAVE_UP:
		add_miss(subject, probe, 0, "a regex took too long on it");
		return;
	case REGEX_YES:
		break;
	}
	if (made->query) {
		ask_document(subject, made, date);
	} else if (probe->line_count) {
		line_hits(subject, made, date);
	} else {
		struct place_names names = start_names(subject, probe);
		struct hit *hit = add_hit(subject, probe, 0);

		hit->value = date;
		set_names(subject, probe, hit, &names);
	}
}

static void ask_path(struct subject *subject, const struct matcher_probe *made)
{
	struct place_names names = start_names(subject, made->probe);
	struct hit *hit = add_hit(subject, made->probe, 0);

	set_names(subject, made->probe, hit, &names);
}

void matcher_file(struct matcher *matcher, const uint32_t *probes, size_t count, const char *path,
		  const char *bytes, size_t len, struct matcher_answers *answers)
{
	struct subject subject = {
	    .matcher = matcher, .bytes = bytes ? bytes : "", .len = len, .answers = answers};
	size_t head = len < BINARY_HEAD ? len : BINARY_HEAD;
	bool binary = head && memchr(bytes, '\0', head);
	bool large = len > MAX_BYTES && !is_lockfile(path);

	if (count == 0)
		return;
	subject.path = arena_strdup(answers->arena, path);
	if (!binary && !large && line_too_long(subject.bytes, len))
		subject.unsearchable = "has a line that is too long to be searched";
	for (size_t i = 0; i < count; i++) {
		struct matcher_probe *made = &matcher->probes[probes[i]];

		if (!made->needs_content)
			ask_path(&subject, made);
		else if (large)
			add_miss(&subject, made->probe, 0, "larger than 1 MiB: not read");
		else if (!binary)
			ask_content(&subject, made);
	}
	doc_free(subject.doc);
	err_clear(&subject.err);
}
