/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which sockets have net_iovs: in their receive queues, or with user space as tokens.
 */
#ifndef DEVMEMTOP_COLLECT_SOCKETS_H
#define DEVMEMTOP_COLLECT_SOCKETS_H

#include <stdbool.h>

#include "probes/programs.h"
#include "model/snapshot.h"

struct collect_sockets;

/**
 * collect_sockets_new() - make a collector that knows no owners yet
 *
 * Return: the collector. Memory that runs out ends the program.
 */
struct collect_sockets *collect_sockets_new(void);

/**
 * collect_sockets_free() - free a collector
 * @c: NULL is allowed
 */
void collect_sockets_free(struct collect_sockets *c);

/**
 * collect_sockets_read() - add the sockets to a snapshot
 * @c: collector
 * @load: programs; SOURCE_SOCKETS is among their parts
 * @snap: snapshot; its pools are already in it
 * @events: the ages of tokens are known
 */
void collect_sockets_read(struct collect_sockets *c, struct programs *load, struct snapshot *snap,
			  bool events);

#endif
