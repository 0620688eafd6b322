#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 300
# not on stock: they are our trace events
#
# A switch that fails: the trace events tell which phase did and what feeds the queue now, as
# docs/tracepoints.md says; netlink says the same; and nothing leaks.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/tracing.sh
. "$(dirname "$0")/../lib/tracing.sh"
recv=$testbed_top/build/devmem-recv
faults=/sys/kernel/debug/devmemsim/sim0

# A ring of 256, and a net_iov for each of its descriptors twice over.
ethtool -G sim0 rx 256 || testbed_fail "no ring of 256"

fault() {
	echo "$2" >"$faults/$1" || testbed_fail "no fault $1"
}

# The binding that feeds the queue, by netlink's dumps; nothing: none.
bound_to() {
	"$testbed_top/build/devmemtop" --netlink-only --json -n 1 |
		jq ".queues[] | select(.queue_id == $1 and .binding_id > 0) | .binding_id"
}

bind_fails() {
	"$recv" --quiet --no-verify --idle 0.01 --ifname sim0 --queues 1 --size 4M \
		>"$testbed_dir/out" 2>"$testbed_dir/err" && testbed_fail "a bind worked that should have failed"
}

# unbind_ends: the receiver goes, and what it bound is unbound as far as that works.
unbind_ends() {
	kill -TERM "$recv_pid"
	wait_for 10 grep -q devmem_unbind: $rare/trace || testbed_fail "no unbind"
	recv_wait
	trace_read
}

# The phases that are traced when one fails: "PHASE ERR"….
phases() {
	local switch=$1 phase

	shift
	for phase; do
		echo "restart_${phase% *} $switch err=${phase#* }"
	done
}

declare -A ends=(
	[alloc]="begin 0,mem_alloc -12,end -12"
	[stop]="begin 0,mem_alloc 0,stop -16,end -16"
	[start]="begin 0,mem_alloc 0,stop 0,start -5,rollback 0,end -5"
	[dead]="begin 0,mem_alloc 0,stop 0,start -5,rollback -5,end -5"
)

arm() {
	case $1 in
	dead)
		fault fail_start 1
		fault fail_rollback 1
		;;
	*) fault "fail_$1" 1 ;;
	esac
}

link_again() {
	ip link set sim0 down
	ip link set sim0 up
	wait_for 10 link_ready sim0 || testbed_fail "sim0 has no carrier"
}

