// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reads the uapi with dumps of the netlink family "netdev".
 */
#include "collect/netlink.h"

#include <err.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/netdev_genl.h"

struct collect_netlink {
	struct netdev_genl *ng;
	/* The kernel was built without page pool statistics, so one try is enough. */
	bool no_pool_stats;
};

/* State of a dump, for its callbacks. */
struct reading {
	struct snapshot *snap;
	const struct homes *homes;
	uint32_t ifindex; /* 0: all */
};

struct collect_netlink *collect_netlink_open(char *text, size_t size)
{
	struct netdev_genl_error error = { 0 };
	struct collect_netlink *c = calloc(1, sizeof(*c));

	if (!c)
		err(EXIT_FAILURE, "starting");
	c->ng = netdev_genl_open(&error);
	if (c->ng)
		return c;
	snprintf(text, size, "%s", error.text);
	free(c);
	return NULL;
}

void collect_netlink_close(struct collect_netlink *c)
{
	if (!c)
		return;
	netdev_genl_close(c->ng);
	free(c);
}

static bool other_interface(const struct reading *r, uint32_t ifindex)
{
	return r->ifindex && r->ifindex != ifindex;
}

static int on_queue(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	struct reading *r = data;
	uint32_t ifindex = netdev_genl_uint(tb[ND_QUEUE_IFINDEX], 0);
	struct queue_row *q;

	(void)cmd;
	if (netdev_genl_uint(tb[ND_QUEUE_TYPE], ND_QUEUE_TYPE_TX) != ND_QUEUE_TYPE_RX ||
	    other_interface(r, ifindex))
		return 0;
	q = snapshot_queue(r->snap, ifindex, netdev_genl_uint(tb[ND_QUEUE_ID], 0));
	/* The kernel leaves out the queues of interfaces that are down. */
	q->link_up = true;
	q->napi = netdev_genl_uint(tb[ND_QUEUE_NAPI_ID], 0);
	q->binding = netdev_genl_uint(tb[ND_QUEUE_DMABUF], 0);
	return 0;
}

static int on_pool(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	uint32_t id = netdev_genl_uint(tb[ND_PAGE_POOL_ID], 0);
	/* Pools whose device is gone have no interface. */
	uint32_t ifindex = netdev_genl_uint(tb[ND_PAGE_POOL_IFINDEX], 0);
	struct reading *r = data;
	struct pool_row *pool;

	(void)cmd;
	if (!ifindex)
		ifindex = homes_ifindex(r->homes, id);
	if (!id || other_interface(r, ifindex))
		return 0;
	pool = snapshot_pool(r->snap, id);
	pool->ifindex = ifindex;
	pool->napi = netdev_genl_uint(tb[ND_PAGE_POOL_NAPI_ID], 0);
	pool->binding = netdev_genl_uint(tb[ND_PAGE_POOL_DMABUF], 0);
	pool->outstanding = netdev_genl_uint(tb[ND_PAGE_POOL_INFLIGHT], UNKNOWN);
	pool->detached_s = netdev_genl_uint(tb[ND_PAGE_POOL_DETACH_TIME], 0);
	return 0;
}

/* In a sum, a part that is not known counts as 0. */
static uint64_t stat(const struct nlattr *const *tb, int attr)
{
	return netdev_genl_uint(tb[attr], 0);
}

static int on_pool_stats(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	const struct nlattr *attr;
	struct pool_row key = { 0 };
	struct reading *r = data;
	struct pool_row *pool;

	(void)cmd;
	if (!tb[ND_PP_STATS_INFO])
		return 0;
	mnl_attr_for_each_nested(attr, tb[ND_PP_STATS_INFO]) {
		if (mnl_attr_get_type(attr) == ND_PAGE_POOL_ID)
			key.id = netdev_genl_uint(attr, 0);
		else if (mnl_attr_get_type(attr) == ND_PAGE_POOL_IFINDEX)
			key.ifindex = netdev_genl_uint(attr, 0);
	}
	if (!key.ifindex)
		key.ifindex = homes_ifindex(r->homes, key.id);
	if (!key.id || other_interface(r, key.ifindex))
		return 0;
	pool = snapshot_pool(r->snap, key.id);
	if (!pool->ifindex)
		pool->ifindex = key.ifindex;
	/* "fast": from the cache; "refill": from the ring; "slow": from the provider. */
	pool->allocs = stat(tb, ND_PP_STATS_ALLOC_FAST) + stat(tb, ND_PP_STATS_ALLOC_REFILL) +
		       stat(tb, ND_PP_STATS_ALLOC_SLOW);
	pool->recycles = stat(tb, ND_PP_STATS_RECYCLE_CACHED) + stat(tb, ND_PP_STATS_RECYCLE_RING);
	pool->ring_full = stat(tb, ND_PP_STATS_RECYCLE_RING_FULL);
	return 0;
}

