/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Each single event of bindings and restarts, from the BPF programs.
 */
#ifndef DEVMEMTOP_COLLECT_EVENTS_H
#define DEVMEMTOP_COLLECT_EVENTS_H

#include "probes/programs.h"
#include "model/snapshot.h"

struct collect_events;

/**
 * collect_events_open() - begin to take events
 * @load: programs that send them
 *
 * Return: the events; NULL with errno set when the ring buffer cannot be mapped.
 */
struct collect_events *collect_events_open(struct programs *load);

/**
 * collect_events_close() - stop taking events
 * @e: NULL is allowed
 */
void collect_events_close(struct collect_events *e);

/**
 * collect_events_fd() - readable when there is something to drain
 * @e: events
 *
 * Return: a file descriptor.
 */
int collect_events_fd(const struct collect_events *e);

/**
 * collect_events_drain() - take the events that wait in the ring buffer
 * @e: events
 */
void collect_events_drain(struct collect_events *e);

/**
 * collect_events_read() - add to a snapshot the events since the last one, and some older ones
 * @e: events
 * @snap: snapshot; also gets how many were seen and lost
 * @ifindex: read only this interface, 0: all
 */
void collect_events_read(struct collect_events *e, struct snapshot *snap, uint32_t ifindex);

#endif
