/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace events of devmem TCP: who binds a dma-buf to which rx queue, how the
 * queue was switched over, and where the binding's net_iovs go.
 *
 * Identifiers are the ones that netlink reports (ifindex, rx queue index,
 * dma-buf binding id, page_pool id, NAPI id), so that a trace and a netlink
 * dump can be laid side by side. 0 stands for "none". Times are the ring's.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM devmem

#if !defined(_TRACE_DEVMEM_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_DEVMEM_H

#include <linux/tracepoint.h>
#include <linux/types.h>

#ifndef _TRACE_DEVMEM_ENUMS
#define _TRACE_DEVMEM_ENUMS

/**
 * enum devmem_switch - how a queue was moved from one memory to another
 * @DEVMEM_SWITCH_DOWN: the interface is down, only the configuration changed
 * @DEVMEM_SWITCH_RESTART: the queue was stopped and started
 * @DEVMEM_SWITCH_REPLACE: the driver replaced the posted buffers of a running
 *	queue; no in-tree driver can, the value is kept for those that will
 */
enum devmem_switch {
	DEVMEM_SWITCH_DOWN,
	DEVMEM_SWITCH_RESTART,
	DEVMEM_SWITCH_REPLACE,
};

/**
 * enum devmem_token_how - what moved a net_iov to or from user space
 * @DEVMEM_TOKEN_RECVMSG: recvmsg() handed a token out
 * @DEVMEM_TOKEN_DONTNEED: SO_DEVMEM_DONTNEED returned it
 * @DEVMEM_TOKEN_DESTROY: the socket went away with the token still held
 */
enum devmem_token_how {
	DEVMEM_TOKEN_RECVMSG,
	DEVMEM_TOKEN_DONTNEED,
	DEVMEM_TOKEN_DESTROY,
};

/**
 * enum devmem_bad_free - what is wrong with a net_iov that a pool gives back
 * @DEVMEM_BAD_FREE_TWICE: it is free already
 * @DEVMEM_BAD_FREE_FOREIGN: it was handed out to another pool
 * @DEVMEM_BAD_FREE_BUSY: somebody still refers to it
 */
enum devmem_bad_free {
	DEVMEM_BAD_FREE_TWICE,
	DEVMEM_BAD_FREE_FOREIGN,
	DEVMEM_BAD_FREE_BUSY,
};

struct net_iov;
struct page_pool;
struct sock;

#endif /* _TRACE_DEVMEM_ENUMS */

TRACE_DEFINE_ENUM(DEVMEM_SWITCH_DOWN);
TRACE_DEFINE_ENUM(DEVMEM_SWITCH_RESTART);
TRACE_DEFINE_ENUM(DEVMEM_SWITCH_REPLACE);
TRACE_DEFINE_ENUM(DEVMEM_TOKEN_RECVMSG);
TRACE_DEFINE_ENUM(DEVMEM_TOKEN_DONTNEED);
TRACE_DEFINE_ENUM(DEVMEM_TOKEN_DESTROY);
TRACE_DEFINE_ENUM(DEVMEM_BAD_FREE_TWICE);
TRACE_DEFINE_ENUM(DEVMEM_BAD_FREE_FOREIGN);
TRACE_DEFINE_ENUM(DEVMEM_BAD_FREE_BUSY);

#define devmem_switch_name(how)						\
	__print_symbolic(how,						\
			 { DEVMEM_SWITCH_DOWN, "down" },		\
			 { DEVMEM_SWITCH_RESTART, "restart" },		\
			 { DEVMEM_SWITCH_REPLACE, "replace" })

#define devmem_token_name(how)						\
	__print_symbolic(how,						\
			 { DEVMEM_TOKEN_RECVMSG, "recvmsg" },		\
			 { DEVMEM_TOKEN_DONTNEED, "dontneed" },		\
			 { DEVMEM_TOKEN_DESTROY, "destroy" })

#define devmem_bad_free_name(reason)					\
	__print_symbolic(reason,					\
			 { DEVMEM_BAD_FREE_TWICE, "twice" },		\
			 { DEVMEM_BAD_FREE_FOREIGN, "foreign" },	\
			 { DEVMEM_BAD_FREE_BUSY, "busy" })

