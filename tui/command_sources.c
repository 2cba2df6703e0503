#include <string.h>

#include "core/report_sources.h"
#include "tui/collect.h"
#include "tui/command.h"

/* `sources`: asks each once and says how it went. */

static int nothing_configured(struct cli *cli)
{
	cli_errorf(cli->config->path ? cli->config->path : cli->config_path,
		   cli->config->path ? "docs/config.md says what each source needs"
				     : "`svctop init` writes a file that says what each needs",
		   "no source is configured");
	return EXIT_OK;
}

int command_sources(struct cli *cli)
{
	struct collection in;
	struct report report;
	struct source_view *views;
	struct arena *arena;
	size_t count;
	int code;

	if (cli_load_config(cli) < 0)
		return EXIT_USAGE;
	if (!cli->config->source_count && cli->options.format == REPORT_TEXT)
		return nothing_configured(cli);
	if (collection_open(&in, cli, 0, DEPENDENCIES_NONE) < 0)
		return EXIT_USAGE;
	in.may_be_empty = true;
	code = collection_ask(&in) < 0 ? EXIT_USAGE : collection_scan(&in);
	if (!code) {
		arena = arena_new();
		views =
		    source_views(in.fleet, in.feed.live, cli->config, !in.answered, arena, &count);
		for (size_t i = 0; i < count; i++)
			source_view_suggest(&views[i], in.fleet, in.feed.live, arena);
		report = cli_report(cli, in.fleet, NULL, in.now);
		report_sources(&report, views, count, &cli->out);
		arena_free(arena);
		code = collection_finish(&in);
	}
	collection_close(&in);
	return code;
}
