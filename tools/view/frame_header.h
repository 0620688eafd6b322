/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What stands above every page: what is looked at, totals, and who is in trouble.
 */
#ifndef DEVMEMTOP_VIEW_FRAME_HEADER_H
#define DEVMEMTOP_VIEW_FRAME_HEADER_H

#include <stddef.h>

#include "model/snapshot.h"
#include "view/options.h"
#include "view/screen.h"

/**
 * frame_header() - draw it, from the screen's first line on
 * @s: screen
 * @now: snapshot
 * @before: an earlier one or NULL
 * @opt: options
 * @most: lines that it may take
 */
void frame_header(struct screen *s, const struct snapshot *now, const struct snapshot *before,
		  const struct view_options *opt, size_t most);

#endif
