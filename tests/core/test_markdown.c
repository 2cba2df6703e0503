#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/markdown.h"
#include "core/mem.h"
#include "core/text.h"

/* A document as plain text, for comparison. */
static char *plain(const struct markdown_doc *doc)
{
	struct buf out = {0};

	for (size_t i = 0; i < doc->line_count; i++) {
		size_t start = out.len;

		for (size_t k = 0; k < doc->lines[i].count; k++)
			buf_adds(&out, doc->lines[i].spans[k].text);
		assert_int_equal(text_width(buf_str(&out) + start), doc->lines[i].width);
		buf_addc(&out, '\n');
	}
	return buf_detach(&out);
}

static void assert_render_at(const char *text, size_t width, unsigned flags, const char *want)
{
	struct markdown_doc *doc = markdown_render(text, strlen(text), width, flags);
	char *got = plain(doc);

	assert_string_equal(got, want);
	free(got);
	markdown_free(doc);
}

static void assert_render(const char *text, const char *want)
{
	assert_render_at(text, 40, MARKDOWN_ASCII, want);
}

/* The style of the span that has exactly this text; the test fails when there is none. */
static enum markdown_style style_of(const struct markdown_doc *doc, const char *text)
{
	for (size_t i = 0; i < doc->line_count; i++) {
		for (size_t k = 0; k < doc->lines[i].count; k++) {
			if (!strcmp(doc->lines[i].spans[k].text, text))
				return doc->lines[i].spans[k].style;
		}
	}
	fail_msg("no span '%s'", text);
	return MARKDOWN_TEXT;
}

static void test_paragraphs(void **state)
{
	(void)state;
	assert_render("", "");
	assert_render("one\ntwo\n\nthree\n", "one two\n\nthree\n");
	assert_render("hard  \nbreak and<br>another\n", "hard\nbreak and\nanother\n");
	assert_render_at("a long paragraph that must be broken somewhere", 20, 0,
			 "a long paragraph\nthat must be broken\nsomewhere\n");
	assert_render("AT&amp;T &lt;x&gt; &#65;&#x42; &nope;\n", "AT&T <x> AB &nope;\n");
	assert_render("\xef\xbb\xbfx\r\n", "x\n");
}

static void test_headings(void **state)
{
	const char *text = "# Check*out*\n\nText\n\n## Symptoms\n### A\nB\n";
	struct markdown_doc *doc = markdown_render(text, strlen(text), 40, MARKDOWN_ASCII);
	char *got = plain(doc);

	(void)state;
	assert_string_equal(got, "Checkout\n========\n\nText\n\nSymptoms\n\nA\n\nB\n");
	assert_int_equal(doc->heading_count, 3);
	assert_int_equal(doc->headings[0].level, 1);
	assert_string_equal(doc->headings[0].text, "Checkout");
	assert_int_equal(doc->headings[0].line, 0);
	assert_string_equal(doc->headings[1].text, "Symptoms");
	assert_int_equal(doc->headings[1].line, 5);
	assert_int_equal(doc->headings[2].line, 7);
	assert_int_equal(style_of(doc, "Checkout"), MARKDOWN_HEADING1);
	assert_int_equal(style_of(doc, "Symptoms"), MARKDOWN_HEADING2);
	assert_int_equal(style_of(doc, "A"), MARKDOWN_HEADING3);
	free(got);
	markdown_free(doc);

	/* One without a text is no place to go to. */
	doc = markdown_render("a\n\n#\n", 6, 40, 0);
	assert_int_equal(doc->heading_count, 0);
	markdown_free(doc);
}

static void test_styles(void **state)
{
	const char *text =
	    "a **bold** *it* `code` ~~gone~~ [link](https://x.example/a?b=1&amp;c) z";
	struct markdown_doc *doc = markdown_render(text, strlen(text), 80, 0);

	(void)state;
	assert_int_equal(doc->line_count, 1);
	assert_int_equal(style_of(doc, "bold"), MARKDOWN_BOLD);
	assert_int_equal(style_of(doc, "it"), MARKDOWN_ITALIC);
	assert_int_equal(style_of(doc, "code"), MARKDOWN_CODE);
	assert_int_equal(style_of(doc, "gone"), MARKDOWN_STRIKE);
	assert_int_equal(style_of(doc, "link"), MARKDOWN_LINK);
	assert_int_equal(style_of(doc, " z"), MARKDOWN_TEXT);
	assert_int_equal(doc->link_count, 1);
	assert_string_equal(doc->links[0].url, "https://x.example/a?b=1&c");
	markdown_free(doc);
}

