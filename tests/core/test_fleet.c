#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/fleet.h"
#include "core/mem.h"

#define NOW 1800000000

/* Four items, one a tier; probes are numbered in the order they stand here. */
static const char list_text[] =
    "schema: 1\n"
    "name: test\n"
    "checks:\n"
    "  - {id: readme, tier: 4, title: R, why: w, close: c, pass: {files: [README.md]}}\n"
    "  - {id: ci, tier: 3, title: C, why: w, close: c,\n"
    "     pass: {files: [ci.yml], scope: repository}}\n"
    "  - {id: alerts, tier: 2, title: A, why: w, close: c,\n"
    "     pass: {files: [\"rules/**\"], scope: fleet}}\n"
    "  - {id: pager, tier: 1, title: P, why: w, close: c, absent: no-source,\n"
    "     pass: {files: [pager.yml]}}\n";

struct fixture {
	struct checklist *checklist;
	struct fleet *fleet;
};

static int set_up(void **state)
{
	struct fixture *fix = xcalloc(1, sizeof(*fix));
	struct err err = {0};

	fix->checklist = checklist_parse("list.yml", list_text, strlen(list_text), &err);
	if (!fix->checklist)
		fail_msg("%s: %s", err.where, err.what);
	fix->fleet = fleet_new(fix->checklist);
	*state = fix;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fix = *state;

	fleet_free(fix->fleet);
	checklist_free(fix->checklist);
	free(fix);
	return 0;
}

/* The checklist orders items by tier; a probe belongs to the item of that id. */
static uint32_t probe_of(const struct checklist *list, const char *id)
{
	return list->checks[checklist_find(list, id)].pass->probe;
}

static void *more(struct arena *arena, const void *array, size_t count, size_t size)
{
	void *out = arena_alloc(arena, (count + 1) * size);

	if (count)
		memcpy(out, array, count * size);
	return out;
}

static struct descriptor *describe(struct checkout *co, const char *format, unsigned trust,
				   const char *subdir, const char *name)
{
	struct descriptor *d;

	co->descriptors =
	    more(co->arena, co->descriptors, co->descriptor_count, sizeof(*co->descriptors));
	d = &co->descriptors[co->descriptor_count++];
	d->format = format;
	d->trust = trust;
	d->subdir = arena_strdup(co->arena, subdir);
	d->at = (struct origin){
	    arena_printf(co->arena, "%s%s%s", subdir, *subdir ? "/" : "", format), 1};
	d->name = (struct fact){arena_strdup(co->arena, name), {d->at.path, 2}};
	return d;
}

static void set_tier(struct descriptor *d, int tier, const char *text)
{
	d->tier = tier;
	d->tier_text = (struct fact){text, {d->at.path, 3}};
}

static struct fact *facts(struct arena *arena, const char *value, uint32_t line)
{
	struct fact *fact = arena_alloc(arena, sizeof(*fact));

	*fact = (struct fact){arena_strdup(arena, value), {"service.yml", line}};
	return fact;
}

static void hit(struct checkout *co, uint32_t probe, const char *path, const char *name)
{
	struct hit *one;

	co->hits = more(co->arena, co->hits, co->hit_count, sizeof(*co->hits));
	one = &co->hits[co->hit_count++];
	*one = (struct hit){.probe = probe, .at = {arena_strdup(co->arena, path), 1}};
	if (name) {
		one->names = arena_alloc(co->arena, sizeof(*one->names));
		one->names[0] = arena_strdup(co->arena, name);
		one->name_count = 1;
	}
}

/* A checkout with one described service that has the checkout to itself. */
static struct checkout *simple(const char *path, const char *name)
{
	struct checkout *co = checkout_new(path);

	describe(co, "service.yml", 0, "", name);
	return co;
}

static const struct service *get(struct fleet *fleet, const char *name)
{
	int32_t index = fleet_find(fleet, name);

	if (index < 0)
		fail_msg("no service %s", name);
	return fleet_at(fleet, (size_t)index);
}

