/* Objects in packs: whole and as deltas, while git works on them, and damaged ones. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/mem.h"
#include "fetch/git.h"
#include "fetch/git_objects.h"
#include "tests/support/gitfix.h"

#define VERSIONS 40

static char *dir;
static struct gitfix *fix;

static int setup(void **state)
{
	(void)state;
	dir = gitfix_tmp();
	fix = gitfix_bare(dir, "app.git");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	gitfix_free(fix);
	gitfix_rmtree(dir);
	free(dir);
	return 0;
}

/* A text that differs from the next version's in one line of 200. */
static char *version(int number)
{
	struct buf text = {0};

	for (int i = 0; i < 200; i++)
		buf_addf(&text, "line %d of %d\n", i, i == number ? number * 7919 : i * i);
	return buf_detach(&text);
}

/* Commits all versions of "text"; the ids of the blobs go to ids. */
static void commit_versions(char ids[VERSIONS][REPO_HEX + 1])
{
	for (int i = 0; i < VERSIONS; i++) {
		char *text = version(i);

		gitfix_file(fix, "text", text);
		gitfix_commit(fix, "One more");
		snprintf(ids[i], REPO_HEX + 1, "%s", gitfix_id(fix, "text"));
		free(text);
	}
}

static struct objects *open_store(void)
{
	char *objects = xasprintf("%sobjects", gitfix_git_dir(fix));
	struct objects *odb = objects_open(objects, NULL);

	assert_non_null(odb);
	free(objects);
	return odb;
}

static enum repo_code read_hex(struct objects *odb, const char *hex, size_t cap, struct object *out)
{
	struct repo_id id;
	const char *reason = NULL;
	enum repo_code code;

	assert_true(repo_id_parse(hex, &id));
	code = objects_read(odb, &id, cap, out, &reason);
	assert_true(code != REPO_CORRUPT || reason);
	return code;
}

static void assert_versions(struct objects *odb, char ids[VERSIONS][REPO_HEX + 1])
{
	for (int i = 0; i < VERSIONS; i++) {
		char *text = version(i);
		struct object object;

		assert_int_equal(read_hex(odb, ids[i], 100000, &object), REPO_OK);
		assert_int_equal(object.type, OBJECT_BLOB);
		assert_string_equal(object.bytes, text);
		free(object.bytes);
		assert_int_equal(read_hex(odb, ids[i], strlen(text) - 1, &object), REPO_TOO_LARGE);
		assert_int_equal(object.len, strlen(text));
		assert_null(object.bytes);
		free(text);
	}
}

static void loose_then_packed(void **state)
{
	char ids[VERSIONS][REPO_HEX + 1];
	struct objects *odb;
	struct stat st;
	char *path;

	(void)state;
	commit_versions(ids);
	odb = open_store();
	assert_versions(odb, ids);
	/* git gc while the odb is open */
	gitfix_pack(fix);
	assert_versions(odb, ids);
	objects_close(odb);
	odb = open_store();
	assert_versions(odb, ids);
	objects_close(odb);
	/* or else no delta was tested */
	path = gitfix_pack_path(fix, "pack");
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size < VERSIONS * 1000);
	free(path);
}

static void prefixes(void **state)
{
	char ids[VERSIONS][REPO_HEX + 1];
	struct objects *odb;

	(void)state;
	commit_versions(ids);
	for (int round = 0; round < 2; round++) {
		odb = open_store();
		for (int i = 0; i < VERSIONS; i++) {
			struct repo_id id, found;

			assert_true(repo_id_parse(ids[i], &id));
			assert_int_equal(objects_expand(odb, &id, 13, &found), 1);
			assert_true(repo_id_equal(&id, &found));
			assert_true(objects_expand(odb, &id, 1, &found) >= 1);
		}
		objects_close(odb);
		gitfix_pack(fix);
	}
}

/* Reads all there is, whatever it says; how many could be read. */
static int read_all(char ids[VERSIONS][REPO_HEX + 1])
{
	struct objects *odb = open_store();
	int good = 0;

	for (int i = 0; i < VERSIONS; i++) {
		struct object object;

		if (read_hex(odb, ids[i], 1 << 20, &object) == REPO_OK)
			good++;
		free(object.bytes);
	}
	objects_close(odb);
	return good;
}

/* Every byte in turn is another: nothing is written or read outside of memory (sanitizers tell). */
static void damaged(const char *extension, int step)
{
	char ids[VERSIONS][REPO_HEX + 1];
	static const unsigned char masks[] = {0x80, 0x01, 0x7f};
	char *path, *bytes;
	struct stat st;
	FILE *file;
	int worst = VERSIONS;

	commit_versions(ids);
	gitfix_pack(fix);
	path = gitfix_pack_path(fix, extension);
	assert_int_equal(stat(path, &st), 0);
	bytes = xmalloc((size_t)st.st_size);
	file = fopen(path, "r+b");
	assert_non_null(file);
	assert_int_equal(fread(bytes, 1, (size_t)st.st_size, file), st.st_size);
	setbuf(file, NULL);
	for (long at = 0; at < st.st_size; at += step) {
		int good;

		fseek(file, at, SEEK_SET);
		fputc(bytes[at] ^ masks[at % 3], file);
		good = read_all(ids);
		worst = good < worst ? good : worst;
		fseek(file, at, SEEK_SET);
		fputc(bytes[at], file);
	}
	assert_true(worst < VERSIONS);
	assert_int_equal(read_all(ids), VERSIONS);
	for (long len = 0; len < st.st_size; len += 97) {
		assert_int_equal(truncate(path, len), 0);
		worst = read_all(ids);
		assert_true(worst < VERSIONS || len > st.st_size / 2);
		gitfix_write_bytes(dir, path + strlen(dir) + 1, bytes, (size_t)st.st_size);
	}
	fclose(file);
	free(bytes);
	free(path);
}

