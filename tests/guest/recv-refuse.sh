#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm: --smp 2 --timeout 400
# not on stock: upstream says it in other words, or takes what is refused here
#
# What cannot work is refused with one line that says why and what to do.

# shellcheck source-path=SCRIPTDIR/../.. source=tests/lib/testbed.sh
. "$(dirname "$0")/../lib/testbed.sh"

testbed_up 4
recv=$testbed_top/build/devmem-recv

# refused TEXT ARG…: one line on standard error that matches TEXT, exit status 1.
refused() {
	local text=$1 message status lines

	shift
	message=$("$recv" --quiet "$@" 2>&1 >"$testbed_dir/stdout")
	status=$?
	lines=$(printf '%s\n' "$message" | wc -l)
	echo "$message"
	check "$*: exit status $status instead of 1" [ $status = 1 ]
	check "$*: $lines lines instead of one" [ "$lines" = 1 ]
	check "$*: the message does not say '$text'" grep -q -- "$text" <<<"$message"
}

wrong_usage() {
	local text=$1 message

	shift
	message=$("$recv" "$@" 2>&1 >/dev/null)
	check "$*: exit status $? instead of 64" [ $? = 64 ]
	check "$*: the message does not say '$text'" grep -q -- "$text" <<<"$message"
}

works() {
	"$recv" --no-verify --idle 0.01 --quiet "$@" 2>&1 | grep -q 'no connection for'
}

# The command line.
wrong_usage 'ifname is missing' --queues 1
wrong_usage 'queues is missing' --ifname sim0
wrong_usage 'no queue number' --ifname sim0 --queues 1,x
wrong_usage 'named twice' --ifname sim0 --queues 1,1
wrong_usage 'no size' --ifname sim0 --queues 1 --size much
wrong_usage 'no number of seconds' --ifname sim0 --queues 1 --rebind -1
wrong_usage 'brackets' --ifname sim0 --queues 1 --listen ::1:5201
wrong_usage 'no number from' --ifname sim0 --queues 1 --batch 2000
wrong_usage 'not with --hold' --ifname sim0 --queues 1 --rebind 1 --rebind-same --hold 1

# Interfaces and queues.
refused 'no interface nosuch' --ifname nosuch --queues 0
refused 'out of range.*4 rx queues.*ERANGE' --ifname sim0 --queues 4
check "cannot make a dummy" ip link add dum0 type dummy
refused 'no queue management ops.*EOPNOTSUPP' --ifname dum0 --queues 0
check "cannot make a veth" ip link add ve0 type veth peer name ve1
refused 'no queue management ops.*EOPNOTSUPP' --ifname ve0 --queues 0
refused 'no queue would be left' --ifname sim0 --queues 0,1,2,3
check "--no-rss takes all queues" works --ifname sim0 --queues 0,1,2,3 --no-rss

# A queue that is taken; another one is free.
recv_start --queues 1
refused 'already bound.*EEXIST' --ifname sim0 --queues 1 --listen :5202
refused 'already bound.*EEXIST' --ifname sim0 --queues 2,1 --shared --listen :5202
check "queue 2 can be bound after a refused bind of 2 and 1" \
	works --ifname sim0 --queues 2 --listen :5202
refused 'Address already in use' --ifname sim0 --queues 2 --listen "$nic4:$port"
refused 'unbind' --ifname sim0 --header-split off
send_start --bytes 1M
transfer_done

# Header split, XDP, the dma-buf's size, rights.
check "header split off" "$recv" --ifname sim0 --header-split off
refused 'header split is off.*EINVAL' --ifname sim0 --queues 1
check "--header-split on" works --ifname sim0 --queues 1 --header-split on
refused 'too small' --ifname sim0 --queues 1 --size 64K
refused 'size_limit_mb' --ifname sim0 --queues 1 --size 100G

as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps -all "$recv" --quiet)
message=$("${as_nobody[@]}" --ifname sim0 --queues 1 2>&1) &&
	testbed_fail "binding without rights succeeded"
