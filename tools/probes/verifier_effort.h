/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the verifier of this kernel has to do for each BPF program.
 */
#ifndef DEVMEMTOP_PROBES_VERIFIER_EFFORT_H
#define DEVMEMTOP_PROBES_VERIFIER_EFFORT_H

#include <stddef.h>
#include <stdio.h>

/**
 * effort_print() - load every program that this kernel has something for, attach none
 * @f: gets a line for each: object, program, instructions verified, states kept; "-" twice when
 *	the kernel refused it
 * @text: gets why nothing can be loaded at all
 * @size: bytes in @text
 *
 * Programs for fentry are left out where nobody may use fentry.
 *
 * Return: how many were refused, -1 with the reason in @text.
 */
int effort_print(FILE *f, char *text, size_t size);

#endif
