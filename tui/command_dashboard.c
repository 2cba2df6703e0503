#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "tui/app.h"
#include "tui/collect.h"
#include "tui/command.h"
#include "tui/feed.h"
#include "tui/logfile.h"
#include "tui/outside.h"

/* The dashboard; where nobody can see it, what `check` prints. */

static enum color_mode color_of(const struct cli *cli)
{
	enum config_color color =
	    cli->options.color_given ? cli->options.color : cli->config->color;

	switch (color) {
	case CONFIG_COLOR_ALWAYS:
		return COLOR_ALWAYS;
	case CONFIG_COLOR_NEVER:
		return COLOR_NEVER;
	default:
		return COLOR_AUTO;
	}
}

static int check_files(void *ctx, struct err *err)
{
	return cli_check_files(ctx, err);
}

static int open_screen(struct collection *in, const struct feed *feed, struct keeper *keeper,
		       const char *log)
{
	struct cli *cli = in->cli;
	struct err err = {0};
	char *checklist = cli_checklist_path(cli);
	struct app_options options = {
	    .fleet = in->fleet,
	    .pool = in->pool,
	    .keeper = keeper,
	    .record = keeper_record(keeper),
	    .live = feed->live,
	    .courier = feed->courier,
	    .config = cli->config,
	    .notify_bell = cli->config->notify_bell,
	    .notify_terminal = cli->config->notify_terminal,
	    .log_path = log,
	    .theme = cli->options.theme ? cli->options.theme : cli->config->theme,
	    .color = color_of(cli),
	    .ascii = cli->options.ascii || cli->config->ascii,
	    .utc = cli->options.utc,
	    .now = cli->at,
	    .as_of = cli->options.at != NULL,
	    .as_of_rev = cli->at_rev,
	    .read_only = cli->options.read_only || cli->config->read_only,
	    .script = cli->options.script,
	    .config_dir = cli->config_dir,
	    .roots = cli->roots,
	    .root_count = cli->root_count,
	    .mine = cli->config->owners,
	    .mine_count = cli->config->owner_count,
	    .service = cli->options.services.count ? cli->options.services.words[0] : NULL,
	    .command = outside_run,
	    .complete = outside_complete,
	    .command_ctx = cli,
	    .watched = {cli->config_path, checklist},
	    .reload = check_files,
	};
	int code = app_run(&options, &err);

	if (err.what)
		cli_error(&err);
	err_clear(&err);
	free(checklist);
	return code;
}

/* Secrets that a command gives are there before the screen opens; 0 or an exit code. */
static int open_feed(struct feed *feed, struct collection *in)
{
	int signal;

	if (feed_open(feed, in->cli, false) < 0)
		return EXIT_USAGE;
	fleet_set_live(in->fleet, feed->live);
	if (feed->courier && feed_runs_commands(in->cli->config) &&
	    !feed_wait_ready(feed, in->cli, &signal))
		return EXIT_SIGNAL + signal;
	return EXIT_OK;
}

/* Opened once more after a reload: another checklist keeps other things. */
static int run(struct collection *in, struct feed *feed, const char *log)
{
	const struct keeper_options options = {
	    .cli = in->cli, .access = STORE_WRITE, .now = in->now};
	struct keeper *keeper;
	int code = open_feed(feed, in);

	if (code)
		return code;
	keeper = keeper_new(&options);
	if (in->cli->at)
		collect_then(in, keeper_record(keeper), in->cli->at);
	code = open_screen(in, feed, keeper, log);
	keeper_free(keeper);
	return code;
}

int command_dashboard(struct cli *cli)
{
	bool seen = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	struct collection in;
	struct feed feed = {0};
	struct logfile log;
	int code;

	if ((!seen && !cli->options.script) || cli->options.format_given || cli->options.plain)
		return command_check(cli);
	logfile_open(&log);
	do {
		/* For the filter's dep:NAME; all that comes along would not fit in memory. */
		if (collection_open(&in, cli, 0, DEPENDENCIES_DIRECT) < 0) {
			code = EXIT_USAGE;
			break;
		}
		code = run(&in, &feed, log.path);
		collection_close(&in);
		feed_close_courier(&feed); /* what sources said stays over a reload */
		if (code == APP_RELOAD)
			cli_forget_files(cli);
	} while (code == APP_RELOAD);
	feed_close(&feed);
	logfile_close(&log);
	return code;
}
