#!/bin/sh
# Opens the dashboard: over ROOT when given, else over the checkouts in this folder, else over
# the demo fleet. svctop's own checkout and what its build made do not count.
set -eu

root=${1:-}
if [ -z "$root" ]; then
	other=$(find . -mindepth 2 -maxdepth 6 \
		\( -path './build*' -o -path './node_modules' \) -prune -o \
		-name .git -print 2>/dev/null | head -n 1)
	[ -z "$other" ] || root=.
fi
if [ -n "$root" ]; then
	exec ./svctop -- "$root"
fi
echo 'No other checkout in this folder: opening the demo fleet (make run ROOT=~/src for yours).' >&2
exec ./svctop demo
