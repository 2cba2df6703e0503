/* The fleet of the last run: what its rows keep, and that nothing in them is trusted. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/filter.h"
#include "core/fleet_recall.h"
#include "core/mem.h"
#include "core/record.h"
#include "tests/support/fakefleet.h"

#define SERVICES 120

static const char other_list_text[] =
    "schema: 1\n"
    "name: other\n"
    "checks:\n"
    "  - {id: brand-new, tier: 4, title: B, why: w, close: c, pass: {files: [new.yml]}}\n"
    "  - {id: ci, tier: 3, title: C, why: w, close: c, pass: {files: [ci.yml]}}\n";

struct fixture {
	struct checklist *list;
	struct fleet *last, *fleet;
	struct buf bytes;
	struct fleet_row *rows;
	size_t count;
};

/* A checkout of two services, one of which needs the other and one that nobody knows. */
static struct checkout *pair(void)
{
	struct checkout *co = checkout_new("/src/pair");
	struct descriptor *d = arena_alloc(co->arena, 2 * sizeof(*d));

	d[0] =
	    (struct descriptor){.format = "service.yml", .subdir = "a", .at = {"a/service.yml", 1}};
	d[1] =
	    (struct descriptor){.format = "service.yml", .subdir = "b", .at = {"b/service.yml", 1}};
	d[0].name.value = "pair-a";
	d[1].name.value = "pair-b";
	d[1].lifecycle = (struct fact){"production", {"b/service.yml", 4}};
	d[1].depends_on = arena_alloc(co->arena, 2 * sizeof(struct fact));
	d[1].depends_on[0] = (struct fact){"component:pair-a", {"b/service.yml", 9}};
	d[1].depends_on[1] = (struct fact){"nobody", {"b/service.yml", 10}};
	d[1].depends_count = 2;
	co->descriptors = d;
	co->descriptor_count = 2;
	co->shallow = true;
	return co;
}

static void keep_rows(struct fixture *fix)
{
	size_t *ends = xcalloc(fleet_count(fix->last), sizeof(*ends)), at = 0;

	fix->count = fleet_count(fix->last);
	fix->rows = xcalloc(fix->count, sizeof(*fix->rows));
	for (size_t i = 0; i < fix->count; i++) {
		fleet_row_encode(fix->last, fleet_at(fix->last, i), &fix->bytes);
		ends[i] = fix->bytes.len;
	}
	for (size_t i = 0; i < fix->count; i++) {
		fix->rows[i] = (struct fleet_row){fix->bytes.data + at, ends[i] - at};
		at = ends[i];
	}
	free(ends);
}

static int set_up(void **state)
{
	struct fixture *fix = xcalloc(1, sizeof(*fix));
	struct record *record;

	fix->list = checklist_builtin();
	fix->last = fake_fleet(fix->list, SERVICES);
	record = record_new(fix->list, NULL, NULL);
	fleet_set_record(fix->last, record);
	fleet_apply(fix->last, pair());
	fleet_settle(fix->last, FAKE_NOW);
	fleet_set_record(fix->last, NULL);
	record_free(record);
	fix->fleet = fleet_new(fix->list);
	keep_rows(fix);
	*state = fix;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fix = *state;

	fleet_free(fix->fleet);
	fleet_free(fix->last);
	checklist_free(fix->list);
	buf_free(&fix->bytes);
	free(fix->rows);
	free(fix);
	return 0;
}

static void assert_text(const char *a, const char *b)
{
	assert_string_equal(a ? a : "(nothing)", b ? b : "(nothing)");
}

static void assert_sourced(const struct sourced *a, const struct sourced *b)
{
	assert_text(a->value, b->value);
	assert_text(a->format, b->format);
	assert_text(a->at.path, b->at.path);
	assert_int_equal(a->at.line, b->at.line);
}

static void assert_findings(const struct service *a, const struct service *b, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct finding *x = &a->findings[i], *y = &b->findings[i];

		assert_int_equal(x->check, i);
		assert_int_equal(x->status, y->status);
		assert_int_equal(x->code, y->code);
		assert_int_equal(x->strength, y->strength);
		assert_int_equal(x->required, y->required);
		assert_int_equal(x->since, y->since);
		assert_int_equal(x->since_at_least, y->since_at_least);
		assert_string_equal(x->reason, RECALLED_REASON);
		assert_int_equal(x->evidence_count, 0);
	}
}

