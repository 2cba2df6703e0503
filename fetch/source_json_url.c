#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/text.h"
#include "fetch/source_json.h"
#include "fetch/source_url.h"

#define MAX_VALUE 512
#define MAX_LINK  8192

static const char field_prefix[] = "field:";

/* ---- fields ---- */

/* How the source calls the service: `match:` where it gives one name, else our own. */
static const char *service_name(const struct config_source *config, const struct subject *subject)
{
	for (size_t i = 0; i < config->match_count; i++)
		if (!strcmp(config->match[i].name, subject->name) &&
		    !strpbrk(config->match[i].value, "*?["))
			return config->match[i].value;
	return subject->name;
}

static const char *owner_of(struct arena *arena, const char *repo)
{
	const char *slash = repo ? strrchr(repo, '/') : NULL;

	return slash ? arena_memdup0(arena, repo, (size_t)(slash - repo)) : NULL;
}

static const char *name_of(const char *repo)
{
	const char *slash = repo ? strrchr(repo, '/') : NULL;

	return slash ? slash + 1 : repo;
}

enum field {
	FIELD_SERVICE,
	FIELD_REPO,
	FIELD_OWNER,
	FIELD_NAME,
	FIELD_BRANCH,
	FIELD_HEAD,
	FIELD_SUBDIR,
	FIELD_HOST,
	FIELD_TYPE,
	FIELD_TIER
};

static const char *const fields[] = {"service", "repo",	  "owner", "name", "branch",
				     "head",	"subdir", "host",  "type", "tier"};

static const char *value_of(struct arena *arena, const struct config_source *config,
			    const struct subject *subject, int field)
{
	switch ((enum field)field) {
	case FIELD_SERVICE:
		return service_name(config, subject);
	case FIELD_REPO:
		return subject->repo;
	case FIELD_OWNER:
		return owner_of(arena, subject->repo);
	case FIELD_NAME:
		return name_of(subject->repo);
	case FIELD_BRANCH:
		return subject->branch;
	case FIELD_HEAD:
		return subject->head;
	case FIELD_SUBDIR:
		return subject->subdir;
	case FIELD_HOST:
		return subject->repo_host;
	case FIELD_TYPE:
		return subject->type;
	case FIELD_TIER:
		return subject->tier ? arena_printf(arena, "%d", subject->tier) : NULL;
	}
	return NULL;
}

static int find_field(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (strlen(fields[i]) == len && !strncmp(fields[i], name, len))
			return (int)i;
	return -1;
}

/* ---- templates ---- */

/* The next {placeholder} at or behind at: its name and length; NULL: none. */
static const char *placeholder(const char *at, size_t *len)
{
	const char *open = strchr(at, '{');
	const char *close = open ? strchr(open, '}') : NULL;

	if (!close)
		return NULL;
	*len = (size_t)(close - open - 1);
	return open + 1;
}

bool json_url_is_template(const char *url)
{
	size_t len;

	return placeholder(url, &len) != NULL;
}

static bool in_host(const char *url, const char *at)
{
	size_t len;
	const char *authority = source_authority(url, &len);

	return !authority || at < authority + len;
}

static int check_placeholder(const struct config_source *config, const char *name, size_t len,
			     struct err *err)
{
	int field = find_field(name, len);

	if (field < 0 &&
	    (len <= strlen(field_prefix) || strncmp(name, field_prefix, strlen(field_prefix)) != 0))
		return err_set(err, NULL,
			       "known: {service}, {repo}, {owner}, {name}, {branch}, {head}, "
			       "{subdir}, {host}, {type}, {tier} and {field:NAME}",
			       "url has {%.*s}, which is no field of a service",
			       (int)(len < 100 ? len : 100), name);
	if (!in_host(config->url, name))
		return 0;
	if (field != FIELD_SERVICE && field != FIELD_NAME)
		return err_set(err, NULL, "only {service} and {name} may be part of the host",
			       "url has {%.*s} in its host: whoever writes a repository's files "
			       "would choose who is asked",
			       (int)(len < 100 ? len : 100), name);
	if (config->auth.kind != AUTH_NONE)
		return err_set(err, NULL, "leave out auth, or write the host without {...}",
			       "url has a field in its host: who gets the secret is not known");
	return 0;
}

int json_url_check(const struct config_source *config, struct err *err)
{
	const char *at = config->url ? config->url : "";
	size_t len;

	while ((at = placeholder(at, &len))) {
		if (check_placeholder(config, at, len, err))
			return -1;
		at += len;
	}
	return 0;
}

