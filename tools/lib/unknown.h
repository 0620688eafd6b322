/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What stands for a number that nobody could give. It is shown as "-", never as 0.
 */
#ifndef DEVMEMTOP_LIB_UNKNOWN_H
#define DEVMEMTOP_LIB_UNKNOWN_H

#include <stdint.h>

#define UNKNOWN UINT64_MAX

#endif