static void assert_neighbours(const struct service *a, const struct service *b)
{
	assert_int_equal(a->depends_count, b->depends_count);
	for (size_t i = 0; i < a->depends_count; i++) {
		assert_int_equal(a->depends_on[i].service, b->depends_on[i].service);
		assert_int_equal(a->depends_on[i].at.line, b->depends_on[i].at.line);
	}
	assert_int_equal(a->dependent_count, b->dependent_count);
	for (size_t i = 0; i < a->dependent_count; i++)
		assert_int_equal(a->dependents[i], b->dependents[i]);
}

static void assert_checkouts(const struct checkout *a, const struct checkout *b)
{
	assert_string_equal(a->path, b->path);
	assert_text(a->remote, b->remote);
	assert_text(a->head, b->head);
	assert_text(a->ref, b->ref);
	assert_int_equal(a->head_time, b->head_time);
	assert_int_equal(a->shallow, b->shallow);
	assert_int_equal(a->state, CHECKOUT_OK);
}

static void assert_services(const struct service *a, const struct service *b, size_t checks)
{
	assert_true(a->recalled);
	assert_false(b->recalled);
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->subdir, b->subdir);
	assert_int_equal(a->tier, b->tier);
	assert_int_equal(a->reached, b->reached);
	assert_int_equal(a->reached_unknown, b->reached_unknown);
	assert_int_equal(a->gaps, b->gaps);
	assert_int_equal(a->measured, b->measured);
	assert_memory_equal(a->counts, b->counts, sizeof(a->counts));
	assert_sourced(&a->type, &b->type);
	assert_sourced(&a->lifecycle, &b->lifecycle);
	assert_sourced(&a->description, &b->description);
	assert_sourced(&a->tier_at, &b->tier_at);
	assert_int_equal(a->owner_count, b->owner_count);
	for (size_t i = 0; i < a->owner_count; i++)
		assert_sourced(&a->owners[i], &b->owners[i]);
	assert_int_equal(a->link_count, b->link_count);
	for (size_t i = 0; i < a->link_count; i++)
		assert_string_equal(a->links[i].url, b->links[i].url);
	assert_int_equal(a->language_count, b->language_count);
	for (size_t i = 0; i < a->language_count; i++)
		assert_string_equal(a->languages[i], b->languages[i]);
	assert_int_equal(!a->history, !b->history);
	assert_int_equal(a->history ? a->history->last_commit : 0,
			 b->history ? b->history->last_commit : 0);
	assert_text(a->history ? a->history->last_author : "",
		    b->history ? b->history->last_author : "");
	assert_findings(a, b, checks);
	assert_neighbours(a, b);
	assert_checkouts(a->checkout, b->checkout);
}

static void rows_keep_what_is_shown(void **state)
{
	struct fixture *fix = *state;
	const struct fleet_summary *was, *is;

	assert_int_equal(fleet_recall(fix->fleet, fix->rows, fix->count), fix->count);
	memset(fix->bytes.data, 0xa5, fix->bytes.len); /* nobody looks there again */
	assert_true(fleet_is_recalled(fix->fleet));
	assert_int_equal(fleet_count(fix->fleet), fix->count);
	for (size_t i = 0; i < fix->count; i++)
		assert_services(fleet_at(fix->fleet, i), fleet_at(fix->last, i),
				fix->list->check_count);
	was = fleet_summary(fix->last);
	is = fleet_summary(fix->fleet);
	assert_int_equal(is->services, was->services);
	assert_int_equal(is->gaps, was->gaps);
	assert_int_equal(is->checks_measured, was->checks_measured);
	assert_memory_equal(is->tiers, was->tiers, sizeof(is->tiers));
	assert_memory_equal(is->checks, was->checks, sizeof(is->checks));
	/* Those that could not be read have no service, and so no row. */
	assert_int_equal(is->checkouts, was->checkouts - was->unreadable);
	assert_int_equal(fleet_checkout_count(fix->fleet), is->checkouts);
	for (size_t i = 1; i < is->checkouts; i++)
		assert_true(strcmp(fleet_checkout_at(fix->fleet, i - 1)->path,
				   fleet_checkout_at(fix->fleet, i)->path) < 0);
}

