/* Backstage, OpsLevel, Cortex, Compass and Datadog. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
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

static void backstage(void **state)
{
	struct descriptor_list out = read_file(
	    "catalog-info.yaml",
	    "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {name: sys}\n---\n"
	    "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: pay\n"
	    "  namespace: money\n  title: Payments\n  description:\n    $text: ./README.md\n"
	    "  annotations:\n    github.com/project-slug: acme/pay\n"
	    "    pagerduty.com/service-id: PABC\n    pagerduty.com/integration-key: deadbeef\n"
	    "    prometheus.io/alert: all\n    backstage.io/kubernetes-id: payd\n"
	    "    argocd/app-name: pay-prod\n  labels: {tier: '2'}\n  tags: [ruby, tier-4]\n"
	    "  links:\n    - {url: 'https://r.example.com', title: Restart, type: runbook}\n"
	    "    - {url: 'https://g.example.com', title: Grafana dashboard, icon: dashboard}\n"
	    "spec:\n  type: service\n  lifecycle: production\n  owner: group:default/team-a\n"
	    "  system: money\n"
	    "  dependsOn: ['component:default/ledger', 'resource:default/db', "
	    "'component:other/x', mail]\n"
	    "  dependencyOf: ['Component:shop']\n---\n"
	    "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: api}\n"
	    "spec: {type: openapi, owner: x}\n");
	const struct descriptor *d = only(&out);

	(void)state;
	assert_string_equal(d->format, "catalog-info");
	assert_int_equal(d->trust, 1);
	assert_int_equal(d->at.line, 5);
	expect_fact(&d->name, "pay", 8);
	expect_fact(&d->title, "Payments", 10);
	assert_null(d->description.value);
	expect_fact(&d->tier_text, "2", 20);
	assert_int_equal(d->tier, 2);
	expect_fact(&d->type, "service", 26);
	expect_fact(&d->lifecycle, "production", 27);
	assert_int_equal(d->owner_count, 1);
	expect_fact(&d->owners[0], "team-a", 28);
	assert_int_equal(d->alias_count, 3);
	assert_string_equal(d->aliases[0].value, "money/pay");
	expect_fact(&d->aliases[1], "payd", 18);
	expect_fact(&d->aliases[2], "pay-prod", 19);
	assert_int_equal(d->depends_count, 3);
	assert_string_equal(d->depends_on[0].value, "ledger");
	assert_string_equal(d->depends_on[1].value, "other/x");
	assert_string_equal(d->depends_on[2].value, "mail");
	assert_int_equal(d->dependency_of_count, 1);
	assert_string_equal(d->dependency_of[0].value, "shop");
	assert_int_equal(d->link_count, 2);
	assert_string_equal(d->links[0].type, "playbook");
	assert_string_equal(d->links[1].type, "dashboard");
	expect_field(d, "github.com/project-slug", "acme/pay", 14);
	expect_field(d, "pagerduty.com/service-id", "PABC", 15);
	expect_field(d, "pagerduty.com/integration-key", "(secret)", 16);
	expect_field(d, "prometheus.io/alert", "all", 17);
	expect_field(d, "system", "money", 29);
	drop(&out);
}

static void backstage_tiers_and_owners(void **state)
{
	static const struct {
		const char *metadata, *spec, *owner;
		int tier;
	} cases[] = {
	    {"tags: [tier-4]", "owner: user:jane", "jane", 4},
	    {"tags: [tiered, x]", "owner: group:ns/team", "ns/team", 0},
	    {"labels: {tier: gold}", "owner: john@example.com, tier: 1", "john@example.com", 1},
	    {"tags: []", "owner: team-b", "team-b", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[512];
		struct descriptor_list out;

		snprintf(text, sizeof(text),
			 "apiVersion: backstage.io/v1beta1\nkind: component\n"
			 "metadata: {name: x, %s}\nspec: {%s}\n",
			 cases[i].metadata, cases[i].spec);
		out = read_file("a/catalog-info.yml", text);
		assert_int_equal(only(&out)->tier, cases[i].tier);
		assert_string_equal(only(&out)->owners[0].value, cases[i].owner);
		assert_string_equal(only(&out)->subdir, "a");
		drop(&out);
	}
}

static void link_titles_tell_their_type(void **state)
{
	static const char *const cases[][2] = {
	    {"GitHub Repo", "repo"},	     {"Slack Channel", "chat"},	 {"Weekly report", "other"},
	    {"Restart runbook", "playbook"}, {"On-call rota", "oncall"}, {"Docs", "docs"},
	    {"PagerDuty: Pay", "oncall"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[256];
		struct descriptor_list out;

		snprintf(text, sizeof(text),
			 "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n"
			 "  name: x\n  links: [{url: 'https://x', title: '%s'}]\n",
			 cases[i][0]);
		out = read_file("catalog-info.yaml", text);
		assert_string_equal(only(&out)->links[0].type, cases[i][1]);
		drop(&out);
	}
}

static void backstage_odd_files(void **state)
{
	(void)state;
	expect_none("catalog-info.yaml", "", 1);
	expect_none("catalog-info.yaml", "just: a map\n", 1);
	expect_none("catalog-info.yaml", "- a list\n", 1);
	expect_none("catalog-info.yaml",
		    "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n"
		    "  name: ${{ values.name }}\nspec: {{ x }}\n",
		    1);
	expect_none("catalog-info.yaml",
		    "apiVersion: backstage.io/v1alpha1\nkind: Location\nspec: {targets: [./x]}\n",
		    0);
}

/* They are valid YAML, but what they name is not there yet. */
static void names_to_be_filled_in(void **state)
{
	(void)state;
	expect_none("skeleton/catalog-info.yaml",
		    "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n"
		    "  name: ${{ values.component_id }}\nspec: {type: service, owner: a}\n",
		    1);
	expect_none("opslevel.yml", "service:\n  name: '{{ cookiecutter.name }}'\n", 1);
}

