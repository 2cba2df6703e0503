#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/rule.h"

#define DAY 86400
#define NOW ((int64_t)1795392000) /* 2026-11-23 00:00 UTC */

/* A checklist of one item and the facts of one service. */
struct fixture {
	struct checklist *list;
	struct arena *arena;
	struct checkout checkout;
	struct rule_probe probes[16];
	struct hit hits[16];
	struct rule_hit found[16];
	struct miss misses[16];
	struct rule_miss missed[16];
	size_t hit_count, miss_count;
	struct history history;
	struct rule_facts facts;
	struct finding finding;
};

static void open_item(struct fixture *f, const char *item)
{
	char *text = xasprintf("schema: 1\n"
			       "deployed: {files: deploy.yml, scope: fleet}\n"
			       "checks:\n"
			       "- id: a\n  tier: 3\n  title: T\n  why: W\n  close: C\n%s",
			       item);
	struct err err = {0};

	memset(f, 0, sizeof(*f));
	f->list = checklist_parse("t.yml", text, strlen(text), &err);
	if (!f->list)
		fail_msg("%s: %s", err.where, err.what);
	f->arena = arena_new();
	f->checkout = (struct checkout){.path = "/src/checkout", .head = "c0ffee"};
	f->history.complete = true;
	f->facts = (struct rule_facts){
	    .checkout = &f->checkout, .probes = f->probes, .deployed = ANSWER_NO};
	free(text);
}

static void close_item(struct fixture *f)
{
	checklist_free(f->list);
	arena_free(f->arena);
}

/* Probe 0 is the deployed rule's; those of the item count from 1. Hits are added in order. */
static struct hit *add_hit(struct fixture *f, uint32_t probe, const char *path)
{
	size_t i = f->hit_count++;
	struct rule_probe *asked = &f->probes[probe];

	f->hits[i] = (struct hit){.probe = probe, .at = {path, 3}, .text = "text"};
	f->found[i] = (struct rule_hit){&f->checkout, &f->hits[i]};
	if (!asked->hit_count)
		asked->hits = &f->found[i];
	asked->hit_count++;
	return &f->hits[i];
}

static void add_miss(struct fixture *f, uint32_t probe, const char *path)
{
	size_t i = f->miss_count++;
	struct rule_probe *asked = &f->probes[probe];

	f->misses[i] = (struct miss){probe, {path, 7}, "could not be read"};
	f->missed[i] = (struct rule_miss){&f->checkout, &f->misses[i]};
	if (!asked->miss_count)
		asked->misses = &f->missed[i];
	asked->miss_count++;
}

static void evaluate(struct fixture *f)
{
	rule_evaluate(f->list, 0, &f->facts, NOW, f->arena, &f->finding);
	assert_non_null(f->finding.reason);
	assert_null(strchr(f->finding.reason, '\n'));
	assert_true(*f->finding.reason != '\0');
}

static void assert_answer(struct fixture *f, enum status status, const char *reason)
{
	evaluate(f);
	if (f->finding.status != status || !strstr(f->finding.reason, reason))
		fail_msg("expected %s \"%s\", got %s \"%s\"", status_name(status), reason,
			 status_name(f->finding.status), f->finding.reason);
}

/* The order in which an item is decided */

#define ORDER                                                                                      \
	"  not_applicable: [{if: {files: na}, reason: r-na}]\n"                                    \
	"  gap: [{if: {files: gap}, reason: r-gap}]\n"                                             \
	"  unknown: [{if: {files: unknown}, code: not-visible, reason: r-unknown}]\n"              \
	"  reason: r-absent\n"                                                                     \
	"  pass: {any: [{files: pass}, {files: weak, strength: declared}]}\n"
enum { P_NA = 1, P_GAP, P_UNKNOWN, P_PASS, P_WEAK };

static void test_absent_is_a_gap(void **state)
{
	struct fixture f;

	(void)state;
	open_item(&f, ORDER);
	assert_answer(&f, STATUS_GAP, "r-absent");
	assert_int_equal(f.finding.code, UNKNOWN_NONE);
	assert_int_equal(f.finding.strength, STRENGTH_NONE);
	assert_int_equal(f.finding.evidence_count, 0);
	close_item(&f);
}

