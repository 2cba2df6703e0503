#include "fetch/people.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/arena.h"
#include "core/mem.h"

#define NAME_MAX_LEN 256

/* Whole names, lower case, runs of other characters than letters and digits as one space. */
static const char *const bot_names[] = {"actions user",
					"allcontributors",
					"argocd",
					"argocd image updater",
					"automation",
					"azure pipelines",
					"bamboo",
					"bors",
					"bot",
					"build",
					"builder",
					"buildkite",
					"cd",
					"ci",
					"ci user",
					"circle ci",
					"circleci",
					"codebuild",
					"codecov",
					"concourse",
					"concourse ci",
					"copybara",
					"copybara service",
					"crowdin",
					"depfu",
					"dependabot",
					"dependabot preview",
					"deploy",
					"deployer",
					"drone",
					"drone ci",
					"flux",
					"fluxcd",
					"github",
					"github action",
					"github actions",
					"gitlab ci",
					"gitlab runner",
					"goreleaser",
					"greenkeeper",
					"hosted weblate",
					"jenkins",
					"jenkins ci",
					"mergify",
					"mend for github com",
					"pre commit",
					"pre commit ci",
					"prow",
					"pyup",
					"release",
					"release please",
					"releaser",
					"renovate",
					"scala steward",
					"semantic release",
					"shipit",
					"snyk",
					"teamcity",
					"tekton",
					"transifex",
					"travis ci",
					"web flow",
					"weblate",
					"whitesource renovate"};

static const char *const bot_emails[] = {
    "action@github.com",      "actions@github.com",	"noreply@github.com",
    "support@greenkeeper.io", "support@dependabot.com", "hosted@weblate.org",
    "noreply@weblate.org",    "builds@travis-ci.org",	"travis@travis-ci.org",
    "bot@renovateapp.com",    "builds@circleci.com",	"semantic-release-bot@martynus.net"};

/* Anywhere in a name or local part, between other characters than letters and digits. */
static const char *const dependency_bots[] = {
    "dependabot", "renovate", "greenkeeper",   "snyk bot",    "snyk",	      "depfu",
    "pyup",	  "pyup bot", "scala steward", "renovatebot", "renovate bot", "whitesource bolt"};

/* Words that stand before "Bot" in a robot's name, but not in a person's. */
static const char *const bot_words[] = {
    "auto",	"automation", "build",	 "bump",  "ci",		 "deploy",  "docs",
    "github",	"gitlab",     "jenkins", "merge", "pr",		 "publish", "release",
    "renovate", "security",   "service", "sync",  "translation", "update",  "version"};

/* Surnames that end in "bot". */
static const char *const bot_surnames[] = {"abbot",  "barbot", "cabot", "chabot", "guibot",
					   "herbot", "marbot", "rabot", "talbot", "turbot"};

static bool one_of(const char *s, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(s, list[i]))
			return true;
	return false;
}

#define ONE_OF(s, list) one_of((s), (list), ARRAY_LEN(list))

/* ASCII in lower case, everything but letters, digits and UTF-8 as single spaces. */
static void normalise(const char *s, size_t len, char out[NAME_MAX_LEN])
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < NAME_MAX_LEN - 1; i++) {
		unsigned char c = (unsigned char)s[i];

		if (isalnum(c) || c >= 0x80)
			out[n++] = (char)tolower(c);
		else if (n && out[n - 1] != ' ')
			out[n++] = ' ';
	}
	while (n && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

static size_t local_len(const char *email)
{
	const char *at = strrchr(email, '@');

	return at ? (size_t)(at - email) : strlen(email);
}

static bool ends_with(const char *s, const char *tail)
{
	size_t len = strlen(s), n = strlen(tail);

	return len >= n && !strcmp(s + len - n, tail);
}

static const char *last_word(const char *normal)
{
	const char *space = strrchr(normal, ' ');

	return space ? space + 1 : normal;
}

static bool has_word(const char *normal, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = strstr(normal, word); p; p = strstr(p + 1, word))
		if ((p == normal || p[-1] == ' ') && (p[len] == ' ' || !p[len]))
			return true;
	return false;
}

/* "Lukas Bot" is a person, "Release Bot" is not. */
static bool is_bot_surname(const char *normal, const char *local)
{
	char first[NAME_MAX_LEN];
	size_t len = strcspn(normal, " ");

	memcpy(first, normal, len);
	first[len] = '\0';
	return strchr(normal, ' ') == strrchr(normal, ' ') && !ONE_OF(first, bot_words) &&
	       !has_word(local, "bot");
}

