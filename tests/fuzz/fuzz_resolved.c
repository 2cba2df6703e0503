/*
 * What a scanner is told of checkouts that are known, and what it answers: texts that lay in a
 * file or came from another scanner, looked at over a small repository, and the messages.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "fetch/resolved.h"
#include "fetch/scanner_messages.h"

static char dir[] = "/tmp/svctop-fuzz-XXXXXX";

static void put(const char *name, const char *text)
{
	char path[256];
	FILE *out;

	snprintf(path, sizeof(path), "%s/.git/%s", dir, name);
	out = fopen(path, "we");
	if (!out || fputs(text, out) < 0 || fclose(out))
		abort();
}

static void put_dir(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/.git%s", dir, name);
	if (mkdir(path, 0700))
		abort();
}

/* Removed by hand: nothing recursive runs on a name that a fuzzer could have touched. */
static void clean_up(void)
{
	static const char *const names[] = {
	    "/HEAD", "/config", "/packed-refs", "/refs/heads/main", "/refs/heads", "/refs", ""};
	char path[256];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/.git%s", dir, names[i]);
		remove(path);
	}
	rmdir(dir);
}

static void make_repository(void)
{
	if (!mkdtemp(dir))
		abort();
	atexit(clean_up);
	put_dir("");
	put_dir("/refs");
	put_dir("/refs/heads");
	put("HEAD", "ref: refs/heads/main\n");
	put("config", "[core]\n");
	put("packed-refs", "# pack-refs with: peeled fully-peeled sorted \n"
			   "0123456789012345678901234567890123456789 refs/heads/other\n");
	put("refs/heads/main", "0123456789012345678901234567890123456789\n");
}

static void look(const char *text)
{
	resolved_same(dir, text, 1);
}

static void take_messages(const char *bytes, size_t len)
{
	struct arena *arena = arena_new();
	struct scanner_looking *list;
	struct scanner_job job = {0};
	struct buf again = {0};
	uint8_t verdicts[64];
	size_t count;
	int64_t now;

	if (look_decode(&list, &count, &now, bytes, len, arena)) {
		for (size_t i = 0; i < count; i++)
			if (!list[i].path || !list[i].resolved)
				abort();
		look_encode(list, count, now, &again);
	}
	if (looked_decode(verdicts, ARRAY_LEN(verdicts), bytes, len))
		for (size_t i = 0; i < ARRAY_LEN(verdicts); i++)
			if (verdicts[i] > LOOK_GONE)
				abort();
	job_decode(&job, bytes, len, arena);
	buf_free(&again);
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool made;
	char *text = xmemdup0(data, size);

	if (!made)
		make_repository();
	made = true;
	look(text);
	take_messages(text, size);
	free(text);
	return 0;
}
