// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ntuple rules and the RSS table, through SIOCETHTOOL.
 */
#include "recv/steer.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

struct steer {
	char ifname[IFNAMSIZ];
	int fd;
	bool ntuple_was_off;
	/* Locations of our rules. */
	uint32_t *rules;
	unsigned int num_rules;
	/* The RSS table as it was and as we left it; NULL when it was not touched. */
	struct ethtool_rxfh_indir *rss_old;
	struct ethtool_rxfh_indir *rss_new;
};

static int call(struct steer *st, void *cmd)
{
	struct ifreq ifr = { .ifr_data = cmd };

	memcpy(ifr.ifr_name, st->ifname, sizeof(ifr.ifr_name));
	return ioctl(st->fd, SIOCETHTOOL, &ifr) < 0 ? -errno : 0;
}

struct steer *steer_open(const char *ifname)
{
	struct steer *st = calloc(1, sizeof(*st));

	if (!st) {
		complain("%s", strerror(ENOMEM));
		return NULL;
	}
	strncpy(st->ifname, ifname, sizeof(st->ifname) - 1);
	st->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (st->fd < 0) {
		complain("opening a socket for ethtool: %s", strerror(errno));
		free(st);
		return NULL;
	}
	return st;
}

/* ---- the RSS table ---- */

/* Return: the table (to be freed), or NULL: none (*ret is 0) or an error (*ret is negative). */
static struct ethtool_rxfh_indir *read_rss(struct steer *st, int *ret)
{
	struct ethtool_rxfh_indir head = { .cmd = ETHTOOL_GRXFHINDIR };
	struct ethtool_rxfh_indir *table;

	*ret = call(st, &head);
	if (*ret == -EOPNOTSUPP)
		*ret = 0;
	if (*ret || !head.size)
		return NULL;
	table = calloc(1, sizeof(*table) + head.size * sizeof(table->ring_index[0]));
	if (!table) {
		*ret = -ENOMEM;
		return NULL;
	}
	table->cmd = ETHTOOL_GRXFHINDIR;
	table->size = head.size;
	*ret = call(st, table);
	if (*ret) {
		free(table);
		return NULL;
	}
	return table;
}

static int write_rss(struct steer *st, struct ethtool_rxfh_indir *table)
{
	table->cmd = ETHTOOL_SRXFHINDIR;
	return call(st, table);
}

static struct ethtool_rxfh_indir *copy_rss(const struct ethtool_rxfh_indir *table)
{
	size_t size = sizeof(*table) + table->size * sizeof(table->ring_index[0]);
	struct ethtool_rxfh_indir *copy = malloc(size);

	if (copy)
		memcpy(copy, table, size);
	return copy;
}

static bool contains(const uint32_t *list, unsigned int num, uint32_t value)
{
	unsigned int i;

	for (i = 0; i < num; i++)
		if (list[i] == value)
			return true;
	return false;
}

/*
 * Which queues may take over: those that are in the table anyway, because others may be out of
 * it for a good reason. Return: how many were put into @spare, which has table->size entries.
 */
static unsigned int find_spare(const struct ethtool_rxfh_indir *table, const uint32_t *queues,
			       unsigned int num, uint32_t *spare)
{
	unsigned int found = 0, i;

	for (i = 0; i < table->size; i++)
		if (!contains(queues, num, table->ring_index[i]) &&
		    !contains(spare, found, table->ring_index[i]))
			spare[found++] = table->ring_index[i];
	return found;
}

int steer_others_away(struct steer *st, const uint32_t *queues, unsigned int num)
{
	struct ethtool_rxfh_indir *table;
	unsigned int num_spare, i, next = 0;
	uint32_t *spare = NULL;
	int ret;

	table = read_rss(st, &ret);
	if (!table) {
		if (ret)
			complain("%s: reading the RSS table: %s", st->ifname, strerror(-ret));
		return ret;
	}
	st->rss_old = copy_rss(table);
	spare = calloc(table->size, sizeof(*spare));
	if (!st->rss_old || !spare) {
		ret = -ENOMEM;
		complain("%s", strerror(ENOMEM));
		goto out;
	}
	num_spare = find_spare(table, queues, num, spare);
	if (!num_spare) {
		ret = -ENOSPC;
		complain("%s: no queue would be left for other flows; leave one out of --queues "
			 "or use --no-rss",
			 st->ifname);
		goto out;
	}
	for (i = 0; i < table->size; i++)
		if (contains(queues, num, table->ring_index[i]))
			table->ring_index[i] = spare[next++ % num_spare];
	if (next) {
		ret = write_rss(st, table);
		if (ret)
			complain("%s: writing the RSS table: %s", st->ifname, strerror(-ret));
	}
out:
	free(spare);
	if (ret || !next) {
		free(st->rss_old);
		st->rss_old = NULL;
		free(table);
	} else {
		st->rss_new = table;
	}
	return ret;
}

