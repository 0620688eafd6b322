#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --icount --timeout 400
# not on stock: docs/benchmarks.md has our kernel's figures
#
# What the programs of devmemtop cost net_iovs and tokens, in instructions, with hold times of all
# net_iovs, of one in 64, and of none: as docs/benchmarks.md says.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/devmemtop.sh
. "$(dirname "$0")/../lib/devmemtop.sh"
doc=$testbed_top/docs/benchmarks.md
programs='on_niov_alloc on_niov_free on_token_get on_token_put on_provider_entry on_provider_exit'

is_shown() {
	[ "$(grep -c '^devmemtop' "$testbed_dir/shown")" -ge 1 ]
}

# documented NAME SAMPLE: of the row of a program.
documented() {
	awk -F '|' -v name="$1" -v sample="$2" '$2 == " `" name "` " { print $(sample == 0 ? 4 : sample == 64 ? 5 : 6) + 0
		exit }' "$doc"
}

# costs SAMPLE: "NAME INSTRUCTIONS" of each program, with traffic.
costs() {
	local pid

	job_start "$dmt" -b -d 3600 --no-races --sample "$1" >"$testbed_dir/shown"
	pid=$job_pid
	wait_for 60 is_shown || testbed_fail "devmemtop shows nothing"
	recv_start --queues 1 --size 16M
	send_start --bytes 8M
	transfer_done
	/usr/sbin/bpftool --json prog show | jq -r '.[] | select(.run_cnt > 0)
		| "\(.name) \(.run_time_ns / .run_cnt | round) \(.run_cnt)"' >"$testbed_dir/costs"
	kill -TERM "$pid"
	wait "$pid"
}

testbed_up 2
check "the kernel does not measure" sysctl -qw kernel.bpf_stats_enabled=1
for sample in 0 64 1; do
	costs $sample
	for name in $programs; do
		# The kernel may have the first 15 letters only.
		read -r ours events <<<"$(awk -v name="$name" 'index(name, $1) == 1 { print $2, $3 }' "$testbed_dir/costs")"
		want=$(documented "$name" $sample)
		echo "--sample $sample: $name ${ours:-?} instructions, ${events:-0} events, docs/benchmarks.md: ${want:-none}"
		[ -z "${DEVMEMTOP_MEASURE:-}" ] || continue
		check "$name was not measured" [ "${ours:-0}" -gt 0 ]
		check "docs/benchmarks.md has no row for $name" [ "${want:-0}" -gt 0 ]
		# What is rare is no average of many.
		margin=$((events < 1000 ? want / 5 : want / 10 + 3))
		check "$name takes $ours instructions with --sample $sample, docs/benchmarks.md says $want" \
			[ $((ours > want ? ours - want : want - ours)) -le $margin ]
	done
done
