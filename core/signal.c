#include "core/signal.h"

#include <string.h>

#include "core/mem.h"

static const char *const kind_names[SIGNAL_KINDS] = {
    "alert",  "ci",  "incident", "oncall", "uptime",   "cert",	"vulnerability", "errors",
    "deploy", "slo", "rule",	 "target", "schedule", "check", "silence",
};

static const char *const state_names[] = {"ok", "warning", "critical", "unknown"};

const char *signal_kind_name(enum signal_kind kind)
{
	return kind_names[kind];
}

int signal_kind_find(const char *name)
{
	for (int i = 0; i < SIGNAL_KINDS; i++)
		if (!strcmp(kind_names[i], name))
			return i;
	return -1;
}

const char *signal_state_name(enum signal_state state)
{
	return state_names[state];
}

/* Room for one more in a list that lives in an arena; what it was before stays there, unused. */
static void *grown(struct arena *arena, void *list, size_t count, size_t *cap, size_t size)
{
	void *larger;

	if (count < *cap)
		return list;
	*cap = mem_grown(*cap, count + 1);
	larger = arena_alloc(arena, *cap * size);
	if (count)
		memcpy(larger, list, count * size);
	return larger;
}

/* As above for short lists without a capacity: it is the next power of two. */
static void *grown_short(struct arena *arena, void *list, size_t count, size_t size)
{
	void *larger;

	if (count & (count - 1))
		return list;
	larger = arena_alloc(arena, (count ? 2 * count : 1) * size);
	if (count)
		memcpy(larger, list, count * size);
	return larger;
}

struct signal *signal_add(struct signal_list *list, enum signal_kind kind, enum signal_state state,
			  const char *id, const char *title)
{
	struct signal *signal;

	if (list->count >= SIGNALS_MAX) {
		list->dropped++;
		return NULL;
	}
	list->signals = grown(list->arena, list->signals, list->count, &list->cap, sizeof(*signal));
	signal = &list->signals[list->count++];
	*signal = (struct signal){.kind = kind, .state = state, .id = id, .title = title};
	return signal;
}

static void add_label(struct arena *arena, struct signal_label **labels, size_t *count,
		      const char *name, const char *value)
{
	*labels = grown_short(arena, *labels, *count, sizeof(**labels));
	(*labels)[(*count)++] =
	    (struct signal_label){arena_strdup(arena, name), arena_strdup(arena, value)};
}

void signal_add_key(struct signal_list *list, struct signal *signal, const char *name,
		    const char *value)
{
	if (value && *value)
		add_label(list->arena, &signal->keys, &signal->key_count, name, value);
}

void signal_add_label(struct signal_list *list, struct signal *signal, const char *name,
		      const char *value)
{
	add_label(list->arena, &signal->labels, &signal->label_count, name, value ? value : "");
}

void signal_add_ref(struct signal_list *list, struct signal *signal, const char *ref)
{
	signal->refs =
	    grown_short(list->arena, signal->refs, signal->ref_count, sizeof(*signal->refs));
	signal->refs[signal->ref_count++] = arena_strdup(list->arena, ref);
}

const char *signal_label(const struct signal *signal, const char *name)
{
	for (size_t i = 0; i < signal->label_count; i++)
		if (!strcmp(signal->labels[i].name, name))
			return signal->labels[i].value;
	return NULL;
}

/* Whether other has all labels of signal, but what only Alertmanager can know. */
static bool has_labels_of(const struct signal *other, const struct signal *signal)
{
	for (size_t i = 0; i < signal->label_count; i++) {
		const char *value = signal_label(other, signal->labels[i].name);

		if (!strcmp(signal->labels[i].name, SIGNAL_RECEIVERS))
			continue;
		if (!value || strcmp(value, signal->labels[i].value) != 0)
			return false;
	}
	return true;
}

bool signal_same_alert(const struct signal *a, const struct signal *b)
{
	if (a->kind != SIGNAL_ALERT || b->kind != SIGNAL_ALERT || strcmp(a->title, b->title) != 0)
		return false;
	if (!strcmp(a->id, b->id))
		return true;
	return has_labels_of(a, b) || has_labels_of(b, a);
}

/* ---- encoding ---- */

enum { TEXTS = 11 };

