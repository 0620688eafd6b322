#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 500
# vm stock: --smp 1 --timeout 500
# kernels: devmem stock debug
#
# Each fault in the restart of a queue is reported by its code, as often as it was injected, and by
# no other code than those that it implies. On a stock kernel, which has only probes, not all codes are
# seen: docs/kernels.md says which.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/races.sh
. "$(dirname "$0")/../lib/races.sh"
recv=$testbed_top/build/devmem-recv

# A packet that was read waits to be freed until its CPU receives again: here that may be never.
echo 0 >/proc/sys/net/core/skb_defer_max

testbed_up 4
ethtool -G sim0 rx 256 || testbed_fail "no ring of 256"

# Bind queue 1, receive nothing, unbind.
bind_unbind() {
	"$recv" --no-verify --idle 0.01 --quiet --ifname sim0 --queues 1 --size 4M >/dev/null 2>&1
}

bind_fails() {
	if bind_unbind; then testbed_fail "a bind worked that should have failed"; fi
}

# As the receiver said last.
recv_rebinds() {
	sed -n 's/.*, \([0-9]*\) rebinds$/\1/p' "$recv_log" | tail -n 1
}

link_again() {
	ip link set sim0 down
	ip link set sim0 up
	wait_for 10 link_ready sim0 || testbed_fail "sim0 has no carrier"
}

both_sides='.softirq.stack != null and (.softirq.stack | any(startswith("dms_poll+")))
	and (.rtnl.stack | any(startswith("netdev_rx_queue_set_provider+")))'

echo "--- fail_alloc, fail_stop: on the old pool"
for what in alloc stop; do
	races_start
	fault fail_$what 2
	bind_fails
	bind_fails
	races_stop
	check "fail_$what was injected $(injected fail_$what) times" [ "$(injected fail_$what)" = 2 ]
	races_expect RESTART_FAILED 2
	races_among RESTART_FAILED
	phase=begun
	[ $what = alloc ] || by_probes || phase=allocated
	races_report RESTART_FAILED ".detail == \"old_pool\" and .rtnl.phase == \"$phase\""
	fault fail_$what 0
done

echo "--- fail_start: back on the old pool"
races_start
fault fail_start 2
bind_fails
bind_fails
races_stop
races_expect RESTART_FAILED "$(injected fail_start)"
races_expect RESTART_FAILED 2
races_among RESTART_FAILED
races_report RESTART_FAILED '.detail == "rolled_back" and .errno == 5'
races_documented RESTART_FAILED
fault fail_start 0

# Upstream has a WARN for it, which vm/run would take for a bug.
if ! by_probes; then
	echo "--- fail_start and fail_rollback: a dead queue"
	races_start
	fault fail_start 1
	fault fail_rollback 1
	bind_fails
	races_stop
	check "fail_rollback was not injected" [ "$(injected fail_rollback)" = 1 ]
	races_expect RESTART_FAILED 1
	races_among RESTART_FAILED
	races_report RESTART_FAILED '.detail == "dead" and .rtnl.phase == "dead"'
	fault fail_start 0
	fault fail_rollback 0
	link_again
fi

# Upstream has a WARN for an unbind whose restart fails.
if ! by_probes; then
	echo "--- restarts that fail under traffic: the queue goes on as before, and no byte is wrong"
	for what in alloc:old_pool:12 stop:old_pool:16 start:rolled_back:5; do
		IFS=: read -r op left errno <<<"$what"
		races_start
		recv_start --size 4M --rebind-every 200
		send_start --rate 8M
		wait_for 20 received_past $(($(rx_bytes) + 100000)) || testbed_fail "no traffic"
		# Of three: unbinds and binds in turn.
		fault "fail_$op" 1/3
		fault_wait "fail_$op" 6
		fault "fail_$op" 0
		failed=$(injected "fail_$op")
		# Bound and fed again, now that nothing fails.
		wait_for 20 received_past $(($(rx_bytes) + 1000000)) || testbed_fail "no traffic any more"
		rebound=$(recv_rebinds)
		wait_for 20 rebound_past "${rebound:-0}" || testbed_fail "no rebind any more"
		send_stop
		transfer_done
		races_stop
		echo "fail_$op: injected $failed, rebinds $(recv_get rebinds), failed" \
			"$(recv_get rebinds_failed)"
		races_expect RESTART_FAILED "$failed"
		races_among RESTART_FAILED
		races_all RESTART_FAILED ".detail == \"$left\" and .errno == $errno and .ifname == \"sim0\"
			and .queue_id == 1"
		# Unbinding; the receiver is not told. And binding: data comes through host memory until the next.
		races_report RESTART_FAILED '.binding_id != null and .queue_binding_id == null'
		races_report RESTART_FAILED '.queue_binding_id != null'
		check "no rebind failed" [ "$(recv_get rebinds_failed)" -gt 0 ]
	done
