#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 600
# not on stock: they are our trace events
#
# The trace events come in the order, in the context and with the content that docs/tracepoints.md
# says, and agree with what the receiver saw. tracepoints-failures.sh tests operations that fail.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/tracing.sh
. "$(dirname "$0")/../lib/tracing.sh"

recv=$testbed_top/build/devmem-recv

# ---- an interface that is up: bind, traffic, tokens, unbind ----

trace_begin "bind, receive, unbind"
recv_start --size 16M --hold 50 --abandon
send_start --bytes 1M
transfer_done
binding=$(newest_binding)
wait_free "$binding"
trace_read

who="netns=$netns ifindex=$ifindex"
self="pid=$recv_pid comm=devmem-recv"
switch="$who queue=1 how=restart"
to="$switch old_binding=0 new_binding=$binding old_outstanding=0"
from="$switch old_binding=$binding new_binding=0"
sequence \
	"bind $who binding=$binding size=16777216 niovs=4096 outstanding=0 err=0 $self" \
	"restart_begin $to new_outstanding=0 err=0 $self" \
	"restart_mem_alloc $to err=0 $self" \
	"restart_stop $to err=0" \
	"restart_start $to err=0" \
	"restart_end $to err=0" \
	"queue_bind $who queue=1 binding=$binding err=0 $self" \
	"restart_begin $from new_outstanding=0 err=0 $self" \
	"restart_mem_alloc $from err=0" \
	"restart_stop $from err=0" \
	"restart_start $from err=0" \
	"restart_end $from err=0" \
	"queue_unbind $who queue=1 binding=$binding err=0 $self" \
	"unbind $who binding=$binding size=16777216 niovs=4096 err=0 $self" \
	"binding_free $who binding=$binding size=16777216 niovs=4096 outstanding=0 err=0"

pool=$(value pool queue_bind)
check "queue_bind names no pool" [ "$pool" -gt 0 ]
# The pool is there from mem_alloc on, and until the end.
every restart_begin "new_pool=0"
for phase in mem_alloc stop start end; do
	equal "restart_$phase of the bind, with its pool" \
		"$(count restart_$phase "new_binding=$binding" old_pool=0 "new_pool=$pool")" 1
done
for phase in begin mem_alloc stop start end; do
	equal "restart_$phase of the unbind, with its pool" \
		"$(count restart_$phase "old_binding=$binding" "old_pool=$pool" new_pool=0)" 1
done
check "queue_bind names no NAPI instance" [ "$(value napi queue_bind)" -gt 0 ]

# The new ring is filled before the queue stops, and the old one emptied before the end.
filled=$(value new_outstanding restart_mem_alloc "new_binding=$binding")
check "mem_alloc drew $filled net_iovs" [ "$filled" -ge 64 ]
for phase in begin mem_alloc stop; do
	balance "$(place restart_$phase "new_binding=$binding")" new_outstanding "$binding"
done
balance "$(place binding_free)" outstanding "$binding"
left=$(value old_outstanding restart_end "old_binding=$binding")
check "the old ring still has its $left net_iovs when the restart ends" [ "$left" -lt "$filled" ]

# net_iovs
equal "net_iovs given back" "$(count niov_free "binding=$binding")" \
	"$(count niov_alloc "binding=$binding")"
every niov_alloc "ifindex=$ifindex queue=1 binding=$binding pool=$pool"
every niov_free "ifindex=$ifindex queue=1 binding=$binding pool=$pool"
equal "net_iovs drawn while out, or given back while in" "$(awk '
	$1 !~ /^niov_(alloc|free)$/ { next }
	{ match($0, / niov=[^ ]*/); niov = substr($0, RSTART, RLENGTH) }
	(niov in out) == ($1 == "niov_alloc") { print }
	$1 == "niov_alloc" { out[niov] }
	$1 == "niov_free" { delete out[niov] }' "$events")" ""
equal "net_iovs drawn in softirq" "$(having niov_alloc | grep -c 'context=..s')" \
	"$(($(count niov_alloc) - filled))"

# Tokens: what the receiver counted, exactly.
where="family=2 ifindex=$ifindex queue=1 binding=$binding pool=$pool"
every token_get "how=recvmsg sport=$port $where $self"
every token_put "$where"
equal "tokens handed out" "$(count token_get)" "$(recv_get tokens)"
equal "tokens returned" "$(count token_put how=dontneed)" "$(recv_get returned)"
equal "tokens left to the socket's end" "$(count token_put how=destroy)" 50
equal "tokens put" "$(count token_put)" "$(recv_get tokens)"
equal "tokens put that were not got" "$(having token_get | grep -o ' token=[0-9]*' | sort)" \
	"$(having token_put | grep -o ' token=[0-9]*' | sort)"