/* All single texts of a signal, so that both directions go over the same list. */
static void texts_of(struct signal *signal, const char **texts[TEXTS])
{
	const char **const all[TEXTS] = {
	    &signal->id,
	    &signal->title,
	    &signal->text,
	    &signal->severity,
	    &signal->value,
	    &signal->url,
	    &signal->runbook,
	    &signal->environment,
	    &signal->commit,
	    &signal->author,
	    NULL,
	};

	memcpy(texts, all, sizeof(all));
}

static void copy_labels(struct signal_label **labels, size_t count, struct arena *arena)
{
	struct signal_label *copy = count ? arena_alloc(arena, count * sizeof(*copy)) : NULL;

	for (size_t i = 0; i < count; i++)
		copy[i] = (struct signal_label){arena_strdup(arena, (*labels)[i].name),
						arena_strdup(arena, (*labels)[i].value)};
	*labels = copy;
}

struct signal *signals_copy(const struct signal *signals, size_t count, struct arena *arena)
{
	struct signal *copies = count ? arena_alloc(arena, count * sizeof(*copies)) : NULL;
	const char **texts[TEXTS], **refs;

	for (size_t i = 0; i < count; i++) {
		struct signal *copy = &copies[i];

		*copy = signals[i];
		texts_of(copy, texts);
		for (size_t t = 0; texts[t]; t++)
			*texts[t] = arena_strdup(arena, *texts[t]);
		copy_labels(&copy->keys, copy->key_count, arena);
		copy_labels(&copy->labels, copy->label_count, arena);
		refs = copy->ref_count ? arena_alloc(arena, copy->ref_count * sizeof(*refs)) : NULL;
		for (size_t r = 0; r < copy->ref_count; r++)
			refs[r] = arena_strdup(arena, copy->refs[r]);
		copy->refs = refs;
	}
	return copies;
}

/* Two numbers folded into one that shows nothing of either. */
static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)(a ^ UINT64_C(0x9e3779b97f4a7c15)) *
				    (b ^ UINT64_C(0xd6e8feb86659fd93));

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* NULL and "" differ, and so do texts that are split elsewhere. */
static uint64_t mix_text(uint64_t digest, const char *text)
{
	size_t len = text ? strlen(text) : 0;
	uint64_t part;

	digest = mix(digest, text ? len + 1 : 0);
	for (; len >= sizeof(part); text += sizeof(part), len -= sizeof(part)) {
		memcpy(&part, text, sizeof(part));
		digest = mix(digest, part);
	}
	part = 0;
	if (len)
		memcpy(&part, text, len);
	return mix(digest, part);
}

static uint64_t mix_labels(uint64_t digest, const struct signal_label *labels, size_t count)
{
	digest = mix(digest, count);
	for (size_t i = 0; i < count; i++)
		digest = mix_text(mix_text(digest, labels[i].name), labels[i].value);
	return digest;
}

uint64_t signal_digest(const struct signal *signal)
{
	struct signal copy = *signal;
	const char **texts[TEXTS];
	uint64_t digest, number;

	memcpy(&number, &signal->number, sizeof(number));
	digest = mix((uint64_t)signal->kind << 32 | (uint64_t)signal->state, signal->flags);
	digest = mix(mix(digest, (uint64_t)signal->since), (uint64_t)signal->until);
	digest = mix(digest, number);
	texts_of(&copy, texts);
	for (size_t i = 0; texts[i]; i++)
		digest = mix_text(digest, *texts[i]);
	digest = mix_labels(digest, signal->keys, signal->key_count);
	digest = mix_labels(digest, signal->labels, signal->label_count);
	digest = mix(digest, signal->ref_count);
	for (size_t i = 0; i < signal->ref_count; i++)
		digest = mix_text(digest, signal->refs[i]);
	return digest;
}

