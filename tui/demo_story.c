#include "tui/demo_story.h"

#include "core/mem.h"

/*
 * A release of checkout retries payments without end. Its errors rise, the ledger behind it slows
 * down, the storefront's checkout page times out; then it is rolled back.
 */
const struct story_alert story_alerts[] = {
    {.name = "Watchdog",
     .severity = "none",
     .summary = "Fires always, to show that alerting works",
     .expression = "vector(1)",
     .pending = -900000,
     .fires = -900000,
     .ends = STORY_NEVER},
    {.name = "CheckoutErrorsHigh",
     .service = "checkout",
     .severity = "critical",
     .environment = "production",
     .summary = "7.2 % of requests to checkout fail (limit 2 %)",
     .expression = "checkout:errors:ratio_5m > 0.02",
     .pending = 5,
     .fires = STORY_FIRE,
     .ends = STORY_CLEAR},
    {.name = "CheckoutLatencyHigh",
     .service = "checkout",
     .severity = "warning",
     .environment = "production",
     .summary = "p95 of checkout is 2.3 s (limit 500 ms)",
     .expression = "checkout:latency:p95_5m > 0.5",
     .pending = 10,
     .fires = 20,
     .ends = STORY_CLEAR,
     .inhibited_by = "CheckoutErrorsHigh"},
    {.name = "LedgerLatencyHigh",
     .service = "ledger",
     .severity = "warning",
     .environment = "production",
     .summary = "p95 of ledger is 1.1 s (limit 500 ms)",
     .expression = "ledger:latency:p95_5m > 0.5",
     .pending = 20,
     .fires = 35,
     .ends = 195},
    {.name = "ProbeFailing",
     .service = "storefront",
     .severity = "critical",
     .environment = "production",
     .instance = "https://shop.kestrel.example/basket",
     .summary = "https://shop.kestrel.example/basket answers 503 from outside",
     .expression = "probe_success == 0",
     .pending = 40,
     .fires = 50,
     .ends = 180},
    {.name = "DiskFilling",
     .severity = "warning",
     .environment = "production",
     .instance = "build-7:9100",
     .summary = "The disk of build-7 is full in 9 hours",
     .expression = "predict_linear(node_filesystem_avail_bytes[6h], 9 * 3600) < 0",
     .pending = -5400,
     .fires = -4800,
     .ends = STORY_NEVER},
    {.name = "SearchErrorsHigh",
     .service = "search",
     .severity = "critical",
     .environment = "staging",
     .summary = "31 % of requests to search fail in staging",
     .expression = "search:errors:ratio_5m{environment=\"staging\"} > 0.02",
     .pending = -7900,
     .fires = -7600,
     .ends = STORY_NEVER},
    {.name = "ScannerBatteryLow",
     .service = "warehouse-scanner",
     .severity = "warning",
     .environment = "production",
     .summary = "41 hand scanners have less than 10 % battery",
     .expression = "count(scanner_battery_ratio < 0.1) > 20",
     .pending = -15000,
     .fires = -14400,
     .ends = STORY_NEVER},
};
const size_t story_alert_count = ARRAY_LEN(story_alerts);

const struct story_silence story_silences[] = {
    {.id = "6f2d1c3e-0a7b-4d58-9e41-5b1f0c9a7d11",
     .matcher = "alertname",
     .value = "ScannerBatteryLow",
     .author = "silva",
     .comment = "new batteries arrive this afternoon",
     .starts = -13800,
     .ends = 10800},
};
const size_t story_silence_count = ARRAY_LEN(story_silences);

const struct story_probe story_probes[] = {
    {"checkout", "https://checkout.kestrel.example/healthz", STORY_NEVER, 0, 61},
    {"storefront", "https://shop.kestrel.example/basket", 40, 180, 61},
    {"search", "https://search.kestrel.example/healthz", STORY_NEVER, 0, 6},
    {"identity", "https://id.kestrel.example/healthz", STORY_NEVER, 0, 74},
    {"edge-proxy", "https://kestrel.example/", STORY_NEVER, 0, 61},
    {"docs-site", "https://help.kestrel.example/", STORY_NEVER, 0, 40},
    {"cart", "https://cart.kestrel.example/healthz", STORY_NEVER, 0, 61},
    {"inventory", "https://inventory.kestrel.example/healthz", STORY_NEVER, 0, 61},
};
const size_t story_probe_count = ARRAY_LEN(story_probes);

const struct story_slo story_slos[] = {
    {"checkout", "requests-availability", 0.999, 0.62, -0.08, 0.4, 71.5},
    {"identity", "requests-availability", 0.9995, 0.91, 0.91, 0.1, 0.1},
    {"storefront", "requests-availability", 0.999, 0.77, 0.41, 0.3, 14.2},
    {"edge-proxy", "requests-availability", 0.9999, 0.83, 0.8, 0.2, 0.9},
    {"cart", "requests-availability", 0.999, 0.12, 0.11, 1.6, 1.7},
};
const size_t story_slo_count = ARRAY_LEN(story_slos);

const struct story_builder story_builders[] = {
    {"checkout", "payments/checkout", 1841, STORY_NEVER, 0},
    {"ledger", "payments/ledger", 902, STORY_NEVER, 0},
    {"storefront", "web/storefront", 3317, STORY_NEVER, 0},
    {"docs-site", "web/docs-site", 412, -93600, 240},
    {"search", "discovery/search", 1203, STORY_NEVER, 0},
    {"identity", "accounts/identity", 2011, STORY_NEVER, 0},
};
const size_t story_builder_count = ARRAY_LEN(story_builders);

const char *const story_targets[] = {
    "checkout", "ledger",      "payments-gateway", "storefront", "search",     "cart",
    "pricing",	"catalog-api", "identity",	   "inventory",	 "edge-proxy", "media-resizer",
};
const size_t story_target_count = ARRAY_LEN(story_targets);
