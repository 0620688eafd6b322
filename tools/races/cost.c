// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the race detectors cost, compared with programs that do nothing. The kernel measures both in
 * the same run, at the same events.
 */
#include "races/cost.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "devmem_empty.skel.h"

struct races_cost {
	struct bpf_object *ours;
	struct devmem_empty_bpf *empty;
	int stats; /* while this is open, the kernel measures */
};

/* Is the detector that an empty program belongs to loaded? */
static struct bpf_program *partner(const struct races_cost *cost, const struct bpf_program *empty)
{
	struct bpf_program *prog =
		bpf_object__find_program_by_name(cost->ours, bpf_program__name(empty));

	return prog && bpf_program__fd(prog) >= 0 ? prog : NULL;
}

struct races_cost *races_cost_open(struct bpf_object *obj)
{
	struct races_cost *cost = calloc(1, sizeof(*cost));
	struct bpf_program *prog;
	int saved;

	if (!cost)
		return NULL;
	cost->ours = obj;
	cost->stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (cost->stats < 0)
		goto fail;
	cost->empty = devmem_empty_bpf__open();
	if (!cost->empty)
		goto fail;
	bpf_object__for_each_program(prog, cost->empty->obj)
		bpf_program__set_autoload(prog, partner(cost, prog));
	/*
	 * The program that only counts has no detector; the table compares it with
	 * on_gro_receive's.
	 */
	bpf_program__set_autoload(cost->empty->progs.counter, true);
	if (devmem_empty_bpf__load(cost->empty) || devmem_empty_bpf__attach(cost->empty))
		goto fail;
	return cost;

fail:
	saved = errno;
	races_cost_close(cost);
	errno = saved;
	return NULL;
}

/* Returns nanoseconds per event, 0 when there was no event. */
static double per_event(const struct bpf_program *prog, uint64_t *events)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);

	*events = 0;
	if (bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len) || !info.run_cnt)
		return 0;
	*events = info.run_cnt;
	return (double)info.run_time_ns / info.run_cnt;
}

static void print_row(FILE *out, const struct bpf_program *ours, const struct bpf_program *empty)
{
	uint64_t events, others;
	double ns = per_event(ours, &events), nothing = per_event(empty, &others);

	if (events && others && nothing > 0)
		fprintf(out, "%-16s %12" PRIu64 " %12.1f %12.1f %8.2f\n", bpf_program__name(ours),
			events, ns, nothing, ns / nothing);
}

void races_cost_print(struct races_cost *cost, FILE *out)
{
	struct bpf_program *empty, *prog;

	fprintf(out, "%-16s %12s %12s %12s %8s\n", "detector", "events", "ns/event", "empty ns",
		"times");
	bpf_object__for_each_program(empty, cost->empty->obj)
	{
		prog = partner(cost, empty);
		if (prog)
			print_row(out, prog, empty);
	}
	print_row(out, cost->empty->progs.counter, cost->empty->progs.on_gro_receive);
}

void races_cost_close(struct races_cost *cost)
{
	if (!cost)
		return;
	devmem_empty_bpf__destroy(cost->empty);
	if (cost->stats > 0)
		close(cost->stats);
	free(cost);
}
