#include "tests/support/term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <vterm.h>

#include "core/buf.h"
#include "core/mem.h"

enum { RAW_MAX = 1 << 20, ENV_MAX = 64, END_POLL_MS = 10, LAST_WORDS_MS = 1000, TAKE_MAX = 16 };

struct term {
	VTerm *vterm;
	VTermScreen *screen;
	int master;
	int slave; /* kept open, so that the tty's state outlives the program */
	pid_t pid;
	int status; /* exit code or 128 + signal; -1 while it runs */
	bool cursor_visible;
	bool alternate;
	bool mouse;
	size_t bytes;
	int bursts;
	struct buf raw;
	struct buf row;
	struct buf text;
};

static void die(const char *what)
{
	perror(what);
	abort();
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int on_prop(VTermProp prop, VTermValue *value, void *user)
{
	struct term *term = user;

	if (prop == VTERM_PROP_CURSORVISIBLE)
		term->cursor_visible = value->boolean;
	else if (prop == VTERM_PROP_ALTSCREEN)
		term->alternate = value->boolean;
	else if (prop == VTERM_PROP_MOUSE)
		term->mouse = value->number != VTERM_PROP_MOUSE_NONE;
	return 1;
}

static void write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd p = {.fd = fd, .events = POLLOUT};
			poll(&p, 1, 1000);
			continue;
		}
		if (n < 0 && errno != EINTR)
			return; /* the program is gone; the test sees that by its screen */
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
}

/* What the terminal answers to a program's questions (device attributes, cursor position). */
static void on_output(const char *bytes, size_t len, void *user)
{
	struct term *term = user;

	write_all(term->master, bytes, len);
}

/* Puts "NAME=value" into list in place of an older one; a bare NAME removes it. */
static void env_put(char **list, size_t *count, const char *entry)
{
	const char *eq = strchr(entry, '=');
	size_t len = eq ? (size_t)(eq - entry) : strlen(entry);

	for (size_t i = 0; i < *count; i++) {
		if (strncmp(list[i], entry, len) == 0 && list[i][len] == '=') {
			free(list[i]);
			list[i] = list[--*count];
			break;
		}
	}
	if (eq && *count < ENV_MAX)
		list[(*count)++] = xstrdup(entry);
	list[*count] = NULL;
}

static void make_env(char **list, char *const extra[])
{
	static const char *const kept[] = {
	    "PATH",	      "HOME",	"XDG_CONFIG_HOME",     "XDG_STATE_HOME",
	    "XDG_CACHE_HOME", "TZ",	"ASAN_OPTIONS",	       "UBSAN_OPTIONS",
	    "LSAN_OPTIONS",   "TMPDIR", "GIT_CONFIG_NOSYSTEM", "LLVM_PROFILE_FILE",
	};
	size_t count = 0;

	list[0] = NULL;
	env_put(list, &count, "LC_ALL=C.UTF-8");
	env_put(list, &count, "TERM=xterm-256color");
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		const char *value = getenv(kept[i]);

		if (value) {
			char *entry = xasprintf("%s=%s", kept[i], value);
			env_put(list, &count, entry);
			free(entry);
		}
	}
	for (size_t i = 0; extra && extra[i]; i++)
		env_put(list, &count, extra[i]);
}

static void run_child(const char *program, char *const argv[], char **env, int slave)
{
	struct sigaction act = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int sig = 1; sig < 32; sig++)
		sigaction(sig, &act, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (setsid() < 0 || ioctl(slave, TIOCSCTTY, 0) < 0)
		_exit(126);
	for (int fd = 0; fd < 3; fd++) {
		if (dup2(slave, fd) < 0)
			_exit(126);
	}
	for (int fd = 3; fd < 256; fd++)
		close(fd);
	execvpe(program, argv, env);
	dprintf(2, "%s: %s\r\n", program, strerror(errno));
	_exit(127);
}

static void start_vterm(struct term *term, int rows, int cols)
{
	static const VTermScreenCallbacks callbacks = {.settermprop = on_prop};

	term->vterm = vterm_new(rows, cols);
	vterm_set_utf8(term->vterm, 1);
	vterm_output_set_callback(term->vterm, on_output, term);
	term->screen = vterm_obtain_screen(term->vterm);
	vterm_screen_set_callbacks(term->screen, &callbacks, term);
	vterm_screen_enable_altscreen(term->screen, 1);
	vterm_screen_reset(term->screen, 1);
	term->cursor_visible = true;
}

