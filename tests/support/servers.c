#include "tests/support/servers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/mem.h"

#define ARGS_MAX  32
#define START_MAX 30 /* seconds */

struct server {
	struct servers *all;
	struct server *next;
	char *path; /* that says whether it is ready; NULL */
	char *program;
	char *args[ARGS_MAX + 1]; /* with the program's place */
	char *log;
	char *url;
	int port;
	pid_t keeper; /* 0: not running */
	pid_t group;  /* of the server */
	int leash;    /* closed: the keeper ends the server */
};

struct servers {
	char *folder;
	struct server *first;
};

static void nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool servers_wait(bool (*done)(void *ctx), void *ctx, int seconds)
{
	int64_t end = now_ms() + (int64_t)seconds * 1000;

	while (!done(ctx)) {
		if (now_ms() > end)
			return false;
		nap();
	}
	return true;
}

/* ---- programs, ports, files ---- */

const char *servers_program(const char *name)
{
	static char found[512];
	const char *path = getenv("PATH");
	char *all = xasprintf("%s:/usr/sbin:build/unpacked/usr/bin:build/unpacked/usr/sbin",
			      path ? path : "/usr/bin"),
	     *at;
	bool some = false;

	for (char *dir = strtok_r(all, ":", &at); dir && !some; dir = strtok_r(NULL, ":", &at)) {
		char *relative = xasprintf("%s/%s", dir, name), *whole = realpath(relative, NULL);

		some = whole && !access(whole, X_OK) && strlen(whole) < sizeof(found);
		if (some)
			snprintf(found, sizeof(found), "%s", whole);
		free(whole);
		free(relative);
	}
	free(all);
	return some ? found : NULL;
}

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((uint16_t)port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

int servers_port(void)
{
	struct sockaddr_in address = loopback(0);
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	close(fd);
	return ntohs(address.sin_port);
}

struct servers *servers_new(void)
{
	struct servers *servers = xcalloc(1, sizeof(*servers));
	const char *tmp = getenv("TMPDIR");

	servers->folder = xasprintf("%s/svctop-servers-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(servers->folder));
	return servers;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	remove(path);
	return 0;
}

void servers_free(struct servers *servers)
{
	struct server *next;

	if (!servers)
		return;
	for (struct server *server = servers->first; server; server = next) {
		next = server->next;
		server_stop(server);
		for (size_t i = 0; server->args[i]; i++)
			free(server->args[i]);
		free(server->path);
		free(server->program);
		free(server->log);
		free(server->url);
		free(server);
	}
	nftw(servers->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(servers->folder);
	free(servers);
}

const char *servers_folder(const struct servers *servers)
{
	return servers->folder;
}

void servers_file(struct servers *servers, const char *name, const char *fmt, ...)
{
	char *path = xasprintf("%s/%s", servers->folder, name);
	FILE *file = fopen(path, "we");
	va_list ap;

	assert_non_null(file);
	va_start(ap, fmt);
	vfprintf(file, fmt, ap);
	va_end(ap);
	assert_int_equal(fclose(file), 0);
	free(path);
}

/* ---- a client ---- */

static bool send_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static int connect_to(int port)
{
	struct sockaddr_in address = loopback(port);
	struct timeval limit = {.tv_sec = 5};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	close(fd);
	return -1;
}

int servers_ask(int port, const char *method, const char *path, const char *content_type,
		const char *body, struct buf *out)
{
	int fd = connect_to(port), status = 0;
	struct buf text = {0};
	char bytes[16384];
	const char *end;
	ssize_t n;

	if (fd < 0)
		return 0;
	/* HTTP/1.0: the answer's end is the connection's, and it comes in no chunks. */
	buf_addf(&text, "%s %s HTTP/1.0\r\nHost: 127.0.0.1:%d\r\n", method, path, port);
	if (body)
		buf_addf(&text, "Content-Type: %s\r\nContent-Length: %zu\r\n", content_type,
			 strlen(body));
	buf_addf(&text, "\r\n%s", body ? body : "");
	if (send_all(fd, text.data, text.len)) {
		buf_reset(&text);
		while ((n = recv(fd, bytes, sizeof(bytes), 0)) > 0)
			buf_add(&text, bytes, (size_t)n);
		if (sscanf(buf_str(&text), "HTTP/%*d.%*d %d", &status) != 1)
			status = 0;
		end = strstr(buf_str(&text), "\r\n\r\n");
		if (end && out)
			buf_add(out, end + 4, text.len - (size_t)(end + 4 - text.data));
	}
	close(fd);
	buf_free(&text);
	return status;
}

/* ---- processes ---- */

/* Executes the server, in a process group of its own. Does not return. */
static void become_server(const struct server *server)
{
	int log = open(server->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	int null = open("/dev/null", O_RDONLY);

	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	setpgid(0, 0);
	if (chdir(server->all->folder) < 0 || log < 0 || null < 0)
		_exit(126);
	dup2(null, 0);
	dup2(log, 1);
	dup2(log, 2);
	close_range(3, ~0U, 0);
	execv(server->args[0], server->args);
	_exit(127);
}

static void on_child(int signo)
{
	(void)signo;
}

/* Until the test lets go of the leash, in whatever way, or the server ends. */
static void wait_for_end(pid_t pid, int leash)
{
	struct pollfd fd = {.fd = leash, .events = POLLIN};
	sigset_t none;

	sigemptyset(&none);
	while (ppoll(&fd, 1, NULL, &none) < 0 && waitpid(pid, NULL, WNOHANG) == 0)
		;
}

/* The keeper: tells the server's process, and ends it, with all that it started. */
static void keep(const struct server *server, int leash, int tell)
{
	struct sigaction action = {.sa_handler = on_child};
	sigset_t child;
	pid_t pid;

	sigaction(SIGCHLD, &action, NULL);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	pid = fork();
	if (!pid)
		become_server(server);
	setpgid(pid, pid);
	if (write(tell, &pid, sizeof(pid)) != (ssize_t)sizeof(pid))
		kill(-pid, SIGKILL);
	close_range(0, 2, 0);
	if (leash > 3)
		close_range(3, (unsigned)leash - 1, 0);
	close_range((unsigned)leash + 1, ~0U, 0);
	wait_for_end(pid, leash);
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
	_exit(0);
}

static void launch(struct server *server)
{
	int leash[2], tell[2];

	assert_int_equal(pipe2(leash, O_CLOEXEC), 0);
	assert_int_equal(pipe2(tell, O_CLOEXEC), 0);
	server->keeper = fork();
	assert_true(server->keeper >= 0);
	if (!server->keeper) {
		close(leash[1]);
		keep(server, leash[0], tell[1]);
	}
	close(leash[0]);
	close(tell[1]);
	server->leash = leash[1];
	assert_int_equal(read(tell[0], &server->group, sizeof(server->group)),
			 sizeof(server->group));
	close(tell[0]);
}

void server_stop(struct server *server)
{
	if (!server->keeper)
		return;
	close(server->leash);
	waitpid(server->keeper, NULL, 0);
	server->keeper = 0;
}

static void signal_server(const struct server *server, int signo)
{
	assert_true(server->keeper != 0);
	assert_int_equal(kill(-server->group, signo), 0);
}

void server_freeze(struct server *server)
{
	signal_server(server, SIGSTOP);
}

void server_thaw(struct server *server)
{
	signal_server(server, SIGCONT);
}

void server_hangup(struct server *server)
{
	signal_server(server, SIGHUP);
}

/* ---- starting ---- */

static bool is_ready(void *ctx)
{
	const struct server *server = ctx;
	int fd;

	if (server->path)
		return servers_ask(server->port, "GET", server->path, NULL, NULL, NULL) == 200;
	fd = connect_to(server->port);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool is_ready_or_gone(void *ctx)
{
	struct server *server = ctx;

	if (waitpid(server->keeper, NULL, WNOHANG) == server->keeper) {
		close(server->leash);
		server->keeper = 0;
	}
	return !server->keeper || is_ready(ctx);
}

static void fail_with_log(const struct server *server)
{
	FILE *file = fopen(server->log, "re");
	char text[2000] = "";
	size_t len = 0;

	if (file) {
		fseek(file, -(long)sizeof(text) + 1, SEEK_END);
		len = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[len] = '\0';
	fail_msg("%s does not start: %s", server->program, text);
}

void server_again(struct server *server)
{
	server_stop(server);
	launch(server);
	if (!servers_wait(is_ready_or_gone, server, START_MAX) || !server->keeper)
		fail_with_log(server);
}

/* text with the port for every "%PORT". */
static char *with_port(const char *text, int port)
{
	struct buf out = {0};
	const char *mark;

	for (; (mark = strstr(text, "%PORT")); text = mark + 5) {
		buf_add(&out, text, (size_t)(mark - text));
		buf_addf(&out, "%d", port);
	}
	buf_adds(&out, text);
	return buf_detach(&out);
}

struct server *servers_start(struct servers *servers, int port, const char *path,
			     const char *const argv[])
{
	struct server *server = xcalloc(1, sizeof(*server));
	const char *place = servers_program(argv[0]);

	assert_non_null(place);
	server->all = servers;
	server->port = port;
	server->path = xstrdup(path);
	server->program = xstrdup(argv[0]);
	server->log = xasprintf("%s/%s-%d.log", servers->folder, argv[0], port);
	server->args[0] = xstrdup(place);
	for (size_t i = 1; i < ARGS_MAX && argv[i]; i++)
		server->args[i] = with_port(argv[i], port);
	server->next = servers->first;
	servers->first = server;
	server_again(server);
	return server;
}

int server_port(const struct server *server)
{
	return server->port;
}

const char *server_url(struct server *server, const char *path)
{
	free(server->url);
	server->url = xasprintf("http://127.0.0.1:%d%s", server->port, path);
	return server->url;
}
