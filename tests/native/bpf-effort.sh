#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# On the machine's own kernel, no guest: the verifier accepts every BPF program that applies, with no
# more effort than the table says; what applies is attached; the walk comes to its end; nothing is left
# behind. And the comparison of the effort can fail.

# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
dmt=$top/build/devmemtop

[ "$(id -u)" = 0 ] || skip "needs root"
[ -r /sys/kernel/btf/vmlinux ] || skip "this kernel has no BTF"

# ---- the comparison sees what it is for ----

mkdir -p "$tmp/tests/checks"
cp "$top/tests/checks/effort_check" "$tmp/tests/checks"
echo "1.0 object program 100 10" >"$tmp/tests/checks/effort.txt"
compare() {
	echo "$1" >"$tmp/effort"
	"$tmp/tests/checks/effort_check" 1.0 "$tmp/effort" >"$tmp/out"
}
compare "object program 200 20" || fail "twice as much is refused: $(cat "$tmp/out")"
compare "object program 100 10
object * - -" && fail "an object that is not opened is not seen"
echo "1.0 object gone 1 1" >>"$tmp/tests/checks/effort.txt"
compare "object program 100 10" && fail "a program that is not there any more is not seen"
sed -i '$d' "$tmp/tests/checks/effort.txt"
for bad in "object program 201 10" "object program 100 21" "object program - -" "object other 1 1" ""; do
	compare "$bad" && fail "not seen: $bad"
done

# ---- this kernel ----

expect_status 0 "$dmt" --json -n 1
jq -e '.incomplete == null and (.sources | contains(["walk", "netlink"]))' "$tmp/out" >/dev/null ||
	fail "the walk: $(jq -c '[.sources, .incomplete]' "$tmp/out")"
# It finds the pools that netlink lists; a machine may have none.
pools() {
	jq -c '[.pools[].pool_id] | sort' "$1"
}
cp "$tmp/out" "$tmp/walked"
expect_status 0 setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
	--bounding-set=-all "$dmt" --json -n 1
jq -e '.sources == ["netlink"]' "$tmp/out" >/dev/null || fail "nobody may use BPF: $(jq -c .sources "$tmp/out")"
[ "$(pools "$tmp/walked")" = "$(pools "$tmp/out")" ] ||
	fail "the walk found $(pools "$tmp/walked") and netlink $(pools "$tmp/out")"
echo "pools: $(pools "$tmp/out")"

# ids KIND PID: of the programs or links that a process has open.
ids() {
	cat "/proc/$2/fdinfo/"* 2>/dev/null | sed -n "s/^${1}_id:[ \t]*//p" | sort -u
}
# attached PID: what is attached by that process: tracepoints by name, and "fentry" or "kprobe".
attached() {
	local id

	for id in $(ids link "$1"); do
		bpftool -j link show id "$id" | jq -r '.tp_name // {tracing: "fentry", perf_event: "kprobe"}[.type] // .type'
	done | sort -u
}
# What check says each fact comes from, in these words.
"$dmt" check >"$tmp/out"
sed -n 's/^ *from: \(fentry\): .*/\1/p; s/^ *from: kprobes: .*/kprobe/p
	s/^ *from: \(page_pool\|trace\) events: \([^;]*\).*/\2/p' "$tmp/out" |
	sed 's/ and others//; s/, */\n/g' | sort -u >"$tmp/chosen"
[ -s "$tmp/chosen" ] || fail "check chose nothing: $(cat "$tmp/out")"
all_attached() {
	attached "$1" >"$tmp/attached"
	[ -z "$(comm -23 "$tmp/chosen" "$tmp/attached")" ]
}
# What was loaded and attached is gone with the process, however it ends.
for signal in TERM KILL; do
	"$dmt" -b -d 0.2 -n 100 >/dev/null 2>&1 &
	pid=$!
	wait_for 10 all_attached "$pid"
	progs=$(ids prog "$pid")
	links=$(ids link "$pid")
	kill -s $signal $pid
	wait $pid 2>/dev/null
	gone() {
		for id in $progs; do ! bpftool prog show id "$id" || return 1; done
		for id in $links; do ! bpftool link show id "$id" || return 1; done
	}
	wait_for 10 gone
	echo "attached: $(paste -sd' ' "$tmp/chosen")"
	echo "after SIG$signal nothing is left of $(wc -w <<<"$progs") programs and $(wc -w <<<"$links") links"
done

kernel=$(uname -r | cut -d. -f1,2)
grep -q "^$kernel " "$top/tests/checks/effort.txt" || {
	# Another kernel than those in the table: that the programs pass is all that can be said.
	expect_status 0 "$dmt" check --effort
	skip "no figures for Linux $kernel in tests/checks/effort.txt; all programs passed its verifier"
}
"$dmt" check --effort >"$tmp/effort"
"$top/tests/checks/effort_check" "$kernel" "$tmp/effort" >"$tmp/out" || fail "$(cat "$tmp/out")"
cat "$tmp/out"
