// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Puts the detectors' races into the model. The detectors themselves are in races/watch.c.
 */
#include "collect/races.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "collect/race_from.h"
#include "races/watch.h"

/* How many reports are kept for the views after a snapshot has shown them. */
#define RACES_KEPT 32

/* Room for reports between two snapshots; each takes about 4 KiB. */
#define RACES_MAX 256

struct collect_races {
	struct races *races;
	struct race_reader *reader;
	struct sorted kept; /* struct race *, oldest first */
	uint64_t first;	    /* number of the first one that is kept */
	uint64_t dropped;   /* because there was no room here */
};

struct collect_races *collect_races_open(char *text, size_t size)
{
	struct collect_races *c = calloc(1, sizeof(*c));

	if (!c)
		err(EXIT_FAILURE, "watching for races");
	c->races = races_open(NULL, text, size);
	if (!c->races) {
		free(c);
		return NULL;
	}
	c->reader = race_reader_new();
	return c;
}

static void drop_oldest(struct collect_races *c, size_t num)
{
	struct race **races = c->kept.rows;
	size_t i;

	for (i = 0; i < num; i++)
		race_put(races[i]);
	if (num)
		memmove(races, races + num, (c->kept.num - num) * sizeof(*races));
	c->kept.num -= num;
	c->first += num;
}

void collect_races_close(struct collect_races *c)
{
	if (!c)
		return;
	races_close(c->races);
	race_reader_free(c->reader);
	drop_oldest(c, c->kept.num);
	sorted_free(&c->kept);
	free(c);
}

int collect_races_fd(const struct collect_races *c)
{
	return races_fd(c->races);
}

static void on_report(const struct race_report *report, void *arg)
{
	struct collect_races *c = arg;
	struct race *race;

	if (c->kept.num == RACES_MAX) {
		c->dropped++;
		return;
	}
	race = race_reader_read(c->reader, report);
	race->seq = c->first + c->kept.num;
	*(struct race **)sorted_append(&c->kept, sizeof(race)) = race;
}

void collect_races_drain(struct collect_races *c)
{
	races_take(c->races, on_report, c);
	race_reader_rest(c->reader);
}

void collect_races_read(struct collect_races *c, struct snapshot *snap, uint32_t ifindex)
{
	struct races_totals totals;
	size_t i;

	races_check_ages(c->races);
	collect_races_drain(c);
	races_read(c->races, &totals);
	snap->races = totals.all;
	snap->lost_races = totals.lost + totals.full + c->dropped;
	snap->unjudged = totals.missed;
	snap->next_race = c->first + c->kept.num;
	for (i = 0; i < c->kept.num; i++) {
		struct race *race = ((struct race **)c->kept.rows)[i];

		/* Names and numbers of interfaces mean nothing in another namespace. */
		if (race->netns == snap->netns && (!ifindex || race->ifindex == ifindex))
			snapshot_add_race(snap, race);
	}
	/* Keep as many shown reports as the views need. */
	if (c->kept.num > RACES_KEPT)
		drop_oldest(c, c->kept.num - RACES_KEPT);
}
