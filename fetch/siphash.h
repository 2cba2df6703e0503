#ifndef SVCTOP_FETCH_SIPHASH_H
#define SVCTOP_FETCH_SIPHASH_H

/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a short hash that says nothing about its
 * input to whoever lacks the key.
 */

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY 16

uint64_t siphash(const unsigned char key[SIPHASH_KEY], const void *bytes, size_t len);

#endif
