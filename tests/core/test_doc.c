#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/doc.h"
#include "core/mem.h"

static struct doc_file *parse_as(enum doc_format format, const char *text, enum doc_state want)
{
	struct doc_file *file;
	struct err err = {0};
	enum doc_state state = doc_parse(&file, format, "f", text, strlen(text), &err);

	if (state != want)
		fail_msg("state %d, not %d: %s", (int)state, (int)want, err.what ? err.what : "-");
	err_clear(&err);
	return file;
}

static struct doc_file *yaml(const char *text)
{
	return parse_as(DOC_YAML, text, DOC_OK);
}

/* The error's "where: what" of a text that must be broken. */
static char *broken_len(enum doc_format format, const char *text, size_t len)
{
	struct doc_file *file;
	struct err err = {0};
	char *line;

	assert_int_equal(doc_parse(&file, format, "f", text, len, &err), DOC_BROKEN);
	assert_non_null(err.what);
	line = xasprintf("%s: %s", err.where, err.what);
	err_clear(&err);
	doc_free(file);
	return line;
}

static void assert_broken(enum doc_format format, const char *text, const char *want)
{
	char *line = broken_len(format, text, strlen(text));

	assert_string_equal(line, want);
	free(line);
}

static const struct doc *root(const struct doc_file *file)
{
	return doc_at(file, 0);
}

static void test_yaml_tree(void **state)
{
	struct doc_file *file =
	    yaml("# c\nname: checkout\nowners:\n  - a/b\n  - 'c'\n"
		 "on: yes\nmode: 0755\nempty:\nnull_: ~\nmap: {x: 1, y: [2, 3]}\n");
	const struct doc *map = root(file);
	const struct doc *owners = doc_get(map, "owners");

	(void)state;
	assert_int_equal(doc_count(file), 1);
	assert_int_equal(map->kind, DOC_MAP);
	assert_int_equal(map->len, 7);
	assert_string_equal(doc_str(doc_get(map, "name")), "checkout");
	assert_int_equal(doc_get(map, "name")->line, 2);
	assert_int_equal(doc_get(map, "name")->column, 7);
	assert_int_equal(owners->len, 2);
	assert_int_equal(owners->line, 3);
	assert_int_equal(owners->column, 1);
	assert_int_equal(doc_item(owners, 0)->column, 5);
	assert_int_equal(doc_get(map, "map")->column, 6);
	assert_false(doc_item(owners, 0)->quoted);
	assert_true(doc_item(owners, 1)->quoted);
	assert_null(doc_item(owners, 2));
	assert_string_equal(doc_str(doc_get(map, "on")), "yes");
	assert_string_equal(doc_str(doc_get(map, "mode")), "0755");
	assert_int_equal(doc_get(map, "empty")->kind, DOC_NULL);
	assert_null(doc_str(doc_get(map, "null_")));
	assert_string_equal(doc_str(doc_path(map, "map.x")), "1");
	assert_string_equal(doc_str(doc_item(doc_path(map, "map.y"), 1)), "3");
	assert_null(doc_path(map, "map.z.q"));
	assert_null(doc_path(map, "name.q"));
	doc_free(file);
}

static void test_yaml_scalars(void **state)
{
	struct doc_file *file = yaml("a: 12\nb: '13'\nc: -4\nd: 1.5\ne: 99999999999999999999\n"
				     "f: True\ng: 'true'\nh: off\ni: 08\nj: [x]\nk: !!str ~\n");
	const struct doc *map = root(file);
	int64_t n = 0;
	bool b = false;

	(void)state;
	assert_true(doc_int(doc_get(map, "a"), &n));
	assert_int_equal(n, 12);
	assert_true(doc_int(doc_get(map, "b"), &n));
	assert_int_equal(n, 13);
	assert_true(doc_int(doc_get(map, "c"), &n));
	assert_int_equal(n, -4);
	assert_false(doc_int(doc_get(map, "d"), &n));
	assert_false(doc_int(doc_get(map, "e"), &n));
	assert_false(doc_int(doc_get(map, "i"), &n));
	assert_false(doc_int(doc_get(map, "j"), &n));
	assert_true(doc_bool(doc_get(map, "f"), &b));
	assert_true(b);
	assert_false(doc_bool(doc_get(map, "g"), &b));
	assert_true(doc_bool(doc_get(map, "h"), &b));
	assert_false(b);
	assert_false(doc_bool(doc_get(map, "a"), &b));
	assert_string_equal(doc_str(doc_get(map, "k")), "~");
	doc_free(file);
}

