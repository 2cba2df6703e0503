/* A certificate, as bytes and as text. */

#include <stdint.h>
#include <stdlib.h>

#include "core/mem.h"
#include "core/text.h"
#include "fetch/certificate.h"

static void look(const struct certificate *certificate)
{
	if (text_utf8_bad(certificate->subject, strlen(certificate->subject)) !=
	    strlen(certificate->subject))
		abort();
	for (size_t i = 0; i < certificate->name_count; i++) {
		if (!certificate->names[i])
			abort();
		certificate_covers(certificate, certificate->names[i]);
	}
	certificate_covers(certificate, "shop.example.com");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	char *text = xmemdup0(data, size);
	struct certificate certificate;

	certificate_read_der(arena, data, size, &certificate);
	look(&certificate);
	certificate_read(arena, text, size, &certificate);
	look(&certificate);
	free(text);
	arena_free(arena);
	return 0;
}
