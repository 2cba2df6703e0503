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
		   "links:\n  - {type: playbook, name: Ledger wiki, url: 'https://wiki.example.com/ledger'}\n");
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

static int row_of(struct term *term, const char *text)
{
	int row = -1;

	dashboard_shows(term, text);
	term_find(term, text, &row, NULL);
	return row;
}

/* Moves the cursor down to the line with text; fails when there is none. */
static void cursor_to(struct term *term, const char *text)
{
	char before[512] = "";

	for (int i = 0; i < 100 && !strstr(dashboard_cursor(term), text); i++) {
		snprintf(before, sizeof(before), "%s", term_screen(term));
		dashboard_keys(term, "j");
	}
	if (!strstr(dashboard_cursor(term), text)) {
		term_dump(term);
		fail_msg("the cursor does not come to '%s'", text);
	}
}

/* No row is wider than the screen, the last one has the keys, the first where one is. */
static void framed(struct term *term)
{
	assert_non_null(strstr(term_row(term, 0), "svctop"));
	assert_non_null(strstr(term_row(term, term_rows(term) - 1), "help"));
	assert_string_not_equal(term_row(term, 2), "");
}

/* ---- what stands there ---- */

static void dump(void **state)
{
	struct term *term = dashboard_start(*state, 24, 80);
	term_dump(term);
	dashboard_keys(term, "\r");
	term_dump(term);
	dashboard_keys(term, "G");
	term_dump(term);
	dashboard_keys(term, "k\006kkk");
	term_dump(term);
	dashboard_stop(term);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dump),
	};
	int code = dashboard_child(argc, argv);

	(void)row_of;(void)cursor_to;(void)framed;
	return code >= 0 ? code : cmocka_run_group_tests(tests, make_fleet, remove_fleet);
}
