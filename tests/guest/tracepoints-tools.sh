#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 600
# not on stock: they are our trace events
#
# perf, bpftrace and trace-cmd know the events, decode a real binding with traffic, and filter.
# All three watch the same traffic, and must agree with the receiver.

# shellcheck source=tests/lib/testbed.sh
. "$(dirname "$0")/../lib/testbed.sh"

formats=/sys/kernel/tracing/events/devmem
names=$(find $formats -name format -printf '%h\n' | sed 's|.*/||' | sort)
check "only these events: $names" [ "$(grep -c . <<<"$names")" -ge 16 ]

equal() {
	check "$1: $2 instead of $3" [ "$2" = "$3" ]
	printf "%.100s\n" "$1: ${2//$'\n'/ }"
}

# ---- all are listed ----

equal "perf list" "$(perf list 'devmem:*' 2>&1 | grep -o 'devmem:devmem_[a-z_]*' | sed 's/devmem://' | sort)" \
	"$names"
equal "bpftrace -l" "$(bpftrace -l 'tracepoint:devmem:*' | sed 's/tracepoint:devmem://' | sort)" "$names"
equal "trace-cmd list" "$(trace-cmd list -e '^devmem:' | sed -n 's/^devmem://p' | sort)" "$names"
equal "bpftrace -lv, devmem_queue_bind" \
	"$(bpftrace -lv tracepoint:devmem:devmem_queue_bind | sed 1d | tr -s ' \n' ' ')" \
	" u32 netns u32 ifindex u32 queue u32 binding u32 pool u32 napi int err "

# ---- record ----

testbed_up 4
cd "$testbed_dir" || exit
ifindex=$(cat /sys/class/net/sim0/ifindex)
netns=$(readlink /proc/self/ns/net | tr -dc 0-9)

job_start perf record -q -a -m 1024 -o perf.data -e 'devmem:*' </dev/null 2>perf.err
perf_pid=$job_pid
job_start perf record -q -a -m 1024 -o filtered.data -e 'devmem:devmem_queue_*' --filter 'queue == 2' \
	</dev/null 2>filtered.err
filtered_pid=$job_pid
# All events, and those of one queue, by two buffers of the kernel.
job_start trace-cmd record -q -b 8192 -o trace.dat -e devmem -B two -b 8192 -e 'devmem:devmem_queue_*' \
	-f 'queue == 2' </dev/null >trace-cmd.err 2>&1
trace_cmd_pid=$job_pid

# perf has opened its events and sleeps in poll.
perf_records() {
	local call

	read -r call _ <"/proc/$1/syscall" || testbed_fail "perf: $(cat perf.err filtered.err)"
	[ "$call" = 7 ] && find "/proc/$1/fd" -lname '*perf_event*' | grep -q .
}
trace_cmd_records() {
	[ "$(cat /sys/kernel/tracing/events/devmem/enable)" = 1 ] &&
		[ "$(cat /sys/kernel/tracing/instances/two/events/devmem/devmem_queue_unbind/enable 2>/dev/null)" = 1 ] &&
		[ "$(cat /sys/kernel/tracing/instances/two/tracing_on)" = 1 ] &&
		[ "$(cat /sys/kernel/tracing/tracing_on)" = 1 ]
}
wait_for 60 perf_records "$perf_pid" || testbed_fail "perf does not start"
wait_for 60 perf_records "$filtered_pid" || testbed_fail "perf does not start with a filter"
wait_for 60 trace_cmd_records || testbed_fail "trace-cmd does not start: $(cat trace-cmd.err)"

recv_start --size 16M --queues 1,2
send_start --bytes 2M
transfer_done

kill -INT "$perf_pid" "$filtered_pid" "$trace_cmd_pid"
wait "$perf_pid" "$filtered_pid" "$trace_cmd_pid"
perf script -i perf.data >perf.txt 2>>perf.err ||
	testbed_fail "perf script: $(cat perf.err)"
perf script -i filtered.data >filtered.txt 2>>filtered.err ||
	testbed_fail "perf script: $(cat filtered.err)"
trace-cmd report -i trace.dat >report.txt 2>report.err || testbed_fail "trace-cmd: $(cat report.err)"

# ---- decoded ----

check "perf script has nothing" [ -s perf.txt ]
check "trace-cmd report has nothing" [ -s report.txt ]
check "trace-cmd: $(grep -h -m 1 'FAILED TO PARSE' report.txt report.err)" \
	[ "$(cat report.txt report.err | grep -c 'FAILED TO PARSE')" = 0 ]
check "perf cannot decode: $(grep -m 1 -iE 'FAILED|unknown|\[0x' perf.txt perf.err)" \
	[ "$(cat perf.txt perf.err | grep -ciE 'FAILED|unknown|\[0x')" = 0 ]
check "perf lost events" [ "$(perf script -i perf.data --show-lost-events | grep -c LOST)" = 0 ]

# The instance's part of the report has lines "two: …".
sed '/^two:/d' report.txt >main.txt
sed -n '/^two:/p' report.txt >two.txt

# said FILE EVENT PATTERN: how many of these events match.
said() {
	grep -cE "devmem_$2: .*$3" "$1"
}

for file in perf.txt main.txt; do
	echo "-- $file"
	binding=$(sed -nE 's/.*devmem_queue_bind: .* queue=1 binding=([0-9]+) .*/\1/p' $file)
	pool=$(sed -nE 's/.*devmem_queue_bind: .* queue=1 .* pool=([0-9]+) .*/\1/p' $file)
	check "$file: no binding" [ "${binding:-0}" -gt 0 ]
	check "$file: no pool" [ "${pool:-0}" -gt 0 ]
	for event in bind unbind binding_free; do
		equal "$event" "$(said $file $event \
			"netns=$netns ifindex=$ifindex binding=[1-9][0-9]* size=16777216 niovs=4096 outstanding=[0-9]+ err=0")" 2
	done
	equal "bind, by the receiver" "$(grep -cE "devmem-recv[ -]+$recv_pid .*devmem_bind:" $file)" 2
	for queue in 1 2; do
		equal "queue_bind of $queue" "$(said $file queue_bind "queue=$queue .* napi=[1-9][0-9]* err=0")" 1
		equal "restarts of $queue" "$(said $file restart_end "queue=$queue how=restart .* err=0")" 2
	done
	where="ifindex=$ifindex queue=1 binding=$binding pool=$pool niov=(0x)?[0-9a-f]+"
	equal "tokens got" "$(said $file token_get "family=2 sport=$port dport=[1-9][0-9]* how=recvmsg token=[0-9]+ $where")" \
		"$(recv_get tokens)"
	equal "tokens returned" "$(said $file token_put "how=dontneed token=[0-9]+ $where")" \
		"$(recv_get returned)"
	equal "net_iovs given back" "$(said $file niov_free ' pool=[1-9][0-9]* ')" \
		"$(said $file niov_alloc ' pool=[1-9][0-9]* ')"
	check "no net_iov was drawn by queue 1" [ "$(said $file niov_alloc "$where")" -gt 0 ]
done
equal "events of perf" "$(grep -c ' devmem:devmem_' perf.txt)" "$(grep -c ' devmem_[a-z_]*: ' main.txt)"

# ---- filtered ----

for file in filtered.txt two.txt; do
	equal "$file, of queue 2" "$(said $file 'queue_(un)?bind' 'queue=2 .* err=0')" 2
	equal "$file, all" "$(grep -c devmem_ $file)" 2
done
