#include "tui/silence_form.h"

#include <string.h>
#include <strings.h>

#include "core/doc.h"
#include "core/mem.h"
#include "core/text.h"
#include "fetch/silence.h"

#define LASTS	  "2h"
#define TEXT_MAX  2000 /* bytes of what is typed */
#define TRIED_MAX 5000 /* alerts that matchers are tried on */
#define YEAR	  (366 * INT64_C(86400))

/* ---- which Alertmanager ---- */

static bool is_alertmanager(const struct live_source *source)
{
	return source->kinds >> SIGNAL_SILENCE & 1;
}

static bool same_environment(const struct live_source *source, const struct burn *burn)
{
	const char *environment = source->environment ? source->environment : "";

	return !*environment || !*burn->environment || !strcasecmp(environment, burn->environment);
}

/* The one that told of the alert, else one of its environment. */
static const struct live_source *find_source(const struct live *live, const struct burn *burn)
{
	const struct live_source *found = NULL;

	if (is_alertmanager(burn->signals[0].source))
		return burn->signals[0].source;
	for (size_t i = 0; live && i < live_count(live) && !found; i++)
		if (is_alertmanager(live_at(live, i)) && same_environment(live_at(live, i), burn))
			found = live_at(live, i);
	return found;
}

static void set_source(struct silence_form *form, const struct live_source *source)
{
	form->source = arena_strdup(form->arena, source->name);
	form->url = arena_strdup(form->arena, source->url);
}

void silence_form_next_source(struct silence_form *form, const struct live *live)
{
	size_t count = live ? live_count(live) : 0, at = 0;

	while (at < count && strcmp(live_at(live, at)->name, form->source) != 0)
		at++;
	for (size_t i = 1; i <= count; i++) {
		const struct live_source *source = live_at(live, (at + i) % count);

		if (!is_alertmanager(source))
			continue;
		set_source(form, source);
		return;
	}
}

/* ---- the fields ---- */

static const char *matcher_text(struct arena *arena, const struct silence_matcher *matcher)
{
	struct buf text = {0};
	const char *copy;

	silence_write_matchers(matcher, 1, &text);
	copy = arena_strdup(arena, buf_str(&text));
	buf_free(&text);
	return copy;
}

static void add_matchers(struct silence_form *form, const struct signal *signal)
{
	struct silence_matcher *matchers;
	size_t count;

	matchers = silence_matchers(signal->labels, signal->label_count, form->arena, &count);
	for (size_t i = 0; i < count && form->matcher_count < FORM_MATCHERS; i++)
		form->matchers[form->matcher_count++] = matcher_text(form->arena, &matchers[i]);
}

/* The matchers of a silence are its labels, written by whoever told of it. */
static void show_silence(struct silence_form *form, const struct signal *silence)
{
	for (size_t i = 0; i < silence->label_count && form->matcher_count < FORM_MATCHERS; i++)
		form->matchers[form->matcher_count++] = arena_printf(
		    form->arena, "%s%s", silence->labels[i].name, silence->labels[i].value);
	form->ends_id = arena_strdup(form->arena, silence->id);
	form->ends_at = silence->until;
	form->author = arena_strdup(form->arena, silence->author ? silence->author : "");
	form->comment = arena_strdup(form->arena, silence->text ? silence->text : "");
}

static const char *a_burn(enum burn_kind kind)
{
	static const char *const words[BURN_KINDS] = {
	    [BURN_INCIDENT] = "a declared incident",
	    [BURN_ALERT] = "an alert",
	    [BURN_UPTIME] = "a probe that fails",
	    [BURN_SLO] = "an error budget",
	    [BURN_CI] = "a build that fails",
	    [BURN_CERT] = "a certificate",
	    [BURN_WATCHDOG] = "an alert that does not fire",
	    [BURN_SOURCE] = "a source that does not answer",
	};

	return words[kind];
}

