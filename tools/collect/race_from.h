/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the detectors' reports to races of the model: numbers get names, addresses functions, and who
 * holds net_iovs is asked.
 */
#ifndef DEVMEMTOP_COLLECT_RACE_FROM_H
#define DEVMEMTOP_COLLECT_RACE_FROM_H

#include "contract/races.h"
#include "lib/ksyms.h"
#include "model/race.h"
#include "races/watch.h"

/**
 * race_from_report() - what the report itself says
 * @report: report
 * @ifname: name of its interface, NULL: not known
 * @syms: names of the stacks' functions
 *
 * Return: the race, to be given up with race_put(). Nobody was asked who holds net_iovs.
 */
struct race *race_from_report(const struct race_report *report, const char *ifname,
			      const struct ksyms *syms);

/**
 * race_from_totals() - what was counted
 * @counted: counts of the detectors
 * @totals: gets them with the names of their codes
 */
void race_from_totals(const struct races_totals *counted, struct race_totals *totals);

struct race_reader;

/**
 * race_reader_new() - get ready to read reports
 *
 * Return: the reader. Memory that runs out ends the program, here and below.
 */
struct race_reader *race_reader_new(void);

/**
 * race_reader_read() - read a report, and find out what it does not say
 * @rd: reader
 * @report: report
 *
 * Return: the race, to be given up with race_put().
 */
struct race *race_reader_read(struct race_reader *rd, const struct race_report *report);

/**
 * race_reader_rest() - no more reports wait: unload what finds who holds net_iovs
 * @rd: reader
 */
void race_reader_rest(struct race_reader *rd);

/**
 * race_reader_free() - end to read
 * @rd: NULL is allowed
 */
void race_reader_free(struct race_reader *rd);

#endif
