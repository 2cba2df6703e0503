#ifndef SVCTOP_CORE_MANIFEST_READ_H
#define SVCTOP_CORE_MANIFEST_READ_H

/* What the readers of single formats share; of no interest outside core/manifest*.c. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/doc.h"
#include "core/manifest.h"

#define MANIFEST_MAX_DEPENDENCIES 200000
#define MANIFEST_MAX_NAME	  256

/* Part of the file's bytes; at is never NULL. */
struct span {
	const char *at;
	size_t len;
};

/* Walks over the lines of a file. */
struct lines {
	const char *next;
	const char *end;
	uint32_t number; /* of the line that was given last, from 1 */
};

struct manifest_file {
	const char *path; /* in the arena */
	const char *name; /* the last part of path */
	const char *bytes;
	size_t len;
	struct manifest *out;
	struct lines lines;
};

/* One dependency as a reader found it; version.len 0: none. */
struct found {
	const char *ecosystem;
	struct span name;
	struct span version;
	enum dependency_scope scope;
	bool direct;
	bool resolved;
	uint32_t line;
};

/*
 * Adds a dependency; one whose name or version is empty, over-long or holds control
 * characters is left out (a version alone: dropped). Says so in out->problem once
 * there are too many.
 */
void manifest_add(struct manifest_file *file, const struct found *found);

/* Notes why a file was not read, or only in part; the first one stays. */
void manifest_problem(struct manifest_file *file, uint32_t line, const char *text);

/* The next line without its end; false after the last. */
bool lines_next(struct lines *lines, struct span *line);

struct span span_of(const char *text); /* NULL gives an empty one */
struct span span_trim(struct span span);
struct span span_skip(struct span span, size_t count);
bool span_is(struct span span, const char *text);
bool span_starts(struct span span, const char *prefix);
bool span_ends(struct span span, const char *suffix);
/* Where text begins in span; -1: nowhere. */
ptrdiff_t span_find(struct span span, const char *text);
size_t span_indent(struct span span); /* leading spaces */
/* The span before and after the first c; false and untouched when there is none. */
bool span_cut(struct span span, char c, struct span *before, struct span *after);
/* Takes the next text in single or double quotes out of *rest; false when there is none. */
bool span_quoted(struct span *rest, struct span *text);
/* Without the quotes around it. */
struct span span_unquote(struct span span);
/* The leading letters, digits, '_', and what else `more` holds. */
struct span span_word(struct span span, const char *more);

/* Whether a group or file of that name holds what development and tests need alone. */
bool manifest_dev_group(struct span group);

/* Parses the whole file as a document; NULL (problem noted) when it is broken. */
struct doc_file *manifest_doc(struct manifest_file *file, enum doc_format format);

/* A name as PyPI compares them (PEP 503): lower case, runs of "-_." one dash. */
struct span manifest_pypi_name(struct manifest_file *file, struct span name);

/* A version of Maven's that is written out, not a range nor a prefix. */
bool manifest_jvm_exact(struct span version);

/* A line without the space around it; nothing of one that is a comment. */
struct span manifest_jvm_line(struct span line, bool *in_comment);

/* The readers. */
void manifest_gemfile(struct manifest_file *file);
void manifest_gemfile_lock(struct manifest_file *file);
void manifest_gemspec(struct manifest_file *file);
void manifest_package_json(struct manifest_file *file);
void manifest_package_lock(struct manifest_file *file);
void manifest_yarn_lock(struct manifest_file *file);
void manifest_pnpm_lock(struct manifest_file *file);
void manifest_go_mod(struct manifest_file *file);
void manifest_cargo_toml(struct manifest_file *file);
void manifest_cargo_lock(struct manifest_file *file);
void manifest_requirements(struct manifest_file *file);
void manifest_pyproject(struct manifest_file *file);
void manifest_python_lock(struct manifest_file *file); /* poetry.lock, uv.lock */
void manifest_pipfile(struct manifest_file *file);
void manifest_pipfile_lock(struct manifest_file *file);
void manifest_pom(struct manifest_file *file);
void manifest_gradle(struct manifest_file *file);
void manifest_gradle_catalog(struct manifest_file *file); /* libs.versions.toml */
void manifest_sbt(struct manifest_file *file);
void manifest_composer_json(struct manifest_file *file);
void manifest_composer_lock(struct manifest_file *file);
void manifest_mix_exs(struct manifest_file *file);
void manifest_mix_lock(struct manifest_file *file);

#endif
