// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * All sources together. Netlink comes first and is always there; BPF adds what only it can see
 * and overrides what it knows better.
 */
#include "collect.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "collect_bpf.h"
#include "collect_netlink.h"

struct collect {
	struct collect_netlink *netlink;
	struct collect_bpf *bpf;
	struct account *acc;
	unsigned int sources;
	uint32_t ifindex;
};

struct collect *collect_open(uint32_t ifindex, bool use_bpf, char *note, size_t size)
{
	struct collect *c = calloc(1, sizeof(*c));

	if (!c)
		err(EXIT_FAILURE, "starting");
	note[0] = '\0';
	c->ifindex = ifindex;
	c->acc = account_new();
	c->netlink = collect_netlink_open(note, size);
	if (!c->netlink) {
		collect_close(c);
		return NULL;
	}
	if (use_bpf)
		c->bpf = collect_bpf_open(&c->sources, note, size);
	return c;
}

void collect_close(struct collect *c)
{
	if (!c)
		return;
	collect_bpf_close(c->bpf);
	collect_netlink_close(c->netlink);
	account_free(c->acc);
	free(c);
}

int collect_fd(const struct collect *c)
{
	return c->bpf ? collect_bpf_fd(c->bpf) : -1;
}

void collect_sample(struct collect *c, uint32_t rate)
{
	if (c->bpf)
		collect_bpf_sample(c->bpf, rate);
}

void collect_drain(struct collect *c)
{
	if (c->bpf)
		collect_bpf_drain(c->bpf);
}

struct snapshot *collect_snapshot(struct collect *c)
{
	struct snapshot *snap = snapshot_new();

	collect_netlink_read(c->netlink, snap, c->ifindex);
	if (c->bpf)
		collect_bpf_read(c->bpf, snap, c->ifindex, c->acc);
	snapshot_settle(snap);
	account_pools(c->acc, snap);
	account_fill(c->acc, snap, snap->sources & 1U << SOURCE_EVENTS);
	if (c->bpf)
		collect_bpf_forget(c->bpf, snap);
	collect_netlink_names(snap);
	return snap;
}
