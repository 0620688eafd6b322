// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Drawing: the tables of bindings, sockets and events, and the reports of races.
 */
#include "view/pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/format.h"

static void binding_row_cb(struct cell_input *in, size_t i, void *data)
{
	(void)data;
	in->b = binding_at(in->snap, i);
}

void view_bindings(struct screen *s, const struct snapshot *now, const struct view_options *opt)
{
	struct cell_input in = { .snap = now, .utf8 = opt->utf8 };

	if (now->bindings.num) {
		view_table(s, &table_bindings, now->bindings.num, binding_row_cb, &in, NULL, opt);
		return;
	}
	screen_newline(s);
	screen_put(s, ATTR_PLAIN, "No dma-buf is bound, and none is held.");
}

static void socket_row_cb(struct cell_input *in, size_t i, void *data)
{
	(void)data;
	in->sock = socket_at(in->snap, i);
}

void view_sockets(struct screen *s, const struct snapshot *now, const struct view_options *opt)
{
	struct cell_input in = { .snap = now, .utf8 = opt->utf8 };

	if (now->sockets.num) {
		view_table(s, &table_sockets, now->sockets.num, socket_row_cb, &in, NULL, opt);
		return;
	}
	screen_newline(s);
	if (now->sources & 1U << SOURCE_SOCKETS)
		screen_put(s, ATTR_PLAIN, "No TCP socket has a net_iov in its queue or a token.");
	else
		screen_put(s, ATTR_WARN, "Sockets cannot be read here: devmemtop check says why.");
}

static void event_row_cb(struct cell_input *in, size_t i, void *data)
{
	(void)data;
	in->e = event_at(in->snap, in->snap->events.num - 1 - i);
}

void view_events(struct screen *s, const struct snapshot *now, const struct view_options *opt)
{
	struct cell_input in = { .snap = now, .utf8 = opt->utf8 };

	if (now->events.num) {
		view_table(s, &table_events, now->events.num, event_row_cb, &in, NULL, opt);
		return;
	}
	screen_newline(s);
	if (now->sources & 1U << SOURCE_EVENTS)
		screen_put(s, ATTR_PLAIN,
			   "Nothing was bound or restarted since devmemtop started.");
	else
		screen_put(s, ATTR_WARN, "Events cannot be read here: devmemtop check says why.");
}

/* Lines of a report; its first one says what happened. */
static void put_report(struct screen *s, char *report)
{
	char *rest = report, *line;

	while ((line = strsep(&rest, "\n")) && (*line || rest)) {
		screen_newline(s);
		if (line == report)
			view_wrapped(s, ATTR_BAD, 4, line);
		else
			screen_put(s, ATTR_PLAIN, "%s", line);
	}
	screen_newline(s);
}

void view_races(struct screen *s, const struct snapshot *now, const struct view_options *opt)
{
	char buf[FORMAT_MAX], text[96];
	size_t i;

	if (now->races == UNKNOWN) {
		screen_newline(s);
		screen_put(s, ATTR_WARN, "Races are not watched for: devmemtop check says why.");
		return;
	}
	if (now->unjudged) {
		screen_newline(s);
		snprintf(text, sizeof(text),
			 "%s events were not judged: they came while another was.",
			 format_count(buf, now->unjudged));
		view_wrapped(s, ATTR_DIM, 0, text);
		screen_newline(s);
	}
	if (!now->races_kept.num) {
		screen_newline(s);
		if (now->races)
			screen_put(s, ATTR_PLAIN,
				   "None of the races that were counted is of what is shown.");
		else
			screen_put(s, ATTR_PLAIN, "No race was seen since devmemtop started.");
	}
	for (i = now->races_kept.num; i-- > 0;) {
		char *report = opt->race_text(race_at(now, i));

		put_report(s, report);
		free(report);
	}
}
