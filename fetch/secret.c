#include "fetch/secret.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "fetch/secret_internal.h"

#define TOOL_FILE_MAX  (256 * 1024)
#define SCRUB_AT_LEAST 4
#define BLIND_MS       50 /* between two looks whether a command ended, without a pidfd */

struct secret {
	const struct config_source *source;
	struct arena *arena; /* of words; never of the secret */
	const char *config_path;
	struct secret_tool tool;
	struct secret_command *command; /* NULL: none runs */
	char value[SECRET_MAX + 1];
	char *header;
	size_t header_size;
	char *warning;
	struct err err;
	bool done;
};

static const struct config_auth *auth_of(const struct secret *secret)
{
	return &secret->source->auth;
}

static void fail(struct secret *secret, const char *what, const char *fix)
{
	const struct config_auth *auth = auth_of(secret);
	const char *where =
	    arena_printf(secret->arena, "%s:%u", secret->config_path,
			 (unsigned)(auth->secret.line ? auth->secret.line : auth->line));

	err_set(&secret->err, where, fix, "%s", what);
	secret->done = true;
}

/* ---- the header ---- */

static void add_base64(struct buf *out, const char *text)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *at = (const unsigned char *)text;

	for (size_t left = strlen(text); left; at += 3) {
		size_t n = left < 3 ? left : 3;
		unsigned bits = (unsigned)at[0] << 16 | (n > 1 ? (unsigned)at[1] << 8 : 0) |
				(n > 2 ? at[2] : 0);

		buf_addc(out, digits[bits >> 18]);
		buf_addc(out, digits[bits >> 12 & 63]);
		buf_addc(out, n > 1 ? digits[bits >> 6 & 63] : '=');
		buf_addc(out, n > 2 ? digits[bits & 63] : '=');
		left -= n;
	}
}

/* A buffer that does not move while it grows, so that no copy is left behind. */
static void buf_reserve(struct buf *buf, size_t size)
{
	buf->data = xcalloc(1, size);
	buf->cap = size;
}

static void make_header(struct secret *secret)
{
	const struct config_auth *auth = auth_of(secret);
	size_t room = 2 * (strlen(secret->value) + (auth->name ? strlen(auth->name) : 0)) + 64;
	struct buf header = {0}, pair = {0};

	buf_reserve(&header, room);
	switch (auth->kind) {
	case AUTH_BASIC:
		buf_reserve(&pair, room);
		buf_addf(&pair, "%s:%s", auth->name, secret->value);
		buf_adds(&header, "Authorization: Basic ");
		add_base64(&header, pair.data);
		explicit_bzero(pair.data, room);
		buf_free(&pair);
		break;
	case AUTH_HEADER:
		buf_addf(&header, "%s: %s", auth->name, secret->value);
		break;
	default:
		buf_addf(&header, "Authorization: Bearer %s", secret->value);
		break;
	}
	secret->header = header.data;
	secret->header_size = room;
}

/* ---- what may be a secret ---- */

static const char *kind_of_byte(unsigned char c)
{
	if (c == '\n')
		return "a line break";
	if (c == '\r')
		return "a carriage return";
	if (c == '\t')
		return "a tab";
	if (c < 0x20 || c == 0x7f)
		return "a control character";
	return c >= 0x80 ? "a character that is not ASCII" : NULL;
}

/* What the value breaks; NULL: nothing. */
static const char *flaw(const struct secret *secret)
{
	bool password = auth_of(secret)->kind == AUTH_BASIC; /* travels encoded */
	size_t len = strlen(secret->value);

	if (!len)
		return "is empty";
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)secret->value[i];
		const char *kind = kind_of_byte(c);

		if (kind && !(password && c >= 0x80))
			return arena_printf(secret->arena, "has %s in it", kind);
	}
	if (!password && (secret->value[0] == ' ' || secret->value[len - 1] == ' '))
		return "begins or ends with a blank";
	return NULL;
}

/* The value is there; from: "the variable X", for words. */
static void finish(struct secret *secret, const char *from, const char *fix)
{
	const char *problem = flaw(secret);

	secret->done = true;
	if (problem) {
		fail(secret, arena_printf(secret->arena, "the secret in %s %s", from, problem),
		     fix);
		explicit_bzero(secret->value, sizeof(secret->value));
		return;
	}
	make_header(secret);
}

/* Cuts after the first line. Returns false when there is no end of it within the limit. */
static bool keep_line(char *text, size_t len)
{
	char *end = memchr(text, '\n', len);

	if (!end && len > SECRET_MAX - 1)
		return false;
	if (!end)
		end = text + len;
	else if (end > text && end[-1] == '\r')
		end--;
	explicit_bzero(end, len - (size_t)(end - text));
	return !memchr(text, '\0', (size_t)(end - text));
}

/* ---- a variable ---- */

