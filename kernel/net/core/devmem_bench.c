// SPDX-License-Identifier: GPL-2.0-only
/*
 * devmem TCP: what one net_iov costs on the memory provider's path.
 *
 * Reading /sys/kernel/debug/devmem_bench drives the provider's own ops with
 * page_pools that have no ring, as when the ring overflowed and every buffer
 * ends up at the provider: 64 are allocated, then each is released. The same
 * is done with a first-fit bitmap (genalloc), the way of upstream's provider.
 * Run it under 'vm/run --icount', where a nanosecond is a guest instruction.
 *
 * The dma-bufs are made up: no byte of them is ever touched, so 4 GiB cost
 * the memory of their net_iovs only.
 */

#include <linux/debugfs.h>
#include <linux/genalloc.h>
#include <linux/init.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <net/page_pool/helpers.h>
#include <net/page_pool/memory_provider.h>

#include "devmem.h"
#include "mp_dmabuf_devmem.h"

#define BATCH		PP_ALLOC_CACHE_REFILL
#define ROUNDS		64
#define TURNS		16
#define MAX_POOLS	4
#define DMA_BASE	SZ_4G
#define KEEP_FREE	BATCH

struct bench {
	struct net_devmem_dmabuf_binding binding;
	struct sg_table sgt;
	struct page_pool *pools[MAX_POOLS];
	struct net_iov **used;
	u32 num_used;
};

/* The binding owner's part of net_devmem_bind_dmabuf(), without a dma-buf */
static int bench_setup(struct bench *b, u64 size)
{
	struct net_devmem_dmabuf_binding *binding = &b->binding;
	unsigned int segs = DIV_ROUND_UP_ULL(size, SZ_1G), s;
	struct scatterlist *sg;
	u64 addr = DMA_BASE;
	int err, i;

	err = sg_alloc_table(&b->sgt, segs, GFP_KERNEL);
	if (err)
		return err;
	for_each_sgtable_dma_sg(&b->sgt, sg, s) {
		sg_dma_address(sg) = addr;
		sg_dma_len(sg) = min_t(u64, SZ_1G, DMA_BASE + size - addr);
		addr += sg_dma_len(sg);
	}

	refcount_set(&binding->ref, 1);
	err = net_devmem_carve(binding, &b->sgt, size, NUMA_NO_NODE, NULL);
	if (err)
		goto free_table;

	err = -ENOMEM;
	b->used = kvcalloc(binding->num_niovs, sizeof(*b->used), GFP_KERNEL);
	if (!b->used)
		goto uncarve;
	for (i = 0; i < MAX_POOLS; i++) {
		b->pools[i] = kzalloc(sizeof(*b->pools[i]), GFP_KERNEL);
		if (!b->pools[i])
			goto free_pools;
		b->pools[i]->mp_priv = binding;
	}
	return 0;

free_pools:
	while (i--)
		kfree(b->pools[i]);
	kvfree(b->used);
uncarve:
	net_devmem_uncarve(binding);
free_table:
	sg_free_table(&b->sgt);
	return err;
}

static void bench_teardown(struct bench *b)
{
	int i;

	for (i = 0; i < MAX_POOLS; i++)
		kfree(b->pools[i]);
	kvfree(b->used);
	net_devmem_uncarve(&b->binding);
	sg_free_table(&b->sgt);
}

/* Take net_iovs out of circulation until @want of them are in use. */
static void bench_use(struct bench *b, u32 want)
{
	while (b->num_used < want) {
		unsigned int n;

		n = net_devmem_take(&b->binding, b->used + b->num_used,
				    min_t(u32, want - b->num_used, BATCH));
		if (!n)
			break;
		b->num_used += n;
		cond_resched();
	}
}

static void bench_unuse(struct bench *b)
{
	while (b->num_used) {
		net_devmem_give(&b->binding, b->used[--b->num_used]);
		if (!(b->num_used % 4096))
			cond_resched();
	}
}

/* One turn of a pool: a batch through alloc_netmems, all of it released.
 * Returns how many, 0 if anything was not as it must be.
 */
static unsigned int bench_turn(struct page_pool *pool)
{
	netmem_ref held[BATCH];
	unsigned int n = 0, i;

	held[n] = mp_dmabuf_devmem_alloc_netmems(pool, GFP_ATOMIC);
	if (!held[n])
		return 0;
	n++;
	while (pool->alloc.count)
		held[n++] = pool->alloc.cache[--pool->alloc.count];
	for (i = 0; i < n; i++)
		mp_dmabuf_devmem_release_page(pool, held[i]);
	return n;
}

/* Time per pair, the best of ROUNDS: what disturbed the others is not ours. */
static u64 bench_freelist(struct bench *b, unsigned int pools)
{
	u64 best = U64_MAX;
	unsigned int r;

	for (r = 0; r < ROUNDS; r++) {
		unsigned int n = 0, p;
		u64 start, ns;

		local_bh_disable();
		start = ktime_get_ns();
		for (p = 0; p < TURNS; p++)
			n += bench_turn(b->pools[p % pools]);
		ns = ktime_get_ns() - start;
		local_bh_enable();
		if (!n)
			return 0;
		best = min(best, div_u64(ns, n));
		cond_resched();
	}
	return best;
}

