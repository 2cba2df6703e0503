/*
 * Secrets stay in the courier. Made-up tokens are given to it, in several ways, for servers that
 * repeat them in everything they say; then we look for them, and for what is left of them where a
 * text is cut, wherever they must not be: what the face is told, the cache on disk, the process
 * list, the memory of scanners and of the child that runs jq. This test is all of these.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "fetch/child_process.h"
#include "fetch/courier.h"
#include "fetch/jq.h"
#include "fetch/scanner.h"
#include "tests/support/gitfix.h"
#include "tests/support/httpd.h"
#include "tests/support/process.h"

#define PATIENCE_MS 30000
#define PROMETHEUS  3
#define JSON	    3 /* the one of a source whose answers jq reads */
#define KINDS	    4
#define HEAD	    12 /* bytes of a canary that tell it from all else */

struct place {
	char *dir;
	char canaries[KINDS][64];
	struct httpd *servers[KINDS];
	char *config;
	struct courier *courier;
	struct scanner_pool *pool;
	struct buf told; /* everything that the courier told, one way or another */
	unsigned idle, good, sent, blobs;
};

/* ---- what is set up ---- */

static void serve(struct httpd *server, const char *canary)
{
	char *alerts = xasprintf(
	    "{\"status\":\"success\",\"data\":{\"alerts\":[{\"labels\":{\"alertname\":\"Echo\","
	    "\"service\":\"svc\",\"token\":\"%s\"},\"annotations\":{\"summary\":\"you sent %s\"},"
	    "\"state\":\"firing\",\"activeAt\":\"2026-11-23T02:00:00Z\",\"value\":\"1\"}]}}",
	    canary, canary);
	/* The second one is where a cause of 300 bytes is cut. */
	char *error = xasprintf("{\"status\":\"error\",\"errorType\":\"bad_data\","
				"\"error\":\"no rights for %s, %0218d %s\"}",
				canary, 0, canary);
	char *item = xasprintf("{\"state\":\"warning\",\"title\":\"you sent %s\"}", canary);
	char *header = xasprintf("X-Echo: %s\r\nLink: </all?key=%s>; rel=\"next\"\r\n"
				 "ETag: \"%s\"\r\n",
				 canary, canary, canary);
	char *away = xasprintf("http://127.0.0.1:1/login?key=%s", canary);
	char *elsewhere = xasprintf("Location: %s\r\n", away);

	httpd_reply(server, "*", &(struct httpd_reply){.status = 404});
	httpd_reply(server, "/api/v1/alerts",
		    &(struct httpd_reply){.body = alerts, .etag = "\"1\""});
	httpd_reply(server, "/api/v1/rules?type=alert&exclude_alerts=true",
		    &(struct httpd_reply){.body = error});
	httpd_reply(server, "/api/v1/targets?state=active",
		    &(struct httpd_reply){.status = 403, .body = error});
	httpd_reply(server, "/api/v1/status/buildinfo",
		    &(struct httpd_reply){
			.body = "{\"status\":\"success\",\"data\":{\"version\":\"2.42.0\"}}",
			.etag = "\"2\""});
	httpd_reply(server, "/api/v1/query*",
		    &(struct httpd_reply){.status = 300, .headers = elsewhere});
	httpd_reply(server, "/all", &(struct httpd_reply){.body = item, .headers = header});
	httpd_redirect(server, "/refused", 302, away);
	httpd_reply(server, "/order", &(struct httpd_reply){.status = 400, .body = error});
	free(alerts);
	free(error);
	free(item);
	free(header);
	free(away);
	free(elsewhere);
}

