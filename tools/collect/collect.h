/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * All sources together: one call makes one snapshot.
 */
#ifndef DEVMEMTOP_COLLECT_COLLECT_H
#define DEVMEMTOP_COLLECT_COLLECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

struct collect;

/**
 * collect_open() - open every source that works here
 * @ifname: interface to read, NULL: all of the network namespace. It is looked up for every
 *	snapshot and must stay valid.
 * @use_bpf: false: netlink only
 * @note: gets one line that says what does not work and what to do; empty when all works
 * @size: bytes in @note
 *
 * Return: the collector; NULL with the reason in @note when there is nothing to read from.
 */
struct collect *collect_open(const char *ifname, bool use_bpf, char *note, size_t size);

/**
 * collect_watch() - begin to watch for races
 * @c: collector
 *
 * Loading the detectors takes a tenth of a second. If they cannot be loaded, snapshots say that
 * nothing watches for races, and `devmemtop check` says why.
 */
void collect_watch(struct collect *c);

/**
 * collect_close() - close all sources
 * @c: NULL is allowed
 */
void collect_close(struct collect *c);

/**
 * collect_fd() - what to poll for events
 * @c: collector
 *
 * Return: a file descriptor, readable when collect_drain() has something to do; -1 without events.
 */
int collect_fd(const struct collect *c);

/**
 * collect_sample() - set how many net_iovs are timed from alloc to free
 * @c: collector
 * @rate: one in @rate net_iovs is timed, 0: none; 64 at first
 */
void collect_sample(struct collect *c, uint32_t rate);

/**
 * collect_drain() - take waiting events, so that there is room for more
 * @c: collector
 */
void collect_drain(struct collect *c);

/**
 * collect_snapshot() - read everything
 * @c: collector
 *
 * Return: the snapshot, settled and with names.
 */
struct snapshot *collect_snapshot(struct collect *c);

#endif
