#include "core/difference.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/wire.h"

/*
 * Pieces one after the other: a number, twice the length, plus one for a copy. A copy goes on
 * with how far from the end of the last one it begins, other pieces with their bytes.
 */

#define WINDOW	 8  /* bytes that are looked up */
#define STRIDE	 4  /* of the places in old that can be found */
#define MIN_COPY 12 /* shorter ones cost as much as they save */
#define NEAR	 96 /* bytes replaced by as many others: looked for before anything is indexed */

struct maker {
	const char *old, *new;
	size_t old_len, new_len;
	size_t told;	 /* bytes of new that are written */
	size_t expected; /* in old: where the last copy ended */
	uint32_t *table; /* places in old by what stands there: / STRIDE + 1, 0 is free */
	unsigned bits;
	struct buf *out;
};

static size_t common(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t len = a_len < b_len ? a_len : b_len, i = 0;

	while (i + sizeof(uint64_t) <= len && !memcmp(a + i, b + i, sizeof(uint64_t)))
		i += sizeof(uint64_t);
	while (i < len && a[i] == b[i])
		i++;
	return i;
}

static size_t common_at(const struct maker *m, size_t old_at, size_t new_at)
{
	if (old_at >= m->old_len)
		return 0;
	return common(m->old + old_at, m->old_len - old_at, m->new + new_at, m->new_len - new_at);
}

/* Writes what is new up to new_at, and len bytes from old_at. */
static void put(struct maker *m, size_t new_at, size_t old_at, size_t len)
{
	if (new_at > m->told) {
		wire_put_uint(m->out, (uint64_t)(new_at - m->told) << 1);
		buf_add(m->out, m->new + m->told, new_at - m->told);
	}
	if (len) {
		wire_put_uint(m->out, (uint64_t)len << 1 | 1);
		wire_put_int(m->out, (int64_t)old_at - (int64_t)m->expected);
	}
	m->told = new_at + len;
	m->expected = old_at + len;
}

/* Some bytes were replaced by as many others. */
static bool put_near(struct maker *m)
{
	for (size_t k = 0; k < NEAR && m->told + k < m->new_len; k++) {
		size_t len = common_at(m, m->expected + k, m->told + k);

		if (len < MIN_COPY && (!len || m->told + k + len < m->new_len))
			continue;
		put(m, m->told + k, m->expected + k, len);
		return true;
	}
	return false;
}

static size_t slot_of(const struct maker *m, const char *at)
{
	uint64_t bytes;

	memcpy(&bytes, at, sizeof(bytes));
	return (size_t)((bytes * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - m->bits));
}

static void make_table(struct maker *m)
{
	for (m->bits = 8; (size_t)1 << m->bits < m->old_len / STRIDE && m->bits < 24; m->bits++)
		continue;
	m->table = xcalloc((size_t)1 << m->bits, sizeof(*m->table));
	for (size_t at = 0; at + WINDOW <= m->old_len; at += STRIDE)
		m->table[slot_of(m, m->old + at)] = (uint32_t)(at / STRIDE) + 1;
}

/* Something was put in, taken out or moved. */
static bool put_far(struct maker *m)
{
	if (!m->table)
		make_table(m);
	for (size_t at = m->told; at + WINDOW <= m->new_len; at++) {
		uint32_t place = m->table[slot_of(m, m->new + at)];
		size_t from, len, before = 0;

		if (!place)
			continue;
		from = (size_t)(place - 1) * STRIDE;
		len = common_at(m, from, at);
		while (before < from && before < at - m->told && len &&
		       m->old[from - before - 1] == m->new[at - before - 1])
			before++;
		if (len + before < MIN_COPY)
			continue;
		put(m, at - before, from - before, len + before);
		return true;
	}
	return false;
}

void difference_make(const char *old, size_t old_len, const char *new, size_t new_len,
		     struct buf *out)
{
	struct maker m = {
	    .old = old, .new = new, .old_len = old_len, .new_len = new_len, .out = out};

	while (m.told < new_len && (put_near(&m) || put_far(&m)))
		continue;
	put(&m, new_len, m.expected, 0);
	free(m.table);
}

/* A difference that is read: its next piece. */
struct taker {
	struct wire_reader in;
	size_t old_len, left; /* bytes that it may still make */
	size_t from, len;     /* of old, when it is a copy */
	const void *fresh;    /* NULL: it is a copy */
};

static void take(struct taker *t, size_t old_len, const void *difference, size_t len, size_t max)
{
	*t = (struct taker){.old_len = old_len, .left = max};
	wire_reader_init(&t->in, difference, len);
}

/* False at the end, and where it is broken: in.failed. */
static bool next_piece(struct taker *t)
{
	size_t expected = t->fresh ? t->from : t->from + t->len;
	uint64_t piece, from;

	if (t->in.next == t->in.end)
		return false;
	piece = wire_get_uint(&t->in);
	if (!(piece >> 1) || piece >> 1 > t->left)
		t->in.failed = true;
	t->len = (size_t)(piece >> 1);
	t->from = expected;
	if (piece & 1) {
		from = (uint64_t)expected + (uint64_t)wire_get_int(&t->in);
		if (from > t->old_len || t->len > t->old_len - from)
			t->in.failed = true;
		t->from = (size_t)from;
		t->fresh = NULL;
	} else {
		if (t->len > (size_t)(t->in.end - t->in.next))
			t->in.failed = true;
		t->fresh = t->in.next;
		t->in.next += t->in.failed ? 0 : t->len;
	}
	t->left -= t->in.failed ? 0 : t->len;
	return !t->in.failed;
}

bool difference_size(size_t old_len, const void *difference, size_t len, size_t max, size_t *size)
{
	struct taker t;

	take(&t, old_len, difference, len, max);
	while (next_piece(&t))
		continue;
	*size = max - t.left;
	return !t.in.failed;
}

bool difference_apply(const char *old, size_t old_len, const void *difference, size_t len,
		      size_t max, struct buf *out)
{
	struct taker t;

	take(&t, old_len, difference, len, max);
	while (next_piece(&t))
		buf_add(out, t.fresh ? (const char *)t.fresh : old + t.from, t.len);
	return !t.in.failed;
}
