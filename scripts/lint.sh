#!/bin/bash
# The rules of CONTRIBUTING.md that a program can hold: formatting, static analysis, who may
# include what, the length of functions. Prints what breaks them; exit 1 when anything does.
set -u
shopt -s lastpipe # rule() at the end of a pipe sets a variable of ours

mapfile -t sources < <(git ls-files --cached --others --exclude-standard '*.c' '*.h')
mapfile -t units < <(printf '%s\n' "${sources[@]}" | grep '\.c$')
failed=0

rule() { # what is asked for; the offending lines on stdin
	local lines
	lines=$(cat)
	if [ -n "$lines" ]; then
		printf 'FAIL %s\n%s\n' "$1" "$(sed 's/^/    /' <<<"$lines")"
		failed=1
	else
		printf 'ok   %s\n' "$1"
	fi
}

clang-format --dry-run -Werror "${sources[@]}" 2>&1 | grep -E 'error|warning' |
	rule 'formatted as .clang-format says (clang-format -i FILE)'

grep -nE '^#include [<"](curses|ncurses|ncursesw/|term\.h|curl/|git2|jansson|jq\.h|jv\.h)' core/*.[ch] |
	rule 'core/ knows no terminal, network, libgit2, jansson or jq'
grep -nE '^#include [<"]git2' $(printf '%s\n' "${sources[@]}" | grep -Ev '^(fetch/git|tests/)') |
	rule 'only fetch/git* touches libgit2'
grep -nE '^#include [<"]curl/' $(printf '%s\n' "${sources[@]}" | grep -Ev '^(fetch/http|tests/)') |
	rule 'only fetch/http* touches libcurl'
grep -nE '^#include [<"](jq|jv)\.h' $(printf '%s\n' "${sources[@]}" | grep -Ev '^(fetch/jq|tests/)') |
	rule 'only fetch/jq* touches libjq'
grep -nE '^#include [<"]sqlite3' $(printf '%s\n' "${sources[@]}" | grep -Ev '^(core/store|tests/)') |
	rule 'only core/store* touches SQLite'
grep -nE '^#include [<"]jansson' $(printf '%s\n' "${sources[@]}" | grep -Ev '^(fetch/|tests/)') |
	rule 'jansson stays in fetch/'
grep -nE '^#include [<"](curses|ncurses)' $(printf '%s\n' "${sources[@]}" | grep -E '^fetch/') |
	rule 'fetch/ knows no terminal'
grep -nE '\b(printf|puts|putchar|perror|fprintf) ?\(' $(ls core/*.c fetch/*.c 2>/dev/null) | grep -v 'core/mem.c' |
	rule 'nothing prints inside core/ or fetch/'

pmccabe "${units[@]}" | awk '{ if ($5 > 100) print $6 " " $7 ": " $5 " lines" }' |
	rule 'functions of at most 100 lines'
wc -l "${units[@]}" | awk '$2 != "total" && $1 > 900 { print $2 ": " $1 " lines" }' |
	rule 'sources of at most 900 lines'

export DEFINES="-D_GNU_SOURCE -D_XOPEN_SOURCE_EXTENDED -DVERSION=\"$VERSION\" -I. -Ibuild"
# Left out: what cppcheck gets wrong about loops that fill an array, GROW() and shifts.
suppress=(--suppress='*:*/usr/include/*' --suppress=missingIncludeSystem
	--suppress=shiftTooManyBitsSigned --suppress=uninitvar --suppress=arrayIndexThenCheck
	--suppress=ctunullpointer --suppress=ctuuninitvar --suppress=nullPointer:tui/theme.c
	--suppress=internalAstError:tests/*)
cppcheck --quiet --std=c11 --language=c --enable=warning,performance,portability -j 2 \
	--inline-suppr "${suppress[@]}" \
	--template='{file}:{line}: {severity}: {message} [{id}]' $DEFINES "${units[@]}" 2>&1 |
	rule cppcheck

export TIDYFLAGS="-std=c17 $DEFINES -include core/banned.h $PKGFLAGS"
printf '%s\n' "${units[@]}" | grep -v '^tests/' |
	xargs -P 2 -n 1 sh -c 'clang-tidy --quiet "$@" -- $TIDYFLAGS' sh 2>/dev/null |
	grep -E '(warning|error):' | sed "s|$PWD/||" | sort -u | rule 'clang-tidy (.clang-tidy)'

exit $failed
