#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 200
# not on stock: the page shows what our trace events report
#
# The commands of docs/races.md cause the races that it says, and devmemtop reports them as it says.

cd "$(dirname "$0")/../.." || exit 1
page=docs/races.md
out=$(mktemp) || exit 1

# block NAME: run it as it stands there.
block() {
	echo "--- $1"
	tests/checks/docs_blocks "$page" "test: guest/races-docs.sh $1" >"$out.sh" || exit 1
	[ -s "$out.sh" ] || { echo "FAIL: $page has no block $1"; exit 1; }
	bash -e "$out.sh" >"$out" 2>&1 || { cat "$out"; echo "FAIL: status $?"; exit 1; }
	cat "$out"
}

# shows TEXT: it did print this.
shows() {
	grep -qF -- "$1" "$out" || { echo "FAIL: $1 is not shown"; exit 1; }
}

block start
shows 'RESTART_FAILED sim0 queue 1'
shows 'races=1 RESTART_FAILED=1 '
shows 'status 1'
shows 'left=0 injected=1'

block hang
shows 'RESTART_STUCK sim0 queue 1'
shows 'races=1 RESTART_STUCK=1 '
shows 'status 1'

# A report for people has the form that docs/races-reports.md is checked for (native/docs-races).
echo 1 >/sys/kernel/debug/devmemsim/sim0/fail_start
build/devmemtop races -- build/devmem-recv --ifname sim0 --queues 1 >"$out" 2>/dev/null
tests/checks/races_shape "$out" >"$out.shapes" || exit 1
grep -qx 'RESTART_FAILED - netdev_rx_queue_set_provider' "$out.shapes" || {
	cat "$out" "$out.shapes"
	echo "FAIL: not one report of RESTART_FAILED"
	exit 1
}

# Each code has a line that was captured.
codes=$(sed -n 's/^### //p' "$page")
[ "$(grep -c . <<<"$codes")" = 13 ] || { echo "FAIL: not 13 codes"; exit 1; }
for code in $codes; do
	sed -n "/^### $code\$/,/^- /p" "$page" | grep -q '^> `' || {
		echo "FAIL: $page shows no report of $code"
		exit 1
	}
done
