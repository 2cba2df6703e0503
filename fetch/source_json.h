#ifndef SVCTOP_FETCH_SOURCE_JSON_H
#define SVCTOP_FETCH_SOURCE_JSON_H

/* What the files of the json source share. docs/sources.md has its rules in words. */

#include "fetch/source.h"

/* ---- source_json_url.c: templates of URLs, and pages ---- */

bool json_url_is_template(const char *url);

/* -1 and err: a placeholder that is no field, or stands where it must not. */
int json_url_check(const struct config_source *config, struct err *err);

/* The URL for a service, in arena; NULL: it lacks a field, or its value must not be sent. */
const char *json_url_of(struct arena *arena, const struct config_source *config,
			const struct subject *subject);

/*
 * The next page by a Link header (RFC 8288, rel="next") of the answer from url: on the same
 * server, in arena; NULL: none.
 */
const char *json_url_next(struct arena *arena, const char *url, const char *link);

/* ---- source_json.c ---- */

/* The one jq program that gives what expression and checks ask for; in arena. */
const char *json_program(struct arena *arena, const struct config_source *config);

/* Services that one request is about: lines of a request's arg. Gives the next, NULL: none. */
const char *json_owner(struct arena *arena, const char **arg);

/* ---- source_json_output.c: signals of what jq gave ---- */

int json_read_outputs(const struct source_context *context, const struct source_request *request,
		      const char *lines, size_t len, struct source_result *out, struct err *err);

/* The kind of `kind:`; -1: there is none, or it is not one that an expression may give. */
int json_kind(const char *name);
/* "alert, ci, ...", in arena. */
const char *json_kinds(struct arena *arena);

#endif
