#include "tui/notify.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"

enum { MAX_CELLS = 160 };

struct notify {
	uint64_t *known; /* ids of what burned the last time, in order */
	size_t count;
};

struct notify *notify_new(void)
{
	return xcalloc(1, sizeof(struct notify));
}

void notify_free(struct notify *notify)
{
	if (!notify)
		return;
	free(notify->known);
	free(notify);
}

static int compare_ids(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

static bool counts(const struct burn *burn)
{
	return !burn->quiet && burn->production && burn->service >= 0 &&
	       (burn->tier == 1 || burn->tier == 2);
}

const struct burn *notify_update(struct notify *notify, const struct incident *incident, bool first,
				 size_t *count)
{
	uint64_t *ids = xcalloc(incident->count + 1, sizeof(*ids));
	const struct burn *worst = NULL;
	size_t kept = 0;

	*count = 0;
	for (size_t i = 0; i < incident->count; i++) {
		const struct burn *burn = &incident->burns[i];

		if (!counts(burn))
			continue;
		ids[kept++] = burn->id;
		if (first || (notify->count && bsearch(&burn->id, notify->known, notify->count,
						       sizeof(*ids), compare_ids)))
			continue;
		*count += 1;
		if (!worst)
			worst = burn;
	}
	if (kept)
		qsort(ids, kept, sizeof(*ids), compare_ids);
	free(notify->known);
	notify->known = ids;
	notify->count = kept;
	return worst;
}

static bool has(const char *text, const char *word)
{
	return text && strstr(text, word);
}

/* An escape sequence; tmux hands on what stands in its own, with each escape doubled. */
static void add_sequence(struct buf *out, bool tmux, const char *body)
{
	if (tmux)
		buf_addf(out, "\033Ptmux;\033\033]%s\a\033\\", body);
	else
		buf_addf(out, "\033]%s\a", body);
}

void notify_sequence(struct buf *out, const char *term, const char *program, bool tmux,
		     const char *text)
{
	bool nine = has(term, "kitty") || has(term, "wezterm") || has(term, "ghostty") ||
		    has(program, "iTerm") || has(program, "WezTerm") || has(program, "ghostty");
	bool triple = !nine && (has(term, "rxvt") || has(term, "foot"));
	struct buf clean = {0}, brief = {0}, body = {0};

	/* No byte of it can end the sequence or begin another one. */
	text_sanitise(&clean, text, strlen(text), 0);
	text_clip(&brief, buf_str(&clean), MAX_CELLS, 0);
	if (!triple) {
		buf_addf(&body, "9;%s", buf_str(&brief));
		add_sequence(out, tmux, buf_str(&body));
	}
	buf_reset(&body);
	if (!nine) {
		buf_addf(&body, "777;notify;svctop;%s", buf_str(&brief));
		add_sequence(out, tmux, buf_str(&body));
	}
	buf_free(&clean);
	buf_free(&brief);
	buf_free(&body);
}