static void test_order(void **state)
{
	const struct statement by_owner = {
	    .check = "a", .reason = "two\nlines", .at = {"service.yml", 4}};
	struct fixture f;

	(void)state;
	open_item(&f, ORDER);
	/* From the last to the first: each goes before those that hold already. */
	add_miss(&f, P_PASS, "broken.yml");
	assert_answer(&f, STATUS_UNKNOWN, "broken.yml:7 could not be read");
	assert_int_equal(f.finding.code, UNKNOWN_FAILED);
	add_hit(&f, P_UNKNOWN, "unknown");
	assert_answer(&f, STATUS_UNKNOWN, "r-unknown");
	assert_int_equal(f.finding.code, UNKNOWN_NOT_VISIBLE);
	assert_string_equal(f.finding.evidence[0].path, "unknown");
	add_hit(&f, P_PASS, "pass");
	assert_answer(&f, STATUS_PASS, "pass:3: text");
	add_hit(&f, P_GAP, "gap");
	assert_answer(&f, STATUS_GAP, "r-gap");
	add_hit(&f, P_NA, "na");
	assert_answer(&f, STATUS_NA, "r-na");
	f.facts.not_applicable = &by_owner;
	f.facts.not_applicable_count = 1;
	assert_answer(&f, STATUS_NA, "the owner says: two lines");
	assert_string_equal(f.finding.evidence[0].path, "service.yml");
	assert_int_equal(f.finding.evidence[0].line, 4);
	close_item(&f);
}

static void test_statements_are_about_their_check(void **state)
{
	const struct statement other = {.check = "b", .reason = "r"};
	struct fixture f;

	(void)state;
	open_item(&f, ORDER);
	f.facts.not_applicable = f.facts.waivers = f.facts.attestations = &other;
	f.facts.not_applicable_count = f.facts.waiver_count = f.facts.attestation_count = 1;
	assert_answer(&f, STATUS_GAP, "r-absent");
	close_item(&f);
}

static void test_evidence_of_a_pass(void **state)
{
	struct fixture f;
	struct hit *hit;

	(void)state;
	open_item(&f, ORDER);
	add_hit(&f, P_WEAK, "weak");
	hit = add_hit(&f, P_PASS, "pass");
	hit->value = "v";
	assert_answer(&f, STATUS_PASS, "pass:3");
	assert_int_equal(f.finding.strength, STRENGTH_CONFIGURED);
	assert_int_equal(f.finding.evidence_count, 2);
	/* The strongest first, wherever the rule has it. */
	assert_string_equal(f.finding.evidence[0].path, "pass");
	assert_string_equal(f.finding.evidence[0].value, "v");
	assert_string_equal(f.finding.evidence[0].checkout, "/src/checkout");
	assert_string_equal(f.finding.evidence[0].commit, "c0ffee");
	assert_int_equal(f.finding.evidence[0].line, 3);
	assert_string_equal(f.finding.evidence[1].path, "weak");
	assert_int_equal(f.finding.check, 0);
	assert_false(f.finding.required);
	close_item(&f);
}

static void test_declared_does_not_suffice(void **state)
{
	struct fixture f;

	(void)state;
	open_item(&f, ORDER);
	add_hit(&f, P_WEAK, "weak");
	assert_answer(&f, STATUS_GAP, "only declared, not configured: weak:3: text");
	assert_int_equal(f.finding.strength, STRENGTH_DECLARED);
	assert_string_equal(f.finding.evidence[0].path, "weak");
	/* A stronger branch could not be read: nobody knows. */
	add_miss(&f, P_PASS, "broken.yml");
	assert_answer(&f, STATUS_UNKNOWN, "broken.yml");
	close_item(&f);
	open_item(&f, "  least: declared\n  pass: {files: weak, strength: declared}\n");
	add_hit(&f, 1, "weak");
	assert_answer(&f, STATUS_PASS, "weak");
	assert_int_equal(f.finding.strength, STRENGTH_DECLARED);
	close_item(&f);
	open_item(&f, "  least: observed\n  pass: {files: pass}\n");
	add_hit(&f, 1, "pass");
	assert_answer(&f, STATUS_GAP, "only configured, not observed");
	close_item(&f);
}

