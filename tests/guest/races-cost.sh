#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --icount --timeout 400
# not on stock: docs/benchmarks.md has our kernel's figures
#
# What the race detectors cost, in instructions beside empty programs: as docs/benchmarks.md says.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/races.sh
. "$(dirname "$0")/../lib/races.sh"
doc=$testbed_top/docs/benchmarks.md

testbed_up 2
races_start --cost
recv_start --queues 1 --size 16M
send_start --duration 4
transfer_done
races_stop
races_none
grep -v 'watching' "$races_log"

# cost NAME COLUMN: of the table that was printed.
cost() {
	awk -v name="$1" -v column="$2" '$1 == name { printf "%d\n", $column + 0.5 }' "$races_log"
}

# The document's row of a program: instructions and those of the empty program.
documented() {
	awk -F '|' -v name="\`$1\`" '$2 ~ name && $2 !~ /,/ { print $4 + 0, $5 + 0; exit }' "$doc"
}

for name in on_gro_receive on_take on_give counter; do
	ours=$(cost $name 3)
	empty=$(cost $name 4)
	read -r doc_ours doc_empty <<<"$(documented $name)"
	check "$name was not measured" [ "${ours:-0}" -gt 0 ]
	check "docs/benchmarks.md has no row for $name" [ "${doc_ours:-0}" -gt 0 ]
	check "$name takes $ours instructions, docs/benchmarks.md says $doc_ours" \
		[ $((ours > doc_ours ? ours - doc_ours : doc_ours - ours)) -le $((doc_ours / 10)) ]
	check "an empty program beside $name takes $empty, docs/benchmarks.md says $doc_empty" \
		[ $((empty > doc_empty ? empty - doc_empty : doc_empty - empty)) -le 6 ]
done
