#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 1500
# not on stock: they read our trace events
#
# Runs every line of docs/oneliners.md as it stands on the page, all at once, over the same traffic: a
# receiver that rebinds, one that holds tokens, and one that starves. Compares what the lines print
# with what the receivers know.

# shellcheck source=tests/lib/testbed.sh
. "$(dirname "$0")/../lib/testbed.sh"

page=$testbed_top/docs/oneliners.md
blocks=$testbed_top/tests/checks/docs_blocks
declare -A watcher # pid by name

equal() {
	check "$1: $2 instead of $3" [ "$2" = "$3" ]
	echo "$1: $2"
}

between() {
	check "$1: $2 is not from $3 to $4" [ "$2" -ge "$3" -a "$2" -le "$4" ]
	echo "$1: $2"
}

# ---- running the lines ----

# watch NAME: the block's first line runs until stopped, in a folder of its own.
watch() {
	local dir=$testbed_dir/$1

	mkdir "$dir"
	"$blocks" "$page" "test: guest/oneliners.sh $1" >"$dir/block" || testbed_fail "no block $1"
	(cd "$dir" && exec bash -c "$(head -n 1 block)") >"$dir/out" 2>"$dir/err" </dev/null &
	watcher[$1]=$!
	testbed_jobs+=($!)
}

# It has opened its events and sleeps until there is something to read: poll, nanosleep,
# clock_nanosleep, epoll_wait, ppoll, epoll_pwait.
watching() {
	local pid=${watcher[$1]} call

	kill -0 "$pid" 2>/dev/null || testbed_fail "$1: $(cat "$testbed_dir/$1/err" "$testbed_dir/$1/out")"
	read -r call _ <"/proc/$pid/syscall" || return
	case $call in
	7 | 35 | 230 | 232 | 271 | 281) ;;
	*) return 1 ;;
	esac
	find "/proc/$pid/fd" -lname '*perf_event*' | grep -q .
}

ended() {
	[ ! -e "/proc/$1" ] || grep -q '^State:.*Z' "/proc/$1/status"
}

# Ctrl-C, and the block's other lines. Ctrl-C again if nothing happens: perf checks whether it
# came, then sleeps until the next event, and a Ctrl-C in between does not wake it.
stop() {
	local dir=$testbed_dir/$1 tries=0

	kill -INT "${watcher[$1]}"
	until wait_for 5 ended "${watcher[$1]}"; do
		tries=$((tries + 1))
		[ $tries -lt 12 ] || testbed_fail "$1 does not end at Ctrl-C"
		kill -INT "${watcher[$1]}"
	done
	wait "${watcher[$1]}"
	sed 1d "$dir/block" >"$dir/after"
	(cd "$dir" && bash -e ./after) >>"$dir/out" 2>>"$dir/err" </dev/null ||
		testbed_fail "$1: $(cat "$dir/err")"
	check "$1: $(grep -i 'lost' "$dir/out" "$dir/err")" \
		[ "$(cat "$dir/out" "$dir/err" | grep -ciE 'lost [0-9]+ events|LOST ')" = 0 ]
	check "$1 complains: $(cat "$dir/err")" \
		[ "$(grep -ciE 'error|warning|failed|unknown' "$dir/err")" = 0 ]
}

# ---- reading what they print ----

out() {
	cat "$testbed_dir/$1/out"
}

# map NAME MAP: "KEY VALUE" of "@map[key]: value", the spaces taken out of keys.
map() {
	out "$1" | sed -nE "s/^@$2\[([^]]*)\]: (-?[0-9]+)$/\1 \2/p" | sed -E 's/, /,/g'
}

# total NAME MAP [KEY-PATTERN]
total() {
	map "$1" "$2" | awk -v key="^${3-.*}$" '$1 ~ key { n += $2 } END { print n + 0 }'
}

# newest NAME MAP: the sum of what was printed last of each key.
newest() {
	map "$1" "$2" | awk '{ last[$1] = $2 } END { for (key in last) n += last[key]; print n + 0 }'
}

