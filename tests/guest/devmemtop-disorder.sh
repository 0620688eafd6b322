#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 300
# kernels: devmem stock
#
# While segments wait for a missing one, all of their net_iovs count as in the socket, although nobody
# can read them. Over IPv6.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/devmemtop.sh
. "$(dirname "$0")/../lib/devmemtop.sh"
segments=40

testbed_up 4
top_start
recv_start --size 16M --queues 1 --listen "[$nic6]:$port"
# GRO waits for more, so that it makes one packet of all: those beyond 17 hang in a list behind it.
echo 200000000 >/sys/class/net/sim0/gro_flush_timeout
echo 1000 >/sys/class/net/sim0/napi_defer_hard_irqs
mkfifo "$testbed_dir/end"
ip netns exec far "$testbed_top/tests/guest/out-of-order.py" sim0p "$(</sys/class/net/sim0/address)" \
	$far6 $nic6 "$port" $segments \
	<"$testbed_dir/end" >"$testbed_dir/sent" &
sender=$!
testbed_jobs+=("$sender")
exec {end}>"$testbed_dir/end"
sent() {
	grep -qx sent "$testbed_dir/sent"
}
wait_for 30 sent || testbed_fail "the sender with a gap does not send"

rest="$sums"' and (.queues[0] | .parts.socket_niovs == '$segments' and .parts.user_niovs == 0
	and .token_gets_count == 0)
	and (.sockets | length) == 1 and (.sockets[0] | .socket_niovs == '$segments' and .tokens_count == 0
	and .queue_id == 1 and .local_address == "'$nic6'" and .remote_address == "'$far6'"
	and .local_port == '$port' and .comm == "devmem-recv")'
expect "$rest"
# They are in no queue that can be read, so ss sees nothing of them.
queued=$(ss -Htn "sport = :$port" | awk '$1 == "ESTAB" { print $2 }')
check "$queued bytes can be read, so nothing is out of order" [ "$queued" = 0 ]
now "$sums and .sockets[0].socket_niovs == $segments and .queues[0].parts.socket_niovs == $segments"

# The connection ends: all go back.
exec {end}>&-
wait $sender
expect "$sums"' and (.queues[0] | .parts.socket_niovs == 0) or .totals.bindings_count == 0'
kill -TERM "$recv_pid" 2>/dev/null
recv_wait
expect '.totals.bindings_count == 0 and (.sockets | length) == 0'
top_stop
