// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Loading the BPF programs. A program whose tracepoint the kernel does not have is left out; a
 * kernel that refuses one group of programs can still run the other.
 */
#include "load_bpf.h"

#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "devmem_latency.skel.h"
#include "devmem_sockets.skel.h"
#include "devmem_trace.skel.h"
#include "devmem_walk.skel.h"
#include "snapshot.h"

/* Room of the walk; a pool takes 96 bytes, a queue 48. */
#define MAX_POOLS 8192
#define MAX_RXQS  4096

#define SLOTS 512

/* Sockets with net_iovs; each takes 120 bytes. */
#define MAX_SOCKETS 4096

/* Net_iovs of which the time of their token is kept, 8 bytes each: 2 GiB of dma-bufs. */
#define TIME_SLOTS (1U << 19)

/* Net_iovs that are in the sample at one time, 16 bytes each. */
#define SAMPLE_SLOTS (1U << 16)

#define SAMPLE_RATE 64 /* at first */

/* Walks through the sockets after which net_iovs seen by former ones are forgotten. */
#define FORGET_AFTER 32

#define TRACEPOINT "tp_btf/"

struct load_bpf {
	struct devmem_trace_bpf *trace;	    /* NULL: no events */
	struct devmem_walk_bpf *walk;	    /* NULL: no walk */
	struct devmem_latency_bpf *latency; /* NULL: the provider is not timed */
	struct devmem_sockets_bpf *sockets; /* NULL: sockets cannot be read */
	uint64_t provider_ops;
	void *pools;
	void *rxqs;
	void *socket_states;
};

/* libbpf's own words are for developers of the programs: DEVMEMTOP_DEBUG=1 shows them. */
static int print_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	return getenv("DEVMEMTOP_DEBUG") ? vfprintf(stderr, fmt, ap) : 0;
}

/* Does the kernel have the tracepoint that a program is for? */
static bool has_tracepoint(const struct btf *btf, const struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog);
	char name[80];

	if (strncmp(section, TRACEPOINT, strlen(TRACEPOINT)))
		return false;
	snprintf(name, sizeof(name), "btf_trace_%s", section + strlen(TRACEPOINT));
	return btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF) > 0;
}

/* Where the kernel has a function or an object; 0 when unknown or hidden from us. */
static uint64_t kernel_symbol(const char *symbol)
{
	unsigned long long addr;
	uint64_t found = 0;
	char line[256], name[128];
	FILE *f = fopen("/proc/kallsyms", "re");

	if (!f)
		return 0;
	while (!found && fgets(line, sizeof(line), f))
		if (sscanf(line, "%llx %*c %127s", &addr, name) == 2 && !strcmp(name, symbol))
			found = addr;
	fclose(f);
	return found;
}

/* A kernel may be older than an event that was added later: leave its program out. */
static int load_trace(struct load_bpf *l, const struct btf *btf)
{
	struct devmem_trace_bpf *skel = devmem_trace_bpf__open();
	struct bpf_program *prog;
	int ret;

	if (!skel)
		return -errno;
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_autoload(prog, has_tracepoint(btf, prog));
	skel->rodata->slot_mask = SLOTS - 1;
	skel->rodata->time_mask = TIME_SLOTS - 1;
	bpf_map__set_max_entries(skel->maps.token_times, TIME_SLOTS);
	skel->rodata->sample_mask = SAMPLE_SLOTS - 1;
	bpf_map__set_max_entries(skel->maps.samples, SAMPLE_SLOTS);
	bpf_map__set_max_entries(skel->maps.niov_allocs, SLOTS);
	bpf_map__set_max_entries(skel->maps.niov_frees, SLOTS);
	bpf_map__set_max_entries(skel->maps.niov_fails, SLOTS);
	bpf_map__set_max_entries(skel->maps.token_gets, SLOTS);
	bpf_map__set_max_entries(skel->maps.token_puts, SLOTS);
	ret = devmem_trace_bpf__load(skel);
	if (!ret)
		ret = devmem_trace_bpf__attach(skel);
	if (ret) {
		devmem_trace_bpf__destroy(skel);
		return ret;
	}
	skel->bss->sample = SAMPLE_RATE;
	l->trace = skel;
	return 0;
}

