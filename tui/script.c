#include "tui/script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "tui/app_internal.h"
#include "tui/file.h"
#include "tui/snapshot.h"

enum { MAX_BYTES = 256 * 1024, MAX_STEPS = 10000, WAIT_MS = 30000 };
enum { MIN_SIZE = 1, MAX_ROWS = 400, MAX_COLS = 1000 };

enum verb {
	VERB_KEYS,
	VERB_TYPE,
	VERB_WAIT,
	VERB_GONE,
	VERB_IDLE,
	VERB_EXPECT,
	VERB_RESIZE,
	VERB_THEME,
	VERB_SAVE,
	VERB_SAVE_SVG,
	VERB_QUIT,
	VERB_COUNT
};

static const struct {
	const char *word;
	bool argument;
} verbs[VERB_COUNT] = {
    [VERB_KEYS] = {"keys", true},     [VERB_TYPE] = {"type", true},
    [VERB_WAIT] = {"wait", true},     [VERB_GONE] = {"gone", true},
    [VERB_IDLE] = {"idle", false},    [VERB_EXPECT] = {"expect", true},
    [VERB_RESIZE] = {"resize", true}, [VERB_THEME] = {"theme", true},
    [VERB_SAVE] = {"save", true},     [VERB_SAVE_SVG] = {"save-svg", true},
    [VERB_QUIT] = {"quit", false},
};

struct step {
	enum verb verb;
	char *argument; /* "" where there is none */
	unsigned line;
	int rows, cols; /* RESIZE */
};

struct script {
	char *path;
	struct step *steps;
	size_t count, cap;
};

static int fail(const struct script *script, unsigned line, struct err *err, const char *fix,
		const char *what, const char *which)
{
	char where[300];
	snprintf(where, sizeof(where), "%.250s:%u", script->path, line);
	return err_set(err, where, fix, "%s '%.80s'", what, which);
}

/* Reading */

static int check_keys(const struct script *script, const struct step *step, struct err *err)
{
	char *words = xstrdup(step->argument), *save = NULL;
	int result = 0;
	for (char *word = strtok_r(words, " \t", &save); word && result == 0;
	     word = strtok_r(NULL, " \t", &save))
		if (keymap_parse_key(word) == KEYC_NONE)
			result = fail(script, step->line, err, "keys have the names of keys.yml",
				      "there is no key", word);
	free(words);
	return result;
}

static int check_size(const struct script *script, struct step *step, struct err *err)
{
	char rest;
	if (sscanf(step->argument, "%4dx%4d%c", &step->rows, &step->cols, &rest) == 2 &&
	    step->rows >= MIN_SIZE && step->cols >= MIN_SIZE && step->rows <= MAX_ROWS &&
	    step->cols <= MAX_COLS)
		return 0;
	return fail(script, step->line, err, "write rows x columns: resize 40x120",
		    "this is no size:", step->argument);
}

static int parse_line(struct script *script, char *text, unsigned number, struct err *err)
{
	text += strspn(text, " \t");
	size_t len = strcspn(text, " \t");
	if (len == 0 || *text == '#')
		return 0;
	char *rest = text + len + strspn(text + len, " \t");
	text[len] = '\0';
	struct step step = {.verb = VERB_COUNT, .line = number};
	for (int i = 0; i < VERB_COUNT; i++)
		if (strcmp(verbs[i].word, text) == 0)
			step.verb = (enum verb)i;
	if (step.verb == VERB_COUNT)
		return fail(script, number, err, "svctop(1) lists the commands of scripts",
			    "there is no command", text);
	if (verbs[step.verb].argument && !*rest)
		return fail(script, number, err, NULL, "something must follow", text);
	step.argument = xstrdup(rest);
	GROW(script->steps, script->count, script->cap);
	script->steps[script->count++] = step;
	struct step *made = &script->steps[script->count - 1];
	if (step.verb == VERB_KEYS)
		return check_keys(script, made, err);
	return step.verb == VERB_RESIZE ? check_size(script, made, err) : 0;
}

struct script *script_parse(const char *path, const char *text, size_t len, struct err *err)
{
	struct script *script = xcalloc(1, sizeof(*script));
	const char *end = text + len;
	unsigned number = 0;
	int result = 0;
	script->path = xstrdup(path);
	while (text < end && result == 0) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t size = (size_t)((nl ? nl : end) - text);
		char *line = xmemdup0(text, size);
		if (size > 0 && line[size - 1] == '\r')
			line[size - 1] = '\0';
		if (script->count < MAX_STEPS)
			result = parse_line(script, line, ++number, err);
		free(line);
		text += size + 1;
	}
	if (result < 0) {
		script_free(script);
		return NULL;
	}
	return script;
}

