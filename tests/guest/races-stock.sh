#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 1 --timeout 500
# kernels: devmem stock
#
# The races that docs/kernels.md says are caught without our trace events, with the same faults as
# on our own kernel: each by its code, as often as it was injected, and no others. On our kernel the
# same has to come out.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/races.sh
. "$(dirname "$0")/../lib/races.sh"
recv=$testbed_top/build/devmem-recv

echo 0 >/proc/sys/net/core/skb_defer_max
testbed_up 4
ethtool -G sim0 rx 256 || testbed_fail "no ring of 256"

# Bind queue 1, receive nothing, unbind.
bind_unbind() {
	"$recv" --no-verify --idle 0.01 --quiet --ifname sim0 --queues 1 --size 4M >/dev/null 2>&1
}

# counted CODE N: exactly so many, and no others.
counted() {
	races_stop
	races_expect "$1" "$2"
	races_among "$1"
	echo "$1: $2 of $2"
}

echo "--- the quiet part: rebinds under traffic"
races_start --held 60
! grep -q 'cannot be watched' "$races_log" || races_fail "docs/kernels.md says that all are watched for"
recv_start --size 4M --rebind-every 100 --buffers 8
send_start --duration 60
wait_for 60 rebound_past 3 || races_fail "less than 4 rebinds"
send_stop
transfer_done
races_stop
races_none
echo "none in $(recv_get rebinds) rebinds and $(recv_get bytes) bytes"

echo "--- mixed_skb"
races_start --held 60
fault mixed_skb 20/100
recv_start --size 8M
send_start --bytes 2M
transfer_done
fault mixed_skb 0
check "mixed_skb was not injected" [ "$(injected mixed_skb)" -gt 5 ]
counted MIXED_FRAGS "$(injected mixed_skb)"

echo "--- mixed_stream"
races_start --held 60
recv_start --size 8M
send_start --bytes 4M --rate 2M
wait_for 20 received_past $(($(rx_bytes) + 100000)) || testbed_fail "no traffic"
fault mixed_stream 1/50
transfer_done
fault mixed_stream 0
check "mixed_stream was not injected" [ "$(injected mixed_stream)" -gt 5 ]
counted MIXED_STREAM "$(injected mixed_stream)"

echo "--- late_delivery"
races_start --held 60
recv_start --size 4M --rebind-every 300
send_start --duration 60
fault late_delivery 2
fault_wait late_delivery 2
transfer_abort
fault late_delivery 0
counted STALE_DELIVERY 2

echo "--- fail_alloc, fail_stop, fail_start"
for what in alloc:old_pool stop:old_pool start:rolled_back; do
	races_start
	fault "fail_${what%:*}" 2
	for _ in 1 2; do
		! bind_unbind || testbed_fail "a bind worked that should have failed"
	done
	counted RESTART_FAILED 2
	# Only what the failed op did to its NAPI says how far it came.
	case ${what#*:} in
	old_pool) races_report RESTART_FAILED '.errno > 0 and .rtnl.comm == "devmem-recv"' ;;
	*) races_report RESTART_FAILED '.detail == "rolled_back"' ;;
	esac
	fault "fail_${what%:*}" 0
done

echo "--- no_pool: the queue is bound and goes on with pages"
races_start
fault no_pool 1
recv_start --size 4M
send_start --bytes 1M
transfer_done
check "no_pool was not injected" [ "$(injected no_pool)" = 1 ]
counted BINDING_MISMATCH 1
fault no_pool 0

echo "--- a restart that hangs in start"
races_start --stuck 0.5
fault wait_start_begin '1 2000'
bind_unbind
check "nothing waited" [ "$(injected wait_start_begin)" = 1 ]
counted RESTART_STUCK 1
fault wait_start_begin 0

echo "--- tokens of the old binding are kept after a rebind"
races_start --held 1
recv_start --hold 50 --rebind 1 --size 8M
send_start --rate 2M
# The receiver must still run when devmemtop looks at the sockets, which starts a moment later.
wait_for 60 grep -q UNBOUND_HELD "$races_json" || races_fail "nothing was reported"
send_stop
transfer_done
races_stop
races_among UNBOUND_HELD
races_report UNBOUND_HELD '.outstanding_niovs >= 50 and .age_ns >= 1000000000 and .rtnl.comm == "devmem-recv"
	and (.held_by.sockets | length == 1 and (.[0] | .comm == "devmem-recv" and .user_niovs == 50))'

echo "--- the lock that is looked at is not the one that is held"
races_start --lock cgroup_mutex
bind_unbind
# Bind and unbind, with a restart each.
counted NO_RTNL 4
