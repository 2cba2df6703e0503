#ifndef SVCTOP_FETCH_SECRET_INTERNAL_H
#define SVCTOP_FETCH_SECRET_INTERNAL_H

/* What the files of fetch/secret share. */

#include <sys/types.h>

#include "core/arena.h"
#include "fetch/secret.h"

#define SECRET_MAX    (16 * 1024) /* bytes of a secret, of what a command prints */
#define COMPLAINT_MAX 1024	  /* the end of what a command says on stderr that is kept */

/* A command that prints a secret. */
struct secret_command {
	const char *const *words; /* NULL-terminated */
	pid_t pid;		  /* 0: none runs */
	int out, complaints;	  /* -1: closed */
	int ended;		  /* readable when it has ended; -1: the kernel has no such thing */
	int64_t deadline_ms;
	bool timed_out, too_much;
	int status; /* of waitpid() */
	char output[SECRET_MAX];
	size_t len;
	char complaint[COMPLAINT_MAX];
	size_t complaint_len;
};

/* 0, or the errno that says why not. */
int secret_command_start(struct secret_command *command, int64_t now_ms);
/* Reads what is there; true when it has ended and was waited for. */
bool secret_command_service(struct secret_command *command, int64_t now_ms);
/* SIGKILL for it and all that it started, without a terminal, in its session. */
void secret_command_end(struct secret_command *command);
/* Its last line on stderr, safe to show, without anything of its output; "" for none. In arena. */
const char *secret_command_complaint(const struct secret_command *command, struct arena *arena);

/*
 * The first line of a file into out, of SECRET_MAX bytes; its length. -1 and err. *everybody: the
 * file can be read by all.
 */
ssize_t secret_file_read(const char *path, char *out, bool *everybody, struct err *err);

/* gh or glab. */
struct secret_tool {
	const char *name;
	const char *host;	  /* whose login is meant */
	const char *variables[4]; /* NULL-terminated, the first one that is set counts */
	const char *file;	  /* where it keeps logins; NULL: no home */
	const char *words[8];	  /* what prints it, NULL-terminated */
};

/* Strings in arena. url: NULL for the vendor's own. */
void secret_tool_describe(struct secret_tool *tool, const char *name, const char *url,
			  const char *home, struct arena *arena);

/* The token in the text of the tool's file into out; false: it has none. */
bool secret_tool_parse(const struct secret_tool *tool, const char *text, size_t len, char *out,
		       size_t size);

#endif
