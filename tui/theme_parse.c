/*
 * Theme files. base16/base24 schemes and btop themes are both "key separator value"
 * a line, so one reader of lines serves them and our own `roles:`; no YAML parser is
 * asked. Formats: github.com/tinted-theming/home (styling.md), and btop's README.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tui/theme_internal.h"

enum { NO_COLOR_GIVEN = INT32_MIN, MAX_LINES = 2000 };

enum section { SECTION_TOP, SECTION_PALETTE, SECTION_ROLES };

struct role_line {
	char value[96];
	unsigned line;
};

struct parser {
	const char *path;
	struct theme *theme;
	struct err *err;
	unsigned line;
	enum section section;
	int32_t base[THEME_BASES]; /* base00 ... base17 */
	bool any_base;
	bool variant_given;
	int32_t btop_selected_fg;
	struct role_line roles[ROLE_COUNT];
};

static const char *const ansi_names[16] = {
    "black",	    "red",	     "green",	    "yellow",	      "blue",
    "magenta",	    "cyan",	     "white",	    "bright-black",   "bright-red",
    "bright-green", "bright-yellow", "bright-blue", "bright-magenta", "bright-cyan",
    "bright-white",
};

/* Which base colour a btop key stands for; the first of a base that is given wins. */
static const struct {
	const char *key;
	int base;
} btop_keys[] = {
    {"main_bg", 0x00},	     {"main_fg", 0x05},	   {"selected_bg", 0x02}, {"hi_fg", 0x0d},
    {"inactive_fg", 0x04},   {"div_line", 0x03},   {"title", 0x06},	  {"proc_misc", 0x0c},
    {"cpu_end", 0x08},	     {"temp_end", 0x08},   {"cpu_mid", 0x0a},	  {"temp_mid", 0x0a},
    {"cpu_start", 0x0b},     {"temp_start", 0x0b}, {"cached_mid", 0x0e},  {"used_mid", 0x0e},
    {"available_mid", 0x09},
};

static int fail(struct parser *p, unsigned line, const char *what, const char *value)
{
	char where[300];
	snprintf(where, sizeof(where), "%.250s:%u", p->path, line);
	return err_set(p->err, where,
		       "write #rrggbb, a base16 name such as base08, one of the 16 colours such as "
		       "bright-red, or `default`",
		       "%s '%.60s'", what, value);
}

static bool hex_colour(const char *s, int32_t *out)
{
	if (*s == '#')
		s++;
	size_t len = strspn(s, "0123456789abcdefABCDEF");
	if (s[len] != '\0' || (len != 6 && len != 3 && len != 2))
		return false;
	uint32_t v = (uint32_t)strtoul(s, NULL, 16);
	if (len == 2) /* btop: a grey */
		v = v << 16 | v << 8 | v;
	else if (len == 3)
		v = (v & 0xf00) * 0x1100 | (v & 0xf0) * 0x110 | (v & 0xf) * 0x11;
	*out = (int32_t)(COLOR_RGB | v);
	return true;
}

/* "r g b" in decimal, as btop allows. */
static bool decimal_colour(const char *s, int32_t *out)
{
	unsigned r, g, b;
	char rest;
	if (sscanf(s, "%3u %3u %3u %c", &r, &g, &b, &rest) != 3 || r > 255 || g > 255 || b > 255)
		return false;
	*out = (int32_t)(COLOR_RGB | r << 16 | g << 8 | b);
	return true;
}

static bool named_colour(const struct parser *p, const char *s, int32_t *out)
{
	if (strcmp(s, "default") == 0) {
		*out = COLOR_OWN;
		return true;
	}
	for (int i = 0; i < 16; i++)
		if (strcmp(ansi_names[i], s) == 0) {
			*out = i;
			return true;
		}
	if (strncmp(s, "base", 4) == 0 && strlen(s) == 6) {
		char *end;
		unsigned long index = strtoul(s + 4, &end, 16);
		if (*end == '\0' && index < THEME_BASES && p->base[index] != NO_COLOR_GIVEN) {
			*out = p->base[index];
			return true;
		}
		return false;
	}
	return hex_colour(s, out);
}

