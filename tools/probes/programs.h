/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Loads the BPF programs as far as the kernel and our privileges allow, and runs the walk.
 */
#ifndef DEVMEMTOP_PROBES_PROGRAMS_H
#define DEVMEMTOP_PROBES_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract/hot.h"
#include "contract/sockets.h"
#include "contract/walk.h"
#include "model/snapshot.h"
#include "probes/facts.h"

struct programs;

/* What a walk found; the arrays are valid until the next one. */
struct programs_walk {
	const struct devmem_pool_state *pools;
	uint32_t num_pools;
	const struct devmem_rxq_state *rxqs;
	uint32_t num_rxqs;
	uint32_t unread;   /* lists that changed during the walk or could not be read */
	uint32_t overflow; /* pools and queues for which there was no room */
	uint32_t netns;	   /* inode number of the namespace */
};

/* What a walk through the sockets found; the array is valid until the next one. */
struct programs_sockets {
	const struct devmem_socket_state *sockets;
	uint32_t num;
	uint32_t round;	   /* entries in pool_parts with this round are from this walk */
	uint32_t unread;   /* queues that could not be followed */
	uint32_t overflow; /* sockets, pools and net_iovs for which there was no room */
};

#define PROGRAMS_LINE 256

/* For each part, one line that says what does not work and what to do; empty when all works. */
struct programs_said {
	char line[SOURCES][PROGRAMS_LINE];
	struct facts from;
	bool one_reason; /* nothing works; the reason of the events explains all facts */
};

/**
 * programs_try() - load and attach
 * @parts: gets the bits of the parts that work, enum source
 * @said: gets lines about what does not work
 *
 * Return: the programs, or NULL when none could be loaded.
 */
struct programs *programs_try(unsigned int *parts, struct programs_said *said);

/**
 * programs_open() - like programs_try(), for a caller with only one line for messages
 * @parts: gets the bits of the parts that work, enum source
 * @text: gets one line that says what does not work and what to do; empty when all works
 * @size: bytes in @text
 *
 * Return: the programs, or NULL when none could be loaded.
 */
struct programs *programs_open(unsigned int *parts, char *text, size_t size);

/**
 * programs_close() - detach and unload
 * @l: NULL is allowed
 */
void programs_close(struct programs *l);

/**
 * programs_facts() - the source of each fact
 * @l: programs
 *
 * Return: the choice, without netlink's part.
 */
const struct facts *programs_facts(const struct programs *l);

/**
 * programs_map() - find a map of the programs for events or sockets by its name
 * @l: programs; SOURCE_EVENTS or SOURCE_SOCKETS is among their parts
 * @name: name in the BPF source
 *
 * Return: its file descriptor, negative when there is no such map.
 */
int programs_map(const struct programs *l, const char *name);

/**
 * programs_slots() - how many slots the arrays of hot events have
 * @l: programs; SOURCE_EVENTS is among their parts
 *
 * Return: their number, a power of two.
 */
uint32_t programs_slots(const struct programs *l);

/**
 * programs_slots_used() - which slots of a hot event are in use
 * @l: programs
 * @event: enum devmem_hot
 *
 * Return: a byte for each slot, shared with the programs.
 */
uint8_t *programs_slots_used(struct programs *l, int event);

/**
 * programs_run_walk() - walk the page pools of the caller's network namespace
 * @l: programs; SOURCE_WALK is among their parts
 * @ifindex: only this interface, 0: all
 * @walk: gets what was found
 *
 * Return: 0 or a negative errno.
 */
int programs_run_walk(struct programs *l, uint32_t ifindex, struct programs_walk *walk);

/**
 * programs_run_sockets() - read the TCP sockets of the caller's network namespace
 * @l: programs, SOURCE_SOCKETS among their parts
 * @found: gets what was found
 *
 * Return: 0 or a negative errno.
 */
int programs_run_sockets(struct programs *l, struct programs_sockets *found);

/**
 * programs_find_owners() - complete the entries of the map "owners"
 * @l: programs, SOURCE_SOCKETS among their parts
 *
 * This looks at all open files of all processes, so do not call it for each snapshot.
 *
 * Return: 0 or a negative errno.
 */
int programs_find_owners(struct programs *l);

/**
 * programs_sample() - set how many net_iovs are timed from alloc to free
 * @l: programs; SOURCE_EVENTS is among their parts, also for the functions below
 * @rate: one in @rate net_iovs is timed, 0: none; 64 at first
 */
void programs_sample(struct programs *l, uint32_t rate);

/**
 * programs_missed() - how many events came while their own program was running
 * @l: programs
 *
 * Return: the number since loading.
 */
uint64_t programs_missed(const struct programs *l);

/**
 * programs_full() - how many entries did not fit into a hash
 * @l: programs
 *
 * Return: the number since loading.
 */
uint64_t programs_full(const struct programs *l);

#endif
