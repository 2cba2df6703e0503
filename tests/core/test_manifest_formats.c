/* npm, Python, Rust, the JVM and PHP; Ruby, Go and Elixir are in test_manifest.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/manifest.h"
#include "core/mem.h"

enum { DIRECT = 1, RESOLVED = 2 };

struct wanted {
	const char *name;
	const char *version;
	enum dependency_scope scope;
	unsigned flags;
	uint32_t line;
};

/* What the file gives, in its order and nothing besides. */
static void check(const char *path, const char *text, const struct wanted *wanted, size_t count)
{
	struct manifest out = {.arena = arena_new()};

	assert_true(manifest_read(path, text, strlen(text), &out));
	if (out.problem)
		fail_msg("%s:%u: %s", path, out.problem_line, out.problem);
	for (size_t i = 0; i < out.count && i < count; i++) {
		const struct dependency *got = &out.dependencies[i];
		unsigned flags = (got->direct ? DIRECT : 0) | (got->resolved ? RESOLVED : 0);
		const char *version = got->version ? got->version : "-";
		const char *wanted_version = wanted[i].version ? wanted[i].version : "-";

		if (strcmp(got->name, wanted[i].name) || strcmp(version, wanted_version) ||
		    got->scope != wanted[i].scope || flags != wanted[i].flags ||
		    got->at.line != wanted[i].line)
			fail_msg("%s: dependency %zu is %s %s, scope %d, flags %u, line %u", path,
				 i, got->name, version, got->scope, flags, got->at.line);
	}
	assert_int_equal(out.count, count);
	free(out.dependencies);
	arena_free(out.arena);
}

#define CHECK(path, text, ...)                                                                     \
	do {                                                                                       \
		static const struct wanted wanted_[] = {__VA_ARGS__};                              \
		check(path, text, wanted_, ARRAY_LEN(wanted_));                                    \
	} while (0)

static void package_json(void **state)
{
	(void)state;
	CHECK("package.json",
	      "{\n  \"name\": \"x\",\n  \"dependencies\": {\n    \"express\": \"^4.18.0\",\n"
	      "    \"@scope/exact\": \"1.2.3\"\n  },\n"
	      "  \"devDependencies\": {\"jest\": \"~29\"},\n"
	      "  \"peerDependencies\": {\"react\": \">=17\"},\n"
	      "  \"optionalDependencies\": {\"fsevents\": \"2.x\"},\n"
	      "  \"scripts\": {\"dependencies\": \"no\"}\n}\n",
	      {"express", "^4.18.0", DEP_RUNTIME, DIRECT, 4},
	      {"@scope/exact", "1.2.3", DEP_RUNTIME, DIRECT | RESOLVED, 5},
	      {"jest", "~29", DEP_DEV, DIRECT, 7}, {"react", ">=17", DEP_RUNTIME, DIRECT, 8},
	      {"fsevents", "2.x", DEP_RUNTIME, DIRECT, 9});
}

static void package_lock_2(void **state)
{
	(void)state;
	CHECK("package-lock.json",
	      "{\n  \"lockfileVersion\": 2,\n  \"packages\": {\n"
	      "    \"\": {\"name\": \"x\", \"version\": \"0.0.1\"},\n"
	      "    \"node_modules/a\": {\"version\": \"1.0.0\", \"engines\": {\"node\": \"1\"}},\n"
	      "    \"node_modules/a/node_modules/@s/b\": {\"version\": \"2.0.0\", \"dev\": true},\n"
	      "    \"node_modules/alias\": {\"name\": \"real\", \"version\": \"3.0.0\", "
	      "\"dev\": false},\n"
	      "    \"node_modules/linked\": {\"resolved\": \"packages/l\", \"link\": true},\n"
	      "    \"packages/l\": {\"version\": \"9.0.0\"}\n  },\n"
	      "  \"dependencies\": {\"a\": {\"version\": \"1.0.0\"}}\n}\n",
	      {"a", "1.0.0", DEP_RUNTIME, RESOLVED, 5}, {"@s/b", "2.0.0", DEP_DEV, RESOLVED, 6},
	      {"real", "3.0.0", DEP_RUNTIME, RESOLVED, 7});
}

