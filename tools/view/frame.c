// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The frame around every page: totals above it, keys below it, and how much room is left for it.
 */
#include "view/frame.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "view/frame_header.h"
#include "view/keys.h"
#include "view/pages.h"
#include "view/sort.h"

/* From this height on the footer has two lines, when they are needed. */
#define FOOTER_HEIGHT 16

/* Lines that a page has, at least: of a table a heading and two rows. */
#define PAGE_LINES 3

static const struct page *seen_page(const struct view_options *opt)
{
	return opt->page ? opt->page : pages[0];
}

/* What is typed, and how to end it; of a long text its end is seen. */
static void put_input(struct screen *s, const char *input)
{
	static const char begin[] = "filter: ", end[] = "  enter use  esc cancel";
	unsigned int room = s->width - strlen(begin) - 1;

	if (room > strlen(end) + 16)
		room -= strlen(end);
	if (strlen(input) > room)
		input += strlen(input) - room;
	screen_newline(s);
	screen_put(s, ATTR_KEY, "%s", begin);
	screen_put(s, ATTR_TITLE, "%s_", input);
	screen_put(s, ATTR_PLAIN, "  ");
	if (screen_room(s) + 2 < strlen(end))
		return;
	screen_put(s, ATTR_KEY, "enter");
	screen_put(s, ATTR_PLAIN, " use  ");
	screen_put(s, ATTR_KEY, "esc");
	screen_put(s, ATTR_PLAIN, " cancel");
}

/* "key word", on a new line when the last one has no room; false: there is no line for it. */
static bool put_key(struct screen *s, const struct key *key, const struct view_options *opt,
		    size_t lines)
{
	unsigned int columns = strlen(key->label) + 1 + strlen(key->word);
	const char *order = "";

	if (key->action == ACTION_SORT)
		order = view_sort_name(opt->sort);
	if (order[0])
		columns += 2 + strlen(order);
	/* With a mark, should it be the last one of the last line. */
	if (screen_room(s) < columns + (s->num == lines ? strlen("  ...") : 0)) {
		if (s->num == lines)
			return false;
		screen_newline(s);
	}
	screen_put(s, ATTR_KEY, "%s", key->label);
	screen_put(s, ATTR_PLAIN, " %s%s%s  ", key->word, order[0] ? ": " : "", order);
	return true;
}

/* The keys of the page, in so many lines at most. */
static void put_footer(struct screen *s, const struct view_options *opt, size_t lines)
{
	const struct key *key;
	size_t i;

	lines += s->num;
	if (opt->input) {
		put_input(s, opt->input);
		return;
	}
	screen_newline(s);
	for (i = 0; (key = key_at(pages, i)); i++) {
		if (!key->word || !key_works(key, seen_page(opt)))
			continue;
		if (put_key(s, key, opt, lines))
			continue;
		/* What does not fit is in the help. */
		screen_put(s, ATTR_DIM, "...");
		return;
	}
}

/* A high page has a line more for the footer, when it is needed. */
static size_t footer_lines(const struct view_options *opt)
{
	struct screen *s = screen_new(opt->width);
	size_t lines;

	put_footer(s, opt, opt->height >= FOOTER_HEIGHT ? 2 : 1);
	lines = s->num;
	screen_free(s);
	return lines;
}

/* Drop the lines of a text that are scrolled away, and those that do not fit. */
static void scroll_text(struct screen *s, size_t first, const struct view_options *opt)
{
	size_t room = opt->height > first ? opt->height - first : 0;
	size_t text = s->num - first, last, drop;

	if (!opt->height)
		return;
	last = text > room ? text - room : 0;
	drop = opt->cursor < last ? opt->cursor : last;
	s->rows = last + 1;
	s->seen = room;
	screen_remove(s, first, drop);
	if (s->num > first + room)
		screen_remove(s, first + room, s->num - first - room);
}

struct screen *view_render(const struct snapshot *now, const struct snapshot *before,
			   const struct view_options *opt)
{
	struct screen *s = screen_new(opt->width);
	const struct page *page = seen_page(opt);
	struct view_options body = *opt;
	const struct page_input in = { .now = now, .before = before, .opt = &body, .pages = pages };
	size_t header = SIZE_MAX, lines, first;

	s->utf8 = opt->utf8;
	if (opt->height) {
		/* The header leaves a third to the page, and some lines in any case. */
		body.height -= footer_lines(opt);
		lines = body.height / 3 > PAGE_LINES ? body.height / 3 : PAGE_LINES;
		header = body.height > lines ? body.height - lines : 0;
	}
	frame_header(s, now, before, opt, header);
	if (s->num < header)
		screen_newline(s);
	first = s->num;
	page->draw(s, &in);
	if (!page->table)
		scroll_text(s, first, &body);
	if (!opt->height)
		return s;
	while (s->num < body.height)
		screen_newline(s);
	put_footer(s, opt, opt->height - body.height);
	return s;
}