# histogram NAME MAP [KEY-PATTERN]: how many values it has.
histogram() {
	out "$1" | awk -v start="^@$2\\[${3-.*}\\]:" '
	/^@/ { on = $0 ~ start; next }
	on && /\|$/ { sub(/ *\|.*/, ""); n += $NF }
	END { print n + 0 }'
}

# ---- the traffic ----

# A packet that was read is freed only when the CPU that received it receives again. Here that
# may be never, but the test must see every binding freed.
echo 0 >/proc/sys/net/core/skb_defer_max

testbed_up 4
ifindex=$(cat /sys/class/net/sim0/ifindex)
"$blocks" "$page" >"$testbed_dir/all"
names=$(sed -nE 's|^[0-9]+ sh test: guest/oneliners.sh ||p' "$testbed_dir/all")
check "a block of the page is run by no test: $(cat "$testbed_dir/all")" \
	[ "$(grep -c . <<<"$names")" = "$(grep -c . "$testbed_dir/all")" ]
check "only $(wc -w <<<"$names") lines in the page" [ "$(wc -w <<<"$names")" -ge 10 ]

for name in $names; do
	watch "$name"
done
for name in $names; do
	wait_for 200 watching "$name" || testbed_fail "$name does not get ready"
done
echo "all are watching after $SECONDS s"

tokens=0
returned=0
known=0
add_up() {
	tokens=$((tokens + $(recv_get tokens)))
	returned=$((returned + $(recv_get returned)))
	known=$((known + $(recv_get rebinds) + 1))
}

recv_start --size 16M --rebind-every 400
rebinder=$recv_pid
bound() {
	[ "$(out who-binds | grep -c binding)" -ge "$1" ]
}
send_start --rate 2M
wait_for 60 bound 4 || testbed_fail "no rebinds"
kill -TERM "$send_pid"
transfer_done
add_up

recv_start --size 16M --hold 100
holder=$recv_pid
send_start --rate 2M
holds() {
	grep -qE ', [1-9][0-9]{2,} tokens kept back' "$recv_log"
}
wait_for 60 holds || testbed_fail "the receiver does not hold 100 tokens"
kill -STOP "$holder"
stop tokens-held
kill -CONT "$holder"
kill -TERM "$send_pid"
transfer_done
add_up

recv_start --size 8M --hold 1000000 --idle 3
starved=$recv_pid
send_start
recv_wait && testbed_fail "holding every buffer should have ended with no data"
send_wait
add_up

freed() {
	binds=$(out who-binds | grep -c binding)
	[ "$(out lifetime | grep -c freed)" = "$binds" ]
}
wait_for 30 freed || testbed_fail "not all bindings were freed"
equal "bindings, and what the receivers know of" "$binds" "$known"
for name in $names; do
	[ "$name" = tokens-held ] || stop "$name"
done
echo "receivers: $tokens tokens, $returned returned"

# ---- what they said ----

# who-binds
equal "who-binds, bindings" "$(out who-binds | grep -cE \
	"^devmem-recv pid ($rebinder|$holder|$starved): ifindex $ifindex, binding [1-9][0-9]*, (16777216|8388608) bytes, err 0$")" \
	"$binds"
equal "who-binds, of the one that starved" \
	"$(out who-binds | grep -c "pid $starved: .* 8388608 bytes")" 1

# down-time
equal "down-time, restarts" "$(histogram down-time down_us "$ifindex, 1")" $((2 * binds))
equal "down-time, other queues" "$(histogram down-time down_us)" $((2 * binds))

# restarts
equal "restarts, good ones" "$(total restarts switches "$ifindex,1,1,0")" $((2 * binds))
equal "restarts, all" "$(total restarts switches)" $((2 * binds))

# alloc-fail
failed=$(total alloc-fail failed "$ifindex,1,[0-9]+")
check "alloc-fail: no shortage seen" [ "$failed" -gt 0 ]
equal "alloc-fail, all" "$(total alloc-fail failed)" "$failed"
between "alloc-fail, out at most" "$(out alloc-fail | sed -n 's/^@out: //p')" 2000 4096

# tokens-held: stopped while the second receiver had at least its 100, and little more.
between "tokens-held, by the one that holds" "$(total tokens-held held "$holder")" 100 600
equal "tokens-held, by the one before" "$(total tokens-held held "$rebinder")" 0

