#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 300
# kernels: devmem stock
#
# What ethtool and ip can set on a devmemsim NIC: it is taken, shown and has its
# effect; what makes no sense is refused and changes nothing.

# shellcheck source=tests/lib/testbed.sh
. "$(dirname "$0")/../lib/testbed.sh"

refused() {
	local want=$1 out

	shift
	if out=$("$@" 2>&1); then
		testbed_fail "not refused: $*"
	fi
	[[ $out == *"$want"* ]] || testbed_fail "refused without '$want': $*: $out"
}

# ethtool 6.1 says that it could not insert a rule, and exits with 0.
refused_rule() {
	local out

	out=$(ethtool -N sim0 "$@" 2>&1)
	[[ $out == *"Cannot insert"* ]] || testbed_fail "not refused: ethtool -N sim0 $*: $out"
}

# stat NAME: a counter of ethtool -S.
stat() {
	ethtool -S sim0 | sed -n "s/^ *$1: //p"
}

setting() {
	ethtool "$1" sim0 | sed -n '/^Current/,$p' | sed -n "s/^$2:[[:space:]]*//p"
}

echo "--- creating"
refused "64 queues" ip link add big0 numrxqueues 65 numtxqueues 1 type devmemsim
refused "name too long" ip link add averyverylong15 type devmemsim
refused "valid Ethernet" ip link add sim9 address 01:00:00:00:00:01 type devmemsim
ip link add dev dup0p type dummy
refused "" ip link add dup0 type devmemsim
check "a NIC was left whose far end could not be made" [ ! -e /sys/class/net/dup0 ]
ip link del dup0p
ip link add sim8 type devmemsim
check "no far end" [ -e /sys/class/net/sim8p ]
ip link del sim8
check "the far end outlived its NIC" [ ! -e /sys/class/net/sim8p ]
ip link add type devmemsim
check "no NIC of default name" [ -e /sys/class/net/devmemsim0p ]
ip link del devmemsim0p
check "the NIC outlived its far end" [ ! -e /sys/class/net/devmemsim0 ]

testbed_up 4
check "wrong driver" [ "$(ethtool -i sim0 | sed -n 's/^driver: //p')" = devmemsim ]

echo "--- channels"
check "not 4 rx queues" [ "$(setting -l RX)" = 4 ]
ethtool -L sim0 rx 2 tx 1
check "not 2 rx queues" [ "$(setting -l RX)" = 2 ]
check "not 1 tx queue" [ "$(setting -l TX)" = 1 ]
check "no ping with 2 queues" ping -q -c 1 -W 2 $far4
ethtool -L sim0 rx 4 tx 4
check "no ping with 4 queues" ping -q -c 1 -W 2 $far4
refused "" ethtool -L sim0 rx 0
refused "" ethtool -L sim0 rx 5

echo "--- rings"
ethtool -G sim0 rx 64
check "not 64 descriptors" [ "$(setting -g RX)" = 64 ]
check "no ping with the smallest rings" ping -q -c 1 -W 2 -s 9000 $far4
refused "power of two" ethtool -G sim0 rx 100
refused "power of two" ethtool -G sim0 rx 32
refused "maximum" ethtool -G sim0 rx 8192
check "a refused size was taken" [ "$(setting -g RX)" = 64 ]
check "header split is off" [ "$(setting -g 'TCP data split')" = on ]
ethtool -G sim0 rx 1024

echo "--- rings and a small dma-buf"
ethtool -G sim0 rx 64
recv_start --queues 1 --size 512K
# Resizing takes both rings at once: 64 and 128 are too many for 128 buffers.
refused "dma-buf too small for the old ring and the new one at once" ethtool -G sim0 rx 128
check "a refused size was taken" [ "$(setting -g RX)" = 64 ]
ip link set sim0 down
ethtool -G sim0 rx 256
refused "" ip link set sim0 up
check "no reason in the kernel log" grep -q 'sim0: rx queue 1: its dma-buf does not fill a ring of 256' <(dmesg)
ethtool -G sim0 rx 128
check "no link with a ring that the dma-buf fills" ip link set sim0 up
# The link that was down has lost its IPv6 address.
ip addr add $nic6/64 dev sim0 nodad
kill "$recv_pid"
recv_wait
ethtool -G sim0 rx 1024
check "no carrier" wait_for 5 link_ready sim0

echo "--- rules"
ethtool -N sim0 flow-type tcp4 dst-ip $nic4 dst-port 7777 action 3 loc 5
check "the rule is not listed" \
	[ "$(ethtool -n sim0 | grep -A 12 'Filter: 5' | grep -c 'Direct to queue 3\|Dest port: 7777 ')" = 2 ]
ethtool -N sim0 flow-type tcp6 dst-port 7777 action 2
check "the driver did not choose location 0" ethtool -n sim0 rule 0
refused_rule flow-type tcp4 dst-port 1 action 4
refused_rule flow-type tcp4 dst-port 1 action -1
refused_rule flow-type udp4 dst-port 1 action 1
refused_rule flow-type tcp4 tos 1 action 1
refused_rule flow-type tcp4 dst-port 1 action 1 loc 64
refused "Cannot delete" ethtool -N sim0 delete 63
check "a refused rule was taken" grep -q '^Total 2 rules' <(ethtool -n sim0)
refused "" ethtool -L sim0 rx 3
check "a refused number of queues was taken" [ "$(setting -l RX)" = 4 ]

