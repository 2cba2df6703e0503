#include "core/past.h"

void past_free(struct past *past)
{
	(void)past;
}
