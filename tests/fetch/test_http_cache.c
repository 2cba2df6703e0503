#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/mem.h"
#include "fetch/http.h"
#include "fetch/http_cache.h"
#include "fetch/siphash.h"
#include "tests/support/gitfix.h"
#include "tests/support/httpd.h"

/* The example of the paper that defines it. */
static void test_siphash(void **state)
{
	unsigned char key[SIPHASH_KEY], bytes[15];

	(void)state;
	for (unsigned char i = 0; i < sizeof(key); i++)
		key[i] = i;
	memcpy(bytes, key, sizeof(bytes));
	assert_true(siphash(key, bytes, sizeof(bytes)) == UINT64_C(0xa129ca6149be45e5));
}

static int setup(void **state)
{
	*state = gitfix_tmp();
	return 0;
}

static int teardown(void **state)
{
	gitfix_rmtree(*state);
	free(*state);
	return 0;
}

/* Calls back for each file of the cache below dir; returns how many entries there are. */
static size_t each_entry(const char *dir, void (*callback)(const char *path))
{
	char *folder = xasprintf("%s/http", dir);
	DIR *opened = opendir(folder);
	struct dirent *one;
	size_t count = 0;

	assert_non_null(opened);
	while ((one = readdir(opened))) {
		char *path;

		if (strlen(one->d_name) != HTTP_CACHE_NAME - 1)
			continue;
		count++;
		path = xasprintf("%s/%s", folder, one->d_name);
		if (callback)
			callback(path);
		free(path);
	}
	closedir(opened);
	free(folder);
	return count;
}

struct got {
	unsigned calls;
	long status;
	bool not_modified;
	char body[128], link[128], left[32];
	size_t len;
};

static void keep(void *ctx, const struct http_answer *answer)
{
	struct got *got = ctx;
	const char *link = http_header(answer, "Link"), *left = http_header(answer, "X-Left");

	got->calls++;
	got->status = answer->status;
	got->not_modified = answer->not_modified;
	got->len = answer->len;
	snprintf(got->body, sizeof(got->body), "%s", answer->body);
	snprintf(got->link, sizeof(got->link), "%s", link ? link : "");
	snprintf(got->left, sizeof(got->left), "%s", left ? left : "");
}

/* One request by an engine that was just started, as after a restart. */
static struct got ask(const char *dir, const char *url, const struct http_credentials *credentials)
{
	struct http *http = http_new(&(struct http_options){.cache_dir = dir}, NULL);
	struct got got = {0};

	assert_int_equal(http_start(http,
				    &(struct http_request){
					.url = url, .cached = true, .credentials = credentials},
				    keep, &got, NULL),
			 0);
	while (http_running(http))
		http_wait(http, -1, false, -1);
	assert_int_equal(got.calls, 1);
	http_free(http);
	return got;
}