fi

echo "--- skip_quiesce: NAPI takes while the queue is stopped"
races_start
recv_start --size 4M --rebind-every 200 --no-verify
send_start
fault skip_quiesce 6
fault_wait skip_quiesce 6
transfer_abort
races_stop
echo "injected $(injected skip_quiesce), counted $(races_seen ALLOC_IN_RESTART)"
if by_probes; then
	# Nobody knows that a queue is stopped when its NAPI goes on.
	races_expect ALLOC_IN_RESTART 0
else
	races_expect ALLOC_IN_RESTART "$(injected skip_quiesce)"
	races_report ALLOC_IN_RESTART "$both_sides and .rtnl.phase == \"stopped\" and .queue_binding_id == null"
	races_documented ALLOC_IN_RESTART
fi
# What NAPI hands in meanwhile belongs to the old binding.
races_among ALLOC_IN_RESTART STALE_DELIVERY
fault skip_quiesce 0

echo "--- old_pool: it goes on after the restart"
races_start
recv_start --size 4M --no-verify
send_start
wait_for 20 received_past $(($(rx_bytes) + 100000)) || testbed_fail "no traffic"
fault old_pool 1
kill "$recv_pid"
wait "$recv_pid"
fault_wait old_pool 1
transfer_abort
races_stop
races_expect BINDING_MISMATCH 1
# Packets go on coming in net_iovs.
races_among BINDING_MISMATCH STALE_DELIVERY
races_report BINDING_MISMATCH '.detail == "wrong_pool" and .rtnl.phase == "ended"
	and .other_napi_id > 0 and .other_cpu != null
	and .time_monotonic_ns > .other_time_monotonic_ns'
races_documented BINDING_MISMATCH
fault old_pool 0
link_again

echo "--- no_pool: the queue is bound and goes on with pages"
races_start
fault no_pool 1
recv_start --size 4M
send_start --bytes 1M
transfer_done
races_stop
check "no_pool was not injected" [ "$(injected no_pool)" = 1 ]
races_expect BINDING_MISMATCH 1
races_among BINDING_MISMATCH
races_report BINDING_MISMATCH '.detail == "no_pool"'
fault no_pool 0

echo "--- a restart that hangs in stop, and one in start"
before_stop=allocated
! by_probes || before_stop=begun
for point in stop_dma:$before_stop start_begin:stopped; do
	races_start --stuck 0.5
	fault "wait_${point%:*}" '1 2000'
	bind_unbind
	races_stop
	check "nothing waited" [ "$(injected "wait_${point%:*}")" = 1 ]
	races_expect RESTART_STUCK 1
	races_among RESTART_STUCK
	[ "${point#*:}" != allocated ] || races_documented RESTART_STUCK
	races_report RESTART_STUCK ".rtnl.phase == \"${point#*:}\" and .age_ns >= 500000000"
	fault "wait_${point%:*}" 0
done

# The driver can call netdev_rx_queue_restart() only if it is built into the kernel.
if ! by_probes; then
	echo "--- no_rtnl: a restart in a task that does not hold the lock"
	races_start
	for queue in 1 2 1; do
		fault no_rtnl $queue
	done
	races_stop
	check "no_rtnl was injected $(injected no_rtnl) times" [ "$(injected no_rtnl)" = 3 ]
	races_expect NO_RTNL 3
	races_among NO_RTNL
	races_report NO_RTNL '.detail == "restart" and (.rtnl.comm | startswith("kworker"))
		and (.rtnl.stack | any(startswith("netdev_rx_queue_restart+")))'
	races_documented NO_RTNL
fi

echo "--- and without a fault there is none"
races_start
recv_start --size 4M --rebind-every 100
send_start --duration 2
transfer_done
races_stop
races_none
