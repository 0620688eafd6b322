// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Loads the BPF programs. If a kernel refuses those of one part, it can still run the others.
 */
#include "probes/programs.h"

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

#include "probes/libbpf_util.h"
#include "devmemtop.skel.h"
#include "probes/programs_parts.h"
#include "probes/programs_events.h"
#include "model/snapshot.h"

/* Room for the walk's results; a pool takes 96 bytes, a queue 48. */
#define MAX_POOLS 8192
#define MAX_RXQS  4096

/* Room for sockets with net_iovs; each takes 120 bytes. */
#define MAX_SOCKETS 4096

/* After so many walks through the sockets, net_iovs that earlier walks saw are forgotten. */
#define FORGET_AFTER 32

/* All in one, or each part by itself. */
#define MAX_OBJECTS 3

struct programs {
	struct facts from;
	struct devmemtop_bpf *objects[MAX_OBJECTS];
	size_t num_objects;
	struct programs_events *trace; /* NULL: no events */
	struct devmemtop_bpf *walk;    /* one of the objects; NULL: no walk */
	struct devmemtop_bpf *sockets; /* one of the objects; NULL: sockets cannot be read */
	void *pools;
	void *rxqs;
	void *socket_states;
};

/* ---- what the kernel has ---- */

/* What the kernel's BTF says. The BTF itself is freed while libbpf reads its own copy. */
struct kernel {
	struct btf *btf;	     /* NULL: not read, or already freed */
	char lacks[FACTS][FACT_WHY]; /* what is missing for a fact of state; "": nothing */
};

static bool has_walk(const struct kernel *kernel)
{
	return !kernel->lacks[FACT_POOLS][0];
}

/* Whose pools they are of is known by the walk. */
static bool has_sockets(const struct kernel *kernel)
{
	return has_walk(kernel) && !kernel->lacks[FACT_NIOV_PLACES][0];
}

/* ---- loading ---- */

/* One map of the walk's results, mapped for reading. */
static void *map_results(const struct bpf_map *map, size_t num, size_t size)
{
	void *p = mmap(NULL, num * size, PROT_READ, MAP_SHARED, bpf_map__fd(map), 0);

	return p == MAP_FAILED ? NULL : p;
}

static void unmap_results(void **p, size_t num, size_t size)
{
	if (*p)
		munmap(*p, num * size);
	*p = NULL;
}

static int map_walk(struct programs *l, struct devmemtop_bpf *skel)
{
	l->pools = map_results(skel->maps.pool_states, MAX_POOLS, sizeof(struct devmem_pool_state));
	l->rxqs = map_results(skel->maps.rxq_states, MAX_RXQS, sizeof(struct devmem_rxq_state));
	return l->pools && l->rxqs ? 0 : -errno;
}

static void unmap_walk(struct programs *l)
{
	unmap_results(&l->pools, MAX_POOLS, sizeof(struct devmem_pool_state));
	unmap_results(&l->rxqs, MAX_RXQS, sizeof(struct devmem_rxq_state));
}

/* Iterators run only when their file is read. */
static int attach_sockets(struct programs *l, struct devmemtop_bpf *skel)
{
	skel->links.read_sockets = bpf_program__attach(skel->progs.read_sockets);
	skel->links.find_owners = bpf_program__attach(skel->progs.find_owners);
	if (!skel->links.read_sockets || !skel->links.find_owners)
		return -errno;
	l->socket_states = map_results(skel->maps.socket_states, MAX_SOCKETS,
				       sizeof(struct devmem_socket_state));
	if (!l->socket_states)
		return -errno;
	skel->bss->max_sockets = MAX_SOCKETS;
	return 0;
}

static void unmap_sockets(struct programs *l)
{
	unmap_results(&l->socket_states, MAX_SOCKETS, sizeof(struct devmem_socket_state));
}

static int set_up(const struct programs *l, struct devmemtop_bpf *skel, unsigned int parts)
{
	bpf_map__set_max_entries(skel->maps.pool_states, MAX_POOLS);
	bpf_map__set_max_entries(skel->maps.rxq_states, MAX_RXQS);
	bpf_map__set_max_entries(skel->maps.socket_states, MAX_SOCKETS);
	skel->rodata->page_size = sysconf(_SC_PAGESIZE);
	programs_parts_keep(skel->obj, parts);
	if (!(parts & PART_SOCKETS) || parts & PART_EVENTS || !l->trace ||
	    !programs_events_time_mask(l->trace))
		return 0;
	/* The events are in another object, and so are the times of tokens. */
	skel->rodata->time_mask = programs_events_time_mask(l->trace);
	return bpf_map__reuse_fd(skel->maps.token_times, programs_map(l, "token_times"));
}

