#include "tui/keymap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/doc.h"
#include "core/mem.h"
#include "core/text.h"

static const struct action_info actions[ACTION_COUNT] = {
#define X(id, name, keys, panes, footer, help) {name, keys, panes, footer, help},
    ACTIONS(X)
#undef X
};

static const char *const pane_words[PANE_COUNT] = {
    [PANE_SERVICES] = "services", [PANE_TIERS] = "tiers",	[PANE_GAPS] = "gaps",
    [PANE_INCIDENT] = "incident", [PANE_SILENCE] = "silence",	[PANE_SERVICE] = "service",
    [PANE_EVIDENCE] = "evidence", [PANE_PLAYBOOK] = "playbook", [PANE_HELP] = "help",
    [PANE_TEXT] = "text",	  [PANE_SOURCES] = "sources",	[PANE_HISTORY] = "history",
};

static const struct {
	const char *name;
	uint32_t key;
} key_names[] = {
    {"enter", KEYC_ENTER},	   {"return", KEYC_ENTER},  {"esc", KEYC_ESC},
    {"escape", KEYC_ESC},	   {"tab", KEYC_TAB},	    {"s-tab", KEYC_BACKTAB},
    {"shift-tab", KEYC_BACKTAB},   {"space", ' '},	    {"up", KEYC_UP},
    {"down", KEYC_DOWN},	   {"left", KEYC_LEFT},	    {"right", KEYC_RIGHT},
    {"home", KEYC_HOME},	   {"end", KEYC_END},	    {"pgup", KEYC_PGUP},
    {"pgdn", KEYC_PGDN},	   {"insert", KEYC_INSERT}, {"delete", KEYC_DELETE},
    {"backspace", KEYC_BACKSPACE},
};

enum { MAX_KEYS = 8, MAX_BINDINGS = 256 };

struct binding {
	uint32_t key;
	enum action action;
	uint32_t line; /* of keys.yml; 0: a default */
};

struct keymap {
	struct binding bindings[MAX_BINDINGS];
	size_t count;
};

const struct action_info *action_info(enum action action)
{
	return action < ACTION_COUNT ? &actions[action] : NULL;
}

enum action action_by_name(const char *name)
{
	for (int i = 0; i < ACTION_COUNT; i++)
		if (strcmp(actions[i].name, name) == 0)
			return (enum action)i;
	return ACTION_NONE;
}

const char *pane_word(enum pane pane)
{
	return pane < PANE_COUNT ? pane_words[pane] : "";
}

/* One character that is the whole of s; KEYC_NONE otherwise. */
static uint32_t key_of_char(const char *s)
{
	uint32_t key;
	size_t len = strlen(s);
	if (len == 0 || text_decode(s, len, &key) != len || text_char_width(key) < 1)
		return KEYC_NONE;
	return key == ' ' ? KEYC_NONE : key;
}

static uint32_t control_key(char c)
{
	if (c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	return c >= 'a' && c <= 'z' ? (uint32_t)(c - 'a' + 1) : KEYC_NONE;
}

uint32_t keymap_parse_key(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(key_names); i++)
		if (strcmp(key_names[i].name, name) == 0)
			return key_names[i].key;
	if (name[0] == '^' && name[1] && !name[2])
		return control_key(name[1]);
	if (strncmp(name, "ctrl-", 5) == 0 && name[5] && !name[6])
		return control_key(name[5]);
	if (name[0] == 'f' && name[1] >= '1' && name[1] <= '9') {
		char *end;
		long number = strtol(name + 1, &end, 10);
		return *end == '\0' && number >= 1 && number <= 12
			   ? (uint32_t)(KEYC_F1 + number - 1)
			   : KEYC_NONE;
	}
	return key_of_char(name);
}

static void name_char(uint32_t key, char *out, size_t size)
{
	struct buf text = {0};
	text_encode(&text, key);
	snprintf(out, size, "%s", buf_str(&text));
	buf_free(&text);
}

const char *keymap_key_name(uint32_t key, char *out, size_t size)
{
	for (size_t i = 0; i < ARRAY_LEN(key_names); i++)
		if (key_names[i].key == key) {
			snprintf(out, size, "%s", key_names[i].name);
			return out;
		}
	if (key < 0x20)
		snprintf(out, size, "^%c", (int)(key + '`'));
	else if (key >= KEYC_F1 && key <= KEYC_F12)
		snprintf(out, size, "f%d", (int)(key - KEYC_F1 + 1));
	else if (key < 0x110000)
		name_char(key, out, size);
	else
		snprintf(out, size, "?");
	return out;
}

static void bind_key(struct keymap *keymap, uint32_t key, enum action action, uint32_t line)
{
	if (keymap->count < MAX_BINDINGS)
		keymap->bindings[keymap->count++] = (struct binding){key, action, line};
}

static void unbind_at(struct keymap *keymap, size_t index)
{
	keymap->count--;
	memmove(&keymap->bindings[index], &keymap->bindings[index + 1],
		(keymap->count - index) * sizeof(keymap->bindings[0]));
}

static void bind_defaults(struct keymap *keymap, enum action action)
{
	char word[16];
	for (const char *p = actions[action].keys; *p;) {
		size_t len = strcspn(p, " ");
		snprintf(word, sizeof(word), "%.*s", (int)len, p);
		bind_key(keymap, keymap_parse_key(word), action, 0);
		p += len + strspn(p + len, " ");
	}
}

struct keymap *keymap_new(void)
{
	struct keymap *keymap = xcalloc(1, sizeof(*keymap));
	for (int i = 0; i < ACTION_COUNT; i++)
		bind_defaults(keymap, (enum action)i);
	return keymap;
}