static void test_yaml_documents(void **state)
{
	struct doc_file *file = yaml("---\na: 1\n---\n- b\n...\n---\nc: 3\n");

	(void)state;
	assert_int_equal(doc_count(file), 3);
	assert_int_equal(doc_at(file, 1)->kind, DOC_SEQ);
	assert_int_equal(doc_get(doc_at(file, 2), "c")->line, 7);
	assert_null(doc_at(file, 3));
	doc_free(file);

	file = yaml("");
	assert_int_equal(doc_count(file), 0);
	doc_free(file);
	file = yaml("# nothing\n");
	assert_int_equal(doc_count(file), 0);
	doc_free(file);
	file = yaml("--- {}\n");
	assert_int_equal(doc_count(file), 1);
	assert_int_equal(root(file)->len, 0);
	doc_free(file);
	file = yaml("\xef\xbb\xbf"
		    "a: 1\r\nb: 2\r\n");
	assert_string_equal(doc_str(doc_get(root(file), "b")), "2");
	assert_int_equal(doc_get(root(file), "b")->line, 2);
	doc_free(file);
}

static void test_yaml_traps(void **state)
{
	struct doc_file *file = yaml("owners: Shopify/x\nslack_channels:\n- #channel\n- b\n"
				     "tier: 1\ntier: 2\n");
	const struct doc *map = root(file);

	(void)state;
	assert_int_equal(doc_item(doc_get(map, "slack_channels"), 0)->kind, DOC_NULL);
	assert_string_equal(doc_str(doc_get(map, "tier")), "2");
	assert_int_equal(map->len, 4);
	doc_free(file);
	assert_broken(DOC_YAML, "owners:\n- @Shopify/x\n", "f:2: a value cannot start with '@'");
	assert_broken(DOC_YAML, "a:\n\tb: 1\n", "f:2: a tab where YAML takes only spaces");
	assert_broken(DOC_YAML, "a: 1\n b: 2\n", "f:2: a ':' where no key can stand");
	assert_broken(DOC_YAML, "a: 'x\nb: 2\n", "f:1: a quote is not closed");
	assert_broken(DOC_YAML, "a: [1, 2\nb: 2\n", "f:1: a list is not closed with ']'");
	assert_broken(DOC_YAML, "a: 1\nb: \xff\n", "f:2: bytes that are not UTF-8");
	assert_broken(DOC_YAML, "a: 1\nb: \x01\n", "f:2: a control character");
}

static void test_yaml_broken_keeps_earlier(void **state)
{
	struct doc_file *file = parse_as(DOC_YAML, "a: 1\n---\nb: [\n---\nc: 1\n", DOC_BROKEN);

	(void)state;
	assert_int_equal(doc_count(file), 1);
	assert_string_equal(doc_str(doc_get(root(file), "a")), "1");
	doc_free(file);
}

static void test_yaml_aliases(void **state)
{
	struct doc_file *file =
	    yaml("base: &b {x: 1, y: 2}\none: &o\n  <<: *b\n  y: 3\ntwo:\n  <<: [*o, *b]\n"
		 "three: *b\nword: &w hello\nagain: *w\n");
	const struct doc *map = root(file);

	(void)state;
	assert_string_equal(doc_str(doc_path(map, "one.x")), "1");
	assert_string_equal(doc_str(doc_path(map, "one.y")), "3");
	assert_string_equal(doc_str(doc_path(map, "two.y")), "3");
	assert_string_equal(doc_str(doc_path(map, "three.y")), "2");
	assert_ptr_equal(doc_get(map, "three")->pairs, doc_get(map, "base")->pairs);
	assert_string_equal(doc_str(doc_get(map, "again")), "hello");
	doc_free(file);
	assert_broken(DOC_YAML, "a: *b\n", "f:1: the alias *b has no anchor before it");
	assert_broken(DOC_YAML, "a: &b\n  c: *b\n", "f:2: the alias *b stands inside itself");
	assert_broken(DOC_YAML, "a: &b 1\n---\nc: *b\n",
		      "f:3: the alias *b has no anchor before it");
}

/* Each level merges the one before ten times: 10^20 maps, were it expanded. */
static void test_yaml_merge_bomb(void **state)
{
	struct buf text = {0};
	struct doc_file *file;

	(void)state;
	buf_adds(&text, "a0: &a0 {x: 1}\n");
	for (int i = 1; i <= 20; i++) {
		buf_addf(&text, "a%d: &a%d {<<: [", i, i);
		for (int k = 0; k < 10; k++)
			buf_addf(&text, "%s*a%d", k ? "," : "", i - 1);
		buf_adds(&text, "]}\n");
	}
	file = yaml(buf_str(&text));
	assert_string_equal(doc_str(doc_path(root(file), "a20.x")), "1");
	assert_null(doc_path(root(file), "a20.nothing"));
	doc_free(file);
	buf_free(&text);
}

