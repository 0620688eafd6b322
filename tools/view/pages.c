// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The pages that there are.
 */
#include "view/pages.h"

const struct page *const pages[] = {
	&page_queues,  &page_help,   &page_queue, &page_bindings,
	&page_sockets, &page_events, &page_races, NULL,
};
