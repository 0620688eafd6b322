#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 600
# kernels: devmem debug
# not on stock: QEMU takes minutes for so many rebinds there; races-stock has some
#
# A correct driver under everything at once: not one report, and every byte right. In each part four
# queues are rebound under traffic. How long:
#   QUIET_SECONDS   for each part (default 5)
#   QUIET_REBINDS   all parts are repeated until each queue was rebound so often in all of them together
#                   (default: one round)
#   QUIET_LEAST     in each part, each queue is rebound and what WHILE names is done at least so often
#                   (default 1)
#   QUIET_REMOVALS  of the device (default 1)
# tests/soak/ asks for more.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/races.sh
. "$(dirname "$0")/../lib/races.sh"

# A kernel that checks everything gets more time, and cannot be asked for as much.
slow=${DEVMEMTOP_SLOW:-1}
seconds=$((${QUIET_SECONDS:-5} * slow))
wanted=${QUIET_REBINDS:-0}
least=${QUIET_LEAST:-1}
removals=${QUIET_REMOVALS:-1}

testbed_up 5
ethtool -G sim0 rx 256 || testbed_fail "no ring of 256"
races_start --held 120 --stuck 30 --frees

# How often each queue was rebound.
rebinds=0

# part WHILE TEXT RECV-ARG…: what WHILE names is done again and again meanwhile; "-" is nothing.
part() {
	local during=$1 text=$2 times=0 each bindings=4 end

	shift 2
	# One binding of four queues is replaced at once, four are one by one.
	[[ " $* " != *" --shared "* ]] || bindings=1
	recv_start --queues 1,2,3,4 --connections 4 --buffers 16 "$@"
	send_start --streams 4
	# Not before the sender has connected: it gives up when there is no way to go.
	breathe
	end=$((SECONDS + seconds))
	while [ "$during" != - ] && { [ $SECONDS -lt $end ] || [ $times -lt "$least" ]; }; do
		"$during"
		times=$((times + 1))
	done
	wait_for 120 part_done || testbed_fail "$text: not rebound so often: $least"
	send_stop
	transfer_done
	each=$(($(recv_get rebinds) / bindings))
	rebinds=$((rebinds + each))
	echo "$text: each queue rebound $each times, failed=$(recv_get rebinds_failed)" \
		"bytes=$(recv_get bytes) devmem=$(recv_get devmem_bytes) times=$times"
	check "$text: a rebind failed" [ "$(recv_get rebinds_failed)" = 0 ]
	check "$text: nothing in a dma-buf" [ "$(recv_get devmem_bytes)" -gt 0 ]
}

# Long enough, and each queue often enough?
part_done() {
	[ $SECONDS -ge "$end" ] && rebound_past $((bindings * least - 1))
}

received_more() {
	[ "$(rx_bytes)" -gt $(($1 + 100000)) ]
}

# Let TCP get somewhere between two disturbances: it backs off while nothing answers.
breathe() {
	wait_for 30 received_more "$(rx_bytes)" || testbed_fail "no traffic any more"
}

flap() {
	check "down" ip link set sim0 down
	check "up" ip link set sim0 up
	breathe
}

# What sockets hold of the dma-buf may leave too little for two rings at once, for a moment.
resized() {
	ethtool -G sim0 rx "$1" 2>"$testbed_dir/resized" || ! kill -0 "$send_pid" 2>/dev/null
}

# RPS sends packets through the backlog of another CPU, where they outlast a stop of their queue.
steer() {
	local q=$((RANDOM % 5)) mask=$((RANDOM % 4))

	echo $mask >/sys/class/net/sim0/queues/rx-$q/rps_cpus || testbed_fail "no RPS"
	wait_for 20 resized $((64 << RANDOM % 4)) || testbed_fail "ring size: $(<"$testbed_dir/resized")"
	breathe
}

# A rule before that of the receiver has all flows change between bound queues, and one that is not.
resteer() {
	check "rule" ethtool -N sim0 flow-type tcp4 dst-port "$port" action $((RANDOM % 5)) loc 0
	breathe
	check "rule deleted" ethtool -N sim0 delete 0
	breathe
}

move_far_end() {
	check "namespace" ip netns add other
	check "away" ip -n far link set sim0p netns other
	check "back" ip -n other link set sim0p netns far
	check "namespace deleted" ip netns del other
	check "address" ip -n far addr add $far4/24 dev sim0p
	check "up again" ip -n far link set sim0p up
	breathe
}

for ((round = 1; ; round++)); do
	part - "four bindings" --rebind-every 20 --size 4M
	part - "one binding, slow receiver" --shared --rebind-every 50 --size 24M --slow 2000 --hold 100
	part resteer "rules" --rebind-every 100 --size 4M
	part steer "RPS and ring sizes" --rebind-every 30 --size 8M
	ethtool -G sim0 rx 256
	part flap "link down and up" --rebind-every 100 --size 4M
	part move_far_end "far end moved" --rebind-every 100 --size 4M
	[ $rebinds -lt "$wanted" ] || break
	echo "round $round: each queue rebound $rebinds of $wanted times"
done

echo "--- the device is removed under it all"
for ((i = 1; i <= removals; i++)); do
	recv_start --queues 1,2,3,4 --connections 4 --rebind-every 50 --size 4M --buffers 16
	send_start --streams 4
	breathe
	check "the device cannot be removed" ip link del sim0
	wait_for 30 test ! -e /sys/class/net/sim0 || testbed_fail "sim0 is still there"
	# A sender that is asked to end waits for an answer, which cannot come any more.
	kill -KILL "$send_pid"
	kill "$recv_pid" 2>/dev/null
	{ send_wait; recv_wait; } 2>/dev/null
	ip netns del far && testbed_up 5
done

echo "--- that the detectors still see"
fault fail_alloc 1
if "$testbed_top/build/devmem-recv" --quiet --ifname sim0 --queues 1 --size 4M 2>/dev/null; then
	testbed_fail "a bind worked that should have failed"
fi
races_stop
races_expect RESTART_FAILED 1
races_among RESTART_FAILED
echo "each queue rebound $rebinds times, races=0, missed=$(races_total .recursion_missed_count)"
