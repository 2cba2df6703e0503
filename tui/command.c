#include "tui/command.h"

#include <string.h>

#define REPORT_OPTIONS (OPTIONS_SCAN | OPTIONS_FORMAT | OPTIONS_FILTER | OPTIONS_STATUS)

const struct command commands[] = {
    {"", "", "svctop: top for services. The dashboard over all checkouts under each PATH.",
     "Without a PATH the config's roots are shown, else the current folder. Where there is no\n"
     "terminal it prints what `svctop check` prints.\n",
     REPORT_OPTIONS | OPTIONS_CHECK | OPTIONS_SCREEN | OPTIONS_AT, 0, true, true,
     command_dashboard},
    {"check", "[PATH...]", "scan and print what is outstanding, for CI and cron",
     "Prints the gaps in what each service's tier asks for; -v prints every finding. Formats\n"
     "sarif, junit and openmetrics are for CI servers and Prometheus.\n\n"
     "Exit code: 0 nothing outstanding, 1 gaps in scope, 2 wrong usage or configuration,\n"
     "3 something could not be read, 130 or 143 ended by a signal.\n\n"
     "Examples:\n"
     "  svctop check                          everything under the configured roots\n"
     "  svctop check --fail-on 2 ~/src        only gaps of tiers 1 and 2 fail\n"
     "  svctop check --ref HEAD --format sarif . > svctop.sarif\n"
     "  svctop check --owner acme/payments --status gap --format csv ~/src\n"
     "  svctop check --at 2026-05-01 ~/src    as it was at the end of that day\n",
     REPORT_OPTIONS | OPTIONS_CHECK | OPTIONS_AT, 0, true, true, command_check},
    {"services", "[PATH...]", "every service: tier, owner, what it holds, its gaps",
     "Examples:\n"
     "  svctop services ~/src\n"
     "  svctop services --tier 1 --tier 2 --format csv ~/src\n",
     REPORT_OPTIONS | OPTIONS_AT, 0, true, false, command_services},
    {"tiers", "[PATH...]", "each tier: how many services reach it, its items, the weakest first",
     "Examples:\n"
     "  svctop tiers ~/src\n"
     "  svctop tiers --tier 1 --format markdown ~/src\n",
     REPORT_OPTIONS | OPTIONS_AT, 0, true, false, command_tiers},
    {"gaps", "[PATH...]", "every outstanding gap, the most important services first",
     "Examples:\n"
     "  svctop gaps ~/src\n"
     "  svctop gaps --owner acme/payments --check alerts ~/src\n",
     REPORT_OPTIONS | OPTIONS_AT, 0, true, false, command_gaps},
    {"incident", "[PATH...]", "what burns, the worst first, and what changed before it",
     "Alerts, probes, red default branches, error budgets and certificates as the configured\n"
     "sources tell them. With --service what is known around each: changes in it and in what it\n"
     "needs, and whom it hits. --format markdown is a status update to paste.\n\n"
     "Examples:\n"
     "  svctop incident\n"
     "  svctop incident --service checkout\n"
     "  svctop incident --tier 1 --format markdown\n",
     REPORT_OPTIONS, 0, true, false, command_incident},
    {"show", "SERVICE [PATH...]",
     "one service whole: facts, checklist with evidence, links, commits",
     "Examples:\n"
     "  svctop show checkout ~/src\n"
     "  svctop show checkout --status gap ~/src    only its gaps\n"
     "  svctop show checkout --format json ~/src\n",
     REPORT_OPTIONS | OPTIONS_AT, 1, true, false, command_show},
    {"playbook", "SERVICE [PATH...]", "a playbook of the service, rendered, from the checkout",
     "With --format markdown as it was written.\n\n"
     "Examples:\n"
     "  svctop playbook checkout ~/src\n"
     "  svctop playbook checkout --name \"high error rate\" ~/src\n",
     OPTIONS_SCAN | OPTIONS_FORMAT | OPTIONS_PLAYBOOK | OPTIONS_AT, 1, true, false,
     command_playbook},
    {"deps", "PACKAGE [PATH...]", "which services use a package, at which version",
     "Versions are those of the lockfiles at the commit that was read. With --drift no PACKAGE is\n"
     "needed: it shows each package that is in use at more than one version.\n\n"
     "Examples:\n"
     "  svctop deps rails ~/src\n"
     "  svctop deps log4j-core --version '< 2.17.1' ~/src\n"
     "  svctop deps --drift ~/src\n",
     OPTIONS_SCAN | OPTIONS_FORMAT | OPTIONS_DEPS | OPTIONS_AT, 1, true, false, command_deps},
    {"history", "[PATH...]", "gaps over time, from git itself: who opened and closed them",
     "Reads what the checkouts said at each commit of their default branches, so a year of history "
     "is\n"
     "there on the first day. With --service or --check: which commit opened or closed each gap.\n"
     "--format markdown is a weekly mail; csv has a row for each week and tier, or for each "
     "change.\n"
     "What only live systems know is not known of the past.\n\n"
     "Examples:\n"
     "  svctop history ~/src\n"
     "  svctop history --since 2y --check ci ~/src\n"
     "  svctop history --since 8w --owner acme/payments --format markdown ~/src\n",
     OPTIONS_SCAN | OPTIONS_FORMAT | OPTIONS_FILTER | OPTIONS_HISTORY, 0, true, false,
     command_history},
    {"checklist", "", "print the checklist in force, or validate one",
     "--format yaml prints the file itself, to start your own from.\n\n"
     "Examples:\n"
     "  svctop checklist\n"
     "  svctop checklist --format yaml > my-checklist.yml\n"
     "  svctop checklist --validate my-checklist.yml\n",
     OPTIONS_SCAN | OPTIONS_FORMAT | OPTIONS_VALIDATE, 0, false, false, command_checklist},
    {"config", "", "print the configuration in force and where it comes from, or validate one",
     "Examples:\n"
     "  svctop config\n"
     "  svctop config --validate ~/.config/svctop/config.yml\n",
     OPTIONS_SCAN | OPTIONS_FORMAT | OPTIONS_SCREEN | OPTIONS_VALIDATE, 0, false, false,
     command_config},
    {"sources", "[PATH...]", "ask each configured source once and say what it answered",
     "Says of each: version, latency, what it answered, what failed and how to mend it, the "
     "budget\n"
     "of its rate limit, and what matched nothing: alerts of no known service, and services of\n"
     "which it says nothing. With --offline only what is configured.\n\n"
     "Examples:\n"
     "  svctop sources ~/src\n"
     "  svctop sources --format json ~/src\n",
     OPTIONS_SCAN | OPTIONS_FORMAT, 0, true, false, command_sources},
    {"collect", "[PATH...]", "refresh without a screen, into the store; metrics for Prometheus",
     "A daemon: looks at all checkouts once a minute, walks the PATHs for new ones every ten, "
     "asks\n"
     "the sources on their schedule, and says what changed, a line each, on stderr. A dashboard\n"
     "beside it shows what it collects and does not scan by itself. -q: problems alone; -v: more.\n"
     "SIGHUP reads the configuration anew. --once is for cron: one refresh, and not a word when\n"
     "all is well.\n\n"
     "Exit code of --once: 0 all was refreshed, or another svctop does so already; 2 wrong usage\n"
     "or configuration, 3 something could not be read or kept. Of the daemon: 2, 3 without a\n"
     "store, 130 or 143 ended by a signal.\n\n"
     "Examples:\n"
     "  svctop collect --listen :9469 ~/src\n"
     "  svctop collect --once ~/src\n",
     OPTIONS_SCAN | OPTIONS_COLLECT, 0, true, false, command_collect},
    {"init", "", "write a commented configuration file",
     "Writes $XDG_CONFIG_HOME/svctop/config.yml (or what --config names) and never overwrites "
     "one.\n\n"
     "Example:\n"
     "  svctop init\n",
     OPTIONS_ALL, 0, false, false, command_init},
    {"themes", "", "list the themes",
     "Themes of your own lie in $XDG_CONFIG_HOME/svctop/themes: base16 and base24 schemes and\n"
     "btop's .theme files as they are.\n\n"
     "Example:\n"
     "  svctop themes\n",
     OPTIONS_FORMAT | OPTIONS_SCREEN, 0, false, false, command_themes},
    {"demo", "[COMMAND [...]]", "the dashboard, or a command, over a made-up fleet",
     "Makes some forty small git repositories in a temporary folder and removes them at the "
     "end.\n"
     "Monitoring and CI are played on loopback: an incident begins after 15 seconds and is over\n"
     "after four minutes. --offline leaves them out.\n\n"
     "Examples:\n"
     "  svctop demo\n"
     "  svctop demo gaps\n"
     "  svctop demo show checkout\n"
     "  svctop demo incident\n",
     ~0U, 0, true, true, command_demo},
    {"bug-report", "", "print what a bug report needs, without secrets",
     "Versions, the sandbox's level, the terminal, and the configuration without sources' "
     "details.\n\n"
     "Example:\n"
     "  svctop bug-report\n",
     OPTIONS_SCREEN, 0, false, false, command_bug_report},
};

const size_t command_count = sizeof(commands) / sizeof(commands[0]);

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < command_count; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}
