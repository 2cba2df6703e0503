/* Words of other catalogs in ours: tiers and types of links. */

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "core/descriptor.h"
#include "core/mem.h"

#define MAX_WORD 32

struct meaning {
	const char *word;
	int tier; /* 0: says nothing, as the word "tier" itself */
};

static const struct meaning meanings[] = {
    {"tier", 0},
    {"t", 0},
    {"level", 0},
    {"service", 0},
    {"0", 1},
    {"1", 1},
    {"2", 2},
    {"3", 3},
    {"4", 4},
    {"zero", 1},
    {"one", 1},
    {"two", 2},
    {"three", 3},
    {"four", 4},
    {"critical", 1},
    {"important", 2},
    {"useful", 3},
    {"experiment", 4},
    {"experimental", 4},
    {"experiments", 4},
    {"platinum", 1},
    {"gold", 2},
    {"silver", 3},
    {"bronze", 4},
    {"high", 1},
    {"highest", 1},
    {"medium", 2},
    {"low", 3},
    {"lowest", 4},
};

static const struct meaning *meaning_of(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
		if (!strcmp(meanings[i].word, word))
			return &meanings[i];
	}
	return NULL;
}

/* The next run of letters or of digits, folded to lower case; its length, 0 at the end. */
static size_t next_word(const char **text, char word[MAX_WORD])
{
	size_t len = 0;
	bool digits;

	while (**text && !isalnum((unsigned char)**text))
		(*text)++;
	digits = isdigit((unsigned char)**text);
	while (isalnum((unsigned char)**text) && digits == (isdigit((unsigned char)**text) != 0)) {
		if (len < MAX_WORD - 1)
			word[len++] = (char)tolower((unsigned char)**text);
		(*text)++;
	}
	word[len] = '\0';
	return len;
}

int tier_normalise(const char *text)
{
	char word[MAX_WORD];
	int tier = 0;

	if (!text || strchr(text, '.'))
		return 0;
	while (!tier && next_word(&text, word)) {
		const struct meaning *meaning = meaning_of(word);

		if (!meaning)
			return 0;
		tier = meaning->tier;
	}
	return tier;
}

/* Sorted by what they mean; words as letters and digits alone, in lower case. */
static const struct {
	const char *word, *type;
} link_types[] = {
    {"playbook", "playbook"},
    {"playbooks", "playbook"},
    {"runbook", "playbook"},
    {"runbooks", "playbook"},
    {"dashboard", "dashboard"},
    {"dashboards", "dashboard"},
    {"grafana", "dashboard"},
    {"metrics", "dashboard"},
    {"monitoring", "dashboard"},
    {"observability", "dashboard"},
    {"doc", "docs"},
    {"docs", "docs"},
    {"document", "docs"},
    {"documentation", "docs"},
    {"documents", "docs"},
    {"techdocs", "docs"},
    {"wiki", "docs"},
    {"apidocumentation", "docs"},
    {"designdocumentation", "docs"},
    {"architecturediagram", "docs"},
    {"architecture", "docs"},
    {"openapi", "docs"},
    {"repo", "repo"},
    {"repos", "repo"},
    {"repository", "repo"},
    {"code", "repo"},
    {"source", "repo"},
    {"sourcecode", "repo"},
    {"github", "repo"},
    {"gitlab", "repo"},
    {"slo", "slo"},
    {"slos", "slo"},
    {"chat", "chat"},
    {"chatchannel", "chat"},
    {"slack", "chat"},
    {"slackchannel", "chat"},
    {"microsoftteams", "chat"},
    {"oncall", "oncall"},
    {"incidents", "oncall"},
    {"pagerduty", "oncall"},
    {"opsgenie", "oncall"},
    {"uptime", "uptime"},
    {"healthchecks", "uptime"},
    {"status", "status"},
    {"statuspage", "status"},
    {"ci", "ci"},
    {"continuousintegration", "ci"},
    {"build", "ci"},
    {"pipeline", "ci"},
    {"errors", "errors"},
    {"errortracking", "errors"},
    {"sentry", "errors"},
    {"bugsnag", "errors"},
    {"logs", "logs"},
    {"logging", "logs"},
    {"issues", "issues"},
    {"issuetracking", "issues"},
    {"bugs", "issues"},
    {"backlog", "issues"},
    {"project", "issues"},
    {"deployment", "deploy"},
    {"deploy", "deploy"},
    {"service", "service"},
    {"url", "service"},
    {"site", "service"},
    {"website", "service"},
    {"landing", "service"},
    {"app", "service"},
};

const char *link_type_normalise(const char *text)
{
	char word[MAX_WORD];
	size_t len = 0;

	for (; text && *text && len < MAX_WORD - 1; text++) {
		if (isalnum((unsigned char)*text))
			word[len++] = (char)tolower((unsigned char)*text);
	}
	word[len] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(link_types); i++) {
		if (!strcmp(link_types[i].word, word))
			return link_types[i].type;
	}
	return "other";
}