static void test_an_unread_verdict_does_not_hold(void **state)
{
	struct fixture f;

	(void)state;
	open_item(&f, ORDER);
	add_miss(&f, P_NA, "x");
	add_miss(&f, P_GAP, "x");
	add_miss(&f, P_UNKNOWN, "x");
	assert_answer(&f, STATUS_GAP, "r-absent");
	close_item(&f);
}

static void test_absences(void **state)
{
	struct fixture f;

	(void)state;
	open_item(&f, "  absent: not-visible\n  reason: no rules\n  pass: {files: x}\n");
	assert_answer(&f, STATUS_UNKNOWN, "no rules; nothing in the fleet deploys");
	assert_int_equal(f.finding.code, UNKNOWN_NOT_VISIBLE);
	f.facts.deployed = ANSWER_UNKNOWN;
	assert_answer(&f, STATUS_UNKNOWN, "no rules");
	f.facts.deployed = ANSWER_YES;
	assert_answer(&f, STATUS_GAP, "no rules");
	close_item(&f);
	open_item(&f, "  absent: no-source\n  source: PagerDuty\n  pass: {files: x}\n");
	f.facts.deployed = ANSWER_YES;
	assert_answer(&f, STATUS_UNKNOWN, "no PagerDuty source configured");
	assert_int_equal(f.finding.code, UNKNOWN_NO_SOURCE);
	close_item(&f);
}

static void test_reason_that_is_made_up(void **state)
{
	struct fixture f;

	(void)state;
	open_item(&f, "  pass: {any: [{files: [x.yml, y.yml]}, {dependency: z},"
		      " {all: [{field: slo}, {not: {files: never}}]}, {files: more}]}\n");
	assert_answer(&f, STATUS_GAP,
		      "nothing found; looked for x.yml, y.yml, package z, field slo");
	assert_null(strstr(f.finding.reason, "never"));
	close_item(&f);
}

static void test_deployed(void **state)
{
	struct fixture f;

	(void)state;
	open_item(&f, "  pass: {all: [{files: x}, {deployed: true}]}\n");
	assert_int_equal(rule_deployed(f.list, &f.facts, NOW), ANSWER_NO);
	add_miss(&f, 0, "broken");
	assert_int_equal(rule_deployed(f.list, &f.facts, NOW), ANSWER_UNKNOWN);
	add_hit(&f, 0, "deploy.yml");
	assert_int_equal(rule_deployed(f.list, &f.facts, NOW), ANSWER_YES);
	add_hit(&f, 1, "x");
	assert_answer(&f, STATUS_GAP, "");
	f.facts.deployed = ANSWER_UNKNOWN;
	assert_answer(&f, STATUS_UNKNOWN, "could not be read");
	f.facts.deployed = ANSWER_YES;
	assert_answer(&f, STATUS_PASS, "x:3");
	close_item(&f);
}

/* Kleene's tables: members answer n(o), y(es) or u(nknown). */
static void assert_logic(const char *rule, const char *members, enum status status)
{
	struct fixture f;
	char *item = xasprintf("  pass: {any: [%s]}\n", rule);

	open_item(&f, item);
	for (uint32_t i = 0; members[i]; i++) {
		if (members[i] == 'y')
			add_hit(&f, i + 1, "hit");
		else if (members[i] == 'u')
			add_miss(&f, i + 1, "miss");
	}
	evaluate(&f);
	if (f.finding.status != status)
		fail_msg("%s of %s is %s", rule, members, status_name(f.finding.status));
	close_item(&f);
	free(item);
}

