/* The filter language, the orders, and lists of gaps, on a small made-up fleet. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/filter.h"
#include "core/fleet.h"

static const char checklist_text[] = "schema: 1\n"
				     "name: small\n"
				     "checks:\n"
				     "  - id: readme\n"
				     "    tier: 4\n"
				     "    title: A readme file\n"
				     "    why: w\n"
				     "    close: c\n"
				     "    pass: {files: [README.md]}\n"
				     "  - id: ci\n"
				     "    tier: 3\n"
				     "    title: Tests run\n"
				     "    why: w\n"
				     "    close: c\n"
				     "    pass: {files: [ci.yml]}\n";

struct made {
	const char *name, *owner, *language, *type;
	int tier;
	bool readme, ci;
	int64_t last_commit;
	const char *package;
};

/* In the order of names. */
static const struct made made[] = {
    {"Alpha-Pay", "acme/payments", "go", "service", 1, true, false, 500, "left-pad"},
    {"beta", "acme/web", "ruby", "service", 2, false, false, 100, "rails"},
    {"gamma", NULL, "go", "library", 3, true, true, 300, NULL},
    {"päron", "lena", "python", "service", 4, true, false, 200, "railroad"},
    {"zeta", "acme/web", "ruby", "service", 0, false, true, 400, NULL},
};

struct fixture {
	struct checklist *checklist;
	struct fleet *fleet;
	struct filter_index *index;
};

static struct fact fact(const char *value)
{
	return (struct fact){.value = value, .at = {"service.yml", 1}};
}

static void add_hit(struct checkout *checkout, uint32_t probe, const char *path)
{
	checkout->hits[checkout->hit_count++] = (struct hit){.probe = probe, .at = {path, 0}};
}

static struct checkout *checkout_of(const struct made *from)
{
	char path[64];
	snprintf(path, sizeof(path), "/src/%s", from->name);
	struct checkout *checkout = checkout_new(path);
	struct arena *arena = checkout->arena;
	struct descriptor *d = arena_alloc(arena, sizeof(*d));
	checkout->head = "4f2c9ab0123456789abcdef0123456789abcdef0";
	d->format = "service.yml";
	d->at = (struct origin){"service.yml", 1};
	d->subdir = "";
	d->name = fact(from->name);
	d->type = fact(from->type);
	d->tier = from->tier;
	if (from->tier)
		d->tier_text = fact("set");
	if (from->owner) {
		d->owners = arena_alloc(arena, sizeof(*d->owners));
		d->owners[0] = fact(from->owner);
		d->owner_count = 1;
	}
	if (strcmp(from->name, "beta") == 0) {
		d->depends_on = arena_alloc(arena, sizeof(*d->depends_on));
		d->depends_on[0] = fact("gamma");
		d->depends_count = 1;
	}
	checkout->descriptors = d;
	checkout->descriptor_count = 1;
	checkout->histories = arena_alloc(arena, sizeof(*checkout->histories));
	checkout->histories[0] =
	    (struct history){.subdir = "", .complete = true, .last_commit = from->last_commit};
	checkout->history_count = 1;
	checkout->languages = arena_alloc(arena, sizeof(*checkout->languages));
	checkout->languages[0] = (struct language){"", from->language, {"x", 0}};
	checkout->language_count = 1;
	if (from->package) {
		checkout->dependencies = arena_alloc(arena, sizeof(*checkout->dependencies));
		checkout->dependencies[0] = (struct dependency){
		    .ecosystem = "gem", .name = from->package, .at = {"Gemfile", 1}};
		checkout->dependency_count = 1;
	}
	checkout->hits = arena_alloc(arena, 4 * sizeof(*checkout->hits));
	if (from->readme)
		add_hit(checkout, 0, "README.md");
	if (from->ci)
		add_hit(checkout, 1, "ci.yml");
	return checkout;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err = {0};
	f->checklist = checklist_parse("small.yml", checklist_text, strlen(checklist_text), &err);
	if (!f->checklist)
		fail_msg("%s: %s", err.where, err.what);
	f->fleet = fleet_new(f->checklist);
	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++)
		fleet_apply(f->fleet, checkout_of(&made[i]));
	struct checkout *broken = checkout_new("/src/broken-one");
	broken->state = CHECKOUT_UNREADABLE;
	broken->problem = "no access";
	fleet_apply(f->fleet, broken);
	struct checkout *empty = checkout_new("/src/empty-one");
	empty->state = CHECKOUT_EMPTY;
	empty->problem = "no commit yet";
	fleet_apply(f->fleet, empty);
	fleet_settle(f->fleet, 1000);
	f->index = filter_index_new();
	filter_index_build(f->index, f->fleet);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	filter_index_free(f->index);
	fleet_free(f->fleet);
	checklist_free(f->checklist);
	free(f);
	return 0;
}