/* A binding comes, is given up by its owner, and is freed with its last user */
DECLARE_EVENT_CLASS(devmem_binding,

	TP_PROTO(u32 netns, u32 ifindex, u32 binding, u64 size, u32 niovs,
		 u32 outstanding, int err),

	TP_ARGS(netns, ifindex, binding, size, niovs, outstanding, err),

	TP_STRUCT__entry(
		__field(u32, netns)
		__field(u32, ifindex)
		__field(u32, binding)
		__field(u32, niovs)
		__field(u64, size)
		__field(u32, outstanding)
		__field(int, err)
	),

	TP_fast_assign(
		__entry->netns = netns;
		__entry->ifindex = ifindex;
		__entry->binding = binding;
		__entry->niovs = niovs;
		__entry->size = size;
		__entry->outstanding = outstanding;
		__entry->err = err;
	),

	TP_printk("netns=%u ifindex=%u binding=%u size=%llu niovs=%u outstanding=%u err=%d",
		  __entry->netns, __entry->ifindex, __entry->binding,
		  __entry->size, __entry->niovs, __entry->outstanding,
		  __entry->err)
);

DEFINE_EVENT(devmem_binding, devmem_bind,
	TP_PROTO(u32 netns, u32 ifindex, u32 binding, u64 size, u32 niovs,
		 u32 outstanding, int err),
	TP_ARGS(netns, ifindex, binding, size, niovs, outstanding, err)
);

DEFINE_EVENT(devmem_binding, devmem_unbind,
	TP_PROTO(u32 netns, u32 ifindex, u32 binding, u64 size, u32 niovs,
		 u32 outstanding, int err),
	TP_ARGS(netns, ifindex, binding, size, niovs, outstanding, err)
);

DEFINE_EVENT(devmem_binding, devmem_binding_free,
	TP_PROTO(u32 netns, u32 ifindex, u32 binding, u64 size, u32 niovs,
		 u32 outstanding, int err),
	TP_ARGS(netns, ifindex, binding, size, niovs, outstanding, err)
);

/* One queue of a binding */
DECLARE_EVENT_CLASS(devmem_queue,

	TP_PROTO(u32 netns, u32 ifindex, u32 queue, u32 binding, u32 pool,
		 u32 napi, int err),

	TP_ARGS(netns, ifindex, queue, binding, pool, napi, err),

	TP_STRUCT__entry(
		__field(u32, netns)
		__field(u32, ifindex)
		__field(u32, queue)
		__field(u32, binding)
		__field(u32, pool)
		__field(u32, napi)
		__field(int, err)
	),

	TP_fast_assign(
		__entry->netns = netns;
		__entry->ifindex = ifindex;
		__entry->queue = queue;
		__entry->binding = binding;
		__entry->pool = pool;
		__entry->napi = napi;
		__entry->err = err;
	),

	TP_printk("netns=%u ifindex=%u queue=%u binding=%u pool=%u napi=%u err=%d",
		  __entry->netns, __entry->ifindex, __entry->queue,
		  __entry->binding, __entry->pool, __entry->napi,
		  __entry->err)
);

DEFINE_EVENT(devmem_queue, devmem_queue_bind,
	TP_PROTO(u32 netns, u32 ifindex, u32 queue, u32 binding, u32 pool,
		 u32 napi, int err),
	TP_ARGS(netns, ifindex, queue, binding, pool, napi, err)
);

DEFINE_EVENT(devmem_queue, devmem_queue_unbind,
	TP_PROTO(u32 netns, u32 ifindex, u32 queue, u32 binding, u32 pool,
		 u32 napi, int err),
	TP_ARGS(netns, ifindex, queue, binding, pool, napi, err)
);

/*
 * The phases of a queue restart, each fired after the phase with its errno.
 * begin and end embrace them whatever happens; rollback says whether the old
 * memory could be put back after a failed start.
 */
