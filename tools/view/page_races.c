// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The page of races: reports with both sides, the latest first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/format.h"
#include "view/pages.h"

/* Lines of a report; its first one says what happened. */
static void put_report(struct screen *s, char *report)
{
	char *rest = report, *line;

	while ((line = strsep(&rest, "\n")) && (*line || rest)) {
		screen_newline(s);
		if (line == report)
			screen_wrapped(s, ATTR_BAD, 4, line);
		else
			screen_put(s, ATTR_PLAIN, "%s", line);
	}
	screen_newline(s);
}

static void draw_races(struct screen *s, const struct page_input *in)
{
	const struct snapshot *now = in->now;
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
		screen_wrapped(s, ATTR_DIM, 0, text);
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
		char *report = in->opt->race_text(race_at(now, i));

		put_report(s, report);
		free(report);
	}
}

const struct page page_races = {
	.key = { .codes = { 'r' },
		 .label = "r",
		 .word = "races",
		 .help = "races between delivery and restarts, with both sides",
		 .needs = HAS_SAMPLE },
	.has = HAS_SAMPLE | HAS_BACK,
	.draw = draw_races,
};
