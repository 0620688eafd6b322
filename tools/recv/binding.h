/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The receiver's dma-bufs and their bindings to receive queues, and the thread that replaces
 * them while traffic runs.
 *
 * A binding ends when its netlink socket is closed, but data which arrived through it may still
 * wait in a TCP socket, and tokens of it may still be out. So a dma-buf is kept, and not bound
 * again, until the kernel lists no page pool of that binding any more.
 */
#ifndef DEVMEMTOP_RECV_BINDING_H
#define DEVMEMTOP_RECV_BINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recv/dmabuf.h"

struct bindings;

/**
 * struct bindings_config - what to bind
 * @ifname: interface
 * @queues: its receive queues
 * @num_queues: how many, at least 1
 * @shared: one binding for all queues, instead of one for each
 * @same: a rebind waits until the old binding is drained and binds the same dma-buf again;
 *	otherwise it binds another one at once
 * @size: bytes of a dma-buf
 * @max_buffers: never have more dma-bufs than this
 */
struct bindings_config {
	const char *ifname;
	const uint32_t *queues;
	unsigned int num_queues;
	bool shared;
	bool same;
	size_t size;
	unsigned int max_buffers;
};

/**
 * struct bindings_stats - what happened so far
 * @bound: bindings alive
 * @rebinds: bindings that were replaced
 * @failed: attempts to do so which failed
 * @postponed: attempts not made, because all dma-bufs were still in use
 * @longest_ns: longest time a queue was without binding, nanoseconds
 */
struct bindings_stats {
	unsigned int bound;
	uint64_t rebinds;
	uint64_t failed;
	uint64_t postponed;
	uint64_t longest_ns;
};

/**
 * bindings_create() - make the dma-bufs and bind them
 * @config: must stay valid
 *
 * Return: NULL after an error, which has been printed.
 */
struct bindings *bindings_create(const struct bindings_config *config);

/**
 * bindings_start_rebinding() - from now on replace every binding at an interval
 * @b: from bindings_create(); has to be called at most once
 * @interval_ns: nanoseconds
 *
 * Return: 0 or a negative errno (printed).
 */
int bindings_start_rebinding(struct bindings *b, uint64_t interval_ns);

/**
 * bindings_stop_rebinding() - leave the bindings as they are
 * @b: from bindings_create()
 *
 * Waits for a rebind that is under way: from now on the counters stand still.
 */
void bindings_stop_rebinding(struct bindings *b);

/**
 * bindings_find() - the dma-buf of a binding
 * @b: bindings
 * @id: from the control message
 *
 * Waits for a bind that is under way. The result stays valid while data or tokens of the
 * binding are out.
 *
 * Return: NULL when it is none of ours.
 */
const struct dmabuf *bindings_find(struct bindings *b, uint32_t id);

/**
 * bindings_stats() - read the counters
 * @b: bindings
 * @stats: filled
 */
void bindings_stats(struct bindings *b, struct bindings_stats *stats);

/**
 * bindings_destroy() - stop rebinding, unbind, free the dma-bufs
 * @b: NULL is allowed
 */
void bindings_destroy(struct bindings *b);

#endif
