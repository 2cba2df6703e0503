#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/mem.h"
#include "fetch/history.h"
#include "tests/support/gitfix.h"

#define DAY INT64_C(86400)
#define NOW INT64_C(1790000000)

static char *dir;
static struct gitfix *fix;
static struct arena *arena;
static struct repo *repo;
static struct repo_head head;

static int setup(void **state)
{
	(void)state;
	dir = gitfix_tmp();
	fix = gitfix_new(dir, "app");
	arena = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	repo_close(repo);
	repo = NULL;
	arena_free(arena);
	gitfix_free(fix);
	gitfix_rmtree(dir);
	free(dir);
	return 0;
}

static void open_repo(void)
{
	repo_close(repo);
	repo = repo_open(gitfix_path(fix), NULL);
	assert_non_null(repo);
	assert_int_equal(repo_head(repo, NULL, &head, NULL), REPO_OK);
}

/* A commit by somebody, days ago, that gives path the content text. */
static const char *commit(const char *who, int days, const char *path, const char *text)
{
	char *email = xasprintf("%.*s@acme.com", (int)strcspn(who, " "), who);
	const char *hex;

	gitfix_author(fix, who, email);
	gitfix_time(fix, NOW - days * DAY);
	gitfix_file(fix, path, text);
	hex = gitfix_commit(fix, text);
	free(email);
	return hex;
}

/* "commits+bots: name=n, ..." */
static char *authors(const struct history *history)
{
	struct buf out = {0};

	buf_addf(&out, "%u+%u:", history->commits, history->bot_commits);
	for (size_t i = 0; i < history->author_count; i++)
		buf_addf(&out, " %s=%u%s", history->authors[i].name, history->authors[i].commits,
			 history->authors[i].bot ? "!" : "");
	return buf_detach(&out);
}

static struct history collect(const char *subdir)
{
	struct history out;

	open_repo();
	assert_int_equal(history_collect(repo, &head.id, NOW, &subdir, 1, arena, &out, NULL),
			 REPO_OK);
	return out;
}

static void assert_authors(const struct history *history, const char *want)
{
	char *got = authors(history);

	assert_string_equal(got, want);
	free(got);
}

static void window(void **state)
{
	struct history out;

	(void)state;
	commit("Old Hand", 400, "a", "1");
	commit("Old Hand", 366, "a", "2");
	commit("Ann", 364, "a", "3");
	commit("Bob", 100, "a", "4");
	commit("Ann", 10, "a", "5");
	out = collect("");
	assert_authors(&out, "3+0: Ann=2 Bob=1");
	assert_true(out.complete);
	assert_int_equal(out.last_commit, NOW - 10 * DAY);
	assert_string_equal(out.last_author, "Ann");
	assert_string_equal(out.last_subject, "5");
	assert_int_equal(out.authors[0].last, NOW - 10 * DAY);
	assert_int_equal(out.authors[1].last, NOW - 100 * DAY);
}

/* Somebody's clock was years behind in the middle of the window, another's is ahead. */
static void wrong_clocks(void **state)
{
	struct history out;

	(void)state;
	commit("Ann", 50, "a", "1");
	commit("Ann", 40, "a", "2");
	commit("Old Clock", 9000, "a", "3");
	commit("Ann", 30, "a", "4");
	commit("Bob", -3, "a", "5");
	out = collect("");
	assert_authors(&out, "3+0: Ann=3");
}

static void merges(void **state)
{
	struct history out;
	char *side;

	(void)state;
	commit("Ann", 50, "a", "1");
	gitfix_branch(fix, "side");
	commit("Bob", 45, "b", "1");
	side = xstrdup(commit("Bob", 44, "b", "2"));
	gitfix_checkout(fix, "main");
	commit("Ann", 43, "a", "2");
	gitfix_file(fix, "b", "2");
	gitfix_author(fix, "Merger", "merger@acme.com");
	gitfix_merge(fix, side, "Merge branch side");
	commit("Ann", 1, "a", "3");
	out = collect("");
	assert_authors(&out, "5+0: Ann=3 Bob=2");
	free(side);
}

static void robots(void **state)
{
	struct history out;

	(void)state;
	commit("Ann", 300, "a", "0");
	commit("dependabot[bot]", 200, "a", "1");
	commit("dependabot[bot]", 100, "a", "2");
	commit("renovate", 50, "a", "3");
	commit("release-bot", 40, "a", "4");
	commit("Ann", 30, "a",
	       "Bump x (#3)\n\nCo-authored-by: dependabot[bot] <support@github.com>\n");
	out = collect("");
	assert_authors(&out, "2+4: Ann=2 dependabot[bot]=2! release-bot=1! renovate=1!");
	assert_int_equal(out.dependency_bot_commits, 3);
}