static void take_variable(struct secret *secret)
{
	const char *name = auth_of(secret)->secret.text, *value = getenv(name);

	if (!value || !*value) {
		fail(secret,
		     arena_printf(secret->arena, "the variable %s is %s", name,
				  value ? "empty" : "not set"),
		     arena_printf(secret->arena, "export %s=... before svctop starts", name));
		return;
	}
	if (strlen(value) > SECRET_MAX) {
		fail(secret, arena_printf(secret->arena, "the variable %s is too long", name),
		     NULL);
		return;
	}
	memcpy(secret->value, value, strlen(value) + 1);
	finish(secret, arena_printf(secret->arena, "the variable %s", name), NULL);
}

/* ---- a file ---- */

/* The beginning of a regular file; its length, -1 and errno, EINVAL: it is something else. */
static ssize_t read_start(const char *path, char *out, size_t size, bool *everybody)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	size_t len = 0;
	ssize_t n = 0;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	*everybody = st.st_mode & S_IROTH;
	while (len < size &&
	       ((n = read(fd, out + len, size - len)) > 0 || (n < 0 && errno == EINTR)))
		len += n > 0 ? (size_t)n : 0;
	close(fd);
	return n < 0 ? -1 : (ssize_t)len;
}

static void take_file(struct secret *secret)
{
	const char *path = auth_of(secret)->secret.text;
	bool everybody = false;
	ssize_t len = read_start(path, secret->value, SECRET_MAX, &everybody);

	if (len < 0) {
		const char *why = errno == EINVAL ? "it is no file" : strerror(errno);

		fail(secret,
		     arena_printf(secret->arena, "cannot read the secret in %s: %s", path, why),
		     errno == ENOENT ? "write the secret into it, and chmod 600 it" : NULL);
		return;
	}
	if (everybody)
		secret->warning = xasprintf(
		    "everybody on this machine can read the secret in %s: chmod 600 it", path);
	if (!keep_line(secret->value, (size_t)len)) {
		explicit_bzero(secret->value, sizeof(secret->value));
		fail(secret, arena_printf(secret->arena, "the first line of %s is no secret", path),
		     "write the secret alone into its first line");
		return;
	}
	finish(secret, path, "write the secret alone into its first line");
}

/* ---- a command ---- */

static const char *command_line(const struct secret *secret)
{
	const char *line = "";

	for (const char *const *word = secret->command->words; *word; word++)
		line = arena_printf(secret->arena, "%s%s%s", line, *line ? " " : "", *word);
	return line;
}

static void fail_command(struct secret *secret, const char *how)
{
	const char *line = command_line(secret);

	if (auth_of(secret)->kind == AUTH_TOOL)
		fail(secret,
		     arena_printf(secret->arena, "%s has no login for %s: %s", secret->tool.name,
				  secret->tool.host, how),
		     arena_printf(secret->arena, "%s auth login --hostname %s, or export %s=...",
				  secret->tool.name, secret->tool.host, secret->tool.variables[0]));
	else
		fail(secret, arena_printf(secret->arena, "`%s` gave no secret: %s", line, how),
		     arena_printf(secret->arena, "try it in a terminal: %s", line));
}

static void command_forget(struct secret *secret)
{
	if (!secret->command)
		return;
	secret_command_end(secret->command);
	explicit_bzero(secret->command, sizeof(*secret->command));
	free(secret->command);
	secret->command = NULL;
}

static void start_command(struct secret *secret, const char *const *words, int64_t now_ms)
{
	int error;

	secret->command = xcalloc(1, sizeof(*secret->command));
	secret->command->words = words;
	error = secret_command_start(secret->command, now_ms);
	if (!error)
		return;
	fail_command(secret, error == ENOENT
				 ? arena_printf(secret->arena, "there is no %s", words[0])
				 : strerror(error));
	command_forget(secret);
}

static const char *ending(const struct secret *secret)
{
	const struct secret_command *command = secret->command;
	const char *said = secret_command_complaint(command, secret->arena), *how;

	if (command->timed_out)
		how = "it took longer than 10 s and was ended";
	else if (command->too_much)
		how = "it printed more than a secret";
	else if (WIFSIGNALED(command->status))
		how = arena_printf(secret->arena, "signal %d", WTERMSIG(command->status));
	else
		how = arena_printf(secret->arena, "exit code %d", WEXITSTATUS(command->status));
	return *said ? arena_printf(secret->arena, "%s: %s", how, said) : how;
}

static void take_output(struct secret *secret)
{
	struct secret_command *command = secret->command;
	const char *line = arena_printf(secret->arena, "the output of `%s`", command_line(secret));

	if (command->timed_out || command->too_much || command->status != 0) {
		fail_command(secret, ending(secret));
	} else if (!command->len) {
		fail_command(secret, "it printed nothing");
	} else if (!keep_line(command->output, command->len)) {
		fail_command(secret, "what it printed is no secret");
	} else {
		memcpy(secret->value, command->output, sizeof(command->output));
		finish(secret, line, NULL);
	}
	command_forget(secret);
}

/* ---- gh and glab ---- */

