#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 300
# kernels: devmem stock
#
# Every command that docs/devmemsim.md shows works, in the order of the page.

cd "$(dirname "$0")/../.." || exit 1

# shellcheck disable=SC2016
commands=$(sed -n '/^```sh$/,/^```$/{/^```/d;p}' docs/devmemsim.md)
[ "$(grep -c . <<<"$commands")" -ge 25 ] || { echo "found hardly a command in the page"; exit 1; }

bash -e -o pipefail -x -c "$commands" || { echo "FAIL: status $?"; exit 1; }

# The table of counters names what ethtool -S shows, no more and no less.
documented=$(sed -n '/^| Counter /,/^$/s/^| \([a-z_, ]*\) |.*/\1/p' docs/devmemsim.md |
	tr -s ', ' '\n' | sort)
shown=$(ethtool -S nic0 | sed -n 's/^ *rx_\([a-z_]*\):.*/\1/p' | sort)
[ "$documented" = "$shown" ] || {
	diff <(echo "$documented") <(echo "$shown")
	echo "FAIL: the table of counters is not what ethtool -S shows"
	exit 1
}

# So do the tables of faults and waits.
documented=$(sed -n '/^| \(Fault\|Wait\) /,/^$/s/^| \([a-z_, ]*\) |.*/\1/p' docs/devmemsim.md |
	tr -s ', ' '\n' | sort)
shown=$(ls /sys/kernel/debug/devmemsim/nic0)
[ "$documented" = "$shown" ] || {
	diff <(echo "$documented") <(echo "$shown")
	echo "FAIL: the tables of faults are not what there is in debugfs"
	exit 1
}

ip link del nic0p 2>/dev/null && { echo "FAIL: the far end is not in its namespace"; exit 1; }
ip netns exec far ip link del nic0p || exit 1
! ip link show nic0 2>/dev/null || { echo "FAIL: the NIC outlived its far end"; exit 1; }
