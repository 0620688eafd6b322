// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which net_iovs are in TCP sockets: in their receive queues, or with user space as tokens.
 *
 * The kernel holds the lock of each socket while its program runs, so queues and tokens of one
 * socket belong to one moment. The program writes nothing into the iterator's file, or the
 * kernel would run it again for the same socket whenever its buffer was full.
 */
#include "sockets_kernel.h"

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "devmem_sockets.h"
#include "niov.h"

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

enum place {
	IN_SOCKET,
	WITH_USER,
};

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

/* Sockets whose owner is asked for, by address. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct devmem_owner);
} owners SEC(".maps");

/* User space sets walk_round to another number than before, and the others to 0, for each walk. */
__u32 walk_round;
__u32 max_sockets;
__u32 num_sockets;
__u32 sockets_overflow; /* sockets, pools or net_iovs for which there was no room */
__u32 sockets_unread;	/* queues that could not be followed to their end */

/* More than any queue or tree has; a list that is broken may loop. */
#define MAX_STEPS (1 << 22)

#define MAX_FRAGS 64

/* More ticks than a socket is walked through. */
#define FUTURE_TICKS 65536

/*
 * What has been found of one socket, and where the walk through it is. One walk at a time; here
 * rather than on the stack so that the verifier need not follow each value through all loops.
 */
static struct cursor {
	const struct page_pool *pp; /* of the last net_iov */
	__u32 pool;		    /* its id */
	int pool_user;		    /* not yet in pool_parts */
	int pool_socket;
	__u32 tokens;
	int user;
	int socket;
	__u32 now;
	__u32 oldest;
	__u32 timed;
	__u32 untimed;
	__u32 clashed;
	/* tokens */
	struct xa_node *node;
	__u32 offset;
	__u32 place;
	/* queues */
	struct sk_buff *skb;
	struct sk_buff *end;
	struct sk_buff *list;
	struct skb_frag *frags;
	struct rb_node *rb;
	struct rb_node *rb_from;
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
	if (t->tag == tag)
		c.timed++;
	else
		c.clashed++;
	/* Whose time was overwritten is older than what it was overwritten with. */
	age = c.now - t->time;
	/* The event may have come after the walk began. */
	if (age < (__u32)-FUTURE_TICKS && age > c.oldest)
		c.oldest = age;
}

/* An entry of a tree of tokens or a fragment: a net_iov if its lowest bit is set. */
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

/* ---- tokens ---- */

#define XA_CHUNK 64

/* An xarray without recursion: nodes know their parent and their place in it. */
static int token_step(__u32 index, void *ctx)
{
	struct xa_node *node = c.node;
	unsigned long entry = 0;

	if (!node)
		return 1;
	if (c.offset >= XA_CHUNK) {
		c.offset = BPF_CORE_READ(node, offset) + 1;
		c.node = BPF_CORE_READ(node, parent);
		return 0;
	}
	bpf_probe_read_kernel(&entry, sizeof(entry),
			      (void *)node + bpf_core_field_offset(struct xa_node, slots) +
				      c.offset * sizeof(entry));
	/* Internal entries: small ones are places reserved, large ones are nodes. */
	if ((entry & 3) == 2 && entry > 4096) {
		c.node = (void *)(entry - 2);
		c.offset = 0;
		return 0;
	}
	if (entry & 1)
		take(entry, WITH_USER);
	c.offset++;
	return 0;
}

static void read_tokens(const struct sock *sk)
{
	unsigned long head = (unsigned long)BPF_CORE_READ(sk, sk_user_frags.xa_head);

	if ((head & 3) == 2 && head > 4096) {
		c.node = (void *)(head - 2);
		c.offset = 0;
		if (bpf_loop(MAX_STEPS, token_step, NULL, 0) == MAX_STEPS)
			sockets_unread++;
	} else if (head & 1) {
		take(head, WITH_USER);
	}
}

/* ---- queues ---- */

static int frag_step(__u32 index, void *ctx)
{
	struct skb_frag *frag = c.frags;

	take(BPF_CORE_READ(frag, netmem), IN_SOCKET);
	c.frags = (void *)frag + bpf_core_type_size(struct skb_frag);
	return 0;
}

/* Returns the list of further buffers that hangs on this one. */
static struct sk_buff *read_frags(struct sk_buff *skb)
{
	struct skb_shared_info *info;
	__u32 num;

