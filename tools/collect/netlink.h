/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the uapi says: queues, page pools and their statistics, and the drivers' statistics by
 * queue.
 */
#ifndef DEVMEMTOP_COLLECT_NETLINK_H
#define DEVMEMTOP_COLLECT_NETLINK_H

#include <stddef.h>
#include <stdint.h>

#include "collect/homes.h"
#include "model/snapshot.h"

struct collect_netlink;

/**
 * collect_netlink_open() - get ready to read in the current network namespace
 * @text: gets one line that says why it failed
 * @size: bytes in @text
 *
 * Return: the collector or NULL.
 */
struct collect_netlink *collect_netlink_open(char *text, size_t size);

/**
 * collect_netlink_close() - close the socket
 * @c: NULL is allowed
 */
void collect_netlink_close(struct collect_netlink *c);

/**
 * collect_netlink_read() - add to a snapshot what netlink knows
 * @c: collector
 * @snap: snapshot
 * @ifindex: read only this interface, 0: all
 * @homes: the former interfaces of pools whose interface is gone
 *
 * The snapshot notes what could not be read. An interface that is gone is no error.
 */
void collect_netlink_read(struct collect_netlink *c, struct snapshot *snap, uint32_t ifindex,
			  const struct homes *homes);

/**
 * collect_netlink_names() - name the interfaces of all rows
 * @snap: settled snapshot
 * @homes: the names of interfaces that are gone
 */
void collect_netlink_names(struct snapshot *snap, const struct homes *homes);

#endif
