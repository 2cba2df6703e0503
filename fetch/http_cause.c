#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "fetch/http_private.h"

void http_fail(struct transfer *transfer, enum failure failure, const char *fix, const char *fmt,
	       ...)
{
	struct http_answer *answer = &transfer->answer;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(answer->cause, sizeof(answer->cause), fmt, ap);
	va_end(ap);
	answer->failure = failure;
	answer->fix = fix;
}

/* Milliseconds as people say them. */
static const char *span(struct arena *arena, unsigned ms)
{
	return ms % 1000 ? arena_printf(arena, "%u ms", ms)
			 : arena_printf(arena, "%u s", ms / 1000);
}

/* The name of the proxy variable that counted, for what to do about it. */
static const char fix_proxy[] = "see http_proxy, https_proxy, all_proxy and no_proxy in the "
				"environment";

static bool reached(const struct transfer *transfer, CURLINFO when)
{
	curl_off_t at = 0;

	return curl_easy_getinfo(transfer->io->easy, when, &at) == CURLE_OK && at > 0;
}

/* There is a connection, with or without TLS (CURLINFO_CONNECT_TIME wants that as well). */
static bool connected(const struct transfer *t)
{
	long port = 0;

	return curl_easy_getinfo(t->io->easy, CURLINFO_LOCAL_PORT, &port) == CURLE_OK && port > 0;
}

static void explain_timeout(struct transfer *t)
{
	struct arena *arena = t->arena;
	const char *host = http_url_host(arena, t->url);
	const char *limit = span(arena, t->timeout_ms);
	const char *connect =
	    span(arena,
		 HTTP_CONNECT_MS < (long)t->timeout_ms ? (unsigned)HTTP_CONNECT_MS : t->timeout_ms);

	/* One that waits for another's connection has looked up nothing, nor failed to. */
	if (!reached(t, CURLINFO_NAMELOOKUP_TIME_T) && strncmp(t->io->error, "Resolving", 9) != 0)
		http_fail(t, FAILURE_TIMEOUT, NULL, "no answer within %s", limit);
	else if (!reached(t, CURLINFO_NAMELOOKUP_TIME_T))
		http_fail(t, FAILURE_RESOLVE, "see whether this machine's DNS works",
			  "DNS did not say within %s who %s is", connect, host);
	else if (!connected(t))
		http_fail(t, FAILURE_TIMEOUT, "see whether a firewall or VPN is in between",
			  "no connection to %s port %s within %s", host,
			  http_url_port(arena, t->url), connect);
	else if (t->io->tls && !reached(t, CURLINFO_PRETRANSFER_TIME_T))
		http_fail(t, FAILURE_TIMEOUT, NULL, "connected, but no TLS within %s", connect);
	else if (t->io->content.len || t->io->got_count)
		http_fail(t, FAILURE_TIMEOUT, NULL,
			  "the answer began but did not end within %s (%zu bytes came)", limit,
			  t->io->content.len);
	else
		http_fail(t, FAILURE_TIMEOUT, NULL, "no answer within %s", limit);
}

static void explain_connect(struct transfer *t)
{
	const char *host = http_url_host(t->arena, t->url);
	const char *port = http_url_port(t->arena, t->url);
	long reason = 0;

	curl_easy_getinfo(t->io->easy, CURLINFO_OS_ERRNO, &reason);
	switch (reason) {
	case ECONNREFUSED:
		http_fail(t, FAILURE_CONNECT, "start it, or mend the port in `url:`",
			  "connection refused: is it running on port %s?", port);
		break;
	case ENETUNREACH:
	case EHOSTUNREACH:
		t->answer.local = reason == ENETUNREACH;
		http_fail(t, FAILURE_CONNECT, "see whether the network or VPN is up",
			  "no way to %s: the network cannot be reached", host);
		break;
	case EACCES:
	case EPERM:
		t->answer.local = true;
		http_fail(t, FAILURE_CONNECT, "see this machine's firewall",
			  "this machine does not allow connections to %s port %s", host, port);
		break;
	default:
		http_fail(t, FAILURE_CONNECT, NULL, "no connection to %s port %s%s%s", host, port,
			  reason ? ": " : "", reason ? strerrordesc_np((int)reason) : "");
	}
}

