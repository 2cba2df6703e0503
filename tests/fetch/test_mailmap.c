/* Who is behind a commit: .mailmap, robots, one person with several addresses. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "fetch/mailmap.h"
#include "fetch/people.h"

static void check(const char *text, const char *name, const char *email, const char *want)
{
	struct mailmap *map = mailmap_parse(text, strlen(text));
	size_t name_len = strlen(name), email_len = strlen(email);
	char *got;

	mailmap_apply(map, &name, &name_len, &email, &email_len);
	got = xasprintf("%.*s <%.*s>", (int)name_len, name, (int)email_len, email);
	assert_string_equal(got, want);
	free(got);
	mailmap_free(map);
}

static void forms(void **state)
{
	(void)state;
	check("", "A", "a@x", "A <a@x>");
	check("Ann Smith <a@x>\n", "A", "a@x", "Ann Smith <a@x>");
	check("Ann Smith <a@x>", "A", "A@X", "Ann Smith <A@X>");
	check("<ann@y> <a@x>\n", "A", "a@x", "A <ann@y>");
	check("Ann Smith <ann@y> <a@x>\n", "A", "a@x", "Ann Smith <ann@y>");
	check("Ann Smith <ann@y> A <a@x>\n", "A", "a@x", "Ann Smith <ann@y>");
	check("Ann Smith <ann@y> A <a@x>\n", "a", "a@x", "Ann Smith <ann@y>");
	check("Ann Smith <ann@y> A <a@x>\n", "B", "a@x", "B <a@x>");
	check("  Ann Smith   < a@x>\n", "A", "a@x", "A <a@x>");
	check("\tAnn Smith\t<a@x>   # the same\r\n", "A", "a@x", "Ann Smith <a@x>");
}

static void lines(void **state)
{
	(void)state;
	check("# Ann Smith <a@x>\n", "A", "a@x", "A <a@x>");
	check("\n\nnothing here\nAnn Smith <a@x\nBob <>\nAnn <a@x>\n", "A", "a@x", "Ann <a@x>");
	/* later lines win, field by field */
	check("One <a@x>\nTwo <a@x>\n", "A", "a@x", "Two <a@x>");
	check("One <a@x>\n<b@y> <a@x>\n", "A", "a@x", "One <b@y>");
	/* an address alone, and the same with a name: the name decides */
	check("One <a@x>\nTwo <b@y> B <a@x>\n", "B", "a@x", "Two <b@y>");
	check("One <a@x>\nTwo <b@y> B <a@x>\n", "C", "a@x", "One <a@x>");
	check("Zero <z@x>\nOne <a@x>\nLast <zz@x>\nMid <m@x>\n", "A", "m@x", "Mid <m@x>");
}

static void hostile_text(void **state)
{
	char *text = xmalloc(3000000);

	(void)state;
	memset(text, '<', 3000000);
	mailmap_free(mailmap_parse(text, 3000000));
	for (size_t i = 0; i < 3000000; i++)
		text[i] = "A <b>\n"[i % 6];
	mailmap_free(mailmap_parse(text, 3000000));
	free(text);
	mailmap_free(NULL);
}

static void robots(void **state)
{
	static const char *const bots[][2] = {
	    {"dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com"},
	    {"Renovate Bot", "bot@renovateapp.com"},
	    {"renovate", "29139614+renovate@users.noreply.github.com"},
	    {"greenkeeperio-bot", "support@greenkeeper.io"},
	    {"snyk-bot", "snyk-bot@snyk.io"},
	    {"github-actions", "action@github.com"},
	    {"GitHub", "noreply@github.com"},
	    {"Shipit", "shipit@acme.com"},
	    {"k8s-ci-robot", "k8s.ci.robot@gmail.com"},
	    {"Kubernetes Prow Robot", "20407524+k8s-ci-robot@users.noreply.github.com"},
	    {"ci", "ci@acme.com"},
	    {"Jenkins", "jenkins@acme.com"},
	    {"buildkite", "ops@acme.com"},
	    {"semantic-release-bot", "semantic-release-bot@martynus.net"},
	    {"Weblate", "noreply@weblate.org"},
	    {"Hosted Weblate", "hosted@weblate.org"},
	    {"pre-commit-ci", "66853113+pre-commit-ci@users.noreply.github.com"},
	    {"allcontributors", "46447321+allcontributors@users.noreply.github.com"},
	    {"ImgBot", "ImgBotHelp@gmail.com"},
	    {"Mergebot", "x@acme.com"},
	    {"Acme Merge", "mergebot@acme.com"},
	    {"Acme Release Bot", "release@acme.com"},
	    {"Release Bot", "ops@acme.com"},
	    {"Acme Deploy", "deploy-bot@acme.com"},
	    {"acme_bot", "eng@acme.com"},
	    {"gardener-robot-ci-1", "x@acme.com"},
	    {"pyup-bot", "github-bot@pyup.io"},
	    {"Scala Steward", "me@scala-steward.org"},
	    {"Travis CI", "builds@travis-ci.org"},
	    {"Circle CI", "eng@acme.com"},
	};
	static const char *const people[][2] = {
	    {"Ann Smith", "ann@acme.com"},
	    {"Ann Abbot", "abbot@acme.com"},
	    {"Jim Talbot", "jtalbot@acme.com"},
	    {"talbot", "talbot@acme.com"},
	    {"Marc Chabot", "mchabot@acme.com"},
	    {"Lukas Bot", "lukas@acme.com"},
	    {"Ben Jenkins", "jenkins@acme.com"},
	    {"Travis Miller", "travis@acme.com"},
	    {"Robotka", "robotka@acme.com"},
	    {"Botond Nagy", "botond@acme.com"},
	    {"Ci Zhang", "ci.zhang@acme.com"},
	    {"Build Smith", "bsmith@acme.com"},
	    {"Renovato Rossi", "rr@acme.com"},
	    {"", "someone@acme.com"},
	    {"\xe6\x9d\x8e\xe9\x9b\xb7", "lilei@acme.com"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bots); i++)
		if (!people_is_bot(bots[i][0], bots[i][1]))
			fail_msg("%s <%s> is a robot", bots[i][0], bots[i][1]);
	for (size_t i = 0; i < ARRAY_LEN(people); i++)
		if (people_is_bot(people[i][0], people[i][1]))
			fail_msg("%s <%s> is a person", people[i][0], people[i][1]);
}