static void opslevel(void **state)
{
	struct descriptor_list out =
	    read_file("opslevel.yml",
		      "---\nversion: 1\nservice:\n  name: pay\n  lifecycle:\n  tier: tier_1\n"
		      "  owner: money_team\n  language: Python\n  framework: None\n  description:\n"
		      "  aliases: [payd]\n  tags:\n  - {key: env, value: no}\n  tools:\n"
		      "  - {name: PD, category: incidents, url: 'https://p.example.com'}\n"
		      "  - {name: How to, category: runbooks, url: 'https://r.example.com'}\n"
		      "  dependencies:\n  - {alias: ledger, notes: x}\n"
		      "  repositories:\n  - {name: acme/pay, path: /, provider: github}\n"
		      "  alert_sources:\n  - {type: pagerduty, external_id: PQ1}\n");
	const struct descriptor *d = only(&out);

	(void)state;
	assert_int_equal(d->trust, 2);
	expect_fact(&d->name, "pay", 4);
	assert_null(d->lifecycle.value);
	assert_int_equal(d->tier, 1);
	expect_fact(&d->owners[0], "money_team", 7);
	expect_fact(&d->aliases[0], "payd", 11);
	expect_field(d, "language", "Python", 8);
	expect_field(d, "tags.env", "no", 13);
	expect_field(d, "pagerduty", "PQ1", 22);
	expect_field(d, "repository", "acme/pay", 20);
	for (size_t i = 0; i < d->field_count; i++)
		assert_string_not_equal(d->fields[i].name, "framework");
	assert_string_equal(d->links[0].type, "oncall");
	assert_string_equal(d->links[1].type, "playbook");
	expect_fact(&d->depends_on[0], "ledger", 18);
	drop(&out);
	out = read_file("opslevel.yml", "version: 1\nrepository:\n  owner: sdks\n  tier:\n");
	assert_null(only(&out)->name.value);
	expect_fact(&only(&out)->owners[0], "sdks", 3);
	drop(&out);
	expect_none("opslevel.yml", "version: 1\n", 1);
}

static void cortex(void **state)
{
	struct descriptor_list out = read_file(
	    "cortex.yaml",
	    "openapi: 3.0.1\ninfo:\n  title: Pay\n  description: Takes money\n"
	    "  x-cortex-tag: pay\n  x-cortex-type: service\n  x-cortex-git:\n"
	    "    github: {repository: acme/pay}\n  x-cortex-owners:\n"
	    "    - {type: group, name: acme/money, provider: GITHUB}\n"
	    "    - {type: email, email: a@example.com}\n    - {type: slack, channel: pay}\n"
	    "  x-cortex-service-groups: [tier-4, python]\n"
	    "  x-cortex-link:\n    - {name: Help, type: runbook, url: 'https://r.example.com'}\n"
	    "  x-cortex-oncall: {pagerduty: {id: PSCH, type: SCHEDULE}}\n"
	    "  x-cortex-dependency: {cortex: [{tag: ledger}]}\n");
	const struct descriptor *d = only(&out);

	(void)state;
	assert_int_equal(d->trust, 3);
	expect_fact(&d->name, "pay", 5);
	expect_fact(&d->title, "Pay", 3);
	assert_int_equal(d->tier, 4);
	assert_int_equal(d->owner_count, 2);
	expect_fact(&d->owners[0], "acme/money", 10);
	expect_fact(&d->owners[1], "a@example.com", 11);
	expect_field(d, "slack_channels", "pay", 12);
	expect_field(d, "groups", "python", 13);
	expect_field(d, "pagerduty", "PSCH", 16);
	assert_string_equal(d->links[0].type, "playbook");
	expect_fact(&d->depends_on[0], "ledger", 17);
	drop(&out);
	/* another product's */
	expect_none("cortex.yaml", "auth_enabled: false\nserver:\n  http_listen_port: 9009\n", 0);
	expect_none("cortex.yaml", "openapi: 3.0.0\ninfo: {title: x}\n", 0);
	expect_none("cortex.yaml", "info: {x-cortex-tag: t, x-cortex-type: team}\n", 0);
}

