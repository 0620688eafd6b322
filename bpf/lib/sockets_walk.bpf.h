/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * All net_iovs of a TCP socket: first the tokens with user space, then what is in its queues.
 *
 * The file that includes this defines sockets_unread and take(). The walk calls take() for each
 * net_iov, more than once if there is more than one reference to it.
 */
#ifndef DEVMEM_BPF_SOCKETS_WALK_H
#define DEVMEM_BPF_SOCKETS_WALK_H

#include "lib/sockets_kernel.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "contract/sockets.h"
#include "lib/skb.bpf.h"
#include "lib/sockets_types.bpf.h"
#include "lib/tokens.bpf.h"

/* @netmem: from a tree of tokens or a fragment; a net_iov if its lowest bit is set */
static void take(unsigned long netmem, __u32 place);

/* More packets than any queue has. A limit, because a broken list may loop. */
#define MAX_QUEUE_STEPS (1 << 22)

#define MAX_FRAGS 64

/* There is one walk at a time. It is not on the stack, so that the verifier need not follow it. */
static struct socket_cursor {
	struct tokens_walk tokens;
	/* queues */
	struct sk_buff *skb;
	struct sk_buff *end;
	struct sk_buff *list;
	struct skb_frag *frags;
	struct rb_node *rb;
	struct rb_node *rb_from;
} at;

/* ---- tokens ---- */

static int token_step(__u32 index, void *ctx)
{
	if (!at.tokens.node)
		return 1;
	take(next_token(&at.tokens), WITH_USER);
	return 0;
}

static void read_tokens(const struct sock *sk)
{
	take(first_token(&at.tokens, sk), WITH_USER);
	if (at.tokens.node && bpf_loop(MAX_TOKEN_STEPS, token_step, NULL, 0) == MAX_TOKEN_STEPS)
		sockets_unread++;
}

/* ---- queues ---- */

static int frag_step(__u32 index, void *ctx)
{
	struct skb_frag *frag = at.frags;

	take(BPF_CORE_READ(frag, netmem), IN_SOCKET);
	at.frags = (void *)frag + bpf_core_type_size(struct skb_frag);
	return 0;
}

/* Reads the fragments of a packet. Returns the list of further buffers that belong to it. */
static struct sk_buff *read_frags(struct sk_buff *skb)
{
	struct skb_shared_info *info = shared_info(skb);
	__u32 num = BPF_CORE_READ(info, nr_frags);

	at.frags = frag_at(info, 0);
	bpf_loop(num < MAX_FRAGS ? num : MAX_FRAGS, frag_step, NULL, 0);
	return BPF_CORE_READ(info, frag_list);
}

static int list_step(__u32 index, void *ctx)
{
	struct sk_buff *skb = at.list;

	if (!skb)
		return 1;
	read_frags(skb);
	at.list = BPF_CORE_READ(skb, next);
	return 0;
}

static __noinline int read_skb(struct sk_buff *skb)
{
	struct sk_buff___unreadable *flags = (void *)skb;

	if (bpf_core_field_exists(flags->unreadable) &&
	    !BPF_CORE_READ_BITFIELD_PROBED(flags, unreadable))
		return 0;
	at.list = read_frags(skb);
	if (at.list)
		bpf_loop(MAX_QUEUE_STEPS, list_step, NULL, 0);
	return 0;
}

static int queue_step(__u32 index, void *ctx)
{
	struct sk_buff *skb = at.skb;

	if (!skb || skb == at.end)
		return 1;
	read_skb(skb);
	at.skb = BPF_CORE_READ(skb, next);
	return 0;
}

static void read_queue(struct sk_buff *first, void *end)
{
	at.skb = first;
	at.end = end;
	if (bpf_loop(MAX_QUEUE_STEPS, queue_step, NULL, 0) == MAX_QUEUE_STEPS)
		sockets_unread++;
}

/* Walks a tree without recursion: the node that we come from shows what is already visited. */
static int tree_step(__u32 index, void *ctx)
{
	struct rb_node *node = at.rb, *from = at.rb_from, *parent, *left, *right, *next;

	if (!node)
		return 1;
	parent = (void *)(BPF_CORE_READ(node, __rb_parent_color) & ~3UL);
	left = BPF_CORE_READ(node, rb_left);
	right = BPF_CORE_READ(node, rb_right);
	if (from == parent) {
		read_skb((void *)node - bpf_core_field_offset(struct sk_buff, rbnode));
		next = left ?: right ?: parent;
	} else if (from == left) {
		next = right ?: parent;
	} else {
		next = parent;
	}
	at.rb_from = node;
	at.rb = next;
	return 0;
}

static void read_tree(const struct sock *sk)
{
	const struct tcp_sock *tp = (const void *)sk;

	at.rb = BPF_CORE_READ(tp, out_of_order_queue.rb_node);
	at.rb_from = NULL;
	if (at.rb && bpf_loop(MAX_QUEUE_STEPS, tree_step, NULL, 0) == MAX_QUEUE_STEPS)
		sockets_unread++;
}

/* include/net/tcp_states.h */
#define TCP_TIME_WAIT	 6
#define TCP_LISTEN	 10
#define TCP_NEW_SYN_RECV 12

/* The kernel holds the socket's lock while an iterator's program runs for the socket. */
static void read_socket(const struct sock_common *common)
{
	const struct sock *sk = (const void *)common;
	__u32 state = common->skc_state;
	struct sk_buff *first;
	void *head;

	if (state == TCP_TIME_WAIT || state == TCP_NEW_SYN_RECV || state == TCP_LISTEN)
		return;
	/*
	 * All at once: if the struct is only used in parts, clang splits it and its BTF is wrong.
	 */
	__builtin_memset(&at, 0, sizeof(at));
	read_tokens(sk);
	head = (void *)sk + bpf_core_field_offset(struct sock, sk_receive_queue);
	first = BPF_CORE_READ(sk, sk_receive_queue.next);
	if (first != head)
		read_queue(first, head);
	read_tree(sk);
	first = BPF_CORE_READ(sk, sk_backlog.head);
	if (first)
		read_queue(first, NULL);
}

static void read_names(struct devmem_socket_state *s, const struct sock_common *sk)
{
	s->family = BPF_CORE_READ(sk, skc_family);
	s->local_port = BPF_CORE_READ(sk, skc_num);
	s->remote_port = __builtin_bswap16(BPF_CORE_READ(sk, skc_dport));
	if (s->family == 2) {
		BPF_CORE_READ_INTO((__u32 *)s->local, sk, skc_rcv_saddr);
		BPF_CORE_READ_INTO((__u32 *)s->remote, sk, skc_daddr);
	} else {
		BPF_CORE_READ_INTO((struct in6_addr *)s->local, sk, skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO((struct in6_addr *)s->remote, sk, skc_v6_daddr);
	}
}

#endif
