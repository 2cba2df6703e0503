#ifndef SVCTOP_FETCH_PEOPLE_H
#define SVCTOP_FETCH_PEOPLE_H

/*
 * Who is behind a commit: robot or person, and which of several names and addresses are
 * one person. Judged from what the commit says alone.
 */

#include <stdbool.h>
#include <stddef.h>

/* A program that commits: CI, release tools, translations, dependency updates. */
bool people_is_bot(const char *name, const char *email);
/* One that updates dependencies: dependabot, renovate, ... */
bool people_is_dependency_bot(const char *name, const char *email);
/* A message that shows a dependency bot's work under another's name: merges, trailers. */
bool people_is_dependency_update(const char *message, size_t len, bool merge);

struct person_key {
	const char *name; /* UTF-8, terminated */
	const char *email;
	bool bot;
};

/*
 * Sets group[i] to the smallest index of the keys that are the same person as keys[i]:
 * the same address; the same name of two words or more; the same name and local part; a
 * forge's no-reply address and the only other person of that name.
 */
void people_group(const struct person_key *keys, size_t count, size_t *group);

/* Whether the address is one that a forge gives to hide the real one. */
bool people_is_noreply(const char *email);

#endif
