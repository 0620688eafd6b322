#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# docs/races.md says for each code how it comes about, how it is detected, what to do and how to cause
# it. docs/races-reports.md has a whole report of each, in the form that devmemtop prints.
# tests/guest/races-matrix-*.sh check that real reports still look like these (races_documented).

# shellcheck disable=SC2016 # backquotes are Markdown here
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

# section PAGE HEADING: what is below it.
section() {
	awk -v heading="$2" '$0 == heading { on = 1; next } /^##/ { on = 0 } on' "$1"
}

# blocks: the fenced text of standard input.
blocks() {
	awk '/^```/ { on = !on; next } on'
}

# numbers_out: every number is like another.
numbers_out() {
	sed -E 's/[0-9]+([.][0-9]+)*/N/g'
}

# check_pages FOLDER: prints what is wrong first.
check_pages() {
	local page=$1/races.md reports=$1/races-reports.md code part anchor shape

	mapfile -t codes < <(sed -n 's/^### \([A-Z_]*\)$/\1/p' "$page")
	[ "${codes[*]}" = "$(sed -n 's/^## \([A-Z_]*\)$/\1/p' "$reports" | paste -sd ' ')" ] || {
		echo "not the same codes on both pages"
		return 1
	}
	for code in "${codes[@]}"; do
		section "$page" "### $code" >"$tmp/section"
		for part in "How it comes about" "How it is detected" "What to do" "To cause it"; do
			grep -qF -- "- *$part*: " "$tmp/section" || { echo "$code: no '$part'"; return 1; }
		done
		anchor=${code,,}
		grep -qF "(races-reports.md#$anchor)" "$tmp/section" || {
			echo "$code: no link to its report"
			return 1
		}
		section "$reports" "## $code" | blocks >"$tmp/report"
		shape=$("$top/tests/checks/races_shape" "$tmp/report" 2>&1) || { echo "$code: $shape"; return 1; }
		[ "$(cut -d ' ' -f 1 <<<"$shape" | sort -u)" = "$code" ] || {
			echo "$code: no report of it, or another: $shape"
			return 1
		}
		sed -n 's/^> `\(.*\)`$/\1/p' "$tmp/section" | numbers_out >"$tmp/lines"
		sed -n "s/^[0-9.]* $code //p" "$tmp/report" | numbers_out | grep -vxFf "$tmp/lines" && {
			echo "$code: its report begins otherwise"
			return 1
		}
	done
	section "$page" "## A report" | blocks >"$tmp/report"
	shape=$("$top/tests/checks/races_shape" "$tmp/report" 2>&1) || { echo "A report: $shape"; return 1; }
}

check_pages "$top/docs" || fail "see above"
# And they are those that devmemtop knows.
[ "$(printf '%s\n' "${codes[@]}" | sort)" = "$(sed -n '/codes\[RACE_CODES\]/,/^};/s/.*\.name = "\([A-Z_]*\)".*/\1/p' \
	"$top/tools/races/codes.c" | sort)" ] || fail "docs/races.md and tools/races/codes.c have other codes"

# wrong TEXT PAGE SED-SCRIPT PATTERN: this change of the page must be found out.
wrong() {
	mkdir -p "$tmp/copy"
	cp "$top"/docs/races*.md "$tmp/copy" || exit
	sed -i "$3" "$tmp/copy/$2"
	! cmp -s "$top/docs/$2" "$tmp/copy/$2" || fail "'$1' changes nothing"
	! check_pages "$tmp/copy" >"$tmp/out" || fail "not noticed: $1"
	expect_in "$tmp/out" "$4"
}

wrong "a code has no report" races-reports.md '/^## NO_RTNL$/d' 'not the same codes'
wrong "a code does not say what to do" races.md '/### MIXED_FRAGS/,/###/{/What to do/d}' \
	"MIXED_FRAGS: no 'What to do'"
wrong "no link" races.md '/(races-reports.md#no_rtnl)/d' 'NO_RTNL: no link'
wrong "a report without its rtnl side" races-reports.md '/## POOL_SHARED/,/##/{/^    rtnl/,/^`/{/^ /d}}' \
	'POOL_SHARED: .*not whole'
wrong "another form of the softirq side" races-reports.md '/## MIXED_FRAGS/,/##/s/softirq  CPU/softirq CPU/' \
	'MIXED_FRAGS: .*no softirq side'
wrong "a stack is missing" races-reports.md '/## STALE_DELIVERY/,/##/{/^    softirq/,/^    rtnl/{/^      /d}}' \
	'STALE_DELIVERY: '
wrong "another report" races-reports.md '/## FOREIGN_FREE/,/##/s/ FOREIGN_FREE sim0/ DOUBLE_FREE sim0/' \
	'FOREIGN_FREE: no report of it'
wrong "other words than the tool's" races-reports.md '/## RESTART_STUCK/,/##/s/has been under way/was under way/' \
	'RESTART_STUCK: its report begins otherwise'
wrong "the report in races.md" races.md 's/^    number 1 of/    no. 1 of/' 'no second line'
