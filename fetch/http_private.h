#ifndef SVCTOP_FETCH_HTTP_PRIVATE_H
#define SVCTOP_FETCH_HTTP_PRIVATE_H

/* What the files of fetch/http share with each other, and with their tests and fuzz targets. */

#include <curl/curl.h>
#include <poll.h>

#include "core/arena.h"
#include "core/buf.h"
#include "fetch/http.h"
#include "fetch/http_cache.h"

#define HTTP_TIMEOUT_MS	   10000u
#define HTTP_CONNECT_MS	   5000L
#define HTTP_UNHEARD_MS	   15000u
#define HTTP_CAP	   ((size_t)16 << 20)
#define HTTP_REDIRECTS	   5
#define HTTP_HEADER_BYTES  ((size_t)64 << 10)
#define HTTP_HEADERS	   200
#define HTTP_URL_MAX	   8192
#define HTTP_VALIDATOR_MAX 1000
#define HTTP_SECRET_LEAST  4  /* bytes; shorter ones are in every text */
#define HTTP_SECRET_MASKED 8  /* bytes; answers that repeat shorter ones are only not kept */
#define HTTP_SECRET_FORMS  14 /* ways in which a secret, and what is sent of it, are written */
#define HTTP_AT_ONCE	   64 /* answers before the caller has its turn */
#define HTTP_STREAMS	   32 /* at a time a host that multiplexes them over one connection */
#define HTTP_BODY_KEPT	   ((size_t)256 << 10) /* memory that a transfer at rest keeps */

struct http_credentials {
	char *origin;
	char *header;
	char *forms[HTTP_SECRET_FORMS]; /* texts that an answer must not repeat */
	size_t form_count;
};

/* Scheme, host and port; transfers wait here for their turn. Exists while it has some. */
struct http_host {
	struct http_host **bucket, *next; /* where it is found */
	struct http_host *ready_next;	  /* in the round of those that could start one */
	struct transfer *first, **last;	  /* waiting, oldest first */
	char *origin;
	unsigned running;
	bool ready;
	bool multiplexes;
};

struct transfer;

#define HTTP_BUCKETS 64

struct http {
	CURLM *multi;
	struct http_cache *cache; /* NULL: none */
	char *ca_file, *ca_dir;	  /* NULL: curl's own */
	char *agent_line, *encoding_line;
	unsigned host_limit, limit;
	struct http_host *hosts[HTTP_BUCKETS];
	struct http_host *ready, **ready_last; /* the round */
	struct transfer *newest;	       /* all that are asked for */
	size_t count;			       /* of them */
	unsigned active;		       /* of them in curl's hands */
	struct http_io *resting;	       /* as many as were active at once */
	bool direct;			       /* no proxy for anything */
	struct pollfd *watched;		       /* curl's sockets; the first is the caller's */
	size_t watched_count, watched_cap;
	int64_t timer_ms;     /* when curl wants to be called, -1: whenever a socket is ready */
	struct arena *recent; /* of the next two */
	const char *recent_url, *recent_origin;
	size_t recent_len; /* of scheme and host in recent_url */
};

/* A handle of curl's with what comes through it: a transfer has one while it is curl's. */
struct http_io {
	struct http_io *next; /* among those at rest */
	CURL *easy;
	bool tls;		  /* the URL's scheme */
	bool soiled;		  /* has options that the next request must not have */
	struct curl_slist *lines; /* request headers; the text is not theirs */
	size_t lines_cap;
	struct transfer *owner;
	struct buf content;
	struct buf head;	 /* names and values of headers */
	struct http_header *got; /* pointers into head; while more come, offsets in fields */
	struct http_field {
		size_t name, value;
	} * fields;
	size_t got_count, got_cap, field_cap, got_bytes;
	bool got_all;	 /* the empty line was there: what follows are trailers */
	long timeout_ms; /* as set */
	bool too_large, too_many;
	bool kept_away; /* from an address of this machine */
	char error[CURL_ERROR_SIZE];
};

struct transfer {
	struct http *http;
	struct transfer *next;		  /* in its host's queue */
	struct transfer *earlier, *later; /* among all */
	struct http_host *host;
	struct http_io *io; /* NULL: it waits */
	CURL *handshake;    /* the second look at a certificate; NULL: none goes on */

