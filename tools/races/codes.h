/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the numbers in a race's report mean. A new code in bpf/contract/races.h needs a row in the
 * tables of codes.c.
 */
#ifndef DEVMEMTOP_RACES_CODES_H
#define DEVMEMTOP_RACES_CODES_H

#include <stdint.h>

/**
 * race_code_name() - the name of a code in docs/races.md
 * @code: enum race_code
 *
 * Return: the name, "?" for a number that is no code.
 */
const char *race_code_name(unsigned int code);

/**
 * race_code_says() - a sentence that says what happens in a race with a code and detail
 * @code: enum race_code
 * @detail: enum race_detail
 *
 * Return: the sentence with {fields} in it, which output/races_text.c fills in.
 */
const char *race_code_says(unsigned int code, unsigned int detail);

/**
 * race_code_needs() - what is needed to see a race
 * @code: enum race_code
 *
 * Return: bits by enum fact; 0 when nobody said.
 */
uint64_t race_code_needs(unsigned int code);

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

#endif