static enum status status_of(struct fixture *fix, const char *service, const char *check)
{
	const struct service *found = get(fix->fleet, service);

	return found->findings[checklist_find(fix->checklist, check)].status;
}

static void settle(struct fixture *fix)
{
	fleet_settle(fix->fleet, NOW);
}

static void repository_without_descriptor_is_a_service(void **state)
{
	struct fixture *fix = *state;
	struct checkout *co = checkout_new("/src/clone-of-pay");
	const struct service *service;

	co->remote = "https://example.com/acme/pay.git";
	fleet_apply(fix->fleet, co);
	settle(fix);
	assert_int_equal(fleet_count(fix->fleet), 1);
	service = fleet_at(fix->fleet, 0);
	assert_string_equal(service->name, "pay");
	assert_int_equal(service->tier, 0);
	assert_null(service->descriptor);
	assert_true(service->warning_count >= 2); /* no descriptor, no tier */
}

static void names_of_places(void **state)
{
	struct fixture *fix = *state;
	struct checkout *bare = checkout_new("/srv/git/ledger.git"), *ssh = checkout_new("/src/x"),
			*plain = checkout_new("/src/mailer/");

	ssh->remote = "git@example.com:acme/search.git";
	fleet_apply(fix->fleet, bare);
	fleet_apply(fix->fleet, ssh);
	fleet_apply(fix->fleet, plain);
	settle(fix);
	assert_true(fleet_find(fix->fleet, "ledger") >= 0);
	assert_true(fleet_find(fix->fleet, "search") >= 0);
	assert_true(fleet_find(fix->fleet, "mailer") >= 0);
}

static void unreadable_checkouts_have_no_service(void **state)
{
	struct fixture *fix = *state;
	struct checkout *broken = checkout_new("/src/broken"), *empty = checkout_new("/src/empty");

	broken->state = CHECKOUT_UNREADABLE;
	empty->state = CHECKOUT_EMPTY;
	fleet_apply(fix->fleet, broken);
	fleet_apply(fix->fleet, empty);
	settle(fix);
	assert_int_equal(fleet_count(fix->fleet), 0);
	assert_int_equal(fleet_checkout_count(fix->fleet), 2);
	assert_string_equal(fleet_checkout_at(fix->fleet, 0)->path, "/src/broken");
	assert_int_equal(fleet_summary(fix->fleet)->unreadable, 1);
}

static void the_more_trusted_descriptor_wins_and_conflicts_stay(void **state)
{
	struct fixture *fix = *state;
	struct checkout *co = checkout_new("/src/pay");
	struct descriptor *catalog = describe(co, "catalog-info", 1, "", "payments");
	struct descriptor *own;
	const struct service *service;

	set_tier(catalog, 3, "tier3");
	catalog->lifecycle = (struct fact){"production", {"catalog-info", 8}};
	catalog->owners = facts(co->arena, "acme/old", 9);
	catalog->owner_count = 1;
	own = describe(co, "service.yml", 0, "", "pay");
	set_tier(own, 2, "2");
	own->owners = facts(co->arena, "acme/pay", 4);
	own->owner_count = 1;
	fleet_apply(fix->fleet, co);
	settle(fix);
	assert_int_equal(fleet_count(fix->fleet), 1);
	service = fleet_at(fix->fleet, 0);
	assert_string_equal(service->name, "pay");
	assert_int_equal(service->tier, 2);
	assert_string_equal(service->tier_at.format, "service.yml");
	assert_string_equal(service->lifecycle.format, "catalog-info");
	assert_string_equal(service->owners[0].value, "acme/pay");
	assert_int_equal(service->conflict_count, 3);
	assert_string_equal(service->conflicts[0].field, "name");
	assert_string_equal(service->conflicts[0].other.value, "payments");
	assert_string_equal(service->conflicts[1].field, "tier");
	assert_string_equal(service->conflicts[2].field, "owners");
	assert_true(fleet_find(fix->fleet, "payments") == 0); /* what others may call it */
}

