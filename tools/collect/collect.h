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
 * @note: gets what does not work and what to do about it, one line; empty when all does
 * @size: bytes in @note
 *
 * Return: the collector; NULL with the reason in @note when there is nothing to read from.
 */
struct collect *collect_open(const char *ifname, bool use_bpf, char *note, size_t size);

/**
 * collect_watch() - begin to watch for races
 * @c: collector
 *
 * Loading the detectors takes a tenth of a second. Where they cannot be loaded, snapshots say that
 * races are not watched for; `devmemtop check` says why.
 */
void collect_watch(struct collect *c);

/**
 * collect_close() - close all sources
 * @c: NULL is allowed
 */
void collect_close(struct collect *c);

/**
 * collect_fd() - readable when collect_drain() should be called
 * @c: collector
 *
 * Return: file descriptor or -1.
 */
int collect_fd(const struct collect *c);

/**
 * collect_sample() - which share of the net_iovs is timed from alloc to free
 * @c: collector
 * @rate: one of so many, 0: none; 64 at first
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
