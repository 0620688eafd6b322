#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 400
# kernels: devmem stock
# vm stock: --smp 1 --timeout 400
#
# The live view on a terminal of 80 columns, with a bound queue and traffic: what each page shows of
# it, and the cursor, which stays on its queue.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/devmemtop.sh
. "$(dirname "$0")/../lib/devmemtop.sh"

tm() {
	tmux -S "$testbed_dir/tmux" -f /dev/null "$@"
}

shows() {
	tm capture-pane -p | grep -qE -- "$1"
}

expect_shown() {
	wait_for 60 shows "$1" && return
	tm capture-pane -p >&2
	testbed_fail "the screen does not show '$1'"
}

testbed_up 4
tm new-session -d -x 80 -y 24 "LC_ALL=C.UTF-8 TERM=screen-256color $dmt -d 0.5"
expect_shown '^devmemtop .*  sources: events walk sockets netlink$'
expect_shown '^No queue has a dma-buf bound. a shows the '
recv_start --size 16M --hold 100 --batch 1 --queues 1
send_start --wait 10
expect_shown '^1 binding  1 queue  16M dma-buf  [0-9]+ of 4096 net_iovs out$'
# Rates have numbers and sparklines; the bar has tokens, what is posted, and what is free.
expect_shown '^sim0 +1 ok +[0-9]+ +[0-9]+ U[USprc]+\.+ .*(▁|▂|▃|▄|▅|▆|▇|█)'
expect_shown '^most buffers: devmem-recv \([0-9]+\)  [0-9]+ as tokens, oldest '

# ---- the pages ----

tm send-keys Enter
expect_shown '^Where the buffers are$'
expect_shown '^U user [1-9][0-9]*  S socket [0-9]+  p posted [1-9]'
expect_shown '^binding [0-9]+, dma-buf 16M, 4096 net_iovs, 1 queue, by devmem-recv'
tm send-keys NPage
expect_shown '^ *[0-9.]+[num]?s up +[1-9][0-9]*  #'
tm send-keys b
expect_shown '^sim0 +[0-9]+ bound +16M U'
tm send-keys s
expect_shown "^ +[0-9]+ devmem-recv .* $far4:[0-9]+"
tm send-keys e
expect_shown ' restart_end +- +sim0 +1 '
tm send-keys r
expect_shown 'No race was seen since devmemtop started'
tm send-keys Escape
expect_shown '^sim0 +1 ok '

# ---- the cursor stays on its queue when the order changes ----

tm send-keys a
expect_shown '^sim0 +3 host '
# By trouble: queue 1, then those that are not bound; lo, which comes first by queue, is in the second row.
tm send-keys Down o
expect_shown 'order: queue'
tm send-keys Enter
expect_shown '^Where the buffers are$'
expect_shown '^lo +0 host '
tm send-keys Escape
expect_shown '^sim0 +1 ok '
tm send-keys Home Down Down o o o o
expect_shown 'order: trouble'
tm send-keys Enter
expect_shown '^Where the buffers are$'
expect_shown '^sim0 +1 ok '
tm send-keys q
ended() {
	! tm has-session 2>/dev/null
}
wait_for 20 ended || testbed_fail "q does not end it"
