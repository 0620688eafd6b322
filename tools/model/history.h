/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The last rates of each queue, for sparklines.
 */
#ifndef DEVMEMTOP_MODEL_HISTORY_H
#define DEVMEMTOP_MODEL_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

/* How many samples are remembered. */
#define HISTORY_LEN 16

/* A queue's rates, the latest last; NAN: not known. */
struct history_row {
	uint32_t ifindex;
	uint32_t queue;
	double allocs[HISTORY_LEN];
	double frees[HISTORY_LEN];
};

/* All zero is an empty one. */
struct history {
	struct sorted rows; /* struct history_row */
};

/**
 * history_add() - remember a sample
 * @h: history; queues that are gone are forgotten
 * @now: snapshot
 * @before: the one before it or NULL
 */
void history_add(struct history *h, const struct snapshot *now, const struct snapshot *before);

/**
 * history_of() - the rates of a queue
 * @h: history, NULL finds nothing
 * @ifindex: interface
 * @queue: rx queue
 *
 * Return: the row or NULL.
 */
const struct history_row *history_of(const struct history *h, uint32_t ifindex, uint32_t queue);

/**
 * history_copy() - keep a history as it is now
 * @to: empty; to be emptied with history_clear()
 * @from: history
 */
void history_copy(struct history *to, const struct history *from);

/**
 * history_clear() - forget everything
 * @h: history
 */
void history_clear(struct history *h);

#endif
