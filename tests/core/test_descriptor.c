/* service.yml and runbooks; the catalogs' formats are in test_descriptor_catalogs.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/descriptor.h"
#include "core/mem.h"

static struct descriptor_list read_file(const char *path, const char *text)
{
	struct descriptor_list out = {.arena = arena_new()};

	descriptor_read(path, text, strlen(text), &out);
	return out;
}

static void drop(struct descriptor_list *out)
{
	free(out->descriptors);
	free(out->warnings);
	arena_free(out->arena);
}

static void expect_fact(const struct fact *fact, const char *value, uint32_t line)
{
	assert_non_null(fact->value);
	assert_string_equal(fact->value, value);
	assert_int_equal(fact->at.line, line);
}

static void expect_field(const struct descriptor *d, const char *name, const char *value,
			 uint32_t line)
{
	for (size_t i = 0; i < d->field_count; i++) {
		if (!strcmp(d->fields[i].name, name) && !strcmp(d->fields[i].fact.value, value)) {
			assert_int_equal(d->fields[i].fact.at.line, line);
			return;
		}
	}
	fail_msg("no field %s: %s", name, value);
}

static void expect_warning(const struct descriptor_list *out, const char *text, uint32_t line)
{
	for (size_t i = 0; i < out->warning_count; i++) {
		if (strstr(out->warnings[i].text, text) && out->warnings[i].at.line == line)
			return;
	}
	for (size_t i = 0; i < out->warning_count; i++)
		print_error("%u: %s\n", out->warnings[i].at.line, out->warnings[i].text);
	fail_msg("no warning \"%s\" at line %u", text, line);
}

/* The only descriptor of a file without warnings. */
static const struct descriptor *only(const struct descriptor_list *out)
{
	for (size_t i = 0; i < out->warning_count; i++)
		print_error("%s:%u: %s\n", out->warnings[i].at.path, out->warnings[i].at.line,
			    out->warnings[i].text);
	assert_int_equal(out->warning_count, 0);
	assert_int_equal(out->count, 1);
	return &out->descriptors[0];
}

static void expect_none(const char *path, const char *text, size_t warnings)
{
	struct descriptor_list out = read_file(path, text);

	if (out.count || out.warning_count != warnings)
		fail_msg("%s gives %zu descriptors, %zu warnings (%s):\n%s", path, out.count,
			 out.warning_count, out.warning_count ? out.warnings[0].text : "", text);
	drop(&out);
}

static void services_db(void **state)
{
	struct descriptor_list out =
	    read_file("service.yml", "# https://services.example.com/services/shop/production\n"
				     "classification: tier2\n"
				     "owners:\n"
				     "  - Acme/payments\n"
				     "  - jdoe\n"
				     "org_line: Money\n"
				     "director: Jane Doe\n"
				     "audience: partner\n"
				     "slack_channels:\n"
				     "  - announce\n"
				     "  - help\n"
				     "ci_url: https://ci.example.com/shop\n"
				     "oncall_url: https://pager.example.com/P1\n"
				     "url: https://shop.example.com\n"
				     "security:\n"
				     "  data_management:\n"
				     "    contains_pii: true\n");
	const struct descriptor *d = only(&out);

	(void)state;
	assert_string_equal(d->format, "service.yml");
	assert_int_equal(d->trust, 0);
	assert_string_equal(d->subdir, "");
	assert_null(d->name.value);
	expect_fact(&d->tier_text, "tier2", 2);
	assert_int_equal(d->tier, 2);
	assert_int_equal(d->owner_count, 2);
	expect_fact(&d->owners[0], "Acme/payments", 4);
	expect_fact(&d->owners[1], "jdoe", 5);
	expect_field(d, "director", "Jane Doe", 7);
	expect_field(d, "slack_channels", "announce", 10);
	expect_field(d, "slack_channels", "help", 11);
	expect_field(d, "oncall_url", "https://pager.example.com/P1", 13);
	expect_field(d, "security.data_management.contains_pii", "true", 17);
	assert_int_equal(d->link_count, 3);
	assert_string_equal(d->links[0].type, "ci");
	assert_string_equal(d->links[1].type, "oncall");
	assert_string_equal(d->links[2].type, "service");
	assert_int_equal(d->url_count, 1);
	expect_fact(&d->urls[0], "https://shop.example.com", 14);
	drop(&out);
}

