#include "tui/demo_fleet.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/buf.h"
#include "core/mem.h"

#define DAY (24 * 60 * 60)

struct variable {
	const char *key;
	const char *value;
};

/* A file as written, before variables are filled in. */
struct raw_file {
	const char *path;
	struct buf text;
	const char *age; /* NULL: none; so are the next two */
	const char *by;
	const char *subject;
};

struct template
{
	const char *name;
	struct raw_file *files;
	size_t count, cap;
};

struct parser {
	struct demo_fleet *fleet;
	struct template *templates;
	size_t template_count, template_cap;
	struct template *template; /* that we are in; NULL: in a repo, or before both */
	struct raw_file file;	   /* whose lines are being read; path NULL: none */
	struct variable *variables;
	size_t variable_count, variable_cap;
	int64_t now;
	unsigned line;
	struct err *err;
};

static int fail(struct parser *p, const char *what, const char *word)
{
	char where[48];

	snprintf(where, sizeof(where), "demo fleet:%u", p->line);
	return err_set(p->err, where, NULL, "%s '%s'", what, word);
}

static struct demo_repo *current(struct parser *p)
{
	struct demo_fleet *fleet = p->fleet;

	return p->template || !fleet->repo_count ? NULL : &fleet->repos[fleet->repo_count - 1];
}

/* Cuts the first word off *rest; "" at the end. */
static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");
	char *end = word + strcspn(word, " \t");

	*rest = end;
	if (*end) {
		*end = '\0';
		*rest = end + 1 + strspn(end + 1, " \t");
	}
	return word;
}

/* Seconds of "40d", "3h", "20m"; -1: it is no age. */
static int64_t parse_age(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || n < 0 || !*end || end[1])
		return -1;
	return *end == 'd' ? n * DAY : *end == 'h' ? n * 3600 : *end == 'm' ? n * 60 : -1;
}

static int need_age(struct parser *p, const char *text, int64_t *age)
{
	*age = parse_age(text);
	return *age < 0 ? fail(p, "not an age", text) : 0;
}

/* Filling in */

static const char *variable(const struct parser *p, const char *key)
{
	for (size_t i = p->variable_count; i-- > 0;) {
		if (strcmp(p->variables[i].key, key) == 0)
			return p->variables[i].value;
	}
	return NULL;
}

