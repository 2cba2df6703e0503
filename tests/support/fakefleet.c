#include "tests/support/fakefleet.h"

#include <stdio.h>
#include <string.h>

#include "core/mem.h"

static const char *const nouns[] = {
    "checkout", "ledger",  "search",   "mailer",  "identity", "catalog", "billing",  "shipping",
    "gateway",	"reports", "webhooks", "uploads", "metrics",  "profile", "frontend", "stock"};
static const char *const teams[] = {"acme/payments", "acme/sre", "acme/web", "acme/discovery",
				    "acme/mobile",   "lena",	 "acme/data"};
static const char *const tongues[] = {"go", "ruby", "typescript", "python", "rust", "java"};

/* A small generator of our own, so that every machine makes the same fleet. */
static uint32_t next(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	uint32_t x = *state ^ *state >> 15;
	return (x * 2246822519u) >> 9;
}

static struct fact fact(const char *value, uint32_t line)
{
	return (struct fact){.value = value, .at = {"service.yml", line}};
}

static void add_descriptor(struct checkout *checkout, const char *name, size_t number,
			   uint32_t *random)
{
	static const char *const tiers[] = {"", "1", "2", "3", "4"};
	struct arena *arena = checkout->arena;
	struct descriptor *d = arena_alloc(arena, sizeof(*d));
	unsigned tier = 1 + next(random) % 4;
	if (number % 23 == 0)
		tier = 0;
	d->format = "service.yml";
	d->at = (struct origin){"service.yml", 1};
	d->subdir = "";
	d->name = fact(name, 1);
	d->tier = (int)tier;
	if (tier > 0)
		d->tier_text = fact(tiers[tier], 2);
	d->description = fact(arena_printf(arena, "what %s is there for", name), 3);
	d->type = fact(number % 9 == 0 ? "library" : "service", 4);
	if (number % 11 != 0) {
		d->owners = arena_alloc(arena, sizeof(*d->owners));
		d->owners[0] = fact(teams[next(random) % ARRAY_LEN(teams)], 5);
		d->owner_count = 1;
	}
	d->links = arena_alloc(arena, sizeof(*d->links));
	d->links[0] = (struct link){.type = "dashboard",
				    .url = arena_printf(arena, "https://example.com/%s", name),
				    .at = {"service.yml", 7}};
	d->link_count = 1;
	checkout->descriptors = d;
	checkout->descriptor_count = 1;
}

static void add_history(struct checkout *checkout, uint32_t *random)
{
	struct history *h = arena_alloc(checkout->arena, sizeof(*h));
	h->subdir = "";
	h->complete = true;
	h->commits = next(random) % 200;
	h->last_commit = FAKE_NOW - (int64_t)(next(random) % 5000) * 3600;
	h->last_hash = checkout->head;
	h->last_author = "Mina R.";
	h->last_subject = "retry on timeout";
	checkout->histories = h;
	checkout->history_count = 1;
	struct language *l = arena_alloc(checkout->arena, sizeof(*l));
	*l = (struct language){"", tongues[next(random) % ARRAY_LEN(tongues)], {"go.mod", 0}};
	checkout->languages = l;
	checkout->language_count = 1;
}

/* Good services answer most probes, bad ones few. */
static void add_hits(struct checkout *checkout, const struct checklist *checklist, size_t number,
		     uint32_t *random)
{
	uint32_t good = 40 + next(random) % 60;
	checkout->hits =
	    arena_alloc(checkout->arena, (checklist->probe_count + 1) * sizeof(*checkout->hits));
	for (uint32_t i = 0; i < checklist->probe_count; i++)
		if (next(random) % 100 < good)
			checkout->hits[checkout->hit_count++] = (struct hit){
			    .probe = i,
			    .at = {arena_printf(checkout->arena, "config/file%u.yml", i), i + 1},
			    .text = "as it was written",
			    .touched = FAKE_NOW - 86400,
			};
	if (number % 17 == 0) {
		checkout->misses = arena_alloc(checkout->arena, sizeof(*checkout->misses));
		checkout->misses[0] = (struct miss){0, {"broken.yml", 12}, "could not be read"};
		checkout->miss_count = 1;
	}
}

struct checkout *fake_checkout(const struct checklist *checklist, size_t number)
{
	char path[128];
	uint32_t random = (uint32_t)number * 2654435761u + 7;
	const char *noun = nouns[number % ARRAY_LEN(nouns)];
	size_t round = number / ARRAY_LEN(nouns);
	if (round == 0)
		snprintf(path, sizeof(path), "/src/%s", noun);
	else
		snprintf(path, sizeof(path), "/src/%s-%zu", noun, round);
	struct checkout *checkout = checkout_new(path);
	if (number % 40 == 39) {
		checkout->state = number % 80 == 39 ? CHECKOUT_UNREADABLE : CHECKOUT_CRASHED;
		checkout->problem = "the pack index is cut short";
		checkout->fix = "git fsck in it says more; cloning it again mends it";
		return checkout;
	}
	checkout->head = "4f2c9ab0123456789abcdef0123456789abcdef0";
	checkout->ref = "refs/remotes/origin/main";
	checkout->remote = "https://example.com/acme/repo.git";
	checkout->head_time = FAKE_NOW - 7200;
	add_descriptor(checkout, strrchr(checkout->path, '/') + 1, number, &random);
	add_history(checkout, &random);
	add_hits(checkout, checklist, number, &random);
	return checkout;
}

struct fleet *fake_fleet(const struct checklist *checklist, size_t count)
{
	struct fleet *fleet = fleet_new(checklist);
	for (size_t i = 0; i < count; i++)
		fleet_apply(fleet, fake_checkout(checklist, i));
	fleet_settle(fleet, FAKE_NOW);
	return fleet;
}
