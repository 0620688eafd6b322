// SPDX-License-Identifier: GPL-2.0-only
/*
 * devmem TCP: tests of what no NIC can be made to do: odd dma-bufs, and
 * page_pools that give back what is not theirs.
 *
 * Reading /sys/kernel/debug/devmem_test runs them all and says "ok" or
 * "not ok" of each. The dma-bufs are made up and never touched; the page_pools
 * have just what the memory provider looks at.
 */

#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/rtnetlink.h>
#include <linux/scatterlist.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <net/page_pool/helpers.h>
#include <net/page_pool/memory_provider.h>

#include "devmem.h"
#include "mp_dmabuf_devmem.h"

#define BASE		((dma_addr_t)SZ_4G)
#define MOST_PAGES	200

/* All that a case may use; cleared before each, and uncarved after it */
struct test {
	struct seq_file *m;
	bool failed;
	struct net_devmem_dmabuf_binding binding;
	struct page_pool first;
	struct page_pool second;
	struct net_iov *got[MOST_PAGES];
	DECLARE_BITMAP(seen, MOST_PAGES);
	struct netlink_ext_ack extack;
};

#define expect(t, what)							\
do {									\
	struct test *t_ = (t);						\
									\
	if (!(what)) {							\
		seq_printf(t_->m, "# line %u: not so: %s\n", __LINE__,	\
			   #what);					\
		t_->failed = true;					\
	}								\
} while (0)

struct segment {
	dma_addr_t addr;
	unsigned int len;
};

/* Carve a dma-buf of such segments; @t->extack has what a refusal says. */
static int carve(struct test *t, size_t size, const struct segment *segments,
		 unsigned int n)
{
	struct scatterlist *sg;
	struct sg_table sgt;
	unsigned int i;
	int err;

	err = sg_alloc_table(&sgt, n, GFP_KERNEL);
	if (err)
		return err;
	for_each_sgtable_dma_sg(&sgt, sg, i) {
		sg_dma_address(sg) = segments[i].addr;
		sg_dma_len(sg) = segments[i].len;
	}
	t->extack._msg = NULL;
	err = net_devmem_carve(&t->binding, &sgt, size, NUMA_NO_NODE,
			       &t->extack);
	sg_free_table(&sgt);
	return err;
}

/* Make it a binding of @pages pages in one piece. Returns if it is one. */
static bool carved(struct test *t, u32 pages)
{
	struct segment all = { BASE, pages << PAGE_SHIFT };

	if (!carve(t, all.len, &all, 1))
		return true;
	expect(t, !"a dma-buf in one piece");
	return false;
}

static bool refused(struct test *t, size_t size, const struct segment *s,
		    unsigned int n, int err, const char *words)
{
	return carve(t, size, s, n) == err && t->extack._msg &&
	       strstr(t->extack._msg, words) && !t->binding.niovs &&
	       !t->binding.areas;
}

static void odd_dmabufs(struct test *t)
{
	static const struct segment page = { BASE, PAGE_SIZE };
	static const struct segment odd_start = { BASE + 512, PAGE_SIZE };
	static const struct segment odd_ends[] = {
		{ BASE, PAGE_SIZE + 512 },
		{ BASE + SZ_1M, PAGE_SIZE - 512 },
	};
	static const struct segment empty[] = { { BASE, PAGE_SIZE }, { 0, 0 } };
	static const size_t too_many = ((size_t)INT_MAX + 1) << PAGE_SHIFT;

	expect(t, refused(t, 0, &page, 1, -EINVAL, "size is no multiple"));
	expect(t, refused(t, PAGE_SIZE + 1, &page, 1, -EINVAL,
			  "size is no multiple"));
	expect(t, refused(t, PAGE_SIZE, &odd_start, 1, -EINVAL,
			  "not whole pages"));
	expect(t, refused(t, 2 * PAGE_SIZE, odd_ends, 2, -EINVAL,
			  "not whole pages"));
	expect(t, refused(t, PAGE_SIZE, empty, 2, -EINVAL, "not whole pages"));
	expect(t, refused(t, 2 * PAGE_SIZE, &page, 1, -EINVAL, "another size"));
	expect(t, refused(t, too_many, &page, 1, -E2BIG, "too large"));
}

/* Segments that follow one another are one area; every page has its address
 * and its offset.
 */
static void areas(struct test *t)
{
	static const struct segment s[] = {
		{ BASE, PAGE_SIZE },
		{ BASE + PAGE_SIZE, 2 * PAGE_SIZE },
		{ BASE + SZ_1M, PAGE_SIZE },
		{ BASE - PAGE_SIZE, PAGE_SIZE },
	};
	static const struct {
		dma_addr_t addr;
		u32 area;
	} want[] = {
		{ BASE, 0 },
		{ BASE + PAGE_SIZE, 0 },
		{ BASE + 2 * PAGE_SIZE, 0 },
		{ BASE + SZ_1M, 1 },
		{ BASE - PAGE_SIZE, 2 },
	};
	struct net_devmem_dmabuf_binding *binding = &t->binding;
	unsigned int i;

	if (carve(t, 5 * PAGE_SIZE, s, ARRAY_SIZE(s))) {
		expect(t, !"a dma-buf in pieces");
		return;
	}
	expect(t, !t->extack._msg);
	expect(t, binding->num_niovs == ARRAY_SIZE(want));
	expect(t, binding->num_areas == 3);
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		struct net_iov *niov = &binding->niovs[i];
		netmem_ref netmem = net_iov_to_netmem(niov);

		expect(t, page_pool_get_dma_addr_netmem(netmem) == want[i].addr);
		expect(t, niov->owner == &binding->areas[want[i].area]);
		expect(t, net_iov_virtual_addr(niov) ==
			  (unsigned long)i << PAGE_SHIFT);
		expect(t, net_iov_binding(niov) == binding);
	}
}

