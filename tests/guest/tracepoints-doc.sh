#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --timeout 180
# not on stock: they are our trace events
#
# docs/tracepoints.md and the running kernel name the same events, fields, types and values.

set -u
cd "$(dirname "$0")/../.." || exit
page=docs/tracepoints.md
events=/sys/kernel/tracing/events/devmem
copy=$(mktemp) || exit
trap 'rm -f "$copy"' EXIT

if ! tests/checks/docs_tracepoints $page $events; then
	echo "FAIL: $page is not what the kernel has ('<' the page, '>' the kernel)"
	exit 1
fi
echo "$page: $(find $events -name format | wc -l) events agree"

# doctored NAME SED-SCRIPT PATTERN: a page changed like this must be found out.
doctored() {
	local out

	sed "$2" $page >"$copy"
	if cmp -s $page "$copy"; then
		echo "FAIL: '$1' changes nothing in $page"
		exit 1
	fi
	if out=$(tests/checks/docs_tracepoints "$copy" $events); then
		echo "FAIL: a page with $1 passes"
		exit 1
	fi
	if ! grep -q -- "$3" <<<"$out"; then
		echo "FAIL: a page with $1 is found out, but not named: $out"
		exit 1
	fi
}

# shellcheck disable=SC2016
{
	doctored "a field renamed" 's/^| `new_outstanding` /| `new_out` /' '^< devmem_restart_stop new_out '
	doctored "a field left out" '/^| `napi` /d' '^> devmem_queue_bind napi 4'
	doctored "a wrong type" 's/^| `err` | `int` /| `err` | `u32` /' '^< devmem_bind err 4 unsigned u32'
	doctored "a wrong size" 's/^| `sport` | `u16` | 2 /| `sport` | `u16` | 4 /' 'devmem_token_get sport 4'
	doctored "an event left out" '/^## /s/, `devmem_niov_free`//' '^> devmem_niov_free$'
	doctored "an event too many" '/^## /s/`devmem_niov_free`/&, `devmem_niov_lost`/' \
		'^< devmem_niov_lost$'
	doctored "a value renamed" 's/^| 2 | `replace` /| 2 | `swap` /' 'devmem_restart_end how = 2'
}
