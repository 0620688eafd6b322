/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The packets that a driver gives to the stack.
 *
 * The events that are used here fire where the driver calls the stack, before GRO and before RPS.
 * So a packet that waits in GRO or RPS while its queue is restarted was judged before that.
 *
 * The file that includes this defines the map flows, has_restarts, by_probes, and what
 * races_pools.bpf.h asks for.
 */
#ifndef DEVMEM_RACES_PACKETS_H
#define DEVMEM_RACES_PACKETS_H

#include "lib/races_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "contract/races.h"
#include "lib/races_polls.bpf.h"
#include "lib/races_pools.bpf.h"
#include "lib/races_queues.bpf.h"
#include "lib/races_report.bpf.h"
#include "lib/races_types.bpf.h"
#include "lib/races_windows.bpf.h"

static __always_inline struct race_report *packet_report(void *ctx, __u32 code,
							 const struct page_pool *pool,
							 const struct race_queue_key *queue,
							 __u64 niov)
{
	struct race_report *r = pool_report(code, pool, queue, ctx);

	if (r)
		r->niov = niov;
	return r;
}

/*
 * The queue has another binding than the net_iov. If the net_iov belongs to the binding that the
 * restart is about to replace, this is normal until the queue is stopped, and also while the queue
 * goes back after a failed start.
 */
static __noinline bool is_stale(void *ctx, const struct sk_buff___race *skb,
				const struct page_pool *pool, __u64 niov)
{
	const struct net_device *dev = BPF_CORE_READ(pool, slow.netdev);
	__u32 recorded = BPF_CORE_READ(skb, queue_mapping), moved, phase;
	const void *priv = BPF_CORE_READ(pool, mp_priv);
	struct race_queue_key queue;
	const struct race_rtnl *last;
	struct restart *restart;
	struct race_report *r;
	struct window *w;
	int try;

	pool_queue(pool, &queue);
	if (!armed || (recorded && recorded - 1 != queue.queue))
		return false;
	for (try = 0; try < 3; try++) {
		moved = *(volatile __u32 *)&windows_moved;
		if (queue_provider(dev, queue.queue) == priv)
			return false;
		w = find_window(&queue);
		if (w) {
			phase = w->phase;
			/* With probes, only the restart's end shows if it started on new memory. */
			if (by_probes && phase == PHASE_STARTED) {
				w->late_pool = BPF_CORE_READ(pool, user.id);
				w->late_niov = niov;
				w->late++;
				return true;
			}
			if (phase != PHASE_STOPPED && phase != PHASE_STARTED &&
			    w->old_binding == pool_binding(pool))
				return false;
			goto stale;
		}
		if (*(volatile __u32 *)&unbinds_open)
			return false;
		if (*(volatile __u32 *)&windows_moved == moved)
			goto stale;
	}
	return false;

stale:
	/* No restart took the binding away: this is a case of PROVIDER_GONE. */
	restart = bpf_map_lookup_elem(&restarts, &queue);
	last = restart ? &restart->side[restart->steps & 1] : NULL;
	if (last && last->phase == PHASE_ENDED && !last->err &&
	    last->new_binding == pool_binding(pool))
		return false;
	r = packet_report(ctx, RACE_STALE_DELIVERY, pool, &queue, niov);
	if (r)
		bpf_ringbuf_submit(r, 0);
	return true;
}

static __noinline int report_mixed(void *ctx, const struct page_pool *pool, __u64 niov)
{
	struct race_queue_key queue;
	struct race_report *r;

	pool_queue(pool, &queue);
	r = packet_report(ctx, RACE_MIXED_FRAGS, pool, &queue, niov);
	if (r)
		bpf_ringbuf_submit(r, 0);
	return 0;
}

/* Finds any net_iov and any page among the fragments; 0 where there is none. */
static __noinline int look_at_frags(const struct skb_shared_info___race *info, unsigned long *niov,
				    unsigned long *page)
{
	const void *first =
		(const void *)info + bpf_core_field_offset(struct skb_shared_info___race, frags);
	unsigned long frag, a = 0, b = 0;
	__u32 i;

	for (i = 0; i < RACE_MAX_FRAGS; i++) {
		if (i >= info->nr_frags)
			break;
		/* The kernel's struct is larger than the part declared here. */
		frag = cast_to(struct skb_frag___race,
			       first + i * bpf_core_type_size(struct skb_frag___race))
			       ->netmem;
		if (frag & 1)
			a = frag;
		else
			b = frag;
	}
	*niov = a;
	*page = b;
	return 0;
}

#define ETH_P_IP   0x0800
#define ETH_P_IPV6 0x86dd

/* The protocol above IP; 0: not known. A packet from a driver begins with the IP header. */
static __noinline __u32 ip_proto(const struct sk_buff___race *skb)
{
	const unsigned char *data = BPF_CORE_READ(skb, data);
	__u16 type = bpf_ntohs(BPF_CORE_READ(skb, protocol));
	__u8 proto = 0;

	if (type == ETH_P_IP)
		bpf_probe_read_kernel(&proto, sizeof(proto), data + 9);
	else if (type == ETH_P_IPV6)
		bpf_probe_read_kernel(&proto, sizeof(proto), data + 6);
	return proto;
}

