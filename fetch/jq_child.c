#include <jq.h>
#include <jv.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/mem.h"
#include "fetch/channel.h"
#include "fetch/child_process.h"
#include "fetch/jq.h"
#include "fetch/jq_messages.h"
#include "fetch/sandbox.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#define KEPT	    200
#define ERROR_MAX   300
#define CPU_SECONDS (JQ_JOB_MS / 1000 + 2)

/*
 * Stands before every expression, on its first line. What reads the outside is defined anew,
 * which hides what the library has; and import, include and module are a syntax error behind it:
 * the library would end the process by an assertion. $ENV is looked for in the text.
 */
#define GONE(name)                                                                                 \
	"def " name ": error(\"" name " is not available: an expression sees the answer "          \
	"alone\"); "
static const char prelude[] = GONE("env") GONE("input") GONE("inputs") GONE("input_filename")
    GONE("input_line_number") GONE("get_search_list") GONE("modulemeta") GONE("halt")
	GONE("halt_error") "def halt_error($code): halt_error; def debug: .; def stderr: .; null "
			   "as $ENV | ";

struct program {
	char *expression;
	jq_state *jq; /* NULL: does not compile */
	char *error;
	uint64_t used;
};

struct child {
	struct channel channel;
	struct program programs[KEPT];
	size_t count;
	uint64_t jobs;
};

/* ---- words ---- */

static void append(char *out, const char *text, size_t len)
{
	size_t used = strlen(out);

	if (len > ERROR_MAX - 1 - used)
		len = ERROR_MAX - 1 - used;
	memcpy(out + used, text, len);
	out[used + len] = '\0';
}

static void cut_at(char *text, const char *mark)
{
	char *at = strstr(text, mark);

	if (at)
		*at = '\0';
}

/*
 * "jq: error: syntax error, unexpected $end (Unix shell quoting issues?) at <top-level>, line 2:"
 * and the text of that line, into "jq: syntax error, it ends too early (line 2 of the expression)".
 */
static void explain_compile(const char *message, char out[ERROR_MAX])
{
	static const char place[] = " at <top-level>, line ";
	static const char *const modules[] = {"unexpected import", "unexpected include",
					      "unexpected module"};
	const char *at = strstr(message, place);
	long line = at ? strtol(at + strlen(place), NULL, 10) : 0;
	char text[ERROR_MAX] = "", *end;

	if (!strncmp(message, "jq: error: ", 11))
		message += 11;
	append(text, message, at && at > message ? (size_t)(at - message) : strlen(message));
	cut_at(text, " (Unix shell");
	cut_at(text, "\n");
	end = strstr(text, "unexpected $end");
	if (!end)
		end = strstr(text, "unexpected end of file"); /* 1.8 */
	if (end)
		snprintf(end, (size_t)(text + sizeof(text) - end), "it ends too early");
	for (size_t i = 0; i < ARRAY_LEN(modules); i++)
		if (strstr(text, modules[i]))
			snprintf(text, sizeof(text), "%s is not available here",
				 modules[i] + strlen("unexpected "));
	if (line > 0)
		snprintf(out, ERROR_MAX, "jq: %.200s (line %ld of the expression)", text, line);
	else
		snprintf(out, ERROR_MAX, "jq: %.200s", text);
}

/* The message of a value that is an error; takes the value. */
static void message_of(jv value, char out[ERROR_MAX])
{
	jv message = jv_invalid_get_msg(value), text;

	out[0] = '\0';
	text = jv_get_kind(message) == JV_KIND_STRING ? message : jv_dump_string(message, 0);
	append(out, jv_string_value(text), strlen(jv_string_value(text)));
	jv_free(text);
}

static void on_error(void *data, jv message)
{
	struct program *program = data;
	char text[ERROR_MAX];

	/* The first one says it; "1 compile error" follows. */
	if (!program->error && jv_get_kind(message) == JV_KIND_STRING) {
		explain_compile(jv_string_value(message), text);
		program->error = xstrdup(text);
	}
	jv_free(message);
}

/* ---- programs ---- */

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static bool names_environment(const char *expression)
{
	for (const char *at = strstr(expression, "$ENV"); at; at = strstr(at + 4, "$ENV"))
		if (!is_name(at[4]))
			return true;
	return false;
}

static void compile(struct program *program)
{
	char *text;

	if (names_environment(program->expression)) {
		program->error = xstrdup("jq: $ENV is not available: an expression sees the answer "
					 "alone");
		return;
	}
	program->jq = jq_init();
	if (!program->jq) {
		program->error = xstrdup("jq: no memory");
		return;
	}
	jq_set_error_cb(program->jq, on_error, program);
	text = xasprintf("%s%s", prelude, program->expression);
	if (!jq_compile(program->jq, text)) {
		jq_teardown(&program->jq);
		if (!program->error)
			program->error = xstrdup("jq: does not compile");
	}
	free(text);
}

static void drop(struct program *program)
{
	free(program->expression);
	free(program->error);
	if (program->jq)
		jq_teardown(&program->jq);
}

/* The program of an expression, compiled when it is not at hand; *compiled says so. */
static struct program *find(struct child *child, const char *expression, bool *compiled)
{
	struct program *program = NULL;

