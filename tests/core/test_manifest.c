#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/manifest.h"
#include "core/mem.h"

static struct manifest read_file(const char *path, const char *text)
{
	struct manifest out = {.arena = arena_new()};

	if (!manifest_read(path, text, strlen(text), &out))
		fail_msg("%s is not taken for a manifest", path);
	return out;
}

static void drop(struct manifest *out)
{
	free(out->dependencies);
	arena_free(out->arena);
}

static const struct dependency *find(const struct manifest *out, const char *name)
{
	for (size_t i = 0; i < out->count; i++) {
		if (!strcmp(out->dependencies[i].name, name))
			return &out->dependencies[i];
	}
	fail_msg("no %s", name);
	return NULL;
}

enum { DIRECT = 1, RESOLVED = 2 };

static void expect(const struct manifest *out, const char *name, const char *version,
		   enum dependency_scope scope, unsigned flags, uint32_t line)
{
	const struct dependency *found = find(out, name);

	if (version)
		assert_string_equal(found->version, version);
	else
		assert_null(found->version);
	assert_int_equal(found->scope, scope);
	assert_int_equal((found->direct ? DIRECT : 0) | (found->resolved ? RESOLVED : 0), flags);
	assert_int_equal(found->at.line, line);
}

/* Reads the files of one folder and merges them, as a scan does. */
static struct manifest read_folder(const char *const files[][2], size_t count)
{
	struct manifest all = {.arena = arena_new()};

	for (size_t i = 0; i < count; i++) {
		struct manifest one = {.arena = all.arena};

		assert_true(manifest_read(files[i][0], files[i][1], strlen(files[i][1]), &one));
		for (size_t j = 0; j < one.count; j++) {
			GROW(all.dependencies, all.count, all.cap);
			all.dependencies[all.count++] = one.dependencies[j];
		}
		free(one.dependencies);
	}
	manifest_merge(all.dependencies, &all.count);
	return all;
}

static void knows_its_files(void **state)
{
	static const char *const yes[] = {
	    "Gemfile",
	    "a/b/Gemfile.lock",
	    "x.gemspec",
	    "requirements-dev.txt",
	    "requirements/base.txt",
	    "a/requirements/x.txt",
	    "svc/go.mod",
	    "build.gradle.kts",
	};
	static const char *const no[] = {
	    "Gemfile.bak", "gemspec", "myrequirements/base.txt", "requirements.in", "package.json5",
	    "go.mod/x",	   ""};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(yes) + ARRAY_LEN(no); i++) {
		bool wanted = i < ARRAY_LEN(yes);
		const char *path = wanted ? yes[i] : no[i - ARRAY_LEN(yes)];
		struct manifest out = {.arena = arena_new()};

		if (manifest_read(path, "", 0, &out) != wanted)
			fail_msg("%s", path);
		drop(&out);
	}
}