static void a_tier_that_is_not_understood_is_a_warning(void **state)
{
	struct fixture *fix = *state;
	struct checkout *co = simple("/src/pay", "pay");
	const struct service *service;
	bool warned = false;

	set_tier(&co->descriptors[0], 0, "gold-ish");
	fleet_apply(fix->fleet, co);
	settle(fix);
	service = fleet_at(fix->fleet, 0);
	assert_int_equal(service->tier, 0);
	for (size_t i = 0; i < service->warning_count; i++)
		warned |= strstr(service->warnings[i].text, "gold-ish") != NULL;
	assert_true(warned);
}

static void owners_come_from_codeowners_last(void **state)
{
	struct fixture *fix = *state;
	struct checkout *co = simple("/src/pay", "pay");
	struct code_owners owners = {.subdir = "", .owner_count = 1};

	owners.owners = facts(co->arena, "acme/sre", 1);
	co->code_owners = more(co->arena, &owners, 1, sizeof(owners));
	co->code_owners_count = 1;
	fleet_apply(fix->fleet, co);
	settle(fix);
	assert_string_equal(fleet_at(fix->fleet, 0)->owners[0].value, "acme/sre");
	assert_string_equal(fleet_at(fix->fleet, 0)->owners[0].format, "CODEOWNERS");
}

static void several_services_of_one_file(void **state)
{
	struct fixture *fix = *state;
	struct checkout *co = checkout_new("/src/shop");

	describe(co, "service.yml", 0, "", "shop");
	describe(co, "service.yml", 0, "", "shop-worker");
	describe(co, "catalog-info", 1, "", "shop-worker");
	describe(co, "catalog-info", 1, "", "shop-db");
	describe(co, "runbook", 9, "", "Shop runbook");
	fleet_apply(fix->fleet, co);
	settle(fix);
	assert_int_equal(fleet_count(fix->fleet), 3);
	assert_string_equal(fleet_at(fix->fleet, 0)->name, "shop");
	assert_string_equal(fleet_at(fix->fleet, 1)->name, "shop-db");
	assert_string_equal(fleet_at(fix->fleet, 2)->name, "shop-worker");
	assert_string_equal(get(fix->fleet, "shop-worker")->descriptor->format, "service.yml");
}

static void environments_go_by_their_place(void **state)
{
	struct fixture *fix = *state;
	struct checkout *co = checkout_new("/src/shop");

	describe(co, "service.yml", 0, "", NULL);
	describe(co, "service.yml", 0, "", "/staging");
	fleet_apply(fix->fleet, co);
	settle(fix);
	assert_int_equal(fleet_count(fix->fleet), 2);
	assert_string_equal(fleet_at(fix->fleet, 0)->name, "shop");
	assert_string_equal(fleet_at(fix->fleet, 1)->name, "shop/staging");
}

static void same_names_are_told_apart(void **state)
{
	struct fixture *fix = *state;
	struct checkout *a = simple("/src/a/api", "api"), *b = simple("/src/b/api", "api"),
			*c = simple("/src/c/web", "web");

	a->remote = "https://example.com/acme/api";
	b->remote = "git@example.com:umbrella/api.git";
	fleet_apply(fix->fleet, b);
	fleet_apply(fix->fleet, a);
	fleet_apply(fix->fleet, c);
	settle(fix);
	assert_string_equal(fleet_at(fix->fleet, 0)->name, "acme/api");
	assert_string_equal(fleet_at(fix->fleet, 1)->name, "umbrella/api");
	assert_string_equal(fleet_at(fix->fleet, 2)->name, "web");
	assert_int_equal(fleet_find(fix->fleet, "api"), -1); /* which one? */
	assert_int_equal(fleet_find(fix->fleet, "Acme/API"), 0);
	fleet_drop(fix->fleet, "/src/b/api");
	settle(fix);
	assert_int_equal(fleet_count(fix->fleet), 2);
	assert_string_equal(fleet_at(fix->fleet, 0)->name, "api"); /* alone, so short again */
}

