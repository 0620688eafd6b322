#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# devmemsim builds outside of the kernel's tree, as docs/devmemsim.md says,
# without a warning and with exported symbols only.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

tree=$("$top/vm/build-kernel" --tree)
[ -e "$tree/Module.symvers" ] || skip "no kernel tree to build against: run 'make kernel' first"

# What is built shall not lie in the checkout.
cp -r "$top/kernel/drivers/net/devmemsim" "$tmp/devmemsim"
make -C "$tmp/devmemsim" clean KDIR="$tree" >/dev/null
expect_status 0 nice make -C "$tmp/devmemsim" KDIR="$tree" W=1
if grep -i 'warning' "$tmp/out" "$tmp/err"; then
	fail "the module builds with warnings"
fi

ko=$tmp/devmemsim/devmemsim.ko
[ "$(modinfo -F alias "$ko")" = rtnl-link-devmemsim ] ||
	fail "ip link add type devmemsim would not load the module"
[ "$(modinfo -F license "$ko")" = GPL ] || fail "no GPL module"