static void test_links(void **state)
{
	const char *text =
	    "x\n\n[a](/b) https://y.example\n\n[![badge](i.svg)](https://z.example)\n";
	struct markdown_doc *doc = markdown_render(text, strlen(text), 40, 0);

	(void)state;
	assert_int_equal(doc->link_count, 3);
	assert_string_equal(doc->links[0].url, "/b");
	assert_int_equal(doc->links[0].line, 2);
	assert_string_equal(doc->links[1].url, "https://y.example");
	assert_string_equal(doc->links[2].url, "https://z.example");
	assert_int_equal(doc->links[2].line, 4);
	markdown_free(doc);
	assert_render_at("[a](/b) <https://y.example>\n", 60, MARKDOWN_URLS,
			 "a (/b) https://y.example\n");
}

static void test_lists(void **state)
{
	(void)state;
	assert_render("- a\n- b\n  - c\n  - d\n- e\n\nend\n",
		      "* a\n* b\n  - c\n  - d\n* e\n\nend\n");
	assert_render("3. x\n4. y\n", "3. x\n4. y\n");
	assert_render("- [ ] open\n- [x] done\n", "[ ] open\n[x] done\n");
	assert_render("- a\n\n- b\n", "* a\n\n* b\n");
	assert_render("-\n- b\n", "* \n* b\n");
	assert_render_at("1. a rather long item of a list\n", 20, 0,
			 "1. a rather long\n   item of a list\n");
	assert_render("- a\n\n  ```\n  x\n  ```\n- b\n", "* a\n\n  x\n\n* b\n");
}

static void test_quotes(void **state)
{
	(void)state;
	assert_render("> a\n>\n> b\n\nc\n", "| a\n|\n| b\n\nc\n");
	assert_render("a\n\n> b\n\n> c\n\nd\n", "a\n\n| b\n\n| c\n\nd\n");
	assert_render("> a\n>\n> > b\n", "| a\n|\n| | b\n");
	assert_render("> - a\n>   > b\n", "| * a\n|   | b\n");
	assert_render_at("> q\n", 40, 0, "\xe2\x94\x82 q\n");
}

static void test_code(void **state)
{
	const char *text =
	    "```sh\nkubectl -n shop rollout undo deployment/checkout --to-revision=3\n"
	    "\n\tx\ty\n```\n";
	struct markdown_doc *doc = markdown_render(text, strlen(text), 20, MARKDOWN_ASCII);
	char *got = plain(doc);

	(void)state;
	assert_string_equal(got,
			    "kubectl -n shop rollout undo deployment/checkout --to-revision=3\n"
			    "\n    x   y\n");
	assert_int_equal(style_of(doc, "    x   y"), MARKDOWN_CODEBLOCK);
	free(got);
	markdown_free(doc);
}

static void test_table(void **state)
{
	const char *text = "| Name | Port |\n|:-----|-----:|\n| web  | 80   |\n| b **c** | 9 |\n";

	(void)state;
	assert_render(text, "+------+------+\n"
			    "| Name | Port |\n"
			    "+------+------+\n"
			    "| web  |   80 |\n"
			    "| b c  |    9 |\n"
			    "+------+------+\n");
	assert_render_at("|a|\n|---|\n|x|\n", 40, 0,
			 "\xe2\x94\x8c\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x90\n"
			 "\xe2\x94\x82 a \xe2\x94\x82\n"
			 "\xe2\x94\x9c\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\xa4\n"
			 "\xe2\x94\x82 x \xe2\x94\x82\n"
			 "\xe2\x94\x94\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x98\n");
	/* Too wide: the widest column gives way, and its cells get more lines. */
	assert_render_at("|k|what it means|\n|-|-|\n|a|some words to break|\n", 20, MARKDOWN_ASCII,
			 "+---+--------------+\n"
			 "| k | what it      |\n"
			 "|   | means        |\n"
			 "+---+--------------+\n"
			 "| a | some words   |\n"
			 "|   | to break     |\n"
			 "+---+--------------+\n");
}

