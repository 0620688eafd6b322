// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Who holds the net_iovs of a binding that was unbound. The programs are loaded when somebody asks:
 * a binding that is held for long is rare.
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
#include "devmem_holders.skel.h"
#include "lib/netns.h"

struct holders {
	struct devmem_holders_bpf *skel; /* NULL: it cannot be found out */
	char why[192];
};

static int load(struct holders *h)
{
	int ret;

	h->skel = devmem_holders_bpf__open_opts(libbpf_util_options());
	if (!h->skel)
		return -errno;
	ret = devmem_holders_bpf__load(h->skel);
	/* Iterators: nothing runs before a file of theirs is read. */
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

void held_free(struct held *held)
{
	if (!held)
		return;
	free(held->sockets);
	held->sockets = NULL;
	held->num = 0;
}

static int cmp_holders(const void *a, const void *b)
{
	const struct devmem_holder *x = a, *y = b;

	if (holder_niovs(x) != holder_niovs(y))
		return holder_niovs(x) > holder_niovs(y) ? -1 : 1;
	return x->socket.cookie < y->socket.cookie ? -1 : x->socket.cookie > y->socket.cookie;
}

/* Sockets first, then whose they are: of one that was closed in between nobody is told. */
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

static void take(struct held *held, const struct devmem_holders_bpf *skel, uint32_t outstanding)
{
	int fd = bpf_map__fd(skel->maps.found), owners = bpf_map__fd(skel->maps.owners);
	struct devmem_holder *h;
	uint32_t i;

	held->complete = !skel->bss->sockets_unread && !skel->bss->overflow;
	held->sockets = calloc(skel->bss->num_found + 1, sizeof(*held->sockets));
	if (!held->sockets)
		err(EXIT_FAILURE, "finding who holds net_iovs");
	for (i = 0; i < skel->bss->num_found; i++) {
		h = &held->sockets[held->num];
		if (bpf_map_lookup_elem(fd, &i, &h->socket))
			continue;
		bpf_map_lookup_elem(owners, &h->socket.address, &h->owner);
		bpf_map_delete_elem(owners, &h->socket.address);
		held->in_sockets += holder_niovs(h);
		held->num++;
	}
	qsort(held->sockets, held->num, sizeof(*held->sockets), cmp_holders);
	held->elsewhere = outstanding > held->in_sockets ? outstanding - held->in_sockets : 0;
}

static void find(struct holders *h, const struct race_report *report, struct held *held)
{
	int ret;

	memset(held, 0, sizeof(*held));
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

struct held *holders_ask(struct holders **h, const struct race_report *report, struct held *held)
{
	if (report->code != RACE_UNBOUND_HELD)
		return NULL;
	if (!*h)
		*h = holders_open();
	find(*h, report, held);
	return held;
}
