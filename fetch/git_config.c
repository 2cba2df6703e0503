#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "fetch/git_private.h"

/* Reader of git-config(1) files. Includes are not followed, as git does for a format check. */
struct config_reader {
	const char *p, *end;
	struct buf section, subsection, name, value;
	bool has_subsection;
};

static int peek(const struct config_reader *r)
{
	return r->p < r->end ? (unsigned char)*r->p : -1;
}

static void skip_line(struct config_reader *r)
{
	const char *newline = memchr(r->p, '\n', (size_t)(r->end - r->p));

	r->p = newline ? newline + 1 : r->end;
}

static void skip_blank(struct config_reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\r'))
		r->p++;
}

/* After [section, blanks and the opening quote */
static int read_subsection(struct config_reader *r)
{
	r->has_subsection = true;
	for (; r->p < r->end && *r->p != '"'; r->p++) {
		if (*r->p == '\n')
			return -1;
		if (*r->p == '\\' && ++r->p == r->end)
			return -1;
		buf_addc(&r->subsection, *r->p);
	}
	if (peek(r) != '"')
		return -1;
	r->p++;
	return 0;
}

static int read_section(struct config_reader *r)
{
	buf_reset(&r->section);
	buf_reset(&r->subsection);
	r->has_subsection = false;
	for (; isalnum(peek(r)) || peek(r) == '-' || peek(r) == '.'; r->p++) {
		if (*r->p == '.' && !r->has_subsection)
			r->has_subsection = true; /* [section.subsection], the old form */
		else
			buf_addc(r->has_subsection ? &r->subsection : &r->section,
				 (char)tolower((unsigned char)*r->p));
	}
	skip_blank(r);
	if (peek(r) == '"') {
		r->p++;
		if (read_subsection(r))
			return -1;
	}
	if (peek(r) != ']')
		return -1;
	r->p++;
	return 0;
}

static int add_escape(struct config_reader *r)
{
	switch (peek(r)) {
	case 'n':
		buf_addc(&r->value, '\n');
		break;
	case 't':
		buf_addc(&r->value, '\t');
		break;
	case 'b':
		buf_addc(&r->value, '\b');
		break;
	case '\\':
	case '"':
		buf_addc(&r->value, *r->p);
		break;
	case '\r':
		if (r->end - r->p < 2 || r->p[1] != '\n')
			return -1;
		r->p++;
		break;
	case '\n':
		break;
	default:
		return -1;
	}
	r->p++;
	return 0;
}

static int read_value(struct config_reader *r)
{
	bool quoted = false;
	size_t kept = 0; /* length without trailing blanks */

	skip_blank(r);
	while (r->p < r->end && *r->p != '\n') {
		char c = *r->p++;

		if (c == '\\') {
			if (add_escape(r))
				return -1;
			kept = r->value.len;
			continue;
		}
		if (!quoted && (c == '#' || c == ';')) {
			while (peek(r) != -1 && peek(r) != '\n')
				r->p++;
			break;
		}
		if (c == '"') {
			quoted = !quoted;
			kept = r->value.len;
			continue;
		}
		buf_addc(&r->value, c);
		if (quoted || !isspace((unsigned char)c))
			kept = r->value.len;
	}
	if (r->value.data) {
		r->value.len = kept;
		r->value.data[kept] = '\0';
	}
	return quoted ? -1 : 0;
}

static int read_variable(struct config_reader *r)
{
	buf_reset(&r->name);
	buf_reset(&r->value);
	while (isalnum(peek(r)) || peek(r) == '-')
		buf_addc(&r->name, (char)tolower((unsigned char)*r->p++));
	if (!r->name.len)
		return -1;
	skip_blank(r);
	if (peek(r) == '=') {
		r->p++;
		return read_value(r);
	}
	if (peek(r) != '\n' && peek(r) != -1 && peek(r) != '#' && peek(r) != ';')
		return -1;
	buf_adds(&r->value, "true");
	return 0;
}

static int read_config(struct config_reader *r, repo_config_fn *each, void *data)
{
	while (r->p < r->end) {
		if (isspace(peek(r))) {
			r->p++;
		} else if (*r->p == '#' || *r->p == ';') {
			skip_line(r);
		} else if (*r->p == '[') {
			r->p++;
			if (read_section(r))
				return -1;
		} else {
			if (!isalpha(peek(r)) || !r->section.len || read_variable(r))
				return -1;
			each(data, buf_str(&r->section),
			     r->has_subsection ? buf_str(&r->subsection) : NULL, buf_str(&r->name),
			     buf_str(&r->value));
		}
	}
	return 0;
}

int repo_config_parse(const char *text, size_t len, repo_config_fn *each, void *data)
{
	struct config_reader r = {.p = text, .end = text + len};
	int ret;

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		r.p += 3;
	ret = read_config(&r, each, data);
	buf_free(&r.section);
	buf_free(&r.subsection);
	buf_free(&r.name);
	buf_free(&r.value);
	return ret;
}

struct config_scan {
	struct repo_config *out;
	struct arena *arena;
	const char *only_remote; /* name of the first remote seen */
	const char *origin, *only_url;
	bool several;
	const char *unknown, *extension; /* counts in version 1 alone */
};