static char *make_config(const struct place *place)
{
	struct buf text = {0};
	char *auth[KINDS] = {
	    xasprintf("{bearer: {env: CANARY_TEST}}"),
	    xasprintf("{header: {name: X-Key, value: {file: %s/token}}}", place->dir),
	    xasprintf("{basic: {user: me, password: {command: [sh, %s/print]}}}", place->dir),
	    xasprintf("{bearer: {env: CANARY_JSON}}")};

	buf_adds(&text, "sources:\n");
	for (int i = 0; i < PROMETHEUS; i++)
		buf_addf(&text,
			 "  - type: prometheus\n    name: prod-%d\n    url: %s\n    auth: %s\n", i,
			 httpd_url(place->servers[i], ""), auth[i]);
	buf_addf(&text,
		 "  - type: json\n    name: prod-%d\n    url: %s\n    auth: %s\n"
		 "    kind: incident\n    expression: ., .title.x\n",
		 JSON, httpd_url(place->servers[JSON], "/all"), auth[JSON]);
	for (int i = 0; i < KINDS; i++)
		free(auth[i]);
	return buf_detach(&text);
}

static void add_repository(struct place *place)
{
	struct gitfix *fix = gitfix_new(place->dir, "src/svc");

	gitfix_file(fix, "service.yml", "name: svc\ntier: 1\n");
	gitfix_commit(fix, "First");
	gitfix_free(fix);
}

static struct place *place_new(void)
{
	struct place *place = xcalloc(1, sizeof(*place));
	char *script, *root;

	place->dir = gitfix_tmp();
	/* Made here, so that no read-only text of the program has them. */
	for (int i = 0; i < KINDS; i++) {
		snprintf(place->canaries[i], sizeof(place->canaries[i]), "cn%dx%08xcanary%d", i,
			 (unsigned)getpid() * 2654435761u, i);
		place->servers[i] = httpd_start();
		serve(place->servers[i], place->canaries[i]);
	}
	setenv("CANARY_TEST", place->canaries[0], 1);
	setenv("CANARY_JSON", place->canaries[JSON], 1);
	gitfix_write(place->dir, "token", place->canaries[1]);
	script = xasprintf("printf %s\n", place->canaries[2]);
	gitfix_write(place->dir, "print", script);
	free(script);
	add_repository(place);
	place->config = make_config(place);
	root = xasprintf("%s/src", place->dir);
	place->pool = scanner_pool_new(
	    &(struct scanner_options){
		.roots = (const char *const[]){root}, .root_count = 1, .jobs = 1},
	    NULL);
	place->courier = courier_new(&(struct courier_options){.config_path = "config.yml",
							       .config_text = place->config,
							       .config_len = strlen(place->config),
							       .cache_dir = place->dir},
				     NULL);
	free(root);
	return place;
}

static void place_free(struct place *place)
{
	courier_free(place->courier);
	scanner_pool_free(place->pool);
	for (int i = 0; i < KINDS; i++)
		httpd_stop(place->servers[i]);
	unsetenv("CANARY_TEST");
	unsetenv("CANARY_JSON");
	gitfix_rmtree(place->dir);
	buf_free(&place->told);
	free(place->config);
	free(place->dir);
	free(place);
}

/* ---- the face ---- */

static void note(struct place *place, const struct courier_event *event)
{
	if (event->text)
		buf_adds(&place->told, event->text);
	if (event->body)
		buf_add(&place->told, event->body, event->len);
	if (event->report)
		topic_report_encode(event->report, &place->told);
	if (event->status)
		source_status_encode(event->status, &place->told);
	place->good += event->report && event->report->at && !event->report->failure;
	place->idle += event->kind == COURIER_IDLE;
	place->sent += event->kind == COURIER_SENT;
}

static void turn(struct place *place)
{
	struct pollfd fds[8];
	struct courier_event event;
	struct scanner_event scanned;
	int timeout = PATIENCE_MS;
	size_t count = courier_pollfds(place->courier, fds, ARRAY_LEN(fds), &timeout);

	count += scanner_pollfds(place->pool, fds + count, ARRAY_LEN(fds) - count, &timeout);
	assert_int_not_equal(poll(fds, count, timeout), 0);
	courier_service(place->courier);
	while (courier_next(place->courier, &event))
		note(place, &event);
	scanner_service(place->pool);
	while (scanner_next(place->pool, &scanned)) {
		if (scanned.kind == SCANNER_CHECKOUT)
			checkout_free(scanned.checkout);
		place->blobs += scanned.kind == SCANNER_BLOB;
	}
}

/* ---- looking ---- */