static void mailmap(void **state)
{
	struct history out;

	(void)state;
	gitfix_file(fix, ".mailmap",
		    "Ann Smith <ann@acme.com>\nAnn Smith <ann@acme.com> <as@acme.com>");
	commit("Ann", 30, "a", "1");
	commit("as", 20, "a", "2");
	/* Latin-1, as old commits have it */
	gitfix_author(fix, "J\xfcrgen M", "jm@acme.com");
	gitfix_time(fix, NOW - DAY);
	gitfix_file(fix, "a", "3");
	gitfix_commit(fix, "\xc4nderung");
	out = collect("");
	assert_authors(&out, "3+0: Ann Smith=2 J\xc3\xbcrgen M=1");
	assert_string_equal(out.last_subject, "\xc3\x84nderung");
}

static void folders(void **state)
{
	static const char *const subdirs[] = {"services/one", "",     "services/two",
					      "services/old", "none", "services"};
	struct history out[6];

	(void)state;
	commit("Old Hand", 900, "services/old/x", "made");
	commit("Ann", 50, "services/one/a", "1");
	commit("Bob", 40, "services/two/a", "1");
	commit("Ann", 30, "services/one/b/c", "2");
	commit("Cas", 20, "README", "3");
	commit("Bob", 10, "services/two/a", "4");
	open_repo();
	assert_int_equal(history_collect(repo, &head.id, NOW, subdirs, 6, arena, out, NULL),
			 REPO_OK);
	assert_authors(&out[0], "2+0: Ann=2");
	assert_string_equal(out[0].last_subject, "2");
	assert_authors(&out[1], "5+0: Ann=2 Bob=2 Cas=1");
	assert_string_equal(out[1].last_subject, "4");
	assert_authors(&out[2], "2+0: Bob=2");
	assert_authors(&out[3], "0+0:");
	assert_int_equal(out[3].last_commit, NOW - 900 * DAY);
	assert_string_equal(out[3].last_author, "Old Hand");
	assert_string_equal(out[3].subdir, "services/old");
	assert_authors(&out[4], "0+0:");
	assert_int_equal(out[4].last_commit, 0);
	assert_authors(&out[5], "4+0: Ann=2 Bob=2");
}

static void shallow(void **state)
{
	struct history out;

	(void)state;
	commit("Ann", 500, "a", "1");
	commit("Ann", 300, "a", "2");
	gitfix_shallow(fix, commit("Bob", 200, "a", "3"));
	commit("Bob", 100, "a", "4");
	out = collect("");
	assert_false(out.complete);
	assert_authors(&out, "2+0: Bob=2");
}

/* Cut where the window had ended: nothing is missing. */
static void shallow_enough(void **state)
{
	struct history out;

	(void)state;
	commit("Ann", 500, "a", "1");
	gitfix_shallow(fix, commit("Ann", 400, "a", "2"));
	commit("Bob", 100, "a", "4");
	out = collect("");
	assert_true(out.complete);
	assert_authors(&out, "1+0: Bob=1");
}

static void missing_parent(void **state)
{
	struct history out;
	char *first;

	(void)state;
	first = xstrdup(commit("Ann", 200, "a", "1"));
	commit("Bob", 100, "a", "2");
	gitfix_drop_object(fix, first);
	out = collect("");
	assert_false(out.complete);
	assert_authors(&out, "1+0: Bob=1");
	free(first);
}

static void touched(void **state)
{
	static const char *const paths[] = {"a", "b", "d/c", "none", "d", "x"};
	int64_t times[6];
	char *side;

	(void)state;
	commit("Ann", 500, "x", "old");
	commit("Ann", 90, "a", "1");
	commit("Ann", 80, "d/c", "1");
	gitfix_branch(fix, "side");
	side = xstrdup(commit("Bob", 70, "b", "from the side"));
	gitfix_checkout(fix, "main");
	commit("Ann", 60, "d/e", "1");
	gitfix_file(fix, "b", "from the side");
	gitfix_merge(fix, side, "Merge: takes b as it was there");
	gitfix_drop_file(fix, "a");
	commit("Ann", 40, "z", "and a is gone");
	commit("Ann", 30, "a", "again");
	open_repo();
	assert_int_equal(history_touched(repo, &head.id, paths, 6, NOW, 365 * DAY, times, NULL),
			 REPO_OK);
	assert_int_equal(times[0], NOW - 30 * DAY);
	assert_int_equal(times[1], NOW - 70 * DAY);
	assert_int_equal(times[2], NOW - 80 * DAY);
	assert_int_equal(times[3], HISTORY_OLDER);
	assert_int_equal(times[4], NOW - 60 * DAY);
	assert_int_equal(times[5], HISTORY_OLDER);
	assert_int_equal(history_touched(repo, &head.id, paths, 6, NOW, 9999 * DAY, times, NULL),
			 REPO_OK);
	assert_int_equal(times[3], HISTORY_UNKNOWN);
	assert_int_equal(times[5], NOW - 500 * DAY);
	free(side);
}

