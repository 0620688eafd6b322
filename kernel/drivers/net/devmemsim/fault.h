/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults on demand: what a driver under development does wrong
 *
 * Each fault is a file in debugfs, off at first. While all are off the paths of
 * packets have a static branch and nothing else.
 */
#ifndef _DEVMEMSIM_FAULT_H
#define _DEVMEMSIM_FAULT_H

#include <linux/jump_label.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <net/netmem.h>

struct dentry;
struct dms_cmpl;
struct dms_nic;
struct dms_ring;
struct dms_rxq;
struct page_pool;
struct sk_buff;

/* Numbers of the faults, from the rows of fault_types.h */
#define DMS_FAULT_TYPE(nr, ...)	nr,

enum dms_fault_nr {
#include "fault_types.h"
	DMS_FAULTS
};

#undef DMS_FAULT_TYPE

/**
 * struct dms_fault_type - a kind of fault
 * @name:	its file in debugfs
 * @is_wait:	no fault, but time for the other side: takes milliseconds, and
 *		tells what happened meanwhile
 * @on:		it was armed, and will be due when this has returned
 * @off:	it is not armed any more: nothing that it did may be left
 * @set:	what is written is not a count: do it at once. 0 or -errno.
 *
 * The functions are optional, and called under rtnl; @off also without, when the
 * NIC, which has no queues any more, is freed.
 */
struct dms_fault_type {
	const char	*name;
	bool		is_wait;
	void		(*on)(struct dms_nic *nic, enum dms_fault_nr nr);
	void		(*off)(struct dms_nic *nic, enum dms_fault_nr nr);
	int		(*set)(struct dms_nic *nic, enum dms_fault_nr nr,
			       const char *text);
};

extern const struct dms_fault_type dms_fault_types[DMS_FAULTS];

#define DMS_LOST	64

/**
 * struct dms_fault - one fault of one NIC
 * @nic:	the NIC
 * @times:	how often it is still to be injected; with @of, out of so many
 * @of:		occasions in a row of which the first @times count; 0: no rate
 * @pos:	occasions since the last multiple of @of
 * @ms:		how long to wait; waits only
 * @armed:	the static branch is held; rtnl
 * @injected:	how often it was, since it was last armed
 * @frames:	waits in which the device wrote a frame to the queue
 * @packets:	waits in which NAPI handed in a packet
 * @lost:	waits in which a frame came to the stopped queue
 * @returned:	waits in which a net_iov came back to the pool of the queue
 */
struct dms_fault {
	struct dms_nic	*nic;
	u32		times;
	u32		of;
	u32		pos;
	u32		ms;
	bool		armed;
	u64		injected;
	u64		frames;
	u64		packets;
	u64		lost;
	u64		returned;
};

/**
 * struct dms_lost - a net_iov that is not where it should be
 * @netmem:	the net_iov
 * @nr:		fault that it is kept for, until that is turned off
 * @refs:	references to it to drop then
 * @given:	it was given to a pool that is not its own
 * @again:	a net_iov of the same pool that was freed, to be freed once more
 */
struct dms_lost {
	netmem_ref		netmem;
	enum dms_fault_nr	nr;
	u32			refs;
	bool			given;
	netmem_ref		again;
};

/**
 * struct dms_faults - all faults of one NIC
 * @fault:	by number
 * @lock:	protects their counts and @lost; taken in softirq and process
 *		context
 * @dir:	in debugfs; rtnl
 * @lost:	net_iovs that are kept until the fault is turned off
 * @num_lost:	how many
 * @elsewhere:	takes a buffer on another CPU
 * @elsewhere_state: how far it has come
 * @elsewhere_pool: what it takes from
 */
struct dms_faults {
	struct dms_fault	fault[DMS_FAULTS];
	spinlock_t		lock;	/* counts and lost */
	struct dentry		*dir;
	struct dms_lost		lost[DMS_LOST];
	u32			num_lost;
	struct work_struct	elsewhere;
	atomic_t		elsewhere_state;
	struct page_pool	*elsewhere_pool;
};

/**
 * struct dms_rxq_fault - what faults remember of a queue
 * @late:	enum dms_late: the queue was said to be stopped and is not
 * @clear:	NAPI is to take a buffer while the queue has no provider
 * @held:	packet that is kept until the queue has another ring; its NAPI
 * @held_ring:	ring that it came from; only compared
 * @old_mem:	the core's record of the memory that the queue was stopped with
 * @hold:	enum dms_hold: a poll that lasts longer than a restart
 * @seen:	hash of the last packet of this poll; only NAPI
 * @kept:	packet that is handed in at the end of that poll; only NAPI
 */
struct dms_rxq_fault {
	int			late;
	int			clear;
	struct sk_buff		*held;
	struct dms_ring		*held_ring;
	void			*old_mem;
	atomic_t		hold;
	u32			seen;
	struct sk_buff		*kept;
};

