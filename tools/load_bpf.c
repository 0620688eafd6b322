// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Loading the BPF programs by groups: a kernel that refuses one group can still run the others.
 */
#include "load_bpf.h"

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "bpf_load.h"
#include "devmem_sockets.skel.h"
#include "devmem_walk.skel.h"
#include "load_trace.h"
#include "snapshot.h"

/* Room of the walk; a pool takes 96 bytes, a queue 48. */
#define MAX_POOLS 8192
#define MAX_RXQS  4096

/* Sockets with net_iovs; each takes 120 bytes. */
#define MAX_SOCKETS 4096

/* Walks through the sockets after which net_iovs seen by former ones are forgotten. */
#define FORGET_AFTER 32

struct load_bpf {
	struct sources from;
	struct load_trace *trace;	    /* NULL: no events */
	struct devmem_walk_bpf *walk;	    /* NULL: no walk */
	struct devmem_sockets_bpf *sockets; /* NULL: sockets cannot be read */
	void *pools;
	void *rxqs;
	void *socket_states;
};

/* One map of the walk's results, mapped for reading. */
static void *map_results(const struct bpf_map *map, size_t num, size_t size)
{
	void *p = mmap(NULL, num * size, PROT_READ, MAP_SHARED, bpf_map__fd(map), 0);

	return p == MAP_FAILED ? NULL : p;
}

static int load_walk(struct load_bpf *l)
{
	struct devmem_walk_bpf *skel = devmem_walk_bpf__open_opts(bpf_load_options());
	int ret;

	if (!skel)
		return -errno;
	bpf_map__set_max_entries(skel->maps.pool_states, MAX_POOLS);
	bpf_map__set_max_entries(skel->maps.rxq_states, MAX_RXQS);
	skel->rodata->page_size = sysconf(_SC_PAGESIZE);
	ret = devmem_walk_bpf__load(skel);
	if (ret)
		goto fail;
	l->pools = map_results(skel->maps.pool_states, MAX_POOLS, sizeof(struct devmem_pool_state));
	l->rxqs = map_results(skel->maps.rxq_states, MAX_RXQS, sizeof(struct devmem_rxq_state));
	if (!l->pools || !l->rxqs) {
		ret = -errno;
		goto fail;
	}
	l->walk = skel;
	return 0;

fail:
	devmem_walk_bpf__destroy(skel);
	return ret;
}

/* After load_trace(): the times of tokens come from there. */
static int load_sockets(struct load_bpf *l)
{
	struct devmem_sockets_bpf *skel = devmem_sockets_bpf__open_opts(bpf_load_options());
	int ret = 0;

	if (!skel)
		return -errno;
	bpf_map__set_max_entries(skel->maps.socket_states, MAX_SOCKETS);
	if (l->trace && load_trace_time_mask(l->trace)) {
		skel->rodata->time_mask = load_trace_time_mask(l->trace);
		ret = bpf_map__reuse_fd(skel->maps.token_times,
					load_trace_map(l->trace, "token_times"));
	}
	if (!ret)
		ret = devmem_sockets_bpf__load(skel);
	if (ret)
		goto fail;
	/* Iterators: nothing runs before a file of theirs is read. */
	ret = devmem_sockets_bpf__attach(skel);
	if (ret)
		goto fail;
	l->socket_states = map_results(skel->maps.socket_states, MAX_SOCKETS,
				       sizeof(struct devmem_socket_state));
	if (!l->socket_states) {
		ret = -errno;
		goto fail;
	}
	skel->bss->max_sockets = MAX_SOCKETS;
	l->sockets = skel;
	return 0;

fail:
	devmem_sockets_bpf__destroy(skel);
	return ret;
}

static bool kernel_can_walk(const struct btf *btf)
{
	return btf__find_by_name_kind(btf, "page_pool", BTF_KIND_STRUCT) > 0 &&
	       btf__find_by_name_kind(btf, "bpf_rcu_read_lock", BTF_KIND_FUNC) > 0;
}

/* Tokens are in sockets from 6.12 on. */
static bool kernel_has_tokens(const struct btf *btf)
{
	return btf__find_by_name_kind(btf, "net_iov", BTF_KIND_STRUCT) > 0 &&
	       btf__find_by_name_kind(btf, "bpf_iter__tcp", BTF_KIND_STRUCT) > 0;
}

