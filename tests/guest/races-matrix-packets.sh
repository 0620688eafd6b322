#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 300
# vm stock: --smp 2 --timeout 500
# kernels: devmem stock debug
#
# Each fault on the way of packets is reported by its code, as often as it was injected, and by no
# other code than those that it implies.

# shellcheck disable=SC2119 # races_start has no arguments here

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/races.sh
. "$(dirname "$0")/../lib/races.sh"

echo 0 >/proc/sys/net/core/skb_defer_max

testbed_up 4
ethtool -G sim0 rx 256 || testbed_fail "no ring of 256"

napi='.softirq.stack != null and (.softirq.stack | any(startswith("dms_poll+")))'

# The bytes are right, although some of them came the wrong way.
echo "--- mixed_skb"
races_start
fault mixed_skb 20/100
recv_start --size 8M
send_start --bytes 4M
transfer_done
races_stop
fault mixed_skb 0
echo "injected $(injected mixed_skb), counted $(races_seen MIXED_FRAGS)"
check "not injected" [ "$(injected mixed_skb)" -gt 20 ]
races_expect MIXED_FRAGS "$(injected mixed_skb)"
races_among MIXED_FRAGS
races_report MIXED_FRAGS "$napi and .binding_id > 0"
races_documented MIXED_FRAGS

echo "--- mixed_stream"
races_start
recv_start --size 8M
send_start --bytes 4M --rate 2M
wait_for 20 received_past $(($(rx_bytes) + 100000)) || testbed_fail "no traffic"
fault mixed_stream 1/50
transfer_done
races_stop
fault mixed_stream 0
echo "injected $(injected mixed_stream), counted $(races_seen MIXED_STREAM)"
check "not injected" [ "$(injected mixed_stream)" -gt 20 ]
races_expect MIXED_STREAM "$(injected mixed_stream)"
races_among MIXED_STREAM
races_report MIXED_STREAM "$napi and .queue_binding_id > 0"
races_documented MIXED_STREAM

echo "--- late_delivery"
races_start
recv_start --size 4M --rebind-every 300
send_start
# Each takes a rebind, which on a stock kernel with two CPUs takes QEMU seconds.
late=4
! by_probes || late=2
fault late_delivery $late
fault_wait late_delivery $late
transfer_abort
races_stop
fault late_delivery 0
races_expect STALE_DELIVERY $late
races_among STALE_DELIVERY
# With probes it is reported at the end of the restart, without the side that received.
if by_probes; then
	races_report STALE_DELIVERY '.binding_id > 0 and .rtnl.comm == "devmem-recv"'
else
	races_report STALE_DELIVERY "$napi and (.rtnl.stack | any(startswith(\"netdev_rx_queue_set_provider+\")))
		and .between_ns != null"
	races_documented STALE_DELIVERY
fi

echo "--- hold_poll: a poll that outlasts a restart hands in the second packet of a flow behind it"
races_start
recv_start --size 4M --rebind-every 300
send_start
fault hold_poll 1/1
fault_wait hold_poll 4
fault hold_poll 0
transfer_abort
races_stop
echo "injected $(injected hold_poll), counted $(races_seen STALE_DELIVERY)"
races_expect STALE_DELIVERY "$(injected hold_poll)"
races_among STALE_DELIVERY
races_all STALE_DELIVERY "$napi and .between_ns > 0"
# The restart that took its memory away had started the queue again; the next may be on its way, with the
# queue running.
races_all STALE_DELIVERY '.rtnl.phase == "ended" or
	(.rtnl.phase == "started" and .rtnl.old_binding_id == .binding_id) or
	((.rtnl.phase | IN("begun", "allocated")) and .rtnl.old_binding_id != .binding_id)'