static void two_clones_of_one_repository(void **state)
{
	struct fixture *fix = *state;
	struct checkout *a = simple("/src/one/api", "api"), *b = simple("/src/two/api", "api");

	a->remote = b->remote = "https://example.com/acme/api";
	fleet_apply(fix->fleet, a);
	fleet_apply(fix->fleet, b);
	settle(fix);
	assert_string_equal(fleet_at(fix->fleet, 0)->name, "one/api");
	assert_string_equal(fleet_at(fix->fleet, 1)->name, "two/api");
}

static void a_name_that_looks_qualified_stays_unique(void **state)
{
	struct fixture *fix = *state;
	struct checkout *a = simple("/src/a/api", "api"), *b = simple("/src/b/api", "api"),
			*c = simple("/src/c", "acme/api");

	a->remote = "https://example.com/acme/api";
	b->remote = "https://example.com/umbrella/api";
	fleet_apply(fix->fleet, a);
	fleet_apply(fix->fleet, b);
	settle(fix);
	fleet_apply(fix->fleet, c);
	settle(fix);
	assert_int_equal(fleet_count(fix->fleet), 3);
	for (size_t i = 1; i < 3; i++)
		assert_string_not_equal(fleet_at(fix->fleet, i - 1)->name,
					fleet_at(fix->fleet, i)->name);
}

static void names_in_any_spelling(void **state)
{
	struct fixture *fix = *state;
	struct checkout *co = simple("/src/x", "Pay_Gateway");

	co->descriptors[0].aliases = facts(co->arena, "PG", 5);
	co->descriptors[0].alias_count = 1;
	fleet_apply(fix->fleet, co);
	settle(fix);
	assert_int_equal(fleet_find(fix->fleet, "pay-gateway"), 0);
	assert_int_equal(fleet_find(fix->fleet, "pg"), 0);
	assert_int_equal(fleet_find(fix->fleet, "x"), 0); /* the repository is its alone */
	assert_int_equal(fleet_find(fix->fleet, "pay"), -1);
	assert_int_equal(fleet_find(fix->fleet, ""), -1);
}

static struct checkout *monorepo(const struct checklist *list)
{
	struct checkout *co = checkout_new("/src/mono");

	describe(co, "service.yml", 0, "apps/a", "a");
	describe(co, "service.yml", 0, "apps/a/inner", "inner");
	describe(co, "service.yml", 0, "apps/b", "b");
	hit(co, probe_of(list, "readme"), "apps/a/README.md", NULL);
	hit(co, probe_of(list, "readme"), "apps/a/inner/README.md", NULL);
	hit(co, probe_of(list, "readme"), "README.md", NULL);
	hit(co, probe_of(list, "ci"), "ci.yml", NULL);
	hit(co, probe_of(list, "alerts"), "rules/all.yml", NULL);
	hit(co, probe_of(list, "alerts"), "rules/b.yml", "b");
	return co;
}

static void places_belong_to_the_deepest_service(void **state)
{
	struct fixture *fix = *state;

	fleet_apply(fix->fleet, monorepo(fix->checklist));
	settle(fix);
	assert_int_equal(fleet_count(fix->fleet), 3);
	assert_int_equal(status_of(fix, "a", "readme"), STATUS_PASS);
	assert_int_equal(status_of(fix, "inner", "readme"), STATUS_PASS);
	assert_int_equal(status_of(fix, "b", "readme"), STATUS_GAP); /* the root's is nobody's */
	assert_string_equal(get(fix->fleet, "a")->findings[0].evidence[0].path, "apps/a/README.md");
	assert_int_equal(get(fix->fleet, "a")->findings[0].evidence_count, 1);
}

