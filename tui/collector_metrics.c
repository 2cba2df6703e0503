#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/incident.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "core/report.h"
#include "tui/collector_internal.h"

/* docs/metrics.md lists them. */

static void by_tier(struct metrics *out, const char *name, enum metric_type type, const char *help,
		    const uint64_t counts[5])
{
	metrics_family(out, name, type, help);
	for (int i = 1; i <= 5; i++) {
		metrics_sample(out);
		metrics_label(out, "tier", metrics_tier(i % 5));
		metrics_int(out, (int64_t)counts[i % 5]);
	}
}

/* ---- services and their gaps ---- */

static void label_service(struct metrics *out, const struct service *service)
{
	metrics_label(out, "service", service->name);
	metrics_label(out, "tier", metrics_tier(service->tier));
	metrics_label(out, "owner", service->owner_count ? service->owners[0].value : "");
}

static void put_services(struct metrics *out, const struct fleet *fleet)
{
	metrics_family(out, "svctop_service_gaps", METRIC_GAUGE, "Outstanding gaps of a service.");
	for (size_t i = 0; i < fleet_count(fleet); i++) {
		metrics_sample(out);
		label_service(out, fleet_at(fleet, i));
		metrics_int(out, fleet_at(fleet, i)->gaps);
	}
	metrics_family(out, "svctop_service_reached_tier", METRIC_GAUGE,
		       "The most demanding tier whose items a service meets, as measured: 1 the "
		       "most, 4 the least, 0 none.");
	for (size_t i = 0; i < fleet_count(fleet); i++) {
		metrics_sample(out);
		label_service(out, fleet_at(fleet, i));
		metrics_int(out, fleet_at(fleet, i)->reached);
	}
}

/* Ages of the gaps of one tier, in seconds. */
struct ages {
	int64_t *ages;
	size_t count, cap;
};

static void add_ages(struct ages ages[5], const struct service *service, size_t checks, int64_t now)
{
	struct ages *of = &ages[service->tier];

	for (size_t i = 0; i < checks; i++) {
		const struct finding *finding = &service->findings[i];

		if (!finding->required || finding->status != STATUS_GAP || !finding->since)
			continue;
		GROW(of->ages, of->count, of->cap);
		of->ages[of->count++] = now > finding->since ? now - finding->since : 0;
	}
}

static int by_age(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static double mean(const struct ages *ages)
{
	double sum = 0;

	for (size_t i = 0; i < ages->count; i++)
		sum += (double)ages->ages[i];
	return sum / (double)ages->count;
}

static double median(const struct ages *ages)
{
	size_t half = ages->count / 2;

	return ages->count % 2 ? (double)ages->ages[half]
			       : ((double)ages->ages[half - 1] + (double)ages->ages[half]) / 2;
}

static double oldest(const struct ages *ages)
{
	return (double)ages->ages[ages->count - 1];
}

static void put_ages(struct metrics *out, const struct fleet *fleet, int64_t now)
{
	static const struct {
		const char *name, *help;
		double (*of)(const struct ages *ages);
	} families[] = {
	    {"svctop_open_gap_age_mean_seconds", "Mean age of outstanding gaps.", mean},
	    {"svctop_open_gap_age_median_seconds", "Median age of outstanding gaps.", median},
	    {"svctop_open_gap_age_oldest_seconds", "Age of the oldest outstanding gap.", oldest},
	};
	size_t checks = fleet_checklist(fleet)->check_count;
	struct ages ages[5] = {{0}};

	for (size_t i = 0; i < fleet_count(fleet); i++)
		add_ages(ages, fleet_at(fleet, i), checks, now);
	for (int t = 0; t < 5; t++)
		if (ages[t].count)
			qsort(ages[t].ages, ages[t].count, sizeof(int64_t), by_age);
	for (size_t f = 0; f < ARRAY_LEN(families); f++) {
		metrics_family(out, families[f].name, METRIC_GAUGE, families[f].help);
		for (int i = 1; i <= 5; i++) {
			if (!ages[i % 5].count)
				continue;
			metrics_sample(out);
			metrics_label(out, "tier", metrics_tier(i % 5));
			metrics_float(out, families[f].of(&ages[i % 5]));
		}
	}
	for (int t = 0; t < 5; t++)
		free(ages[t].ages);
}

static void put_gaps(struct metrics *out, const struct collector *in, int64_t now)
{
	const struct fleet_summary *summary = fleet_summary(in->fleet);
	uint64_t open[5];

	for (int t = 0; t < 5; t++)
		open[t] = summary->tiers[t].counts[STATUS_GAP];
	by_tier(out, "svctop_open_gaps", METRIC_GAUGE, "Outstanding gaps, by tier of the service.",
		open);
	put_ages(out, in->fleet, now);
	by_tier(out, "svctop_gaps_opened", METRIC_COUNTER,
		"Gaps that opened while the collector looked on.", in->counts.opened);
	by_tier(out, "svctop_gaps_closed", METRIC_COUNTER,
		"Gaps that were closed while the collector looked on.", in->counts.closed);
	by_tier(out, "svctop_regressions", METRIC_COUNTER,
		"Gaps that opened where the item had been met.", in->counts.regressed);
}

/* ---- checkouts ---- */

static void put_checkouts(struct metrics *out, const struct collector *in)
{
	static const char *const names[] = {"ok", "empty", "unreadable", "crashed"};
	size_t counts[ARRAY_LEN(names)] = {0};

	for (size_t i = 0; i < fleet_checkout_count(in->fleet); i++) {
		const struct checkout *checkout = fleet_checkout_at(in->fleet, i);

		if (checkout)
			counts[checkout->state]++;
	}
	metrics_family(out, "svctop_checkouts", METRIC_GAUGE,
		       "Checkouts, by how they could be read.");
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		metrics_sample(out);
		metrics_label(out, "state", names[i]);
		metrics_int(out, (int64_t)counts[i]);
	}
}