/* Ten levels in each of ten anchors, each in the one before: a hundred for a walker. */
static void test_yaml_depth_through_aliases(void **state)
{
	struct buf text = {0};
	char *line;

	(void)state;
	buf_adds(&text, "a0: &a0 x\n");
	for (int i = 1; i <= 10; i++)
		buf_addf(&text, "a%d: &a%d [[[[[[[[[[*a%d]]]]]]]]]]\n", i, i, i - 1);
	line = broken_len(DOC_YAML, text.data, text.len);
	assert_non_null(strstr(line, "nested more than 64 levels deep"));
	free(line);
	buf_free(&text);
}

static void test_yaml_limits(void **state)
{
	struct buf text = {0};
	char *line;

	(void)state;
	for (int i = 0; i < 200000; i++)
		buf_addc(&text, '[');
	line = broken_len(DOC_YAML, text.data, text.len);
	assert_string_equal(line, "f:1: nested more than 64 levels deep");
	free(line);

	buf_reset(&text);
	for (int i = 0; i < 600000; i++)
		buf_adds(&text, "- a\n");
	line = broken_len(DOC_YAML, text.data, text.len);
	assert_non_null(strstr(line, "more than 500000 values"));
	free(line);

	buf_reset(&text);
	for (int i = 0; i < 500000; i++)
		buf_adds(&text, "key: value\n");
	line = broken_len(DOC_YAML, text.data, text.len);
	assert_string_equal(line, "f: larger than 4 MiB");
	free(line);
	buf_free(&text);
}

static void test_yaml_templates(void **state)
{
	static const char *const templates[] = {
	    "{{- if .Values.x }}\na: 1\n{{- end }}\n",
	    "a: {{ .Values.x }}\n",
	    "metadata:\n  labels:\n    {{- include \"x.labels\" . | nindent 4 }}\n",
	    "kind: Service\n---\nname: {{ include \"x\" . }}-db\n",
	    "production:\n<% if x %>\n  a: 1\n<% end %>\n",
	    "{{ .Values.x }}: 1\nb: 2\n",
	    "{% if x %}\na: 1\n{% endif %}\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(templates); i++) {
		struct doc_file *file = parse_as(DOC_YAML, templates[i], DOC_TEMPLATE);

		assert_int_equal(doc_count(file), 0);
		doc_free(file);
	}
}

/* Alert rules and workflows have braces inside their texts and are YAML all the same. */
static void test_yaml_not_templates(void **state)
{
	struct doc_file *file = yaml("summary: |\n  {{ $labels.job }} is down\n"
				     "short: '{{ $value }}'\nif: ${{ github.ref }}\n"
				     "url: https://x/{{ $labels.x }}\nhost: <%= ENV['X'] %>\n");

	(void)state;
	assert_string_equal(doc_str(doc_get(root(file), "if")), "${{ github.ref }}");
	doc_free(file);
	assert_broken(DOC_YAML, "if: ${{ github.ref }}\na: 'x\n", "f:2: a quote is not closed");
}

static void test_json(void **state)
{
	struct doc_file *file =
	    parse_as(DOC_JSON,
		     "{ // c\n  \"name\": \"a\\u00e9\",\n  \"n\": 3, \"z\": null,\n"
		     "  \"s\": \"null\",\n  \"list\": [true, \"true\",],\n}",
		     DOC_OK);
	const struct doc *map = root(file);
	int64_t n = 0;
	bool b = false;

	(void)state;
	assert_int_equal(doc_count(file), 1);
	assert_string_equal(doc_str(doc_get(map, "name")), "a\xc3\xa9");
	assert_int_equal(doc_get(map, "name")->line, 2);
	assert_int_equal(doc_get(map, "name")->column, 11);
	assert_true(doc_int(doc_get(map, "n"), &n));
	assert_int_equal(doc_get(map, "z")->kind, DOC_NULL);
	assert_string_equal(doc_str(doc_get(map, "s")), "null");
	assert_true(doc_bool(doc_item(doc_get(map, "list"), 0), &b));
	assert_false(doc_bool(doc_item(doc_get(map, "list"), 1), &b));
	doc_free(file);
}

