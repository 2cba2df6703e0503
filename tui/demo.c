#include "tui/demo.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "core/buf.h"
#include "core/mem.h"
#include "fetch/git_make.h"
#include "tui/demo_fleet.h"

#define DAY  ((int64_t)24 * 60 * 60)
#define YEAR (365 * DAY)

extern const unsigned char data_tui_demo_fleet_txt[];
extern const size_t data_tui_demo_fleet_txt_len;

/* One commit to be made: with a file, a change of files, or a line in the changelog. */
struct event {
	int64_t age;
	size_t order; /* among events of the same age */
	const char *by;
	const char *subject; /* NULL: made up from the file */
	const struct demo_file *file;
	const struct demo_change *change; /* NULL, as the file: the changelog */
};

struct timeline {
	struct event *events;
	size_t count, cap;
};

static void add_event(struct timeline *line, struct event event)
{
	GROW(line->events, line->count, line->cap);
	event.order = line->count;
	line->events[line->count++] = event;
}

/* Oldest first. */
static int compare_events(const void *a, const void *b)
{
	const struct event *left = a, *right = b;

	if (left->age != right->age)
		return left->age > right->age ? -1 : 1;
	return left->order < right->order ? -1 : left->order > right->order;
}

/* The same number for the same name, to vary what would look alike. */
static unsigned hash(const char *text)
{
	unsigned h = 2166136261u;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	return h;
}

/* Whose turn it is: whoever is furthest behind their share after done of total commits. */
static size_t whose_turn(const struct demo_repo *repo, const unsigned *made, unsigned done,
			 unsigned total)
{
	int64_t best_lag = INT64_MIN;
	size_t best = 0;

	for (size_t i = 0; i < repo->team_count; i++) {
		int64_t lag =
		    (int64_t)repo->team[i].commits * (done + 1) - (int64_t)made[i] * total;

		if (made[i] < repo->team[i].commits && lag > best_lag) {
			best_lag = lag;
			best = i;
		}
	}
	return best;
}

static void add_team(const struct demo_fleet *fleet, const struct demo_repo *repo,
		     struct timeline *line)
{
	const struct demo_messages *talk =
	    demo_fleet_messages(fleet, repo->talk ? repo->talk : "common");
	const struct demo_messages *bumps = demo_fleet_messages(fleet, "bumps");
	unsigned *made = xcalloc(repo->team_count + 1, sizeof(*made));
	unsigned seed = hash(repo->name), total = 0;
	int64_t span = (repo->since < YEAR ? repo->since : YEAR) - DAY - repo->newest;

	for (size_t i = 0; i < repo->team_count; i++)
		total += repo->team[i].commits;
	for (unsigned k = 0; k < total; k++) {
		const struct demo_share *share;
		const struct demo_messages *from;
		struct event event = {0};
		int64_t step = span / total;

		share = &repo->team[whose_turn(repo, made, k, total)];
		made[share - repo->team]++;
		from = strstr(share->by, "bot") ? bumps : talk;
		/* Evenly spread would look as made up as it is. */
		event.age = repo->newest + span - step * (k + 1);
		if (k + 1 < total)
			event.age +=
			    (int64_t)((seed + k * 2654435761u) >> 8) % (step > 0 ? step : 1);
		event.by = share->by;
		event.subject = from->subjects[(seed + k) % from->count];
		add_event(line, event);
	}
	free(made);
}

static void make_timeline(const struct demo_fleet *fleet, const struct demo_repo *repo,
			  struct timeline *line)
{
	const char *first = repo->team_count ? repo->team[0].by : fleet->people[0].key;

	for (size_t i = 0; i < repo->file_count; i++) {
		const struct demo_file *file = &repo->files[i];

		if (file->age >= 0 && !file->late)
			add_event(line, (struct event){.age = file->age,
						       .by = file->by ? file->by : first,
						       .subject = file->subject,
						       .file = file});
	}
	for (size_t i = 0; i < repo->change_count; i++)
		add_event(line, (struct event){.age = repo->changes[i].age,
					       .by = repo->changes[i].by,
					       .subject = repo->changes[i].subject,
					       .change = &repo->changes[i]});
	for (size_t i = 0; i < repo->commit_count; i++)
		add_event(line, (struct event){.age = repo->commits[i].age,
					       .by = repo->commits[i].by,
					       .subject = repo->commits[i].subject});
	add_team(fleet, repo, line);
	if (line->count)
		qsort(line->events, line->count, sizeof(*line->events), compare_events);
}

static int commit(struct git_make *make, const struct demo_fleet *fleet, const char *by,
		  const char *subject, int64_t when, struct err *err)
{
	const struct demo_person *person = demo_fleet_person(fleet, by);
	struct git_signature_text who = {.time = when};

	if (!person)
		return err_set(err, "demo fleet", NULL, "no person '%s'", by);
	who.name = person->name;
	who.email = person->email;
	return git_make_commit(make, subject, &who, err);
}