/* Returns -EAGAIN when @refused has one more program, and a try without it may work. */
static int load_and_attach(struct programs *l, struct devmemtop_bpf *skel, unsigned int parts,
			   struct bpf_refused *refused)
{
	int ret = devmemtop_bpf__load(skel);

	if (ret && parts & PART_EVENTS && programs_part(libbpf_util_complained()) == SOURCE_EVENTS)
		return libbpf_util_add_refused(refused, NULL) ? -EAGAIN : ret;
	if (!ret && parts & PART_WALK)
		ret = map_walk(l, skel);
	if (!ret && parts & PART_SOCKETS)
		ret = attach_sockets(l, skel);
	/* Last, because the programs run from here on. */
	if (!ret && parts & PART_EVENTS)
		l->trace = programs_events_attach(skel, refused, &ret);
	if (!ret)
		return 0;
	if (parts & PART_WALK)
		unmap_walk(l);
	if (parts & PART_SOCKETS)
		unmap_sockets(l);
	return ret;
}

/*
 * Loads the programs of @parts as one object; for the events only those that this kernel has a
 * source for, perhaps none. libbpf reads its own copy of the BTF, and one copy at a time is enough
 * memory.
 */
static int load(struct programs *l, struct kernel *kernel, unsigned int parts, unsigned int vias,
		struct bpf_refused *refused)
{
	struct devmemtop_bpf *skel;
	char text[PROGRAMS_LINE];
	int ret;

	if (parts & PART_EVENTS && !kernel->btf)
		kernel->btf = libbpf_util_btf(text, sizeof(text));
	if (parts & PART_EVENTS && !kernel->btf)
		return -ENOMEM;
	skel = devmemtop_bpf__open_opts(libbpf_util_options());
	if (!skel)
		return -errno;
	if (parts & PART_EVENTS &&
	    !programs_events_choose(skel, &l->from, kernel->btf, vias, refused))
		parts &= ~PART_EVENTS;
	btf__free(kernel->btf);
	kernel->btf = NULL;
	ret = set_up(l, skel, parts);
	if (!ret && parts)
		ret = load_and_attach(l, skel, parts, refused);
	if (ret || !parts) {
		devmemtop_bpf__destroy(skel);
		return ret;
	}
	l->objects[l->num_objects++] = skel;
	if (parts & PART_WALK)
		l->walk = skel;
	if (parts & PART_SOCKETS)
		l->sockets = skel;
	return 0;
}

/* Some machines forbid fentry for all users: then EPERM does not mean missing privileges. */
static bool may_use_bpf(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "may_use_bpf", 4, 4, 1, NULL);

	if (fd < 0)
		return errno != EPERM;
	close(fd);
	return true;
}

/* Tries again without what the kernel has refused. */
static int load_events(struct programs *l, struct kernel *kernel, struct bpf_refused *refused)
{
	unsigned int vias = facts_without();
	/* If no single program is the cause, a whole kind of them is. */
	const unsigned int tries[] = {
		vias,
		vias & ~(1U << VIA_FENTRY),
		vias & ~(1U << VIA_FENTRY | 1U << VIA_KPROBES),
	};
	int first = 0;
	size_t i;

	if (!may_use_bpf())
		return -EPERM;
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]);) {
		int ret = load(l, kernel, PART_EVENTS, tries[i], refused);

		if (!ret)
			break;
		if (ret == -EAGAIN)
			continue;
		/* The first refusal is the one to report. */
		if (!first)
			first = ret;
		i++;
	}
	return l->trace ? 0 : first;
}

/*
 * Loads all parts at once, so that the kernel's BTF is read only once. Returns a negative errno
 * when nothing could be loaded and the cause is neither the walk nor the sockets.
 */
