// SPDX-License-Identifier: GPL-2.0-only
/*
 * The NIC as a net_device
 */
#include <linux/cpumask.h>
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/netdev_queues.h>
#include <net/netdev_rx_queue.h>

#include "devmemsim.h"

#define DMS_NIC_FEATURES (NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO | \
			  NETIF_F_TSO6 | NETIF_F_TSO_ECN | NETIF_F_HIGHDMA)

static void dms_rxq_init(struct dms_nic *nic, u32 index)
{
	u32 nr = index % num_online_cpus();
	struct dms_rxq *q = &nic->rxq[index];

	q->nic = nic;
	q->index = index;
	q->irq_cpu = cpumask_nth(nr, cpu_online_mask);
	if (q->irq_cpu >= nr_cpu_ids)
		q->irq_cpu = 0;
	INIT_CSD(&q->irq_csd, dms_irq_handler, q);
	timer_setup(&q->retry, dms_retry_timer, 0);
	spin_lock_init(&q->lock);
	u64_stats_init(&q->stats.syncp);
	u64_stats_init(&q->dev_stats.syncp);
}

static void dms_nic_free(struct dms_nic *nic)
{
	dms_faults_free(nic);
	kvfree(rcu_access_pointer(nic->steer));
	kvfree(nic->txq);
	kvfree(nic->rxq);
}

static int dms_nic_init(struct net_device *dev)
{
	struct dms_nic *nic = netdev_priv(dev);
	u32 i;

	nic->dev = dev;
	nic->ring_size = DMS_RING_DEFAULT;
	nic->rxq = kvcalloc(dev->num_rx_queues, sizeof(*nic->rxq), GFP_KERNEL);
	nic->txq = kvcalloc(dev->num_tx_queues, sizeof(*nic->txq), GFP_KERNEL);
	RCU_INIT_POINTER(nic->steer, dms_steer_new(dev->real_num_rx_queues));
	if (dms_faults_new(nic) || !nic->rxq || !nic->txq || !rcu_access_pointer(nic->steer)) {
		dms_nic_free(nic);
		return -ENOMEM;
	}

	for (i = 0; i < dev->num_rx_queues; i++)
		dms_rxq_init(nic, i);
	for (i = 0; i < dev->num_tx_queues; i++)
		u64_stats_init(&nic->txq[i].stats.syncp);

	return 0;
}

static void dms_nic_destructor(struct net_device *dev)
{
	dms_nic_free(netdev_priv(dev));
}

static bool dms_queue_bound(struct dms_nic *nic, u32 index)
{
	return __netif_get_rx_queue(nic->dev, index)->mp_params.mp_priv;
}

/* Start queues @from up to @to, whose rings are at @rings[0] and on */
static void dms_start_queues(struct dms_nic *nic, struct dms_ring **rings,
			     u32 from, u32 to)
{
	u32 i;

	for (i = from; i < to; i++)
		dms_rxq_start(&nic->rxq[i], rings[i - from]);
}

static void dms_stop_queues(struct dms_nic *nic, u32 from, u32 to)
{
	while (to-- > from) {
		struct dms_rxq *q = &nic->rxq[to];

		dms_rxq_unprepare(q, dms_rxq_stop(q));
	}
}

static void dms_unprepare_queues(struct dms_nic *nic, struct dms_ring **rings,
				 u32 from, u32 to)
{
	while (to-- > from)
		dms_rxq_unprepare(&nic->rxq[to], rings[to - from]);
}

static int dms_prepare_queues(struct dms_nic *nic, struct dms_ring **rings,
			      u32 from, u32 to)
{
	u32 i;
	int err;

	for (i = from; i < to; i++) {
		err = dms_rxq_prepare(&nic->rxq[i], &rings[i - from]);
		if (err) {
			/* Setting the link up has no other way to say so */
			if (dms_queue_bound(nic, i))
				netdev_warn(nic->dev,
					    "rx queue %u: its dma-buf does not fill a ring of %u: bind a larger one, or make the ring smaller\n",
					    i, nic->ring_size);
			dms_unprepare_queues(nic, rings, from, i);
			return err;
		}
	}

	return 0;
}

