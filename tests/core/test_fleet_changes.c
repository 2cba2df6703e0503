/* However a fleet came to be: the same checkouts give the same answers. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/fleet_recall.h"
#include "core/mem.h"
#include "core/record.h"

#define NOW    1800000000
#define PLACES 14
#define STEPS  400
#define CROWD  60 /* places that together name one service more often than is looked at */
#define EACH   90

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

static int set_up(void **state)
{
	struct err err = {0};

	*state = checklist_parse("list.yml", list_text, strlen(list_text), &err);
	if (!*state)
		fail_msg("%s: %s", err.where, err.what);
	return 0;
}

static int tear_down(void **state)
{
	checklist_free(*state);
	return 0;
}

static uint32_t alerts_probe(const struct checklist *list)
{
	return list->checks[checklist_find(list, "alerts")].pass->probe;
}

static uint32_t draw(uint32_t *random, uint32_t below)
{
	*random = *random * 1664525u + 1013904223u;
	return (*random >> 16) % below;
}

static const char *const names[] = {"pay", "ledger", "Search", "mail_er", "stock", "x"};
static const char *const orgs[] = {"acme", "umbrella"};

static struct fact *some_facts(struct checkout *co, uint32_t *random, size_t count)
{
	struct fact *facts = arena_alloc(co->arena, count * sizeof(*facts));

	for (size_t i = 0; i < count; i++) {
		const char *name = names[draw(random, ARRAY_LEN(names))];
		uint32_t kind = draw(random, 4);

		facts[i].value = kind == 0   ? arena_printf(co->arena, "component:%s", name)
				 : kind == 1 ? arena_printf(co->arena, "acme/%s", name)
					     : arena_strdup(co->arena, name);
	}
	return facts;
}

static void add_ties(struct checkout *co, struct descriptor *d, uint32_t *random)
{
	d->alias_count = draw(random, 3) == 0;
	d->aliases = arena_alloc(co->arena, sizeof(*d->aliases));
	d->aliases[0].value = names[draw(random, ARRAY_LEN(names))];
	d->depends_count = draw(random, 3);
	d->depends_on = some_facts(co, random, d->depends_count);
	d->dependency_of_count = draw(random, 5) == 0;
	d->dependency_of = some_facts(co, random, d->dependency_of_count);
}

static void add_services(struct checkout *co, uint32_t *random, uint32_t ties)
{
	size_t count = draw(random, 3);

	co->descriptors = arena_alloc(co->arena, (count + 1) * sizeof(*co->descriptors));
	for (size_t i = 0; i < count; i++) {
		struct descriptor *d = &co->descriptors[co->descriptor_count++];

		d->format = "service.yml";
		d->subdir = count > 1 ? (i ? "b" : "a") : "";
		d->at = (struct origin){arena_printf(co->arena, "%s/service.yml", d->subdir), 1};
		d->name.value = arena_strdup(co->arena, names[draw(random, ARRAY_LEN(names))]);
		d->tier = (int)draw(random, 5);
		add_ties(co, d, &ties);
	}
}

static void add_hits(struct checkout *co, const struct checklist *list, uint32_t *random)
{
	size_t count = draw(random, 6);

	co->hits = arena_alloc(co->arena, (count + 1) * sizeof(*co->hits));
	for (uint32_t i = 0; i < count; i++) {
		struct hit *hit = &co->hits[co->hit_count++];

		hit->probe = draw(random, (uint32_t)list->probe_count);
		hit->at = (struct origin){arena_printf(co->arena, "rules/%u.yml", i), i};
		hit->text = arena_printf(co->arena, "line %u", draw(random, 1000));
		hit->names = arena_alloc(co->arena, sizeof(*hit->names));
		hit->names[0] = names[draw(random, ARRAY_LEN(names))];
		hit->name_count = hit->probe == alerts_probe(list);
	}
}

/* What makes a checkout: each part has its own seed, so that each can change alone. */
struct seeds {
	uint32_t services, remote, ties, content;
};

