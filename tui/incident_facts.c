#include "tui/incident_facts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/markdown.h"
#include "core/mem.h"
#include "core/playbooks.h"
#include "tui/app.h"

#define AROUND	  8  /* services whose commits are asked for a burn */
#define COMMITS	  30 /* of each */
#define PLAYBOOKS 4  /* of a service that are looked into */
#define WAITING	  24 /* questions that are open at once */
#define KEPT	  400
#define FILE_CAP  (256u << 10)
#define HEADINGS  40 /* of a playbook */

/* Commits of a service, or headings of a playbook, as of a commit. */
struct known {
	char *key;
	uint32_t request; /* 0: answered */
	struct arena *arena;
	struct report_commit *commits;
	size_t commit_count;
	const char **headings;
	size_t heading_count;
	char *problem;
};

struct incident_facts {
	struct app *app;
	struct known *known;
	size_t count, cap;
};

struct incident_facts *incident_facts_new(struct app *app)
{
	struct incident_facts *facts = xcalloc(1, sizeof(*facts));

	facts->app = app;
	return facts;
}

static void forget_all(struct incident_facts *facts)
{
	for (size_t i = 0; i < facts->count; i++) {
		arena_free(facts->known[i].arena);
		free(facts->known[i].key);
		free(facts->known[i].problem);
	}
	facts->count = 0;
}

void incident_facts_free(struct incident_facts *facts)
{
	if (!facts)
		return;
	forget_all(facts);
	free(facts->known);
	free(facts);
}

static struct known *find(struct incident_facts *facts, const char *key)
{
	for (size_t i = 0; i < facts->count; i++)
		if (!strcmp(facts->known[i].key, key))
			return &facts->known[i];
	return NULL;
}

static size_t waiting(const struct incident_facts *facts)
{
	size_t count = 0;

	for (size_t i = 0; i < facts->count; i++)
		count += facts->known[i].request != 0;
	return count;
}

/* Takes over key. */
static struct known *add(struct incident_facts *facts, char *key)
{
	GROW(facts->known, facts->count, facts->cap);
	facts->known[facts->count] = (struct known){.key = key, .arena = arena_new()};
	return &facts->known[facts->count++];
}

/* ---- asking ---- */

static char *log_key(const struct service *service)
{
	const struct checkout *checkout = service->checkout;

	return xasprintf("log\n%s\n%s\n%s", checkout->path, checkout->head ? checkout->head : "",
			 service->subdir);
}

static char *blob_key(const struct playbook *playbook)
{
	return xasprintf("blob\n%s\n%s\n%s", playbook->checkout, playbook->commit, playbook->path);
}

static void ask_log(struct incident_facts *facts, int32_t index)
{
	const struct service *service = fleet_at(app_fleet(facts->app), (size_t)index);
	char *key = log_key(service);

	if (find(facts, key)) {
		free(key);
		return;
	}
	add(facts, key)->request = app_log(facts->app, service->checkout->path,
					   service->checkout->head, service->subdir, COMMITS);
}

static void ask_blob(struct incident_facts *facts, const struct playbook *playbook)
{
	char *key = blob_key(playbook);
	struct known *known;

	if (find(facts, key)) {
		free(key);
		return;
	}
	known = add(facts, key);
	known->request =
	    app_blob(facts->app, playbook->checkout, playbook->commit, playbook->path, FILE_CAP);
	if (!known->request)
		known->problem = xstrdup("there is no scanner to read it with");
}

bool incident_facts_ask(struct incident_facts *facts, const struct burn *burn)
{
	const struct fleet *fleet = app_fleet(facts->app);
	struct playbook_list list = {0};
	int32_t services[AROUND];
	size_t count;

	if (burn->service < 0)
		return true;
	if (waiting(facts) > WAITING)
		return false;
	if (facts->count > KEPT)
		forget_all(facts);
	count = incident_wants(fleet, burn, services, AROUND);
	for (size_t i = 0; i < count; i++)
		ask_log(facts, services[i]);
	playbooks_of(fleet, fleet_at(fleet, (size_t)burn->service), &list);
	for (size_t i = 0; i < list.count && i < PLAYBOOKS; i++)
		if (list.playbooks[i].path)
			ask_blob(facts, &list.playbooks[i]);
	playbooks_free(&list);
	return true;
}

/* ---- answers ---- */

static void take_log(struct known *known, const struct scanner_event *event)
{
	known->commits =
	    arena_alloc(known->arena, (event->commit_count + 1) * sizeof(*known->commits));
	for (size_t i = 0; i < event->commit_count; i++)
		known->commits[i] = (struct report_commit){
		    arena_strdup(known->arena, event->commits[i].hash), event->commits[i].time,
		    arena_strdup(known->arena, event->commits[i].author),
		    arena_strdup(known->arena, event->commits[i].subject)};
	known->commit_count = event->commit_count;
}

/* The title at the top says what the playbook's name says. */
static bool is_title(const struct markdown_doc *doc, size_t index)
{
	return !index && doc->headings[0].level == 1 && doc->heading_count > 1;
}

static void take_blob(struct known *known, const struct scanner_event *event)
{
	struct markdown_doc *doc;

	if (!event->bytes) {
		known->problem = xstrdup(event->text ? event->text : "it cannot be read");
		return;
	}
	doc = markdown_render(event->bytes, event->len, 100, 0);
	known->headings = arena_alloc(known->arena, HEADINGS * sizeof(*known->headings));
	for (size_t i = 0; i < doc->heading_count && known->heading_count < HEADINGS; i++)
		if (doc->headings[i].level <= 3 && !is_title(doc, i))
			known->headings[known->heading_count++] =
			    arena_strdup(known->arena, doc->headings[i].text);
	markdown_free(doc);
}

