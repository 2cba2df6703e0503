#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/descriptor.h"
#include "core/mem.h"

static void tiers(void **state)
{
	static const struct {
		const char *text;
		int tier;
	} cases[] = {
	    {"1", 1},
	    {"4", 4},
	    {"tier1", 1},
	    {"Tier2", 2},
	    {"tier_3", 3},
	    {"tier-4", 4},
	    {"Tier 1", 1},
	    {"T2", 2},
	    {"one", 1},
	    {"three", 3},
	    {"Zero", 1},
	    {"0", 1},
	    {"High", 1},
	    {"Medium", 2},
	    {"low", 3},
	    {"Critical", 1},
	    {"Platinum", 1},
	    {"gold", 2},
	    {"Silver", 3},
	    {"Bronze", 4},
	    {"experiment", 4},
	    {"Tier 1 - core", 1},
	    {"service tier 2", 2},
	    {"", 0},
	    {"library", 0},
	    {"5", 0},
	    {"10", 0},
	    {"1.5", 0},
	    {"not critical", 0},
	    {"tier", 0},
	    {"frontend", 0},
	    {"tier1st", 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (tier_normalise(cases[i].text) != cases[i].tier)
			fail_msg("%s is tier %d", cases[i].text, tier_normalise(cases[i].text));
	}
	assert_int_equal(tier_normalise(NULL), 0);
}

static void link_types(void **state)
{
	static const char *const cases[][2] = {
	    {"runbook", "playbook"},
	    {"Runbooks", "playbook"},
	    {"playbook", "playbook"},
	    {"REPOSITORY", "repo"},
	    {"status_page", "status"},
	    {"ON_CALL", "oncall"},
	    {"continuous_integration", "ci"},
	    {"wiki", "docs"},
	    {"CHAT_CHANNEL", "chat"},
	    {"Dashboard", "dashboard"},
	    {"slo", "slo"},
	    {"", "other"},
	    {"anything", "other"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(link_type_normalise(cases[i][0]), cases[i][1]);
	assert_string_equal(link_type_normalise(NULL), "other");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tiers),
	    cmocka_unit_test(link_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