/* Whether the table is what the kernel makes by itself: queues in turn. */
static bool is_default(const struct ethtool_rxfh_indir *table)
{
	unsigned int queues = 0, i;

	for (i = 0; i < table->size; i++)
		if (table->ring_index[i] >= queues)
			queues = table->ring_index[i] + 1;
	for (i = 0; i < table->size; i++)
		if (table->ring_index[i] != i % queues)
			return false;
	return true;
}

static void restore_rss(struct steer *st)
{
	struct ethtool_rxfh_indir *table;
	unsigned int i;
	int ret;

	if (!st->rss_new)
		return;
	table = read_rss(st, &ret);
	if (!table || table->size != st->rss_old->size)
		goto out;
	/* Another receiver may have changed other entries since. */
	for (i = 0; i < table->size; i++)
		if (table->ring_index[i] == st->rss_new->ring_index[i])
			table->ring_index[i] = st->rss_old->ring_index[i];
	/* An empty table means "default", and then the number of queues can be changed again. */
	if (is_default(table))
		table->size = 0;
	ret = write_rss(st, table);
out:
	if (ret && ret != -ENODEV)
		complain("%s: restoring the RSS table: %s", st->ifname, strerror(-ret));
	free(table);
	free(st->rss_old);
	free(st->rss_new);
}

/* ---- ntuple rules ---- */

static void enable_ntuple(struct steer *st)
{
	struct ethtool_value flags = { .cmd = ETHTOOL_GFLAGS };
	int ret = call(st, &flags);

	if (ret || flags.data & ETH_FLAG_NTUPLE)
		return; /* when that is not enough, inserting the rule will tell */
	flags.cmd = ETHTOOL_SFLAGS;
	flags.data |= ETH_FLAG_NTUPLE;
	if (!call(st, &flags))
		st->ntuple_was_off = true;
}

/* Most drivers choose the place of a rule themselves; for the others, find a free one. */
static int find_location(struct steer *st, uint32_t *location)
{
	struct ethtool_rxnfc count = { .cmd = ETHTOOL_GRXCLSRLCNT };
	struct ethtool_rxnfc *all;
	uint32_t i;
	int ret;

	*location = RX_CLS_LOC_ANY;
	ret = call(st, &count);
	if (ret || count.data & RX_CLS_LOC_SPECIAL)
		return ret;
	all = calloc(1, sizeof(*all) + count.rule_cnt * sizeof(all->rule_locs[0]));
	if (!all)
		return -ENOMEM;
	all->cmd = ETHTOOL_GRXCLSRLALL;
	all->rule_cnt = count.rule_cnt;
	ret = call(st, all);
	if (!ret) {
		for (i = 0; i < all->data; i++)
			if (!contains(all->rule_locs, all->rule_cnt, i))
				break;
		if (i < all->data)
			*location = i;
		else
			ret = -ENOSPC;
	}
	free(all);
	return ret;
}

static int insert_rule(struct steer *st, struct ethtool_rx_flow_spec *spec)
{
	struct ethtool_rxnfc cmd = { .cmd = ETHTOOL_SRXCLSRLINS };
	uint32_t *rules;
	int ret;

	rules = realloc(st->rules, (st->num_rules + 1) * sizeof(*rules));
	if (!rules)
		return -ENOMEM;
	st->rules = rules;
	ret = find_location(st, &spec->location);
	if (ret)
		return ret;
	cmd.fs = *spec;
	ret = call(st, &cmd);
	if (!ret)
		st->rules[st->num_rules++] = cmd.fs.location;
	return ret;
}

static int insert_v4(struct steer *st, const struct in_addr *dst, in_port_t dport,
		     const struct in_addr *src, in_port_t sport, uint32_t queue)
{
	struct ethtool_rx_flow_spec spec = { .flow_type = TCP_V4_FLOW, .ring_cookie = queue };

	spec.h_u.tcp_ip4_spec.pdst = dport;
	spec.m_u.tcp_ip4_spec.pdst = 0xffff;
	if (dst) {
		spec.h_u.tcp_ip4_spec.ip4dst = dst->s_addr;
		spec.m_u.tcp_ip4_spec.ip4dst = 0xffffffff;
	}
	if (src) {
		spec.h_u.tcp_ip4_spec.ip4src = src->s_addr;
		spec.m_u.tcp_ip4_spec.ip4src = 0xffffffff;
		spec.h_u.tcp_ip4_spec.psrc = sport;
		spec.m_u.tcp_ip4_spec.psrc = 0xffff;
	}
	return insert_rule(st, &spec);
}

