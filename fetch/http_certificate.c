#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/text.h"
#include "fetch/certificate.h"
#include "fetch/http_private.h"

/*
 * libcurl tells nothing about a certificate that it refused. So what was refused is looked at
 * in a second handshake that verifies nothing and after which nothing is sent: neither a
 * request nor a credential.
 */

#define CHAIN_MAX 10

int http_handshake_begin(struct transfer *t, long timeout_ms)
{
	t->handshake = curl_easy_init();
	if (!t->handshake)
		return -1;
	transfer_set_common(t->http, t->handshake);
	curl_easy_setopt(t->handshake, CURLOPT_PRIVATE, t->io);
	curl_easy_setopt(t->handshake, CURLOPT_URL, t->url);
	curl_easy_setopt(t->handshake, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(t->handshake, CURLOPT_CERTINFO, 1L);
	curl_easy_setopt(t->handshake, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(t->handshake, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(t->handshake, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(t->handshake, CURLOPT_FRESH_CONNECT, 1L);
	/* HTTP/2 would begin to talk. */
	curl_easy_setopt(t->handshake, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(t->handshake, CURLOPT_TIMEOUT_MS, timeout_ms);
	if (curl_multi_add_handle(t->http->multi, t->handshake) == CURLM_OK)
		return 0;
	curl_easy_cleanup(t->handshake);
	t->handshake = NULL;
	return -1;
}

/* The certificates that a server sent, its own first. Returns how many. */
static size_t read_chain(struct transfer *t, CURL *easy, struct certificate *chain)
{
	struct curl_certinfo *info = NULL;
	size_t count = 0;

	if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info) != CURLE_OK || !info)
		return 0;
	for (int i = 0; i < info->num_of_certs && count < CHAIN_MAX; i++) {
		for (const struct curl_slist *line = info->certinfo[i]; line; line = line->next) {
			if (strncmp(line->data, "Cert:", 5) != 0)
				continue;
			if (!certificate_read(t->arena, line->data + 5, strlen(line->data + 5),
					      &chain[count]))
				return count;
			count++;
			break;
		}
	}
	return count;
}

static void fill(struct http_certificate *out, const struct certificate *from)
{
	*out = (struct http_certificate){.tls = true,
					 .issuer = from->issuer,
					 .subject = from->subject,
					 .names = from->names,
					 .name_count = from->name_count,
					 .from = from->from,
					 .until = from->until};
}

void http_certificate_seen(struct transfer *t)
{
	struct certificate chain[CHAIN_MAX];

	/* Of several hosts that a request was led over, the first one is what was asked about. */
	if (t->probe && !t->answer.certificate.tls && read_chain(t, t->io->easy, chain) > 0)
		fill(&t->answer.certificate, &chain[0]);
}

/* "3 days", "5 hours": how long something is over, or still to come. */
static const char *length(struct arena *arena, int64_t seconds)
{
	if (seconds >= 2 * 86400)
		return arena_printf(arena, "%lld days", (long long)((seconds + 43200) / 86400));
	if (seconds >= 2 * 3600)
		return arena_printf(arena, "%lld hours", (long long)((seconds + 1800) / 3600));
	return arena_printf(arena, "%lld minutes", (long long)(seconds / 60));
}

static bool date_problem(struct transfer *t, const struct certificate *chain, size_t count,
			 int64_t now)
{
	struct http_certificate *certificate = &t->answer.certificate;

	for (size_t i = 0; i < count; i++) {
		const char *which =
		    i ? arena_printf(t->arena, "the authority's certificate (%s)", chain[i].subject)
		      : "its certificate";

		if (chain[i].until < now) {
			certificate->problem = "expired";
			http_fail(t, FAILURE_TLS, "renew it on the server", "%s expired %s ago",
				  which, length(t->arena, now - chain[i].until));
			return true;
		}
		if (chain[i].from > now) {
			certificate->problem = "not yet valid";
			http_fail(
			    t, FAILURE_TLS, "see the clocks of this machine and of who made it",
			    "%s is valid only in %s", which, length(t->arena, chain[i].from - now));
			return true;
		}
	}
	return false;
}

/* The names that a certificate is for, a few of them. */
static const char *some_names(struct arena *arena, const struct certificate *certificate)
{
	size_t count = certificate->name_count;

	if (!count)
		return *certificate->subject ? certificate->subject : "nobody";
	if (count == 1)
		return certificate->names[0];
	if (count == 2)
		return arena_printf(arena, "%s and %s", certificate->names[0],
				    certificate->names[1]);
	return arena_printf(arena, "%s, %s and %zu more", certificate->names[0],
			    certificate->names[1], count - 2);
}

/* "[::1]" as a certificate writes it. */
static const char *bare_host(struct transfer *t)
{
	const char *host = http_url_host(t->arena, t->url);
	size_t len = strlen(host);

	if (*host == '[' && host[len - 1] == ']')
		return arena_memdup0(t->arena, host + 1, len - 2);
	return host;
}

/* Whether the reason is that who signed it is not known here; other TLS libraries say less. */
static bool about_authority(struct transfer *t)
{
	long reason = 0;

	if (!strstr(t->io->error, "SSL certificate problem"))
		return true;
	/* OpenSSL's: 2 and 20 no issuer, 18 self-signed, 19 such a root, 21 only the leaf sent. */
	curl_easy_getinfo(t->io->easy, CURLINFO_SSL_VERIFYRESULT, &reason);
	return reason == 2 || (reason >= 18 && reason <= 21);
}

static void word_problem(struct transfer *t, const struct certificate *chain, size_t count)
{
	struct http_certificate *certificate = &t->answer.certificate;
	const char *host = bare_host(t);

	if (date_problem(t, chain, count, (int64_t)time(NULL)))
		return;
	if (!certificate_covers(&chain[0], host)) {
		certificate->problem = "for another host";
		http_fail(t, FAILURE_TLS, "use that name in the URL, or add this one to it",
			  "its certificate is for %s, not %s", some_names(t->arena, &chain[0]),
			  host);
	} else if (!about_authority(t)) {
		certificate->problem = "not accepted";
		http_fail(t, FAILURE_TLS, NULL, "its certificate is not accepted: %s",
			  text_clean(t->arena, t->io->error, 0));
	} else if (chain[0].self_issued) {
		certificate->problem = "self-signed";
		http_fail(t, FAILURE_TLS, "set `ca: FILE` to a copy of it, if it is meant so",
			  "its certificate is self-signed");
	} else {
		certificate->problem = "unknown authority";
		http_fail(t, FAILURE_TLS, "set `ca: FILE` to the authority's certificate",
			  "its certificate is signed by %s, which this machine does not know",
			  *chain[0].issuer ? chain[0].issuer : "an authority");
	}
}

void http_handshake_end(struct transfer *t, CURLcode code)
{
	struct certificate chain[CHAIN_MAX];
	size_t count = code == CURLE_OK ? read_chain(t, t->handshake, chain) : 0;

	if (count) {
		fill(&t->answer.certificate, &chain[0]);
		word_problem(t, chain, count);
	}
	curl_easy_cleanup(t->handshake);
	t->handshake = NULL;
}
