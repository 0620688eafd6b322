/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the detectors' reports to races of the model: numbers get names, addresses get the names of
 * functions, and BPF programs find out who holds net_iovs.
 */
#ifndef DEVMEMTOP_COLLECT_RACE_FROM_H
#define DEVMEMTOP_COLLECT_RACE_FROM_H

#include "contract/races.h"
#include "lib/ksyms.h"
#include "model/race.h"
#include "races/watch.h"

/**
 * race_from_report() - make a race from what the report itself says
 * @report: report
 * @ifname: name of its interface, NULL: not known
 * @syms: names of the stacks' functions
 *
 * Return: the race, to be given up with race_put(). It does not say who holds net_iovs.
 */
struct race *race_from_report(const struct race_report *report, const char *ifname,
			      const struct ksyms *syms);

/**
 * race_from_totals() - copy the counts
 * @counted: counts of the detectors
 * @totals: gets the counts, with the names of their codes
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
 * race_reader_read() - make a race from a report, and find out what the report does not say
 * @rd: reader
 * @report: report
 *
 * Return: the race, to be given up with race_put().
 */
struct race *race_reader_read(struct race_reader *rd, const struct race_report *report);

/**
 * race_reader_rest() - no more reports wait: unload the programs that find out who holds net_iovs
 * @rd: reader
 */
void race_reader_rest(struct race_reader *rd);

/**
 * race_reader_free() - free a reader
 * @rd: NULL is allowed
 */
void race_reader_free(struct race_reader *rd);

#endif
