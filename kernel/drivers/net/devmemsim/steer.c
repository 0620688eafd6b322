// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which queue a frame goes to: n-tuple rules first, then RSS
 *
 * The tables are never changed in place: a copy is changed and published, so
 * the device reads them without a lock and sees one state or the other.
 */
#include <linux/ethtool.h>
#include <linux/in.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/unaligned.h>

#include "devmemsim.h"

static void dms_steer_spread(struct dms_steer *steer, u32 queues)
{
	u32 i;

	for (i = 0; i < DMS_RSS_INDIR; i++)
		steer->indir[i] = ethtool_rxfh_indir_default(i, queues);
}

/**
 * dms_steer_new() - make the tables that a NIC starts with
 * @queues:	number of receive queues over which flows are spread evenly
 *
 * Return: the tables, freed with kvfree(), or NULL.
 */
struct dms_steer *dms_steer_new(u32 queues)
{
	struct dms_steer *steer;

	steer = kvzalloc(sizeof(*steer), GFP_KERNEL);
	if (!steer)
		return NULL;

	netdev_rss_key_fill(steer->key, sizeof(steer->key));
	dms_steer_spread(steer, queues);
	return steer;
}

static struct dms_steer *dms_steer_copy(struct dms_nic *nic)
{
	return kvmemdup(rtnl_dereference(nic->steer), sizeof(struct dms_steer),
			GFP_KERNEL);
}

static void dms_steer_publish(struct dms_nic *nic, struct dms_steer *steer)
{
	struct dms_steer *old = rtnl_dereference(nic->steer);

	rcu_assign_pointer(nic->steer, steer);
	kvfree_rcu(old, rcu);
}

/**
 * dms_steer_resize() - make ready for another number of receive queues
 * @nic:	the NIC
 * @queues:	how many there will be
 *
 * A table that the user has not set is spread evenly again.
 *
 * Context: process context under rtnl.
 *
 * Return: 0, -EBUSY if a rule or the user's indirection table uses a queue
 * that would go, or -ENOMEM. On error nothing has changed.
 */
int dms_steer_resize(struct dms_nic *nic, u32 queues)
{
	struct dms_steer *steer;
	u32 i;

	steer = dms_steer_copy(nic);
	if (!steer)
		return -ENOMEM;

	if (!netif_is_rxfh_configured(nic->dev))
		dms_steer_spread(steer, queues);

	for (i = 0; i < DMS_RSS_INDIR; i++)
		if (steer->indir[i] >= queues)
			goto err_busy;

	for_each_set_bit(i, steer->used, DMS_RULES)
		if (steer->rule[i].fs.ring_cookie >= queues)
			goto err_busy;

	dms_steer_publish(nic, steer);
	return 0;

err_busy:
	kvfree(steer);
	return -EBUSY;
}

static u32 dms_toeplitz(const u8 *key, const u8 *data, u32 len)
{
	u32 window = get_unaligned_be32(key);
	u32 hash = 0;
	u32 i;
	int bit;

	for (i = 0; i < len; i++) {
		u8 next = key[i + sizeof(u32)];

		for (bit = 7; bit >= 0; bit--) {
			if (data[i] & BIT(bit))
				hash ^= window;
			window = window << 1 | (next >> bit & 1);
		}
	}

	return hash;
}

static void dms_hash(const struct dms_steer *steer, struct dms_frame *f)
{
	u32 addr_len = f->ipv6 ? 16 : 4;
	u8 data[36];

	static_assert(sizeof(data) + sizeof(u32) <= DMS_RSS_KEY);

	if (!f->is_ip)
		return;

	memcpy(data, f->flow.src, addr_len);
	memcpy(data + addr_len, f->flow.dst, addr_len);
	if (f->proto) {
		memcpy(data + 2 * addr_len, &f->flow.sport, 2);
		memcpy(data + 2 * addr_len + 2, &f->flow.dport, 2);
	}

	f->hash = dms_toeplitz(steer->key, data,
			       2 * addr_len + (f->proto ? 4 : 0));
	f->hash_flag = f->proto ? DMS_CMPL_HASH_L4 : DMS_CMPL_HASH_L3;
}

static bool dms_rule_matches(const struct dms_rule *rule,
			     const struct dms_frame *f)
{
	const u32 *mask = (const u32 *)&rule->mask;
	const u32 *flow = (const u32 *)&f->flow;
	const u32 *val = (const u32 *)&rule->val;
	u32 i;

	if (rule->ipv6 != f->ipv6)
		return false;

	for (i = 0; i < DMS_FLOW_WORDS; i++)
		if ((flow[i] & mask[i]) != val[i])
			return false;

	return true;
}

/**
 * dms_steer_frame() - choose the queue of a frame
 * @steer:	tables
 * @frame:	parsed frame; gets its RSS hash
 *
 * The matching rule with the lowest location wins. What is not IP has hash 0.
 *
 * Return: number of the queue.
 */
