/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names of interfaces, for rows that carry only their number.
 */
#ifndef DEVMEMTOP_MODEL_IFNAME_H
#define DEVMEMTOP_MODEL_IFNAME_H

#include <stdint.h>

#include "model/snapshot.h"

/**
 * ifname_in() - how a snapshot calls an interface
 * @snap: snapshot
 * @ifindex: interface
 *
 * Return: its name, empty when no queue or binding of it is in the snapshot.
 */
const char *ifname_in(const struct snapshot *snap, uint32_t ifindex);

#endif