static size_t text_size(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static size_t labels_size(const struct signal_label *labels, size_t count)
{
	size_t size = (count + 1) * sizeof(*labels);

	for (size_t i = 0; i < count; i++)
		size += text_size(labels[i].name) + text_size(labels[i].value);
	return size;
}

size_t signals_size(const struct signal *signals, size_t count)
{
	const char **texts[TEXTS];
	size_t size = (count + 1) * sizeof(*signals);

	for (size_t i = 0; i < count; i++) {
		struct signal copy = signals[i];

		texts_of(&copy, texts);
		for (size_t t = 0; texts[t]; t++)
			size += text_size(*texts[t]);
		size += labels_size(copy.keys, copy.key_count);
		size += labels_size(copy.labels, copy.label_count);
		size += (copy.ref_count + 1) * sizeof(*copy.refs);
		for (size_t r = 0; r < copy.ref_count; r++)
			size += text_size(copy.refs[r]);
	}
	return size;
}

static void labels_encode(const struct signal_label *labels, size_t count, struct buf *out)
{
	wire_put_uint(out, count);
	for (size_t i = 0; i < count; i++) {
		wire_put_str(out, labels[i].name);
		wire_put_str(out, labels[i].value);
	}
}

static void number_encode(double number, struct buf *out)
{
	wire_put_bytes(out, &number, sizeof(number));
}

static void signal_encode(const struct signal *signal, struct buf *out)
{
	struct signal copy = *signal;
	const char **texts[TEXTS];

	wire_put_uint(out, signal->kind);
	wire_put_uint(out, signal->state);
	wire_put_uint(out, signal->flags);
	texts_of(&copy, texts);
	for (size_t i = 0; texts[i]; i++)
		wire_put_str(out, *texts[i]);
	wire_put_int(out, signal->since);
	wire_put_int(out, signal->until);
	number_encode(signal->number, out);
	labels_encode(signal->keys, signal->key_count, out);
	labels_encode(signal->labels, signal->label_count, out);
	wire_put_uint(out, signal->ref_count);
	for (size_t i = 0; i < signal->ref_count; i++)
		wire_put_str(out, signal->refs[i]);
}

void signals_encode(const struct signal *signals, size_t count, struct buf *out)
{
	wire_put_uint(out, count);
	for (size_t i = 0; i < count; i++)
		signal_encode(&signals[i], out);
}

static const char *get_text(struct wire_reader *in, struct arena *arena)
{
	const char *text = wire_get_str(in, arena);

	return text ? text : "";
}

static struct signal_label *labels_decode(struct wire_reader *in, struct arena *arena,
					  size_t *count)
{
	struct signal_label *labels;

	*count = wire_get_count(in);
	if (!*count)
		return NULL;
	labels = arena_alloc(arena, *count * sizeof(*labels));
	for (size_t i = 0; i < *count && !in->failed; i++) {
		labels[i].name = get_text(in, arena);
		labels[i].value = get_text(in, arena);
	}
	return labels;
}

static double number_decode(struct wire_reader *in)
{
	double number = 0;
	size_t len;
	const void *bytes = wire_get_bytes(in, &len);

	if (!in->failed && len == sizeof(number))
		memcpy(&number, bytes, sizeof(number));
	else
		in->failed = true;
	return number;
}

static void signal_decode(struct signal *signal, struct wire_reader *in, struct arena *arena)
{
	const char **texts[TEXTS];

	signal->kind = (enum signal_kind)wire_get_capped(in, SIGNAL_KINDS - 1);
	signal->state = (enum signal_state)wire_get_capped(in, SIGNAL_UNKNOWN);
	signal->flags = (unsigned)wire_get_capped(in, 31);
	texts_of(signal, texts);
	for (size_t i = 0; texts[i]; i++)
		*texts[i] = wire_get_str(in, arena);
	if (!signal->id || !signal->title)
		in->failed = true;
	signal->since = wire_get_int(in);
	signal->until = wire_get_int(in);
	signal->number = number_decode(in);
	signal->keys = labels_decode(in, arena, &signal->key_count);
	signal->labels = labels_decode(in, arena, &signal->label_count);
	signal->ref_count = wire_get_count(in);
	signal->refs = arena_alloc(arena, (signal->ref_count + 1) * sizeof(*signal->refs));
	for (size_t i = 0; i < signal->ref_count && !in->failed; i++)
		signal->refs[i] = get_text(in, arena);
}

bool signals_decode(struct signal_list *list, struct wire_reader *in)
{
	size_t count = wire_get_count(in);

	if (count > SIGNALS_MAX)
		in->failed = true;
	for (size_t i = 0; i < count && !in->failed; i++)
		signal_decode(signal_add(list, SIGNAL_ALERT, SIGNAL_OK, NULL, NULL), in,
			      list->arena);
	return !in->failed;
}
