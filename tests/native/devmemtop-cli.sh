#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# devmemtop on the kernel that the tests run on, without our trace events: options, errors in one
# line, fall-back to netlink, signals, and nothing left behind in the kernel.

# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
dmt=$top/build/devmemtop
bpftool=$(PATH=$PATH:/usr/sbin command -v bpftool) || fail "no bpftool"
unprivileged=(setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all)

# one_line_error STATUS PATTERN ARG...: devmemtop says it in one line, and nothing else.
one_line_error() {
	local status=$1 pattern=$2

	shift 2
	expect_status "$status" "$dmt" "$@"
	[ "$(wc -l <"$tmp/err")" = 1 ] || { cat "$tmp/err" >&2; fail "not one line: $*"; }
	[ ! -s "$tmp/out" ] || fail "output besides the error: $*"
	expect_in "$tmp/err" "^devmemtop: $pattern"
}

# ---- wrong options ----

for interval in 0 0.05 -1 nan inf 4000 abc 1s ""; do
	one_line_error 2 "bad interval '$interval': give seconds from" -b -d "$interval"
done
for count in 0 -1 x 1.5 99999999999999999999999 ""; do
	one_line_error 2 "bad count '$count': give a number" -b -n "$count"
done
one_line_error 2 "unexpected argument 'eth0': see devmemtop --help" eth0
one_line_error 1 "no interface 'nosuchif0' here: 'ip link' lists them" -b -n 1 -i nosuchif0
long=iface=$(printf 'abcdefghijkl,%.0s' {1..30})z
one_line_error 2 "the filters are too long, beginning with 'iface=abc" -b -n 1 \
	-f "queue=$(printf '%0900d' 1)" -f "$long"
expect_status 2 "$dmt" --nosuchoption
expect_status 0 "$dmt" --version
expect_in "$tmp/out" '^devmemtop [0-9]'
expect_status 0 "$dmt" --help

# The manual names every option.
for option in $("$dmt" --help | grep -oE -- '--[a-z-]{3,}'); do
	grep -q -- "\`$option\|, \`$option\|$option" "$top/docs/devmemtop.md" ||
		fail "docs/devmemtop.md does not explain $option"
done

# It says of every column what to do when it looks wrong.
awk '/^## /{ on = /^## Columns|^## Pages/ } on && /\| \|$/' "$top/docs/devmemtop.md" >"$tmp/out"
[ ! -s "$tmp/out" ] || fail "docs/devmemtop.md says nothing of when it looks wrong: $(cat "$tmp/out")"

# ---- output ----

expect_status 0 "$dmt" -b -n 2 -d 0.1
[ "$(grep -c '^devmemtop ' "$tmp/out")" = 2 ] || fail "not two samples"
expect_in "$tmp/out" 'lost events'
expect_status 0 "$dmt" -n 1
expect_in "$tmp/out" '^devmemtop '

expect_status 0 "$dmt" --csv -n 2 -d 0.1 -N
[ "$(cat "$tmp/err")" = "devmemtop: sources: netlink" ] || fail "--csv: $(cat "$tmp/err")"

expect_status 0 "$dmt" --json -n 2 -d 0.1 -a -i lo
[ "$(wc -l <"$tmp/out")" = 2 ] || fail "not two lines of JSON"
jq -e -s 'length == 2 and all(.[]; .queues[0].ifname == "lo" and .totals.queues_count == 0)
	and .[0].interval_s == null and .[1].interval_s >= 0.05' "$tmp/out" >/dev/null ||
	fail "JSON is not as expected: $(cat "$tmp/out")"
# Every number says its unit, or is the id or the number of something.
jq -r '[paths(type == "number" or type == "null")] | map(map(strings) | last) | unique | .[]' \
	"$tmp/out" | grep -vE '_(ns|s|bytes|niovs|count|per_s|id|errno|pid|inode)$|^ifindex$|^incomplete$' |
	grep . && fail "numbers without a unit in their name"

# An interface of another network namespace is not ours, and there is one line about that.
expect_status 0 unshare -n "$dmt" --json -n 1 -a
jq -e '[.queues[].ifname] | all(. == "lo")' "$tmp/out" >/dev/null || fail "foreign interfaces are shown"

# ---- less privilege, less to see ----