/* What does not come from probes. */
static void note_state(struct load_bpf *l, unsigned int sources, const struct btf *btf)
{
	static const enum fact walked[] = { FACT_POOLS, FACT_LEFT, FACT_IO_URING };
	const char *why = sources & 1U << SOURCE_WALK ? NULL : "the page pools cannot be walked";
	size_t i;

	for (i = 0; i < sizeof(walked) / sizeof(walked[0]); i++)
		sources_use(&l->from, walked[i], VIA_WALK, why);
	if (!why && !sources_has_member(btf, "net_devmem_dmabuf_binding", "chunk_pool") &&
	    !sources_has_member(btf, "net_devmem_dmabuf_binding", "outstanding"))
		sources_use(&l->from, FACT_LEFT, VIA_WALK,
			    "this kernel's bindings have neither a free list nor a gen_pool");
	if (!why && btf__find_by_name_kind(btf, "io_zcrx_ifq", BTF_KIND_STRUCT) <= 0)
		sources_use(&l->from, FACT_IO_URING, VIA_WALK,
			    "this kernel's io_uring has no zero-copy receive");
	sources_use(&l->from, FACT_PLACES, VIA_SOCKETS,
		    sources & 1U << SOURCE_SOCKETS ? NULL : "the sockets cannot be read");
}

/* Single facts that nobody tells. */
static void say_unknown(const struct load_bpf *l, char *text, size_t size)
{
	char names[160];

	sources_unknown(&l->from, names, sizeof(names));
	if (names[0])
		snprintf(text, size, "not known on this kernel: %s; devmemtop check says why",
			 names);
}

static void try_events(struct load_bpf *l, const struct btf *btf, char *text, size_t size)
{
	int ret;

	l->trace = load_trace_open(&l->from, btf, &ret);
	if (l->trace)
		say_unknown(l, text, size);
	else if (ret)
		bpf_load_explain(text, size, "events", ret);
	else
		snprintf(
			text, size,
			"this kernel tells nothing of bindings and restarts: devmemtop check says why");
}

static void try_walk(struct load_bpf *l, const struct btf *btf, char *text, size_t size)
{
	int ret = kernel_can_walk(btf) ? load_walk(l) : 0;

	if (ret)
		bpf_load_explain(text, size, "walking the page pools", ret);
	else if (!l->walk)
		snprintf(
			text, size,
			"BPF programs cannot walk this kernel's page pools: take Linux 6.12 or later with CONFIG_BPF_SYSCALL=y");
}

static void try_sockets(struct load_bpf *l, const struct btf *btf, char *text, size_t size)
{
	int ret = kernel_has_tokens(btf) ? load_sockets(l) : 0;

	if (ret)
		bpf_load_explain(text, size, "reading the sockets", ret);
	else if (!l->sockets)
		snprintf(text, size,
			 "BPF programs cannot read this kernel's sockets: "
			 "take Linux 6.12 or later with CONFIG_BPF_SYSCALL=y");
}

struct load_bpf *load_bpf_try(unsigned int *sources, struct load_bpf_said *said)
{
	char why[LOAD_BPF_LINE] = "";
	struct load_bpf *l;
	struct btf *btf;
	size_t i;

	*sources = 0;
	memset(said, 0, sizeof(*said));
	bpf_load_quiet();
	btf = bpf_load_btf(why, sizeof(why));
	if (btf && !sources_has_devmem(btf))
		snprintf(
			why, sizeof(why),
			"this kernel has no devmem TCP: take Linux 6.12 or later with CONFIG_NET_DEVMEM=y");
	if (why[0]) {
		for (i = 0; i < SOURCES; i++)
			if (i != SOURCE_NETLINK)
				snprintf(said->line[i], sizeof(said->line[i]), "%s", why);
		btf__free(btf);
		return NULL;
	}
	l = calloc(1, sizeof(*l));
	if (!l)
		err(EXIT_FAILURE, "starting");
	try_events(l, btf, said->line[SOURCE_EVENTS], LOAD_BPF_LINE);
	try_walk(l, btf, said->line[SOURCE_WALK], LOAD_BPF_LINE);
	if (l->walk)
		try_sockets(l, btf, said->line[SOURCE_SOCKETS], LOAD_BPF_LINE);
	else
		snprintf(said->line[SOURCE_SOCKETS], LOAD_BPF_LINE, "%s", said->line[SOURCE_WALK]);
	*sources = (l->trace ? 1U << SOURCE_EVENTS : 0) | (l->walk ? 1U << SOURCE_WALK : 0) |
		   (l->sockets ? 1U << SOURCE_SOCKETS : 0);
	note_state(l, *sources, btf);
	btf__free(btf);
	if (*sources)
		return l;
	load_bpf_close(l);
	return NULL;
}