static void touched_shallow(void **state)
{
	static const char *const paths[] = {"a", "b"};
	int64_t times[2];

	(void)state;
	commit("Ann", 90, "a", "1");
	gitfix_shallow(fix, commit("Ann", 80, "b", "1"));
	commit("Ann", 70, "b", "2");
	open_repo();
	assert_int_equal(history_touched(repo, &head.id, paths, 2, NOW, 365 * DAY, times, NULL),
			 REPO_OK);
	assert_int_equal(times[0], HISTORY_UNKNOWN);
	assert_int_equal(times[1], NOW - 70 * DAY);
}

/* A change of mode is a change; a file that became a folder too. */
static void touched_kind(void **state)
{
	static const char *const paths[] = {"run", "a", "a/b"};
	int64_t times[3];

	(void)state;
	commit("Ann", 90, "run", "x");
	gitfix_exec(fix, "run", "x");
	commit("Ann", 80, "a", "file");
	gitfix_drop_file(fix, "a");
	commit("Ann", 70, "a/b", "in a folder");
	commit("Ann", 60, "c", "");
	open_repo();
	assert_int_equal(history_touched(repo, &head.id, paths, 3, NOW, 365 * DAY, times, NULL),
			 REPO_OK);
	assert_int_equal(times[0], NOW - 80 * DAY);
	assert_int_equal(times[1], NOW - 70 * DAY);
	assert_int_equal(times[2], NOW - 70 * DAY);
}

static void log_of_folder(void **state)
{
	struct history_commit *commits;
	size_t count;

	(void)state;
	gitfix_file(fix, ".mailmap", "Ann Smith <Ann@acme.com>\n");
	commit("Ann", 90, "d/a", "First\n\nText\n");
	commit("Ann", 80, "b", "Elsewhere");
	commit("Bob", 70, "d/a", "Third");
	open_repo();
	assert_int_equal(history_log(repo, &head.id, "d", 10, arena, &commits, &count, NULL),
			 REPO_OK);
	assert_int_equal(count, 2);
	assert_string_equal(commits[0].subject, "Third");
	assert_string_equal(commits[0].author, "Bob");
	assert_int_equal(commits[0].time, NOW - 70 * DAY);
	assert_int_equal(strlen(commits[0].hash), 40);
	assert_string_equal(commits[1].subject, "First");
	assert_string_equal(commits[1].author, "Ann Smith");
	assert_int_equal(history_log(repo, &head.id, "", 2, arena, &commits, &count, NULL),
			 REPO_OK);
	assert_int_equal(count, 2);
	assert_string_equal(commits[1].subject, "Elsewhere");
	assert_int_equal(history_log(repo, &head.id, "none", 10, arena, &commits, &count, NULL),
			 REPO_OK);
	assert_int_equal(count, 0);
}

/* Hashes are not checked, so history may go in circles: it ends all the same. */
static void circle(void **state)
{
	static const char *const paths[] = {"a"};
	int64_t times[1];
	struct history out;
	char *first, *second, *from, *to;

	(void)state;
	alarm(60);
	first = xstrdup(commit("Ann", 20, "a", "1"));
	second = xstrdup(commit("Ann", 10, "b", "2"));
	from = xasprintf("%sobjects/%.2s/%s", gitfix_git_dir(fix), second, second + 2);
	to = xasprintf("%sobjects/%.2s/%s", gitfix_git_dir(fix), first, first + 2);
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(link(to, from), 0);
	out = collect("");
	assert_int_equal(out.commits, 2);
	assert_int_equal(history_touched(repo, &head.id, paths, 1, NOW, 365 * DAY, times, NULL),
			 REPO_OK);
	assert_int_equal(times[0], HISTORY_OLDER);
	alarm(0);
	free(first);
	free(second);
	free(from);
	free(to);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(window),	  TEST(wrong_clocks),  TEST(merges),  TEST(robots),
	    TEST(mailmap),	  TEST(folders),       TEST(shallow), TEST(shallow_enough),
	    TEST(missing_parent), TEST(touched),       TEST(circle),  TEST(touched_shallow),
	    TEST(touched_kind),	  TEST(log_of_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
