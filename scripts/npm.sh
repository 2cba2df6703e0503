#!/bin/sh
# Gets the npm packages of a package.json into DIR: scripts/npm.sh DIR PACKAGE.JSON. They are for
# tests alone. Where there is no npm, or no registry to be reached, nothing happens, and the tests
# that need them say that they were skipped.
set -eu

dir=$1
wanted=$2
if cmp -s "$wanted" "$dir/installed.json"; then
	exit 0
fi
command -v npm >/dev/null 2>&1 || exit 0

echo "svctop's tests need npm packages ($wanted); installing below $dir" >&2
mkdir -p "$dir"
cp "$wanted" "$dir/package.json"
rm -f "$dir/installed.json"
# Nothing of a package runs at its installation.
if (cd "$dir" && timeout 300 npm install --ignore-scripts --no-package-lock --no-audit --no-fund \
	>log 2>&1); then
	cp "$wanted" "$dir/installed.json"
else
	tail -n 3 "$dir/log" >&2
	echo "not to be had: their tests will be skipped" >&2
fi
