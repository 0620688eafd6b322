/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A snapshot as CSV: a line per queue, with the names and units of the JSON output. Nothing
 * between two commas is "not known".
 */
#ifndef DEVMEMTOP_OUTPUT_CSV_H
#define DEVMEMTOP_OUTPUT_CSV_H

#include <stdbool.h>

#include "model/snapshot.h"

/**
 * view_csv_heading() - the names of the columns
 *
 * Return: one line with its newline, to be freed.
 */
char *view_csv_heading(void);

/**
 * view_csv() - draw a snapshot
 * @now: snapshot
 * @before: an earlier one, for rates; NULL: none
 * @all: unbound queues, too
 *
 * Return: lines with their newlines, none without queues; to be freed.
 */
char *view_csv(const struct snapshot *now, const struct snapshot *before, bool all);

#endif
