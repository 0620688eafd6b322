#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 300
# kernels: devmem debug
# not on stock: how restarts are seen there is tested by races-stock.sh
#
# Watching begins in the middle of restarts: the detectors are attached again and again while the
# queues of a correct driver are rebound under traffic, and each restart waits before and after the
# queue is stopped. No restart may be reported as a race, nor as one that never ended.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/races.sh
. "$(dirname "$0")/../lib/races.sh"

testbed_up 4
ethtool -G sim0 rx 256 || testbed_fail "no ring of 256"
fault wait_alloc '1/1 50'
fault wait_start_dma '1/1 20'
recv_start --queues 1,2 --quiet --connections 4 --rebind-every 50 --size 4M --buffers 16
send_start --streams 4 --rate 4M
wait_for 20 received_past $(($(rx_bytes) + 100000)) || testbed_fail "no traffic"

for ((i = 1; i <= 4; i++)); do
	waited=$(injected wait_alloc)
	"$testbed_top/build/devmemtop" races --stuck 2 -- sleep 3 >"$testbed_dir/out" 2>&1 || {
		cat "$testbed_dir/out"
		testbed_fail "attached for the ${i}th time: status $?"
	}
	tail -n 1 "$testbed_dir/out"
	check "no restart meanwhile" [ "$(injected wait_alloc)" -gt "$waited" ]
done

send_stop
transfer_done
echo "rebinds=$(recv_get rebinds) bytes=$(recv_get bytes)"