u32 dms_steer_frame(const struct dms_steer *steer, struct dms_frame *frame)
{
	u32 i;

	dms_hash(steer, frame);

	if (frame->proto == IPPROTO_TCP)
		for_each_set_bit(i, steer->used, DMS_RULES)
			if (dms_rule_matches(&steer->rule[i], frame))
				return steer->rule[i].fs.ring_cookie;

	return steer->indir[frame->hash % DMS_RSS_INDIR];
}

/* Take over what can be matched: addresses and ports, each with any mask */
static int dms_rule_set_flow(struct dms_rule *rule)
{
	const struct ethtool_rx_flow_spec *fs = &rule->fs;
	u32 *mask = (u32 *)&rule->mask;
	u32 *val = (u32 *)&rule->val;
	u32 i;

	switch (fs->flow_type) {
	case TCP_V4_FLOW: {
		const struct ethtool_tcpip4_spec *v = &fs->h_u.tcp_ip4_spec;
		const struct ethtool_tcpip4_spec *m = &fs->m_u.tcp_ip4_spec;

		if (m->tos)
			return -EOPNOTSUPP;
		rule->val.src[0] = v->ip4src;
		rule->val.dst[0] = v->ip4dst;
		rule->val.sport = v->psrc;
		rule->val.dport = v->pdst;
		rule->mask.src[0] = m->ip4src;
		rule->mask.dst[0] = m->ip4dst;
		rule->mask.sport = m->psrc;
		rule->mask.dport = m->pdst;
		break;
	}
	case TCP_V6_FLOW: {
		const struct ethtool_tcpip6_spec *v = &fs->h_u.tcp_ip6_spec;
		const struct ethtool_tcpip6_spec *m = &fs->m_u.tcp_ip6_spec;

		if (m->tclass)
			return -EOPNOTSUPP;
		memcpy(rule->val.src, v->ip6src, sizeof(v->ip6src));
		memcpy(rule->val.dst, v->ip6dst, sizeof(v->ip6dst));
		rule->val.sport = v->psrc;
		rule->val.dport = v->pdst;
		memcpy(rule->mask.src, m->ip6src, sizeof(m->ip6src));
		memcpy(rule->mask.dst, m->ip6dst, sizeof(m->ip6dst));
		rule->mask.sport = m->psrc;
		rule->mask.dport = m->pdst;
		rule->ipv6 = true;
		break;
	}
	default:
		/* Also FLOW_EXT, FLOW_MAC_EXT and FLOW_RSS */
		return -EOPNOTSUPP;
	}

	for (i = 0; i < DMS_FLOW_WORDS; i++)
		val[i] &= mask[i];

	return 0;
}

static int dms_rule_insert(struct dms_nic *nic,
			   struct ethtool_rx_flow_spec *fs)
{
	struct dms_rule rule = { .fs = *fs };
	struct dms_steer *steer;
	u32 loc = fs->location;
	int err;

	/* This also refuses dropping and virtual functions */
	if (fs->ring_cookie >= nic->dev->real_num_rx_queues)
		return -EINVAL;

	if (loc & RX_CLS_LOC_SPECIAL) {
		if (loc != RX_CLS_LOC_ANY)
			return -EINVAL;
		loc = find_first_zero_bit(rtnl_dereference(nic->steer)->used,
					  DMS_RULES);
		if (loc == DMS_RULES)
			return -ENOSPC;
	} else if (loc >= DMS_RULES) {
		return -EINVAL;
	}

	err = dms_rule_set_flow(&rule);
	if (err)
		return err;

	steer = dms_steer_copy(nic);
	if (!steer)
		return -ENOMEM;

	rule.fs.location = loc;
	fs->location = loc;
	steer->rule[loc] = rule;
	__set_bit(loc, steer->used);
	dms_steer_publish(nic, steer);
	return 0;
}

static int dms_rule_delete(struct dms_nic *nic, u32 loc)
{
	struct dms_steer *steer;

	if (loc >= DMS_RULES ||
	    !test_bit(loc, rtnl_dereference(nic->steer)->used))
		return -ENOENT;

	steer = dms_steer_copy(nic);
	if (!steer)
		return -ENOMEM;

	__clear_bit(loc, steer->used);
	dms_steer_publish(nic, steer);
	return 0;
}

/**
 * dms_set_rxnfc() - add or remove an n-tuple rule
 * @dev:	the NIC
 * @cmd:	request
 *
 * Return: 0, -EINVAL for a queue or location that does not exist, -EOPNOTSUPP
 * for what cannot be matched, -ENOSPC, -ENOENT or -ENOMEM.
 */
int dms_set_rxnfc(struct net_device *dev, struct ethtool_rxnfc *cmd)
{
	struct dms_nic *nic = netdev_priv(dev);

	switch (cmd->cmd) {
	case ETHTOOL_SRXCLSRLINS:
		return dms_rule_insert(nic, &cmd->fs);
	case ETHTOOL_SRXCLSRLDEL:
		return dms_rule_delete(nic, cmd->fs.location);
	default:
		return -EOPNOTSUPP;
	}
}

