/*
 * What it costs to find out that nothing changed: CPU time of this process and of the scanners
 * that it starts, against a loop that reads HEAD and refs of the same checkouts.
 *
 *	bench_look DIR [FLEET]      FLEET: real repositories; DIR keeps 100,000 skeletons
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "fetch/child_process.h"
#include "fetch/git.h"
#include "fetch/git_make.h"
#include "fetch/resolved.h"
#include "fetch/scanner.h"
#include "tests/bench/libtime.h"

enum { SKELETONS = 100000, FEW = 1000, ROUNDS = 7, A_FOLDER = 1000 };

static void must(bool done, const char *what)
{
	if (!done) {
		fprintf(stderr, "bench_look: %s: %s\n", what, strerror(errno));
		exit(2);
	}
}

/* ---- the skeletons ---- */

static void put_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "we");

	must(out && fputs(text, out) >= 0 && fclose(out) == 0, path);
}

/* The repository whose objects all others use; returns its commit. */
static char *make_seed(const char *path)
{
	const struct git_signature_text who = {"Ann", "ann@example.com", 1700000000};
	struct git_make *make;
	struct repo_head head;
	struct repo *repo;
	char *hex = xcalloc(1, REPO_HEX + 1);

	git_make_init();
	make = git_make_new(path, false, NULL, NULL);
	must(make && !git_make_file(make, "README.md", "# One\n", 6, NULL) &&
		 !git_make_commit(make, "First", &who, NULL) && !git_make_finish(make, 0, NULL),
	     path);
	git_make_free(make);
	git_make_shutdown();
	repo = repo_open(path, NULL);
	must(repo && repo_head(repo, NULL, &head, NULL) == REPO_OK, path);
	repo_id_hex(&head.id, hex);
	repo_close(repo);
	return hex;
}

/* HEAD, config and packed-refs are files that the skeletons of a folder share. */
static void make_folder(const char *dir, size_t folder, const char *hex)
{
	static const char *const names[] = {"HEAD", "config", "packed-refs"};
	char *top = xasprintf("%s/%03zu", dir, folder), *texts[3];

	texts[0] = xstrdup("ref: refs/heads/main\n");
	texts[1] = xstrdup("[core]\n\trepositoryformatversion = 0\n\tbare = false\n");
	texts[2] = xasprintf("# pack-refs with: peeled fully-peeled sorted \n"
			     "%s refs/heads/main\n",
			     hex);
	must(!mkdir(top, 0700), top);
	for (size_t n = 0; n < ARRAY_LEN(names); n++) {
		char *path = xasprintf("%s/.%s", top, names[n]);

		put_file(path, texts[n]);
		free(path);
		free(texts[n]);
	}
	for (size_t i = 0; i < A_FOLDER; i++) {
		char path[PATH_MAX], from[PATH_MAX];
		int len = snprintf(path, sizeof(path), "%s/service-%03zu", top, i);

		must(!mkdir(path, 0700), path);
		len += snprintf(path + len, sizeof(path) - (size_t)len, "/.git");
		must(!mkdir(path, 0700), path);
		for (size_t n = 0; n < ARRAY_LEN(names); n++) {
			snprintf(from, sizeof(from), "%s/.%s", top, names[n]);
			snprintf(path + len, sizeof(path) - (size_t)len, "/%s", names[n]);
			must(!link(from, path), path);
		}
		snprintf(path + len, sizeof(path) - (size_t)len, "/objects");
		must(!symlink("../../../seed/.git/objects", path), path);
	}
	free(top);
}

static void make_skeletons(const char *dir)
{
	char *made = xasprintf("%s/.made", dir), *seed = xasprintf("%s/seed", dir), *hex;

	if (access(made, F_OK) != 0) {
		must(!mkdir(dir, 0700), dir);
		hex = make_seed(seed);
		for (size_t i = 0; i < SKELETONS / A_FOLDER; i++)
			make_folder(dir, i, hex);
		put_file(made, "");
		free(hex);
		sleep(3); /* files of this second prove nothing by their times */
	}
	free(seed);
	free(made);
}

/* ---- what is looked at ---- */

struct list {
	char **paths;
	char **resolved;
	size_t count, cap;
};