static int put_variable(struct parser *p, const char *key, struct buf *out)
{
	const char *value = variable(p, key);
	struct tm tm;
	time_t when;

	if (value) {
		buf_adds(out, value);
		return 0;
	}
	if ((*key != '-' && *key != '+') || parse_age(key + 1) < 0)
		return fail(p, "no variable", key);
	when = (time_t)(p->now + (*key == '-' ? -parse_age(key + 1) : parse_age(key + 1)));
	gmtime_r(&when, &tm);
	buf_addf(out, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	return 0;
}

static int fill_in(struct parser *p, const char *text, struct buf *out)
{
	const char *open;
	char key[64];

	while ((open = strstr(text, "@{"))) {
		const char *close = strchr(open, '}');

		buf_add(out, text, (size_t)(open - text));
		if (!close || (size_t)(close - open) >= sizeof(key))
			return fail(p, "an open", "@{");
		memcpy(key, open + 2, (size_t)(close - open) - 2);
		key[close - open - 2] = '\0';
		if (put_variable(p, key, out))
			return -1;
		text = close + 1;
	}
	buf_adds(out, text);
	return 0;
}

/* A copy with variables filled in; NULL on error. */
static const char *filled(struct parser *p, const char *text)
{
	struct buf out = {0};
	const char *copy = NULL;

	if (fill_in(p, text, &out) == 0)
		copy = arena_strdup(p->fleet->arena, buf_str(&out));
	buf_free(&out);
	return copy;
}

/* Files */

/* Puts a file into a repo, in place of one of the same path. */
static int add_file(struct parser *p, struct demo_repo *repo, const struct raw_file *raw)
{
	struct demo_file file = {.age = -1};
	const char *age = raw->age ? filled(p, raw->age) : NULL;
	size_t i = 0;

	file.path = filled(p, raw->path);
	file.text = filled(p, buf_str(&raw->text));
	file.by = raw->by ? filled(p, raw->by) : NULL;
	file.subject = raw->subject ? filled(p, raw->subject) : NULL;
	if (!file.path || !file.text || (raw->age && !age) || (raw->by && !file.by) ||
	    (raw->subject && !file.subject))
		return -1;
	if (age && need_age(p, age, &file.age))
		return -1;
	if (file.by && !demo_fleet_person(p->fleet, file.by))
		return fail(p, "no person", file.by);
	file.len = strlen(file.text);
	while (i < repo->file_count && strcmp(repo->files[i].path, file.path) != 0)
		i++;
	if (i == repo->file_count) {
		GROW(repo->files, repo->file_count, repo->file_cap);
		repo->file_count++;
	}
	repo->files[i] = file;
	return 0;
}

/* The end of a file's lines: it goes where it belongs. */
static int end_file(struct parser *p)
{
	struct raw_file file = p->file;
	int rc;

	if (!file.path)
		return 0;
	memset(&p->file, 0, sizeof(p->file));
	if (p->template) {
		GROW(p->template->files, p->template->count, p->template->cap);
		p->template->files[p->template->count++] = file;
		return 0;
	}
	rc = add_file(p, current(p), &file);
	buf_free(&file.text);
	return rc;
}

static int read_file(struct parser *p, char *rest)
{
	struct arena *arena = p->fleet->arena;
	char *subject = strstr(rest, " -- ");

	if (subject) {
		*subject = '\0';
		p->file.subject = arena_strdup(arena, subject + 4);
	}
	p->file.path = arena_strdup(arena, next_word(&rest));
	while (*rest) {
		char *word = next_word(&rest);

		if (strncmp(word, "by=", 3) == 0)
			p->file.by = arena_strdup(arena, word + 3);
		else if (strncmp(word, "age=", 4) == 0)
			p->file.age = arena_strdup(arena, word + 4);
		else
			return fail(p, "not of a file", word);
	}
	return p->template || current(p) ? 0 : fail(p, "a file outside of a repo:", p->file.path);
}

/* Statements; each gets what follows its word */

static int read_person(struct parser *p, char *rest)
{
	struct demo_fleet *fleet = p->fleet;
	struct demo_person person = {.key = arena_strdup(fleet->arena, next_word(&rest))};
	char *open = strstr(rest, " <");
	size_t len = strlen(rest);

	if (!open || rest[len - 1] != '>')
		return fail(p, "no e-mail for", person.key);
	rest[len - 1] = '\0';
	*open = '\0';
	person.name = arena_strdup(fleet->arena, rest);
	person.email = arena_strdup(fleet->arena, open + 2);
	GROW(fleet->people, fleet->person_count, fleet->person_cap);
	fleet->people[fleet->person_count++] = person;
	return 0;
}

static int read_messages(struct parser *p, char *rest)
{
	struct demo_fleet *fleet = p->fleet;
	struct demo_messages messages = {.key = arena_strdup(fleet->arena, next_word(&rest))};
	size_t max = 1;

	for (const char *c = rest; *c; c++)
		max += *c == '|';
	messages.subjects = arena_alloc(fleet->arena, max * sizeof(*messages.subjects));
	while (*rest) {
		char *end = strstr(rest, " | ");

		messages.subjects[messages.count++] =
		    arena_memdup0(fleet->arena, rest, end ? (size_t)(end - rest) : strlen(rest));
		rest = end ? end + 3 : rest + strlen(rest);
	}
	GROW(fleet->messages, fleet->message_count, fleet->message_cap);
	fleet->messages[fleet->message_count++] = messages;
	return messages.count ? 0 : fail(p, "no subjects for", messages.key);
}

static int read_template(struct parser *p, char *rest)
{
	struct template template = {.name = arena_strdup(p->fleet->arena, next_word(&rest))};

	GROW(p->templates, p->template_count, p->template_cap);
	p->templates[p->template_count++] = template;
	p->template = &p->templates[p->template_count - 1];
	return 0;
}

static int set_flag(struct parser *p, struct demo_repo *repo, const char *flag)
{
	bool *const flags[] = {&repo->bare, &repo->empty, &repo->broken, &repo->shallow,
			       &repo->local};
	static const char *const names[] = {"bare", "empty", "broken", "shallow", "local"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(flag, names[i]) == 0) {
			*flags[i] = true;
			return 0;
		}
	}
	return fail(p, "not a repo's flag", flag);
}

static int set_variable(struct parser *p, const char *key, const char *value)
{
	struct variable variable = {.key = arena_strdup(p->fleet->arena, key)};

	variable.value = filled(p, value);
	GROW(p->variables, p->variable_count, p->variable_cap);
	p->variables[p->variable_count++] = variable;
	return variable.value ? 0 : -1;
}

