/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a search for a binding's net_iovs finds in one socket.
 *
 * The file that includes this defines the map counted, wanted, search, overflow, and what
 * sockets_walk.bpf.h asks for, except take().
 */
#ifndef DEVMEM_BPF_SOCKETS_HOLDERS_H
#define DEVMEM_BPF_SOCKETS_HOLDERS_H

#include "lib/sockets_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "lib/niov.bpf.h"
#include "lib/sockets_types.bpf.h"
#include "lib/sockets_walk.bpf.h"

static __u32 tokens, user, queued; /* counts for one socket */

/* A net_iov counts once, even if the next packet or another socket also has a part of it. */
static bool is_new(const struct net_iov *niov)
{
	__u64 key = (__u64)niov;
	__u32 *seen, now = search;

	if (niov_refs(niov) == 1)
		return true;
	seen = bpf_map_lookup_elem(&counted, &key);
	if (seen && *seen == now)
		return false;
	if (bpf_map_update_elem(&counted, &key, &now, BPF_ANY))
		overflow++;
	return true;
}

static void take(unsigned long netmem, __u32 place)
{
	const struct net_iov *niov = (const void *)(netmem & ~1UL);
	const struct page_pool *pool;

	if (!(netmem & 1))
		return;
	pool = niov_pool(niov);
	if (!pool || (__u64)BPF_CORE_READ(pool, mp_priv) != wanted)
		return;
	if (place == WITH_USER)
		tokens++;
	if (!is_new(niov))
		return;
	if (place == WITH_USER)
		user++;
	else
		queued++;
}

#endif
