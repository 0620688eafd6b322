# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# What test scripts share: . "$(dirname "$0")/../lib/lib.sh"
# Sets $top to the root of the checkout and $tmp to a folder of the test's own.

set -u
# shellcheck disable=SC2034 # for who sources this
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P) || exit
tmp=$(mktemp -d "${TMPDIR:-/tmp}/devmemtop-test.XXXXXX") || exit
leave() {
	local job

	for job in $(jobs -p); do
		kill "$job" 2>/dev/null && wait "$job"
	done
	rm -rf "$tmp"
}
trap leave EXIT

# fail TEXT...: the test has failed.
fail() {
	echo "FAILED: $*" >&2
	exit 1
}

# skip TEXT...: the test cannot run here.
skip() {
	echo "$*"
	exit 77
}

# expect_status STATUS COMMAND...: COMMAND ends with STATUS. Its output is in $tmp/out and $tmp/err.
expect_status() {
	local want=$1 got
	shift
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	got=$?
	[ "$got" = "$want" ] && return
	echo "standard output:" >&2
	cat "$tmp/out" >&2
	echo "standard error:" >&2
	cat "$tmp/err" >&2
	fail "status $got instead of $want: $*"
}

# expect_in FILE PATTERN: a line of FILE matches the extended regular expression.
expect_in() {
	grep -qE -- "$2" "$1" && return
	cat "$1" >&2
	fail "no line matches '$2' in ${1##*/}"
}

# wait_for SECONDS COMMAND...: until COMMAND succeeds; fails when it does not in time.
wait_for() {
	local until=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt "$until" ] || fail "did not come true in time: $*"
		sleep 0.05
	done
}
