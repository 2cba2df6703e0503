#include "core/subject.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/span.h"
#include "core/wire.h"

#define LONGEST_REMOTE 2048
#define MAX_SUBJECTS   200000
#define MAX_LISTED     4096 /* fields, URLs, aliases of one service */

const char *subject_field(const struct subject *subject, const char *name)
{
	for (size_t i = 0; i < subject->field_count; i++)
		if (!strcmp(subject->fields[i].name, name))
			return subject->fields[i].fact.value;
	return NULL;
}

/* ---- remotes ---- */

static struct span up_to(struct span span, const char *stops)
{
	size_t len = 0;

	while (len < span.len && !strchr(stops, span.at[len]))
		len++;
	return (struct span){span.at, len};
}

/* Without "user@", which may hold a colon. */
static struct span without_user(struct span authority)
{
	for (size_t i = authority.len; i; i--)
		if (authority.at[i - 1] == '@')
			return span_skip(authority, i);
	return authority;
}

/* "[::1]" or what stands before a port. */
static struct span without_port(struct span authority)
{
	struct span host;

	if (!authority.len || authority.at[0] != '[')
		return up_to(authority, ":");
	host = up_to(authority, "]");
	return host.len < authority.len ? (struct span){host.at, host.len + 1} : (struct span){0};
}

static bool has_scheme(struct span remote, ptrdiff_t at)
{
	static const char *const schemes[] = {"https",	 "http",      "ssh",	 "git",
					      "git+ssh", "git+https", "git+http"};
	struct span scheme = {remote.at, (size_t)at};

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (span_is_icase(scheme, schemes[i]))
			return true;
	return false;
}

/* "https://user@host:port/path" and "user@host:path"; false for paths of this machine. */
static bool split_remote(struct span remote, struct span *host, struct span *path)
{
	ptrdiff_t scheme = span_find(remote, "://");
	struct span authority;

	if (scheme >= 0) {
		if (!has_scheme(remote, scheme))
			return false;
		remote = span_skip(remote, (size_t)scheme + 3);
		authority = up_to(remote, "/?#");
		*path = span_skip(remote, authority.len);
		*host = without_port(without_user(authority));
		return host->len > 0;
	}
	*host = up_to(remote, ":/");
	if (memchr(host->at, '[', host->len)) {
		*host = up_to(remote, "]");
		host->len += host->len < remote.len;
	}
	*path = span_skip(remote, host->len);
	if (!span_starts(*path, ":"))
		return false;
	*path = span_skip(*path, 1);
	*host = without_user(*host);
	/* One letter is a drive. */
	return host->len > 1;
}

static struct span trim_repo(struct span path)
{
	path = up_to(path, "?#");
	while (span_starts(path, "/"))
		path = span_skip(path, 1);
	while (span_ends(path, "/"))
		path.len--;
	if (span_ends(path, ".git"))
		path.len -= 4;
	while (span_ends(path, "/"))
		path.len--;
	return path;
}

/* Hosts that stand for another one where the usual port is shut. */
static const char *canonical_host(struct arena *arena, struct span host)
{
	char *name;

	if (span_is_icase(host, "ssh.github.com") || span_is_icase(host, "www.github.com"))
		return "github.com";
	if (span_is_icase(host, "altssh.gitlab.com"))
		return "gitlab.com";
	name = arena_memdup0(arena, host.at, host.len);
	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return name;
}

bool subject_parse_remote(const char *remote, struct arena *arena, const char **host,
			  const char **repo)
{
	struct span name, path;
	size_t len = remote ? strlen(remote) : 0;

	if (!len || len > LONGEST_REMOTE)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)remote[i] <= ' ' || remote[i] == 0x7f || remote[i] == '\\')
			return false;
	if (!split_remote((struct span){remote, len}, &name, &path))
		return false;
	path = trim_repo(path);
	if (!path.len || !memchr(path.at, '/', path.len))
		return false;
	*host = canonical_host(arena, name);
	*repo = arena_memdup0(arena, path.at, path.len);
	return true;
}

