/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Part of devmem_trace.bpf.c: net_iovs and tokens on kernels without the devmem trace events, and
 * the time that the memory provider takes, for which there is no event on any kernel.
 */
#ifndef DEVMEM_TRACE_STOCK_HOT_H
#define DEVMEM_TRACE_STOCK_HOT_H

/* ---- net_iovs ---- */

/* What the probe of the provider counts; user space sets them. */
const volatile bool provider_counts_allocs;
const volatile bool provider_counts_fails;

static __always_inline __u32 tag_of(unsigned long netmem)
{
	return (__u32)netmem & ~1U;
}

SEC("fentry/mp_dmabuf_devmem_alloc_netmems")
int BPF_PROG(on_provider_entry, struct page_pool *pool)
{
	provider_begins(pool);
	return 0;
}

SEC("fexit/mp_dmabuf_devmem_alloc_netmems")
int BPF_PROG(on_provider_exit, struct page_pool *pool, unsigned int gfp, unsigned long netmem)
{
	provider_ends(pool);
	if (netmem && provider_counts_allocs)
		niov_taken(pool, pool->user.id, tag_of(netmem));
	if (!netmem && provider_counts_fails)
		binding_empty(pool, pool->user.id);
	return 0;
}

SEC("fentry/mp_dmabuf_devmem_release_page")
int BPF_PROG(f_niov_free, struct page_pool *pool, unsigned long netmem)
{
	niov_returned(pool, pool->user.id, tag_of(netmem));
	return 0;
}

/* These fire for pages, too: when a pool takes from the system or gives back to it. */
SEC("tp_btf/page_pool_state_hold")
int BPF_PROG(p_niov_alloc, struct page_pool *pool, unsigned long netmem)
{
	if (netmem & 1)
		niov_taken(pool, pool->user.id, tag_of(netmem));
	return 0;
}

SEC("tp_btf/page_pool_state_release")
int BPF_PROG(p_niov_free, struct page_pool *pool, unsigned long netmem)
{
	if (netmem & 1)
		niov_returned(pool, pool->user.id, tag_of(netmem));
	return 0;
}

/* ---- tokens ---- */

/* asm-generic/socket.h; the same on all architectures but parisc and sparc. */
#define DEVMEM_CMSG 79

struct source {
	__u64 pool; /* address */
	__u32 id;
	__u32 pad;
};

