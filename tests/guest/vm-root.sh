#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# not on stock: native/vm-stock.sh looks at that guest
#
# The guest has what the tests and the docs rely on.

. "$(dirname "$0")/../lib/lib.sh"

[ "$(uname -r | cut -d. -f1-2)" = 6.12 ] || fail "this is Linux $(uname -r)"
for file in /sys/kernel/btf/vmlinux /proc/kallsyms /proc/config.gz /dev/udmabuf /dev/ptmx /dev/shm \
	/sys/kernel/tracing/events/devmem /proc/sys/net/core/bpf_jit_enable; do
	[ -e "$file" ] || fail "$file is missing"
done

# Namespaces and links.
ip netns add there || fail "no network namespaces"
ip link add name here0 type veth peer name there0 netns there || fail "no veth"
ip addr add 192.0.2.1/24 dev here0 && ip link set here0 up || fail "cannot set here0 up"
ip -n there addr add 192.0.2.2/24 dev there0 && ip -n there link set there0 up || fail "cannot set there0 up"
ping -c 1 -W 5 192.0.2.2 >/dev/null || fail "no ping through veth"
ip netns del there

# Terminals, loop of standard streams, memory.
script -qec 'test -t 1 && stty size' /dev/null >/dev/null || fail "no pseudo terminals"
echo x | cat /dev/stdin >/dev/null || fail "/dev/stdin does not work"
[ "$(ulimit -l)" = unlimited ] || fail "locked memory is limited"

# Nothing of the console in here, nothing in the kernel log that the gate would catch.
dmesg >"$tmp/dmesg"
"$top/vm/check-splats" "$tmp/dmesg" || fail "the kernel reports something"