static bool is_bot_name(const char *raw, const char *name, const char *local)
{
	const char *last = last_word(name);
	bool several = last != name;

	if (ONE_OF(name, bot_names) || has_word(name, "robot"))
		return true;
	if (!strcmp(last, "bot"))
		return !several || strchr(raw, '-') || strchr(raw, '_') ||
		       !is_bot_surname(name, local);
	/* mergebot, ImgBot; of several words (Jane Talbot) it takes an address like it */
	return !several && ends_with(name, "bot") && !ONE_OF(name, bot_surnames);
}

static bool is_bot_local(const char *name, const char *local)
{
	const char *word = last_word(local);
	const char *surname = last_word(name);

	if (!strcmp(word, "bot"))
		return strchr(local, ' ') ? strcmp(surname, "bot") != 0 || surname == name : true;
	if (!ends_with(word, "bot") || ONE_OF(word, bot_surnames))
		return false;
	/* Marc Chabot <mchabot@...> */
	return surname == name ? !ONE_OF(name, bot_surnames)
			       : !ends_with(surname, "bot") || ends_with(surname, "robot");
}

bool people_is_bot(const char *name, const char *email)
{
	char normal[NAME_MAX_LEN], local[NAME_MAX_LEN];

	if (strcasestr(name, "[bot]") || strcasestr(email, "[bot]"))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(bot_emails); i++)
		if (!strcasecmp(email, bot_emails[i]))
			return true;
	normalise(name, strlen(name), normal);
	normalise(email, local_len(email), local);
	return is_bot_name(name, normal, local) || is_bot_local(normal, local) ||
	       people_is_dependency_bot(name, email);
}

bool people_is_dependency_bot(const char *name, const char *email)
{
	char normal[NAME_MAX_LEN], local[NAME_MAX_LEN];

	normalise(name, strlen(name), normal);
	normalise(email, local_len(email), local);
	for (size_t i = 0; i < ARRAY_LEN(dependency_bots); i++) {
		/* whole, or with "bot" or "preview" or a forge's number beside it */
		size_t len = strlen(dependency_bots[i]);

		if (!strncmp(normal, dependency_bots[i], len) &&
		    (!normal[len] || !strcmp(normal + len, " bot") ||
		     !strcmp(normal + len, " preview") || !strcmp(normal + len, " preview bot")))
			return true;
		if (strcmp(dependency_bots[i], "snyk") != 0 && has_word(local, dependency_bots[i]))
			return true;
	}
	return false;
}

static bool contains(const char *text, size_t len, const char *part)
{
	return memmem(text, len, part, strlen(part)) != NULL;
}

bool people_is_dependency_update(const char *message, size_t len, bool merge)
{
	static const char *const branches[] = {"dependabot/",	"renovate/",	"snyk-fix-",
					       "snyk-upgrade-", "greenkeeper/", "depfu/"};
	static const char *const trailers[] = {"dependabot[bot] <", "renovate[bot] <",
					       "Renovate Bot <", "snyk-bot <"};
	const char *end = message + len, *by = message;
	const char *newline = memchr(message, '\n', len);
	size_t subject = newline ? (size_t)(newline - message) : len;

	for (size_t i = 0; merge && i < ARRAY_LEN(branches); i++)
		if (contains(message, subject, branches[i]))
			return true;
	/* Signed-off-by, Co-authored-by */
	while ((by = memmem(by, (size_t)(end - by), "-by: ", 5))) {
		by += 5;
		for (size_t i = 0; i < ARRAY_LEN(trailers); i++) {
			size_t n = strlen(trailers[i]);

			if ((size_t)(end - by) >= n && !memcmp(by, trailers[i], n))
				return true;
		}
	}
	return false;
}

bool people_is_noreply(const char *email)
{
	const char *at = strrchr(email, '@');

	return at && (!strcasecmp(at, "@users.noreply.github.com") ||
		      strcasestr(at, "@users.noreply.") || strcasestr(at, "noreply.gitlab"));
}

/* One string by which keys are compared; those with equal strings are one person. */
struct label {
	const char *text;
	size_t key;
};

struct grouping {
	struct arena *arena;
	struct label *labels;
	size_t count, cap;
	size_t *group;
};

static size_t root(size_t *group, size_t i)
{
	while (group[i] != i)
		i = group[i] = group[group[i]];
	return i;
}

