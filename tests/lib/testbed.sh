# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# A NIC that receives and a sender. Sourced by guest tests and by the demo.
#
#   testbed_up        sim0 (a devmemsim NIC) here, its far end sim0p in the namespace "far"
#   recv_start ARG…   devmem-recv on sim0 in the background, ready when this returns
#   send_start ARG…   devmem-send in "far", to that receiver
#   send_wait         wait for it; fails when it failed
#   recv_wait         the same for the receiver; then recv_get KEY reads its totals
#   wait_for S CMD…   wait until CMD succeeds, at most S seconds
#   check TEXT CMD…   CMD must succeed, else print TEXT and end
#
# Everything ends with the script. Programs come from build/ of this checkout. Under emulation,
# starting a program takes most of the time, so bash does what it can do itself.

testbed_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
testbed_dir=$(mktemp -d "${TMPDIR:-/tmp}/testbed.XXXXXX")
testbed_jobs=()
# A pipe that nobody writes to: reading from it is a pause without starting a program.
exec {testbed_pause}<> <(:)

# Addresses of the NIC and of the far end.
nic4=192.0.2.1
far4=192.0.2.2
nic6=fd00:db8::1
far6=fd00:db8::2
port=5201

recv_json=$testbed_dir/recv.json
recv_log=$testbed_dir/recv.log
send_json=$testbed_dir/send.json
send_log=$testbed_dir/send.log
recv_pid=
send_pid=

testbed_fail() {
	echo "FAIL: $*" >&2
	testbed_logs
	exit 1
}

testbed_logs() {
	local file

	for file in "$recv_log" "$recv_json" "$send_log" "$send_json"; do
		[ ! -s "$file" ] || sed "s|^|${file##*/}: |" "$file" >&2
	done
}

check() {
	local text=$1

	shift
	"$@" || testbed_fail "$text"
}

# The condition decides; the pause only leaves the CPU to others. Kernels that check everything
# get more time.
wait_for() {
	local limit=$((SECONDS + $1 * ${DEVMEMTOP_SLOW:-1}))

	shift
	until "$@"; do
		# Counting instructions, the guest's clock leaps ahead whenever the host is waited for: then
		# only vm/run --timeout limits this.
		[ $SECONDS -lt "$limit" ] || [ -n "${DEVMEMTOP_ICOUNT:-}" ] || return 1
		read -rt 0.05 -u "$testbed_pause"
	done
	return 0
}

# Runs something in the background that ends with the script.
job_start() {
	"$@" &
	job_pid=$!
	testbed_jobs+=("$job_pid")
}

job_ended() {
	! kill -0 "$1" 2>/dev/null
}

testbed_down() {
	local pid

	for pid in "${testbed_jobs[@]}"; do
		# A stopped process does not end before it continues.
		kill "$pid" 2>/dev/null && kill -CONT "$pid" 2>/dev/null
	done
	for pid in "${testbed_jobs[@]}"; do
		# A sender waits for its peer, which may be unreachable by now.
		wait_for 5 job_ended "$pid" || kill -KILL "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	testbed_jobs=()
	ip link del sim0 2>/dev/null
	ip netns del far 2>/dev/null
	rm -rf "$testbed_dir"
}

link_ready() {
	local carrier=0

	read -r carrier 2>/dev/null <"/sys/class/net/$1/carrier"
	[ "$carrier" = 1 ]
}

testbed_link_mtu() {
	check "MTU $1 is refused" ip link set sim0 mtu "$1"
	check "MTU $1 is refused by the far end" ip -n far link set sim0p mtu "$1"
}

