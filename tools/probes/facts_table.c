// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * All facts, and their sources.
 */
#include "probes/facts_table.h"

#include <stddef.h>

#define DESTROYED "of sockets seen reading only; those of one that closes are all counted"
#define BY_NAPI	  "only of drivers that stop a queue's NAPI"
#define HOST_TOO  "a program runs for host pages, too"

/* ---- what programs read in the kernel ---- */

#define BINDING "net_devmem_dmabuf_binding"

/* The kernel of this project switches queues with a function of its own. */
#define OF_UPSTREAM                                                       \
	{                                                                 \
		.type = BINDING, .member = "outstanding", .absent = true, \
		.says = "this kernel switches queues by another function" \
	}

/* How many net_iovs of a binding are out: this project's count, or a gen_pool. */
#define READS_OUT                                                                    \
	{                                                                            \
		.type = BINDING, .member = "outstanding", .or_member = "chunk_pool", \
	}

/* 7.1 has it only in desc. */
#define READS_NIOV                                                      \
	{                                                               \
		.type = "net_iov", .member = "pp", .or_member = "desc", \
	}

#define READS(name, of)                         \
	{                                       \
		.type = (name), .member = (of), \
	}

#define READS_POOL   READS("page_pool", "mp_priv"), READS("page_pool", "slow.queue_idx")
#define READS_QUEUE  READS("netdev_rx_queue", "mp_params")
#define READS_NETMEM READS("skb_frag", "netmem")

static const struct fact_read binding[] = { READS(BINDING, "id"), READS(BINDING, "dmabuf"), {} };
static const struct fact_read binding_id[] = { READS(BINDING, "id"), {} };
static const struct fact_read out[] = { READS_OUT, {} };
static const struct fact_read pool[] = { READS_POOL, {} };
static const struct fact_read niov[] = { READS_NIOV, {} };
static const struct fact_read fragments[] = { READS_NETMEM, READS_NIOV, {} };
static const struct fact_read tokens[] = { READS("sock", "sk_user_frags"), READS_NIOV, {} };
static const struct fact_read taken[] = { READS_POOL, READS_QUEUE, {} };
static const struct fact_read of_upstream[] = { OF_UPSTREAM, {} };

static const struct fact_read restarts[] = {
	OF_UPSTREAM, READS_POOL, READS_QUEUE, READS("net_device", "page_pools"), {},
};

static const struct fact_read one_alloc[] = {
	{ .type = BINDING,
	  .member = "chunk_pool",
	  .says = "one call takes several net_iovs on this kernel" },
	READS_POOL,
	{},
};

static const struct fact_read pools[] = {
	{ .function = "bpf_rcu_read_lock" },
	READS_POOL,
	READS("page_pool", "user.list"),
	READS_QUEUE,
	READS("net_device", "page_pools"),
	READS(BINDING, "id"),
	READS(BINDING, "dmabuf"),
	{},
};

static const struct fact_read sockets[] = {
	{ .type = "bpf_iter__tcp" },
	READS("sock", "sk_user_frags"),
	READS_NETMEM,
	READS_NIOV,
	{ .type = "net_iov", .member = "pp_ref_count", .or_member = "desc" },
	{},
};

static const struct fact_read io_uring[] = {
	{ .type = "io_zcrx_ifq", .says = "this kernel's io_uring has no zero-copy receive" },
	READS("io_zcrx_ifq", "area"),
	READS("io_zcrx_area", "nia"),
	READS("io_zcrx_area", "free_count"),
	{},
};

static const struct fact_read packets[] = {
	READS("sk_buff", "unreadable"), READS_NETMEM, READS_NIOV, READS_POOL, READS_QUEUE, {},
};

/* ---- facts ---- */

/* From 7.0 on, a bind or an unbind calls only netdev_rx_queue_reconfig(). */
#define QUEUE_CONFIG "netdev_queue_config"

