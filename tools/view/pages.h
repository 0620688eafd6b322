/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The pages that there are.
 */
#ifndef DEVMEMTOP_VIEW_PAGES_H
#define DEVMEMTOP_VIEW_PAGES_H

#include "view/page.h"

extern const struct page page_queues;
extern const struct page page_help;
extern const struct page page_queue;
extern const struct page page_bindings;
extern const struct page page_sockets;
extern const struct page page_events;
extern const struct page page_races;

/* In the order of footer and help; NULL is behind the last one. The view begins with the first one. */
extern const struct page *const pages[];

#endif
