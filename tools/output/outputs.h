/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The outputs that there are: ways to print samples for other programs. Each is described in a file of
 * its own, and named in outputs.c.
 */
#ifndef DEVMEMTOP_OUTPUT_OUTPUTS_H
#define DEVMEMTOP_OUTPUT_OUTPUTS_H

#include <stdbool.h>
#include <stdio.h>

#include "model/snapshot.h"

#define OUTPUTS_MAX 8

struct output {
	const char *option; /* that asks for it, without "--" */
	char letter;	    /* the same, short; 0: there is none */
	const char *help;
	/* Before the first sample; NULL: nothing. */
	void (*begin)(FILE *f, const struct snapshot *first);
	/* @before: an earlier one, NULL: none; @all: unbound queues, too */
	void (*sample)(FILE *f, const struct snapshot *now, const struct snapshot *before,
		       bool all);
};

extern const struct output output_json;
extern const struct output output_csv;

/* NULL is behind the last one. */
extern const struct output *const outputs[OUTPUTS_MAX + 1];

#endif
