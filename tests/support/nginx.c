#include "tests/support/nginx.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "tests/support/gitfix.h"
#include "tests/support/run.h"

#define PATIENCE_MS 20000

struct nginx {
	pid_t pid;
};

static void die(const char *what)
{
	perror(what);
	abort();
}

int nginx_free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		die("nginx: a free port");
	close(fd);
	return ntohs(address.sin_port);
}

/* Installed, or unpacked by scripts/unpack.sh; NULL: neither. */
static const char *find_nginx(void)
{
	static const char *const places[] = {"/usr/sbin/nginx", "/usr/bin/nginx",
					     "/usr/local/sbin/nginx",
					     "build/unpacked/usr/sbin/nginx"};

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (access(places[i], X_OK) == 0)
			return places[i];
	}
	return NULL;
}

static void run_nginx(const char *program, const char *conf, const char *dir, pid_t parent)
{
	int null = open("/dev/null", O_RDWR);

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		_exit(126);
	execl(program, "nginx", "-p", dir, "-e", "error.log", "-c", conf, (char *)NULL);
	_exit(127);
}

/* nginx writes its pid when it listens. */
static void wait_until_up(struct nginx *nginx, const char *pidfile)
{
	const struct timespec pause = {.tv_nsec = 5000000};
	int status;

	for (int ms = 0; ms < PATIENCE_MS; ms += 5) {
		FILE *in = fopen(pidfile, "re");
		bool there = in && fgetc(in) != EOF;

		if (in)
			fclose(in);
		if (there)
			return;
		if (waitpid(nginx->pid, &status, WNOHANG) == nginx->pid)
			break;
		nanosleep(&pause, NULL);
	}
	fprintf(stderr, "nginx does not start: see error.log beside %s\n", pidfile);
	abort();
}

struct nginx *nginx_start(const char *dir, const char *http)
{
	const char *program = find_nginx();
	struct nginx *nginx;
	char *text, *conf, *pidfile;
	pid_t parent = getpid();

	if (!program)
		return NULL;
	text = xasprintf("daemon off;\nmaster_process off;\npid %s/nginx.pid;\n"
			 "error_log %s/error.log;\nevents { worker_connections 256; }\n"
			 "http {\naccess_log off;\nclient_body_temp_path %s/t1;\n"
			 "proxy_temp_path %s/t2;\nfastcgi_temp_path %s/t3;\n"
			 "uwsgi_temp_path %s/t4;\nscgi_temp_path %s/t5;\n%s\n}\n",
			 dir, dir, dir, dir, dir, dir, dir, http);
	gitfix_write(dir, "nginx.conf", text);
	conf = xasprintf("%s/nginx.conf", dir);
	pidfile = xasprintf("%s/nginx.pid", dir);
	nginx = xcalloc(1, sizeof(*nginx));
	nginx->pid = fork();
	if (nginx->pid < 0)
		die("nginx: fork");
	if (nginx->pid == 0)
		run_nginx(program, conf, dir, parent);
	wait_until_up(nginx, pidfile);
	free(text);
	free(conf);
	free(pidfile);
	return nginx;
}

void nginx_stop(struct nginx *nginx)
{
	if (!nginx)
		return;
	kill(nginx->pid, SIGKILL);
	while (waitpid(nginx->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(nginx);
}

int nginx_pid(const struct nginx *nginx)
{
	return nginx->pid;
}

/* Certificates. */

static void openssl(const char *const argv[])
{
	struct run run = run_program(argv);

	if (run.status != 0) {
		fprintf(stderr, "openssl %s: %s\n", argv[1], run.err);
		abort();
	}
	run_free(&run);
}

/* As openssl wants it, so many days from now. */
static char *date(int days)
{
	time_t when = time(NULL) + days * 86400;
	struct tm tm;
	char text[32];

	gmtime_r(&when, &tm);
	strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm);
	return xstrdup(text);
}

static void make_key(const char *dir, const char *name, const char *subject, bool self)
{
	char *key = xasprintf("%s/%s.key", dir, name);
	char *out = xasprintf("%s/%s.%s", dir, name, self ? "crt" : "csr");
	/* The last two are looked at for self-signed ones alone. */
	const char *argv[] = {"openssl",
			      "req",
			      "-new",
			      "-newkey",
			      "ec",
			      "-pkeyopt",
			      "ec_paramgen_curve:prime256v1",
			      "-nodes",
			      "-keyout",
			      key,
			      "-out",
			      out,
			      "-subj",
			      subject,
			      self ? "-x509" : "-batch",
			      "-addext",
			      strcmp(name, "ca") == 0 ? "keyUsage=critical,keyCertSign,cRLSign"
						      : "subjectAltName=DNS:localhost,IP:127.0.0.1",
			      NULL};

	openssl(argv);
	free(key);
	free(out);
}

static void sign(const char *dir, const char *name, int from, int until)
{
	char *config = xasprintf("%s/ca.cnf", dir), *csr = xasprintf("%s/%s.csr", dir, name);
	char *crt = xasprintf("%s/%s.crt", dir, name), *start = date(from), *end = date(until);
	bool wrong = strcmp(name, "wronghost") == 0;

	openssl((const char *const[]){"openssl", "ca", "-batch", "-notext", "-config", config,
				      "-extensions", wrong ? "other" : "here", "-startdate", start,
				      "-enddate", end, "-in", csr, "-out", crt, NULL});
	free(config);
	free(csr);
	free(crt);
	free(start);
	free(end);
}

static void write_config(const char *dir)
{
	char *text =
	    xasprintf("[ca]\ndefault_ca = c\n[c]\ndatabase = %s/index.txt\nserial = %s/serial\n"
		      "new_certs_dir = %s\ncertificate = %s/ca.crt\nprivate_key = %s/ca.key\n"
		      "default_md = sha256\npolicy = p\nunique_subject = no\n"
		      "[p]\ncommonName = supplied\n"
		      "[here]\nsubjectAltName = DNS:localhost, IP:127.0.0.1\n"
		      "[other]\nsubjectAltName = DNS:other.example.com\n",
		      dir, dir, dir, dir, dir);

	gitfix_write(dir, "ca.cnf", text);
	gitfix_write(dir, "index.txt", "");
	gitfix_write(dir, "serial", "1000\n");
	free(text);
}

bool certs_make(const char *dir)
{
	static const struct {
		const char *name;
		int from, until;
	} all[] = {{"good", -10, 80},
		   {"soon", -84, 6},
		   {"expired", -93, -3},
		   {"notyet", 5, 95},
		   {"wronghost", -10, 80}};

	if (access("/usr/bin/openssl", X_OK) < 0 && access("/usr/local/bin/openssl", X_OK) < 0)
		return false;
	write_config(dir);
	make_key(dir, "ca", "/O=Example/CN=Example Test CA", true);
	make_key(dir, "selfsigned", "/CN=localhost", true);
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		make_key(dir, all[i].name, "/CN=localhost", false);
		sign(dir, all[i].name, all[i].from, all[i].until);
	}
	return true;
}
