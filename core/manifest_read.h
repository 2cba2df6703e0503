#ifndef SVCTOP_CORE_MANIFEST_READ_H
#define SVCTOP_CORE_MANIFEST_READ_H

/* What the readers of single formats share; of no interest outside core/manifest*.c. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/doc.h"
#include "core/manifest.h"
#include "core/span.h"

#define MANIFEST_MAX_DEPENDENCIES 200000
#define MANIFEST_MAX_NAME	  256

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
