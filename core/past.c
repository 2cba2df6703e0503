#include "core/past.h"

#include <stdlib.h>
#include <string.h>

#include "core/difference.h"
#include "core/mem.h"

#define VERSIONS_MAX 200000u
#define FACTS_MAX    (64u << 20)  /* bytes of one version */
#define EXPANDED_MAX (4ull << 30) /* bytes of all of them */

/* A version: what it says of itself, and the difference of its facts to those before. */
struct kept {
	struct past_version version;
	size_t offset, len; /* in differences */
};

struct past {
	struct arena *arena;
	const char *path;
	const char *cut;
	struct kept *kept;
	size_t count, cap;
	struct buf differences;
	uint64_t expanded;
	bool full;
	struct buf facts; /* of version `current`, when there is one */
	size_t current;	  /* SIZE_MAX: none */
	struct buf older; /* what a difference is to: facts before and words of the commit */
	struct buf next;  /* facts that are being added */
};

struct past *past_new(const char *path)
{
	struct past *past = xcalloc(1, sizeof(*past));

	past->arena = arena_new_sized(1024);
	past->path = arena_strdup(past->arena, path ? path : "");
	past->current = SIZE_MAX;
	return past;
}

void past_free(struct past *past)
{
	if (!past)
		return;
	free(past->kept);
	buf_free(&past->differences);
	buf_free(&past->facts);
	buf_free(&past->older);
	buf_free(&past->next);
	arena_free(past->arena);
	free(past);
}

void past_cut(struct past *past, const char *why)
{
	if (!past->cut && why)
		past->cut = arena_strdup(past->arena, why);
}

const char *past_cut_reason(const struct past *past)
{
	return past->cut;
}

const char *past_path(const struct past *past)
{
	return past->path;
}

size_t past_count(const struct past *past)
{
	return past->count;
}

const struct past_version *past_at(const struct past *past, size_t index)
{
	return &past->kept[index].version;
}

size_t past_size(const struct past *past)
{
	return sizeof(*past) + past->cap * sizeof(*past->kept) + past->differences.cap +
	       past->facts.cap + past->older.cap + past->next.cap + arena_size(past->arena);
}

/* What facts of a commit repeat: its hash as head and as last commit, who and what. */
static void set_older(struct past *past, const struct past_version *version)
{
	buf_reset(&past->older);
	buf_add(&past->older, past->facts.data, past->facts.len);
	if (version->hash)
		buf_adds(&past->older, version->hash);
	buf_adds(&past->older, version->author);
	buf_adds(&past->older, version->subject);
}

/* Makes facts those of a version; false: the bytes are damaged. */
static bool go_to(struct past *past, size_t index)
{
	if (past->current == SIZE_MAX || past->current > index) {
		buf_reset(&past->facts);
		past->current = SIZE_MAX;
	}
	while (past->current != index) {
		const struct kept *next = &past->kept[past->current + 1];

		set_older(past, &next->version);
		buf_reset(&past->facts);
		if (!difference_apply(past->older.data, past->older.len,
				      buf_str(&past->differences) + next->offset, next->len,
				      FACTS_MAX, &past->facts)) {
			past->current = SIZE_MAX;
			return false;
		}
		past->current++;
	}
	return true;
}

static const char *own_text(struct arena *arena, const char *text)
{
	return arena_strdup(arena, text ? text : "");
}

/* The same people commit again and again. */
static const char *own_author(const struct past *past, const char *author)
{
	for (size_t i = past->count; i > 0 && i + 8 > past->count; i--)
		if (author && !strcmp(past->kept[i - 1].version.author, author))
			return past->kept[i - 1].version.author;
	return own_text(past->arena, author);
}

/* Words are there from here on, and times do not go back. */
static void add_version(struct past *past, const struct past_version *version)
{
	struct kept *kept;

	GROW(past->kept, past->count, past->cap);
	kept = &past->kept[past->count];
	*kept = (struct kept){.offset = past->differences.len, .version = *version};
	kept->version.hash = arena_strdup(past->arena, version->hash);
	kept->version.author = own_author(past, version->author);
	kept->version.subject = own_text(past->arena, version->subject);
	if (past->count && kept->version.at < kept[-1].version.at)
		kept->version.at = kept[-1].version.at;
}