static void test_logic(void **state)
{
	const char *all = "{all: [{files: x}, {files: y}]}";
	const char *any = "{any: [{files: x}, {files: y}]}";
	const char *two = "{at_least: {n: 2, of: [{files: x}, {files: y}, {files: z}]}}";
	const char *not = "{all: [{files: x}, {not: {files: y}}]}";
	const char *neither = "{all: [{files: x}, {not: {not: {files: y}}}]}";

	(void)state;
	assert_logic(all, "yy", STATUS_PASS);
	assert_logic(all, "yu", STATUS_UNKNOWN);
	assert_logic(all, "nu", STATUS_GAP);
	assert_logic(all, "uu", STATUS_UNKNOWN);
	assert_logic(all, "yn", STATUS_GAP);
	assert_logic(any, "yu", STATUS_PASS);
	assert_logic(any, "uy", STATUS_PASS);
	assert_logic(any, "nu", STATUS_UNKNOWN);
	assert_logic(any, "nn", STATUS_GAP);
	assert_logic(two, "yyn", STATUS_PASS);
	assert_logic(two, "ynn", STATUS_GAP);
	assert_logic(two, "yun", STATUS_UNKNOWN);
	assert_logic(two, "unn", STATUS_GAP);
	assert_logic(two, "yuy", STATUS_PASS);
	assert_logic(not, "yn", STATUS_PASS);
	assert_logic(not, "yy", STATUS_GAP);
	assert_logic(not, "yu", STATUS_UNKNOWN);
	assert_logic(not, "nu", STATUS_GAP);
	assert_logic(neither, "yy", STATUS_PASS);
	assert_logic(neither, "yn", STATUS_GAP);
}

/* What a failed group found is shown with the gap, what `not` found is not. */
static void test_evidence_of_groups(void **state)
{
	struct fixture f;

	(void)state;
	open_item(&f, "  pass: {any: [{all: [{files: x}, {files: y}]},"
		      " {all: [{files: z}, {not: {files: w}}]}]}\n");
	add_hit(&f, 1, "x");
	assert_answer(&f, STATUS_GAP, "looked for");
	assert_int_equal(f.finding.evidence_count, 1);
	assert_string_equal(f.finding.evidence[0].path, "x");
	assert_int_equal(f.finding.strength, STRENGTH_NONE);
	add_hit(&f, 3, "z");
	assert_answer(&f, STATUS_PASS, "z:3");
	assert_int_equal(f.finding.evidence_count, 1);
	add_hit(&f, 4, "w");
	assert_answer(&f, STATUS_GAP, "");
	assert_int_equal(f.finding.evidence_count, 2);
	close_item(&f);
}

/* Files */

static void test_files_are_counted_once(void **state)
{
	struct fixture f;

	(void)state;
	open_item(&f, "  pass: {files: x, at_least: 2}\n");
	add_hit(&f, 1, "one.yml");
	add_hit(&f, 1, "one.yml");
	assert_answer(&f, STATUS_GAP, "only 1 of 2 files: one.yml");
	assert_int_equal(f.finding.evidence_count, 2);
	add_hit(&f, 1, "two.yml");
	assert_answer(&f, STATUS_PASS, "one.yml:3");
	close_item(&f);
}

static void test_evidence_is_capped(void **state)
{
	struct fixture f;

	(void)state;
	open_item(&f, "  pass: {files: x}\n");
	for (int i = 0; i < 12; i++)
		add_hit(&f, 1, "x");
	evaluate(&f);
	assert_int_equal(f.finding.evidence_count, RULE_MAX_EVIDENCE);
	close_item(&f);
}

static void test_touched(void **state)
{
	struct fixture f;
	struct hit *hit;

	(void)state;
	open_item(&f, "  pass: {files: x, touched_within: 180d}\n");
	hit = add_hit(&f, 1, "docs/runbook.md");
	hit->touched = NOW - 180 * DAY;
	assert_answer(&f, STATUS_PASS, "docs/runbook.md");
	hit->touched--;
	assert_answer(&f, STATUS_GAP,
		      "docs/runbook.md was last changed on 2026-05-26, more than 180 days ago");
	assert_int_equal(f.finding.evidence_count, 1);
	hit->touched = 1;
	assert_answer(&f, STATUS_GAP, "docs/runbook.md was last changed more than 180 days ago");
	hit->touched = -1;
	assert_answer(&f, STATUS_UNKNOWN, "when docs/runbook.md was last changed is not known");
	assert_int_equal(f.finding.code, UNKNOWN_FAILED);
	close_item(&f);
}

