#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 400
# kernels: devmem stock
#
# Every byte sent arrives once and right, in the dma-buf. At the end the NIC is as it was before.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/testbed.sh
. "$(dirname "$0")/../lib/testbed.sh"

testbed_up 4

steering() {
	ethtool -n sim0
	ethtool -x sim0 | sed '/hash key/,$d'
}

queue_bound() {
	"$testbed_top/build/devmem-recv" --ifname sim0 --queues "$1" --listen :9 --idle 0.01 2>&1 |
		grep -q 'already bound'
}

# transfer TEXT RECV-ARGS -- SEND-ARGS
transfer() {
	local text=$1 recv_args=()

	shift
	while [ "$1" != -- ]; do
		recv_args+=("$1")
		shift
	done
	shift
	recv_start "${recv_args[@]}"
	send_start "$@"
	transfer_done
	check "$text: tokens $(recv_get tokens), returned $(recv_get returned)" \
		[ "$(recv_get tokens)" = "$(recv_get returned)" ]
	echo "$text: bytes=$(recv_get bytes) devmem=$(recv_get devmem_bytes)" \
		"linear=$(recv_get linear_bytes) host=$(recv_get host_bytes)" \
		"tokens=$(recv_get tokens) seconds=$(recv_get seconds)"
}

# One queue, bound and steered before the first packet: nothing may go through host memory.
all_devmem() {
	check "$1: $(recv_get host_bytes) bytes went through host memory" \
		[ "$(recv_get host_bytes)" = 0 ]
	check "$1: only $(recv_get devmem_bytes) of $(recv_get bytes) bytes are in the dma-buf" \
		[ "$(recv_get devmem_bytes)" -gt $(($(recv_get bytes) * 9 / 10)) ]
}

before=$(steering)

transfer "IPv4" -- --bytes 16M
all_devmem IPv4
check "16 MiB were sent" [ "$(recv_get bytes)" = $((16 << 20)) ]

transfer "IPv6" --listen "[$nic6]:$port" -- --connect "[$nic6]:$port" --bytes 8M
all_devmem IPv6

transfer "any address" --listen ":$port" -- --bytes 4M
all_devmem "any address"

transfer "odd sizes" --recv-size 5001 --batch 1 -- --bytes 3000001
all_devmem "odd sizes"

transfer "largest batch" --batch 1024 -- --bytes 8M
transfer "two queues, a binding each" --queues 1,2 --connections 4 -- --bytes 4M --streams 4
check "two queues: nothing in a dma-buf" [ "$(recv_get devmem_bytes)" -gt 0 ]
transfer "two queues, one binding" --queues 1,2 --shared --connections 4 -- --bytes 4M --streams 4
check "shared: nothing in a dma-buf" [ "$(recv_get devmem_bytes)" -gt 0 ]
transfer "no binding" --no-devmem -- --bytes 8M
check "no binding: data in a dma-buf" [ "$(recv_get devmem_bytes)" = 0 ]

# The receiver leaves first.
recv_start --bytes 2000000
send_start
check "--bytes: receiver failed" recv_wait
check "--bytes: sender failed" send_wait
check "--bytes: $(recv_get bytes)" [ "$(recv_get bytes)" = 2000000 ]
check "--bytes: verified $(recv_get verified)" [ "$(recv_get verified)" = 2000000 ]

check "steering was not restored: $(steering)" [ "$(steering)" = "$before" ]
for queue in 0 1 2 3; do
	! queue_bound $queue || testbed_fail "queue $queue is still bound"
done

# A receiver that gets wrong data must say so, or all of the above means nothing.
recv_start
send_start --bytes 1M --damage 123456
send_wait
recv_wait && testbed_fail "a wrong byte was not noticed"
check "a wrong byte counted $(recv_get mismatched) times" [ "$(recv_get mismatched)" = 1 ]
check "the wrong byte's position is missing" grep -q 'wrong from byte 123456 ' "$recv_log"
check "the right ones: $(recv_get verified)" [ "$(recv_get verified)" = $(((1 << 20) - 1)) ]

# Large packets: several pages each.
testbed_link_mtu 9000
transfer "MTU 9000" -- --bytes 16M
all_devmem "MTU 9000"
