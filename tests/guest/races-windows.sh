#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 300
# kernels: devmem debug
# not on stock: QEMU takes minutes for so many rebinds there; races-stock has some
#
# The driver waits at each point of stop and start in turn, so that softirq and user space certainly
# run in between. Each allowed order of events occurs, no forbidden one does, nothing is reported, and
# every byte is right.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/races.sh
. "$(dirname "$0")/../lib/races.sh"

testbed_up 4
ethtool -G sim0 rx 256 || testbed_fail "no ring of 256"
races_start --held 120 --stuck 30 --frees

recv_start --queues 1,2 --quiet --connections 4 --rebind-every 50 --size 4M --buffers 16
send_start --streams 4
wait_for 20 received_past $(($(rx_bytes) + 100000)) || testbed_fail "no traffic"

# Have all of them occurred by now?
taken() {
	local point=$1 what

	shift
	fault_reached "$point" 12 || return
	for what; do
		[ "$(fault_get "$point" "$what")" -gt 0 ] || return
	done
}

# window POINT MS TAKEN NEVER: words separated by commas.
window() {
	local point=wait_$1 ms=$2 what
	local -a must never

	IFS=, read -ra must <<<"$3"
	IFS=, read -ra never <<<"$4"
	fault "$point" "1/1 $ms"
	wait_for 40 taken "$point" "${must[@]}" ||
		testbed_fail "$point: not all of $3 were taken: $(<"$faults_dir/$point")"
	fault "$point" 0
	echo "$point: $(<"$faults_dir/$point")"
	for what in "${never[@]}"; do
		check "$point: $what in spite of it: $(<"$faults_dir/$point")" \
			[ "$(fault_get "$point" "$what")" = 0 ]
	done
}

# The new memory is there, the queue runs on the old.
window alloc 20 frames,packets,returned lost
window stop_begin 20 frames,packets,returned lost
# The device has lost the ring. NAPI still hands in what is there: polled by a timer, it comes late.
echo 2 >/sys/class/net/sim0/napi_defer_hard_irqs
echo 3000000 >/sys/class/net/sim0/gro_flush_timeout
window stop_dma 20 packets,lost,returned frames
window stop_irq 20 packets,lost,returned frames
echo 0 >/sys/class/net/sim0/gro_flush_timeout
echo 0 >/sys/class/net/sim0/napi_defer_hard_irqs
# NAPI is off.
window stop_napi 20 lost,returned frames,packets
window start_begin 20 lost frames,packets
# NAPI is on, the device is not.
window start_napi 20 lost frames,packets
# Everything is on, but the core does not know it yet. Nor does the receiver, which keeps what it gets.
window start_dma 20 frames,packets lost

send_stop
transfer_done
echo "rebinds=$(recv_get rebinds) bytes=$(recv_get bytes)"
check "rebinds failed" [ "$(recv_get rebinds_failed)" = 0 ]
races_stop
races_none
