/*
 * The panes over real repositories: what they show at each size, and the ways from
 * one to the other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tests/support/dashboard.h"
#include "tests/support/gitfix.h"

static const char playbook[] =
    "# Checkout is down\n\n## Symptoms\n\nOrders fail with **503**; `checkout_errors` rises.\n\n"
    "## Mitigation\n\n1. Look at the [dashboard](https://grafana.example.com/d/checkout).\n"
    "2. Restart the workers:\n\n```sh\nkubectl rollout restart deployment/checkout\n```\n\n"
    "| Alert | Means |\n| --- | --- |\n| CheckoutDown | nobody can pay |\n\n"
    "## Roll back\n\n- Find the last good build.\n- Deploy it again, and tell the payments "
    "team in their channel that you did so and why you thought that it was the deploy.\n";

static const char rollback[] =
    "# Roll back\n\n## Steps\n\nThis one is about going back to the build before. It is long "
    "enough for the checklist to take it for a playbook with something in it.\n\n"
    "1. Open the deploy page and choose the last build that was good.\n2. Press the button and "
    "wait until all pods run the old image.\n3. Check the error rate; it goes below one percent "
    "within five minutes, else call the payments team, since something else is broken.\n";

static void commits(struct gitfix *fix, int count)
{
	char message[64], text[32];

	for (int i = 1; i <= count; i++) {
		snprintf(message, sizeof(message), "Change number %d", i);
		snprintf(text, sizeof(text), "%d\n", i);
		gitfix_file(fix, "lib/change.txt", text);
		gitfix_commit(fix, message);
	}
}

static void make_checkout(const char *root)
{
	struct gitfix *fix = gitfix_new(root, "checkout");

	gitfix_remote(fix, "https://git.example.com/acme/checkout.git");
	gitfix_file(fix, "service.yml",
		    "name: checkout\n"
		    "description: Takes the money\n"
		    "tier: 1\n"
		    "type: service\n"
		    "owners:\n"
		    "  - acme/payments\n"
		    "depends_on: [ledger, ghost]\n"
		    "links:\n"
		    "  - name: Dashboard\n"
		    "    type: dashboard\n"
		    "    url: https://grafana.example.com/d/checkout\n");
	gitfix_file(fix, "catalog-info.yaml",
		    "apiVersion: backstage.io/v1alpha1\nkind: Component\n"
		    "metadata:\n  name: checkout\n"
		    "spec:\n  type: service\n  lifecycle: production\n  owner: somebody-else\n");
	gitfix_file(fix, "docs/playbooks/checkout.md", playbook);
	gitfix_file(fix, "docs/playbooks/rollback.md", rollback);
	gitfix_file(fix, "Tiltfile", "load('ext://restart_process')\n");
	gitfix_commit(fix, "Start");
	commits(fix, 4);
	gitfix_free(fix);
}

/* A service that needs little room to describe. */
static void make_small(const char *root, const char *name, const char *descriptor)
{
	struct gitfix *fix = gitfix_new(root, name);

	if (descriptor)
		gitfix_file(fix, "service.yml", descriptor);
	gitfix_file(fix, "README.md", "hello\n");
	gitfix_commit(fix, "Start");
	gitfix_free(fix);
}

static int make_fleet(void **state)
{
	char *root = gitfix_tmp();

	make_checkout(root);
	make_small(root, "ledger",
		   "name: ledger\ntier: 2\nowners: [acme/ledger]\n"
		   "links:\n  - {type: playbook, name: Ledger wiki, url: "
		   "'https://wiki.example.com/ledger'}\n");
	make_small(root, "docs-site", "name: docs-site\ntier: 3\nowners: [acme/web]\n");
	make_small(root, "toy", "name: toy\ntier: 4\n");
	make_small(root, "lonely", NULL);
	*state = root;
	return 0;
}

static int remove_fleet(void **state)
{
	gitfix_rmtree(*state);
	free(*state);
	return 0;
}

/* ---- the ways ---- */

static void from_services_to_the_line_and_back(void **state)
{
	struct term *term = dashboard_start(*state, 24, 80);

	dashboard_cursor_on(term, "checkout");
	dashboard_keys(term, "\r");
	dashboard_shows(term, "svctop › services › checkout");
	dashboard_cursor_to(term, "dev-setup", "j");
	dashboard_keys(term, "\r");
	dashboard_shows(term, "checkout › Tiltfile");
	dashboard_shows(term, "evidence of dev-setup");
	dashboard_shows(term, "    1 load('ext://restart_process')");
	dashboard_keys(term, "\033");
	dashboard_cursor_on(term, "dev-setup");
	dashboard_keys(term, "g\r");
	dashboard_shows(term, "checkout.md:3");
	dashboard_shows(term, "    3 ## Symptoms");
	dashboard_shows(term, "    1 # Checkout is down");
	dashboard_keys(term, "qq");
	dashboard_hides(term, "TIER 1");
	dashboard_cursor_on(term, "checkout");
	/* `-` goes to the view before, which is as it was left. */
	dashboard_keys(term, "-");
	dashboard_cursor_on(term, "playbooks");
	dashboard_stop(term);
}