static void compass(void **state)
{
	struct descriptor_list out =
	    read_file("compass.yml",
		      "name: pay\nid: ari:cloud:compass:1:component/2/3\ndescription: "
		      "null\nconfigVersion: 1\n"
		      "typeId: SERVICE\nownerId: ari:cloud:identity::team/abc\nfields:\n  tier: 3\n"
		      "  lifecycle: Active\nlinks:\n  - name: null\n    type: REPOSITORY\n"
		      "    url: https://example.com/pay\nrelationships:\n"
		      "  DEPENDS_ON: ['ari:cloud:compass:1:component/2/4']\nlabels: [a]\n"
		      "customFields: null\n");
	const struct descriptor *d = only(&out);

	(void)state;
	assert_int_equal(d->trust, 5);
	expect_fact(&d->name, "pay", 1);
	assert_null(d->description.value);
	expect_fact(&d->type, "service", 5);
	assert_int_equal(d->tier, 3);
	expect_fact(&d->lifecycle, "Active", 9);
	expect_fact(&d->owners[0], "team/abc", 6);
	expect_fact(&d->aliases[0], "ari:cloud:compass:1:component/2/3", 2);
	expect_fact(&d->depends_on[0], "ari:cloud:compass:1:component/2/4", 15);
	assert_int_equal(d->link_count, 1);
	assert_string_equal(d->links[0].type, "repo");
	assert_null(d->links[0].name);
	drop(&out);
	out =
	    read_file("compass.yml", "name: x\nconfigVersion: 1\nownerId: null\n"
				     "customFields:\n  - {name: on call, type: text, value: b}\n");
	assert_int_equal(only(&out)->owner_count, 0);
	expect_field(only(&out), "on call", "b", 5);
	drop(&out);
	expect_none("compass.yml", "sass_dir: x\n", 0);
}

static void datadog_2(void **state)
{
	struct descriptor_list out =
	    read_file("service.datadog.yaml",
		      "schema-version: v2\ndd-service: a\nteam: money\ncontacts:\n"
		      "  - {type: slack, contact: 'https://s.example.com/C1'}\n"
		      "  - {type: email, contact: m@example.com}\n"
		      "docs:\n  - {name: Arch, provider: wiki, url: 'https://w.example.com'}\n"
		      "repos:\n  - {name: src, url: 'https://example.com/a'}\n"
		      "links:\n  - {name: R, type: runbook, url: 'https://r.example.com'}\n"
		      "integrations: {pagerduty: 'https://p.example.com/PA'}\n"
		      "---\nschema-version: v2.2\ndd-service: b\nteam: money\ntier: \"one\"\n"
		      "lifecycle: production\ntype: web\nintegrations:\n"
		      "  pagerduty: {service-url: 'https://p.example.com/PB'}\n"
		      "ci-pipeline-fingerprints: [xyz]\ntags: ['k:v']\n");
	const struct descriptor *d;

	(void)state;
	assert_int_equal(out.count, 2);
	assert_int_equal(out.warning_count, 0);
	d = &out.descriptors[0];
	assert_int_equal(d->trust, 4);
	expect_fact(&d->name, "a", 2);
	expect_fact(&d->owners[0], "money", 3);
	expect_field(d, "contacts.email", "m@example.com", 6);
	assert_int_equal(d->link_count, 5);
	assert_string_equal(d->links[0].type, "chat");
	assert_string_equal(d->links[1].type, "playbook");
	assert_string_equal(d->links[2].type, "docs");
	assert_string_equal(d->links[3].type, "repo");
	assert_string_equal(d->links[4].type, "oncall");
	expect_field(d, "pagerduty", "https://p.example.com/PA", 13);
	d = &out.descriptors[1];
	expect_fact(&d->name, "b", 16);
	assert_int_equal(d->tier, 1);
	expect_fact(&d->type, "web", 20);
	expect_field(d, "pagerduty", "https://p.example.com/PB", 22);
	expect_field(d, "ci-pipeline-fingerprints", "xyz", 23);
	drop(&out);
}

