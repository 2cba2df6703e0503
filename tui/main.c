#include <string.h>

#include "fetch/child_process.h"
#include "fetch/courier.h"
#include "fetch/jq.h"
#include "fetch/scanner.h"
#include "tui/cli.h"

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], SCANNER_ARGUMENT))
		return scanner_main(CHILD_FD);
	if (argc == 2 && !strcmp(argv[1], COURIER_ARGUMENT))
		return courier_main(CHILD_FD);
	if (argc == 2 && !strcmp(argv[1], JQ_ARGUMENT))
		return jq_main(CHILD_FD);
	return cli_main(argc, argv);
}
