/* svctop collect over real repositories: --once, the daemon, and its store under other hands. */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/mem.h"
#include "tests/support/daemon.h"
#include "tests/support/gitfix.h"
#include "tests/support/httpd.h"
#include "tests/support/run.h"
#include "tests/support/servers.h"
#include "tui/file.h"

#define PATIENCE 30 /* seconds */

#define DEV_YML "name: pay\nup:\n  - ruby\ncommands:\n  test: rake\n"

struct fixture {
	char *dir;  /* of the repositories */
	char *home; /* of configuration, store and log */
	char *db;
	struct gitfix *pay, *web;
	struct daemon *daemon, *other;
};

static int set_up(void **state)
{
	struct fixture *fix = xcalloc(1, sizeof(*fix));

	fix->dir = gitfix_tmp();
	fix->home = gitfix_tmp();
	fix->db = xasprintf("%s/svctop/svctop.db", fix->home);
	fix->pay = gitfix_new(fix->dir, "pay");
	gitfix_file(fix->pay, "service.yml", "name: pay\ntier: 1\nowners: [acme/pay]\n");
	gitfix_file(fix->pay, "dev.yml", DEV_YML);
	gitfix_commit(fix->pay, "First");
	fix->web = gitfix_new(fix->dir, "web");
	gitfix_file(fix->web, "service.yml", "name: web\ntier: 3\nowners: [acme/web]\n");
	gitfix_commit(fix->web, "First");
	setenv("HOME", fix->home, 1);
	setenv("XDG_CONFIG_HOME", fix->home, 1);
	setenv("XDG_STATE_HOME", fix->home, 1);
	setenv("XDG_CACHE_HOME", fix->home, 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	unsetenv("SVCTOP_CONFIG");
	unsetenv("JOURNAL_STREAM");
	unsetenv("NOTIFY_SOCKET");
	*state = fix;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fix = *state;

	daemon_free(fix->daemon);
	daemon_free(fix->other);
	gitfix_free(fix->pay);
	gitfix_free(fix->web);
	gitfix_rmtree(fix->dir);
	gitfix_rmtree(fix->home);
	free(fix->dir);
	free(fix->home);
	free(fix->db);
	free(fix);
	return 0;
}

static struct daemon *start(struct fixture *fix)
{
	return daemon_start(
	    fix->home, (const char *const[]){"svctop", "collect", "--every", "1s", fix->dir, NULL});
}

static struct run once(struct fixture *fix, const char *option)
{
	return run_program(
	    (const char *const[]){"svctop", "collect", "--once", option, fix->dir, NULL});
}

static void must(const struct run *run, int status)
{
	if (run->status != status)
		fail_msg("exit %d instead of %d: %s%s", run->status, status, run->out, run->err);
}

static void silent_once(struct fixture *fix)
{
	struct run run = once(fix, "--offline");

	must(&run, 0);
	assert_string_equal(run.out, "");
	assert_string_equal(run.err, "");
	run_free(&run);
}

/* Its main file, after the log beside it was taken in; whoever has it open has ended. */
static struct buf bytes_of(const char *path)
{
	struct buf bytes = {0};
	struct err err = {0};

	if (file_read(path, 64 << 20, &bytes, &err) < 0)
		fail_msg("%s: %s", path, err.what);
	return bytes;
}

/* ---- once ---- */

static void test_once(void **state)
{
	struct fixture *fix = *state;
	struct buf before, after;
	struct run run;

	silent_once(fix);
	before = bytes_of(fix->db);
	assert_true(before.len > 0);
	/* The second finds nothing new, reads nothing and writes nothing. */
	run = once(fix, "-v");
	must(&run, 0);
	assert_null(strstr(run.err, "read at"));
	run_free(&run);
	after = bytes_of(fix->db);
	assert_int_equal(before.len, after.len);
	assert_memory_equal(before.data, after.data, before.len);
	/* What changed in between is found, and told with -v alone. */
	gitfix_drop_file(fix->pay, "dev.yml");
	gitfix_author(fix->pay, "A. Lima", "lima@example.com");
	gitfix_commit(fix->pay, "Drop the\033[31m setup");
	run = once(fix, "-v");
	must(&run, 0);
	assert_non_null(strstr(run.err, "pay (tier 1): gap opened: dev-setup, by "));
	assert_non_null(strstr(run.err, "A. Lima \"Drop the"));
	assert_null(strchr(run.err, '\033'));
	run_free(&run);
	buf_free(&before);
	buf_free(&after);
}

/* What cannot be read is told, once in each run, and the rest is kept. */
static void test_once_incomplete(void **state)
{
	struct fixture *fix = *state;
	struct run run;

	gitfix_write(fix->dir, "broken/.git/HEAD", "ref: refs/heads/main\n");
	gitfix_write(fix->dir, "broken/.git/config", "[core]\nrepositoryformatversion = 99\n");
	gitfix_write(fix->dir, "broken/.git/objects/x", "");
	gitfix_write(fix->dir, "broken/.git/refs/x", "");
	for (int i = 0; i < 2; i++) { /* the second one does not read it again */
		const char *told;

		run = once(fix, "--offline");
		must(&run, 3);
		told = strstr(run.err, "/broken: ");
		assert_non_null(told);
		assert_null(strstr(told + 1, "/broken: "));
		run_free(&run);
	}
	run = run_program(
	    (const char *const[]){"svctop", "services", "--format", "csv", fix->dir, NULL});
	assert_non_null(strstr(run.out, "pay"));
	run_free(&run);
}

static void test_usage(void **state)
{
	static const char *const cases[][6] = {
	    {"svctop", "collect", "--once", "--listen", ":0", NULL},
	    {"svctop", "collect", "--every", "0", NULL},
	    {"svctop", "collect", "--every", "often", NULL},
	    {"svctop", "collect", "--listen", "nowhere", NULL},
	    {"svctop", "collect", "--ref", "HEAD", NULL},
	    {"svctop", "collect", "--at", "2w", NULL},
	    {"svctop", "collect", "/nonexistent/folder", NULL},
	    {"svctop", "check", "--once", NULL},
	};
	struct run run;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		run = run_program(cases[i]);
		must(&run, 2);
		assert_true(strlen(run.err) > 0);
		run_free(&run);
	}
}