# send FAMILY PORT: one connection from the far end.
send() {
	local listener

	socat -u "TCP$1-LISTEN:$2,reuseaddr" - >"$testbed_dir/got" &
	listener=$!
	wait_for 10 grep -qi ":$(printf %04x "$2") .* 0A " /proc/net/tcp /proc/net/tcp6
	head -c 5000 /dev/urandom >"$testbed_dir/sent"
	ip netns exec far socat -u "OPEN:$testbed_dir/sent" \
		"TCP$1:$([ "$1" = 4 ] && echo $nic4 || echo "[$nic6]"):$2"
	wait $listener
	check "received something else" cmp "$testbed_dir/sent" "$testbed_dir/got"
}

# steered FAMILY PORT QUEUE: such a connection arrives at that queue.
steered() {
	local before after

	before=$(stat "rx$3_split_packets")
	send "$1" "$2"
	after=$(stat "rx$3_split_packets")
	check "TCP$1 to port $2 did not come to queue $3" [ "$after" -gt "$before" ]
}

ethtool -X sim0 equal 2
steered 4 7777 3
steered 6 7777 2
q2=$(stat rx2_packets)
q3=$(stat rx3_packets)
for p in 7801 7802 7803 7804 7805 7806; do send 4 $p; done
check "unsteered flows came to queue 2" [ "$(stat rx2_packets)" = "$q2" ]
check "unsteered flows came to queue 3" [ "$(stat rx3_packets)" = "$q3" ]
check "RSS did not spread flows" [ "$(stat rx0_packets)" -gt 0 ]
check "RSS did not spread flows" [ "$(stat rx1_packets)" -gt 0 ]
# The lower location wins; once it is gone, the other.
ethtool -N sim0 flow-type tcp4 dst-port 7777 action 1 loc 2
steered 4 7777 1
ethtool -N sim0 delete 2
steered 4 7777 3
ethtool -N sim0 delete 5
ethtool -N sim0 delete 0

echo "--- RSS"
refused "" ethtool -L sim0 rx 1
check "the table does not say equal 2" \
	[ "$(ethtool -x sim0 | grep -c '^ *[0-9]*:  *0 *1 *0 *1 *0 *1 *0 *1')" = 16 ]
ethtool -X sim0 weight 0 0 0 1
steered 4 7810 3
ethtool -X sim0 default
# Microsoft's key and the first vector of its verification suite: a hash of
# 0x51ccc178, whose low seven bits choose entry 120 of the table.
ethtool -X sim0 hkey 6d:5a:56:da:25:5b:0e:c2:41:67:25:3d:43:a3:8f:b0:d0:ca:2b:cb:ae:7b:30:b4:77:cb:2d:a3:80:30:f2:0c:6a:42:b7:3b:be:ac:01:fa
check "the key was not taken" grep -q '^6d:5a:56:da' <(ethtool -x sim0)
ip addr add 161.142.100.80/32 dev sim0
ip route add 66.9.149.187/32 dev sim0
ip -n far addr add 66.9.149.187/32 dev sim0p
ip -n far route add 161.142.100.80/32 dev sim0p src 66.9.149.187
for w in "120 8 0 0 1" "121 7 0 0 0"; do
	read -r a b c d queue <<<"$w"
	ethtool -X sim0 weight "$a" "$b" "$c" "$d"
	socat -u TCP4-LISTEN:1766,reuseaddr OPEN:/dev/null &
	listener=$!
	wait_for 10 grep -q ':06E6 .* 0A ' /proc/net/tcp
	before=$(stat "rx${queue}_split_packets")
	echo payload | ip netns exec far socat -u - \
		TCP4:161.142.100.80:1766,bind=66.9.149.187:2794,reuseaddr
	wait "$listener"
	check "the hash of the first vector is not 0x51ccc178" \
		[ "$(stat "rx${queue}_split_packets")" -gt "$before" ]
done
ethtool -X sim0 default
refused "" ethtool -X sim0 hfunc xor
for w in "tcp4 4" "udp6 4" "sctp4 2"; do
	read -r flow fields <<<"$w"
	check "$flow is not hashed by $fields fields" \
		[ "$(ethtool -n sim0 rx-flow-hash "$flow" | grep -cE '^(IP|L4) ')" = "$fields" ]
done

echo "--- both ends count the same, of a TSO packet its segments"
counted_same() {
	[ "$(cat /sys/class/net/sim0/statistics/tx_packets)" = \
		"$(ip netns exec far cat /sys/class/net/sim0p/statistics/rx_packets)" ]
}
ip netns exec far socat -u TCP4-LISTEN:7820,reuseaddr OPEN:/dev/null &
listener=$!
wait_for 10 ip netns exec far grep -q ':1E8C .* 0A ' /proc/net/tcp
head -c 300000 /dev/zero | socat -u - TCP4:$far4:7820
wait "$listener"
wait_for 10 counted_same || testbed_fail "the far end received another number than the NIC sent"

echo "--- addresses and link"
ip link set sim0 address 02:00:00:00:00:77
check "no ping after a change of address" ping -q -c 1 -W 2 $far4
refused "" ip link set sim0 mtu 9217
ip -n far link set sim0p down
check "carrier without a far end" [ "$(cat /sys/class/net/sim0/carrier)" = 0 ]
ip -n far link set sim0p up
check "no carrier" wait_for 5 link_ready sim0
echo ok
