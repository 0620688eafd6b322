#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 400
# kernels: devmem stock
# vm stock: --smp 1 --timeout 400
#
# devmemtop's figures against what sender and receiver know: exact where the system is at rest,
# and nothing lost.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/devmemtop.sh
. "$(dirname "$0")/../lib/devmemtop.sh"

testbed_up 4
top_start
expect '.totals.bindings_count == 0 and (.queues | length) == 0'

# ---- at rest with exactly 100 tokens held ----

recv_start --size 16M --hold 100 --batch 1 --queues 1 --idle 300
expect '(.queues | length) == 1 and .totals.bindings_count == 1 and (.queues[0] |
	.ifname == "sim0" and .queue_id == 1 and .state == "ok" and .dmabuf_bytes == 16777216
	and .binding_niovs == 4096 and .restarts_count == 1 and .napi_id > 0 and .pool_id > 0
	and .stop_to_start_last_ns > 0 and .token_gets_count == 0)'
expect '.bindings[0] | .owner_comm == "devmem-recv" and .bound_monotonic_ns > 0 and .queues_count == 1'
send_start --bytes 64M --rate 4M
expect '.queues[0] | .token_gets_count > 300 and .token_gets_per_s > 0 and .rx_bytes_per_s > 0'
kill -STOP "$send_pid"
rest='.queues[0] | .token_gets_per_s == 0 and .token_gets_count - .token_puts_count == 100'
expect "$rest and .niov_allocs_count - .niov_frees_count == .outstanding_niovs
	and .outstanding_niovs + .binding_free_niovs == 4096 and .held_niovs == 0"
rest_line=$(last)
inflight=$(jq '.queues[0].outstanding_niovs' <<<"$rest_line")

# Started late: state comes from the walk and from netlink, not from events.
now ".queues[0] | .dmabuf_bytes == 16777216 and .outstanding_niovs == $inflight
	and .binding_niovs == 4096 and .restarts_count == 0 and .niov_allocs_count == 0"
# Netlink alone agrees on what it can see.
line=$("$dmt" --netlink-only --json -n 1)
jq -e ".sources == [\"netlink\"] and (.queues[0] | .outstanding_niovs == $inflight
	and .queue_id == 1 and .dmabuf_bytes == null and .restarts_count == null)" <<<"$line" >/dev/null ||
	testbed_fail "netlink only: $line"

# ---- the link goes down and comes back; the binding stays ----

ip link set sim0 down
# The tokens are out of the pool that the link's going down gave up.
expect '.queues[0] | .link_up == false and .state == "held" and .held_niovs == 100'
now '.queues[0] | .link_up == false and .state == "held" and .binding_id > 0'
ip link set sim0 up
expect '.queues[0] | .link_up and .held_niovs == 100 and .outstanding_niovs > 100 and .pool_id > 0'

# ---- traffic with rebinds: counts agree with the receiver's own ----

kill -KILL "$send_pid"
send_wait
kill -TERM "$recv_pid"
recv_wait
expect '.totals.bindings_count == 0'
recv_start --size 16M --rebind-every 300 --queues 2
send_start --duration 8
transfer_done
rebinds=$(recv_get rebinds)
check "only $rebinds rebinds" [ "$rebinds" -ge 3 ]
expect '.totals.bindings_count == 0'
# One binding was the first part's.
binds=$(($(last | jq .lost_events.by_event.bind.seen_count) - 1))
check "$binds binds seen, the receiver rebound $rebinds times" \
	[ "$binds" -eq $((rebinds + 1)) ]
# Each binding restarts its queue when it comes and when it goes.
expect ".queues[] | select(.queue_id == 2) | .restarts_count == 2 * $binds
	and .restart_failures_count == 0 and .niov_allocs_count == .niov_frees_count
	and .token_gets_count == $(recv_get tokens) and .token_puts_count == $(recv_get returned)
	and .rx_bytes >= $(recv_get bytes) and .stop_to_start_max_ns >= .stop_to_start_last_ns"
expect ".totals.bindings_count == 0 and .totals.lost_events_count == 0
	and .lost_events.by_event.bind.seen_count == 1 + $binds
	and .lost_events.by_event.unbind.seen_count == 1 + $binds
	and .lost_events.by_event.binding_free.seen_count == 1 + $binds"
seen=$(jq -s "[.[] | .events[] | select(.event == \"restart_end\" and .queue_id == 2)] | length" "$stream")
check "events of $seen restarts were reported, not $((2 * binds))" [ "$seen" = $((2 * binds)) ]
# The same event is reported once, although devmemtop keeps the last ones.
check "events came twice" jq -se '[.[] | .events[] | [.time_monotonic_ns, .event]] | length == (unique | length)' \
	"$stream" >/dev/null

# ---- a binding that runs out, and the device removed under it all ----

recv_start --size 8M --hold 1000000 --idle 300 --queues 3
send_start
expect '.queues[] | select(.queue_id == 3) | .state == "starved" and .niov_fails_count > 0
	and .binding_free_niovs == 0'
# A second devmemtop looks at this interface only.
job_start "$dmt" --json -d 0.2 -i sim0 >"$testbed_dir/one"
one() {
	[ -s "$testbed_dir/one" ] && tail -n 1 "$testbed_dir/one" | jq -e "$1" >/dev/null 2>&1
}
wait_for 60 one 'any(.queues[]; .queue_id == 3 and .held_niovs == 0 and .outstanding_niovs > 1000)' ||
	testbed_fail "-i sim0 does not show the queue: $(tail -n 1 "$testbed_dir/one" | jq -c .queues)"
ip link del sim0
# Its peer is gone: it would go on trying for a quarter of an hour.
kill -KILL "$send_pid"
send_wait
# The receiver has buffers of the interface that is gone; the kernel says they were loopback's.
gone='.totals.queues_count == 0 and (.queues | length) == 1 and (.queues[0] | .queue_id == 3 and .state == "held"
	and .held_niovs > 1000 and .link_up == false) and (.bindings | length) == 1'
expect "$gone"' and .queues[0].ifname == "sim0" and .bindings[0].ifname == "sim0"
	and .queues[0].niov_allocs_count - .queues[0].niov_frees_count == .queues[0].held_niovs'
wait_for 60 one "$gone"' and .queues[0].ifname == "sim0"' || testbed_fail "-i sim0 lost the queue"
kill -TERM "$job_pid"
# Nobody knows any more which interface they belonged to.
now "$gone"' and .queues[0].ifname == "gone" and .bindings[0].ifname == "gone"'
kill -TERM "$recv_pid"
recv_wait
expect '.totals.bindings_count == 0 and (.queues | length) == 0'

top_stop
check "devmemtop left BPF programs behind" \
	[ "$(/usr/sbin/bpftool prog list | grep -cE 'name (on|f|k|p)_')" = 0 ]