/* ---- no store ---- */

static void test_no_store(void **state)
{
	struct fixture *fix = *state;
	struct run run = once(fix, "--store=none");
	char *address = xasprintf("--listen=127.0.0.1:%d", servers_port());

	must(&run, 3);
	assert_non_null(strstr(run.err, "without a store"));
	run_free(&run);
	fix->daemon =
	    daemon_start(fix->home, (const char *const[]){"svctop", "collect", "--store=none",
							  address, fix->dir, NULL});
	assert_true(daemon_says(fix->daemon, "nothing is kept", 1, PATIENCE));
	assert_true(daemon_says(fix->daemon, "2 services", 1, PATIENCE));
	assert_int_equal(daemon_end(fix->daemon, SIGTERM, PATIENCE), 128 + SIGTERM);
	free(address);
}

/* ---- the daemon ---- */

static void test_daemon(void **state)
{
	struct fixture *fix = *state;

	fix->daemon = start(fix);
	assert_true(daemon_says(fix->daemon, "2 services in 2 checkouts", 1, PATIENCE));
	/* A commit is seen at the next look, a new repository at the next walk. */
	gitfix_drop_file(fix->pay, "dev.yml");
	gitfix_commit(fix->pay, "Drop it");
	assert_true(
	    daemon_says(fix->daemon, "pay (tier 1): gap opened: dev-setup, by ", 1, PATIENCE));
	gitfix_file(fix->pay, "dev.yml", DEV_YML);
	gitfix_commit(fix->pay, "Bring it back");
	assert_true(daemon_says(fix->daemon, "pay (tier 1): gap closed: dev-setup (met), by ", 1,
				PATIENCE));
	assert_non_null(strstr(daemon_said(fix->daemon), "Ann \"Bring it back\""));
	struct gitfix *new = gitfix_new(fix->dir, "new");
	gitfix_file(new, "service.yml", "name: new\ntier: 2\n");
	gitfix_commit(new, "First");
	gitfix_free(new);
	assert_true(daemon_says(fix->daemon, "new (tier 2): seen for the first time", 1, PATIENCE));
	assert_int_equal(daemon_end(fix->daemon, SIGTERM, 2), 128 + SIGTERM);
	/* All of it was kept: nothing is left to do. */
	struct buf before = bytes_of(fix->db), after;
	silent_once(fix);
	after = bytes_of(fix->db);
	assert_int_equal(before.len, after.len);
	buf_free(&before);
	buf_free(&after);
}

