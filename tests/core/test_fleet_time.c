/* A fleet that is led through time finds what a new one finds at each moment. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/fleet.h"
#include "core/json_write.h"
#include "core/mem.h"

#define DAY	 INT64_C(86400)
#define START	 INT64_C(1700000000)
#define SERVICES 6
#define SPAN	 400 /* days */

static const char list_text[] =
    "schema: 1\n"
    "name: test\n"
    "checks:\n"
    "  - {id: readme, tier: 4, title: R, why: w, close: c, pass: {files: [README.md]}}\n"
    "  - {id: review, least: declared, tier: 4, title: V, why: w, close: c,\n"
    "     pass: {attestation: {max_age: 90d}}}\n"
    "  - {id: plan, tier: 4, title: P, why: w, close: c,\n"
    "     pass: {files: [plan.md], touched_within: 60d}}\n"
    "  - {id: drill, tier: 4, title: D, why: w, close: c,\n"
    "     pass: {files: [\"drill-*.md\"], dated_within: 30d}}\n"
    "  - {id: either, least: declared, tier: 4, title: E, why: w, close: c,\n"
    "     pass: {any: [{files: [plan.md], touched_within: 20d},\n"
    "                  {attestation: {check: review, max_age: 40d}}]}}\n";

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

static uint32_t draw(uint32_t *random, uint32_t below)
{
	*random = *random * 1664525u + 1013904223u;
	return (*random >> 8) % below;
}

static int64_t some_time(uint32_t *random)
{
	return START + draw(random, SPAN * 86400);
}

static struct statement *some_statements(struct checkout *co, uint32_t *random, size_t *count)
{
	static const char *const checks[] = {"readme", "review", "plan", "drill", "either"};
	struct statement *statements;

	*count = draw(random, 4);
	statements = arena_alloc(co->arena, (*count + 1) * sizeof(*statements));
	for (size_t i = 0; i < *count; i++) {
		statements[i].check = checks[draw(random, ARRAY_LEN(checks))];
		statements[i].date = some_time(random);
		if (draw(random, 2))
			statements[i].until = some_time(random);
	}
	return statements;
}

static void add_hits(struct checkout *co, const struct checklist *list, uint32_t *random)
{
	co->hits = arena_alloc(co->arena, list->probe_count * sizeof(*co->hits));
	for (uint32_t p = 0; p < list->probe_count; p++) {
		const struct probe *probe = &list->probes[p];
		struct hit *hit = &co->hits[co->hit_count];
		char date[TIME_TEXT_MAX];

		if (probe->kind != PROBE_FILES || draw(random, 3) == 0)
			continue;
		hit->probe = p;
		hit->at.path = "file";
		hit->touched = probe->touched_within ? some_time(random) : 0;
		if (probe->dated_within)
			hit->value =
			    arena_printf(co->arena, "%.10s", time_text(some_time(random), date));
		co->hit_count++;
	}
}

static struct checkout *make(const struct checklist *list, uint32_t place, uint32_t seed)
{
	uint32_t random = seed * 7919 + place;
	struct checkout *co = checkout_new((char[]){'/', 's', '/', (char)('a' + place), 0});
	struct descriptor *d = arena_alloc(co->arena, sizeof(*d));

	co->head = "head";
	*d = (struct descriptor){.format = "service.yml", .subdir = "", .at = {"service.yml", 1}};
	d->waivers = some_statements(co, &random, &d->waiver_count);
	d->attestations = some_statements(co, &random, &d->attestation_count);
	co->descriptors = d;
	co->descriptor_count = 1;
	add_hits(co, list, &random);
	return co;
}

static void put_fleet(struct buf *out, const struct fleet *fleet)
{
	for (size_t i = 0; i < fleet_count(fleet); i++) {
		const struct service *service = fleet_at(fleet, i);

		buf_addf(out, "%s %u\n", service->name, service->gaps);
		for (size_t c = 0; c < fleet_checklist(fleet)->check_count; c++)
			buf_addf(out, " %d %s\n", service->findings[c].status,
				 service->findings[c].reason);
	}
}

static void assert_as_new(const struct fleet *fleet, const uint32_t *seeds, int64_t now)
{
	struct fleet *anew = fleet_new(fleet_checklist(fleet));
	struct buf x = {0}, y = {0};

	for (uint32_t i = 0; i < SERVICES; i++)
		if (seeds[i])
			fleet_apply(anew, make(fleet_checklist(fleet), i, seeds[i]));
	fleet_settle(anew, now);
	put_fleet(&x, fleet);
	put_fleet(&y, anew);
	assert_string_equal(buf_str(&x), buf_str(&y));
	assert_memory_equal(fleet_summary(fleet), fleet_summary(anew),
			    sizeof(struct fleet_summary));
	buf_free(&x);
	buf_free(&y);
	fleet_free(anew);
}

static void time_leads_where_a_new_fleet_begins(void **state)
{
	uint32_t random = 3, turned = 0;

	for (uint32_t round = 0; round < 30; round++) {
		struct fleet *fleet = fleet_new(*state);
		uint32_t seeds[SERVICES] = {0};
		int64_t now = START;

		while (now < START + SPAN * DAY) {
			int64_t turns = fleet_turns(fleet);
			uint64_t before = fleet_generation(fleet);

			if (draw(&random, 3) == 0) {
				uint32_t place = draw(&random, SERVICES);

				seeds[place] = 1 + draw(&random, 1000);
				fleet_apply(fleet, make(*state, place, seeds[place]));
			}
			/* To the very second of a change, and to the one before it. */
			if (turns > now && draw(&random, 2))
				now = turns - draw(&random, 2);
			else
				now += draw(&random, 5 * 86400);
			fleet_advance(fleet, now);
			assert_as_new(fleet, seeds, now);
			turned += fleet_generation(fleet) > before && turns && turns <= now;
			assert_true(!fleet_turns(fleet) || fleet_turns(fleet) > now);
		}
		fleet_free(fleet);
	}
	assert_true(turned > 100);
}

static void nothing_is_done_when_nothing_turns(void **state)
{
	struct fleet *fleet = fleet_new(*state);
	uint64_t generation;

	fleet_apply(fleet, checkout_new("/s/plain"));
	fleet_advance(fleet, START);
	assert_int_equal(fleet_count(fleet), 1);
	assert_int_equal(fleet_turns(fleet), 0);
	generation = fleet_generation(fleet);
	fleet_advance(fleet, START + 900 * DAY);
	assert_int_equal(fleet_generation(fleet), generation);
	fleet_settle(fleet, START + 900 * DAY);
	assert_true(fleet_generation(fleet) > generation);
	fleet_free(fleet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(time_leads_where_a_new_fleet_begins, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(nothing_is_done_when_nothing_turns, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