/* Take all that there is into @t->got. Returns how many, none of them twice. */
static u32 take_all(struct test *t)
{
	u32 n = 0, more;

	bitmap_zero(t->seen, MOST_PAGES);
	while (n < MOST_PAGES) {
		more = net_devmem_take(&t->binding, t->got + n,
				       min(MOST_PAGES - n, 64));
		if (!more)
			break;
		for (; more; more--, n++)
			expect(t, !__test_and_set_bit(t->got[n] -
						      t->binding.niovs, t->seen));
	}
	return n;
}

static void give_back(struct test *t, u32 n)
{
	while (n)
		net_devmem_give(&t->binding, t->got[--n]);
}

static void take_and_give(struct test *t)
{
	if (!carved(t, MOST_PAGES))
		return;

	/* Half of what is free at most, for the sake of the other pools */
	expect(t, net_devmem_take(&t->binding, t->got, 64) == 64);
	expect(t, net_devmem_take(&t->binding, t->got + 64, 64) == 64);
	expect(t, net_devmem_take(&t->binding, t->got + 128, 64) == 36);
	expect(t, atomic_read(&t->binding.outstanding) == 164);
	give_back(t, 164);
	expect(t, atomic_read(&t->binding.outstanding) == 0);

	expect(t, take_all(t) == MOST_PAGES);
	expect(t, atomic_read(&t->binding.outstanding) == MOST_PAGES);
	expect(t, net_devmem_take(&t->binding, t->got, 1) == 0);
	give_back(t, MOST_PAGES);
	expect(t, take_all(t) == MOST_PAGES);
}

static void room_for_rings(struct test *t)
{
	struct net_devmem_dmabuf_binding *binding = &t->binding;
	struct devmem_rxq a = {}, b = {};

	if (!carved(t, 100))
		return;

	rtnl_lock();
	expect(t, !xa_insert(&binding->bound_rxqs, 3, &a, GFP_KERNEL));
	expect(t, !xa_insert(&binding->bound_rxqs, 5, &b, GFP_KERNEL));
	expect(t, net_devmem_check_room(binding, &a, 101) == -ENOSPC);
	expect(t, binding->too_small);
	expect(t, net_devmem_check_room(binding, &a, 60) == 0);
	expect(t, !binding->too_small);
	expect(t, net_devmem_check_room(binding, &b, 41) == -ENOSPC);
	expect(t, b.need == 0);
	expect(t, net_devmem_check_room(binding, &b, U32_MAX) == -ENOSPC);
	expect(t, net_devmem_check_room(binding, &b, 40) == 0);
	/* What it needed before does not count */
	expect(t, net_devmem_check_room(binding, &a, 59) == 0);
	rtnl_unlock();
	xa_destroy(&binding->bound_rxqs);
}

