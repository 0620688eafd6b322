/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which interface a page pool belonged to. When an interface is removed, the kernel gives pools
 * whose buffers are not all back to the loopback device, and no longer says where they came from.
 */
#ifndef DEVMEMTOP_COLLECT_HOMES_H
#define DEVMEMTOP_COLLECT_HOMES_H

#include <stdint.h>

#include "model/snapshot.h"

struct homes;

/**
 * homes_new() - make an empty collection
 *
 * Return: the collection; running out of memory ends the program.
 */
struct homes *homes_new(void);

/**
 * homes_free() - free a collection
 * @h: NULL is allowed
 */
void homes_free(struct homes *h);

/**
 * homes_ifindex() - which interface did a pool belong to?
 * @h: collection
 * @pool: id of the pool
 *
 * Return: the interface's number, 0 when the pool was not seen while it had one.
 */
uint32_t homes_ifindex(const struct homes *h, uint32_t pool);

/**
 * homes_name() - the name of an interface that is gone
 * @h: collection
 * @ifindex: interface
 *
 * Return: the name, NULL when none of its pools was seen.
 */
const char *homes_name(const struct homes *h, uint32_t ifindex);

/**
 * homes_update() - remember which interfaces the pools belong to
 * @h: collection
 * @snap: snapshot; only its pools with a binding count
 */
void homes_update(struct homes *h, const struct snapshot *snap);

#endif
