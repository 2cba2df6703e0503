#!/bin/bash
# What the GitHub adapter asks, and the answers that its tests have been given, against the API as
# GitHub publishes it: its GraphQL schema, and its OpenAPI description through Prism. TAP.
set -u

build=${SVCTOP%/svctop}
packages=build/npm
if ! command -v node >/dev/null 2>&1; then
	echo "ok 1 - GitHub's published API # SKIP there is no node"
	exit 0
elif [ ! -e $packages/installed.json ]; then
	echo "ok 1 - GitHub's published API # SKIP npm's packages are not to be had (scripts/npm.sh)"
	exit 0
fi

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
description=$packages/node_modules/@octokit/openapi/generated/api.github.com.json
if ! SVCTOP_EXCHANGES=$work/exchanges "$build/tests/fetch/test_source_github" >"$work/log" 2>&1; then
	echo 'not ok 1 - the adapter passes its own tests'
	exit 1
fi
node tests/replay/contract/cut.mjs "$description" "$work/spec.json" &&
	node tests/replay/contract/check.mjs "$work/exchanges" "$work/spec.json" $packages
