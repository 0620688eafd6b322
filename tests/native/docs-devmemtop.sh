#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The commands that docs/devmemtop.md begins with, typed into a terminal as they stand there, do
# what the remark beside them says.

# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
socket=$tmp/tmux

tm() {
	tmux -S "$socket" -f /dev/null "$@"
}
trap 'tm kill-server 2>/dev/null; rm -rf "$tmp"' EXIT

# shows COUNT PATTERN: so many lines of the terminal match, those scrolled out included.
shows() {
	[ "$(tm capture-pane -p -J -S - | grep -cE -- "$2")" -ge "$1" ]
}

# Type a command, without its remark, which would hide what is typed behind it.
commands=0
type_command() {
	commands=$((commands + 1))
	tm send-keys -l "${1%%#*}; echo done $commands \$?"
	tm send-keys Enter
}

ended_well() {
	# A Ctrl-C stays on the screen.
	wait_for 30 shows 1 "^(\\^C)?done $commands 0\$"
}

on_full_screen() {
	[ "$(tm display-message -p '#{alternate_on}')" = 1 ]
}

"$top/tests/checks/docs_blocks" "$top/docs/devmemtop.md" "test: native/docs-devmemtop.sh start" >"$tmp/start" ||
	fail "see above"
{ read -r live && read -r batch && read -r json && ! read -r _; } <"$tmp/start" ||
	fail "the block has not three lines, as is expected here"

tm new-session -d -x 100 -y 30 "env PATH='$top/build:$PATH' PS1='\$ ' bash --norc --noprofile" ||
	fail "tmux does not start"
wait_for 10 shows 1 '^\$'

type_command "$live"
wait_for 20 on_full_screen
wait_for 20 shows 1 'lost events'
tm send-keys q
ended_well

type_command "$batch"
ended_well
if ! shows 10 'lost events' || shows 11 'lost events'; then
	fail "not ten samples: $(tm capture-pane -p -S -)"
fi

type_command "$json"
wait_for 20 shows 2 '^\{.*\}$'
tm send-keys C-c
ended_well
echo "docs/devmemtop.md: its three lines work"
