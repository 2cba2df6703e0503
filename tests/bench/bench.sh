#!/bin/bash
# `make bench`: ratios between svctop and other ways to the same answers, taken in one run in
# interleaved rounds; medians of user+sys CPU time. BUILD is where the programs were built.
# BENCH_REPOS (1000) and BENCH_ROUNDS (5) change the size; docs/performance.md has the figures.
set -u

build=$1
repos=${BENCH_REPOS:-1000}
rounds=${BENCH_ROUNDS:-5}
bench=$build/tests/bench
data=$PWD/build/bench/fleet-$repos
cpu=$bench/cpu
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
# Nothing of the user's configuration counts; the store does not exist yet.
export HOME=$out XDG_CONFIG_HOME=$out/config XDG_STATE_HOME=$out/state XDG_CACHE_HOME=$out/cache
export GIT_CONFIG_NOSYSTEM=1 LC_ALL=C.UTF-8

median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# measure NAME COMMAND...: one run, its microseconds added to the results.
measure() {
	local name=$1
	shift
	"$cpu" "$@" >>"$out/$name" || echo "bench: $name failed" >&2
}

# ratio TITLE A B AIM: how many times B's cost A is; 6 digits are enough for 1/500.
ratio() {
	[ -s "$out/$2" ] && [ -s "$out/$3" ] || { printf '%-58s not measured\n' "$1"; return; }
	awk -v t="$1" -v a="$(median "$out/$2")" -v b="$(median "$out/$3")" -v aim="$4" \
		'BEGIN { r = a / b; s = (r < 0.5) ? sprintf("1/%.0f", 1 / r) : sprintf("%.2f", r)
			printf "%-58s %10s   aim %s\n", t, s, aim }'
}

echo "svctop bench: $repos repositories, $rounds rounds, $(nproc) cores"
echo "making the fleet in $data (kept)"
tests/bench/fleet.sh "$bench/fleet" "$data" "$repos" || exit 1
fleet=$data/fleet
"$bench/objects" "$fleet" >"$out/objects.list" || exit 1
"$bench/floor" <"$out/objects.list" | sed 's/^/the scan reads /'

# A sample for what takes seconds a repository, scaled up.
sample=$((repos < 50 ? repos : 50))
linter=build/bench/node/node_modules/.bin/repolinter
if [ ! -x $linter ] && command -v npm >/dev/null; then
	npm install --silent --no-fund --no-audit --prefix build/bench/node repolinter@0.12.0 \
		>"$out/npm" 2>&1 || tail -n 3 "$out/npm"
fi

for round in $(seq "$rounds"); do
	measure scan "./svctop" check --store none --jobs 1 --format json "$fleet"
	measure floor sh -c "exec $bench/floor <$out/objects.list"
	measure git_loop tests/bench/git-loop.sh "$fleet" "$sample"
	measure ls_tree git -C "$data/big" ls-tree -r HEAD
	measure empty "$bench/empty"
	if [ -x $linter ] && [ "$round" -le 2 ]; then
		measure linter $linter lint --format json "$fleet/03/service-3"
	fi
	"$bench/bench_scan" "$data/big" >>"$out/big" 2>/dev/null
done
for name in git_loop:$sample linter:1; do
	[ -s "$out/${name%:*}" ] || continue
	awk -v n="$repos" -v s="${name#*:}" '{ print $1 * n / s }' "$out/${name%:*}" >"$out/all" &&
		mv "$out/all" "$out/${name%:*}"
done

echo
ratio 'whole scan : inflating the same objects (floor)' scan floor '1.25, at most 2'
ratio 'whole scan : a shell loop over the git command line' scan git_loop '1/30'
ratio 'whole scan : repolinter' scan linter '1/500'
[ -x $linter ] || echo '    (repolinter could not be installed: no npm, or no registry)'
ratio 'scan of 50,000 files : git ls-tree -r' big ls_tree '1/20'

echo
echo "peak memory, sum of PSS, $repos repositories: $(($("$cpu" -m ./svctop check --store none \
	--format json "$fleet") / 1024)) MB   aim under 40 MB for 1,000"
echo "an empty program with the same libraries: $(median "$out/empty") us CPU"

echo
echo '== a year of the past, weekly'
# The shell loop takes minutes a repository: two of them, scaled up.
"$bench/bench_past" "$fleet" "$((rounds < 3 ? rounds : 3))" >"$out/past.all" || echo 'bench: bench_past failed' >&2
for name in scan past replay; do
	sed -n "s/^$name //p" "$out/past.all" >"$out/past_$name"
done
measure past_git tests/bench/git-loop.sh "$fleet" 2 52
awk -v n="$repos" '{ print $1 * n / 2 }' "$out/past_git" >"$out/all" && mv "$out/all" "$out/past_git"
awk '{ sum += $1 } END { print sum }' "$out/past_past" "$out/past_replay" >"$out/past_whole"
ratio 'a year of the past : one cold scan' past_whole past_scan 'at most 5'
ratio '    what scanners do of it' past_past past_scan '3'
ratio '    what the face does of it' past_replay past_scan '2'
ratio 'a year of the past : a shell loop over git, a week' past_whole past_git '1/50'
sed -n 's/^\(versions\|bytes\|intervals\) /&/p' "$out/past.all"

for program in "$bench"/bench_*; do
	case $program in *.d | */bench_scan | */bench_http | */bench_look) continue ;; esac
	echo
	echo "== ${program##*/}"
	"$program" || echo "bench: ${program##*/} failed" >&2
done

echo
echo '== bench_look'
"$bench/bench_look" "$PWD/build/bench/skeletons" "$fleet" || echo "bench: bench_look failed" >&2

echo
echo '== HTTP'
tests/bench/http.sh "$bench"