int silence_form_new(struct silence_form *form, const struct fleet *fleet, const struct burn *burn,
		     const char *author, struct err *err)
{
	const struct live_source *source;

	*form = (struct silence_form){0};
	if (burn->kind != BURN_ALERT)
		return err_set(err, NULL, NULL, "only alerts can be silenced, this is %s",
			       a_burn(burn->kind));
	source = burn->silence.signal ? burn->silence.source : find_source(fleet_live(fleet), burn);
	if (!source)
		return err_set(err, NULL, "add a source of type alertmanager",
			       "no Alertmanager is configured that could silence it");
	form->arena = arena_new();
	set_source(form, source);
	form->alert = arena_strdup(form->arena, burn->signals[0].signal->title);
	form->lasts = LASTS;
	form->author = arena_strdup(form->arena, author ? author : "");
	form->comment = "";
	if (burn->silence.signal)
		show_silence(form, burn->silence.signal);
	else
		add_matchers(form, burn->signals[0].signal);
	return 0;
}

void silence_form_free(struct silence_form *form)
{
	arena_free(form->arena);
	*form = (struct silence_form){0};
}

void silence_form_set(struct silence_form *form, const char **field, const char *text)
{
	*field = arena_memdup0(form->arena, text, strnlen(text, TEXT_MAX));
}

void silence_form_set_matcher(struct silence_form *form, size_t index, const char *text)
{
	text += strspn(text, " ");
	if (*text && index < FORM_MATCHERS) {
		silence_form_set(form, &form->matchers[index], text);
		if (index == form->matcher_count)
			form->matcher_count++;
	} else if (index < form->matcher_count) {
		form->matcher_count--;
		memmove(&form->matchers[index], &form->matchers[index + 1],
			(form->matcher_count - index) * sizeof(*form->matchers));
	}
}

/* ---- the request ---- */

static int read_matchers(const struct silence_form *form, struct arena *arena,
			 struct silence *silence, struct err *err)
{
	struct buf text = {0};
	int result;

	for (size_t i = 0; i < form->matcher_count; i++)
		buf_addf(&text, "%s%s", i ? ", " : "", form->matchers[i]);
	result = silence_read_matchers(buf_str(&text), arena, &silence->matchers,
				       &silence->matcher_count, err);
	buf_free(&text);
	return result;
}

static int read_duration(const char *text, int64_t *seconds, struct err *err)
{
	const struct doc node = {.kind = DOC_SCALAR, .text = (char *)text};

	if (doc_duration(&node, seconds) && *seconds <= YEAR)
		return 0;
	return err_set(err, NULL, "write 30m, 2h or 3d", "\"%.40s\" is no length of time", text);
}

int silence_form_request(const struct silence_form *form, int64_t now, struct arena *arena,
			 struct silence_request *out, struct err *err)
{
	struct silence silence = {.starts = now, .author = form->author, .comment = form->comment};
	struct buf body = {0};
	int64_t seconds;

	*out = (struct silence_request){.method = "DELETE"};
	if (form->ends_id) {
		out->path = silence_path(form->ends_id, arena);
		return 0;
	}
	if (read_matchers(form, arena, &silence, err) < 0 ||
	    read_duration(form->lasts, &seconds, err) < 0)
		return -1;
	out->ends = silence.ends = now + seconds;
	if (silence_check(&silence, now, err) < 0)
		return -1;
	silence_body(&silence, &body);
	out->method = "POST";
	out->path = SILENCES_PATH;
	out->body = arena_strdup(arena, buf_str(&body));
	buf_free(&body);
	return 0;
}

/* ---- what it would silence ---- */

static void count_fits(const struct silence *silence, const struct live_topic *topic, size_t *fits,
		       size_t *all)
{
	for (size_t i = 0; i < topic->signal_count && *all < TRIED_MAX; i++) {
		const struct signal *signal = &topic->signals[i];

		if (signal->kind != SIGNAL_ALERT)
			continue;
		*all += 1;
		*fits += silence_matches(silence, signal->labels, signal->label_count);
	}
}

bool silence_form_fits(const struct silence_form *form, const struct live *live, size_t *fits,
		       size_t *all)
{
	const struct live_source *source = live ? live_find(live, form->source) : NULL;
	struct silence silence = {0};
	struct arena *arena = arena_new();
	bool understood = read_matchers(form, arena, &silence, NULL) == 0;

	*fits = *all = 0;
	for (size_t i = 0; understood && source && i < source->topic_count; i++)
		count_fits(&silence, source->topics[i], fits, all);
	arena_free(arena);
	return understood;
}