for what in alloc stop start dead; do
	IFS=, read -ra steps <<<"${ends[$what]}"
	err=${ends[$what]##* }

	trace_begin "bind, $what"
	arm $what
	bind_fails
	trace_read
	binding=$(value binding bind err=0)
	switch="netns=$netns ifindex=$ifindex queue=1 how=restart old_binding=0 new_binding=$binding old_pool=0"
	mapfile -t expected < <(phases "$switch" "${steps[@]}")
	sequence \
		"bind binding=$binding err=0" \
		"${expected[@]}" \
		"queue_bind queue=1 binding=$binding err=$err" \
		"unbind binding=$binding outstanding=0 err=0" \
		"binding_free binding=$binding outstanding=0"
	equal "net_iovs given back" "$(count niov_free "binding=$binding")" \
		"$(count niov_alloc "binding=$binding")"
	equal "bound, by netlink" "$(bound_to 1)" ""
	[ $what != dead ] || link_again

	recv_start --size 4M --queues 1
	binding=$(newest_binding)
	trace_begin "unbind, $what"
	arm $what
	unbind_ends
	pool=$(value old_pool restart_begin)
	check "no pool feeds the queue" [ "$pool" -gt 0 ]
	switch="netns=$netns ifindex=$ifindex queue=1 how=restart old_binding=$binding new_binding=0"
	mapfile -t expected < <(phases "$switch old_pool=$pool new_pool=0" "${steps[@]}")
	if [ $what = dead ]; then
		# It is fed from nothing: it has left the binding.
		sequence \
			"${expected[@]}" \
			"queue_unbind queue=1 binding=$binding err=0" \
			"unbind binding=$binding err=$err" \
			"binding_free binding=$binding outstanding=0"
		equal "bound, by netlink" "$(bound_to 1)" ""
		link_again
		continue
	fi
	sequence \
		"${expected[@]}" \
		"queue_unbind queue=1 binding=$binding pool=$pool err=$err" \
		"unbind binding=$binding err=$err"
	equal "fed from, by netlink" "$(bound_to 1)" "$binding"

	# It is let go when somebody else binds the queue, or when the link goes down.
	if [ $what = stop ]; then
		trace_begin "bound anew"
		recv_start --size 4M --queues 1
		wait_free "$binding"
		trace_read
		equal "the old binding is let go" \
			"$(count queue_unbind queue=1 "binding=$binding" err=0)" 1
		equal "fed from, by netlink" "$(bound_to 1)" "$(newest_binding)"
		unbind_ends
	else
		trace_begin "link down"
		ip link set sim0 down
		wait_free "$binding"
		trace_read
		sequence \
			"queue_unbind queue=1 binding=$binding pool=0 err=0" \
			"binding_free binding=$binding outstanding=0"
		ip link set sim0 up
		wait_for 10 link_ready sim0 || testbed_fail "sim0 has no carrier"
	fi
done

# ---- a driver that makes its ring of host memory, whatever is bound ----

trace_begin "bind, the driver ignores it"
fault host_only 1
bind_fails
check "no reason was given: $(<"$testbed_dir/err")" grep -q 'driver did not take.*EOPNOTSUPP' "$testbed_dir/err"
trace_read
switch="queue=1 how=restart old_binding=0"
sequence \
	"bind err=0" \
	"restart_begin $switch err=0" \
	"restart_mem_alloc $switch new_pool=0 err=0" \
	"restart_end $switch err=-95" \
	"queue_bind queue=1 pool=0 err=-95" \
	"unbind outstanding=0 err=0" \
	"binding_free outstanding=0"

trace_begin "bind while down, the driver ignores it"
ip link set sim0 down
recv_start --size 4M --queues 1
binding=$(newest_binding)
fault host_only 4
ip link set sim0 up
wait_for 10 link_ready sim0 || testbed_fail "sim0 has no carrier"
fault host_only 0
trace_read
sequence \
	"bind binding=$binding" "restart_begin how=down" "restart_end how=down" \
	"queue_bind queue=1 binding=$binding err=0" \
	"queue_unbind queue=1 binding=$binding pool=0 err=0"
equal "bound, by netlink" "$(bound_to 1)" ""
check "the kernel log does not say so" \
	grep -q 'rx queue 1: driver did not take the dma-buf' <(dmesg)
kill -TERM "$recv_pid"
recv_wait
wait_free "$binding"

# ---- a larger ring that one of two bindings cannot fill: all stays as it was ----

trace_begin "a ring too large for one of two"
recv_start --size 16M --queues 1
one=$(newest_binding)
pool=$(sed -nE 's/.*devmem_queue_bind: .* queue=1 .* pool=([0-9]+) .*/\1/p' $rare/trace | tail -n 1)
job_start "$recv" --quiet --no-verify --ifname sim0 --queues 2 --size 4M --listen :5202
other_pid=$job_pid
two_bound() {
	[ "$(grep -c 'devmem_queue_bind: .* err=0' $rare/trace)" = 2 ]
}
wait_for 20 two_bound || testbed_fail "queue 2 is not bound"
ethtool -G sim0 rx 2048 2>/dev/null && testbed_fail "4M fill a ring of 2048"
kill -TERM "$other_pid"
wait "$other_pid"
trace_begin "and unbind"
unbind_ends
equal "the pool that fed queue 1 all the time" "$(value old_pool restart_begin "old_binding=$one")" "$pool"
wait_free "$one"