static void outlines_are_enough_for_filters(void **state)
{
	struct fixture *fix = *state;
	struct filter_index *index = filter_index_new(), *was = filter_index_new();
	const char *const texts[] = {"",
				     "owner:sre",
				     "tier:1-2",
				     "lang:go",
				     "status:gap check:ci",
				     "type:library",
				     "lifecycle:production",
				     "ledg"};
	uint32_t rows[2][SERVICES + 8];

	fleet_recall(fix->fleet, fix->rows, fix->count);
	filter_index_build(index, fix->fleet);
	filter_index_build(was, fix->last);
	assert_int_equal(filter_index_count(index), fix->count);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct err err = {0};
		struct filter *filter = filter_parse(texts[i], &err);
		size_t count = filter_rows(index, filter, ORDER_COMMIT, false, rows[0]), before;

		before = filter_rows(was, filter, ORDER_COMMIT, false, rows[1]);
		/* Broken checkouts are not among what is recalled; nothing else is missing. */
		for (size_t r = 0, k = 0; r < before; r++)
			if (rows[1][r] < fix->count) {
				assert_true(k < count);
				assert_int_equal(rows[0][k++], rows[1][r]);
			}
		filter_free(filter);
	}
	filter_index_free(index);
	filter_index_free(was);
}

static void names_are_found(void **state)
{
	struct fixture *fix = *state;

	fleet_recall(fix->fleet, fix->rows, fix->count);
	for (size_t i = 0; i < fix->count; i++)
		assert_int_equal(fleet_find(fix->fleet, fleet_at(fix->last, i)->name), i);
	assert_int_equal(fleet_find(fix->fleet, "PAIR_A"), fleet_find(fix->last, "pair-a"));
	assert_int_equal(fleet_find(fix->fleet, "no-such-service"), -1);
	assert_int_equal(fleet_find(fix->fleet, ""), -1);
}

static void any_order_will_do_and_a_name_counts_once(void **state)
{
	struct fixture *fix = *state;
	struct fleet_row *mixed = xcalloc(fix->count + 3, sizeof(*mixed));

	for (size_t i = 0; i < fix->count; i++)
		mixed[i] = fix->rows[(i * 11 + 3) % fix->count];
	mixed[fix->count] = fix->rows[5];
	mixed[fix->count + 1] = (struct fleet_row){"", 0};
	mixed[fix->count + 2] = fix->rows[0];
	assert_int_equal(fleet_recall(fix->fleet, mixed, fix->count + 3), fix->count);
	for (size_t i = 0; i < fix->count; i++)
		assert_string_equal(fleet_at(fix->fleet, i)->name, fleet_at(fix->last, i)->name);
	assert_int_equal(fleet_summary(fix->fleet)->gaps, fleet_summary(fix->last)->gaps);
	free(mixed);
}

static void nothing_to_recall_changes_nothing(void **state)
{
	struct fixture *fix = *state;
	struct fleet_row junk = {"\x07junk", 5};

	fleet_apply(fix->fleet, checkout_new("/src/one"));
	fleet_settle(fix->fleet, FAKE_NOW);
	assert_int_equal(fleet_recall(fix->fleet, NULL, 0), 0);
	assert_int_equal(fleet_recall(fix->fleet, &junk, 1), 0);
	assert_false(fleet_is_recalled(fix->fleet));
	assert_int_equal(fleet_generation(fix->fleet), 1);
	assert_string_equal(fleet_at(fix->fleet, 0)->name, "one");
	fleet_recall_end(fix->fleet);
	fleet_settle(fix->fleet, FAKE_NOW);
	assert_int_equal(fleet_generation(fix->fleet), 1);
}

