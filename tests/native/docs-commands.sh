#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# A test runs every command in README.md and docs/, or the command is on the short list of those that
# run the tests; every link leads somewhere, and every file is there that a page names. And the check
# finds what is wrong.

# shellcheck disable=SC2016 # backquotes are Markdown here
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
cd "$top" || exit

check=$top/tests/checks/docs_check
"$check" . || fail "see above"
echo "$(cat README.md docs/*.md | grep -cE '^ *```sh') blocks of commands"

# wrong TEXT PAGE SED-SCRIPT PATTERN: this change of the page must be found out.
wrong() {
	rm -rf "$tmp/copy"
	mkdir "$tmp/copy"
	cp -r README.md Makefile docs tests .ci LICENSES bpf dev kernel tools tracepoints vm "$tmp/copy"
	sed -i "$3" "$tmp/copy/$2"
	! cmp -s "$2" "$tmp/copy/$2" || fail "'$1' changes nothing in $2"
	expect_status 1 "$check" "$tmp/copy"
	expect_in "$tmp/out" "$4"
}

wrong "a marker is gone" docs/oneliners.md '/oneliners.sh alloc-fail/d' \
	'^docs/oneliners.md:[0-9]+: commands that no test is named for'
wrong "a test that is not there" docs/oneliners.md 's/oneliners.sh alloc-fail/oneliner.sh x/' \
	'tests/guest/oneliner.sh does not exist'
wrong "a test that does not run it" docs/oneliners.md \
	's|guest/oneliners.sh alloc-fail|guest/tracepoints-doc.sh|' \
	'tests/guest/tracepoints-doc.sh does not run: bpftrace'
wrong "a command no runner has" README.md 's/^make test$/make tests/' 'a test could run: make tests'
wrong "something else passed off as a runner" docs/oneliners.md \
	's|test: guest/oneliners.sh count-all|run by: .ci/run|' 'a test could run: perf stat'
wrong "commands under another name" docs/oneliners.md '/story -->/{n;s/sh/text/}' \
	'these are commands'
wrong "a block without a name" docs/architecture.md 's/^```text$/```/' 'does not say what it is'
wrong "commands that are only indented" README.md 's/^make demo$/&\n```\n\n    make demo\n\n```sh/' \
	'an indented block'
wrong "a link to nowhere" README.md 's|(docs/oneliners.md)|(docs/twoliners.md)|' \
	'leads nowhere: docs/twoliners.md'
wrong "a heading that is not there" docs/oneliners.md 's/#what-to-expect-in-order/#order/' \
	'no such heading: .*#order'
wrong "a file that is not there" docs/changing.md 's|`vm/run`|`vm/runs`|' \
	'docs/changing.md: no such file or folder: vm/runs'
wrong "files of a folder that has none such" docs/changing.md 's|races-matrix-\*|races-matrices-*|' \
	'no such file or folder: tests/guest/races-matrices-\*.sh'
wrong "a test that is a comment" tests/guest/oneliners.sh 's/^\([^#]\)/# \1/' \
	'tests/guest/oneliners.sh does not run'
