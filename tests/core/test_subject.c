/* How live systems may call the services of a fleet. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/subject.h"

static void test_remotes(void **state)
{
	static const struct {
		const char *remote, *host, *repo;
	} cases[] = {
	    {"https://github.com/acme/pay.git", "github.com", "acme/pay"},
	    {"https://github.com/acme/pay", "github.com", "acme/pay"},
	    {"https://github.com/acme/pay/", "github.com", "acme/pay"},
	    {"https://github.com/acme/pay.git/", "github.com", "acme/pay"},
	    {"http://GitHub.com//acme/pay", "github.com", "acme/pay"},
	    {"https://mina:x@github.acme.example:8443/acme/pay.git", "github.acme.example",
	     "acme/pay"},
	    {"git@github.com:acme/pay.git", "github.com", "acme/pay"},
	    {"github.com:acme/pay", "github.com", "acme/pay"},
	    {"git@github.com:/acme/pay.git", "github.com", "acme/pay"},
	    {"org-123@github.com:acme/pay.git", "github.com", "acme/pay"},
	    {"ssh://git@github.com/acme/pay.git", "github.com", "acme/pay"},
	    {"ssh://git@ssh.github.com:443/acme/pay.git", "github.com", "acme/pay"},
	    {"git+ssh://git@git.acme.example:2222/acme/pay.git", "git.acme.example", "acme/pay"},
	    {"git://git.acme.example/acme/pay.git", "git.acme.example", "acme/pay"},
	    {"https://gitlab.com/acme/web/pay.git", "gitlab.com", "acme/web/pay"},
	    {"ssh://git@[2001:db8::1]:22/acme/pay.git", "[2001:db8::1]", "acme/pay"},
	    {"git@[2001:db8::1]:acme/pay.git", "[2001:db8::1]", "acme/pay"},
	    {"https://github.com/acme/git.git.git", "github.com", "acme/git.git"},
	    {"https://github.com/acme/pay.git?x#y", "github.com", "acme/pay"},
	    {NULL, NULL, NULL},
	    {"", NULL, NULL},
	    {"/srv/git/acme/pay.git", NULL, NULL},
	    {"../acme/pay.git", NULL, NULL},
	    {"./a:b/c", NULL, NULL},
	    {"C:/acme/pay", NULL, NULL},
	    {"C:\\acme\\pay", NULL, NULL},
	    {"file:///srv/acme/pay.git", NULL, NULL},
	    {"https://github.com", NULL, NULL},
	    {"https://github.com/acme", NULL, NULL},
	    {"https:///acme/pay", NULL, NULL},
	    {"https://[::1/acme/pay", NULL, NULL},
	    {"git@github.com:pay.git", NULL, NULL},
	    {"https://github.com/ac me/pay", NULL, NULL},
	    {"://acme/pay", NULL, NULL},
	    {":acme/pay", NULL, NULL},
	    {"javascript://github.com/acme/pay", NULL, NULL},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *host = NULL, *repo = NULL;
		bool ok = subject_parse_remote(cases[i].remote, arena, &host, &repo);

		if (ok != (cases[i].host != NULL))
			fail_msg("%s: understood: %d", cases[i].remote, ok);
		if (!ok)
			continue;
		assert_string_equal(host, cases[i].host);
		assert_string_equal(repo, cases[i].repo);
	}
	arena_free(arena);
}

static struct fact fact(const char *value)
{
	return (struct fact){value, {"service.yml", 3}};
}

/* A checkout with one service that says where it is to be found. */
static struct checkout *described(const char *path, const char *name, const char *remote,
				  const char *slug)
{
	struct checkout *co = checkout_new(path);
	struct descriptor *d = arena_alloc(co->arena, 2 * sizeof(*d));
	struct named_fact *fields = arena_alloc(co->arena, 3 * sizeof(*fields));
	struct fact *urls = arena_alloc(co->arena, 2 * sizeof(*urls));
	struct fact *aliases = arena_alloc(co->arena, sizeof(*aliases));

	co->state = CHECKOUT_OK;
	co->remote = arena_strdup(co->arena, remote);
	co->ref = "refs/remotes/origin/release/9";
	co->head = "0123456789012345678901234567890123456789";
	urls[0] = fact("https://pay.example/");
	urls[1] = fact("https://pay.example/");
	aliases[0] = fact("payments-api");
	fields[0] = (struct named_fact){"pagerduty.com/service-id", fact("P123")};
	fields[1] = (struct named_fact){"prometheus.io/alert", fact("PayDown")};
	fields[2] = (struct named_fact){"github.com/project-slug", fact(slug)};
	d[0] = (struct descriptor){.format = "service.yml",
				   .at = {"service.yml", 1},
				   .subdir = "",
				   .name = fact(name),
				   .tier = 1,
				   .tier_text = fact("1"),
				   .urls = urls,
				   .url_count = 2,
				   .aliases = aliases,
				   .alias_count = 1,
				   .fields = fields,
				   .field_count = slug ? 3 : 2};
	fields = arena_alloc(co->arena, 2 * sizeof(*fields));
	fields[0] = (struct named_fact){"pagerduty.com/service-id", fact("P999")};
	fields[1] = (struct named_fact){"sentry.io/project-slug", fact("pay")};
	d[1] = (struct descriptor){.format = "catalog-info",
				   .trust = 1,
				   .at = {"catalog-info.yaml", 1},
				   .subdir = "",
				   .name = fact("Pay_Backend"),
				   .fields = fields,
				   .field_count = 2};
	co->descriptors = d;
	co->descriptor_count = 2;
	return co;
}