static void the_line_is_in_sight_and_set_apart(void **state)
{
	struct term *term = dashboard_start(*state, 12, 60);
	struct term_cell plain, evidence;
	int row, col;

	dashboard_keys(term, "\rG");
	dashboard_cursor_to(term, "catalog-info.yaml:7", "k");
	dashboard_keys(term, "\r");
	dashboard_shows(term, "    7   lifecycle: production");
	term_find(term, "lifecycle: production", &row, &col);
	evidence = term_cell(term, row, col);
	plain = term_cell(term, row - 1, col);
	assert_true(evidence.reverse != plain.reverse || evidence.bg.kind != plain.bg.kind ||
		    evidence.bg.index != plain.bg.index);
	dashboard_stop(term);
}

static void neighbours_and_facts_open(void **state)
{
	struct term *term = dashboard_start(*state, 40, 100);

	dashboard_keys(term, "\r");
	dashboard_shows(term, "needs ledger T2, ghost not here");
	dashboard_cursor_to(term, "needs       ledger", "j");
	dashboard_keys(term, "\r");
	dashboard_shows(term, "checkout › ledger");
	dashboard_shows(term, "needed by checkout T1");
	dashboard_keys(term, "q");
	dashboard_cursor_on(term, "needs       ledger");
	/* A service that is nowhere leads to the line that names it. */
	dashboard_cursor_to(term, "needs       ghost", "j");
	dashboard_keys(term, "\r");
	dashboard_shows(term, "depends_on: [ledger, ghost]");
	dashboard_keys(term, "q");
	dashboard_cursor_to(term, "somebody-else", "j");
	dashboard_keys(term, "\r");
	dashboard_shows(term, "catalog-info.yaml:8");
	dashboard_stop(term);
}

/* ---- the service pane ---- */

static void a_service_whole(void **state)
{
	struct term *term = dashboard_start(*state, 200, 100);
	static const char *const texts[] = {
	    "T1 Critical · holds none · acme/payments",
	    "Takes the money",
	    "── TIER 1 Critical ─",
	    "── TIER 4 Experiment ─",
	    "✓ playbooks            declared   docs/playbooks/checkout.md:3",
	    "✗ slo                  gap        no Sloth",
	    "    close: Add a Sloth or OpenSLO file",
	    "needs       ghost  not in this fleet  service.yml:7",
	    "dashboard   Dashboard  https://grafana.example.com/d/checkout",
	    "! owners: acme/payments service.yml:6 is taken, not somebody-else catalog-info.yaml:8",
	    "owner       acme/payments  service.yml:6",
	    "lifecycle   production  catalog-info.yaml:7",
	    "remote      https://git.example.com/acme/checkout.git",
	    "Change number 4  Ann",
	    "10d  Start  Ann",
	};

	dashboard_keys(term, "\r");
	assert_true(term_expect(term, "Change number 4"));
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		dashboard_shows(term, texts[i]);
	dashboard_stop(term);
}

static void only_what_is_broken(void **state)
{
	struct term *term = dashboard_start(*state, 60, 100);

	dashboard_keys(term, "\r");
	dashboard_shows(term, "playbooks            declared");
	dashboard_keys(term, "f");
	dashboard_hides(term, "playbooks            declared");
	dashboard_shows(term, "slo                  gap");
	dashboard_shows(term, "only what is broken");
	dashboard_keys(term, "f");
	dashboard_shows(term, "playbooks            declared");
	dashboard_keys(term, "f*");
	dashboard_shows(term, "playbooks            declared");
	dashboard_hides(term, "only what is broken");
	dashboard_stop(term);
}

static void a_service_beside_the_table(void **state)
{
	struct term *term = dashboard_start(*state, 60, 200);
	int row, col;

	dashboard_shows(term, "── TIER 1 Critical ─");
	/* One cursor, the table's: nothing in the text beside can be chosen. */
	assert_true(term_find(term, "▌", &row, &col));
	assert_int_equal(col, 0);
	dashboard_keys(term, "j");
	dashboard_shows(term, "needed by checkout T1");
	dashboard_stop(term);
}