static void own_keys(void **state)
{
	struct descriptor_list out =
	    read_file("svc/pay/service.yml",
		      "name: pay\ntitle: Payments\ndescription: >\n  Takes\n  money\n"
		      "tier: 1\nlifecycle: production\ntype: service\nstateless: true\n"
		      "depends_on: [ledger, component:default/mail]\n"
		      "links:\n- {name: Restart, type: runbook, url: docs/r.md}\n"
		      "- {name: Team dashboard, url: 'https://u:pw@g.example.com/x@y'}\n"
		      "urls: [https://pay.example.com, https://pay.example.org]\n"
		      "sources:\n  github: acme/pay\n  pagerduty: PABC123\n"
		      "  prometheus: {job: payd}\n"
		      "slo: {objective: 99.9}\nowners: '@acme/pay'\naliases: payd2\n");
	const struct descriptor *d = &out.descriptors[0];

	(void)state;
	assert_int_equal(out.count, 1);
	assert_int_equal(out.warning_count, 1);
	expect_warning(&out, "credentials", 13);
	assert_string_equal(d->subdir, "svc/pay");
	expect_fact(&d->name, "pay", 1);
	expect_fact(&d->title, "Payments", 2);
	assert_string_equal(d->description.value, "Takes money");
	assert_int_equal(d->tier, 1);
	expect_fact(&d->lifecycle, "production", 7);
	expect_fact(&d->type, "service", 8);
	expect_field(d, "stateless", "true", 9);
	assert_int_equal(d->depends_count, 2);
	expect_fact(&d->depends_on[0], "ledger", 10);
	expect_fact(&d->depends_on[1], "mail", 10);
	assert_int_equal(d->link_count, 2);
	assert_string_equal(d->links[0].type, "playbook");
	assert_string_equal(d->links[0].url, "docs/r.md");
	assert_string_equal(d->links[1].type, "dashboard");
	assert_string_equal(d->links[1].url, "https://g.example.com/x@y");
	assert_int_equal(d->url_count, 2);
	expect_field(d, "github", "acme/pay", 16);
	expect_field(d, "pagerduty", "PABC123", 17);
	expect_field(d, "prometheus.job", "payd", 18);
	expect_field(d, "slo.objective", "99.9", 19);
	assert_int_equal(d->owner_count, 1);
	expect_fact(&d->owners[0], "acme/pay", 20);
	assert_int_equal(d->alias_count, 2);
	assert_string_equal(d->aliases[0].value, "payd2");
	assert_string_equal(d->aliases[1].value, "payd");
	drop(&out);
}

static void statements(void **state)
{
	struct descriptor_list out = read_file(
	    "service.yml",
	    "tier: 1\nattestations:\n"
	    "- {check: security-review, date: 2026-03-01, by: jane, link: https://x, note: fine,\n"
	    "   expires: 2026-09-30}\n"
	    "- {check: failover, date: 01.02.2026}\n"
	    "- {check: failover, by: joe}\n"
	    "- {date: 2026-01-01}\n"
	    "- {check: slo, date: 2026-02-29}\n"
	    "- {check: slo, date: 2026-02-28, expires: soon}\n"
	    "waivers:\n"
	    "- {check: uptime, reason: moving, by: jane, until: '2024-02-29'}\n"
	    "- {check: ci}\n"
	    "not_applicable:\n"
	    "- {check: backups, reason: no data}\n"
	    "- {check: tls}\n"
	    "- metrics\n");
	const struct descriptor *d = &out.descriptors[0];

	(void)state;
	assert_int_equal(out.count, 1);
	assert_int_equal(d->attestation_count, 1);
	assert_string_equal(d->attestations[0].check, "security-review");
	assert_string_equal(d->attestations[0].by, "jane");
	assert_string_equal(d->attestations[0].link, "https://x");
	assert_string_equal(d->attestations[0].reason, "fine");
	assert_true(d->attestations[0].date == 1772323200);
	assert_true(d->attestations[0].until == 1790812799);
	assert_int_equal(d->attestations[0].at.line, 3);
	assert_int_equal(d->waiver_count, 1);
	assert_true(d->waivers[0].until == 1709251199);
	assert_string_equal(d->waivers[0].reason, "moving");
	assert_int_equal(d->not_applicable_count, 1);
	assert_string_equal(d->not_applicable[0].check, "backups");
	assert_int_equal(out.warning_count, 8);
	expect_warning(&out, "date is no date", 5);
	expect_warning(&out, "has no date and does not count", 6);
	expect_warning(&out, "names no check", 7);
	expect_warning(&out, "date is no date", 8);
	expect_warning(&out, "expires is no date", 9);
	expect_warning(&out, "has no until", 12);
	expect_warning(&out, "gives no reason", 15);
	expect_warning(&out, "names no check", 16);
	drop(&out);
}

