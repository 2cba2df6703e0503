#include "tests/support/pastfix.h"

#include <stdlib.h>

#include "core/mem.h"
#include "tests/support/fakefleet.h"

static const char *const authors[] = {"Ana Lima", "Mina Rautio", "Petr Novák", "Zhou Mei"};
static const char *const subjects[] = {"Remove the old workflow", "Move playbooks to the wiki",
				       "Tidy up", "Switch the build to make"};

struct cause fake_past_commit(struct fake_past *past, const char *author, const char *subject,
			      int days)
{
	if (!past->arena)
		past->arena = arena_new();
	return (struct cause){
	    .kind = CAUSE_COMMIT,
	    .checkout = "/src/checkout",
	    .hash = arena_printf(past->arena, "%08x%032x", 0xabc00000u + (unsigned)days, days),
	    .author = arena_strdup(past->arena, author),
	    .subject = arena_strdup(past->arena, subject),
	    .time = FAKE_NOW - days * PAST_DAY,
	};
}

struct interval *fake_past_add(struct fake_past *past, const char *service, const char *check,
			       enum status status, int from, int until)
{
	struct interval *interval;

	if (!past->arena)
		past->arena = arena_new();
	GROW(past->intervals, past->count, past->cap);
	interval = &past->intervals[past->count++];
	*interval = (struct interval){
	    .service = arena_strdup(past->arena, service),
	    .check = arena_strdup(past->arena, check),
	    .status = status,
	    .required = true,
	    .tier = 1,
	    .from = FAKE_NOW - from * PAST_DAY,
	    .until = until ? FAKE_NOW - until * PAST_DAY : 0,
	};
	return interval;
}

static void add_finding(struct fake_past *past, const struct service *service,
			const struct finding *finding, const char *check, unsigned number)
{
	const char *owner = service->owner_count ? service->owners[0].value : NULL;
	bool gap = finding->status == STATUS_GAP;
	enum status other = gap ? STATUS_PASS : STATUS_GAP;
	int turn = 5 + (int)(number * 37 % 600);
	struct cause cause = fake_past_commit(past, authors[number % ARRAY_LEN(authors)],
					      subjects[number / 2 % ARRAY_LEN(subjects)], turn);
	bool turned = gap ? number % 3 == 0 : number % 2 == 0;
	struct interval *interval;

	if (turned) {
		interval = fake_past_add(past, service->name, check, other, 730, turn);
		interval->tier = (uint8_t)service->tier;
		interval->owner = arena_strdup(past->arena, owner);
		interval->at_least = true;
		interval->closed = cause;
	}
	interval =
	    fake_past_add(past, service->name, check, finding->status, turned ? turn : 730, 0);
	interval->tier = (uint8_t)service->tier;
	interval->owner = arena_strdup(past->arena, owner);
	interval->at_least = !turned;
	if (turned)
		interval->opened = cause;
}

void fake_past_make(struct fake_past *past, const struct fleet *fleet)
{
	const struct checklist *checklist = fleet_checklist(fleet);
	unsigned number = 0;

	for (size_t i = 0; i < fleet_count(fleet); i++)
		for (size_t c = 0; c < checklist->check_count; c++) {
			const struct service *service = fleet_at(fleet, i);
			const struct finding *finding = &service->findings[c];

			number++;
			if (finding->required && finding->status != STATUS_UNKNOWN)
				add_finding(past, service, finding, checklist->checks[c].id,
					    number);
		}
}

void fake_past_free(struct fake_past *past)
{
	arena_free(past->arena);
	free(past->intervals);
	*past = (struct fake_past){0};
}
