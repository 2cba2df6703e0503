#include "fetch/resolved.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/hash.h"
#include "fetch/git_private.h"

/*
 * A line a file: its kind, then fields with a space between them; what may hold spaces comes
 * last. Stamps and hashes are 16 hex digits, "-" stands for a file that is not there, "~" for a
 * stamp that proves nothing.
 *
 *	1			version of this format
 *	D | B			.git is a directory | bare
 *	G HASH PATH		.git is a file that leads to PATH
 *	d HASH|- PATH		commondir leads to PATH
 *	c w t T STAMP|~|- HASH	see enum resolved_file
 *	p STAMP|~|-		packed-refs, before the refs that were looked for in it
 *	r STAMP|~|- VALUE NAME	a ref: an id, "ref:" and another's name, "-", "!" when broken
 *	o STAMP			objects/pack
 *	u TIME			until when what depends on dates stays
 *	?			looking is no use
 */

#define HASH_HEX     16
#define YOUNG	     2 /* seconds: the coarsest step of a file system's clock (FAT) */
#define PATH_PACKED  "packed-refs"
#define PATH_PACKS   "objects/pack"
#define CONTENT_MAX  REPO_SHALLOW_MAX
#define SYMBOLIC     "ref:"
#define SYMBOLIC_LEN 4

static const char *name_of(char kind)
{
	switch (kind) {
	case RESOLVED_CONFIG:
		return "config";
	case RESOLVED_SHALLOW:
		return "shallow";
	case RESOLVED_TABLES:
	case RESOLVED_OWN_TABLES:
		return "reftable/tables.list";
	}
	return NULL;
}

/* ---- noting ---- */

static uint64_t stamp_of(const struct stat *st)
{
	const uint64_t parts[] = {(uint64_t)st->st_size,	(uint64_t)st->st_ino,
				  (uint64_t)st->st_mtim.tv_sec, (uint64_t)st->st_mtim.tv_nsec,
				  (uint64_t)st->st_ctim.tv_sec, (uint64_t)st->st_ctim.tv_nsec};

	return hash_bytes(HASH_START, parts, sizeof(parts));
}

/* A file that changed just now may change again without its times telling. */
static bool is_young(const struct resolved_notes *notes, const struct stat *st)
{
	int64_t now = notes->clock ? notes->clock : (int64_t)time(NULL);

	return st->st_ctim.tv_sec + YOUNG >= now || st->st_mtim.tv_sec > now;
}

static struct buf *line(struct resolved_notes *notes, char kind)
{
	if (!notes->text.len)
		buf_adds(&notes->text, "1\n");
	buf_addc(&notes->text, kind);
	return &notes->text;
}

static void add_hash(struct buf *out, uint64_t hash)
{
	buf_addf(out, " %016" PRIx64, hash);
}

static void add_stamp(struct resolved_notes *notes, char kind, const struct stat *st)
{
	struct buf *out = line(notes, kind);

	if (!st)
		buf_adds(out, " -");
	else if (is_young(notes, st))
		buf_adds(out, " ~");
	else
		add_hash(out, stamp_of(st));
}

static void add_last(struct buf *out, const char *text)
{
	buf_addc(out, ' ');
	buf_adds(out, text);
	buf_addc(out, '\n');
}

static uint64_t hash_of(const struct buf *text)
{
	return hash_bytes(HASH_START, text->data, text->len);
}

void resolved_note_odd(struct resolved_notes *notes)
{
	if (notes)
		buf_addc(line(notes, '?'), '\n');
}

void resolved_note_dir(struct resolved_notes *notes, bool bare)
{
	if (notes)
		buf_addc(line(notes, bare ? 'B' : 'D'), '\n');
}

static void note_leads(struct resolved_notes *notes, char kind, const struct buf *text,
		       const char *path)
{
	if (strchr(path, '\n') || !*path) {
		resolved_note_odd(notes);
		return;
	}
	line(notes, kind);
	if (text)
		add_hash(&notes->text, hash_of(text));
	else
		buf_adds(&notes->text, " -");
	add_last(&notes->text, path);
}

void resolved_note_gitfile(struct resolved_notes *notes, const struct buf *text,
			   const char *git_dir)
{
	if (notes)
		note_leads(notes, 'G', text, git_dir);
}

