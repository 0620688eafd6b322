#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 420
# kernels: devmem debug
# not on stock: QEMU takes minutes for so many rebinds there; races-stock has some
#
# A correct driver under everything at once: not one report, and every byte right. How much of it:
# QUIET_SECONDS for each part (default 5), QUIET_REBINDS of four queues at least (default: what comes
# of it), QUIET_REMOVALS of the device (default 1). tests/soak/races-quiet-*.sh ask for more.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/races.sh
. "$(dirname "$0")/../races.sh"

# A kernel that checks everything gets more time, and cannot be asked for as much.
slow=${DEVMEMTOP_SLOW:-1}
seconds=$((${QUIET_SECONDS:-5} * slow))
wanted=${QUIET_REBINDS:-0}
removals=${QUIET_REMOVALS:-1}

testbed_up 5
ethtool -G sim0 rx 256 || testbed_fail "no ring of 256"
races_start --held 120 --stuck 30 --frees

rebinds=0

# transfer TEXT SECONDS RECV-ARG…: what WHILE names is done again and again meanwhile.
transfer() {
	local text=$1 time=$2 times=0

	shift 2
	recv_start "$@"
	send_start --duration "$time" --streams "$streams"
	# Not before the sender has connected: it gives up when there is no way to go.
	[ -z "$during" ] || breathe
	while [ -n "$during" ] && kill -0 "$send_pid" 2>/dev/null; do
		"$during"
		times=$((times + 1))
	done
	transfer_done
	rebinds=$((rebinds + $(recv_get rebinds)))
	echo "$text: rebinds=$(recv_get rebinds) failed=$(recv_get rebinds_failed)" \
		"bytes=$(recv_get bytes) devmem=$(recv_get devmem_bytes) times=$times"
	check "$text: a rebind failed" [ "$(recv_get rebinds_failed)" = 0 ]
	check "$text: nothing in a dma-buf" [ "$(recv_get devmem_bytes)" -gt 0 ]
	[ -z "$during" ] || check "$text: never done" [ "$times" -gt 0 ]
}

received_more() {
	[ "$(rx_bytes)" -gt $(($1 + 100000)) ] || ! kill -0 "$send_pid" 2>/dev/null
}

# Let TCP get somewhere between two disturbances: it backs off while nothing answers.
breathe() {
	wait_for 20 received_more "$(rx_bytes)"
}

flap() {
	ip link set sim0 down
	ip link set sim0 up
	breathe
}

# RPS sends packets through the backlog of another CPU, where they outlast a stop of their queue.
steer() {
	local q=$((RANDOM % 5)) mask=$((RANDOM % 4))

	echo $mask >/sys/class/net/sim0/queues/rx-$q/rps_cpus
	ethtool -G sim0 rx $((64 << RANDOM % 4))
	breathe
}

# A rule before that of the receiver has all flows change between bound queues, and one that is not.
resteer() {
	ethtool -N sim0 flow-type tcp4 dst-port "$port" action $((RANDOM % 3)) loc 0 2>/dev/null
	ethtool -X sim0 equal $((1 + RANDOM % 5)) 2>/dev/null
	breathe
	ethtool -N sim0 delete 0 2>/dev/null
}

move_far_end() {
	ip netns add other
	ip -n far link set sim0p netns other
	ip -n other link set sim0p netns far
	ip netns del other
	ip -n far addr add $far4/24 dev sim0p
	ip -n far link set sim0p up
	breathe
}

during=
streams=4
until
	transfer "four queues rebound" "$seconds" --queues 1,2,3,4 --connections 4 --rebind-every 20 \
		--size 4M --buffers 16
	[ $rebinds -ge "$wanted" ]
do
	echo "$rebinds of $wanted"
done
transfer "one binding, slow receiver" "$seconds" --queues 1,2,3,4 --shared --connections 4 \
	--rebind-every 50 --size 24M --buffers 16 --slow 2000 --hold 100
streams=2
during=resteer
transfer "rules and RSS" "$seconds" --queues 1,2 --connections 2 --rebind-every 200 --size 8M \
	--buffers 16
streams=1
during=steer
transfer "RPS and ring sizes" "$seconds" --queues 1 --rebind-every 30 --size 8M --buffers 16
during=flap
transfer "link down and up" "$seconds" --queues 1 --rebind-every 100 --size 4M --buffers 16
during=move_far_end
transfer "far end moved" "$seconds" --queues 1 --rebind-every 100 --size 4M --buffers 16

echo "--- the device is removed under it all"
during=
for ((i = 1; i <= removals; i++)); do
	recv_start --queues 2 --rebind-every 50 --size 4M
	send_start
	breathe
	ip link del sim0
	wait_for 30 test ! -e /sys/class/net/sim0 || testbed_fail "sim0 is still there"
	# A sender that is asked to end waits for an answer, which cannot come any more.
	kill -KILL "$send_pid"
	kill "$recv_pid" 2>/dev/null
	{ send_wait; recv_wait; } 2>/dev/null
	[ $i = "$removals" ] || { ip netns del far && testbed_up 5; }
done

races_stop
races_none
echo "rebinds=$rebinds races=$(races_total .races_count)"
check "only $rebinds rebinds" [ $rebinds -ge $((20 / slow)) ]
