/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * devmemsim: a software NIC with device memory TCP
 *
 * Two net_devices belong together: the NIC and its far end. What the far end
 * transmits crosses "the wire" into the NIC's receive rings (wire.c plays the
 * device: it knows rings by index and buffers by DMA address only); NAPI turns
 * completions into skbs (napi.c plays the driver). What the NIC transmits is
 * handed to the far end as it is.
 *
 * Who may touch what:
 * - configuration and the life of rings, NAPIs and queues: rtnl;
 * - dms_rxq.dev_ring and all that the device writes: dms_rxq.lock;
 * - dms_rxq.ring and all that the driver writes: the queue's NAPI, or whoever
 *   holds rtnl while that NAPI is disabled;
 * - steering: RCU, replaced as a whole under rtnl.
 */
#ifndef _DEVMEMSIM_H
#define _DEVMEMSIM_H

#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/ethtool.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/u64_stats_sync.h>
#include <net/netmem.h>
#include <net/page_pool/types.h>

#include "fault.h"

#define DMS_NAME		"devmemsim"

#define DMS_MAX_MTU		9216
#define DMS_MAX_QUEUES		64

#define DMS_RING_MIN		64
#define DMS_RING_DEFAULT	1024
#define DMS_RING_MAX		4096

/* A header buffer is half a page: head room, up to DMS_HDR_CAP bytes of
 * frame and the tail that build_skb() needs.
 */
#define DMS_HDR_BUF		2048
#define DMS_HEADROOM		(NET_SKB_PAD + NET_IP_ALIGN)
#define DMS_HDR_CAP		(SKB_WITH_OVERHEAD(DMS_HDR_BUF) - DMS_HEADROOM)

/* Heads up to this size are copied, so that the buffer stays on the ring */
#define DMS_COPYBREAK		256

/* Ethernet, two VLAN tags, the longest IPv4 or IPv6 and TCP headers */
#define DMS_HDR_MAX		(ETH_HLEN + 2 * VLAN_HLEN + 60 + 60)

#define DMS_RSS_KEY		40
#define DMS_RSS_INDIR		128
#define DMS_RULES		64

/* What the driver tells the device: where to write */
struct dms_desc {
	dma_addr_t	hdr_addr;
	dma_addr_t	data_addr;
};

#define DMS_CMPL_EOP		BIT(0)	/* last descriptor of a frame */
#define DMS_CMPL_CSUM		BIT(1)	/* the L4 checksum is good */
#define DMS_CMPL_HASH_L3	BIT(2)
#define DMS_CMPL_HASH_L4	BIT(3)

/* What the device tells the driver: what it wrote */
struct dms_cmpl {
	u32		hash;
	u32		data_len;
	u16		hdr_len;
	u16		flags;
};

/* What the driver remembers of a posted descriptor */
struct dms_slot {
	netmem_ref	data;
	struct page	*hdr;
	unsigned int	hdr_off;
};

/**
 * struct dms_ring - the memory of one receive queue
 * @dev:	the NIC
 * @dma_dev:	device for which buffers are mapped
 * @data_pool:	payload buffers, one page or net_iov each
 * @hdr_pool:	header buffers; NULL without header split
 * @size:	number of descriptors, a power of two
 * @mask:	@size - 1
 * @split:	headers and payload of TCP go to separate buffers
 * @ran:	a queue has been started with it
 * @drop_bad:	the device is to drop what has a bad checksum: the stack could
 *		not verify it
 * @taken:	payload buffers taken while a fault was armed
 * @desc:	written by the driver, read by the device
 * @cmpl:	written by the device, read by the driver
 * @slot:	the driver's own record
 * @clean:	first descriptor that the driver has not looked at; driver only
 * @tail:	end of what is posted; written by the driver
 * @head:	first descriptor that the device has not used; written by the
 *		device, at the end of a frame
 *
 * The three indices run freely: clean <= head <= tail <= clean + size.
 */
struct dms_ring {
	struct net_device	*dev;
	struct device		*dma_dev;
	struct page_pool	*data_pool;
	struct page_pool	*hdr_pool;
	u32			size;
	u32			mask;
	bool			split;
	bool			ran;
	bool			drop_bad;
	u32			taken;
	struct dms_desc		*desc;
	struct dms_cmpl		*cmpl;
	struct dms_slot		*slot;
	u32			clean;
	u32			tail ____cacheline_aligned_in_smp;
	u32			head ____cacheline_aligned_in_smp;
};

/* Counted by NAPI, or under rtnl while NAPI is disabled */
enum dms_drv_stat {
	DMS_RX_PACKETS,
	DMS_RX_BYTES,
	DMS_RX_SPLIT,
	DMS_RX_CSUM_GOOD,
	DMS_RX_ALLOC_FAIL,
	DMS_RX_REFILL_FAIL,
	DMS_RX_STOP_DROPPED,
	DMS_RX_RESTARTS,
	DMS_DRV_STATS
};