/* The first commit: everything that has no age of its own. */
static int make_first(struct git_make *make, const struct demo_fleet *fleet,
		      const struct demo_repo *repo, int64_t now, struct err *err)
{
	const char *by = repo->team_count ? repo->team[0].by : fleet->people[0].key;

	for (size_t i = 0; i < repo->file_count; i++) {
		const struct demo_file *file = &repo->files[i];

		if (file->age < 0 && !file->late &&
		    git_make_file(make, file->path, file->text, file->len, err))
			return -1;
	}
	return commit(make, fleet, by, "First version", now - repo->since, err);
}

/* A repository in the making: whose changelogs hold what so far. */
struct history {
	struct git_make *make;
	const struct demo_fleet *fleet;
	const struct demo_repo *repo;
	struct buf *changes; /* one a changelog */
	size_t turn;
	int64_t now;
};

/* Adds a line on top of the changelog whose turn it is. */
static int put_change(struct history *history, const char *subject, int64_t when, struct err *err)
{
	const struct demo_repo *repo = history->repo;
	size_t count = repo->changelog_count ? repo->changelog_count : 1;
	/* Out of step with the team's turns, or each would always change the same one. */
	size_t which = (history->turn + history->turn / count) % count;
	const char *path = repo->changelog_count ? repo->changelogs[which] : "CHANGELOG.md";
	struct buf *changes = &history->changes[which];
	struct buf text = {0};
	time_t at = (time_t)when;
	struct tm tm;
	int rc;

	history->turn++;
	gmtime_r(&at, &tm);
	buf_addf(&text, "- %04d-%02d-%02d %s\n", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		 subject);
	buf_adds(&text, buf_str(changes));
	buf_reset(changes);
	buf_adds(changes, buf_str(&text));
	buf_reset(&text);
	buf_addf(&text, "# Changes\n\n%s", buf_str(changes));
	rc = git_make_file(history->make, path, text.data, text.len, err);
	buf_free(&text);
	return rc;
}

static int make_change(struct history *history, const struct demo_change *change, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < change->count; i++) {
		const struct demo_file *file = &history->repo->files[change->files[i]];

		rc = change->removes
			 ? git_make_remove(history->make, file->path, err)
			 : git_make_file(history->make, file->path, file->text, file->len, err);
	}
	return rc;
}

static int make_event(struct history *history, const struct event *event, struct err *err)
{
	const struct demo_file *file = event->file;
	int64_t when = history->now - event->age;
	char *made_up = NULL;
	int rc;

	if (file) {
		const char *slash = strrchr(file->path, '/');

		made_up = xasprintf("Update %s", slash ? slash + 1 : file->path);
		rc = git_make_file(history->make, file->path, file->text, file->len, err);
	} else if (event->change) {
		rc = make_change(history, event->change, err);
	} else {
		rc = put_change(history, event->subject, when, err);
	}
	if (rc == 0)
		rc = commit(history->make, history->fleet, event->by,
			    event->subject ? event->subject : made_up, when, err);
	free(made_up);
	return rc;
}

static int make_history(struct git_make *make, const struct demo_fleet *fleet,
			const struct demo_repo *repo, int64_t now, struct err *err)
{
	struct history history = {.make = make, .fleet = fleet, .repo = repo, .now = now};
	size_t changelogs = repo->changelog_count ? repo->changelog_count : 1;
	struct timeline line = {0};
	int rc = make_first(make, fleet, repo, now, err);

	history.changes = xcalloc(changelogs, sizeof(*history.changes));
	make_timeline(fleet, repo, &line);
	for (size_t i = 0; rc == 0 && i < line.count; i++)
		rc = make_event(&history, &line.events[i], err);
	for (size_t i = 0; i < changelogs; i++)
		buf_free(&history.changes[i]);
	free(history.changes);
	free(line.events);
	return rc;
}

static int make_repo(const struct demo_fleet *fleet, const struct demo_repo *repo, const char *dir,
		     int64_t now, struct err *err)
{
	/* Fetched within the last hour, not all at once. */
	int64_t fetched_at = now - (int64_t)(hash(repo->name) % 45) * 60;
	char *path = xasprintf("%s/%s%s", dir, repo->path, repo->bare ? ".git" : "");
	char *remote = xasprintf("https://github.com/kestrel-shop/%s.git", repo->name);
	struct git_make *make = git_make_new(path, repo->bare, repo->local ? NULL : remote, err);
	int rc = make ? 0 : -1;

	if (rc == 0 && repo->shallow)
		git_make_flag(make, GIT_MAKE_SHALLOW);
	if (rc == 0 && repo->broken)
		git_make_flag(make, GIT_MAKE_BROKEN);
	if (rc == 0 && !repo->empty)
		rc = make_history(make, fleet, repo, now, err);
	if (rc == 0)
		rc = git_make_finish(make, fetched_at, err);
	git_make_free(make);
	free(remote);
	free(path);
	return rc;
}

int demo_make(const char *dir, int64_t now, struct err *err)
{
	struct demo_fleet *fleet = demo_fleet_parse((const char *)data_tui_demo_fleet_txt,
						    data_tui_demo_fleet_txt_len, now, err);
	int rc = fleet ? 0 : -1;

	git_make_init();
	for (size_t i = 0; rc == 0 && i < fleet->repo_count; i++)
		rc = make_repo(fleet, &fleet->repos[i], dir, now, err);
	git_make_shutdown();
	demo_fleet_free(fleet);
	return rc;
}
