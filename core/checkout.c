#include "core/checkout.h"

#include <string.h>

#define RECENT	     64
#define WORTH_A_FIT  (16 * 1024) /* bytes of a message: larger ones leave less of a block empty */
#define LONGEST_TEXT 256	 /* that is worth looking for among the recent ones */

/*
 * One walk over the structures serves both directions, so that what is written and
 * what is read cannot drift apart. Writing leaves every value as it is.
 */
struct coder {
	struct buf *out;	/* writing: where to; NULL when reading */
	struct wire_reader *in; /* reading: where from */
	struct arena *arena;
	const char *last_path; /* paths repeat: the one before is written as a mark */
	struct {
		const char *text;
		size_t len;
	} recent[RECENT]; /* reading: strings that came before, since most come again */
};

enum { PATH_NONE, PATH_AGAIN, PATH_LENGTH };

/* The fewest bytes an element takes, so that a count cannot ask for more memory than a small
 * multiple of the message. */
enum {
	MIN_STRING = 1,
	MIN_ORIGIN = 2,
	MIN_FACT = MIN_STRING + MIN_ORIGIN,
	MIN_NAMED = MIN_STRING + MIN_FACT,
	MIN_LINK = 3 * MIN_STRING + MIN_ORIGIN,
	MIN_STATEMENT = 6 + MIN_ORIGIN,
	MIN_DESCRIPTOR = 14 + MIN_ORIGIN + 6 * MIN_FACT,
	MIN_OWNERS = 2,
	MIN_HIT = 5 + MIN_ORIGIN,
	MIN_MISS = 2 + MIN_ORIGIN,
	MIN_DEPENDENCY = 6 + MIN_ORIGIN,
	MIN_AUTHOR = 5,
	MIN_HISTORY = 11,
	MIN_LANGUAGE = 2 + MIN_ORIGIN,
	MIN_WARNING = 1 + MIN_ORIGIN,
};

static unsigned place_of(const char *bytes, size_t len)
{
	uint32_t hash = (uint32_t)len;

	for (size_t i = 0; i < len; i++)
		hash = hash * 31 + (unsigned char)bytes[i];
	return (hash ^ hash >> 15) % RECENT;
}

/* The string in the arena, shared with an equal one that was read not long ago. */
static const char *share(struct coder *c, const char *bytes, size_t len)
{
	unsigned at;

	if (len > LONGEST_TEXT)
		return arena_memdup0(c->arena, bytes, len);
	at = place_of(bytes, len);
	if (!c->recent[at].text || c->recent[at].len != len ||
	    memcmp(c->recent[at].text, bytes, len) != 0) {
		c->recent[at].text = arena_memdup0(c->arena, bytes, len);
		c->recent[at].len = len;
	}
	return c->recent[at].text;
}

/* Takes len bytes of the message as a string. */
static const char *take_text(struct coder *c, uint64_t len)
{
	const char *bytes = (const char *)c->in->next;

	if (len > (uint64_t)(c->in->end - c->in->next)) {
		c->in->failed = true;
		return NULL;
	}
	c->in->next += len;
	return share(c, bytes, (size_t)len);
}

static void code_str(struct coder *c, const char **s)
{
	uint64_t marked;

	if (c->out) {
		wire_put_str(c->out, *s);
		return;
	}
	marked = wire_get_uint(c->in);
	*s = c->in->failed || !marked ? NULL : take_text(c, marked - 1);
}

/* A string that readers may rely on: "" where there is none. */
static void code_text(struct coder *c, const char **s)
{
	code_str(c, s);
	if (!c->out && !*s)
		*s = "";
}

static void put_path(struct coder *c, const char *path)
{
	size_t len = path ? strlen(path) : 0;

	if (!path) {
		wire_put_uint(c->out, PATH_NONE);
	} else if (c->last_path && !strcmp(path, c->last_path)) {
		wire_put_uint(c->out, PATH_AGAIN);
	} else {
		wire_put_uint(c->out, PATH_LENGTH + (uint64_t)len);
		buf_add(c->out, path, len);
		c->last_path = path;
	}
}

static const char *get_path(struct coder *c)
{
	uint64_t mark = wire_get_uint(c->in);

	if (c->in->failed || mark == PATH_NONE)
		return NULL;
	if (mark == PATH_AGAIN)
		return c->last_path;
	c->last_path = take_text(c, mark - PATH_LENGTH);
	return c->last_path;
}

static void code_u32(struct coder *c, uint32_t *value)
{
	if (c->out)
		wire_put_uint(c->out, *value);
	else
		*value = (uint32_t)wire_get_capped(c->in, UINT32_MAX);
}

static void code_i64(struct coder *c, int64_t *value)
{
	if (c->out)
		wire_put_int(c->out, *value);
	else
		*value = wire_get_int(c->in);
}