/* Counted by the device, under the queue's lock */
enum dms_dev_stat {
	DMS_DMA_FRAMES,
	DMS_DMA_BYTES,
	DMS_NO_BUFFER,
	DMS_NO_QUEUE,
	DMS_LENGTH_ERR,
	DMS_CSUM_BAD,
	DMS_CSUM_ERR,
	DMS_INTERRUPTS,
	DMS_DEV_STATS
};

enum dms_tx_stat {
	DMS_TX_PACKETS,
	DMS_TX_BYTES,
	DMS_TX_DROPPED,
	DMS_TX_STATS
};

struct dms_drv_stats {
	struct u64_stats_sync	syncp;
	u64_stats_t		v[DMS_DRV_STATS];
};

struct dms_dev_stats {
	struct u64_stats_sync	syncp;
	u64_stats_t		v[DMS_DEV_STATS];
};

struct dms_tx_stats {
	struct u64_stats_sync	syncp;
	u64_stats_t		v[DMS_TX_STATS];
};

/* Bits of dms_rxq.state */
enum dms_rxq_state {
	DMS_Q_ARMED,	/* the next completion raises an interrupt */
	DMS_Q_IRQ,	/* an interrupt is on its way to irq_cpu */
	DMS_Q_STOPPING,	/* NAPI is to let go of everything that it holds */
};

/**
 * struct dms_rxq - a receive queue
 * @napi:	its NAPI instance; exists while the interface is up
 * @nic:	the NIC
 * @index:	number of the queue
 * @state:	bits of enum dms_rxq_state
 * @ring:	the driver's view of the memory in use, NULL when stopped
 * @stats:	the driver's counters
 * @retry:	polls again after a refill that failed
 * @irq_cpu:	where the queue's interrupt goes
 * @irq_csd:	the interrupt
 * @fault:	what faults on demand remember
 * @lock:	serialises the device; taken in softirq and process context
 * @dev_ring:	the device's view of the memory in use, NULL when stopped
 * @dev_stats:	the device's counters
 */
struct dms_rxq {
	struct napi_struct	napi;
	struct dms_nic		*nic;
	u32			index;
	unsigned long		state;
	struct dms_ring		*ring;
	struct dms_drv_stats	stats;
	struct timer_list	retry;
	int			irq_cpu;
	call_single_data_t	irq_csd;
	struct dms_rxq_fault	fault;

	spinlock_t		lock ____cacheline_aligned_in_smp;
	struct dms_ring		*dev_ring;
	struct dms_dev_stats	dev_stats;
};

struct dms_txq {
	struct dms_tx_stats	stats;
} ____cacheline_aligned_in_smp;

/* Addresses and ports of a TCP or UDP flow; IPv4 uses the first word */
struct dms_flow {
	__be32		src[4];
	__be32		dst[4];
	__be16		sport;
	__be16		dport;
};

#define DMS_FLOW_WORDS	(sizeof(struct dms_flow) / sizeof(u32))

/**
 * struct dms_frame - what the parser found in a frame
 * @raw:	a copy of its first bytes, two bytes in, so that IP is aligned
 * @copied:	how many
 * @l3:		offset of the network header
 * @l4:		offset of the transport header
 * @payload:	offset of the TCP payload
 * @l4_len:	bytes from @l4 to the end of the IP packet
 * @is_ip:	an IP packet whose addresses are in @flow
 * @ipv6:	its version
 * @proto:	IPPROTO_TCP or IPPROTO_UDP where ports are in @flow, else 0
 * @flow:	addresses and ports
 * @hash:	RSS hash
 * @hash_flag:	completion flag that says what @hash covers
 */
struct dms_frame {
	u8		raw[2 + DMS_HDR_MAX] __aligned(4);
	u32		copied;
	u16		l3;
	u16		l4;
	u16		payload;
	u16		l4_len;
	bool		is_ip;
	bool		ipv6;
	u8		proto;
	struct dms_flow	flow;
	u32		hash;
	u16		hash_flag;
};

static inline u8 *dms_frame_hdr(struct dms_frame *frame)
{
	return frame->raw + 2;
}

struct dms_rule {
	struct ethtool_rx_flow_spec	fs;
	struct dms_flow			val;
	struct dms_flow			mask;
	bool				ipv6;
};

/* All that decides about a frame's queue; never changed once published */
struct dms_steer {
	struct rcu_head	rcu;
	u8		key[DMS_RSS_KEY];
	u16		indir[DMS_RSS_INDIR];
	DECLARE_BITMAP(used, DMS_RULES);
	struct dms_rule	rule[DMS_RULES];
};

/**
 * struct dms_nic - private part of the NIC
 * @dev:	the NIC
 * @far:	its far end; RCU, set and cleared under rtnl
 * @rxq:	dev->num_rx_queues receive queues
 * @txq:	dev->num_tx_queues transmit queues
 * @steer:	steering; RCU, replaced under rtnl
 * @ring_size:	descriptors per receive queue
 * @split:	header split is on
 * @faults:	faults on demand
 */
