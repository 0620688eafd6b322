#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What `make demo` runs once all is built, on our kernel and on Debian's: not on a terminal it prints
# ten samples, and its last line says how it went.

# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

kernels=(stock)
"$top/vm/stock-kernel" >"$tmp/out" 2>&1 || skip "$(tail -n 1 "$tmp/out")"
# tests/run has chosen ours, if it was built.
[ ! -r "${DEVMEMTOP_KERNEL:-}" ] || kernels+=("$DEVMEMTOP_KERNEL")
for kernel in "${kernels[@]}"; do
	"$top/vm/run" --kernel "$kernel" --check 2>"$tmp/err" ||
		skip "no guest can be started here: $(cat "$tmp/err")"
	start=$SECONDS
	DEVMEMTOP_KERNEL=$kernel expect_status 0 "$top/vm/demo"
	tail -n 1 "$tmp/out" >"$tmp/last"
	expect_in "$tmp/last" '^demo: ok bytes=[0-9]+ verified=[0-9]+ rebinds=[0-9]+ races=0$'
	[ "$(grep -c 'devmemtop .* sim0\|^ *sim0 ' "$tmp/out")" -ge 10 ] ||
		fail "not ten samples of sim0: $(cat "$tmp/out")"
	echo "${kernel##*/}: $(cat "$tmp/last"), $((SECONDS - start)) s"
done
