/* --at: a time of the past, or a revision. */

#include <string.h>
#include <time.h>

#include "core/text.h"
#include "core/when.h"
#include "tui/cli.h"

#define LAST_SECOND (INT64_C(86400) - 1)

void cli_at_text(int64_t time, struct buf *out)
{
	time_t at = (time_t)time;
	char text[32];
	struct tm tm;

	if (gmtime_r(&at, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%MZ", &tm))
		buf_adds(out, text);
}

void cli_put_as_of(struct cli *cli, int64_t now)
{
	struct buf *out = &cli->out.text;

	if (!cli->options.at ||
	    (cli->options.format != REPORT_TEXT && cli->options.format != REPORT_MARKDOWN))
		return;
	buf_adds(out, "As of ");
	if (cli->at_rev)
		text_sanitise(out, cli->at_rev, strlen(cli->at_rev), 0);
	buf_adds(out, cli->at_rev ? ", " : "");
	cli_at_text(now, out);
	buf_adds(out, "\n\n");
}

int cli_load_at(struct cli *cli, int64_t now)
{
	const char *at = cli->options.at;
	int64_t time;
	bool day;

	cli->at = 0;
	cli->at_rev = NULL;
	cli->started = now;
	if (!at)
		return 0;
	if (cli->options.rev) {
		cli_errorf(NULL, "--at REV reads a revision as of its own time",
			   "--at and --ref exclude each other");
		return -1;
	}
	if (!when_parse(at, now, &time, &day)) {
		if (*at && *at != '-') {
			cli->at_rev = at;
			return 0;
		}
		cli_errorf(NULL, "2026-05-01, 2026-05-01T10:00, 2w (ago), a tag or a commit",
			   "--at does not know \"%s\"", at);
		return -1;
	}
	/* What happened on a day is part of it; of today, as far as it goes. */
	if (time > now || time <= 0) {
		cli_errorf(NULL, "name a time that is over", "--at %s %s", at,
			   time > now ? "lies ahead" : "is before there was git");
		return -1;
	}
	cli->at = day ? time + LAST_SECOND : time;
	if (cli->at > now)
		cli->at = now;
	return 0;
}
