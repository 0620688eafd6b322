#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 4 --timeout 7200
#
# The quiet test of the race detectors in full, on 4 CPUs: each of four queues is rebound 2,000 times
# under traffic, all disturbances together, each of them for a minute in a row; in each such minute
# each queue is rebound and the disturbance happens 10 times at least; the device is removed 5 times.

export QUIET_SECONDS=60 QUIET_REBINDS=2000 QUIET_LEAST=10 QUIET_REMOVALS=5
exec "$(dirname "$0")/../guest/races-quiet.sh"
