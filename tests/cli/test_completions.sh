#!/bin/bash
# Completions and manual page know every command and option that --help knows, and bash's
# completion completes. TAP, as tests/cli/*.c give it.
set -u

svctop=${SVCTOP:-./svctop}
number=0
failed=0

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

commands=$("$svctop" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
options=$(for c in $commands; do "$svctop" "$c" --help; done |
	sed -n '/^Options:/,$s/^ *\(-., \)\? *--\([a-z-]*\).*/\2/p' | sort -u)
[ "$(wc -w <<<"$commands")" -ge 12 ] && [ "$(wc -w <<<"$options")" -ge 20 ]
result $? 'help lists commands and options' "$commands $options"

for file in completions/svctop.bash completions/_svctop completions/svctop.fish docs/svctop.1; do
	# The manual page writes hyphens so that they can be copied.
	text=$(sed 's/\\-/-/g' "$file")
	missing=
	for word in $commands $options; do
		grep -qE -- "(^|[^a-z-])(--|-l )?$word([^a-z-]|\$)" <<<"$text" || missing="$missing $word"
	done
	result "$(wc -w <<<"$missing")" "$file knows every command and option" "missing:$missing"
done

# What bash offers for a line that ends where the cursor is.
offers() {
	bash --norc -c 'source completions/svctop.bash
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
		_svctop 2>/dev/null; printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}

expect() { # words that are offered; then the line
	local wanted=$1 missing= got
	shift
	got=$(offers "$@")
	for word in $wanted; do grep -qxF -- "$word" <<<"$got" || missing="$missing $word"; done
	result "$(wc -w <<<"$missing")" "bash: $* offers $wanted" "missing:$missing, got: $got"
}
expect 'check checklist' svctop che
expect 'sarif openmetrics' svctop check --format ''
expect 'json' svctop gaps --format j
[ -z "$(offers svctop gaps --format sa)" ]
result $? 'bash: sarif is offered to check alone' "$(offers svctop gaps --format sa)"
expect '--fail-on' svctop check --fa
expect 'dedicated-db' svctop check --check ded
expect 'waived' svctop gaps --status w

for shell in zsh fish; do
	file=completions/svctop.fish
	[ $shell = fish ] || file=completions/_svctop
	if command -v $shell >/dev/null; then
		wrong=$($shell -n $file 2>&1)
		result $? "$shell reads $file" "$wrong"
	else
		number=$((number + 1))
		echo "ok $number - $shell reads $file # SKIP no $shell here"
	fi
done
echo "1..$number"
exit $failed