void resolved_note_common(struct resolved_notes *notes, const struct buf *text, const char *common)
{
	if (notes)
		note_leads(notes, 'd', text, common);
}

void resolved_note_file(struct resolved_notes *notes, enum resolved_file file,
			const struct stat *st, const struct buf *text)
{
	if (!notes)
		return;
	add_stamp(notes, (char)file, st);
	if (st && text)
		add_hash(&notes->text, hash_of(text));
	buf_addc(&notes->text, '\n');
}

void resolved_note_packed(struct resolved_notes *notes, const struct stat *st)
{
	if (!notes || notes->packed)
		return;
	notes->packed = true;
	add_stamp(notes, 'p', st);
	buf_addc(&notes->text, '\n');
}

void resolved_note_ref(struct resolved_notes *notes, const char *name, const struct stat *st,
		       const struct ref_value *value)
{
	char hex[REPO_HEX + 1];

	if (!notes)
		return;
	add_stamp(notes, 'r', st);
	buf_addc(&notes->text, ' ');
	switch (value->kind) {
	case REF_ID:
		repo_id_hex(&value->id, hex);
		buf_adds(&notes->text, hex);
		break;
	case REF_SYMBOLIC:
		buf_addf(&notes->text, SYMBOLIC "%s", value->target);
		break;
	case REF_NONE:
		buf_addc(&notes->text, st ? '!' : '-');
		break;
	}
	add_last(&notes->text, name);
}

void resolved_note_packs(struct resolved_notes *notes, const char *common_dir)
{
	char path[PATH_MAX];
	struct stat st;
	int n = snprintf(path, sizeof(path), "%s/" PATH_PACKS, common_dir);

	if (!notes)
		return;
	if (n < 0 || n >= (int)sizeof(path) || stat(path, &st) || is_young(notes, &st)) {
		resolved_note_odd(notes);
		return;
	}
	add_hash(line(notes, 'o'), stamp_of(&st));
	buf_addc(&notes->text, '\n');
}

void resolved_note_until(struct resolved_notes *notes, int64_t until)
{
	if (notes)
		buf_addf(line(notes, 'u'), " %" PRId64 "\n", until);
}

void resolved_note_read(struct resolved_notes *notes, enum resolved_file file, const char *git_dir,
			const char *common_dir)
{
	const char *dir = file == RESOLVED_OWN_TABLES ? git_dir : common_dir;
	struct buf path = {0}, text = {0};
	struct stat st;

	if (!notes)
		return;
	buf_addf(&path, "%s/%s", dir, name_of((char)file));
	switch (repo_file_read(buf_str(&path), REPO_CONFIG_MAX, &text, &st, NULL)) {
	case REPO_OK:
		resolved_note_file(notes, file, &st, &text);
		break;
	case REPO_NO_ENTRY:
		resolved_note_file(notes, file, NULL, NULL);
		break;
	default:
		resolved_note_odd(notes);
	}
	buf_free(&path);
	buf_free(&text);
}

/* ---- looking ---- */

struct look {
	const char *path;
	int git, common; /* open directories, -1 not yet; common is git where they are one */
	bool packed_same;
	int64_t now;
};

struct field {
	const char *text;
	size_t len;
};

/* The next field of the line at *at, and its end; empty: there is none. */
static struct field next_field(const char **at, const char *end)
{
	struct field field = {*at, 0};
	const char *space;

	if (*at == end || **at != ' ')
		return field;
	field.text = *at + 1;
	space = memchr(field.text, ' ', (size_t)(end - field.text));
	field.len = (size_t)((space ? space : end) - field.text);
	*at = field.text + field.len;
	return field;
}

/* What is left of the line, terminated; false: nothing, or too long. */
static bool last_field(const char **at, const char *end, char *out, size_t size)
{
	size_t len = (size_t)(end - *at);

	if (len < 2 || **at != ' ' || len > size)
		return false;
	memcpy(out, *at + 1, len - 1);
	out[len - 1] = '\0';
	*at = end;
	return true;
}

static bool is_char(struct field field, char c)
{
	return field.len == 1 && field.text[0] == c;
}

static bool is_hash(struct field field, uint64_t hash)
{
	char hex[HASH_HEX + 1];

	if (field.len != HASH_HEX)
		return false;
	for (int i = HASH_HEX - 1; i >= 0; i--, hash >>= 4)
		hex[i] = "0123456789abcdef"[hash & 15];
	return !memcmp(hex, field.text, HASH_HEX);
}