	info = (void *)BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, end);
	num = BPF_CORE_READ(info, nr_frags);
	c.frags = (void *)info + bpf_core_field_offset(struct skb_shared_info, frags);
	bpf_loop(num < MAX_FRAGS ? num : MAX_FRAGS, frag_step, NULL, 0);
	return BPF_CORE_READ(info, frag_list);
}

static int list_step(__u32 index, void *ctx)
{
	struct sk_buff *skb = c.list;

	if (!skb)
		return 1;
	read_frags(skb);
	c.list = BPF_CORE_READ(skb, next);
	return 0;
}

static __noinline int read_skb(struct sk_buff *skb)
{
	struct sk_buff___unreadable *flags = (void *)skb;

	if (bpf_core_field_exists(flags->unreadable) &&
	    !BPF_CORE_READ_BITFIELD_PROBED(flags, unreadable))
		return 0;
	c.list = read_frags(skb);
	if (c.list)
		bpf_loop(MAX_STEPS, list_step, NULL, 0);
	return 0;
}

static int queue_step(__u32 index, void *ctx)
{
	struct sk_buff *skb = c.skb;

	if (!skb || skb == c.end)
		return 1;
	read_skb(skb);
	c.skb = BPF_CORE_READ(skb, next);
	return 0;
}

static void read_queue(struct sk_buff *first, void *end)
{
	c.skb = first;
	c.end = end;
	if (bpf_loop(MAX_STEPS, queue_step, NULL, 0) == MAX_STEPS)
		sockets_unread++;
}

/* A tree without recursion: where we came from tells what was visited. */
static int tree_step(__u32 index, void *ctx)
{
	struct rb_node *node = c.rb, *from = c.rb_from, *parent, *left, *right, *next;

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
	c.rb_from = node;
	c.rb = next;
	return 0;
}

static void read_tree(const struct sock *sk)
{
	const struct tcp_sock *tp = (const void *)sk;

	c.rb = BPF_CORE_READ(tp, out_of_order_queue.rb_node);
	c.rb_from = NULL;
	if (c.rb && bpf_loop(MAX_STEPS, tree_step, NULL, 0) == MAX_STEPS)
		sockets_unread++;
}

/* ---- sockets ---- */

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

/* include/net/tcp_states.h */
#define TCP_TIME_WAIT	 6
#define TCP_LISTEN	 10
#define TCP_NEW_SYN_RECV 12

SEC("iter/tcp")
int read_sockets(struct bpf_iter__tcp *ctx)
{
	struct sock_common *common = ctx->sk_common;
	struct devmem_socket_state *s;
	const struct sock *sk;
	struct sk_buff *first;
	__u32 state, slot;
	void *head;

	if (!common)
		return 0;
	state = common->skc_state;
	if (state == TCP_TIME_WAIT || state == TCP_NEW_SYN_RECV || state == TCP_LISTEN)
		return 0;
	sk = (const void *)common;
	__builtin_memset(&c, 0, sizeof(c));
	c.now = bpf_jiffies64();
	read_tokens(sk);
	head = (void *)sk + bpf_core_field_offset(struct sock, sk_receive_queue);
	first = BPF_CORE_READ(sk, sk_receive_queue.next);
	if (first != head)
		read_queue(first, head);
	read_tree(sk);
	first = BPF_CORE_READ(sk, sk_backlog.head);
	if (first)
		read_queue(first, NULL);
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
	s->address = (__u64)sk;
	read_names(s, common);
	s->pool = c.pool;
	s->tokens = c.tokens;
	s->user = c.user;
	s->socket = c.socket;
	s->oldest = c.oldest;
	s->timed = c.timed;
	s->untimed = c.untimed;
	s->clashed = c.clashed;
	return 0;
}

/* Of the tasks that have a socket open the first one is as good as any. */
SEC("iter/task_file")
int find_owners(struct bpf_iter__task_file *ctx)
{
	struct task_struct___owner *task = (void *)ctx->task;
	struct file *file = ctx->file;
	struct devmem_owner *owner;
	struct socket *sock;
	__u64 key;

	if (!task || !file)
		return 0;
	sock = bpf_sock_from_file(file);
	if (!sock)
		return 0;
	key = (__u64)BPF_CORE_READ(sock, sk);
	owner = bpf_map_lookup_elem(&owners, &key);
	if (!owner || owner->tgid)
		return 0;
	owner->tgid = BPF_CORE_READ(task, tgid);
	BPF_CORE_READ_STR_INTO(&owner->comm, task, comm);
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
