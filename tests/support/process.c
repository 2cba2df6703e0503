#include "tests/support/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/mem.h"

#define MAPPING_MAX (256ul << 20)

static size_t children_of(pid_t parent, pid_t *pids, size_t max)
{
	char path[64], line[4096] = "";
	size_t count = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
	file = fopen(path, "r");
	/* It may end at any moment; then it has none. */
	if (!file)
		return 0;
	if (fgets(line, sizeof(line), file))
		for (char *at = line, *end; count < max; at = end) {
			long pid = strtol(at, &end, 10);

			if (end == at)
				break;
			pids[count++] = (pid_t)pid;
		}
	fclose(file);
	return count;
}

size_t process_children(pid_t *pids, size_t max)
{
	return children_of(getpid(), pids, max);
}

/* A file of /proc/PID; how much was read, 0: nothing. NUL-terminated. */
static size_t read_proc(const char *pid, const char *name, char *out, size_t size)
{
	char path[300];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? 0 : read(fd, out, size - 1);
	if (fd >= 0)
		close(fd);
	out[len > 0 ? len : 0] = '\0';
	return len > 0 ? (size_t)len : 0;
}

pid_t process_child_named(const char *name)
{
	return process_child_of(getpid(), name);
}

pid_t process_child_of(pid_t parent, const char *name)
{
	pid_t pids[64];
	size_t count = children_of(parent, pids, ARRAY_LEN(pids));

	for (size_t i = 0; i < count; i++) {
		char pid[32], comm[64];

		snprintf(pid, sizeof(pid), "%d", (int)pids[i]);
		read_proc(pid, "comm", comm, sizeof(comm));
		if (!strncmp(comm, name, strlen(name)) && comm[strlen(name)] == '\n')
			return pids[i];
	}
	return 0;
}

static bool command_lines(bool (*matches)(const char *line, size_t len, const char *text),
			  const char *text)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	bool found = false;

	assert_non_null(proc);
	while ((entry = readdir(proc))) {
		char line[65536];
		size_t len;

		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
		    strtol(entry->d_name, NULL, 10) == getpid())
			continue;
		len = read_proc(entry->d_name, "cmdline", line, sizeof(line));
		found |= len && matches(line, len, text);
	}
	closedir(proc);
	return found;
}

static bool ends_with(const char *line, size_t len, const char *word)
{
	return len > strlen(word) && !strcmp(line + len - strlen(word) - 1, word);
}

static bool contains(const char *line, size_t len, const char *text)
{
	return memmem(line, len, text, strlen(text)) != NULL;
}

bool process_runs_with(const char *word)
{
	return command_lines(ends_with, word);
}

bool process_list_shows(const char *text)
{
	return command_lines(contains, text);
}

bool process_holds(pid_t pid, const char *text)
{
	char path[64], line[512];
	FILE *maps;
	int memory;
	bool holds = false;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = fopen(path, "r");
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	memory = open(path, O_RDONLY);
	assert_non_null(maps);
	assert_true(memory >= 0);
	while (fgets(line, sizeof(line), maps)) {
		unsigned long start, end;
		char flags[8], *bytes;
		ssize_t got;

		if (sscanf(line, "%lx-%lx %7s", &start, &end, flags) != 3 || flags[1] != 'w' ||
		    end - start > MAPPING_MAX)
			continue;
		bytes = malloc(end - start);
		got = pread(memory, bytes, end - start, (off_t)start);
		holds |= got > 0 && memmem(bytes, (size_t)got, text, strlen(text));
		free(bytes);
	}
	fclose(maps);
	close(memory);
	return holds;
}