static void languages(void **state)
{
	static const char *const cases[][3] = {
	    {"go.mod", "module x\n", "go"},
	    {"package.json", "{}", "javascript"},
	    {"package.json", "{\"devDependencies\": {\"typescript\": \"5\"}}", "typescript"},
	    {"pom.xml", "<project/>", "java"},
	    {"build.gradle", "plugins { id 'org.jetbrains.kotlin.jvm' }\n", "kotlin"},
	    {"build.gradle.kts", "plugins {\n  java\n}\n", "java"},
	    {"mix.exs", "", "elixir"},
	    {"composer.json", "{}", "php"},
	    {"setup.py", "", "python"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct manifest out = read_file(cases[i][0], cases[i][1]);

		assert_string_equal(out.language, cases[i][2]);
		drop(&out);
	}
}

static void gemfile(void **state)
{
	struct manifest out = read_file("Gemfile", "source 'https://rubygems.org' do\n"
						   "  gem 'rack', '~> 3.0', '>= 3.0.4'\n"
						   "end\n"
						   "group :development, :test do\n"
						   "  gem \"rspec\" # 'quoted' comment\n"
						   "  platforms :mri do\n"
						   "    gem 'byebug'\n"
						   "  end\n"
						   "end\n"
						   "gem 'puma', require: false\n"
						   "gem 'rubocop', group: :development\n"
						   "gem 'vcr', '6', groups: %i[test]\n"
						   "gem 'webmock', groups: [:test, :ci]\n"
						   "gem 'faker',\n"
						   "    '~> 3',\n"
						   "    :group => :test\n"
						   "group :production do\n"
						   "  gem 'pg'\n"
						   "end\n"
						   "# gem 'commented'\n"
						   "gemspec\n");

	(void)state;
	assert_int_equal(out.count, 9);
	expect(&out, "rack", "~> 3.0, >= 3.0.4", DEP_RUNTIME, DIRECT, 2);
	expect(&out, "rspec", NULL, DEP_DEV, DIRECT, 5);
	expect(&out, "byebug", NULL, DEP_DEV, DIRECT, 7);
	expect(&out, "puma", NULL, DEP_RUNTIME, DIRECT, 10);
	expect(&out, "rubocop", NULL, DEP_DEV, DIRECT, 11);
	expect(&out, "vcr", "6", DEP_DEV, DIRECT, 12);
	expect(&out, "webmock", NULL, DEP_DEV, DIRECT, 13);
	expect(&out, "faker", "~> 3", DEP_DEV, DIRECT, 14);
	expect(&out, "pg", NULL, DEP_RUNTIME, DIRECT, 18);
	drop(&out);
}

static void gemfile_lock(void **state)
{
	struct manifest out = read_file("Gemfile.lock", "PATH\n"
							"  remote: .\n"
							"  specs:\n"
							"    ours (0.1.0)\n"
							"      rack\n"
							"\n"
							"GEM\n"
							"  remote: https://rubygems.org/\n"
							"  specs:\n"
							"    nokogiri (1.15.4-x86_64-linux)\n"
							"      racc (~> 1.4)\n"
							"    rack (3.0.8)\n"
							"\n"
							"PLATFORMS\n"
							"  x86_64-linux\n"
							"\n"
							"DEPENDENCIES\n"
							"  ours!\n"
							"  puma (~> 6.0)\n");

	(void)state;
	assert_int_equal(out.count, 4);
	expect(&out, "nokogiri", "1.15.4", DEP_UNKNOWN, RESOLVED, 10);
	expect(&out, "rack", "3.0.8", DEP_UNKNOWN, RESOLVED, 12);
	expect(&out, "ours", NULL, DEP_UNKNOWN, DIRECT, 18);
	expect(&out, "puma", "~> 6.0", DEP_UNKNOWN, DIRECT, 19);
	drop(&out);
}

static void gemspec(void **state)
{
	struct manifest out =
	    read_file("x.gemspec", "Gem::Specification.new do |spec|\n"
				   "  spec.add_dependency \"faraday\", \">= 1\", \"< 3\"\n"
				   "  spec.add_runtime_dependency('json', ['~> 2.0', '>= 2.1'])\n"
				   "  spec.add_development_dependency(%q<rake>.freeze)\n"
				   "  s.add_development_dependency 'minitest'\n"
				   "end\n");

	(void)state;
	assert_int_equal(out.count, 3);
	expect(&out, "faraday", ">= 1, < 3", DEP_RUNTIME, DIRECT, 2);
	expect(&out, "json", "~> 2.0, >= 2.1", DEP_RUNTIME, DIRECT, 3);
	expect(&out, "minitest", NULL, DEP_DEV, DIRECT, 5);
	drop(&out);
}

static void go_mod(void **state)
{
	struct manifest out =
	    read_file("go.mod", "module example.com/x // the service\n"
				"go 1.21\n"
				"require example.com/single v1.0.0\n"
				"require (\n"
				"\texample.com/direct v1.2.3\n"
				"\texample.com/other v2.0.0+incompatible // indirect\n"
				"\t// example.com/commented v1.0.0\n"
				"\texample.com/pseudo v0.0.0-20230101000000-abcdefabcdef\n"
				")\n"
				"exclude (\n"
				"\texample.com/bad v9.9.9\n"
				")\n"
				"replace example.com/direct => example.com/fork v1.2.4\n"
				"replace (\n"
				"\texample.com/single v1.0.0 => ../single\n"
				")\n"
				"retract v1.9.0\n");

	(void)state;
	assert_int_equal(out.count, 4);
	expect(&out, "example.com/single", "v1.0.0", DEP_RUNTIME, DIRECT | RESOLVED, 3);
	expect(&out, "example.com/direct", "v1.2.4", DEP_RUNTIME, DIRECT | RESOLVED, 5);
	expect(&out, "example.com/other", "v2.0.0+incompatible", DEP_RUNTIME, RESOLVED, 6);
	expect(&out, "example.com/pseudo", "v0.0.0-20230101000000-abcdefabcdef", DEP_RUNTIME,
	       DIRECT | RESOLVED, 8);
	drop(&out);
}

static void mix(void **state)
{
	struct manifest out = read_file(
	    "mix.exs", "defmodule X.MixProject do\n"
		       "  def project do\n"
		       "    [app: :x, deps: deps(), aliases: [{:not_a_dep, \"1\"}]]\n"
		       "  end\n"
		       "  defp deps do\n"
		       "    [\n"
		       "      {:phoenix, \"~> 1.7\"},\n"
		       "      # {:gone, \"~> 1.0\"},\n"
		       "      {:credo, \"~> 1.6\", only: [:dev, :test], runtime: false},\n"
		       "      {:excoveralls, \"~> 0.1\",\n"
		       "       only: :test},\n"
		       "      {:own, path: \"../own\"}, {:sentry, \"10.1.0\"}\n"
		       "    ]\n"
		       "  end\n"
		       "  defp aliases, do: [{:other, \"1\"}]\n"
		       "end\n");
	struct manifest lock = read_file(
	    "mix.lock", "%{\n"
			"  \"phoenix\": {:hex, :phoenix, \"1.7.10\", \"02189140\", [:mix], "
			"[{:castore, \">= 0.0.0\", [hex: :castore]}], \"hexpm\"},\n"
			"  \"forked\": {:git, \"https://example.com/x.git\", \"abc\", []},\n"
			"}\n");

	(void)state;
	assert_int_equal(out.count, 5);
	expect(&out, "phoenix", "~> 1.7", DEP_RUNTIME, DIRECT, 7);
	expect(&out, "credo", "~> 1.6", DEP_DEV, DIRECT, 9);
	expect(&out, "excoveralls", "~> 0.1", DEP_DEV, DIRECT, 10);
	expect(&out, "own", NULL, DEP_RUNTIME, DIRECT, 12);
	expect(&out, "sentry", "10.1.0", DEP_RUNTIME, DIRECT, 12);
	assert_int_equal(lock.count, 2);
	expect(&lock, "phoenix", "1.7.10", DEP_UNKNOWN, RESOLVED, 2);
	expect(&lock, "forked", NULL, DEP_UNKNOWN, 0, 3);
	drop(&out);
	drop(&lock);
}

static void merge_manifest_and_lock(void **state)
{
	static const char *const files[][2] = {
	    {"Gemfile", "gem 'rack', '~> 3.0'\ngem 'rspec', group: :test\ngem 'missing'\n"},
	    {"Gemfile.lock", "GEM\n  specs:\n    rack (3.0.8)\n    rspec (3.12.0)\n"
			     "    nokogiri (1.15.4)\n    nokogiri (1.15.4-x86_64-linux)\n"
			     "DEPENDENCIES\n  rack (~> 3.0)\n  rspec\n"}};
	struct manifest out = read_folder(files, ARRAY_LEN(files));

	(void)state;
	assert_int_equal(out.count, 4);
	assert_string_equal(out.dependencies[0].name, "missing");
	expect(&out, "missing", NULL, DEP_RUNTIME, DIRECT, 3);
	expect(&out, "nokogiri", "1.15.4", DEP_UNKNOWN, RESOLVED, 5);
	expect(&out, "rack", "3.0.8", DEP_RUNTIME, DIRECT | RESOLVED, 3);
	assert_string_equal(find(&out, "rack")->at.path, "Gemfile.lock");
	expect(&out, "rspec", "3.12.0", DEP_DEV, DIRECT | RESOLVED, 4);
	drop(&out);
}

/* Two versions in one lockfile: only the one that the manifest's range means is direct. */
static void merge_tells_versions_apart(void **state)
{
	static const char *const files[][2] = {
	    {"package.json", "{\"dependencies\": {\"ms\": \"^2.1.0\"}}"},
	    {"yarn.lock", "ms@0.7.1:\n  version \"0.7.1\"\n\nms@^2.1.0:\n  version \"2.1.3\"\n"}};
	struct manifest out = read_folder(files, ARRAY_LEN(files));

	(void)state;
	assert_int_equal(out.count, 2);
	assert_string_equal(out.dependencies[0].version, "0.7.1");
	assert_false(out.dependencies[0].direct);
	assert_int_equal(out.dependencies[0].scope, DEP_UNKNOWN);
	assert_string_equal(out.dependencies[1].version, "2.1.3");
	assert_true(out.dependencies[1].direct);
	assert_int_equal(out.dependencies[1].scope, DEP_RUNTIME);
	drop(&out);
}

static void merge_of_nothing(void **state)
{
	size_t count = 0;

	(void)state;
	manifest_merge(NULL, &count);
	assert_int_equal(count, 0);
}

static void caps(void **state)
{
	struct buf text = {0};
	struct manifest out = {.arena = arena_new()};

	(void)state;
	buf_adds(&text, "gem '");
	for (int i = 0; i < 300; i++)
		buf_addc(&text, 'a');
	buf_adds(&text, "'\ngem 'con\x01trol'\ngem ''\ngem 'open\n");
	for (int i = 0; i < 200010; i++)
		buf_addf(&text, "gem 'g%d'\n", i);
	assert_true(manifest_read("Gemfile", text.data, text.len, &out));
	assert_int_equal(out.count, 200000);
	assert_string_equal(out.dependencies[0].name, "g0");
	assert_non_null(strstr(out.problem, "too many"));
	assert_int_equal(out.problem_line, 200005);
	drop(&out);
	buf_free(&text);
}

/* Every glob that a scan asks for has a reader. */
static void names_have_readers(void **state)
{
	(void)state;
	for (size_t i = 0; i < manifest_name_count; i++) {
		char path[64];
		const char *name = manifest_names[i];
		struct manifest out = {.arena = arena_new()};
		size_t len = 0;

		if (!strncmp(name, "**/", 3))
			name += 3;
		for (; *name; name++)
			path[len++] = *name == '*' ? 'x' : *name;
		path[len] = '\0';
		if (!manifest_read(path, "", 0, &out))
			fail_msg("%s has no reader", path);
		drop(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(knows_its_files),
	    cmocka_unit_test(languages),
	    cmocka_unit_test(gemfile),
	    cmocka_unit_test(gemfile_lock),
	    cmocka_unit_test(gemspec),
	    cmocka_unit_test(go_mod),
	    cmocka_unit_test(mix),
	    cmocka_unit_test(merge_manifest_and_lock),
	    cmocka_unit_test(merge_tells_versions_apart),
	    cmocka_unit_test(merge_of_nothing),
	    cmocka_unit_test(caps),
	    cmocka_unit_test(names_have_readers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
