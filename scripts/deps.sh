#!/bin/sh
# Installs the Debian packages that GROUP... (build test servers lint fuzz bench valgrind) need and
# this machine lacks. Says what it does; does nothing, silently, when nothing is missing.
set -eu

build='gcc make pkg-config libncurses-dev libgit2-dev libyaml-dev libpcre2-dev
	libexpat1-dev libmd4c-dev libseccomp-dev zlib1g-dev libdeflate-dev libcurl4-openssl-dev
	libjansson-dev libjq-dev libsqlite3-dev'
test='git zsh fish openssl libcmocka-dev libvterm-dev ncurses-term libxml2-utils python3-jsonschema'
servers='buildbot buildbot-worker'
lint='clang-format clang-tidy cppcheck pmccabe'
fuzz='clang'
bench='git curl wrk'
valgrind='valgrind'

wanted=
for group in "$@"; do
	case $group in
	build) wanted="$wanted $build" ;;
	test) wanted="$wanted $test" ;;
	servers) wanted="$wanted $servers" ;;
	lint) wanted="$wanted $lint" ;;
	fuzz)
		# The fuzzer's runtime is a package of its own, named after the compiler's version.
		rt=$(apt-cache depends --important clang 2>/dev/null |
			sed -n 's/.*Depends: clang-\([0-9]*\)$/libclang-rt-\1-dev/p' | head -n 1)
		wanted="$wanted $fuzz $rt"
		;;
	bench) wanted="$wanted $bench" ;;
	valgrind) wanted="$wanted $valgrind" ;;
	*) echo "deps.sh: no group '$group'" >&2; exit 2 ;;
	esac
done

if ! command -v dpkg-query >/dev/null 2>&1; then
	# Not Debian: the compiler or the test that misses something will name it.
	exit 0
fi

missing=
for package in $wanted; do
	# A real package, or one that provides the name (pkg-config is pkgconf's today).
	if ! dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' 2>/dev/null |
		grep -Eq "^installed ($package |.*[ ,]$package([ ,(]|\$))"; then
		missing="$missing $package"
	fi
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
	sudo=sudo
	if ! command -v sudo >/dev/null 2>&1; then
		echo "svctop needs these Debian packages, and there is no sudo to install them:" >&2
		echo "  apt-get install$missing" >&2
		exit 1
	fi
fi
echo "svctop needs Debian packages that are missing; running:" >&2
echo "  $sudo apt-get install --no-install-recommends$missing" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { $sudo apt-get -q update && $sudo env DEBIAN_FRONTEND=noninteractive \
	apt-get -q -y install --no-install-recommends $missing; } >"$log" 2>&1; then
	tail -n 20 "$log" >&2
	echo "apt-get failed; these packages are needed:$missing" >&2
	exit 1
fi