	/* What was asked; strings in arena. */
	struct arena *arena;
	http_done *done;
	void *ctx;
	const char *method, *url, *body, *content_type, *ca;
	const char **headers;
	size_t header_count, body_len, cap;
	const struct http_credentials *credentials;
	unsigned timeout_ms;
	bool cached, probe, foreign;

	/* How far it is. */
	int64_t started_us;
	unsigned redirects;
	bool left_origin; /* by a redirect: no credentials from here on */
	bool repeats;	  /* the answer had the secret in it */
	char name[HTTP_CACHE_NAME];
	struct http_entry entry;	 /* what the cache has, where conditional */
	bool conditional, unconditional; /* is asked so; must be asked so */
	CURLcode code;			 /* of the transfer, while the certificate is looked at */
	size_t received;
	struct http_answer answer;
};

/* http_poll.c: curl's sockets and timer. */

void http_poll_init(struct http *http);
void http_poll_free(struct http *http);
/* Lets curl do what its timer asks for now. */
void http_poll_timer(struct http *http);
/* Waits as http_wait() does, and lets curl go on where a socket is ready. */
bool http_poll_wait(struct http *http, int fd, bool want_write, int timeout_ms);

/* http_url.c: what may be asked, and where a redirect leads. */

/* "https://host:port", lower case, in arena; NULL: not a URL that is asked, and err says why. */
char *http_url_origin(struct arena *arena, const char *url, struct err *err);
/*
 * For many URLs of one origin: how much of url says which it is, and whether any text behind
 * that may be asked for.
 */
size_t http_url_origin_len(const char *url);
bool http_url_path_ok(const char *path);
/* For people, in arena; "?" where there is none. */
const char *http_url_host(struct arena *arena, const char *url);
const char *http_url_port(struct arena *arena, const char *url);

enum http_redirect {
	REDIRECT_FOLLOW,
	REDIRECT_BROKEN,   /* no URL */
	REDIRECT_SCHEME,   /* to something that is neither http nor https */
	REDIRECT_INSECURE, /* from https to http */
};

/* Where location leads from url: the whole URL in *target, in arena. */
enum http_redirect http_url_redirect(struct arena *arena, const char *url, const char *location,
				     const char **target);

/* http_transfer.c: one request from its start to its answer. */

/* Copies the request. NULL: it cannot be asked. */
struct transfer *transfer_new(struct http *http, const struct http_request *request,
			      struct err *err);
void transfer_free(struct transfer *transfer);
/* Hands it to curl. -1: it has failed already, and the answer says how. */
int transfer_begin(struct transfer *transfer);
/* What is next, after curl has ended it. */
enum transfer_next {
	TRANSFER_DONE,	/* the answer is complete */
	TRANSFER_AGAIN, /* to be begun again, maybe at another origin */
	TRANSFER_GOES_ON,
} transfer_ended(struct transfer *transfer, CURL *easy, CURLcode code);
void http_io_free(struct http_io *io);

/* Options that every handle has. */
void transfer_set_common(struct http *http, CURL *easy);

/* http_certificate.c: what a server's certificate says. */

/* Keeps what a verified one says, for a probe. */
void http_certificate_seen(struct transfer *transfer);
/* Looks at one that was refused; -1: not possible. */
int http_handshake_begin(struct transfer *transfer, long timeout_ms);
/* The end of that: cause and certificate of the answer say more than before. */
void http_handshake_end(struct transfer *transfer, CURLcode code);

/* http_secret.c: secrets that come back in answers. */

void http_secret_add(struct http_credentials *credentials, const char *secret);
void http_secret_forget(struct http_credentials *credentials);
/* Overwrites the secret where it stands in bytes; whether it stood there. */
bool http_secret_mask(const struct http_credentials *credentials, char *bytes, size_t len);

/* http_cause.c: what went wrong, in words. */

/* Fills failure, cause and fix of the answer. */
void http_explain(struct transfer *transfer, CURLcode code);
void http_fail(struct transfer *transfer, enum failure failure, const char *fix, const char *fmt,
	       ...) __attribute__((format(printf, 4, 5)));

#endif
