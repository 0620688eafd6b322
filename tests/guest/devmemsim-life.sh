#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 300
# kernels: devmem stock debug
#
# A devmemsim NIC goes away under traffic, bound or not, in every possible way,
# and leaves nothing behind. (vm/run checks that the kernel does not complain.)

# shellcheck source=tests/lib/testbed.sh
. "$(dirname "$0")/../lib/testbed.sh"

stat() {
	ethtool -S sim0 2>/dev/null | sed -n "s/^ *$1: //p"
}

traffic_runs() {
	[ "$(stat rx_packets)" -gt "$1" ]
}

gone() {
	[ ! -e /sys/class/net/sim0 ] &&
		! ip netns exec far ip link show sim0p >/dev/null 2>&1
}

# A namespace lives as long as a process in it.
end_sender() {
	kill -KILL "$send_pid"
	wait "$send_pid" 2>/dev/null
}

# Without the link both would wait for each other for a long time, even when asked to end.
end_both() {
	kill -KILL "$recv_pid" "$send_pid" 2>/dev/null
	wait "$recv_pid" "$send_pid" 2>/dev/null
}

# removed HOW RECV-ARG…: bring everything up, remove it by HOW while data flows.
removed() {
	local how=$1

	shift
	echo "--- $how ($*)"
	testbed_up 4
	recv_start --quiet "$@"
	send_start --duration 60
	wait_for 20 traffic_runs 200 || testbed_fail "no traffic"
	eval "$how"
	wait_for 30 gone || testbed_fail "something is left after $how"
	end_both
	ip netns del far 2>/dev/null
	return 0
}

for args in "--no-devmem" "--queues 2" "--queues 1,2 --shared --hold 200" "--queues 2 --rebind-every 20"; do
	# shellcheck disable=SC2086
	for how in 'ip link del sim0' 'ip -n far link del sim0p' \
		'end_sender; ip netns del far'; do
		removed "$how" $args
	done
done
