#include "fetch/http.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/http_private.h"

/*
 * Transfers wait at their host until it and the engine have room, and only then are
 * they curl's: in curl's own queue their time would run out while nobody was asked.
 */

/* What the curl command takes from its environment; NULL where curl knows better. */
static char *from_environment(const char *name, const char *other)
{
	const char *value = getenv(name);

	if ((!value || !*value) && other)
		value = getenv(other);
	return value && *value ? xstrdup(value) : NULL;
}

static void set_authorities(struct http *http)
{
	const char *bundle = getenv("CURL_CA_BUNDLE");

	http->ca_file = from_environment("CURL_CA_BUNDLE", "SSL_CERT_FILE");
	if (!bundle || !*bundle)
		http->ca_dir = from_environment("SSL_CERT_DIR", NULL);
}

/* The header that curl would print for each request anew. */
static char *encodings(void)
{
	int features = curl_version_info(CURLVERSION_NOW)->features;

	return xasprintf("Accept-Encoding: %s%s%s",
			 features & CURL_VERSION_LIBZ ? "gzip, deflate" : "identity",
			 features & CURL_VERSION_BROTLI ? ", br" : "",
			 features & CURL_VERSION_ZSTD ? ", zstd" : "");
}

static bool has_proxy(void)
{
	static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
					    "ALL_PROXY"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return true;
	}
	return false;
}

struct http *http_new(const struct http_options *options, struct err *err)
{
	struct http *http;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		err_set(err, NULL, NULL, "libcurl does not start");
		return NULL;
	}
	/* TLS libraries write to connections that a server has closed. */
	signal(SIGPIPE, SIG_IGN);
	http = xcalloc(1, sizeof(*http));
	http->multi = curl_multi_init();
	if (!http->multi) {
		err_set(err, NULL, NULL, "libcurl does not start");
		http_free(http);
		return NULL;
	}
	http->host_limit = options->host_connections ? options->host_connections : 6;
	http->limit = options->all_connections ? options->all_connections : 64;
	http->agent_line = xasprintf("User-Agent: %s",
				     options->user_agent ? options->user_agent : "svctop/" VERSION);
	http->encoding_line = encodings();
	http->ready_last = &http->ready;
	http->direct = !has_proxy();
	set_authorities(http);
	if (options->cache_dir)
		http->cache = http_cache_open(options->cache_dir, 0);
	http_poll_init(http);
	curl_multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)http->host_limit);
	curl_multi_setopt(http->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)http->limit);
	curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long)http->limit);
	curl_multi_setopt(http->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	return http;
}

static struct http_host *host_find(struct http *http, const char *origin)
{
	size_t hash = 5381;
	struct http_host **bucket, *host;

	for (const char *c = origin; *c; c++)
		hash = hash * 33 ^ (unsigned char)*c;
	bucket = &http->hosts[hash % HTTP_BUCKETS];
	for (host = *bucket; host; host = host->next) {
		if (strcmp(host->origin, origin) == 0)
			return host;
	}
	host = xcalloc(1, sizeof(*host));
	host->origin = xstrdup(origin);
	host->last = &host->first;
	host->bucket = bucket;
	host->next = *bucket;
	*bucket = host;
	return host;
}

static void host_drop(struct http_host *host)
{
	struct http_host **at = host->bucket;

	while (*at != host)
		at = &(*at)->next;
	*at = host->next;
	free(host->origin);
	free(host);
}

static bool host_has_room(const struct http *http, const struct http_host *host)
{
	return host->running < (host->multiplexes ? HTTP_STREAMS : http->host_limit);
}

/* Puts a host into the round where something waits there that could start. */
static void host_update(struct http *http, struct http_host *host)
{
	if (host->ready)
		return;
	if (host->first && host_has_room(http, host)) {
		host->ready = true;
		host->ready_next = NULL;
		*http->ready_last = host;
		http->ready_last = &host->ready_next;
	} else if (!host->first && !host->running) {
		host_drop(host);
	}
}

static void enqueue(struct transfer *t, const char *origin)
{
	t->host = host_find(t->http, origin);
	t->next = NULL;
	*t->host->last = t;
	t->host->last = &t->next;
	host_update(t->http, t->host);
}

static void forget(struct transfer *t)
{
	if (t->later)
		t->later->earlier = t->earlier;
	else
		t->http->newest = t->earlier;
	if (t->earlier)
		t->earlier->later = t->later;
	t->http->count--;
	transfer_free(t);
}

static void finish(struct transfer *t)
{
	t->done(t->ctx, &t->answer);
	forget(t);
}

/* One transfer less at its host. */
static void leave_host(struct transfer *t)
{
	t->http->active--;
	t->host->running--;
	host_update(t->http, t->host);
	t->host = NULL;
}

