// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Races that the detectors count, for the model. The detectors themselves are in races.c.
 */
#include "collect/races.h"

#include <err.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "races/holders.h"
#include "races/watch.h"
#include "lib/ksyms.h"
#include "output/races_report.h"

/* Reports that were shown and are kept for the views. */
#define RACES_KEPT 32

/* Reports for which there is room between two snapshots, some 3 KiB each. */
#define RACES_MAX 256

struct kept {
	struct race_row row;
	uint32_t netns;
};

struct collect_races {
	struct races *races;
	struct ksyms *syms;	 /* loaded for the first report: it takes a while */
	struct holders *holders; /* while reports are taken that ask for them */
	struct sorted kept;	 /* struct kept, oldest first */
	uint64_t first;		 /* number of the first one that is kept */
	uint64_t dropped;	 /* for want of room here */
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
	return c;
}

void collect_races_close(struct collect_races *c)
{
	if (!c)
		return;
	races_close(c->races);
	ksyms_free(c->syms);
	sorted_free(&c->kept);
	free(c);
}

int collect_races_fd(const struct collect_races *c)
{
	return races_fd(c->races);
}

/* The report as people read it; what does not fit into the row is cut off at its end. */
static void write_report(struct race_row *row, const struct race_report *report, const char *ifname,
			 const struct held *held, const struct ksyms *syms)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		err(EXIT_FAILURE, "writing a report");
	race_print_text(f, report, ifname, held, syms);
	if (fclose(f))
		err(EXIT_FAILURE, "writing a report");
	snprintf(row->report, sizeof(row->report), "%s", text);
	free(text);
}

static void on_report(const struct race_report *report, void *arg)
{
	struct collect_races *c = arg;
	struct held held, *by;
	char name[IF_NAMESIZE];
	struct race_row *row;
	const char *ifname;
	struct kept *k;

	if (c->kept.num == RACES_MAX) {
		c->dropped++;
		return;
	}
	if (!c->syms)
		c->syms = ksyms_load();
	k = sorted_append(&c->kept, sizeof(*k));
	k->netns = report->queue.netns;
	row = &k->row;
	row->seq = c->first + c->kept.num - 1;
	row->time_ns = report->time_ns;
	row->code = race_code_name(report->code);
	row->ifindex = report->queue.ifindex;
	row->queue = report->queue.queue;
	row->binding = report->binding;
	by = holders_ask(&c->holders, report, &held);
	race_summary(report, by, row->what, sizeof(row->what));
	ifname = if_indextoname(row->ifindex, name);
	write_report(row, report, ifname, by, c->syms);
	held_free(by);
}

void collect_races_drain(struct collect_races *c)
{
	races_take(c->races, on_report, c);
	holders_close(c->holders);
	c->holders = NULL;
}

/* What was shown is kept as far as views want it. */
static void trim(struct collect_races *c)
{
	size_t old = c->kept.num > RACES_KEPT ? c->kept.num - RACES_KEPT : 0;
	struct kept *rows = c->kept.rows;

	if (!old)
		return;
	memmove(rows, rows + old, RACES_KEPT * sizeof(*rows));
	c->kept.num = RACES_KEPT;
	c->first += old;
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
		const struct kept *k = (struct kept *)c->kept.rows + i;

		/* Names and numbers of interfaces mean nothing in another namespace. */
		if (k->netns == snap->netns && (!ifindex || k->row.ifindex == ifindex))
			*snapshot_add_race(snap) = k->row;
	}
	trim(c);
}
