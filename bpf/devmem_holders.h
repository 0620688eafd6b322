/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract between the programs that find who holds net_iovs of one binding and user space.
 */
#ifndef DEVMEM_HOLDERS_H
#define DEVMEM_HOLDERS_H

#include "devmem_sockets.h"

/* Sockets that are told of. */
#define DEVMEM_HOLDERS 1024

#endif
