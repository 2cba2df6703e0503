#include <string.h>

#include "core/report.h"
#include "tui/collect.h"
#include "tui/command.h"

/* `deps`: which services use a package. */

/* With --drift the first word is a package only where it names no folder to scan. */
static bool has_package(const struct cli *cli)
{
	return cli->options.words.count && !(cli->options.drift && cli_is_folder(cli, 0));
}

int command_deps(struct cli *cli)
{
	const char *package = has_package(cli) ? cli->options.words.words[0] : NULL;
	struct report_scope scope = {0};
	struct collection in;
	struct report report;
	size_t found;
	int code;

	if (cli->options.range && !strpbrk(cli->options.range, "0123456789*")) {
		cli_errorf(NULL, "as in --version '>= 1.2, < 2'", "\"%s\" is no range of versions",
			   cli->options.range);
		return EXIT_USAGE;
	}
	if (collection_open(&in, cli, package != NULL, DEPENDENCIES_ALL) < 0)
		return EXIT_USAGE;
	code = collection_scan(&in);
	if (!code) {
		report = cli_report(cli, in.fleet, &scope, in.now);
		cli_put_as_of(cli, in.now);
		if (cli->options.drift)
			found = report_drift(&report, package, &cli->out);
		else
			found = report_deps(&report, package, cli->options.range, &cli->out);
		if (!found && !cli->options.quiet)
			cli_errorf(NULL, NULL, "no service uses %s%s%s",
				   package ? package : "a package at two versions",
				   cli->options.range ? " at " : "",
				   cli->options.range ? cli->options.range : "");
		code = collection_finish(&in);
	}
	collection_close(&in);
	return code;
}
