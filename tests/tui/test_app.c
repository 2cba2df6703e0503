/*
 * The dashboard in a terminal: this program starts itself in a pty, with --app, and
 * looks at the screen, the bytes and what is left behind.
 */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "tests/support/fakefleet.h"
#include "tests/support/term.h"
#include "tui/app.h"

/* The program under test: --app COUNT [theme|-] [ascii] [script] */
static int run_app(int argc, char **argv)
{
	struct checklist *checklist = checklist_builtin();
	struct fleet *fleet = fake_fleet(checklist, (size_t)strtoul(argv[2], NULL, 10));
	static const char *const roots[] = {"~/src"};
	struct err err = {0};
	struct app_options options = {
	    .fleet = fleet,
	    .roots = roots,
	    .root_count = 1,
	    .now = getenv("FAKE_CLOCK") ? FAKE_NOW : 0,
	    .theme = argc > 3 && strcmp(argv[3], "-") != 0 ? argv[3] : NULL,
	    .ascii = argc > 4 && strcmp(argv[4], "ascii") == 0,
	    .script = argc > 5 ? argv[5] : NULL,
	};
	int code = app_run(&options, &err);
	if (err.what) {
		char *line = err_line(&err);
		fprintf(stderr, "%s\n", line);
		free(line);
	}
	err_clear(&err);
	fleet_free(fleet);
	checklist_free(checklist);
	return code;
}

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "--app") == 0)
		return run_app(argc, argv);
	return 0;
}
