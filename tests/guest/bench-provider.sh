#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --icount --smp 2 --mem 2G --timeout 300
# not on stock: the benchmark is part of our kernel
#
# What one net_iov costs to allocate and free on the memory provider's path, in
# guest instructions: at most 100, the same whatever the size and use of the
# dma-buf, and as docs/benchmarks.md says.

set -eu
doc=$(dirname "$0")/../../docs/benchmarks.md

table=$(cat /sys/kernel/debug/devmem_bench)
echo "$table"

# The rows of the document, "| 64 MiB | 0 | 82 | 82 | 84 | 395 |", as the kernel prints them.
sed -n '/<!-- provider -->/,/<!-- end -->/s/^| *\([0-9]*\) *| *\([0-9]*\) *| *\([0-9]*\) *| *\([0-9]*\) *| *\([0-9]*\) *| *\([0-9,]*\) *|$/\1 \2 \3 \4 \5 \6/p' \
	"$doc" | tr -d , >/tmp/doc.rows

echo "$table" | awk -v limit=100 '
FILENAME == "/tmp/doc.rows" {
	doc[$1 " " $2] = $0
	documented++
	next
}
/^#/ { next }
{
	rows++
	if (NF != 6) { print "not six columns: " $0; bad = 1; next }
	for (i = 3; i <= 5; i++) {
		if ($i <= 0 || $i > limit) {
			print "row " $1 " MiB, " $2 " in use: " $i " instructions, allowed are 1 to " limit
			bad = 1
		}
		if (!lo[i] || $i < lo[i]) lo[i] = $i
		if ($i > hi[i]) hi[i] = $i
	}
	if ($6 <= hi[3]) { print "the bitmap is not slower: " $0; bad = 1 }
	key = $1 " " $2
	if (!(key in doc)) { print "docs/benchmarks.md has no row for " key; bad = 1; next }
	split(doc[key], d, " ")
	for (i = 3; i <= 6; i++)
		if ($i > d[i] * 1.05 + 2 || $i < d[i] * 0.95 - 2) {
			print "docs/benchmarks.md says " d[i] " for column " i " of " key ", measured " $i
			bad = 1
		}
}
END {
	if (rows != 12) { print rows + 0 " rows, not 12"; bad = 1 }
	if (documented != rows) { print "docs/benchmarks.md has " documented + 0 " rows"; bad = 1 }
	for (i = 3; i <= 5; i++)
		if (hi[i] > lo[i] * 1.25) {
			print "column " i " is not flat: " lo[i] " to " hi[i]
			bad = 1
		}
	exit bad
}' /tmp/doc.rows -
