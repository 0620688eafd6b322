/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The programs that tell of bindings, restarts, net_iovs and tokens: from whatever source this
 * kernel has.
 */
#ifndef DEVMEMTOP_PROBES_PROGRAMS_EVENTS_H
#define DEVMEMTOP_PROBES_PROGRAMS_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "probes/facts.h"

struct bpf_refused;
struct btf;
struct devmemtop_bpf;
struct load_trace;

/**
 * load_trace_choose() - choose the programs of the events, and give their maps a size
 * @skel: opened, not loaded
 * @s: gets what each traced fact comes from
 * @btf: the kernel's
 * @vias: bits by enum via that may be used
 * @refused: programs that this kernel has refused before
 *
 * Return: false when this kernel has nothing to offer.
 */
bool load_trace_choose(struct devmemtop_bpf *skel, struct sources *s, const struct btf *btf,
		       unsigned int vias, const struct bpf_refused *refused);

/**
 * load_trace_attach() - attach the programs of the events that were loaded
 * @skel: loaded; has to be there until load_trace_detach()
 * @refused: gets the program that could not be attached
 * @error: gets 0 or a negative errno; -EAGAIN: there is one program more in @refused, and without it
 *	it may work
 *
 * Return: the programs, or NULL when not all of them could be attached.
 */
struct load_trace *load_trace_attach(struct devmemtop_bpf *skel, struct bpf_refused *refused,
				     int *error);

/**
 * load_trace_detach() - end what load_trace_attach() began
 * @l: NULL is allowed
 */
void load_trace_detach(struct load_trace *l);

/**
 * load_trace_slots() - how many slots the arrays of hot events have
 * @l: programs
 *
 * Return: their number, a power of two.
 */
uint32_t load_trace_slots(const struct load_trace *l);

/**
 * load_trace_slots_used() - which slots of a hot event are in use
 * @l: programs
 * @event: enum devmem_hot
 *
 * Return: a byte for each slot: 1 when a pool took it. The programs write it, and user space.
 */
uint8_t *load_trace_slots_used(struct load_trace *l, int event);

/**
 * load_trace_time_mask() - how many slots the map of token times has, less one
 * @l: programs
 *
 * Return: the mask.
 */
uint32_t load_trace_time_mask(const struct load_trace *l);

/**
 * load_trace_sample() - which share of the net_iovs is timed from alloc to free
 * @l: programs
 * @rate: one of so many, 0: none; 64 at first
 */
void load_trace_sample(struct load_trace *l, uint32_t rate);

/**
 * load_trace_missed() - how many events came while their own program was running
 * @l: programs
 *
 * Return: the number since loading.
 */
uint64_t load_trace_missed(const struct load_trace *l);

/**
 * load_trace_full() - how many entries did not fit into a hash
 * @l: programs
 *
 * Return: the number since loading.
 */
uint64_t load_trace_full(const struct load_trace *l);

#endif
