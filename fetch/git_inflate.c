#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#include "core/mem.h"
#include "fetch/git_store.h"

#define STEP_MAX (1u << 30) /* zlib counts in 32 bits */

struct inflater {
	z_stream stream;
};

struct inflater *inflater_new(void)
{
	struct inflater *inflater = xcalloc(1, sizeof(*inflater));

	if (inflateInit(&inflater->stream) != Z_OK) {
		free(inflater);
		return NULL;
	}
	return inflater;
}

void inflater_free(struct inflater *inflater)
{
	if (!inflater)
		return;
	inflateEnd(&inflater->stream);
	free(inflater);
}

/* Starts on in; false when zlib or its counters can't. */
static bool start(z_stream *z, const unsigned char *in, size_t in_len, char *out, size_t len)
{
	if (len > STEP_MAX || inflateReset(z) != Z_OK)
		return false;
	z->next_in = (unsigned char *)(uintptr_t)in;
	z->avail_in = (uInt)(in_len < STEP_MAX ? in_len : STEP_MAX);
	z->next_out = (unsigned char *)out;
	z->avail_out = (uInt)len;
	return true;
}

bool inflate_all(struct inflater *inflater, const unsigned char *in, size_t in_len, char *out,
		 size_t len)
{
	z_stream *z = &inflater->stream;
	unsigned char beyond; /* a byte more than fits shows that there is more */
	int ret;

	if (!start(z, in, in_len, len ? out : (char *)&beyond, len))
		return false;
	ret = inflate(z, Z_FINISH);
	if (ret == Z_BUF_ERROR && !z->avail_out) {
		/* all of it may be there, but not yet the stream's end */
		z->next_out = &beyond;
		z->avail_out = 1;
		ret = inflate(z, Z_FINISH);
		return ret == Z_STREAM_END && z->avail_out;
	}
	return ret == Z_STREAM_END && !z->avail_out;
}

size_t inflate_head(struct inflater *inflater, const unsigned char *in, size_t in_len, char *out,
		    size_t len)
{
	z_stream *z = &inflater->stream;

	if (!start(z, in, in_len, out, len))
		return 0;
	inflate(z, Z_SYNC_FLUSH);
	return len - z->avail_out;
}