expect_status 0 "${unprivileged[@]}" "$dmt" --json -n 1
[ "$(wc -l <"$tmp/err")" -le 1 ] || fail "more than one line: $(cat "$tmp/err")"
jq -e '.sources == ["netlink"]' "$tmp/out" >/dev/null || fail "unprivileged: $(cat "$tmp/out")"
expect_status 0 "$dmt" --netlink-only --json -n 1
jq -e '.sources == ["netlink"]' "$tmp/out" >/dev/null || fail "netlink only: $(cat "$tmp/out")"
[ ! -s "$tmp/err" ] || fail "complains although it was told: $(cat "$tmp/err")"

# ---- signals and pipes ----

# started SIGNAL STATUS: it runs, gets the signal, and ends with the status and whole samples.
for signal in INT TERM HUP QUIT; do
	# An interactive job control would be needed for SIGINT to reach a job of "&".
	# What the last one wrote must not be taken for its successor's.
	: >"$tmp/stream"
	env --default-signal=INT,QUIT "$dmt" -b -d 0.1 >"$tmp/stream" 2>/dev/null &
	pid=$!
	wait_for 20 grep -q 'lost events' "$tmp/stream"
	kill -s $signal $pid
	wait $pid
	status=$?
	[ $status = 0 ] || fail "SIG$signal: status $status"
done
# A reader that has seen enough is no error.
"$dmt" -b -d 0.1 2>"$tmp/err" | head -n 1 >"$tmp/out"
[ "${PIPESTATUS[0]}" = 0 ] || fail "closed pipe: status ${PIPESTATUS[0]}"
! grep -qi 'pipe' "$tmp/err" || fail "complains about a closed pipe"
# A full disk is one.
"$dmt" -b -n 1 >/dev/full 2>"$tmp/err" && fail "a full disk goes unnoticed"
expect_in "$tmp/err" 'writing to standard output: No space'

# ---- somebody waits for the first sample ----

# The kernel's BTF is read by us and, once for all programs, by libbpf: most of the time, and a number
# that is the same on every machine. Where a program is refused it takes more attempts.
btf=/sys/kernel/btf/vmlinux
count_reads() {
	local reads

	strace -f -o "$tmp/trace" -e trace=openat,open "$dmt" -b -n 1 >"$tmp/out" 2>"$tmp/err" ||
		fail "devmemtop under strace: $(cat "$tmp/err")"
	reads=$(grep -cE "open(at)?\(.*\"$btf\".*= [0-9]" "$tmp/trace")
	[ "$reads" -ge 1 ] || fail "no reader of the BTF is seen: the check is blind"
	[ "$reads" -le 2 ] || fail "the BTF is read $reads times until the first sample, more than twice"
	echo "the BTF is read $reads times"
}
if [ ! -r $btf ]; then
	echo "no BTF here: who reads it is not counted"
elif ! strace -o "$tmp/trace" true 2>/dev/null; then
	echo "strace may not trace here: who reads the BTF is not counted"
elif "$dmt" check | grep -q refuse; then
	echo "this kernel refuses programs: who reads the BTF is not counted"
else
	count_reads
fi

# What it takes in all is counted in instructions, by guest/devmemtop-cost.

# ---- nothing is left behind ----

"$bpftool" prog list >"$tmp/probe" 2>&1 || skip "may not list BPF programs: the rest is not checked"
# kept PID: "prog ID", "map ID" or "link ID" of everything in BPF that a process has open. By number,
# because other tests may run programs of the same names.
kept() {
	sed -n 's/^\(prog\|map\|link\)_id:[[:space:]]*/\1 /p' "/proc/$1"/fdinfo/* 2>/dev/null | sort -u
}
none_is_left() {
	local kind id

	while read -r kind id; do
		! "$bpftool" "$kind" show id "$id" >/dev/null 2>&1 || return
	done <"$tmp/kept"
}
for signal in TERM KILL SEGV; do
	: >"$tmp/stream"
	"$dmt" -b -d 0.1 >"$tmp/stream" 2>/dev/null &
	pid=$!
	wait_for 20 grep -q 'lost events' "$tmp/stream"
	if ! grep -q 'sources: .*walk' "$tmp/stream"; then
		kill $pid
		wait $pid
		skip "this kernel does not take the BPF programs"
	fi
	kept $pid >"$tmp/kept"
	grep -q '^prog' "$tmp/kept" || fail "no program of ours is seen: the check is blind"
	! none_is_left || fail "bpftool sees none of our programs: the check is blind"
	kill -s $signal $pid
	wait $pid 2>/dev/null
	# The kernel frees programs a moment after the last descriptor was closed.
	wait_for 10 none_is_left
done
