// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Races in the model. A race never changes, so snapshots share it.
 */
#include "model/race.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

struct race *race_new(void)
{
	struct race *race = malloc(sizeof(*race));

	if (!race)
		err(EXIT_FAILURE, "keeping a race");
	*race = (struct race){
		.refs = 1,
		.code = "?",
		.says = "?",
		.time_ns = UNKNOWN,
		.nth = UNKNOWN,
		.suppressed = UNKNOWN,
		.queue = NO_QUEUE,
		.binding = UNKNOWN,
		.queue_binding = UNKNOWN,
		.pool = UNKNOWN,
		.other_pool = UNKNOWN,
		.other_napi = UNKNOWN,
		.other_cpu = UNKNOWN,
		.other_ns = UNKNOWN,
		.niov = UNKNOWN,
		.err = UNKNOWN,
		.age_ns = UNKNOWN,
		.outstanding = UNKNOWN,
		.softirq = {
			.time_ns = UNKNOWN,
			.cpu = UNKNOWN,
			.napi = UNKNOWN,
			.tid = UNKNOWN,
			.comm = "?",
		},
		.rtnl = {
			.time_ns = UNKNOWN,
			.begin_ns = UNKNOWN,
			.tid = UNKNOWN,
			.pid = UNKNOWN,
			.comm = "?",
			.phase = "?",
			.err = UNKNOWN,
			.old_binding = UNKNOWN,
			.new_binding = UNKNOWN,
		},
	};
	return race;
}

struct race *race_share(struct race *race)
{
	race->refs++;
	return race;
}

static void free_stack(struct race_stack *stack)
{
	size_t i;

	for (i = 0; i < stack->num; i++)
		free(stack->names[i]);
	free(stack->names);
}

static void held_free(struct held *held)
{
	if (!held)
		return;
	free(held->sockets);
	free(held);
}

void race_put(struct race *race)
{
	if (!race || --race->refs)
		return;
	free_stack(&race->softirq.stack);
	free_stack(&race->rtnl.stack);
	held_free(race->held);
	free(race);
}

void race_add_function(struct race_stack *stack, const char *name)
{
	char **names = realloc(stack->names, (stack->num + 1) * sizeof(*names));

	if (!names)
		err(EXIT_FAILURE, "keeping a stack");
	stack->names = names;
	names[stack->num] = strdup(name);
	if (!names[stack->num++])
		err(EXIT_FAILURE, "keeping a stack");
}

bool race_between(const struct race *race, int64_t *ns)
{
	if (race->softirq.time_ns == UNKNOWN || race->rtnl.time_ns == UNKNOWN)
		return false;
	*ns = (int64_t)(race->softirq.time_ns - race->rtnl.time_ns);
	return true;
}

struct held *held_new(void)
{
	struct held *held = calloc(1, sizeof(*held));

	if (!held)
		err(EXIT_FAILURE, "keeping who holds net_iovs");
	strcpy(held->why, "nobody has looked");
	return held;
}
