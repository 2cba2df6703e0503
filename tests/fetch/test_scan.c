/* One checkout, read in one pass: what is found, what is left out, and what hostile trees do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/git.h"
#include "fetch/scan.h"
#include "tests/support/gitfix.h"

#define NOW INT64_C(1767312000) /* 2026-01-02: a day after the fixtures' clock */

static const char checklist_text[] =
    "schema: 1\n"
    "name: test\n"
    "excluded: [vendor/, node_modules/]\n"
    "checks:\n"
    "  - id: readme\n"
    "    tier: 4\n"
    "    title: Readme\n"
    "    why: w\n"
    "    close: c\n"
    "    pass: {files: ['README.md'], lines: '^# (.+)'}\n"
    "  - id: playbooks\n"
    "    tier: 3\n"
    "    title: Playbooks\n"
    "    why: w\n"
    "    close: c\n"
    "    pass: {files: ['docs/**/*.md'], except: ['docs/drafts/**'], touched_within: 30d}\n"
    "  - id: ci\n"
    "    tier: 2\n"
    "    title: CI\n"
    "    why: w\n"
    "    close: c\n"
    "    pass: {files: ['.github/workflows/*.yml'], scope: repository, where: ['jobs.*.steps']}\n"
    "  - id: rails\n"
    "    tier: 1\n"
    "    title: Rails\n"
    "    why: w\n"
    "    close: c\n"
    "    pass: {dependency: [rails], ecosystem: gem}\n";

struct fixture {
	struct checklist *checklist;
	struct scan_engine *engine;
	char *dir;
};

static int setup(void **state)
{
	struct fixture *fixture = xcalloc(1, sizeof(*fixture));
	struct err err = {0};

	fixture->checklist =
	    checklist_parse("test.yml", checklist_text, sizeof(checklist_text) - 1, &err);
	if (!fixture->checklist)
		fail_msg("%s: %s", err.where, err.what);
	fixture->engine = scan_engine_new(fixture->checklist, NULL);
	assert_non_null(fixture->engine);
	fixture->dir = gitfix_tmp();
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	gitfix_rmtree(fixture->dir);
	scan_engine_free(fixture->engine);
	checklist_free(fixture->checklist);
	free(fixture->dir);
	free(fixture);
	return 0;
}

static struct checkout *scanned(struct fixture *fixture, struct gitfix *fix,
				enum dependency_detail dependencies)
{
	const struct scan_options options = {.now = NOW, .dependencies = dependencies};

	return scan_checkout(fixture->engine, gitfix_path(fix), &options);
}

/* The hits of one check's only probe, as "path:line=value path:line=value". */
static const char *hits_of(const struct fixture *fixture, const struct checkout *checkout,
			   const char *check)
{
	static char text[2048];
	int index = checklist_find(fixture->checklist, check);
	size_t len = 0;

	assert_true(index >= 0);
	text[0] = '\0';
	for (size_t i = 0; i < checkout->hit_count; i++) {
		const struct hit *hit = &checkout->hits[i];

		if (hit->probe != fixture->checklist->checks[index].pass->probe)
			continue;
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s:%u%s%s",
					len ? " " : "", hit->at.path, hit->at.line,
					hit->value ? "=" : "", hit->value ? hit->value : "");
	}
	return text;
}

static bool warned(const struct checkout *checkout, const char *text)
{
	for (size_t i = 0; i < checkout->warning_count; i++)
		if (strstr(checkout->warnings[i].text, text))
			return true;
	return false;
}

