/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a walk finds in one socket, and what it adds to the pools.
 *
 * The file that includes this defines the maps pool_parts, seen_niovs and token_times, walk_round,
 * time_mask, sockets_overflow, and what sockets_walk.bpf.h asks for, except take().
 */
#ifndef DEVMEM_BPF_SOCKETS_FINDINGS_H
#define DEVMEM_BPF_SOCKETS_FINDINGS_H

#include "lib/sockets_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "contract/sockets.h"
#include "lib/niov.bpf.h"
#include "lib/sockets_types.bpf.h"
#include "lib/sockets_walk.bpf.h"
#include "lib/token_times.bpf.h"

/* More ticks than the walk of one socket takes. */
#define FUTURE_TICKS 65536

/* What the walk has found in one socket. There is one walk at a time, as in sockets_walk.bpf.h. */
static struct findings {
	const struct page_pool *pp; /* pool of the last net_iov */
	__u32 pool;		    /* its id */
	int pool_user;		    /* these two are not yet in pool_parts */
	int pool_socket;
	__u32 tokens;
	int user;
	int socket;
	__u32 now;
	__u32 oldest;
	__u32 untimed;
	__u32 clashed;
} c;

static void flush_pool(void)
{
	struct devmem_pool_parts *parts, first = {};
	__u32 pool = c.pool;

	if (!pool || (!c.pool_user && !c.pool_socket))
		return;
	parts = bpf_map_lookup_elem(&pool_parts, &pool);
	if (!parts) {
		bpf_map_update_elem(&pool_parts, &pool, &first, BPF_NOEXIST);
		parts = bpf_map_lookup_elem(&pool_parts, &pool);
	}
	if (!parts) {
		sockets_overflow++;
	} else {
		if (parts->round != walk_round) {
			parts->round = walk_round;
			parts->user = 0;
			parts->socket = 0;
		}
		parts->user += c.pool_user;
		parts->socket += c.pool_socket;
	}
	c.pool_user = 0;
	c.pool_socket = 0;
}

static void find_pool(const struct net_iov *niov)
{
	const struct page_pool *pp = niov_pool(niov);

	if (pp == c.pp)
		return;
	flush_pool();
	c.pp = pp;
	c.pool = BPF_CORE_READ(pp, user.id);
}

/*
 * Does the net_iov count here? Each counts once in a walk, and as user space's when it is both with
 * user space and in a queue.
 */
static bool is_new(const struct net_iov *niov, __u32 place)
{
	struct seen *seen, now = { .round = walk_round, .place = place };
	__u64 key = (__u64)niov;

	if (niov_refs(niov) == 1)
		return true;
	seen = bpf_map_lookup_elem(&seen_niovs, &key);
	if (!seen) {
		if (bpf_map_update_elem(&seen_niovs, &key, &now, BPF_NOEXIST))
			sockets_overflow++;
		return true;
	}
	if (seen->round != walk_round) {
		*seen = now;
		return true;
	}
	if (place == WITH_USER && seen->place == IN_SOCKET) {
		seen->place = WITH_USER;
		c.pool_socket--;
		c.socket--;
		return true;
	}
	return false;
}

static void take_time(const struct net_iov *niov)
{
	__u32 tag = (__u64)niov, age, key;
	struct token_time *t;

	if (!time_mask)
		return;
	key = time_slot(tag, time_mask);
	t = bpf_map_lookup_elem(&token_times, &key);
	if (!t)
		return;
	if (!t->time) {
		c.untimed++;
		return;
	}
	if (t->tag != tag)
		c.clashed++;
	/* A token whose time was overwritten is older than the time that now stands there. */
	age = c.now - t->time;
	/* The event may have come after the walk began. */
	if (age < (__u32)-FUTURE_TICKS && age > c.oldest)
		c.oldest = age;
}

static void take(unsigned long netmem, __u32 place)
{
	const struct net_iov *niov = (const void *)(netmem & ~1UL);

	if (!(netmem & 1))
		return;
	find_pool(niov);
	if (place == WITH_USER) {
		c.tokens++;
		take_time(niov);
	}
	if (!is_new(niov, place))
		return;
	if (place == WITH_USER) {
		c.user++;
		c.pool_user++;
	} else {
		c.socket++;
		c.pool_socket++;
	}
}

static long drop_old(void *map, __u64 *key, struct seen *seen, void *ctx)
{
	if (seen->round != walk_round)
		bpf_map_delete_elem(map, key);
	return 0;
}

#endif
