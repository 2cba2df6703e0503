#include <string.h>

#include "tui/app_internal.h"

/* What live sources say, between two frames. */

const struct live *app_live(const struct app *app)
{
	return app->options.live;
}

uint32_t app_send(struct app *app, const char *source, const char *method, const char *path,
		  const char *content_type, const char *body)
{
	(void)app;
	(void)source;
	(void)method;
	(void)path;
	(void)content_type;
	(void)body;
	return 0;
}
