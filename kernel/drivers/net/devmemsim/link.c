// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making and removing NICs: ip link add NAME type devmemsim
 */
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/platform_device.h>
#include <linux/rtnetlink.h>
#include <net/rtnetlink.h>

#include "devmemsim.h"

/* Parent of all NICs, for which memory is mapped. Like a PCI device it stays
 * when the driver goes: a dma-buf that user space still has bound when the
 * module is removed is unmapped from it later, and the dma-buf's attachment
 * holds no reference to it. The module takes it up again when it comes back.
 */
static struct device *dms_parent;

/**
 * dms_update_carrier() - the link is up when both of its ends are
 * @nic:	the NIC or NULL
 * @far:	its far end or NULL
 *
 * Context: rtnl.
 */
void dms_update_carrier(struct net_device *nic, struct net_device *far)
{
	if (!nic || !far || !netif_running(nic) || !netif_running(far))
		return;

	netif_carrier_on(nic);
	netif_carrier_on(far);
}

static int dms_validate(struct nlattr *tb[], struct nlattr *data[],
			struct netlink_ext_ack *extack)
{
	if (!tb[IFLA_ADDRESS])
		return 0;

	if (nla_len(tb[IFLA_ADDRESS]) != ETH_ALEN ||
	    !is_valid_ether_addr(nla_data(tb[IFLA_ADDRESS]))) {
		NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_ADDRESS],
				    "not a valid Ethernet address");
		return -EADDRNOTAVAIL;
	}

	return 0;
}

static unsigned int dms_default_queues(void)
{
	return min(netif_get_num_default_rss_queues(), DMS_MAX_QUEUES);
}

static struct net_device *dms_far_create(struct net *net,
					 struct net_device *dev,
					 struct netlink_ext_ack *extack)
{
	struct net_device *far_dev;
	char name[IFNAMSIZ];
	int err;

	if (snprintf(name, sizeof(name), "%sp", dev->name) >= sizeof(name)) {
		NL_SET_ERR_MSG(extack,
			       "name too long: the far end's has one letter more");
		return ERR_PTR(-ENAMETOOLONG);
	}

	/* One transmit queue for each receive queue that it may feed */
	far_dev = alloc_netdev_mqs(sizeof(struct dms_far), name, NET_NAME_ENUM,
				   dms_far_setup, dev->num_rx_queues, 1);
	if (!far_dev)
		return ERR_PTR(-ENOMEM);

	dev_net_set(far_dev, net);
	far_dev->rtnl_link_ops = &dms_link_ops;
	far_dev->mtu = dev->mtu;
	eth_hw_addr_random(far_dev);

	err = register_netdevice(far_dev);
	if (err) {
		NL_SET_ERR_MSG(extack, "cannot register the far end");
		free_netdev(far_dev);
		return ERR_PTR(err);
	}

	return far_dev;
}

static int dms_newlink(struct net *src_net, struct net_device *dev,
		       struct nlattr *tb[], struct nlattr *data[],
		       struct netlink_ext_ack *extack)
{
	struct dms_nic *nic = netdev_priv(dev);
	struct net_device *far_dev;
	struct dms_far *far;
	int err;

	if (dev->num_rx_queues > DMS_MAX_QUEUES ||
	    dev->num_tx_queues > DMS_MAX_QUEUES) {
		NL_SET_ERR_MSG(extack, "at most 64 queues of either kind");
		return -EINVAL;
	}

	/* The far end's name depends on ours */
	if (strchr(dev->name, '%')) {
		err = dev_alloc_name(dev, dev->name);
		if (err < 0)
			return err;
	}

	if (!tb[IFLA_ADDRESS])
		eth_hw_addr_random(dev);
	SET_NETDEV_DEV(dev, dms_parent);

	far_dev = dms_far_create(dev_net(dev), dev, extack);
	if (IS_ERR(far_dev))
		return PTR_ERR(far_dev);

	err = register_netdevice(dev);
	if (err)
		goto err_unregister_far;

	far = netdev_priv(far_dev);
	rcu_assign_pointer(nic->far, far_dev);
	rcu_assign_pointer(far->nic, dev);

	err = rtnl_configure_link(far_dev, NULL, 0, NULL);
	if (err)
		goto err_unlink;

	return 0;

err_unlink:
	RCU_INIT_POINTER(far->nic, NULL);
	RCU_INIT_POINTER(nic->far, NULL);
	unregister_netdevice(dev);
err_unregister_far:
	unregister_netdevice(far_dev);
	return err;
}