struct term *term_start(char *const argv[], char *const env[], int rows, int cols)
{
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
	struct term *term = xcalloc(1, sizeof(*term));
	const char *program = argv[0];
	char *list[ENV_MAX + 1];

	if (strcmp(program, "svctop") == 0)
		program = getenv("SVCTOP") ? getenv("SVCTOP") : "./svctop";
	if (openpty(&term->master, &term->slave, NULL, NULL, &size) < 0)
		die("openpty");
	fcntl(term->master, F_SETFD, FD_CLOEXEC);
	fcntl(term->slave, F_SETFD, FD_CLOEXEC);
	fcntl(term->master, F_SETFL, O_NONBLOCK);
	start_vterm(term, rows, cols);
	make_env(list, env);
	term->status = -1;
	term->pid = fork();
	if (term->pid < 0)
		die("fork");
	if (term->pid == 0)
		run_child(program, argv, list, term->slave);
	for (size_t i = 0; list[i]; i++)
		free(list[i]);
	return term;
}

/* Notes the program's end, if it has come to that. */
static void reap(struct term *term)
{
	int status;

	if (term->status >= 0 || waitpid(term->pid, &status, WNOHANG) != term->pid)
		return;
	term->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void term_free(struct term *term)
{
	if (!term)
		return;
	reap(term);
	if (term->status < 0) {
		kill(term->pid, SIGKILL);
		waitpid(term->pid, NULL, 0);
	}
	close(term->slave);
	close(term->master);
	vterm_free(term->vterm);
	buf_free(&term->raw);
	buf_free(&term->row);
	buf_free(&term->text);
	free(term);
}

void term_send(struct term *term, const char *keys)
{
	write_all(term->master, keys, strlen(keys));
}

static bool take(struct term *term)
{
	char bytes[65536];
	bool any = false;
	ssize_t n;

	/* Not for ever: a program may write faster than its screen is drawn. */
	for (int i = 0; i < TAKE_MAX; i++) {
		n = read(term->master, bytes, sizeof(bytes));
		if (n <= 0)
			break;
		vterm_input_write(term->vterm, bytes, (size_t)n);
		term->bytes += (size_t)n;
		if (term->raw.len + (size_t)n <= RAW_MAX)
			buf_add(&term->raw, bytes, (size_t)n);
		any = true;
	}
	if (any) {
		term->bursts++;
		vterm_screen_flush_damage(term->screen);
	}
	return any;
}

void term_drain(struct term *term)
{
	take(term);
}

/* Waits for bytes or the program's end, at most until deadline. False: neither came. */
static bool pump(struct term *term, int64_t deadline)
{
	struct pollfd fd = {.fd = term->master, .events = POLLIN};

	for (;;) {
		int64_t left = deadline - now_ms();

		/* The end of a program makes no noise on a pty whose slave is open. */
		if (left > END_POLL_MS)
			left = END_POLL_MS;
		if (poll(&fd, 1, left > 0 ? (int)left : 0) < 0 && errno != EINTR)
			die("poll");
		bool running = term->status < 0;

		reap(term);
		if (take(term) || (running && term->status >= 0))
			return true;
		if (now_ms() >= deadline || !running)
			return false;
	}
}

bool term_wait(struct term *term, bool (*check)(struct term *term, void *arg), void *arg,
	       int timeout_ms)
{
	int64_t deadline = now_ms() + timeout_ms;

	take(term);
	while (!check(term, arg)) {
		if (!pump(term, deadline))
			return check(term, arg);
	}
	return true;
}

static bool has_text(struct term *term, void *text)
{
	return term_find(term, text, NULL, NULL);
}

static bool lacks_text(struct term *term, void *text)
{
	return !term_find(term, text, NULL, NULL);
}

bool term_wait_text(struct term *term, const char *text, int timeout_ms)
{
	return term_wait(term, has_text, (void *)(uintptr_t)text, timeout_ms);
}

bool term_wait_gone(struct term *term, const char *text, int timeout_ms)
{
	return term_wait(term, lacks_text, (void *)(uintptr_t)text, timeout_ms);
}

bool term_expect(struct term *term, const char *text)
{
	if (term_wait_text(term, text, TERM_PATIENCE))
		return true;
	fprintf(stderr, "not on the screen: \"%s\"\n", text);
	term_dump(term);
	return false;
}

bool term_wait_quiet(struct term *term, int quiet_ms, int timeout_ms)
{
	int64_t deadline = now_ms() + timeout_ms;
	int64_t quiet = now_ms() + quiet_ms;

	while (pump(term, quiet < deadline ? quiet : deadline)) {
		quiet = now_ms() + quiet_ms;
		if (now_ms() >= deadline)
			return false;
	}
	return term->status >= 0 || now_ms() >= quiet;
}

int term_wait_exit(struct term *term, int timeout_ms)
{
	int64_t deadline = now_ms() + timeout_ms;

	while (term->status < 0 && now_ms() < deadline)
		pump(term, deadline);
	take(term);
	return term->status;
}

static void put_utf8(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_addc(out, (char)c);
	} else if (c < 0x800) {
		buf_addc(out, (char)(0xc0 | c >> 6));
		buf_addc(out, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_addc(out, (char)(0xe0 | c >> 12));
		buf_addc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_addc(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_addc(out, (char)(0xf0 | c >> 18));
		buf_addc(out, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_addc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_addc(out, (char)(0x80 | (c & 0x3f)));
	}
}

/* libvterm marks the second cell of a wide character with this. */
static bool is_covered(const VTermScreenCell *cell)
{
	return cell->chars[0] == (uint32_t)-1;
}

static void get_cell(struct term *term, int row, int col, VTermScreenCell *cell)
{
	VTermPos pos = {.row = row, .col = col};

	memset(cell, 0, sizeof(*cell));
	vterm_screen_get_cell(term->screen, pos, cell);
}

static void put_cell(struct buf *out, const VTermScreenCell *cell)
{
	if (is_covered(cell))
		return;
	if (!cell->chars[0])
		buf_addc(out, ' ');
	for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i]; i++)
		put_utf8(out, cell->chars[i]);
}

static void put_row(struct term *term, int row, struct buf *out)
{
	size_t start = out->len;
	int cols = term_cols(term);

	for (int col = 0; col < cols; col++) {
		VTermScreenCell cell;

		get_cell(term, row, col, &cell);
		put_cell(out, &cell);
	}
	while (out->len > start && out->data[out->len - 1] == ' ')
		out->len--;
	if (out->data)
		out->data[out->len] = 0;
}

const char *term_row(struct term *term, int row)
{
	buf_reset(&term->row);
	if (row >= 0 && row < term_rows(term))
		put_row(term, row, &term->row);
	return buf_str(&term->row);
}

const char *term_screen(struct term *term)
{
	buf_reset(&term->text);
	for (int row = 0; row < term_rows(term); row++) {
		put_row(term, row, &term->text);
		buf_addc(&term->text, '\n');
	}
	return buf_str(&term->text);
}

/* The column at which byte offset of a row's text stands. */
static int column_at(struct term *term, int row, size_t offset)
{
	struct buf seen = {0};
	int col = 0;

	for (; col < term_cols(term); col++) {
		VTermScreenCell cell;

		get_cell(term, row, col, &cell);
		if (seen.len >= offset && !is_covered(&cell))
			break;
		put_cell(&seen, &cell);
	}
	buf_free(&seen);
	return col;
}

bool term_find(struct term *term, const char *text, int *row, int *col)
{
	for (int r = 0; r < term_rows(term); r++) {
		const char *line = term_row(term, r);
		const char *at = strstr(line, text);

		if (!at)
			continue;
		if (row)
			*row = r;
		if (col)
			*col = column_at(term, r, (size_t)(at - line));
		return true;
	}
	return false;
}

void term_dump(struct term *term)
{
	int cols = term_cols(term);

	fprintf(stderr, "+%.*s %dx%d, %s\n", cols > 40 ? 40 : cols,
		"----------------------------------------", term_rows(term), cols,
		term->status < 0 ? "running" : "ended");
	for (int row = 0; row < term_rows(term); row++)
		fprintf(stderr, "|%s\n", term_row(term, row));
	fprintf(stderr, "+\n");
}

static struct term_color color_of(const VTermColor *color, bool is_default)
{
	struct term_color out = {.kind = TERM_COLOR_DEFAULT};

	if (is_default)
		return out;
	if (VTERM_COLOR_IS_INDEXED(color)) {
		out.kind = TERM_COLOR_INDEXED;
		out.index = color->indexed.idx;
	} else {
		out.kind = TERM_COLOR_RGB;
		out.rgb = color->rgb.red << 16 | color->rgb.green << 8 | color->rgb.blue;
	}
	return out;
}

struct term_cell term_cell(struct term *term, int row, int col)
{
	VTermScreenCell cell;
	struct term_cell out = {0};
	struct buf text = {0};

	get_cell(term, row, col, &cell);
	if (cell.chars[0])
		put_cell(&text, &cell);
	snprintf(out.text, sizeof(out.text), "%s", buf_str(&text));
	buf_free(&text);
	out.width = is_covered(&cell) ? 0 : cell.width;
	out.bold = cell.attrs.bold;
	out.italic = cell.attrs.italic;
	out.underline = cell.attrs.underline;
	out.blink = cell.attrs.blink;
	out.reverse = cell.attrs.reverse;
	out.strike = cell.attrs.strike;
	out.fg = color_of(&cell.fg, VTERM_COLOR_IS_DEFAULT_FG(&cell.fg));
	out.bg = color_of(&cell.bg, VTERM_COLOR_IS_DEFAULT_BG(&cell.bg));
	return out;
}

void term_cursor(struct term *term, int *row, int *col)
{
	VTermPos pos;

	vterm_state_get_cursorpos(vterm_obtain_state(term->vterm), &pos);
	*row = pos.row;
	*col = pos.col;
}

bool term_cursor_visible(struct term *term)
{
	return term->cursor_visible;
}

bool term_alternate(struct term *term)
{
	return term->alternate;
}

bool term_mouse(struct term *term)
{
	return term->mouse;
}

int term_rows(struct term *term)
{
	int rows, cols;

	vterm_get_size(term->vterm, &rows, &cols);
	return rows;
}

int term_cols(struct term *term)
{
	int rows, cols;

	vterm_get_size(term->vterm, &rows, &cols);
	return cols;
}

void term_mark(struct term *term)
{
	take(term);
	term->bytes = 0;
	term->bursts = 0;
	buf_reset(&term->raw);
}

size_t term_bytes(struct term *term)
{
	return term->bytes;
}

int term_bursts(struct term *term)
{
	return term->bursts;
}

const char *term_raw(struct term *term, size_t *len)
{
	if (len)
		*len = term->raw.len;
	return buf_str(&term->raw);
}

void term_resize(struct term *term, int rows, int cols)
{
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};

	take(term);
	vterm_set_size(term->vterm, rows, cols);
	if (ioctl(term->master, TIOCSWINSZ, &size) < 0)
		die("TIOCSWINSZ");
}

