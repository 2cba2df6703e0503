#!/bin/sh
# Gets servers that the tests start into DIR: scripts/unpack.sh DIR PROGRAM=PACKAGE... Debian's
# packages are unpacked there, not installed: installing them would start daemons (nginx on port
# 80). What is on this machine already is left alone. Where there is no apt nothing happens, and the
# tests that need it say that they were skipped.
set -eu

dir=$1
shift
missing=
for wanted; do
	program=${wanted%%=*}
	package=${wanted#*=}
	found=
	for bin in /usr/bin /usr/sbin /usr/local/bin /usr/local/sbin "$dir/usr/bin" "$dir/usr/sbin"; do
		[ -x "$bin/$program" ] && found=1
	done
	[ -n "$found" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
command -v apt-get >/dev/null 2>&1 || exit 0

echo "svctop's tests need Debian's$missing; unpacking below $dir" >&2
mkdir -p "$dir"
cd "$dir"
# Where nobody may write for apt's own user, apt-get says so and goes on.
if ! apt-get -q download $missing >log 2>&1; then
	sudo=
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	$sudo apt-get -q update >log 2>&1 && apt-get -q download $missing >>log 2>&1 || {
		tail -n 3 log >&2
		echo "not to be had:$missing: their tests will be skipped" >&2
		exit 0
	}
fi
for deb in ./*.deb; do
	dpkg-deb -x "$deb" . && rm -f "$deb"
done

# Debian's Alertmanager reads its templates from one fixed place, where nothing is unless it is
# installed. In what was unpacked a path of the same length takes that one's place: am-templates
# in the folder that it is started in (tests/support/monitoring.c).
if [ -x usr/bin/prometheus-alertmanager ]; then
	LC_ALL=C sed -i 's|/usr/share/prometheus/alertmanager|./././././././././././am-templates|g' \
		usr/bin/prometheus-alertmanager
fi
