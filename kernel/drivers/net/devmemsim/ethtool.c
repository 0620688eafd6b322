// SPDX-License-Identifier: GPL-2.0-only
/*
 * ethtool: rings, header split, channels; steering is in steer.c, statistics
 * in stats.c
 */
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/log2.h>
#include <linux/netdevice.h>
#include <net/netdev_rx_queue.h>

#include "devmemsim.h"

static void dms_get_drvinfo(struct net_device *dev,
			    struct ethtool_drvinfo *info)
{
	strscpy(info->driver, DMS_NAME, sizeof(info->driver));
}

static int dms_get_link_ksettings(struct net_device *dev,
				  struct ethtool_link_ksettings *cmd)
{
	cmd->base.speed = SPEED_100000;
	cmd->base.duplex = DUPLEX_FULL;
	cmd->base.port = PORT_NONE;
	cmd->base.autoneg = AUTONEG_DISABLE;
	return 0;
}

static void dms_get_channels(struct net_device *dev,
			     struct ethtool_channels *ch)
{
	ch->max_rx = dev->num_rx_queues;
	ch->max_tx = dev->num_tx_queues;
	ch->rx_count = dev->real_num_rx_queues;
	ch->tx_count = dev->real_num_tx_queues;
}

static int dms_set_channels(struct net_device *dev,
			    struct ethtool_channels *ch)
{
	if (!ch->rx_count || !ch->tx_count)
		return -EINVAL;

	return dms_set_queues(netdev_priv(dev), ch->rx_count, ch->tx_count);
}

static void dms_get_ringparam(struct net_device *dev,
			      struct ethtool_ringparam *ring,
			      struct kernel_ethtool_ringparam *kring,
			      struct netlink_ext_ack *extack)
{
	struct dms_nic *nic = netdev_priv(dev);

	ring->rx_max_pending = DMS_RING_MAX;
	ring->rx_pending = nic->ring_size;
	kring->tcp_data_split = nic->split ? ETHTOOL_TCP_DATA_SPLIT_ENABLED :
					     ETHTOOL_TCP_DATA_SPLIT_DISABLED;
}

static bool dms_any_queue_bound(struct net_device *dev)
{
	u32 i;

	for (i = 0; i < dev->real_num_rx_queues; i++)
		if (__netif_get_rx_queue(dev, i)->mp_params.mp_priv)
			return true;

	return false;
}

static int dms_set_ringparam(struct net_device *dev,
			     struct ethtool_ringparam *ring,
			     struct kernel_ethtool_ringparam *kring,
			     struct netlink_ext_ack *extack)
{
	/* "auto" is off: what the NIC starts with */
	bool split = kring->tcp_data_split == ETHTOOL_TCP_DATA_SPLIT_ENABLED;
	struct dms_nic *nic = netdev_priv(dev);

	if (ring->rx_pending < DMS_RING_MIN ||
	    !is_power_of_2(ring->rx_pending)) {
		NL_SET_ERR_MSG(extack,
			       "rx ring size must be a power of two from 64 to 4096");
		return -EINVAL;
	}

	if (nic->split && !split && dms_any_queue_bound(dev)) {
		NL_SET_ERR_MSG(extack,
			       "a queue is bound to a dma-buf, which needs header split: unbind it first");
		return -EBUSY;
	}

	if (ring->rx_pending == nic->ring_size && split == nic->split)
		return 0;

	return dms_set_rings(nic, ring->rx_pending, split, extack);
}

const struct ethtool_ops dms_nic_ethtool_ops = {
	.supported_ring_params	= ETHTOOL_RING_USE_TCP_DATA_SPLIT,
	.get_drvinfo		= dms_get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_link_ksettings	= dms_get_link_ksettings,
	.get_ts_info		= ethtool_op_get_ts_info,
	.get_channels		= dms_get_channels,
	.set_channels		= dms_set_channels,
	.get_ringparam		= dms_get_ringparam,
	.set_ringparam		= dms_set_ringparam,
	.get_rxnfc		= dms_get_rxnfc,
	.set_rxnfc		= dms_set_rxnfc,
	.get_rxfh_key_size	= dms_get_rxfh_key_size,
	.get_rxfh_indir_size	= dms_get_rxfh_indir_size,
	.get_rxfh		= dms_get_rxfh,
	.set_rxfh		= dms_set_rxfh,
	.get_sset_count		= dms_get_sset_count,
	.get_strings		= dms_get_strings,
	.get_ethtool_stats	= dms_get_ethtool_stats,
};

const struct ethtool_ops dms_far_ethtool_ops = {
	.get_drvinfo		= dms_get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_link_ksettings	= dms_get_link_ksettings,
	.get_ts_info		= ethtool_op_get_ts_info,
};
