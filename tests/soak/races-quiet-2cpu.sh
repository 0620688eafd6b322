#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 1800
#
# The quiet test of the race detectors in full: 2,000 rebinds of four queues, each part for a minute,
# on 2 CPUs.

export QUIET_SECONDS=60 QUIET_REBINDS=2000 QUIET_REMOVALS=5
exec "$(dirname "$0")/../guest/races-quiet.sh"
