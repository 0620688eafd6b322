/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Races for programs: docs/races.schema.json.
 */
#ifndef DEVMEMTOP_OUTPUT_RACES_JSON_H
#define DEVMEMTOP_OUTPUT_RACES_JSON_H

#include <stdio.h>

#include <jansson.h>

#include "model/race.h"

/**
 * race_json() - all of a race: a line of `devmemtop races --json`, and a race in a sample
 * @race: race
 *
 * Return: the object, to be given up with json_decref().
 */
json_t *race_json(const struct race *race);

/**
 * race_totals_json() - the counts at the end
 * @totals: counts
 *
 * Return: the object, to be given up with json_decref().
 */
json_t *race_totals_json(const struct race_totals *totals);

/**
 * race_print_json() - print an object as a line
 * @out: file to print to
 * @object: object; this function frees it
 */
void race_print_json(FILE *out, json_t *object);

#endif