static void test_stale_passes_with_a_warning(void **state)
{
	struct fixture f;
	struct hit *hit;

	(void)state;
	open_item(&f, "  pass: {files: x, touched_within: 180d, stale: passes}\n");
	hit = add_hit(&f, 1, "docs/runbook.md");
	hit->touched = NOW - 200 * DAY;
	assert_answer(&f, STATUS_PASS, "last changed on 2026-05-07, more than 180 days ago");
	assert_int_equal(f.finding.evidence_count, 1);
	hit->touched = -1;
	assert_answer(&f, STATUS_PASS, "docs/runbook.md:3: text");
	close_item(&f);
}

static void test_dated(void **state)
{
	struct fixture f;
	struct hit *hit;

	(void)state;
	open_item(&f, "  pass: {files: x, dated_within: 365d}\n");
	hit = add_hit(&f, 1, "drill.md");
	assert_answer(&f, STATUS_GAP, "no date (YYYY-MM-DD) in drill.md");
	hit->value = "2025-11-23";
	assert_answer(&f, STATUS_PASS, "drill.md");
	hit->value = "2025-11-22";
	assert_answer(&f, STATUS_PASS, "drill.md");
	hit->value = "2025-11-21";
	assert_answer(&f, STATUS_GAP, "drill.md is of 2025-11-21, more than 365 days ago");
	hit->value = "2027-01-01";
	assert_answer(&f, STATUS_GAP, "no date");
	hit->value = "2026-02-45";
	assert_answer(&f, STATUS_GAP, "no date");
	close_item(&f);
}

static void test_dependency(void **state)
{
	struct fixture f;

	(void)state;
	open_item(&f, "  pass: {dependency: sentry}\n");
	assert_answer(&f, STATUS_GAP, "package sentry");
	add_hit(&f, 1, "Gemfile.lock")->text = "sentry 5.1";
	assert_answer(&f, STATUS_PASS, "Gemfile.lock:3: sentry 5.1");
	close_item(&f);
}

/* What descriptors say */

static void test_field(void **state)
{
	struct named_fact field = {"slo", {"https://slo", {"service.yml", 5}}};
	struct fixture f;

	(void)state;
	open_item(&f, "  least: declared\n  pass: {field: [slo, slos]}\n");
	assert_answer(&f, STATUS_GAP, "field slo");
	f.facts.fields = &field;
	f.facts.field_count = 1;
	assert_answer(&f, STATUS_PASS, "service.yml:5: slo: https://slo");
	assert_int_equal(f.finding.strength, STRENGTH_DECLARED);
	field.fact.value = " TODO";
	assert_answer(&f, STATUS_GAP, "");
	field.fact.value = "";
	assert_answer(&f, STATUS_GAP, "");
	close_item(&f);
	open_item(&f,
		  "  least: declared\n  pass: {field: slo, matches: '^99', ignore_case: true}\n");
	f.facts.fields = &field;
	f.facts.field_count = 1;
	field.fact.value = "99.9";
	assert_answer(&f, STATUS_PASS, "99.9");
	field.fact.value = "soon 99.9";
	assert_answer(&f, STATUS_GAP, "");
	assert_string_equal(f.finding.evidence[0].value, "soon 99.9");
	field.name = "other";
	assert_answer(&f, STATUS_GAP, "");
	assert_int_equal(f.finding.evidence_count, 0);
	close_item(&f);
}

static void test_link(void **state)
{
	struct link link = {"playbook", "Runbook", "https://wiki/x", {"service.yml", 9}};
	struct fixture f;

	(void)state;
	open_item(&f, "  least: declared\n  pass: {link: playbook, matches: ^https}\n");
	assert_answer(&f, STATUS_GAP, "link playbook");
	f.facts.links = &link;
	f.facts.link_count = 1;
	assert_answer(&f, STATUS_PASS, "service.yml:9: Runbook");
	assert_string_equal(f.finding.evidence[0].url, "https://wiki/x");
	link.url = "wiki/x";
	assert_answer(&f, STATUS_GAP, "");
	link.url = NULL;
	assert_answer(&f, STATUS_GAP, "");
	close_item(&f);
}

