/*
 * A second start with many services, from the store to the screen:
 *
 *	bench_start [COUNT [SVCTOP [EMPTY]]]
 *
 * CPU time that svctop takes in a terminal until the last fleet is on the screen, against that of
 * an empty program linked to the same libraries, in turns; then what reading the facts behind it
 * costs, how much one turn of the loop takes at most meanwhile (a key waits so long), and what is
 * written when one service of them changes.
 */

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "tests/bench/libtime.h"
#include "tests/support/fakefleet.c"
#include "tui/app_internal.h"

enum { ROUNDS = 15, LIMIT_MS = 10000 };

static double clock_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* ---- a store ---- */

struct memory {
	struct cli cli;
	struct fleet *fleet;
	struct keeper *keeper;
};

static void memory_open(struct memory *memory, const char *root, const char *store)
{
	struct keeper_options options = {
	    .cli = &memory->cli, .access = STORE_WRITE, .now = FAKE_NOW};

	memory->cli = (struct cli){.program = "svctop", .options.store = store};
	memory->cli.config = config_default();
	memory->cli.checklist = checklist_builtin();
	memory->cli.roots = xcalloc(1, sizeof(*memory->cli.roots));
	memory->cli.roots[0] = xstrdup(root);
	memory->cli.root_count = 1;
	memory->fleet = fleet_new(memory->cli.checklist);
	memory->keeper = keeper_new(&options);
	if (!keeper_store(memory->keeper)) {
		fprintf(stderr, "bench_start: no store: %s\n",
			keeper_problem(memory->keeper)->what);
		exit(1);
	}
}

static void memory_close(struct memory *memory)
{
	keeper_free(memory->keeper);
	fleet_free(memory->fleet);
	cli_forget_files(&memory->cli);
}

static struct checkout *checkout_below(const struct memory *memory, size_t number)
{
	struct checkout *checkout = fake_checkout(memory->cli.checklist, number);

	checkout->path =
	    arena_printf(checkout->arena, "%s%s", memory->cli.roots[0], checkout->path);
	checkout->resolved = "as it was";
	return checkout;
}

static void write_all(struct memory *memory)
{
	fleet_settle(memory->fleet, FAKE_NOW);
	keeper_settled(memory->keeper, FAKE_NOW);
	while (!keeper_write(memory->keeper, 1000))
		;
}

static void make_store(const char *root, const char *store, size_t count)
{
	struct memory memory;
	double start;

	memory_open(&memory, root, store);
	keeper_recall(memory.keeper, memory.fleet);
	while (!keeper_load(memory.keeper, NULL, 1000))
		;
	for (size_t i = 0; i < count; i++) {
		struct checkout *checkout = checkout_below(&memory, i);

		fleet_apply(memory.fleet, checkout);
		keeper_scanned(memory.keeper, checkout);
	}
	keeper_whole(memory.keeper);
	start = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
	write_all(&memory);
	printf("%-54s %9.1f ms\n", "worked out and written for the first time",
	       clock_ms(CLOCK_PROCESS_CPUTIME_ID) - start);
	keeper_looked(memory.keeper, FAKE_NOW);
	memory_close(&memory);
}

/* ---- the first frame ---- */