DECLARE_STATIC_KEY_FALSE(dms_faults_key);

/* Is any fault of any NIC armed? */
static inline bool dms_faults_on(void)
{
	return static_branch_unlikely(&dms_faults_key);
}

/* fault.c: knows switches and counts only */
int dms_faults_new(struct dms_nic *nic);
void dms_faults_free(struct dms_nic *nic);
void dms_faults_show(struct dms_nic *nic);
void dms_faults_hide(struct dms_nic *nic);
bool dms_fault_armed(const struct dms_nic *nic, enum dms_fault_nr nr);
bool dms_fault_due(struct dms_nic *nic, enum dms_fault_nr nr);
void dms_fault_did(struct dms_nic *nic, enum dms_fault_nr nr, u32 times);
void dms_faults_init(void);
void dms_faults_exit(void);

/* Is the fault to be injected now? Then it counts as injected. */
static inline bool dms_fault(struct dms_nic *nic, enum dms_fault_nr nr)
{
	if (!dms_faults_on() || !dms_fault_due(nic, nr))
		return false;
	dms_fault_did(nic, nr, 1);
	return true;
}

/**
 * struct dms_refill - what a refill by NAPI began with
 * @taken:	payload buffers that the ring had taken
 * @late:	the queue should have been stopped before
 * @clear:	the queue's provider is hidden from the refill
 * @provider:	that provider
 */
struct dms_refill {
	u32	taken;
	bool	late;
	bool	clear;
	void	*provider;
};

/* inject_rx.c: only called while dms_faults_on(). The driver's functions ask
 * these; they call none of the driver's.
 */
extern spinlock_t dms_pool_lock;

netmem_ref dms_fault_take(struct page_pool *pool);
bool dms_fault_refill_begin(struct dms_rxq *q, struct dms_refill *refill);
void dms_fault_refill_end(struct dms_rxq *q, const struct dms_refill *refill);
struct sk_buff *dms_fault_late(struct dms_rxq *q);
void dms_fault_poll(struct dms_rxq *q);
struct sk_buff *dms_fault_polled(struct dms_rxq *q);
struct sk_buff *dms_fault_rx(struct dms_rxq *q, struct sk_buff *skb);
bool dms_fault_paged(struct dms_rxq *q, const struct dms_cmpl *cmpl);
void dms_elsewhere_on(struct dms_nic *nic, enum dms_fault_nr nr);
void dms_elsewhere_off(struct dms_nic *nic, enum dms_fault_nr nr);

/* inject.c: the same */
void dms_fault_wait_slow(struct dms_rxq *q, enum dms_fault_nr point);
bool dms_fault_skip_quiesce(struct dms_rxq *q);
bool dms_fault_late_quiesce(struct dms_rxq *q);
void dms_fault_quiesced(struct dms_rxq *q);
bool dms_fault_hold_poll(struct dms_rxq *q);
void dms_fault_let_go(struct dms_rxq *q);
bool dms_fault_keep_ring(struct dms_rxq *q, const struct dms_ring *old_ring,
			 const struct dms_ring *new_ring);
void dms_fault_clear_provider(struct dms_rxq *q);
void dms_fault_unmap(struct dms_nic *nic);
bool dms_fault_free(struct dms_nic *nic, struct page_pool *pool,
		    netmem_ref netmem);
bool dms_fault_keep(struct dms_nic *nic, enum dms_fault_nr nr,
		    netmem_ref netmem, u32 refs);
void dms_fault_give_back(struct dms_nic *nic, enum dms_fault_nr nr);
int dms_fault_no_rtnl(struct dms_nic *nic, enum dms_fault_nr nr,
		      const char *text);

static inline void dms_fault_wait(struct dms_rxq *q, enum dms_fault_nr point)
{
	if (dms_faults_on())
		dms_fault_wait_slow(q, point);
}

enum dms_late {
	DMS_LATE_NO,
	DMS_LATE_STOPPING,	/* the core does not think yet that it stopped */
	DMS_LATE_STOPPED,	/* now it does: what is taken is taken wrongly */
};

enum dms_hold {
	DMS_HOLD_NO,
	DMS_HOLD_ASKED,		/* stop waits for a poll */
	DMS_HOLD_POLLING,	/* a poll waits for stop */
	DMS_HOLD_STOPPED,	/* all but NAPI, which waits for start */
	DMS_HOLD_STARTED,
};

/* Is the queue stopped and started around a poll? */
static inline bool dms_fault_held(const struct dms_rxq_fault *fault)
{
	return dms_faults_on() && atomic_read(&fault->hold) == DMS_HOLD_STOPPED;
}

#endif /* _DEVMEMSIM_FAULT_H */
