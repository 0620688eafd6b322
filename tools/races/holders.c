// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Who holds the net_iovs of a binding after its unbind. The programs are loaded only when they are
 * needed, because a binding is rarely held for long.
 */
#include "races/holders.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "probes/libbpf_util.h"
#include "contract/sockets.h"
#include "devmem_holders.skel.h"
#include "lib/netns.h"

struct holders {
	struct devmem_holders_bpf *skel; /* NULL: the programs cannot be loaded */
	char why[192];
};

static int load(struct holders *h)
{
	int ret;

	h->skel = devmem_holders_bpf__open_opts(libbpf_util_options());
	if (!h->skel)
		return -errno;
	ret = devmem_holders_bpf__load(h->skel);
	/* Iterators run only when their file is read. */
	return ret ? ret : devmem_holders_bpf__attach(h->skel);
}

static struct holders *holders_open(void)
{
	struct holders *h = calloc(1, sizeof(*h));
	int ret;

	if (!h)
		err(EXIT_FAILURE, "finding who holds net_iovs");
	libbpf_util_quiet();
	libbpf_util_begin();
	ret = load(h);
	libbpf_util_end();
	if (!ret)
		return h;
	libbpf_util_explain(h->why, sizeof(h->why), "reading the sockets", ret);
	devmem_holders_bpf__destroy(h->skel);
	h->skel = NULL;
	return h;
}

void holders_close(struct holders *h)
{
	if (!h)
		return;
	devmem_holders_bpf__destroy(h->skel);
	free(h);
}

static int cmp_holders(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	if (holder_niovs(x) != holder_niovs(y))
		return holder_niovs(x) > holder_niovs(y) ? -1 : 1;
	return x->cookie < y->cookie ? -1 : x->cookie > y->cookie;
}

/* Sockets first, then their owners. A socket that was closed in between has no known owner. */
static int search(struct devmem_holders_bpf *skel, uint64_t binding)
{
	int ret;

	skel->bss->wanted = binding;
	skel->bss->search++;
	skel->bss->num_found = 0;
	skel->bss->overflow = 0;
	skel->bss->sockets_unread = 0;
	ret = libbpf_util_run_iterator(skel->links.find_holders);
	if (!ret && skel->bss->num_found)
		ret = libbpf_util_run_iterator(skel->links.find_owners);
	return ret;
}

static struct holder holder_from(const struct devmem_socket_state *s,
				 const struct devmem_owner *owner)
{
	struct holder h = {
		.cookie = s->cookie,
		.family = s->family,
		.local_port = s->local_port,
		.remote_port = s->remote_port,
		.tokens = s->tokens,
		.user = s->user,
		.queued = s->socket,
		.pid = owner->tgid,
	};

	memcpy(h.local, s->local, sizeof(h.local));
	memcpy(h.remote, s->remote, sizeof(h.remote));
	snprintf(h.comm, sizeof(h.comm), "%s", owner->comm);
	return h;
}

static void take(struct held *held, const struct devmem_holders_bpf *skel, uint32_t outstanding)
{
	int fd = bpf_map__fd(skel->maps.found), owners = bpf_map__fd(skel->maps.owners);
	struct devmem_socket_state socket;
	struct devmem_owner owner;
	struct holder *h;
	uint32_t i;

	held->why[0] = '\0';
	held->complete = !skel->bss->sockets_unread && !skel->bss->overflow;
	held->sockets = calloc(skel->bss->num_found + 1, sizeof(*held->sockets));
	if (!held->sockets)
		err(EXIT_FAILURE, "finding who holds net_iovs");
	for (i = 0; i < skel->bss->num_found; i++) {
		if (bpf_map_lookup_elem(fd, &i, &socket))
			continue;
		if (bpf_map_lookup_elem(owners, &socket.address, &owner))
			owner = (struct devmem_owner){ .tgid = 0 };
		bpf_map_delete_elem(owners, &socket.address);
		h = &held->sockets[held->num++];
		*h = holder_from(&socket, &owner);
		held->in_sockets += holder_niovs(h);
	}
	qsort(held->sockets, held->num, sizeof(*held->sockets), cmp_holders);
	held->elsewhere = outstanding > held->in_sockets ? outstanding - held->in_sockets : 0;
}

static void find(struct holders *h, const struct race_report *report, struct held *held)
{
	int ret;

	if (!h->skel) {
		snprintf(held->why, sizeof(held->why), "%s", h->why);
		return;
	}
	if (report->queue.netns != netns_inode()) {
		snprintf(held->why, sizeof(held->why),
			 "it is of another network namespace: run devmemtop there");
		return;
	}
	ret = search(h->skel, report->provider);
	if (ret)
		snprintf(held->why, sizeof(held->why), "reading the sockets: %s", strerror(-ret));
	else
		take(held, h->skel, report->outstanding);
}

struct held *holders_ask(struct holders **h, const struct race_report *report)
{
	struct held *held;

	if (report->code != RACE_UNBOUND_HELD)
		return NULL;
	if (!*h)
		*h = holders_open();
	held = held_new();
	find(*h, report, held);
	return held;
}