DECLARE_EVENT_CLASS(devmem_restart,

	TP_PROTO(u32 netns, u32 ifindex, u32 queue, u32 how, u32 old_binding,
		 u32 new_binding, u32 old_outstanding, u32 new_outstanding,
		 int err, u32 old_pool, u32 new_pool),

	TP_ARGS(netns, ifindex, queue, how, old_binding, new_binding,
		old_outstanding, new_outstanding, err, old_pool, new_pool),

	TP_STRUCT__entry(
		__field(u32, netns)
		__field(u32, ifindex)
		__field(u32, queue)
		__field(u32, how)
		__field(u32, old_binding)
		__field(u32, new_binding)
		__field(u32, old_outstanding)
		__field(u32, new_outstanding)
		__field(u32, old_pool)
		__field(u32, new_pool)
		__field(int, err)
	),

	TP_fast_assign(
		__entry->netns = netns;
		__entry->ifindex = ifindex;
		__entry->queue = queue;
		__entry->how = how;
		__entry->old_binding = old_binding;
		__entry->new_binding = new_binding;
		__entry->old_outstanding = old_outstanding;
		__entry->new_outstanding = new_outstanding;
		__entry->old_pool = old_pool;
		__entry->new_pool = new_pool;
		__entry->err = err;
	),

	TP_printk("netns=%u ifindex=%u queue=%u how=%s old_binding=%u new_binding=%u old_outstanding=%u new_outstanding=%u old_pool=%u new_pool=%u err=%d",
		  __entry->netns, __entry->ifindex, __entry->queue,
		  devmem_switch_name(__entry->how), __entry->old_binding,
		  __entry->new_binding, __entry->old_outstanding,
		  __entry->new_outstanding, __entry->old_pool,
		  __entry->new_pool, __entry->err)
);

#define DEFINE_DEVMEM_RESTART_EVENT(name)				\
DEFINE_EVENT(devmem_restart, name,					\
	TP_PROTO(u32 netns, u32 ifindex, u32 queue, u32 how,		\
		 u32 old_binding, u32 new_binding, u32 old_outstanding,	\
		 u32 new_outstanding, int err, u32 old_pool,		\
		 u32 new_pool),						\
	TP_ARGS(netns, ifindex, queue, how, old_binding, new_binding,	\
		old_outstanding, new_outstanding, err, old_pool,	\
		new_pool)						\
)

DEFINE_DEVMEM_RESTART_EVENT(devmem_restart_begin);
DEFINE_DEVMEM_RESTART_EVENT(devmem_restart_mem_alloc);
DEFINE_DEVMEM_RESTART_EVENT(devmem_restart_stop);
DEFINE_DEVMEM_RESTART_EVENT(devmem_restart_start);
DEFINE_DEVMEM_RESTART_EVENT(devmem_restart_rollback);
DEFINE_DEVMEM_RESTART_EVENT(devmem_restart_end);

/* A net_iov leaves its binding for a pool, or comes back from it */
DECLARE_EVENT_CLASS(devmem_niov,

	TP_PROTO(const struct page_pool *pool, const struct net_iov *niov),

	TP_ARGS(pool, niov),

	TP_STRUCT__entry(
		__field(const void *, niov)
		__field(u32, ifindex)
		__field(u32, queue)
		__field(u32, binding)
		__field(u32, pool)
	),

	TP_fast_assign(
		__entry->niov = niov;
		__entry->ifindex = READ_ONCE(net_iov_binding(niov)->ifindex);
		__entry->queue = pool->slow.queue_idx;
		__entry->binding = net_iov_binding_id(niov);
		__entry->pool = pool->user.id;
	),

	TP_printk("ifindex=%u queue=%u binding=%u pool=%u niov=%p",
		  __entry->ifindex, __entry->queue, __entry->binding,
		  __entry->pool, __entry->niov)
);

DEFINE_EVENT(devmem_niov, devmem_niov_alloc,
	TP_PROTO(const struct page_pool *pool, const struct net_iov *niov),
	TP_ARGS(pool, niov)
);

DEFINE_EVENT(devmem_niov, devmem_niov_free,
	TP_PROTO(const struct page_pool *pool, const struct net_iov *niov),
	TP_ARGS(pool, niov)
);

/*
 * A pool gave back what was not its to give: a driver's bug. owner_pool is the
 * pool that has the net_iov, 0 if none. It was not put on the list of free ones.
 */
