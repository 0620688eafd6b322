#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 600
# kernels: devmem stock
#
# Whatever is sent to a devmemsim NIC arrives as it was: TCP and others, short
# and long, with header split and without, into host memory and into dma-bufs.

# shellcheck source=tests/lib/testbed.sh
. "$(dirname "$0")/../lib/testbed.sh"

stat() {
	ethtool -S sim0 | sed -n "s/^ *$1: //p"
}

split() {
	check "header split $1" "$testbed_top/build/devmem-recv" --ifname sim0 --header-split "$1"
}

mtu() {
	ip link set sim0 mtu "$1"
	ip -n far link set sim0p mtu "$1"
}

link_stat() {
	cat "/sys/class/net/sim0/statistics/$1"
}

# Segments that TCP refused for their checksum.
tcp_csum_errors() {
	awk '/^Tcp: [0-9]/ { print $NF }' /proc/net/snmp
}

# datagrams SIZE: what is not TCP, sent through the NIC and back.
datagrams() {
	check "no ping of $1 bytes" ip netns exec far ping -q -c 2 -i 0.05 -W 5 -s "$1" $nic4
	check "no IPv6 ping of $1 bytes" ip netns exec far ping -q -c 2 -i 0.05 -W 5 -s "$1" $nic6
}

# An echo server checks both directions: what comes back is compared.
udp() {
	local server

	socat -b 65000 UDP4-RECVFROM:9,reuseaddr,fork PIPE &
	server=$!
	testbed_jobs+=("$server")
	wait_for 10 grep -q ':0009 ' /proc/net/udp
	head -c "$1" /dev/urandom >"$testbed_dir/sent"
	ip netns exec far socat -b 65000 -t 3 - "UDP4:$nic4:9" <"$testbed_dir/sent" \
		>"$testbed_dir/got"
	kill "$server"
	wait "$server" 2>/dev/null
	check "UDP of $1 bytes" cmp "$testbed_dir/sent" "$testbed_dir/got"
}

# What the IP layer has received: fewer packets than the NIC where GRO merged.
ip_received() {
	awk '/^Ip: [0-9]/ { print $4 }' /proc/net/snmp
}

# bulk BYTES ARG…: TCP from the far end, every byte verified by the receiver.
# Sets $packets and $merged: what the NIC received, what of it IP received.
bulk() {
	local bytes=$1 before ip_before

	shift
	before=$(stat rx_packets)
	ip_before=$(ip_received)
	recv_start "$@"
	send_start --bytes "$bytes"
	transfer_done
	packets=$(($(stat rx_packets) - before))
	merged=$(($(ip_received) - ip_before))
	echo "  $bytes $*: $(recv_get bytes) bytes in $packets packets, $merged after GRO"
}

testbed_up 4
for s in on off; do
	split $s
	for m in 1500 9000; do
		mtu $m
		echo "--- split $s, mtu $m"
		for size in 0 1 56 200 228 1400 1472 1600 3000 5000 9000 30000; do
			datagrams $size
		done
		udp 1200
		udp 20000
		bulk 20M --no-devmem
		check "GRO merged hardly any" [ $((merged * 3)) -lt "$packets" ]
		[ $s = on ] || continue
		bulk 20M --queues 2
		check "GRO merged hardly any net_iovs" [ $((merged * 3)) -lt "$packets" ]
	done
done
check "no packet was split" [ "$(stat rx_split_packets)" -gt 1000 ]
check "long frames were lost" [ "$(stat rx_length_errors)" = 0 ]

echo "--- without TSO, checksums of software"
split on
# Without segmentation offload netem looks at each packet.
ip netns exec far ethtool -K sim0p tso off gso off tx off
bulk 5M --queues 2
check "good checksums were refused" [ "$(stat rx_csum_errors)" = 0 ]
check "good checksums were called bad" [ "$(stat rx_csum_bad)" = 0 ]
ip netns exec far tc qdisc add dev sim0p root netem corrupt 5%
# It mostly hits headers, and these packets get lost: it may take more than one transfer.
for _ in {1..10}; do
	bulk 5M --queues 2
	[ "$(stat rx_csum_errors)" = 0 ] || break
done
check "no bad checksum was seen" [ "$(stat rx_csum_errors)" -gt 0 ]
check "what was dropped is no error" [ "$(link_stat rx_errors)" = "$(stat rx_csum_errors)" ]
check "Ethernet's checksum was wrong" [ "$(link_stat rx_crc_errors)" = 0 ]
# If the stack can read the data, the NIC leaves the check to the stack. (Queue 2 has host memory now, too.)
dropped=$(stat rx_csum_errors)
refused=$(tcp_csum_errors)
for _ in {1..10}; do
	bulk 5M --no-devmem
	[ "$(tcp_csum_errors)" = "$refused" ] || break
done
check "dropped although the stack can read it" [ "$(stat rx_csum_errors)" = "$dropped" ]
check "no bad checksum was handed in" [ "$(stat rx_csum_bad)" -gt 0 ]
check "the stack did not refuse it" [ "$(tcp_csum_errors)" -gt "$refused" ]
ip netns exec far tc qdisc del dev sim0p root
ip netns exec far ethtool -K sim0p tso on gso on tx on

echo "--- losses and disorder"
ip netns exec far tc qdisc add dev sim0p root netem delay 1ms reorder 25% loss 1%
bulk 5M --queues 2
ip netns exec far tc qdisc del dev sim0p root

echo "--- GRO off"
ethtool -K sim0 gro off
bulk 5M --queues 2
check "merged without GRO" [ "$merged" -ge $((packets * 9 / 10)) ]
ethtool -K sim0 gro on

echo "--- VLAN"
ip link add link sim0 name v0 type vlan id 7 && ip addr add 198.51.100.1/24 dev v0 && ip link set v0 up
ip -n far link add link sim0p name v1 type vlan id 7
ip -n far addr add 198.51.100.2/24 dev v1
ip -n far link set v1 up
if [ -e /sys/class/net/v0 ]; then
	check "no ping over a VLAN" ip netns exec far ping -q -c 2 -i 0.1 -s 1472 198.51.100.1
else
	echo "no VLAN in this kernel"
fi

echo "--- too long"
ip link set sim0 mtu 1500
before=$(stat rx_length_errors)
ip netns exec far ping -q -c 1 -W 1 -M dont -s 4000 $nic4
check "a frame longer than the MTU was taken" [ "$(stat rx_length_errors)" -gt "$before" ]

echo "--- nobody empties the ring"
mtu 1500
ethtool -G sim0 rx 64
before=$(stat rx_no_buffer)
recv_start --queues 2 --size 256K --hold 60 --duration 3
send_start --bytes 1M
send_wait
recv_wait
check "an empty ring lost nothing" [ "$(stat rx_no_buffer)" -gt "$before" ]
check "no refill failed" [ "$(stat rx_refill_fail)" -gt 0 ]
check "a wrong byte" [ "$(recv_get verified)" = "$(recv_get bytes)" ]
ethtool -G sim0 rx 1024
bulk 5M --queues 2
ip -s link show sim0
ethtool -S sim0 | grep -v ': 0$'
