/* The demo fleet: its text is read with care, and what it says becomes repositories. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <git2.h>

#include "core/mem.h"
#include "tests/support/gitfix.h"
#include "tui/demo.h"
#include "tui/demo_fleet.h"

extern const unsigned char data_tui_demo_fleet_txt[];
extern const size_t data_tui_demo_fleet_txt_len;

#define NOW ((int64_t)1795399200) /* 2026-11-23T02:00:00Z */
#define DAY ((int64_t)24 * 60 * 60)

static struct demo_fleet *parse(const char *text)
{
	struct err err = {0};
	struct demo_fleet *fleet = demo_fleet_parse(text, strlen(text), NOW, &err);

	if (!fleet)
		fail_msg("%s: %s", err.where, err.what);
	return fleet;
}

static void test_templates_and_variables(void **state)
{
	struct demo_fleet *fleet =
	    parse("# comment\n"
		  "person ann Ann O'Hara <ann@x.example>\n"
		  "template t\n"
		  "file docs/@{name}-@{-1d}.md age=@{age} by=ann -- On @{+1d}\n"
		  "|# @{name}\n"
		  "|\n"
		  "|${{ kept }}\n"
		  "file other\n"
		  "|first\n"
		  "repo team/app bare\n"
		  "set age 3h\n"
		  "use t\n"
		  "file other\n"
		  "|second\n"
		  "team ann*3\n"
		  "newest 2d\n");
	const struct demo_repo *repo = &fleet->repos[0];

	(void)state;
	assert_int_equal(fleet->repo_count, 1);
	assert_string_equal(repo->name, "app");
	assert_true(repo->bare && !repo->empty);
	assert_int_equal(repo->newest, 2 * DAY);
	assert_int_equal(repo->file_count, 2);
	assert_string_equal(repo->files[0].path, "docs/app-2026-11-22.md");
	assert_string_equal(repo->files[0].text, "# app\n\n${{ kept }}\n");
	assert_string_equal(repo->files[0].subject, "On 2026-11-24");
	assert_int_equal(repo->files[0].age, 3 * 60 * 60);
	assert_string_equal(repo->files[1].text, "second\n");
	assert_string_equal(demo_fleet_person(fleet, "ann")->name, "Ann O'Hara");
	demo_fleet_free(fleet);
}

static void test_files_come_and_go(void **state)
{
	struct demo_fleet *fleet = parse("person ann Ann <ann@x.example>\n"
					 "repo a\n"
					 "set svc cart\n"
					 "file one\n|1\n"
					 "file rules/@{svc}.yml\n|2\n"
					 "late 9d ann one Add one\n"
					 "gone 8d ann one,rules/@{svc}.yml Remove both\n"
					 "back 7d ann one Put it back\n");
	const struct demo_repo *repo = &fleet->repos[0];

	(void)state;
	assert_int_equal(repo->change_count, 3);
	assert_true(repo->files[0].late && !repo->files[1].late);
	assert_int_equal(repo->changes[1].count, 2);
	assert_int_equal(repo->changes[1].files[1], 1);
	assert_true(repo->changes[1].removes && !repo->changes[2].removes);
	assert_string_equal(repo->changes[1].subject, "Remove both");
	assert_int_equal(repo->changes[2].age, 7 * DAY);
	demo_fleet_free(fleet);
}

