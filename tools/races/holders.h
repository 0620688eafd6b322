/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who holds the net_iovs of a binding after its unbind.
 */
#ifndef DEVMEMTOP_RACES_HOLDERS_H
#define DEVMEMTOP_RACES_HOLDERS_H

#include "contract/races.h"
#include "model/race.h"

struct holders;

/**
 * holders_ask() - who holds the net_iovs of a report?
 * @h: *@h is NULL at first. The first report that needs the programs loads them, which takes a
 *	moment. The caller gives *@h to holders_close().
 * @report: report; only UNBOUND_HELD needs an answer
 *
 * Looks at all TCP sockets of this network namespace and at all open files of all processes. When
 * memory runs out, the program ends.
 *
 * Return: the answer, which race_put() frees with its race, also where the programs cannot be loaded:
 * then it says why. NULL when the report does not ask.
 */
struct held *holders_ask(struct holders **h, const struct race_report *report);

/**
 * holders_close() - unload the programs
 * @h: NULL is allowed
 */
void holders_close(struct holders *h);

#endif
