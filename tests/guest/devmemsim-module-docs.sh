#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 300
# kernels: devmem stock
#
# Every command that docs/devmemsim-module.md shows works, in the order of the page. The page is mainly
# about a stock kernel.

cd "$(dirname "$0")/../.." || exit 1
page=docs/devmemsim-module.md

# Those without a marker of their own: "make vm" is not for the guest.
commands=
while read -r line language marker; do
	[ "$language $marker" = 'sh -' ] || continue
	commands+=$(sed "1,${line}d" $page | sed '/^```/,$d')$'\n'
done < <(tests/checks/docs_blocks $page)
[ "$(grep -c . <<<"$commands")" -ge 15 ] || { echo "FAIL: found hardly a command in $page"; exit 1; }

bash -e -o pipefail -x -c "$commands" >/tmp/output 2>&1
status=$?
cat /tmp/output
[ $status = 0 ] || { echo "FAIL: status $status"; exit 1; }
grep -qx ok /tmp/output || { echo "FAIL: the receiver is not content"; exit 1; }
grep -q 'dma-buf 52428800,' /tmp/output || { echo "FAIL: not all bytes came through the dma-buf"; exit 1; }

# The commands in the table of things to test.
ethtool -G nic0 rx 64 || { echo "FAIL: the ring cannot be made small"; exit 1; }
ip netns exec far tc qdisc add dev nic0p root netem loss 1% ||
	{ echo "FAIL: no packet loss to be had"; exit 1; }
ip link del nic0
