// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * From the detectors' reports to races of the model.
 */
#include "collect/race_from.h"

#include <assert.h>
#include <err.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/netns.h"
#include "model/snapshot.h"
#include "races/codes.h"
#include "races/holders.h"

#define FUNCTION_MAX 160

static_assert(RACE_CODES <= RACE_CODES_MAX, "no room for the counts of all codes");
static_assert(RACE_NO_QUEUE == NO_QUEUE, "what is of no queue differs");

struct race_reader {
	uint32_t netns;		 /* our network namespace */
	struct ksyms *syms;	 /* loaded at the first report, because it takes a while */
	struct holders *holders; /* loaded while there are reports that ask for them */
};

/* The detectors' own functions, and those that call them, say nothing about a race. */
static bool is_ours(const char *name)
{
	return !strncmp(name, "bpf_prog_", 9) || !strncmp(name, "bpf_trace_run", 13) ||
	       !strncmp(name, "bpf_trampoline_", 15) || !strncmp(name, "__traceiter_", 12);
}

static void fill_stack(struct race_stack *stack, const __u64 *addr, uint32_t depth,
		       const struct ksyms *syms)
{
	char name[FUNCTION_MAX];
	uint32_t i;

	for (i = 0; i < depth && i < RACE_STACK; i++)
		if (!is_ours(ksyms_name(syms, addr[i], name, sizeof(name))))
			race_add_function(stack, name);
}

static void fill_softirq(struct race_receiver *s, const struct race_soft *from,
			 const struct ksyms *syms)
{
	if (!from->time_ns)
		return;
	s->time_ns = from->time_ns;
	s->cpu = from->cpu;
	s->napi = from->napi;
	s->tid = from->pid;
	snprintf(s->comm, sizeof(s->comm), "%s", from->comm);
	fill_stack(&s->stack, from->stack, from->stack_depth, syms);
}

static void fill_rtnl(struct race_switcher *s, const struct race_rtnl *from,
		      const struct ksyms *syms)
{
	if (!from->time_ns)
		return;
	s->time_ns = from->time_ns;
	s->begin_ns = from->begin_ns;
	s->tid = from->tid;
	s->pid = from->pid;
	snprintf(s->comm, sizeof(s->comm), "%s", from->comm);
	s->phase = race_phase_name(from->phase);
	s->is_restart = from->phase != PHASE_NONE;
	s->err = -from->err;
	s->old_binding = from->old_binding;
	s->new_binding = from->new_binding;
	fill_stack(&s->stack, from->stack, from->stack_depth, syms);
}

struct race *race_from_report(const struct race_report *report, const char *ifname,
			      const struct ksyms *syms)
{
	struct race *race = race_new();

	race->code = race_code_name(report->code);
	race->says = race_code_says(report->code, report->detail);
	race->detail = race_detail_name(report->detail);
	race->time_ns = report->time_ns;
	race->nth = report->nth;
	race->suppressed = report->suppressed;
	snprintf(race->ifname, sizeof(race->ifname), "%s", ifname ? ifname : "");
	race->ifindex = report->queue.ifindex;
	race->netns = report->queue.netns;
	race->queue = report->queue.queue;
	race->binding = report->binding;
	race->queue_binding = report->queue_binding;
	race->pool = report->pool;
	race->other_pool = report->other_pool;
	race->other_napi = report->other_napi;
	if (report->other_ns) {
		race->other_cpu = report->other_cpu;
		race->other_ns = report->other_ns;
	}
	race->niov = report->niov;
	race->err = -report->err;
	race->age_ns = report->age_ns;
	race->outstanding = report->outstanding;
	fill_softirq(&race->softirq, &report->soft, syms);
	fill_rtnl(&race->rtnl, &report->rtnl, syms);
	return race;
}

void race_from_totals(const struct races_totals *counted, struct race_totals *totals)
{
	size_t i;

	*totals = (struct race_totals){
		.all = counted->all,
		.limited = counted->limited,
		.lost = counted->lost,
		.missed = counted->missed,
		.full = counted->full,
		.num = RACE_CODES,
	};
	for (i = 0; i < RACE_CODES; i++) {
		totals->codes[i].code = race_code_name(i);
		totals->codes[i].seen = counted->seen[i];
	}
}

struct race_reader *race_reader_new(void)
{
	struct race_reader *rd = calloc(1, sizeof(*rd));

	if (!rd)
		err(EXIT_FAILURE, "watching for races");
	rd->netns = netns_inode();
	return rd;
}

/* Interface names belong to a network namespace, and only ours can be asked. */
static const char *name_of(const struct race_reader *rd, const struct race_queue_key *queue,
			   char *buf)
{
	return queue->netns == rd->netns ? if_indextoname(queue->ifindex, buf) : NULL;
}

struct race *race_reader_read(struct race_reader *rd, const struct race_report *report)
{
	char buf[IF_NAMESIZE];
	struct race *race;

	if (!rd->syms)
		rd->syms = ksyms_load();
	race = race_from_report(report, name_of(rd, &report->queue, buf), rd->syms);
	race->held = holders_ask(&rd->holders, report);
	return race;
}

void race_reader_rest(struct race_reader *rd)
{
	holders_close(rd->holders);
	rd->holders = NULL;
}

void race_reader_free(struct race_reader *rd)
{
	if (!rd)
		return;
	race_reader_rest(rd);
	ksyms_free(rd->syms);
	free(rd);
}