enum presence { GONE, SAME, OTHER, ODD };

/* Whether the file has that stamp. A directory is where the name of a ref goes on: no file. */
static enum presence compare_stamp(int dir, const char *name, struct field stamp)
{
	struct stat st;

	if (fstatat(dir, name, &st, 0))
		return errno == ENOENT || errno == ENOTDIR ? GONE : ODD;
	if (S_ISDIR(st.st_mode))
		return GONE;
	if (!S_ISREG(st.st_mode))
		return ODD;
	return is_hash(stamp, stamp_of(&st)) ? SAME : OTHER;
}

/* A regular file, opened without waiting for anything; -1: none. */
static int open_file(int dir, const char *name, off_t max, off_t *size)
{
	int fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > max) {
		close(fd);
		return -1;
	}
	*size = st.st_size;
	return fd;
}

static bool same_content(int dir, const char *name, struct field hash)
{
	char chunk[16384];
	uint64_t sum = HASH_START;
	off_t size, seen = 0;
	ssize_t n;
	int fd = open_file(dir, name, CONTENT_MAX, &size);

	if (fd < 0)
		return false;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0 && seen <= CONTENT_MAX) {
		sum = hash_bytes(sum, chunk, (size_t)n);
		seen += n;
	}
	close(fd);
	return n == 0 && is_hash(hash, sum);
}

static int open_dir(int at, const char *path)
{
	return openat(at, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static bool look_dir(struct look *look, bool bare)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), bare ? "%s" : "%s/.git", look->path);
	struct stat st;

	if (look->git >= 0 || n < 0 || n >= (int)sizeof(path))
		return false;
	look->common = look->git = open_dir(AT_FDCWD, path);
	if (look->git < 0)
		return false;
	return !bare || (fstatat(look->git, ".git", &st, 0) && errno == ENOENT);
}

static bool look_gitfile(struct look *look, const char *at, const char *end)
{
	struct field hash = next_field(&at, end);
	char path[PATH_MAX];
	int dir, file = -1;

	if (look->git >= 0 || !last_field(&at, end, path, sizeof(path)))
		return false;
	dir = open_dir(AT_FDCWD, look->path);
	if (dir < 0)
		return false;
	if (same_content(dir, ".git", hash))
		file = open_dir(dir, path);
	close(dir);
	look->common = look->git = file;
	return file >= 0;
}

static bool look_common(struct look *look, const char *at, const char *end)
{
	struct field hash = next_field(&at, end);
	char path[PATH_MAX];

	if (look->git < 0 || look->common != look->git || !last_field(&at, end, path, sizeof(path)))
		return false;
	if (is_char(hash, '-')) /* then the git directory is the common one, which path says */
		return compare_stamp(look->git, "commondir", hash) == GONE;
	if (!same_content(look->git, "commondir", hash))
		return false;
	look->common = open_dir(look->git, path);
	return look->common >= 0;
}

static bool look_file(struct look *look, char kind, const char *at, const char *end)
{
	int dir = kind == RESOLVED_OWN_TABLES ? look->git : look->common;
	struct field stamp = next_field(&at, end), hash = next_field(&at, end);

	switch (compare_stamp(dir, name_of(kind), stamp)) {
	case GONE:
		return is_char(stamp, '-');
	case SAME:
		return true;
	case OTHER:
		return !is_char(stamp, '-') && same_content(dir, name_of(kind), hash);
	case ODD:
		break;
	}
	return false;
}

static bool look_packed(struct look *look, const char *at, const char *end)
{
	struct field stamp = next_field(&at, end);
	enum presence is = compare_stamp(look->common, PATH_PACKED, stamp);

	look->packed_same = is == GONE ? is_char(stamp, '-') : is == SAME;
	return is != ODD;
}

static bool look_packs(const struct look *look, const char *at, const char *end)
{
	struct stat st;

	return !fstatat(look->common, PATH_PACKS, &st, 0) &&
	       is_hash(next_field(&at, end), stamp_of(&st));
}