static __noinline int remember_flow(const struct sk_buff___race *skb)
{
	__u32 hash = skb->hash, key = hash & (FLOWS - 1);
	struct flow *flow = bpf_map_lookup_elem(&flows, &key);

	if (!flow || !BPF_CORE_READ_BITFIELD(skb, l4_hash))
		return 0;
	flow->dev = (__u64)skb->dev;
	flow->hash = hash;
	flow->proto = ip_proto(skb);
	flow->moved = windows_moved;
	return 0;
}

/* A packet that is not like the one before it. */
static __noinline int look_at_packet(void *ctx, const struct sk_buff___race *skb,
				     const struct skb_shared_info___race *info, struct poll_now *me)
{
	/* Read before windows_open: a restart that begins between the two reads changes it. */
	__u32 moved = *(volatile __u32 *)&windows_moved;
	unsigned long niov = 0, pages = 0;
	const struct page_pool *pool;

	look_at_frags(info, &niov, &pages);
	if (!niov)
		return 0;
	niov &= ~1UL;
	pool = pool_of(niov);
	/* The same packet may come again later, from a tunnel's or bridge's device. */
	if (BPF_CORE_READ(skb, dev) != pool->slow.netdev)
		return 0;
	if (pages)
		report_mixed(ctx, pool, niov);
	if (!has_restarts || !me)
		return 0;
	if (queue_provider(pool->slow.netdev, pool->slow.queue_idx) != pool->mp_priv &&
	    is_stale(ctx, skb, pool, niov))
		return 0;
	remember_flow(skb);
	if (me->stamp && !*(volatile __u32 *)&windows_open) {
		me->pool = (__u64)pool;
		me->hash = BPF_CORE_READ(skb, hash);
		me->moved = moved;
	}
	return 0;
}

/*
 * Within a poll, and as long as no restart begins or ends, one packet of a pool and flow is like
 * another. Most have one fragment. If that were a page, its pool would not match.
 */
static __always_inline int unreadable_packet(void *ctx, const struct sk_buff___race *skb)
{
	const struct skb_shared_info___race *info =
		cast_to(struct skb_shared_info___race, skb->head + skb->end);
	unsigned long netmem = info->frags[0].netmem;
	struct poll_now *me = poll_here();

	if (me && me->hash == skb->hash && me->moved == windows_moved && info->nr_frags == 1 &&
	    me->pool == (__u64)pool_of(netmem & ~1UL))
		return 0;
	return look_at_packet(ctx, skb, info, me);
}

static __noinline int report_stream(void *ctx, const struct sk_buff___race *skb, void *provider)
{
	const struct net_device *dev = BPF_CORE_READ(skb, dev);
	struct race_queue_key queue;
	struct race_report *r;

	queue_key(&queue, dev, BPF_CORE_READ(skb, queue_mapping) - 1);
	/* The queue's provider is already visible, but the queue still runs on pages. */
	if (!armed || find_window(&queue))
		return 0;
	r = report(RACE_MIXED_STREAM, &queue);
	if (!r)
		return 0;
	r->binding = binding_id(provider, dev, queue.queue);
	r->queue_binding = r->binding;
	soft_side(r, ctx, bpf_get_smp_processor_id(), napi_here());
	bpf_ringbuf_submit(r, 0);
	return 0;
}

/*
 * Payload in pages, on a queue that has a provider, although the flow came with net_iovs before and
 * no queue was restarted in between. Without a hash of the ports, flows cannot be told apart.
 */
static __always_inline int readable_packet(void *ctx, const struct sk_buff___race *skb)
{
	const struct skb_shared_info___race *info;
	__u32 recorded = skb->queue_mapping, key;
	struct poll_now *me;
	struct flow *flow;
	void *provider;

	if (!recorded || !has_restarts)
		return 0;
	provider = queue_provider(skb->dev, recorded - 1);
	if (!provider || !BPF_CORE_READ_BITFIELD(skb, l4_hash))
		return 0;
	info = cast_to(struct skb_shared_info___race, skb->head + skb->end);
	if (!info->nr_frags)
		return 0;
	key = skb->hash & (FLOWS - 1);
	flow = bpf_map_lookup_elem(&flows, &key);
	if (!flow || flow->hash != skb->hash || flow->moved != windows_moved ||
	    flow->dev != (__u64)skb->dev || flow->proto != ip_proto(skb))
		return 0;
	/* The next such packet counts only when net_iovs came in between. */
	flow->moved--;
	me = poll_here();
	if (me)
		me->pool = 0;
	report_stream(ctx, skb, provider);
	return 0;
}

static __always_inline int packet(void *ctx, const struct sk_buff___race *skb)
{
	if (BPF_CORE_READ_BITFIELD(skb, unreadable))
		return unreadable_packet(ctx, skb);
	return readable_packet(ctx, skb);
}

#endif
