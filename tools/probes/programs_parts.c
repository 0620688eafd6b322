// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which program and map in the object devmemtop.bpf.o belongs to which part.
 */
#include "probes/programs_parts.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <bpf/libbpf.h>

/* All other programs are for events. */
static const struct {
	const char *name;
	enum source part;
} programs[] = {
	{ "walk_pools", SOURCE_WALK },
	{ "read_sockets", SOURCE_SOCKETS },
	{ "find_owners", SOURCE_SOCKETS },
	{ "drop_old_niovs", SOURCE_SOCKETS },
};

/* Maps, with the parts that need them. All other maps are for events. */
static const struct {
	const char *name;
	unsigned int parts;
} maps[] = {
	{ "pool_states", PART_WALK },
	{ "rxq_states", PART_WALK },
	{ "socket_states", PART_SOCKETS },
	{ "pool_parts", PART_SOCKETS },
	{ "seen_niovs", PART_SOCKETS },
	{ "owners", PART_SOCKETS },
	{ "token_times", PART_EVENTS | PART_SOCKETS },
};

enum source programs_part(const char *program)
{
	size_t i;

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (!strcmp(programs[i].name, program))
			return programs[i].part;
	return SOURCE_EVENTS;
}

static unsigned int needed_by(const struct bpf_map *map)
{
	size_t i;

	/* The linker puts the variables of all programs into one map. */
	if (bpf_map__is_internal(map))
		return PART_EVENTS | PART_WALK | PART_SOCKETS;
	for (i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		if (!strcmp(maps[i].name, bpf_map__name(map)))
			return maps[i].parts;
	return PART_EVENTS;
}

void programs_parts_keep(struct bpf_object *obj, unsigned int parts)
{
	struct bpf_program *prog;
	struct bpf_map *map;

	bpf_object__for_each_program(prog, obj)
	{
		if (!(parts & 1U << programs_part(bpf_program__name(prog))))
			bpf_program__set_autoload(prog, false);
	}
	bpf_object__for_each_map(map, obj)
	{
		if (!(parts & needed_by(map)))
			bpf_map__set_autocreate(map, false);
	}
}
