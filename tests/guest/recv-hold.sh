#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 400
# kernels: devmem stock
#
# Receivers that are slow or keep tokens back: data that is held is not written over, and what
# is given back at last, or with the socket, can be used again.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/testbed.sh
. "$(dirname "$0")/../lib/testbed.sh"

testbed_up 4

transfer() {
	local text=$1 bytes=$2

	shift 2
	recv_start "$@"
	send_start --bytes "$bytes"
	transfer_done
	echo "$text: bytes=$(recv_get bytes) tokens=$(recv_get tokens)" \
		"returned=$(recv_get returned) held=$(recv_get held) seconds=$(recv_get seconds)"
}

transfer "hold 100" 8M --hold 100
check "held $(recv_get held), not 100" [ "$(recv_get held)" = 100 ]
check "tokens $(recv_get tokens), returned $(recv_get returned)" \
	[ "$(recv_get tokens)" = "$(recv_get returned)" ]

transfer "abandon 100" 8M --hold 100 --abandon
check "returned $(recv_get returned) of $(recv_get tokens), 100 abandoned" \
	[ $(($(recv_get returned) + 100)) = "$(recv_get tokens)" ]

transfer "slow reader" 1M --slow 2000 --recv-size 4K
check "slow: 256 reads with 2 ms each took $(recv_get seconds) s" \
	awk "BEGIN { exit !($(recv_get seconds) > 0.5) }"
transfer "rate" 2M --rate 1M
check "--rate 1M took $(recv_get seconds) s for 2 MiB" \
	awk "BEGIN { exit !($(recv_get seconds) > 1.5) }"

# Hold more than the dma-buf has: the flow starves, and nothing is lost but time.
recv_start --size 8M --hold 1000000 --idle 3
send_start
recv_wait && testbed_fail "holding every buffer should have ended with no data"
check "no message about the lack of data" grep -q 'no data for' "$recv_log"
send_wait
echo "starved: bytes=$(recv_get bytes) held=$(recv_get held)"
check "starved: held data was written over" [ "$(recv_get mismatched)" = 0 ]
transfer "after that" 4M --size 8M
check "after that: $(recv_get host_bytes) bytes through host memory" \
	[ "$(recv_get host_bytes)" = 0 ]

# Killed with tokens out, and with traffic running: the next receiver can bind at once.
recv_start --hold 200
send_start
wait_for 20 received_past $(($(rx_bytes) + 2000000)) || testbed_fail "no traffic"
kill -KILL "$recv_pid"
recv_wait
send_wait
for rule in $(ethtool -n sim0 | sed -n 's/^Filter: //p'); do
	ethtool -N sim0 delete "$rule"
done
transfer "after SIGKILL" 4M
check "after SIGKILL: nothing in the dma-buf" [ "$(recv_get devmem_bytes)" -gt 0 ]
