# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# A NIC with our trace events traced, and the trace read: sourced by tests/guest/tracepoints-*.sh.
#
#   trace_begin TEXT      forget what was traced so far
#   trace_read            read what was traced since, for the following
#   sequence "EVENT KEY=VALUE…"…   all rare events, in this order
#   count, having, place, value, every, balance   see below
#   equal TEXT HAVE WANT

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/testbed.sh
. "${BASH_SOURCE[0]%/*}/testbed.sh"

tracing=/sys/kernel/tracing/instances/all
events=$testbed_dir/events # what was traced: "EVENT key=value…", without the prefix devmem_

rare=/sys/kernel/tracing/instances/rare # to look into while it runs: all but net_iovs and tokens

mkdir -p $tracing $rare || exit
echo 16384 >$tracing/buffer_size_kb
echo 1 >$tracing/events/devmem/enable
for event in $rare/events/devmem/devmem_{*bind*,restart_*}; do
	echo 1 >"$event/enable"
done
# A packet that was read is freed only when the CPU that received it receives again. Here that
# may be never.
echo 0 >/proc/sys/net/core/skb_defer_max

testbed_up 4
# Used by the scripts that source this.
# shellcheck disable=SC2034
{
	ifindex=$(cat /sys/class/net/sim0/ifindex)
	netns=$(readlink /proc/self/ns/net | tr -dc 0-9)
}

# ---- reading the trace ----

trace_begin() {
	echo "-- $1 (after $SECONDS s)"
	echo >$tracing/trace
	echo >$rare/trace
}

# "comm-pid [cpu] flags time: event: fields" becomes "event fields context=flags pid=pid comm=comm".
trace_read() {
	local written kept

	sed -nE 's/^ *(.*)-([0-9]+) +\[[0-9]+\] +([^ ]+) +[0-9.]+: devmem_([a-z_]+): (.*)$/\4 \5 context=\3 pid=\2 comm=\1/p' \
		$tracing/trace >"$events"
	read -r kept written < <(sed -nE 's|^# entries-in-buffer/entries-written: ([0-9]+)/([0-9]+).*|\1 \2|p' \
		$tracing/trace)
	check "the trace lost events: $kept of $written are left" [ "$kept" = "$written" ]
	check "$(grep -c . "$events") of $kept lines of the trace were understood" \
		[ "$(grep -c . "$events")" = "$kept" ]
}

# query WHAT EVENT [KEY=VALUE…]: of these events print "lines", the "count", or the line numbers of
# the "first" and "last"; or "odd": the first of EVENT that is not like this.
query() {
	local what=$1 event=$2

	shift 2
	awk -v what="$what" -v event="$event " -v want="$*" '
	BEGIN { n = split(want, w, " ") }
	index($0, event) != 1 { next }
	{
		line = $0 " "
		for (i = 1; i <= n; i++)
			if (!index(line, " " w[i] " ")) {
				if (what == "odd") {
					print
					exit
				}
				next
			}
		if (what == "lines")
			print
		if (!count++)
			first = NR
		last = NR
	}
	END {
		if (what == "count")
			print count + 0
		if (what == "first" && count)
			print first
		if (what == "last" && count)
			print last
	}' "$events"
}

having() { query lines "$@"; }
count() { query count "$@"; }
place() { query first "$@"; }
last_place() { query last "$@"; }

# every EVENT KEY=VALUE…: all of these events have that.
every() {
	local odd

	odd=$(query odd "$@")
	check "$1 without ${*:2}: $odd" [ -z "$odd" ]
}

# value KEY EVENT [KEY=VALUE…]: of the first such event.
value() {
	local key=$1

	shift
	having "$@" | sed -n "1s/.* $key=\([^ ]*\).*/\1/p"
}

# sequence "EVENT KEY=VALUE…"…: all events but those of net_iovs and tokens, in this order.
sequence() {
	local have want n=0 word

	while read -r have; do
		if [ $# = 0 ]; then
			testbed_fail "event too many: $have"
		fi
		want=$1
		shift
		n=$((n + 1))
		check "event $n is not '$want': $have" [ "${have%% *}" = "${want%% *}" ]
		for word in ${want#* }; do
			case $word in
			*=*)
				check "event $n has no $word: $have" \
					[ -z "${have##* "$word"}" -o -z "${have##* "$word" *}" ]
				;;
			esac
		done
	done < <(grep -vE '^(niov|token)_' "$events")
	check "no event '$1'" [ $# = 0 ]
	echo "$n events in order"
}

equal() {
	check "$1: $2 instead of $3" [ "$2" = "$3" ]
}

# balance PLACE KEY BINDING: at this line of the trace, KEY is allocs minus frees.
balance() {
	awk -v at="$1" -v key="$2" -v binding="$3" '
	NR > at { exit }
	index($0, " binding=" binding " ") && $1 == "niov_alloc" { n++ }
	index($0, " binding=" binding " ") && $1 == "niov_free" { n-- }
	NR == at {
		match($0, " " key "=[0-9]+")
		told = substr($0, RSTART + length(key) + 2, RLENGTH - length(key) - 2)
		if (told + 0 != n + 0) {
			print "allocs less frees are " n + 0 ", but: " $0
			exit 1
		}
	}' "$events" || testbed_fail "$2 is wrong"
}

# A binding is freed when its last token is back and the pool has noticed.
wait_free() {
	wait_for 20 grep -q "devmem_binding_free: .* binding=$1 " $rare/trace ||
		testbed_fail "binding $1 was not freed"
}

newest_binding() {
	sed -n 's/.*devmem_bind: .* binding=\([0-9]*\) .*/\1/p' $rare/trace | tail -n 1
}
