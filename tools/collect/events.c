// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Takes rare events from the ring buffer when there are some, and keeps them for the next snapshot.
 */
#include "collect/events.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "contract/events.h"

/* How many events are kept for the views after a snapshot has shown them. */
#define EVENTS_KEPT 256

/* Room for events between two snapshots: 20 binds of 64 queues. */
#define EVENTS_MAX 8192

static const char *const kind_names[DEVMEM_KINDS] = {
	[DEVMEM_BIND] = "bind",
	[DEVMEM_UNBIND] = "unbind",
	[DEVMEM_BINDING_FREE] = "binding_free",
	[DEVMEM_QUEUE_BIND] = "queue_bind",
	[DEVMEM_QUEUE_UNBIND] = "queue_unbind",
	[DEVMEM_RESTART_BEGIN] = "restart_begin",
	[DEVMEM_RESTART_MEM_ALLOC] = "restart_mem_alloc",
	[DEVMEM_RESTART_STOP] = "restart_stop",
	[DEVMEM_RESTART_START] = "restart_start",
	[DEVMEM_RESTART_ROLLBACK] = "restart_rollback",
	[DEVMEM_RESTART_END] = "restart_end",
};

struct collect_events {
	struct programs *load;
	struct ring_buffer *ring;
	struct devmem_rare_count *counts; /* one for each CPU */
	int cpus;
	struct sorted kept;		/* struct devmem_event, oldest first */
	uint64_t first;			/* number of the first one that is kept */
	uint64_t dropped[DEVMEM_KINDS]; /* because there was no room here */
};

static int on_event(void *data, void *record, size_t size)
{
	const struct devmem_event *event = record;
	struct collect_events *e = data;

	if (size < sizeof(*event) || event->kind >= DEVMEM_KINDS)
		return 0;
	if (e->kept.num == EVENTS_MAX)
		e->dropped[event->kind]++;
	else
		memcpy(sorted_append(&e->kept, sizeof(*event)), event, sizeof(*event));
	return 0;
}

struct collect_events *collect_events_open(struct programs *load)
{
	struct collect_events *e = calloc(1, sizeof(*e));

	if (!e)
		err(EXIT_FAILURE, "starting");
	e->load = load;
	e->cpus = libbpf_num_possible_cpus();
	e->counts = calloc(e->cpus, sizeof(*e->counts));
	if (!e->counts)
		err(EXIT_FAILURE, "starting");
	e->ring = ring_buffer__new(programs_map(load, "events"), on_event, e, NULL);
	if (e->ring)
		return e;
	collect_events_close(e);
	return NULL;
}

void collect_events_close(struct collect_events *e)
{
	int error = errno;

	if (!e)
		return;
	ring_buffer__free(e->ring);
	sorted_free(&e->kept);
	free(e->counts);
	free(e);
	errno = error;
}

int collect_events_fd(const struct collect_events *e)
{
	return ring_buffer__epoll_fd(e->ring);
}

void collect_events_drain(struct collect_events *e)
{
	ring_buffer__consume(e->ring);
}

static void read_kinds(struct collect_events *e, struct snapshot *snap)
{
	int fd = programs_map(e->load, "rare_counts"), cpu;
	uint32_t kind;

	for (kind = 0; kind < DEVMEM_KINDS; kind++) {
		struct kind_count *k = &snap->kinds[kind];

		k->kind = kind_names[kind];
		k->lost = e->dropped[kind];
		snap->lost_ring += k->lost;
		if (bpf_map_lookup_elem(fd, &kind, e->counts))
			continue;
		for (cpu = 0; cpu < e->cpus; cpu++) {
			k->seen += e->counts[cpu].seen;
			k->lost += e->counts[cpu].lost;
			snap->lost_ring += e->counts[cpu].lost;
		}
	}
	snap->num_kinds = DEVMEM_KINDS;
}

static void add_event(struct snapshot *snap, const struct devmem_event *e, uint64_t seq)
{
	struct event_row *row = snapshot_add_event(snap);

	row->seq = seq;
	row->time_ns = e->time_ns;
	row->kind = kind_names[e->kind];
	row->err = e->err;
	row->ifindex = e->ifindex;
	row->queue = e->kind <= DEVMEM_BINDING_FREE ? NO_QUEUE : e->queue;
	row->binding = e->binding;
	row->old_binding = e->old_binding;
	row->pool = e->pool;
	row->outstanding = e->outstanding;
	row->pid = e->tgid;
	memcpy(row->comm, e->comm, sizeof(row->comm) - 1);
}

/* Keeps as many shown events as the views need, and frees the memory of a burst. */
static void trim(struct collect_events *e)
{
	struct sorted last = { 0 };
	size_t i;

	if (e->kept.num <= EVENTS_KEPT)
		return;
	for (i = e->kept.num - EVENTS_KEPT; i < e->kept.num; i++)
		memcpy(sorted_append(&last, sizeof(struct devmem_event)),
		       (struct devmem_event *)e->kept.rows + i, sizeof(struct devmem_event));
	e->first += e->kept.num - EVENTS_KEPT;
	sorted_free(&e->kept);
	e->kept = last;
}

void collect_events_read(struct collect_events *e, struct snapshot *snap, uint32_t ifindex)
{
	const struct devmem_event *kept = e->kept.rows;
	size_t i;

	read_kinds(e, snap);
	for (i = 0; i < e->kept.num; i++)
		if (!ifindex || kept[i].ifindex == ifindex)
			add_event(snap, &kept[i], e->first + i);
	snap->next_seq = e->first + e->kept.num;
	trim(e);
}
