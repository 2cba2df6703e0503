/*
 * Writes one made-up repository as a `git fast-import` stream:
 *
 *	fleet NUMBER NOW          about 200 files in 55 folders, 50 commits over 400 days,
 *	                          some of which bring what checks ask for, or take it away
 *	fleet big NOW             50,000 files, 10 commits
 *
 * The same number gives the same files; every tenth has a lockfile of 500 KB.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"

#define DAY (24 * 60 * 60)

enum { COMMITS = 50, SPREAD = 400, BIG_FILES = 50000, BIG_COMMITS = 10 };

static uint32_t seed;

static uint32_t next_random(void)
{
	seed = seed * 1664525u + 1013904223u;
	return seed >> 8;
}

static void put_file(const char *path, const char *text, size_t len)
{
	printf("M 100644 inline %s\ndata %zu\n", path, len);
	fwrite(text, 1, len, stdout);
	putchar('\n');
}

static void put_text(const char *path, const char *text)
{
	put_file(path, text, strlen(text));
}

/* Source that compresses as source does: few words, often repeated. */
static void put_source(const char *path, size_t lines)
{
	static const char *const words[] = {"order",   "return", "request",  "if err != nil",
					    "context", "client", "response", "handler",
					    "timeout", "config", "customer", "func",
					    "struct",  "string", "price",    "item"};
	struct buf text = {0};

	for (size_t i = 0; i < lines; i++) {
		buf_addc(&text, '\t');
		for (unsigned w = 2 + next_random() % 7; w > 0; w--)
			buf_addf(&text, "%s%u ", words[next_random() % 16], next_random() % 40);
		buf_addc(&text, '\n');
	}
	put_file(path, buf_str(&text), text.len);
	buf_free(&text);
}

static void put_lockfile(void)
{
	struct buf text = {0};

	buf_adds(&text,
		 "{\n  \"name\": \"bench\",\n  \"lockfileVersion\": 3,\n  \"packages\": {\n");
	for (unsigned i = 0; text.len < 500000; i++)
		buf_addf(&text,
			 "    \"node_modules/package-%u\": {\n      \"version\": \"%u.%u.%u\",\n"
			 "      \"resolved\": \"https://registry.example/package-%u/-/%u.tgz\",\n"
			 "      \"integrity\": \"sha512-%08x%08x%08x%08x%08x%08x==\",\n"
			 "      \"dev\": %s\n    },\n",
			 i, next_random() % 20, next_random() % 30, next_random() % 9, i, i,
			 next_random(), next_random(), next_random(), next_random(), next_random(),
			 next_random(), next_random() % 2 ? "true" : "false");
	buf_adds(&text, "    \"node_modules/last\": { \"version\": \"1.0.0\" }\n  }\n}\n");
	put_file("package-lock.json", text.data, text.len);
	buf_free(&text);
}

static void put_descriptors(unsigned number)
{
	struct buf text = {0};

	buf_addf(&text,
		 "name: service-%u\ndescription: Number %u of the synthetic fleet\n"
		 "classification: tier%u\nowners:\n  - acme/team-%u\nslack_channels:\n  - team-%u\n"
		 "depends_on: [service-%u, service-%u]\n",
		 number, number, number % 4 + 1, number % 40, number % 40, number / 2, number / 3);
	put_file("service.yml", text.data, text.len);
	buf_reset(&text);
	buf_addf(&text, "* @acme/team-%u\n/docs/ @acme/docs\n", number % 40);
	put_file(".github/CODEOWNERS", text.data, text.len);
	buf_free(&text);
}

/* What a check or two ask for: there from the start, or brought by a later commit. */
enum { PARTS = 8 };

static void put_part(unsigned part)
{
	switch (part) {
	case 0:
		put_text(".github/workflows/ci.yml",
			 "name: CI\non: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n"
			 "    steps:\n      - uses: actions/checkout@v4\n      - run: make test\n");
		break;
	case 1:
		put_text(".github/workflows/release.yml",
			 "name: Deploy\non:\n  push:\n    branches: [main]\njobs:\n  deploy:\n"
			 "    environment: production\n    runs-on: ubuntu-latest\n    steps:\n"
			 "      - run: kubectl apply -k k8s\n");
		break;
	case 2:
		put_text(".github/dependabot.yml",
			 "version: 2\nupdates:\n  - package-ecosystem: npm\n    directory: /\n"
			 "    schedule: {interval: weekly}\n");
		break;
	case 3:
		put_text("k8s/deployment.yaml",
			 "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: service\n"
			 "spec:\n  replicas: 3\n  strategy: {type: RollingUpdate}\n  template:\n"
			 "    spec:\n      containers:\n        - name: service\n"
			 "          readinessProbe:\n"
			 "            httpGet: {path: /healthz, port: 8080}\n");
		break;
	case 4:
		put_text("k8s/ingress.yaml",
			 "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n"
			 "  name: service\nspec:\n  tls:\n"
			 "    - hosts: [service.example.com]\n      secretName: tls\n");
		break;
	case 5:
		put_text("package.json",
			 "{ \"name\": \"bench\", \"scripts\": { \"test\": \"vitest run\" },\n"
			 "  \"dependencies\": { \"fastify\": \"^4.27.0\", \"prom-client\": "
			 "\"^15.1.2\" } }\n");
		break;
	case 6:
		put_text("dev.yml", "name: service\nup:\n  - go: {version: 1.22}\ncommands:\n"
				    "  test: go test ./...\n");
		break;
	default:
		put_source("docs/playbooks/latency.md", 50);
	}
}

