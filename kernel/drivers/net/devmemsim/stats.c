// SPDX-License-Identifier: GPL-2.0-only
/*
 * Statistics: rtnetlink, netdev qstats and ethtool -S
 *
 * A queue's counters live as long as the NIC: they go on where they were when
 * the queue is restarted, removed and added again.
 */
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <net/netdev_queues.h>

#include "devmemsim.h"

static const char * const dms_drv_names[DMS_DRV_STATS] = {
	[DMS_RX_PACKETS]	= "packets",
	[DMS_RX_BYTES]		= "bytes",
	[DMS_RX_SPLIT]		= "split_packets",
	[DMS_RX_CSUM_GOOD]	= "csum_unnecessary",
	[DMS_RX_ALLOC_FAIL]	= "alloc_fail",
	[DMS_RX_REFILL_FAIL]	= "refill_fail",
	[DMS_RX_STOP_DROPPED]	= "stop_dropped",
	[DMS_RX_RESTARTS]	= "restarts",
};

static const char * const dms_dev_names[DMS_DEV_STATS] = {
	[DMS_DMA_FRAMES]	= "dma_frames",
	[DMS_DMA_BYTES]		= "dma_bytes",
	[DMS_NO_BUFFER]		= "no_buffer",
	[DMS_NO_QUEUE]		= "queue_stopped",
	[DMS_LENGTH_ERR]	= "length_errors",
	[DMS_CSUM_BAD]		= "csum_bad",
	[DMS_CSUM_ERR]		= "csum_errors",
	[DMS_INTERRUPTS]	= "interrupts",
};

#define DMS_RX_STATS	(DMS_DRV_STATS + DMS_DEV_STATS)

struct dms_rx_snap {
	u64 drv[DMS_DRV_STATS];
	u64 dev[DMS_DEV_STATS];
};

/* Add a queue's counters to @snap */
static void dms_rx_add(struct dms_rxq *q, struct dms_rx_snap *snap)
{
	struct dms_rx_snap now;
	unsigned int start;
	u32 i;

	do {
		start = u64_stats_fetch_begin(&q->stats.syncp);
		for (i = 0; i < DMS_DRV_STATS; i++)
			now.drv[i] = u64_stats_read(&q->stats.v[i]);
	} while (u64_stats_fetch_retry(&q->stats.syncp, start));

	do {
		start = u64_stats_fetch_begin(&q->dev_stats.syncp);
		for (i = 0; i < DMS_DEV_STATS; i++)
			now.dev[i] = u64_stats_read(&q->dev_stats.v[i]);
	} while (u64_stats_fetch_retry(&q->dev_stats.syncp, start));

	for (i = 0; i < DMS_DRV_STATS; i++)
		snap->drv[i] += now.drv[i];
	for (i = 0; i < DMS_DEV_STATS; i++)
		snap->dev[i] += now.dev[i];
}

static void dms_rx_add_range(struct dms_nic *nic, u32 from, u32 to,
			     struct dms_rx_snap *snap)
{
	for (; from < to; from++)
		dms_rx_add(&nic->rxq[from], snap);
}

static void dms_tx_add_range(struct dms_nic *nic, u32 from, u32 to,
			     u64 sum[DMS_TX_STATS])
{
	for (; from < to; from++) {
		struct dms_tx_stats *stats = &nic->txq[from].stats;
		u64 now[DMS_TX_STATS];
		unsigned int start;
		u32 i;

		do {
			start = u64_stats_fetch_begin(&stats->syncp);
			for (i = 0; i < DMS_TX_STATS; i++)
				now[i] = u64_stats_read(&stats->v[i]);
		} while (u64_stats_fetch_retry(&stats->syncp, start));

		for (i = 0; i < DMS_TX_STATS; i++)
			sum[i] += now[i];
	}
}

static u64 dms_rx_drops(const struct dms_rx_snap *snap)
{
	return snap->dev[DMS_NO_BUFFER] + snap->dev[DMS_NO_QUEUE] +
	       snap->dev[DMS_LENGTH_ERR] + snap->dev[DMS_CSUM_ERR] +
	       snap->drv[DMS_RX_STOP_DROPPED];
}

/**
 * dms_get_stats64() - ip -s link
 * @dev:	the NIC
 * @st:		answer
 */
void dms_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *st)
{
	struct dms_nic *nic = netdev_priv(dev);
	struct dms_rx_snap rx = {};
	u64 tx[DMS_TX_STATS] = {};

	dms_rx_add_range(nic, 0, dev->num_rx_queues, &rx);
	dms_tx_add_range(nic, 0, dev->num_tx_queues, tx);

	st->rx_packets = rx.drv[DMS_RX_PACKETS];
	st->rx_bytes = rx.drv[DMS_RX_BYTES];
	st->rx_dropped = rx.drv[DMS_RX_ALLOC_FAIL] +
			 rx.drv[DMS_RX_STOP_DROPPED] + rx.dev[DMS_NO_QUEUE];
	st->rx_missed_errors = rx.dev[DMS_NO_BUFFER];
	st->rx_length_errors = rx.dev[DMS_LENGTH_ERR];
	/* No CRC errors: that is Ethernet's checksum, which never is wrong */
	st->rx_errors = st->rx_length_errors + rx.dev[DMS_CSUM_ERR];
	st->tx_packets = tx[DMS_TX_PACKETS];
	st->tx_bytes = tx[DMS_TX_BYTES];
	st->tx_dropped = tx[DMS_TX_DROPPED];
}