/* Either end takes the other along */
static void dms_dellink(struct net_device *dev, struct list_head *head)
{
	struct net_device *nic_dev = dev, *far_dev = dev;

	if (dev->netdev_ops == &dms_nic_ops) {
		struct dms_nic *nic = netdev_priv(dev);

		far_dev = rtnl_dereference(nic->far);
	} else {
		struct dms_far *far = netdev_priv(dev);

		nic_dev = rtnl_dereference(far->nic);
	}

	if (nic_dev) {
		struct dms_nic *nic = netdev_priv(nic_dev);

		RCU_INIT_POINTER(nic->far, NULL);
		unregister_netdevice_queue(nic_dev, head);
	}
	if (far_dev) {
		struct dms_far *far = netdev_priv(far_dev);

		RCU_INIT_POINTER(far->nic, NULL);
		unregister_netdevice_queue(far_dev, head);
	}
}

static struct net *dms_get_link_net(const struct net_device *dev)
{
	struct net_device *nic_dev = NULL;

	if (dev->netdev_ops == &dms_far_ops) {
		struct dms_far *far = netdev_priv(dev);

		nic_dev = rtnl_dereference(far->nic);
	}

	return nic_dev ? dev_net(nic_dev) : dev_net(dev);
}

struct rtnl_link_ops dms_link_ops = {
	.kind			= DMS_NAME,
	.priv_size		= sizeof(struct dms_nic),
	.setup			= dms_nic_setup,
	.validate		= dms_validate,
	.newlink		= dms_newlink,
	.dellink		= dms_dellink,
	.get_num_rx_queues	= dms_default_queues,
	.get_num_tx_queues	= dms_default_queues,
	.get_link_net		= dms_get_link_net,
};

/* The folder of a NIC's faults follows its name and namespace. A NIC that moves
 * is unregistered here and registered there.
 */
static int dms_netdev_event(struct notifier_block *nb, unsigned long event,
			    void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	if (dev->netdev_ops != &dms_nic_ops)
		return NOTIFY_DONE;

	switch (event) {
	case NETDEV_REGISTER:
		dms_faults_show(netdev_priv(dev));
		break;
	case NETDEV_UNREGISTER:
		dms_faults_hide(netdev_priv(dev));
		break;
	case NETDEV_CHANGENAME:
		dms_faults_hide(netdev_priv(dev));
		dms_faults_show(netdev_priv(dev));
		break;
	}

	return NOTIFY_DONE;
}

static struct notifier_block dms_netdev_nb = {
	.notifier_call = dms_netdev_event,
};

static int __init dms_parent_init(void)
{
	struct platform_device *pdev;

	dms_parent = bus_find_device_by_name(&platform_bus_type, NULL,
					     DMS_NAME);
	if (dms_parent) {
		/* Nobody unregisters it */
		put_device(dms_parent);
		return 0;
	}

	pdev = platform_device_register_simple(DMS_NAME, PLATFORM_DEVID_NONE,
					       NULL, 0);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);

	dms_parent = &pdev->dev;
	dma_set_max_seg_size(dms_parent, UINT_MAX);
	return dma_coerce_mask_and_coherent(dms_parent, DMA_BIT_MASK(64));
}

static int __init dms_init(void)
{
	int err;

	err = dms_parent_init();
	if (err)
		return err;

	/* wire.c turns DMA addresses into physical ones by itself */
	if (device_iommu_mapped(dms_parent)) {
		pr_err(DMS_NAME ": cannot work behind an IOMMU\n");
		return -EOPNOTSUPP;
	}

	dms_faults_init();
	err = register_netdevice_notifier(&dms_netdev_nb);
	if (err)
		goto faults_exit;

	err = rtnl_link_register(&dms_link_ops);
	if (err)
		goto unregister_notifier;
	return 0;

unregister_notifier:
	unregister_netdevice_notifier(&dms_netdev_nb);
faults_exit:
	dms_faults_exit();
	return err;
}
module_init(dms_init);

static void __exit dms_exit(void)
{
	rtnl_link_unregister(&dms_link_ops);
	unregister_netdevice_notifier(&dms_netdev_nb);
	dms_faults_exit();
}
module_exit(dms_exit);

MODULE_DESCRIPTION("Software NIC with device memory TCP");
MODULE_LICENSE("GPL");
MODULE_ALIAS_RTNL_LINK(DMS_NAME);
