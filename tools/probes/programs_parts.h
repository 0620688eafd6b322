/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The object devmemtop.bpf.o has the programs of three parts: events, walk and sockets. They can be
 * loaded all at once, which reads the kernel's BTF only once, or some without the others.
 */
#ifndef DEVMEMTOP_PROBES_PROGRAMS_PARTS_H
#define DEVMEMTOP_PROBES_PROGRAMS_PARTS_H

#include "model/snapshot.h"

struct bpf_object;

/* Bits of the parts that the object has. */
#define PART_EVENTS  (1U << SOURCE_EVENTS)
#define PART_WALK    (1U << SOURCE_WALK)
#define PART_SOCKETS (1U << SOURCE_SOCKETS)

/**
 * programs_part() - which part a program belongs to
 * @program: its name; a name that is not known belongs to the events
 *
 * Return: SOURCE_EVENTS, SOURCE_WALK or SOURCE_SOCKETS.
 */
enum source programs_part(const char *program);

/**
 * programs_parts_keep() - load neither programs nor maps that only other parts need
 * @obj: opened, not loaded
 * @parts: bits of the parts to keep; their programs and maps stay as they are
 */
void programs_parts_keep(struct bpf_object *obj, unsigned int parts);

#endif
