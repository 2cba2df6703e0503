/* Values that name services: labels, selectors, parts of paths. */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/matcher_internal.h"
#include "core/mem.h"

#define MIN_NAME 2
#define MAX_NAME 100

/* Words that say what a folder or file is for, not for whom. Sorted. */
/* clang-format off */
static const char *const generic[] = {
    "_helpers", "addons", "alert", "alerting", "alerts", "all", "ansible", "app", "application",
    "applications", "apps", "argo", "argocd", "aws", "azure", "backup", "backups", "base",
    "bases", "blackbox", "bootstrap", "chart", "charts", "ci", "cluster", "clusters", "common",
    "component", "components", "compose", "conf", "config", "configs", "configuration",
    "cronjob", "cronjobs", "dashboards", "data", "default", "defaults", "demo", "deploy",
    "deployment", "deployments", "dev", "development", "dist", "docker", "docs", "env",
    "environment", "environments", "envs", "eu", "example", "flux", "gcp", "generated", "git",
    "github", "gitops", "global", "grafana", "groups", "helm", "helmfile", "helmrelease",
    "helmreleases", "hpa", "index", "infra", "infrastructure", "ingress", "internal", "k8s",
    "kube", "kubernetes", "kustomization", "kustomize", "latest", "lib", "live", "local", "loki",
    "main", "manifest", "manifests", "modules", "monitor", "monitoring", "monitors", "namespace",
    "namespaces", "nonprod", "observability", "ops", "outputs", "overlay", "overlays", "patch",
    "patches", "pdb", "pipelines", "platform", "pre", "preprod", "preview", "prod", "production",
    "prom", "prometheus", "prometheusrule", "prometheusrules", "public", "qa", "region",
    "regions", "release", "releases", "resource", "resources", "root", "rule", "rules",
    "sandbox", "scripts", "secret", "secrets", "service", "servicemonitor", "services", "shared",
    "slo", "slos", "sloth", "src", "stack", "stacks", "stage", "staging", "stg", "svc",
    "targets", "template", "templates", "tenant", "tenants", "terraform", "terragrunt", "test",
    "tests", "tf", "tmpl", "uat", "us", "values", "variables", "velero", "versions", "workload",
    "workloads", "yaml", "yml",
};
/* clang-format on */

static int compare_word(const void *key, const void *element)
{
	return strcmp(key, *(const char *const *)element);
}

static bool is_generic(const char *word, size_t len)
{
	char lower[24];

	if (len == 0 || len >= sizeof(lower))
		return len == 0;
	for (size_t i = 0; i < len; i++)
		lower[i] = (char)tolower((unsigned char)word[i]);
	lower[len] = '\0';
	if (strspn(lower, "0123456789") == len)
		return true;
	return bsearch(lower, generic, ARRAY_LEN(generic), sizeof(*generic), compare_word) != NULL;
}

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || strchr("._-/ ", c);
}

static void add(struct place_names *names, const char *text, size_t len)
{
	char *name;
	bool has_letter = false;

	if (len < MIN_NAME || len > MAX_NAME || names->count >= MATCHER_MAX_NAMES)
		return;
	for (size_t i = 0; i < len; i++) {
		if (!text[i] || !is_name_char(text[i]))
			return;
		has_letter |= isalpha((unsigned char)text[i]) != 0;
	}
	if (!has_letter)
		return;
	for (size_t i = 0; i < names->count; i++) {
		if (strncasecmp(names->names[i], text, len) == 0 && !names->names[i][len])
			return;
	}
	name = arena_memdup0(names->arena, text, len);
	for (size_t i = 0; i < len; i++)
		name[i] = (char)tolower((unsigned char)name[i]);
	names->names[names->count++] = name;
}

void names_add_all(struct place_names *names, const struct place_names *other)
{
	for (size_t i = 0; i < other->count; i++)
		add(names, other->names[i], strlen(other->names[i]));
}

