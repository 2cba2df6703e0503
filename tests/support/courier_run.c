#include "tests/support/courier_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tests/support/process.h"

struct seen *topic_of(struct courier_run *run, const char *source, const char *name)
{
	for (size_t i = 0; i < run->topic_count; i++)
		if (!strcmp(run->topics[i].topic, name) &&
		    (!source || !strcmp(run->topics[i].source, source)))
			return &run->topics[i];
	assert_true(run->topic_count < ARRAY_LEN(run->topics));
	snprintf(run->topics[run->topic_count].topic, sizeof(run->topics[0].topic), "%s", name);
	snprintf(run->topics[run->topic_count].source, sizeof(run->topics[0].source), "%s",
		 source ? source : "");
	return &run->topics[run->topic_count++];
}

struct seen *topic(struct courier_run *run, const char *name)
{
	return topic_of(run, NULL, name);
}

static void note_report(struct courier_run *run, const struct topic_report *report)
{
	struct seen *seen = topic_of(run, report->source, report->topic);

	seen->gone = report->gone;
	if (report->gone)
		return;
	if (!report->at) {
		seen->announced = true;
		return;
	}
	seen->reports++;
	if (getenv("COURIER_TEST_SHOW"))
		fprintf(stderr, "%s: %s: %s %s\n", report->source, report->topic,
			failure_name(report->failure), report->cause ? report->cause : "");
	seen->failure = report->failure;
	seen->unchanged = report->unchanged;
	snprintf(seen->cause, sizeof(seen->cause), "%s", report->cause ? report->cause : "");
	snprintf(seen->fix, sizeof(seen->fix), "%s", report->fix ? report->fix : "");
	seen->signals = report->signals.count;
	snprintf(seen->title, sizeof(seen->title), "%s",
		 report->signals.count ? report->signals.signals[0].title : "");
}

void note(struct courier_run *run, const struct courier_event *event)
{
	switch (event->kind) {
	case COURIER_READY:
		run->ready++;
		snprintf(run->ready_text, sizeof(run->ready_text), "%s",
			 event->text ? event->text : "");
		break;
	case COURIER_REPORT:
		note_report(run, event->report);
		break;
	case COURIER_STATUS:
		run->statuses++;
		run->status = *event->status;
		run->status.source = run->status.version = NULL;
		break;
	case COURIER_IDLE:
		run->idle++;
		break;
	case COURIER_SENT:
		run->sent++;
		run->sent_request = event->request;
		run->sent_status = event->http_status;
		snprintf(run->sent_text, sizeof(run->sent_text), "%s",
			 event->text ? event->text : "");
		snprintf(run->body, sizeof(run->body), "%s", event->body ? event->body : "");
		break;
	case COURIER_LOST:
		run->lost++;
		snprintf(run->lost_text, sizeof(run->lost_text), "%s", event->text);
		break;
	}
}

pid_t courier_pid(void)
{
	pid_t pid = process_child_named("svctop-courier");

	assert_int_not_equal(pid, 0);
	return pid;
}

/* One round of a face's loop; what comes later than patience is a failure. */
void turn(struct courier_run *run)
{
	struct pollfd fds[4];
	struct courier_event event;
	int timeout = PATIENCE_MS;
	size_t count = courier_pollfds(run->courier, fds, ARRAY_LEN(fds), &timeout);

	if (poll(fds, count, timeout) == 0 && timeout == PATIENCE_MS)
		fail_msg("the courier said nothing for %d ms", PATIENCE_MS);
	courier_service(run->courier);
	while (courier_next(run->courier, &event))
		note(run, &event);
}

struct courier_run *courier_run_new(const char *config, const char *cache, bool once)
{
	struct courier_run *run = xcalloc(1, sizeof(*run));
	const struct courier_options options = {.config_path = "/etc/svctop/config.yml",
						.config_text = config,
						.config_len = strlen(config),
						.home = getenv("HOME"),
						.cache_dir = cache,
						.once = once};

	run->courier = courier_new(&options, NULL);
	assert_non_null(run->courier);
	return run;
}

void courier_run_free(struct courier_run *run)
{
	courier_free(run->courier);
	free(run);
}

void ask_about(struct courier_run *run, const char *name)
{
	struct subject subject = {.name = name, .subdir = ""};
	struct subject_list list = {.subjects = &subject, .count = 1};

	courier_subjects(run->courier, &list);
}

void turn_until_asked(struct courier_run *run, struct httpd *server, const char *word)
{
	while (server ? !httpd_count(server) : !process_runs_with(word)) {
		struct pollfd fds[4];
		int timeout = 10;
		struct courier_event event;
		size_t count = courier_pollfds(run->courier, fds, ARRAY_LEN(fds), &timeout);

		poll(fds, count, timeout < 10 ? timeout : 10);
		courier_service(run->courier);
		while (courier_next(run->courier, &event))
			note(run, &event);
	}
}
