#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --icount --timeout 900
# not on stock: docs/benchmarks.md has our kernel's figures
#
# What a sample of 64 bound queues costs, in guest instructions: under --icount the CPU time of
# a process, in nanoseconds, is the number of instructions. The limit: with one sample a second,
# one percent of a core at 3 GHz is 30 million cycles. And what memory it takes, at its most.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/testbed.sh
. "$(dirname "$0")/../lib/testbed.sh"
dmt=$testbed_top/build/devmemtop
limit_ms=30
# Of the first sample, with what loading takes: it was 616 where this limit was set.
limit_first_ms=700
limit_kib=$((16 * 1024))
samples=20

# cpu_ms N ARG…: CPU time of N samples.
cpu_ms() {
	local TIMEFORMAT='%U %S' used

	used=$({ time "$dmt" --json -d 0.1 -n "$@" >"$testbed_dir/samples.json" 2>&3; } 3>&2 2>&1) ||
		testbed_fail "devmemtop failed"
	awk '{ printf "%d", ($1 + $2) * 1000 }' <<<"$used"
}

testbed_up 64
ethtool -G sim0 rx 64
recv_start --size 64M --shared --no-rss --no-steer --queues "$(seq -s, 0 63)"
first=$(cpu_ms 1)
watched=$(cpu_ms 2)

# Loading is no part of the others: one process, from its second sample on.
"$dmt" --json -d 0.3 >"$testbed_dir/samples.json" &
dmt_pid=$!
testbed_jobs+=("$dmt_pid")
drawn() {
	wc -l <"$testbed_dir/samples.json"
}
drawn_past() {
	[ "$(drawn)" -ge "$1" ]
}
ticks_a_second=$(getconf CLK_TCK)
# CPU time that it has used, and when: between two samples.
read_cost() {
	until at=$(drawn) &&
		used=$(awk -v hz="$ticks_a_second" '{ sub(/.*\) /, ""); print ($12 + $13) * 1000000 / hz }' \
			"/proc/$dmt_pid/stat") &&
		[ "$(drawn)" = "$at" ]; do
		:
	done
}
wait_for 60 drawn_past 2 || testbed_fail "no samples"
read_cost
from=$at before=$used
wait_for 60 drawn_past $((from + samples)) || testbed_fail "no further samples"
read_cost
kill "$dmt_pid"
wait "$dmt_pid"
check "not 64 bound queues in each sample" jq -se 'all(.[]; .totals.queues_count == 64 and
	.incomplete == null and ([.bindings[0].parts[]] | add) == 16384)' "$testbed_dir/samples.json" >/dev/null
each=$(((used - before) / (at - from)))
echo "first sample, loading included: $first ms; watching for races from then on: $((watched - first)) ms; each further one: $each us; 64 queues"
check "the first sample costs $first million instructions, more than $limit_first_ms" \
	[ "$first" -le $limit_first_ms ]
check "a sample costs $each thousand instructions, more than $limit_ms million" \
	[ "$each" -le $((limit_ms * 1000)) ]

"$dmt" -b -d 0.1 >"$testbed_dir/samples" &
dmt_pid=$!
testbed_jobs+=("$dmt_pid")
# Whole samples: their heading has come three times.
headed() {
	[ "$(grep -c '^devmemtop' "$testbed_dir/samples")" -ge 3 ]
}
wait_for 60 headed || testbed_fail "no samples"
# kib FIELD: of the program's status.
kib() {
	awk -v field="$1:" '$1 == field { print $2 }' "/proc/$dmt_pid/status"
}
now=$(kib VmRSS)
most=$(kib VmHWM)
echo "memory: $now KiB, at its most $most KiB"
check "takes more than $limit_kib KiB" [ "${now:-0}" -gt 0 ] && [ "$most" -le $limit_kib ]