/* "base08 on base00 bold" */
static int parse_style(struct parser *p, const struct role_line *from, struct style *out)
{
	char word[40];
	bool background = false;
	for (const char *s = from->value; *s;) {
		size_t len = strcspn(s, " ");
		snprintf(word, sizeof(word), "%.*s", (int)(len < 39 ? len : 39), s);
		s += len + strspn(s + len, " ");
		if (strcmp(word, "bold") == 0)
			out->flags |= STYLE_BOLD;
		else if (strcmp(word, "underline") == 0)
			out->flags |= STYLE_UNDERLINE;
		else if (strcmp(word, "reverse") == 0)
			out->flags |= STYLE_REVERSE;
		else if (strcmp(word, "on") == 0)
			background = true;
		else if (!named_colour(p, word, background ? &out->bg : &out->fg))
			return fail(p, from->line, "this is no colour:", word);
	}
	return 0;
}

static int base_key(struct parser *p, const char *key, const char *value)
{
	char *end;
	unsigned long index = strtoul(key + 4, &end, 16);
	int32_t colour;
	if (*end != '\0' || index >= THEME_BASES)
		return 0;
	if (!hex_colour(value, &colour))
		return fail(p, p->line, "this is no colour:", value);
	p->base[index] = colour;
	p->any_base = true;
	return 0;
}

static int btop_key(struct parser *p, const char *key, const char *value)
{
	int32_t colour = COLOR_OWN;
	if (*value && !hex_colour(value, &colour) && !decimal_colour(value, &colour))
		return fail(p, p->line, "this is no colour:", value);
	if (strcmp(key, "selected_fg") == 0)
		p->btop_selected_fg = colour;
	for (size_t i = 0; i < ARRAY_LEN(btop_keys); i++) {
		int base = btop_keys[i].base;
		if (strcmp(btop_keys[i].key, key) == 0 && p->base[base] == NO_COLOR_GIVEN) {
			p->base[base] = colour;
			p->any_base = true;
		}
	}
	return 0;
}

static void role_key(struct parser *p, const char *key, const char *value)
{
	for (int i = 0; i < ROLE_COUNT; i++)
		if (strcmp(role_name((enum role)i), key) == 0) {
			snprintf(p->roles[i].value, sizeof(p->roles[i].value), "%s", value);
			p->roles[i].line = p->line;
		}
}

static int yaml_key(struct parser *p, bool indented, const char *key, const char *value)
{
	if (!indented) {
		p->section = strcmp(key, "palette") == 0 ? SECTION_PALETTE
			     : strcmp(key, "roles") == 0 ? SECTION_ROLES
							 : SECTION_TOP;
		if (strcmp(key, "name") == 0 && *value)
			snprintf(p->theme->name, sizeof(p->theme->name), "%s", value);
		else if (strcmp(key, "variant") == 0) {
			p->theme->dark = strcmp(value, "light") != 0;
			p->variant_given = true;
		} else if (strcmp(key, "colours") == 0)
			p->theme->colours = strcmp(value, "none") != 0;
	}
	if (p->section == SECTION_ROLES && indented)
		role_key(p, key, value);
	else if (strncmp(key, "base", 4) == 0 && strlen(key) == 6)
		return base_key(p, key, value);
	return 0;
}

/* Cuts the value out of its quotes, or off its comment. In place. */
static char *unquote(char *s)
{
	if (*s == '"' || *s == '\'') {
		char *end = strchr(s + 1, *s);
		if (end)
			*end = '\0';
		return s + 1;
	}
	for (char *c = s; *c; c++)
		if (*c == '#' && c > s && (c[-1] == ' ' || c[-1] == '\t')) {
			*c = '\0';
			break;
		}
	for (size_t len = strlen(s); len > 0 && strchr(" \t\r", s[len - 1]); len--)
		s[len - 1] = '\0';
	return s;
}