check "no rights: $message" grep -q 'udmabuf: run as root' <<<"$message"
check "cannot open up udmabuf" chmod 666 /dev/udmabuf
message=$("${as_nobody[@]}" --ifname sim0 --queues 1 2>&1) &&
	testbed_fail "binding without rights succeeded"
check "no rights: $message" grep -q 'EPERM.*needs CAP_NET_ADMIN' <<<"$message"
check "cannot take udmabuf away" mv /dev/udmabuf /dev/udmabuf.away
refused 'modprobe udmabuf' --ifname sim0 --queues 1
mv /dev/udmabuf.away /dev/udmabuf

echo '__attribute__((section("xdp"))) int pass(void *ctx) { return 2; }' |
	clang -O2 -target bpf -x c -c -o "$testbed_dir/xdp.o" - ||
	testbed_fail "cannot build an XDP program"
check "cannot attach an XDP program" \
	ip link set sim0 xdpgeneric obj "$testbed_dir/xdp.o" sec xdp
refused 'XDP' --ifname sim0 --queues 1
check "cannot detach the XDP program" ip link set sim0 xdpgeneric off
check "binding after XDP is gone" works --ifname sim0 --queues 1

cat >"$testbed_dir/xsk.c" <<'END'
#include <linux/if_xdp.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* An AF_XDP socket on queue 1 of the interface named; says "ready" and stays. */
int main(int argc, char **argv)
{
	size_t size = 64 << 12;
	void *area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct xdp_umem_reg reg = { (__u64)area, size, 4096, 0, 0 };
	struct sockaddr_xdp addr = { AF_XDP, XDP_COPY, if_nametoindex(argv[argc - 1]), 1, 0 };
	int fd = socket(AF_XDP, SOCK_RAW, 0), entries = 64;

	if (setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg)) ||
	    setsockopt(fd, SOL_XDP, XDP_UMEM_FILL_RING, &entries, sizeof(entries)) ||
	    setsockopt(fd, SOL_XDP, XDP_UMEM_COMPLETION_RING, &entries, sizeof(entries)) ||
	    setsockopt(fd, SOL_XDP, XDP_RX_RING, &entries, sizeof(entries)) ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		perror("AF_XDP");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
END
check "cannot build an AF_XDP program" cc -o "$testbed_dir/xsk" "$testbed_dir/xsk.c"
xsk_ready() {
	! kill -0 "$job_pid" 2>/dev/null || [ -s "$testbed_dir/xsk.out" ]
}
: >"$testbed_dir/xsk.out"
job_start "$testbed_dir/xsk" sim0 >"$testbed_dir/xsk.out"
wait_for 20 xsk_ready
check "no AF_XDP socket" grep -q ready "$testbed_dir/xsk.out"
refused 'AF_XDP.*EBUSY' --ifname sim0 --queues 1
check "queue 2 beside AF_XDP on queue 1" works --ifname sim0 --queues 2
kill "$job_pid"
wait "$job_pid"
check "binding after AF_XDP is gone" works --ifname sim0 --queues 1

# Bound while the interface is down: takes effect when it comes up.
ip link set sim0 down
recv_start
kill -0 "$recv_pid" || testbed_fail "binding a queue of an interface that is down"
ip link set sim0 up
wait_for 10 link_ready sim0 || testbed_fail "sim0 has no carrier"
send_start --bytes 2M --wait 10
transfer_done
check "bound while down: $(recv_get host_bytes) bytes through host memory" \
	[ "$(recv_get host_bytes)" = 0 ]
check "bound while down: nothing in the dma-buf" [ "$(recv_get devmem_bytes)" -gt 1000000 ]

# Down and up again with a binding: the socket waits, and nothing is lost.
recv_start
send_start --duration 4
wait_for 20 received_past $(($(rx_bytes) + 500000)) || testbed_fail "no traffic"
ip link set sim0 down
ip link set sim0 up
transfer_done
check "down and up: $(recv_get host_bytes) bytes through host memory" \
	[ "$(recv_get host_bytes)" = 0 ]