static void test_owners(void **state)
{
	struct rule_owner owners[] = {{"acme/pay", true, {"CODEOWNERS", 1}},
				      {"@Acme/Pay", true, {"service.yml", 2}},
				      {"nobody", true, {"service.yml", 3}},
				      {"ann", false, {"service.yml", 4}}};
	struct fixture f;

	(void)state;
	open_item(&f, "  least: declared\n  pass: {owners: {at_least: 2}}\n");
	f.facts.owners = owners;
	f.facts.owner_count = 3;
	assert_answer(&f, STATUS_GAP, "1 of 2 owners: acme/pay");
	f.facts.owner_count = 4;
	assert_answer(&f, STATUS_PASS, "CODEOWNERS:1: acme/pay");
	assert_int_equal(f.finding.evidence_count, 2);
	close_item(&f);
	open_item(&f, "  least: declared\n  pass: {owners: {at_least: 1, people: true}}\n");
	f.facts.owners = owners;
	f.facts.owner_count = 3;
	assert_answer(&f, STATUS_GAP, "placeholder: nobody");
	f.facts.owner_count = 4;
	assert_answer(&f, STATUS_PASS, "ann");
	close_item(&f);
	open_item(&f, "  least: declared\n  pass: {owners: {at_least: 1, at_most: 1}}\n");
	f.facts.owners = owners;
	f.facts.owner_count = 4;
	assert_answer(&f, STATUS_GAP, "");
	close_item(&f);
}

static void test_placeholders(void **state)
{
	(void)state;
	assert_true(rule_owner_is_placeholder("nobody"));
	assert_true(rule_owner_is_placeholder("@acme/TODO"));
	assert_true(rule_owner_is_placeholder("user:guest"));
	assert_true(rule_owner_is_placeholder("john@example.com"));
	assert_true(rule_owner_is_placeholder(""));
	assert_true(rule_owner_is_placeholder("N/A"));
	assert_false(rule_owner_is_placeholder("acme/pay"));
	assert_false(rule_owner_is_placeholder("@acme/team-pay"));
	assert_false(rule_owner_is_placeholder("ann@acme.com"));
}

static void test_service(void **state)
{
	const char *const languages[] = {"go", "ruby"};
	struct fixture f;

	(void)state;
	open_item(&f, "  not_applicable:\n"
		      "  - {if: {service: {type: [library, website]}}, reason: r-type}\n"
		      "  - {if: {service: {lifecycle: deprecated}}, reason: r-lifecycle}\n"
		      "  - {if: {service: {language: ruby, tier: [1, 2]}}, reason: r-both}\n"
		      "  - {if: {service: {type: service, tier: 4}}, reason: r-four}\n"
		      "  pass: {files: x}\n");
	assert_answer(&f, STATUS_GAP, "");
	f.facts.tier = 4;
	assert_answer(&f, STATUS_NA, "r-four");
	f.facts.tier = 2;
	f.facts.languages = languages;
	f.facts.language_count = 1;
	assert_answer(&f, STATUS_GAP, "");
	f.facts.language_count = 2;
	assert_answer(&f, STATUS_NA, "r-both");
	f.facts.tier = 3;
	assert_answer(&f, STATUS_GAP, "");
	f.facts.lifecycle = "Deprecated";
	assert_answer(&f, STATUS_NA, "r-lifecycle");
	f.facts.type = "Library";
	assert_answer(&f, STATUS_NA, "r-type");
	close_item(&f);
}

/* History */

static void test_authors(void **state)
{
	struct author authors[] = {
	    {"Ann", "a", 9, 0, false}, {"Bot", "b", 8, 0, true}, {"Cid", "c", 2, 0, false}};
	struct fixture f;

	(void)state;
	open_item(&f, "  pass: {authors: {at_least: 2, commits: 3}}\n");
	assert_answer(&f, STATUS_UNKNOWN, "history could not be read");
	f.facts.history = &f.history;
	f.history.authors = authors;
	f.history.author_count = 3;
	assert_answer(&f, STATUS_GAP, "1 person with 3 or more commits in a year: Ann (9)");
	f.history.complete = false;
	assert_answer(&f, STATUS_UNKNOWN, "shallow");
	authors[2].commits = 3;
	assert_answer(&f, STATUS_PASS,
		      "2 people with 3 or more commits in a year: Ann (9), Cid (3)");
	close_item(&f);
}

