#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/markdown.h"
#include "core/playbooks.h"
#include "core/text.h"
#include "tui/collect.h"
#include "tui/command.h"

#define SHOWN_COMMITS 10

/* `show` and `playbook`: one service. */

/* Opens, scans and finds the service that the first word names; 0 or an exit code. */
static int open_service(struct collection *in, struct cli *cli, bool live,
			const struct service **service)
{
	int code;

	if (collection_open(in, cli, 1, DEPENDENCIES_NONE) < 0)
		return EXIT_USAGE;
	code = live && collection_ask(in) < 0 ? EXIT_USAGE : collection_scan(in);
	if (!code) {
		*service = collection_service(in, cli->options.words.words[0]);
		code = *service ? EXIT_OK : EXIT_USAGE;
	}
	if (code)
		collection_close(in);
	return code;
}

int command_show(struct cli *cli)
{
	struct collection in;
	const struct service *service;
	struct report_scope scope;
	struct report_commit *commits = NULL;
	struct report report;
	struct arena *arena;
	size_t count = 0;
	int code = open_service(&in, cli, true, &service);

	if (code)
		return code;
	if (command_scope(cli, &scope) < 0) {
		collection_close(&in);
		return EXIT_USAGE;
	}
	arena = arena_new();
	if (cli->options.format == REPORT_TEXT || cli->options.format == REPORT_MARKDOWN)
		count = collection_log(&in, service, SHOWN_COMMITS, arena, &commits);
	report = cli_report(cli, in.fleet, &scope, in.now);
	cli_put_as_of(cli, in.now);
	report_show(&report, service, commits, count, &cli->out);
	code = collection_finish(&in);
	arena_free(arena);
	collection_close(&in);
	return code;
}

static void print_rendered(struct cli *cli, const struct report *report, const char *text,
			   size_t len)
{
	struct markdown_doc *doc =
	    markdown_render(text, len, report->width ? report->width : 100,
			    MARKDOWN_URLS | (report->ascii ? MARKDOWN_ASCII : 0));

	for (size_t i = 0; i < doc->line_count; i++) {
		for (size_t s = 0; s < doc->lines[i].count; s++)
			buf_adds(&cli->out.text, doc->lines[i].spans[s].text);
		buf_addc(&cli->out.text, '\n');
	}
	markdown_free(doc);
}

static int print_file(struct collection *in, const struct playbook *playbook)
{
	struct cli *cli = in->cli;
	struct report report = cli_report(cli, in->fleet, NULL, in->now);
	struct err err = {0};
	size_t len;
	char *text = collection_blob(in, playbook->checkout, playbook->commit, playbook->path,
				     MARKDOWN_MAX_BYTES, &len, &err);

	if (!text) {
		cli_error(&err);
		err_clear(&err);
		return in->signal ? EXIT_SIGNAL + in->signal : EXIT_INCOMPLETE;
	}
	if (cli->options.format == REPORT_MARKDOWN)
		text_sanitise(&cli->out.text, text, len, TEXT_LINES);
	else
		print_rendered(cli, &report, text, len);
	free(text);
	return EXIT_OK;
}

/* A playbook that is only linked to is a line: its name and where it is. */
static void print_link(struct cli *cli, const struct playbook *playbook)
{
	text_sanitise(&cli->out.text, playbook->name, strlen(playbook->name), 0);
	buf_adds(&cli->out.text, ": ");
	text_sanitise(&cli->out.text, playbook->url, strlen(playbook->url), 0);
	buf_addc(&cli->out.text, '\n');
}

static void mention_others(const struct cli *cli, const struct playbook_list *list)
{
	struct buf names = {0};

	for (size_t i = 1; i < list->count; i++)
		buf_addf(&names, "%s%s", i > 1 ? ", " : "", list->playbooks[i].name);
	if (names.len && !cli->options.quiet)
		cli_errorf(NULL, "--name NAME chooses", "there are more playbooks: %s", names.data);
	buf_free(&names);
}

static int print_playbook(struct collection *in, const struct service *service,
			  const struct playbook_list *list)
{
	const char *name = in->cli->options.name;
	const struct playbook *chosen = list->count ? &list->playbooks[0] : NULL;

	if (name)
		chosen = playbooks_find(list, name);
	if (!chosen) {
		cli_errorf(NULL,
			   list->count ? list->playbooks[0].name
				       : "add docs/playbooks/ or a link of type playbook",
			   "%s has no playbook%s%s", service->name, name ? " called " : "",
			   name ? name : "");
		return EXIT_USAGE;
	}
	if (!name)
		mention_others(in->cli, list);
	if (chosen->path)
		return print_file(in, chosen);
	print_link(in->cli, chosen);
	return EXIT_OK;
}

int command_playbook(struct cli *cli)
{
	struct collection in;
	const struct service *service;
	struct playbook_list list = {0};
	int code;

	if (cli->options.format != REPORT_TEXT && cli->options.format != REPORT_MARKDOWN) {
		cli_errorf(NULL, "text or markdown", "a playbook is not printed as %s",
			   report_format_name(cli->options.format));
		return EXIT_USAGE;
	}
	code = open_service(&in, cli, false, &service);
	if (code)
		return code;
	playbooks_of(in.fleet, service, &list);
	code = print_playbook(&in, service, &list);
	if (!code)
		code = collection_finish(&in);
	playbooks_free(&list);
	collection_close(&in);
	return code;
}
