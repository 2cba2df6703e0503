#include <ctype.h>
#include <string.h>

#include "core/config_internal.h"
#include "core/mem.h"

/*
 * What a source may send to its server. A secret is named, never written out: the file
 * may be in git, on a screen, in a backup. So errors do not repeat what stands there.
 */

static const char say_where[] =
    "say where it is: {env: NAME}, {file: PATH} or {command: [pass, show, NAME]}";
static const char say_auth[] = "write auth: {bearer: {env: NAME}}";
static const char say_basic[] = "write auth: {basic: {user: NAME, password: {env: NAME}}}";

#define WORD_MAX 32

/* Lower case and without "-_.", of which each vendor has its own; the end of a long one. */
static void simplify(const char *word, size_t len, char out[WORD_MAX])
{
	size_t used = 0;

	if (len >= WORD_MAX) {
		word += len - (WORD_MAX - 1);
		len = WORD_MAX - 1;
	}
	for (size_t i = 0; i < len; i++)
		if (isalnum((unsigned char)word[i]))
			out[used++] = (char)tolower((unsigned char)word[i]);
	out[used] = '\0';
}

static bool names_secret(const char *text, size_t len)
{
	static const char *const words[] = {"key",	 "pass", "pwd",		"auth",
					    "signature", "sig",	 "credentials", "jwt"};
	static const char *const ends[] = {"token",   "password",   "passwd",	  "passphrase",
					   "secret",  "apikey",	    "accesskey",  "secretkey",
					   "authkey", "privatekey", "routingkey", "bearer"};
	char word[WORD_MAX];

	simplify(text, len, word);
	len = strlen(word);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!strcmp(word, words[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (len >= strlen(ends[i]) && !strcmp(word + len - strlen(ends[i]), ends[i]))
			return true;
	return false;
}

bool config_names_secret(const char *word)
{
	return names_secret(word, strlen(word));
}

/* What somebody wrote who took {env: ...} for the place of the value. */
static bool looks_like_secret(const char *name)
{
	static const char *const starts[] = {"ghp_",	    "gho_",   "ghu_",  "ghs_",	   "ghr_",
					     "github_pat_", "glpat_", "glsa_", "sk_live_", "eyJ"};
	bool digit = false, lower = false;

	for (size_t i = 0; i < ARRAY_LEN(starts); i++)
		if (!strncmp(name, starts[i], strlen(starts[i])))
			return true;
	for (const char *c = name; *c; c++) {
		digit |= isdigit((unsigned char)*c) != 0;
		lower |= islower((unsigned char)*c) != 0;
	}
	return digit && lower && strlen(name) >= 20 && !strchr(name, '_');
}

static bool is_variable(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_')
			return false;
	return !isdigit((unsigned char)name[0]);
}

static int read_command(struct reading *in, const struct doc *value, struct config_secret *secret)
{
	const char *program;

	if (value->kind != DOC_SEQ || !value->len)
		return config_fail(in, value, "write a list: [pass, show, NAME]",
				   "command is no list of words");
	secret->words = arena_alloc(in->config->arena, (value->len + 1) * sizeof(*secret->words));
	for (size_t i = 0; i < value->len; i++) {
		secret->words[i] = config_text(in, doc_item(value, i), "command");
		if (!secret->words[i])
			return -1;
	}
	secret->word_count = value->len;
	program = strrchr(secret->words[0], '/');
	program = program ? program + 1 : secret->words[0];
	if (!strcmp(program, "echo") || !strcmp(program, "printf"))
		return config_fail(in, value, say_where, "command has the secret itself");
	if (secret->words[0][0] == '~')
		secret->words[0] = config_expand(in, value, secret->words[0]);
	return secret->words[0] ? 0 : -1;
}

static int read_secret(struct reading *in, const struct doc *value, const char *key,
		       struct config_secret *secret)
{
	static const char *const known[] = {"env", "file", "command"};
	static const enum secret_kind kinds[] = {SECRET_ENV, SECRET_FILE, SECRET_COMMAND};
	const struct doc_pair *pair;
	int which;

	if (value->kind != DOC_MAP)
		return config_fail(in, value, say_where, "%s has the secret itself", key);
	if (value->len != 1)
		return config_fail(in, value, say_where, "%s needs one of env, file and command",
				   key);
	pair = &value->pairs[0];
	which = config_index(in, &pair->key, "place of a secret", known, ARRAY_LEN(known));
	if (which < 0)
		return -1;
	secret->kind = kinds[which];
	secret->line = pair->key.line;
	if (secret->kind == SECRET_COMMAND)
		return read_command(in, &pair->value, secret);
	secret->text = config_text(in, &pair->value, known[which]);
	if (secret->text && secret->kind == SECRET_FILE)
		secret->text = config_expand(in, &pair->value, secret->text);
	else if (secret->text && (!is_variable(secret->text) || looks_like_secret(secret->text)))
		return config_fail(in, &pair->value, "write the name, not the value: {env: TOKEN}",
				   "env is no name of a variable");
	return secret->text ? 0 : -1;
}

/* {user: me, password: {env: X}} or {name: X-Key, value: {env: X}}: a plain word and a secret. */
static int read_named(struct reading *in, const struct doc *value, const char *const *keys,
		      const char *kind, struct config_auth *auth)
{
	if (value->kind != DOC_MAP)
		return config_fail(in, value, say_where, "%s is no mapping of %s and %s", kind,
				   keys[0], keys[1]);
	for (size_t i = 0; i < value->len; i++) {
		const struct doc_pair *pair = &value->pairs[i];
		int key = config_index(in, &pair->key, "key of auth", keys, 2);

		if (key < 0)
			return -1;
		if (key == 0 && !(auth->name = config_text(in, &pair->value, keys[0])))
			return -1;
		if (key == 1 && read_secret(in, &pair->value, keys[1], &auth->secret) < 0)
			return -1;
	}
	if (!auth->name)
		return config_fail(in, value, NULL, "%s needs %s", kind, keys[0]);
	if (!auth->secret.kind)
		return config_fail(in, value, say_where, "%s needs %s", kind, keys[1]);
	return 0;
}

/* RFC 9110: a header's name is a token; nothing may end the line. */
static int check_header_name(struct reading *in, const struct doc *value, const char *name)
{
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("!#$%&'*+-.^_`|~", *c))
			return config_fail(in, value, "as in {name: X-Api-Key, value: {env: NAME}}",
					   "header: the name is none that HTTP knows");
	return 0;
}

/* Basic credentials are user:password, so a user with ':' would be another one. */
static int check_user(struct reading *in, const struct doc *value, const char *user)
{
	for (const char *c = user; *c; c++)
		if (*c == ':' || iscntrl((unsigned char)*c))
			return config_fail(in, value, say_basic,
					   "basic: the user has a \"%s\" in it",
					   *c == ':' ? ":" : "control character");
	return 0;
}

/* The login of a vendor's own tool: it is for that vendor alone. */
static int read_tool(struct reading *in, const struct doc *value, struct config_source *source)
{
	static const char *const tools[] = {"gh", "glab"}, *const owners[] = {"github", "gitlab"};
	const char *text = doc_str(value);

	for (size_t i = 0; text && i < ARRAY_LEN(tools); i++) {
		if (strcmp(text, tools[i]) != 0)
			continue;
		if (strcmp(source->type, owners[i]) != 0 && strcmp(source->type, "json") != 0)
			return config_fail(in, value, say_auth,
					   "auth: %s is the login of sources of type %s", tools[i],
					   owners[i]);
		source->auth.kind = AUTH_TOOL;
		source->auth.name = tools[i];
		return 0;
	}
	return config_fail(in, value, say_auth, "auth has the secret itself");
}

int config_read_auth(struct reading *in, const struct doc *value, struct config_source *source)
{
	static const char *const known[] = {"bearer", "basic", "header"};
	static const char *const basic[] = {"user", "password"}, *const header[] = {"name",
										    "value"};
	struct config_auth *auth = &source->auth;
	const struct doc_pair *pair;
	int which;

	auth->line = value->line;
	if (value->kind != DOC_MAP)
		return read_tool(in, value, source);
	if (value->len != 1)
		return config_fail(in, value, say_auth,
				   "auth needs one of bearer, basic and header");
	pair = &value->pairs[0];
	which = config_index(in, &pair->key, "kind of auth", known, ARRAY_LEN(known));
	if (which < 0)
		return -1;
	auth->kind = (enum auth_kind)(AUTH_BEARER + which);
	if (auth->kind == AUTH_BEARER)
		return read_secret(in, &pair->value, "bearer", &auth->secret);
	if (auth->kind == AUTH_BASIC)
		return read_named(in, &pair->value, basic, "basic", auth) < 0
			   ? -1
			   : check_user(in, &pair->value, auth->name);
	return read_named(in, &pair->value, header, "header", auth) < 0
		   ? -1
		   : check_header_name(in, &pair->value, auth->name);
}

/* Whether a query has a parameter such as token=: it would be a secret in the file. */
static bool query_has_secret(const char *url)
{
	const char *at = url + strcspn(url, "?#");

	while (*at && *at != '#') {
		size_t len = strcspn(++at, "=&;#");

		if (at[len] == '=' && names_secret(at, len))
			return true;
		at += strcspn(at, "&;#");
	}
	return false;
}

int config_check_url(struct reading *in, const struct doc *value, const char *key, const char *url)
{
	const char *host = strstr(url, "://"), *end;

	if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
		return config_fail(in, value,
				   host ? NULL : "write the whole address, as in https://HOST",
				   "%s starts with neither https:// nor http://", key);
	host += 3;
	end = host + strcspn(host, "/?#");
	if (memchr(host, '@', (size_t)(end - host)))
		return config_fail(in, value, say_basic, "%s has a user or password in it", key);
	if (query_has_secret(url))
		return config_fail(in, value, say_auth, "%s has a secret in it", key);
	if (end == host || *host == ':')
		return config_fail(in, value, NULL, "%s names no host", key);
	if (url[strcspn(url, " \t\r\n\\")])
		return config_fail(in, value, NULL, "%s has a space or a backslash in it", key);
	return 0;
}

const char *config_read_url(struct reading *in, const struct doc *value, const char *key)
{
	const char *url = config_text(in, value, key);

	return url && config_check_url(in, value, key, url) == 0 ? url : NULL;
}