/* What dms_hash() takes of such packets, in ethtool's words */
static u64 dms_hash_fields(u32 flow_type)
{
	switch (flow_type) {
	case TCP_V4_FLOW:
	case TCP_V6_FLOW:
	case UDP_V4_FLOW:
	case UDP_V6_FLOW:
		return RXH_IP_SRC | RXH_IP_DST | RXH_L4_B_0_1 | RXH_L4_B_2_3;
	case SCTP_V4_FLOW:
	case SCTP_V6_FLOW:
	case AH_ESP_V4_FLOW:
	case AH_ESP_V6_FLOW:
	case AH_V4_FLOW:
	case AH_V6_FLOW:
	case ESP_V4_FLOW:
	case ESP_V6_FLOW:
	case IPV4_FLOW:
	case IPV6_FLOW:
		return RXH_IP_SRC | RXH_IP_DST;
	default:
		return 0;
	}
}

/**
 * dms_get_rxnfc() - show n-tuple rules, and what the RSS hash covers
 * @dev:	the NIC
 * @cmd:	request and answer
 * @locs:	room for cmd->rule_cnt locations
 *
 * Return: 0, -ENOENT if there is no such rule, -EMSGSIZE if @locs is too small.
 */
int dms_get_rxnfc(struct net_device *dev, struct ethtool_rxnfc *cmd,
		  u32 *locs)
{
	struct dms_nic *nic = netdev_priv(dev);
	const struct dms_steer *steer = rtnl_dereference(nic->steer);
	u32 loc = cmd->fs.location;
	u32 i, n = 0;

	switch (cmd->cmd) {
	case ETHTOOL_GRXFH:
		cmd->data = dms_hash_fields(cmd->flow_type);
		return 0;
	case ETHTOOL_GRXRINGS:
		cmd->data = dev->real_num_rx_queues;
		return 0;
	case ETHTOOL_GRXCLSRLCNT:
		cmd->rule_cnt = bitmap_weight(steer->used, DMS_RULES);
		cmd->data = DMS_RULES | RX_CLS_LOC_SPECIAL;
		return 0;
	case ETHTOOL_GRXCLSRULE:
		if (loc >= DMS_RULES || !test_bit(loc, steer->used))
			return -ENOENT;
		cmd->fs = steer->rule[loc].fs;
		return 0;
	case ETHTOOL_GRXCLSRLALL:
		for_each_set_bit(i, steer->used, DMS_RULES) {
			if (n == cmd->rule_cnt)
				return -EMSGSIZE;
			locs[n++] = i;
		}
		cmd->rule_cnt = n;
		cmd->data = DMS_RULES;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

u32 dms_get_rxfh_key_size(struct net_device *dev)
{
	return DMS_RSS_KEY;
}

u32 dms_get_rxfh_indir_size(struct net_device *dev)
{
	return DMS_RSS_INDIR;
}

/**
 * dms_get_rxfh() - show the RSS key and indirection table
 * @dev:	the NIC
 * @rxfh:	answer
 *
 * Return: 0.
 */
int dms_get_rxfh(struct net_device *dev, struct ethtool_rxfh_param *rxfh)
{
	struct dms_nic *nic = netdev_priv(dev);
	const struct dms_steer *steer = rtnl_dereference(nic->steer);
	u32 i;

	rxfh->hfunc = ETH_RSS_HASH_TOP;
	if (rxfh->key)
		memcpy(rxfh->key, steer->key, sizeof(steer->key));
	for (i = 0; rxfh->indir && i < DMS_RSS_INDIR; i++)
		rxfh->indir[i] = steer->indir[i];

	return 0;
}

/**
 * dms_set_rxfh() - set the RSS key or indirection table
 * @dev:	the NIC
 * @rxfh:	request
 * @extack:	where to say what is wrong
 *
 * Return: 0, -EOPNOTSUPP, -EINVAL or -ENOMEM.
 */
int dms_set_rxfh(struct net_device *dev, struct ethtool_rxfh_param *rxfh,
		 struct netlink_ext_ack *extack)
{
	struct dms_nic *nic = netdev_priv(dev);
	struct dms_steer *steer;
	u32 i;

	if (rxfh->hfunc != ETH_RSS_HASH_NO_CHANGE &&
	    rxfh->hfunc != ETH_RSS_HASH_TOP) {
		NL_SET_ERR_MSG(extack, "only the Toeplitz hash is supported");
		return -EOPNOTSUPP;
	}

	for (i = 0; rxfh->indir && i < DMS_RSS_INDIR; i++) {
		if (rxfh->indir[i] >= dev->real_num_rx_queues) {
			NL_SET_ERR_MSG(extack,
				       "indirection table names a queue that does not exist");
			return -EINVAL;
		}
	}

	steer = dms_steer_copy(nic);
	if (!steer)
		return -ENOMEM;

	if (rxfh->key)
		memcpy(steer->key, rxfh->key, sizeof(steer->key));
	for (i = 0; rxfh->indir && i < DMS_RSS_INDIR; i++)
		steer->indir[i] = rxfh->indir[i];

	dms_steer_publish(nic, steer);
	return 0;
}
