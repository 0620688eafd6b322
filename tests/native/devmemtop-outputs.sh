#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What other programs read: JSON against its schema, CSV against JSON, filters, other network
# namespaces; and `devmemtop check`.

# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
dmt=$top/build/devmemtop
schema=$top/docs/devmemtop.schema.json
unprivileged=(setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all)

# ---- CSV ----

expect_status 0 "$dmt" --csv -n 2 -d 0.1 -a -f iface=lo
[ "$(wc -l <"$tmp/out")" = 3 ] || fail "not a heading and two lines: $(cat "$tmp/out")"
[ "$(tr -cd ',\n' <"$tmp/out" | sort -u | wc -l)" = 1 ] || fail "lines differ in their columns"
# The columns are those of a queue in JSON, parts by their path.
expect_status 0 "$dmt" --json -n 1 -a -f iface=lo
jq -r '["time_unix_ns", "interval_s", "netns_inode", "lost_events_count", "incomplete"] +
	[.queues[0] | paths(scalars or . == null) | join("_")] | join(",")' "$tmp/out" >"$tmp/want"
"$dmt" --csv -n 1 -a -f iface=lo 2>/dev/null | head -n 1 >"$tmp/got"
diff "$tmp/want" "$tmp/got" >&2 || fail "CSV has other columns than JSON"
expect_status 2 "$dmt" --csv --json -n 1
expect_in "$tmp/err" 'give one of them'

# ---- filters ----

expect_status 0 "$dmt" --json -n 1 -a -f 'iface=l?' -f queue=0-1
jq -e '[.queues[].ifname] | length > 0 and all(. == "lo")' "$tmp/out" >/dev/null || fail "iface, queue"
expect_status 0 "$dmt" --json -n 1 -a -f iface=nosuch
jq -e '.queues == []' "$tmp/out" >/dev/null || fail "a filter that fits nothing"
for bad in foo=1 queue=x queue=3-1 binding= iface; do
	expect_status 2 "$dmt" -b -n 1 -f "$bad"
	[ "$(wc -l <"$tmp/err")" = 1 ] || fail "not one line: $(cat "$tmp/err")"
	expect_in "$tmp/err" "bad filter '.*': give"
done

# ---- other network namespaces ----

if unshare -n true 2>/dev/null; then
	coproc other { exec unshare -n sh -c 'readlink /proc/self/ns/net; exec cat'; }
	read -r inode <&"${other[0]}"
	inode=${inode//[^0-9]/}
	# shellcheck disable=SC2154 # coproc sets it
	for how in --netns="$other_PID" --netns="/proc/$other_PID/ns/net" --filter=netns="$other_PID"; do
		expect_status 0 "$dmt" --json -n 1 -a "$how"
		jq -e --argjson inode "$inode" '[.queues[].ifname] | all(. == "lo")' \
			"$tmp/out" >/dev/null || fail "$how shows foreign interfaces"
		jq -e --argjson inode "$inode" '.netns_inode == null or .netns_inode == $inode' \
			"$tmp/out" >/dev/null || fail "$how: $(cat "$tmp/out")"
	done
	eval "exec ${other[1]}>&-"
	wait "$other_PID"
fi
expect_status 1 "$dmt" -b -n 1 --netns nosuchns
expect_in "$tmp/err" "network namespace 'nosuchns': give a path, a process id, or a name"
expect_status 1 "$dmt" -b -n 1 --netns /proc/self/ns/mnt
expect_in "$tmp/err" "it is no network namespace"
expect_status 1 "${unprivileged[@]}" "$dmt" -b -n 1 --netns /proc/self/ns/net
expect_in "$tmp/err" 'run as root or with CAP_SYS_ADMIN'

# ---- an interface that goes away and comes back, as when its driver is loaded anew ----

if unshare -n ip link add x0 type veth 2>/dev/null; then
	coproc other { exec unshare -n sh -c 'echo ready; exec cat'; }
	read -r _ <&"${other[0]}"
	inside() {
		nsenter --net="/proc/$other_PID/ns/net" "$@"
	}
	# x0_is FILTER: true of the last whole line?
	x0_is() {
		[ -s "$tmp/stream" ] && tail -n 2 "$tmp/stream" | head -n 1 | jq -e "$1" >/dev/null 2>&1
	}
	inside ip link add x0 type veth
	inside ip link set x0 up
	: >"$tmp/stream"
	# In this shell, not in a function's: it is its process that is ended below.
	nsenter --net="/proc/$other_PID/ns/net" "$dmt" --json -a -i x0 -d 0.1 >"$tmp/stream" 2>"$tmp/err" &
	pid=$!
	wait_for 20 x0_is '.queues[0].ifname == "x0" and .incomplete == null'
	inside ip link del x0
	wait_for 20 x0_is '.queues == [] and .incomplete == "interface x0 is gone"'
	inside ip link add x0 type veth
	inside ip link set x0 up
	wait_for 20 x0_is '.queues[0].ifname == "x0" and .incomplete == null'
	kill $pid
	wait $pid
	numbers=$(jq ".queues[].ifindex" "$tmp/stream" | sort -u | wc -l)
	[ "$numbers" = 2 ] || fail "x0 had $numbers numbers, not 2: it was not made anew"
	eval "exec ${other[1]}>&-"
	wait "$other_PID"
fi

# ---- check ----

# Every source is there once, and whatever cannot be used is explained.
explained() {
	for source in queues page-pools pool-stats queue-stats events walk sockets; do
		[ "$(grep -cE "^(ok|NO) +$source " "$tmp/out")" = 1 ] || fail "check: $source"
	done
	[ "$(grep -c '^NO ' "$tmp/out")" = "$(grep -c '^     why: .' "$tmp/out")" ] ||
		fail "check: no reason: $(cat "$tmp/out")"
	[ "$(grep -c '^NO ' "$tmp/out")" = "$(grep -c '^     do:  .' "$tmp/out")" ] ||
		fail "check: no advice: $(cat "$tmp/out")"
}
"$dmt" check >"$tmp/out" 2>"$tmp/err"
status=$?
explained
[ $status = $(($(grep -c '^NO ' "$tmp/out") > 0)) ] || fail "check: status $status: $(cat "$tmp/out")"
# What it says about a source is what the source then does.
used=$("$dmt" --json -n 1 2>/dev/null | jq -r '.sources[]')
for source in events walk sockets; do
	[ "$(grep -c "^ok *$source " "$tmp/out")" = "$(grep -cx $source <<<"$used")" ] ||
		fail "check and devmemtop differ about $source: $used; $(cat "$tmp/out")"
done
"${unprivileged[@]}" "$dmt" check >"$tmp/out" 2>"$tmp/err" && fail "check is content without privilege"
explained
expect_in "$tmp/out" '^NO +walk'
expect_in "$tmp/out" 'do:  run as root or with CAP_BPF'
expect_status 2 "$dmt" check nonsense

# ---- the schema ----

python3 -c 'import jsonschema' 2>/dev/null ||
	skip "no python3-jsonschema: JSON was not compared with its schema"
expect_status 0 "$dmt" --json -n 2 -d 0.1 -a
cp "$tmp/out" "$tmp/live.json"
check_json() {
	"$top/tests/checks/json_check" --break "$@" || fail "JSON and its schema differ"
}
check_json "$schema" "$top/tests/golden/every-row.json" "$tmp/live.json"
# Races cannot be caused here: tests/guest/races-matrix-frees.sh has real ones.
check_json "$top/docs/races.schema.json" "$top/tests/golden/races.json"
