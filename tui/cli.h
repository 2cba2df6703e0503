#ifndef SVCTOP_TUI_CLI_H
#define SVCTOP_TUI_CLI_H

/*
 * The command line: which command, which options, which paths; help, and what all
 * commands need (configuration, checklist, output, errors).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/checklist.h"
#include "core/config.h"
#include "core/err.h"
#include "core/report.h"

enum {
	EXIT_OK = 0,
	EXIT_GAPS = 1,
	EXIT_USAGE = 2,
	EXIT_INCOMPLETE = 3,
	EXIT_SIGNAL = 128, /* + the signal's number */
};

/* An option that may be given several times. */
struct words {
	const char **words;
	size_t count, cap;
};

/* What was asked for; strings are argv's. */
struct options {
	const char *command; /* NULL: none was named */
	struct words words;  /* the command's own, then paths */
	bool help;
	bool version;
	const char *config;
	const char *config_text; /* taken instead of the default file's, for the demo; NULL */
	const char *checklist;
	const char *theme;
	const char *script;
	const char *since, *every; /* history; every of collect, too; NULL: as usual */
	const char *store; /* "none" or where the memory is; NULL: as the configuration says */
	const char *rev;
	const char *at; /* --at as given: cli_load_at() says what it means */
	const char *validate;
	const char *name;
	const char *range;
	const char *listen;
	enum report_format format;
	bool format_given;
	bool yaml; /* checklist --format yaml */
	bool plain, ascii, read_only, utc, drift, once, verbose, quiet, offline;
	enum config_color color;
	bool color_given;
	unsigned jobs;
	int fail_on;
	struct words services, owners, checks;
	unsigned tiers, statuses;
};

struct cli {
	const char *program; /* argv[0], for demo's child */
	struct options options;
	struct config *config;
	char *config_dir;  /* where config.yml is or would be; NULL: nowhere */
	char *config_path; /* the file that is read, or that `init` writes */
	char *config_text; /* what it holds, for the courier; NULL: there is none */
	size_t config_len;
	struct checklist *checklist;
	const char **roots; /* absolute */
	size_t root_count;
	int64_t at;	    /* --at DATE: that time; 0 */
	const char *at_rev; /* --at REV; NULL */
	int64_t started;    /* the time of day that --at was understood at */
	struct report_out out;
	bool out_failed; /* nothing more can be written */
	bool out_error;	 /* and not because its reader had enough */
	bool err_tty;	 /* progress is shown */
	struct err *errors;
	size_t error_count, error_cap;
};

/* The whole program but for the scanners' side; returns the exit code. */
int cli_main(int argc, char **argv);

/* For commands */

/* Prints "svctop: where: what (fix)" to stderr, sanitised. */
void cli_error(const struct err *err);
void cli_errorf(const char *where, const char *fix, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Remembers an error for the report's `errors`; takes over what err holds. */
void cli_note(struct cli *cli, struct err *err);

/* Reads the configuration and what options say of it; -1 after printing what is wrong. */
int cli_load_config(struct cli *cli);

/*
 * For taking changed files up while the dashboard runs: whether configuration and
 * checklist could be loaded as they are now (-1: err says what is wrong), and dropping
 * what was loaded, so that it is read anew. The path is of the checklist in force, or
 * of the one that would be; the caller frees it, NULL: nowhere.
 */
int cli_check_files(const struct cli *cli, struct err *err);
void cli_forget_files(struct cli *cli);
char *cli_checklist_path(const struct cli *cli);

/* The checklist in force; -1 after printing what is wrong. */
int cli_load_checklist(struct cli *cli);

/*
 * The paths that stand after the command's own `skip` words; none: the configured
 * roots, else ".". -1 after printing what is wrong.
 */
int cli_load_roots(struct cli *cli, size_t skip);

/* What --at means, seen from now (cli->at, cli->at_rev); -1 after printing what is wrong. */
int cli_load_at(struct cli *cli, int64_t now);

/* With --at, and for people: the line that a text begins with, now being then. */
void cli_put_as_of(struct cli *cli, int64_t now);

/* "2026-05-01 10:00Z" */
void cli_at_text(int64_t time, struct buf *out);

/*
 * Where the memory of this run is, as store_open() wants it (core/store.h); the caller frees it.
 * NULL: there is none; err->what says why, NULL when that was asked for: --store none, and what
 * looks at another revision or plays a script, unless it names a store.
 */
char *cli_store(const struct cli *cli, struct err *err);
/* The same for --at: where what was seen at that time can be looked up. */
char *cli_store_of_past(const struct cli *cli, struct err *err);

/* Whether the command's word is a folder that is there. */
bool cli_is_folder(const struct cli *cli, size_t word);

/* The report options that follow from the command line. */
struct report cli_report(struct cli *cli, const struct fleet *fleet,
			 const struct report_scope *scope, int64_t now);

/* Writes what is in cli->out and says whether everything reached its reader: 0 or exit code. */
int cli_finish(struct cli *cli);

/* A file of at most max bytes; NULL after filling err. Freed by the caller. */
char *cli_read_file(const char *path, size_t max, size_t *len, struct err *err);

#endif