static void unite(size_t *group, size_t a, size_t b)
{
	a = root(group, a);
	b = root(group, b);
	if (a < b)
		group[b] = a;
	else
		group[a] = b;
}

static void add_label(struct grouping *g, size_t key, const char *text)
{
	GROW(g->labels, g->count, g->cap);
	g->labels[g->count++] = (struct label){text, key};
}

static int compare_labels(const void *a, const void *b)
{
	const struct label *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	return order ? order : x->key < y->key ? -1 : x->key > y->key;
}

/* Addresses that many people share by mistake. */
static bool is_shared_address(const char *email)
{
	const char *at = strrchr(email, '@');

	return !at || !at[1] || !strncasecmp(at, "@localhost", 10) || strcasestr(at, "(none)") ||
	       !strcasecmp(email, "noreply@github.com");
}

/* The part before the @; of a forge's no-reply address without the number. */
static void local_part(const char *email, char out[NAME_MAX_LEN])
{
	size_t len = local_len(email);

	if (people_is_noreply(email)) {
		size_t digits = strspn(email, "0123456789");

		if (digits && email[digits] == '+') {
			email += digits + 1;
			len -= digits + 1;
		}
	}
	normalise(email, len, out);
}

static void add_labels(struct grouping *g, const struct person_key *keys, size_t i)
{
	const char *email = keys[i].email;
	char kind = keys[i].bot ? 'b' : 'p';
	char name[NAME_MAX_LEN], local[NAME_MAX_LEN], lower[NAME_MAX_LEN];
	size_t n;

	normalise(keys[i].name, strlen(keys[i].name), name);
	local_part(email, local);
	if (!is_shared_address(email)) {
		for (n = 0; email[n] && n < sizeof(lower) - 1; n++)
			lower[n] = (char)tolower((unsigned char)email[n]);
		lower[n] = '\0';
		add_label(g, i, arena_printf(g->arena, "%c@%s", kind, lower));
	}
	if (strchr(name, ' '))
		add_label(g, i, arena_printf(g->arena, "%c=%s", kind, name));
	else if (name[0] && local[0])
		add_label(g, i, arena_printf(g->arena, "%c+%s+%s", kind, name, local));
	/* the same account before and after the forge put its number in front */
	if (people_is_noreply(email) && local[0])
		add_label(g, i, arena_printf(g->arena, "%c#%s", kind, local));
}

static void unite_equal(struct grouping *g)
{
	if (g->count)
		qsort(g->labels, g->count, sizeof(*g->labels), compare_labels);
	for (size_t i = 1; i < g->count; i++)
		if (!strcmp(g->labels[i - 1].text, g->labels[i].text))
			unite(g->group, g->labels[i - 1].key, g->labels[i].key);
}

/* A no-reply address under a name of one word: that of the only other one of this name. */
static void unite_noreply(struct grouping *g, const struct person_key *keys, size_t count)
{
	g->count = 0;
	for (size_t i = 0; i < count; i++) {
		char name[NAME_MAX_LEN];

		normalise(keys[i].name, strlen(keys[i].name), name);
		if (name[0] && !strchr(name, ' ') && !keys[i].bot)
			add_label(g, i, arena_strdup(g->arena, name));
	}
	if (g->count)
		qsort(g->labels, g->count, sizeof(*g->labels), compare_labels);
	for (size_t from = 0, to; from < g->count; from = to) {
		size_t real = SIZE_MAX;
		bool several = false;

		for (to = from; to < g->count; to++) {
			size_t key = g->labels[to].key;

			if (strcmp(g->labels[from].text, g->labels[to].text) != 0)
				break;
			if (people_is_noreply(keys[key].email))
				continue;
			several |= real != SIZE_MAX && root(g->group, real) != root(g->group, key);
			real = key;
		}
		for (size_t i = from; real != SIZE_MAX && !several && i < to; i++)
			unite(g->group, real, g->labels[i].key);
	}
}

void people_group(const struct person_key *keys, size_t count, size_t *group)
{
	struct grouping g = {.arena = arena_new(), .group = group};

	for (size_t i = 0; i < count; i++)
		group[i] = i;
	for (size_t i = 0; i < count; i++)
		add_labels(&g, keys, i);
	unite_equal(&g);
	unite_noreply(&g, keys, count);
	for (size_t i = 0; i < count; i++)
		group[i] = root(group, i);
	free(g.labels);
	arena_free(g.arena);
}