static bool is_true(const char *value)
{
	return !strcasecmp(value, "true") || !strcasecmp(value, "yes") ||
	       !strcasecmp(value, "on") || strtol(value, NULL, 10) != 0;
}

static void see_remote(struct config_scan *scan, const char *remote, const char *url)
{
	if (!strcmp(remote, "origin") && !scan->origin)
		scan->origin = arena_strdup(scan->arena, url);
	if (scan->only_remote && strcmp(scan->only_remote, remote) != 0)
		scan->several = true;
	if (!scan->only_remote) {
		scan->only_remote = arena_strdup(scan->arena, remote);
		scan->only_url = arena_strdup(scan->arena, url);
	}
}

static void see_extension(struct config_scan *scan, const char *name, const char *value)
{
	static const char *const harmless[] = {
	    "noop",	      "noop-v1",	   "preciousobjects",
	    "worktreeconfig", "relativeworktrees", "compatobjectformat"};
	const char *text;

	if (!strcmp(name, "partialclone")) {
		scan->out->partial = true;
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(harmless); i++)
		if (!strcmp(name, harmless[i]))
			return;
	text = arena_printf(scan->arena, "extensions.%s = %s", name, value);
	if (!strcmp(name, "objectformat")) {
		/* ids of another length: beyond libgit2's help as well */
		if (strcasecmp(value, "sha1") != 0)
			scan->out->unsupported = text;
	} else if (!strcmp(name, "refstorage")) {
		if (strcasecmp(value, "files") != 0 && !scan->out->unsupported) {
			scan->out->unsupported = text;
			scan->out->extension = "refstorage";
		}
	} else if (!scan->unknown) {
		scan->unknown = text;
		scan->extension = arena_strdup(scan->arena, name);
	}
}

static void see_variable(void *data, const char *section, const char *subsection, const char *name,
			 const char *value)
{
	struct config_scan *scan = data;

	if (!strcmp(section, "core") && !subsection) {
		if (!strcmp(name, "repositoryformatversion"))
			scan->out->version = (int)strtol(value, NULL, 10);
		else if (!strcmp(name, "bare"))
			scan->out->bare = is_true(value);
	} else if (!strcmp(section, "extensions") && !subsection) {
		see_extension(scan, name, value);
	} else if (!strcmp(section, "remote") && subsection) {
		if (!strcmp(name, "url"))
			see_remote(scan, subsection, value);
		else if (!strcmp(name, "promisor") && is_true(value))
			scan->out->partial = true;
	}
}

int repo_config_read(const char *text, size_t len, struct arena *arena, struct repo_config *out)
{
	struct config_scan scan = {.out = out, .arena = arena};
	int ret;

	*out = (struct repo_config){0};
	ret = repo_config_parse(text, len, see_variable, &scan);
	out->remote = scan.origin ? scan.origin : scan.several ? NULL : scan.only_url;
	if (!out->unsupported && out->version == 1) {
		out->unsupported = scan.unknown;
		out->extension = scan.extension;
	}
	if (!out->unsupported && (out->version < 0 || out->version > 1))
		out->unsupported =
		    arena_printf(arena, "core.repositoryformatversion = %d", out->version);
	return ret;
}

/* Whether host[:port] could be one: what follows a colon are digits. */
static bool is_host_port(const char *s, size_t len)
{
	const char *colon = memrchr(s, ':', len);

	if (!colon || memchr(colon, ']', len - (size_t)(colon - s)))
		return true;
	for (const char *p = colon + 1; p < s + len; p++)
		if (!isdigit((unsigned char)*p))
			return false;
	return true;
}

char *repo_url_public(struct arena *arena, const char *url)
{
	const char *rest = strstr(url, "://");
	const char *at, *colon;
	size_t authority, scheme, path;
	bool ssh;

	if (!rest)
		return arena_strdup(arena, url); /* a path, or host:path as ssh has it */
	rest += 3;
	scheme = (size_t)(rest - url);
	ssh = !strncasecmp(url, "ssh://", 6) || !strncasecmp(url, "git+ssh://", 10) ||
	      !strncasecmp(url, "ssh+git://", 10);
	authority = strcspn(rest, "/?#");
	at = memrchr(rest, '@', authority);
	path = strcspn(rest, ssh ? "" : "?#");
	if (!at) {
		/* a password with a '/' in it must not pass for a host */
		if (!is_host_port(rest, authority) && strchr(rest, '@'))
			return NULL;
		return arena_printf(arena, "%.*s%.*s", (int)scheme, url, (int)path, rest);
	}
	colon = memchr(rest, ':', (size_t)(at - rest));
	if (ssh)
		return arena_printf(arena, "%.*s%.*s%s", (int)scheme, url,
				    (int)((colon ? colon : at) - rest), rest, at);
	at++;
	return arena_printf(arena, "%.*s%.*s", (int)scheme, url, (int)(path - (size_t)(at - rest)),
			    at);
}

char *repo_gitfile_parse(struct arena *arena, const char *text, size_t len)
{
	if (len < 7 || memcmp(text, "gitdir:", 7) != 0)
		return NULL;
	text += 7;
	len -= 7;
	while (len && (*text == ' ' || *text == '\t')) {
		text++;
		len--;
	}
	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	if (!len || memchr(text, '\0', len) || memchr(text, '\n', len))
		return NULL;
	return arena_memdup0(arena, text, len);
}
