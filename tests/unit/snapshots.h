/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Snapshots that the tests of views draw or write, and comparing with tests/golden/NAME.
 * GOLDEN_UPDATE=1 writes those files anew: look at the difference before committing it.
 */
#ifndef TESTS_SNAPSHOTS_H
#define TESTS_SNAPSHOTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "model/race.h"
#include "model/snapshot.h"

#define SECOND UINT64_C(1000000000)

static inline struct snapshot *new_snapshot(unsigned int at)
{
	struct snapshot *snap = snapshot_new();

	snap->time_ns = 100 * SECOND + at * SECOND;
	snap->wall_ns = (UINT64_C(1764000000) + at) * SECOND;
	snap->sources = 1 << SOURCE_NETLINK | 1 << SOURCE_EVENTS | 1 << SOURCE_WALK |
			1 << SOURCE_SOCKETS;
	snap->measured = (1 << HIST_KINDS) - 1;
	snap->races = 0;
	return snap;
}

static inline struct race *add_race(struct snapshot *snap, uint64_t seq, const char *comm)
{
	struct race *r = race_new();

	r->seq = seq;
	r->time_ns = 99 * SECOND;
	r->code = "STALE_DELIVERY";
	r->says = "a packet came with a net_iov of {binding}";
	r->nth = seq + 1;
	r->suppressed = 0;
	strcpy(r->ifname, "eth0");
	r->ifindex = 3;
	r->netns = 4026531833;
	r->queue = 1;
	r->binding = 7;
	r->err = 0;
	r->softirq.time_ns = 99 * SECOND;
	r->softirq.cpu = 1;
	r->softirq.napi = 8;
	r->softirq.tid = 12;
	snprintf(r->softirq.comm, sizeof(r->softirq.comm), "%s", comm);
	race_add_function(&r->softirq.stack, "napi_gro_receive+0x1f");
	snapshot_add_race(snap, r);
	/* The snapshot has it. */
	race_put(r);
	snap->races = seq + 1;
	snap->next_race = seq + 1;
	return r;
}

/* A text for the view to draw; the view accepts any text. */
static inline char *race_lines(const struct race *r)
{
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	fprintf(f,
		"99.000000000 %s %s queue %u: a packet came with a net_iov of binding 7\n"
		"    number %u of its code\n"
		"    softirq  CPU 1, NAPI 8, %s[12]\n",
		r->code, r->ifname, r->queue, (unsigned int)r->nth, r->softirq.comm);
	for (i = 0; i < r->softirq.stack.num; i++)
		fprintf(f, "      %s\n", r->softirq.stack.names[i]);
	fclose(f);
	return text;
}

/* Reports as long as real ones, of which @num are kept. */
static inline void add_long_races(struct snapshot *snap, unsigned int num, unsigned int lines)
{
	char name[32];
	unsigned int i, j;

	for (i = 0; i < num; i++) {
		struct race *r = add_race(snap, i, "ksoftirqd/0");

		for (j = 1; j < lines; j++) {
			snprintf(name, sizeof(name), "function_%u+0x1f", j);
			race_add_function(&r->softirq.stack, name);
		}
	}
}

/* A queue with a binding of its own, @at seconds into steady traffic. */
static inline struct queue_row *busy_queue(struct snapshot *snap, uint32_t queue, unsigned int at)
{
	struct pool_row *pool = snapshot_pool(snap, 100 + queue);
	struct binding_row *b = snapshot_binding(snap, 10 + queue);
	struct queue_row *q = snapshot_queue(snap, 3, queue);

	pool->ifindex = 3;
	pool->queue = queue;
	pool->binding = b->id;
	pool->outstanding = 1200 + queue;
	pool->cache = 17;
	pool->ring = 300;
	pool->socket = 128;
	pool->user = 500;
	b->size_bytes = 64 << 20;
	b->niovs = 16384;
	b->outstanding = pool->outstanding;
	strcpy(b->ifname, "eth0");
	strcpy(q->ifname, "eth0");
	q->napi = 8193 + queue;
	q->binding = b->id;
	q->link_up = true;
	q->total = (struct counters){
		.niov_allocs = 1000 + 250 * at,
		.niov_frees = 900 + 240 * at,
		.token_gets = 5000 + 4000 * at,
		.token_puts = 4900 + 4000 * at,
		.pool_allocs = 8000 + 8000 * at,
		.pool_recycles = 7000 + 7000 * at,
	};
	q->restarts = 2;
	q->restart_failures = 0;
	q->down_ns = 143000;
	q->down_max_ns = 900000;
	q->restart_ns = 430000;
	q->rx_bytes = 1000000 + 12500000 * (uint64_t)at;
	q->rx_packets = 1000 + 8000 * (uint64_t)at;
	q->rx_drops = 0;
	return q;
}

