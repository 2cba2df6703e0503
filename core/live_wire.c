/* The encodings of what the courier tells. */

#include <string.h>

#include "core/live.h"
#include "core/mem.h"
#include "core/wire.h"

const char *failure_name(enum failure failure)
{
	static const char *const names[FAILURES] = {
	    "none", "absent", "resolve", "connect", "timeout", "tls",	   "refused",
	    "rate", "server", "answer",	 "secret",  "courier", "recalled",
	};

	return names[failure];
}

void topic_report_encode(const struct topic_report *report, struct buf *out)
{
	wire_put_str(out, report->source);
	wire_put_str(out, report->topic);
	wire_put_str(out, report->subject);
	wire_put_uint(out, report->failure);
	wire_put_str(out, report->cause);
	wire_put_str(out, report->fix);
	wire_put_int(out, report->at);
	wire_put_uint(out, report->gone);
	wire_put_uint(out, report->unchanged);
	wire_put_uint(out, report->kinds);
	wire_put_str(out, report->note);
	signals_encode(report->signals.signals, report->signals.count, out);
}

static bool whole(const struct wire_reader *in)
{
	return !in->failed && in->next == in->end;
}

bool topic_report_decode(struct topic_report *report, const void *bytes, size_t len,
			 struct arena *arena)
{
	struct wire_reader in;

	wire_reader_init(&in, bytes, len);
	*report = (struct topic_report){.signals = {.arena = arena}};
	report->source = wire_get_str(&in, arena);
	report->topic = wire_get_str(&in, arena);
	report->subject = wire_get_str(&in, arena);
	report->failure = (enum failure)wire_get_capped(&in, FAILURES - 1);
	report->cause = wire_get_str(&in, arena);
	report->fix = wire_get_str(&in, arena);
	report->at = wire_get_int(&in);
	report->gone = wire_get_capped(&in, 1) != 0;
	report->unchanged = wire_get_capped(&in, 1) != 0;
	report->kinds = wire_get_capped(&in, (UINT64_C(1) << SIGNAL_KINDS) - 1);
	report->note = wire_get_str(&in, arena);
	return signals_decode(&report->signals, &in) && whole(&in) && report->source &&
	       report->topic;
}

void source_status_encode(const struct source_status *status, struct buf *out)
{
	wire_put_str(out, status->source);
	wire_put_str(out, status->version);
	wire_put_uint(out, status->requests);
	wire_put_uint(out, status->not_modified);
	wire_put_uint(out, status->failures);
	wire_put_uint(out, status->bytes);
	wire_put_int(out, status->limit);
	wire_put_int(out, status->left);
	wire_put_int(out, status->resets_at);
	wire_put_int(out, status->next_at);
	wire_put_int(out, status->open_until);
	wire_put_uint(out, status->latency_ms);
}

bool source_status_decode(struct source_status *status, const void *bytes, size_t len,
			  struct arena *arena)
{
	struct wire_reader in;

	wire_reader_init(&in, bytes, len);
	*status = (struct source_status){0};
	status->source = wire_get_str(&in, arena);
	status->version = wire_get_str(&in, arena);
	status->requests = wire_get_uint(&in);
	status->not_modified = wire_get_uint(&in);
	status->failures = wire_get_uint(&in);
	status->bytes = wire_get_uint(&in);
	status->limit = wire_get_int(&in);
	status->left = wire_get_int(&in);
	status->resets_at = wire_get_int(&in);
	status->next_at = wire_get_int(&in);
	status->open_until = wire_get_int(&in);
	status->latency_ms = (uint32_t)wire_get_capped(&in, UINT32_MAX);
	return whole(&in) && status->source;
}