static bool has_value(const struct ref_value *ref, struct field value)
{
	char hex[REPO_HEX + 1];

	switch (ref->kind) {
	case REF_ID:
		repo_id_hex(&ref->id, hex);
		return value.len == REPO_HEX && !memcmp(hex, value.text, REPO_HEX);
	case REF_SYMBOLIC:
		return value.len == SYMBOLIC_LEN + strlen(ref->target) &&
		       !memcmp(value.text, SYMBOLIC, SYMBOLIC_LEN) &&
		       !memcmp(value.text + SYMBOLIC_LEN, ref->target, value.len - SYMBOLIC_LEN);
	case REF_NONE:
		return is_char(value, '-');
	}
	return false;
}

static bool has_loose(int dir, const char *name, struct field value)
{
	struct ref_value ref = {0};
	char text[REPO_POINTER_MAX + 1];
	off_t size;
	ssize_t n;
	int fd = open_file(dir, name, REPO_POINTER_MAX, &size);

	if (fd < 0)
		return false;
	n = read(fd, text, REPO_POINTER_MAX);
	close(fd);
	if (n < 0)
		return false;
	text[n] = '\0';
	return repo_ref_parse(text, (size_t)n, &ref) == REPO_OK && has_value(&ref, value);
}

/* packed-refs is another file than before, but may say the same of this name. */
static bool has_packed(int dir, const char *name, struct field value)
{
	struct ref_value ref = {0};
	enum repo_code code = REPO_NO_ENTRY;
	off_t size;
	int fd = open_file(dir, PATH_PACKED, REPO_PACKED_REFS_MAX, &size);

	if (fd < 0 && errno != ENOENT)
		return false;
	if (fd >= 0) {
		code = repo_packed_find(fd, size, name, &ref.id);
		close(fd);
	}
	if (code == REPO_OK)
		ref.kind = REF_ID;
	return (code == REPO_OK || code == REPO_NO_ENTRY) && has_value(&ref, value);
}

static bool look_ref(const struct look *look, const char *at, const char *end)
{
	struct field stamp = next_field(&at, end), value = next_field(&at, end);
	char name[REPO_REF_NAME_MAX];
	int dir;

	if (!last_field(&at, end, name, sizeof(name)) || !repo_ref_name_ok(name))
		return false;
	dir = repo_ref_per_worktree(name) ? look->git : look->common;
	switch (compare_stamp(dir, name, stamp)) {
	case SAME:
		return true;
	case OTHER:
		return has_loose(dir, name, value);
	case ODD:
		return false;
	case GONE:
		break;
	}
	if (!repo_ref_packs(name))
		return is_char(stamp, '-');
	if (is_char(stamp, '-') && look->packed_same)
		return true;
	return has_packed(dir, name, value);
}

/* A time that is over, or cannot be read, is a change. */
static bool look_until(const struct look *look, const char *at, const char *end)
{
	char digits[24], *rest;
	long long until;

	if (!last_field(&at, end, digits, sizeof(digits)))
		return false;
	errno = 0;
	until = strtoll(digits, &rest, 10);
	return !errno && !*rest && look->now < until;
}

static bool look_line(struct look *look, const char *at, const char *end)
{
	char kind = *at++;

	switch (kind) {
	case 'D':
	case 'B':
		return look_dir(look, kind == 'B');
	case 'G':
		return look_gitfile(look, at, end);
	case 'u':
		return look_until(look, at, end);
	}
	if (look->git < 0)
		return false;
	switch (kind) {
	case 'd':
		return look_common(look, at, end);
	case 'p':
		return look_packed(look, at, end);
	case 'r':
		return look_ref(look, at, end);
	case 'o':
		return look_packs(look, at, end);
	}
	return name_of(kind) && look_file(look, kind, at, end);
}

bool resolved_same(const char *path, const char *text, int64_t now)
{
	struct look look = {.path = path, .git = -1, .common = -1, .now = now};
	const char *end;
	bool same = text && !strncmp(text, "1\n", 2) && text[2];

	for (const char *at = text + 2; same && *at; at = end + 1) {
		end = strchr(at, '\n');
		if (!end) {
			same = false;
			break;
		}
		same = end > at && look_line(&look, at, end);
	}
	same = same && look.git >= 0;
	if (look.common >= 0 && look.common != look.git)
		close(look.common);
	if (look.git >= 0)
		close(look.git);
	return same;
}