void past_add(struct past *past, const struct past_version *version,
	      const struct checkout *checkout)
{
	struct buf swap;

	buf_reset(&past->next);
	checkout_encode(checkout, &past->next);
	if (past->full || past->count >= VERSIONS_MAX || past->next.len > FACTS_MAX ||
	    past->next.len > EXPANDED_MAX - past->expanded ||
	    (past->count && !go_to(past, past->count - 1))) {
		past->full = true;
		past_cut(past, "it changed more often, or into more, than can be kept");
		return;
	}
	past->expanded += past->next.len;
	add_version(past, version);
	set_older(past, &past->kept[past->count].version);
	difference_make(past->older.data, past->older.len, past->next.data, past->next.len,
			&past->differences);
	past->kept[past->count].len = past->differences.len - past->kept[past->count].offset;
	past->current = past->count++;
	swap = past->facts;
	past->facts = past->next;
	past->next = swap;
}

struct checkout *past_checkout(struct past *past, size_t index)
{
	struct wire_reader in;

	if (index >= past->count || !go_to(past, index))
		return NULL;
	wire_reader_init(&in, buf_str(&past->facts), past->facts.len);
	return checkout_decode(&in);
}

void past_encode(const struct past *past, struct buf *out)
{
	int64_t at = 0;

	wire_put_str(out, past->path);
	wire_put_str(out, past->cut);
	wire_put_uint(out, past->count);
	for (size_t i = 0; i < past->count; i++) {
		const struct kept *kept = &past->kept[i];

		/* the first may be before 1970, and the others are not before it */
		if (i)
			wire_put_uint(out, (uint64_t)kept->version.at - (uint64_t)at);
		else
			wire_put_int(out, kept->version.at);
		at = kept->version.at;
		wire_put_str(out, kept->version.hash);
		wire_put_str(out, kept->version.author);
		wire_put_str(out, kept->version.subject);
		wire_put_uint(out, kept->version.among);
		wire_put_uint(out, kept->len);
	}
	wire_put_bytes(out, past->differences.data, past->differences.len);
}

/* The versions' words; the sum of their differences' lengths, or SIZE_MAX where it is none. */
static size_t decode_versions(struct past *past, struct wire_reader *in, struct arena *words)
{
	size_t count = (size_t)wire_get_capped(in, VERSIONS_MAX), sum = 0;
	int64_t at = 0;

	for (size_t i = 0; i < count && !in->failed; i++) {
		struct past_version version = {0};
		uint64_t later = i ? wire_get_uint(in) : 0;
		size_t len;

		version.at = i ? (int64_t)((uint64_t)at + later) : wire_get_int(in);
		version.hash = wire_get_str(in, words);
		version.author = wire_get_str(in, words);
		version.subject = wire_get_str(in, words);
		version.among = (uint32_t)wire_get_capped(in, UINT32_MAX);
		len = (size_t)wire_get_capped(in, FACTS_MAX * 2);
		if (in->failed || (i && version.at < at))
			return SIZE_MAX;
		at = version.at;
		add_version(past, &version);
		past->kept[past->count].offset = sum;
		past->kept[past->count++].len = len;
		sum += len;
	}
	return in->failed ? SIZE_MAX : sum;
}

/* Whether each difference is one to what the others before it make, and all within bounds. */
static bool differences_fit(struct past *past)
{
	size_t size = 0;

	for (size_t i = 0; i < past->count; i++) {
		const struct past_version *version = &past->kept[i].version;

		size += (version->hash ? strlen(version->hash) : 0) + strlen(version->author) +
			strlen(version->subject);
		if (!difference_size(size, buf_str(&past->differences) + past->kept[i].offset,
				     past->kept[i].len, FACTS_MAX, &size))
			return false;
		past->expanded += size;
	}
	return past->expanded <= EXPANDED_MAX;
}

struct past *past_decode(struct wire_reader *in)
{
	struct arena *words = arena_new();
	const char *path = wire_get_str(in, words), *cut = wire_get_str(in, words);
	struct past *past = past_new(path);
	size_t sum = decode_versions(past, in, words), len;
	const void *bytes = wire_get_bytes(in, &len);

	past_cut(past, cut);
	arena_free(words);
	buf_add(&past->differences, bytes, len);
	if (!in->failed && path && len == sum && differences_fit(past))
		return past;
	in->failed = true;
	past_free(past);
	return NULL;
}
