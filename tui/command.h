#ifndef SVCTOP_TUI_COMMAND_H
#define SVCTOP_TUI_COMMAND_H

/* The commands: one table gives the parser, the help and what completions offer. */

#include "tui/cli.h"

enum option_group {
	OPTIONS_ALL = 0,     /* every command takes them */
	OPTIONS_SCAN = 1,    /* what is scanned */
	OPTIONS_FORMAT = 2,  /* text and data */
	OPTIONS_FILTER = 4,  /* --service, --tier, --owner, --check */
	OPTIONS_CHECK = 8,   /* --fail-on */
	OPTIONS_SCREEN = 16, /* --script, --utc */
	OPTIONS_VALIDATE = 32,
	OPTIONS_PLAYBOOK = 64,
	OPTIONS_DEPS = 128,
	OPTIONS_AT = 256, /* --at: what can be shown as it was */
	OPTIONS_COLLECT = 512,
	OPTIONS_HISTORY = 1024, /* --since, --every */
	OPTIONS_STATUS = 2048,
};

struct command {
	const char *name;
	const char *usage; /* after "svctop NAME" */
	const char *summary;
	const char *help; /* more lines, with examples */
	unsigned groups;  /* which options it takes */
	unsigned words;	  /* how many words of its own come first */
	bool paths;	  /* whether paths follow */
	bool report;	  /* formats sarif, junit, openmetrics too */
	int (*run)(struct cli *cli);
};

extern const struct command commands[];
extern const size_t command_count;

const struct command *command_find(const char *name);

/* tui/cli_options.c: fills options; -1 after printing what is wrong. */
int options_parse(struct options *options, int argc, char **argv);
void options_free(struct options *options);
void options_help(struct buf *out, unsigned groups);

/* What --check, --owner ... ask for; the checklist is loaded. -1 after printing what is unknown. */
int command_scope(const struct cli *cli, struct report_scope *scope);

struct collection;

/* command_scope(), then asks the sources and scans; 0, or the exit code. */
int command_gather(struct collection *in, struct report_scope *scope);

int command_dashboard(struct cli *cli);
int command_check(struct cli *cli);
int command_services(struct cli *cli);
int command_tiers(struct cli *cli);
int command_gaps(struct cli *cli);
int command_incident(struct cli *cli);
int command_show(struct cli *cli);
int command_playbook(struct cli *cli);
int command_deps(struct cli *cli);
int command_history(struct cli *cli);
int command_checklist(struct cli *cli);
int command_config(struct cli *cli);
int command_init(struct cli *cli);
int command_themes(struct cli *cli);
int command_demo(struct cli *cli);
int command_collect(struct cli *cli);
int command_sources(struct cli *cli);
int command_bug_report(struct cli *cli);

#endif
