#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/markdown.h"
#include "core/text.h"
#include "tui/collect.h"
#include "tui/command.h"

#define SHOWN_COMMITS 10

/* `show` and `playbook`: one service. */

/* Opens, scans and finds the service that the first word names; 0 or an exit code. */
static int open_service(struct collection *in, struct cli *cli, const struct service **service)
{
	int code;

	if (collection_open(in, cli, 1, false) < 0)
		return EXIT_USAGE;
	code = collection_scan(in);
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
	struct report_scope scope = {.statuses = cli->options.statuses};
	struct report_commit *commits = NULL;
	struct report report;
	struct arena *arena;
	size_t count = 0;
	int code = open_service(&in, cli, &service);

	if (code)
		return code;
	for (size_t i = 0; i < cli->options.checks.count; i++) {
		int check = checklist_find(cli->checklist, cli->options.checks.words[i]);

		if (check >= 0)
			scope.checks |= UINT64_C(1) << check;
	}
	arena = arena_new();
	if (cli->options.format == REPORT_TEXT || cli->options.format == REPORT_MARKDOWN)
		count = collection_log(&in, service, SHOWN_COMMITS, arena, &commits);
	report = cli_report(cli, in.fleet, &scope, in.now);
	report_show(&report, service, commits, count, &cli->out);
	code = collection_finish(&in);
	arena_free(arena);
	collection_close(&in);
	return code;
}

/* A playbook is a file of a checkout or a link. */
struct playbooks {
	const struct evidence *files[RULE_MAX_EVIDENCE];
	size_t file_count;
	const struct link *links[16];
	size_t link_count;
};

static bool wanted(const char *name, const char *text)
{
	return !name || (text && text_contains(text, name));
}

/* "High error rate" is meant by high-error-rate.md, too. */
static bool file_wanted(const char *name, const char *path)
{
	const char *at = path, *word = name;

	if (!name || text_contains(path, name))
		return true;
	while (*at) {
		const char *a = at;

		for (word = name; *word && *a; word++, a++) {
			bool blank = *word == ' ' && (*a == '-' || *a == '_');

			if (!blank && (*word | 0x20) != (*a | 0x20))
				break;
		}
		if (!*word)
			return true;
		at++;
	}
	return false;
}

static void find_playbooks(const struct collection *in, const struct service *service,
			   struct playbooks *out)
{
	const char *name = in->cli->options.name;
	int check = checklist_find(in->cli->checklist, "playbooks");
	const struct finding *finding = check >= 0 ? &service->findings[check] : NULL;

	for (size_t i = 0; finding && i < finding->evidence_count; i++)
		if (finding->evidence[i].path && finding->evidence[i].commit &&
		    !finding->evidence[i].url && file_wanted(name, finding->evidence[i].path))
			out->files[out->file_count++] = &finding->evidence[i];
	for (size_t i = 0; i < service->link_count && out->link_count < 16; i++)
		if (!strcmp(service->links[i].type, "playbook") &&
		    (wanted(name, service->links[i].name) || wanted(name, service->links[i].url)))
			out->links[out->link_count++] = &service->links[i];
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

static int print_file(struct collection *in, const struct evidence *file)
{
	struct cli *cli = in->cli;
	struct report report = cli_report(cli, in->fleet, NULL, in->now);
	struct err err = {0};
	size_t len;
	char *text = collection_blob(in, file, MARKDOWN_MAX_BYTES, &len, &err);

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

static void print_links(struct cli *cli, const struct playbooks *found)
{
	for (size_t i = 0; i < found->link_count; i++) {
		const struct link *link = found->links[i];

		if (link->name) {
			text_sanitise(&cli->out.text, link->name, strlen(link->name), 0);
			buf_adds(&cli->out.text, ": ");
		}
		text_sanitise(&cli->out.text, link->url, strlen(link->url), 0);
		buf_addc(&cli->out.text, '\n');
	}
}

static void mention_others(const struct cli *cli, const struct playbooks *found)
{
	struct buf names = {0};

	for (size_t i = 1; i < found->file_count; i++)
		buf_addf(&names, "%s%s", i > 1 ? ", " : "", found->files[i]->path);
	if (names.len && !cli->options.quiet)
		cli_errorf(found->files[0]->path, "--name NAME chooses", "there are more: %s",
			   names.data);
	buf_free(&names);
}

int command_playbook(struct cli *cli)
{
	struct collection in;
	const struct service *service;
	struct playbooks found = {0};
	int code;

	if (cli->options.format != REPORT_TEXT && cli->options.format != REPORT_MARKDOWN) {
		cli_errorf(NULL, "text or markdown", "a playbook is not printed as %s",
			   report_format_name(cli->options.format));
		return EXIT_USAGE;
	}
	code = open_service(&in, cli, &service);
	if (code)
		return code;
	find_playbooks(&in, service, &found);
	if (found.file_count) {
		mention_others(cli, &found);
		code = print_file(&in, found.files[0]);
	} else if (found.link_count) {
		print_links(cli, &found);
	} else {
		cli_errorf(NULL, "add docs/playbooks/ or a link of type playbook to its descriptor",
			   "%s has no playbook%s%s", service->name,
			   cli->options.name ? " called " : "",
			   cli->options.name ? cli->options.name : "");
		code = EXIT_USAGE;
	}
	if (!code)
		code = collection_finish(&in);
	collection_close(&in);
	return code;
}
