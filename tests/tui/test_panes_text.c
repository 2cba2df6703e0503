/*
 * What is read from checkouts while somebody waits for it: evidence and playbooks, found
 * or not, and searching in texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "tests/support/dashboard.h"
#include "tests/support/gitfix.h"

static const char down[] =
    "# Checkout is down\n\n## Symptoms\n\nOrders fail with **503**; `checkout_errors` rises.\n\n"
    "## Mitigation\n\n1. Look at the [dashboard](https://grafana.example.com/d/checkout).\n"
    "2. Restart the workers:\n\n```sh\nkubectl rollout restart deployment/checkout\n```\n\n"
    "| Alert | Means |\n| --- | --- |\n| CheckoutDown | nobody can pay |\n\n"
    "> Nobody is to blame.\n\n"
    "## Roll back\n\n- Find the last good build.\n- Deploy it again, and tell the payments "
    "team in their channel that you did so and why you thought that it was the deploy.\n";

static const char slow[] =
    "# Checkout is slow\n\n## Steps\n\nThis one is about slow answers. It is long enough for the "
    "checklist to take it for a playbook with something in it.\n\n"
    "1. Open the traces and look which neighbour is slow.\n2. If it is the ledger, call its "
    "owners and turn on the queue.\n3. Check the error rate; it goes below one percent within "
    "five minutes, else call the payments team, since something else is broken as well.\n";

/* A Makefile whose target that counts stands far down. */
static void add_makefile(struct gitfix *fix)
{
	struct buf text = {0};

	for (int i = 1; i <= 200; i++) {
		if (i == 120)
			buf_adds(&text, "setup:\n");
		else
			buf_addf(&text, "# line %d%s\n", i, i % 50 == 0 ? " has a Needle" : "");
	}
	gitfix_file(fix, "Makefile", buf_str(&text));
	buf_free(&text);
}

static struct gitfix *make(const char *root, const char *name, const char *rest)
{
	struct gitfix *fix = gitfix_new(root, name);
	char descriptor[512];

	snprintf(descriptor, sizeof(descriptor), "name: %s\ntier: 3\nowners: [acme/web]\n%s", name,
		 rest);
	gitfix_file(fix, "service.yml", descriptor);
	return fix;
}

static void done(struct gitfix *fix)
{
	gitfix_commit(fix, "Start");
	gitfix_free(fix);
}

static int make_fleet(void **state)
{
	char *root = gitfix_tmp();
	struct gitfix *fix = make(root, "checkout",
				  "links:\n- {type: playbook, name: Escalation, "
				  "url: 'https://wiki.example.com/escalate'}\n");

	gitfix_file(fix, "docs/playbooks/down.md", down);
	gitfix_file(fix, "docs/playbooks/slow.md", slow);
	add_makefile(fix);
	done(fix);
	done(make(root, "linked",
		  "links:\n- {type: playbook, name: Linked wiki, "
		  "url: 'https://wiki.example.com/linked'}\n"));
	done(make(root, "nothing", ""));
	fix = make(root, "missing", "links:\n- {type: playbook, url: ./docs/not-there.md}\n");
	done(fix);
	*state = root;
	return 0;
}

static int remove_fleet(void **state)
{
	gitfix_rmtree(*state);
	free(*state);
	return 0;
}

/* Opens the one service that the filter leaves. */
static void open_service(struct term *term, const char *name)
{
	char keys[64];

	snprintf(keys, sizeof(keys), "/%s\r", name);
	dashboard_keys(term, keys);
	dashboard_keys(term, "\r");
	dashboard_shows(term, name);
	dashboard_shows(term, "TIER 3 Useful");
}

/* ---- evidence ---- */

static void evidence_far_down(void **state)
{
	struct term *term = dashboard_start(*state, 24, 80);

	open_service(term, "checkout");
	dashboard_cursor_to(term, "dev-setup", "j");
	dashboard_keys(term, "\r");
	dashboard_shows(term, "Makefile:120");
	dashboard_shows(term, "  120 setup:");
	dashboard_shows(term, "114-133/200");
	dashboard_shows(term, "Makefile in checkout at ");
	dashboard_hides(term, "    1 # line 1");
	dashboard_keys(term, "g");
	dashboard_shows(term, "    1 # line 1");
	dashboard_keys(term, "G");
	dashboard_shows(term, "  200 # line 200 has a Needle");
	dashboard_stop(term);
}