static void test_commits(void **state)
{
	struct fixture f;

	(void)state;
	open_item(&f, "  pass: {files: x}\n"
		      "  not_applicable: [{if: {commits: {at_most: 5}}, reason: quiet}]\n"
		      "  unknown: [{if: {commits: {at_least: 1, by_bots: true}}, code: failed,"
		      " reason: bots}]\n");
	f.facts.history = &f.history;
	f.history.commits = 5;
	assert_answer(&f, STATUS_NA, "quiet");
	f.history.complete = false;
	assert_answer(&f, STATUS_GAP, "");
	f.history.complete = true;
	f.history.commits = 6;
	assert_answer(&f, STATUS_GAP, "");
	f.history.dependency_bot_commits = 1;
	assert_answer(&f, STATUS_UNKNOWN, "bots");
	close_item(&f);
}

/* A count of nothing says less than the item's own reason, but explains what is too weak. */
static void test_a_count_of_nothing(void **state)
{
	struct fixture f;

	(void)state;
	open_item(&f, "  reason: no bot is set up\n"
		      "  pass: {any: [{files: x, strength: declared},"
		      " {commits: {at_least: 2, by_bots: true}}]}\n");
	f.facts.history = &f.history;
	assert_answer(&f, STATUS_GAP, "no bot is set up");
	assert_int_equal(f.finding.evidence_count, 0);
	add_hit(&f, 1, "x");
	assert_answer(
	    &f, STATUS_GAP,
	    "only declared, not configured: x:3: text; 0 commits by dependency bots in 180 days");
	f.history.dependency_bot_commits = 1;
	assert_answer(&f, STATUS_GAP, "x:3: text; 1 commit by dependency bots");
	f.history.dependency_bot_commits = 2;
	assert_answer(&f, STATUS_PASS, "2 commits by dependency bots");
	close_item(&f);
}

/* Statements that end */

static void test_attestation(void **state)
{
	struct statement done = {.check = "A",
				 .by = "ann",
				 .reason = "reviewed",
				 .link = "https://x",
				 .date = NOW - 90 * DAY,
				 .at = {"service.yml", 8}};
	struct fixture f;

	(void)state;
	open_item(&f, "  least: declared\n  pass: {attestation: {max_age: 90d}}\n");
	assert_answer(&f, STATUS_GAP, "nothing found");
	f.facts.attestations = &done;
	f.facts.attestation_count = 1;
	assert_answer(&f, STATUS_PASS, "service.yml:8: attested on 2026-08-25 by ann: reviewed");
	assert_string_equal(f.finding.evidence[0].url, "https://x");
	assert_string_equal(f.finding.evidence[0].value, "2026-08-25");
	done.date--;
	assert_answer(&f, STATUS_GAP, "the attestation of 2026-08-24 by ann expired on 2026-11-22");
	assert_int_equal(f.finding.evidence_count, 1);
	done.until = NOW;
	assert_answer(&f, STATUS_PASS, "attested");
	done.until = NOW - 1;
	assert_answer(&f, STATUS_GAP, "expired on 2026-11-22");
	done.date = NOW + DAY;
	done.until = 0;
	assert_answer(&f, STATUS_GAP, "future");
	done.date = NOW;
	done.check = "b";
	assert_answer(&f, STATUS_GAP, "nothing found");
	close_item(&f);
}

static void test_attestation_is_too_weak_alone(void **state)
{
	struct statement done = {.check = "a", .date = NOW - DAY};
	struct fixture f;

	(void)state;
	open_item(&f, "  pass: {any: [{files: x}, {attestation: {}}]}\n");
	f.facts.attestations = &done;
	f.facts.attestation_count = 1;
	assert_answer(&f, STATUS_GAP, "only declared, not configured: attested on 2026-11-22");
	close_item(&f);
}

static void test_an_expired_attestation_waits_for_verdicts(void **state)
{
	struct statement done = {.check = "a", .date = NOW - 400 * DAY};
	struct fixture f;

	(void)state;
	open_item(&f, "  absent: no-source\n  least: declared\n"
		      "  unknown: [{if: {files: u}, code: failed, reason: r-u}]\n"
		      "  pass: {attestation: {}}\n");
	f.facts.attestations = &done;
	f.facts.attestation_count = 1;
	assert_answer(&f, STATUS_GAP, "expired");
	add_hit(&f, 1, "u");
	assert_answer(&f, STATUS_UNKNOWN, "r-u");
	close_item(&f);
}