static int on_qstats(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	struct reading *r = data;
	uint32_t ifindex = netdev_genl_uint(tb[ND_QSTATS_IFINDEX], 0);
	struct queue_row *q;

	(void)cmd;
	if (!tb[ND_QSTATS_QUEUE_ID] || other_interface(r, ifindex) ||
	    netdev_genl_uint(tb[ND_QSTATS_QUEUE_TYPE], ND_QUEUE_TYPE_TX) != ND_QUEUE_TYPE_RX)
		return 0;
	q = snapshot_queue(r->snap, ifindex, netdev_genl_uint(tb[ND_QSTATS_QUEUE_ID], 0));
	q->rx_bytes = netdev_genl_uint(tb[ND_QSTATS_RX_BYTES], UNKNOWN);
	q->rx_packets = netdev_genl_uint(tb[ND_QSTATS_RX_PACKETS], UNKNOWN);
	q->rx_alloc_fails = netdev_genl_uint(tb[ND_QSTATS_RX_ALLOC_FAIL], UNKNOWN);
	q->rx_drops = netdev_genl_uint(tb[ND_QSTATS_RX_HW_DROPS], UNKNOWN);
	return 0;
}

/* Only queue-get and qstats-get accept one interface as a filter. */
static int dump(struct collect_netlink *c, struct reading *r, uint8_t cmd, const char *what,
		uint16_t ifindex_attr, netdev_genl_cb cb)
{
	struct netdev_genl_attr attrs[2];
	struct netdev_genl_error error = { 0 };
	unsigned int num = 0;
	int ret;

	if (cmd == ND_CMD_QSTATS_GET)
		attrs[num++] =
			(struct netdev_genl_attr){ ND_QSTATS_SCOPE, ND_QSTATS_SCOPE_QUEUE_VALUE };
	if (ifindex_attr && r->ifindex)
		attrs[num++] = (struct netdev_genl_attr){ ifindex_attr, r->ifindex };
	ret = netdev_genl_dump(c->ng, cmd, attrs, num, cb, r, &error);
	/* The wanted interface has no such statistics, or is gone. */
	if (r->ifindex && (ret == -EOPNOTSUPP || ret == -ENODEV))
		return 0;
	if (ret < 0)
		snapshot_note(r->snap, "%s: %s", what, error.text);
	return ret;
}

void collect_netlink_read(struct collect_netlink *c, struct snapshot *snap, uint32_t ifindex,
			  const struct homes *homes)
{
	struct reading r = { .snap = snap, .homes = homes, .ifindex = ifindex };

	dump(c, &r, ND_CMD_QUEUE_GET, "queues", ND_QUEUE_IFINDEX, on_queue);
	dump(c, &r, ND_CMD_PAGE_POOL_GET, "page pools", 0, on_pool);
	if (!c->no_pool_stats) {
		/* Without CONFIG_PAGE_POOL_STATS the kernel refuses. This is no error. */
		struct netdev_genl_error error = { 0 };
		int ret = netdev_genl_dump(c->ng, ND_CMD_PAGE_POOL_STATS_GET, NULL, 0,
					   on_pool_stats, &r, &error);

		if (ret == -EOPNOTSUPP)
			c->no_pool_stats = true;
		else if (ret < 0)
			snapshot_note(snap, "page pool statistics: %s", error.text);
	}
	dump(c, &r, ND_CMD_QSTATS_GET, "queue statistics", ND_QSTATS_IFINDEX, on_qstats);
	snap->sources |= 1U << SOURCE_NETLINK;
}

/* Rows of one interface stand together, so one look-up is enough. */
static void name_row(char *name, uint32_t ifindex, const char *before, uint32_t before_ifindex,
		     const struct homes *homes)
{
	const char *former;

	if (name[0])
		return;
	if (before && before_ifindex == ifindex) {
		memcpy(name, before, NAME_LEN);
	} else if (!ifindex) {
		snprintf(name, NAME_LEN, "gone");
	} else if (!if_indextoname(ifindex, name)) {
		former = homes_name(homes, ifindex);
		if (former)
			snprintf(name, NAME_LEN, "%s", former);
		else
			snprintf(name, NAME_LEN, "if%u", ifindex);
	}
}

void collect_netlink_names(struct snapshot *snap, const struct homes *homes)
{
	const char *before = NULL;
	uint32_t before_ifindex = 0;
	size_t i;

	for (i = 0; i < snap->queues.num; i++) {
		struct queue_row *q = queue_at(snap, i);

		name_row(q->ifname, q->ifindex, before, before_ifindex, homes);
		before = q->ifname;
		before_ifindex = q->ifindex;
	}
	for (i = 0; i < snap->bindings.num; i++) {
		struct binding_row *b = binding_at(snap, i);

		name_row(b->ifname, b->ifindex, before, before_ifindex, homes);
		before = b->ifname;
		before_ifindex = b->ifindex;
	}
}
