#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --icount --mem 3G --timeout 900
# not on stock: docs/benchmarks.md has our kernel's figures
#
# What a sample of 1,024 bound queues costs, in guest instructions as in devmemtop-cost.sh: 16 NICs of
# 64 queues, each NIC with a dma-buf of its own, then each queue. As docs/benchmarks.md says.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/testbed.sh
. "$(dirname "$0")/../lib/testbed.sh"
dmt=$testbed_top/build/devmemtop
nics=16
samples=10

# listens_all: does every receiver listen, so has bound its queues?
listens_all() {
	local i

	for ((i = 0; i < nics; i++)); do
		port_listens $((port + i)) || return
	done
}

# cpu_ms FORMAT ARG…: CPU time of each sample after the second, when races are watched for, too. Read
# while a sample is being written, so that loading and unloading are not in it: these vary by more than
# a sample costs. In between devmemtop waits: no sample takes a second. A plain awk reads whole blocks
# only, which would be too late.
cpu_ms() {
	local format=$1

	shift
	: >"$testbed_dir/pid"
	rm -f "$testbed_dir/samples"
	# shellcheck disable=SC2016
	bash -c 'echo $$ >"$1" && exec "${@:2}"' - "$testbed_dir/pid" \
		"$dmt" -d 1 -n $((samples + 4)) "$@" |
		mawk -W interactive -F , -v format="$format" -v pid_in="$testbed_dir/pid" \
			-v out="$testbed_dir/samples" -v ticks="$(getconf CLK_TCK)" -v first=3 -v last=$((samples + 3)) '
		function used(    file, line, part) {
			getline pid <pid_in
			file = "/proc/" pid "/stat"
			getline line <file
			close(file)
			close(pid_in)
			split(line, part, " ")
			return (part[14] + part[15]) * 1000 / ticks
		}
		format == "text" ? /^devmemtop / : format == "json" ? 1 : NR > 1 && $1 != time {
			n++
			if (n == first || n == last)
				ms[n] = used()
		}
		{ time = $1; print >out }
		END {
			if (!ms[first] || !ms[last])
				exit 1
			printf "%.1f", (ms[last] - ms[first]) / (last - first)
		}'
	[ "${PIPESTATUS[*]}" = '0 0' ] || testbed_fail "devmemtop failed"
}

# documented WHAT: millions of instructions in docs/benchmarks.md.
documented() {
	awk -F '|' -v what="$1" '$2 == " " what " " { print $3 + 0; exit }' "$testbed_top/docs/benchmarks.md"
}

# cost WHAT MILLIONS: near enough to what is documented? DEVMEMTOP_MEASURE=1 only prints it.
cost() {
	local doc

	doc=$(documented "$1")
	echo "1,024 queues, $1: $2 million instructions, docs/benchmarks.md: ${doc:-none} million"
	[ -z "${DEVMEMTOP_MEASURE:-}" ] || return 0
	check "docs/benchmarks.md has no row '$1'" [ "${doc:-0}" != 0 ]
	check "$1: $2 million instructions, docs/benchmarks.md says $doc million" \
		awk -v ms="$2" -v doc="$doc" 'BEGIN { exit !(ms < doc * 1.1 && ms > doc * 0.9) }'
}

# bind_all ARG…: all queues of all NICs, by a receiver for each NIC.
bind_all() {
	local i

	for ((i = 0; i < nics; i++)); do
		job_start "$testbed_top/build/devmem-recv" --ifname sim$i --queues "$all_queues" "$@" --no-rss \
			--no-steer --listen 192.0.2.$((i + 1)):$((port + i)) --quiet >>"$recv_log" 2>&1
	done
	wait_for 120 listens_all || testbed_fail "not all queues are bound: $(<"$recv_log")"
}

# samples_are BINDINGS NIOVS: all queues are in each of them, so many bindings, of so many net_iovs each.
samples_are() {
	check "not 1,024 queues bound to $1 dma-bufs in each sample" jq -se "all(.[]; .totals.queues_count == 1024
		and .incomplete == null and (.bindings | length) == $1
		and all(.bindings[]; ([.parts[]] | add) == $2))" "$testbed_dir/samples" >/dev/null
}

trap testbed_down EXIT
all_queues=$(seq -s, 0 63)
for ((i = 0; i < nics; i++)); do
	check "no NIC" ip link add sim$i numrxqueues 64 numtxqueues 64 type devmemsim
	check "no small rings" ethtool -G sim$i rx 64
	check "no header split" "$testbed_top/build/devmem-recv" --ifname sim$i --header-split on
	check "no link" ip link set sim$i up
	check "no address" ip addr add 192.0.2.$((i + 1))/32 dev sim$i
done
bind_all --shared --size 32M
json=$(cpu_ms json --json) || exit
samples_are 16 8192
csv=$(cpu_ms csv --csv) || exit
text=$(cpu_ms text -b) || exit
nothing=$(cpu_ms text -b --filter queue=9999) || exit
check "the filter lets something through" [ "$(grep -c sim "$testbed_dir/samples")" = 0 ]
cost "the snapshot alone" "$nothing"
cost "as text" "$text"
cost "as CSV" "$csv"
cost "as JSON" "$json"

kill "${testbed_jobs[@]}"
wait "${testbed_jobs[@]}"
testbed_jobs=()
bind_all --size 1M --buffers 64
json=$(cpu_ms json --json) || exit
samples_are 1024 256
nothing=$(cpu_ms text -b --filter queue=9999) || exit
cost "the snapshot alone, 1,024 bindings" "$nothing"
cost "as JSON, 1,024 bindings" "$json"
