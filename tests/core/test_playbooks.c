/* Which playbooks a service has. The fleet around it is the real one, without checkouts to read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/playbooks.h"

struct fixture {
	struct checklist *checklist;
	struct fleet *fleet;
	struct checkout checkout;
	struct finding findings[CHECKLIST_MAX_CHECKS];
	struct service service;
};

static int setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){.checklist = checklist_builtin()};
	assert_non_null(fixture.checklist);
	fixture.fleet = fleet_new(fixture.checklist);
	fixture.checkout = (struct checkout){.path = "/src/shop",
					     .head = "0123456789",
					     .remote = "git@git.example.com:acme/shop.git"};
	fixture.service = (struct service){
	    .name = "shop", .checkout = &fixture.checkout, .findings = fixture.findings};
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	fleet_free(fixture->fleet);
	checklist_free(fixture->checklist);
	return 0;
}

static void test_files_and_links_each_once(void **state)
{
	struct fixture *fixture = *state;
	static const struct evidence evidence[] = {
	    {.checkout = "/src/shop", .path = "docs/playbooks/down.md", .line = 1, .commit = "01"},
	    {.checkout = "/src/shop", .path = "docs/playbooks/slow.md", .line = 1, .commit = "01"},
	    {.checkout = "/src/shop",
	     .path = "service.yml",
	     .line = 9,
	     .commit = "01",
	     .url = "https://wiki.example.com/shop"}};
	struct link links[] = {
	    {.type = "playbook",
	     .name = "Down",
	     .url = "https://git.example.com/acme/shop/blob/main/docs/playbooks/down.md?plain=1"},
	    {.type = "playbook", .url = "https://wiki.example.com/shop"},
	    {.type = "playbook", .url = "https://wiki.example.com/shop"},
	    {.type = "playbook", .url = "https://git.example.com/acme/shop-infra/blob/main/x.md"},
	    {.type = "playbook", .url = "./docs/escalate.md"},
	    {.type = "playbook", .url = "../../etc/passwd"},
	    {.type = "dashboard", .url = "https://grafana.example.com"},
	};
	struct playbook_list list = {0};
	int check = checklist_find(fixture->checklist, "playbooks");

	assert_true(check >= 0);
	fixture->findings[check].evidence = evidence;
	fixture->findings[check].evidence_count = 3;
	fixture->service.links = links;
	fixture->service.link_count = sizeof(links) / sizeof(*links);
	playbooks_of(fixture->fleet, &fixture->service, &list);
	assert_int_equal(list.count, 6);
	assert_string_equal(list.playbooks[0].path, "docs/playbooks/down.md");
	assert_string_equal(list.playbooks[0].name, "down");
	assert_non_null(list.playbooks[0].url);
	assert_null(list.playbooks[1].url);
	assert_null(list.playbooks[2].path);
	assert_null(list.playbooks[3].path);
	assert_string_equal(list.playbooks[4].path, "docs/escalate.md");
	assert_string_equal(list.playbooks[4].commit, "0123456789");
	assert_null(list.playbooks[5].path);
	assert_ptr_equal(playbooks_find(&list, "slow"), &list.playbooks[1]);
	assert_ptr_equal(playbooks_find(&list, "ESCAL"), &list.playbooks[4]);
	assert_null(playbooks_find(&list, "nothing of it"));
	playbooks_free(&list);
}

static void test_a_service_without_any(void **state)
{
	struct fixture *fixture = *state;
	struct playbook_list list = {0};

	playbooks_of(fixture->fleet, &fixture->service, &list);
	assert_int_equal(list.count, 0);
	assert_null(playbooks_find(&list, ""));
	playbooks_free(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_files_and_links_each_once, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_service_without_any, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