/* ---- sources ---- */

static int64_t is_up(const struct live_source *source)
{
	return source->answered && !source->failing_since;
}

static int64_t last_answer(const struct live_source *source)
{
	return source->observed_at;
}

static int64_t topics(const struct live_source *source)
{
	return (int64_t)source->topic_count;
}

static int64_t failing(const struct live_source *source)
{
	return (int64_t)source->failing;
}

static int64_t requests(const struct live_source *source)
{
	return (int64_t)source->status.requests;
}

static int64_t failures(const struct live_source *source)
{
	return (int64_t)source->status.failures;
}

static int64_t received(const struct live_source *source)
{
	return (int64_t)source->status.bytes;
}

static int64_t budget(const struct live_source *source)
{
	return source->status.left; /* -1: none told */
}

static void put_sources(struct metrics *out, const struct live *live)
{
	static const struct {
		const char *name;
		enum metric_type type;
		const char *help;
		int64_t (*of)(const struct live_source *source);
	} families[] = {
	    {"svctop_source_up", METRIC_GAUGE, "Whether all that a source was asked was answered.",
	     is_up},
	    {"svctop_source_last_answer_timestamp_seconds", METRIC_GAUGE,
	     "The oldest last good answer of what a source is asked; 0: none yet.", last_answer},
	    {"svctop_source_topics", METRIC_GAUGE, "Questions that a source is asked.", topics},
	    {"svctop_source_failing_topics", METRIC_GAUGE, "Questions that have no answer now.",
	     failing},
	    {"svctop_source_requests", METRIC_COUNTER, "Requests.", requests},
	    {"svctop_source_failures", METRIC_COUNTER, "Requests that failed.", failures},
	    {"svctop_source_received_bytes", METRIC_COUNTER, "Bytes received, as sent.", received},
	    {"svctop_source_rate_limit_remaining", METRIC_GAUGE,
	     "Requests left of the budget, where the source tells.", budget},
	};

	for (size_t f = 0; f < ARRAY_LEN(families); f++) {
		metrics_family(out, families[f].name, families[f].type, families[f].help);
		for (size_t i = 0; i < live_count(live); i++) {
			const struct live_source *source = live_at(live, i);
			int64_t value = families[f].of(source);

			if (value < 0)
				continue;
			metrics_sample(out);
			metrics_label(out, "source", source->name);
			metrics_label(out, "type", source->type);
			metrics_int(out, value);
		}
	}
	metrics_family(out, "svctop_source_latency_seconds", METRIC_GAUGE,
		       "How long the last answer took.");
	for (size_t i = 0; i < live_count(live); i++) {
		metrics_sample(out);
		metrics_label(out, "source", live_at(live, i)->name);
		metrics_label(out, "type", live_at(live, i)->type);
		metrics_float(out, live_at(live, i)->status.latency_ms / 1000.0);
	}
}

/* Something burns where somebody would be called. */
static void put_burning(struct metrics *out, const struct collector *in, int64_t now)
{
	static const struct incident_options options;
	struct arena *arena = arena_new();
	const struct incident *incident = incident_build(in->fleet, &options, now, arena);
	uint64_t burning[5];

	for (int t = 0; t < 5; t++)
		burning[t] = incident->by_tier[t];
	by_tier(out, "svctop_burning", METRIC_GAUGE,
		"What burns now, by tier of the service; unset: also what is no service's.",
		burning);
	arena_free(arena);
}