/* What the TLS library says, which is words for experts, but better than nothing. */
static const char *detail(struct transfer *t)
{
	const char *text = *t->io->error ? t->io->error : curl_easy_strerror(t->code);

	return text_clean(t->arena, text, 0);
}

static void explain_tls(struct transfer *t)
{
	const char *port = http_url_port(t->arena, t->url);

	if (t->code == CURLE_SSL_CACERT_BADFILE)
		http_fail(t, FAILURE_TLS, "give `ca:` a file of certificates in PEM form",
			  "the file of certificate authorities %s cannot be used",
			  t->ca ? t->ca : "that the environment names");
	else if (strstr(t->io->error, "wrong version number") ||
		 strstr(t->io->error, "packet length too long") ||
		 strstr(t->io->error, "unexpected TLS packet") ||
		 strstr(t->io->error, "http request"))
		http_fail(t, FAILURE_TLS, "write http:// if it is meant to be so",
			  "port %s does not speak TLS", port);
	else
		http_fail(t, FAILURE_TLS, NULL, "no TLS with %s: %s",
			  http_url_host(t->arena, t->url), detail(t));
}

/* Whatever else can go wrong between a connection and the end of an answer. */
static void explain_answer(struct transfer *t)
{
	long proxy = 0;

	curl_easy_getinfo(t->io->easy, CURLINFO_HTTP_CONNECTCODE, &proxy);
	if (proxy && proxy / 100 != 2) {
		t->answer.local = true;
		http_fail(t, FAILURE_CONNECT, fix_proxy, "the proxy refused: it answered %ld",
			  proxy);
		return;
	}
	if (t->code == CURLE_GOT_NOTHING ||
	    (!t->io->got_count && (t->code == CURLE_RECV_ERROR || t->code == CURLE_SEND_ERROR)))
		http_fail(t, FAILURE_CONNECT, NULL, "the connection was closed without an answer");
	else if (t->code == CURLE_UNSUPPORTED_PROTOCOL || t->code == CURLE_WEIRD_SERVER_REPLY)
		http_fail(t, FAILURE_ANSWER, "see whether the port is the right one",
			  "what answers on port %s does not speak HTTP",
			  http_url_port(t->arena, t->url));
	else if (t->code == CURLE_BAD_CONTENT_ENCODING)
		http_fail(t, FAILURE_ANSWER, NULL, "the answer's compression is broken");
	else if (t->io->got_count)
		http_fail(t, FAILURE_CONNECT, NULL,
			  "the connection broke off in the middle of the answer (%zu bytes came)",
			  t->io->content.len);
	else
		http_fail(t, FAILURE_ANSWER, NULL, "no answer: %s", detail(t));
}

void http_explain(struct transfer *t, CURLcode code)
{
	t->code = code;
	if (t->io->too_large) {
		http_fail(t, FAILURE_ANSWER, NULL, "the answer is larger than %zu KiB",
			  t->cap / 1024);
		return;
	}
	if (t->io->too_many) {
		http_fail(t, FAILURE_ANSWER, NULL, "the answer has more than %zu KiB of headers",
			  HTTP_HEADER_BYTES / 1024);
		return;
	}
	if (t->io->kept_away) {
		t->answer.local = true;
		http_fail(t, FAILURE_CONNECT, "write `loopback: true` if it is meant so",
			  "%s is an address of this machine or its link: not asked",
			  http_url_host(t->arena, t->url));
		return;
	}
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		http_fail(t, FAILURE_RESOLVE, "see the spelling in `url:`, then DNS",
			  "no such host: %s", http_url_host(t->arena, t->url));
		break;
	case CURLE_COULDNT_RESOLVE_PROXY:
		t->answer.local = true;
		http_fail(t, FAILURE_RESOLVE, fix_proxy,
			  "the proxy has a name that DNS does not "
			  "know");
		break;
	case CURLE_COULDNT_CONNECT:
		explain_connect(t);
		break;
	case CURLE_OPERATION_TIMEDOUT:
		explain_timeout(t);
		break;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_ISSUER_ERROR:
		explain_tls(t);
		break;
	case CURLE_OUT_OF_MEMORY:
		http_fail(t, FAILURE_ANSWER, NULL, "no memory for the answer");
		break;
	default:
		explain_answer(t);
	}
}