struct bench_thread {
	struct page_pool *pool;
	struct completion *go;
	struct completion done;
	u64 pairs;
};

static int bench_thread(void *data)
{
	struct bench_thread *t = data;
	unsigned int r;

	wait_for_completion(t->go);
	for (r = 0; r < ROUNDS * 16; r++) {
		local_bh_disable();
		t->pairs += bench_turn(t->pool);
		local_bh_enable();
	}
	complete(&t->done);
	return 0;
}

/* Time per pair with a pool on each of two CPUs, 0 with one CPU only: all of
 * it over all pairs. When the CPUs take turns, as under -icount, that is what
 * a pair costs; on real ones half of it.
 */
static u64 bench_cpus(struct bench *b)
{
	DECLARE_COMPLETION_ONSTACK(go);
	struct bench_thread t[2] = {};
	unsigned int cpu, n = 0, i;
	u64 start, ns, pairs = 0;

	if (num_online_cpus() < 2)
		return 0;
	for_each_online_cpu(cpu) {
		struct task_struct *task;

		if (n == ARRAY_SIZE(t))
			break;
		t[n].pool = b->pools[n];
		t[n].go = &go;
		init_completion(&t[n].done);
		task = kthread_create_on_cpu(bench_thread, &t[n], cpu,
					     "devmem_bench/%u");
		if (IS_ERR(task))
			break;
		wake_up_process(task);
		n++;
	}
	start = ktime_get_ns();
	complete_all(&go);
	for (i = 0; i < n; i++) {
		wait_for_completion(&t[i].done);
		pairs += t[i].pairs;
	}
	ns = ktime_get_ns() - start;
	return n == ARRAY_SIZE(t) && pairs ? div64_u64(ns, pairs) : 0;
}

/* The same pair from a first-fit bitmap of which @used bytes are taken. */
static u64 bench_bitmap(u64 size, u64 used)
{
	struct gen_pool *pool = gen_pool_create(PAGE_SHIFT, NUMA_NO_NODE);
	u64 best = U64_MAX;
	unsigned int r, i;

	if (!pool)
		return 0;
	if (gen_pool_add(pool, DMA_BASE, size, NUMA_NO_NODE) ||
	    (used && !gen_pool_alloc(pool, used))) {
		best = 0;
		goto out;
	}

	for (r = 0; r < ROUNDS / 16; r++) {
		unsigned long held[BATCH];
		u64 start, ns;

		local_bh_disable();
		start = ktime_get_ns();
		/* KEEP_FREE are free at least. genalloc stops the kernel when
		 * it is given back what it never gave.
		 */
		for (i = 0; i < BATCH; i++)
			held[i] = gen_pool_alloc(pool, PAGE_SIZE);
		for (i = 0; i < BATCH; i++) {
			if (gen_pool_has_addr(pool, held[i], PAGE_SIZE))
				gen_pool_free(pool, held[i], PAGE_SIZE);
			else
				best = 0;
		}
		ns = ktime_get_ns() - start;
		local_bh_enable();
		best = min(best, div_u64(ns, BATCH));
		cond_resched();
	}
	if (used)
		gen_pool_free(pool, DMA_BASE, used);
out:
	gen_pool_destroy(pool);
	return best;
}

static int devmem_bench_row(struct seq_file *m, u64 size, u64 used)
{
	struct bench *b = kzalloc(sizeof(*b), GFP_KERNEL);
	u64 one, many, cpus;
	int err;

	if (!b)
		return -ENOMEM;
	err = bench_setup(b, size);
	if (err)
		goto out;

	bench_use(b, used >> PAGE_SHIFT);
	one = bench_freelist(b, 1);
	many = bench_freelist(b, MAX_POOLS);
	cpus = bench_cpus(b);
	seq_printf(m, "%llu %llu %llu %llu %llu %llu\n", size >> 20,
		   (u64)b->num_used, one, many, cpus,
		   bench_bitmap(size, used));
	bench_unuse(b);
	if (atomic_read(&b->binding.outstanding))
		err = -EUCLEAN;
	bench_teardown(b);
out:
	kfree(b);
	return err;
}

static int devmem_bench_show(struct seq_file *m, void *unused)
{
	static const u64 sizes[] = { SZ_64M, SZ_1G, (u64)SZ_4G };
	unsigned int i;
	int err;

	seq_puts(m, "# ns per alloc and free of one net_iov; 0: not measured\n");
	seq_puts(m, "# size_mib in_use one_pool four_pools two_cpus bitmap\n");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		u64 size = sizes[i];
		u64 full = size - ((u64)KEEP_FREE << PAGE_SHIFT);
		u64 most = round_down(div_u64(size * 9, 10), PAGE_SIZE);

		err = devmem_bench_row(m, size, 0);
		err = err ?: devmem_bench_row(m, size, size / 2);
		err = err ?: devmem_bench_row(m, size, most);
		err = err ?: devmem_bench_row(m, size, full);
		if (err)
			return err;
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(devmem_bench);

static int __init devmem_bench_init(void)
{
	debugfs_create_file("devmem_bench", 0400, NULL, NULL,
			    &devmem_bench_fops);
	return 0;
}
late_initcall(devmem_bench_init);