/* After load_trace(). What it adds is one distribution: without it all else works. */
static void load_latency(struct load_bpf *l)
{
	struct devmem_latency_bpf *skel = devmem_latency_bpf__open();

	if (!skel)
		return;
	if (bpf_map__reuse_fd(skel->maps.hists, bpf_map__fd(l->trace->maps.hists)) ||
	    devmem_latency_bpf__load(skel) || devmem_latency_bpf__attach(skel)) {
		devmem_latency_bpf__destroy(skel);
		return;
	}
	l->latency = skel;
}

/* One map of the walk's results, mapped for reading. */
static void *map_results(const struct bpf_map *map, size_t num, size_t size)
{
	void *p = mmap(NULL, num * size, PROT_READ, MAP_SHARED, bpf_map__fd(map), 0);

	return p == MAP_FAILED ? NULL : p;
}

static int load_walk(struct load_bpf *l, const struct btf *btf)
{
	struct devmem_walk_bpf *skel = devmem_walk_bpf__open();
	int ret;

	if (!skel)
		return -errno;
	bpf_map__set_max_entries(skel->maps.pool_states, MAX_POOLS);
	bpf_map__set_max_entries(skel->maps.rxq_states, MAX_RXQS);
	ret = devmem_walk_bpf__load(skel);
	if (ret)
		goto fail;
	l->pools = map_results(skel->maps.pool_states, MAX_POOLS, sizeof(struct devmem_pool_state));
	l->rxqs = map_results(skel->maps.rxq_states, MAX_RXQS, sizeof(struct devmem_rxq_state));
	if (!l->pools || !l->rxqs) {
		ret = -errno;
		goto fail;
	}
	/* Other providers than devmem's exist: tell them apart by their ops. */
	if (btf__find_by_name_kind(btf, "io_zcrx_ifq", BTF_KIND_STRUCT) > 0)
		l->provider_ops = kernel_symbol("dmabuf_devmem_ops");
	l->walk = skel;
	return 0;

fail:
	devmem_walk_bpf__destroy(skel);
	return ret;
}

