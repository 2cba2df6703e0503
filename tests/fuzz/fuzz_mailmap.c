/* A mailmap, and whose names it is asked for: text, a NUL, "name", a NUL, "email". */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/mailmap.h"
#include "fetch/people.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xmemdup0(data, size);
	size_t map_len = strlen(text);
	const char *name = map_len < size ? text + map_len + 1 : "";
	size_t name_len = strlen(name);
	const char *email = map_len + name_len + 1 < size ? name + name_len + 1 : "";
	size_t email_len = strlen(email);
	struct mailmap *map = mailmap_parse(text, map_len);
	struct person_key keys[3] = {{name, email, 0}, {email, name, 0}, {name, text, 0}};
	size_t group[3];

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		keys[i].bot = people_is_bot(keys[i].name, keys[i].email);
	people_group(keys, ARRAY_LEN(keys), group);
	people_is_dependency_update(text, map_len, true);
	mailmap_apply(map, &name, &name_len, &email, &email_len);
	mailmap_free(map);
	free(text);
	return 0;
}