static void secrets_are_not_kept(void **state)
{
	struct descriptor_list out =
	    read_file("service.yml", "tier: 1\nalert_hook: https://hooks.slack.com/services/T/B/x\n"
				     "deploy: {api_token: abc, env: prod}\n"
				     "links: [{type: chat, url: 'https://hooks.slack.com/x'}]\n");
	const struct descriptor *d = only(&out);

	(void)state;
	expect_field(d, "alert_hook", "(secret)", 2);
	expect_field(d, "deploy.api_token", "(secret)", 3);
	expect_field(d, "deploy.env", "prod", 3);
	assert_int_equal(d->link_count, 0);
	drop(&out);
}

static void kubernetes_is_no_descriptor(void **state)
{
	static const char k8s[] = "apiVersion: v1\nkind: Service\nmetadata:\n  name: x\n"
				  "  labels:\n    tier: backend\nspec:\n  type: ClusterIP\n";

	(void)state;
	expect_none("service.yml", k8s, 0);
	expect_none("k8s/service.yml", k8s, 0);
	expect_none("chart/templates/service.yml",
		    "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Values.name }}\n", 0);
	expect_none("config/service.yml", "name: something\ntype: else\nurl: x\n", 0);
	expect_none("service.yml", "port: 80\nimage: x\n", 1);
}

static void empty_files(void **state)
{
	(void)state;
	expect_none("service.yml", "", 1);
	expect_none("service.yml", "--- {}\n", 1);
	expect_none("service.yml", "# a comment\n", 1);
	expect_none("svc/service.yml", "", 0);
	expect_none("dev.yml", "name: x\ntype: rails\nup: [ruby]\n", 0);
	expect_none("shipit.yml", "owners: [x]\n", 0);
}

/* - @Shopify/x is an error in YAML; it is read all the same. */
static void at_sign_is_mended(void **state)
{
	struct descriptor_list out =
	    read_file("service.yml", "classification: tier3\nowners:\n  - @Acme/a # main\n"
				     "  -   @Acme/b\n  - '@Acme/c'\ndirector: @it's\n");
	const struct descriptor *d = &out.descriptors[0];

	(void)state;
	assert_int_equal(out.count, 1);
	assert_int_equal(d->tier, 3);
	assert_int_equal(d->owner_count, 3);
	expect_fact(&d->owners[0], "Acme/a", 3);
	expect_fact(&d->owners[1], "Acme/b", 4);
	expect_fact(&d->owners[2], "Acme/c", 5);
	expect_field(d, "director", "@it's", 6);
	assert_int_equal(out.warning_count, 3);
	expect_warning(&out, "must be in quotes", 3);
	expect_warning(&out, "must be in quotes", 4);
	expect_warning(&out, "must be in quotes", 6);
	drop(&out);
}

static void tabs_are_mended(void **state)
{
	struct descriptor_list out =
	    read_file("service.yml", "tier: 2\nowners:\n\t- acme/a\n\t- @acme/b\n");

	(void)state;
	assert_int_equal(out.count, 1);
	assert_int_equal(out.descriptors[0].owner_count, 2);
	expect_warning(&out, "tab", 3);
	expect_warning(&out, "must be in quotes", 4);
	drop(&out);
}

static void broken_beyond_mending(void **state)
{
	struct descriptor_list out = read_file("service.yml", "tier: 2\nowners: [a\nx: }\n");

	(void)state;
	assert_int_equal(out.count, 0);
	assert_int_equal(out.warning_count, 1);
	assert_true(out.warnings[0].at.line >= 2);
	drop(&out);
}

