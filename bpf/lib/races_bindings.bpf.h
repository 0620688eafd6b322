/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Bindings that come and go.
 *
 * The file that includes this defines the map bindings, by_probes, tables_full, and what
 * races_lock.bpf.h and races_give_up.bpf.h ask for.
 */
#ifndef DEVMEM_RACES_BINDINGS_H
#define DEVMEM_RACES_BINDINGS_H

#include "lib/races_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "contract/races.h"
#include "lib/races_give_up.bpf.h"
#include "lib/races_lock.bpf.h"
#include "lib/races_queues.bpf.h"
#include "lib/races_report.bpf.h"
#include "lib/races_types.bpf.h"

static const struct binding new_binding_entry;

static __always_inline int binding_unbound(void *ctx,
					   const struct net_devmem_dmabuf_binding___race *binding)
{
	const struct net_devmem_dmabuf_binding *stock = (const void *)binding;
	const struct net_device *dev = NULL;
	struct race_queue_key key = { .queue = RACE_NO_QUEUE };
	__u32 id = binding->id;
	struct binding *b;

	if (bpf_core_field_exists(binding->ifindex)) {
		key.netns = binding->netns;
		key.ifindex = binding->ifindex;
	} else {
		if (by_probes)
			give_up_begins(GIVE_UP_BINDING);
		dev = BPF_CORE_READ(stock, dev);
		queue_key(&key, dev, RACE_NO_QUEUE);
	}
	/*
	 * From 6.15 on, a binding has no device and no lock any more when its device went away
	 * first.
	 */
	check_lock(ctx, &key, lock_of(dev), id, DETAIL_UNBIND);
	if (bpf_map_update_elem(&bindings, &id, &new_binding_entry, BPF_ANY)) {
		__sync_fetch_and_add(&tables_full, 1);
		return 0;
	}
	b = bpf_map_lookup_elem(&bindings, &id);
	if (!b)
		return 0;
	b->netns = key.netns;
	b->ifindex = key.ifindex;
	b->address = (__u64)binding;
	rtnl_side(&b->by, ctx, bpf_ktime_get_ns());
	b->unbind_ns = b->by.time_ns;
	return 0;
}

#endif
