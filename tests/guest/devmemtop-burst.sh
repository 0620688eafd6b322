#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 400
# not on stock: what is counted there is other events, of the same tables
#
# Many queues at once: 64 are bound in one go, with 385 events between two samples, and have traffic,
# while the slots in which their pools are counted are far too few. No event and no count gets lost.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/devmemtop.sh
. "$(dirname "$0")/../lib/devmemtop.sh"
slow=$testbed_dir/slow

# slow_shows FILTER: true of the samples of the one with few slots, all together?
slow_shows() {
	jq -es "$1" "$slow" >/dev/null 2>&1
}

testbed_up 64
ethtool -G sim0 rx 64
job_start env DEVMEMTOP_SLOTS=8 "$dmt" --json -d 1 >"$slow"
slow_pid=$job_pid
top_start
wait_for 60 slow_shows 'length > 0' || testbed_fail "no sample"
# What is bound in another network namespace is none of ours.
check "no other NIC" ip -n far link add sim9 numrxqueues 2 numtxqueues 2 type devmemsim
ip -n far link set sim9 up
check "nothing is bound elsewhere" ip netns exec far sh -c \
	"'$testbed_top/build/devmem-recv' --ifname sim9 --header-split on &&
	! '$testbed_top/build/devmem-recv' --quiet --ifname sim9 --queues 1 --idle 0.01 2>/dev/null"
# Stopped meanwhile, it finds all events at once.
kill -STOP "$slow_pid"
recv_start --size 64M --shared --no-rss --queues "$(seq -s, 0 63)" --connections 64 --idle 300
expect '.totals.queues_count == 64'
kill -CONT "$slow_pid"
wait_for 60 slow_shows '.[-1].totals.queues_count == 64' || testbed_fail "not 64 queues"
counts='[.[] | .events[] | .event] | group_by(.) | map({ (.[0]): length }) | add'
check "events of the bind are missing: $(jq -cs "$counts" "$slow")" slow_shows "$counts == {
	bind: 1, queue_bind: 64, restart_begin: 64, restart_mem_alloc: 64, restart_stop: 64,
	restart_start: 64, restart_end: 64 }"
check "the events are not in one sample" \
	slow_shows '[.[] | .events | length] | max == 385 and add == 385'

send_start --streams 64 --bytes 256K
transfer_done
# All went back, each queue for itself.
done='.totals.bindings_count == 0 and (.queues | length) == 64
	and all(.queues[]; .token_gets_count > 0 and .niov_allocs_count > 0
		and .niov_allocs_count == .niov_frees_count and .token_gets_count == .token_puts_count)
	and ([.queues[].token_gets_count] | add) == '$(recv_get tokens)'
	and .totals.lost_events_count == 0 and .lost_events.by_event.bind.seen_count == 1'
expect "$done"
wait_for 60 slow_shows ".[-1] | $done" || {
	tail -n 1 "$slow" | show
	testbed_fail "few slots: counts of queues are wrong"
}
# Both saw the same.
per_queue='[.queues[] | [.niov_allocs_count, .token_gets_count]]'
check "with few slots queues have other figures" \
	[ "$(last | jq -c "$per_queue")" = "$(tail -n 1 "$slow" | jq -c "$per_queue")" ]
top_stop