/* Below the headline and above the line of state stands the pane. */
static void assert_framed(struct term *term)
{
	int rows = term_rows(term);

	if (!strstr(term_row(term, 0), " › ") || !strstr(term_row(term, rows - 1), "help"))
		term_dump(term);
	assert_non_null(strstr(term_row(term, 0), " › "));
	assert_non_null(strstr(term_row(term, rows - 1), "help"));
	assert_string_not_equal(term_row(term, 2), "");
}

static void every_pane_at(const char *root, int rows, int cols)
{
	struct term *term = dashboard_start(root, rows, cols);

	assert_framed(term);
	dashboard_shows(term, "checkout");
	dashboard_keys(term, "\r");
	assert_framed(term);
	dashboard_shows(term, "T1 Critical");
	dashboard_shows(term, "── TIER 1 ");
	dashboard_shows(term, "1 met, 3 gaps, 2 unknown ──");
	dashboard_shows(term, "✓ playbooks");
	dashboard_keys(term, "\r");
	assert_framed(term);
	dashboard_shows(term, "    3 ## Symptoms");
	dashboard_keys(term, "qp");
	assert_framed(term);
	dashboard_shows(term, "Checkout is down");
	dashboard_keys(term, "sa");
	assert_framed(term);
	dashboard_shows(term, "slo");
	dashboard_keys(term, "t");
	assert_framed(term);
	dashboard_shows(term, "TIER 1 Critical");
	dashboard_shows(term, "GAPS");
	dashboard_keys(term, "?");
	assert_framed(term);
	dashboard_stop(term);
}

static void at_80x24(void **state)
{
	every_pane_at(*state, 24, 80);
}

static void at_200x60(void **state)
{
	every_pane_at(*state, 60, 200);
}

static void at_40x12(void **state)
{
	every_pane_at(*state, 12, 40);
}

/* ---- gaps ---- */

static void gaps_in_groups(void **state)
{
	struct term *term = dashboard_start(*state, 50, 120);

	dashboard_keys(term, "a");
	dashboard_shows(term, "gaps by service");
	dashboard_shows(term, "1 checkout  payments ─");
	dashboard_shows(term, "4 toy  no owner ─");
	dashboard_shows(term, "- lonely  no owner ─");
	dashboard_shows(term, "   slo ");
	dashboard_cursor_to(term, " slo ", "j");
	dashboard_keys(term, "v");
	dashboard_shows(term, "gaps by item");
	dashboard_shows(term, "1 slo  Defined SLO ─");
	/* The cursor stays with its gap. */
	dashboard_cursor_on(term, "1 checkout");
	dashboard_cursor_on(term, "no Sloth");
	dashboard_keys(term, "v");
	dashboard_shows(term, "gaps by owner");
	dashboard_shows(term, "1 acme/payments ─");
	dashboard_shows(term, "4 no owner ─");
	dashboard_cursor_on(term, "slo");
	dashboard_keys(term, "v");
	dashboard_shows(term, "gaps by service");
	dashboard_cursor_on(term, " slo ");
	dashboard_keys(term, "\r");
	dashboard_shows(term, "gaps by service › checkout");
	dashboard_cursor_on(term, "slo");
	dashboard_keys(term, "q");
	dashboard_cursor_on(term, " slo ");
	dashboard_stop(term);
}

static void gaps_narrowed(void **state)
{
	struct term *term = dashboard_start(*state, 50, 120);

	dashboard_keys(term, "a2");
	dashboard_shows(term, "2 ledger");
	dashboard_hides(term, "1 checkout");
	dashboard_keys(term, "0");
	dashboard_shows(term, "1 checkout");
	dashboard_keys(term, "/owner:web\r");
	dashboard_shows(term, "docs-site");
	dashboard_hides(term, "ledger");
	dashboard_keys(term, "*");
	dashboard_shows(term, "ledger");
	dashboard_keys(term, "/no such thing\r");
	dashboard_shows(term, "No gap passes the filter.");
	dashboard_keys(term, "*f");
	dashboard_shows(term, "everything here is broken already");
	dashboard_keys(term, "C");
	dashboard_shows(term, "reason");
	dashboard_keys(term, "\033");
	dashboard_stop(term);
}

static void gaps_are_marked_and_copied(void **state)
{
	struct term *term = dashboard_start(*state, 50, 120);

	/* the heading takes no mark */
	dashboard_keys(term, "a  ");
	term_mark(term);
	dashboard_keys(term, "y");
	dashboard_shows(term, "copied: checkout security-review");
	/* base64 of "checkout security-review\n" */
	assert_non_null(strstr(term_raw(term, NULL), "Y2hlY2tvdXQgc2VjdXJpdHktcmV2aWV3Cg=="));
	dashboard_stop(term);
}

/* ---- tiers ---- */

