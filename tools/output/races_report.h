/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reports of races for people and for programs.
 */
#ifndef DEVMEMTOP_OUTPUT_RACES_REPORT_H
#define DEVMEMTOP_OUTPUT_RACES_REPORT_H

#include <stdio.h>

#include "races/holders.h"
#include "races/watch.h"
#include "lib/ksyms.h"

/**
 * race_code_name() - a code as docs/races.md names it
 * @code: enum race_code
 *
 * Return: its name, "?" for a number that is none.
 */
const char *race_code_name(unsigned int code);

/**
 * race_phase_name() - how far a restart had come
 * @phase: enum race_phase
 *
 * Return: its name.
 */
const char *race_phase_name(unsigned int phase);

/**
 * race_detail_name() - a detail in one word
 * @detail: enum race_detail
 *
 * Return: its name, NULL for DETAIL_NONE.
 */
const char *race_detail_name(unsigned int detail);

/**
 * race_summary() - what happened, in one line
 * @report: report
 * @held: who holds the net_iovs of UNBOUND_HELD, NULL: nobody has looked
 * @buf: gets the text
 * @size: bytes in @buf
 *
 * Return: @buf.
 */
const char *race_summary(const struct race_report *report, const struct held *held, char *buf,
			 size_t size);

/**
 * race_print_text() - print a report for people: the summary, then both sides with stacks
 * @out: where to
 * @report: report
 * @ifname: name of its interface, NULL: not known
 * @held: who holds the net_iovs of UNBOUND_HELD, NULL: nobody has looked
 * @syms: names of the stacks' functions
 */
void race_print_text(FILE *out, const struct race_report *report, const char *ifname,
		     const struct held *held, const struct ksyms *syms);

/**
 * race_print_json() - print a report as one line of JSON
 * @out: where to
 * @report: report
 * @ifname: name of its interface, NULL: not known
 * @held: who holds the net_iovs of UNBOUND_HELD, NULL: nobody has looked
 * @syms: names of the stacks' functions
 */
void race_print_json(FILE *out, const struct race_report *report, const char *ifname,
		     const struct held *held, const struct ksyms *syms);

/**
 * race_print_totals() - print how it ended: one line of text or of JSON
 * @out: where to
 * @totals: counts
 * @json: JSON instead of text
 */
void race_print_totals(FILE *out, const struct races_totals *totals, bool json);

#endif