static const struct fact_row rows[FACTS] = {
	[FACT_BIND] = {
		.name = "binds",
		.gives = "who bound what and when; events",
		.sources = {
			{ .via = VIA_EVENTS,
			  .programs = "on_bind on_queue_bind",
			  .from = "devmem_bind, devmem_queue_bind" },
			{ .via = VIA_FENTRY,
			  .programs = "f_bind f_bind_queue f_bind_queue_end",
			  .reads = binding,
			  .from = "net_devmem_bind_dmabuf(), net_devmem_bind_dmabuf_to_queue()" },
			{ .via = VIA_KPROBES,
			  .programs = "k_bind k_bind_end k_bind_queue k_bind_queue_end",
			  .reads = binding,
			  .from = "net_devmem_bind_dmabuf(), net_devmem_bind_dmabuf_to_queue()" },
		},
	},
	[FACT_UNBIND] = {
		.name = "unbinds",
		.gives = "since when a binding is given up; events",
		.sources = {
			{ .via = VIA_EVENTS,
			  .programs = "on_unbind on_queue_unbind",
			  .from = "devmem_unbind, devmem_queue_unbind" },
			{ .via = VIA_FENTRY,
			  .programs = "f_unbind f_unbind_end",
			  .reads = binding,
			  .from = "net_devmem_unbind_dmabuf()" },
			{ .via = VIA_KPROBES,
			  .programs = "k_unbind k_unbind_end",
			  .reads = binding,
			  .from = "net_devmem_unbind_dmabuf()" },
		},
	},
	[FACT_BINDING_FREE] = {
		.name = "binding-free",
		.gives = "when the last user of a binding is gone; events",
		.sources = {
			{ .via = VIA_EVENTS,
			  .programs = "on_binding_free",
			  .from = "devmem_binding_free" },
			{ .via = VIA_FENTRY,
			  .programs = "f_free",
			  .reads = binding,
			  .from = "__net_devmem_dmabuf_binding_free()" },
			{ .via = VIA_KPROBES,
			  .programs = "k_free",
			  .reads = binding,
			  .from = "__net_devmem_dmabuf_binding_free()" },
		},
	},
	[FACT_RESTART] = {
		.name = "restarts",
		.gives = "RST, STATE restart and failed; how long a restart took",
		.sources = {
			{ .via = VIA_EVENTS,
			  .programs = "on_restart_begin on_restart_end",
			  .from = "devmem_restart_begin, devmem_restart_end" },
			{ .via = VIA_FENTRY,
			  .programs = "f_restart f_restart_end",
			  .later = "f_reconfig f_reconfig_end",
			  .later_with = QUEUE_CONFIG,
			  .reads = restarts,
			  .from = "netdev_rx_queue_restart(), netdev_rx_queue_reconfig()" },
			{ .via = VIA_KPROBES,
			  .programs = "k_restart k_restart_end",
			  .later = "k_reconfig k_reconfig_end",
			  .later_with = QUEUE_CONFIG,
			  .reads = restarts,
			  .from = "netdev_rx_queue_restart(), netdev_rx_queue_reconfig()" },
		},
	},
	[FACT_DOWN] = {
		.name = "down-time",
		.gives = "DOWN, STATE dead; the phases of a restart",
		.sources = {
			{ .via = VIA_EVENTS,
			  .programs = "on_restart_mem_alloc on_restart_stop on_restart_start "
				      "on_restart_rollback",
			  .from = "devmem_restart_stop, devmem_restart_start and others" },
			{ .via = VIA_FENTRY,
			  .programs = "f_napi_disable f_napi_enable",
			  .optional = "f_napi_disable_l f_napi_enable_l",
			  .needs = FACT(RESTART),
			  .reads = of_upstream,
			  .from = "napi_disable(), napi_enable() within a restart",
			  .limits = BY_NAPI },
			{ .via = VIA_KPROBES,
			  .programs = "k_napi_disable k_napi_disable_end k_napi_enable",
			  .optional = "k_napi_disable_l k_napi_disable_l_end k_napi_enable_l",
			  .needs = FACT(RESTART),
			  .reads = of_upstream,
			  .from = "napi_disable(), napi_enable() within a restart",
			  .limits = BY_NAPI },
		},
	},
	[FACT_ALLOC] = {
		.name = "allocs",
		.gives = "ALLOC/s; how long net_iovs are out",
		.sources = {
			{ .via = VIA_EVENTS,
			  .programs = "on_niov_alloc",
			  .from = "devmem_niov_alloc" },
			{ .via = VIA_FENTRY,
			  .programs = "on_provider_entry on_provider_exit",
			  .reads = one_alloc,
			  .from = "mp_dmabuf_devmem_alloc_netmems()" },
			{ .via = VIA_PAGE_POOL,
			  .programs = "p_niov_alloc",
			  .reads = pool,
			  .from = "page_pool_state_hold",
			  .limits = HOST_TOO },
		},
	},
	[FACT_RETURN] = {
		.name = "frees",
		.gives = "FREE/s; how long net_iovs are out",
		.sources = {
			{ .via = VIA_EVENTS,
			  .programs = "on_niov_free",
			  .from = "devmem_niov_free" },
			{ .via = VIA_FENTRY,
			  .programs = "f_niov_free",
			  .reads = pool,
			  .from = "mp_dmabuf_devmem_release_page()" },
			{ .via = VIA_PAGE_POOL,
			  .programs = "p_niov_free",
			  .reads = pool,
			  .from = "page_pool_state_release",
			  .limits = HOST_TOO },
		},
	},
	[FACT_FAIL] = {
		.name = "fails",
		.gives = "FAIL/s, since when a queue is starved",
		.sources = {
			{ .via = VIA_EVENTS,
			  .programs = "on_niov_alloc_fail",
			  .from = "devmem_niov_alloc_fail" },
			{ .via = VIA_FENTRY,
			  .programs = "on_provider_entry on_provider_exit",
			  .reads = pool,
			  .from = "mp_dmabuf_devmem_alloc_netmems()" },
		},
	},
	[FACT_PROVIDER_TIME] = {
		.name = "provider-time",
		.gives = "how long an allocation from the binding takes",
		.sources = {
			{ .via = VIA_FENTRY,
			  .programs = "on_provider_entry on_provider_exit",
			  .reads = pool,
			  .from = "mp_dmabuf_devmem_alloc_netmems()" },
		},
	},
	[FACT_TOKEN_GET] = {
		.name = "token-gets",
		.gives = "TOKEN/s",
		.sources = {
			{ .via = VIA_EVENTS,
			  .programs = "on_token_get",
			  .from = "devmem_token_get" },
			{ .via = VIA_FENTRY,
			  .programs = "f_recv f_token_get",
			  .reads = fragments,
			  .from = "tcp_recvmsg_dmabuf(), put_cmsg_notrunc()" },
			{ .via = VIA_FENTRY,
			  .programs = "f_recv f_token_get_old",
			  .reads = fragments,
			  .from = "tcp_recvmsg_dmabuf(), put_cmsg()" },
		},
	},
	[FACT_TOKEN_PUT] = {
		.name = "token-puts",
		.gives = "tokens given back",
		.sources = {
			{ .via = VIA_EVENTS,
			  .programs = "on_token_put",
			  .from = "devmem_token_put" },
			{ .via = VIA_FENTRY,
			  .programs = "f_recv f_token_put f_token_destroy",
			  .reads = tokens,
			  .from = "sock_devmem_dontneed(), tcp_v4_destroy_sock()",
			  .limits = DESTROYED },
		},
	},
	[FACT_TOKEN_AGE] = {
		.name = "token-age",
		.gives = "OLDEST",
		.sources = {
			{ .via = VIA_EVENTS,
			  .programs = "on_token_get",
			  .from = "devmem_token_get" },
			{ .via = VIA_FENTRY,
			  .programs = "f_recv",
			  .reads = fragments,
			  .from = "tcp_recvmsg_dmabuf()" },
		},
	},
	[FACT_QUEUES] = {
		.name = "bound-queues",
		.gives = "the queues and what they are bound to",
		.sources = {
			{ .via = VIA_NETLINK, .from = "queue-get" },
		},
	},
	[FACT_POOLS] = {
		.name = "pools",
		.gives = "OUT, HELD, POOL, CACHE, RING, the queue of each pool",
		.sources = {
			{ .via = VIA_WALK, .reads = pools, .from = "struct page_pool" },
			{ .via = VIA_NETLINK,
			  .from = "page-pool-get",
			  .limits = "no CACHE and RING; the queue is guessed by its NAPI" },
		},
	},
	[FACT_BINDING_FREE_NIOVS] = {
		.name = "binding-free-niovs",
		.gives = "DMABUF, FREE",
		.sources = {
			{ .via = VIA_WALK,
			  .reads = out,
			  .from = "the binding's free list or gen_pool" },
		},
	},
	[FACT_NIOV_PLACES] = {
		.name = "niov-places",
		.gives = "WHERE, USER, SOCKET, POSTED; who holds buffers",
		.sources = {
			{ .via = VIA_SOCKETS,
			  .reads = sockets,
			  .from = "the sockets' queues and tokens" },
		},
	},
	[FACT_IO_URING] = {
		.name = "io_uring",
		.gives = "the pools of io_uring's zero-copy receive and what is left of its area",
		.sources = {
			{ .via = VIA_WALK, .reads = io_uring, .from = "struct io_zcrx_ifq" },
		},
	},
	[FACT_RECYCLED] = {
		.name = "recycled",
		.gives = "RECYC/s",
		.sources = {
			{ .via = VIA_NETLINK, .from = "page-pool-stats-get" },
		},
	},
	[FACT_RECEIVED] = {
		.name = "received",
		.gives = "RX/s, RX, DROP/s",
		.sources = {
			{ .via = VIA_NETLINK, .from = "qstats-get" },
		},
	},

	/* Facts for the race detectors: the programs of bpf/devmem_races.bpf.c. */
	[FACT_SEEN_RESTARTS] = {
		.name = "restarts",
		.sources = {
			{ .via = VIA_EVENTS,
			  .programs = "on_restart_begin on_restart_end",
			  .extra = "on_bind",
			  .from = "devmem_restart_begin, devmem_restart_end" },
			/*
			 * A task that gives up a queue first takes its provider, then restarts it.
			 */
			{ .via = VIA_FENTRY,
			  .programs = "s_restart s_restart_end",
			  .later = "s_reconfig s_reconfig_end",
			  .later_with = QUEUE_CONFIG,
			  .extra = "s_bind s_bind_end s_unbind_end s_free "
				   "s_close s_close_end s_close_inner s_close_inner_end "
				   "s_close_if s_close_if_end s_close_if_inner s_close_if_inner_end",
			  .reads = restarts,
			  .from = "netdev_rx_queue_restart(), netdev_rx_queue_reconfig()" },
		},
	},
	[FACT_SEEN_PHASES] = {
		.name = "phases of restarts",
		.sources = {
			{ .via = VIA_EVENTS,
			  .programs = "on_restart_mem_alloc on_restart_stop on_restart_start "
				      "on_restart_rollback",
			  .from = "devmem_restart_stop, devmem_restart_start and others" },
			{ .via = VIA_FENTRY,
			  .programs = "s_stop s_start",
			  .extra = "s_stop_locked s_start_locked",
			  .needs = FACT(SEEN_RESTARTS),
			  .reads = of_upstream,
			  .from = "napi_disable(), napi_enable() within a restart",
			  .limits = BY_NAPI },
		},
	},
	[FACT_SEEN_PROVIDERS] = {
		.name = "providers of queues",
		.sources = {
			{ .via = VIA_FENTRY,
			  .programs = "on_provider_set",
			  .from = "netdev_rx_queue_set_provider()" },
			/* Programs read this when a restart ends. */
			{ .via = VIA_FENTRY,
			  .programs = "s_restart_end",
			  .needs = FACT(SEEN_RESTARTS),
			  .reads = of_upstream,
			  .from = "netdev_rx_queue_restart()" },
		},
	},
	[FACT_SEEN_POLLS] = {
		.name = "polls",
		.sources = {
			{ .via = VIA_FENTRY,
			  .programs = "on_poll on_poll_done",
			  .from = "__napi_poll()" },
		},
	},
	[FACT_SEEN_TAKES] = {
		.name = "net_iovs taken",
		.sources = {
			{ .via = VIA_FENTRY,
			  .programs = "on_take",
			  .extra = "on_uninstall",
			  .reads = taken,
			  .from = "page_pool_alloc_netmems()" },
		},
	},
	[FACT_SEEN_GIVES] = {
		.name = "net_iovs given back",
		.sources = {
			{ .via = VIA_FENTRY,
			  .programs = "on_give",
			  .reads = niov,
			  .from = "page_pool_put_unrefed_netmem()" },
		},
	},
	[FACT_SEEN_BAD_FREES] = {
		.name = "frees that the provider finds to be wrong",
		.sources = {
			{ .via = VIA_EVENTS,
			  .programs = "on_bad_free",
			  .from = "devmem_niov_bad_free" },
		},
	},
	[FACT_SEEN_NIOVS] = {
		.name = "each net_iov",
		.opt_in = true,
		.sources = {
			{ .via = VIA_FENTRY,
			  .programs = "follow_take follow_give",
			  .extra = "follow_take_frag follow_home",
			  .reads = niov,
			  .from = "page_pool_alloc_netmems(), page_pool_put_unrefed_netmem()" },
		},
	},
	[FACT_SEEN_POOLS] = {
		.name = "pools made",
		.sources = {
			{ .via = VIA_FENTRY,
			  .programs = "on_pool_made",
			  .from = "page_pool_create()" },
		},
	},
	[FACT_SEEN_PACKETS] = {
		.name = "packets",
		.sources = {
			{ .via = VIA_PACKETS,
			  .programs = "on_gro_receive",
			  .extra = "on_gro_frags on_receive on_receive_list",
			  .reads = packets,
			  .from = "napi_gro_receive_entry and others" },
		},
	},
	[FACT_SEEN_UNBINDS] = {
		.name = "unbinds",
		.sources = {
			{ .via = VIA_FENTRY,
			  .programs = "on_unbind",
			  .extra = "on_binding_free",
			  .reads = binding_id,
			  .from = "net_devmem_unbind_dmabuf()" },
		},
	},
	[FACT_SEEN_AGES] = {
		.name = "ages",
		.sources = {
			{ .via = VIA_WALK, .programs = "check_ages", .from = "what the others keep" },
		},
	},
	[FACT_SEEN_OUT] = {
		.name = "net_iovs out",
		.sources = {
			{ .via = VIA_WALK,
			  .programs = "check_ages",
			  .reads = out,
			  .from = "the binding's count or gen_pool" },
		},
	},
	/* races/watch.c says if this fact is known. */
	[FACT_SEEN_LOCK] = {
		.name = "the lock of queues",
		.sources = {
			{ .via = VIA_LOCK, .from = "rtnl_mutex, from 6.15 on the device's lock" },
		},
	},
};

const struct fact_row *facts_row(enum fact fact)
{
	return &rows[fact];
}
