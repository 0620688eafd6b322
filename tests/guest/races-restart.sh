#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 240
# kernels: devmem debug
# not on stock: upstream takes the dma-buf that is too small, whose bind fails here
#
# Races that need no faulty driver: a restart that fails, a binding that is held, a lock that is
# not the one that is taken.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/races.sh
. "$(dirname "$0")/../lib/races.sh"
recv=$testbed_top/build/devmem-recv

testbed_up 4

echo "--- a dma-buf too small for the ring: the restart fails before anything was touched"
races_start
# The samples of devmemtop count and show the same.
job_start "$testbed_top/build/devmemtop" --json -d 0.2 >"$testbed_dir/samples"
samples_pid=$job_pid
samples_hold() {
	jq -es "$1" "$testbed_dir/samples" >/dev/null 2>&1
}
# From the second sample on races are watched for, and until then not known.
wait_for 60 samples_hold '.[0].totals.races_count == null and .[-1].totals.races_count == 0' ||
	races_fail "devmemtop itself does not watch"
for _ in 1 2 3; do
	"$recv" --quiet --ifname sim0 --queues 1 --size 64K 2>/dev/null &&
		testbed_fail "a dma-buf of 16 pages was taken"
done
# shellcheck disable=SC2016 # $reports is jq's
wait_for 30 samples_hold '.[-1].totals.races_count == 3 and ([.[].races[]] as $reports | ($reports | length) == 3
	and all($reports[]; .code == "RESTART_FAILED" and .queue_id == 1 and .ifindex > 0
		and .ifname == "sim0" and .detail == "old_pool" and (.summary | contains("No space left"))
		and (.rtnl.stack | any(startswith("netdev_nl_bind_rx_doit+")))))' || {
	tail -n 1 "$testbed_dir/samples" | jq -c '{totals, races}' >&2
	races_fail "the samples do not have the three races"
}
kill -TERM "$samples_pid"
wait "$samples_pid"
races_stop
races_expect RESTART_FAILED 3
races_among RESTART_FAILED
races_report RESTART_FAILED '.detail == "old_pool" and .ifname == "sim0" and .queue_id == 1
	and .errno == 28 and .softirq == null and .rtnl.comm == "devmem-recv"
	and .rtnl.phase == "begun" and (.rtnl.stack | any(startswith("netdev_nl_bind_rx_doit+")))'

echo "--- tokens of the old binding are kept after a rebind"
races_start --held 1
recv_start --hold 50 --rebind 1 --size 8M
send_start --duration 5 --rate 2M
transfer_done
races_stop
# Data that waits in the socket may hold a later binding as long. No binding is reported twice.
[ "$(jq -s '[.[] | select(.type == "race") | .binding_id] | length == (unique | length)' \
	"$races_json")" = true ] || races_fail "a binding was reported twice"
races_among UNBOUND_HELD
races_report UNBOUND_HELD '.outstanding_niovs >= 50 and .age_ns >= 1000000000
	and .rtnl.comm == "devmem-recv" and .binding_id > 0
	and (.rtnl.stack | any(startswith("net_devmem_unbind_dmabuf+")))'

echo "--- a restart that takes longer than it is allowed to"
ethtool -G sim0 rx 4096 || testbed_fail "no ring of 4096"
races_start --stuck 0.0005
recv_start --rebind-every 100 --size 32M
send_start --duration 5
transfer_done
races_stop
ethtool -G sim0 rx 1024
check "none of $(recv_get rebinds) rebinds was found under way" [ "$(races_seen RESTART_STUCK)" -gt 0 ]
races_among RESTART_STUCK
races_report RESTART_STUCK '.age_ns >= 500000 and .queue_id == 1 and .rtnl.comm == "devmem-recv"
	and (.rtnl.phase | IN("begun", "allocated", "stopped", "started"))'

echo "--- the lock that is looked at is not the one that is held"
races_start --lock cgroup_mutex
"$recv" --no-verify --idle 0.01 --quiet --ifname sim0 --queues 1 >/dev/null 2>&1
races_stop
races_unlocked

echo "--- a command under watch: its own status, unless a race was seen"
races() {
	"$testbed_top/build/devmemtop" races --quiet "$@" >"$testbed_dir/out" 2>&1
	echo $?
}
check "true is red" [ "$(races -- true)" = 0 ]
check "a race was seen where there is none" grep -q '^races=0 ' "$testbed_dir/out"
check "the command's own status is lost" [ "$(races -- sh -c 'exit 42')" = 42 ]
status=$(races -- "$recv" --quiet --ifname sim0 --queues 1 --size 64K)
check "status $status with a race" [ "$status" = 1 ]
check "the race is not in the totals" grep -q '^races=1 RESTART_FAILED=1 ' "$testbed_dir/out"
check "a command that is none has another status" [ "$(races -- /nonexistent)" = 127 ]
check "a mutex that is none has another status" [ "$(races --lock no_such_mutex -- true)" = 3 ]
check "a wrong option has another status" [ "$(races --held soon -- true)" = 2 ]