# hold-time
equal "hold-time, returned" "$(histogram hold-time held_us 1)" "$returned"
equal "hold-time, left to the socket" "$(histogram hold-time held_us 2)" $((tokens - returned))
check "hold-time: the one that starved left no tokens" [ "$tokens" -gt "$returned" ]

# flows
equal "flows, tokens" "$(total flows tokens "2,$port,[1-9][0-9]*,1,[1-9][0-9]*")" "$tokens"
equal "flows, all" "$(total flows tokens)" "$tokens"
equal "flows, connections" "$(map flows tokens | cut -d, -f3 | sort -u | grep -c .)" 3

# outstanding: the last word on each binding is 0, and it was more in between.
out outstanding >"$testbed_dir/last"
equal "outstanding at the end" "$(map outstanding out | awk '{ last[$1] = $2 }
	END { for (b in last) { n++; sum += last[b] } print n, sum }')" "$binds 0"
between "outstanding, most" "$(map outstanding out | awk '$2 > max { max = $2 } END { print max + 0 }')" \
	2000 4096

perf_count() {
	cat "$testbed_dir/count-all/out" "$testbed_dir/count-all/err" | tr -d , |
		awk -v event="devmem:devmem_$1" '$2 == event { print $1 }'
}

# refills: as many as perf counted, and all came back; but the kernel skips a tracepoint's program
# where it interrupts another one.
drawn=$(perf_count niov_alloc)
between "refills, drawn" "$(newest refills drawn)" $((drawn * 99 / 100)) "$drawn"
between "refills, returned" "$(newest refills returned)" $((drawn * 99 / 100)) "$drawn"
equal "refills, pools" "$(map refills drawn | cut -d' ' -f1 | sort -u | grep -c '^1,')" "$binds"

# lifetime
equal "lifetime, closed" "$(out lifetime | grep -cE \
	'^binding [1-9][0-9]*: closed by devmem-recv, [0-9]+ of (4096|2048) net_iovs out$')" "$binds"
equal "lifetime, freed" "$(out lifetime | grep -cE '^binding [1-9][0-9]*: freed after [0-9]+ us$')" \
	"$binds"

# count-all
equal "count-all, events" \
	"$(cat "$testbed_dir/count-all/err" "$testbed_dir/count-all/out" | grep -c ' devmem:devmem_')" \
	"$(find /sys/kernel/tracing/events/devmem -name format | grep -c .)"
for event in bind unbind binding_free queue_bind queue_unbind; do
	equal "count-all, $event" "$(perf_count $event)" "$binds"
done
for phase in begin mem_alloc stop start end; do
	equal "count-all, restart_$phase" "$(perf_count restart_$phase)" $((2 * binds))
done
equal "count-all, restart_rollback" "$(perf_count restart_rollback)" 0
equal "count-all, token_get" "$(perf_count token_get)" "$tokens"
equal "count-all, token_put" "$(perf_count token_put)" "$tokens"
equal "count-all, niov_free" "$(perf_count niov_free)" "$(perf_count niov_alloc)"
equal "count-all, niov_alloc_fail" "$(perf_count niov_alloc_fail)" "$failed"

# story
equal "story, binds" "$(out story | grep -cE \
	"devmem-recv +[0-9]+ .* devmem:devmem_bind: .* ifindex=$ifindex .* err=0")" \
	"$binds"
equal "story, restarts" "$(out story | grep -c 'devmem_restart_end: .* queue=1 how=restart .* err=0')" \
	$((2 * binds))
equal "story, all" "$(out story | grep -c ' devmem:devmem_')" $((15 * binds))

# one-queue
equal "one-queue, got" "$(out one-queue | grep -c 'devmem_token_get: .* how=recvmsg .* queue=1 ')" \
	"$tokens"
equal "one-queue, returned" \
	"$(out one-queue | grep -c 'devmem_token_put: .* how=dontneed .* queue=1 ')" "$returned"
equal "one-queue, all" "$(out one-queue | grep -c ' devmem:devmem_')" $((2 * tokens))
