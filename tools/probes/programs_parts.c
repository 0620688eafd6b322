// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What is whose in the object devmemtop.bpf.o.
 */
#include "probes/programs_parts.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <bpf/libbpf.h>

/* All others are of the events. */
static const struct {
	const char *name;
	enum source source;
} programs[] = {
	{ "walk_pools", SOURCE_WALK },
	{ "read_sockets", SOURCE_SOCKETS },
	{ "find_owners", SOURCE_SOCKETS },
	{ "drop_old_niovs", SOURCE_SOCKETS },
};

/* Likewise; with who needs them. */
static const struct {
	const char *name;
	unsigned int sources;
} maps[] = {
	{ "pool_states", LOAD_WALK },
	{ "rxq_states", LOAD_WALK },
	{ "socket_states", LOAD_SOCKETS },
	{ "pool_parts", LOAD_SOCKETS },
	{ "seen_niovs", LOAD_SOCKETS },
	{ "owners", LOAD_SOCKETS },
	{ "token_times", LOAD_EVENTS | LOAD_SOCKETS },
};

enum source load_object_source(const char *program)
{
	size_t i;

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (!strcmp(programs[i].name, program))
			return programs[i].source;
	return SOURCE_EVENTS;
}

static unsigned int needed_by(const struct bpf_map *map)
{
	size_t i;

	/* The programs' variables: the linker makes one map of those of all. */
	if (bpf_map__is_internal(map))
		return LOAD_EVENTS | LOAD_WALK | LOAD_SOCKETS;
	for (i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		if (!strcmp(maps[i].name, bpf_map__name(map)))
			return maps[i].sources;
	return LOAD_EVENTS;
}

void load_object_keep(struct bpf_object *obj, unsigned int sources)
{
	struct bpf_program *prog;
	struct bpf_map *map;

	bpf_object__for_each_program(prog, obj)
	{
		if (!(sources & 1U << load_object_source(bpf_program__name(prog))))
			bpf_program__set_autoload(prog, false);
	}
	bpf_object__for_each_map(map, obj)
	{
		if (!(sources & needed_by(map)))
			bpf_map__set_autocreate(map, false);
	}
}
