/* Messages between processes: framing, and bodies that are not what they should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/mem.h"
#include "fetch/channel.h"
#include "fetch/scanner_messages.h"

struct pair {
	struct channel left, right;
};

static void open_pair(struct pair *pair)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	for (int i = 0; i < 2; i++)
		fcntl(ends[i], F_SETFL, O_NONBLOCK);
	channel_init(&pair->left, ends[0]);
	channel_init(&pair->right, ends[1]);
}

static void close_pair(struct pair *pair)
{
	channel_close(&pair->left);
	channel_close(&pair->right);
}

static void test_messages_arrive_whole_and_in_order(void **state)
{
	struct pair pair;
	struct message message;
	struct buf big = {0};
	size_t seen = 0;

	(void)state;
	open_pair(&pair);
	for (size_t i = 0; i < 300000; i++)
		buf_addc(&big, (char)('a' + i % 26));
	channel_send(&pair.left, 7, NULL);
	channel_send(&pair.left, 8, &big);
	channel_send(&pair.left, 9, NULL);
	while (seen < 3) {
		channel_flush(&pair.left);
		channel_fill(&pair.right, 1 << 20);
		while (channel_next(&pair.right, &message)) {
			assert_int_equal(message.type, 7 + seen);
			assert_int_equal(message.len, seen == 1 ? big.len : 0);
			if (seen == 1)
				assert_memory_equal(message.body, big.data, big.len);
			seen++;
		}
		assert_false(pair.right.broken);
	}
	assert_false(channel_pending(&pair.left));
	buf_free(&big);
	close_pair(&pair);
}

static void test_the_other_side_gone_is_broken(void **state)
{
	struct pair pair;
	struct message message;

	(void)state;
	open_pair(&pair);
	channel_send(&pair.left, 1, NULL);
	channel_flush(&pair.left);
	channel_close(&pair.left);
	channel_fill(&pair.right, 1000);
	assert_true(channel_next(&pair.right, &message));
	channel_fill(&pair.right, 1000);
	assert_true(pair.right.broken);
	close_pair(&pair);
}

static void test_a_length_that_lies_breaks_the_channel(void **state)
{
	static const unsigned char lies[][5] = {{0, 0, 0, 0, 1}, {0xff, 0xff, 0xff, 0xff, 1}};
	struct message message;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		struct pair pair;

		open_pair(&pair);
		assert_int_equal(write(pair.left.fd, lies[i], 5), 5);
		channel_fill(&pair.right, 1000);
		assert_false(channel_next(&pair.right, &message));
		assert_true(pair.right.broken);
		close_pair(&pair);
	}
}

static void test_settings_and_jobs_round_trip(void **state)
{
	const char *roots[] = {"/a", "/b c"};
	const struct scanner_settings settings = {.roots = roots,
						  .root_count = 2,
						  .checklist_path = "x.yml",
						  .checklist = "schema: 1\n",
						  .checklist_len = 10,
						  .now = -5,
						  .dependencies = DEPENDENCIES_ALL};
	const struct scanner_job job = {.checkout = "/a/x", .path = "docs/a.md", .most = 77};
	struct scanner_settings got;
	struct scanner_job got_job;
	struct arena *arena = arena_new();
	struct buf body = {0};

	(void)state;
	settings_encode(&settings, &body);
	assert_true(settings_decode(&got, body.data, body.len, arena));
	assert_int_equal(got.root_count, 2);
	assert_string_equal(got.roots[1], "/b c");
	assert_int_equal(got.exclude_count, 0);
	assert_string_equal(got.checklist, "schema: 1\n");
	assert_null(got.rev);
	assert_int_equal(got.now, -5);
	assert_int_equal(got.dependencies, DEPENDENCIES_ALL);
	for (size_t len = 0; len < body.len; len++)
		assert_false(settings_decode(&got, body.data, len, arena));
	buf_reset(&body);
	job_encode(&job, &body);
	assert_true(job_decode(&got_job, body.data, body.len, arena));
	assert_string_equal(got_job.checkout, "/a/x");
	assert_null(got_job.commit);
	assert_string_equal(got_job.path, "docs/a.md");
	assert_int_equal(got_job.most, 77);
	buf_free(&body);
	arena_free(arena);
}

static void test_answers_round_trip(void **state)
{
	const struct scanner_commit commits[] = {
	    {.hash = "abc", .time = 12, .author = "Ann", .subject = "First"},
	    {.hash = "def", .time = 13, .author = "Bo", .subject = ""}};
	const struct scanner_commit *got;
	struct arena *arena = arena_new();
	struct buf body = {0};
	const char *bytes, *problem;
	size_t count, len;

	(void)state;
	commits_encode(commits, 2, &body);
	assert_true(commits_decode(&got, &count, body.data, body.len, arena));
	assert_int_equal(count, 2);
	assert_string_equal(got[0].subject, "First");
	assert_int_equal(got[1].time, 13);
	assert_false(commits_decode(&got, &count, body.data, body.len - 1, arena));
	buf_reset(&body);
	content_encode("a\0b", 3, NULL, &body);
	assert_true(content_decode(&bytes, &len, &problem, body.data, body.len, arena));
	assert_int_equal(len, 3);
	assert_memory_equal(bytes, "a\0b", 3);
	buf_reset(&body);
	content_encode(NULL, 0, "gone", &body);
	assert_true(content_decode(&bytes, &len, &problem, body.data, body.len, arena));
	assert_null(bytes);
	assert_string_equal(problem, "gone");
	buf_free(&body);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_messages_arrive_whole_and_in_order),
	    cmocka_unit_test(test_the_other_side_gone_is_broken),
	    cmocka_unit_test(test_a_length_that_lies_breaks_the_channel),
	    cmocka_unit_test(test_settings_and_jobs_round_trip),
	    cmocka_unit_test(test_answers_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
