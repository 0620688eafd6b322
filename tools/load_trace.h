/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Loading the programs that tell of bindings, restarts, net_iovs and tokens: from whatever source
 * this kernel has.
 */
#ifndef DEVMEMTOP_LOAD_TRACE_H
#define DEVMEMTOP_LOAD_TRACE_H

#include <stdint.h>

#include "sources.h"

struct load_trace;

/**
 * load_trace_open() - load and attach
 * @s: gets what each traced fact comes from
 * @btf: the kernel's
 * @error: gets a negative errno when nothing could be loaded; 0: this kernel has nothing to offer
 *
 * Return: the programs or NULL.
 */
struct load_trace *load_trace_open(struct sources *s, const struct btf *btf, int *error);

/**
 * load_trace_close() - detach and unload
 * @l: NULL is allowed
 */
void load_trace_close(struct load_trace *l);

/**
 * load_trace_map() - a map by its name
 * @l: programs
 * @name: name in the BPF source
 *
 * Return: its file descriptor, negative when there is none.
 */
int load_trace_map(const struct load_trace *l, const char *name);

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
