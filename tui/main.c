#include <string.h>

#include "fetch/scanner.h"
#include "fetch/scanner_process.h"
#include "tui/cli.h"

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], SCANNER_ARGUMENT))
		return scanner_main(SCANNER_FD);
	return cli_main(argc, argv);
}
