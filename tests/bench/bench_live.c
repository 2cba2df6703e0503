/*
 * What live state costs a large fleet:
 *
 *	bench_live [SERVICES [SIGNALS]]
 *
 * CPU time (user+sys) of taking in a report of all signals, of which one changed, and of the
 * settle after it, as a share of working out every finding; and the memory that is held after
 * 10,000 refreshes of one topic.
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/bench/libtime.h"
#include "tests/support/fakefleet.c"

enum { ROUNDS = 21, REFRESHES = 10000 };

static double print(const char *what, double *ms, double all)
{
	double middle = bench_median(ms, ROUNDS);

	printf("%-46s %8.2f ms  %5.1f %%\n", what, middle, 100 * middle / all);
	return middle;
}

/* Signals about one service after another; in each round another one says something new. */
static struct topic_report report(struct arena *arena, const struct fleet *fleet, size_t signals,
				  size_t round)
{
	struct topic_report out = {.source = "prod",
				   .topic = "rules",
				   .at = FAKE_NOW + (int64_t)round,
				   .kinds = UINT64_C(1) << SIGNAL_RULE,
				   .signals = {.arena = arena}};

	for (size_t i = 0; i < signals; i++) {
		struct signal *signal =
		    signal_add(&out.signals, SIGNAL_RULE, SIGNAL_OK,
			       arena_printf(arena, "rule %zu", i), "HighErrorRate");

		if (!signal)
			break;
		signal->text = "more than five of a hundred requests fail";
		signal->url = "https://prometheus.example/alerts?search=HighErrorRate";
		signal->number = i == round % signals ? (double)round : 0;
		signal_add_key(&out.signals, signal, "service",
			       fleet_at(fleet, i % fleet_count(fleet))->name);
		signal_add_label(&out.signals, signal, "severity", "page");
		signal_add_label(&out.signals, signal, "namespace", "production");
	}
	return out;
}

static double evaluate_all(struct fleet *fleet, const struct checklist *checklist)
{
	double start = bench_cpu_ms();

	fleet_set_checklist(fleet, checklist);
	fleet_settle(fleet, FAKE_NOW);
	return bench_cpu_ms() - start;
}

static void bench_rounds(struct fleet *fleet, struct live *live, size_t signals, double all)
{
	double taking[ROUNDS], settling[ROUNDS];

	for (size_t i = 0; i < ROUNDS; i++) {
		struct arena *arena = arena_new();
		struct topic_report said = report(arena, fleet, signals, i + 1);
		double start = bench_cpu_ms();

		live_apply(live, &said);
		taking[i] = bench_cpu_ms() - start;
		start = bench_cpu_ms();
		fleet_settle(fleet, FAKE_NOW);
		settling[i] = bench_cpu_ms() - start;
		arena_free(arena);
	}
	print("taking in a report of all signals", taking, all);
	print("settling after one of them changed", settling, all);
}

static void bench_memory(struct fleet *fleet, struct live *live)
{
	size_t first = 0, most = 0;

	for (size_t i = 0; i < REFRESHES; i++) {
		struct arena *arena = arena_new();
		struct topic_report said = report(arena, fleet, 20, i + 1);

		live_apply(live, &said);
		live_hold(live);
		arena_free(arena);
		most = live_size(live) > most ? live_size(live) : most;
		first = i == 10 ? most : first;
	}
	printf("%-46s %8zu bytes, %zu after the first ten\n", "most after 10,000 refreshes", most,
	       first);
}

int main(int argc, char **argv)
{
	static const struct live_config source = {
	    .name = "prod", .type = "prometheus", .kinds = UINT64_C(1) << SIGNAL_RULE};
	size_t services = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
	size_t signals = argc > 2 ? strtoul(argv[2], NULL, 10) : 20000;
	struct checklist *checklist = checklist_builtin();
	struct fleet *fleet = fake_fleet(checklist, services);
	struct live *live = live_new();
	double all = evaluate_all(fleet, checklist);

	printf("%zu services, %zu signals; every finding: %.0f ms\n", fleet_count(fleet), signals,
	       all);
	live_configure(live, &source, 1);
	fleet_set_live(fleet, live);
	bench_rounds(fleet, live, signals, all);
	fleet_set_live(fleet, NULL);
	fleet_settle(fleet, FAKE_NOW);
	bench_memory(fleet, live);
	fleet_free(fleet);
	live_free(live);
	checklist_free(checklist);
	return 0;
}
