#!/bin/bash
# Runs test programs, C (cmocka) and shell (TAP), one line each, and ends with the sum:
# "N passed, N failed". BUILD is where they and the program were built.
set -u

build=$1
shift
export SVCTOP="$PWD/$build/svctop"
export CMOCKA_MESSAGE_OUTPUT=TAP
export PYTHONDONTWRITEBYTECODE=1
export TZ=UTC LC_ALL=C.UTF-8 GIT_CONFIG_NOSYSTEM=1
export ASAN_OPTIONS=${ASAN_OPTIONS:-abort_on_error=0:detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
home=$(mktemp -d) || exit 1
trap 'rm -rf "$home"' EXIT
# Nothing of the user's configuration reaches a test, and nothing of a test the user's files.
export HOME=$home XDG_CONFIG_HOME=$home/config XDG_STATE_HOME=$home/state XDG_CACHE_HOME=$home/cache
unset SVCTOP_CONFIG NO_COLOR BROWSER EDITOR PAGER COLUMNS LINES

wrap=()
limit=300
if [ -n "${VALGRIND:-}" ]; then
	wrap=(valgrind -q --child-silent-after-fork=yes --leak-check=full --show-leak-kinds=definite,indirect
		--errors-for-leak-kinds=definite,indirect --error-exitcode=99
		--suppressions=tests/valgrind.supp)
	limit=1800
	# What valgrind's own kernel interface cannot do is skipped by the tests, and counted so.
	export SVCTOP_VALGRIND=1
fi

passed=0 failed=0 skipped=0
skip='^(not )?ok [0-9]+ *-?[^#]*# *skip'
for program; do
	name=${program#"$build"/}
	out=$home/out
	mkdir -p "$home/config" "$home/state" "$home/cache"
	case $program in
	*.sh) timeout -k 10 $limit bash "$program" >"$out" 2>&1 </dev/null ;;
	*) timeout -k 10 $limit "${wrap[@]}" "$program" >"$out" 2>&1 </dev/null ;;
	esac
	rc=$?
	# cmocka calls what a test skips "not ok N # SKIP".
	skips=$(grep -aciE "$skip" "$out")
	oks=$(grep -aivE "$skip" "$out" | grep -acE '^ok [0-9]+')
	bad=$(grep -aivE "$skip" "$out" | grep -acE '^not ok [0-9]+')
	why=
	# cmocka exits with the number of failures: a code that is not explained by them
	# (a crash, a leak, a time limit, nothing run at all) is a failure of its own.
	if [ $rc -ne 0 ] && [ "$bad" -eq 0 ]; then
		bad=1 why=" (exit code $rc)"
	elif [ $((oks + bad + skips)) -eq 0 ]; then
		bad=1 why=' (ran nothing)'
	elif [ $rc -ge 124 ]; then
		bad=$((bad + 1)) why=" (exit code $rc)"
	fi
	[ "$bad" -eq 0 ] || sed 's/^/    /' "$out"
	printf '%-4s %-40s %d passed%s%s%s\n' "$([ "$bad" -eq 0 ] && echo ok || echo FAIL)" \
		"$name" "$oks" "$([ "$bad" -eq 0 ] || echo ", $bad failed")" \
		"$([ "$skips" -eq 0 ] || echo ", $skips skipped")" "$why"
	[ "$skips" -eq 0 ] || grep -aiE "$skip" "$out" | sed 's/^/     /'
	passed=$((passed + oks)) failed=$((failed + bad)) skipped=$((skipped + skips))
done
echo "$passed passed, $failed failed$([ $skipped -eq 0 ] || echo ", $skipped skipped")"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