static struct checkout *make(const struct checklist *list, uint32_t place,
			     const struct seeds *seeds)
{
	char path[32];
	struct checkout *co;
	uint32_t random = place * 7919 + seeds->services * 104729,
		 remote = place * 31 + seeds->remote * 65537;

	snprintf(path, sizeof(path), "/src/place%u", place);
	co = checkout_new(path);
	co->head = arena_printf(co->arena, "%u", seeds->content);
	if (draw(&random, 8) == 0) {
		co->state = draw(&random, 2) ? CHECKOUT_UNREADABLE : CHECKOUT_EMPTY;
		return co;
	}
	if (draw(&remote, 3))
		co->remote =
		    arena_printf(co->arena, "https://x/%s/%s", orgs[draw(&remote, ARRAY_LEN(orgs))],
				 names[draw(&remote, ARRAY_LEN(names))]);
	add_services(co, &random, place * 13 + seeds->ties * 7907);
	random ^= seeds->content * 2654435761u;
	add_hits(co, list, &random);
	for (size_t i = 0; i < co->descriptor_count; i++)
		for (size_t n = 0; n < co->descriptors[i].depends_count; n++)
			co->descriptors[i].depends_on[n].at =
			    (struct origin){"service.yml", draw(&random, 50)};
	return co;
}

static void put_service(struct buf *out, const struct checklist *list, const struct service *s)
{
	buf_addf(out, "%s of %s at %s, %d %d %d\n", s->name, s->checkout->path, s->checkout->head,
		 s->tier, s->reached, s->reached_unknown);
	for (size_t i = 0; i < s->depends_count; i++)
		buf_addf(out, " needs %s = %d, line %u\n", s->depends_on[i].name,
			 (int)s->depends_on[i].service, s->depends_on[i].at.line);
	for (size_t i = 0; i < s->dependent_count; i++)
		buf_addf(out, " for %d\n", (int)s->dependents[i]);
	for (size_t i = 0; i < list->check_count; i++) {
		const struct finding *f = &s->findings[i];

		buf_addf(out, " %d %d %s\n", f->status, f->required, f->reason);
		for (size_t e = 0; e < f->evidence_count; e++)
			buf_addf(out, "  %s %s %s:%u %s\n", f->evidence[e].checkout,
				 f->evidence[e].commit, f->evidence[e].path, f->evidence[e].line,
				 f->evidence[e].text);
	}
}

static void put_fleet(struct buf *out, const struct fleet *fleet)
{
	for (size_t i = 0; i < fleet_count(fleet); i++)
		put_service(out, fleet_checklist(fleet), fleet_at(fleet, i));
	for (size_t i = 0; i < fleet_checkout_count(fleet); i++)
		buf_addf(out, "%s\n", fleet_checkout_at(fleet, i)->path);
}

static void assert_same_fleets(const struct fleet *a, const struct fleet *b)
{
	struct buf x = {0}, y = {0};

	put_fleet(&x, a);
	put_fleet(&y, b);
	assert_string_equal(buf_str(&x), buf_str(&y));
	assert_memory_equal(fleet_summary(a), fleet_summary(b), sizeof(struct fleet_summary));
	buf_free(&x);
	buf_free(&y);
}

/* What lies at the places now. */
struct world {
	bool there[PLACES];
	struct seeds seeds[PLACES];
};

static void change(struct fleet *fleet, struct world *world, uint32_t *random)
{
	uint32_t place = draw(random, PLACES), what = draw(random, 10);
	struct seeds *seeds = &world->seeds[place];
	char path[32];

	if (what == 0) {
		snprintf(path, sizeof(path), "/src/place%u", place);
		fleet_drop(fleet, path);
		world->there[place] = false;
		return;
	}
	if (what == 1 || !world->there[place])
		seeds->services = draw(random, 6);
	if (what == 2 || !world->there[place])
		seeds->remote = draw(random, 6);
	if (what == 3 || !world->there[place])
		seeds->ties = draw(random, 6);
	seeds->content = draw(random, 1000);
	world->there[place] = true;
	fleet_apply(fleet, make(fleet_checklist(fleet), place, seeds));
}

static struct fleet *made_anew(const struct checklist *list, const struct world *world)
{
	struct fleet *fleet = fleet_new(list);

