#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 200
# not on stock: there no fault can be caused this often, as a module cannot restart a queue itself
#
# devmemtop does not read while more reports come than the ring buffer has room for. Each race is
# still counted: it was shown, or exceeded the limit of its queue, or found the ring full.

# shellcheck disable=SC2119 # races_start has no arguments here

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/races.sh
. "$(dirname "$0")/../lib/races.sh"

num_queues=64
testbed_up $num_queues
ethtool -G sim0 rx 64 || testbed_fail "no ring of 64"

# shown CODE: how many reports were printed.
shown() {
	jq -s "[.[] | select(.type == \"race\" and .code == \"$1\")] | length" "$races_json"
}

each_queue() {
	local queue

	for ((queue = 0; queue < num_queues; queue++)); do
		fault no_rtnl $queue
	done
}

races_start
kill -STOP "$races_pid"
# Four a second of each queue are reported, about 650 bytes each; the ring has 512 KiB.
end=$((SECONDS + 10 * ${DEVMEMTOP_SLOW:-1}))
until [ $SECONDS -ge $end ]; do
	each_queue
	# More than these four.
	for _ in 1 2 3 4 5 6 7 8; do
		fault no_rtnl 1
	done
done
kill -CONT "$races_pid"

# When it reads again, new ones are shown.
reads_again() {
	fault no_rtnl 2
	[ "$(jq -s '[.[].nth_count // 0] | max' "$races_json" 2>/dev/null)" -gt "$before" ] 2>/dev/null
}
before=$(injected no_rtnl)
wait_for 60 reads_again || races_fail "no report any more"
races_end

all=$(injected no_rtnl)
limited=$(races_total .limited_count)
lost=$(races_total .lost_count)
echo "injected $all, shown $(shown NO_RTNL), too many at once $limited, ring full $lost"
check "the ring was never full" [ "$lost" -gt 0 ]
check "none was too many at once" [ "$limited" -gt 0 ]
races_expect NO_RTNL "$all"
races_among NO_RTNL
check "some are neither shown nor counted as not shown" \
	[ $(($(shown NO_RTNL) + limited + lost)) = "$all" ]
check "one is shown twice" [ "$(jq -s '[.[].nth_count // empty] | length == (unique | length)' \
	"$races_json")" = true ]
check "something was not judged" [ "$(races_total '.recursion_missed_count + .table_full_count')" = 0 ]