static void root_files_count_for_all_or_for_whom_they_name(void **state)
{
	struct fixture *fix = *state;

	fleet_apply(fix->fleet, monorepo(fix->checklist));
	settle(fix);
	assert_int_equal(status_of(fix, "a", "ci"), STATUS_PASS);
	assert_int_equal(status_of(fix, "inner", "ci"), STATUS_PASS);
	assert_int_equal(status_of(fix, "b", "ci"), STATUS_PASS);
	assert_int_equal(status_of(fix, "a", "alerts"), STATUS_GAP);
	assert_int_equal(status_of(fix, "b", "alerts"), STATUS_PASS);
}

static void the_only_service_of_a_checkout_has_its_root(void **state)
{
	struct fixture *fix = *state;
	struct checkout *co = checkout_new("/src/deep");

	describe(co, "service.yml", 0, "svc", "deep");
	hit(co, probe_of(fix->checklist, "alerts"), "rules/all.yml", NULL);
	hit(co, probe_of(fix->checklist, "readme"), "README.md", NULL);
	fleet_apply(fix->fleet, co);
	settle(fix);
	assert_int_equal(status_of(fix, "deep", "alerts"), STATUS_PASS);
	assert_int_equal(status_of(fix, "deep", "readme"), STATUS_GAP);
}

static void evidence_in_another_checkout(void **state)
{
	struct fixture *fix = *state;
	struct checkout *central = checkout_new("/src/rules");
	const struct finding *finding;

	hit(central, probe_of(fix->checklist, "alerts"), "rules/pay.yml", "pay_gateway");
	fleet_apply(fix->fleet, simple("/src/pay", "Pay-Gateway"));
	fleet_apply(fix->fleet, simple("/src/other", "other"));
	settle(fix);
	assert_int_equal(status_of(fix, "Pay-Gateway", "alerts"), STATUS_GAP);
	fleet_apply(fix->fleet, central);
	settle(fix);
	assert_int_equal(status_of(fix, "Pay-Gateway", "alerts"), STATUS_PASS);
	assert_int_equal(status_of(fix, "other", "alerts"), STATUS_GAP);
	finding =
	    &get(fix->fleet, "Pay-Gateway")->findings[checklist_find(fix->checklist, "alerts")];
	assert_string_equal(finding->evidence[0].checkout, "/src/rules");
	fleet_drop(fix->fleet, "/src/rules");
	settle(fix);
	assert_int_equal(status_of(fix, "Pay-Gateway", "alerts"), STATUS_GAP);
}

static void evidence_waits_for_its_service(void **state)
{
	struct fixture *fix = *state;
	struct checkout *central = checkout_new("/src/rules");

	hit(central, probe_of(fix->checklist, "alerts"), "rules/pay.yml", "pay");
	fleet_apply(fix->fleet, central);
	settle(fix);
	fleet_apply(fix->fleet, simple("/src/pay", "pay"));
	settle(fix);
	assert_int_equal(status_of(fix, "pay", "alerts"), STATUS_PASS);
}

/* "web" in the checkout of the described "web" is that one, not somebody else's. */
static void a_place_that_names_its_own_service_is_not_shared(void **state)
{
	struct fixture *fix = *state;
	struct checkout *shop = checkout_new("/src/shop");

	describe(shop, "service.yml", 0, "web", "web");
	describe(shop, "service.yml", 0, "api", "shop-api");
	hit(shop, probe_of(fix->checklist, "alerts"), "rules/x.yml", "web");
	shop->hits[0].names = arena_alloc(shop->arena, 2 * sizeof(char *));
	shop->hits[0].names[0] = "web";
	shop->hits[0].names[1] = "frontend";
	shop->hits[0].name_count = 2;
	fleet_apply(fix->fleet, shop);
	fleet_apply(fix->fleet, simple("/src/frontend", "frontend"));
	settle(fix);
	assert_int_equal(status_of(fix, "web", "alerts"), STATUS_PASS);
	assert_int_equal(status_of(fix, "shop-api", "alerts"), STATUS_GAP);
	assert_int_equal(status_of(fix, "frontend", "alerts"), STATUS_GAP);
}

