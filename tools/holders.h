/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who holds the net_iovs of a binding that was unbound.
 */
#ifndef DEVMEMTOP_HOLDERS_H
#define DEVMEMTOP_HOLDERS_H

#include <stdbool.h>
#include <stdint.h>

#include "devmem_holders.h"
#include "devmem_races.h"

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

/**
 * holders_open() - load the programs that find out; takes a moment
 *
 * Return: something to find with, also where they cannot be loaded: then each answer says why. Memory
 * that runs out ends the program.
 */
struct holders *holders_open(void);

/**
 * holders_close() - unload
 * @h: NULL is allowed
 */
void holders_close(struct holders *h);

/**
 * holders_find() - look through the sockets of this network namespace
 * @h: what holders_open() returned
 * @report: of UNBOUND_HELD
 * @held: gets the answer; to be given to held_free()
 *
 * Looks at all TCP sockets and at all open files of all processes.
 */
void holders_find(struct holders *h, const struct race_report *report, struct held *held);

/**
 * held_free() - free what holders_find() has found
 * @held: answer
 */
void held_free(struct held *held);

#endif