static void code_bool(struct coder *c, bool *value)
{
	if (c->out)
		wire_put_uint(c->out, *value);
	else
		*value = wire_get_capped(c->in, 1) != 0;
}

/* A number from 0 to max: enums and tiers. */
static unsigned code_small(struct coder *c, unsigned value, unsigned max)
{
	if (c->out)
		wire_put_uint(c->out, value);
	else
		value = (unsigned)wire_get_capped(c->in, max);
	return value;
}

/* The count of an array and, when reading, its zeroed elements. */
static void *code_array(struct coder *c, void *array, size_t *count, size_t size, size_t min)
{
	if (c->out) {
		wire_put_uint(c->out, *count);
		return array;
	}
	*count = (size_t)wire_get_capped(c->in, (uint64_t)(c->in->end - c->in->next) / min);
	return *count ? arena_alloc(c->arena, *count * size) : NULL;
}

#define CODE_ARRAY(c, array, count, min, code_one)                                                 \
	do {                                                                                       \
		(array) = code_array((c), (array), &(count), sizeof(*(array)), (min));             \
		for (size_t i_ = 0; i_ < (count) && !((c)->in && (c)->in->failed); i_++)           \
			code_one((c), &(array)[i_]);                                               \
	} while (0)

static void code_origin(struct coder *c, struct origin *at)
{
	if (c->out)
		put_path(c, at->path);
	else
		at->path = get_path(c);
	code_u32(c, &at->line);
}

static void code_fact(struct coder *c, struct fact *fact)
{
	code_str(c, &fact->value);
	code_origin(c, &fact->at);
}

/* An element of a list of facts: it is there because it has a value. */
static void code_said(struct coder *c, struct fact *fact)
{
	code_text(c, &fact->value);
	code_origin(c, &fact->at);
}

static void code_named(struct coder *c, struct named_fact *named)
{
	code_text(c, &named->name);
	code_fact(c, &named->fact);
}

static void code_link(struct coder *c, struct link *link)
{
	code_text(c, &link->type);
	code_str(c, &link->name);
	code_text(c, &link->url);
	code_origin(c, &link->at);
}

static void code_statement(struct coder *c, struct statement *statement)
{
	code_text(c, &statement->check);
	code_str(c, &statement->by);
	code_str(c, &statement->reason);
	code_str(c, &statement->link);
	code_i64(c, &statement->date);
	code_i64(c, &statement->until);
	code_origin(c, &statement->at);
}

static void code_descriptor(struct coder *c, struct descriptor *d)
{
	code_text(c, &d->format);
	d->trust = code_small(c, d->trust, UINT32_MAX);
	code_origin(c, &d->at);
	code_text(c, &d->subdir);
	code_fact(c, &d->name);
	code_fact(c, &d->title);
	code_fact(c, &d->description);
	code_fact(c, &d->tier_text);
	d->tier = (int)code_small(c, (unsigned)d->tier, 4);
	code_fact(c, &d->type);
	code_fact(c, &d->lifecycle);
	CODE_ARRAY(c, d->owners, d->owner_count, MIN_FACT, code_said);
	CODE_ARRAY(c, d->depends_on, d->depends_count, MIN_FACT, code_said);
	CODE_ARRAY(c, d->dependency_of, d->dependency_of_count, MIN_FACT, code_said);
	CODE_ARRAY(c, d->aliases, d->alias_count, MIN_FACT, code_said);
	CODE_ARRAY(c, d->urls, d->url_count, MIN_FACT, code_said);
	CODE_ARRAY(c, d->links, d->link_count, MIN_LINK, code_link);
	CODE_ARRAY(c, d->fields, d->field_count, MIN_NAMED, code_named);
	CODE_ARRAY(c, d->attestations, d->attestation_count, MIN_STATEMENT, code_statement);
	CODE_ARRAY(c, d->waivers, d->waiver_count, MIN_STATEMENT, code_statement);
	CODE_ARRAY(c, d->not_applicable, d->not_applicable_count, MIN_STATEMENT, code_statement);
}

static void code_owners(struct coder *c, struct code_owners *owners)
{
	code_text(c, &owners->subdir);
	CODE_ARRAY(c, owners->owners, owners->owner_count, MIN_FACT, code_said);
}

static void code_hit(struct coder *c, struct hit *hit)
{
	size_t names = hit->name_count;

	code_u32(c, &hit->probe);
	code_origin(c, &hit->at);
	code_str(c, &hit->text);
	code_str(c, &hit->value);
	code_i64(c, &hit->touched);
	CODE_ARRAY(c, hit->names, names, MIN_STRING, code_text);
	hit->name_count = (uint32_t)names;
}

static void code_miss(struct coder *c, struct miss *miss)
{
	code_u32(c, &miss->probe);
	code_origin(c, &miss->at);
	code_text(c, &miss->reason);
}

