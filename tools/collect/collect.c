// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * All sources together. Netlink comes first and is always there. BPF adds what only it can see and
 * replaces what it knows better.
 */
#include "collect/collect.h"

#include <err.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "collect/account.h"
#include "collect/bpf.h"
#include "collect/netlink.h"
#include "collect/races.h"
#include "collect/homes.h"

struct collect {
	struct collect_netlink *netlink;
	struct collect_bpf *bpf;
	struct collect_races *races;
	int events; /* epoll: readable when there is something to drain */
	struct account *acc;
	struct homes *homes;
	unsigned int sources;
	const char *ifname; /* name of the only interface to read, NULL: all */
	uint32_t ifindex;   /* its number, 0: all */
};

static void wait_for(struct collect *c, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (fd >= 0 && epoll_ctl(c->events, EPOLL_CTL_ADD, fd, &event))
		err(EXIT_FAILURE, "waiting for events");
}

struct collect *collect_open(const char *ifname, bool use_bpf, char *note, size_t size)
{
	struct collect *c = calloc(1, sizeof(*c));

	if (!c)
		err(EXIT_FAILURE, "starting");
	note[0] = '\0';
	c->ifname = ifname;
	c->acc = account_new();
	c->homes = homes_new();
	c->events = epoll_create1(EPOLL_CLOEXEC);
	if (c->events < 0)
		err(EXIT_FAILURE, "waiting for events");
	c->netlink = collect_netlink_open(note, size);
	if (!c->netlink) {
		collect_close(c);
		return NULL;
	}
	if (use_bpf)
		c->bpf = collect_bpf_open(&c->sources, note, size);
	if (c->bpf)
		wait_for(c, collect_bpf_fd(c->bpf));
	return c;
}

void collect_watch(struct collect *c)
{
	char text[256];

	/* Only if devmemtop uses BPF at all. */
	if (!c->bpf || c->races)
		return;
	c->races = collect_races_open(text, sizeof(text));
	if (c->races)
		wait_for(c, collect_races_fd(c->races));
}

void collect_close(struct collect *c)
{
	if (!c)
		return;
	collect_races_close(c->races);
	collect_bpf_close(c->bpf);
	collect_netlink_close(c->netlink);
	account_free(c->acc);
	homes_free(c->homes);
	close(c->events);
	free(c);
}

int collect_fd(const struct collect *c)
{
	return c->events;
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
	if (c->races)
		collect_races_drain(c->races);
}

/* When a driver is loaded again, the same name has another number. */
static void find_interface(struct collect *c, struct snapshot *snap)
{
	uint32_t ifindex = if_nametoindex(c->ifname);

	if (ifindex)
		c->ifindex = ifindex;
	else
		snapshot_note(snap, "interface %s is gone", c->ifname);
}

struct snapshot *collect_snapshot(struct collect *c)
{
	struct snapshot *snap = snapshot_new();

	if (c->ifname)
		find_interface(c, snap);
	collect_netlink_read(c->netlink, snap, c->ifindex, c->homes);
	if (c->bpf)
		collect_bpf_read(c->bpf, snap, c->ifindex, c->acc, c->homes);
	if (c->races)
		collect_races_read(c->races, snap, c->ifindex);
	snapshot_settle(snap);
	account_pools(c->acc, snap);
	account_fill(c->acc, snap, snap->sources & 1U << SOURCE_EVENTS);
	if (c->bpf)
		collect_bpf_forget(c->bpf, snap);
	homes_update(c->homes, snap);
	collect_netlink_names(snap, c->homes);
	return snap;
}
