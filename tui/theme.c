#include "tui/theme.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tui/file.h"
#include "tui/theme_internal.h"

enum { MAX_THEME_BYTES = 256 * 1024, MAX_THEMES = 2000 };

#define BUILTINS(X)                                                                                \
	X("terminal", terminal)                                                                    \
	X("mono", mono)                                                                            \
	X("blue-orange", blue_orange)                                                              \
	X("high-contrast", high_contrast)                                                          \
	X("dusk", dusk)                                                                            \
	X("paper", paper)

#define X(name, symbol)                                                                            \
	extern const unsigned char data_themes_##symbol##_yaml[];                                  \
	extern const size_t data_themes_##symbol##_yaml_len;
BUILTINS(X)
#undef X

static const struct {
	const char *name;
	const unsigned char *text;
	const size_t *len;
} builtins[] = {
#define X(name, symbol) {name, data_themes_##symbol##_yaml, &data_themes_##symbol##_yaml_len},
    BUILTINS(X)
#undef X
};

static const char *const role_names[ROLE_COUNT] = {
#define X(id, name) name,
    ROLES(X)
#undef X
};

/* A role's base16 colour: text, background (-1: the theme's) and attributes. */
static const struct {
	int fg, bg;
	unsigned flags;
} base_roles[ROLE_COUNT] = {
    [ROLE_TEXT] = {0x05, -1, 0},
    [ROLE_TITLE] = {0x05, -1, STYLE_BOLD},
    [ROLE_FRESH] = {0x05, -1, 0},
    [ROLE_BURN] = {0x08, -1, STYLE_BOLD},
    [ROLE_COLUMN] = {0x0d, -1, STYLE_BOLD},
    [ROLE_HEADING] = {0x0d, -1, STYLE_BOLD},
    [ROLE_CURSOR] = {0x05, 0x02, 0},
    [ROLE_MARK] = {0x0a, -1, STYLE_BOLD},
    [ROLE_TIER_1] = {0x05, -1, 0},
    [ROLE_TIER_2] = {0x05, -1, 0},
    [ROLE_TIER_3] = {0x05, -1, 0},
    [ROLE_TIER_4] = {0x05, -1, 0},
    [ROLE_PASS] = {0x0b, -1, 0},
    [ROLE_GAP] = {0x08, -1, 0},
    [ROLE_UNKNOWN] = {0x0a, -1, 0},
    [ROLE_WAIVED] = {0x0e, -1, 0},
    [ROLE_NA] = {0x04, -1, 0},
    [ROLE_BAR] = {0x0d, -1, 0},
    [ROLE_BAR_REST] = {0x03, -1, 0},
    [ROLE_OWNER] = {0x05, -1, 0},
    [ROLE_LINK] = {0x0d, -1, STYLE_UNDERLINE},
    [ROLE_ORIGIN] = {0x04, -1, 0},
    [ROLE_CODE] = {0x0b, -1, 0},
    [ROLE_EMPH] = {0x06, -1, STYLE_BOLD},
    [ROLE_LINE] = {0x04, -1, 0},
    [ROLE_MATCH] = {0x00, 0x0a, 0},
    [ROLE_WARN] = {0x09, -1, 0},
    [ROLE_ERROR] = {0x08, -1, STYLE_BOLD},
    [ROLE_KEY] = {0x0d, 0x01, STYLE_BOLD},
    [ROLE_FOOTER] = {0x05, 0x01, 0},
    [ROLE_PROMPT] = {0x05, -1, STYLE_BOLD},
};

const char *role_name(enum role role)
{
	return role < ROLE_COUNT ? role_names[role] : "";
}

const char *theme_builtin_name(size_t index)
{
	return index < ARRAY_LEN(builtins) ? builtins[index].name : NULL;
}

const char *theme_builtin_text(size_t index, size_t *len)
{
	if (index >= ARRAY_LEN(builtins))
		return NULL;
	*len = *builtins[index].len;
	return (const char *)builtins[index].text;
}

void theme_plain(struct theme *theme)
{
	for (int i = 0; i < ROLE_COUNT; i++)
		theme->roles[i] = (struct style){COLOR_OWN, COLOR_OWN, 0};
	theme->roles[ROLE_CURSOR].flags = STYLE_REVERSE;
}

/* A scheme may leave some out (btop always does): the nearest relative stands in. */
static int32_t base_or(const int32_t *bases, int32_t none, int index)
{
	static const int instead[16] = {0x00, 0x00, 0x01, 0x04, 0x05, 0x05, 0x05, 0x05,
					0x05, 0x0a, 0x09, 0x05, 0x0d, 0x05, 0x0c, 0x09};
	for (int tries = 0; tries < 4; tries++) {
		if (bases[index] != none)
			return bases[index];
		index = instead[index];
	}
	return COLOR_OWN;
}