static void code_dependency(struct coder *c, struct dependency *dependency)
{
	code_text(c, &dependency->ecosystem);
	code_text(c, &dependency->name);
	code_str(c, &dependency->version);
	dependency->scope = code_small(c, dependency->scope, DEP_UNKNOWN);
	code_bool(c, &dependency->direct);
	code_bool(c, &dependency->resolved);
	code_origin(c, &dependency->at);
}

static void code_author(struct coder *c, struct author *author)
{
	code_text(c, &author->name);
	code_text(c, &author->email);
	code_u32(c, &author->commits);
	code_i64(c, &author->last);
	code_bool(c, &author->bot);
}

static void code_history(struct coder *c, struct history *history)
{
	code_text(c, &history->subdir);
	code_bool(c, &history->complete);
	code_u32(c, &history->commits);
	code_u32(c, &history->bot_commits);
	code_u32(c, &history->dependency_bot_commits);
	CODE_ARRAY(c, history->authors, history->author_count, MIN_AUTHOR, code_author);
	code_i64(c, &history->last_commit);
	code_str(c, &history->last_hash);
	code_str(c, &history->last_author);
	code_str(c, &history->last_subject);
	code_i64(c, &history->stays_until);
}

static void code_language(struct coder *c, struct language *language)
{
	code_text(c, &language->subdir);
	code_text(c, &language->name);
	code_origin(c, &language->at);
}

static void code_warning(struct coder *c, struct warning *warning)
{
	code_origin(c, &warning->at);
	code_text(c, &warning->text);
}

static void code_head(struct coder *c, struct checkout *co)
{
	co->state = code_small(c, co->state, CHECKOUT_ABSENT);
	code_str(c, &co->problem);
	code_str(c, &co->fix);
	code_text(c, &co->path);
	code_bool(c, &co->bare);
	code_bool(c, &co->shallow);
	code_bool(c, &co->partial);
	code_bool(c, &co->detached);
	code_bool(c, &co->linked);
	code_str(c, &co->remote);
	code_str(c, &co->head);
	code_str(c, &co->ref);
	code_str(c, &co->resolved);
	code_i64(c, &co->head_time);
	code_i64(c, &co->fetched_at);
	code_u32(c, &co->trees_read);
	code_u32(c, &co->blobs_read);
	code_u32(c, &co->scan_us);
}

static void code_checkout(struct coder *c, struct checkout *co)
{
	code_head(c, co);
	CODE_ARRAY(c, co->descriptors, co->descriptor_count, MIN_DESCRIPTOR, code_descriptor);
	CODE_ARRAY(c, co->code_owners, co->code_owners_count, MIN_OWNERS, code_owners);
	CODE_ARRAY(c, co->hits, co->hit_count, MIN_HIT, code_hit);
	CODE_ARRAY(c, co->misses, co->miss_count, MIN_MISS, code_miss);
	CODE_ARRAY(c, co->dependencies, co->dependency_count, MIN_DEPENDENCY, code_dependency);
	CODE_ARRAY(c, co->histories, co->history_count, MIN_HISTORY, code_history);
	CODE_ARRAY(c, co->languages, co->language_count, MIN_LANGUAGE, code_language);
	CODE_ARRAY(c, co->warnings, co->warning_count, MIN_WARNING, code_warning);
}

static struct checkout *new_in(struct arena *arena, const char *path)
{
	struct checkout *checkout = arena_alloc(arena, sizeof(*checkout));

	checkout->arena = arena;
	checkout->path = path ? arena_strdup(arena, path) : "";
	return checkout;
}

struct checkout *checkout_new(const char *path)
{
	return new_in(arena_new(), path);
}

void checkout_free(struct checkout *checkout)
{
	if (checkout)
		arena_free(checkout->arena);
}

void checkout_encode(const struct checkout *checkout, struct buf *out)
{
	struct coder coder = {.out = out};
	struct checkout copy = *checkout;

	code_checkout(&coder, &copy);
}

static struct checkout *decode(struct wire_reader *in, size_t room)
{
	struct checkout *checkout = new_in(arena_new_sized(room), NULL);
	struct coder coder = {.in = in, .arena = checkout->arena};

	code_checkout(&coder, checkout);
	if (!in->failed)
		return checkout;
	checkout_free(checkout);
	return NULL;
}

struct checkout *checkout_decode(struct wire_reader *in)
{
	struct wire_reader again = *in;
	size_t size = (size_t)(in->end - in->next), used;
	bool fit = size <= WORTH_A_FIT;
	struct checkout *checkout = decode(in, 2 * (fit ? size : WORTH_A_FIT));

	if (!checkout || !fit)
		return checkout;
	/* Thousands of these are kept for long: read it once more into as much as it takes. */
	used = arena_used(checkout->arena);
	checkout_free(checkout);
	return decode(&again, used);
}