	for (uint32_t i = PLACES; i-- > 0;)
		if (world->there[i])
			fleet_apply(fleet, make(list, i, &world->seeds[i]));
	fleet_settle(fleet, NOW);
	return fleet;
}

/* What somebody has who only hears of changes: the open intervals. */
struct heard {
	struct open {
		char *service;
		const char *check;
		enum status status;
		int64_t from;
	} * open;
	size_t count, cap;
};

static struct open *find_open(const struct heard *heard, const char *service, const char *check)
{
	for (size_t i = 0; i < heard->count; i++)
		if (!strcmp(heard->open[i].service, service) &&
		    !strcmp(heard->open[i].check, check))
			return &heard->open[i];
	return NULL;
}

static void hear(void *ctx, const struct interval *closed, const struct interval *opened)
{
	struct heard *heard = ctx;

	if (closed) {
		struct open *open = find_open(heard, closed->service, closed->check);

		assert_non_null(open);
		assert_int_equal(open->status, closed->status);
		assert_int_equal(open->from, closed->from);
		free(open->service);
		*open = heard->open[--heard->count];
	}
	if (!opened)
		return;
	assert_null(find_open(heard, opened->service, opened->check));
	GROW(heard->open, heard->count, heard->cap);
	/* Ids are the checklist's: they stay. */
	heard->open[heard->count++] =
	    (struct open){xstrdup(opened->service), opened->check, opened->status, opened->from};
}

static void hear_name(void *ctx, const char *before, const char *now)
{
	struct heard *heard = ctx;

	for (size_t i = 0; i < heard->count; i++) {
		assert_string_not_equal(heard->open[i].service, now);
		if (!strcmp(heard->open[i].service, before)) {
			free(heard->open[i].service);
			heard->open[i].service = xstrdup(now);
		}
	}
}

static bool is_blind(const struct finding *finding)
{
	return finding->status == STATUS_UNKNOWN &&
	       (finding->code == UNKNOWN_NO_SOURCE || finding->code == UNKNOWN_FAILED);
}

static size_t unreadable(const struct fleet *fleet)
{
	size_t count = 0;

	for (size_t i = 0; i < fleet_checkout_count(fleet); i++)
		count += fleet_checkout_at(fleet, i)->state == CHECKOUT_UNREADABLE;
	return count;
}

static void assert_heard(const struct heard *heard, const struct fleet *fleet)
{
	const struct checklist *list = fleet_checklist(fleet);
	size_t seen = 0;

	for (size_t i = 0; i < fleet_count(fleet); i++)
		for (size_t c = 0; c < list->check_count; c++) {
			const struct service *service = fleet_at(fleet, i);
			const struct finding *finding = &service->findings[c];
			const struct open *open =
			    find_open(heard, service->name, list->checks[c].id);

			seen += open != NULL;
			if (is_blind(finding))
				continue;
			assert_non_null(open);
			assert_int_equal(open->status, finding->status);
			assert_int_equal(open->from, finding->since);
		}
	/* Services of what cannot be read for now may come back; nobody else is left. */
	if (!unreadable(fleet))
		assert_int_equal(heard->count, seen);
}

static void free_heard(struct heard *heard)
{
	for (size_t i = 0; i < heard->count; i++)
		free(heard->open[i].service);
	free(heard->open);
}

static void who_hears_of_changes_knows_all(void **state)
{
	struct heard heard = {0};
	struct record *record = record_new(*state, hear, &heard);
	struct fleet *fleet = fleet_new(*state);
	struct world world = {0};
	uint32_t random = 3;

	record_on_rename(record, hear_name);
	fleet_set_record(fleet, record);
	for (int step = 0; step < STEPS; step++) {
		for (uint32_t n = 1 + draw(&random, 3); n > 0; n--)
			change(fleet, &world, &random);
		fleet_settle(fleet, NOW + step);
		assert_heard(&heard, fleet);
	}
	fleet_free(fleet);
	record_free(record);
	free_heard(&heard);
}

static void changes_lead_where_a_new_fleet_begins(void **state)
{
	struct fleet *fleet = fleet_new(*state), *other;
	struct world world = {0};
	uint32_t random = 1;

	for (int step = 0; step < STEPS; step++) {
		for (uint32_t n = 1 + draw(&random, 2); n > 0; n--)
			change(fleet, &world, &random);
		fleet_settle(fleet, NOW);
		other = made_anew(*state, &world);
		assert_same_fleets(fleet, other);
		fleet_free(other);
	}
	fleet_free(fleet);
}

