#ifndef SVCTOP_CORE_BANNED_H
#define SVCTOP_CORE_BANNED_H

/*
 * Functions that nothing of ours calls. The build includes this file first in every
 * source, so a use of one does not compile; the name in the error says why.
 */

/* Declared before the names are taken away. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* They write without knowing how much room there is: core/buf.h, snprintf(). */
#define strcpy(dst, src)       banned_strcpy_use_buf
#define strcat(dst, src)       banned_strcat_use_buf
#define strncpy(dst, src, n)   banned_strncpy_use_buf
#define strncat(dst, src, n)   banned_strncat_use_buf
#define stpcpy(dst, src)       banned_stpcpy_use_buf
#define sprintf(...)	       banned_sprintf_use_snprintf
#define vsprintf(dst, fmt, ap) banned_vsprintf_use_vsnprintf
#define gets(s)		       banned_gets

/* They keep state between calls, or hand out memory shared by everybody. */
#define strtok(s, sep)	 banned_strtok_use_strtok_r
#define localtime(t)	 banned_localtime_use_localtime_r
#define gmtime(t)	 banned_gmtime_use_gmtime_r
#define ctime(t)	 banned_ctime_use_strftime
#define ctime_r(t, buf)	 banned_ctime_r_use_strftime
#define asctime(tm)	 banned_asctime_use_strftime
#define asctime_r(tm, b) banned_asctime_r_use_strftime

/* They run a shell. */
#define system(cmd)	 banned_system_use_execv
#define popen(cmd, mode) banned_popen_use_execv

/* They cannot tell a wrong number from 0. */
#define atoi(s)	 banned_atoi_use_strtol
#define atol(s)	 banned_atol_use_strtol
#define atoll(s) banned_atoll_use_strtoll

/* The name is guessed by others before the file is made. */
#define mktemp(t) banned_mktemp_use_mkstemp
#define tmpnam(s) banned_tmpnam_use_mkstemp

#endif
