#ifndef SVCTOP_TUI_APP_INTERNAL_H
#define SVCTOP_TUI_APP_INTERNAL_H

/* The app's own parts: app.c (loop and views), app_draw.c, app_keys.c, ... */

#include "core/incident.h"
#include "tui/app.h"
#include "tui/file.h"
#include "tui/input.h"
#include "tui/loop.h"
#include "tui/picker.h"
#include "tui/prompt.h"
#include "tui/screen.h"

struct gone;
struct history_memory;
struct notify;
struct script;

/* Panes that are always there, each with its own stack of views above it. */
enum { ROOT_SERVICES, ROOT_TIERS, ROOT_GAPS, ROOT_INCIDENT, ROOT_HISTORY, ROOT_COUNT };
enum { MAX_DEPTH = 16 };

struct stack {
	struct view *views[MAX_DEPTH];
	int depth; /* 0: not opened yet */
};

/* What `-` goes back to. */
enum last_kind { LAST_NONE, LAST_PUSHED, LAST_POPPED, LAST_ROOT };

enum prompt_mode { PROMPT_OFF, PROMPT_COMMAND, PROMPT_FILTER, PROMPT_ASK };

/* What burns, kept between frames. */
struct burning {
	struct arena *arena;
	struct incident *incident; /* NULL: not worked out */
	uint64_t generation, status;
	int64_t built_at;
};

struct app {
	struct app_options options;
	struct screen *screen;
	struct loop *loop;
	struct keymap *keymap;
	struct script *script;
	struct input_state input;

	struct burning burning;
	struct filter_index *index;
	uint64_t index_generation;
	bool index_built;

	struct history_memory *memory; /* app_history.c; NULL: not asked for */

	struct stack stacks[ROOT_COUNT];
	int root;
	enum last_kind last;
	int last_root;
	struct view *popped; /* kept for `-` */

	struct prompt *command, *filter, *ask;
	enum prompt_mode prompting;
	char *filter_before; /* to go back to on Esc */
	struct picker *picker;

	struct file_watch keys_file, theme_file, watched[2];
	int64_t looked_ms; /* when they were last looked at */

	char *message;
	enum role message_role;
	char key_text[16];

	bool mouse;
	int64_t click_ms; /* of the last click, for a second one */
	int click_row;

	bool dirty;	/* something to draw */
	bool unsettled; /* the fleet took something in since the last settle */
	bool scanning;
	bool answered; /* a key was handled: do not wait with the frame */
	int64_t frame_ms, settled_ms, settle_cost_ms;
	int64_t read_at; /* when the last scan ended; 0: none yet */
	size_t problems; /* of the last look at the roots */
	size_t absent;	 /* checkouts that did not exist then (--at), of the same look */
	char *first_problem;
	struct gone *found; /* what it found so far; NULL: none goes on */

	bool loading;		/* facts of the last run are being read */
	bool scan_due;		/* ... and the roots are looked at once scanners know them */
	bool idle_due;		/* a scan came to its end meanwhile */
	bool looking;		/* scanners look whether anything changed */
	bool missed;		/* some checkout was not where it was */
	int64_t looked_at_ms;	/* when they did last */
	struct checkout **held; /* scanned while facts are read */
	size_t held_count, held_cap;
	struct store *store; /* that panes read the past from */
	uint64_t past;	     /* keeper_past_generation() when they were told */
	bool told_history;

	bool subjects_due; /* the courier does not know the services as they are now */
	int64_t subjects_ms;
	struct notify *notify; /* what burned at the last look; NULL: nobody is told */
	uint64_t notified;     /* live_generation() of that look */
	bool answered_once;    /* all that is due was answered once ... */
	bool seeded;	       /* ... and settled: what burns from now on is new */
	bool asking;	       /* not everything that is due has been answered */
	bool status_due;       /* a source's status changed since views were told */

	uint32_t edit_request, edit_line; /* a file asked for, to edit a copy */
	char *edit_name;

	bool quit;
	int code;
	struct err err;
};

