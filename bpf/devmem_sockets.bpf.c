// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which net_iovs are in TCP sockets: in their receive queues, or with user space as tokens.
 *
 * The kernel holds the lock of each socket while its program runs, so queues and tokens of one
 * socket belong to one moment. The program writes nothing into the iterator's file, or the
 * kernel would run it again for the same socket whenever its buffer was full.
 */
#include "lib/sockets_walk.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "contract/sockets.h"
#include "lib/niov.bpf.h"
#include "lib/sockets_owners.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* In trace_hot.h. 0: nobody fills token_times. */
extern const volatile __u32 time_mask;

/* Written from index 0 on; user space sets the room. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct devmem_socket_state);
} socket_states SEC(".maps");

/* By page_pool id. User space removes entries of pools that are gone. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct devmem_pool_parts);
} pool_parts SEC(".maps");

struct seen {
	__u32 round;
	__u32 place;
};

/* Net_iovs with more than one reference, which may turn up more than once; by address. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct seen);
} seen_niovs SEC(".maps");

/* Filled by the programs of the token events, in trace_hot.h. */
extern struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct devmem_time);
} token_times SEC(".maps");

/* User space sets walk_round to another number than before, and the others to 0, for each walk. */
__u32 walk_round;
__u32 max_sockets;
__u32 num_sockets;
__u32 sockets_overflow; /* sockets, pools or net_iovs for which there was no room */

/* More ticks than a socket is walked through. */
#define FUTURE_TICKS 65536

/* What has been found of one socket. One walk at a time, as in sockets_walk.h. */
static struct findings {
	const struct page_pool *pp; /* of the last net_iov */
	__u32 pool;		    /* its id */
	int pool_user;		    /* not yet in pool_parts */
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

/* Is it here for the first time in this walk? What user space holds is not in a queue. */
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
	struct devmem_time *t;

	if (!time_mask)
		return;
	key = (tag / (__u32)bpf_core_type_size(struct net_iov)) & time_mask;
	t = bpf_map_lookup_elem(&token_times, &key);
	if (!t)
		return;
	if (!t->time) {
		c.untimed++;
		return;
	}
	if (t->tag != tag)
		c.clashed++;
	/* Whose time was overwritten is older than what it was overwritten with. */
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

SEC("iter/tcp")
int read_sockets(struct bpf_iter__tcp *ctx)
{
	struct sock_common *common = ctx->sk_common;
	struct devmem_socket_state *s;
	__u32 slot;

	if (!common)
		return 0;
	__builtin_memset(&c, 0, sizeof(c));
	c.now = bpf_jiffies64();
	read_socket(common);
	if (!c.tokens && !c.socket)
		return 0;
	flush_pool();
	slot = num_sockets;
	s = bpf_map_lookup_elem(&socket_states, &slot);
	if (!s || slot >= max_sockets) {
		sockets_overflow++;
		return 0;
	}
	num_sockets++;
	__builtin_memset(s, 0, sizeof(*s));
	s->cookie = bpf_get_socket_cookie(common);
	s->address = (__u64)common;
	read_names(s, common);
	s->pool = c.pool;
	s->tokens = c.tokens;
	s->user = c.user;
	s->socket = c.socket;
	s->oldest = c.oldest;
	s->untimed = c.untimed;
	s->clashed = c.clashed;
	return 0;
}

static long drop_old(void *map, __u64 *key, struct seen *seen, void *ctx)
{
	if (seen->round != walk_round)
		bpf_map_delete_elem(map, key);
	return 0;
}

/* To be run now and then, after a walk. */
SEC("syscall")
int drop_old_niovs(void *ctx)
{
	bpf_for_each_map_elem(&seen_niovs, drop_old, NULL, 0);
	return 0;
}