void term_signal(struct term *term, int signal)
{
	reap(term);
	if (term->status < 0)
		kill(term->pid, signal);
}

int term_pid(struct term *term)
{
	return (int)term->pid;
}

bool term_cooked(struct term *term)
{
	const tcflag_t local = ICANON | ECHO | ISIG;
	struct termios tio;

	if (tcgetattr(term->slave, &tio) < 0)
		die("tcgetattr");
	return (tio.c_lflag & local) == local && (tio.c_iflag & ICRNL) && (tio.c_oflag & OPOST);
}

static const char *unrestored(struct term *term)
{
	if (!term_cooked(term))
		return "the tty is not in cooked mode";
	if (term->alternate)
		return "the alternate screen is still shown";
	if (!term->cursor_visible)
		return "the cursor is hidden";
	if (term->mouse)
		return "mouse reports are still on";
	return NULL;
}

const char *term_unrestored(struct term *term)
{
	int64_t deadline = now_ms() + LAST_WORDS_MS;

	/* What a program wrote last may reach the other end of a pty after the program's end. */
	take(term);
	while (unrestored(term) && now_ms() < deadline) {
		struct pollfd fd = {.fd = term->master, .events = POLLIN};

		if (poll(&fd, 1, END_POLL_MS) < 0 && errno != EINTR)
			die("poll");
		take(term);
	}
	return unrestored(term);
}