/* Starts what there is room for: the hosts take turns. Returns how many failed at that. */
static size_t start_waiting(struct http *http)
{
	size_t failed = 0;

	while (http->ready && http->active < http->limit) {
		struct http_host *host = http->ready;
		struct transfer *t = host->first;

		http->ready = host->ready_next;
		if (!http->ready)
			http->ready_last = &http->ready;
		host->ready = false;
		host->first = t->next;
		if (!host->first)
			host->last = &host->first;
		host->running++;
		http->active++;
		if (transfer_begin(t) < 0) {
			leave_host(t);
			finish(t);
			failed++;
			continue;
		}
		host_update(http, host);
	}
	return failed;
}

static const char *origin_of(struct http *http, const char *url, struct err *err)
{
	if (http->recent_len && strncmp(url, http->recent_url, http->recent_len) == 0 &&
	    url[http->recent_len] == '/' && http_url_path_ok(url + http->recent_len))
		return http->recent_origin;
	arena_free(http->recent);
	http->recent = arena_new_sized(1024);
	http->recent_url = arena_strdup(http->recent, url);
	http->recent_origin = http_url_origin(http->recent, url, err);
	http->recent_len = http->recent_origin ? http_url_origin_len(url) : 0;
	return http->recent_origin;
}

int http_start(struct http *http, const struct http_request *request, http_done *done, void *ctx,
	       struct err *err)
{
	const char *origin = origin_of(http, request->url, err);
	struct transfer *t = origin ? transfer_new(http, request, err) : NULL;

	if (!t)
		return -1;
	t->done = done;
	t->ctx = ctx;
	t->earlier = http->newest;
	if (t->earlier)
		t->earlier->later = t;
	http->newest = t;
	http->count++;
	enqueue(t, origin);
	return 0;
}

size_t http_running(const struct http *http)
{
	return http->count;
}

static void ended(struct transfer *t, CURL *easy, CURLcode code)
{
	long version = 0;

	curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
	if (version)
		t->host->multiplexes = version >= CURL_HTTP_VERSION_2_0;
	curl_multi_remove_handle(t->http->multi, easy);
	switch (transfer_ended(t, easy, code)) {
	case TRANSFER_DONE:
		leave_host(t);
		finish(t);
		break;
	case TRANSFER_AGAIN:
		leave_host(t);
		enqueue(t, http_url_origin(t->arena, t->url, NULL));
		break;
	case TRANSFER_GOES_ON:
		break;
	}
}

/* Gives out what curl has ended. Returns how many that were. */
static size_t collect(struct http *http)
{
	size_t done = 0;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(http->multi, &left))) {
		CURL *easy = message->easy_handle;
		CURLcode code = message->data.result;
		char *owner = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
		ended(((struct http_io *)(void *)owner)->owner, easy, code);
		done++;
	}
	return done;
}

/*
 * Does what can be done without waiting, but not so much of it that the caller's descriptor is
 * forgotten: a near server answers as fast as it is asked. Returns how many transfers ended.
 */
static size_t advance(struct http *http)
{
	size_t done = collect(http);

	do {
		done += start_waiting(http);
		http_poll_timer(http);
		done += collect(http);
	} while (http->ready && http->active < http->limit && done < HTTP_AT_ONCE);
	return done;
}

bool http_wait(struct http *http, int fd, bool want_write, int timeout_ms)
{
	bool ready;

	/* Nothing goes on, and nothing would ever wake us. */
	if (!http->count && fd < 0 && timeout_ms < 0)
		return false;
	if (http->count && advance(http) > 0)
		timeout_ms = 0;
	ready = http_poll_wait(http, fd, want_write, timeout_ms);
	advance(http);
	return ready;
}

void http_free(struct http *http)
{
	if (!http)
		return;
	while (http->newest) {
		struct transfer *t = http->newest;

		http->newest = t->earlier;
		if (t->handshake)
			curl_multi_remove_handle(http->multi, t->handshake);
		else if (t->io)
			curl_multi_remove_handle(http->multi, t->io->easy);
		transfer_free(t);
	}
	while (http->resting) {
		struct http_io *io = http->resting;

		http->resting = io->next;
		http_io_free(io);
	}
	for (size_t i = 0; i < HTTP_BUCKETS; i++) {
		while (http->hosts[i])
			host_drop(http->hosts[i]);
	}
	if (http->multi)
		curl_multi_cleanup(http->multi);
	http_poll_free(http);
	http_cache_close(http->cache);
	arena_free(http->recent);
	free(http->agent_line);
	free(http->encoding_line);
	free(http->ca_file);
	free(http->ca_dir);
	free(http);
	curl_global_cleanup();
}