static int insert_v6(struct steer *st, const struct in6_addr *dst, in_port_t dport,
		     const struct in6_addr *src, in_port_t sport, uint32_t queue)
{
	struct ethtool_rx_flow_spec spec = { .flow_type = TCP_V6_FLOW, .ring_cookie = queue };

	spec.h_u.tcp_ip6_spec.pdst = dport;
	spec.m_u.tcp_ip6_spec.pdst = 0xffff;
	if (dst) {
		memcpy(spec.h_u.tcp_ip6_spec.ip6dst, dst, sizeof(*dst));
		memset(spec.m_u.tcp_ip6_spec.ip6dst, 0xff, sizeof(*dst));
	}
	if (src) {
		memcpy(spec.h_u.tcp_ip6_spec.ip6src, src, sizeof(*src));
		memset(spec.m_u.tcp_ip6_spec.ip6src, 0xff, sizeof(*src));
		spec.h_u.tcp_ip6_spec.psrc = sport;
		spec.m_u.tcp_ip6_spec.psrc = 0xffff;
	}
	return insert_rule(st, &spec);
}

/* An IPv4 address inside an IPv6 one (::ffff:a.b.c.d), as a dual-stack socket reports it. */
static bool unmap(const struct in6_addr *in6, struct in_addr *in)
{
	if (!IN6_IS_ADDR_V4MAPPED(in6))
		return false;
	memcpy(in, &in6->s6_addr[12], sizeof(*in));
	return true;
}

static int steer_v6(struct steer *st, const struct endpoint *local, const struct endpoint *remote,
		    uint32_t queue)
{
	const struct sockaddr_in6 *to = (const struct sockaddr_in6 *)&local->addr;
	const struct sockaddr_in6 *from = remote ? (const struct sockaddr_in6 *)&remote->addr
						 : NULL;
	struct in_addr to4, from4;
	int ret;

	if (unmap(&to->sin6_addr, &to4)) {
		bool have = from && unmap(&from->sin6_addr, &from4);

		return insert_v4(st, &to4, to->sin6_port, have ? &from4 : NULL,
				 have ? from->sin6_port : 0, queue);
	}
	ret = insert_v6(st, local->any ? NULL : &to->sin6_addr, to->sin6_port,
			from ? &from->sin6_addr : NULL, from ? from->sin6_port : 0, queue);
	if (!ret && local->any && !from)
		ret = insert_v4(st, NULL, to->sin6_port, NULL, 0, queue);
	return ret;
}

int steer_flow(struct steer *st, const struct endpoint *local, const struct endpoint *remote,
	       uint32_t queue)
{
	int ret;

	enable_ntuple(st);
	if (local->addr.ss_family == AF_INET) {
		const struct sockaddr_in *to = (const struct sockaddr_in *)&local->addr;
		const struct sockaddr_in *from = remote ? (const struct sockaddr_in *)&remote->addr
							: NULL;

		ret = insert_v4(st, local->any ? NULL : &to->sin_addr, to->sin_port,
				from ? &from->sin_addr : NULL, from ? from->sin_port : 0, queue);
	} else {
		ret = steer_v6(st, local, remote, queue);
	}
	if (ret == -EOPNOTSUPP)
		complain(
			"%s: the driver cannot steer flows to a queue (ethtool -N); see to it that "
			"the flow reaches queue %u and use --no-steer",
			st->ifname, queue);
	else if (ret == -EPERM)
		complain("%s: may not steer flows: needs CAP_NET_ADMIN, run as root", st->ifname);
	else if (ret)
		complain("%s: steering %s to queue %u: %s", st->ifname, local->text, queue,
			 strerror(-ret));
	return ret;
}

static void remove_rules(struct steer *st)
{
	unsigned int i;

	for (i = 0; i < st->num_rules; i++) {
		struct ethtool_rxnfc cmd = {
			.cmd = ETHTOOL_SRXCLSRLDEL,
			.fs.location = st->rules[i],
		};
		int ret = call(st, &cmd);

		/* Rules go with the device, and an administrator may have been faster. */
		if (ret && ret != -ENODEV && ret != -ENOENT)
			complain("%s: removing the steering rule %u: %s", st->ifname, st->rules[i],
				 strerror(-ret));
	}
	free(st->rules);
}

void steer_close(struct steer *st)
{
	if (!st)
		return;
	remove_rules(st);
	restore_rss(st);
	if (st->ntuple_was_off) {
		struct ethtool_value flags = { .cmd = ETHTOOL_GFLAGS };

		if (!call(st, &flags)) {
			flags.cmd = ETHTOOL_SFLAGS;
			flags.data &= ~ETH_FLAG_NTUPLE;
			call(st, &flags);
		}
	}
	close(st->fd);
	free(st);
}
