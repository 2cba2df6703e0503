/* The servers that tests start: they end with the test, also when it is killed. */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/gitfix.h"
#include "tests/support/servers.h"

#define PROGRAM "prometheus-blackbox-exporter"

static struct server *start(struct servers *servers)
{
	servers_file(servers, "blackbox.yml", "modules: {http: {prober: http}}\n");
	return servers_start(servers, servers_port(), "/-/healthy",
			     (const char *const[]){PROGRAM, "--config.file=blackbox.yml",
						   "--web.listen-address=127.0.0.1:%PORT", NULL});
}

static bool is_gone(void *ctx)
{
	const int *port = ctx;

	return !servers_ask(*port, "GET", "/-/healthy", NULL, NULL, NULL);
}

static void killed(void **state)
{
	char *folder = gitfix_tmp();
	int pipefd[2], port = 0;
	pid_t pid;

	(void)state;
	if (!servers_program(PROGRAM))
		skip();
	setenv("TMPDIR", folder, 1);
	assert_int_equal(pipe(pipefd), 0);
	pid = fork();
	if (!pid) {
		port = server_port(start(servers_new()));
		if (write(pipefd[1], &port, sizeof(port)) > 0)
			raise(SIGKILL);
		_exit(1);
	}
	assert_int_equal(read(pipefd[0], &port, sizeof(port)), sizeof(port));
	waitpid(pid, NULL, 0);
	assert_true(servers_wait(is_gone, &port, 10));
	close(pipefd[0]);
	close(pipefd[1]);
	unsetenv("TMPDIR");
	gitfix_rmtree(folder);
	free(folder);
}

static void stopped(void **state)
{
	struct servers *servers;
	struct server *server;
	struct buf body = {0};
	char *folder;
	int port;

	(void)state;
	if (!servers_program(PROGRAM))
		skip();
	servers = servers_new();
	server = start(servers);
	port = server_port(server);
	folder = strdup(servers_folder(servers));
	assert_int_equal(servers_ask(port, "GET", "/metrics", NULL, NULL, &body), 200);
	assert_non_null(strstr(buf_str(&body), "blackbox_exporter_build_info"));
	server_stop(server);
	assert_true(is_gone(&port));
	server_again(server);
	assert_false(is_gone(&port));
	server_freeze(server);
	server_thaw(server);
	assert_false(is_gone(&port));
	servers_free(servers);
	assert_true(is_gone(&port));
	assert_int_equal(access(folder, F_OK), -1);
	free(folder);
	buf_free(&body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(killed), cmocka_unit_test(stopped)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
