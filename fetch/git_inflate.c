#include <libdeflate.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#include "core/mem.h"
#include "fetch/git_objects.h"

#define STEP_MAX (1u << 30) /* zlib counts in 32 bits */

struct inflater {
	struct libdeflate_decompressor *whole;
	z_stream head; /* libdeflate can't stop half-way */
	bool head_started;
};

struct inflater *inflater_new(void)
{
	struct inflater *inflater = xcalloc(1, sizeof(*inflater));

	inflater->whole = libdeflate_alloc_decompressor();
	if (inflater->whole)
		return inflater;
	free(inflater);
	return NULL;
}

void inflater_free(struct inflater *inflater)
{
	if (!inflater)
		return;
	if (inflater->head_started)
		inflateEnd(&inflater->head);
	libdeflate_free_decompressor(inflater->whole);
	free(inflater);
}

bool inflate_all(struct inflater *inflater, const unsigned char *in, size_t in_len, char *out,
		 size_t len)
{
	char none;

	/* without a place for the length it demands this one */
	return libdeflate_zlib_decompress(inflater->whole, in, in_len, len ? out : &none, len,
					  NULL) == LIBDEFLATE_SUCCESS;
}

size_t inflate_head(struct inflater *inflater, const unsigned char *in, size_t in_len, char *out,
		    size_t len)
{
	z_stream *z = &inflater->head;

	if (len > STEP_MAX)
		return 0;
	if (inflater->head_started ? inflateReset(z) : inflateInit(z))
		return 0;
	inflater->head_started = true;
	z->next_in = (unsigned char *)(uintptr_t)in;
	z->avail_in = (uInt)(in_len < STEP_MAX ? in_len : STEP_MAX);
	z->next_out = (unsigned char *)out;
	z->avail_out = (uInt)len;
	inflate(z, Z_SYNC_FLUSH);
	return len - z->avail_out;
}
