#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The live view in a terminal: keys, resizing, terminals that are too small, and the terminal put
# back whatever ends the program.

# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
dmt=$top/build/devmemtop
socket=$tmp/tmux

tm() {
	tmux -S "$socket" -f /dev/null "$@"
}
trap 'tm kill-server 2>/dev/null; rm -rf "$tmp"' EXIT

screen() {
	tm capture-pane -p
}

shows() {
	screen | grep -qE -- "$1"
}

shows_not() {
	! shows "$1"
}

# expect_shown PATTERN
expect_shown() {
	local until=$((SECONDS + 20))

	until shows "$1"; do
		if [ $SECONDS -ge $until ]; then
			screen >&2
			fail "the screen does not show '$1'"
		fi
		sleep 0.05
	done
}

type_line() {
	tm send-keys "$1" Enter
}

# The shell's echo of the command line itself must not match: hence the quotes in what is typed.
terminal_is_back() {
	type_line 'clear; stty -a | grep -q " echo .*" && stty -a | grep -q " icanon" && echo "termi""nal fine"'
	expect_shown '^terminal fine$'
	# The alternate screen was left.
	[ "$(tm display-message -p '#{alternate_on} #{cursor_flag}')" = "0 1" ] ||
		fail "alternate screen or hidden cursor after $1"
}

tm new-session -d -x 80 -y 24 "env PS1='\$ ' TERM=screen-256color bash --norc --noprofile" ||
	fail "tmux does not start"
wait_for 10 shows '\$'

# ---- keys ----

type_line "$dmt -d 0.2; echo status=\$?"
expect_shown '^devmemtop .* every 0.2s  sources: .*netlink$'
expect_shown '^q quit  h help  enter open'
# All keys of the page are there, in two lines.
expect_shown '^o order: trouble  / filter  a all  \+ slower  - faster$'
tm send-keys o
expect_shown 'order: queue'
tm send-keys p
expect_shown 'paused'
clock=$(screen | head -n1)
# While it is paused a second passes and the sample stays.
second=$(date +%s)
until [ "$(date +%s)" -gt $((second + 1)) ]; do sleep 0.1; done
[ "$(screen | head -n1)" = "$clock" ] || fail "the screen moves while paused"
tm send-keys p
wait_for 10 shows_not 'paused'
tm send-keys Space
expect_shown 'paused'
tm send-keys Space
wait_for 10 shows_not 'paused'
tm send-keys a
expect_shown '^IFACE +Q STATE'
tm send-keys +
expect_shown 'every 0.5s'
tm send-keys -
tm send-keys -
expect_shown 'every 0.1s'
tm send-keys =
expect_shown 'every 0.2s'
tm send-keys _
expect_shown 'every 0.1s'
tm send-keys h
expect_shown 'look less often'
expect_shown '^q quit  esc back'
expect_shown '^ +q  quit$'
# Line by line and page by page, and back; far past the end is no further than the end.
tm send-keys j
expect_shown '^ +esc  back to the queues$'
wait_for 10 shows_not '^ +q  quit$'
tm send-keys k
expect_shown '^ +q  quit$'
tm send-keys NPage
expect_shown '^ +home  back to the top$'
wait_for 10 shows_not '^ +q  quit$'
tm send-keys NPage NPage NPage NPage NPage NPage NPage NPage NPage NPage
expect_shown '^ COMMAND  its name$'
tm send-keys Up
wait_for 10 shows_not '^ COMMAND  its name$'
tm send-keys PPage
expect_shown '^ +POSTED  the rest'
tm send-keys g
expect_shown '^ +q  quit$'
tm send-keys NPage
wait_for 10 shows_not '^ +q  quit$'
tm send-keys Home
expect_shown '^ +q  quit$'
tm send-keys Escape
expect_shown 'p pause'
tm send-keys '?'
expect_shown 'look less often'
tm send-keys '?'
expect_shown 'p pause'

# ---- pages ----

tm send-keys b
expect_shown 'No dma-buf is bound|^IFACE +BIND STATE'
expect_shown 'esc back'
tm send-keys s
expect_shown 'No TCP socket has|Sockets cannot be read|^ +PID COMMAND'
tm send-keys e
expect_shown 'Nothing was bound|Events cannot be read|^TIME'
tm send-keys r
expect_shown 'No race was seen|Races are not watched for|None of the races'
tm send-keys Escape
# Of the unbound queues, which "a" shows, the second one.
expect_shown '^IFACE +Q STATE'
tm send-keys Down
tm send-keys Enter
expect_shown 'Where the buffers are'
expect_shown 'no dma-buf is bound: host memory'
tm send-keys Escape
wait_for 10 shows_not 'Where the buffers are'

# ---- filter ----