static void package_lock_1(void **state)
{
	(void)state;
	CHECK("npm-shrinkwrap.json",
	      "{\n  \"lockfileVersion\": 1,\n  \"requires\": true,\n  \"dependencies\": {\n"
	      "    \"a\": {\n      \"version\": \"1.0.0\",\n      \"requires\": {\"b\": \"^1\"},\n"
	      "      \"dependencies\": {\n"
	      "        \"b\": {\"version\": \"1.9.0\", \"dev\": true}\n      }\n    },\n"
	      "    \"git\": {\"version\": \"git+ssh://example.com/x.git#abc\"}\n  }\n}\n",
	      {"b", "1.9.0", DEP_DEV, RESOLVED, 9}, {"a", "1.0.0", DEP_RUNTIME, RESOLVED, 5});
}

static void yarn_1(void **state)
{
	(void)state;
	CHECK("yarn.lock",
	      "# yarn lockfile v1\n\n\n\"@babel/core@^7.0.0\", \"@babel/core@^7.1.0\":\n"
	      "  version \"7.23.0\"\n  resolved \"https://example.com/x.tgz#1\"\n"
	      "  dependencies:\n    version \"^9\"\n\nms@2.0.0, ms@^2.0.0:\r\n"
	      "  version \"2.0.0\"\r\n\n\"alias@npm:lodash@^4\":\n  version \"4.17.21\"\n",
	      {"@babel/core", "7.23.0", DEP_UNKNOWN, RESOLVED, 4},
	      {"ms", "2.0.0", DEP_UNKNOWN, RESOLVED, 10},
	      {"lodash", "4.17.21", DEP_UNKNOWN, RESOLVED, 13});
}

static void yarn_berry(void **state)
{
	(void)state;
	CHECK("yarn.lock",
	      "__metadata:\n  version: 8\n  cacheKey: 10\n\n"
	      "\"@s/a@npm:^1.0.0, @s/a@npm:^1.2.0\":\n  version: 1.2.3\n"
	      "  resolution: \"@s/a@npm:1.2.3\"\n\n"
	      "\"x@workspace:.\":\n  version: 0.0.0-use.local\n\n"
	      "\"al@npm:@real/one@^2\":\n  version: 2.0.0\n",
	      {"@s/a", "1.2.3", DEP_UNKNOWN, RESOLVED, 5},
	      {"@real/one", "2.0.0", DEP_UNKNOWN, RESOLVED, 12});
}

static void pnpm_5(void **state)
{
	(void)state;
	CHECK("pnpm-lock.yaml",
	      "lockfileVersion: 5.4\n\nspecifiers:\n  express: ^4\n\ndependencies:\n"
	      "  express: 4.18.2\n\ndevDependencies:\n  '@s/t': 1.0.0_react@18.0.0\n\n"
	      "packages:\n\n  /@s/t/1.0.0_react@18.0.0:\n    resolution: {integrity: x}\n"
	      "    dev: true\n\n  /ms/2.0.0:\n    dev: false\n",
	      {"express", "4.18.2", DEP_RUNTIME, DIRECT | RESOLVED, 7},
	      {"@s/t", "1.0.0", DEP_DEV, DIRECT | RESOLVED, 10},
	      {"@s/t", "1.0.0", DEP_DEV, RESOLVED, 14}, {"ms", "2.0.0", DEP_RUNTIME, RESOLVED, 18});
}

static void pnpm_6(void **state)
{
	(void)state;
	CHECK("pnpm-lock.yaml",
	      "lockfileVersion: '6.0'\n\ndependencies:\n  express:\n    specifier: ^4\n"
	      "    version: 4.18.2(supports-color@9.0.0)\n  local:\n    specifier: link:../l\n"
	      "    version: link:../l\n\npackages:\n\n  /@s/t@1.0.0(react@18.0.0):\n"
	      "    dev: true\n\n  file:x.tgz:\n    name: x\n    dev: true\n",
	      {"express", "4.18.2", DEP_RUNTIME, DIRECT | RESOLVED, 4},
	      {"@s/t", "1.0.0", DEP_DEV, RESOLVED, 13});
}

