# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# devmemtop in the background; within some time, its samples must show the truth. Sourced by
# tests/guest/devmemtop-*.sh.
#
#   top_start        watch; returns when devmemtop has its first sample of all sources
#   last             the last sample, whole
#   holds FILTER     is FILTER true for the last sample?
#   expect FILTER    FILTER becomes true for a sample within some time, or the test fails
#   now FILTER       FILTER is true for a devmemtop started now, which saw nothing of the past
#   top_stop         end it; nothing was lost

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/testbed.sh
. "${BASH_SOURCE[0]%/*}/testbed.sh"

dmt=$testbed_top/build/devmemtop
stream=$testbed_dir/stream.json
top_pid=

# True for every sample: the parts of each binding add up to all its net_iovs.
# shellcheck disable=SC2034 # for who sources this
sums='all(.bindings[]; ([.parts[]] | add) == .niovs_count)
	and all(.queues[] | select(.binding_id); ([.parts[]] | add) - .parts.free_niovs == .outstanding_niovs)'

holds() {
	[ -s "$stream" ] && tail -n 1 "$stream" | jq -e "$1" >/dev/null 2>&1
}

# The last sample; its line may still be being written.
last() {
	local line

	until line=$(tail -n 1 "$stream") && jq -e . <<<"$line" >/dev/null 2>&1; do
		read -rt 0.05 -u "$testbed_pause"
	done
	echo "$line"
}

# show: print the parts of a sample on standard input that explain a failure.
show() {
	jq -c '{incomplete, sources, totals, queues: [.queues[] | del(.ifname, .rx_alloc_fails_count)], bindings,
		pools, sockets, lost_events}' >&2
}

expect() {
	wait_for 60 holds "$1" && return
	last | show
	testbed_fail "devmemtop does not show: $1"
}

now() {
	local line

	line=$("$dmt" --json -n 1) || testbed_fail "devmemtop failed"
	jq -e "$1" <<<"$line" >/dev/null && return
	show <<<"$line"
	testbed_fail "a devmemtop started late does not show: $1"
}

top_start() {
	: >"$stream"
	# A net_iov that is freed on another CPU than its own would wait there for the next packet.
	sysctl -qw net.core.skb_defer_max=0
	job_start "$dmt" --json -d 0.2 >"$stream"
	top_pid=$job_pid
	# A guest's first look at BTF is slow, and no event may be missed during it.
	expect '.sources == ["events", "walk", "sockets", "netlink"] and .incomplete == null
		and .totals.lost_events_count == 0'
}

top_stop() {
	local status

	expect '.incomplete == null and .totals.lost_events_count == 0'
	kill -TERM "$top_pid"
	wait "$top_pid"
	status=$?
	check "devmemtop ended with status $status" [ $status = 0 ]
}