static void a_check_that_is_in_no_row_is_unknown(void **state)
{
	struct fixture *fix = *state;
	struct err err = {0};
	struct checklist *other =
	    checklist_parse("o.yml", other_list_text, strlen(other_list_text), &err);
	int ci = checklist_find(fix->list, "ci");
	const struct service *service;

	fleet_recall(fix->fleet, fix->rows, fix->count);
	service = fleet_at(fix->fleet, 3);
	assert_int_equal(fleet_checkout_count(fix->fleet), fleet_summary(fix->fleet)->checkouts);
	fleet_set_checklist(fix->fleet, other);
	service = fleet_at(fix->fleet, 3);
	assert_int_equal(service->findings[0].status, STATUS_UNKNOWN);
	assert_int_equal(service->findings[0].code, UNKNOWN_FAILED);
	assert_true(service->findings[0].required);
	assert_int_equal(service->findings[0].since, 0);
	assert_int_equal(service->findings[1].status, fleet_at(fix->last, 3)->findings[ci].status);
	assert_int_equal(service->findings[1].since, fleet_at(fix->last, 3)->findings[ci].since);
	assert_int_equal(fleet_summary(fix->fleet)->checks[0].counts[STATUS_UNKNOWN], fix->count);
	assert_int_equal(fleet_checkout_count(fix->fleet), fleet_summary(fix->fleet)->checkouts);
	fleet_free(fix->fleet);
	fix->fleet = fleet_new(fix->list);
	checklist_free(other);
}

/* ---- what happens behind it ---- */

static void count_change(void *ctx, const char *name, const struct service *service)
{
	size_t *counts = ctx;

	(void)name;
	counts[service != NULL]++;
}

static void count_interval(void *ctx, const struct interval *closed, const struct interval *opened)
{
	size_t *counts = ctx;

	counts[0] += closed != NULL;
	counts[1] += opened != NULL;
}

/* Each slice lacks the evidence of those that come later: nobody may hear of that. */
static void nobody_hears_of_what_is_half_there(void **state)
{
	struct fixture *fix = *state;
	size_t changes[2] = {0}, intervals[2] = {0};
	struct record *record = record_new(fix->list, count_interval, intervals);
	uint64_t generation;

	fleet_recall(fix->fleet, fix->rows, fix->count);
	fleet_set_record(fix->fleet, record);
	generation = fleet_generation(fix->fleet);
	for (size_t i = 0; i < SERVICES; i++) {
		fleet_apply(fix->fleet, fake_checkout(fix->list, i));
		if (i % 10 == 0)
			fleet_settle(fix->fleet, FAKE_NOW);
	}
	fleet_settle(fix->fleet, FAKE_NOW);
	fleet_changes(fix->fleet, count_change, changes);
	assert_int_equal(fleet_generation(fix->fleet), generation);
	assert_int_equal(fleet_count(fix->fleet), fix->count);
	assert_int_equal(changes[0] + changes[1] + intervals[0] + intervals[1], 0);
	fleet_recall_end(fix->fleet);
	fleet_settle(fix->fleet, FAKE_NOW);
	assert_false(fleet_is_recalled(fix->fleet));
	assert_true(fleet_generation(fix->fleet) > generation);
	/* The pair of the last run did not come again. */
	assert_int_equal(fleet_count(fix->fleet), fix->count - 2);
	fleet_changes(fix->fleet, count_change, changes);
	assert_int_equal(changes[0], 0);
	assert_int_equal(changes[1], fix->count - 2);
	assert_int_equal(intervals[0], 0);
	assert_true(intervals[1] > 0);
	assert_true(fleet_at(fix->fleet, 0)->findings[0].evidence_count ||
		    fleet_at(fix->fleet, 0)->findings[0].status != STATUS_PASS);
	fleet_settle(fix->fleet, FAKE_NOW);
	memset(changes, 0, sizeof(changes));
	fleet_changes(fix->fleet, count_change, changes);
	assert_int_equal(changes[0] + changes[1], 0);
	fleet_free(fix->fleet);
	fix->fleet = fleet_new(fix->list);
	record_free(record);
}

static const struct finding *passed(const struct service *service, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (service->findings[i].status == STATUS_PASS)
			return &service->findings[i];
	fail_msg("%s passes nothing", service->name);
	return NULL;
}

