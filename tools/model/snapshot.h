/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The model: what devmemtop knows at one moment. Collectors fill it, views read it; neither
 * BPF nor netlink types occur here. Counters only grow; rates are differences of two snapshots
 * (rates.h).
 *
 * A number that no source could give is UNKNOWN, never 0.
 */
#ifndef DEVMEMTOP_MODEL_SNAPSHOT_H
#define DEVMEMTOP_MODEL_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/sorted.h"
#include "lib/unknown.h"

#define NO_QUEUE  UINT32_MAX
#define NAME_LEN  16
#define KINDS_MAX 16

/* Where a snapshot comes from. Each has a bit in struct snapshot::sources. */
enum source {
	SOURCE_NETLINK, /* uapi of the kernel; works everywhere */
	SOURCE_SOCKETS, /* TCP sockets read by a BPF iterator */
	SOURCE_WALK,	/* page pools read by a BPF program */
	SOURCE_EVENTS,	/* tracepoints of the devmem system */
	SOURCES,
};

/*
 * The counters of a queue, a row each: COUNTER(NAME) is what becomes of a row. Rates, sums, JSON and
 * CSV have what stands here.
 */
#define EVENT_COUNTERS(COUNTER)                                              \
	COUNTER(niov_allocs) /* net_iovs that left a binding for a pool */   \
	COUNTER(niov_frees)  /* that went back from a pool to the binding */ \
	COUNTER(niov_fails)  /* allocations which found the binding empty */ \
	COUNTER(token_gets)  /* tokens handed to user space */               \
	COUNTER(token_puts)  /* tokens that came back */

#define POOL_COUNTERS(COUNTER)                                                   \
	COUNTER(pool_allocs)	/* buffers that pools gave to the driver */      \
	COUNTER(pool_recycles)	/* that came back into a pool's cache or ring */ \
	COUNTER(pool_ring_full) /* that found the ring full and fell through */

#define COUNTERS(COUNTER) EVENT_COUNTERS(COUNTER) POOL_COUNTERS(COUNTER)

/* Since devmemtop started; UNKNOWN without their source. */
struct counters {
#define COUNTER(name) uint64_t name;
	COUNTERS(COUNTER)
#undef COUNTER
};

/*
 * Where net_iovs are. The parts of a binding add up to all its net_iovs. The parts of a queue,
 * without free, add up to its outstanding net_iovs. Each net_iov counts in one place: if user space
 * has a token of it, it is with user space, even when a part of it is still in a receive queue.
 */
struct parts {
	uint64_t free;	 /* in the binding (which queues may share) */
	uint64_t cache;	 /* in caches of pools */
	uint64_t ring;	 /* in rings of pools */
	uint64_t posted; /* all others: with the NIC, or on the way through the stack */
	uint64_t socket; /* in receive queues of TCP sockets */
	uint64_t user;	 /* held by user space as tokens */
};

/* A distribution by powers of two. */
#define HIST_SLOTS 40

struct histogram {
	uint64_t slots[HIST_SLOTS]; /* [i]: from 2^i ns to 2^(i+1) ns; the last one has no end */
};

/* All distributions. Each has a bit in struct snapshot::measured. */
enum hist_kind {
	HIST_HOLD,
	HIST_DOWN,
	HIST_RESTART,
	HIST_PROVIDER,
	HIST_KINDS,
};

/* Times of a queue since devmemtop started. */
struct hist_row {
	uint32_t ifindex;
	uint32_t queue;
	struct histogram hold;	  /* from alloc to free, of one net_iov in N (--sample=N) */
	struct histogram down;	  /* restarts: from stop to start */
	struct histogram restart; /* restarts: from begin to end */
	struct histogram
		provider; /* calls of the memory provider, when cache and ring were empty */
};

/*
 * Rows. The members after numbers[] are UNKNOWN until a source fills them in. So a new number there
 * is shown as "-", and not as 0, where a source forgets it. The members before numbers[] start as
 * 0: ids, names, flags, and times for which 0 means that it did not happen.
 */

