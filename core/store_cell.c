/*
 * Packed cells. Intervals of one service, one after the other: flags, check, from (as difference
 * to the one before), length, causes, owner, evidence. And bytes compressed, for what is read
 * rarely and written by no other version.
 */

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/store_internal.h"

enum {
	FLAG_STATUS = 7,
	FLAG_CODE = 3 << 3,
	FLAG_REQUIRED = 1 << 5,
	FLAG_AT_LEAST = 1 << 6,
	FLAG_ENDED = 1 << 7,
	FLAG_TIER = 7 << 8,
	FLAG_OWNER = 1 << 11,
	FLAG_EVIDENCE = 1 << 12,
	FLAG_MAX = (1 << 13) - 1,
};

static void put_cause(struct buf *out, const struct store_cause *cause)
{
	wire_put_uint(out, (uint64_t)cause->kind | (cause->among > 1 ? 8 : 0));
	if (cause->kind == CAUSE_COMMIT)
		wire_put_uint(out, (uint64_t)cause->commit);
	if (cause->among > 1)
		wire_put_uint(out, cause->among);
}

static void get_cause(struct wire_reader *in, struct store_cause *cause)
{
	uint64_t kind = wire_get_capped(in, 15);

	*cause = (struct store_cause){.kind = (enum cause_kind)(kind & 7)};
	if ((kind & 7) > CAUSE_GONE)
		in->failed = true;
	if (cause->kind == CAUSE_COMMIT)
		cause->commit = (int64_t)wire_get_capped(in, INT64_MAX);
	if (kind & 8)
		cause->among = (uint32_t)wire_get_capped(in, UINT32_MAX);
}

static void put_cell(struct buf *out, const struct store_cell *cell, int64_t before)
{
	unsigned flags = (unsigned)cell->status | (unsigned)cell->code << 3 |
			 (cell->required ? FLAG_REQUIRED : 0) |
			 (cell->at_least ? FLAG_AT_LEAST : 0) | (cell->until ? FLAG_ENDED : 0) |
			 (unsigned)cell->tier << 8 | (cell->owner ? FLAG_OWNER : 0) |
			 (cell->evidence ? FLAG_EVIDENCE : 0);

	wire_put_uint(out, flags);
	wire_put_uint(out, (uint64_t)cell->check);
	wire_put_int(out, cell->from - before);
	put_cause(out, &cell->opened);
	if (cell->until) {
		wire_put_uint(out, (uint64_t)(cell->until - cell->from));
		put_cause(out, &cell->closed);
	}
	if (cell->owner)
		wire_put_uint(out, (uint64_t)cell->owner);
	if (cell->evidence)
		wire_put_bytes(out, cell->evidence, cell->evidence_len);
}

void store_cells_encode(const struct store_cells *cells, struct buf *out)
{
	int64_t before = 0;

	for (size_t i = 0; i < cells->count; i++) {
		put_cell(out, &cells->cells[i], before);
		before = cells->cells[i].from;
	}
}

static bool get_cell(struct wire_reader *in, struct store_cell *cell, int64_t before)
{
	unsigned flags = (unsigned)wire_get_capped(in, FLAG_MAX);
	int64_t change;

	*cell = (struct store_cell){
	    .status = (enum status)(flags & FLAG_STATUS),
	    .code = (enum unknown_code)((flags & FLAG_CODE) >> 3),
	    .required = flags & FLAG_REQUIRED,
	    .at_least = flags & FLAG_AT_LEAST,
	    .tier = (uint8_t)((flags & FLAG_TIER) >> 8),
	};
	cell->check = (int64_t)wire_get_capped(in, INT64_MAX);
	change = wire_get_int(in);
	if (change < -STORE_MAX_TIME || change > STORE_MAX_TIME)
		return false;
	cell->from = before + change;
	get_cause(in, &cell->opened);
	if (flags & FLAG_ENDED) {
		cell->until = cell->from + (int64_t)wire_get_capped(in, STORE_MAX_TIME);
		get_cause(in, &cell->closed);
	}
	if (flags & FLAG_OWNER)
		cell->owner = (int64_t)wire_get_capped(in, INT64_MAX);
	if (flags & FLAG_EVIDENCE)
		cell->evidence = wire_get_bytes(in, &cell->evidence_len);
	return !in->failed && cell->status <= STATUS_NA && cell->tier <= 4 && cell->from >= 0 &&
	       cell->from <= STORE_MAX_TIME && (!(flags & FLAG_ENDED) || cell->until > 0);
}

bool store_cells_decode(struct store_cells *cells, const void *bytes, size_t len)
{
	struct wire_reader in;
	int64_t before = 0;

	wire_reader_init(&in, bytes ? bytes : "", bytes ? len : 0);
	while (in.next < in.end) {
		struct store_cell cell;

		if (!get_cell(&in, &cell, before))
			return false;
		before = cell.from;
		GROW(cells->cells, cells->count, cells->cap);
		cells->cells[cells->count++] = cell;
	}
	return true;
}

static int64_t tame(int64_t time)
{
	return time < 0 ? 0 : time > STORE_MAX_TIME ? STORE_MAX_TIME : time;
}

void store_cell_tame(struct store_cell *cell)
{
	cell->from = tame(cell->from);
	if (!cell->until)
		return;
	cell->until = tame(cell->until);
	if (cell->until < cell->from)
		cell->until = cell->from;
	if (!cell->until)
		cell->until = 1; /* 0 is open */
}

/* ---- compressed ---- */

/* Little is won above it, and much time lost below it: bench_store. */
enum { LEVEL = 4 };

void store_pack(struct store *store, const void *bytes, size_t len, struct buf *out)
{
	size_t room, packed;
	char *space;

	if (!store->compressor)
		store->compressor = libdeflate_alloc_compressor(LEVEL);
	wire_put_str(out, store->version);
	wire_put_uint(out, len);
	room = libdeflate_zlib_compress_bound(store->compressor, len);
	space = xmalloc(room);
	packed = libdeflate_zlib_compress(store->compressor, bytes, len, space, room);
	buf_add(out, space, packed);
	free(space);
}

const char *store_unpack(struct store *store, const void *packed, size_t len, struct buf *out)
{
	struct wire_reader in;
	size_t size, rest, got, version_len;
	const void *version;
	uint64_t marked;

	if (!packed)
		return NULL;
	wire_reader_init(&in, packed, len);
	marked = wire_get_uint(&in); /* a string: its length and one */
	version_len = strlen(store->version);
	version = in.next;
	if (in.failed || marked != version_len + 1 || (size_t)(in.end - in.next) < version_len ||
	    memcmp(version, store->version, version_len) != 0)
		return NULL;
	in.next += version_len;
	size = (size_t)wire_get_capped(&in, STORE_MAX_BYTES);
	rest = (size_t)(in.end - in.next);
	/* No more than deflate can make of it: a lie costs no memory. */
	if (in.failed || size / 1100 > rest)
		return NULL;
	if (!store->decompressor)
		store->decompressor = libdeflate_alloc_decompressor();
	buf_reset(out);
	if (out->cap < size + 1) {
		out->data = xrealloc(out->data, size + 1);
		out->cap = size + 1;
	}
	if (libdeflate_zlib_decompress(store->decompressor, in.next, rest, out->data, size, &got) !=
		LIBDEFLATE_SUCCESS ||
	    got != size)
		return NULL;
	out->data[size] = '\0';
	out->len = size;
	return out->data;
}
