#include "core/playbooks.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/text.h"

static void add(struct playbook_list *list, const struct playbook *playbook)
{
	for (size_t i = 0; i < list->count; i++) {
		struct playbook *known = &list->playbooks[i];

		if (playbook->path && known->path && !strcmp(known->path, playbook->path) &&
		    !strcmp(known->checkout, playbook->checkout)) {
			if (!known->url)
				known->url = playbook->url;
			return;
		}
		if (!playbook->path && known->url && !strcmp(known->url, playbook->url))
			return;
	}
	GROW(list->playbooks, list->count, list->cap);
	list->playbooks[list->count++] = *playbook;
}

static const char *name_of_path(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *start = slash ? slash + 1 : path;
	const char *dot = strrchr(start, '.');

	return arena_memdup0(arena, start,
			     dot && dot > start ? (size_t)(dot - start) : strlen(start));
}

static void add_findings(const struct fleet *fleet, const struct service *service,
			 struct playbook_list *list)
{
	int check = checklist_find(fleet_checklist(fleet), "playbooks");
	const struct finding *finding = check >= 0 ? &service->findings[check] : NULL;

	for (size_t i = 0; finding && i < finding->evidence_count; i++) {
		const struct evidence *evidence = &finding->evidence[i];
		struct playbook playbook = {.checkout = evidence->checkout,
					    .commit = evidence->commit,
					    .path = evidence->path};

		/* With a URL it is the line of a descriptor that links one: add_links() has it. */
		if (!evidence->path || !evidence->checkout || evidence->url)
			continue;
		playbook.name = name_of_path(list->arena, evidence->path);
		add(list, &playbook);
	}
}

/* "host/org/repo" of a remote or a page: without scheme, user, port, ".git". */
static void bare_address(const char *url, struct buf *out)
{
	const char *scheme = strstr(url, "://");
	const char *at;
	bool scp = !scheme;
	size_t len;

	url = scheme ? scheme + 3 : url;
	at = strpbrk(url, "@/");
	if (at && *at == '@')
		url = at + 1;
	len = strcspn(url, "?#");
	for (size_t i = 0; i < len; i++) {
		if (scp && url[i] == ':') {
			buf_addc(out, '/');
			scp = false;
		} else {
			buf_addc(out, url[i]);
		}
	}
	if (out->len > 4 && !strcmp(out->data + out->len - 4, ".git")) {
		out->len -= 4;
		out->data[out->len] = '\0';
	}
}

/* The path in the service's repository that a forge's page shows; NULL: another page. */
static const char *path_of_page(struct arena *arena, const char *remote, const char *url)
{
	static const char *const marks[] = {"/blob/", "/-/blob/", "/src/branch/", "/src/"};
	struct buf repo = {0}, page = {0};
	const char *path = NULL;

	if (!strstr(url, "://")) {
		if (url[0] == '/' || strstr(url, ".."))
			return NULL;
		return arena_strdup(arena, url[0] == '.' && url[1] == '/' ? url + 2 : url);
	}
	if (!remote)
		return NULL;
	bare_address(remote, &repo);
	bare_address(url, &page);
	if (repo.len && !strncasecmp(buf_str(&page), buf_str(&repo), repo.len)) {
		const char *rest = buf_str(&page) + repo.len;

		for (size_t i = 0; i < ARRAY_LEN(marks) && !path; i++) {
			const char *slash;

			if (strncmp(rest, marks[i], strlen(marks[i])) != 0)
				continue;
			/* A branch with a slash in its name is taken for a folder: no harm, the
			 * link itself stays. */
			slash = strchr(rest + strlen(marks[i]), '/');
			if (slash && slash[1])
				path = arena_strdup(arena, slash + 1);
		}
	}
	buf_free(&repo);
	buf_free(&page);
	return path;
}

static void add_links(const struct service *service, struct playbook_list *list)
{
	for (size_t i = 0; i < service->link_count; i++) {
		const struct link *link = &service->links[i];
		struct playbook playbook = {.url = link->url, .name = link->name};

		if (!link->type || strcmp(link->type, "playbook") != 0 || !link->url)
			continue;
		playbook.path = path_of_page(list->arena, service->checkout->remote, link->url);
		if (playbook.path) {
			playbook.checkout = service->checkout->path;
			playbook.commit = service->checkout->head;
		}
		if (!playbook.name)
			playbook.name =
			    playbook.path ? name_of_path(list->arena, playbook.path) : link->url;
		add(list, &playbook);
	}
}

void playbooks_of(const struct fleet *fleet, const struct service *service,
		  struct playbook_list *list)
{
	list->arena = arena_new();
	add_findings(fleet, service, list);
	add_links(service, list);
}

void playbooks_free(struct playbook_list *list)
{
	arena_free(list->arena);
	free(list->playbooks);
	*list = (struct playbook_list){0};
}

const struct playbook *playbooks_find(const struct playbook_list *list, const char *word)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcasecmp(list->playbooks[i].name, word) ||
		    (list->playbooks[i].path && !strcmp(list->playbooks[i].path, word)))
			return &list->playbooks[i];
	for (size_t i = 0; i < list->count; i++)
		if (text_contains(list->playbooks[i].name, word) ||
		    (list->playbooks[i].path && text_contains(list->playbooks[i].path, word)))
			return &list->playbooks[i];
	return NULL;
}
