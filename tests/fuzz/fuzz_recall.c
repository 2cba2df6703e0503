/* Rows of recalled services, from a store that anybody may have written to. */

#include <stdint.h>
#include <string.h>

#include "core/fleet_recall.h"

#define MAX_ROWS 16

static size_t length(const char *text)
{
	return text ? strlen(text) : 0;
}

static size_t read_facts(const struct service *s)
{
	size_t sum = length(s->name) + length(s->title) + length(s->subdir) +
		     length(s->checkout->path) + length(s->checkout->head) + length(s->type.value) +
		     length(s->tier_at.at.path);

	for (size_t i = 0; i < s->owner_count; i++)
		sum += strlen(s->owners[i].value) + length(s->owners[i].at.path);
	for (size_t i = 0; i < s->language_count; i++)
		sum += strlen(s->languages[i]);
	for (size_t i = 0; i < s->link_count; i++)
		sum += strlen(s->links[i].type) + strlen(s->links[i].url);
	for (size_t i = 0; i < s->warning_count; i++)
		sum += strlen(s->warnings[i].text);
	return sum;
}

static size_t read_all(const struct fleet *fleet)
{
	size_t sum = 0;

	for (size_t i = 0; i < fleet_count(fleet); i++) {
		const struct service *s = fleet_at(fleet, i);

		sum += read_facts(s);
		for (size_t k = 0; k < s->depends_count; k++)
			if (s->depends_on[k].service >= 0)
				sum +=
				    strlen(fleet_at(fleet, (size_t)s->depends_on[k].service)->name);
		for (size_t k = 0; k < s->dependent_count; k++)
			sum += strlen(fleet_at(fleet, (size_t)s->dependents[k])->name);
		for (size_t k = 0; k < fleet_checklist(fleet)->check_count; k++)
			if (s->findings[k].status > STATUS_NA)
				__builtin_trap();
		if (fleet_find(fleet, s->name) != (int32_t)i)
			__builtin_trap();
	}
	for (size_t i = 0; i < fleet_checkout_count(fleet); i++)
		sum += strlen(fleet_checkout_at(fleet, i)->path);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct checklist *checklist;
	struct fleet_row rows[MAX_ROWS];
	struct fleet *fleet;
	size_t count = 0;

	if (!checklist)
		checklist = checklist_builtin();
	/* Each row after two bytes of its length. */
	while (count < MAX_ROWS && size >= 2) {
		size_t len = (size_t)data[0] | (size_t)data[1] << 8;

		data += 2;
		size -= 2;
		len = len < size ? len : size;
		rows[count++] = (struct fleet_row){data, len};
		data += len;
		size -= len;
	}
	fleet = fleet_new(checklist);
	if (fleet_recall(fleet, rows, count)) {
		read_all(fleet);
		fleet_set_checklist(fleet, checklist);
		read_all(fleet);
	}
	fleet_free(fleet);
	return 0;
}
