/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A page of the view: what is between the totals and the footer. Each is described in a file of its
 * own, and named in pages.c.
 */
#ifndef DEVMEMTOP_VIEW_PAGE_H
#define DEVMEMTOP_VIEW_PAGE_H

#include <stdbool.h>

#include "model/snapshot.h"
#include "view/keys.h"
#include "view/options.h"
#include "view/screen.h"
#include "view/table.h"

/* What a page is drawn from. */
struct page_input {
	const struct snapshot *now;
	const struct snapshot *before; /* an earlier one or NULL */
	const struct view_options *opt;
	const struct page *const *pages; /* all that there are: see pages.h */
};

struct page {
	struct key key;	  /* opens it; its action does not matter */
	unsigned int has; /* bits by enum page_has: which keys work on it */
	bool about_queue; /* a single one: that of opt->ifindex and opt->queue */
	/* What its rows are, with a cursor on one; NULL: it is a text, which is scrolled by lines. */
	const struct table *table;
	const char *title; /* of the table, for the help */
	void (*draw)(struct screen *s, const struct page_input *in);
};

#endif
