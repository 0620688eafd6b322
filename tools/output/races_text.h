/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Races for people.
 */
#ifndef DEVMEMTOP_OUTPUT_RACES_TEXT_H
#define DEVMEMTOP_OUTPUT_RACES_TEXT_H

#include <stdio.h>

#include "model/race.h"

/**
 * race_summary() - what happened, in one line
 * @race: race
 *
 * Return: the text without newline, to be freed.
 */
char *race_summary(const struct race *race);

/**
 * race_text() - a whole report: the summary, who holds what, then both sides with stacks
 * @race: race
 *
 * Return: lines, to be freed.
 */
char *race_text(const struct race *race);

/**
 * race_print_totals() - print the counts at the end, in one line
 * @out: file to print to
 * @totals: counts
 */
void race_print_totals(FILE *out, const struct race_totals *totals);

#endif
