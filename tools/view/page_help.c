// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The page of help: what keys do, and what is in the columns, from their own descriptions.
 */
#include <stddef.h>

#include "view/pages.h"

static void put_keys(struct screen *s, const struct page *const *pages)
{
	const struct key *key;
	size_t i;

	for (i = 0; (key = key_at(pages, i)); i++) {
		screen_newline(s);
		screen_put(s, ATTR_KEY, "%5s", key->label);
		screen_put(s, ATTR_PLAIN, "  ");
		screen_wrapped(s, ATTR_PLAIN, 7, key->help);
	}
}

static void put_columns(struct screen *s, const char *title, const struct table *t)
{
	size_t i;

	screen_heading(s, "%s", title);
	for (i = 0; i < t->num; i++) {
		screen_newline(s);
		screen_put(s, ATTR_HEADER, "%8s", t->columns[i].title);
		screen_put(s, ATTR_PLAIN, "  ");
		screen_wrapped(s, ATTR_PLAIN, 10, t->columns[i].help);
	}
}

static void draw_help(struct screen *s, const struct page_input *in)
{
	size_t i;

	put_keys(s, in->pages);
	for (i = 0; in->pages[i]; i++)
		if (in->pages[i]->table)
			put_columns(s, in->pages[i]->title, in->pages[i]->table);
}

const struct page page_help = {
	.key = { .codes = { 'h', '?' },
		 .label = "h",
		 .word = "help",
		 .help = "this help",
		 .needs = HAS_SAMPLE },
	.has = HAS_BACK,
	.draw = draw_help,
};
