#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 400
# kernels: devmem debug
# not on stock: upstream has a BUG or a WARN for frees like these
#
# Each fault in the freeing of buffers is reported by its code, as often as it was injected, and by
# no other code. Then the switches themselves: what they take, and where they are.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/races.sh
. "$(dirname "$0")/../lib/races.sh"
recv=$testbed_top/build/devmem-recv

echo 0 >/proc/sys/net/core/skb_defer_max

testbed_up 4
ethtool -G sim0 rx 256 || testbed_fail "no ring of 256"

# Bind queue 1, receive nothing, unbind: the ring's buffers are freed.
bind_unbind() {
	"$recv" --no-verify --idle 0.01 --quiet --ifname sim0 --queues 1 --size 4M >/dev/null 2>&1
}

# Bindings that are not freed yet have pools with net_iovs out.
inflight() {
	"$testbed_top/build/devmemtop" --count 1 --json |
		jq '[.pools[] | select(.binding_id > 0)] | length'
}

none_inflight() {
	[ "$(inflight)" = 0 ]
}

echo "--- double_free: found by the provider, and earlier with --frees"
for frees in "" --frees; do
	races_start $frees
	fault double_free 5
	bind_unbind
	races_stop
	check "double_free was injected $(injected double_free) times" [ "$(injected double_free)" = 5 ]
	races_expect DOUBLE_FREE 5
	races_among DOUBLE_FREE
	detail=in_binding
	[ -z "$frees" ] || detail=in_pool
	races_report DOUBLE_FREE ".detail == \"$detail\" and .niov != null and .pool_id > 0
		and (.softirq.stack | any(startswith(\"dms_ring_free\")))
		and .softirq.comm == \"devmem-recv\" and .rtnl.comm == \"devmem-recv\""
	[ -z "$frees" ] || races_documented DOUBLE_FREE
	fault double_free 0
done

echo "--- free_in_use: somebody still refers to it"
races_start --held 300
fault free_in_use 3
bind_unbind
races_stop
check "free_in_use was injected $(injected free_in_use) times" [ "$(injected free_in_use)" = 3 ]
races_expect DOUBLE_FREE 3
races_among DOUBLE_FREE
races_report DOUBLE_FREE '.detail == "in_use"'
fault free_in_use 0

echo "--- foreign_free: buffers of a ring to the pool of the next one"
races_start
recv_start --size 32M
send_start --duration 20
wait_for 20 received_past $(($(rx_bytes) + 100000)) || testbed_fail "no traffic"
fault foreign_free 7
for size in 512 256; do
	ethtool -G sim0 rx $size || testbed_fail "no ring of $size"
done
check "foreign_free was injected $(injected foreign_free) times" [ "$(injected foreign_free)" = 7 ]
send_stop
transfer_done
check "what was kept off the free list is not lost" [ "$(inflight)" -gt 0 ]
fault foreign_free 0
wait_for 20 none_inflight || testbed_fail "$(inflight) pools of bindings are left"
races_stop
races_expect FOREIGN_FREE 7
races_among FOREIGN_FREE
races_all FOREIGN_FREE '.other_pool_id > 0 and .other_pool_id < .pool_id and .niov != null
	and (.softirq.stack | any(startswith("dms_fault_free+")))'
races_documented FOREIGN_FREE

echo "--- free_again: freed twice, when another queue of the binding has it already"
races_start
ethtool -G sim0 rx 512
recv_start --queues 1,2 --shared --connections 2 --size 16M --buffers 16
send_start --duration 120 --streams 2 --rate 4M
wait_for 20 received_past $(($(rx_bytes) + 100000)) || testbed_fail "no traffic"
fault free_again 1/40
# The rings take 9,216 in all, of 4,096: each has been through the list of free ones.
for size in 256 512 256 512 256 512 256 512 256 512 256 512; do
	ethtool -G sim0 rx $size || testbed_fail "no ring of $size"
done
fault free_again 0
again=$(injected free_again)
check "none of them was taken" [ "$again" -gt 0 ]
wait_for 30 received_past $(($(rx_bytes) + 4000000)) || testbed_fail "no traffic any more"
send_stop
transfer_done
wait_for 20 none_inflight || testbed_fail "$(inflight) pools of bindings are left"
races_stop
ethtool -G sim0 rx 256
# In use it is another pool's; what came back just then is free.
races_among FOREIGN_FREE DOUBLE_FREE
check "$again wrong frees, but $(races_total .races_count) reports" \
	[ "$(races_total .races_count)" = "$again" ]
check "none was in use" [ "$(races_seen FOREIGN_FREE)" -gt 0 ]
echo "injected $again, of them $(races_seen FOREIGN_FREE) in use"

held_reported() {
	grep -q UNBOUND_HELD "$races_json"
}

echo "--- tokens of an old binding: who holds how many, while the same socket uses the new one"
# What was read of the old binding lies in its page_pool, which is emptied once a second; before, it
# has to be read, which takes seconds on a kernel that checks itself.
races_start --held $((4 * ${DEVMEMTOP_SLOW:-1}))
# devmemtop itself waits ten seconds.
pictures=$testbed_dir/pictures.json
job_start "$testbed_top/build/devmemtop" --json --delay 1 >"$pictures"
pictures_pid=$job_pid
# null as long as it does not watch.
wait_for 60 grep -q '"totals":{[^}]*"races_count":0' "$pictures" || testbed_fail "devmemtop does not watch"
# And the same for people.
job_start "$testbed_top/build/devmemtop" races --held $((4 * ${DEVMEMTOP_SLOW:-1})) \
	>"$testbed_dir/report" 2>"$testbed_dir/report.log"
text_pid=$job_pid
wait_for 60 grep -q 'watching for races' "$testbed_dir/report.log" ||
	testbed_fail "devmemtop races for people does not watch"
# It reads slower than is sent: its queue is never without net_iovs of the new binding.
recv_start --size 4M --hold 100 --rebind-every 3000 --rate 8M
send_start
wait_for 30 held_reported || races_fail "nothing was reported"
wait_for 60 grep -q '"code":"UNBOUND_HELD"' "$pictures" || testbed_fail "devmemtop has no report"
kill "$pictures_pid"
wait "$pictures_pid"
jq -es --arg who "100 by devmem-recv[$recv_pid]" '[.[].races[]] | length == 1 and (.[0] |
	.code == "UNBOUND_HELD" and .queue_id == null and (.summary | endswith(": " + $who))
	and (.held_by.sockets | length == 1 and .[0].user_niovs == 100 and .[0].socket_niovs == 0))' \
	"$pictures" >/dev/null || testbed_fail "devmemtop: $(jq -c .races "$pictures")"
"$testbed_top/tests/checks/json_check" "$testbed_top/docs/devmemtop.schema.json" "$pictures" ||
	testbed_fail "JSON and docs/devmemtop.schema.json differ"
wait_for 60 grep -q UNBOUND_HELD "$testbed_dir/report" || testbed_fail "devmemtop races for people has no report"
kill "$text_pid"
wait "$text_pid"
check "nothing says who holds it" grep -qF \
	"    held     100 by devmem-recv[$recv_pid]: 100 as tokens, 0 not received yet, " "$testbed_dir/report"
check "the report has another form" [ "$("$testbed_top/tests/checks/races_shape" "$testbed_dir/report")" = \
	"UNBOUND_HELD - net_devmem_unbind_dmabuf" ]
send_stop
transfer_done
races_stop
check "the receiver held $(recv_get held), not 100" [ "$(recv_get held)" = 100 ]
races_expect UNBOUND_HELD 1
races_among UNBOUND_HELD
races_report UNBOUND_HELD ".outstanding_niovs == 100 and (.held_by | .unknown == null and .complete
	and .no_socket_niovs == 0 and (.sockets | length == 1 and (.[0] |
		.pid == $recv_pid and .comm == \"devmem-recv\" and .tokens_count == 100
		and .user_niovs == 100 and .socket_niovs == 0 and .local_address == \"$nic4\"
		and .local_port == $port and .remote_address == \"$far4\")))
	and (.summary | endswith(\": 100 by devmem-recv[$recv_pid]\"))"
races_schema

echo "--- leak: a binding that was unbound is not let go, and no socket has a part of it"
races_start --held "${DEVMEMTOP_SLOW:-1}"
fault leak 9
recv_start --size 4M
send_start --bytes 1M
transfer_done
fault_wait leak 9
wait_for 20 held_reported || races_fail "nothing was reported"
races_stop
races_expect UNBOUND_HELD 1
races_among UNBOUND_HELD
races_report UNBOUND_HELD '.outstanding_niovs == 9 and .rtnl.comm == "devmem-recv"
	and (.rtnl.stack | any(startswith("net_devmem_unbind_dmabuf+")))
	and .held_by == { unknown: null, complete: true, sockets: [], no_socket_niovs: 9 }'
races_documented UNBOUND_HELD
races_schema

echo "--- nothing is lost for good"
check "the leak holds no pool" [ "$(inflight)" -gt 0 ]
fault leak 0
wait_for 20 none_inflight || testbed_fail "$(inflight) pools of bindings are left"

echo "--- what a switch takes"
for value in "" x -1 1/0 2/1 0/5 1/x 1/1000001 "1 5" "1/2 5" 4294967296 "1 2 3"; do
	if echo "$value" 2>/dev/null >$faults_dir/leak; then
		testbed_fail "leak takes '$value'"
	fi
done
for value in 5 1/2 "5 x" "5 0" "5 60001" "0 5" "1/2/3 5" "1 2 3"; do
	if echo "$value" 2>/dev/null >$faults_dir/wait_stop_dma; then
		testbed_fail "wait_stop_dma takes '$value'"
	fi
done
if echo 4 2>/dev/null >$faults_dir/no_rtnl; then testbed_fail "there is no queue 4"; fi
check "what it did not take changed it: $(<$faults_dir/leak)" \
	[ "$(<$faults_dir/leak)" = "left=0 injected=9" ]
fault leak 3/10
check "$(<$faults_dir/leak)" [ "$(<$faults_dir/leak)" = "rate=3/10 injected=0" ]
fault leak 0
fault wait_stop_dma "1/2 30"
check "$(<$faults_dir/wait_stop_dma)" [ "$(<$faults_dir/wait_stop_dma)" = \
	"rate=1/2 injected=0 ms=30 frames=0 packets=0 lost=0 returned=0" ]
fault wait_stop_dma 0

echo "--- the folder follows the NIC"
root=/sys/kernel/debug/devmemsim
there() {
	check "no folder $1: $(ls $root)" [ -e "$root/$1/leak" ]
	check "another folder than $1: $(ls $root)" [ "$(ls $root)" = "$1" ]
}
there sim0
ip link set sim0 down
ip link set sim0 name nic7
there nic7
echo 5 >$root/nic7/leak
ip netns add away
ip link set nic7 netns away
there "nic7@$(stat -L -c %i /run/netns/away)"
check "its switches were set back" grep -q left=5 $root/*/leak
ip -n away link set nic7 netns 1
there nic7
ip netns del away
ip link set nic7 name sim0
ip link del sim0
check "a folder is left: $(ls $root)" [ -z "$(ls $root)" ]
