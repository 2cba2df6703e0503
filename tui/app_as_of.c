/* A dashboard of the past (--at): what its header says, and when a revision was. */

#include "tui/app_internal.h"
#include "tui/cli.h"

bool app_as_of(const struct app *app, struct buf *out)
{
	const struct app_options *options = &app->options;

	if (!options->as_of)
		return false;
	if (app->scanning)
		buf_adds(out, "git: reading, ");
	buf_adds(out, "as of ");
	if (options->as_of_rev)
		buf_adds(out, options->as_of_rev);
	if (options->as_of_rev && options->now)
		buf_adds(out, ", ");
	if (options->now)
		cli_at_text(options->now, out);
	return true;
}

static void say_absent(struct app *app)
{
	const char *rev = app->options.as_of_rev;
	size_t absent = app->absent;
	const char *many = absent == 1 ? "" : "s";
	bool none = !fleet_checkout_count(app->options.fleet);

	if (!absent)
		return;
	if (rev)
		app_message(app, none ? ROLE_WARN : ROLE_TEXT,
			    "%zu checkout%s left out: no branch, tag or commit %s there", absent,
			    many, rev);
	else
		app_message(app, none ? ROLE_WARN : ROLE_TEXT, "%zu checkout%s did not exist then",
			    absent, many);
}

void app_as_of_read(struct app *app)
{
	if (!app->options.as_of)
		return;
	app_settle(app);
	if (app->options.as_of_rev) {
		app->options.now = fleet_newest_commit(app->options.fleet);
		app->unsettled = true;
	}
	say_absent(app);
	app->absent = 0;
}
