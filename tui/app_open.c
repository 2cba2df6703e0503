/* What the cursor is on, handed to others: the clipboard, the browser, the editor. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "tui/app_internal.h"
#include "tui/spawn.h"

enum { MAX_YANK = 48 * 1024, MAX_EDIT = 8 << 20 };

static bool selection(struct app *app, struct target *target)
{
	struct view *view = app_view(app);
	*target = (struct target){0};
	return view->ops->selection && view->ops->selection(view, target);
}

static void add_base64(struct buf *out, const char *bytes, size_t len)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < len; i += 3) {
		unsigned v = (unsigned char)bytes[i] << 16;
		if (i + 1 < len)
			v |= (unsigned)(unsigned char)bytes[i + 1] << 8;
		if (i + 2 < len)
			v |= (unsigned char)bytes[i + 2];
		buf_addc(out, digits[v >> 18]);
		buf_addc(out, digits[v >> 12 & 63]);
		buf_addc(out, i + 1 < len ? digits[v >> 6 & 63] : '=');
		buf_addc(out, i + 2 < len ? digits[v & 63] : '=');
	}
}

void app_copy(struct app *app, const char *text)
{
	struct buf out = {0};
	size_t len = strlen(text);
	buf_adds(&out, "\033]52;c;");
	add_base64(&out, text, len < MAX_YANK ? len : MAX_YANK);
	buf_adds(&out, "\007");
	screen_raw(app->screen, out.data, out.len);
	buf_free(&out);
}

void app_yank(struct app *app)
{
	struct target target;
	if (!selection(app, &target) || !target.yank || !*target.yank) {
		app_message(app, ROLE_WARN, "nothing here to copy");
		return;
	}
	app_copy(app, target.yank);
	app_message(app, ROLE_TEXT, "copied: %s", target.yank);
}

/* Only what a browser should get: no file:, no javascript:, nothing that looks like an option. */
static bool safe_url(const char *url)
{
	if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
		return false;
	for (const char *c = url; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return false;
	return true;
}

void app_browse(struct app *app)
{
	struct target target;
	struct err err = {0};
	char *words[SPAWN_WORDS + 2];
	if (!selection(app, &target) || !target.url || !safe_url(target.url)) {
		app_message(app, ROLE_WARN, "no link here");
		return;
	}
	const char *browser = getenv("BROWSER");
	char *command = xstrdup(browser && *browser ? browser : "xdg-open");
	char *url = xstrdup(target.url);
	int count = spawn_split(command, words);
	words[count] = url;
	words[count + 1] = NULL;
	if (count > 0 && spawn_apart(words, &err) == 0) {
		app_message(app, ROLE_TEXT, "opened: %s", url);
	} else {
		/* Over ssh there is none; the terminal on the other side has one. */
		app_copy(app, url);
		app_message(app, ROLE_WARN, "no browser here ($BROWSER); copied: %s", url);
	}
	err_clear(&err);
	free(command);
	free(url);
}

/* The editor */

static const char *editor(void)
{
	const char *visual = getenv("VISUAL"), *plain = getenv("EDITOR");
	return visual && *visual ? visual : plain && *plain ? plain : "vi";
}

static void run_editor(struct app *app, const char *path, uint32_t line)
{
	char *words[SPAWN_WORDS + 3], place[24];
	struct err err = {0};
	char *command = xstrdup(editor()), *file = xstrdup(path);
	int count = spawn_split(command, words);
	if (line > 0 && count > 0) {
		snprintf(place, sizeof(place), "+%u", (unsigned)line);
		words[count++] = place;
	}
	words[count++] = file;
	words[count] = NULL;
	app_leave(app);
	int code = spawn_wait(words, &err);
	app_return(app);
	if (code < 0)
		app_report(app, &err);
	else if (code > 0)
		app_message(app, ROLE_WARN, "%s ended with %d", words[0], code);
	free(command);
	free(file);
}

/* A path of a tree cannot leave its checkout, but a link in the work tree could. */
static bool in_work_tree(const char *checkout, const char *path, char **out)
{
	char *joined = xasprintf("%s/%s", checkout, path);
	char *root = realpath(checkout, NULL), *real = realpath(joined, NULL);
	struct stat st;
	size_t len = root ? strlen(root) : 0;
	bool inside = root && real && strncmp(real, root, len) == 0 && real[len] == '/' &&
		      stat(real, &st) == 0 && S_ISREG(st.st_mode);
	free(joined);
	free(root);
	*out = inside ? real : NULL;
	if (!inside)
		free(real);
	return inside;
}

void app_edit(struct app *app)
{
	struct target target;
	char *path;
	if (!selection(app, &target) || !target.checkout || !target.path) {
		app_message(app, ROLE_WARN, "no file here to edit");
		return;
	}
	if (in_work_tree(target.checkout, target.path, &path)) {
		run_editor(app, path, target.line);
		free(path);
		return;
	}
	app->edit_request = app_blob(app, target.checkout, target.commit, target.path, MAX_EDIT);
	app->edit_line = target.line;
	free(app->edit_name);
	const char *base = strrchr(target.path, '/');
	app->edit_name = xstrdup(base ? base + 1 : target.path);
	if (app->edit_request == 0)
		app_message(app, ROLE_WARN, "%s is not in the work tree", target.path);
}

/* No work tree has the file: the editor gets a copy, with the name's ending for its colours. */
static int write_copy(const char *name, const char *bytes, size_t len, char **path)
{
	const char *dir = getenv("TMPDIR");
	const char *ending = strrchr(name, '.');
	if (!ending || strchr(ending, '/') || strlen(ending) > 16)
		ending = "";
	*path = xasprintf("%s/svctop-XXXXXX%s", dir && *dir ? dir : "/tmp", ending);
	int fd = mkostemps(*path, (int)strlen(ending), O_CLOEXEC);
	while (fd >= 0 && len > 0) {
		ssize_t done = write(fd, bytes, len);
		if (done <= 0)
			break;
		bytes += done;
		len -= (size_t)done;
	}
	if (fd >= 0) {
		fchmod(fd, 0400);
		close(fd);
	}
	return fd >= 0 && len == 0 ? 0 : -1;
}

void app_edit_answer(struct app *app, const struct scanner_event *event)
{
	char *path;
	if (event->kind != SCANNER_BLOB || app->edit_request == 0 ||
	    event->request != app->edit_request)
		return;
	app->edit_request = 0;
	if (!event->bytes) {
		app_message(app, ROLE_ERROR, "%s: %s", app->edit_name,
			    event->text ? event->text : "cannot be read");
		return;
	}
	if (write_copy(app->edit_name, event->bytes, event->len, &path) == 0) {
		run_editor(app, path, app->edit_line);
		app_message(app, ROLE_TEXT, "that was a copy of the commit that was read");
	} else {
		app_message(app, ROLE_ERROR, "no copy could be written to %s", path);
	}
	unlink(path);
	free(path);
}
