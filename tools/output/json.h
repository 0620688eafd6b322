/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A snapshot as one JSON object on one line. Every number has its unit in its name; null is
 * "not known".
 */
#ifndef DEVMEMTOP_OUTPUT_JSON_H
#define DEVMEMTOP_OUTPUT_JSON_H

#include <stdbool.h>

#include <jansson.h>

#include "model/snapshot.h"

/**
 * view_json() - draw a snapshot
 * @now: snapshot
 * @before: an earlier one, for rates and for which events are new; NULL: none
 * @all: unbound queues, too
 *
 * Return: the text without newline, to be freed.
 */
char *view_json(const struct snapshot *now, const struct snapshot *before, bool all);

/**
 * view_json_queue() - draw a queue
 * @q: queue
 * @before: the same one in an earlier snapshot, NULL: none
 * @seconds: between the two
 *
 * Return: the object, to be given up with json_decref().
 */
json_t *view_json_queue(const struct queue_row *q, const struct queue_row *before, double seconds);

#endif
