#include "fetch/sandbox.h"

#include <stdio.h>

#ifdef __linux__

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/mem.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* A scan of the largest repositories stays far below; a decompression bomb does not. */
#define DATA_LIMIT (1024ull * 1024 * 1024)

/* From linux/landlock.h of later kernels than the headers at hand may be from. */
#define ACCESS_FS_TRUNCATE  (1ull << 14) /* ABI 3 */
#define ACCESS_FS_IOCTL_DEV (1ull << 15) /* ABI 5 */
#define ACCESS_NET_TCP	    3ull	 /* ABI 4: bind, connect */
#define SCOPE_ALL	    3ull	 /* ABI 6: abstract sockets, signals */

struct ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};

static void allow_reading(int ruleset, const char *path)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE |
								    LANDLOCK_ACCESS_FS_READ_DIR};

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return;
	syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
}

/* The ABI that is in force now; 0: none. */
static int enter_landlock(const char *const *roots, size_t root_count)
{
	struct ruleset_attr attr = {.handled_access_fs = (1ull << 13) - 1};
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	size_t size = sizeof(attr.handled_access_fs);
	int ruleset;

	if (abi < 1)
		return 0;
	if (abi >= 2)
		attr.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		attr.handled_access_fs |= ACCESS_FS_TRUNCATE;
	if (abi >= 5)
		attr.handled_access_fs |= ACCESS_FS_IOCTL_DEV;
	if (abi >= 4) {
		attr.handled_access_net = ACCESS_NET_TCP;
		size = 2 * sizeof(uint64_t);
	}
	if (abi >= 6) {
		attr.scoped = SCOPE_ALL;
		size = sizeof(attr);
	}
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (ruleset < 0)
		return 0;
	for (size_t i = 0; i < root_count; i++)
		allow_reading(ruleset, roots[i]);
	if (syscall(SYS_landlock_restrict_self, ruleset, 0))
		abi = 0;
	close(ruleset);
	return (int)abi;
}

static const int denied_calls[] = {
    /* network; our own socket is connected and needs sendto() alone */
    SCMP_SYS(socket),
    SCMP_SYS(socketpair),
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(listen),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendmmsg),
    /* other programs and processes */
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(pidfd_send_signal),
    SCMP_SYS(kill),
    SCMP_SYS(tkill),
    SCMP_SYS(rt_sigqueueinfo),
    SCMP_SYS(rt_tgsigqueueinfo),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    /* changing files */
    SCMP_SYS(creat),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(rmdir),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(symlink),
    SCMP_SYS(symlinkat),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(truncate),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate),
    SCMP_SYS(chmod),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(chown),
    SCMP_SYS(fchown),
    SCMP_SYS(lchown),
    SCMP_SYS(fchownat),
    SCMP_SYS(utime),
    SCMP_SYS(utimes),
    SCMP_SYS(utimensat),
    SCMP_SYS(futimesat),
    SCMP_SYS(setxattr),
    SCMP_SYS(lsetxattr),
    SCMP_SYS(fsetxattr),
    SCMP_SYS(removexattr),
    SCMP_SYS(lremovexattr),
    SCMP_SYS(fremovexattr),
    /* the system */
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(fsopen),
    SCMP_SYS(fspick),
    SCMP_SYS(fsmount),
    SCMP_SYS(move_mount),
    SCMP_SYS(open_tree),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(reboot),
    SCMP_SYS(swapon),
    SCMP_SYS(acct),
    SCMP_SYS(setuid),
    SCMP_SYS(setgid),
    SCMP_SYS(setreuid),
    SCMP_SYS(setresuid),
    SCMP_SYS(setregid),
    SCMP_SYS(setresgid),
    SCMP_SYS(setgroups),
    SCMP_SYS(capset),
};

/* The sanitizers' leak check needs these at the end of the process. */
static const int denied_unless_sanitized[] = {
    SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(ptrace),
};

/* An open() that could write is refused whatever the path. */
static bool deny_writing_opens(scmp_filter_ctx filter)
{
	const uint64_t write_flags[] = {O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND};
	int result = 0;

	for (size_t i = 0; i < ARRAY_LEN(write_flags); i++) {
		uint64_t flag = write_flags[i];

		result |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(openat), 1,
					   SCMP_A2(SCMP_CMP_MASKED_EQ, flag, flag));
		result |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(open), 1,
					   SCMP_A1(SCMP_CMP_MASKED_EQ, flag, flag));
	}
	/* Its flags are behind a pointer that a filter cannot follow; libc falls back to openat. */
	result |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2), 0);
	return result == 0;
}

static bool deny_calls(scmp_filter_ctx filter, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), calls[i], 0))
			return false;
	return true;
}

/* abort() signals itself with it. */
static bool deny_signals(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(tgkill), 1,
				SCMP_A0(SCMP_CMP_NE, (scmp_datum_t)getpid())) == 0;
}

static bool enter_seccomp(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	bool entered;

	if (!filter)
		return false;
	entered = deny_calls(filter, denied_calls, ARRAY_LEN(denied_calls)) &&
		  (SANITIZED || deny_calls(filter, denied_unless_sanitized,
					   ARRAY_LEN(denied_unless_sanitized))) &&
		  deny_writing_opens(filter) && deny_signals(filter) && seccomp_load(filter) == 0;
	seccomp_release(filter);
	return entered;
}

static void limit(int resource, rlim_t most)
{
	struct rlimit limits;

	if (getrlimit(resource, &limits) == 0 && limits.rlim_max > most) {
		limits.rlim_cur = limits.rlim_max = most;
		setrlimit(resource, &limits);
	}
}

void sandbox_enter(const char *const *roots, size_t root_count, char *level, size_t size)
{
	int landlock;
	bool filtered;

	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, 256);
	limit(RLIMIT_FSIZE, 0);
	/* A sanitizer's shadow memory counts as data, and is terabytes. */
	if (!SANITIZED)
		limit(RLIMIT_DATA, DATA_LIMIT);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
		snprintf(level, size, "none: %s", strerror(errno));
		return;
	}
	landlock = enter_landlock(roots, root_count);
	filtered = enter_seccomp();
	if (landlock)
		snprintf(level, size, "landlock %d%s", landlock, filtered ? ", seccomp" : "");
	else
		snprintf(level, size, "%s",
			 filtered ? "seccomp"
				  : "none: the kernel offers neither Landlock nor seccomp");
}

#else

void sandbox_enter(const char *const *roots, size_t root_count, char *level, size_t size)
{
	(void)roots;
	(void)root_count;
	snprintf(level, size, "none: only Linux has it");
}

#endif