static int parse_line(struct parser *p, char *text)
{
	char *s = text + strspn(text, " \t");
	bool indented = s > text;
	if (*s == '#' || *s == '\0' || strncmp(s, "---", 3) == 0)
		return 0;
	bool btop = strncmp(s, "theme[", 6) == 0;
	char *key = btop ? s + 6 : s;
	char *end = key + strcspn(key, btop ? "]" : ":");
	if (*end == '\0')
		return 0;
	*end++ = '\0';
	end += strspn(end, " \t=");
	char *value = unquote(end);
	return btop ? btop_key(p, key, value) : yaml_key(p, indented, unquote(key), value);
}

static int parse_lines(struct parser *p, const char *text, size_t len)
{
	char line[512];
	const char *end = text + len;
	while (text < end && p->line < MAX_LINES) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t size = (size_t)((nl ? nl : end) - text);
		p->line++;
		if (size < sizeof(line)) {
			memcpy(line, text, size);
			line[size] = '\0';
			if (size > 0 && line[size - 1] == '\r')
				line[size - 1] = '\0';
			if (parse_line(p, line) < 0)
				return -1;
		}
		text += size + 1;
	}
	return 0;
}

static int apply_roles(struct parser *p)
{
	struct theme *theme = p->theme;
	const struct role_line *text = &p->roles[ROLE_TEXT];
	if (text->line > 0) {
		theme->roles[ROLE_TEXT].flags = 0;
		if (parse_style(p, text, &theme->roles[ROLE_TEXT]) < 0)
			return -1;
	}
	for (int i = 0; i < ROLE_COUNT; i++) {
		if (i == ROLE_TEXT || p->roles[i].line == 0)
			continue;
		struct style style = theme->roles[ROLE_TEXT];
		style.flags = 0;
		if (parse_style(p, &p->roles[i], &style) < 0)
			return -1;
		theme->roles[i] = style;
	}
	return 0;
}

static void name_after_file(struct theme *theme, const char *path)
{
	const char *base = strrchr(path, '/');
	base = base ? base + 1 : path;
	size_t len = strcspn(base, ".");
	snprintf(theme->name, sizeof(theme->name), "%.*s", (int)(len < 60 ? len : 60), base);
}

int theme_parse(struct theme *theme, const char *path, const char *text, size_t len,
		struct err *err)
{
	struct theme made = {.dark = true, .colours = true};
	struct parser p = {.path = path, .theme = &made, .err = err};
	p.btop_selected_fg = NO_COLOR_GIVEN;
	for (size_t i = 0; i < THEME_BASES; i++)
		p.base[i] = NO_COLOR_GIVEN;
	name_after_file(&made, path);
	if (parse_lines(&p, text, len) < 0)
		return -1;
	bool any_role = false;
	for (int i = 0; i < ROLE_COUNT; i++)
		any_role = any_role || p.roles[i].line > 0;
	if (!p.any_base && !any_role)
		return err_set(err, path,
			       "base16 and base24 schemes, btop themes and `roles:` are read",
			       "holds no colours that svctop knows");
	if (p.any_base)
		theme_from_bases(&made, p.base, NO_COLOR_GIVEN);
	else
		theme_plain(&made);
	if (p.btop_selected_fg != NO_COLOR_GIVEN)
		made.roles[ROLE_CURSOR].fg = p.btop_selected_fg;
	if (apply_roles(&p) < 0)
		return -1;
	if (!p.variant_given && COLOR_IS_RGB(made.roles[ROLE_TEXT].bg))
		made.dark = theme_contrast(made.roles[ROLE_TEXT].bg, COLOR_RGB | 0xffffff) > 4.5;
	theme_finish(&made);
	*theme = made;
	return 0;
}