/* Cuts generic words off both ends of text: "checkout-alerts" is about checkout. */
static void strip(const char **text, size_t *len)
{
	static const char separators[] = "-_.";

	while (*len) {
		size_t n = 0;

		while (n < *len && !strchr(separators, (*text)[n]))
			n++;
		if (n == *len || !is_generic(*text, n))
			break;
		*text += n + 1;
		*len -= n + 1;
	}
	while (*len) {
		size_t n = *len;

		while (n > 0 && !strchr(separators, (*text)[n - 1]))
			n--;
		if (n == 0 || !is_generic(*text + n, *len - n))
			break;
		*len = n - 1;
	}
	if (is_generic(*text, *len))
		*len = 0;
}

void names_add_value(struct place_names *names, const char *text, size_t len)
{
	/* A regex's ends, as selectors have them. */
	while (len && (*text == '^' || *text == '(')) {
		text++;
		len--;
	}
	while (len && strchr("$)*+.-", text[len - 1]))
		len--;
	if (len == 0 || is_generic(text, len))
		return;
	add(names, text, len);
	strip(&text, &len);
	add(names, text, len);
}

void names_add_part(struct place_names *names, const char *text, size_t len)
{
	if (len && *text == '.')
		return;
	if (is_generic(text, len))
		return;
	add(names, text, len);
	strip(&text, &len);
	add(names, text, len);
}

void names_of_path(struct place_names *names, const char *path)
{
	const char *slash;

	while ((slash = strchr(path, '/'))) {
		names_add_part(names, path, (size_t)(slash - path));
		path = slash + 1;
	}
	/* The stem: up to the first dot that an ending follows. */
	names_add_part(names, path, strcspn(path, "."));
	if (strrchr(path, '.'))
		names_add_part(names, path, (size_t)(strrchr(path, '.') - path));
}

bool names_is_key(const char *key, size_t len, bool plain_name)
{
	static const char *const keys[] = {
	    "app",
	    "app.kubernetes.io/name",
	    "app.kubernetes.io/instance",
	    "app.kubernetes.io/part-of",
	    "app_kubernetes_io_name",
	    "application",
	    "container",
	    "deployment",
	    "family",
	    "fullnameoverride",
	    "function_name",
	    "identifier",
	    "job",
	    "k8s-app",
	    "k8s_app",
	    "nameoverride",
	    "namespace",
	    "pod",
	    "releasename",
	    "service",
	    "service_name",
	    "serviceaccountname",
	    "servicename",
	    "sloth_service",
	    "target",
	    "workload",
	};

	if (len == 4 && strncasecmp(key, "name", 4) == 0)
		return plain_name;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (strncasecmp(keys[i], key, len) == 0 && !keys[i][len])
			return true;
	}
	return false;
}

/* The alternatives of a selector's value: x|y. */
static void add_alternatives(struct place_names *names, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *bar = memchr(text, '|', (size_t)(end - text));
		size_t n = (size_t)((bar ? bar : end) - text);

		names_add_value(names, text, n);
		text += n + 1;
	}
}

void names_add_selectors(struct place_names *names, const char *text, size_t len)
{
	const char *end = text + len;

	for (const char *s = text; s < end && (s = memchr(s, '=', (size_t)(end - s))); s++) {
		const char *key = s, *value = s + 1, *close;
		char quote;

		while (key > text && key[-1] == ' ')
			key--;
		while (key > text && (isalnum((unsigned char)key[-1]) || key[-1] == '_'))
			key--;
		if (value < end && *value == '~')
			value++;
		while (value < end && (*value == ' ' || *value == '\\'))
			value++;
		if (value >= end || (*value != '"' && *value != '\'') || (s > text && s[-1] == '!'))
			continue;
		quote = *value++;
		close = memchr(value, quote, (size_t)(end - value));
		if (!close)
			return;
		if (names_is_key(key, strcspn(key, "= !"), false))
			add_alternatives(names, value,
					 (size_t)(close - value) -
					     (close > value && close[-1] == '\\'));
		s = close;
	}
}
