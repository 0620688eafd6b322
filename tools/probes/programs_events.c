// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the programs for events need before and after they are loaded.
 */
#include "probes/programs_events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "probes/libbpf_util.h"
#include "contract/hot.h"
#include "devmemtop.skel.h"
#include "probes/programs_parts.h"
#include "lib/ksyms.h"
#include "lib/netns.h"
#include "lib/numbers.h"

/* Slots of hot events: the memory for all arrays of all CPUs together. */
#define SLOTS_BYTES (16U << 20)
#define SLOTS_MIN   512U

/* For so many net_iovs, the time of their token is kept, 8 bytes each: 2 GiB of dma-bufs. */
#define TIME_SLOTS (1U << 19)

/* So many net_iovs can be timed at one moment, 16 bytes each. */
#define SAMPLE_SLOTS (1U << 16)

#define SAMPLE_RATE 64 /* at first */

#define MAX_LINKS 64

struct programs_events {
	struct devmemtop_bpf *skel;
	struct bpf_link *links[MAX_LINKS];
	size_t num_links;
};

/* The functions that kprobes are for, with their names in this kernel. */
struct symbols {
	struct ksyms_wanted wanted[MAX_LINKS];
	size_t num;
};

/* Powers of two. DEVMEMTOP_SLOTS=N makes all tables that small, for tests. */
static uint32_t table_slots(uint32_t slots)
{
	const char *text = getenv("DEVMEMTOP_SLOTS");
	uint64_t want;

	if (!text || !parse_number(text, 1, UINT32_MAX, &want))
		return slots;
	while (slots > want)
		slots /= 2;
	return slots;
}

static uint32_t hot_slots(void)
{
	uint64_t each = (uint64_t)libbpf_num_possible_cpus() * DEVMEM_HOT_EVENTS *
			sizeof(struct devmem_slot);
	uint32_t slots = DEVMEM_MAX_SLOTS;

	while (slots > SLOTS_MIN && slots * each > SLOTS_BYTES)
		slots /= 2;
	return table_slots(slots);
}

/* The arrays of hot events come with the most slots that they may have. */
static void set_hot_slots(const struct devmemtop_bpf *skel, uint32_t slots)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, skel->obj)
	{
		if (bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_ARRAY &&
		    bpf_map__max_entries(map) == DEVMEM_MAX_SLOTS)
			bpf_map__set_max_entries(map, slots);
	}
}

bool programs_events_choose(struct devmemtop_bpf *skel, struct facts *s, const struct btf *btf,
			    unsigned int vias, const struct bpf_refused *refused)
{
	bool any = facts_choose(s, skel->obj, btf, vias, refused);
	bool ages = s->rank[FACT_TOKEN_AGE] >= 0;
	uint32_t times = ages ? table_slots(TIME_SLOTS) : 1, slots = hot_slots();

	skel->rodata->our_netns = netns_inode();
	skel->rodata->slot_mask = slots - 1;
	skel->rodata->time_mask = times - 1;
	bpf_map__set_max_entries(skel->maps.token_times, times);
	skel->rodata->sample_mask = table_slots(SAMPLE_SLOTS) - 1;
	bpf_map__set_max_entries(skel->maps.samples, table_slots(SAMPLE_SLOTS));
	set_hot_slots(skel, slots);
	skel->rodata->direction_arg = facts_direction_arg(btf);
	skel->rodata->provider_counts_allocs = facts_via(s, FACT_ALLOC) == VIA_FENTRY;
	skel->rodata->provider_counts_fails = facts_via(s, FACT_FAIL) == VIA_FENTRY;
	return any;
}

static bool is_at_return(const struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog);

	return !strncmp(section, "fexit/", 6) || !strncmp(section, "kretprobe/", 10);
}

/* The function that a kprobe is for. */
static const char *target_of(const struct bpf_program *prog)
{
	return strchr(bpf_program__section_name(prog), '/') + 1;
}