static const char *row_name(struct fixture *f, uint32_t row)
{
	const struct checkout *broken = filter_index_checkout(f->index, row);
	return broken ? strrchr(broken->path, '/') + 1 : fleet_at(f->fleet, row)->name;
}

static void names_of(struct fixture *f, struct filter *filter, enum filter_order order,
		     bool descending, char *out, size_t size)
{
	uint32_t rows[16];
	size_t count = filter_rows(f->index, filter, order, descending, rows), at = 0;
	out[0] = '\0';
	for (size_t i = 0; i < count; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%s", i ? " " : "",
				       row_name(f, rows[i]));
}

/* The names that a filter leaves, apart by blanks, by name. */
static void expect(struct fixture *f, const char *text, const char *names)
{
	struct err err = {0};
	char got[512];
	struct filter *filter = filter_parse(text, &err);
	if (!filter)
		fail_msg("%s: %s", text, err.what);
	names_of(f, filter, ORDER_NAME, false, got, sizeof(got));
	if (strcmp(got, names) != 0)
		fail_msg("/%s gives '%s', not '%s'", text, got, names);
	filter_free(filter);
}

#define ALL "Alpha-Pay beta gamma päron zeta"

static void words(void **state)
{
	expect(*state, "", ALL " broken-one empty-one");
	expect(*state, "  ", ALL " broken-one empty-one");
	expect(*state, "alpha", "Alpha-Pay");
	expect(*state, "APY", "Alpha-Pay");  /* in this order, whatever the case */
	expect(*state, "yap", "");	     /* not in this order */
	expect(*state, "web", "beta zeta");  /* an owner */
	expect(*state, "ruby", "beta zeta"); /* a language */
	expect(*state, "PÄ", "päron");
	expect(*state, "web -zeta", "beta");
	expect(*state, "broken", "broken-one");
	expect(*state, "eta ruby", "beta zeta");
}

static void keys(void **state)
{
	expect(*state, "owner:web", "beta zeta");
	expect(*state, "owner:ACME", "Alpha-Pay beta zeta");
	expect(*state, "owner:none", "gamma broken-one empty-one");
	expect(*state, "tier:1", "Alpha-Pay");
	expect(*state, "tier:1-3", "Alpha-Pay beta gamma");
	expect(*state, "tier:1,4", "Alpha-Pay päron");
	expect(*state, "tier:none", "zeta");
	expect(*state, "-tier:1-4", "zeta broken-one empty-one");
	expect(*state, "lang:go", "Alpha-Pay gamma");
	expect(*state, "lang:g", "");
	expect(*state, "type:library", "gamma");
	expect(*state, "state:broken", "broken-one");
	expect(*state, "state:empty,broken", "broken-one empty-one");
	expect(*state, "dep:rails", "beta");
	expect(*state, "dep:rail*", "beta päron");
	expect(*state, "dep:gamma", "beta");
	expect(*state, "dep:none-such", "");
	/* a key without a value is being typed */
	expect(*state, "owner:", ALL " broken-one empty-one");
	expect(*state, "tier:, web", "beta zeta");
}

static void statuses(void **state)
{
	/* without a tier those of tier 4 are asked for */
	expect(*state, "status:gap", "Alpha-Pay beta zeta");
	expect(*state, "check:readme", "beta zeta");
	expect(*state, "check:ci", "Alpha-Pay beta");
	expect(*state, "check:ci status:pass", "gamma");
	expect(*state, "check:ci,readme", "Alpha-Pay beta zeta");
	expect(*state, "status:pass", "Alpha-Pay gamma päron");
	/* päron is tier 4: ci is not asked of it, so it is no gap */
	expect(*state, "päron status:gap", "");
	expect(*state, "check:none-such", "");
}

static void mistakes(void **state)
{
	(void)state;
	static const char *const wrong[][2] = {
	    {"onwer:x", "owner"},  {"tier:9", "tier:1"},  {"tier:2-1", "tier:1"},
	    {"status:bad", "gap"}, {"state:x", "broken"}, {":x", "owner"},
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct err err = {0};
		assert_null(filter_parse(wrong[i][0], &err));
		assert_non_null(err.fix);
		assert_non_null(strstr(err.fix, wrong[i][1]));
		err_clear(&err);
	}
}