static void test_json_broken(void **state)
{
	struct buf text = {0};
	struct doc_file *file;

	(void)state;
	assert_broken(DOC_JSON, "", "f:1: it ends too early");
	assert_broken(DOC_JSON, "{\n\"a\": 1\n\"b\": 2}", "f:3: a ',' is missing");
	assert_broken(DOC_JSON, "{\"a\": \"\\q\"}", "f:1: an unknown escape after '\\'");
	assert_broken(DOC_JSON, "[\n\"\xff\"]", "f:2: bytes that are not UTF-8");
	for (int i = 0; i < 200000; i++)
		buf_addc(&text, '[');
	assert_broken(DOC_JSON, buf_str(&text), "f:1: nested more than 64 levels deep");
	buf_free(&text);
	file = parse_as(DOC_JSON, "{\"a\": {{ .Values.x }}}", DOC_TEMPLATE);
	doc_free(file);
}

static void test_json_merge_key(void **state)
{
	struct doc_file *file = parse_as(DOC_JSON, "{\"<<\": {\"a\": 1}}", DOC_OK);

	(void)state;
	assert_null(doc_get(root(file), "a"));
	doc_free(file);
}

static void test_toml(void **state)
{
	struct doc_file *file = parse_as(
	    DOC_TOML,
	    "# c\ntitle = \"a\\u00e9\\n\"\nraw = 'c:\\x'\n[package]\nname = \"x\"\n"
	    "edition.workspace = true\ndate = 1979-05-27 07:32:00Z\n[package.metadata.\"a.b\"]\n"
	    "k = -1_000\n[dependencies]\nserde = { version = \"1.0\", features = [\"derive\"] }\n"
	    "list = [\n  1, # one\n  2,\n]\n[[bin]]\nname = \"p\"\n[[bin]]\nname = \"q\"\n"
	    "[bin.sub]\nx = inf\n",
	    DOC_OK);
	const struct doc *map = root(file);
	const struct doc *serde = doc_path(map, "dependencies.serde");
	const struct doc *odd = doc_get(doc_path(map, "package.metadata"), "a.b");
	const struct doc *last_bin = doc_item(doc_get(map, "bin"), 1);

	(void)state;
	assert_string_equal(doc_str(doc_get(map, "title")), "a\xc3\xa9\n");
	assert_string_equal(doc_str(doc_get(map, "raw")), "c:\\x");
	assert_string_equal(doc_str(doc_path(map, "package.name")), "x");
	assert_int_equal(doc_path(map, "package.name")->line, 5);
	assert_int_equal(doc_path(map, "package.name")->column, 8);
	assert_string_equal(doc_str(doc_path(map, "package.edition.workspace")), "true");
	assert_string_equal(doc_str(doc_path(map, "package.date")), "1979-05-27 07:32:00Z");
	assert_string_equal(doc_str(doc_get(odd, "k")), "-1_000");
	assert_string_equal(doc_str(doc_get(serde, "version")), "1.0");
	assert_true(doc_get(serde, "version")->quoted);
	assert_string_equal(doc_str(doc_item(doc_get(serde, "features"), 0)), "derive");
	assert_int_equal(doc_path(map, "dependencies.list")->len, 2);
	assert_int_equal(doc_item(doc_path(map, "dependencies.list"), 1)->line, 14);
	assert_int_equal(doc_get(map, "bin")->len, 2);
	assert_string_equal(doc_str(doc_get(last_bin, "name")), "q");
	assert_string_equal(doc_str(doc_path(last_bin, "sub.x")), "inf");
	doc_free(file);
}

static void test_toml_strings(void **state)
{
	struct doc_file *file =
	    parse_as(DOC_TOML,
		     "a = \"\"\"\none\ntwo \\\n   three\"\"\"\"\nb = '''x\n'y''''\n"
		     "\"quoted key\" = 1\nc = \"\"\nd = []\ne = {}\r\nf = \"\\U0001F600\"\n",
		     DOC_OK);
	const struct doc *map = root(file);

	(void)state;
	assert_string_equal(doc_str(doc_get(map, "a")), "one\ntwo three\"");
	assert_string_equal(doc_str(doc_get(map, "b")), "x\n'y'");
	assert_string_equal(doc_str(doc_get(map, "quoted key")), "1");
	assert_string_equal(doc_str(doc_get(map, "c")), "");
	assert_int_equal(doc_get(map, "d")->len, 0);
	assert_int_equal(doc_get(map, "e")->kind, DOC_MAP);
	assert_string_equal(doc_str(doc_get(map, "f")), "\xf0\x9f\x98\x80");
	doc_free(file);
	file = parse_as(DOC_TOML, "", DOC_OK);
	assert_int_equal(root(file)->kind, DOC_MAP);
	doc_free(file);
}