static void private_file(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_not_modified(void **state)
{
	char *dir = xasprintf("%s/not/yet/there", (char *)*state), *folder;
	struct httpd *server = httpd_start();
	struct stat st;
	struct got got;

	httpd_reply(server, "/x",
		    &(struct httpd_reply){.body = "first",
					  .etag = "\"1\"",
					  .headers = "Link: <next>\r\nSet-Cookie: a=b\r\n"});
	got = ask(dir, httpd_url(server, "/x"), NULL);
	assert_string_equal(got.body, "first");
	assert_false(got.not_modified);
	got = ask(dir, httpd_url(server, "/x"), NULL);
	assert_int_equal(got.status, 200);
	assert_true(got.not_modified);
	assert_string_equal(got.body, "first");
	assert_string_equal(got.link, "<next>");
	assert_null(httpd_header(httpd_request(server, 0), "If-None-Match"));
	assert_string_equal(httpd_header(httpd_request(server, 1), "If-None-Match"), "\"1\"");
	/* What changed takes its place; the last answer's own headers count. */
	httpd_reply(server, "/x", &(struct httpd_reply){.body = "second", .etag = "\"2\""});
	got = ask(dir, httpd_url(server, "/x"), NULL);
	assert_string_equal(got.body, "second");
	assert_false(got.not_modified);
	httpd_reply(
	    server, "/x",
	    &(struct httpd_reply){.body = "second", .etag = "\"2\"", .headers = "X-Left: 7\r\n"});
	got = ask(dir, httpd_url(server, "/x"), NULL);
	assert_true(got.not_modified);
	assert_string_equal(got.body, "second");
	assert_string_equal(got.left, "7");
	assert_int_equal(each_entry(dir, private_file), 1);
	folder = xasprintf("%s/http", dir);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	free(folder);
	free(dir);
	httpd_stop(server);
}

static void test_last_modified(void **state)
{
	struct httpd *server = httpd_start();
	struct got got;

	httpd_reply(
	    server, "/x",
	    &(struct httpd_reply){.body = "dated", .modified = "Mon, 02 Nov 2026 10:00:00 GMT"});
	ask(*state, httpd_url(server, "/x"), NULL);
	got = ask(*state, httpd_url(server, "/x"), NULL);
	assert_true(got.not_modified);
	assert_string_equal(got.body, "dated");
	assert_string_equal(httpd_header(httpd_request(server, 1), "If-Modified-Since"),
			    "Mon, 02 Nov 2026 10:00:00 GMT");
	httpd_stop(server);
}

/* What a token was shown is shown to that token alone, and neither is found on disk. */
static void no_canary(const char *path)
{
	struct buf all = {0};
	FILE *in = fopen(path, "re");
	int c;

	while ((c = fgetc(in)) != EOF)
		buf_addc(&all, (char)c);
	fclose(in);
	assert_null(memmem(all.data, all.len, "canary", 6));
	assert_null(memmem(path, strlen(path), "canary", 6));
	buf_free(&all);
}

static void test_each_token_its_own(void **state)
{
	struct httpd *server = httpd_start();
	const char *origin = httpd_url(server, "/");
	struct http_credentials *one = http_credentials_new(origin, "Authorization: canary-1");
	struct http_credentials *two = http_credentials_new(origin, "Authorization: canary-2");
	char *url = xstrdup(httpd_url(server, "/x?key=canary"));

	httpd_reply(server, "/x", &(struct httpd_reply){.body = "x", .etag = "\"1\""});
	ask(*state, url, one);
	assert_false(ask(*state, url, two).not_modified);
	assert_false(ask(*state, url, NULL).not_modified);
	assert_true(ask(*state, url, one).not_modified);
	assert_true(ask(*state, url, two).not_modified);
	assert_int_equal(each_entry(*state, no_canary), 3);
	http_credentials_free(one);
	http_credentials_free(two);
	httpd_stop(server);
	free(url);
}

static void test_what_is_not_kept(void **state)
{
	static const struct httpd_reply replies[] = {
	    {.body = "x"},
	    {.body = "x", .etag = "\"1\"", .headers = "Cache-Control: private, no-store\r\n"},
	    {.body = "x", .etag = "\"1\"", .headers = "Vary: *\r\n"},
	    {.status = 404, .body = "x", .etag = "\"1\""},
	    {.status = 500, .body = "x", .etag = "\"1\""},
	};
	struct httpd *server = httpd_start();

	for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
		httpd_reply(server, "/x", &replies[i]);
		ask(*state, httpd_url(server, "/x"), NULL);
		assert_int_equal(each_entry(*state, NULL), 0);
	}
	/* What was kept before goes, too. */
	httpd_reply(server, "/x", &(struct httpd_reply){.body = "x", .etag = "\"1\""});
	ask(*state, httpd_url(server, "/x"), NULL);
	assert_int_equal(each_entry(*state, NULL), 1);
	httpd_reply(server, "/x",
		    &(struct httpd_reply){
			.body = "x", .etag = "\"2\"", .headers = "Cache-Control: no-store\r\n"});
	ask(*state, httpd_url(server, "/x"), NULL);
	assert_int_equal(each_entry(*state, NULL), 0);
	httpd_stop(server);
}

static void flip_last(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	off_t end = lseek(fd, -1, SEEK_END);
	char c;

	assert_true(end >= 0);
	assert_int_equal(pread(fd, &c, 1, end), 1);
	c ^= 1;
	assert_int_equal(pwrite(fd, &c, 1, end), 1);
	close(fd);
}

static void flip_head(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_int_equal(pwrite(fd, "\377", 1, 30), 1);
	close(fd);
}

static void cut(const char *path)
{
	assert_int_equal(truncate(path, 20), 0);
}

static void empty(const char *path)
{
	assert_int_equal(truncate(path, 0), 0);
}

static void open_to_all(const char *path)
{
	assert_int_equal(chmod(path, 0644), 0);
}

static void make_link(const char *path)
{
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/passwd", path), 0);
}

static void make_fifo(const char *path)
{
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
}

/* Whatever happened to a file, the answer is the server's, and the next one is kept again. */
static void test_broken_files(void **state)
{
	void (*const harms[])(const char *) = {flip_last,   flip_head, cut,	 empty,
					       open_to_all, make_link, make_fifo};
	struct httpd *server = httpd_start();

	httpd_reply(server, "/x", &(struct httpd_reply){.body = "whole", .etag = "\"1\""});
	for (size_t i = 0; i < ARRAY_LEN(harms); i++) {
		struct got got;

		ask(*state, httpd_url(server, "/x"), NULL);
		assert_int_equal(each_entry(*state, harms[i]), 1);
		got = ask(*state, httpd_url(server, "/x"), NULL);
		assert_int_equal(got.status, 200);
		assert_string_equal(got.body, "whole");
		assert_false(got.not_modified);
		assert_true(ask(*state, httpd_url(server, "/x"), NULL).not_modified);
	}
	httpd_stop(server);
}

