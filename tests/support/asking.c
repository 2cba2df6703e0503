#include "tests/support/asking.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/child_process.h"
#include "fetch/courier.h"
#include "fetch/jq.h"
#include "fetch/source.h"

#define PATIENCE_MS 30000
#define PATH	    "/etc/svctop/config.yml"

bool asking_child(int argc, char **argv, int *code)
{
	if (argc == 2 && !strcmp(argv[1], COURIER_ARGUMENT))
		*code = courier_main(CHILD_FD);
	else if (argc == 2 && !strcmp(argv[1], JQ_ARGUMENT))
		*code = jq_main(CHILD_FD);
	else
		return false;
	return true;
}

static struct live *live_of(const char *text)
{
	struct live *live = live_new();
	struct err err = {0};
	struct config *config = config_parse(PATH, NULL, text, strlen(text), &err);
	struct live_config *sources;

	if (!config)
		fail_msg("%s: %s", err.where, err.what);
	sources = xcalloc(config->source_count, sizeof(*sources));
	for (size_t i = 0; i < config->source_count; i++)
		sources[i] = (struct live_config){.name = config->sources[i].name,
						  .type = config->sources[i].type,
						  .kinds = source_kinds(&config->sources[i]),
						  .every = 60};
	live_configure(live, sources, config->source_count);
	free(sources);
	config_free(config);
	return live;
}

/* One round of a face's loop; whether the courier has asked everything. */
static bool turn(struct courier *courier, struct live *live)
{
	struct pollfd fds[4];
	struct courier_event event;
	int timeout = PATIENCE_MS;
	size_t count = courier_pollfds(courier, fds, ARRAY_LEN(fds), &timeout);
	bool idle = false;

	if (poll(fds, count, timeout) == 0 && timeout == PATIENCE_MS)
		fail_msg("the courier said nothing for %d ms", PATIENCE_MS);
	courier_service(courier);
	while (courier_next(courier, &event)) {
		if (event.kind == COURIER_LOST)
			fail_msg("%s", event.text);
		if (event.kind == COURIER_REPORT)
			live_apply(live, event.report);
		idle |= event.kind == COURIER_IDLE;
	}
	return idle;
}

struct live *asking_once(const char *config_text, const struct subject_list *subjects)
{
	static const struct subject_list nobody;
	const struct courier_options options = {.config_path = PATH,
						.config_text = config_text,
						.config_len = strlen(config_text),
						.once = true};
	struct live *live = live_of(config_text);
	struct courier *courier = courier_new(&options, NULL);

	assert_non_null(courier);
	courier_subjects(courier, subjects ? subjects : &nobody);
	while (!turn(courier, live))
		continue;
	courier_free(courier);
	return live;
}

const struct live_topic *asking_topic(const struct live *live, const char *source,
				      const char *topic)
{
	const struct live_source *found = live_find(live, source);

	for (size_t i = 0; found && i < found->topic_count; i++)
		if (!strcmp(found->topics[i]->name, topic))
			return found->topics[i];
	fail_msg("%s told nothing of %s", source, topic);
	return NULL;
}
