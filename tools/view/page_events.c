// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The page of events: the last bindings and restarts, the latest first.
 */
#include <stddef.h>

#include "view/columns.h"
#include "view/pages.h"

static void give_row(struct cell_input *in, size_t i, void *data)
{
	(void)data;
	in->e = event_at(in->snap, in->snap->events.num - 1 - i);
}

static void draw_events(struct screen *s, const struct page_input *in)
{
	struct cell_input cells = { .snap = in->now, .utf8 = in->opt->utf8 };

	if (in->now->events.num) {
		table_draw(s, &table_events, in->now->events.num, give_row, &cells, NULL, in->opt);
		return;
	}
	screen_newline(s);
	if (in->now->sources & 1U << SOURCE_EVENTS)
		screen_put(s, ATTR_PLAIN,
			   "Nothing was bound or restarted since devmemtop started.");
	else
		screen_put(s, ATTR_WARN, "Events cannot be read here: devmemtop check says why.");
}

const struct page page_events = {
	.key = { .codes = { 'e' },
		 .label = "e",
		 .word = "events",
		 .help = "the last bindings and restarts",
		 .needs = HAS_SAMPLE },
	.has = HAS_SAMPLE | HAS_BACK,
	.table = &table_events,
	.title = "Events",
	.draw = draw_events,
};
