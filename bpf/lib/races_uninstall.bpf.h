/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A device that forgets its bindings.
 *
 * The file that includes this defines what races_report.bpf.h asks for.
 */
#ifndef DEVMEM_RACES_UNINSTALL_H
#define DEVMEM_RACES_UNINSTALL_H

#include "lib/races_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "contract/races.h"
#include "lib/device.bpf.h"
#include "lib/races_queues.bpf.h"
#include "lib/races_report.bpf.h"

struct uninstall {
	void *ctx;
	const struct net_device *dev;
	struct race_queue_key key;
};

/* A function of its own: in 6.12 the callback may submit only what it has reserved itself. */
static __noinline int report_unmapped(struct uninstall *u)
{
	struct race_report *r;

	if (!u)
		return 0;
	r = report(RACE_PROVIDER_GONE, &u->key);
	if (!r)
		return 0;
	r->detail = DETAIL_UNMAPPED;
	r->binding = queue_binding(u->dev, u->key.queue);
	r->queue_binding = r->binding;
	__builtin_memset(&r->rtnl, 0, sizeof(r->rtnl));
	rtnl_side(&r->rtnl, u->ctx, r->time_ns);
	bpf_ringbuf_submit(r, 0);
	return 0;
}

static int uninstall_queue(__u32 queue, struct uninstall *u)
{
	u->key.queue = queue;
	if (queue_provider(u->dev, queue))
		report_unmapped(u);
	return 0;
}

/* A race if a queue of the device is still running. */
static __always_inline int bindings_forgotten(void *ctx, const struct net_device *dev)
{
	const struct net_device___race *state = (const void *)dev;
	struct uninstall u = { .ctx = ctx, .dev = dev };

	if (!(state->state & LINK_STATE_START))
		return 0;
	queue_key(&u.key, dev, 0);
	bpf_loop(state->num_rx_queues, uninstall_queue, &u, 0);
	return 0;
}

#endif