struct load_bpf *load_bpf_open(unsigned int *sources, char *text, size_t size)
{
	struct load_bpf_said said;
	struct load_bpf *l = load_bpf_try(sources, &said);
	size_t i;

	text[0] = '\0';
	/* What is missing as a whole weighs more than single facts. */
	for (i = 0; i < SOURCES; i++)
		if (said.line[i][0] && (!text[0] || !(*sources & 1U << i)))
			snprintf(text, size, "%s", said.line[i]);
	return l;
}

void load_bpf_close(struct load_bpf *l)
{
	if (!l)
		return;
	if (l->pools)
		munmap(l->pools, MAX_POOLS * sizeof(struct devmem_pool_state));
	if (l->rxqs)
		munmap(l->rxqs, MAX_RXQS * sizeof(struct devmem_rxq_state));
	if (l->socket_states)
		munmap(l->socket_states, MAX_SOCKETS * sizeof(struct devmem_socket_state));
	devmem_sockets_bpf__destroy(l->sockets);
	load_trace_close(l->trace);
	devmem_walk_bpf__destroy(l->walk);
	free(l);
}

int load_bpf_map(const struct load_bpf *l, const char *name)
{
	int fd = -ENOENT;

	if (l->trace)
		fd = load_trace_map(l->trace, name);
	if (fd < 0 && l->sockets)
		fd = bpf_object__find_map_fd_by_name(l->sockets->obj, name);
	return fd;
}

uint32_t load_bpf_slots(const struct load_bpf *l)
{
	return load_trace_slots(l->trace);
}

uint8_t *load_bpf_slots_used(struct load_bpf *l, int event)
{
	return load_trace_slots_used(l->trace, event);
}

int load_bpf_run_walk(struct load_bpf *l, uint32_t ifindex, struct load_bpf_walk *walk)
{
	struct devmem_walk ctx = {
		.max_pools = MAX_POOLS,
		.max_rxqs = MAX_RXQS,
		.ifindex = ifindex,
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx));
	int ret = bpf_prog_test_run_opts(bpf_program__fd(l->walk->progs.walk_pools), &opts);

	if (ret)
		return ret;
	walk->pools = l->pools;
	walk->num_pools = ctx.pools;
	walk->rxqs = l->rxqs;
	walk->num_rxqs = ctx.rxqs;
	walk->unread = ctx.unread;
	walk->overflow = ctx.overflow;
	walk->netns = ctx.netns;
	return 0;
}

/* Reading an iterator's file is what makes its program run; there is nothing to be read. */
static int run_iterator(const struct bpf_link *link)
{
	int fd = bpf_iter_create(bpf_link__fd(link));
	char none[16];
	ssize_t got;
	int ret;

	if (fd < 0)
		return -errno;
	/* EAGAIN: it had so much to look at that it makes a pause. */
	do
		got = read(fd, none, sizeof(none));
	while (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)));
	ret = got < 0 ? -errno : 0;
	close(fd);
	return ret;
}

int load_bpf_run_sockets(struct load_bpf *l, struct load_bpf_sockets *found)
{
	struct devmem_sockets_bpf *skel = l->sockets;
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int ret;

	skel->bss->walk_round++;
	skel->bss->num_sockets = 0;
	skel->bss->overflow = 0;
	skel->bss->unread = 0;
	ret = run_iterator(skel->links.read_sockets);
	if (ret)
		return ret;
	if (skel->bss->walk_round % FORGET_AFTER == 0)
		bpf_prog_test_run_opts(bpf_program__fd(skel->progs.drop_old_niovs), &opts);
	found->sockets = l->socket_states;
	found->num = skel->bss->num_sockets;
	found->round = skel->bss->walk_round;
	found->unread = skel->bss->unread;
	found->overflow = skel->bss->overflow;
	return 0;
}

int load_bpf_find_owners(struct load_bpf *l)
{
	return run_iterator(l->sockets->links.find_owners);
}

const struct sources *load_bpf_from(const struct load_bpf *l)
{
	return &l->from;
}

void load_bpf_sample(struct load_bpf *l, uint32_t rate)
{
	load_trace_sample(l->trace, rate);
}

uint64_t load_bpf_missed(const struct load_bpf *l)
{
	return load_trace_missed(l->trace);
}

uint64_t load_bpf_full(const struct load_bpf *l)
{
	return load_trace_full(l->trace);
}
