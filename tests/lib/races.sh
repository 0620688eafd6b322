# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# `devmemtop races` in the background: sourced by tests/guest/races-*.sh.
#
#   races_start ARG…      start it; returns when it watches
#   races_stop            end it and read what it counted; every report must have been read
#   races_end             the same, for tests that keep devmemtop from reading
#   races_seen CODE       how many it counted
#   races_expect CODE N   exactly N of them
#   races_among CODE…     and no others than these
#   races_none            none at all
#   races_report CODE F   of one report of CODE, at least, the jq filter F is true
#   races_all CODE F      of each of them, and there are some
#   races_unlocked        queue 1 was bound and unbound by devmem-recv: NO_RTNL for both and for their
#                         restarts, and nothing else
#   races_schema          what was printed is JSON as docs/races.schema.json says
#   races_documented CODE a report of CODE reads as docs/races.md shows it, except for its numbers, and
#                         has the sides that the one in docs/races-reports.md has
#   by_probes             true on a stock kernel, where restarts are seen by probes: docs/kernels.md
#
# Causing them, with the switches of devmemsim (docs/devmemsim.md):
#
#   fault NAME VALUE      arm it, or turn it off with 0
#   injected NAME         how often the fault was injected
#   fault_wait NAME N     wait until it was injected N times

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/testbed.sh
. "${BASH_SOURCE[0]%/*}/testbed.sh"

by_probes() {
	! grep -q ' __tracepoint_devmem_restart_begin$' /proc/kallsyms
}

races_json=$testbed_dir/races.json
races_log=$testbed_dir/races.log
races_form=(--json)
races_pid=
races_status=

races_ready() {
	! kill -0 "$races_pid" 2>/dev/null || grep -q 'watching for races' "$races_log"
}

races_start() {
	: >"$races_json"
	: >"$races_log"
	# On a slow machine, a long time is no race. A test may set a shorter time.
	job_start "$testbed_top/build/devmemtop" races "${races_form[@]}" --held 120 --stuck 60 "$@" \
		>"$races_json" 2>"$races_log"
	races_pid=$job_pid
	# A guest's first look at BTF is slow.
	wait_for 120 races_ready || races_fail "devmemtop races does not get ready"
	kill -0 "$races_pid" 2>/dev/null || races_fail "devmemtop races ended at once"
	# With the events of our own kernel, everything can be watched.
	! grep -q 'cannot be watched' "$races_log" ||
		! grep -q btf_trace_devmem_restart_begin /sys/kernel/btf/vmlinux ||
		races_fail "not all races are watched for"
}

races_fail() {
	cat "$races_log" >&2
	# The first reports with their stacks, readable; the totals as they are.
	head -n 3 "$races_json" | jq . >&2
	tail -n 1 "$races_json" >&2
	testbed_fail "$*"
}

# The exit status fits the totals.
races_end() {
	local expected=0

	kill -TERM "$races_pid"
	wait "$races_pid"
	races_status=$?
	[ "$(races_total .races_count)" = 0 ] || expected=1
	[ "$races_status" = $expected ] || races_fail "exit status $races_status, not $expected"
}

# Checks that devmemtop missed nothing.
races_stop() {
	races_end
	[ "$(races_total '.table_full_count + .lost_count')" = 0 ] ||
		races_fail "not everything was judged or reported"
}

# races_total FILTER: apply FILTER to the last line, the totals.
races_total() {
	tail -n 1 "$races_json" | jq -e "$1"
}

races_seen() {
	races_total ".by_code.$1"
}

races_expect() {
	[ "$(races_seen "$1")" = "$2" ] || races_fail "$1 was counted $(races_seen "$1") times, not $2"
}

races_among() {
	local others

	others=$(tail -n 1 "$races_json" | jq -r --arg codes "$*" \
		'.by_code | to_entries[] | select(.value > 0 and (.key | IN($codes | split(" ")[]) | not)) | "\(.key)=\(.value)"')
	[ -z "$others" ] || races_fail "expected only $*, but there is $others"
}

races_none() {
	[ "$(races_total .races_count)" = 0 ] || races_fail "races were reported"
}

races_all() {
	jq -es "[.[] | select(.type == \"race\" and .code == \"$1\")] | length > 0 and all(.[]; $2)" \
		"$races_json" >/dev/null || races_fail "not each report of $1 has: $2"
}

races_report() {
	jq -es "any(.[]; .type == \"race\" and .code == \"$1\" and ($2))" "$races_json" >/dev/null ||
		races_fail "no report of $1 with: $2"
}