static void test_one_pass_answers_probes_and_readers(void **state)
{
	struct fixture *fixture = *state;
	struct gitfix *fix = gitfix_new(fixture->dir, "one");
	struct checkout *checkout;

	gitfix_file(fix, "service.yml", "name: one\ntier: 1\n");
	gitfix_file(fix, "README.md", "intro\n\n# The title\n");
	gitfix_file(fix, "CODEOWNERS", "* @acme/web\n");
	gitfix_file(fix, "docs/a/b.md", "text\n");
	gitfix_file(fix, "docs/drafts/c.md", "text\n");
	gitfix_file(fix, "vendor/docs/README.md", "# not ours\n");
	gitfix_file(fix, ".github/workflows/ci.yml",
		    "on: push\njobs:\n  test:\n    steps:\n      - run: make check\n");
	gitfix_file(fix, "Gemfile.lock",
		    "GEM\n  remote: https://example.com/\n  specs:\n    rails (7.1.2)\n\n"
		    "DEPENDENCIES\n  rails\n");
	gitfix_remote(fix, "https://user:secret@example.com/acme/one.git");
	gitfix_commit(fix, "First");
	checkout = scanned(fixture, fix, DEPENDENCIES_ALL);
	assert_int_equal(checkout->state, CHECKOUT_OK);
	assert_string_equal(hits_of(fixture, checkout, "readme"), "README.md:3=The title");
	assert_string_equal(hits_of(fixture, checkout, "playbooks"), "docs/a/b.md:0");
	assert_non_null(strstr(hits_of(fixture, checkout, "ci"), ".github/workflows/ci.yml:"));
	assert_non_null(strstr(hits_of(fixture, checkout, "rails"), "Gemfile.lock:"));
	assert_int_equal(checkout->descriptor_count, 1);
	assert_int_equal(checkout->descriptors[0].tier, 1);
	assert_int_equal(checkout->code_owners_count, 1);
	assert_string_equal(checkout->code_owners[0].owners[0].value, "acme/web");
	assert_int_equal(checkout->language_count, 1);
	assert_string_equal(checkout->languages[0].name, "ruby");
	assert_true(checkout->dependency_count >= 1);
	assert_int_equal(checkout->history_count, 1);
	assert_int_equal(checkout->histories[0].commits, 1);
	assert_string_equal(checkout->head, gitfix_head(fix));
	assert_null(strstr(checkout->remote, "secret"));
	checkout_free(checkout);
	gitfix_free(fix);
}

static void test_as_many_dependencies_as_were_asked_for(void **state)
{
	struct fixture *fixture = *state;
	struct gitfix *fix = gitfix_new(fixture->dir, "deps");
	static const enum dependency_detail details[] = {DEPENDENCIES_NONE, DEPENDENCIES_DIRECT,
							 DEPENDENCIES_ALL};

	gitfix_file(fix, "Gemfile.lock",
		    "GEM\n  specs:\n    rack (3.0.0)\n    rails (7.1.0)\n      rack\n\n"
		    "DEPENDENCIES\n  rails\n");
	gitfix_commit(fix, "First");
	for (size_t i = 0; i < 3; i++) {
		struct checkout *checkout = scanned(fixture, fix, details[i]);

		assert_int_equal(checkout->dependency_count, i);
		if (i)
			assert_string_equal(checkout->dependencies[i - 1].name, "rails");
		checkout_free(checkout);
	}
	gitfix_free(fix);
}

static void test_the_past_tells_when_a_file_was_touched(void **state)
{
	struct fixture *fixture = *state;
	struct gitfix *fix = gitfix_new(fixture->dir, "touched");
	struct checkout *checkout;

	gitfix_time(fix, NOW - 100 * 86400);
	gitfix_file(fix, "docs/old.md", "old\n");
	gitfix_file(fix, "docs/new.md", "old\n");
	gitfix_commit(fix, "Docs");
	gitfix_time(fix, NOW - 5 * 86400);
	gitfix_file(fix, "docs/new.md", "new\n");
	gitfix_commit(fix, "Better docs");
	checkout = scanned(fixture, fix, DEPENDENCIES_NONE);
	assert_int_equal(checkout->hit_count, 2);
	assert_string_equal(checkout->hits[0].at.path, "docs/new.md");
	assert_int_equal(checkout->hits[0].touched, NOW - 5 * 86400);
	assert_true(checkout->hits[1].touched < NOW - 30 * 86400);
	assert_int_equal(checkout->dependency_count, 0);
	checkout_free(checkout);
	gitfix_free(fix);
}