struct script *script_open(const char *path, struct err *err)
{
	struct buf text = {0};
	struct script *script = NULL;
	if (file_read(path, MAX_BYTES, &text, err) == 0)
		script = script_parse(path, buf_str(&text), text.len, err);
	buf_free(&text);
	return script;
}

void script_free(struct script *script)
{
	if (!script)
		return;
	for (size_t i = 0; i < script->count; i++)
		free(script->steps[i].argument);
	free(script->steps);
	free(script->path);
	free(script);
}

/* Playing */

static void press(struct app *app, uint32_t key)
{
	struct input input = {.kind = INPUT_KEY, .code = key};
	app_input(app, &input);
	app->answered = true;
	app_step(app, 0);
}

static void press_keys(struct app *app, const char *names)
{
	char *words = xstrdup(names), *save = NULL;
	for (char *word = strtok_r(words, " \t", &save); word && !app->quit;
	     word = strtok_r(NULL, " \t", &save))
		press(app, keymap_parse_key(word));
	free(words);
}

static void type_text(struct app *app, const char *text)
{
	size_t len = strlen(text);
	for (size_t at = 0, n; at < len && !app->quit; at += n) {
		uint32_t c;
		n = text_decode(text + at, len - at, &c);
		if (n == 0)
			return;
		press(app, c);
	}
}

static bool on_screen(struct app *app, const char *text)
{
	struct buf screen = {0};
	app_draw(app);
	snapshot_text(app->screen, &screen);
	bool found = strstr(buf_str(&screen), text) != NULL;
	buf_free(&screen);
	return found;
}

static bool reached(struct app *app, const struct step *step)
{
	if (step->verb == VERB_IDLE)
		return !app_busy(app);
	return on_screen(app, step->argument) == (step->verb == VERB_WAIT);
}

static int wait_for(struct script *script, const struct step *step, struct app *app,
		    struct err *err)
{
	int64_t end = app_clock_ms() + WAIT_MS;
	while (!reached(app, step)) {
		if (app->quit || app_clock_ms() > end)
			return fail(script, step->line, err, NULL, "waited in vain for",
				    *step->argument ? step->argument : "the end of the scan");
		app_step(app, 100);
	}
	return 0;
}

static int save(struct script *script, const struct step *step, struct app *app, struct err *err)
{
	struct buf out = {0};
	app_draw(app);
	if (step->verb == VERB_SAVE)
		snapshot_text(app->screen, &out);
	else
		snapshot_svg(app->screen, &out);
	FILE *file = fopen(step->argument, "we");
	bool done = file && fwrite(buf_str(&out), 1, out.len, file) == out.len;
	int reason = errno;
	if (file && fclose(file) != 0)
		done = false;
	buf_free(&out);
	return done ? 0
		    : fail(script, step->line, err, strerror(reason), "cannot write",
			   step->argument);
}

static int play_step(struct script *script, const struct step *step, struct app *app,
		     struct err *err)
{
	switch (step->verb) {
	case VERB_KEYS:
		press_keys(app, step->argument);
		return 0;
	case VERB_TYPE:
		type_text(app, step->argument);
		return 0;
	case VERB_WAIT:
	case VERB_GONE:
	case VERB_IDLE:
		return wait_for(script, step, app, err);
	case VERB_EXPECT:
		if (!on_screen(app, step->argument))
			return fail(script, step->line, err, NULL, "the screen has not",
				    step->argument);
		return 0;
	case VERB_RESIZE:
		screen_resize(app->screen, step->rows, step->cols);
		app->dirty = app->answered = true;
		return 0;
	case VERB_THEME:
		app_set_theme(app, step->argument);
		return 0;
	case VERB_SAVE:
	case VERB_SAVE_SVG:
		return save(script, step, app, err);
	default:
		app->quit = true;
		return 0;
	}
}

int script_play(struct script *script, struct app *app, struct err *err)
{
	for (size_t i = 0; i < script->count && !app->quit; i++)
		if (play_step(script, &script->steps[i], app, err) < 0)
			return -1;
	return 0;
}