/* Shows one service of the last run, which is nowhere any more. */
static void recall(struct fleet *fleet)
{
	struct fleet *last = fleet_new(fleet_checklist(fleet));
	struct buf row = {0};

	fleet_apply(last, checkout_new("/src/last"));
	fleet_settle(last, NOW);
	fleet_row_encode(last, fleet_at(last, 0), &row);
	assert_int_equal(fleet_recall(fleet, &(struct fleet_row){row.data, row.len}, 1), 1);
	buf_free(&row);
	fleet_free(last);
}

static void assert_recalled(const struct fleet *fleet)
{
	assert_true(fleet_is_recalled(fleet));
	assert_int_equal(fleet_count(fleet), 1);
	assert_string_equal(fleet_at(fleet, 0)->name, "last");
}

static void changes_behind_a_recalled_fleet_lead_there_too(void **state)
{
	uint32_t random = 7;

	for (int round = 0; round < 40; round++) {
		struct fleet *fleet = fleet_new(*state), *other;
		struct world world = {0};

		for (uint32_t n = draw(&random, 4); n > 0; n--)
			change(fleet, &world, &random);
		if (round % 2)
			fleet_settle(fleet, NOW);
		recall(fleet);
		for (uint32_t n = draw(&random, 20); n > 0; n--) {
			change(fleet, &world, &random);
			if (draw(&random, 3))
				fleet_settle(fleet, NOW);
			assert_recalled(fleet);
		}
		fleet_recall_end(fleet);
		assert_recalled(fleet);
		fleet_settle(fleet, NOW);
		assert_false(fleet_is_recalled(fleet));
		other = made_anew(*state, &world);
		assert_same_fleets(fleet, other);
		change(fleet, &world, &random);
		fleet_settle(fleet, NOW);
		fleet_free(other);
		other = made_anew(*state, &world);
		assert_same_fleets(fleet, other);
		fleet_free(other);
		fleet_free(fleet);
	}
}

/* A place where one service is named again and again. */
static struct checkout *crowd(const struct checklist *list, uint32_t number)
{
	char path[32];
	struct checkout *co;
	const char **named;

	snprintf(path, sizeof(path), "/rules/%02u", number);
	co = checkout_new(path);
	named = arena_alloc(co->arena, sizeof(*named));
	named[0] = "pay";
	co->hits = arena_alloc(co->arena, EACH * sizeof(*co->hits));
	co->hit_count = EACH;
	for (uint32_t i = 0; i < EACH; i++) {
		co->hits[i] = (struct hit){.probe = alerts_probe(list),
					   .at = {"rules/all.yml", i + 1},
					   .names = named,
					   .name_count = 1};
	}
	return co;
}

static struct fleet *crowded(const struct checklist *list, bool backwards, bool behind)
{
	struct fleet *fleet = fleet_new(list);
	struct checkout *pay = checkout_new("/src/pay");

	if (behind)
		recall(fleet);
	fleet_apply(fleet, pay);
	for (uint32_t i = 0; i < CROWD; i++) {
		fleet_apply(fleet, crowd(list, backwards ? CROWD - 1 - i : i));
		fleet_settle(fleet, NOW);
	}
	fleet_recall_end(fleet);
	fleet_settle(fleet, NOW);
	return fleet;
}

static void the_first_of_too_many_places_is_the_same_in_any_order(void **state)
{
	struct fleet *fleet = crowded(*state, false, false), *other = crowded(*state, true, false);
	struct fleet *behind = crowded(*state, true, true);
	const struct service *pay = fleet_at(fleet, (size_t)fleet_find(fleet, "pay"));
	const struct finding *alerts = &pay->findings[checklist_find(*state, "alerts")];

	assert_int_equal(alerts->status, STATUS_PASS);
	assert_string_equal(alerts->evidence[0].checkout, "/rules/00");
	assert_same_fleets(fleet, other);
	assert_same_fleets(fleet, behind);
	fleet_free(behind);
	/* It stays so when a place goes and another comes again. */
	fleet_drop(fleet, "/rules/00");
	fleet_apply(fleet, crowd(*state, 1));
	fleet_drop(other, "/rules/00");
	fleet_settle(fleet, NOW);
	fleet_settle(other, NOW);
	assert_same_fleets(fleet, other);
	fleet_free(fleet);
	fleet_free(other);
}

