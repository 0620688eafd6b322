/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A whole screen as a pure function of (snapshot, earlier snapshot, options): what stands above and
 * below every page, and the page in the room between. The live view, the batch mode and the golden
 * tests all call this.
 */
#ifndef DEVMEMTOP_VIEW_FRAME_H
#define DEVMEMTOP_VIEW_FRAME_H

#include "model/snapshot.h"
#include "view/options.h"
#include "view/screen.h"

/**
 * view_render() - draw a page and its frame
 * @now: snapshot
 * @before: an earlier one, for rates; NULL: none
 * @opt: options
 *
 * Return: the screen, to be freed with screen_free(). Its rows and seen say how far opt->cursor can
 * go.
 */
struct screen *view_render(const struct snapshot *now, const struct snapshot *before,
			   const struct view_options *opt);

#endif