tm send-keys /
expect_shown '^filter: _  enter use  esc cancel'
tm send-keys 'iface=lp' BSpace 'o' Enter
expect_shown 'only iface=lo'
expect_shown '^lo +0 host'
tm send-keys / BSpace BSpace 'x' Enter
expect_shown 'only iface=x'
wait_for 10 shows_not '^lo +0 host'
tm send-keys / Enter
tm send-keys / ' foo=1' Enter
expect_shown "bad filter 'foo=1'"
tm send-keys Escape
wait_for 10 shows_not 'bad filter'
tm send-keys / BSpace BSpace BSpace BSpace BSpace BSpace BSpace Enter
wait_for 10 shows_not 'only iface'
expect_shown '^lo +0 host'

# ---- resizing ----

tm resize-window -x 60 -y 12
expect_shown '^q quit'
[ "$(screen | wc -l)" = 12 ] || fail "not 12 lines"
tm resize-window -x 20 -y 5
expect_shown 'enlarge to 40x8'
tm resize-window -x 120 -y 30
expect_shown '^devmemtop'
expect_shown 'NAPI'
tm send-keys q
expect_shown 'status=0'
terminal_is_back q

# ---- every way to end ----

for signal in TERM HUP INT QUIT SEGV ABRT; do
	type_line "clear; $dmt; echo status=\$?"
	expect_shown '^devmemtop '
	pid=$(pgrep -P "$(tm list-panes -F '#{pane_pid}')" devmemtop)
	kill -s $signal "$pid"
	case $signal in
	SEGV | ABRT) expect_shown 'status=1[0-9][0-9]' ;;
	*) expect_shown 'status=0' ;;
	esac
	terminal_is_back SIG$signal
done
type_line "clear; $dmt; echo status=\$?"
expect_shown '^devmemtop '
tm send-keys C-c
expect_shown 'status=0'
terminal_is_back Ctrl-C
# An error in the middle of it: poll() takes no more descriptors than may be open. Its message comes
# after the terminal is back.
type_line "clear; $dmt; echo status=\$?"
expect_shown '^devmemtop '
prlimit --nofile=3 --pid "$(pgrep -P "$(tm list-panes -F '#{pane_pid}')" devmemtop)"
expect_shown 'status=1'
expect_shown '^devmemtop: waiting: Invalid argument'
terminal_is_back "an error"

# ---- the selected queue, and filters from the command line ----

if unshare -n ip link add v0 numrxqueues 4 type veth 2>/dev/null; then
	type_line "clear; unshare -n bash --norc"
	type_line "ip link add v0 numrxqueues 4 numtxqueues 4 type veth && ip link set v0 up"
	type_line "$dmt -a -d 0.1 -f netns=/proc/self/ns/net -f iface=v0; echo status=\$?"
	expect_shown '^devmemtop .* only iface=v0  sources'
	expect_shown '^v0 +3 host'
	tm send-keys Down Down Enter
	expect_shown 'Where the buffers are'
	expect_shown '^v0 +2 host'
	tm send-keys Escape
	wait_for 10 shows_not 'Where the buffers are'
	# The cursor is where it was.
	tm send-keys Enter
	expect_shown 'Where the buffers are'
	expect_shown '^v0 +2 host'
	tm send-keys Escape
	wait_for 10 shows_not 'Where the buffers are'
	# What is offered can be used: the namespace is no part of it.
	tm send-keys /
	expect_shown '^filter: iface=v0_'
	tm send-keys Enter
	wait_for 10 shows_not '^filter:'
	expect_shown '^v0 +3 host'
	tm send-keys q
	expect_shown 'status=0'
	type_line exit
fi

# ---- colours ----

# bytes_with_colour ENV...: how often the output of a run selects a colour.
colours() {
	env TERM=xterm-256color "$@" script -qec "$dmt -a -n 2 -d 0.1" /dev/null </dev/null |
		grep -caE $'\033\\[[0-9;]*3[1-6]m'
}
[ "$(colours A=b)" -gt 0 ] || fail "no colours at all: the check of NO_COLOR is blind"
[ "$(colours NO_COLOR=1)" = 0 ] || fail "colours in spite of NO_COLOR"

# ---- terminals that will not do ----

tm resize-window -x 30 -y 10
type_line "clear; $dmt; echo status=\$?"
expect_shown 'status=1'
expect_shown 'enlarge it'
tm resize-window -x 120 -y 24
type_line "clear; TERM=nosuchterm $dmt; echo status=\$?"
expect_shown "terminal type 'nosuchterm' is not known: set TERM"
expect_shown 'status=1'
type_line "clear; $dmt </dev/null; echo status=\$?"
expect_shown 'needs a terminal for input'
terminal_is_back "errors"
