// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The page of bindings: what is bound, and where its buffers are.
 */
#include <stddef.h>

#include "view/columns.h"
#include "view/pages.h"

static void give_row(struct cell_input *in, size_t i, void *data)
{
	(void)data;
	in->b = binding_at(in->snap, i);
}

static void draw_bindings(struct screen *s, const struct page_input *in)
{
	struct cell_input cells = { .snap = in->now, .utf8 = in->opt->utf8 };

	if (in->now->bindings.num) {
		table_draw(s, &table_bindings, in->now->bindings.num, give_row, &cells, NULL,
			   in->opt);
		return;
	}
	screen_newline(s);
	screen_put(s, ATTR_PLAIN, "No dma-buf is bound, and none is held.");
}

const struct page page_bindings = {
	.key = { .codes = { 'b' },
		 .label = "b",
		 .word = "bindings",
		 .help = "bindings and where their buffers are",
		 .needs = HAS_SAMPLE },
	.has = HAS_SAMPLE | HAS_BACK,
	.table = &table_bindings,
	.title = "Bindings",
	.draw = draw_bindings,
};
