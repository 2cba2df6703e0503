#include <stdlib.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/collect.h"
#include "tui/command.h"

/* `check` and the panes that are printed once. */

static int unknown_item(const struct checklist *checklist, const char *id)
{
	const char *ids[CHECKLIST_MAX_CHECKS], *near;
	char *fix;

	for (size_t c = 0; c < checklist->check_count; c++)
		ids[c] = checklist->checks[c].id;
	near = text_suggest(id, ids, checklist->check_count);
	fix = near ? xasprintf("did you mean %s?", near) : xstrdup("see `svctop checklist`");
	cli_errorf(NULL, fix, "the checklist has no item \"%s\"", id);
	free(fix);
	return -1;
}

int command_scope(const struct cli *cli, struct report_scope *scope)
{
	const struct options *options = &cli->options;

	*scope = (struct report_scope){.services = options->services.words,
				       .service_count = options->services.count,
				       .owners = options->owners.words,
				       .owner_count = options->owners.count,
				       .tiers = options->tiers,
				       .statuses = options->statuses};
	for (size_t i = 0; i < options->checks.count; i++) {
		int check = checklist_find(cli->checklist, options->checks.words[i]);

		if (check < 0)
			return unknown_item(cli->checklist, options->checks.words[i]);
		scope->checks |= UINT64_C(1) << check;
	}
	return 0;
}

/* Whether each --service is there; says which is not. */
static bool services_known(struct collection *in)
{
	const struct words *names = &in->cli->options.services;

	for (size_t i = 0; i < names->count; i++)
		if (!collection_service(in, names->words[i]))
			return false;
	return true;
}

int command_gather(struct collection *in, struct report_scope *scope)
{
	int code;

	if (command_scope(in->cli, scope) < 0 || collection_ask(in) < 0)
		return EXIT_USAGE;
	code = collection_scan(in);
	return !code && !services_known(in) ? EXIT_USAGE : code;
}

typedef void print_report(const struct report *report, struct report_out *out);

static int run(struct cli *cli, print_report *print, bool gaps_fail)
{
	struct collection in;
	struct report_scope scope;
	struct report report;
	int code;

	if (collection_open(&in, cli, 0, DEPENDENCIES_NONE) < 0)
		return EXIT_USAGE;
	code = command_gather(&in, &scope);
	if (!code) {
		report = cli_report(cli, in.fleet, &scope, in.now);
		cli_put_as_of(cli, in.now);
		print(&report, &cli->out);
		code = collection_finish(&in);
		if (!code && gaps_fail && report_gaps_in_scope(&report, cli->options.fail_on))
			code = EXIT_GAPS;
	}
	collection_close(&in);
	return code;
}

int command_check(struct cli *cli)
{
	return run(cli, report_check, true);
}

int command_services(struct cli *cli)
{
	return run(cli, report_services, false);
}

int command_tiers(struct cli *cli)
{
	return run(cli, report_tiers, false);
}

int command_gaps(struct cli *cli)
{
	return run(cli, report_gaps, false);
}