static void evidence_searched(void **state)
{
	struct term *term = dashboard_start(*state, 24, 80);

	open_service(term, "checkout");
	dashboard_cursor_to(term, "dev-setup", "j");
	dashboard_keys(term, "\r");
	dashboard_keys(term, "g/needle\r");
	dashboard_shows(term, "4 lines match");
	dashboard_shows(term, "   50 # line 50 has a Needle");
	dashboard_keys(term, "n");
	dashboard_shows(term, "  100 # line 100 has a Needle");
	dashboard_keys(term, "nn");
	dashboard_shows(term, "  200 # line 200 has a Needle");
	dashboard_keys(term, "n");
	dashboard_shows(term, "   50 # line 50 has a Needle");
	dashboard_keys(term, "N");
	dashboard_shows(term, "  200 # line 200 has a Needle");
	dashboard_shows(term, "/needle");
	dashboard_keys(term, "*");
	dashboard_hides(term, "/needle");
	dashboard_keys(term, "/not in it\r");
	dashboard_shows(term, "no match");
	dashboard_stop(term);
}

/* A repository whose Tiltfile is evidence by its name alone, with these bytes in it. */
static struct term *with_tiltfile(char *root, const void *bytes, size_t len, struct gitfix **out)
{
	struct gitfix *fix = make(root, "odd", "");
	struct term *term;

	gitfix_bytes(fix, "Tiltfile", bytes, len);
	gitfix_commit(fix, "Start");
	term = dashboard_start(root, 24, 80);
	if (out)
		*out = fix;
	else
		gitfix_free(fix);
	open_service(term, "odd");
	dashboard_cursor_to(term, "dev-setup", "j");
	return term;
}

static void removed(char *root)
{
	gitfix_rmtree(root);
	free(root);
}

static void evidence_that_is_binary(void **state)
{
	char *root = gitfix_tmp();
	struct term *term = with_tiltfile(root, "\177ELF\0\0\0\0\033[31m", 13, NULL);

	(void)state;
	dashboard_keys(term, "\r");
	dashboard_shows(term, "This file cannot be shown:");
	dashboard_shows(term, "it is binary");
	dashboard_stop(term);
	removed(root);
}

static void evidence_that_is_too_large(void **state)
{
	char *root = gitfix_tmp(), *bytes = malloc(3 << 20);
	struct term *term;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', 3 << 20);
	term = with_tiltfile(root, bytes, 3 << 20, NULL);
	dashboard_keys(term, "\r");
	dashboard_shows(term, "This file cannot be shown:");
	dashboard_shows(term, "3145728 bytes, more than");
	dashboard_stop(term);
	free(bytes);
	removed(root);
}

static void evidence_that_is_missing(void **state)
{
	char *root = gitfix_tmp(), id[64];
	struct gitfix *fix;
	struct term *term = with_tiltfile(root, "a = 1\n", 6, &fix);

	(void)state;
	snprintf(id, sizeof(id), "%s", gitfix_id(fix, "Tiltfile"));
	gitfix_drop_object(fix, id);
	gitfix_free(fix);
	dashboard_keys(term, "\r");
	dashboard_shows(term, "This file cannot be shown:");
	dashboard_shows(term, "is not here");
	dashboard_keys(term, "/x\rn*e");
	dashboard_stop(term);
	removed(root);
}

static void evidence_that_is_empty(void **state)
{
	char *root = gitfix_tmp();
	struct term *term = with_tiltfile(root, "", 0, NULL);

	(void)state;
	dashboard_keys(term, "\r");
	dashboard_shows(term, "This file is empty.");
	dashboard_stop(term);
	removed(root);
}

/* ---- playbooks ---- */

static void a_playbook_is_rendered(void **state)
{
	struct term *term = dashboard_start(*state, 40, 100);
	static const char *const texts[] = {
	    "Checkout is down",
	    "Symptoms",
	    "Orders fail with 503; checkout_errors rises.",
	    "1. Look at the dashboard",
	    "kubectl rollout restart deployment/checkout",
	    "CheckoutDown",
	    "nobody can pay",
	    "Nobody is to blame.",
	    "Find the last good build.",
	};
	struct term_cell cell;
	int row, col;

	dashboard_keys(term, "/checkout\rp");
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		dashboard_shows(term, texts[i]);
	dashboard_hides(term, "**503**");
	dashboard_hides(term, "```");
	dashboard_hides(term, "## ");
	assert_true(term_find(term, "503;", &row, &col));
	cell = term_cell(term, row, col);
	assert_true(cell.bold);
	dashboard_stop(term);
}

