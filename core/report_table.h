#ifndef SVCTOP_CORE_REPORT_TABLE_H
#define SVCTOP_CORE_REPORT_TABLE_H

/*
 * A table on its way to people or programs: the same rows as aligned text, CSV, Markdown,
 * JSON or JSON lines.
 */

#include "core/report.h"

struct report_column {
	const char *title; /* of text and Markdown */
	const char *key;   /* of CSV and JSON; NULL: in text alone */
	bool number;	   /* right-aligned; JSON numbers */
	bool flexible;	   /* may be cut where the width is short */
	unsigned spare;	   /* left out where the width is short, the highest first; 0: never */
	bool data_only;	   /* in CSV and JSON alone */
	bool optional;	   /* not in text and Markdown where no row has anything */
};

struct report_table;

struct report_table *report_table_new(const struct report *report,
				      const struct report_column *columns, size_t count);
void report_table_free(struct report_table *table);

/* A row of as many cells as there are columns, copied; NULL: nothing. */
void report_table_add(struct report_table *table, const char *const *cells);
size_t report_table_rows(const struct report_table *table);

/*
 * Prints it in the report's format. key names the list in JSON: {"schema": 1, key: [...]}
 * with the report's errors at the end.
 */
void report_table_print(const struct report_table *table, const char *key, struct report_out *out);

#endif
