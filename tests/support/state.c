/*
 * Whatever a test starts finds no store but one of the test's own: where nobody said where state
 * is, as scripts/check.sh does, there is a temporary folder for it.
 */

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/svctop-state-XXXXXX";
static pid_t owner;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_folder(void)
{
	if (getpid() == owner)
		nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The tests alone: started with arguments the program is one of its own children. */
__attribute__((constructor)) static void set_up(int argc, char **argv)
{
	(void)argv;
	if (argc != 1 || getenv("XDG_STATE_HOME") || !mkdtemp(folder))
		return;
	owner = getpid();
	setenv("XDG_STATE_HOME", folder, 1);
	atexit(remove_folder);
}