static void only_fleet_probes_look_elsewhere(void **state)
{
	struct fixture *fix = *state;
	struct checkout *central = checkout_new("/src/central");

	hit(central, probe_of(fix->checklist, "ci"), "ci.yml", "pay");
	fleet_apply(fix->fleet, central);
	fleet_apply(fix->fleet, simple("/src/pay", "pay"));
	settle(fix);
	assert_int_equal(status_of(fix, "pay", "ci"), STATUS_GAP);
}

/* A probe's number that the checklist does not have comes from a scanner that lies. */
static void wild_probe_numbers_are_ignored(void **state)
{
	struct fixture *fix = *state;
	struct checkout *co = simple("/src/pay", "pay");
	struct miss miss = {UINT32_MAX, {"x", 1}, "broken"};

	hit(co, UINT32_MAX, "x", "pay");
	hit(co, 4711, "y", "pay");
	co->misses = more(co->arena, &miss, 1, sizeof(miss));
	co->miss_count = 1;
	fleet_apply(fix->fleet, co);
	settle(fix);
	assert_int_equal(status_of(fix, "pay", "readme"), STATUS_GAP);
}

static void tiers_that_are_held(void **state)
{
	struct fixture *fix = *state;
	struct checkout *co = simple("/src/pay", "pay");
	const struct service *service;

	set_tier(&co->descriptors[0], 1, "1");
	hit(co, probe_of(fix->checklist, "readme"), "README.md", NULL);
	hit(co, probe_of(fix->checklist, "ci"), "ci.yml", NULL);
	hit(co, probe_of(fix->checklist, "alerts"), "rules/a.yml", NULL);
	fleet_apply(fix->fleet, co);
	settle(fix);
	service = get(fix->fleet, "pay");
	assert_int_equal(service->reached, 2);
	assert_int_equal(service->reached_unknown, 1); /* the pager is not measured */
	assert_int_equal(service->counts[STATUS_PASS], 3);
	assert_int_equal(service->counts[STATUS_UNKNOWN], 1);
	assert_int_equal(service->measured, 3);
	assert_int_equal(fleet_summary(fix->fleet)->tiers[1].services, 1);
	assert_int_equal(fleet_summary(fix->fleet)->tiers[1].reached, 0);
	assert_int_equal(fleet_summary(fix->fleet)->tiers[1].reached_unknown, 1);
}

static void a_gap_below_takes_the_tiers_above(void **state)
{
	struct fixture *fix = *state;
	struct checkout *co = simple("/src/pay", "pay");
	const struct service *service;

	set_tier(&co->descriptors[0], 2, "2");
	hit(co, probe_of(fix->checklist, "readme"), "README.md", NULL);
	hit(co, probe_of(fix->checklist, "alerts"), "rules/a.yml", NULL);
	fleet_apply(fix->fleet, co);
	settle(fix);
	service = get(fix->fleet, "pay");
	assert_int_equal(service->reached, 4);
	assert_int_equal(service->reached_unknown, 4);
	assert_int_equal(service->gaps, 1);
	assert_false(service->findings[checklist_find(fix->checklist, "pager")].required);
}

static void an_unset_tier_asks_for_tier_4(void **state)
{
	struct fixture *fix = *state;
	const struct service *service;

	fleet_apply(fix->fleet, simple("/src/pay", "pay"));
	settle(fix);
	service = get(fix->fleet, "pay");
	assert_int_equal(service->reached, 0);
	assert_int_equal(service->gaps, 1);
	assert_int_equal(fleet_summary(fix->fleet)->tiers[0].services, 1);
	assert_int_equal(fleet_summary(fix->fleet)->gaps, 1);
}

