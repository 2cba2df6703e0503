#include "core/deps.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/version.h"

static int fold_pypi(char c)
{
	return strchr("-_.", c) && c ? '-' : tolower((unsigned char)c);
}

/* Runs of '-', '_' and '.' are all one dash, case does not matter. */
static bool same_pypi(const char *a, const char *b)
{
	while (*a && *b && fold_pypi(*a) == fold_pypi(*b)) {
		bool dash = fold_pypi(*a) == '-';

		do
			a++;
		while (dash && *a && fold_pypi(*a) == '-');
		do
			b++;
		while (dash && *b && fold_pypi(*b) == '-');
	}
	return !*a && !*b;
}

/* Whether name ends in package behind the separator. */
static bool last_part_is(const char *name, char separator, const char *package)
{
	const char *last = strrchr(name, separator);

	return last && !strcasecmp(last + 1, package);
}

bool deps_matches(const struct dependency *dependency, const char *package)
{
	size_t len = strlen(dependency->ecosystem);

	if (!strncmp(package, dependency->ecosystem, len) && package[len] == ':')
		package += len + 1;
	if (!strcasecmp(dependency->name, package))
		return true;
	if (!strcmp(dependency->ecosystem, "pypi"))
		return same_pypi(dependency->name, package);
	if (!strcmp(dependency->ecosystem, "maven"))
		return last_part_is(dependency->name, ':', package);
	return !strcmp(dependency->ecosystem, "go") && last_part_is(dependency->name, '/', package);
}

static int compare_package(const struct dependency *a, const struct dependency *b)
{
	int order = strcmp(a->ecosystem, b->ecosystem);

	return order ? order : strcmp(a->name, b->name);
}

/* NULL first; equal versions that are written differently stay apart. */
static int compare_version(const char *a, const char *b)
{
	int order;

	if (!a || !b)
		return (a ? 1 : 0) - (b ? 1 : 0);
	order = version_compare(a, b);
	return order ? order : strcmp(a, b);
}

static int compare_found(const void *left, const void *right)
{
	const struct deps_use *a = left, *b = right;
	int order = strcmp(a->service, b->service);

	if (!order)
		order = compare_package(a->dependency, b->dependency);
	if (!order)
		order = compare_version(a->dependency->version, b->dependency->version);
	if (!order)
		order = strcmp(a->dependency->at.path, b->dependency->at.path);
	if (!order)
		order = (a->dependency->at.line > b->dependency->at.line) -
			(a->dependency->at.line < b->dependency->at.line);
	return order;
}

size_t deps_find(const struct deps_use *uses, size_t count, const char *package, const char *range,
		 struct arena *arena, struct deps_use **out)
{
	size_t found = 0, next = 0;

	for (size_t i = 0; i < count; i++)
		found += deps_matches(uses[i].dependency, package);
	*out = arena_alloc(arena, (found + 1) * sizeof(**out));
	for (size_t i = 0; i < count; i++) {
		const char *version = uses[i].dependency->version;

		if (!deps_matches(uses[i].dependency, package) ||
		    (range && !(version && version_satisfies(version, range))))
			continue;
		(*out)[next++] = uses[i];
	}
	if (next)
		qsort(*out, next, sizeof(**out), compare_found);
	return next;
}

static int compare_drift(const void *left, const void *right)
{
	const struct deps_use *a = left, *b = right;
	int order = compare_package(a->dependency, b->dependency);

	if (!order)
		order = compare_version(a->dependency->version, b->dependency->version);
	return order ? order : strcmp(a->service, b->service);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* How many different strings a list holds; it is sorted on the way. */
static size_t count_different(const char **names, size_t count)
{
	size_t different = 0;

	qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 0; i < count; i++)
		different += !i || strcmp(names[i], names[i - 1]) != 0;
	return different;
}

/* The spread of the one package that the sorted uses are of. */
static struct deps_spread spread_of(const struct deps_use *uses, size_t count, struct arena *arena)
{
	struct deps_spread spread = {.ecosystem = uses[0].dependency->ecosystem,
				     .name = uses[0].dependency->name,
				     .newest = uses[count - 1].dependency->version};
	const char **names = arena_alloc(arena, count * sizeof(*names));
	struct deps_version *last = NULL;

	for (size_t i = 0; i < count; i++)
		spread.version_count +=
		    !i || strcmp(uses[i].dependency->version, uses[i - 1].dependency->version) != 0;
	spread.versions = arena_alloc(arena, spread.version_count * sizeof(*spread.versions));
	for (size_t i = 0; i < count; i++) {
		const char *version = uses[i].dependency->version;

		if (!last || strcmp(last->version, version) != 0) {
			last = last ? last + 1 : spread.versions;
			*last = (struct deps_version){version, &names[i], 0};
		}
		if (!last->service_count ||
		    strcmp(last->services[last->service_count - 1], uses[i].service) != 0)
			last->services[last->service_count++] = uses[i].service;
	}
	names = arena_alloc(arena, count * sizeof(*names));
	for (size_t i = 0; i < count; i++)
		names[i] = uses[i].service;
	spread.service_count = count_different(names, count);
	return spread;
}

static int compare_spreads(const void *left, const void *right)
{
	const struct deps_spread *a = left, *b = right;
	int order;

	if (a->version_count != b->version_count)
		return a->version_count > b->version_count ? -1 : 1;
	if (a->service_count != b->service_count)
		return a->service_count > b->service_count ? -1 : 1;
	order = strcmp(a->ecosystem, b->ecosystem);
	return order ? order : strcmp(a->name, b->name);
}

size_t deps_drift(const struct deps_use *uses, size_t count, const char *package,
		  size_t min_versions, struct arena *arena, struct deps_spread **out)
{
	struct deps_use *known = arena_alloc(arena, (count + 1) * sizeof(*known));
	size_t kept = 0, spreads = 0;

	for (size_t i = 0; i < count; i++) {
		const struct dependency *dependency = uses[i].dependency;

		if (dependency->resolved && dependency->version &&
		    (!package || deps_matches(dependency, package)))
			known[kept++] = uses[i];
	}
	if (kept)
		qsort(known, kept, sizeof(*known), compare_drift);
	*out = arena_alloc(arena, (kept + 1) * sizeof(**out));
	for (size_t start = 0, end; start < kept; start = end) {
		end = start + 1;
		while (end < kept &&
		       !compare_package(known[start].dependency, known[end].dependency))
			end++;
		(*out)[spreads] = spread_of(known + start, end - start, arena);
		spreads += (*out)[spreads].version_count >= min_versions;
	}
	if (spreads)
		qsort(*out, spreads, sizeof(**out), compare_spreads);
	return spreads;
}
