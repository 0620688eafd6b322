/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who holds the net_iovs of a binding that was unbound.
 */
#ifndef DEVMEMTOP_RACES_HOLDERS_H
#define DEVMEMTOP_RACES_HOLDERS_H

#include "contract/races.h"
#include "model/race.h"

struct holders;

/**
 * holders_ask() - who holds what a report tells of?
 * @h: *@h is NULL at first; the programs that find out are loaded for the first report that asks for
 *	them, which takes a moment, and are to be given to holders_close()
 * @report: of UNBOUND_HELD; others do not ask
 *
 * Looks at all TCP sockets of this network namespace and at all open files of all processes. Memory
 * that runs out ends the program.
 *
 * Return: the answer, which race_put() frees with its race, also where the programs cannot be loaded:
 * then it says why. NULL when the report does not ask.
 */
struct held *holders_ask(struct holders **h, const struct race_report *report);

/**
 * holders_close() - unload
 * @h: NULL is allowed
 */
void holders_close(struct holders *h);

#endif
