#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The commands of docs/building.md that start guests and choose tests, as they stand there.

# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
page=docs/building.md

cd "$top" || exit
vm/run --check 2>"$tmp/err" || skip "no guest can be started here: $(cat "$tmp/err")"

# commands NAME: those of the block, read from descriptor 3.
commands() {
	tests/checks/docs_blocks "$page" "test: native/docs-building.sh $1" >"$tmp/$1" || fail "see above"
	[ -s "$tmp/$1" ] || fail "the block $1 is empty"
	exec 3<"$tmp/$1"
}

# The guest's kernel is not the host's.
commands uname
read -r -u 3 command
expect_status 0 bash -c "$command"
expect_in "$tmp/out" '^6\.12\.'

# In a folder of its own, as one of them writes.
mkdir "$tmp/there"
commands options
while read -r -u 3 command; do
	case $command in
	*"--out results"*)
		mkdir "$tmp/there/results"
		expected=$tmp/there/results/dmesg
		pattern='Linux version 6\.12'
		;;
	*"ip -br link"*)
		expected=$tmp/out
		pattern='^lo +UNKNOWN'
		;;
	*"--kernel stock"*)
		expected=$tmp/out
		pattern='^insmod /lib/modules/6\.12.*/devmemsim.ko'
		;;
	*"/proc/uptime"*)
		expected=$tmp/out
		pattern='^[0-9]+\.[0-9]+ [0-9]+\.[0-9]+$'
		;;
	*) fail "nothing is known of what this prints: $command" ;;
	esac
	cd "$tmp/there" || exit
	expect_status 0 bash -c "$top/$command"
	expect_in "$expected" "$pattern"
	cd "$top" || exit
done

# Running these would run all tests, so only the list of what they choose is checked.
commands tests
while read -r -u 3 command; do
	if [[ $command = *--kernels* ]]; then
		expect_status 0 bash -c "$command"
		expect_in "$tmp/out" '^recv-verify +devmem stock'
		continue
	fi
	expect_status 0 bash -c "${command/tests\/run/tests/run --list}"
	expect_in "$tmp/out" '^(unit|native|guest|stock)/'
	word=$(sed 's/ *#.*//; s/.* //' <<<"$command")
	[ "$word" = tests/run ] || ! grep -v "$word" "$tmp/out" || fail "$command chooses others, too"
done