static void test_toml_broken(void **state)
{
	struct buf text = {0};

	(void)state;
	assert_broken(DOC_TOML, "a = 1\na = 2\n", "f:2: 'a' is defined twice");
	assert_broken(DOC_TOML, "[a]\n[b]\n[a]\n", "f:3: 'a' is defined twice");
	assert_broken(DOC_TOML, "a = {b = 1}\n[a.c]\n",
		      "f:2: 'a' is no table that can be added to");
	assert_broken(DOC_TOML, "a = [1]\n[[a]]\n", "f:2: 'a' is no list of tables");
	assert_broken(DOC_TOML, "a = word\n", "f:1: a word that is not quoted");
	assert_broken(DOC_TOML, "a =\n", "f:1: a value is missing");
	assert_broken(DOC_TOML, "a 1\n", "f:1: a '=' is missing");
	assert_broken(DOC_TOML, "\na = \"x\n", "f:2: a quote is not closed");
	assert_broken(DOC_TOML, "a = \"\\q\"\n", "f:1: an unknown escape after '\\'");
	assert_broken(DOC_TOML, "a = 1 b = 2\n", "f:1: the line should end here");
	assert_broken(DOC_TOML, "a = [1\nb = 2\n", "f:2: a ',' or ']' is missing");
	assert_broken(DOC_TOML, "[a\n", "f:1: a ']' is missing");
	assert_broken(DOC_TOML, "= 1\n", "f:1: a key is missing");
	assert_broken(DOC_TOML, "x = '''\n\n", "f:1: a quote is not closed");

	buf_adds(&text, "a = ");
	for (int i = 0; i < 200000; i++)
		buf_addc(&text, '[');
	assert_broken(DOC_TOML, buf_str(&text), "f:1: nested too deep");
	buf_reset(&text);
	for (int i = 0; i < 200000; i++)
		buf_adds(&text, "a.");
	assert_broken(DOC_TOML, buf_str(&text), "f:1: nested more than 64 levels deep");
	buf_free(&text);
}

/* Looking for duplicates must not walk the table for each key. */
static void test_toml_many_keys(void **state)
{
	struct buf text = {0};
	struct doc_file *file;

	(void)state;
	for (int i = 0; i < 200000; i++)
		buf_addf(&text, "k%d = %d\n", i, i);
	file = parse_as(DOC_TOML, buf_str(&text), DOC_OK);
	assert_int_equal(root(file)->len, 200000);
	doc_free(file);
	buf_free(&text);
}

static void test_format_of(void **state)
{
	(void)state;
	assert_int_equal(doc_format_of("a/b.yml"), DOC_YAML);
	assert_int_equal(doc_format_of("a/B.YAML"), DOC_YAML);
	assert_int_equal(doc_format_of("package.json"), DOC_JSON);
	assert_int_equal(doc_format_of("x/Cargo.lock"), DOC_TOML);
	assert_int_equal(doc_format_of("x/NotCargo.lock"), -1);
	assert_int_equal(doc_format_of("README.md"), -1);
	assert_int_equal(doc_format_of("x.yml/"), -1);
}

static void test_line_of(void **state)
{
	(void)state;
	assert_int_equal(doc_line_of("a\nb\nc", 5, 0), 1);
	assert_int_equal(doc_line_of("a\nb\nc", 5, 1), 1);
	assert_int_equal(doc_line_of("a\nb\nc", 5, 2), 2);
	assert_int_equal(doc_line_of("a\nb\nc", 5, 99), 3);
	assert_int_equal(doc_line_of("", 0, 0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_yaml_tree),
	    cmocka_unit_test(test_yaml_scalars),
	    cmocka_unit_test(test_yaml_documents),
	    cmocka_unit_test(test_yaml_traps),
	    cmocka_unit_test(test_yaml_broken_keeps_earlier),
	    cmocka_unit_test(test_yaml_aliases),
	    cmocka_unit_test(test_yaml_merge_bomb),
	    cmocka_unit_test(test_yaml_depth_through_aliases),
	    cmocka_unit_test(test_yaml_limits),
	    cmocka_unit_test(test_yaml_templates),
	    cmocka_unit_test(test_yaml_not_templates),
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_json_broken),
	    cmocka_unit_test(test_json_merge_key),
	    cmocka_unit_test(test_toml),
	    cmocka_unit_test(test_toml_strings),
	    cmocka_unit_test(test_toml_broken),
	    cmocka_unit_test(test_toml_many_keys),
	    cmocka_unit_test(test_format_of),
	    cmocka_unit_test(test_line_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