static void test_each_folder_with_a_descriptor_is_a_service_s(void **state)
{
	struct fixture *fixture = *state;
	struct gitfix *fix = gitfix_new(fixture->dir, "mono");
	struct checkout *checkout;

	gitfix_file(fix, "README.md", "# Root\n");
	gitfix_file(fix, "services/cart/service.yml", "name: cart\ntier: 2\n");
	gitfix_file(fix, "services/cart/README.md", "# Cart\n");
	gitfix_file(fix, "services/mail/catalog-info.yaml",
		    "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: mail\n"
		    "spec:\n  type: service\n  owner: team\n");
	gitfix_file(fix, "services/mail/docs/run.md", "# Run\n");
	/* a Kubernetes object of that name, and a vendored service */
	gitfix_file(fix, "k8s/service.yml",
		    "apiVersion: v1\nkind: Service\nmetadata:\n  name: x\n");
	gitfix_file(fix, "k8s/README.md", "# Not at a root\n");
	gitfix_file(fix, "node_modules/dep/service.yml", "name: dep\ntier: 1\n");
	gitfix_commit(fix, "First");
	checkout = scanned(fixture, fix, DEPENDENCIES_NONE);
	assert_int_equal(checkout->descriptor_count, 2);
	assert_string_equal(checkout->descriptors[0].subdir, "services/cart");
	assert_string_equal(checkout->descriptors[1].subdir, "services/mail");
	assert_string_equal(hits_of(fixture, checkout, "readme"),
			    "README.md:1=Root services/cart/README.md:1=Cart");
	assert_string_equal(hits_of(fixture, checkout, "playbooks"), "services/mail/docs/run.md:0");
	assert_int_equal(checkout->history_count, 3);
	checkout_free(checkout);
	gitfix_free(fix);
}

static void test_a_link_inside_the_tree_is_followed_and_no_other(void **state)
{
	struct fixture *fixture = *state;
	struct gitfix *fix = gitfix_new(fixture->dir, "links");
	struct checkout *checkout;

	gitfix_file(fix, "doc/readme.txt", "# Linked\n");
	gitfix_link(fix, "README.md", "doc/../doc/readme.txt");
	gitfix_link(fix, "docs/passwd.md", "/etc/passwd");
	gitfix_link(fix, "docs/up.md", "../../../../etc/passwd");
	gitfix_link(fix, "docs/loop.md", "loop.md");
	gitfix_commit(fix, "First");
	checkout = scanned(fixture, fix, DEPENDENCIES_NONE);
	assert_string_equal(hits_of(fixture, checkout, "readme"), "README.md:1=Linked");
	assert_string_equal(hits_of(fixture, checkout, "playbooks"), "");
	checkout_free(checkout);
	gitfix_free(fix);
}

static void test_a_broken_file_is_a_miss_and_the_rest_is_read(void **state)
{
	struct fixture *fixture = *state;
	struct gitfix *fix = gitfix_new(fixture->dir, "broken");
	struct checkout *checkout;
	size_t size = 3u << 20;
	char *large = malloc(size);

	memset(large, 'x', size);
	gitfix_file(fix, "docs/fine.md", "fine\n");
	gitfix_file(fix, ".github/workflows/ci.yml", "on: [push\njobs: ]\n  steps:\n");
	gitfix_bytes(fix, "README.md", large, size);
	gitfix_commit(fix, "First");
	checkout = scanned(fixture, fix, DEPENDENCIES_NONE);
	assert_int_equal(checkout->state, CHECKOUT_OK);
	assert_string_equal(hits_of(fixture, checkout, "playbooks"), "docs/fine.md:0");
	assert_int_equal(checkout->miss_count, 2);
	for (size_t i = 0; i < checkout->miss_count; i++)
		assert_non_null(checkout->misses[i].reason);
	checkout_free(checkout);
	gitfix_free(fix);
	free(large);
}

/* A tree whose folders are all the same object, so that it has 10^12 files and few bytes. */
static void test_a_tree_bomb_ends_at_a_cap_and_is_named(void **state)
{
	struct fixture *fixture = *state;
	struct gitfix *fix = gitfix_new(fixture->dir, "bomb");
	struct checkout *checkout;
	unsigned char raw[20];
	char hex[41];
	struct repo_id id;

	gitfix_file(fix, "docs/leaf.md", "leaf\n");
	gitfix_commit(fix, "First");
	snprintf(hex, sizeof(hex), "%s", gitfix_id(fix, "docs"));
	for (int depth = 0; depth < 12; depth++) {
		struct buf tree = {0};

		assert_true(repo_id_parse(hex, &id));
		memcpy(raw, id.bytes, sizeof(raw));
		for (int i = 0; i < 10; i++) {
			buf_addf(&tree, "40000 d%d", i);
			buf_addc(&tree, '\0');
			buf_add(&tree, raw, sizeof(raw));
		}
		snprintf(hex, sizeof(hex), "%s", gitfix_object(fix, "tree", tree.data, tree.len));
		buf_free(&tree);
	}
	struct buf root = {0}, commit = {0};
	struct scan_options options = {.now = NOW};

	assert_true(repo_id_parse(hex, &id));
	buf_adds(&root, "40000 docs");
	buf_addc(&root, '\0');
	buf_add(&root, id.bytes, sizeof(id.bytes));
	buf_addf(&commit,
		 "tree %s\nauthor A <a@example.com> 1767225600 +0000\n"
		 "committer A <a@example.com> 1767225600 +0000\n\nBomb\n",
		 gitfix_object(fix, "tree", root.data, root.len));
	options.rev = gitfix_object(fix, "commit", commit.data, commit.len);
	checkout = scan_checkout(fixture->engine, gitfix_path(fix), &options);
	assert_int_equal(checkout->state, CHECKOUT_OK);
	assert_true(warned(checkout, "left out"));
	/* What was not read must not be called absent. */
	assert_true(checkout->miss_count > 0);
	checkout_free(checkout);
	buf_free(&root);
	buf_free(&commit);
	gitfix_free(fix);
}

