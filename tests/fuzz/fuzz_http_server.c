/* What a client sends, in two pieces: taken whole, answered, taken again for what follows. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fetch/http_server_internal.h"

static void answer(const struct http_taken *taken)
{
	struct http_server_reply reply = {.status = 200, .type = "text/plain"};
	struct buf out = {0};
	size_t len;

	reply.etag = reply.gzip = true;
	for (int i = 0; i < 200; i++)
		buf_adds(&reply.body, "svctop_services 1\n");
	/* A request has a path, and none of it gets into the answer but by the answer's maker. */
	if (taken->request.path[0] != '/')
		abort();
	http_server_header(&taken->request, "Host", &len);
	http_server_accepts(&taken->request, "Accept", "application/openmetrics-text");
	http_server_put(&out, taken, &reply);
	if (strncmp(buf_str(&out), "HTTP/1.1 ", 9) != 0)
		abort();
	buf_free(&reply.body);
	buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t max_body = size && data[0] & 1 ? 4096 : 0, first;
	struct http_taken taken;
	struct buf in = {0};

	if (size < 2)
		return 0;
	first = data[1] < size - 2 ? data[1] : size - 2;
	buf_add(&in, data + 2, first);
	for (int round = 0; round < 50 && in.len; round++) {
		enum http_take what = http_server_take(in.data, in.len, max_body, &taken);

		if (what == HTTP_TAKE_BAD)
			break;
		if (what == HTTP_TAKE_MORE) {
			if (in.len > HTTP_SERVER_HEAD + max_body)
				abort();
			if (!first)
				break;
			buf_add(&in, data + 2 + first, size - 2 - first);
			first = 0;
			continue;
		}
		if (!taken.used || taken.used > in.len)
			abort();
		answer(&taken);
		in.len -= taken.used;
		memmove(in.data, in.data + taken.used, in.len + 1);
	}
	buf_free(&in);
	return 0;
}
