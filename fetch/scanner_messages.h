#ifndef SVCTOP_FETCH_SCANNER_MESSAGES_H
#define SVCTOP_FETCH_SCANNER_MESSAGES_H

/*
 * What the face and a scanner say to each other, as bodies of fetch/channel.h
 * messages. Every decoder answers false for a body that is not what it should be.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/buf.h"
#include "fetch/scanner.h"

enum scanner_message {
	/* to a scanner */
	MSG_SETTINGS = 1, /* first, once */
	MSG_DISCOVER,
	MSG_SCAN,
	MSG_BLOB,
	MSG_LOG,
	MSG_PAST,
	MSG_LOOK,
	/* from a scanner */
	MSG_READY,    /* the sandbox's level; sent before the first job is taken */
	MSG_REFUSED,  /* instead of READY: why it cannot work */
	MSG_FOUND,    /* a checkout's path */
	MSG_PROBLEM,  /* path and text */
	MSG_ALIVE,    /* DISCOVER still walks, PAST has looked at more commits */
	MSG_HEAD,     /* the commit that a scan is about to read, and what it was resolved from:
			 who crashes on it is known */
	MSG_CHECKOUT, /* ends SCAN */
	MSG_CONTENT,  /* ends BLOB */
	MSG_COMMITS,  /* ends LOG */
	MSG_DONE,     /* ends DISCOVER */
	MSG_VERSIONS, /* ends PAST: past_encode() */
	MSG_NO_PAST,  /* instead: why */
	MSG_LOOKED,   /* ends LOOK */
};

/* What a scanner needs to know once. Strings belong to whoever made it, or to the arena. */
struct scanner_settings {
	const char **roots;
	size_t root_count;
	const char **exclude;
	size_t exclude_count;
	const char *checklist_path;
	const char *checklist;
	size_t checklist_len;
	const char *rev;
	int64_t at;
	bool at_rev;
	int64_t now;
	enum dependency_detail dependencies;
};

/* A question about one checkout; which fields count depends on the message. */
struct scanner_job {
	const char *checkout;
	const char *crashed_head; /* SCAN: the commit that crashed a scanner before; NULL */
	const char *commit;	  /* BLOB, LOG */
	const char *path;	  /* BLOB: the file; LOG: the folder */
	uint64_t most;		  /* BLOB: bytes; LOG: commits */
	int64_t since, every;	  /* PAST */
	int64_t now;		  /* SCAN: the reference time */
};

/* One of the checkouts of a LOOK. */
struct scanner_looking {
	const char *path;
	const char *resolved;
};

enum scanner_verdict { LOOK_SAME, LOOK_CHANGED, LOOK_GONE };

void settings_encode(const struct scanner_settings *settings, struct buf *out);
bool settings_decode(struct scanner_settings *settings, const char *body, size_t len,
		     struct arena *arena);

void job_encode(const struct scanner_job *job, struct buf *out);
bool job_decode(struct scanner_job *job, const char *body, size_t len, struct arena *arena);

void look_encode(const struct scanner_looking *list, size_t count, int64_t now, struct buf *out);
bool look_decode(struct scanner_looking **list, size_t *count, int64_t *now, const char *body,
		 size_t len, struct arena *arena);
/* What was not the same of count looked at; decoding fills verdicts[count]. */
void looked_encode(const uint8_t *verdicts, size_t count, struct buf *out);
bool looked_decode(uint8_t *verdicts, size_t count, const char *body, size_t len);

/* FOUND, READY, REFUSED use the first text alone. */
void texts_encode(const char *first, const char *second, struct buf *out);
bool texts_decode(const char **first, const char **second, const char *body, size_t len,
		  struct arena *arena);

/* CONTENT: bytes, or NULL and why not. */
void content_encode(const char *bytes, size_t size, const char *problem, struct buf *out);
bool content_decode(const char **bytes, size_t *size, const char **problem, const char *body,
		    size_t len, struct arena *arena);

/* COMMITS. */
void commits_encode(const struct scanner_commit *commits, size_t count, struct buf *out);
bool commits_decode(const struct scanner_commit **commits, size_t *count, const char *body,
		    size_t len, struct arena *arena);

#endif