# testbed_up [QUEUES [MTU]]: header split is on, no queue is bound.
testbed_up() {
	local queues=${1:-4} mtu=${2:-1500}

	trap testbed_down EXIT
	trap 'exit 143' TERM INT
	check "no namespace" ip netns add far
	check "no devmemsim NIC: is the kernel built with CONFIG_DEVMEMSIM?" \
		ip link add sim0 numrxqueues "$queues" numtxqueues "$queues" type devmemsim
	ip link set sim0p netns far
	testbed_link_mtu "$mtu"
	ip addr add $nic4/24 dev sim0
	ip addr add $nic6/64 dev sim0 nodad
	ip -n far addr add $far4/24 dev sim0p
	ip -n far addr add $far6/64 dev sim0p nodad
	ip -n far link set lo up
	check "header split cannot be turned on" \
		"$testbed_top/build/devmem-recv" --ifname sim0 --header-split on
	ip link set sim0 up
	ip -n far link set sim0p up
	wait_for 10 link_ready sim0 || testbed_fail "sim0 has no carrier"
}

# port_listens PORT: does a socket listen there?
port_listens() {
	local hex file

	printf -v hex %04X "$1"
	for file in /proc/net/tcp /proc/net/tcp6; do
		[[ $(<$file) =~ :$hex\ 0+:0000\ 0A ]] && return
	done
	return 1
}

recv_ready() {
	! kill -0 "$recv_pid" 2>/dev/null || port_listens "$port"
}

# recv_start ARG…: queue 1 unless --queues is given. Returns when it listens or has failed.
recv_start() {
	# Where the guest's clock leaps, no time is long.
	local queues=(--queues 1) idle=${DEVMEMTOP_ICOUNT:+1000000}

	case " $* " in
	*" --queues "* | *" --no-devmem "*) queues=() ;;
	esac
	# Emptied here, because a reader may come before the background job empties it.
	: >"$recv_json"
	: >"$recv_log"
	# A session of its own, so that Ctrl-C on the terminal does not reach it.
	setsid "$testbed_top/build/devmem-recv" --ifname sim0 "${queues[@]}" --listen "$nic4:$port" \
		--json --idle "${idle:-60}" "$@" >"$recv_json" 2>"$recv_log" &
	recv_pid=$!
	testbed_jobs+=("$recv_pid")
	wait_for 30 recv_ready || testbed_fail "the receiver does not get ready"
}

recv_wait() {
	wait "$recv_pid"
}

# send_start ARG…
send_start() {
	: >"$send_json"
	: >"$send_log"
	setsid ip netns exec far "$testbed_top/build/devmem-send" --connect "$nic4:$port" --json "$@" \
		>"$send_json" 2>"$send_log" &
	send_pid=$!
	testbed_jobs+=("$send_pid")
}

send_wait() {
	wait "$send_pid"
}

# json_get FILE KEY: a number, true or false of a flat object.
json_get() {
	[[ $(<"$1") =~ \"$2\":\"?([^,\"}]*) ]] && echo "${BASH_REMATCH[1]}"
}

recv_get() {
	json_get "$recv_json" "$1"
}

# transfer_done: wait for both ends and check that every byte sent was received, once and right.
transfer_done() {
	local sent received verified

	check "the sender failed" send_wait
	check "the receiver failed" recv_wait
	sent=$(json_get "$send_json" bytes)
	received=$(recv_get bytes)
	verified=$(recv_get verified)
	check "nothing was sent" [ "$sent" -gt 0 ]
	check "received $received of $sent bytes sent" [ "$received" = "$sent" ]
	check "verified $verified of $received bytes" [ "$verified" = "$received" ]
}

# rebound_past N: has the receiver replaced more than N bindings by now? For wait_for.
rebound_past() {
	[[ $(<"$recv_log") =~ .*,\ ([0-9]+)\ rebinds ]] && [ "${BASH_REMATCH[1]}" -gt "$1" ]
}

# send_stop: the sender ends its stream here.
send_stop() {
	kill -TERM "$send_pid"
}

# rx_bytes: what sim0 has received so far.
rx_bytes() {
	local bytes

	read -r bytes <"/sys/class/net/sim0/statistics/rx_bytes"
	echo "$bytes"
}

# received_past BYTES: has it received more? For wait_for.
received_past() {
	[ "$(rx_bytes)" -gt "$1" ]
}
