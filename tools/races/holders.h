/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who holds the net_iovs of a binding that was unbound.
 */
#ifndef DEVMEMTOP_RACES_HOLDERS_H
#define DEVMEMTOP_RACES_HOLDERS_H

#include <stdbool.h>
#include <stdint.h>

#include "contract/races.h"
#include "contract/sockets.h"

struct holders;

struct devmem_holder {
	struct devmem_socket_state socket; /* what it has of the binding; neither pool nor ages */
	struct devmem_owner owner;
};

/* What was found of one binding. */
struct held {
	char why[192];		       /* it is not known who holds them; "": it is */
	struct devmem_holder *sockets; /* those that have net_iovs of it, most first */
	uint32_t num;
	uint32_t in_sockets; /* net_iovs, with user space or in a queue */
	uint32_t elsewhere;  /* the others: no socket has them */
	bool complete;	     /* every socket could be read to its end */
};

/* Net_iovs that a socket has of the binding. */
static inline uint32_t holder_niovs(const struct devmem_holder *h)
{
	return h->socket.user + h->socket.socket;
}

/**
 * holders_ask() - who holds what a report tells of?
 * @h: *@h is NULL at first; the programs that find out are loaded for the first report that asks for
 *	them, which takes a moment, and are to be given to holders_close()
 * @report: of UNBOUND_HELD; others do not ask
 * @held: gets the answer, also where the programs cannot be loaded: then it says why
 *
 * Looks at all TCP sockets of this network namespace and at all open files of all processes. Memory
 * that runs out ends the program.
 *
 * Return: @held, to be given to held_free(), or NULL when the report does not ask.
 */
struct held *holders_ask(struct holders **h, const struct race_report *report, struct held *held);

/**
 * holders_close() - unload
 * @h: NULL is allowed
 */
void holders_close(struct holders *h);

/**
 * held_free() - free what holders_ask() has found
 * @held: answer, NULL is allowed
 */
void held_free(struct held *held);

#endif
