#!/bin/bash
# The part of `make bench` about fetch/http: many small GETs to nginx on loopback, against
# `curl --parallel` and wrk, in interleaved rounds. BENCH is where the programs are.
set -u

bench=$1
rounds=${BENCH_ROUNDS:-5}
requests=1000
dir=$(mktemp -d) || exit 1
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$dir"' EXIT

nginx=$(PATH=$PATH:/usr/sbin:$PWD/build/unpacked/usr/sbin command -v nginx)
for program in "$nginx" curl wrk; do
	command -v "$program" >/dev/null || {
		echo 'http: not measured: needs nginx, curl and wrk'
		exit 0
	}
done

port=$("$bench/bench_http" --free-port)
head -c 1536 /dev/urandom | base64 -w 0 >"$dir/small.json"
temp=
for kind in client_body proxy fastcgi uwsgi scgi; do
	temp="$temp ${kind}_temp_path $dir/$kind;"
done
cat >"$dir/nginx.conf" <<END
daemon off; master_process off; pid $dir/pid; error_log $dir/log;
events { worker_connections 256; }
http { access_log off; keepalive_requests 1000000; $temp
server { listen 127.0.0.1:$port; root $dir; } }
END
"$nginx" -p "$dir" -e "$dir/log" -c "$dir/nginx.conf" &
server=$!
url=http://127.0.0.1:$port/small.json
for _ in $(seq 100); do
	curl -sf -o /dev/null "$url" && break
	sleep 0.05
done

for _ in $(seq $requests); do
	printf 'url = "%s"\noutput = /dev/null\n' "$url"
done >"$dir/curl.cfg"

median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
clock() { date +%s%N; }

for _ in $(seq $((rounds * 2 + 1))); do
	"$bench/bench_http" "$url" $requests >"$dir/out" || exit 1
	read -r cpu wall <"$dir/out"
	echo "$cpu" >>"$dir/ours"
	echo "$wall" >>"$dir/ours_wall"
	start=$(clock)
	"$bench/cpu" curl -s --parallel --parallel-max 50 -K "$dir/curl.cfg" >>"$dir/curl"
	echo $((($(clock) - start) / 1000)) >>"$dir/curl_wall"
	# wrk counts time, not requests: its cost is scaled to as many.
	cpu=$("$bench/cpu" sh -c "wrk -t1 -c16 -d1s $url >$dir/wrk_out")
	awk -v cpu="$cpu" -v n=$requests '/ requests in / { print int(cpu / $1 * n) }' \
		"$dir/wrk_out" >>"$dir/wrk"
done

say() { # TITLE OURS OTHER AIM
	awk -v t="$1" -v a="$(median "$dir/$2")" -v b="$(median "$dir/$3")" -v aim="$4" \
		'BEGIN { printf "%-58s %10.2f   aim %s\n", t, a / b, aim }'
}
echo "$requests GETs of 2 KB: $(median "$dir/ours") us CPU, $(median "$dir/ours_wall") us"
say 'CPU a request : curl --parallel' ours curl 'at most 0.5'
say 'CPU a request : wrk -t1 -c16' ours wrk 'at most 2.2'
say 'requests a second : curl --parallel' curl_wall ours_wall 'at least 2'
