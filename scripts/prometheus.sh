#!/bin/sh
# Gets Debian's prometheus for the test of `--format openmetrics` into DIR, unpacked, not
# installed: installing it would start a daemon. Does nothing when there is one already, or
# where there is no apt; the test then says that it was skipped.
set -eu

dir=$1
if command -v prometheus >/dev/null 2>&1 || [ -x "$dir/usr/bin/prometheus" ] ||
	! command -v apt-get >/dev/null 2>&1; then
	exit 0
fi
echo "svctop's tests need Debian's prometheus; unpacking it below $dir" >&2
mkdir -p "$dir"
# Where nobody may write for apt's own user, apt-get says so and goes on.
cd "$dir"
if ! apt-get -q download prometheus >log 2>&1; then
	sudo=
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	$sudo apt-get -q update >log 2>&1 && apt-get -q download prometheus >>log 2>&1 || {
		tail -n 3 log >&2
		echo 'no prometheus: its test will be skipped' >&2
		exit 0
	}
fi
dpkg-deb -x prometheus_*.deb . && rm -f prometheus_*.deb
