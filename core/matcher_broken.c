/*
 * A file that is no YAML cannot be asked, and that makes an answer unknown. Often it
 * could not have mattered: a ConfigMap with placeholders is no Deployment, whatever
 * else is wrong with it. What its lines say is enough to tell.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/matcher_internal.h"
#include "core/mem.h"

/* The key that a term's path ends in; false where it has none of its own. */
static bool last_key(const char *path, const char **key, size_t *len)
{
	const char *dot;

	*len = strlen(path);
	if (*len && path[*len - 1] == '"') {
		--*len;
		for (dot = path + *len; dot > path && dot[-1] != '"'; dot--)
			;
		*key = dot;
		*len = (size_t)(path + *len - dot);
	} else {
		dot = strrchr(path, '.');
		*key = dot ? dot + 1 : path;
		*len = strlen(*key);
	}
	return *len && !memchr(*key, '*', *len) && strspn(*key, "0123456789") < *len;
}

/* The text behind `key:` on its line, without quotes and a comment; NULL: no key here. */
static char *value_behind(const char *at, const char *end, size_t key_len)
{
	const char *s = at + key_len, *stop;

	if (s < end && (*s == '"' || *s == '\''))
		s++;
	while (s < end && *s == ' ')
		s++;
	if (s == end || *s != ':')
		return NULL;
	for (s++; s < end && (*s == ' ' || *s == '\t' || *s == '"' || *s == '\'');)
		s++;
	for (stop = s; stop < end && *stop != '\n';)
		stop++;
	for (const char *c = s; c < stop; c++)
		if (*c == '#' && c > s && c[-1] == ' ')
			stop = c;
	while (stop > s && strchr(" \t\r\"',}]", stop[-1]))
		stop--;
	return xmemdup0(s, (size_t)(stop - s));
}

static bool begins_word(const char *bytes, const char *at)
{
	return at == bytes || (!isalnum((unsigned char)at[-1]) && !strchr("_-.", at[-1]));
}

/* Whether a value that begins on this line may fulfil the term. */
static bool may_fulfil(const struct query_term *term, const struct regex *regex, bool icase,
		       const char *value)
{
	if (!*value || strchr("|>&*!{[", *value))
		return true;
	if (term->op == QUERY_EQ) {
		size_t len = strlen(term->value);
		int differs =
		    icase ? strncasecmp(value, term->value, len) : strncmp(value, term->value, len);

		/* {kind: Job, name: x} */
		return !differs && (!value[len] || strchr(",}] ", value[len]));
	}
	return !regex || regex_test(regex, value);
}

static bool term_may_hold(const struct query_term *term, bool icase, const char *bytes, size_t len)
{
	struct regex *regex = NULL;
	const char *end = bytes + len, *at = bytes, *key;
	size_t key_len;
	bool holds = false;

	if (term->op == QUERY_ABSENT || term->op == QUERY_NE || term->op == QUERY_NO_MATCH ||
	    !last_key(term->path, &key, &key_len))
		return true;
	if (term->op == QUERY_MATCH)
		regex = regex_new(term->value, icase ? REGEX_ICASE : 0, NULL);
	while (!holds && (at = memmem(at, (size_t)(end - at), key, key_len))) {
		char *value = begins_word(bytes, at) ? value_behind(at, end, key_len) : NULL;

		holds = value && may_fulfil(term, regex, icase, value);
		free(value);
		at += key_len;
	}
	regex_free(regex);
	return holds;
}

bool matcher_broken_may_hold(const struct probe *probe, const char *bytes, size_t len)
{
	for (size_t i = 0; i < probe->where_count; i++)
		if (!term_may_hold(&probe->where[i], probe->ignore_case, bytes, len))
			return false;
	return true;
}