static void add(struct list *list, const char *path)
{
	struct resolved_notes notes = {0};
	struct repo *repo = repo_open_noting(path, &notes, NULL);
	struct repo_head head;

	must(repo && repo_head(repo, NULL, &head, NULL) == REPO_OK, path);
	repo_close(repo);
	if (list->count == list->cap) {
		list->cap = list->cap ? list->cap * 2 : 1024;
		list->paths = xreallocarray(list->paths, list->cap, sizeof(char *));
		list->resolved = xreallocarray(list->resolved, list->cap, sizeof(char *));
	}
	list->paths[list->count] = xstrdup(path);
	list->resolved[list->count++] = buf_detach(&notes.text);
}

/* Those in folders of dir, as both the fleet and the skeletons lie. */
static struct list list_of(const char *dir, size_t most)
{
	struct list list = {0};
	struct dirent *folder, *entry;
	DIR *in, *top = opendir(dir);

	must(top, dir);
	while ((folder = readdir(top))) {
		char *path = xasprintf("%s/%s", dir, folder->d_name);

		in = folder->d_name[0] >= '0' && folder->d_name[0] <= '9' ? opendir(path) : NULL;
		while (in && list.count < most && (entry = readdir(in))) {
			char *checkout = xasprintf("%s/%s", path, entry->d_name);

			if (entry->d_name[0] != '.')
				add(&list, checkout);
			free(checkout);
		}
		if (in)
			closedir(in);
		free(path);
	}
	closedir(top);
	must(list.count, dir);
	return list;
}

static void list_free(struct list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->paths[i]);
		free(list->resolved[i]);
	}
	free(list->paths);
	free(list->resolved);
}

/* ---- the loop that it is compared with ---- */

static ssize_t read_file(const char *dir, const char *name, char *out, size_t size)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/.git/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, out, size - 1);
	close(fd);
	out[n > 0 ? n : 0] = '\0';
	return n;
}

/* The id that origin's default branch or HEAD is at, read as simply as it can be. */
static bool read_head(const char *dir, char *out, size_t size)
{
	char text[8192], name[256] = "", *at;

	if (read_file(dir, "refs/remotes/origin/HEAD", text, sizeof(text)) < 0 &&
	    read_file(dir, "HEAD", text, sizeof(text)) < 0)
		return false;
	if (sscanf(text, "ref: %255s", name) != 1) {
		snprintf(out, size, "%.40s", text);
		return true;
	}
	if (read_file(dir, name, text, sizeof(text)) < 0) {
		if (read_file(dir, "packed-refs", text, sizeof(text)) < 0)
			return false;
		at = strstr(text, name);
		if (!at || at - text < 41)
			return false;
		memmove(text, at - 41, 41);
	}
	snprintf(out, size, "%.40s", text);
	return true;
}

/* ---- measuring ---- */

