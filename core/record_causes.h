#ifndef SVCTOP_CORE_RECORD_CAUSES_H
#define SVCTOP_CORE_RECORD_CAUSES_H

/* Causes of a record's intervals: one commit changes many findings, so it is kept once. */

#include <stddef.h>
#include <stdint.h>

#include "core/interval.h"

struct causes;

struct causes *causes_new(void);
void causes_free(struct causes *causes); /* NULL is allowed */

/* Its number; 0 where it is not known. */
uint32_t causes_add(struct causes *causes, const struct cause *cause);
const struct cause *causes_at(const struct causes *causes, uint32_t number);
size_t causes_count(const struct causes *causes);

#endif
