#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The gate against kernel reports: each kind of report is caught, and ordinary
# logs pass, also ones that speak of warnings and bugs.

. "$(dirname "$0")/../lib/lib.sh"

check=$top/vm/check-splats

# red TEXT: a log with this line among ordinary ones is caught, and the line is shown.
red() {
	printf '[    0.100000] Booting paravirtualized kernel\r\n[   12.345678] %s\r\n[   13.0] later\r\n' \
		"$1" >"$tmp/log"
	expect_status 1 "$check" "$tmp/log"
	grep -qF -- "$1" "$tmp/out" || fail "caught, but not shown: $1"
}

# green TEXT: such a line passes, silently.
green() {
	printf '[    0.100000] Booting paravirtualized kernel\r\n[   12.345678] %s\r\n' "$1" >"$tmp/log"
	expect_status 0 "$check" "$tmp/log"
	[ ! -s "$tmp/out" ] || fail "passes, but something is printed: $1"
}

red '------------[ cut here ]------------'
red 'WARNING: CPU: 0 PID: 1 at net/core/page_pool.c:1104 page_pool_destroy+0x5/0x1f0'
red 'WARNING: possible circular locking dependency detected'
red 'WARNING: possible recursive locking detected'
red 'WARNING: inconsistent lock state'
red 'WARNING: suspicious RCU usage'
red 'WARNING: bad unlock balance detected!'
red 'WARNING: lock held when returning to user space!'
red 'BUG: KASAN: slab-use-after-free in net_devmem_unbind_dmabuf+0x1f/0x80'
red 'BUG: KCSAN: data-race in a / b'
red 'BUG: kernel NULL pointer dereference, address: 0000000000000008'
red 'BUG: unable to handle page fault for address: ffffc90000000000'
red 'BUG: sleeping function called from invalid context at kernel/locking/mutex.c:585'
red 'BUG: scheduling while atomic: devmem-recv/77/0x00000002'
red 'BUG: Bad page state in process devmem-recv  pfn:12345'
red 'BUG kmalloc-64 (Not tainted): Redzone overwritten'
red 'BUG: spinlock bad magic on CPU#0, ip/77'
red 'watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [ip:77]'
red 'watchdog: Watchdog detected hard LOCKUP on cpu 0'
red 'watchdog: CPU1: Watchdog detected hard LOCKUP on cpu 0'
red 'kernel BUG at net/core/devmem.c:77!'
red 'Oops: 0000 [#1] SMP PTI'
red 'Oops: general protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#1] SMP'
red 'general protection fault: 0000 [#1] SMP'
red 'invalid opcode: 0000 [#1] SMP'
red 'Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009'
red 'rcu: INFO: rcu_sched self-detected stall on CPU'
red 'rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:'
red 'rcu: INFO: rcu_sched detected expedited stalls on CPUs/tasks: { 0-... }'
red 'INFO: rcu_sched self-detected stall on CPU'
red 'rcu: rcu_sched kthread starved for 5250 jiffies! g-1155'
red 'INFO: task ip:77 blocked for more than 120 seconds.'
red 'INFO: trying to register non-static key.'
red 'unregister_netdevice: waiting for sim0 to become free. Usage count = 2'
red 'refcount_t: underflow; use-after-free.'
red 'page_pool_release_retry() stalled pool shutdown: id 7, 3 inflight 60 sec'
red 'UBSAN: array-index-out-of-bounds in net/core/devmem.c:7:9'
red 'list_add corruption. next->prev should be prev (ffff), but was 0000.'
red 'Call Trace:'
red ' Call Trace:'
red 'devmem-recv: page allocation failure: order:4, mode:0x40cc0(GFP_KERNEL|__GFP_COMP)'
red 'kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)'
red 'BUG: vmlink: a process survives SIGKILL: 77 (ip) D 1'

green 'Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on'
green 'WARNING: Spectre v2 mitigation leaves CPU vulnerable, RETBleed attacks'
green '[Firmware Bug]: TSC ADJUST: CPU0: -1 force to 0'
green 'traps: ip[77] general protection fault ip:401136 sp:7ffc error:0 in ip[401000+1000]'
green 'ip[77]: segfault at 0 ip 0000000000401136 sp 00007ffc error 4 in ip[401000+1000]'
green 'pci 0000:00:1f.0: quirk: [io 0x0600-0x067f] claimed by ICH6 ACPI/GPIO/TCO'
green 'rcu: RCU calculated value of scheduler-enlistment delay is 25 jiffies.'
green 'rcu: 	RCU event tracing is enabled.'
green 'debug: a test says WARNING and BUG in passing'
green 'ACPI: Early table checksum verification disabled'
green 'vmlink: the command ended, status 1'
# What a distribution's kernel says of our module.
green 'devmemsim: loading out-of-tree module taints kernel.'
green 'devmemsim: module verification failed: signature and/or required key missing - tainting kernel'

# With the caller's number in front (CONFIG_PRINTK_CALLER).
printf '[    1.5][   T77] WARNING: CPU: 0 PID: 1 at x.c:1 f+0x0/0x1\n' >"$tmp/log"
expect_status 1 "$check" "$tmp/log"

# Without time stamps.
printf 'WARNING: CPU: 0 PID: 1 at x.c:1 f+0x0/0x1\n' >"$tmp/log"
expect_status 1 "$check" "$tmp/log"

# What follows a report is shown, and a flood of them is cut with a count.
{
	echo '[    1.0] BUG: KASAN: double-free in f+0x1/0x2'
	echo '[    1.0] Freed by task 7:'
} >"$tmp/log"
expect_status 1 "$check" "$tmp/log"
expect_in "$tmp/out" 'Freed by task 7'
for _ in $(seq 500); do echo '[    1.0] WARNING: CPU: 0 PID: 1 at x.c:1 f+0x0/0x1'; done >"$tmp/log"
expect_status 1 "$check" "$tmp/log"
[ "$(wc -l <"$tmp/out")" -le 125 ] || fail "a flood of reports is printed whole"
expect_in "$tmp/out" 'and [0-9]+ more lines'

# A log that cannot be read is no log without reports.
expect_status 2 "$check" "$tmp/none"
: >"$tmp/log"
expect_status 0 "$check" "$tmp/log"
