/*
 * Runs a command with its output thrown away and prints what it and all it started cost:
 *
 *	cpu COMMAND ARG...      user+sys microseconds
 *	cpu -m COMMAND ARG...   highest sum of PSS over the process and its children, in KB
 *
 * Exit codes above 3 (svctop's own are 0 to 3) and signals are errors.
 */

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long pss_kb(long pid)
{
	char path[64], line[256];
	long kb = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", pid);
	in = fopen(path, "re");
	if (!in)
		return 0;
	while (fgets(line, sizeof(line), in)) {
		if (strncmp(line, "Pss:", 4) == 0)
			kb = strtol(line + 4, NULL, 10);
	}
	fclose(in);
	return kb;
}

/* The process and its children; scanners have none. */
static long tree_pss_kb(long pid)
{
	char path[64], line[4096];
	long kb = pss_kb(pid);
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children", pid, pid);
	in = fopen(path, "re");
	if (!in)
		return kb;
	if (fgets(line, sizeof(line), in)) {
		char *next = line, *end;

		for (long child = strtol(next, &end, 10); end != next;
		     child = strtol(next, &end, 10)) {
			kb += pss_kb(child);
			next = end;
		}
	}
	fclose(in);
	return kb;
}

static int wait_for(pid_t pid, bool memory, long *peak)
{
	const struct timespec pause = {.tv_nsec = 5000000};
	int status;

	if (!memory) {
		waitpid(pid, &status, 0);
		return status;
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		long kb = tree_pss_kb(pid);

		if (kb > *peak)
			*peak = kb;
		nanosleep(&pause, NULL);
	}
	return status;
}

static void run(char **argv)
{
	int null = open("/dev/null", O_RDWR);

	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	execvp(argv[0], argv);
	_exit(127);
}

int main(int argc, char **argv)
{
	bool memory = argc > 1 && strcmp(argv[1], "-m") == 0;
	struct rusage use;
	long peak = 0;
	int status;
	pid_t pid;

	argv += 1 + memory;
	if (!*argv) {
		fprintf(stderr, "usage: cpu [-m] COMMAND ARG...\n");
		return 2;
	}
	pid = fork();
	if (pid == 0)
		run(argv);
	status = wait_for(pid, memory, &peak);
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 3) {
		fprintf(stderr, "%s failed (status %d)\n", argv[0], status);
		return 1;
	}
	getrusage(RUSAGE_CHILDREN, &use);
	if (memory)
		printf("%ld\n", peak);
	else
		printf("%lld\n", (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000LL +
				     use.ru_utime.tv_usec + use.ru_stime.tv_usec);
	return 0;
}
