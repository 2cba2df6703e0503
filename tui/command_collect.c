#include "core/when.h"
#include "tui/collector.h"
#include "tui/command.h"

enum { EVERY = 60, DAY = 24 * 3600 };

int command_collect(struct cli *cli)
{
	const char *every = cli->options.every;
	struct collector_options options = {
	    .every = EVERY,
	    .listen = cli->options.listen,
	    .once = cli->options.once,
	};

	if (options.once && options.listen) {
		cli_errorf(NULL, "leave one of them out",
			   "--once ends when all is refreshed: nobody could ask --listen");
		return EXIT_USAGE;
	}
	if (every &&
	    (!when_span(every, &options.every) || options.every < 1 || options.every > DAY)) {
		cli_errorf(NULL, "a time from 1s to 1d, such as 30s or 5m",
			   "--every does not know \"%s\"", every);
		return EXIT_USAGE;
	}
	if (cli->options.rev || cli->options.at) {
		cli_errorf(NULL, NULL,
			   "collect keeps what is now: it takes neither --ref nor --at");
		return EXIT_USAGE;
	}
	return collector_run(cli, &options);
}