	*compiled = false;
	for (size_t i = 0; i < child->count && !program; i++)
		if (!strcmp(child->programs[i].expression, expression))
			program = &child->programs[i];
	if (!program) {
		*compiled = true;
		program = &child->programs[0];
		if (child->count < KEPT) {
			program = &child->programs[child->count++];
		} else {
			for (size_t i = 1; i < KEPT; i++)
				if (child->programs[i].used < program->used)
					program = &child->programs[i];
			drop(program);
		}
		*program = (struct program){.expression = xstrdup(expression)};
		compile(program);
	}
	program->used = ++child->jobs;
	return program;
}

/* ---- a job ---- */

static jv parse(const char *body, size_t len, char error[ERROR_MAX])
{
	char text[ERROR_MAX] = "";
	jv value;

	if (len > INT_MAX) {
		snprintf(error, ERROR_MAX, "the answer is too large");
		return jv_invalid();
	}
	value = jv_parse_sized(body, (int)len);
	if (jv_is_valid(value))
		return value;
	if (jv_invalid_has_msg(jv_copy(value))) {
		message_of(value, text);
		cut_at(text, " (while parsing");
	} else {
		jv_free(value);
	}
	snprintf(error, ERROR_MAX, "the answer is no JSON%s%.200s", *text ? ": " : "", text);
	return jv_invalid();
}

/* Adds an output; false: there were enough. Takes the value. */
static bool add_output(struct buf *lines, size_t outputs, jv value)
{
	jv line = jv_dump_string(value, 0);
	size_t len = (size_t)jv_string_length_bytes(jv_copy(line));
	bool fits = outputs < JQ_OUTPUTS && len < JQ_OUTPUT_MAX - lines->len;

	if (fits) {
		buf_add(lines, jv_string_value(line), len);
		buf_addc(lines, '\n');
	}
	jv_free(line);
	return fits;
}

static void run(struct program *program, jv input, struct buf *lines, bool *cut,
		char error[ERROR_MAX])
{
	char text[ERROR_MAX];
	size_t outputs = 0;
	jv value;

	jq_start(program->jq, input, 0);
	while (!*cut && jv_is_valid(value = jq_next(program->jq)))
		*cut = !add_output(lines, outputs++, value);
	if (!*cut && jv_invalid_has_msg(jv_copy(value))) {
		message_of(value, text);
		snprintf(error, ERROR_MAX, "jq: %.250s", text);
	} else if (!*cut) {
		jv_free(value);
	}
	/* What it held of the answer. */
	jq_start(program->jq, jv_null(), 0);
}

/* The parent's deadline ends a job that hangs; this one ends it where there is no parent. */
static void allow_seconds(void)
{
	struct rusage used;
	struct rlimit limits;

	if (getrusage(RUSAGE_SELF, &used) || getrlimit(RLIMIT_CPU, &limits))
		return;
	limits.rlim_cur = (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec + 1 + CPU_SECONDS);
	if (limits.rlim_cur <= limits.rlim_max)
		setrlimit(RLIMIT_CPU, &limits);
}

static void send_reply(struct child *child, const struct jq_reply *reply)
{
	struct buf body = {0};

	jq_reply_encode(reply, &body);
	channel_send(&child->channel, JQ_DONE, &body);
	channel_flush(&child->channel);
	buf_free(&body);
}

static void do_order(struct child *child, const struct jq_order *order)
{
	struct jq_reply answer = {0};
	struct program *program = find(child, order->expression, &answer.compiled);
	char error[ERROR_MAX] = "";
	struct buf lines = {0};

	if (program->jq && order->run) {
		jv input = parse(order->body, order->len, error);

		if (jv_is_valid(input))
			run(program, input, &lines, &answer.cut, error);
	}
	answer.error = *error ? error : program->error;
	if (!answer.error) {
		answer.lines = buf_str(&lines);
		answer.len = lines.len;
	}
	send_reply(child, &answer);
	buf_free(&lines);
}

/* False: what came is no job, so this is not our parent. */
static bool do_job(struct child *child, const struct message *message)
{
	struct arena *arena = arena_new();
	struct jq_order order;
	bool understood =
	    message->type == JQ_RUN && jq_order_decode(&order, message->body, message->len, arena);

	if (understood) {
		allow_seconds();
		do_order(child, &order);
	}
	arena_free(arena);
	return understood;
}

/* ---- start and end ---- */

static void limit_memory(void)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");
	struct rlimit limits;

	if (file && fscanf(file, "%lu", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	/* A sanitizer's shadow memory is terabytes. */
	if (SANITIZED || !pages)
		return;
	limits.rlim_cur = limits.rlim_max =
	    (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + JQ_MEMORY;
	setrlimit(RLIMIT_AS, &limits);
}

int jq_main(int socket)
{
	struct child *child = xcalloc(1, sizeof(*child));
	struct message message;
	char level[128];

	child_enter("svctop-jq");
	channel_init(&child->channel, socket);
	limit_memory();
	sandbox_enter(NULL, 0, level, sizeof(level));
	while (channel_wait(&child->channel, &message) && do_job(child, &message))
		continue;
	for (size_t i = 0; i < child->count; i++)
		drop(&child->programs[i]);
	channel_close(&child->channel);
	free(child);
	return 0;
}
