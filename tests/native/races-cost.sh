#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# alone
#
# What the race detectors cost on a real CPU, the machine's own: TCP over a pair of devices that has
# GRO, in network namespaces of the test's own. At most 1.5 times an empty program.

# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
far=10.99.0.2

case ${1:-} in
--inside)
	# The names of the namespaces are in this file system, which is gone with the test.
	mount -t tmpfs none /run && ip netns add far &&
		ip link add near type veth peer name far netns far &&
		ip addr add 10.99.0.1/24 dev near && ip link set near up &&
		ip -n far addr add $far/24 dev far && ip -n far link set far up ||
		fail "no pair of devices"
	# Packets as they come from a wire, on their way through the far end's NAPI.
	ethtool -K near tso off gso off && ip netns exec far ethtool -K far gro on || fail "ethtool"
	"$top/build/devmemtop" races --cost -- "$0" --traffic
	exit
	;;
--traffic)
	ip netns exec far "$top/build/devmem-recv" --no-devmem --quiet --json --no-verify --idle 20 \
		>"$tmp/recv.json" &
	"$top/build/devmem-send" --quiet --connect $far:5201 --wait 10 --duration 4
	wait $! || fail "the receiver: $(cat "$tmp/recv.json")"
	exit
	;;
esac

[ "$(id -u)" = 0 ] || skip "needs root"
[ -r /sys/kernel/btf/vmlinux ] || skip "this kernel has no BTF"

expect_status 0 unshare --net --mount "$0" --inside
cat "$tmp/out"
expect_in "$tmp/out" '^races=0 '
# NAME EVENTS OURS EMPTY TIMES
awk '$1 == "on_gro_receive" {
	seen = 1
	if ($2 < 100000) { print "only " $2 " packets"; exit 1 }
	if ($3 > 1.5 * $4) { print "a packet costs " $3 " ns, an empty program " $4; exit 1 }
}
END { if (!seen) exit 1 }' "$tmp/out" >"$tmp/why" || fail "packets through GRO: $(cat "$tmp/why" "$tmp/err")"
