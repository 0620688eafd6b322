/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How much work each BPF program makes for this kernel's verifier.
 */
#ifndef DEVMEMTOP_PROBES_VERIFIER_EFFORT_H
#define DEVMEMTOP_PROBES_VERIFIER_EFFORT_H

#include <stddef.h>
#include <stdio.h>

/**
 * effort_print() - load every program that this kernel can run, attach none
 * @f: gets a line for each: object, program, instructions verified, states kept; "-" twice when
 *	the kernel refused it
 * @text: gets the reason when nothing can be loaded at all
 * @size: bytes in @text
 *
 * If the machine forbids fentry, its programs are left out.
 *
 * Return: how many were refused, -1 with the reason in @text.
 */
int effort_print(FILE *f, char *text, size_t size);

#endif