static void pnpm_9(void **state)
{
	(void)state;
	CHECK("pnpm-lock.yaml",
	      "lockfileVersion: '9.0'\n\nsettings:\n  autoInstallPeers: true\n\nimporters:\n\n"
	      "  .:\n    dependencies:\n      '@s/t':\n        specifier: ^1\n"
	      "        version: 1.0.0(react@18.0.0)\n  packages/b:\n    devDependencies:\n"
	      "      vitest:\n        specifier: ^1\n        version: 1.6.0\n\npackages:\n\n"
	      "  '@s/t@1.0.0':\n    resolution: {integrity: x}\n    peerDependencies:\n"
	      "      react: '*'\n\n  vitest@1.6.0:\n    resolution: {integrity: y}\n\n"
	      "snapshots:\n\n  '@s/t@1.0.0(react@18.0.0)':\n    dependencies:\n"
	      "      react: 18.0.0\n\n  ms@2.0.0: {}\n",
	      {"@s/t", "1.0.0", DEP_RUNTIME, DIRECT | RESOLVED, 10},
	      {"vitest", "1.6.0", DEP_DEV, DIRECT | RESOLVED, 15},
	      {"@s/t", "1.0.0", DEP_UNKNOWN, RESOLVED, 21},
	      {"vitest", "1.6.0", DEP_UNKNOWN, RESOLVED, 26});
}

static void requirements(void **state)
{
	(void)state;
	CHECK("requirements.txt",
	      "# comment\n-r base.txt\n--index-url https://example.com\nDjango==4.2.1\n"
	      "requests[security] >= 2.8.1, == 2.8.* ; python_version < \"3\"\n"
	      "Sentry_SDK~=1.0 # inline\nplain\n"
	      "pinned==1.0 \\\n    --hash=sha256:abc\n"
	      "-e git+https://example.com/x.git#egg=My.Egg\n"
	      "url @ https://example.com/u.whl\n./local/path\nnot a requirement\n",
	      {"django", "4.2.1", DEP_RUNTIME, DIRECT | RESOLVED, 4},
	      {"requests", ">= 2.8.1, == 2.8.*", DEP_RUNTIME, DIRECT, 5},
	      {"sentry-sdk", "~=1.0", DEP_RUNTIME, DIRECT, 6},
	      {"plain", NULL, DEP_RUNTIME, DIRECT, 7},
	      {"pinned", "1.0", DEP_RUNTIME, DIRECT | RESOLVED, 8},
	      {"my-egg", NULL, DEP_RUNTIME, DIRECT, 10}, {"url", NULL, DEP_RUNTIME, DIRECT, 11});
	CHECK("requirements.txt",
	      "a==1\n    # via flask\nb==1  # via -r requirements.in\nc==1\n    # via\n    #   x\n"
	      "    #   -r requirements.in\nd==1\n    # via x (pyproject.toml)\n# via nothing\n"
	      "e==1  # via flask\n",
	      {"a", "1", DEP_RUNTIME, RESOLVED, 1}, {"b", "1", DEP_RUNTIME, DIRECT | RESOLVED, 3},
	      {"c", "1", DEP_RUNTIME, DIRECT | RESOLVED, 4},
	      {"d", "1", DEP_RUNTIME, DIRECT | RESOLVED, 8}, {"e", "1", DEP_RUNTIME, RESOLVED, 11});
	CHECK("requirements-dev.txt", "pytest\n", {"pytest", NULL, DEP_DEV, DIRECT, 1});
	CHECK("requirements/test.txt", "pytest\n", {"pytest", NULL, DEP_DEV, DIRECT, 1});
	CHECK("requirements/prod.txt", "gunicorn\n", {"gunicorn", NULL, DEP_RUNTIME, DIRECT, 1});
}