static bool is_kprobe(const struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog);

	return !strncmp(section, "kprobe/", 7) || !strncmp(section, "kretprobe/", 10);
}

/* One pass for all kprobes. */
static void find_symbols(const struct devmemtop_bpf *skel, struct symbols *s)
{
	struct bpf_program *prog;

	s->num = 0;
	bpf_object__for_each_program(prog, skel->obj) if (bpf_program__autoload(prog) &&
							  is_kprobe(prog) && s->num < MAX_LINKS)
		s->wanted[s->num++] = (struct ksyms_wanted){ .name = target_of(prog) };
	if (s->num)
		ksyms_find(s->wanted, s->num);
}

static const struct ksyms_wanted *find_symbol(const struct symbols *s, const char *function)
{
	size_t i;

	for (i = 0; i < s->num; i++)
		if (!strcmp(s->wanted[i].name, function) && s->wanted[i].symbol[0])
			return &s->wanted[i];
	return NULL;
}

static struct bpf_link *attach_one(const struct bpf_program *prog, const struct symbols *s)
{
	const struct ksyms_wanted *found;

	if (!is_kprobe(prog))
		return bpf_program__attach(prog);
	found = find_symbol(s, target_of(prog));
	if (!found) {
		errno = ENOENT;
		return NULL;
	}
	return bpf_program__attach_kprobe(prog, is_at_return(prog), found->symbol);
}

/* @refused gets the name of a program that cannot be attached. */
static int attach(struct programs_events *l, bool at_return, const struct symbols *symbols,
		  struct bpf_refused *refused)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, l->skel->obj)
	{
		struct bpf_link *link;

		if (!bpf_program__autoload(prog) ||
		    programs_part(bpf_program__name(prog)) != SOURCE_EVENTS ||
		    is_at_return(prog) != at_return)
			continue;
		if (l->num_links == MAX_LINKS)
			return -E2BIG;
		link = attach_one(prog, symbols);
		if (!link) {
			int ret = -errno;

			return libbpf_util_add_refused(refused, bpf_program__name(prog)) ? -EAGAIN
											 : ret;
		}
		l->links[l->num_links++] = link;
	}
	return 0;
}

struct programs_events *programs_events_attach(struct devmemtop_bpf *skel,
					       struct bpf_refused *refused, int *error)
{
	struct programs_events *l = calloc(1, sizeof(*l));
	struct symbols symbols;

	*error = -ENOMEM;
	if (!l)
		return NULL;
	l->skel = skel;
	find_symbols(skel, &symbols);
	/* Programs for ends go first, so that no later begin is matched with an older end. */
	*error = attach(l, true, &symbols, refused);
	if (!*error)
		*error = attach(l, false, &symbols, refused);
	if (!*error) {
		skel->bss->sample = SAMPLE_RATE;
		return l;
	}
	programs_events_detach(l);
	return NULL;
}

void programs_events_detach(struct programs_events *l)
{
	if (!l)
		return;
	while (l->num_links)
		bpf_link__destroy(l->links[--l->num_links]);
	free(l);
}

uint32_t programs_events_slots(const struct programs_events *l)
{
	return l->skel->rodata->slot_mask + 1;
}

uint8_t *programs_events_slots_used(struct programs_events *l, int event)
{
	return l->skel->bss->slots_used[event];
}

uint32_t programs_events_time_mask(const struct programs_events *l)
{
	return l->skel->rodata->time_mask;
}

void programs_events_sample(struct programs_events *l, uint32_t rate)
{
	l->skel->bss->sample = rate;
}

uint64_t programs_events_missed(const struct programs_events *l)
{
	return libbpf_util_missed(l->skel->obj);
}

uint64_t programs_events_full(const struct programs_events *l)
{
	const struct devmemtop_bpf *skel = l->skel;

	return skel->bss->queue_stats_full + skel->bss->binding_stats_full +
	       skel->bss->starved_full + skel->bss->hists_full + skel->bss->doings_full +
	       skel->bss->pool_counts_full;
}