static void test_odd_repositories_are_what_they_are(void **state)
{
	struct fixture *fixture = *state;
	struct gitfix *empty = gitfix_new(fixture->dir, "empty");
	struct gitfix *partial = gitfix_new(fixture->dir, "partial");
	struct checkout *checkout = scanned(fixture, empty, DEPENDENCIES_NONE);

	assert_int_equal(checkout->state, CHECKOUT_EMPTY);
	assert_non_null(checkout->problem);
	checkout_free(checkout);
	gitfix_file(partial, "README.md", "# Gone\n");
	gitfix_file(partial, "docs/a.md", "text\n");
	gitfix_commit(partial, "First");
	gitfix_drop_object(partial, gitfix_id(partial, "README.md"));
	checkout = scanned(fixture, partial, DEPENDENCIES_NONE);
	assert_int_equal(checkout->state, CHECKOUT_OK);
	assert_string_equal(hits_of(fixture, checkout, "playbooks"), "docs/a.md:0");
	assert_int_equal(checkout->miss_count, 1);
	assert_string_equal(checkout->misses[0].at.path, "README.md");
	checkout_free(checkout);
	gitfix_free(empty);
	gitfix_free(partial);
}

static void count_call(void *data, const char *hex, const char *resolved)
{
	(void)hex;
	(void)resolved;
	++*(int *)data;
}

static void test_a_commit_that_crashed_a_scanner_is_not_read_again(void **state)
{
	struct fixture *fixture = *state;
	struct gitfix *fix = gitfix_new(fixture->dir, "crashed");
	int heads = 0;
	struct scan_options options = {.now = NOW, .on_head = count_call, .data = &heads};
	struct checkout *checkout;

	gitfix_file(fix, "README.md", "# One\n");
	gitfix_commit(fix, "First");
	options.crashed_head = gitfix_head(fix);
	checkout = scan_checkout(fixture->engine, gitfix_path(fix), &options);
	assert_int_equal(checkout->state, CHECKOUT_CRASHED);
	assert_int_equal(heads, 0);
	assert_int_equal(checkout->hit_count, 0);
	checkout_free(checkout);
	char *before = xstrdup(gitfix_head(fix));

	gitfix_file(fix, "README.md", "# Two\n");
	gitfix_commit(fix, "Second");
	options.crashed_head = before;
	checkout = scan_checkout(fixture->engine, gitfix_path(fix), &options);
	assert_int_equal(checkout->state, CHECKOUT_OK);
	assert_int_equal(heads, 1);
	checkout_free(checkout);
	free(before);
	gitfix_free(fix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_one_pass_answers_probes_and_readers),
	    cmocka_unit_test(test_as_many_dependencies_as_were_asked_for),
	    cmocka_unit_test(test_the_past_tells_when_a_file_was_touched),
	    cmocka_unit_test(test_each_folder_with_a_descriptor_is_a_service_s),
	    cmocka_unit_test(test_a_link_inside_the_tree_is_followed_and_no_other),
	    cmocka_unit_test(test_a_broken_file_is_a_miss_and_the_rest_is_read),
	    cmocka_unit_test(test_a_tree_bomb_ends_at_a_cap_and_is_named),
	    cmocka_unit_test(test_odd_repositories_are_what_they_are),
	    cmocka_unit_test(test_a_commit_that_crashed_a_scanner_is_not_read_again),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
