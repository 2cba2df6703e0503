/*
 * Scans repositories in this process and writes which objects were inflated for it, for
 * floor.c to inflate again: lines "repo PATH" and "HEX". objects_read() is wrapped by the
 * linker, so nothing that the scan reads is missed. Usage: objects ROOT > LIST
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/checklist.h"
#include "core/mem.h"
#include "fetch/discover.h"
#include "fetch/git.h"
#include "fetch/git_objects.h"
#include "fetch/scan.h"

enum repo_code __real_objects_read(struct objects *odb, const struct repo_id *id, size_t cap,
				   struct object *out, const char **reason);
enum repo_code __wrap_objects_read(struct objects *odb, const struct repo_id *id, size_t cap,
				   struct object *out, const char **reason);

enum repo_code __wrap_objects_read(struct objects *odb, const struct repo_id *id, size_t cap,
				   struct object *out, const char **reason)
{
	enum repo_code code = __real_objects_read(odb, id, cap, out, reason);
	char hex[REPO_HEX + 1];

	if (code == REPO_OK) {
		repo_id_hex(id, hex);
		puts(hex);
	}
	return code;
}

struct state {
	struct scan_engine *engine;
	struct scan_options options;
};

static void found(void *data, const char *path, enum discover_kind kind)
{
	struct state *state = data;

	(void)kind;
	printf("repo %s\n", path);
	checkout_free(scan_checkout(state->engine, path, &state->options));
}

static void problem(void *data, const char *path, const char *reason)
{
	(void)data;
	fprintf(stderr, "%s: %s\n", path, reason);
}

int main(int argc, char **argv)
{
	const char *roots[] = {argc > 1 ? argv[1] : "."};
	struct discover_options options = {.roots = roots, .root_count = 1};
	struct state state = {.options = {.now = time(NULL)}};
	struct discover_sink sink = {.data = &state, .found = found, .problem = problem};
	struct checklist *checklist = checklist_builtin();
	struct err err = {0};

	state.engine = scan_engine_new(checklist, &err);
	if (!state.engine || discover(&options, &sink, &err)) {
		char *line = err_line(&err);

		fprintf(stderr, "%s\n", line);
		free(line);
		return 1;
	}
	scan_engine_free(state.engine);
	checklist_free(checklist);
	return 0;
}
