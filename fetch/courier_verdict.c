#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "fetch/courier_internal.h"

#define LINE_MAX_BYTES 300
#define SNIPPET_MAX    120

const char *courier_place(const struct courier_source *source, uint32_t line, struct arena *arena)
{
	return arena_printf(arena, "%s:%u", source->child->settings.config_path, (unsigned)line);
}

const char *courier_line(struct arena *arena, const char *text)
{
	struct buf line = {0};
	size_t len;
	char *copy;

	if (!text)
		return NULL;
	text_sanitise(&line, text, strnlen(text, 2 * (size_t)LINE_MAX_BYTES), 0);
	len = line.len;
	if (len > LINE_MAX_BYTES) {
		len = LINE_MAX_BYTES - 3;
		while (len && ((unsigned char)line.data[len] & 0xc0) == 0x80)
			len--;
		copy = arena_printf(arena, "%.*s...", (int)len, line.data);
	} else {
		copy = arena_memdup0(arena, buf_str(&line), len);
	}
	buf_free(&line);
	return copy;
}

static const char *auth_place(const struct courier_source *source, struct arena *arena)
{
	const struct config_auth *auth = &source->config->auth;

	return courier_place(source, auth->kind ? auth->line : source->config->line, arena);
}

/* How much of a URL says which host it is of; what stands behind that may be a secret. */
static int origin_len(const char *url)
{
	const char *host = strstr(url, "://");

	return host ? (int)(host - url + 3 + (ptrdiff_t)strcspn(host + 3, "/?#")) : 0;
}

/* The login belongs to the configured address, and a redirect leads away from there. */
static void led_away(struct courier_verdict *verdict, const struct courier_source *source,
		     const struct http_answer *answer, struct arena *arena)
{
	const struct config_source *config = source->config;

	verdict->failure = FAILURE_REFUSED;
	verdict->cause = arena_printf(arena, "%ld: redirected to %.*s, where the login is not sent",
				      answer->status, origin_len(answer->url), answer->url);
	verdict->fix = arena_printf(
	    arena, "write that address, if you trust it, at %s",
	    courier_place(source, config->url_line ? config->url_line : config->line, arena));
}

static void refused(struct courier_verdict *verdict, const struct courier_source *source,
		    long status, struct arena *arena)
{
	enum auth_kind auth = source->config->auth.kind;
	const char *place = auth_place(source, arena);

	verdict->failure = FAILURE_REFUSED;
	if (status == 407) {
		verdict->cause = "407: the proxy asks for a login";
		verdict->fix = "write user and password into the proxy's URL in https_proxy";
	} else if (auth == AUTH_NONE) {
		verdict->cause =
		    arena_printf(arena, "%ld: it wants a login, and none is configured", status);
		verdict->fix = arena_printf(arena, "add auth: to the source at %s", place);
	} else if (status == 401) {
		verdict->cause = auth == AUTH_BASIC ? "401: user and password were refused"
						    : "401: the token was refused";
		verdict->fix =
		    arena_printf(arena, "look at auth: at %s; it may have expired", place);
	} else {
		verdict->cause =
		    arena_printf(arena, "%ld: the login is known, but may not read this", status);
		verdict->fix =
		    arena_printf(arena, "let the account of auth: at %s read this", place);
	}
}

const char *courier_rate_words(const struct ratelimit *limits, struct arena *arena)
{
	char age[TEXT_AGE_MAX];
	int64_t pause = ratelimit_pause(limits);
	const char *until = "later";

	if (pause)
		until = pause < 60 ? arena_printf(arena, "in %d s", (int)pause)
				   : arena_printf(arena, "in %s", text_age(pause, age));
	if (ratelimit_used_up(limits) && limits->limit > 0)
		return arena_printf(arena,
				    "the budget of %lld questions is used up, asked again %s",
				    (long long)limits->limit, until);
	return arena_printf(arena, "asked too often, asked again %s", until);
}

/* The server's own words, where they are few and no page of HTML. */
static const char *snippet(const struct http_answer *answer, struct arena *arena)
{
	const char *type = http_header(answer, "Content-Type");
	size_t len = strcspn(answer->body ? answer->body : "", "\r\n");
	struct buf line = {0};
	const char *text = "";

	if (!len || len > SNIPPET_MAX || len > answer->len || answer->body[0] == '<' ||
	    (type && strstr(type, "html")))
		return "";
	text_sanitise(&line, answer->body, len, 0);
	text = arena_printf(arena, " (\"%s\")", buf_str(&line));
	buf_free(&line);
	return text;
}

static void other_status(struct courier_verdict *verdict, const struct courier_source *source,
			 const struct http_answer *answer, struct arena *arena)
{
	const struct config_source *config = source->config;
	const char *place =
	    courier_place(source, config->url_line ? config->url_line : config->line, arena);
	long status = answer->status;

	verdict->failure = status >= 500 ? FAILURE_SERVER : FAILURE_ANSWER;
	if (status >= 500) {
		verdict->cause = arena_printf(arena, "%ld: the server has an error of its own%s",
					      status, snippet(answer, arena));
	} else if (status == 404 || status == 410) {
		verdict->cause = arena_printf(arena, "%ld: nothing at %.*s", status,
					      (int)strcspn(answer->url, "?#"), answer->url);
		verdict->fix =
		    arena_printf(arena, "is the URL of the source right? It is at %s", place);
	} else if (status >= 300 && status < 400) {
		const char *where = http_header(answer, "Location");
		int len = where ? origin_len(where) : 0;

		verdict->cause = arena_printf(arena, "%ld: it leads elsewhere%s%.*s", status,
					      len ? ", to " : "", len, len ? where : "");
		verdict->fix = arena_printf(arena, "write the URL that it leads to at %s", place);
	} else {
		verdict->cause = arena_printf(arena, "%ld: the question was not understood%s",
					      status, snippet(answer, arena));
		verdict->fix = arena_printf(arena, "is this the URL of %s? It is at %s",
					    source->type->title, place);
	}
}

static bool is_refusal(long status)
{
	return status == 401 || status == 403 || status == 407 || status == 429;
}

void courier_verdict(struct courier_verdict *verdict, const struct courier_source *source,
		     const struct source_request *request, const struct http_answer *answer,
		     const struct ratelimit *limits, struct arena *arena)
{
	long status = answer->status;

	*verdict = (struct courier_verdict){0};
	if (request->transfer == TRANSFER_PROBE) {
		verdict->read = true;
		verdict->failure = answer->failure;
		verdict->cause = answer->failure ? answer->cause : NULL;
		return;
	}
	if (answer->failure || !status) {
		verdict->failure = answer->failure ? answer->failure : FAILURE_ANSWER;
		verdict->cause = answer->cause[0] ? answer->cause : "no answer";
		verdict->fix = answer->fix;
	} else if (status == 429 ||
		   (status == 403 && (limits->left == 0 || limits->retry_after >= 0))) {
		verdict->failure = FAILURE_RATE;
		verdict->cause =
		    arena_printf(arena, "%ld: %s", status, courier_rate_words(limits, arena));
	} else if (is_refusal(status) && answer->withheld) {
		led_away(verdict, source, answer, arena);
	} else if (is_refusal(status)) {
		refused(verdict, source, status, arena);
	} else if ((status == 404 || status == 410) && request->absent_ok) {
		verdict->failure = FAILURE_ABSENT;
		verdict->read = true;
	} else if ((status >= 200 && status < 300) || request->every_status) {
		verdict->read = true;
	} else {
		other_status(verdict, source, answer, arena);
	}
}