/* No "." or ".." among its segments: those climb out of the path that the user wrote. */
static bool climbs(const char *value)
{
	size_t len;

	for (;; value += len + 1) {
		len = strcspn(value, "/");
		if ((len == 1 && value[0] == '.') || (len == 2 && !strncmp(value, "..", 2)))
			return true;
		if (!value[len])
			return false;
	}
}

static bool is_label(const char *value)
{
	size_t len = strlen(value);

	for (size_t i = 0; i < len; i++)
		if (!(value[i] >= 'a' && value[i] <= 'z') &&
		    !(value[i] >= 'A' && value[i] <= 'Z') &&
		    !(value[i] >= '0' && value[i] <= '9') && value[i] != '-')
			return false;
	return len > 0 && len <= 63 && value[0] != '-';
}

/* {owner} and {subdir} have segments of a path; all else is one. */
static void add_escaped(struct arena *arena, struct buf *out, const char *value, bool path)
{
	while (path && strchr(value, '/')) {
		size_t len = strcspn(value, "/");

		buf_adds(out, source_escape(arena, arena_memdup0(arena, value, len)));
		buf_addc(out, '/');
		value += len + 1;
	}
	buf_adds(out, source_escape(arena, value));
}

static bool expand(struct arena *arena, const struct config_source *config,
		   const struct subject *subject, struct buf *out)
{
	const char *at = config->url, *name, *value;
	size_t len;

	for (; (name = placeholder(at, &len)); at = name + len + 1) {
		int field = find_field(name, len);
		size_t prefix = strlen(field_prefix);

		buf_add(out, at, (size_t)(name - 1 - at));
		value =
		    field >= 0 ? value_of(arena, config, subject, field)
		    : len > prefix
			? subject_field(subject, arena_memdup0(arena, name + prefix, len - prefix))
			: NULL;
		if (!value || (!*value && field != FIELD_SUBDIR) || strlen(value) > MAX_VALUE ||
		    climbs(value) || (in_host(config->url, name) && !is_label(value)))
			return false;
		add_escaped(arena, out, value, field == FIELD_OWNER || field == FIELD_SUBDIR);
	}
	buf_adds(out, at);
	return true;
}

const char *json_url_of(struct arena *arena, const struct config_source *config,
			const struct subject *subject)
{
	struct buf url = {0};
	const char *text = expand(arena, config, subject, &url) && source_askable(buf_str(&url))
			       ? arena_strdup(arena, buf_str(&url))
			       : NULL;

	buf_free(&url);
	return text;
}

/* ---- pages ---- */

static bool says_next(const char *params, size_t len)
{
	static const char rel[] = "rel=";

	for (size_t i = 0; i + strlen(rel) <= len; i++) {
		const char *value = params + i + strlen(rel);
		size_t left = len - i - strlen(rel);

		if (strncasecmp(params + i, rel, strlen(rel)) != 0)
			continue;
		if (left && *value == '"') {
			value++;
			left--;
		}
		return left >= 4 && !strncasecmp(value, "next", 4) &&
		       (left == 4 || strchr("\" ,;", value[4]));
	}
	return false;
}

/* A link's target as it is written, relative to the page that it is on. */
static const char *resolve(struct arena *arena, const char *url, const char *target)
{
	size_t len, path;
	const char *authority = source_authority(url, &len);

	if (source_authority(target, &path))
		return target;
	if (!authority || !strncmp(target, "//", 2))
		return NULL;
	if (*target == '/')
		return arena_printf(arena, "%.*s%s", (int)(authority + len - url), url, target);
	path = strcspn(url, "?#");
	if (*target == '?')
		return arena_printf(arena, "%.*s%s", (int)path, url, target);
	return NULL;
}

const char *json_url_next(struct arena *arena, const char *url, const char *link)
{
	if (!link || strlen(link) > MAX_LINK)
		return NULL;
	for (const char *open = strchr(link, '<'); open; open = strchr(open, '<')) {
		const char *close = strchr(open, '>'), *next;
		size_t params;

		if (!close)
			return NULL;
		params = strcspn(close, "<");
		if (says_next(close, params)) {
			next = resolve(arena, url,
				       arena_memdup0(arena, open + 1, (size_t)(close - open - 1)));
			return next && source_askable(next) && source_same_origin(next, url) ? next
											     : NULL;
		}
		open = close + params;
	}
	return NULL;
}