static void python_locks(void **state)
{
	(void)state;
	CHECK("poetry.lock",
	      "[[package]]\nname = \"Django\"\nversion = \"4.2.1\"\ncategory = \"main\"\n"
	      "[package.dependencies]\nversion = \"no\"\n\n"
	      "[[package]]\nname = \"pytest\"\nversion = \"7.0\"\ngroups = [\"dev\", \"test\"]\n"
	      "[[package]]\nname = \"both\"\nversion = \"1.0\"\ngroups = [\"main\", \"dev\"]\n"
	      "\n[metadata]\nname = \"no\"\n",
	      {"django", "4.2.1", DEP_RUNTIME, RESOLVED, 2},
	      {"pytest", "7.0", DEP_DEV, RESOLVED, 9}, {"both", "1.0", DEP_RUNTIME, RESOLVED, 13});
	CHECK("uv.lock",
	      "version = 1\n[[package]]\nname = \"ours\"\nversion = \"0.1\"\n"
	      "source = { editable = \".\" }\ndependencies = [\n    { name = \"idna\" },\n]\n"
	      "[[package]]\nname = \"idna\"\nversion = \"3.4\"\n"
	      "source = { registry = \"https://pypi.org/simple\" }\n",
	      {"idna", "3.4", DEP_UNKNOWN, RESOLVED, 10});
	CHECK("Pipfile.lock",
	      "{\"_meta\": {\"hash\": {}},\n \"default\": {\n  \"Flask\": {\"hashes\": [\"x\"], "
	      "\"version\": \"==2.0\"}},\n \"develop\": {\n  \"black\": {\"version\": "
	      "\"==23.1\"}}}",
	      {"flask", "2.0", DEP_RUNTIME, RESOLVED, 3}, {"black", "23.1", DEP_DEV, RESOLVED, 5});
}

static void cargo_lock(void **state)
{
	(void)state;
	CHECK("Cargo.lock",
	      "version = 3\n\n[[package]]\nname = \"ours\"\nversion = \"0.1.0\"\n"
	      "dependencies = [\n \"serde\",\n]\n\n[[package]]\nname = \"serde\"\n"
	      "version = \"1.0.193\"\n"
	      "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n",
	      {"serde", "1.0.193", DEP_UNKNOWN, RESOLVED, 11});
}

static void cargo_toml(void **state)
{
	(void)state;
	CHECK(
	    "Cargo.toml",
	    "[package]\nname = \"x\"\nversion = \"0.1.0\"\n\n[dependencies]\nserde = \"1.0\"\n"
	    "tokio = { version = \"=1.35.0\", features = [\"full\"] }\n"
	    "renamed = { package = \"real\", version = \">=2, <3\" }\n"
	    "ours = { path = \"../ours\" }\nshared.workspace = true\n\n"
	    "[dependencies.log]\nversion = \"0.4\"\n\n[dev-dependencies]\nproptest = \"1\"\n"
	    "[build-dependencies]\ncc = \"1\"\n"
	    "[target.'cfg(unix)'.dependencies]\nnix = \"0.27\"\n",
	    {"serde", "^1.0", DEP_RUNTIME, DIRECT, 6}, {"tokio", "=1.35.0", DEP_RUNTIME, DIRECT, 7},
	    {"real", ">=2, <3", DEP_RUNTIME, DIRECT, 8}, {"shared", NULL, DEP_RUNTIME, DIRECT, 10},
	    {"log", "^0.4", DEP_RUNTIME, DIRECT, 12}, {"proptest", "^1", DEP_DEV, DIRECT, 16},
	    {"cc", "^1", DEP_DEV, DIRECT, 18}, {"nix", "^0.27", DEP_RUNTIME, DIRECT, 20});
	CHECK("Cargo.toml", "[workspace]\nmembers = []\n[workspace.dependencies]\nserde = \"1\"\n",
	      {"serde", "^1", DEP_UNKNOWN, DIRECT, 4});
}