static int read_repo(struct parser *p, char *rest)
{
	struct demo_fleet *fleet = p->fleet;
	struct demo_repo repo = {.since = (int64_t)700 * DAY, .newest = DAY};
	const char *slash;

	p->template = NULL;
	p->variable_count = 0;
	repo.path = arena_strdup(fleet->arena, next_word(&rest));
	slash = strrchr(repo.path, '/');
	repo.name = slash ? slash + 1 : repo.path;
	while (*rest) {
		if (set_flag(p, &repo, next_word(&rest)))
			return -1;
	}
	GROW(fleet->repos, fleet->repo_count, fleet->repo_cap);
	fleet->repos[fleet->repo_count++] = repo;
	return set_variable(p, "name", repo.name);
}

static int read_set(struct parser *p, char *rest)
{
	const char *key = next_word(&rest);

	return set_variable(p, key, rest);
}

static int read_use(struct parser *p, char *rest)
{
	const char *name = next_word(&rest);
	const struct template *found = NULL;
	struct demo_repo *repo = current(p);

	for (size_t i = 0; i < p->template_count; i++) {
		if (strcmp(p->templates[i].name, name) == 0)
			found = &p->templates[i];
	}
	if (!found)
		return fail(p, "no template", name);
	for (size_t i = 0; i < found->count; i++) {
		if (add_file(p, repo, &found->files[i]))
			return -1;
	}
	return 0;
}

static int read_team(struct parser *p, char *rest)
{
	struct demo_repo *repo = current(p);

	while (*rest) {
		char *word = next_word(&rest);
		char *star = strchr(word, '*');
		struct demo_share share = {0};

		if (star)
			*star = '\0';
		share.by = arena_strdup(p->fleet->arena, word);
		share.commits = star ? (unsigned)strtoul(star + 1, NULL, 10) : 1;
		if (!demo_fleet_person(p->fleet, share.by))
			return fail(p, "no person", word);
		GROW(repo->team, repo->team_count, repo->team_cap);
		repo->team[repo->team_count++] = share;
	}
	return 0;
}

static int read_commit(struct parser *p, char *rest)
{
	struct demo_repo *repo = current(p);
	struct demo_commit commit = {0};

	if (need_age(p, next_word(&rest), &commit.age))
		return -1;
	commit.by = arena_strdup(p->fleet->arena, next_word(&rest));
	commit.subject = arena_strdup(p->fleet->arena, rest);
	if (!demo_fleet_person(p->fleet, commit.by))
		return fail(p, "no person", commit.by);
	GROW(repo->commits, repo->commit_count, repo->commit_cap);
	repo->commits[repo->commit_count++] = commit;
	return 0;
}

static int add_to_change(struct parser *p, struct demo_change *change, const char *word, bool late)
{
	struct demo_repo *repo = current(p);
	const char *path = filled(p, word);

	for (size_t i = 0; path && i < repo->file_count; i++) {
		if (strcmp(repo->files[i].path, path) != 0)
			continue;
		GROW(change->files, change->count, change->cap);
		change->files[change->count++] = i;
		repo->files[i].late |= late;
		return 0;
	}
	return path ? fail(p, "no file", path) : -1;
}

/* "N KEY PATH,PATH SUBJECT" */
static int read_change(struct parser *p, char *rest, bool removes, bool late)
{
	struct demo_repo *repo = current(p);
	struct demo_change change = {.removes = removes};
	struct demo_change *kept;
	char *paths;

	if (need_age(p, next_word(&rest), &change.age))
		return -1;
	change.by = arena_strdup(p->fleet->arena, next_word(&rest));
	if (!demo_fleet_person(p->fleet, change.by))
		return fail(p, "no person", change.by);
	paths = next_word(&rest);
	change.subject = arena_strdup(p->fleet->arena, rest);
	GROW(repo->changes, repo->change_count, repo->change_cap);
	kept = &repo->changes[repo->change_count++];
	*kept = change;
	for (char *path; (path = strsep(&paths, ","));)
		if (add_to_change(p, kept, path, late))
			return -1;
	return 0;
}

static int read_late(struct parser *p, char *rest)
{
	return read_change(p, rest, false, true);
}

static int read_gone(struct parser *p, char *rest)
{
	return read_change(p, rest, true, false);
}

static int read_back(struct parser *p, char *rest)
{
	return read_change(p, rest, false, false);
}

static int read_changelogs(struct parser *p, char *rest)
{
	struct demo_repo *repo = current(p);

	while (*rest) {
		GROW(repo->changelogs, repo->changelog_count, repo->changelog_cap);
		repo->changelogs[repo->changelog_count++] =
		    arena_strdup(p->fleet->arena, next_word(&rest));
	}
	return 0;
}