static void damaged_pack(void **state)
{
	(void)state;
	damaged("pack", 5);
}

static void damaged_index(void **state)
{
	(void)state;
	damaged("idx", 5);
}

/* A long line of hex digits that no other seed gives. */
static void add_noise(struct buf *text, uint32_t seed, size_t len)
{
	for (size_t i = 0; i < len; i += 8) {
		seed = seed * 1664525u + 1013904223u;
		buf_addf(text, "%08x", seed);
	}
}

/* Deltas that are more than what is inflated only to learn a size. */
static void large_deltas(void **state)
{
	enum { COUNT = 4, BASE = 1 << 20, MORE = 150000 };
	char ids[COUNT][REPO_HEX + 1];
	struct buf texts[COUNT] = {0};
	struct objects *odb;
	struct stat st;
	char *path;

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		add_noise(&texts[i], 1, BASE);
		add_noise(&texts[i], (uint32_t)i + 2, MORE);
		gitfix_file(fix, "text", texts[i].data);
		gitfix_commit(fix, "One more");
		snprintf(ids[i], REPO_HEX + 1, "%s", gitfix_id(fix, "text"));
	}
	gitfix_pack(fix);
	path = gitfix_pack_path(fix, "pack");
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size < 2 * BASE);
	free(path);
	odb = open_store();
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < COUNT; i++) {
			size_t len = texts[i].len;
			struct object object;

			assert_int_equal(read_hex(odb, ids[i], len - 1, &object), REPO_TOO_LARGE);
			assert_int_equal(object.len, len);
			assert_int_equal(read_hex(odb, ids[i], len, &object), REPO_OK);
			assert_memory_equal(object.bytes, texts[i].data, len);
			free(object.bytes);
		}
	}
	objects_close(odb);
	for (int i = 0; i < COUNT; i++)
		buf_free(&texts[i]);
}

static void fifo_for_pack(void **state)
{
	static const char *const extensions[] = {"idx", "pack"};
	char ids[VERSIONS][REPO_HEX + 1];

	(void)state;
	alarm(20);
	commit_versions(ids);
	gitfix_pack(fix);
	for (size_t i = 0; i < ARRAY_LEN(extensions); i++) {
		struct objects *odb;
		struct object object;
		char *path = gitfix_pack_path(fix, extensions[i]);
		char *aside = xasprintf("%s/aside", dir);

		assert_int_equal(rename(path, aside), 0);
		assert_int_equal(mkfifo(path, 0600), 0);
		odb = open_store();
		assert_int_equal(read_hex(odb, ids[0], 100000, &object), REPO_CORRUPT);
		objects_close(odb);
		assert_int_equal(rename(aside, path), 0);
		free(aside);
		free(path);
	}
	alarm(0);
}

static void deltas(void **state)
{
	static const unsigned char copy_all[] = {4, 4, 0x90, 4};
	static const unsigned char insert[] = {4, 2, 2, 'x', 'y'};
	static const unsigned char too_far[] = {4, 4, 0x91, 1, 4};
	static const unsigned char too_much[] = {4, 2, 0x90, 4};
	static const unsigned char too_little[] = {4, 9, 0x90, 4};
	static const unsigned char reserved[] = {4, 1, 0};
	static const unsigned char cut[] = {4, 4, 4, 'x'};
	static const unsigned char endless[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
						0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	char out[9];

	(void)state;
	assert_true(delta_apply(copy_all, sizeof(copy_all), "abcd", 4, out, 4));
	assert_memory_equal(out, "abcd", 4);
	assert_true(delta_apply(insert, sizeof(insert), "abcd", 4, out, 2));
	assert_memory_equal(out, "xy", 2);
	assert_false(delta_apply(copy_all, sizeof(copy_all), "abc", 3, out, 4));
	assert_false(delta_apply(too_far, sizeof(too_far), "abcd", 4, out, 4));
	assert_false(delta_apply(too_much, sizeof(too_much), "abcd", 4, out, 2));
	assert_false(delta_apply(too_little, sizeof(too_little), "abcd", 4, out, 9));
	assert_false(delta_apply(reserved, sizeof(reserved), "abcd", 4, out, 1));
	assert_false(delta_apply(cut, sizeof(cut), "abcd", 4, out, 4));
	assert_false(delta_apply(endless, sizeof(endless), "abcd", 4, out, 4));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(loose_then_packed),  TEST(prefixes),	   TEST(damaged_pack),
	    TEST(damaged_index),      TEST(fifo_for_pack), TEST(large_deltas),
	    cmocka_unit_test(deltas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
