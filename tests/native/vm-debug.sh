#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The debug kernel sees what it is there for: a module does everything wrong, once,
# and each check has to say so. Only where that kernel has been built.

# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

kernel=$("$top/vm/build-kernel" --debug --print)/vmlinux
tree=$("$top/vm/build-kernel" --debug --tree)
[ -r "$kernel" ] && [ -e "$tree/Module.symvers" ] ||
	skip "no debug kernel for the present sources: vm/build-kernel --debug builds it"
"$top/vm/run" --kernel "$kernel" --check 2>"$tmp/err" || skip "no guest can be started here: $(cat "$tmp/err")"

mkdir "$tmp/wrong"
echo 'obj-m := wrong.o' >"$tmp/wrong/Makefile"
cat >"$tmp/wrong/wrong.c" <<'END'
// SPDX-License-Identifier: GPL-2.0-only
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

static bool leak;
module_param(leak, bool, 0);

static DEFINE_MUTEX(one);
static DEFINE_MUTEX(two);
static DEFINE_SPINLOCK(lock);
static int __rcu *shared;

static void fired(struct timer_list *timer)
{
}

static void lose_memory(void)
{
	int i;

	for (i = 0; i < 20; i++)
		memset(kmalloc(300, GFP_KERNEL), i, 300);
}

static void sleep_in_atomic(void)
{
	spin_lock(&lock);
	might_sleep();
	spin_unlock(&lock);
}

static void free_live_timer(void)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	timer_setup(timer, fired, 0);
	mod_timer(timer, jiffies + 100 * HZ);
	kfree(timer);
}

static void use_after_free(void)
{
	volatile char *block = kmalloc(100, GFP_KERNEL);

	kfree((void *)block);
	block[10] = 1;
}

static void unmap_unmapped(void)
{
	struct platform_device *dev = platform_device_register_simple("wrong", -1, NULL, 0);

	dma_set_mask_and_coherent(&dev->dev, DMA_BIT_MASK(64));
	dma_unmap_page(&dev->dev, 0x1000, 4096, DMA_FROM_DEVICE);
	platform_device_unregister(dev);
}

static void invert_locks(void)
{
	mutex_lock(&one);
	mutex_lock(&two);
	mutex_unlock(&two);
	mutex_unlock(&one);
	mutex_lock(&two);
	mutex_lock(&one);
	mutex_unlock(&one);
	mutex_unlock(&two);
}

static int __init wrong_init(void)
{
	if (leak) {
		lose_memory();
		return 0;
	}
	sleep_in_atomic();
	free_live_timer();
	unmap_unmapped();
	if (rcu_dereference(shared))
		return -EINVAL;
	/* Last: lockdep gives up after its first finding, and after one of KASAN. */
	invert_locks();
	use_after_free();
	return 0;
}

static void __exit wrong_exit(void)
{
}

module_init(wrong_init);
module_exit(wrong_exit);
MODULE_DESCRIPTION("does everything wrong");
MODULE_LICENSE("GPL");
END
expect_status 0 make -C "$tree" M="$tmp/wrong" modules

run=("$top/vm/run" --kernel "$kernel" --mem 1G --timeout 400 --console "$tmp/console")
expect_status 125 "${run[@]}" -- insmod "$tmp/wrong/wrong.ko"
expect_in "$tmp/console" 'BUG: sleeping function called from invalid context at .*wrong.c'
expect_in "$tmp/console" 'ODEBUG: free active .* object type: timer_list'
expect_in "$tmp/console" 'BUG: KASAN: slab-use-after-free in .*wrong'
expect_in "$tmp/console" 'DMA-API: platform wrong: device driver tries to free DMA memory it has not allocated'
expect_in "$tmp/console" 'WARNING: suspicious RCU usage'
expect_in "$tmp/console" 'WARNING: possible circular locking dependency detected'

# Memory that is lost fails a test that succeeded; memory that is not lost does not.
expect_status 125 "${run[@]}" -- "$top/tests/checks/leaks" insmod "$tmp/wrong/wrong.ko" leak=1
expect_in "$tmp/err" 'the kernel lost memory'
expect_in "$tmp/console" 'kmemleak: 20 new suspected memory leaks'
expect_status 7 "${run[@]}" -- "$top/tests/checks/leaks" sh -c 'exit 7'
! grep 'lost memory' "$tmp/err" || fail "a leak is seen where there is none"
