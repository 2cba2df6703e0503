#include "tui/journal.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/json_write.h"
#include "core/mem.h"
#include "core/text.h"

/* $JOURNAL_STREAM is "device:inode" of the journal's socket (systemd.exec(5)). */
static bool is_journald(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	char *end;

	if (!stream || fstat(STDERR_FILENO, &st) < 0)
		return false;
	if (strtoull(stream, &end, 10) != (unsigned long long)st.st_dev || *end != ':')
		return false;
	return strtoull(end + 1, NULL, 10) == (unsigned long long)st.st_ino;
}

void journal_open(struct journal *journal, enum journal_level shown, bool bare)
{
	*journal = (struct journal){.shown = shown, .journald = is_journald(), .bare = bare};
}

static void put(const struct journal *journal, enum journal_level level, const char *text)
{
	static const int priorities[] = {4, 6, 7}; /* warning, info, debug */
	char time_at[TIME_TEXT_MAX];
	struct buf line = {0};

	if (level > journal->shown)
		return;
	if (journal->journald)
		buf_addf(&line, "<%d>", priorities[level]);
	else if (journal->bare)
		buf_adds(&line, "svctop: ");
	else
		buf_addf(&line, "%s ", time_text((int64_t)time(NULL), time_at));
	text_sanitise(&line, text, strlen(text), 0);
	buf_addc(&line, '\n');
	/* In one go, so that children's lines do not stand within it. */
	for (size_t at = 0; at < line.len;) {
		ssize_t n = write(STDERR_FILENO, line.data + at, line.len - at);

		if (n <= 0)
			break;
		at += (size_t)n;
	}
	buf_free(&line);
}

void journal_say(const struct journal *journal, enum journal_level level, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	put(journal, level, text);
	free(text);
}

void journal_err(const struct journal *journal, const struct err *err)
{
	char *line = err_line(err);

	put(journal, JOURNAL_PROBLEM, line);
	free(line);
}
