/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The object devmemtop.bpf.o has the programs of three sources: events, walk and sockets. They can
 * be loaded in one go, which reads the kernel's BTF once, or some without the others.
 */
#ifndef DEVMEMTOP_PROBES_PROGRAMS_PARTS_H
#define DEVMEMTOP_PROBES_PROGRAMS_PARTS_H

#include "model/snapshot.h"

struct bpf_object;

/* Bits of the sources that the object has. */
#define LOAD_EVENTS  (1U << SOURCE_EVENTS)
#define LOAD_WALK    (1U << SOURCE_WALK)
#define LOAD_SOCKETS (1U << SOURCE_SOCKETS)

/**
 * load_object_source() - which source a program is of
 * @program: its name; what is not known is of the events, of which there are many
 *
 * Return: SOURCE_EVENTS, SOURCE_WALK or SOURCE_SOCKETS.
 */
enum source load_object_source(const char *program);

/**
 * load_object_keep() - load neither programs nor maps that only other sources need
 * @obj: opened, not loaded
 * @sources: their bits; what is of these stays as it was
 */
void load_object_keep(struct bpf_object *obj, unsigned int sources);

#endif