void theme_from_bases(struct theme *theme, const int32_t *bases, int32_t none)
{
	int32_t background = base_or(bases, none, 0x00);
	for (int i = 0; i < ROLE_COUNT; i++) {
		struct style *style = &theme->roles[i];
		style->fg = base_or(bases, none, base_roles[i].fg);
		style->bg =
		    base_roles[i].bg < 0 ? background : base_or(bases, none, base_roles[i].bg);
		style->flags = base_roles[i].flags;
	}
	if (theme->roles[ROLE_CURSOR].bg == background)
		theme->roles[ROLE_CURSOR].flags |= STYLE_REVERSE;
}

/* Of many schemes some colour cannot be read on its background: text takes over there. */
static void lift(struct style *style, const struct style *text)
{
	if (COLOR_IS_RGB(style->fg) && COLOR_IS_RGB(style->bg) &&
	    theme_contrast(style->fg, style->bg) < 3.0 &&
	    theme_contrast(text->fg, style->bg) > theme_contrast(style->fg, style->bg))
		style->fg = text->fg;
}

void theme_finish(struct theme *theme)
{
	const struct style text = theme->roles[ROLE_TEXT];
	const struct style cursor = theme->roles[ROLE_CURSOR];
	for (int i = 0; i < ROLE_COUNT; i++) {
		struct style *style = &theme->roles[i];
		if (i != ROLE_BAR_REST)
			lift(style, &text);
		struct style on = *style;
		if (cursor.flags & STYLE_REVERSE) {
			on = cursor;
			on.flags |= style->flags & STYLE_BOLD;
		} else if (style->bg == text.bg) {
			on.bg = cursor.bg;
			on.flags |= cursor.flags;
			lift(&on, &cursor);
		}
		theme->on_cursor[i] = on;
	}
	theme->on_cursor[ROLE_TEXT] = cursor;
}

void theme_mono(struct theme *theme)
{
	struct err err = {0};
	for (size_t i = 0; i < ARRAY_LEN(builtins); i++)
		if (strcmp(builtins[i].name, "mono") == 0)
			theme_parse(theme, "mono", (const char *)builtins[i].text, *builtins[i].len,
				    &err);
	err_clear(&err);
}

static int theme_file(struct theme *theme, const char *path, struct err *err)
{
	struct buf text = {0};
	int result = file_read(path, MAX_THEME_BYTES, &text, err);
	if (result == 0)
		result = theme_parse(theme, path, buf_str(&text), text.len, err);
	if (result == 0)
		snprintf(theme->file, sizeof(theme->file), "%s", path);
	buf_free(&text);
	return result;
}

/* 1: no such file, try elsewhere. */
static int theme_in_dir(struct theme *theme, const char *dir, const char *name, struct err *err)
{
	static const char *const endings[] = {"", ".yaml", ".yml", ".theme"};
	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		char *path = xasprintf("%s/themes/%s%s", dir, name, endings[i]);
		FILE *there = fopen(path, "re");
		int result = 1;
		if (there) {
			fclose(there);
			result = theme_file(theme, path, err);
		}
		free(path);
		if (result != 1)
			return result;
	}
	return 1;
}

int theme_find(struct theme *theme, const char *dir, const char *name, struct err *err)
{
	bool plain_name = strchr(name, '/') == NULL && name[0] != '.';
	if (dir && plain_name) {
		int result = theme_in_dir(theme, dir, name, err);
		if (result != 1)
			return result;
	}
	for (size_t i = 0; i < ARRAY_LEN(builtins); i++)
		if (strcmp(builtins[i].name, name) == 0)
			return theme_parse(theme, name, (const char *)builtins[i].text,
					   *builtins[i].len, err);
	if (strchr(name, '/') || strchr(name, '.'))
		return theme_file(theme, name, err);
	return err_set(err, NULL, "`svctop themes` lists them", "there is no theme '%.60s'", name);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_theme_file(const char *name)
{
	const char *dot = strrchr(name, '.');
	return name[0] != '.' && dot &&
	       (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0 ||
		strcmp(dot, ".theme") == 0);
}

static bool listed(char *const *names, size_t count, const char *name, size_t len)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(names[i], name, len) == 0 && names[i][len] == '\0')
			return true;
	return false;
}

char **theme_list(const char *dir, size_t *count)
{
	char **names = NULL;
	size_t len = 0, cap = 0;
	for (size_t i = 0; i < ARRAY_LEN(builtins); i++) {
		GROW(names, len, cap);
		names[len++] = xstrdup(builtins[i].name);
	}
	size_t own = len;
	char *path = dir ? xasprintf("%s/themes", dir) : NULL;
	DIR *folder = path ? opendir(path) : NULL;
	for (struct dirent *e; folder && len < MAX_THEMES && (e = readdir(folder));) {
		size_t stem =
		    (size_t)(is_theme_file(e->d_name) ? strrchr(e->d_name, '.') - e->d_name : 0);
		if (stem == 0 || listed(names, len, e->d_name, stem))
			continue;
		GROW(names, len, cap);
		names[len++] = xmemdup0(e->d_name, stem);
	}
	if (folder)
		closedir(folder);
	free(path);
	qsort(names + own, len - own, sizeof(*names), by_name);
	*count = len;
	return names;
}