static void expect_absent(const struct place *place, const char *where, const char *bytes,
			  size_t len)
{
	for (int i = 0; i < KINDS; i++)
		if (len && memmem(bytes, len, place->canaries[i], HEAD))
			fail_msg("canary %d is in %s", i, where);
}

/* How many files there are below, none of them with a canary in it. */
static size_t look_through(const struct place *place, const char *dir)
{
	DIR *open_dir = opendir(dir);
	struct dirent *entry;
	size_t count = 0;

	assert_non_null(open_dir);
	while ((entry = readdir(open_dir))) {
		char *path = xasprintf("%s/%s", dir, entry->d_name), *bytes;
		struct stat st;
		ssize_t len;
		int fd;

		if (entry->d_name[0] != '.' && !stat(path, &st) && S_ISDIR(st.st_mode)) {
			count += look_through(place, path);
		} else if (entry->d_name[0] != '.' && !stat(path, &st)) {
			fd = open(path, O_RDONLY);
			bytes = xmalloc((size_t)st.st_size + 1);
			len = read(fd, bytes, (size_t)st.st_size);
			expect_absent(place, path, bytes, len > 0 ? (size_t)len : 0);
			free(bytes);
			close(fd);
			count++;
		}
		free(path);
	}
	closedir(open_dir);
	return count;
}

/* The search finds what is there: they were sent, and the courier holds them. */
static void expect_used(struct place *place)
{
	pid_t courier = process_child_named("svctop-courier");
	const struct httpd_request *request;

	assert_int_not_equal(courier, 0);
	for (int i = 0; i < KINDS; i++) {
		request = httpd_request(place->servers[i], 0);
		assert_non_null(request);
		if (i != 2)
			assert_non_null(strstr(request->headers, place->canaries[i]));
		else
			assert_non_null(httpd_header(request, "Authorization"));
	}
	if (geteuid() == 0)
		assert_true(process_holds(courier, place->canaries[1]));
}

static void test_secrets_stay_in_the_courier(void **state)
{
	struct place *place = place_new();
	struct subject subject = {.name = "svc", .subdir = ""};
	char *cache;
	pid_t scanner, jq;

	(void)state;
	scanner_discover(place->pool);
	scanner_service(place->pool);
	courier_subjects(place->courier, &(struct subject_list){.subjects = &subject, .count = 1});
	while (!place->idle)
		turn(place);
	courier_refresh(place->courier);
	for (int i = 0; i < KINDS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "prod-%d", i);
		courier_send(place->courier, name, "POST", "/order", "text/plain", "x", 1);
	}
	/* One that lives while the courier works: the others end when all is scanned. */
	scanner_blob(place->pool, place->dir, "HEAD", "service.yml", 100);
	scanner_service(place->pool);
	while (place->idle < 2 || place->sent < KINDS || !place->blobs)
		turn(place);
	assert_true(place->good >= PROMETHEUS);
	expect_used(place);
	expect_absent(place, "what the face was told", place->told.data, place->told.len);
	cache = xasprintf("%s/http", place->dir);
	assert_true(look_through(place, cache) >= KINDS);
	scanner = process_child_named("svctop-scanner");
	assert_int_not_equal(scanner, 0);
	jq = process_child_of(process_child_named("svctop-courier"), "svctop-jq");
	assert_int_not_equal(jq, 0);
	for (int i = 0; i < KINDS; i++) {
		place->canaries[i][HEAD] = '\0';
		assert_false(process_list_shows(place->canaries[i]));
		assert_false(process_holds(scanner, place->canaries[i]));
		assert_false(process_holds(jq, place->canaries[i]));
	}
	assert_true(process_holds(jq, "you sent **"));
	free(cache);
	place_free(place);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_secrets_stay_in_the_courier),
	};

	if (argc == 2 && !strcmp(argv[1], SCANNER_ARGUMENT))
		return scanner_main(CHILD_FD);
	if (argc == 2 && !strcmp(argv[1], COURIER_ARGUMENT))
		return courier_main(CHILD_FD);
	if (argc == 2 && !strcmp(argv[1], JQ_ARGUMENT))
		return jq_main(CHILD_FD);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