bool incident_facts_answer(struct incident_facts *facts, const struct scanner_event *event)
{
	if (event->kind != SCANNER_LOG && event->kind != SCANNER_BLOB)
		return false;
	for (size_t i = 0; i < facts->count; i++) {
		struct known *known = &facts->known[i];

		if (!known->request || known->request != event->request)
			continue;
		known->request = 0;
		if (event->kind == SCANNER_LOG)
			take_log(known, event);
		else
			take_blob(known, event);
		return true;
	}
	return false;
}

size_t incident_facts_commits(struct incident_facts *facts, const struct burn *burn,
			      struct arena *arena, struct incident_commits **commits, bool *reading)
{
	const struct fleet *fleet = app_fleet(facts->app);
	int32_t services[AROUND];
	size_t count = incident_wants(fleet, burn, services, AROUND), found = 0;

	*reading = false;
	*commits = arena_alloc(arena, (count + 1) * sizeof(**commits));
	for (size_t i = 0; i < count; i++) {
		char *key = log_key(fleet_at(fleet, (size_t)services[i]));
		const struct known *known = find(facts, key);

		free(key);
		*reading |= !known || known->request;
		if (known && known->commit_count)
			(*commits)[found++] = (struct incident_commits){services[i], known->commits,
									known->commit_count};
	}
	return found;
}

/* ---- the playbook that fits ---- */

/* "High error rate" is what "#high-error-rate" means. */
static bool is_fragment(const char *heading, const char *fragment)
{
	for (; *heading; heading++) {
		unsigned char c = (unsigned char)*heading;

		if (!isalnum(c) && c != ' ' && c != '-' && c != '_' && c < 0x80)
			continue;
		if (*fragment != (c == ' ' ? '-' : tolower(c)))
			return false;
		fragment++;
	}
	return !*fragment;
}

static unsigned fit_heading(const struct burn *burn, const char *heading)
{
	unsigned most = 0;

	for (size_t i = 0; i < burn->signal_count && i < 8; i++) {
		const struct signal *signal = burn->signals[i].signal;
		const char *fragment = signal->runbook ? strchr(signal->runbook, '#') : NULL;
		unsigned fit = incident_fit(signal->title, heading);

		if (fragment && is_fragment(heading, fragment + 1))
			return 2000;
		most = fit > most ? fit : most;
	}
	return most;
}

/* The alert's runbook is this file, wherever it is shown. */
static bool is_runbook(const struct burn *burn, const char *path)
{
	for (size_t i = 0; i < burn->signal_count && i < 8; i++)
		if (burn->signals[i].signal->runbook && path &&
		    strstr(burn->signals[i].signal->runbook, path))
			return true;
	return false;
}

static unsigned fit_playbook(const struct burn *burn, const struct playbook *playbook,
			     const struct known *known)
{
	unsigned fit = is_runbook(burn, playbook->path) ? 5000 : 0;
	unsigned most = fit_heading(burn, playbook->name);

	for (size_t i = 0; known && i < known->heading_count; i++) {
		unsigned heading = fit_heading(burn, known->headings[i]);

		most = heading > most ? heading : most;
	}
	return fit + most;
}

static void put_headings(const struct burn *burn, const struct known *known, struct arena *arena,
			 struct incident_playbook *out)
{
	size_t best = 0;
	unsigned most = 0;

	out->headings = arena_alloc(arena, (known->heading_count + 1) * sizeof(*out->headings));
	for (size_t i = 0; i < known->heading_count; i++) {
		unsigned fit = fit_heading(burn, known->headings[i]);

		if (fit > most) {
			most = fit;
			best = i;
		}
	}
	out->fits = most > 0;
	if (known->heading_count)
		out->headings[out->heading_count++] =
		    arena_strdup(arena, known->headings[out->fits ? best : 0]);
	for (size_t i = 0; i < known->heading_count; i++)
		if (i != (out->fits ? best : 0))
			out->headings[out->heading_count++] =
			    arena_strdup(arena, known->headings[i]);
}

static const struct known *known_of(struct incident_facts *facts, const struct playbook *playbook)
{
	const struct known *known;
	char *key;

	if (!playbook->path)
		return NULL;
	key = blob_key(playbook);
	known = find(facts, key);
	free(key);
	return known;
}

void incident_facts_playbook(struct incident_facts *facts, const struct burn *burn,
			     struct arena *arena, struct incident_playbook *out)
{
	const struct fleet *fleet = app_fleet(facts->app);
	const struct playbook *chosen = NULL;
	struct playbook_list list = {0};
	unsigned most = 0;

	*out = (struct incident_playbook){0};
	if (burn->service < 0)
		return;
	playbooks_of(fleet, fleet_at(fleet, (size_t)burn->service), &list);
	for (size_t i = 0; i < list.count && i < PLAYBOOKS; i++) {
		unsigned fit =
		    fit_playbook(burn, &list.playbooks[i], known_of(facts, &list.playbooks[i]));

		if (!chosen || fit > most) {
			chosen = &list.playbooks[i];
			most = fit;
		}
	}
	if (chosen) {
		const struct known *known = known_of(facts, chosen);

		out->name = arena_strdup(arena, chosen->name);
		out->path = arena_strdup(arena, chosen->path);
		out->url = arena_strdup(arena, chosen->url);
		out->reading = chosen->path && (!known || known->request);
		out->problem = known ? arena_strdup(arena, known->problem) : NULL;
		if (known)
			put_headings(burn, known, arena, out);
	}
	playbooks_free(&list);
}