static struct subject_list subjects(struct fleet *fleet, struct arena *arena)
{
	struct subject_list list;

	fleet_apply(fleet, described("/src/pay", "pay", "git@github.com:acme/pay.git", NULL));
	fleet_apply(fleet, described("/src/mirror", "mirror",
				     "https://gitlab.example/mirrors/pay.git", "acme/mirror"));
	fleet_apply(fleet, described("/src/work", "work",
				     "https://github.acme.example/acme/old.git", "acme/work"));
	fleet_settle(fleet, 1800000000);
	subjects_of(fleet, arena, &list);
	return list;
}

static void test_of_a_fleet(void **state)
{
	struct checklist *checklist = checklist_builtin();
	struct fleet *fleet = fleet_new(checklist);
	struct arena *arena = arena_new();
	struct subject_list list = subjects(fleet, arena);
	const struct subject *pay;

	(void)state;
	assert_int_equal(list.count, 3);
	assert_string_equal(list.subjects[0].name, "mirror");
	assert_string_equal(list.subjects[0].repo_host, "github.com");
	assert_string_equal(list.subjects[0].repo, "acme/mirror");
	assert_string_equal(list.subjects[2].repo_host, "github.acme.example");
	assert_string_equal(list.subjects[2].repo, "acme/work");
	pay = &list.subjects[1];
	assert_string_equal(pay->name, "pay");
	assert_int_equal(pay->tier, 1);
	assert_string_equal(pay->repo_host, "github.com");
	assert_string_equal(pay->repo, "acme/pay");
	assert_string_equal(pay->branch, "release/9");
	assert_string_equal(pay->subdir, "");
	assert_int_equal(pay->url_count, 1);
	assert_string_equal(pay->urls[0], "https://pay.example/");
	assert_int_equal(pay->alias_count, 2);
	assert_string_equal(pay->aliases[0], "payments-api");
	assert_string_equal(pay->aliases[1], "Pay_Backend");
	/* The more trusted descriptor wins, what it does not say the other adds. */
	assert_string_equal(subject_field(pay, "pagerduty.com/service-id"), "P123");
	assert_string_equal(subject_field(pay, "sentry.io/project-slug"), "pay");
	assert_null(subject_field(pay, "sentry.io"));
	arena_free(arena);
	fleet_free(fleet);
	checklist_free(checklist);
}

static void test_travel(void **state)
{
	struct checklist *checklist = checklist_builtin();
	struct fleet *fleet = fleet_new(checklist);
	struct arena *arena = arena_new(), *there = arena_new();
	struct subject_list list = subjects(fleet, arena), back;
	struct buf bytes = {0}, again = {0};

	(void)state;
	subjects_encode(&list, &bytes);
	assert_true(subjects_decode(&back, bytes.data, bytes.len, there));
	subjects_encode(&back, &again);
	assert_int_equal(bytes.len, again.len);
	assert_memory_equal(bytes.data, again.data, bytes.len);
	assert_string_equal(subject_field(&back.subjects[1], "prometheus.io/alert"), "PayDown");
	for (size_t len = 0; len < bytes.len; len++)
		assert_false(subjects_decode(&back, bytes.data, len, there));
	buf_reset(&bytes);
	wire_put_uint(&bytes, UINT64_C(1) << 62);
	assert_false(subjects_decode(&back, bytes.data, bytes.len, there));
	buf_free(&bytes);
	buf_free(&again);
	arena_free(arena);
	arena_free(there);
	fleet_free(fleet);
	checklist_free(checklist);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_remotes),
	    cmocka_unit_test(test_of_a_fleet),
	    cmocka_unit_test(test_travel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