static int load_together(struct programs *l, struct kernel *kernel, struct bpf_refused *refused,
			 int *errors)
{
	unsigned int parts = PART_EVENTS | (has_walk(kernel) ? PART_WALK : 0) |
			     (has_sockets(kernel) ? PART_SOCKETS : 0);
	int ret;

	for (;;) {
		enum source refuses;

		ret = load(l, kernel, parts, facts_without(), refused);
		if (ret == -EAGAIN)
			continue;
		refuses = programs_part(libbpf_util_complained());
		if (!ret || refuses == SOURCE_EVENTS || !(parts & 1U << refuses))
			return ret;
		errors[refuses] = ret;
		parts &= ~(1U << refuses);
		/* Whose pools they are of is known by the walk. */
		if (refuses == SOURCE_WALK)
			parts &= ~PART_SOCKETS;
	}
}

/* Loads each part by itself, so that a part that fails does not harm the others. */
static void load_by_part(struct programs *l, struct kernel *kernel, struct bpf_refused *refused,
			 int *errors)
{
	errors[SOURCE_EVENTS] = load_events(l, kernel, refused);
	if (has_walk(kernel))
		errors[SOURCE_WALK] = load(l, kernel, PART_WALK, 0, NULL);
	if (l->walk && has_sockets(kernel))
		errors[SOURCE_SOCKETS] = load(l, kernel, PART_SOCKETS, 0, NULL);
}

/* @errors: by part, negative errno. */
static void load_parts(struct programs *l, struct kernel *kernel, int *errors)
{
	struct bpf_refused refused = { .num = 0 };

	if (load_together(l, kernel, &refused, errors))
		load_by_part(l, kernel, &refused, errors);
	/* If there is nothing to attach to, the choice already has the reason for each fact. */
	if (!l->trace && errors[SOURCE_EVENTS])
		facts_none(&l->from, errors[SOURCE_EVENTS] == -EPERM
					     ? "BPF is not permitted"
					     : "the kernel refused the programs");
}

/* ---- what the user reads ---- */

/* Sets the facts that do not come from probes. */
static void note_state(struct programs *l, const struct kernel *kernel)
{
	static const struct {
		enum fact fact;
		enum via via;
	} state[] = {
		{ FACT_POOLS, VIA_WALK },
		{ FACT_BINDING_FREE_NIOVS, VIA_WALK },
		{ FACT_IO_URING, VIA_WALK },
		{ FACT_NIOV_PLACES, VIA_SOCKETS },
	};
	size_t i;

	for (i = 0; i < sizeof(state) / sizeof(state[0]); i++) {
		const char *why = kernel->lacks[state[i].fact];

		if (!why[0] && state[i].via == VIA_WALK)
			why = l->walk ? NULL : "the page pools cannot be walked";
		else if (!why[0])
			why = l->sockets ? NULL : "the sockets cannot be read";
		facts_use(&l->from, state[i].fact, state[i].via, why);
	}
}

/* Names single facts that are not known. */
static void say_unknown(const struct programs *l, char *text, size_t size)
{
	char names[160];

	facts_unknown(&l->from, names, sizeof(names));
	if (names[0])
		snprintf(text, size, "not known on this kernel: %s; devmemtop check says why",
			 names);
}

/* For each part that did not fail but does not work: the kernel does not have what it needs. */
static const struct {
	const char *what;
	const char *lacks;
} words[SOURCES] = {
	[SOURCE_EVENTS] = { "events",
			    "this kernel tells nothing of bindings and restarts: devmemtop check says why" },
	[SOURCE_WALK] = { "walking the page pools",
			  "BPF programs cannot walk this kernel's page pools: "
			  "take Linux 6.12 or later with CONFIG_BPF_SYSCALL=y" },
	[SOURCE_SOCKETS] = { "reading the sockets",
			     "BPF programs cannot read this kernel's sockets: "
			     "take Linux 6.12 or later with CONFIG_BPF_SYSCALL=y" },
};

static void say(const struct programs *l, unsigned int parts, const int *errors,
		struct programs_said *said)
{
	size_t i;

	for (i = 0; i < SOURCES; i++) {
		if (!words[i].what || parts & 1U << i)
			continue;
		if (errors[i])
			libbpf_util_explain(said->line[i], PROGRAMS_LINE, words[i].what, errors[i]);
		else
			snprintf(said->line[i], PROGRAMS_LINE, "%s", words[i].lacks);
	}
	if (l->trace)
		say_unknown(l, said->line[SOURCE_EVENTS], PROGRAMS_LINE);
	/* They need the walk. */
	if (!l->walk)
		snprintf(said->line[SOURCE_SOCKETS], PROGRAMS_LINE, "%s", said->line[SOURCE_WALK]);
}

