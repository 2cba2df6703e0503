#ifndef SVCTOP_FETCH_COURIER_MESSAGES_H
#define SVCTOP_FETCH_COURIER_MESSAGES_H

/*
 * What the face and the courier say to each other, as bodies of fetch/channel.h
 * messages. Every decoder answers false for a body that is not what it should be.
 * Subjects, reports and statuses have their encoding in core/.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/buf.h"

enum courier_message {
	/* to the courier */
	COURIER_MSG_SETTINGS = 1, /* first, once */
	COURIER_MSG_SUBJECTS,	  /* subjects_encode() */
	COURIER_MSG_REFRESH,	  /* empty */
	COURIER_MSG_SEND,
	/* from the courier */
	COURIER_MSG_REFUSED, /* why it cannot work */
	COURIER_MSG_READY,   /* warnings */
	COURIER_MSG_REPORT,  /* topic_report_encode() */
	COURIER_MSG_STATUS,  /* source_status_encode() */
	COURIER_MSG_IDLE,
	COURIER_MSG_SENT,
};

/* Strings belong to whoever made it, or to the arena. */
struct courier_settings {
	const char *config_path;
	const char *home;      /* NULL */
	const char *cache_dir; /* NULL */
	bool once;
	const char *config; /* the file's text */
	size_t config_len;
};

struct courier_order {
	uint32_t request;
	const char *source, *method, *path;
	const char *content_type; /* NULL */
	const char *body;	  /* in the message itself */
	size_t len;
};

struct courier_receipt {
	uint32_t request;
	int64_t status;	  /* 0: nothing came */
	const char *text; /* why; NULL */
	const char *body; /* in the message itself */
	size_t len;
};

void courier_settings_encode(const struct courier_settings *settings, struct buf *out);
bool courier_settings_decode(struct courier_settings *settings, const char *body, size_t len,
			     struct arena *arena);

void courier_order_encode(const struct courier_order *order, struct buf *out);
bool courier_order_decode(struct courier_order *order, const char *body, size_t len,
			  struct arena *arena);

void courier_receipt_encode(const struct courier_receipt *receipt, struct buf *out);
bool courier_receipt_decode(struct courier_receipt *receipt, const char *body, size_t len,
			    struct arena *arena);

/* REFUSED, READY; NULL is a text as well. */
void courier_text_encode(const char *text, struct buf *out);
bool courier_text_decode(const char **text, const char *body, size_t len, struct arena *arena);

/* IDLE: how many SUBJECTS and REFRESH messages had come by then. */
void courier_count_encode(uint64_t count, struct buf *out);
bool courier_count_decode(uint64_t *count, const char *body, size_t len);

#endif
