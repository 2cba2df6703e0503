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
tests=$(mktemp -d) || exit 1
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tests"' EXIT
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

# Runs one program, what it says into DIR/out and its exit code into DIR/rc. Nothing of the user's
# configuration reaches a test, nor anything of another test.
run() {
	local program=$1 dir=$2
	mkdir -p "$dir/config" "$dir/state" "$dir/cache"
	export HOME=$dir XDG_CONFIG_HOME=$dir/config XDG_STATE_HOME=$dir/state XDG_CACHE_HOME=$dir/cache
	case $program in
	*.sh) timeout -k 10 $limit bash "$program" >"$dir/out" 2>&1 </dev/null ;;
	*) timeout -k 10 $limit "${wrap[@]}" "$program" >"$dir/out" 2>&1 </dev/null ;;
	esac
	echo $? >"$dir/rc"
}

# Most tests wait for something, so two go at a time; they are told of in their order.
started=0 all=("$@")
start_next() {
	[ $started -lt ${#all[@]} ] || return 0
	run "${all[started]}" "$tests/$started" &
	started=$((started + 1))
}

start_next
passed=0 failed=0 skipped=0 told=0
skip='^(not )?ok [0-9]+ *-?[^#]*# *skip'
for program; do
	name=${program#"$build"/}
	home=$tests/$told out=$tests/$told/out
	told=$((told + 1))
	until [ -s "$home/rc" ]; do
		while [ "$(jobs -pr | wc -l)" -lt 2 ] && [ $started -lt ${#all[@]} ]; do
			start_next
		done
		wait -n 2>/dev/null || [ -n "$(jobs -pr)" ] || break
	done
	rc=$(cat "$home/rc" 2>/dev/null || echo 1)
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
	rm -rf "$home"
done
echo "$passed passed, $failed failed$([ $skipped -eq 0 ] || echo ", $skipped skipped")"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
