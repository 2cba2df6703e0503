#!/bin/sh
# Runs fuzz targets of DIR for SECONDS each, two at a time; NAME... picks some. What they find
# stays under build-fuzz/crashes, what they learn under build-fuzz/corpus.
set -eu

dir=$1
seconds=$2
shift 2
if [ $# -eq 0 ]; then
	for target in "$dir"/fuzz_*; do
		case $target in *.d) ;; *) set -- "$@" "$(basename "$target")" ;; esac
	done
else
	for name; do set -- "$@" "fuzz_${name#fuzz_}"; shift; done
fi
[ $# -gt 0 ] || { echo 'no fuzz targets' >&2; exit 1; }

one() {
	name=$1
	corpus=build-fuzz/corpus/$name
	crashes=build-fuzz/crashes/$name
	mkdir -p "$corpus" "$crashes"
	seeds=tests/fuzz/corpus/${name#fuzz_}
	[ -d "$seeds" ] || seeds=
	log=build-fuzz/$name.log
	if "$dir/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=65536 \
		-artifact_prefix="$crashes/" -print_final_stats=1 "$corpus" $seeds >"$log" 2>&1; then
		echo "ok   $name: $(sed -n 's/.*number_of_executed_units: *//p' "$log") runs, nothing found"
	else
		tail -n 40 "$log"
		echo "FAIL $name: see $log and $crashes/"
		return 1
	fi
}

if [ "${FUZZ_ONE:-}" ]; then
	one "$1"
	exit
fi
printf '%s\n' "$@" | FUZZ_ONE=1 xargs -P 2 -n 1 "$0" "$dir" "$seconds"