static void several_playbooks(void **state)
{
	struct term *term = dashboard_start(*state, 30, 100);

	dashboard_keys(term, "/checkout\rp");
	dashboard_shows(term, "playbook down 1/3");
	/* Each is shown from its top. */
	term_resize(term, 14, 100);
	dashboard_shows(term, " 1-10/");
	dashboard_keys(term, "G");
	dashboard_hides(term, "Checkout is down");
	dashboard_keys(term, "p");
	dashboard_shows(term, "playbook slow 2/3");
	dashboard_shows(term, "Checkout is slow");
	dashboard_keys(term, "p");
	dashboard_shows(term, "playbook Escalation 3/3");
	dashboard_shows(term, "https://wiki.example.com/escalate");
	dashboard_shows(term, "o opens it in the browser");
	dashboard_keys(term, "y");
	dashboard_shows(term, "copied: https://wiki.example.com/escalate");
	dashboard_keys(term, "p");
	dashboard_shows(term, "playbook down 1/3");
	dashboard_keys(term, "q");
	dashboard_hides(term, "playbook down");
	dashboard_stop(term);
}

static void the_playbook_under_the_cursor(void **state)
{
	struct term *term = dashboard_start(*state, 30, 100);

	open_service(term, "checkout");
	dashboard_keys(term, "gp");
	dashboard_shows(term, "playbook down 1/3");
	dashboard_keys(term, "/roll back\r");
	dashboard_shows(term, "Roll back");
	dashboard_keys(term, "nN*");
	dashboard_stop(term);
}

static void a_playbook_that_is_a_link(void **state)
{
	struct term *term = dashboard_start(*state, 24, 80);

	dashboard_keys(term, "/linked\rp");
	dashboard_shows(term, "playbook Linked wiki");
	dashboard_shows(term, "https://wiki.example.com/linked");
	dashboard_shows(term, "o opens it in the browser");
	dashboard_stop(term);
}

static void a_playbook_that_is_not_there(void **state)
{
	struct term *term = dashboard_start(*state, 24, 80);

	dashboard_keys(term, "/missing\rp");
	dashboard_shows(term, "cannot be read from the checkout:");
	dashboard_shows(term, "not-there");
	dashboard_stop(term);
}

static void no_playbook_at_all(void **state)
{
	struct term *term = dashboard_start(*state, 24, 100);

	dashboard_keys(term, "/nothing\rp");
	dashboard_shows(term, "nothing has no playbook: write docs/playbooks/");
	dashboard_shows(term, "svctop › services ");
	dashboard_keys(term, "\rp");
	dashboard_shows(term, "nothing has no playbook");
	dashboard_shows(term, "services › nothing ");
	dashboard_stop(term);
}

/* ---- searching in a service ---- */

static void a_service_searched(void **state)
{
	struct term *term = dashboard_start(*state, 24, 80);

	open_service(term, "checkout");
	dashboard_keys(term, "/log-ret\r");
	dashboard_shows(term, "log-retention");
	dashboard_cursor_on(term, "log-retention");
	dashboard_keys(term, "g*/owner\r");
	dashboard_keys(term, "n");
	dashboard_keys(term, "n");
	dashboard_shows(term, "owner");
	dashboard_keys(term, "q");
	/* The filter of the table is still there. */
	dashboard_shows(term, "/checkout");
	dashboard_keys(term, "*");
	dashboard_shows(term, "linked");
	dashboard_stop(term);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(evidence_far_down),
	    cmocka_unit_test(evidence_searched),
	    cmocka_unit_test(evidence_that_is_binary),
	    cmocka_unit_test(evidence_that_is_too_large),
	    cmocka_unit_test(evidence_that_is_missing),
	    cmocka_unit_test(evidence_that_is_empty),
	    cmocka_unit_test(a_playbook_is_rendered),
	    cmocka_unit_test(several_playbooks),
	    cmocka_unit_test(the_playbook_under_the_cursor),
	    cmocka_unit_test(a_playbook_that_is_a_link),
	    cmocka_unit_test(a_playbook_that_is_not_there),
	    cmocka_unit_test(no_playbook_at_all),
	    cmocka_unit_test(a_service_searched),
	};
	int code = dashboard_child(argc, argv);

	return code >= 0 ? code : cmocka_run_group_tests(tests, make_fleet, remove_fleet);
}