/* One net_iov through @pool, as NAPI takes it. */
static netmem_ref alloc_one(struct test *t, struct page_pool *pool)
{
	netmem_ref netmem = mp_dmabuf_devmem_alloc_netmems(pool, GFP_ATOMIC);

	expect(t, netmem && !pool->alloc.count);
	return netmem;
}

/* As the caller in page_pool.c does it */
static void release(struct page_pool *pool, netmem_ref netmem)
{
	mp_dmabuf_devmem_release_page(pool, netmem);
	atomic_inc(&pool->pages_state_release_cnt);
}

static bool released(const struct page_pool *pool, int times)
{
	return atomic_read(&pool->pages_state_release_cnt) == times;
}

static void freed_twice(struct test *t)
{
	netmem_ref netmem;

	if (!carved(t, 2))
		return;
	netmem = alloc_one(t, &t->first);
	release(&t->first, netmem);
	release(&t->first, netmem);
	expect(t, released(&t->first, 1));
	expect(t, atomic_read(&t->binding.outstanding) == 0);
	expect(t, take_all(t) == 2);
}

/* Freed twice, and in between another pool has got it: that one uses it. */
static void freed_in_other_hands(struct test *t)
{
	netmem_ref netmem;

	if (!carved(t, 2))
		return;
	netmem = alloc_one(t, &t->first);
	release(&t->first, netmem);
	/* What came back is taken last */
	alloc_one(t, &t->second);
	expect(t, alloc_one(t, &t->second) == netmem);
	release(&t->first, netmem);

	expect(t, netmem_get_pp(netmem) == &t->second);
	expect(t, released(&t->first, 1));
	expect(t, released(&t->second, 0));
	expect(t, atomic_read(&t->binding.outstanding) == 2);
	expect(t, take_all(t) == 0);

	/* It can be given back yet by the pool that has it */
	release(&t->second, netmem);
	expect(t, take_all(t) == 1);
}

static void freed_in_use(struct test *t)
{
	atomic_long_t *refs;
	netmem_ref netmem;

	if (!carved(t, 1))
		return;
	netmem = alloc_one(t, &t->first);
	refs = netmem_get_pp_ref_count_ref(netmem);
	atomic_long_inc(refs);
	release(&t->first, netmem);
	expect(t, released(&t->first, 0));
	expect(t, take_all(t) == 0);

	atomic_long_dec(refs);
	release(&t->first, netmem);
	expect(t, take_all(t) == 1);
}

static int devmem_test_show(struct seq_file *m, void *unused)
{
	static const struct {
		const char *name;
		void (*run)(struct test *t);
	} cases[] = {
		{ "odd_dmabufs", odd_dmabufs },
		{ "areas", areas },
		{ "take_and_give", take_and_give },
		{ "room_for_rings", room_for_rings },
		{ "freed_twice", freed_twice },
		{ "freed_in_other_hands", freed_in_other_hands },
		{ "freed_in_use", freed_in_use },
	};
	struct test *t;
	unsigned int i;

	t = kmalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memset(t, 0, sizeof(*t));
		t->m = m;
		refcount_set(&t->binding.ref, 1);
		xa_init(&t->binding.bound_rxqs);
		t->first.mp_priv = &t->binding;
		t->second.mp_priv = &t->binding;
		cases[i].run(t);
		net_devmem_uncarve(&t->binding);
		seq_printf(m, "%s %s\n", t->failed ? "not ok" : "ok",
			   cases[i].name);
	}
	kfree(t);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(devmem_test);

static int __init devmem_test_init(void)
{
	debugfs_create_file("devmem_test", 0400, NULL, NULL, &devmem_test_fops);
	return 0;
}
late_initcall(devmem_test_init);
