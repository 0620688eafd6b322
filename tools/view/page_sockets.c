// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The page of sockets: who holds buffers.
 */
#include <stddef.h>

#include "view/columns.h"
#include "view/pages.h"

static void give_row(struct cell_input *in, size_t i, void *data)
{
	(void)data;
	in->sock = socket_at(in->snap, i);
}

static void draw_sockets(struct screen *s, const struct page_input *in)
{
	struct cell_input cells = { .snap = in->now, .utf8 = in->opt->utf8 };

	if (in->now->sockets.num) {
		table_draw(s, &table_sockets, in->now->sockets.num, give_row, &cells, NULL,
			   in->opt);
		return;
	}
	screen_newline(s);
	if (in->now->sources & 1U << SOURCE_SOCKETS)
		screen_put(s, ATTR_PLAIN, "No TCP socket has a net_iov in its queue or a token.");
	else
		screen_put(s, ATTR_WARN, "Sockets cannot be read here: devmemtop check says why.");
}

const struct page page_sockets = {
	.key = { .codes = { 's' },
		 .label = "s",
		 .word = "sockets",
		 .help = "sockets: who holds buffers",
		 .needs = HAS_SAMPLE },
	.has = HAS_SAMPLE | HAS_BACK,
	.table = &table_sockets,
	.title = "Sockets",
	.draw = draw_sockets,
};