static void waivers_count_as_met(void **state)
{
	struct fixture *fix = *state;
	struct checkout *co = simple("/src/pay", "pay");
	struct statement waiver = {.check = "readme", .by = "jo", .reason = "r", .until = NOW + 9};

	co->descriptors[0].waivers = more(co->arena, &waiver, 1, sizeof(waiver));
	co->descriptors[0].waiver_count = 1;
	fleet_apply(fix->fleet, co);
	settle(fix);
	assert_int_equal(status_of(fix, "pay", "readme"), STATUS_WAIVED);
	assert_int_equal(get(fix->fleet, "pay")->reached, 4);
	fleet_settle(fix->fleet, NOW + 86400 * 2);
	assert_int_equal(status_of(fix, "pay", "readme"), STATUS_GAP);
}

static struct checkout *needs(const char *path, const char *name, const char *other)
{
	struct checkout *co = simple(path, name);

	co->descriptors[0].depends_on = facts(co->arena, other, 7);
	co->descriptors[0].depends_count = 1;
	return co;
}

static void dependencies_both_ways_and_in_circles(void **state)
{
	struct fixture *fix = *state;
	struct checkout *c = needs("/src/c", "c", "nowhere");
	const struct service *a, *b;

	fleet_apply(fix->fleet, needs("/src/a", "a", "component:default/b"));
	fleet_apply(fix->fleet, needs("/src/b", "b", "a"));
	c->descriptors[0].dependency_of = facts(c->arena, "a", 8);
	c->descriptors[0].dependency_of_count = 1;
	fleet_apply(fix->fleet, c);
	settle(fix);
	a = get(fix->fleet, "a");
	b = get(fix->fleet, "b");
	assert_int_equal(a->depends_count, 2);
	assert_int_equal(a->depends_on[0].service, fleet_find(fix->fleet, "b"));
	assert_string_equal(a->depends_on[1].name, "c");
	assert_int_equal(b->dependent_count, 1);
	assert_int_equal(b->dependents[0], fleet_find(fix->fleet, "a"));
	assert_int_equal(a->dependent_count, 1);
	assert_int_equal(get(fix->fleet, "c")->depends_on[0].service, -1);
	fleet_drop(fix->fleet, "/src/b");
	settle(fix);
	assert_int_equal(get(fix->fleet, "a")->depends_on[0].service, -1);
}

static void nothing_changed_is_no_new_generation(void **state)
{
	struct fixture *fix = *state;
	uint64_t generation;

	fleet_apply(fix->fleet, simple("/src/a", "a"));
	settle(fix);
	generation = fleet_generation(fix->fleet);
	settle(fix);
	assert_int_equal(fleet_generation(fix->fleet), generation);
	fleet_apply(fix->fleet, simple("/src/a", "a"));
	settle(fix);
	assert_int_equal(fleet_generation(fix->fleet), generation + 1);
	assert_int_equal(fleet_count(fix->fleet), 1);
	fleet_drop(fix->fleet, "/src/nowhere");
	settle(fix);
	assert_int_equal(fleet_generation(fix->fleet), generation + 1);
}

static void another_checklist_needs_another_scan(void **state)
{
	struct fixture *fix = *state;
	struct checklist *builtin = checklist_builtin();

	fleet_apply(fix->fleet, simple("/src/a", "a"));
	settle(fix);
	fleet_set_checklist(fix->fleet, builtin);
	settle(fix);
	for (size_t i = 0; i < builtin->check_count; i++)
		assert_int_equal(fleet_at(fix->fleet, 0)->findings[i].status, STATUS_UNKNOWN);
	fleet_apply(fix->fleet, simple("/src/a", "a"));
	settle(fix);
	assert_true(fleet_at(fix->fleet, 0)->gaps > 0);
	fleet_free(fix->fleet);
	fix->fleet = fleet_new(fix->checklist);
	checklist_free(builtin);
}