static void other_traps(void **state)
{
	struct descriptor_list out = read_file("service.yml", "classification:\nowners: solo\n"
							      "slack_channels:\n  - #chan\n"
							      "director: A\ndirector: B\n");
	const struct descriptor *d = &out.descriptors[0];

	(void)state;
	assert_int_equal(out.count, 1);
	expect_warning(&out, "classification is empty", 1);
	expect_warning(&out, "a channel is empty", 4);
	expect_warning(&out, "given twice", 6);
	assert_int_equal(out.warning_count, 3);
	assert_int_equal(d->tier, 0);
	assert_null(d->tier_text.value);
	assert_int_equal(d->owner_count, 1);
	expect_fact(&d->owners[0], "solo", 2);
	expect_field(d, "director", "B", 6);
	for (size_t i = 0; i < d->field_count; i++)
		assert_string_not_equal(d->fields[i].fact.value, "A");
	drop(&out);
}

static void duplicate_tier_takes_the_last(void **state)
{
	struct descriptor_list out =
	    read_file("service.yml", "classification: tier3\nclassification: Tier2\n");

	(void)state;
	assert_int_equal(out.descriptors[0].tier, 2);
	expect_warning(&out, "given twice", 2);
	drop(&out);
	out = read_file("service.yml", "classification: someday\n");
	assert_int_equal(out.descriptors[0].tier, 0);
	assert_string_equal(out.descriptors[0].tier_text.value, "someday");
	expect_warning(&out, "\"someday\" is not understood", 1);
	drop(&out);
}

static void library(void **state)
{
	struct descriptor_list out = read_file("service.yml", "classification: library\n");
	const struct descriptor *d = only(&out);

	(void)state;
	assert_int_equal(d->tier, 0);
	assert_null(d->tier_text.value);
	expect_fact(&d->type, "library", 1);
	drop(&out);
}

static void one_environment(void **state)
{
	struct descriptor_list out = read_file("service.yml", "owners:\n- acme/a\nproduction:\n"
							      "  classification: tier3\n");
	const struct descriptor *d = only(&out);

	(void)state;
	assert_null(d->name.value);
	assert_int_equal(d->tier, 3);
	expect_fact(&d->owners[0], "acme/a", 2);
	expect_field(d, "environment", "production", 3);
	drop(&out);
	out = read_file("service.yml", "rubygems:\n  classification: library\n");
	d = only(&out);
	assert_null(d->name.value);
	expect_fact(&d->type, "library", 2);
	drop(&out);
}

static void several_environments(void **state)
{
	static const char text[] = "classification: tier4\nowners: [acme/a]\n"
				   "staging:\n  classification: tier3\n"
				   "production:\n  classification: tier1\n  owners: [acme/b]\n"
				   "security: {data_management: {contains_pii: false}}\n";
	struct descriptor_list out = read_file("service.yml", text);

	(void)state;
	assert_int_equal(out.warning_count, 0);
	assert_int_equal(out.count, 2);
	assert_null(out.descriptors[0].name.value);
	assert_int_equal(out.descriptors[0].tier, 1);
	assert_int_equal(out.descriptors[0].owner_count, 1);
	expect_fact(&out.descriptors[0].owners[0], "acme/b", 7);
	expect_field(&out.descriptors[0], "security.data_management.contains_pii", "false", 8);
	expect_fact(&out.descriptors[1].name, "/staging", 3);
	assert_int_equal(out.descriptors[1].tier, 3);
	expect_fact(&out.descriptors[1].owners[0], "acme/a", 2);
	drop(&out);
	out = read_file("service.yml", "name: shop\nstaging: {tier: 3}\nproduction: {tier: 1}\n");
	assert_int_equal(out.count, 2);
	assert_string_equal(out.descriptors[0].name.value, "shop");
	assert_string_equal(out.descriptors[1].name.value, "shop/staging");
	drop(&out);
}

static void not_every_map_is_an_environment(void **state)
{
	struct descriptor_list out =
	    read_file("service.yml", "tier: 2\ncontact: {owner: jane}\ncanary: {tier: x}\n");

	(void)state;
	assert_int_equal(only(&out)->tier, 2);
	expect_field(only(&out), "contact.owner", "jane", 2);
	drop(&out);
	out = read_file("service.yml", "canary: {classification: tier2}\n");
	assert_int_equal(only(&out)->tier, 2);
	drop(&out);
}

