#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 600
# kernels: devmem stock debug
#
# Queues are restarted under traffic, in every possible way: rebound,
# resized, taken down, steered elsewhere. No byte is wrong or missing.

# shellcheck source=tests/lib/testbed.sh
. "$(dirname "$0")/../lib/testbed.sh"

stat() {
	ethtool -S sim0 | sed -n "s/^ *$1: //p"
}

# Counter $1 has grown to $2.
reaches() {
	[ "$(stat "$1")" -ge "$2" ]
}

# Wait until queue 1 got 50 packets more: TCP backs off while nothing answers.
goes_on() {
	wait_for 60 reaches rx1_packets $(($(stat rx1_packets) + 50)) ||
		testbed_fail "the traffic does not go on"
}

# The sender ends its stream, the receiver reads it to its end.
end_traffic() {
	kill "$send_pid"
	transfer_done
	echo "  $* $(recv_get bytes) bytes"
}

# fails COMMAND…: what it said is in $testbed_dir/err.
fails() {
	! "$@" 2>"$testbed_dir/err"
}

testbed_up 4

# How often each is done, and more often if you say so.
rounds=${ROUNDS:-1}

echo "--- rebound every 20 ms"
ethtool -G sim0 rx 256
before=$(stat rx_restarts)
recv_start --queues 1,2 --shared --rebind-every 20 --size 4M --buffers 16
send_start --duration 600
wait_for 300 reaches rx_restarts $((before + 400 * rounds)) || testbed_fail "too few restarts"
end_traffic "$(($(stat rx_restarts) - before)) restarts,"
# Each rebind takes two queues off the old dma-buf and puts them on the new one. Where the first
# queue's traffic takes what the second one's ring needs it fails and is undone: restarts as well.
rebinds=$(($(recv_get rebinds) + $(recv_get rebinds_failed)))
check "$rebinds rebinds for 400 restarts" [ "$rebinds" -ge $((90 * rounds)) ]

echo "--- rings resized while bound"
recv_start --queues 1
send_start --duration 600
for ((i = 0; i < 5 * rounds; i++)); do
	for n in 64 256 1024 2048; do
		ethtool -G sim0 rx $n || testbed_fail "no ring of $n while bound"
	done
	goes_on
done
end_traffic "$((20 * rounds)) sizes,"
ethtool -G sim0 rx 1024

echo "--- what a bound queue forbids"
recv_start --queues 3
check "header split was turned off while bound" \
	fails "$testbed_top/build/devmem-recv" --ifname sim0 --header-split off
check "no reason was given" grep -q 'unbind it first' "$testbed_dir/err"
check "a bound queue was removed" fails ethtool -L sim0 rx 3
send_start --bytes 1M
transfer_done

echo "--- link down and up while bound"
recv_start --queues 1
send_start --duration 600
for ((i = 0; i < 5 * rounds; i++)); do
	ip link set sim0 down
	ip link set sim0 up
	goes_on
done
end_traffic "$((5 * rounds)) times,"

echo "--- channels change around a bound queue"
recv_start --queues 1 --no-rss
send_start --duration 600
for ((i = 0; i < 5 * rounds; i++)); do
	ethtool -L sim0 rx 3 tx 2 || testbed_fail "not 3 queues"
	ethtool -L sim0 rx 4 tx 4 || testbed_fail "not 4 queues"
	goes_on
done
end_traffic "$((10 * rounds)) changes,"
ethtool -S sim0 | grep -v ': 0$'

# What the device wrote was handed to the stack or counted as lost, each once.
handed=$(($(stat rx_packets) + $(stat rx_alloc_fail) + $(stat rx_stop_dropped)))
check "$(stat rx_dma_frames) frames written, $handed accounted for" [ "$(stat rx_dma_frames)" = "$handed" ]