static int read_talk(struct parser *p, char *rest)
{
	current(p)->talk = arena_strdup(p->fleet->arena, next_word(&rest));
	return demo_fleet_messages(p->fleet, current(p)->talk)
		   ? 0
		   : fail(p, "no messages", current(p)->talk);
}

static int read_since(struct parser *p, char *rest)
{
	return need_age(p, next_word(&rest), &current(p)->since);
}

static int read_newest(struct parser *p, char *rest)
{
	return need_age(p, next_word(&rest), &current(p)->newest);
}

static int read_statement(struct parser *p, char *line)
{
	static const struct {
		const char *word;
		bool in_repo;
		int (*read)(struct parser *p, char *rest);
	} statements[] = {
	    {"person", false, read_person},
	    {"messages", false, read_messages},
	    {"template", false, read_template},
	    {"repo", false, read_repo},
	    {"file", false, read_file},
	    {"set", true, read_set},
	    {"use", true, read_use},
	    {"team", true, read_team},
	    {"talk", true, read_talk},
	    {"changelogs", true, read_changelogs},
	    {"since", true, read_since},
	    {"newest", true, read_newest},
	    {"commit", true, read_commit},
	    {"late", true, read_late},
	    {"gone", true, read_gone},
	    {"back", true, read_back},
	};
	char *rest = line;
	const char *word = next_word(&rest);

	if (end_file(p))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
		if (strcmp(word, statements[i].word) != 0)
			continue;
		if (statements[i].in_repo && !current(p))
			return fail(p, "outside of a repo:", word);
		return statements[i].read(p, rest);
	}
	return fail(p, "not a statement:", word);
}

static int read_line(struct parser *p, const char *line, size_t len)
{
	char *copy;
	int rc;

	p->line++;
	if (len == 0 || *line == '#')
		return 0;
	if (*line == '|') {
		if (!p->file.path)
			return fail(p, "no file for", "|");
		buf_add(&p->file.text, line + 1, len - 1);
		buf_addc(&p->file.text, '\n');
		return 0;
	}
	copy = xmemdup0(line, len);
	rc = read_statement(p, copy);
	free(copy);
	return rc;
}

static void parser_free(struct parser *p)
{
	for (size_t i = 0; i < p->template_count; i++) {
		for (size_t j = 0; j < p->templates[i].count; j++)
			buf_free(&p->templates[i].files[j].text);
		free(p->templates[i].files);
	}
	free(p->templates);
	free(p->variables);
	buf_free(&p->file.text);
}

struct demo_fleet *demo_fleet_parse(const char *text, size_t len, int64_t now, struct err *err)
{
	struct demo_fleet *fleet = xcalloc(1, sizeof(*fleet));
	struct parser p = {.fleet = fleet, .now = now, .err = err};
	const char *end = text + len;
	int rc = 0;

	fleet->arena = arena_new();
	while (rc == 0 && text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t line = newline ? (size_t)(newline - text) : (size_t)(end - text);

		rc = read_line(&p, text, line);
		text += line + 1;
	}
	if (rc == 0)
		rc = end_file(&p);
	parser_free(&p);
	if (rc == 0)
		return fleet;
	demo_fleet_free(fleet);
	return NULL;
}

void demo_fleet_free(struct demo_fleet *fleet)
{
	if (!fleet)
		return;
	for (size_t i = 0; i < fleet->repo_count; i++) {
		free(fleet->repos[i].files);
		free(fleet->repos[i].team);
		free(fleet->repos[i].changelogs);
		free(fleet->repos[i].commits);
		for (size_t c = 0; c < fleet->repos[i].change_count; c++)
			free(fleet->repos[i].changes[c].files);
		free(fleet->repos[i].changes);
	}
	free(fleet->repos);
	free(fleet->people);
	free(fleet->messages);
	arena_free(fleet->arena);
	free(fleet);
}

const struct demo_person *demo_fleet_person(const struct demo_fleet *fleet, const char *key)
{
	for (size_t i = 0; i < fleet->person_count; i++) {
		if (strcmp(fleet->people[i].key, key) == 0)
			return &fleet->people[i];
	}
	return NULL;
}

const struct demo_messages *demo_fleet_messages(const struct demo_fleet *fleet, const char *key)
{
	for (size_t i = 0; i < fleet->message_count; i++) {
		if (strcmp(fleet->messages[i].key, key) == 0)
			return &fleet->messages[i];
	}
	return NULL;
}
