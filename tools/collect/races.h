/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Puts the detectors' races into the model.
 */
#ifndef DEVMEMTOP_COLLECT_RACES_H
#define DEVMEMTOP_COLLECT_RACES_H

#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

struct collect_races;

/**
 * collect_races_open() - begin to watch for races
 * @text: gets the reason when this fails
 * @size: bytes in @text
 *
 * Return: the watch, or NULL.
 */
struct collect_races *collect_races_open(char *text, size_t size);

/**
 * collect_races_close() - stop watching
 * @c: NULL is allowed
 */
void collect_races_close(struct collect_races *c);

/**
 * collect_races_fd() - readable when collect_races_drain() should be called
 * @c: watch
 *
 * Return: a file descriptor.
 */
int collect_races_fd(const struct collect_races *c);

/**
 * collect_races_drain() - take the reports that wait
 * @c: watch
 */
void collect_races_drain(struct collect_races *c);

/**
 * collect_races_read() - look for what takes too long, then put counts and the last reports into a
 * snapshot
 * @c: watch
 * @snap: snapshot; its netns is set
 * @ifindex: only reports of this interface, 0: of all. Counts are always for the whole machine.
 */
void collect_races_read(struct collect_races *c, struct snapshot *snap, uint32_t ifindex);

#endif
