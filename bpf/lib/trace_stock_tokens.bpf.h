/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where tokens come from and what becomes of them, on kernels without the devmem trace events.
 *
 * The file that includes this defines what trace_hot.bpf.h asks for and the maps token_gets,
 * token_puts, token_destroys and token_origins.
 */
#ifndef DEVMEM_TRACE_STOCK_TOKENS_H
#define DEVMEM_TRACE_STOCK_TOKENS_H

#include "lib/sockets_kernel.bpf.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "contract/hot.h"
#include "lib/niov.bpf.h"
#include "lib/skb.bpf.h"
#include "lib/tokens.bpf.h"
#include "lib/trace_hot.bpf.h"
#include "lib/trace_types.bpf.h"

/* asm-generic/socket.h; the same on all architectures but parisc and sparc. */
#define DEVMEM_CMSG 79

static __always_inline __u32 tag_of(unsigned long netmem)
{
	return (__u32)netmem & ~1U;
}

static __always_inline void set_origin(__u64 key, const struct token_origin *origin)
{
	struct token_origin *known = bpf_map_lookup_elem(&token_origins, &key);

	if (known && known->pool == origin->pool && known->id == origin->id)
		return;
	bpf_map_update_elem(&token_origins, &key, origin, BPF_ANY);
}

/* The place of the walk through what a recvmsg() gives to user space. */
struct recv_walk {
	struct sk_buff *skb;
	struct skb_shared_info *info;
	__u32 frag;
	__u32 num;
	int start;  /* where the next fragment starts in the packet */
	int offset; /* where the part that is read starts */
	int end;    /* where the part that is read ends */
	unsigned long first;
};

static __always_inline void enter_skb(struct recv_walk *w, struct sk_buff *skb)
{
	struct skb_shared_info *info = shared_info(skb);

	w->skb = skb;
	w->info = info;
	w->frag = 0;
	w->num = BPF_CORE_READ(info, nr_frags);
	w->start = BPF_CORE_READ(skb, len) - BPF_CORE_READ(skb, data_len);
}

/* Each fragment that is read becomes a token. A packet may continue in a list of other packets. */
static int recv_step(__u32 index, struct recv_walk *w)
{
	struct skb_shared_info *info = w->info;
	struct sk_buff *skb = w->skb, *next;
	struct skb_frag *frag;
	unsigned long netmem;

	if (w->start >= w->end)
		return 1;
	if (w->frag >= w->num) {
		next = BPF_CORE_READ(info, frag_list);
		if (!next)
			next = BPF_CORE_READ(skb, next);
		if (!next)
			return 1;
		w->offset -= w->start;
		w->end -= w->start;
		enter_skb(w, next);
		return 0;
	}
	frag = frag_at(info, w->frag);
	netmem = BPF_CORE_READ(frag, netmem);
	w->frag++;
	w->start += BPF_CORE_READ(frag, len);
	if (!(netmem & 1) || w->start <= w->offset)
		return 0;
	if (!w->first)
		w->first = netmem;
	stamp_token(tag_of(netmem));
	return 0;
}

/* More fragments than a recvmsg() gives to user space from one packet. */
#define MAX_RECV_FRAGS 4096

/* The payload of one packet is from one pool, because it came from one queue. */
static __noinline int recv_enters(__u64 sk, __u64 skb, int offset, int len)
{
	const struct page_pool *pool;
	const struct net_iov *niov;
	struct token_origin origin = {};
	struct recv_walk w = {
		.offset = offset,
		.end = offset + len,
	};

	enter_skb(&w, (void *)skb);
	bpf_loop(MAX_RECV_FRAGS, recv_step, &w, 0);
	if (!w.first)
		return 0;
	niov = (const void *)(w.first & ~1UL);
	pool = niov_pool(niov);
	origin.pool = (__u64)pool;
	origin.id = BPF_CORE_READ(pool, user.id);
	set_origin(bpf_get_current_pid_tgid(), &origin);
	set_origin(sk, &origin);
	return 0;
}

static __noinline int count_tokens_got(int err, __u32 type)
{
	__u64 me = bpf_get_current_pid_tgid();
	struct token_origin *origin;

	if (err || type != DEVMEM_CMSG)
		return 0;
	origin = bpf_map_lookup_elem(&token_origins, &me);
	if (origin)
		bump(&token_gets, DEVMEM_TOKEN_GET, (const void *)origin->pool, origin->id, 1);
	return 0;
}

static __noinline int count_tokens_put(int num, __u64 sk)
{
	struct token_origin *origin;

	if (num <= 0)
		return 0;
	origin = bpf_map_lookup_elem(&token_origins, &sk);
	if (origin)
		bump(&token_puts, DEVMEM_TOKEN_PUT, (const void *)origin->pool, origin->id, num);
	return 0;
}

/* ---- tokens that a socket still has when it goes away ---- */

/* Global, so that the verifier checks it once, and not for each of 64 slots. */
__noinline int count_destroyed(unsigned long netmem)
{
	const struct net_iov *niov = (const void *)(netmem & ~1UL);
	const struct page_pool *pool;

	if (!(netmem & 1))
		return 0;
	pool = niov_pool(niov);
	bump(&token_destroys, DEVMEM_TOKEN_DESTROY, pool, BPF_CORE_READ(pool, user.id), 1);
	return 0;
}

static int destroy_step(__u32 index, struct tokens_walk *w)
{
	if (!w->node)
		return 1;
	count_destroyed(next_token(w));
	return 0;
}

static __noinline int socket_ends(__u64 sk_address)
{
	const struct sock *sk = (const void *)sk_address;
	struct tokens_walk w;
	unsigned long first = first_token(&w, sk);

	if (!first && !w.node)
		return 0;
	bpf_map_delete_elem(&token_origins, &sk_address);
	count_destroyed(first);
	if (w.node)
		bpf_loop(MAX_TOKEN_STEPS, destroy_step, &w, 0);
	return 0;
}

#endif
