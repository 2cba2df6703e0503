/* Attestations, waivers and not_applicable: what an owner says of a check. */

#include <ctype.h>
#include <string.h>

#include "core/descriptor_read.h"

#define DAY 86400

/* Days since 1970-01-01 in the proleptic Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t era, year_of_era, day_of_year;

	year -= month <= 2;
	era = year / 400;
	year_of_era = year - era * 400;
	day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - 719468;
}

static int64_t digits(const char *text, size_t count)
{
	int64_t value = 0;

	for (size_t i = 0; i < count; i++)
		value = value * 10 + (text[i] - '0');
	return value;
}

static int64_t days_in(int64_t year, int64_t month)
{
	static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* A date and nothing else: YYYY-MM-DD. */
static bool parse_date(const char *text, int64_t *time)
{
	int64_t year, month, day;

	if (strlen(text) != 10)
		return false;
	for (size_t i = 0; i < 10; i++) {
		if (i == 4 || i == 7 ? text[i] != '-' : !isdigit((unsigned char)text[i]))
			return false;
	}
	year = digits(text, 4);
	month = digits(text + 5, 2);
	day = digits(text + 8, 2);
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in(year, month))
		return false;
	*time = days_of(year, month, day) * DAY;
	return true;
}

/* The date under key; false where it is missing or wrong, the latter with a warning. */
static bool date_of(struct descriptor_reader *in, const struct doc *item, const char *key,
		    int64_t *time)
{
	const struct doc *value = doc_get(item, key);
	const char *text = doc_str(value);

	if (!text)
		return false;
	if (parse_date(text, time))
		return true;
	descriptor_warn(in, value->line, "%s is no date: write it as 2026-01-31", key);
	return false;
}

static const char *text_of(struct descriptor_reader *in, const struct doc *item, const char *key)
{
	struct fact fact = {0};

	descriptor_fact(in, doc_get(item, key), &fact);
	return fact.value;
}

/* What all three kinds have; false (and a warning) when it says nothing of a check. */
static bool begin(struct descriptor_reader *in, const struct doc *item, const char *kind,
		  struct statement *out)
{
	*out = (struct statement){.check = text_of(in, item, "check"),
				  .by = text_of(in, item, "by"),
				  .reason = text_of(in, item, "reason"),
				  .link = text_of(in, item, "link"),
				  .at = {in->path, item->line}};
	if (!out->check)
		descriptor_warn(in, item->line, "this %s names no check and does not count", kind);
	return out->check != NULL;
}

static bool attestation(struct descriptor_reader *in, const struct doc *item, struct statement *out)
{
	if (!begin(in, item, "attestation", out))
		return false;
	if (!out->reason)
		out->reason = text_of(in, item, "note");
	if (doc_str(doc_get(item, "expires")) && !date_of(in, item, "expires", &out->until))
		return false; /* it must not hold longer than was meant */
	if (out->until)
		out->until += DAY - 1;
	if (date_of(in, item, "date", &out->date))
		return true;
	if (!doc_str(doc_get(item, "date")))
		descriptor_warn(in, item->line,
				"the attestation of %.60s has no date and does not count",
				out->check);
	return false;
}

static bool waiver(struct descriptor_reader *in, const struct doc *item, struct statement *out)
{
	if (!begin(in, item, "waiver", out))
		return false;
	if (!date_of(in, item, "until", &out->until)) {
		if (!doc_str(doc_get(item, "until")))
			descriptor_warn(in, item->line,
					"the waiver of %.60s has no until and does not count",
					out->check);
		return false;
	}
	out->until += DAY - 1;
	if (!out->reason)
		descriptor_warn(in, item->line, "the waiver of %.60s gives no reason", out->check);
	return true;
}

static bool exemption(struct descriptor_reader *in, const struct doc *item, struct statement *out)
{
	if (!begin(in, item, "not_applicable entry", out))
		return false;
	if (!out->reason)
		descriptor_warn(in, item->line,
				"not_applicable of %.60s gives no reason and does not count",
				out->check);
	return out->reason != NULL;
}

static void read_list(struct descriptor_reader *in, const struct doc *list, const char *key,
		      bool (*read)(struct descriptor_reader *, const struct doc *,
				   struct statement *),
		      struct statement **out, size_t *count)
{
	size_t len = list && list->kind == DOC_SEQ ? list->len : 0;

	if (list && list->kind != DOC_SEQ && list->kind != DOC_NULL)
		descriptor_warn(in, list->line, "%s is not a list", key);
	if (len > DESCRIPTOR_MAX_LIST)
		len = DESCRIPTOR_MAX_LIST;
	*out = arena_alloc(in->out->arena, (len + 1) * sizeof(**out));
	for (size_t i = 0; i < len; i++) {
		if (read(in, &list->items[i], &(*out)[*count]))
			(*count)++;
	}
}

void descriptor_statements(struct descriptor_reader *in, const struct doc *attestations,
			   const struct doc *waivers, const struct doc *not_applicable)
{
	struct descriptor *now = in->now;

	read_list(in, attestations, "attestations", attestation, &now->attestations,
		  &now->attestation_count);
	read_list(in, waivers, "waivers", waiver, &now->waivers, &now->waiver_count);
	read_list(in, not_applicable, "not_applicable", exemption, &now->not_applicable,
		  &now->not_applicable_count);
}