# share_pool TIMES STREAMS: that often, while STREAMS of two queues receive.
share_pool() {
	races_start
	recv_start --queues 1,2 --size 8M --connections "$2"
	send_start --streams "$2" --rate 4M
	wait_for 20 received_past $(($(rx_bytes) + 100000)) || testbed_fail "no traffic"
	fault share_pool 1/20
	fault_wait share_pool "$1"
	fault share_pool 0
	transfer_abort
	races_stop
	echo "injected $(injected share_pool), counted $(races_seen POOL_SHARED)"
	# Both queues may be polled at that moment: then it is reported as two CPUs.
	races_expect POOL_SHARED "$(injected share_pool)"
	races_among POOL_SHARED
}

echo "--- share_pool: queue 2 takes from the pool of queue 1, and the other way round"
share_pool 20 2
races_all POOL_SHARED "$napi and .niov != null and .other_napi_id != .softirq.napi_id"
races_report POOL_SHARED '.detail == "two_napis"'

echo "--- share_pool: time and again from the pool of a queue that itself takes nothing"
share_pool 5 1

echo "--- other_cpu: a work item takes from the pool in the middle of a poll"
races_start
recv_start --size 8M
send_start --bytes 8M --rate 2M
wait_for 20 received_past $(($(rx_bytes) + 100000)) || testbed_fail "no traffic"
fault other_cpu 1/5
fault_wait other_cpu 10
fault other_cpu 0
transfer_done
races_stop
echo "injected $(injected other_cpu), counted $(races_seen POOL_SHARED)"
races_expect POOL_SHARED "$(injected other_cpu)"
races_among POOL_SHARED
races_report POOL_SHARED '.detail == "two_cpus" and (.summary | startswith("CPUs "))
	and (.softirq.comm | startswith("kworker"))'
# The other side: the poll that was under way.
races_all POOL_SHARED '.detail != "two_cpus" or (.other_cpu != .softirq.cpu and .other_napi_id > 0
	and (.time_monotonic_ns - .other_time_monotonic_ns | . > 0 and . < 1e9))'
races_documented POOL_SHARED

echo "--- clear_provider: before the queue is stopped"
races_start
recv_start --size 64M
send_start --duration 20
wait_for 20 received_past $(($(rx_bytes) + 100000)) || testbed_fail "no traffic"
fault clear_provider 1/1
for _ in 1 2 3 4 5; do
	for size in 512 256; do
		ethtool -G sim0 rx $size || testbed_fail "no ring of $size"
	done
done
fault clear_provider 0
send_stop
transfer_done
races_stop
echo "injected $(injected clear_provider), counted $(races_seen PROVIDER_GONE)"
check "not injected" [ "$(injected clear_provider)" -ge 2 ]
races_expect PROVIDER_GONE "$(injected clear_provider)"
races_among PROVIDER_GONE
races_report PROVIDER_GONE "$napi and .detail == \"cleared\" and .queue_binding_id == null"
races_documented PROVIDER_GONE

# The driver can call dev_dmabuf_uninstall() only if it is built into the kernel.
if by_probes; then exit; fi
echo "--- unmap: the device's bindings are dropped while it is up"
races_start
recv_start --size 32M --queues 1,2 --connections 2
send_start --streams 2
wait_for 20 received_past $(($(rx_bytes) + 100000)) || testbed_fail "no traffic"
fault unmap 1
ethtool -G sim0 rx 512 || testbed_fail "no ring of 512"
fault_wait unmap 1
transfer_abort
races_stop
fault unmap 0
echo "counted $(races_seen PROVIDER_GONE)"
# Both queues; until they have their new rings they take from where they took before. What they hand
# in meanwhile is no STALE_DELIVERY: no restart took the binding away.
check "not one for each queue" [ "$(races_details PROVIDER_GONE unmapped)" = 2 ]
races_among PROVIDER_GONE
races_all PROVIDER_GONE ".detail == \"unmapped\" or (.detail == \"cleared\" and $napi)"
races_report PROVIDER_GONE '.detail == "unmapped" and .rtnl.comm == "ethtool"
	and (.rtnl.stack | any(startswith("dev_dmabuf_uninstall+")))'