/* A TCP socket with net_iovs in its receive queue or with user space. */
struct socket_row {
	uint64_t cookie; /* as `ss -e` prints it */
	uint16_t family; /* AF_INET or AF_INET6 */
	uint16_t local_port;
	uint16_t remote_port;
	uint8_t local[16]; /* in network byte order; IPv4: the first 4 */
	uint8_t remote[16];
	uint32_t ifindex; /* this and the next two: of the last of its net_iovs that was found */
	uint32_t queue;	  /* NO_QUEUE: not known */
	uint32_t binding;
	bool oldest_before; /* the oldest token is older than oldest_ns says */
	uint32_t pid;	    /* 0: not known */
	char comm[NAME_LEN];
	uint64_t numbers[0];
	uint64_t tokens;       /* held by user space */
	uint64_t user_niovs;   /* net_iovs behind the tokens; one may be behind several */
	uint64_t socket_niovs; /* net_iovs in its receive queue */
	/* Age of the oldest token; UNKNOWN without tokens or without events. */
	uint64_t oldest_ns;
};

/* A page pool. */
struct pool_row {
	uint32_t id;
	uint32_t ifindex;
	uint32_t queue; /* NO_QUEUE: not known */
	uint32_t napi;
	uint32_t binding;     /* 0: host memory */
	const char *provider; /* where its memory comes from, NULL: not known */
	uint64_t detached_s;  /* when the driver gave it up, in seconds since boot; 0: in use */
	uint64_t starved_ns;  /* since when it finds the binding empty, 0: it does not */
	uint64_t numbers[0];
	uint64_t outstanding; /* buffers that it took and has not given back */
	uint64_t cache;	      /* how many of them are in its cache */
	uint64_t ring;	      /* how many of them are in its ring */
	uint64_t ring_size;
	uint64_t area;		/* net_iovs that io_uring's zero-copy receive has for it */
	uint64_t area_free;	/* how many of these are free */
	uint64_t socket;	/* part of outstanding: in receive queues of sockets */
	uint64_t user;		/* part of outstanding: with user space */
	uint64_t starved_fails; /* allocations that failed since; UNKNOWN without events */
	/* Statistics of the pool since it was made: see struct counters. */
	uint64_t allocs;
	uint64_t recycles;
	uint64_t ring_full;
};

/* A receive queue. */
struct queue_row {
	char ifname[NAME_LEN];
	uint32_t ifindex;
	uint32_t queue;
	uint32_t napi;
	uint32_t binding; /* 0: host memory */
	uint32_t pool;	  /* the pool that feeds it, 0: none or not known */
	bool link_up;
	bool running; /* a restart is under way */
	bool dead;    /* stopped, and both start and rollback failed */
	int last_err; /* error of the last restart */
	/* Since when both the pool and the binding are empty; 0: they are not. */
	uint64_t starved_ns;
	uint64_t numbers[0];
	uint64_t size_bytes;  /* of the dma-buf */
	uint64_t niovs;	      /* of the binding */
	uint64_t niovs_free;  /* of the binding */
	uint64_t outstanding; /* net_iovs that the queue's pools hold */
	uint64_t cache;
	uint64_t ring;
	uint64_t held; /* part of outstanding: taken by pools that no longer feed the queue */
	struct parts parts;
	uint64_t starved_fails; /* allocations that failed since; UNKNOWN without events */
	struct counters total;
	uint64_t restarts;
	uint64_t restart_failures;
	uint64_t down_ns; /* from the last stop to start */
	uint64_t down_max_ns;
	uint64_t restart_ns; /* from the last begin to end */
	uint64_t rx_bytes;   /* from the driver */
	uint64_t rx_packets;
	uint64_t rx_alloc_fails;
	uint64_t rx_drops;
};

/* A dma-buf bound to queues. */
struct binding_row {
	uint32_t id;
	uint32_t ifindex;
	char ifname[NAME_LEN];
	uint32_t queues; /* number of queues bound to it now */
	bool summed;	 /* outstanding is the sum over the pools */
	bool unbound;	 /* its owner has given it up, but buffers still hold it */
	uint32_t pid;	 /* process id of the owner, 0: not known */
	char comm[NAME_LEN];
	uint64_t bound_ns;   /* when it was bound, 0: before devmemtop started */
	uint64_t unbound_ns; /* when it was unbound, 0: it is bound */
	uint64_t numbers[0];
	uint64_t size_bytes;
	uint64_t niovs;
	uint64_t outstanding;
	struct parts parts;
};

/* A rare event: a binding or a restart. */
struct event_row {
	uint64_t seq; /* counts up from 0 */
	uint64_t time_ns;
	const char *kind; /* static string, the tracepoint's name without "devmem_" */
	int err;
	uint32_t ifindex;
	uint32_t queue; /* NO_QUEUE: the event is about the whole binding */
	uint32_t binding;
	uint32_t old_binding;
	uint32_t pool;
	uint32_t pid;
	char comm[NAME_LEN];
	uint64_t numbers[0];
	uint64_t outstanding;
};

