/* What the json source makes of a jq child's lines, of URL templates and of Link headers. */
#include <stdint.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/source_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_pair kind = {"kind", "alert", 1}, check = {"ci", ".", 2};
	struct config_source config = {.type = "json", .name = "json", .url = "https://a.example/"};
	struct subject subject = {.name = "api", .repo = "acme/api", .subdir = ""};
	struct subject_list subjects = {&subject, 1};
	struct source_context context = {.config = &config, .subjects = &subjects, .now = 1};
	struct source_request request = {.topic = "all"};
	struct arena *arena = arena_new();
	struct source_result out = {.signals.arena = arena, .more.arena = arena};
	struct err err = {0};
	char *text = xmemdup0(data, size);

	if (size && data[0] & 1) {
		config.options = &kind;
		config.option_count = 1;
	}
	if (size && data[0] & 2) {
		config.checks = &check;
		config.check_count = 1;
	}
	if (size && data[0] & 4)
		request.arg = "api\nshop\n";
	if (size)
		json_read_outputs(&context, &request, text + 1, size - 1, &out, &err);
	json_url_next(arena, "https://a.example/x", text);
	config.url = text;
	if (strlen(text) < 4096 && !json_url_check(&config, &err))
		json_url_of(arena, &config, &subject);
	err_clear(&err);
	free(text);
	arena_free(arena);
	return 0;
}
