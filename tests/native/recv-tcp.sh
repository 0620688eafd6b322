#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# devmem-send and devmem-recv as plain TCP programs, in a network namespace of their own: what
# was sent is what was checked, and what is wrong is noticed. Also: the manual names every option.

top=$(cd "$(dirname "$0")/../.." && pwd -P) || exit
recv=$top/build/devmem-recv
send=$top/build/devmem-send

if [ "$1" != --inside ]; then
	for option in $("$recv" --help | grep -o -- '--[a-z-]\{3,\}') \
		$("$send" --help | grep -o -- '--[a-z-]\{3,\}'); do
		case $option in
		--usage | --help) continue ;;
		esac
		grep -q -- "\`$option" "$top/docs/devmem-recv.md" || {
			echo "docs/devmem-recv.md does not explain $option"
			exit 1
		}
	done
	# Each error text on the page is in the sources of the programs or of the kernel.
	fragments=$(sed -n '/^| It says /,/^$/s/^| \([^|]*\) |.*/\1/p' "$top/docs/devmem-recv.md" |
		grep -o "\`[^\`]*\`" | tr -d "\`" | sed 's/ *…:* */\n/g; s/ [NM]\b/\n/g' |
		sed 's/([A-Z]*)//; s/\bTEXT\b//; s/^[ :"]*//; s/[ :"]*$//' | grep ...)
	[ "$(wc -l <<<"$fragments")" -ge 20 ] || { echo "found no errors in the page"; exit 1; }
	said=$(cat "$top"/tools/recv/*.c "$top"/tools/lib/*.c "$top"/kernel/net/core/*.c | tr -d '\n\t' |
		sed 's|UDMABUF_DEVICE|"/dev/udmabuf"|g; s|NETDEV_GENL_NAME|"netdev"|g
			s/\\"/\x01/g; s/" *"//g; s/\x01/"/g')
	while read -r fragment; do
		[[ $said == *"$fragment"* ]] || {
			echo "docs/devmem-recv.md explains '$fragment', which nothing says"
			exit 1
		}
	done <<<"$fragments"
	exec unshare --net "$0" --inside
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/recv-tcp.XXXXXX") || exit
trap 'rm -rf "$dir"' EXIT

fail() {
	echo "FAIL: $*"
	cat "$dir"/*.log "$dir"/*.json
	exit 1
}

value() {
	sed -n 's/.*"'"$2"'":"\{0,1\}\([^,"}]*\).*/\1/p' "$dir/$1.json"
}

start() {
	"$recv" --no-devmem --quiet --json --idle 20 "$@" >"$dir/recv.json" 2>"$dir/recv.log" &
	recv_pid=$!
}

run_send() {
	"$send" --json --wait 10 "$@" >"$dir/send.json" 2>"$dir/send.log"
}

equal() {
	[ "$1" = "$2" ] || fail "$3: $1, not $2"
}

ip link set lo up || exit

for to in 127.0.0.1:5201 "[::1]:5201"; do
	start --listen "$to" --connections 3
	run_send --connect "$to" --bytes 7000001 --streams 3 || fail "sending to $to"
	wait $recv_pid || fail "receiving on $to"
	equal "$(value send bytes)" 21000003 "$to: bytes sent"
	equal "$(value recv bytes)" 21000003 "$to: bytes received"
	equal "$(value recv verified)" 21000003 "$to: bytes verified"
	equal "$(value recv stopped_by)" sender "$to: stopped by"
done

start --bytes 3000000
run_send --connect 127.0.0.1:5201 || fail "sender whose receiver has enough"
wait $recv_pid || fail "receiver that has enough"
equal "$(value recv verified)" 3000000 "--bytes"
equal "$(value send peer_closed)" true "the sender's view"

start --rate 4M --duration 1
run_send --connect 127.0.0.1:5201
wait $recv_pid || fail "receiver with --duration"
equal "$(value recv stopped_by)" duration "--duration"
[ "$(value recv bytes)" -lt 8000000 ] || fail "--rate 4M for 1 s: $(value recv bytes) bytes"

# A rate below what a socket takes at once: no more than that, and no longer than asked for.
for end in recv send; do
	options=()
	[ $end = send ] || options=(--rate 10K --duration 1)
	start "${options[@]}"
	options=()
	[ $end = recv ] || options=(--rate 10K --duration 1)
	began=$SECONDS
	run_send --connect 127.0.0.1:5201 "${options[@]}"
	wait $recv_pid || fail "receiver with a slow $end"
	[ "$(value $end bytes)" -le 20480 ] || fail "$end --rate 10K for 1 s: $(value $end bytes) bytes"
	[ $((SECONDS - began)) -lt 10 ] || fail "$end --rate 10K --duration 1 took $((SECONDS - began)) s"
done

for position in 16 999999 65535; do
	start
	run_send --connect 127.0.0.1:5201 --bytes 1000000 --damage $position || fail "sending"
	wait $recv_pid && fail "byte $position was wrong, but nobody noticed"
	equal "$(value recv mismatched)" 1 "wrong bytes"
	equal "$(value recv verified)" 999999 "right bytes"
	grep -q "wrong from byte $position " "$dir/recv.log" || fail "position $position not named"
done

start --no-verify
run_send --connect 127.0.0.1:5201 --bytes 1000000 --damage 5000 || fail "sending"
wait $recv_pid || fail "--no-verify"
equal "$(value recv bytes)" 1000000 "--no-verify: bytes"
equal "$(value recv verified)" 0 "--no-verify: verified"

# Something that is not our sender; a stream that ends within its first bytes is none either.
start
run_send --connect 127.0.0.1:5201 --bytes 1000000 --damage 3
wait $recv_pid && fail "a foreign stream was accepted"
grep -q 'does not send the pattern' "$dir/recv.log" || fail "no word about the foreign stream"
start
run_send --connect 127.0.0.1:5201 --bytes 10
wait $recv_pid && fail "ten bytes cannot be checked, but were accepted"

run_send --connect 127.0.0.1:5999 --wait 0 && fail "connected to nobody"
grep -q 'connecting to 127.0.0.1:5999: Connection refused' "$dir/send.log" || fail "no reason named"
start --idle 0.2
wait $recv_pid && fail "waited for nobody, successfully"
grep -q 'no connection for 0.2 s' "$dir/recv.log" || fail "no word about nobody connecting"
exit 0