void keymap_free(struct keymap *keymap)
{
	free(keymap);
}

static bool overlap(enum action a, enum action b)
{
	return (actions[a].panes & actions[b].panes) != 0;
}

/*
 * Gives the key to the action. A default of another action gives way; a line of the
 * file itself does not.
 */
static int take_key(struct keymap *keymap, const char *where, uint32_t key, enum action action,
		    uint32_t line, struct err *err)
{
	char name[16];
	for (size_t i = keymap->count; i-- > 0;) {
		const struct binding *other = &keymap->bindings[i];
		if (other->key != key || !overlap(other->action, action))
			continue;
		if (other->action == action)
			return err_set(err, where, "give each key once", "key '%s' is listed twice",
				       keymap_key_name(key, name, sizeof(name)));
		if (other->line > 0)
			return err_set(err, where, "give one of them another key",
				       "key '%s' is already '%s' (line %u)",
				       keymap_key_name(key, name, sizeof(name)),
				       actions[other->action].name, (unsigned)other->line);
		unbind_at(keymap, i);
	}
	bind_key(keymap, key, action, line);
	return 0;
}

static int load_key(struct keymap *keymap, const char *path, const struct doc *node,
		    enum action action, struct err *err)
{
	char where[256];
	snprintf(where, sizeof(where), "%.200s:%u", path, (unsigned)node->line);
	const char *name = node->kind == DOC_SCALAR ? node->text : "";
	uint32_t key = keymap_parse_key(name);
	if (key == KEYC_NONE)
		return err_set(err, where,
			       "write a character, ^x, enter, esc, tab, s-tab, space, "
			       "up, pgdn, home or f1 to f12",
			       "'%.40s' is not a key", name);
	return take_key(keymap, where, key, action, node->line, err);
}

static int load_action(struct keymap *keymap, const char *path, const struct doc *value,
		       enum action action, struct err *err)
{
	if (value->kind == DOC_NULL || (value->kind == DOC_SEQ && value->len == 0))
		return 0;
	if (value->kind != DOC_SEQ)
		return load_key(keymap, path, value, action, err);
	for (size_t i = 0; i < value->len && i < MAX_KEYS; i++)
		if (load_key(keymap, path, &value->items[i], action, err) < 0)
			return -1;
	return 0;
}

static int find_action(const char *path, const struct doc *key, struct err *err)
{
	enum action action = key->kind == DOC_SCALAR ? action_by_name(key->text) : ACTION_NONE;
	if (action != ACTION_NONE)
		return (int)action;
	char where[256];
	snprintf(where, sizeof(where), "%.200s:%u", path, (unsigned)key->line);
	return err_set(err, where, "`?` in svctop and svctop(1) list the actions",
		       "there is no action '%.40s'", key->kind == DOC_SCALAR ? key->text : "");
}

static int load_map(struct keymap *keymap, const char *path, const struct doc *map, struct err *err)
{
	for (size_t i = 0; i < map->len; i++) {
		int action = find_action(path, &map->pairs[i].key, err);
		if (action < 0)
			return -1;
		for (size_t b = keymap->count; b-- > 0;)
			if (keymap->bindings[b].action == (enum action)action)
				unbind_at(keymap, b);
	}
	for (size_t i = 0; i < map->len; i++) {
		enum action action = action_by_name(map->pairs[i].key.text);
		if (load_action(keymap, path, &map->pairs[i].value, action, err) < 0)
			return -1;
	}
	return 0;
}

int keymap_load(struct keymap *keymap, const char *path, const char *text, size_t len,
		struct err *err)
{
	struct doc_file *file = NULL;
	int result = -1;
	if (doc_parse(&file, DOC_YAML, path, text, len, err) == DOC_BROKEN)
		goto out;
	const struct doc *root = doc_count(file) > 0 ? doc_at(file, 0) : NULL;
	if (!root || root->kind == DOC_NULL) {
		result = 0;
	} else if (root->kind != DOC_MAP) {
		err_set(err, path, "write lines such as `open: [enter, l]`",
			"keys.yml must be a map of actions");
	} else {
		struct keymap copy = *keymap;
		result = load_map(&copy, path, root, err);
		if (result == 0)
			*keymap = copy;
	}
out:
	doc_free(file);
	return result;
}

enum action keymap_action(const struct keymap *keymap, enum pane pane, uint32_t key)
{
	for (size_t i = 0; i < keymap->count; i++)
		if (keymap->bindings[i].key == key &&
		    (actions[keymap->bindings[i].action].panes & IN(pane)))
			return keymap->bindings[i].action;
	return ACTION_NONE;
}

size_t keymap_keys(const struct keymap *keymap, enum action action, uint32_t *keys, size_t max)
{
	size_t count = 0;
	for (size_t i = 0; i < keymap->count && count < max; i++)
		if (keymap->bindings[i].action == action)
			keys[count++] = keymap->bindings[i].key;
	return count;
}

void keymap_unbind(struct keymap *keymap, enum action action)
{
	for (size_t i = keymap->count; i-- > 0;)
		if (keymap->bindings[i].action == action)
			unbind_at(keymap, i);
}

void keymap_describe(const struct keymap *keymap, enum action action, struct buf *out)
{
	uint32_t keys[MAX_KEYS];
	char name[16];
	size_t count = keymap_keys(keymap, action, keys, MAX_KEYS);
	for (size_t i = 0; i < count; i++)
		buf_addf(out, "%s%s", i > 0 ? ", " : "",
			 keymap_key_name(keys[i], name, sizeof(name)));
	if (count == 0)
		buf_addc(out, '-');
}