static int dms_nic_open(struct net_device *dev)
{
	struct dms_nic *nic = netdev_priv(dev);
	u32 nr = dev->real_num_rx_queues;
	struct dms_ring **rings;
	int err;

	rings = kcalloc(nr, sizeof(*rings), GFP_KERNEL);
	if (!rings)
		return -ENOMEM;

	err = dms_prepare_queues(nic, rings, 0, nr);
	if (!err) {
		dms_start_queues(nic, rings, 0, nr);
		netif_tx_start_all_queues(dev);
		dms_update_carrier(dev, rtnl_dereference(nic->far));
	}

	kfree(rings);
	return err;
}

static int dms_nic_stop(struct net_device *dev)
{
	struct dms_nic *nic = netdev_priv(dev);
	struct net_device *far = rtnl_dereference(nic->far);

	netif_carrier_off(dev);
	if (far)
		netif_carrier_off(far);
	netif_tx_disable(dev);
	dms_stop_queues(nic, 0, dev->real_num_rx_queues);

	return 0;
}

static int dms_grow_rx(struct dms_nic *nic, u32 from, u32 to)
{
	struct net_device *dev = nic->dev;
	bool running = netif_running(dev);
	struct dms_ring **rings;
	int err;

	rings = kcalloc(to - from, sizeof(*rings), GFP_KERNEL);
	if (!rings)
		return -ENOMEM;

	if (running) {
		err = dms_prepare_queues(nic, rings, from, to);
		if (err)
			goto out;
	}

	err = netif_set_real_num_rx_queues(dev, to);
	if (err)
		goto err_unprepare;

	err = dms_steer_resize(nic, to);
	if (err)
		goto err_shrink;

	if (running)
		dms_start_queues(nic, rings, from, to);
	goto out;

err_shrink:
	netif_set_real_num_rx_queues(dev, from);
err_unprepare:
	if (running)
		dms_unprepare_queues(nic, rings, from, to);
out:
	kfree(rings);
	return err;
}

static int dms_shrink_rx(struct dms_nic *nic, u32 from, u32 to)
{
	struct net_device *dev = nic->dev;
	int err;
	u32 i;

	for (i = to; i < from; i++)
		if (dms_queue_bound(nic, i))
			return -EBUSY;

	err = dms_steer_resize(nic, to);
	if (err)
		return err;

	err = netif_set_real_num_rx_queues(dev, to);
	if (err) {
		dms_steer_resize(nic, from);
		return err;
	}

	if (netif_running(dev))
		dms_stop_queues(nic, to, from);
	return 0;
}

/**
 * dms_set_queues() - change the number of queues
 * @nic:	the NIC
 * @rx:		receive queues, at least 1
 * @tx:		transmit queues, at least 1
 *
 * Queues that stay are not disturbed.
 *
 * Context: process context under rtnl.
 *
 * Return: 0, -EBUSY if a receive queue that would go is bound or steered to,
 * or another error; then nothing has changed.
 */
int dms_set_queues(struct dms_nic *nic, u32 rx, u32 tx)
{
	u32 old_tx = nic->dev->real_num_tx_queues;
	u32 old_rx = nic->dev->real_num_rx_queues;
	int err = 0;

	if (tx != old_tx) {
		err = netif_set_real_num_tx_queues(nic->dev, tx);
		if (err)
			return err;
	}

	if (rx > old_rx)
		err = dms_grow_rx(nic, old_rx, rx);
	else if (rx < old_rx)
		err = dms_shrink_rx(nic, old_rx, rx);

	if (err && tx != old_tx)
		netif_set_real_num_tx_queues(nic->dev, old_tx);
	return err;
}

/**
 * dms_set_rings() - change the rings of all receive queues
 * @nic:	the NIC
 * @size:	descriptors per ring, a power of two
 * @split:	with header split
 * @extack:	where to say what is wrong
 *
 * All new memory is there before the first queue is stopped.
 *
 * Context: process context under rtnl.
 *
 * Return: 0 or what allocating failed with; then nothing has changed.
 */
int dms_set_rings(struct dms_nic *nic, u32 size, bool split,
		  struct netlink_ext_ack *extack)
{
	u32 nr = nic->dev->real_num_rx_queues;
	struct dms_ring **rings;
	int err = 0;
	u32 i;

	if (!netif_running(nic->dev))
		goto out;

	if (dms_faults_on())
		dms_fault_unmap(nic);

	rings = kcalloc(nr, sizeof(*rings), GFP_KERNEL);
	if (!rings)
		return -ENOMEM;

