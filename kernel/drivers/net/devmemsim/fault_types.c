// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of faults. It alone knows all of them: fault.c arms and counts
 * whatever is in it.
 */
#include "devmemsim.h"

#define DMS_FAULT_TYPE(nr, ...)						\
	[nr] = { __VA_ARGS__ },

const struct dms_fault_type dms_fault_types[DMS_FAULTS] = {
#include "fault_types.h"
};