equal "sockets" "$(grep -o '^token_.* sk=[^ ]*' "$events" | grep -o 'sk=.*' | sort -u | grep -c .)" 1
equal "net_iovs of tokens that no pool had drawn" "$(comm -23 \
	<(having token_get | grep -o ' niov=[^ ]*' | sort -u) \
	<(having niov_alloc | grep -o ' niov=[^ ]*' | sort -u))" ""
equal "events in softirq that are none" \
	"$(grep -vE '^(niov_|token_put .*how=destroy|binding_free)' "$events" | grep -c 'context=..[sh]')" 0

# ---- tokens outlive the binding ----

trace_begin "rebinds under traffic, with tokens held"
bound() {
	[ "$(grep -c devmem_bind: $rare/trace)" -ge "$1" ]
}
recv_start --size 16M --hold 50 --rebind-every 200 --buffers 16
send_start --rate 1M
wait_for 60 bound 5 || testbed_fail "no rebinds"
kill -TERM "$send_pid"
transfer_done
wait_free "$(newest_binding)"
first=$(sed -n 's/.*devmem_bind: .* binding=\([0-9]*\) .*/\1/p;T;q' $rare/trace)
wait_free "$first"
trace_read

rebinds=$(recv_get rebinds)
check "only $rebinds rebinds" [ "$rebinds" -ge 3 ]
bindings=$(count bind err=0)
check "$bindings bindings, $rebinds rebinds" [ "$bindings" = $((rebinds + 1)) ]
for event in unbind queue_bind queue_unbind binding_free; do
	equal "$event" "$(count $event err=0)" "$bindings"
done
for phase in begin mem_alloc stop start end; do
	equal "restart_$phase" "$(count restart_$phase how=restart err=0)" $((2 * bindings))
done
check "the first binding was given up with $(value outstanding unbind "binding=$first") net_iovs out, 50 tokens held" \
	[ "$(value outstanding unbind "binding=$first")" -ge 10 ]
check "the first binding was freed before its last token was put" \
	[ "$(last_place token_put "binding=$first")" -lt "$(place binding_free "binding=$first")" ]
check "the first binding was freed before it was given up" \
	[ "$(place unbind "binding=$first")" -lt "$(place binding_free "binding=$first")" ]
for binding in $(having bind | sed 's/.* binding=\([0-9]*\) .*/\1/'); do
	equal "net_iovs of binding $binding given back" "$(count niov_free "binding=$binding")" \
		"$(count niov_alloc "binding=$binding")"
	balance "$(place binding_free "binding=$binding")" outstanding "$binding"
done
equal "tokens" "$(count token_get) got, $(count token_put) put" \
	"$(recv_get tokens) got, $(recv_get returned) put"

# ---- an interface that is down ----

trace_begin "bind while down, up, down, unbind"
ip link set sim0 down
recv_start --size 16M
binding=$(newest_binding)
equal "net_iovs drawn while down" "$(grep -c devmem_niov_alloc: $tracing/trace)" 0
ip link set sim0 up
trace_read
drawn=$(count niov_alloc "binding=$binding" queue=1)
check "the ring was filled with $drawn net_iovs" [ "$drawn" -ge 64 ]
ip link set sim0 down
all_back() {
	[ "$(grep -c 'devmem_niov_free:' $tracing/trace)" -ge "$drawn" ]
}
wait_for 10 all_back ||
	testbed_fail "net_iovs stay out while the interface is down"
kill -TERM "$recv_pid"
recv_wait
wait_free "$binding"
trace_read
switch="$who queue=1 how=down"
sequence \
	"bind $who binding=$binding err=0" \
	"restart_begin $switch old_binding=0 new_binding=$binding new_outstanding=0 err=0" \
	"restart_end $switch old_binding=0 new_binding=$binding new_outstanding=0 err=0" \
	"queue_bind $who queue=1 binding=$binding pool=0 err=0" \
	"restart_begin $switch old_binding=$binding new_binding=0 old_outstanding=0 err=0" \
	"restart_end $switch old_binding=$binding new_binding=0 old_outstanding=0 err=0" \
	"queue_unbind $who queue=1 binding=$binding pool=0 err=0" \
	"unbind $who binding=$binding outstanding=0 err=0" \
	"binding_free $who binding=$binding outstanding=0 err=0"
