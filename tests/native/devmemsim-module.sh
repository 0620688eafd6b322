#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# devmemsim builds outside of the kernel's tree, as docs/devmemsim-module.md
# says: without a warning and with exported symbols only, for our kernel, for
# Debian's, and by dkms.

# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

tree=$("$top/vm/build-kernel" --tree)
[ -e "$tree/Module.symvers" ] || skip "no kernel tree to build against: run 'make kernel' first"
headers=$("$top/vm/stock-kernel" --headers) || fail "no headers of Debian's kernel"
release=${headers##*/linux-headers-}

# module_is_right KO
module_is_right() {
	[ "$(modinfo -F alias "$1")" = rtnl-link-devmemsim ] ||
		fail "ip link add type devmemsim would not load the module"
	[ "$(modinfo -F license "$1")" = GPL ] || fail "no GPL module"
}

for kernel in "$tree" "$headers"; do
	# What is built shall not lie in the checkout.
	rm -rf "$tmp/devmemsim"
	cp -r "$top/kernel/drivers/net/devmemsim" "$tmp/devmemsim"
	make -C "$tmp/devmemsim" clean KDIR="$kernel" >/dev/null
	expect_status 0 make -C "$tmp/devmemsim" KDIR="$kernel" W=1
	if grep -i 'warning' "$tmp/out" "$tmp/err"; then
		fail "the module builds with warnings"
	fi
	module_is_right "$tmp/devmemsim/devmemsim.ko"
done
[ "$(modinfo -F vermagic "$tmp/devmemsim/devmemsim.ko" | cut -d' ' -f1)" = "$release" ] ||
	fail "not built for $release"

# dkms, with folders of its own in the place of /usr/src and /var/lib/dkms.
mkdir "$tmp/src" "$tmp/dkms"
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$top/kernel/drivers/net/devmemsim/dkms.conf")
cp -r "$top/kernel/drivers/net/devmemsim" "$tmp/src/devmemsim-$version"
with_dkms() {
	dkms "$@" --dkmstree "$tmp/dkms" --sourcetree "$tmp/src" -k "$release" --kernelsourcedir "$headers"
}
expect_status 0 with_dkms add "devmemsim/$version"
expect_status 0 with_dkms build "devmemsim/$version"
with_dkms status >"$tmp/out" 2>/dev/null
expect_in "$tmp/out" "^devmemsim/$version, .*: built$"
module_is_right "$tmp/dkms/devmemsim/$version/$release/$(uname -m)/module/devmemsim.ko"
# Where it cannot work it is not tried.
mkdir "$tmp/dkms.old"
old_kernel() {
	dkms "$1" "devmemsim/$version" --dkmstree "$tmp/dkms.old" --sourcetree "$tmp/src" \
		-k 6.1.0-1-amd64 --kernelsourcedir "$headers"
}
expect_status 0 old_kernel add
old_kernel build >"$tmp/out" 2>&1 && fail "dkms builds it for Linux 6.1"
expect_in "$tmp/out" 'BUILD_EXCLUSIVE'