static void several_documents(void **state)
{
	struct descriptor_list out =
	    read_file("service.yml", "name: a\ntier: 1\n---\n---\nname: b\ntier: 4\n");

	(void)state;
	assert_int_equal(out.count, 2);
	assert_int_equal(out.warning_count, 0);
	assert_string_equal(out.descriptors[0].name.value, "a");
	expect_fact(&out.descriptors[1].name, "b", 5);
	drop(&out);
}

static void folders(void **state)
{
	static const char *const cases[][2] = {
	    {"service.yml", ""},
	    {"a/b/service.yml", "a/b"},
	    {".github/service.yml", ""},
	    {"svc/docs/service.yml", "svc"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct descriptor_list out = read_file(cases[i][0], "classification: tier1\n");

		assert_string_equal(only(&out)->subdir, cases[i][1]);
		assert_string_equal(only(&out)->at.path, cases[i][0]);
		drop(&out);
	}
}

static void runbook(void **state)
{
	struct descriptor_list out = read_file(
	    "runbooks/pay-runbook.md",
	    "<!--\n## Service Tier\nGold\n-->\n# Pay Gateway\n\nTakes money.\n\n## "
	    "Code\n\npaygw\n\n"
	    "## Primary URL\n\n<https://pay.example.com/>\n\n## Service Tier\n\nPlatinum\n\n"
	    "## Lifecycle Stage\n\nProduction\n\n<!-- Placeholder\n## Can Contact Individuals\n"
	    "Yes\n-->\n\n## Supported By\n\nteam-pay\n\n## Architecture\n\n```\nno\n```\n");
	const struct descriptor *d = only(&out);

	(void)state;
	assert_string_equal(d->format, "runbook");
	assert_int_equal(d->trust, 6);
	assert_string_equal(d->subdir, "");
	assert_null(d->name.value);
	expect_fact(&d->title, "Pay Gateway", 5);
	expect_fact(&d->tier_text, "Platinum", 19);
	assert_int_equal(d->tier, 1);
	expect_fact(&d->lifecycle, "production", 23);
	expect_fact(&d->owners[0], "team-pay", 32);
	expect_fact(&d->aliases[0], "paygw", 11);
	expect_fact(&d->urls[0], "https://pay.example.com/", 15);
	expect_field(d, "code", "paygw", 11);
	for (size_t i = 0; i < d->field_count; i++)
		assert_string_not_equal(d->fields[i].name, "can_contact_individuals");
	drop(&out);
}

static void runbook_forms(void **state)
{
	static const struct {
		const char *text;
		int tier; /* 0: no descriptor */
	} cases[] = {
	    {"## Service Tier\nGold\n", 2},
	    {"Service Tier: Silver\n", 3},
	    {"**Service Tier:** Bronze\n", 4},
	    {"- **Service Tier**: Gold\n", 2},
	    {"| Service Tier | Platinum |\n", 1},
	    {"---\nserviceTier: \"Gold\"\n---\n# X\n", 2},
	    {"# X\nThe service tier of this is not written down.\n", 0},
	    {"## Tier\nGold\n", 0},
	    {"```\n## Service Tier\nGold\n```\n", 0},
	    {"", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct descriptor_list out = read_file("docs/RUNBOOK.md", cases[i].text);

		if (out.count != (cases[i].tier ? 1 : 0) ||
		    (out.count && out.descriptors[0].tier != cases[i].tier))
			fail_msg("%s", cases[i].text);
		drop(&out);
	}
	expect_none("RUNBOOK.md", "## Service Tier\nWood\n", 1);
	expect_none("README.md", "## Service Tier\nGold\n", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(services_db),
	    cmocka_unit_test(own_keys),
	    cmocka_unit_test(statements),
	    cmocka_unit_test(secrets_are_not_kept),
	    cmocka_unit_test(kubernetes_is_no_descriptor),
	    cmocka_unit_test(empty_files),
	    cmocka_unit_test(at_sign_is_mended),
	    cmocka_unit_test(tabs_are_mended),
	    cmocka_unit_test(broken_beyond_mending),
	    cmocka_unit_test(other_traps),
	    cmocka_unit_test(duplicate_tier_takes_the_last),
	    cmocka_unit_test(library),
	    cmocka_unit_test(one_environment),
	    cmocka_unit_test(several_environments),
	    cmocka_unit_test(not_every_map_is_an_environment),
	    cmocka_unit_test(several_documents),
	    cmocka_unit_test(folders),
	    cmocka_unit_test(runbook),
	    cmocka_unit_test(runbook_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