	for (i = 0; i < nr; i++) {
		rings[i] = dms_ring_alloc(&nic->rxq[i], size, split);
		if (IS_ERR(rings[i])) {
			err = PTR_ERR(rings[i]);
			if (err == -ENOMEM && dms_queue_bound(nic, i))
				NL_SET_ERR_MSG(extack,
					       "dma-buf too small for the old ring and the new one at once: set the link down first");
			else if (dms_queue_bound(nic, i))
				NL_SET_ERR_MSG(extack,
					       "the dma-buf that is bound does not fill such a ring");
			while (i--)
				dms_ring_free(rings[i]);
			kfree(rings);
			return err;
		}
	}

	for (i = 0; i < nr; i++) {
		struct dms_rxq *q = &nic->rxq[i];
		struct dms_ring *old = dms_rxq_stop(q);

		dms_drv_add(q, DMS_RX_RESTARTS, 1);
		dms_rxq_start(q, rings[i]);
		dms_ring_free(old);
	}
	kfree(rings);

out:
	nic->ring_size = size;
	nic->split = split;
	return 0;
}

static void dms_far_count_rx(struct net_device *far, u32 packets, u32 bytes)
{
	struct pcpu_sw_netstats *stats = this_cpu_ptr(far->tstats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_add(&stats->rx_packets, packets);
	u64_stats_add(&stats->rx_bytes, bytes);
	u64_stats_update_end(&stats->syncp);
}

/* The wire towards the far end carries packets as they are. Both ends count
 * the segments that they stand for.
 */
static netdev_tx_t dms_nic_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct dms_nic *nic = netdev_priv(dev);
	struct dms_txq *txq = &nic->txq[skb_get_queue_mapping(skb)];
	u32 packets = max_t(u32, skb_shinfo(skb)->gso_segs, 1);
	struct net_device *far;
	u32 bytes = skb->len;
	bool sent = false;

	skb_tx_timestamp(skb);

	rcu_read_lock();
	far = rcu_dereference(nic->far);
	if (likely(far)) {
		skb_set_queue_mapping(skb, 0);
		sent = dev_forward_skb(far, skb) == NET_RX_SUCCESS;
		if (sent)
			dms_far_count_rx(far, packets, bytes);
	} else {
		kfree_skb(skb);
	}
	rcu_read_unlock();

	u64_stats_update_begin(&txq->stats.syncp);
	if (sent) {
		u64_stats_add(&txq->stats.v[DMS_TX_PACKETS], packets);
		u64_stats_add(&txq->stats.v[DMS_TX_BYTES], bytes);
	} else {
		u64_stats_inc(&txq->stats.v[DMS_TX_DROPPED]);
	}
	u64_stats_update_end(&txq->stats.syncp);

	return NETDEV_TX_OK;
}

/* All frames reach the host: there is no address filter to program */
static void dms_nic_set_rx_mode(struct net_device *dev)
{
}

const struct net_device_ops dms_nic_ops = {
	.ndo_init		= dms_nic_init,
	.ndo_open		= dms_nic_open,
	.ndo_stop		= dms_nic_stop,
	.ndo_start_xmit		= dms_nic_xmit,
	.ndo_set_rx_mode	= dms_nic_set_rx_mode,
	.ndo_set_mac_address	= eth_mac_addr,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_get_stats64	= dms_get_stats64,
};

/**
 * dms_nic_setup() - fill in a new net_device that is to be a NIC
 * @dev:	net_device
 */
void dms_nic_setup(struct net_device *dev)
{
	ether_setup(dev);

	dev->netdev_ops = &dms_nic_ops;
	dev->ethtool_ops = &dms_nic_ethtool_ops;
	dev->queue_mgmt_ops = &dms_queue_ops;
	dev->stat_ops = &dms_stat_ops;
	dev->priv_destructor = dms_nic_destructor;
	dev->needs_free_netdev = true;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE;
	dev->max_mtu = DMS_MAX_MTU;
	dev->hw_features = DMS_NIC_FEATURES | NETIF_F_RXHASH;
	dev->features = DMS_NIC_FEATURES | NETIF_F_RXHASH | NETIF_F_RXCSUM |
			NETIF_F_NTUPLE;
	dev->vlan_features = DMS_NIC_FEATURES;
	netif_carrier_off(dev);
}
