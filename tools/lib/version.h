/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef DEVMEMTOP_LIB_VERSION_H
#define DEVMEMTOP_LIB_VERSION_H

#define DEVMEMTOP_VERSION "0.1"

#endif