/* The same checkouts give the same fleet, in whatever order and steps they come. */
static void order_of_arrival_does_not_matter(void **state)
{
	struct fixture *fix = *state;
	struct fleet *other = fleet_new(fix->checklist);

	for (int i = 0; i < 20; i++) {
		char path[32], name[16];

		snprintf(path, sizeof(path), "/src/p%d/api", i);
		snprintf(name, sizeof(name), i % 3 ? "svc%d" : "api", i);
		fleet_apply(fix->fleet, simple(path, name));
		settle(fix);
	}
	for (int i = 19; i >= 0; i--) {
		char path[32], name[16];

		snprintf(path, sizeof(path), "/src/p%d/api", i);
		snprintf(name, sizeof(name), i % 3 ? "svc%d" : "api", i);
		fleet_apply(other, simple(path, name));
	}
	fleet_settle(other, NOW);
	assert_int_equal(fleet_count(other), 20);
	for (size_t i = 0; i < 20; i++) {
		assert_string_equal(fleet_at(other, i)->name, fleet_at(fix->fleet, i)->name);
		assert_string_equal(fleet_at(other, i)->checkout->path,
				    fleet_at(fix->fleet, i)->checkout->path);
	}
	fleet_free(other);
}

static void count_dependency(const struct service *service, const struct dependency *dependency,
			     void *ctx)
{
	(void)service;
	(void)dependency;
	++*(size_t *)ctx;
}

static void dependencies_of_packages_by_folder(void **state)
{
	struct fixture *fix = *state;
	struct checkout *co = checkout_new("/src/mono");
	const struct dependency list[] = {
	    {.ecosystem = "npm", .name = "x", .at = {"package-lock.json", 1}},
	    {.ecosystem = "npm", .name = "y", .at = {"a/package.json", 1}},
	    {.ecosystem = "gem", .name = "z", .at = {"b/Gemfile.lock", 1}},
	    {.ecosystem = "gem", .name = "w", .at = {"b/sub/Gemfile.lock", 1}},
	};
	size_t a = 0, b = 0;

	describe(co, "service.yml", 0, "a", "a");
	describe(co, "service.yml", 0, "b", "b");
	co->dependencies = more(co->arena, list, 4, sizeof(*list));
	co->dependency_count = 4;
	fleet_apply(fix->fleet, co);
	settle(fix);
	fleet_dependencies(get(fix->fleet, "a"), count_dependency, &a);
	fleet_dependencies(get(fix->fleet, "b"), count_dependency, &b);
	assert_int_equal(a, 2);
	assert_int_equal(b, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(repository_without_descriptor_is_a_service),
	    TEST(names_of_places),
	    TEST(unreadable_checkouts_have_no_service),
	    TEST(the_more_trusted_descriptor_wins_and_conflicts_stay),
	    TEST(a_tier_that_is_not_understood_is_a_warning),
	    TEST(owners_come_from_codeowners_last),
	    TEST(several_services_of_one_file),
	    TEST(environments_go_by_their_place),
	    TEST(same_names_are_told_apart),
	    TEST(two_clones_of_one_repository),
	    TEST(a_name_that_looks_qualified_stays_unique),
	    TEST(names_in_any_spelling),
	    TEST(places_belong_to_the_deepest_service),
	    TEST(root_files_count_for_all_or_for_whom_they_name),
	    TEST(the_only_service_of_a_checkout_has_its_root),
	    TEST(evidence_in_another_checkout),
	    TEST(evidence_waits_for_its_service),
	    TEST(a_place_that_names_its_own_service_is_not_shared),
	    TEST(only_fleet_probes_look_elsewhere),
	    TEST(wild_probe_numbers_are_ignored),
	    TEST(tiers_that_are_held),
	    TEST(a_gap_below_takes_the_tiers_above),
	    TEST(an_unset_tier_asks_for_tier_4),
	    TEST(waivers_count_as_met),
	    TEST(dependencies_both_ways_and_in_circles),
	    TEST(nothing_changed_is_no_new_generation),
	    TEST(another_checklist_needs_another_scan),
	    TEST(order_of_arrival_does_not_matter),
	    TEST(dependencies_of_packages_by_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
