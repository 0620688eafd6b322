/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Cells that look alike in every table. Each writes COLUMN_TEXT bytes at most.
 */
#ifndef DEVMEMTOP_VIEW_CELLS_H
#define DEVMEMTOP_VIEW_CELLS_H

#include <stdio.h>
#include <string.h>

#include "lib/format.h"
#include "view/table.h"

/* An id: 0 is "none". */
static inline enum screen_attr cell_of_id(char *text, uint32_t value)
{
	if (value)
		snprintf(text, COLUMN_TEXT, "%u", value);
	else
		strcpy(text, "-");
	return ATTR_PLAIN;
}

static inline enum screen_attr cell_of_name(char *text, const char *value)
{
	snprintf(text, COLUMN_TEXT, "%s", value[0] ? value : "-");
	return ATTR_PLAIN;
}

static inline enum screen_attr cell_of_count(char *text, uint64_t value)
{
	format_count(text, value);
	return ATTR_PLAIN;
}

static inline enum screen_attr cell_of_bytes(char *text, uint64_t value)
{
	format_bytes(text, value);
	return ATTR_PLAIN;
}

#endif
