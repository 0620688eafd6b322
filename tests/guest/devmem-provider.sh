#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --timeout 120
# not on stock: they are tests of our provider, in our kernel
#
# The kernel's own tests of what no NIC can do on command: odd dma-bufs, and page_pools that give back
# what is not theirs.

set -eu
results=$(cat /sys/kernel/debug/devmem_test)
echo "$results"
if grep -qv '^ok ' <<<"$results"; then
	echo "FAIL: not all are ok"
	exit 1
fi
# Otherwise nobody would notice a test that no longer runs.
cases=$(grep -c '^static void .*(struct test \*t)$' "$(dirname "$0")/../../kernel/net/core/devmem_test.c")
passed=$(grep -c '^ok ' <<<"$results")
echo "$passed of $cases"
[ "$cases" -gt 0 ] && [ "$passed" = "$cases" ]