static void evidence_is_shown_once_it_is_read(void **state)
{
	struct fixture *fix = *state;
	struct checkout *checkout = fake_checkout(fix->list, 3);
	const char *path = checkout->path, *name = strrchr(path, '/') + 1;
	struct err err = {0};
	struct checklist *other =
	    checklist_parse("o.yml", other_list_text, strlen(other_list_text), &err);
	const struct service *service;
	size_t at;

	fleet_recall(fix->fleet, fix->rows, fix->count);
	at = (size_t)fleet_find(fix->fleet, name);
	fleet_recall_show(fix->fleet, path); /* it is not there yet */
	assert_int_equal(passed(fleet_at(fix->fleet, at), fix->list->check_count)->evidence_count,
			 0);
	fleet_apply(fix->fleet, checkout);
	fleet_settle(fix->fleet, FAKE_NOW);
	fleet_recall_show(fix->fleet, path);
	service = fleet_at(fix->fleet, at);
	assert_true(passed(service, fix->list->check_count)->evidence_count > 0);
	assert_true(service->recalled);
	assert_int_equal(passed(service, fix->list->check_count)->since, FAKE_NOW);
	/* By another checklist there are other findings, and none of them is worked out. */
	fleet_set_checklist(fix->fleet, other);
	fleet_recall_show(fix->fleet, path);
	assert_int_equal(fleet_at(fix->fleet, at)->findings[0].status, STATUS_UNKNOWN);
	assert_int_equal(fleet_at(fix->fleet, at)->findings[1].evidence_count, 0);
	fleet_free(fix->fleet);
	fix->fleet = fleet_new(fix->list);
	checklist_free(other);
}

/* ---- hostile rows ---- */

static size_t walk(const struct fleet *fleet)
{
	size_t sum = 0;

	for (size_t i = 0; i < fleet_count(fleet); i++) {
		const struct service *service = fleet_at(fleet, i);

		sum += strlen(service->name) + strlen(service->subdir) +
		       strlen(service->checkout->path) + (size_t)service->tier + service->gaps;
		for (size_t k = 0; k < service->owner_count; k++)
			sum += strlen(service->owners[k].value);
		for (size_t k = 0; k < service->link_count; k++)
			sum += strlen(service->links[k].type) + strlen(service->links[k].url);
		for (size_t k = 0; k < service->depends_count; k++)
			sum += strlen(service->depends_on[k].name);
		for (size_t k = 0; k < service->dependent_count; k++)
			sum += strlen(fleet_at(fleet, (size_t)service->dependents[k])->name);
		for (size_t k = 0; k < service->warning_count; k++)
			sum += strlen(service->warnings[k].text);
		for (size_t k = 0; k < fleet_checklist(fleet)->check_count; k++)
			sum += service->findings[k].status <= STATUS_NA;
	}
	return sum;
}

static void cut_and_bent_rows_harm_nobody(void **state)
{
	struct fixture *fix = *state;
	const struct fleet_row *row = &fix->rows[fix->count / 2];
	unsigned char *bytes = xmalloc(row->len);
	size_t read = 0;

	for (size_t i = 0; i < row->len; i++) {
		struct fleet_row bent;

		free(bytes);
		bytes = xmalloc(i + 1);
		memcpy(bytes, row->bytes, i + 1);
		bent = (struct fleet_row){bytes, i};
		read += fleet_recall(fix->fleet, &bent, 1) && walk(fix->fleet);
		bent.len = i + 1;
		for (int bit = 0; bit < 8; bit++) {
			bytes[i] ^= (unsigned char)(1 << bit);
			read += fleet_recall(fix->fleet, &bent, 1) && walk(fix->fleet);
		}
	}
	assert_true(read > 0);
	free(bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(rows_keep_what_is_shown),
	    TEST(outlines_are_enough_for_filters),
	    TEST(names_are_found),
	    TEST(any_order_will_do_and_a_name_counts_once),
	    TEST(nothing_to_recall_changes_nothing),
	    TEST(a_check_that_is_in_no_row_is_unknown),
	    TEST(nobody_hears_of_what_is_half_there),
	    TEST(evidence_is_shown_once_it_is_read),
	    TEST(cut_and_bent_rows_harm_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
