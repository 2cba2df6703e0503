#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/fleet.h"
#include "core/mem.h"
#include "fetch/scan.h"
#include "tests/support/gitfix.h"
#include "tests/support/itemfix.h"

#define NOW	  1780272000 /* 2026-06-01T00:00:00Z */
#define DAY	  86400
#define MAX_FILES 16
#define MAX_WANTS 4

/* A case as its file has it; texts point into the file. */
struct item_case {
	const char *check;
	char *title;
	char *want; /* "pass configured" */
	char *evidence[MAX_WANTS];
	size_t evidence_count;
	char *because;
	char *past;
	const char *service;
	int aged; /* days */
	struct item_file {
		const char *repo;
		const char *path;
		const char *text; /* ends where the next file or case begins */
	} files[MAX_FILES];
	size_t file_count;
	char *name; /* of the test */
};

struct suite {
	const struct checklist *checklist;
	struct scan_engine *engine;
	char **texts; /* of the files */
	size_t text_count;
	struct item_case *cases;
	size_t count, cap;
};

__attribute__((noreturn)) static void die(const char *what, const char *where)
{
	fprintf(stderr, "itemfix: %s: %s\n", what, where);
	abort();
}

static char *read_text(const char *path)
{
	FILE *file = fopen(path, "r");
	struct buf text = {0};
	char chunk[4096];
	size_t len;

	if (!file)
		die("cannot read", path);
	while ((len = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buf_add(&text, chunk, len);
	fclose(file);
	return buf_detach(&text);
}

/* Reading the cases */

static char *after(char *line, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(line, prefix, len) == 0 ? line + len : NULL;
}

static void add_file(struct item_case *item, char *path)
{
	struct item_file *file = &item->files[item->file_count++];
	char *bang = strchr(path, '!');

	if (item->file_count > MAX_FILES)
		die("too many files", item->title);
	file->repo = "shop";
	file->path = path;
	if (bang) {
		*bang = '\0';
		file->repo = path;
		file->path = bang + 1;
	}
}

static void add_case(struct suite *suite, const char *check, char *head)
{
	struct item_case *item;
	char *colon = strstr(head, ": ");

	if (!colon)
		die("no title", head);
	*colon = '\0';
	GROW(suite->cases, suite->count, suite->cap);
	item = &suite->cases[suite->count++];
	*item = (struct item_case){
	    .check = check, .want = head, .title = colon + 2, .aged = 10, .service = "shop"};
	item->name = xasprintf("%s %s: %s", check, item->want, item->title);
}

static void read_directive(struct item_case *item, char *line)
{
	char *value;

	if ((value = after(line, "-> "))) {
		if (item->evidence_count == MAX_WANTS)
			die("too much evidence", item->title);
		item->evidence[item->evidence_count++] = value;
	} else if ((value = after(line, "because: "))) {
		item->because = value;
	} else if ((value = after(line, "past: "))) {
		item->past = value;
	} else if ((value = after(line, "service: "))) {
		item->service = value;
	} else if ((value = after(line, "aged: "))) {
		item->aged = (int)strtol(value, NULL, 10);
	} else if (*line && *line != '#') {
		die("not understood", line);
	}
}

/* The newline before line is where the file ends; a file may have no line at all. */
static void end_file(struct item_case *item, char *line)
{
	struct item_file *file = &item->files[item->file_count - 1];

	if (file->text == line)
		file->text = "";
	else
		line[-1] = '\0';
}

/* Goes through the text by lines; those of files stay together. */
static void read_cases(struct suite *suite, const char *check, char *text)
{
	struct item_case *item = NULL;
	bool in_file = false;

	for (char *line = text, *next; line; line = next) {
		char *end = strchr(line, '\n'), *value;
		bool cut = !strncmp(line, "== ", 3) || !strncmp(line, "--- ", 4);

		next = end && end[1] ? end + 1 : NULL;
		if (in_file && !cut)
			continue;
		if (end)
			*end = '\0';
		if (in_file)
			end_file(item, line);
		in_file = false;
		if ((value = after(line, "== "))) {
			add_case(suite, check, value);
			item = &suite->cases[suite->count - 1];
		} else if (!item) {
			if (*line && *line != '#')
				die("text before the first case", check);
		} else if ((value = after(line, "--- "))) {
			add_file(item, value);
			item->files[item->file_count - 1].text = next ? next : "";
			in_file = true;
		} else {
			read_directive(item, line);
		}
	}
}

/* Making the repositories */

static void commit_past(struct gitfix *fix, const struct item_case *item)
{
	char *past = xstrdup(item->past ? item->past : ""), *save = NULL;
	unsigned number = 0;

	gitfix_time(fix, NOW - (int64_t)(item->aged + 20) * DAY);
	for (char *who = strtok_r(past, ",", &save); who; who = strtok_r(NULL, ",", &save)) {
		char *space = strrchr(who, ' '), *email;
		int times = space ? (int)strtol(space, NULL, 10) : 0;

		if (times < 1)
			die("no number of commits", who);
		*space = '\0';
		who += strspn(who, " ");
		email = xasprintf("%s@example.com", who);
		for (char *c = email; *c; c++)
			*c = (char)(*c == ' ' ? '.' : tolower((unsigned char)*c));
		gitfix_author(fix, who, email);
		gitfix_committer(fix, who, email);
		free(email);
		while (times--) {
			char *text = xasprintf("%u\n", number++);

			gitfix_file(fix, "past.txt", text);
			gitfix_commit(fix, "Work");
			free(text);
		}
	}
	free(past);
}

static void make_repo(const char *dir, const char *name, const struct item_case *item)
{
	struct gitfix *fix = gitfix_bare(dir, name);

	gitfix_file(fix, "README.md", "# Made up\n");
	if (strcmp(name, "shop") == 0)
		commit_past(fix, item);
	for (size_t i = 0; i < item->file_count; i++) {
		struct buf text = {0};

		if (strcmp(item->files[i].repo, name) != 0)
			continue;
		buf_adds(&text, item->files[i].text);
		buf_addc(&text, '\n');
		gitfix_file(fix, item->files[i].path, buf_str(&text));
		buf_free(&text);
	}
	gitfix_time(fix, NOW - (int64_t)item->aged * DAY);
	gitfix_author(fix, "Zoe", "zoe@example.com");
	gitfix_committer(fix, "Zoe", "zoe@example.com");
	gitfix_commit(fix, "Files");
	gitfix_free(fix);
}

static bool is_first_of_repo(const struct item_case *item, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(item->files[i].repo, item->files[index].repo) == 0)
			return false;
	return strcmp(item->files[index].repo, "shop") != 0;
}

static void take_in(const struct suite *suite, struct fleet *fleet, const char *dir,
		    const char *name, const struct item_case *item)
{
	const struct scan_options options = {.now = NOW};
	char *path = xasprintf("%s/%s", dir, name);

	make_repo(dir, name, item);
	fleet_apply(fleet, scan_checkout(suite->engine, path, &options));
	free(path);
}

static struct fleet *make_fleet(const struct suite *suite, const char *dir,
				const struct item_case *item)
{
	struct fleet *fleet = fleet_new(suite->checklist);

	take_in(suite, fleet, dir, "shop", item);
	for (size_t i = 0; i < item->file_count; i++)
		if (is_first_of_repo(item, i))
			take_in(suite, fleet, dir, item->files[i].repo, item);
	fleet_settle(fleet, NOW);
	return fleet;
}

/* Comparing */

static void say_finding(const struct finding *finding, struct buf *out)
{
	buf_addf(out, "%s", status_name(finding->status));
	if (unknown_code_name(finding->code))
		buf_addf(out, " %s", unknown_code_name(finding->code));
	if (finding->status == STATUS_PASS)
		buf_addf(out, " %s", strength_name(finding->strength));
}

/* PATH or PATH:LINE, with REPOSITORY! before it where it is another one's. */
static char *place_of(const struct evidence *at)
{
	const char *repo = strrchr(at->checkout, '/') ? strrchr(at->checkout, '/') + 1 : "";
	const char *path = at->path ? at->path : "";
	char *place, *whole;

	place = at->line ? xasprintf("%s:%u", path, at->line) : xstrdup(path);
	if (strcmp(repo, "shop") == 0)
		return place;
	whole = xasprintf("%s!%s", repo, place);
	free(place);
	return whole;
}

static bool has_evidence(const struct finding *finding, const char *want)
{
	for (size_t i = 0; i < finding->evidence_count; i++) {
		char *place = place_of(&finding->evidence[i]);
		/* A path alone means any line of it. */
		bool same = strcmp(place, want) == 0 ||
			    (!strchr(want, ':') && !strncmp(place, want, strlen(want)) &&
			     place[strlen(want)] == ':');

		free(place);
		if (same)
			return true;
	}
	return false;
}

static void add_place(struct buf *out, const struct evidence *at)
{
	char *place = place_of(at);

	buf_addf(out, "\n    %s: %s", place, at->text ? at->text : "");
	free(place);
}

static char *differs(const struct item_case *item, const struct finding *finding)
{
	struct buf said = {0}, out = {0};
	bool same;

	say_finding(finding, &said);
	same = strcmp(buf_str(&said), item->want) == 0 &&
	       (!item->because || strstr(finding->reason, item->because));
	for (size_t i = 0; i < item->evidence_count; i++)
		same &= has_evidence(finding, item->evidence[i]);
	if (!same) {
		buf_addf(&out, "%s: %s\n    wanted %s, found %s: %s", item->check, item->title,
			 item->want, buf_str(&said), finding->reason);
		for (size_t i = 0; i < finding->evidence_count; i++)
			add_place(&out, &finding->evidence[i]);
	}
	buf_free(&said);
	return same ? NULL : buf_detach(&out);
}

static const struct suite *current;

static void test_case(void **state)
{
	const struct item_case *item = *state;
	char *dir = gitfix_tmp(), *difference = NULL;
	struct fleet *fleet = make_fleet(current, dir, item);
	int32_t service = fleet_find(fleet, item->service);
	int check = checklist_find(current->checklist, item->check);

	gitfix_rmtree(dir);
	free(dir);
	if (service >= 0 && check >= 0)
		difference = differs(item, &fleet_at(fleet, (size_t)service)->findings[check]);
	fleet_free(fleet);
	if (service < 0 || check < 0)
		fail_msg("no service %s, or no item %s", item->service, item->check);
	if (difference) {
		print_error("%s\n", difference);
		free(difference);
		fail();
	}
}

/* An item without cases on both sides is not tested. */
static void test_enough(void **state)
{
	const char *check = *state;
	unsigned pass = 0, other = 0;

	for (size_t i = 0; i < current->count; i++) {
		if (strcmp(current->cases[i].check, check) != 0)
			continue;
		if (strncmp(current->cases[i].want, "pass", 4) == 0)
			pass++;
		else
			other++;
	}
	assert_true(pass >= 3);
	assert_true(other >= 3);
}

static void load(struct suite *suite, const char *const *checks, size_t count)
{
	struct err err = {0};

	suite->checklist = checklist_builtin();
	suite->engine = scan_engine_new(suite->checklist, &err);
	if (!suite->engine)
		die("the checklist", err.what);
	suite->texts = xcalloc(count, sizeof(*suite->texts));
	for (size_t i = 0; i < count; i++) {
		char *path = xasprintf("tests/fixtures/items/%s.txt", checks[i]);

		suite->texts[suite->text_count++] = read_text(path);
		read_cases(suite, checks[i], suite->texts[i]);
		free(path);
	}
}

int itemfix_main(const char *const *checks, size_t count)
{
	struct suite suite = {0};
	struct CMUnitTest *tests;
	size_t total = 0;
	int failed;

	load(&suite, checks, count);
	tests = xcalloc(suite.count + count, sizeof(*tests));
	for (size_t i = 0; i < count; i++)
		tests[total++] = (struct CMUnitTest){.name = checks[i],
						     .test_func = test_enough,
						     .initial_state = (void *)checks[i]};
	for (size_t i = 0; i < suite.count; i++)
		tests[total++] = (struct CMUnitTest){.name = suite.cases[i].name,
						     .test_func = test_case,
						     .initial_state = &suite.cases[i]};
	current = &suite;
	failed = _cmocka_run_group_tests("items", tests, total, NULL, NULL);
	for (size_t i = 0; i < suite.count; i++)
		free(suite.cases[i].name);
	for (size_t i = 0; i < suite.text_count; i++)
		free(suite.texts[i]);
	free(tests);
	free(suite.cases);
	free(suite.texts);
	scan_engine_free(suite.engine);
	checklist_free((struct checklist *)suite.checklist);
	return failed;
}
