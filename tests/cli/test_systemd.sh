#!/bin/bash
# The units that are installed: systemd takes them, they name options that there are, and what
# hardens them is in force. TAP, as tests/cli/*.c give it.
set -u

svctop=${SVCTOP:-./svctop}
number=0
failed=0
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export XDG_RUNTIME_DIR=$dir

result() { # 0 or not, name, what is wrong
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		sed 's/^/# /' <<<"$3"
		failed=1
	fi
}

skip() { # name, why
	number=$((number + 1))
	echo "ok $number - $1 # SKIP $2"
}

wrong=$(make -s install-units DESTDIR="$dir" PREFIX=/usr 2>&1)
result $? 'they are installed' "$wrong"
user=$dir/usr/lib/systemd/user/svctop-collect.service
system=$dir/usr/lib/systemd/system/svctop-collect.service
[ -f "$user" ] && [ -f "$system" ]
result $? 'one for users, one for the machine' "$(find "$dir" -name '*.service')"
! grep -n '@' "$user" "$system" | grep -v '@system-service'
result $? 'no place is left to be filled in' "$(grep -n '@' "$user" "$system")"

for unit in "$user" "$system"; do
	name=${unit#"$dir"/usr/lib/systemd/}
	grep -q '^ExecStart=/usr/bin/svctop collect ' "$unit"
	result $? "$name starts what is installed" "$(grep ExecStart "$unit")"
	known=$("$svctop" collect --help)
	wrong=
	for option in $(grep '^ExecStart=' "$unit" | grep -oE -- ' --[a-z]+'); do
		grep -q -- " $option " <<<"$known" || wrong="$wrong $option"
	done
	[ -z "$wrong" ]
	result $? "$name uses options that there are" "$wrong"
	if ! command -v systemd-analyze >/dev/null; then
		skip "$name is a unit" 'no systemd-analyze here'
		skip "$name is hardened" 'no systemd-analyze here'
		continue
	fi
	# Where the program would be, something that may be run.
	copy=$dir/${name%%/*}.service
	sed 's|/usr/bin/svctop|/bin/true|' "$unit" >"$copy"
	scope=--system
	[ "${name%%/*}" = system ] || scope=--user
	wrong=$(systemd-analyze verify --man=no $scope "$copy" 2>&1)
	code=$?
	if grep -q 'Failed to initialize manager' <<<"$wrong"; then
		skip "$name is a unit" 'systemd-analyze cannot verify units here'
	else
		[ $code -eq 0 ] && [ -z "$wrong" ]
		result $? "$name is a unit" "$wrong"
	fi
	# Of 100: what a user's manager cannot take away weighs much.
	most=25
	[ "${name%%/*}" = system ] || most=70
	if systemd-analyze security --help 2>&1 | grep -q -- --offline; then
		wrong=$(systemd-analyze security --offline=yes --threshold=$most "$copy" 2>&1)
		result $? "$name is hardened" "$(tail -n 1 <<<"$wrong")"
	else
		skip "$name is hardened" 'this systemd-analyze looks at running units alone'
	fi
done
echo "1..$number"
exit $failed
