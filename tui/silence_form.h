#ifndef SVCTOP_TUI_SILENCE_FORM_H
#define SVCTOP_TUI_SILENCE_FORM_H

/*
 * What a person fills in to silence an alert, or to end a silence, and the request that comes of
 * it. No screen, nothing is sent.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/incident.h"

#define FORM_MATCHERS 64

struct silence_form {
	struct arena *arena;		     /* of all texts; grows with what is typed */
	const char *alert;		     /* the name of the one that is to be silenced */
	const char *source;		     /* name of the Alertmanager */
	const char *url;		     /* of it; NULL */
	const char *matchers[FORM_MATCHERS]; /* as people write them: service="checkout" */
	size_t matcher_count;
	const char *lasts; /* "2h" */
	const char *author;
	const char *comment;
	const char *ends_id; /* the silence that is to end; NULL: a new one is made */
	int64_t ends_at;     /* of that one */
};

/*
 * For the worst alert of a burn, or for ending the silence that keeps it quiet. -1 and err: it
 * cannot be silenced (no alert, no Alertmanager). author: who asks; NULL: not known.
 */
int silence_form_new(struct silence_form *form, const struct fleet *fleet, const struct burn *burn,
		     const char *author, struct err *err);
void silence_form_free(struct silence_form *form);

/* Another matcher's text; "" removes it, index matcher_count adds one. */
void silence_form_set_matcher(struct silence_form *form, size_t index, const char *text);
void silence_form_set(struct silence_form *form, const char **field, const char *text);
/* The next Alertmanager of those that are configured. */
void silence_form_next_source(struct silence_form *form, const struct live *live);

struct silence_request {
	const char *method;
	const char *path;
	const char *body; /* NULL: none */
	int64_t ends;
};

/* Exactly what will be sent, in arena; -1 and err: what is missing or wrong, in words. */
int silence_form_request(const struct silence_form *form, int64_t now, struct arena *arena,
			 struct silence_request *out, struct err *err);

/*
 * How many alerts that fire now it would silence, of how many that the Alertmanager tells. False:
 * the matchers are not understood.
 */
bool silence_form_fits(const struct silence_form *form, const struct live *live, size_t *fits,
		       size_t *all);

#endif
