/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Loading the BPF programs as far as the kernel and our privileges allow, and running the walk.
 */
#ifndef DEVMEMTOP_PROBES_PROGRAMS_H
#define DEVMEMTOP_PROBES_PROGRAMS_H

#include <stddef.h>
#include <stdint.h>

#include "contract/hot.h"
#include "contract/sockets.h"
#include "contract/walk.h"
#include "model/snapshot.h"
#include "probes/facts.h"

struct load_bpf;

/* What a walk found; the arrays are valid until the next one. */
struct load_bpf_walk {
	const struct devmem_pool_state *pools;
	uint32_t num_pools;
	const struct devmem_rxq_state *rxqs;
	uint32_t num_rxqs;
	uint32_t unread;   /* lists that changed meanwhile */
	uint32_t overflow; /* pools for which there was no room */
	uint32_t netns;	   /* inode number of the namespace */
};

/* What a walk through the sockets found; the array is valid until the next one. */
struct load_bpf_sockets {
	const struct devmem_socket_state *sockets;
	uint32_t num;
	uint32_t round;	   /* of the entries in pool_parts that are of this walk */
	uint32_t unread;   /* queues that could not be followed */
	uint32_t overflow; /* sockets, pools and net_iovs for which there was no room */
};

#define LOAD_BPF_LINE 256

/* By source: what does not work, and what to do, in one line; empty when all does. */
struct load_bpf_said {
	char line[SOURCES][LOAD_BPF_LINE];
};

/**
 * load_bpf_try() - load and attach
 * @sources: gets the bits of the sources that work, enum source
 * @said: gets what does not work
 *
 * Return: the programs, or NULL when none could be loaded.
 */
struct load_bpf *load_bpf_try(unsigned int *sources, struct load_bpf_said *said);

/**
 * load_bpf_open() - load_bpf_try() for who has one line for all of it
 * @sources: gets the bits of the sources that work, enum source
 * @text: where to say in one line what does not work and what to do; empty when all does
 * @size: bytes in @text
 *
 * Return: the programs, or NULL when none could be loaded.
 */
struct load_bpf *load_bpf_open(unsigned int *sources, char *text, size_t size);

/**
 * load_bpf_close() - detach and unload
 * @l: NULL is allowed
 */
void load_bpf_close(struct load_bpf *l);

/**
 * load_bpf_from() - what each fact comes from
 * @l: programs
 *
 * Return: the choice; netlink's part is not in it.
 */
const struct sources *load_bpf_from(const struct load_bpf *l);

/**
 * load_bpf_map() - a map of the programs for events or sockets by its name
 * @l: programs, SOURCE_EVENTS or SOURCE_SOCKETS among their sources
 * @name: name in the BPF source
 *
 * Return: its file descriptor, negative when there is none.
 */
int load_bpf_map(const struct load_bpf *l, const char *name);

/**
 * load_bpf_slots() - how many slots the arrays of hot events have
 * @l: programs, SOURCE_EVENTS among their sources
 *
 * Return: their number, a power of two.
 */
uint32_t load_bpf_slots(const struct load_bpf *l);

/**
 * load_bpf_slots_used() - which slots of a hot event are in use
 * @l: programs
 * @event: enum devmem_hot
 *
 * Return: a byte for each slot, shared with the programs.
 */
uint8_t *load_bpf_slots_used(struct load_bpf *l, int event);

/**
 * load_bpf_run_walk() - walk the page pools of the caller's network namespace
 * @l: programs, SOURCE_WALK among their sources
 * @ifindex: only of this interface, 0: of all
 * @walk: gets what was found
 *
 * Return: 0 or a negative errno.
 */
int load_bpf_run_walk(struct load_bpf *l, uint32_t ifindex, struct load_bpf_walk *walk);

/**
 * load_bpf_run_sockets() - read the TCP sockets of the caller's network namespace
 * @l: programs, SOURCE_SOCKETS among their sources
 * @found: gets what was found
 *
 * Return: 0 or a negative errno.
 */
int load_bpf_run_sockets(struct load_bpf *l, struct load_bpf_sockets *found);

/**
 * load_bpf_find_owners() - complete the entries of the map "owners"
 * @l: programs, SOURCE_SOCKETS among their sources
 *
 * Looks at all open files of all processes: not to be done for each snapshot.
 *
 * Return: 0 or a negative errno.
 */
int load_bpf_find_owners(struct load_bpf *l);

/**
 * load_bpf_sample() - which share of the net_iovs is timed from alloc to free
 * @l: programs, SOURCE_EVENTS among their sources; likewise below
 * @rate: one of so many, 0: none; 64 at first
 */
void load_bpf_sample(struct load_bpf *l, uint32_t rate);

/**
 * load_bpf_missed() - how many events came while their own program was running
 * @l: programs
 *
 * Return: the number since loading.
 */
uint64_t load_bpf_missed(const struct load_bpf *l);

/**
 * load_bpf_full() - how many entries did not fit into a hash
 * @l: programs
 *
 * Return: the number since loading.
 */
uint64_t load_bpf_full(const struct load_bpf *l);

#endif
