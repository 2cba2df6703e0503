/* What a process can still do once it is in the sandbox: tried out, in a child. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "fetch/sandbox.h"
#include "tests/support/gitfix.h"

struct attempts {
	bool reads_root, lists_root;
	bool reads_outside, lists_outside, reads_through_link;
	bool writes_file, creates_file, removes_file, makes_folder, truncates;
	bool opens_socket, opens_pair, forks, executes, signals_parent, signals_itself;
	char level[128];
};

static bool can_open(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool can_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return pid > 0;
}

static void attempt_all(const char *root, const char *outside, struct attempts *did)
{
	char *inside = xasprintf("%s/inside.txt", root), *fresh = xasprintf("%s/new", root);
	char *link = xasprintf("%s/link", root), *secret = xasprintf("%s/secret.txt", outside);

	did->reads_root = can_open(inside, O_RDONLY);
	did->lists_root = can_open(root, O_RDONLY | O_DIRECTORY);
	did->reads_outside = can_open(secret, O_RDONLY);
	did->lists_outside = can_open(outside, O_RDONLY | O_DIRECTORY);
	did->reads_through_link = can_open(link, O_RDONLY);
	did->writes_file = can_open(inside, O_WRONLY) || can_open(inside, O_RDWR);
	did->creates_file = can_open(fresh, O_WRONLY | O_CREAT) || creat(fresh, 0600) >= 0;
	did->removes_file = unlink(link) == 0;
	did->makes_folder = mkdir(fresh, 0700) == 0;
	did->truncates = truncate(inside, 0) == 0;
	did->opens_socket =
	    socket(AF_INET, SOCK_STREAM, 0) >= 0 || socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
	did->opens_pair = socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){0, 0}) == 0;
	did->forks = can_fork();
	did->signals_parent = kill(getppid(), 0) == 0 ||
			      syscall(SYS_tgkill, getppid(), getppid(), 0) == 0 ||
			      syscall(SYS_tkill, getppid(), 0) == 0;
	did->signals_itself = syscall(SYS_tgkill, getpid(), getpid(), 0) == 0;
	/* No program, so that the call returns: EACCES where it is allowed at all. */
	did->executes = execv(inside, (char *const[]){NULL}) == 0 || errno == EACCES;
	free(inside);
	free(fresh);
	free(link);
	free(secret);
}

/* valgrind passes neither Landlock's nor seccomp's calls on: there is no sandbox to try. */
static void skip_in_valgrind(void)
{
	if (getenv("SVCTOP_VALGRIND"))
		skip();
}

/* What a child did in a sandbox around root, or without one, read through shared memory. */
static struct attempts *attempts_of_child(const char *root, const char *outside, bool sandbox)
{
	struct attempts *did =
	    mmap(NULL, sizeof(*did), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;
	int status;

	assert_ptr_not_equal(did, MAP_FAILED);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (sandbox)
			sandbox_enter(&root, 1, did->level, sizeof(did->level));
		attempt_all(root, outside, did);
		_exit(42);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
	return did;
}

static void only_reading_below_the_roots_is_left(void)
{
	char *root = gitfix_tmp(), *outside = gitfix_tmp();
	char *link = xasprintf("%s/link", root), *secret = xasprintf("%s/secret.txt", outside);
	struct attempts *did;

	gitfix_write(root, "inside.txt", "mine");
	gitfix_write(outside, "secret.txt", "yours");
	assert_int_equal(symlink(secret, link), 0);
	did = attempts_of_child(root, outside, true);
	assert_true(did->reads_root);
	assert_true(did->lists_root);
	if (!strstr(did->level, "seccomp"))
		fail_msg("the kernel of this machine offers no seccomp: %s", did->level);
	assert_false(did->writes_file);
	assert_false(did->creates_file);
	assert_false(did->removes_file);
	assert_false(did->makes_folder);
	assert_false(did->truncates);
	assert_false(did->opens_socket);
	assert_false(did->opens_pair);
	assert_false(did->executes);
	assert_false(did->signals_parent);
	assert_true(did->signals_itself); /* abort() */
#ifndef __SANITIZE_ADDRESS__
	assert_false(did->forks);
#endif
	/* Reading outside is Landlock's to forbid; some kernels are built without it. */
	if (strstr(did->level, "landlock")) {
		assert_false(did->reads_outside);
		assert_false(did->lists_outside);
		assert_false(did->reads_through_link);
	} else {
		print_message("no Landlock here (%s): reading outside was not tried\n", did->level);
	}
	munmap(did, sizeof(*did));
	gitfix_rmtree(root);
	gitfix_rmtree(outside);
	free(link);
	free(secret);
	free(root);
	free(outside);
}

static void a_root_that_is_gone_opens_nothing(void)
{
	char *outside = gitfix_tmp(), *gone = xasprintf("%s/gone", outside);
	struct attempts *did;

	gitfix_write(outside, "secret.txt", "yours");
	did = attempts_of_child(gone, outside, true);
	assert_false(did->reads_root);
	if (strstr(did->level, "landlock"))
		assert_false(did->reads_outside);
	munmap(did, sizeof(*did));
	gitfix_rmtree(outside);
	free(gone);
	free(outside);
}

/* The attempts are real: without the sandbox they succeed. */
static void without_it_all_of_that_works(void)
{
	char *root = gitfix_tmp(), *outside = gitfix_tmp();
	char *link = xasprintf("%s/link", root), *secret = xasprintf("%s/secret.txt", outside);
	struct attempts *did;

	gitfix_write(root, "inside.txt", "mine");
	gitfix_write(outside, "secret.txt", "yours");
	assert_int_equal(symlink(secret, link), 0);
	did = attempts_of_child(root, outside, false);
	assert_true(did->reads_outside && did->lists_outside && did->reads_through_link);
	assert_true(did->writes_file && did->creates_file && did->removes_file);
	assert_true(did->truncates && did->opens_socket && did->opens_pair);
	assert_true(did->forks && did->executes && did->signals_parent);
	munmap(did, sizeof(*did));
	gitfix_rmtree(root);
	gitfix_rmtree(outside);
	free(link);
	free(secret);
	free(root);
	free(outside);
}

static void test_only_reading_below_the_roots_is_left(void **state)
{
	(void)state;
	skip_in_valgrind();
	only_reading_below_the_roots_is_left();
}

static void test_without_it_all_of_that_works(void **state)
{
	(void)state;
	skip_in_valgrind();
	without_it_all_of_that_works();
}

static void test_a_root_that_is_gone_opens_nothing(void **state)
{
	(void)state;
	skip_in_valgrind();
	a_root_that_is_gone_opens_nothing();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_only_reading_below_the_roots_is_left),
	    cmocka_unit_test(test_without_it_all_of_that_works),
	    cmocka_unit_test(test_a_root_that_is_gone_opens_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
