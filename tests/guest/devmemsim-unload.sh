#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 180
# kernels: stock
# vm stock: --smp 2 --timeout 180 --append slab_debug=P
#
# devmemsim is unloaded while a receiver has a dma-buf bound and data in it. What the receiver still
# has ends when the receiver does, without touching what is gone: freed memory is poisoned here. And
# the module comes back, and works.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/testbed.sh
. "$(dirname "$0")/../lib/testbed.sh"

holds() {
	[ "$(rx_bytes)" -gt 200000 ]
}

dmabufs_gone() {
	grep -q '^Total 0 objects' /sys/kernel/debug/dma_buf/bufinfo
}

# What would keep buffers for long: packets that another CPU is to free when it receives again, and
# a closed connection whose other end does not answer.
echo 0 >/proc/sys/net/core/skb_defer_max
echo 1 >/proc/sys/net/ipv4/tcp_orphan_retries

for round in 1 2; do
	testbed_up 2
	recv_start --quiet --hold 50 --size 4M
	send_start --duration 60
	wait_for 30 holds || testbed_fail "round $round: no traffic"
	check "round $round: not unloaded" rmmod devmemsim
	check "round $round: the NIC outlived its driver" [ ! -e /sys/class/net/sim0 ]
	check "round $round: the receiver ended with its NIC" kill -0 "$recv_pid"
	# Now the dma-bufs are unmapped, some when the last packet is gone.
	kill -KILL "$recv_pid" "$send_pid"
	wait "$recv_pid" "$send_pid" 2>/dev/null
	wait_for 30 dmabufs_gone || testbed_fail "round $round: the dma-buf stays"
	ip netns del far
	echo "round $round: unloaded"
done

check "it does not come back" modprobe devmemsim
testbed_up 2
recv_start --size 4M
send_start --bytes 2M
transfer_done
echo "works again: $(recv_get bytes) bytes"