static void pyproject(void **state)
{
	(void)state;
	CHECK("pyproject.toml",
	      "[build-system]\nrequires = [\"hatchling\"]\n[project]\nname = \"x\"\n"
	      "dependencies = [\n  \"Django>=4,<5\",\n  \"httpx[http2]==0.25.0; python_version > "
	      "'3'\",\n]\n"
	      "[project.optional-dependencies]\npostgres = [\"psycopg\"]\ntest = [\"pytest\"]\n"
	      "[dependency-groups]\nlint = [\"ruff (~=0.1)\", {include-group = \"x\"}]\n",
	      {"django", ">=4,<5", DEP_RUNTIME, DIRECT, 6},
	      {"httpx", "0.25.0", DEP_RUNTIME, DIRECT | RESOLVED, 7},
	      {"psycopg", NULL, DEP_RUNTIME, DIRECT, 10}, {"pytest", NULL, DEP_DEV, DIRECT, 11},
	      {"ruff", "~=0.1", DEP_DEV, DIRECT, 13});
	CHECK("pyproject.toml",
	      "[tool.poetry.dependencies]\npython = \"^3.11\"\nFlask = \"^2.0\"\n"
	      "celery = {version = \"5.3\", extras = [\"redis\"]}\n"
	      "[tool.poetry.group.dev.dependencies]\nblack = \"*\"\n"
	      "[tool.poetry.group.prod.dependencies]\ngunicorn = \"^21\"\n"
	      "[tool.poetry.dev-dependencies]\nmypy = \"^1\"\n"
	      "[tool.uv]\ndev-dependencies = [\"tox\"]\n",
	      {"tox", NULL, DEP_DEV, DIRECT, 12}, {"flask", "^2.0", DEP_RUNTIME, DIRECT, 3},
	      {"celery", "5.3", DEP_RUNTIME, DIRECT, 4}, {"mypy", "^1", DEP_DEV, DIRECT, 10},
	      {"black", NULL, DEP_DEV, DIRECT, 6}, {"gunicorn", "^21", DEP_RUNTIME, DIRECT, 8});
	CHECK("Pipfile",
	      "[packages]\nrequests = \"*\"\nflask = \"==2.0\"\n[dev-packages]\npytest = {version "
	      "= \">=7\"}\n",
	      {"requests", NULL, DEP_RUNTIME, DIRECT, 2},
	      {"flask", "2.0", DEP_RUNTIME, DIRECT | RESOLVED, 3},
	      {"pytest", ">=7", DEP_DEV, DIRECT, 5});
}

static void pom(void **state)
{
	(void)state;
	CHECK(
	    "pom.xml",
	    "<?xml version=\"1.0\"?>\n<project>\n <groupId>org.x</groupId><version>2.0</version>\n"
	    " <properties><v.guava>${v.base}-jre</v.guava><v.base>32.1</v.base></properties>\n"
	    " <dependencyManagement><dependencies><dependency><groupId>junit</groupId>"
	    "<artifactId>junit</artifactId><version>4.13</version><scope>test</scope>"
	    "</dependency></dependencies></dependencyManagement>\n"
	    " <dependencies>\n"
	    "  <dependency>\n   <groupId>com.google.guava</groupId>\n"
	    "   <artifactId>guava</artifactId><version>${v.guava}</version>\n"
	    "   <exclusions><exclusion><groupId>no</groupId><artifactId>no</artifactId>"
	    "</exclusion></exclusions>\n  </dependency>\n"
	    "  <dependency><groupId>junit</groupId><artifactId>junit</artifactId></dependency>\n"
	    "  <dependency><groupId>${project.groupId}</groupId><artifactId>sib</artifactId>"
	    "<version>${project.version}</version></dependency>\n"
	    "  <dependency><groupId>a</groupId><artifactId>b</artifactId>"
	    "<version>${not.here}</version></dependency>\n"
	    "  <dependency><groupId>a</groupId><artifactId>c</artifactId>"
	    "<version>[1,2)</version></dependency>\n"
	    " </dependencies>\n"
	    " <build><plugins><plugin><dependencies><dependency><groupId>p</groupId>"
	    "<artifactId>p</artifactId></dependency></dependencies></plugin></plugins></build>\n"
	    "</project>\n",
	    {"com.google.guava:guava", "32.1-jre", DEP_RUNTIME, DIRECT | RESOLVED, 7},
	    {"junit:junit", "4.13", DEP_DEV, DIRECT | RESOLVED, 12},
	    {"org.x:sib", "2.0", DEP_RUNTIME, DIRECT | RESOLVED, 13},
	    {"a:b", NULL, DEP_RUNTIME, DIRECT, 14}, {"a:c", "[1,2)", DEP_RUNTIME, DIRECT, 15});
}

