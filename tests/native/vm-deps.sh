#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What is missing for building is named with its package.

. "$(dirname "$0")/../lib/lib.sh"

# All is there, for this test runs after `make deps`.
expect_status 0 "$top/dev/install-deps" --print-missing
[ ! -s "$tmp/out" ] || fail "packages are missing: $(tr '\n' ' ' <"$tmp/out")"
expect_status 0 "$top/dev/check-build-tools"
expect_status 1 "$top/dev/install-deps" --print-missing nogroup
expect_in "$tmp/err" "no group 'nogroup'"

# A package that is not installed is missing, one that is is not.
mkdir "$tmp/dev" "$tmp/vm"
cp "$top/dev/install-deps" "$tmp/dev"
cp "$top/vm/lib.sh" "$tmp/vm"
printf '[user]\ngcc  # the compiler\nno-such-package-anywhere  # a test\n[lint]\nanother-one\n' >"$tmp/dev/packages.txt"
expect_status 0 "$tmp/dev/install-deps" --print-missing user
[ "$(cat "$tmp/out")" = no-such-package-anywhere ] || fail "missing: $(cat "$tmp/out")"

# A program, and a header: the compiler finds none with an empty search path.
CLANG=no-such-clang expect_status 1 "$top/dev/check-build-tools"
expect_in "$tmp/err" 'no-such-clang is missing: install the Debian package clang'
printf '#!/bin/sh\nexec gcc -nostdinc "$@"\n' >"$tmp/cc"
chmod +x "$tmp/cc"
CC=$tmp/cc expect_status 1 "$top/dev/check-build-tools"
expect_in "$tmp/err" 'bpf/libbpf.h is missing: install the Debian package libbpf-dev'
expect_in "$tmp/err" "make deps"

# Debian's kernel needs no more than the groups that are named for it: none of what builds ours.
awk '/^\[/ { gsub(/[][]/, ""); group = $1; next } /^[a-z0-9]/ { print group, $1 }' \
	"$top/dev/packages.txt" | LC_ALL=C sort >"$tmp/groups"
[ "$(cut -d' ' -f1 "$tmp/groups" | uniq | xargs)" = "kernel lint tests user vm" ] ||
	fail "other groups: $(cut -d' ' -f1 "$tmp/groups" | uniq | xargs)"
[ -z "$(uniq -d "$tmp/groups")" ] || fail "twice: $(uniq -d "$tmp/groups")"
! grep -E '^(user|vm) (linux-source|flex|bison|bpftrace|linux-perf)' "$tmp/groups" ||
	fail "the quick start would fetch what only our kernel's build or the tests need"

# Looking around in Debian's kernel installs no more than that; what is built is built afterwards.
make -C "$top" --no-print-directory -n vm KERNEL=stock >"$tmp/out" 2>&1
grep -E 'install-deps|stock-kernel|LINK|shell' "$tmp/out" | head -n 1 >"$tmp/first"
[ "$(cat "$tmp/first")" = "dev/install-deps user vm " ] || fail "make vm KERNEL=stock begins with: $(cat "$tmp/first")"
! grep -E 'install-deps($| .*(kernel|tests|lint))' "$tmp/out" || fail "make vm KERNEL=stock installs more than it needs"

# apt may be busy, and may not know the kernel's source.
mkdir "$tmp/bin"
cat >"$tmp/bin/apt-get" <<'END'
#!/bin/sh
case $* in
*Lock::Timeout*" update") ;;
*) exit 100 ;;
esac
[ -e "$BUSY" ] || exit 0
rm "$BUSY"
echo 'E: Could not get lock /var/lib/apt/lists/lock'
exit 100
END
printf '#!/bin/sh\nexit 100\n' >"$tmp/bin/apt-cache"
printf '#!/bin/sh\n' >"$tmp/bin/sleep"
printf '#!/bin/sh\necho 0\n' >"$tmp/bin/id"
printf '#!/bin/sh\n' >"$tmp/bin/dpkg-query"
chmod +x "$tmp/bin"/*
printf '[kernel]\nlinux-source-6.12  # the source\n' >"$tmp/dev/packages.txt"
export BUSY=$tmp/busy
touch "$BUSY"
PATH=$tmp/bin:$PATH expect_status 1 "$tmp/dev/install-deps" kernel
expect_in "$tmp/err" 'waiting for another apt'
expect_in "$tmp/err" 'apt knows no linux-source-6.12: Debian 12 has it in bookworm-security'
