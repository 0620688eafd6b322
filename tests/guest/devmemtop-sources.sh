#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 1 --timeout 500
# kernels: devmem stock
#
# One source after the other is taken away. What `devmemtop check` calls known is then equal to what
# the receiver knows, whatever source it comes from. What it calls not known is not shown as 0.
# devmemtop always starts.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/devmemtop.sh
. "$(dirname "$0")/../lib/devmemtop.sh"

# A figure is known when its fact is known. fact FACT: does check say that it is known?
fact() {
	grep -q "^ok *$1 " "$testbed_dir/check"
}

# fact_from FACT SOURCE: does it come from there?
fact_from() {
	grep -A1 "^ok *$1 " "$testbed_dir/check" | grep -q "from: $2: "
}

# figure FACT WANT PATH: the figure has this value, or none when the fact is not known.
figure() {
	local want=$2

	# A queue that is not bound any more is only there when its restarts are known.
	if fact "$1" && fact restarts; then
		expect ".queues[] | select(.queue_id == 1) | .$3 == $want"
	elif ! fact "$1"; then
		expect "all(.queues[]; .$3 == null)"
	fi
}

# event FACT WANT NAME
event() {
	local want=$2

	fact "$1" || want=0
	expect ".lost_events.by_event.$3.seen_count == $want"
}

# with SOURCES-TAKEN-AWAY FACTS-THAT-MUST-BE-KNOWN...
with() {
	local without=$1 binds must

	shift
	export DEVMEMTOP_WITHOUT=$without
	"$dmt" check >"$testbed_dir/check"
	for must in "$@"; do
		fact "$must" || testbed_fail "without $without: $must is not known: $(cat "$testbed_dir/check")"
	done
	top_start
	# While the race detectors attach, the kernel skips the fexit of a call that is under way.
	expect '.totals.races_count != null'
	recv_start --size 16M --rebind-every 300 --queues 1
	send_start --duration 60
	fact token-gets || expect '.queues[0].token_gets_count == null'
	expect '.queues[0].niov_allocs_count > 1000'
	wait_for 60 rebound_past 2 || testbed_fail "without $without: less than 3 rebinds"
	send_stop
	transfer_done
	expect '.totals.bindings_count == 0'
	binds=$(($(recv_get rebinds) + 1))
	if fact binds; then
		expect ".lost_events.by_event.bind.seen_count == $binds"
		check "without $without: $binds binds, but not as many ids" [ "$binds" = "$(jq -s \
			'[.[].events[] | select(.event == "bind") | .binding_id] | unique | length' "$stream")" ]
	fi
	event unbinds "$binds" unbind
	event binding-free "$binds" binding_free
	event restarts $((2 * binds)) restart_end
	event down-time $((2 * binds)) restart_stop
	event down-time $((2 * binds)) restart_start
	figure restarts $((2 * binds)) restarts_count
	figure restarts 0 restart_failures_count
	figure token-gets "$(recv_get tokens)" token_gets_count
	figure token-puts "$(recv_get returned)" token_puts_count
	figure fails 0 niov_fails_count
	if fact restarts; then
		expect '.queues[] | select(.queue_id == 1) | .niov_allocs_count == .niov_frees_count
			and .niov_allocs_count > 4000'
	fi
	# Each restart comes from a binding or goes to one, and both are named.
	if fact restarts; then
		jq -se '[.[].events[] | select(.event == "restart_end")] | length > 0
			and ([.[] | select(.binding_id)] | length) == ([.[] | select(.old_binding_id)] | length)
			and all(.[]; (.binding_id == null) != (.old_binding_id == null))' "$stream" >/dev/null ||
			testbed_fail "restarts without their bindings"
	fi
	if fact down-time; then
		expect '.queues[] | select(.queue_id == 1) | .stop_to_start_last_ns > 0
			and .stop_to_start_last_ns < .restart_last_ns'
	fi
	expect '.totals.lost_events_count == 0'
	echo "without '$without': $binds binds; known: $(sed -n 's/^ok  *\([a-z-]*\) .*/\1/p' \
		"$testbed_dir/check" | paste -sd' ')"
	top_stop
}

testbed_up 4
all=(binds unbinds binding-free restarts down-time allocs frees fails token-gets token-puts token-age)
with "" "${all[@]}"
# Our own kernel does not have all of upstream's functions.
if fact_from restarts 'trace events'; then
	with events binds unbinds allocs frees token-gets
	with events,fentry binds unbinds allocs frees
else
	with events "${all[@]}"
	with events,fentry binds unbinds binding-free restarts down-time allocs frees
fi
with events,fentry,kprobes allocs frees