/* Every mistake in the text is named with its line, none is skipped over. */
static void test_mistakes(void **state)
{
	static const struct {
		const char *text, *where, *what;
	} cases[] = {
	    {"repo a\nuse nothing\n", "demo fleet:2", "no template 'nothing'"},
	    {"repo a\nset k @{absent}\n", "demo fleet:2", "no variable 'absent'"},
	    {"repo a\nfile f\n|@{absent}\nteam\n", "demo fleet:4", "no variable 'absent'"},
	    {"repo a\nfile f\n|@{open\nteam\n", "demo fleet:4", "an open '@{'"},
	    {"repo a\nnewest soon\n", "demo fleet:2", "not an age 'soon'"},
	    {"repo a\nteam bob*2\n", "demo fleet:2", "no person 'bob'"},
	    {"repo a square\n", "demo fleet:1", "not a repo's flag 'square'"},
	    {"repo a\nfile f size=2\n", "demo fleet:2", "not of a file 'size=2'"},
	    {"repo a\nfile f age=2\n|x\n", "demo fleet:3", "not an age '2'"},
	    {"team a\n", "demo fleet:1", "outside of a repo: 'team'"},
	    {"file a\n", "demo fleet:1", "a file outside of a repo: 'a'"},
	    {"|text\n", "demo fleet:1", "no file for '|'"},
	    {"person ann Ann\n", "demo fleet:1", "no e-mail for 'ann'"},
	    {"dance\n", "demo fleet:1", "not a statement: 'dance'"},
	    {"gone 2d\n", "demo fleet:1", "outside of a repo: 'gone'"},
	    {"repo a\ngone soon ann f X\n", "demo fleet:2", "not an age 'soon'"},
	    {"repo a\nlate 2d ann f X\n", "demo fleet:2", "no person 'ann'"},
	    {"person ann A <a@x>\nrepo a\nfile f\nback 2d ann f,g X\n", "demo fleet:4",
	     "no file 'g'"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err err = {0};

		assert_null(demo_fleet_parse(cases[i].text, strlen(cases[i].text), NOW, &err));
		assert_string_equal(err.where, cases[i].where);
		assert_string_equal(err.what, cases[i].what);
		err_clear(&err);
	}
}

/* The text that we ship: its size, and that whoever depends on a service can find it. */
static void test_the_fleet_itself(void **state)
{
	struct err err = {0};
	struct demo_fleet *fleet = demo_fleet_parse((const char *)data_tui_demo_fleet_txt,
						    data_tui_demo_fleet_txt_len, NOW, &err);
	size_t bare = 0, empty = 0, broken = 0, shallow = 0, local = 0;

	(void)state;
	if (!fleet)
		fail_msg("%s: %s", err.where, err.what);
	assert_true(fleet->repo_count >= 40);
	for (size_t i = 0; i < fleet->repo_count; i++) {
		const struct demo_repo *repo = &fleet->repos[i];

		bare += repo->bare;
		empty += repo->empty;
		broken += repo->broken;
		shallow += repo->shallow;
		local += repo->local;
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(repo->name, fleet->repos[j].name);
		assert_true(repo->empty || repo->file_count > 0);
	}
	assert_int_equal(bare, 1);
	assert_int_equal(empty, 1);
	assert_int_equal(broken, 1);
	assert_int_equal(shallow, 1);
	assert_int_equal(local, 1);
	demo_fleet_free(fleet);
}

/* The tree of the newest commit whose subject begins so (NULL: of the head), or of its parent. */
static git_tree *tree_of(git_repository *repo, const char *subject, bool before)
{
	git_oid id;
	git_commit *commit = NULL, *parent = NULL;
	git_tree *tree = NULL;

	assert_int_equal(git_reference_name_to_id(&id, repo, "HEAD"), 0);
	assert_int_equal(git_commit_lookup(&commit, repo, &id), 0);
	while (subject && strncmp(git_commit_message(commit), subject, strlen(subject)) != 0) {
		assert_int_equal(git_commit_parent(&parent, commit, 0), 0);
		git_commit_free(commit);
		commit = parent;
	}
	if (before) {
		assert_int_equal(git_commit_parent(&parent, commit, 0), 0);
		git_commit_free(commit);
		commit = parent;
	}
	assert_int_equal(git_commit_tree(&tree, commit), 0);
	git_commit_free(commit);
	return tree;
}

static bool is_there(const char *dir, const char *subject, bool before, const char *path)
{
	char *full = xasprintf("%s/payments/checkout", dir);
	git_repository *repo = NULL;
	git_tree_entry *entry = NULL;
	git_tree *tree;
	bool there;

	assert_int_equal(git_repository_open(&repo, full), 0);
	tree = tree_of(repo, subject, before);
	there = git_tree_entry_bypath(&entry, tree, path) == 0;
	git_tree_entry_free(entry);
	git_tree_free(tree);
	git_repository_free(repo);
	free(full);
	return there;
}

/* A year in which something was lost, and some of it mended. */
static void check_the_past(const char *dir)
{
	static const char load[] = ".github/workflows/load.yml";
	static const char zone[] = "k8s/overlays/eu-north-1/kustomization.yaml";
	static const char bot[] = ".github/dependabot.yml";

	assert_true(is_there(dir, "Drop the weekly", true, load));
	assert_false(is_there(dir, "Drop the weekly", false, load));
	assert_false(is_there(dir, NULL, false, load));
	assert_true(is_there(dir, "One region until", true, zone));
	assert_false(is_there(dir, "One region until", false, zone));
	assert_true(is_there(dir, NULL, false, zone));
	assert_false(is_there(dir, "First version", false, bot));
	assert_true(is_there(dir, NULL, false, bot));
}

/* The text of a path at the head of a repository; "" when it is not there. Caller frees. */
static char *text_at_head(const char *dir, const char *repo_path, const char *path, int64_t *time)
{
	char *full = xasprintf("%s/%s", dir, repo_path);
	git_repository *repo = NULL;
	git_object *commit = NULL, *blob = NULL;
	char *spec = xasprintf("HEAD:%s", path), *text;

	assert_int_equal(git_repository_open(&repo, full), 0);
	assert_int_equal(git_revparse_single(&commit, repo, "HEAD"), 0);
	*time = git_commit_time((git_commit *)commit);
	if (git_revparse_single(&blob, repo, spec) == 0)
		text = xmemdup0(git_blob_rawcontent((git_blob *)blob),
				(size_t)git_blob_rawsize((git_blob *)blob));
	else
		text = xstrdup("");
	git_object_free(blob);
	git_object_free(commit);
	git_repository_free(repo);
	free(spec);
	free(full);
	return text;
}

static char *head_id(const char *dir, const char *ref)
{
	char *path = xasprintf("%s/%s", dir, ref), line[64] = "";
	FILE *in = fopen(path, "r");

	assert_non_null(in);
	assert_non_null(fgets(line, sizeof(line), in));
	fclose(in);
	free(path);
	return xstrdup(line);
}

static void test_repositories(void **state)
{
	char *dir = gitfix_tmp(), *again = gitfix_tmp(), *text, *a, *b, *path;
	struct err err = {0};
	struct stat st;
	int64_t time;

	(void)state;
	if (demo_make(dir, NOW, &err))
		fail_msg("%s: %s", err.where, err.what);
	assert_int_equal(demo_make(again, NOW, NULL), 0);
	git_libgit2_init();

	text = text_at_head(dir, "payments/checkout", "service.yml", &time);
	assert_non_null(strstr(text, "classification: tier1\n"));
	assert_non_null(strstr(text, "until: 2027-02-01\n"));
	assert_true(time <= NOW && time >= NOW - DAY);
	free(text);
	text = text_at_head(dir, "logistics/partner-feed.git", "service.yml", &time);
	assert_non_null(strstr(text, "name: partner-feed\n"));
	free(text);
	text = text_at_head(dir, "platform/infra-live", "terraform/cart/main.tf", &time);
	assert_non_null(strstr(text, "backup_retention_period = 7\n"));
	free(text);

	check_the_past(dir);
	/* The work tree holds what the commit holds. */
	path = xasprintf("%s/payments/checkout/docs/playbooks/checkout.md", dir);
	assert_int_equal(stat(path, &st), 0);
	free(path);
	path = xasprintf("%s/platform/data-warehouse-jobs/.git/shallow", dir);
	assert_int_equal(stat(path, &st), 0);
	free(path);
	path = xasprintf("%s/platform/subscriptions-poc/.git/refs/heads/main", dir);
	assert_int_not_equal(stat(path, &st), 0);
	free(path);
	a = head_id(dir, "logistics/legacy-erp-sync/.git/refs/heads/main");
	assert_string_equal(a, "0bad0bad0bad0bad0bad0bad0bad0bad0bad0bad\n");
	free(a);

	/* Same clock, same commits. */
	a = head_id(dir, "web/storefront/.git/refs/heads/main");
	b = head_id(again, "web/storefront/.git/refs/heads/main");
	assert_string_equal(a, b);
	free(a);
	free(b);

	git_libgit2_shutdown();
	gitfix_rmtree(dir);
	gitfix_rmtree(again);
	free(dir);
	free(again);
}

/* Nobody's folder is written into twice, and the error says where. */
static void test_an_occupied_folder(void **state)
{
	char *dir = gitfix_tmp();
	struct err err = {0};

	(void)state;
	assert_int_equal(demo_make(dir, NOW, NULL), 0);
	assert_int_equal(demo_make(dir, NOW, &err), -1);
	assert_non_null(strstr(err.where, "payments/checkout"));
	err_clear(&err);
	gitfix_rmtree(dir);
	free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_templates_and_variables),
	    cmocka_unit_test(test_files_come_and_go),
	    cmocka_unit_test(test_mistakes),
	    cmocka_unit_test(test_the_fleet_itself),
	    cmocka_unit_test(test_repositories),
	    cmocka_unit_test(test_an_occupied_folder),
	};

	return cmocka_run_group_tests_name("demo", tests, NULL, NULL);
}
