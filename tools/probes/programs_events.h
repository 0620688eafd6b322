/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The programs for events of bindings, restarts, net_iovs and tokens, from the sources that this
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
struct programs_events;

/**
 * programs_events_choose() - choose the programs for events, and set the sizes of their maps
 * @skel: opened, not loaded
 * @s: gets the source of each traced fact
 * @btf: the kernel's
 * @vias: bits by enum via that may be used
 * @refused: programs that this kernel has refused before
 *
 * Return: false when this kernel has nothing to offer.
 */
bool programs_events_choose(struct devmemtop_bpf *skel, struct facts *s, const struct btf *btf,
			    unsigned int vias, const struct bpf_refused *refused);

/**
 * programs_events_attach() - attach the loaded programs for events
 * @skel: loaded; must stay loaded until programs_events_detach()
 * @refused: gets the program that could not be attached
 * @error: gets 0 or a negative errno; -EAGAIN: @refused has one more program, and a try without it
 *	may work
 *
 * Return: the programs, or NULL when not all of them could be attached.
 */
struct programs_events *programs_events_attach(struct devmemtop_bpf *skel,
					       struct bpf_refused *refused, int *error);

/**
 * programs_events_detach() - undo programs_events_attach()
 * @l: NULL is allowed
 */
void programs_events_detach(struct programs_events *l);

/**
 * programs_events_slots() - how many slots the arrays of hot events have
 * @l: programs
 *
 * Return: their number, a power of two.
 */
uint32_t programs_events_slots(const struct programs_events *l);

/**
 * programs_events_slots_used() - which slots of a hot event are in use
 * @l: programs
 * @event: enum devmem_hot
 *
 * Return: a byte for each slot: 1 when a pool took it. The programs and user space write it.
 */
uint8_t *programs_events_slots_used(struct programs_events *l, int event);

/**
 * programs_events_time_mask() - how many slots the map of token times has, less one
 * @l: programs
 *
 * Return: the mask.
 */
uint32_t programs_events_time_mask(const struct programs_events *l);

/**
 * programs_events_sample() - set how many net_iovs are timed from alloc to free
 * @l: programs
 * @rate: one in @rate net_iovs is timed, 0: none; 64 at first
 */
void programs_events_sample(struct programs_events *l, uint32_t rate);

/**
 * programs_events_missed() - how many events came while their own program was running
 * @l: programs
 *
 * Return: the number since loading.
 */
uint64_t programs_events_missed(const struct programs_events *l);

/**
 * programs_events_full() - how many entries did not fit into a hash
 * @l: programs
 *
 * Return: the number since loading.
 */
uint64_t programs_events_full(const struct programs_events *l);

#endif
