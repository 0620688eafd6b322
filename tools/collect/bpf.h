/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What devmemtop knows from BPF programs: events, page pools and sockets.
 */
#ifndef DEVMEMTOP_COLLECT_BPF_H
#define DEVMEMTOP_COLLECT_BPF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/account.h"
#include "collect/homes.h"
#include "model/snapshot.h"

struct collect_bpf;

/**
 * collect_bpf_open() - load and attach what this kernel can run
 * @sources: gets the bits of the sources that work (SOURCE_EVENTS, SOURCE_WALK), 0 if none
 * @text: gets one line that says why some do not work; empty when all do
 * @size: bytes in @text
 *
 * Nothing is pinned: everything is gone after closing, or when the process ends, even by a signal.
 *
 * Return: the collector, or NULL when no source works.
 */
struct collect_bpf *collect_bpf_open(unsigned int *sources, char *text, size_t size);

/**
 * collect_bpf_close() - detach and unload
 * @c: NULL is allowed
 */
void collect_bpf_close(struct collect_bpf *c);

/**
 * collect_bpf_fd() - what to poll for events
 * @c: collector
 *
 * Return: a file descriptor, readable when collect_bpf_drain() has something to do; -1 without
 * events.
 */
int collect_bpf_fd(const struct collect_bpf *c);

/**
 * collect_bpf_sample() - set how many net_iovs are timed from alloc to free
 * @c: collector
 * @rate: one in @rate net_iovs is timed, 0: none; 64 at first
 */
void collect_bpf_sample(struct collect_bpf *c, uint32_t rate);

/**
 * collect_bpf_drain() - take the events that wait in the ring buffer
 * @c: collector
 */
void collect_bpf_drain(struct collect_bpf *c);

/**
 * collect_bpf_read() - add to a snapshot what the programs know
 * @c: collector
 * @snap: snapshot; netlink's part is already in it
 * @ifindex: read only this interface, 0: all
 * @acc: accounts to credit with hot events
 * @homes: the former interfaces of pools whose interface is gone
 */
void collect_bpf_read(struct collect_bpf *c, struct snapshot *snap, uint32_t ifindex,
		      struct account *acc, const struct homes *homes);

/**
 * collect_bpf_forget() - set to UNKNOWN what no program counts on this kernel
 * @c: collector
 * @snap: snapshot; the accounts are already filled in
 */
void collect_bpf_forget(const struct collect_bpf *c, struct snapshot *snap);

#endif
