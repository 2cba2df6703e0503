#include <stdlib.h>

#include "core/text.h"
#include "tui/collect.h"
#include "tui/command.h"

/* `check` and the panes that are printed once. */

/* What --service, --tier ... mean in this fleet; -1 after printing what is unknown. */
static int read_scope(struct collection *in, struct report_scope *scope)
{
	const struct options *options = &in->cli->options;
	const struct checklist *checklist = in->cli->checklist;
	const char *ids[CHECKLIST_MAX_CHECKS];

	*scope = (struct report_scope){.services = options->services.words,
				       .service_count = options->services.count,
				       .owners = options->owners.words,
				       .owner_count = options->owners.count,
				       .tiers = options->tiers,
				       .statuses = options->statuses};
	for (size_t i = 0; i < options->services.count; i++)
		if (!collection_service(in, options->services.words[i]))
			return -1;
	for (size_t i = 0; i < options->checks.count; i++) {
		const char *id = options->checks.words[i], *near;
		int check = checklist_find(checklist, id);

		if (check >= 0) {
			scope->checks |= UINT64_C(1) << check;
			continue;
		}
		for (size_t c = 0; c < checklist->check_count; c++)
			ids[c] = checklist->checks[c].id;
		near = text_suggest(id, ids, checklist->check_count);
		cli_errorf(NULL, near ? near : "`svctop checklist` lists them",
			   "the checklist has no item \"%s\"", id);
		return -1;
	}
	return 0;
}

typedef void print_report(const struct report *report, struct report_out *out);

static int run(struct cli *cli, print_report *print, bool gaps_fail)
{
	struct collection in;
	struct report_scope scope;
	struct report report;
	int code;

	if (collection_open(&in, cli, 0, false) < 0)
		return EXIT_USAGE;
	code = collection_scan(&in);
	if (!code && read_scope(&in, &scope) < 0)
		code = EXIT_USAGE;
	if (!code) {
		report = cli_report(cli, in.fleet, &scope, in.now);
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