/* After load_trace(): the times of tokens come from there. */
static int load_sockets(struct load_bpf *l)
{
	struct devmem_sockets_bpf *skel = devmem_sockets_bpf__open();
	int ret = 0;

	if (!skel)
		return -errno;
	bpf_map__set_max_entries(skel->maps.socket_states, MAX_SOCKETS);
	if (l->trace) {
		skel->rodata->time_mask = TIME_SLOTS - 1;
		ret = bpf_map__reuse_fd(skel->maps.token_times,
					bpf_map__fd(l->trace->maps.token_times));
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

static bool kernel_has_events(const struct btf *btf)
{
	return btf__find_by_name_kind(btf, "btf_trace_devmem_bind", BTF_KIND_TYPEDEF) > 0;
}

static bool kernel_can_walk(const struct btf *btf)
{
	return btf__find_by_name_kind(btf, "page_pool", BTF_KIND_STRUCT) > 0 &&
	       btf__find_by_name_kind(btf, "net_devmem_dmabuf_binding", BTF_KIND_STRUCT) > 0 &&
	       btf__find_by_name_kind(btf, "bpf_rcu_read_lock", BTF_KIND_FUNC) > 0;
}

/* Tokens are in sockets from 6.12 on. */
static bool kernel_has_tokens(const struct btf *btf)
{
	return kernel_can_walk(btf) &&
	       btf__find_by_name_kind(btf, "net_iov", BTF_KIND_STRUCT) > 0 &&
	       btf__find_by_name_kind(btf, "bpf_iter__tcp", BTF_KIND_STRUCT) > 0;
}

static void explain(char *text, size_t size, const char *what, int code)
{
	/* EACCES is the verifier's word. */
	if (code == -EPERM)
		snprintf(text, size,
			 "BPF is not permitted for %s: run as root or with CAP_BPF and CAP_PERFMON",
			 what);
	else
		snprintf(
			text, size,
			"the kernel refused the BPF programs for %s (%s): DEVMEMTOP_DEBUG=1 shows why",
			what, strerror(-code));
}

struct load_bpf *load_bpf_open(unsigned int *sources, char *text, size_t size)
{
	struct load_bpf *l;
	struct btf *btf;
	int ret;

	*sources = 0;
	text[0] = '\0';
	libbpf_set_print(print_libbpf);
	btf = btf__load_vmlinux_btf();
	if (!btf) {
		snprintf(
			text, size,
			"no BTF in /sys/kernel/btf/vmlinux, only netlink is used: take a kernel with CONFIG_DEBUG_INFO_BTF=y");
		return NULL;
	}
	l = calloc(1, sizeof(*l));
	if (!l)
		err(EXIT_FAILURE, "starting");
	if (!kernel_has_events(btf)) {
		snprintf(text, size,
			 "this kernel has no devmem trace events: no rates, restarts or tokens");
	} else {
		ret = load_trace(l, btf);
		if (ret)
			explain(text, size, "events", ret);
		else
			*sources |= 1U << SOURCE_EVENTS;
		if (!ret)
			load_latency(l);
	}
	if (kernel_can_walk(btf)) {
		ret = load_walk(l, btf);
		if (ret)
			explain(text, size, "walking the page pools", ret);
		else
			*sources |= 1U << SOURCE_WALK;
	}
	if (l->walk && kernel_has_tokens(btf)) {
		ret = load_sockets(l);
		if (ret)
			explain(text, size, "reading the sockets", ret);
		else
			*sources |= 1U << SOURCE_SOCKETS;
	}
	btf__free(btf);
	if (*sources)
		return l;
	load_bpf_close(l);
	return NULL;
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
	devmem_latency_bpf__destroy(l->latency);
	devmem_trace_bpf__destroy(l->trace);
	devmem_walk_bpf__destroy(l->walk);
	free(l);
}

int load_bpf_map(const struct load_bpf *l, const char *name)
{
	int fd = -ENOENT;

	if (l->trace)
		fd = bpf_object__find_map_fd_by_name(l->trace->obj, name);
	if (fd < 0 && l->sockets)
		fd = bpf_object__find_map_fd_by_name(l->sockets->obj, name);
	return fd;
}

uint32_t load_bpf_slots(const struct load_bpf *l)
{
	return l->trace->rodata->slot_mask + 1;
}

int load_bpf_run_walk(struct load_bpf *l, uint32_t ifindex, struct load_bpf_walk *walk)
{
	struct devmem_walk ctx = {
		.provider_ops = l->provider_ops,
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

void load_bpf_sample(struct load_bpf *l, uint32_t rate)
{
	l->trace->bss->sample = rate;
}

uint64_t load_bpf_missed(const struct load_bpf *l)
{
	struct bpf_program *prog;
	uint64_t sum = 0;

	bpf_object__for_each_program(prog, l->trace->obj)
	{
		struct bpf_prog_info info = { 0 };
		__u32 len = sizeof(info);

		if (bpf_program__fd(prog) >= 0 &&
		    !bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
			sum += info.recursion_misses;
	}
	return sum;
}

uint64_t load_bpf_full(const struct load_bpf *l)
{
	return l->trace->bss->queue_stats_full + l->trace->bss->binding_stats_full +
	       l->trace->bss->starved_full + l->trace->bss->hists_full +
	       (l->latency ? l->latency->bss->latency_full : 0);
}
