#include <stdlib.h>

#include "core/incident.h"
#include "core/mem.h"
#include "core/report_incident.h"
#include "tui/collect.h"
#include "tui/command.h"

/* `incident`: what burns, and for those that are told whole, what changed around them. */

#define UPDATES	 5  /* burns that a status update tells whole unless services are named */
#define WHOLE	 50 /* and where they are */
#define AROUND	 8  /* services whose commits are asked for a burn */
#define COMMITS	 30 /* of each */
#define SERVICES 64 /* whose commits are asked for altogether */

struct telling {
	struct collection *in;
	struct arena *arena;
	struct incident_commits commits[SERVICES];
	size_t commit_count;
	const struct incident_detail *details[WHOLE];
	size_t count;
};

static void read_commits(struct telling *telling, int32_t service)
{
	struct incident_commits *commits = &telling->commits[telling->commit_count];
	struct report_commit *list = NULL;

	for (size_t i = 0; i < telling->commit_count; i++)
		if (telling->commits[i].service == service)
			return;
	if (telling->commit_count == SERVICES)
		return;
	commits->service = service;
	commits->count = collection_log(telling->in, fleet_at(telling->in->fleet, (size_t)service),
					COMMITS, telling->arena, &list);
	commits->commits = list;
	telling->commit_count++;
}

static void tell_whole(struct telling *telling, const struct incident *incident, size_t max)
{
	struct fleet *fleet = telling->in->fleet;

	for (size_t i = 0; i < incident->count && i < max; i++) {
		int32_t services[AROUND];
		size_t count = incident_wants(fleet, &incident->burns[i], services, AROUND);

		for (size_t s = 0; s < count; s++)
			read_commits(telling, services[s]);
	}
	for (size_t i = 0; i < incident->count && i < max; i++)
		telling->details[telling->count++] =
		    incident_detail(fleet, &incident->burns[i], telling->commits,
				    telling->commit_count, telling->in->now, telling->arena);
}

static int print(struct collection *in, const struct report_scope *scope)
{
	struct cli *cli = in->cli;
	struct telling *telling = xcalloc(1, sizeof(*telling));
	struct incident_options options = {.scope = scope};
	struct report report;
	struct incident *incident;
	size_t updates;

	telling->in = in;
	telling->arena = arena_new();
	incident = incident_build(in->fleet, &options, in->now, telling->arena);
	updates = incident->loud < UPDATES ? incident->loud : UPDATES;
	if (cli->options.services.count)
		tell_whole(telling, incident, WHOLE);
	else if (cli->options.format == REPORT_MARKDOWN)
		tell_whole(telling, incident, updates);
	if (cli->options.offline && cli->config->source_count && !cli->options.quiet)
		cli_errorf(NULL, NULL, "--offline: no source was asked what burns");
	report = cli_report(cli, in->fleet, scope, in->now);
	report_incident(&report, incident, telling->details, telling->count, &cli->out);
	arena_free(telling->arena);
	free(telling);
	return collection_finish(in);
}

int command_incident(struct cli *cli)
{
	struct collection in;
	struct report_scope scope;
	int code;

	if (collection_open(&in, cli, 0, DEPENDENCIES_NONE) < 0)
		return EXIT_USAGE;
	code = command_gather(&in, &scope);
	if (!code)
		code = print(&in, &scope);
	collection_close(&in);
	return code;
}
