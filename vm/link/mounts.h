/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The guest's file systems.
 */
#ifndef VMLINK_MOUNTS_H
#define VMLINK_MOUNTS_H

/**
 * guest_mounts() - lay a throw-away layer over the host's root and mount what programs expect
 * @job: the folder that vm/run made
 *
 * Brings lo up, too. Stops the machine when something fails.
 */
void guest_mounts(const char *job);

#endif