static void test_rule_and_html(void **state)
{
	(void)state;
	assert_render_at("a\n\n---\n\nb\n", 20, MARKDOWN_ASCII, "a\n\n--------------------\n\nb\n");
	assert_render("<div>\nx\n</div>\n", "<div>\nx\n</div>\n");
	assert_render("a\n\n<!-- a\n\nb -->\n\nc <!-- d -->e\n", "a\n\nc e\n");
	assert_render("<p>x<!-- y -->z</p>\n<!-- open\n", "<p>xz</p>\n");
	assert_render("![chart](c.png)\n", "[image: chart]\n");
}

static void test_front_matter(void **state)
{
	(void)state;
	assert_render("---\ntitle: x\n---\n# H\n", "H\n=\n");
	assert_render("+++\ntitle = 1\n+++\ntext\n", "text\n");
	assert_render("---\r\na: b\r\n---\r\ntext\n", "text\n");
	assert_render("---\nnot closed\n",
		      "----------------------------------------\n\nnot closed\n");
}

static void test_hostile(void **state)
{
	struct markdown_doc *doc;
	struct buf text = {0};
	char *got;

	(void)state;
	assert_render("a\x1b[31mb `c\x07`\n", "a?[31mb c?\n");
	doc = markdown_render("[x](<\xe2\x80\xae\x1b>)", 11, 40, MARKDOWN_ASCII);
	assert_string_equal(doc->links[0].url, "??");
	markdown_free(doc);
	for (int i = 0; i < 20000; i++)
		buf_adds(&text, "> ");
	buf_adds(&text, "deep\n");
	doc = markdown_render(text.data, text.len, 40, 0);
	assert_int_equal(doc->line_count, 1);
	markdown_free(doc);

	/* A wide header and many short rows would be many times the text. */
	buf_reset(&text);
	for (int i = 0; i < 5000; i++)
		buf_adds(&text, "|a");
	buf_adds(&text, "\n");
	for (int i = 0; i < 5000; i++)
		buf_adds(&text, "|-");
	for (int i = 0; i < 5000; i++)
		buf_adds(&text, "\n|");
	doc = markdown_render(text.data, text.len, 40, 0);
	got = plain(doc);
	assert_true(doc->cut);
	assert_non_null(strstr(got, "too large"));
	free(got);
	markdown_free(doc);

	buf_reset(&text);
	for (int i = 0; i < 300000; i++)
		buf_adds(&text, "word\n\n");
	doc = markdown_render(text.data, text.len, 40, 0);
	assert_true(doc->cut);
	assert_true(doc->line_count <= 100000);
	markdown_free(doc);
	buf_free(&text);
}

/* No line is wider than asked for where nothing forces it to be. */
static void test_fits(void **state)
{
	const char *text =
	    "# A heading of some length that wraps\n\n> - quoted *and* listed text, which "
	    "is \xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97 wide\n\n"
	    "| column | another column | third |\n|-|-|-|\n"
	    "| some text in it | more text in this one | x |\n";

	(void)state;
	for (size_t width = 24; width < 100; width++) {
		struct markdown_doc *doc = markdown_render(text, strlen(text), width, 0);

		for (size_t i = 0; i < doc->line_count; i++)
			assert_true(doc->lines[i].width <= width);
		markdown_free(doc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_paragraphs),	  cmocka_unit_test(test_headings),
	    cmocka_unit_test(test_styles),	  cmocka_unit_test(test_links),
	    cmocka_unit_test(test_lists),	  cmocka_unit_test(test_quotes),
	    cmocka_unit_test(test_code),	  cmocka_unit_test(test_table),
	    cmocka_unit_test(test_rule_and_html), cmocka_unit_test(test_front_matter),
	    cmocka_unit_test(test_hostile),	  cmocka_unit_test(test_fits),
	};

	return setlocale(LC_CTYPE, "C.UTF-8") ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
