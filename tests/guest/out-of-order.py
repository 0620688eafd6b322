#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A sender with a gap: out-of-order.py INTERFACE MAC SOURCE DESTINATION PORT SEGMENTS

Connects over IPv6 to the receiver, whose Ethernet address is MAC, then puts SEGMENTS segments of 1,000
bytes on the wire, the first of them 1,000 bytes past what the receiver waits for. So they stay in its
out-of-order queue. Writes "sent" and keeps the connection until its standard input ends.
"""
import socket
import struct
import sys

TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ = 19, 20, 21
RECV_QUEUE, SEND_QUEUE = 1, 2
REPAIR_ON, REPAIR_OFF_NO_PROBE = 1, -1
PAYLOAD = 1000


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def sequence(conn, queue):
    conn.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, queue)
    return conn.getsockopt(socket.IPPROTO_TCP, TCP_QUEUE_SEQ) & 0xFFFFFFFF


def segment(ports, seq, ack, source, destination):
    length = 20 + PAYLOAD
    head = struct.pack("!HHIIBBHHH", *ports, seq & 0xFFFFFFFF, ack, 5 << 4, 0x10, 0xFFFF, 0, 0)
    pseudo = source + destination + struct.pack("!II", length, socket.IPPROTO_TCP)
    data = bytes(PAYLOAD)
    tcp = head[:16] + struct.pack("!H", checksum(pseudo + head + data)) + head[18:] + data
    return struct.pack("!IHBB", 6 << 28, length, socket.IPPROTO_TCP, 64) + source + destination + tcp


def main():
    ifname, mac, source, destination, port, segments = sys.argv[1:]
    conn = socket.create_connection((destination, int(port)), source_address=(source, 0))
    conn.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, REPAIR_ON)
    seq, ack = sequence(conn, SEND_QUEUE), sequence(conn, RECV_QUEUE)
    conn.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, REPAIR_OFF_NO_PROBE)

    wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
    wire.bind((ifname, 0x86DD))
    to = (ifname, 0x86DD, 0, 0, bytes.fromhex(mac.replace(":", "")))
    ends = [socket.inet_pton(socket.AF_INET6, a) for a in (source, destination)]
    ports = (conn.getsockname()[1], int(port))
    for i in range(int(segments)):
        wire.sendto(segment(ports, seq + PAYLOAD * (i + 1), ack, *ends), to)
    print("sent", flush=True)
    sys.stdin.read()


main()
