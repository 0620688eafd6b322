/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What two snapshots together show: rates, and the state of each queue.
 */
#ifndef DEVMEMTOP_MODEL_RATES_H
#define DEVMEMTOP_MODEL_RATES_H

#include "model/snapshot.h"

/* The state of a queue; later ones are worse and sort first. */
enum queue_state {
	STATE_HOST, /* not bound: host memory */
	STATE_OK,
	STATE_LINK_DOWN, /* bound, the interface is down */
	STATE_HELD,	 /* buffers of a former binding are still out */
	STATE_RESTART,	 /* a restart is under way */
	STATE_FAILED,	 /* the last restart failed; the queue runs as before */
	STATE_STARVED,	 /* neither pool nor binding has a net_iov, or had one in this interval */
	STATE_DEAD,	 /* stopped, and could not be started again */
	STATES,
};

/* Per second; NAN: not known. */
struct queue_rates {
#define COUNTER(name) double name;
	COUNTERS(COUNTER)
#undef COUNTER
	double rx_bytes;
	double rx_packets;
	double rx_drops;
};

/* Of all queues together. */
struct totals {
	size_t bindings;
	size_t unbound_bindings; /* how many of them are unbound but still held */
	size_t queues;		 /* bound queues */
	uint64_t size_bytes;	 /* sum of all dma-bufs */
	uint64_t niovs;
	uint64_t outstanding;
	uint64_t restarts;
	uint64_t restart_failures;
	uint64_t rx_bytes;
	uint64_t races;		  /* UNKNOWN: nothing watches for them */
	uint64_t lost;		  /* lost events of all kinds; UNKNOWN without events */
	struct queue_rates rates; /* sums over the bound queues */
};

/**
 * queue_rates() - how fast a queue's counters grew
 * @now: queue
 * @before: the same queue in an earlier snapshot, NULL: the rates are not known
 * @seconds: time between the two
 *
 * Return: the rates.
 */
struct queue_rates queue_rates(const struct queue_row *now, const struct queue_row *before,
			       double seconds);

/**
 * queue_state() - the state of a queue
 * @now: queue
 * @before: the same queue in an earlier snapshot, or NULL
 *
 * Return: the state.
 */
enum queue_state queue_state(const struct queue_row *now, const struct queue_row *before);

/**
 * binding_is_empty() - does a binding have no net_iov left to post to a NIC?
 * @b: binding
 *
 * Return: true when neither the binding nor the pools have a net_iov; false when one of them has,
 * or when this is not known.
 */
bool binding_is_empty(const struct binding_row *b);

/**
 * queue_state_name() - a state in one word
 * @state: state
 *
 * Return: static string.
 */
const char *queue_state_name(enum queue_state state);

/**
 * snapshot_seconds() - time between two snapshots
 * @now: the later one
 * @before: the earlier one or NULL
 *
 * Return: seconds, 0 without @before.
 */
double snapshot_seconds(const struct snapshot *now, const struct snapshot *before);

/**
 * snapshot_totals() - add up all queues
 * @now: snapshot
 * @before: an earlier one or NULL
 *
 * Return: the sums.
 */
struct totals snapshot_totals(const struct snapshot *now, const struct snapshot *before);

#endif
