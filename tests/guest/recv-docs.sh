#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 400
# kernels: devmem stock
#
# Every command of docs/devmem-recv.md works as it stands there, in the order of the page.

cd "$(dirname "$0")/../.." || exit 1
page=docs/devmem-recv.md
out=$(mktemp) || exit 1

blocks=$(tests/checks/docs_blocks "$page") || exit 1
names=$(sed -n 's|^[0-9]* sh test: guest/recv-docs.sh ||p' <<<"$blocks")
[ "$(wc -w <<<"$names")" = "$(grep -c ' sh ' <<<"$blocks")" ] || {
	echo "FAIL: $page has a block of commands without a test: $blocks"
	exit 1
}

for name in $names; do
	commands=$(tests/checks/docs_blocks "$page" "test: guest/recv-docs.sh $name") || exit 1
	echo "== $name"
	bash -e -c "$commands" >"$out" 2>&1 || {
		echo "FAIL: $name: status $?"
		cat "$out"
		exit 1
	}
	cat "$out"
	case $name in
	plain) expected='"verified":20971520,"mismatched":0,.*"ok":true' ;;
	hold) expected=' 500 held until the end' ;;
	rebind) expected='rebinds  [1-9][0-9]* done, 0 failed' ;;
	*) expected='^ok$' ;;
	esac
	grep -q -- "$expected" "$out" || {
		echo "FAIL: $name: the output has no '$expected'"
		exit 1
	}
done

# The page names exactly the members that the JSON object has.
# shellcheck disable=SC2016
named=$(sed -n '/^The JSON object has these members: /,/^$/p' "$page" | grep -o '`[a-z_]*`' | tr -d '`' | sort)
printed=$(build/devmem-recv --no-devmem --idle 0.01 --json 2>/dev/null |
	grep -o '"[a-z_]*":' | tr -d '":' | sort)
[ "$named" = "$printed" ] || {
	diff <(echo "$named") <(echo "$printed")
	echo "FAIL: $page does not name the members of the JSON object"
	exit 1
}