static void orders(void **state)
{
	struct fixture *f = *state;
	static const struct {
		enum filter_order order;
		bool descending;
		const char *names;
	} cases[] = {
	    {ORDER_NAME, false, ALL " broken-one empty-one"},
	    {ORDER_NAME, true, "empty-one broken-one zeta päron gamma beta Alpha-Pay"},
	    {ORDER_TIER, false, ALL " broken-one empty-one"},
	    {ORDER_GAPS, false, "beta Alpha-Pay zeta gamma päron broken-one empty-one"},
	    {ORDER_COMMIT, false, "beta päron gamma zeta Alpha-Pay broken-one empty-one"},
	    {ORDER_OWNER, false, "Alpha-Pay beta zeta päron gamma broken-one empty-one"},
	    {ORDER_LANGUAGE, false, "Alpha-Pay gamma päron beta zeta broken-one empty-one"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char got[512];
		struct filter *filter = filter_parse("", NULL);
		names_of(f, filter, cases[i].order, cases[i].descending, got, sizeof(got));
		if (strcmp(got, cases[i].names) != 0)
			fail_msg("by %s: '%s'", filter_order_name(cases[i].order), got);
		filter_free(filter);
	}
	for (int i = 0; i < ORDER_COUNT; i++)
		assert_int_equal(filter_order_find(filter_order_name((enum filter_order)i)), i);
	assert_int_equal(filter_order_find("nonsense"), -1);
}

static void narrowing(void **state)
{
	struct fixture *f = *state;
	static const char *const mine[] = {"@Acme/Web"};
	char got[512];
	struct filter *filter = filter_parse("", NULL);
	filter_set_tiers(filter, 1u << 1 | 1u << 2);
	names_of(f, filter, ORDER_NAME, false, got, sizeof(got));
	assert_string_equal(got, "Alpha-Pay beta");
	filter_set_mine(filter, mine, 1);
	names_of(f, filter, ORDER_NAME, false, got, sizeof(got));
	assert_string_equal(got, "beta");
	filter_set_mine(filter, NULL, 0);
	filter_set_tiers(filter, 0);
	filter_set_broken(filter, true);
	names_of(f, filter, ORDER_NAME, false, got, sizeof(got));
	assert_string_equal(got, "Alpha-Pay beta zeta broken-one");
	filter_free(filter);
}

static void expect_gaps(struct fixture *f, const char *text, const char *expected)
{
	struct filter *filter = filter_parse(text, NULL);
	assert_non_null(filter);
	size_t count, at = 0;
	char got[512] = "";
	struct filter_gap *gaps = filter_gaps(f->index, filter, ORDER_TIER, &count);
	for (size_t i = 0; i < count; i++)
		at += (size_t)snprintf(got + at, sizeof(got) - at, "%s%s/%s", i ? " " : "",
				       fleet_at(f->fleet, gaps[i].service)->name,
				       f->checklist->checks[gaps[i].check].id);
	if (strcmp(got, expected) != 0)
		fail_msg("gaps of /%s are '%s'", text, got);
	free(gaps);
	filter_free(filter);
}

static void gaps(void **state)
{
	expect_gaps(*state, "", "Alpha-Pay/ci beta/readme beta/ci zeta/readme");
	expect_gaps(*state, "beta", "beta/readme beta/ci");
	expect_gaps(*state, "readme", "beta/readme zeta/readme"); /* a word may be the item's */
	expect_gaps(*state, "tests", "Alpha-Pay/ci beta/ci");	  /* or its title's */
	expect_gaps(*state, "check:ci", "Alpha-Pay/ci beta/ci");
	expect_gaps(*state, "-check:ci", "beta/readme zeta/readme");
	expect_gaps(*state, "-readme", "Alpha-Pay/ci beta/ci");
	expect_gaps(*state, "-beta", "Alpha-Pay/ci zeta/readme");
	expect_gaps(*state, "tier:2 check:ci", "beta/ci");
	expect_gaps(*state, "status:pass", "Alpha-Pay/readme gamma/readme gamma/ci päron/readme");
}

/* The same filter serves the next state of the fleet. */
static void after_a_change(void **state)
{
	struct fixture *f = *state;
	char got[512];
	struct filter *filter = filter_parse("owner:web", NULL);
	names_of(f, filter, ORDER_NAME, false, got, sizeof(got));
	assert_string_equal(got, "beta zeta");
	fleet_drop(f->fleet, "/src/beta");
	fleet_settle(f->fleet, 1001);
	filter_index_build(f->index, f->fleet);
	names_of(f, filter, ORDER_NAME, false, got, sizeof(got));
	assert_string_equal(got, "zeta");
	filter_free(filter);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(words),  TEST(keys),	   TEST(statuses), TEST(mistakes),
	    TEST(orders), TEST(narrowing), TEST(gaps),	   TEST(after_a_change),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
