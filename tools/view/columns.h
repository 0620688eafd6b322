/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tables that there are.
 */
#ifndef DEVMEMTOP_VIEW_COLUMNS_H
#define DEVMEMTOP_VIEW_COLUMNS_H

#include "view/table.h"

extern const struct table table_queues;
extern const struct table table_bindings;
extern const struct table table_sockets;
extern const struct table table_events;

#endif
