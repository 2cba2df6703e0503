#!/bin/bash
# Makes the synthetic fleet: fleet.sh PROGRAM DIR COUNT. Kept as long as DIR/.made-2 says it is
# whole. Of every fifty repositories one has loose objects; the first ten have a work tree.
set -eu

program=$(realpath "$1")
dir=$2
count=$3
[ ! -e "$dir/.made-2" ] || exit 0

rm -rf "$dir"
mkdir -p "$dir/fleet"
cd "$dir"
now=$(date +%s)
git -c init.defaultBranch=main init -q --template= template

one() (
	set -e
	repo=fleet/$(printf %02d $(($1 % 50)))/service-$1
	[ "$1" != big ] || repo=big
	mkdir -p "$(dirname "$repo")"
	cp -r template "$repo"
	# By its name: in a broken one git would go on to the repository around us.
	export GIT_DIR=$PWD/$repo/.git
	"$program" "$1" "$now" | git fast-import --quiet --done
	if [ "$1" != big ]; then
		if [ $(($1 % 50)) -eq 7 ]; then
			mv "$repo"/.git/objects/pack "$repo"/.git/old
			git unpack-objects -q <"$(echo "$repo"/.git/old/*.pack)"
			rm -rf "$repo"/.git/old
		fi
		[ "$1" -ge 10 ] || git --work-tree="$repo" reset -q --hard
	fi
	git pack-refs --all
)
export -f one
export program now
{ seq 0 $((count - 1)); echo big; } | xargs -P 2 -I{} bash -c 'one {}'
rm -rf template
touch .made-2