equal "net_iovs given back" "$(count niov_free)" "$(count niov_alloc)"
ip link set sim0 up
wait_for 10 link_ready sim0 || testbed_fail "sim0 has no carrier"

# ---- refusals ----

refused() {
	"$recv" --ifname sim0 --queues 1 --quiet "$@" >/dev/null 2>&1 &&
		testbed_fail "bound with $*"
	trace_read
	binding=$(value binding bind err=0)
}

trace_begin "refused: no such queue"
refused --queues 4
sequence \
	"bind $who binding=$binding err=0" \
	"queue_bind $who queue=4 binding=$binding pool=0 napi=0 err=-34" \
	"unbind $who binding=$binding outstanding=0 err=0" \
	"binding_free $who binding=$binding outstanding=0"

trace_begin "refused: dma-buf too small"
refused --size 64K
switch="$who queue=1 how=restart old_binding=0 new_binding=$binding old_outstanding=0"
sequence \
	"bind $who binding=$binding size=65536 niovs=16 err=0" \
	"restart_begin $switch err=0" \
	"restart_mem_alloc $switch err=-28" \
	"restart_end $switch new_outstanding=0 err=-28" \
	"queue_bind $who queue=1 binding=$binding pool=0 err=-28" \
	"unbind $who binding=$binding outstanding=0 err=0" \
	"binding_free $who binding=$binding outstanding=0"

trace_begin "refused: no header split"
check "header split off" "$recv" --ifname sim0 --header-split off
refused
sequence "bind $who binding=0 size=0 niovs=0 outstanding=0 err=-22 comm=devmem-recv"
check "header split on" "$recv" --ifname sim0 --header-split on

trace_begin "refused: no queue ops"
ip link add veth0 type veth peer name veth1
refused --ifname veth0 --queues 0
sequence "bind netns=$netns ifindex=$(cat /sys/class/net/veth0/ifindex) binding=0 err=-95"
ip link del veth0

# ---- identifiers are netlink's ----

recv_start --size 16M
owner=$(newest_binding)
traced=$(sed -nE 's/.*devmem_queue_bind: .* queue=(1) binding=([0-9]+) pool=([0-9]+) napi=([0-9]+) .*/\1 \2 \3 \4/p' \
	$rare/trace | tail -n 1)
dumped=$("$testbed_top/build/devmemtop" --netlink-only --json -n 1 |
	jq -r '.queues[] | "\(.queue_id) \(.binding_id) \(.pool_id) \(.napi_id)"')
equal "queue, binding, pool and NAPI in netlink's dumps" "$dumped" "$traced"
echo "-- netlink says the same: $dumped"

# ---- one of two queues cannot be bound ----

trace_begin "refused: one of two queues is taken"
refused --queues 2,1 --shared --listen :5202
to="$who queue=2 how=restart old_binding=0 new_binding=$binding"
from="$who queue=2 how=restart old_binding=$binding new_binding=0"
sequence \
	"bind $who binding=$binding err=0" \
	"restart_begin $to" "restart_mem_alloc $to" "restart_stop $to" "restart_start $to" \
	"restart_end $to err=0" \
	"queue_bind $who queue=2 binding=$binding err=0" \
	"queue_bind $who queue=1 binding=$binding err=-17" \
	"restart_begin $from" "restart_mem_alloc $from" "restart_stop $from" \
	"restart_start $from" "restart_end $from old_outstanding=0 err=0" \
	"queue_unbind $who queue=2 binding=$binding err=0" \
	"unbind $who binding=$binding outstanding=0 err=0" \
	"binding_free $who binding=$binding outstanding=0"
check "the owner's binding was touched" [ "$(grep -c "binding=$owner " "$events")" = 0 ]

# ---- the interface goes, the binding stays ----

trace_begin "removed under traffic"
received() {
	[ "$(cat /sys/class/net/sim0/statistics/rx_bytes)" -gt "$1" ]
}
start=$(cat /sys/class/net/sim0/statistics/rx_bytes)
send_start --rate 1M
wait_for 20 received $((start + 500000)) || testbed_fail "no traffic"
ip link del sim0
trace_read
sequence "queue_unbind $who queue=1 binding=$owner err=0 comm=ip"
kill -KILL "$recv_pid" "$send_pid"
recv_wait
send_wait
wait_free "$owner"
trace_read
sequence \
	"queue_unbind $who queue=1 binding=$owner err=0 comm=ip" \
	"unbind $who binding=$owner err=0 comm=devmem-recv" \
	"binding_free $who binding=$owner outstanding=0"
check "tokens that were never put" [ "$(count token_get)" = "$(count token_put)" ]