static void test_waiver(void **state)
{
	struct statement waivers[] = {
	    {.check = "a", .by = "bob", .reason = "moving", .until = NOW},
	    {.check = "a", .reason = "older", .until = NOW - 9 * DAY},
	};
	struct fixture f;

	(void)state;
	open_item(&f, "  reason: no x\n  pass: {files: x}\n");
	f.facts.waivers = waivers;
	f.facts.waiver_count = 2;
	assert_answer(&f, STATUS_WAIVED, "waived until 2026-11-23 by bob: moving");
	waivers[0].until = NOW - 1;
	assert_answer(&f, STATUS_GAP, "no x; its waiver expired on 2026-11-22");
	waivers[0].until = 0;
	assert_answer(&f, STATUS_GAP, "no x; its waiver expired on 2026-11-14");
	waivers[0].until = NOW + DAY;
	add_miss(&f, 1, "x");
	assert_answer(&f, STATUS_UNKNOWN, "could not be read");
	add_hit(&f, 1, "x");
	assert_answer(&f, STATUS_PASS, "x:3");
	close_item(&f);
}

static void test_no_facts_at_all(void **state)
{
	struct rule_facts nothing = {0};
	struct checklist *list = checklist_builtin();
	struct arena *arena = arena_new();
	struct finding finding;

	(void)state;
	for (size_t i = 0; i < list->check_count; i++) {
		rule_evaluate(list, i, &nothing, NOW, arena, &finding);
		assert_true(finding.status == STATUS_GAP || finding.status == STATUS_UNKNOWN);
		assert_true(*finding.reason != '\0');
		assert_int_equal(finding.evidence_count, 0);
	}
	arena_free(arena);
	checklist_free(list);
}

static void test_same_facts_same_finding(void **state)
{
	struct fixture f;
	struct finding first;

	(void)state;
	open_item(&f, ORDER);
	add_hit(&f, P_WEAK, "weak");
	add_hit(&f, P_PASS, "pass");
	evaluate(&f);
	first = f.finding;
	evaluate(&f);
	assert_string_equal(first.reason, f.finding.reason);
	assert_int_equal(first.evidence_count, f.finding.evidence_count);
	for (size_t i = 0; i < first.evidence_count; i++)
		assert_memory_equal(&first.evidence[i], &f.finding.evidence[i],
				    sizeof(first.evidence[i]));
	close_item(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_absent_is_a_gap),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_statements_are_about_their_check),
	    cmocka_unit_test(test_evidence_of_a_pass),
	    cmocka_unit_test(test_declared_does_not_suffice),
	    cmocka_unit_test(test_an_unread_verdict_does_not_hold),
	    cmocka_unit_test(test_absences),
	    cmocka_unit_test(test_reason_that_is_made_up),
	    cmocka_unit_test(test_deployed),
	    cmocka_unit_test(test_logic),
	    cmocka_unit_test(test_evidence_of_groups),
	    cmocka_unit_test(test_files_are_counted_once),
	    cmocka_unit_test(test_evidence_is_capped),
	    cmocka_unit_test(test_touched),
	    cmocka_unit_test(test_stale_passes_with_a_warning),
	    cmocka_unit_test(test_dated),
	    cmocka_unit_test(test_dependency),
	    cmocka_unit_test(test_field),
	    cmocka_unit_test(test_link),
	    cmocka_unit_test(test_owners),
	    cmocka_unit_test(test_placeholders),
	    cmocka_unit_test(test_service),
	    cmocka_unit_test(test_authors),
	    cmocka_unit_test(test_commits),
	    cmocka_unit_test(test_a_count_of_nothing),
	    cmocka_unit_test(test_attestation),
	    cmocka_unit_test(test_attestation_is_too_weak_alone),
	    cmocka_unit_test(test_an_expired_attestation_waits_for_verdicts),
	    cmocka_unit_test(test_waiver),
	    cmocka_unit_test(test_no_facts_at_all),
	    cmocka_unit_test(test_same_facts_same_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
