#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The machine's own kernel pretends to be others: see tests/lib/shapes.sh. Here is what needs no
# fentry; guest/bpf-shapes.sh has the rest.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/shapes.sh
. "$(dirname "$0")/../lib/shapes.sh"

later_release
unseen_restarts
no_function
no_member
one_refused
state_refused
without_btf
