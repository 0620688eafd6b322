/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Steering with the ethtool ioctls: our flow goes to the bound queue (an ntuple rule), all other
 * flows stay off it (the RSS table). Everything is put back by steer_close().
 */
#ifndef DEVMEMTOP_RECV_STEER_H
#define DEVMEMTOP_RECV_STEER_H

#include <stdint.h>

#include "recv/util.h"

struct steer;

/**
 * steer_open() - get ready to steer flows of an interface
 * @ifname: the interface
 *
 * Return: NULL after an error, which has been printed.
 */
struct steer *steer_open(const char *ifname);

/**
 * steer_others_away() - take queues out of the RSS table
 * @st: from steer_open()
 * @queues: the queues which only steered flows may reach
 * @num: how many
 *
 * An interface without RSS table is left alone. Failures have been printed.
 *
 * Return: 0 or a negative errno.
 */
int steer_others_away(struct steer *st, const uint32_t *queues, unsigned int num);

/**
 * steer_flow() - send a flow to a queue
 * @st: from steer_open()
 * @local: destination address (unless any) and port of its packets
 * @remote: source address and port, or NULL for all senders
 * @queue: the queue
 *
 * An any-address of IPv6 stands for IPv4, too. Failures have been printed.
 *
 * Return: 0 or a negative errno.
 */
int steer_flow(struct steer *st, const struct endpoint *local, const struct endpoint *remote,
	       uint32_t queue);

/**
 * steer_close() - undo everything
 * @st: from steer_open(), NULL is allowed
 *
 * RSS entries which somebody else has changed meanwhile are left as they are.
 */
void steer_close(struct steer *st);

#endif
