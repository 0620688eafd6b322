#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 400
# kernels: devmem stock debug
# vm stock: --smp 1 --timeout 400
#
# Bindings are replaced while traffic runs: no byte is lost, repeated or wrong, wherever it was
# when its queue changed hands.
#
# On one CPU where the kernel is stock: its allocator (gen_pool) waits with PAUSE for every page, and
# QEMU, emulating, then lets another busy CPU have its whole turn of 100 ms.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/testbed.sh
. "$(dirname "$0")/../lib/testbed.sh"

testbed_up 4

# transfer TEXT REBINDS RECV-ARGS: traffic runs until so many bindings were replaced.
transfer() {
	local text=$1 rebinds=$2

	shift 2
	recv_start --listen "$to" "$@"
	send_start --connect "$to" --streams "$streams"
	wait_for 60 rebound_past $((rebinds - 1)) || testbed_fail "$text: less than $rebinds rebinds"
	send_stop
	transfer_done
	echo "$text: rebinds=$(recv_get rebinds) failed=$(recv_get rebinds_failed)" \
		"postponed=$(recv_get rebinds_postponed) bytes=$(recv_get bytes)" \
		"devmem=$(recv_get devmem_bytes) host=$(recv_get host_bytes)" \
		"longest_us=$(recv_get longest_rebind_us) seconds=$(recv_get seconds)"
	check "$text: rebinds failed" [ "$(recv_get rebinds_failed)" = 0 ]
	check "$text: next to nothing in a dma-buf" [ "$(recv_get devmem_bytes)" -gt 1000000 ]
	check "$text: tokens lost" \
		[ "$(recv_get tokens)" = "$(recv_get returned)" ]
}

streams=1
to=$nic4:$port
transfer "every 100 ms" 30 --rebind-every 100 --size 8M --buffers 32

to=[$nic6]:$port
transfer "IPv6, every half second" 5 --rebind 0.5 --size 8M
to=$nic4:$port

transfer "tokens held across rebinds" 5 --rebind-every 300 --size 8M --hold 50
check "held $(recv_get held) of 50" [ "$(recv_get held)" = 50 ]

transfer "the same dma-buf again" 3 --rebind-every 500 --rebind-same --size 8M
check "the same dma-buf: no data through host memory meanwhile" [ "$(recv_get host_bytes)" -gt 0 ]

transfer "only two dma-bufs" 5 --rebind-every 100 --size 8M --buffers 2
# On the debug kernel a rebind takes longer than it takes the buffers to come back.
[ -n "${DEVMEMTOP_SLOW:-}" ] || check "only two dma-bufs: no rebind was postponed" \
	[ "$(recv_get rebinds_postponed)" -gt 0 ]

streams=2
transfer "two queues" 10 --queues 1,2 --connections 2 --rebind-every 400 --size 8M --buffers 16
transfer "two queues, one binding" 5 --queues 1,2 --shared --connections 2 --rebind-every 400 \
	--size 16M

# Only just enough for two rings: the first queue's traffic takes what the second one needs, so
# that rebinds fail half-way and are undone while data has already come in. It has to be right.
recv_start --queues 1,2 --shared --connections 2 --rebind-every 50 --size 8M
send_start --streams 2 --bytes 24M
transfer_done
echo "just enough: rebinds=$(recv_get rebinds) failed=$(recv_get rebinds_failed)" \
	"devmem=$(recv_get devmem_bytes) host=$(recv_get host_bytes)"
