/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the race detectors cost, compared with programs that do nothing.
 */
#ifndef DEVMEMTOP_RACES_COST_H
#define DEVMEMTOP_RACES_COST_H

#include <stdio.h>

struct bpf_object;
struct races_cost;

/**
 * races_cost_open() - start to measure
 * @obj: loaded detectors
 *
 * Lets the kernel measure all BPF programs, which itself costs time, and attaches an empty program
 * beside each detector that runs for every packet or buffer.
 *
 * Return: the measurement, or NULL when the kernel refuses; errno says why.
 */
struct races_cost *races_cost_open(struct bpf_object *obj);

/**
 * races_cost_print() - print a table: detector, events, nanoseconds per event, those of the empty
 * program, and how many times as much ours is
 * @cost: measurement
 * @out: where to
 */
void races_cost_print(struct races_cost *cost, FILE *out);

/**
 * races_cost_close() - end it
 * @cost: NULL is allowed
 */
void races_cost_close(struct races_cost *cost);

#endif