races_unlocked() {
	local what

	races_expect NO_RTNL 4
	races_among NO_RTNL
	for what in bind unbind restart; do
		races_report NO_RTNL ".detail == \"$what\" and .rtnl.comm == \"devmem-recv\""
	done
}

races_schema() {
	"$testbed_top/tests/checks/json_check" "$testbed_top/docs/races.schema.json" "$races_json" ||
		races_fail "JSON and docs/races.schema.json differ"
}

# races_details CODE DETAIL: how many reports of CODE are of that kind. Reports are limited to four
# a second for a queue; counts are not.
races_details() {
	jq -s "[.[] | select(.type == \"race\" and .code == \"$1\" and .detail == \"$2\")] | length" \
		"$races_json"
}

races_documented() {
	local shown numbers='s/[0-9]+([.][0-9]+)*/N/g'

	shown=$(awk -v code="### $1" '$0 == code { on = 1; next } /^#/ { on = 0 }
		on && /^> `/ { gsub(/^> `|`$/, ""); print }' "$testbed_top/docs/races.md")
	[ -n "$shown" ] || races_fail "docs/races.md shows no $1"
	jq -r "select(.type == \"race\" and .code == \"$1\") |
		.ifname + (if .queue_id == null then \"\" else \" queue \\(.queue_id)\" end) + \": \" + .summary" \
		"$races_json" >"$testbed_dir/lines"
	sed -E "$numbers" "$testbed_dir/lines" | grep -qxF "$(sed -E "$numbers" <<<"$shown")" || {
		echo "docs/races.md: $shown" >&2
		sed 's/^/reported: /' "$testbed_dir/lines" >&2
		races_fail "docs/races.md shows another $1"
	}
	races_documented_whole "$1"
	echo "$1 $(head -n 1 "$testbed_dir/lines")"
}

# Which sides a report has, and the innermost function of each. Where restarts are seen by probes,
# the rtnl side's function is the probed one.
races_documented_whole() {
	local shape probed='s/[^ -]+$/probed/'

	by_probes || probed=
	awk -v code="## $1" '/^##/ { on = $0 == code } /^```/ { text = !text; next } on && text' \
		"$testbed_top/docs/races-reports.md" >"$testbed_dir/whole"
	"$testbed_top/tests/checks/races_shape" "$testbed_dir/whole" >"$testbed_dir/shape" ||
		races_fail "docs/races-reports.md has no report of $1"
	shape=$(sed -E "$probed" "$testbed_dir/shape")
	jq -r "select(.type == \"race\" and .code == \"$1\") | [.code,
		(.softirq // {stack: [\"-\"]} | .stack[0] | sub(\"[+].*\"; \"\")),
		(.rtnl // {stack: [\"-\"]} | .stack[0] | sub(\"[+].*\"; \"\"))] |
		join(\" \")" "$races_json" | sed -E "$probed" >"$testbed_dir/shapes"
	grep -qxF "$shape" "$testbed_dir/shapes" || {
		sort -u "$testbed_dir/shapes" | sed 's/^/reported: /' >&2
		races_fail "docs/races-reports.md shows another $1: $shape"
	}
}

# To make docs/races-reports.md from what the tests cause: vm/run --out DIR, RACES_TEXT=DIR/FILE. The
# reports for people go there, and nothing is checked.
if [ -n "${RACES_TEXT:-}" ]; then
	races_form=()
	races_end() {
		kill -TERM "$races_pid"
		wait "$races_pid"
		cat "$races_json" >>"$RACES_TEXT"
	}
	races_stop() { races_end; }
	races_fail() { echo "not judged: $*"; }
	check() {
		local text=$1

		shift
		"$@" || races_fail "$text"
	}
fi

# ---- causing them ----

faults_dir=/sys/kernel/debug/devmemsim/sim0

# A file that is written by a shell's redirection gives no reason; this names it.
fault() {
	echo "$2" 2>/dev/null >"$faults_dir/$1" || testbed_fail "$1 does not take '$2'"
}

# fault_get NAME KEY
fault_get() {
	[[ $(<"$faults_dir/$1") =~ (^| )$2=([0-9]+) ]] && echo "${BASH_REMATCH[2]}"
}

injected() {
	fault_get "$1" injected
}

fault_reached() {
	[ "$(injected "$1")" -ge "$2" ]
}

fault_wait() {
	wait_for 30 fault_reached "$1" "$2" ||
		testbed_fail "$1 was injected $(injected "$1") times, not $2: $(<"$faults_dir/$1")"
}

# Ends a transfer whose data need not be right.
transfer_abort() {
	kill -KILL "$send_pid" 2>/dev/null
	kill "$recv_pid" 2>/dev/null
	wait "$send_pid" "$recv_pid" 2>/dev/null
	return 0
}
