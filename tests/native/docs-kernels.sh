#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# docs/kernels.md has the very table that is in the code, and its commands work.

# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
page=$top/docs/kernels.md
PATH=$top/build:$PATH

devmemtop check --table >"$tmp/table" || fail "devmemtop check --table"
[ "$(wc -l <"$tmp/table")" -gt 15 ] || fail "the table is short: $(cat "$tmp/table")"
in_page() {
	awk '/^<!-- the table:/ { on = 1 } on && /^\|/ { print; found = 1 } found && /^$/ { exit }' "$1"
}
in_page "$page" >"$tmp/page"
diff "$tmp/table" "$tmp/page" >&2 ||
	fail "docs/kernels.md differs from devmemtop check --table: put that output there"
# What is not a source cannot be taken away.
sed '0,/fentry: /s/fentry: /fentries: /' "$page" >"$tmp/other"
in_page "$tmp/other" | diff -q "$tmp/table" - >/dev/null && fail "a changed table is not seen"

# Which test runs where.
"$top/tests/run" --kernels >"$tmp/kernels" || fail "tests/run --kernels"
listed() {
	awk '/^<!-- tests\/run --kernels -->/ { on = 1; next } on && /^```/ { if (inside) exit; inside = 1; next } inside' "$1"
}
listed "$page" >"$tmp/listed"
diff "$tmp/kernels" "$tmp/listed" >&2 ||
	fail "docs/kernels.md differs from tests/run --kernels: put that output there"

# As a user without privilege, too, check comes to an end and says what it is about.
for command in "devmemtop check" "devmemtop check --table" "devmemtop check --effort"; do
	$command >"$tmp/out" 2>"$tmp/err" || [ -s "$tmp/out" ] || fail "$command: $(cat "$tmp/err")"
done
unprivileged=(setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all)
expect_status 1 "${unprivileged[@]}" "$top/build/devmemtop" check
expect_in "$tmp/out" '^NO +restarts '
expect_in "$tmp/out" '^ok +bound-queues '
# One source after the other taken away: devmemtop always starts, and says in a line what is missing.
for without in events events,fentry events,fentry,kprobes events,fentry,kprobes,page_pool; do
	DEVMEMTOP_WITHOUT=$without expect_status 0 devmemtop --json -n 1
	[ "$(wc -l <"$tmp/err")" -le 1 ] || fail "without $without: $(cat "$tmp/err")"
done
[ "$(id -u)" != 0 ] || expect_in "$tmp/err" 'tells nothing of bindings and restarts|refused|not permitted'
