/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The counts of net_iovs and tokens that BPF programs keep by page_pool and CPU, credited to
 * queues.
 */
#ifndef DEVMEMTOP_COLLECT_HOT_H
#define DEVMEMTOP_COLLECT_HOT_H

#include "collect/account.h"
#include "collect/homes.h"
#include "probes/programs.h"
#include "model/snapshot.h"

struct collect_hot;

/**
 * collect_hot_new() - begin to count
 * @load: programs that count
 *
 * Return: the counts; running out of memory ends the program.
 */
struct collect_hot *collect_hot_new(struct programs *load);

/**
 * collect_hot_free() - free the counts
 * @h: NULL is allowed
 */
void collect_hot_free(struct collect_hot *h);

/**
 * collect_hot_read() - credit queues with what their pools counted since the last call
 * @h: counts
 * @snap: snapshot; its pools are already filled in
 * @acc: accounts of the queues
 * @homes: the former interfaces of pools whose interface is gone
 */
void collect_hot_read(struct collect_hot *h, struct snapshot *snap, struct account *acc,
		      const struct homes *homes);

/**
 * collect_hot_forget() - what nobody tells on this kernel is not known, rather than 0
 * @h: counts
 * @snap: snapshot, the accounts of its queues filled in
 */
void collect_hot_forget(const struct collect_hot *h, struct snapshot *snap);

#endif
