/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who holds net_iovs, as part of a report of UNBOUND_HELD.
 */
#ifndef DEVMEMTOP_OUTPUT_HELD_H
#define DEVMEMTOP_OUTPUT_HELD_H

#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

#include "races/holders.h"

/**
 * held_summary() - who, in a few words, to be put behind a sentence
 * @held: what was found
 * @buf: gets the text
 * @size: bytes in @buf
 *
 * Return: @buf.
 */
const char *held_summary(const struct held *held, char *buf, size_t size);

/**
 * held_print() - lines of a report: each socket, and what is in none
 * @out: where to
 * @held: what was found
 */
void held_print(FILE *out, const struct held *held);

/**
 * held_json() - all that was found
 * @held: NULL: nobody has looked
 *
 * Return: an object, or JSON's null.
 */
json_t *held_json(const struct held *held);

#endif
