#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/doc.h"
#include "fetch/secret_internal.h"

/*
 * Where the logins of gh and glab are: first the variables that they heed themselves
 * (gh help environment, glab's README), then their files, then what they print, for
 * tokens that are in a keyring.
 */

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), tail = strlen(end);

	return len >= tail && !strcmp(text + len - tail, end);
}

static const char *host_of(const char *url, struct arena *arena)
{
	const char *host = strstr(url, "://"), *at;
	size_t len;

	host = host ? host + 3 : url;
	len = strcspn(host, "/?#");
	at = memchr(host, ':', len);
	if (at && host[0] != '[')
		len = (size_t)(at - host);
	return arena_memdup0(arena, host, len);
}

/* The API of github.com and of its tenants has a host beside the one that one logs in to. */
static const char *login_host(const char *host)
{
	if (!strcmp(host, "api.github.com") ||
	    (!strncmp(host, "api.", 4) && ends_with(host, ".ghe.com")))
		return host + 4;
	return host;
}

static const char *config_file(const char *own, const char *folder, const char *file,
			       const char *home, struct arena *arena)
{
	const char *directory = getenv(own), *xdg = getenv("XDG_CONFIG_HOME");

	if (directory && *directory)
		return arena_printf(arena, "%s/%s", directory, file);
	if (xdg && *xdg)
		return arena_printf(arena, "%s/%s/%s", xdg, folder, file);
	return home ? arena_printf(arena, "%s/.config/%s/%s", home, folder, file) : NULL;
}

static void describe_gh(struct secret_tool *tool, const char *home, struct arena *arena)
{
	bool enterprise =
	    strcmp(tool->host, "github.com") != 0 && !ends_with(tool->host, ".ghe.com");

	tool->variables[0] = enterprise ? "GH_ENTERPRISE_TOKEN" : "GH_TOKEN";
	tool->variables[1] = enterprise ? "GITHUB_ENTERPRISE_TOKEN" : "GITHUB_TOKEN";
	tool->file = config_file("GH_CONFIG_DIR", "gh", "hosts.yml", home, arena);
	tool->words[0] = "gh";
	tool->words[1] = "auth";
	tool->words[2] = "token";
	tool->words[3] = "--hostname";
	tool->words[4] = tool->host;
}

static void describe_glab(struct secret_tool *tool, const char *home, struct arena *arena)
{
	tool->variables[0] = "GITLAB_TOKEN";
	tool->variables[1] = "GITLAB_ACCESS_TOKEN";
	tool->variables[2] = "OAUTH_TOKEN";
	tool->file = config_file("GLAB_CONFIG_DIR", "glab-cli", "config.yml", home, arena);
	tool->words[0] = "glab";
	tool->words[1] = "config";
	tool->words[2] = "get";
	tool->words[3] = "token";
	tool->words[4] = "--host";
	tool->words[5] = tool->host;
}

void secret_tool_describe(struct secret_tool *tool, const char *name, const char *url,
			  const char *home, struct arena *arena)
{
	bool gh = !strcmp(name, "gh");

	*tool = (struct secret_tool){.name = name};
	tool->host = url ? login_host(host_of(url, arena)) : gh ? "github.com" : "gitlab.com";
	if (gh)
		describe_gh(tool, home, arena);
	else
		describe_glab(tool, home, arena);
}

/* hosts.yml: the host's oauth_token, or that of the user who is logged in. */
static const char *find_gh(const struct doc *root, const char *host)
{
	const struct doc *entry = doc_get(root, host);
	const char *token = doc_str(doc_get(entry, "oauth_token")),
		   *user = doc_str(doc_get(entry, "user"));

	if (token || !user)
		return token;
	return doc_str(doc_get(doc_get(doc_get(entry, "users"), user), "oauth_token"));
}

bool secret_tool_parse(const struct secret_tool *tool, const char *text, size_t len, char *out,
		       size_t size)
{
	struct doc_file *file;
	struct err err = {0};
	const struct doc *root;
	const char *token = NULL;

	if (doc_parse(&file, DOC_YAML, tool->file, text, len, &err) == DOC_OK) {
		root = doc_at(file, 0);
		token =
		    !strcmp(tool->name, "gh")
			? find_gh(root, tool->host)
			: doc_str(doc_get(doc_get(doc_get(root, "hosts"), tool->host), "token"));
	}
	/* An empty one says that it is in the keyring. */
	if (token && (!*token || strlen(token) >= size))
		token = NULL;
	if (token)
		memcpy(out, token, strlen(token) + 1);
	if (token)
		explicit_bzero((char *)(uintptr_t)token, strlen(token));
	doc_free(file);
	err_clear(&err);
	return token != NULL;
}
