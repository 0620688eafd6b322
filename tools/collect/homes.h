/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which interface page pools were of. When an interface is removed the kernel gives pools that
 * still have buffers out to loopback, and says no more where they came from.
 */
#ifndef DEVMEMTOP_COLLECT_HOMES_H
#define DEVMEMTOP_COLLECT_HOMES_H

#include <stdint.h>

#include "model/snapshot.h"

struct homes;

/**
 * homes_new() - know of none
 *
 * Return: the collection; running out of memory ends the program.
 */
struct homes *homes_new(void);

/**
 * homes_free() - give it up
 * @h: NULL is allowed
 */
void homes_free(struct homes *h);

/**
 * homes_ifindex() - which interface was a pool of?
 * @h: collection
 * @pool: id of the pool
 *
 * Return: the interface, 0 when the pool was not seen while it had one.
 */
uint32_t homes_ifindex(const struct homes *h, uint32_t pool);

/**
 * homes_name() - how was an interface called that is gone?
 * @h: collection
 * @ifindex: interface
 *
 * Return: its name, NULL when none of its pools was seen.
 */
const char *homes_name(const struct homes *h, uint32_t ifindex);

/**
 * homes_update() - remember where the pools are
 * @h: collection
 * @snap: snapshot, whose pools with a binding count
 */
void homes_update(struct homes *h, const struct snapshot *snap);

#endif
