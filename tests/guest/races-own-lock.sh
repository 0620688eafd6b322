#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 1 --timeout 500
# kernels: stock
#
# From 6.15 on each device has a lock of its own, and NO_RTNL looks at that lock. We have no such
# kernel, so the BTF pretends that this one is: a word of the device, which sysfs can write, stands
# for the lock. See tests/unit/shape_btf.c.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/races.sh
. "$(dirname "$0")/../lib/races.sh"
recv=$testbed_top/build/devmem-recv
word=/sys/class/net/sim0/gro_flush_timeout

testbed_up 4
ethtool -G sim0 rx 256 || testbed_fail "no ring of 256"

# shape WORD...: the kernel's BTF is this one from now on.
shape() {
	! mountpoint -q /sys/kernel/btf/vmlinux || umount /sys/kernel/btf/vmlinux
	"$testbed_top/build/tests/shape_btf" "$testbed_dir/btf" "$@" || testbed_fail "no BTF for $*"
	mount --bind "$testbed_dir/btf" /sys/kernel/btf/vmlinux || testbed_fail "the BTF cannot be bound"
}

restarts() {
	ethtool -S sim0 | awk '$1 == "rx_restarts:" { print $2 }'
}

# bpftrace prints the task of each program that starts.
is_told() {
	/bin/true
	[ -s "$testbed_dir/tasks" ]
}

# bind_unbind OWNER [FLAGS]: queue 1, with nothing received. Meanwhile OWNER has the lock: nobody (0),
# that task, or itself.
bind_unbind() {
	local owner=$1 flags=${2:-0} pid before task

	before=$(restarts)
	mkfifo "$testbed_dir/go"
	# Two programs: the task is known from the start of the second one.
	# shellcheck disable=SC2016 # for the inner shells
	bash -c 'read -r _ <"$0" && exec bash -c "read -r _ <\"\$0\" && exec \"\$@\"" "$0" "$@"' "$testbed_dir/go" \
		"$recv" --no-verify --idle 0.01 --quiet --ifname sim0 --queues 1 --size 4M >/dev/null 2>&1 &
	pid=$!
	# It may overlook a signal while it prints, so it ends by itself.
	job_start bpftrace -qe "tracepoint:sched:sched_process_exec {
		printf(\"%d 0x%llx\\n\", pid, curtask);
		if (pid == $pid) { exit(); }
	}" >"$testbed_dir/tasks" 2>"$testbed_dir/err"
	wait_for 60 is_told || testbed_fail "bpftrace: $(<"$testbed_dir/err")"
	echo >"$testbed_dir/go"
	wait_for 60 job_ended "$job_pid" || testbed_fail "bpftrace does not end"
	task=$(sed -n "s/^$pid //p" "$testbed_dir/tasks")
	[ -n "$task" ] || testbed_fail "no task: $(<"$testbed_dir/tasks")"
	[ "$owner" != itself ] || owner=$task
	printf '0x%x' $((owner | flags)) >$word || testbed_fail "$word does not take $owner"
	echo >"$testbed_dir/go"
	# Nothing is received, so it ends with an error.
	wait "$pid"
	rm "$testbed_dir/go"
	check "it was not bound and unbound" [ $(($(restarts) - before)) = 2 ]
	echo "owner $owner, task $task"
}

shape own-lock

echo "--- the device's lock is nobody's, and another task's"
for owner in 0 0xffff888000001000; do
	races_start
	! grep -q NO_RTNL "$races_log" || races_fail "NO_RTNL is not watched for"
	bind_unbind $owner
	races_stop
	races_unlocked
done

echo "--- it is the task's that binds"
races_start
bind_unbind itself
races_stop
races_none

echo "--- and others wait for it"
races_start
bind_unbind itself 7
races_stop
races_none

echo "--- a restart that hangs with the lock held"
races_start --stuck 0.5
fault wait_start_begin '1 2000'
bind_unbind itself
check "nothing waited" [ "$(injected wait_start_begin)" = 1 ]
races_stop
races_expect RESTART_STUCK 1
races_among RESTART_STUCK
fault wait_start_begin 0

echo "--- another mutex, by its name"
races_start --lock rtnl_mutex
bind_unbind 0
races_stop
races_none

echo "--- PREEMPT_RT: a mutex does not say who has it"
shape own-lock no-mutex.owner
races_start
grep -q 'cannot be watched for NO_RTNL' "$races_log" || races_fail "it is watched for"
bind_unbind 0
races_stop
races_none
"$testbed_top/build/devmemtop" check >"$testbed_dir/check"
grep -q 'not: NO_RTNL: here a mutex does not say who has it (PREEMPT_RT)' "$testbed_dir/check" ||
	testbed_fail "check does not say why: $(<"$testbed_dir/check")"
"$testbed_top/build/devmemtop" races --lock rtnl_mutex -- true 2>"$testbed_dir/err"
check "--lock without an owner has status $?" [ $? = 3 ]