struct programs *programs_try(unsigned int *parts, struct programs_said *said)
{
	char why[PROGRAMS_LINE] = "";
	int errors[SOURCES] = { 0 };
	struct kernel kernel = { 0 };
	struct programs *l;
	struct btf *btf;
	size_t i;

	*parts = 0;
	memset(said, 0, sizeof(*said));
	libbpf_util_quiet();
	libbpf_util_begin();
	btf = libbpf_util_btf(why, sizeof(why));
	if (btf && !facts_has_devmem(btf))
		snprintf(
			why, sizeof(why),
			"this kernel has no devmem TCP: take Linux 6.12 or later with CONFIG_NET_DEVMEM=y");
	if (why[0]) {
		for (i = 0; i < SOURCES; i++)
			if (i != SOURCE_NETLINK)
				snprintf(said->line[i], sizeof(said->line[i]), "%s", why);
		facts_none(&said->from, why);
		said->one_reason = true;
		btf__free(btf);
		libbpf_util_end();
		return NULL;
	}
	l = calloc(1, sizeof(*l));
	if (!l)
		err(EXIT_FAILURE, "starting");
	kernel.btf = btf;
	facts_look_at_state(btf, kernel.lacks);
	load_parts(l, &kernel, errors);
	btf__free(kernel.btf);
	libbpf_util_end();
	*parts = (l->trace ? PART_EVENTS : 0) | (l->walk ? PART_WALK : 0) |
		 (l->sockets ? PART_SOCKETS : 0);
	say(l, *parts, errors, said);
	note_state(l, &kernel);
	said->from = l->from;
	said->one_reason = !*parts && errors[SOURCE_EVENTS];
	if (*parts)
		return l;
	programs_close(l);
	return NULL;
}

struct programs *programs_open(unsigned int *parts, char *text, size_t size)
{
	struct programs_said said;
	struct programs *l = programs_try(parts, &said);
	size_t i;

	text[0] = '\0';
	/* A part that is missing matters more than single facts. */
	for (i = 0; i < SOURCES; i++)
		if (said.line[i][0] && (!text[0] || !(*parts & 1U << i)))
			snprintf(text, size, "%s", said.line[i]);
	return l;
}

void programs_close(struct programs *l)
{
	if (!l)
		return;
	programs_events_detach(l->trace);
	unmap_walk(l);
	unmap_sockets(l);
	while (l->num_objects)
		devmemtop_bpf__destroy(l->objects[--l->num_objects]);
	free(l);
}

int programs_map(const struct programs *l, const char *name)
{
	int fd = -ENOENT;
	size_t i;

	for (i = 0; i < l->num_objects && fd < 0; i++)
		fd = bpf_object__find_map_fd_by_name(l->objects[i]->obj, name);
	return fd;
}

uint32_t programs_slots(const struct programs *l)
{
	return programs_events_slots(l->trace);
}

uint8_t *programs_slots_used(struct programs *l, int event)
{
	return programs_events_slots_used(l->trace, event);
}

int programs_run_walk(struct programs *l, uint32_t ifindex, struct programs_walk *walk)
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

int programs_run_sockets(struct programs *l, struct programs_sockets *found)
{
	struct devmemtop_bpf *skel = l->sockets;
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int ret;

	skel->bss->walk_round++;
	skel->bss->num_sockets = 0;
	skel->bss->sockets_overflow = 0;
	skel->bss->sockets_unread = 0;
	ret = libbpf_util_run_iterator(skel->links.read_sockets);
	if (ret)
		return ret;
	if (skel->bss->walk_round % FORGET_AFTER == 0)
		bpf_prog_test_run_opts(bpf_program__fd(skel->progs.drop_old_niovs), &opts);
	found->sockets = l->socket_states;
	found->num = skel->bss->num_sockets;
	found->round = skel->bss->walk_round;
	found->unread = skel->bss->sockets_unread;
	found->overflow = skel->bss->sockets_overflow;
	return 0;
}

int programs_find_owners(struct programs *l)
{
	return libbpf_util_run_iterator(l->sockets->links.find_owners);
}

const struct facts *programs_facts(const struct programs *l)
{
	return &l->from;
}

void programs_sample(struct programs *l, uint32_t rate)
{
	programs_events_sample(l->trace, rate);
}

uint64_t programs_missed(const struct programs *l)
{
	return programs_events_missed(l->trace);
}

uint64_t programs_full(const struct programs *l)
{
	return programs_events_full(l->trace);
}