static void dms_qstats_rx(const struct dms_rx_snap *snap,
			  struct netdev_queue_stats_rx *stats)
{
	stats->packets = snap->drv[DMS_RX_PACKETS];
	stats->bytes = snap->drv[DMS_RX_BYTES];
	stats->alloc_fail = snap->drv[DMS_RX_ALLOC_FAIL] +
			    snap->drv[DMS_RX_REFILL_FAIL];
	stats->hw_drops = dms_rx_drops(snap);
	stats->hw_drop_overruns = snap->dev[DMS_NO_BUFFER];
	stats->csum_unnecessary = snap->drv[DMS_RX_CSUM_GOOD];
	/* Those that were dropped are among the drops */
	stats->csum_bad = snap->dev[DMS_CSUM_BAD];
}

static void dms_qstats_tx(const u64 sum[DMS_TX_STATS],
			  struct netdev_queue_stats_tx *stats)
{
	stats->packets = sum[DMS_TX_PACKETS];
	stats->bytes = sum[DMS_TX_BYTES];
	stats->hw_drops = sum[DMS_TX_DROPPED];
}

static void dms_get_queue_stats_rx(struct net_device *dev, int idx,
				   struct netdev_queue_stats_rx *stats)
{
	struct dms_rx_snap snap = {};

	dms_rx_add_range(netdev_priv(dev), idx, idx + 1, &snap);
	dms_qstats_rx(&snap, stats);
}

static void dms_get_queue_stats_tx(struct net_device *dev, int idx,
				   struct netdev_queue_stats_tx *stats)
{
	u64 sum[DMS_TX_STATS] = {};

	dms_tx_add_range(netdev_priv(dev), idx, idx + 1, sum);
	dms_qstats_tx(sum, stats);
}

/* What queues have counted that are not in use now */
static void dms_get_base_stats(struct net_device *dev,
			       struct netdev_queue_stats_rx *rx,
			       struct netdev_queue_stats_tx *tx)
{
	struct dms_nic *nic = netdev_priv(dev);
	struct dms_rx_snap snap = {};
	u64 sum[DMS_TX_STATS] = {};

	dms_rx_add_range(nic, dev->real_num_rx_queues, dev->num_rx_queues,
			 &snap);
	dms_tx_add_range(nic, dev->real_num_tx_queues, dev->num_tx_queues,
			 sum);
	dms_qstats_rx(&snap, rx);
	dms_qstats_tx(sum, tx);
}

const struct netdev_stat_ops dms_stat_ops = {
	.get_queue_stats_rx	= dms_get_queue_stats_rx,
	.get_queue_stats_tx	= dms_get_queue_stats_tx,
	.get_base_stats		= dms_get_base_stats,
};

/* ethtool -S: totals as rx_NAME, then each queue's counters as rxN_NAME */
int dms_get_sset_count(struct net_device *dev, int sset)
{
	if (sset != ETH_SS_STATS)
		return -EOPNOTSUPP;

	return DMS_RX_STATS * (1 + dev->real_num_rx_queues);
}

static void dms_put_names(u8 **data, const char *prefix)
{
	u32 i;

	for (i = 0; i < DMS_DRV_STATS; i++)
		ethtool_sprintf(data, "%s_%s", prefix, dms_drv_names[i]);
	for (i = 0; i < DMS_DEV_STATS; i++)
		ethtool_sprintf(data, "%s_%s", prefix, dms_dev_names[i]);
}

void dms_get_strings(struct net_device *dev, u32 sset, u8 *data)
{
	char prefix[16];
	u32 i;

	if (sset != ETH_SS_STATS)
		return;

	dms_put_names(&data, "rx");
	for (i = 0; i < dev->real_num_rx_queues; i++) {
		snprintf(prefix, sizeof(prefix), "rx%u", i);
		dms_put_names(&data, prefix);
	}
}

static u64 *dms_put_values(u64 *data, const struct dms_rx_snap *snap)
{
	memcpy(data, snap, sizeof(*snap));
	return data + DMS_RX_STATS;
}

void dms_get_ethtool_stats(struct net_device *dev,
			   struct ethtool_stats *stats, u64 *data)
{
	struct dms_nic *nic = netdev_priv(dev);
	struct dms_rx_snap snap = {};
	u32 i;

	dms_rx_add_range(nic, 0, dev->num_rx_queues, &snap);
	data = dms_put_values(data, &snap);

	for (i = 0; i < dev->real_num_rx_queues; i++) {
		memset(&snap, 0, sizeof(snap));
		dms_rx_add(&nic->rxq[i], &snap);
		data = dms_put_values(data, &snap);
	}
}