/* A key that is lost or broken is made anew; what was kept before is not found then. */
static void test_broken_key(void **state)
{
	struct httpd *server = httpd_start();
	char *key = xasprintf("%s/http/key", (char *)*state);

	httpd_reply(server, "/x", &(struct httpd_reply){.body = "x", .etag = "\"1\""});
	ask(*state, httpd_url(server, "/x"), NULL);
	private_file(key);
	assert_int_equal(truncate(key, 3), 0);
	assert_false(ask(*state, httpd_url(server, "/x"), NULL).not_modified);
	assert_true(ask(*state, httpd_url(server, "/x"), NULL).not_modified);
	httpd_stop(server);
	free(key);
}

/* Where nothing can be kept everything works all the same. */
static void test_no_folder(void **state)
{
	struct httpd *server = httpd_start();
	char *file = xasprintf("%s/file", (char *)*state);

	gitfix_write(*state, "file", "in the way");
	httpd_reply(server, "/x", &(struct httpd_reply){.body = "x", .etag = "\"1\""});
	assert_null(http_cache_open(file, 0));
	assert_string_equal(ask(file, httpd_url(server, "/x"), NULL).body, "x");
	assert_false(ask("/proc/nowhere", httpd_url(server, "/x"), NULL).not_modified);
	httpd_stop(server);
	free(file);
}

/* A 304 for what is gone meanwhile, or was never asked for. */
static void test_stray_304(void **state)
{
	struct httpd *server = httpd_start();
	struct got got;

	httpd_reply(server, "/x", &(struct httpd_reply){.status = 304});
	got = ask(*state, httpd_url(server, "/x"), NULL);
	assert_int_equal(got.status, 304);
	assert_int_equal(httpd_count(server), 1);
	httpd_stop(server);
}

static struct http_entry entry_of(const char *body, size_t len)
{
	return (struct http_entry){.etag = "\"e\"", .body = body, .len = len};
}

/* The oldest go when there is too much, those in use stay. */
static void test_size(void **state)
{
	struct http_cache *cache = http_cache_open(*state, 100 * 4096);
	struct arena *arena = arena_new();
	struct http_entry found, large;
	char name[HTTP_CACHE_NAME], url[32], *body = xcalloc(1, 30 * 4096);
	size_t count;

	assert_non_null(cache);
	for (int i = 0; i < 300; i++) {
		struct http_entry entry = entry_of("small", 5);
		struct timespec times[2] = {{.tv_sec = time(NULL) - 1000 + i},
					    {.tv_sec = time(NULL) - 1000 + i}};
		char *path;

		snprintf(url, sizeof(url), "http://a/%d", i);
		http_cache_name(cache, url, NULL, NULL, name);
		http_cache_write(cache, name, &entry);
		assert_true(http_cache_look(cache, name, arena, &found));
		path = xasprintf("%s/http/%s", (char *)*state, name);
		assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
		free(path);
	}
	count = each_entry(*state, NULL);
	assert_in_range(count, 74, 100);
	http_cache_name(cache, "http://a/0", NULL, NULL, name);
	assert_false(http_cache_look(cache, name, arena, &found));
	/* One that would take most of the room is not kept at all. */
	large = entry_of(body, 30 * 4096);
	http_cache_write(cache, name, &large);
	assert_false(http_cache_look(cache, name, arena, &found));
	assert_int_equal(each_entry(*state, NULL), count);
	free(body);
	arena_free(arena);
	http_cache_close(cache);
}

/* What is asked with is part of the question. */
static void test_names(void **state)
{
	struct http_cache *cache = http_cache_open(*state, 0);
	const char *const json[] = {"Accept: application/json", NULL};
	const char *const two[] = {"Accept: application/json", "X: y", NULL};
	char names[6][HTTP_CACHE_NAME], again[HTTP_CACHE_NAME];

	http_cache_name(cache, "http://a/", NULL, NULL, names[0]);
	http_cache_name(cache, "http://a/", json, NULL, names[1]);
	http_cache_name(cache, "http://a/", two, NULL, names[2]);
	http_cache_name(cache, "http://a/", NULL, "Accept: application/json", names[3]);
	http_cache_name(cache, "http://a/b", NULL, NULL, names[4]);
	http_cache_name(cache, "http://a/", json, "", names[5]);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		for (size_t k = i + 1; k < ARRAY_LEN(names); k++)
			assert_string_not_equal(names[i], names[k]);
	}
	http_cache_name(cache, "http://a/", json, NULL, again);
	assert_string_equal(names[1], again);
	http_cache_close(cache);
	/* Another run knows the same names, another user's folder has others. */
	cache = http_cache_open(*state, 0);
	http_cache_name(cache, "http://a/", json, NULL, again);
	assert_string_equal(names[1], again);
	http_cache_close(cache);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_siphash),
	    TEST(test_not_modified),
	    TEST(test_last_modified),
	    TEST(test_each_token_its_own),
	    TEST(test_what_is_not_kept),
	    TEST(test_broken_files),
	    TEST(test_broken_key),
	    TEST(test_no_folder),
	    TEST(test_stray_304),
	    TEST(test_size),
	    TEST(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