static void test_quiet(void **state)
{
	struct fixture *fix = *state;

	fix->daemon = daemon_start(
	    fix->home, (const char *const[]){"svctop", "collect", "-q", fix->dir, NULL});
	while (access(fix->db, F_OK) < 0)
		usleep(10000);
	usleep(500000);
	assert_int_equal(daemon_end(fix->daemon, SIGINT, 2), 128 + SIGINT);
	assert_string_equal(daemon_said(fix->daemon), "");
}

/* Whatever was written last is whole, and the next one goes on from there. */
static void test_killed(void **state)
{
	struct fixture *fix = *state;

	for (int i = 0; i < 3; i++) {
		fix->daemon = start(fix);
		assert_true(daemon_says(fix->daemon, "checkouts, ", 1, PATIENCE));
		gitfix_file(fix->web, "NOTES", i % 2 ? "a" : "b");
		gitfix_commit(fix->web, "Notes");
		assert_int_equal(daemon_end(fix->daemon, SIGKILL, PATIENCE), 128 + SIGKILL);
		daemon_free(fix->daemon);
		fix->daemon = NULL;
	}
	silent_once(fix);
}

static void test_reload(void **state)
{
	struct fixture *fix = *state;

	gitfix_write(fix->home, "svctop/config.yml", "jobs: 1\n");
	fix->daemon = start(fix);
	assert_true(daemon_says(fix->daemon, "2 services", 1, PATIENCE));
	kill(daemon_pid(fix->daemon), SIGHUP);
	assert_true(daemon_says(fix->daemon, "are read anew", 1, PATIENCE));
	/* A mistake is told, and it goes on as before; then a change is taken up by itself. */
	gitfix_write(fix->home, "svctop/config.yml", "jbos: 1\n");
	assert_true(daemon_says(fix->daemon, "config.yml:1", 1, PATIENCE));
	assert_true(daemon_says(fix->daemon, "goes on with", 1, PATIENCE));
	gitfix_write(fix->home, "svctop/config.yml", "jobs: 2\nexclude: [\"**/web\"]\n");
	assert_true(daemon_says(fix->daemon, "are read anew", 2, PATIENCE));
	assert_true(daemon_says(fix->daemon, "web (tier 3): is gone", 1, PATIENCE));
	assert_int_equal(daemon_end(fix->daemon, SIGTERM, 2), 128 + SIGTERM);
}

/* ---- two at once ---- */

static void test_two(void **state)
{
	struct fixture *fix = *state;
	struct run run;
	char *elsewhere = gitfix_tmp();
	struct gitfix *far = gitfix_new(elsewhere, "far");

	gitfix_file(far, "service.yml", "name: far\ntier: 1\n");
	gitfix_commit(far, "First");
	fix->daemon = start(fix);
	assert_true(daemon_says(fix->daemon, "2 services", 1, PATIENCE));
	/* Cron has nothing to do while it runs, and says so to who asks. */
	silent_once(fix);
	run = once(fix, "-v");
	must(&run, 0);
	assert_non_null(strstr(run.err, "refreshes this store"));
	run_free(&run);
	/* But for other folders it would not be done. */
	run = run_program((const char *const[]){"svctop", "collect", "--once", elsewhere, NULL});
	must(&run, 3);
	assert_non_null(strstr(run.err, "svctop collect"));
	run_free(&run);
	/* A second daemon waits, and goes on when the first one ends. */
	fix->other = start(fix);
	assert_true(daemon_says(fix->other, "waiting until it ends", 1, PATIENCE));
	assert_int_equal(daemon_end(fix->daemon, SIGTERM, 2), 128 + SIGTERM);
	assert_true(daemon_says(fix->other, "this one keeps it now", 1, PATIENCE));
	gitfix_drop_file(fix->pay, "dev.yml");
	gitfix_commit(fix->pay, "Drop it");
	assert_true(daemon_says(fix->other, "gap opened: dev-setup, by ", 1, PATIENCE));
	gitfix_free(far);
	gitfix_rmtree(elsewhere);
	free(elsewhere);
}