static void problem_of(const char *path, const char *text, const char *problem)
{
	struct manifest out = {.arena = arena_new()};

	assert_true(manifest_read(path, text, strlen(text), &out));
	assert_non_null(out.problem);
	if (!strstr(out.problem, problem))
		fail_msg("%s: %s", path, out.problem);
	free(out.dependencies);
	arena_free(out.arena);
}

static void broken_files(void **state)
{
	(void)state;
	problem_of(
	    "pom.xml",
	    "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><project>&b;</project>",
	    "document type");
	problem_of("pom.xml", "<project><dependencies>", "no element found");
	problem_of("pom.xml", "", "no element found");
	problem_of("package.json", "[]", "not a JSON object");
	problem_of("package.json", "{\"dependencies\": {\"a\" \"1\"}}", "");
	problem_of("package-lock.json", "{\"packages\": {\"node_modules/a\": {\"version\": ", "");
	problem_of("composer.lock", "", "");
}

/* What came before the break was read. */
static void broken_file_keeps_its_start(void **state)
{
	static const char text[] = "{\"dependencies\": {\"a\": \"1.0.0\",\n <<<<<<< HEAD\n";
	struct manifest out = {.arena = arena_new()};

	(void)state;
	assert_true(manifest_read("package.json", text, strlen(text), &out));
	assert_int_equal(out.count, 1);
	assert_non_null(out.problem);
	assert_int_equal(out.problem_line, 2);
	free(out.dependencies);
	arena_free(out.arena);
}

