/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Running: one loop over a timer, signals, the kernel's events and, in the live view, keys.
 */
#ifndef DEVMEMTOP_LOOP_H
#define DEVMEMTOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "collect/collect.h"
#include "model/filter.h"
#include "output/outputs.h"

struct loop_options {
	bool live;		     /* on a terminal, with keys */
	const struct output *output; /* otherwise; NULL: what the live view shows, as text */
	double interval;	     /* seconds */
	uint64_t count;		     /* number of snapshots to take, 0: until the user stops it */
	bool all;		     /* also show unbound queues */
	bool races;		     /* watch for races from the first snapshot on */
	struct filter filter;
	const char *filter_text; /* the filter as text, NULL: there is none */
	const char *note;	 /* a message to print once at the start, NULL: none */
};

/* Shortest and longest interval, in seconds. */
#define INTERVAL_MIN 0.1
#define INTERVAL_MAX 3600.0

/**
 * loop_run() - take snapshots and show them until the user or a signal says stop
 * @c: collector
 * @opt: options
 *
 * Return: exit status; errors are already printed.
 */
int loop_run(struct collect *c, const struct loop_options *opt);

#endif