/* ---- what a service manager hears ---- */

static int listen_for_notes(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(at.sun_path, path, strlen(path) + 1);
	assert_return_code(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static void hear(int fd, struct buf *heard)
{
	char note[1024];
	ssize_t got;

	while ((got = recv(fd, note, sizeof(note), 0)) > 0) {
		buf_add(heard, note, (size_t)got);
		buf_addc(heard, '\n');
	}
}

static void test_supervised(void **state)
{
	struct fixture *fix = *state;
	char *path = xasprintf("%s/notify", fix->home);
	int fd = listen_for_notes(path);
	struct buf heard = {0};

	setenv("NOTIFY_SOCKET", path, 1);
	setenv("WATCHDOG_USEC", "200000", 1);
	fix->daemon = start(fix);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	assert_true(daemon_says(fix->daemon, "2 services", 1, PATIENCE));
	usleep(600000);
	hear(fd, &heard);
	assert_non_null(strstr(buf_str(&heard), "READY=1"));
	assert_non_null(strstr(buf_str(&heard), "STATUS=2 services, "));
	char *once = strstr(buf_str(&heard), "WATCHDOG=1");
	assert_non_null(once);
	assert_non_null(strstr(once + 1, "WATCHDOG=1"));
	buf_reset(&heard);
	assert_int_equal(daemon_end(fix->daemon, SIGTERM, 2), 128 + SIGTERM);
	hear(fd, &heard);
	assert_non_null(strstr(buf_str(&heard), "STOPPING=1"));
	close(fd);
	free(path);
	buf_free(&heard);
}

/* ---- sources ---- */

static void test_sources(void **state)
{
	static const struct httpd_reply none = {.body = "[]"}, down = {.status = 503},
					status = {.body = "{\"versionInfo\":{\"version\":\"1\"}}"};
	struct fixture *fix = *state;
	struct httpd *am = httpd_start();
	char *config = xasprintf("sources:\n- type: alertmanager\n  name: am\n  url: %s\n"
				 "  every: 1s\n",
				 httpd_url(am, ""));
	struct run run;

	httpd_reply(am, "/api/v2/alerts*", &none);
	httpd_reply(am, "/api/v2/silences*", &none);
	httpd_reply(am, "/api/v2/status", &status);
	gitfix_write(fix->home, "svctop/config.yml", config);
	run = run_program((const char *const[]){"svctop", "collect", "--once", fix->dir, NULL});
	must(&run, 0);
	assert_string_equal(run.err, "");
	run_free(&run);
	fix->daemon = start(fix);
	assert_true(daemon_says(fix->daemon, "2 services", 1, PATIENCE));
	httpd_reply(am, "/api/v2/alerts*", &down);
	assert_true(daemon_says(fix->daemon, "source am: fails: ", 1, PATIENCE));
	httpd_reply(am, "/api/v2/alerts*", &none);
	assert_true(daemon_says(fix->daemon, "source am: answers again", 1, PATIENCE * 3));
	assert_int_equal(daemon_end(fix->daemon, SIGTERM, 2), 128 + SIGTERM);
	httpd_reply(am, "/api/v2/alerts*", &down);
	run = run_program((const char *const[]){"svctop", "collect", "--once", fix->dir, NULL});
	must(&run, 3);
	assert_non_null(strstr(run.err, "source am: fails: "));
	run_free(&run);
	httpd_stop(am);
	free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	    TEST(test_once),	 TEST(test_once_incomplete), TEST(test_usage),
	    TEST(test_no_store), TEST(test_daemon),	     TEST(test_quiet),
	    TEST(test_killed),	 TEST(test_reload),	     TEST(test_two),
	    TEST(test_sources),	 TEST(test_supervised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
