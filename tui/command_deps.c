#include "tui/command.h"

int command_deps(struct cli *cli)
{
	(void)cli;
	return EXIT_USAGE;
}