static bool take_tool_variable(struct secret *secret)
{
	for (const char *const *name = secret->tool.variables; *name; name++) {
		const char *value = getenv(*name);

		if (!value || !*value || strlen(value) > SECRET_MAX)
			continue;
		memcpy(secret->value, value, strlen(value) + 1);
		finish(secret, arena_printf(secret->arena, "the variable %s", *name), NULL);
		return true;
	}
	return false;
}

static bool take_tool_file(struct secret *secret)
{
	bool everybody = false, found = false;
	char *text;
	ssize_t len;

	if (!secret->tool.file)
		return false;
	text = xcalloc(1, TOOL_FILE_MAX + 1);
	len = read_start(secret->tool.file, text, TOOL_FILE_MAX, &everybody);
	if (len > 0)
		found = secret_tool_parse(&secret->tool, text, (size_t)len, secret->value,
					  sizeof(secret->value));
	explicit_bzero(text, TOOL_FILE_MAX);
	free(text);
	if (!found)
		return false;
	if (everybody)
		secret->warning =
		    xasprintf("everybody on this machine can read the login in %s: chmod 600 it",
			      secret->tool.file);
	finish(secret, secret->tool.file, NULL);
	return true;
}

/* ---- from outside ---- */

struct secret *secret_new(const struct config_source *source, const char *url,
			  const char *config_path, const char *home, int64_t now_ms)
{
	struct secret *secret = xcalloc(1, sizeof(*secret));
	const struct config_auth *auth = &source->auth;

	secret->source = source;
	secret->arena = arena_new();
	secret->config_path = arena_strdup(secret->arena, config_path ? config_path : "config.yml");
	if (auth->kind == AUTH_TOOL) {
		secret_tool_describe(&secret->tool, auth->name, url, home, secret->arena);
		if (!take_tool_variable(secret) && !take_tool_file(secret))
			start_command(secret, secret->tool.words, now_ms);
	} else if (auth->kind == AUTH_NONE || auth->secret.kind == SECRET_NONE) {
		secret->done = true;
	} else if (auth->secret.kind == SECRET_ENV) {
		take_variable(secret);
	} else if (auth->secret.kind == SECRET_FILE) {
		take_file(secret);
	} else {
		start_command(secret, (const char *const *)auth->secret.words, now_ms);
	}
	return secret;
}

void secret_free(struct secret *secret)
{
	if (!secret)
		return;
	command_forget(secret);
	if (secret->header)
		explicit_bzero(secret->header, secret->header_size);
	free(secret->header);
	free(secret->warning);
	err_clear(&secret->err);
	arena_free(secret->arena);
	explicit_bzero(secret, sizeof(*secret));
	free(secret);
}

bool secret_done(const struct secret *secret)
{
	return secret->done;
}

size_t secret_pollfds(const struct secret *secret, struct pollfd *fds, size_t max, int64_t now_ms,
		      int *timeout_ms)
{
	const struct secret_command *command = secret->command;
	int64_t left;
	size_t count = 0;

	if (!command)
		return 0;
	const int all[SECRET_FDS] = {command->out, command->complaints, command->ended};

	for (size_t i = 0; i < SECRET_FDS && count < max; i++)
		if (all[i] >= 0)
			fds[count++] = (struct pollfd){.fd = all[i], .events = POLLIN};
	left = command->deadline_ms - now_ms;
	if (command->ended < 0 && left > BLIND_MS)
		left = BLIND_MS;
	if (left < 0)
		left = 0;
	if (*timeout_ms < 0 || left < *timeout_ms)
		*timeout_ms = (int)left;
	return count;
}

void secret_service(struct secret *secret, int64_t now_ms)
{
	if (secret->command && secret_command_service(secret->command, now_ms))
		take_output(secret);
}

const char *secret_header(const struct secret *secret)
{
	return secret->header;
}

const char *secret_value(const struct secret *secret)
{
	return secret->header ? secret->value : NULL;
}

const struct err *secret_error(const struct secret *secret)
{
	return secret->err.what ? &secret->err : NULL;
}

const char *secret_warning(const struct secret *secret)
{
	return secret->warning;
}

bool secret_changes(const struct secret *secret)
{
	const struct config_auth *auth = auth_of(secret);

	return auth->kind == AUTH_TOOL || auth->secret.kind == SECRET_FILE ||
	       auth->secret.kind == SECRET_COMMAND;
}

static void overwrite(char *bytes, size_t len, const char *what)
{
	size_t size = strlen(what);
	char *end = bytes + len;

	if (size < SCRUB_AT_LEAST)
		return;
	for (char *at; (at = memmem(bytes, (size_t)(end - bytes), what, size)); bytes = at + size)
		memset(at, '*', size);
}

void secret_scrub(const struct secret *secret, char *bytes, size_t len)
{
	if (!secret->header || !len)
		return;
	overwrite(bytes, len, secret->value);
	if (auth_of(secret)->kind == AUTH_BASIC)
		overwrite(bytes, len, strrchr(secret->header, ' ') + 1);
}