/* A race that was caught: model/race.h. */
struct race;

/* How often events of a kind were seen and lost. */
struct kind_count {
	const char *kind;
	uint64_t seen;
	uint64_t lost;
};

struct snapshot {
	uint64_t time_ns;      /* CLOCK_MONOTONIC */
	uint64_t wall_ns;      /* CLOCK_REALTIME */
	unsigned int sources;  /* bits by enum source */
	unsigned int measured; /* bits by enum hist_kind: the distributions that are measured */
	uint32_t netns;	       /* inode number */

	struct sorted queues;	  /* struct queue_row, by interface and queue: queue_at() */
	struct sorted pools;	  /* struct pool_row, by id: pool_at() */
	struct sorted bindings;	  /* struct binding_row, by id: binding_at() */
	struct sorted events;	  /* struct event_row, oldest first: event_at() */
	struct sorted sockets;	  /* struct socket_row, most user_niovs first: socket_at() */
	struct sorted races_kept; /* struct race *, oldest first: race_at() */
	struct sorted hists;	  /* struct hist_row, by interface and queue: hist_at() */
	uint64_t next_seq;	  /* seq of the event that comes next */
	uint64_t next_race;	  /* seq of the race that comes next */
	struct kind_count kinds[KINDS_MAX];
	size_t num_kinds;

	uint64_t lost_ring;   /* rare events that did not fit into the ring buffer */
	uint64_t lost_missed; /* events that came while their own program was running */
	uint64_t lost_full;   /* entries that did not fit into a hash */
	uint64_t lost_races;  /* races that were not reported, or not judged for lack of room */
	uint64_t unjudged;    /* events that came while their own race detector was running */
	uint64_t races;	      /* races since the detectors were loaded; UNKNOWN: they are not */
	char incomplete[160]; /* what could not be read; empty: all was read */
};

static inline struct queue_row *queue_at(const struct snapshot *snap, size_t i)
{
	return (struct queue_row *)snap->queues.rows + i;
}

static inline struct pool_row *pool_at(const struct snapshot *snap, size_t i)
{
	return (struct pool_row *)snap->pools.rows + i;
}

static inline struct binding_row *binding_at(const struct snapshot *snap, size_t i)
{
	return (struct binding_row *)snap->bindings.rows + i;
}

static inline struct event_row *event_at(const struct snapshot *snap, size_t i)
{
	return (struct event_row *)snap->events.rows + i;
}

static inline struct socket_row *socket_at(const struct snapshot *snap, size_t i)
{
	return (struct socket_row *)snap->sockets.rows + i;
}

static inline const struct race *race_at(const struct snapshot *snap, size_t i)
{
	return ((struct race **)snap->races_kept.rows)[i];
}

static inline struct hist_row *hist_at(const struct snapshot *snap, size_t i)
{
	return (struct hist_row *)snap->hists.rows + i;
}

/**
 * snapshot_age() - how long ago something began
 * @snap: snapshot
 * @since_ns: when, on CLOCK_MONOTONIC
 *
 * A snapshot's time is from before the reading. The age of what began during the reading is 0.
 *
 * Return: nanoseconds.
 */
static inline uint64_t snapshot_age(const struct snapshot *snap, uint64_t since_ns)
{
	return since_ns < snap->time_ns ? snap->time_ns - since_ns : 0;
}

/**
 * source_name() - the name of a source
 * @source: source
 *
 * Return: static string.
 */
const char *source_name(enum source source);

/**
 * snapshot_new() - make an empty snapshot, its clocks set to now
 *
 * Return: the snapshot. When memory runs out, the program ends with a message, because a monitor
 * can do nothing without memory.
 */
struct snapshot *snapshot_new(void);

/**
 * snapshot_free() - give a snapshot up
 * @snap: NULL is allowed
 */
void snapshot_free(struct snapshot *snap);

/**
 * snapshot_queue() - find a queue, or add it with everything unknown
 * @snap: snapshot
 * @ifindex: interface
 * @queue: rx queue
 *
 * Return: the row; valid until the next call.
 */
struct queue_row *snapshot_queue(struct snapshot *snap, uint32_t ifindex, uint32_t queue);