static void dependency_robots(void **state)
{
	static const char subject[] = "Merge pull request #7 from acme/dependabot/go_modules/x\n";
	static const char trailer[] = "Bump x from 1 to 2 (#7)\n\n"
				      "Signed-off-by: dependabot[bot] <support@github.com>\n";
	static const char plain[] = "Say how renovate/ and dependabot are set up\n\nText\n";

	(void)state;
	assert_true(people_is_dependency_bot("dependabot[bot]",
					     "49699333+dependabot[bot]@users.noreply.github.com"));
	assert_true(people_is_dependency_bot("dependabot-preview[bot]", "support@dependabot.com"));
	assert_true(people_is_dependency_bot("Renovate Bot", "bot@renovateapp.com"));
	assert_true(people_is_dependency_bot("acme", "12+renovate[bot]@users.noreply.github.com"));
	assert_true(people_is_dependency_bot("snyk-bot", "snyk-bot@snyk.io"));
	assert_false(people_is_dependency_bot("github-actions[bot]", "action@github.com"));
	assert_false(people_is_dependency_bot("Ann Snyk", "ann.snyk@acme.com"));
	assert_true(people_is_dependency_update(subject, strlen(subject), true));
	assert_false(people_is_dependency_update(subject, strlen(subject), false));
	assert_true(people_is_dependency_update(trailer, strlen(trailer), false));
	assert_false(people_is_dependency_update(plain, strlen(plain), false));
}

/* want: for each key the index of the first of its group, as digits. */
static void groups(const char *want, size_t count, const struct person_key *keys)
{
	size_t group[10];
	char got[11] = "";

	people_group(keys, count, group);
	for (size_t i = 0; i < count; i++)
		got[i] = (char)('0' + group[i]);
	assert_string_equal(got, want);
}

static void one_person(void **state)
{
	(void)state;
	groups("00", 2, (struct person_key[]){{"Ann", "ann@x.com", 0}, {"ann", "ANN@x.com", 0}});
	groups("000", 3,
	       (struct person_key[]){{"Ann Smith", "ann@x.com", 0},
				     {"ann  smith", "a.s@home.org", 0},
				     {"asmith", "a.s@home.org", 0}});
	groups("00", 2, (struct person_key[]){{"ann", "ann@x.com", 0}, {"Ann", "ann@y.org", 0}});
	groups("01", 2, (struct person_key[]){{"Alex", "alex@x.com", 0}, {"Alex", "al@y.org", 0}});
	groups(
	    "01", 2,
	    (struct person_key[]){{"Ann Smith", "info@x.com", 0}, {"Bob Jones", "info@y.org", 0}});
	/* a forge's address goes with the name, if there is but one */
	groups("00", 2,
	       (struct person_key[]){{"Alex", "al@x.com", 0},
				     {"Alex", "12+alexq@users.noreply.github.com", 0}});
	groups("012", 3,
	       (struct person_key[]){{"Alex", "al@x.com", 0},
				     {"Alex", "alexander@y.org", 0},
				     {"Alex", "12+alexq@users.noreply.github.com", 0}});
	groups("00", 2,
	       (struct person_key[]){{"Ann Smith", "ann@users.noreply.github.com", 0},
				     {"annie", "12+ann@users.noreply.github.com", 0}});
	/* addresses that say nothing, and robots */
	groups("01", 2,
	       (struct person_key[]){{"Ann", "root@localhost", 0}, {"Bob", "root@localhost", 0}});
	groups("01", 2, (struct person_key[]){{"Ann", "", 0}, {"Bob", "", 0}});
	groups("01", 2,
	       (struct person_key[]){{"Acme Team", "eng@x.com", 0}, {"Acme Bot", "eng@x.com", 1}});
	groups("", 0, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(forms),	    cmocka_unit_test(lines),
	    cmocka_unit_test(hostile_text), cmocka_unit_test(robots),
	    cmocka_unit_test(one_person),   cmocka_unit_test(dependency_robots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