/* ---- the collector itself ---- */

/* What the store takes on disk, with what is not yet in its main file. */
static int64_t store_bytes(const char *path)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	int64_t bytes = 0;

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		char *file = xasprintf("%s%s", path, ends[i]);
		struct stat st;

		if (!stat(file, &st))
			bytes += st.st_size;
		free(file);
	}
	return bytes;
}

static void put_store(struct metrics *out, const struct collector *in)
{
	struct store *store = keeper_store(in->keeper);
	bool kept = store && !keeper_problem(in->keeper) && !in->waiting;

	metrics_one(out, "svctop_store_writable", METRIC_GAUGE,
		    "Whether what is refreshed is kept, by this process or by the one that it "
		    "follows.",
		    kept);
	if (store)
		metrics_one(out, "svctop_store_size_bytes", METRIC_GAUGE,
			    "Size of the store on disk.", store_bytes(store_path(store)));
	metrics_one(out, "svctop_store_write_failures", METRIC_COUNTER,
		    "Times that writing began to fail.", (int64_t)in->counts.write_failures);
	metrics_one(out, "svctop_following", METRIC_GAUGE,
		    "Whether another process refreshes the store, and this one reads along.",
		    in->following);
}

static void put_refreshes(struct metrics *out, const struct collector *in)
{
	const struct collector_counts *counts = &in->counts;

	metrics_one(out, "svctop_refreshes", METRIC_COUNTER,
		    "Looks at all checkouts, those that failed with them.",
		    (int64_t)counts->refreshes);
	metrics_one(out, "svctop_refresh_failures", METRIC_COUNTER,
		    "Looks at which a root or all scanners failed.", (int64_t)counts->failures);
	metrics_one(out, "svctop_last_refresh_timestamp_seconds", METRIC_GAUGE,
		    "When the last look ended, of the process that is followed if there is one; 0: "
		    "none has.",
		    collector_refreshed_at(in));
	metrics_family(out, "svctop_refresh_duration_seconds", METRIC_GAUGE,
		       "How long the last look took.");
	metrics_sample(out);
	metrics_float(out, in->refresh_seconds);
	metrics_one(out, "svctop_scans", METRIC_COUNTER,
		    "Checkouts that were read since they "
		    "were new or had changed.",
		    (int64_t)counts->scans);
	metrics_family(out, "svctop_scan_seconds", METRIC_COUNTER, "Time that scanners read.");
	metrics_sample(out);
	metrics_float(out, (double)counts->scan_us / 1e6);
}

/* The names that all of Prometheus' own libraries use. */
static void put_process(struct metrics *out, const struct collector *in)
{
	struct rusage usage = {0};
	long long pages = 0;
	char text[256];
	FILE *statm = fopen("/proc/self/statm", "re");
	char *after;

	if (statm && fgets(text, sizeof(text), statm)) {
		strtoll(text, &after, 10);
		pages = strtoll(after, NULL, 10);
	}
	if (statm)
		fclose(statm);
	getrusage(RUSAGE_SELF, &usage);
	metrics_family(out, "process_cpu_seconds", METRIC_COUNTER,
		       "Processor time of this process, without its children.");
	metrics_sample(out);
	metrics_float(out, (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
	metrics_one(out, "process_resident_memory_bytes", METRIC_GAUGE, "Memory.",
		    pages * sysconf(_SC_PAGESIZE));
	metrics_one(out, "process_start_time_seconds", METRIC_GAUGE, "When it was started.",
		    in->started);
}

void collector_metrics(const struct collector *in, struct buf *out, bool openmetrics)
{
	static const struct report_scope all;
	struct metrics metrics = {.out = out, .open = openmetrics};
	int64_t now = (int64_t)time(NULL);
	const struct report report = {.fleet = in->fleet, .scope = &all, .now = now};

	metrics_family(&metrics, "svctop_build", METRIC_INFO, "This program.");
	metrics_sample(&metrics);
	metrics_label(&metrics, "version", VERSION);
	metrics_int(&metrics, 1);
	report_coverage(&report, &metrics);
	put_gaps(&metrics, in, now);
	put_services(&metrics, in->fleet);
	put_checkouts(&metrics, in);
	if (in->feed.live) {
		put_sources(&metrics, in->feed.live);
		put_burning(&metrics, in, now);
	}
	put_refreshes(&metrics, in);
	put_store(&metrics, in);
	put_process(&metrics, in);
	metrics_end(&metrics);
}