/**
 * snapshot_pool() - find a page pool, or add it with everything unknown
 * @snap: snapshot
 * @id: its id
 *
 * Return: the row; valid until the next call.
 */
struct pool_row *snapshot_pool(struct snapshot *snap, uint32_t id);

/**
 * snapshot_find_pool() - find a page pool
 * @snap: snapshot
 * @id: its id
 *
 * Return: the row or NULL; valid until a pool is added.
 */
struct pool_row *snapshot_find_pool(const struct snapshot *snap, uint32_t id);

/**
 * snapshot_binding() - find a binding, or add it with everything unknown
 * @snap: snapshot
 * @id: its id
 *
 * Return: the row; valid until the next call.
 */
struct binding_row *snapshot_binding(struct snapshot *snap, uint32_t id);

/**
 * snapshot_find_binding() - find a binding
 * @snap: snapshot
 * @id: its id
 *
 * Return: the row or NULL; valid until a binding is added.
 */
struct binding_row *snapshot_find_binding(const struct snapshot *snap, uint32_t id);

/**
 * snapshot_add_event() - append an event with everything unknown
 * @snap: snapshot
 *
 * Return: the row; valid until the next call.
 */
struct event_row *snapshot_add_event(struct snapshot *snap);

/**
 * snapshot_add_race() - append a race
 * @snap: snapshot
 * @race: race, to which the snapshot takes a reference of its own
 */
void snapshot_add_race(struct snapshot *snap, struct race *race);

/**
 * snapshot_keep_races() - drop races
 * @snap: snapshot
 * @keep: true for each race that stays, NULL: none stays
 */
void snapshot_keep_races(struct snapshot *snap, const bool *keep);

/**
 * snapshot_find_queue() - find a queue
 * @snap: snapshot, NULL finds nothing
 * @ifindex: interface
 * @queue: rx queue
 *
 * Return: the row or NULL.
 */
const struct queue_row *snapshot_find_queue(const struct snapshot *snap, uint32_t ifindex,
					    uint32_t queue);

/**
 * snapshot_add_socket() - append a socket with everything unknown
 * @snap: snapshot
 *
 * Return: the row; valid until the next call.
 */
struct socket_row *snapshot_add_socket(struct snapshot *snap);

/**
 * snapshot_hists() - find the distributions of a queue, or add empty ones
 * @snap: snapshot
 * @ifindex: interface
 * @queue: rx queue
 *
 * Return: the row; valid until the next call.
 */
struct hist_row *snapshot_hists(struct snapshot *snap, uint32_t ifindex, uint32_t queue);

/**
 * snapshot_find_hists() - find the distributions of a queue
 *
 * Parameters are those of snapshot_find_queue().
 *
 * Return: the row or NULL.
 */
const struct hist_row *snapshot_find_hists(const struct snapshot *snap, uint32_t ifindex,
					   uint32_t queue);

/**
 * snapshot_holder() - the socket with the most net_iovs in its queue and with user space
 * @snap: snapshot
 * @binding: count only net_iovs of this binding, 0: of any
 *
 * Return: the row, or NULL when no socket has any.
 */
const struct socket_row *snapshot_holder(const struct snapshot *snap, uint32_t binding);

/**
 * snapshot_sum_bindings() - compute the outstanding net_iovs of bindings that do not count them
 * @snap: snapshot; its pools are already filled in
 */
void snapshot_sum_bindings(struct snapshot *snap);

/**
 * pool_has_buffers() - is there a buffer for the driver?
 * @snap: snapshot, for which snapshot_sum_bindings() was called
 * @pool: a pool with a binding
 *
 * Return: true when the pool or its binding has one, or when this is not known.
 */
bool pool_has_buffers(const struct snapshot *snap, const struct pool_row *pool);

/**
 * snapshot_settle() - connect queues, pools and bindings after all was collected
 * @snap: snapshot
 *
 * Finds the pool that feeds each queue, adds up what its pools hold, gives queues the size of
 * their dma-buf and counts the queues of bindings.
 */
void snapshot_settle(struct snapshot *snap);

/**
 * snapshot_note() - remember that something could not be read
 * @snap: snapshot
 * @fmt: what, a short phrase; only the first one is kept
 */
void snapshot_note(struct snapshot *snap, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * queue_is_shown() - does a queue have anything to do with devmem?
 * @q: queue
 *
 * Return: true when it is bound, still held, or was restarted.
 */
bool queue_is_shown(const struct queue_row *q);

#endif