static void tiers_lead_to_gaps(void **state)
{
	struct term *term = dashboard_start(*state, 80, 120);

	dashboard_keys(term, "t");
	dashboard_shows(term, "TIER 1 Critical  0 of 1 reach it");
	dashboard_shows(term, "TIER 3 Useful  0 of 1 reach it");
	dashboard_shows(term, "TIER 4 Experiment  0 of 1 reach it");
	dashboard_cursor_to(term, "  slo ", "j");
	dashboard_keys(term, "\r");
	dashboard_shows(term, "gaps by item");
	dashboard_shows(term, "/tier:1 check:slo");
	dashboard_shows(term, "1 gap ");
	dashboard_shows(term, "1 checkout");
	dashboard_keys(term, "\033");
	dashboard_cursor_on(term, "  slo ");
	dashboard_keys(term, "G");
	dashboard_cursor_to(term, "TIER 3", "k");
	dashboard_keys(term, "\r");
	dashboard_shows(term, "/tier:3");
	dashboard_shows(term, "docs-site");
	dashboard_hides(term, "ledger");
	dashboard_keys(term, "q");
	dashboard_shows(term, "NO TIER  1 service: what every tier asks for");
	dashboard_cursor_to(term, "NO TIER", "j");
	dashboard_keys(term, "\r");
	dashboard_shows(term, "lonely");
	dashboard_hides(term, "docs-site");
	dashboard_stop(term);
}

static void tiers_narrowed(void **state)
{
	struct term *term = dashboard_start(*state, 60, 120);

	dashboard_keys(term, "t2");
	dashboard_shows(term, "TIER 2");
	dashboard_hides(term, "TIER 1");
	dashboard_keys(term, "0/ser\033");
	dashboard_keys(term, "/slo\r");
	dashboard_shows(term, "  slo ");
	dashboard_hides(term, "backups");
	dashboard_keys(term, "*f");
	dashboard_shows(term, "items with gaps");
	dashboard_shows(term, "load-tested");
	dashboard_hides(term, "log-retention");
	dashboard_keys(term, "fC");
	dashboard_shows(term, "coverage");
	dashboard_keys(term, "\033");
	dashboard_stop(term);
}

/* ---- long places ---- */

/* Of a path that is too long the end is shown: the file and the line. */
static void the_line_of_a_long_path(void **state)
{
	char *root = gitfix_tmp();
	struct gitfix *fix = gitfix_new(root, "deep");
	struct term *term;

	(void)state;
	gitfix_file(fix, "service.yml", "name: deep\ntier: 1\nowners: [acme/web]\n");
	gitfix_file(fix, "docs/a-folder-with-a-long-name/and-another-one/runbooks/deep.md",
		    playbook);
	gitfix_commit(fix, "Start");
	gitfix_free(fix);
	term = dashboard_start(root, 24, 80);
	dashboard_keys(term, "\r");
	dashboard_shows(term, "declared   …/and-another-one/runbooks/deep.md:3");
	term_resize(term, 24, 130);
	dashboard_shows(term, "docs/a-folder-with-a-long-name/and-another-one/runbooks/deep.md:3");
	dashboard_stop(term);
	gitfix_rmtree(root);
	free(root);
}

/* ---- without services ---- */

static void nothing_there(void **state)
{
	char *root = gitfix_tmp();
	struct term *term = dashboard_start(root, 24, 80);

	(void)state;
	dashboard_shows(term, "No checkouts under");
	dashboard_keys(term, "\rp");
	dashboard_keys(term, "a");
	dashboard_shows(term, "No services yet");
	dashboard_keys(term, "\rvfp");
	dashboard_keys(term, "t");
	dashboard_shows(term, "No services yet");
	dashboard_keys(term, "\r1fp");
	dashboard_stop(term);
	gitfix_rmtree(root);
	free(root);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(from_services_to_the_line_and_back),
	    cmocka_unit_test(the_line_is_in_sight_and_set_apart),
	    cmocka_unit_test(neighbours_and_facts_open),
	    cmocka_unit_test(a_service_whole),
	    cmocka_unit_test(only_what_is_broken),
	    cmocka_unit_test(a_service_beside_the_table),
	    cmocka_unit_test(at_80x24),
	    cmocka_unit_test(at_200x60),
	    cmocka_unit_test(at_40x12),
	    cmocka_unit_test(gaps_in_groups),
	    cmocka_unit_test(gaps_narrowed),
	    cmocka_unit_test(gaps_are_marked_and_copied),
	    cmocka_unit_test(tiers_lead_to_gaps),
	    cmocka_unit_test(tiers_narrowed),
	    cmocka_unit_test(the_line_of_a_long_path),
	    cmocka_unit_test(nothing_there),
	};
	int code = dashboard_child(argc, argv);

	return code >= 0 ? code : cmocka_run_group_tests(tests, make_fleet, remove_fleet);
}
