#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 4 --timeout 600
# not on stock: as races-quiet.sh
#
# The quiet test of the race detectors on 4 CPUs, short.

export QUIET_SECONDS=1
exec "$(dirname "$0")/races-quiet.sh"