static inline char *read_file(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!f)
		return NULL;
	if (getdelim(&text, &size, '\0', f) < 0)
		*text = '\0';
	fclose(f);
	return text;
}

/* Compare with a file, or write it. */
static inline void check_text(const char *name, const char *text)
{
	char path[512], *want;

	snprintf(path, sizeof(path), "tests/golden/%s", name);
	if (getenv("GOLDEN_UPDATE")) {
		FILE *f = fopen(path, "we");

		assert_non_null(f);
		fputs(text, f);
		fclose(f);
	}
	want = read_file(path);
	if (!want || strcmp(text, want)) {
		print_error("%s differs; now it is:\n%s", path, text);
		fail();
	}
	free(want);
}

/* A hoarder, a reader that lags and a former binding, on two queues. */
static inline struct snapshot *hoarded(unsigned int at)
{
	struct snapshot *now = new_snapshot(at);
	struct binding_row *b;
	struct socket_row *sock;
	struct event_row *e;
	struct queue_row *q;
	struct hist_row *h;
	struct pool_row *old;

	busy_queue(now, 0, at);
	q = busy_queue(now, 1, at);
	q->total.niov_fails = 4000 * at;
	*snapshot_pool(now, 101) = (struct pool_row){ .id = 101,
						      .ifindex = 3,
						      .queue = 1,
						      .binding = 11,
						      .outstanding = 16384,
						      .cache = 0,
						      .ring = 0,
						      .socket = 84,
						      .user = 16000,
						      .starved_ns = 97 * SECOND,
						      .starved_fails = 8000 };
	b = snapshot_binding(now, 11);
	b->outstanding = 16384;
	b->bound_ns = 40 * SECOND;
	b->pid = 812;
	strcpy(b->comm, "trainer");
	old = snapshot_pool(now, 55);
	*old = (struct pool_row){ .id = 55,
				  .ifindex = 3,
				  .queue = 1,
				  .binding = 9,
				  .outstanding = 40,
				  .user = 40,
				  .detached_s = 77 };
	sock = snapshot_add_socket(now);
	*sock = (struct socket_row){ .family = 2, /* AF_INET */
				     .local_port = 5201,
				     .remote_port = 40000,
				     .local = { 10, 0, 0, 1 },
				     .remote = { 10, 0, 0, 2 },
				     .ifindex = 3,
				     .queue = 1,
				     .binding = 11,
				     .tokens = 17000,
				     .user_niovs = 16000,
				     .socket_niovs = 4,
				     .oldest_ns = 41 * SECOND,
				     .oldest_before = true,
				     .pid = 812,
				     .comm = "trainer" };
	sock = snapshot_add_socket(now);
	*sock = (struct socket_row){ .family = 10, /* AF_INET6 */
				     .local_port = 5202,
				     .remote_port = 40001,
				     .local = { 0xfd, [15] = 1 },
				     .remote = { 0xfd, [15] = 2 },
				     .ifindex = 3,
				     .queue = 1,
				     .binding = 11,
				     .socket_niovs = 80,
				     .oldest_ns = UNKNOWN,
				     .pid = 900,
				     .comm = "reader" };
	e = snapshot_add_event(now);
	*e = (struct event_row){ .time_ns = 40 * SECOND,
				 .kind = "bind",
				 .ifindex = 3,
				 .queue = NO_QUEUE,
				 .binding = 11,
				 .pid = 812,
				 .comm = "trainer" };
	e = snapshot_add_event(now);
	*e = (struct event_row){ .seq = 1,
				 .time_ns = 40 * SECOND + 1500000,
				 .kind = "restart_end",
				 .err = -12,
				 .ifindex = 3,
				 .queue = 1,
				 .binding = 11,
				 .old_binding = 9,
				 .pool = 101,
				 .outstanding = 40,
				 .pid = 812,
				 .comm = "trainer" };
	now->next_seq = 2;
	h = snapshot_hists(now, 3, 1);
	h->hold.slots[10] = 40;
	h->hold.slots[11] = 400;
	h->hold.slots[13] = 3;
	h->down.slots[17] = 2;
	h->provider.slots[9] = 1000000;
	return now;
}

#endif