/* ---- encoding ---- */

static void put_texts(const char **texts, size_t count, struct buf *out)
{
	wire_put_uint(out, count);
	for (size_t i = 0; i < count; i++)
		wire_put_str(out, texts[i]);
}

static void put_subject(const struct subject *subject, struct buf *out)
{
	wire_put_str(out, subject->name);
	wire_put_uint(out, (uint64_t)subject->tier);
	wire_put_str(out, subject->type);
	wire_put_str(out, subject->repo_host);
	wire_put_str(out, subject->repo);
	wire_put_str(out, subject->branch);
	wire_put_str(out, subject->head);
	wire_put_str(out, subject->subdir);
	put_texts(subject->urls, subject->url_count, out);
	put_texts(subject->aliases, subject->alias_count, out);
	wire_put_uint(out, subject->field_count);
	for (size_t i = 0; i < subject->field_count; i++) {
		wire_put_str(out, subject->fields[i].name);
		wire_put_str(out, subject->fields[i].fact.value);
	}
}

void subjects_encode(const struct subject_list *list, struct buf *out)
{
	wire_put_uint(out, list->count);
	for (size_t i = 0; i < list->count; i++)
		put_subject(&list->subjects[i], out);
}

static size_t get_count(struct wire_reader *in)
{
	size_t count = wire_get_count(in);

	if (count > MAX_LISTED)
		in->failed = true;
	return in->failed ? 0 : count;
}

static const char **get_texts(struct wire_reader *in, struct arena *arena, size_t *count)
{
	const char **texts;

	*count = get_count(in);
	texts = *count ? arena_alloc(arena, *count * sizeof(*texts)) : NULL;
	for (size_t i = 0; i < *count && !in->failed; i++) {
		texts[i] = wire_get_str(in, arena);
		if (!texts[i])
			in->failed = true;
	}
	return texts;
}

static void get_fields(struct subject *subject, struct wire_reader *in, struct arena *arena)
{
	size_t count = get_count(in);
	struct named_fact *fields = count ? arena_alloc(arena, count * sizeof(*fields)) : NULL;

	for (size_t i = 0; i < count && !in->failed; i++) {
		fields[i].name = wire_get_str(in, arena);
		fields[i].fact.value = wire_get_str(in, arena);
		if (!fields[i].name)
			in->failed = true;
	}
	subject->fields = fields;
	subject->field_count = count;
}

static void get_subject(struct subject *subject, struct wire_reader *in, struct arena *arena)
{
	subject->name = wire_get_str(in, arena);
	subject->tier = (int)wire_get_capped(in, 4);
	subject->type = wire_get_str(in, arena);
	subject->repo_host = wire_get_str(in, arena);
	subject->repo = wire_get_str(in, arena);
	subject->branch = wire_get_str(in, arena);
	subject->head = wire_get_str(in, arena);
	subject->subdir = wire_get_str(in, arena);
	subject->urls = get_texts(in, arena, &subject->url_count);
	subject->aliases = get_texts(in, arena, &subject->alias_count);
	get_fields(subject, in, arena);
	if (!subject->name || !subject->subdir)
		in->failed = true;
}

bool subjects_decode(struct subject_list *list, const void *bytes, size_t len, struct arena *arena)
{
	struct wire_reader in;
	size_t count;

	*list = (struct subject_list){0};
	wire_reader_init(&in, bytes, len);
	count = wire_get_count(&in);
	if (in.failed || count > MAX_SUBJECTS)
		return false;
	list->subjects = count ? arena_alloc(arena, count * sizeof(*list->subjects)) : NULL;
	for (size_t i = 0; i < count && !in.failed; i++)
		get_subject(&list->subjects[i], &in, arena);
	list->count = count;
	return !in.failed && in.next == in.end;
}