/* app.c */
/* app_run() in parts: opens the screen and draws the first frame; NULL on error. */
struct app *app_start(const struct app_options *options, struct err *err);
void app_end(struct app *app);
struct view *app_view(const struct app *app); /* the one on top */
void app_go(struct app *app, int root);
void app_last(struct app *app);
bool app_push(struct app *app, const struct view_ops *ops, const struct target *target);
void app_settle(struct app *app);
int64_t app_clock_ms(void);
void app_scan(struct app *app);
void app_refresh(struct app *app);
/* Gives the terminal to somebody else, and takes it back. */
void app_leave(struct app *app);
void app_return(struct app *app);
void app_suspend(struct app *app);
/* One turn of the loop; waits at most so long (-1: until something happens). */
void app_step(struct app *app, int max_wait_ms);
/* A scan goes on, or there is something to settle or draw. */
bool app_busy(const struct app *app);

/* app_files.c */
void app_set_theme(struct app *app, const char *name);
void app_load_keys(struct app *app);
void app_reload_changed(struct app *app);
/* Shows an error as the message and empties it. */
void app_report(struct app *app, struct err *err);

/* app_found.c: what a look at the roots finds; what it does not is dropped at its end */
void app_found_start(struct app *app);
void app_found_event(struct app *app, const struct scanner_event *event);
void app_found_end(struct app *app);
void app_found_free(struct app *app);

/* app_memory.c: what is kept between runs, and looking whether anything changed */
void app_memory_recall(struct app *app); /* before the first frame */
void app_memory_begin(struct app *app);	 /* after it: starts the scan when it may */
bool app_memory_step(struct app *app);	 /* between two frames; true: there is more to do */
void app_memory_settled(struct app *app);
int app_memory_timeout(const struct app *app); /* ms; -1: nothing will have to be done */
int app_memory_fd(const struct app *app);      /* to be polled; -1 */
void app_memory_take(struct app *app, struct checkout *checkout); /* takes it over */
void app_memory_drop(struct app *app, const char *path);
void app_memory_idle(struct app *app); /* a scan or a look ended */
void app_memory_open(struct app *app, const struct target *target);
/* Its part of the header; false: git's time says all. */
bool app_memory_freshness(const struct app *app, struct buf *out);
bool app_memory_fails(const struct app *app);
void app_memory_free(struct app *app);

/* app_live.c: what live sources say */
void app_live_start(struct app *app);
/* Takes in what has come; true when there may be more. */
bool app_live_take(struct app *app);
/* Before a frame: tells views of sources, and the courier of services that came and went. */
void app_live_settled(struct app *app);
/* After a settle: rings for what newly burns. */
void app_live_notify(struct app *app);
/* So long the ages on the screen are right, in ms; -1: there are none. */
int app_live_timeout(const struct app *app);
size_t app_live_failing(const struct app *app); /* sources */
/* How old what each source said is, for the header; brief: 0 each by name, 1 those that fail, 2
 * their number alone. */
void app_live_freshness(const struct app *app, const char *dot, unsigned brief, struct buf *out);

/* app_draw.c */
void app_draw(struct app *app);
/* Where the view stands: canvas of the body. */
struct canvas app_body(const struct app *app);

/* app_burning.c */
/* What burns in the whole fleet, good until the next settle; NULL: there are no sources. */
const struct incident *app_incident(struct app *app);
void app_burning_free(struct app *app);
/* False: nothing burns at tier 1 and 2, and nothing is drawn. */
bool app_draw_burning(struct app *app, const struct canvas *canvas);

/* app_keys.c */
void app_input(struct app *app, const struct input *input);
void app_action(struct app *app, enum action action, uint32_t key);

/* app_command.c */
void app_run_command(struct app *app, const char *line);
void app_complete_command(void *ctx, const char *text, struct buf *out);
void app_complete_filter(void *ctx, const char *text, struct buf *out);
void app_pick_theme(struct app *app);

/* app_open.c: other programs */
void app_yank(struct app *app);
void app_browse(struct app *app);
void app_edit(struct app *app);
void app_edit_answer(struct app *app, const struct scanner_event *event);

/* app_as_of.c: the header's words for a dashboard of the past; false: it is of now. */
bool app_as_of(const struct app *app, struct buf *out);
/* All is read: a revision's time is known, and what is left out. */
void app_as_of_read(struct app *app);

#endif
