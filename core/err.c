#include "core/err.h"

#include <stdarg.h>
#include <stdlib.h>

#include "core/mem.h"

int err_set(struct err *err, const char *where, const char *fix, const char *fmt, ...)
{
	struct err new;
	va_list ap;

	if (!err)
		return -1;
	va_start(ap, fmt);
	new.what = xvasprintf(fmt, ap);
	va_end(ap);
	new.where = xstrdup(where);
	new.fix = xstrdup(fix);
	err_clear(err);
	*err = new;
	return -1;
}

void err_clear(struct err *err)
{
	free(err->what);
	free(err->where);
	free(err->fix);
	*err = (struct err){0};
}

char *err_line(const struct err *err)
{
	return xasprintf("%s%s%s%s%s%s", err->where ? err->where : "", err->where ? ": " : "",
			 err->what ? err->what : "unknown error", err->fix ? " (" : "",
			 err->fix ? err->fix : "", err->fix ? ")" : "");
}