/*
 * Where tokens come from: by thread, what it reads at the moment; by the socket's address, what
 * was read from it last. Addresses of the kernel are larger than any thread's number.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, struct source);
} token_sources SEC(".maps");

static __always_inline void set_source(__u64 key, const struct source *source)
{
	struct source *known = bpf_map_lookup_elem(&token_sources, &key);

	if (known && known->pool == source->pool && known->id == source->id)
		return;
	bpf_map_update_elem(&token_sources, &key, source, BPF_ANY);
}

static __always_inline struct skb_shared_info *shared_info(const struct sk_buff *skb)
{
	return (void *)BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, end);
}

/* Where the walk through what a recvmsg() hands out is. */
struct recv_walk {
	struct sk_buff *skb;
	struct skb_shared_info *info;
	__u32 frag;
	__u32 num;
	int start;  /* of the next fragment, in the packet */
	int offset; /* of what is read */
	int end;    /* of what is read */
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

/* Each fragment that is read becomes a token; a packet may go on in a list of others. */
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
	frag = (void *)info + bpf_core_field_offset(struct skb_shared_info, frags) +
	       w->frag * bpf_core_type_size(struct skb_frag);
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

#define MAX_FRAGS 4096

/* One packet's payload is of one pool: it came from one queue. */
static __noinline int recv_enters(__u64 sk, __u64 skb, int offset, int len)
{
	const struct page_pool *pool;
	const struct net_iov *niov;
	struct source source = {};
	struct recv_walk w = {
		.offset = offset,
		.end = offset + len,
	};

	enter_skb(&w, (void *)skb);
	bpf_loop(MAX_FRAGS, recv_step, &w, 0);
	if (!w.first)
		return 0;
	niov = (const void *)(w.first & ~1UL);
	pool = niov_pool(niov);
	source.pool = (__u64)pool;
	source.id = BPF_CORE_READ(pool, user.id);
	set_source(bpf_get_current_pid_tgid(), &source);
	set_source(sk, &source);
	return 0;
}

static __noinline int count_tokens_got(int err, __u32 type)
{
	__u64 me = bpf_get_current_pid_tgid();
	struct source *source;

	if (err || type != DEVMEM_CMSG)
		return 0;
	source = bpf_map_lookup_elem(&token_sources, &me);
	if (source)
		bump(&token_gets, DEVMEM_TOKEN_GET, (const void *)source->pool, source->id, 1);
	return 0;
}

/* Two programs count here, and the second may interrupt the first. */
HOT_COUNTS(token_destroys);

static __noinline int count_tokens_put(int num, __u64 sk)
{
	struct source *source;

	if (num <= 0)
		return 0;
	source = bpf_map_lookup_elem(&token_sources, &sk);
	if (source)
		bump(&token_puts, DEVMEM_TOKEN_PUT, (const void *)source->pool, source->id, num);
	return 0;
}

PROBE("fentry", "tcp_recvmsg_dmabuf", f_recv,
      recv_enters(arg(ctx, 0), arg(ctx, 1), arg(ctx, 2), arg(ctx, 4)))
/* 6.12 says by an error that there was no room for a token; before, it got lost. */
PROBE("fexit", "put_cmsg_notrunc", f_token_get, count_tokens_got(ret(ctx), arg(ctx, 2)))
PROBE("fexit", "put_cmsg", f_token_get_old, count_tokens_got(ret(ctx), arg(ctx, 2)))
PROBE("fexit", "sock_devmem_dontneed", f_token_put, count_tokens_put(ret(ctx), arg(ctx, 0)))

/* ---- tokens that a socket still has when it goes away ---- */

struct tokens_walk {
	struct xa_node *node;
	__u32 offset;
};

/* Global: the verifier looks at it once, and not for each of 64 slots. */
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

#define XA_CHUNK  64
#define MAX_STEPS (1 << 20)

/* As in devmem_sockets.bpf.c: nodes know their parent and their place in it. */
static int destroy_step(__u32 index, struct tokens_walk *w)
{
	struct xa_node *node = w->node;
	unsigned long entry = 0;

	if (!node)
		return 1;
	if (w->offset >= XA_CHUNK) {
		w->offset = BPF_CORE_READ(node, offset) + 1;
		w->node = BPF_CORE_READ(node, parent);
		return 0;
	}
	bpf_probe_read_kernel(&entry, sizeof(entry),
			      (void *)node + bpf_core_field_offset(struct xa_node, slots) +
				      w->offset * sizeof(entry));
	if ((entry & 3) == 2 && entry > 4096) {
		w->node = (void *)(entry - 2);
		w->offset = 0;
		return 0;
	}
	count_destroyed(entry);
	w->offset++;
	return 0;
}

static __noinline int socket_ends(__u64 sk_address)
{
	const struct sock *sk = (const void *)sk_address;
	unsigned long head = (unsigned long)BPF_CORE_READ(sk, sk_user_frags.xa_head);
	struct tokens_walk w = {};

	if (!head)
		return 0;
	bpf_map_delete_elem(&token_sources, &sk_address);
	if ((head & 3) == 2 && head > 4096) {
		w.node = (void *)(head - 2);
		bpf_loop(MAX_STEPS, destroy_step, &w, 0);
	} else {
		count_destroyed(head);
	}
	return 0;
}

PROBE("fentry", "tcp_v4_destroy_sock", f_token_destroy, socket_ends(arg(ctx, 0)))

#endif