/* A third of the parts come later, each at its time. */
static unsigned comes_at(unsigned number, unsigned part)
{
	return (number + part) % 3 == 0 ? 6 + 4 * part + number % 4 : 0;
}

static void put_project(unsigned number)
{
	put_text("Dockerfile", "FROM debian:12\nCOPY . /app\nCMD [\"/app/run\"]\n");
	put_text("go.mod", "module example.com/service\n\ngo 1.22\n\nrequire (\n"
			   "\tgithub.com/getsentry/sentry-go v0.27.0\n"
			   "\tgithub.com/prometheus/client_golang v1.19.1\n)\n");
	put_source("README.md", 60);
	put_source("docs/playbooks/errors.md", 80);
	put_source("docs/architecture.md", 120);
	for (unsigned part = 0; part < PARTS; part++)
		if (!comes_at(number, part))
			put_part(part);
	if (number % 10 == 0)
		put_lockfile();
}

/* 180 files in 45 folders, four levels deep, as an application's own code lies. */
static void put_code(void)
{
	char path[128];

	for (unsigned i = 0; i < 180; i++) {
		snprintf(path, sizeof(path), "src/area%u/part%u/deep%u/file%u.go", i % 5, i / 5 % 3,
			 i / 15 % 3, i);
		put_source(path, 60 + next_random() % 60);
	}
}

static void put_commit(unsigned k, unsigned commits, int64_t now)
{
	static const char *const people[] = {"Ann Lee <ann@acme.example>",
					     "Bo Sun <bo@acme.example>", "Cy Fox <cy@acme.example>",
					     "Di Roy <di@acme.example>"};
	const char *who = people[next_random() % 4];
	int64_t when = now - DAY - (int64_t)(commits - 1 - k) * SPREAD * DAY / commits;
	char message[48];

	snprintf(message, sizeof(message), "Change number %u", k);
	printf("commit refs/heads/main\nauthor %s %lld +0000\ncommitter %s %lld +0000\n"
	       "data %zu\n%s\n",
	       who, (long long)when, who, (long long)when, strlen(message), message);
}

/* Some of what checks ask for comes, and in every other repository something goes for a while. */
static void put_changes(unsigned number, unsigned k)
{
	static const char *const gone[] = {".github/workflows/ci.yml",
					   ".github/workflows/release.yml",
					   ".github/dependabot.yml", "k8s/deployment.yaml"};
	unsigned part = number / 2 % 4;

	for (unsigned i = 0; i < PARTS; i++)
		if (comes_at(number, i) == k)
			put_part(i);
	if (number % 2 == 0 && k == 38)
		printf("D %s\n", gone[part]);
	if (number % 2 == 0 && k == 45)
		put_part(part);
}

static void put_repository(unsigned number, int64_t now)
{
	char path[128];

	put_commit(0, COMMITS, now);
	put_descriptors(number);
	put_project(number);
	put_code();
	for (unsigned k = 1; k < COMMITS; k++) {
		unsigned i = next_random() % 180;

		put_commit(k, COMMITS, now);
		snprintf(path, sizeof(path), "src/area%u/part%u/deep%u/file%u.go", i % 5, i / 5 % 3,
			 i / 15 % 3, i);
		put_source(path, 60 + next_random() % 60);
		if (k % 10 == 0)
			put_source("docs/playbooks/errors.md", 80 + k);
		if (k % 16 == 0 && number % 10 == 0)
			put_lockfile();
		put_changes(number, k);
	}
}

static void put_big(int64_t now)
{
	char path[128];

	put_commit(0, BIG_COMMITS, now);
	put_descriptors(0);
	put_project(1);
	for (unsigned part = 0; part < PARTS; part++)
		if (comes_at(1, part))
			put_part(part);
	for (unsigned i = 0; i < BIG_FILES; i++) {
		snprintf(path, sizeof(path), "src/lib%u/module%u/file%u.go", i % 50, i / 50 % 40,
			 i);
		put_source(path, 3);
	}
	for (unsigned k = 1; k < BIG_COMMITS; k++) {
		put_commit(k, BIG_COMMITS, now);
		put_source("README.md", 60 + k);
	}
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: fleet NUMBER|big NOW\n");
		return 2;
	}
	if (strcmp(argv[1], "big") == 0) {
		seed = 1;
		put_big(strtoll(argv[2], NULL, 10));
	} else {
		unsigned number = (unsigned)strtoul(argv[1], NULL, 10);

		seed = number + 2;
		put_repository(number, strtoll(argv[2], NULL, 10));
	}
	puts("done");
	return ferror(stdout) ? 1 : 0;
}