TRACE_EVENT(devmem_niov_bad_free,

	TP_PROTO(const struct page_pool *pool, const struct net_iov *niov,
		 u32 reason),

	TP_ARGS(pool, niov, reason),

	TP_STRUCT__entry(
		__field(const void *, niov)
		__field(u32, ifindex)
		__field(u32, queue)
		__field(u32, binding)
		__field(u32, pool)
		__field(u32, owner_pool)
		__field(u32, reason)
	),

	TP_fast_assign(
		const struct page_pool *owner = READ_ONCE(niov->pp);

		__entry->niov = niov;
		__entry->ifindex = READ_ONCE(net_iov_binding(niov)->ifindex);
		__entry->queue = pool->slow.queue_idx;
		__entry->binding = net_iov_binding_id(niov);
		__entry->pool = pool->user.id;
		__entry->owner_pool = owner ? owner->user.id : 0;
		__entry->reason = reason;
	),

	TP_printk("ifindex=%u queue=%u binding=%u pool=%u owner_pool=%u reason=%s niov=%p",
		  __entry->ifindex, __entry->queue, __entry->binding,
		  __entry->pool, __entry->owner_pool,
		  devmem_bad_free_name(__entry->reason), __entry->niov)
);

/* A pool asked and the binding had no net_iov left */
TRACE_EVENT(devmem_niov_alloc_fail,

	TP_PROTO(const struct page_pool *pool, u32 ifindex, u32 binding,
		 u32 niovs, u32 outstanding),

	TP_ARGS(pool, ifindex, binding, niovs, outstanding),

	TP_STRUCT__entry(
		__field(u32, ifindex)
		__field(u32, queue)
		__field(u32, binding)
		__field(u32, pool)
		__field(u32, niovs)
		__field(u32, outstanding)
	),

	TP_fast_assign(
		__entry->ifindex = ifindex;
		__entry->queue = pool->slow.queue_idx;
		__entry->binding = binding;
		__entry->pool = pool->user.id;
		__entry->niovs = niovs;
		__entry->outstanding = outstanding;
	),

	TP_printk("ifindex=%u queue=%u binding=%u pool=%u niovs=%u outstanding=%u",
		  __entry->ifindex, __entry->queue, __entry->binding,
		  __entry->pool, __entry->niovs, __entry->outstanding)
);

/* A net_iov goes to user space as a token of a socket, or comes back */
DECLARE_EVENT_CLASS(devmem_token,

	TP_PROTO(const struct sock *sk, const struct net_iov *niov, u32 token,
		 u32 how),

	TP_ARGS(sk, niov, token, how),

	TP_STRUCT__entry(
		__field(const void *, skaddr)
		__field(const void *, niov)
		__field(u32, token)
		__field(u32, how)
		__field(u32, ifindex)
		__field(u32, queue)
		__field(u32, binding)
		__field(u32, pool)
		__field(u16, family)
		__field(u16, sport)
		__field(u16, dport)
	),

	TP_fast_assign(
		__entry->skaddr = sk;
		__entry->niov = niov;
		__entry->token = token;
		__entry->how = how;
		__entry->ifindex = READ_ONCE(net_iov_binding(niov)->ifindex);
		__entry->queue = niov->pp->slow.queue_idx;
		__entry->binding = net_iov_binding_id(niov);
		__entry->pool = niov->pp->user.id;
		__entry->family = sk->sk_family;
		__entry->sport = sk->sk_num;
		__entry->dport = ntohs(sk->sk_dport);
	),

	TP_printk("sk=%p family=%u sport=%u dport=%u how=%s token=%u ifindex=%u queue=%u binding=%u pool=%u niov=%p",
		  __entry->skaddr, __entry->family, __entry->sport,
		  __entry->dport, devmem_token_name(__entry->how),
		  __entry->token, __entry->ifindex, __entry->queue,
		  __entry->binding, __entry->pool, __entry->niov)
);

DEFINE_EVENT(devmem_token, devmem_token_get,
	TP_PROTO(const struct sock *sk, const struct net_iov *niov, u32 token,
		 u32 how),
	TP_ARGS(sk, niov, token, how)
);

DEFINE_EVENT(devmem_token, devmem_token_put,
	TP_PROTO(const struct sock *sk, const struct net_iov *niov, u32 token,
		 u32 how),
	TP_ARGS(sk, niov, token, how)
);

#endif /* _TRACE_DEVMEM_H */

#include <trace/define_trace.h>