struct dms_nic {
	struct net_device		*dev;
	struct net_device __rcu		*far;
	struct dms_rxq			*rxq;
	struct dms_txq			*txq;
	struct dms_steer __rcu		*steer;
	u32				ring_size;
	bool				split;
	struct dms_faults		*faults;
};

/**
 * struct dms_far - private part of the far end
 * @nic:	the NIC; RCU, set and cleared under rtnl
 */
struct dms_far {
	struct net_device __rcu		*nic;
};

static inline void dms_drv_add(struct dms_rxq *q, enum dms_drv_stat stat,
			       u64 n)
{
	u64_stats_update_begin(&q->stats.syncp);
	u64_stats_add(&q->stats.v[stat], n);
	u64_stats_update_end(&q->stats.syncp);
}

static inline void dms_dev_add(struct dms_rxq *q, enum dms_dev_stat stat,
			       u64 n)
{
	lockdep_assert_held(&q->lock);
	u64_stats_update_begin(&q->dev_stats.syncp);
	u64_stats_add(&q->dev_stats.v[stat], n);
	u64_stats_update_end(&q->dev_stats.syncp);
}

/* Of the network core, which tells modules nothing of it */
void dev_dmabuf_uninstall(struct net_device *dev);

/* link.c */
extern struct rtnl_link_ops dms_link_ops;
void dms_update_carrier(struct net_device *nic, struct net_device *far);

/* nic.c */
extern const struct net_device_ops dms_nic_ops;
void dms_nic_setup(struct net_device *dev);
int dms_set_queues(struct dms_nic *nic, u32 rx, u32 tx);
int dms_set_rings(struct dms_nic *nic, u32 size, bool split,
		  struct netlink_ext_ack *extack);

/* far.c */
extern const struct net_device_ops dms_far_ops;
void dms_far_setup(struct net_device *dev);

/* wire.c */
bool dms_wire_rx(struct dms_nic *nic, struct sk_buff *skb);

/* ring.c */
struct dms_ring *dms_ring_alloc(struct dms_rxq *q, u32 size, bool split);
void dms_ring_free(struct dms_ring *ring);
int dms_ring_refill(struct dms_ring *ring, gfp_t gfp);
u32 dms_ring_discard(struct dms_ring *ring);
void dms_ring_own(struct dms_ring *ring, struct napi_struct *napi);
void dms_ring_disown(struct dms_ring *ring, bool held);
void *dms_dma_to_virt(struct device *dev, dma_addr_t addr);

/* napi.c */
int dms_poll(struct napi_struct *napi, int budget);
void dms_irq_raise(struct dms_rxq *q);
void dms_irq_handler(void *arg);
void dms_retry_timer(struct timer_list *timer);

/* queue.c */
extern const struct netdev_queue_mgmt_ops dms_queue_ops;
int dms_rxq_prepare(struct dms_rxq *q, struct dms_ring **ring);
void dms_rxq_unprepare(struct dms_rxq *q, struct dms_ring *ring);
void dms_rxq_start(struct dms_rxq *q, struct dms_ring *ring);
struct dms_ring *dms_rxq_stop(struct dms_rxq *q);
void dms_pools_disown(struct dms_nic *nic, enum dms_fault_nr nr);
void dms_pools_own(struct dms_nic *nic, enum dms_fault_nr nr);

/* steer.c */
struct dms_steer *dms_steer_new(u32 queues);
int dms_steer_resize(struct dms_nic *nic, u32 queues);
u32 dms_steer_frame(const struct dms_steer *steer, struct dms_frame *frame);
int dms_get_rxnfc(struct net_device *dev, struct ethtool_rxnfc *cmd,
		  u32 *locs);
int dms_set_rxnfc(struct net_device *dev, struct ethtool_rxnfc *cmd);
u32 dms_get_rxfh_key_size(struct net_device *dev);
u32 dms_get_rxfh_indir_size(struct net_device *dev);
int dms_get_rxfh(struct net_device *dev, struct ethtool_rxfh_param *rxfh);
int dms_set_rxfh(struct net_device *dev, struct ethtool_rxfh_param *rxfh,
		 struct netlink_ext_ack *extack);

/* ethtool.c */
extern const struct ethtool_ops dms_nic_ethtool_ops;
extern const struct ethtool_ops dms_far_ethtool_ops;

/* stats.c */
extern const struct netdev_stat_ops dms_stat_ops;
void dms_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *st);
int dms_get_sset_count(struct net_device *dev, int sset);
void dms_get_strings(struct net_device *dev, u32 sset, u8 *data);
void dms_get_ethtool_stats(struct net_device *dev,
			   struct ethtool_stats *stats, u64 *data);

#endif /* _DEVMEMSIM_H */
