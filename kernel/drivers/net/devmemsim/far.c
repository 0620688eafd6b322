// SPDX-License-Identifier: GPL-2.0-only
/*
 * The far end: a plain interface at the other end of the NIC's wire
 */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include "devmemsim.h"

/* The wire segments TCP, and takes the sender's word for TCP and UDP
 * checksums. Whatever else could be offloaded the stack has to do before.
 */
#define DMS_FAR_FEATURES (NETIF_F_SG | NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM | \
			  NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_HIGHDMA)

static int dms_far_open(struct net_device *dev)
{
	struct dms_far *far = netdev_priv(dev);

	netif_tx_start_all_queues(dev);
	dms_update_carrier(rtnl_dereference(far->nic), dev);
	return 0;
}

static int dms_far_stop(struct net_device *dev)
{
	struct dms_far *far = netdev_priv(dev);
	struct net_device *nic = rtnl_dereference(far->nic);

	netif_carrier_off(dev);
	if (nic)
		netif_carrier_off(nic);
	netif_tx_disable(dev);
	return 0;
}

/* What the NIC has no room for is lost there and counted there */
static netdev_tx_t dms_far_xmit(struct sk_buff *skb, struct net_device *dev)
{
	u32 packets = max_t(u32, skb_shinfo(skb)->gso_segs, 1);
	struct dms_far *far = netdev_priv(dev);
	struct net_device *nic;
	u32 bytes = skb->len;
	bool taken = false;

	skb_tx_timestamp(skb);

	rcu_read_lock();
	nic = rcu_dereference(far->nic);
	if (likely(nic))
		taken = dms_wire_rx(netdev_priv(nic), skb);
	rcu_read_unlock();

	dev_sw_netstats_tx_add(dev, packets, bytes);
	if (taken)
		consume_skb(skb);
	else
		kfree_skb(skb);

	return NETDEV_TX_OK;
}

static void dms_far_set_rx_mode(struct net_device *dev)
{
}

static int dms_far_get_iflink(const struct net_device *dev)
{
	struct dms_far *far = netdev_priv(dev);
	struct net_device *nic;
	int iflink;

	rcu_read_lock();
	nic = rcu_dereference(far->nic);
	iflink = nic ? READ_ONCE(nic->ifindex) : 0;
	rcu_read_unlock();

	return iflink;
}

const struct net_device_ops dms_far_ops = {
	.ndo_open		= dms_far_open,
	.ndo_stop		= dms_far_stop,
	.ndo_start_xmit		= dms_far_xmit,
	.ndo_set_rx_mode	= dms_far_set_rx_mode,
	.ndo_set_mac_address	= eth_mac_addr,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_get_iflink		= dms_far_get_iflink,
};

/**
 * dms_far_setup() - fill in a new net_device that is to be a far end
 * @dev:	net_device
 */
void dms_far_setup(struct net_device *dev)
{
	ether_setup(dev);

	dev->netdev_ops = &dms_far_ops;
	dev->ethtool_ops = &dms_far_ethtool_ops;
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	dev->needs_free_netdev = true;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE | IFF_NO_QUEUE;
	dev->max_mtu = DMS_MAX_MTU;
	dev->hw_features = DMS_FAR_FEATURES;
	dev->features = DMS_FAR_FEATURES | NETIF_F_RXCSUM;
	dev->vlan_features = DMS_FAR_FEATURES;
	netif_carrier_off(dev);
}