static void gradle(void **state)
{
	(void)state;
	CHECK("build.gradle",
	      "dependencies {\n    implementation 'com.squareup:okhttp:4.9.1'\n"
	      "    testImplementation(\"junit:junit:4.13\")\n"
	      "    api platform('io.x:bom:1.0')\n"
	      "    compile group: 'org.y', name: 'z', version: '1.1'\n"
	      "    implementation \"a:b:$version\"\n    implementation 'a:managed'\n"
	      "    implementation project(':common')\n    // implementation 'no:no:1'\n"
	      "    /* implementation 'no:no:1'\n    implementation 'no:no:2' */\n"
	      "    annotationProcessor 'org.projectlombok:lombok:1.18+'\n"
	      "    println 'not:a:dependency'\n}\n",
	      {"com.squareup:okhttp", "4.9.1", DEP_RUNTIME, DIRECT | RESOLVED, 2},
	      {"junit:junit", "4.13", DEP_DEV, DIRECT | RESOLVED, 3},
	      {"io.x:bom", "1.0", DEP_RUNTIME, DIRECT | RESOLVED, 4},
	      {"org.y:z", "1.1", DEP_RUNTIME, DIRECT | RESOLVED, 5},
	      {"a:b", NULL, DEP_RUNTIME, DIRECT, 6}, {"a:managed", NULL, DEP_RUNTIME, DIRECT, 7},
	      {"org.projectlombok:lombok", "1.18+", DEP_DEV, DIRECT, 12});
	CHECK("build.gradle.kts",
	      "val springVersion = \":3.0.2\"\next.grpc = '1.60.0'\ndependencies {\n"
	      "  implementation(\"org.spring:doc$springVersion\")\n"
	      "  implementation \"io.grpc:a:${grpc}\",\n          \"io.grpc:b:${unknown}\"\n"
	      "  testImplementation(\n    \"x:y:1\"\n  )\n"
	      "  implementation(\"e:f:2\") { exclude(group = \"g\", module = \"h\") }\n}\n",
	      {"org.spring:doc", "3.0.2", DEP_RUNTIME, DIRECT | RESOLVED, 4},
	      {"io.grpc:a", "1.60.0", DEP_RUNTIME, DIRECT | RESOLVED, 5},
	      {"io.grpc:b", NULL, DEP_RUNTIME, DIRECT, 6},
	      {"x:y", "1", DEP_DEV, DIRECT | RESOLVED, 8},
	      {"e:f", "2", DEP_RUNTIME, DIRECT | RESOLVED, 10});
	CHECK("gradle/libs.versions.toml",
	      "[versions]\nktor = \"2.3.0\"\n[libraries]\n"
	      "ktor = { module = \"io.ktor:ktor-core\", version.ref = \"ktor\" }\n"
	      "guava = \"com.google.guava:guava:32.1\"\n"
	      "x = { group = \"g\", name = \"a\", version = \"1.0\" }\n"
	      "bom = { module = \"b:om\" }\n",
	      {"io.ktor:ktor-core", "2.3.0", DEP_UNKNOWN, DIRECT | RESOLVED, 4},
	      {"com.google.guava:guava", "32.1", DEP_UNKNOWN, DIRECT | RESOLVED, 5},
	      {"g:a", "1.0", DEP_UNKNOWN, DIRECT | RESOLVED, 6},
	      {"b:om", NULL, DEP_UNKNOWN, DIRECT, 7});
	CHECK("build.sbt",
	      "libraryDependencies += \"org.typelevel\" %% \"cats-core\" % \"2.9.0\"\n"
	      "  \"org.scalatest\" %% \"scalatest\" % \"3.2.15\" % Test,\n"
	      "// \"no\" % \"no\" % \"1\"\n",
	      {"org.typelevel:cats-core", "2.9.0", DEP_RUNTIME, DIRECT | RESOLVED, 1},
	      {"org.scalatest:scalatest", "3.2.15", DEP_DEV, DIRECT | RESOLVED, 2});
}

static void composer(void **state)
{
	(void)state;
	CHECK(
	    "composer.json",
	    "{\"require\": {\"php\": \">=8\", \"ext-json\": \"*\",\n\"symfony/console\": \"^6\"},\n"
	    "\"require-dev\": {\"phpunit/phpunit\": \"^10\"}}",
	    {"symfony/console", "^6", DEP_RUNTIME, DIRECT, 2},
	    {"phpunit/phpunit", "^10", DEP_DEV, DIRECT, 3});
	CHECK(
	    "composer.lock",
	    "{\"packages\": [\n{\"name\": \"symfony/console\", \"version\": \"v6.3.0\",\n"
	    "\"source\": {\"name\": \"no\"}, \"require\": {\"x/y\": \"1\"}}],\n"
	    "\"packages-dev\": [{\"name\": \"phpunit/phpunit\", \"version\": \"10.1.0\"}, 7, []]}",
	    {"symfony/console", "v6.3.0", DEP_RUNTIME, RESOLVED, 2},
	    {"phpunit/phpunit", "10.1.0", DEP_DEV, RESOLVED, 4});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(package_json),   cmocka_unit_test(package_lock_2),
	    cmocka_unit_test(package_lock_1), cmocka_unit_test(yarn_1),
	    cmocka_unit_test(yarn_berry),     cmocka_unit_test(pnpm_5),
	    cmocka_unit_test(pnpm_6),	      cmocka_unit_test(pnpm_9),
	    cmocka_unit_test(requirements),   cmocka_unit_test(python_locks),
	    cmocka_unit_test(cargo_toml),     cmocka_unit_test(pyproject),
	    cmocka_unit_test(cargo_lock),     cmocka_unit_test(pom),
	    cmocka_unit_test(broken_files),   cmocka_unit_test(broken_file_keeps_its_start),
	    cmocka_unit_test(gradle),	      cmocka_unit_test(composer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
