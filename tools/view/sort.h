/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The queues that are shown, in the order that was asked for.
 */
#ifndef DEVMEMTOP_VIEW_SORT_H
#define DEVMEMTOP_VIEW_SORT_H

#include <stddef.h>

#include "model/snapshot.h"
#include "view/options.h"

/**
 * view_sort_name() - the name of a sort order
 * @sort: order
 *
 * Return: static string.
 */
const char *view_sort_name(enum view_sort sort);

/**
 * view_sorted() - the queues to show, in order
 * @now: snapshot
 * @before: an earlier one or NULL
 * @opt: options
 * @num: gets how many
 *
 * Return: array of rows of @now, to be freed.
 */
const struct queue_row **view_sorted(const struct snapshot *now, const struct snapshot *before,
				     const struct view_options *opt, size_t *num);

#endif