/* A service of that very name, gone in the same breath, is nobody to be told apart from. */
static void a_name_is_free_once_its_service_is_gone(void **state)
{
	struct fleet *fleet = fleet_new(*state);
	struct checkout *one = checkout_new("/src/a/pay"), *two = checkout_new("/src/b/pay"),
			*other = checkout_new("/src/other"), *again = checkout_new("/src/a/pay");

	one->remote = again->remote = "https://x/acme/pay";
	two->remote = "https://x/umbrella/pay";
	other->descriptors = arena_alloc(other->arena, sizeof(*other->descriptors));
	other->descriptor_count = 1;
	other->descriptors[0] = (struct descriptor){
	    .format = "service.yml", .subdir = "", .at = {"service.yml", 1}, .name = {"acme/pay"}};
	fleet_apply(fleet, one);
	fleet_apply(fleet, two);
	fleet_apply(fleet, other);
	fleet_settle(fleet, NOW);
	assert_string_equal(fleet_at(fleet, (size_t)fleet_find(fleet, "acme/pay"))->checkout->path,
			    "/src/other");
	fleet_apply(fleet, again);
	fleet_drop(fleet, "/src/other");
	fleet_settle(fleet, NOW);
	assert_string_equal(fleet_at(fleet, (size_t)fleet_find(fleet, "acme/pay"))->checkout->path,
			    "/src/a/pay");
	assert_true(fleet_find(fleet, "umbrella/pay") >= 0);
	fleet_free(fleet);
}

/* Thousands of services lack the same: what is said of it must not be there thousands of times. */
static void services_share_the_reason_of_a_gap(void **state)
{
	struct fleet *fleet = fleet_new(*state);
	size_t readme = (size_t)checklist_find(*state, "readme");
	const struct finding *one, *two;

	fleet_apply(fleet, checkout_new("/src/one"));
	fleet_apply(fleet, checkout_new("/src/two"));
	fleet_settle(fleet, NOW);
	fleet_apply(fleet, checkout_new("/src/two"));
	fleet_settle(fleet, NOW);
	one = &fleet_at(fleet, 0)->findings[readme];
	two = &fleet_at(fleet, 1)->findings[readme];
	assert_int_equal(one->status, STATUS_GAP);
	assert_string_equal(one->reason, "nothing found; looked for README.md");
	assert_ptr_equal(one->reason, two->reason);
	/* Ages are worked out anew: everybody's reasons with them. */
	fleet_settle(fleet, NOW + 7200);
	one = &fleet_at(fleet, 0)->findings[readme];
	assert_string_equal(one->reason, "nothing found; looked for README.md");
	assert_ptr_equal(one->reason, fleet_at(fleet, 1)->findings[readme].reason);
	fleet_free(fleet);
}

static void an_arena_knows_its_own(void **state)
{
	struct arena *arena = arena_new(), *other = arena_new();
	const char *first = arena_strdup(arena, "first"), *theirs = arena_strdup(other, "theirs");
	const char *last;

	(void)state;
	for (int i = 0; i < 1000; i++)
		last = arena_printf(arena, "text %d", i);
	assert_true(arena_holds(arena, first));
	assert_true(arena_holds(arena, last));
	assert_false(arena_holds(arena, theirs));
	assert_false(arena_holds(arena, "of the program"));
	arena_free(arena);
	arena_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_arena_knows_its_own),
	    cmocka_unit_test_setup_teardown(services_share_the_reason_of_a_gap, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(who_hears_of_changes_knows_all, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(changes_lead_where_a_new_fleet_begins, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(changes_behind_a_recalled_fleet_lead_there_too, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(the_first_of_too_many_places_is_the_same_in_any_order,
					    set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_name_is_free_once_its_service_is_gone, set_up,
					    tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
