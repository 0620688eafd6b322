#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 1 --timeout 900
# kernels: stock
#
# The guest's kernel pretends to be others (see tests/lib/shapes.sh), and is put in lockdown.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/shapes.sh
. "$(dirname "$0")/../lib/shapes.sh"

later_release
unseen_restarts
no_function
no_member
one_refused
state_refused
without_btf
# Last, because there is no way back.
mountpoint -q /sys/kernel/security || mount -t securityfs none /sys/kernel/security
if [ -e /sys/kernel/security/lockdown ]; then
	echo confidentiality >/sys/kernel/security/lockdown || fail "no lockdown"
	said_once 'BPF may not read a kernel in lockdown' env
fi