static double cpu_ms(void)
{
	double sum = 0;
	static const int whose[] = {RUSAGE_SELF, RUSAGE_CHILDREN};

	for (size_t i = 0; i < ARRAY_LEN(whose); i++) {
		struct rusage use;

		getrusage(whose[i], &use);
		sum += (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e3 +
		       (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e3;
	}
	return sum;
}

static double wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Until the pool is idle; returns how many were scanned. */
static size_t run(struct scanner_pool *pool)
{
	struct scanner_event event;
	struct pollfd fds[16];
	size_t scanned = 0;

	for (;;) {
		int timeout = -1;
		size_t count;

		while (scanner_next(pool, &event)) {
			if (event.kind == SCANNER_IDLE)
				return scanned;
			if (event.kind == SCANNER_CHECKOUT) {
				must(event.checkout->state == CHECKOUT_OK, event.path);
				checkout_free(event.checkout);
				scanned++;
			}
		}
		count = scanner_pollfds(pool, fds, ARRAY_LEN(fds), &timeout);
		poll(fds, count, timeout);
		scanner_service(pool);
	}
}

static struct scanner_pool *pool_of(const char *dir, const struct list *list)
{
	const struct scanner_options options = {
	    .roots = &dir, .root_count = 1, .now = time(NULL), .program = "./svctop"};
	struct err err = {0};
	struct scanner_pool *pool = scanner_pool_new(&options, &err);

	must(pool, "no pool");
	for (size_t i = 0; i < list->count; i++)
		scanner_know(pool, list->paths[i], list->resolved[i]);
	return pool;
}

static double loop_ms(const struct list *list)
{
	double start = cpu_ms();
	char hex[64];

	for (size_t i = 0; i < list->count; i++)
		must(read_head(list->paths[i], hex, sizeof(hex)), list->paths[i]);
	return cpu_ms() - start;
}

static double look_ms(struct scanner_pool *pool, size_t changed)
{
	double start = cpu_ms();

	scanner_look(pool);
	must(run(pool) == changed, "another number of checkouts was scanned");
	return cpu_ms() - start;
}

/* Moves every so manieth to another answer, or back: HEAD with its commit, or its branch. */
static size_t change(const struct list *list, size_t every, bool detach)
{
	size_t changed = 0;

	for (size_t i = 0; i < list->count; i += every) {
		char path[PATH_MAX], text[64] = "ref: refs/heads/main";

		must(!detach || read_head(list->paths[i], text, sizeof(text)), list->paths[i]);
		snprintf(path, sizeof(path), "%s/.git/HEAD", list->paths[i]);
		must(!unlink(path), path);
		put_file(path, text);
		changed++;
	}
	return changed;
}

/* What it costs more when one in `every` changed. */
static double changed_ms(struct scanner_pool *pool, const struct list *list, size_t every,
			 double nothing)
{
	double cost[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		size_t changed = change(list, every, i % 2 == 0);

		cost[i] = look_ms(pool, changed);
	}
	look_ms(pool, change(list, every, false));
	return bench_median(cost, ROUNDS) - nothing;
}

static double scan_ms(struct scanner_pool *pool, const struct list *list)
{
	double start = cpu_ms();

	for (size_t i = 0; i < list->count; i++)
		scanner_scan(pool, list->paths[i]);
	run(pool);
	return cpu_ms() - start;
}

static void measure(const char *dir, const struct list *list, bool scans)
{
	struct scanner_pool *pool = pool_of(dir, list);
	double loop[ROUNDS], look[ROUNDS], nothing, one, ten, all;

	for (int i = 0; i < ROUNDS; i++) {
		loop[i] = loop_ms(list);
		look[i] = look_ms(pool, 0);
	}
	nothing = bench_median(look, ROUNDS);
	printf("%zu unchanged: look %.2f ms, loop over HEAD and refs %.2f ms: %.2f   aim 1.6, at "
	       "most 2\n",
	       list->count, nothing, bench_median(loop, ROUNDS),
	       nothing / bench_median(loop, ROUNDS));
	if (scans) {
		one = changed_ms(pool, list, 100, nothing);
		ten = changed_ms(pool, list, 10, nothing);
		all = scan_ms(pool, list);
		printf("more with 1%% of them changed: %.2f ms, with 10%%: %.2f ms; the part that "
		       "grows: %.2f of a scan of these   aim about 1\n",
		       one, ten, (ten - one) / (0.09 * all));
	}
	scanner_pool_free(pool);
}

int main(int argc, char **argv)
{
	struct list list;
	double start, cpu;
	struct scanner_pool *pool;

	if (argc > 1 && !strcmp(argv[1], SCANNER_ARGUMENT))
		return scanner_main(CHILD_FD);
	if (argc < 2) {
		fprintf(stderr, "usage: bench_look DIR [FLEET]\n");
		return 2;
	}
	make_skeletons(argv[1]);
	list = list_of(argc > 2 ? argv[2] : argv[1], FEW);
	measure(argc > 2 ? argv[2] : argv[1], &list, argc > 2);
	list_free(&list);
	list = list_of(argv[1], SKELETONS);
	pool = pool_of(argv[1], &list);
	start = wall_ms();
	cpu = look_ms(pool, 0);
	start = wall_ms() - start;
	printf("%zu skeletons: %.0f ms, %.0f ms of CPU   aim 2000\n", list.count, start, cpu);
	scanner_pool_free(pool);
	list_free(&list);
	return 0;
}