static void become(const char *program, const char *store, const char *root)
{
	const char *words[] = {program, store ? "--store" : NULL, store, root, NULL};

	setenv("TERM", "xterm-256color", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	execv(program, (char *const *)(uintptr_t)words);
	_exit(127);
}

/* What a process took of the CPU so far, ms. */
static double cpu_of(pid_t pid)
{
	unsigned long long ns = 0;
	char path[64], line[128];
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	in = fopen(path, "re");
	if (in && fgets(line, sizeof(line), in))
		ns = strtoull(line, NULL, 10);
	if (in)
		fclose(in);
	return (double)ns / 1e6;
}

/* From exec to the end of the output, or to the footer of the first frame: CPU, ms. */
static double run(const char *program, const char *store, const char *root)
{
	struct winsize size = {.ws_row = 60, .ws_col = 200};
	struct rusage used;
	double took;
	char seen[1 << 16];
	size_t len = 0;
	int fd;
	pid_t pid = forkpty(&fd, NULL, NULL, &size);

	if (!pid)
		become(program, store, root);
	for (;;) {
		struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
		ssize_t n;

		if (poll(&poll_fd, 1, LIMIT_MS) <= 0)
			break;
		n = read(fd, seen + len, sizeof(seen) - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
		seen[len] = '\0';
		if (strstr(seen, "quit") || len == sizeof(seen) - 1)
			break;
	}
	took = cpu_of(pid);
	if (store && !strstr(seen, "recalled"))
		fprintf(stderr, "bench_start: nothing was recalled\n");
	kill(pid, SIGKILL);
	close(fd);
	while (wait4(pid, NULL, 0, &used) < 0)
		;
	if (store)
		return took;
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
}

static void first_frames(const char *svctop, const char *empty, const char *store, const char *root)
{
	double ours[ROUNDS], theirs[ROUNDS];
	double a, b;

	for (int i = 0; i < ROUNDS; i++) {
		theirs[i] = run(empty, NULL, root);
		ours[i] = run(svctop, store, root);
	}
	a = bench_median(ours, ROUNDS);
	b = bench_median(theirs, ROUNDS);
	printf("%-54s %9.1f ms   aim 2 x %.1f + 10 = %.1f\n", "exec to the first frame", a, b,
	       2 * b + 10);
}

/* ---- what is behind it ---- */

static void load_behind(const char *root, const char *store)
{
	double start, longest = 0;
	struct memory memory;
	struct app_options options = {.headless = true, .now = FAKE_NOW};
	struct app *app;

	memory_open(&memory, root, store);
	options.fleet = memory.fleet;
	options.keeper = memory.keeper;
	app = app_start(&options, NULL);
	app_memory_begin(app);
	start = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
	while (app_busy(app)) {
		double before = clock_ms(CLOCK_PROCESS_CPUTIME_ID), took;

		app_step(app, 0);
		took = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - before;
		longest = took > longest ? took : longest;
	}
	printf("%-54s %9.1f ms\n", "all facts read and settled behind it",
	       clock_ms(CLOCK_PROCESS_CPUTIME_ID) - start);
	printf("%-54s %9.1f ms   aim 33\n", "  longest turn of the loop meanwhile", longest);
	app_end(app);
	memory_close(&memory);
}

static long long written(void)
{
	long long bytes = 0;
	char line[128];
	FILE *in = fopen("/proc/self/io", "re");

	while (in && fgets(line, sizeof(line), in))
		if (!strncmp(line, "wchar: ", 7))
			bytes = strtoll(line + 7, NULL, 10);
	if (in)
		fclose(in);
	return bytes;
}

static void change_one(const char *root, const char *store)
{
	struct memory memory;
	struct checkout *checkout;
	long long before;
	double start;

	memory_open(&memory, root, store);
	keeper_recall(memory.keeper, memory.fleet);
	while (!keeper_load(memory.keeper, NULL, 1000))
		;
	keeper_whole(memory.keeper);
	write_all(&memory);
	before = written();
	start = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
	checkout = checkout_below(&memory, 1);
	checkout->head = "1111111111111111111111111111111111111111";
	checkout->hit_count /= 2;
	keeper_cause(memory.keeper, checkout);
	fleet_apply(memory.fleet, checkout);
	keeper_scanned(memory.keeper, checkout);
	write_all(&memory);
	printf("%-54s %9.1f ms   %.1f KB\n", "one service changes: worked out and written",
	       clock_ms(CLOCK_PROCESS_CPUTIME_ID) - start, (double)(written() - before) / 1024);
	memory_close(&memory);
}

/* ---- the whole ---- */

static void remove_all(const char *dir)
{
	DIR *files = opendir(dir);
	struct dirent *file;

	while (files && (file = readdir(files)))
		if (file->d_name[0] != '.')
			unlinkat(dirfd(files), file->d_name, 0);
	if (files)
		closedir(files);
	rmdir(dir);
}

int main(int argc, char **argv)
{
	size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
	const char *svctop = argc > 2 ? argv[2] : "./svctop";
	char dir[] = "/tmp/svctop-bench-XXXXXX", *store, *empty;
	const char *slash = strrchr(argv[0], '/');
	struct stat st;

	if (!mkdtemp(dir))
		return 1;
	store = xasprintf("%s/svctop.db", dir);
	empty = argc > 3 ? xstrdup(argv[3])
			 : xasprintf("%.*s/empty", slash ? (int)(slash - argv[0]) : 1,
				     slash ? argv[0] : ".");
	setenv("XDG_CONFIG_HOME", dir, 1);
	printf("%zu services\n", count);
	make_store(dir, store, count);
	if (!stat(store, &st))
		printf("%-54s %9.1f MB\n", "the store", (double)st.st_size / 1048576);
	first_frames(svctop, empty, store, dir);
	load_behind(dir, store);
	change_one(dir, store);
	remove_all(dir);
	free(store);
	free(empty);
	return 0;
}