static void datadog_3(void **state)
{
	struct descriptor_list out = read_file(
	    "svc/.datadog/entity.datadog.yaml",
	    "apiVersion: v3\nkind: service\nmetadata:\n  name: pay\n  displayName: Pay\n"
	    "  owner: money\n  additionalOwners:\n    - {name: sre, type: operator}\n"
	    "  contacts:\n    - {type: google-chat, contact: 'https://c.example.com'}\n"
	    "  links:\n    - {name: x, type: dashboard, url: 'https://d.example.com'}\n"
	    "spec:\n  lifecycle: emerging\n  tier: three\n  type: web\n"
	    "  dependsOn: ['service:ledger', 'datastore:db']\n"
	    "integrations:\n  pagerduty: {serviceURL: 'https://p.example.com/PC'}\n"
	    "  sentry: {projectSlugs: [pay-web]}\ndatadog:\n  performanceData: {tags: [x]}\n"
	    "---\napiVersion: v3\nkind: datastore\nmetadata: {name: db}\n");
	const struct descriptor *d = only(&out);

	(void)state;
	assert_string_equal(d->subdir, "svc");
	expect_fact(&d->name, "pay", 4);
	expect_fact(&d->title, "Pay", 5);
	assert_int_equal(d->owner_count, 2);
	expect_fact(&d->owners[1], "sre", 8);
	assert_int_equal(d->tier, 3);
	expect_fact(&d->lifecycle, "emerging", 14);
	assert_int_equal(d->depends_count, 1);
	expect_fact(&d->depends_on[0], "ledger", 17);
	expect_field(d, "sentry", "pay-web", 20);
	expect_field(d, "contacts.google-chat", "https://c.example.com", 10);
	assert_string_equal(d->links[1].type, "oncall");
	drop(&out);
	expect_none("entity.datadog.yaml", "foo: bar\n", 1);
}

static void datadog_tiers(void **state)
{
	static const struct {
		const char *text;
		int tier;
	} cases[] = {{"\"1\"", 1}, {"one", 1}, {"three", 3}, {"Zero", 1}, {"High", 1}, {"1", 1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[128];
		struct descriptor_list out;

		snprintf(text, sizeof(text), "schema-version: v2.1\ndd-service: x\ntier: %s\n",
			 cases[i].text);
		out = read_file("service.datadog.yaml", text);
		assert_int_equal(only(&out)->tier, cases[i].tier);
		drop(&out);
	}
}

/* A small file may look large through aliases; a wide one is cut. */
static void hostile(void **state)
{
	struct buf text = {0};
	struct descriptor_list out;

	(void)state;
	buf_adds(&text, "tier: 1\na0: &a0 [x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 20; i++)
		buf_addf(&text, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i,
			 i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	out = read_file("service.yml", text.data);
	assert_int_equal(out.count, 1);
	assert_true(out.descriptors[0].field_count <= 500);
	drop(&out);

	buf_reset(&text);
	buf_adds(&text, "classification: tier1\nowners:\n");
	for (int i = 0; i < 5000; i++)
		buf_addf(&text, "- o%d\n", i);
	out = read_file("service.yml", text.data);
	assert_int_equal(out.descriptors[0].owner_count, 500);
	drop(&out);

	buf_reset(&text);
	for (int i = 0; i < 2000; i++)
		buf_addf(&text, "---\nname: s%d\ntier: x\n", i);
	out = read_file("service.yml", text.data);
	assert_int_equal(out.count, 500);
	assert_int_equal(out.warning_count, 100);
	drop(&out);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(backstage),
	    cmocka_unit_test(backstage_tiers_and_owners),
	    cmocka_unit_test(link_titles_tell_their_type),
	    cmocka_unit_test(backstage_odd_files),
	    cmocka_unit_test(names_to_be_filled_in),
	    cmocka_unit_test(opslevel),
	    cmocka_unit_test(cortex),
	    cmocka_unit_test(compass),
	    cmocka_unit_test(datadog_2),
	    cmocka_unit_test(datadog_3),
	    cmocka_unit_test(datadog_tiers),
	    cmocka_unit_test(hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
