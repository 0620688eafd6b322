#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What is missing for building is named with its package.

. "$(dirname "$0")/../lib.sh"

# All is there, for this test runs after `make deps`.
expect_status 0 "$top/vm/install-deps" --print-missing
[ ! -s "$tmp/out" ] || fail "packages are missing: $(tr '\n' ' ' <"$tmp/out")"
expect_status 0 "$top/vm/check-build-tools"
expect_status 1 "$top/vm/install-deps" --print-missing nogroup
expect_in "$tmp/err" "no group 'nogroup'"

# A package that is not installed is missing, one that is is not.
mkdir "$tmp/vm"
cp "$top/vm/install-deps" "$top/vm/lib.sh" "$tmp/vm"
printf '[user]\ngcc  # the compiler\nno-such-package-anywhere  # a test\n[lint]\nanother-one\n' >"$tmp/vm/packages.txt"
expect_status 0 "$tmp/vm/install-deps" --print-missing user
[ "$(cat "$tmp/out")" = no-such-package-anywhere ] || fail "missing: $(cat "$tmp/out")"

# A program, and a header: the compiler finds none with an empty search path.
CLANG=no-such-clang expect_status 1 "$top/vm/check-build-tools"
expect_in "$tmp/err" 'no-such-clang is missing: install the Debian package clang'
printf '#!/bin/sh\nexec gcc -nostdinc "$@"\n' >"$tmp/cc"
chmod +x "$tmp/cc"
CC=$tmp/cc expect_status 1 "$top/vm/check-build-tools"
expect_in "$tmp/err" 'bpf/libbpf.h is missing: install the Debian package libbpf-dev'
expect_in "$tmp/err" "make deps"

# Debian's kernel needs no more than the groups that are named for it: none of what builds ours.
awk '/^\[/ { gsub(/[][]/, ""); group = $1; next } /^[a-z0-9]/ { print group, $1 }' \
	"$top/vm/packages.txt" | LC_ALL=C sort >"$tmp/groups"
[ "$(cut -d' ' -f1 "$tmp/groups" | uniq | xargs)" = "kernel lint tests user vm" ] ||
	fail "other groups: $(cut -d' ' -f1 "$tmp/groups" | uniq | xargs)"
[ -z "$(uniq -d "$tmp/groups")" ] || fail "twice: $(uniq -d "$tmp/groups")"
! grep -E '^(user|vm) (linux-source|flex|bison|bpftrace|linux-perf)' "$tmp/groups" ||
	fail "the quick start would fetch what only our kernel's build or the tests need"
