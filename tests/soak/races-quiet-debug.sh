#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --kernel debug --timeout 7200
#
# The same on the debug kernel, which is many times slower: each of four queues is rebound 100 times,
# with kmemleak's verdict at the end.

export DEVMEMTOP_SLOW=4
export QUIET_SECONDS=15 QUIET_REBINDS=100 QUIET_LEAST=2 QUIET_REMOVALS=2
exec "$(dirname "$0")/../leaks" "$(dirname "$0")/../guest/races-quiet.sh"
